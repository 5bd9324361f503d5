//! Two showings of one wallet have nothing in common that a stranger's showing does not have: the worst case, a day on which
//! nobody else is tested, and batches that hold this one person's copies among decoys.

use getrandom::SysRng;
use issuer::{Draft, IssuerKey, batch::OpenBatches, expiry, sign_copy, status};
use ledger::batch::BatchSeed;
use rand_core::{Rng, UnwrapErr};
use schemas::{
    BatchNumber, IssuerNumber, KeyId, Place, UnixTime, base45,
    crypto::{SigningKey as _, aws_lc::SigningKey},
    health::{BirthDate, Name, Outcome, Person, TestKind, TestResult},
    sd_cwt::{
        Salt,
        profile::{Audience, Group, HeldCopy, PREFIX},
    },
};
use std::collections::HashSet;

const NOW: UnixTime = UnixTime(1_795_413_725);
const LATER: UnixTime = UnixTime(NOW.0 + 1_000);
const COPIES: usize = 4;
/// The longest byte string that may be shared by chance, or by a number that many have.
const SHARED: usize = 8;
/// Far enough into an issuer's life that batch numbers have their usual length.
const FIRST: BatchNumber = BatchNumber(70_000);

struct Wallet {
    copies: Vec<(HeldCopy, SigningKey)>,
}

fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    UnwrapErr(SysRng).fill_bytes(&mut bytes);
    bytes
}

fn issuer_key() -> IssuerKey {
    let key = SigningKey::generate().expect("good input");
    IssuerKey {
        id: KeyId::of_point(&key.public()),
        key: Box::new(key),
    }
}

/// The only person who is tested: each copy is alone with 255 decoys in its batch.
fn tested(given: &str, family: &str, born: &str, key: &IssuerKey) -> Wallet {
    let person = Person {
        given_name: Name::new(given).expect("good input"),
        family_name: Name::new(family).expect("good input"),
        birth_date: BirthDate::new(born).expect("good input"),
    };
    let result = TestResult {
        kind: TestKind::Naat,
        outcome: Outcome::NotDetected,
        sampled_at: UnixTime(NOW.0 - 7_200),
    };
    let draft = Draft::new(person, result, None, Some("PCR".into()), None, NOW).expect("good input");
    // Slots below 24 are written in one byte less, which one copy in ten has: then lengths in the framing differ, which
    // tells nothing. Here all are of one length.
    let (mut batches, places) = loop {
        let mut batches = OpenBatches::new(IssuerNumber(7), FIRST);
        let places = batches.reserve(COPIES, &[], &mut UnwrapErr(SysRng));
        if places.iter().all(|place| place.slot.0 >= 24) {
            break (batches, places);
        }
    };
    let mut issued = Vec::new();
    for place in &places {
        let holder = SigningKey::generate().expect("good input");
        let salts = [(); 3].map(|()| Salt::random(&mut UnwrapErr(SysRng)));
        let copy =
            sign_copy(&draft, holder.public(), *place, NOW, expiry(NOW), salts, key).expect("good input");
        batches.fill(*place, copy.commitment, expiry(NOW).start(), NOW);
        issued.push((*place, copy, holder));
    }
    let mut copies = Vec::new();
    while copies.len() < COPIES {
        let number = batches.next();
        let closed = batches.close(&BatchSeed(random()), NOW);
        let at = issued.iter().position(|(place, ..)| place.batch == number);
        if let Some(at) = at {
            let (place, copy, holder) = issued.swap_remove(at);
            let mut held = HeldCopy::decode(&copy.bytes).expect("good input");
            held.set_proof(closed.tree.proof(place.slot));
            copies.push((held, holder));
        }
    }
    Wallet { copies }
}

/// What a door has of a showing.
fn shown((copy, holder): &(HeldCopy, SigningKey), groups: &[Group], now: UnixTime) -> Vec<u8> {
    let request = copy.choose(groups, &Audience::AnyDoor, now);
    let text = request.answer(&holder.sign(&request.bytes_to_sign()).expect("good input"));
    base45::decode(&text[PREFIX.len()..]).expect("good input")
}

/// From this length on, what is found in strangers' showings is framing, and not there by chance.
const FRAMING: usize = 4;

/// What showings of many strangers have: all framing, with either sign of a key's y.
fn everybody(given: &str, family: &str, born: &str, groups: &[Group], key: &IssuerKey) -> Vec<Vec<u8>> {
    let strangers = (0..8).map(|_| tested(given, family, born, key));
    let copies = strangers.flat_map(|stranger| stranger.copies);
    copies
        .flat_map(|copy| [NOW, LATER].map(|now| shown(&copy, groups, now)))
        .collect()
}

/// All byte strings that are one longer than may be shared, and lie beyond the framing. A string that touches framing is
/// none: the one random byte on either side of it would be shared once in 65,536 times.
fn strings<'a>(bytes: &'a [u8], framing: &HashSet<&[u8]>) -> HashSet<&'a [u8]> {
    let free = |string: &&[u8]| !string.windows(FRAMING).any(|some| framing.contains(some));
    bytes.windows(SHARED + 1).filter(free).collect()
}

/// What links two showings: shared by them, and not by everybody.
fn linking<'a>(one: &'a [u8], other: &'a [u8], everybody: &[Vec<u8>]) -> Vec<&'a [u8]> {
    let framing: HashSet<&[u8]> = everybody
        .iter()
        .flat_map(|shown| shown.windows(FRAMING))
        .collect();
    let common = &strings(one, &framing) & &strings(other, &framing);
    common.into_iter().collect()
}

#[test]
fn two_showings_share_nothing_but_what_everybody_shows() {
    let key = issuer_key();
    let person = tested("Erika", "Mustermann", "1964-08-12", &key);
    for groups in [&[Group::Result][..], &[Group::Result, Group::Initials]] {
        // Tested within the same hour, and the initials are the same.
        let everybody = everybody("Emil", "Meier", "1971-08-12", groups, &key);
        for first in 0..COPIES {
            for second in first + 1..COPIES {
                let one = shown(&person.copies[first], groups, NOW);
                let other = shown(&person.copies[second], groups, LATER);
                let linking = linking(&one, &other, &everybody);
                assert!(linking.is_empty(), "{linking:02x?}");
            }
        }
        // The check sees what links: one copy that is shown twice.
        let [one, other] = [NOW, LATER].map(|now| shown(&person.copies[0], groups, now));
        assert!(linking(&one, &other, &everybody).len() > 64);
    }
}

#[test]
fn a_name_that_is_shown_is_all_that_two_showings_share_beside() {
    let key = issuer_key();
    let (given, family, born) = ("Erika", "Mustermann", "1964-08-12");
    let person = tested(given, family, born, &key);
    let groups = [Group::Result, Group::Person];
    // Strangers of the same name and birthday: what is left over would link the wallet, not the name.
    let everybody = everybody(given, family, born, &groups, &key);
    let [one, other] = [0, 1].map(|copy| shown(&person.copies[copy], &groups, NOW));
    let linking = linking(&one, &other, &everybody);
    assert!(linking.is_empty(), "{linking:02x?}");
}

/// How one could look for the copies of one person among places that were revoked together, as batch numbers in order.
type Guess = fn(&[u32]) -> Vec<u32>;

fn earliest(batches: &[u32]) -> Vec<u32> {
    batches[..COPIES].to_vec()
}

fn in_the_middle(batches: &[u32]) -> Vec<u32> {
    let from = (batches.len() - COPIES) / 2;
    batches[from..from + COPIES].to_vec()
}

fn closest_together(batches: &[u32]) -> Vec<u32> {
    let closest = batches
        .windows(COPIES)
        .min_by_key(|some| some[COPIES - 1] - some[0]);
    closest.expect("there are enough").to_vec()
}

fn furthest_apart(batches: &[u32]) -> Vec<u32> {
    let ends = batches[..COPIES / 2].iter();
    ends.chain(&batches[batches.len() - COPIES / 2..])
        .copied()
        .collect()
}

/// What is published of a revocation of that one person: at least as many places that hold nothing are revoked with the
/// copies, and where they lie does not tell which are the copies: no guess finds many more than chance does.
#[test]
fn the_published_status_does_not_group_the_copies() {
    const TIMES: usize = 1_000;
    let closed = FIRST.0 - 100..FIRST.0 + 100;
    let guesses: [Guess; 4] = [earliest, in_the_middle, closest_together, furthest_apart];
    let (mut found, mut by_chance) = ([0.0; 4], 0.0);
    for _ in 0..TIMES {
        let rng = &mut UnwrapErr(SysRng);
        let places = OpenBatches::new(IssuerNumber(7), FIRST).reserve(COPIES, &[], rng);
        let decoys = status::decoy_batches(&places, closed.clone(), rng);
        assert!(decoys.len() >= places.len().max(status::MIN_DECOYS));
        let decoy_places = decoys.iter().map(|batch| Place {
            issuer: IssuerNumber(7),
            batch: *batch,
            slot: schemas::Slot(random::<1>()[0]),
        });
        let revoked: Vec<Place> = decoy_places.chain(places.iter().copied()).collect();
        let snapshot = status::next_snapshot(IssuerNumber(7), None, closed.clone(), revoked).unwrap();
        // A snapshot is a set of places in order, whatever came in which order and for which reason.
        let published: Vec<u32> = snapshot.places().map(|place| place.batch.0).collect();
        assert!(published.is_sorted());
        let all = published.len() as f64;
        by_chance += COPIES as f64 / all;
        for (found, guess) in found.iter_mut().zip(guesses) {
            let is_copy = |batch: &u32| places.iter().any(|place| place.batch.0 == *batch);
            // Of several places in one batch, one can be a copy.
            let share = |batch: &u32| {
                let here = published.iter().filter(|other| *other == batch).count();
                if is_copy(batch) { 1.0 / here as f64 } else { 0.0 }
            };
            *found += guess(&published).iter().map(share).sum::<f64>() / COPIES as f64;
        }
    }
    let [found, by_chance] = [found.to_vec(), vec![by_chance]]
        .map(|sums| -> Vec<f64> { sums.iter().map(|sum| sum / TIMES as f64).collect() });
    println!("copies found: {found:.2?}, by chance: {by_chance:.2?}");
    for found in found {
        assert!(
            found < by_chance[0] + 0.15,
            "a guess finds {found:.2} of the copies"
        );
    }
}
