//! What a person sees of a holding: said once, for every program that shows it in its own form.

use crate::{Holding, HoldingNumber, Home, Pass, Stock, StoredCertificate, Vault};
use core::fmt;
use schemas::{
    UnixTime,
    hcert::{Certificate, Entry},
    health::{Initials, Person, TestResult},
};

/// One holding. One without a person is not here yet, as after a restore, or cannot be read.
#[derive(Clone)]
pub struct Facts {
    /// Its number, never given twice.
    pub number: HoldingNumber,
    /// Whose it is.
    pub person: Option<HolderName>,
    /// When it expires.
    pub expires_at: Option<UnixTime>,
    /// Whether that is past.
    pub is_expired: bool,
    /// What depends on its kind.
    pub of: FactsOf,
}

/// What depends on the kind of a holding.
#[derive(Clone)]
pub enum FactsOf {
    /// A result as single-use copies.
    Pass(PassFacts),
    /// A certificate, as it was imported.
    Certificate(CertificateFacts),
}

/// What a pass says, and what is left of it.
#[derive(Clone)]
pub struct PassFacts {
    /// The result.
    pub result: Option<TestResult>,
    /// What is shown in place of the name.
    pub initials: Option<Initials>,
    /// The address of the issuer's service.
    pub service: String,
    /// When it was ordered.
    pub ordered_at: UnixTime,
    /// All its copies.
    pub copies: usize,
    /// Those that were never shown and that doors find on the ledger.
    pub left: usize,
    /// Whether few of these are left.
    pub is_low: bool,
    /// Copies that wait for their proof.
    pub waiting: usize,
    /// Copies that were ordered and have not come.
    pub awaited: usize,
    /// Whether there is a copy that can be shown, a fresh one or one that was shown before.
    pub is_ready: bool,
    /// Whether more copies should be picked up.
    pub runs_low: bool,
    /// Whether it was restored on another device, so that nothing of it can be shown or picked up here any more.
    pub is_moved_away: bool,
}

/// What a certificate says, as its issuer wrote it.
#[derive(Clone)]
pub struct CertificateFacts {
    /// When it was imported.
    pub imported_at: UnixTime,
    /// Whether the ledger's proof came with it.
    pub has_proof: bool,
    /// What it attests; `None` when it cannot be read.
    pub entry: Option<Entry>,
}

/// A name and a date of birth.
#[derive(Clone, PartialEq, Eq)]
pub struct HolderName {
    /// Given names, as written.
    pub given: String,
    /// Family name, as written.
    pub family: String,
    /// `YYYY-MM-DD`, or as much of it as is known.
    pub birth_date: String,
}

impl Vault {
    /// What a person sees of everything in the wallet, in the order in which it came.
    pub fn facts(&self, now: UnixTime) -> impl Iterator<Item = Facts> {
        self.list().map(move |(number, holding)| match holding {
            Holding::Pass(pass) => Facts::of_pass(number, pass, now),
            Holding::Certificate(certificate) => Facts::of_certificate(number, certificate, now),
        })
    }
}

impl Facts {
    fn of_pass(number: HoldingNumber, pass: &Pass, now: UnixTime) -> Self {
        let contents = pass.contents().cloned().unwrap_or_default();
        let stock = pass.stock(now);
        let expires_at = pass.expires().map(|day| day.start());
        Self {
            number,
            person: contents.person.as_ref().map(HolderName::from),
            expires_at,
            is_expired: expires_at.is_some_and(|at| now >= at),
            of: FactsOf::Pass(PassFacts {
                result: contents.result,
                initials: contents.initials,
                service: pass.receipt().service().to_owned(),
                ordered_at: pass.receipt().ordered_at(),
                copies: pass.copies().len(),
                left: match stock {
                    Stock::Enough(left) | Stock::Low(left) => left,
                    Stock::Out => 0,
                },
                is_low: !matches!(stock, Stock::Enough(_)),
                waiting: pass.waiting(now),
                awaited: pass.ordered().len(),
                is_ready: pass.copies().iter().any(|copy| copy.is_anchored()),
                runs_low: pass.runs_low(now),
                is_moved_away: pass.home() == Home::MovedAway,
            }),
        }
    }

    fn of_certificate(number: HoldingNumber, held: &StoredCertificate, now: UnixTime) -> Self {
        let decoded = held.decoded().ok();
        let decoded = decoded.as_ref();
        let claims = decoded.and_then(|decoded| decoded.unverified_claims().ok());
        let certificate = decoded.and_then(|decoded| decoded.unverified_certificate().ok());
        let expires_at = claims.map(|claims| claims.expires_at);
        Self {
            number,
            person: certificate.as_ref().map(HolderName::from),
            expires_at,
            is_expired: expires_at.is_some_and(|at| now > at),
            of: FactsOf::Certificate(CertificateFacts {
                imported_at: held.imported_at(),
                has_proof: decoded.is_some_and(|decoded| matches!(decoded.proof(), Ok(Some(_)))),
                entry: certificate.map(|certificate| certificate.entry),
            }),
        }
    }
}

impl From<&Person> for HolderName {
    fn from(person: &Person) -> Self {
        Self {
            given: person.given_name.as_str().to_owned(),
            family: person.family_name.as_str().to_owned(),
            birth_date: person.birth_date.to_iso(),
        }
    }
}

impl From<&Certificate> for HolderName {
    fn from(certificate: &Certificate) -> Self {
        let name = &certificate.name;
        Self {
            given: part(&name.given_name, &name.standardised_given_name),
            family: part(&name.surname, &name.standardised_surname),
            birth_date: certificate.date_of_birth.text().to_owned(),
        }
    }
}

/// As written, else as in a passport.
fn part(written: &Option<String>, standardised: &Option<String>) -> String {
    let written = written.clone().filter(|text| !text.trim().is_empty());
    let standardised = standardised.as_deref().map(|text| text.replace('<', " "));
    written.or(standardised).unwrap_or_default()
}

/// Who reads a log reads nothing of anybody.
macro_rules! closed {
    ($($name:ident),+) => {$(
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($name), "(…)"))
            }
        }
    )+};
}
closed!(Facts, FactsOf, PassFacts, CertificateFacts, HolderName);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vault::tests::{NOW, Room, stocked};

    #[test]
    fn a_result_and_a_certificate_say_whose_they_are() {
        let room = Room::new(3);
        let (mut vault, number) = stocked(&room);
        vault.import_text(&room.certificate(), NOW).unwrap();
        let facts: Vec<_> = vault.facts(NOW).collect();
        let [
            Facts {
                of: FactsOf::Pass(pass),
                ..
            },
            Facts {
                of: FactsOf::Certificate(certificate),
                ..
            },
        ] = &facts[..]
        else {
            panic!("a pass and a certificate")
        };
        assert_eq!((facts[0].number, pass.left, pass.copies), (number, 3, 3));
        assert!(pass.is_ready && !pass.is_low && !pass.is_moved_away);
        assert!(certificate.entry.is_some() && !certificate.has_proof);
        for facts in &facts {
            let person = facts.person.as_ref().unwrap();
            assert_eq!(
                (&*person.family, &*person.birth_date),
                ("Mustermann", "1964-08-12")
            );
            assert!(!facts.is_expired);
            assert_eq!(format!("{facts:?}"), "Facts(…)");
        }
        let later = vault.facts(NOW.plus(9 * 86_400));
        assert!(later.into_iter().all(|facts| facts.is_expired));
    }

    #[test]
    fn what_moved_away_says_what_it_was() {
        let (mut vault, number) = stocked(&Room::new(2));
        assert_eq!(vault.move_away(number).unwrap().len(), 2);
        let facts = vault.facts(NOW).next().unwrap();
        let FactsOf::Pass(pass) = facts.of else {
            panic!("a pass")
        };
        assert!(pass.is_moved_away && !pass.is_ready && !pass.runs_low);
        assert!(pass.result.is_some() && facts.person.is_some());
    }
}
