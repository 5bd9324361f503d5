//! A chain as the configurations of logs and monitors name it.

use crate::Error;
use ledger::chain::{Address, NotAnAddress};
use ledger_evm::{Chain, read_url};
use std::path::Path;

/// Opens the contract at `contract` on the chain `id`, by the node whose URL stands in a file.
pub(crate) fn open(url_file: &Path, id: u64, contract: &str) -> Result<Chain, Error> {
    let contract = address("chain.contract", contract)?;
    Ok(Chain::open(&read_url(url_file)?, id, contract)?)
}

/// Reads an address.
pub(crate) fn address(setting: &'static str, text: &str) -> Result<Address, Error> {
    let address = text.parse();
    address.map_err(|error: NotAnAddress| Error::Setting {
        setting,
        reason: error.to_string(),
    })
}
