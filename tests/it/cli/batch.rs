//! Batches on the command line: a folder, a zip or a list becomes a signed sheet, which verifies and is no report.

use super::program::{Program, Said};
use crate::flows::house::PARENT;
use crate::verify_batch::zip_of;

/// A program with a report, `in/r.pdf`, its bundle, and its code.
fn with_report() -> (Program, String) {
    let program = Program::new();
    std::fs::create_dir_all(program.folder().join("in/deeper")).unwrap();
    let said =
        program.run(&["report", "--subject", PARENT, "--span", "12-months", "--out", "in/r.pdf", "--json"]);
    assert_eq!(said.code, 0, "{}", said.err);
    assert_eq!(program.run(&["trust", "export", "--out", "trust.json"]).code, 0);
    let code = said.json()["code"].as_str().unwrap().to_owned();
    (program, code)
}

fn sheet(program: &Program, folder: &str) -> Vec<String> {
    let text = std::fs::read_to_string(program.folder().join(folder).join("results.csv")).unwrap();
    text.trim_end().split("\r\n").skip(1).map(str::to_owned).collect()
}

#[test]
fn a_folder_becomes_a_signed_sheet_that_verifies_as_one() {
    let (program, code) = with_report();
    program.file("in/deeper/code.txt", code.as_bytes());
    program.file("in/.hidden", b"x");
    let run =
        |more: &[&str]| program.run(&[&["verify", "--batch", "in", "--out", "out", "--json"], more].concat());
    let good = run(&[]);
    assert_eq!((good.code, &good.json()["genuine_and_valid"]), (0, &2.into()), "{}", good.err);
    let rows = sheet(&program, "out");
    assert!(rows[0].starts_with("deeper/code.txt,code,intact,trusted,valid,"), "{rows:?}");
    assert!(rows[1].starts_with("r.pdf,file,intact,trusted,valid,"), "{rows:?}");

    for more in [&[][..], &["--trust", "trust.json"]] {
        let verify = |file: &str| program.run(&[&["verify", file, "--json"], more].concat());
        let sheet = verify("out/results.pdf");
        assert_eq!((sheet.code, &sheet.json()["kind"]["code"]), (2, &"result-sheet".into()));
        let told: Said = verify("out/results.csv");
        let verdict = told.json();
        assert_eq!(
            (told.code, &verdict["integrity"], &verdict["issuer"]),
            (2, &"intact".into(), &"trusted".into())
        );
        assert_eq!(verdict["reasons"][0], "result-sheet");
        assert!(verdict["facts"].is_null());
    }
    let csv = std::fs::read(program.folder().join("out/results.csv")).unwrap();
    let changed = String::from_utf8(csv).unwrap().replace(",valid,", ",revoked,");
    program.file("out/results.csv", changed.as_bytes());
    let told = program.run(&["verify", "out/results.csv", "--json"]);
    assert_eq!((told.code, &told.json()["integrity"]), (1, &"altered".into()));

    program.file("in/other.pdf", b"no PDF");
    assert_eq!(run(&[]).code, 2, "one cannot be told");
    let nobody = mingzheng::rules::VerificationCode::from_random([3; 10]).to_string();
    program.file("in/code.txt", nobody.as_bytes());
    assert_eq!(run(&[]).code, 1, "one is not");
}

#[test]
fn offline_a_zip_is_judged_and_nothing_is_signed() {
    let (program, code) = with_report();
    let pdf = std::fs::read(program.folder().join("in/r.pdf")).unwrap();
    program.file("b.zip", &zip_of(&[("r.pdf", &pdf), ("code.txt", code.as_bytes())]));
    let said = program.run(&["verify", "--batch", "b.zip", "--trust", "trust.json", "--home", "nowhere"]);
    assert_eq!(said.code, 2, "{}", said.err);
    assert!(said.out.contains("清单未签名"), "{}", said.out);
    let rows = sheet(&program, "mingzheng-results");
    assert!(rows[0].starts_with("r.pdf,file,intact,trusted,valid,"), "{rows:?}");
    assert!(rows[1].contains(",false,code-needs-store,"), "{rows:?}");
    assert!(!program.folder().join("mingzheng-results/results.csv.sig").exists());
    assert!(!program.folder().join("nowhere").exists());
}

#[test]
fn what_is_no_batch_is_refused_in_one_line() {
    let (program, _) = with_report();
    program.file("empty.csv", b"code\n");
    let refused = |path: &str, words: &str| program.run(&["verify", "--batch", path]).refused(2, words);
    refused("empty.csv", "nothing to verify");
    refused("in/r.pdf", "leave --batch out");
    refused("in/deeper", "nothing to verify");
    refused("nowhere", "cannot be opened");
    program.run(&["verify"]).refused(2, "required");
    program.run(&["verify", "x", "--batch", "in"]).refused(2, "cannot be used with");
}
