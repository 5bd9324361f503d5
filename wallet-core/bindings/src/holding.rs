//! One thing in the wallet, as the person sees it.

use crate::{Entry, HolderInitials, HolderName, TestResult, closed};
use wallet_core::{Facts, FactsOf};

/// One thing in the wallet. A holding without a person is not here yet, as after a restore.
#[derive(Clone, PartialEq, Eq, uniffi::Record)]
#[uniffi::export(Debug, Display)]
pub struct Holding {
    /// Its number, never given twice.
    pub number: u32,
    /// Whose it is.
    pub person: Option<HolderName>,
    /// What is shown in place of the name; of a pass alone.
    pub initials: Option<HolderInitials>,
    /// What a pass says: a result as single-use copies.
    pub result: Option<TestResult>,
    /// What a certificate says.
    pub certificate: Option<Entry>,
    /// When it expires, in seconds since 1970.
    pub expires_at: Option<i64>,
    /// The address of the issuer's service; of a pass alone.
    pub service: Option<String>,
    /// Copies that were never shown and that doors find on the ledger.
    pub left: u32,
    /// Copies that wait for their proof: pick up again some seconds later.
    pub waiting: u32,
    /// Whether there is a copy that can be shown, a fresh one or one that was shown before.
    pub is_ready: bool,
    /// Whether more copies should be picked up.
    pub runs_low: bool,
    /// Whether the result was restored on another phone: nothing here can be shown or picked up any more.
    pub is_moved_away: bool,
}

closed!(Holding);

impl From<Facts> for Holding {
    fn from(facts: Facts) -> Self {
        let common = Self {
            number: facts.number.0,
            person: facts.person.map(HolderName::from),
            initials: None,
            result: None,
            certificate: None,
            expires_at: facts.expires_at.map(|at| at.0),
            service: None,
            left: 0,
            waiting: 0,
            is_ready: true,
            runs_low: false,
            is_moved_away: false,
        };
        match facts.of {
            FactsOf::Certificate(certificate) => Self {
                certificate: certificate.entry.as_ref().map(Entry::from),
                ..common
            },
            FactsOf::Pass(pass) => Self {
                initials: pass.initials.as_ref().map(HolderInitials::from),
                result: pass.result.map(TestResult::from),
                service: Some(pass.service),
                left: count(pass.left),
                waiting: count(pass.waiting),
                is_ready: pass.is_ready,
                runs_low: pass.runs_low,
                is_moved_away: pass.is_moved_away,
                ..common
            },
        }
    }
}

/// A pass has 48 copies at most.
fn count(copies: usize) -> u32 {
    u32::try_from(copies).unwrap_or(u32::MAX)
}
