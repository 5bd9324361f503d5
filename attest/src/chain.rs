//! `attest chain`: what has to be done once before a log anchors its checkpoints on a chain.

use crate::{Error, print::say};
use clap::{Args, Subcommand};
use ledger_evm::{Chain as Contract, ChainKey, read_url};
use ledger_node::Seed;
use std::path::PathBuf;

/// Prepare a chain for logs to anchor their checkpoints there: a key, and the contract.
#[derive(Args, Debug)]
pub struct Chain {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand, Debug)]
enum Action {
    /// Make a key for the chain, and print its address. On a chain with fees, the address needs funds.
    Key(Key),
    /// Put the contract on a chain, once for all logs that anchor there, and print its address.
    Deploy(Deploy),
}

#[derive(Args, Debug)]
struct Key {
    /// Where the key is kept. A file that is there already is read, and its address printed.
    #[arg(value_name = "FILE")]
    key_file: PathBuf,
}

#[derive(Args, Debug)]
struct Deploy {
    /// The key that pays, as `attest chain key` made it. It gets no power over the contract.
    #[arg(long, value_name = "FILE")]
    key_file: PathBuf,
    /// A file with the URL of one of the chain's nodes (JSON-RPC).
    #[arg(long, value_name = "FILE")]
    url_file: PathBuf,
    /// The chain's number (EIP-155).
    #[arg(long, value_name = "NUMBER")]
    chain_id: u64,
}

impl Chain {
    pub async fn run(&self) -> Result<(), Error> {
        ledger_evm::built()?; // before a key is made that nothing could use
        match &self.action {
            Action::Key(key) => key.run(),
            Action::Deploy(deploy) => deploy.run().await,
        }
    }
}

impl Key {
    fn run(&self) -> Result<(), Error> {
        let seed = match self.key_file.exists() {
            true => Seed::read(&self.key_file)?,
            false => Seed::create(&self.key_file)?,
        };
        say!("{}", ChainKey::from_bytes(seed.as_bytes())?.address());
        Ok(())
    }
}

impl Deploy {
    async fn run(&self) -> Result<(), Error> {
        let key = ChainKey::from_bytes(Seed::read(&self.key_file)?.as_bytes())?;
        let deployed = Contract::deploy(&read_url(&self.url_file)?, self.chain_id, &key).await?;
        say!("{}", deployed.result);
        eprintln!(
            "The contract took {} gas. In a log's configuration:\n\n\
             [log.chain]\nurl_file = \"FILE\"\nchain_id = {}\ncontract = \"{}\"\nkey_file = \"FILE\"",
            deployed.gas, self.chain_id, deployed.result
        );
        Ok(())
    }
}
