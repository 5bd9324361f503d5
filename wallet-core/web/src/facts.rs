//! What the person sees of the wallet: everything in it, by person.

use schemas::{
    UnixTime,
    hcert::{Certificate, Entry},
    health::{Outcome, Person, TestKind},
    sd_cwt::profile::Contents,
    value_sets::Language,
};
use serde_json::{Map, Value, json};
use wallet_core::{Holding, HoldingNumber, Home, Pass, Stock, StoredCertificate, Vault};

/// All holdings, grouped by the person they are about, the persons in the order of their first. What is not here yet, as
/// after a restore, is nobody's.
pub fn list(vault: &Vault, now: UnixTime) -> Value {
    let mut people: Vec<(Value, Vec<Value>)> = Vec::new();
    for (number, holding) in vault.list() {
        let (person, facts) = match holding {
            Holding::Certificate(certificate) => of_certificate(number, certificate, now),
            Holding::Pass(pass) => of_pass(number, pass, now),
        };
        match people.iter_mut().find(|(known, _)| same(known, &person)) {
            Some((_, holdings)) => holdings.push(facts),
            None => people.push((person, vec![facts])),
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

fn of_pass(number: HoldingNumber, pass: &Pass, now: UnixTime) -> (Value, Value) {
    let contents = pass.contents().cloned().unwrap_or_default();
    let Contents {
        result,
        person,
        initials,
    } = contents;
    let (stock, waiting) = (pass.stock(now), pass.waiting(now));
    let left = match stock {
        Stock::Enough(left) | Stock::Low(left) => left,
        Stock::Out => 0,
    };
    let person = person.as_ref().map_or(Value::Null, of_person);
    let facts = json!({
        "number": number.0,
        "kind": "pass",
        "service": pass.receipt().service(),
        "result": result.map(|result| json!({
            "kind": kind(result.kind),
            "outcome": outcome(result.outcome),
            "sampled_at": result.sampled_at.0,
        })),
        "person": person,
        "initials": initials.map(|initials| json!({
            "given": initials.given_name,
            "family": initials.family_name,
            "month": initials.month_and_day.map(|day| day.0),
            "day": initials.month_and_day.map(|day| day.1),
        })),
        "expires_at": pass.expires().map(|day| day.start().0),
        "is_expired": pass.expires().is_some_and(|day| now >= day.start()),
        "left": left,
        "low": !matches!(stock, Stock::Enough(_)),
        "waiting": waiting,
        "awaited": pass.ordered().len(),
        "copies": pass.copies().len(),
        "ordered_at": pass.receipt().ordered_at().0,
        // A showing needs a copy with its proof, a fresh one or one that was shown.
        "is_ready": pass.copies().iter().any(|copy| copy.is_anchored()),
        "runs_low": pass.runs_low(now),
        "is_moved_away": pass.home() == Home::MovedAway,
    });
    (person, facts)
}

fn of_person(person: &Person) -> Value {
    json!({
        "given": person.given_name.as_str(),
        "family": person.family_name.as_str(),
        "birth": person.birth_date.to_iso(),
    })
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

fn of_certificate(number: HoldingNumber, held: &StoredCertificate, now: UnixTime) -> (Value, Value) {
    let mut facts = Map::from_iter([
        ("number".to_owned(), json!(number.0)),
        ("kind".to_owned(), "certificate".into()),
        ("imported_at".to_owned(), json!(held.imported_at().0)),
    ]);
    let mut person = Value::Null;
    if let Ok(decoded) = held.decoded() {
        facts.insert("has_proof".into(), matches!(decoded.proof(), Ok(Some(_))).into());
        if let Ok(claims) = decoded.unverified_claims() {
            facts.insert("expires_at".into(), json!(claims.expires_at.0));
            facts.insert("is_expired".into(), (now > claims.expires_at).into());
        }
        if let Ok(certificate) = decoded.unverified_certificate() {
            person = of_holder(&certificate);
            facts.insert("entry".into(), of_entry(&certificate.entry));
        }
    }
    facts.insert("person".into(), person.clone());
    (person, Value::Object(facts))
}

fn of_holder(certificate: &Certificate) -> Value {
    let name = &certificate.name;
    let part = |written: &Option<String>, standardised: &Option<String>| {
        let written = written.clone().filter(|text| !text.trim().is_empty());
        let standardised = standardised.as_deref().map(|text| text.replace('<', " "));
        written.or(standardised).unwrap_or_default()
    };
    json!({
        "given": part(&name.given_name, &name.standardised_given_name),
        "family": part(&name.surname, &name.standardised_surname),
        "birth": certificate.date_of_birth.text(),
    })
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
