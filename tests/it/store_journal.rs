//! The journal is a chain: nothing in it can be changed, removed, reordered or cut off unnoticed.

use mingzheng::rules::Digest;
use mingzheng::seal;
use mingzheng::store::journal::{self, Checked, Entry};
use mingzheng::store::{Store, Tx};
use serde_json::json;

use crate::engines::{execute, on_both_engines};
use crate::rules::house::at;

/// Something that was done.
fn entry(object: &str) -> Entry {
    Entry {
        at: at("2026-11-22T04:00:00.123Z"),
        actor: "operator".into(),
        act: "issue".into(),
        object: object.into(),
        result: "done".into(),
        details: json!({"zh": "签发", "count": 3, "nested": {"b": [1.5, null], "a": true}}),
    }
}

/// A journal with so many entries.
async fn with_entries(store: &Store, count: u32) {
    let mut tx = store.write().await.unwrap();
    for i in 1..=count {
        journal::append(&mut tx, &entry(&format!("report {i}")), seal::digest).await.unwrap();
    }
    tx.commit().await.unwrap();
}

/// What somebody with the database's own rights can do: everything.
async fn tamper(store: &Store, statements: &[&'static str]) {
    let mut tx = store.write().await.unwrap();
    let (off, on) = match tx {
        Tx::Sqlite(_) => {
            (["DROP TRIGGER journal_never_changes", "DROP TRIGGER journal_stays"].as_slice(), [].as_slice())
        }
        Tx::Postgres(_) => (
            ["ALTER TABLE journal DISABLE TRIGGER USER"].as_slice(),
            ["ALTER TABLE journal ENABLE TRIGGER USER"].as_slice(),
        ),
    };
    for sql in off.iter().chain(statements).chain(on) {
        execute(&mut tx, sql).await.unwrap();
    }
    tx.commit().await.unwrap();
}

async fn check(store: &Store) -> Checked {
    let mut tx = store.read().await.unwrap();
    journal::check(&mut tx, seal::digest).await.unwrap()
}

on_both_engines! {
    async fn entries_come_back_in_a_chain(store: Store) {
        assert_eq!(check(&store).await, Checked::Whole { entries: 0, head: Digest::ZERO });
        with_entries(&store, 3).await;

        let mut tx = store.read().await.unwrap();
        let links = journal::after(&mut tx, 0, 100).await.unwrap();
        assert_eq!(links.iter().map(|link| link.seq).collect::<Vec<_>>(), [1, 2, 3]);
        assert_eq!(links[1].entry, entry("report 2"));
        assert_eq!(links[0].previous, Digest::ZERO);
        assert_eq!(links[1].previous, links[0].digest);
        assert_eq!(journal::after(&mut tx, 1, 1).await.unwrap(), [links[1].clone()]);
        assert_eq!(journal::about(&mut tx, "report 3").await.unwrap(), [links[2].clone()]);
        assert_eq!(journal::about(&mut tx, "report 4").await.unwrap(), []);

        assert_eq!(check(&store).await, Checked::Whole { entries: 3, head: links[2].digest });
    }

    async fn a_long_journal_is_checked_to_its_end(store: Store) {
        with_entries(&store, 2003).await;
        assert!(matches!(check(&store).await, Checked::Whole { entries: 2003, .. }));
        tamper(&store, &["UPDATE journal SET result = 'refused' WHERE seq = 2002"]).await;
        assert_eq!(check(&store).await, Checked::Broken { seq: 2002, fault: "changed" });
    }

    async fn entries_cannot_be_changed_or_removed(store: Store) {
        with_entries(&store, 2).await;
        for forbidden in ["UPDATE journal SET actor = 'x'", "DELETE FROM journal WHERE seq = 2"] {
            let mut tx = store.write().await.unwrap();
            assert!(execute(&mut tx, forbidden).await.is_err(), "{forbidden}");
        }
        if matches!(store.write().await.unwrap(), Tx::Postgres(_)) {
            let mut tx = store.write().await.unwrap();
            assert!(execute(&mut tx, "TRUNCATE journal").await.is_err());
        }
    }

    async fn a_changed_entry_is_named(store: Store) {
        with_entries(&store, 5).await;
        tamper(&store, &["UPDATE journal SET details = '{}' WHERE seq = 3"]).await;
        assert_eq!(check(&store).await, Checked::Broken { seq: 3, fault: "changed" });
    }

    async fn a_removed_entry_is_named(store: Store) {
        with_entries(&store, 5).await;
        tamper(&store, &["DELETE FROM journal WHERE seq = 1"]).await;
        assert_eq!(check(&store).await, Checked::Broken { seq: 1, fault: "missing" });
    }

    async fn two_entries_that_changed_places_are_named(store: Store) {
        with_entries(&store, 5).await;
        tamper(&store, &[
            "UPDATE journal SET seq = 100 WHERE seq = 2",
            "UPDATE journal SET seq = 2 WHERE seq = 3",
            "UPDATE journal SET seq = 3 WHERE seq = 100",
        ]).await;
        assert_eq!(check(&store).await, Checked::Broken { seq: 2, fault: "not chained to the entry before" });
    }

    async fn a_journal_that_was_cut_off_is_noticed(store: Store) {
        with_entries(&store, 5).await;
        tamper(&store, &["DELETE FROM journal WHERE seq > 3"]).await;
        assert_eq!(check(&store).await, Checked::Broken { seq: 4, fault: "missing at the end" });
    }

    async fn an_entry_that_was_rolled_back_leaves_no_gap(store: Store) {
        with_entries(&store, 1).await;
        {
            let mut tx = store.write().await.unwrap();
            journal::append(&mut tx, &entry("never"), seal::digest).await.unwrap();
        }
        with_entries(&store, 1).await;
        assert!(matches!(check(&store).await, Checked::Whole { entries: 2, .. }));
    }

    async fn many_writers_at_once_make_one_chain(store: Store) {
        let writers = (0..16_u32).map(|writer| {
            let store = store.clone();
            tokio::spawn(async move {
                for i in 0..4 {
                    let mut tx = store.write().await.unwrap();
                    let entry = entry(&format!("report {writer} {i}"));
                    journal::append(&mut tx, &entry, seal::digest).await.unwrap();
                    tx.commit().await.unwrap();
                }
            })
        });
        for writer in futures::future::join_all(writers).await {
            writer.unwrap();
        }
        assert!(matches!(check(&store).await, Checked::Whole { entries: 64, .. }));
    }

    async fn the_last_entry_tells_its_time(store: Store) {
        let mut tx = store.write().await.unwrap();
        assert_eq!(journal::last_at(&mut tx).await.unwrap(), None);
        journal::append(&mut tx, &entry("one"), seal::digest).await.unwrap();
        let later = Entry { at: at("2026-11-23T00:00:00Z"), ..entry("two") };
        journal::append(&mut tx, &later, seal::digest).await.unwrap();
        assert_eq!(journal::last_at(&mut tx).await.unwrap(), Some(later.at));
    }

    async fn whoever_holds_the_journal_keeps_others_waiting_and_then_they_see_all(store: Store) {
        let mut holder = store.write().await.unwrap();
        journal::hold(&mut holder).await.unwrap();
        let other = store.clone();
        let waiting = tokio::spawn(async move {
            let mut tx = other.write().await.unwrap();
            journal::hold(&mut tx).await.unwrap();
            journal::last_at(&mut tx).await.unwrap()
        });
        tokio::time::sleep(std::time::Duration::from_millis(200)).await;
        assert!(!waiting.is_finished());

        journal::append(&mut holder, &entry("one"), seal::digest).await.unwrap();
        holder.commit().await.unwrap();

        assert_eq!(waiting.await.unwrap(), Some(entry("one").at));
    }
}
