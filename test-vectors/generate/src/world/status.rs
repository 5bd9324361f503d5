//! A log with one issuer whose status grows, for tests of those who follow it.

use super::{
    NOW,
    issuer::{Issuer, listed},
    members::{Members, WITNESSES},
    network,
    said::Said,
};
use crate::{Files, seed::key};
use schemas::{
    BatchNumber, Place, Slot,
    crypto::SigningKey as _,
    status::{Delta, Snapshot},
};
use verifier::network::Network;

/// Batches that each snapshot speaks of.
const BATCHES: u32 = 1_000;

/// The log.
pub struct StatusLog {
    members: Members,
    issuer: Issuer,
    said: Vec<Said>,
    /// The snapshots, the latest last.
    pub snapshots: Vec<Snapshot>,
}

impl Default for StatusLog {
    fn default() -> Self {
        Self::new()
    }
}

impl StatusLog {
    /// A log with a snapshot of 300 revoked places.
    #[must_use]
    pub fn new() -> Self {
        let mut issuer = Issuer::new(7, "Testzentrum Nord");
        let event = issuer.event(&key("registrar"), vec![listed(&key("issuer"))]);
        let mut log = Self {
            members: Members::default(),
            issuer,
            said: vec![Said::nothing(), event],
            snapshots: Vec::new(),
        };
        log.announce(300);
        log
    }

    /// The next snapshot, in which one place of each of so many batches is revoked.
    ///
    /// # Panics
    /// Above a thousand.
    pub fn announce(&mut self, revoked: u32) {
        let places: Vec<Place> = (0..revoked).map(|batch| self.place(batch)).collect();
        let said = self.issuer.snapshot(&key("issuer"), (0, BATCHES), &places);
        let object = said.object.as_deref().expect("a snapshot has one");
        self.snapshots
            .push(Snapshot::decode(object).expect("it was encoded"));
        self.said.push(said);
    }

    /// Its files by path, but for deltas. Each entry is a minute younger than the one before.
    ///
    /// # Panics
    /// Never: there are few entries.
    #[must_use]
    pub fn files(&self) -> Files {
        let minutes = i64::try_from(self.said.len()).expect("few entries");
        let published = self
            .members
            .publish(&self.said, NOW.plus(60 * minutes), WITNESSES);
        let mut files = published.files;
        files.insert("checkpoint".into(), published.checkpoint.into_bytes());
        files
    }

    /// What verifiers are given.
    #[must_use]
    pub fn network(&self) -> Network {
        network(key("registrar").public(), self.members.policy())
    }

    /// The place of a batch that is revoked sooner or later.
    #[must_use]
    pub fn place(&self, batch: u32) -> Place {
        Place {
            issuer: self.issuer.number,
            batch: BatchNumber(batch),
            slot: Slot(7),
        }
    }

    /// Where the delta between two snapshots lies.
    ///
    /// # Panics
    /// When there are no such snapshots.
    #[must_use]
    pub fn delta_path(&self, earlier: usize, later: usize) -> String {
        let root = |at: usize| self.snapshots[at].root().expect("few places");
        Delta::path(root(earlier), root(later))
    }

    /// The delta between two snapshots.
    ///
    /// # Panics
    /// When there are no such snapshots.
    #[must_use]
    pub fn delta(&self, earlier: usize, later: usize) -> Vec<u8> {
        encoded(&self.snapshots[earlier], &self.snapshots[later])
    }

    /// A delta that leads elsewhere: to a snapshot like the later one, but with so many revoked places.
    ///
    /// # Panics
    /// When there are no such snapshots, or the earlier one has more revoked places.
    #[must_use]
    pub fn delta_to_other(&self, earlier: usize, later: usize, revoked: u32) -> Vec<u8> {
        let later = &self.snapshots[later];
        let places = (0..revoked).map(|batch| self.place(batch));
        let other = Snapshot::new(later.issuer(), later.number(), later.window(), places);
        encoded(&self.snapshots[earlier], &other.expect("places in the window"))
    }
}

fn encoded(earlier: &Snapshot, later: &Snapshot) -> Vec<u8> {
    let delta = earlier.delta_to(later).and_then(|delta| delta.encode());
    delta.expect("nothing is taken back")
}
