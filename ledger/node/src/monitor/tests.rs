//! The core on what it is told, and what it keeps.

mod chain;
mod superseded;

use super::{
    alarm::Kind,
    config::{DeclaringIssuer, MonitorConfig},
    core::Core,
    store::Store,
    testing::World,
};
use crate::storage::{
    Files,
    simulated::{Fault, SimulatedDisk},
};
use ledger::{
    declaration::{Declaration, Last},
    entry::{Entry, EntryId, Leaf, Subject},
    merkle::TreeHead,
    state::State,
    tile::{Edge, Tile},
};
use schemas::{
    BatchNumber, Day, Hash, IssuerNumber, KeyId, Place, Slot, UnixTime,
    crypto::{SigningKey as _, aws_lc::AwsLc, aws_lc::SigningKey},
    key_event::{Country, EventNumber, IssuerKey, KeyEvent},
    status::{Snapshot, SnapshotNumber, Window},
};
use std::{collections::BTreeMap, sync::Arc};

const START: i64 = 1_795_000_000;
const ISSUER: IssuerNumber = IssuerNumber(7);

/// A log whose entries are signed, with its files, and a monitor of it.
struct Scene {
    world: World,
    registrar: SigningKey,
    issuer: SigningKey,
    edge: Edge,
    bundles: BTreeMap<Tile, Vec<u8>>,
    objects: BTreeMap<Hash, Vec<u8>>,
    previous: BTreeMap<u8, EntryId>,
    core: Core,
    now: UnixTime,
}

impl Scene {
    fn new() -> Self {
        let (world, registrar) = (World::new(), SigningKey::generate().unwrap());
        let mut scene = Self {
            core: core(&world, &registrar, UnixTime(START)),
            issuer: SigningKey::generate().unwrap(),
            edge: Edge::default(),
            bundles: BTreeMap::new(),
            objects: BTreeMap::new(),
            previous: BTreeMap::new(),
            now: UnixTime(START),
            world,
            registrar,
        };
        let key = IssuerKey::new(scene.issuer.public(), UnixTime(0), UnixTime(START * 2), None).unwrap();
        let country = Country::new("DE").unwrap();
        let event = KeyEvent::new(ISSUER, EventNumber(0), "Nord".into(), country, vec![key])
            .unwrap()
            .encode();
        let root = scene.object(event);
        let null = Leaf::Null.encode();
        let subject = Subject::KeyEvent(ISSUER, EventNumber(0));
        let event = scene.entry(subject, root);
        scene.grow(&[null, event]);
        scene
    }

    fn object(&mut self, bytes: Vec<u8>) -> Hash {
        let root = Hash::of(&[&bytes]);
        self.objects.insert(root, bytes);
        root
    }

    fn entry(&mut self, subject: Subject, root: Hash) -> [u8; 144] {
        let (kind, key) = match subject {
            Subject::KeyEvent(..) => (3, &self.registrar),
            Subject::Snapshot(..) => (2, &self.issuer),
            _ => (1, &self.issuer),
        };
        let entry = Entry::new(subject, Day(22_000), root, self.previous.get(&kind).copied()).unwrap();
        self.previous.insert(kind, entry.id());
        entry.sign(key).unwrap().encode()
    }

    fn batch(&mut self, number: u32) -> [u8; 144] {
        self.entry(Subject::Batch(ISSUER, BatchNumber(number)), Hash([1; 32]))
    }

    /// A snapshot in which these slots of batch 0 are revoked.
    fn snapshot(&mut self, number: u32, slots: &[u8]) -> [u8; 144] {
        let window = Window::new(BatchNumber(0), 1).unwrap();
        let place = |slot: &u8| Place {
            issuer: ISSUER,
            batch: BatchNumber(0),
            slot: Slot(*slot),
        };
        let object = Snapshot::new(ISSUER, SnapshotNumber(number), window, slots.iter().map(place));
        let root = self.object(object.unwrap().encode().unwrap());
        self.entry(Subject::Snapshot(ISSUER, SnapshotNumber(number)), root)
    }

    /// The log takes entries and publishes, and the monitor follows.
    fn grow(&mut self, entries: &[[u8; 144]]) {
        for file in self.edge.grow(entries).unwrap() {
            self.bundles.insert(file.tile, file.bytes);
        }
        let head = self.edge.head();
        self.follow(&head);
    }

    fn follow(&mut self, head: &TreeHead) {
        let signed = self.world.checkpoint(head, self.now.0, 0..4);
        let bytes = signed.to_string().into_bytes();
        assert_eq!(self.core.sight(&bytes, "the log", self.now), Ok(0));
        let advance = self.core.logs[0].advance(self.core.policy(), &bytes).unwrap();
        let bundles: Vec<_> = advance
            .bundles()
            .iter()
            .map(|tile| self.bundles[tile].clone())
            .collect();
        let advanced = advance.read(&bundles).unwrap();
        self.core.take(0, advanced, signed, &self.objects, self.now);
    }

    /// What the witnesses answer now, with clocks that are off by this.
    fn witnesses(&mut self, off: [Option<i64>; 4]) {
        for (at, off) in off.into_iter().enumerate() {
            match off {
                Some(off) => {
                    let head = self.edge.head();
                    let signed = self.world.checkpoint(&head, self.now.0 + off, at..at + 1);
                    let bytes = signed.to_string().into_bytes();
                    self.core.witnessed(at, 0, Ok(&bytes), self.now);
                }
                None => self
                    .core
                    .witnessed(at, 0, Err("source-unavailable".into()), self.now),
            }
        }
    }

    /// The issuer declares, or a stranger in its name.
    fn declare(&mut self, stranger: Option<&SigningKey>, batches: u64, root: Hash) {
        let last = Last {
            expiry: Day(22_000),
            number: BatchNumber(0),
            root,
        };
        let declaration = Declaration {
            issuer: ISSUER,
            at: self.now,
            batches,
            last: vec![last],
        };
        let request = declaration.to_be_signed(KeyId([0; 8]));
        let signature = stranger.unwrap_or(&self.issuer).sign(request.bytes()).unwrap();
        let text = request.signed(signature);
        self.core.issuers.declare(&self.core.state, ISSUER, Ok(&text));
    }

    /// The alarms after so many seconds.
    fn after(&mut self, seconds: i64) -> Vec<Kind> {
        self.now = self.now.plus(seconds);
        self.core.tick(self.now);
        self.core
            .alarms
            .open()
            .iter()
            .map(|alarm| alarm.key.kind)
            .collect()
    }

    /// A minute in which everybody does as they should.
    fn minute(&mut self) {
        self.now = self.now.plus(60);
        let head = self.edge.head();
        self.follow(&head);
        self.witnesses([Some(0); 4]);
    }
}

fn core(world: &World, registrar: &SigningKey, now: UnixTime) -> Core {
    let folder = tempfile::tempdir().unwrap();
    let policy = folder.path().join("policy");
    std::fs::write(&policy, world.policy.to_string()).unwrap();
    let mut config = MonitorConfig::new(policy, &registrar.public());
    config.issuers = vec![DeclaringIssuer {
        number: ISSUER.0,
        url: "http://127.0.0.1:1".into(),
    }];
    let settings = config.read().unwrap();
    let state = State::new(&registrar.public(), &AwsLc).unwrap();
    Core::new(settings, state, now)
}

#[test]
fn nothing_is_alarming_while_all_goes_well() {
    let mut scene = Scene::new();
    scene.minute();
    let batch = scene.batch(0);
    scene.grow(&[batch]);
    scene.declare(None, 1, Hash([1; 32]));
    for _ in 0..20 {
        scene.minute();
        assert_eq!(scene.after(1), []);
    }
    let hours = scene.core.hours.last(scene.now);
    assert_eq!(hours.iter().map(|(_, batches)| batches).sum::<u64>(), 1);
    assert!(scene.core.is_ready());
}

#[test]
fn silence_is_told_and_is_over_when_they_speak() {
    let mut scene = Scene::new();
    scene.minute();
    assert_eq!(scene.after(170), []);
    assert_eq!(
        scene.after(20),
        [Kind::LogStalled, Kind::WitnessesFew, Kind::WitnessSilent]
            .into_iter()
            .chain([Kind::WitnessSilent; 3])
            .collect::<Vec<_>>()
    );
    scene.minute();
    assert_eq!(scene.after(1), []);
    assert_eq!(scene.core.alarms.closed().len(), 6);
    // Two of four are gone: fewer than the three that a quorum takes.
    for _ in 0..5 {
        scene.now = scene.now.plus(60);
        let head = scene.edge.head();
        scene.follow(&head);
        scene.witnesses([Some(0), None, None, Some(0)]);
    }
    assert_eq!(
        scene.after(1),
        [Kind::WitnessesFew, Kind::WitnessSilent, Kind::WitnessSilent]
    );
}

#[test]
fn what_a_log_serves_and_is_refused_is_told() {
    let mut scene = Scene::new();
    scene.minute();
    scene.core.refused(0, "quorum-missing", scene.now);
    assert_eq!(scene.after(50), []);
    assert_eq!(scene.after(10), [Kind::LogRefused]);
    scene.minute();
    assert_eq!(scene.after(0), []);
}

#[test]
fn a_witness_that_stays_behind_is_told_apart_from_a_log_that_stalls() {
    let mut scene = Scene::new();
    scene.minute();
    let early = scene
        .world
        .checkpoint(&scene.edge.head(), scene.now.0, 2..3)
        .to_string();
    for _ in 0..6 {
        scene.now = scene.now.plus(60);
        let head = scene.edge.head();
        scene.follow(&head);
        scene.witnesses([Some(0), Some(0), None, Some(0)]);
        scene.core.witnessed(2, 0, Ok(early.as_bytes()), scene.now);
    }
    assert_eq!(scene.after(1), [Kind::WitnessBehind]);
}

#[test]
fn clocks_are_compared() {
    let mut scene = Scene::new();
    for off in [[0, 70, -70, 0], [90, 95, 100, 0], [0; 4]] {
        scene.minute();
        scene.now = scene.now.plus(10);
        scene.witnesses(off.map(Some));
        let expected: &[Kind] = match off {
            [0, 70, ..] => &[Kind::ClockWrong],
            [90, ..] => &[Kind::ClockOwn],
            _ => &[],
        };
        assert_eq!(scene.after(0), expected, "{off:?}");
    }
}

/// Also when the next snapshot lists it again, so that whoever looks seldom sees nothing.
#[test]
fn no_revocation_is_taken_back_silently() {
    let mut scene = Scene::new();
    let batch = scene.batch(0);
    let chain = [
        batch,
        scene.snapshot(0, &[3, 5]),
        scene.snapshot(1, &[3]),
        scene.snapshot(2, &[3, 5, 9]),
    ];
    scene.grow(&chain);
    assert_eq!(scene.after(1), [Kind::IssuerTookBack]);
    let evidence = scene.core.evidence();
    assert_eq!(evidence.len(), 1);
    let (id, text) = evidence.first_key_value().unwrap();
    assert!(text.contains("status-un-revoked"), "{text}");
    scene.core.settings.settled = vec![id.to_string()];
    assert_eq!(scene.after(1), []);
}

#[test]
fn a_snapshot_that_nobody_has_is_missed() {
    let mut scene = Scene::new();
    let snapshot = scene.snapshot(0, &[3]);
    scene.objects.clear();
    scene.grow(&[snapshot]);
    assert_eq!(scene.after(1), []);
    for _ in 0..10 {
        scene.minute();
        scene.after(0);
    }
    assert_eq!(scene.after(0), [Kind::SnapshotMissing]);
}

#[test]
fn batches_are_held_against_what_the_issuer_declares() {
    let stranger = SigningKey::generate().unwrap();
    let own = Hash([1; 32]);
    for (declared, root, by, expected) in [
        (2, own, None, None),
        (1, own, None, Some(Kind::BatchUndeclared)),
        (3, own, None, Some(Kind::BatchMissing)),
        (2, Hash([2; 32]), None, Some(Kind::BatchDiffers)),
        (2, own, Some(&stranger), Some(Kind::IssuerSilent)),
    ] {
        let mut scene = Scene::new();
        let batches = [scene.batch(0), scene.batch(1)];
        scene.grow(&batches);
        scene.declare(by, declared, root);
        // Another root cannot come right with time; the rest may.
        let at_once: Vec<Kind> = expected
            .into_iter()
            .filter(|kind| *kind == Kind::BatchDiffers)
            .collect();
        assert_eq!(scene.after(1), at_once);
        for _ in 0..10 {
            scene.minute();
        }
        assert_eq!(scene.after(0), expected.into_iter().collect::<Vec<_>>());
        // After a restart it is known still, before the issuer is heard again; but for what only its declaration shows.
        let kept = serde_json::to_string(&scene.core.issuers).unwrap();
        scene.core.issuers = serde_json::from_str(&kept).unwrap();
        let known = expected.into_iter().filter(|kind| *kind != Kind::BatchDiffers);
        assert_eq!(scene.after(0), known.collect::<Vec<_>>());
        scene.declare(None, 2, own);
        assert_eq!(scene.after(0), []);
    }
}

#[test]
fn an_issuer_with_two_stories_is_told() {
    let mut scene = Scene::new();
    let batch = scene.batch(0);
    scene.previous.remove(&1);
    let other = scene.entry(Subject::Batch(ISSUER, BatchNumber(0)), Hash([2; 32]));
    scene.grow(&[batch, other]);
    assert_eq!(scene.after(0), [Kind::IssuerForked]);
}

#[test]
fn an_entry_that_nobody_signed_is_told_after_a_while() {
    let mut scene = Scene::new();
    let ours = std::mem::replace(&mut scene.issuer, SigningKey::generate().unwrap());
    let unsigned = scene.batch(0);
    scene.issuer = ours;
    scene.grow(&[unsigned]);
    for _ in 0..10 {
        assert_eq!(scene.after(0), []);
        scene.minute();
    }
    scene.minute();
    assert_eq!(scene.after(0), [Kind::EntryUnexplained]);
}

#[test]
fn a_second_history_is_told_by_whoever_was_shown_it() {
    let mut scene = Scene::new();
    scene.minute();
    let mut other = Edge::default();
    other.grow(&[Leaf::Null.encode(), [9; 144]]).unwrap();
    let shown = scene
        .world
        .checkpoint(&other.head(), scene.now.0, 1..2)
        .to_string();
    scene.core.witnessed(1, 0, Ok(shown.as_bytes()), scene.now);
    assert_eq!(scene.after(1), [Kind::LogTwoHistories]);
    // Again, and by another: it is the same evidence, with one more name.
    let shown = scene
        .world
        .checkpoint(&other.head(), scene.now.0, 2..3)
        .to_string();
    scene.core.witnessed(2, 0, Ok(shown.as_bytes()), scene.now);
    assert_eq!(scene.after(1), [Kind::LogTwoHistories]);
    let conflict = scene.core.conflicts.values().next().unwrap();
    assert!(conflict.signers().iter().any(|signers| signers.len() == 2));
    // A note that the log did not sign says nothing about it.
    let stranger = World::of("example.com/stranger");
    let forged = stranger.checkpoint(&other.head(), 5, 0..4).to_string();
    let refused = scene
        .core
        .sight(forged.as_bytes(), "elsewhere", scene.now)
        .unwrap_err();
    assert_eq!(refused.code(), "checkpoint-origin-unknown");
}

/// Killed at any step of writing, a monitor goes on from what it wrote before or from what it wrote now.
#[test]
fn a_restart_continues() {
    for (step, seed) in (0..24).flat_map(|step| (0..3).map(move |seed| (step, seed))) {
        let disk = SimulatedDisk::new(seed);
        let mut scene = Scene::new();
        let store = Store::new(Arc::new(Files::on(disk.clone()).unwrap()));
        let save = |store: &Store, scene: &Scene| {
            let files = store.prepare(&scene.core);
            let written = store.write(&files, &[]);
            written.and_then(|()| store.keep_evidence(&scene.core.evidence()))
        };
        save(&store, &scene).unwrap();
        let batches: Vec<[u8; 144]> = (0..300).map(|number| scene.batch(number)).collect();
        scene.grow(&batches);
        let mut other = Edge::default();
        other.grow(&[[9; 144]]).unwrap();
        let shown = scene.world.checkpoint(&other.head(), START, 1..2).to_string();
        scene
            .core
            .sight(shown.as_bytes(), "elsewhere", scene.now)
            .unwrap();
        scene.after(1);

        disk.arm(step, Fault::Kill);
        let is_written = save(&store, &scene).is_ok();
        disk.restart();
        let store = Store::new(Arc::new(Files::on(disk.clone()).unwrap()));
        let mut core = core(&scene.world, &scene.registrar, scene.now);
        core.state = store.view(&scene.registrar.public()).unwrap();
        store.restore(&mut core).unwrap();
        let (size, whole) = (core.logs[0].head().size.0, scene.edge.head());
        assert!(
            size == whole.size.0 || (size == 2 && !is_written),
            "step {step}: {size}"
        );
        if is_written {
            assert_eq!(core.logs[0].head(), whole);
            assert_eq!(core.issuers.0[&7].batches, 300);
            assert_eq!(core.alarms.open().len(), 1);
            assert_eq!(core.evidence(), scene.core.evidence());
        }
        // It goes on, and what it reads again changes nothing.
        scene.core = core;
        let head = scene.edge.head();
        scene.follow(&head);
        assert_eq!(scene.core.logs[0].head(), whole);
        assert_eq!(scene.core.state.root_count(), 300);
        assert_eq!(scene.core.issuers.0[&7].batches, 300);
    }
}

#[test]
fn damage_is_found_at_the_start() {
    let scene = Scene::new();
    let disk = SimulatedDisk::new(1);
    let store = Store::new(Arc::new(Files::on(disk.clone()).unwrap()));
    store.write(&store.prepare(&scene.core), &[]).unwrap();
    for path in disk.paths() {
        let damaged = SimulatedDisk::new(1);
        let store = Store::new(Arc::new(Files::on(damaged.clone()).unwrap()));
        store.write(&store.prepare(&scene.core), &[]).unwrap();
        damaged.damage(&path, |bytes| bytes[0] ^= 1);
        let read = store.view(&scene.registrar.public()).and_then(|_| {
            let mut core = core(&scene.world, &scene.registrar, scene.now);
            store.restore(&mut core)
        });
        assert_eq!(read.unwrap_err().code(), "monitor-damaged", "{path}");
    }
}
