//! What an upload costs before anything is stored. Budget: 100,000 rows in two seconds on one core.

use std::collections::HashSet;

use divan::Bencher;
use divan::counter::{BytesCount, ItemsCount};
use mingzheng::ingest::{CodeListTexts, CodeLists, Context, Layout, Limits, read};
use mingzheng::rules::{Authority, Catalogue};
use serde::Deserialize;
use time::macros::date;

fn main() {
    divan::main();
}

#[derive(Deserialize)]
struct Authorities {
    authority: Vec<Authority>,
}

/// The sample upload of 200 rows, repeated under new document numbers; every `faulty`-th row has a day that does not
/// exist.
fn upload(rows: usize, faulty: usize) -> String {
    let sample = include_str!("../data/samples/uploads/urban-management-200.csv");
    let (header, lines) = sample.split_once('\n').expect("a header");
    let lines: Vec<&str> = lines.lines().collect();
    let mut text = format!("{header}\n");
    for number in 0..rows {
        let line = lines[number % lines.len()];
        let line = line.replacen(",示城管罚", &format!(",第{number}批示城管罚"), 1);
        let broken = number % faulty == faulty - 1;
        text += &if broken { line.replacen(",2099/12/31", ",2099/02/30", 1) } else { line };
        text.push('\n');
    }
    text
}

fn run(bencher: Bencher<'_, '_>, rows: usize, faulty: usize) {
    let catalogue = Catalogue::parse(include_str!("../data/catalogue.toml")).expect("a catalogue");
    let layout = Layout::parse(Layout::NATIONAL_2018).expect("a layout");
    let lists = CodeLists::parse(&CodeListTexts::default()).expect("code lists");
    let file: Authorities =
        toml::from_str(include_str!("../data/samples/authorities.toml")).expect("authorities");
    let authority = (file.authority.iter())
        .find(|authority| authority.domains[0].as_str() == "urban-management")
        .expect("the authority of the sample");
    let confirmed_codes = HashSet::new();
    let context = Context {
        authority,
        catalogue: &catalogue,
        domain: None,
        received_on: date!(2026 - 11 - 22),
        layouts: std::slice::from_ref(&layout),
        layout: None,
        lists: &lists,
        confirmed_codes: &confirmed_codes,
        limits: Limits::default(),
    };
    let text = upload(rows, faulty);
    bencher.counter(ItemsCount::new(rows)).counter(BytesCount::new(text.len())).bench_local(|| {
        let outcome = read(text.as_bytes(), "upload.csv", &context).expect("a table");
        assert_eq!(outcome.rejected.len(), rows / faulty);
        outcome
    });
}

#[divan::bench(args = [1_000, 100_000], sample_count = 10)]
fn sound_rows(bencher: Bencher<'_, '_>, rows: usize) {
    run(bencher, rows, usize::MAX);
}

#[divan::bench(args = [100_000], sample_count = 10)]
fn every_tenth_row_faulty(bencher: Bencher<'_, '_>, rows: usize) {
    run(bencher, rows, 10);
}
