//! Writes the inputs to begin with into a folder.

// Instrumented code asks for it.
use libfuzzer_sys as _;
use std::{env, path::Path};

fn main() -> std::io::Result<()> {
    let folder = env::args().nth(1).expect("a folder to write to");
    fuzz::seeds::Seeds::collect().write(Path::new(&folder))
}
