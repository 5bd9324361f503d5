//! The vault's bytes, exports and imports.

use super::*;
use crate::{Stock, record};
use proptest::prelude::*;
use schemas::cbor::{self, Lengths};

fn full(room: &Room) -> (Vault, HoldingNumber) {
    let (mut vault, number) = stocked(room);
    vault.import_text(&room.certificate(), NOW).unwrap();
    vault.keep_key(handle(0), Zeroizing::new(vec![1; 138])).unwrap();
    vault.keep_key(handle(8), Zeroizing::new(vec![2; 138])).unwrap();
    (vault, number)
}

#[test]
fn a_vault_comes_back() {
    let room = Room::new(2);
    let (mut vault, number) = full(&room);
    let audience = schemas::sd_cwt::profile::Audience::AnyDoor;
    vault
        .show(number, &[], audience, Consent::FreshOnly, Anchoring::Needed, NOW)
        .unwrap();
    let bytes = vault.encode().unwrap();
    let again = Vault::decode(&bytes).unwrap();
    assert_eq!(again.encode().unwrap(), bytes);
    assert_eq!(again.unknown(), 0);
    assert_eq!(again.list().count(), 2);
    assert_eq!(again.pass(number).unwrap().stock(NOW), Stock::Low(1));
    assert_eq!(again.software_key(&handle(0)), Some(&[1; 138][..]));
    let Some((other, Holding::Certificate(certificate))) = again.list().nth(1) else {
        panic!()
    };
    assert!(certificate.text().starts_with(hcert::PREFIX));
    assert_eq!(again.certificate(other).unwrap().imported_at(), NOW);
    assert!(again.certificate(number).is_err() && again.pass(other).is_err());
}

#[test]
fn a_print_for_travel_has_no_proof() {
    let room = Room::new(1);
    let plain = room.certificate();
    let decoded = |text: &str| {
        hcert::Scanned::new(text)
            .unwrap()
            .decode(hcert::Reading::Lenient)
            .unwrap()
    };
    let mut signed = decoded(&plain).sign1().clone();
    let copy = room.copy(0);
    batch(&copy)
        .proof(copy.place().slot)
        .insert_into(signed.unprotected_mut());
    for text in [hcert::to_text(&signed), plain.clone()] {
        let travel = StoredCertificate::new(&text, NOW).unwrap().travel_text().unwrap();
        assert_eq!(travel, plain);
        assert_eq!(decoded(&travel).commitment(), decoded(&text).commitment());
    }
}

#[test]
fn numbers_are_never_given_twice() {
    let room = Room::new(1);
    let (mut vault, number) = full(&room);
    assert_eq!(vault.remove(number).unwrap(), [handle(0)]);
    assert_eq!(vault.software_key(&handle(0)), None);
    assert_eq!(vault.software_key(&handle(8)), Some(&[2; 138][..]));
    assert_eq!(vault.remove(number).err(), Some(Error::NotHeld { number }));
    let mut vault = Vault::decode(&vault.encode().unwrap()).unwrap();
    assert_eq!(vault.order(receipt(), vec![]).unwrap(), HoldingNumber(2));
    let taken = vault.keep_key(handle(8), Zeroizing::new(vec![]));
    assert_eq!(taken.err(), Some(Error::KeyReused));
}

/// The items of a vault, changed.
fn changed(vault: &Vault, change: impl FnOnce(&mut Vec<Item<'static>>)) -> Vec<u8> {
    let bytes = vault.encode().unwrap();
    let (mut items, mut rest) = (vec![], &bytes[..]);
    while !rest.is_empty() {
        let (item, after) = cbor::read_first(rest, Lengths::DefiniteOnly).unwrap();
        items.push(item.into_owned());
        rest = after;
    }
    change(&mut items);
    items.iter().flat_map(Item::encode).collect()
}

fn put(item: &mut Item<'static>, key: i64, value: Item<'static>) {
    let Item::Map(entries) = item else { panic!() };
    entries.retain(|(other, _)| other.as_int() != Some(key));
    entries.push((record::int(key), value));
}

fn at<'a>(item: &'a mut Item<'static>, key: i64) -> &'a mut Item<'static> {
    let Item::Map(entries) = item else { panic!() };
    let found = entries.iter_mut().find(|(other, _)| other.as_int() == Some(key));
    &mut found.unwrap().1
}

#[test]
fn what_a_later_version_wrote_is_kept() {
    let room = Room::new(1);
    let (vault, number) = full(&room);
    let new = || Item::text("new");
    let bytes = changed(&vault, |items| {
        // The head, a pass, its receipt, its copy, a certificate, a key; and a record of a new kind.
        put(&mut items[0], 99, new());
        put(&mut items[1], 99, new());
        put(at(&mut items[1], 21), 99, new());
        let Item::Array(copies) = at(&mut items[1], 24) else {
            panic!()
        };
        put(&mut copies[0], 99, new());
        put(&mut items[2], 99, new());
        put(&mut items[3], 99, new());
        let mut record = Item::Map(vec![]);
        put(&mut record, 1, record::int(77));
        items.push(record);
    });
    let read = Vault::decode(&bytes).unwrap();
    assert_eq!(read.unknown(), 1);
    assert!(read.pass(number).is_ok());
    let count = |bytes: &[u8]| bytes.windows(4).filter(|window| *window == b"\x63new").count();
    assert_eq!(count(&bytes), 6);
    assert_eq!(count(&read.encode().unwrap()), 6);
    let again = Vault::decode(&read.encode().unwrap()).unwrap();
    assert_eq!(again.encode().unwrap(), read.encode().unwrap());
}

#[test]
fn a_record_that_cannot_be_read_is_kept_whole() {
    let room = Room::new(1);
    let (vault, number) = full(&room);
    let bytes = changed(&vault, |items| put(at(&mut items[1], 22), 99, Item::text("new")));
    let read = Vault::decode(&bytes).unwrap();
    assert_eq!(read.unknown(), 1);
    assert_eq!(read.pass(number).err(), Some(Error::NotHeld { number }));
    let lost = |bytes: &[u8]| bytes.windows(4).filter(|window| *window == b"\x63new").count();
    assert_eq!(lost(&read.encode().unwrap()), 1);
    // A later version finds it again.
    assert_eq!(read.encode().unwrap().len(), bytes.len());
}

#[test]
fn where_a_result_lives_comes_back() {
    let room = Room::new(1);
    let (mut vault, number) = full(&room);
    let backup = vault.export().unwrap();
    let moved = Receipt::new(ISSUER, "https://issuer.example", b"moved", NOW).unwrap();
    vault.move_here(number, moved).unwrap();
    let mut again = Vault::decode(&vault.encode().unwrap()).unwrap();
    assert_eq!(again.pass(number).unwrap().home(), Home::Moving);
    // The receipt from before is still known.
    assert_eq!(again.restore(&backup).unwrap().already_held, 2);
    // An export says nothing of it, and a home of a later version is left as it is.
    assert!(
        changed(&vault, |items| assert_eq!(*at(&mut items[1], 25), record::int(2)))
            == *vault.encode().unwrap()
    );
    let mut other = Vault::new();
    other.restore(&vault.export().unwrap()).unwrap();
    assert_eq!(other.pass(number).unwrap().home(), Home::ToMove);
    let later = changed(&vault, |items| put(&mut items[1], 25, record::int(4)));
    let later = Vault::decode(&later).unwrap();
    assert_eq!((later.unknown(), later.pass(number).is_err()), (1, true));
}

#[test]
fn another_kind_or_version_of_data_is_refused() {
    let room = Room::new(1);
    let (vault, number) = full(&room);
    let refusal = |bytes: &[u8]| Vault::decode(bytes).unwrap_err();
    let newer = changed(&vault, |items| put(&mut items[0], 2, record::int(2)));
    assert_eq!(refusal(&newer), Error::VaultVersion { found: 2 });
    assert_eq!(refusal(&vault.export().unwrap()).code(), "vault-malformed");
    assert_eq!(refusal(b"").code(), "cbor-malformed");
    let twice = changed(&vault, |items| items.push(items[1].clone()));
    assert_eq!(refusal(&twice).code(), "vault-malformed");
    let ahead = changed(&vault, |items| put(&mut items[0], 3, record::int(number.0)));
    assert_eq!(refusal(&ahead).code(), "vault-malformed");
    let cut = vault.encode().unwrap();
    assert_eq!(refusal(&cut[..cut.len() - 1]).code(), "cbor-malformed");
}

#[test]
fn an_export_has_receipts_and_no_keys() {
    let room = Room::new(2);
    let (vault, number) = full(&room);
    let export = vault.export().unwrap();
    for secret in [
        &b"key 0"[..],
        &[1; 138],
        &vault.pass(number).unwrap().copies()[0].copy().encode(),
    ] {
        assert!(!export.windows(secret.len()).any(|window| window == secret));
    }
    let mut other = Vault::new();
    let restored = other.restore(&export).unwrap();
    assert_eq!(
        restored,
        Restored {
            certificates: 1,
            receipts: 1,
            already_held: 0
        }
    );
    let (_, Holding::Pass(pass)) = other.list().next().unwrap() else {
        panic!()
    };
    assert_eq!(pass.receipt(), &receipt());
    assert_eq!(pass.contents(), vault.pass(number).unwrap().contents());
    assert_eq!(pass.stock(NOW), Stock::Out);
    let again = other.restore(&export).unwrap();
    assert_eq!(
        again,
        Restored {
            already_held: 2,
            ..Restored::default()
        }
    );
    let mut same = vault.clone();
    assert_eq!(same.restore(&export).unwrap().already_held, 2);
    assert_eq!(same.encode().unwrap(), vault.encode().unwrap());
    assert_eq!(
        Vault::new().restore(&vault.encode().unwrap()).unwrap_err().code(),
        "vault-malformed"
    );
}

#[test]
fn certificates_are_imported_once() {
    let room = Room::new(1);
    let mut vault = Vault::new();
    let text = room.certificate();
    let number = vault.import_text(&format!("{text}\r\n"), NOW).unwrap();
    let decoded = vault.certificate(number).unwrap().decoded().unwrap();
    assert_eq!(
        decoded.unverified_claims().unwrap().place,
        Some(room.draft(0).place)
    );
    // Signed again: another signature over the same bytes.
    let again = vault.import_text(&room.certificate(), NOW);
    assert_eq!(again.err(), Some(Error::AlreadyHeld { number }));
    let refusal = |vault: &mut Vault, text: &str| vault.import_text(text, NOW).unwrap_err().code();
    assert_eq!(refusal(&mut vault, "AT1:123"), "import-is-a-presentation");
    assert_eq!(
        refusal(&mut vault, "https://example.com"),
        "import-not-a-credential"
    );
    assert_eq!(refusal(&mut vault, "HC1:1"), "base45-malformed");
    let mut other = Vault::new();
    assert_eq!(
        other.import_file(text.as_bytes(), NOW).unwrap(),
        [HoldingNumber(0)]
    );
}

#[test]
fn white_space_around_a_certificate_is_not_kept() {
    let text = Room::new(1).certificate();
    let mut vault = Vault::new();
    let number = vault
        .import_text(&(text.clone() + &" ".repeat(70_000)), NOW)
        .unwrap();
    assert_eq!(vault.certificate(number).unwrap().text(), text);
    // More than one record may have could not be saved.
    assert!(vault.encode().is_ok());
}

#[cfg(feature = "qr")]
#[test]
fn certificates_are_imported_from_pictures() {
    let room = Room::new(1);
    let text = room.certificate();
    let picture = schemas::qr::Code::new(&text).unwrap().to_png(4);
    let mut vault = Vault::new();
    let [number] = vault.import_file(&picture, NOW).unwrap().try_into().unwrap();
    assert_eq!(vault.certificate(number).unwrap().text(), text);
}

#[test]
fn there_is_a_limit() {
    let mut vault = Vault::new();
    for _ in 0..MAX_HOLDINGS {
        vault.order(receipt(), vec![]).unwrap();
    }
    assert_eq!(
        vault.order(receipt(), vec![]).unwrap_err().code(),
        "vault-too-many"
    );
    assert!(Vault::decode(&vault.encode().unwrap()).is_ok());
}

#[test]
fn a_full_pass_fits_its_record() {
    let room = Room::new(crate::MAX_COPIES);
    let mut vault = Vault::new();
    let long = |index| KeyHandle::new(&[index; crate::MAX_HANDLE_BYTES]).unwrap();
    let keys = room.ordered().into_iter().zip(0..);
    let keys = keys
        .map(|(key, index)| OrderedKey {
            handle: long(index),
            ..key
        })
        .collect();
    let receipt = Receipt::new(ISSUER, &"x".repeat(512), &[7; 2048], NOW).unwrap();
    let number = vault.order(receipt, keys).unwrap();
    let received: Vec<_> = (0..crate::MAX_COPIES)
        .map(|index| {
            let mut draft = room.draft(index);
            draft.person.given_name = Name::new(&"ä".repeat(80)).unwrap();
            draft.person.family_name = Name::new(&"ß".repeat(80)).unwrap();
            let mut copy = room.sign(&draft);
            copy.set_proof(batch(&copy).proof(copy.place().slot));
            copy.encode()
        })
        .collect();
    let issuance = Issuance {
        issuer: &*room.public(),
        root: &no_roots,
    };
    vault.accept(number, &received, &issuance, NOW).unwrap();
    let again = Vault::decode(&vault.encode().unwrap()).unwrap();
    assert_eq!(
        (again.unknown(), again.pass(number).unwrap().copies().len()),
        (0, crate::MAX_COPIES)
    );
}

proptest! {
    #[test]
    fn any_bytes_return(bytes: Vec<u8>) {
        let _ = Vault::decode(&bytes);
        let _ = Vault::new().restore(&bytes);
        let _ = Vault::new().import_file(&bytes, NOW);
    }

    #[test]
    fn any_change_of_a_byte_returns(position in 0usize..10_000, mask in 1u8..=255) {
        let room = Room::new(1);
        let (vault, _) = full(&room);
        let mut bytes = vault.encode().unwrap().to_vec();
        let position = position % bytes.len();
        bytes[position] ^= mask;
        if let Ok(read) = Vault::decode(&bytes) {
            let written = read.encode().unwrap();
            prop_assert_eq!(Vault::decode(&written).unwrap().encode().unwrap(), written);
        }
    }
}
