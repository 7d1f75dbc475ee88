//! The demo shows the main job to a newcomer, and what it leaves can be verified.

use std::fs;

use super::program::run;

#[test]
fn the_demo_leaves_reports_that_verify_and_two_that_do_not() {
    let folder = tempfile::tempdir().unwrap();
    let said = run(folder.path(), &["demo", "--dir", "demo"]);
    assert_eq!(said.code, 0, "{} {}", said.out, said.err);
    for words in [
        "虚构",
        "提交 28 = 接受 4 + 重复 0 + 退回 24",
        "the journal's",
        "mingzheng verify demo/2-with-records.pdf",
    ] {
        assert!(said.out.contains(words), "{words}: {}", said.out);
    }
    let verify =
        |file: &str| run(folder.path(), &["verify", &format!("demo/{file}"), "--trust", "demo/trust.json"]);
    for file in ["1-clean.pdf", "2-with-records.pdf", "3-with-records.en.pdf", "5-long.pdf"] {
        assert_eq!(verify(file).code, 0, "{file}");
    }
    let revoked = verify("4-not-covered.pdf");
    assert!(revoked.code == 1 && revoked.out.contains("revoked"), "{}", revoked.out);
    let tampered = verify("1-clean.tampered.pdf");
    assert!(tampered.code == 1 && tampered.out.contains("altered"), "{}", tampered.out);
    let qr = fs::read_to_string(folder.path().join("demo/1-clean.qr.txt")).unwrap();
    assert_eq!(run(folder.path(), &["verify", qr.trim(), "--trust", "demo/trust.json"]).code, 0);
    assert_eq!(run(folder.path(), &["--home", "demo/home", "journal", "check"]).code, 0);

    let again = run(folder.path(), &["demo", "--dir", "demo"]);
    assert_eq!(again.code, 0, "{} {}", again.out, again.err);
    assert!(again.out.contains("taken in before"), "{}", again.out);
}
