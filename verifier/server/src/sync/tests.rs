//! What a door makes of status deltas, whoever serves them: the same view as without, or more bytes.

use super::*;
use crate::copy::copy;
use generate::world::status::StatusLog;
use schemas::crypto::aws_lc::AwsLc;
use std::{fs, path::Path};
use tempfile::TempDir;

/// A log whose status grows, in a folder.
struct World {
    log: StatusLog,
    folder: TempDir,
}

impl World {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let log = StatusLog::new();
        let world = Self { log, folder };
        world.publish();
        world
    }

    fn publish(&self) {
        for (path, bytes) in self.log.files() {
            write(&self.folder.path().join(path), &bytes);
        }
    }

    fn announce(&mut self, revoked: u32) {
        self.log.announce(revoked);
        self.publish();
    }

    fn view(&self) -> RwLock<LedgerView> {
        RwLock::new(LedgerView::new(self.log.network(), &AwsLc).unwrap())
    }

    fn source(&self) -> Source {
        Source::Folder(self.folder.path().to_owned())
    }

    fn object(&self, at: usize) -> String {
        format!("object/{}", self.log.snapshots[at].root().unwrap())
    }

    /// Puts a file where the delta between two snapshots lies.
    fn put_delta(&self, earlier: usize, later: usize, bytes: &[u8]) {
        write(
            &self.folder.path().join(self.log.delta_path(earlier, later)),
            bytes,
        );
    }

    fn remove_deltas(&self) {
        fs::remove_dir_all(self.folder.path().join("delta")).unwrap();
    }

    /// Removes the object of a snapshot, so that nothing but a delta leads to it.
    fn remove(&self, at: usize) {
        fs::remove_file(self.folder.path().join(self.object(at))).unwrap();
    }

    async fn sync(&self, view: &RwLock<LedgerView>) -> Result<Fetched, SyncError> {
        let (synced, fetched) = sync(view, Signatures::Any, &self.source()).await?;
        assert_eq!(synced.strange, []);
        Ok(fetched)
    }

    fn status(&self, view: &RwLock<LedgerView>, batch: u32) -> ledger::state::StatusAnswer {
        read(view).state().status(self.log.place(batch))
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
    let delta = world.log.delta(0, 1);
    world.put_delta(0, 1, &delta);
    let with = world.sync(&by_delta).await.unwrap();
    let object = world.log.snapshots[1].encode().unwrap();
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
    let good = world.log.delta(1, 2);
    let less = world.log.delta_to_other(1, 2, 315);
    let mut flipped = good.clone();
    *flipped.last_mut().unwrap() ^= 0x80;
    let bad = [
        ("stale", world.log.delta(0, 1)),
        ("of another pair", world.log.delta(0, 2)),
        ("less is revoked", less),
        ("flipped", flipped),
        ("cut off", good[..good.len() - 1].to_vec()),
        ("empty", Vec::new()),
        ("a snapshot", world.log.snapshots[2].encode().unwrap()),
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
        world.remove_deltas();

        // Where the snapshot is not to be had either, the view is behind and says so.
        let view = early.view();
        early.sync(&view).await.unwrap();
        world.put_delta(1, 2, &bad);
        world.remove(2);
        let refused = world.sync(&view).await.unwrap_err();
        assert_eq!(refused.code(), "source-unavailable", "{what}");
        assert!(matches!(world.status(&view, 319), Behind { .. }), "{what}");
        world.publish();
        world.remove_deltas();
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
    let nothing = world.log.delta_to_other(0, 1, 300);
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
    copy(&world.log.network(), &world.source(), stick).await.unwrap();
    world.announce(303);
    world.put_delta(0, 1, &world.log.delta(0, 1));
    // It can only come from the delta.
    world.remove(1);
    copy(&world.log.network(), &world.source(), stick).await.unwrap();
    let object = |at: usize| stick.join(world.object(at));
    let whole = world.log.snapshots[1].encode().unwrap();
    assert_eq!(fs::read(object(1)).unwrap(), whole);
    assert!(!object(0).exists(), "the one before is not needed any more");
    assert!(!stick.join("delta").exists());
    let view = world.view();
    sync(&view, Signatures::Any, &Source::Folder(stick.to_owned()))
        .await
        .unwrap();
    assert_eq!(world.status(&view, 302), ledger::state::StatusAnswer::Revoked);
}
