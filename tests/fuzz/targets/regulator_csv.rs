//! A regulator's file: every row that was submitted comes back, accepted or rejected.
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

const SENT: &[u8] = include_bytes!("../../../data/samples/uploads/market-regulation.csv");

fuzz_target!(|recipe: &[u8]| {
    let world = &*WORLD;
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
    if let Ok(outcome) = read(&edited(SENT, recipe), "upload.csv", &context) {
        assert_eq!(outcome.rows, outcome.accepted.len() + outcome.rejected.len());
    }
});
