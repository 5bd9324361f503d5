//! One showing of one copy.

use crate::{SigningRequest, WalletError, closed, key::signature};
use schemas::{UnixTime, sd_cwt::profile::AskedGroups};
use std::sync::Arc;
use wallet_core::Presenter;

/// What a showing discloses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, uniffi::Enum)]
pub enum Disclose {
    /// The result alone.
    Result,
    /// The result, the initials, and the birth day and month.
    Initials,
    /// The result, the name, and the date of birth.
    Name,
}

/// Whether the person agrees that a door could recognise what was seen before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, uniffi::Enum)]
pub enum Consent {
    /// Show a copy that was never shown.
    FreshOnly,
    /// When there is none left, show one again.
    ToReuse,
}

/// A showing: its copy is spent. Renew it every 30 s for as long as it is on the screen.
#[derive(uniffi::Object)]
#[uniffi::export(Debug, Display)]
pub struct Showing {
    presenter: Presenter,
}

/// A presentation that waits for the signature of its copy's key.
#[derive(uniffi::Object)]
#[uniffi::export(Debug, Display)]
pub struct Renewal {
    presenter: Presenter,
    request: SigningRequest,
    made_at: UnixTime,
}

/// A presentation, to be drawn as a QR code on the whole screen.
#[derive(Clone, PartialEq, Eq, uniffi::Record)]
#[uniffi::export(Debug, Display)]
pub struct Presentation {
    /// The text for the QR code.
    pub text: String,
    /// When the next one is due, in seconds since 1970.
    pub next_at: i64,
    /// Until when the strictest door takes it, in seconds since 1970.
    pub valid_until: i64,
}

closed!(Showing, Renewal, Presentation);

impl Showing {
    pub(crate) fn new(presenter: Presenter) -> Arc<Self> {
        Arc::new(Self { presenter })
    }
}

#[uniffi::export]
impl Showing {
    /// Asks for a presentation made at `now`.
    ///
    /// # Errors
    /// [`WalletError`] with `expired` or `clock-behind`.
    pub fn renew(&self, now: i64) -> Result<Arc<Renewal>, WalletError> {
        let made_at = UnixTime(now);
        let renewal = self.presenter.renew(made_at)?;
        let request = SigningRequest {
            key: renewal.key().as_bytes().to_vec(),
            bytes: renewal.bytes_to_sign(),
        };
        Ok(Arc::new(Renewal {
            presenter: self.presenter.clone(),
            request,
            made_at,
        }))
    }
}

#[uniffi::export]
impl Renewal {
    /// What is to be signed, and with which key.
    #[must_use]
    pub fn request(&self) -> SigningRequest {
        self.request.clone()
    }

    /// What goes on the screen, with the 64 bytes of the signature.
    ///
    /// # Errors
    /// [`WalletError`] with `signing-failed` for a signature of another length.
    pub fn answer(&self, signature_bytes: Vec<u8>) -> Result<Presentation, WalletError> {
        let shown = self
            .presenter
            .renew(self.made_at)?
            .answer(&signature(&signature_bytes)?);
        Ok(Presentation {
            text: shown.text().to_owned(),
            next_at: shown.next_at().0,
            valid_until: shown.valid_until().0,
        })
    }
}

impl From<Disclose> for AskedGroups {
    fn from(disclose: Disclose) -> Self {
        match disclose {
            Disclose::Result => Self::Result,
            Disclose::Initials => Self::Initials,
            Disclose::Name => Self::Person,
        }
    }
}

impl From<AskedGroups> for Disclose {
    fn from(asked: AskedGroups) -> Self {
        match asked {
            AskedGroups::Result => Self::Result,
            AskedGroups::Initials => Self::Initials,
            AskedGroups::Person => Self::Name,
        }
    }
}
