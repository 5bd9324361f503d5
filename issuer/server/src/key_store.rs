//! The key store: a directory that only the service may read, and the one place where its secrets live.
//!
//! ```text
//! keys/            0700
//!   derivation     0600   32 random bytes, from which codes and tokens are derived
//!   signing-0.pk8  0600   an ES256 key, PKCS #8 (RFC 5958)
//!   signing-1.pk8  0600   its successor, and so on; the highest number that the registrar accredited signs
//!   post-quantum   0600   the seed of an ML-DSA-44 key
//!   event.head     0600   what the registrar's ML-DSA-44 key signed of the latest key event; no secret
//!   lock           0600   locked while a file is made, so that of two processes the second finds what the first one made
//! ```
//!
//! The processes of an issuer share the directory (on several machines over a file system with locks, such as NFS 4): each reads
//! a key when the registrar's event that accredits it is taken up, whichever of them made it.
//!
//! Files are written beside their place and renamed, so that a crash leaves the old file or the new one. Nothing here
//! is ever logged, printed or put into the database. Whoever copies this directory can issue in the service's name
//! until the registrar cuts the key off.

use crate::Error;
use ledger::heads::SignedHead;
use schemas::crypto::{aws_lc::SigningKey, ml_dsa};
use std::{
    fs::{self, DirBuilder, File, OpenOptions, Permissions},
    io::{self, Read, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
};
use zeroize::Zeroizing;

/// A PKCS #8 document of a P-256 key has 138 bytes; anything much larger is not one.
const MAX_FILE_BYTES: u64 = 4096;

const DERIVATION: &str = "derivation";
const POST_QUANTUM: &str = "post-quantum";
const EVENT_HEAD: &str = "event.head";
const LOCK: &str = "lock";

/// An open key store.
pub struct KeyStore {
    directory: PathBuf,
}

/// Which of the service's signing keys, counted from 0 in the order in which they were made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct KeyNumber(pub u32);

impl KeyStore {
    /// Opens the store in `directory`, and makes it if it is not there.
    ///
    /// # Errors
    /// [`Error::KeyStore`]; also when others than the owner may enter the directory.
    pub fn open(directory: impl Into<PathBuf>) -> Result<Self, Error> {
        let directory = directory.into();
        let failed = |reason| Error::KeyStore {
            path: directory.clone(),
            reason,
        };
        make(&directory).map_err(failed)?;
        let metadata = fs::metadata(&directory).map_err(failed)?;
        let is_new = fs::read_dir(&directory).map_err(failed)?.next().is_none();
        if is_new {
            fs::set_permissions(&directory, Permissions::from_mode(0o700)).map_err(failed)?;
        } else if metadata.permissions().mode() & 0o077 != 0 {
            let reason = "others may read it; `chmod 700` it after checking who did";
            return Err(failed(io::Error::other(reason)));
        }
        Ok(Self { directory })
    }

    /// Refuses a store without the secret that it had before, such as one that was not restored with the database.
    ///
    /// # Errors
    /// [`Error::KeyStore`].
    pub fn check_whole(&self) -> Result<(), Error> {
        let missing = || io::Error::other("missing; restore it from the backup of the key store");
        match self.directory.join(DERIVATION).exists() {
            true => Ok(()),
            false => Err(self.failed(DERIVATION, missing())),
        }
    }

    /// The secret from which codes and tokens are derived; made at the first call.
    ///
    /// # Errors
    /// [`Error::KeyStore`].
    pub fn derivation_secret(&self) -> Result<Zeroizing<[u8; 32]>, Error> {
        let _alone = self.alone()?;
        if !self.directory.join(DERIVATION).exists() {
            let mut secret = Zeroizing::new([0; 32]);
            crate::random::fill(&mut *secret)?;
            self.write(DERIVATION, &*secret)?;
        }
        let bytes = self.read(DERIVATION)?;
        let secret = <[u8; 32]>::try_from(&**bytes).map_err(|_| self.damaged(DERIVATION))?;
        Ok(Zeroizing::new(secret))
    }

    /// The signing keys that are here, oldest first.
    ///
    /// # Errors
    /// [`Error::KeyStore`].
    pub fn signing_keys(&self) -> Result<Vec<KeyNumber>, Error> {
        let entries = fs::read_dir(&self.directory).map_err(|e| self.failed("", e))?;
        let mut numbers = Vec::new();
        for entry in entries {
            let name = entry.map_err(|e| self.failed("", e))?.file_name();
            numbers.extend(name.to_str().and_then(number_of_file));
        }
        numbers.sort_unstable();
        Ok(numbers)
    }

    /// Reads a signing key.
    ///
    /// # Errors
    /// [`Error::KeyStore`], also when the file is damaged.
    pub fn signing_key(&self, number: KeyNumber) -> Result<SigningKey, Error> {
        let name = file_of_number(number);
        SigningKey::from_pkcs8(&self.read(&name)?).map_err(|_| self.damaged(&name))
    }

    /// Makes the next signing key. It is durable when this returns.
    ///
    /// # Errors
    /// [`Error::KeyStore`].
    pub fn make_signing_key(&self) -> Result<KeyNumber, Error> {
        let _alone = self.alone()?;
        let number = KeyNumber(self.signing_keys()?.last().map_or(0, |last| last.0 + 1));
        let key = SigningKey::generate().and_then(|key| key.to_pkcs8());
        self.write(&file_of_number(number), &key.map_err(Error::Signing)?)?;
        Ok(number)
    }

    /// The ML-DSA-44 key, if there is one.
    ///
    /// # Errors
    /// [`Error::KeyStore`], also when the file is damaged.
    pub fn post_quantum_key(&self) -> Result<Option<ml_dsa::SecretKey>, Error> {
        if !self.directory.join(POST_QUANTUM).exists() {
            return Ok(None);
        }
        let bytes = self.read(POST_QUANTUM)?;
        let seed = <[u8; 32]>::try_from(&**bytes).map_err(|_| self.damaged(POST_QUANTUM))?;
        Ok(Some(ml_dsa::SecretKey::from_seed(&Zeroizing::new(seed))))
    }

    /// The ML-DSA-44 key; made at the first call.
    ///
    /// # Errors
    /// [`Error::KeyStore`].
    pub fn make_post_quantum_key(&self) -> Result<ml_dsa::SecretKey, Error> {
        let _alone = self.alone()?;
        if let Some(key) = self.post_quantum_key()? {
            return Ok(key);
        }
        let mut seed = Zeroizing::new([0; 32]);
        crate::random::fill(&mut *seed)?;
        self.write(POST_QUANTUM, &*seed)?;
        Ok(ml_dsa::SecretKey::from_seed(&seed))
    }

    /// The registrar's head of this issuer's key events, if there is one.
    ///
    /// # Errors
    /// [`Error::KeyStore`], also when the file is damaged.
    pub fn event_head(&self) -> Result<Option<SignedHead>, Error> {
        if !self.directory.join(EVENT_HEAD).exists() {
            return Ok(None);
        }
        let head = SignedHead::decode(&self.read(EVENT_HEAD)?).map_err(|_| self.damaged(EVENT_HEAD))?;
        Ok(Some(head))
    }

    /// Keeps the registrar's head of this issuer's key events.
    ///
    /// # Errors
    /// [`Error::KeyStore`].
    pub fn keep_event_head(&self, head: &SignedHead) -> Result<(), Error> {
        let _alone = self.alone()?;
        self.write(EVENT_HEAD, &head.encode())
    }

    /// Waits until no other process makes a file; until the answer is dropped, none does.
    fn alone(&self) -> Result<File, Error> {
        let mut options = OpenOptions::new();
        let file = options.append(true).create(true).mode(0o600);
        let file = file.open(self.directory.join(LOCK));
        let locked = file.and_then(|file| file.lock().map(|()| file));
        locked.map_err(|e| self.failed(LOCK, e))
    }

    fn read(&self, name: &str) -> Result<Zeroizing<Vec<u8>>, Error> {
        let mut bytes = Zeroizing::new(Vec::new());
        let file = File::open(self.directory.join(name)).map_err(|e| self.failed(name, e))?;
        let read = file.take(MAX_FILE_BYTES).read_to_end(&mut bytes);
        read.map_err(|e| self.failed(name, e))?;
        Ok(bytes)
    }

    /// Writes, syncs, renames, syncs the directory. A crash before the rename leaves a `.new` file, which the next
    /// write of this name replaces; a crash after it leaves the new file.
    fn write(&self, name: &str, bytes: &[u8]) -> Result<(), Error> {
        let beside = self.directory.join(format!("{name}.new"));
        let write = || {
            let mut options = OpenOptions::new();
            options.write(true).create(true).truncate(true).mode(0o600);
            let mut file = options.open(&beside)?;
            file.write_all(bytes)?;
            file.sync_all()?;
            fs::rename(&beside, self.directory.join(name))?;
            File::open(&self.directory)?.sync_all()
        };
        write().map_err(|e| self.failed(name, e))
    }

    fn failed(&self, name: &str, reason: io::Error) -> Error {
        Error::KeyStore {
            path: self.directory.join(name),
            reason,
        }
    }

    fn damaged(&self, name: &str) -> Error {
        self.failed(
            name,
            io::Error::other("damaged; restore it from the backup of the key store"),
        )
    }

    /// The directory.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.directory
    }
}

/// Makes a directory, and those above it that are missing. They are durable when this returns: a new key in a directory
/// whose own name is lost with the power would be lost with it.
fn make(directory: &Path) -> io::Result<()> {
    if directory.is_dir() {
        return Ok(());
    }
    let above = directory.parent().filter(|above| !above.as_os_str().is_empty());
    let above = above.unwrap_or(Path::new("."));
    make(above)?;
    match DirBuilder::new().mode(0o700).create(directory) {
        // Another process was faster.
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
        made => made?,
    }
    File::open(above)?.sync_all()
}

fn file_of_number(number: KeyNumber) -> String {
    format!("signing-{}.pk8", number.0)
}

fn number_of_file(name: &str) -> Option<KeyNumber> {
    let number = name.strip_prefix("signing-")?.strip_suffix(".pk8")?;
    number.parse().ok().map(KeyNumber)
}

#[cfg(test)]
mod tests {
    use super::*;
    use schemas::crypto::SigningKey as _;

    #[test]
    fn keys_survive_and_stay_private() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("keys");
        let store = KeyStore::open(&path).unwrap();
        let first = store.make_signing_key().unwrap();
        let second = store.make_signing_key().unwrap();
        let secret = store.derivation_secret().unwrap();
        let public = store.signing_key(first).unwrap().public();

        let again = KeyStore::open(&path).unwrap();
        assert_eq!(again.signing_keys().unwrap(), [KeyNumber(0), KeyNumber(1)]);
        assert_eq!(again.signing_key(first).unwrap().public(), public);
        assert_ne!(again.signing_key(second).unwrap().public(), public);
        assert_eq!(again.derivation_secret().unwrap(), secret);
        assert!(again.post_quantum_key().unwrap().is_none());
        let made = again.make_post_quantum_key().unwrap().public();
        assert_eq!(again.make_post_quantum_key().unwrap().public(), made);
        assert_eq!(again.post_quantum_key().unwrap().unwrap().public(), made);
        for entry in fs::read_dir(&path).unwrap() {
            let mode = entry.unwrap().metadata().unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o700);
    }

    #[test]
    fn of_many_at_once_each_makes_its_own_key_and_all_have_one_secret() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("keys");
        let made = std::thread::scope(|scope| {
            let make = || {
                let store = KeyStore::open(&path).unwrap();
                (
                    store.derivation_secret().unwrap(),
                    store.make_signing_key().unwrap(),
                )
            };
            let threads: Vec<_> = (0..8).map(|_| scope.spawn(make)).collect();
            let made = threads.into_iter().map(|thread| thread.join().unwrap());
            made.collect::<Vec<_>>()
        });
        assert!(made.iter().all(|(secret, _)| *secret == made[0].0));
        let mut numbers: Vec<KeyNumber> = made.iter().map(|(_, number)| *number).collect();
        numbers.sort_unstable();
        assert!(numbers.into_iter().eq((0..8).map(KeyNumber)));
    }

    #[test]
    fn refuses_a_directory_that_others_may_read() {
        let directory = tempfile::tempdir().unwrap();
        let store = KeyStore::open(directory.path()).unwrap();
        store.make_signing_key().unwrap();
        fs::set_permissions(directory.path(), Permissions::from_mode(0o750)).unwrap();
        let refused = KeyStore::open(directory.path()).err().unwrap();
        assert_eq!(refused.code(), "issuer-key-store");
        assert!(refused.to_string().contains("chmod 700"));
    }

    #[test]
    fn a_damaged_key_is_named() {
        let directory = tempfile::tempdir().unwrap();
        let store = KeyStore::open(directory.path()).unwrap();
        fs::write(directory.path().join("signing-0.pk8"), b"").unwrap();
        let refused = store.signing_key(KeyNumber(0)).err().unwrap();
        assert!(refused.to_string().contains("signing-0.pk8"));
    }
}
