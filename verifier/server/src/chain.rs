//! Asking a chain for the log that a door follows, where the policy requires it (`schemas/spec/chain.md`).

use crate::{door::SetUpError, sync::write};
use ledger::chain::Address;
use ledger_evm::{Chain, Error, read_url};
use serve::now;
use std::{collections::BTreeMap, path::Path, sync::RwLock};
use verifier::{
    Policy,
    policy::{Chain as Rule, Required},
    view::LedgerView,
};

/// A chain, and who anchors which log there.
pub(crate) struct AskedChain {
    chain: Chain,
    anchored_by: BTreeMap<String, Address>,
}

impl AskedChain {
    /// The chain that the policy requires, by the node whose URL stands in a file.
    pub(crate) fn open(policy: &Policy, url_file: Option<&Path>) -> Result<Option<Self>, SetUpError> {
        let Rule::Required(Required {
            id,
            contract,
            anchored_by,
            ..
        }) = &policy.ledger.chain
        else {
            return Ok(None);
        };
        let url = read_url(url_file.ok_or(SetUpError::NoChain)?)?;
        let anchored_by = anchored_by.iter();
        Ok(Some(Self {
            chain: Chain::open(&url, *id, contract.0)?,
            anchored_by: anchored_by.map(|(log, by)| (log.clone(), by.0)).collect(),
        }))
    }

    /// Holds what the chain has of a log against the view, which has read it. What was known before a chain that does not
    /// answer gets older.
    pub(crate) async fn look(&self, view: &RwLock<LedgerView>, log: &str) -> Result<(), Error> {
        let anchor = match self.anchored_by.get(log) {
            Some(by) => self.chain.latest(*by, log).await?,
            None => None,
        };
        write(view).hold_against(anchor, now());
        Ok(())
    }
}
