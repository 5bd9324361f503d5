use super::*;
use ledger::{
    merkle::LeafIndex,
    state::{Input, KeyAnswer, Outcome, State},
};
use schemas::{BatchNumber, IssuerNumber, crypto::aws_lc::AwsLc};
use verifier_server::now;

fn request() -> KeyRequest {
    let text = KeyRequest::sign(
        IssuerNumber(7),
        "Nord",
        "DE",
        &SigningKey::generate().unwrap(),
        None,
    );
    KeyRequest::verify(&text.unwrap(), &AwsLc).unwrap()
}

/// A ledger takes all of these.
fn state(registrar: &Registrar, answers: &[&Accreditation]) -> State {
    let mut state = State::new(&registrar.public(), &AwsLc).unwrap();
    for (index, answer) in answers.iter().enumerate() {
        let object = BASE64_STANDARD.decode(&answer.event).unwrap();
        let leaf = Leaf::decode(&BASE64_STANDARD.decode(&answer.entry).unwrap()).unwrap();
        let (index, object) = (LeafIndex(index as u64 + 1), Some(&*object));
        assert!(matches!(
            state.apply(&Input { index, leaf, object }),
            Outcome::Applied
        ));
    }
    state
}

#[test]
fn a_second_key_continues_the_first() {
    let registrar = Registrar::new(SigningKey::generate().unwrap(), None);
    let (first, now) = (request(), now());
    let one = registrar.accredit(&first, None, now).unwrap();
    let again = registrar.accredit(&first, Some(&one), now).unwrap();
    assert_eq!(again.entry, one.entry);
    let two = registrar.accredit(&request(), Some(&one), now).unwrap();

    state(&registrar, &[&one, &two]);
    let (event, _) = read(&two).unwrap();
    assert_eq!((event.number(), event.keys().len()), (EventNumber(1), 2));
}

/// What the registrar says of an issuer it signs with ML-DSA-44 too, and an issuer gets such a key beside the one it has.
#[test]
fn a_word_has_a_signed_head() {
    let [office, ours] = [1, 2].map(|n| ml_dsa::SecretKey::from_seed(&[n; 32]));
    let registrar = Registrar::new(SigningKey::generate().unwrap(), Some(office.clone()));
    let (plain, now) = (request(), now());
    let one = registrar.accredit(&plain, None, now).unwrap();
    let with_key = KeyRequest {
        post_quantum: Some(ours.public()),
        ..plain
    };
    let two = registrar.accredit(&with_key, Some(&one), now).unwrap();
    for answer in [&one, &two] {
        let head = BASE64_STANDARD.decode(answer.head.as_ref().unwrap()).unwrap();
        let head = ledger::heads::SignedHead::decode(&head)
            .unwrap()
            .verify(&office.public());
        assert_eq!(head.unwrap().entry, entry(answer).unwrap().id());
    }
    let (event, _) = read(&two).unwrap();
    assert_eq!((event.number(), event.keys().len()), (EventNumber(1), 1));
    assert_eq!(event.post_quantum(), Some(&ours.public()));
    // Who cuts a key off leaves it where no request brings another.
    let last = CutOff {
        batch: None,
        snapshot: None,
    };
    let key = KeyId::of_point(&with_key.point);
    let three = registrar.cut_off((key, last), None, &two, now).unwrap();
    assert_eq!(read(&three).unwrap().0.post_quantum(), Some(&ours.public()));
}

#[test]
fn a_key_is_cut_off_once_and_replaced() {
    let registrar = Registrar::new(SigningKey::generate().unwrap(), None);
    let (stolen, fresh, now) = (request(), request(), now());
    let one = registrar.accredit(&stolen, None, now).unwrap();
    let last = |number| CutOff {
        batch: Some((BatchNumber(number), Hash([9; 32]))),
        snapshot: None,
    };
    let key = KeyId::of_point(&stolen.point);
    let two = registrar
        .cut_off((key, last(41)), Some(&fresh), &one, now)
        .unwrap();
    let again = registrar
        .cut_off((key, last(41)), Some(&fresh), &two, now)
        .unwrap();
    assert_eq!(again.entry, two.entry);

    let state = state(&registrar, &[&one, &two]);
    let cut_off = |point| match state.key(IssuerNumber(7), &KeyId::of_point(point)) {
        KeyAnswer::Listed(key) => key.record().cut_off().cloned(),
        _ => panic!("it is listed"),
    };
    assert_eq!(cut_off(&stolen.point), Some(last(41)));
    assert_eq!(cut_off(&fresh.point), None);

    let moved = registrar.cut_off((key, last(42)), None, &two, now);
    assert_eq!(moved.unwrap_err().code(), "key-cut-off-before");
    let unknown = registrar.cut_off((KeyId([1; 8]), last(41)), None, &two, now);
    assert_eq!(unknown.unwrap_err().code(), "key-not-listed");
}

#[test]
fn announcements_are_numbered_in_order() {
    let registrar = Registrar::new(SigningKey::generate().unwrap(), None);
    let first = crate::policy::tests::network(registrar.public());
    let one = registrar.announce(first.to_toml().as_bytes(), None).unwrap();
    let again = registrar
        .announce(first.to_toml().as_bytes(), Some(&one))
        .unwrap();
    assert_eq!(again.entry, one.entry);
    let next = first.propose(first.terms().clone(), first.issued()).unwrap();
    let two = registrar.announce(next.to_toml().as_bytes(), Some(&one)).unwrap();
    let state = state(&registrar, &[&one, &two]);
    assert_eq!(state.policy(), Some((PolicyNumber(1), next.hash())));
    assert_eq!(
        registrar.announce(b"anything", None).unwrap_err().code(),
        "note-malformed"
    );
}

#[test]
fn a_damaged_record_is_not_continued() {
    let registrar = Registrar::new(SigningKey::generate().unwrap(), None);
    let earlier = Accreditation {
        entry: "AAAA".into(),
        event: "AAAA".into(),
        head: None,
    };
    let refused = registrar.accredit(&request(), Some(&earlier), now()).unwrap_err();
    assert_eq!(refused.code(), "accreditation-malformed");
}
