//! The one binary of Attest: a command for each role.

mod chain;
mod demo;
mod error;
mod evidence;
mod files;
mod issuer;
mod issuer_key;
mod ledger;
mod monitor;
mod policy;
mod print;
mod release;
mod service;
mod token;
mod version;
mod wallet;
mod witness;

use clap::{Parser, Subcommand};
use error::Error;
use std::process::ExitCode;

/// Verifiable health-status credentials.
#[derive(Parser)]
#[command(name = "attest", version)]
struct Attest {
    #[command(subcommand)]
    role: Role,
}

#[derive(Subcommand)]
enum Role {
    /// Run the whole system on this machine and take a tour of it.
    Demo(demo::Demo),
    Policy(policy::Policies),
    IssuerKey(issuer_key::IssuerKeys),
    Release(release::Release),
    Ledger(ledger::Ledger),
    Witness(witness::Witness),
    Monitor(monitor::Monitor),
    Chain(chain::Chain),
    VerifyEvidence(evidence::VerifyEvidence),
    Issuer(issuer::Issuer),
    Wallet(wallet::Wallet),
    /// Verify credentials: files, the text of a code, or `-` for standard input.
    Verify(Box<verifier_server::Command>),
    Version(version::Version),
}

fn main() -> ExitCode {
    let attest = Attest::parse();
    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("attest: the machine gives no threads: {error}");
            return ExitCode::from(2);
        }
    };
    let exit = runtime.block_on(async {
        match attest.role {
            Role::Demo(demo) => match demo.run().await {
                Ok(()) => 0,
                Err(error) => {
                    eprintln!("attest: {error}");
                    2
                }
            },
            Role::Policy(policies) => exit(policies.run()),
            Role::IssuerKey(office) => exit(office.run().await),
            Role::Release(release) => exit(release.run()),
            Role::Ledger(ledger) => exit(ledger.run().await),
            Role::Witness(witness) => exit(witness.run().await),
            Role::Monitor(monitor) => exit(monitor.run().await),
            Role::Chain(chain) => exit(chain.run().await),
            Role::VerifyEvidence(command) => match command.run() {
                Ok(true) => 0,
                Ok(false) => 1,
                Err(error) => exit(Err(error)),
            },
            Role::Issuer(issuer) => exit(issuer.run().await),
            Role::Wallet(wallet) => exit(wallet.run().await),
            Role::Version(version) => match version.run().await {
                Ok(code) => code,
                Err(error) => exit(Err(error)),
            },
            Role::Verify(command) => command.run().await as u8,
        }
    });
    ExitCode::from(exit)
}

fn exit(result: Result<(), Error>) -> u8 {
    match result {
        Ok(()) => 0,
        Err(error) => {
            eprintln!("attest: {error} [{}]", error.code());
            2
        }
    }
}
