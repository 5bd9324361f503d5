//! A storage on a disk: how a file becomes durable as a whole or not at all.

use super::{
    Disk, File, FileVersion, LocalDisk, Mode, Name, Storage, StorageError,
    alone::{self, Alone},
};
use std::{
    collections::BTreeSet,
    io,
    path::Path,
    sync::{Mutex, PoisonError},
};

/// Where files are written before they get their names. On the same file system, so that a rename is atomic.
const TEMPORARY: &str = "tmp";

/// Files on a [`Disk`].
#[derive(Debug)]
pub struct Files<D> {
    disk: D,
    /// What this process's temporary files are called, and no other's on the same disk.
    tag: String,
    /// Folders whose own names this process has made durable. Starts empty: a folder that an earlier process made may
    /// be visible and still not survive a loss of power. Held while writing, which makes writers take turns.
    folders: Mutex<BTreeSet<String>>,
    /// Held while a file that changes is read or named.
    alone: Mutex<Alone>,
}

impl Files<LocalDisk> {
    /// The storage in a local folder, which is created if it is missing and locked until this value is dropped.
    ///
    /// # Errors
    /// [`StorageError::Locked`] when another process has it, [`StorageError::Io`].
    #[expect(clippy::disallowed_methods, reason = "names that no other process has")]
    pub fn open(folder: &Path) -> Result<Self, StorageError> {
        // Process numbers are the same in many containers.
        let mut tag = [0; 8];
        getrandom::fill(&mut tag).map_err(|random| error("name", TEMPORARY)(io::Error::other(random)))?;
        let mut files = Self::on(LocalDisk::lock(folder)?)?;
        files.tag = format!("{:016x}", u64::from_be_bytes(tag));
        Ok(files)
    }
}

impl<D: Disk> Files<D> {
    /// The storage on `disk`.
    ///
    /// # Errors
    /// [`StorageError::Io`].
    pub fn on(disk: D) -> Result<Self, StorageError> {
        let files = Self {
            disk,
            tag: String::new(),
            folders: Mutex::default(),
            alone: Mutex::default(),
        };
        // A crash leaves unnamed files behind; nobody looks for them.
        files.clear(&Name::new(TEMPORARY))?;
        Ok(files)
    }

    /// Creates `folder` and all above it, so that they survive a loss of power.
    fn create_folder(&self, folder: &str, durable: &mut BTreeSet<String>) -> Result<(), StorageError> {
        if folder.is_empty() || durable.contains(folder) {
            return Ok(());
        }
        let parent = parent(folder);
        self.create_folder(parent, durable)?;
        let created = self.disk.create_folder(folder);
        created.map_err(error("create the folder", folder))?;
        let synced = self.disk.sync_folder(parent);
        synced.map_err(error("flush the folder above", folder))?;
        durable.insert(folder.to_owned());
        Ok(())
    }

    fn version(&self, path: &str) -> Result<Option<FileVersion>, StorageError> {
        self.disk.version(path).map_err(error("look for", path))
    }

    /// Whether `file` is there already, with its own bytes.
    fn is_there(&self, file: &File) -> Result<bool, StorageError> {
        match self.read(&file.name)? {
            None => Ok(false),
            // Bytes are flushed before they get a name, so only the name may still be lost: step 4 flushes it.
            Some(bytes) if bytes == file.bytes => Ok(true),
            Some(_) => Err(StorageError::Differs {
                name: file.name.clone(),
            }),
        }
    }
}

impl<D: Disk> Storage for Files<D> {
    fn read(&self, name: &Name) -> Result<Option<Vec<u8>>, StorageError> {
        let mut alone = self.alone.lock().unwrap_or_else(PoisonError::into_inner);
        match alone::is_watched(name) {
            true => alone.saw(name, self.version(name.as_str())?)?,
            false => drop(alone),
        }
        self.disk
            .read(name.as_str())
            .map_err(error("read", name.as_str()))
    }

    fn has(&self, name: &Name) -> Result<bool, StorageError> {
        self.disk
            .has(name.as_str())
            .map_err(error("look for", name.as_str()))
    }

    fn list(&self, folder: &Name) -> Result<Vec<Name>, StorageError> {
        let names = self.disk.list(folder.as_str());
        let names = names.map_err(error("list", folder.as_str()))?;
        Ok(names.iter().map(|name| folder.join(name)).collect())
    }

    fn write(&self, files: &[File]) -> Result<(), StorageError> {
        let mut durable = self.folders.lock().unwrap_or_else(PoisonError::into_inner);
        // 1. Folders first: a file in a folder that is lost is lost.
        self.create_folder(TEMPORARY, &mut durable)?;
        let mut parents = BTreeSet::new();
        for file in files {
            let parent = parent(file.name.as_str());
            self.create_folder(parent, &mut durable)?;
            parents.insert(parent);
        }
        // 2. Bytes, under names that nobody reads. A crash here leaves files in `tmp`, which the next start removes.
        let mut renames = Vec::with_capacity(files.len());
        for (i, file) in files.iter().enumerate() {
            if file.mode == Mode::IfAbsent && self.is_there(file)? {
                continue;
            }
            let temporary = format!("{TEMPORARY}/{}-{i}", self.tag);
            let written = self.disk.write(&temporary, &file.bytes);
            written.map_err(error("write", file.name.as_str()))?;
            renames.push((temporary, file));
        }
        // 3. Names. The bytes are durable by now, so a name that survives a crash names a whole file; which of the
        //    names survive is open.
        for (temporary, file) in renames {
            let path = file.name.as_str();
            let mut alone = self.alone.lock().unwrap_or_else(PoisonError::into_inner);
            if file.is_watched() {
                alone.saw(&file.name, self.version(path)?)?;
                alone.trying(&file.name, self.version(&temporary)?);
            }
            let renamed = self.disk.rename(&temporary, path);
            renamed.map_err(error("name", path))?;
            if file.is_watched() {
                alone.saw(&file.name, self.version(path)?)?;
            }
        }
        // 4. From here on all names survive.
        for parent in parents {
            self.disk.sync_folder(parent).map_err(error("flush", parent))?;
        }
        Ok(())
    }

    fn remove(&self, file: &Name) -> Result<(), StorageError> {
        let removed = self.disk.remove(file.as_str());
        removed.map_err(error("remove", file.as_str()))
    }
}

fn parent(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(parent, _)| parent)
}

fn error(step: &'static str, path: &str) -> impl FnOnce(io::Error) -> StorageError {
    let path = path.to_owned();
    move |source| StorageError::Io { step, path, source }
}
