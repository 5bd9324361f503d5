//! A single-use copy with all its disclosures, as the issuer hands it over and the wallet keeps it.

use super::{Audience, Contents, Group, REFUSE, signed::Signed, to_text};
use crate::{
    BatchProof, Commitment, Day, Error, KeyId, Shape, UnixTime,
    cbor::Item,
    crypto::{Es256Signature, P256Point, VerifyingKey},
    place::Place,
    proof::PROOF_HEADER,
    sd_cwt::{BindingClaims, BindingRequest, SdCwt},
};

/// A copy as received. What it says is for its holder, who checked it with [`verify`](Self::verify) on receipt.
#[derive(Clone)]
pub struct HeldCopy {
    token: SdCwt,
    signed: Signed,
}

impl HeldCopy {
    pub(super) fn new(token: SdCwt) -> Result<Self, Error> {
        let groups = token.disclosures().iter().map(|d| d.unverified_key());
        let groups = groups.collect::<Result<Vec<_>, _>>()?;
        if groups != Group::ALL.map(|group| Some(group.claim())) {
            return Err(REFUSE("not the three disclosures of the profile"));
        }
        Ok(Self {
            signed: Signed::read(&token)?,
            token,
        })
    }

    /// Reads a copy with its three disclosures, with or without a proof.
    ///
    /// # Errors
    /// The `Cbor…` and `SdCwt…` variants, [`Error::PresentationMalformed`], [`Error::ProofMalformed`].
    pub fn decode(bytes: &[u8]) -> Result<Self, Error> {
        Self::new(SdCwt::decode(bytes)?)
    }

    /// The encoding.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        self.token.encode()
    }

    /// Where it stands.
    #[must_use]
    pub fn place(&self) -> Place {
        self.signed.place
    }

    /// The issuer's key.
    #[must_use]
    pub fn key_id(&self) -> KeyId {
        self.signed.key_id
    }

    /// The key that it is bound to.
    #[must_use]
    pub fn holder(&self) -> P256Point {
        self.signed.holder
    }

    /// When it was issued, rounded down to [`ISSUED_STEP`](super::ISSUED_STEP).
    #[must_use]
    pub fn issued_at(&self) -> UnixTime {
        self.signed.issued_at
    }

    /// The day at whose start it expires.
    #[must_use]
    pub fn expires(&self) -> Day {
        self.signed.expires
    }

    /// What the ledger knows of it.
    #[must_use]
    pub fn commitment(&self) -> Commitment {
        Commitment::to(Shape::SdCwt, &self.token.signed_bytes())
    }

    /// Its proof, once it has one.
    #[must_use]
    pub fn proof(&self) -> Option<&BatchProof> {
        self.signed.proof.as_ref()
    }

    /// Puts the proof in, which comes after the batch is closed.
    pub fn set_proof(&mut self, proof: BatchProof) {
        self.token
            .set_unprotected(PROOF_HEADER, Item::Bytes(proof.to_bytes().to_vec().into()));
        self.signed.proof = Some(proof);
    }

    /// What the holder checks on receipt: the issuer signed it, for `holder`, and it discloses just what it should.
    ///
    /// # Errors
    /// Those of [`SdCwt::verify`] and [`IssuerSigned::receive`](crate::sd_cwt::IssuerSigned::receive),
    /// [`Error::PresentationMalformed`] when the initials are not the person's.
    pub fn verify(
        &self,
        issuer: &dyn VerifyingKey,
        holder: &P256Point,
        now: UnixTime,
    ) -> Result<Contents, Error> {
        let signed = self.token.clone().verify(issuer)?;
        let received = signed.receive(holder, now, super::FRESHNESS.max_ahead)?;
        let contents = Contents::read(received.claims())?;
        match (&contents.person, &contents.initials) {
            (Some(person), Some(initials)) if person.initials() == *initials => Ok(contents),
            _ => Err(REFUSE("the initials are not the person's")),
        }
    }

    /// Asks the copy's key to sign a presentation of `groups`, made at `now`.
    #[must_use]
    pub fn choose(&self, groups: &[Group], audience: &Audience, now: UnixTime) -> Request {
        let chosen = self.token.disclosing(|disclosure| {
            let key = disclosure.unverified_key().ok().flatten();
            groups.iter().any(|group| Some(group.claim()) == key)
        });
        let (name, nonce) = (audience.name(), audience.nonce());
        Request(chosen.bind(&BindingClaims {
            audience: &name,
            issued_at: now,
            nonce,
        }))
    }
}

/// A presentation that lacks the holder's signature.
#[derive(Clone)]
pub struct Request(BindingRequest);

impl Request {
    /// The bytes to sign.
    #[must_use]
    pub fn bytes_to_sign(&self) -> Vec<u8> {
        self.0.bytes()
    }

    /// The text of the presentation, for a QR code.
    #[must_use]
    pub fn answer(&self, signature: &Es256Signature) -> String {
        to_text(&self.0.answer(signature))
    }
}
