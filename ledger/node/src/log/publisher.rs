//! How a signed checkpoint becomes a published one: with the cosignatures of a quorum, or not at all.

use super::{
    files,
    shared::{Published, Shared},
    witness::{Asked, NoAnswer},
};
use crate::{
    Error,
    storage::{File, StorageError},
};
use ledger::{
    checkpoint::{SignedCheckpoint, VerifiedCheckpoint},
    note::NoteSignature,
    policy::Cosigned,
};
use std::sync::Arc;
use tokio::{
    sync::{mpsc, watch},
    task::{self, JoinSet},
    time::{self, Instant},
};

/// A checkpoint to cosign; the number tells rounds over the same checkpoint apart.
type Target = Option<(u64, VerifiedCheckpoint)>;

/// What a witness answered: by its index in the policy, to the target of this number.
type Answer = (usize, u64, Vec<NoteSignature>);

/// Publishes what the log signs, for as long as it is polled.
///
/// # Errors
/// [`StorageError::Superseded`]: another process publishes. Any other failure of the storage is waited out.
/// [`Error::LogBehind`]: a witness has shown that the log's key signed more than is here.
pub(super) async fn run(shared: Arc<Shared>) -> Result<(), Error> {
    let (behind, mut found_behind) = mpsc::channel(1);
    tokio::select! {
        failed = publish_all(shared, behind) => failed,
        Some(error) = found_behind.recv() => Err(error),
    }
}

async fn publish_all(shared: Arc<Shared>, behind: mpsc::Sender<Error>) -> Result<(), Error> {
    let (targets, _) = watch::channel(None);
    // Once a quorum has cosigned what was found at the start, it is no older copy: what contradicts it is a second history,
    // which ends nothing here.
    let (confirmed, _) = watch::channel(false);
    let (sender, mut answers) = mpsc::channel(shared.policy.witnesses().len());
    let mut witnesses = JoinSet::new();
    for (index, witness) in shared.policy.witnesses().iter().enumerate() {
        let Some(url) = &witness.url else {
            tracing::warn!(
                witness = witness.name,
                "the policy has no URL for this witness, so it is not asked"
            );
            continue;
        };
        let asked = shared.asked(url);
        witnesses.spawn(ask(
            Arc::clone(&shared),
            index,
            asked,
            targets.subscribe(),
            sender.clone(),
            (confirmed.subscribe(), behind.clone()),
        ));
    }

    let mut heads = shared.heads.subscribe();
    for number in 0.. {
        // 1. What is signed and not yet published, or what was published long enough ago.
        let head = heads.borrow_and_update().clone();
        let mut checkpoint = head.signed().clone();
        targets.send_replace(Some((number, head)));
        // 2. The quorum. Without one nothing is published, for as long as it takes. The log grows meanwhile, so after a
        //    while all are asked about what it has become; the first cosignatures would be too old by then. Every witness has
        //    had time to answer twice.
        let patience = shared.pace.idle().max(shared.pace.witness() * 2);
        let quorum = time::timeout(patience, async {
            loop {
                let answer = answers
                    .recv()
                    .await
                    .expect("the sender lives as long as this loop");
                adopt(&shared, &mut checkpoint, number, &answer);
                if let Ok(cosigned) = shared.policy.verify(&checkpoint) {
                    break cosigned;
                }
            }
        });
        let Ok(cosigned) = quorum.await else {
            let missing = shared.policy.verify(&checkpoint).err();
            tracing::error!(
                missing = missing.map(tracing::field::display),
                "nothing is published; trying on"
            );
            continue;
        };
        let mut cosigners = cosigned.cosigners().len();
        publish(&shared, &cosigned).await?;
        confirmed.send_replace(true);
        // 3. Late ones, until the log has something newer to publish.
        let published = Instant::now();
        let late = async {
            let mut changed = false;
            while cosigners < shared.policy.witnesses().len() {
                tokio::select! {
                    () = time::sleep_until(published + shared.pace.late()) => break,
                    _ = heads.changed() => {
                        heads.mark_changed();
                        break;
                    }
                    answer = answers.recv() => {
                        let answer = answer.expect("the sender lives as long as this loop");
                        if adopt(&shared, &mut checkpoint, number, &answer) {
                            changed = true;
                            cosigners += 1;
                        }
                    }
                }
            }
            changed
        };
        if late.await
            && let Ok(cosigned) = shared.policy.verify(&checkpoint)
        {
            publish(&shared, &cosigned).await?;
        }
        // 4. Idle.
        tokio::select! {
            () = time::sleep_until(published + shared.pace.idle()) => {}
            _ = heads.changed() => heads.mark_changed(),
        }
    }
    unreachable!("the numbers do not end")
}

/// Takes over what a witness answered to this target; an answer to an earlier one came too late.
fn adopt(
    shared: &Shared,
    checkpoint: &mut SignedCheckpoint,
    number: u64,
    (witness, to, lines): &Answer,
) -> bool {
    let adopted = match *to == number {
        true => shared.policy.adopt(checkpoint, lines),
        false => Ok(false),
    };
    adopted.unwrap_or_else(|error| {
        let witness = &shared.policy.witnesses()[*witness].name;
        tracing::warn!(witness, %error, "what it answered is no cosignature");
        false
    })
}

/// Makes a cosigned checkpoint durable, then shows it.
///
/// A crash before it is durable: nobody was told, and after the start it is cosigned again. A crash after it: it is what
/// readers see after the start. There is one publisher, and its checkpoints only grow, so an older one never replaces a
/// newer one.
async fn publish(shared: &Arc<Shared>, cosigned: &Cosigned) -> Result<(), Error> {
    let whole = cosigned.checkpoint().signed();
    let note = shared.policy.without_post_quantum(whole).to_string();
    let post_quantum = cosigned.post_quantum().map(|_| whole.to_string());
    let mut files = vec![File::next(files::checkpoint(), note.clone().into_bytes())];
    if let Some(note) = &post_quantum {
        files.push(File::next(
            files::checkpoint_post_quantum(),
            note.clone().into_bytes(),
        ));
    }
    for failures in 1.. {
        let (storage, files) = (Arc::clone(&shared.storage), files.clone());
        match task::spawn_blocking(move || storage.write(&files)).await {
            Ok(Ok(())) => break,
            Ok(Err(error @ StorageError::Superseded { .. })) => return Err(error.into()),
            Ok(Err(error)) => tracing::error!(%error, "could not publish; trying again"),
            Err(error) => tracing::error!(%error, "could not publish; trying again"),
        }
        time::sleep(shared.pace.retry(failures)).await;
    }
    shared.show(Published {
        size: cosigned.checkpoint().head().size,
        note: note.into(),
        post_quantum: post_quantum.map(Into::into),
        at: Instant::now(),
        cosigners: cosigned.cosigners().len(),
    });
    Ok(())
}

/// Asks one witness for each target, and again after a pause when it fails.
async fn ask(
    shared: Arc<Shared>,
    index: usize,
    mut witness: Asked,
    mut targets: watch::Receiver<Target>,
    answers: mpsc::Sender<Answer>,
    (confirmed, behind): (watch::Receiver<bool>, mpsc::Sender<Error>),
) {
    let name = &shared.policy.witnesses()[index].name;
    let mut failures = 0;
    while targets.changed().await.is_ok() {
        loop {
            let Some((number, checkpoint)) = targets.borrow_and_update().clone() else {
                break;
            };
            match witness.ask(checkpoint.signed()).await {
                Ok(lines) => {
                    if failures > 0 {
                        tracing::info!(witness = name, "cosigns again");
                    }
                    failures = 0;
                    shared.metrics.cosignature(name, true);
                    let _ = answers.send((index, number, lines)).await;
                    break;
                }
                Err(error) => {
                    failures += 1;
                    shared.metrics.cosignature(name, false);
                    // Once when it begins; the metric counts the rest.
                    match error.is_alarming() {
                        true if failures == 1 => tracing::error!(witness = name, %error, "did not cosign"),
                        false if failures == 1 => tracing::warn!(witness = name, %error, "did not cosign"),
                        _ => {}
                    }
                    if let NoAnswer::Ahead { .. } | NoAnswer::Forked(_) = error
                        && !*confirmed.borrow()
                        && let Some(theirs) = witness.shown(checkpoint.signed(), &shared.policy).await
                    {
                        let ours = checkpoint.head().size.0;
                        let witness = name.clone();
                        let _ = behind
                            .send(Error::LogBehind {
                                witness,
                                theirs,
                                ours,
                            })
                            .await;
                    }
                    time::sleep(shared.pace.retry(failures)).await;
                }
            }
        }
    }
}
