//! The citizen: a wallet that picks a result up and shows it.

use super::Failure;
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use ledger::state::{BatchAnswer, KeyAnswer, State};
use p256::elliptic_curve::sec1::ToSec1Point;
use schemas::{
    IssuerNumber, Place, UnixTime,
    crypto::P256Point,
    jws::{Header, ToBeSigned},
    sd_cwt::profile::{Audience, Group, HeldCopy},
};
use serde_json::{Value, json};
use std::path::Path;
use wallet_core::{Consent, HoldingNumber, Issuance, OrderedKey, Receipt, Vault};
use wallet_file::{Passphrase, VaultFile, keys};

/// The name of the grant in an offer.
const GRANT: &str = "urn:ietf:params:oauth:grant-type:pre-authorized_code";
/// Copies of one result.
const COPIES: usize = 4;

/// A citizen with a wallet.
pub struct Citizen {
    client: reqwest::Client,
    file: VaultFile,
    vault: Vault,
    issuer: String,
    token: String,
    holding: HoldingNumber,
    ordered: Vec<OrderedKey>,
}

impl Citizen {
    /// Makes a wallet and takes up an offer, as OpenID4VCI 1.0 describes it. Nothing is picked up yet.
    pub async fn take_up(offer: &Value, tx_code: &str, file: &Path, now: UnixTime) -> Result<Self, Failure> {
        let client = reqwest::Client::new();
        let issuer = offer["credential_issuer"].as_str().unwrap_or_default().to_owned();
        let code = offer["grants"][GRANT]["pre-authorized_code"]
            .as_str()
            .unwrap_or_default();
        let form = [
            ("grant_type", GRANT),
            ("pre-authorized_code", code),
            ("tx_code", tx_code),
        ];
        let form: Vec<String> = form
            .iter()
            .map(|(name, value)| format!("{name}={}", escaped(value)))
            .collect();
        let request = client.post(format!("{issuer}/token")).body(form.join("&"));
        let request = request.header("content-type", "application/x-www-form-urlencoded");
        let token: Value = request.send().await?.error_for_status()?.json().await?;
        let token = token["access_token"].as_str().unwrap_or_default().to_owned();

        let (file, mut vault) = VaultFile::create(file, Passphrase::new("a demo, not a secret".to_owned()))?;
        let ordered = (0..COPIES)
            .map(|_| keys::generate(&mut vault))
            .collect::<Result<Vec<_>, _>>()?;
        let receipt = Receipt::new(IssuerNumber(1), &issuer, code.as_bytes(), now)?;
        let holding = vault.order(receipt, ordered.clone())?;
        let mut citizen = Self {
            client,
            file,
            vault,
            issuer,
            token,
            holding,
            ordered,
        };
        citizen.save()?;
        Ok(citizen)
    }

    /// Asks for the copies, each under a key of its own. Asking again brings the proofs that have come since.
    pub async fn fetch(&self, now: UnixTime) -> Result<Vec<Vec<u8>>, Failure> {
        let nonce: Value = self
            .client
            .post(format!("{}/nonce", self.issuer))
            .send()
            .await?
            .json()
            .await?;
        let nonce = nonce["c_nonce"].as_str().unwrap_or_default();
        let proofs: Result<Vec<String>, Failure> = self
            .ordered
            .iter()
            .map(|key| self.proof_of_possession(key, nonce, now))
            .collect();
        let body = json!({ "credential_configuration_id": "attest-sd-cwt", "proofs": { "jwt": proofs? } });
        let request = self
            .client
            .post(format!("{}/credential", self.issuer))
            .bearer_auth(&self.token);
        let answer: Value = request
            .json(&body)
            .send()
            .await?
            .error_for_status()?
            .json()
            .await?;
        let credentials = answer["credentials"]
            .as_array()
            .ok_or("the issuer sent no credentials")?;
        let copy = |credential: &Value| {
            BASE64_URL_SAFE_NO_PAD.decode(credential["credential"].as_str().unwrap_or_default())
        };
        Ok(credentials.iter().map(copy).collect::<Result<_, _>>()?)
    }

    /// Takes the copies in, whose issuer's key it believes because the ledger has it. Tells how many have their proof.
    pub fn accept(&mut self, copies: &[Vec<u8>], state: &State, now: UnixTime) -> Result<usize, Failure> {
        let copy = HeldCopy::decode(copies.first().ok_or("the issuer sent no copy")?)?;
        let KeyAnswer::Listed(key) = state.key(copy.place().issuer, &copy.key_id()) else {
            return Err("the ledger does not know the issuer's key".into());
        };
        let signer = copy.key_id();
        let root = |place: Place| match state.batch_root(place.issuer, place.batch, &signer) {
            BatchAnswer::Known(root) => Some(root),
            _ => None,
        };
        let issuance = Issuance {
            issuer: key.verifying(),
            root: &root,
        };
        self.vault.accept(self.holding, copies, &issuance, now)?;
        let proven = copies
            .iter()
            .filter_map(|bytes| HeldCopy::decode(bytes).ok()?.proof().copied())
            .count();
        self.save()?;
        Ok(proven)
    }

    /// Shows the result and the initials: the text of the QR code, signed just now. The first showing spends a copy.
    pub fn show(&mut self, now: UnixTime) -> Result<String, Failure> {
        let groups = [Group::Result, Group::Initials];
        let (presenter, _) =
            self.vault
                .show(self.holding, &groups, Audience::AnyDoor, Consent::FreshOnly, now)?;
        self.save()?;
        let renewal = presenter.renew(now)?;
        let signature = keys::sign(&self.vault, renewal.key(), &renewal.bytes_to_sign())?;
        Ok(renewal.answer(&signature).text().to_owned())
    }

    /// OpenID4VCI 1.0 appendix F.1.
    fn proof_of_possession(&self, key: &OrderedKey, nonce: &str, now: UnixTime) -> Result<String, Failure> {
        let header = Header::from_iter([
            ("typ".to_owned(), "openid4vci-proof+jwt".into()),
            ("jwk".to_owned(), jwk(&key.public)?),
        ]);
        let payload = json!({ "aud": self.issuer, "iat": now.0, "nonce": nonce }).to_string();
        let request = ToBeSigned::new(header, payload.as_bytes());
        let signature = keys::sign(&self.vault, &key.handle, request.bytes())?;
        Ok(request.signed(signature))
    }

    fn save(&mut self) -> Result<(), Failure> {
        Ok(self.file.save(&self.vault)?)
    }
}

/// A public key as JWK (RFC 7518 section 6.2.1), which has no compressed form.
fn jwk(point: &P256Point) -> Result<Value, Failure> {
    let key = p256::PublicKey::from_sec1_bytes(point.as_bytes())?;
    let point = key.to_sec1_point(false);
    let coordinate = |bytes: Option<&[u8]>| bytes.map(|bytes| BASE64_URL_SAFE_NO_PAD.encode(bytes));
    let (x, y) = (point.x().map(|x| x.as_slice()), point.y().map(|y| y.as_slice()));
    Ok(json!({ "kty": "EC", "crv": "P-256", "x": coordinate(x), "y": coordinate(y) }))
}

/// A form value (WHATWG URL, application/x-www-form-urlencoded).
fn escaped(value: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
    value
        .bytes()
        .map(|byte| {
            if plain(byte) {
                char::from(byte).to_string()
            } else {
                format!("%{byte:02X}")
            }
        })
        .collect()
}
