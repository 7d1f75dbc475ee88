//! Every command: what it does, what it says to machines, and how it refuses.

use std::os::unix::fs::PermissionsExt as _;

use super::program::{Program, run};
use crate::flows::house::{MARKET, PARENT, Row, csv, row};

fn faulty() -> Vec<u8> {
    csv(&[row(1), Row { code: "91310115MATE5T0170".into(), ..row(2) }])
}

#[test]
fn an_upload_ends_with_0_when_all_is_taken_3_when_rows_are_rejected_and_1_when_nothing_is() {
    let program = Program::new();
    program.file("good.csv", &csv(&[row(1)]));
    program.file("faulty.csv", &faulty());
    program.file("empty.csv", b"");

    let checked = program.upload("faulty.csv", &["--dry-run", "--json"]);
    assert_eq!((checked.code, checked.json()["dry_run"].as_bool()), (3, Some(true)));
    let strict = program.upload("faulty.csv", &["--strict", "--rejects", "strict.csv"]);
    assert_eq!(strict.code, 1);
    assert!(strict.err.contains("nothing was stored") && program.folder().join("strict.csv").exists());

    let good = program.upload("good.csv", &["--json"]);
    assert_eq!((good.code, &good.json()["receipt"]["accepted"]), (0, &1.into()), "{}", good.err);
    let again = program.upload("good.csv", &["--json"]);
    assert_eq!((again.code, &again.json()["replayed"]), (0, &true.into()));

    let partly = program.upload("faulty.csv", &["--rejects", "rejects.csv"]);
    assert_eq!(partly.code, 3);
    assert!(
        partly.out.contains("提交 submitted 2") && partly.out.contains("退回 rejected 1"),
        "{}",
        partly.out
    );
    let rejects = std::fs::read_to_string(program.folder().join("rejects.csv")).unwrap();
    assert!(rejects.contains("91310115MATE5T0170"));
    program.upload("empty.csv", &[]).refused(1, "empty");
    assert_eq!(program.run(&["journal", "check"]).code, 0);
}

#[test]
fn a_report_is_issued_verified_and_revoked() {
    let program = Program::new();
    let declare =
        ["declare", "--authority", MARKET, "--data-from", "2018-01-01", "--complete-through", "2026-01-01"];
    assert_eq!(program.run(&declare).code, 0);
    let report = program.run(&[
        "report",
        "--subject",
        PARENT,
        "--domains",
        "market-regulation",
        "--from",
        "2024-01-01",
        "--to",
        "2025-01-01",
        "--out",
        "r.pdf",
        "--json",
    ]);
    assert_eq!(report.code, 0, "{}", report.err);
    let report = report.json();
    let (number, code) = (report["number"].as_str().unwrap(), report["code"].as_str().unwrap());
    let (qr, hash) = (report["qr"].as_str().unwrap(), report["pdf_sha256"].as_str().unwrap());
    assert_eq!(report["summary"]["none"], 1);

    for what in ["r.pdf", code, &code.to_lowercase().replace('-', ""), qr, hash] {
        let said = program.run(&["verify", what]);
        assert_eq!(said.code, 0, "{what}: {} {}", said.out, said.err);
    }
    assert_eq!(program.run(&["trust", "export", "--out", "before.json"]).code, 0);
    program.run(&["revoke", number, "--reason", "出具有误"]).refused(1, "--emergency");
    assert_eq!(
        program.run(&["verify", code]).code,
        0,
        "one person alone revokes nothing without saying that it is urgent"
    );
    let revoke = |reason| program.run(&["revoke", number, "--reason", reason, "--emergency", "--json"]);
    let revoked = revoke("出具有误");
    assert_eq!((revoked.code, revoked.json()["number"].as_str()), (0, Some(number)));
    revoke("again").refused(1, "was revoked");
    for what in ["r.pdf", code, qr, hash] {
        assert_eq!(program.run(&["verify", what]).code, 1, "{what}");
    }
    let bundle = program.run(&["trust", "export"]);
    program.file("after.json", bundle.out.as_bytes());
    for (bundle, code) in [("before.json", 0), ("after.json", 1)] {
        assert_eq!(program.run(&["verify", "r.pdf", "--trust", bundle]).code, code, "{bundle}");
    }
    assert_eq!(program.run(&["journal", "check", "--json"]).json()["intact"], true);
}

#[test]
fn every_wrong_use_is_told_in_one_line() {
    let program = Program::new();
    program.file("good.csv", &csv(&[row(1)]));
    let report = ["report", "--subject", PARENT, "--domains", "market-regulation", "--out", "r.pdf"];
    let days = |from, to| [&report[..], &["--from", from, "--to", to]].concat();
    let cases: Vec<(Vec<&str>, i32, &str)> = vec![
        (vec![], 2, "Usage"),
        (vec!["fly"], 2, "fly"),
        (vec!["upload"], 2, "--authority"),
        (vec!["upload", "good.csv", "--authority", "123"], 2, "18 characters"),
        (vec!["upload", "good.csv", "--authority", MARKET, "--domain", "No Such!"], 2, "--domain"),
        (vec!["upload", "no-such.csv", "--authority", MARKET], 1, "no-such.csv cannot be read"),
        (vec!["upload", ".", "--authority", MARKET], 1, "cannot be read"),
        (vec!["upload", "good.csv", "--authority", PARENT], 1, "not registered"),
        (vec!["upload", "good.csv", "--authority", MARKET, "--domain", "taxation"], 1, "does not answer for"),
        (vec!["upload", "good.csv", "--authority", MARKET, "--data-from", "2026-02-30"], 2, "must exist"),
        (report.to_vec(), 1, "first day"),
        (days("2025-01-02", "2025-01-01"), 1, "before that"),
        (days("2015-01-01", "2025-01-01"), 1, "earliest"),
        (days("2025-01-01", "2099-01-01"), 1, "after today"),
        (
            vec!["report", "--subject", "nobody", "--span", "12-months", "--out", "r.pdf"],
            1,
            "no subject has the code",
        ),
        (vec!["report", "--subject", PARENT, "--preset", "nothing", "--out", "r.pdf"], 1, "listing"),
        (
            vec!["report", "--subject", PARENT, "--span", "12-months", "--edition", "fr", "--out", "r.pdf"],
            1,
            "zh-en or extract",
        ),
        (
            vec!["report", "--subject", PARENT, "--span", "12-months", "--out", "no/such/r.pdf"],
            1,
            "cannot be written",
        ),
        (vec!["revoke", "MZCR-1", "--reason", "x", "--emergency"], 1, "report number"),
        (vec!["revoke", "MZCR-20261122-22222222-2"], 2, "--reason"),
        (vec!["verify"], 2, "FILE|CODE"),
        (vec!["verify", "no-such.pdf"], 2, "no file"),
        (vec!["verify", "x", "--trust", "no-such.json"], 2, "cannot be read"),
        (vec!["verify", "x", "--trust", "good.csv"], 2, "no trust bundle"),
        (vec!["token", "new", "--name", "x", "--role", "regulator"], 2, "--authority"),
        (vec!["register"], 2, "--authorities"),
        (vec!["register", "--subjects", "good.csv"], 1, "cannot be read"),
        (vec!["--config", "no-such.toml", "journal", "check"], 1, "no-such.toml"),
        (vec!["--config", "good.csv", "journal", "check"], 1, "configuration"),
        (vec!["serve", "--listen", "nowhere"], 2, "--listen"),
    ];
    for (arguments, code, words) in cases {
        let said = program.run(&arguments);
        assert!(said.out.is_empty(), "{arguments:?}: {}", said.out);
        println!("{arguments:?}\n{}", said.err);
        said.refused(code, words);
    }
    assert!(!program.folder().join("r.pdf").exists());
    assert_eq!(program.run(&["journal", "check", "--json"]).json()["links"], 2, "nothing was done");
}

#[test]
fn help_and_version_are_no_errors() {
    let folder = tempfile::tempdir().unwrap();
    for arguments in [["--help"], ["--version"], ["help"]] {
        let said = run(folder.path(), &arguments);
        assert!(said.code == 0 && said.err.is_empty() && said.out.contains("mingzheng"), "{arguments:?}");
    }
}

#[test]
fn a_new_token_goes_into_the_configuration() {
    let folder = tempfile::tempdir().unwrap();
    let said = run(
        folder.path(),
        &["token", "new", "--name", "局 \"甲\"", "--role", "regulator", "--authority", MARKET],
    );
    assert_eq!(said.code, 0, "{}", said.err);
    let file = folder.path().join("mingzheng.toml");
    std::fs::write(&file, &said.out).unwrap();
    let config = mingzheng::config::Config::load(Some(&file), []).unwrap();
    assert_eq!((config.token.len(), config.token[0].name.as_str()), (1, "局 \"甲\""));
    let said = run(
        folder.path(),
        &["token", "new", "--name", "x", "--role", "subject", "--subject", PARENT, "--json"],
    );
    let value = said.json();
    let digest = mingzheng::seal::digest(value["secret"].as_str().unwrap().as_bytes());
    assert_eq!(value["sha256"], serde_json::json!(digest));
}

#[test]
fn templates_are_checked() {
    let folder = tempfile::tempdir().unwrap();
    let said = run(folder.path(), &["templates", "check", "--out", "drawn", "--json"]);
    assert_eq!(said.code, 0, "{}", said.err);
    let judged = said.json();
    let judged = judged.as_array().unwrap();
    assert!(judged.iter().all(|one| one["faults"].as_array().unwrap().is_empty()));
    let drawn = std::fs::read_dir(folder.path().join("drawn")).unwrap();
    assert_eq!((drawn.count(), judged.len()), (20, 20));
}

#[test]
fn keys_that_others_can_read_are_refused() {
    let program = Program::new();
    let key = program.folder().join("mingzheng-data/keys/signing/1/p256.key.pem");
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o644)).unwrap();
    program.run(&["journal", "check"]).refused(1, "600");
}

#[test]
fn the_first_start_says_that_its_certificate_is_home_made() {
    let folder = tempfile::tempdir().unwrap();
    let said = run(folder.path(), &["--home", "here", "journal", "check"]);
    assert_eq!(said.code, 0, "{}", said.err);
    assert!(said.err.contains("不是依法设立的电子认证机构"), "{}", said.err);
    let again = run(folder.path(), &["--home", "here", "journal", "check"]);
    assert!(again.err.is_empty());
}
