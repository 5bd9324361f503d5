//! Certificates of other countries, and what rules say of them.

mod given;

pub(crate) use given::{files, rule};

use super::{
    Case,
    expect::{CERTIFICATE, Course, accepted, ends_before, ends_open, fails, without},
};
use crate::{
    case::Expected,
    der::{AUSTRIA, Signer},
    flag::Flag,
    token::{Token, int},
    world::{NOW, World, credential::paper_text, id_of},
};
use schemas::{KeyId, UnixTime, cbor::Item};
use serde_json::{Value as Json, json};
use verifier::verdict::Check;

/// The checks of a foreign certificate of a test, in order.
const TEST: Course = &[
    Check::Shape,
    Check::Decoding,
    Check::Signature,
    Check::Issuer,
    Check::Validity,
    Check::Outcome,
    Check::Rules,
];

/// Of anything else.
const OTHER: Course = &[
    Check::Shape,
    Check::Decoding,
    Check::Signature,
    Check::Issuer,
    Check::Validity,
    Check::Rules,
];

/// May sign vaccinations alone.
const VACCINATIONS: Signer = Signer {
    label: "Austria, vaccinations",
    usage: Some(2),
    ..AUSTRIA
};
/// Of which nothing says for which country.
const NOWHERE: Signer = Signer {
    label: "Nowhere",
    country: None,
    ..AUSTRIA
};
/// Ends before what it signs.
const ENDING: Signer = Signer {
    label: "Austria, ending",
    not_after: "261119000000Z",
    ..AUSTRIA
};
/// On no list.
const UNLISTED: Signer = Signer {
    label: "Unlisted",
    ..AUSTRIA
};

/// A certificate with nothing wrong.
pub(super) fn good_text() -> String {
    Paper::new("t", test(NOT_DETECTED, None)).text()
}

/// What stands around an entry.
#[derive(Clone)]
struct Paper {
    signer: Signer,
    key_id: KeyId,
    issuer: Option<&'static str>,
    issued_at: UnixTime,
    expires_at: UnixTime,
    entry: (&'static str, Item<'static>),
}

impl Paper {
    fn new(kind: &'static str, entry: Item<'static>) -> Self {
        Self {
            signer: AUSTRIA,
            key_id: AUSTRIA.key_id(),
            issuer: Some("AT"),
            issued_at: NOW.plus(-7_200),
            expires_at: NOW.plus(7 * 86_400),
            entry: (kind, entry),
        }
    }

    fn by(self, signer: Signer) -> Self {
        Self {
            key_id: signer.key_id(),
            signer,
            ..self
        }
    }

    fn text(self) -> String {
        let (kind, entry) = self.entry;
        let text = |key: &'static str, text: &'static str| (Item::text(key), Item::text(text));
        let name = vec![
            text("fn", "Musterfrau"),
            text("gn", "Gabriele"),
            text("fnt", "MUSTERFRAU"),
            text("gnt", "GABRIELE"),
        ];
        let certificate = Item::Map(vec![
            (Item::text(kind), Item::Array(vec![entry])),
            text("dob", "1998-02-26"),
            (Item::text("nam"), Item::Map(name)),
            text("ver", "1.3.0"),
        ]);
        let mut claims: Vec<_> = self
            .issuer
            .map(|issuer| (int(1), Item::text(issuer)))
            .into_iter()
            .collect();
        claims.extend([
            (int(4), int(self.expires_at.0)),
            (int(6), int(self.issued_at.0)),
            (int(-260), Item::Map(vec![(int(1), certificate)])),
        ]);
        let header = vec![
            (int(1), int(-7)),
            (int(4), Item::Bytes(self.key_id.0.to_vec().into())),
        ];
        let mut token = Token {
            protected: Item::Map(header).encode(),
            unprotected: vec![],
            payload: Item::Map(claims).encode(),
            signature: vec![],
        };
        token.sign(&self.signer.key());
        paper_text(&token)
    }
}

/// A test entry with an outcome and one more field.
fn test(outcome: &'static str, more: Option<(&'static str, Item<'static>)>) -> Item<'static> {
    let text = |key: &'static str, text: &'static str| (Item::text(key), Item::text(text));
    let mut fields = vec![
        text("ci", "URN:UVCI:01:AT:71EE2559DE38C6BF7304FB65A1A451EC#3"),
        text("co", "AT"),
        text("is", "Ministry of Health, Austria"),
        text("sc", "2026-11-18T09:00:00+01:00"),
        text("tc", "Testing center Vienna 1"),
        text("tg", "840539006"),
        text("tr", outcome),
        text("tt", "LP6464-4"),
    ];
    fields.extend(more.map(|(key, value)| (Item::text(key), value)));
    Item::Map(fields)
}

const NOT_DETECTED: &str = "260415000";
const DETECTED: &str = "260373001";

/// A vaccination entry: dose `dose` of `doses`.
pub(super) fn vaccination(dose: i64, doses: i64) -> Item<'static> {
    let text = |key: &'static str, text: &'static str| (Item::text(key), Item::text(text));
    Item::Map(vec![
        text("ci", "URN:UVCI:01:AT:10807843F94AEE0EE5093FBC254BD813#B"),
        text("co", "AT"),
        (Item::text("dn"), int(dose)),
        text("dt", "2026-10-01"),
        text("is", "Ministry of Health, Austria"),
        text("ma", "ORG-100030215"),
        text("mp", "EU/1/20/1528"),
        (Item::text("sd"), int(doses)),
        text("tg", "840539006"),
        text("vp", "1119349007"),
    ])
}

fn recovery() -> Item<'static> {
    let text = |key: &'static str, text: &'static str| (Item::text(key), Item::text(text));
    Item::Map(vec![
        text("ci", "URN:UVCI:01:AT:858CC18CFCF5965EF82F60E493349AA5#K"),
        text("co", "AT"),
        text("df", "2026-10-20"),
        text("du", "2027-04-01"),
        text("fr", "2026-10-04"),
        text("is", "Ministry of Health, Austria"),
        text("tg", "840539006"),
    ])
}

fn case(name: &'static str, description: &str, flag: Flag, text: String, expect: Expected) -> Case {
    Case::new(name, description, &[flag], text, expect)
        .policy(json!({ "foreign": { "by-rules-of": "DE" } }))
        .with(|case| {
            case.trust = Some("trust/signers.json".into());
            case.rules = Some("rules/de.json".into());
        })
}

pub(super) fn cases(world: &World) -> Vec<Case> {
    [accepted_ones(), signers(world), contents(), rules()]
        .into_iter()
        .flatten()
        .collect()
}

fn negative() -> Paper {
    Paper::new("t", test(NOT_DETECTED, None))
}

fn accepted_ones() -> Vec<Case> {
    let by_rules = |course| accepted(course, "country-rules");
    let good = |name, description, paper: Paper, course| {
        case(name, description, Flag::Good, paper.text(), by_rules(course))
    };
    vec![
        good(
            "accept-foreign-test",
            "A negative test of another country.",
            negative(),
            TEST,
        ),
        good(
            "accept-foreign-vaccination",
            "A vaccination of another country.",
            Paper::new("v", vaccination(2, 2)).by(VACCINATIONS),
            OTHER,
        ),
        good(
            "accept-foreign-recovery",
            "A recovery of another country.",
            Paper::new("r", recovery()),
            OTHER,
        ),
        good(
            "accept-foreign-country-by-claim",
            "The claims alone say for which country its signer signs.",
            negative().by(NOWHERE),
            TEST,
        ),
        good(
            "accept-foreign-without-view",
            "A foreign test at a door that never synced.",
            negative(),
            TEST,
        )
        .with(|case| case.view = None),
        good(
            "accept-foreign-shared-identifier",
            "Its signer's key has the identifier of a registered issuer's key; the signature decides.",
            Paper {
                key_id: id_of(&crate::seed::key("issuer 1, good")),
                ..negative()
            },
            TEST,
        )
        .with(|case| case.trust = Some("trust/shared-identifiers.json".into())),
    ]
}

fn signers(world: &World) -> Vec<Case> {
    let at = |check, code| fails(TEST, check, code);
    vec![
        case(
            "key-unknown-foreign",
            "Its signer is on no list.",
            Flag::Signature,
            negative().by(UNLISTED).text(),
            // The view is asked as well: a registered issuer could have signed it.
            without(
                fails(CERTIFICATE, Check::Issuer, "key-unknown"),
                &[Check::Signature],
            ),
        ),
        case(
            "signature-invalid-foreign",
            "Signed by another key than the one that it names.",
            Flag::Signature,
            Paper {
                key_id: AUSTRIA.key_id(),
                ..negative().by(UNLISTED)
            }
            .text(),
            at(Check::Signature, "signature-invalid"),
        ),
        case(
            "x509-key-usage",
            "A test by a signer that may sign vaccinations alone.",
            Flag::KeyUse,
            negative().by(VACCINATIONS).text(),
            at(Check::Issuer, "x509-key-usage"),
        ),
        case(
            "signer-country-unknown",
            "Nothing says for which country its signer signs.",
            Flag::Rules,
            Paper {
                issuer: None,
                ..negative().by(NOWHERE)
            }
            .text(),
            at(Check::Issuer, "signer-country-unknown"),
        ),
        case(
            "x509-validity-foreign",
            "Good for longer than its signer's certificate.",
            Flag::KeyUse,
            negative().by(ENDING).text(),
            at(Check::Validity, "x509-validity"),
        ),
        case(
            "issuer-frozen-on-trust-list",
            "The registrar tells two stories of the key; a trust list that has it must not speak for it.",
            Flag::TwoStories,
            paper_text(&world.paper("contested")),
            without(at(Check::Issuer, "issuer-frozen"), &[Check::Signature]),
        )
        .with(|case| case.trust = Some("trust/shared-identifiers.json".into())),
    ]
}

fn contents() -> Vec<Case> {
    let at = |check, code| fails(TEST, check, code);
    vec![
        case(
            "hcert-expired-foreign",
            "It expired a second ago.",
            Flag::Time,
            Paper { expires_at: NOW.plus(-1), ..negative() }.text(),
            at(Check::Validity, "hcert-expired"),
        ),
        case(
            "hcert-not-yet-valid-foreign",
            "Issued a second from now.",
            Flag::Time,
            Paper { issued_at: NOW.plus(1), ..negative() }.text(),
            at(Check::Validity, "hcert-not-yet-valid"),
        ),
        case(
            "hcert-malformed-foreign",
            "A test entry under the key of vaccinations.",
            Flag::Structure,
            Paper::new("v", test(NOT_DETECTED, None)).text(),
            ends_before(TEST, Check::Issuer, Check::Decoding, "hcert-malformed"),
        ),
        case(
            "result-detected-foreign",
            "A positive result of another country, at a door whose country's rules do not ask for the outcome.",
            Flag::Outcome,
            Paper::new("t", test(DETECTED, None)).text(),
            at(Check::Outcome, "result-detected"),
        )
        .with(|case| case.rules = Some("rules/anything.json".into())),
        case(
            "result-unknown-foreign",
            "An outcome that is in no value set.",
            Flag::Outcome,
            Paper::new("t", test("419984006", None)).text(),
            at(Check::Outcome, "result-unknown"),
        )
        .with(|case| case.rules = Some("rules/anything.json".into())),
        case(
            "json-malformed",
            "A field of the issuer's own with bytes in it, which rules cannot look at.",
            Flag::Encoding,
            Paper::new("t", test(NOT_DETECTED, Some(("xx", Item::Bytes(vec![0].into()))))).text(),
            ends_before(TEST, Check::Rules, Check::Decoding, "json-malformed"),
        ),
    ]
}

fn rules() -> Vec<Case> {
    let failed = |course, cause: Option<&str>| Expected {
        cause: cause.map(str::to_owned),
        ..fails(course, Check::Rules, "rule-failed")
    };
    let open = |cause: Option<&str>| Expected {
        cause: cause.map(str::to_owned),
        ..ends_open(TEST, Check::Rules, "rule-open")
    };
    let by = |name, description: &str, file: &str, expect| {
        let file = format!("rules/{file}.json");
        case(name, description, Flag::Rules, negative().text(), expect).with(|case| case.rules = Some(file))
    };
    vec![
        case(
            "foreign-not-accepted",
            "A door that does not say whose rules it follows.",
            Flag::Policy,
            negative().text(),
            fails(TEST, Check::Rules, "foreign-not-accepted"),
        )
        .policy(Json::Null),
        case(
            "rules-missing",
            "A door that has no rules of its country.",
            Flag::Rules,
            negative().text(),
            ends_open(TEST, Check::Rules, "rules-missing"),
        )
        .with(|case| case.rules = None),
        case(
            "rules-missing-of-country",
            "A door that has the rules of another country alone.",
            Flag::Rules,
            negative().text(),
            ends_open(TEST, Check::Rules, "rules-missing"),
        )
        .policy(json!({ "foreign": { "by-rules-of": "FR" } })),
        case(
            "rule-failed",
            "The first dose of two.",
            Flag::Rules,
            Paper::new("v", vaccination(1, 2)).text(),
            failed(OTHER, None),
        ),
        by(
            "rule-failed-of-issuer",
            "A rule of the country of issuance, which withdrew certificates of this kind.",
            "withdrawn",
            failed(TEST, None),
        ),
        by(
            "rule-failed-not-true",
            "A rule that evaluates to 1, which is not true.",
            "one",
            failed(TEST, None),
        ),
        by(
            "rule-failed-evaluation",
            "A rule that compares a text with a number: an error, which counts as false.",
            "evaluation-error",
            failed(TEST, Some("rule-evaluation")),
        ),
        by(
            "rule-failed-effort",
            "A rule that takes 200,000 steps.",
            "effort",
            failed(TEST, Some("rule-effort-exceeded")),
        ),
        by(
            "rule-open-engine",
            "A rule in a later version of CertLogic.",
            "next-engine",
            open(None),
        ),
        by(
            "rule-open-schema",
            "A rule for a later schema of certificates.",
            "next-schema",
            open(None),
        ),
        by(
            "rule-open-operator",
            "A rule with an operator that CertLogic does not have.",
            "unknown-operator",
            open(Some("rule-operator-unknown")),
        ),
        by(
            "rule-open-operands",
            "A rule with an operand too few.",
            "malformed-logic",
            open(Some("rule-logic-malformed")),
        ),
        by(
            "rule-open-depth",
            "A rule with 49 operators in one another.",
            "too-deep",
            open(Some("rule-logic-too-large")),
        ),
    ]
}
