//! The claims that are signed in the open, and nothing beside them.

use super::{Group, ISSUED_STEP, REFUSE};
use crate::{
    BatchProof, Day, Error, KeyId, UnixTime,
    cbor::Item,
    crypto::P256Point,
    place::{PLACE_CLAIM, Place},
    proof::PROOF_HEADER,
    sd_cwt::{REDACTED_KEYS, SdCwt, claim, confirmation, holder_key::holder_key},
};

/// What stands in the open in every copy.
#[derive(Clone, Copy)]
pub struct Signed {
    pub key_id: KeyId,
    pub place: Place,
    pub holder: P256Point,
    pub issued_at: UnixTime,
    pub expires: Day,
    pub proof: Option<BatchProof>,
}

/// `iss`: the issuer's number in decimal. It repeats the place because the draft demands the claim.
pub fn issuer_name(place: Place) -> String {
    place.issuer.0.to_string()
}

impl Signed {
    /// How many claims stand in the open: `iss`, `exp`, `iat`, `cnf` and the place.
    pub const CLAIMS: usize = 5;

    /// Reads them. Nothing else may stand beside them: it could single out a person, or be a channel to the door.
    pub fn read(token: &SdCwt) -> Result<Self, Error> {
        let key_id = token
            .unverified_key_id()
            .and_then(|bytes| KeyId::try_from(bytes).ok());
        let claims = token.unverified_claims();
        let place = Place::from_item(claims.get(PLACE_CLAIM).ok_or(REFUSE("no place"))?)?;
        if claims.get(claim::ISSUER).and_then(Item::as_text) != Some(&issuer_name(place)) {
            return Err(REFUSE("the issuer is not the place's"));
        }
        let time = |key, step| match claims.get(key).and_then(Item::as_int) {
            Some(time) if time.rem_euclid(step) == 0 => Ok(UnixTime(time)),
            _ => Err(REFUSE("a time is missing or not rounded")),
        };
        let confirmed = claims.get(claim::CONFIRMATION).ok_or(Error::SdCwtHolderKey)?;
        let holder = holder_key(confirmed)?;
        if *confirmed != confirmation(&holder) {
            return Err(REFUSE("the holder's key is not just a compressed point"));
        }
        let entries = claims.as_map().unwrap_or_default();
        let digests = entries
            .iter()
            .find(|(key, _)| *key == REDACTED_KEYS)
            .and_then(|(_, list)| list.as_array());
        if entries.len() != Self::CLAIMS + 1 || digests.map(<[_]>::len) != Some(Group::ALL.len()) {
            return Err(REFUSE("other claims than those of the profile"));
        }
        let expires_at = time(claim::EXPIRY, Day(1).start().0)?;
        if expires_at.day().start() != expires_at {
            return Err(REFUSE("an expiry out of range"));
        }
        let proof = token
            .unprotected(PROOF_HEADER)
            .map(|item| item.as_bytes().ok_or(Error::ProofMalformed));
        let proof = proof.transpose()?.map(BatchProof::from_bytes).transpose()?;
        if token.unprotected_labels() != usize::from(proof.is_some()) {
            return Err(REFUSE("other headers than those of the profile"));
        }
        Ok(Self {
            key_id: key_id.ok_or(REFUSE("no key identifier of 8 bytes"))?,
            place,
            holder,
            issued_at: time(claim::ISSUED_AT, ISSUED_STEP)?,
            expires: expires_at.day(),
            proof,
        })
    }
}
