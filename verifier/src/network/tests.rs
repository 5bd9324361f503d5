use super::*;
use ledger::{
    cosignature::CosignerKey,
    note::SignerKey,
    policy::{Log, Witness},
    signatory::Signatory,
};

const NOW: UnixTime = UnixTime(1_795_413_725);

fn office(n: u8) -> [Signatory; 2] {
    let name = format!("example.com/office-{n}");
    [
        Signatory::from_seed(name.parse().unwrap(), &[n; 32]),
        Signatory::ml_dsa_44_from_seed(name.parse().unwrap(), &[n; 32]),
    ]
}

fn terms(witness: u8) -> Terms {
    let log = SignerKey::from_seed("example.com/log".parse().unwrap(), &[1; 32]).verifier();
    let key = CosignerKey::from_seed("example.com/witness".parse().unwrap(), &[witness; 32])
        .key()
        .clone();
    let logs = vec![Log {
        key: log,
        url: Some("http://127.0.0.1:1/".into()),
    }];
    let witnesses = vec![Witness {
        name: "one".into(),
        key,
        url: None,
    }];
    let mut point = [7; 33];
    point[0] = 2;
    let keys = (1..=4).flat_map(office).map(|signatory| signatory.key().clone());
    Terms {
        registrar: P256Point::from_sec1(&point).unwrap(),
        registrar_post_quantum: (witness > 2).then(|| ml_dsa::SecretKey::from_seed(&[witness; 32]).public()),
        members: Policy::new(logs, witnesses, 1).unwrap(),
        signatories: Signatories::new(keys.collect(), 3).unwrap(),
        max_age_days: USUAL_AGE_DAYS,
    }
}

fn first() -> Network {
    Network::found(terms(2), NOW).unwrap()
}

fn signed(text: &str, offices: impl IntoIterator<Item = u8>) -> Vec<u8> {
    let mut note = Note::new(text.into()).unwrap();
    for signatory in offices.into_iter().flat_map(office) {
        note.add(signatory.sign(&note)).unwrap();
    }
    note.to_string().into_bytes()
}

#[test]
fn reads_what_it_writes() {
    let first = first();
    let second = first.propose(terms(3), NOW.plus(60)).unwrap();
    for network in [&first, &second] {
        assert_eq!(Network::from_toml(&network.to_toml()), Ok(network.clone()));
        assert_eq!(Network::from_signed(&network.to_toml()), Ok(network.clone()));
    }
    let mut quoted = terms(2);
    let members = quoted.members.to_string().replace(" one", " '''\"\\");
    quoted.members = Policy::parse(members.as_bytes()).unwrap();
    assert_eq!(quoted.members.witnesses()[0].name, "'''\"\\");
    let quoted = Network::found(quoted, NOW).unwrap();
    assert_eq!(Network::from_signed(&quoted.to_toml()), Ok(quoted.clone()));
    assert_eq!(Network::from_toml(&quoted.to_toml()), Ok(quoted));

    let text = second.to_toml();
    let changed = [
        text.clone() + "more = 1\n",
        text.replace("version = 1", "version = 0"),
        text.replace("max-age-days = 400", "max-age-days = 0"),
        text.replace("max-age-days = 400", "max-age-days = 801"),
        text.replace("previous = \"", "previous = \"A"),
        text.replace("registrar = \"", "registrar = \"!"),
    ];
    for text in changed {
        let refused = Network::from_toml(&text).unwrap_err();
        assert_eq!(refused.code(), "network-malformed", "{text}");
    }
}

#[test]
fn the_next_version_takes_the_signatures_of_a_quorum() {
    let first = first();
    let second = first.propose(terms(3), NOW.plus(60)).unwrap();
    let text = second.to_toml();
    assert_eq!(
        first.successor(&signed(&text, [1, 2, 4])),
        Ok(Some(second.clone()))
    );
    let refused = first.successor(&signed(&text, [1, 2])).unwrap_err();
    assert_eq!(refused.code(), "signatures-missing");
    // The signatories of the new version have no say in it.
    let mut others = terms(3);
    let keys = (5..=8).flat_map(office).map(|signatory| signatory.key().clone());
    others.signatories = Signatories::new(keys.collect(), 3).unwrap();
    let text = first.propose(others, NOW).unwrap().to_toml();
    let refused = first.successor(&signed(&text, 5..=8)).unwrap_err();
    assert_eq!(refused.code(), "signatures-missing");
    let third = first.successor(&signed(&text, 1..=4)).unwrap().unwrap();
    let text = third.propose(terms(3), NOW).unwrap().to_toml();
    assert!(third.successor(&signed(&text, 5..=7)).unwrap().is_some());
}

#[test]
fn versions_only_go_up_and_one_at_a_time() {
    let first = first();
    let second = first.propose(terms(3), NOW.plus(60)).unwrap();
    let third = second.propose(terms(4), NOW.plus(120)).unwrap();
    let [note_2, note_3] = [&second, &third].map(|network| signed(&network.to_toml(), 1..=4));
    for known in [first.to_toml().into_bytes(), note_2.clone()] {
        assert_eq!(second.successor(&known), Ok(None));
    }
    assert_eq!(first.successor(first.to_toml().as_bytes()), Ok(None));
    assert_eq!(second.successor(&note_3), Ok(Some(third)));
    let skipped = Error::NetworkNotNext { ours: 0, offered: 2 };
    assert_eq!(first.successor(&note_3), Err(skipped));

    // Another second version, and what follows it.
    let other = first.propose(terms(5), NOW.plus(60)).unwrap();
    let after = signed(&other.propose(terms(4), NOW.plus(120)).unwrap().to_toml(), 1..=4);
    assert_eq!(second.successor(&after).unwrap_err().code(), "network-not-next");
    // Issued before the one that it follows.
    let early = second.propose(terms(4), NOW).unwrap().to_toml();
    let early = early.replace(
        &format!("issued = {}", NOW.0 + 60),
        &format!("issued = {}", NOW.0),
    );
    assert_eq!(
        second.successor(&signed(&early, 1..=4)).unwrap_err().code(),
        "network-not-next"
    );
}

#[test]
fn a_signed_text_is_written_in_one_way() {
    let first = first();
    let text = first.propose(terms(3), NOW).unwrap().to_toml();
    let loose = format!("# A word\n{text}");
    assert_eq!(
        first.successor(&signed(&loose, 1..=4)).unwrap_err().code(),
        "network-malformed"
    );
    assert_eq!(
        first.successor(text.as_bytes()).unwrap_err().code(),
        "note-malformed"
    );
}

#[test]
fn a_version_is_good_for_its_days() {
    let network = first();
    assert_eq!(network.in_force(NOW.plus(400 * 86_400 - 1)), Ok(()));
    let too_old = Missing::NetworkTooOld { age: 400, limit: 400 };
    assert_eq!(network.in_force(NOW.plus(400 * 86_400)), Err(too_old));
    assert_eq!(
        network.in_force(UnixTime(i64::MAX)).unwrap_err().code(),
        "network-too-old"
    );
}
