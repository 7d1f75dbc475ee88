//! Memory does not grow with a file: it is read in a process of its own, whose peak is looked at.

use std::io::Write as _;
use std::path::Path;
use std::process::Command;

use mingzheng::ingest::{Limits, Reader, Source};
use polars::prelude::{Column, DataFrame, DataType, Field, ParquetWriter, Schema};

use crate::ingest_world::{COLUMNS, World, row};

/// Rows of the shorter file: several blocks. The longer one has four times as many.
const ROWS: usize = 20_000;
/// The most bytes that a row may leave behind: 36 of its document number, in a table that grows by a quarter.
const A_ROW: usize = 60;
/// What may lie between the peaks of two runs of the same program, in KiB: less than the rows of the longer file take.
const SLACK: usize = 16 << 10;
/// The most memory of all, in KiB.
const MOST: usize = 160 << 10;

/// Rows of a batch: the shorter file has several.
const BATCH: usize = 2_048;

const FILE: &str = "TESTS_INGEST_FILE";

/// Not a test of its own: what the others run in a process of its own.
#[test]
fn read_a_file_and_tell_the_peak() {
    let Some(path) = std::env::var_os(FILE) else { return };
    let world = World { limits: Limits { batch: BATCH, ..Limits::background() }, ..World::new() };
    let context = world.context(std::slice::from_ref(&world.layout));
    let source = Source::File(std::fs::File::open(path).unwrap());
    let mut reader = Reader::open(source, "file", context).unwrap();
    let (mut rows, mut accepted) = (0, 0);
    while let Some(batch) = reader.next_batch().unwrap() {
        rows += batch.rows;
        accepted += batch.accepted.len();
    }
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    println!("told {rows} {accepted} {}", peak.trim().trim_end_matches(" kB"));
}

/// The peak of a process that reads a file of so many rows, in KiB.
fn peak(path: &Path, rows: usize) -> usize {
    let said = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "ingest_memory::read_a_file_and_tell_the_peak", "--nocapture", "--test-threads=1"])
        .env(FILE, path)
        .output()
        .unwrap();
    let said = String::from_utf8(said.stdout).unwrap();
    let told = said.lines().find_map(|line| line.split_once("told ")).unwrap_or_else(|| panic!("{said}")).1;
    let told: Vec<usize> = told.split_whitespace().map(|number| number.parse().unwrap()).collect();
    assert_eq!(told[..2], [rows, rows], "every row is in order");
    told[2]
}

/// The columns that every row needs, and what stands in them.
fn cells(number: usize) -> Vec<(&'static str, String)> {
    let row = COLUMNS.into_iter().zip(row(number, &[]));
    row.filter(|(_, cell)| !cell.is_empty()).collect()
}

fn csv(path: &Path, rows: usize) {
    let mut file = std::io::BufWriter::new(std::fs::File::create(path).unwrap());
    let names: Vec<&str> = cells(1).into_iter().map(|(name, _)| name).collect();
    writeln!(file, "{}", names.join(",")).unwrap();
    for number in 1..=rows {
        let cells: Vec<String> = cells(number).into_iter().map(|(_, cell)| cell).collect();
        writeln!(file, "{}", cells.join(",")).unwrap();
    }
    file.flush().unwrap();
}

/// Rows of a row group.
const GROUP: usize = 8_000;

fn parquet(path: &Path, rows: usize) {
    let names: Vec<&str> = cells(1).into_iter().map(|(name, _)| name).collect();
    let schema: Schema = names.iter().map(|name| Field::new((*name).into(), DataType::String)).collect();
    let file = std::fs::File::create(path).unwrap();
    let mut file = ParquetWriter::new(file).batched(&schema).unwrap();
    for first in (1..=rows).step_by(GROUP) {
        let group: Vec<Vec<String>> = (first..(first + GROUP).min(rows + 1))
            .map(|number| cells(number).into_iter().map(|(_, cell)| cell).collect())
            .collect();
        let column = |(at, name): (usize, &&str)| {
            let cells: Vec<&str> = group.iter().map(|row| row[at].as_str()).collect();
            Column::new((*name).into(), cells)
        };
        let columns = names.iter().enumerate().map(column).collect();
        file.write_batch(&DataFrame::new(group.len(), columns).unwrap()).unwrap();
    }
    file.finish().unwrap();
}

fn memory_keeps_to_its_bound(make: fn(&Path, usize), rows: usize) {
    let folder = tempfile::tempdir().unwrap();
    let (short, long) = (folder.path().join("short"), folder.path().join("long"));
    make(&short, rows);
    make(&long, 4 * rows);
    let (less, more) = (peak(&short, rows), peak(&long, 4 * rows));
    println!("{rows} rows {less} KiB, {} rows {more} KiB", 4 * rows);
    assert!(more < MOST, "{more} KiB for {} rows", 4 * rows);
    let allowed = less + 3 * rows * A_ROW / 1024 + SLACK;
    assert!(
        more < allowed,
        "{less} KiB for {rows} rows, {more} KiB for four times as many: {allowed} are the most"
    );
}

#[test]
fn the_memory_of_reading_csv_does_not_grow_with_its_rows() {
    memory_keeps_to_its_bound(csv, ROWS);
}

#[test]
fn the_memory_of_reading_parquet_does_not_grow_with_its_rows() {
    memory_keeps_to_its_bound(parquet, ROWS);
}
