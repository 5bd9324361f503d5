//! Where the passphrase comes from: never from an argument, which other programs on the machine can read.

use crate::{Error, files};
use std::{env, path::Path};
use wallet_file::Passphrase;

/// The variable for scripts.
const VARIABLE: &str = "ATTEST_PASSPHRASE";

/// Whether there is a wallet that the passphrase opens.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum For {
    /// A wallet that is to be made: a mistyped passphrase would lock it for good.
    NewWallet,
    /// One that is there.
    Wallet,
}

/// Reads the first line of a file, else the variable, else asks the person without echo.
///
/// # Errors
/// [`Error::PassphraseMissing`], [`Error::PassphrasesDiffer`], [`Error::PassphraseEmpty`], [`Error::Unreadable`].
pub fn read(file: Option<&Path>, purpose: For) -> Result<Passphrase, Error> {
    let text = match (file, env::var(VARIABLE)) {
        (Some(file), _) => files::read(file)?.lines().next().unwrap_or_default().to_owned(),
        (None, Ok(text)) => text,
        (None, Err(_)) => ask(purpose)?,
    };
    match text.is_empty() {
        true => Err(Error::PassphraseEmpty),
        false => Ok(Passphrase::new(text)),
    }
}

fn ask(purpose: For) -> Result<String, Error> {
    let prompt = |text| rpassword::prompt_password(text).map_err(Error::PassphraseMissing);
    let text = prompt("Passphrase of the wallet: ")?;
    if purpose == For::NewWallet && prompt("Once more: ")? != text {
        return Err(Error::PassphrasesDiffer);
    }
    Ok(text)
}
