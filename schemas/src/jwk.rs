//! A P-256 public key as JSON Web Key (RFC 7517, RFC 7518 section 6.2), which has no compressed form.

use crate::{Error, Hash, crypto::P256Point};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use serde_json::{Map, Value, json};

/// A key of type `EC` on the curve `P-256`. Not yet known to lie on it when it was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Jwk {
    x: [u8; 32],
    y: [u8; 32],
}

impl Jwk {
    /// The key of a point.
    ///
    /// # Errors
    /// [`Error::KeyMalformed`] when the point does not lie on the curve.
    #[cfg(any(feature = "p256", target_family = "wasm"))]
    pub fn of_point(point: &P256Point) -> Result<Self, Error> {
        use p256::elliptic_curve::sec1::ToSec1Point;
        let key = p256::PublicKey::from_sec1_bytes(point.as_bytes()).map_err(|_| Error::KeyMalformed)?;
        let point = key.to_sec1_point(false);
        let coordinates = point
            .as_bytes()
            .strip_prefix(&[4])
            .and_then(|both| both.split_first_chunk());
        let (x, y) = coordinates.ok_or(Error::KeyMalformed)?;
        let y = y.try_into().map_err(|_| Error::KeyMalformed)?;
        Ok(Self { x: *x, y })
    }

    /// Reads a key, such as one of a set. What else the object says is not read.
    ///
    /// # Errors
    /// [`Error::KeyMalformed`] for another type or curve, and when a coordinate has not 32 bytes.
    pub fn read(key: &Map<String, Value>) -> Result<Self, Error> {
        let text = |name: &str| key.get(name).and_then(Value::as_str);
        if (text("kty"), text("crv")) != (Some("EC"), Some("P-256")) {
            return Err(Error::KeyMalformed);
        }
        let coordinate = |name: &str| {
            let bytes = text(name).and_then(|text| BASE64_URL_SAFE_NO_PAD.decode(text).ok());
            bytes
                .and_then(|bytes| bytes.try_into().ok())
                .ok_or(Error::KeyMalformed)
        };
        Ok(Self {
            x: coordinate("x")?,
            y: coordinate("y")?,
        })
    }

    /// The point.
    #[must_use]
    pub fn point(&self) -> P256Point {
        let uncompressed = [&[4][..], &self.x, &self.y].concat();
        P256Point::from_sec1(&uncompressed).expect("an uncompressed point has 65 bytes")
    }

    /// The members that make the key, and no others.
    #[must_use]
    pub fn to_json(&self) -> Map<String, Value> {
        let coordinate = |bytes: &[u8]| Value::from(BASE64_URL_SAFE_NO_PAD.encode(bytes));
        Map::from_iter([
            ("kty".to_owned(), json!("EC")),
            ("crv".to_owned(), json!("P-256")),
            ("x".to_owned(), coordinate(&self.x)),
            ("y".to_owned(), coordinate(&self.y)),
        ])
    }

    /// What names the key everywhere (RFC 7638, SHA-256).
    #[must_use]
    pub fn thumbprint(&self) -> String {
        let [x, y] = [self.x, self.y].map(|bytes| BASE64_URL_SAFE_NO_PAD.encode(bytes));
        // Section 3.3: these members, in this order, without space.
        let members = format!(r#"{{"crv":"P-256","kty":"EC","x":"{x}","y":"{y}"}}"#);
        BASE64_URL_SAFE_NO_PAD.encode(Hash::of(&[members.as_bytes()]).as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 7517 appendix A.1.
    fn example() -> Value {
        json!({
            "kty": "EC", "crv": "P-256", "use": "enc", "kid": "1",
            "x": "MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4",
            "y": "4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM",
        })
    }

    #[test]
    fn is_read_and_named() {
        let key = Jwk::read(example().as_object().unwrap()).unwrap();
        assert_eq!(key.thumbprint(), "cn-I_WNMClehiVp51i_0VpOENW1upEerA8sEam5hn-s");
        assert_eq!(key.point().as_bytes()[..2], [3, 0x30]);
        assert_eq!(Jwk::read(&key.to_json()).unwrap(), key);
    }

    #[test]
    #[cfg(feature = "p256")]
    fn a_point_has_its_key() {
        let key = Jwk::read(example().as_object().unwrap()).unwrap();
        assert_eq!(Jwk::of_point(&key.point()).unwrap(), key);
        let mut nowhere = [1; 33];
        nowhere[0] = 2;
        let nowhere = P256Point::from_sec1(&nowhere).unwrap();
        assert_eq!(Jwk::of_point(&nowhere).unwrap_err().code(), "key-malformed");
    }

    #[test]
    fn other_keys_are_refused() {
        for (name, value) in [
            ("kty", "RSA"),
            ("crv", "P-384"),
            ("x", "AQ"),
            ("y", "4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFy!"),
        ] {
            let mut key = example();
            key[name] = json!(value);
            let refused = Jwk::read(key.as_object().unwrap()).unwrap_err();
            assert_eq!(refused.code(), "key-malformed", "{name}");
        }
    }
}
