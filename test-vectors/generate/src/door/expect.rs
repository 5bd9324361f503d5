//! What is expected, stated by where a verifier gets to.

use crate::case::Expected;
use verifier::verdict::Check;

/// The checks of a credential in the order in which they are done.
pub type Course = &'static [Check];

/// Of a presentation.
pub const PRESENTATION: Course = &[
    Check::Shape,
    Check::Decoding,
    Check::Clock,
    Check::View,
    Check::Issuer,
    Check::Signature,
    Check::Holder,
    Check::Freshness,
    Check::Validity,
    Check::Anchor,
    Check::Status,
    Check::Disclosure,
    Check::Outcome,
    Check::Test,
    Check::Replay,
];

/// Of a certificate of a registered issuer.
pub const CERTIFICATE: Course = &[
    Check::Shape,
    Check::Decoding,
    Check::Signature,
    Check::Clock,
    Check::View,
    Check::Issuer,
    Check::Validity,
    Check::Anchor,
    Check::Status,
    Check::Disclosure,
    Check::Outcome,
    Check::Test,
];

/// Every check of the course passes.
#[must_use]
pub fn accepted(course: Course, basis: &str) -> Expected {
    Expected {
        basis: Some(basis.into()),
        ..passed(course, "accept")
    }
}

/// The course ends at a check that fails.
#[must_use]
pub fn fails(course: Course, at: Check, code: &str) -> Expected {
    let before = course
        .iter()
        .position(|check| *check == at)
        .expect("a check of the course");
    found(passed(&course[..before], "reject"), &[(at, code)])
}

/// The course ends before a check is done, and what failed belongs to another one.
#[must_use]
pub fn ends_before(course: Course, at: Check, check: Check, code: &str) -> Expected {
    let mut expected = fails(course, at, code);
    expected.checks.remove(at.name());
    expected.checks.insert(check.name().into(), code.into());
    expected
}

/// The course goes on to its end, and checks stay open; nothing that is not accepted is remembered.
#[must_use]
pub fn open(course: Course, checks: &[(Check, &str)]) -> Expected {
    without(found(passed(course, "indeterminate"), checks), &[Check::Replay])
}

/// The course ends at a check that stays open.
#[must_use]
pub fn ends_open(course: Course, at: Check, code: &str) -> Expected {
    Expected {
        verdict: "indeterminate".into(),
        ..fails(course, at, code)
    }
}

/// A check is not done, or has not passed yet, although a later one was.
#[must_use]
pub fn without(mut expected: Expected, checks: &[Check]) -> Expected {
    for check in checks {
        expected.checks.remove(check.name());
    }
    expected
}

fn passed(course: &[Check], verdict: &str) -> Expected {
    Expected {
        verdict: verdict.into(),
        basis: None,
        codes: vec![],
        cause: None,
        notes: vec![],
        checks: course
            .iter()
            .map(|check| (check.name().into(), "passed".into()))
            .collect(),
    }
}

fn found(mut expected: Expected, checks: &[(Check, &str)]) -> Expected {
    for (check, code) in checks {
        expected.checks.insert(check.name().into(), (*code).into());
        expected.codes.push((*code).into());
    }
    expected
}
