mod bytes;
mod form;

use super::*;
use crate::{
    BatchNumber, BatchProof, Commitment, Day, Hash, IssuerNumber, KeyId, Place, Shape, Slot, UnixTime,
    cbor::{Item, NULL},
    crypto::{
        Crypto, SigningKey as _,
        aws_lc::{AwsLc, SigningKey},
    },
    health::{BirthDate, Name, Outcome, Person, TestKind, TestResult},
    place::PLACE_CLAIM,
    proof::{PROOF_HASHES, PROOF_HEADER},
    sd_cwt::{Redacted, Salt, SdCwt, ToBeIssued, claim, confirmation, redact},
};
use coset::iana::Algorithm;
use proptest::prelude::*;

const NOW: UnixTime = UnixTime(1_795_413_725);

fn person(given_name: &str, family_name: &str) -> Person {
    let name = |text| Name::new(text).unwrap();
    Person {
        given_name: name(given_name),
        family_name: name(family_name),
        birth_date: BirthDate::new("1964-08-12").unwrap(),
    }
}

fn proof() -> BatchProof {
    BatchProof([Hash([0xab; 32]); PROOF_HASHES])
}

fn salts() -> [Salt; 3] {
    [1, 2, 3].map(|byte| Salt([byte; 16]))
}

struct Bench {
    issuer: SigningKey,
    holder: SigningKey,
}

impl Bench {
    fn new() -> Self {
        Self {
            issuer: SigningKey::generate().unwrap(),
            holder: SigningKey::generate().unwrap(),
        }
    }

    /// A draft with numbers as large as a large issuer reaches within years.
    fn draft(&self, person: Person) -> Draft {
        Draft {
            place: Place {
                issuer: IssuerNumber(1_000),
                batch: BatchNumber(10_000_000),
                slot: Slot(200),
            },
            issued_at: NOW.plus(-3_000),
            expires: NOW.plus(3 * 86_400).day(),
            holder: self.holder.public(),
            result: TestResult {
                kind: TestKind::RapidAntigen,
                outcome: Outcome::NotDetected,
                sampled_at: NOW.plus(-4_000),
            },
            person,
        }
    }

    fn issue(&self, draft: &Draft) -> HeldCopy {
        let unsigned = draft.to_be_signed(KeyId([7; 8]), salts()).unwrap();
        let signature = self.issuer.sign(&unsigned.bytes()).unwrap();
        unsigned.signed(&signature)
    }

    fn present(&self, copy: &HeldCopy, groups: &[Group], audience: &Audience) -> String {
        let request = copy.choose(groups, audience, NOW);
        request.answer(&self.holder.sign(&request.bytes_to_sign()).unwrap())
    }

    fn verify(&self, text: &str, audience: &Audience) -> Result<Claims, Error> {
        let issuer = AwsLc.es256(&self.issuer.public()).unwrap();
        let presentation = Presentation::decode_text(text)?;
        presentation
            .verify_issuer(&*issuer)?
            .verify_binding(&AwsLc)?
            .validate(NOW.plus(20), audience, FRESHNESS)
    }
}

#[test]
fn a_door_reads_what_was_chosen_and_nothing_else() {
    let bench = Bench::new();
    let draft = bench.draft(person("Erika", "Mustermann"));
    let mut copy = bench.issue(&draft);
    let commitment = copy.commitment();
    copy.set_proof(proof());
    let copy = HeldCopy::decode(&copy.encode()).unwrap();
    for chosen in [
        &[][..],
        &[Group::Result],
        &[Group::Initials, Group::Result],
        &Group::ALL,
    ] {
        let text = bench.present(&copy, chosen, &Audience::AnyDoor);
        let claims = bench.verify(&text, &Audience::AnyDoor).unwrap();
        let Contents {
            result,
            person,
            initials,
        } = claims.contents();
        assert_eq!(result.is_some(), chosen.contains(&Group::Result));
        assert_eq!(person.is_some(), chosen.contains(&Group::Person));
        assert_eq!(initials.is_some(), chosen.contains(&Group::Initials));
        assert!(result.is_none_or(|result| result.sampled_at == UnixTime(1_795_406_400)));
        assert!(person.as_ref().is_none_or(|person| *person == draft.person));
        assert!(
            initials
                .as_ref()
                .is_none_or(|initials| *initials == draft.person.initials())
        );
        assert_eq!(claims.place(), draft.place);
        assert_eq!(claims.key_id(), KeyId([7; 8]));
        assert_eq!(claims.issued_at(), UnixTime(1_795_410_600));
        assert_eq!(claims.expires_at(), draft.expires.start());
        assert_eq!(claims.presented_at(), NOW);
        assert_eq!(claims.commitment(), commitment);
        assert_eq!(claims.proof(), Some(&proof()));
    }
}

#[test]
fn the_commitment_is_to_the_bytes_that_the_issuer_signed() {
    let bench = Bench::new();
    let draft = bench.draft(person("Erika", "Mustermann"));
    let unsigned = draft.to_be_signed(KeyId([7; 8]), salts()).unwrap();
    let commitment = Commitment::to(Shape::SdCwt, &unsigned.bytes());
    assert_eq!(bench.issue(&draft).commitment(), commitment);
}

#[test]
fn every_renewal_is_another_token() {
    let bench = Bench::new();
    let copy = bench.issue(&bench.draft(person("Erika", "Mustermann")));
    let token = |at: UnixTime| {
        let request = copy.choose(&[Group::Result], &Audience::AnyDoor, at);
        let text = request.answer(&bench.holder.sign(&request.bytes_to_sign()).unwrap());
        bench.verify(&text, &Audience::AnyDoor).unwrap().token()
    };
    assert_eq!(token(NOW), token(NOW));
    assert_ne!(token(NOW), token(NOW.plus(30)));
}

#[test]
fn a_challenge_is_answered_at_its_own_door_only() {
    let bench = Bench::new();
    let copy = bench.issue(&bench.draft(person("Erika", "Mustermann")));
    let door = |door: u8, nonce: u8| {
        Audience::Door(Challenge {
            door: Hash([door; 32]),
            nonce: [nonce; 16],
        })
    };
    let text = bench.present(&copy, &[Group::Result], &door(1, 1));
    assert!(bench.verify(&text, &door(1, 1)).is_ok());
    assert_eq!(bench.verify(&text, &door(1, 2)).err(), Some(Error::KbtNonce));
    assert_eq!(bench.verify(&text, &door(2, 1)).err(), Some(Error::KbtAudience));
    assert_eq!(
        bench.verify(&text, &Audience::AnyDoor).err(),
        Some(Error::KbtNonce)
    );
    let text = bench.present(&copy, &[Group::Result], &Audience::AnyDoor);
    assert_eq!(bench.verify(&text, &door(1, 1)).err(), Some(Error::KbtNonce));
}

#[test]
fn the_holder_checks_what_was_received() {
    let bench = Bench::new();
    let draft = bench.draft(person("Erika", "Mustermann"));
    let copy = bench.issue(&draft);
    let issuer = AwsLc.es256(&bench.issuer.public()).unwrap();
    let contents = copy.verify(&*issuer, &draft.holder, NOW).unwrap();
    assert_eq!(contents.person, Some(draft.person.clone()));
    assert_eq!(Contents::from_item(&contents.to_item()), Ok(contents));
    let stranger = bench.issuer.public();
    assert_eq!(
        copy.verify(&*issuer, &stranger, NOW).err(),
        Some(Error::SdCwtHolderKey)
    );
    let expired = draft.expires.start();
    assert_eq!(
        copy.verify(&*issuer, &draft.holder, expired).err(),
        Some(Error::SdCwtExpired)
    );
    let early = UnixTime(1_795_410_600 - 31);
    assert_eq!(
        copy.verify(&*issuer, &draft.holder, early).err(),
        Some(Error::SdCwtNotYetValid)
    );
    let other = AwsLc.es256(&stranger).unwrap();
    assert!(copy.verify(&*other, &draft.holder, NOW).is_ok());
    let other = AwsLc.es256(&bench.holder.public()).unwrap();
    assert_eq!(
        copy.verify(&*other, &draft.holder, NOW).err(),
        Some(Error::SignatureInvalid)
    );
}

#[test]
fn a_copy_has_its_three_disclosures() {
    let bench = Bench::new();
    let copy = bench.issue(&bench.draft(person("Erika", "Mustermann")));
    let token = SdCwt::decode(&copy.encode()).unwrap();
    assert_eq!(HeldCopy::decode(&token.encode()).unwrap().encode(), copy.encode());
    let fewer = token.disclosing(|disclosure| disclosure.unverified_key() != Ok(Some(claim::SUBJECT)));
    assert_eq!(
        HeldCopy::decode(&fewer.encode()).err().map(|e| e.code()),
        Some("presentation-malformed")
    );
}

#[test]
fn text_has_its_prefix_and_its_limit() {
    let refusal = |text: &str| Presentation::decode_text(text).err().map(|error| error.code());
    assert_eq!(refusal("HC1:00"), Some("presentation-malformed"));
    assert_eq!(refusal("AT1:0"), Some("base45-malformed"));
    assert_eq!(refusal(&"AT1:0".repeat(1000)), Some("too-long"));
}

proptest! {
    #[test]
    fn any_text_returns(text: String, bytes: Vec<u8>) {
        let _ = Presentation::decode_text(&text);
        let _ = Presentation::decode_text(&to_text(&bytes));
        let _ = HeldCopy::decode(&bytes);
    }

    #[test]
    fn any_result_and_person_come_back(
        issuer: u32, batch: u32, slot: u8, seconds in 0i64..4_000_000_000, naat: bool, detected: bool,
        given_name in "\\PC{1,80}", family_name in "\\PC{1,80}", days in 0i64..365,
    ) {
        let bench = Bench::new();
        let (Ok(given_name), Ok(family_name)) = (Name::new(&given_name), Name::new(&family_name)) else { return Ok(()) };
        let draft = Draft {
            place: Place { issuer: IssuerNumber(issuer), batch: BatchNumber(batch), slot: Slot(slot) },
            issued_at: UnixTime(seconds),
            expires: Day(UnixTime(seconds).plus(days * 86_400).day().0 + 1),
            result: TestResult {
                kind: if naat { TestKind::Naat } else { TestKind::RapidAntigen },
                outcome: if detected { Outcome::Detected } else { Outcome::NotDetected },
                sampled_at: UnixTime(seconds - 100),
            },
            person: Person { given_name, family_name, birth_date: BirthDate::new("1964-08").unwrap() },
            holder: bench.holder.public(),
        };
        let copy = bench.issue(&draft);
        prop_assert_eq!(HeldCopy::decode(&copy.encode()).unwrap().encode(), copy.encode());
        let crypto = AwsLc.es256(&bench.issuer.public()).unwrap();
        let contents = copy.verify(&*crypto, &draft.holder, draft.issued_at).unwrap();
        let result = contents.result.unwrap();
        prop_assert!(result.kind == draft.result.kind && result.outcome == draft.result.outcome);
        let rounded = draft.result.sampled_at.since(result.sampled_at);
        prop_assert!((0..SAMPLED_STEP).contains(&rounded));
        prop_assert_eq!(contents.person, Some(draft.person));
    }
}
