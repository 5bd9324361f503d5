use super::*;
use proptest::prelude::*;

fn any_hash() -> impl Strategy<Value = Hash> {
    any::<[u8; 32]>().prop_map(Hash)
}

fn any_cut_off() -> impl Strategy<Value = CutOff> {
    let batch = prop::option::of((any::<u32>().prop_map(BatchNumber), any_hash()));
    let snapshot = prop::option::of((any::<u32>().prop_map(SnapshotNumber), any_hash()));
    (batch, snapshot).prop_map(|(batch, snapshot)| CutOff { batch, snapshot })
}

fn any_key() -> impl Strategy<Value = IssuerKey> {
    let point = any::<[u8; 32]>().prop_map(|x| P256Point::from_sec1(&[&[2], &x[..]].concat()).unwrap());
    let certificate = prop::option::of(prop::collection::vec(any::<u8>(), 0..64));
    let parts = (
        point,
        any::<i32>(),
        1..i64::MAX / 2,
        certificate,
        prop::option::of(any_cut_off()),
    );
    parts.prop_map(|(point, start, length, certificate, cut_off)| {
        let start = UnixTime(start.into());
        let key = IssuerKey::new(point, start, start.plus(length), certificate).unwrap();
        match cut_off {
            Some(cut_off) => key.cut_off_at(cut_off),
            None => key,
        }
    })
}

fn event(issuer: u32, number: u32, name: &str, keys: Vec<IssuerKey>) -> Result<KeyEvent, Error> {
    let country = Country::new("DE").unwrap();
    KeyEvent::new(
        IssuerNumber(issuer),
        EventNumber(number),
        name.to_owned(),
        country,
        keys,
    )
}

fn key(seed: u8, certificate: Option<Vec<u8>>) -> IssuerKey {
    let point = P256Point::from_sec1(&[[3].as_slice(), &[seed; 32]].concat()).unwrap();
    IssuerKey::new(point, UnixTime(0), UnixTime(1), certificate).unwrap()
}

fn post_quantum_key(fill: u8) -> ml_dsa::PublicKey {
    ml_dsa::PublicKey::from_bytes(&[fill; ml_dsa::PUBLIC_KEY_BYTES]).unwrap()
}

proptest! {
    #[test]
    fn reads_what_it_writes(issuer in 1u32.., number: u32, name in "[a-zäöü ]{1,40}", keys in prop::collection::vec(any_key(), 1..5), post_quantum in prop::option::of(any::<u8>())) {
        let Ok(event) = event(issuer, number, &name, keys) else { return Ok(()) };
        let event = event.with_post_quantum(post_quantum.map(post_quantum_key));
        prop_assert_eq!(KeyEvent::decode(&event.encode()), Ok(event));
    }

    #[test]
    fn any_bytes_return(bytes: Vec<u8>) {
        let _ = KeyEvent::decode(&bytes);
    }

    #[test]
    fn one_event_has_one_encoding(position: prop::sample::Index, change in 1u8.., key in any_key()) {
        let mut bytes = event(1, 2, "Test centre", vec![key]).unwrap().encode();
        *position.get_mut(&mut bytes) ^= change;
        if let Ok(event) = KeyEvent::decode(&bytes) {
            prop_assert_eq!(event.encode(), bytes);
        }
    }
}

#[test]
fn limits_hold() {
    let keys = |count: usize| -> Vec<IssuerKey> {
        let cut_off = CutOff {
            batch: Some((BatchNumber(u32::MAX), Hash([0; 32]))),
            snapshot: Some((SnapshotNumber(u32::MAX), Hash([0; 32]))),
        };
        let certificate = |n: usize| vec![u8::try_from(n).unwrap(); MAX_CERTIFICATE_BYTES];
        (0..count)
            .map(|n| key(1, Some(certificate(n))).cut_off_at(cut_off))
            .collect()
    };
    let code = |event: Result<KeyEvent, Error>| event.err().map(|error| error.code());
    let largest = event(u32::MAX, u32::MAX, &"n".repeat(MAX_NAME_BYTES), keys(MAX_KEYS)).unwrap();
    let largest = largest.with_post_quantum(Some(post_quantum_key(9)));
    assert_eq!(KeyEvent::decode(&largest.encode()), Ok(largest));
    assert_eq!(code(event(1, 0, "n", keys(MAX_KEYS + 1))), Some("too-long"));
    assert_eq!(
        code(event(1, 0, &"n".repeat(MAX_NAME_BYTES + 1), keys(1))),
        Some("too-long")
    );
    assert_eq!(code(event(1, 0, "n", vec![])), Some("key-event-malformed"));
    assert_eq!(
        code(event(1, 0, "n", vec![key(1, None), key(1, None)])),
        Some("key-event-malformed")
    );
    assert_eq!(code(event(0, 0, "n", keys(1))), Some("key-event-malformed"));
    assert_eq!(code(event(1, 0, "", keys(1))), Some("key-event-malformed"));
    assert_eq!(code(event(1, 0, "a\nb", keys(1))), Some("key-event-malformed"));
    assert!(Country::new("de").is_err() && Country::new("DEU").is_err());
}

#[test]
fn another_encoding_is_refused() {
    let bytes = event(1, 0, "n", vec![key(1, None)]).unwrap().encode();
    assert!(KeyEvent::decode(&bytes).is_ok());
    // 1 as 0x1801: a longer head.
    let longer = [&[bytes[0], 0x01, 0x18], &bytes[2..]].concat();
    assert_eq!(
        KeyEvent::decode(&longer).unwrap_err().code(),
        "key-event-malformed"
    );
    let unknown = [&[0xa6], &bytes[1..], &[0x07, 0x00]].concat();
    assert_eq!(
        KeyEvent::decode(&unknown).unwrap_err().code(),
        "key-event-malformed"
    );
    // A post-quantum key that is a number, and one that is too short.
    for key in [[0x06, 0x00].as_slice(), &[0x06, 0x41, 0x00]] {
        let refused = KeyEvent::decode(&[&[0xa6], &bytes[1..], key].concat());
        assert_eq!(refused.unwrap_err().code(), "key-malformed");
    }
}

/// The example of `schemas/spec/entry-and-state.md`; the point is P-256's generator.
#[test]
fn the_bytes_are_as_specified() {
    let generator = "036b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296";
    let point = P256Point::from_sec1(&hex::decode(generator).unwrap()).unwrap();
    let key = IssuerKey::new(point, UnixTime(1_795_392_000), UnixTime(1_858_464_000), None).unwrap();
    assert_eq!(key.id().to_string(), "5baff89de7de5c1d");
    let cut_off = CutOff {
        batch: Some((BatchNumber(41), Hash([0xab; 32]))),
        snapshot: None,
    };
    let event = event(7, 1, "Testzentrum Nord", vec![key.cut_off_at(cut_off)]).unwrap();
    let expected = [
        "a5 01 07 02 01 03 70 54657374 7a656e74 72756d20 4e6f7264 04 62 4445 05 81",
        "a4 01 5821",
        generator,
        "02 1a6b038200 03 1a6ec5e900 05 a1 01 82 1829 5820",
        &"ab".repeat(32),
    ];
    assert_eq!(hex::encode(event.encode()), expected.concat().replace(' ', ""));
}

#[test]
fn debug_shows_no_name_and_no_key() {
    let shown = format!("{:?}", event(1, 0, "Labor Nord", vec![key(5, None)]).unwrap());
    assert!(!shown.contains("Labor") && !shown.contains("505"), "{shown}");
}
