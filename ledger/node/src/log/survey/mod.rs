//! A look at every byte of a stored log, and the repair of what is damaged from a mirror.
//!
//! What the log signed last is in `head`, and everything else is held against it. The voices about 256 entries are their
//! bundle, their tile, the tile above, and `head` and the mirror where they have them; what is believed in the end is only what
//! leads to the signed root. So a mirror can help and cannot lie.
//!
//! `head` is never taken from a mirror: a mirror has what was published, the log may have signed more, and a log that
//! goes on from less signs a second history. Its entries can be restored as long as its checkpoint, which is the
//! decision, is whole.

mod compare;
mod rows;
#[cfg(test)]
mod tests;

use self::{
    compare::Compare,
    rows::{Look, Rows},
};
use super::{evidence, files, head::Head, tree::own};
use crate::{
    Error,
    mirror::{self, Source},
    storage::{File, Name, Storage},
};
use ledger::{
    checkpoint::{SignedCheckpoint, VerifiedCheckpoint},
    heads::Heads,
    merkle::{TreeHead, TreeSize},
    note::VerifierKey,
    policy::Policy,
    tile::TILE_WIDTH,
};

/// What was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Survey {
    /// Entries of the tree that everything was held against.
    pub entries: u64,
    /// Entries of the tree that was last published, if its file is whole.
    pub published: Option<u64>,
    /// Files that were read.
    pub files: usize,
    /// Files that were damaged or missing and are whole now.
    pub repaired: Vec<Name>,
    /// Files that are damaged or missing, none of them twice.
    pub faults: Vec<Fault>,
}

/// A file that is not what it must be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The file.
    pub name: Name,
    /// What is wrong with it.
    pub problem: &'static str,
    /// What helps.
    pub cure: Cure,
}

/// What helps against a fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cure {
    /// A mirror that is not behind.
    Mirror,
    /// The log's newest backup: no mirror has this file.
    Backup,
    /// Removing the file: the log does not need it.
    Removal,
}

/// Looks at everything, and repairs it if there is a mirror.
///
/// # Errors
/// [`Error::LogMissing`], [`Error::LogForeign`], [`Error::Storage`]; with a mirror also [`Error::MirrorForeign`],
/// [`Error::MirrorAhead`], [`Error::MirrorUnfit`], before anything is written, and [`Error::SourceUnavailable`].
pub(super) fn survey(
    storage: &dyn Storage,
    key: &VerifierKey,
    policy: &Policy,
    mirror: Option<&dyn Source>,
) -> Result<Survey, Error> {
    let mut survey = Survey {
        entries: 0,
        published: None,
        files: 0,
        repaired: Vec::new(),
        faults: Vec::new(),
    };
    // 1. What the log last signed; failing that, what it published.
    let published = published(storage, key, policy)?;
    let (mut head, signed) = match read_head(storage, key)? {
        ReadHead::Whole(head, signed) => (Some(head), signed),
        ReadHead::Signed(note, signed) => {
            survey.fault(files::head(), "its entries are cut off or changed", Cure::Mirror);
            let before = signed.head().size;
            let entries = Vec::new();
            (
                Some(Head {
                    before,
                    note,
                    entries,
                }),
                signed,
            )
        }
        ReadHead::Nothing(problem) => {
            let Published::Whole(published) = &published else {
                return match (problem, &published) {
                    (HEAD_MISSING, Published::Missing) => Err(Error::LogMissing),
                    _ => Err(Error::Damaged {
                        name: files::head(),
                        problem: "it is missing or damaged, and so is the file `checkpoint`: nothing here is signed",
                    }),
                };
            };
            survey.fault(files::head(), problem, Cure::Backup);
            (None, published.clone())
        }
    };
    let tree = signed.head();
    survey.entries = tree.size.0;

    // 2. The mirror is one of this log, and has nothing that the log here forgot.
    let offered = mirror.map(|source| offered(source, key, &tree)).transpose()?;
    let mirror = mirror.zip(offered.as_ref().map(|offered| offered.head().size));

    // 3. What leads to the root.
    let look = Look {
        storage,
        head: head.as_ref(),
        size: tree.size,
        mirror,
    };
    let rows = Rows::find(&look, &tree)?;
    if mirror.is_some() && !rows.proven {
        return Err(Error::MirrorUnfit {
            problem: "its files and those here do not lead to the root that the log signed",
        });
    }
    if let Some(offered) = &offered
        && rows
            .root(&look, offered.head().size)?
            .is_some_and(|root| root != offered.head().root)
    {
        return Err(Error::MirrorUnfit {
            problem: "the log signed its checkpoint too, and it is of another history: keep both as evidence",
        });
    }

    // 4. Every file.
    let restored = offered
        .as_ref()
        .filter(|offered| policy.verify(offered.signed()).is_ok());
    let shown = match &published {
        Published::Whole(published) => Some(published),
        Published::Damaged | Published::Missing => restored,
    };
    let shown = shown.map_or(TreeSize(0), |shown| shown.head().size.min(tree.size));
    let mut compare = Compare {
        look: &look,
        rows: &rows,
        shown,
        survey: &mut survey,
    };
    let last = compare.all()?;

    // 5. The files that change.
    checkpoint(&mut survey, &look, &rows, published, restored)?;
    post_quantum(&mut survey, storage, key, policy)?;
    signed_heads(&mut survey, storage)?;
    if let (Some(last), Some(head)) = (last, &mut head)
        && (survey.has(&files::head()) || !last.ends_like(head))
    {
        survey.fault(
            files::head(),
            "its entries are not those of the tree that it signed",
            Cure::Mirror,
        );
        if rows.proven && mirror.is_some() {
            // The checkpoint in it is whole, so it says the same as before.
            head.before = TreeSize((tree.size.0 - 1) / TILE_WIDTH * TILE_WIDTH);
            head.entries = last.0;
            survey.repair(storage, File::next(files::head(), head.encode()))?;
        }
    }
    if let Err(error) = evidence::read(storage) {
        let Error::Damaged { name, problem } = error else {
            return Err(error);
        };
        survey.fault(name, problem, Cure::Backup);
    }
    if !rows.proven && survey.faults.is_empty() {
        survey.fault(
            files::head(),
            "all other files agree with one another, but not with it",
            Cure::Backup,
        );
    }
    Ok(survey)
}

/// The entries of the last row.
struct Last(Vec<Vec<u8>>);

impl Last {
    /// Whether both agree about the last entries.
    fn ends_like(&self, head: &Head) -> bool {
        let both = self.0.len().min(head.entries.len());
        self.0[self.0.len() - both..] == head.entries[head.entries.len() - both..]
    }
}

impl Survey {
    fn has(&self, name: &Name) -> bool {
        self.faults.iter().any(|fault| fault.name == *name)
    }

    fn fault(&mut self, name: Name, problem: &'static str, cure: Cure) {
        if !self.has(&name) {
            self.faults.push(Fault { name, problem, cure });
        }
    }

    /// Writes a file that was found to be right in place of the one that has a fault.
    fn repair(&mut self, storage: &dyn Storage, file: File) -> Result<(), Error> {
        let name = file.name.clone();
        storage.write(&[file])?;
        self.faults.retain(|fault| fault.name != name);
        self.repaired.push(name);
        Ok(())
    }
}

enum ReadHead {
    Whole(Head, VerifiedCheckpoint),
    /// The decision is there, but not what it decided.
    Signed(Vec<u8>, VerifiedCheckpoint),
    Nothing(&'static str),
}

const HEAD_MISSING: &str = "it is missing";

fn read_head(storage: &dyn Storage, key: &VerifierKey) -> Result<ReadHead, Error> {
    let Some(bytes) = storage.read(&files::head())? else {
        return Ok(ReadHead::Nothing(HEAD_MISSING));
    };
    let Some(note) = Head::note(&bytes) else {
        return Ok(ReadHead::Nothing("it is cut off or changed"));
    };
    let signed = match SignedCheckpoint::parse(note).map(|signed| own(files::head(), &signed, key)) {
        Ok(Ok(signed)) => signed,
        _ => {
            return Ok(ReadHead::Nothing(
                "the checkpoint in it is not one that this log's key signed",
            ));
        }
    };
    let whole = Head::decode(&bytes)
        .filter(|head| head.before.0.checked_add(head.entries.len() as u64) == Some(signed.head().size.0));
    Ok(match whole {
        Some(head) => ReadHead::Whole(head, signed),
        None => ReadHead::Signed(note.to_vec(), signed),
    })
}

enum Published {
    Missing,
    Damaged,
    Whole(VerifiedCheckpoint),
}

fn published(storage: &dyn Storage, key: &VerifierKey, policy: &Policy) -> Result<Published, Error> {
    let Some(bytes) = storage.read(&files::checkpoint())? else {
        return Ok(Published::Missing);
    };
    let whole = SignedCheckpoint::parse(&bytes).ok();
    let whole = whole.and_then(|signed| own(files::checkpoint(), &signed, key).ok());
    let whole = whole.filter(|checkpoint| super::check_cosignatures(policy, Some(checkpoint)).is_ok());
    Ok(whole.map_or(Published::Damaged, Published::Whole))
}

/// The mirror's checkpoint.
fn offered(source: &dyn Source, key: &VerifierKey, tree: &TreeHead) -> Result<VerifiedCheckpoint, Error> {
    let signed = SignedCheckpoint::parse(&mirror::checkpoint(source)?)?;
    let offered = own(files::checkpoint(), &signed, key).map_err(|_| Error::MirrorForeign {
        here: key.name().to_string(),
        there: signed.unverified().origin().to_owned(),
    })?;
    if offered.head().size > tree.size {
        return Err(Error::MirrorAhead {
            here: tree.size.0,
            there: offered.head().size.0,
        });
    }
    Ok(offered)
}

/// What was published: the beginning of the tree. If it is damaged or gone, the mirror's has its place, as far as a quorum
/// cosigned that; the log publishes a newer one soon after its start.
fn checkpoint(
    survey: &mut Survey,
    look: &Look<'_>,
    rows: &Rows,
    published: Published,
    restored: Option<&VerifiedCheckpoint>,
) -> Result<(), Error> {
    survey.files += 1;
    match published {
        Published::Whole(published) => {
            let (size, root) = (published.head().size, published.head().root);
            let expected = match size <= look.size {
                true => rows.root(look, size)?,
                false => None,
            };
            if expected == Some(root) {
                survey.published = Some(size.0);
                return Ok(());
            }
            // Two statements under this log's key: nothing that a mirror could mend.
            if rows.proven && (expected.is_some() || size > look.size) {
                let problem = "it is not the beginning of the tree in `head`, which must be an older copy";
                survey.fault(files::checkpoint(), problem, Cure::Backup);
            }
            return Ok(());
        }
        Published::Damaged => survey.fault(files::checkpoint(), "it is cut off or changed", Cure::Mirror),
        Published::Missing => {}
    }
    if let Some(restored) = restored {
        survey.published = Some(restored.head().size.0);
        let bytes = restored.signed().to_string().into_bytes();
        survey.repair(look.storage, File::next(files::checkpoint(), bytes))?;
    }
    Ok(())
}

/// The signed heads. Issuers bring theirs again within the hour.
fn signed_heads(survey: &mut Survey, storage: &dyn Storage) -> Result<(), Error> {
    let name = files::heads();
    if let Some(bytes) = storage.read(&name)? {
        survey.files += 1;
        if Heads::decode(&bytes).is_err() {
            survey.fault(name, "it is cut off or changed", Cure::Removal);
        }
    }
    Ok(())
}

/// The copy with post-quantum cosignatures. The log does without it and writes it anew with its next checkpoint; until then
/// whoever serves the folder would serve what is damaged.
fn post_quantum(
    survey: &mut Survey,
    storage: &dyn Storage,
    key: &VerifierKey,
    policy: &Policy,
) -> Result<(), Error> {
    let name = files::checkpoint_post_quantum();
    let Some(bytes) = storage.read(&name)? else {
        return Ok(());
    };
    survey.files += 1;
    let own = SignedCheckpoint::parse(&bytes)
        .ok()
        .and_then(|signed| own(name.clone(), &signed, key).ok());
    if own.is_none_or(|checkpoint| policy.verify(checkpoint.signed()).is_err()) {
        survey.fault(name, "it is cut off or changed", Cure::Removal);
    }
    Ok(())
}
