//! What this project writes follows its pages in CDDL, by somebody else's reading of CDDL, and what is damaged does not.
#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use cddl::validate_cbor_from_slice;
use interop::encodings::{Encoding, encodings};
use schemas::cbor::{self, Item, Lengths};
use std::{collections::BTreeSet, fs, path::Path};

#[test]
fn what_is_written_follows_its_page() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../schemas/spec/cddl");
    let pages: BTreeSet<String> = fs::read_dir(&folder)
        .unwrap()
        .map(|file| {
            file.unwrap()
                .path()
                .file_stem()
                .unwrap()
                .to_str()
                .unwrap()
                .to_owned()
        })
        .collect();
    let encodings = encodings();
    assert_eq!(pages, encodings.iter().map(|one| one.page.to_owned()).collect());
    let mut failed = false;
    for Encoding { page, rule, bytes } in encodings {
        let text = readable(&fs::read_to_string(folder.join(page).with_extension("cddl")).unwrap());
        // The first rule of a page is its root (RFC 8610 section 3.1).
        let text = format!("root-of-this-check = {rule}\n{text}");
        for (what, bytes, follows) in [("", bytes.clone(), true), (", damaged", damaged(&bytes), false)] {
            let validated = validate_cbor_from_slice(&text, &without_redacted_keys(bytes), None);
            match validated {
                validated if validated.is_ok() == follows => println!("ok   cddl: {page}: {rule}{what}"),
                validated => {
                    println!("FAIL cddl: {page}: {rule}{what} {validated:?}");
                    failed = true;
                }
            }
        }
    }
    assert!(!failed);
}

/// The page without what the crate does not read: ranges of tags and simple values (RFC 9682 section 3.2), a simple value
/// for a key, and a rule for a key beside another.
fn readable(page: &str) -> String {
    let lines = page
        .lines()
        .filter(|line| !line.starts_with("safe-simple") && !line.starts_with("safe-tag"));
    let page: String = lines.map(|line| format!("{line}\n")).collect();
    page.replace("#7.<safe-simple>", "bool / nil")
        .replace("/ #6.<safe-tag>(claim-value)", "")
        .replace("/ #6.<safe-tag>(safe-value)", "")
        .replace("redacted-keys = #7.59", "")
        .replace("redacted-keys =>", "-28 =>")
        .replace("* label =>", "* int =>")
        .replace("#7.59", "-28")
}

/// The bytes with the integer −28 in place of the simple value 59, which takes as many.
fn without_redacted_keys(mut bytes: Vec<u8>) -> Vec<u8> {
    let starts: Vec<usize> = (1..bytes.len())
        .filter(|at| bytes[at - 1..=*at] == [0xf8, 59])
        .collect();
    for at in starts {
        bytes[at - 1..=at].copy_from_slice(&[0x38, 27]);
    }
    bytes
}

/// The same with another type for the first part.
fn damaged(bytes: &[u8]) -> Vec<u8> {
    fn damage(item: &mut Item<'_>) {
        match item {
            Item::Tag(_, inner) => damage(inner),
            Item::Array(items) => items[0] = cbor::NULL,
            Item::Map(entries) => entries[0].1 = cbor::NULL,
            other => *other = cbor::NULL,
        }
    }
    let mut item = cbor::read(bytes, Lengths::DefiniteOnly).unwrap();
    damage(&mut item);
    item.encode()
}
