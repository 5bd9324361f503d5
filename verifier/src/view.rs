//! What a door knows of the ledger, and as of when.

use core::fmt;
use ledger::{
    entry::{Leaf, Subject},
    follow::{Advanced, Follower},
    merkle::TreeSize,
    state::{Input, Outcome, State},
};
use schemas::{Hash, UnixTime};
use std::collections::BTreeMap;

/// A view of the ledger: what the entries of a log say, as of a checkpoint that a quorum cosigned.
///
/// It is built from the static files that are the same for everyone, so that fetching them tells nothing of a scan:
///
/// 1. `checkpoint` to the [`follower`](Self::follower), which names the entry bundles to fetch;
/// 2. the bundles to [`Advance::read`](ledger::follow::Advance::read), and the objects that [`objects_of`] names, to [`take`](Self::take);
/// 3. the status snapshots that [`wanted_snapshots`](Self::wanted_snapshots) names, to
///    [`supply_snapshot`](Self::supply_snapshot).
pub struct LedgerView {
    state: State,
    follower: Follower,
    cosigners: usize,
}

/// The objects that a verifier needs with these entries: issuers' key events, by the hashes that name their files.
pub fn objects_of(advanced: &Advanced) -> impl Iterator<Item = Hash> + '_ {
    let roots = advanced
        .entries()
        .iter()
        .filter_map(|(_, bytes)| match Leaf::decode(bytes) {
            Ok(Leaf::Entry(entry)) => match entry.unverified().subject() {
                Subject::KeyEvent(..) => Some(entry.unverified().root()),
                _ => None,
            },
            _ => None,
        });
    roots.into_iter()
}

impl LedgerView {
    /// A view of nothing yet; `state` knows the registrar's key.
    #[must_use]
    pub fn new(state: State) -> Self {
        Self {
            state,
            follower: Follower::default(),
            cosigners: 0,
        }
    }

    /// How far the log was followed. It stands for itself, so that files can be fetched while the view is in use.
    #[must_use]
    pub fn follower(&self) -> &Follower {
        &self.follower
    }

    /// Takes what was read, with the objects of its key events. `cosigners` is how many members cosigned the
    /// checkpoint.
    ///
    /// There is an outcome for each entry, in their order. The log is trusted for nothing here: an entry that is no entry,
    /// or that its signer did not sign, changes nothing and says so.
    pub fn take(
        &mut self,
        advanced: Advanced,
        cosigners: usize,
        objects: &BTreeMap<Hash, Vec<u8>>,
    ) -> Vec<Outcome> {
        let leaves: Vec<Result<Input<'_>, ledger::Error>> = advanced
            .entries()
            .iter()
            .map(|(index, bytes)| {
                let leaf = Leaf::decode(bytes)?;
                let object = object_of(&leaf, objects);
                Ok(Input {
                    index: *index,
                    leaf,
                    object,
                })
            })
            .collect();
        let inputs: Vec<Input<'_>> = leaves
            .iter()
            .filter_map(|leaf| leaf.as_ref().ok())
            .copied()
            .collect();
        let mut applied = self.state.apply_all(&inputs).into_iter();
        let outcomes = leaves.into_iter().filter_map(|leaf| match leaf {
            Ok(_) => applied.next(),
            Err(error) => Some(Outcome::Refused(error)),
        });
        let outcomes = outcomes.collect();
        self.follower = advanced.into_follower();
        self.cosigners = cosigners;
        outcomes
    }

    /// The status snapshots whose files are still to be fetched.
    #[must_use]
    pub fn wanted_snapshots(&self) -> Vec<(schemas::IssuerNumber, Hash)> {
        self.state.wanted_objects().collect()
    }

    /// Takes the file of an issuer's status snapshot.
    pub fn supply_snapshot(&mut self, issuer: schemas::IssuerNumber, object: &[u8]) -> Outcome {
        self.state.supply_snapshot(issuer, object)
    }

    /// What the entries say.
    #[must_use]
    pub fn state(&self) -> &State {
        &self.state
    }

    /// The time that a quorum vouches for: the view was complete then. `None` before the first sync.
    #[must_use]
    pub fn as_of(&self) -> Option<UnixTime> {
        self.follower.freshness()
    }

    /// How many members cosigned the checkpoint.
    #[must_use]
    pub fn cosigners(&self) -> usize {
        self.cosigners
    }

    /// How many entries were read.
    #[must_use]
    pub fn size(&self) -> TreeSize {
        self.follower.head().size
    }

    /// Forgets what has expired.
    pub fn prune(&mut self, now: UnixTime) {
        self.state.prune(now.day());
    }
}

fn object_of<'a>(leaf: &Leaf, objects: &'a BTreeMap<Hash, Vec<u8>>) -> Option<&'a [u8]> {
    match leaf {
        Leaf::Entry(entry) => objects.get(&entry.unverified().root()).map(Vec::as_slice),
        Leaf::Null => None,
    }
}

impl fmt::Debug for LedgerView {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LedgerView")
            .field("state", &self.state)
            .field("as_of", &self.as_of())
            .finish_non_exhaustive()
    }
}
