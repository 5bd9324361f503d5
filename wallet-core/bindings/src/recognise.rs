//! What a text from a code is.

use crate::{Disclose, WalletError};
use schemas::{
    hcert,
    sd_cwt::profile::{self, Asked},
};
use wallet_core::pick_up::Offer;

/// What a text from a code is.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Enum)]
pub enum Recognised {
    /// A test centre's offer: ask for the code that came apart from it, and [`take_up`](crate::Wallet::take_up).
    Offer {
        /// The address of the issuer's service, to be shown to the person.
        issuer: String,
    },
    /// A door's challenge, to be given to [`show`](crate::Wallet::show).
    Challenge {
        /// What the door needs to see.
        disclose: Disclose,
    },
    /// Perhaps a certificate, to be imported.
    Certificate,
}

/// Says what a text from a code is. A certificate is only looked at when it is imported.
///
/// # Errors
/// [`WalletError`] when it is nothing that a wallet knows.
#[uniffi::export]
pub fn recognise(text: &str) -> Result<Recognised, WalletError> {
    let text = text.trim();
    if text.starts_with(profile::CHALLENGE_PREFIX) {
        let asked = Asked::decode_text(text)?;
        return Ok(Recognised::Challenge {
            disclose: asked.groups.into(),
        });
    }
    if text.starts_with(hcert::PREFIX) || text.starts_with(profile::PREFIX) {
        return Ok(Recognised::Certificate);
    }
    let issuer = Offer::read(text)?.issuer().to_owned();
    Ok(Recognised::Offer { issuer })
}
