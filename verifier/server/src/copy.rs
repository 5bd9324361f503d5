//! A copy of the ledger's files that a door needs, in a folder: for a USB stick, or a machine without a network.
//!
//! A copy is good as of its file `checkpoint`, which is replaced last and at once. The names of all other files fix their
//! bytes, so that an interrupted copy has at most more files than it needs, and is as good as before.

use crate::{
    door::SetUpError,
    sync::{Fetch, SyncError, follow, read},
};
use ledger::{
    checkpoint::SignedCheckpoint,
    policy::{Cosigned, Policy},
};
use schemas::{Hash, crypto::aws_lc::AwsLc};
use serve::Source;
use std::{
    collections::{BTreeMap, BTreeSet},
    fs::{self, File, TryLockError},
    io::{self, Write},
    path::{Path, PathBuf},
    sync::RwLock,
};
use verifier::{network::Network, view::LedgerView};

/// The file that says as of when the copy is.
const CHECKPOINT: &str = "checkpoint";
/// Where a file is written before it gets its name.
const TEMPORARY: &str = ".new";
/// Held by the process that writes.
const LOCK: &str = ".lock";

/// What a copy brought.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Copied {
    /// Entries that the copy has now.
    pub entries: u64,
    /// Members that cosigned it.
    pub cosigners: usize,
    /// New files.
    pub files: usize,
    /// Their bytes.
    pub bytes: usize,
}

/// Why nothing was copied. What was there is as good as before.
#[derive(Debug, thiserror::Error)]
pub enum CopyError {
    /// The network document or the source cannot be used.
    #[error(transparent)]
    SetUp(#[from] SetUpError),
    /// The ledger could not be followed.
    #[error(transparent)]
    Sync(#[from] SyncError),
    /// The ledger was followed, and the chain that the policy requires could not be read.
    #[error(transparent)]
    Chain(#[from] ledger_evm::Error),
    /// There is a checkpoint that is none of this network.
    #[error("{} has files of something else ({reason}): choose another folder", folder.display())]
    Foreign {
        /// The folder.
        folder: PathBuf,
        /// Why the checkpoint is refused.
        reason: ledger::Error,
    },
    /// Another process writes there.
    #[error("another process copies into {0}: wait for it")]
    Locked(PathBuf),
    /// The system refused.
    #[error("{}: {source}", path.display())]
    Io {
        /// Which file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
}

impl CopyError {
    /// The stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::SetUp(error) => error.code(),
            Self::Sync(error) => error.code(),
            Self::Chain(error) => error.code(),
            Self::Foreign { .. } => "copy-foreign",
            Self::Locked(_) => "copy-locked",
            Self::Io { .. } => "output-unwritable",
        }
    }
}

/// Brings the copy in `folder` up to date from `source`. What is asked for depends on the ledger and on the copy alone.
///
/// # Errors
/// [`CopyError`].
pub async fn copy(network: &Network, source: &Source, folder: &Path) -> Result<Copied, CopyError> {
    fs::create_dir_all(folder).map_err(failed(folder))?;
    let _lock = lock(folder)?;

    // 1. What is there, read as a door reads it. Files that are damaged or missing are fetched again.
    let known = checkpoint(&network.terms().members, folder)?;
    let (mut view, mut earlier) = (fresh(network)?, BTreeMap::new());
    if known.is_some() {
        let here = Source::Folder(folder.to_owned());
        let mut reading = Fetch::new(&here);
        match follow(&view, &mut reading).await {
            Ok(read) => earlier = read.snapshots,
            Err(_) => view = fresh(network)?,
        }
    }

    // 2. What is new, checked by the quorum's checkpoint.
    let mut fetch = Fetch::keeping(source);
    let snapshots = follow(&view, &mut fetch).await?.snapshots;
    let files = fetch.into_files();
    let objects = files
        .iter()
        .filter_map(|(path, bytes)| Some((path.strip_prefix("object/")?, bytes)));
    for (name, bytes) in objects {
        if Hash::of(&[bytes]).to_string() != name {
            return Err(SyncError::from(ledger::Error::ObjectMismatch).into());
        }
    }

    // 3. It does not lead back: neither to fewer entries, nor to an older word for the same.
    let (newest, others) = files.split_first().expect("the checkpoint is read first");
    let members = read(&view).network().terms().members.clone();
    let offered = cosigned(&members, &newest.1).map_err(SyncError::from)?;
    let (size, cosigners) = (offered.checkpoint().head().size, offered.cosigners().len());
    if let Some(known) = &known {
        let had = known.checkpoint().head().size;
        if size < had {
            let (known, offered) = (had.0, size.0);
            return Err(SyncError::from(ledger::Error::WentBack { known, offered }).into());
        }
    }

    // 4. The files, then the checkpoint. A crash before the last step leaves the old checkpoint and all of its files.
    let mut copied = Copied {
        entries: size.0,
        cosigners,
        files: 0,
        bytes: 0,
    };
    for (path, bytes) in others {
        if put(folder, path, bytes)? {
            copied.files += 1;
            copied.bytes += bytes.len();
        }
    }
    sync_folders(folder, others)?;
    if known.is_none_or(|known| known.freshness() <= offered.freshness()) {
        put(folder, &newest.0, &newest.1)?;
        sync_folder(folder)?;
    }

    // 5. What the new checkpoint does not need any more.
    for (path, _) in others {
        tidy(folder, path);
    }
    for (issuer, hash) in earlier {
        if snapshots.get(&issuer).is_some_and(|new| *new != hash) {
            let _ = fs::remove_file(folder.join(format!("object/{hash}")));
        }
    }
    Ok(copied)
}

fn fresh(network: &Network) -> Result<RwLock<LedgerView>, CopyError> {
    let view = LedgerView::new(network.clone(), &AwsLc).map_err(SyncError::from)?;
    Ok(RwLock::new(view))
}

/// The copy's checkpoint.
fn checkpoint(members: &Policy, folder: &Path) -> Result<Option<Cosigned>, CopyError> {
    let path = folder.join(CHECKPOINT);
    let bytes = match fs::read(&path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(failed(&path)(error)),
    };
    let cosigned = cosigned(members, &bytes).map_err(|reason| CopyError::Foreign {
        folder: folder.to_owned(),
        reason,
    });
    cosigned.map(Some)
}

fn cosigned(members: &Policy, bytes: &[u8]) -> Result<Cosigned, ledger::Error> {
    members.verify(&SignedCheckpoint::parse(bytes)?)
}

fn lock(folder: &Path) -> Result<File, CopyError> {
    let path = folder.join(LOCK);
    let mut options = File::options();
    let file = options.write(true).create(true).truncate(false).open(&path);
    let file = file.map_err(failed(&path))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(CopyError::Locked(folder.to_owned())),
        Err(TryLockError::Error(error)) => Err(failed(&path)(error)),
    }
}

/// Writes a file whole, or not at all, unless it is there. Tells whether it was not.
fn put(folder: &Path, name: &str, bytes: &[u8]) -> Result<bool, CopyError> {
    let (path, beside) = (folder.join(name), folder.join(TEMPORARY));
    if fs::read(&path).is_ok_and(|there| there == bytes) {
        return Ok(false);
    }
    let write = || {
        fs::create_dir_all(path.parent().unwrap_or(folder))?;
        let mut file = File::create(&beside)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&beside, &path)
    };
    write().map_err(failed(&path))?;
    Ok(true)
}

/// Makes the names of files durable, and those of the folders that they are in.
fn sync_folders(folder: &Path, files: &[(String, Vec<u8>)]) -> Result<(), CopyError> {
    let names = files
        .iter()
        .flat_map(|(name, _)| Path::new(name).ancestors().skip(1));
    let folders: BTreeSet<PathBuf> = names.map(|name| folder.join(name)).collect();
    folders.iter().rev().try_for_each(|folder| sync_folder(folder))
}

fn sync_folder(folder: &Path) -> Result<(), CopyError> {
    File::open(folder)
        .and_then(|file| file.sync_all())
        .map_err(failed(folder))
}

/// Removes the narrower versions of a bundle, for tidiness.
fn tidy(folder: &Path, name: &str) {
    if !name.starts_with("tile/") {
        return;
    }
    match name.split_once(".p/") {
        None => drop(fs::remove_dir_all(folder.join(format!("{name}.p")))),
        Some((full, _)) => {
            for narrower in fs::read_dir(folder.join(format!("{full}.p")))
                .into_iter()
                .flatten()
                .flatten()
            {
                if narrower.path() != folder.join(name) {
                    let _ = fs::remove_file(narrower.path());
                }
            }
        }
    }
}

fn failed(path: &Path) -> impl FnOnce(io::Error) -> CopyError {
    let path = path.to_owned();
    move |source| CopyError::Io { path, source }
}
