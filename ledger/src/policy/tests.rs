use super::*;
use crate::{
    checkpoint::Checkpoint,
    cosignature::CosignerKey,
    merkle::{TreeHead, TreeSize, leaf_hash},
    note::SignerKey,
};
use proptest::prelude::*;

fn log(number: u8) -> SignerKey {
    SignerKey::from_seed(format!("member-{number}/log").parse().unwrap(), &[number; 32])
}

fn cosigner(number: u8) -> CosignerKey {
    CosignerKey::from_seed(
        format!("member-{number}/witness").parse().unwrap(),
        &[100 + number; 32],
    )
}

fn policy(members: u8, quorum: usize) -> Policy {
    let logs = (0..members).map(|n| Log {
        key: log(n).verifier(),
        url: None,
    });
    let witnesses = (0..members).map(|n| Witness {
        name: format!("m{n}"),
        key: cosigner(n).key().clone(),
        url: (n % 2 == 0).then(|| format!("https://member-{n}.example/witness")),
    });
    Policy::new(logs.collect(), witnesses.collect(), quorum).unwrap()
}

fn checkpoint(of: u8) -> SignedCheckpoint {
    let head = TreeHead {
        size: TreeSize(9),
        root: leaf_hash(b""),
    };
    Checkpoint::new(log(of).verifier().name(), head).sign(&log(of))
}

/// The checkpoint of log 3 cosigned by these members at these times.
fn cosigned(by: &[(u8, i64)]) -> SignedCheckpoint {
    let mut signed = checkpoint(3);
    let verified = signed.verify(&[log(3).verifier()]).unwrap();
    for (member, time) in by {
        signed
            .add(cosigner(*member).cosign(&verified, UnixTime(*time)))
            .unwrap();
    }
    signed
}

#[test]
fn seven_of_ten_make_a_quorum() {
    let policy = policy(10, default_quorum(10));
    assert_eq!(policy.quorum(), 7);
    let seven: Vec<(u8, i64)> = (0..7).map(|n| (n, 1000 + i64::from(n))).collect();
    let shown = policy.verify(&cosigned(&seven)).unwrap();
    assert_eq!(shown.cosigners().len(), 7);
    assert_eq!(shown.checkpoint().head().size, TreeSize(9));
    // The fourth newest.
    assert_eq!(shown.freshness(), UnixTime(1003));

    let missing = Error::QuorumMissing {
        cosigned: 6,
        quorum: 7,
    };
    assert_eq!(policy.verify(&cosigned(&seven[..6])), Err(missing.clone()));
    let twice = [&seven[..6], &[(0, 2000), (5, 2000)]].concat();
    assert_eq!(policy.verify(&cosigned(&twice)), Err(missing.clone()));
    let unknown = [&seven[..6], &[(77, 2000)]].concat();
    assert_eq!(policy.verify(&cosigned(&unknown)), Err(missing));
}

#[test]
fn three_liars_do_not_move_the_freshness() {
    let policy = policy(10, 7);
    let honest: Vec<(u8, i64)> = (3..10).map(|n| (n, 1000 + i64::from(n))).collect();
    let early = [&honest[..], &[(0, 0), (1, 0), (2, 0)]].concat();
    assert_eq!(
        policy.verify(&cosigned(&early)).unwrap().freshness(),
        UnixTime(1006)
    );
    let late = [&honest[..], &[(0, 9999), (1, 9999), (2, 9999)]].concat();
    assert_eq!(
        policy.verify(&cosigned(&late)).unwrap().freshness(),
        UnixTime(1009)
    );
}

#[test]
fn an_own_witness_counts_once_and_the_log_s_signature_not_at_all() {
    let all = [(3, 1), (0, 1), (1, 1), (2, 1)];
    let logs = vec![Log {
        key: log(3).verifier(),
        url: None,
    }];
    let mut witnesses = policy(3, 3).witnesses().to_vec();
    let policy = Policy::new(logs.clone(), witnesses.clone(), 3).unwrap();
    assert!(policy.verify(&cosigned(&all)).is_ok());
    witnesses[0].key = cosigner(3).key().clone();
    let policy = Policy::new(logs, witnesses, 3).unwrap();
    assert!(policy.verify(&cosigned(&all)).is_ok());
    let refused = policy.verify(&cosigned(&[(1, 1), (2, 1)])).unwrap_err();
    assert_eq!(
        refused,
        Error::QuorumMissing {
            cosigned: 2,
            quorum: 3
        }
    );
}

#[test]
fn a_bad_cosignature_by_a_known_witness_refuses() {
    let policy = policy(4, 3);
    let good = cosigned(&[(0, 5), (1, 5), (2, 5)]);
    assert!(policy.verify(&good).is_ok());
    let other = checkpoint(1).verify(&[log(1).verifier()]).unwrap();
    let mut crossed = good.clone();
    crossed.add(cosigner(3).cosign(&other, UnixTime(5))).unwrap();
    assert_eq!(
        policy.verify(&crossed).unwrap_err().code(),
        "note-signature-invalid"
    );
    let mut unknown = good;
    unknown.add(cosigner(9).cosign(&other, UnixTime(5))).unwrap();
    assert!(policy.verify(&unknown).is_ok());
}

#[test]
fn a_log_adopts_what_its_witnesses_answer() {
    let policy = policy(4, 3);
    let mut signed = checkpoint(3);
    let verified = signed.verify(&[log(3).verifier()]).unwrap();
    let line = |member, time| cosigner(member).cosign(&verified, UnixTime(time));
    assert_eq!(
        policy.adopt(&mut signed, &[line(0, 5), line(9, 5), line(1, 6)]),
        Ok(true)
    );
    assert_eq!(policy.adopt(&mut signed, &[line(0, 4), line(1, 6)]), Ok(false));
    assert_eq!(policy.adopt(&mut signed, &[line(0, 7)]), Ok(true));
    // The log's own, and one for each of two witnesses.
    assert_eq!(signed.note().signatures().len(), 3);
    assert_eq!(cosigner(0).key().cosigned(&signed), Ok(Some(UnixTime(7))));

    let other = checkpoint(1).verify(&[log(1).verifier()]).unwrap();
    let before = signed.clone();
    let crossed = cosigner(2).cosign(&other, UnixTime(8));
    let refused = policy.adopt(&mut signed, &[line(3, 8), crossed]).unwrap_err();
    assert_eq!(refused.code(), "note-signature-invalid");
    assert_eq!(signed, before);
    assert_eq!(policy.adopt(&mut signed, &[line(3, 8)]), Ok(true));
    assert_eq!(policy.verify(&signed).unwrap().freshness(), UnixTime(7));
}

/// The members' ML-DSA-44 keys, beside those of [`policy`].
fn both(members: u8, quorum: usize) -> Policy {
    let witnesses = (0..members).map(|n| Witness {
        name: format!("m{n}-pq"),
        key: quantum(n).key().clone(),
        url: None,
    });
    policy(members, quorum)
        .with_post_quantum(witnesses.collect(), quorum)
        .unwrap()
}

fn quantum(number: u8) -> CosignerKey {
    let name = format!("member-{number}/witness").parse().unwrap();
    CosignerKey::ml_dsa_44_from_seed(name, &[200 + number; 32])
}

#[test]
fn a_post_quantum_quorum_needs_nobody_s_ed25519() {
    let policy = both(4, 3);
    let classical = cosigned(&[(0, 5), (1, 6), (2, 7)]);
    let verified = classical.verify(&[log(3).verifier()]).unwrap();
    let mut lines: Vec<NoteSignature> = (0..2)
        .map(|n| quantum(n).cosign(&verified, UnixTime(10 + i64::from(n))))
        .collect();

    // Two of three are none; the members' own quorum stands.
    let mut signed = classical.clone();
    assert_eq!(policy.adopt(&mut signed, &lines), Ok(true));
    let shown = policy.verify(&signed).unwrap();
    assert_eq!((shown.cosigners().len(), shown.post_quantum()), (3, None));

    lines.push(quantum(2).cosign(&verified, UnixTime(12)));
    assert_eq!(policy.adopt(&mut signed, &lines), Ok(true));
    let shown = policy.verify(&signed).unwrap();
    let quorum = shown.post_quantum().unwrap();
    assert_eq!((quorum.cosigners().len(), quorum.freshness()), (3, UnixTime(11)));
    assert_eq!(shown.freshness(), UnixTime(6));
    assert_eq!(policy.without_post_quantum(&signed), classical);

    // A bad one refuses the checkpoint, as any by a known key does.
    let other = checkpoint(1).verify(&[log(1).verifier()]).unwrap();
    signed.add(quantum(3).cosign(&other, UnixTime(13))).unwrap();
    assert_eq!(
        policy.verify(&signed).unwrap_err().code(),
        "note-signature-invalid"
    );
}

#[test]
fn the_groups_do_not_mix() {
    let full = both(4, 3);
    let (classical, quantum) = (full.witnesses(), full.post_quantum().unwrap().witnesses());
    let mixed = [&classical[..3], &quantum[3..]].concat();
    for refused in [
        Policy::new(full.logs().to_vec(), mixed.clone(), 3),
        policy(4, 3).with_post_quantum(mixed, 3),
        policy(4, 3).with_post_quantum(quantum.to_vec(), 2),
    ] {
        assert_eq!(refused.unwrap_err().code(), "policy-malformed");
    }
    let text = full.to_string();
    for (from, to) in [
        ("quorum members", "quorum post-quantum"),
        ("group post-quantum", "group others"),
        ("group post-quantum 3 m0-pq", "group post-quantum 3 m0"),
    ] {
        let text = text.replace(from, to);
        assert_eq!(
            Policy::parse(text.as_bytes()).unwrap_err().code(),
            "policy-malformed",
            "{to}"
        );
    }
}

#[test]
fn an_unknown_log_is_refused_whoever_cosigned() {
    let by_all = cosigned(&[(0, 5), (1, 5), (2, 5)]);
    let refused = policy(3, 3).verify(&by_all).unwrap_err();
    assert_eq!(refused.code(), "checkpoint-origin-unknown");
}

#[test]
fn quorums_are_majorities() {
    assert_eq!([1, 2, 3, 4, 7, 10].map(default_quorum), [1, 2, 3, 3, 5, 7]);
    for (members, quorum) in [(1, 0), (2, 1), (4, 2), (10, 5), (3, 4), (0, 0)] {
        let full = policy(members.max(1), usize::from(members.max(1)));
        let witnesses = full.witnesses()[..usize::from(members)].to_vec();
        let refused = Policy::new(full.logs, witnesses, quorum).unwrap_err();
        assert_eq!(refused.code(), "policy-malformed", "{quorum} of {members}");
    }
}

#[test]
fn refuses_policies_it_cannot_mean() {
    let (l, a, b) = (
        log(0).verifier(),
        cosigner(1).key().clone(),
        cosigner(2).key().clone(),
    );
    let good = format!(
        "# members\n\n log {l} https://log.example\n\twitness A {a}\nwitness\tB {b}\ngroup G 2 A B\nquorum G\n"
    );
    let read = Policy::parse(good.as_bytes()).unwrap();
    assert_eq!(
        (read.logs().len(), read.witnesses().len(), read.quorum()),
        (1, 2, 2)
    );
    assert!(Policy::parse(good.replace("G 2", "G all").as_bytes()).is_ok());
    assert!(Policy::parse(format!("log {l}\nwitness A {a}\nquorum A\n").as_bytes()).is_ok());

    let cases = [
        (good.replace("G 2", "G any"), 0),
        (good.replace("G 2", "G 02"), 6),
        (good.replace("G 2", "G 3"), 0),
        (good.replace("G 2 A B", "G 1 A"), 0),
        (good.replace("G 2 A B", "G 2 A A"), 6),
        (good.replace("G 2 A B", "G 2 A C"), 6),
        (good.replace("G 2 A B", "A 2 A B"), 6),
        (good.replace("quorum G", "quorum none"), 7),
        (good.replace("quorum G", "quorum A"), 0),
        (good.replace("quorum G\n", ""), 0),
        (format!("{good}quorum G\n"), 8),
        (format!("{good}group H 1 G\n"), 8),
        (format!("{good}group H 2 A B\n"), 0),
        (format!("{good}group G 2 A B\n"), 0),
        (good.replace("quorum G", "group H 1 A\nquorum G"), 0),
        (format!("{good}witness C {}\n", cosigner(3).key()), 0),
        (good.replace("witness A", "witness none"), 4),
        (good.replace(&b.to_string(), &a.to_string()), 0),
        (good.replace(&a.to_string(), &l.to_string()), 4),
        (good.replace(&l.to_string(), &a.to_string()), 3),
        (format!("{good}log {l}\n"), 0),
        (good.replace("# members", "members"), 1),
        (good.replace("\n\n", "\n\r\n"), 2),
    ];
    for (text, at) in cases {
        match Policy::parse(text.as_bytes()).unwrap_err() {
            Error::PolicyMalformed { line, .. } => assert_eq!(line, at, "{text}"),
            other => panic!("{other}: {text}"),
        }
    }
}

proptest! {
    #[test]
    fn reads_what_it_writes(members in 1u8..=32) {
        let policy = policy(members, default_quorum(members.into()));
        prop_assert_eq!(Policy::parse(policy.to_string().as_bytes()), Ok(policy));
        let policy = both(members, default_quorum(members.into()));
        prop_assert_eq!(Policy::parse(policy.to_string().as_bytes()), Ok(policy));
    }

    #[test]
    fn any_text_returns(text in "((log|witness|group|quorum|#|none|any|all|[A-C]|[0-9]{1,3}) ?\n?){0,30}", bytes: Vec<u8>) {
        let _ = Policy::parse(text.as_bytes());
        let _ = Policy::parse(&bytes);
    }
}
