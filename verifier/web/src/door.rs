//! The door that the page is.

use crate::{
    module::refused,
    sight::{Sight, Sighting},
};
use base64::{Engine, engine::general_purpose::STANDARD};

use schemas::{
    Hash, UnixTime,
    crypto::p256::P256,
    sd_cwt::profile::{Asked, AskedGroups, Audience, Challenge},
};
use serde::Deserialize;
use serde_json::{Value, json};
use verifier::{
    Door, Examination, Policy, Verdict,
    clock::Reading,
    foreign::CountryRules,
    network::Network,
    policy::Disclosure,
    replay::ReplayMemory,
    rules::RuleSet,
    sync::Sync,
    trust::{Publisher, TrustList},
    verdict::{Missing, stopped},
    view::LedgerView,
};
use web::Refusal;

/// How long an answer to the challenge before is taken, in seconds: a wallet could have scanned it just before it was
/// replaced (`schemas/spec/challenge.md`).
const CHALLENGE_OUTLIVES: i64 = 90;

/// Where a picture is from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Source {
    /// One of many frames, most of which show what the one before showed.
    Camera,
    /// A picture that somebody chose.
    Picture,
}

/// What the page decides by, and what it has seen. Nothing of it is kept when the page is closed.
#[derive(Default)]
pub struct PageDoor {
    ledger: Option<Ledger>,
    policy: Policy,
    trust: TrustList,
    rules: CountryRules,
    challenges: Option<Challenges>,
    memory: ReplayMemory,
    sight: Sight,
}

struct Ledger {
    view: LedgerView,
    sync: Sync,
}

struct Challenges {
    current: Challenge,
    /// The one before, and when it was replaced.
    before: Option<(Challenge, UnixTime)>,
}

impl PageDoor {
    /// A door of this network, which knows nothing of its ledger yet.
    pub fn new(network: Option<&str>) -> Result<Self, Refusal> {
        let ledger = network.map(Ledger::new).transpose()?;
        Ok(Self {
            ledger,
            ..Self::default()
        })
    }

    /// Trusts the signers of these lists, and judges by these rules. What of a list cannot be used is counted.
    pub fn import(
        &mut self,
        trust: &[String],
        rules: &[String],
        value_sets: &[String],
    ) -> Result<Value, Refusal> {
        let (mut list, mut left_out) = (TrustList::default(), 0);
        for file in trust {
            let imported =
                TrustList::import(&file_of(file)?, Publisher::NotChecked, &P256).map_err(refused)?;
            list.extend(&imported.list);
            left_out += imported.left_out.len();
        }
        let mut country_rules = CountryRules::default();
        for file in rules {
            let read = RuleSet::read(&file_of(file)?).map_err(refused)?;
            country_rules.rules.extend(read);
        }
        for file in value_sets {
            let known = country_rules.value_sets;
            country_rules.value_sets = known.with_published(&file_of(file)?).map_err(refused)?;
        }
        let rules = country_rules.rules.rules().len();
        let answer = json!({ "signers": list.len(), "left-out": left_out, "rules": rules });
        (self.trust, self.rules) = (list, country_rules);
        Ok(answer)
    }

    /// Decides by another policy.
    pub fn decide_by(&mut self, policy: Policy) {
        self.policy = policy;
    }

    /// Starts a sync anew.
    pub fn follow(&mut self) -> Value {
        if let Some(ledger) = &mut self.ledger {
            ledger.sync = Sync::of(self.policy.ledger.signatures);
        }
        self.wanted()
    }

    /// Takes a file of the ledger.
    pub fn supply(&mut self, path: &str, bytes: &[u8]) -> Result<Value, Refusal> {
        if let Some(Ledger { view, sync }) = &mut self.ledger {
            let wanted = sync.wanted();
            if let Some(file) = wanted.iter().find(|file| file.to_string() == path) {
                sync.supply(view, *file, bytes).map_err(refused)?;
            }
            if sync.synced().is_some() {
                // What could not be told may be told now.
                self.sight.forget_open();
            }
        }
        Ok(self.wanted())
    }

    /// The files that are wanted, each with the one that stands in for it where it is missing.
    fn wanted(&self) -> Value {
        let wanted = self.ledger.as_ref().map(|ledger| ledger.sync.wanted());
        let files: Vec<Value> = wanted
            .into_iter()
            .flatten()
            .map(|file| {
                let instead = file.stand_in().map(|other| other.to_string());
                json!({ "path": file.to_string(), "instead": instead })
            })
            .collect();
        json!({ "wanted": files })
    }

    /// How fresh the view is, and what is missing for it to be good enough.
    pub fn view(&self, clock: UnixTime) -> Value {
        let view = self.ledger.as_ref().map(|ledger| &ledger.view);
        let signatures = self.policy.ledger.signatures;
        let vouched = view.and_then(|view| view.vouched(signatures));
        let as_of = vouched.map(|vouched| vouched.as_of);
        let time = Reading::of(clock, as_of);
        let cosigners = vouched.map_or(0, |vouched| vouched.cosigners);
        let missing = match as_of {
            None if view.and_then(LedgerView::as_of).is_some() => Some(Missing::PostQuantumQuorum),
            None => Some(Missing::View),
            Some(as_of) => {
                let view = self.policy.view(as_of, cosigners, time.now);
                time.check().and(view).err()
            }
        };
        json!({
            "as-of": as_of.map(|time| time.0),
            "limit": self.policy.ledger.max_view_age.seconds(),
            "cosigners": cosigners,
            "entries": view.map_or(0, |view| view.size().0),
            "missing": missing.map(|missing| json!({ "code": missing.code(), "text": missing.to_string() })),
        })
    }

    /// Examines what a picture shows. A camera goes on showing what was examined already: that is not shown again, and
    /// gets no second verdict. Of several texts, those that are credentials count.
    pub fn scan(&mut self, texts: &[String], source: Source, milliseconds: i64) -> Value {
        let now = UnixTime(milliseconds.div_euclid(1_000));
        let mut verdicts = Vec::new();
        for text in texts {
            let sighting = match source {
                Source::Camera => self.sight.see(text, milliseconds),
                Source::Picture => Sighting::New,
            };
            if sighting == Sighting::Same {
                continue;
            }
            let examination = self.examine(text, now);
            if source == Source::Camera && matches!(examination.report.verdict(), Verdict::Indeterminate(_)) {
                self.sight.leave_open(text);
            }
            verdicts.push(examination);
        }
        let is_credential = |examination: &Examination| !matches!(examination.report.verdict(), Verdict::Reject(reasons) if reasons.contains(&verifier::Error::NotACredential));
        if verdicts.iter().any(is_credential) {
            verdicts.retain(is_credential);
        }
        let verdicts: Vec<Value> = verdicts.iter().map(|one| one.to_json("picture")).collect();
        json!({ "texts": texts.len(), "verdicts": verdicts })
    }

    /// Examines a text.
    pub fn examine(&mut self, text: &str, now: UnixTime) -> Examination {
        let (first, second) = self.audiences(now);
        let examination = self.examine_for(text, now, first);
        match (second, examination.report.verdict()) {
            (Some(before), Verdict::Reject(reasons)) if reasons.iter().any(is_of_another_challenge) => {
                self.examine_for(text, now, before)
            }
            _ => examination,
        }
    }

    fn examine_for(&mut self, text: &str, now: UnixTime, audience: Audience) -> Examination {
        let door = Door {
            policy: &self.policy,
            view: self.ledger.as_ref().map(|ledger| &ledger.view),
            trust: &self.trust,
            rules: &self.rules,
            audience,
            crypto: &P256,
            stopwatch: stopped,
        };
        door.examine(text, now, &mut self.memory)
    }

    fn audiences(&self, now: UnixTime) -> (Audience, Option<Audience>) {
        let Some(Challenges { current, before }) = &self.challenges else {
            return (Audience::AnyDoor, None);
        };
        let before = before.filter(|(_, replaced)| (0..=CHALLENGE_OUTLIVES).contains(&now.since(*replaced)));
        let before = before.map(|(challenge, _)| Audience::Door(challenge));
        (Audience::Door(*current), before)
    }

    /// Demands answers to a new challenge, and gives its text. It asks for what the policy demands.
    pub fn challenge(&mut self, door: [u8; 32], nonce: [u8; 16], now: UnixTime) -> String {
        let door = Hash(door);
        let challenge = Challenge { door, nonce };
        let replaced = self.challenges.as_ref().map(|known| known.current);
        let before = replaced
            .filter(|known| known.door == door)
            .map(|known| (known, now));
        self.challenges = Some(Challenges {
            current: challenge,
            before,
        });
        let groups = match self.policy.disclosure {
            Disclosure::ResultOnly => AskedGroups::Result,
            Disclosure::Initials => AskedGroups::Initials,
            Disclosure::Person => AskedGroups::Person,
        };
        Asked { challenge, groups }.to_text()
    }

    /// Takes presentations for any door again.
    pub fn any_door(&mut self) {
        self.challenges = None;
    }
}

impl Ledger {
    fn new(network: &str) -> Result<Self, Refusal> {
        let network = Network::from_signed(network).map_err(refused)?;
        Ok(Self {
            view: LedgerView::new(network, &P256).map_err(refused)?,
            sync: Sync::default(),
        })
    }
}

fn is_of_another_challenge(error: &verifier::Error) -> bool {
    *error == verifier::Error::Schemas(schemas::Error::KbtNonce)
}

fn file_of(text: &str) -> Result<Vec<u8>, Refusal> {
    STANDARD.decode(text).map_err(|_| Refusal {
        code: "call-malformed",
        text: "a file is not base64".into(),
    })
}
