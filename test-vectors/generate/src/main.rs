//! Writes the test vectors.

fn main() {}
