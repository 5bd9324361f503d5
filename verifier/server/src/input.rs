//! What is to be verified: a file, a picture, text, or standard input.

use schemas::qr;
use std::{io::Read, path::Path};

/// Largest file: a photo of a telephone has up to about 10 MB.
const MAX_FILE_BYTES: u64 = 20 << 20;

/// Most texts of one input: more than anybody shows at once. A verdict takes 2 kB, a thousand times as much as the shortest text.
const MAX_TEXTS: usize = 64;

/// Texts to verify, with the name that the person gave.
pub struct Input {
    /// As given on the command line; text is named by its first characters.
    pub name: String,
    /// The texts of the credentials in it.
    pub texts: Vec<String>,
}

/// Why there is nothing to verify.
#[derive(Debug, thiserror::Error)]
pub enum InputError {
    /// The file cannot be read.
    #[error("{name} cannot be read: {reason}")]
    Unreadable {
        /// As given.
        name: String,
        /// What the system says.
        reason: std::io::Error,
    },
    /// Larger than anything that holds a credential.
    #[error("{name} is larger than {} MB: give the picture or text of one credential", MAX_FILE_BYTES >> 20)]
    TooLarge {
        /// As given.
        name: String,
    },
    /// More texts than anybody shows at a door.
    #[error("{name} has more than {MAX_TEXTS} texts: give fewer at a time")]
    TooMany {
        /// As given.
        name: String,
    },
    /// Not a picture that can be read.
    #[error("{name}: {reason}: give a PNG or JPEG picture, or the text of the code")]
    Picture {
        /// As given.
        name: String,
        /// Why not.
        reason: schemas::Error,
    },
    /// Nothing is in it.
    #[error("{name} is empty: give a picture or the text of a code")]
    Empty {
        /// As given.
        name: String,
    },
    /// A picture without a code.
    #[error("{name}: no QR code was found in the picture: take it closer, sharper and without glare")]
    NoCode {
        /// As given.
        name: String,
    },
    /// Bytes that are no text.
    #[error("{name} is neither a picture (PNG, JPEG) nor text")]
    NotText {
        /// As given.
        name: String,
    },
}

impl InputError {
    /// The stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unreadable { .. } => "input-unreadable",
            Self::TooLarge { .. } => "input-too-large",
            Self::TooMany { .. } => "input-too-many",
            Self::Picture { reason, .. } => reason.code(),
            Self::Empty { .. } => "input-empty",
            Self::NoCode { .. } => "input-without-code",
            Self::NotText { .. } => "input-not-text",
        }
    }
}

impl Input {
    /// Takes an argument: `-` is standard input, an existing file is read, everything else is text.
    ///
    /// # Errors
    /// [`InputError`].
    pub fn of(argument: &str) -> Result<Self, InputError> {
        let unreadable = |reason| InputError::Unreadable {
            name: argument.to_owned(),
            reason,
        };
        let mut bytes = Vec::new();
        if argument == "-" {
            std::io::stdin()
                .take(MAX_FILE_BYTES + 1)
                .read_to_end(&mut bytes)
                .map_err(unreadable)?;
        } else if Path::new(argument).is_file() {
            let file = std::fs::File::open(argument).map_err(unreadable)?;
            file.take(MAX_FILE_BYTES + 1)
                .read_to_end(&mut bytes)
                .map_err(unreadable)?;
        } else if looks_like_text(argument) {
            let name = argument.chars().take(12).chain(['…']).collect();
            return Ok(Self {
                name,
                texts: vec![argument.to_owned()],
            });
        } else {
            let reason = match std::fs::metadata(argument) {
                Ok(about) if about.is_dir() => "it is a folder: give the files in it",
                Ok(_) => "it is a device or a pipe: give a file, or - for standard input",
                Err(_) => "there is no such file, and the text of a credential begins otherwise",
            };
            return Err(unreadable(std::io::Error::other(reason)));
        }
        Self::read(argument.to_owned(), &bytes)
    }

    /// Finds the credentials in a file's bytes.
    ///
    /// # Errors
    /// [`InputError`].
    pub fn read(name: String, bytes: &[u8]) -> Result<Self, InputError> {
        if bytes.len() as u64 > MAX_FILE_BYTES {
            return Err(InputError::TooLarge { name });
        }
        let is_picture = bytes.starts_with(b"\x89PNG") || bytes.starts_with(&[0xff, 0xd8]);
        let texts = if is_picture {
            let read = qr::read_picture(bytes);
            read.map_err(|reason| InputError::Picture {
                name: name.clone(),
                reason,
            })?
        } else {
            let text = std::str::from_utf8(bytes).map_err(|_| InputError::NotText { name: name.clone() })?;
            text.lines()
                .filter(|line| !line.trim().is_empty())
                .take(MAX_TEXTS + 1)
                .map(str::to_owned)
                .collect()
        };
        match texts.len() {
            0 if is_picture => Err(InputError::NoCode { name }),
            0 => Err(InputError::Empty { name }),
            1..=MAX_TEXTS => Ok(Self { name, texts }),
            _ => Err(InputError::TooMany { name }),
        }
    }
}

/// What a person pastes begins as a credential does; a mistyped file name does not.
fn looks_like_text(argument: &str) -> bool {
    let prefix = argument.split(':').next().unwrap_or_default();
    argument.contains(':') && !prefix.is_empty() && prefix.len() <= 4 && !argument.contains('/')
        || argument.len() > 255
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_input_has_so_many_texts_at_most() {
        let read = |lines: usize| Input::read("lines".into(), "a\n\n".repeat(lines).as_bytes());
        assert_eq!(
            read(MAX_TEXTS).map(|input| input.texts.len()).ok(),
            Some(MAX_TEXTS)
        );
        assert_eq!(
            read(MAX_TEXTS + 1).err().map(|error| error.code()),
            Some("input-too-many")
        );
    }

    #[test]
    fn says_what_is_wrong() {
        for bytes in [&b""[..], b" \n\n"] {
            let error = Input::read("request".into(), bytes).err().unwrap();
            assert_eq!(error.code(), "input-empty");
        }
        for (argument, says) in [
            ("/", "a folder"),
            ("/dev/null", "a device"),
            ("nothing.png", "no such file"),
        ] {
            let error = Input::of(argument).err().unwrap();
            assert_eq!(error.code(), "input-unreadable");
            assert!(error.to_string().contains(says), "{error}");
        }
    }
}
