//! The schema goes up, down and up again, and a program refuses what it does not know.

use mingzheng::store::{Error, Settings, Store, Tx};

use crate::engines::{Place, execute, on_both_engines};

/// How many tables of ours there are.
async fn tables(store: &Store) -> i64 {
    const ON_SQLITE: &str =
        "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE '\\_%' ESCAPE '\\'";
    const ON_POSTGRES: &str =
        "SELECT count(*) FROM pg_tables WHERE schemaname = 'public' AND tablename NOT LIKE '\\_%'";
    match store.read().await.unwrap() {
        Tx::Sqlite(mut tx) => sqlx::query_scalar(ON_SQLITE).fetch_one(&mut *tx).await.unwrap(),
        Tx::Postgres(mut tx) => sqlx::query_scalar(ON_POSTGRES).fetch_one(&mut *tx).await.unwrap(),
    }
}

on_both_engines! {
    async fn migrations_go_up_and_down_and_up(store: Store) {
        let newest = store.schema_version().await.unwrap();
        let all = tables(&store).await;
        assert!(newest >= 5 && all >= 21, "{newest} {all}");
        store.ping().await.unwrap();

        for version in (0..newest).rev() {
            store.migrate_down(version).await.unwrap();
            assert_eq!(store.schema_version().await.unwrap(), version);
            assert!(matches!(
                store.ping().await,
                Err(Error::TooOld { found, needed }) if found == version && needed == newest
            ));
        }
        assert_eq!(tables(&store).await, 0);

        store.migrate().await.unwrap();
        store.migrate().await.unwrap();
        assert_eq!((store.schema_version().await.unwrap(), tables(&store).await), (newest, all));
        store.ping().await.unwrap();
    }

    async fn the_schema_of_a_later_program_is_refused(place: Place) {
        let mut tx = place.store.write().await.unwrap();
        let later = "UPDATE _sqlx_migrations SET version = 4000 WHERE version = (SELECT max(version) FROM _sqlx_migrations)";
        assert_eq!(execute(&mut tx, later).await.unwrap(), 1);
        tx.commit().await.unwrap();

        for refused in [
            place.store.migrate().await,
            place.store.migrate_down(0).await,
            place.store.ping().await,
            Store::open(&Settings::at(&place.url)).await.map(drop),
        ] {
            assert!(matches!(refused, Err(Error::TooNew { found: 4000, .. })), "{refused:?}");
        }
    }

    async fn a_migration_that_was_changed_afterwards_is_refused(place: Place) {
        let mut tx = place.store.write().await.unwrap();
        let changed = "UPDATE _sqlx_migrations SET checksum = '\\x00' WHERE version = 2";
        let changed_on_sqlite = "UPDATE _sqlx_migrations SET checksum = x'00' WHERE version = 2";
        let sql = if matches!(tx, Tx::Sqlite(_)) { changed_on_sqlite } else { changed };
        execute(&mut tx, sql).await.unwrap();
        tx.commit().await.unwrap();

        assert!(matches!(place.store.migrate().await, Err(Error::Migration(_))));
    }

    async fn two_programs_may_migrate_at_once(place: Place) {
        place.store.migrate_down(0).await.unwrap();
        let other = Store::open(&Settings::at(&place.url)).await.unwrap();

        let (one, two) = tokio::join!(place.store.migrate(), other.migrate());

        one.unwrap();
        two.unwrap();
        place.store.ping().await.unwrap();
        other.close().await;
    }
}

#[tokio::test]
async fn addresses_of_no_known_engine_are_refused() {
    for url in
        ["", "mysql://localhost/x", "sqlite::memory:", "sqlite://x?mode=memory", "postgres", "mingzheng.db"]
    {
        assert!(matches!(Store::open(&Settings::at(url)).await, Err(Error::Address)), "{url}");
    }
}

#[tokio::test]
async fn a_database_that_cannot_be_reached_is_told_without_its_address() {
    for url in ["sqlite:///no/such/folder/mingzheng.db", "postgres://secret:word@127.0.0.1:1/mingzheng"] {
        let settings = Settings { wait: std::time::Duration::from_millis(300), ..Settings::at(url) };
        let error = Store::open(&settings).await.unwrap_err();
        assert!(error.may_pass(), "{error:?}");
        assert_eq!(error.to_string(), "the store cannot be reached");
    }
}

#[tokio::test]
async fn a_sqlite_file_keeps_what_was_committed_and_is_shared_with_readers() {
    let place = Place::on_sqlite().await;
    assert!(place.folder().join("mingzheng.db").exists());
    let pragma = async |sql: &'static str| -> String {
        let Tx::Sqlite(mut tx) = place.store.write().await.unwrap() else { unreachable!() };
        sqlx::query_scalar(sql).fetch_one(&mut *tx).await.unwrap()
    };
    assert_eq!(pragma("SELECT journal_mode FROM pragma_journal_mode").await, "wal");
    assert_eq!(pragma("SELECT CAST(synchronous AS TEXT) FROM pragma_synchronous").await, "2"); // FULL
    assert_eq!(pragma("SELECT CAST(page_size AS TEXT) FROM pragma_page_size").await, "8192");
    assert_eq!(pragma("SELECT CAST(foreign_keys AS TEXT) FROM pragma_foreign_keys").await, "1");
    assert_eq!(
        pragma("SELECT CAST(min(strict) AS TEXT) FROM pragma_table_list WHERE name NOT LIKE '%sq%'").await,
        "1"
    );
}
