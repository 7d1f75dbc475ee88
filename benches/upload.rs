//! A file of 100,000 rows: read, checked, and made durable.
//!
//! Budget: 100,000 rows accepted in under 10 s on SQLite.

#[expect(dead_code, reason = "each bench uses a part of it")]
mod house;

use divan::Bencher;
use divan::counter::{BytesCount, ItemsCount};
use house::{AUTHORITY, House, code, csv};
use mingzheng::rules::Authority;

const ROWS: usize = 100_000;

fn main() {
    divan::main();
}

fn file() -> Vec<u8> {
    csv(ROWS, |n| code(n / 4))
}

/// Reading and checking alone.
#[divan::bench(sample_count = 5, sample_size = 1)]
fn read(bencher: Bencher) {
    use mingzheng::flow::Reference;
    use mingzheng::ingest::{self, Context, Limits};

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
        limits: Limits::default(),
    };
    let file = file();
    bencher.counter(ItemsCount::new(ROWS)).counter(BytesCount::new(file.len())).bench_local(|| {
        let outcome = ingest::read(&file, "bench.csv", &context).expect("a readable file");
        assert_eq!(outcome.accepted.len(), ROWS);
    });
}

/// The whole upload into an empty SQLite database, 25,000 new subjects among the rows.
#[divan::bench(sample_count = 3, sample_size = 1)]
fn sqlite(bencher: Bencher) {
    bencher.counter(ItemsCount::new(ROWS)).with_inputs(|| (House::new(None), file())).bench_local_values(
        |(house, file)| {
            let done = house.upload(file);
            assert_eq!(done.receipt.accepted, ROWS as u64);
            house // dropped outside of what is timed
        },
    );
}
