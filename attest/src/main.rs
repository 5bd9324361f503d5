//! The one binary of Attest.

fn main() {}
