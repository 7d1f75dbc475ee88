//! What we issue is accepted by everybody: every edition of every sample, and of reports with 5 and 200 records, with
//! every kind of key and every level of signature in turn, so that any two of edition, content, key and level meet.

use std::fs;
use std::process::Command;

use mingzheng::report::{Edition, samples};
use mingzheng::rules::{Facts, KeyKind};
use mingzheng::verify;

use super::issued::{Issued, Level, Operator, with_records};
use super::{Job, Verdict, judge, refusals, who_say};

/// What is printed: the samples of the templates (no, few and odd records) and reports that go on for pages.
fn contents() -> Vec<(String, Facts)> {
    let samples = samples().unwrap().into_iter().map(|(name, facts)| (name.to_owned(), facts));
    let grown = [5, 200].map(|count| (format!("{count} records"), with_records(count)));
    samples.chain(grown).collect()
}

#[test]
fn judges_accept_every_edition_of_every_report() {
    let operators: Vec<(KeyKind, Operator)> =
        KeyKind::ALL.iter().map(|kind| (*kind, Operator::new(*kind, 1))).collect();
    let mut issued: Vec<(String, Issued)> = Vec::new();
    for (row, (name, facts)) in contents().into_iter().enumerate() {
        for (column, edition) in Edition::ALL.into_iter().enumerate() {
            let (kind, operator) = &operators[(row + column) % operators.len()];
            let level = Level::ALL[(row + 2 * column) % Level::ALL.len()];
            let name = format!("{name}, {}, {level:?}, {kind}", edition.word());
            issued.push((name, operator.issue_at(level, facts.clone(), edition)));
        }
    }
    for (name, report) in &issued {
        let ours = verify::pdf(&fs::read(&report.pdf).unwrap(), &report.trust, report.at);
        assert!(ours.is_genuine_and_valid(), "{name}: {:?}", ours.reasons);
    }
    let jobs: Vec<Job> = issued.iter().map(|(name, report)| report.job(name)).collect();
    let Some(judgements) = judge(&jobs) else { return };

    assert_eq!(refusals(&judgements), [""; 0]);
    for (name, _) in &issued {
        let silent = who_say(Verdict::NotAsked, name, &judgements);
        let sm2 = name.ends_with("sm2");
        let may = |judge: &str| match judge {
            "pdfinfo" => true, // not asked about long reports
            "gmssl" => !sm2,
            "mutool" | "pdfsig" | "pyhanko" => sm2,
            "openssl_ts" => name.contains("Basic"),
            "ades" => !(name.contains("LongTerm") && name.ends_with("p256")),
            _ => false,
        };
        assert!(silent.iter().all(|judge| may(judge)), "{name}: {silent:?}");
    }
}

#[test]
fn judges_do_not_accept_a_document_without_a_signature() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    fs::write(path("plain.pdf"), PLAIN).unwrap();
    fs::write(path("facts.json"), with_records(0).canonical()).unwrap();
    let made = Command::new("openssl")
        .args("req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 1".split(' '))
        .args(["-subj", "/CN=Root", "-keyout", "/dev/null", "-out"])
        .arg(path("root.pem"))
        .output();
    let bare = Job { name: "bare".into(), pdf: path("plain.pdf"), root: path("root.pem"), ..Job::default() };
    let full = Job {
        name: "full".into(),
        pdf: path("plain.pdf"),
        root: path("root.pem"),
        qr: Some("nothing".into()),
        facts: Some(path("facts.json")),
        edition: "zh",
        ..Job::default()
    };
    let Some(judgements) = judge(&[bare, full]) else { return };
    assert!(made.unwrap().status.success());

    assert_eq!(Vec::from_iter(who_say(Verdict::Valid, "full", &judgements)), ["qpdf"], "{judgements:#?}");
    let silent = who_say(Verdict::NotAsked, "bare", &judgements);
    let readers = [
        "ades",
        "gmssl",
        "openssl_ts",
        "pdfinfo",
        "pdfjs",
        "pdftotext",
        "zbar",
        "zbar_poor",
        "zxing",
        "zxing_poor",
    ];
    assert_eq!(Vec::from_iter(silent), readers, "{judgements:#?}");
}

/// A sound PDF of one page with one line in a font that is not embedded.
const PLAIN: &str = "%PDF-1.4
1 0 obj <</Type/Catalog/Pages 2 0 R>> endobj
2 0 obj <</Type/Pages/Kids[3 0 R]/Count 1>> endobj
3 0 obj <</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]/Contents 4 0 R/Resources<</Font<</F 5 0 R>>>>>> endobj
4 0 obj <</Length 33>> stream
BT /F 24 Tf 9 99 Td (Plain) Tj ET
endstream endobj
5 0 obj <</Type/Font/Subtype/Type1/BaseFont/Helvetica>> endobj
xref
0 6
0000000000 65535 f 
0000000009 00000 n 
0000000054 00000 n 
0000000105 00000 n 
0000000216 00000 n 
0000000297 00000 n 
trailer <</Size 6/Root 1 0 R>>
startxref
360
%%EOF
";
