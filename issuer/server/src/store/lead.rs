//! The right to the background work: bringing entries to the ledger, publishing revocations, deleting what has expired.
//!
//! One process has it at a time, since a second snapshot in five minutes hides people less well, and since the ledger would be
//! asked everything twice. Nothing breaks when two have it for a moment: whatever they write goes through their writers.

use super::{Store, database::Database};
use crate::Error;
use sqlx::{Connection as _, PgConnection};
use std::time::Duration;

/// The advisory lock of who has the right: "lead".
const LOCK: i64 = 0x6c65_6164;
/// How often the right is asked for, and whether it still holds.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// How long the database may take to say so.
const ANSWER_WITHIN: Duration = Duration::from_secs(5);

/// The right, while it is held. Dropping it gives it up.
pub enum Lead {
    /// There is one process.
    Alone,
    /// The connection whose session has the lock: the database gives it to the next one when this ends.
    Among(Box<PgConnection>),
}

impl Store {
    /// Waits for the right.
    ///
    /// # Errors
    /// [`Error::StoreUnreachable`], [`Error::Store`].
    pub async fn lead(&self) -> Result<Lead, Error> {
        let Some(mut session) = self.database.session().await? else {
            return Ok(Lead::Alone);
        };
        loop {
            let ask = sqlx::query_scalar("SELECT pg_try_advisory_lock($1)").bind(LOCK);
            if ask.fetch_one(&mut session).await? {
                return Ok(Lead::Among(Box::new(session)));
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }

    /// Whether other processes may write too.
    #[must_use]
    pub fn is_shared(&self) -> bool {
        matches!(self.database, Database::Postgres { .. })
    }
}

impl Lead {
    /// Waits until the right is lost: never, when there is one process.
    pub async fn lost(self) {
        let Self::Among(mut session) = self else {
            return std::future::pending().await;
        };
        loop {
            tokio::time::sleep(LOOK_EVERY).await;
            let answer = tokio::time::timeout(ANSWER_WITHIN, session.ping()).await;
            if !matches!(answer, Ok(Ok(()))) {
                return;
            }
        }
    }
}
