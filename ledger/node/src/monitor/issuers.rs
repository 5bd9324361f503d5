//! What the logs have of each issuer, against what it declares.

use super::alarm::{Conditions, Facts, Key, Kind};
use ledger::{
    declaration::Declaration,
    state::{BatchAnswer, IssuerAnswer, KeyAnswer, Outcome, State},
};
use schemas::{Hash, IssuerNumber, KeyId, UnixTime};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What is known of one issuer's batches.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Tracked {
    /// How many of its batches were read in the logs.
    pub(super) batches: u64,
    /// The highest number among them.
    pub(super) highest: Option<u32>,
    /// What it declared last.
    #[serde(skip)]
    pub(super) declared: Option<Declaration>,
    /// Why there is no good declaration.
    #[serde(skip)]
    error: Option<String>,
    /// Since when the logs have batches that it does not declare,
    undeclared: Option<i64>,
    /// since when it declares batches that the logs do not have,
    missing: Option<i64>,
    /// since when it declares nothing,
    silent: Option<i64>,
    /// and since when its latest snapshot cannot be had.
    without_snapshot: Option<i64>,
}

/// All issuers.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Issuers(pub(super) BTreeMap<u32, Tracked>);

impl Issuers {
    fn of(&mut self, issuer: IssuerNumber) -> &mut Tracked {
        self.0.entry(issuer.0).or_default()
    }

    /// Counts a batch that was not known before; tells whether it was new. After a crash the view may know batches that were
    /// not counted yet: those are above the highest.
    pub(super) fn count(&mut self, issuer: IssuerNumber, number: u32, outcome: &Outcome) -> bool {
        let tracked = self.of(issuer);
        let is_new = match outcome {
            Outcome::Applied => true,
            Outcome::Known => Some(number) > tracked.highest,
            Outcome::Superseded | Outcome::Refused(_) | Outcome::Contradicted(_) => false,
        };
        tracked.batches += u64::from(is_new);
        if is_new {
            tracked.highest = tracked.highest.max(Some(number));
        }
        is_new
    }

    /// Takes what an issuer answered, or why it did not.
    pub(super) fn declare(&mut self, state: &State, issuer: IssuerNumber, answer: Result<&str, String>) {
        let read = answer.and_then(|text| read(state, issuer, text));
        let tracked = self.of(issuer);
        match read {
            // A cache may hand out an older one.
            Ok(new) if tracked.declared.as_ref().is_some_and(|known| known.at > new.at) => {}
            Ok(new) => {
                tracked.declared = Some(new);
                tracked.error = None;
            }
            Err(error) => tracked.error = Some(error),
        }
    }

    /// Notes since when something has been the case. `asked` are those whose declarations are asked for.
    pub(super) fn look(&mut self, state: &State, asked: &[IssuerNumber], now: UnixTime) {
        let wanted: Vec<IssuerNumber> = state.wanted_objects().map(|(issuer, _)| issuer).collect();
        for issuer in asked.iter().chain(&wanted) {
            self.of(*issuer);
        }
        for (number, tracked) in &mut self.0 {
            let issuer = IssuerNumber(*number);
            if !asked.contains(&issuer) {
                tracked.forget_declared();
            }
            let note = |since: &mut Option<i64>, is_so: bool| {
                *since = match is_so {
                    true => since.or(Some(now.0)),
                    false => None,
                };
            };
            note(&mut tracked.without_snapshot, wanted.contains(&issuer));
            // After a start, what was the case is so until the issuer has answered.
            if let Some(declared) = tracked.declared.as_ref().map(|declared| declared.batches) {
                let in_logs = tracked.next();
                note(&mut tracked.undeclared, in_logs > declared);
                // A hole counts as well as a missing end: numbers are gapless.
                note(&mut tracked.missing, declared > tracked.batches.min(in_logs));
            }
            if tracked.declared.is_some() || tracked.error.is_some() {
                note(&mut tracked.silent, tracked.error.is_some());
            }
        }
    }

    /// What is alarming after `grace` seconds.
    pub(super) fn conditions(&self, state: &State, grace: i64, now: UnixTime, conditions: &mut Conditions) {
        for (number, tracked) in &self.0 {
            let issuer = IssuerNumber(*number);
            let mut raise = |kind, facts: &[(&str, String)]| {
                let mut all = Facts::from([("issuer".into(), name(state, issuer))]);
                all.extend(
                    facts
                        .iter()
                        .map(|(name, fact)| ((*name).to_owned(), fact.clone())),
                );
                let subject = number.to_string();
                conditions.insert(Key { kind, subject }, all);
            };
            let is_due = |since: Option<i64>| since.is_some_and(|since| now.since(UnixTime(since)) >= grace);
            let declared = tracked.declared.as_ref();
            let counts = [
                ("in-logs", tracked.batches.to_string()),
                (
                    "declared",
                    declared.map_or(0, |declared| declared.batches).to_string(),
                ),
            ];
            if is_due(tracked.undeclared) {
                raise(Kind::BatchUndeclared, &counts);
            }
            if is_due(tracked.missing) {
                raise(Kind::BatchMissing, &counts);
            }
            if is_due(tracked.silent) {
                let code = tracked.error.clone().unwrap_or_default();
                raise(Kind::IssuerSilent, &[("reason", code)]);
            }
            if is_due(tracked.without_snapshot) {
                raise(Kind::SnapshotMissing, &[]);
            }
            let of = declared.iter().flat_map(|declared| &declared.last);
            // No key has this identifier, so that no cut-off hides what is known.
            let known = |number| state.batch_root(issuer, number, &KeyId([0; 8]));
            let mut differs =
                of.filter(|last| matches!(known(last.number), BatchAnswer::Known(root) if root != last.root));
            if let Some(last) = differs.next_back() {
                raise(Kind::BatchDiffers, &[("batch", last.number.0.to_string())]);
            }
        }
    }
}

impl Tracked {
    /// An issuer that is not asked any more cannot be silent.
    fn forget_declared(&mut self) {
        (self.declared, self.error) = (None, None);
        (self.undeclared, self.missing, self.silent) = (None, None, None);
    }

    /// One more than the highest number.
    fn next(&self) -> u64 {
        self.highest.map_or(0, |highest| u64::from(highest) + 1)
    }
}

fn read(state: &State, issuer: IssuerNumber, text: &str) -> Result<Declaration, String> {
    let IssuerAnswer::Known(event) = state.issuer(issuer) else {
        return Err("issuer-unknown".into());
    };
    let listed = event
        .keys()
        .iter()
        .filter_map(|key| match state.key(issuer, &key.id()) {
            KeyAnswer::Listed(key) => Some(key.verifying()),
            KeyAnswer::Frozen | KeyAnswer::Unknown => None,
        });
    let declaration = Declaration::read(text, listed).map_err(|error| error.code().to_owned())?;
    match declaration.issuer == issuer {
        true => Ok(declaration),
        false => Err("declaration-of-another".into()),
    }
}

/// An issuer's number and name.
pub(super) fn name(state: &State, issuer: IssuerNumber) -> String {
    match state.issuer(issuer) {
        IssuerAnswer::Known(event) => format!("{} {}", issuer.0, event.name()),
        IssuerAnswer::Frozen | IssuerAnswer::Unknown => issuer.0.to_string(),
    }
}

/// Batches by the hour in which they were read, of the last day.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Hours(BTreeMap<i64, u64>);

/// Hours that are shown.
pub(super) const HOURS: i64 = 24;

impl Hours {
    pub(super) fn count(&mut self, now: UnixTime, batches: u64) {
        let hour = now.0.div_euclid(3_600);
        *self.0.entry(hour).or_default() += batches;
        self.0 = self.0.split_off(&(hour - HOURS + 1));
    }

    /// The beginning of each hour, the oldest first, and how many batches.
    pub(super) fn last(&self, now: UnixTime) -> Vec<(UnixTime, u64)> {
        let hour = now.0.div_euclid(3_600);
        let count = |hour| self.0.get(&hour).copied().unwrap_or(0);
        (hour - HOURS + 1..=hour)
            .map(|hour| (UnixTime(hour * 3_600), count(hour)))
            .collect()
    }
}

/// The file of evidence about what an issuer or the registrar signed.
pub(super) fn evidence(issuer: IssuerNumber, contradiction: &ledger::state::Contradiction) -> (Hash, String) {
    use base64::{Engine, prelude::BASE64_STANDARD};
    use ledger::state::{Contradiction, Earlier};
    let entry = |entry: &ledger::entry::CheckedEntry| BASE64_STANDARD.encode(entry.unchecked().encode());
    let mut document = serde_json::json!({
        "format": "attest/contradiction/v1",
        "code": contradiction.code(),
        "issuer": issuer.0,
    });
    let mut put = |name: &str, value: String| document[name] = value.into();
    match contradiction {
        Contradiction::Forked { earlier, later, .. } => {
            match earlier {
                Earlier::Entry(earlier) => put("earlier", entry(earlier)),
                Earlier::Root(root) => put("earlier_root", root.to_string()),
            }
            put("later", entry(later));
        }
        Contradiction::TakenBack {
            refusal,
            earlier,
            later,
        } => {
            put("refusal", refusal.code().to_owned());
            put("earlier_object", earlier.to_string());
            put("later_object", later.to_string());
        }
        Contradiction::KeyRestored { key, later } => {
            put("key", key.to_string());
            put("later", entry(later));
        }
    }
    let text = format!("{document:#}\n");
    (Hash::of(&[text.as_bytes()]), text)
}
