//! The clauses of PDF/A-3a and PDF/UA-1: our checker is able to fail, and its table is in `tests/oracles/PROFILE.md`.

use std::path::Path;
use std::{env, fs};

use mingzheng::report::Edition;
use mingzheng::rules::KeyKind;

use super::issued::{Operator, sample};
use super::{python, said};

#[test]
fn a_fault_against_each_clause_is_seen() {
    let issued = Operator::new(KeyKind::P256, 1).issue(sample("clean"), Edition::Zh);
    let Some(mut profile) = python("profile.py") else { return };
    profile.arg("--mutations").arg(&issued.pdf);

    let seen = said(profile, b"");
    assert!(seen.contains("faults seen by"), "{seen}");
}

#[test]
fn the_table_of_clauses_is_as_published() {
    let operator = Operator::new(KeyKind::P256, 1);
    let issued = Edition::ALL.map(|edition| operator.issue(sample("records"), edition));
    let Some(mut profile) = python("profile.py") else { return };
    profile.arg("--table").args(issued.iter().map(|it| &it.pdf));
    let table = said(profile, b"");

    let published = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/oracles/PROFILE.md");
    if env::var_os("UPDATE_GOLDEN").is_some() {
        fs::write(&published, &table).unwrap();
    }
    let published = fs::read_to_string(published).unwrap();
    assert_eq!(table, published, "UPDATE_GOLDEN=1 writes tests/oracles/PROFILE.md anew");
    assert!(!table.contains('✗'), "a clause is broken");
}
