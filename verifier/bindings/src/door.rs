//! A door that is set up.

use crate::{DoorError, Verdict, closed};

use schemas::{
    Error as SchemasError, Hash, UnixTime,
    crypto::aws_lc::AwsLc,
    sd_cwt::profile::{Asked, AskedGroups, Audience, Challenge},
};
use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use verifier::{
    Policy,
    foreign::CountryRules,
    network::Network,
    replay::ReplayMemory,
    rules::RuleSet,
    sync::{LedgerFile, Sync as Steps},
    trust::{Publisher, TrustList},
    verdict::stopped,
    view::LedgerView,
};

/// What a door is set up with; everything is optional. A door's server has these under `/door/`.
#[derive(Clone, Default, uniffi::Record)]
#[uniffi::export(Debug, Display)]
pub struct DoorFiles {
    /// The cooperative's network document, `network.toml`. Without it only certificates of other countries can be judged.
    #[uniffi(default = None)]
    pub network: Option<String>,
    /// The door's policy, in JSON. Without it: negative tests, PCR up to 48 h and rapid tests up to 24 h, with initials.
    #[uniffi(default = None)]
    pub policy: Option<String>,
    /// Trust lists of signers of EU certificates (JSON, PEM or DER).
    #[uniffi(default = [])]
    pub trust: Vec<Vec<u8>>,
    /// Country rules for EU certificates (JSON).
    #[uniffi(default = [])]
    pub rules: Vec<Vec<u8>>,
    /// Value sets that the rules refer to (JSON).
    #[uniffi(default = [])]
    pub value_sets: Vec<Vec<u8>>,
}

/// A static file of the ledger, by its path below the address of a log, or of any copy of one.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct WantedFile {
    /// The path.
    pub path: String,
    /// Where to look when there is no file of that path.
    pub stand_in: Option<String>,
}

/// What a door asks a holder to show.
#[derive(Clone, Copy, Debug, PartialEq, Eq, uniffi::Enum)]
pub enum Disclosure {
    /// The result alone.
    Result,
    /// The result, and the initials to compare with an identity card.
    Initials,
    /// The result, and the name to compare with an identity card.
    Person,
}

/// A door that is set up. It forgets a scan after two minutes, and of that it keeps no more than a hash.
#[derive(uniffi::Object)]
#[uniffi::export(Debug, Display)]
pub struct Door {
    inside: Mutex<Inside>,
}

struct Inside {
    policy: Policy,
    trust: TrustList,
    left_out: u32,
    rules: CountryRules,
    ledger: Option<Ledger>,
    audience: Audience,
    memory: ReplayMemory,
}

struct Ledger {
    view: LedgerView,
    steps: Steps,
    /// The status snapshots whose deltas were of no use in this sync.
    whole: BTreeSet<Hash>,
}

closed!(DoorFiles, Door);

#[uniffi::export]
impl Door {
    /// Sets a door up.
    ///
    /// # Errors
    /// [`DoorError`] with `network-malformed`, `policy-malformed`, `trust-list-malformed`, `rules-malformed` and others.
    #[uniffi::constructor]
    pub fn new(files: DoorFiles) -> Result<Arc<Self>, DoorError> {
        let inside = Mutex::new(Inside::read(&files)?);
        Ok(Arc::new(Self { inside }))
    }

    /// How many certificates of the trust lists cannot be used, and are not trusted.
    #[must_use]
    pub fn left_out(&self) -> u32 {
        self.inside().left_out
    }

    /// Begins to bring the view of the ledger up to date: at the start, and every few minutes. The view stays in use meanwhile.
    pub fn start_sync(&self, now: i64) {
        let mut inside = self.inside();
        let signatures = inside.policy.ledger.signatures;
        if let Some(ledger) = &mut inside.ledger {
            ledger.view.prune(UnixTime(now));
            ledger.steps = Steps::of(signatures);
            ledger.whole.clear();
        }
    }

    /// The files to read next; none when the view is up to date. They depend on the ledger and on which signatures the policy counts,
    /// never on what was scanned.
    #[must_use]
    pub fn wanted(&self) -> Vec<WantedFile> {
        let inside = self.inside();
        let wanted = inside.ledger.iter().flat_map(Ledger::wanted);
        wanted.map(|(_, wanted)| wanted).collect()
    }

    /// Takes the bytes of a wanted file, or of its stand-in, under the wanted file's path. What is not wanted changes nothing, and
    /// neither does a status delta that leads nowhere: the snapshot is wanted next.
    /// After an error the sync is over, and the view as good as before; [`start_sync`](Self::start_sync) again later.
    ///
    /// # Errors
    /// [`DoorError`] with a code of the ledger's, such as `quorum-missing` or `consistency-invalid`.
    pub fn supply(&self, path: &str, bytes: Vec<u8>) -> Result<(), DoorError> {
        let mut inside = self.inside();
        let Some(ledger) = &mut inside.ledger else {
            return Ok(());
        };
        let named = ledger.wanted().find(|(_, wanted)| wanted.path == path);
        match named {
            Some((file, _)) => ledger.supply(file, &bytes),
            None => Ok(()),
        }
    }

    /// The time that the members vouch for, in seconds since 1970: the view was complete then. Nothing before the first sync.
    #[must_use]
    pub fn as_of(&self) -> Option<i64> {
        let inside = self.inside();
        let as_of = inside.ledger.as_ref().and_then(|ledger| ledger.view.as_of());
        as_of.map(|at| at.0)
    }

    /// Makes the text of a challenge, to be shown as a QR code; from now on only an answer to it is accepted. `door` is the
    /// SHA-256 of the door's key, `nonce` 16 random bytes, new for each guest.
    ///
    /// # Errors
    /// [`DoorError`] with `challenge-malformed` when they have another length.
    pub fn challenge(&self, door: Vec<u8>, nonce: Vec<u8>, asks: Disclosure) -> Result<String, DoorError> {
        let malformed = |what| SchemasError::ChallengeMalformed(what);
        let challenge = Challenge {
            door: Hash(
                door.try_into()
                    .map_err(|_| malformed("the door is not 32 bytes"))?,
            ),
            nonce: nonce
                .try_into()
                .map_err(|_| malformed("the nonce is not 16 bytes"))?,
        };
        self.inside().audience = Audience::Door(challenge);
        let groups = asks.into();
        Ok(Asked { challenge, groups }.to_text())
    }

    /// Accepts presentations that are for any door again.
    pub fn end_challenge(&self) {
        self.inside().audience = Audience::AnyDoor;
    }

    /// Examines a text. `now` is what the phone's clock shows.
    #[must_use]
    pub fn examine(&self, text: &str, now: i64) -> Verdict {
        let mut inside = self.inside();
        let Inside {
            policy,
            trust,
            rules,
            ledger,
            audience,
            memory,
            ..
        } = &mut *inside;
        let door = verifier::Door {
            policy,
            view: ledger.as_ref().map(|ledger| &ledger.view),
            trust,
            rules,
            audience: *audience,
            crypto: &AwsLc,
            stopwatch: stopped,
        };
        door.examine(text, UnixTime(now), memory).into()
    }
}

impl Door {
    /// Every change of a door is whole or none, so that it is good after a panic too.
    fn inside(&self) -> MutexGuard<'_, Inside> {
        self.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inside {
    fn read(files: &DoorFiles) -> Result<Self, DoorError> {
        let (mut trust, mut left_out) = (TrustList::default(), 0);
        for file in &files.trust {
            let imported = TrustList::import(file, Publisher::NotChecked, &AwsLc)?;
            left_out += imported.left_out.len();
            trust.extend(&imported.list);
        }
        let mut rules = CountryRules::default();
        for file in &files.rules {
            rules.rules.extend(RuleSet::read(file)?);
        }
        for file in &files.value_sets {
            rules.value_sets = rules.value_sets.with_published(file)?;
        }
        let policy = files.policy.as_deref().map(Policy::from_json).transpose()?;
        let policy = policy.map(Policy::without_chain).transpose()?;
        Ok(Self {
            policy: policy.unwrap_or_default(),
            trust,
            left_out: u32::try_from(left_out).unwrap_or(u32::MAX),
            rules,
            ledger: files.network.as_deref().map(Ledger::read).transpose()?,
            audience: Audience::AnyDoor,
            memory: ReplayMemory::default(),
        })
    }
}

impl Ledger {
    fn read(network: &str) -> Result<Self, DoorError> {
        let network = Network::from_toml(network)?;
        Ok(Self {
            view: LedgerView::new(network, &AwsLc)?,
            steps: Steps::default(),
            whole: BTreeSet::new(),
        })
    }

    /// The files to read next. A status snapshot stands in for the delta that leads to it.
    fn wanted(&self) -> impl Iterator<Item = (LedgerFile, WantedFile)> + '_ {
        self.steps.wanted().into_iter().map(|file| {
            let mut wanted = WantedFile::from(file);
            if let Some(delta) = self.delta_to(file) {
                let whole = std::mem::replace(&mut wanted.path, delta);
                wanted.stand_in = Some(whole);
            }
            (file, wanted)
        })
    }

    fn delta_to(&self, file: LedgerFile) -> Option<String> {
        match file {
            LedgerFile::Object(hash) if !self.whole.contains(&hash) => self.view.delta_to(hash),
            _ => None,
        }
    }

    /// Takes the file, or the delta that was asked for in its place. If that leads nowhere, the file is asked for next.
    fn supply(&mut self, file: LedgerFile, bytes: &[u8]) -> Result<(), DoorError> {
        let made;
        let bytes = match file {
            LedgerFile::Object(hash) if self.delta_to(file).is_some() && Hash::of(&[bytes]) != hash => {
                let Some(object) = self.view.snapshot_by_delta(hash, bytes) else {
                    self.whole.insert(hash);
                    return Ok(());
                };
                made = object;
                &made[..]
            }
            _ => bytes,
        };
        Ok(self.steps.supply(&mut self.view, file, bytes)?)
    }
}

impl From<LedgerFile> for WantedFile {
    fn from(file: LedgerFile) -> Self {
        Self {
            path: file.to_string(),
            stand_in: file.stand_in().map(|file| file.to_string()),
        }
    }
}

impl From<Disclosure> for AskedGroups {
    fn from(asks: Disclosure) -> Self {
        match asks {
            Disclosure::Result => Self::Result,
            Disclosure::Initials => Self::Initials,
            Disclosure::Person => Self::Person,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use generate::{Files, world::status::StatusLog};

    fn door(log: &StatusLog) -> Door {
        let mut inside = Inside::read(&DoorFiles::default()).unwrap();
        inside.ledger = Some(Ledger {
            view: LedgerView::new(log.network(), &AwsLc).unwrap(),
            steps: Steps::default(),
            whole: BTreeSet::new(),
        });
        Door {
            inside: Mutex::new(inside),
        }
    }

    /// What an app does, as docs/phones.md has it: the paths that were read.
    fn sync(door: &Door, files: &Files) -> Vec<String> {
        let mut paths = Vec::new();
        door.start_sync(0);
        loop {
            let wanted = door.wanted();
            if wanted.is_empty() {
                return paths;
            }
            for file in wanted {
                let mut names = [Some(file.path.clone()), file.stand_in].into_iter().flatten();
                let name = names.find(|name| files.contains_key(name)).unwrap();
                door.supply(&file.path, files[&name].clone()).unwrap();
                paths.push(name);
            }
        }
    }

    fn is_revoked(door: &Door, log: &StatusLog, batch: u32) -> bool {
        let inside = door.inside();
        let state = inside.ledger.as_ref().unwrap().view.state();
        state.status(log.place(batch)) == ledger::state::StatusAnswer::Revoked
    }

    #[test]
    fn deltas_are_read_first_and_snapshots_where_they_are_of_no_use() {
        let mut log = StatusLog::new();
        log.announce(310);
        let early = log.files();
        log.announce(320);
        let late = log.files();
        let (delta, whole) = (log.delta_path(1, 2), log.snapshots[2].root().unwrap());
        let whole = format!("object/{whole}");
        let good = log.delta(1, 2);
        for (bytes, read) in [
            (None, vec![&whole]),
            (Some(good.clone()), vec![&delta]),
            (Some(log.delta(0, 1)), vec![&delta, &whole]),
            (Some(log.delta_to_other(1, 2, 315)), vec![&delta, &whole]),
            (Some(good[..good.len() - 1].to_vec()), vec![&delta, &whole]),
            (Some(Vec::new()), vec![&delta, &whole]),
        ] {
            let door = door(&log);
            let first = sync(&door, &early);
            assert!(first.iter().all(|path| !path.starts_with("delta/")));
            let mut files = late.clone();
            files.extend(bytes.map(|bytes| (delta.clone(), bytes)));
            // After the checkpoint and a bundle.
            let asked = sync(&door, &files);
            assert_eq!(asked.iter().skip(2).collect::<Vec<_>>(), read);
            assert!(is_revoked(&door, &log, 319) && !is_revoked(&door, &log, 320));
        }
    }
}
