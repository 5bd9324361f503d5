use super::*;
use crate::{
    BatchNumber, BatchProof, Error, Hash, IssuerNumber, Place, Slot, UnixTime, base45,
    cbor::{self, Item, Lengths},
    cose::Sign1,
    crypto::{Crypto, SigningKey, VerifyingKey, aws_lc, aws_lc::AwsLc},
    health::{BirthDate, Name, Outcome, Person, TestKind, TestResult},
    key_id::KeyId,
    value_sets::{Code, Country, Device, Disease},
    zlib,
};
use coset::{RegisteredLabelWithPrivate, iana::Algorithm};
use proptest::prelude::*;

const NOW: UnixTime = UnixTime(1_795_420_800);

fn key() -> aws_lc::SigningKey {
    aws_lc::SigningKey::generate().unwrap()
}

fn verifying(key: &aws_lc::SigningKey) -> Box<dyn VerifyingKey> {
    AwsLc.es256(&key.public()).unwrap()
}

/// A name as long as the mean of the demo's day, 13 characters, and texts of the length that test centres have.
fn person() -> Person {
    Person {
        given_name: Name::new("Erika").unwrap(),
        family_name: Name::new("Müßiger").unwrap(),
        birth_date: BirthDate::new("1964-08-12").unwrap(),
    }
}

fn result(kind: TestKind, outcome: Outcome) -> TestResult {
    TestResult {
        kind,
        outcome,
        sampled_at: NOW.plus(-1800),
    }
}

fn details(device: Option<&str>) -> TestDetails {
    TestDetails {
        device: device.map(|code| Device::from_code(code).unwrap()),
        test_name: device.is_none().then(|| "Roche LightCycler qPCR".into()),
        centre: Some("Testzentrum Rathausplatz".into()),
        country: Country::GERMANY,
        issuer: "Landeshauptstadt Musterstadt".into(),
        id: Uvci::new(Country::GERMANY, b"0123456789"),
    }
}

fn draft() -> Draft {
    let result = result(TestKind::RapidAntigen, Outcome::NotDetected);
    Draft::of_test(&person(), &result, details(Some("1232"))).unwrap()
}

fn terms(id: [u8; 16]) -> Terms {
    Terms {
        key_id: KeyId(*b"\x01\x23\x45\x67\x89\xab\xcd\xef"),
        country: Country::GERMANY,
        issued_at: NOW,
        expires_at: NOW.plus(3 * 86_400),
        id,
        place: Place {
            issuer: IssuerNumber(49),
            batch: BatchNumber(70_000),
            slot: Slot(200),
        },
    }
}

/// Bytes that do not compress.
fn noise<const N: usize>(seed: u8) -> [u8; N] {
    let mut noise = [0; N];
    for (index, byte) in noise.iter_mut().enumerate() {
        *byte = Hash::of(&[&[seed], &index.to_be_bytes()]).as_bytes()[0];
    }
    noise
}

fn proof() -> BatchProof {
    BatchProof::from_bytes(&noise::<256>(7)).unwrap()
}

fn signed(draft: &Draft, key: &aws_lc::SigningKey, id: [u8; 16]) -> Sign1 {
    let to_be_signed = draft.to_be_signed(&terms(id)).unwrap();
    let signature = key.sign(&to_be_signed.bytes()).unwrap();
    to_be_signed.signed(signature)
}

fn with_proof(mut sign1: Sign1) -> Sign1 {
    proof().insert_into(sign1.unprotected_mut());
    sign1
}

fn read(text: &str, reading: Reading) -> Result<Decoded, Error> {
    Scanned::new(text)?.decode(reading)
}

fn code<T>(result: Result<T, Error>) -> &'static str {
    result.err().map_or("accepted", |error| error.code())
}

#[test]
fn what_is_issued_is_read() {
    let key = key();
    let draft = draft();
    let to_be_signed = draft.to_be_signed(&terms([1; 16])).unwrap();
    let sign1 = signed(&draft, &key, [1; 16]);
    assert_eq!(to_be_signed.bytes(), sign1.signed_bytes().unwrap());

    let decoded = read(&to_text(&with_proof(sign1)), Reading::Strict).unwrap();
    assert_eq!(decoded.key_id(), Some(terms([1; 16]).key_id));
    assert_eq!(decoded.proof(), Ok(Some(proof())));
    let commitment = crate::Commitment::to(crate::Shape::Hcert, &to_be_signed.bytes());
    assert_eq!(decoded.commitment(), commitment);

    let (signed, which) = decoded.verify_signature([&*verifying(&key)]).unwrap();
    let (verified, json) = signed.read_for_rules().unwrap();
    assert_eq!(which, 0);
    assert_eq!(verified.commitment(), commitment);
    assert_eq!(verified.kind(), Ok(EntryKind::Test));
    assert_eq!(verified.certificate(), Ok(draft.certificate()));
    let claims = verified.claims();
    assert_eq!(claims.issuer.as_deref(), Some("DE"));
    assert_eq!(claims.id.as_deref(), Some(&[1; 16][..]));
    assert_eq!(claims.place, Some(terms([1; 16]).place));
    assert_eq!(claims.check_validity(NOW), Ok(()));
    assert_eq!(claims.check_validity(NOW.plus(3 * 86_400)), Ok(()));
    assert_eq!(code(claims.check_validity(NOW.plus(-1))), "hcert-not-yet-valid");
    assert_eq!(
        code(claims.check_validity(NOW.plus(3 * 86_400 + 1))),
        "hcert-expired"
    );
    assert_eq!(json, Ok(draft.certificate().to_json_value()));
}

#[test]
fn a_paper_certificate_with_its_proof_fits_22_m() {
    /// Alphanumeric capacity of version 22-M (ISO/IEC 18004 table 7).
    const CAPACITY: usize = 1134;
    let key = key();
    let laboratory = Draft::of_test(
        &person(),
        &result(TestKind::Naat, Outcome::NotDetected),
        details(None),
    );
    for (name, draft) in [("rapid", draft()), ("laboratory", laboratory.unwrap())] {
        let sign1 = signed(&draft, &key, noise(3));
        let (without, with) = (to_text(&sign1).len(), to_text(&with_proof(sign1)).len());
        println!("HCERT {name}: {without} characters, {with} with its proof, of {CAPACITY} (22-M)");
        assert!(with <= CAPACITY, "{name}: {with}");
    }
}

#[test]
fn is_deterministic_cbor() {
    fn in_order(item: &Item<'_>) -> bool {
        match item {
            Item::Map(entries) => {
                let keys: Vec<_> = entries.iter().map(|(key, _)| key.encode()).collect();
                keys.is_sorted() && entries.iter().all(|(_, value)| in_order(value))
            }
            Item::Array(items) => items.iter().all(in_order),
            _ => true,
        }
    }
    let sign1 = signed(&draft(), &key(), [1; 16]);
    let payload = sign1.unverified_payload().unwrap();
    let item = cbor::read(payload, Lengths::DefiniteOnly).unwrap();
    assert_eq!(item.encode(), payload);
    assert!(in_order(&item));
    let keys: Vec<_> = item
        .as_map()
        .unwrap()
        .iter()
        .filter_map(|(key, _)| key.as_int())
        .collect();
    assert_eq!(keys, [1, 4, 6, 7, -260, -65_537]);
}

#[test]
fn every_key_of_an_identifier_is_tried() {
    let (right, wrong) = (key(), key());
    let decoded = read(&to_text(&signed(&draft(), &right, [1; 16])), Reading::Strict).unwrap();
    let keys = [verifying(&wrong), verifying(&wrong), verifying(&right)];
    let candidates = |count: usize| keys.iter().take(count).map(|key| &**key);
    assert_eq!(decoded.clone().verify(candidates(3)).map(|v| v.1), Ok(2));
    assert_eq!(code(decoded.clone().verify(candidates(2))), "signature-invalid");
    assert_eq!(code(decoded.verify(candidates(0))), "key-unknown");
}

#[test]
fn an_algorithm_of_the_unprotected_header_counts_only_leniently() {
    let key = key();
    let payload = signed(&draft(), &key, [1; 16])
        .unverified_payload()
        .unwrap()
        .to_vec();
    let to_be_signed = crate::cose::ToBeSigned::new(Default::default(), Default::default(), payload);
    let signature = key.sign(&to_be_signed.bytes()).unwrap();
    let mut sign1 = to_be_signed.signed(signature);
    sign1.unprotected_mut().alg = Some(RegisteredLabelWithPrivate::Assigned(Algorithm::ES256));
    let text = to_text(&sign1);
    assert_eq!(code(read(&text, Reading::Strict)), "algorithm-unsupported");
    let decoded = read(&text, Reading::Lenient).unwrap();
    assert!(decoded.verify([&*verifying(&key)]).is_ok());

    // It never stands in for one that is protected.
    let mut sign1 = signed(&draft(), &key, [1; 16]);
    sign1.unprotected_mut().alg = Some(RegisteredLabelWithPrivate::Assigned(Algorithm::PS256));
    let decoded = read(&to_text(&sign1), Reading::Lenient).unwrap();
    assert_eq!(decoded.algorithm(), Algorithm::ES256);
}

#[test]
fn other_structures_are_refused() {
    let sign1 = signed(&draft(), &key(), [1; 16]);
    let tagged = sign1.encode();
    let untagged = sign1.encode_untagged();
    let text = |bytes: &[u8]| [PREFIX, &base45::encode(&zlib::deflate(bytes))].concat();
    let tag = |tag: u8, bytes: &[u8]| text(&[&[0xd8, tag][..], bytes].concat());
    for good in [text(&tagged), text(&untagged), tag(61, &tagged)] {
        assert!(read(&good, Reading::Strict).is_ok());
    }
    // COSE_Mac0 (17), COSE_Sign (98), 18 in 18, 18 in 55799, 61 alone.
    let cases = [
        text(&[&[0xd1][..], &untagged].concat()),
        tag(98, &untagged),
        text(&[&[0xd2][..], &tagged].concat()),
        text(&[&[0xd9, 0xd9, 0xf7][..], &tagged].concat()),
        tag(61, &untagged),
        text(&[0x80]),
    ];
    for case in cases {
        assert_eq!(code(read(&case, Reading::Lenient)), "cose-malformed");
    }
    assert_eq!(
        code(read(&text(&[&tagged[..], &[0]].concat()), Reading::Lenient)),
        "cbor-trailing-bytes"
    );
}

#[test]
fn input_is_bounded() {
    let bomb = [PREFIX, &base45::encode(&zlib::deflate(&vec![0; 2_000_000]))].concat();
    assert!(bomb.len() < MAX_TEXT_CHARACTERS);
    assert_eq!(code(read(&bomb, Reading::Lenient)), "too-long");
    let long = [PREFIX, &"0".repeat(MAX_TEXT_CHARACTERS)].concat();
    assert_eq!(code(read(&long, Reading::Lenient)), "too-long");
    let json = format!("\"{}\"", "x".repeat(MAX_JSON_BYTES));
    assert_eq!(code(Certificate::from_json(&json, Reading::Lenient)), "too-long");
    let deep = "[".repeat(100) + &"]".repeat(100);
    assert_eq!(
        code(Certificate::from_json(&deep, Reading::Lenient)),
        "json-malformed"
    );
}

#[test]
fn text_must_be_of_a_certificate() {
    let text = to_text(&signed(&draft(), &key(), [1; 16]));
    assert_eq!(code(Scanned::new(&format!("\n {text} \r\n"))), "accepted");
    for other in ["", "HC2:6BF", "hc1:6BF", "shc:/5676", "HC1", &text[4..]] {
        assert_eq!(code(Scanned::new(other)), "hcert-prefix", "{other}");
    }
    assert_eq!(code(read("HC1:", Reading::Lenient)), "zlib-malformed");
}

#[test]
fn text_damaged_on_its_way_is_refused() {
    let key = key();
    let texts: Vec<_> = (0..20)
        .map(|id| to_text(&signed(&draft(), &key, [id; 16])))
        .collect();
    // What forms, addresses and messages do to spaces and percent signs (hcert-spec#64, #72).
    let damages: [(char, &str); 6] = [
        (' ', "%20"),
        (' ', "+"),
        (' ', ""),
        ('%', "%25"),
        ('%', ""),
        ('+', " "),
    ];
    let mut damaged = 0;
    for text in &texts {
        let body = text.strip_prefix(PREFIX).unwrap();
        for (from, to) in damages {
            let other = [PREFIX, &body.replace(from, to)].concat();
            if other != *text {
                assert_ne!(
                    code(read(&other, Reading::Lenient)),
                    "accepted",
                    "{from:?} to {to:?}"
                );
                damaged += 1;
            }
        }
    }
    assert!(damaged > 60);
}

#[test]
fn only_what_can_be_checked_is_issued() {
    let refusal = |change: &dyn Fn(&mut Certificate)| {
        let mut certificate = draft().certificate().clone();
        change(&mut certificate);
        Draft::new(&certificate).err()
    };
    let test = |change: &'static dyn Fn(&mut Test)| {
        refusal(
            &move |certificate: &mut Certificate| match &mut certificate.entry {
                Entry::Test(test) => change(test),
                _ => unreachable!("the draft is a test"),
            },
        )
    };
    let refused = |field| Some(Error::HcertNotIssuable(field));
    assert_eq!(refusal(&|_| {}), None);
    assert_eq!(refusal(&|c| c.version = "1.3".into()), refused("ver"));
    assert_eq!(
        refusal(&|c| c.name.standardised_surname = Some("Mustermann".into())),
        refused("fnt")
    );
    assert_eq!(refusal(&|c| c.name.surname = Some("x".repeat(81))), refused("fn"));
    assert_eq!(
        refusal(&|c| {
            c.name.standardised_surname = Some(String::new());
            c.name.standardised_given_name = None;
        }),
        refused("fnt or gnt")
    );
    assert_eq!(
        refusal(&|c| c.date_of_birth = DateOfBirth::lenient("12.08.1964")),
        refused("dob")
    );
    assert_eq!(test(&|t| t.disease = Code::Unknown("0".into())), refused("tg"));
    assert_eq!(test(&|t| t.kind = Code::Unknown("a test".into())), refused("tt"));
    assert_eq!(
        test(&|t| t.outcome = Code::Unknown("NEGATIVE".into())),
        refused("tr")
    );
    assert_eq!(test(&|t| t.country = Code::Unknown("XY".into())), refused("co"));
    assert_eq!(test(&|t| t.country = Code::Unknown("de".into())), refused("co"));
    assert_eq!(test(&|t| t.device = None), refused("ma"));
    assert_eq!(test(&|t| t.device = Some("9999".into())), refused("ma"));
    assert_eq!(test(&|t| t.name = Some("a name".into())), refused("nm"));
    assert_eq!(test(&|t| t.kind = Code::Known(TestKind::Naat)), refused("ma"));
    assert_eq!(
        test(&|t| t.sampled_at = Moment::lenient("2021-06-11T17:30:00")),
        refused("sc")
    );
    assert_eq!(test(&|t| t.issuer = "x".repeat(81)), refused("is"));
    assert_eq!(test(&|t| t.id = t.id.to_lowercase()), refused("ci"));
    assert_eq!(test(&|t| t.id = t.id.replace("#", "A#")), refused("ci"));
    assert_eq!(test(&|t| t.id = "URN:UVCI:01:DE:X".into()), refused("ci"));
    let recovery = Entry::Recovery(Recovery {
        disease: Code::Known(Disease::Covid19),
        first_positive_on: CalendarDate::lenient("2021-06-11"),
        country: Code::Known(Country::GERMANY),
        issuer: String::new(),
        valid_from: CalendarDate::lenient("2021-06-11"),
        valid_until: CalendarDate::lenient("2021-06-11"),
        id: String::new(),
    });
    assert_eq!(refusal(&|c| c.entry = recovery.clone()), refused("t"));

    let mut person = person();
    person.family_name = Name::new("Иванова").unwrap();
    let result = result(TestKind::RapidAntigen, Outcome::Detected);
    assert_eq!(
        Draft::of_test(&person, &result, details(Some("1232"))).err(),
        refused("fnt")
    );
}

#[test]
fn terms_must_be_in_order() {
    let refused = |change: &dyn Fn(&mut Terms)| {
        let mut terms = terms([0; 16]);
        change(&mut terms);
        draft().to_be_signed(&terms).err()
    };
    assert_eq!(refused(&|_| {}), None);
    assert_eq!(
        refused(&|t| t.issued_at = NOW.plus(-1801)),
        Some(Error::HcertNotIssuable("sc"))
    );
    assert_eq!(
        refused(&|t| t.expires_at = NOW),
        Some(Error::HcertNotIssuable("exp"))
    );
}

#[test]
fn debug_shows_nothing() {
    let shown = format!("{:?} {:?}", draft(), draft().certificate());
    assert_eq!(shown, "Draft(…) Certificate(Entry::Test(…), …)");
    let claims = read(&to_text(&signed(&draft(), &key(), [1; 16])), Reading::Strict)
        .and_then(|decoded| decoded.unverified_claims());
    assert_eq!(format!("{:?}", claims.unwrap()), "Claims(…)");
}

/// Any text that the schema allows.
fn words() -> impl Strategy<Value = String> {
    proptest::string::string_regex("[^\\x00-\\x1f]{0,80}").unwrap()
}

fn any_certificate() -> impl Strategy<Value = Certificate> {
    let test = (
        (words(), words(), words()),
        (
            prop::option::of(words()),
            prop::option::of(words()),
            prop::option::of(words()),
        ),
        0i64..4_000_000_000,
        any::<bool>(),
    );
    let test = test.prop_map(
        |((disease, issuer, id), (name, device, centre), sampled_at, detected)| {
            Entry::Test(Test {
                disease: Code::read(&disease),
                kind: Code::Known(TestKind::Naat),
                name,
                device,
                sampled_at: Moment::of(UnixTime(sampled_at)).unwrap(),
                outcome: Code::Known(if detected {
                    Outcome::Detected
                } else {
                    Outcome::NotDetected
                }),
                centre,
                country: Code::Unknown("UNHCR".into()),
                issuer,
                id,
            })
        },
    );
    let vaccination = (words(), words(), 1u32.., 1u32..).prop_map(|(product, issuer, dose, doses)| {
        Entry::Vaccination(Vaccination {
            disease: Code::Known(Disease::Covid19),
            prophylaxis: product.clone(),
            product: product.clone(),
            holder: product,
            dose,
            doses,
            vaccinated_on: CalendarDate::lenient("2021-06-11"),
            country: Code::Known(Country::GERMANY),
            issuer,
            id: String::new(),
        })
    });
    let name = proptest::string::string_regex("[A-Z<]{0,80}").unwrap();
    (prop_oneof![test, vaccination], words(), name).prop_map(|(entry, surname, standardised)| Certificate {
        version: "1.3.0".into(),
        name: PersonName {
            surname: Some(surname),
            standardised_surname: Some(standardised),
            given_name: None,
            standardised_given_name: None,
        },
        date_of_birth: DateOfBirth::strict("1964-08").unwrap(),
        entry,
    })
}

proptest! {
    #[test]
    fn reads_what_it_writes(certificate in any_certificate()) {
        let bytes = certificate.to_item().encode();
        let item = cbor::read(&bytes, Lengths::DefiniteOnly).unwrap();
        let read = Certificate::from_item(&item, Reading::Strict);
        prop_assert_eq!(read.as_ref(), Ok(&certificate));
        let json = serde_json::to_string(&certificate).unwrap();
        prop_assert_eq!(&serde_json::from_str::<Certificate>(&json).unwrap(), &certificate);
    }

    #[test]
    fn any_text_returns(text: String, base45 in "[0-9A-Z $%*+./:-]{0,600}") {
        for reading in [Reading::Strict, Reading::Lenient] {
            let _ = read(&text, reading);
            let _ = read(&[PREFIX, &base45].concat(), reading);
        }
    }

    #[test]
    fn any_structure_returns(bytes: Vec<u8>) {
        for reading in [Reading::Strict, Reading::Lenient] {
            let _ = Decoded::from_cose(&bytes, reading);
            let _ = claims::read(&bytes, reading);
            let _ = claims::json(&bytes);
        }
    }

    #[test]
    fn any_json_returns(text: String) {
        let _ = Certificate::from_json(&text, Reading::Lenient);
    }

    /// One character changed: refused, or (in the padding of the compression) the same certificate.
    #[test]
    fn changed_text_verifies_as_nothing_else(position: prop::sample::Index, to: prop::sample::Index) {
        let key = key();
        let text = to_text(&with_proof(signed(&draft(), &key, [9; 16])));
        let position = PREFIX.len() + position.index(text.len() - PREFIX.len());
        let to = &"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"[to.index(45)..][..1];
        let changed = [&text[..position], to, &text[position + 1..]].concat();
        let verified = read(&changed, Reading::Lenient).and_then(|d| d.verify([&*verifying(&key)]));
        if let Ok((verified, _)) = verified {
            let draft = draft();
            prop_assert_eq!(verified.certificate(), Ok(draft.certificate()));
            prop_assert_eq!(verified.proof(), Ok(Some(proof())));
        }
    }
}
