//! The one task that writes.
//!
//! Requests become orders in a bounded queue. The writer takes whatever waits and carries it out in one transaction, so
//! that many orders share one sync of the disk; it answers when the transaction is durable and never before. When the
//! transaction fails, nothing of it happened and every order of it is told so.
//!
//! Each process has a writer, and the writers of several exclude one another for each transaction ([`Store::begin`]). So all
//! that one process guarantees holds for any number: places are given away once, numbers have no gap, a repeated request
//! finds its result, quotas and wrong codes are counted in sum. What a writer has in memory is good as long as no other wrote
//! (`store/writing.rs`); otherwise it reads again, a few thousand rows at most. The alternatives were worse: batches of its own
//! for each process would hide people among fewer others, and would have to close in the order of their numbers all the same,
//! also when the process whose turn it is has died; one process that writes for all would need a protocol between them.
//!
//! The clocks of the processes agree to a second or two (NTP): a batch's waiting time and the day of a quota are by the clock of
//! whoever looks.

mod close;
mod issue;
mod keep;
mod orders;
mod pickup;
mod status;

pub(crate) use issue::{Issue, Submitted, may_change};
pub(crate) use orders::{CodeMatches, Urgency, Writer};
pub(crate) use pickup::Copy;

use crate::{
    Error,
    account::{AccountNumber, Directory},
    clock::Clock,
    config::Settings,
    key_store::KeyStore,
    keys::Keys,
    metrics::{Metrics, seconds},
    random,
    store::{EntryKind, ResultNumber, Revision, Store, Write},
};
use issuer::batch::OpenBatches;
use ledger::entry::EntryId;
use orders::{Order, Reply};
use schemas::{Day, UnixTime, key_event::KeyEvent};
use std::{collections::HashMap, sync::Arc};
use tokio::sync::{Notify, mpsc};

/// Orders of one transaction. Larger groups gain nothing: a sync is spread over hundreds, and each order waits for all.
const GROUP: usize = 512;

/// What the writer works with.
pub(crate) struct Desk {
    pub(crate) settings: Arc<Settings>,
    pub(crate) store: Arc<Store>,
    pub(crate) key_store: Arc<KeyStore>,
    pub(crate) keys: Arc<Keys>,
    pub(crate) directory: Arc<Directory>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) metrics: Arc<Metrics>,
    /// Woken when an entry was made.
    pub(crate) closed: Arc<Notify>,
}

/// What the writer keeps in memory of what is stored. Thrown away and loaded again when a transaction fails, and when another
/// process wrote.
struct Mirror {
    /// What it is of.
    revision: Revision,
    batches: OpenBatches,
    last_result: ResultNumber,
    last_batch_entry: Option<EntryId>,
    quotas: HashMap<(AccountNumber, Day), u32>,
}

/// What the writer remembers from one transaction to the next.
#[derive(Default)]
struct Memory {
    mirror: Option<Mirror>,
    /// Which accounts and keys the directory and the signer have.
    admitted: Option<Revision>,
}

/// What happens once the transaction is durable, and not at all when it fails: answers above all.
type Effects = Vec<Box<dyn FnOnce() + Send>>;

impl Desk {
    /// Starts the writer. It ends when every [`Writer`] is gone and the queue is empty.
    pub(crate) fn start(self) -> (Writer, tokio::task::JoinHandle<()>) {
        let (writer, queue) = Writer::new(self.metrics.clone());
        (writer, tokio::spawn(self.run(queue)))
    }

    async fn run(self, mut queue: mpsc::Receiver<Order>) {
        let mut memory = Memory::default();
        let mut group = Vec::with_capacity(GROUP);
        while queue.recv_many(&mut group, GROUP).await > 0 {
            let size = u32::try_from(group.len()).unwrap_or(u32::MAX);
            self.metrics.group_size.record(f64::from(size));
            let started = self.clock.since_1970();
            match self.transaction(&mut memory, &mut group).await {
                Ok(effects) => effects.into_iter().for_each(|effect| effect()),
                Err(error) => {
                    memory.mirror = None;
                    group.clear();
                    self.metrics.failure(&error);
                    tracing::error!(code = error.code(), %error, "a transaction failed; nothing of it was written");
                }
            }
            let took = self.clock.since_1970().saturating_sub(started);
            self.metrics.commit_seconds.record(seconds(took));
        }
    }

    /// Carries out a group of orders. When this returns, they are durable. When it fails, none of them happened.
    async fn transaction(&self, memory: &mut Memory, group: &mut Vec<Order>) -> Result<Effects, Error> {
        let mut write = self.store.begin().await?;
        let mirror = self.follow(memory, &mut write).await?;
        let mut effects = Effects::new();
        // New results first, since they share their statements; no order depends on one that is not answered yet.
        let mut issues = Vec::new();
        let mut others = Vec::new();
        for order in group.drain(..) {
            match order {
                Order::Issue(issue, reply) => issues.push((*issue, reply)),
                other => others.push(other),
            }
        }
        self.issue_all(mirror, &mut write, issues, &mut effects).await?;
        for order in others {
            self.carry_out(mirror, &mut write, order, &mut effects).await?;
        }
        self.close_batches(mirror, &mut write, &mut effects).await?;
        mirror.revision = write.commit(mirror.batches.waiting_since()).await?;
        Ok(effects)
    }

    /// Takes up what other processes wrote since this one's last transaction; none can write until this one ends.
    async fn follow<'m>(&self, memory: &'m mut Memory, write: &mut Write) -> Result<&'m mut Mirror, Error> {
        let writing = write.writing();
        // 1. Accounts and accredited keys, so that nothing is done for a closed one.
        if memory.admitted != Some(writing.admitted) {
            if let Some(event) = write.last_object(EntryKind::KeyEvent).await? {
                let event = KeyEvent::decode(&event).map_err(|_| Error::StoreDamaged("key event"))?;
                self.keys.replace(&event, &self.key_store)?;
            }
            self.directory.replace(write.accounts().await?);
            memory.admitted = Some(writing.admitted);
        }
        // 2. Places and numbers.
        let current = memory.mirror.take();
        Ok(
            match current.filter(|mirror| mirror.revision == writing.revision) {
                Some(current) => memory.mirror.insert(current),
                None => memory.mirror.insert(self.load(write).await?),
            },
        )
    }

    async fn carry_out(
        &self,
        mirror: &mut Mirror,
        write: &mut Write,
        order: Order,
        effects: &mut Effects,
    ) -> Result<(), Error> {
        match order {
            Order::Issue(issue, reply) => {
                self.issue_all(mirror, write, vec![(*issue, reply)], effects)
                    .await
            }
            Order::Correct(old, issue, reply) => {
                let done = self.correct(mirror, write, old, *issue, effects).await;
                settle(effects, reply, done)
            }
            Order::Revoke(id, by, reason, reply) => {
                let done = self.revoke(write, id, &by, reason, effects).await;
                settle(effects, reply, done)
            }
            Order::Redeem(id, matches, reply) => {
                settle(effects, reply, self.redeem(write, id, matches).await)
            }
            Order::Unlock(id, reply) => settle(effects, reply, self.unlock(write, id).await),
            Order::Copies(receipt, holders, reply) => {
                let done = self.copies(mirror, write, receipt, &holders).await;
                settle(effects, reply, done)
            }
            Order::Accept(id, reply) => settle(effects, reply, self.accept(write, id).await),
            Order::AddAccount(account, reply) => {
                let done = write.insert_account(&account).await;
                self.refresh_directory(write, effects).await?;
                settle(effects, reply, done)
            }
            Order::RenewKey(account, key, reply) => {
                let done = write.renew_account_key(account, key).await;
                self.refresh_directory(write, effects).await?;
                settle(effects, reply, done)
            }
            Order::CloseAccount(account, reply) => {
                let done = write.close_account(account, self.clock.now()).await;
                self.refresh_directory(write, effects).await?;
                settle(effects, reply, done)
            }
            Order::CloseDue(reply) => settle(effects, reply, Ok(())),
            Order::Anchored(entries, reply) => settle(effects, reply, self.anchored(write, &entries).await),
            Order::Publish(urgency, reply) => {
                let done = self.publish(write, urgency, effects).await;
                settle(effects, reply, done)
            }
            Order::Accredit(event, reply) => {
                let done = self.accredit(write, event.0, &event.1, effects).await;
                settle(effects, reply, done)
            }
            Order::Purge(limit, reply) => {
                let done = self.purge(write, limit, effects).await;
                settle(effects, reply, done)
            }
        }
    }

    /// Reads what is stored.
    async fn load(&self, write: &mut Write) -> Result<Mirror, Error> {
        let (writing, issuer) = (write.writing(), self.settings.number);
        // How long the next batch has waited is stored: otherwise every other process's transaction would begin it anew.
        let waiting_since = writing.waiting_since.unwrap_or(self.clock.now());
        let next = write.next_batch().await?;
        let last_entry = write.last_entry(EntryKind::Batch).await?;
        let mut batches = OpenBatches::new(issuer, next).early_every(self.settings.early_every);
        if let Some(last) = &last_entry {
            let closed = i64::try_from(last.made_at.as_secs()).unwrap_or(i64::MAX);
            batches.resume_after(UnixTime(closed));
        }
        for open in write.open_credentials(issuer, next).await? {
            batches.resume(open.place, open.commitment, open.expires_at, waiting_since);
        }
        // Another process may have closed a batch, and this one may be the one that brings it to the ledger.
        self.closed.notify_one();
        Ok(Mirror {
            revision: writing.revision,
            batches,
            last_result: write.last_result().await?,
            last_batch_entry: last_entry.map(|entry| entry.id()).transpose()?,
            quotas: HashMap::new(),
        })
    }

    /// Lets the requests' directory follow the stored accounts.
    async fn refresh_directory(&self, write: &mut Write, effects: &mut Effects) -> Result<(), Error> {
        let accounts = write.accounts().await?;
        let directory = self.directory.clone();
        effects.push(Box::new(move || directory.replace(accounts)));
        Ok(())
    }
}

/// Answers an order once the transaction is durable. A failure of the service ends the transaction.
fn settle<T: Send + 'static>(
    effects: &mut Effects,
    reply: Reply<T>,
    done: Result<T, Error>,
) -> Result<(), Error> {
    match done {
        Err(error) if error.is_failure() => Err(error),
        done => {
            // The one who asked may have gone; what was done stays.
            effects.push(Box::new(move || drop(reply.send(done))));
            Ok(())
        }
    }
}

fn random_bytes<const N: usize>() -> Result<[u8; N], Error> {
    let mut bytes = [0; N];
    random::fill(&mut bytes)?;
    Ok(bytes)
}
