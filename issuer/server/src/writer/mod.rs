//! The one task that writes.
//!
//! Requests become orders in a bounded queue. The writer takes whatever waits and carries it out in one transaction, so
//! that many orders share one sync of the disk; it answers when the transaction is durable and never before. When the
//! transaction fails, nothing of it happened and every order of it is told so.

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
    store::{EntryKind, ResultNumber, Store, Write},
};
use issuer::batch::OpenBatches;
use ledger::entry::EntryId;
use orders::{Order, Reply};
use schemas::Day;
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

/// What the writer keeps in memory of what is stored. Thrown away and loaded again when a transaction fails.
struct Mirror {
    batches: OpenBatches,
    last_result: ResultNumber,
    last_batch_entry: Option<EntryId>,
    quotas: HashMap<(AccountNumber, Day), u32>,
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
        let mut mirror = None;
        let mut group = Vec::with_capacity(GROUP);
        while queue.recv_many(&mut group, GROUP).await > 0 {
            let size = u32::try_from(group.len()).unwrap_or(u32::MAX);
            self.metrics.group_size.record(f64::from(size));
            let started = self.clock.since_1970();
            match self.transaction(&mut mirror, &mut group).await {
                Ok(effects) => effects.into_iter().for_each(|effect| effect()),
                Err(error) => {
                    mirror = None;
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
    async fn transaction(
        &self,
        mirror: &mut Option<Mirror>,
        group: &mut Vec<Order>,
    ) -> Result<Effects, Error> {
        let mirror = match mirror {
            Some(mirror) => mirror,
            None => mirror.insert(self.load().await?),
        };
        let mut write = self.store.begin().await?;
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
        write.commit().await?;
        Ok(effects)
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
    async fn load(&self) -> Result<Mirror, Error> {
        let (now, issuer) = (self.clock.now(), self.settings.number);
        let next = self.store.next_batch().await?;
        let mut batches = OpenBatches::new(issuer, next);
        for open in self.store.open_credentials(issuer, next).await? {
            batches.resume(open.place, open.commitment, open.expires_at, now);
        }
        let last_entry = self.store.last_entry(EntryKind::Batch).await?;
        Ok(Mirror {
            batches,
            last_result: self.store.last_result().await?,
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
