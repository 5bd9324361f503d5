//! What a door reads: the stages of `sd_cwt`, and the claims of the profile at their end.

use super::{Audience, Contents, from_text, signed::Signed};
use crate::{
    BatchProof, Commitment, Error, Hash, KeyId, Shape, UnixTime,
    crypto::{Crypto, VerifyingKey},
    place::Place,
    sd_cwt::{self, Expected, Freshness, KeyBound},
};

/// A presentation as scanned. Nobody checked a signature.
pub struct Presentation {
    token: KeyBound,
    signed: Signed,
}

impl Presentation {
    /// Reads the text of a QR code.
    ///
    /// # Errors
    /// As [`decode`](Self::decode), and [`Error::Base45Malformed`].
    pub fn decode_text(text: &str) -> Result<Self, Error> {
        Self::decode(&from_text(text)?)
    }

    /// Reads a key binding token over a copy.
    ///
    /// # Errors
    /// The `Cbor…`, `SdCwt…` and `Kbt…` variants, [`Error::TooLong`], [`Error::PresentationMalformed`],
    /// [`Error::PlaceMalformed`], [`Error::ProofMalformed`].
    pub fn decode(bytes: &[u8]) -> Result<Self, Error> {
        let token = KeyBound::decode(bytes)?;
        let signed = Signed::read(token.unverified())?;
        Ok(Self { token, signed })
    }

    /// The place that it names, to look the issuer up by.
    #[must_use]
    pub fn unverified_place(&self) -> Place {
        self.signed.place
    }

    /// The key that it names, to look the issuer's key up by.
    #[must_use]
    pub fn unverified_key_id(&self) -> KeyId {
        self.signed.key_id
    }

    /// When it says that it was issued: which of an issuer's keys were valid then.
    #[must_use]
    pub fn unverified_issued_at(&self) -> UnixTime {
        self.signed.issued_at
    }

    /// Steps 2 to 4: the issuer signed the copy.
    ///
    /// # Errors
    /// As [`SdCwt::verify`](sd_cwt::SdCwt::verify).
    pub fn verify_issuer(self, issuer: &dyn VerifyingKey) -> Result<IssuerVerified, Error> {
        Ok(IssuerVerified {
            token: self.token.verify_issuer(issuer)?,
            signed: self.signed,
        })
    }
}

/// The issuer signed the copy. Anybody could be showing it.
pub struct IssuerVerified {
    token: sd_cwt::IssuerVerified,
    signed: Signed,
}

impl IssuerVerified {
    /// Step 5: the copy's key signed the presentation.
    ///
    /// # Errors
    /// As [`sd_cwt::IssuerVerified::verify_binding`].
    pub fn verify_binding(self, crypto: &dyn Crypto) -> Result<HolderVerified, Error> {
        Ok(HolderVerified {
            token: self.token.verify_binding(crypto)?,
            signed: self.signed,
        })
    }
}

/// The holder made this presentation. When and for whom is not yet known.
pub struct HolderVerified {
    token: sd_cwt::HolderVerified,
    signed: Signed,
}

impl HolderVerified {
    /// Steps 6 to 10: it is fresh, for this door, and discloses what was signed.
    ///
    /// # Errors
    /// As [`sd_cwt::HolderVerified::validate`], and [`Error::PresentationMalformed`] for a group of another form.
    pub fn validate(self, now: UnixTime, audience: &Audience, freshness: Freshness) -> Result<Claims, Error> {
        let name = audience.name();
        let expected = Expected {
            audience: &name,
            nonce: audience.expected_nonce(),
            freshness,
        };
        let token = self.token.validate(now, &expected)?;
        Ok(Claims {
            place: self.signed.place,
            key_id: self.signed.key_id,
            issued_at: self.signed.issued_at,
            expires_at: self.signed.expires.start(),
            presented_at: token
                .presented_at()
                .ok_or(super::REFUSE("no time of presentation"))?,
            contents: Contents::read(token.claims())?,
            commitment: Commitment::to(Shape::SdCwt, token.issuer_signed_bytes()),
            proof: self.signed.proof,
            token: token.token(),
        })
    }
}

/// What a presentation says, after every step. Whether its copy is anchored, revoked or good enough is not yet known.
#[derive(Clone, Debug)]
pub struct Claims {
    place: Place,
    key_id: KeyId,
    issued_at: UnixTime,
    expires_at: UnixTime,
    presented_at: UnixTime,
    contents: Contents,
    commitment: Commitment,
    proof: Option<BatchProof>,
    token: Hash,
}

impl Claims {
    /// Where the copy stands.
    #[must_use]
    pub fn place(&self) -> Place {
        self.place
    }

    /// The issuer's key that it names.
    #[must_use]
    pub fn key_id(&self) -> KeyId {
        self.key_id
    }

    /// When it was issued, rounded down to [`ISSUED_STEP`](super::ISSUED_STEP).
    #[must_use]
    pub fn issued_at(&self) -> UnixTime {
        self.issued_at
    }

    /// When it expires, the start of a UTC day.
    #[must_use]
    pub fn expires_at(&self) -> UnixTime {
        self.expires_at
    }

    /// When the holder's device says that it was made.
    #[must_use]
    pub fn presented_at(&self) -> UnixTime {
        self.presented_at
    }

    /// What was disclosed.
    #[must_use]
    pub fn contents(&self) -> &Contents {
        &self.contents
    }

    /// What the ledger knows of the copy.
    #[must_use]
    pub fn commitment(&self) -> Commitment {
        self.commitment
    }

    /// The proof that came with it; the ledger says whether it leads to a root.
    #[must_use]
    pub fn proof(&self) -> Option<&BatchProof> {
        self.proof.as_ref()
    }

    /// Tells this presentation from any other, for a memory of what was seen.
    #[must_use]
    pub fn token(&self) -> Hash {
        self.token
    }
}
