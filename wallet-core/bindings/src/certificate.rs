//! What an imported certificate says.

use crate::{TestKind, TestOutcome, closed};
use schemas::{hcert, value_sets::Language};

/// What the code of a certificate is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, uniffi::Enum)]
pub enum CertificateForm {
    /// The screen, or paper: as it was imported. Presentations are drawn so too.
    Whole,
    /// Paper that travels: without the ledger's proof, and drawn at level Q.
    Travel,
}

/// What a certificate attests, as its issuer wrote it.
#[derive(Clone, PartialEq, Eq, uniffi::Record)]
#[uniffi::export(Debug, Display)]
pub struct Entry {
    /// Of what kind.
    pub kind: EntryKind,
    /// The disease in English, or its code when it is not known here.
    pub disease: String,
    /// The country's code.
    pub country: String,
    /// Who issued, in words.
    pub issuer: String,
    /// The day, or the time of the sample, as written.
    pub on: String,
    /// How it was tested, of a test that is known here.
    pub test: Option<TestKind>,
    /// What was found, of an outcome that is known here.
    pub outcome: Option<TestOutcome>,
    /// Which dose, of a vaccination.
    pub dose: Option<u32>,
    /// Of how many.
    pub doses: Option<u32>,
}

/// The kinds of entries.
#[derive(Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum EntryKind {
    /// The result of a test.
    Test,
    /// A vaccination.
    Vaccination,
    /// A recovery.
    Recovery,
}

closed!(Entry);

impl From<&hcert::Entry> for Entry {
    fn from(entry: &hcert::Entry) -> Self {
        let (kind, disease, country, issuer, on) = match entry {
            hcert::Entry::Test(test) => (
                EntryKind::Test,
                &test.disease,
                &test.country,
                &test.issuer,
                test.sampled_at.text(),
            ),
            hcert::Entry::Vaccination(given) => {
                let on = given.vaccinated_on.text();
                (
                    EntryKind::Vaccination,
                    &given.disease,
                    &given.country,
                    &given.issuer,
                    on,
                )
            }
            hcert::Entry::Recovery(recovery) => {
                let on = recovery.first_positive_on.text();
                (
                    EntryKind::Recovery,
                    &recovery.disease,
                    &recovery.country,
                    &recovery.issuer,
                    on,
                )
            }
        };
        let common = Self {
            kind,
            disease: disease.display(Language::English).to_owned(),
            country: country.as_str().to_owned(),
            issuer: issuer.clone(),
            on: on.to_owned(),
            test: None,
            outcome: None,
            dose: None,
            doses: None,
        };
        match entry {
            hcert::Entry::Test(test) => Self {
                test: test.kind.known().map(TestKind::from),
                outcome: test.outcome.known().map(TestOutcome::from),
                ..common
            },
            hcert::Entry::Vaccination(given) => Self {
                dose: Some(given.dose),
                doses: Some(given.doses),
                ..common
            },
            hcert::Entry::Recovery(_) => common,
        }
    }
}
