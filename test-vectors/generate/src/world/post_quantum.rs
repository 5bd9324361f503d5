//! What an issuer with an ML-DSA-44 key says after all the others, and what somebody says who forges ES256 and Ed25519 at will.

use super::{
    AS_OF, EXPIRES, World,
    batch::Batch,
    credential::NEGATIVE,
    issuer::{Issuer, listed},
    said::Said,
};
use crate::{Files, seed::key, seed::seed};
use ledger::{
    entry::Leaf,
    heads::{Chain, Head, Heads},
};
use schemas::{UnixTime, crypto::ml_dsa};

/// Of whom is spoken.
const ISSUER: u32 = 7;
/// When the heads were signed that are young enough.
const SIGNED_AT: UnixTime = UnixTime(AS_OF.0 - 1_800);

/// The entries after all others, and what was signed of them.
pub struct PostQuantum {
    /// The whole log.
    pub said: Vec<Said>,
    /// The same, after somebody forged the registrar's signature and the issuer's.
    pub forged: Vec<Said>,
    /// The heads.
    pub heads: Heads,
    /// Those of the forger, and with them the registrar's of the event that was not forged.
    pub forged_heads: Heads,
    /// The registrar's key.
    pub registrar: ml_dsa::SecretKey,
    /// The issuer's.
    pub issuer: ml_dsa::SecretKey,
}

/// The registrar's ML-DSA-44 key.
#[must_use]
pub fn registrar() -> ml_dsa::SecretKey {
    ml_dsa::SecretKey::from_seed(&seed("registrar, ML-DSA-44"))
}

/// The head of the chain that an entry ends.
#[must_use]
pub fn head(said: &Said, time: UnixTime) -> Head {
    let Ok(Leaf::Entry(entry)) = Leaf::decode(&said.leaf) else {
        panic!("an entry of a chain");
    };
    let subject = entry.unverified().subject();
    Head {
        issuer: subject.issuer(),
        chain: Chain::of(&subject).expect("no policy"),
        number: subject.number(),
        entry: entry.unverified().id(),
        time,
    }
}

/// Some heads.
#[must_use]
pub fn heads(signed: &[(&Said, UnixTime, &ml_dsa::SecretKey)]) -> Heads {
    let mut heads = Heads::default();
    for (said, time, key) in signed {
        heads.replace(head(said, *time).sign(key)).expect("a few");
    }
    heads
}

impl PostQuantum {
    pub(super) fn new(world: &mut World) -> Self {
        let secret = |label| ml_dsa::SecretKey::from_seed(&seed(label));
        let (registrar, ours) = (registrar(), secret("issuer 7, ML-DSA-44"));
        let theirs = secret("forger, ML-DSA-44");
        let classical = key("issuer 7");
        let mut issuer = Issuer::new(ISSUER, "Testzentrum Zukunft");
        issuer.post_quantum = Some(ours.public());

        // 1. An event, a batch and a snapshot, all signed.
        let event = issuer.event(&world.registrar, vec![listed(&classical)]);
        let names = [("post-quantum", NEGATIVE)];
        let root = world.issue(Batch::new(ISSUER, 0), &classical, &names, &names);
        let batch = issuer.batch(&classical, root, EXPIRES);
        let snapshot = issuer.snapshot(&classical, (0, 1), &[]);
        let heads = heads(&[
            (&event, SIGNED_AT, &registrar),
            (&batch, SIGNED_AT, &ours),
            (&snapshot, SIGNED_AT, &ours),
        ]);
        let mut said = [&world.said[..], &[event.clone(), batch, snapshot]].concat();

        // 2. A batch after the head; another one in its place, another event and another snapshot are a forger's.
        let (mut forger, mut forged) = (issuer.clone(), said.clone());
        let names = [("not-yet-signed", NEGATIVE)];
        let root = world.issue(Batch::new(ISSUER, 1), &classical, &names, &names);
        said.push(issuer.batch(&classical, root, EXPIRES));
        forger.post_quantum = Some(theirs.public());
        let names = [("forged", NEGATIVE)];
        let root = world.issue(Batch::new(ISSUER, 1), &classical, &names, &names);
        let all = [
            forger.event(&world.registrar, vec![listed(&classical)]),
            forger.batch(&classical, root, EXPIRES),
            forger.snapshot(&classical, (0, 2), &[]),
        ];
        let forged_heads = self::heads(&[
            (&event, SIGNED_AT, &registrar),
            (&all[1], SIGNED_AT, &theirs),
            (&all[2], SIGNED_AT, &theirs),
        ]);
        forged.extend(all);
        Self {
            said,
            forged,
            heads,
            forged_heads,
            registrar,
            issuer: ours,
        }
    }

    /// The heads without one.
    fn without(&self, chain: Chain) -> Heads {
        let mut heads = Heads::default();
        for head in self.heads.iter().filter(|head| head.unverified().chain != chain) {
            heads.replace(head.clone()).expect("a few");
        }
        heads
    }

    /// The heads with a status that was signed four hours ago.
    fn old_status(&self) -> Heads {
        let mut heads = self.heads.clone();
        let young = self
            .heads
            .iter()
            .find(|head| head.unverified().chain == Chain::Snapshots);
        let old = Head {
            time: AS_OF.plus(-4 * 3_600),
            ..*young.expect("there is one").unverified()
        };
        heads.replace(old.sign(&self.issuer)).expect("a few");
        heads
    }

    /// The views in which nothing counts but ML-DSA-44.
    pub(super) fn files(&self, world: &World) -> Files {
        let quorum = 7;
        let views = [
            ("post-quantum", &self.said, self.heads.clone(), quorum),
            (
                "post-quantum-six-cosigners",
                &self.said,
                self.heads.clone(),
                quorum - 1,
            ),
            (
                "post-quantum-keys-not-signed",
                &self.said,
                self.without(Chain::KeyEvents),
                quorum,
            ),
            ("post-quantum-status-old", &self.said, self.old_status(), quorum),
            (
                "post-quantum-forged",
                &self.forged,
                self.forged_heads.clone(),
                quorum,
            ),
        ];
        let published = |(name, said, heads, cosigners): (&str, &Vec<Said>, Heads, usize)| {
            let view = world.members.publish_post_quantum(said, AS_OF, &heads, cosigners);
            view.in_folder(&format!("views/{name}"))
        };
        views.into_iter().flat_map(published).collect()
    }
}
