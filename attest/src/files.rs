//! Files that commands read and write: within a limit, and never over what is there.

use crate::Error;
use std::{
    fs,
    io::{self, Read, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::Path,
};

/// Largest file that is read whole: configurations, requests and lines of members have a few kB.
const MAX_FILE_BYTES: u64 = 256 << 10;

/// The text of a file; `-` is standard input.
pub fn read(path: &Path) -> Result<String, Error> {
    read_within(path, MAX_FILE_BYTES)
}

/// The text of a file of at most `limit` bytes; `-` is standard input.
pub fn read_within(path: &Path, limit: u64) -> Result<String, Error> {
    let mut text = String::new();
    let read = match path == Path::new("-") {
        true => io::stdin().take(limit + 1).read_to_string(&mut text),
        false => fs::File::open(path).and_then(|file| file.take(limit + 1).read_to_string(&mut text)),
    };
    let too_long = || io::Error::other(format!("it is longer than {} kB", limit >> 10));
    let within = read.and_then(|length| match length as u64 > limit {
        true => Err(too_long()),
        false => Ok(text),
    });
    within.map_err(|source| Error::Unreadable {
        path: path.to_owned(),
        source,
    })
}

/// Makes a folder that its owner alone may enter; one that is there stays as it is.
pub fn make_folder(path: &Path) -> Result<(), Error> {
    let mut builder = fs::DirBuilder::new();
    builder
        .recursive(true)
        .mode(0o700)
        .create(path)
        .map_err(unwritable(path))
}

/// Makes a new file for its owner's eyes. What is there is never written over.
pub fn create(path: &Path) -> Result<fs::File, Error> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true).mode(0o600);
    options.open(path).map_err(|source| match source.kind() {
        io::ErrorKind::AlreadyExists => Error::Exists(path.to_owned()),
        _ => unwritable(path)(source),
    })
}

/// Writes a new file, durably.
pub fn write_new(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    let mut file = create(path)?;
    file.write_all(bytes)
        .and_then(|()| file.sync_all())
        .map_err(unwritable(path))
}

/// Puts a file in the place of the one that is there, whole or not at all.
pub fn replace(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    let beside = path.with_extension("new");
    let _ = fs::remove_file(&beside);
    write_new(&beside, bytes)?;
    fs::rename(&beside, path).map_err(unwritable(path))
}

/// The system's refusal to write, with the file's name.
pub fn unwritable(path: &Path) -> impl FnOnce(io::Error) -> Error {
    let path = path.to_owned();
    move |source| Error::Unwritable { path, source }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn what_is_there_is_never_written_over() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        write_new(&path, b"first").unwrap();
        assert_eq!(write_new(&path, b"second").unwrap_err().code(), "output-exists");
        assert_eq!(read(&path).unwrap(), "first");
        replace(&path, b"third").unwrap();
        assert_eq!(read(&path).unwrap(), "third");
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_file_that_is_too_long_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        let long = vec![b'#'; usize::try_from(MAX_FILE_BYTES).unwrap() + 1];
        write_new(&path, &long).unwrap();
        assert_eq!(read(&path).unwrap_err().code(), "input-unreadable");
    }
}
