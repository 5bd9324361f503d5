//! Where copies come from.

use crate::{Error, log::files};
use ledger::tile::{Tile, TileFile};
use schemas::Hash;

/// The static files of a log, wherever they are: the log itself, a mirror, a folder.
///
/// Its owner limits the size of what it reads, and the time. Nothing that it says is believed.
pub trait Source: Sync {
    /// The bytes at this path below the log's prefix, or `None` if there is no such file.
    ///
    /// # Errors
    /// [`Error::SourceUnavailable`].
    fn read(&self, path: &str) -> Result<Option<Vec<u8>>, Error>;
}

/// Fetches a checkpoint.
pub(crate) fn checkpoint(source: &dyn Source) -> Result<Vec<u8>, Error> {
    let path = files::checkpoint();
    source.read(path.as_str())?.ok_or_else(|| lacks(path.as_str()))
}

/// Fetches a tile or bundle, a partial one also as the beginning of the full one that took its place.
pub(crate) fn tile(source: &dyn Source, wanted: Tile) -> Result<Option<Vec<u8>>, Error> {
    if let Some(bytes) = source.read(&wanted.to_string())? {
        return Ok(Some(bytes));
    }
    let tile = wanted.full();
    if wanted.is_full() {
        return Ok(None);
    }
    let full = source.read(&tile.to_string())?;
    Ok(full.and_then(|bytes| files::beginning(wanted, &TileFile { tile, bytes })))
}

/// Fetches an object and holds it against its name.
pub(crate) fn object(source: &dyn Source, hash: &Hash) -> Result<Vec<u8>, Error> {
    let path = files::object(hash);
    let bytes = source.read(path.as_str())?.ok_or_else(|| lacks(path.as_str()))?;
    match Hash::of(&[&bytes]) == *hash {
        true => Ok(bytes),
        false => Err(differs(path.as_str())),
    }
}

pub(crate) fn lacks(path: &str) -> Error {
    Error::SourceIncomplete {
        path: path.to_owned(),
    }
}

pub(crate) fn differs(path: &str) -> Error {
    Error::SourceDiffers {
        path: path.to_owned(),
    }
}
