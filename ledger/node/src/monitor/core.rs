//! What a monitor makes of what it is told: pure but for the state it holds. Fetching, the clock and the disk are around it.

use super::{
    alarm::{Alarm, Alarms},
    chain::Anchored,
    config::Settings,
    conflict::{Conflict, UncheckedConflict},
    followed::{Followed, Judgement},
    issuers::{self, Hours, Issuers},
    watched::Watched,
};
use ledger::{
    Error,
    checkpoint::SignedCheckpoint,
    entry::{Leaf, Subject},
    follow::Advanced,
    merkle::LeafIndex,
    policy::Policy,
    state::{Input, Outcome, State},
};
use schemas::{Hash, IssuerNumber, UnixTime};
use std::collections::BTreeMap;

/// Entries that wait for others which explain them, such as a key event in another log.
const MAX_WAITING: usize = 4_096;
/// Evidence of one log. One is enough to act; a log that lies goes on lying.
const MAX_CONFLICTS: usize = 8;
/// Batches that were read this many seconds after their log was followed last are not this hour's.
const HOUR: i64 = 3_600;

/// The monitor's knowledge.
pub(super) struct Core {
    pub(super) settings: Settings,
    pub(super) logs: Vec<Followed>,
    pub(super) witnesses: Vec<Watched>,
    pub(super) state: State,
    pub(super) issuers: Issuers,
    pub(super) hours: Hours,
    pub(super) alarms: Alarms,
    pub(super) conflicts: BTreeMap<Hash, Conflict>,
    pub(super) waiting: Vec<Waiting>,
    /// What stands of a log on the chain, by its index.
    pub(super) chain: BTreeMap<usize, Anchored>,
    pub(super) started: UnixTime,
}

/// An entry that does not count yet, or never will.
pub(super) struct Waiting {
    pub(super) log: usize,
    pub(super) index: LeafIndex,
    leaf: Option<Leaf>,
    object: Option<Vec<u8>>,
    pub(super) since: UnixTime,
    pub(super) code: &'static str,
}

impl Core {
    pub(super) fn new(settings: Settings, state: State, started: UnixTime) -> Self {
        let logs = settings.policy.logs().iter();
        let logs: Vec<Followed> = logs.map(|log| Followed::new(log.key.clone())).collect();
        let witnesses = settings.policy.witnesses().iter();
        Self {
            witnesses: witnesses
                .map(|witness| Watched::new(witness.name.clone(), logs.len()))
                .collect(),
            settings,
            logs,
            state,
            issuers: Issuers::default(),
            hours: Hours::default(),
            alarms: Alarms::default(),
            conflicts: BTreeMap::new(),
            waiting: Vec::new(),
            chain: BTreeMap::new(),
            started,
        }
    }

    pub(super) fn policy(&self) -> &Policy {
        &self.settings.policy
    }

    /// Looks at a checkpoint, wherever it was seen: by which log it is, once that log's signature was checked. What
    /// contradicts the log's history is kept as evidence.
    pub(super) fn sight(&mut self, bytes: &[u8], from: &str, now: UnixTime) -> Result<usize, Error> {
        let checkpoint = SignedCheckpoint::parse(bytes)?;
        let mut refusal = Error::OriginUnknown;
        for at in 0..self.logs.len() {
            match checkpoint.verify(std::slice::from_ref(&self.logs[at].key)) {
                Ok(_) => {
                    self.judge(at, checkpoint, from, now);
                    return Ok(at);
                }
                Err(Error::OriginUnknown) => {}
                Err(error) => refusal = error,
            }
        }
        Err(refusal)
    }

    fn judge(&mut self, at: usize, checkpoint: SignedCheckpoint, from: &str, now: UnixTime) {
        let policy = &self.settings.policy;
        for conflict in self.conflicts.values_mut() {
            if let Some(joined) = conflict.joined(&checkpoint, policy) {
                *conflict = joined;
            }
        }
        let log = &mut self.logs[at];
        match log.judge(&checkpoint) {
            Judgement::Consistent => {}
            Judgement::Later => log.wait_for(policy, checkpoint, from, now),
            Judgement::Conflict(conflict) => self.keep(at, *conflict),
        }
    }

    /// Takes a judgement that was made with the help of tiles.
    pub(super) fn judged(&mut self, at: usize, checkpoint: &SignedCheckpoint, judgement: Judgement) {
        if let Judgement::Later = judgement {
            return;
        }
        let log = &mut self.logs[at];
        log.pending.retain(|pending| pending.checkpoint != *checkpoint);
        if let Judgement::Conflict(conflict) = judgement {
            self.keep(at, *conflict);
        }
    }

    /// Keeps evidence, once for each tree that contradicts the one that is followed.
    fn keep(&mut self, at: usize, conflict: UncheckedConflict) {
        let conflict = match conflict.verify(&self.settings.policy) {
            Ok(conflict) => conflict,
            // Both were signed by the log, so this would be a mistake of ours: rather loud than lost.
            Err(error) => {
                tracing::error!(code = error.code(), "evidence of two histories does not verify");
                return;
            }
        };
        let log = &mut self.logs[at];
        let own = log.checkpoint().map(|checkpoint| checkpoint.unverified().head());
        let heads = conflict.heads().into_iter().filter(|head| Some(*head) != own);
        let heads: Vec<(u64, Hash)> = heads.map(|head| (head.size.0, head.root)).collect();
        if heads.iter().all(|head| log.refuted.contains(head)) || log.refuted.len() >= 2 * MAX_CONFLICTS {
            return;
        }
        log.refuted.extend(heads);
        self.conflicts.insert(conflict.id(), conflict);
    }

    /// Takes up evidence that was kept before.
    pub(super) fn restore_conflict(&mut self, conflict: Conflict) {
        let mut logs = self.logs.iter_mut();
        if let Some(log) = logs.find(|log| log.origin() == conflict.origin()) {
            log.refuted
                .extend(conflict.heads().map(|head| (head.size.0, head.root)));
            self.conflicts.insert(conflict.id(), conflict);
        }
    }

    /// Takes what was read of a log up to a checkpoint, with the objects of its entries.
    pub(super) fn take(
        &mut self,
        at: usize,
        advanced: Advanced,
        checkpoint: SignedCheckpoint,
        objects: &BTreeMap<Hash, Vec<u8>>,
        now: UnixTime,
    ) {
        let is_live = self.logs[at]
            .freshness()
            .is_some_and(|then| now.since(then) < HOUR);
        let object = |leaf: &Leaf| match leaf {
            Leaf::Entry(entry) => objects.get(&entry.unverified().root()).map(Vec::as_slice),
            Leaf::Null => None,
        };
        let mut inputs = Vec::new();
        for (index, bytes) in advanced.entries() {
            match Leaf::decode(bytes) {
                Ok(leaf) => inputs.push(Input {
                    index: *index,
                    leaf,
                    object: object(&leaf),
                }),
                Err(error) => self.wait(at, *index, None, None, error.code(), now),
            }
        }
        let outcomes = self.state.apply_all(&inputs);
        let mut batches = 0;
        for (input, outcome) in inputs.iter().zip(&outcomes) {
            batches += u64::from(self.note(at, input, outcome, now));
        }
        // What was missing may be here now.
        for waiting in std::mem::take(&mut self.waiting) {
            let Some(leaf) = waiting.leaf else {
                self.waiting.push(waiting);
                continue;
            };
            let input = Input {
                index: waiting.index,
                leaf,
                object: waiting.object.as_deref(),
            };
            let outcome = self.state.apply(&input);
            batches += u64::from(self.note(waiting.log, &input, &outcome, waiting.since));
        }
        if is_live {
            self.hours.count(now, batches);
        }
        for conflict in self.logs[at].take(advanced, checkpoint) {
            self.keep(at, conflict);
        }
        self.logs[at].refused = None;
    }

    /// Notes what an entry did; tells whether it was a new batch.
    fn note(&mut self, log: usize, input: &Input<'_>, outcome: &Outcome, since: UnixTime) -> bool {
        match outcome {
            Outcome::Applied | Outcome::Known => {
                if let Leaf::Entry(entry) = input.leaf
                    && let Subject::Batch(issuer, number) = entry.unverified().subject()
                {
                    return self.issuers.count(issuer, number.0, outcome);
                }
            }
            // What follows from a dispute or a cut-off, of which there is an alarm or which the registrar has settled.
            Outcome::Refused(Error::IssuerFrozen | Error::EntryAfterCutOff) => {}
            Outcome::Refused(error) => {
                let object = input.object.map(<[u8]>::to_vec);
                self.wait(log, input.index, Some(input.leaf), object, error.code(), since);
            }
            Outcome::Superseded | Outcome::Contradicted(_) => {}
        }
        false
    }

    fn wait(
        &mut self,
        log: usize,
        index: LeafIndex,
        leaf: Option<Leaf>,
        object: Option<Vec<u8>>,
        code: &'static str,
        since: UnixTime,
    ) {
        if self.waiting.len() < MAX_WAITING {
            self.waiting.push(Waiting {
                log,
                index,
                leaf,
                object,
                since,
                code,
            });
        }
    }

    /// Takes an answer of a witness about a log.
    pub(super) fn witnessed(
        &mut self,
        witness: usize,
        log: usize,
        answer: Result<&[u8], String>,
        now: UnixTime,
    ) {
        let read = answer.and_then(|bytes| self.read_witnessed(witness, log, bytes, now));
        if let Err(error) = read {
            self.witnesses[witness].error = Some(error);
        }
    }

    fn read_witnessed(
        &mut self,
        witness: usize,
        log: usize,
        bytes: &[u8],
        now: UnixTime,
    ) -> Result<(), String> {
        let code = |error: Error| error.code().to_owned();
        let checkpoint = SignedCheckpoint::parse(bytes).map_err(code)?;
        let key = &self.settings.policy.witnesses()[witness].key;
        let time = key.cosigned(&checkpoint).map_err(code)?;
        let time = time.ok_or_else(|| "witness-unsigned".to_owned())?;
        let name = self.witnesses[witness].name.clone();
        if self.sight(bytes, &name, now).map_err(code)? != log {
            return Err("checkpoint-of-another-log".into());
        }
        self.witnesses[witness].observe(log, checkpoint.unverified().head(), time, now);
        Ok(())
    }

    /// Notes why a log's own checkpoint is of no use.
    pub(super) fn refused(&mut self, at: usize, code: &str, now: UnixTime) {
        let log = &mut self.logs[at];
        let since = log.refused.as_ref().map_or(now, |(_, since)| *since);
        log.refused = Some((code.to_owned(), since));
    }

    /// Compares what is with what should be, and tells which alarms opened or closed.
    pub(super) fn tick(&mut self, now: UnixTime) -> Vec<Alarm> {
        let asked: Vec<IssuerNumber> = self.settings.issuers.keys().copied().collect();
        self.issuers.look(&self.state, &asked, now);
        self.look_at_chain(now);
        let conditions = self.conditions(now);
        self.alarms.reconcile(conditions, now)
    }

    /// All evidence, as files by name.
    pub(super) fn evidence(&self) -> BTreeMap<Hash, String> {
        let conflicts = self
            .conflicts
            .iter()
            .map(|(id, conflict)| (*id, conflict.to_json()));
        let contradictions = self.state.evidence();
        let contradictions =
            contradictions.map(|(issuer, contradiction)| issuers::evidence(issuer, contradiction));
        conflicts.chain(contradictions).collect()
    }

    /// Whether every log was read once.
    pub(super) fn is_ready(&self) -> bool {
        self.logs.iter().all(|log| log.freshness().is_some())
    }
}
