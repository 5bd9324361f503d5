//! Why a chain could not be asked or told.

use ledger::chain::Address;
use std::path::PathBuf;

/// A failure around a chain. Each variant has a stable [`code`](Error::code); the text says what happened, then what to do.
/// None has the URL of the node, which may hold a secret, but its host alone.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// This program was built without chains.
    #[error("this program was built without chains: build it with `--features evm`")]
    NotBuilt,
    /// The file with the URL cannot be read.
    #[error("{}, where the URL of the chain's node should be, cannot be read: {reason}", file.display())]
    UrlUnreadable {
        /// The file.
        file: PathBuf,
        /// What the system says.
        reason: String,
    },
    /// Not the URL of a node.
    #[error("the URL of the chain's node is not one of http(s)")]
    UrlMalformed,
    /// No client for HTTPS, most likely because the machine has no root certificates.
    #[error("could not prepare to ask a chain over HTTPS")]
    Client,
    /// Not a key of secp256k1.
    #[error("the key is not one for a chain: make one with `attest chain key`")]
    KeyMalformed,
    /// The node does not answer, or not in time.
    #[error("the chain's node {node} does not answer ({reason}): look whether it runs, and at the URL")]
    Unreachable {
        /// Its host.
        node: String,
        /// What happened.
        reason: String,
    },
    /// The node answers with something else than what was asked.
    #[error(
        "the chain's node {node} answers {method} with what makes no sense ({problem}): is it a node of an EVM chain?"
    )]
    AnswerMalformed {
        /// Its host.
        node: String,
        /// What was asked.
        method: &'static str,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// The node refuses.
    #[error("the chain's node {node} refuses {method}: {reason}")]
    Refused {
        /// Its host.
        node: String,
        /// What was asked.
        method: &'static str,
        /// What it says, cut and without control characters.
        reason: String,
    },
    /// The node is one of another chain.
    #[error(
        "the chain's node is of chain {found}, and {wanted} is configured: look at the URL and at chain_id"
    )]
    ChainIdDiffers {
        /// The configured one.
        wanted: u64,
        /// The node's.
        found: u64,
    },
    /// There is no contract at the address.
    #[error("there is no contract at {0}: look at the address, or deploy it with `attest chain deploy`")]
    NoContract(Address),
    /// The chain has a later checkpoint than the one to anchor.
    #[error(
        "the chain has {anchored} entries of this log, and the log has published {offered}: an older copy of the log runs, or its \
         key for the chain is used twice"
    )]
    Ahead {
        /// On the chain.
        anchored: u64,
        /// To be anchored.
        offered: u64,
    },
    /// The chain has another root for as many entries.
    #[error(
        "the chain has another tree of {0} entries: the log has two histories, or its key for the chain is used twice"
    )]
    Differs(u64),
    /// More gas, or dearer, than this can ever cost.
    #[error(
        "the chain's node asks for {asked} {unit}, and at most {limit} are paid: is it an honest node of the right chain?"
    )]
    TooDear {
        /// How much.
        asked: u128,
        /// Of what.
        unit: &'static str,
        /// How much is paid at most.
        limit: u128,
    },
    /// The transaction was sent and is in no block.
    #[error(
        "the chain took the transaction and has not put it into a block for {0} s: look whether the chain goes on"
    )]
    NotMined(u64),
    /// The transaction is in a block and failed.
    #[error("the transaction failed on the chain: look at the contract's address")]
    Failed,
}

impl Error {
    /// The stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotBuilt => "chain-not-built",
            Self::UrlUnreadable { .. } => "input-unreadable",
            Self::UrlMalformed => "chain-url-malformed",
            Self::Client => "https-client",
            Self::KeyMalformed => "chain-key-malformed",
            Self::Unreachable { .. } => "chain-unreachable",
            Self::AnswerMalformed { .. } => "chain-answer-malformed",
            Self::Refused { .. } => "chain-refused",
            Self::ChainIdDiffers { .. } => "chain-id-differs",
            Self::NoContract(_) => "chain-no-contract",
            Self::Ahead { .. } => "chain-ahead",
            Self::Differs(_) => "chain-differs",
            Self::TooDear { .. } => "chain-too-dear",
            Self::NotMined(_) => "chain-not-mined",
            Self::Failed => "chain-failed",
        }
    }
}
