use super::{query::placeholders, schema, *};

async fn store(folder: &tempfile::TempDir) -> Store {
    let file = folder.path().join("issuer.sqlite");
    Store::open(&Location::Sqlite(file)).await.unwrap()
}

#[test]
fn places_of_values_are_numbered_through() {
    assert_eq!(placeholders(1, 3), "($1, $2, $3)");
    assert_eq!(placeholders(2, 2), "($1, $2), ($3, $4)");
}

#[test]
fn postgresql_has_its_own_names_for_types() {
    let words = |migrator: sqlx::migrate::Migrator| {
        let sql = migrator.iter().map(|migration| migration.sql.as_str().to_owned());
        sql.collect::<Vec<_>>().join("\n")
    };
    let (sqlite, postgres) = (words(schema::for_sqlite()), words(schema::for_postgres()));
    assert!(sqlite.contains(" BLOB") && !postgres.contains(" BLOB"));
    assert!(
        !postgres.contains("INTEGER"),
        "an INTEGER of PostgreSQL has 32 bits"
    );
}

#[tokio::test]
async fn a_revision_is_one_transaction_that_wrote() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(&folder).await;
    let before = store.begin().await.unwrap().writing();
    // Dropped, or empty: nothing changes.
    let write = store.begin().await.unwrap();
    assert_eq!(write.commit(None).await.unwrap(), before.revision);
    // A waiting time is a change, and only its change.
    for _ in 0..2 {
        let write = store.begin().await.unwrap();
        let revision = write.commit(Some(schemas::UnixTime(5))).await.unwrap();
        assert_eq!(revision, Revision(before.revision.0 + 1));
    }
    let after = store.begin().await.unwrap().writing();
    assert_eq!(after.waiting_since, Some(schemas::UnixTime(5)));
    assert_eq!(after.admitted, before.admitted);
}

#[tokio::test]
async fn another_key_store_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(&folder).await;
    for _ in 0..2 {
        store.check_secret([1; 16]).await.unwrap();
    }
    let refused = store.check_secret([2; 16]).await.unwrap_err();
    assert_eq!(refused.code(), "issuer-key-store");
}
