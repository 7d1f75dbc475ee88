//! What it costs to make a file durable, beside plain inserts of the same rows into the same tables with the same indexes.
//!
//! Ours is everything from the bytes of the file to the signed receipt: the file kept under its digest, every row checked, each subject and
//! record looked up, versions, parts and journal written. A plain insert only writes the rows that ours left behind: in one
//! transaction, by prepared statements of one row and of many (on SQLite, where ours has 50 to 100, the most rows are the fastest), and on
//! PostgreSQL also by COPY, which is the most that the engine takes. Both engines write to the disk before they answer (`fsync`).

use std::time::Instant;

use futures::TryStreamExt;
use sqlx::{AssertSqlSafe, Connection, PgConnection, Row as _, SqliteConnection, TypeInfo, ValueRef};

use super::engines::Place;
use super::files::rows;
use super::house::House;
use super::{ROUNDS, a_second, median};

/// Rows that are made durable.
const DURABLE: usize = 100_000;
/// What a file leads to, in an order that keys between them allow.
const TABLES: [&str; 4] = ["subject", "subject_code", "subject_name", "record_version"];

/// The rows that a file of [`DURABLE`] rows leaves behind.
const GOOD: usize = DURABLE - DURABLE / 100;

/// A value of any column.
enum Cell {
    Null,
    Number(i64),
    Text(String),
    Bytes(Vec<u8>),
}

fn head() {
    println!("\n| engine | rows | subjects | way | rows/s | ours of it |\n|---|---|---|---|---|---|");
}

fn show(engine: &str, way: &str, seconds: f64, ours: f64) {
    let subjects = DURABLE / 4;
    let share = seconds / ours * 100.0;
    println!("| {engine} | {GOOD} | {subjects} | {way} | {} | {share:.0} % |", a_second(GOOD, seconds));
}

/// Stores a file the whole way, and gives the seconds.
fn store(url: &str, file: &[u8]) -> f64 {
    let house = House::new(Some(url.to_owned()));
    let (file, began) = (file.to_vec(), Instant::now());
    let done = house.upload(file);
    assert_eq!(done.receipt.accepted, GOOD as u64);
    began.elapsed().as_secs_f64()
}

pub(crate) fn sqlite() {
    head();
    let file = rows(1, DURABLE).into_bytes();
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let (mut ours, mut plain) = (Vec::new(), [(1, Vec::new()), (20, Vec::new()), (64, Vec::new())]);
    for _ in 0..ROUNDS {
        let place = || runtime.block_on(Place::on_sqlite());
        let full = place();
        ours.push(store(&full.url, &file));
        for (rows, seconds) in &mut plain {
            seconds.push(runtime.block_on(plain_sqlite(&full.url, &place().url, *rows)));
        }
    }
    let ours = median(ours);
    show("SQLite", "ours", ours, ours);
    for (rows, seconds) in plain {
        show("SQLite", &format!("plain, prepared, rows a statement: {rows}"), median(seconds), ours);
    }
}

pub(crate) fn postgres() {
    head();
    let file = rows(1, DURABLE).into_bytes();
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let Some(place) = runtime.block_on(Place::on_postgres()) else {
        return println!("| PostgreSQL | not installed | | | | |");
    };
    runtime.block_on(to_the_disk(&place.url));
    let (mut ours, mut plain, mut copied) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let place = || runtime.block_on(Place::on_postgres()).expect("a database");
        let (full, empty, other) = (place(), place(), place());
        ours.push(store(&full.url, &file));
        plain.push(runtime.block_on(plain_postgres(&full.url, &empty.url)));
        copied.push(runtime.block_on(copy(&full.url, &other.url)));
    }
    let ours = median(ours);
    show("PostgreSQL", "ours", ours, ours);
    show("PostgreSQL", "plain, 1,000 rows a statement", median(plain), ours);
    show("PostgreSQL", "COPY", median(copied), ours);
}

/// The server of the tests does not wait for the disk; this one does from here on.
async fn to_the_disk(url: &str) {
    let mut connection = PgConnection::connect(url).await.expect("a database");
    for sql in
        ["ALTER SYSTEM SET fsync = on", "ALTER SYSTEM SET full_page_writes = on", "SELECT pg_reload_conf()"]
    {
        sqlx::query(sql).execute(&mut connection).await.expect("a setting");
    }
    tokio::time::sleep(std::time::Duration::from_secs(1)).await; // the server reads them when it comes to it
    let mut connection = PgConnection::connect(url).await.expect("a database");
    let on: String = sqlx::query_scalar("SHOW fsync").fetch_one(&mut connection).await.expect("a setting");
    assert_eq!(on, "on");
}

/// Inserts the rows of one database into another, so many a statement, and gives the seconds that writing took.
async fn plain_sqlite(from: &str, to: &str, rows_a_statement: usize) -> f64 {
    let mut from = SqliteConnection::connect(from).await.expect("a database");
    let mut to = SqliteConnection::connect(to).await.expect("a database");
    let mut seconds = 0.0;
    for pragma in ["PRAGMA synchronous = FULL", "PRAGMA cache_size = -32768", "BEGIN IMMEDIATE"] {
        sqlx::query(pragma).execute(&mut to).await.expect("a setting");
    }
    for table in TABLES {
        let sql = AssertSqlSafe(format!("SELECT * FROM {table}"));
        let rows = sqlx::query(sql).fetch_all(&mut from).await.expect("rows");
        let width = rows[0].len();
        let cell = |row: &sqlx::sqlite::SqliteRow, at| {
            let raw = row.try_get_raw(at).expect("a cell");
            if raw.is_null() {
                return Cell::Null;
            }
            match raw.type_info().name() {
                "INTEGER" => Cell::Number(row.get_unchecked(at)),
                "BLOB" => Cell::Bytes(row.get_unchecked(at)),
                _ => Cell::Text(row.get_unchecked(at)),
            }
        };
        let rows: Vec<Vec<Cell>> =
            rows.iter().map(|row| (0..width).map(|at| cell(row, at)).collect()).collect();
        let began = Instant::now();
        for chunk in rows.chunks(rows_a_statement) {
            let places = vec![format!("({})", vec!["?"; width].join(", ")); chunk.len()].join(", ");
            let mut insert = sqlx::query(AssertSqlSafe(format!("INSERT INTO {table} VALUES {places}")));
            for cell in chunk.iter().flatten() {
                insert = match cell {
                    Cell::Null => insert.bind(None::<i64>),
                    Cell::Number(number) => insert.bind(number),
                    Cell::Text(text) => insert.bind(text),
                    Cell::Bytes(bytes) => insert.bind(bytes),
                };
            }
            insert.execute(&mut to).await.expect("an insert");
        }
        seconds += began.elapsed().as_secs_f64();
    }
    let began = Instant::now();
    sqlx::query("COMMIT").execute(&mut to).await.expect("a commit");
    seconds + began.elapsed().as_secs_f64()
}

/// The same on the other engine, a thousand a statement. Values are bound as text and read as what their columns are.
async fn plain_postgres(from: &str, to: &str) -> f64 {
    const TOGETHER: usize = 1_000;
    let mut from = PgConnection::connect(from).await.expect("a database");
    let mut to = PgConnection::connect(to).await.expect("a database");
    let mut seconds = 0.0;
    sqlx::query("BEGIN").execute(&mut to).await.expect("a transaction");
    for table in TABLES {
        let sql = AssertSqlSafe(format!(
            "SELECT column_name::text, udt_name::text FROM information_schema.columns
            WHERE table_name = '{table}' ORDER BY ordinal_position"
        ));
        let columns: Vec<(String, String)> = sqlx::query_as(sql).fetch_all(&mut from).await.expect("columns");
        let list: Vec<String> = columns
            .iter()
            .map(|(name, kind)| {
                if is_number(kind) {
                    format!("{name}::bigint")
                } else if kind == "bytea" {
                    name.clone()
                } else {
                    format!("{name}::text")
                }
            })
            .collect();
        let sql = AssertSqlSafe(format!("SELECT {} FROM {table}", list.join(", ")));
        let rows = sqlx::query(sql).fetch_all(&mut from).await.expect("rows");
        let cell = |row: &sqlx::postgres::PgRow, at: usize| {
            if row.try_get_raw(at).expect("a cell").is_null() {
                return Cell::Null;
            }
            match columns[at].1.as_str() {
                kind if is_number(kind) => Cell::Number(row.get(at)),
                "bytea" => Cell::Bytes(row.get(at)),
                _ => Cell::Text(row.get(at)),
            }
        };
        let rows: Vec<Vec<Cell>> =
            rows.iter().map(|row| (0..columns.len()).map(|at| cell(row, at)).collect()).collect();
        let began = Instant::now();
        for chunk in rows.chunks(TOGETHER) {
            let mut insert = sqlx::QueryBuilder::new(format!("INSERT INTO {table} "));
            insert.push_values(chunk, |mut row, cells| {
                for (cell, (_, kind)) in cells.iter().zip(&columns) {
                    match cell {
                        Cell::Null if is_number(kind) => row.push_bind(None::<i64>),
                        Cell::Null if kind == "bytea" => row.push_bind(None::<Vec<u8>>),
                        Cell::Null => row.push_bind(None::<String>).push_unseparated(format!("::{kind}")),
                        Cell::Number(number) => row.push_bind(*number),
                        Cell::Bytes(bytes) => row.push_bind(bytes),
                        Cell::Text(text) => row.push_bind(text).push_unseparated(format!("::{kind}")),
                    };
                }
            });
            insert.build().execute(&mut to).await.expect("an insert");
        }
        seconds += began.elapsed().as_secs_f64();
    }
    let began = Instant::now();
    sqlx::query("COMMIT").execute(&mut to).await.expect("a commit");
    seconds + began.elapsed().as_secs_f64()
}

fn is_number(kind: &str) -> bool {
    matches!(kind, "int2" | "int4" | "int8")
}

/// Copies the rows of one database into another, and gives the seconds that writing took.
async fn copy(from: &str, to: &str) -> f64 {
    let mut from = PgConnection::connect(from).await.expect("a database");
    let mut to = PgConnection::connect(to).await.expect("a database");
    let mut seconds = 0.0;
    sqlx::query("BEGIN").execute(&mut to).await.expect("a transaction");
    for table in TABLES {
        let out = from.copy_out_raw(&format!("COPY {table} TO STDOUT")).await.expect("rows");
        let parts: Vec<_> = out.try_collect().await.expect("rows");
        let rows: Vec<u8> = parts.concat();
        let began = Instant::now();
        let mut copy = to.copy_in_raw(&format!("COPY {table} FROM STDIN")).await.expect("a copy");
        for part in rows.chunks(1 << 20) {
            copy.send(part).await.expect("a part");
        }
        copy.finish().await.expect("a copy");
        seconds += began.elapsed().as_secs_f64();
    }
    let began = Instant::now();
    sqlx::query("COMMIT").execute(&mut to).await.expect("a commit");
    seconds + began.elapsed().as_secs_f64()
}
