//! Why the service refused, or could not.

use crate::{account::Role, result::State, store::EntryKind};
use std::{io, path::PathBuf};

/// A refusal or a failure. Each variant has a stable [`code`](Error::code), the same in HTTP answers, logs and metrics.
/// The variants carry what a person needs to act, and nothing personal: any of them may be logged.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    // Who is calling.
    /// No API key, or none that is known and open.
    #[error("the API key is missing or not known")]
    KeyUnknown,
    /// The key's role does not include this.
    #[error("this needs the role {}", names(.needed))]
    RoleInsufficient {
        /// The roles that may do this.
        needed: &'static [Role],
    },
    /// The account has used up its day.
    #[error("the station's quota of {quota} results a day is used up")]
    QuotaExhausted {
        /// The quota.
        quota: u32,
    },

    // What is asked.
    /// No such path.
    #[error("there is nothing at this address")]
    PathUnknown,
    /// The path has no such method.
    #[error("this address does not take that method")]
    MethodNotAllowed,
    /// More bytes than a request may have.
    #[error("the body is longer than {limit} bytes")]
    BodyTooLong {
        /// The limit.
        limit: usize,
    },
    /// Not the JSON or form that this address takes.
    #[error("the body is not of the expected form: {0}")]
    BodyMalformed(String),
    /// Not the parameters that this address takes.
    #[error("the parameters behind the address are not of the expected form")]
    QueryMalformed,
    /// A request identifier that is not a UUID.
    #[error("the request identifier is not a UUID")]
    RequestIdMalformed,
    /// The same request identifier was used for another result.
    #[error("this request identifier was used for another result")]
    RequestIdTaken,
    /// A draft that the issuer does not sign.
    #[error("the result cannot be issued: {0}")]
    Draft(issuer::Error),
    /// An account with this name exists.
    #[error("an account with this name exists")]
    AccountExists,
    /// No account with this number.
    #[error("there is no account with this number")]
    AccountUnknown,
    /// No result with this identifier, or one of another station.
    #[error("there is no such result")]
    ResultUnknown,
    /// The result is revoked or replaced, so that this cannot be done with it any more.
    #[error("the result was {} before", state_name(*.state))]
    ResultNotStanding {
        /// What became of it.
        state: State,
    },

    /// No batch of this status list is in the last snapshot.
    #[error("there is no such status list")]
    StatusListUnknown,

    // Pick-up (OpenID4VCI 1.0).
    /// A grant type other than the pre-authorized code and the refresh token.
    #[error("the grant type is not supported")]
    GrantTypeUnsupported,
    /// A pre-authorized code or refresh token that was not made here, or whose result is gone.
    #[error("the code is not known, or its result is no longer handed out")]
    CodeInvalid,
    /// The credentials of this code were picked up and acknowledged.
    #[error(
        "the pre-authorized code was used; the wallet that took it up gets more copies with its refresh token"
    )]
    CodeUsed,
    /// The refresh token's result is revoked, or replaced by one that may be somebody else's.
    #[error("the result was {} before; its copies are not accepted any more", state_name(*.state))]
    GrantEnded {
        /// What became of it.
        state: State,
    },
    /// The refresh token is from before its result moved to another wallet.
    #[error("this result was restored on another device; the copies here have ended")]
    GrantMoved,
    /// The access token is from before its result moved, or another wallet was faster. As [`Error::GrantMoved`], for the
    /// endpoint where OpenID4VCI knows no `invalid_grant` (1.0 section 8.3.1.2).
    #[error("this result was restored on another device; the copies here have ended")]
    ReceiptMoved,
    /// The transaction code is missing.
    #[error("the transaction code is missing")]
    TxCodeMissing,
    /// A wrong transaction code.
    #[error("the transaction code is wrong; {left} attempts are left")]
    TxCodeWrong {
        /// Further attempts.
        left: u32,
    },
    /// Too many wrong transaction codes.
    #[error("too many wrong transaction codes; the test centre can unlock it")]
    TxCodeLocked,
    /// An access token that was not made here or has expired.
    #[error("the access token is missing, not known or expired")]
    TokenInvalid,
    /// A credential request that is not of the expected form.
    #[error("the credential request is not of the expected form: {0}")]
    CredentialRequestMalformed(String),
    /// The wallet asks for an encrypted answer.
    #[error("encrypted answers are not supported")]
    EncryptionUnsupported,
    /// The wallet names a credential identifier, of which the token response had none.
    #[error("there is no such credential identifier")]
    CredentialIdentifierUnknown,
    /// A credential configuration that is not in the metadata.
    #[error("there is no such credential configuration")]
    ConfigurationUnknown,
    /// The request lacks proofs, or has some where none belong.
    #[error("{0}")]
    ProofsUnexpected(&'static str),
    /// A proof of possession that does not hold.
    #[error("a key proof does not hold: {0}")]
    ProofInvalid(&'static str),
    /// A nonce that was not made here or has expired.
    #[error("the nonce is not known or expired")]
    NonceInvalid,
    /// The result has as many copies as it may have.
    #[error("this result has its {limit} copies already")]
    CopiesExhausted {
        /// The most copies of one result.
        limit: usize,
    },
    /// A notification identifier that does not belong to the token.
    #[error("the notification identifier is not known")]
    NotificationUnknown,
    /// A notification that is not of the expected form.
    #[error("the notification is not of the expected form")]
    NotificationMalformed,

    // Key rotation.
    /// The registrar's event does not answer this service's request.
    #[error("the registrar's event does not fit: {0}")]
    KeyEventMismatch(&'static str),

    /// The registrar has not accredited a key, or the last one ends too soon.
    #[error("the registrar has accredited no key that may sign now")]
    NotAccredited,

    // The service.
    /// The transaction failed; nothing of it was written. The log says why.
    #[error("the database failed; nothing was written")]
    NotWritten,
    /// The queue is full.
    #[error("the service is busy")]
    Busy,
    /// The service is shutting down.
    #[error("the service is stopping")]
    Stopping,
    /// The request took longer than it may.
    #[error("the request took too long")]
    TimedOut,
    /// The database failed.
    #[error("the database failed")]
    Store(#[from] sqlx::Error),
    /// The server of the database does not answer, or not us.
    #[error("the database cannot be reached: {0}")]
    StoreUnreachable(String),
    /// The key store has another secret than the one whose codes this database's results have.
    #[error("the key store is not the one of this database: the processes of an issuer share one key store")]
    SecretDiffers,
    /// The database could not be brought to this version.
    #[error("the database could not be migrated")]
    Migration(#[from] sqlx::migrate::MigrateError),
    /// The database holds what this version did not write.
    #[error("the database holds an unexpected {0}")]
    StoreDamaged(&'static str),
    /// Another process has the database open.
    #[error("a running issuer has {} open: stop it first, or ask it (accounts: POST /v1/accounts)", .path.display())]
    StoreInUse {
        /// The lock file.
        path: PathBuf,
    },
    /// The key store failed.
    #[error("key store {}: {reason}", .path.display())]
    KeyStore {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        reason: io::Error,
    },
    /// A signature could not be made.
    #[error("could not sign")]
    Signing(#[source] schemas::Error),
    /// Something that was checked before was refused after all.
    #[error("an unexpected refusal: {0}")]
    Unexpected(#[from] issuer::Error),
    /// The operating system has no randomness.
    #[error("the operating system gives no randomness")]
    Randomness,
    /// The log did not take the entries. They wait.
    #[error("the log did not answer as it should: {0}")]
    Ledger(String),
    /// The log has not said yet what it has of this issuer.
    #[error("the log has not said yet what it has of this issuer")]
    LedgerSilent,
    /// The log refuses an entry until somebody settles it. The entry waits, and so do those after it.
    #[error("the log refuses {} {number}: {code}", .kind.as_str())]
    LedgerRefused {
        /// Of which kind.
        kind: EntryKind,
        /// Which of them.
        number: u32,
        /// The log's code.
        code: String,
    },
    /// The ledger has an entry of this issuer that the database does not have.
    #[error(
        "the ledger has {} {number} of this issuer, and the database has not: it is an older copy, or somebody else has the key. \
         Nothing was sent. Restore the newest copy; without one, go on under a new issuer number",
        .kind.as_str()
    )]
    Behind {
        /// Of which kind.
        kind: EntryKind,
        /// Which of them.
        number: u32,
    },
    /// A setting that cannot work.
    #[error("setting {name}: {reason}")]
    Setting {
        /// Which.
        name: &'static str,
        /// Why not.
        reason: &'static str,
    },
    /// The task that writes has ended. The service cannot go on; it is safe to start it again.
    #[error("the task that writes has ended")]
    WriterEnded,
}

impl Error {
    /// The stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::KeyUnknown => "issuer-key-unknown",
            Self::RoleInsufficient { .. } => "issuer-role-insufficient",
            Self::QuotaExhausted { .. } => "issuer-quota-exhausted",
            Self::PathUnknown => "issuer-path-unknown",
            Self::MethodNotAllowed => "issuer-method-not-allowed",
            Self::BodyTooLong { .. } => "issuer-body-too-long",
            Self::BodyMalformed(_) => "issuer-body-malformed",
            Self::QueryMalformed => "issuer-query-malformed",
            Self::RequestIdMalformed => "issuer-request-id-malformed",
            Self::RequestIdTaken => "issuer-request-id-taken",
            Self::Draft(error) | Self::Unexpected(error) => error.code(),
            Self::AccountExists => "issuer-account-exists",
            Self::AccountUnknown => "issuer-account-unknown",
            Self::ResultUnknown => "issuer-result-unknown",
            Self::ResultNotStanding { .. } | Self::GrantEnded { .. } => "issuer-result-not-standing",
            Self::StatusListUnknown => "issuer-status-list-unknown",
            Self::GrantTypeUnsupported => "issuer-grant-type-unsupported",
            Self::CodeInvalid => "issuer-code-invalid",
            Self::CodeUsed => "issuer-code-used",
            Self::GrantMoved | Self::ReceiptMoved => "issuer-receipt-moved",
            Self::TxCodeMissing => "issuer-tx-code-missing",
            Self::TxCodeWrong { .. } => "issuer-tx-code-wrong",
            Self::TxCodeLocked => "issuer-tx-code-locked",
            Self::TokenInvalid => "issuer-token-invalid",
            Self::CredentialRequestMalformed(_) => "issuer-credential-request-malformed",
            Self::EncryptionUnsupported => "issuer-encryption-unsupported",
            Self::CredentialIdentifierUnknown => "issuer-credential-identifier-unknown",
            Self::ConfigurationUnknown => "issuer-configuration-unknown",
            Self::ProofsUnexpected(_) => "issuer-proofs-unexpected",
            Self::ProofInvalid(_) => "issuer-proof-invalid",
            Self::NonceInvalid => "issuer-nonce-invalid",
            Self::CopiesExhausted { .. } => "issuer-copies-exhausted",
            Self::NotificationUnknown => "issuer-notification-unknown",
            Self::NotificationMalformed => "issuer-notification-malformed",
            Self::KeyEventMismatch(_) => "issuer-key-event-mismatch",
            Self::NotAccredited => "issuer-not-accredited",
            Self::Busy => "issuer-busy",
            Self::Stopping => "issuer-stopping",
            Self::TimedOut => "issuer-timed-out",
            Self::Store(_) | Self::StoreUnreachable(_) | Self::Migration(_) | Self::NotWritten => {
                "issuer-store"
            }
            Self::StoreDamaged(_) => "issuer-store-damaged",
            Self::StoreInUse { .. } => "issuer-store-in-use",
            Self::KeyStore { .. } | Self::SecretDiffers => "issuer-key-store",
            Self::Signing(_) => "issuer-signing",
            Self::Randomness => "issuer-randomness",
            Self::Ledger(_) | Self::LedgerSilent => "issuer-ledger",
            Self::LedgerRefused { .. } => "issuer-ledger-refused",
            Self::Behind { .. } => "issuer-behind",
            Self::Setting { .. } => "issuer-setting",
            Self::WriterEnded => "issuer-writer-ended",
        }
    }
}

impl Error {
    /// Whether the service failed, so that nothing of the same transaction may be written. Any other error concerns one
    /// order alone, which reads and signs before it writes.
    #[must_use]
    pub fn is_failure(&self) -> bool {
        matches!(
            self,
            Self::Store(_)
                | Self::Migration(_)
                | Self::KeyStore { .. }
                | Self::Signing(_)
                | Self::Randomness
                | Self::NotWritten
        )
    }
}

fn names(roles: &[Role]) -> String {
    roles
        .iter()
        .map(|role| role.as_str())
        .collect::<Vec<_>>()
        .join(" or ")
}

fn state_name(state: State) -> &'static str {
    match state {
        State::Issued => "issued",
        State::Revoked => "revoked",
        State::Replaced => "replaced",
    }
}
