//! A person's names and a centre's, one on each line, as a station submits them: whatever is taken makes a certificate that
//! a strict reader reads, and a copy that its holder takes.
#![no_main]

use fuzz::ES256;
use generate::world::{EXPIRES, NOW};
use issuer::{Draft, Profile};
use libfuzzer_sys::fuzz_target;
use schemas::{
    BatchNumber, Error, IssuerNumber, KeyId, Place, Slot,
    crypto::{Es256Signature, P256Point},
    hcert::{Certificate, Reading},
    health::{BirthDate, Name, Outcome, Person, TestKind, TestResult},
    sd_cwt::{Salt, profile},
    value_sets::Country,
};

fuzz_target!(|text: &str| {
    let mut lines = text.splitn(4, '\n').map(str::to_owned);
    let mut line = || lines.next().unwrap_or_default();
    let Ok(person) = person(&line(), &line(), &line()) else {
        return;
    };
    let result = TestResult {
        kind: TestKind::Naat,
        outcome: Outcome::NotDetected,
        sampled_at: NOW,
    };
    copy(&person, result);
    let Ok(draft) = Draft::new(person, result, None, None, Some(line()), NOW) else {
        return;
    };
    assert!(Draft::decode(&draft.encode()).is_ok_and(|again| again == draft));
    let profile = Profile {
        name: "Gesundheitsamt".into(),
        country: Country::GERMANY,
    };
    if let Ok(draft) = draft.to_hcert(&profile, &[1; 10]) {
        let certificate = draft.certificate();
        assert!(
            Certificate::from_item(&certificate.to_item(), Reading::Strict)
                .is_ok_and(|again| again == *certificate)
        );
    }
});

fn person(given_name: &str, family_name: &str, birth_date: &str) -> Result<Person, Error> {
    Ok(Person {
        given_name: Name::new(given_name)?,
        family_name: Name::new(family_name)?,
        birth_date: BirthDate::new(birth_date)?,
    })
}

fn copy(person: &Person, result: TestResult) {
    let holder = P256Point::from_sec1(&[&[2][..], &[7; 32]].concat()).expect("a point");
    let draft = profile::Draft {
        place: Place {
            issuer: IssuerNumber(1),
            batch: BatchNumber(1),
            slot: Slot(1),
        },
        issued_at: NOW,
        expires: EXPIRES,
        holder,
        result,
        person: person.clone(),
    };
    let salts = [1, 2, 3].map(|salt| Salt([salt; 16]));
    let unsigned = draft.to_be_signed(KeyId([1; 8]), salts).expect("times in order");
    let copy = unsigned.signed(&Es256Signature([1; 64]));
    let contents = copy.verify(&ES256, &holder, NOW).expect("what was issued");
    assert!(contents.person.is_some_and(|read| read == *person));
}
