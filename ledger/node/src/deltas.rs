//! The deltas between status snapshots (`schemas/spec/status-snapshot.md`), made of the snapshots beside them: by a log, and by
//! each copy of one for itself.
//!
//! They are for convenience. Nobody believes one, nothing waits for one, and whoever finds none reads the whole snapshot.

use crate::{
    Error,
    log::{files, read_object},
    storage::{File, Name, Storage},
};
use schemas::{
    Hash,
    status::{DELTAS, Snapshot},
};
use std::collections::BTreeSet;

/// How many of an issuer's latest roots are looked at: those that deltas lead from, to the latest snapshot and to the one
/// before it, since a reader's checkpoint may be that old.
pub(crate) const ROOTS: usize = DELTAS + 2;

/// The deltas of one storage.
#[derive(Default)]
pub(crate) struct Deltas {
    /// The latest snapshots, for which all was done.
    done: BTreeSet<Hash>,
}

impl Deltas {
    /// Makes those that lead to the latest snapshot of each chain, and removes those that nobody needs any more. A chain has the
    /// roots of an issuer's last snapshots, the latest first.
    ///
    /// # Errors
    /// [`Error::Storage`]. The next time goes on.
    pub(crate) fn keep(&mut self, storage: &dyn Storage, chains: &[Vec<Hash>]) -> Result<(), Error> {
        let latest = |chain: &Vec<Hash>| chain.first().copied();
        if chains
            .iter()
            .filter_map(latest)
            .all(|root| self.done.contains(&root))
        {
            return Ok(());
        }
        let there: BTreeSet<Name> = storage.list(&files::deltas())?.into_iter().collect();
        let mut done = BTreeSet::new();
        for chain in chains {
            let Some((later, earlier)) = chain.split_first() else {
                continue;
            };
            if self.done.contains(later) || make(storage, later, earlier, &there)? {
                done.insert(*later);
            }
        }
        let needed: BTreeSet<Name> = chains.iter().flat_map(|chain| names(chain)).collect();
        there
            .difference(&needed)
            .try_for_each(|name| storage.remove(name))?;
        self.done = done;
        Ok(())
    }
}

/// Makes what is not there yet of the deltas that lead to `later`. Tells whether its object was there.
fn make(
    storage: &dyn Storage,
    later: &Hash,
    earlier: &[Hash],
    there: &BTreeSet<Name>,
) -> Result<bool, Error> {
    let Some((later_snapshot, length)) = snapshot(storage, later)? else {
        return Ok(false);
    };
    let mut made = Vec::new();
    for root in earlier.iter().take(DELTAS) {
        let name = files::delta(root, later);
        if there.contains(&name) {
            continue;
        }
        let Some((snapshot, _)) = snapshot(storage, root)? else {
            continue;
        };
        // Nothing leads to a snapshot that takes a revocation back, and a delta that saves nothing is not needed.
        let delta = snapshot
            .delta_to(&later_snapshot)
            .and_then(|delta| delta.encode());
        if let Ok(bytes) = delta
            && bytes.len() < length
        {
            made.push(File::once(name, bytes));
        }
    }
    if !made.is_empty() {
        storage.write(&made)?;
    }
    Ok(true)
}

/// The deltas that a chain may have.
fn names(chain: &[Hash]) -> impl Iterator<Item = Name> + '_ {
    (0..2.min(chain.len())).flat_map(move |at| {
        let earlier = chain[at + 1..].iter().take(DELTAS);
        earlier.map(move |root| files::delta(root, &chain[at]))
    })
}

/// A snapshot, and how long its file is.
fn snapshot(storage: &dyn Storage, root: &Hash) -> Result<Option<(Snapshot, usize)>, Error> {
    match read_object(storage, root) {
        Ok(object) => Ok(object.and_then(|bytes| Some((Snapshot::decode(&bytes).ok()?, bytes.len())))),
        Err(Error::Damaged { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::storage::{
        Disk as _, Files,
        objects::faulty::FaultyStore,
        simulated::{Fault, SimulatedDisk},
    };
    use schemas::{
        BatchNumber, IssuerNumber, Place, Slot,
        status::{Delta, SnapshotNumber, Window},
    };

    /// A snapshot of so many places of an issuer with a batch of its own for each.
    fn snapshot(issuer: u32, number: u32, revoked: u32) -> Snapshot {
        let place = |batch| Place {
            issuer: IssuerNumber(issuer),
            batch: BatchNumber(batch),
            slot: Slot(7),
        };
        let window = Window::new(BatchNumber(0), 1_000).unwrap();
        Snapshot::new(
            IssuerNumber(issuer),
            SnapshotNumber(number),
            window,
            (0..revoked).map(place),
        )
        .unwrap()
    }

    fn store(storage: &dyn Storage, snapshot: &Snapshot) {
        let name = files::object(&snapshot.root().unwrap());
        let object = File::once(name, snapshot.encode().unwrap());
        storage.write(&[object]).unwrap();
    }

    struct World {
        disk: SimulatedDisk,
        storage: Files<SimulatedDisk>,
        /// The latest last.
        snapshots: Vec<Snapshot>,
    }

    impl World {
        fn new(count: u32) -> Self {
            let disk = SimulatedDisk::new(1);
            let world = Self {
                storage: Files::on(disk.clone()).unwrap(),
                disk,
                snapshots: (0..count)
                    .map(|number| snapshot(1, number, 100 + number))
                    .collect(),
            };
            for snapshot in &world.snapshots {
                world.store(snapshot);
            }
            world
        }

        fn store(&self, snapshot: &Snapshot) {
            store(&self.storage, snapshot);
        }

        fn chain(&self, length: usize) -> Vec<Hash> {
            let roots = self.snapshots[..length].iter().rev();
            roots
                .take(ROOTS)
                .map(|snapshot| snapshot.root().unwrap())
                .collect()
        }

        fn deltas(&self) -> BTreeSet<String> {
            let paths = self.disk.paths().into_iter();
            paths.filter(|path| path.starts_with("delta/")).collect()
        }

        /// What leads to the snapshot at `later` from those at `earlier`.
        fn expected(&self, earlier: core::ops::Range<usize>, later: usize) -> BTreeSet<String> {
            let root = |at: usize| self.snapshots[at].root().unwrap();
            earlier.map(|at| Delta::path(root(at), root(later))).collect()
        }
    }

    #[test]
    fn deltas_lead_to_the_last_two_snapshots_and_no_more_are_kept() {
        let world = World::new(40);
        let mut deltas = Deltas::default();
        for length in 0..=40usize {
            deltas.keep(&world.storage, &[world.chain(length)]).unwrap();
            let Some(last) = length.checked_sub(1) else {
                continue;
            };
            let from = |later: usize| later.saturating_sub(DELTAS)..later;
            let mut expected = world.expected(from(last), last);
            if let Some(before) = last.checked_sub(1) {
                expected.extend(world.expected(from(before), before));
            }
            assert_eq!(world.deltas(), expected, "{length}");
        }
        let (latest, object) = (&world.snapshots[39], world.snapshots[39].encode().unwrap());
        for earlier in &world.snapshots[39 - DELTAS..39] {
            let path = Delta::path(earlier.root().unwrap(), latest.root().unwrap());
            let bytes = world.disk.read(&path).unwrap().unwrap();
            assert!(bytes.len() < object.len());
            let led = earlier.after(&Delta::decode(&bytes).unwrap()).unwrap();
            assert_eq!(led.encode().unwrap(), object);
        }
    }

    #[test]
    fn an_object_store_has_them_too() {
        let storage = FaultyStore::default().open().unwrap();
        let (mut deltas, mut chain) = (Deltas::default(), Vec::new());
        for number in 0..30 {
            let snapshot = snapshot(1, number, 100 + number);
            store(&*storage, &snapshot);
            chain.insert(0, snapshot.root().unwrap());
            chain.truncate(ROOTS);
            deltas.keep(&*storage, std::slice::from_ref(&chain)).unwrap();
        }
        let made: BTreeSet<Name> = storage.list(&files::deltas()).unwrap().into_iter().collect();
        assert_eq!(made, names(&chain).collect());
        assert_eq!(made.len(), 2 * DELTAS);
    }

    #[test]
    fn several_issuers_and_a_start_from_nothing() {
        let world = World::new(20);
        let other: Vec<Snapshot> = (0..3).map(|number| snapshot(2, number, 50 + number)).collect();
        other.iter().for_each(|snapshot| world.store(snapshot));
        let roots = other.iter().rev().map(|snapshot| snapshot.root().unwrap());
        let chains = [world.chain(20), roots.collect(), Vec::new()];
        Deltas::default().keep(&world.storage, &chains).unwrap();
        let made = world.deltas();
        assert_eq!(made.len(), DELTAS + 2);
        // The same again by a process that remembers nothing.
        Deltas::default().keep(&world.storage, &chains).unwrap();
        assert_eq!(world.deltas(), made);
        Deltas::default().keep(&world.storage, &[]).unwrap();
        assert_eq!(world.deltas(), made, "nothing to do, nothing is looked at");
        Deltas::default().keep(&world.storage, &chains[1..]).unwrap();
        assert_eq!(world.deltas().len(), 2);
    }

    #[test]
    fn what_cannot_be_made_is_left_out() {
        // Of what is missing or damaged; of what takes back; of what saves nothing.
        let mut world = World::new(6);
        let object = |at: usize| format!("object/{}", world.snapshots[at].root().unwrap());
        world.disk.remove(&object(1)).unwrap();
        world.disk.damage(&object(2), |bytes| bytes[30] ^= 1);
        let taken_back = snapshot(1, 6, 20);
        world.store(&taken_back);
        Deltas::default().keep(&world.storage, &[world.chain(6)]).unwrap();
        let mut expected = world.expected(0..1, 5);
        expected.extend(world.expected(3..5, 5));
        assert_eq!(world.deltas(), expected);
        world.snapshots.push(taken_back);
        Deltas::default().keep(&world.storage, &[world.chain(7)]).unwrap();
        assert_eq!(world.deltas(), expected, "those to the one before stay");

        let small = World::new(0);
        let (first, second) = (snapshot(1, 0, 1), snapshot(1, 1, 2));
        for snapshot in [&first, &second] {
            small.store(snapshot);
        }
        let chain = vec![second.root().unwrap(), first.root().unwrap()];
        Deltas::default().keep(&small.storage, &[chain]).unwrap();
        assert_eq!(small.deltas(), BTreeSet::new());
    }

    #[test]
    fn what_failed_is_made_the_next_time() {
        let world = World::new(5);
        let latest = format!("object/{}", world.snapshots[4].root().unwrap());
        let mut deltas = Deltas::default();
        // The object of an entry that is not signed yet.
        world.disk.remove(&latest).unwrap();
        deltas.keep(&world.storage, &[world.chain(5)]).unwrap();
        assert_eq!(world.deltas(), BTreeSet::new());
        world.store(&world.snapshots[4]);
        for steps in 0..9 {
            world.disk.arm(steps, Fault::Error);
            deltas.keep(&world.storage, &[world.chain(5)]).unwrap_err();
        }
        world.disk.restart();
        deltas.keep(&world.storage, &[world.chain(5)]).unwrap();
        assert_eq!(world.deltas(), world.expected(0..4, 4));
    }
}
