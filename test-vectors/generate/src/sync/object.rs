//! Objects that are not what their entries name.

use super::{Bench, Case, taken};
use crate::{
    case::LogState,
    flag::Flag,
    seed::key,
    world::{
        EXPIRES,
        issuer::{Issuer, listed},
        said::Said,
    },
};
use base64::{Engine, engine::general_purpose::STANDARD};
use ledger::entry::Subject;
use schemas::{BatchNumber, Hash, IssuerNumber, Place, Slot, key_event::EventNumber, status::SnapshotNumber};

pub(super) fn cases(bench: &Bench<'_>) -> Vec<Case> {
    [events(bench), snapshots(bench)].into_iter().flatten().collect()
}

/// A key event whose object is these bytes.
fn event(bench: &Bench<'_>, object: Vec<u8>) -> Vec<Said> {
    let (mut said, _) = bench.registered();
    let mut events = Issuer::new(2, "Testzentrum Süd").events;
    let subject = |number| Subject::KeyEvent(IssuerNumber(2), EventNumber(number));
    said.push(events.say(
        subject,
        (EXPIRES, Hash::of(&[&object])),
        Some(object),
        &bench.world.registrar,
    ));
    said
}

fn events(bench: &Bench<'_>) -> Vec<Case> {
    let mut south = Issuer::new(2, "Testzentrum Süd");
    let good = south.event(&bench.world.registrar, vec![listed(&key("issuer 2"))]);
    let object = good.object.clone().expect("a key event has an object");
    let changed = |from: &[u8], to: &[u8]| {
        let at = object
            .windows(from.len())
            .position(|window| window == from)
            .expect("bytes of the object");
        [&object[..at], to, &object[at + from.len()..]].concat()
    };
    let mut missing = bench.registered().0;
    missing.push(Said { object: None, ..good });
    let mut swapped = event(bench, object.clone());
    let swapped_object = swapped[2].object.replace(changed(b"DE", b"AT"));
    let path = format!("object/{}", Hash::of(&[&swapped_object.expect("it had one")]));
    let mut swapped_state = bench.published(&swapped);
    let other = swapped_state.files.remove(&format!(
        "object/{}",
        Hash::of(&[swapped[2].object.as_ref().expect("it has another")])
    ));
    swapped_state.files.insert(path, other.expect("the other object"));
    // A point with x = 1 is on no curve; the good one's follows the label of its key.
    let point = listed(&key("issuer 2")).point().as_bytes().to_vec();
    let mut off_curve = vec![2; 1];
    off_curve.extend([[0; 31].as_slice(), &[1]].concat());
    let one = |name, description, flag, object, code| {
        bench.taken(name, description, flag, &event(bench, object), &[code])
    };
    vec![
        bench.taken(
            "object-missing",
            "A key event whose object nobody serves.",
            Flag::View,
            &missing,
            &["object-missing"],
        ),
        taken(
            "object-mismatch",
            "A mirror serves another object under the hash that an entry names.",
            Flag::View,
            vec![swapped_state],
            &["object-mismatch"],
        ),
        one(
            "object-mismatch-issuer",
            "A key event of another issuer than its entry's.",
            Flag::Structure,
            {
                let mut other = Issuer::new(3, "Testzentrum Ost");
                let event = other.event(&bench.world.registrar, vec![listed(&key("issuer 3"))]);
                event.object.expect("a key event has an object")
            },
            "object-mismatch",
        ),
        one(
            "key-event-malformed",
            "A country in lower case.",
            Flag::Structure,
            changed(b"DE", b"de"),
            "key-event-malformed",
        ),
        one(
            "key-event-malformed-encoding",
            "A number that is written longer than it need be.",
            Flag::Encoding,
            changed(&[1, 2, 2, 0], &[1, 2, 2, 0x18, 0]),
            "key-event-malformed",
        ),
        one(
            "key-malformed",
            "A key that is not on the curve.",
            Flag::KeyUse,
            changed(&point, &off_curve),
            "key-malformed",
        ),
    ]
}

fn snapshots(bench: &Bench<'_>) -> Vec<Case> {
    let place = |batch, slot| Place {
        issuer: IssuerNumber(1),
        batch: BatchNumber(batch),
        slot: Slot(slot),
    };
    let (base, issuer) = bench.registered();
    let with_object = |object: Vec<u8>| {
        let (mut said, mut issuer) = (base.clone(), issuer.clone());
        let subject = |number| Subject::Snapshot(IssuerNumber(1), SnapshotNumber(number));
        said.push(
            issuer
                .snapshots
                .say(subject, (EXPIRES, Hash::of(&[&object])), Some(object), &bench.key),
        );
        said
    };
    let good = issuer.clone().snapshot(&bench.key, (0, 2), &[place(0, 5)]);
    let object = good.object.expect("a snapshot has an object");
    let format = |at: usize, byte: u8| {
        let mut object = object.clone();
        object[at] = byte;
        object
    };
    let later = |first: (u32, u32), second: (u32, u32), revoked: &[Place]| -> Vec<LogState> {
        let (mut said, mut issuer) = (base.clone(), issuer.clone());
        said.push(issuer.snapshot(&bench.key, first, &[place(1, 5)]));
        let early = bench.published(&said);
        said.push(issuer.snapshot(&bench.key, second, revoked));
        vec![early, bench.published(&said)]
    };
    let harmless = issuer.clone().snapshot(&bench.key, (0, 2), &[]).object;
    let mut swapped = bench.published(&with_object(object.clone()));
    let path = format!("object/{}", Hash::of(&[&object]));
    swapped
        .files
        .insert(path, STANDARD.encode(harmless.expect("a snapshot has an object")));
    let one = |name, description, object, code| {
        bench.taken(name, description, Flag::Structure, &with_object(object), &[code])
    };
    vec![
        taken(
            "accept-snapshots",
            "A snapshot after another, with one more place.",
            Flag::Good,
            later((0, 2), (1, 2), &[place(1, 5), place(2, 7)]),
            &[],
        ),
        taken(
            "object-mismatch-snapshot",
            "A mirror hides a revocation: it serves another snapshot under the hash that an entry names.",
            Flag::Revocation,
            vec![swapped],
            &["object-mismatch"],
        ),
        one(
            "object-mismatch-snapshot-issuer",
            "A snapshot of another issuer than its entry's.",
            format(5, 2),
            "object-mismatch",
        ),
        one(
            "object-mismatch-snapshot-number",
            "A snapshot of another number than its entry's.",
            format(9, 9),
            "object-mismatch",
        ),
        one(
            "status-malformed",
            "A snapshot of format 2.",
            format(0, 2),
            "status-malformed",
        ),
        one(
            "status-malformed-short",
            "A snapshot that ends within its codes.",
            object[..object.len() - 1].to_vec(),
            "status-malformed",
        ),
        one(
            "status-malformed-count",
            "Two places where one is coded.",
            format(21, 2),
            "status-malformed",
        ),
        one(
            "too-long",
            "A snapshot that says that it has 4,000,001 places.",
            {
                let mut object = object.clone();
                object[18..22].copy_from_slice(&4_000_001u32.to_be_bytes());
                object
            },
            "too-long",
        ),
        taken(
            "status-un-revoked",
            "A snapshot in which a revoked place is no longer revoked.",
            Flag::Revocation,
            later((0, 2), (0, 2), &[]),
            &["evidence-taken-back", "status-un-revoked"],
        ),
        taken(
            "status-went-back",
            "A snapshot whose window goes back.",
            Flag::Revocation,
            later((1, 1), (0, 2), &[place(1, 5)]),
            &["evidence-taken-back", "status-went-back"],
        ),
    ]
}
