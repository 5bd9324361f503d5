//! "SD-KBT and SD-CWT Verifier Validation", step by step: each stage holds what was proven so far, and only the last
//! one shows claims.

use super::{Disclosed, IssuerSigned, SdCwt, binding::Binding, claim, disclosed, times};
use crate::{
    Error, Hash, UnixTime,
    cbor::{self, Item, Lengths},
    crypto::{Crypto, P256Point, VerifyingKey},
};

/// A key binding token with the SD-CWT in it. Nobody checked a signature.
pub struct KeyBound {
    issued: SdCwt,
    binding: Binding,
}

impl KeyBound {
    /// Reads a key binding token with tag 18: steps 1 and 2 as far as they need no key.
    ///
    /// # Errors
    /// The `Cbor…`, `SdCwt…` and `Kbt…` variants and [`Error::TooLong`].
    pub fn decode(bytes: &[u8]) -> Result<Self, Error> {
        let (binding, issued) = Binding::open(cbor::read(bytes, Lengths::DefiniteOnly)?)?;
        Ok(Self { issued, binding })
    }

    /// The SD-CWT in it, to look up the issuer's key by.
    #[must_use]
    pub fn unverified(&self) -> &SdCwt {
        &self.issued
    }

    /// Steps 2 to 4.
    ///
    /// # Errors
    /// As [`SdCwt::verify`].
    pub fn verify_issuer(self, issuer: &dyn VerifyingKey) -> Result<IssuerVerified, Error> {
        Ok(IssuerVerified {
            issued: self.issued.verify(issuer)?,
            binding: self.binding,
        })
    }
}

/// The issuer signed the SD-CWT. Anybody could be showing it.
pub struct IssuerVerified {
    issued: IssuerSigned,
    binding: Binding,
}

impl IssuerVerified {
    /// Step 5: the holder's signature, under the key that the issuer confirmed.
    ///
    /// # Errors
    /// [`Error::SdCwtHolderKey`] when the key is not on the curve, [`Error::AlgorithmUnsupported`],
    /// [`Error::KbtSignatureInvalid`].
    pub fn verify_binding(self, crypto: &dyn Crypto) -> Result<HolderVerified, Error> {
        let holder = crypto
            .es256(self.issued.holder())
            .map_err(|_| Error::SdCwtHolderKey)?;
        let token = self.binding.verify(&*holder)?;
        Ok(HolderVerified {
            verified: self,
            token,
        })
    }
}

/// The holder of the confirmed key made this token. When and for whom is not yet known.
pub struct HolderVerified {
    verified: IssuerVerified,
    token: Hash,
}

/// What a verifier asks of a presentation.
#[derive(Clone, Copy)]
pub struct Expected<'a> {
    /// Whom it must be for.
    pub audience: &'a str,
    /// What it must answer.
    pub nonce: ExpectedNonce<'a>,
    /// How fresh it must be.
    pub freshness: Freshness,
}

/// Which `cnonce` is acceptable.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum ExpectedNonce<'a> {
    /// This verifier gave none: a token with one is not for it.
    None,
    /// This one.
    Exactly(&'a [u8]),
}

/// When a presentation may have been made, in seconds around the verifier's own time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Freshness {
    /// Oldest accepted age.
    pub max_age: i64,
    /// How far ahead of the verifier's clock the holder's may be.
    pub max_ahead: i64,
}

impl HolderVerified {
    /// Steps 6 to 10.
    ///
    /// # Errors
    /// [`Error::KbtNonce`], [`Error::KbtTimesContradict`], [`Error::SdCwtExpired`], [`Error::SdCwtNotYetValid`],
    /// [`Error::KbtStale`], [`Error::KbtNotYetValid`], the `SdCwt…` variants of step 8, [`Error::KbtAudience`] and
    /// [`Error::SdCwtAudience`].
    pub fn validate(self, now: UnixTime, expected: &Expected<'_>) -> Result<Validated, Error> {
        let Self {
            verified: IssuerVerified { issued, binding },
            token,
        } = self;
        // Step 6.
        match (&binding.nonce, expected.nonce) {
            (None, ExpectedNonce::None) => {}
            (Some(nonce), ExpectedNonce::Exactly(ours)) if nonce == ours => {}
            _ => return Err(Error::KbtNonce),
        }
        // Step 7, and RFC 8392 section 7.2 for the present moment.
        binding.times.check_binding(&issued.times)?;
        issued.times.check_issuers_at(now, expected.freshness.max_ahead)?;
        check_freshness(&binding, now, expected)?;
        // Steps 8 and 10.
        let presented_at = binding.times.issued_at.map(times::NumericDate::floor);
        let SdCwt {
            claims, disclosures, ..
        } = issued.token;
        let disclosed = disclosed::disclose(claims, &disclosures)?;
        // Step 9.
        if binding.audience != expected.audience {
            return Err(Error::KbtAudience);
        }
        match disclosed.claims().get(claim::AUDIENCE) {
            Some(audience) if audience.as_text() != Some(expected.audience) => {
                return Err(Error::SdCwtAudience);
            }
            _ => {}
        }
        Ok(Validated {
            disclosed,
            holder: issued.holder,
            presented_at,
            token,
            issuer_signed_bytes: issued.signed_bytes,
        })
    }
}

/// Old codes are copies; codes from the future would be copies for longer. A token without `iat` says nothing of when,
/// and is fresh by a nonce of this verifier alone.
fn check_freshness(binding: &Binding, now: UnixTime, expected: &Expected<'_>) -> Result<(), Error> {
    let Freshness { max_age, max_ahead } = expected.freshness;
    let at = |seconds: i64| Some(times::NumericDate::from(now.plus(seconds)));
    let times = &binding.times;
    if times.issued_at.is_none() && expected.nonce == ExpectedNonce::None {
        return Err(Error::KbtClaimMissing {
            claim: claim::ISSUED_AT,
        });
    }
    if !times::not_after(times.issued_at, at(max_ahead)) || !times::not_after(times.not_before, at(max_ahead))
    {
        return Err(Error::KbtNotYetValid);
    }
    if !times::not_after(at(-max_age), times.issued_at) || !times::before(at(0), times.expiry) {
        return Err(Error::KbtStale);
    }
    Ok(())
}

/// A presentation that passed every step: the claims may be read (step 11 is the verifier's own).
pub struct Validated {
    disclosed: Disclosed,
    holder: P256Point,
    presented_at: Option<UnixTime>,
    token: Hash,
    issuer_signed_bytes: Vec<u8>,
}

impl Validated {
    /// The Validated Disclosed Claims Set, a map.
    #[must_use]
    pub fn claims(&self) -> &Item<'static> {
        self.disclosed.claims()
    }

    /// How many digests were not disclosed.
    #[must_use]
    pub fn undisclosed(&self) -> usize {
        self.disclosed.undisclosed()
    }

    /// The holder's key.
    #[must_use]
    pub fn holder(&self) -> &P256Point {
        &self.holder
    }

    /// When the holder says that the presentation was made, to the second below; `None` for a token by `cti`.
    #[must_use]
    pub fn presented_at(&self) -> Option<UnixTime> {
        self.presented_at
    }

    /// What the issuer signed, as received: the same in every presentation of the SD-CWT.
    #[must_use]
    pub fn issuer_signed_bytes(&self) -> &[u8] {
        &self.issuer_signed_bytes
    }

    /// The hash of what the holder signed, to recognise the same presentation. The signature is left out, since ES256
    /// signatures can be changed by anybody into another valid one.
    #[must_use]
    pub fn token(&self) -> Hash {
        self.token
    }
}
