//! The tree in an object store whose writes fail, lose their answers or arrive late, with one process and with two.

use super::{kept_tests::assert_one_history, tests::*, *};
use crate::storage::{
    StorageError,
    objects::faulty::{Fault, FaultyStore},
    simulated::Dice,
};

/// Opens the log and returns its entries too.
fn open(store: &FaultyStore) -> Result<(Tree, Vec<Vec<u8>>), Error> {
    read_back(store.open()?)
}

fn some_fault(dice: &mut Dice) -> Fault {
    [Fault::Refused, Fault::AnswerLost, Fault::Late, Fault::Death][dice.below(4)]
}

#[test]
fn faults_neither_stop_the_log_nor_lose_an_entry() {
    let (mut deaths, mut late, mut superseded) = (0, 0, 0);
    for seed in 0..60 {
        let mut dice = Dice(seed);
        let store = FaultyStore::default();
        let mut acknowledged: Vec<Vec<u8>> = Vec::new();
        let mut signed: Vec<VerifiedCheckpoint> = Vec::new();
        for process in 0..5u64 {
            store.restart();
            let storage = store.open().unwrap();
            store.arm(dice.roll() % 40, some_fault(&mut dice));
            for attempt in 0..4u64 {
                let mut run = || -> Result<(), Error> {
                    let mut tree = match read_back(Arc::clone(&storage)) {
                        Ok((tree, entries)) => {
                            assert_eq!(entries[..acknowledged.len()], acknowledged, "seed {seed}");
                            acknowledged = entries;
                            tree
                        }
                        Err(Error::LogMissing) if acknowledged.is_empty() => {
                            Tree::create(Arc::clone(&storage), key(), b"entry 0".to_vec())?
                        }
                        Err(error) => return Err(error),
                    };
                    if dice.one_in(2) {
                        late += store.arrive(&mut dice);
                    }
                    for step in 0..6 {
                        signed.push(tree.signed().clone());
                        let from = process * 100_000 + attempt * 10_000 + step * 1_000;
                        let added = additions(from..from + [1, 2, 3, 5, 8, 13, 21, 300][dice.below(8)]);
                        let entries = added.clone().into_iter().map(|added| added.entry);
                        tree = tree.append(added)?;
                        if acknowledged.is_empty() {
                            acknowledged.push(b"entry 0".to_vec());
                        }
                        acknowledged.extend(entries);
                        if dice.one_in(4) {
                            late += store.arrive(&mut dice);
                        }
                    }
                    Ok(())
                };
                match run() {
                    Ok(()) => {}
                    // Writes of a process that has died have come after all: this one stops, as it would for a living one.
                    Err(Error::Storage(StorageError::Superseded { .. })) => {
                        superseded += 1;
                        break;
                    }
                    Err(Error::Storage(StorageError::Io { .. })) => {}
                    Err(error) => panic!("seed {seed}: {error}"),
                }
                if store.is_dead() {
                    deaths += 1;
                    break;
                }
                store.arm(dice.roll() % 40, some_fault(&mut dice));
            }
            if dice.one_in(2) {
                late += store.arrive(&mut dice);
            }
        }
        store.restart();
        store.arrive(&mut dice);
        let (tree, entries) = open(&store).unwrap_or_else(|error| panic!("seed {seed}: {error}"));
        assert_eq!(entries[..acknowledged.len()], acknowledged, "seed {seed}");
        assert_one_history(seed, &*store.open().unwrap(), &signed, &tree.signed().head());
    }
    println!("{deaths} deaths, {late} late writes, {superseded} superseded");
    assert!(deaths > 30 && late > 20 && superseded > 0 && superseded < deaths);
}

/// A flipped bit and a cut in each object: found at the start.
#[test]
fn damage_in_an_object_store_is_found_at_the_start() {
    let store = FaultyStore::default();
    let tree = Tree::create(store.open().unwrap(), key(), b"entry 0".to_vec()).unwrap();
    drop(tree.append(additions(1..300)).unwrap());
    let paths = [
        "head",
        "tile/0/000",
        "tile/0/001.p/44",
        "tile/1/000.p/1",
        "tile/entries/000",
        "tile/entries/001.p/44",
    ];
    for path in paths {
        for cut in [false, true] {
            let mut whole = Vec::new();
            store.damage(path, |bytes| {
                whole.clone_from(bytes);
                match cut {
                    true => bytes.truncate(bytes.len() / 2),
                    false => bytes[30] ^= 1,
                }
            });
            let refusal = open(&store).err().unwrap();
            let codes = ["storage-damaged", "storage-differs", "log-foreign"];
            assert!(codes.contains(&refusal.code()), "{path}: {refusal}");
            store.damage(path, |bytes| *bytes = whole);
        }
    }
    open(&store).unwrap();
}
