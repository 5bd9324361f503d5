//! Documents that a verifier imports, each with one fault.

mod network;
mod policy;
mod rules;
mod trust_list;

use crate::{
    Files,
    case::{Format, FormatCase, FormatExpected},
    flag::Flag,
    json,
    world::World,
};
use base64::{Engine, engine::general_purpose::STANDARD};

/// A vector with the name of its file.
pub(crate) struct Case {
    name: &'static str,
    case: FormatCase,
}

/// What a document is.
enum Document {
    Text(String),
    Bytes(Vec<u8>),
    Spaces(usize),
}

impl From<&str> for Document {
    fn from(text: &str) -> Self {
        Self::Text(text.into())
    }
}

impl From<String> for Document {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<Vec<u8>> for Document {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Bytes(bytes)
    }
}

impl Case {
    fn new(
        (format, name): (Format, &'static str),
        description: &str,
        flag: Flag,
        document: impl Into<Document>,
        expect: FormatExpected,
    ) -> Self {
        let (text, base64, spaces) = match document.into() {
            Document::Text(text) => (Some(text), None, None),
            Document::Bytes(bytes) => (None, Some(STANDARD.encode(bytes)), None),
            Document::Spaces(spaces) => (None, None, Some(spaces)),
        };
        let (description, flags) = (description.into(), vec![flag]);
        let case = FormatCase {
            description,
            flags,
            format,
            text,
            base64,
            spaces,
            publisher: None,
            before: None,
            expect,
        };
        Self { name, case }
    }

    /// A document that is taken whole.
    fn good(name: (Format, &'static str), description: &str, document: impl Into<Document>) -> Self {
        Self::new(
            name,
            description,
            Flag::Good,
            document,
            FormatExpected::Taken(vec![]),
        )
    }

    /// A document that is refused whole.
    fn refused(
        name: (Format, &'static str),
        description: &str,
        document: impl Into<Document>,
        code: &str,
    ) -> Self {
        let document = document.into();
        let flag = if matches!(document, Document::Spaces(_)) {
            Flag::Limit
        } else {
            Flag::Document
        };
        Self::new(
            name,
            description,
            flag,
            document,
            FormatExpected::Refused(code.into()),
        )
    }
}

/// The vectors as files, in a folder for each format.
///
/// # Panics
/// On two of one name.
#[must_use]
pub fn files(world: &World) -> Files {
    let cases = [
        policy::cases(),
        network::cases(world),
        network::notes(world),
        trust_list::cases(),
        rules::cases(),
    ];
    let mut files = Files::new();
    for Case { name, case } in cases.into_iter().flatten() {
        let format = serde_json::to_value(case.format).expect("a format has a name");
        let folder = format.as_str().expect("a name is a text");
        let before = files.insert(format!("formats/{folder}/{name}.json"), json(&case));
        assert!(before.is_none(), "{name} stands twice");
    }
    files
}
