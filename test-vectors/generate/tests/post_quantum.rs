//! Somebody has a quantum computer: every ES256 and Ed25519 key is in their hands, and no key of ML-DSA-44 is. Nothing that no
//! issuer made is accepted by a door that counts ML-DSA-44 alone.

use generate::{
    seed::key,
    world::{
        AS_OF, EXPIRES, NOW, World,
        batch::Batch,
        credential::{Copy, NEGATIVE, Spec},
        issuer::{Issuer, listed},
        members::{Published, WITNESSES},
        post_quantum::heads,
        said::{Said, Sequence},
    },
};
use ledger::{
    entry::{Leaf, Subject},
    heads::Heads,
};
use schemas::{
    IssuerNumber, UnixTime,
    crypto::{aws_lc::AwsLc, ml_dsa, p256::SigningKey},
    sd_cwt::profile::{Audience, Group},
};
use verifier::{
    Door, Policy, Verdict, foreign::CountryRules, policy::Signatures, replay::ReplayMemory, sync::Sync,
    trust::TrustList, verdict::stopped, view::LedgerView,
};

const GROUPS: [Group; 2] = [Group::Result, Group::Initials];

/// A door that synced once with each of these logs, one after the other, and is then shown a text.
fn judge(world: &World, signatures: Signatures, logs: &[&Published], text: &str, now: UnixTime) -> Verdict {
    let network = world.network();
    let mut view = LedgerView::new(network, &AwsLc).expect("a key");
    for log in logs {
        let mut sync = Sync::of(signatures);
        while sync.synced().is_none() {
            for file in sync.wanted() {
                let path = file.to_string();
                let bytes = match &*path {
                    "checkpoint" => log.checkpoint.clone().into_bytes(),
                    path => log.files.get(path).cloned().unwrap_or_default(),
                };
                // What a door is refused leaves it with the view that it had.
                if sync.supply(&mut view, file, &bytes).is_err() {
                    sync = Sync::of(signatures);
                    break;
                }
            }
            if sync.wanted() == Sync::of(signatures).wanted() {
                break;
            }
        }
    }
    let mut policy = Policy::default();
    policy.ledger.signatures = signatures;
    let door = Door {
        policy: &policy,
        view: Some(&view),
        trust: &TrustList::default(),
        rules: &CountryRules::default(),
        audience: Audience::AnyDoor,
        crypto: &AwsLc,
        stopwatch: stopped,
    };
    let examined = door.examine(text, now, &mut ReplayMemory::default());
    examined.report.verdict().clone()
}

fn accepts(verdict: &Verdict) -> bool {
    matches!(verdict, Verdict::Accept(_))
}

fn codes(verdict: &Verdict) -> Vec<&'static str> {
    match verdict {
        Verdict::Accept(basis) => vec![basis.name()],
        Verdict::Reject(reasons) => reasons.iter().map(verifier::Error::code).collect(),
        Verdict::Indeterminate(missing) => missing.iter().map(verifier::verdict::Missing::code).collect(),
    }
}

/// The issuer of the honest world as it stands before its last batch, as a forger knows it.
fn issuer_so_far(world: &World) -> Issuer {
    let mut issuer = Issuer::new(7, "Testzentrum Zukunft");
    let honest = world.post_quantum();
    for said in &honest.said {
        let Ok(Leaf::Entry(entry)) = Leaf::decode(&said.leaf) else {
            continue;
        };
        let entry = entry.unverified();
        let sequence = match entry.subject() {
            Subject::Batch(IssuerNumber(7), _) => &mut issuer.batches,
            Subject::Snapshot(IssuerNumber(7), _) => &mut issuer.snapshots,
            Subject::KeyEvent(IssuerNumber(7), _) => &mut issuer.events,
            _ => continue,
        };
        *sequence = Sequence {
            next: entry.subject().number() + 1,
            last: Some(entry.id()),
        };
    }
    issuer.post_quantum = Some(honest.issuer.public());
    issuer
}

/// A credential that no issuer made, at a place of a batch that is filled with it alone, and the batch's root.
fn forge(number: u32, by: &SigningKey, spec: &Spec) -> (Copy, schemas::Hash) {
    let mut batch = Batch::new(7, number);
    let mut copy = Copy::issue("forged by hand", batch.place(), by, spec);
    batch.put(copy.held.place(), copy.held.commitment());
    copy.held.set_proof(batch.proof(copy.held.place()));
    (copy, batch.root())
}

fn show(copy: &Copy) -> String {
    copy.show(&GROUPS, &Audience::AnyDoor, NOW.plus(-10))
}

#[test]
fn what_the_issuer_signed_is_accepted_and_says_that_the_holder_is_classical() {
    let world = World::new();
    let honest = world.post_quantum();
    let log = world
        .members
        .publish_post_quantum(&honest.said, AS_OF, &honest.heads, 7);
    let text = show(world.copy("post-quantum"));
    let verdict = judge(&world, Signatures::PostQuantum, &[&log], &text, NOW);
    let Verdict::Accept(basis) = verdict else {
        panic!("{verdict:?}")
    };
    let notes: Vec<_> = basis.notes().iter().map(|note| note.code()).collect();
    assert_eq!(
        (basis.name(), notes),
        ("post-quantum", vec!["holder-binding-classical"])
    );
    let verdict = judge(&world, Signatures::Any, &[&log], &text, NOW);
    assert_eq!(codes(&verdict), ["anchored"]);
}

/// Every way to bring a forged batch to the ledger: all of them pass a door that counts ES256, so the forgery is one; and none
/// passes where ML-DSA-44 alone counts.
#[test]
fn nothing_forged_is_accepted() {
    let world = World::new();
    let honest = world.post_quantum();
    let classical = key("issuer 7");
    let theirs = ml_dsa::SecretKey::from_seed(&[66; 32]);
    let base = issuer_so_far(&world);

    // 1. The next batch, by the issuer's ES256 key. The heads are the issuer's.
    let mut forger = base.clone();
    let (copy, root) = forge(forger.batches.next, &classical, &NEGATIVE);
    let next = forger.batch(&classical, root, EXPIRES);
    let next_log = [&honest.said[..], std::slice::from_ref(&next)].concat();

    // 2. The same with heads that the forger signs with a key of their own.
    let own = heads(&[(&next, AS_OF, &theirs)]);
    let mut mixed = honest.heads.clone();
    own.iter().for_each(|head| mixed.replace(head.clone()).unwrap());

    // 3. An event of the registrar's that names that key, by the registrar's ES256 key; then the batch, a snapshot, and heads.
    let mut usurper = base.clone();
    usurper.post_quantum = Some(theirs.public());
    let event = usurper.event(&world.registrar, vec![listed(&classical)]);
    let batch = usurper.batch(&classical, root, EXPIRES);
    let snapshot = usurper.snapshot(&classical, (0, batch_count(&usurper)), &[]);
    let usurped = [
        &honest.said[..],
        &[event.clone(), batch.clone(), snapshot.clone()],
    ]
    .concat();
    let usurped_heads = heads(&[
        (&event, AS_OF, &theirs),
        (&batch, AS_OF, &theirs),
        (&snapshot, AS_OF, &theirs),
    ]);
    let mut usurped_mixed = usurped_heads.clone();
    honest
        .heads
        .iter()
        .take(0)
        .for_each(|head| usurped_mixed.replace(head.clone()).unwrap());
    let registrar_s = honest
        .heads
        .iter()
        .find(|head| head.unverified().chain == ledger::heads::Chain::KeyEvents);
    usurped_mixed.replace(registrar_s.unwrap().clone()).unwrap();

    // 4. An event that names the issuer's own ML-DSA-44 key, so that its heads go on counting, and another ES256 key.
    let mut renamer = base.clone();
    let new = key("a new key of the forger");
    let event = renamer.event(&world.registrar, vec![listed(&classical), listed(&new)]);
    let (renamed_copy, renamed_root) = forge(renamer.batches.next, &new, &NEGATIVE);
    let batch = renamer.batch(&new, renamed_root, EXPIRES);
    let renamed = [&honest.said[..], &[event, batch]].concat();

    // 5. A batch in the place of one that hashes lead to.
    let (replaced_copy, replaced_root) = forge(0, &classical, &NEGATIVE);
    let mut replacer = base.clone();
    replacer.batches = Sequence::default();
    let replacement = replacer.batch(&classical, replaced_root, EXPIRES);
    let late = [&honest.said[..], std::slice::from_ref(&replacement)].concat();
    let at = |said: &[Said]| said.iter().position(|said| is_batch(said, 0)).unwrap();
    let mut instead = honest.said.clone();
    let place = at(&instead);
    instead[place] = replacement;
    // What names the honest one would show the forgery.
    instead.retain(|said| !is_batch(said, 1));

    let attacks: [(&str, &[Said], &Heads, &Copy); 8] = [
        ("a batch after the head", &next_log, &honest.heads, &copy),
        ("heads by another key", &next_log, &mixed, &copy),
        (
            "an event with another key, all heads by it",
            &usurped,
            &usurped_heads,
            &copy,
        ),
        (
            "the same with the registrar's older head",
            &usurped,
            &usurped_mixed,
            &copy,
        ),
        ("the same with the honest heads", &usurped, &honest.heads, &copy),
        (
            "an event with the issuer's key",
            &renamed,
            &honest.heads,
            &renamed_copy,
        ),
        (
            "another story of a signed batch, later",
            &late,
            &honest.heads,
            &replaced_copy,
        ),
        (
            "another story of a signed batch, instead",
            &instead,
            &honest.heads,
            &replaced_copy,
        ),
    ];
    let before = world
        .members
        .publish_post_quantum(&honest.said, AS_OF.plus(-60), &honest.heads, 7);
    for (name, said, heads, copy) in attacks {
        // The log is in the forger's hands too; the witnesses cosign what continues what they saw, here with all their keys.
        let log = world.members.publish_post_quantum(said, AS_OF, heads, WITNESSES);
        let text = show(copy);
        for logs in [vec![&log], vec![&before, &log]] {
            let verdict = judge(&world, Signatures::PostQuantum, &logs, &text, NOW);
            assert!(!accepts(&verdict), "{name}: {verdict:?}");
            println!("{name}: {:?}", codes(&verdict));
        }
        if !name.contains("later") {
            let verdict = judge(&world, Signatures::Any, &[&log], &text, NOW);
            assert_eq!(
                codes(&verdict),
                ["anchored"],
                "{name} is no forgery that ES256 lets pass"
            );
        }
    }
}

/// A history that nobody cosigned with ML-DSA-44: Ed25519 cosignatures of all ten, forged.
#[test]
fn a_forged_history_is_no_view() {
    let world = World::new();
    let honest = world.post_quantum();
    let text = show(world.copy("post-quantum"));
    let forged = world
        .members
        .publish_post_quantum(&honest.said, AS_OF, &honest.heads, 0);
    assert_eq!(
        codes(&judge(&world, Signatures::PostQuantum, &[&forged], &text, NOW)),
        ["post-quantum-quorum-missing"]
    );
    // Once a quorum vouched for the view, such a checkpoint makes it no younger.
    let old = world
        .members
        .publish_post_quantum(&honest.said, AS_OF.plus(-2 * 3_600), &honest.heads, 7);
    assert_eq!(
        codes(&judge(
            &world,
            Signatures::PostQuantum,
            &[&old, &forged],
            &text,
            NOW
        )),
        ["view-too-old"]
    );
}

/// A snapshot that leaves out a revocation, after the issuer's own was kept back.
#[test]
fn a_revocation_that_was_kept_back_shows_by_the_age_of_the_head() {
    let world = World::new();
    let honest = world.post_quantum();
    let text = world.copy("post-quantum");
    let log = world
        .members
        .publish_post_quantum(&honest.said, AS_OF.plus(4 * 3_600), &honest.heads, 7);
    let later = NOW.plus(4 * 3_600);
    let shown = text.show(&GROUPS, &Audience::AnyDoor, later.plus(-10));
    assert_eq!(
        codes(&judge(&world, Signatures::PostQuantum, &[&log], &shown, later)),
        ["status-not-signed"]
    );
    // A forged snapshot makes the status no younger.
    let mut forger = issuer_so_far(&world);
    let snapshot = forger.snapshot(&key("issuer 7"), (0, batch_count(&forger)), &[]);
    let said = [&honest.said[..], &[snapshot]].concat();
    let log = world
        .members
        .publish_post_quantum(&said, AS_OF.plus(4 * 3_600), &honest.heads, 7);
    assert_eq!(
        codes(&judge(&world, Signatures::PostQuantum, &[&log], &shown, later)),
        ["status-not-signed"]
    );
}

fn batch_count(issuer: &Issuer) -> u32 {
    issuer.batches.next
}

fn is_batch(said: &Said, number: u32) -> bool {
    match Leaf::decode(&said.leaf) {
        Ok(Leaf::Entry(entry)) => {
            entry.unverified().subject() == Subject::Batch(IssuerNumber(7), schemas::BatchNumber(number))
        }
        _ => false,
    }
}
