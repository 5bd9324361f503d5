//! What an issuer says of the batches that it made, so that a monitor finds those that it did not make
//! (`schemas/spec/monitor.md`).
//!
//! A compact JWS that one of the issuer's keys signed. It says no more than the ledger does, but in the name of the
//! issuer's own database: a thief of the key who anchors batches cannot make the issuer declare them.

use crate::Error;
use schemas::{
    BatchNumber, Day, Hash, IssuerNumber, KeyId, UnixTime,
    crypto::VerifyingKey,
    jws::{Header, Jws, ToBeSigned},
};
use serde_json::{Map, Value, json};

/// Where an issuer has its declaration.
pub const PATH: &str = ".well-known/attest-batches";
/// The type of the JWS (RFC 7515 section 4.1.9), and with `application/` before it its media type.
pub const TYPE: &str = "attest-batches+jwt";
/// Most days: twice as many as differ within a credential's lifetime of days, and some.
pub const MAX_DAYS: usize = 64;
/// Largest declaration in characters; one of [`MAX_DAYS`] days has 12 kB.
pub const MAX_CHARACTERS: usize = 16 * 1024;

/// What an issuer says of its batches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Declaration {
    /// Whose.
    pub issuer: IssuerNumber,
    /// When it was signed.
    pub at: UnixTime,
    /// How many batches the issuer has anchored, in all its time: one more than the last one's number.
    pub batches: u64,
    /// Of the youngest batches, the last anchored one of each expiry day; ascending by day.
    pub last: Vec<Last>,
}

/// The last anchored batch of an expiry day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Last {
    /// The day on which its credentials expire.
    pub expiry: Day,
    /// Its number.
    pub number: BatchNumber,
    /// Its root.
    pub root: Hash,
}

impl Declaration {
    /// The JWS that lacks its signature.
    #[must_use]
    pub fn to_be_signed(&self, key: KeyId) -> ToBeSigned {
        let header = Header::from_iter([
            ("typ".to_owned(), TYPE.into()),
            ("kid".to_owned(), key.to_string().into()),
        ]);
        let last = |last: &Last| json!({ "expiry": last.expiry.0, "number": last.number.0, "root": last.root.to_string() });
        let last: Vec<Value> = self.last.iter().map(last).collect();
        let payload =
            json!({ "issuer": self.issuer.0, "iat": self.at.0, "batches": self.batches, "last": last });
        ToBeSigned::new(header, payload.to_string().as_bytes())
    }

    /// Reads a declaration that one of `keys` signed; which keys are the issuer's is for the caller to know.
    ///
    /// # Errors
    /// What [`Jws::decode_within`] refuses; [`Error::DeclarationMalformed`];
    /// [`schemas::Error::SignatureInvalid`] when no key signed it.
    pub fn read<'k>(text: &str, keys: impl IntoIterator<Item = &'k dyn VerifyingKey>) -> Result<Self, Error> {
        let jws = Jws::decode_within(text, MAX_CHARACTERS)?;
        if jws.parameter("typ") != Some(TYPE) {
            return Err(Error::DeclarationMalformed("another type"));
        }
        let mut keys = keys.into_iter();
        let payload = keys
            .find_map(|key| jws.verify(key).ok())
            .ok_or(schemas::Error::SignatureInvalid)?;
        parse(payload).ok_or(Error::DeclarationMalformed("a member is missing or out of range"))
    }
}

fn parse(payload: &[u8]) -> Option<Declaration> {
    let payload: Map<String, Value> = serde_json::from_slice(payload).ok()?;
    let last = payload
        .get("last")?
        .as_array()
        .filter(|last| last.len() <= MAX_DAYS)?;
    let last: Option<Vec<Last>> = last.iter().map(parse_last).collect();
    Some(Declaration {
        issuer: IssuerNumber(number(payload.get("issuer")?)?),
        at: UnixTime(payload.get("iat")?.as_i64()?),
        batches: payload.get("batches")?.as_u64()?,
        last: last.filter(|last| last.is_sorted_by(|a, b| a.expiry < b.expiry))?,
    })
}

fn parse_last(last: &Value) -> Option<Last> {
    Some(Last {
        expiry: Day(number(last.get("expiry")?)?),
        number: BatchNumber(number(last.get("number")?)?),
        root: Hash::from_hex(last.get("root")?.as_str()?)?,
    })
}

fn number(value: &Value) -> Option<u32> {
    u32::try_from(value.as_u64()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use schemas::crypto::{Crypto, SigningKey as _, aws_lc::AwsLc, aws_lc::SigningKey};

    fn signed(declaration: &Declaration, key: &SigningKey) -> String {
        let request = declaration.to_be_signed(KeyId([7; 8]));
        let signature = key.sign(request.bytes()).unwrap();
        request.signed(signature)
    }

    proptest! {
        #[test]
        fn reads_what_it_writes(issuer: u32, at: i64, batches: u64, days in prop::collection::btree_set(any::<u32>(), 0..=MAX_DAYS)) {
            let last = |day: &u32| Last { expiry: Day(*day), number: BatchNumber(day ^ 5), root: Hash::of(&[&day.to_be_bytes()]) };
            let declaration = Declaration {
                issuer: IssuerNumber(issuer),
                at: UnixTime(at),
                batches,
                last: days.iter().map(last).collect(),
            };
            let (key, other) = (SigningKey::generate().unwrap(), SigningKey::generate().unwrap());
            let [verifying, another] = [&key, &other].map(|key| AwsLc.es256(&key.public()).unwrap());
            let text = signed(&declaration, &key);
            prop_assert_eq!(Declaration::read(&text, [&*another, &*verifying]), Ok(declaration));
            let refused = Declaration::read(&text, [&*another]).unwrap_err();
            prop_assert_eq!(refused.code(), "signature-invalid");
        }

        #[test]
        fn any_payload_returns(payload: Vec<u8>) {
            let _ = parse(&payload);
        }
    }

    #[test]
    fn what_is_no_declaration_is_refused() {
        let good = json!({ "issuer": 1, "iat": 5, "batches": 2, "last": [{ "expiry": 9, "number": 1, "root": "ab".repeat(32) }] });
        assert!(parse(good.to_string().as_bytes()).is_some());
        for (pointer, value) in [
            ("/issuer", json!(-1)),
            ("/iat", json!("5")),
            ("/batches", json!(0.5)),
            ("/last", json!({})),
            ("/last/0/expiry", json!(1u64 << 32)),
            ("/last/0/root", json!("AB".repeat(32))),
            ("/last/0/root", json!("ab".repeat(33))),
            ("/last", json!([good["last"][0], good["last"][0]])),
        ] {
            let mut bad = good.clone();
            *bad.pointer_mut(pointer).unwrap() = value;
            assert_eq!(parse(bad.to_string().as_bytes()), None, "{pointer}");
        }
    }
}
