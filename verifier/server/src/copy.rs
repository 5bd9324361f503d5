//! A copy of the ledger's files that a door needs, in a folder: for a USB stick, or a machine without a network.
//!
//! A copy is good as of its file `checkpoint`, and for doors that count ML-DSA-44 alone as of `checkpoint-post-quantum`, which are
//! replaced last and at once. The names of all other files but `heads` fix their bytes, so that an interrupted copy has at most more files than it needs, and is as good as before.

use crate::{
    door::SetUpError,
    sync::{Fetch, SyncError, follow, read},
};
use ledger::{
    checkpoint::SignedCheckpoint,
    merkle::TreeSize,
    policy::{Cosigned, Policy},
    tile::{Level, TILE_WIDTH, Tile},
};
use schemas::{Hash, IssuerNumber, crypto::aws_lc::AwsLc};
use serve::{Source, Unavailable};
use std::{
    collections::{BTreeMap, BTreeSet},
    fs::{self, File, TryLockError},
    io::{self, Write},
    path::{Path, PathBuf},
    sync::RwLock,
};
use verifier::{network::Network, policy::Signatures, sync::LedgerFile, view::LedgerView};

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

    // 1. What every door needs, and what one that counts ML-DSA-44 alone needs besides, where the members have such keys and
    //    the log has a checkpoint with them.
    let classical = pass(network, source, folder, Signatures::Any).await?;
    let post_quantum = match network.terms().members.post_quantum() {
        None => None,
        Some(_) => match pass(network, source, folder, Signatures::PostQuantum).await {
            Ok(pass) => Some(pass),
            Err(CopyError::Sync(SyncError::Unavailable(Unavailable::Missing { .. }))) => None,
            Err(error) => return Err(error),
        },
    };

    // 2. What neither of the new checkpoints needs any more.
    let mut copied = classical.copied;
    let passes: Vec<Pass> = [Some(classical), post_quantum].into_iter().flatten().collect();
    copied.files = passes.iter().map(|pass| pass.copied.files).sum();
    copied.bytes = passes.iter().map(|pass| pass.copied.bytes).sum();
    let edges: Vec<String> = passes
        .iter()
        .filter_map(|pass| edge(pass.copied.entries))
        .collect();
    let needed: BTreeSet<Hash> = passes
        .iter()
        .flat_map(|pass| pass.snapshots.values())
        .copied()
        .collect();
    for pass in &passes {
        pass.names.iter().for_each(|name| tidy(folder, name, &edges));
        for hash in pass.earlier.values().filter(|hash| !needed.contains(hash)) {
            let _ = fs::remove_file(folder.join(format!("object/{hash}")));
        }
    }
    Ok(copied)
}

/// What a copy brought for doors for which these signatures count.
struct Pass {
    copied: Copied,
    /// The files that were read, but for the checkpoint.
    names: Vec<String>,
    /// The snapshots that the copy had, and that it has.
    earlier: BTreeMap<IssuerNumber, Hash>,
    snapshots: BTreeMap<IssuerNumber, Hash>,
}

async fn pass(
    network: &Network,
    source: &Source,
    folder: &Path,
    signatures: Signatures,
) -> Result<Pass, CopyError> {
    let newest = match signatures {
        Signatures::Any => LedgerFile::Checkpoint,
        Signatures::PostQuantum => LedgerFile::CheckpointPostQuantum,
    }
    .to_string();

    // 1. What is there, read as a door reads it. Files that are damaged or missing are fetched again.
    let known = checkpoint(&network.terms().members, folder, &newest)?;
    let (mut view, mut earlier) = (fresh(network)?, BTreeMap::new());
    if known.is_some() {
        let here = Source::Folder(folder.to_owned());
        let mut reading = Fetch::new(&here);
        match follow(&view, signatures, &mut reading).await {
            Ok(read) => earlier = read.snapshots,
            Err(_) => view = fresh(network)?,
        }
    }

    // 2. What is new, checked by the quorum's checkpoint.
    let mut fetch = Fetch::keeping(source);
    let mut snapshots = earlier.clone();
    snapshots.extend(follow(&view, signatures, &mut fetch).await?.snapshots);
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
    let named = |name: &str| files.iter().find(|(path, _)| path == name);
    let (_, bytes) = named(&newest).expect("every sync reads a checkpoint");
    let members = read(&view).network().terms().members.clone();
    let offered = cosigned(&members, bytes).map_err(SyncError::from)?;
    let (size, cosigners) = (offered.checkpoint().head().size, offered.cosigners().len());
    if let Some(known) = &known {
        let had = known.checkpoint().head().size;
        if size < had {
            let (known, offered) = (had.0, size.0);
            return Err(SyncError::from(ledger::Error::WentBack { known, offered }).into());
        }
    }

    // 4. The files, then the checkpoint. A crash before the last step leaves the old checkpoint and all of its files. The heads
    //    come after it: those of entries that a checkpoint does not have yet say nothing.
    let heads = LedgerFile::Heads.to_string();
    let fixed = files.iter().filter(|(path, _)| *path != newest && *path != heads);
    let (mut names, mut copied) = (
        Vec::new(),
        Copied {
            entries: size.0,
            cosigners,
            files: 0,
            bytes: 0,
        },
    );
    for (path, bytes) in fixed {
        if put(folder, path, bytes)? {
            copied.files += 1;
            copied.bytes += bytes.len();
        }
        names.push(path.clone());
    }
    sync_folders(folder, &names)?;
    if known.is_none_or(|known| known.freshness() <= offered.freshness()) {
        for (path, bytes) in [named(&newest), named(&heads)].into_iter().flatten() {
            put(folder, path, bytes)?;
        }
        sync_folder(folder)?;
    }
    Ok(Pass {
        copied,
        names,
        earlier,
        snapshots,
    })
}

fn fresh(network: &Network) -> Result<RwLock<LedgerView>, CopyError> {
    let view = LedgerView::new(network.clone(), &AwsLc).map_err(SyncError::from)?;
    Ok(RwLock::new(view))
}

/// The last bundle of a tree of this size, where it is not full.
fn edge(size: u64) -> Option<String> {
    let bundle = Tile::in_tree(Level::Entries, size / TILE_WIDTH, TreeSize(size))?;
    (!bundle.is_full()).then(|| bundle.to_string())
}

/// The copy's checkpoint.
fn checkpoint(members: &Policy, folder: &Path, name: &str) -> Result<Option<Cosigned>, CopyError> {
    let path = folder.join(name);
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
fn sync_folders(folder: &Path, names: &[String]) -> Result<(), CopyError> {
    let names = names.iter().flat_map(|name| Path::new(name).ancestors().skip(1));
    let folders: BTreeSet<PathBuf> = names.map(|name| folder.join(name)).collect();
    folders.iter().rev().try_for_each(|folder| sync_folder(folder))
}

fn sync_folder(folder: &Path) -> Result<(), CopyError> {
    File::open(folder)
        .and_then(|file| file.sync_all())
        .map_err(failed(folder))
}

/// Removes the narrower versions of a bundle, but for those that a checkpoint ends with, for tidiness.
fn tidy(folder: &Path, name: &str, edges: &[String]) {
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
                let is_needed = |edge: &String| narrower.path() == folder.join(edge);
                if !edges.iter().any(is_needed) {
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
