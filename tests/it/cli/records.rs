//! Records and candidates by the command line.

use super::program::Program;
use crate::flows::cases::cells;
use crate::flows::house::{MARKET, Row, csv, row};

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
fn a_record_is_corrected_by_its_cells() {
    let program = Program::new();
    program.file("a.csv", &csv(&[row(1)]));
    assert_eq!(program.upload("a.csv", &[]).code, 0);
    let found = program.run(&["--json", "record", "search", "--document", &row(1).document]).json();
    let record = found["records"][0]["record"].as_str().unwrap().to_owned();
    let cells = |row: Row| -> Vec<String> {
        cells(row).into_iter().map(|(name, value)| format!("{name}={value}")).collect()
    };
    let correct = |cells: &[String]| {
        let cells: Vec<&str> = cells.iter().map(String::as_str).collect();
        program.run(&[&["--json", "record", "correct", record.as_str()][..], &cells].concat())
    };
    let said = correct(&cells(Row { facts: "更正后的违法事实 a=b。".to_owned(), ..row(1) }));
    assert_eq!(said.code, 0, "{}", said.err);
    let said = said.json();
    assert_eq!((&said["operation"], &said["version"]), (&"correct".into(), &2.into()));
    assert!(said["details"].to_string().contains("更正后的违法事实 a=b。"), "{said}");
    correct(&cells(row(2))).refused(1, "another record");
    correct(&cells(Row { decided: "2025/02/30".into(), ..row(1) })).refused(1, "there is no such day");
    correct(&["违法事实".to_owned()]).refused(2, "NAME=VALUE");
    correct(&[]).refused(2, "NAME=VALUE");
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

    program.file("b.csv", &csv(&[Row { decided: "2025/02/30".into(), ..row(2) }]));
    program.upload("b.csv", &[]);
    let listed = program.run(&["candidate", "list"]).out;
    assert!(listed.contains("日期不存在 / there is no such day"), "{listed}");
}

#[test]
fn one_record_is_entered_by_hand() {
    let program = Program::new();
    let told: Vec<String> = cells(row(1)).iter().map(|(name, value)| format!("{name}={value}")).collect();
    let add = |options: &[&str], cells: &[String]| {
        let begin = ["--json", "record", "add", "--authority", MARKET];
        let cells: Vec<&str> = cells.iter().map(String::as_str).collect();
        program.run(&[&begin[..], options, &cells].concat())
    };
    let checked = add(&["--dry-run"], &told);
    assert_eq!((checked.code, checked.json()["dry_run"].as_bool()), (0, Some(true)), "{}", checked.err);
    let stored = add(&[], &told);
    assert_eq!((stored.code, stored.json()["receipt"]["accepted"].as_u64()), (0, Some(1)), "{}", stored.err);
    assert_eq!(add(&[], &told).json()["replayed"], true);

    let wrong: Vec<String> = cells(Row { decided: "2025/02/30".into(), ..row(2) })
        .iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    let checked = add(&["--dry-run"], &wrong);
    assert_eq!((checked.code, checked.json()["faults"][0]["code"].as_str()), (3, Some("no-such-day")));
    add(&[], &wrong).refused(1, "1 of 1 rows are faulty");
    add(&[], &["无此列".to_owned()]).refused(2, "NAME=VALUE");
}
