//! A node of a chain, by JSON-RPC 2.0 over HTTP.

use crate::Error;
use reqwest::{Client, Url, redirect};
use serde_json::{Value, json};
use std::{fmt, time::Duration};

/// How long a node may take to answer.
const TIMEOUT: Duration = Duration::from_secs(10);
/// Largest answer; a receipt has about 2 kB.
const MAX_ANSWER: usize = 64 << 10;
/// Characters that are shown of what a node says.
const MAX_REASON: usize = 200;
/// Parts of the URL from this length on may be secrets, and are taken out of what a node says.
const SECRET: usize = 8;

/// A node.
#[derive(Clone)]
pub(crate) struct Node {
    client: Client,
    url: Url,
}

impl Node {
    pub(crate) fn open(url: &str) -> Result<Self, Error> {
        let url = Url::parse(url.trim()).map_err(|_| Error::UrlMalformed)?;
        if !matches!(url.scheme(), "http" | "https") || url.host().is_none() {
            return Err(Error::UrlMalformed);
        }
        let client = Client::builder()
            .timeout(TIMEOUT)
            .redirect(redirect::Policy::none());
        let client = client.build().map_err(|_| Error::Client)?;
        Ok(Self { client, url })
    }

    /// Asks, and gives the result as it came.
    pub(crate) async fn ask(&self, method: &'static str, params: Value) -> Result<Value, Error> {
        let unreachable = |error: reqwest::Error| Error::Unreachable {
            node: self.to_string(),
            reason: cause(&error.without_url()),
        };
        let body = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params });
        let sent = self.client.post(self.url.clone()).json(&body).send().await;
        let mut answer = sent.map_err(unreachable)?;
        let status = answer.status();
        let mut bytes = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(unreachable)? {
            if bytes.len() + chunk.len() > MAX_ANSWER {
                return Err(self.malformed(method, "it is too long"));
            }
            bytes.extend_from_slice(&chunk);
        }
        match serde_json::from_slice(&bytes) {
            Ok(Value::Object(mut answer)) => match (answer.get("error"), answer.contains_key("result")) {
                (Some(error), _) if !error.is_null() => Err(Error::Refused {
                    node: self.to_string(),
                    method,
                    reason: self.reason(error),
                }),
                (_, true) => Ok(answer["result"].take()),
                _ => Err(self.malformed(method, "it has no result")),
            },
            _ if !status.is_success() => Err(Error::Unreachable {
                node: self.to_string(),
                reason: format!("status {}", status.as_u16()),
            }),
            _ => Err(self.malformed(method, "it is not JSON-RPC")),
        }
    }

    /// Asks for a number.
    pub(crate) async fn number(&self, method: &'static str, params: Value) -> Result<u128, Error> {
        let value = self.ask(method, params).await?;
        number(&value).ok_or_else(|| self.malformed(method, "a number was expected"))
    }

    /// Asks for a number of at most 64 bits.
    pub(crate) async fn small_number(&self, method: &'static str, params: Value) -> Result<u64, Error> {
        let number = self.number(method, params).await?;
        u64::try_from(number).map_err(|_| self.malformed(method, "the number is too large"))
    }

    /// Asks for bytes.
    pub(crate) async fn bytes(&self, method: &'static str, params: Value) -> Result<Vec<u8>, Error> {
        let value = self.ask(method, params).await?;
        let digits = value.as_str().and_then(|text| text.strip_prefix("0x"));
        let bytes = digits.and_then(|digits| hex::decode(digits).ok());
        bytes.ok_or_else(|| self.malformed(method, "bytes were expected"))
    }

    pub(crate) fn malformed(&self, method: &'static str, problem: &'static str) -> Error {
        Error::AnswerMalformed {
            node: self.to_string(),
            method,
            problem,
        }
    }

    /// What a node says, in one line of bounded length, without what may be a secret of the URL.
    fn reason(&self, error: &Value) -> String {
        let mut message = error["message"].as_str().unwrap_or("without a reason").to_owned();
        let path = self
            .url
            .path_segments()
            .into_iter()
            .flatten()
            .map(ToOwned::to_owned);
        let query = self.url.query_pairs().map(|(_, value)| value.into_owned());
        let user = [self.url.username(), self.url.password().unwrap_or_default()].map(ToOwned::to_owned);
        for part in path.chain(query).chain(user).filter(|part| part.len() >= SECRET) {
            message = message.replace(&part, "…");
        }
        let line = message.chars().filter(|character| !character.is_control());
        line.take(MAX_REASON).collect()
    }
}

impl fmt::Display for Node {
    /// Its host and port alone.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.url.host_str().unwrap_or_default())?;
        self.url.port().map_or(Ok(()), |port| write!(f, ":{port}"))
    }
}

impl fmt::Debug for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A quantity: `0x` and hexadecimal digits.
pub(crate) fn number(value: &Value) -> Option<u128> {
    let digits = value.as_str()?.strip_prefix("0x")?;
    let is_digits = digits.bytes().all(|digit| digit.is_ascii_hexdigit());
    is_digits.then(|| u128::from_str_radix(digits, 16).ok()).flatten()
}

/// What went wrong at the bottom: the layers above say only that something did.
fn cause(error: &reqwest::Error) -> String {
    if error.is_timeout() {
        return "not in time".into();
    }
    let mut cause: &dyn std::error::Error = error;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    cause.to_string()
}
