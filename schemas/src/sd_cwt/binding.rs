//! The key binding token: the holder's signature as a request and an answer (section "Creating a Key Binding Token"),
//! and its claims as a verifier reads them.

use super::{
    KBT_TYPES, SdCwt, claim,
    envelope::{self, Envelope},
    has_type, header, safe,
    times::Times,
};
use crate::{
    Error, Hash, UnixTime,
    cbor::Item,
    crypto::{Es256Signature, VerifyingKey},
};
use coset::iana::{Algorithm, EnumI64};

/// What the holder says with a presentation.
#[derive(Clone, Copy)]
pub struct BindingClaims<'a> {
    /// For whom: `aud`.
    pub audience: &'a str,
    /// When: `iat`.
    pub issued_at: UnixTime,
    /// What the verifier asked to be signed, if it asked: `cnonce`.
    pub nonce: Option<&'a [u8]>,
}

/// A key binding token that lacks its signature: the holder's key signs [`bytes`](Self::bytes) and answers to
/// [`answer`](Self::answer).
#[derive(Clone)]
pub struct BindingRequest {
    protected_bytes: Vec<u8>,
    payload_bytes: Vec<u8>,
}

impl BindingRequest {
    pub(super) fn new(token: &SdCwt, claims: &BindingClaims<'_>) -> Self {
        let int = |label: i64, value: i64| (Item::Int(label.into()), Item::Int(value.into()));
        let protected = Item::Map(vec![
            int(header::ALGORITHM, Algorithm::ES256.to_i64()),
            (Item::Int(header::KCWT.into()), token.to_item()),
            int(header::TYPE, KBT_TYPES.0),
        ]);
        let mut payload = vec![
            (Item::Int(claim::AUDIENCE.into()), Item::text(claims.audience)),
            int(claim::ISSUED_AT, claims.issued_at.0),
        ];
        payload.extend(
            claims
                .nonce
                .map(|nonce| (Item::Int(claim::NONCE.into()), Item::bytes(nonce))),
        );
        Self {
            protected_bytes: protected.encode(),
            payload_bytes: Item::Map(payload).encode(),
        }
    }

    /// The bytes to sign.
    #[must_use]
    pub fn bytes(&self) -> Vec<u8> {
        envelope::signed_bytes(&self.protected_bytes, &self.payload_bytes)
    }

    /// The encoded key binding token.
    #[must_use]
    pub fn answer(&self, signature: &Es256Signature) -> Vec<u8> {
        let unprotected = Item::Map(vec![]);
        envelope::seal(
            &self.protected_bytes,
            unprotected,
            &self.payload_bytes,
            &signature.0,
        )
        .encode()
    }
}

/// The holder's half of a key binding token as received.
pub(super) struct Binding {
    protected_bytes: Vec<u8>,
    payload_bytes: Vec<u8>,
    signature: Vec<u8>,
    algorithm: Option<Algorithm>,
    pub audience: String,
    pub times: Times,
    pub nonce: Option<Vec<u8>>,
}

impl Binding {
    /// Takes a key binding token apart into the holder's half and the SD-CWT in it (step 1).
    pub fn open(item: Item<'_>) -> Result<(Self, SdCwt), Error> {
        const REFUSE: fn(&'static str) -> Error = Error::KbtMalformed;
        let envelope = Envelope::open(item, Some(header::KCWT), REFUSE)?;
        if !has_type(&envelope.protected, KBT_TYPES) {
            return Err(Error::KbtWrongType);
        }
        // Section "Allowed types of CBOR map keys".
        if envelope.protected.get(header::CWT_CLAIMS).is_some() {
            return Err(REFUSE("claims in the header"));
        }
        let algorithm = envelope.algorithm();
        let payload = envelope::payload_map(envelope.payload, REFUSE)?;
        if !safe::is_safe(&payload) {
            return Err(REFUSE("the payload has a key or a value that is not allowed"));
        }
        // Table "SD-KBT Claim Requirements".
        for claim in [claim::ISSUER, claim::SUBJECT] {
            if payload.get(claim).is_some() {
                return Err(Error::KbtClaimForbidden { claim });
            }
        }
        let audience = payload.get(claim::AUDIENCE).ok_or(Error::KbtClaimMissing {
            claim: claim::AUDIENCE,
        })?;
        let audience = audience
            .as_text()
            .ok_or(REFUSE("the audience is not a text"))?
            .to_owned();
        let nonce = match payload.get(claim::NONCE) {
            None => None,
            Some(nonce) => Some(
                nonce
                    .as_bytes()
                    .ok_or(REFUSE("the nonce is not a byte string"))?
                    .to_vec(),
            ),
        };
        let times = Times::read(&payload, REFUSE)?;
        // Step 7, first relation.
        if times.issued_at.is_none() && payload.get(claim::TOKEN_ID).and_then(Item::as_bytes).is_none() {
            return Err(Error::KbtClaimMissing {
                claim: claim::ISSUED_AT,
            });
        }
        let binding = Self {
            protected_bytes: envelope.protected_bytes.to_vec(),
            payload_bytes: envelope.payload.to_vec(),
            signature: envelope.signature.to_vec(),
            algorithm,
            audience,
            times,
            nonce,
        };
        let Item::Map(entries) = envelope.protected else {
            unreachable!("an open envelope has a protected map")
        };
        let embedded = entries
            .into_iter()
            .find(|(label, _)| label.as_int() == Some(header::KCWT));
        let (_, embedded) = embedded.ok_or(REFUSE("no SD-CWT in it"))?;
        Ok((binding, SdCwt::open(embedded)?))
    }

    /// Step 5. Gives the hash of what the holder signed.
    pub fn verify(&self, holder: &dyn VerifyingKey) -> Result<Hash, Error> {
        if self.algorithm != Some(holder.algorithm()) {
            return Err(Error::AlgorithmUnsupported);
        }
        let signed_bytes = envelope::signed_bytes(&self.protected_bytes, &self.payload_bytes);
        let verified = holder.verify(&signed_bytes, &self.signature);
        verified.map_err(|_| Error::KbtSignatureInvalid)?;
        Ok(Hash::of(&[&signed_bytes]))
    }
}
