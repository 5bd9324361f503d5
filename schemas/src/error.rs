//! Why bytes or text were refused.

use crate::UnixTime;

/// A refusal to read something. Each variant has a stable [`code`](Error::code), the same in test vectors, command
/// line, HTTP and page. The variants carry what a person needs to find the fault, and never the personal data in it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// More input than the format's limit.
    #[error("{what} is {length} long; the limit is {limit}")]
    TooLong {
        /// What was measured, with its unit.
        what: &'static str,
        /// The measured length.
        length: usize,
        /// The largest length accepted.
        limit: usize,
    },
    /// Not CBOR (RFC 8949), or CBOR that ends early.
    #[error("not well-formed CBOR at byte {offset}")]
    CborMalformed {
        /// Where reading stopped.
        offset: usize,
    },
    /// Nested deeper than [`cbor::MAX_DEPTH`](crate::cbor::MAX_DEPTH).
    #[error("CBOR nested too deeply at byte {offset}")]
    CborTooDeep {
        /// Where reading stopped.
        offset: usize,
    },
    /// The same key twice in one map.
    #[error("a CBOR map has a key twice, at byte {offset}")]
    CborDuplicateKey {
        /// Where the second key ends.
        offset: usize,
    },
    /// An indefinite length where the format allows definite ones only.
    #[error("a CBOR item of indefinite length at byte {offset}")]
    CborIndefiniteLength {
        /// Where the item starts.
        offset: usize,
    },
    /// Bytes after the end of the item.
    #[error("{count} bytes follow the end of the CBOR item")]
    CborTrailingBytes {
        /// How many.
        count: usize,
    },
    /// Not JSON (RFC 8259), or not of the form that the named object has.
    #[error("not the JSON of a {0}")]
    JsonMalformed(&'static str),
    /// Not base45 (RFC 9285).
    #[error("not base45 at character {offset}")]
    Base45Malformed {
        /// Where the group starts that stands for no bytes.
        offset: usize,
    },
    /// Not one whole ZLIB stream (RFC 1950).
    #[error("the compressed data is damaged")]
    ZlibMalformed,
    /// Text that does not begin with `HC1:`.
    #[error("not the text of a health certificate")]
    HcertPrefix,
    /// A claim or field of a health certificate that is missing or not of its form.
    #[error("the health certificate's {0} is missing or not of its form")]
    HcertMalformed(&'static str),
    /// A field that the schema, the value sets or our own rules do not let an issuer sign.
    #[error("a health certificate with this {0} is not issued")]
    HcertNotIssuable(&'static str),
    /// Before the certificate's time of issue.
    #[error("not valid yet")]
    HcertNotYetValid {
        /// From when on it is.
        from: UnixTime,
    },
    /// After the certificate's time of expiry.
    #[error("expired")]
    HcertExpired {
        /// Until when it was valid.
        at: UnixTime,
    },
    /// No key is known by the credential's key identifier.
    #[error("no key is known by this identifier")]
    KeyUnknown,
    /// Not an X.509 certificate (RFC 5280), or one without what a signer's needs.
    #[error("not a usable X.509 certificate")]
    X509Malformed,
    /// The signer's certificate is not for entries of this kind.
    #[error("the signer may not sign certificates of this kind")]
    X509KeyUsage,
    /// Issued before, or valid after, the signer's certificate is.
    #[error("the credential's validity exceeds its signer's")]
    X509Validity,
    /// Not a COSE_Sign1 structure (RFC 9052 section 4.2).
    #[error("not a COSE_Sign1 structure: {0}")]
    CoseMalformed(&'static str),
    /// The protected header names no signature algorithm that is accepted here.
    #[error("the signature algorithm is missing or not accepted")]
    AlgorithmUnsupported,
    /// A public key that is not a point on the curve, or not of the algorithm's form.
    #[error("not a usable public key")]
    KeyMalformed,
    /// The signature does not verify under the key.
    #[error("the signature does not verify")]
    SignatureInvalid,
    /// The key store did not answer, or had no randomness.
    #[error("the key store could not sign")]
    SigningFailed,
    /// A place claim that is not `[issuer, batch, slot]`.
    #[error("not a place")]
    PlaceMalformed,
    /// A batch proof that is not a byte string of 256 bytes.
    #[error("not a batch proof")]
    ProofMalformed,
    /// A name or a date of birth that cannot be one.
    #[error("not a usable {0}")]
    HealthMalformed(&'static str),
    /// Not a compact JWS (RFC 7515 section 7.1), or one with a header that is not accepted here.
    #[error("not a compact JWS: {0}")]
    JwsMalformed(&'static str),
    /// Not an issuer key event (`schemas/spec/entry-and-state.md`).
    #[error("not an issuer key event: {0}")]
    KeyEventMalformed(&'static str),
    /// Not a status snapshot or delta (`schemas/spec/status-snapshot.md`).
    #[error("not a status snapshot: {0}")]
    StatusMalformed(&'static str),
    /// A later snapshot leaves out a place whose batch is still in its window.
    #[error("place {index} was revoked and no longer is")]
    StatusUnRevoked {
        /// The place's index, `batch × 256 + slot`.
        index: u64,
    },
    /// A later snapshot's window starts or ends earlier, or its number is not higher.
    #[error("the status snapshot went back")]
    StatusWentBack,
    /// A delta that belongs to other snapshots.
    #[error("the delta does not lead from this snapshot to that one")]
    StatusDeltaMismatch,
    /// Not a status list or Status List Token (draft-ietf-oauth-status-list).
    #[error("not a status list: {0}")]
    StatusListMalformed(&'static str),
    /// The token's subject is not the reference's URI (section 8.3 step 4a).
    #[error("the status list has another URI than the reference")]
    StatusListSubjectMismatch,
    /// The token has expired (section 8.3 step 4c).
    #[error("the status list has expired")]
    StatusListExpired,
    /// The index lies outside the list (section 8.3 step 6).
    #[error("index {index} is outside the status list")]
    StatusListOutOfRange {
        /// The index asked for.
        index: u64,
    },
    /// Not an SD-CWT: a structure or a type that draft-ietf-spice-sd-cwt does not allow.
    #[error("not an SD-CWT: {0}")]
    SdCwtMalformed(&'static str),
    /// The protected `typ` does not say SD-CWT.
    #[error("the token's type is not SD-CWT")]
    SdCwtWrongType,
    /// `sd_alg` is not SHA-256.
    #[error("the hash algorithm of the disclosures is not accepted")]
    SdCwtHashUnsupported,
    /// `sd_claims` or `sd_aead_encrypted_claims` is there and empty.
    #[error("an empty list of disclosures")]
    SdCwtDisclosuresEmpty,
    /// A disclosure whose digest stands nowhere, or not where a disclosure of its kind belongs.
    #[error("a disclosure that was not signed")]
    SdCwtDisclosureUnmatched,
    /// The same digest or the same disclosure twice.
    #[error("a digest stands twice")]
    SdCwtDigestRepeated,
    /// A disclosed claim whose key stands beside it already.
    #[error("a disclosed claim stands twice")]
    SdCwtClaimRepeated,
    /// A disclosure of a claim that must never be redacted.
    #[error("claim {claim} must not be redacted")]
    SdCwtClaimRedacted {
        /// The claim's key.
        claim: i64,
    },
    /// A required claim is missing.
    #[error("claim {claim} is missing")]
    SdCwtClaimMissing {
        /// The claim's key.
        claim: i64,
    },
    /// A digest came to the holder without its disclosure.
    #[error("a digest without its disclosure")]
    SdCwtUndisclosed,
    /// `cnf` holds no key that is accepted here, or not the holder's.
    #[error("the holder's key is missing or not accepted")]
    SdCwtHolderKey,
    /// The issuer's times contradict one another.
    #[error("the credential's times contradict one another")]
    SdCwtTimesContradict,
    /// At or past the credential's `exp`.
    #[error("the credential has expired")]
    SdCwtExpired,
    /// Before the credential's `nbf` or `iat`.
    #[error("the credential is not yet valid")]
    SdCwtNotYetValid,
    /// The credential is for another audience.
    #[error("the credential is for somebody else")]
    SdCwtAudience,
    /// Not a key binding token: a structure or a type that draft-ietf-spice-sd-cwt does not allow.
    #[error("not a key binding token: {0}")]
    KbtMalformed(&'static str),
    /// The protected `typ` does not say key binding token.
    #[error("the token's type is not key binding token")]
    KbtWrongType,
    /// A claim that a key binding token must not have.
    #[error("the key binding token has claim {claim}")]
    KbtClaimForbidden {
        /// The claim's key.
        claim: i64,
    },
    /// A required claim of the key binding token is missing.
    #[error("the key binding token lacks claim {claim}")]
    KbtClaimMissing {
        /// The claim's key.
        claim: i64,
    },
    /// The holder's signature does not verify under the key in `cnf`.
    #[error("the holder's signature does not verify")]
    KbtSignatureInvalid,
    /// The times of the key binding token contradict one another or the credential's.
    #[error("the key binding token's times contradict one another")]
    KbtTimesContradict,
    /// Made too long ago: a copy, or a screen that was not renewed.
    #[error("the presentation is too old")]
    KbtStale,
    /// Made in the future: one of the two clocks is wrong.
    #[error("the presentation is from the future")]
    KbtNotYetValid,
    /// Made for another verifier.
    #[error("the presentation is for another verifier")]
    KbtAudience,
    /// The nonce is not the one that this verifier gave.
    #[error("the presentation does not answer this verifier's challenge")]
    KbtNonce,
    /// Not a presentation of our profile, or not a copy for one (`schemas/spec/presentation.md`).
    #[error("not a presentation: {0}")]
    PresentationMalformed(&'static str),
    /// Not a door's challenge (`schemas/spec/challenge.md`).
    #[error("not a challenge of a door: {0}")]
    ChallengeMalformed(&'static str),
    /// A text for a QR code with a character outside ASCII.
    #[error("a text for a QR code has a character outside ASCII")]
    QrTextNotAscii,
    /// Neither PNG nor JPEG, or damaged.
    #[error("not a readable PNG or JPEG picture")]
    PictureMalformed,
}

impl Error {
    /// Refuses a length above its limit.
    ///
    /// # Errors
    /// [`Error::TooLong`].
    pub fn at_most(what: &'static str, length: usize, limit: usize) -> Result<(), Self> {
        if length > limit {
            return Err(Self::TooLong { what, length, limit });
        }
        Ok(())
    }

    /// The stable code of this refusal.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::TooLong { .. } => "too-long",
            Self::CborMalformed { .. } => "cbor-malformed",
            Self::CborTooDeep { .. } => "cbor-too-deep",
            Self::CborDuplicateKey { .. } => "cbor-duplicate-key",
            Self::CborIndefiniteLength { .. } => "cbor-indefinite-length",
            Self::CborTrailingBytes { .. } => "cbor-trailing-bytes",
            Self::JsonMalformed(_) => "json-malformed",
            Self::Base45Malformed { .. } => "base45-malformed",
            Self::ZlibMalformed => "zlib-malformed",
            Self::HcertPrefix => "hcert-prefix",
            Self::HcertMalformed(_) => "hcert-malformed",
            Self::HcertNotIssuable(_) => "hcert-not-issuable",
            Self::HcertNotYetValid { .. } => "hcert-not-yet-valid",
            Self::HcertExpired { .. } => "hcert-expired",
            Self::KeyUnknown => "key-unknown",
            Self::X509Malformed => "x509-malformed",
            Self::X509KeyUsage => "x509-key-usage",
            Self::X509Validity => "x509-validity",
            Self::CoseMalformed(_) => "cose-malformed",
            Self::AlgorithmUnsupported => "algorithm-unsupported",
            Self::KeyMalformed => "key-malformed",
            Self::SignatureInvalid => "signature-invalid",
            Self::SigningFailed => "signing-failed",
            Self::PlaceMalformed => "place-malformed",
            Self::HealthMalformed(_) => "health-malformed",
            Self::QrTextNotAscii => "qr-text-not-ascii",
            Self::PictureMalformed => "picture-malformed",
            Self::ProofMalformed => "proof-malformed",
            Self::JwsMalformed(_) => "jws-malformed",
            Self::KeyEventMalformed(_) => "key-event-malformed",
            Self::StatusMalformed(_) => "status-malformed",
            Self::StatusUnRevoked { .. } => "status-un-revoked",
            Self::StatusWentBack => "status-went-back",
            Self::StatusDeltaMismatch => "status-delta-mismatch",
            Self::StatusListMalformed(_) => "status-list-malformed",
            Self::StatusListSubjectMismatch => "status-list-subject-mismatch",
            Self::StatusListExpired => "status-list-expired",
            Self::StatusListOutOfRange { .. } => "status-list-out-of-range",
            Self::SdCwtMalformed(_) => "sd-cwt-malformed",
            Self::SdCwtWrongType => "sd-cwt-wrong-type",
            Self::SdCwtHashUnsupported => "sd-cwt-hash-unsupported",
            Self::SdCwtDisclosuresEmpty => "sd-cwt-disclosures-empty",
            Self::SdCwtDisclosureUnmatched => "sd-cwt-disclosure-unmatched",
            Self::SdCwtDigestRepeated => "sd-cwt-digest-repeated",
            Self::SdCwtClaimRepeated => "sd-cwt-claim-repeated",
            Self::SdCwtClaimRedacted { .. } => "sd-cwt-claim-redacted",
            Self::SdCwtClaimMissing { .. } => "sd-cwt-claim-missing",
            Self::SdCwtUndisclosed => "sd-cwt-undisclosed",
            Self::SdCwtHolderKey => "sd-cwt-holder-key",
            Self::SdCwtTimesContradict => "sd-cwt-times-contradict",
            Self::SdCwtExpired => "sd-cwt-expired",
            Self::SdCwtNotYetValid => "sd-cwt-not-yet-valid",
            Self::SdCwtAudience => "sd-cwt-audience",
            Self::KbtMalformed(_) => "kbt-malformed",
            Self::KbtWrongType => "kbt-wrong-type",
            Self::KbtClaimForbidden { .. } => "kbt-claim-forbidden",
            Self::KbtClaimMissing { .. } => "kbt-claim-missing",
            Self::KbtSignatureInvalid => "kbt-signature-invalid",
            Self::KbtTimesContradict => "kbt-times-contradict",
            Self::KbtStale => "kbt-stale",
            Self::KbtNotYetValid => "kbt-not-yet-valid",
            Self::KbtAudience => "kbt-audience",
            Self::KbtNonce => "kbt-nonce",
            Self::PresentationMalformed(_) => "presentation-malformed",
            Self::ChallengeMalformed(_) => "challenge-malformed",
        }
    }
}
