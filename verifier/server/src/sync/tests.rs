//! What a door makes of status deltas, whoever serves them: the same view as without, or more bytes.

use super::*;
use crate::copy::copy;
use generate::{
    seed::key,
    world::{
        self, NOW,
        issuer::{Issuer, listed},
        members::{Members, WITNESSES},
        said::Said,
    },
};
use schemas::{
    BatchNumber, Place, Slot,
    crypto::aws_lc::AwsLc,
    status::{Snapshot, Status},
};
use std::{fs, path::Path};
use tempfile::TempDir;
use verifier::network::Network;

const BATCHES: u32 = 1_000;

/// A log with one issuer, as static files in a folder.
struct World {
    members: Members,
    issuer: Issuer,
    said: Vec<Said>,
    snapshots: Vec<Snapshot>,
    files: TempDir,
}

fn place(issuer: &Issuer, batch: u32) -> Place {
    Place {
        issuer: issuer.number,
        batch: BatchNumber(batch),
        slot: Slot(7),
    }
}

impl World {
    /// One snapshot of 300 places.
    fn new() -> Self {
        let mut issuer = Issuer::new(7, "Testzentrum Nord");
        let event = issuer.event(&key("registrar"), vec![listed(&key("issuer"))]);
        let mut world = Self {
            members: Members::default(),
            issuer,
            said: vec![Said::nothing(), event],
            snapshots: Vec::new(),
            files: tempfile::tempdir().unwrap(),
        };
        world.announce(300);
        world
    }

    fn network(&self) -> Network {
        world::network(
            schemas::crypto::SigningKey::public(&key("registrar")),
            self.members.policy(),
        )
    }

    fn view(&self) -> RwLock<LedgerView> {
        RwLock::new(LedgerView::new(self.network(), &AwsLc).unwrap())
    }

    fn source(&self) -> Source {
        Source::Folder(self.files.path().to_owned())
    }

    /// The next snapshot, in which so many batches have a revoked place.
    fn announce(&mut self, revoked: u32) {
        let places: Vec<Place> = (0..revoked).map(|batch| place(&self.issuer, batch)).collect();
        let said = self.issuer.snapshot(&key("issuer"), (0, BATCHES), &places);
        let object = said.object.clone().unwrap();
        self.snapshots.push(Snapshot::decode(&object).unwrap());
        self.said.push(said);
        let as_of = NOW.plus(60 * i64::try_from(self.said.len()).unwrap());
        let published = self.members.publish(&self.said, as_of, WITNESSES);
        for (path, bytes) in published.in_folder(".") {
            write(&self.files.path().join(path), &bytes);
        }
    }

    /// Puts a file where the delta between two snapshots lies.
    fn put_delta(&self, earlier: usize, later: usize, bytes: &[u8]) {
        let root = |at: usize| self.snapshots[at].root().unwrap();
        let path = Delta::path(root(earlier), root(later));
        write(&self.files.path().join(path), bytes);
    }

    fn delta(&self, earlier: usize, later: usize) -> Vec<u8> {
        let delta = self.snapshots[earlier].delta_to(&self.snapshots[later]);
        delta.unwrap().encode().unwrap()
    }

    /// Removes the object of a snapshot, so that nothing but a delta leads to it.
    fn remove(&self, at: usize) {
        let root = self.snapshots[at].root().unwrap();
        fs::remove_file(self.files.path().join(format!("object/{root}"))).unwrap();
    }

    async fn sync(&self, view: &RwLock<LedgerView>) -> Result<Fetched, SyncError> {
        let (synced, fetched) = sync(view, Signatures::Any, &self.source()).await?;
        assert_eq!(synced.strange, []);
        Ok(fetched)
    }

    fn status(&self, view: &RwLock<LedgerView>, batch: u32) -> ledger::state::StatusAnswer {
        read(view).state().status(place(&self.issuer, batch))
    }
}

fn write(path: &Path, bytes: &[u8]) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, bytes).unwrap();
}

#[tokio::test]
async fn a_delta_takes_the_place_of_a_snapshot() {
    use ledger::state::StatusAnswer::{NotRevoked, Revoked};
    let mut world = World::new();
    let (by_delta, whole) = (world.view(), world.view());
    for view in [&by_delta, &whole] {
        world.sync(view).await.unwrap();
    }
    world.announce(302);
    let without = world.sync(&whole).await.unwrap();
    let delta = world.delta(0, 1);
    world.put_delta(0, 1, &delta);
    let with = world.sync(&by_delta).await.unwrap();
    let object = world.snapshots[1].encode().unwrap();
    assert_eq!(with.files, without.files);
    assert_eq!(without.bytes - with.bytes, object.len() - delta.len());
    for view in [&by_delta, &whole] {
        assert_eq!(world.status(view, 301), Revoked);
        assert_eq!(world.status(view, 302), NotRevoked);
    }
    assert_eq!(
        read(&by_delta).state().to_cache(),
        read(&whole).state().to_cache(),
        "what is kept of it is the same, with the whole snapshot"
    );
    assert_eq!(
        world.snapshots[1].status(BatchNumber(301), Slot(7)),
        Status::Revoked
    );

    // A door with nothing at hand asks for no delta, and one that is up to date asks for nothing.
    world.remove(1);
    let nothing = world.sync(&world.view()).await.unwrap_err();
    assert_eq!(nothing.code(), "source-unavailable");
    assert_eq!(world.sync(&by_delta).await.unwrap().files, 1);
}

#[tokio::test]
async fn a_bad_delta_costs_its_bytes_and_nothing_else() {
    use ledger::state::StatusAnswer::{Behind, NotRevoked, Revoked};
    let mut world = World::new();
    world.announce(310);
    world.announce(320);
    let good = world.delta(1, 2);
    let less = {
        let places = (0..315).map(|batch| place(&world.issuer, batch));
        let last = &world.snapshots[2];
        let less = Snapshot::new(last.issuer(), last.number(), last.window(), places).unwrap();
        world.snapshots[1].delta_to(&less).unwrap().encode().unwrap()
    };
    let mut flipped = good.clone();
    *flipped.last_mut().unwrap() ^= 0x80;
    let bad = [
        ("stale", world.delta(0, 1)),
        ("of another pair", world.delta(0, 2)),
        ("less is revoked", less),
        ("flipped", flipped),
        ("cut off", good[..good.len() - 1].to_vec()),
        ("empty", Vec::new()),
        ("a snapshot", world.snapshots[2].encode().unwrap()),
        ("too large", vec![2; MAX_DELTA_BYTES + 1]),
        ("largest", vec![2; MAX_DELTA_BYTES]),
    ];
    for (what, bad) in bad {
        // A door that has the second snapshot at hand.
        let mut early = World::new();
        early.announce(310);
        let view = early.view();
        early.sync(&view).await.unwrap();

        let without = {
            let other = early.view();
            early.sync(&other).await.unwrap();
            world.sync(&other).await.unwrap()
        };
        world.put_delta(1, 2, &bad);
        let with = world.sync(&view).await.unwrap();
        let read = match bad.len() > MAX_DELTA_BYTES {
            true => 0,
            false => bad.len(),
        };
        assert_eq!(with.bytes, without.bytes + read, "{what}");
        assert_eq!(world.status(&view, 319), Revoked, "{what}");
        assert_eq!(world.status(&view, 320), NotRevoked, "{what}");
        fs::remove_dir_all(world.files.path().join("delta")).unwrap();

        // Where the snapshot is not to be had either, the view is behind and says so.
        let view = early.view();
        early.sync(&view).await.unwrap();
        world.put_delta(1, 2, &bad);
        let object = world.snapshots[2].encode().unwrap();
        world.remove(2);
        let refused = world.sync(&view).await.unwrap_err();
        assert_eq!(refused.code(), "source-unavailable", "{what}");
        assert!(matches!(world.status(&view, 319), Behind { .. }), "{what}");
        let root = world.snapshots[2].root().unwrap();
        write(&world.files.path().join(format!("object/{root}")), &object);
        fs::remove_dir_all(world.files.path().join("delta")).unwrap();
    }
}

/// A snapshot that takes a revocation back is found out with deltas around as without.
#[tokio::test]
async fn nothing_is_taken_back_by_a_delta() {
    use ledger::state::StatusAnswer::{Behind, Revoked};
    let mut world = World::new();
    let view = world.view();
    world.sync(&view).await.unwrap();
    world.announce(299);
    // The best that a delta to it could say: nothing was added.
    let nothing = {
        let places = (0..300).map(|batch| place(&world.issuer, batch));
        let last = &world.snapshots[1];
        let same = Snapshot::new(last.issuer(), last.number(), last.window(), places).unwrap();
        world.snapshots[0].delta_to(&same).unwrap().encode().unwrap()
    };
    world.put_delta(0, 1, &nothing);
    let (synced, _) = sync(&view, Signatures::Any, &world.source()).await.unwrap();
    assert_eq!(synced.strange.len(), 1);
    assert_eq!(read(&view).state().evidence().count(), 1);
    assert_eq!(world.status(&view, 299), Revoked);
    assert!(matches!(world.status(&view, 500), Behind { .. }));
}

#[tokio::test]
async fn a_copy_has_whole_snapshots() {
    let mut world = World::new();
    let folder = tempfile::tempdir().unwrap();
    let stick = folder.path();
    copy(&world.network(), &world.source(), stick).await.unwrap();
    world.announce(303);
    world.put_delta(0, 1, &world.delta(0, 1));
    // It can only come from the delta.
    world.remove(1);
    copy(&world.network(), &world.source(), stick).await.unwrap();
    let object = |at: usize| stick.join(format!("object/{}", world.snapshots[at].root().unwrap()));
    assert_eq!(fs::read(object(1)).unwrap(), world.snapshots[1].encode().unwrap());
    assert!(!object(0).exists(), "the one before is not needed any more");
    assert!(!stick.join("delta").exists());
    let view = world.view();
    sync(&view, Signatures::Any, &Source::Folder(stick.to_owned()))
        .await
        .unwrap();
    assert_eq!(world.status(&view, 302), ledger::state::StatusAnswer::Revoked);
}
