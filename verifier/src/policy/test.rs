//! Which tests a door accepts. There is no word in a policy for the outcome: it is always "not detected".

use super::{Policy, Span};
use crate::Error;
use schemas::{
    UnixTime, hcert,
    health::{Outcome, TestKind, TestResult},
};
use serde::{Deserialize, Serialize};

/// How far the test centre's clock may be ahead of this one.
const SKEW: i64 = 300;

/// The kinds of test and how old a sample of each may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Tests {
    /// Nucleic acid amplification; 48 hours by default.
    pub pcr: TestAge,
    /// Rapid antigen; 24 hours by default.
    pub rapid: TestAge,
}

/// How old a sample may be: up to seven days, if tests of this kind are accepted at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum TestAge {
    /// Not accepted; written `refused`.
    Refused,
    /// Up to this age.
    UpTo(Span<{ 7 * 24 * 3_600 }>),
}

impl Default for Tests {
    /// As most member states' rules of 2021 and 2022.
    fn default() -> Self {
        let hours = |hours| TestAge::UpTo(Span::hours(hours).expect("two days are within seven"));
        Self {
            pcr: hours(48),
            rapid: hours(24),
        }
    }
}

impl TryFrom<String> for TestAge {
    type Error = String;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        match text.as_str() {
            "refused" => Ok(Self::Refused),
            _ => Span::try_from(text)
                .map(Self::UpTo)
                .map_err(|expected| format!("refused, or {expected}")),
        }
    }
}

impl From<TestAge> for String {
    fn from(age: TestAge) -> Self {
        match age {
            TestAge::Refused => "refused".into(),
            TestAge::UpTo(span) => span.into(),
        }
    }
}

/// The result in an EU certificate's test entry, for a policy to judge. Codes that are not known here never pass.
///
/// # Errors
/// [`Error::ResultUnknown`], which names the field.
pub fn result_of(test: &hcert::Test) -> Result<TestResult, Error> {
    test.disease.known().ok_or(Error::ResultUnknown("tg"))?;
    Ok(TestResult {
        kind: test.kind.known().ok_or(Error::ResultUnknown("tt"))?,
        outcome: test.outcome.known().ok_or(Error::ResultUnknown("tr"))?,
        sampled_at: test.sampled_at.instant().ok_or(Error::ResultUnknown("sc"))?,
    })
}

/// Evidence that a test's outcome is "not detected". Nothing else makes one, and no verdict accepts a test without one,
/// so that no configuration can let a positive result pass.
///
/// ```compile_fail,E0451
/// let forged = verifier::policy::NotDetected { _read_from_a_result: () };
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotDetected {
    _read_from_a_result: (),
}

impl NotDetected {
    /// Reads it off a result.
    ///
    /// # Errors
    /// [`Error::ResultDetected`].
    pub fn of(result: &TestResult) -> Result<Self, Error> {
        match result.outcome {
            Outcome::NotDetected => Ok(Self {
                _read_from_a_result: (),
            }),
            Outcome::Detected => Err(Error::ResultDetected),
        }
    }
}

/// Evidence that a test is negative, of an accepted kind, and young enough.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct AcceptedTest {
    not_detected: NotDetected,
    age: i64,
}

impl AcceptedTest {
    /// That its outcome is "not detected".
    #[must_use]
    pub fn not_detected(&self) -> NotDetected {
        self.not_detected
    }

    /// The sample's age in seconds, not negative.
    #[must_use]
    pub fn age(&self) -> i64 {
        self.age
    }
}

impl core::fmt::Debug for AcceptedTest {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("AcceptedTest(…)")
    }
}

impl Policy {
    /// Whether a test is accepted. Where the time of the sample is rounded, `sampled_at` has to be the earliest time
    /// that it may stand for.
    ///
    /// # Errors
    /// [`Error::ResultDetected`], [`Error::TestKindNotAccepted`], [`Error::TestTooOld`] and
    /// [`Error::SampledInFuture`].
    pub fn test(&self, result: &TestResult, now: UnixTime) -> Result<AcceptedTest, Error> {
        let not_detected = NotDetected::of(result)?;
        let max_age = match result.kind {
            TestKind::Naat => self.tests.pcr,
            TestKind::RapidAntigen => self.tests.rapid,
        };
        let TestAge::UpTo(max_age) = max_age else {
            return Err(Error::TestKindNotAccepted);
        };
        match now.since(result.sampled_at) {
            age if age < -SKEW => Err(Error::SampledInFuture),
            age if age > max_age.seconds() => Err(Error::TestTooOld {
                limit: max_age.seconds(),
            }),
            age => Ok(AcceptedTest {
                not_detected,
                age: age.max(0),
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const NOW: UnixTime = UnixTime(1_635_768_000);

    fn result(kind: TestKind, outcome: Outcome, hours: i64, seconds: i64) -> TestResult {
        TestResult {
            kind,
            outcome,
            sampled_at: NOW.plus(-hours * 3_600 - seconds),
        }
    }

    fn code(policy: &Policy, result: &TestResult) -> &'static str {
        policy
            .test(result, NOW)
            .map_or_else(|error| error.code(), |_| "accepted")
    }

    #[test]
    fn each_kind_has_its_age() {
        let policy = Policy::default();
        for (kind, hours) in [(TestKind::Naat, 48), (TestKind::RapidAntigen, 24)] {
            let code = |hours, seconds| code(&policy, &result(kind, Outcome::NotDetected, hours, seconds));
            assert_eq!(code(0, 0), "accepted");
            assert_eq!(code(hours, 0), "accepted");
            assert_eq!(code(hours, 1), "test-too-old");
            assert_eq!(code(0, -SKEW), "accepted");
            assert_eq!(code(0, -SKEW - 1), "sampled-in-future");
        }
        let no_rapid = Policy {
            tests: Tests {
                rapid: TestAge::Refused,
                ..Tests::default()
            },
            ..Policy::default()
        };
        let rapid = result(TestKind::RapidAntigen, Outcome::NotDetected, 1, 0);
        assert_eq!(code(&no_rapid, &rapid), "test-kind-not-accepted");
    }

    proptest! {
        #[test]
        fn a_detected_result_never_passes(
            pcr in 1u32..=604_800, rapid in 1u32..=604_800, naat: bool, sampled: i64, now: i64,
        ) {
            let age = |seconds| TestAge::UpTo(Span::new(seconds).unwrap());
            let tests = Tests { pcr: age(pcr), rapid: age(rapid) };
            let policy = Policy { tests, ..Policy::default() };
            let kind = if naat { TestKind::Naat } else { TestKind::RapidAntigen };
            let result = TestResult { kind, outcome: Outcome::Detected, sampled_at: UnixTime(sampled) };
            prop_assert_eq!(policy.test(&result, UnixTime(now)), Err(Error::ResultDetected));
        }
    }
}
