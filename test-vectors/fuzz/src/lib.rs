//! What the targets share: signatures that always hold, and the door of the test vectors.

pub mod files;
pub mod office;
pub mod seeds;

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use generate::world::NOW;
use schemas::{
    Error,
    crypto::{Crypto, P256Point, VerifyingKey},
    sd_cwt::profile::Audience,
};
use std::sync::LazyLock;
use verifier::{
    Door, Policy, Verdict,
    foreign::CountryRules,
    network::Network,
    replay::ReplayMemory,
    rules::RuleSet,
    trust::{Publisher, TrustList},
    verdict::{Basis, stopped},
    view::LedgerView,
};

/// Takes every signature of the right length, so that what comes after signatures is fuzzed too. A fuzzer forges none.
pub struct Gullible;

/// A key of [`Gullible`].
pub struct AnyKey(pub coset::iana::Algorithm);

/// The key of most credentials.
pub const ES256: AnyKey = AnyKey(coset::iana::Algorithm::ES256);

impl Crypto for Gullible {
    fn es256(&self, _: &P256Point) -> Result<Box<dyn VerifyingKey>, Error> {
        Ok(Box::new(ES256))
    }

    fn ps256(&self, _: &[u8], _: &[u8]) -> Result<Box<dyn VerifyingKey>, Error> {
        Ok(Box::new(AnyKey(coset::iana::Algorithm::PS256)))
    }
}

impl VerifyingKey for AnyKey {
    fn algorithm(&self) -> coset::iana::Algorithm {
        self.0
    }

    fn verify(&self, _: &[u8], signature: &[u8]) -> Result<(), Error> {
        let is_right = self.0 != coset::iana::Algorithm::ES256 || signature.len() == 64;
        is_right.then_some(()).ok_or(Error::SignatureInvalid)
    }
}

/// What the door of the test vectors knows.
struct Known {
    view: LedgerView,
    trust: TrustList,
    rules: CountryRules,
    policies: [Policy; 2],
}

static KNOWN: LazyLock<Known> = LazyLock::new(|| {
    let vectors = generate::folder();
    let read = |path: &str| std::fs::read(vectors.join(path)).expect("a file of the test vectors");
    let network = String::from_utf8(read("views/network.toml")).expect("TOML");
    let network = Network::from_toml(&network).expect("a network");
    let rules = RuleSet::read(&read("rules/de.json")).expect("rules");
    let lax = r#"{"reading": "lenient", "disclosure": "result-only", "foreign": {"by-rules-of": "DE"}}"#;
    Known {
        view: generate::run::view(
            &&*vectors,
            "views/current",
            &network,
            verifier::policy::Signatures::Any,
            &Gullible,
        )
        .expect("a view"),
        trust: TrustList::import(&read("trust/signers.json"), Publisher::NotChecked, &Gullible)
            .expect("a trust list")
            .list,
        rules: CountryRules {
            rules,
            ..CountryRules::default()
        },
        policies: [Policy::default(), Policy::from_json(lax).expect("a policy")],
    }
});

/// The view of the ledger that the door has.
#[must_use]
pub fn view() -> &'static LedgerView {
    &KNOWN.view
}

/// Shows a text at the door, under a strict and a lax policy, with a view of the ledger and without.
///
/// # Panics
/// When a presentation is accepted twice, or anything of ours without a view.
pub fn show(text: &str) {
    let known = &*KNOWN;
    for policy in &known.policies {
        for view in [Some(&known.view), None] {
            let door = Door {
                policy,
                view,
                trust: &known.trust,
                rules: &known.rules,
                audience: Audience::AnyDoor,
                crypto: &Gullible,
                stopwatch: stopped,
            };
            let mut memory = ReplayMemory::default();
            let examined = door.examine(text, NOW, &mut memory);
            serde_json::to_string(&examined.report).expect("a report is JSON");
            if let Verdict::Accept(basis) = examined.report.verdict() {
                let registered = matches!(basis, Basis::Registered { .. });
                assert!(view.is_some() || !registered, "accepted without a view");
                let again = door.examine(text, NOW, &mut memory);
                let again = matches!(again.report.verdict(), Verdict::Accept(_));
                let presented = text.trim_start().starts_with(schemas::sd_cwt::profile::PREFIX);
                assert_eq!(again, !presented, "a presentation counts once");
            }
        }
    }
}

/// Text in base64url, which has one form for each value.
#[must_use]
pub fn base64url(bytes: &[u8]) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(bytes)
}
