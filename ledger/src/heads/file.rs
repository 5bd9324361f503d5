//! The file `heads` beside a log: of each chain its latest head.

use super::{Chain, MAX_HEAD_BYTES, SignedHead};
use crate::Error;
use schemas::{
    IssuerNumber,
    cbor::{self, Item, Lengths},
};
use std::collections::BTreeMap;

/// Most heads of a file: three for each of 170 issuers. The cooperative has tens of them.
pub const MAX_HEADS: usize = 512;
/// Largest file in bytes.
pub const MAX_HEADS_BYTES: usize = MAX_HEADS * (MAX_HEAD_BYTES + 3) + 3;

/// Of each chain at most one head. None of them was checked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Heads(BTreeMap<(IssuerNumber, Chain), SignedHead>);

impl Heads {
    /// Reads what [`encode`](Self::encode) wrote, and nothing else.
    ///
    /// # Errors
    /// [`schemas::Error::TooLong`], the `Cbor…` variants, [`Error::HeadMalformed`], also for heads that do not ascend by issuer and
    /// chain, and those of [`SignedHead::decode`].
    pub fn decode(bytes: &[u8]) -> Result<Self, Error> {
        let item = cbor::read_within(bytes, Lengths::DefiniteOnly, MAX_HEADS_BYTES)?;
        let items = item
            .as_array()
            .ok_or(Error::HeadMalformed("not a list of heads"))?;
        let mut heads = Self::default();
        for item in items {
            let bytes = item
                .as_bytes()
                .ok_or(Error::HeadMalformed("not a list of heads"))?;
            heads.replace(SignedHead::decode(bytes)?)?;
        }
        // Refuses another order, repetitions and longer forms in one stroke.
        if heads.encode() != bytes {
            return Err(Error::HeadMalformed("not the one encoding that the list has"));
        }
        Ok(heads)
    }

    /// A CBOR array of byte strings, each a head, ascending by issuer and chain.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let heads = self.0.values().map(|head| Item::Bytes(head.encode().into()));
        Item::Array(heads.collect()).encode()
    }

    /// Puts a head in the place of the one before it. Which of two is newer is for the caller to have looked at.
    ///
    /// # Errors
    /// [`schemas::Error::TooLong`] beyond [`MAX_HEADS`].
    pub fn replace(&mut self, head: SignedHead) -> Result<(), Error> {
        let key = (head.head.issuer, head.head.chain);
        if !self.0.contains_key(&key) {
            crate::text::within("heads", self.0.len() + 1, MAX_HEADS)?;
        }
        self.0.insert(key, head);
        Ok(())
    }

    /// The head of a chain.
    #[must_use]
    pub fn get(&self, issuer: IssuerNumber, chain: Chain) -> Option<&SignedHead> {
        self.0.get(&(issuer, chain))
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = &SignedHead> {
        self.0.values()
    }
}
