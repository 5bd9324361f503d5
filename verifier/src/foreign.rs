//! EU certificates of issuers that the ledger does not know: by the trust list, and by the rules of a country.

use crate::{
    CountryCode, Error,
    policy::{NotDetected, Policy, result_of},
    registered::shown,
    rules::{Case, Conclusion, RuleSet, RulesPassed, ValueSets, Version},
    shown::Shown,
    trust::Signer,
    verdict::{Check, Checklist, ForeignEntry},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use schemas::{
    UnixTime,
    hcert::{Entry, Verified},
};
use serde_json::Value as Json;

/// Rules of countries, and the value sets that they refer to.
#[derive(Debug, Default)]
pub struct CountryRules {
    /// The rules.
    pub rules: RuleSet,
    /// The value sets.
    pub value_sets: ValueSets,
}

/// A certificate, and the same as JSON.
pub(crate) type ReadForRules = (Verified, Result<Json, schemas::Error>);

/// Checks a certificate that a signer of the trust list signed, whose signature held. It has no place on this ledger:
/// the check of the anchor stays "not done", and the basis says by what it was accepted.
/// `None` when a check failed or cannot be told; the list says which.
pub(crate) fn verify_foreign(
    (verified, json): ReadForRules,
    signer: &Signer,
    policy: &Policy,
    country_rules: &CountryRules,
    now: UnixTime,
    list: &mut Checklist,
    seen: &mut Option<Shown>,
) -> Option<(ForeignEntry, RulesPassed)> {
    // 1. Who signed, and whether it was theirs to sign.
    let certificate = list.keep(Check::Decoding, verified.certificate())?;
    let kind = certificate.entry.kind();
    list.keep(Check::Issuer, signer.certificate().permits(kind))?;
    let claims = verified.claims();
    let signed_country = || CountryCode::parse(claims.issuer.as_deref()?);
    let country = signer.country().or_else(signed_country);
    let country = list.keep(Check::Issuer, country.ok_or(Error::SignerCountryUnknown))?;
    list.passed(Check::Issuer, country.as_str().to_owned());

    // 2. The dates, of the certificate and of its signer.
    list.keep(Check::Validity, claims.check_validity(now))?;
    list.keep(
        Check::Validity,
        signer.certificate().covers(claims.issued_at, claims.expires_at),
    )?;
    list.passed_until(claims.expires_at, now);

    // 3. The outcome of a test: no rule of a country can let a positive one pass.
    let shows = |result| Some(shown(country.as_str(), certificate, result));
    let entry = match &certificate.entry {
        Entry::Test(test) => {
            let result = list.keep(Check::Outcome, result_of(test))?;
            *seen = shows(Some(&result));
            let not_detected = list.keep(Check::Outcome, NotDetected::of(&result))?;
            list.passed(Check::Outcome, "not detected");
            ForeignEntry::Test(not_detected)
        }
        Entry::Vaccination(_) => {
            *seen = shows(None);
            ForeignEntry::Vaccination
        }
        Entry::Recovery(_) => {
            *seen = shows(None);
            ForeignEntry::Recovery
        }
    };

    // 4. The country's rules.
    let arrival = list.keep(Check::Rules, policy.foreign())?;
    let payload = list.keep(Check::Decoding, json)?;
    let schema = Version::parse(&certificate.version).ok_or(schemas::Error::HcertMalformed("ver"));
    let schema = list.keep(Check::Decoding, schema)?;
    let key_id = STANDARD.encode(signer.certificate().key_id.0);
    let case = Case {
        payload: &payload,
        entry: kind,
        schema,
        issuer: country,
        arrival,
        now,
        issued: claims.issued_at,
        expires: claims.expires_at,
        key_id: &key_id,
        value_sets: &country_rules.value_sets,
    };
    match country_rules.rules.check(&case).conclusion() {
        Conclusion::Passed(passed) => {
            list.passed(
                Check::Rules,
                format!("{} rules of {}", passed.count(), arrival.as_str()),
            );
            Some((entry, passed))
        }
        Conclusion::Failed(error) => {
            list.failed(Check::Rules, error);
            None
        }
        Conclusion::Open(missing) => {
            list.unknown(Check::Rules, missing);
            None
        }
    }
}
