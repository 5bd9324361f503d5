//! Writes the cases for the verifiers that are not written in Rust.

fn main() {
    println!("{}", interop::to_json());
}
