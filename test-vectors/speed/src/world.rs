//! A cooperative with many issuers, what they issued and how it is shown, and a verifier's view of it.

use crate::{
    input::{Input, Raw, parsed},
    people::person,
};
use aws_lc_rs::signature::ParsedPublicKey;
use generate::{
    seed::{bytes, key},
    world::{
        AS_OF, EXPIRES, NOW,
        batch::Batch,
        issuer::{Issuer, listed},
        members::{Members, WITNESSES},
        said::Said,
    },
};
use issuer::{Draft, Issued, IssuerKey, Profile};
use schemas::{
    KeyId, Place,
    cbor::Lengths,
    cose::Sign1,
    crypto::{SigningKey as _, aws_lc::AwsLc, p256::SigningKey},
    health::{Outcome, TestKind, TestResult},
    sd_cwt::{
        Salt,
        profile::{Audience, Group, HeldCopy},
    },
    value_sets::{Country, Device},
};
use std::{
    fs,
    path::Path,
    sync::{Arc, RwLock},
};
use verifier::{network::Network, policy::Signatures, view::LedgerView};

/// What was issued, and the view.
pub struct World {
    /// A view of the ledger that has all of their batches.
    pub view: LedgerView,
    /// Certificates for paper.
    pub certificates: Vec<Input>,
    /// Copies in wallets, shown just now with result and person.
    pub presentations: Vec<Input>,
}

impl World {
    /// `issuers` issuers with a key each, each of which issued `each` certificates and `each` copies.
    pub async fn new(issuers: u32, each: usize) -> Self {
        let registrar = key("registrar");
        let members = Members::default();
        let mut said = vec![Said::nothing()];
        let (mut certificates, mut presentations) = (Vec::new(), Vec::new());
        for number in 1..=issuers {
            let mut issuer = Issuer::new(number, "Testzentrum Nord");
            let key = key(&format!("issuer {number}"));
            let mut centre = Centre::new(number, &key);
            for _ in 0..each {
                let at = certificates.len() + centre.certificates.len();
                centre.print(at);
                centre.hand_over(at);
            }
            said.push(issuer.event(&registrar, vec![listed(&key)]));
            said.push(issuer.batch(&key, centre.batch.root(), EXPIRES));
            said.push(issuer.snapshot(&key, (0, 1), &[]));
            certificates.extend(centre.certificates());
            presentations.extend(centre.presentations());
        }
        let network = generate::world::network(registrar.public(), members.policy());
        let folder = tempfile::tempdir().expect("a folder");
        for (path, bytes) in members.publish(&said, AS_OF, WITNESSES).in_folder(".") {
            write(&folder.path().join(path), &bytes);
        }
        let view = synced(&network, &folder.path().display().to_string()).await;
        Self {
            view,
            certificates,
            presentations,
        }
    }
}

/// A file, in its folder.
pub fn write(path: &Path, bytes: &[u8]) {
    fs::create_dir_all(path.parent().expect("a file is in a folder")).expect("a folder");
    fs::write(path, bytes).expect("a file");
}

/// The view of a verifier that has synced from a log or a folder.
pub async fn synced(network: &Network, source: &str) -> LedgerView {
    let view = LedgerView::new(network.clone(), &AwsLc).expect("a point of the curve");
    let view = RwLock::new(view);
    let source = source.parse().expect("a folder or an address");
    let (synced, _) = verifier_server::sync(&view, Signatures::Any, &source)
        .await
        .expect("a log");
    assert!(synced.strange.is_empty(), "an honest log");
    view.into_inner().expect("nothing panicked")
}

/// What a rapid test of two hours ago found.
pub fn result() -> TestResult {
    let sampled_at = NOW.plus(-2 * 3_600);
    TestResult {
        kind: TestKind::RapidAntigen,
        outcome: Outcome::NotDetected,
        sampled_at,
    }
}

/// The draft about the person of this number.
pub fn draft(number: usize) -> Draft {
    let draft = Draft::new(
        person(number),
        result(),
        Device::from_code("1232"),
        None,
        Some("Testzentrum Nord".into()),
        NOW.plus(-3_600),
    );
    draft.expect("a result that can be issued")
}

/// An issuer that fills its first batch.
struct Centre<'a> {
    key: &'a SigningKey,
    issuer_key: IssuerKey,
    profile: Profile,
    batch: Batch,
    certificates: Vec<(Place, Issued)>,
    copies: Vec<(Place, Issued, SigningKey)>,
}

impl<'a> Centre<'a> {
    fn new(number: u32, key: &'a SigningKey) -> Self {
        let own = generate::seed::key(&format!("issuer {number}"));
        Self {
            key,
            issuer_key: IssuerKey {
                id: KeyId::of_point(&key.public()),
                key: Box::new(own),
            },
            profile: profile(),
            batch: Batch::new(number, 0),
            certificates: Vec::new(),
            copies: Vec::new(),
        }
    }

    fn print(&mut self, number: usize) {
        let place = self.batch.place();
        let hcert = draft(number).to_hcert(&self.profile, &bytes(&format!("identifier {number}")));
        let id = bytes(&format!("cti {number}"));
        let issued_at = NOW.plus(-3_600);
        let hcert = hcert.expect("it can be issued");
        let issued = issuer::sign_hcert(
            &hcert,
            self.profile.country,
            place,
            issued_at,
            id,
            &self.issuer_key,
        );
        let issued = issued.expect("a key in memory signs");
        self.batch.put(place, issued.commitment);
        self.certificates.push((place, issued));
    }

    fn hand_over(&mut self, number: usize) {
        let place = self.batch.place();
        let holder = generate::seed::key(&format!("holder {number}"));
        let salts = ["result", "person", "initials"].map(|group| Salt(bytes(&format!("{group} {number}"))));
        let (draft, issued_at) = (draft(number), NOW.plus(-3_600));
        let issued = issuer::sign_copy(
            &draft,
            holder.public(),
            place,
            issued_at,
            EXPIRES,
            salts,
            &self.issuer_key,
        );
        let issued = issued.expect("a key in memory signs");
        self.batch.put(place, issued.commitment);
        self.copies.push((place, issued, holder));
    }

    /// With their proofs, once the batch is full.
    fn certificates(&self) -> impl Iterator<Item = Input> {
        let key = Arc::new(parsed(&self.key.public()));
        self.certificates.iter().map(move |(place, issued)| Input {
            text: issuer::hcert_text(&issued.bytes, Some(&self.batch.proof(*place))).expect("issued above"),
            signatures: vec![of_issuer(issued, &key)],
        })
    }

    fn presentations(&self) -> impl Iterator<Item = Input> {
        let key = Arc::new(parsed(&self.key.public()));
        self.copies.iter().map(move |(place, issued, holder)| {
            let mut copy = HeldCopy::decode(&issued.bytes).expect("issued above");
            copy.set_proof(self.batch.proof(*place));
            let request = copy.choose(&[Group::Result, Group::Person], &Audience::AnyDoor, NOW.plus(-30));
            let message = request.bytes_to_sign();
            let signature = holder.sign(&message).expect("a key in memory signs");
            Input {
                text: request.answer(&signature),
                signatures: vec![
                    of_issuer(issued, &key),
                    Raw::of_holder(message, &signature, holder.public()),
                ],
            }
        })
    }
}

fn of_issuer(issued: &Issued, key: &Arc<ParsedPublicKey>) -> Raw {
    Raw::of_issuer(
        &Sign1::decode(&issued.bytes, Lengths::DefiniteOnly).expect("issued above"),
        key,
    )
}

/// As an authority of a town issues.
pub fn profile() -> Profile {
    Profile {
        name: "Gesundheitsamt Musterstadt".into(),
        country: Country::GERMANY,
    }
}
