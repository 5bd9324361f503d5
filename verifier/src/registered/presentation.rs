//! From a presentation to what an issuer and a holder signed.

use super::Signed;
use crate::{
    Error,
    policy::{Disclosure, KeyStanding},
    shown::{Shown, ShownPerson},
    verdict::{Check, Checklist},
};
use ledger::state::{IssuerAnswer, Key, KeyAnswer, State};
use schemas::{
    IssuerNumber, KeyId, Shape, UnixTime,
    crypto::Crypto,
    sd_cwt::profile::{Audience, Claims, Contents, FRESHNESS, ISSUED_STEP, Presentation},
};

/// Checks issuer, holder and freshness of a presentation (`schemas/spec/presentation.md`, "Verification").
/// `None` when a check failed; the list says which.
pub(crate) fn verify_presentation(
    presentation: Presentation,
    state: &State,
    crypto: &dyn Crypto,
    audience: &Audience,
    now: UnixTime,
    list: &mut Checklist,
) -> Option<Signed> {
    // 1. The key of the issuer whose place it names.
    let (place, key_id) = (presentation.unverified_place(), presentation.unverified_key_id());
    let (name, key) = match listed(state, place.issuer, &key_id) {
        // A view that is not good enough may not know the key yet, which the list already says.
        Err(Error::Schemas(schemas::Error::KeyUnknown)) if list.is_troubled() => return None,
        listed => list.keep(Check::Issuer, listed)?,
    };
    list.passed(Check::Issuer, name.to_owned());

    // 2. It signed the copy.
    let issued = match presentation.verify_issuer(key.verifying()) {
        Ok(issued) => issued,
        Err(error) => {
            list.failed(check_of(&error), error.into());
            return None;
        }
    };
    list.passed(Check::Signature, "ES256");

    // 3. The copy's own key signed what is shown.
    let held = list.keep(Check::Holder, issued.verify_binding(crypto))?;
    list.passed(Check::Holder, "ES256");

    // 4. Just now, for this door, and nothing but what was signed.
    let claims = match held.validate(now, audience, FRESHNESS) {
        Ok(claims) => claims,
        Err(error) => {
            list.failed(check_of(&error), error.into());
            return None;
        }
    };
    list.passed(
        Check::Freshness,
        format!("{} s", now.since(claims.presented_at())),
    );

    // 5. The key was good for it. `iat` is rounded down, so it may lie before the key's first instant by less than a step.
    let latest = claims.issued_at().plus(ISSUED_STEP - 1);
    list.keep(Check::Validity, key.record().covers(latest, claims.expires_at()))?;
    list.passed_until(claims.expires_at(), now);

    Some(signed(&claims, name, standing(key)))
}

/// The registered key of this identifier, with its issuer's name.
pub(super) fn listed<'s>(
    state: &'s State,
    issuer: IssuerNumber,
    id: &KeyId,
) -> Result<(&'s str, &'s Key), Error> {
    match (state.issuer(issuer), state.key(issuer, id)) {
        (IssuerAnswer::Known(event), KeyAnswer::Listed(key)) => Ok((event.name(), key)),
        (IssuerAnswer::Frozen, _) | (_, KeyAnswer::Frozen) => Err(Error::IssuerFrozen),
        (IssuerAnswer::Unknown, _) | (_, KeyAnswer::Unknown) => Err(schemas::Error::KeyUnknown.into()),
    }
}

pub(super) fn standing(key: &Key) -> KeyStanding {
    match key.record().cut_off() {
        None => KeyStanding::Good,
        Some(_) => KeyStanding::CutOff,
    }
}

fn signed(claims: &Claims, issuer: &str, standing: KeyStanding) -> Signed {
    let contents = claims.contents();
    let Contents {
        result,
        person,
        initials,
    } = contents;
    let person = match (person, initials) {
        (Some(person), _) => {
            let name = format!("{} {}", person.given_name.as_str(), person.family_name.as_str());
            ShownPerson::Person {
                name,
                birth_date: person.birth_date.to_iso(),
            }
        }
        (None, Some(initials)) => ShownPerson::Initials(initials.clone()),
        (None, None) => ShownPerson::Nobody,
    };
    Signed {
        shape: Shape::SdCwt,
        place: claims.place(),
        signer: claims.key_id(),
        standing,
        issued_at: claims.issued_at(),
        commitment: claims.commitment(),
        proof: claims.proof().copied(),
        result: *result,
        disclosed: Disclosure::of(contents),
        token: Some(claims.token()),
        shown: Shown {
            issuer: issuer.to_owned(),
            person,
            test: result.map(|result| result.kind),
            sampled_at: result.map(|result| result.sampled_at),
        },
    }
}

/// Which check a refusal of the issuer's signature, or of what is shown under the holder's, belongs to.
fn check_of(error: &schemas::Error) -> Check {
    use schemas::Error as E;
    match error {
        E::SdCwtExpired | E::SdCwtNotYetValid | E::SdCwtTimesContradict => Check::Validity,
        E::KbtStale
        | E::KbtNotYetValid
        | E::KbtTimesContradict
        | E::KbtAudience
        | E::KbtNonce
        | E::KbtClaimMissing { .. }
        | E::SdCwtAudience => Check::Freshness,
        E::PresentationMalformed(_) | E::HealthMalformed(_) | E::SdCwtMalformed(_) | E::TooLong { .. } => {
            Check::Decoding
        }
        // The issuer did not sign it, or not a disclosure in it.
        _ => Check::Signature,
    }
}
