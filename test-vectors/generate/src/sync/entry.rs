//! Entries that do not count, and those that contradict others.

use super::{Bench, Case};
use crate::{
    flag::Flag,
    seed::key,
    world::{
        EXPIRES,
        batch::Batch,
        issuer::{Issuer, listed},
        said::{Said, Sequence},
    },
};
use ledger::entry::{Entry, ReleaseNumber, Subject};
use schemas::{BatchNumber, Day, IssuerNumber, Place, Slot, key_event::CutOff};

pub(super) fn cases(bench: &Bench<'_>) -> Vec<Case> {
    [malformed(bench), signers(bench), stories(bench)]
        .into_iter()
        .flatten()
        .collect()
}

fn root(number: u32) -> schemas::Hash {
    Batch::new(1, number).root()
}

fn malformed(bench: &Bench<'_>) -> Vec<Case> {
    let with = |leaf: Vec<u8>| {
        let (mut said, mut issuer) = bench.registered();
        said.push(Said { leaf, object: None });
        said.push(issuer.batch(&bench.key, root(0), EXPIRES));
        said
    };
    let changed = |at: usize, byte: u8| {
        let (_, mut issuer) = bench.registered();
        let mut leaf = issuer.batch(&bench.key, root(7), EXPIRES).leaf;
        leaf[at] = byte;
        leaf
    };
    let refused = |name, description, said: &[Said]| {
        bench.taken(name, description, Flag::Structure, said, &["entry-malformed"])
    };
    let mut stranger = bench.registered().1;
    let unsigned = stranger.batch(&key("nobody's"), root(0), EXPIRES);
    let mut both = with(changed(0, 2));
    both.push(unsigned);
    vec![
        refused("entry-malformed", "An entry of version 2.", &with(changed(0, 2))),
        refused(
            "entry-malformed-kind",
            "An entry of kind 9.",
            &with(changed(1, 9)),
        ),
        refused(
            "entry-malformed-release",
            "A release of issuer 1, who is not the registrar.",
            &with({
                let mut leaf = changed(1, 5);
                leaf[2] = 0;
                leaf
            }),
        ),
        refused(
            "entry-malformed-levels",
            "A batch of 512 leaves.",
            &with(changed(2, 9)),
        ),
        refused(
            "entry-malformed-reserved",
            "A reserved byte that is not 0.",
            &with(changed(3, 1)),
        ),
        refused(
            "entry-malformed-registrar",
            "A batch of issuer 0, who is the registrar.",
            &with({
                let mut leaf = changed(7, 0);
                leaf[7] = 0;
                leaf
            }),
        ),
        refused(
            "entry-malformed-predecessor",
            "Number 0 with a predecessor.",
            &with(changed(48, 1)),
        ),
        refused(
            "entry-malformed-length",
            "An entry of 143 bytes.",
            &with(vec![1; 143]),
        ),
        refused(
            "entry-malformed-null",
            "A second null entry.",
            &with(Said::nothing().leaf),
        ),
        bench.taken(
            "entry-malformed-and-unsigned",
            "An entry of version 2, a good one, and one that a stranger's key signed: each is judged for itself.",
            Flag::Structure,
            &both,
            &["entry-malformed", "entry-unsigned"],
        ),
        refused(
            "entry-malformed-first",
            "A log that does not begin with the null entry.",
            &{
                let (said, mut issuer) = bench.registered();
                let batch = issuer.batch(&bench.key, root(0), EXPIRES);
                let mut issuer = Issuer::new(2, "Testzentrum Süd");
                let first = issuer.event(&bench.world.registrar, vec![listed(&bench.key)]);
                vec![first, said[1].clone(), batch]
            },
        ),
    ]
}

fn signers(bench: &Bench<'_>) -> Vec<Case> {
    let world = bench.world;
    let with = |said: Said| {
        let (mut all, _) = bench.registered();
        all.push(said);
        all
    };
    let mut fresh = bench.registered().1;
    let mut unregistered = Issuer::new(9, "Nobody");
    let stolen = key("issuer 1, stolen");
    let theft = {
        let (mut said, mut issuer) = bench.registered();
        let keys = || vec![listed(&bench.key), listed(&stolen)];
        said.push(issuer.event(&world.registrar, keys()));
        said.push(issuer.batch(&stolen, root(0), EXPIRES));
        let cut_off = CutOff {
            batch: Some((BatchNumber(0), root(0))),
            snapshot: None,
        };
        let cut = vec![listed(&bench.key), listed(&stolen).cut_off_at(cut_off)];
        said.push(issuer.event(&world.registrar, cut));
        (said, issuer, keys())
    };
    let after_theft = {
        let (mut said, mut issuer, _) = theft.clone();
        said.push(issuer.batch(&stolen, root(1), EXPIRES));
        said
    };
    let restored = {
        let (mut said, mut issuer, keys) = theft;
        said.push(issuer.event(&world.registrar, keys));
        said
    };
    let far = {
        let (mut said, mut issuer) = bench.registered();
        said.push(issuer.batch(&bench.key, root(0), EXPIRES));
        let mut sequence = Sequence {
            next: 1_000_000_000,
            ..issuer.batches
        };
        let subject = |number| Subject::Batch(IssuerNumber(1), BatchNumber(number));
        said.push(sequence.say(subject, (EXPIRES, root(1)), None, &bench.key));
        said
    };
    let own_event = {
        let mut issuer = bench.registered().1;
        issuer.event(&bench.key, vec![listed(&bench.key), listed(&stolen)])
    };
    vec![
        bench.taken(
            "entry-unsigned",
            "A batch that a stranger's key signed.",
            Flag::Signature,
            &with(fresh.clone().batch(&key("nobody's"), root(0), EXPIRES)),
            &["entry-unsigned"],
        ),
        bench.taken(
            "entry-unsigned-by-registrar",
            "A batch of an issuer that the registrar signed.",
            Flag::KeyUse,
            &with(fresh.clone().batch(&world.registrar, root(0), EXPIRES)),
            &["entry-unsigned"],
        ),
        bench.taken(
            "entry-unsigned-own-keys",
            "An issuer that gives itself another key.",
            Flag::KeyUse,
            &with(own_event),
            &["entry-unsigned"],
        ),
        bench.taken(
            "entry-unsigned-root",
            "A log that changed an issuer's root.",
            Flag::Signature,
            &with({
                let mut said = fresh.clone().batch(&bench.key, root(0), EXPIRES);
                said.leaf[20] ^= 1;
                said
            }),
            &["entry-unsigned"],
        ),
        bench.taken(
            "issuer-unknown",
            "A batch of an issuer that is not registered.",
            Flag::Signature,
            &with(unregistered.batch(&bench.key, root(0), EXPIRES)),
            &["issuer-unknown"],
        ),
        bench.taken(
            "entry-outlives-key",
            "A batch that expires long after its key.",
            Flag::KeyUse,
            &with(fresh.batch(&bench.key, root(0), Day(EXPIRES.0 + 365))),
            &["entry-outlives-key"],
        ),
        bench.taken(
            "entry-too-far-ahead",
            "A batch a billion numbers ahead.",
            Flag::Limit,
            &far,
            &["entry-too-far-ahead"],
        ),
        bench.taken(
            "entry-after-cut-off",
            "A batch by a stolen key after its cut-off.",
            Flag::Theft,
            &after_theft,
            &["entry-after-cut-off"],
        ),
        bench.taken(
            "evidence-key-restored",
            "The registrar lists a key without the cut-off that it had.",
            Flag::Theft,
            &restored,
            &["evidence-key-restored"],
        ),
    ]
}

fn stories(bench: &Bench<'_>) -> Vec<Case> {
    let world = bench.world;
    let (base, issuer) = bench.registered();
    let forked = {
        let (mut said, mut issuer) = (base.clone(), issuer.clone());
        let other = issuer.clone().batch(&bench.key, root(7), EXPIRES);
        said.extend([issuer.batch(&bench.key, root(0), EXPIRES), other]);
        said
    };
    let other_predecessor = {
        let (mut said, mut issuer) = (base.clone(), issuer.clone());
        let first = issuer.batch(&bench.key, root(0), EXPIRES);
        let subject = Subject::Batch(IssuerNumber(1), BatchNumber(7));
        let stranger = Entry::new(subject, EXPIRES, root(7), issuer.batches.last).expect("a predecessor");
        let mut sequence = Sequence {
            next: 1,
            last: Some(stranger.id()),
        };
        let subject = |number| Subject::Batch(IssuerNumber(1), BatchNumber(number));
        said.extend([first, sequence.say(subject, (EXPIRES, root(1)), None, &bench.key)]);
        said
    };
    let contested = {
        let (mut said, mut issuer) = (base.clone(), issuer.clone());
        let more = vec![listed(&bench.key), listed(&key("issuer 1, stolen"))];
        let other = issuer.clone().event(&world.registrar, more);
        said.extend([issuer.event(&world.registrar, vec![listed(&bench.key)]), other]);
        said.push(issuer.batch(&bench.key, root(0), EXPIRES));
        said
    };
    let snapshots = {
        let (mut said, mut issuer) = (base, issuer);
        let place = Place {
            issuer: IssuerNumber(1),
            batch: BatchNumber(0),
            slot: Slot(1),
        };
        let other = issuer.clone().snapshot(&bench.key, (0, 1), &[place]);
        said.extend([issuer.snapshot(&bench.key, (0, 1), &[]), other]);
        said
    };
    let two = |name, description, said: &[Said], codes: &[&str]| {
        bench.taken(name, description, Flag::TwoStories, said, codes)
    };
    let releases = |key, roots: &[u8]| {
        let mut sequence = Sequence::default();
        let subject = |number| Subject::Release(ReleaseNumber(number));
        let release = |root: &u8| sequence.say(subject, (EXPIRES, schemas::Hash([*root; 32])), None, key);
        [vec![Said::nothing()], roots.iter().map(release).collect()].concat()
    };
    let two_releases = {
        let mut said = releases(&world.registrar, &[1]);
        said.extend(releases(&world.registrar, &[2]).pop());
        said
    };
    vec![
        bench.taken(
            "accept-releases",
            "Three releases of the software.",
            Flag::Good,
            &releases(&world.registrar, &[1, 2, 3]),
            &[],
        ),
        bench.taken(
            "entry-unsigned-release",
            "A release that an issuer signed.",
            Flag::KeyUse,
            &releases(&bench.key, &[1]),
            &["entry-unsigned"],
        ),
        two(
            "evidence-forked-releases",
            "Two releases of one number.",
            &two_releases,
            &["evidence-forked"],
        ),
        two(
            "evidence-forked",
            "Two batches of one number.",
            &forked,
            &["evidence-forked"],
        ),
        two(
            "evidence-forked-predecessor",
            "A batch that names another predecessor than the one there is.",
            &other_predecessor,
            &["evidence-forked"],
        ),
        two(
            "evidence-forked-snapshots",
            "Two snapshots of one number.",
            &snapshots,
            &["evidence-forked"],
        ),
        two(
            "issuer-frozen",
            "Two key events of one number, and a batch after them.",
            &contested,
            &["evidence-forked", "issuer-frozen"],
        ),
    ]
}
