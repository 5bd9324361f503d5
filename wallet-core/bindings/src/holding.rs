//! One thing in the wallet, as the person sees it.

use crate::{Entry, HolderInitials, HolderName, TestResult, closed};
use schemas::{UnixTime, sd_cwt::profile::Contents};
use wallet_core::{Holding as Held, HoldingNumber, Home, Pass, Stock, StoredCertificate};

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

impl Holding {
    pub(crate) fn of(number: HoldingNumber, holding: &Held, now: UnixTime) -> Self {
        match holding {
            Held::Certificate(certificate) => Self::of_certificate(number, certificate),
            Held::Pass(pass) => Self::of_pass(number, pass, now),
        }
    }

    fn of_pass(number: HoldingNumber, pass: &Pass, now: UnixTime) -> Self {
        let contents = pass.contents().cloned().unwrap_or_default();
        let Contents {
            result,
            person,
            initials,
        } = contents;
        let left = match pass.stock(now) {
            Stock::Enough(left) | Stock::Low(left) => left,
            Stock::Out => 0,
        };
        Self {
            number: number.0,
            person: person.as_ref().map(HolderName::from),
            initials: initials.as_ref().map(HolderInitials::from),
            result: result.map(TestResult::from),
            certificate: None,
            expires_at: pass.expires().map(|day| day.start().0),
            service: Some(pass.receipt().service().to_owned()),
            left: count(left),
            waiting: count(pass.waiting(now)),
            is_ready: pass.copies().iter().any(|copy| copy.is_anchored()),
            runs_low: pass.runs_low(now),
            is_moved_away: pass.home() == Home::MovedAway,
        }
    }

    fn of_certificate(number: HoldingNumber, held: &StoredCertificate) -> Self {
        let decoded = held.decoded().ok();
        let claims = decoded
            .as_ref()
            .and_then(|decoded| decoded.unverified_claims().ok());
        let certificate = decoded
            .as_ref()
            .and_then(|decoded| decoded.unverified_certificate().ok());
        Self {
            number: number.0,
            person: certificate.as_ref().map(HolderName::from),
            initials: None,
            result: None,
            certificate: certificate
                .as_ref()
                .map(|certificate| Entry::from(&certificate.entry)),
            expires_at: claims.map(|claims| claims.expires_at.0),
            service: None,
            left: 0,
            waiting: 0,
            is_ready: true,
            runs_low: false,
            is_moved_away: false,
        }
    }
}

/// A pass has 48 copies at most.
fn count(copies: usize) -> u32 {
    u32::try_from(copies).unwrap_or(u32::MAX)
}
