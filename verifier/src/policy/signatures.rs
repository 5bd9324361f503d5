//! Which signatures count for something.

use schemas::UnixTime;
use serde::{Deserialize, Serialize};

/// How much later than due an issuer's next head may come, in seconds: it signs hourly, and has as long again to bring it to a log.
const HEAD_LATE: i64 = 2 * ledger::heads::SIGNED_EVERY;

/// By which signatures a credential is accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Signatures {
    /// ES256 and Ed25519 count.
    Any,
    /// Hashes and ML-DSA-44 alone: who forges the others at will, with a quantum computer, gets nothing accepted that no issuer
    /// made (`schemas/spec/head.md`).
    PostQuantum,
}

/// The oldest head by which a status is good under a policy that allows views of this age.
pub(super) fn oldest_head(now: UnixTime, max_view_age: i64) -> UnixTime {
    now.plus(-max_view_age - HEAD_LATE)
}
