//! Results of one person, as copies for a wallet and on paper.

use super::{EXPIRES, NOW};
use crate::{
    seed::{bytes, key},
    token::{Token, put},
};
use schemas::{
    BatchProof, Commitment, Day, KeyId, Place, Shape, UnixTime, base45,
    cbor::Item,
    crypto::{SigningKey as _, p256::SigningKey},
    hcert::{self, Terms, TestDetails, Uvci},
    health::{BirthDate, Name, Outcome, Person, TestKind, TestResult},
    proof::PROOF_HEADER,
    sd_cwt::{
        Salt,
        profile::{self, Audience, Group, HeldCopy},
    },
    value_sets::{Country, Device},
    zlib,
};

/// When and how somebody was tested, and when the credential about it was issued.
#[derive(Clone, Copy)]
pub struct Spec {
    /// The result.
    pub result: TestResult,
    /// When it was issued.
    pub issued_at: UnixTime,
    /// When it expires.
    pub expires: Day,
}

/// A negative PCR test of three hours ago, issued an hour later.
pub const NEGATIVE: Spec = Spec {
    result: TestResult {
        kind: TestKind::Naat,
        outcome: Outcome::NotDetected,
        sampled_at: UnixTime(NOW.0 - 3 * 3_600),
    },
    issued_at: UnixTime(NOW.0 - 2 * 3_600),
    expires: EXPIRES,
};

impl Spec {
    /// The same, found to be positive.
    #[must_use]
    pub const fn detected(mut self) -> Self {
        self.result.outcome = Outcome::Detected;
        self
    }

    /// The same by a rapid test.
    #[must_use]
    pub const fn rapid(mut self) -> Self {
        self.result.kind = TestKind::RapidAntigen;
        self
    }

    /// The same, sampled `seconds` before [`NOW`].
    #[must_use]
    pub const fn sampled_before(mut self, seconds: i64) -> Self {
        self.result.sampled_at = UnixTime(NOW.0 - seconds);
        self
    }

    /// The same, issued `seconds` before [`NOW`].
    #[must_use]
    pub const fn issued_before(mut self, seconds: i64) -> Self {
        self.issued_at = UnixTime(NOW.0 - seconds);
        self
    }
}

fn person() -> Person {
    let name = |text| Name::new(text).expect("a name");
    Person {
        given_name: name("Erika"),
        family_name: name("Mustermann"),
        birth_date: BirthDate::new("1964-08-12").expect("a day"),
    }
}

/// A copy in a wallet, with the key that it is bound to.
pub struct Copy {
    /// The copy, with its proof once its batch is closed.
    pub held: HeldCopy,
    /// Its key.
    pub holder: SigningKey,
}

impl Copy {
    /// A copy as its issuer signs it.
    ///
    /// # Panics
    /// When it expires before it is issued.
    #[must_use]
    pub fn issue(name: &str, place: Place, issuer: &SigningKey, spec: &Spec) -> Self {
        let holder = key(&format!("holder of {name}"));
        let draft = profile::Draft {
            place,
            issued_at: spec.issued_at,
            expires: spec.expires,
            holder: holder.public(),
            result: spec.result,
            person: person(),
        };
        let salt = |group| Salt(bytes(&format!("salt {group} of {name}")));
        let key_id = KeyId::of_point(&issuer.public());
        let unsigned = draft
            .to_be_signed(key_id, [0, 1, 2].map(salt))
            .expect("times in order");
        let signature = issuer.sign(&unsigned.bytes()).expect("a key in memory signs");
        Self {
            held: unsigned.signed(&signature),
            holder,
        }
    }

    /// What is shown of it at `at`, as a token to be changed.
    #[must_use]
    pub fn token(&self, groups: &[Group], audience: &Audience, at: UnixTime) -> Token {
        let text = self.show(groups, audience, at);
        let encoded = text.strip_prefix(profile::PREFIX).expect("a presentation");
        Token::read(&base45::decode(encoded).expect("made here"))
    }

    /// The text that shows it at `at`.
    #[must_use]
    pub fn show(&self, groups: &[Group], audience: &Audience, at: UnixTime) -> String {
        let request = self.held.choose(groups, audience, at);
        request.answer(
            &self
                .holder
                .sign(&request.bytes_to_sign())
                .expect("a key in memory signs"),
        )
    }
}

/// The text of a presentation.
#[must_use]
pub fn presentation_text(token: &Token) -> String {
    [profile::PREFIX, &base45::encode(&token.encode())].concat()
}

/// A certificate for paper, as its issuer signs it.
///
/// # Panics
/// When it expires before it is issued.
#[must_use]
pub fn paper(name: &str, place: Place, issuer: &SigningKey, spec: &Spec) -> Token {
    let country = Country::GERMANY;
    let device = Device::from_code("1232").filter(|_| spec.result.kind == TestKind::RapidAntigen);
    let details = TestDetails {
        device,
        test_name: None,
        centre: Some("Testzentrum Nord".into()),
        country,
        issuer: "Gesundheitsamt".into(),
        id: Uvci::new(country, &bytes(&format!("identifier of {name}"))),
    };
    let draft = hcert::Draft::of_test(&person(), &spec.result, details).expect("a test that can be issued");
    let terms = Terms {
        key_id: KeyId::of_point(&issuer.public()),
        country,
        issued_at: spec.issued_at,
        expires_at: spec.expires.start(),
        id: bytes(&format!("cti of {name}")),
        place,
    };
    let request = draft.to_be_signed(&terms).expect("times in order");
    let signature = issuer.sign(&request.bytes()).expect("a key in memory signs");
    Token::read(&request.signed(signature).encode())
}

/// What the ledger knows of a certificate.
#[must_use]
pub fn commitment(paper: &Token) -> Commitment {
    Commitment::to(Shape::Hcert, &paper.signed_bytes())
}

/// Puts a proof into a token's unprotected header.
pub fn prove(token: &mut Token, proof: &BatchProof) {
    put(
        &mut token.unprotected,
        PROOF_HEADER,
        Item::Bytes(proof.to_bytes().to_vec().into()),
    );
}

/// The text of a certificate.
#[must_use]
pub fn paper_text(token: &Token) -> String {
    compressed_text(&token.encode())
}

/// The text of any bytes where a certificate should be.
#[must_use]
pub fn compressed_text(bytes: &[u8]) -> String {
    [hcert::PREFIX, &base45::encode(&zlib::deflate(bytes))].concat()
}
