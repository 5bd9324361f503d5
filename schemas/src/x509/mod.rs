//! The facts of a signer's certificate (RFC 5280; HCERT specification 1.0.1, "Trusted List Format") and single checks.
//! Who is trusted is decided in `verifier`; no chain is built here, since the EU's list of signers is itself the trust.
//!
//! Parsed with `x509-cert`: like `x509-parser` it reads all 90 certificates of the public vectors, also those that encode
//! a default (`cA=FALSE`) or an empty list of key usages, which stricter readers refuse; it is 5 crates in place of 30.

use crate::{
    Error, UnixTime,
    crypto::{Crypto, P256Point, VerifyingKey},
    hcert::EntryKind,
    key_id::KeyId,
};
use x509_cert::{
    certificate::TbsCertificate,
    der::{
        Decode,
        asn1::{AnyRef, UintRef},
        oid::ObjectIdentifier,
    },
    ext::pkix::ExtendedKeyUsage,
    name::Name,
    spki::SubjectPublicKeyInfoOwned,
    time::Time,
};

/// Largest certificate in bytes; those of the public vectors have at most 2 kB.
pub const MAX_CERTIFICATE_BYTES: usize = 16 * 1024;

const EC_PUBLIC_KEY: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
const P256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7");
const RSA_ENCRYPTION: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");
const RSASSA_PSS: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.10");
const COUNTRY_NAME: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.6");

/// Usages of signing keys. The specification's first text had an arc with a superfluous 0, which many certificates use.
const USAGES: [(ObjectIdentifier, EntryKind); 6] = [
    usage("1.3.6.1.4.1.1847.2021.1.1", EntryKind::Test),
    usage("1.3.6.1.4.1.1847.2021.1.2", EntryKind::Vaccination),
    usage("1.3.6.1.4.1.1847.2021.1.3", EntryKind::Recovery),
    usage("1.3.6.1.4.1.0.1847.2021.1.1", EntryKind::Test),
    usage("1.3.6.1.4.1.0.1847.2021.1.2", EntryKind::Vaccination),
    usage("1.3.6.1.4.1.0.1847.2021.1.3", EntryKind::Recovery),
];

const fn usage(oid: &'static str, kind: EntryKind) -> (ObjectIdentifier, EntryKind) {
    (ObjectIdentifier::new_unwrap(oid), kind)
}

/// What a signer's certificate says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignerCertificate {
    /// By which certificates that it signs name it.
    pub key_id: KeyId,
    /// The public key.
    pub key: PublicKey,
    /// From when on it may sign.
    pub not_before: UnixTime,
    /// Until when what it signed may be valid.
    pub not_after: UnixTime,
    /// The subject's country, as written.
    pub subject_country: Option<String>,
    /// The country of who issued it, as written.
    pub issuer_country: Option<String>,
    /// The entries that it may sign; `None` when it does not say.
    usages: Option<Vec<EntryKind>>,
}

/// A key of one of the two algorithms of the specification.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PublicKey {
    /// For ES256.
    P256(P256Point),
    /// For PS256: modulus and exponent, big-endian.
    Rsa {
        /// The modulus.
        modulus: Vec<u8>,
        /// The public exponent.
        exponent: Vec<u8>,
    },
}

impl SignerCertificate {
    /// Reads a certificate in DER.
    ///
    /// # Errors
    /// [`Error::TooLong`], [`Error::X509Malformed`], and [`Error::AlgorithmUnsupported`] for a key that is neither
    /// P-256 nor RSA.
    pub fn from_der(der: &[u8]) -> Result<Self, Error> {
        if der.len() > MAX_CERTIFICATE_BYTES {
            return Err(Error::TooLong {
                what: "certificate in bytes",
                length: der.len(),
                limit: MAX_CERTIFICATE_BYTES,
            });
        }
        let certificate = x509_cert::Certificate::from_der(der).map_err(|_| Error::X509Malformed)?;
        let facts = certificate.tbs_certificate();
        Ok(Self {
            key_id: KeyId::of_certificate(der),
            key: PublicKey::read(facts.subject_public_key_info())?,
            not_before: instant(facts.validity().not_before)?,
            not_after: instant(facts.validity().not_after)?,
            subject_country: country(facts.subject()),
            issuer_country: country(facts.issuer()),
            usages: usages(facts)?,
        })
    }

    /// Checks that the key may sign entries of this kind. One that names none of the usages may sign all
    /// (HCERT specification 1.0.1, "Key Usage Policy Identifiers").
    ///
    /// # Errors
    /// [`Error::X509KeyUsage`].
    pub fn permits(&self, kind: EntryKind) -> Result<(), Error> {
        match &self.usages {
            Some(usages) if !usages.contains(&kind) => Err(Error::X509KeyUsage),
            _ => Ok(()),
        }
    }

    /// Checks that what was issued at one time and expires at another lies within the certificate's validity
    /// (HCERT specification 1.0.1, "Expiration Time" and "Issued At").
    ///
    /// # Errors
    /// [`Error::X509Validity`].
    pub fn covers(&self, issued_at: UnixTime, expires_at: UnixTime) -> Result<(), Error> {
        match self.not_before <= issued_at && expires_at <= self.not_after {
            true => Ok(()),
            false => Err(Error::X509Validity),
        }
    }
}

impl PublicKey {
    /// The key, parsed once to verify many times.
    ///
    /// # Errors
    /// [`Error::KeyMalformed`], and [`Error::AlgorithmUnsupported`] where the implementation has no RSA.
    pub fn verifying_key(&self, crypto: &dyn Crypto) -> Result<Box<dyn VerifyingKey>, Error> {
        match self {
            Self::P256(point) => crypto.es256(point),
            Self::Rsa { modulus, exponent } => crypto.ps256(modulus, exponent),
        }
    }

    fn read(spki: &SubjectPublicKeyInfoOwned) -> Result<Self, Error> {
        let bytes = spki.subject_public_key.as_bytes().ok_or(Error::X509Malformed)?;
        match spki.algorithm.oid {
            EC_PUBLIC_KEY => {
                let curve = spki.algorithm.parameters.as_ref();
                match curve.and_then(|curve| curve.decode_as().ok()) {
                    Some(P256) => P256Point::from_sec1(bytes).map(Self::P256),
                    _ => Err(Error::AlgorithmUnsupported),
                }
            }
            // RFC 8017 appendix A.1.1: SEQUENCE of modulus and exponent.
            RSA_ENCRYPTION | RSASSA_PSS => {
                let numbers = AnyRef::from_der(bytes).and_then(|key| {
                    key.sequence(|reader| Ok((UintRef::decode(reader)?, UintRef::decode(reader)?)))
                });
                let (modulus, exponent) = numbers.map_err(|_: x509_cert::der::Error| Error::X509Malformed)?;
                Ok(Self::Rsa {
                    modulus: modulus.as_bytes().to_vec(),
                    exponent: exponent.as_bytes().to_vec(),
                })
            }
            _ => Err(Error::AlgorithmUnsupported),
        }
    }
}

fn instant(time: Time) -> Result<UnixTime, Error> {
    let seconds = i64::try_from(time.to_unix_duration().as_secs());
    seconds.map(UnixTime).map_err(|_| Error::X509Malformed)
}

fn country(name: &Name) -> Option<String> {
    let attribute = name.iter().find(|attribute| attribute.oid == COUNTRY_NAME)?;
    String::from_utf8(attribute.value.value().to_vec()).ok()
}

fn usages(facts: &TbsCertificate) -> Result<Option<Vec<EntryKind>>, Error> {
    let extension = facts
        .get_extension::<ExtendedKeyUsage>()
        .map_err(|_| Error::X509Malformed)?;
    let Some((_, ExtendedKeyUsage(oids))) = extension else {
        return Ok(None);
    };
    let kind_of = |oid: &ObjectIdentifier| USAGES.iter().find(|usage| usage.0 == *oid).map(|usage| usage.1);
    let kinds: Vec<_> = oids.iter().filter_map(kind_of).collect();
    Ok(Some(kinds).filter(|kinds| !kinds.is_empty()))
}

#[cfg(test)]
mod tests;
