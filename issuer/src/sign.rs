//! Signing: a draft becomes a credential at its place.

use crate::{Draft, Error, LIFETIME_DAYS};
use core::fmt;
use schemas::{
    BatchProof, Commitment, Day, KeyId, Place, Shape, UnixTime,
    cbor::Lengths,
    cose::Sign1,
    crypto::{P256Point, SigningKey},
    hcert::{self, Terms},
    sd_cwt::{
        Salt,
        profile::{self, HeldCopy},
    },
    value_sets::Country,
};

/// A signing key with the identifier that the registrar's event gives it.
pub struct IssuerKey {
    /// How credentials name it.
    pub id: KeyId,
    /// The key.
    pub key: Box<dyn SigningKey>,
}

impl fmt::Debug for IssuerKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "IssuerKey({})", self.id)
    }
}

/// A credential without its proof.
#[derive(Clone)]
pub struct Issued {
    /// Its encoding.
    pub bytes: Vec<u8>,
    /// What its batch holds of it.
    pub commitment: Commitment,
}

/// The day at whose start everything that is issued at `now` expires. It is the same for every shape and result, so
/// that no expiry tells the time of a test.
#[must_use]
pub fn expiry(now: UnixTime) -> Day {
    Day(now.day().0.saturating_add(LIFETIME_DAYS))
}

/// Signs the certificate for paper and for existing verifiers. `id` is random and never the same twice: it hides the
/// certificate behind its commitment.
///
/// # Errors
/// [`Error::Schemas`].
pub fn sign_hcert(
    draft: &hcert::Draft,
    country: Country,
    place: Place,
    now: UnixTime,
    id: [u8; 16],
    key: &IssuerKey,
) -> Result<Issued, Error> {
    let expires_at = expiry(now).start();
    let terms = Terms {
        key_id: key.id,
        country,
        issued_at: now,
        expires_at,
        id,
        place,
    };
    let request = draft.to_be_signed(&terms)?;
    let signed_bytes = request.bytes();
    let signature = key.key.sign(&signed_bytes)?;
    Ok(Issued {
        bytes: request.signed(signature).encode(),
        commitment: Commitment::to(Shape::Hcert, &signed_bytes),
    })
}

/// The text of a certificate for its QR code, with its proof once there is one.
///
/// # Errors
/// [`Error::Schemas`] when the bytes are not what [`sign_hcert`] made.
pub fn hcert_text(bytes: &[u8], proof: Option<&BatchProof>) -> Result<String, Error> {
    let mut certificate = Sign1::decode(bytes, Lengths::DefiniteOnly)?;
    if let Some(proof) = proof {
        proof.insert_into(certificate.unprotected_mut());
    }
    Ok(hcert::to_text(&certificate))
}

/// Signs one of the wallet's single-use copies, bound to the wallet's key `holder`. It expires with the certificate of
/// the same result. The salts are random and never the same twice.
///
/// # Errors
/// [`Error::Schemas`], also when `expires` has begun.
pub fn sign_copy(
    draft: &Draft,
    holder: P256Point,
    place: Place,
    now: UnixTime,
    expires: Day,
    salts: [Salt; 3],
    key: &IssuerKey,
) -> Result<Issued, Error> {
    let copy = profile::Draft {
        place,
        issued_at: now,
        expires,
        holder,
        result: *draft.result(),
        person: draft.person().clone(),
    };
    let request = copy.to_be_signed(key.id, salts)?;
    let signature = key.key.sign(&request.bytes())?;
    let copy = request.signed(&signature);
    Ok(Issued {
        commitment: copy.commitment(),
        bytes: copy.encode(),
    })
}

/// A copy as the wallet gets it, with its proof once there is one.
///
/// # Errors
/// [`Error::Schemas`] when the bytes are not what [`sign_copy`] made.
pub fn copy_with_proof(bytes: &[u8], proof: Option<BatchProof>) -> Result<Vec<u8>, Error> {
    let mut copy = HeldCopy::decode(bytes)?;
    if let Some(proof) = proof {
        copy.set_proof(proof);
    }
    Ok(copy.encode())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::draft::tests::{NOW, draft, profile};
    use schemas::{
        BatchNumber, IssuerNumber, Slot,
        crypto::{
            Crypto, VerifyingKey,
            aws_lc::{self, AwsLc},
        },
        hcert::{Reading, Scanned},
    };

    fn key() -> (IssuerKey, Box<dyn VerifyingKey>) {
        let key = aws_lc::SigningKey::generate().unwrap();
        let public = AwsLc.es256(&key.public()).unwrap();
        let id = KeyId::of_point(&key.public());
        (
            IssuerKey {
                id,
                key: Box::new(key),
            },
            public,
        )
    }

    const PLACE: Place = Place {
        issuer: IssuerNumber(7),
        batch: BatchNumber(2),
        slot: Slot(3),
    };

    #[test]
    fn a_copy_is_for_its_holder() {
        let (key, public) = key();
        let holder = aws_lc::SigningKey::generate().unwrap().public();
        let salts = [1, 2, 3].map(|byte| Salt([byte; 16]));
        let issued = sign_copy(&draft(), holder, PLACE, NOW, expiry(NOW), salts, &key).unwrap();
        let proof = BatchProof::from_bytes(&[4; 256]).unwrap();
        for proof in [None, Some(proof)] {
            let copy = HeldCopy::decode(&copy_with_proof(&issued.bytes, proof).unwrap()).unwrap();
            assert_eq!((copy.place(), copy.proof().copied()), (PLACE, proof));
            assert_eq!(copy.commitment(), issued.commitment);
            let contents = copy.verify(&*public, &holder, NOW).unwrap();
            assert_eq!(contents.person.as_ref(), Some(draft().person()));
        }
    }

    #[test]
    fn a_certificate_verifies_with_and_without_its_proof() {
        let (key, public) = key();
        let hcert = draft().to_hcert(&profile(), &[1; 10]).unwrap();
        let issued = sign_hcert(&hcert, profile().country, PLACE, NOW, [2; 16], &key).unwrap();

        let proof = BatchProof::from_bytes(&[4; 256]).unwrap();
        for proof in [None, Some(proof)] {
            let text = hcert_text(&issued.bytes, proof.as_ref()).unwrap();
            let decoded = Scanned::new(&text).unwrap().decode(Reading::Strict).unwrap();
            let (verified, _) = decoded.verify([&*public]).unwrap();
            assert_eq!(verified.claims().place, Some(PLACE));
            assert_eq!(verified.claims().expires_at, expiry(NOW).start());
        }
        let signed = Sign1::decode(&issued.bytes, Lengths::DefiniteOnly).unwrap();
        assert_eq!(
            issued.commitment,
            Commitment::to(Shape::Hcert, &signed.signed_bytes().unwrap())
        );
    }
}
