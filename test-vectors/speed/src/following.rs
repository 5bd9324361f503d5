//! What a verifier fetches to follow the ledger through a day: as many tests, issuers and revocations as there may be, batches
//! closed by the issuer's own rules, and the bytes of the files that a sync asks for.

use crate::world::write;
use generate::{
    seed::key,
    world::{
        EXPIRES, NOW,
        issuer::Issuer,
        members::{Members, WITNESSES},
        said::Said,
    },
};
use issuer::{batch::OpenBatches, status};
use ledger::{batch::BatchSeed, checkpoint::Checkpoint, entry::Subject, tile::Edge};
use rand::{Rng as _, RngExt as _, SeedableRng as _, rngs::StdRng};
use schemas::{
    BatchNumber, Commitment, Hash, Place, Slot, UnixTime,
    crypto::{
        SigningKey as _,
        aws_lc::{AwsLc, SigningKey},
    },
    key_event::IssuerKey,
    status::{DELTAS, Delta, Snapshot},
};
use std::{collections::VecDeque, fs, path::Path, sync::RwLock};
use verifier::{policy::Signatures, view::LedgerView};
use verifier_server::Fetched;

/// A day of testing: from 8 to 20 o'clock, the same number in each minute.
const OPEN: core::ops::Range<i64> = 8 * 3_600..20 * 3_600;
const DAY: i64 = 86_400;
/// When a wallet picks its copies up, in seconds after the test.
const PICK_UP: i64 = 300;
const COPIES: usize = 4;
/// One test in so many is revoked, an hour after it.
const REVOKED_OF: u64 = 1_000;
const REVOKED_AFTER: i64 = 3_600;
/// How often an issuer looks whether its status changed.
const STATUS_EVERY: i64 = 300;

/// A day's size.
#[derive(Clone, Copy)]
struct Size {
    tests: u64,
    issuers: u32,
}

const SIZES: [Size; 3] = [
    Size {
        tests: 1_000,
        issuers: 2,
    },
    Size {
        tests: 100_000,
        issuers: 10,
    },
    Size {
        tests: 2_000_000,
        issuers: 40,
    },
];

/// Prints the table of the README.
pub async fn run() {
    println!(
        "| tests a day | issuers | batches, filled | hourly | once, in the evening | after three days offline | first start, after 1 day | after 4 days |"
    );
    println!("|---|---|---|---|---|---|---|---|");
    for size in SIZES {
        let day = Day::simulate(size).await;
        println!(
            "| {} | {} | {}, {:.0} % | {} in {} files | {} | {} | {} | {} |",
            size.tests,
            size.issuers,
            day.batches,
            100.0 * day.leaves as f64 / (day.batches * 256) as f64,
            megabytes(day.hourly.bytes),
            day.hourly.files,
            megabytes(day.evening.bytes),
            megabytes(day.three_days.bytes),
            megabytes(day.cold.bytes),
            megabytes(day.cold_later.bytes),
        );
    }
}

fn megabytes(bytes: usize) -> String {
    format!("{:.2} MB", bytes as f64 / 1e6)
}

/// What a day came to.
struct Day {
    batches: usize,
    leaves: usize,
    hourly: Fetched,
    evening: Fetched,
    three_days: Fetched,
    cold: Fetched,
    cold_later: Fetched,
}

impl Day {
    /// Four days, of which the fourth is the one to measure: by then as many credentials live as ever.
    async fn simulate(size: Size) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let folder = folder.path();
        let mut ledger = Ledger::new(size);
        let (mut hourly, mut evening, mut offline) =
            (ledger.follower(), ledger.follower(), ledger.follower());
        let mut day = None;
        let mut cold = Fetched::default();
        for number in 0..4 {
            let (batches, leaves) = (ledger.batches, ledger.leaves);
            let mut by_the_hour = Fetched::default();
            for hour in 0..24 {
                ledger.hour(number * DAY + hour * 3_600, folder);
                by_the_hour = sum(by_the_hour, follow(&hourly, folder).await);
            }
            let in_the_evening = follow(&evening, folder).await;
            let three_days = match number {
                // From the evening of the first day to that of the fourth.
                0 | 3 => follow(&offline, folder).await,
                _ => Fetched::default(),
            };
            if number == 0 {
                cold = three_days;
            }
            day = Some(Self {
                batches: ledger.batches - batches,
                leaves: ledger.leaves - leaves,
                hourly: by_the_hour,
                evening: in_the_evening,
                three_days,
                cold,
                cold_later: Fetched::default(),
            });
            // What is kept in memory of a day is let go.
            for view in [&mut hourly, &mut evening, &mut offline] {
                view.get_mut()
                    .expect("nothing panicked")
                    .prune(NOW.plus(number * DAY));
            }
        }
        let cold_later = follow(&ledger.follower(), folder).await;
        Self {
            cold_later,
            ..day.expect("four days")
        }
    }
}

fn sum(one: Fetched, other: Fetched) -> Fetched {
    Fetched {
        bytes: one.bytes + other.bytes,
        files: one.files + other.files,
    }
}

async fn follow(view: &RwLock<LedgerView>, folder: &Path) -> Fetched {
    let source = folder.display().to_string().parse().expect("a folder");
    let (synced, fetched) = verifier_server::sync(view, Signatures::Any, &source)
        .await
        .expect("a log");
    assert!(synced.strange.is_empty(), "{:?}", synced.strange.first());
    fetched
}

/// The issuers and their log.
struct Ledger {
    members: Members,
    edge: Edge,
    centres: Vec<Centre>,
    rng: StdRng,
    size: Size,
    batches: usize,
    leaves: usize,
}

/// An issuer with what it has open.
struct Centre {
    issuer: Issuer,
    key: SigningKey,
    open: OpenBatches,
    /// Tests whose copies are still to be picked up, and the place of their certificate.
    waiting: VecDeque<(i64, Place)>,
    /// What will be revoked, and when.
    to_revoke: VecDeque<(i64, Vec<Place>)>,
    revoked: Vec<Place>,
    announced: usize,
    snapshot: Option<Snapshot>,
    /// The ones before it that deltas lead from, the latest last.
    earlier: VecDeque<Snapshot>,
    /// The first batch of each day, for what has expired.
    first_of: Vec<u32>,
}

impl Ledger {
    fn new(size: Size) -> Self {
        let centres = (1..=size.issuers).map(|number| {
            let issuer = Issuer::new(number, "Testzentrum Nord");
            Centre {
                open: OpenBatches::new(issuer.number, BatchNumber(0)),
                issuer,
                key: SigningKey::generate().expect("randomness"),
                waiting: VecDeque::new(),
                to_revoke: VecDeque::new(),
                revoked: Vec::new(),
                announced: 0,
                snapshot: None,
                earlier: VecDeque::new(),
                first_of: Vec::new(),
            }
        });
        Self {
            members: Members::default(),
            edge: Edge::default(),
            centres: centres.collect(),
            rng: StdRng::seed_from_u64(7),
            size,
            batches: 0,
            leaves: 0,
        }
    }

    fn follower(&self) -> RwLock<LedgerView> {
        let network = generate::world::network(key("registrar").public(), self.members.policy());
        RwLock::new(LedgerView::new(network, &AwsLc).expect("a point of the curve"))
    }

    /// An hour, second by second, and the files at its end.
    fn hour(&mut self, from: i64, folder: &Path) {
        let mut said = Vec::new();
        if from == 0 {
            said.push(Said::nothing());
            for centre in &mut self.centres {
                let (start, end) = (NOW.plus(-DAY), NOW.plus(30 * DAY));
                let listed = IssuerKey::new(centre.key.public(), start, end, None).expect("times in order");
                said.push(centre.issuer.event(&key("registrar"), vec![listed]));
            }
        }
        for second in from..from + 3_600 {
            self.arrivals(second);
            for centre in &mut self.centres {
                centre.second(
                    second,
                    &mut self.rng,
                    &mut said,
                    &mut self.batches,
                    &mut self.leaves,
                );
            }
        }
        self.publish(&said, from + 3_600, folder);
    }

    /// The tests of a second, each at a random issuer.
    fn arrivals(&mut self, second: i64) {
        let of_day = second % DAY;
        if !OPEN.contains(&of_day) {
            return;
        }
        let (done, length) = (of_day - OPEN.start, OPEN.end - OPEN.start);
        let until = |seconds: i64| self.size.tests * seconds.unsigned_abs() / length.unsigned_abs();
        for _ in until(done)..until(done + 1) {
            let at = self.rng.random_range(0..self.centres.len());
            self.centres[at].test(second, &mut self.rng);
        }
    }

    fn publish(&mut self, said: &[Said], now: i64, folder: &Path) {
        let leaves: Vec<&[u8]> = said.iter().map(|said| &*said.leaf).collect();
        for file in self.edge.grow(&leaves).expect("entries are short") {
            write(&folder.join(file.tile.to_string()), &file.bytes);
        }
        for object in said.iter().filter_map(|said| said.object.as_ref()) {
            write(&folder.join(format!("object/{}", Hash::of(&[object]))), object);
        }
        for centre in &self.centres {
            for (path, delta) in centre.deltas() {
                write(&folder.join(path), &delta);
            }
        }
        let name = self.members.log.verifier();
        let checkpoint = Checkpoint::new(name.name(), self.edge.head()).sign(&self.members.log);
        let cosigned = self.members.cosigned(checkpoint, NOW.plus(now), WITNESSES);
        fs::write(folder.join("checkpoint"), cosigned.to_string()).expect("a file");
    }
}

impl Centre {
    /// A test: its certificate and a leaf for its custody now, its copies when they are picked up.
    fn test(&mut self, second: i64, rng: &mut StdRng) {
        let certificate = self.place(1, &[], second, rng)[0];
        self.place(1, &[], second, rng);
        self.waiting.push_back((second + PICK_UP, certificate));
    }

    fn place(&mut self, copies: usize, avoid: &[BatchNumber], second: i64, rng: &mut StdRng) -> Vec<Place> {
        let places = self.open.reserve(copies, avoid, rng);
        for place in &places {
            let mut commitment = [0; 32];
            rng.fill_bytes(&mut commitment);
            let now = NOW.plus(second);
            self.open.fill(
                *place,
                Commitment(Hash(commitment)),
                issuer::expiry(now).start(),
                now,
            );
        }
        places
    }

    fn second(
        &mut self,
        second: i64,
        rng: &mut StdRng,
        said: &mut Vec<Said>,
        batches: &mut usize,
        leaves: &mut usize,
    ) {
        while self.waiting.front().is_some_and(|(due, _)| *due <= second) {
            let (_, certificate) = self.waiting.pop_front().expect("it was looked at");
            let mut places = self.place(COPIES, &[certificate.batch], second, rng);
            if rng.random_range(0..REVOKED_OF) == 0 {
                places.push(certificate);
                self.to_revoke.push_back((second + REVOKED_AFTER, places));
            }
        }
        while self.open.due(NOW.plus(second)).is_some() {
            let mut seed = [0; 32];
            rng.fill_bytes(&mut seed);
            let closed = self.open.close(&BatchSeed(seed), NOW.plus(second));
            let subject = |batch| Subject::Batch(self.issuer.number, BatchNumber(batch));
            let entry = (closed.expiry, closed.tree.root());
            said.push(self.issuer.batches.say(subject, entry, None, &self.key));
            *batches += 1;
            *leaves += closed.credentials;
        }
        if second % DAY == 0 {
            self.first_of.push(self.open.next().0);
        }
        if second % STATUS_EVERY == 0 {
            self.status(second, rng, said);
        }
    }

    /// Publishes what was revoked since the last time, with as many decoys.
    fn status(&mut self, second: i64, rng: &mut StdRng, said: &mut Vec<Said>) {
        // A credential lives for so many days, and what was revoked of it as long.
        let lifetime = i64::from(issuer::expiry(UnixTime(0)).0);
        let oldest = usize::try_from(second / DAY - lifetime).unwrap_or(0);
        let live = self.first_of.get(oldest).copied().unwrap_or(0)..self.open.next().0;
        while self.to_revoke.front().is_some_and(|(due, _)| *due <= second) {
            let (_, places) = self.to_revoke.pop_front().expect("it was looked at");
            let decoys = status::decoy_batches(&places, live.clone(), rng);
            self.revoked.extend(decoys.into_iter().map(|batch| Place {
                issuer: self.issuer.number,
                batch,
                slot: Slot(rng.random()),
            }));
            self.revoked.extend(places);
        }
        self.revoked.retain(|place| place.batch.0 >= live.start);
        if self.revoked.len() == self.announced && self.snapshot.is_some() {
            return;
        }
        self.announced = self.revoked.len();
        let closed = self
            .revoked
            .iter()
            .copied()
            .filter(|place| place.batch.0 < live.end);
        let next = status::next_snapshot(self.issuer.number, self.snapshot.as_ref(), live.clone(), closed);
        let snapshot = next.expect("places in the window");
        let object = snapshot.encode().expect("few places");
        let subject = |number| Subject::Snapshot(self.issuer.number, schemas::status::SnapshotNumber(number));
        let entry = (EXPIRES, Hash::of(&[&object]));
        said.push(self.issuer.snapshots.say(subject, entry, Some(object), &self.key));
        self.earlier.extend(self.snapshot.replace(snapshot));
        if self.earlier.len() > DELTAS {
            self.earlier.pop_front();
        }
    }

    /// What a log has of deltas to the latest snapshot.
    fn deltas(&self) -> impl Iterator<Item = (String, Vec<u8>)> + '_ {
        let root = |snapshot: &Snapshot| snapshot.root().expect("few places");
        self.earlier.iter().filter_map(move |earlier| {
            let latest = self.snapshot.as_ref()?;
            let delta = earlier.delta_to(latest).and_then(|delta| delta.encode());
            let delta = delta.expect("few places more");
            let saves = delta.len() < latest.encode().expect("few places").len();
            saves.then(|| (Delta::path(root(earlier), root(latest)), delta))
        })
    }
}
