//! One fault a case: a good presentation, one change, signed again by both keys, and the refusal that it must meet.

mod disclosures;
mod redaction;
mod steps;

use super::*;
use crate::{
    Error, UnixTime,
    cbor::{FALSE, NULL},
    crypto::{
        Crypto, SigningKey as _,
        aws_lc::{AwsLc, SigningKey},
    },
};
use coset::iana::Algorithm;
use disclosure::Content;
use proptest::prelude::*;

type Entries = Vec<(Item<'static>, Item<'static>)>;

const NOW: UnixTime = UnixTime(1_800_000_000);
const AUDIENCE: &str = "https://verifier.example/app";

fn int(value: i64) -> Item<'static> {
    Item::Int(value.into())
}

fn set(entries: &mut Entries, key: i64, value: Item<'static>) {
    unset(entries, key);
    entries.push((int(key), value));
}

fn unset(entries: &mut Entries, key: i64) {
    entries.retain(|(other, _)| *other != int(key));
}

fn claim_disclosure(salt: u8, key: Item<'static>, value: Item<'static>) -> Disclosure {
    Disclosure::new(Salt([salt; 16]), Content::Claim { key, value })
}

fn element_disclosure(salt: u8, value: Item<'static>) -> Disclosure {
    Disclosure::new(Salt([salt; 16]), Content::Element { value })
}

fn digest(disclosure: &Disclosure) -> Item<'static> {
    Item::Bytes(disclosure.digest().0.to_vec().into())
}

fn redacted(disclosures: &[&Disclosure]) -> (Item<'static>, Item<'static>) {
    (
        REDACTED_KEYS,
        Item::Array(disclosures.iter().map(|d| digest(d)).collect()),
    )
}

/// Every part of a presentation, to be changed before it is signed.
struct Parts {
    issuer_protected: Entries,
    issuer_unprotected: Entries,
    claims: Entries,
    disclosures: Vec<Disclosure>,
    protected: Entries,
    unprotected: Entries,
    binding: Entries,
}

struct Bench {
    issuer: SigningKey,
    holder: SigningKey,
}

impl Bench {
    fn new() -> Self {
        Self {
            issuer: SigningKey::generate().unwrap(),
            holder: SigningKey::generate().unwrap(),
        }
    }

    fn good(&self) -> Parts {
        let claim = claim_disclosure(1, int(501), Item::text("ABCD"));
        let element = element_disclosure(2, int(7));
        let dates = vec![Item::Tag(REDACTED_ELEMENT, Box::new(digest(&element))), int(8)];
        let withheld = claim_disclosure(3, int(502), NULL);
        Parts {
            issuer_protected: vec![
                (int(1), int(-7)),
                (int(4), Item::bytes(b"key")),
                (int(16), int(293)),
            ],
            issuer_unprotected: vec![],
            claims: vec![
                (int(1), Item::text("https://issuer.example")),
                (int(4), int(NOW.0 + 1000)),
                (int(5), int(NOW.0 - 1000)),
                (int(6), int(NOW.0 - 900)),
                (int(8), confirmation(&self.holder.public())),
                (int(600), Item::Array(dates)),
                redacted(&[&claim, &withheld]),
            ],
            disclosures: vec![claim, element],
            protected: vec![(int(1), int(-7)), (int(16), int(294))],
            unprotected: vec![],
            binding: vec![(int(3), Item::text(AUDIENCE)), (int(6), int(NOW.0 - 20))],
        }
    }

    fn issued(&self, parts: &Parts) -> Item<'static> {
        let protected = Item::Map(parts.issuer_protected.clone()).encode();
        let payload = Item::Map(parts.claims.clone()).encode();
        let signature = self
            .issuer
            .sign(&envelope::signed_bytes(&protected, &payload))
            .unwrap();
        let mut unprotected = parts.issuer_unprotected.clone();
        if !parts.disclosures.is_empty() {
            let listed = parts
                .disclosures
                .iter()
                .map(|d| Item::bytes(d.bytes()).into_owned());
            unprotected.push((int(17), Item::Array(listed.collect())));
        }
        envelope::seal(&protected, Item::Map(unprotected), &payload, &signature.0).into_owned()
    }

    fn bound(&self, parts: &Parts, issued: Item<'static>) -> Item<'static> {
        let mut protected = parts.protected.clone();
        protected.push((int(13), issued));
        let protected = Item::Map(protected).encode();
        let payload = Item::Map(parts.binding.clone()).encode();
        let signature = self
            .holder
            .sign(&envelope::signed_bytes(&protected, &payload))
            .unwrap();
        envelope::seal(
            &protected,
            Item::Map(parts.unprotected.clone()),
            &payload,
            &signature.0,
        )
        .into_owned()
    }

    fn verify(&self, bytes: &[u8], expected: &Expected<'_>) -> Result<Validated, Error> {
        let issuer = AwsLc.es256(&self.issuer.public()).unwrap();
        KeyBound::decode(bytes)?
            .verify_issuer(&*issuer)?
            .verify_binding(&AwsLc)?
            .validate(NOW, expected)
    }

    fn outcome(&self, bytes: &[u8]) -> &'static str {
        let freshness = Freshness {
            max_age: 90,
            max_ahead: 5,
        };
        let expected = Expected {
            audience: AUDIENCE,
            nonce: ExpectedNonce::None,
            freshness,
        };
        self.verify(bytes, &expected)
            .map_or_else(|error| error.code(), |_| "accepted")
    }

    /// What the verifier says to a good presentation after `change`.
    fn after(&self, change: impl FnOnce(&mut Parts)) -> &'static str {
        let mut parts = self.good();
        change(&mut parts);
        let issued = self.issued(&parts);
        self.outcome(&self.bound(&parts, issued).encode())
    }
}

type Change = fn(&mut Parts);

fn check(cases: &[(&str, &str, Change)]) {
    let bench = Bench::new();
    assert_eq!(bench.after(|_| {}), "accepted");
    for (what, expected, change) in cases {
        assert_eq!(bench.after(change), *expected, "{what}");
    }
}

proptest! {
    #[test]
    fn any_bytes_return(bytes: Vec<u8>) {
        let _ = KeyBound::decode(&bytes);
        let _ = SdCwt::decode(&bytes);
    }

    #[test]
    fn a_token_with_any_byte_changed_is_refused(position in 0usize..1000, mask in 1u8..=255) {
        let bench = Bench::new();
        let parts = bench.good();
        let mut bytes = bench.bound(&parts, bench.issued(&parts)).encode();
        let position = position % bytes.len();
        bytes[position] ^= mask;
        prop_assert_ne!(bench.outcome(&bytes), "accepted");
    }
}
