//! What quality asks is answered from indexes, on either engine.

use mingzheng::store::{Store, Tx};
use sqlx::AssertSqlSafe;

use crate::engines::on_both_engines;

/// The statements of `store/quality.rs`, put together from the words that they have in the source, so that neither can change alone;
/// and the index that answers each.
const ASKED: [(&[&str], &str); 5] = [
    (
        &[
            "SELECT domain, operation, decided_on, received_at, count(*) AS count FROM record_version\n            WHERE organ IN ",
            "('a', 'b')",
            " AND received_at >= ",
            "5",
            " GROUP BY domain, operation, decided_on, received_at",
        ],
        "record_version_received",
    ),
    (
        &["FROM upload WHERE authority = $1 AND received_at >= $2 GROUP BY domain ORDER BY domain"],
        "upload_received",
    ),
    (&["FROM candidate\n        WHERE authority = $1 AND resolved_at IS NULL"], "candidate_open"),
    (&["FROM rejection\n        WHERE authority = $1 AND closed_at IS NULL"], "rejection_received"),
    (
        &["FROM credit_case\n        WHERE authority = $1 AND ended_at IS NULL GROUP BY domain"],
        "credit_case_due",
    ),
];

/// The other indexes of a table, but for those that its keys need.
const OTHERS: &str =
    "SELECT i.indexrelid::regclass::text FROM pg_index i JOIN pg_index this ON this.indrelid = i.indrelid
    WHERE this.indexrelid = $1::regclass AND i.indexrelid <> this.indexrelid
        AND NOT EXISTS (SELECT 1 FROM pg_constraint WHERE conindid = i.indexrelid)";

/// One of the statements with values in it.
fn statement(parts: &[&str]) -> String {
    let source = include_str!("../../src/store/quality.rs");
    for part in parts.iter().filter(|part| part.len() > 10) {
        assert!(source.contains(part), "{part}");
    }
    let sql = parts.concat().replace("$1", "'a'").replace("$2", "5");
    if sql.starts_with("SELECT") {
        sql
    } else {
        format!("SELECT count(*) {sql}").replace(" ORDER BY domain", "")
    }
}

on_both_engines! {
    async fn whatever_quality_asks_is_found_by_an_index(store: Store) {
        for (parts, index) in ASKED {
            let sql = statement(parts);
            let plan: Vec<String> = match store.write().await.unwrap() {
                Tx::Sqlite(mut tx) => {
                    let asked = AssertSqlSafe(format!("EXPLAIN QUERY PLAN {sql}"));
                    let steps: Vec<(i64, i64, i64, String)> = sqlx::query_as(asked).fetch_all(&mut *tx).await.unwrap();
                    steps.into_iter().map(|(_, _, _, step)| step).collect()
                }
                Tx::Postgres(mut tx) => {
                    // The tables are empty, and all ways are short there: only whether this index can answer is asked.
                    sqlx::query("SET LOCAL enable_seqscan = off").execute(&mut *tx).await.unwrap();
                    let others: Vec<String> = sqlx::query_scalar(OTHERS).bind(index).fetch_all(&mut *tx).await.unwrap();
                    for other in others {
                        sqlx::query(AssertSqlSafe(format!("DROP INDEX {other}"))).execute(&mut *tx).await.unwrap();
                    }
                    sqlx::query_scalar(AssertSqlSafe(format!("EXPLAIN {sql}"))).fetch_all(&mut *tx).await.unwrap()
                }
            };
            let plan = plan.join("\n");
            assert!(plan.contains(index), "{index}: {plan}");
            assert!(!plan.contains("SCAN ") && !plan.contains("Seq Scan"), "{plan}");
        }
    }
}
