//! What goes wrong with a disk and with an object store alike.

use super::{tests::*, *};
use crate::storage::{StorageError, kept::Kept, simulated::Dice};

/// Of all that was ever signed and durable, each is the beginning of what is there in the end.
pub(super) fn assert_one_history(
    seed: u64,
    storage: &dyn Storage,
    signed: &[VerifiedCheckpoint],
    last: &TreeHead,
) {
    for old in signed {
        let proof = consistency(storage, old.head().size, last.size).unwrap();
        let consistent = proof.verify(&old.head(), last);
        assert!(consistent.is_ok(), "seed {seed}: two histories");
    }
}

fn read(kept: &Kept) -> Result<(Tree, Vec<Vec<u8>>), Error> {
    read_back(kept.open()?)
}

fn begun(seed: u64, width: u64) -> [Kept; 2] {
    let each = Kept::each(seed);
    for kept in &each {
        let tree = Tree::create(kept.open().unwrap(), key(), b"entry 0".to_vec()).unwrap();
        drop(tree.append(additions(1..width)).unwrap());
    }
    each
}

/// Each write of a growth fails in turn, in each way: the log reads back, goes on, and has what it acknowledged.
#[test]
fn a_failed_write_at_each_step_loses_nothing() {
    let mut failed = [0; 2];
    for (step, way) in (0..40).flat_map(|step| (0..3).map(move |way| (step, way))) {
        for (at, kept) in begun(step, 254).iter().enumerate() {
            let storage = kept.open().unwrap();
            let (tree, before) = read_back(Arc::clone(&storage)).unwrap();
            kept.arm_each(step, way);
            let appended = tree.append(additions(1_000..1_040));
            failed[at] += usize::from(appended.is_err());
            kept.restart();
            kept.arrive(&mut Dice(step));
            // The same process first, as the log does after an error.
            let (tree, after) = read_back(storage).unwrap_or_else(|error| panic!("{step}, {way}: {error}"));
            assert_eq!(after[..before.len()], before);
            assert!(
                appended.is_err() || after.len() == before.len() + 40,
                "{step}, {way}"
            );
            let signed = [tree.signed().clone()];
            let (tree, _) = read(kept).unwrap();
            let tree = tree.append(additions(2_000..2_001)).unwrap();
            assert_one_history(step, &*kept.open().unwrap(), &signed, &tree.signed().head());
        }
    }
    assert!(failed.iter().all(|failed| *failed > 10), "{failed:?}");
}

/// Full after any number of bytes: the log says so, goes on when there is room, and has what it acknowledged.
#[test]
fn a_full_storage_delays_entries_and_loses_none() {
    let mut full = [0; 2];
    for room in 0..120 {
        for (at, kept) in begun(room, 254).iter().enumerate() {
            let before = read(kept).unwrap().1;
            let (tree, _) = read(kept).unwrap();
            kept.leave_room(Some(usize::try_from(room).unwrap() * 97));
            let appended = tree.append(additions(1_000..1_040));
            if let Err(error) = &appended {
                full[at] += 1;
                let text = error.to_string();
                assert!(
                    text.contains("no storage space") || text.contains("quota"),
                    "{text}"
                );
                // Reading back writes too, and waits for room in its turn.
                if let Err(error) = read(kept) {
                    assert_eq!(error.code(), "storage-io", "{error}");
                }
            }
            kept.leave_room(None);
            let (tree, after) = read(kept).unwrap();
            assert_eq!(after[..before.len()], before);
            assert!(appended.is_err() || after.len() == before.len() + 40);
            tree.append(additions(2_000..2_001)).unwrap();
        }
    }
    assert!(full.iter().all(|full| *full > 20), "{full:?}");
}

/// Two processes that both think that the log is theirs, in an object store or with a lock that does not hold: at most one of
/// them goes on.
#[test]
fn two_processes_sign_one_history() {
    let mut stopped = [0; 2];
    for seed in 0..100 {
        for (at, kept) in begun(seed, 2).iter().enumerate() {
            let mut dice = Dice(seed);
            let mut signed = Vec::new();
            let mut processes: Vec<(Arc<dyn Storage>, Option<Tree>)> = (0..2)
                .map(|_| {
                    let storage = kept.open().unwrap();
                    let tree = read_back(Arc::clone(&storage)).unwrap().0;
                    (storage, Some(tree))
                })
                .collect();
            for step in 0..12 {
                let turn = dice.below(2);
                if dice.one_in(3) {
                    kept.arm_each(dice.roll() % 6, dice.below(3));
                }
                let (storage, tree) = &mut processes[turn];
                let Some(running) = tree.take() else { continue };
                let from = seed * 100 + step * 10 + turn as u64;
                *tree = match running.append(additions(from..from + 1 + dice.roll() % 3)) {
                    Ok(tree) => {
                        signed.push(tree.signed().clone());
                        Some(tree)
                    }
                    Err(Error::Storage(StorageError::Superseded { .. })) => {
                        stopped[at] += 1;
                        None
                    }
                    Err(Error::Storage(_)) => match read_back(Arc::clone(storage)) {
                        Ok((tree, _)) => Some(tree),
                        Err(Error::Storage(error)) => {
                            stopped[at] += usize::from(matches!(error, StorageError::Superseded { .. }));
                            None
                        }
                        Err(error) => panic!("seed {seed}: {error}"),
                    },
                    Err(error) => panic!("seed {seed}: {error}"),
                };
                if dice.one_in(4) {
                    kept.arrive(&mut dice);
                }
            }
            kept.restart();
            kept.arrive(&mut dice);
            let (tree, _) = read(kept).unwrap_or_else(|error| panic!("seed {seed}: {error}"));
            assert_one_history(seed, &*kept.open().unwrap(), &signed, &tree.signed().head());
        }
    }
    println!("{stopped:?} of 200 processes learned of the other");
    assert!(stopped.iter().all(|stopped| *stopped > 75), "{stopped:?}");
}
