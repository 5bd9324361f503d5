//! Credentials whose batch is not yet in the view of the ledger (ledger design, "Cut-off after a theft").

use super::Span;
use schemas::UnixTime;
use serde::{Deserialize, Serialize};

/// How far an issuer's clock may be ahead of this one.
const SKEW: i64 = 60;

/// Whether a well-signed credential whose batch is not yet in the view passes. Never for more than ten minutes: whoever
/// steals an issuer's key would only have to leave out the proof.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Grace {
    /// It does not; written `off`.
    Off,
    /// It does for this long after it was issued.
    For(Span<600>),
}

/// Whether an issuer's key has a cut-off on the ledger.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyStanding {
    /// It has none.
    Good,
    /// It was cut off: only what is anchored before the cut-off is good.
    CutOff,
}

/// Evidence that a credential passes although its batch is not in the view.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GraceAdmitted {
    seconds_left: i64,
}

impl GraceAdmitted {
    /// For how many seconds more.
    #[must_use]
    pub fn seconds_left(&self) -> i64 {
        self.seconds_left
    }
}

impl Grace {
    /// Whether a credential that was issued at `issued` (`iat`) by a key of this standing passes without its batch.
    #[must_use]
    pub fn admit(self, issued: UnixTime, key: KeyStanding, now: UnixTime) -> Option<GraceAdmitted> {
        let (Self::For(span), KeyStanding::Good) = (self, key) else {
            return None;
        };
        let age = now.since(issued);
        (-SKEW..=span.seconds()).contains(&age).then(|| GraceAdmitted {
            seconds_left: span.seconds() - age.max(0),
        })
    }
}

impl TryFrom<String> for Grace {
    type Error = String;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        match text.as_str() {
            "off" => Ok(Self::Off),
            _ => Span::try_from(text)
                .map(Self::For)
                .map_err(|expected| format!("off, or {expected}")),
        }
    }
}

impl From<Grace> for String {
    fn from(grace: Grace) -> Self {
        match grace {
            Grace::Off => "off".into(),
            Grace::For(span) => span.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn admits_only_what_is_new_and_only_from_good_keys() {
        let ten_minutes = Grace::For(Span::new(600).unwrap());
        let issued = UnixTime(1_000_000);
        let admit = |grace: Grace, after: i64, key| {
            grace
                .admit(issued, key, issued.plus(after))
                .map(|admitted| admitted.seconds_left())
        };
        assert_eq!(admit(ten_minutes, 0, KeyStanding::Good), Some(600));
        assert_eq!(admit(ten_minutes, 600, KeyStanding::Good), Some(0));
        assert_eq!(admit(ten_minutes, 601, KeyStanding::Good), None);
        assert_eq!(admit(ten_minutes, -60, KeyStanding::Good), Some(600));
        assert_eq!(admit(ten_minutes, -61, KeyStanding::Good), None);
        assert_eq!(admit(ten_minutes, 0, KeyStanding::CutOff), None);
        assert_eq!(admit(Grace::Off, 0, KeyStanding::Good), None);
    }
}
