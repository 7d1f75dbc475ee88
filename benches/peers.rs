//! The same report by other engines, in the same run: Typst, `WeasyPrint` and `ReportLab`, each signed by pyHanko with P-256.
//!
//! `benches/peers/peers.py` drives them in the Python named by `BENCH_PEERS_PYTHON` (with `benches/peers/requirements.txt`
//! installed). All of them work on facts that our own flow drew up, in a warm process, one document after another; run it
//! under `taskset -c 0` to hold all to one core. Times are medians per document: ours by the clock on one thread, theirs
//! by processor time. Aim: at least five times Typst with pyHanko, and a clean report under 140 KB.

#[expect(dead_code, reason = "each bench uses a part of it")]
mod house;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use house::{House, SUBJECT, csv};
use mingzheng::flow::issue::Issued;
use mingzheng::report::{Edition, Issue, Renderer};
use mingzheng::seal::Keyring;
use serde::Deserialize;

/// Records in the report, and how many documents are made of it.
const ROUNDS: [(usize, usize); 3] = [(0, 10), (5, 10), (200, 2)];

/// What a peer says of itself.
#[derive(Deserialize)]
struct Measured {
    draw_ms: f64,
    sign_ms: f64,
    bytes: usize,
}

fn main() {
    println!("| records | engine | draw ms | sign ms | both ms | bytes | ours is faster |");
    println!("|---|---|---|---|---|---|---|");
    for (records, count) in ROUNDS {
        let house = House::new(None);
        if records > 0 {
            house.upload(csv(records, |_| SUBJECT.to_owned()));
        }
        let issued = house.issue(SUBJECT);
        let ours = ours(&house, &issued, count.max(20));
        let whole = ours.draw_ms + ours.sign_ms;
        show(records, "Mingzheng", &ours, whole);
        let folder = tempfile::tempdir().expect("a folder");
        for (engine, name) in [
            ("typst", "Typst + pyHanko"),
            ("weasyprint", "WeasyPrint + pyHanko"),
            ("reportlab", "ReportLab + pyHanko"),
        ] {
            let Some(python) = std::env::var_os("BENCH_PEERS_PYTHON").map(PathBuf::from) else {
                println!("| {records} | {name} | not asked: BENCH_PEERS_PYTHON is not set | | | | |");
                continue;
            };
            show(records, name, &peer(&python, engine, &issued, count, folder.path()), whole);
        }
    }
}

fn show(records: usize, name: &str, it: &Measured, ours: f64) {
    let both = it.draw_ms + it.sign_ms;
    println!(
        "| {records} | {name} | {:.2} | {:.2} | {both:.2} | {} | {:.1} × |",
        it.draw_ms,
        it.sign_ms,
        it.bytes,
        both / ours
    );
}

/// Draws and signs the facts `count` times.
fn ours(house: &House, issued: &Issued, count: usize) -> Measured {
    let renderer = Renderer::load().expect("templates");
    let folder = tempfile::tempdir().expect("a folder");
    let mut random = |bytes: &mut [u8]| bytes.fill(7);
    let now = house.app.now();
    let keyring = Keyring::create(&folder.path().join("keys"), "示范", now, &mut random).expect("keys");
    let code = issued.code.as_ref().expect("a code").to_string();
    let (mut drawing, mut signing, mut bytes) = (Vec::new(), Vec::new(), 0);
    for turn in 0..=count {
        let began = now_ms();
        let canonical = issued.facts.canonical();
        let issue = Issue {
            facts: &issued.facts,
            canonical: &canonical,
            digest: mingzheng::seal::digest(&canonical),
            code: code.clone(),
            qr: issued.qr.clone().expect("a QR"),
            edition: Edition::Zh,
        };
        let unsigned = renderer.render(&issue).expect("a report");
        let between = now_ms();
        let signature = keyring.signer.sign_pdf(unsigned.to_digest(), now).expect("a signature");
        bytes = unsigned.with_signature(&signature).expect("a document").len();
        if turn > 0 {
            drawing.push(between - began);
            signing.push(now_ms() - between);
        }
    }
    Measured { draw_ms: median(drawing), sign_ms: median(signing), bytes }
}

/// Has another engine do the same.
fn peer(python: &Path, engine: &str, issued: &Issued, count: usize, folder: &Path) -> Measured {
    let project = Path::new(env!("CARGO_MANIFEST_DIR"));
    let (facts, qr) = (folder.join("facts.json"), folder.join("qr.txt"));
    std::fs::write(&facts, issued.facts.canonical()).expect("a file");
    std::fs::write(&qr, issued.qr.as_deref().expect("a QR")).expect("a file");
    let said = Command::new(python)
        .arg(project.join("benches/peers/peers.py"))
        .arg(engine)
        .args([&facts, &qr, &project.join("report-templates/fonts")])
        .arg(count.to_string())
        .arg(folder.join("peer.pdf"))
        .output()
        .expect("a Python to run");
    assert!(said.status.success(), "{engine}: {}", String::from_utf8_lossy(&said.stderr));
    serde_json::from_slice(&said.stdout).expect("a line of JSON")
}

fn now_ms() -> f64 {
    use std::sync::LazyLock;
    static START: LazyLock<Instant> = LazyLock::new(Instant::now);
    START.elapsed().as_secs_f64() * 1000.0
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times.get(times.len() / 2).copied().unwrap_or_default()
}
