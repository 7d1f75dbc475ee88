//! What a regulator's file costs: to validate, beside `DuckDB` and pyarrow with the same checks on the same file; to make
//! durable, beside a plain insert of the same rows; in memory, at ten million rows; and when the service is killed in the middle.
//!
//! `cargo bench --bench intake -- [PART…] [ROWS]`, the parts being `validation`, `sqlite`, `postgres`, `memory` and `resume`; all of
//! them unless some are named. ROWS are those of `validation` (200,000 unless said) or, where it is named alone, of `memory`
//! (10,000,000). Of a hundred rows one is faulty. `benches/peers/intake.py` drives the other engines in the Python named by
//! `BENCH_PEERS_PYTHON` (with `benches/peers/requirements.txt` installed); they must find as many faulty rows as we do. Times are
//! medians of three.
//!
//! Aims: at least as fast as `DuckDB`, over 500,000 rows a second for CSV and Parquet on two cores; durable at over half
//! of what the engine takes plainly; under 1 GiB.

#[path = "../../tests/it/engines.rs"]
#[expect(clippy::unwrap_used, dead_code, unused_macros, unused_imports, reason = "the tests use all of it")]
mod engines;
#[expect(dead_code, reason = "each bench uses a part of it")]
#[path = "../house/mod.rs"]
mod house;

mod durable;
mod files;
mod resume;

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::mpsc::sync_channel;
use std::thread;
use std::time::Instant;

use files::{gzip, ndjson, parquet, rows, workbook};
use house::AUTHORITY;
use mingzheng::flow::Reference;
use mingzheng::ingest::{Batch, Context, Limits, Reader, Source};
use mingzheng::rules::Authority;
use serde::Deserialize;

/// A workbook is opened by a person: it has fewer rows.
const SHEET_ROWS: usize = 50_000;
const ROUNDS: usize = 3;
/// The most memory that reading a file may take, in MiB.
const MEMORY: usize = 1024;
/// The parts, in the order in which they run.
const PARTS: [&str; 5] = ["validation", "sqlite", "postgres", "resume", "memory"];

fn main() {
    let asked: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    if let [child, file] = &asked[..]
        && child == "--child"
    {
        let (rows, faulty, seconds) = validate(Path::new(file));
        return println!("{rows} {faulty} {} {seconds:.3}", peak());
    }
    // `cargo test --benches` and listing ask for nothing to be timed.
    if !std::env::args().any(|argument| argument == "--bench") {
        return;
    }
    let (parts, rows): (Vec<_>, Vec<_>) =
        asked.iter().map(String::as_str).partition(|word| word.parse::<usize>().is_err());
    let rows = rows.first().and_then(|word| word.parse().ok());
    assert!(parts.iter().all(|part| PARTS.contains(part)), "the parts are {PARTS:?}");
    let folder = tempfile::tempdir().expect("a folder");
    for part in PARTS.into_iter().filter(|part| parts.is_empty() || parts.contains(part)) {
        let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
        println!("\n{part}, load before: {}", load.trim());
        let began = Instant::now();
        match part {
            "validation" => validation(rows.unwrap_or(200_000), folder.path()),
            "sqlite" => durable::sqlite(),
            "postgres" => durable::postgres(),
            "resume" => resume::resume(),
            _ => memory(rows.filter(|_| parts == ["memory"]).unwrap_or(10_000_000), folder.path()),
        }
        println!("{part} took {:.0} s", began.elapsed().as_secs_f64());
    }
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
    // As in the background: a batch ahead of whoever takes them.
    let (bring, batches) = sync_channel::<Batch>(1);
    let (rows, faulty) = thread::scope(|scope| {
        let counted = scope.spawn(|| {
            batches.into_iter().fold((0, 0), |sum, it| (sum.0 + it.rows, sum.1 + it.rejected.len()))
        });
        while let Some(batch) = reader.next_batch().expect("rows") {
            bring.send(batch).expect("somebody takes them");
        }
        drop(bring);
        counted.join().expect("a count")
    });
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

fn memory(count: usize, folder: &Path) {
    println!("\n| file | rows | MB | peak memory, MiB | seconds |\n|---|---|---|---|---|");
    for (name, make) in [("Parquet", parquet as fn(usize, &Path)), ("CSV in gzip", gzip)] {
        let path = folder.join("many");
        make(count, &path);
        let this = std::env::current_exe().expect("this program");
        let said = Command::new(this).arg("--child").arg(&path).output().expect("this program to run");
        assert!(said.status.success(), "{name}: {}", String::from_utf8_lossy(&said.stderr));
        let said = String::from_utf8(said.stdout).expect("text");
        let words: Vec<&str> = said.split_whitespace().collect();
        let numbers: Vec<usize> = words[..3].iter().map(|n| n.parse().expect("a number")).collect();
        assert_eq!(numbers[..2], [count, count / 100], "{name}");
        let (size, peak) = (std::fs::metadata(&path).expect("a file").len() / 1_000_000, numbers[2] / 1024);
        println!("| {name} | {count} | {size} | {peak} | {} |", words[3]);
        assert!(peak < MEMORY, "{name}: {MEMORY} MiB are the most");
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
