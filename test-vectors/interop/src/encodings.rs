//! One of every structure that `schemas/spec/cddl` describes, as this project writes it.

use crate::{NOW, cases, key};
use coset::iana::Algorithm;
use ledger::{
    batch::{BATCH_SLOTS, BatchTree},
    checkpoint::Checkpoint,
    entry::EntryId,
    heads::{Chain, Head, Heads, SignedHead},
    merkle::{InclusionProof, LeafIndex, TreeHead, TreeSize, leaf_hash, root_of},
    note::SignerKey,
    receipt,
};
use schemas::{
    BatchNumber, Commitment, Hash, IssuerNumber, KeyId, Place, Slot, base45,
    cbor::{self, Item, Lengths},
    crypto::{
        Crypto, P256Point, SigningKey as _, ml_dsa,
        p256::{P256, SigningKey},
    },
    hcert,
    health::{BirthDate, Name, Outcome, Person, TestKind, TestResult},
    key_event::{Country, CutOff, EventNumber, IssuerKey, KeyEvent},
    sd_cwt::{
        BindingClaims, REDACT, Salt, SdCwt, ToBeIssued, confirmation,
        profile::{Asked, AskedGroups, Audience, Challenge, Draft, Group, HeldCopy, PREFIX},
        redact,
    },
    status_list::{Bits, Claims, StatusList, StatusReference, StatusType},
    zlib,
};
use wallet_core::{Issuance, KeyHandle, OrderedKey, Receipt, Vault};

const KEY_ID: KeyId = KeyId([7; 8]);
const PLACE: Place = Place {
    issuer: IssuerNumber(49),
    batch: BatchNumber(70_000),
    slot: Slot(200),
};

/// Bytes and the rule that they follow.
pub struct Encoding {
    /// The file in `schemas/spec/cddl`, without its ending.
    pub page: &'static str,
    /// The rule in it.
    pub rule: &'static str,
    /// CBOR.
    pub bytes: Vec<u8>,
}

/// Every structure.
pub fn encodings() -> Vec<Encoding> {
    let one = |page, rule, bytes| Encoding { page, rule, bytes };
    let good = cases().into_iter().filter(|case| case.holds);
    let mut all: Vec<Encoding> = good
        .map(|case| one("hcert", "hcert", structure(hcert::PREFIX, &case.text)))
        .collect();
    let held = held_copy();
    let proof = held.proof().expect("set").to_bytes();
    let token = token();
    let everything = [Group::Result, Group::Person, Group::Initials];
    all.extend([
        one("presentation", "held-copy", held.encode()),
        one("presentation", "presentation", presentation(&held, &[])),
        one("presentation", "presentation", presentation(&held, &everything)),
        one("challenge", "challenge", challenge()),
        one("sd-cwt", "sd-cwt", token.encode()),
        one("sd-cwt", "kbt", bound(&token)),
        one("place-and-proof", "place", PLACE.to_item().encode()),
        one("place-and-proof", "batch-proof", Item::bytes(&proof).encode()),
        one("place-and-proof", "receipt", receipt_of_slot(&held)),
        one("place-and-proof", "receipt", receipt_of_entry()),
        one("entry-and-state", "key-event", key_event()),
        one("head", "signed-head", signed_head().encode()),
        one("head", "heads", heads()),
        one("token-status-list", "status-list-token", status_list_token()),
        one("token-status-list", "status", status_reference()),
    ]);
    let vault = vault(&held);
    let mut rest = vault.as_slice();
    for rule in ["head", "certificate", "pass", "private-key"] {
        let (item, after) = cbor::read_first(rest, Lengths::DefiniteOnly).expect("a sequence");
        all.push(one("vault", rule, item.encode()));
        rest = after;
    }
    assert!(rest.is_empty(), "one record of every kind");
    all
}

/// What the text of a QR code holds.
fn structure(prefix: &str, text: &str) -> Vec<u8> {
    let bytes = base45::decode(text.strip_prefix(prefix).expect("its prefix")).expect("base45");
    match prefix {
        hcert::PREFIX => zlib::inflate(&bytes, cbor::MAX_BYTES).expect("zlib"),
        _ => bytes,
    }
}

fn holder() -> SigningKey {
    SigningKey::from_scalar(&[9; 32]).expect("a scalar")
}

/// A copy with its proof.
fn held_copy() -> HeldCopy {
    let name = |text| Name::new(text).expect("a name");
    let draft = Draft {
        place: PLACE,
        issued_at: NOW,
        expires: NOW.plus(3 * 86_400).day(),
        holder: holder().public(),
        result: TestResult {
            kind: TestKind::Naat,
            outcome: Outcome::NotDetected,
            sampled_at: NOW.plus(-4_000),
        },
        person: Person {
            given_name: name("Erika"),
            family_name: name("Mustermann"),
            birth_date: BirthDate::new("1964-08-12").expect("a date"),
        },
    };
    let salts = [1, 2, 3].map(|byte| Salt([byte; 16]));
    let unsigned = draft.to_be_signed(KEY_ID, salts).expect("issuable");
    let signature = key().sign(&unsigned.bytes()).expect("in memory");
    let mut held = unsigned.signed(&signature);
    held.set_proof(batch(&held).proof(PLACE.slot));
    held
}

fn batch(held: &HeldCopy) -> BatchTree {
    let mut leaves = [Commitment(Hash([1; 32])); BATCH_SLOTS];
    leaves[usize::from(PLACE.slot.0)] = held.commitment();
    BatchTree::new(&leaves)
}

fn presentation(held: &HeldCopy, groups: &[Group]) -> Vec<u8> {
    let request = held.choose(groups, &Audience::AnyDoor, NOW);
    let signature = holder().sign(&request.bytes_to_sign()).expect("in memory");
    structure(PREFIX, &request.answer(&signature))
}

fn challenge() -> Vec<u8> {
    let challenge = Challenge {
        door: Hash([1; 32]),
        nonce: [2; 16],
    };
    let groups = AskedGroups::Person;
    Asked { challenge, groups }.encode()
}

/// A token with a redacted claim and a redacted element.
fn token() -> SdCwt {
    let marked = |item| Item::Tag(REDACT, Box::new(item));
    let claims = Item::Map(vec![
        (Item::Int(1), Item::text("https://issuer.example")),
        (Item::Int(6), Item::Int(NOW.0.into())),
        (Item::Int(8), confirmation(&holder().public())),
        (marked(Item::Int(500)), Item::text("a claim")),
        (
            Item::Int(501),
            Item::Array(vec![Item::Int(1), marked(Item::Int(2))]),
        ),
    ]);
    let redacted = redact(&claims, [1, 2].map(|byte| Salt([byte; 16]))).expect("well marked");
    let request = ToBeIssued::new(redacted, Algorithm::ES256, &KEY_ID.0).expect("times in order");
    let signature = key().sign(&request.bytes()).expect("in memory");
    request.signed(&signature.0).expect("readable")
}

fn bound(token: &SdCwt) -> Vec<u8> {
    let request = token.bind(&BindingClaims {
        audience: "https://door.example",
        issued_at: NOW,
        nonce: Some(b"asked by the door"),
    });
    request.answer(&holder().sign(&request.bytes()).expect("in memory"))
}

fn receipt_of_slot(held: &HeldCopy) -> Vec<u8> {
    let request = receipt::for_slot(&batch(held), PLACE.slot, "https://issuer.example", KEY_ID);
    let signature = key().sign(&request.bytes()).expect("in memory");
    request.signed_detached(&signature.0).encode()
}

fn receipt_of_entry() -> Vec<u8> {
    let log = SignerKey::from_seed("log.example".parse().expect("a name"), &[1; 32]);
    let leaves = [1, 2].map(|byte: u8| leaf_hash(&[byte]));
    let head = TreeHead {
        size: TreeSize(2),
        root: root_of(&leaves),
    };
    let signed = Checkpoint::new(log.verifier().name(), head).sign(&log);
    let checkpoint = signed.verify(&[log.verifier()]).expect("just signed");
    let proof = InclusionProof(vec![leaves[1]]);
    receipt::for_entry(&log, &checkpoint, LeafIndex(0), &proof).encode()
}

fn key_event() -> Vec<u8> {
    let key = |point: P256Point| {
        IssuerKey::new(point, NOW, NOW.plus(86_400), Some(vec![0x30; 800])).expect("in order")
    };
    let cut_off = CutOff {
        batch: Some((BatchNumber(7), Hash([1; 32]))),
        snapshot: None,
    };
    let keys = vec![key(holder().public()).cut_off_at(cut_off)];
    let country = Country::new("DE").expect("two letters");
    let event = KeyEvent::new(
        IssuerNumber(49),
        EventNumber(1),
        "Stadt Köln".into(),
        country,
        keys,
    );
    let post_quantum = ml_dsa::SecretKey::from_seed(&[9; 32]).public();
    event
        .expect("well formed")
        .with_post_quantum(Some(post_quantum))
        .encode()
}

fn signed_head() -> SignedHead {
    let head = Head {
        issuer: IssuerNumber(49),
        chain: Chain::Batches,
        number: 70_000,
        entry: EntryId(Hash([5; 32])),
        time: NOW,
    };
    head.sign(&ml_dsa::SecretKey::from_seed(&[9; 32]))
}

fn heads() -> Vec<u8> {
    let mut heads = Heads::default();
    heads.replace(signed_head()).expect("one");
    heads.encode()
}

fn status_list_token() -> Vec<u8> {
    let mut list = StatusList::new(Bits::One, 256).expect("not too long");
    list.set(200, StatusType::INVALID).expect("in the list");
    let claims = Claims {
        subject: "https://issuer.example/status/1".into(),
        issued_at: NOW,
        expires: Some(NOW.plus(86_400)),
        time_to_live: Some(3_600),
        list,
    };
    let request = claims.to_cwt(&KEY_ID).expect("well formed");
    let signature = key().sign(&request.bytes()).expect("in memory");
    request.signed(signature).encode()
}

fn status_reference() -> Vec<u8> {
    let reference = StatusReference::new("https://issuer.example/status/1".into(), 200);
    reference.expect("a URI").to_item().encode()
}

/// A vault with a certificate, a pass and a private key.
fn vault(held: &HeldCopy) -> Vec<u8> {
    let mut vault = Vault::new();
    vault.import_text(&cases()[0].text, NOW).expect("a certificate");
    let receipt = Receipt::new(PLACE.issuer, "https://issuer.example", b"reference", NOW).expect("short");
    let handle = KeyHandle::new(b"key 1").expect("short");
    let ordered = OrderedKey {
        handle: handle.clone(),
        public: holder().public(),
    };
    let number = vault.order(receipt, vec![ordered]).expect("room");
    let issuer = P256.es256(&key().public()).expect("a key");
    let issuance = Issuance {
        issuer: &*issuer,
        root: &|_| None,
    };
    vault
        .accept(number, &[held.encode()], &issuance, NOW)
        .expect("ours");
    vault.keep_key(handle, vec![9; 32].into()).expect("ordered");
    vault.encode().expect("small").to_vec()
}
