//! From marked claims to digests and disclosures (sections "Tags Used Before SD-CWT Issuance" and "Decoy Digests").

use super::{
    MAX_DISCLOSURES, NEVER_REDACTED, REDACTED_ELEMENT, REDACTED_KEYS, claim,
    disclosure::{Content, Disclosure, Salt},
    safe,
};
use crate::{
    Error,
    cbor::{Item, MAX_DEPTH, NULL},
};

/// The tag that marks what to redact: around a claim's key, or around an element of an array.
pub const REDACT: u64 = 58;
/// The tag that marks where to put a decoy, around a number of its own: as a key whose value is null, or as an element.
pub const REDACT_DECOY: u64 = 62;

/// Claims with digests in place of what was marked.
#[derive(Clone)]
pub struct Redacted {
    pub(super) claims: Item<'static>,
    pub(super) disclosures: Vec<Disclosure>,
}

/// Redacts `claims` where tags 58 and 62 mark it. Each disclosure and each decoy takes the next salt; what is nested in
/// a redacted claim comes before the claim. The order of keys is kept, digests go to the end of their map.
///
/// # Errors
/// [`Error::SdCwtClaimMissing`] without `iss` or `cnf`, [`Error::SdCwtClaimRedacted`], [`Error::SdCwtClaimRepeated`],
/// [`Error::TooLong`] for more than [`MAX_DISCLOSURES`], and [`Error::SdCwtMalformed`] for anything that may not stand
/// in claims, and when salts are missing or alike.
pub fn redact(claims: &Item<'_>, salts: impl IntoIterator<Item = Salt>) -> Result<Redacted, Error> {
    let Some(entries) = claims.as_map() else {
        return Err(Error::SdCwtMalformed("the claims are not a map"));
    };
    for claim in [claim::ISSUER, claim::CONFIRMATION] {
        let redacted = |key: &Item<'_>| matches!(key, Item::Tag(REDACT, key) if key.as_int() == Some(claim));
        if entries.iter().any(|(key, _)| redacted(key)) {
            return Err(Error::SdCwtClaimRedacted { claim });
        }
        claims.get(claim).ok_or(Error::SdCwtClaimMissing { claim })?;
    }
    let mut walk = Walk {
        salts: salts.into_iter(),
        used: Vec::new(),
        decoys: Vec::new(),
        disclosures: Vec::new(),
    };
    let claims = walk.map(entries, 0)?;
    Ok(Redacted {
        claims,
        disclosures: walk.disclosures,
    })
}

struct Walk<S> {
    salts: S,
    used: Vec<Salt>,
    decoys: Vec<i128>,
    disclosures: Vec<Disclosure>,
}

impl<S: Iterator<Item = Salt>> Walk<S> {
    fn map(&mut self, entries: &[(Item<'_>, Item<'_>)], depth: usize) -> Result<Item<'static>, Error> {
        let mut labels: Vec<&Item<'_>> = Vec::with_capacity(entries.len());
        let mut redacted = Vec::with_capacity(entries.len());
        let mut digests = Vec::new();
        for (key, value) in entries {
            if let Item::Tag(REDACT_DECOY, number) = key {
                if *value != NULL {
                    return Err(Error::SdCwtMalformed("the value of a decoy's key is not null"));
                }
                digests.push(self.decoy(number)?);
                continue;
            }
            let (label, hidden) = match key {
                Item::Tag(REDACT, label) => (&**label, true),
                label => (label, false),
            };
            if !safe::is_label(label) {
                return Err(Error::SdCwtMalformed(
                    "a claim's key is not an integer or a short text",
                ));
            }
            // Section "Duplicate map key detection": k and 58(k) are the same key.
            if labels.contains(&label) {
                return Err(Error::SdCwtClaimRepeated);
            }
            labels.push(label);
            let value = self.value(value, depth + 1)?;
            let label = label.clone().into_owned();
            if !hidden {
                redacted.push((label, value));
                continue;
            }
            if let Some(claim) = label
                .as_int()
                .filter(|key| depth == 0 && NEVER_REDACTED.contains(key))
            {
                return Err(Error::SdCwtClaimRedacted { claim });
            }
            digests.push(self.hide(Content::Claim { key: label, value })?);
        }
        if !digests.is_empty() {
            redacted.push((REDACTED_KEYS, Item::Array(digests)));
        }
        Ok(Item::Map(redacted))
    }

    fn array(&mut self, items: &[Item<'_>], depth: usize) -> Result<Item<'static>, Error> {
        let element = |digest| Item::Tag(REDACTED_ELEMENT, Box::new(digest));
        let redacted = items.iter().map(|item| match item {
            Item::Tag(REDACT, value) => {
                let value = self.value(value, depth + 1)?;
                self.hide(Content::Element { value }).map(element)
            }
            Item::Tag(REDACT_DECOY, number) => self.decoy(number).map(element),
            value => self.value(value, depth + 1),
        });
        redacted.collect::<Result<_, _>>().map(Item::Array)
    }

    fn value(&mut self, item: &Item<'_>, depth: usize) -> Result<Item<'static>, Error> {
        match item {
            reserved if safe::is_reserved(reserved) => Err(Error::SdCwtMalformed(
                "a reserved tag or simple value where it means nothing",
            )),
            Item::Map(_) | Item::Array(_) | Item::Tag(..) if depth >= MAX_DEPTH => {
                Err(Error::SdCwtMalformed("nested too deeply"))
            }
            Item::Map(entries) => self.map(entries, depth),
            Item::Array(items) => self.array(items, depth),
            Item::Tag(tag, inner) => Ok(Item::Tag(*tag, Box::new(self.value(inner, depth + 1)?))),
            leaf => Ok(leaf.clone().into_owned()),
        }
    }

    fn decoy(&mut self, number: &Item<'_>) -> Result<Item<'static>, Error> {
        match number {
            Item::Int(number) if *number > 0 && !self.decoys.contains(number) => self.decoys.push(*number),
            _ => {
                return Err(Error::SdCwtMalformed(
                    "a decoy's number is not positive or stands twice",
                ));
            }
        }
        self.hide(Content::Decoy)
    }

    /// Makes the disclosure and gives its digest.
    fn hide(&mut self, content: Content<'_>) -> Result<Item<'static>, Error> {
        if self.disclosures.len() == MAX_DISCLOSURES {
            let (length, limit) = (MAX_DISCLOSURES + 1, MAX_DISCLOSURES);
            return Err(Error::TooLong {
                what: "disclosures of an SD-CWT",
                length,
                limit,
            });
        }
        let salt = self.salts.next().ok_or(Error::SdCwtMalformed("too few salts"))?;
        if self.used.contains(&salt) {
            return Err(Error::SdCwtMalformed("a salt stands twice"));
        }
        self.used.push(salt);
        let disclosure = Disclosure::new(salt, content);
        let digest = Item::Bytes(disclosure.digest().as_bytes().to_vec().into());
        self.disclosures.push(disclosure);
        Ok(digest)
    }
}
