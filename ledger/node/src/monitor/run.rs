//! The loops around the core: one for each log, witness, issuer and other place, and one that looks at the clock.

use super::{alarm::Alarm, core::Core, followed::Pending, store::Store};
use crate::{Error, origin, storage::StorageError};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use ledger::{
    checkpoint::SignedCheckpoint,
    declaration,
    entry::{Leaf, Subject},
    follow::Advanced,
    note::MAX_NOTE_BYTES,
    tile::Tile,
};
use schemas::{Hash, IssuerNumber};
use serve::{Source, Unavailable};
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::{
    sync::mpsc,
    task::{self, JoinSet},
    time,
};

/// Largest object of an entry, as a log takes it (`schemas/spec/log-http.md`).
const MAX_OBJECT_BYTES: usize = 4 << 20;
/// Largest entry bundle: 256 entries of at most 65,535 bytes with their lengths. Ours have 37 kB.
const MAX_BUNDLE_BYTES: usize = 256 * (2 + 65_535);
/// Bundles that are asked for at a time: a new monitor reads years of a log, and would else wait for the way there and back
/// each time.
const BUNDLES_AT_ONCE: usize = 8;
/// A tile of hashes.
const TILE_BYTES: usize = 256 * 32;
/// Snapshots of one round that are looked at each by itself: a day and a half of them. A chain that was published while
/// nobody watched is compared at its end.
const MAX_SNAPSHOTS: usize = 512;
/// How often alarms are looked at.
const TICK: Duration = Duration::from_secs(1);

/// What the loops share.
pub(super) struct Shared {
    pub(super) core: Mutex<Core>,
    pub(super) store: Store,
    pub(super) metrics: super::metrics::MonitorMetrics,
    pub(super) logs: Vec<Option<Source>>,
    pub(super) witnesses: Vec<Option<Source>>,
    pub(super) webhook: Option<mpsc::Sender<Alarm>>,
}

/// Why a round failed: what was not there, or what was refused.
enum Failure {
    Silent(Unavailable),
    Refused(ledger::Error),
}

impl From<Unavailable> for Failure {
    fn from(error: Unavailable) -> Self {
        Self::Silent(error)
    }
}

impl From<ledger::Error> for Failure {
    fn from(error: ledger::Error) -> Self {
        Self::Refused(error)
    }
}

impl Shared {
    /// A thread that panicked while it wrote leaves a view that is behind, not one that lies.
    pub(super) fn core(&self) -> MutexGuard<'_, Core> {
        self.core.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs all loops, until nothing can be written down any more; says why.
    pub(super) async fn run(self: Arc<Self>) -> Error {
        let (also, issuers, chain) = {
            let core = self.core();
            (
                core.settings.also.clone(),
                core.settings.issuers.clone(),
                core.settings.chain.clone(),
            )
        };
        let mut loops = JoinSet::new();
        for (at, source) in self.logs.iter().cloned().enumerate() {
            if let Some(source) = source {
                loops.spawn(repeat(Arc::clone(&self), source, async move |shared, source| {
                    shared.follow(at, source).await
                }));
            }
        }
        for (at, source) in self.witnesses.iter().cloned().enumerate() {
            if let Some(source) = source {
                loops.spawn(repeat(Arc::clone(&self), source, async move |shared, source| {
                    shared.ask_witness(at, source).await
                }));
            }
        }
        for source in also {
            loops.spawn(repeat(Arc::clone(&self), source, async |shared, source| {
                shared.look_elsewhere(source).await
            }));
        }
        for (issuer, source) in issuers {
            loops.spawn(repeat(Arc::clone(&self), source, async move |shared, source| {
                shared.ask_issuer(issuer, source).await
            }));
        }
        if let Some(chain) = chain {
            loops.spawn(repeat(Arc::clone(&self), chain, async |shared, chain| {
                shared.ask_chain(chain).await
            }));
        }
        self.watch().await
    }

    /// One round with a log; tells whether it answered as it should.
    async fn follow(&self, at: usize, source: &Source) -> bool {
        let failed = match self.read_log(at, source).await {
            Ok(()) => None,
            Err(Failure::Silent(error)) => {
                tracing::debug!(%error, "a log does not answer");
                Some("source-unavailable")
            }
            Err(Failure::Refused(error)) => {
                self.core().refused(at, error.code(), serve::now());
                Some(error.code())
            }
        };
        self.prove(at, source).await;
        self.metrics.polled("log", failed.is_none());
        failed.is_none()
    }

    async fn read_log(&self, at: usize, source: &Source) -> Result<(), Failure> {
        // 1. The checkpoint: whoever signed it, it is held against what is known.
        let bytes = source.read_within("checkpoint", MAX_NOTE_BYTES).await?;
        let advance = {
            let mut core = self.core();
            let sighted = core.sight(&bytes, "the log", serve::now())?;
            if sighted != at {
                return Err(ledger::Error::OriginUnknown.into());
            }
            // A quorum has cosigned it, and it does not lead back.
            core.logs[at].advance(core.policy(), &bytes)?
        };
        // 2. The entries that lead to it.
        let checkpoint = advance.cosigned().checkpoint().signed().clone();
        let bundles = bundles(source, advance.bundles()).await?;
        let advanced = advance.read(&bundles)?;
        // 3. What they name. A file that is missing is a matter of the entry that names it.
        let mut objects = BTreeMap::new();
        for hash in named(&advanced) {
            if let Ok(bytes) = source
                .read_within(&format!("object/{hash}"), MAX_OBJECT_BYTES)
                .await
            {
                objects.insert(hash, bytes);
            }
        }
        self.core().take(at, advanced, checkpoint, &objects, serve::now());
        // 4. Snapshots that are announced and not at hand.
        let wanted: Vec<_> = self.core().state.wanted_objects().collect();
        for (issuer, hash) in wanted {
            if let Ok(bytes) = source
                .read_within(&format!("object/{hash}"), MAX_OBJECT_BYTES)
                .await
            {
                let _ = self.core().state.supply_snapshot(issuer, &bytes);
            }
        }
        Ok(())
    }

    /// Looks for tiles that show whether a log's checkpoints of more entries than were read begin with those.
    async fn prove(&self, at: usize, source: &Source) {
        let pending: Vec<SignedCheckpoint> = {
            let core = self.core();
            let checkpoint = |pending: &Pending| pending.checkpoint.clone();
            core.logs[at].pending.iter().map(checkpoint).collect()
        };
        for checkpoint in pending {
            let wanted = self.core().logs[at].tiles_for(checkpoint.unverified().head().size);
            let mut tiles = BTreeMap::new();
            for tile in wanted {
                match hashes(source, tile).await {
                    Some(hashes) => drop(tiles.insert(tile, hashes)),
                    None => break,
                }
            }
            let mut core = self.core();
            let judgement = core.logs[at].judge_by_tiles(&checkpoint, &tiles);
            core.judged(at, &checkpoint, judgement);
        }
    }

    /// Asks a witness for what it cosigned last of each log.
    async fn ask_witness(&self, at: usize, source: &Source) -> bool {
        let origins: Vec<String> = self
            .core()
            .logs
            .iter()
            .map(|log| log.origin().to_owned())
            .collect();
        let mut answered = true;
        for (log, origin) in origins.iter().enumerate() {
            let read = source.read_within(&origin::path(origin), MAX_NOTE_BYTES).await;
            answered &= !matches!(read, Err(Unavailable::NoAnswer { .. }));
            let answer = match &read {
                Ok(bytes) => Ok(&**bytes),
                Err(Unavailable::Missing { .. }) => Err("no-checkpoint".to_owned()),
                Err(_) => Err("source-unavailable".to_owned()),
            };
            self.core().witnessed(at, log, answer, serve::now());
        }
        self.metrics.polled("witness", answered);
        answered
    }

    /// Looks at a checkpoint in another place, and at that place's tiles.
    async fn look_elsewhere(&self, source: &Source) -> bool {
        let Ok(bytes) = source.read_within("checkpoint", MAX_NOTE_BYTES).await else {
            self.metrics.polled("elsewhere", false);
            return false;
        };
        let sighted = self.core().sight(&bytes, &source.to_string(), serve::now());
        if let Ok(at) = sighted {
            self.prove(at, source).await;
        }
        self.metrics.polled("elsewhere", sighted.is_ok());
        sighted.is_ok()
    }

    async fn ask_issuer(&self, issuer: IssuerNumber, source: &Source) -> bool {
        let read = source
            .read_within(declaration::PATH, declaration::MAX_CHARACTERS)
            .await;
        let text = read.as_ref().ok().map(|bytes| String::from_utf8_lossy(bytes));
        let answer = text.as_deref().ok_or_else(|| "source-unavailable".to_owned());
        let core = &mut *self.core();
        core.issuers.declare(&core.state, issuer, answer);
        self.metrics.polled("issuer", read.is_ok());
        read.is_ok()
    }

    /// Opens and closes alarms, tells of them, and writes down what was learned, until another process does.
    async fn watch(self: Arc<Self>) -> Error {
        let mut saved = serve::now();
        loop {
            time::sleep(TICK).await;
            let now = serve::now();
            let (changes, evidence) = {
                let mut core = self.core();
                let changes = core.tick(now);
                self.metrics.show(&core);
                (changes, core.evidence())
            };
            // Evidence is on disk before anybody is told of it.
            let kept = {
                let shared = Arc::clone(&self);
                task::spawn_blocking(move || shared.store.keep_evidence(&evidence)).await
            };
            if let Err(error) = lasting(kept, "evidence could not be kept") {
                return error;
            }
            for alarm in &changes {
                self.tell(alarm);
            }
            let due = now.since(saved) >= self.core().settings.pace.save();
            if due || !changes.is_empty() {
                saved = now;
                if let Err(error) = self.save().await {
                    return error;
                }
            }
        }
    }

    fn tell(&self, alarm: &Alarm) {
        let (code, subject, facts) = (alarm.key.kind.code(), &alarm.key.subject, alarm.in_a_line());
        match alarm.closed {
            None => tracing::warn!(code, subject, facts, "alarm"),
            Some(_) => tracing::info!(code, subject, "alarm is over"),
        }
        if let Some(webhook) = &self.webhook
            && webhook.try_send(alarm.clone()).is_err()
        {
            self.metrics.lost().increment(1);
        }
    }

    /// Writes everything down.
    ///
    /// # Errors
    /// [`StorageError::Superseded`]; any other failure is told, and passes.
    pub(super) async fn save(self: &Arc<Self>) -> Result<(), Error> {
        let shared = Arc::clone(self);
        let saved = task::spawn_blocking(move || -> Result<(), Error> {
            let (files, sizes) = {
                let mut core = shared.core();
                core.state.prune(serve::now().day());
                let size = |log: &super::followed::Followed| {
                    (Hash::of(&[log.origin().as_bytes()]), log.leaves().len())
                };
                let sizes: Vec<_> = core.logs.iter().map(size).collect();
                (shared.store.prepare(&core), sizes)
            };
            shared.store.write(&files, &sizes)
        });
        lasting(saved.await, "what was learned could not be written down")
    }
}

/// Tells of a failure, and keeps the one that does not pass: another process writes.
fn lasting(written: Result<Result<(), Error>, task::JoinError>, what: &'static str) -> Result<(), Error> {
    match written {
        Ok(Err(error @ Error::Storage(StorageError::Superseded { .. }))) => Err(error),
        Ok(Err(error)) => {
            tracing::error!(%error, what, "will be tried again");
            Ok(())
        }
        Ok(Ok(())) | Err(_) => Ok(()),
    }
}

/// Asks again and again: after a while if it went well, ever more rarely if it did not, and never exactly when all others do.
async fn repeat<S, F>(shared: Arc<Shared>, source: S, round: F)
where
    F: AsyncFn(&Shared, &S) -> bool,
{
    let pace = shared.core().settings.pace;
    let mut failures = 0;
    loop {
        failures = match round(&shared, &source).await {
            true => 0,
            false => failures + 1,
        };
        time::sleep(jittered(pace.pause(failures))).await;
    }
}

/// Up to a tenth longer.
fn jittered(pause: Duration) -> Duration {
    let mut random = [0];
    #[expect(
        clippy::disallowed_methods,
        reason = "the edge is where randomness comes from"
    )]
    // Without randomness all ask at once, which is no harm.
    let _ = getrandom::fill(&mut random);
    pause + pause * u32::from(random[0]) / 2_560
}

/// Entry bundles in order, a few at a time.
async fn bundles(source: &Source, tiles: &[Tile]) -> Result<Vec<Vec<u8>>, Unavailable> {
    let bundles = stream::iter(tiles.iter().copied()).map(|tile| bundle(source, tile));
    bundles.buffered(BUNDLES_AT_ONCE).try_collect().await
}

/// A bundle, or the full one in its place.
async fn bundle(source: &Source, tile: Tile) -> Result<Vec<u8>, Unavailable> {
    match source.read_within(&tile.to_string(), MAX_BUNDLE_BYTES).await {
        Err(Unavailable::Missing { .. }) if !tile.is_full() => {
            source
                .read_within(&tile.full().to_string(), MAX_BUNDLE_BYTES)
                .await
        }
        read => read,
    }
}

/// A tile's hashes, also from the full one in its place.
async fn hashes(source: &Source, tile: Tile) -> Option<Vec<Hash>> {
    if let Ok(bytes) = source.read_within(&tile.to_string(), TILE_BYTES).await {
        return tile.hashes(&bytes).ok();
    }
    let full = tile.full();
    let bytes = source.read_within(&full.to_string(), TILE_BYTES).await.ok()?;
    let mut hashes = full.hashes(&bytes).ok()?;
    hashes.truncate(tile.width().into());
    Some(hashes)
}

/// The objects of key events and of status snapshots, of which each is looked at for what it takes back.
fn named(advanced: &Advanced) -> Vec<Hash> {
    let mut events = Vec::new();
    let mut snapshots = Vec::new();
    for (_, bytes) in advanced.entries() {
        if let Ok(Leaf::Entry(entry)) = Leaf::decode(bytes) {
            match entry.unverified().subject() {
                Subject::KeyEvent(..) => events.push(entry.unverified().root()),
                Subject::Snapshot(..) => snapshots.push(entry.unverified().root()),
                Subject::Batch(..) | Subject::Policy(_) | Subject::Release(_) => {}
            }
        }
    }
    let skipped = snapshots.len().saturating_sub(MAX_SNAPSHOTS);
    events.extend(snapshots.into_iter().skip(skipped));
    events
}
