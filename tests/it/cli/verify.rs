//! Verifying: three exit codes, one shape of JSON, and an own answer for each way in which a file can be wrong.

use std::fs::File;

use super::program::{Program, Said};
use crate::flows::house::PARENT;
use crate::verify_photos::{jpeg, page, png};

/// A program with one report, `r.pdf`, its bundle, `trust.json`, and what was said about it.
fn with_report() -> (Program, serde_json::Value) {
    let program = Program::new();
    let said =
        program.run(&["report", "--subject", PARENT, "--span", "12-months", "--out", "r.pdf", "--json"]);
    assert_eq!(said.code, 0, "{}", said.err);
    assert_eq!(program.run(&["trust", "export", "--out", "trust.json"]).code, 0);
    (program, said.json())
}

#[track_caller]
fn told(said: &Said, code: i32, integrity: &str, reason: &str) {
    let verdict = said.json();
    assert_eq!(said.code, code, "{verdict:#}");
    for key in ["integrity", "issuer", "status", "facts", "reasons"] {
        assert!(verdict.get(key).is_some(), "{key}");
    }
    assert_eq!(verdict["integrity"], integrity, "{verdict:#}");
    let reasons: Vec<&str> =
        verdict["reasons"].as_array().unwrap().iter().map(|r| r["code"].as_str().unwrap()).collect();
    assert!(reasons.contains(&reason), "{reason}: {reasons:?}");
    assert_eq!(verdict["facts"].is_null(), code != 0, "{verdict:#}");
}

fn find(bytes: &[u8], word: &[u8]) -> usize {
    bytes.windows(word.len()).position(|it| it == word).unwrap()
}

#[test]
fn a_file_is_told_from_every_changed_one_with_and_without_a_store() {
    let (program, _) = with_report();
    let pdf = std::fs::read(program.folder().join("r.pdf")).unwrap();
    let contents = find(&pdf, b"/Contents<3") + 10;
    let flipped = |at: usize| {
        let mut copy = pdf.clone();
        copy[at] ^= 1;
        copy
    };
    let mut unsigned = pdf.clone();
    unsigned[contents..contents + 2000].fill(b'0');
    // Pages lie compressed among other objects: two pieces of the content change places.
    let mut swapped = pdf.clone();
    swapped[2000..4000].rotate_left(1000);
    let second =
        [&pdf[..], b"\n1 0 obj<</Type/Sig/Contents<00>/ByteRange[0 1 2 3]>>endobj\n%%EOF\n"].concat();

    let wrong: Vec<(&str, Vec<u8>, i32, &str, &str)> = vec![
        ("empty", Vec::new(), 2, "unreadable", "empty"),
        ("text", b"just text".to_vec(), 2, "unreadable", "not-pdf"),
        ("cut off", pdf[..pdf.len() - 600].to_vec(), 2, "unreadable", "truncated"),
        ("encrypted", b"%PDF-1.7\ntrailer<</Encrypt 5 0 R>>\n%%EOF\n".to_vec(), 2, "unreadable", "encrypted"),
        (
            "not ours",
            b"%PDF-1.7\n1 0 obj<<>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n".to_vec(),
            1,
            "not-ours",
            "signature-missing",
        ),
        ("flipped byte", flipped(contents - 4000), 1, "altered", "content-changed"),
        ("swapped pieces", swapped, 1, "altered", "content-changed"),
        ("appended", [&pdf[..], b"\n2 0 obj<<>>endobj\n%%EOF\n"].concat(), 1, "altered", "appended-revision"),
        ("second signature", second, 1, "altered", "second-signature"),
    ];
    for (what, bytes, code, integrity, reason) in wrong {
        program.file("wrong.pdf", &bytes);
        for more in [&[][..], &["--trust", "trust.json"]] {
            let said = program.run(&[&["verify", "wrong.pdf", "--json"], more].concat());
            println!("{what}");
            told(&said, code, integrity, reason);
        }
    }
    program.file("wrong.pdf", &unsigned);
    let said = program.run(&["verify", "wrong.pdf", "--json"]);
    assert!(said.code != 0 && said.json()["facts"].is_null(), "{}", said.out);
    for more in [&[][..], &["--trust", "trust.json"]] {
        let said = program.run(&[&["verify", "r.pdf", "--json"], more].concat());
        told(&said, 0, "intact", "signature-valid");
    }
}

#[test]
fn a_file_of_200_megabytes_is_answered_and_not_read_whole() {
    let (program, _) = with_report();
    let large = File::create(program.folder().join("large.pdf")).unwrap();
    large.set_len(200 << 20).unwrap();
    let begun = std::time::Instant::now();
    told(
        &program.run(&["verify", "large.pdf", "--json", "--trust", "trust.json"]),
        2,
        "cannot-tell",
        "too-large",
    );
    assert!(begun.elapsed().as_secs() < 20);
}

#[test]
fn codes_qrs_and_hashes_have_their_own_answers() {
    let (program, report) = with_report();
    let (code, qr) = (report["code"].as_str().unwrap(), report["qr"].as_str().unwrap());
    let other = if code.starts_with('7') { "8" } else { "7" };
    let mistyped = format!("{other}{}", &code[1..]);
    let made_up = mingzheng::rules::VerificationCode::from_random([3; 10]).to_string();
    let hash = "00".repeat(32);
    let address = qr.split('#').next().unwrap();
    let trust = ["--trust", "trust.json"];
    let cases: Vec<(&str, &[&str], i32, &str, &str)> = vec![
        (code, &[], 0, "intact", "code-found"),
        (code, &trust, 2, "cannot-tell", "code-needs-store"),
        (&mistyped, &[], 2, "cannot-tell", "code-mistyped"),
        (&mistyped, &trust, 2, "cannot-tell", "code-mistyped"),
        (&made_up, &[], 1, "not-ours", "code-not-found"),
        (&hash, &[], 2, "cannot-tell", "hash-not-found"),
        (&hash, &trust, 2, "cannot-tell", "hash-needs-store"),
        (qr, &[], 0, "intact", "claim-valid"),
        (address, &[], 0, "intact", "code-found"),
        (address, &trust, 2, "cannot-tell", "qr-without-claim"),
        ("https://example.com/x", &trust, 1, "not-ours", "qr-not-ours"),
    ];
    for (what, more, exit, integrity, reason) in cases {
        println!("{what} {more:?}");
        told(&program.run(&[&["verify", what, "--json"], more].concat()), exit, integrity, reason);
    }
    // Offline a QR proves its claim, which is less than all the facts.
    let said = program.run(&["verify", qr, "--trust", "trust.json", "--json"]);
    assert_eq!((said.code, said.json()["genuine_and_valid"].as_bool()), (0, Some(true)));
}

#[test]
fn a_photograph_proves_its_qr_with_and_without_a_store() {
    let (program, report) = with_report();
    let pdf = std::fs::read(program.folder().join("r.pdf")).unwrap();
    let photo = page(&pdf, 150.0);
    program.file("photo.jpg", &jpeg(&photo, 60));
    for more in [&[][..], &["--trust", "trust.json"]] {
        let said = program.run(&[&["verify", "photo.jpg", "--json"], more].concat());
        let verdict = said.json();
        assert_eq!((said.code, &verdict["kind"]["code"]), (2, &"pictured".into()), "{verdict:#}");
        let parts = [&verdict["integrity"], &verdict["issuer"], &verdict["status"]["status"]];
        assert_eq!(parts, ["cannot-tell", "trusted", "valid"]);
        assert_eq!(verdict["genuine_and_valid"], false);
        assert_eq!(verdict["reasons"][0]["code"], "picture-only");
        assert_eq!(verdict["facts_sha256"], report["facts_sha256"], "{report:#}");
        assert_eq!(verdict["facts"].is_null(), !more.is_empty(), "only the store has the facts");
    }
    let said = program.run(&["verify", "photo.jpg", "--trust", "trust.json"]);
    assert!(said.out.contains("[pictured]") && said.out.contains("[claim-valid]"), "{}", said.out);
    let number = report["number"].as_str().unwrap();
    program.run(&["revoke", number, "--reason", "出具有误", "--emergency", "--json"]);
    let said = program.run(&["verify", "photo.jpg", "--json"]);
    assert_eq!(
        (said.code, &said.json()["status"]["status"]),
        (1, &"revoked".into()),
        "that it does not stand is certain"
    );
    program.file("white.png", &png(&image::GrayImage::from_pixel(300, 200, image::Luma([255]))));
    let said = program.run(&["verify", "white.png", "--json"]);
    assert_eq!((said.code, &said.json()["reasons"][1]["code"]), (2, &"qr-not-found".into()));
    program.run(&["verify", "missing.jpeg"]).refused(2, "there is no file");
}

#[test]
fn changed_pages_are_told_and_drawn_side_by_side() {
    let (program, _) = with_report();
    let mut pdf = std::fs::read(program.folder().join("r.pdf")).unwrap();
    let at = find(&pdf, b"stream") + 60;
    pdf[at] ^= 0x55;
    program.file("changed.pdf", &pdf);
    let said = program.run(&["verify", "changed.pdf", "--compare", "pictures", "--json"]);
    let verdict = said.json();
    assert_eq!((said.code, &verdict["kind"]["code"]), (1, &"ours-changed".into()), "{verdict:#}");
    assert_eq!((&verdict["findings"][0]["page"], &verdict["comparison"][0]["page"]), (&1.into(), &1.into()));
    for picture in ["page-1-brought.png", "page-1-issued.png"] {
        let bytes = std::fs::read(program.folder().join("pictures").join(picture)).unwrap();
        assert!(bytes.starts_with(b"\x89PNG"), "{picture}");
    }
    let said = program.run(&["verify", "changed.pdf"]);
    assert!(said.out.contains("page 1") && said.out.contains("[ours-changed]"), "{}", said.out);
}
