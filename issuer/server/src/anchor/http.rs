//! A log over HTTP.

use super::{Answer, Appending, Asking, Last, Ledger, NotTaken, Sending};
use crate::{
    Error,
    store::{Anchored, PendingEntry},
};
use base64::{Engine, prelude::BASE64_STANDARD};
use ledger::{
    entry::{ENTRY_BYTES, Leaf, UncheckedEntry},
    heads::SignedHead,
};
use reqwest::{Client, StatusCode, Url};
use schemas::IssuerNumber;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// How long a log may take until its members have cosigned; without a quorum it says so within a minute.
const ANSWER_WITHIN: Duration = Duration::from_secs(90);
/// How long a connection may take.
const CONNECT_WITHIN: Duration = Duration::from_secs(5);
/// Longest answer in bytes: two numbers for each of 64 entries.
const MAX_ANSWER_BYTES: usize = 64 * 1024;

/// A log behind `POST {url}/entries`.
pub struct HttpLedger {
    client: Client,
    entries: Url,
    heads: Url,
    issuers: Url,
}

/// An entry for a log, with the object that its root is the hash of, unless it is a batch.
#[derive(Clone, Copy)]
pub struct Submission<'a> {
    /// The signed entry.
    pub entry: &'a [u8; ENTRY_BYTES],
    /// The object.
    pub object: Option<&'a [u8]>,
}

impl<'a> From<&'a PendingEntry> for Submission<'a> {
    fn from(pending: &'a PendingEntry) -> Self {
        Self {
            entry: &pending.entry,
            object: pending.object.as_deref(),
        }
    }
}

#[derive(Serialize)]
struct Request {
    entries: Vec<RequestEntry>,
}

#[derive(Serialize)]
struct RequestEntry {
    /// The 144 bytes, base64.
    entry: String,
    /// What the root is the hash of, base64; absent for a batch.
    #[serde(skip_serializing_if = "Option::is_none")]
    object: Option<String>,
}

/// The answer, also when some entries were refused.
#[derive(Deserialize)]
struct Answers {
    entries: Vec<EntryAnswer>,
}

#[derive(Deserialize)]
struct EntryAnswer {
    index: Option<u64>,
    size: Option<u64>,
    error: Option<String>,
}

/// What the log has of an issuer.
#[derive(Deserialize)]
struct LastAnswer {
    batch: Option<String>,
    snapshot: Option<String>,
}

fn last_entry(text: &str) -> Result<UncheckedEntry, Error> {
    let bytes = BASE64_STANDARD.decode(text).ok();
    match bytes.map(|bytes| Leaf::decode(&bytes)) {
        Some(Ok(Leaf::Entry(entry))) => Ok(entry),
        _ => Err(Error::Ledger("an entry that is none".into())),
    }
}

/// The answer when nothing was looked at.
#[derive(Deserialize)]
struct Refusal {
    error: String,
}

/// The code for an entry of which the log says nothing that makes sense.
const SILENT: &str = "no place and no error";

impl HttpLedger {
    /// The log at `url`, such as `https://log.example`.
    ///
    /// # Errors
    /// [`Error::Setting`] for what is not a URL; [`Error::Ledger`] when this machine cannot speak TLS.
    pub fn new(url: &str) -> Result<Self, Error> {
        let refused = Error::Setting {
            name: "log",
            reason: "it is not a URL",
        };
        let at = |path: &str| Url::parse(&format!("{url}/{path}")).ok();
        let urls = (at("entries"), at("heads"), at("issuers/"));
        let (Some(entries), Some(heads), Some(issuers)) = urls else {
            return Err(refused);
        };
        let client = Client::builder()
            .connect_timeout(CONNECT_WITHIN)
            .timeout(ANSWER_WITHIN)
            .build();
        Ok(Self {
            client: client.map_err(failed)?,
            entries,
            heads,
            issuers,
        })
    }

    /// Appends entries, as [`Ledger::append`] does.
    ///
    /// # Errors
    /// [`Error::Ledger`] when nothing was looked at.
    pub async fn submit(&self, entries: &[Submission<'_>]) -> Result<Vec<Answer>, Error> {
        let request = Request {
            entries: entries
                .iter()
                .map(|entry| RequestEntry {
                    entry: BASE64_STANDARD.encode(entry.entry),
                    object: entry.object.map(|object| BASE64_STANDARD.encode(object)),
                })
                .collect(),
        };
        let mut response = self
            .client
            .post(self.entries.clone())
            .json(&request)
            .send()
            .await
            .map_err(failed)?;
        let status = response.status();
        let body = body_of(&mut response).await?;
        if let Ok(answers) = serde_json::from_slice::<Answers>(&body) {
            let read = |entry| answer(entry, status);
            return Ok(answers.entries.into_iter().map(read).collect());
        }
        Err(refused(&body, status))
    }

    async fn read_last(&self, issuer: IssuerNumber) -> Result<Last, Error> {
        let url = self.issuers.join(&issuer.0.to_string());
        let url = url.map_err(|error| Error::Ledger(error.to_string()))?;
        let mut response = self.client.get(url).send().await.map_err(failed)?;
        let (status, body) = (response.status(), body_of(&mut response).await?);
        // A log of a version before this one has no such path.
        if status == StatusCode::NOT_FOUND {
            tracing::warn!("the log has no /issuers/: whether the database is an older copy cannot be told");
            return Ok(Last::default());
        }
        match serde_json::from_slice::<LastAnswer>(&body) {
            Ok(answer) if status.is_success() => Ok(Last {
                batch: answer.batch.as_deref().map(last_entry).transpose()?,
                snapshot: answer.snapshot.as_deref().map(last_entry).transpose()?,
            }),
            _ => Err(refused(&body, status)),
        }
    }

    async fn post_head(&self, head: &SignedHead) -> Result<(), Error> {
        let request = self.client.post(self.heads.clone()).body(head.encode());
        let mut response = request.send().await.map_err(failed)?;
        let status = response.status();
        match status.is_success() {
            true => Ok(()),
            false => Err(refused(&body_of(&mut response).await?, status)),
        }
    }
}

async fn body_of(response: &mut reqwest::Response) -> Result<Vec<u8>, Error> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(failed)? {
        body.extend_from_slice(&chunk);
        if body.len() > MAX_ANSWER_BYTES {
            return Err(Error::Ledger("a long answer".into()));
        }
    }
    Ok(body)
}

/// What a log says when it looked at nothing.
fn refused(body: &[u8], status: StatusCode) -> Error {
    Error::Ledger(match serde_json::from_slice::<Refusal>(body) {
        Ok(refusal) => short(&refusal.error),
        Err(_) => format!("status {status}"),
    })
}

/// Codes of what waiting can mend (`schemas/spec/log-http.md`).
const LATER: [&str; 2] = ["not-yet-published", "log-unavailable"];

/// With a status of 4xx at least one entry is refused; it is told from those that wait by its code.
fn answer(entry: EntryAnswer, status: StatusCode) -> Answer {
    match entry {
        EntryAnswer {
            index: Some(index),
            size: Some(checkpoint_size),
            error: None,
        } => Ok(Anchored {
            index,
            checkpoint_size,
        }),
        EntryAnswer {
            error: Some(code), ..
        } if status.is_client_error() && !LATER.contains(&&*code) => Err(NotTaken::Refused(short(&code))),
        EntryAnswer { error, .. } => {
            let code = error.map_or_else(|| SILENT.into(), |error| short(&error));
            Err(NotTaken::Later(code))
        }
    }
}

/// A code is short; whatever a log sends instead does not fill ours.
fn short(code: &str) -> String {
    code.chars().filter(|c| !c.is_control()).take(64).collect()
}

impl Ledger for HttpLedger {
    fn append<'a>(&'a self, entries: &'a [PendingEntry]) -> Appending<'a> {
        Box::pin(async {
            let entries: Vec<Submission<'_>> = entries.iter().map(Submission::from).collect();
            self.submit(&entries).await
        })
    }

    fn last<'a>(&'a self, issuer: IssuerNumber) -> Asking<'a> {
        Box::pin(self.read_last(issuer))
    }

    fn send_head<'a>(&'a self, head: &'a SignedHead) -> Sending<'a> {
        Box::pin(self.post_head(head))
    }
}

/// Without the URL, which an operator knows and which may hold a password.
fn failed(error: reqwest::Error) -> Error {
    Error::Ledger(error.without_url().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::EntryKind;
    use axum::{Router, http::StatusCode, routing::post};
    use tokio::net::TcpListener;

    /// What the client makes of an answer.
    async fn answers(status: u16, body: &'static str) -> Result<Vec<Answer>, Error> {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let ledger = HttpLedger::new(&format!("http://{}", listener.local_addr().unwrap())).unwrap();
        let answer = move || async move { (StatusCode::from_u16(status).unwrap(), body) };
        let router = Router::new().route("/entries", post(answer));
        let serving = tokio::spawn(serve::serve(listener, router, std::future::pending()));
        let entry = PendingEntry {
            kind: EntryKind::Snapshot,
            number: 0,
            entry: [0; 144],
            object: Some(vec![1]),
            made_at: Duration::ZERO,
        };
        let answers = ledger.append(&[entry]).await;
        serving.abort();
        answers
    }

    #[tokio::test]
    async fn reads_places_and_refusals() {
        let taken = answers(200, r#"{"entries":[{"index":5,"size":9}]}"#)
            .await
            .unwrap();
        assert_eq!(
            taken,
            [Ok(Anchored {
                index: 5,
                checkpoint_size: 9
            })]
        );
        // Refused by a rule, beside one that waits.
        let body = r#"{"entries":[{"error":"entry-contradicts"},{"index":1,"error":"not-yet-published"}]}"#;
        assert_eq!(
            answers(409, body).await.unwrap(),
            [
                Err(NotTaken::Refused("entry-contradicts".into())),
                Err(NotTaken::Later("not-yet-published".into()))
            ]
        );
        // Refused alone, with an index that does not count yet.
        let body = r#"{"entries":[{"index":5,"error":"not-yet-published","message":"…"}]}"#;
        assert_eq!(
            answers(504, body).await.unwrap(),
            [Err(NotTaken::Later("not-yet-published".into()))]
        );
        assert_eq!(
            answers(200, r#"{"entries":[{"index":5}]}"#).await.unwrap(),
            [Err(NotTaken::Later(SILENT.into()))]
        );
        let refused = answers(503, r#"{"error":"backlog-full","message":"…"}"#)
            .await
            .unwrap_err();
        assert!(refused.to_string().ends_with("backlog-full"), "{refused}");
        let refused = answers(502, "<html>Bad Gateway</html>").await.unwrap_err();
        assert!(refused.to_string().contains("502"), "{refused}");
        let nobody = HttpLedger::new("http://127.0.0.1:1")
            .unwrap()
            .append(&[])
            .await
            .unwrap_err();
        assert_eq!(nobody.code(), "issuer-ledger");
        assert_eq!(
            HttpLedger::new("not a url").err().unwrap().code(),
            "issuer-setting"
        );
    }
}
