//! One statement for both databases: its text, its values, and the rows it finds.
//!
//! sqlx' own `Any` driver knows SQLite and PostgreSQL too, but writes its placeholders for one of them, opens SQLite without
//! what we need of it, and copies every row into values of its own. Here a statement stays what it is until the moment it
//! runs, and a row is the driver's.

use super::database::{Database, Transaction};
use crate::Error;
use core::{fmt::Write as _, future::Future};
use sqlx::{AssertSqlSafe, Decode, Postgres, Row as _, Sqlite, Type, postgres::PgRow, sqlite::SqliteRow};
use std::borrow::Cow;

/// A statement in the SQL that both databases read. No value is ever part of its text.
pub(super) struct Query<'q> {
    sql: Cow<'static, str>,
    values: Vec<Value<'q>>,
}

/// A value of a statement.
pub(super) enum Value<'q> {
    Number(Option<i64>),
    Text(&'q str),
    Bytes(Option<Cow<'q, [u8]>>),
}

/// A statement with `$1`, `$2` and so on where its values belong.
pub(super) fn query<'q>(sql: impl Into<Cow<'static, str>>) -> Query<'q> {
    Query {
        sql: sql.into(),
        values: Vec::new(),
    }
}

/// `($1, $2), ($3, $4)`: the places of the values of rows that are bound one after the other.
pub(super) fn placeholders(rows: usize, columns: usize) -> String {
    let mut text = String::with_capacity(rows * columns * 6);
    for row in 0..rows {
        text.push_str(if row == 0 { "(" } else { ", (" });
        for column in 0..columns {
            let comma = if column == 0 { "" } else { ", " };
            write!(text, "{comma}${}", row * columns + column + 1).expect("a string takes every write");
        }
        text.push(')');
    }
    text
}

impl<'q> Query<'q> {
    /// The next value.
    pub(super) fn bind(mut self, value: impl Into<Value<'q>>) -> Self {
        self.values.push(value.into());
        self
    }
}

impl From<i64> for Value<'_> {
    fn from(number: i64) -> Self {
        Self::Number(Some(number))
    }
}

impl From<Option<i64>> for Value<'_> {
    fn from(number: Option<i64>) -> Self {
        Self::Number(number)
    }
}

impl<'q> From<&'q str> for Value<'q> {
    fn from(text: &'q str) -> Self {
        Self::Text(text)
    }
}

impl<'q> From<&'q [u8]> for Value<'q> {
    fn from(bytes: &'q [u8]) -> Self {
        Self::Bytes(Some(Cow::Borrowed(bytes)))
    }
}

impl From<Vec<u8>> for Value<'_> {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Bytes(Some(Cow::Owned(bytes)))
    }
}

impl From<Option<Vec<u8>>> for Value<'_> {
    fn from(bytes: Option<Vec<u8>>) -> Self {
        Self::Bytes(bytes.map(Cow::Owned))
    }
}

/// A row of either database.
pub(super) enum Row {
    Sqlite(SqliteRow),
    Postgres(PgRow),
}

/// What a column can be read as: what both databases read alike.
pub(super) trait Column<'r>:
    Decode<'r, Sqlite> + Type<Sqlite> + Decode<'r, Postgres> + Type<Postgres>
{
}

impl<'r, T> Column<'r> for T where T: Decode<'r, Sqlite> + Type<Sqlite> + Decode<'r, Postgres> + Type<Postgres>
{}

impl Row {
    /// A column.
    pub(super) fn try_get<'r, T: Column<'r>>(&'r self, column: usize) -> Result<T, Error> {
        Ok(match self {
            Self::Sqlite(row) => row.try_get(column)?,
            Self::Postgres(row) => row.try_get(column)?,
        })
    }

    /// A byte string of fixed length.
    pub(super) fn bytes<const N: usize>(&self, column: usize, what: &'static str) -> Result<[u8; N], Error> {
        let bytes: &[u8] = self.try_get(column)?;
        bytes.try_into().map_err(|_| Error::StoreDamaged(what))
    }

    /// An unsigned number.
    pub(super) fn number<N: TryFrom<i64>>(&self, column: usize, what: &'static str) -> Result<N, Error> {
        N::try_from(self.try_get::<i64>(column)?).map_err(|_| Error::StoreDamaged(what))
    }
}

/// Where rows are read: the readers' connections, or a transaction.
pub(super) trait Fetch: Sized + Send {
    /// All rows.
    fn rows(self, query: Query<'_>) -> impl Future<Output = Result<Vec<Row>, Error>> + Send;

    /// The first row, if there is one.
    fn row(self, query: Query<'_>) -> impl Future<Output = Result<Option<Row>, Error>> + Send {
        async move { Ok(self.rows(query).await?.into_iter().next()) }
    }

    /// The row of a query that always finds one, such as a sum.
    fn single(self, query: Query<'_>) -> impl Future<Output = Result<Row, Error>> + Send {
        async move { Ok(self.row(query).await?.ok_or(sqlx::Error::RowNotFound)?) }
    }
}

/// The statement for one of the databases, with its values. Prepared once for each connection, by its text.
macro_rules! prepared {
    ($database:ty, $query:expr) => {{
        let mut prepared = sqlx::query::<$database>(AssertSqlSafe($query.sql));
        for value in $query.values {
            prepared = match value {
                Value::Number(number) => prepared.bind(number),
                Value::Text(text) => prepared.bind(text),
                Value::Bytes(None) => prepared.bind(None::<Vec<u8>>),
                Value::Bytes(Some(Cow::Borrowed(bytes))) => prepared.bind(bytes),
                Value::Bytes(Some(Cow::Owned(bytes))) => prepared.bind(bytes),
            };
        }
        prepared
    }};
}

fn of_sqlite(rows: Vec<SqliteRow>) -> Vec<Row> {
    rows.into_iter().map(Row::Sqlite).collect()
}

fn of_postgres(rows: Vec<PgRow>) -> Vec<Row> {
    rows.into_iter().map(Row::Postgres).collect()
}

impl Fetch for &Database {
    async fn rows(self, query: Query<'_>) -> Result<Vec<Row>, Error> {
        Ok(match self {
            Database::Sqlite { read, .. } => of_sqlite(prepared!(Sqlite, query).fetch_all(read).await?),
            Database::Postgres { read, .. } => of_postgres(prepared!(Postgres, query).fetch_all(read).await?),
        })
    }
}

impl Fetch for &mut Transaction {
    async fn rows(self, query: Query<'_>) -> Result<Vec<Row>, Error> {
        Ok(match self {
            Transaction::Sqlite(on) => of_sqlite(prepared!(Sqlite, query).fetch_all(&mut **on).await?),
            Transaction::Postgres(on) => of_postgres(prepared!(Postgres, query).fetch_all(&mut **on).await?),
        })
    }
}

impl Transaction {
    /// Carries out a statement; tells how many rows it wrote.
    pub(super) async fn execute(&mut self, query: Query<'_>) -> Result<u64, Error> {
        Ok(match self {
            Self::Sqlite(on) => prepared!(Sqlite, query).execute(&mut **on).await?.rows_affected(),
            Self::Postgres(on) => prepared!(Postgres, query)
                .execute(&mut **on)
                .await?
                .rows_affected(),
        })
    }
}
