//! The schema, written once in the words of SQLite.

use sqlx::{
    AssertSqlSafe, SqlSafeStr,
    migrate::{Migration, MigrationType, Migrator},
};

const MIGRATIONS: [(&str, &str); 4] = [
    ("initial", include_str!("../../migrations/0001_initial.sql")),
    (
        "results by account",
        include_str!("../../migrations/0002_results_by_account.sql"),
    ),
    ("receipts", include_str!("../../migrations/0003_receipts.sql")),
    ("writing", include_str!("../../migrations/0004_writing.sql")),
];

pub(super) fn for_sqlite() -> Migrator {
    migrator(|sql| sql.to_owned())
}

/// PostgreSQL has other names for the types: an `INTEGER` of SQLite has 64 bits.
pub(super) fn for_postgres() -> Migrator {
    migrator(|sql| {
        sql.replace("INTEGER PRIMARY KEY", "BIGINT PRIMARY KEY")
            .replace(" BLOB", " BYTEA")
    })
}

fn migrator(translate: impl Fn(&str) -> String) -> Migrator {
    let migration = |(version, (description, sql)): (i64, (&'static str, &str))| {
        Migration::new(
            version,
            description.into(),
            MigrationType::Simple,
            AssertSqlSafe(translate(sql)).into_sql_str(),
            false,
        )
    };
    Migrator::with_migrations((1..).zip(MIGRATIONS).map(migration).collect())
}
