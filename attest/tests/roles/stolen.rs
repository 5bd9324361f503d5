//! An issuer's key is stolen, and the thief finds a log that takes what it signs: until the registrar cuts the key off, doors
//! believe it; from then on what was issued before stays good, and the rest does not.

use super::world::*;
use issuer::{Draft, IssuerKey, batch::OpenBatches, copy_with_proof, expiry, sign_copy};
use issuer_server::key_store::KeyStore;
use ledger::{
    batch::BatchSeed,
    entry::{ENTRY_BYTES, Entry, EntryId, Leaf, Subject},
};
use rand_core::{Rng, UnwrapErr};
use schemas::{
    BatchNumber, Hash, IssuerNumber, KeyId,
    crypto::{SigningKey as _, aws_lc::SigningKey},
    health::{BirthDate, Name, Outcome, Person, TestKind, TestResult},
    sd_cwt::{
        Salt,
        profile::{Audience, Group, HeldCopy},
    },
};
use serde_json::{Value, json};
use std::{fs, path::Path};

const NETWORK: &str = "network/network.toml";
const CONFIG: &str = "issuer/issuer.toml";
const ISSUER: IssuerNumber = IssuerNumber(1);

#[tokio::test]
async fn a_stolen_key_is_cut_off_after_the_last_good_batch() {
    let place = Place::new();
    let cooperative = found(&place);
    let issuer = open_issuer(&place, &cooperative);
    let client = reqwest::Client::builder()
        .pool_max_idle_per_host(0)
        .build()
        .expect("a client");
    let good = submit_many(&client, &issuer.url, &issuer.station, 0).await;
    let good = certificate(&client, &issuer.url, &issuer.station, &good[0]).await;
    place.write("before.txt", good);

    // The thief has a copy of the key, goes on with the issuer's numbers, and makes itself a negative test.
    let thief = Thief::with_a_copy_of(&place);
    let forged = thief.anchor(&client, &place, &cooperative.log_url).await;
    let verdict = |text: &str| {
        let output = place.run(&["verify", "--json", "--network", NETWORK, text]);
        (output.status.code(), super::world::text(&output.stdout))
    };
    assert_eq!(verdict("before.txt").0, Some(0));
    let (code, said) = verdict(&thief.show(&forged));
    assert_eq!(
        code,
        Some(0),
        "until it is cut off, a stolen key is as good as any: {said}"
    );

    // The issuer stops, and says what it made itself; the registrar cuts the key off there and tells every log.
    assert!(issuer.process.stop().success());
    place.write(
        "last.json",
        place.ok(&["issuer", "last-good", "--config", CONFIG]),
    );
    place.write(
        "request.jwt",
        place.ok(&["issuer", "new-key", "--config", CONFIG]),
    );
    let cut_off = [
        "issuer-key",
        "cut-off",
        "registrar",
        "1",
        "last.json",
        "--request",
        "request.jwt",
    ];
    let answer = place.ok(&cut_off);
    place.write("answer.json", &answer);
    place.ok(&["issuer-key", "publish", "answer.json", "--network", NETWORK]);
    // Both may be done again, and nothing else may be said of the same key.
    assert_eq!(place.ok(&cut_off), answer);
    place.ok(&["issuer-key", "publish", "answer.json", "--network", NETWORK]);
    place.write("none.json", place.last_good_without_batches());
    place.refused(
        &["issuer-key", "cut-off", "registrar", "1", "none.json"],
        "key-cut-off-before",
    );
    place.refused(
        &["issuer-key", "cut-off", "registrar", "2", "last.json"],
        "issuer-not-accredited",
    );
    place.refused(
        &["issuer-key", "cut-off", "registrar", "1", "answer.json"],
        "accreditation-malformed",
    );

    // What was issued before stays good; what the thief made does not, and it makes no more.
    assert_eq!(verdict("before.txt").0, Some(0));
    let (code, said) = verdict(&thief.show(&forged));
    assert!(code == Some(1) && said.contains("\"key-cut-off\""), "{said}");
    let refused = thief
        .append(&client, &cooperative.log_url, thief.entry(&place))
        .await;
    assert!(
        !refused.0 && refused.1.contains("entry-after-cut-off"),
        "{refused:?}"
    );

    // The issuer goes on with its new key, from its own last number.
    place.ok(&["issuer", "accredit", "--config", CONFIG, "answer.json"]);
    let (process, url) = place.start(&["issuer", "--config", CONFIG]);
    let later = submit_many(&client, &url, &issuer.station, PEOPLE).await;
    let later = certificate(&client, &url, &issuer.station, &later[0]).await;
    place.write("later.txt", later);
    let (code, said) = verdict("later.txt");
    assert_eq!(code, Some(0), "{said}");
    assert_eq!(verdict("before.txt").0, Some(0));
    assert_eq!(verdict(&thief.show(&forged)).0, Some(1));
    assert!(process.stop().success());
}

impl Place {
    fn last_good_without_batches(&self) -> String {
        let last = fs::read_to_string(self.path("last.json")).expect("a file");
        let mut last: Value = serde_json::from_str(&last).expect("JSON");
        last.as_object_mut().expect("an object").remove("batch");
        last.to_string()
    }
}

/// Somebody with a copy of the issuer's key, and a phone.
struct Thief {
    key: IssuerKey,
    phone: SigningKey,
}

/// A copy of a result that nobody tested, with its place on the ledger.
struct Forged {
    copy: Vec<u8>,
}

impl Thief {
    fn with_a_copy_of(place: &Place) -> Self {
        let keys = KeyStore::open(place.path("issuer/data/keys")).expect("keys");
        let number = keys.signing_keys().expect("keys")[0];
        let key = keys.signing_key(number).expect("a key");
        let key = IssuerKey {
            id: KeyId::of_point(&key.public()),
            key: Box::new(key),
        };
        let phone = SigningKey::generate().expect("a key");
        Self { key, phone }
    }

    /// The issuer's last batch, as everybody reads it on the ledger.
    fn last(place: &Place) -> (u32, EntryId) {
        let _ = fs::remove_dir_all(place.path("thief"));
        place.ok(&["verify", "sync", "--network", NETWORK, "--into", "thief"]);
        let mut last = (0, None);
        for bundle in files(&place.path("thief/tile/entries")) {
            let bytes = fs::read(bundle).expect("a bundle");
            for entry in bytes.chunks(2 + ENTRY_BYTES) {
                if let Leaf::Entry(entry) = Leaf::decode(&entry[2..]).expect("an entry")
                    && let Subject::Batch(ISSUER, number) = entry.unverified().subject()
                    && (last.1.is_none() || number.0 > last.0)
                {
                    last = (number.0, Some(entry.unverified().id()));
                }
            }
        }
        (last.0, last.1.expect("a batch"))
    }

    /// An entry that goes on with the issuer's batches, of nothing in particular.
    fn entry(&self, place: &Place) -> String {
        self.entry_of(Hash([9; 32]), Self::last(place))
    }

    fn entry_of(&self, root: Hash, (last, previous): (u32, EntryId)) -> String {
        let subject = Subject::Batch(ISSUER, BatchNumber(last + 1));
        let entry = Entry::new(subject, expiry(now()), root, Some(previous));
        let entry = entry
            .and_then(|entry| entry.sign(&*self.key.key))
            .expect("an entry");
        base64::Engine::encode(&base64::prelude::BASE64_STANDARD, entry.encode())
    }

    async fn append(&self, client: &reqwest::Client, log: &str, entry: String) -> (bool, String) {
        let post = client
            .post(format!("{log}/entries"))
            .json(&json!({ "entries": [{ "entry": entry }] }));
        let answer = post.send().await.expect("an answer");
        (
            answer.status().is_success(),
            answer.text().await.unwrap_or_default(),
        )
    }

    async fn anchor(&self, client: &reqwest::Client, place: &Place, log: &str) -> Forged {
        let last = Self::last(place);
        let rng = &mut UnwrapErr(getrandom::SysRng);
        let person = Person {
            given_name: Name::new("Erika").expect("a name"),
            family_name: Name::new("Dieb").expect("a name"),
            birth_date: BirthDate::new("1964-08-12").expect("a date"),
        };
        let result = TestResult {
            kind: TestKind::Naat,
            outcome: Outcome::NotDetected,
            sampled_at: now().plus(-3_600),
        };
        let draft = Draft::new(person, result, None, Some("PCR".into()), None, now()).expect("a draft");
        let mut batches = OpenBatches::new(ISSUER, BatchNumber(last.0 + 1));
        let place = batches.reserve(1, &[], rng)[0];
        let salts = [(); 3].map(|()| Salt::random(rng));
        let copy = sign_copy(
            &draft,
            self.phone.public(),
            place,
            now(),
            expiry(now()),
            salts,
            &self.key,
        );
        let copy = copy.expect("a copy");
        batches.fill(place, copy.commitment, expiry(now()).start(), now());
        let mut seed = [0; 32];
        rng.fill_bytes(&mut seed);
        let closed = batches.close(&BatchSeed(seed), now());
        let (taken, said) = self
            .append(client, log, self.entry_of(closed.tree.root(), last))
            .await;
        assert!(taken, "{said}");
        Forged {
            copy: copy_with_proof(&copy.bytes, Some(closed.tree.proof(place.slot))).expect("a copy"),
        }
    }

    /// The text of a QR code, fresh.
    fn show(&self, forged: &Forged) -> String {
        let held = HeldCopy::decode(&forged.copy).expect("a copy");
        let request = held.choose(&[Group::Result, Group::Initials], &Audience::AnyDoor, now());
        let bytes = request.bytes_to_sign();
        request.answer(&self.phone.sign(&bytes).expect("a signature"))
    }
}

fn now() -> schemas::UnixTime {
    verifier_server::now()
}

fn files(folder: &Path) -> Vec<std::path::PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let paths = entries.map(|entry| entry.path());
    paths
        .flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] })
        .collect()
}
