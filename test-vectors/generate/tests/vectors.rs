//! Every committed vector, judged by this repository's verifier with both implementations of ES256.

mod common;

use common::{CRYPTO, network, vectors};
use generate::{
    case::{DoorCase, FormatCase, SyncCase},
    run::{Given, examine, follow, import},
};
use schemas::{
    base45,
    cbor::{Lengths, read},
    hcert, zlib,
};

#[test]
fn doors_say_what_is_expected() {
    let (network, folder) = (network(), generate::folder());
    let cases = vectors::<DoorCase>("door");
    let mut failures = Vec::new();
    for (crypto_name, crypto) in CRYPTO {
        for (name, case) in &cases {
            let given = Given {
                source: &&*folder,
                network: &network,
                crypto,
            };
            match examine(case, &given) {
                Ok(verdict) if verdict == case.expect => {}
                other => failures.push(format!(
                    "{name} with {crypto_name}: {:?}, not {other:?}",
                    case.expect
                )),
            }
        }
        println!("door with {crypto_name}: {} cases", cases.len());
    }
    assert!(
        failures.is_empty(),
        "{} not met:\n{}",
        failures.len(),
        failures.join("\n")
    );
}

#[test]
fn what_is_accepted_is_written_as_it_was_read() {
    for (name, case) in vectors::<DoorCase>("door") {
        if case.expect.verdict == "accept" {
            assert_eq!(written_again(&case.text), case.text.trim_end(), "{name}");
        }
    }
}

fn written_again(text: &str) -> String {
    let (prefix, encoded) = text.trim_end().split_at(4);
    let bytes = base45::decode(encoded).expect("base45");
    let cbor = match prefix == hcert::PREFIX {
        true => zlib::inflate(&bytes, hcert::MAX_INFLATED_BYTES).expect("a stream"),
        false => bytes,
    };
    let again = read(&cbor, Lengths::DefiniteOnly).expect("CBOR").encode();
    let again = match prefix == hcert::PREFIX {
        true => zlib::deflate(&again),
        false => again,
    };
    [prefix, &base45::encode(&again)].concat()
}

#[test]
fn logs_are_followed_as_expected() {
    let network = network();
    let cases = vectors::<SyncCase>("sync");
    let mut failures = Vec::new();
    for (crypto_name, crypto) in CRYPTO {
        for (name, case) in &cases {
            match follow(case, &network, crypto) {
                Ok(outcome) if outcome == case.expect => {}
                other => failures.push(format!(
                    "{name} with {crypto_name}: {:?}, not {other:?}",
                    case.expect
                )),
            }
        }
        println!("sync with {crypto_name}: {} cases", cases.len());
    }
    assert!(
        failures.is_empty(),
        "{} not met:\n{}",
        failures.len(),
        failures.join("\n")
    );
}

#[test]
fn documents_are_imported_as_expected() {
    let cases = vectors::<FormatCase>("formats");
    let mut failures = Vec::new();
    for (crypto_name, crypto) in CRYPTO {
        for (name, case) in &cases {
            match import(case, crypto) {
                Ok(outcome) if outcome == case.expect => {}
                other => failures.push(format!(
                    "{name} with {crypto_name}: {:?}, not {other:?}",
                    case.expect
                )),
            }
        }
        println!("formats with {crypto_name}: {} cases", cases.len());
    }
    assert!(
        failures.is_empty(),
        "{} not met:\n{}",
        failures.len(),
        failures.join("\n")
    );
}
