//! Verifier Validation, step 8: from signed digests and disclosures to the Validated Disclosed Claims Set.

use super::{
    MAX_DISCLOSURES, NEVER_REDACTED, REDACTED_ELEMENT, REDACTED_KEYS,
    disclosure::{Content, Disclosure},
    safe,
};
use crate::{
    Error, Hash,
    cbor::{Item, MAX_DEPTH},
};

/// Claims in which every disclosure stands in its place and nothing is left of what was not disclosed.
#[derive(Clone)]
pub struct Disclosed {
    pub(super) claims: Item<'static>,
    pub(super) undisclosed: usize,
}

impl Disclosed {
    /// The claims, a map.
    #[must_use]
    pub fn claims(&self) -> &Item<'static> {
        &self.claims
    }

    /// How many digests had no disclosure: withheld claims, and decoys.
    #[must_use]
    pub fn undisclosed(&self) -> usize {
        self.undisclosed
    }
}

/// Puts `disclosures` in the place of their digests in `payload`, which is a map, and in one another.
pub fn disclose(payload: Item<'static>, disclosures: &[Disclosure]) -> Result<Disclosed, Error> {
    let mut walk = Walk {
        offers: offers(disclosures)?,
        seen: Vec::new(),
    };
    let claims = walk.value(payload, 0)?;
    // "If there are any disclosures that do not have a corresponding Redacted Claim Hash, the entire SD-CWT is
    // invalid."
    if walk.offers.iter().any(|offer| offer.content.is_some()) {
        return Err(Error::SdCwtDisclosureUnmatched);
    }
    walk.seen.sort_unstable();
    if walk.seen.windows(2).any(|pair| pair[0] == pair[1]) {
        return Err(Error::SdCwtDigestRepeated);
    }
    Ok(Disclosed {
        claims,
        undisclosed: walk.seen.len() - walk.offers.len(),
    })
}

/// A disclosure that waits for its digest; `None` once it was used.
struct Offer<'a> {
    digest: Hash,
    content: Option<Content<'a>>,
}

/// The draft's "Digest To Disclosed Claim Map", sorted by digest.
fn offers(disclosures: &[Disclosure]) -> Result<Vec<Offer<'_>>, Error> {
    if disclosures.len() > MAX_DISCLOSURES {
        let (length, limit) = (disclosures.len(), MAX_DISCLOSURES);
        return Err(Error::TooLong {
            what: "disclosures of an SD-CWT",
            length,
            limit,
        });
    }
    let mut pairs: Vec<_> = disclosures.iter().map(|d| (d.digest(), d)).collect();
    pairs.sort_unstable_by_key(|(digest, _)| *digest);
    if pairs.windows(2).any(|pair| pair[0].0 == pair[1].0) {
        return Err(Error::SdCwtDigestRepeated);
    }
    pairs
        .into_iter()
        .map(|(digest, disclosure)| {
            Ok(Offer {
                digest,
                content: Some(disclosure.content()?),
            })
        })
        .collect()
}

struct Walk<'a> {
    offers: Vec<Offer<'a>>,
    /// Every digest that stands in the payload or in a disclosed value.
    seen: Vec<Hash>,
}

impl<'a> Walk<'a> {
    fn value(&mut self, item: Item<'_>, depth: usize) -> Result<Item<'static>, Error> {
        match item {
            // Tag 60 and the simple value 59 have a meaning in arrays and as keys only; 58 and 62 before issuance only.
            reserved if safe::is_reserved(&reserved) => Err(Error::SdCwtMalformed(
                "a reserved tag or simple value where it means nothing",
            )),
            // Nested disclosures can build more depth than any of them has.
            Item::Map(_) | Item::Array(_) | Item::Tag(..) if depth >= MAX_DEPTH => {
                Err(Error::SdCwtMalformed("nested too deeply"))
            }
            Item::Map(entries) => self.map(entries, depth),
            Item::Array(items) => self.array(items, depth),
            Item::Tag(tag, inner) => Ok(Item::Tag(tag, Box::new(self.value(*inner, depth + 1)?))),
            leaf => Ok(leaf.into_owned()),
        }
    }

    fn map(&mut self, entries: Vec<(Item<'_>, Item<'_>)>, depth: usize) -> Result<Item<'static>, Error> {
        let mut claims: Vec<(Item<'static>, Item<'static>)> = Vec::with_capacity(entries.len() + 2);
        let mut digests = Vec::new();
        for (key, value) in entries {
            match (key, value) {
                (REDACTED_KEYS, Item::Array(listed)) => digests = listed,
                (REDACTED_KEYS, _) => return Err(Error::SdCwtMalformed("the digests are not an array")),
                (key, value) if safe::is_label(&key) => {
                    claims.push((key.into_owned(), self.value(value, depth + 1)?));
                }
                _ => {
                    return Err(Error::SdCwtMalformed(
                        "a claim's key is not an integer or a short text",
                    ));
                }
            }
        }
        for digest in digests {
            let (key, value) = match self.content(&digest)? {
                None | Some(Content::Decoy) => continue,
                Some(Content::Claim { key, value }) => (key, value),
                Some(Content::Element { .. }) => return Err(Error::SdCwtDisclosureUnmatched),
            };
            if let Some(claim) = key
                .as_int()
                .filter(|key| depth == 0 && NEVER_REDACTED.contains(key))
            {
                return Err(Error::SdCwtClaimRedacted { claim });
            }
            // "If any decoded Redacted Claim Key duplicates another claim key in the same position, the entire SD-CWT
            // is invalid."
            if claims.iter().any(|(other, _)| *other == key) {
                return Err(Error::SdCwtClaimRepeated);
            }
            claims.push((key.into_owned(), self.value(value, depth + 1)?));
        }
        Ok(Item::Map(claims))
    }

    fn array(&mut self, items: Vec<Item<'_>>, depth: usize) -> Result<Item<'static>, Error> {
        let mut elements = Vec::with_capacity(items.len());
        for item in items {
            let value = match item {
                Item::Tag(REDACTED_ELEMENT, digest) => match self.content(&digest)? {
                    // Step 10: what remains redacted is deleted.
                    None | Some(Content::Decoy) => continue,
                    Some(Content::Element { value }) => value,
                    Some(Content::Claim { .. }) => return Err(Error::SdCwtDisclosureUnmatched),
                },
                value => value,
            };
            elements.push(self.value(value, depth + 1)?);
        }
        Ok(Item::Array(elements))
    }

    /// What a digest stands for, if it was disclosed. Each disclosure is given out once, so that disclosures which name
    /// one another twice cannot multiply.
    fn content(&mut self, digest: &Item<'_>) -> Result<Option<Content<'a>>, Error> {
        const REFUSED: Error = Error::SdCwtMalformed("a digest is not 32 bytes");
        let digest = Hash(
            digest
                .as_bytes()
                .ok_or(REFUSED)?
                .try_into()
                .map_err(|_| REFUSED)?,
        );
        self.seen.push(digest);
        match self.offers.binary_search_by_key(&digest, |offer| offer.digest) {
            Ok(found) => self.offers[found]
                .content
                .take()
                .map(Some)
                .ok_or(Error::SdCwtDigestRepeated),
            Err(_) => Ok(None),
        }
    }
}
