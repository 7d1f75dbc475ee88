//! What a regulator's file costs: to validate, beside `DuckDB` and pyarrow with the same checks on the same file; to make
//! durable, beside a plain insert of the same rows; and in memory, at ten million rows.
//!
//! `cargo bench --bench intake -- [ROWS [MEMORY_ROWS]]`; 200,000 and 10,000,000 unless said. Of a hundred rows one is
//! faulty. `benches/peers/intake.py` drives the other engines in the Python named by `BENCH_PEERS_PYTHON` (with
//! `benches/peers/requirements.txt` installed); they must find as many faulty rows as we do. Times are medians of three.
//! Aims: at least as fast as `DuckDB`, over 500,000 rows a second for CSV and Parquet on two cores; durable at over half
//! of what the engine takes plainly; under 1 GiB.

#[path = "../tests/it/engines.rs"]
#[expect(clippy::unwrap_used, dead_code, unused_macros, unused_imports, reason = "the tests use all of it")]
mod engines;
#[expect(dead_code, reason = "each bench uses a part of it")]
mod house;

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use engines::Place;
use flate2::Compression;
use flate2::write::GzEncoder;
use futures::TryStreamExt;
use house::{AUTHORITY, House, code, csv_of};
use mingzheng::flow::Reference;
use mingzheng::ingest::{Context, Limits, Reader, Source};
use mingzheng::rules::Authority;
use polars::prelude::{Column, DataFrame, DataType, Field, ParquetWriter, Schema};
use rust_xlsxwriter::Workbook;
use serde::Deserialize;
use sqlx::{AssertSqlSafe, Connection, PgConnection, Row as _, SqliteConnection, TypeInfo, ValueRef};

/// A workbook is opened by a person: it has fewer rows.
const SHEET_ROWS: usize = 50_000;
/// Rows that are made durable.
const DURABLE: usize = 100_000;
/// Rows that are made at a time.
const TOGETHER: usize = 100_000;
const ROUNDS: usize = 3;
/// What a file leads to, in an order that keys between them allow.
const TABLES: [&str; 4] = ["subject", "subject_code", "subject_name", "record_version"];

fn main() {
    let asked: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    if let [child, file] = &asked[..]
        && child == "--child"
    {
        let (rows, faulty, _) = validate(Path::new(file));
        return println!("{rows} {faulty} {}", peak());
    }
    // `cargo test --benches` and listing ask for nothing to be timed.
    if !std::env::args().any(|argument| argument == "--bench") {
        return;
    }
    let number =
        |at: usize, usual| asked.get(at).map_or(usual, |text| text.parse().expect("a number of rows"));
    let (rows, many) = (number(0, 200_000), number(1, 10_000_000));
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    println!("Load before: {load}");
    let folder = tempfile::tempdir().expect("a folder");
    validation(rows, folder.path());
    durable();
    memory(many, folder.path());
}

/// A file of rows from `first` on, of which every hundredth is faulty.
fn rows(first: usize, count: usize) -> String {
    let text = String::from_utf8(csv_of(first..=first + count - 1, |n| code(n / 4))).expect("text");
    let (header, lines) = text.split_once('\n').expect("a header");
    let mut file = format!("{header}\n");
    for (n, line) in (first..).zip(lines.lines()) {
        let spoiled = match n % 1_000 {
            100 | 600 => line.replacen(",2099/12/31,", ",2099/02/30,", 1),
            200 | 700 => line.replacen(",示范一,", ",,", 1),
            300 => line.replacen(",0.2,", ",,", 1),
            400 => line.replacen(",罚款,", ",罚金,", 1),
            500 => line.replacen(",0.2,", ",0.2元,", 1),
            800 => line.replacen(",91310115", ",91310116", 1),
            900 => line.replacen(",未按规定", ",=未按规定", 1),
            0 => line.replacen(",2024/", ",2027/", 1),
            _ => line.to_owned(),
        };
        file.push_str(&spoiled);
        file.push('\n');
    }
    file
}

/// The cells of a file, row by row, the header first.
fn cells(file: &str) -> Vec<Vec<String>> {
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(file.as_bytes());
    reader.records().map(|row| row.expect("a row").iter().map(str::to_owned).collect()).collect()
}

fn ndjson(file: &str, path: &Path) {
    let mut out = BufWriter::new(File::create(path).expect("a file"));
    let rows = cells(file);
    for row in &rows[1..] {
        let object: serde_json::Map<_, _> =
            rows[0].iter().cloned().zip(row.iter().map(|cell| cell.as_str().into())).collect();
        serde_json::to_writer(&mut out, &object).expect("a line");
        out.write_all(b"\n").expect("a line");
    }
}

fn workbook(file: &str, path: &Path) {
    let mut workbook = Workbook::new();
    let sheet = workbook.add_worksheet_with_constant_memory().expect("a sheet");
    for (at, row) in (0..).zip(cells(file)) {
        for (column, cell) in (0..).zip(row) {
            sheet.write_string(at, column, cell).expect("a cell");
        }
    }
    workbook.save(path).expect("a workbook");
}

/// So many rows as Parquet, made some at a time.
fn parquet(count: usize, path: &Path) {
    let names = cells(&rows(1, 1)).swap_remove(0);
    let schema: Schema =
        names.iter().map(|name| Field::new(name.as_str().into(), DataType::String)).collect();
    let out = File::create(path).expect("a file");
    let mut out = ParquetWriter::new(out).batched(&schema).expect("a writer");
    for first in (1..=count).step_by(TOGETHER) {
        let rows = cells(&rows(first, TOGETHER.min(count + 1 - first)));
        let column = |(at, name): (usize, &String)| {
            let cells: Vec<&str> = rows[1..].iter().map(|row| row[at].as_str()).collect();
            Column::new(name.as_str().into(), cells)
        };
        let columns = names.iter().enumerate().map(column).collect();
        out.write_batch(&DataFrame::new(rows.len() - 1, columns).expect("a table")).expect("a row group");
    }
    out.finish().expect("a file");
}

/// So many rows as CSV in gzip.
fn gzip(count: usize, path: &Path) {
    let mut out = GzEncoder::new(File::create(path).expect("a file"), Compression::fast());
    for first in (1..=count).step_by(TOGETHER) {
        let rows = rows(first, TOGETHER.min(count + 1 - first));
        let rows = if first == 1 { &rows[..] } else { rows.split_once('\n').expect("a header").1 };
        out.write_all(rows.as_bytes()).expect("some rows");
    }
    out.finish().expect("a file");
}

/// Validates a file and discards what comes out: rows, faulty ones, seconds.
fn validate(path: &Path) -> (usize, usize, f64) {
    let reference = Reference::load(&mingzheng::config::Rules::default()).expect("built-in data");
    let authority = Authority {
        code: AUTHORITY.parse().expect("a code"),
        zh: String::new(),
        en: String::new(),
        contact: None,
        domains: vec!["market-regulation".parse().expect("an id")],
        organs: Vec::new(),
    };
    let confirmed = std::collections::HashSet::new();
    let context = Context {
        authority: &authority,
        catalogue: &reference.catalogue,
        domain: None,
        received_on: time::macros::date!(2026 - 11 - 22),
        layouts: &reference.layouts,
        layout: None,
        lists: &reference.lists,
        confirmed_codes: &confirmed,
        limits: Limits::background(),
    };
    let began = Instant::now();
    let source = Source::File(File::open(path).expect("a file"));
    let mut reader = Reader::open(source, "bench", context).expect("a readable file");
    let (mut rows, mut faulty) = (0, 0);
    while let Some(batch) = reader.next_batch().expect("rows") {
        rows += batch.rows;
        faulty += batch.rejected.len();
    }
    (rows, faulty, began.elapsed().as_secs_f64())
}

/// What another engine says of a file.
#[derive(Deserialize)]
struct Said {
    rows: usize,
    faulty: usize,
    seconds: f64,
}

fn validation(count: usize, folder: &Path) {
    println!(
        "\n| format | rows | MB | ours, rows/s | DuckDB, rows/s | pyarrow, rows/s |\n|---|---|---|---|---|---|"
    );
    let file = rows(1, count);
    for form in ["csv", "ndjson", "parquet", "xlsx"] {
        let path = folder.join(format!("table.{form}"));
        let count = if form == "xlsx" { count.min(SHEET_ROWS) } else { count };
        match form {
            "csv" => std::fs::write(&path, &file).expect("a file"),
            "ndjson" => ndjson(&file, &path),
            "parquet" => parquet(count, &path),
            _ => workbook(&rows(1, count), &path),
        }
        let mut found = (0, 0);
        let ours = median((0..ROUNDS).map(|_| {
            let (rows, faulty, seconds) = validate(&path);
            found = (rows, faulty);
            seconds
        }));
        assert_eq!(found, (count, count / 100), "one of a hundred rows is faulty");
        let peers = ["duckdb", "pyarrow"].map(|engine| match std::env::var_os("BENCH_PEERS_PYTHON") {
            None => "BENCH_PEERS_PYTHON is not set".to_owned(),
            Some(_) if (engine, form) == ("duckdb", "xlsx") => "needs a download".to_owned(),
            Some(python) => {
                let said = peer(&PathBuf::from(python), engine, form, &path);
                assert_eq!((said.rows, said.faulty), found, "{engine} finds the same in {form}");
                a_second(count, said.seconds)
            }
        });
        let size = std::fs::metadata(&path).expect("a file").len() / 1_000_000;
        let [duckdb, pyarrow] = peers;
        println!("| {form} | {count} | {size} | {} | {duckdb} | {pyarrow} |", a_second(count, ours));
    }
}

fn peer(python: &Path, engine: &str, form: &str, file: &Path) -> Said {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/peers/intake.py");
    let said = Command::new(python)
        .arg(script)
        .args([engine, form])
        .arg(file)
        .arg(ROUNDS.to_string())
        .output()
        .expect("a Python to run");
    assert!(said.status.success(), "{engine} {form}: {}", String::from_utf8_lossy(&said.stderr));
    serde_json::from_slice(&said.stdout).expect("a line of JSON")
}

fn durable() {
    println!(
        "\n| engine | rows | subjects | ours, rows/s | plain, rows/s | ours of plain |\n|---|---|---|---|---|---|"
    );
    let file = rows(1, DURABLE).into_bytes();
    let good = DURABLE - DURABLE / 100;
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let show = |engine: &str, ours: f64, plain: f64| {
        println!(
            "| {engine} | {good} | {} | {} | {} | {:.0} % |",
            DURABLE / 4,
            a_second(good, ours),
            a_second(good, plain),
            plain / ours * 100.0
        );
    };
    let store = |url: &str| {
        let house = House::new(Some(url.to_owned()));
        let (began, file) = (Instant::now(), file.clone());
        let done = house.upload(file);
        assert_eq!(done.receipt.accepted, good as u64);
        began.elapsed().as_secs_f64()
    };
    let places = || runtime.block_on(async { (Place::on_sqlite().await, Place::on_sqlite().await) });
    let times = (0..ROUNDS).map(|_| {
        let (full, empty) = places();
        let ours = store(&full.url);
        (ours, runtime.block_on(plain_sqlite(&full.url, &empty.url)))
    });
    let (ours, plain): (Vec<_>, Vec<_>) = times.unzip();
    show("SQLite, prepared inserts of 20 rows", median(ours), median(plain));
    let places =
        || runtime.block_on(async { Some((Place::on_postgres().await?, Place::on_postgres().await?)) });
    if places().is_none() {
        return println!("| PostgreSQL | not installed | | | | |");
    }
    let times = (0..ROUNDS).filter_map(|_| places()).map(|(full, empty)| {
        let ours = store(&full.url);
        (ours, runtime.block_on(plain_postgres(&full.url, &empty.url)))
    });
    let (ours, plain): (Vec<_>, Vec<_>) = times.unzip();
    show("PostgreSQL, COPY", median(ours), median(plain));
}

/// Inserts the rows of one database into another, a prepared statement for every twenty, and gives the seconds.
async fn plain_sqlite(from: &str, to: &str) -> f64 {
    enum Cell {
        Null,
        Number(i64),
        Text(String),
        Bytes(Vec<u8>),
    }
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
        for chunk in rows.chunks(20) {
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

/// Copies the rows of one database into another, and gives the seconds that writing took.
async fn plain_postgres(from: &str, to: &str) -> f64 {
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

fn memory(count: usize, folder: &Path) {
    println!("\n| file | rows | MB | peak memory, MiB |\n|---|---|---|---|");
    for (name, make) in [("Parquet", parquet as fn(usize, &Path)), ("CSV in gzip", gzip)] {
        let path = folder.join("many");
        make(count, &path);
        let this = std::env::current_exe().expect("this program");
        let said = Command::new(this).arg("--child").arg(&path).output().expect("this program to run");
        assert!(said.status.success(), "{name}: {}", String::from_utf8_lossy(&said.stderr));
        let said = String::from_utf8(said.stdout).expect("text");
        let numbers: Vec<usize> = said.split_whitespace().map(|n| n.parse().expect("a number")).collect();
        assert_eq!(numbers[..2], [count, count / 100], "{name}");
        let size = std::fs::metadata(&path).expect("a file").len() / 1_000_000;
        println!("| {name} | {count} | {size} | {} |", numbers[2] / 1024);
        std::fs::remove_file(&path).expect("a file");
    }
}

/// The most memory that this process had, in KiB.
fn peak() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").expect("a state of this process");
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("a peak");
    line.trim().trim_end_matches(" kB").parse().expect("a number")
}

fn a_second(rows: usize, seconds: f64) -> String {
    #[expect(clippy::cast_precision_loss, reason = "numbers of rows are small")]
    let rows = rows as f64;
    format!("{:.0}", rows / seconds)
}

fn median(times: impl IntoIterator<Item = f64>) -> f64 {
    let mut times: Vec<f64> = times.into_iter().collect();
    times.sort_by(f64::total_cmp);
    times.get(times.len() / 2).copied().unwrap_or_default()
}
