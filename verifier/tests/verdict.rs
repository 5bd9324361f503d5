//! A verdict accepts only on evidence, and never because something was forgotten.

mod common;

use proptest::prelude::*;
use schemas::{
    Shape, UnixTime,
    health::{Outcome, TestKind, TestResult},
};
use serde_json::{Value as Json, json};
use verifier::{
    Error, Policy, Verdict,
    policy::{Disclosure, Grace, KeyStanding, NotDetected, Span},
    verdict::{Anchoring, Basis, Check, Checklist, Missing, Report},
};

const NOW: UnixTime = UnixTime(1_635_768_000);

fn negative() -> TestResult {
    TestResult {
        kind: TestKind::Naat,
        outcome: Outcome::NotDetected,
        sampled_at: NOW.plus(-3_600),
    }
}

fn registered(shape: Shape, anchoring: Anchoring) -> Basis {
    let test = Policy::default()
        .test(&negative(), NOW)
        .expect("a negative test of an hour ago");
    Basis::Registered {
        shape,
        test,
        anchoring,
    }
}

fn passed(checks: &[Check]) -> Checklist {
    let mut list = Checklist::default();
    for check in checks {
        list.passed(*check, "evidence");
    }
    list
}

fn demanded_of_paper() -> Vec<Check> {
    let live = [Check::Holder, Check::Freshness, Check::Replay, Check::Rules];
    Check::ALL
        .into_iter()
        .filter(|check| !live.contains(check))
        .collect()
}

fn demanded_live() -> Vec<Check> {
    Check::ALL
        .into_iter()
        .filter(|check| *check != Check::Rules)
        .collect()
}

fn is_accepted(report: &Report) -> bool {
    matches!(report.verdict(), Verdict::Accept(_))
}

#[test]
fn accepts_what_is_complete() {
    let paper = passed(&demanded_of_paper()).conclude(Some(registered(Shape::Hcert, Anchoring::InView)));
    assert!(is_accepted(&paper));
    let live = passed(&demanded_live()).conclude(Some(registered(Shape::SdCwt, Anchoring::InView)));
    assert!(is_accepted(&live));
}

#[test]
fn a_check_that_was_forgotten_is_missing() {
    for (shape, demanded) in [
        (Shape::Hcert, demanded_of_paper()),
        (Shape::SdCwt, demanded_live()),
    ] {
        for forgotten in &demanded {
            let others: Vec<Check> = demanded
                .iter()
                .copied()
                .filter(|check| check != forgotten)
                .collect();
            let report = passed(&others).conclude(Some(registered(shape, Anchoring::InView)));
            assert_eq!(
                *report.verdict(),
                Verdict::Indeterminate(vec![Missing::NotDone(*forgotten)])
            );
        }
    }
    for list in [passed(&[]), passed(&Check::ALL)] {
        assert_eq!(
            *list.conclude(None).verdict(),
            Verdict::Indeterminate(vec![Missing::Basis])
        );
    }
}

#[test]
fn grace_stands_for_the_anchor_only() {
    let grace = Grace::For(Span::new(600).unwrap());
    let admitted = grace.admit(NOW.plus(-100), KeyStanding::Good, NOW).unwrap();
    let basis = || Some(registered(Shape::SdCwt, Anchoring::Grace(admitted)));
    let without_anchor: Vec<Check> = demanded_live()
        .into_iter()
        .filter(|check| *check != Check::Anchor)
        .collect();
    let report = passed(&without_anchor).conclude(basis());
    assert!(is_accepted(&report));
    assert_eq!(json_of(&report)["basis"], json!("grace"));
    let mut unknown = passed(&without_anchor);
    unknown.unknown(Check::Anchor, Missing::Batch);
    assert_eq!(
        *unknown.conclude(basis()).verdict(),
        Verdict::Indeterminate(vec![Missing::Batch])
    );
}

#[test]
fn a_detected_result_has_no_basis() {
    let detected = TestResult {
        outcome: Outcome::Detected,
        ..negative()
    };
    assert_eq!(NotDetected::of(&detected), Err(Error::ResultDetected));
    assert_eq!(Policy::default().test(&detected, NOW), Err(Error::ResultDetected));
}

#[test]
fn the_worst_finding_stays() {
    let mut list = passed(&demanded_of_paper());
    list.unknown(
        Check::Disclosure,
        Missing::Disclosure {
            needed: Disclosure::Person,
        },
    );
    list.passed(Check::Disclosure, "again");
    list.failed(Check::Outcome, Error::ResultDetected);
    list.unknown(Check::Outcome, Missing::View);
    list.passed(Check::Outcome, "again");
    let report = list.conclude(Some(registered(Shape::Hcert, Anchoring::InView)));
    assert_eq!(*report.verdict(), Verdict::Reject(vec![Error::ResultDetected]));
}

fn json_of(report: &Report) -> Json {
    serde_json::to_value(report).expect("a report is JSON")
}

#[test]
fn is_written_as_the_schema_says() {
    let schema = common::schema("verdict");
    assert_eq!(
        Check::ALL.map(|check| check as usize),
        std::array::from_fn(|index| index)
    );
    let mut unknown = passed(&[Check::Decoding]);
    unknown.unknown(
        Check::View,
        Missing::ViewTooOld {
            age: 4_000,
            limit: 3_600,
        },
    );
    let mut failed = unknown.clone();
    failed.failed(Check::Test, Error::TestTooOld { limit: 172_800 });
    let accepted = passed(&demanded_of_paper()).conclude(Some(registered(Shape::Hcert, Anchoring::InView)));
    for (report, verdict) in [
        (accepted, "accept"),
        (unknown.clone().conclude(None), "indeterminate"),
        (failed.conclude(None), "reject"),
    ] {
        let json = json_of(&report);
        let errors: Vec<String> = schema.iter_errors(&json).map(|error| error.to_string()).collect();
        assert_eq!((errors, &json["verdict"]), (vec![], &json!(verdict)));
        let checks: Vec<Json> = Check::ALL.iter().map(|check| json!(check.name())).collect();
        let written: Vec<Json> = json["checks"]
            .as_array()
            .unwrap()
            .iter()
            .map(|line| line["check"].clone())
            .collect();
        assert_eq!(written, checks);
    }
    let json = json_of(&unknown.conclude(None));
    assert_eq!(json["missing"][0]["code"], json!("view-too-old"));
    assert_eq!(
        json["checks"][3],
        json!({
            "check": "view", "outcome": "unknown", "code": "view-too-old",
            "evidence": "the view of the ledger is 4000 s old, 3600 s are allowed: sync, and look at the clock",
        })
    );
}

#[test]
fn evidence_is_short_and_not_in_debug() {
    let mut list = Checklist::default();
    list.passed(Check::Disclosure, "Erika ".repeat(100));
    let report = list.conclude(None);
    assert!(!format!("{report:?}").contains("Erika"));
    assert_eq!(
        json_of(&report)["checks"][14]["evidence"]
            .as_str()
            .map(|text| text.chars().count()),
        Some(200)
    );
}

/// Every code of the crate stands in the first tables of codes, and they have no other.
#[test]
fn the_page_lists_every_code() {
    let page = include_str!("../../schemas/spec/verdict.md");
    let (page, _) = page
        .split_once("## Codes of the command line")
        .expect("its own table");
    let sources = [
        include_str!("../src/error.rs"),
        include_str!("../src/verdict/missing.rs"),
    ];
    let mut codes: Vec<&str> = sources.iter().flat_map(|source| codes_in(source)).collect();
    let mut listed: Vec<&str> = page
        .lines()
        .filter_map(|line| line.strip_prefix("| `")?.split_once('`'))
        .map(|(code, _)| code)
        .filter(|code| code.contains('-'))
        .collect();
    codes.sort_unstable();
    codes.dedup();
    listed.sort_unstable();
    assert_eq!(listed, codes);
}

/// The texts in `… => "code",` within `fn code`.
fn codes_in(source: &str) -> Vec<&str> {
    let functions = source.split("fn code(&self) -> &'static str {").skip(1);
    let arms = functions.flat_map(|function| function.split("\n    }\n").next().unwrap_or_default().lines());
    arms.filter_map(|line| line.split_once("=> \"")?.1.split('"').next())
        .filter(|code| code.contains('-'))
        .collect()
}

proptest! {
    #[test]
    fn accepts_only_if_all_that_is_demanded_passed(findings in prop::collection::vec(0u8..4, 16), live: bool) {
        let mut list = Checklist::default();
        for (check, finding) in Check::ALL.into_iter().zip(&findings) {
            match finding {
                1 => list.passed(check, ""),
                2 => list.unknown(check, Missing::View),
                3 => list.failed(check, Error::ResultDetected),
                _ => {}
            }
        }
        let shape = if live { Shape::SdCwt } else { Shape::Hcert };
        let demanded = if live { demanded_live() } else { demanded_of_paper() };
        let report = list.clone().conclude(Some(registered(shape, Anchoring::InView)));
        let complete = Check::ALL.iter().zip(&findings).all(|(check, finding)| match finding {
            1 => true,
            0 => !demanded.contains(check),
            _ => false,
        });
        prop_assert_eq!(is_accepted(&report), complete);
        prop_assert_eq!(matches!(report.verdict(), Verdict::Reject(_)), findings.contains(&3));
        prop_assert!(!is_accepted(&list.conclude(None)));
    }
}
