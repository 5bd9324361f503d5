//! Requests to an issuer's service, and what can be read from its answers.

use crate::Error;
use core::fmt;
use serde_json::Value;

/// Largest answer that is read: eight copies have 8 kB, metadata less.
pub const MAX_ANSWER_BYTES: usize = 256 << 10;
/// Longest message of an issuer that is passed on, in characters.
const MAX_SAID: usize = 200;

/// A request that is to be made. It follows no redirect: an issuer is where its address says.
#[derive(Clone, PartialEq, Eq)]
pub struct Request {
    /// The address.
    pub url: String,
    /// The bearer token, if one is needed.
    pub token: Option<String>,
    /// The body of a POST; a GET has none.
    pub body: Option<Body>,
}

/// What a POST brings.
#[derive(Clone, PartialEq, Eq)]
pub enum Body {
    /// Nothing.
    Empty,
    /// `application/x-www-form-urlencoded`.
    Form(String),
    /// `application/json`.
    Json(String),
}

impl Body {
    /// The text, and its media type.
    #[must_use]
    pub fn parts(&self) -> (&str, Option<&'static str>) {
        match self {
            Self::Empty => ("", None),
            Self::Form(text) => (text, Some("application/x-www-form-urlencoded")),
            Self::Json(text) => (text, Some("application/json")),
        }
    }
}

/// The answer to a [`Request`].
#[derive(Clone, Copy)]
pub struct Response<'a> {
    /// The status (RFC 9110 section 15).
    pub status: u16,
    /// The body.
    pub body: &'a [u8],
}

impl Response<'_> {
    /// The JSON of an answer that is no refusal; null when there is nothing in it.
    pub(super) fn json(&self) -> Result<Value, Error> {
        if self.body.len() > MAX_ANSWER_BYTES {
            return Err(Error::IssuerAnswer("it is too long"));
        }
        let value = match self.body.is_empty() {
            true => Ok(Value::Null),
            false => serde_json::from_slice(self.body),
        };
        match ((200..300).contains(&self.status), value) {
            (true, value) => value.map_err(|_| Error::IssuerAnswer("it is not JSON")),
            (false, value) => {
                let said = value.unwrap_or_default();
                let said = said["error_description"].as_str().or(said["title"].as_str());
                let said = said.unwrap_or_default().chars().filter(|c| !c.is_control());
                Err(Error::IssuerRefused {
                    status: self.status,
                    said: said.take(MAX_SAID).collect(),
                })
            }
        }
    }
}

/// A text in an answer.
pub(super) fn text(answer: &Value, name: &'static str) -> Result<String, Error> {
    let text = answer[name].as_str();
    text.map(str::to_owned).ok_or(Error::IssuerAnswer(name))
}

/// A form of names and values (WHATWG URL, application/x-www-form-urlencoded).
pub(super) fn form(fields: &[(&str, &str)]) -> Body {
    let fields = fields
        .iter()
        .map(|(name, value)| format!("{name}={}", escaped(value)));
    Body::Form(fields.collect::<Vec<_>>().join("&"))
}

fn escaped(value: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
    let mut text = String::with_capacity(value.len());
    for byte in value.bytes() {
        match plain(byte) {
            true => text.push(char::from(byte)),
            false => text.push_str(&format!("%{byte:02X}")),
        }
    }
    text
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Request(…)")
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Body(…)")
    }
}

impl fmt::Debug for Response<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Response({}, …)", self.status)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_holds_every_value() {
        let Body::Form(text) = form(&[("a", "x y&z=ä"), ("b", "A-._9")]) else {
            panic!("a form");
        };
        assert_eq!(text, "a=x%20y%26z%3D%C3%A4&b=A-._9");
    }

    #[test]
    fn a_refusal_is_passed_on_in_part() {
        let answer = |status, body: &str| {
            Response {
                status,
                body: body.as_bytes(),
            }
            .json()
        };
        assert_eq!(answer(204, ""), Ok(Value::Null));
        assert_eq!(
            answer(200, "<html>").unwrap_err().code(),
            "issuer-answer-malformed"
        );
        let long = " ".repeat(MAX_ANSWER_BYTES + 1);
        assert_eq!(answer(200, &long).unwrap_err().code(), "issuer-answer-malformed");
        let said = |body: &str| match answer(400, body) {
            Err(Error::IssuerRefused { status: 400, said }) => said,
            other => panic!("{other:?}"),
        };
        assert_eq!(
            said(r#"{"error_description":"no\u001b! (issuer-code-used)"}"#),
            "no! (issuer-code-used)"
        );
        assert_eq!(said(r#"{"title":"busy"}"#), "busy");
        assert_eq!(said("<html>"), "");
        assert_eq!(
            said(&format!(r#"{{"title":"{}"}}"#, "x".repeat(999))).len(),
            MAX_SAID
        );
    }
}
