//! Key files: the seed of one key, for its owner's eyes only.

use crate::Error;
use std::{
    fmt, fs, io,
    io::{Read as _, Write as _},
    os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _},
    path::Path,
};
use zeroize::{Zeroize as _, Zeroizing};

/// The 32 bytes that an Ed25519 key pair is made of (RFC 8032 section 5.1.5), or one of ML-DSA-44 (FIPS 204).
///
/// In a file they are 64 hexadecimal digits and a newline.
#[derive(Clone)]
pub struct Seed(Zeroizing<[u8; 32]>);

impl Seed {
    /// Draws a new seed and keeps it in a new file with mode 0600; a missing folder is created with mode 0700. The file
    /// appears as a whole and durable, or not at all.
    ///
    /// # Errors
    /// [`Error::KeyFile`], also when there is a file already: a key is never overwritten.
    pub fn create(path: &Path) -> Result<Self, Error> {
        let error = |step| move |source| Error::key_file(path, step, source);
        let mut seed = Zeroizing::new([0; 32]);
        #[expect(
            clippy::disallowed_methods,
            reason = "the edge is where randomness comes from"
        )]
        getrandom::fill(seed.as_mut())
            .map_err(|e| Error::key_file(path, "draw a key", io::Error::other(e)))?;
        let folder = match path.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent,
            _ => Path::new("."),
        };
        fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(folder)
            .map_err(error("create the folder"))?;
        // Written under another name first: a crash leaves either no key or a whole one.
        let temporary = path.with_extension("new");
        let mut text = Zeroizing::new(hex::encode(*seed));
        text.push('\n');
        let _ = fs::remove_file(&temporary);
        fs::OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&temporary)
            .and_then(|mut file| file.write_all(text.as_bytes()).and_then(|()| file.sync_all()))
            .map_err(error("write"))?;
        // A link, unlike a rename, fails if the name is taken.
        let linked = fs::hard_link(&temporary, path).map_err(error("name"));
        let _ = fs::remove_file(&temporary);
        linked?;
        fs::File::open(folder)
            .and_then(|folder| folder.sync_all())
            .map_err(error("flush the folder of"))?;
        Ok(Self(seed))
    }

    /// Reads a key file.
    ///
    /// # Errors
    /// [`Error::KeyFile`]; [`Error::KeyFileOpen`] when others than the owner may read the file;
    /// [`Error::KeyFileMalformed`].
    pub fn read(path: &Path) -> Result<Self, Error> {
        let error = |step| move |source| Error::key_file(path, step, source);
        let file = fs::File::open(path).map_err(error("open"))?;
        let mode = file.metadata().map_err(error("look at"))?.permissions().mode();
        if mode & 0o077 != 0 {
            return Err(Error::KeyFileOpen {
                path: path.to_owned(),
                mode: mode & 0o777,
            });
        }
        let mut text = Zeroizing::new(String::with_capacity(128));
        file.take(128).read_to_string(&mut text).map_err(error("read"))?;
        let mut seed = Zeroizing::new([0; 32]);
        let decoded = hex::decode_to_slice(text.trim_end(), seed.as_mut());
        decoded.map_err(|_| Error::KeyFileMalformed {
            path: path.to_owned(),
        })?;
        Ok(Self(seed))
    }

    /// A seed that is known already, for tests and for keys kept elsewhere.
    #[must_use]
    pub fn from_bytes(mut bytes: [u8; 32]) -> Self {
        let seed = Self(Zeroizing::new(bytes));
        bytes.zeroize();
        seed
    }

    /// The 32 bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for Seed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Seed(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_created_once_and_read_back() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("keys/log.key");
        let seed = Seed::create(&path).unwrap();
        assert_eq!(Seed::read(&path).unwrap().as_bytes(), seed.as_bytes());
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&path), 0o600);
        assert_eq!(mode(path.parent().unwrap()), 0o700);
        assert_eq!(Seed::create(&path).unwrap_err().code(), "key-file");
        assert_eq!(Seed::read(&path).unwrap().as_bytes(), seed.as_bytes());
        assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1);
    }

    #[test]
    fn an_open_or_damaged_key_file_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log.key");
        assert_eq!(Seed::read(&path).unwrap_err().code(), "key-file");
        Seed::create(&path).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        assert_eq!(Seed::read(&path).unwrap_err().code(), "key-file-open");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        fs::write(&path, "00ff\n").unwrap();
        assert_eq!(Seed::read(&path).unwrap_err().code(), "key-file-malformed");
    }
}
