//! The calls of the page's script.

use crate::door::{PageDoor, Source};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use schemas::{
    UnixTime,
    qr::{Code, Effort, read_pixels},
};
use serde::Deserialize;
use serde_json::{Value, json};
use verifier::Policy;
use web::{Answer, Module, Refusal};

/// What the scanner page keeps in its module.
#[derive(Default)]
pub struct Scanner {
    door: PageDoor,
}

/// A call of the page's script. Times are milliseconds since 1970, by the device's clock.
#[derive(Deserialize)]
#[serde(
    tag = "call",
    rename_all = "kebab-case",
    rename_all_fields = "kebab-case",
    deny_unknown_fields
)]
pub enum Call {
    /// Sets the door up anew: the network document as it is written, if there is one.
    SetUp {
        /// The document.
        network: Option<String>,
    },
    /// Takes trust lists, rules and value sets, each file in base64.
    Import {
        /// Trust lists, in any form that is read.
        trust: Vec<String>,
        /// Country rules.
        rules: Vec<String>,
        /// Value sets.
        value_sets: Vec<String>,
    },
    /// Decides by this policy from now on, and describes it.
    Decide {
        /// The document.
        policy: Value,
    },
    /// Describes a policy.
    Describe {
        /// The document.
        policy: Value,
    },
    /// Starts a sync, and tells which of the ledger's files are wanted.
    Follow,
    /// Takes the bytes of a wanted file, which come with it.
    Supply {
        /// Its path, as it was wanted.
        path: String,
    },
    /// How fresh the view of the ledger is.
    View {
        /// The device's clock.
        now: i64,
    },
    /// Examines what is in a picture, whose pixels come with it.
    Scan {
        /// Pixels in a row.
        width: u32,
        /// Rows.
        height: u32,
        /// Bytes from row to row of brightness alone; without it four bytes are a pixel.
        stride: Option<u32>,
        /// Where it is from.
        source: Source,
        /// The device's clock.
        now: i64,
    },
    /// Examines a text, such as a reader types.
    Examine {
        /// The text.
        text: String,
        /// The device's clock.
        now: i64,
    },
    /// Demands answers to this challenge from now on, and draws it.
    Challenge {
        /// SHA-256 of the door's key, in base64url.
        door: String,
        /// 16 random bytes, in base64url.
        nonce: String,
        /// The device's clock.
        now: i64,
    },
    /// Demands no answer to a challenge any more.
    AnyDoor,
    /// Draws a text as a code.
    Code {
        /// The text.
        text: String,
    },
}

impl Module for Scanner {
    type Call = Call;

    fn call(&mut self, call: Call, body: &[u8]) -> Result<Answer, Refusal> {
        let door = &mut self.door;
        let head = match call {
            Call::SetUp { network } => {
                *door = PageDoor::new(network.as_deref())?;
                json!({})
            }
            Call::Import {
                trust,
                rules,
                value_sets,
            } => door.import(&trust, &rules, &value_sets)?,
            Call::Decide { policy } => {
                let policy = policy_of(&policy)?;
                let described = describe(&policy);
                door.decide_by(policy);
                described
            }
            Call::Describe { policy } => describe(&policy_of(&policy)?),
            Call::Follow => door.follow(),
            Call::Supply { path } => door.supply(&path, body)?,
            Call::View { now } => door.view(seconds(now)),
            Call::Scan {
                width,
                height,
                stride,
                source,
                now,
            } => {
                let effort = match source {
                    Source::Camera => Effort::Frame,
                    Source::Picture => Effort::Photo,
                };
                let texts = read_pixels(width, height, stride, body, effort).map_err(refused)?;
                door.scan(&texts, source, now)
            }
            Call::Examine { text, now } => door.examine(&text, seconds(now)).to_json("text"),
            Call::Challenge {
                door: key,
                nonce,
                now,
            } => {
                let (key, nonce) = (bytes(&key)?, bytes(&nonce)?);
                let text = door.challenge(key, nonce, seconds(now));
                json!({ "text": text, "svg": draw(&text)? })
            }
            Call::AnyDoor => {
                door.any_door();
                json!({})
            }
            Call::Code { text } => json!({ "svg": draw(&text)? }),
        };
        Ok(Answer::json(&head))
    }
}

fn seconds(milliseconds: i64) -> UnixTime {
    UnixTime(milliseconds.div_euclid(1_000))
}

fn draw(text: &str) -> Result<String, Refusal> {
    Ok(Code::new(text).map_err(refused)?.to_svg(None))
}

fn policy_of(document: &Value) -> Result<Policy, Refusal> {
    // A page talks to its own server alone, so that it can ask no chain.
    let policy = Policy::from_json(&document.to_string()).and_then(Policy::without_chain);
    policy.map_err(refused)
}

/// The whole document, with every default written out.
fn describe(policy: &Policy) -> Value {
    json!({ "policy": policy })
}

fn bytes<const LENGTH: usize>(text: &str) -> Result<[u8; LENGTH], Refusal> {
    let decoded = URL_SAFE_NO_PAD.decode(text).ok();
    let bytes = decoded.and_then(|bytes| bytes.try_into().ok());
    bytes.ok_or_else(|| Refusal {
        code: "call-malformed",
        text: format!("not {LENGTH} bytes in base64url"),
    })
}

/// A refusal of the verifier, as the script gets it.
pub fn refused(error: impl Into<verifier::Error>) -> Refusal {
    let error = error.into();
    Refusal {
        code: error.code(),
        text: error.to_string(),
    }
}

#[cfg(test)]
mod tests;
