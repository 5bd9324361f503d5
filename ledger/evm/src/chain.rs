//! The contract on a chain.

use crate::{
    ChainKey, Done, Error,
    contract::{self, anchorCall, latestCall},
    node::Node,
    transaction::{self, Mined},
};
use alloy::{
    primitives::{Address as EvmAddress, Bytes, TxKind},
    sol_types::SolCall,
};
use ledger::{
    chain::{Address, Anchor, name},
    merkle::{TreeHead, TreeSize},
};
use schemas::{Hash, UnixTime};
use serde_json::json;

/// The contract on a chain, by one of the chain's nodes.
#[derive(Clone, Debug)]
pub struct Chain {
    node: Node,
    id: u64,
    contract: Address,
}

impl Chain {
    /// The contract at an address of the chain with this number (EIP-155). Nothing is asked yet.
    ///
    /// # Errors
    /// [`Error::UrlMalformed`], [`Error::Client`].
    pub fn open(url: &str, id: u64, contract: Address) -> Result<Self, Error> {
        let node = Node::open(url)?;
        Ok(Self { node, id, contract })
    }

    /// Puts the contract on a chain, once for all logs and all who anchor there.
    ///
    /// # Errors
    /// [`Error`], whatever a node can fail with.
    pub async fn deploy(url: &str, id: u64, key: &ChainKey) -> Result<Done<Address>, Error> {
        let node = Node::open(url)?;
        check_id(&node, id).await?;
        let done = transaction::send(&node, id, key, TxKind::Create, contract::code()).await?;
        let Mined { nonce, receipt } = done.result;
        let contract = EvmAddress::from(key.address().0).create(nonce);
        let created = receipt["contractAddress"]
            .as_str()
            .and_then(|text| text.parse().ok());
        if created != Some(Address(contract.into())) {
            return Err(node.malformed("eth_getTransactionReceipt", "it is another contract's"));
        }
        let chain = Self {
            node,
            id,
            contract: Address(contract.into()),
        };
        // A node that does not have it after all says so now.
        chain.latest(key.address(), "").await?;
        Ok(Done {
            result: chain.contract,
            gas: done.gas,
        })
    }

    /// The latest checkpoint that `by` anchored of the log with this origin.
    ///
    /// # Errors
    /// [`Error`], whatever a node can fail with.
    pub async fn latest(&self, by: Address, origin: &str) -> Result<Option<Anchor>, Error> {
        check_id(&self.node, self.id).await?;
        let call = latestCall {
            by: by.0.into(),
            origin: name(origin).0.into(),
        };
        let data = Bytes::from(call.abi_encode()).to_string();
        let params = json!([{ "to": self.contract.to_string(), "data": data }, "latest"]);
        let answer = self.node.bytes("eth_call", params).await?;
        if answer.is_empty() {
            return Err(Error::NoContract(self.contract));
        }
        let malformed = || {
            self.node
                .malformed("eth_call", "no checkpoint was expected to look so")
        };
        let record = latestCall::abi_decode_returns_validate(&answer).map_err(|_| malformed())?;
        let time = UnixTime(i64::try_from(record.time).map_err(|_| malformed())?);
        let head = TreeHead {
            size: TreeSize(record.size),
            root: Hash(record.root.0),
        };
        Ok((record.size > 0).then_some(Anchor { head, time }))
    }

    /// Anchors a checkpoint, and reads it back. One that stands there already gets a new time.
    ///
    /// # Errors
    /// [`Error::Ahead`] and [`Error::Differs`], for which the contract would refuse it;
    /// [`Error`], whatever a node can fail with.
    pub async fn anchor(&self, key: &ChainKey, origin: &str, head: TreeHead) -> Result<Done<Anchor>, Error> {
        // 1. What is there already. The contract refuses the same; here it is said in words.
        let by = key.address();
        self.check(self.latest(by, origin).await?, &head)?;

        // 2. The transaction.
        let call = anchorCall {
            origin: name(origin).0.into(),
            size: head.size.0,
            root: head.root.0.into(),
        };
        let to = TxKind::Call(self.contract.0.into());
        let done = transaction::send(&self.node, self.id, key, to, call.abi_encode().into()).await?;

        // 3. What is there now.
        let anchored = self.latest(by, origin).await?;
        self.check(anchored, &head)?;
        match anchored {
            Some(anchor) if anchor.head == head => Ok(Done {
                result: anchor,
                gas: done.gas,
            }),
            _ => Err(self.node.malformed("eth_call", "what was anchored is not there")),
        }
    }

    fn check(&self, anchored: Option<Anchor>, head: &TreeHead) -> Result<(), Error> {
        let Some(anchored) = anchored.map(|anchor| anchor.head) else {
            return Ok(());
        };
        if anchored.size > head.size {
            return Err(Error::Ahead {
                anchored: anchored.size.0,
                offered: head.size.0,
            });
        }
        match anchored.size == head.size && anchored.root != head.root {
            true => Err(Error::Differs(head.size.0)),
            false => Ok(()),
        }
    }
}

/// A transaction for one chain is nothing on another, and a record there says nothing here.
async fn check_id(node: &Node, wanted: u64) -> Result<(), Error> {
    let found = node.small_number("eth_chainId", json!([])).await?;
    match found == wanted {
        true => Ok(()),
        false => Err(Error::ChainIdDiffers { wanted, found }),
    }
}
