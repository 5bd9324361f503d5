//! JWS in its compact form (RFC 7515 section 7.1), ES256 alone: signed bytes are kept as received, and signing is a
//! request and an answer.

use crate::{
    Error,
    crypto::{Es256Signature, VerifyingKey},
};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use coset::iana::Algorithm;
use serde_json::{Map, Value};

/// Largest token in characters that [`Jws::decode`] reads: a SMART Health Card over nine chunked QR codes has 10 kB, an
/// OpenID4VCI proof with a certificate chain about as much.
pub const MAX_CHARACTERS: usize = 64 * 1024;
/// Largest protected header in characters: room for a certificate chain (RFC 7515 section 4.1.6).
pub const MAX_HEADER_CHARACTERS: usize = 32 * 1024;

/// The protected header: a JSON object.
pub type Header = Map<String, Value>;

/// A compact JWS whose signature was not checked.
#[derive(Clone)]
pub struct Jws<'a> {
    signed: &'a str,
    header: Header,
    payload: Vec<u8>,
    signature: Vec<u8>,
}

impl<'a> Jws<'a> {
    /// Reads `header.payload.signature` of at most [`MAX_CHARACTERS`].
    ///
    /// # Errors
    /// [`Error::TooLong`]; [`Error::JwsMalformed`], also when the header has critical parameters, since none are
    /// understood here (RFC 7515 section 4.1.11).
    pub fn decode(text: &'a str) -> Result<Self, Error> {
        Self::decode_within(text, MAX_CHARACTERS)
    }

    /// Reads a token of at most `limit` characters, for formats that are longer than most.
    ///
    /// # Errors
    /// As [`decode`](Self::decode).
    pub fn decode_within(text: &'a str, limit: usize) -> Result<Self, Error> {
        Error::at_most("JWS in characters", text.len(), limit)?;
        let malformed = Error::JwsMalformed("not three parts");
        let (signed, signature) = text.rsplit_once('.').ok_or(malformed.clone())?;
        let (header, payload) = signed.split_once('.').ok_or(malformed)?;
        Error::at_most("JWS header in characters", header.len(), MAX_HEADER_CHARACTERS)?;
        let header: Header = serde_json::from_slice(&base64url(header)?)
            .map_err(|_| Error::JwsMalformed("the header is not a JSON object"))?;
        if header.contains_key("crit") {
            return Err(Error::JwsMalformed("a critical header parameter"));
        }
        Ok(Self {
            signed,
            header,
            payload: base64url(payload)?,
            signature: base64url(signature)?,
        })
    }

    /// A parameter of the protected header, if it is text.
    #[must_use]
    pub fn parameter(&self, name: &str) -> Option<&str> {
        self.header.get(name)?.as_str()
    }

    /// The protected header.
    #[must_use]
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// `header.payload` as received: what is signed, and what a commitment covers.
    #[must_use]
    pub fn signed_bytes(&self) -> &'a [u8] {
        self.signed.as_bytes()
    }

    /// The payload before anybody checked the signature.
    #[must_use]
    pub fn unverified_payload(&self) -> &[u8] {
        &self.payload
    }

    /// The payload, once the signature verified under `key`. The algorithm is the key's; the header may only agree.
    ///
    /// # Errors
    /// [`Error::AlgorithmUnsupported`] unless header and key both say ES256, [`Error::SignatureInvalid`].
    pub fn verify(&self, key: &dyn VerifyingKey) -> Result<&[u8], Error> {
        if self.parameter("alg") != Some("ES256") || key.algorithm() != Algorithm::ES256 {
            return Err(Error::AlgorithmUnsupported);
        }
        key.verify(self.signed_bytes(), &self.signature)?;
        Ok(&self.payload)
    }
}

/// A request to sign: the holder of the key signs [`bytes`](Self::bytes) and answers to [`signed`](Self::signed).
#[derive(Clone)]
pub struct ToBeSigned {
    text: String,
}

impl ToBeSigned {
    /// A compact JWS that lacks its signature. `alg` is added to the header.
    #[must_use]
    pub fn new(mut header: Header, payload: &[u8]) -> Self {
        header.insert("alg".into(), "ES256".into());
        let mut text = BASE64_URL_SAFE_NO_PAD.encode(Value::Object(header).to_string());
        text.push('.');
        BASE64_URL_SAFE_NO_PAD.encode_string(payload, &mut text);
        Self { text }
    }

    /// The bytes to sign: `header.payload`.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        self.text.as_bytes()
    }

    /// The signed token.
    #[must_use]
    pub fn signed(mut self, signature: Es256Signature) -> String {
        self.text.push('.');
        BASE64_URL_SAFE_NO_PAD.encode_string(signature.0, &mut self.text);
        self.text
    }
}

fn base64url(text: &str) -> Result<Vec<u8>, Error> {
    BASE64_URL_SAFE_NO_PAD
        .decode(text)
        .map_err(|_| Error::JwsMalformed("not unpadded base64url"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    struct Accepts(Algorithm);

    impl VerifyingKey for Accepts {
        fn algorithm(&self) -> Algorithm {
            self.0
        }

        fn verify(&self, _message: &[u8], signature: &[u8]) -> Result<(), Error> {
            (signature.len() == 64)
                .then_some(())
                .ok_or(Error::SignatureInvalid)
        }
    }

    fn token(header: &str, payload: &str, signature: &[u8]) -> String {
        let parts = [header.as_bytes(), payload.as_bytes(), signature];
        parts.map(|part| BASE64_URL_SAFE_NO_PAD.encode(part)).join(".")
    }

    fn refusal(header: &str, signature: &[u8], key: Algorithm) -> &'static str {
        let token = token(header, "{}", signature);
        let outcome = Jws::decode(&token).and_then(|jws| jws.verify(&Accepts(key)).map(<[u8]>::to_vec));
        outcome.unwrap_err().code()
    }

    proptest! {
        #[test]
        fn reads_what_it_writes(payload: Vec<u8>, typ: String, signature: [u8; 32]) {
            let header = Header::from_iter([("typ".to_owned(), Value::from(typ.clone()))]);
            let request = ToBeSigned::new(header, &payload);
            let bytes = request.bytes().to_vec();
            let text = request.signed(Es256Signature([signature, signature].concat().try_into().unwrap()));
            let jws = Jws::decode(&text).unwrap();
            prop_assert_eq!(jws.signed_bytes(), &bytes);
            prop_assert_eq!(jws.parameter("typ"), Some(&*typ));
            prop_assert_eq!(jws.verify(&Accepts(Algorithm::ES256)), Ok(&*payload));
        }

        #[test]
        fn any_text_returns(text in "[A-Za-z0-9_.=-]{0,64}|.*") {
            let _ = Jws::decode(&text);
        }
    }

    #[test]
    fn the_key_pins_the_algorithm() {
        let es256 = r#"{"alg":"ES256"}"#;
        let good = token(es256, "{}", &[1; 64]);
        let jws = Jws::decode(&good).unwrap();
        assert_eq!(jws.verify(&Accepts(Algorithm::ES256)), Ok(&b"{}"[..]));
        assert_eq!(
            refusal(es256, &[1; 64], Algorithm::PS256),
            "algorithm-unsupported"
        );
        for alg in ["none", "None", "HS256", "es256", "PS256"] {
            let header = format!(r#"{{"alg":"{alg}"}}"#);
            assert_eq!(
                refusal(&header, &[1; 64], Algorithm::ES256),
                "algorithm-unsupported"
            );
        }
        assert_eq!(refusal("{}", &[1; 64], Algorithm::ES256), "algorithm-unsupported");
        assert_eq!(refusal(es256, &[], Algorithm::ES256), "signature-invalid");
    }

    #[test]
    fn refuses_what_is_not_compact() {
        let es256 = Algorithm::ES256;
        assert_eq!(
            refusal(r#"{"alg":"ES256","crit":["b64"],"b64":false}"#, &[1; 64], es256),
            "jws-malformed"
        );
        assert_eq!(refusal("[]", &[1; 64], es256), "jws-malformed");
        for text in [
            "",
            "e30",
            "e30.e30",
            "e30.e30.e30.e30",
            "e30=.e30.",
            "e31.e30.",
            "e30.e30.+/",
        ] {
            assert_eq!(
                Jws::decode(text).err().map(|e| e.code()),
                Some("jws-malformed"),
                "{text}"
            );
        }
        let long = "a".repeat(MAX_CHARACTERS + 1);
        assert_eq!(Jws::decode(&long).err().map(|e| e.code()), Some("too-long"));
    }
}
