//! What a door knows of the ledger, and as of when.

use crate::{
    Error,
    network::Network,
    policy::{OnChain, Signatures},
};
use core::fmt;
use ledger::{
    chain::{Anchor, Beginnings, Standing},
    entry::{Leaf, Subject},
    follow::{Advanced, Follower},
    heads::Heads,
    merkle::{TreeSize, leaf_hash},
    state::{Input, Outcome, State},
};
use schemas::{Hash, IssuerNumber, UnixTime, crypto::Crypto, status::Delta};
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
    network: Network,
    state: State,
    follower: Follower,
    cosigners: usize,
    /// Whether Ed25519 alone changed whom it trusts.
    network_is_classical: bool,
    /// What is held against a chain, where one is asked.
    beginnings: Option<Beginnings>,
    on_chain: OnChain,
}

/// By whom and as of when a view is vouched for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Vouched {
    /// The view was complete then.
    pub as_of: UnixTime,
    /// How many members cosigned.
    pub cosigners: usize,
}

/// The objects that a verifier needs with these entries: issuers' key events and versions of the network document, by the
/// hashes that name their files.
pub fn objects_of(advanced: &Advanced) -> impl Iterator<Item = Hash> + '_ {
    let roots = advanced
        .entries()
        .iter()
        .filter_map(|(_, bytes)| match Leaf::decode(bytes) {
            Ok(Leaf::Entry(entry)) => match entry.unverified().subject() {
                Subject::KeyEvent(..) | Subject::Policy(_) => Some(entry.unverified().root()),
                _ => None,
            },
            _ => None,
        });
    roots.into_iter()
}

impl LedgerView {
    /// A view of nothing yet.
    ///
    /// # Errors
    /// [`schemas::Error::KeyMalformed`] for the registrar's key.
    pub fn new(network: Network, crypto: &'static dyn Crypto) -> Result<Self, ledger::Error> {
        Ok(Self {
            state: State::new(&network.terms().registrar, crypto)?
                .with_post_quantum(network.terms().registrar_post_quantum.clone()),
            network,
            follower: Follower::default(),
            cosigners: 0,
            beginnings: None,
            on_chain: OnChain::Unknown,
            network_is_classical: false,
        })
    }

    /// Whom it trusts: the document that it began with, or the latest version after it that the ledger has.
    #[must_use]
    pub fn network(&self) -> &Network {
        &self.network
    }

    /// Remembers from now on what it takes to hold the chain's word against the log: for a door that asks a chain, before its
    /// first sync.
    pub fn remember_beginnings(&mut self) {
        self.beginnings = Some(Beginnings::default());
    }

    /// Holds what the chain has of the view's log against what was read of it; `now` is when the chain was asked.
    pub fn hold_against(&mut self, anchor: Option<Anchor>, now: UnixTime) {
        let (Some(beginnings), Some(anchor)) = (&mut self.beginnings, anchor) else {
            self.on_chain = OnChain::Unknown;
            return;
        };
        self.on_chain = match beginnings.judge(&anchor.head) {
            // No block is from the future.
            Standing::Agrees => OnChain::Stands(anchor.time.min(now)),
            // Anchored since the log was read: the next sync tells. What was known before gets older meanwhile.
            Standing::Ahead => self.on_chain,
            Standing::Differs => OnChain::Differs,
            Standing::Unknown => OnChain::Unknown,
        };
    }

    /// What is known of the log on the chain.
    #[must_use]
    pub fn on_chain(&self) -> OnChain {
        self.on_chain
    }

    /// How far the log was followed. It stands for itself, so that files can be fetched while the view is in use.
    #[must_use]
    pub fn follower(&self) -> &Follower {
        &self.follower
    }

    /// Takes what was read, with the objects that [`objects_of`] names. `cosigners` is how many members cosigned the
    /// checkpoint.
    ///
    /// The log is trusted for nothing here: an entry that is no entry, or that its signer did not sign, changes nothing and
    /// says so. A next version of the network document counts if the signatories of the one before signed it, and then from
    /// its entry on.
    pub fn take(&mut self, advanced: Advanced, cosigners: usize, objects: &BTreeMap<Hash, Vec<u8>>) -> Taken {
        let mut taken = Taken::default();
        let mut leaves = Vec::new();
        for (index, bytes) in advanced.entries() {
            match Leaf::decode(bytes) {
                Ok(leaf) => leaves.push(Input {
                    index: *index,
                    leaf,
                    object: object_of(&leaf, objects),
                }),
                Err(error) => taken.outcomes.push(Outcome::Refused(error)),
            }
        }
        for part in leaves.split_inclusive(|input| is_policy(&input.leaf)) {
            let outcomes = self.state.apply_all(part);
            let announced = part.last().filter(|input| is_policy(&input.leaf));
            if let (Some(input), Some(Outcome::Applied)) = (announced, outcomes.last()) {
                taken.networks.extend(self.adopt(input.object).transpose());
            }
            taken.outcomes.extend(outcomes);
        }
        if let Some(beginnings) = &mut self.beginnings {
            beginnings.extend(advanced.entries().iter().map(|(_, entry)| leaf_hash(entry)));
        }
        self.follower = advanced.into_follower();
        self.cosigners = cosigners;
        taken
    }

    /// Goes over to the next version of the network document, if this is one, and tells its number.
    fn adopt(&mut self, object: Option<&[u8]>) -> Result<Option<u32>, Error> {
        let Some(next) = self
            .network
            .successor(object.ok_or(ledger::Error::ObjectMissing)?)?
        else {
            return Ok(None);
        };
        let terms = next.terms();
        self.state
            .hand_over(&terms.registrar, terms.registrar_post_quantum.clone())?;
        self.network_is_classical |= !self.network.terms().signatories.are_post_quantum();
        self.network = next;
        Ok(Some(self.network.version()))
    }

    /// The status snapshots whose files are still to be fetched.
    #[must_use]
    pub fn wanted_snapshots(&self) -> Vec<(IssuerNumber, Hash)> {
        self.state.wanted_objects().collect()
    }

    /// Where the delta lies that leads to a wanted snapshot from the one at hand. Without one at hand there is none.
    #[must_use]
    pub fn delta_to(&self, snapshot: Hash) -> Option<String> {
        let earlier = self.state.snapshot_at_hand(self.wants(snapshot)?)?;
        Some(Delta::path(earlier, snapshot))
    }

    /// The file of a wanted snapshot, as a delta from the one at hand makes it. `None` where it does not lead there: then the
    /// file itself is to be read, as if there were no deltas.
    #[must_use]
    pub fn snapshot_by_delta(&self, snapshot: Hash, delta: &[u8]) -> Option<Vec<u8>> {
        self.state.object_by_delta(self.wants(snapshot)?, delta)
    }

    fn wants(&self, snapshot: Hash) -> Option<IssuerNumber> {
        let mut wanted = self.state.wanted_objects();
        wanted.find_map(|(issuer, root)| (root == snapshot).then_some(issuer))
    }

    /// Takes the file of an issuer's status snapshot.
    pub fn supply_snapshot(&mut self, issuer: IssuerNumber, object: &[u8]) -> Outcome {
        self.state.supply_snapshot(issuer, object)
    }

    /// Takes the heads that were signed with ML-DSA-44, once their entries are in.
    pub fn take_heads(&mut self, heads: &Heads) -> Vec<Outcome> {
        heads.iter().map(|head| self.state.apply_head(head)).collect()
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

    /// By whom and as of when the view is vouched for, counting these signatures alone. `None` before there are any; of ML-DSA-44
    /// also where the network document was changed by signatories without such keys.
    #[must_use]
    pub fn vouched(&self, signatures: Signatures) -> Option<Vouched> {
        match signatures {
            Signatures::Any => self.as_of().map(|as_of| Vouched {
                as_of,
                cosigners: self.cosigners,
            }),
            Signatures::PostQuantum if self.network_is_classical => None,
            Signatures::PostQuantum => self.follower.post_quantum().map(|quorum| Vouched {
                as_of: quorum.freshness(),
                cosigners: quorum.cosigners().len(),
            }),
        }
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

/// What became of entries.
#[derive(Debug, Default)]
pub struct Taken {
    /// An outcome for each entry.
    pub outcomes: Vec<Outcome>,
    /// For each next version of the network document its number, or why it does not count.
    pub networks: Vec<Result<u32, Error>>,
}

fn is_policy(leaf: &Leaf) -> bool {
    match leaf {
        Leaf::Entry(entry) => matches!(entry.unverified().subject(), Subject::Policy(_)),
        Leaf::Null => false,
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
