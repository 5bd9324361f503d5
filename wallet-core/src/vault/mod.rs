//! Everything that the wallet keeps.

mod codec;
mod copies;
mod export;
mod moves;

pub use codec::MAX_VAULT_BYTES;
pub use copies::{Accepted, Anchoring, Consent, Issuance};
pub use export::Restored;

use crate::{Error, KeyHandle, Pass, StoredCertificate, key::SoftwareKey, record::Rest};
use core::fmt;
use schemas::cbor::Item;
use std::collections::BTreeMap;
use zeroize::Zeroizing;

/// Most holdings of one wallet.
pub const MAX_HOLDINGS: usize = 256;

/// Names a holding within its vault; never given twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HoldingNumber(pub u32);

/// One thing in the wallet.
#[derive(Clone, Debug)]
pub enum Holding {
    /// A certificate on paper or from a picture.
    Certificate(StoredCertificate),
    /// A result as single-use copies.
    Pass(Box<Pass>),
}

/// The wallet's data, unencrypted. What a later version wrote and this one does not know is kept.
#[derive(Clone, Default)]
pub struct Vault {
    holdings: BTreeMap<HoldingNumber, Holding>,
    next: u32,
    software_keys: Vec<SoftwareKey>,
    /// Whole records that this version cannot read.
    unknown: Vec<Item<'static>>,
    rest: Rest,
}

impl Vault {
    /// A vault with nothing in it.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// What is in it, in the order in which it came.
    pub fn list(&self) -> impl Iterator<Item = (HoldingNumber, &Holding)> {
        self.holdings.iter().map(|(number, holding)| (*number, holding))
    }

    /// How many records there are that only a later version of the wallet can read.
    #[must_use]
    pub fn unknown(&self) -> usize {
        self.unknown.len()
    }

    /// A certificate.
    ///
    /// # Errors
    /// [`Error::NotHeld`].
    pub fn certificate(&self, number: HoldingNumber) -> Result<&StoredCertificate, Error> {
        match self.holdings.get(&number) {
            Some(Holding::Certificate(certificate)) => Ok(certificate),
            _ => Err(Error::NotHeld { number }),
        }
    }

    /// A pass.
    ///
    /// # Errors
    /// [`Error::NotHeld`].
    pub fn pass(&self, number: HoldingNumber) -> Result<&Pass, Error> {
        match self.holdings.get(&number) {
            Some(Holding::Pass(pass)) => Ok(pass),
            _ => Err(Error::NotHeld { number }),
        }
    }

    fn pass_mut(&mut self, number: HoldingNumber) -> Result<&mut Pass, Error> {
        match self.holdings.get_mut(&number) {
            Some(Holding::Pass(pass)) => Ok(pass),
            _ => Err(Error::NotHeld { number }),
        }
    }

    /// Takes a holding out, for good. The keys of the answer are to be destroyed where they are kept; those in the vault
    /// are gone.
    ///
    /// # Errors
    /// [`Error::NotHeld`].
    pub fn remove(&mut self, number: HoldingNumber) -> Result<Vec<KeyHandle>, Error> {
        let keys: Vec<_> = match self.holdings.remove(&number).ok_or(Error::NotHeld { number })? {
            Holding::Certificate(_) => Vec::new(),
            Holding::Pass(pass) => pass.keys().map(|key| key.handle.clone()).collect(),
        };
        self.forget_keys(&keys);
        Ok(keys)
    }

    fn forget_keys(&mut self, keys: &[KeyHandle]) {
        self.software_keys.retain(|key| !keys.contains(&key.handle));
    }

    /// Every key that this vault has a use for: any other one in a key store of its own is nobody's.
    pub fn keys(&self) -> impl Iterator<Item = &KeyHandle> {
        self.holdings.values().flat_map(|holding| match holding {
            Holding::Pass(pass) => pass.keys().map(|key| &key.handle).collect(),
            Holding::Certificate(_) => Vec::new(),
        })
    }

    /// Keeps a private key in the vault, for a wallet that has no better place.
    ///
    /// # Errors
    /// [`Error::KeyReused`] when the handle is taken, [`Error::TooMany`].
    pub fn keep_key(&mut self, handle: KeyHandle, secret: Zeroizing<Vec<u8>>) -> Result<(), Error> {
        if self.software_key(&handle).is_some() {
            return Err(Error::KeyReused);
        }
        self.software_keys.push(SoftwareKey {
            handle,
            secret,
            rest: Rest::new(),
        });
        Ok(())
    }

    /// A private key that is kept in the vault.
    #[must_use]
    pub fn software_key(&self, handle: &KeyHandle) -> Option<&[u8]> {
        let found = self.software_keys.iter().find(|key| key.handle == *handle);
        found.map(|key| &key.secret[..])
    }

    pub(crate) fn add_certificate(&mut self, certificate: StoredCertificate) -> Result<HoldingNumber, Error> {
        let commitment = certificate.commitment();
        for (number, holding) in self.list() {
            match holding {
                Holding::Certificate(held) if held.commitment() == commitment => {
                    return Err(Error::AlreadyHeld { number });
                }
                _ => {}
            }
        }
        self.add(Holding::Certificate(certificate))
    }

    fn add(&mut self, holding: Holding) -> Result<HoldingNumber, Error> {
        if self.holdings.len() >= MAX_HOLDINGS {
            return Err(Error::TooMany {
                what: "holdings",
                limit: MAX_HOLDINGS,
            });
        }
        let number = HoldingNumber(self.next);
        self.next = self.next.checked_add(1).ok_or(Error::TooMany {
            what: "holdings",
            limit: MAX_HOLDINGS,
        })?;
        self.holdings.insert(number, holding);
        Ok(number)
    }
}

impl fmt::Debug for Vault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Vault({} holdings)", self.holdings.len())
    }
}

#[cfg(test)]
pub(crate) mod tests;
