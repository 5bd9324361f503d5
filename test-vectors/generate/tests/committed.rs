//! The committed vectors are what the generator makes: nothing was edited, forgotten or left behind.

mod common;

use common::walk;
use std::{collections::BTreeMap, fs};

#[test]
fn what_is_committed_is_what_is_generated() {
    let root = generate::folder();
    let committed: BTreeMap<String, Vec<u8>> = generate::FOLDERS
        .into_iter()
        .flat_map(|folder| walk(&root.join(folder)))
        .map(|path| {
            let name = path
                .strip_prefix(&root)
                .unwrap()
                .to_str()
                .unwrap()
                .replace('\\', "/");
            (name, fs::read(path).unwrap())
        })
        .collect();
    let generated = generate::files();
    let names = |files: &BTreeMap<String, Vec<u8>>| files.keys().cloned().collect::<Vec<_>>();
    let hint = "run `cargo run -p generate`";
    assert_eq!(names(&committed), names(&generated), "{hint}");
    for (name, bytes) in &generated {
        assert!(committed[name] == *bytes, "{name} is another: {hint}");
    }
    let bytes: usize = generated.values().map(Vec::len).sum();
    println!("{} files, {bytes} bytes", generated.len());
    assert!(bytes < 2_000_000, "{bytes} bytes of vectors are too many");
}
