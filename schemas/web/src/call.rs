//! A call from script: JSON and bytes in, JSON and bytes out.
//!
//! The module keeps one buffer. The script asks for room in it ([`Boundary::input`]), writes the JSON of the call and then
//! the bytes that go with it, such as a camera's frame, and calls ([`Boundary::call`]). The answer takes the buffer's
//! place: four bytes with the length of its JSON (little-endian), the JSON, and bytes.

use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Value, json};

/// Most bytes of a call: a camera's frame of 4,096 × 2,160 pixels with four bytes each. It bounds what one page asks of
/// itself.
const MAX_CALL: usize = 40 << 20;

/// What a page's script calls.
pub trait Module: Default {
    /// The calls.
    type Call: DeserializeOwned;

    /// Answers one call. `body` is the bytes that came with it.
    ///
    /// # Errors
    /// A [`Refusal`], which the script shows by its code.
    fn call(&mut self, call: Self::Call, body: &[u8]) -> Result<Answer, Refusal>;
}

/// What a call gives.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Answer {
    head: Value,
    body: Vec<u8>,
}

impl Answer {
    /// An answer in JSON.
    #[must_use]
    pub fn json(head: &impl Serialize) -> Self {
        let head = serde_json::to_value(head).unwrap_or_default();
        Self {
            head,
            body: Vec::new(),
        }
    }

    /// The same with bytes beside it.
    #[must_use]
    pub fn with_body(self, body: Vec<u8>) -> Self {
        Self { body, ..self }
    }

    /// The JSON.
    #[must_use]
    pub fn head(&self) -> &Value {
        &self.head
    }

    /// The bytes.
    #[must_use]
    pub fn body(&self) -> &[u8] {
        &self.body
    }
}

/// Why a call was refused. The code is the one of the crate that refused; the page has words for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The stable code.
    pub code: &'static str,
    /// What happened, in English, for whoever has to look into it.
    pub text: String,
}

/// A module with its buffer.
#[derive(Debug, Default)]
pub struct Boundary<M> {
    module: M,
    buffer: Vec<u8>,
}

impl<M: Module> Boundary<M> {
    /// Makes room for a call of `length` bytes and tells where.
    pub fn input(&mut self, length: usize) -> *const u8 {
        self.buffer.clear();
        self.buffer.resize(length.min(MAX_CALL), 0);
        self.buffer.as_ptr()
    }

    /// Answers the call in the buffer, of which the first `head` bytes are its JSON. Returns the length of the answer, which
    /// is in the buffer then.
    pub fn call(&mut self, head: usize) -> usize {
        let buffer = std::mem::take(&mut self.buffer);
        let answer = match buffer.split_at_checked(head) {
            Some((head, body)) => self.answer(head, body),
            None => Err(malformed("there is less than its JSON")),
        };
        let (head, body) = match answer {
            Ok(Answer { head, body }) => (json!({ "ok": head }), body),
            Err(Refusal { code, text }) => (json!({ "refused": { "code": code, "text": text } }), Vec::new()),
        };
        let head = head.to_string();
        let length = u32::try_from(head.len()).unwrap_or(u32::MAX);
        self.buffer = [&length.to_le_bytes(), head.as_bytes(), &body].concat();
        self.buffer.len()
    }

    /// Where the buffer is.
    #[must_use]
    pub fn output(&self) -> *const u8 {
        self.buffer.as_ptr()
    }

    fn answer(&mut self, head: &[u8], body: &[u8]) -> Result<Answer, Refusal> {
        let call = serde_json::from_slice(head).map_err(|error| malformed(&error.to_string()))?;
        self.module.call(call, body)
    }
}

fn malformed(text: &str) -> Refusal {
    Refusal {
        code: "call-malformed",
        text: text.to_owned(),
    }
}

/// Exports a [`Module`] to the page's script, as `input`, `call` and `output`.
#[macro_export]
macro_rules! export {
    ($module:ty) => {
        #[cfg(target_family = "wasm")]
        #[expect(
            unsafe_code,
            reason = "the names are the script's, and each is exported once"
        )]
        mod exported {
            use super::*;
            use std::cell::RefCell;

            thread_local! {
                static BOUNDARY: RefCell<$crate::Boundary<$module>> = RefCell::default();
            }

            #[unsafe(no_mangle)]
            extern "C" fn input(length: usize) -> *const u8 {
                BOUNDARY.with_borrow_mut(|boundary| boundary.input(length))
            }

            #[unsafe(no_mangle)]
            extern "C" fn call(head: usize) -> usize {
                BOUNDARY.with_borrow_mut(|boundary| boundary.call(head))
            }

            #[unsafe(no_mangle)]
            extern "C" fn output() -> *const u8 {
                BOUNDARY.with_borrow(|boundary| boundary.output())
            }
        }
    };
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;

    #[derive(Default)]
    struct Echo {
        calls: u32,
    }

    #[derive(Deserialize)]
    #[serde(tag = "call", rename_all = "kebab-case")]
    enum EchoCall {
        Repeat { times: usize },
        Refuse,
    }

    impl Module for Echo {
        type Call = EchoCall;

        fn call(&mut self, call: EchoCall, body: &[u8]) -> Result<Answer, Refusal> {
            self.calls += 1;
            match call {
                EchoCall::Repeat { times } => {
                    Ok(Answer::json(&json!({ "calls": self.calls })).with_body(body.repeat(times)))
                }
                EchoCall::Refuse => Err(Refusal {
                    code: "echo-refused",
                    text: "as asked".into(),
                }),
            }
        }
    }

    fn ask(boundary: &mut Boundary<Echo>, head: &str, body: &[u8]) -> (Value, Vec<u8>) {
        boundary.input(head.len() + body.len());
        boundary.buffer = [head.as_bytes(), body].concat();
        let length = boundary.call(head.len());
        assert_eq!(length, boundary.buffer.len());
        let (length, rest) = boundary.buffer.split_first_chunk().unwrap();
        let (head, body) = rest.split_at(u32::from_le_bytes(*length) as usize);
        (serde_json::from_slice(head).unwrap(), body.to_vec())
    }

    #[test]
    fn json_and_bytes_go_in_and_out() {
        let mut boundary = Boundary::<Echo>::default();
        let repeat = r#"{ "call": "repeat", "times": 2 }"#;
        assert_eq!(
            ask(&mut boundary, repeat, b"ab"),
            (json!({ "ok": { "calls": 1 } }), b"abab".to_vec())
        );
        let refused = ask(&mut boundary, r#"{ "call": "refuse" }"#, b"ab");
        assert_eq!(
            refused,
            (
                json!({ "refused": { "code": "echo-refused", "text": "as asked" } }),
                Vec::new()
            )
        );
    }

    #[test]
    fn a_call_that_is_none_is_refused() {
        let mut boundary = Boundary::<Echo>::default();
        for head in ["", "{", r#"{ "call": "sing" }"#] {
            assert_eq!(
                ask(&mut boundary, head, b"").0["refused"]["code"],
                "call-malformed",
                "{head}"
            );
        }
        boundary.input(3);
        let length = boundary.call(4);
        assert!(length > 4);
        // No more room than the limit, whatever is asked for.
        boundary.input(usize::MAX);
        assert_eq!(boundary.buffer.len(), MAX_CALL);
    }
}
