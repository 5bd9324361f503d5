//! A wallet and an issuer in one room.

mod copies;
mod documents;

use super::*;
use crate::{Error, Home, KeyHandle, OrderedKey, Receipt};
use ledger::batch::{BATCH_SLOTS, BatchTree};
use schemas::{
    BatchNumber, Commitment, Hash, IssuerNumber, KeyId, Place, Slot, UnixTime,
    crypto::{
        Crypto, SigningKey as _, VerifyingKey,
        aws_lc::{AwsLc, SigningKey},
    },
    hcert::{self, Terms, TestDetails, Uvci},
    health::{BirthDate, Name, Outcome, Person, TestKind, TestResult},
    sd_cwt::{
        Salt,
        profile::{Draft, HeldCopy},
    },
    value_sets::Country,
};

pub(crate) const NOW: UnixTime = UnixTime(1_795_413_725);
pub(crate) const ISSUER: IssuerNumber = IssuerNumber(3);

pub(crate) struct Room {
    issuer: SigningKey,
    pub(crate) keys: Vec<SigningKey>,
}

impl Room {
    pub(crate) fn new(keys: usize) -> Self {
        let keys = (0..keys).map(|_| SigningKey::generate().unwrap()).collect();
        Self {
            issuer: SigningKey::generate().unwrap(),
            keys,
        }
    }

    pub(crate) fn ordered(&self) -> Vec<OrderedKey> {
        let ordered = |(index, key): (usize, &SigningKey)| OrderedKey {
            handle: handle(index),
            public: key.public(),
        };
        self.keys.iter().enumerate().map(ordered).collect()
    }

    pub(crate) fn public(&self) -> Box<dyn VerifyingKey> {
        AwsLc.es256(&self.issuer.public()).unwrap()
    }

    pub(crate) fn draft(&self, index: usize) -> Draft {
        Draft {
            place: Place {
                issuer: ISSUER,
                batch: BatchNumber(u32::try_from(index).unwrap()),
                slot: Slot(7),
            },
            issued_at: NOW.plus(-3_000),
            expires: NOW.plus(3 * 86_400).day(),
            holder: self.keys[index].public(),
            result: result(),
            person: person(),
        }
    }

    pub(crate) fn sign(&self, draft: &Draft) -> HeldCopy {
        let salt = |byte: u8| Salt([byte; 16]);
        let unsigned = draft.to_be_signed(KeyId([7; 8]), [1, 2, 3].map(salt)).unwrap();
        let signature = self.issuer.sign(&unsigned.bytes()).unwrap();
        unsigned.signed(&signature)
    }

    pub(crate) fn copy(&self, index: usize) -> HeldCopy {
        self.sign(&self.draft(index))
    }

    pub(crate) fn certificate(&self) -> String {
        let details = TestDetails {
            device: None,
            test_name: Some("PCR".to_owned()),
            centre: None,
            country: Country::GERMANY,
            issuer: "Testzentrum".to_owned(),
            id: Uvci::new(Country::GERMANY, &[5; 10]),
        };
        let terms = Terms {
            key_id: KeyId([7; 8]),
            country: Country::GERMANY,
            issued_at: NOW,
            expires_at: NOW.plus(86_400),
            id: [9; 16],
            place: self.draft(0).place,
        };
        let draft = hcert::Draft::of_test(&person(), &result(), details).unwrap();
        let unsigned = draft.to_be_signed(&terms).unwrap();
        let signature = self.issuer.sign(&unsigned.bytes()).unwrap();
        hcert::to_text(&unsigned.signed(signature))
    }
}

fn handle(index: usize) -> KeyHandle {
    KeyHandle::new(format!("key {index}").as_bytes()).unwrap()
}

fn person() -> Person {
    let name = |text| Name::new(text).unwrap();
    Person {
        given_name: name("Erika"),
        family_name: name("Mustermann"),
        birth_date: BirthDate::new("1964-08-12").unwrap(),
    }
}

fn result() -> TestResult {
    TestResult {
        kind: TestKind::Naat,
        outcome: Outcome::NotDetected,
        sampled_at: NOW.plus(-4_000),
    }
}

pub(crate) fn receipt() -> Receipt {
    Receipt::new(ISSUER, "https://issuer.example", b"reference", NOW).unwrap()
}

/// A batch with one copy in it.
pub(crate) fn batch(copy: &HeldCopy) -> BatchTree {
    let mut leaves = [Commitment(Hash([1; 32])); BATCH_SLOTS];
    leaves[usize::from(copy.place().slot.0)] = copy.commitment();
    BatchTree::new(&leaves)
}

pub(crate) fn no_roots(_: Place) -> Option<Hash> {
    None
}

/// A vault with a pass that all the room's keys have copies for, with their proofs.
pub(crate) fn stocked(room: &Room) -> (Vault, HoldingNumber) {
    holding(room, |mut copy| {
        copy.set_proof(batch(&copy).proof(copy.place().slot));
        copy
    })
}

/// The same before their batches are anchored.
fn awaiting_proofs(room: &Room) -> (Vault, HoldingNumber) {
    holding(room, |copy| copy)
}

fn holding(room: &Room, received: impl Fn(HeldCopy) -> HeldCopy) -> (Vault, HoldingNumber) {
    let mut vault = Vault::new();
    let number = vault.order(receipt(), room.ordered()).unwrap();
    let copies: Vec<_> = (0..room.keys.len())
        .map(|index| received(room.copy(index)).encode())
        .collect();
    let issuance = Issuance {
        issuer: &*room.public(),
        root: &no_roots,
    };
    vault.accept(number, &copies, &issuance, NOW).unwrap();
    (vault, number)
}
