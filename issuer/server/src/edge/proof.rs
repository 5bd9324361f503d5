//! Proofs that a wallet has a key (OpenID4VCI 1.0 appendix F.1).

use crate::{Error, derive::Derivation};
use schemas::{
    UnixTime,
    crypto::{Crypto, P256Point, aws_lc::AwsLc},
    jwk::Jwk,
    jws::{Header, Jws},
};
use serde::Deserialize;
use serde_json::Value;

/// The `typ` of a proof.
const TYPE: &str = "openid4vci-proof+jwt";
/// Longest proof in characters: one with a key, an audience and a nonce has about 500.
const MAX_CHARACTERS: usize = 1536;
/// How old a proof may be in seconds, like its nonce.
const MAX_AGE: i64 = crate::derive::NONCE_SECONDS;
/// How far ahead a wallet's clock may be in seconds.
const MAX_AHEAD: i64 = 60;

#[derive(Deserialize)]
struct Payload {
    iss: Option<Value>,
    aud: String,
    iat: f64,
    nonce: Option<String>,
}

/// The key that a proof is for.
///
/// # Errors
/// [`Error::ProofInvalid`], [`Error::NonceInvalid`].
pub(super) fn holder(
    jwt: &str,
    audience: &str,
    derivation: &Derivation,
    now: UnixTime,
) -> Result<P256Point, Error> {
    let refused = Error::ProofInvalid;
    let jws = Jws::decode_within(jwt, MAX_CHARACTERS)
        .map_err(|_| refused("it is not a JWS of the size of a proof"))?;
    // 1. It is a proof, and brings its key.
    if jws.parameter("typ") != Some(TYPE) {
        return Err(refused("its typ is not openid4vci-proof+jwt"));
    }
    let point = key(jws.header())?;
    // 2. That key signed it.
    let key = AwsLc
        .es256(&point)
        .map_err(|_| refused("its key is not a point of P-256"))?;
    let payload = jws
        .verify(&*key)
        .map_err(|_| refused("its key did not sign it with ES256"))?;
    // 3. It was made for this issuer, now, with a nonce of this issuer.
    let payload: Payload = serde_json::from_slice(payload).map_err(|_| refused("it lacks aud or iat"))?;
    if payload.iss.is_some() {
        return Err(refused("it has an iss, which an anonymous wallet leaves out"));
    }
    if payload.aud != audience {
        return Err(refused("its aud is not this issuer"));
    }
    let age = now.0 as f64 - payload.iat;
    if !(-(MAX_AHEAD as f64)..=MAX_AGE as f64).contains(&age) {
        return Err(refused("its iat is not now"));
    }
    let nonce = payload.nonce.ok_or(refused("it has no nonce"))?;
    derivation.check_nonce(&nonce, now)?;
    Ok(point)
}

/// The public key in the header.
fn key(header: &Header) -> Result<P256Point, Error> {
    let refused = Error::ProofInvalid;
    if ["kid", "x5c", "trust_chain"]
        .iter()
        .any(|name| header.contains_key(*name))
    {
        return Err(refused("its key is named in another way than jwk"));
    }
    let jwk = header
        .get("jwk")
        .and_then(Value::as_object)
        .ok_or(refused("it has no jwk"))?;
    if jwk.contains_key("d") {
        return Err(refused(
            "it has a private key: that key is lost, make another one",
        ));
    }
    let key = Jwk::read(jwk).map_err(|_| refused("its key is not of P-256, with coordinates of 32 bytes"))?;
    Ok(key.point())
}
