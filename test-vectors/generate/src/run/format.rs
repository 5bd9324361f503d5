//! A document that a verifier imports.

use crate::case::{Format, FormatCase, FormatExpected};
use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use schemas::crypto::{Crypto, P256Point, VerifyingKey};
use verifier::{
    Error, Policy,
    network::Network,
    rules::{Logic, RuleSet, ValueSets},
    trust::{Publisher, TrustList},
};

/// What the verifier says to a document, in the vector's words.
///
/// # Errors
/// That the vector itself is no good, or that what was read is written otherwise than it was read.
pub fn import(case: &FormatCase, crypto: &dyn Crypto) -> Result<FormatExpected, String> {
    let document = document(case)?;
    let text = || std::str::from_utf8(&document).map_err(|_| "not a text".to_owned());
    let taken = match case.format {
        Format::PolicyToml => policy(Policy::from_toml(text()?))?,
        Format::PolicyJson => policy(Policy::from_json(text()?))?,
        Format::Network => network(Network::from_toml(text()?), text()?)?,
        Format::NetworkNote => network_note(case, &document)?,
        Format::TrustList => trust_list(case, &document, crypto)?,
        Format::Rules => RuleSet::read(&document).map(|set| open(&set)),
        Format::ValueSet => ValueSets::default().with_published(&document).map(|_| vec![]),
    };
    Ok(match taken {
        Ok(codes) => FormatExpected::Taken(codes),
        Err(error) => FormatExpected::Refused(error.code().to_owned()),
    })
}

fn document(case: &FormatCase) -> Result<Vec<u8>, String> {
    match (&case.text, &case.base64, case.spaces) {
        (Some(text), None, None) => Ok(text.clone().into_bytes()),
        (None, Some(text), None) => STANDARD.decode(text).map_err(|error| error.to_string()),
        (None, None, Some(spaces)) => Ok(vec![b' '; spaces]),
        _ => Err("a document is one of text, base64 and spaces".into()),
    }
}

/// Outer errors are the runner's, inner ones the verifier's.
type Taken = Result<Result<Vec<String>, Error>, String>;

fn policy(read: Result<Policy, Error>) -> Taken {
    if let Ok(policy) = &read {
        let written = serde_json::to_string(policy).map_err(|error| error.to_string())?;
        if Policy::from_json(&written).as_ref() != Ok(policy) {
            return Err(format!("written as {written}, which is another policy"));
        }
    }
    Ok(read.map(|_| vec![]))
}

fn network(read: Result<Network, Error>, text: &str) -> Taken {
    match &read {
        Ok(network) if network.to_toml() != text => Err("written otherwise than it was read".into()),
        _ => Ok(read.map(|_| vec![])),
    }
}

fn network_note(case: &FormatCase, document: &[u8]) -> Taken {
    let before = case.before.as_deref().ok_or("a note follows nothing")?;
    let before = Network::from_toml(before).map_err(|error| error.to_string())?;
    Ok(before.successor(document).map(|_| vec![]))
}

fn trust_list(case: &FormatCase, document: &[u8], crypto: &dyn Crypto) -> Taken {
    let key = case
        .publisher
        .as_ref()
        .map(|point| publisher(point, crypto))
        .transpose()?;
    let publisher = key.as_deref().map_or(Publisher::NotChecked, Publisher::Key);
    let imported = TrustList::import(document, publisher, crypto);
    Ok(imported.map(|imported| {
        let left_out = imported.left_out.iter();
        left_out
            .map(|left_out| left_out.reason.code().to_owned())
            .collect()
    }))
}

fn publisher(point: &str, crypto: &dyn Crypto) -> Result<Box<dyn VerifyingKey>, String> {
    let point = URL_SAFE_NO_PAD.decode(point).map_err(|error| error.to_string())?;
    let key = P256Point::from_sec1(&point).and_then(|point| crypto.es256(&point));
    key.map_err(|error| error.to_string())
}

fn open(set: &RuleSet) -> Vec<String> {
    let refused = set.rules().iter().filter_map(|rule| match &rule.logic {
        Logic::Refused(error) => Some(error.code().to_owned()),
        Logic::EngineUnknown => Some("rule-open".to_owned()),
        Logic::Expression(_) => None,
    });
    refused.collect()
}
