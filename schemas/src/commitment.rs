//! What the ledger knows of a credential: one salted hash (`schemas/spec/place-and-proof.md`).

use crate::Hash;

/// The shape of a credential, which separates the domains of its commitments. Written `hcert`, `sd-cwt` and
/// `smart-health-card` in documents.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Shape {
    /// EU Digital COVID Certificate; signed bytes are the COSE Sig_structure.
    Hcert,
    /// SD-CWT; signed bytes are the issuer's COSE Sig_structure.
    SdCwt,
    /// SMART Health Card; signed bytes are `header.payload` of the JWS.
    SmartHealthCard,
}

impl Shape {
    /// The shape's stable name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Hcert => "hcert",
            Self::SdCwt => "sd-cwt",
            Self::SmartHealthCard => "smart-health-card",
        }
    }

    /// The domain tag, 16 bytes.
    fn tag(self) -> &'static [u8; 16] {
        match self {
            Self::Hcert => b"attest/hcert/v1\n",
            Self::SdCwt => b"attest/sdcwt/v1\n",
            Self::SmartHealthCard => b"attest/shc/v1\n\n\n",
        }
    }
}

/// A leaf of a batch: `SHA-256(0x00 ‖ domain tag ‖ signed bytes)`, which is an RFC 9162 leaf hash.
///
/// The signed bytes carry at least 128 random bits, so that the commitment hides even a guessable result. Signature
/// and unprotected header stay out: ES256 signatures are malleable, and the proof stands in the unprotected header.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Commitment(pub Hash);

impl Commitment {
    /// Commits to the signed bytes of a credential, as received.
    #[must_use]
    pub fn to(shape: Shape, signed_bytes: &[u8]) -> Self {
        Self(Hash::of(&[&[0x00], shape.tag(), signed_bytes]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes_are_separate_domains() {
        let commitments =
            [Shape::Hcert, Shape::SdCwt, Shape::SmartHealthCard].map(|s| Commitment::to(s, b"x"));
        assert_ne!(commitments[0], commitments[1]);
        assert_ne!(commitments[1], commitments[2]);
        assert_ne!(commitments[0], commitments[2]);
    }
}
