use super::*;
use crate::storage::{Disk as _, Files, LocalFiles, simulated::SimulatedDisk};
use ledger::{
    checkpoint::Checkpoint,
    cosignature::CosignerKey,
    entry::Entry,
    note::SignerKey,
    tile::{Edge, TileFile},
};
use schemas::{
    BatchNumber, Day, IssuerNumber, Place, Slot, UnixTime,
    crypto::aws_lc::SigningKey,
    status::{DELTAS, Delta, Snapshot, SnapshotNumber, Window},
};
use std::{
    path::{Path, PathBuf},
    sync::Mutex,
};

/// A log's files, in memory.
#[derive(Default)]
struct Static {
    files: BTreeMap<String, Vec<u8>>,
    /// What was asked for.
    asked: Mutex<Vec<String>>,
}

impl Source for Static {
    fn read(&self, path: &str) -> Result<Option<Vec<u8>>, Error> {
        self.asked.lock().unwrap().push(path.to_owned());
        Ok(self.files.get(path).cloned())
    }
}

/// A folder, as its path.
struct Folder(PathBuf);

impl Source for Folder {
    fn read(&self, path: &str) -> Result<Option<Vec<u8>>, Error> {
        Ok(std::fs::read(self.0.join(path)).ok())
    }
}

/// A log of anybody's, with entries of any kind.
struct Grower {
    key: SignerKey,
    edge: Edge,
    files: Static,
}

impl Grower {
    fn new(seed: u8) -> Self {
        Self {
            key: SignerKey::from_seed("example.com/any".parse().unwrap(), &[seed; 32]),
            edge: Edge::default(),
            files: Static::default(),
        }
    }

    fn trust(&self) -> Trust {
        Trust::Log(self.key.verifier())
    }

    fn grow(&mut self, count: u64) {
        let size = self.edge.head().size.0;
        let entries: Vec<_> = (size..size + count)
            .map(|n| format!("entry {n}").into_bytes())
            .collect();
        for TileFile { tile, bytes } in self.edge.grow(&entries).unwrap() {
            self.files.files.insert(tile.to_string(), bytes);
        }
        let signed = Checkpoint::new(self.key.verifier().name(), self.edge.head()).sign(&self.key);
        self.files
            .files
            .insert("checkpoint".into(), signed.to_string().into_bytes());
    }

    /// A status snapshot of an issuer, as an entry with its object.
    fn announce(&mut self, snapshot: &Snapshot) {
        let object = snapshot.encode().unwrap();
        let subject = Subject::Snapshot(snapshot.issuer(), snapshot.number());
        let previous = (snapshot.number().0 > 0).then_some(ledger::entry::EntryId(Hash([1; 32])));
        let entry = Entry::new(subject, Day(20_000), Hash::of(&[&object]), previous).unwrap();
        let entry = entry.sign(&SigningKey::generate().unwrap()).unwrap().encode();
        for TileFile { tile, bytes } in self.edge.grow(&[entry]).unwrap() {
            self.files.files.insert(tile.to_string(), bytes);
        }
        self.files
            .files
            .insert(format!("object/{}", Hash::of(&[&object])), object);
        self.grow(0);
    }
}

fn storage() -> (SimulatedDisk, Files<SimulatedDisk>) {
    let disk = SimulatedDisk::new(1);
    (disk.clone(), Files::on(disk).unwrap())
}

/// Every file that the tree of the source has is in the copy, byte for byte.
fn assert_whole(source: &Static, size: TreeSize, storage: &dyn Storage) {
    for tile in Tile::grown(TreeSize(0), size) {
        let copied = read_tile(storage, tile).unwrap();
        let there = source.files.get(&tile.to_string());
        assert_eq!(copied.as_ref(), there, "{tile}");
    }
    let copied = storage.read(&files::checkpoint()).unwrap();
    assert_eq!(copied.as_ref(), source.files.get("checkpoint"));
}

#[test]
fn copies_a_log_as_it_grows_and_asks_for_what_is_new_only() {
    let (_, storage) = storage();
    let mut log = Grower::new(1);
    for count in [1, 0, 254, 1, 1, 300, 1_000, 65_000, 3] {
        log.grow(count);
        log.files.asked.lock().unwrap().clear();
        let before = log.edge.head().size.0 - count;
        let done = mirror(&log.files, &log.trust(), &storage).unwrap();
        assert_eq!((done.before, done.entries), (before, before + count));
        assert_whole(&log.files, log.edge.head().size, &storage);
        let asked = log.files.asked.lock().unwrap().len() as u64;
        assert!(asked <= 30 + count / 128 * 2, "{asked} files for {count} entries");
    }
    // Partial tiles stay only where there is no full one.
    assert_eq!(
        storage
            .list(&files::partials("tile/0/000".parse().unwrap()))
            .unwrap(),
        []
    );
}

#[test]
fn what_is_not_signed_is_not_written() {
    let mut log = Grower::new(1);
    log.grow(700);
    let paths: Vec<String> = log.files.files.keys().cloned().collect();
    for path in paths {
        for cut in [false, true] {
            let good = log.files.files[&path].clone();
            let mut bad = good.clone();
            match cut {
                true => bad.truncate(good.len() / 2),
                false => bad[good.len() / 2] ^= 1,
            }
            log.files.files.insert(path.clone(), bad.clone());
            let (disk, storage) = storage();
            let refused = mirror(&log.files, &log.trust(), &storage);
            let written = disk.paths();
            assert!(written.iter().all(|path| path != "checkpoint"), "{path}");
            for name in written {
                let there = storage
                    .read(&name.parse::<Tile>().map(files::tile).unwrap())
                    .unwrap();
                assert!(
                    name != path && there.as_ref() == log.files.files.get(&name),
                    "{path}: {name}"
                );
            }
            log.files.files.insert(path.clone(), good);
            let refused = refused.err().unwrap_or_else(|| panic!("{path} was taken"));
            let in_tile = ["source-differs", "tree-mismatch"].contains(&refused.code());
            assert_eq!(in_tile, path != "checkpoint", "{path}: {refused}");
        }
        let good = log.files.files.remove(&path).unwrap();
        let refused = mirror(&log.files, &log.trust(), &storage().1).unwrap_err();
        assert_eq!(refused.code(), "source-incomplete", "{path}: {refused}");
        log.files.files.insert(path, good);
    }
}

/// They are made of the snapshots that are here, and asked of nobody.
#[test]
fn status_deltas_are_made_and_not_asked_for() {
    let (disk, storage) = storage();
    let mut log = Grower::new(1);
    log.grow(1);
    let place = |batch| Place {
        issuer: IssuerNumber(1),
        batch: BatchNumber(batch),
        slot: Slot(7),
    };
    let window = Window::new(BatchNumber(0), 1_000).unwrap();
    let snapshots = (0..20).map(|number| {
        let revoked = (0..100 + number).map(place);
        Snapshot::new(IssuerNumber(1), SnapshotNumber(number), window, revoked).unwrap()
    });
    let snapshots: Vec<Snapshot> = snapshots.collect();
    for (at, snapshot) in snapshots.iter().enumerate() {
        log.announce(snapshot);
        log.grow(300);
        if ![4, 12, 19].contains(&at) {
            continue;
        }
        mirror(&log.files, &log.trust(), &storage).unwrap();
        let asked = log.files.asked.lock().unwrap();
        assert!(asked.iter().all(|path| !path.starts_with("delta")), "{asked:?}");
        let earlier = snapshots[..at].iter().rev().take(DELTAS);
        let names = earlier.map(|earlier| Delta::path(earlier.root().unwrap(), snapshot.root().unwrap()));
        for name in names {
            let delta = disk.read(&name).unwrap().expect("it was made");
            assert_eq!(Delta::decode(&delta).unwrap().to(), snapshot.number());
        }
    }
    let made = disk.paths().into_iter().filter(|path| path.starts_with("delta"));
    assert_eq!(made.count(), DELTAS);
    // Without a new snapshot nothing changes.
    log.grow(1);
    mirror(&log.files, &log.trust(), &storage).unwrap();
    let made = disk.paths().into_iter().filter(|path| path.starts_with("delta"));
    assert_eq!(made.count(), DELTAS);
}

#[test]
fn an_interrupted_run_goes_on() {
    let mut log = Grower::new(1);
    log.grow(2_000);
    let (_, storage) = storage();
    let last = "tile/entries/007.p/208";
    let good = log.files.files.remove(last).unwrap();
    assert_eq!(
        mirror(&log.files, &log.trust(), &storage).unwrap_err().code(),
        "source-incomplete"
    );
    assert_eq!(storage.read(&files::checkpoint()).unwrap(), None);
    log.files.files.insert(last.into(), good);
    let asked = std::mem::take(&mut *log.files.asked.lock().unwrap()).len();
    mirror(&log.files, &log.trust(), &storage).unwrap();
    assert_whole(&log.files, TreeSize(2_000), &storage);
    assert!(
        log.files.asked.lock().unwrap().len() < asked,
        "all was asked for again"
    );
}

#[test]
fn another_history_is_refused_and_the_copy_stays() {
    let (_, storage) = storage();
    let mut log = Grower::new(1);
    log.grow(300);
    mirror(&log.files, &log.trust(), &storage).unwrap();
    let refusal = |source: &Grower| {
        let refused = mirror(&source.files, &source.trust(), &storage).unwrap_err();
        assert_whole(&log.files, TreeSize(300), &storage);
        refused.code()
    };
    let mut old = Grower::new(1);
    old.grow(299);
    assert_eq!(refusal(&old), "checkpoint-went-back");
    let mut other = Grower::new(1);
    let _ = other.edge.grow(&[b"another first entry"]).unwrap();
    other.grow(299);
    assert_eq!(refusal(&other), "consistency-invalid");
    let mut forked = Grower::new(1);
    for TileFile { tile, bytes } in forked.edge.grow(&[b"another first entry"]).unwrap() {
        forked.files.files.insert(tile.to_string(), bytes);
    }
    forked.grow(499);
    assert_eq!(refusal(&forked), "consistency-invalid");
    let mut stranger = Grower::new(2);
    stranger.grow(300);
    assert_eq!(
        mirror(&stranger.files, &log.trust(), &storage)
            .unwrap_err()
            .code(),
        "note-unsigned"
    );
    log.grow(1);
    assert_eq!(mirror(&log.files, &log.trust(), &storage).unwrap().before, 300);
}

#[test]
fn a_witness_may_vouch_for_the_log() {
    let mut log = Grower::new(1);
    log.grow(10);
    let witness = CosignerKey::from_seed("example.com/witness".parse().unwrap(), &[3; 32]);
    let trust: Trust = witness.key().to_string().parse().unwrap();
    assert_eq!(
        mirror(&log.files, &trust, &storage().1).unwrap_err().code(),
        "note-unsigned"
    );
    let mut signed = Checkpoint::new(log.key.verifier().name(), log.edge.head()).sign(&log.key);
    let verified = signed.verify(&[log.key.verifier()]).unwrap();
    signed
        .add(witness.cosign(&verified, UnixTime(1_700_000_000)))
        .unwrap();
    log.files
        .files
        .insert("checkpoint".into(), signed.to_string().into_bytes());
    assert_eq!(mirror(&log.files, &trust, &storage().1).unwrap().entries, 10);
    assert!("no key".parse::<Trust>().is_err());
}

fn vectors(tests: usize) -> Option<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/vectors");
    let folder = std::env::var_os("ATTEST_VECTORS").map_or(beside, PathBuf::from);
    if !folder.is_dir() {
        println!("left out: {tests} vector tests (no ../shared/vectors)");
        return None;
    }
    Some(folder)
}

/// Tessera's test log at its 16 sizes, one after the other into one copy.
#[test]
fn copies_the_log_of_tessera() {
    const VKEY: &str = "example.com/log/testdata+33d7b496+AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx";
    struct AtSize(Folder, u64);
    impl Source for AtSize {
        fn read(&self, path: &str) -> Result<Option<Vec<u8>>, Error> {
            match path {
                "checkpoint" => self.0.read(&format!("checkpoint.{}", self.1)),
                path => self.0.read(path),
            }
        }
    }
    let Some(vectors) = vectors(16) else { return };
    let log = vectors.join("tlog/tessera-testlog/testdata/log");
    let folder = tempfile::tempdir().unwrap();
    let storage = LocalFiles::open(folder.path()).unwrap();
    let mut bytes = 0;
    for size in 0..=15 {
        let done = mirror(
            &AtSize(Folder(log.clone()), size),
            &VKEY.parse().unwrap(),
            &storage,
        )
        .unwrap();
        assert_eq!(done.entries, size);
        bytes += done.bytes;
        for tile in Tile::grown(TreeSize(0), TreeSize(size)) {
            let there = std::fs::read(log.join(tile.to_string())).unwrap();
            assert_eq!(
                std::fs::read(folder.path().join(tile.to_string())).unwrap(),
                there
            );
        }
    }
    println!("tessera-testlog: 16 of 16 sizes copied, {bytes} bytes");
}

/// Sunlight's mirror of 300 entries. Of its tree the vectors have the tiles of hashes and the cosigned checkpoint; its entry
/// bundles are stand-ins, and are refused as what they are. With the entries that its tiles are of ("record 0" and so on, by its
/// generator) the whole of it is copied. Its log's own tree is stand-ins but for a checkpoint of no tree.
#[test]
fn holds_the_trees_of_sunlight_against_their_checkpoints() {
    #[derive(serde::Deserialize)]
    struct Keys {
        verifier_keys: Vec<String>,
    }
    /// The mirror with other bundles than its own.
    struct Filled(Folder, BTreeMap<String, Vec<u8>>);
    impl Source for Filled {
        fn read(&self, path: &str) -> Result<Option<Vec<u8>>, Error> {
            match self.1.get(path) {
                Some(bytes) => Ok(Some(bytes.clone())),
                None => self.0.read(path),
            }
        }
    }
    const SIZE: u64 = 300;
    let Some(vectors) = vectors(2) else { return };
    let trees = vectors.join("tlog/sunlight-skylight-trees/cmd/skylight/testdata");
    let keys = std::fs::read(trees.join("witness/mirror/mirror.v0.json")).unwrap();
    let keys: Keys = serde_json::from_slice(&keys).unwrap();
    let origin = Hash::of(&[b"rome2026h1.example.org"]).to_string();
    let log = trees.join("witness/mirror").join(origin);
    let trust = keys.verifier_keys[0].parse().unwrap();
    let (disk, stand_ins) = storage();
    let refused = mirror(&Folder(log.clone()), &trust, &stand_ins).unwrap_err();
    assert_eq!(refused.code(), "source-differs");
    assert!(refused.to_string().starts_with("tile/entries/000"), "{refused}");
    let mut written = disk.paths();
    written.retain(|path| path.starts_with("tile") || path == "checkpoint");
    assert_eq!(written, ["tile/0/000", "tile/0/001.p/44", "tile/1/000.p/1"]);

    // What hashes to its tiles is taken, every byte, and one byte more or less is not.
    let entries: Vec<Vec<u8>> = (0..SIZE).map(|n| format!("record {n}").into_bytes()).collect();
    let grown = Edge::default().grow(&entries).unwrap();
    let is_bundle = |file: &&TileFile| file.tile.level() == Level::Entries;
    let bundles = grown.iter().filter(is_bundle);
    let bundles: BTreeMap<_, _> = bundles
        .map(|file| (file.tile.to_string(), file.bytes.clone()))
        .collect();
    for path in bundles.keys() {
        let mut bundles = bundles.clone();
        *bundles.get_mut(path).unwrap().last_mut().unwrap() ^= 1;
        let refused = mirror(&Filled(Folder(log.clone()), bundles), &trust, &storage().1).unwrap_err();
        assert!(refused.to_string().starts_with(path), "{refused}");
    }
    let (_, storage) = storage();
    let source = Filled(Folder(log), bundles);
    assert_eq!(mirror(&source, &trust, &storage).unwrap().entries, SIZE);
    for tile in Tile::grown(TreeSize(0), TreeSize(SIZE)) {
        let theirs = source.read(&tile.to_string()).unwrap();
        assert_eq!(read_tile(&storage, tile).unwrap(), theirs, "{tile}");
    }

    let keys = std::fs::read(trees.join("witness/witness.v0.json")).unwrap();
    let keys: Keys = serde_json::from_slice(&keys).unwrap();
    let trust = keys.verifier_keys[0].parse().unwrap();
    let refused = mirror(&Folder(trees.join("tree")), &trust, &storage).unwrap_err();
    assert_eq!(refused.code(), "note-unsigned");
    println!(
        "sunlight-skylight-trees: a tree of {SIZE} entries copied (its 3 tiles and checkpoint are in the vectors, its 2 bundles \
         are stand-ins there: refused, and made from the generator's entries)"
    );
}

/// The log of 70,000 entries that Go's sumdb code accepted.
#[test]
fn copies_the_golden_log() {
    let Some(vectors) = vectors(1) else { return };
    let golden = vectors.join("tlog/golden-interop");
    let mut source = Static::default();
    let entries: Vec<Vec<u8>> = (0..70_000).map(|n| format!("leaf-{n}").into_bytes()).collect();
    for TileFile { tile, bytes } in Edge::default().grow(&entries).unwrap() {
        source.files.insert(tile.to_string(), bytes);
    }
    source.files.insert(
        "checkpoint".into(),
        std::fs::read(golden.join("checkpoint")).unwrap(),
    );
    let vkey = std::fs::read_to_string(golden.join("vkey")).unwrap();
    let (_, storage) = storage();
    let done = mirror(&source, &vkey.trim_end().parse().unwrap(), &storage).unwrap();
    assert_whole(&source, TreeSize(70_000), &storage);
    println!(
        "golden-interop: {} entries copied, {} files",
        done.entries, done.files
    );
}
