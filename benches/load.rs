//! What a running service answers in a second, and how long the slowest hundredth waits: beside a bare route of the same library that
//! sends the same bytes, in the same run and process.
//!
//! `cargo bench --bench load -- [SECONDS]`, 5 a line unless said. `wrk` asks (Debian: apt-get install wrk), with 16 connections, on the
//! same cores. PostgreSQL is started where it is installed. Aim: to verify by code at 60 % of the rate of a bare route with one look-up.

#[path = "../tests/it/engines.rs"]
#[expect(clippy::unwrap_used, dead_code, unused_macros, unused_imports, reason = "the tests use all of it")]
mod engines;
#[expect(dead_code, reason = "each bench uses a part of it")]
mod house;

use std::fs;
use std::net::SocketAddr;
use std::path::Path as Folder;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, Request};
use axum::http::header::CONTENT_TYPE;
use axum::routing::get;
use engines::Place;
use house::{HOLDER, House, SUBJECT};
use mingzheng::config::{Token, TokenRole};
use mingzheng::flow::share::{self, Asked};
use mingzheng::flow::{Actor, Role, Tokens};
use mingzheng::http::{self, Face};
use mingzheng::rules::{ReportNumber, ShareKind, Terms, VerificationCode};
use mingzheng::store::reports::{Key, find};
use mingzheng::store::{Settings, Store};
use sqlx::Connection as _;
use tokio::net::TcpListener;
use tower::ServiceExt;

/// Reports that are asked about: so many that the engines go by their indexes, as they do in a city.
const REPORTS: usize = 1_000;
/// One-codes.
const SHARES: usize = 100;
const CONNECTIONS: u32 = 16;
const TOKEN: &str = "load";

fn main() {
    // `cargo test --benches` and listing ask for nothing to be timed.
    if !std::env::args().any(|argument| argument == "--bench") {
        return;
    }
    let seconds = std::env::args().skip(1).find_map(|argument| argument.parse().ok()).unwrap_or(5);
    if Command::new("wrk").arg("-v").output().is_err() {
        return println!("wrk is not installed (Debian: apt-get install wrk)");
    }
    let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    println!("load before: {}", load.trim());
    let folder = tempfile::tempdir().expect("a temporary folder");
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    run("SQLite", &runtime.block_on(Place::on_sqlite()).url, folder.path(), seconds);
    match runtime.block_on(Place::on_postgres()) {
        Some(place) => run("PostgreSQL", &place.url, folder.path(), seconds),
        None => println!("PostgreSQL: not installed"),
    }
}

/// Serves one engine, and asks it everything.
fn run(engine: &str, url: &str, folder: &Folder, seconds: u32) {
    let house = House::new(Some(url.to_owned()));
    let issued: Vec<_> = (0..REPORTS).map(|_| house.issue(SUBJECT)).collect();
    house.runtime.block_on(look_over(url));
    let codes: Vec<String> =
        issued.iter().map(|one| one.code.as_ref().expect("a new report").to_string()).collect();
    let numbers: Vec<ReportNumber> = issued.into_iter().map(|one| one.facts.number).collect();
    let address = house.runtime.block_on(serve(&house, url, &codes[0]));
    let ask = |name: &str, connections: u32, lines: Vec<String>| {
        let list = folder.join("requests");
        fs::write(&list, lines.join("\n") + "\n").expect("a list of requests");
        let (rate, half, slowest) = wrk(&address, connections, seconds, &list);
        println!("{engine:>10}  {name:<46} {connections:>2}  {rate:>9.0}/s  {half:>9}  {slowest:>9}");
        rate
    };
    println!("{:>10}  {:<46} {:>2}  {:>11}  {:>9}  {:>9}", "", "", "at", "rate", "median", "99th");
    ask("bare route", CONNECTIONS, vec!["GET /bare".into()]);
    let looked = numbers.iter().map(|number| format!("GET /bare/{number}")).collect();
    let bare = ask("bare route with one look-up", CONNECTIONS, looked);
    let by_code = |code: &String| format!("POST /api/v1/verify {{\"code\":\"{code}\"}}");
    let rate = ask("verify by code", CONNECTIONS, codes.iter().map(by_code).collect());
    println!(
        "{engine:>10}  verify by code, of the bare route with one look-up: {:.0} %",
        rate / bare * 100.0
    );
    ask("verify by a code that nobody has", CONNECTIONS, vec![by_code(&unknown())]);
    ask("verify by a mistyped code", CONNECTIONS, vec![by_code(&"2222-2222-2222-2222-3".into())]);
    let page = |code: &String| format!("GET /v/{code}");
    ask("the page of a verdict", CONNECTIONS, codes.iter().map(page).collect());
    ask("the page of a verdict, nobody else there", 1, codes.iter().map(page).collect());
    let scan = |code: &String| format!("POST /api/v1/scans {{\"code\":\"{code}\"}}");
    ask("a one-code is opened, the look stored", CONNECTIONS, grants(&house).iter().map(scan).collect());
    let body = format!("{{\"subject\":\"{SUBJECT}\",\"span\":\"5-years\"}}");
    ask(
        "a report is asked for, drawn, signed, stored",
        CONNECTIONS,
        vec![format!("POST /api/v1/reports {body}")],
    );
}

/// Lets `PostgreSQL` count what it has, as it does by itself about once a minute.
async fn look_over(url: &str) {
    if url.starts_with("postgres") {
        let mut connection = sqlx::PgConnection::connect(url).await.expect("the same database");
        sqlx::query("ANALYZE").execute(&mut connection).await.expect("statistics");
    }
}

/// One-codes for all domains and five years, that may be opened often enough.
fn grants(house: &House) -> Vec<String> {
    let holder = Actor { name: HOLDER.to_owned(), role: Role::Subject(SUBJECT.to_owned()) };
    let one = || {
        let asked = Asked {
            subject: SUBJECT.to_owned(),
            domains: Vec::new(),
            from: None,
            span: Some("5-years".to_owned()),
            to: None,
            kind: ShareKind::Grant,
            recipient: String::new(),
            download: false,
            consent: false,
            uses: Terms::MOST_USES,
            minutes: 60,
            idempotency_key: None,
        };
        let made = house.runtime.block_on(share::make(&house.app, &holder, asked)).expect("a grant");
        made.code.expect("a code").0.to_string()
    };
    (0..SHARES).map(|_| one()).collect()
}

/// A code that is well-formed, and of no report.
fn unknown() -> String {
    VerificationCode::from_random([7; 10]).to_string()
}

/// Serves the whole face, and bare routes beside it that send what verifying sends. Gives the address.
async fn serve(house: &House, url: &str, code: &str) -> String {
    let token = Token {
        name: TOKEN.into(),
        sha256: mingzheng::seal::digest(TOKEN.as_bytes()),
        role: TokenRole::Operator,
        authority: None,
        subject: None,
    };
    let face = Arc::new(Face::new(house.app.clone(), Tokens::new(&[token]), Duration::from_mins(1)));
    let whole = http::router(face);
    let question = Request::post("/api/v1/verify").header(CONTENT_TYPE, "application/json");
    let question = question.body(Body::from(format!("{{\"code\":\"{code}\"}}"))).expect("a request");
    let answer = whole.clone().oneshot(question).await.expect("an answer");
    assert_eq!(answer.status(), 200);
    let bytes = axum::body::to_bytes(answer.into_body(), usize::MAX).await.expect("a body");
    println!("a verdict by code: {} bytes", bytes.len());

    let store = Store::open(&Settings::at(url)).await.expect("the same database");
    let (plain, looked) = (bytes.clone(), bytes);
    let bare = Router::new()
        .route("/bare", get(move || async { ([(CONTENT_TYPE, "application/json")], plain) }))
        .route(
            "/bare/{number}",
            get(async move |Path(number): Path<ReportNumber>| {
                let mut tx = store.read().await.expect("a transaction");
                find(&mut tx, &Key::Number(number)).await.expect("an answer").expect("a report");
                ([(CONTENT_TYPE, "application/json")], looked)
            }),
        );
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = format!("http://{}", listener.local_addr().expect("an address"));
    let service = whole.merge(bare).into_make_service_with_connect_info::<SocketAddr>();
    tokio::spawn(async move { axum::serve(listener, service).await });
    address
}

/// Asks for so long over so many connections: answers a second, and how long half and all but a hundredth of them took.
fn wrk(address: &str, connections: u32, seconds: u32, requests: &Folder) -> (f64, String, String) {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/load/requests.lua");
    let run = Command::new("wrk")
        .args(["-t1", "--latency", "--timeout", "30s", "-s", script])
        .args([format!("-c{connections}"), format!("-d{seconds}s"), address.to_owned()])
        .env("LOAD_REQUESTS", requests)
        .env("LOAD_TOKEN", TOKEN)
        .output()
        .expect("wrk runs");
    let said = String::from_utf8_lossy(&run.stdout);
    assert!(run.status.success(), "{said}{}", String::from_utf8_lossy(&run.stderr));
    assert!(!said.contains("Non-2xx") && !said.contains("Socket errors"), "{said}");
    let after = |name: &str| {
        let line = said.lines().find_map(|line| line.trim().strip_prefix(name));
        line.unwrap_or_else(|| panic!("no {name} in {said}")).trim().to_owned()
    };
    (after("Requests/sec:").parse().expect("a rate"), after("50%"), after("99%"))
}
