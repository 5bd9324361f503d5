//! One cooperative on one day: who is registered, what was issued and what was said about it.

pub mod batch;
pub mod credential;
mod held;
pub mod issuer;
pub mod members;
pub mod post_quantum;
pub mod said;
pub mod status;

use crate::{Files, seed::key, token::Token};
use batch::Batch;
use credential::{Copy, NEGATIVE, Spec, commitment, paper, prove};
use issuer::{Issuer, listed, listed_until};
use ledger::{
    note::KeyName,
    policy::{Policy, default_quorum},
    signatory::{Signatories, Signatory},
};
use members::{Members, Published, WITNESSES};
use post_quantum::PostQuantum;
use said::Said;
use schemas::{
    BatchNumber, Day, Hash, IssuerNumber, KeyId, Place, Slot, UnixTime,
    crypto::{P256Point, SigningKey as _, p256::SigningKey},
    key_event::CutOff,
};
use std::collections::BTreeMap;
use verifier::network::{Network, Terms, USUAL_AGE_DAYS};

/// The clock of nearly every vector: 2026-11-18T12:00:00Z.
pub const NOW: UnixTime = UnixTime(1_795_003_200);
/// The time that the members vouch for in the views that are not stale.
pub const AS_OF: UnixTime = UnixTime(NOW.0 - 30);
/// The day at whose start everything expires that was issued lately.
pub const EXPIRES: Day = Day(20_779);

/// Everything that exists.
pub struct World {
    /// The registrar's key.
    pub registrar: SigningKey,
    /// The log and its witnesses.
    pub members: Members,
    /// The keys of issuer 1: the good one, the one that was stolen, the one that ends soon.
    pub keys: [SigningKey; 3],
    /// The log's entries.
    pub said: Vec<Said>,
    /// What was said after that, where ML-DSA-44 signs.
    post_quantum: Option<PostQuantum>,
    /// How many of them there were before the first batch that has not expired.
    pub early: usize,
    copies: BTreeMap<&'static str, Copy>,
    papers: BTreeMap<&'static str, (Place, Token)>,
}

/// The good key of issuer 1.
pub const GOOD: usize = 0;
/// The stolen one.
pub const STOLEN: usize = 1;
/// The one that ends before [`EXPIRES`].
pub const ENDING: usize = 2;

impl Default for World {
    fn default() -> Self {
        Self::new()
    }
}

/// How many members' offices there are, fewer than members so that documents stay small.
pub const OFFICES: u8 = 4;

/// The founding document of a cooperative whose offices have fixed keys.
///
/// # Panics
/// Never: the terms are good.
#[must_use]
pub fn network(registrar: P256Point, members: Policy) -> Network {
    let keys = (0..OFFICES).flat_map(office);
    let keys = keys.map(|signatory| signatory.key().clone()).collect();
    let terms = Terms {
        registrar,
        registrar_post_quantum: Some(post_quantum::registrar().public()),
        members,
        signatories: Signatories::new(keys, default_quorum(OFFICES.into())).expect("a majority"),
        max_age_days: USUAL_AGE_DAYS,
    };
    Network::found(terms, NOW.plus(-30 * 86_400)).expect("good terms")
}

/// The keys of a member's office.
///
/// # Panics
/// Never: the names are names.
#[must_use]
pub fn office(member: u8) -> [Signatory; 2] {
    let name: KeyName = format!("office-{member}.example").parse().expect("a name");
    let seed = |kind: &str| Hash::of(&[b"attest test office", kind.as_bytes(), &[member]]).0;
    [
        Signatory::from_seed(name.clone(), &seed("ed25519")),
        Signatory::ml_dsa_44_from_seed(name, &seed("ml-dsa-44")),
    ]
}

impl World {
    /// The world of all vectors.
    #[must_use]
    pub fn new() -> Self {
        let mut world = Self {
            registrar: key("registrar"),
            members: Members::default(),
            keys: ["issuer 1, good", "issuer 1, stolen", "issuer 1, ending"].map(key),
            said: vec![Said::nothing()],
            post_quantum: None,
            early: 0,
            copies: BTreeMap::new(),
            papers: BTreeMap::new(),
        };
        world.happen();
        world.post_quantum = Some(PostQuantum::new(&mut world));
        world
    }

    /// A copy by its name.
    ///
    /// # Panics
    /// When there is none.
    #[must_use]
    pub fn copy(&self, name: &str) -> &Copy {
        self.copies.get(name).expect("a copy of this name")
    }

    /// A paper certificate by its name.
    ///
    /// # Panics
    /// When there is none.
    #[must_use]
    pub fn paper(&self, name: &str) -> Token {
        self.papers
            .get(name)
            .expect("a certificate of this name")
            .1
            .clone()
    }

    /// What verifiers know of the cooperative.
    #[must_use]
    pub fn network(&self) -> Network {
        network(self.registrar.public(), self.members.policy())
    }

    /// What was said where ML-DSA-44 signs.
    ///
    /// # Panics
    /// In a world that is not whole.
    #[must_use]
    pub fn post_quantum(&self) -> &PostQuantum {
        self.post_quantum.as_ref().expect("the world is whole")
    }

    /// The views, the network that they belong to, and what a wallet holds.
    #[must_use]
    pub fn files(&self) -> Files {
        let current = self.members.publish(&self.said, AS_OF, WITNESSES);
        let mut behind = current.clone();
        let last = self
            .said
            .iter()
            .filter_map(|said| said.object.as_ref())
            .next_back();
        let last = last.expect("the last object is a snapshot");
        behind.files.remove(&format!("object/{}", Hash::of(&[last])));
        let views: [(&str, Published); 5] = [
            ("current", current),
            (
                "stale",
                self.members.publish(&self.said, NOW.plus(-2 * 3_600), WITNESSES),
            ),
            ("seven-cosigners", self.members.publish(&self.said, AS_OF, 7)),
            (
                "before-batch",
                self.members.publish(&self.said[..self.early], AS_OF, WITNESSES),
            ),
            ("without-last-snapshot", behind),
        ];
        let mut files: Files = views
            .iter()
            .flat_map(|(name, view)| view.in_folder(&format!("views/{name}")))
            .collect();
        files.extend(self.post_quantum().files(self));
        files.insert("views/network.toml".into(), self.network().to_toml().into_bytes());
        files.insert("copies/pcr.json".into(), held::file(self, "pcr"));
        files
    }

    /// All that happened, in the order of the log.
    fn happen(&mut self) {
        let mut north = Issuer::new(1, "Testzentrum Nord");
        let mut south = Issuer::new(2, "Testzentrum Süd");
        let mut unwatched = Issuer::new(3, "Testzentrum Ost");
        let mut two_tongued = Issuer::new(4, "Testzentrum West");
        let mut contested = Issuer::new(5, "Testzentrum Mitte");
        let mut wavering = Issuer::new(6, "Testzentrum Hafen");
        let others = ["issuer 2", "issuer 3", "issuer 4", "issuer 5", "issuer 6"].map(key);

        // 1. The registrar registers them.
        let ending = listed_until(&self.keys[ENDING], Day(EXPIRES.0 - 1).start());
        let records = vec![
            listed(&self.keys[GOOD]),
            listed(&self.keys[STOLEN]),
            ending.clone(),
        ];
        self.said.push(north.event(&self.registrar, records));
        for (issuer, key) in [
            &mut south,
            &mut unwatched,
            &mut two_tongued,
            &mut contested,
            &mut wavering,
        ]
        .into_iter()
        .zip(&others)
        {
            self.said.push(issuer.event(&self.registrar, vec![listed(key)]));
        }

        // 2. A batch that has expired by now, and the first snapshot.
        let good = key("issuer 1, good");
        let yesterday = Day(NOW.day().0 - 1);
        let root = self.issue(Batch::new(1, 0), &good, &[("expired-batch", NEGATIVE)], &[]);
        self.said.push(north.batch(&good, root, yesterday));
        self.said.push(north.snapshot(&good, (0, 1), &[]));
        self.early = self.said.len();

        // 3. Today's batch.
        let copies = [
            ("pcr", NEGATIVE),
            ("rapid", NEGATIVE.rapid()),
            ("detected", NEGATIVE.detected()),
            (
                "old-pcr",
                NEGATIVE.sampled_before(49 * 3_600).issued_before(47 * 3_600),
            ),
            (
                "old-rapid",
                NEGATIVE
                    .rapid()
                    .sampled_before(25 * 3_600)
                    .issued_before(24 * 3_600),
            ),
            ("future-sample", NEGATIVE.sampled_before(-3_600)),
            ("revoked", NEGATIVE),
        ];
        let papers = [
            ("pcr", NEGATIVE),
            ("rapid", NEGATIVE.rapid()),
            ("detected", NEGATIVE.detected()),
            (
                "old-rapid",
                NEGATIVE
                    .rapid()
                    .sampled_before(25 * 3_600)
                    .issued_before(24 * 3_600),
            ),
            ("revoked", NEGATIVE),
        ];
        let root = self.issue(Batch::new(1, 1), &good, &copies, &papers);
        self.said.push(north.batch(&good, root, EXPIRES));

        // 4. A batch by the key that is stolen later; then the theft, and what the thief anchored.
        let stolen = key("issuer 1, stolen");
        let root = self.issue(
            Batch::new(1, 2),
            &stolen,
            &[("before-theft", NEGATIVE)],
            &[("before-theft", NEGATIVE)],
        );
        self.said.push(north.batch(&stolen, root, EXPIRES));
        let cut_off = CutOff {
            batch: Some((BatchNumber(2), root)),
            snapshot: None,
        };
        let records = vec![
            listed(&self.keys[GOOD]),
            listed(&self.keys[STOLEN]).cut_off_at(cut_off),
            ending,
        ];
        self.said.push(north.event(&self.registrar, records));
        let new = NEGATIVE.sampled_before(3_600).issued_before(300);
        let thief = [("after-theft", new)];
        let root = self.issue(Batch::new(1, 3), &stolen, &thief, &thief);
        self.said.push(north.clone().batch(&stolen, root, EXPIRES));

        // 5. The issuer goes on with its good key.
        let root = self.issue(Batch::new(1, 3), &good, &[("after-snapshot", NEGATIVE)], &[]);
        self.said.push(north.batch(&good, root, EXPIRES));

        // 6. What the others say.
        self.others_speak(&others, [unwatched, two_tongued, contested, wavering]);

        // 7. Not on the ledger yet: too new, by a key that ends, and by a key that nobody registered.
        let unregistered = key("nobody's");
        self.unanchored("new", 9, &good, &new);
        self.unanchored("by-ending-key", 9, &key("issuer 1, ending"), &NEGATIVE);
        self.unanchored("by-nobody", 9, &unregistered, &NEGATIVE);

        // 8. The second snapshot leaves the expired batch out, and does not reach the last one.
        let revoked = [self.copy("revoked").held.place(), self.papers["revoked"].0];
        self.said.push(north.snapshot(&good, (1, 2), &revoked));
    }

    /// An issuer without a word on its status, one that anchors two batches of one number, one of which the registrar tells
    /// two stories, and one that publishes two snapshots of one number.
    fn others_speak(
        &mut self,
        [_, quiet, twice, disputed, two_lists]: &[SigningKey; 5],
        [mut unwatched, mut two_tongued, mut contested, mut wavering]: [Issuer; 4],
    ) {
        let mut both = |number, name, key: &SigningKey| {
            self.issue(
                Batch::new(number, 0),
                key,
                &[(name, NEGATIVE)],
                &[(name, NEGATIVE)],
            )
        };
        let roots = [
            both(3, "unwatched", quiet),
            both(4, "two-stories", twice),
            both(5, "contested", disputed),
            both(6, "two-snapshots", two_lists),
        ];
        self.said.push(unwatched.batch(quiet, roots[0], EXPIRES));

        let other_story = two_tongued.clone().batch(twice, Batch::new(4, 0).root(), EXPIRES);
        self.said
            .extend([two_tongued.batch(twice, roots[1], EXPIRES), other_story]);

        self.said.push(contested.batch(disputed, roots[2], EXPIRES));
        let more = vec![listed(disputed), listed(&key("issuer 5, another"))];
        let other_story = contested.clone().event(&self.registrar, more);
        let story = contested.event(&self.registrar, vec![listed(disputed)]);
        self.said.extend([story, other_story]);

        self.said.push(wavering.batch(two_lists, roots[3], EXPIRES));
        let revoked = [self.papers["two-snapshots"].0];
        let other_story = wavering.clone().snapshot(two_lists, (0, 1), &revoked);
        self.said
            .extend([wavering.snapshot(two_lists, (0, 1), &[]), other_story]);
    }

    /// Fills a batch; the copies come first. Returns the root.
    fn issue(
        &mut self,
        mut batch: Batch,
        key: &SigningKey,
        copies: &[(&'static str, Spec)],
        papers: &[(&'static str, Spec)],
    ) -> Hash {
        let mut held = Vec::new();
        for (name, spec) in copies {
            let copy = Copy::issue(name, batch.place(), key, spec);
            batch.put(copy.held.place(), copy.held.commitment());
            held.push((*name, copy));
        }
        let mut printed = Vec::new();
        for (name, spec) in papers {
            let place = batch.place();
            let paper = paper(name, place, key, spec);
            batch.put(place, commitment(&paper));
            printed.push((*name, place, paper));
        }
        for (name, mut copy) in held {
            copy.held.set_proof(batch.proof(copy.held.place()));
            self.copies.insert(name, copy);
        }
        for (name, place, mut paper) in printed {
            prove(&mut paper, &batch.proof(place));
            self.papers.insert(name, (place, paper));
        }
        batch.root()
    }

    /// A copy and a certificate in a batch that is not on the ledger.
    fn unanchored(&mut self, name: &'static str, batch: u32, key: &SigningKey, spec: &Spec) {
        let place = |slot| Place {
            issuer: IssuerNumber(1),
            batch: BatchNumber(batch),
            slot: Slot(slot),
        };
        self.copies.insert(name, Copy::issue(name, place(200), key, spec));
        self.papers
            .insert(name, (place(201), paper(name, place(201), key, spec)));
    }
}

/// The identifier of a key that has no certificate.
#[must_use]
pub fn id_of(key: &SigningKey) -> KeyId {
    KeyId::of_point(&key.public())
}
