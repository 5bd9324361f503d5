//! Whether the log must stand on an EVM chain too (`schemas/spec/chain.md`).

use super::{Policy, ViewAge};
use crate::{Error, table::table, verdict::Missing};
use ledger::chain::Address;
use schemas::UnixTime;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Whether the log that a view is of must stand on a chain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Chain {
    /// It need not.
    Off,
    /// It must, there.
    Required(#[serde(deserialize_with = "table")] Required),
}

/// Where a log must stand. The URL of a node is not here: it is each door's own, and may hold a secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Required {
    /// The chain's number (EIP-155).
    pub id: u64,
    /// The contract.
    pub contract: ChainAddress,
    /// By origin, the address that anchors a log.
    pub anchored_by: BTreeMap<String, ChainAddress>,
    /// How old the anchor may be; three hours by default.
    #[serde(default = "three_hours")]
    pub max_age: ViewAge,
}

fn three_hours() -> ViewAge {
    ViewAge::hours(3).expect("3 hours are within 72")
}

/// An address as a policy has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ChainAddress(pub Address);

impl TryFrom<String> for ChainAddress {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let address = text.parse().map(Self);
        address.map_err(|error: ledger::chain::NotAnAddress| error.to_string())
    }
}

impl From<ChainAddress> for String {
    fn from(address: ChainAddress) -> Self {
        address.0.to_string()
    }
}

/// What is known of a view's log on the chain.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnChain {
    /// Nothing: the chain was not asked, did not answer, or has nothing of this log.
    #[default]
    Unknown,
    /// A tree that the view's log had was anchored at this time.
    Stands(UnixTime),
    /// A tree that it never had was.
    Differs,
}

impl Policy {
    /// Whether what is known of the log on the chain is enough.
    ///
    /// # Errors
    /// [`Missing::ChainUnknown`], [`Missing::ChainStale`] and [`Missing::ChainDiffers`], if the policy requires a chain.
    pub fn on_chain(&self, found: OnChain, now: UnixTime) -> Result<(), Missing> {
        let Chain::Required(required) = &self.ledger.chain else {
            return Ok(());
        };
        let limit = required.max_age.seconds();
        match found {
            OnChain::Unknown => Err(Missing::ChainUnknown),
            OnChain::Differs => Err(Missing::ChainDiffers),
            OnChain::Stands(time) => match now.since(time) {
                age if age <= limit => Ok(()),
                age => Err(Missing::ChainStale { age, limit }),
            },
        }
    }

    /// The policy where no chain can be asked, as in a browser.
    ///
    /// # Errors
    /// [`Error::ChainNotAsked`] for one that requires it: it could accept nothing.
    pub fn without_chain(self) -> Result<Self, Error> {
        match self.ledger.chain {
            Chain::Off => Ok(self),
            Chain::Required(_) => Err(Error::ChainNotAsked),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const POLICY: &str = r#"
        [ledger.chain.required]
        id = 1337
        contract = "0x5FbDB2315678afecb367f032d93F642f64180aa3"
        anchored-by = { "ledger.example/log" = "0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266" }
        max-age = "90m"
    "#;

    #[test]
    fn unknown_and_stale_are_never_good() {
        let policy = Policy::from_toml(POLICY).unwrap();
        let now = UnixTime(1_795_000_000);
        let ago = |seconds: i64| OnChain::Stands(UnixTime(now.0 - seconds));
        assert_eq!(policy.on_chain(ago(5_400), now), Ok(()));
        for (found, code) in [
            (ago(5_401), "chain-stale"),
            (OnChain::Unknown, "chain-unknown"),
            (OnChain::Differs, "chain-differs"),
        ] {
            assert_eq!(policy.on_chain(found, now).unwrap_err().code(), code);
            assert_eq!(Policy::default().on_chain(found, now), Ok(()));
        }
    }

    #[test]
    fn it_is_read_as_it_is_written() {
        let policy = Policy::from_toml(POLICY).unwrap();
        let json = serde_json::to_string(&policy).unwrap();
        assert_eq!(Policy::from_json(&json), Ok(policy.clone()));
        assert_eq!(policy.without_chain(), Err(Error::ChainNotAsked));
        let default = Policy::default();
        assert_eq!(default.clone().without_chain(), Ok(default));
        for (word, wrong) in [
            ("1337", "-1"),
            ("0x5F", "0x"),
            ("max-age", "age"),
            ("id =", "id-of ="),
            ("90m", "73h"),
        ] {
            let refused = Policy::from_toml(&POLICY.replace(word, wrong)).unwrap_err();
            assert_eq!(refused.code(), "policy-malformed", "{wrong}");
        }
        let refused = Policy::from_json(r#"{"ledger":{"chain":{"required":[1,"",{},"1h"]}}}"#);
        assert_eq!(refused.unwrap_err().code(), "policy-malformed");
    }
}
