//! A log on a disk that forgets or in an object store whose writes come late, and three witnesses on disks, with every machine
//! dying at random operations, on a clock that is a number. The same seed gives the same run.

use super::{
    files,
    pool::{Pool, Submission},
    tree::{self, Tree},
};
use crate::{
    Cosigner, Error, Key, NoteSigner, Seed,
    storage::{
        File, Files, Storage, StorageError,
        kept::Kept,
        simulated::{Dice, Fault, SimulatedDisk},
    },
    witness::{
        core::{Core, NotCosigned},
        limit::Bucket,
    },
};
use ledger::{
    checkpoint::SignedCheckpoint,
    entry::{Entry, Leaf, Subject},
    merkle::{ConsistencyProof, TreeHead, TreeSize},
    policy::{self, Policy},
    state::State,
    witness::{Refusal, Request},
};
use schemas::{
    BatchNumber, Day, Hash, IssuerNumber, UnixTime,
    crypto::{
        P256Point, SigningKey as _,
        aws_lc::{AwsLc, SigningKey},
    },
    key_event::{Country, EventNumber, IssuerKey, KeyEvent},
};
use std::sync::{Arc, LazyLock};

const WITNESSES: usize = 3;
const QUORUM: usize = 2;
/// Entries that there are to append, in an order in which each is good after the ones before.
const ENTRIES: u32 = 120;

#[test]
fn nothing_acknowledged_is_lost_whoever_dies() {
    let seeds = run(0..1_000, |seed| Kept::each(seed)[0].clone());
    assert!(seeds.crashes > 1_500 && seeds.acknowledged > 10_000, "{seeds:?}");
}

#[test]
fn nothing_acknowledged_is_lost_in_an_object_store() {
    let seeds = run(0..200, |seed| Kept::each(seed)[1].clone());
    assert!(seeds.crashes > 200 && seeds.acknowledged > 2_000, "{seeds:?}");
    assert!(seeds.superseded > 0, "{seeds:?}");
}

#[test]
#[ignore = "takes minutes"]
fn nothing_acknowledged_is_lost_in_many_runs() {
    for kind in 0..2 {
        println!("{:?}", run(1_000..21_000, |seed| Kept::each(seed)[kind].clone()));
    }
}

#[derive(Debug, Default)]
struct Totals {
    crashes: usize,
    acknowledged: usize,
    published: usize,
    superseded: usize,
}

fn run(seeds: std::ops::Range<u64>, kept: impl Fn(u64) -> Kept) -> Totals {
    let mut totals = Totals::default();
    for seed in seeds {
        let mut world = World::new(seed, kept(seed));
        for _ in 0..60 {
            world.step();
        }
        world.settle();
        totals.crashes += world.crashes;
        totals.acknowledged += world.acknowledged.len();
        totals.published += world.published;
        totals.superseded += world.superseded;
    }
    totals
}

/// What all runs share: signing takes longer than all else.
pub(super) struct Cast {
    pub(super) registrar: P256Point,
    pub(super) submissions: Vec<Submission>,
    pub(super) log: NoteSigner,
    pub(super) cosigners: Vec<Cosigner>,
    pub(super) policy: Policy,
}

pub(super) static CAST: LazyLock<Cast> = LazyLock::new(|| {
    let (registrar, issuer) = (SigningKey::generate().unwrap(), SigningKey::generate().unwrap());
    let number = IssuerNumber(1);
    let key = IssuerKey::new(issuer.public(), UnixTime(0), UnixTime(4_000_000_000), None).unwrap();
    let country = Country::new("DE").unwrap();
    let event = KeyEvent::new(number, EventNumber(0), "Test centre".into(), country, vec![key]).unwrap();
    let subject = Subject::KeyEvent(number, EventNumber(0));
    let entry = Entry::new(subject, Day(46_000), event.root(), None).unwrap();
    let mut submissions = vec![Submission {
        entry: entry.sign(&registrar).unwrap().encode().to_vec(),
        object: Some(event.encode()),
    }];
    let mut previous = None;
    for batch in 0..ENTRIES - 1 {
        let root = Hash::of(&[&batch.to_be_bytes()]);
        let entry = Entry::new(
            Subject::Batch(number, BatchNumber(batch)),
            Day(20_000),
            root,
            previous,
        )
        .unwrap();
        previous = Some(entry.id());
        let entry = entry.sign(&issuer).unwrap().encode().to_vec();
        submissions.push(Submission { entry, object: None });
    }
    let log =
        Key::from(&Seed::from_bytes([World::LOG_SEED; 32])).note_signer("example.com/log".parse().unwrap());
    let cosigner = |n| {
        Key::from(&Seed::from_bytes([World::WITNESS_SEED + n; 32]))
            .cosigner(format!("example.com/witness-{n}").parse().unwrap())
    };
    let cosigners: Vec<Cosigner> = (0..).take(WITNESSES).map(cosigner).collect();
    let witness = |(n, key): (usize, &Cosigner)| policy::Witness {
        name: format!("witness-{n}"),
        key: key.witness(),
        url: None,
    };
    let witnesses = cosigners.iter().enumerate().map(witness).collect();
    let logs = vec![policy::Log {
        key: log.verifier().clone(),
        url: None,
    }];
    Cast {
        registrar: registrar.public(),
        submissions,
        policy: Policy::new(logs, witnesses, QUORUM).unwrap(),
        log,
        cosigners,
    }
});

pub(super) struct World {
    seed: u64,
    dice: Dice,
    now: UnixTime,
    log_files: Kept,
    log: Option<LogMachine>,
    witness_disks: Vec<SimulatedDisk>,
    witnesses: Vec<Option<Core>>,
    /// Places that were acknowledged: which submission stands where.
    acknowledged: Vec<(u64, usize)>,
    /// The size of the largest checkpoint that readers were shown.
    shown: u64,
    /// What witnesses cosigned, in their order.
    cosigned: Vec<Vec<TreeHead>>,
    crashes: usize,
    published: usize,
    superseded: usize,
}

/// A log as it runs.
struct LogMachine {
    storage: Arc<dyn Storage>,
    tree: Tree,
    pool: Pool,
    /// Who waits for an answer: place and submission.
    waiting: Vec<(u64, usize)>,
    /// What each witness has, as far as the log knows.
    known: Vec<TreeSize>,
}

impl World {
    pub(super) const LOG_SEED: u8 = 1;
    /// Of the first witness.
    pub(super) const WITNESS_SEED: u8 = 10;

    fn new(seed: u64, log_files: Kept) -> Self {
        Self {
            seed,
            dice: Dice(seed),
            now: UnixTime(1_700_000_000),
            log_files,
            log: None,
            witness_disks: (0..WITNESSES as u64)
                .map(|n| SimulatedDisk::new(seed ^ (n + 1) << 32))
                .collect(),
            witnesses: (0..WITNESSES).map(|_| None).collect(),
            acknowledged: Vec::new(),
            shown: 0,
            cosigned: vec![Vec::new(); WITNESSES],
            crashes: 0,
            published: 0,
            superseded: 0,
        }
    }

    fn step(&mut self) {
        self.now = self.now.plus(1);
        match self.dice.below(12) {
            0..3 => self.submit(),
            3..6 => self.sequence(),
            6..8 => self.publish(),
            8..10 => self.misfortune(),
            _ => self.start_all(),
        }
    }

    /// Without further misfortune, everything that was taken is published in the end.
    fn settle(&mut self) {
        self.log_files.restart();
        self.log_files.arrive(&mut self.dice);
        self.witness_disks.iter().for_each(SimulatedDisk::restart);
        // Once to make the log if it was never made.
        self.start_all();
        self.start_all();
        self.submit();
        let done = |log: &LogMachine| log.waiting.is_empty() && log.pool.is_empty();
        for _ in 0..100 {
            if self.log.as_ref().is_some_and(done) {
                break;
            }
            // What came late may have ended the process.
            self.start_all();
            self.sequence();
            self.publish();
        }
        assert!(
            self.log.as_ref().is_some_and(done),
            "seed {}: entries are stuck",
            self.seed
        );
        self.check_history();
    }

    fn misfortune(&mut self) {
        match self.dice.below(WITNESSES + 2) {
            at if at < WITNESSES => {
                let fault = [Fault::Error, Fault::Kill, Fault::PowerLoss][self.dice.below(3)];
                self.witness_disks[at].arm(self.dice.roll() % 16, fault);
            }
            _ => self.log_files.arm(16, &mut self.dice),
        }
        if self.dice.one_in(3) {
            self.log_files.arrive(&mut self.dice);
        }
    }

    fn start_all(&mut self) {
        for at in 0..WITNESSES {
            if self.witness_disks[at].is_dead() {
                self.witnesses[at] = None;
                self.crashes += 1;
                self.revive(&self.witness_disks[at].clone());
            }
            if self.witnesses[at].is_none() {
                self.witnesses[at] = self.open_witness(at);
            }
        }
        if self.log_files.is_dead() {
            self.log = None;
            self.crashes += 1;
            // A process that was killed may come back after the machine lost its power too, or after its last requests came.
            if self.dice.one_in(3) {
                self.log_files.strike(&mut self.dice);
            }
            self.log_files.restart();
        }
        if self.log.is_none() {
            self.log = self.open_log();
        }
    }

    /// A process that was killed may come back after the machine lost its power too.
    fn revive(&mut self, disk: &SimulatedDisk) {
        if self.dice.one_in(3) {
            disk.cut_power();
        }
        disk.restart();
    }

    fn open_witness(&self, at: usize) -> Option<Core> {
        let storage: Arc<dyn Storage> = Arc::new(Files::on(self.witness_disks[at].clone()).ok()?);
        let logs = [CAST.log.verifier().clone()];
        match Core::open(
            vec![CAST.cosigners[at].clone()],
            logs,
            Bucket::new(1_000),
            storage,
        ) {
            Ok(core) => {
                let (record, cosigned) = (core.latest("example.com/log"), self.cosigned[at].last());
                let kept = cosigned.is_none_or(|cosigned| cosigned.size <= record.size);
                assert!(
                    kept,
                    "seed {}: witness {at} forgot what it had cosigned",
                    self.seed
                );
                Some(core)
            }
            Err(Error::Storage(_)) => None,
            Err(error) => panic!("seed {}: witness {at}: {error}", self.seed),
        }
    }

    fn open_log(&self) -> Option<LogMachine> {
        let storage = self.log_files.open().ok()?;
        let state = State::new(&CAST.registrar, &AwsLc).unwrap();
        let mut pool = Pool::new(Arc::clone(&storage), state);
        let mut entries: Vec<Vec<u8>> = Vec::new();
        let opened = Tree::open(Arc::clone(&storage), CAST.log.clone(), &mut |first, added| {
            entries.extend(added.iter().map(|entry| entry.to_vec()));
            pool.replay(first, added)
        });
        let opened = opened.and_then(|tree| pool.replayed().map(|()| tree));
        let tree = match opened {
            Ok(tree) => tree,
            Err(Error::Storage(_)) => return None,
            Err(Error::LogMissing) if self.acknowledged.is_empty() && self.shown == 0 => {
                let null = Leaf::Null.encode().to_vec();
                drop(Tree::create(storage, CAST.log.clone(), null));
                return None;
            }
            Err(error) => panic!("seed {}: the log refuses to start: {error}", self.seed),
        };
        let asked_for = self.cosigned.iter().filter_map(|cosigned| cosigned.last());
        let kept = asked_for.map(|head| head.size).max() <= Some(tree.signed().head().size);
        assert!(kept, "seed {}: the log forgot what it had signed", self.seed);
        let published = match tree.publish_again() {
            Ok(published) => published.map_or(0, |published| published.head().size.0),
            Err(Error::Storage(_)) => return None,
            Err(error) => panic!("seed {}: {error}", self.seed),
        };
        assert!(
            published >= self.shown,
            "seed {}: published {published}, shown {}",
            self.seed,
            self.shown
        );
        for (index, submission) in &self.acknowledged {
            let entry = usize::try_from(*index).ok().and_then(|index| entries.get(index));
            assert_eq!(
                entry,
                Some(&CAST.submissions[*submission].entry),
                "seed {}: entry {index}",
                self.seed
            );
        }
        Some(LogMachine {
            storage,
            tree,
            pool,
            waiting: Vec::new(),
            known: vec![TreeSize(published); WITNESSES],
        })
    }

    /// Appends the next entries, or one that may be there already.
    fn submit(&mut self) {
        let Some(log) = &mut self.log else { return };
        for _ in 0..=self.dice.below(6) {
            let next = usize::try_from(log.pool.size().0).unwrap() - 1;
            let submission = match self.dice.one_in(5) {
                true => self.dice.below(next + 1),
                false => next,
            };
            if submission >= CAST.submissions.len() {
                return;
            }
            match log.pool.submit(CAST.submissions[submission].clone()) {
                Ok(index) => {
                    // Entry 0 is the null entry, and each goes in once.
                    assert_eq!(index, submission as u64 + 1, "seed {}", self.seed);
                    log.waiting.push((index, submission));
                }
                Err(super::pool::Refusal::Storage(Error::Storage(_))) => {}
                Err(refusal) => panic!("seed {}: {refusal:?}", self.seed),
            }
        }
    }

    fn sequence(&mut self) {
        let Some(mut log) = self.log.take() else { return };
        let additions = log.pool.first(4);
        if additions.is_empty() {
            self.log = Some(log);
            return;
        }
        match log.tree.append(additions) {
            Ok(tree) => {
                log.pool.stored(tree.signed().head().size);
                self.log = Some(LogMachine { tree, ..log });
            }
            // As the sequencer does: nothing in memory is believed any more.
            Err(Error::Storage(error)) => {
                self.is_over(&error);
                self.log = None;
            }
            Err(error) => panic!("seed {}: {error}", self.seed),
        }
    }

    /// Whether a process ends by what its storage says.
    fn is_over(&mut self, error: &StorageError) -> bool {
        let is_over = matches!(error, StorageError::Superseded { .. });
        self.superseded += usize::from(is_over);
        is_over
    }

    /// Asks the witnesses, and publishes if enough of them cosign.
    fn publish(&mut self) {
        let Some(mut log) = self.log.take() else { return };
        let mut checkpoint = log.tree.signed().signed().clone();
        for at in 0..WITNESSES {
            // Some never hear of it, or their answer is lost.
            if self.dice.one_in(6) {
                continue;
            }
            let lines = self.ask(at, &mut log, &checkpoint);
            if let Some(lines) = lines.filter(|_| !self.dice.one_in(8)) {
                assert!(CAST.policy.adopt(&mut checkpoint, &[lines]).unwrap());
            }
        }
        if let Ok(cosigned) = CAST.policy.verify(&checkpoint) {
            let note = checkpoint.to_string().into_bytes();
            let written = log.storage.write(&[File::next(files::checkpoint(), note)]);
            if let Err(error) = &written
                && self.is_over(error)
            {
                return;
            }
            if written.is_ok() {
                let size = cosigned.checkpoint().head().size.0;
                assert!(size >= self.shown);
                self.shown = size;
                self.published += 1;
                let (done, waiting) = log.waiting.drain(..).partition(|(index, _)| *index < size);
                let done: Vec<_> = done;
                self.acknowledged.extend(done);
                log.waiting = waiting;
            }
        }
        self.log = Some(log);
    }

    fn ask(
        &mut self,
        at: usize,
        log: &mut LogMachine,
        checkpoint: &SignedCheckpoint,
    ) -> Option<ledger::note::NoteSignature> {
        let witness = self.witnesses[at].as_ref()?;
        let head = checkpoint.unverified().head();
        for _ in 0..2 {
            let old = log.known[at].min(head.size);
            let proof = match old.0 == 0 || old == head.size {
                true => ConsistencyProof::default(),
                false => tree::consistency(&*log.storage, old, head.size).ok()?,
            };
            let request = Request {
                old,
                proof,
                checkpoint: log.tree.signed().signed().clone(),
            };
            match witness.add_checkpoint(request.to_string().as_bytes(), self.now) {
                Ok(lines) => {
                    log.known[at] = head.size;
                    self.cosigned[at].push(head);
                    return lines.into_iter().next();
                }
                Err(NotCosigned::Refused(Refusal::Stale(size))) => {
                    assert!(
                        size <= head.size,
                        "seed {}: the log forgot what it had signed",
                        self.seed
                    );
                    log.known[at] = size;
                }
                Err(NotCosigned::Storage(_)) => return None,
                Err(refusal) => panic!("seed {}: witness {at}: {refusal:?}", self.seed),
            }
        }
        None
    }

    /// Everything that anybody cosigned is the beginning of the tree, and no witness went back.
    fn check_history(&self) {
        let log = self.log.as_ref().unwrap();
        let now = log.tree.signed().head();
        for cosigned in &self.cosigned {
            assert!(cosigned.is_sorted_by_key(|head| head.size), "seed {}", self.seed);
            for old in cosigned {
                let proof = tree::consistency(&*log.storage, old.size, now.size).unwrap();
                assert!(
                    proof.verify(old, &now).is_ok(),
                    "seed {}: two histories",
                    self.seed
                );
            }
        }
    }
}
