//! What a witness does with a request, but for the network: decide, put on record, cosign.

use super::{limit::Bucket, record};
use crate::{
    Cosigner, Error, TokenError,
    storage::{Storage, StorageError},
};
use ledger::{
    checkpoint::{SignedCheckpoint, VerifiedCheckpoint},
    merkle::TreeHead,
    note::{NoteSignature, VerifierKey},
    witness::{Record, Refusal, Request, add_checkpoint},
};
use schemas::{Hash, UnixTime};
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

/// A witness's keys, and what it has on record of each log it knows.
pub(crate) struct Core {
    keys: Vec<Cosigner>,
    storage: Arc<dyn Storage>,
    /// By origin. The lock is held from the decision until the record is durable, so that requests for one log take
    /// turns (tlog-witness, the race in "add-checkpoint").
    logs: BTreeMap<String, Mutex<Log>>,
}

struct Log {
    record: Record,
    /// The checkpoint on record.
    checkpoint: Option<SignedCheckpoint>,
    /// The same as it is shown, with the last cosignatures since the start, if there were any.
    shown: Option<String>,
    /// How often the record may change.
    growth: Bucket,
}

/// Why a request got no cosignature.
#[derive(Debug)]
pub(crate) enum NotCosigned {
    /// The specification says so.
    Refused(Refusal),
    /// The log grows faster than this witness puts up with.
    TooFast,
    /// The record could not be made durable.
    Storage(StorageError),
    /// What is on record could not be cosigned.
    Key(Error),
}

impl Core {
    pub(crate) fn open(
        cosigners: Vec<Cosigner>,
        logs: impl IntoIterator<Item = VerifierKey>,
        growth: Bucket,
        storage: Arc<dyn Storage>,
    ) -> Result<Self, Error> {
        let mut keys: BTreeMap<String, Vec<VerifierKey>> = BTreeMap::new();
        for key in logs {
            keys.entry(key.name().as_str().to_owned()).or_default().push(key);
        }
        let log = |(origin, keys): (String, _)| {
            let (record, checkpoint) = record::read(&*storage, &origin, keys)?;
            let log = Log {
                record,
                checkpoint,
                shown: None,
                growth,
            };
            Ok((origin, Mutex::new(log)))
        };
        Ok(Self {
            logs: keys.into_iter().map(log).collect::<Result<_, Error>>()?,
            keys: cosigners,
            storage,
        })
    }

    /// Answers a request with a cosignature by each key (tlog-witness, "add-checkpoint").
    pub(crate) fn add_checkpoint(
        &self,
        body: &[u8],
        now: UnixTime,
    ) -> Result<Vec<NoteSignature>, NotCosigned> {
        let request =
            Request::parse(body).map_err(|error| NotCosigned::Refused(Refusal::Malformed(error)))?;
        let Some(log) = self.logs.get(request.origin()) else {
            return Err(NotCosigned::Refused(Refusal::UnknownLog));
        };
        let log = &mut *log.lock().unwrap_or_else(PoisonError::into_inner);
        let accepted = add_checkpoint(Some(&log.record), &request).map_err(NotCosigned::Refused)?;
        if accepted.latest() != log.record.latest {
            if !log.growth.take(now) {
                return Err(NotCosigned::TooFast);
            }
            // A crash before this is durable: nothing was cosigned, and the log asks again. A crash after it: the log finds
            // its own checkpoint on record and asks again from there. After an error the file may be either; what is in
            // memory is what was cosigned last, and the next request replaces the file.
            let file = record::file(&request.checkpoint);
            self.storage.write(&[file]).map_err(NotCosigned::Storage)?;
            log.record.latest = accepted.latest();
        }
        let recorded = accepted.recorded();
        let cosignatures = self.cosign(&recorded, now).map_err(NotCosigned::Key)?;
        log.shown = Some(with(recorded.signed(), &cosignatures));
        log.checkpoint = Some(recorded.signed().clone());
        Ok(cosignatures)
    }

    /// The checkpoint on record of the log whose origin has this hash, with the last cosignatures of it; `None` for an unknown
    /// log and one of which nothing was cosigned.
    ///
    /// Cosignatures are in no file. After a start, the first who asks has the checkpoint cosigned again: it is the latest on
    /// record then, which is all that a cosignature says.
    pub(crate) fn checkpoint(&self, origin: &Hash, now: UnixTime) -> Option<String> {
        let mut logs = self.logs.iter();
        let (_, log) = logs.find(|(name, _)| Hash::of(&[name.as_bytes()]) == *origin)?;
        let log = &mut *log.lock().unwrap_or_else(PoisonError::into_inner);
        if log.shown.is_none() {
            let recorded = log.checkpoint.as_ref()?.verify(&log.record.keys).ok()?;
            let cosigned = self.cosign(&recorded, now);
            let refused = |error| tracing::error!(%error, "could not cosign what is on record");
            log.shown = Some(with(recorded.signed(), &cosigned.map_err(refused).ok()?));
        }
        log.shown.clone()
    }

    fn cosign(&self, checkpoint: &VerifiedCheckpoint, now: UnixTime) -> Result<Vec<NoteSignature>, Error> {
        self.keys.iter().map(|key| key.cosign(checkpoint, now)).collect()
    }

    /// Whether the keys could sign now.
    pub(crate) fn ready(&self) -> Result<(), TokenError> {
        self.keys.iter().try_for_each(Cosigner::ready)
    }

    /// The tree on record of a log of the policy.
    pub(crate) fn latest(&self, origin: &str) -> TreeHead {
        let log = self.logs.get(origin);
        let log = log.map(|log| log.lock().unwrap_or_else(PoisonError::into_inner));
        log.map_or_else(TreeHead::empty, |log| log.record.latest)
    }
}

/// The checkpoint with the log's own signatures and these cosignatures: what others sent along is nobody's business.
fn with(checkpoint: &SignedCheckpoint, cosignatures: &[NoteSignature]) -> String {
    let said = checkpoint.unverified();
    let by_log = |line: &&NoteSignature| line.name().as_str() == said.origin();
    let own = checkpoint.note().signatures().iter().filter(by_log);
    let lines: String = own.chain(cosignatures).map(ToString::to_string).collect();
    format!("{said}\n{lines}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        Key, Seed,
        storage::{
            Files,
            simulated::{Fault, SimulatedDisk},
        },
    };
    use ledger::{
        checkpoint::Checkpoint,
        merkle::{ConsistencyProof, TreeSize, leaf_hash, root_of},
        note::SignerKey,
    };

    fn log() -> SignerKey {
        SignerKey::from_seed("example.com/log".parse().unwrap(), &[1; 32])
    }

    fn open(disk: &SimulatedDisk) -> Core {
        let key = Key::from(&Seed::from_bytes([2; 32])).cosigner("example.com/witness".parse().unwrap());
        let storage = Arc::new(Files::on(disk.clone()).unwrap());
        Core::open(vec![key], [log().verifier()], Bucket::new(1), storage).unwrap()
    }

    fn request(old: usize, new: usize) -> String {
        let leaves: Vec<_> = (0..new).map(|n| leaf_hash(&n.to_be_bytes())).collect();
        let (from, to) = (TreeSize(old as u64), TreeSize(new as u64));
        let head = TreeHead {
            size: to,
            root: root_of(&leaves),
        };
        let request = Request {
            old: from,
            proof: match old == 0 || old == new {
                true => ConsistencyProof::default(),
                false => ConsistencyProof::generate(&leaves[..], from, to).unwrap(),
            },
            checkpoint: Checkpoint::new(log().verifier().name(), head).sign(&log()),
        };
        request.to_string()
    }

    /// Killed at any one operation, started again and asked for what is on record, and then the power goes: what was
    /// cosigned is on record still.
    #[test]
    fn what_was_cosigned_survives_the_power() {
        for (step, seed) in (0..8).flat_map(|step| (0..20).map(move |seed| (step, seed))) {
            let disk = SimulatedDisk::new(seed);
            let core = open(&disk);
            assert!(core.add_checkpoint(request(0, 3).as_bytes(), UnixTime(0)).is_ok());
            disk.arm(step, Fault::Kill);
            let cosigned = core.add_checkpoint(request(3, 5).as_bytes(), UnixTime(1)).is_ok();
            disk.restart();

            let core = open(&disk);
            let on_record = core.latest("example.com/log").size.0;
            assert!(on_record == 5 || !cosigned, "step {step}");
            let again = request(
                usize::try_from(on_record).unwrap(),
                usize::try_from(on_record).unwrap(),
            );
            assert!(core.add_checkpoint(again.as_bytes(), UnixTime(2)).is_ok());
            disk.cut_power();
            disk.restart();
            assert_eq!(
                open(&disk).latest("example.com/log").size.0,
                on_record,
                "step {step}"
            );
        }
    }
}
