//! The three groups of claims that are disclosed together, and their bytes.

use super::{INITIALS_CLAIM, REFUSE, RESULT_CLAIM, SAMPLED_STEP, signed::Signed};
use crate::{
    Error, UnixTime,
    cbor::Item,
    health::{BirthDate, Initials, Name, Outcome, Person, TestKind, TestResult},
    sd_cwt::claim,
};

/// Longest initial in characters: the upper case of one letter can be three.
const MAX_INITIAL: usize = 3;

/// Claims that are disclosed together, since each further digest costs 34 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Group {
    /// How it was tested, what was found, and the hour of the sample.
    Result,
    /// Full name and date of birth.
    Person,
    /// Initials with the month and the day of birth.
    Initials,
}

impl Group {
    /// All of them, in the order in which they are signed.
    pub const ALL: [Self; 3] = [Self::Person, Self::Result, Self::Initials];

    /// The key of the group's claim. The person is the subject (RFC 8392 section 3.1.2), which the draft demands to be
    /// there, disclosed or redacted.
    #[must_use]
    pub fn claim(self) -> i64 {
        match self {
            Self::Result => RESULT_CLAIM,
            Self::Person => claim::SUBJECT,
            Self::Initials => INITIALS_CLAIM,
        }
    }
}

/// What was disclosed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Contents {
    /// The result, with the sample time rounded down to [`SAMPLED_STEP`].
    pub result: Option<TestResult>,
    /// The person.
    pub person: Option<Person>,
    /// The initials.
    pub initials: Option<Initials>,
}

impl Contents {
    /// The disclosed groups among claims, beside which stand [`Signed::CLAIMS`] others.
    pub(super) fn read(claims: &Item<'_>) -> Result<Self, Error> {
        let contents = Self::from_item(claims)?;
        let Self {
            result,
            person,
            initials,
        } = &contents;
        let disclosed = [result.is_some(), person.is_some(), initials.is_some()];
        let disclosed = disclosed.into_iter().filter(|disclosed| *disclosed).count();
        if claims.as_map().map(<[_]>::len) != Some(Signed::CLAIMS + disclosed) {
            return Err(REFUSE("a disclosure that the profile does not know"));
        }
        Ok(contents)
    }

    /// Reads the groups of a map under their claims; other entries are not looked at.
    ///
    /// # Errors
    /// [`Error::PresentationMalformed`] and [`Error::HealthMalformed`].
    pub fn from_item(map: &Item<'_>) -> Result<Self, Error> {
        let group = |group: Group| map.get(group.claim());
        Ok(Self {
            result: group(Group::Result).map(read_result).transpose()?,
            person: group(Group::Person).map(read_person).transpose()?,
            initials: group(Group::Initials).map(read_initials).transpose()?,
        })
    }

    /// A map of the groups under their claims.
    #[must_use]
    pub fn to_item(&self) -> Item<'static> {
        let groups = [
            (Group::Person, self.person.as_ref().map(person_item)),
            (Group::Result, self.result.as_ref().map(result_item)),
            (Group::Initials, self.initials.as_ref().map(initials_item)),
        ];
        let present = groups
            .into_iter()
            .filter_map(|(group, item)| Some((Item::Int(group.claim().into()), item?)));
        Item::Map(present.collect())
    }
}

/// `[kind, outcome, sampled at]`
pub(super) fn result_item(result: &TestResult) -> Item<'static> {
    let kind = match result.kind {
        TestKind::Naat => 1,
        TestKind::RapidAntigen => 2,
    };
    let outcome = match result.outcome {
        Outcome::NotDetected => 0,
        Outcome::Detected => 1,
    };
    let hour = result.sampled_at.0.div_euclid(SAMPLED_STEP) * SAMPLED_STEP;
    Item::Array(vec![Item::Int(kind), Item::Int(outcome), Item::Int(hour.into())])
}

fn read_result(item: &Item<'_>) -> Result<TestResult, Error> {
    let Some([kind, outcome, Item::Int(hour)]) = item.as_array() else {
        return Err(REFUSE("the result is not [kind, outcome, hour]"));
    };
    let kind = match kind {
        Item::Int(1) => TestKind::Naat,
        Item::Int(2) => TestKind::RapidAntigen,
        _ => return Err(REFUSE("a kind of test that is not known")),
    };
    let outcome = match outcome {
        Item::Int(0) => Outcome::NotDetected,
        Item::Int(1) => Outcome::Detected,
        _ => return Err(REFUSE("an outcome that is not known")),
    };
    match i64::try_from(*hour) {
        Ok(hour) if hour.rem_euclid(SAMPLED_STEP) == 0 => Ok(TestResult {
            kind,
            outcome,
            sampled_at: UnixTime(hour),
        }),
        _ => Err(REFUSE("the sample time is not a full hour")),
    }
}

/// `family name < given names < date of birth`, without the spaces; names hold no `<`.
pub(super) fn person_item(person: &Person) -> Item<'static> {
    let Person {
        given_name,
        family_name,
        birth_date,
    } = person;
    let text = [family_name.as_str(), given_name.as_str(), &birth_date.to_iso()].join("<");
    Item::Text(text.into())
}

fn read_person(item: &Item<'_>) -> Result<Person, Error> {
    let parts: Vec<_> = item.as_text().unwrap_or_default().splitn(4, '<').collect();
    let [family_name, given_name, birth_date] = parts[..] else {
        return Err(REFUSE("the person is not a text of three parts"));
    };
    Ok(Person {
        given_name: Name::new(given_name)?,
        family_name: Name::new(family_name)?,
        birth_date: BirthDate::new(birth_date)?,
    })
}

/// `[given initial, family initial, month × 100 + day]`, 0 for an unknown day of birth.
pub(super) fn initials_item(initials: &Initials) -> Item<'static> {
    let day = initials
        .month_and_day
        .map_or(0, |(month, day)| i128::from(month) * 100 + i128::from(day));
    let text = |text: &str| Item::Text(text.to_owned().into());
    Item::Array(vec![
        text(&initials.given_name),
        text(&initials.family_name),
        Item::Int(day),
    ])
}

fn read_initials(item: &Item<'_>) -> Result<Initials, Error> {
    let Some([Item::Text(given_name), Item::Text(family_name), Item::Int(day)]) = item.as_array() else {
        return Err(REFUSE("the initials are not [letter, letter, day]"));
    };
    for initial in [given_name, family_name] {
        if initial.is_empty() || initial.chars().count() > MAX_INITIAL || initial.contains(char::is_control) {
            return Err(REFUSE("an initial is not a letter"));
        }
    }
    let month_and_day = match u16::try_from(*day).map(|day| (day / 100, day % 100)) {
        Ok((0, 0)) => None,
        Ok((month @ 1..=12, day @ 1..=31)) => {
            let small = |number: u16| u8::try_from(number).expect("at most 31");
            Some((small(month), small(day)))
        }
        _ => return Err(REFUSE("the day of birth is not a day")),
    };
    Ok(Initials {
        given_name: given_name.clone().into(),
        family_name: family_name.clone().into(),
        month_and_day,
    })
}
