//! A regulator's file of any format: every row that was submitted comes back, accepted or rejected.
#![no_main]

use std::collections::HashSet;
use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use mingzheng::ingest::{CodeListTexts, CodeLists, Context, Layout, Limits, read};
use mingzheng::rules::{Authority, Catalogue};
use mingzheng_fuzz::edited;

struct World {
    authority: Authority,
    catalogue: Catalogue,
    layout: Layout,
    lists: CodeLists,
}

static WORLD: LazyLock<World> = LazyLock::new(|| World {
    authority: Authority {
        code: "11310000MBTE5T184B".parse().expect("a code"),
        zh: "示范市消防救援总队".to_owned(),
        en: "Demo City Fire and Rescue Department".to_owned(),
        contact: None,
        domains: vec!["fire-rescue".parse().expect("a domain")],
        organs: Vec::new(),
    },
    catalogue: Catalogue::parse(include_str!("../../../data/catalogue.toml")).expect("the catalogue"),
    layout: Layout::parse(Layout::NATIONAL_2018).expect("the layout"),
    lists: CodeLists::parse(&CodeListTexts::default()).expect("the lists"),
});

/// Genuine files; the first byte of a recipe chooses one.
const SENT: [&[u8]; 8] = [
    include_bytes!("../../../data/samples/uploads/market-regulation.csv"),
    include_bytes!("../../fixtures/tables/table.tsv"),
    include_bytes!("../../fixtures/tables/table.ndjson"),
    include_bytes!("../../fixtures/tables/table.json"),
    include_bytes!("../../fixtures/tables/table.wrapped.json"),
    include_bytes!("../../fixtures/tables/people.xlsx"),
    include_bytes!("../../fixtures/tables/table.parquet"),
    include_bytes!("../../fixtures/tables/table.zip"),
];

/// Readers that others wrote may break down, and the room for files catches that: only what it lets through counts.
static QUIET: LazyLock<()> = LazyLock::new(|| std::panic::set_hook(Box::new(|_| ())));

fuzz_target!(|recipe: &[u8]| {
    let world = &*WORLD;
    LazyLock::force(&QUIET);
    let (which, recipe) = recipe.split_first().unwrap_or((&0, &[]));
    let sent = SENT[usize::from(*which) % SENT.len()];
    let context = Context {
        authority: &world.authority,
        catalogue: &world.catalogue,
        domain: None,
        received_on: time::macros::date!(2026 - 11 - 22),
        layouts: std::slice::from_ref(&world.layout),
        layout: None,
        lists: &world.lists,
        confirmed_codes: &HashSet::new(),
        limits: Limits { rows: 100, faults: 1000, ..Limits::default() },
    };
    if let Ok(outcome) = read(&edited(sent, recipe), "upload.csv", &context) {
        assert_eq!(outcome.rows, outcome.accepted.len() + outcome.operations.len() + outcome.rejected.len());
    }
});
