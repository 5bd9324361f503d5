//! The issued SD-CWT: what an issuer hands over, a holder keeps, and a key binding token carries.

use super::{
    Disclosed, Disclosure, SD_CWT_TYPES, SHA_256,
    binding::BindingClaims,
    binding::BindingRequest,
    claim, disclosed,
    envelope::{self, Envelope},
    has_type, header,
    holder_key::holder_key,
    times::Times,
};
use crate::{
    Error, UnixTime,
    cbor::{self, Item, Lengths},
    crypto::{P256Point, VerifyingKey},
};
use coset::iana::Algorithm;

/// An SD-CWT with some, none or all of its disclosures. Nobody checked its signature.
#[derive(Clone)]
pub struct SdCwt {
    pub(super) protected_bytes: Vec<u8>,
    pub(super) payload_bytes: Vec<u8>,
    pub(super) signature: Vec<u8>,
    pub(super) disclosures: Vec<Disclosure>,
    /// The unprotected header parameters other than the disclosures.
    pub(super) others: Vec<(Item<'static>, Item<'static>)>,
    algorithm: Option<Algorithm>,
    key_id: Option<Vec<u8>>,
    pub(super) claims: Item<'static>,
}

impl SdCwt {
    /// Reads a token with tag 18.
    ///
    /// # Errors
    /// The `Cbor…` and `SdCwt…` variants and [`Error::TooLong`].
    pub fn decode(bytes: &[u8]) -> Result<Self, Error> {
        Self::open(cbor::read(bytes, Lengths::DefiniteOnly)?)
    }

    /// The structural half of Verifier Validation, step 2.
    pub(super) fn open(item: Item<'_>) -> Result<Self, Error> {
        let envelope = Envelope::open(item, None, Error::SdCwtMalformed)?;
        if !has_type(&envelope.protected, SD_CWT_TYPES) {
            return Err(Error::SdCwtWrongType);
        }
        // Section "SD-CWT Issuance": without sd_alg it is SHA-256.
        let hash = envelope.protected.get(header::SD_ALGORITHM);
        if hash.is_some_and(|hash| hash.as_int() != Some(SHA_256)) {
            return Err(Error::SdCwtHashUnsupported);
        }
        let refused = [header::CWT_CLAIMS, header::SD_CLAIMS, header::SD_ENCRYPTED_CLAIMS];
        if refused
            .iter()
            .any(|label| envelope.protected.get(*label).is_some())
        {
            return Err(Error::SdCwtMalformed(
                "a protected header parameter that is not accepted",
            ));
        }
        let algorithm = envelope.algorithm();
        let protected_key_id = envelope.protected.get(header::KEY_ID).and_then(Item::as_bytes);
        let mut key_id = protected_key_id.map(<[u8]>::to_vec);
        let mut disclosures = Vec::new();
        let mut others = Vec::with_capacity(envelope.unprotected.len());
        for (label, value) in envelope.unprotected {
            match (label.as_int(), value.as_array()) {
                (Some(header::SD_CLAIMS | header::SD_ENCRYPTED_CLAIMS), Some([])) => {
                    return Err(Error::SdCwtDisclosuresEmpty);
                }
                (Some(header::SD_CLAIMS), Some(listed)) => {
                    let received = |item: &Item<'_>| item.as_bytes().map(Disclosure::received);
                    let all: Option<_> = listed.iter().map(received).collect();
                    disclosures = all.ok_or(Error::SdCwtMalformed("a disclosure is not a byte string"))?;
                }
                (Some(header::SD_CLAIMS), None) => {
                    return Err(Error::SdCwtMalformed("the disclosures are not an array"));
                }
                (Some(header::SD_ENCRYPTED_CLAIMS), _) => {
                    return Err(Error::SdCwtMalformed("encrypted disclosures are not supported"));
                }
                (label_number, _) => {
                    if label_number == Some(header::KEY_ID) && key_id.is_none() {
                        key_id = value.as_bytes().map(<[u8]>::to_vec);
                    }
                    others.push((label.into_owned(), value.into_owned()));
                }
            }
        }
        Ok(Self {
            protected_bytes: envelope.protected_bytes.to_vec(),
            payload_bytes: envelope.payload.to_vec(),
            signature: envelope.signature.to_vec(),
            claims: envelope::payload_map(envelope.payload, Error::SdCwtMalformed)?.into_owned(),
            disclosures,
            others,
            algorithm,
            key_id,
        })
    }

    /// The encoding with tag 18.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        self.to_item().encode()
    }

    pub(super) fn to_item(&self) -> Item<'_> {
        let mut unprotected = Vec::with_capacity(1 + self.others.len());
        // Without disclosures the parameter is left out (section "Holder prepares an SD-CWT for a Verifier").
        if !self.disclosures.is_empty() {
            let listed = self.disclosures.iter().map(|d| Item::bytes(d.bytes())).collect();
            unprotected.push((Item::Int(header::SD_CLAIMS.into()), Item::Array(listed)));
        }
        unprotected.extend(self.others.iter().cloned());
        envelope::seal(
            &self.protected_bytes,
            Item::Map(unprotected),
            &self.payload_bytes,
            &self.signature,
        )
    }

    /// What the issuer signed: the Sig_structure over the bytes as received (RFC 9052 section 4.4).
    #[must_use]
    pub fn signed_bytes(&self) -> Vec<u8> {
        envelope::signed_bytes(&self.protected_bytes, &self.payload_bytes)
    }

    /// The issuer's key identifier, to look the key up by; the protected one wins.
    #[must_use]
    pub fn unverified_key_id(&self) -> Option<&[u8]> {
        self.key_id.as_deref()
    }

    /// The claims as they were signed, with digests in place of what is redacted.
    #[must_use]
    pub fn unverified_claims(&self) -> &Item<'static> {
        &self.claims
    }

    /// The disclosures that the token carries.
    #[must_use]
    pub fn disclosures(&self) -> &[Disclosure] {
        &self.disclosures
    }

    /// The same token with those disclosures only for which `keep` says yes. A nested disclosure needs the one that it
    /// stands in.
    #[must_use]
    pub fn disclosing(&self, keep: impl Fn(&Disclosure) -> bool) -> Self {
        let mut chosen = self.clone();
        chosen.disclosures.retain(keep);
        chosen
    }

    /// An unprotected header parameter other than the disclosures: anybody could have changed it.
    #[must_use]
    pub fn unprotected(&self, label: i64) -> Option<&Item<'static>> {
        let found = self.others.iter().find(|(key, _)| key.as_int() == Some(label));
        found.map(|(_, value)| value)
    }

    /// How many unprotected header parameters there are beside the disclosures.
    pub(super) fn unprotected_labels(&self) -> usize {
        self.others.len()
    }

    /// Puts an unprotected header parameter into the token, in place of one that is there.
    pub fn set_unprotected(&mut self, label: i64, value: Item<'static>) {
        self.others.retain(|(key, _)| key.as_int() != Some(label));
        self.others.push((Item::Int(label.into()), value));
    }

    /// Asks the holder to sign a key binding token over this token with the disclosures that it carries.
    #[must_use]
    pub fn bind(&self, claims: &BindingClaims<'_>) -> BindingRequest {
        BindingRequest::new(self, claims)
    }

    /// Verifier Validation, steps 2 to 4: the issuer's signature, the issuer's times, the holder's key.
    ///
    /// # Errors
    /// [`Error::AlgorithmUnsupported`] when the protected algorithm is not the key's, [`Error::SignatureInvalid`],
    /// [`Error::SdCwtTimesContradict`], [`Error::SdCwtClaimMissing`] and [`Error::SdCwtHolderKey`].
    pub fn verify(self, issuer: &dyn VerifyingKey) -> Result<IssuerSigned, Error> {
        // Step 2, RFC 8392 section 7.2: the signature over the bytes as received.
        if self.algorithm != Some(issuer.algorithm()) {
            return Err(Error::AlgorithmUnsupported);
        }
        let signed_bytes = self.signed_bytes();
        issuer.verify(&signed_bytes, &self.signature)?;
        if self.claims.get(claim::ISSUER).and_then(Item::as_text).is_none() {
            return Err(Error::SdCwtClaimMissing { claim: claim::ISSUER });
        }
        // Step 3.
        let times = Times::read(&self.claims, Error::SdCwtMalformed)?;
        times.check_issuers()?;
        // Step 4.
        let missing = Error::SdCwtClaimMissing {
            claim: claim::CONFIRMATION,
        };
        let holder = holder_key(self.claims.get(claim::CONFIRMATION).ok_or(missing)?)?;
        Ok(IssuerSigned {
            token: self,
            signed_bytes,
            times,
            holder,
        })
    }
}

/// An SD-CWT that its issuer signed, for its holder. It does not say who shows it: that takes a
/// [`KeyBound`](super::KeyBound) token, and a door never comes by this type.
#[derive(Clone)]
pub struct IssuerSigned {
    pub(super) token: SdCwt,
    pub(super) signed_bytes: Vec<u8>,
    pub(super) times: Times,
    pub(super) holder: P256Point,
}

impl IssuerSigned {
    /// The key that the issuer bound it to.
    #[must_use]
    pub fn holder(&self) -> &P256Point {
        &self.holder
    }

    /// The claims with the disclosures that the token carries (step 8), for those who look at the token itself.
    ///
    /// # Errors
    /// The `SdCwt…` variants of step 8 and [`Error::TooLong`].
    pub fn disclosed(&self) -> Result<Disclosed, Error> {
        disclosed::disclose(self.token.claims.clone(), &self.token.disclosures)
    }

    /// What the holder checks on receipt (section "Holder Validation"): it is bound to `holder`, valid at `now`, and
    /// every digest has its disclosure. What the claims say, and the audience, the holder looks at in the answer.
    ///
    /// # Errors
    /// [`Error::SdCwtHolderKey`], [`Error::SdCwtExpired`], [`Error::SdCwtNotYetValid`], [`Error::SdCwtUndisclosed`],
    /// and those of [`disclosed`](Self::disclosed).
    pub fn receive(&self, holder: &P256Point, now: UnixTime, ahead: i64) -> Result<Disclosed, Error> {
        if self.holder != *holder {
            return Err(Error::SdCwtHolderKey);
        }
        self.times.check_issuers_at(now, ahead)?;
        match self.disclosed()? {
            all if all.undisclosed == 0 => Ok(all),
            _ => Err(Error::SdCwtUndisclosed),
        }
    }
}
