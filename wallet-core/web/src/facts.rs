//! What the person sees of the wallet: everything in it, by person.

use schemas::{
    UnixTime,
    hcert::Entry,
    health::{Outcome, TestKind},
    value_sets::Language,
};
use serde_json::{Value, json};
use wallet_core::{Facts, FactsOf, HolderName, PassFacts, Vault};

/// All holdings, grouped by the person they are about, the persons in the order of their first. What is not here yet, as
/// after a restore, is nobody's.
pub fn list(vault: &Vault, now: UnixTime) -> Value {
    let mut people: Vec<(Value, Vec<Value>)> = Vec::new();
    for facts in vault.facts(now) {
        let said = of(&facts);
        match people.iter_mut().find(|(known, _)| same(known, &said["person"])) {
            Some((_, holdings)) => holdings.push(said),
            None => people.push((said["person"].clone(), vec![said])),
        }
    }
    let person = |(person, holdings)| json!({ "person": person, "holdings": holdings });
    let people: Vec<Value> = people.into_iter().map(person).collect();
    json!({ "people": people, "unknown": vault.unknown() })
}

/// The same name and date of birth, whatever the letters' case: issuers differ in it.
fn same(one: &Value, other: &Value) -> bool {
    let folded =
        |value: &Value| ["given", "family", "birth"].map(|name| value[name].as_str().map(str::to_lowercase));
    folded(one) == folded(other)
}

fn of(facts: &Facts) -> Value {
    let mut said = match &facts.of {
        FactsOf::Pass(pass) => of_pass(pass),
        FactsOf::Certificate(certificate) => json!({
            "kind": "certificate",
            "imported_at": certificate.imported_at.0,
            "has_proof": certificate.has_proof,
            "entry": certificate.entry.as_ref().map(of_entry),
        }),
    };
    said["number"] = json!(facts.number.0);
    said["person"] = json!(facts.person.as_ref().map(of_person));
    said["expires_at"] = json!(facts.expires_at.map(|at| at.0));
    said["is_expired"] = json!(facts.is_expired);
    said
}

fn of_pass(pass: &PassFacts) -> Value {
    json!({
        "kind": "pass",
        "service": pass.service,
        "result": pass.result.map(|result| json!({
            "kind": kind(result.kind),
            "outcome": outcome(result.outcome),
            "sampled_at": result.sampled_at.0,
        })),
        "initials": pass.initials.as_ref().map(|initials| json!({
            "given": initials.given_name,
            "family": initials.family_name,
            "month": initials.month_and_day.map(|day| day.0),
            "day": initials.month_and_day.map(|day| day.1),
        })),
        "left": pass.left,
        "low": pass.is_low,
        "waiting": pass.waiting,
        "awaited": pass.awaited,
        "copies": pass.copies,
        "ordered_at": pass.ordered_at.0,
        // A showing needs a copy with its proof, a fresh one or one that was shown.
        "is_ready": pass.is_ready,
        "runs_low": pass.runs_low,
        "is_moved_away": pass.is_moved_away,
    })
}

fn of_person(person: &HolderName) -> Value {
    json!({ "given": person.given, "family": person.family, "birth": person.birth_date })
}

fn kind(kind: TestKind) -> &'static str {
    match kind {
        TestKind::Naat => "naat",
        TestKind::RapidAntigen => "rapid",
    }
}

fn outcome(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Detected => "detected",
        Outcome::NotDetected => "not-detected",
    }
}

fn of_entry(entry: &Entry) -> Value {
    match entry {
        Entry::Test(test) => json!({
            "kind": "test",
            "test": test.kind.known().map(kind),
            "outcome": test.outcome.known().map(outcome),
            "sampled_at": test.sampled_at.instant().map(|at| at.0),
            "sampled": test.sampled_at.text(),
            "centre": test.centre,
            "country": test.country.as_str(),
            "issuer": test.issuer,
            "disease": test.disease.display(Language::English),
        }),
        Entry::Vaccination(vaccination) => json!({
            "kind": "vaccination",
            "product": vaccination.product,
            "dose": vaccination.dose,
            "doses": vaccination.doses,
            "on": vaccination.vaccinated_on.text(),
            "country": vaccination.country.as_str(),
            "issuer": vaccination.issuer,
            "disease": vaccination.disease.display(Language::English),
        }),
        Entry::Recovery(recovery) => json!({
            "kind": "recovery",
            "on": recovery.first_positive_on.text(),
            "from": recovery.valid_from.text(),
            "until": recovery.valid_until.text(),
            "country": recovery.country.as_str(),
            "issuer": recovery.issuer,
            "disease": recovery.disease.display(Language::English),
        }),
    }
}
