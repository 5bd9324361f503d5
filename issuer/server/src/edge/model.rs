//! The JSON of stations, supervisors and administrators.

use crate::{
    Error,
    account::{Account, Role, Standing},
    result::{Reason, ResultId, State},
    store::ResultRow,
};
use issuer::Draft;
use schemas::{
    UnixTime,
    hcert::Moment,
    health::{BirthDate, Name, Outcome, Person, TestKind, TestResult},
};
use serde::{Deserialize, Serialize};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};
use utoipa::{IntoParams, ToSchema};

/// One result of one person.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Submission {
    /// A UUID of the station's choosing; the same again repeats the request.
    #[schema(example = "018f4c1e-7a52-7c3e-9b1d-2f6a0c5d8e91")]
    pub(super) request_id: String,
    person: PersonBody,
    test: TestBody,
}

/// Whose result it is.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct PersonBody {
    /// As in the passport.
    #[schema(example = "Erika", max_length = 80)]
    given_name: String,
    /// As in the passport.
    #[schema(example = "Mustermann", max_length = 80)]
    family_name: String,
    /// `YYYY-MM-DD`, or `YYYY-MM` or `YYYY` for a person who does not know more.
    #[schema(example = "1964-08-12")]
    date_of_birth: String,
}

/// The test.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct TestBody {
    kind: KindBody,
    result: OutcomeBody,
    /// When the sample was taken (RFC 3339, with offset).
    #[schema(example = "2026-11-23T07:30:00+01:00")]
    sampled_at: String,
    /// The rapid test's number in the EU's common list; a laboratory test has none.
    #[schema(example = "1232")]
    device: Option<String>,
    /// The laboratory test's name; a rapid test has none.
    #[schema(max_length = 80)]
    name: Option<String>,
    /// Where the sample was taken, in words.
    #[schema(example = "Testzentrum Nord", max_length = 80)]
    centre: Option<String>,
}

/// How it was tested.
#[derive(Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub(super) enum KindBody {
    /// Nucleic acid amplification, such as PCR.
    Naat,
    /// Rapid antigen immunoassay.
    RapidAntigen,
}

/// What was found.
#[derive(Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub(super) enum OutcomeBody {
    /// Positive.
    Detected,
    /// Negative.
    NotDetected,
}

impl KindBody {
    pub(super) const ALL: [Self; 2] = [Self::Naat, Self::RapidAntigen];

    pub(super) fn of(kind: TestKind) -> Self {
        match kind {
            TestKind::Naat => Self::Naat,
            TestKind::RapidAntigen => Self::RapidAntigen,
        }
    }
}

impl OutcomeBody {
    pub(super) const ALL: [Self; 2] = [Self::Detected, Self::NotDetected];

    pub(super) fn of(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Detected => Self::Detected,
            Outcome::NotDetected => Self::NotDetected,
        }
    }
}

impl Submission {
    /// The draft that this describes at `now`.
    pub(super) fn draft(self, now: UnixTime) -> Result<Draft, Error> {
        let Self { person, test, .. } = self;
        let health = |error: schemas::Error| Error::Draft(error.into());
        let person = Person {
            given_name: Name::new(&person.given_name).map_err(health)?,
            family_name: Name::new(&person.family_name).map_err(health)?,
            birth_date: BirthDate::new(&person.date_of_birth).map_err(health)?,
        };
        let malformed = || Error::BodyMalformed("sampled_at is not RFC 3339 with an offset".into());
        let sampled_at = OffsetDateTime::parse(&test.sampled_at, &Rfc3339).map_err(|_| malformed())?;
        let result = TestResult {
            kind: match test.kind {
                KindBody::Naat => TestKind::Naat,
                KindBody::RapidAntigen => TestKind::RapidAntigen,
            },
            outcome: match test.result {
                OutcomeBody::Detected => Outcome::Detected,
                OutcomeBody::NotDetected => Outcome::NotDetected,
            },
            sampled_at: UnixTime(sampled_at.unix_timestamp()),
        };
        let device = test
            .device
            .as_deref()
            .map(issuer::draft::device)
            .transpose()
            .map_err(Error::Draft)?;
        Draft::new(person, result, device, test.name, test.centre, now).map_err(Error::Draft)
    }
}

/// What became of a result. It does not say whose it is or what was found.
#[derive(Serialize, ToSchema)]
pub(super) struct Shown {
    result_id: String,
    state: State,
    /// Why it was revoked.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<Reason>,
    /// The corrected result.
    #[serde(skip_serializing_if = "Option::is_none")]
    replaced_by: Option<String>,
    /// RFC 3339.
    issued_at: String,
    /// RFC 3339.
    expires_at: String,
    /// Whether the wallet acknowledged its credentials.
    picked_up: bool,
    /// Wrong transaction codes so far.
    wrong_tx_codes: u32,
}

impl Shown {
    pub(super) fn of(row: &ResultRow) -> Self {
        Self {
            result_id: row.id.to_string(),
            state: row.state,
            reason: row.reason,
            replaced_by: row.replaced_by.as_ref().map(ResultId::to_string),
            issued_at: rfc3339(row.issued_at),
            expires_at: rfc3339(row.expires_at),
            picked_up: row.accepted_at.is_some(),
            wrong_tx_codes: row.attempts,
        }
    }
}

/// Which results are listed.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Page {
    /// Not those that were issued before this instant (RFC 3339): the start of the station's day.
    pub(super) since: Option<String>,
    /// Those that were issued before this result: `next` of the page before.
    pub(super) before: Option<String>,
}

/// A page of results.
#[derive(Serialize, ToSchema)]
pub(super) struct Listing {
    pub(super) results: Vec<Shown>,
    /// What to ask for with `before`, if there may be more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) next: Option<String>,
}

/// How the certificate is to be printed.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Printing {
    /// `travel`: without the proof, for a smaller code that every EU verifier reads; draw it at error correction level Q.
    #[param(inline)]
    pub(super) print: Option<Print>,
}

/// What a print is for.
#[derive(Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Print {
    Travel,
}

/// Why a result is revoked.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Revocation {
    pub(super) reason: Reason,
}

/// An account to be made.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct AccountBody {
    /// Unique; names a place or a task, and no patient.
    #[schema(example = "Station Nord", max_length = 80)]
    pub(super) name: String,
    pub(super) role: Role,
    /// Most new results in one UTC day.
    pub(super) daily_quota: u32,
}

/// An account.
#[derive(Serialize, ToSchema)]
pub(super) struct AccountShown {
    pub(super) number: u32,
    pub(super) name: String,
    pub(super) role: Role,
    pub(super) daily_quota: u32,
    pub(super) standing: Standing,
}

impl AccountShown {
    pub(super) fn of(account: Account) -> Self {
        let Account {
            number,
            name,
            role,
            daily_quota,
            standing,
        } = account;
        Self {
            number: number.0,
            name,
            role,
            daily_quota,
            standing,
        }
    }
}

/// A new key.
#[derive(Serialize, ToSchema)]
pub(super) struct KeyShown {
    /// The account's number.
    pub(super) number: u32,
    /// The key. It is shown once: put it into the station's settings now.
    pub(super) key: String,
}

/// An instant in UTC (RFC 3339).
pub(super) fn rfc3339(instant: UnixTime) -> String {
    Moment::of(instant)
        .map(|moment| moment.text().to_owned())
        .unwrap_or_default()
}
