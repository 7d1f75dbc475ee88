//! Cases, renewals and figures on the command line.

use super::program::Program;
use crate::flows::house::{MARKET, PARENT, csv, row};

/// A record, and a report that shows it in r.pdf; its number.
fn reported(program: &Program) -> String {
    program.file("good.csv", &csv(&[row(1), row(2)]));
    let covered = ["--data-from", "2018-01-01", "--complete-through", "2026-01-01"];
    assert_eq!(program.upload("good.csv", &covered).code, 0);
    let report = program.run(&[
        "report",
        "--subject",
        PARENT,
        "--domains",
        "market-regulation",
        "--from",
        "2024-01-01",
        "--to",
        "2025-12-31",
        "--out",
        "r.pdf",
        "--json",
    ]);
    assert_eq!(report.code, 0, "{}", report.err);
    report.json()["number"].as_str().unwrap().to_owned()
}

fn open(program: &Program, kind: &str, number: u32) -> String {
    let document = row(number).document;
    let said = program.run(&[
        "cases",
        "open",
        "--kind",
        kind,
        "--subject",
        PARENT,
        "--document",
        &document,
        "--statement",
        "金额有误",
        "--duties-fulfilled",
        "--commitment",
        "--json",
    ]);
    assert_eq!(said.code, 0, "{}", said.err);
    said.json()["id"].as_str().unwrap().to_owned()
}

#[test]
fn a_case_is_opened_followed_and_ended_and_its_report_renewed() {
    let program = Program::new();
    let number = reported(&program);
    let case = open(&program, "objection", 1);
    assert_eq!(open(&program, "objection", 1), case, "it is one case");
    assert_eq!(program.run(&["verify", "r.pdf"]).code, 1, "disputed");

    program.file("proof.pdf", b"%PDF-1.7 proof");
    assert_eq!(program.run(&["cases", "evidence", &case, "proof.pdf"]).code, 0);
    assert_eq!(program.run(&["cases", "evidence", &case, "--fetch", "1", "--out", "back.pdf"]).code, 0);
    assert_eq!(std::fs::read(program.folder().join("back.pdf")).unwrap(), b"%PDF-1.7 proof");
    for step in ["accept", "send"] {
        assert_eq!(program.run(&["cases", "step", &case, step]).code, 0);
    }
    let shown = program.run(&["cases", "show", &case]);
    assert!(shown.out.contains("uphold-withdrawn") && shown.out.contains("数源单位核查中"), "{}", shown.out);
    let listed = program.run(&["cases", "list", "--state", "with-authority", "--json"]).json();
    assert_eq!(listed["cases"][0]["id"], case.as_str());

    let fresh = program.run(&["report", "--renew", &number, "--out", "fresh.pdf", "--json"]);
    assert_eq!(fresh.code, 0, "{}", fresh.err);
    assert_eq!(program.run(&["verify", "fresh.pdf"]).code, 0);
    let again = program.run(&["report", "--renew", &number, "--out", "again.pdf", "--json"]);
    assert_eq!(again.json()["number"], fresh.json()["number"]);

    let rejected = program.run(&["cases", "step", &case, "reject", "--reason", "记录无误"]);
    assert_eq!(rejected.code, 0, "{}", rejected.err);
    assert_eq!(program.run(&["verify", "r.pdf"]).code, 0, "valid again");
    program.run(&["report", "--renew", &number, "--out", "no.pdf"]).refused(1, "is valid");
    let none = program.run(&["cases", "remind", "--json"]);
    assert_eq!((none.code, none.json().as_array().unwrap().len()), (0, 0));
    assert_eq!(program.run(&["journal", "check"]).code, 0);
}

#[test]
fn a_repair_and_an_annulment_change_the_record() {
    let program = Program::new();
    reported(&program);
    let repair = open(&program, "repair", 1);
    for step in ["accept", "send", "grant-on-commitment", "confirm"] {
        let said = program.run(&["cases", "step", &repair, step, "--json"]);
        assert_eq!(said.code, 0, "{step}: {}", said.err);
    }
    let shown = program.run(&["cases", "show", &repair, "--json"]).json();
    assert_eq!(shown["standing"]["repaired"]["on_commitment"], false);
    assert_eq!(shown["conditions"][0]["met"], "yes");
    let annulment = open(&program, "annulment", 2);
    let said = program.run(&[
        "cases",
        "step",
        &annulment,
        "annul",
        "--reason",
        "判决撤销",
        "--annulled-on",
        "2025-12-01",
        "--annulment",
        "judgment",
        "--json",
    ]);
    assert_eq!((said.code, &said.json()["outcome"]), (0, &"annulled".into()), "{}", said.err);
}

#[test]
fn figures_are_shown_for_people_and_machines() {
    let program = Program::new();
    reported(&program);
    let said = program.run(&["quality", "--authority", MARKET]);
    assert_eq!(said.code, 0, "{}", said.err);
    assert!(said.out.contains("market-regulation") && said.out.contains("迟滞 late"), "{}", said.out);
    let all = program.run(&["quality", "--json"]).json();
    assert!(all["authorities"].as_array().unwrap().len() > 10);
}

#[test]
fn every_wrong_use_of_cases_is_told_in_one_line() {
    let program = Program::new();
    reported(&program);
    let case = open(&program, "objection", 1);
    program.file("page.html", b"<html>");
    let open = ["cases", "open", "--subject", PARENT, "--statement", "x"];
    let nowhere = "00000000-0000-7000-8000-000000000007";
    let uses: Vec<(Vec<&str>, i32, &str)> = vec![
        (
            [&open[..], &["--kind", "complaint", "--document", "x"]].concat(),
            2,
            "objection, repair, annulment",
        ),
        ([&open[..], &["--kind", "repair"]].concat(), 2, "--record"),
        ([&open[..], &["--kind", "repair", "--document", "示市监处罚〔1999〕1号"]].concat(), 1, "no record"),
        (vec!["cases", "show", "x"], 2, "<ID>"),
        (vec!["cases", "show", nowhere], 1, "no such case"),
        (vec!["cases", "step", &case, "fly"], 2, "accept"),
        (vec!["cases", "step", &case, "grant"], 1, "cannot grant"),
        (vec!["cases", "step", &case, "annul", "--annulled-on", "2025-01-01"], 2, "--annulment"),
        (
            vec!["cases", "step", &case, "accept", "--correction", "no-such.json"],
            1,
            "no-such.json cannot be read",
        ),
        (vec!["cases", "step", &case, "accept", "--correction", "page.html"], 1, "not a JSON object"),
        (vec!["cases", "evidence", &case], 2, "FILE"),
        (vec!["cases", "evidence", &case, "page.html"], 1, "neither PDF"),
        (vec!["cases", "evidence", &case, "--fetch", "1"], 2, "--out"),
        (vec!["cases", "evidence", &case, "--fetch", "1", "--out", "x.pdf"], 1, "no such case"),
        (vec!["report", "--out", "x.pdf"], 2, "--subject"),
        (vec!["report", "--renew", "MZCR-1", "--out", "x.pdf"], 1, "no such report"),
        (vec!["report", "--renew", "x", "--subject", PARENT, "--out", "x.pdf"], 2, "--subject"),
        (vec!["quality", "--days", "0"], 1, "1 to 366"),
        (vec!["quality", "--authority", "123"], 2, "18 characters"),
    ];
    for (arguments, code, words) in uses {
        let said = program.run(&arguments);
        println!("{arguments:?}\n{}", said.err);
        said.refused(code, words);
    }
}
