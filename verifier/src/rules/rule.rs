//! The EU rule object ("EU DCC Validation Rules" 5.5.2; dgc-gateway `validation-rule.schema.json`).

use super::{Expression, Instant};
use crate::{CountryCode, Error, table::table};
use schemas::{UnixTime, hcert::EntryKind};
use serde::Deserialize;
use serde_json::Value as Json;

/// Characters of an identifier, a version or an affected field; published ones have at most 40.
const MAX_TEXT: usize = 256;

/// One rule of one country.
#[derive(Clone, Debug, PartialEq)]
pub struct Rule {
    /// Such as `TR-DE-0001`; the same in all versions of the rule.
    pub identifier: String,
    /// Whose rules it belongs to.
    pub kind: RuleKind,
    /// The country that made the rule.
    pub country: CountryCode,
    /// The rule's version.
    pub version: Version,
    /// The version of the certificate schema that it was written for.
    pub schema_version: Version,
    /// The certificates that it is about.
    pub certificates: Certificates,
    /// Applies from this instant.
    pub valid_from: UnixTime,
    /// Applies before this instant.
    pub valid_to: UnixTime,
    /// The certificate's fields that it looks at.
    pub affected_fields: Vec<String>,
    /// What it demands, in several languages.
    pub descriptions: Vec<Description>,
    /// What it evaluates.
    pub logic: Logic,
}

/// Who asks. Both kinds are passed by `true`: the published invalidation rules say what must hold (`IR-DE-0001`: "must
/// not have been issued by unauthorized issuers"). Read the other way, such a rule would refuse everything, and one
/// written the other way refuses everything here: a mistake in either direction is never a pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
pub enum RuleKind {
    /// The country of arrival, for every certificate.
    Acceptance,
    /// The country of issuance, for its own certificates.
    Invalidation,
}

/// The certificates that a rule is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub enum Certificates {
    /// All.
    General,
    /// Those of a test.
    Test,
    /// Those of a vaccination.
    Vaccination,
    /// Those of a recovery.
    Recovery,
}

impl Certificates {
    /// Whether certificates with this kind of entry are among them.
    #[must_use]
    pub fn include(self, kind: EntryKind) -> bool {
        match self {
            Self::General => true,
            Self::Test => kind == EntryKind::Test,
            Self::Vaccination => kind == EntryKind::Vaccination,
            Self::Recovery => kind == EntryKind::Recovery,
        }
    }
}

/// The first three numbers of a semantic version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(try_from = "String")]
pub struct Version(pub u32, pub u32, pub u32);

/// What a rule demands, for people.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Description {
    /// The language's tag.
    #[serde(rename = "lang")]
    pub language: String,
    /// The text.
    #[serde(rename = "desc")]
    pub text: String,
}

/// What a rule evaluates, or why it cannot be evaluated here.
#[derive(Clone, Debug, PartialEq)]
pub enum Logic {
    /// An expression of a version of CertLogic that is known here.
    Expression(Expression),
    /// Another engine than CertLogic, or a version after 1.3.
    EngineUnknown,
    /// The engine is known, and the logic is no expression of it.
    Refused(Error),
}

impl Version {
    /// Reads `1.2.3`; what follows the third number is not looked at.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut numbers = text.splitn(3, '.');
        let (major, minor, rest) = (numbers.next()?, numbers.next()?, numbers.next()?);
        let patch = rest.split(|c: char| !c.is_ascii_digit()).next()?;
        Some(Self(number(major)?, number(minor)?, number(patch)?))
    }
}

fn number(digits: &str) -> Option<u32> {
    digits
        .bytes()
        .all(|byte| byte.is_ascii_digit())
        .then(|| digits.parse().ok())
        .flatten()
}

impl TryFrom<String> for Version {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text).ok_or("a version is three numbers")
    }
}

impl Rule {
    /// The description in `language`, else in English, else the first.
    #[must_use]
    pub fn description(&self, language: &str) -> Option<&str> {
        let in_language = |tag: &str| {
            self.descriptions
                .iter()
                .find(|description| description.language == tag)
        };
        let found = in_language(language)
            .or_else(|| in_language("en"))
            .or(self.descriptions.first());
        found.map(|description| description.text.as_str())
    }
}

/// The rule as it is published. Unknown members are let pass: countries add regions and hashes.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Published {
    identifier: String,
    #[serde(rename = "Type")]
    kind: RuleKind,
    country: CountryCode,
    version: Version,
    schema_version: Version,
    engine: String,
    engine_version: Version,
    certificate_type: Certificates,
    description: Vec<Description>,
    valid_from: String,
    valid_to: String,
    affected_fields: Vec<String>,
    logic: Json,
}

impl<'de> Deserialize<'de> for Rule {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        table::<_, Published>(deserializer)?
            .try_into()
            .map_err(serde::de::Error::custom)
    }
}

impl TryFrom<Published> for Rule {
    type Error = &'static str;

    fn try_from(rule: Published) -> Result<Self, Self::Error> {
        let texts = [&rule.identifier].into_iter().chain(&rule.affected_fields);
        if texts
            .into_iter()
            .any(|text| text.is_empty() || text.len() > MAX_TEXT)
        {
            return Err("an identifier or an affected field is empty or too long");
        }
        let instant = |text: &str| Instant::parse(text).map(Instant::unix_time);
        Ok(Self {
            valid_from: instant(&rule.valid_from).ok_or("ValidFrom is not a date-time")?,
            valid_to: instant(&rule.valid_to).ok_or("ValidTo is not a date-time")?,
            logic: Logic::read(&rule.engine, rule.engine_version, &rule.logic),
            identifier: rule.identifier,
            kind: rule.kind,
            country: rule.country,
            version: rule.version,
            schema_version: rule.schema_version,
            certificates: rule.certificate_type,
            affected_fields: rule.affected_fields,
            descriptions: rule.description,
        })
    }
}

impl Logic {
    /// Countries gave versions of implementations (0.7.5) as often as of the specification, so every version up to
    /// 1.3 is known.
    fn read(engine: &str, version: Version, logic: &Json) -> Self {
        match (engine, version) {
            ("CERTLOGIC", Version(0, ..) | Version(1, 0..=3, _)) => {
                Expression::parse(logic).map_or_else(Self::Refused, Self::Expression)
            }
            _ => Self::EngineUnknown,
        }
    }
}
