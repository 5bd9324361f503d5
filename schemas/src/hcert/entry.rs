//! The one entry of a certificate: a test, a vaccination or a recovery (DCC schema 1.3.3, `DCC.Types`).

use super::{CalendarDate, Moment, fields::Fields};
use crate::{
    Error,
    cbor::Item,
    health::{Outcome, TestKind, debug_shows_nothing},
    value_sets::{Code, CodeTable, Country, Disease, Tables},
};
use core::fmt;

/// What a certificate attests.
#[derive(Clone, PartialEq, Eq)]
pub enum Entry {
    /// The result of a test (`t`).
    Test(Test),
    /// A vaccination (`v`).
    Vaccination(Vaccination),
    /// A recovery (`r`).
    Recovery(Recovery),
}

/// The kinds of entries, which signing keys can be limited to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EntryKind {
    /// The result of a test.
    Test,
    /// A vaccination.
    Vaccination,
    /// A recovery.
    Recovery,
}

/// A test entry. `dr`, the time of the result, is obsolete and not read.
#[derive(Clone, PartialEq, Eq)]
pub struct Test {
    /// `tg`: what was tested for.
    pub disease: Code<Disease>,
    /// `tt`: how it was tested.
    pub kind: Code<TestKind>,
    /// `nm`: the name of a NAAT.
    pub name: Option<String>,
    /// `ma`: the rapid test's number in the EU's common list.
    pub device: Option<String>,
    /// `sc`: when the sample was taken.
    pub sampled_at: Moment,
    /// `tr`: the result.
    pub outcome: Code<Outcome>,
    /// `tc`: the testing centre.
    pub centre: Option<String>,
    /// `co`: where it was tested.
    pub country: Code<Country>,
    /// `is`: who issued the certificate, in words.
    pub issuer: String,
    /// `ci`: the certificate's identifier, as received ([`Uvci`](super::Uvci) reads it).
    pub id: String,
}

/// A vaccination entry.
#[derive(Clone, PartialEq, Eq)]
pub struct Vaccination {
    /// `tg`: what was vaccinated against.
    pub disease: Code<Disease>,
    /// `vp`: the vaccine or prophylaxis.
    pub prophylaxis: String,
    /// `mp`: the product.
    pub product: String,
    /// `ma`: the holder of the marketing authorisation.
    pub holder: String,
    /// `dn`: which dose.
    pub dose: u32,
    /// `sd`: of how many.
    pub doses: u32,
    /// `dt`: the day.
    pub vaccinated_on: CalendarDate,
    /// `co`: where.
    pub country: Code<Country>,
    /// `is`: who issued the certificate, in words.
    pub issuer: String,
    /// `ci`: the certificate's identifier, as received.
    pub id: String,
}

/// A recovery entry.
#[derive(Clone, PartialEq, Eq)]
pub struct Recovery {
    /// `tg`: what the person recovered from.
    pub disease: Code<Disease>,
    /// `fr`: the day of the first positive test.
    pub first_positive_on: CalendarDate,
    /// `co`: where it was tested.
    pub country: Code<Country>,
    /// `is`: who issued the certificate, in words.
    pub issuer: String,
    /// `df`: the first day of validity.
    pub valid_from: CalendarDate,
    /// `du`: the last day of validity.
    pub valid_until: CalendarDate,
    /// `ci`: the certificate's identifier, as received.
    pub id: String,
}

impl Entry {
    /// Which kind it is.
    #[must_use]
    pub fn kind(&self) -> EntryKind {
        match self {
            Self::Test(_) => EntryKind::Test,
            Self::Vaccination(_) => EntryKind::Vaccination,
            Self::Recovery(_) => EntryKind::Recovery,
        }
    }

    /// The fields whose code is in no value set, by their names in the schema. The sets in `tables` that are missing
    /// are not looked at. A certificate with such a field can be shown; no policy can pass it.
    #[must_use]
    pub fn unknown_codes(&self, tables: &Tables) -> Vec<&'static str> {
        let foreign =
            |table: &Option<CodeTable>, code: &str| table.as_ref().is_some_and(|table| !table.contains(code));
        let fields = match self {
            Self::Test(test) => vec![
                ("tg", test.disease.known().is_none()),
                ("tt", test.kind.known().is_none()),
                ("tr", test.outcome.known().is_none()),
                ("co", test.country.known().is_none()),
                (
                    "ma",
                    test.device
                        .as_deref()
                        .is_some_and(|code| foreign(&tables.devices, code)),
                ),
            ],
            Self::Vaccination(vaccination) => vec![
                ("tg", vaccination.disease.known().is_none()),
                ("vp", foreign(&tables.prophylaxes, &vaccination.prophylaxis)),
                ("mp", foreign(&tables.products, &vaccination.product)),
                ("ma", foreign(&tables.holders, &vaccination.holder)),
                ("co", vaccination.country.known().is_none()),
            ],
            Self::Recovery(recovery) => vec![
                ("tg", recovery.disease.known().is_none()),
                ("co", recovery.country.known().is_none()),
            ],
        };
        let unknown = fields.into_iter().filter(|(_, unknown)| *unknown);
        unknown.map(|(name, _)| name).collect()
    }

    /// Reads exactly one entry under exactly one of the three keys.
    pub(super) fn read(root: &Fields<'_>) -> Result<Self, Error> {
        let kind = EntryKind::read(root)?;
        let Some([entry]) = root.get(kind.key()).and_then(Item::as_array) else {
            return Err(NOT_ONE);
        };
        let fields = Fields::of(entry, kind.key(), root.reading)?;
        match kind {
            EntryKind::Test => Test::read(&fields).map(Self::Test),
            EntryKind::Vaccination => Vaccination::read(&fields).map(Self::Vaccination),
            EntryKind::Recovery => Recovery::read(&fields).map(Self::Recovery),
        }
    }

    /// The key and the group of one.
    pub(super) fn to_pair(&self) -> (Item<'_>, Item<'_>) {
        let mut fields = match self {
            Self::Test(test) => test.fields(),
            Self::Vaccination(vaccination) => vaccination.fields(),
            Self::Recovery(recovery) => recovery.fields(),
        };
        // All names have two letters, so their order is that of deterministic CBOR.
        fields.sort_by_key(|(name, _)| *name);
        let entries = fields.into_iter().map(|(name, value)| (Item::text(name), value));
        let group = Item::Array(vec![Item::Map(entries.collect())]);
        (Item::text(self.kind().key()), group)
    }
}

const NOT_ONE: Error = Error::HcertMalformed("t, v or r");

impl EntryKind {
    const ALL: [Self; 3] = [Self::Test, Self::Vaccination, Self::Recovery];

    /// The key of the group in the certificate.
    fn key(self) -> &'static str {
        match self {
            Self::Test => "t",
            Self::Vaccination => "v",
            Self::Recovery => "r",
        }
    }

    /// The one kind that a certificate has a group of, whatever is in it.
    pub(super) fn read(root: &Fields<'_>) -> Result<Self, Error> {
        let mut present = Self::ALL
            .into_iter()
            .filter(|kind| root.get(kind.key()).is_some());
        match (present.next(), present.next()) {
            (Some(kind), None) => Ok(kind),
            _ => Err(NOT_ONE),
        }
    }
}

type NamedItems<'a> = Vec<(&'static str, Item<'a>)>;

impl Test {
    fn read(fields: &Fields<'_>) -> Result<Self, Error> {
        Ok(Self {
            disease: fields.code("tg")?,
            kind: fields.code("tt")?,
            name: fields.optional("nm")?.map(str::to_owned),
            device: fields.optional("ma")?.map(str::to_owned),
            sampled_at: fields.moment("sc")?,
            outcome: fields.code("tr")?,
            centre: fields.optional("tc")?.map(str::to_owned),
            country: fields.country("co")?,
            issuer: fields.text("is")?.to_owned(),
            id: fields.text("ci")?.to_owned(),
        })
    }

    fn fields(&self) -> NamedItems<'_> {
        let mut fields = vec![
            ("tg", Item::text(self.disease.as_str())),
            ("tt", Item::text(self.kind.as_str())),
            ("sc", Item::text(self.sampled_at.text())),
            ("tr", Item::text(self.outcome.as_str())),
            ("co", Item::text(self.country.as_str())),
            ("is", Item::text(&self.issuer)),
            ("ci", Item::text(&self.id)),
        ];
        let optional = [("nm", &self.name), ("ma", &self.device), ("tc", &self.centre)];
        let present = optional
            .into_iter()
            .filter_map(|(name, text)| Some((name, Item::text(text.as_deref()?))));
        fields.extend(present);
        fields
    }
}

impl Vaccination {
    fn read(fields: &Fields<'_>) -> Result<Self, Error> {
        Ok(Self {
            disease: fields.code("tg")?,
            prophylaxis: fields.text("vp")?.to_owned(),
            product: fields.text("mp")?.to_owned(),
            holder: fields.text("ma")?.to_owned(),
            dose: fields.count("dn")?,
            doses: fields.count("sd")?,
            vaccinated_on: fields.date("dt")?,
            country: fields.country("co")?,
            issuer: fields.text("is")?.to_owned(),
            id: fields.text("ci")?.to_owned(),
        })
    }

    fn fields(&self) -> NamedItems<'_> {
        vec![
            ("tg", Item::text(self.disease.as_str())),
            ("vp", Item::text(&self.prophylaxis)),
            ("mp", Item::text(&self.product)),
            ("ma", Item::text(&self.holder)),
            ("dn", Item::Int(self.dose.into())),
            ("sd", Item::Int(self.doses.into())),
            ("dt", Item::text(self.vaccinated_on.text())),
            ("co", Item::text(self.country.as_str())),
            ("is", Item::text(&self.issuer)),
            ("ci", Item::text(&self.id)),
        ]
    }
}

impl Recovery {
    fn read(fields: &Fields<'_>) -> Result<Self, Error> {
        Ok(Self {
            disease: fields.code("tg")?,
            first_positive_on: fields.date("fr")?,
            country: fields.country("co")?,
            issuer: fields.text("is")?.to_owned(),
            valid_from: fields.date("df")?,
            valid_until: fields.date("du")?,
            id: fields.text("ci")?.to_owned(),
        })
    }

    fn fields(&self) -> NamedItems<'_> {
        vec![
            ("tg", Item::text(self.disease.as_str())),
            ("fr", Item::text(self.first_positive_on.text())),
            ("co", Item::text(self.country.as_str())),
            ("is", Item::text(&self.issuer)),
            ("df", Item::text(self.valid_from.text())),
            ("du", Item::text(self.valid_until.text())),
            ("ci", Item::text(&self.id)),
        ]
    }
}

impl fmt::Debug for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Entry::{:?}(…)", self.kind())
    }
}

debug_shows_nothing!(Test, Vaccination, Recovery);
