//! Why a role could not do what it was asked, and what a person can do about it.

use std::{io, net::SocketAddr, path::PathBuf};

/// A failure of a command. Each has a stable [`code`](Error::code); those of the crates below keep their own.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("{} cannot be read: {source}", path.display())]
    Unreadable { path: PathBuf, source: io::Error },
    #[error("{} cannot be written: {source}", path.display())]
    Unwritable { path: PathBuf, source: io::Error },
    #[error("{} is there already and is left as it is: name another one, or move it away", .0.display())]
    Exists(PathBuf),
    #[error("{}: {reason}\nEvery setting is explained in the file that `init` writes.", path.display())]
    Config { path: PathBuf, reason: String },
    #[error("cannot listen on {address}: {source}")]
    Listen { address: SocketAddr, source: io::Error },
    #[error("there is no registrar's key in {}: make one with `attest issuer-key init`", .0.display())]
    NoRegistrar(PathBuf),
    #[error(
        "{}: {reason}. It has what `attest ledger init`, `attest witness init` and `attest policy init` printed",
        path.display()
    )]
    MemberLine { path: PathBuf, reason: String },
    #[error("{}: {source}. A request is what `attest issuer init` printed", path.display())]
    KeyRequest { path: PathBuf, source: issuer::Error },
    #[error(
        "a quorum of {quorum} is not a majority of {witnesses} witnesses: give {} to {witnesses}, or leave it out",
        witnesses / 2 + 1
    )]
    QuorumImpossible { quorum: usize, witnesses: usize },
    #[error("{0} of the log's files are damaged or missing: the lines above say which, and what helps")]
    LedgerDamaged(usize),
    #[error(
        "{keys} of the witnesses gave a key of ML-DSA-44, and {quorum} are a quorum: collect both lines of each witness's `init`, or \
         leave the second ones out"
    )]
    PostQuantumKeysFew { keys: usize, quorum: usize },
    #[error("{}: {source}. It has what `attest policy sign` printed", path.display())]
    Signatures { path: PathBuf, source: ledger::Error },
    #[error(
        "{} is not what follows version {version}: it is for another version, or was changed by hand. Take the version in force, \
         or `attest policy propose` again",
        path.display()
    )]
    NotAProposal { path: PathBuf, version: u32 },
    #[error("what was said of this issuer last is damaged")]
    RecordDamaged,
    #[error("the issuer has no key of this identifier: look at what `attest issuer last-good` printed")]
    KeyNotListed,
    #[error("the key was cut off before, after other entries: that stays")]
    KeyCutOffBefore,
    #[error("the request is of another issuer")]
    OtherIssuer,
    #[error("issuer {0} was not accredited by this office")]
    IssuerNotAccredited(u32),
    #[error("{silent} of {logs} logs have not taken it: publish it again until all have")]
    NotEverywhere { silent: usize, logs: usize },
    #[error("{}: {reason}", path.display())]
    Accreditation { path: PathBuf, reason: &'static str },
    #[error("{}: it is not the manifest of a release, as `release/build` writes it", .0.display())]
    ManifestMalformed(PathBuf),
    #[error("the issuer cannot be reached: {0}. Nothing is lost: try again")]
    IssuerUnreachable(reqwest::Error),
    #[error(
        "the ledger does not know the issuer's key. If the issuer is new, wait a minute and `refresh NUMBER --network FILE`; nothing is lost"
    )]
    IssuerNotListed,
    #[error(
        "there is no terminal to ask for the passphrase ({0}): give --passphrase-file or ATTEST_PASSPHRASE"
    )]
    PassphraseMissing(io::Error),
    #[error("the passphrase is empty: choose one of several words")]
    PassphraseEmpty,
    #[error("the two passphrases are not the same: begin again")]
    PassphrasesDiffer,
    #[error(transparent)]
    Wallet(#[from] wallet_core::Error),
    #[error(transparent)]
    Vault(#[from] wallet_file::Error),
    #[error(transparent)]
    Input(#[from] verifier_server::InputError),
    #[error(transparent)]
    Door(#[from] verifier_server::SetUpError),
    #[error(transparent)]
    Sync(#[from] verifier_server::CopyError),
    #[error(transparent)]
    Chain(#[from] ledger_evm::Error),
    #[error(transparent)]
    Node(#[from] ledger_node::Error),
    #[error(transparent)]
    Issuer(#[from] issuer_server::Error),
    #[error(transparent)]
    IssuerRule(#[from] issuer::Error),
    #[error(transparent)]
    Ledger(#[from] ledger::Error),
    #[error(transparent)]
    Verifier(#[from] verifier::Error),
    #[error(transparent)]
    Schemas(#[from] schemas::Error),
}

impl Error {
    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unreadable { .. } => "input-unreadable",
            Self::Unwritable { .. } => "output-unwritable",
            Self::Exists(_) => "output-exists",
            Self::Config { .. } => "config-malformed",
            Self::Listen { .. } => "listen-failed",
            Self::NoRegistrar(_) => "registrar-key-missing",
            Self::MemberLine { .. } => "member-line-malformed",
            Self::LedgerDamaged(_) => "ledger-damaged",
            Self::Signatures { source, .. } => source.code(),
            Self::NotAProposal { .. } => "network-not-next",
            Self::RecordDamaged | Self::Accreditation { .. } => "accreditation-malformed",
            Self::KeyNotListed => "key-not-listed",
            Self::KeyCutOffBefore => "key-cut-off-before",
            Self::OtherIssuer => "issuer-other",
            Self::IssuerNotAccredited(_) => "issuer-not-accredited",
            Self::NotEverywhere { .. } => "not-everywhere",
            Self::KeyRequest { source, .. } => source.code(),
            Self::QuorumImpossible { .. } => "quorum-impossible",
            Self::PostQuantumKeysFew { .. } => "post-quantum-keys-few",
            Self::ManifestMalformed(_) => "release-malformed",
            Self::IssuerUnreachable(_) => "issuer-unreachable",
            Self::IssuerNotListed => "issuer-not-listed",
            Self::PassphraseMissing(_) => "passphrase-missing",
            Self::PassphraseEmpty => "passphrase-empty",
            Self::PassphrasesDiffer => "passphrases-differ",
            Self::Wallet(error) => error.code(),
            Self::Vault(error) => error.code(),
            Self::Input(error) => error.code(),
            Self::Door(error) => error.code(),
            Self::Sync(error) => error.code(),
            Self::Chain(error) => error.code(),
            Self::Node(error) => error.code(),
            Self::Issuer(error) => error.code(),
            Self::IssuerRule(error) => error.code(),
            Self::Ledger(error) => error.code(),
            Self::Verifier(error) => error.code(),
            Self::Schemas(error) => error.code(),
        }
    }
}
