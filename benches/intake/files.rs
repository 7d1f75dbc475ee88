//! Files of as many rows as wanted, of which every hundredth is faulty, made some at a time.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use flate2::Compression;
use flate2::write::GzEncoder;
use polars::prelude::{Column, DataFrame, DataType, Field, ParquetWriter, Schema};
use rust_xlsxwriter::Workbook;

use super::house::{code, csv_of};

/// Rows that are made at a time.
const TOGETHER: usize = 100_000;

/// A file of rows from `first` on, of which every hundredth is faulty.
pub(crate) fn rows(first: usize, count: usize) -> String {
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
pub(crate) fn cells(file: &str) -> Vec<Vec<String>> {
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(file.as_bytes());
    reader.records().map(|row| row.expect("a row").iter().map(str::to_owned).collect()).collect()
}

pub(crate) fn ndjson(file: &str, path: &Path) {
    let mut out = BufWriter::new(File::create(path).expect("a file"));
    let rows = cells(file);
    for row in &rows[1..] {
        let object: serde_json::Map<_, _> =
            rows[0].iter().cloned().zip(row.iter().map(|cell| cell.as_str().into())).collect();
        serde_json::to_writer(&mut out, &object).expect("a line");
        out.write_all(b"\n").expect("a line");
    }
}

pub(crate) fn workbook(file: &str, path: &Path) {
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
pub(crate) fn parquet(count: usize, path: &Path) {
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
pub(crate) fn gzip(count: usize, path: &Path) {
    let mut out = GzEncoder::new(File::create(path).expect("a file"), Compression::fast());
    for first in (1..=count).step_by(TOGETHER) {
        let rows = rows(first, TOGETHER.min(count + 1 - first));
        let rows = if first == 1 { &rows[..] } else { rows.split_once('\n').expect("a header").1 };
        out.write_all(rows.as_bytes()).expect("some rows");
    }
    out.finish().expect("a file");
}
