//! Picking up copies of a result (`schemas/spec/pick-up.md`, a profile of OpenID4VCI 1.0).
//!
//! The order is noted in the vault before it goes out, so that a lost answer can be asked for again with the same keys.
//! Whoever calls this saves the vault after each step.

use super::offer::{GRANT, Offer};
use crate::Error;
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use ledger::state::{BatchAnswer, KeyAnswer, State};
use p256::elliptic_curve::sec1::ToSec1Point;
use reqwest::{Client, RequestBuilder, redirect};
use schemas::{
    IssuerNumber, Place, UnixTime,
    crypto::P256Point,
    jws::{Header, ToBeSigned},
    sd_cwt::profile::HeldCopy,
};
use serde_json::{Value, json};
use std::time::Duration;
use wallet_core::{Accepted, HoldingNumber, Issuance, OrderedKey, Receipt, Vault};
use wallet_file::keys;

/// Copies of one order: for a day out, a showing for each door.
const COPIES: usize = 4;
/// Most keys of one request, the issuers' limit.
const MAX_PROOFS: usize = 8;
/// An issuer answers at once or not at all.
const TIMEOUT: Duration = Duration::from_secs(20);
/// Largest answer: eight copies have 8 kB, metadata less.
const MAX_ANSWER_BYTES: usize = 256 << 10;

/// An issuer's service that has let the wallet in.
pub struct Access {
    client: Client,
    issuer: String,
    token: String,
}

/// What the service sent for an order.
pub struct Fetched {
    copies: Vec<Vec<u8>>,
    notification: String,
}

/// Takes up an offer with the code that came apart from it, and notes the order. Nothing is picked up yet.
///
/// # Errors
/// [`Error::IssuerUnreachable`], [`Error::IssuerRefused`], [`Error::IssuerAnswer`], [`Error::Wallet`].
pub async fn take_up(
    offer: &Offer,
    tx_code: &str,
    vault: &mut Vault,
    now: UnixTime,
) -> Result<(Access, HoldingNumber), Error> {
    let client = client()?;
    // 1. Who issues: its number on the ledger, which its key must bear out later.
    let metadata = client.get(format!("{}/.well-known/openid-credential-issuer", offer.issuer));
    let metadata = ask(metadata).await?;
    if metadata["credential_issuer"] != *offer.issuer {
        return Err(Error::IssuerAnswer("it calls itself by another address"));
    }
    let number = metadata["attest_issuer_number"].as_u64();
    let number = number.and_then(|number| u32::try_from(number).ok());
    let number = IssuerNumber(number.ok_or(Error::IssuerAnswer("it has no number on a ledger"))?);

    // 2. The code for a token, and one for later.
    let grant = [
        ("grant_type", GRANT),
        ("pre-authorized_code", &offer.code),
        ("tx_code", tx_code),
    ];
    let (access, refresh_token) = Access::granted(client, &offer.issuer, &grant).await?;

    // 3. The order, or the one that was noted when the same offer was taken up before.
    let receipt = Receipt::new(number, &offer.issuer, refresh_token.as_bytes(), now)?;
    if let Some(held) = vault.held_with(&receipt) {
        order_if_low(vault, held, now)?;
        return Ok((access, held));
    }
    let ordered = new_keys(vault)?;
    let holding = vault.order(receipt, ordered)?;
    Ok((access, holding))
}

/// Takes an order up again with its receipt. Orders more copies when at most one is left.
///
/// # Errors
/// As [`take_up`].
pub async fn resume(vault: &mut Vault, holding: HoldingNumber, now: UnixTime) -> Result<Access, Error> {
    let pass = vault.pass(holding)?;
    let issuer = pass.receipt().service().to_owned();
    let token = String::from_utf8_lossy(pass.receipt().reference()).into_owned();
    let grant = [("grant_type", "refresh_token"), ("refresh_token", &token)];
    let (access, _) = Access::granted(client()?, &issuer, &grant).await?;
    order_if_low(vault, holding, now)?;
    Ok(access)
}

fn order_if_low(vault: &mut Vault, holding: HoldingNumber, now: UnixTime) -> Result<(), Error> {
    if vault.pass(holding)?.runs_low(now) {
        let ordered = new_keys(vault)?;
        vault.order_more(holding, ordered)?;
    }
    Ok(())
}

fn new_keys(vault: &mut Vault) -> Result<Vec<OrderedKey>, Error> {
    Ok((0..COPIES)
        .map(|_| keys::generate(vault))
        .collect::<Result<_, _>>()?)
}

impl Access {
    async fn granted(client: Client, issuer: &str, grant: &[(&str, &str)]) -> Result<(Self, String), Error> {
        let form: Vec<String> = grant
            .iter()
            .map(|(name, value)| format!("{name}={}", escaped(value)))
            .collect();
        let request = client.post(format!("{issuer}/token")).body(form.join("&"));
        let answer = ask(request.header("content-type", "application/x-www-form-urlencoded")).await?;
        let access = Self {
            client,
            issuer: issuer.to_owned(),
            token: text(&answer, "access_token")?,
        };
        Ok((access, text(&answer, "refresh_token")?))
    }

    /// Asks for what the pass still lacks: copies, each under a key of its own, and proofs that have come since.
    ///
    /// # Errors
    /// As [`take_up`].
    pub async fn fetch(
        &self,
        vault: &Vault,
        holding: HoldingNumber,
        now: UnixTime,
    ) -> Result<Fetched, Error> {
        let pass = vault.pass(holding)?;
        let unproven = pass.copies().iter().filter(|held| held.copy().proof().is_none());
        let unproven = unproven.map(|held| (held.key(), held.copy().holder()));
        let ordered = pass.ordered().iter().map(|key| (&key.handle, key.public));
        let wanted: Vec<_> = ordered.chain(unproven).take(MAX_PROOFS).collect();
        if wanted.is_empty() {
            return Err(Error::NothingToFetch);
        }
        let nonce = ask(self.client.post(format!("{}/nonce", self.issuer))).await?;
        let nonce = text(&nonce, "c_nonce")?;
        let proof = |(handle, public): (_, P256Point)| {
            // OpenID4VCI 1.0 appendix F.1.
            let header = Header::from_iter([
                ("typ".to_owned(), "openid4vci-proof+jwt".into()),
                ("jwk".to_owned(), jwk(&public)?),
            ]);
            let payload = json!({ "aud": self.issuer, "iat": now.0, "nonce": nonce }).to_string();
            let request = ToBeSigned::new(header, payload.as_bytes());
            let signature = keys::sign(vault, handle, request.bytes())?;
            Ok(request.signed(signature))
        };
        let proofs: Result<Vec<String>, Error> = wanted.into_iter().map(proof).collect();
        let body = json!({ "credential_configuration_id": "attest-sd-cwt", "proofs": { "jwt": proofs? } });
        let answer = ask(self.post("credential").json(&body)).await?;
        let copy = |credential: &Value| {
            let text = credential["credential"].as_str()?;
            BASE64_URL_SAFE_NO_PAD.decode(text).ok()
        };
        let copies = answer["credentials"]
            .as_array()
            .filter(|copies| !copies.is_empty());
        let copies: Option<Vec<Vec<u8>>> = copies.and_then(|copies| copies.iter().map(copy).collect());
        Ok(Fetched {
            copies: copies.ok_or(Error::IssuerAnswer("it has no copies"))?,
            notification: text(&answer, "notification_id")?,
        })
    }

    /// Tells the issuer that all copies have arrived; then the offer's code is used up, so that nobody else can pick up.
    /// Proofs come with the receipt.
    ///
    /// # Errors
    /// As [`take_up`].
    pub async fn acknowledge(&self, fetched: &Fetched) -> Result<(), Error> {
        let body = json!({ "notification_id": fetched.notification, "event": "credential_accepted" });
        ask(self.post("notification").json(&body)).await.map(drop)
    }

    fn post(&self, path: &str) -> RequestBuilder {
        self.client
            .post(format!("{}/{path}", self.issuer))
            .bearer_auth(&self.token)
    }
}

/// Takes in copies whose issuer's key the ledger has.
///
/// # Errors
/// [`Error::IssuerNotListed`] when it does not, yet; [`Error::Wallet`] for copies that are not what was ordered.
pub fn accept(
    vault: &mut Vault,
    holding: HoldingNumber,
    fetched: &Fetched,
    state: &State,
    now: UnixTime,
) -> Result<Accepted, Error> {
    let first = fetched
        .copies
        .first()
        .ok_or(Error::IssuerAnswer("it has no copies"))?;
    let first = HeldCopy::decode(first)?;
    let signer = first.key_id();
    let KeyAnswer::Listed(key) = state.key(first.place().issuer, &signer) else {
        return Err(Error::IssuerNotListed);
    };
    let root = |place: Place| match state.batch_root(place.issuer, place.batch, &signer) {
        BatchAnswer::Known(root) => Some(root),
        _ => None,
    };
    let issuance = Issuance {
        issuer: key.verifying(),
        root: &root,
    };
    Ok(vault.accept(holding, &fetched.copies, &issuance, now)?)
}

/// How many copies of a pass can be found on the ledger.
pub fn proven(vault: &Vault, holding: HoldingNumber) -> Result<usize, Error> {
    let copies = vault.pass(holding)?.copies().iter();
    Ok(copies.filter(|held| held.copy().proof().is_some()).count())
}

fn client() -> Result<Client, Error> {
    let client = Client::builder()
        .timeout(TIMEOUT)
        .redirect(redirect::Policy::none());
    client.build().map_err(unreachable)
}

/// Sends a request and reads the answer: JSON, or nothing.
async fn ask(request: RequestBuilder) -> Result<Value, Error> {
    let mut answer = request.send().await.map_err(unreachable)?;
    let status = answer.status();
    let mut body = Vec::new();
    while let Some(chunk) = answer.chunk().await.map_err(unreachable)? {
        body.extend_from_slice(&chunk);
        if body.len() > MAX_ANSWER_BYTES {
            return Err(Error::IssuerAnswer("it is too long"));
        }
    }
    let value = match body.is_empty() {
        true => Ok(Value::Null),
        false => serde_json::from_slice(&body),
    };
    match (status.is_success(), value) {
        (true, Ok(value)) => Ok(value),
        (true, Err(_)) => Err(Error::IssuerAnswer("it is not JSON")),
        (false, value) => {
            let said = value.unwrap_or_default();
            let said = said["error_description"].as_str().or(said["title"].as_str());
            let said = said.unwrap_or_default().chars().filter(|c| !c.is_control());
            Err(Error::IssuerRefused {
                status: status.as_u16(),
                said: said.take(200).collect(),
            })
        }
    }
}

/// Without the URL, which may hold a code.
fn unreachable(error: reqwest::Error) -> Error {
    Error::IssuerUnreachable(error.without_url())
}

fn text(answer: &Value, name: &'static str) -> Result<String, Error> {
    answer[name]
        .as_str()
        .map(str::to_owned)
        .ok_or(Error::IssuerAnswer(name))
}

/// A public key as JWK (RFC 7518 section 6.2.1), which has no compressed form.
fn jwk(point: &P256Point) -> Result<Value, Error> {
    let key = p256::PublicKey::from_sec1_bytes(point.as_bytes());
    let point = key
        .map_err(|_| schemas::Error::KeyMalformed)?
        .to_sec1_point(false);
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
