//! What a monitor keeps on disk, so that a restart continues: how far each log was read, what the entries said, alarms, and
//! evidence. Nothing of it is secret, and nobody else may write there.

use super::{
    alarm::Alarms,
    conflict::UncheckedConflict,
    core::Core,
    issuers::{Hours, Issuers},
};
use crate::{
    Error,
    storage::{File, Name, Storage},
};
use ledger::{checkpoint::SignedCheckpoint, state::State};
use schemas::{Hash, UnixTime, crypto::P256Point, crypto::aws_lc::AwsLc};
use serde::{Deserialize, Serialize};
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

/// Leaf hashes in a file: 128 KiB of the youngest ones are written anew each time.
const CHUNK: usize = 4_096;

/// The monitor's folder.
pub(super) struct Store {
    storage: Arc<dyn Storage>,
    written: Mutex<Written>,
}

#[derive(Default)]
struct Written {
    /// How many leaves of each log are on disk, by its origin's hash.
    leaves: BTreeMap<Hash, usize>,
    /// The hash of the view on disk.
    view: Option<Hash>,
    /// What each file of evidence has, by its hash.
    evidence: BTreeMap<Hash, Hash>,
}

#[derive(Serialize, Deserialize)]
struct Kept {
    version: u32,
    logs: Vec<KeptLog>,
    issuers: Issuers,
    hours: Hours,
    alarms: Alarms,
}

#[derive(Serialize, Deserialize)]
struct KeptLog {
    key: String,
    checkpoint: String,
    freshness: i64,
}

impl Store {
    pub(super) fn new(storage: Arc<dyn Storage>) -> Self {
        let written = Mutex::default();
        Self { storage, written }
    }

    /// The view as it was kept, or an empty one.
    pub(super) fn view(&self, registrar: &P256Point) -> Result<State, Error> {
        let name = view_file();
        match self.storage.read(&name)? {
            Some(bytes) => State::from_cache(&bytes, registrar, &AwsLc)
                .map_err(|_| damaged(name, "it is cut off or changed, or of another registrar")),
            None => Ok(State::new(registrar, &AwsLc)?),
        }
    }

    /// Fills a new core with what was kept.
    pub(super) fn restore(&self, core: &mut Core) -> Result<(), Error> {
        let mut written = self.written.lock().unwrap_or_else(PoisonError::into_inner);
        for name in self.storage.list(&Name::new("evidence"))? {
            let file = name
                .as_str()
                .rsplit('/')
                .next()
                .and_then(|file| file.strip_suffix(".json"));
            let Some(id) = file.and_then(crate::origin::parse) else {
                return Err(damaged(name, "it is not what a monitor keeps here"));
            };
            let bytes = self.storage.read(&name)?.unwrap_or_default();
            written.evidence.insert(id, Hash::of(&[&bytes]));
            // The file of a contradiction is no conflict; one of a log that has left the policy is kept and not shown.
            if let Ok(Ok(conflict)) = UncheckedConflict::parse(&bytes).map(|read| read.verify(core.policy()))
            {
                core.restore_conflict(conflict);
            }
        }
        let name = Name::new("monitor");
        let Some(bytes) = self.storage.read(&name)? else {
            return Ok(());
        };
        let kept: Option<Kept> = serde_json::from_slice(&bytes).ok();
        let kept = kept.filter(|kept| kept.version == 1);
        let kept = kept.ok_or_else(|| damaged(name.clone(), "it is not what a monitor keeps here"))?;
        for log in &kept.logs {
            // One that has left the policy is followed no more.
            let Some(followed) = core
                .logs
                .iter_mut()
                .find(|known| known.key.to_string() == log.key)
            else {
                continue;
            };
            let checkpoint = SignedCheckpoint::parse(log.checkpoint.as_bytes())?;
            let origin = Hash::of(&[followed.origin().as_bytes()]);
            let size = usize::try_from(checkpoint.unverified().head().size.0).unwrap_or(usize::MAX);
            let leaves = self.leaves(origin, size)?;
            written.leaves.insert(origin, leaves.len());
            followed
                .restore(leaves, checkpoint, UnixTime(log.freshness))
                .map_err(|_| {
                    damaged(
                        folder(origin),
                        "the hashes here do not lead to the checkpoint that was followed",
                    )
                })?;
        }
        core.issuers = kept.issuers;
        core.hours = kept.hours;
        core.alarms = kept.alarms;
        Ok(())
    }

    fn leaves(&self, origin: Hash, size: usize) -> Result<Vec<Hash>, Error> {
        let mut leaves = Vec::new();
        for chunk in 0..size.div_ceil(CHUNK) {
            let name = folder(origin).join(&chunk.to_string());
            let bytes = self.storage.read(&name)?.unwrap_or_default();
            leaves.extend(bytes.as_chunks::<32>().0.iter().map(|bytes| Hash(*bytes)));
        }
        // What a crash left beyond the checkpoint is read again.
        leaves.truncate(size);
        Ok(leaves)
    }

    /// What is to be written now. Made under the core's lock, written without it.
    pub(super) fn prepare(&self, core: &Core) -> [Vec<File>; 2] {
        let written = self.written.lock().unwrap_or_else(PoisonError::into_inner);
        let view = core.state.to_cache();
        let mut files = Vec::new();
        // It is the largest of the files, and hours may pass in which nobody says anything.
        if written.view != Some(Hash::of(&[&view])) {
            files.push(File::next(view_file(), view));
        }
        let mut logs = Vec::new();
        for log in &core.logs {
            let (Some(checkpoint), Some(freshness)) = (log.checkpoint(), log.freshness()) else {
                continue;
            };
            logs.push(KeptLog {
                key: log.key.to_string(),
                checkpoint: checkpoint.to_string(),
                freshness: freshness.0,
            });
            let origin = Hash::of(&[log.origin().as_bytes()]);
            let first = written.leaves.get(&origin).copied().unwrap_or(0) / CHUNK;
            for (chunk, leaves) in log.leaves().chunks(CHUNK).enumerate().skip(first) {
                let bytes = leaves.iter().flat_map(|leaf| leaf.0).collect();
                files.push(File::next(folder(origin).join(&chunk.to_string()), bytes));
            }
        }
        let kept = serde_json::json!({
            "version": 1,
            "logs": logs,
            "issuers": core.issuers,
            "hours": core.hours,
            "alarms": core.alarms,
        });
        let last = File::next(Name::new("monitor"), kept.to_string().into_bytes());
        [files, vec![last]]
    }

    /// Writes what was prepared. A crash before the last file leaves a view and hashes that are ahead of what is said to be
    /// read: entries are read again, which changes nothing.
    pub(super) fn write(&self, [first, last]: &[Vec<File>; 2], sizes: &[(Hash, usize)]) -> Result<(), Error> {
        self.storage.write(first)?;
        self.storage.write(last)?;
        let mut written = self.written.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(view) = first.iter().find(|file| file.name == view_file()) {
            written.view = Some(Hash::of(&[&view.bytes]));
        }
        written.leaves.extend(sizes.iter().copied());
        Ok(())
    }

    /// Writes evidence that is not on disk yet, or has more cosignatures by now.
    pub(super) fn keep_evidence(&self, evidence: &BTreeMap<Hash, String>) -> Result<(), Error> {
        let mut written = self.written.lock().unwrap_or_else(PoisonError::into_inner);
        for (id, text) in evidence {
            let content = Hash::of(&[text.as_bytes()]);
            if written.evidence.get(id) != Some(&content) {
                let name = evidence_file(*id);
                self.storage
                    .write(&[File::next(name, text.clone().into_bytes())])?;
                written.evidence.insert(*id, content);
            }
        }
        Ok(())
    }

    /// A file of evidence.
    pub(super) fn evidence(&self, id: Hash) -> Result<Option<Vec<u8>>, Error> {
        Ok(self.storage.read(&evidence_file(id))?)
    }
}

fn view_file() -> Name {
    Name::new("view")
}

fn evidence_file(id: Hash) -> Name {
    Name::new(format!("evidence/{id}.json"))
}

fn folder(origin: Hash) -> Name {
    Name::new(format!("leaves/{origin}"))
}

fn damaged(name: Name, problem: &'static str) -> Error {
    Error::MonitorDamaged { name, problem }
}
