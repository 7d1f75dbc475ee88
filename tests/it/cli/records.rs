//! Records and candidates by the command line.

use super::program::Program;
use crate::flows::house::{Row, csv, row};

#[test]
fn a_record_is_found_shown_and_changed() {
    let program = Program::new();
    program.file("a.csv", &csv(&[row(1), row(2)]));
    assert_eq!(program.upload("a.csv", &[]).code, 0);
    let found = program.run(&["--json", "record", "search", "--document", &row(1).document]).json();
    assert_eq!(found["records"].as_array().unwrap().len(), 1);
    let record = found["records"][0]["record"].as_str().unwrap().to_owned();

    for (command, data, state) in [
        ("object", &[][..], "disputed"),
        ("close-objection", &[], "in-force"),
        ("suspend", &["--from", "2026-01-01"], "suspended"),
        ("repair", &["--on", "2026-02-01", "--on-commitment"], "repaired"),
        ("revoke-repair", &["--on", "2026-03-01", "--reason", "承诺不实"], "suspended"),
        ("annul", &["--on", "2026-04-01", "--kind", "judgment", "--reason", "判决"], "annulled"),
        ("withdraw", &["--reason", "误报"], "withdrawn"),
    ] {
        let said = program.run(&[&["--json", "record", command, &record], data].concat());
        assert_eq!(said.code, 0, "{command} {}", said.err);
        assert_eq!(said.json()["state"], state, "{command}");
    }
    let history = program.run(&["--json", "record", "history", &record]).json();
    assert_eq!(history["records"].as_array().unwrap().len(), 8);
    let then = history["records"][1]["received_at"].as_str().unwrap().to_owned();
    let shown = program.run(&["record", "show", &record, "--as-of", &then]);
    assert!(shown.out.contains("v2") && shown.out.contains("异议中"), "{}", shown.out);

    program.run(&["record", "withdraw", &record, "--reason", "误"]).refused(1, "已撤回");
    program.run(&["record", "object", "00000000-0000-0000-0000-000000000001"]).refused(1, "no record");
    program
        .run(&["record", "annul", &record, "--on", "2026-02-30", "--kind", "judgment"])
        .refused(2, "YYYY-MM-DD");
}

#[test]
fn a_row_kept_aside_is_listed_and_resolved() {
    let program = Program::new();
    program.file("a.csv", &csv(&[Row { code: String::new(), ..row(1) }]));
    let said = program.upload("a.csv", &[]);
    assert!(said.code == 0 && said.out.contains("暂存待确认"), "{} {}", said.out, said.err);
    let listed = program.run(&["--json", "candidate", "list"]).json();
    let id = listed["candidates"][0]["id"].as_str().unwrap().to_owned();
    assert!(program.run(&["candidate", "list"]).out.contains("91310115MATE5T017A"));

    let resolve = ["candidate", "resolve", &id, "--to", "91310115MATE5T017A", "--reason", "经核对"];
    assert_eq!(program.run(&resolve).code, 0);
    program.run(&resolve).refused(1, "was resolved");
    assert!(program.run(&["candidate", "list"]).out.contains("没有待确认"));
}
