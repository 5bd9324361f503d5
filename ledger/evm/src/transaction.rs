//! Transactions: signed here, and waited for until they are in a block.

use crate::{
    ChainKey, Done, Error,
    node::{Node, number},
};
use alloy::{
    consensus::{SignableTransaction, TxLegacy, transaction::RlpEcdsaEncodableTx},
    primitives::{Address, Bytes, Signature, TxKind, U256, keccak256},
};
use serde_json::{Value, json};
use std::time::Duration;
use tokio::time;

/// Most gas of a transaction; to deploy takes a quarter of it, to anchor less than a tenth.
const MAX_GAS: u64 = 1_000_000;
/// The highest price of a unit of gas: 500 gwei. A node that lies cannot make a transaction cost more than half an ether.
const MAX_GAS_PRICE: u128 = 500_000_000_000;
/// How long a transaction may take into a block: some ten blocks of the slowest chains.
const MAX_WAIT: Duration = Duration::from_secs(120);
/// How often is looked for it.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// A transaction in a block: the contract that it created is by the sender's address and `nonce`.
pub(crate) struct Mined {
    pub(crate) nonce: u64,
    pub(crate) receipt: Value,
}

/// Sends a transaction and waits until it is in a block and has succeeded.
///
/// Its nonce is that of the first one that is in no block yet: one that is stuck is replaced, and none ever queue up.
pub(crate) async fn send(
    node: &Node,
    chain: u64,
    key: &ChainKey,
    to: TxKind,
    input: Bytes,
) -> Result<Done<Mined>, Error> {
    let from = Address::from(key.address().0);
    let mut call = json!({ "from": from.to_string(), "data": input.to_string() });
    if let TxKind::Call(to) = to {
        call["to"] = to.to_string().into();
    }
    // 1. What it takes and costs, within limits, and with a quarter more for what changes until the next block.
    let nonce = node
        .small_number("eth_getTransactionCount", json!([from.to_string(), "latest"]))
        .await?;
    let gas = node.small_number("eth_estimateGas", json!([call])).await?;
    let gas_limit = within(u128::from(gas), u128::from(MAX_GAS), "units of gas")?;
    let price = node.number("eth_gasPrice", json!([])).await?;
    let gas_price = within(price, MAX_GAS_PRICE, "wei for a unit of gas")?;

    // 2. Signed for this chain alone (EIP-155). The oldest kind of transaction, which every chain takes, also one without fees.
    let transaction = TxLegacy {
        chain_id: Some(chain),
        nonce,
        gas_price,
        gas_limit: u64::try_from(gas_limit).unwrap_or(MAX_GAS),
        to,
        value: U256::ZERO,
        input,
    };
    let signed = key
        .0
        .sign_prehash_recoverable(transaction.signature_hash().as_slice());
    let signature = Signature::from(signed.map_err(|_| Error::KeyMalformed)?);
    let mut raw = Vec::new();
    transaction.rlp_encode_signed(&signature, &mut raw);
    let hash = keccak256(&raw).to_string();

    // 3. In a block.
    let sent = node
        .ask("eth_sendRawTransaction", json!([Bytes::from(raw).to_string()]))
        .await?;
    if sent.as_str() != Some(&hash) {
        return Err(node.malformed("eth_sendRawTransaction", "it is another transaction's hash"));
    }
    let mined = time::timeout(MAX_WAIT, async {
        loop {
            let receipt = node.ask("eth_getTransactionReceipt", json!([hash])).await?;
            match receipt {
                Value::Null => time::sleep(LOOK_EVERY).await,
                receipt => return Ok(receipt),
            }
        }
    });
    let receipt = mined.await.map_err(|_| Error::NotMined(MAX_WAIT.as_secs()))??;
    let field = |name| number(&receipt[name]).and_then(|number| u64::try_from(number).ok());
    match (field("status"), field("gasUsed")) {
        (Some(1), Some(gas)) => Ok(Done {
            result: Mined { nonce, receipt },
            gas,
        }),
        (Some(_), Some(_)) => Err(Error::Failed),
        _ => Err(node.malformed("eth_getTransactionReceipt", "it is no receipt")),
    }
}

/// A quarter more than was asked for, up to the limit.
fn within(asked: u128, limit: u128, unit: &'static str) -> Result<u128, Error> {
    match asked <= limit {
        true => Ok((asked + asked / 4).min(limit)),
        false => Err(Error::TooDear { asked, unit, limit }),
    }
}
