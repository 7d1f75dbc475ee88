//! Batches over the interface: taken at once, followed, fetched as a signed sheet, and seen by nobody but who brought them.

use std::time::Duration;

use axum::body::Body;
use axum::http::Request;
use mingzheng::flow::{Actor, Chance, clients};
use mingzheng::rules::{AccountRole, Integrity, IssuerTrust};
use mingzheng::verify;
use serde_json::Value;

use super::browser::Browser;
use super::web::{Answer, CLERK, COMPANY, Form, OPERATOR, Web};
use crate::engines::each_on_both_engines;
use crate::flows::people::somebody;
use crate::verify_batch::zip_of;

const BATCHES: &str = "/api/v1/verifications";

async fn bring(web: &Web, token: &str, name: &str, bytes: &[u8]) -> Answer {
    let request = Request::post(BATCHES)
        .header("authorization", format!("Bearer {token}"))
        .header("content-type", Form::KIND);
    web.send(request.body(Body::from(Form::new().file(name, bytes).end())).unwrap()).await
}

async fn end(web: &Web, token: &str, path: &str) -> Answer {
    let request = Request::delete(path).header("authorization", format!("Bearer {token}"));
    web.send(request.body(Body::empty()).unwrap()).await
}

/// The token of another system that verifies.
async fn verifier(web: &Web) -> String {
    let wanted = clients::Wanted {
        name: "bank".into(),
        role: AccountRole::Verifier,
        grants: Vec::new(),
        days: 1,
        certificate: None,
    };
    clients::make(&web.house.app, &Actor::operator(), wanted).await.unwrap().secret
}

/// Waits for the end of a batch.
async fn done(web: &Web, token: &str, path: &str) -> Value {
    loop {
        let answer = web.get_as(token, path).await;
        let shown = answer.json();
        if shown["state"] != "running" {
            return shown;
        }
        assert_eq!(answer.header("retry-after"), "1");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

async fn a_batch_is_taken_followed_and_fetched(web: Web) {
    let issued = web.report().await;
    let pdf = web
        .get_as(OPERATOR, &format!("/api/v1/reports/{}/pdf", issued["number"].as_str().unwrap()))
        .await
        .body;
    let code = issued["verification_code"].as_str().unwrap();
    let zip = zip_of(&[
        ("1.pdf", &pdf),
        ("2.txt", code.as_bytes()),
        ("3.pdf", b"%PDF-1.7 cut off"),
        ("4.txt", b"ABCD"),
    ]);

    let taken = bring(&web, OPERATOR, "b.zip", &zip).await;
    assert_eq!(taken.status, 202, "{}", taken.text());
    let path = taken.header("location").to_owned();
    assert_eq!(taken.json()["total"], 4);
    let shown = done(&web, OPERATOR, &path).await;

    assert_eq!((&shown["state"], &shown["done"]), (&"done".into(), &4.into()), "{shown}");
    assert_eq!(shown["found"], serde_json::json!({ "genuine_and_valid": 2, "not": 0, "cannot_tell": 2 }));
    let file = async |name: &str| web.get_as(OPERATOR, &format!("{path}/{name}")).await;
    let (csv, signature) = (file("results.csv").await, file("results.csv.sig").await);
    assert_eq!(csv.header("content-type"), "text/csv; charset=utf-8");
    assert_eq!(csv.header("content-disposition"), "attachment; filename=\"results.csv\"");
    let verdict = verify::sheet(&csv.body, &signature.body, &web.house.bundle().await, web.house.app.now());
    assert_eq!((verdict.integrity, verdict.issuer), (Integrity::Intact, IssuerTrust::Trusted));
    assert!(csv.text().lines().nth(1).unwrap().starts_with("1.pdf,file,intact,trusted,valid,"));
    let pdf = file("results.pdf").await;
    assert_eq!(pdf.header("content-type"), "application/pdf");
    let verdict = web.post("/api/v1/verify", "application/pdf", pdf.body).await.json();
    assert_eq!(
        (&verdict["kind"]["code"], &verdict["genuine_and_valid"]),
        (&"result-sheet".into(), &false.into())
    );
    assert_eq!(file("results.exe").await.status, 404);
}

async fn nobody_sees_the_batch_of_another(web: Web) {
    let path = bring(&web, OPERATOR, "codes.txt", b"ABCD\n").await.header("location").to_owned();
    done(&web, OPERATOR, &path).await;
    let other = verifier(&web).await;
    for (token, kind, status) in
        [(other.as_str(), "not-found", 404), (CLERK, "forbidden", 403), (COMPANY, "forbidden", 403)]
    {
        for path in [path.clone(), format!("{path}/results.csv")] {
            web.get_as(token, &path).await.problem(kind, status);
        }
        end(&web, token, &path).await.problem(kind, status);
    }
    for token in [CLERK, COMPANY] {
        bring(&web, token, "codes.txt", b"ABCD\n").await.problem("forbidden", 403);
    }
    assert_eq!(web.get_as(OPERATOR, &format!("{path}/results.csv")).await.status, 200);
    web.get(&path).await.problem("unauthenticated", 401);
    web.post(BATCHES, Form::KIND, Form::new().file("a.txt", b"ABCD").end())
        .await
        .problem("unauthenticated", 401);

    assert_eq!(end(&web, OPERATOR, &path).await.status, 204);
    web.get_as(OPERATOR, &path).await.problem("not-found", 404);
}

async fn one_batch_of_a_client_runs_at_a_time_and_may_be_ended(web: Web) {
    let chance = Chance::system();
    let codes: Vec<_> = (0..10_000).map(|_| chance.code().to_string()).collect();
    let codes = codes.join("\n").into_bytes();
    let taken = bring(&web, OPERATOR, "codes.txt", &codes).await;
    assert_eq!(taken.status, 202);
    let path = taken.header("location").to_owned();

    bring(&web, OPERATOR, "codes.txt", &codes).await.problem("conflict", 409);
    web.get_as(OPERATOR, &format!("{path}/results.csv")).await.problem("conflict", 409);
    assert_eq!(
        bring(&web, &verifier(&web).await, "codes.txt", b"ABCD").await.status,
        202,
        "another client is not kept waiting"
    );
    assert_eq!(end(&web, OPERATOR, &path).await.status, 204);
    let gone = async {
        while web.get_as(OPERATOR, &path).await.status != 404 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_mins(1), gone).await.expect("an ended batch goes away");
    assert_eq!(bring(&web, OPERATOR, "codes.txt", b"ABCD").await.status, 202);
}

async fn what_is_no_batch_is_refused_with_a_reason(web: Web) {
    let refused = async |bytes: &[u8]| bring(&web, OPERATOR, "x", bytes).await.problem("unprocessable", 422);
    assert!(refused(b"").await.contains("nothing to verify"));
    assert!(refused(b"PK\x03\x04 broken").await.contains("zip"));
    assert!(refused("A\n".repeat(10_001).as_bytes()).await.contains("10000"));
    assert!(refused(b"\xff\xfe\x00").await.contains("UTF-8"));
    let other = Request::post(BATCHES)
        .header("authorization", format!("Bearer {OPERATOR}"))
        .header("content-type", Form::KIND);
    let form = Form::new().field("else", "x").end();
    web.send(other.body(Body::from(form)).unwrap()).await.problem("bad-request", 400);
    web.post_json(OPERATOR, BATCHES, &Value::Null).await.problem("unsupported-media-type", 415);
    let strange = format!("{BATCHES}/not-an-id");
    web.get_as(OPERATOR, &strange).await.problem("bad-request", 400);
}

async fn a_sheet_is_kept_for_a_day_and_ten_for_a_client(web: Web) {
    let bring = async || {
        let path = bring(&web, OPERATOR, "codes.txt", b"ABCD").await.header("location").to_owned();
        done(&web, OPERATOR, &path).await;
        web.house.pass(1000);
        path
    };
    let first = bring().await;
    for _ in 0..9 {
        bring().await;
    }
    assert_eq!(web.get_as(OPERATOR, &first).await.status, 200);
    let last = bring().await;
    assert_eq!(web.get_as(OPERATOR, &first).await.status, 404, "the oldest makes room");
    assert_eq!(web.get_as(OPERATOR, &last).await.status, 200);
    web.house.pass(24 * 3_600_000);
    assert_eq!(web.get_as(OPERATOR, &last).await.status, 404);
}

async fn a_registered_verifier_brings_a_batch_by_the_page_and_nobody_else_sees_it(web: Web) {
    let issued = web.report().await;
    let session = somebody(&web.house, "bank", AccountRole::Verifier).await.session;
    let bank = Browser::with(&web, &session).await;
    let brings = async |browser: &Browser<'_>, token: &str, list: &str| {
        let form = Form::new().field("csrf", token).file("list.csv", list.as_bytes()).end();
        let request = Request::post("/verifications")
            .header("host", "127.0.0.1:8600")
            .header("origin", "http://127.0.0.1:8600")
            .header("content-type", Form::KIND);
        browser.send(request.body(Body::from(form)).unwrap()).await
    };
    bank.get("/verifications").await;
    let token = bank.token.borrow().clone();
    let list = format!("{}\nABCD\n", issued["verification_code"].as_str().unwrap());
    assert_eq!(brings(&bank, "wrong", &list).await.status, 403);
    let empty = brings(&bank, &token, "").await;
    assert_eq!(empty.status, 422);
    assert!(empty.text().contains("文件不能用") && empty.text().contains("aria-invalid"));
    let begun = brings(&bank, &token, &list).await;
    assert_eq!(begun.status, 303, "{}", begun.text());
    let path = begun.header("location").to_owned();
    let shown = loop {
        let answer = bank.get(&path).await;
        if answer.header("refresh").is_empty() {
            break answer.text();
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    };
    for words in ["真实有效", "不能判断", issued["number"].as_str().unwrap(), "results.csv.sig"] {
        assert!(shown.contains(words), "{words}: {shown}");
    }
    assert!(bank.get("/verifications").await.text().contains(&path));
    let pdf = bank.get(&format!("{path}/results.pdf")).await;
    assert_eq!((pdf.status.as_u16(), &pdf.body[..5]), (200, &b"%PDF-"[..]));
    let other = somebody(&web.house, "other", AccountRole::Verifier).await.session;
    let other = Browser::with(&web, &other).await;
    for path in [path.clone(), format!("{path}/results.pdf")] {
        assert_eq!(other.get(&path).await.status, 404);
    }
    bank.get(&path).await;
    assert_eq!(bank.post(&format!("{path}/end"), &[]).await.header("location"), "/verifications");
    assert_eq!(bank.get(&path).await.status, 404);
}

each_on_both_engines! {
    a_batch_is_taken_followed_and_fetched;
    nobody_sees_the_batch_of_another;
    one_batch_of_a_client_runs_at_a_time_and_may_be_ended;
    what_is_no_batch_is_refused_with_a_reason;
    a_sheet_is_kept_for_a_day_and_ten_for_a_client;
    a_registered_verifier_brings_a_batch_by_the_page_and_nobody_else_sees_it;
}
