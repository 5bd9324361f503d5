//! Results: what was submitted, and what became of it.

use super::{
    Store, Write, chunks,
    query::{Fetch, Query, Row, placeholders, query},
};
use crate::{
    Error,
    account::AccountNumber,
    receipt::ReceiptId,
    result::{Reason, ResultId, State, Stored},
};
use schemas::UnixTime;
use std::collections::HashMap;

/// A result's number inside the database.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ResultNumber(pub i64);

/// A result to be stored. Its state is [`State::Issued`].
pub struct NewResult<'a> {
    /// Its number, one more than the last.
    pub number: ResultNumber,
    /// Its identifier.
    pub id: ResultId,
    /// Whose it is.
    pub account: AccountNumber,
    /// What was submitted, as parsed. Personal.
    pub draft: &'a [u8],
    /// When it is issued.
    pub issued_at: UnixTime,
    /// When the last of its credentials expires.
    pub expires_at: UnixTime,
}

/// A result, as stored.
pub struct ResultRow {
    /// Its number.
    pub number: ResultNumber,
    /// Its identifier.
    pub id: ResultId,
    /// Whose it is.
    pub account: AccountNumber,
    /// What was submitted, as parsed. Personal.
    pub draft: Vec<u8>,
    /// When it was issued.
    pub issued_at: UnixTime,
    /// When the last of its credentials expires.
    pub expires_at: UnixTime,
    /// What became of it.
    pub state: State,
    /// Why it was revoked; `None` also for one that was replaced.
    pub reason: Option<Reason>,
    /// The corrected result.
    pub replaced_by: Option<ResultId>,
    /// Wrong transaction codes since the last reset.
    pub attempts: u32,
    /// When the wallet acknowledged its credentials.
    pub accepted_at: Option<UnixTime>,
    /// Whose receipt is in force.
    pub receipt: ReceiptId,
}

const COLUMNS: &str = "number, id, account, draft, issued_at, expires_at, state, reason, replaced_by, attempts, \
                       accepted_at, receipt";

impl Store {
    /// A result.
    ///
    /// # Errors
    /// [`Error::ResultUnknown`], [`Error::Store`].
    pub async fn result(&self, id: ResultId) -> Result<ResultRow, Error> {
        let row = self.database.row(select(&[id])).await?;
        result(&row.ok_or(Error::ResultUnknown)?)
    }

    /// The last `limit` results of an account, the newest first: those that were not issued before `since`, and those before
    /// the result with the number `before`.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn results_of(
        &self,
        account: AccountNumber,
        since: Option<UnixTime>,
        before: Option<ResultNumber>,
        limit: u32,
    ) -> Result<Vec<ResultRow>, Error> {
        let rows = query(format!(
            "SELECT {COLUMNS} FROM results WHERE account = $1 AND issued_at >= $2 AND number < $3
             ORDER BY number DESC LIMIT $4"
        ))
        .bind(i64::from(account.0))
        .bind(since.map_or(i64::MIN, |since| since.0))
        .bind(before.map_or(i64::MAX, |before| before.0))
        .bind(i64::from(limit));
        let rows = self.database.rows(rows).await?;
        rows.iter().map(result).collect()
    }

    /// The number of the last result; 0 before the first.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn last_result(&self) -> Result<ResultNumber, Error> {
        last_result(&self.database).await
    }

    /// How many results are in each state.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn count_results(&self) -> Result<Vec<(State, u64)>, Error> {
        let rows = query("SELECT state, COUNT(*) FROM results GROUP BY state");
        let rows = self.database.rows(rows).await?;
        rows.iter()
            .map(|row| Ok((state(row, 0)?, row.number(1, "count")?)))
            .collect()
    }
}

impl Write {
    /// The number of the last result; 0 before the first.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn last_result(&mut self) -> Result<ResultNumber, Error> {
        last_result(&mut self.transaction).await
    }

    /// Those of the results that exist.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn existing(&mut self, ids: &[ResultId]) -> Result<HashMap<ResultId, ResultRow>, Error> {
        let mut found = HashMap::new();
        for ids in chunks(ids) {
            for row in self.transaction.rows(select(ids)).await? {
                let result = result(&row)?;
                found.insert(result.id, result);
            }
        }
        Ok(found)
    }

    /// A result.
    ///
    /// # Errors
    /// [`Error::ResultUnknown`], [`Error::Store`].
    pub async fn result(&mut self, id: ResultId) -> Result<ResultRow, Error> {
        self.existing(&[id])
            .await?
            .remove(&id)
            .ok_or(Error::ResultUnknown)
    }

    /// Stores results that do not exist yet.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn insert_results(&mut self, results: &[NewResult<'_>]) -> Result<(), Error> {
        for results in chunks(results) {
            let mut insert = query(format!(
                "INSERT INTO results (number, id, account, draft, issued_at, expires_at, state) VALUES {}",
                placeholders(results.len(), 7)
            ));
            for result in results {
                insert = insert
                    .bind(result.number.0)
                    .bind(&result.id.0[..])
                    .bind(i64::from(result.account.0))
                    .bind(result.draft)
                    .bind(result.issued_at.0)
                    .bind(result.expires_at.0)
                    .bind(State::Issued.number());
            }
            self.update(insert).await?;
        }
        Ok(())
    }

    /// Notes that a result was revoked.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn set_revoked(&mut self, result: ResultNumber, reason: Reason) -> Result<(), Error> {
        self.update(
            query("UPDATE results SET state = $2, reason = $3 WHERE number = $1")
                .bind(result.0)
                .bind(State::Revoked.number())
                .bind(reason.number()),
        )
        .await
    }

    /// Notes that a result was replaced.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn set_replaced(&mut self, result: ResultNumber, by: ResultId) -> Result<(), Error> {
        self.update(
            query("UPDATE results SET state = $2, replaced_by = $3 WHERE number = $1")
                .bind(result.0)
                .bind(State::Replaced.number())
                .bind(by.0.to_vec()),
        )
        .await
    }

    /// Notes how many wrong transaction codes there were.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn set_attempts(&mut self, result: ResultNumber, attempts: u32) -> Result<(), Error> {
        self.update(
            query("UPDATE results SET attempts = $2 WHERE number = $1")
                .bind(result.0)
                .bind(i64::from(attempts)),
        )
        .await
    }

    /// Notes when the wallet acknowledged its credentials; the first time counts.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn set_accepted(&mut self, result: ResultNumber, now: UnixTime) -> Result<(), Error> {
        self.update(
            query("UPDATE results SET accepted_at = COALESCE(accepted_at, $2) WHERE number = $1")
                .bind(result.0)
                .bind(now.0),
        )
        .await
    }

    /// Notes that a receipt is in force from now on.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn set_receipt(&mut self, result: ResultNumber, receipt: ReceiptId) -> Result<(), Error> {
        self.update(
            query("UPDATE results SET receipt = $2 WHERE number = $1")
                .bind(result.0)
                .bind(receipt.0.to_vec()),
        )
        .await
    }
}

async fn last_result(from: impl Fetch) -> Result<ResultNumber, Error> {
    let row = query("SELECT COALESCE(MAX(number), 0) FROM results");
    Ok(ResultNumber(from.single(row).await?.try_get(0)?))
}

fn select(ids: &[ResultId]) -> Query<'_> {
    let list = placeholders(1, ids.len());
    let query = query(format!("SELECT {COLUMNS} FROM results WHERE id IN {list}"));
    ids.iter().fold(query, |query, id| query.bind(&id.0[..]))
}

fn result(row: &Row) -> Result<ResultRow, Error> {
    let reason: Option<i64> = row.try_get(7)?;
    let replaced_by: Option<Vec<u8>> = row.try_get(8)?;
    let replaced_by = replaced_by.map(<[u8; 16]>::try_from).transpose();
    let accepted_at: Option<i64> = row.try_get(10)?;
    let receipt: Option<Vec<u8>> = row.try_get(11)?;
    let receipt = receipt.map(<[u8; 8]>::try_from).transpose();
    Ok(ResultRow {
        number: ResultNumber(row.try_get(0)?),
        id: ResultId(row.bytes(1, "result identifier")?),
        account: AccountNumber(row.number(2, "account number")?),
        draft: row.try_get(3)?,
        issued_at: UnixTime(row.try_get(4)?),
        expires_at: UnixTime(row.try_get(5)?),
        state: state(row, 6)?,
        reason: reason.and_then(Reason::from_number),
        replaced_by: replaced_by
            .map_err(|_| Error::StoreDamaged("result identifier"))?
            .map(ResultId),
        attempts: row.number(9, "attempts")?,
        accepted_at: accepted_at.map(UnixTime),
        receipt: receipt
            .map_err(|_| Error::StoreDamaged("receipt"))?
            .map_or(ReceiptId::FIRST, ReceiptId),
    })
}

fn state(row: &Row, column: usize) -> Result<State, Error> {
    State::from_number(row.try_get(column)?).ok_or(Error::StoreDamaged("state"))
}
