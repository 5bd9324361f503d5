//! The one way in which a network document is signed, read without a reader of TOML, which pages do not have.

use super::{Network, document::Document, malformed};
use crate::Error;
use core::{iter::Peekable, str::Lines};

impl Network {
    /// Reads what [`to_toml`](Self::to_toml) writes, and nothing else.
    ///
    /// # Errors
    /// [`Error::NetworkMalformed`], and as for [`from_toml`](Self::from_toml).
    pub fn from_signed(text: &str) -> Result<Self, Error> {
        let otherwise = || malformed("not as it is written by the rules");
        let document = document(text).ok_or_else(otherwise)?;
        let network = Self::read(&document)?;
        match network.to_toml() == text {
            true => Ok(network),
            false => Err(otherwise()),
        }
    }
}

/// The members in their order. Whatever stands between them is found when all is written again.
fn document(text: &str) -> Option<Document> {
    let lines = &mut text.lines().peekable();
    Some(Document {
        version: value(lines, "version")?.parse().ok()?,
        previous: value(lines, "previous").and_then(string),
        issued: value(lines, "issued")?.parse().ok()?,
        max_age_days: value(lines, "max-age-days")?.parse().ok()?,
        registrar: value(lines, "registrar").and_then(string)?,
        registrar_post_quantum: value(lines, "registrar-post-quantum").and_then(string),
        members: match value(lines, "members")? {
            "'''" => literal(lines),
            text => string(text)?,
        },
        signatories: list(lines)?,
        signatures: value(lines, "signatures")?.parse().ok()?,
    })
}

/// The value of the next line, if that is the member of this name.
fn value<'a>(lines: &mut Peekable<Lines<'a>>, name: &str) -> Option<&'a str> {
    let value = lines.peek()?.strip_prefix(name)?.strip_prefix(" = ")?;
    lines.next();
    Some(value)
}

/// A basic string as it is written: as in JSON.
fn string(text: &str) -> Option<String> {
    serde_json::from_str(text).ok()
}

fn literal(lines: &mut Peekable<Lines<'_>>) -> String {
    let mut text = String::new();
    for line in lines.take_while(|line| *line != "'''") {
        text.push_str(line);
        text.push('\n');
    }
    text
}

fn list(lines: &mut Peekable<Lines<'_>>) -> Option<Vec<String>> {
    if value(lines, "signatories")? != "[" {
        return None;
    }
    let items = lines.take_while(|line| *line != "]");
    items
        .map(|line| string(line.strip_prefix("  ")?.strip_suffix(',')?))
        .collect()
}
