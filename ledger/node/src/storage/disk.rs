//! The file operations that durability is made of.

use super::{FileVersion, StorageError};
use std::{
    fs, io,
    io::Write as _,
    os::unix::fs::MetadataExt as _,
    path::{Path, PathBuf},
};

/// A disk, by the operations whose order decides what survives a loss of power. Paths are relative, with `/`.
///
/// There are two: the machine's, and one that forgets what was not synced ([`Files`](super::Files) runs on both, so
/// that the simulation tests the very protocol that production uses).
pub trait Disk: Send + Sync + 'static {
    /// The file's bytes, or `None` if there is none.
    ///
    /// # Errors
    /// Whatever the system answers.
    fn read(&self, path: &str) -> io::Result<Option<Vec<u8>>>;

    /// Whether there is such a file.
    ///
    /// # Errors
    /// Whatever the system answers.
    fn has(&self, path: &str) -> io::Result<bool>;

    /// Which file has this name now, or `None` if there is none.
    ///
    /// # Errors
    /// Whatever the system answers.
    fn version(&self, path: &str) -> io::Result<Option<FileVersion>>;

    /// The names of the files in a folder; empty if there is no such folder.
    ///
    /// # Errors
    /// Whatever the system answers.
    fn list(&self, folder: &str) -> io::Result<Vec<String>>;

    /// Makes one folder; its parent exists. It may exist already.
    ///
    /// # Errors
    /// Whatever the system answers.
    fn create_folder(&self, folder: &str) -> io::Result<()>;

    /// Creates or truncates the file, writes it and flushes its bytes. The name is durable only after
    /// [`sync_folder`](Disk::sync_folder).
    ///
    /// # Errors
    /// Whatever the system answers.
    fn write(&self, path: &str, bytes: &[u8]) -> io::Result<()>;

    /// Flushes the names in a folder; `""` is the root.
    ///
    /// # Errors
    /// Whatever the system answers.
    fn sync_folder(&self, folder: &str) -> io::Result<()>;

    /// Gives the file another name, in place of a file that has it.
    ///
    /// # Errors
    /// Whatever the system answers.
    fn rename(&self, from: &str, to: &str) -> io::Result<()>;

    /// Removes a file. It may be gone already.
    ///
    /// # Errors
    /// Whatever the system answers.
    fn remove(&self, path: &str) -> io::Result<()>;
}

/// A folder of this machine, held under an exclusive lock for as long as this value lives.
#[derive(Debug)]
pub struct LocalDisk {
    root: PathBuf,
    _lock: fs::File,
}

impl LocalDisk {
    /// Takes the lock of `root`, which is created if it is missing.
    ///
    /// # Errors
    /// [`StorageError::Locked`] when another process has it, [`StorageError::Io`].
    pub fn lock(root: &Path) -> Result<Self, StorageError> {
        let error = |step| {
            let path = root.display().to_string();
            move |source| StorageError::Io { step, path, source }
        };
        fs::create_dir_all(root).map_err(error("create the folder"))?;
        let lock = fs::OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(root.join("lock"))
            .map_err(error("open the file `lock`"))?;
        // The system releases the lock when the process ends, however it ends: a kill leaves no stale lock.
        match lock.try_lock() {
            Ok(()) => {}
            Err(fs::TryLockError::WouldBlock) => {
                let folder = root.display().to_string();
                return Err(StorageError::Locked { folder });
            }
            Err(fs::TryLockError::Error(source)) => return Err(error("lock the file `lock`")(source)),
        }
        Ok(Self {
            root: root.to_owned(),
            _lock: lock,
        })
    }
}

impl Disk for LocalDisk {
    fn read(&self, path: &str) -> io::Result<Option<Vec<u8>>> {
        found(fs::read(self.root.join(path)))
    }

    fn has(&self, path: &str) -> io::Result<bool> {
        self.root.join(path).try_exists()
    }

    fn version(&self, path: &str) -> io::Result<Option<FileVersion>> {
        let about = found(fs::metadata(self.root.join(path)))?;
        let written =
            |about: &fs::Metadata| i128::from(about.mtime()) * 1_000_000_000 + i128::from(about.mtime_nsec());
        Ok(about.map(|about| FileVersion(about.ino(), about.len(), written(&about))))
    }

    fn list(&self, folder: &str) -> io::Result<Vec<String>> {
        let Some(entries) = found(fs::read_dir(self.root.join(folder)))? else {
            return Ok(Vec::new());
        };
        let mut names = Vec::new();
        for entry in entries {
            let entry = entry?;
            if !entry.file_type()?.is_dir() {
                names.push(entry.file_name().to_string_lossy().into_owned());
            }
        }
        Ok(names)
    }

    fn create_folder(&self, folder: &str) -> io::Result<()> {
        match fs::create_dir(self.root.join(folder)) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
            done => done,
        }
    }

    fn write(&self, path: &str, bytes: &[u8]) -> io::Result<()> {
        let mut file = fs::File::create(self.root.join(path))?;
        file.write_all(bytes)?;
        file.sync_data()
    }

    fn sync_folder(&self, folder: &str) -> io::Result<()> {
        fs::File::open(self.root.join(folder))?.sync_all()
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        fs::rename(self.root.join(from), self.root.join(to))
    }

    fn remove(&self, path: &str) -> io::Result<()> {
        found(fs::remove_file(self.root.join(path))).map(|_| ())
    }
}

fn found<T>(result: io::Result<T>) -> io::Result<Option<T>> {
    match result {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        other => other.map(Some),
    }
}
