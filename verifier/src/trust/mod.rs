//! Whose EU certificates are trusted that are not on this ledger (`schemas/spec/trust-list.md`).
//!
//! A list is imported from a file; what it vouches for is the file's matter. Keys are parsed once, here.

mod import;
mod pem;
mod published;

pub use import::{Imported, LeftOut, MAX_CERTIFICATES, MAX_FILE, Publisher};

use crate::CountryCode;
use core::fmt;
use schemas::{crypto::VerifyingKey, key_id::KeyId, x509::SignerCertificate};
use std::{collections::HashMap, sync::Arc};

/// Signers by key identifier. Several may share one; all of them are candidates, and the signature decides.
#[derive(Clone, Debug, Default)]
pub struct TrustList {
    by_key_id: HashMap<KeyId, Vec<Arc<Signer>>>,
}

/// A signer of EU certificates.
pub struct Signer {
    certificate: SignerCertificate,
    country: Option<CountryCode>,
    key: Arc<dyn VerifyingKey>,
}

impl TrustList {
    /// The signers that a key identifier may mean.
    #[must_use]
    pub fn candidates(&self, key_id: KeyId) -> &[Arc<Signer>] {
        self.by_key_id.get(&key_id).map_or(&[], Vec::as_slice)
    }

    /// How many certificates are on the list.
    #[must_use]
    pub fn len(&self) -> usize {
        let signers = |(key_id, signers): (&KeyId, &Vec<Arc<Signer>>)| {
            signers
                .iter()
                .filter(|signer| signer.certificate.key_id == *key_id)
                .count()
        };
        self.by_key_id.iter().map(signers).sum()
    }

    /// Whether nobody is trusted.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.by_key_id.is_empty()
    }

    /// Adds the signers of another list.
    pub fn extend(&mut self, other: &Self) {
        for (key_id, signers) in &other.by_key_id {
            for signer in signers {
                self.insert(*key_id, signer);
            }
        }
    }

    /// Adds a signer under an identifier, unless the same certificate is there already.
    fn insert(&mut self, key_id: KeyId, signer: &Arc<Signer>) {
        let signers = self.by_key_id.entry(key_id).or_default();
        if !signers
            .iter()
            .any(|known| known.certificate == signer.certificate)
        {
            signers.push(Arc::clone(signer));
        }
    }
}

impl Signer {
    /// What the certificate says: its validity, and which entries it may sign.
    #[must_use]
    pub fn certificate(&self) -> &SignerCertificate {
        &self.certificate
    }

    /// The country that it signs for, by the list, else by the certificate, if either says.
    #[must_use]
    pub fn country(&self) -> Option<CountryCode> {
        self.country
    }

    /// The key.
    #[must_use]
    pub fn key(&self) -> &Arc<dyn VerifyingKey> {
        &self.key
    }
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Signer({})", self.certificate.key_id)
    }
}
