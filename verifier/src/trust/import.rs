//! From a file to a list of signers.

use super::{Signer, TrustList, pem, published};
use crate::{CountryCode, Error};
use schemas::{
    crypto::{Crypto, VerifyingKey},
    key_id::KeyId,
    x509::SignerCertificate,
};
use std::sync::Arc;

/// A file of certificates. The EU's list of 2022 had 2 MB.
pub const MAX_FILE: usize = 16 << 20;

/// Certificates in a file; the EU's list had about 700.
pub const MAX_CERTIFICATES: usize = 10_000;

/// Who vouches for a published list.
#[derive(Clone, Copy)]
pub enum Publisher<'a> {
    /// Whoever handed the file over; a signature on it is not checked.
    NotChecked,
    /// The holder of this key, who signed the list on its first line (as the German backend publishes it).
    Key(&'a dyn VerifyingKey),
}

/// An imported list, and what of the file is not on it.
#[derive(Debug)]
pub struct Imported {
    /// The signers.
    pub list: TrustList,
    /// What was left out: real lists hold keys of other curves and certificates of other kinds.
    pub left_out: Vec<LeftOut>,
}

/// One certificate that was left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeftOut {
    /// Where it stands in the file, from 0.
    pub index: usize,
    /// Why.
    pub reason: Error,
}

/// One certificate of a file, not looked at yet.
pub(super) struct Listed {
    pub der: Result<Vec<u8>, Error>,
    pub key_id: Option<KeyId>,
    pub country: Option<CountryCode>,
}

impl Listed {
    /// A certificate about which the file says nothing else.
    pub fn bare(der: Result<Vec<u8>, Error>) -> Self {
        Self {
            der,
            key_id: None,
            country: None,
        }
    }
}

impl TrustList {
    /// Imports a file: JSON as member states publish it or in our own form, with or without the publisher's signature
    /// on the first line; certificates in PEM; or certificates in DER, one after the other.
    ///
    /// A certificate that cannot be used is left out and reported: leaving out makes nobody trusted.
    ///
    /// # Errors
    /// [`schemas::Error::TooLong`], [`Error::TrustListMalformed`], and with [`Publisher::Key`] also
    /// [`Error::TrustListUnsigned`] and [`schemas::Error::SignatureInvalid`].
    pub fn import(file: &[u8], publisher: Publisher<'_>, crypto: &dyn Crypto) -> Result<Imported, Error> {
        bounded("bytes of trust list", file.len(), MAX_FILE)?;
        let listed = read(file, publisher)?;
        bounded("certificates", listed.len(), MAX_CERTIFICATES)?;
        let mut imported = Imported {
            list: Self::default(),
            left_out: Vec::new(),
        };
        for (index, listed) in listed.into_iter().enumerate() {
            let alias = listed.key_id;
            match Signer::of(listed, crypto).map(Arc::new) {
                Ok(signer) => {
                    // Some issuers name their key otherwise than by its certificate; the list says how.
                    for key_id in [Some(signer.certificate.key_id), alias].into_iter().flatten() {
                        imported.list.insert(key_id, &signer);
                    }
                }
                Err(reason) => imported.left_out.push(LeftOut { index, reason }),
            }
        }
        Ok(imported)
    }
}

impl Signer {
    fn of(listed: Listed, crypto: &dyn Crypto) -> Result<Self, Error> {
        let certificate = SignerCertificate::from_der(&listed.der?)?;
        let of_certificate = [&certificate.subject_country, &certificate.issuer_country];
        let country = listed.country.or_else(|| {
            of_certificate
                .into_iter()
                .flatten()
                .find_map(|code| CountryCode::parse(code))
        });
        let key = certificate.key.verifying_key(crypto)?.into();
        Ok(Self {
            country,
            key,
            certificate,
        })
    }
}

fn bounded(what: &'static str, length: usize, limit: usize) -> Result<(), Error> {
    match length <= limit {
        true => Ok(()),
        false => Err(schemas::Error::TooLong { what, length, limit }.into()),
    }
}

fn read(file: &[u8], publisher: Publisher<'_>) -> Result<Vec<Listed>, Error> {
    if let Some((signature, list)) = published::split_signature(file) {
        if let Publisher::Key(key) = publisher {
            key.verify(list, &signature)?;
        }
        return published::read(list);
    }
    if let Publisher::Key(_) = publisher {
        return Err(Error::TrustListUnsigned);
    }
    match file.trim_ascii_start() {
        [b'{' | b'[', ..] => published::read(file),
        [0x30, ..] => pem::split_der(file),
        _ => pem::read(file),
    }
}
