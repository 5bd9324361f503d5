//! What a proposed version of the network document changes, in words, for whoever is to sign it.

use ledger::policy::{Log, Policy, Witness};
use std::fmt::Display;
use verifier::network::Network;

/// A line for each difference; none if nothing changes but the version and its time.
pub fn changes(before: &Network, after: &Network) -> Vec<String> {
    let (old, new) = (before.terms(), after.terms());
    let mut lines = Vec::new();
    if old.registrar != new.registrar {
        lines.push(format!(
            "the registrar is another one: {}",
            crate::issuer_key::hex(&new.registrar)
        ));
    }
    if old.registrar_post_quantum != new.registrar_post_quantum {
        lines.push(match &new.registrar_post_quantum {
            None => "the registrar has no ML-DSA-44 key any more".into(),
            Some(key) => format!(
                "the registrar has another ML-DSA-44 key, of SHA-256 {}",
                schemas::Hash::of(&[key.as_bytes()])
            ),
        });
    }
    let logs = |policy: &Policy| policy.logs().iter().map(log).collect::<Vec<_>>();
    compare("log", &logs(&old.members), &logs(&new.members), &mut lines);
    let witnesses = |policy: &Policy| {
        let groups = [
            Some(policy.witnesses()),
            policy.post_quantum().map(|group| group.witnesses()),
        ];
        groups
            .into_iter()
            .flatten()
            .flatten()
            .map(witness)
            .collect::<Vec<_>>()
    };
    compare(
        "witness",
        &witnesses(&old.members),
        &witnesses(&new.members),
        &mut lines,
    );
    let signatories = |network: &Network| {
        let keys = network.terms().signatories.keys().iter();
        keys.map(ToString::to_string).collect::<Vec<_>>()
    };
    compare("signatory", &signatories(before), &signatories(after), &mut lines);
    number(
        "cosignatures that are a quorum",
        old.members.quorum(),
        new.members.quorum(),
        &mut lines,
    );
    let post_quantum = |policy: &Policy| policy.post_quantum().map_or(0, |group| group.quorum());
    let (was, is) = (post_quantum(&old.members), post_quantum(&new.members));
    number("post-quantum cosignatures that are a quorum", was, is, &mut lines);
    let (was, is) = (old.signatories.quorum(), new.signatories.quorum());
    number("signatures for the next version", was, is, &mut lines);
    number(
        "days for which a version is good",
        old.max_age_days,
        new.max_age_days,
        &mut lines,
    );
    lines
}

fn log(log: &Log) -> String {
    format!("{} {}", log.key, log.url.as_deref().unwrap_or("(no address)"))
}

fn witness(witness: &Witness) -> String {
    format!(
        "{} {} {}",
        witness.name,
        witness.key,
        witness.url.as_deref().unwrap_or("(no address)")
    )
}

fn compare(what: &str, old: &[String], new: &[String], lines: &mut Vec<String>) {
    let gone = old.iter().filter(|item| !new.contains(item));
    let come = new.iter().filter(|item| !old.contains(item));
    lines.extend(gone.map(|item| format!("{what} leaves: {}", short(item))));
    lines.extend(come.map(|item| format!("{what} comes: {}", short(item))));
}

fn number<T: Display + PartialEq + Copy>(what: &str, was: T, is: T, lines: &mut Vec<String>) {
    if was != is {
        lines.push(format!("{what}: {was} before, {is} from now on"));
    }
}

/// A line that fits a screen: the middle of an ML-DSA-44 key tells nobody anything, and its ID is at the front.
fn short(item: &str) -> String {
    let words = item.split(' ').map(|word| match word.chars().count() {
        0..=160 => word.to_owned(),
        _ => format!("{}…", word.chars().take(120).collect::<String>()),
    });
    words.collect::<Vec<_>>().join(" ")
}
