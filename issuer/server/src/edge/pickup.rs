//! What wallets call: the pre-authorized code flow of OpenID4VCI 1.0.
//!
//! The flow can be repeated until the wallet acknowledges: the same keys get the same copies, and once their batches
//! are anchored, with their proofs. So a lost answer is no loss.

use super::{
    proof,
    request::{Token, WalletForm, WalletJson},
    respond::{OAuth, json},
};
use crate::{
    Error,
    derive::ACCESS_TOKEN_SECONDS,
    receipt::{Receipt, ReceiptId, Standing},
    service::Shared,
    store::{Credential, ResultRow},
    writer::{CodeMatches, Copy},
};
use axum::{extract::State, http::StatusCode, response::Response};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use issuer::Draft;
use schemas::crypto::P256Point;
use serde::{Deserialize, Serialize};
use std::{collections::HashSet, sync::Arc};
use utoipa::ToSchema;

/// The configuration of the certificate for paper and for existing verifiers.
pub(super) const HCERT: &str = "attest-hcert";
/// The configuration of the wallet's single-use copies.
pub(super) const SD_CWT: &str = "attest-sd-cwt";
/// Most keys of one request: each of their copies stands in a batch of its own.
pub(super) const MAX_PROOFS: usize = issuer::batch::MAX_COPIES;
/// The grant type of the first pick-up.
pub(super) const PRE_AUTHORIZED: &str = "urn:ietf:params:oauth:grant-type:pre-authorized_code";
/// The grant type of later ones, when the copies run low (RFC 6749 section 6).
pub(super) const REFRESH: &str = "refresh_token";

/// Corrections of corrections that are followed; somebody who mistypes more often has to hand out a new offer.
const MAX_CORRECTIONS: usize = 16;

/// A token request (section 6.1). Other parameters are ignored.
#[derive(Deserialize, ToSchema)]
pub(super) struct TokenRequest {
    grant_type: String,
    #[serde(rename = "pre-authorized_code")]
    code: Option<String>,
    tx_code: Option<String>,
    refresh_token: Option<String>,
    /// With a refresh token: the wallet was restored from a backup, and its next order moves the result there.
    attest_moves: Option<bool>,
}

/// A token response (section 6.2).
#[derive(Serialize, ToSchema)]
pub(super) struct TokenResponse {
    access_token: String,
    #[schema(example = "Bearer")]
    token_type: &'static str,
    /// Seconds.
    expires_in: i64,
    /// For more copies later, as long as the result or a corrected one stands; keep it with the copies' keys.
    refresh_token: String,
    /// The result was corrected: these tokens are for the new one. Drop the old copies and the old refresh token.
    #[serde(skip_serializing_if = "core::ops::Not::not")]
    attest_replaces: bool,
    /// The refresh token is a new one. Put it in the old one's place and save it before ordering: the first order for copies
    /// moves the result, so that the copies and the refresh tokens from before end.
    #[serde(skip_serializing_if = "core::ops::Not::not")]
    attest_moves: bool,
}

/// A nonce response (section 7.2).
#[derive(Serialize, ToSchema)]
pub(super) struct NonceResponse {
    c_nonce: String,
}

/// A credential request (section 8.2). Other parameters are ignored.
#[derive(Deserialize, ToSchema)]
pub(super) struct CredentialRequest {
    /// `attest-hcert` or `attest-sd-cwt`.
    credential_configuration_id: Option<String>,
    /// Not used here: token responses name no such identifiers.
    credential_identifier: Option<String>,
    proofs: Option<Proofs>,
    /// Not supported.
    #[schema(value_type = Option<Object>)]
    credential_response_encryption: Option<serde_json::Value>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Proofs {
    /// One for each key (appendix F.1), at most eight.
    jwt: Vec<String>,
}

/// A credential response (section 8.3).
#[derive(Serialize, ToSchema)]
pub(super) struct CredentialResponse {
    credentials: Vec<CredentialShown>,
    notification_id: String,
}

#[derive(Serialize, ToSchema)]
struct CredentialShown {
    /// The text of the certificate, or the copy in base64url.
    credential: String,
}

/// A notification (section 11.1).
#[derive(Deserialize, ToSchema)]
pub(super) struct NotificationRequest {
    notification_id: String,
    event: Event,
}

#[derive(Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
enum Event {
    #[serde(rename = "credential_accepted")]
    Accepted,
    #[serde(rename = "credential_failure")]
    Failure,
    #[serde(rename = "credential_deleted")]
    Deleted,
}

/// Changes a pre-authorized code and a transaction code into an access token, or a refresh token into another one.
#[utoipa::path(
    post, path = "/token", tag = "pick-up",
    request_body(content = TokenRequest, content_type = "application/x-www-form-urlencoded"),
    responses((status = 200, body = TokenResponse), (status = 400, description = "As in RFC 6749 section 5.2."))
)]
pub(super) async fn token(
    State(shared): State<Arc<Shared>>,
    WalletForm(request): WalletForm<TokenRequest>,
) -> Result<Response, OAuth> {
    let missing = |what: &str| Error::BodyMalformed(format!("{what} is missing"));
    let wallet = match (&*request.grant_type, request.attest_moves) {
        (REFRESH, Some(true)) => AskedBy::RestoredWallet,
        _ => AskedBy::SameWallet,
    };
    let granted = match &*request.grant_type {
        PRE_AUTHORIZED => {
            let code = request.code.ok_or_else(|| missing("pre-authorized_code"))?;
            let tx_code = request.tx_code.ok_or(Error::TxCodeMissing);
            shared.redeem(&code, &tx_code?).await.map(Granted::AsOffered)
        }
        REFRESH => {
            let token = request.refresh_token.ok_or_else(|| missing("refresh_token"))?;
            shared.refresh(&token, wallet).await
        }
        _ => return Err(Error::GrantTypeUnsupported.into()),
    };
    let granted = granted.map_err(|error| match error {
        // Whose code is right and whose result is gone or revoked gets no token.
        Error::ResultUnknown | Error::ResultNotStanding { .. } => Error::CodeInvalid,
        Error::ReceiptMoved => Error::GrantMoved,
        error => error,
    })?;
    let (Granted::AsOffered(receipt) | Granted::Corrected(receipt)) = granted;
    Ok(json(&TokenResponse {
        access_token: shared.derivation.access_token(receipt, shared.clock.now()),
        token_type: "Bearer",
        expires_in: ACCESS_TOKEN_SECONDS,
        refresh_token: shared.derivation.refresh_token(receipt),
        attest_replaces: matches!(granted, Granted::Corrected(_)),
        attest_moves: wallet == AskedBy::RestoredWallet,
    }))
}

/// Gives a nonce for key proofs.
#[utoipa::path(post, path = "/nonce", tag = "pick-up", responses((status = 200, body = NonceResponse)))]
pub(super) async fn nonce(State(shared): State<Arc<Shared>>) -> Response {
    json(&NonceResponse {
        c_nonce: shared.derivation.nonce(shared.clock.now()),
    })
}

/// Hands over the certificate, or one copy for each key.
#[utoipa::path(
    post, path = "/credential", tag = "pick-up", security(("access_token" = [])), request_body = CredentialRequest,
    responses(
        (status = 200, body = CredentialResponse),
        (status = 400, description = "As in OpenID4VCI 1.0 section 8.3.1."),
        (status = 401, description = "The access token is not known or has expired."),
    )
)]
pub(super) async fn credential(
    State(shared): State<Arc<Shared>>,
    Token(receipt): Token,
    request: Result<WalletJson<CredentialRequest>, OAuth>,
) -> Result<Response, OAuth> {
    let WalletJson(request) = request.map_err(|OAuth(error)| match error {
        Error::BodyMalformed(what) => Error::CredentialRequestMalformed(what),
        error => error,
    })?;
    if request.credential_response_encryption.is_some() {
        return Err(Error::EncryptionUnsupported.into());
    }
    if request.credential_identifier.is_some() {
        return Err(Error::CredentialIdentifierUnknown.into());
    }
    let missing = || Error::CredentialRequestMalformed("credential_configuration_id is missing".into());
    let configuration = request.credential_configuration_id.ok_or_else(missing)?;
    let credentials = match (&*configuration, request.proofs) {
        (HCERT, None) => vec![shared.hcert(receipt).await?],
        (HCERT, Some(_)) => {
            return Err(Error::ProofsUnexpected("this configuration takes no key proofs").into());
        }
        (SD_CWT, Some(proofs)) => shared.copies(receipt, &proofs.jwt).await?,
        (SD_CWT, None) => return Err(Error::ProofsUnexpected("this configuration needs key proofs").into()),
        _ => return Err(Error::ConfigurationUnknown.into()),
    };
    Ok(json(&CredentialResponse {
        credentials: credentials
            .into_iter()
            .map(|credential| CredentialShown { credential })
            .collect(),
        notification_id: shared.derivation.notification_id(receipt.result),
    }))
}

/// Takes note of what became of the credentials. Once they are accepted, their code is used up.
#[utoipa::path(
    post, path = "/notification", tag = "pick-up", security(("access_token" = [])), request_body = NotificationRequest,
    responses((status = 204), (status = 400, description = "As in OpenID4VCI 1.0 section 11.3."))
)]
pub(super) async fn notification(
    State(shared): State<Arc<Shared>>,
    Token(receipt): Token,
    request: Result<WalletJson<NotificationRequest>, OAuth>,
) -> Result<StatusCode, OAuth> {
    let WalletJson(request) = request.map_err(|OAuth(error)| match error {
        Error::BodyMalformed(_) => Error::NotificationMalformed,
        error => error,
    })?;
    let id = receipt.result;
    if request.notification_id != shared.derivation.notification_id(id) {
        return Err(Error::NotificationUnknown.into());
    }
    if request.event == Event::Accepted {
        shared.writer.accept(id).await.map_err(|error| match error {
            Error::ResultUnknown => Error::NotificationUnknown,
            error => error,
        })?;
    }
    Ok(StatusCode::NO_CONTENT)
}

/// The receipt that tokens are for.
#[derive(Clone, Copy)]
enum Granted {
    /// Of the result that the wallet knows.
    AsOffered(Receipt),
    /// Of the one that has taken its place.
    Corrected(Receipt),
}

/// Who has a refresh token.
#[derive(Clone, Copy, PartialEq, Eq)]
enum AskedBy {
    /// The wallet that it was given to.
    SameWallet,
    /// Another one, which has it from a backup.
    RestoredWallet,
}

impl Shared {
    async fn redeem(&self, code: &str, tx_code: &str) -> Result<Receipt, Error> {
        let id = self.derivation.open_pre_authorized_code(code)?;
        let matches = match self.derivation.tx_code_matches(id, tx_code) {
            true => CodeMatches::Yes,
            false => CodeMatches::No,
        };
        self.writer.redeem(id, matches).await?;
        // A move uses the offer up, so that this is the receipt in force.
        Ok(Receipt::first(id))
    }

    /// The receipt of a refresh token; or, for a corrected result, what it is for the last of those that took its place.
    async fn refresh(&self, token: &str, wallet: AskedBy) -> Result<Granted, Error> {
        let mut receipt = self.derivation.open_refresh_token(token)?;
        let known = self.store.result(receipt.result).await?;
        let mut standing = receipt.standing(known.receipt);
        let mut last = None;
        for _ in 0..MAX_CORRECTIONS {
            let Some(next) = last.as_ref().unwrap_or(&known).replaced_by else {
                break;
            };
            let row = self.store.result(next).await?;
            // Each result on the way may have moved: a receipt that lost its standing once has none any more.
            standing = standing.and_then(|standing| {
                receipt = receipt.carried_to(row.id, standing);
                receipt.standing(row.receipt)
            });
            last = Some(row);
        }
        let ended = |state| Error::GrantEnded { state };
        // Nobody is given what may be somebody else's.
        if let Some(row) = &last
            && !read_draft(row)?.may_correct(&read_draft(&known)?)
        {
            return Err(ended(known.state));
        }
        let row = last.as_ref().unwrap_or(&known);
        self.check_standing(row).map_err(|error| match error {
            Error::ResultNotStanding { state } => ended(state),
            error => error,
        })?;
        standing?;
        let receipt = match wallet {
            AskedBy::SameWallet => receipt,
            AskedBy::RestoredWallet => Receipt {
                own: ReceiptId::random()?,
                based_on: row.receipt,
                ..receipt
            },
        };
        Ok(match last {
            None => Granted::AsOffered(receipt),
            Some(_) => Granted::Corrected(receipt),
        })
    }

    async fn hcert(&self, receipt: Receipt) -> Result<String, Error> {
        let row = self.store.result(receipt.result).await?;
        // It moves nothing, but a wallet whose receipt has ended gets nothing more.
        receipt.standing(row.receipt)?;
        Ok(self.certificate(&row).await?.0)
    }

    async fn copies(&self, receipt: Receipt, proofs: &[String]) -> Result<Vec<String>, Error> {
        // 1. The keys, each proven.
        if proofs.is_empty() || proofs.len() > MAX_PROOFS {
            return Err(Error::ProofsUnexpected("one to eight key proofs are needed"));
        }
        let now = self.clock.now();
        let check = |jwt: &String| proof::holder(jwt, &self.settings.url, &self.derivation, now);
        let holders: Vec<P256Point> = proofs.iter().map(check).collect::<Result<_, _>>()?;
        if holders.iter().collect::<HashSet<_>>().len() != holders.len() {
            return Err(Error::ProofInvalid("two proofs are for one key"));
        }
        // 2. Their copies: those there are, or new ones.
        let copies = match self.existing_copies(receipt, &holders).await? {
            Some(copies) => copies,
            None => self.writer.copies(receipt, holders).await?,
        };
        // 3. With their proofs, if the ledger has them.
        let mut encoded = Vec::with_capacity(copies.len());
        for copy in copies {
            let proof = self.store.proof(copy.batch, copy.slot).await?;
            let bytes = issuer::copy_with_proof(&copy.bytes, proof)?;
            encoded.push(BASE64_URL_SAFE_NO_PAD.encode(bytes));
        }
        Ok(encoded)
    }

    /// The copies of a standing result, if each of the keys has one: then nothing has to be written.
    async fn existing_copies(
        &self,
        receipt: Receipt,
        holders: &[P256Point],
    ) -> Result<Option<Vec<Copy>>, Error> {
        let row = self.store.result(receipt.result).await?;
        self.check_standing(&row)?;
        if receipt.standing(row.receipt)? == Standing::Moves {
            return Ok(None);
        }
        let credentials = self.store.credentials(row.number).await?;
        let of = |holder: &P256Point| credentials.iter().find(|c| c.holder == Some(*holder));
        let copy = |c: &Credential| Copy {
            batch: c.batch,
            slot: c.slot,
            bytes: c.bytes.clone(),
        };
        Ok(holders.iter().map(|holder| of(holder).map(copy)).collect())
    }
}

fn read_draft(row: &ResultRow) -> Result<Draft, Error> {
    Draft::decode(&row.draft).map_err(|_| Error::StoreDamaged("draft"))
}
