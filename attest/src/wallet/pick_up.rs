//! Carrying out what a pick-up wishes: over HTTP, with keys in the vault, and with issuers' keys from the ledger.

use crate::Error;
use ledger::state::{BatchAnswer, KeyAnswer, State};
use reqwest::{Client, RequestBuilder, redirect};
use schemas::{IssuerNumber, KeyId, Place, UnixTime};
use std::time::Duration;
use verifier_server::OpenDoor;
use wallet_core::{
    HoldingNumber, Issuance, Vault,
    pick_up::{Answer, MAX_ANSWER_BYTES, PickUp, Request, Response, Wish},
};
use wallet_file::{VaultFile, keys};

/// An issuer answers at once or not at all.
const TIMEOUT: Duration = Duration::from_secs(20);

/// Where a pick-up has come to.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// The ledger has no proof yet.
    Waiting,
    /// There is a copy to show.
    Done,
}

/// Does what `pick_up` wishes until it waits or is done.
///
/// # Errors
/// [`Error::IssuerUnreachable`], [`Error::IssuerNotListed`], [`Error::Wallet`], [`Error::Vault`]; it can be called again.
pub async fn go_on(
    pick_up: &mut PickUp,
    file: &mut VaultFile,
    vault: &mut Vault,
    door: &OpenDoor,
    now: UnixTime,
) -> Result<Progress, Error> {
    let client = client()?;
    loop {
        match pick_up.wish() {
            Wish::Ask(request) => {
                let (status, body) = ask(&client, &request).await?;
                let response = Response { status, body: &body };
                pick_up.answer(Answer::Response(response), vault, now)?;
            }
            Wish::MakeKeys(count) => {
                let keys: Result<Vec<_>, _> = (0..count).map(|_| keys::generate(vault)).collect();
                pick_up.answer(Answer::Keys(&keys?), vault, now)?;
            }
            Wish::Sign(requests) => {
                let sign = |(key, bytes): &(_, Vec<u8>)| keys::sign(vault, key, bytes);
                let signatures: Result<Vec<_>, _> = requests.iter().map(sign).collect();
                pick_up.answer(Answer::Signatures(&signatures?), vault, now)?;
            }
            // The vault has let go of keys without copies itself.
            Wish::Save { .. } => {
                file.save(vault)?;
                pick_up.answer(Answer::Saved, vault, now)?;
            }
            Wish::Vouch { issuer, key } => {
                let view = door.view().ok_or(Error::IssuerNotListed)?;
                vouch(pick_up, vault, view.state(), (issuer, key), now)?;
            }
            Wish::Wait => return Ok(Progress::Waiting),
            Wish::Done => return Ok(Progress::Done),
        }
    }
}

/// The key and the roots are the ledger's.
fn vouch(
    pick_up: &mut PickUp,
    vault: &mut Vault,
    state: &State,
    (issuer, signer): (IssuerNumber, KeyId),
    now: UnixTime,
) -> Result<(), Error> {
    let KeyAnswer::Listed(key) = state.key(issuer, &signer) else {
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
    Ok(pick_up.answer(Answer::Issuance(&issuance), vault, now)?)
}

/// How many copies of a pass can be found on the ledger.
pub fn proven(vault: &Vault, holding: HoldingNumber) -> Result<usize, Error> {
    let copies = vault.pass(holding)?.copies().iter();
    Ok(copies.filter(|held| held.is_anchored()).count())
}

fn client() -> Result<Client, Error> {
    let client = Client::builder()
        .timeout(TIMEOUT)
        .redirect(redirect::Policy::none());
    client.build().map_err(unreachable)
}

async fn ask(client: &Client, request: &Request) -> Result<(u16, Vec<u8>), Error> {
    let mut answer = prepare(client, request).send().await.map_err(unreachable)?;
    let mut body = Vec::new();
    // One chunk more than any answer has is refused where it is read.
    while body.len() <= MAX_ANSWER_BYTES {
        let Some(chunk) = answer.chunk().await.map_err(unreachable)? else {
            break;
        };
        body.extend_from_slice(&chunk);
    }
    Ok((answer.status().as_u16(), body))
}

fn prepare(client: &Client, request: &Request) -> RequestBuilder {
    let mut prepared = match &request.body {
        None => client.get(&request.url),
        Some(body) => {
            let (text, media_type) = body.parts();
            let post = client.post(&request.url).body(text.to_owned());
            match media_type {
                Some(media_type) => post.header("content-type", media_type),
                None => post,
            }
        }
    };
    if let Some(token) = &request.token {
        prepared = prepared.bearer_auth(token);
    }
    prepared
}

/// Without the URL, which may hold a code.
fn unreachable(error: reqwest::Error) -> Error {
    Error::IssuerUnreachable(error.without_url())
}
