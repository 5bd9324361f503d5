//! The log's side of one witness: what it has cosigned, and how to ask it for more.

use super::tree;
use crate::storage::Storage;
use ledger::{
    checkpoint::SignedCheckpoint,
    merkle::{ConsistencyProof, TreeSize},
    note::{MAX_NOTE_BYTES, NoteSignature, VerifierKey},
    policy::Policy,
    witness::{Answer, Request},
};
use reqwest::{Client, header};
use std::{sync::Arc, time::Duration};
use tokio::{task, time};

/// Requests for one cosignature: one to learn the witness's size, one to prove from it, and one in case that another
/// process moved it in between.
const MAX_REQUESTS: u32 = 3;

/// A witness to ask for cosignatures.
pub(super) struct Asked {
    client: Client,
    url: String,
    timeout: Duration,
    storage: Arc<dyn Storage>,
    /// The size that it cosigned last, as far as this log knows. A wrong one costs one more request.
    known: TreeSize,
}

/// Why a witness gave no cosignature.
#[derive(Debug, thiserror::Error)]
pub(super) enum NoAnswer {
    #[error("no answer within {} ms", .0.as_millis())]
    Timeout(Duration),
    #[error("no connection: {0}")]
    Connection(#[from] reqwest::Error),
    #[error("{0}")]
    Malformed(#[from] ledger::Error),
    #[error("refused with status {0}")]
    Refused(u16),
    #[error(
        "it has cosigned {witness} entries of this log, which has {log}: \
         the log's storage is older than what it signed. Stop it and restore the newest copy"
    )]
    Ahead { witness: u64, log: u64 },
    #[error(
        "it has another tree of {0} entries on record for this log: two histories were signed with its key"
    )]
    Forked(u64),
    #[error("it names another size each time")]
    Unsteady,
    #[error("the tree could not be read: {0}")]
    Tree(String),
}

impl NoAnswer {
    /// Whether it says something about this log, and not about the witness or the way to it.
    pub(super) fn is_alarming(&self) -> bool {
        matches!(
            self,
            Self::Ahead { .. } | Self::Forked(_) | Self::Tree(_) | Self::Refused(403 | 404 | 422)
        )
    }
}

impl Asked {
    /// A witness below a URL prefix, of which `known` entries' cosignature is published.
    pub(super) fn new(
        client: Client,
        prefix: &str,
        timeout: Duration,
        storage: Arc<dyn Storage>,
        known: TreeSize,
    ) -> Self {
        Self {
            client,
            url: format!("{}/add-checkpoint", prefix.trim_end_matches('/')),
            timeout,
            storage,
            known,
        }
    }

    /// Asks for a cosignature (C2SP tlog-witness, "add-checkpoint").
    pub(super) async fn ask(
        &mut self,
        checkpoint: &SignedCheckpoint,
    ) -> Result<Vec<NoteSignature>, NoAnswer> {
        let limit = self.timeout;
        let exchange = self.exchange(checkpoint);
        time::timeout(limit, exchange)
            .await
            .map_err(|_| NoAnswer::Timeout(limit))?
    }

    /// The size of the checkpoint that the witness shows, if it was signed with this log's key and is of a larger tree than
    /// `ours`, or of another one of the same size. A witness's word alone stops nothing: it could say any number.
    pub(super) async fn shown(&self, ours: &SignedCheckpoint, policy: &Policy) -> Option<u64> {
        let (origin, head) = (ours.unverified().origin(), ours.unverified().head());
        let prefix = self.url.strip_suffix("add-checkpoint")?;
        let url = format!("{prefix}{}", crate::origin::path(origin));
        let asked = async {
            let mut response = self.client.get(url).send().await.ok()?;
            let mut body = Vec::new();
            while let Some(chunk) = response.chunk().await.ok()? {
                body.extend_from_slice(&chunk);
                if body.len() > MAX_NOTE_BYTES {
                    return None;
                }
            }
            SignedCheckpoint::parse(&body).ok()
        };
        let shown = time::timeout(self.timeout, asked).await.ok()??;
        let keys: Vec<VerifierKey> = policy.logs().iter().map(|log| log.key.clone()).collect();
        let shown = shown.verify(&keys).ok()?;
        let (same_log, theirs) = (shown.signed().unverified().origin() == origin, shown.head());
        let contradicts = theirs.size > head.size || (theirs.size == head.size && theirs.root != head.root);
        (same_log && contradicts).then_some(theirs.size.0)
    }

    async fn exchange(&mut self, checkpoint: &SignedCheckpoint) -> Result<Vec<NoteSignature>, NoAnswer> {
        let size = checkpoint.unverified().head().size;
        let mut old = self.known.min(size);
        for _ in 0..MAX_REQUESTS {
            match self.post(checkpoint, old).await? {
                Answer::Cosigned(lines) => {
                    self.known = size;
                    return Ok(lines);
                }
                Answer::Refused(status) => return Err(NoAnswer::Refused(status)),
                // It knows another size: prove from there. The same again means that the roots differ.
                Answer::Conflict(theirs) if theirs == old => return Err(NoAnswer::Forked(theirs.0)),
                Answer::Conflict(theirs) if theirs > size => {
                    return Err(NoAnswer::Ahead {
                        witness: theirs.0,
                        log: size.0,
                    });
                }
                Answer::Conflict(theirs) => {
                    self.known = theirs;
                    old = theirs;
                }
            }
        }
        Err(NoAnswer::Unsteady)
    }

    async fn post(&self, checkpoint: &SignedCheckpoint, old: TreeSize) -> Result<Answer, NoAnswer> {
        let request = Request {
            old,
            proof: self.proof(old, checkpoint.unverified().head().size).await?,
            checkpoint: checkpoint.clone(),
        };
        let mut response = self
            .client
            .post(&self.url)
            .body(request.to_string())
            .send()
            .await?;
        let status = response.status().as_u16();
        let content_type = response.headers().get(header::CONTENT_TYPE);
        let content_type = content_type
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default();
        let content_type = content_type.to_owned();
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await? {
            body.extend_from_slice(&chunk);
            if body.len() > MAX_NOTE_BYTES {
                break; // Answer::parse refuses it
            }
        }
        Ok(Answer::parse(status, &content_type, &body)?)
    }

    async fn proof(&self, old: TreeSize, new: TreeSize) -> Result<ConsistencyProof, NoAnswer> {
        if old.0 == 0 || old == new {
            return Ok(ConsistencyProof::default());
        }
        let storage = Arc::clone(&self.storage);
        let proof = task::spawn_blocking(move || tree::consistency(&*storage, old, new)).await;
        let proof = proof.map_err(|error| NoAnswer::Tree(error.to_string()))?;
        proof.map_err(|error| NoAnswer::Tree(error.to_string()))
    }
}
