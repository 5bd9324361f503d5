//! The file with a node's URL, which is a file of its own since such URLs are often secrets.

use crate::Error;
use std::{fs, io::Read as _, path::Path};

/// Longest URL in bytes.
const MAX_URL: u64 = 4 << 10;

/// Reads the file.
///
/// # Errors
/// [`Error::UrlUnreadable`].
pub fn read_url(file: &Path) -> Result<String, Error> {
    let mut url = String::new();
    let read = fs::File::open(file).and_then(|file| file.take(MAX_URL).read_to_string(&mut url));
    read.map_err(|error| Error::UrlUnreadable {
        file: file.to_owned(),
        reason: error.to_string(),
    })?;
    Ok(url.trim().to_owned())
}
