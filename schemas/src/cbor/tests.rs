use super::*;
use proptest::prelude::*;

fn any_item() -> impl Strategy<Value = Item<'static>> {
    let leaf = prop_oneof![
        any::<u64>().prop_map(|n| Item::Int(n.into())),
        any::<u64>().prop_map(|n| Item::Int(-1 - i128::from(n))),
        any::<Vec<u8>>().prop_map(|b| Item::Bytes(b.into())),
        any::<String>().prop_map(|s| Item::Text(s.into())),
        (0u8..24).prop_map(Item::Simple),
        (32u8..=255).prop_map(Item::Simple),
        (-1e9f64..1e9).prop_map(Item::Float),
    ];
    leaf.prop_recursive(5, 64, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Item::Array),
            prop::collection::vec((any::<i32>(), inner.clone()), 0..6).prop_map(|mut entries| {
                entries.sort_by_key(|e| e.0);
                entries.dedup_by_key(|e| e.0);
                Item::Map(
                    entries
                        .into_iter()
                        .map(|(k, v)| (Item::Int(k.into()), v))
                        .collect(),
                )
            }),
            (any::<u64>(), inner).prop_map(|(tag, item)| Item::Tag(tag, Box::new(item))),
        ]
    })
}

proptest! {
    #[test]
    fn reads_what_it_writes(item in any_item()) {
        let bytes = item.encode();
        prop_assert_eq!(read(&bytes, Lengths::DefiniteOnly), Ok(item));
    }

    #[test]
    fn any_bytes_return(bytes: Vec<u8>) {
        let _ = read(&bytes, Lengths::Any);
    }
}

fn refusal(hex: &str) -> &'static str {
    let bytes = hex::decode(hex).unwrap();
    read(&bytes, Lengths::DefiniteOnly).unwrap_err().code()
}

#[test]
fn refuses_what_breaks_a_limit() {
    assert_eq!(refusal("a201020103"), "cbor-duplicate-key");
    // NaN, alone and in a list: equal to nothing, and so never found twice.
    assert_eq!(refusal("a2f97e0001f97e0002"), "cbor-malformed");
    assert_eq!(refusal("a181f97e0001"), "cbor-malformed");
    assert_eq!(refusal("0000"), "cbor-trailing-bytes");
    assert_eq!(refusal("9fff"), "cbor-indefinite-length");
    assert_eq!(refusal("ff"), "cbor-malformed");
    assert_eq!(refusal("62ff"), "cbor-malformed");
    assert_eq!(refusal("61ff"), "cbor-malformed");
    assert_eq!(refusal("f818"), "cbor-malformed");
    assert_eq!(refusal("1c"), "cbor-malformed");
    assert_eq!(refusal("1f"), "cbor-malformed");
    assert_eq!(refusal("df"), "cbor-malformed");
    assert_eq!(refusal("5bffffffffffffffff"), "cbor-malformed");
    assert_eq!(refusal("9bffffffffffffffff"), "cbor-malformed");
    assert_eq!(refusal(&"81".repeat(MAX_DEPTH + 1)), "cbor-too-deep");
    assert_eq!(refusal(&"c1".repeat(MAX_DEPTH + 1)), "cbor-too-deep");
}

#[test]
fn reads_floats_of_every_width() {
    // RFC 8949 appendix A.
    let examples = [
        ("f90000", 0.0),
        ("f93c00", 1.0),
        ("f93e00", 1.5),
        ("f97bff", 65_504.0),
        ("f90001", 5.960_464_477_539_063e-8),
        ("f90400", 0.000_061_035_156_25),
        ("f9c400", -4.0),
        ("f97c00", f64::INFINITY),
        ("f9fc00", f64::NEG_INFINITY),
        ("fa47c35000", 100_000.0),
        ("fb3ff199999999999a", 1.1),
    ];
    for (encoding, value) in examples {
        let bytes = hex::decode(encoding).unwrap();
        let item = read(&bytes, Lengths::DefiniteOnly).unwrap();
        assert_eq!(item, Item::Float(value));
        assert_eq!(hex::encode(item.encode()), encoding);
    }
    let nan = read(&[0xf9, 0x7e, 0x00], Lengths::DefiniteOnly);
    assert!(matches!(nan, Ok(Item::Float(value)) if value.is_nan()));
}

#[test]
fn reads_a_sequence_item_by_item() {
    let items = [Item::Int(1), Item::text("two"), Item::Array(vec![NULL])];
    let bytes: Vec<u8> = items.iter().flat_map(Item::encode).collect();
    let mut rest = &bytes[..];
    for item in items {
        let (read, after) = read_first(rest, Lengths::DefiniteOnly).unwrap();
        assert_eq!(read, item);
        rest = after;
    }
    assert_eq!(
        read_first(rest, Lengths::Any).unwrap_err().code(),
        "cbor-malformed"
    );
}

#[test]
fn joins_indefinite_strings() {
    let bytes = hex::decode("835f42010243030405ff7f61616162ffbf0102ff").unwrap();
    let item = read(&bytes, Lengths::Any).unwrap();
    let expected = Item::Array(vec![
        Item::bytes(&[1, 2, 3, 4, 5]),
        Item::text("ab"),
        Item::Map(vec![(Item::Int(1), Item::Int(2))]),
    ]);
    assert_eq!(item, expected);
    assert_eq!(
        read(&[0x5f, 0x61, 0x61, 0xff], Lengths::Any).unwrap_err().code(),
        "cbor-malformed"
    );
    assert_eq!(
        read(&[0xbf, 0x01, 0xff], Lengths::Any).unwrap_err().code(),
        "cbor-malformed"
    );
}
