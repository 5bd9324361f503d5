//! Whether the records are older than what this witness has cosigned: a restored backup, with which a log could be given a second
//! history. A log that publishes shows it, since its checkpoint has this witness's cosignature; one that lies need not.

use super::core::Core;
use crate::Error;
use ledger::{
    checkpoint::SignedCheckpoint,
    cosignature::WitnessKey,
    note::MAX_NOTE_BYTES,
    policy::{Log, Policy},
};
use serve::Source;
use std::time::Duration;

/// How long a start waits for a log.
const ANSWER_WITHIN: Duration = Duration::from_secs(5);

/// Holds the records against what the logs publish, as far as they answer.
pub(super) async fn compare(core: &Core, policy: &Policy, keys: &[WitnessKey]) -> Result<(), Error> {
    let asked = policy.logs().iter().map(checkpoint);
    for (log, found) in policy
        .logs()
        .iter()
        .zip(futures_util::future::join_all(asked).await)
    {
        let origin = log.key.name().as_str();
        let Some(checkpoint) = found.filter(|checkpoint| is_ours(checkpoint, log, keys)) else {
            continue;
        };
        let (cosigned, record) = (checkpoint.unverified().head(), core.latest(origin));
        if cosigned.size > record.size || (cosigned.size == record.size && cosigned != record) {
            return Err(Error::RecordBehind {
                log: origin.to_owned(),
                cosigned: cosigned.size.0,
                record: record.size.0,
            });
        }
    }
    Ok(())
}

async fn checkpoint(log: &Log) -> Option<SignedCheckpoint> {
    let source: Source = log.url.as_ref()?.parse().ok()?;
    let read = source.read_within("checkpoint", MAX_NOTE_BYTES);
    let bytes = tokio::time::timeout(ANSWER_WITHIN, read).await.ok()?.ok()?;
    SignedCheckpoint::parse(&bytes).ok()
}

/// Whether the log signed it, and this witness cosigned it.
fn is_ours(checkpoint: &SignedCheckpoint, log: &Log, keys: &[WitnessKey]) -> bool {
    let by_log = checkpoint.verify(std::slice::from_ref(&log.key)).is_ok();
    by_log
        && keys
            .iter()
            .any(|key| matches!(key.cosigned(checkpoint), Ok(Some(_))))
}
