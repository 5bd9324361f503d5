//! One showing of one copy, renewed as long as it is on the screen.

use crate::{Error, KeyHandle};
use core::fmt;
use schemas::{
    UnixTime,
    crypto::Es256Signature,
    sd_cwt::profile::{Audience, Group, HeldCopy, Request},
};

/// Seconds after which a presentation is made anew.
pub const RENEW_EVERY: i64 = 30;
/// Seconds for which a presentation is fresh enough for the strictest door.
pub const VALID_FOR: i64 = 60;

/// A showing: the copy is spent, and each renewal signs that same copy again.
#[derive(Clone)]
pub struct Presenter {
    pub(crate) copy: HeldCopy,
    pub(crate) key: KeyHandle,
    pub(crate) groups: Vec<Group>,
    pub(crate) audience: Audience,
}

impl Presenter {
    /// Asks for a presentation made at `now`: the first one, and every [`RENEW_EVERY`] seconds another.
    ///
    /// # Errors
    /// [`Error::Expired`], [`Error::ClockBehind`].
    pub fn renew(&self, now: UnixTime) -> Result<Renewal<'_>, Error> {
        check_clock(&self.copy, now)?;
        let request = self.copy.choose(&self.groups, &self.audience, now);
        Ok(Renewal {
            request,
            key: &self.key,
            made_at: now,
        })
    }

    /// What is disclosed.
    #[must_use]
    pub fn groups(&self) -> &[Group] {
        &self.groups
    }
}

/// Refuses to present when a door would refuse at once.
pub(crate) fn check_clock(copy: &HeldCopy, now: UnixTime) -> Result<(), Error> {
    if now >= copy.expires().start() {
        return Err(Error::Expired);
    }
    if now < copy.issued_at() {
        return Err(Error::ClockBehind);
    }
    Ok(())
}

/// A presentation that waits for the signature of the copy's key.
#[derive(Clone)]
pub struct Renewal<'a> {
    request: Request,
    key: &'a KeyHandle,
    made_at: UnixTime,
}

impl Renewal<'_> {
    /// The key that is to sign.
    #[must_use]
    pub fn key(&self) -> &KeyHandle {
        self.key
    }

    /// The bytes to sign, ES256.
    #[must_use]
    pub fn bytes_to_sign(&self) -> Vec<u8> {
        self.request.bytes_to_sign()
    }

    /// What goes on the screen.
    #[must_use]
    pub fn answer(&self, signature: &Es256Signature) -> Shown {
        Shown {
            text: self.request.answer(signature),
            made_at: self.made_at,
        }
    }
}

/// A presentation on the screen.
#[derive(Clone, PartialEq, Eq)]
pub struct Shown {
    text: String,
    made_at: UnixTime,
}

impl Shown {
    /// The text for the QR code.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Until when the strictest door takes it.
    #[must_use]
    pub fn valid_until(&self) -> UnixTime {
        self.made_at.plus(VALID_FOR)
    }

    /// When the next one is due.
    #[must_use]
    pub fn next_at(&self) -> UnixTime {
        self.made_at.plus(RENEW_EVERY)
    }

    /// Seconds until the next one is due, for a countdown; 0 when it is due, also after the clock was set back.
    #[must_use]
    pub fn countdown(&self, now: UnixTime) -> i64 {
        match self.next_at().since(now) {
            left @ 1..=RENEW_EVERY => left,
            _ => 0,
        }
    }
}

impl fmt::Debug for Presenter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Presenter(…)")
    }
}

impl fmt::Debug for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Shown(…)")
    }
}
