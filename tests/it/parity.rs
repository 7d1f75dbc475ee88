//! Both engines have the same schema: tables, columns, what is required, indexes, and what only grows.

use std::collections::BTreeSet;

use mingzheng::store::Tx;

use crate::engines::Place;

/// Everything that must be the same, as lines that can be compared.
async fn schema(place: &Place) -> BTreeSet<String> {
    const SQLITE: &str = "
        SELECT 'column ' || m.name || '.' || c.name || CASE WHEN c.\"notnull\" = 1 THEN ' required' ELSE '' END
        FROM sqlite_schema m JOIN pragma_table_info(m.name) c WHERE m.type = 'table'
        UNION ALL
        SELECT CASE i.\"unique\" WHEN 1 THEN 'unique ' ELSE 'index ' END || m.name || ' '
            || (SELECT group_concat(name, ', ') FROM (SELECT name FROM pragma_index_info(i.name) ORDER BY seqno))
            || CASE i.partial WHEN 1 THEN ' in part' ELSE '' END
        FROM sqlite_schema m JOIN pragma_index_list(m.name) i WHERE m.type = 'table'
        UNION ALL -- a whole number that is the primary key needs no index
        SELECT 'unique ' || m.name || ' ' || c.name FROM sqlite_schema m JOIN pragma_table_info(m.name) c
        WHERE m.type = 'table' AND c.pk = 1 AND c.type = 'INTEGER'
            AND NOT EXISTS (SELECT 1 FROM pragma_index_list(m.name) i WHERE i.origin = 'pk')
        UNION ALL
        SELECT 'guarded ' || tbl_name FROM sqlite_schema WHERE type = 'trigger'";
    const POSTGRES: &str = "
        SELECT 'column ' || table_name || '.' || column_name
            || CASE WHEN is_nullable = 'NO' THEN ' required' ELSE '' END
        FROM information_schema.columns WHERE table_schema = 'public'
        UNION ALL
        SELECT CASE WHEN i.indisunique THEN 'unique ' ELSE 'index ' END || t.relname || ' '
            || (SELECT string_agg(a.attname, ', ' ORDER BY k.place)
                FROM unnest(i.indkey) WITH ORDINALITY AS k (attnum, place)
                JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = k.attnum)
            || CASE WHEN i.indpred IS NOT NULL THEN ' in part' ELSE '' END
        FROM pg_index i JOIN pg_class t ON t.oid = i.indrelid
        WHERE t.relnamespace = 'public'::regnamespace
        UNION ALL
        SELECT DISTINCT 'guarded ' || t.relname FROM pg_trigger g JOIN pg_class t ON t.oid = g.tgrelid
        WHERE NOT g.tgisinternal";
    let lines: Vec<String> = match place.store.read().await.unwrap() {
        Tx::Sqlite(mut tx) => sqlx::query_scalar(SQLITE).fetch_all(&mut *tx).await.unwrap(),
        Tx::Postgres(mut tx) => sqlx::query_scalar(POSTGRES).fetch_all(&mut *tx).await.unwrap(),
    };
    lines.into_iter().filter(|line| !line.contains(" _sqlx") && !line.contains(" sqlite_")).collect()
}

#[tokio::test]
async fn both_schemas_have_the_same_tables_columns_keys_and_guards() {
    let Some(postgres) = Place::on_postgres().await else { return };
    let sqlite = Place::on_sqlite().await;

    let (on_sqlite, on_postgres) = (schema(&sqlite).await, schema(&postgres).await);

    assert!(on_sqlite.contains("column record_version.details required"), "{on_sqlite:#?}");
    assert!(on_sqlite.contains("guarded journal"), "{on_sqlite:#?}");
    let only_sqlite: Vec<_> = on_sqlite.difference(&on_postgres).collect();
    let only_postgres: Vec<_> = on_postgres.difference(&on_sqlite).collect();
    assert!(
        only_sqlite.is_empty() && only_postgres.is_empty(),
        "only on SQLite: {only_sqlite:#?}\nonly on PostgreSQL: {only_postgres:#?}"
    );
}
