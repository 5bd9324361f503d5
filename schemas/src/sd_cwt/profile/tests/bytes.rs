//! How many bytes, and which.

use super::*;

/// The budget of formats and ledger: QR version 22 at level M holds 753 bytes after the prefix.
const BUDGET: usize = 753;

#[test]
fn a_presentation_fits_qr_version_22_m() {
    let bench = Bench::new();
    let bytes = |given_name: &str, family_name: &str, groups: &[Group], audience: &Audience| {
        let mut copy = bench.issue(&bench.draft(person(given_name, family_name)));
        copy.set_proof(proof());
        from_text(&bench.present(&copy, groups, audience)).unwrap().len()
    };
    // 24 letters.
    let (given, family) = ("Maximiliane", "Schwarzenberg");
    let of = |groups: &[Group]| bytes(given, family, groups, &Audience::AnyDoor);
    let full = of(&[Group::Result, Group::Person]);
    let spare = BUDGET - full;
    let challenge = Challenge {
        door: Hash([1; 32]),
        nonce: [1; 16],
    };
    println!("presentation with proof, name of 24 letters, in bytes (QR 22-M holds {BUDGET}):");
    println!(
        "  result {}, result and initials {}",
        of(&[Group::Result]),
        of(&[Group::Result, Group::Initials])
    );
    println!(
        "  result and person {full}; names of up to {} bytes fit",
        24 + spare
    );
    let challenged = bytes(
        given,
        family,
        &[Group::Result, Group::Person],
        &Audience::Door(challenge),
    );
    println!("  result and person, challenged {challenged}");
    assert!(full <= BUDGET, "{full} bytes");
    // What the specification's section "Size" says.
    let result = of(&[Group::Result]);
    let initials = of(&[Group::Result, Group::Initials]);
    assert_eq!(
        (result, initials, full, challenged, 24 + spare),
        (674, 707, 733, 789, 44)
    );
    let (given, family) = ("x".repeat(11 + spare / 2), "y".repeat(13 + spare - spare / 2));
    assert_eq!(
        bytes(
            &given,
            &family,
            &[Group::Result, Group::Person],
            &Audience::AnyDoor
        ),
        BUDGET
    );
}

/// The example of `schemas/spec/presentation.md`: everything in it is fixed, the signatures too (RFC 6979).
#[cfg(feature = "p256")]
#[test]
fn the_examples_bytes_are_those_of_the_specification() {
    use crate::crypto::p256;
    let issuer = p256::SigningKey::from_scalar(&[1; 32]).unwrap();
    let holder = p256::SigningKey::from_scalar(&[2; 32]).unwrap();
    let draft = Draft {
        place: Place {
            issuer: IssuerNumber(1),
            batch: BatchNumber(7),
            slot: Slot(200),
        },
        holder: holder.public(),
        ..Bench::new().draft(person("Erika", "Mustermann"))
    };
    let unsigned = draft
        .to_be_signed(KeyId::of_point(&issuer.public()), salts())
        .unwrap();
    let mut copy = unsigned.clone().signed(&issuer.sign(&unsigned.bytes()).unwrap());
    copy.set_proof(proof());
    let request = copy.choose(&[Group::Result, Group::Initials], &Audience::AnyDoor, NOW);
    let text = request.answer(&holder.sign(&request.bytes_to_sign()).unwrap());
    let hex = hex::encode(from_text(&text).unwrap());
    let lines: Vec<_> = hex
        .as_bytes()
        .chunks(96)
        .map(|line| core::str::from_utf8(line).unwrap())
        .collect();
    let page = include_str!("../../../../spec/presentation.md");
    let block = format!("```hex\n{}\n```", lines.join("\n"));
    assert!(
        page.contains(&block),
        "schemas/spec/presentation.md should have\n{block}\n{text}"
    );
}
