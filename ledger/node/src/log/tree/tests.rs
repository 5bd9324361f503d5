use super::*;
use crate::{
    Key, Seed,
    storage::{
        Files,
        simulated::{Dice, Fault, SimulatedDisk},
    },
};

pub(super) fn key() -> NoteSigner {
    Key::from(&Seed::from_bytes([1; 32])).note_signer("example.com/log".parse().unwrap())
}

fn on(disk: &SimulatedDisk) -> Result<Arc<dyn Storage>, Error> {
    Ok(Arc::new(Files::on(disk.clone())?))
}

fn create(disk: &SimulatedDisk) -> Result<Tree, Error> {
    Tree::create(on(disk)?, key(), b"entry 0".to_vec())
}

/// Opens the log and returns its entries too.
fn open(disk: &SimulatedDisk) -> Result<(Tree, Vec<Vec<u8>>), Error> {
    read_back(on(disk)?)
}

pub(super) fn read_back(storage: Arc<dyn Storage>) -> Result<(Tree, Vec<Vec<u8>>), Error> {
    let mut entries = Vec::new();
    let tree = Tree::open(storage, key(), &mut |first, added| {
        assert_eq!(first, entries.len() as u64);
        entries.extend(added.iter().map(|entry| entry.to_vec()));
        Ok(())
    })?;
    Ok((tree, entries))
}

pub(super) fn additions(entries: impl Iterator<Item = u64>) -> Vec<Addition> {
    let entry = |n| format!("entry {n}").into_bytes();
    entries
        .map(|n| Addition {
            entry: entry(n),
            object: None,
        })
        .collect()
}

/// A log that grew in these steps.
fn grown(seed: u64, steps: &[u64]) -> SimulatedDisk {
    let disk = SimulatedDisk::new(seed);
    let mut tree = create(&disk).unwrap();
    for step in steps {
        let size = tree.signed().head().size.0;
        tree = tree.append(additions(size..size + step)).unwrap();
    }
    disk
}

#[test]
fn what_was_appended_is_read_back() {
    let disk = grown(1, &[1, 253, 1, 1, 1, 300, 9, 1]);
    let (tree, entries) = open(&disk).unwrap();
    assert_eq!(tree.signed().head().size.0, 568);
    assert_eq!(entries.len(), 568);
    assert_eq!(entries[567], b"entry 567");
    let leaves: Vec<_> = entries
        .iter()
        .map(|entry| ledger::merkle::leaf_hash(entry))
        .collect();
    assert_eq!(tree.signed().head().root, ledger::merkle::root_of(&leaves));
    // Partial tiles stay only where there is no full one.
    let mut paths = disk.paths();
    paths.retain(|path| path.starts_with("tile/"));
    let tiles = [
        "tile/0/000",
        "tile/0/001",
        "tile/0/002.p/46",
        "tile/0/002.p/55",
        "tile/0/002.p/56",
        "tile/1/000.p/1",
        "tile/1/000.p/2",
        "tile/entries/000",
        "tile/entries/001",
        "tile/entries/002.p/46",
        "tile/entries/002.p/55",
        "tile/entries/002.p/56",
    ];
    assert_eq!(paths, tiles);
}

#[test]
fn partial_tiles_are_served_from_full_ones() {
    let disk = grown(1, &[9, 300]);
    let storage = on(&disk).unwrap();
    for path in ["tile/0/000.p/10", "tile/entries/000.p/10"] {
        let bytes = read_tile(&*storage, path.parse().unwrap()).unwrap().unwrap();
        let before = on(&grown(1, &[9])).unwrap();
        assert_eq!(before.read(&Name::new(path)).unwrap(), Some(bytes), "{path}");
    }
    assert_eq!(read_tile(&*storage, "tile/0/002".parse().unwrap()).unwrap(), None);
}

#[test]
fn starts_where_it_should_and_nowhere_else() {
    let disk = SimulatedDisk::new(1);
    assert_eq!(open(&disk).err().unwrap().code(), "log-missing");
    create(&disk).unwrap();
    assert_eq!(create(&disk).err().unwrap().code(), "log-exists");
    let other = Key::from(&Seed::from_bytes([2; 32])).note_signer("example.com/log".parse().unwrap());
    let refused = Tree::open(on(&disk).unwrap(), other, &mut |_, _| Ok(()));
    assert_eq!(refused.err().unwrap().code(), "log-foreign");
}

/// Every file of the log, with a bit flipped, cut off, or gone: the log refuses to run, or the file was not needed and is
/// as before.
#[test]
fn damage_to_any_file_is_found_at_the_start() {
    let steps = [1, 253, 1, 1, 1, 300, 9, 1];
    let publish = |disk: &SimulatedDisk| {
        let (tree, _) = open(disk).unwrap();
        let note = tree.signed().signed().to_string().into_bytes();
        on(disk)
            .unwrap()
            .write(&[File::next(files::checkpoint(), note)])
            .unwrap();
    };
    let pristine = grown(7, &steps);
    publish(&pristine);
    let mut dice = Dice(1);
    for path in pristine.paths() {
        for flips in 0..12 {
            let disk = grown(7, &steps);
            publish(&disk);
            disk.damage(&path, |bytes| match flips {
                0 => drop(bytes.pop()),
                1 => bytes.clear(),
                2 => bytes.push(0),
                _ => {
                    let at = dice.below(bytes.len());
                    bytes[at] ^= 1 << dice.below(8);
                }
            });
            let refusal = open(&disk).err().unwrap_or_else(|| panic!("{path}: not noticed"));
            let codes = ["storage-damaged", "storage-differs", "log-foreign"];
            assert!(codes.contains(&refusal.code()), "{path}: {refusal}");
            assert!(
                !path.starts_with("tile") || refusal.to_string().contains("tile"),
                "{path}: {refusal}"
            );
        }
    }
}

#[test]
fn an_older_head_over_newer_tiles_is_found() {
    for (steps, more) in [(&[3][..], 2), (&[3], 300), (&[255], 1), (&[254], 1)] {
        let disk = grown(1, steps);
        let head = on(&disk).unwrap().read(&files::head()).unwrap().unwrap();
        let (tree, _) = open(&disk).unwrap();
        let size = tree.signed().head().size.0;
        tree.append(additions(size..size + more)).unwrap();
        disk.damage("head", |bytes| *bytes = head);
        assert_eq!(open(&disk).err().unwrap().code(), "storage-damaged");
    }
}

/// Random growth, with the process or the machine dying at a random operation: the log always starts again, has every
/// entry that `append` said was durable, and has signed one history.
#[test]
fn crashes_neither_stop_the_log_nor_lose_an_entry() {
    let mut crashes = 0;
    for seed in 0..1_000 {
        let mut dice = Dice(seed);
        let disk = SimulatedDisk::new(seed);
        let mut acknowledged: Vec<Vec<u8>> = Vec::new();
        let mut signed: Vec<VerifiedCheckpoint> = Vec::new();
        for round in 0..6u64 {
            disk.arm(
                dice.roll() % 90,
                [Fault::Error, Fault::Kill, Fault::PowerLoss][dice.below(3)],
            );
            let mut attempt = || -> Result<(), Error> {
                let mut tree = match open(&disk) {
                    Ok((tree, entries)) => {
                        assert_eq!(entries[..acknowledged.len()], acknowledged, "seed {seed}");
                        acknowledged = entries;
                        tree
                    }
                    Err(Error::LogMissing) if acknowledged.is_empty() => create(&disk)?,
                    Err(error) => {
                        assert!(
                            matches!(error, Error::Storage(_)),
                            "seed {seed}, round {round}: {error}"
                        );
                        return Err(error);
                    }
                };
                loop {
                    signed.push(tree.signed().clone());
                    let from = round * 10_000 + dice.roll() % 1000;
                    let width = [1, 2, 3, 5, 8, 13, 21, 300][dice.below(8)];
                    let additions = additions(from..from + width);
                    let entries = additions.clone().into_iter().map(|added| added.entry);
                    tree = tree.append(additions)?;
                    if acknowledged.is_empty() {
                        acknowledged.push(b"entry 0".to_vec());
                    }
                    acknowledged.extend(entries);
                }
            };
            attempt().unwrap_err();
            crashes += u32::from(disk.is_dead());
            if dice.one_in(3) {
                disk.cut_power();
            }
            disk.restart();
        }
        let (tree, entries) = open(&disk).unwrap_or_else(|error| panic!("seed {seed}: {error}"));
        assert_eq!(entries[..acknowledged.len()], acknowledged, "seed {seed}");
        let storage = on(&disk).unwrap();
        for old in signed {
            let proof = consistency(&*storage, old.head().size, tree.signed().head().size).unwrap();
            let _ = proof
                .verify(&old.head(), &tree.signed().head())
                .expect("one history");
        }
    }
    assert!(crashes > 2_000, "only {crashes} crashes");
}

/// Killed at any one operation, started again, and then the power goes: what the second process saw is there still.
#[test]
fn what_a_second_process_builds_on_survives_the_power() {
    for (step, seed) in (0..40).flat_map(|step| (0..10).map(move |seed| (step, seed))) {
        let disk = grown(seed, &[3, 4]);
        let (tree, _) = open(&disk).unwrap();
        disk.arm(step, Fault::Kill);
        drop(tree.append(additions(8..12)));
        disk.restart();
        let seen = open(&disk).unwrap().0.signed().head();
        disk.cut_power();
        disk.restart();
        assert_eq!(open(&disk).unwrap().0.signed().head(), seen, "step {step}");
    }
}
