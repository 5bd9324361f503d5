//! Following a log from nothing, whose entries and objects are the parts of the input: each entry has an outcome, and the
//! view can be kept and read again.
//!
//! A part of kind 0 is an entry as it is; of kind 1 one that goes on with its sequence, and whose root is the hash of
//! the object after it, if there is one; of kind 2 an object.
#![no_main]

use fuzz::{Gullible, files::parts};
use generate::{seed::key, world::said::Said};
use ledger::{
    checkpoint::Checkpoint,
    cosignature::CosignerKey,
    entry::{Entry, EntryId, Leaf, Subject},
    follow::Advanced,
    note::SignerKey,
    policy::{Log, Policy, Witness},
    state::State,
    tile::{Edge, Level},
};
use libfuzzer_sys::fuzz_target;
use schemas::{
    BatchNumber, Hash, UnixTime,
    crypto::{Es256Signature, P256Point, SigningKey as _},
    key_event::EventNumber,
    status::SnapshotNumber,
};
use std::{
    collections::{BTreeMap, HashMap},
    mem::discriminant,
    sync::LazyLock,
};
use verifier::{
    network::Network,
    view::{LedgerView, objects_of},
};

static REGISTRAR: LazyLock<P256Point> = LazyLock::new(|| key("registrar").public());
static NETWORK: LazyLock<Network> = LazyLock::new(|| {
    generate::world::network(*REGISTRAR, generate::world::members::Members::default().policy())
});

fuzz_target!(|bytes: &[u8]| {
    let said = said(bytes);
    let objects: BTreeMap<Hash, Vec<u8>> = said
        .iter()
        .filter_map(|said| said.object.clone())
        .map(|object| (Hash::of(&[&object]), object))
        .collect();
    let mut view = LedgerView::new(NETWORK.clone(), &Gullible).expect("any key will do");
    let Some(advanced) = advance(&view, &said) else {
        return;
    };
    let _ = objects_of(&advanced).count();
    assert_eq!(view.take(advanced, 1, &objects).outcomes.len(), said.len());
    for (issuer, hash) in view.wanted_snapshots() {
        if let Some(object) = objects.get(&hash) {
            view.supply_snapshot(issuer, object);
        }
    }
    let written = view.state().to_cache();
    let again = State::from_cache(&written, &REGISTRAR, &Gullible).expect("what was written");
    assert_eq!(again.to_cache(), written);
});

fn said(bytes: &[u8]) -> Vec<Said> {
    let mut last: HashMap<_, (u32, EntryId)> = HashMap::new();
    let mut parts = parts(bytes).take(1_000).peekable();
    let mut all = Vec::new();
    while let Some((kind, part)) = parts.next() {
        let object = parts
            .next_if(|(kind, _)| kind % 3 == 2)
            .map(|(_, object)| object.to_vec());
        let mut leaf = part.to_vec();
        if let (1, Ok(Leaf::Entry(entry))) = (kind % 3, Leaf::decode(part)) {
            let entry = entry.unverified();
            let subject = entry.subject();
            let sequence = (discriminant(&subject), subject.issuer());
            let before = last.get(&sequence).copied();
            let number = before.map_or(0, |(number, _)| number + 1);
            let root = object.as_ref().map_or(entry.root(), |object| Hash::of(&[object]));
            let previous = before.map(|(_, id)| id);
            if let Ok(next) = Entry::new(numbered(subject, number), entry.expiry(), root, previous) {
                last.insert(sequence, (number, next.id()));
                leaf = next.signed(Es256Signature([1; 64])).encode().to_vec();
            }
        }
        all.push(Said { leaf, object });
    }
    all
}

fn numbered(subject: Subject, number: u32) -> Subject {
    match subject {
        Subject::Batch(issuer, _) => Subject::Batch(issuer, BatchNumber(number)),
        Subject::Snapshot(issuer, _) => Subject::Snapshot(issuer, SnapshotNumber(number)),
        Subject::KeyEvent(issuer, _) => Subject::KeyEvent(issuer, EventNumber(number)),
        registrars @ (Subject::Policy(_) | Subject::Release(_)) => registrars,
    }
}

/// The view's next step to a log of one witness.
fn advance(view: &LedgerView, said: &[Said]) -> Option<Advanced> {
    let log = SignerKey::from_seed("log".parse().ok()?, &[1; 32]);
    let witness = CosignerKey::from_seed("witness".parse().ok()?, &[2; 32]);
    let log_only = Log {
        key: log.verifier(),
        url: None,
    };
    let one = Witness {
        name: "one".into(),
        key: witness.key().clone(),
        url: None,
    };
    let policy = Policy::new(vec![log_only], vec![one], 1).ok()?;
    let mut edge = Edge::default();
    let leaves: Vec<&[u8]> = said.iter().map(|said| &*said.leaf).collect();
    let files = edge.grow(&leaves).ok()?;
    let mut checkpoint = Checkpoint::new(log.verifier().name(), edge.head()).sign(&log);
    let verified = checkpoint.verify(&[log.verifier()]).ok()?;
    checkpoint.add(witness.cosign(&verified, UnixTime(1))).ok()?;
    let follower = view.follower();
    let advance = follower
        .advance(&policy, checkpoint.to_string().as_bytes())
        .ok()?;
    let bundles = files
        .into_iter()
        .filter(|file| file.tile.level() == Level::Entries);
    let bundles: Vec<Vec<u8>> = bundles.map(|file| file.bytes).collect();
    Some(advance.read(&bundles).expect("what the log grew by"))
}
