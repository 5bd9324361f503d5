use super::{
    faulty::{Fault, FaultyStore},
    *,
};
use crate::storage::simulated::Dice;

fn next(version: u8) -> File {
    File::next(Name::new("head"), vec![version; 100])
}

fn head(storage: &dyn Storage) -> Option<u8> {
    storage.read(&Name::new("head")).unwrap().map(|bytes| bytes[0])
}

#[test]
fn of_two_processes_one_goes_on_and_the_other_learns_it() {
    let store = FaultyStore::default();
    let (one, other) = (store.open().unwrap(), store.open().unwrap());
    one.write(&[next(1)]).unwrap();
    assert_eq!((head(&*one), head(&*other)), (Some(1), Some(1)));
    other.write(&[next(2)]).unwrap();

    let refusal = one.write(&[next(3)]).unwrap_err();
    assert_eq!(refusal.code(), "storage-superseded");
    assert!(
        refusal
            .to_string()
            .starts_with("another process has written head"),
        "{refusal}"
    );
    // It is the other's now, whatever this one tries.
    assert_eq!(
        one.read(&Name::new("head")).unwrap_err().code(),
        "storage-superseded"
    );
    assert_eq!(one.write(&[next(2)]).unwrap_err().code(), "storage-superseded");
    other.write(&[next(4)]).unwrap();
    assert_eq!(head(&*store.open().unwrap()), Some(4));
}

#[test]
fn of_two_that_begin_one_does() {
    let store = FaultyStore::default();
    let (one, other) = (store.open().unwrap(), store.open().unwrap());
    assert_eq!((head(&*one), head(&*other)), (None, None));
    one.write(&[next(1)]).unwrap();
    assert_eq!(other.write(&[next(2)]).unwrap_err().code(), "storage-superseded");
    assert_eq!(head(&*store.open().unwrap()), Some(1));
}

#[test]
fn reading_what_another_process_wrote_ends_this_one() {
    let store = FaultyStore::default();
    let one = store.open().unwrap();
    one.write(&[next(1)]).unwrap();
    store.damage("head", |bytes| bytes[0] = 9);
    assert_eq!(
        one.read(&Name::new("head")).unwrap_err().code(),
        "storage-superseded"
    );
}

#[test]
fn a_write_that_arrives_after_a_newer_one_changes_nothing() {
    let store = FaultyStore::default();
    let one = store.open().unwrap();
    one.write(&[next(1)]).unwrap();
    store.arm(0, Fault::Late);
    assert_eq!(one.write(&[next(2)]).unwrap_err().code(), "storage-io");
    one.write(&[next(3)]).unwrap();
    assert_eq!(store.arrive(&mut Dice(1)), 0);
    assert_eq!(head(&*one), Some(3));
    one.write(&[next(4)]).unwrap();
}

#[test]
fn a_write_that_arrives_before_the_next_one_is_read_back() {
    let store = FaultyStore::default();
    let one = store.open().unwrap();
    one.write(&[next(1)]).unwrap();
    store.arm(0, Fault::Late);
    one.write(&[next(2)]).unwrap_err();
    assert_eq!(head(&*one), Some(1));
    assert_eq!(store.arrive(&mut Dice(1)), 1);
    // Not superseded: this process wrote it itself. But what it was about to write was made without it.
    assert_eq!(one.write(&[next(3)]).unwrap_err().code(), "storage-io");
    assert_eq!(head(&*one), Some(2));
    one.write(&[next(3)]).unwrap();
    assert_eq!(head(&*store.open().unwrap()), Some(3));
}

#[test]
fn a_lost_answer_is_found_out() {
    for file in [next(2), File::once(Name::new("tile/0/000"), vec![2])] {
        let store = FaultyStore::default();
        let one = store.open().unwrap();
        one.write(&[next(1)]).unwrap();
        store.arm(0, Fault::AnswerLost);
        assert_eq!(
            one.write(std::slice::from_ref(&file)).unwrap_err().code(),
            "storage-io"
        );
        one.write(std::slice::from_ref(&file)).unwrap();
        assert_eq!(one.read(&file.name).unwrap(), Some(file.bytes));
    }
}

#[test]
fn a_store_that_is_full_says_so_and_keeps_what_it_has() {
    let store = FaultyStore::default();
    let one = store.open().unwrap();
    one.write(&[next(1)]).unwrap();
    store.arm(0, Fault::Refused);
    let refusal = one.write(&[next(2)]).unwrap_err();
    assert!(refusal.to_string().contains("head: could not write"), "{refusal}");
    assert_eq!(head(&*one), Some(1));
    one.write(&[next(2)]).unwrap();
}

#[test]
fn a_store_without_conditions_is_refused_at_the_start() {
    let store = FaultyStore::default();
    store.ignore_conditions();
    let refusal = store.open().err().unwrap();
    assert_eq!(refusal.code(), "storage-unconditional");
}
