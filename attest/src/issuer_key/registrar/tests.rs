use super::*;
use ledger::{
    merkle::LeafIndex,
    state::{Input, KeyAnswer, Outcome, State},
};
use schemas::{BatchNumber, IssuerNumber, crypto::aws_lc::AwsLc};
use verifier_server::now;

fn request() -> KeyRequest {
    let text = KeyRequest::sign(IssuerNumber(7), "Nord", "DE", &SigningKey::generate().unwrap());
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
    let registrar = Registrar::new(SigningKey::generate().unwrap());
    let (first, now) = (request(), now());
    let one = registrar.accredit(&first, None, now).unwrap();
    let again = registrar.accredit(&first, Some(&one), now).unwrap();
    assert_eq!(again.entry, one.entry);
    let two = registrar.accredit(&request(), Some(&one), now).unwrap();

    state(&registrar, &[&one, &two]);
    let (event, _) = read(&two).unwrap();
    assert_eq!((event.number(), event.keys().len()), (EventNumber(1), 2));
}

#[test]
fn a_key_is_cut_off_once_and_replaced() {
    let registrar = Registrar::new(SigningKey::generate().unwrap());
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
    let registrar = Registrar::new(SigningKey::generate().unwrap());
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
    let registrar = Registrar::new(SigningKey::generate().unwrap());
    let earlier = Accreditation {
        entry: "AAAA".into(),
        event: "AAAA".into(),
    };
    let refused = registrar.accredit(&request(), Some(&earlier), now()).unwrap_err();
    assert_eq!(refused.code(), "accreditation-malformed");
}
