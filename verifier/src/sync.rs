//! Bringing a view of the ledger up to date, without doing it: which static files are wanted next, and what they say.
//!
//! Whoever can read files asks for those that [`wanted`](Sync::wanted) names and hands each to [`supply`](Sync::supply),
//! until nothing is wanted. What is asked for depends on the ledger alone, never on what was scanned.

use crate::{
    policy::Signatures,
    view::{LedgerView, objects_of},
};
use core::fmt;
use ledger::{
    Error,
    follow::{Advance, Advanced},
    heads::Heads,
    state::Outcome,
    tile::Tile,
};
use schemas::{Hash, IssuerNumber};
use std::collections::BTreeMap;

/// A static file of a log. Its `Display` is its path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LedgerFile {
    /// What a quorum has cosigned last.
    Checkpoint,
    /// The last that has a quorum of ML-DSA-44 cosignatures too.
    CheckpointPostQuantum,
    /// The heads of all chains, signed with ML-DSA-44.
    Heads,
    /// Up to 256 entries.
    Bundle(Tile),
    /// What an entry names by its hash.
    Object(Hash),
}

impl LedgerFile {
    /// The file that stands in for one that is not there: a partial bundle may be gone once the full one is there
    /// (tlog-tiles, "Partial tiles").
    #[must_use]
    pub fn stand_in(self) -> Option<Self> {
        match self {
            Self::Bundle(tile) if !tile.is_full() => Some(Self::Bundle(tile.full())),
            _ => None,
        }
    }
}

impl fmt::Display for LedgerFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Checkpoint => f.write_str("checkpoint"),
            Self::CheckpointPostQuantum => f.write_str("checkpoint-post-quantum"),
            Self::Heads => f.write_str("heads"),
            Self::Bundle(tile) => tile.fmt(f),
            Self::Object(hash) => write!(f, "object/{hash}"),
        }
    }
}

/// What a sync did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Synced {
    /// The origin of the log that was followed.
    pub log: String,
    /// New entries.
    pub entries: usize,
    /// Entries that do not count: nobody's, or a contradiction. One is a reason to ask the members.
    pub strange: Vec<Outcome>,
    /// For each next version of the network document its number, or why it does not count: a reason to ask the members.
    pub networks: Vec<Result<u32, crate::Error>>,
    /// The status snapshots that were read.
    pub snapshots: BTreeMap<IssuerNumber, Hash>,
}

/// A sync under way. The view is as good as before, or better, wherever it ends.
#[derive(Debug, Default)]
pub struct Sync {
    stage: Stage,
    synced: Synced,
    heads: Option<Heads>,
}

#[derive(Debug, Default)]
enum Stage {
    /// 0. The signed heads, where they count. They come first, so that the checkpoint has their entries.
    Heads,
    /// 1. The checkpoint, which a quorum must have cosigned.
    #[default]
    Checkpoint,
    /// 2. The entries that lead to it.
    Bundles {
        advance: Advance,
        read: Vec<Option<Vec<u8>>>,
    },
    /// 3. The objects of the key events and network documents among them.
    Objects {
        advanced: Advanced,
        cosigners: usize,
        wanted: Vec<Hash>,
        read: BTreeMap<Hash, Vec<u8>>,
    },
    /// 4. The latest status snapshot of each issuer.
    Snapshots(Vec<(IssuerNumber, Hash)>),
}

impl Sync {
    /// A sync that brings what a policy needs for which these signatures count. Besides that, the files are the same for everyone.
    #[must_use]
    pub fn of(signatures: Signatures) -> Self {
        let stage = match signatures {
            Signatures::Any => Stage::Checkpoint,
            Signatures::PostQuantum => Stage::Heads,
        };
        Self {
            stage,
            ..Self::default()
        }
    }

    /// The files to read next, in any order; none when the view is up to date.
    #[must_use]
    pub fn wanted(&self) -> Vec<LedgerFile> {
        match &self.stage {
            Stage::Heads => vec![LedgerFile::Heads],
            Stage::Checkpoint if self.heads.is_some() => vec![LedgerFile::CheckpointPostQuantum],
            Stage::Checkpoint => vec![LedgerFile::Checkpoint],
            Stage::Bundles { advance, read } => {
                let bundles = advance.bundles().iter().zip(read);
                let missing = bundles.filter(|(_, bytes)| bytes.is_none());
                missing.map(|(tile, _)| LedgerFile::Bundle(*tile)).collect()
            }
            Stage::Objects { wanted, .. } => wanted.iter().copied().map(LedgerFile::Object).collect(),
            Stage::Snapshots(wanted) => wanted.iter().map(|(_, hash)| LedgerFile::Object(*hash)).collect(),
        }
    }

    /// Takes the bytes of a wanted file, or of its stand-in under the name of the wanted one. A file that is not wanted
    /// changes nothing. After an error the sync is over.
    ///
    /// # Errors
    /// As [`Follower::advance`](ledger::follow::Follower::advance) and [`Advance::read`].
    pub fn supply(&mut self, view: &mut LedgerView, file: LedgerFile, bytes: &[u8]) -> Result<(), Error> {
        if !self.wanted().contains(&file) {
            return Ok(());
        }
        let stage = match (std::mem::take(&mut self.stage), file) {
            (Stage::Heads, _) => {
                self.heads = Some(Heads::decode(bytes)?);
                Stage::Checkpoint
            }
            (Stage::Checkpoint, _) => {
                let advance = view.follower().advance(&view.network().terms().members, bytes)?;
                self.synced.log = advance.cosigned().checkpoint().origin().to_owned();
                let read = vec![None; advance.bundles().len()];
                Stage::Bundles { advance, read }
            }
            (Stage::Bundles { advance, mut read }, LedgerFile::Bundle(tile)) => {
                let at = advance.bundles().iter().position(|wanted| *wanted == tile);
                if let Some(place) = at.and_then(|at| read.get_mut(at)) {
                    *place = Some(bytes.to_owned());
                }
                Stage::Bundles { advance, read }
            }
            (
                Stage::Objects {
                    advanced,
                    cosigners,
                    mut wanted,
                    mut read,
                },
                LedgerFile::Object(hash),
            ) => {
                wanted.retain(|other| *other != hash);
                read.insert(hash, bytes.to_owned());
                Stage::Objects {
                    advanced,
                    cosigners,
                    wanted,
                    read,
                }
            }
            (Stage::Snapshots(wanted), LedgerFile::Object(hash)) => {
                let (of_this, others) = wanted.into_iter().partition(|(_, other)| *other == hash);
                for (issuer, hash) in of_this {
                    let outcome = view.supply_snapshot(issuer, bytes);
                    self.synced.snapshots.insert(issuer, hash);
                    self.synced.strange.extend(Some(outcome).filter(is_strange));
                }
                Stage::Snapshots(others)
            }
            (stage, _) => stage,
        };
        self.stage = self.onwards(stage, view)?;
        Ok(())
    }

    /// What was done, once nothing is wanted any more.
    #[must_use]
    pub fn synced(&self) -> Option<&Synced> {
        match &self.stage {
            Stage::Snapshots(wanted) if wanted.is_empty() => Some(&self.synced),
            _ => None,
        }
    }

    /// Leaves every stage that has all it wanted.
    fn onwards(&mut self, mut stage: Stage, view: &mut LedgerView) -> Result<Stage, Error> {
        loop {
            stage = match stage {
                Stage::Bundles { advance, read } if read.iter().all(Option::is_some) => {
                    let cosigners = advance.cosigned().cosigners().len();
                    let bundles: Vec<Vec<u8>> = read.into_iter().flatten().collect();
                    let advanced = advance.read(&bundles)?;
                    Stage::Objects {
                        cosigners,
                        wanted: objects_of(&advanced).collect(),
                        read: BTreeMap::new(),
                        advanced,
                    }
                }
                Stage::Objects {
                    advanced,
                    cosigners,
                    wanted,
                    read,
                } if wanted.is_empty() => {
                    self.synced.entries = advanced.entries().len();
                    let taken = view.take(advanced, cosigners, &read);
                    let heads = self.heads.as_ref().map(|heads| view.take_heads(heads));
                    // A checkpoint with all its cosignatures can be older than the heads.
                    let unknown = Outcome::Refused(Error::HeadUnknown);
                    let heads = heads.into_iter().flatten().filter(|outcome| *outcome != unknown);
                    let outcomes = taken.outcomes.into_iter().chain(heads);
                    self.synced.strange.extend(outcomes.filter(is_strange));
                    self.synced.networks.extend(taken.networks);
                    Stage::Snapshots(view.wanted_snapshots())
                }
                other => return Ok(other),
            };
        }
    }
}

fn is_strange(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::Refused(_) | Outcome::Contradicted(_))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::{Network, Terms};
    use ledger::{
        checkpoint::Checkpoint,
        cosignature::CosignerKey,
        note::SignerKey,
        policy::{Log, Policy, Witness},
        signatory::{Signatories, Signatory},
        tile::Edge,
    };
    use schemas::{
        UnixTime,
        crypto::{SigningKey as _, aws_lc::AwsLc, aws_lc::SigningKey},
    };

    /// A log of entries that are nobody's, and a view of it.
    struct World {
        log: SignerKey,
        witness: CosignerKey,
        edge: Edge,
        files: BTreeMap<String, Vec<u8>>,
        view: LedgerView,
    }

    impl World {
        fn new() -> Self {
            let log = SignerKey::from_seed("example.com/log".parse().unwrap(), &[1; 32]);
            let witness = CosignerKey::from_seed("example.com/witness".parse().unwrap(), &[2; 32]);
            let logs = vec![Log {
                key: log.verifier(),
                url: None,
            }];
            let witnesses = vec![Witness {
                name: "one".into(),
                key: witness.key().clone(),
                url: None,
            }];
            let office = Signatory::from_seed("example.com/office".parse().unwrap(), &[3; 32]);
            let terms = Terms {
                registrar: SigningKey::generate().unwrap().public(),
                registrar_post_quantum: None,
                members: Policy::new(logs, witnesses, 1).unwrap(),
                signatories: Signatories::new(vec![office.key().clone()], 1).unwrap(),
                max_age_days: 1,
            };
            Self {
                view: LedgerView::new(Network::found(terms, UnixTime(0)).unwrap(), &AwsLc).unwrap(),
                edge: Edge::default(),
                files: BTreeMap::new(),
                log,
                witness,
            }
        }

        fn grow(&mut self, count: u64, time: i64) {
            let entries: Vec<_> = (0..count).map(u64::to_be_bytes).collect();
            for file in self.edge.grow(&entries).unwrap() {
                self.files.insert(file.tile.to_string(), file.bytes);
            }
            let head = self.edge.head();
            let mut signed = Checkpoint::new(self.log.verifier().name(), head).sign(&self.log);
            let verified = signed.verify(&[self.log.verifier()]).unwrap();
            signed
                .add(self.witness.cosign(&verified, UnixTime(time)))
                .unwrap();
            self.files
                .insert("checkpoint".into(), signed.to_string().into_bytes());
        }

        /// Supplies what is wanted until nothing is, and tells what was asked for.
        fn sync(&mut self) -> Result<(Vec<String>, Synced), Error> {
            let (mut sync, mut asked) = (Sync::default(), Vec::new());
            while let Some(file) = sync.wanted().first().copied() {
                let mut names = [Some(file), file.stand_in()]
                    .into_iter()
                    .flatten()
                    .map(|file| file.to_string());
                let name = names.find(|name| self.files.contains_key(name)).unwrap();
                sync.supply(&mut self.view, file, &self.files[&name])?;
                asked.push(name);
            }
            Ok((asked, sync.synced().unwrap().clone()))
        }
    }

    #[test]
    fn asks_for_what_is_new_and_no_more() {
        let mut world = World::new();
        assert_eq!(Sync::default().synced(), None);
        world.grow(300, 1);
        let (asked, synced) = world.sync().unwrap();
        assert_eq!(asked, ["checkpoint", "tile/entries/000", "tile/entries/001.p/44"]);
        assert_eq!((synced.entries, synced.strange.len()), (300, 300));
        assert_eq!(world.view.size().0, 300);
        assert_eq!(world.view.cosigners(), 1);
        world.grow(0, 2);
        assert_eq!(world.sync().unwrap().0, ["checkpoint"]);
        assert_eq!(world.view.as_of(), Some(UnixTime(2)));
    }

    #[test]
    fn a_full_bundle_stands_in_for_a_partial_one() {
        let mut world = World::new();
        world.grow(100, 1);
        let early = world.files["checkpoint"].clone();
        world.grow(200, 2);
        world.files.retain(|name, _| !name.contains(".p/"));
        world.files.insert("checkpoint".into(), early);
        assert_eq!(world.sync().unwrap().0, ["checkpoint", "tile/entries/000"]);
        assert_eq!(world.view.size().0, 100);
    }

    #[test]
    fn what_is_not_wanted_changes_nothing_and_a_refusal_ends_it() {
        let mut world = World::new();
        world.grow(1, 1);
        let view = &mut world.view;
        let mut sync = Sync::default();
        let unasked = LedgerFile::Object(Hash([0; 32]));
        assert_eq!(sync.supply(view, unasked, b"anything"), Ok(()));
        assert_eq!(sync.wanted(), [LedgerFile::Checkpoint]);
        let refused = sync.supply(view, LedgerFile::Checkpoint, b"anything");
        assert_eq!(refused.unwrap_err().code(), "note-malformed");
        assert_eq!(view.as_of(), None);
    }
}
