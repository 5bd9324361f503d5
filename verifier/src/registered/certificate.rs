//! From an EU certificate that a registered issuer signed to what it says.

use super::{
    Signed,
    presentation::{listed, standing},
};
use crate::{
    Error,
    policy::{Disclosure, result_of},
    shown::{Shown, ShownPerson},
    verdict::{Check, Checklist},
};
use ledger::state::State;
use schemas::{
    IssuerNumber, KeyId, Shape, UnixTime,
    hcert::{Certificate, Entry, PersonName, Test, Verified},
    health::TestResult,
};

/// Checks what a registered issuer's key signed, whose signature held (`schemas/spec/hcert.md`).
/// `None` when a check failed; the list says which.
pub(crate) fn verify_certificate(
    verified: &Verified,
    (issuer, key_id): (IssuerNumber, KeyId),
    state: &State,
    now: UnixTime,
    list: &mut Checklist,
) -> Option<Signed> {
    // 1. The issuer's word is good.
    let (name, key) = list.keep(Check::Issuer, listed(state, issuer, &key_id))?;
    list.passed(Check::Issuer, name.to_owned());

    // 2. It is valid, and its key was good for it.
    let claims = verified.claims();
    list.keep(Check::Validity, claims.check_validity(now))?;
    list.keep(
        Check::Validity,
        key.record().covers(claims.issued_at, claims.expires_at),
    )?;
    list.passed_until(claims.expires_at, now);

    // 3. It stands at a place of its signer: who steals a key must not leave the place out, nor borrow another's.
    let place = list.keep(Check::Anchor, claims.place.ok_or(Error::PlaceMissing))?;
    if place.issuer != issuer {
        list.failed(Check::Anchor, Error::PlaceOfAnother);
        return None;
    }

    // 4. What it says.
    let proof = list.keep(Check::Decoding, verified.proof())?;
    let certificate = list.keep(Check::Decoding, verified.certificate())?;
    let result = list.keep(Check::Test, test_of(certificate).and_then(result_of))?;
    Some(Signed {
        shape: Shape::Hcert,
        place,
        signer: key_id,
        standing: standing(key),
        issued_at: claims.issued_at,
        commitment: verified.commitment(),
        proof,
        result: Some(result),
        disclosed: Some(Disclosure::Person),
        token: None,
        shown: shown(name, certificate, Some(&result)),
    })
}

/// What the certificate shows; all of it is always disclosed.
pub(crate) fn shown(issuer: &str, certificate: &Certificate, result: Option<&TestResult>) -> Shown {
    let birth_date = certificate.date_of_birth.text().to_owned();
    Shown {
        issuer: issuer.to_owned(),
        person: ShownPerson::Person {
            name: whole_name(&certificate.name),
            birth_date,
        },
        test: result.map(|result| result.kind),
        sampled_at: result.map(|result| result.sampled_at),
    }
}

fn test_of(certificate: &Certificate) -> Result<&Test, Error> {
    match &certificate.entry {
        Entry::Test(test) => Ok(test),
        Entry::Vaccination(_) | Entry::Recovery(_) => Err(Error::TestKindNotAccepted),
    }
}

fn whole_name(name: &PersonName) -> String {
    let given = name.given_name.as_ref().or(name.standardised_given_name.as_ref());
    let surname = name.surname.as_ref().or(name.standardised_surname.as_ref());
    let parts: Vec<&str> = [given, surname]
        .into_iter()
        .flatten()
        .map(String::as_str)
        .collect();
    parts.join(" ")
}
