//! Heads: the last entry of a chain, signed with ML-DSA-44 (`schemas/spec/head.md`).
//!
//! Each entry names the one before it by its hash, so a head speaks for all of its chain, and needs nobody's ES256. An
//! issuer signs the heads of its batches and snapshots, the registrar those of each issuer's key events. Nothing here knows
//! whose key is whose: that is `ledger::state`.

mod file;
#[cfg(test)]
mod tests;

pub use file::{Heads, MAX_HEADS, MAX_HEADS_BYTES};

use crate::{
    Error,
    entry::{EntryId, Subject},
};
use core::fmt;
use coset::{Header, HeaderBuilder, cbor::Value, iana::Algorithm};
use schemas::{
    Hash, IssuerNumber, UnixTime,
    cbor::{self, Item, Lengths},
    cose::{Sign1, ToBeSigned},
    crypto::ml_dsa,
};

/// The `typ` of a head (RFC 9596), so that its signature means nothing elsewhere.
const TYPE: &str = "application/attest-head+cose";
/// COSE header parameter `typ`.
const TYPE_LABEL: i64 = 16;
/// Largest head in bytes: the signature has 2,420, and the rest fits twice.
pub const MAX_HEAD_BYTES: usize = 2_600;

/// How often an issuer signs the head of its batches, in seconds, at the least.
pub const SIGNED_EVERY: i64 = 3_600;
/// After how many batches it does so, however soon that is: half of the entries that a view keeps whole, so that the last head is
/// among them.
pub const SIGNED_AFTER: u32 = 512;

/// A sequence of entries, by the kind of its entries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Chain {
    /// Kind 1: an issuer's batches.
    Batches = 1,
    /// Kind 2: its status snapshots.
    Snapshots = 2,
    /// Kind 3: the registrar's key events of an issuer.
    KeyEvents = 3,
}

impl Chain {
    /// The chain that an entry stands in; policies and releases have signatures of their own.
    #[must_use]
    pub fn of(subject: &Subject) -> Option<Self> {
        match subject {
            Subject::Batch(..) => Some(Self::Batches),
            Subject::Snapshot(..) => Some(Self::Snapshots),
            Subject::KeyEvent(..) => Some(Self::KeyEvents),
            Subject::Policy(_) | Subject::Release(_) => None,
        }
    }

    /// Its stable name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Batches => "batches",
            Self::Snapshots => "snapshots",
            Self::KeyEvents => "key-events",
        }
    }
}

/// What is signed: at this time, this was the chain's last entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    /// Whose chain.
    pub issuer: IssuerNumber,
    /// Which.
    pub chain: Chain,
    /// The number of its last entry.
    pub number: u32,
    /// That entry.
    pub entry: EntryId,
    /// When.
    pub time: UnixTime,
}

impl Head {
    /// Signs with a key at hand.
    #[must_use]
    pub fn sign(self, key: &ml_dsa::SecretKey) -> SignedHead {
        let request = self.request();
        let signature = key.sign(&request.bytes());
        SignedHead {
            head: self,
            sign1: request.signed_with(&signature),
        }
    }

    fn request(self) -> ToBeSigned {
        let protected = HeaderBuilder::new()
            .algorithm(Algorithm::ML_DSA_44)
            .value(TYPE_LABEL, Value::Text(TYPE.into()))
            .build();
        let payload = Item::Map(vec![
            (Item::Int(1), Item::Int(self.issuer.0.into())),
            (Item::Int(2), Item::Int((self.chain as u8).into())),
            (Item::Int(3), Item::Int(self.number.into())),
            (Item::Int(4), Item::bytes(self.entry.0.as_bytes())),
            (Item::Int(5), Item::Int(self.time.0.into())),
        ]);
        ToBeSigned::new(protected, Header::default(), payload.encode())
    }

    fn read(payload: &[u8]) -> Result<Self, Error> {
        let item = cbor::read(payload, Lengths::DefiniteOnly)?;
        let number = |key| item.get(key).and_then(Item::as_int);
        let small = |key| number(key).and_then(|number| u32::try_from(number).ok());
        let chain = match number(2) {
            Some(1) => Chain::Batches,
            Some(2) => Chain::Snapshots,
            Some(3) => Chain::KeyEvents,
            _ => return Err(Error::HeadMalformed("a chain that is not known")),
        };
        let entry = item.get(4).and_then(Item::as_bytes);
        let entry = entry.and_then(|bytes| bytes.try_into().ok());
        let (Some(issuer), Some(at), Some(entry), Some(time)) = (small(1), small(3), entry, number(5)) else {
            return Err(Error::HeadMalformed("a field is missing or not of its form"));
        };
        if time < 0 {
            return Err(Error::HeadMalformed("a time before 1970"));
        }
        Ok(Self {
            issuer: IssuerNumber(issuer),
            chain,
            number: at,
            entry: EntryId(Hash(entry)),
            time: UnixTime(time),
        })
    }
}

/// A head whose signature was not checked.
#[derive(Clone)]
pub struct SignedHead {
    head: Head,
    sign1: Sign1,
}

impl SignedHead {
    /// Reads what [`encode`](Self::encode) wrote, and nothing else: a head has one encoding.
    ///
    /// # Errors
    /// [`schemas::Error::TooLong`], the `Cbor…` and COSE variants, and [`Error::HeadMalformed`].
    pub fn decode(bytes: &[u8]) -> Result<Self, Error> {
        let sign1 = Sign1::decode_within(bytes, Lengths::DefiniteOnly, MAX_HEAD_BYTES)?;
        let head = Head::read(sign1.unverified_payload()?)?;
        // Refuses other headers, tags, fields and longer forms in one stroke.
        let sign1 = head.request().signed_with(sign1.signature());
        if sign1.encode() != bytes {
            return Err(Error::HeadMalformed("not the one encoding that a head has"));
        }
        Ok(Self { head, sign1 })
    }

    /// What it says, before anybody checked who said it.
    #[must_use]
    pub fn unverified(&self) -> &Head {
        &self.head
    }

    /// The COSE_Sign1.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        self.sign1.encode()
    }

    /// Checks the signature: the issuer's for its batches and snapshots, the registrar's for key events.
    ///
    /// # Errors
    /// [`Error::HeadUnsigned`].
    pub fn verify(&self, key: &ml_dsa::PublicKey) -> Result<Head, Error> {
        self.sign1.verify(key).map_err(|_| Error::HeadUnsigned)?;
        Ok(self.head)
    }
}

impl PartialEq for SignedHead {
    fn eq(&self, other: &Self) -> bool {
        self.head == other.head && self.sign1.signature() == other.sign1.signature()
    }
}

impl Eq for SignedHead {}

impl fmt::Debug for SignedHead {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("SignedHead").field(&self.head).finish()
    }
}
