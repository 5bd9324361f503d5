//! Why a log or a witness could not start or go on.

use crate::{
    key::TokenError,
    storage::{Name, StorageError},
};
use std::{
    io,
    path::{Path, PathBuf},
};

/// A failure of a log or a witness. Each variant has a stable [`code`](Error::code); the text says what happened, then
/// what to do.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The storage failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// The token that has the key did not sign.
    #[error(transparent)]
    Token(#[from] TokenError),
    /// A refusal of the pure ledger.
    #[error(transparent)]
    Ledger(#[from] ledger::Error),
    /// A refusal around a chain.
    #[error(transparent)]
    Chain(#[from] ledger_evm::Error),
    /// A setting that cannot be used.
    #[error("the setting `{setting}` cannot be used: {source}")]
    Config {
        /// Its name.
        setting: &'static str,
        /// Why.
        source: ledger::Error,
    },
    /// A policy by which the log could never publish anything.
    #[error("nothing could be published by the policy: {0}")]
    PolicyUnfit(&'static str),
    /// No client for HTTPS, most likely because the machine has no root certificates.
    #[error("could not prepare to ask witnesses over HTTPS: {0}")]
    Client(#[from] reqwest::Error),
    /// The policy file cannot be read.
    #[error("could not read the policy file {}: {source}", path.display())]
    PolicyFile {
        /// The file.
        path: PathBuf,
        /// The system's answer.
        source: io::Error,
    },
    /// A setting of a monitor that cannot be used.
    #[error("the setting `{setting}` cannot be used: {reason}")]
    Setting {
        /// Its name.
        setting: &'static str,
        /// Why.
        reason: String,
    },
    /// Not a file of evidence.
    #[error("not evidence that can be read here: {0}")]
    EvidenceMalformed(&'static str),
    /// A file of evidence that does not show what it claims.
    #[error("it is no evidence: {0}")]
    EvidenceInvalid(&'static str),
    /// A file that a monitor kept is not what it wrote.
    #[error(
        "{name}: {problem}. Restore the monitor's folder from a backup; or keep its folder `evidence`, remove the rest, and \
         start again: it then reads all logs anew"
    )]
    MonitorDamaged {
        /// The file.
        name: Name,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// There is no log in the storage.
    #[error(
        "there is no log here: create one, or if there was one, restore its folder. \
         A log that starts again under the same key is a second history, which no witness will cosign"
    )]
    LogMissing,
    /// The witness has cosigned more than it has on record: it is an older copy.
    #[error(
        "the log {log} publishes a checkpoint of {cosigned} entries that this witness cosigned, and {record} are on record: the \
         records are an older copy, with which the log could be given a second history, and nothing was cosigned on them. Restore \
         the newest copy; if there is none, this witness begins anew under a new name and key (docs/operators.md)"
    )]
    RecordBehind {
        /// The log's origin.
        log: String,
        /// Entries that were cosigned.
        cosigned: u64,
        /// Entries on record.
        record: u64,
    },
    /// The log's key has signed more than the storage has: it is an older copy.
    #[error(
        "the witness {witness} has a checkpoint of {theirs} entries that this log's key signed, and the files here have {ours}: they \
         are an older copy, and nothing was signed on it. Restore the newest copy; if there is none, this log has ended, and the next \
         log number takes over (docs/operators.md)"
    )]
    LogBehind {
        /// Who showed the checkpoint.
        witness: String,
        /// Its entries.
        theirs: u64,
        /// Entries that the storage has.
        ours: u64,
    },
    /// There is a log in the storage already.
    #[error("{name} is there already: open this log, or create the new one in another folder")]
    LogExists {
        /// The file.
        name: Name,
    },
    /// The log in the storage was signed by another key.
    #[error("the log here is {origin}, which {key} did not sign: give it its own origin and key")]
    LogForeign {
        /// The origin of the log in the storage.
        origin: String,
        /// The configured key.
        key: String,
    },
    /// A file of the storage is not what it must be.
    #[error(
        "{name}: {problem}. Nothing runs on damaged files. A log is looked through with `attest ledger check` and mended with \
         `attest ledger repair --from-mirror`; else restore the whole folder from its newest backup, of which what no \
         witness has cosigned is the only thing that may be missing"
    )]
    Damaged {
        /// The file.
        name: Name,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// The place to copy from does not answer.
    #[error("nothing can be copied from there: {reason}")]
    SourceUnavailable {
        /// What happened.
        reason: String,
    },
    /// The place to copy from lacks a file that its checkpoint promises.
    #[error("{path} is not there: copy from the log itself, or from a mirror that has all of it")]
    SourceIncomplete {
        /// The file.
        path: String,
    },
    /// The place to copy from has a file that is not its log's.
    #[error(
        "{path} is there, but is not what the signed checkpoint says, and was not taken: copy from another mirror"
    )]
    SourceDiffers {
        /// The file.
        path: String,
    },
    /// The place to copy from has another log than the one that is here.
    #[error("{here} is here and {there} is there: name the mirror of this log, or another folder")]
    MirrorForeign {
        /// The origin of the log that is here.
        here: String,
        /// That of the other.
        there: String,
    },
    /// The mirror has more than the log here has signed.
    #[error(
        "the mirror has {there} entries under this log's key, and the file `head` here {here}: it is an older copy. A log \
         that goes on from it signs a second history. Restore the newest backup; nothing was changed"
    )]
    MirrorAhead {
        /// Entries that the log here has signed.
        here: u64,
        /// Entries of the mirror.
        there: u64,
    },
    /// The mirror does not have what would help.
    #[error("the mirror cannot be used: {problem}. Nothing was changed; try another mirror")]
    MirrorUnfit {
        /// Why.
        problem: &'static str,
    },
    /// The operating system refused something about a key file.
    #[error("could not {step} the key file {}: {source}", path.display())]
    KeyFile {
        /// What was tried.
        step: &'static str,
        /// The file.
        path: PathBuf,
        /// The system's answer.
        source: io::Error,
    },
    /// A key file that others than its owner may read.
    #[error("the key file {} has mode {mode:03o}: make it 600, and a new key if others may have read it", path.display())]
    KeyFileOpen {
        /// The file.
        path: PathBuf,
        /// Its permissions.
        mode: u32,
    },
    /// A key file that is not 64 hexadecimal digits.
    #[error("{} is not a key file: 64 hexadecimal digits were expected", path.display())]
    KeyFileMalformed {
        /// The file.
        path: PathBuf,
    },
}

impl Error {
    /// The stable code of this failure.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Storage(error) => error.code(),
            Self::Token(error) => error.code(),
            Self::Ledger(error) => error.code(),
            Self::Chain(error) => error.code(),
            Self::Config { .. } => "config",
            Self::PolicyUnfit(_) => "policy-unfit",
            Self::Client(_) => "https-client",
            Self::PolicyFile { .. } => "policy-file",
            Self::Setting { .. } => "config",
            Self::EvidenceMalformed(_) => "evidence-malformed",
            Self::EvidenceInvalid(_) => "evidence-invalid",
            Self::MonitorDamaged { .. } => "monitor-damaged",
            Self::LogMissing => "log-missing",
            Self::RecordBehind { .. } => "record-behind",
            Self::LogBehind { .. } => "log-behind",
            Self::LogExists { .. } => "log-exists",
            Self::LogForeign { .. } => "log-foreign",
            Self::Damaged { .. } => "storage-damaged",
            Self::SourceUnavailable { .. } => "source-unavailable",
            Self::SourceIncomplete { .. } => "source-incomplete",
            Self::SourceDiffers { .. } => "source-differs",
            Self::MirrorForeign { .. } => "mirror-foreign",
            Self::MirrorAhead { .. } => "mirror-ahead",
            Self::MirrorUnfit { .. } => "mirror-unfit",
            Self::KeyFile { .. } => "key-file",
            Self::KeyFileOpen { .. } => "key-file-open",
            Self::KeyFileMalformed { .. } => "key-file-malformed",
        }
    }

    pub(crate) fn key_file(path: &Path, step: &'static str, source: io::Error) -> Self {
        let path = path.to_owned();
        Self::KeyFile { step, path, source }
    }
}
