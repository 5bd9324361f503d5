//! The Ed25519 edge cases of C2SP/CCTV. Which of them pass is a choice that all members must make alike (`ed25519`): none
//! with a point of small order or a non-canonical one, and none that would pass only multiplied by the cofactor.

mod common;

use ledger::ed25519::PublicKey;
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    number: u32,
    key: String,
    sig: String,
    msg: String,
    flags: Option<Vec<String>>,
}

#[test]
fn edge_cases() {
    const REFUSED: [&str; 5] = [
        "low_order_A",
        "low_order_R",
        "non_canonical_A",
        "non_canonical_R",
        "low_order_residue",
    ];
    let Some(vectors) = common::vectors_for(914) else {
        return;
    };
    let file = vectors.join("tlog/cctv-ed25519-mldsa/ed25519/ed25519vectors.json");
    let cases: Vec<Case> = serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap();
    let mut accepted = 0;
    for case in &cases {
        let key: [u8; 32] = hex::decode(&case.key).unwrap().try_into().unwrap();
        let signature = hex::decode(&case.sig).unwrap();
        let verified =
            PublicKey::from_bytes(&key).and_then(|key| key.verify(case.msg.as_bytes(), &signature));
        let flags = case.flags.iter().flatten();
        let expected = !flags.clone().any(|flag| REFUSED.contains(&&**flag));
        assert_eq!(verified.is_ok(), expected, "{}: {flags:?}", case.number);
        accepted += u32::from(expected);
    }
    let total = cases.len();
    println!("ed25519vectors.json: {total} of {total} cases met, {accepted} of them signatures to accept");
}
