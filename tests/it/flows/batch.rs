//! Many things at once are judged as each would be alone, in order, and what was found is signed.

use std::sync::Arc;

use mingzheng::flow::batch::{self, BadBatch, Content, Item, Judge, Progress, Source};
use mingzheng::flow::check::Brought;
use mingzheng::flow::offline::Verifier;
use mingzheng::flow::{Actor, Chance};
use mingzheng::rules::{
    BroughtAs, Digest, Integrity, IssuerTrust, Kind, Reason, ResultRow, Results, Status, Tally, Verdict,
};
use mingzheng::seal::{self, TrustBundle};
use mingzheng::verify;

use super::check::issued;
use super::house::House;
use crate::engines::on_both_engines;
use crate::verify_batch::zip_of;
use crate::verify_photos::{edit, jpeg, page};

async fn rows(house: &House, source: Source) -> Vec<ResultRow> {
    let judge = Judge::Store(house.app.clone());
    batch::run(&judge, source, 3, &Progress::default()).await.unwrap()
}

on_both_engines! {
    async fn everything_in_a_zip_is_judged_as_it_would_be_alone(house: House) {
        let issued = issued(&house).await;
        let mut changed = issued.pdf.clone();
        changed[3000] ^= 1;
        let code = issued.code.as_ref().unwrap().to_string();
        let mut photo = page(&issued.pdf, 150.0);
        edit(&mut photo);
        let zip = zip_of(&[
            ("a/1.pdf", &issued.pdf[..]),
            ("a/2.pdf", &changed),
            ("a/3.pdf", b"no PDF at all"),
            ("a/4.txt", issued.qr.as_ref().unwrap().as_bytes()),
            ("a/5.txt", code.as_bytes()),
            ("a/6.txt", b"ABCD"),
            ("a/7.jpg", &jpeg(&photo, 80)),
        ]);

        let rows = rows(&house, Source::read(zip).unwrap()).await;

        let told: Vec<_> = rows.iter().map(|row| (row.kind, row.integrity, row.issuer, row.status)).collect();
        let good = |kind| (kind, Integrity::Intact, IssuerTrust::Trusted, Status::Valid);
        assert_eq!(told[0], good(BroughtAs::File));
        assert_eq!(told[1].1, Integrity::Altered);
        assert_eq!(told[2].1, Integrity::Unreadable);
        assert_eq!((told[3], told[4]), (good(BroughtAs::Qr), good(BroughtAs::Code)));
        assert_eq!((told[5].1, &rows[5].reasons[..]), (Integrity::CannotTell, &[Reason::CodeMistyped][..]));
        // A picture is not the file, whatever QR it shows: it is counted with what cannot be told.
        assert_eq!(told[6], (BroughtAs::File, Integrity::CannotTell, IssuerTrust::Trusted, Status::Valid));
        assert!(rows[6].cannot_tell && !rows[6].genuine_and_valid);
        let tally = Results { checked_at: house.app.now(), rows: rows.clone() }.tally();
        assert_eq!(tally, Tally { good: 3, bad: 1, open: 3 });
        for row in [&rows[0], &rows[3], &rows[4], &rows[6]] {
            assert_eq!(row.number, Some(issued.facts.number.to_string()));
            assert_eq!(row.subject.as_deref(), Some(issued.facts.subject.code.as_str()));
            assert_eq!(row.facts_digest, Some(issued.facts_sha256));
        }
        assert_eq!(rows[0].file_digest, Some(issued.pdf_sha256));
        assert_eq!(rows[1].file_digest, Some(seal::digest(&changed)));
        let names: Vec<_> = rows.iter().map(|row| row.item.as_str()).collect();
        assert_eq!(names, ["a/1.pdf", "a/2.pdf", "a/3.pdf", "a/4.txt", "a/5.txt", "a/6.txt", "a/7.jpg"]);

        // Without the store only what a bundle can know is told.
        house.revoke(&issued).await.unwrap();
        let how = mingzheng::config::Verify::default();
        let judge = Judge::Bundle(Arc::new(Verifier::new(house.bundle().await, &how, house.app.now())));
        let zip = zip_of(&[("1.pdf", &issued.pdf[..]), ("2.txt", issued.qr.as_ref().unwrap().as_bytes())]);
        let source = Source::read([&zip[..]].concat()).unwrap();
        let rows = batch::run(&judge, source, 2, &Progress::default()).await.unwrap();
        assert!(rows.iter().all(|row| row.status == Status::Revoked && !row.genuine_and_valid && !row.cannot_tell));
        assert!(rows.iter().all(|row| row.number == Some(issued.facts.number.to_string())));
    }

    async fn ten_thousand_codes_keep_their_order(house: House) {
        let code = issued(&house).await.code.unwrap().to_string();
        let chance = Chance::system();
        let lines: Vec<_> = (0..10_000)
            .map(|at| if at % 1000 == 7 { code.clone() } else { chance.code().to_string() })
            .collect();
        let progress = Progress::default();
        let source = Source::read(lines.join("\n").into_bytes()).unwrap();
        assert_eq!(source.total, 10_000);

        let rows = batch::run(&Judge::Store(house.app.clone()), source, 4, &progress).await.unwrap();

        assert_eq!((rows.len(), progress.done()), (10_000, 10_000));
        for (at, row) in rows.iter().enumerate() {
            assert_eq!((row.item.clone(), row.genuine_and_valid), (format!("line {}", at + 1), at % 1000 == 7));
        }
        let results = Results { checked_at: house.app.now(), rows };
        assert_eq!(results.tally(), Tally { good: 10, bad: 9_990, open: 0 });
        assert_eq!(results.csv().lines().count(), 10_001);
    }

    async fn a_sheet_verifies_until_a_byte_of_it_changes(house: House) {
        let issued = issued(&house).await;
        let links = house.journal().await;
        let code = issued.code.as_ref().unwrap().to_string();
        let rows = rows(&house, Source::read(code.into_bytes()).unwrap()).await;
        let sheet = batch::sign(&house.app, &Actor::operator(), rows).await.unwrap();
        assert_eq!(house.journal().await, links + 1, "a signature is an act that matters");
        let (trust, now) = (house.bundle().await, house.app.now());

        let good = verify::sheet(&sheet.csv, &sheet.signature, &trust, now);
        assert_eq!((good.integrity, good.issuer, good.status.status), (Integrity::Intact, IssuerTrust::Trusted, Status::Unknown));
        assert_eq!(good.reasons, [Reason::ResultSheet, Reason::SignatureValid]);
        assert!(!good.is_genuine_and_valid() && good.facts.is_none(), "a sheet is no report");
        assert_eq!(batch::check_sheet(&house.app, &sheet.csv, &sheet.signature).await.unwrap(), good);

        let answer = house.check(Brought::Pdf(sheet.pdf.clone())).await;
        assert_eq!(answer.verdict.reasons, [Reason::ResultSheet, Reason::SignatureValid]);
        assert_eq!((answer.verdict.integrity, answer.findings.kind), (Integrity::Intact, Kind::ResultSheet));
        assert!(!answer.verdict.is_genuine_and_valid() && answer.verdict.facts.is_none());
        assert_eq!(verify::pdf(&sheet.pdf, &trust, now), answer.verdict);
        let mut changed = sheet.pdf.clone();
        changed[5000] ^= 1;
        assert_eq!(verify::pdf(&changed, &trust, now).integrity, Integrity::Altered);

        for at in (0..sheet.csv.len()).step_by(17) {
            let mut changed = sheet.csv.clone();
            changed[at] ^= 1;
            let verdict = verify::sheet(&changed, &sheet.signature, &trust, now);
            assert_ne!(verdict.integrity, Integrity::Intact, "byte {at}");
        }
        let other = crate::signed_sample::keys(9).signer;
        let theirs = other.sign_detached(seal::Purpose::Results, &sheet.csv).unwrap();
        assert_eq!(verify::sheet(&sheet.csv, &theirs, &trust, now).integrity, Integrity::NotOurs);
        let own = TrustBundle::of(&crate::signed_sample::keys(9), vec!["https://a.cn".into()], now);
        let verdict = verify::sheet(&sheet.csv, &theirs, &own, sheet.results.checked_at);
        assert_eq!(verdict.integrity, Integrity::Intact, "who trusts them takes theirs");
        let receipt = other.sign_detached(seal::Purpose::Receipt, &sheet.csv).unwrap();
        let verdict = verify::sheet(&sheet.csv, &receipt, &own, sheet.results.checked_at);
        assert_eq!(verdict.integrity, Integrity::Altered, "signed for another purpose");
    }

    async fn a_batch_that_is_told_to_stop_stops(house: House) {
        let progress = Progress::default();
        progress.stop();
        let source = Source::read(b"A\nB\nC\nD\n".to_vec()).unwrap();
        let ended = batch::run(&Judge::Store(house.app.clone()), source, 1, &progress).await;
        assert!(matches!(ended, Err(batch::Error::Stopped)));
        assert_eq!(progress.done(), 1);

        let broken = vec![Ok(Item { name: "1".into(), content: Content::Text("A".into()) }), Err(BadBatch::TooLarge)];
        let source = Source { total: 2, items: Box::new(broken.into_iter()) };
        let ended = batch::run(&Judge::Store(house.app.clone()), source, 1, &Progress::default()).await;
        assert!(matches!(ended, Err(batch::Error::Batch(BadBatch::TooLarge))));
    }
}

#[test]
fn cells_that_spreadsheets_would_compute_are_text() {
    let verdict = Verdict::without_facts(
        Integrity::Unreadable,
        IssuerTrust::Unknown,
        vec![Reason::NotPdf, Reason::LooksLikeOurs],
    );
    let row = |item: &str| ResultRow::of(item, BroughtAs::File, Some(Digest::ZERO), &verdict);
    let names = ["=HYPERLINK(\"http://x\")", "+1", "-1", "@a", "a,\"b\"", "a\r\nb\u{202e}\t=c", "甲.pdf"];
    let results = Results {
        checked_at: "2026-11-22T01:00:00Z".parse().unwrap(),
        rows: names.into_iter().map(row).collect(),
    };
    let csv = results.csv();
    let lines: Vec<_> = csv.strip_prefix('\u{feff}').unwrap().split("\r\n").collect();
    assert_eq!(lines.len(), names.len() + 2);
    assert_eq!(lines[0], Results::COLUMNS.join(","));
    let begins = [
        "\"'=HYPERLINK(\"\"http://x\"\")\",file,",
        "'+1,",
        "'-1,",
        "'@a,",
        "\"a,\"\"b\"\"\",",
        "a b =c,",
        "甲.pdf,",
    ];
    for (line, begin) in lines[1..].iter().zip(begins) {
        assert!(line.starts_with(begin), "{line}");
        assert!(line.ends_with(",false,not-pdf looks-like-ours,2026-11-22T01:00:00Z"), "{line}");
    }
    assert_eq!(Results::stated_time(csv.as_bytes()), Some(results.checked_at));
    assert_eq!(Results::stated_time(b"item,kind\r\na,b\r\n"), None);
    assert_eq!(results.tally(), Tally { good: 0, bad: 0, open: names.len() });
}
