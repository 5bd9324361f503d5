//! Names of files in a storage.

use core::fmt;

/// The name of a file or folder: segments of letters, digits, `.`, `-` and `_`, separated by `/`, from the storage's
/// root. Made from typed parts by this crate alone, so that no request's path ever becomes a file's path.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Name(String);

impl Name {
    /// A name from parts that are known to be good.
    pub(crate) fn new(path: impl Into<String>) -> Self {
        let path = path.into();
        debug_assert!(path.split('/').all(is_segment), "{path} is no file name");
        Self(path)
    }

    /// The file called `segment` in this folder.
    pub(crate) fn join(&self, segment: &str) -> Self {
        Self::new(format!("{}/{segment}", self.0))
    }

    /// The path, from the storage's root.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn is_segment(segment: &str) -> bool {
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_');
    !segment.is_empty() && !segment.starts_with('.') && segment.bytes().all(plain)
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
