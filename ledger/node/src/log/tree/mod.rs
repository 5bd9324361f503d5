//! The log's tree on its storage: how it starts, and how it grows.

#[cfg(test)]
mod kept_tests;
#[cfg(test)]
mod object_tests;
mod rebuilt;
#[cfg(test)]
mod tests;

use self::rebuilt::Rebuilt;
use super::{
    files::{self, read_tile},
    head::Head,
};
use crate::{
    Error, NoteSigner,
    storage::{File, Name, Storage},
};
use ledger::{
    checkpoint::{Checkpoint, SignedCheckpoint, VerifiedCheckpoint},
    merkle::{ConsistencyProof, TreeHead, TreeSize},
    note::VerifierKey,
    tile::{Edge, Tile, TileFile, TileSource},
};
use std::sync::Arc;

/// A log that may grow: its storage was found to hold what it last signed.
///
/// Growing takes it by value. After a failure nobody knows what was written, so there is nothing left to go on with but
/// [`open`](Self::open), which reads it back.
pub(super) struct Tree {
    storage: Arc<dyn Storage>,
    key: NoteSigner,
    edge: Edge,
    signed: VerifiedCheckpoint,
}

/// Who is shown stored entries: the index of the first, and the entries from there on.
pub(super) type See<'a> = &'a mut dyn FnMut(u64, &[&[u8]]) -> Result<(), Error>;

/// An entry to append.
#[derive(Clone, Debug)]
pub(super) struct Addition {
    pub(super) entry: Vec<u8>,
    /// What the entry's root is the hash of.
    pub(super) object: Option<File>,
}

impl Tree {
    /// Starts the history of `key` with one entry.
    ///
    /// # Errors
    /// [`Error::LogExists`] when the storage has a log, [`Error::Storage`].
    pub(super) fn create(storage: Arc<dyn Storage>, key: NoteSigner, first: Vec<u8>) -> Result<Self, Error> {
        for name in [files::head(), files::checkpoint()] {
            if storage.read(&name)?.is_some() {
                return Err(Error::LogExists { name });
            }
        }
        let empty = Checkpoint::new(key.verifier().name(), TreeHead::empty());
        let empty = empty.sign_with(|note| key.sign(note))?;
        let tree = Self {
            signed: own(files::head(), &empty, key.verifier())?,
            edge: Edge::default(),
            storage,
            key,
        };
        let object = None;
        tree.append(vec![Addition { entry: first, object }])
    }

    /// Reads the log back and checks every entry and tile against the checkpoint that was last signed. Shows the entries to
    /// `see`, in order, with the index of the first.
    ///
    /// # Errors
    /// [`Error::LogMissing`], [`Error::LogForeign`], [`Error::Damaged`], whatever `see` returns, [`Error::Storage`].
    pub(super) fn open(storage: Arc<dyn Storage>, key: NoteSigner, see: See<'_>) -> Result<Self, Error> {
        // 1. What the log last signed.
        let bytes = storage.read(&files::head())?.ok_or(Error::LogMissing)?;
        let head = Head::decode(&bytes).ok_or_else(|| damaged(files::head(), "it is cut off or changed"))?;
        let signed = SignedCheckpoint::parse(&head.note);
        let signed = signed.map_err(|_| damaged(files::head(), "it holds no checkpoint"))?;
        let signed = own(files::head(), &signed, key.verifier())?;
        // 2. The tree before it, every file of it.
        let mut rebuilt = Rebuilt::from_bundles(&*storage, head.before, see)?;
        // 3. The entries that it added lead to its root.
        let added: Vec<&[u8]> = head.entries.iter().map(Vec::as_slice).collect();
        see(head.before.0, &added)?;
        let grown = rebuilt.grow(&head.entries)?;
        if rebuilt.edge().head() != signed.head() {
            let problem = "the stored entries do not hash to the root that the log last signed";
            return Err(damaged(files::head(), problem));
        }
        // 4. What is seen may still be lost if the process that wrote it died before the flush, and this one is going
        //    to act on it: write it again. A crash here changes nothing, since the same bytes are written at the next start.
        storage.write(&[File::next(files::head(), bytes)])?;
        let tree = Self {
            storage,
            key,
            edge: rebuilt.edge().clone(),
            signed,
        };
        tree.write_tiles(head.before, grown)?;
        rebuilt.compare_edge(&*tree.storage)?;
        // 5. What was published is the beginning of it.
        tree.published()?;
        Ok(tree)
    }

    /// Appends entries and signs the larger tree. When it returns, both are durable, and readers may be told.
    ///
    /// # Errors
    /// [`Error::Storage`]; [`Error::Token`] before anything but objects was written.
    pub(super) fn append(mut self, additions: Vec<Addition>) -> Result<Self, Error> {
        let before = self.signed.head().size;
        let (entries, objects): (Vec<_>, Vec<_>) = additions
            .into_iter()
            .map(|added| (added.entry, added.object))
            .unzip();
        let grown = self.edge.grow(&entries)?;
        // 1. Objects, so that whoever sees an entry finds what it speaks of. Their names fix their bytes. A crash here
        //    leaves objects without entries, which nobody asks for.
        let objects: Vec<File> = objects.into_iter().flatten().collect();
        if !objects.is_empty() {
            self.storage.write(&objects)?;
        }
        // 2. The decision: signature and entries in one file. A crash before this was written: the entries were never
        //    there, and nobody has seen the signature. A crash after it: the next start goes on with step 3.
        let signed = Checkpoint::new(self.key.verifier().name(), self.edge.head());
        let signed = signed.sign_with(|note| self.key.sign(note))?;
        let head = Head {
            before,
            note: signed.to_string().into_bytes(),
            entries,
        };
        self.storage.write(&[File::next(files::head(), head.encode())])?;
        self.signed = own(files::head(), &signed, self.key.verifier())?;
        // 3. What follows from it. A crash here leaves some of the files; the next start writes the same bytes again.
        self.write_tiles(before, grown)?;
        Ok(self)
    }

    /// The last signed checkpoint.
    pub(super) fn signed(&self) -> &VerifiedCheckpoint {
        &self.signed
    }

    /// The last published checkpoint, found to be the beginning of the tree.
    ///
    /// # Errors
    /// [`Error::Damaged`], [`Error::Storage`].
    pub(super) fn published(&self) -> Result<Option<VerifiedCheckpoint>, Error> {
        let damaged = |problem| damaged(files::checkpoint(), problem);
        let Some(bytes) = self.storage.read(&files::checkpoint())? else {
            return Ok(None);
        };
        let published = SignedCheckpoint::parse(&bytes).map_err(|_| damaged("it is cut off or changed"))?;
        let published = own(files::checkpoint(), &published, self.key.verifier())?;
        let (old, new) = (published.head(), self.signed.head());
        let consistent = consistency(&*self.storage, old.size, new.size)
            .and_then(|proof| Ok(proof.verify(&old, &new)?))
            .is_ok();
        match consistent {
            true => Ok(Some(published)),
            false => Err(damaged(
                "what was published is not the beginning of the stored tree",
            )),
        }
    }

    /// The last published checkpoint, durable from here on: the process that wrote it may have died before the flush. Once,
    /// at the start of a process: later only the publisher writes this file.
    ///
    /// # Errors
    /// [`Error::Damaged`], [`Error::Storage`].
    pub(super) fn publish_again(&self) -> Result<Option<VerifiedCheckpoint>, Error> {
        let published = self.published()?;
        if let Some(published) = &published {
            let bytes = published.signed().to_string().into_bytes();
            self.storage.write(&[File::next(files::checkpoint(), bytes)])?;
        }
        Ok(published)
    }

    fn write_tiles(&self, before: TreeSize, grown: Vec<TileFile>) -> Result<(), Error> {
        let once = |file: TileFile| File::once(files::tile(file.tile), file.bytes);
        let grown: Vec<File> = grown.into_iter().map(once).collect();
        self.storage.write(&grown)?;
        for full in files::completed(before, self.signed.head().size) {
            self.storage.clear(&files::partials(full))?;
        }
        Ok(())
    }
}

/// A proof that the first `old` entries of a log are the beginning of the first `new`, from its tiles.
///
/// # Errors
/// [`Error::Ledger`] when a tile is missing or `old > new`.
pub(super) fn consistency(
    storage: &dyn Storage,
    old: TreeSize,
    new: TreeSize,
) -> Result<ConsistencyProof, Error> {
    let source = TileSource::new(new, |tile: Tile| {
        let missing = ledger::Error::TileMissing(tile);
        let bytes = read_tile(storage, tile).ok().flatten().ok_or(missing)?;
        tile.hashes(&bytes)
    });
    Ok(ConsistencyProof::generate(&source, old, new)?)
}

/// The checkpoint in a file, found to be signed by this log.
pub(super) fn own(
    name: Name,
    signed: &SignedCheckpoint,
    key: &VerifierKey,
) -> Result<VerifiedCheckpoint, Error> {
    signed
        .verify(std::slice::from_ref(key))
        .map_err(|refusal| match refusal {
            ledger::Error::NoteSignatureInvalid(_) => {
                damaged(name, "it is changed: the signature in it does not verify")
            }
            _ => Error::LogForeign {
                origin: signed.unverified().origin().to_owned(),
                key: key.to_string(),
            },
        })
}

fn damaged(name: Name, problem: &'static str) -> Error {
    Error::Damaged { name, problem }
}
