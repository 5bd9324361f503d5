//! A wallet, as far as picking up needs one.

use super::{Reply, World};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use p256::elliptic_curve::sec1::ToSec1Point;
use schemas::{
    BatchProof, Commitment,
    crypto::{P256Point, SigningKey as _, aws_lc::SigningKey},
    jws::{Header, ToBeSigned},
    sd_cwt::profile::HeldCopy,
};
use serde_json::{Value, json};

/// What a wallet knows of an offer, with a key for each copy.
pub struct Wallet {
    pub code: String,
    pub tx_code: String,
    pub keys: Vec<SigningKey>,
}

impl Wallet {
    /// Scans the offer of a submission.
    pub fn scan(submitted: &Value, keys: usize) -> Self {
        let grant = &submitted["offer"]["grants"]["urn:ietf:params:oauth:grant-type:pre-authorized_code"];
        Self {
            code: grant["pre-authorized_code"].as_str().unwrap().to_owned(),
            tx_code: submitted["tx_code"].as_str().unwrap().to_owned(),
            keys: (0..keys).map(|_| SigningKey::generate().unwrap()).collect(),
        }
    }

    pub async fn token(&self, world: &World, tx_code: &str) -> Reply {
        let form = [
            (
                "grant_type",
                "urn:ietf:params:oauth:grant-type:pre-authorized_code",
            ),
            ("pre-authorized_code", &self.code),
            ("tx_code", tx_code),
        ];
        world.post_form("/token", &form).await
    }

    /// Who the wallet is to [`World::post`] once it has a token.
    pub async fn authorize(&self, world: &World) -> String {
        let reply = self.token(world, &self.tx_code).await;
        assert_eq!(reply.status, 200, "{}", reply.text);
        format!("token {}", reply.json()["access_token"].as_str().unwrap())
    }

    pub async fn nonce(&self, world: &World) -> String {
        world.post("", "/nonce", &json!({})).await.json()["c_nonce"]
            .as_str()
            .unwrap()
            .to_owned()
    }

    /// The request for copies for all keys.
    pub fn request(&self, nonce: &str, now: i64) -> Value {
        let jwts: Vec<String> = self
            .keys
            .iter()
            .map(|key| proof(key, &claims(nonce, now)))
            .collect();
        json!({ "credential_configuration_id": "attest-sd-cwt", "proofs": { "jwt": jwts } })
    }

    /// The whole flow; returns the copies.
    pub async fn pick_up(&self, world: &World) -> (String, Value, Vec<HeldCopy>) {
        let who = self.authorize(world).await;
        let nonce = self.nonce(world).await;
        let now = issuer_server::clock::Clock::now(&*world.clock).0;
        let reply = world.post(&who, "/credential", &self.request(&nonce, now)).await;
        assert_eq!(reply.status, 200, "{}", reply.text);
        let copies = copies(&reply.json());
        (who, reply.json(), copies)
    }
}

pub fn copies(response: &Value) -> Vec<HeldCopy> {
    let credentials = response["credentials"].as_array().unwrap();
    let decode = |credential: &Value| {
        let bytes = BASE64_URL_SAFE_NO_PAD
            .decode(credential["credential"].as_str().unwrap())
            .unwrap();
        HeldCopy::decode(&bytes).unwrap()
    };
    credentials.iter().map(decode).collect()
}

pub fn claims(nonce: &str, now: i64) -> Value {
    json!({ "aud": "https://issuer.example", "iat": now, "nonce": nonce })
}

/// A proof of possession.
pub fn proof(key: &SigningKey, claims: &Value) -> String {
    signed(key, header(&key.public()), claims)
}

pub fn header(point: &P256Point) -> Header {
    let point = p256::PublicKey::from_sec1_bytes(point.as_bytes())
        .unwrap()
        .to_sec1_point(false);
    let coordinate = |bytes: &[u8]| BASE64_URL_SAFE_NO_PAD.encode(bytes);
    let (x, y) = (coordinate(point.x().unwrap()), coordinate(point.y().unwrap()));
    Header::from_iter([
        ("typ".to_owned(), json!("openid4vci-proof+jwt")),
        (
            "jwk".to_owned(),
            json!({ "kty": "EC", "crv": "P-256", "x": x, "y": y }),
        ),
    ])
}

pub fn signed(key: &SigningKey, header: Header, claims: &Value) -> String {
    let request = ToBeSigned::new(header, claims.to_string().as_bytes());
    let signature = key.sign(request.bytes()).unwrap();
    request.signed(signature)
}

/// Whether the ledger has the batch that a proof leads to.
pub fn is_anchored(world: &World, proof: &BatchProof, commitment: Commitment, place: schemas::Place) -> bool {
    let root = ledger::batch::root(proof, commitment, place.slot);
    let entries = world.ledger.entries(1);
    let entry = entries
        .iter()
        .find(|entry| entry.subject().number() == place.batch.0);
    entry.is_some_and(|entry| entry.root() == root && entry.subject().issuer() == place.issuer)
}
