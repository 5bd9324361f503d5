use super::{
    objects::faulty::{self, FaultyStore},
    simulated::{Dice, Fault, SimulatedDisk},
    *,
};
use s3::S3Server;
use std::sync::Arc;

#[path = "../../tests/common/s3.rs"]
mod s3;

fn name(path: &str) -> Name {
    Name::new(path)
}

fn file(path: &str, version: u8) -> File {
    File::next(name(path), vec![version; 100])
}

/// What the one caller of a storage may rely on, whatever happens to the disk: what was acknowledged is there, and
/// what was not is there as a whole or not at all.
#[test]
fn acknowledged_files_survive_and_others_are_whole() {
    let mut crashes = 0;
    for seed in 0..4_000 {
        let mut dice = Dice(seed);
        let disk = SimulatedDisk::new(seed);
        let paths = ["a", "b/c", "b/d", "b/e/f"];
        // By path: the version that must be there at least.
        let mut acknowledged = [0u8; 4];
        let mut version = 0;
        for _round in 0..4 {
            let fault = [Fault::Error, Fault::Kill, Fault::PowerLoss][dice.below(3)];
            disk.arm(dice.roll() % 60, fault);
            if let Ok(files) = Files::on(disk.clone()) {
                for _write in 0..3 {
                    version += 1;
                    let chosen: Vec<usize> = (0..4).filter(|_| dice.one_in(2)).collect();
                    let batch: Vec<File> = chosen.iter().map(|&i| file(paths[i], version)).collect();
                    if files.write(&batch).is_ok() {
                        chosen.iter().for_each(|&i| acknowledged[i] = version);
                    }
                }
            }
            crashes += u32::from(disk.is_dead());
            if dice.one_in(2) {
                disk.cut_power();
            }
            disk.restart();
            for (i, path) in paths.iter().enumerate() {
                let bytes = disk.read(path).unwrap().unwrap_or_default();
                let found = bytes.first().copied().unwrap_or(0);
                assert_eq!(
                    bytes,
                    vec![found; if found == 0 { 0 } else { 100 }],
                    "seed {seed}: {path} is torn"
                );
                assert!(
                    found >= acknowledged[i],
                    "seed {seed}: {path} lost version {}",
                    acknowledged[i]
                );
            }
        }
    }
    assert!(crashes > 1_000, "only {crashes} crashes");
}

#[test]
fn a_file_seen_before_a_crash_is_durable_once_written_again() {
    // The process dies between the rename and the flush of the folder; the next one sees the file, writes it again
    // and acts on it; then the power goes.
    let disk = SimulatedDisk::new(1);
    let tile = File::once(name("tile/0"), vec![7; 10]);
    Files::on(disk.clone()).unwrap().write(&[file("x", 1)]).unwrap();
    disk.create_folder("tile").unwrap();
    disk.write("tmp/0", &tile.bytes).unwrap();
    disk.rename("tmp/0", "tile/0").unwrap();
    Files::on(disk.clone())
        .unwrap()
        .write(std::slice::from_ref(&tile))
        .unwrap();
    disk.cut_power();
    disk.restart();
    assert_eq!(disk.read("tile/0").unwrap(), Some(tile.bytes));
}

/// The same in an object store, where there is no power to lose, but answers, and where writes arrive late, also those of
/// a process that is gone: they end the next one, as those of a living one would.
#[test]
fn acknowledged_objects_stay_whatever_arrives_late() {
    use faulty::Fault::{AnswerLost, Death, Late, Refused};
    let (mut crashes, mut late, mut superseded) = (0, 0, 0);
    for seed in 0..400 {
        let mut dice = Dice(seed);
        let store = FaultyStore::default();
        let (mut acknowledged, mut version) = (0, 0);
        for _process in 0..6 {
            let process = store.open().unwrap();
            let head = || -> Result<u8, StorageError> {
                let bytes = process.read(&name("head"))?.unwrap_or_default();
                Ok(bytes.first().copied().unwrap_or(0))
            };
            let mut run = || -> Result<(), StorageError> {
                for _write in 0..4 {
                    assert!(
                        head()? >= acknowledged,
                        "seed {seed}: lost version {acknowledged}"
                    );
                    store.arm(dice.roll() % 4, [Refused, AnswerLost, Late, Death][dice.below(4)]);
                    version += 1;
                    match process.write(&[file("head", version)]) {
                        Ok(()) => acknowledged = version,
                        // As a log does: what was written is read back, and built upon.
                        Err(StorageError::Io { .. }) => acknowledged = head()?.max(acknowledged),
                        Err(error) => return Err(error),
                    }
                    if dice.one_in(3) {
                        late += store.arrive(&mut dice);
                    }
                }
                Ok(())
            };
            if let Err(error) = run() {
                assert_eq!(error.code(), "storage-superseded", "seed {seed}");
                superseded += 1;
            }
            crashes += u32::from(store.is_dead());
            store.restart();
        }
    }
    assert!(
        crashes > 300 && late > 200,
        "{crashes} crashes, {late} late writes"
    );
    assert!(
        superseded < crashes,
        "{superseded} superseded after {crashes} crashes"
    );
}

/// What every storage promises while nothing fails.
fn keeps_its_promises(storage: &dyn Storage) {
    // What it wrote is what it reads.
    storage
        .write(&[file("b/c", 1), file("b/d", 2), file("a", 3), file("b/e/f", 5)])
        .unwrap();
    storage.write(&[file("b/c", 4), file("a", 5)]).unwrap();
    let mut listed = storage.list(&name("b")).unwrap();
    listed.sort();
    assert_eq!(listed, [name("b/c"), name("b/d")]);
    assert_eq!(storage.read(&name("b/c")).unwrap(), Some(vec![4; 100]));
    assert_eq!(storage.read(&name("a")).unwrap(), Some(vec![5; 100]));
    assert_eq!(storage.read(&name("b/x")).unwrap(), None);
    assert_eq!(storage.list(&name("x")).unwrap(), []);
    assert!(storage.has(&name("b/d")).unwrap() && !storage.has(&name("b/x")).unwrap());

    // What never changes is never replaced.
    let tile = name("tile/0/000");
    storage.write(&[File::once(tile.clone(), vec![1])]).unwrap();
    storage.write(&[File::once(tile.clone(), vec![1])]).unwrap();
    let error = storage.write(&[File::once(tile.clone(), vec![2])]).unwrap_err();
    assert_eq!(error.code(), "storage-differs");
    assert_eq!(storage.read(&tile).unwrap(), Some(vec![1]));

    // What is removed is gone, and nothing else.
    storage.remove(&name("b/d")).unwrap();
    storage.remove(&name("b/d")).unwrap();
    assert_eq!(storage.list(&name("b")).unwrap(), [name("b/c")]);
    storage.clear(&name("b")).unwrap();
    storage.clear(&name("x")).unwrap();
    assert_eq!(storage.list(&name("b")).unwrap(), []);
    assert_eq!(storage.list(&name("tmp")).unwrap(), []);
    assert_eq!(storage.read(&name("b/e/f")).unwrap(), Some(vec![5; 100]));

    // An empty file is a file.
    storage
        .write(&[File::once(name("tile/1/000"), Vec::new())])
        .unwrap();
    assert_eq!(storage.read(&name("tile/1/000")).unwrap(), Some(Vec::new()));
}

#[test]
fn local_files_keep_their_promises() {
    let folder = tempfile::tempdir().unwrap();
    keeps_its_promises(&LocalFiles::open(&folder.path().join("new/folder")).unwrap());
}

#[test]
fn the_simulated_disk_keeps_its_promises() {
    keeps_its_promises(&Files::on(SimulatedDisk::new(1)).unwrap());
}

#[test]
fn the_simulated_object_store_keeps_its_promises() {
    keeps_its_promises(&*FaultyStore::default().open().unwrap());
}

#[test]
fn a_real_object_store_keeps_its_promises() {
    let Some(server) = S3Server::start(1) else { return };
    let open =
        |prefix: &str| -> Arc<dyn Storage> { Arc::new(Objects::open(&server.config(Some(prefix))).unwrap()) };
    keeps_its_promises(&*open("some/log"));
    // Another prefix is another storage.
    let (one, other) = (open("other"), open("other"));
    assert_eq!(one.list(&name("tile/0")).unwrap(), []);

    // Two processes, one after the other: the second to write learns it.
    assert_eq!(
        (
            one.read(&name("head")).unwrap(),
            other.read(&name("head")).unwrap()
        ),
        (None, None)
    );
    one.write(&[file("head", 1)]).unwrap();
    assert_eq!(
        other.write(&[file("head", 2)]).unwrap_err().code(),
        "storage-superseded"
    );
    let other = open("other");
    assert_eq!(other.read(&name("head")).unwrap(), Some(vec![1; 100]));
    other.write(&[file("head", 3)]).unwrap();
    assert_eq!(
        one.write(&[file("head", 2)]).unwrap_err().code(),
        "storage-superseded"
    );

    let wrong = S3Config {
        bucket: "not-there".into(),
        ..server.config(None)
    };
    assert_eq!(Objects::open(&wrong).unwrap_err().code(), "storage-io");
}

#[test]
fn a_second_opener_is_refused_until_the_first_is_gone() {
    let folder = tempfile::tempdir().unwrap();
    let first = LocalFiles::open(folder.path()).unwrap();
    let refusal = LocalFiles::open(folder.path()).unwrap_err();
    assert_eq!(refusal.code(), "storage-locked");
    let text = refusal.to_string();
    assert!(
        text.ends_with("is in use by another process: stop that one first, or choose another folder"),
        "{text}"
    );
    drop(first);
    LocalFiles::open(folder.path()).unwrap();
}
