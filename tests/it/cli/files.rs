//! Bad files: each gets its own answer, and the good rows beside a bad one are not lost.

use super::program::Program;
use crate::flows::house::{HEAD, Row, csv, row};

fn text(rows: &[Row]) -> String {
    String::from_utf8(csv(rows)).unwrap()
}

#[test]
fn a_file_that_cannot_be_read_gets_its_own_answer() {
    let program = Program::new();
    let wide: String = (0..10_000).map(|n| format!("列{n},")).collect();
    let lines = |head: &str| text(&[row(1)]).replacen(HEAD, head, 1);
    let utf16: Vec<u8> =
        [0xff, 0xfe].into_iter().chain(text(&[row(1)]).encode_utf16().flat_map(u16::to_le_bytes)).collect();
    let cases: Vec<(&str, Vec<u8>, &str)> = vec![
        ("empty", Vec::new(), "empty"),
        ("blank", b"\n \n".to_vec(), "empty"),
        ("binary", (0..4096_u32).map(|n| (n * 7 % 251) as u8).collect(), ""),
        ("a picture", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec(), ""),
        ("a workbook", b"PK\x03\x04\x14\0\x06\0xl/workbook.xml".to_vec(), ""),
        ("utf-16", utf16, "UTF-16"),
        ("semicolons", lines(&HEAD.replace(',', ";")).into_bytes(), ""),
        ("10,000 columns", format!("{wide}\n{}\n", ",".repeat(10_000)).into_bytes(), "columns"),
        ("a column twice", lines(&HEAD.replacen("法定代表人", "行政处罚决定书文号", 1)).into_bytes(), ""),
        ("a column missing", lines(&HEAD.replacen("行政处罚决定书文号", "别的", 1)).into_bytes(), ""),
    ];
    let mut answers = std::collections::BTreeSet::new();
    for (what, bytes, word) in &cases {
        program.file("bad.csv", bytes);
        let said = program.upload("bad.csv", &[]);
        println!("{what}: {}", said.err);
        said.refused(1, word);
        answers.insert(said.err);
    }
    assert!(answers.len() >= 7, "{answers:#?}");
    assert_eq!(program.run(&["journal", "check", "--json"]).json()["links"], 2, "nothing was stored");
}

#[test]
fn a_bad_row_is_rejected_and_the_good_ones_beside_it_are_taken() {
    let program = Program::new();
    let with = |from: &str, to: &str| text(&[row(2)]).lines().nth(1).unwrap().replacen(from, to, 1);
    let bad = [
        with("2025/05/16", "2025/02/30"),
        with("2025/05/16", "2027/01/01"),
        with("2025/05/16", "=TODAY()"),
        with("示范一", "=HYPERLINK(\"http://x\")"),
        with("示范一", "\u{0}\u{0}"),
        with(",2,2025", ",20000000,2025"),
        with(",2,2025", ",二万,2025"),
        with("普通程序", ""),
        with("91310115MATE5T017A", "91310115MATE5T0170"),
        with("罚款,处以罚款。,2", "罚款,处以罚款。"),
    ];
    for (at, line) in bad.iter().enumerate() {
        let number = u32::try_from(at).unwrap();
        let file = format!("{}{line}\n", text(&[row(100 + number)]));
        program.file("mixed.csv", file.as_bytes());
        let said = program.upload("mixed.csv", &["--json"]);
        let receipt = &said.json()["receipt"];
        println!("{line}: {} {}", said.code, said.json()["faults"][0]["reason_en"]);
        assert_eq!(
            (&receipt["submitted"], receipt["accepted"].as_u64() >= Some(1)),
            (&2.into(), true),
            "{line}"
        );
        let sum = ["accepted", "repeated", "rejected"].map(|name| receipt[name].as_u64().unwrap());
        assert_eq!(sum.iter().sum::<u64>(), 2, "{line}");
        assert_eq!(said.code == 3, sum[2] > 0);
    }
}

#[test]
fn a_file_cut_off_or_wrongly_encoded_loses_no_good_row_silently() {
    let program = Program::new();
    let whole = csv(&[row(1), row(2), row(3)]);
    program.file("cut.csv", &whole[..whole.len() - 100]);
    let cut = program.upload("cut.csv", &["--json"]);
    if cut.code == 3 {
        assert_eq!(
            (&cut.json()["receipt"]["accepted"], &cut.json()["receipt"]["rejected"]),
            (&2.into(), &1.into())
        );
    } else {
        cut.refused(1, "");
    }
    let mut wrong = csv(&[row(4), row(5)]);
    let at = wrong.len() - 40;
    wrong[at] = 0xff;
    program.file("wrong.csv", &wrong);
    let said = program.upload("wrong.csv", &["--json"]);
    assert!(said.code == 3 || said.code == 1, "{} {}", said.out, said.err);
}
