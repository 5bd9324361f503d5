//! A text at a door.

use super::{Source, view};
use crate::case::{DoorCase, Expected};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use schemas::{
    Hash, UnixTime,
    crypto::Crypto,
    sd_cwt::profile::{Audience, Challenge},
};
use serde_json::Value as Json;
use verifier::{
    Door, Error, Policy, Verdict,
    foreign::CountryRules,
    network::Network,
    replay::ReplayMemory,
    rules::{Open, RuleSet},
    trust::{Publisher, TrustList},
    verdict::{Missing, Report, stopped},
};

/// What vectors refer to.
pub struct Given<'a, S> {
    /// The files.
    pub source: &'a S,
    /// The cooperative.
    pub network: &'a Network,
    /// Who checks signatures.
    pub crypto: &'static dyn Crypto,
}

/// What the verifier says to a vector, in the vector's words.
///
/// # Errors
/// That the vector itself is no good.
pub fn examine<S: Source>(case: &DoorCase, given: &Given<'_, S>) -> Result<Expected, String> {
    let refused = |error: Error| error.to_string();
    let file = |path: &String| {
        given
            .source
            .read(path)
            .ok_or_else(|| format!("{path} is missing"))
    };
    let policy = match &case.policy {
        Json::Null => Policy::default(),
        policy => Policy::from_json(&policy.to_string()).map_err(refused)?,
    };
    let view = case.view.as_ref().map(|folder| {
        view(
            given.source,
            folder,
            given.network,
            policy.ledger.signatures,
            given.crypto,
        )
    });
    let view = view.transpose().map_err(refused)?;
    let trust = match &case.trust {
        None => TrustList::default(),
        Some(path) => {
            let imported = TrustList::import(&file(path)?, Publisher::NotChecked, given.crypto);
            imported.map_err(refused)?.list
        }
    };
    let rules = match &case.rules {
        None => RuleSet::default(),
        Some(path) => RuleSet::read(&file(path)?).map_err(refused)?,
    };
    let door = Door {
        policy: &policy,
        view: view.as_ref(),
        trust: &trust,
        rules: &CountryRules {
            rules,
            ..CountryRules::default()
        },
        audience: audience(case)?,
        crypto: given.crypto,
        stopwatch: stopped,
    };
    let mut memory = ReplayMemory::default();
    for other in 0..case.others_seen {
        memory.observe(Hash::of(&[&other.to_be_bytes()]), UnixTime(case.clock));
    }
    for earlier in &case.already_seen {
        let seen = door.examine(&earlier.text, UnixTime(earlier.clock), &mut memory);
        if !matches!(seen.report.verdict(), Verdict::Accept(_)) {
            return Err("what was shown before was not accepted".into());
        }
    }
    let examination = door.examine(&case.text, UnixTime(case.clock), &mut memory);
    Ok(summary(&examination.report))
}

fn audience(case: &DoorCase) -> Result<Audience, String> {
    let Some(challenge) = &case.challenge else {
        return Ok(Audience::AnyDoor);
    };
    let decode = |text: &str| URL_SAFE_NO_PAD.decode(text).map_err(|error| error.to_string());
    Ok(Audience::Door(Challenge {
        door: Hash(
            decode(&challenge.door)?
                .try_into()
                .map_err(|_| "the door's hash has 32 bytes")?,
        ),
        nonce: decode(&challenge.nonce)?
            .try_into()
            .map_err(|_| "a nonce has 16 bytes")?,
    }))
}

/// A report in the words of a vector, read from the JSON that everybody else reads.
fn summary(report: &Report) -> Expected {
    let json = serde_json::to_value(report).expect("a report is JSON");
    let text = |value: &Json| value.as_str().map(str::to_owned);
    let list = |value: &Json| value.as_array().cloned().unwrap_or_default();
    let said = list(&json["reasons"]).into_iter().chain(list(&json["missing"]));
    let checks = list(&json["checks"]).into_iter().filter_map(|line| {
        let ended = match line["outcome"].as_str()? {
            "not-done" => return None,
            "passed" => "passed".to_owned(),
            _ => text(&line["code"])?,
        };
        Some((text(&line["check"])?, ended))
    });
    Expected {
        verdict: text(&json["verdict"]).unwrap_or_default(),
        basis: text(&json["basis"]),
        codes: said.filter_map(|said| text(&said["code"])).collect(),
        notes: list(&json["notes"])
            .iter()
            .filter_map(|note| text(&note["code"]))
            .collect(),
        cause: cause(report.verdict()),
        checks: checks.collect(),
    }
}

/// Why a rule failed or is open.
fn cause(verdict: &Verdict) -> Option<String> {
    let code = match verdict {
        Verdict::Reject(reasons) => reasons.iter().find_map(|reason| match reason {
            Error::RuleFailed { cause, .. } => Some(cause.as_ref()?.code()),
            _ => None,
        }),
        Verdict::Indeterminate(missing) => missing.iter().find_map(|missing| match missing {
            Missing::RuleOpen {
                reason: Open::LogicRefused(error),
                ..
            } => Some(error.code()),
            _ => None,
        }),
        Verdict::Accept(_) => None,
    };
    code.map(str::to_owned)
}
