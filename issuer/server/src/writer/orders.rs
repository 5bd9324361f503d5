//! What the writer can be told to do, and the queue to it.

use super::{Copy, Issue, Submitted};
use crate::{
    Error,
    account::{Account, AccountNumber, KeyHash},
    metrics::Metrics,
    receipt::Receipt,
    result::{Reason, ResultId},
    store::{Anchored, EntryKind, NewAccount, PendingEntry, Purged, ResultRow},
};
use schemas::{crypto::P256Point, key_event::KeyEvent, status::SnapshotNumber};
use std::sync::Arc;
use tokio::sync::{mpsc, oneshot};

/// Orders that may wait. Above it, requests are refused at once: at 3,000 a second, the last of these waits 0.7 seconds.
const QUEUE: usize = 2048;

/// The way to the writer.
#[derive(Clone)]
pub(crate) struct Writer {
    orders: mpsc::Sender<Order>,
    metrics: Arc<Metrics>,
}

pub(super) type Reply<T> = oneshot::Sender<Result<T, Error>>;

pub(super) enum Order {
    Issue(Box<Issue>, Reply<Submitted>),
    Correct(ResultId, Box<Issue>, Reply<Submitted>),
    Revoke(ResultId, Arc<Account>, Reason, Reply<ResultRow>),
    Redeem(ResultId, CodeMatches, Reply<()>),
    Unlock(ResultId, Reply<()>),
    Copies(Receipt, Vec<P256Point>, Reply<Vec<Copy>>),
    Accept(ResultId, Reply<()>),
    AddAccount(NewAccount, Reply<AccountNumber>),
    RenewKey(AccountNumber, KeyHash, Reply<()>),
    CloseAccount(AccountNumber, Reply<()>),
    /// Nothing but what every transaction does at its end: close the batches that are due.
    CloseDue(Reply<()>),
    Anchored(Vec<(EntryKind, u32, Anchored)>, Reply<()>),
    Publish(Urgency, Reply<Option<SnapshotNumber>>),
    Accredit(Box<(KeyEvent, PendingEntry)>, Reply<()>),
    Purge(u32, Reply<Purged>),
}

/// Whether a presented transaction code is the right one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CodeMatches {
    Yes,
    No,
}

/// Whether a snapshot is made although nothing is revoked anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Urgency {
    /// If something changed.
    WhenDue,
    /// In any case.
    Now,
}

impl Writer {
    pub(super) fn new(metrics: Arc<Metrics>) -> (Self, mpsc::Receiver<Order>) {
        let (orders, queue) = mpsc::channel(QUEUE);
        (Self { orders, metrics }, queue)
    }

    async fn order<T>(&self, order: impl FnOnce(Reply<T>) -> Order) -> Result<T, Error> {
        let (reply, answer) = oneshot::channel();
        self.orders
            .try_send(order(reply))
            .map_err(|refused| match refused {
                mpsc::error::TrySendError::Full(_) => Error::Busy,
                mpsc::error::TrySendError::Closed(_) => Error::Stopping,
            })?;
        // The writer drops the reply when the transaction fails.
        answer.await.unwrap_or(Err(Error::NotWritten))
    }

    /// Waits until the writer is no more.
    pub(crate) async fn ended(&self) {
        self.orders.closed().await;
    }

    pub(crate) async fn issue(&self, issue: Issue) -> Result<Submitted, Error> {
        self.order(|reply| Order::Issue(Box::new(issue), reply)).await
    }

    pub(crate) async fn correct(&self, old: ResultId, issue: Issue) -> Result<Submitted, Error> {
        self.order(|reply| Order::Correct(old, Box::new(issue), reply))
            .await
    }

    pub(crate) async fn revoke(
        &self,
        id: ResultId,
        by: Arc<Account>,
        why: Reason,
    ) -> Result<ResultRow, Error> {
        self.order(|reply| Order::Revoke(id, by, why, reply)).await
    }

    pub(crate) async fn redeem(&self, id: ResultId, matches: CodeMatches) -> Result<(), Error> {
        self.order(|reply| Order::Redeem(id, matches, reply)).await
    }

    pub(crate) async fn unlock(&self, id: ResultId) -> Result<(), Error> {
        self.order(|reply| Order::Unlock(id, reply)).await
    }

    pub(crate) async fn copies(&self, receipt: Receipt, holders: Vec<P256Point>) -> Result<Vec<Copy>, Error> {
        self.order(|reply| Order::Copies(receipt, holders, reply)).await
    }

    pub(crate) async fn accept(&self, id: ResultId) -> Result<(), Error> {
        self.order(|reply| Order::Accept(id, reply)).await
    }

    pub(crate) async fn add_account(&self, account: NewAccount) -> Result<AccountNumber, Error> {
        self.order(|reply| Order::AddAccount(account, reply)).await
    }

    pub(crate) async fn renew_key(&self, account: AccountNumber, key: KeyHash) -> Result<(), Error> {
        self.order(|reply| Order::RenewKey(account, key, reply)).await
    }

    pub(crate) async fn close_account(&self, account: AccountNumber) -> Result<(), Error> {
        self.order(|reply| Order::CloseAccount(account, reply)).await
    }

    pub(crate) async fn close_due(&self) -> Result<(), Error> {
        self.order(Order::CloseDue).await
    }

    pub(crate) async fn anchored(&self, entries: Vec<(EntryKind, u32, Anchored)>) -> Result<(), Error> {
        self.order(|reply| Order::Anchored(entries, reply)).await
    }

    pub(crate) async fn publish(&self, urgency: Urgency) -> Result<Option<SnapshotNumber>, Error> {
        self.order(|reply| Order::Publish(urgency, reply)).await
    }

    pub(crate) async fn accredit(&self, event: KeyEvent, entry: PendingEntry) -> Result<(), Error> {
        self.order(|reply| Order::Accredit(Box::new((event, entry)), reply))
            .await
    }

    pub(crate) async fn purge(&self, limit: u32) -> Result<Purged, Error> {
        self.order(|reply| Order::Purge(limit, reply)).await
    }

    /// Whether the writer takes orders.
    pub(crate) fn check_running(&self) -> Result<(), Error> {
        match self.orders.is_closed() {
            true => Err(Error::Stopping),
            false => Ok(()),
        }
    }

    /// Sets the gauge of what waits.
    pub(crate) fn measure_queue(&self) {
        let waiting = self.orders.max_capacity() - self.orders.capacity();
        self.metrics
            .queue_depth
            .set(f64::from(u32::try_from(waiting).unwrap_or(u32::MAX)));
    }
}
