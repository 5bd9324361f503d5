//! Following a log from its files, as `verifier::view` says.

use super::Source;
use crate::{
    Files,
    case::{LogState, SyncCase, SyncExpected},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use ledger::{
    heads::Heads,
    state::{Contradiction, Outcome},
};
use schemas::crypto::Crypto;
use std::collections::BTreeMap;
use verifier::{
    Error,
    network::Network,
    policy::Signatures,
    view::{LedgerView, objects_of},
};

/// Follows the states of a vector one after the other, and says what came of the last.
///
/// # Errors
/// That the vector itself is no good.
pub fn follow(
    case: &SyncCase,
    network: &Network,
    crypto: &'static dyn Crypto,
) -> Result<SyncExpected, String> {
    let mut view = LedgerView::new(network.clone(), crypto).map_err(|error| error.to_string())?;
    let (last, earlier) = case.states.split_last().ok_or("no state")?;
    for state in earlier {
        let refused = take(&mut view, &files(state)?).map_err(|error| error.to_string())?;
        if !refused.is_empty() {
            return Err(format!("an earlier state has {refused:?}"));
        }
    }
    Ok(match take(&mut view, &files(last)?) {
        Ok(codes) => SyncExpected::Taken(codes),
        Err(error) => SyncExpected::Refused(error.code().to_owned()),
    })
}

/// The view in a folder.
///
/// # Errors
/// [`Error`] for a log that is refused.
pub fn view(
    source: &impl Source,
    folder: &str,
    network: &Network,
    signatures: Signatures,
    crypto: &'static dyn Crypto,
) -> Result<LedgerView, Error> {
    let mut view = LedgerView::new(network.clone(), crypto)?;
    take(&mut view, &|path: &str| {
        let path = match (path, signatures) {
            ("checkpoint", Signatures::PostQuantum) => "checkpoint-post-quantum",
            ("heads", Signatures::Any) => return None,
            (path, _) => path,
        };
        source.read(&format!("{folder}/{path}"))
    })?;
    Ok(view)
}

fn files(state: &LogState) -> Result<impl Fn(&str) -> Option<Vec<u8>> + use<>, String> {
    let decoded = state.files.iter().map(|(path, text)| {
        let bytes = STANDARD
            .decode(text)
            .map_err(|error| format!("{path}: {error}"))?;
        Ok((path.clone(), bytes))
    });
    let mut files = decoded.collect::<Result<Files, String>>()?;
    files.insert("checkpoint".into(), state.checkpoint.clone().into_bytes());
    Ok(move |path: &str| files.get(path).cloned())
}

/// Takes what a log serves. A file that is missing is one that could not be fetched; where it may be had later, the view
/// goes on without it.
fn take(view: &mut LedgerView, read: &impl Fn(&str) -> Option<Vec<u8>>) -> Result<Vec<String>, Error> {
    // 1. The checkpoint.
    let follower = view.follower().clone();
    let advance = follower.advance(
        &view.network().terms().members,
        &read("checkpoint").unwrap_or_default(),
    )?;
    let cosigners = advance.cosigned().cosigners().len();

    // 2. The entries that lead to it.
    let bundles: Vec<Vec<u8>> = advance
        .bundles()
        .iter()
        .map(|tile| read(&tile.to_string()).unwrap_or_default())
        .collect();
    let advanced = advance.read(&bundles)?;

    // 3. The key events among them.
    let mut objects = BTreeMap::new();
    for hash in objects_of(&advanced) {
        if let Some(object) = read(&format!("object/{hash}")) {
            objects.insert(hash, object);
        }
    }
    let taken = view.take(advanced, cosigners, &objects);
    let networks = taken.networks.iter().filter_map(|network| network.as_ref().err());
    let networks: Vec<&str> = networks.map(Error::code).collect();
    let mut outcomes = taken.outcomes;

    // 4. What was signed with ML-DSA-44.
    if let Some(heads) = read("heads") {
        outcomes.extend(view.take_heads(&Heads::decode(&heads)?));
    }

    // 5. The latest snapshots.
    for (issuer, hash) in view.wanted_snapshots() {
        if let Some(object) = read(&format!("object/{hash}")) {
            outcomes.push(view.supply_snapshot(issuer, &object));
        }
    }
    let codes = outcomes.iter().flat_map(codes).chain(networks);
    Ok(codes.map(str::to_owned).collect())
}

fn codes(outcome: &Outcome) -> Vec<&'static str> {
    match outcome {
        Outcome::Applied | Outcome::Known | Outcome::Superseded => vec![],
        Outcome::Refused(error) => vec![error.code()],
        Outcome::Contradicted(evidence) => match &**evidence {
            Contradiction::TakenBack { refusal, .. } => vec![evidence.code(), refusal.code()],
            _ => vec![evidence.code()],
        },
    }
}
