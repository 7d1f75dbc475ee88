//! A report with 0, 5 and 200 records on 41 domains: drawn, signed, verified, and issued through the whole flow.
//!
//! Budget: the whole flow under 20 ms for 0 records on one core; the PDF under 140 KB.

#[expect(dead_code, reason = "each bench uses a part of it")]
mod house;

use divan::{Bencher, black_box};
use house::{House, SUBJECT, csv};
use mingzheng::report::{Edition, Issue, Renderer};
use mingzheng::seal::{self, Keyring, TrustBundle};
use mingzheng::verify;

fn main() {
    for records in RECORDS {
        let issued = with(records).issue(SUBJECT);
        println!("PDF with {records} records: {} bytes", issued.pdf.len());
    }
    println!("extract: {} bytes", with(0).issue_as(SUBJECT, "extract").pdf.len());
    divan::main();
}

const RECORDS: [usize; 3] = [0, 5, 200];

fn with(records: usize) -> House {
    let house = House::new(None);
    if records > 0 {
        house.upload(csv(records, |_| SUBJECT.to_owned()));
    }
    house
}

/// Facts to pages to PDF bytes, without a signature.
#[divan::bench(args = RECORDS)]
fn render(bencher: Bencher, records: usize) {
    let issued = with(records).issue(SUBJECT);
    let renderer = Renderer::load().expect("templates");
    let (canonical, code) = (issued.facts.canonical(), issued.code.expect("a code").to_string());
    let issue = Issue {
        facts: &issued.facts,
        canonical: &canonical,
        digest: issued.facts_sha256,
        code,
        qr: issued.qr.expect("a QR"),
        edition: Edition::Zh,
    };
    renderer.render(&issue).expect("a report"); // the static tier of the fonts is cut once
    bencher.bench_local(|| renderer.render(black_box(&issue)).expect("a report"));
}

/// One PAdES signature over a report of this size.
#[divan::bench(args = RECORDS)]
fn sign(bencher: Bencher, records: usize) {
    let house = with(records);
    let issued = house.issue(SUBJECT);
    let folder = tempfile::tempdir().expect("a folder");
    let mut random = |bytes: &mut [u8]| bytes.fill(7);
    let keys = folder.path().join("keys");
    let keyring = Keyring::create(&keys, "示范", house.app.now(), &mut random).expect("keys");
    let middle = issued.pdf.len() / 2;
    let parts = issued.pdf.split_at(middle);
    bencher
        .bench_local(|| keyring.signer.sign_pdf([parts.0, parts.1], house.app.now()).expect("a signature"));
}

/// A stranger's verdict on a PDF, offline.
#[divan::bench(args = RECORDS)]
fn verify_pdf(bencher: Bencher, records: usize) {
    let house = with(records);
    let issued = house.issue(SUBJECT);
    let exported = house.runtime.block_on(mingzheng::flow::trust::export(&house.app)).expect("a bundle");
    let bundle = TrustBundle::parse(exported.as_bytes()).expect("a bundle");
    let now = house.app.now();
    bencher.bench_local(|| {
        let verdict = verify::pdf(black_box(&issued.pdf), &bundle, now);
        assert!(verdict.is_genuine_and_valid());
    });
}

/// A stranger's verdict on the shortest document, a clean extract of one page.
#[divan::bench]
fn verify_extract(bencher: Bencher) {
    let house = with(0);
    let issued = house.issue_as(SUBJECT, "extract");
    let exported = house.runtime.block_on(mingzheng::flow::trust::export(&house.app)).expect("a bundle");
    let bundle = TrustBundle::parse(exported.as_bytes()).expect("a bundle");
    let now = house.app.now();
    bencher.bench_local(|| {
        let verdict = verify::pdf(black_box(&issued.pdf), &bundle, now);
        assert!(verdict.is_genuine_and_valid());
    });
}

/// SHA-256 of a report, the floor under signing and verifying.
#[divan::bench(args = RECORDS)]
fn digest(bencher: Bencher, records: usize) {
    let issued = with(records).issue(SUBJECT);
    bencher.bench_local(|| seal::digest(black_box(&issued.pdf)));
}

/// The whole flow: read, draw up, draw, sign, verify, store with two synced commits and one synced object.
#[divan::bench(args = RECORDS, sample_count = 50)]
fn whole_flow(bencher: Bencher, records: usize) {
    let house = with(records);
    house.issue(SUBJECT);
    bencher.bench_local(|| house.issue(SUBJECT));
}
