//! Accounts and their use of quotas.

use super::{
    Store, Write,
    query::{Fetch, Row, query},
};
use crate::{
    Error,
    account::{Account, AccountNumber, KeyHash, Role, Standing},
};
use schemas::{Day, Hash, UnixTime};

/// An account to be made.
pub struct NewAccount {
    /// Its name, unique.
    pub name: String,
    /// What it may do.
    pub role: Role,
    /// Most new results in one UTC day.
    pub daily_quota: u32,
    /// The hash of its key.
    pub key: KeyHash,
}

impl Store {
    /// All accounts, in the order of their numbers.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn accounts(&self) -> Result<Vec<(KeyHash, Account)>, Error> {
        all(&self.database).await
    }

    /// How many new results an account had on a day.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn quota_used(&self, account: AccountNumber, day: Day) -> Result<u32, Error> {
        used(&self.database, account, day).await
    }
}

impl Write {
    /// All accounts, in the order of their numbers.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn accounts(&mut self) -> Result<Vec<(KeyHash, Account)>, Error> {
        all(&mut self.transaction).await
    }

    /// Makes an account.
    ///
    /// # Errors
    /// [`Error::AccountExists`], [`Error::Store`].
    pub async fn insert_account(&mut self, account: &NewAccount) -> Result<AccountNumber, Error> {
        // Its number is the next one in both databases: no other writes now.
        let insert = query(
            "INSERT INTO accounts (number, name, role, key_hash, daily_quota)
             SELECT COALESCE(MAX(number), 0) + 1, $1, $2, $3, $4 FROM accounts WHERE true
             ON CONFLICT (name) DO NOTHING RETURNING number",
        )
        .bind(&*account.name)
        .bind(account.role.as_str())
        .bind(&account.key.0.as_bytes()[..])
        .bind(i64::from(account.daily_quota));
        let row = self.transaction.row(insert).await?.ok_or(Error::AccountExists)?;
        self.changed = true;
        self.admits();
        Ok(AccountNumber(row.number(0, "account number")?))
    }

    /// Gives an account a new key; the old one is refused from then on. Opens it again if it was closed.
    ///
    /// # Errors
    /// [`Error::AccountUnknown`], [`Error::Store`].
    pub async fn renew_account_key(&mut self, account: AccountNumber, key: KeyHash) -> Result<(), Error> {
        let update = query("UPDATE accounts SET key_hash = $2, closed_at = NULL WHERE number = $1")
            .bind(i64::from(account.0))
            .bind(&key.0.as_bytes()[..]);
        self.admits();
        match self.execute(update).await? {
            0 => Err(Error::AccountUnknown),
            _ => Ok(()),
        }
    }

    /// Closes an account; closing it again changes nothing.
    ///
    /// # Errors
    /// [`Error::AccountUnknown`], [`Error::Store`].
    pub async fn close_account(&mut self, account: AccountNumber, now: UnixTime) -> Result<(), Error> {
        let update = query("UPDATE accounts SET closed_at = COALESCE(closed_at, $2) WHERE number = $1")
            .bind(i64::from(account.0))
            .bind(now.0);
        self.admits();
        match self.execute(update).await? {
            0 => Err(Error::AccountUnknown),
            _ => Ok(()),
        }
    }

    /// How many new results an account had on a day.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn quota_used(&mut self, account: AccountNumber, day: Day) -> Result<u32, Error> {
        used(&mut self.transaction, account, day).await
    }

    /// Notes how many new results an account had on a day.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn set_quota_used(&mut self, account: AccountNumber, day: Day, used: u32) -> Result<(), Error> {
        let insert = query(
            "INSERT INTO quota_used (account, day, used) VALUES ($1, $2, $3)
             ON CONFLICT (account, day) DO UPDATE SET used = excluded.used",
        )
        .bind(i64::from(account.0))
        .bind(i64::from(day.0))
        .bind(i64::from(used));
        self.update(insert).await
    }
}

async fn all(from: impl Fetch) -> Result<Vec<(KeyHash, Account)>, Error> {
    let rows =
        query("SELECT number, name, role, key_hash, daily_quota, closed_at FROM accounts ORDER BY number");
    from.rows(rows).await?.iter().map(account).collect()
}

async fn used(from: impl Fetch, account: AccountNumber, day: Day) -> Result<u32, Error> {
    let row = query("SELECT used FROM quota_used WHERE account = $1 AND day = $2")
        .bind(i64::from(account.0))
        .bind(i64::from(day.0));
    let row = from.row(row).await?;
    row.map_or(Ok(0), |row| row.number(0, "quota"))
}

fn account(row: &Row) -> Result<(KeyHash, Account), Error> {
    let role: &str = row.try_get(2)?;
    let closed_at: Option<i64> = row.try_get(5)?;
    let account = Account {
        number: AccountNumber(row.number(0, "account number")?),
        name: row.try_get(1)?,
        role: role.parse().map_err(|()| Error::StoreDamaged("role"))?,
        daily_quota: row.number(4, "quota")?,
        standing: if closed_at.is_some() {
            Standing::Closed
        } else {
            Standing::Open
        },
    };
    Ok((KeyHash(Hash(row.bytes(3, "key hash")?)), account))
}
