//! Subjects ask for reports and fetch them.

use axum::body::Body;
use axum::http::Request;
use mingzheng::seal;
use serde_json::{Value, json};

use super::web::{Answer, CLERK, COMPANY, OPERATOR, Web};
use crate::engines::each_on_both_engines;
use crate::flows::house::{PARENT, SUBSIDIARY};

fn asked() -> Value {
    json!({ "subject": PARENT, "domains": ["market-regulation"], "from": "2023-11-22" })
}

fn with(name: &str, value: Value) -> Value {
    let mut asked = asked();
    asked[name] = value;
    asked
}

async fn keyed(web: &Web, key: &[u8], asked: &Value) -> Answer {
    let request = Request::post("/api/v1/reports")
        .header("authorization", format!("Bearer {COMPANY}"))
        .header("content-type", "application/json")
        .header("idempotency-key", key);
    web.send(request.body(Body::from(asked.to_string())).unwrap()).await
}

async fn a_report_is_issued_shown_and_fetched(web: Web) {
    let issued = web.report().await;
    let number = issued["number"].as_str().unwrap();
    let code = issued["verification_code"].as_str().unwrap();
    let url = issued["verification_url"].as_str().unwrap();
    assert!(url.ends_with(&format!("/v/{}", code.replace('-', ""))), "{url}");
    assert_eq!((&issued["repeated"], &issued["summary"]["domains"]), (&json!(false), &json!(1)));

    let shown = web.get_as(COMPANY, &format!("/api/v1/reports/{number}")).await;
    assert_eq!(shown.status, 200);
    let shown_json = shown.json();
    assert_eq!(shown_json["status"]["status"], "valid");
    assert_eq!(shown_json["facts"]["subject"]["code"], PARENT);
    assert_eq!(shown_json["pdf_sha256"], issued["pdf_sha256"]);
    assert!(!shown.text().contains(code));

    let pdf = web.get_as(OPERATOR, issued["pdf"].as_str().unwrap()).await;
    assert_eq!((pdf.status.as_u16(), pdf.header("content-type")), (200, "application/pdf"));
    assert_eq!(json!(seal::digest(&pdf.body)), issued["pdf_sha256"]);
    assert_eq!(pdf.header("etag"), format!("\"{}\"", issued["pdf_sha256"].as_str().unwrap()));
    assert!(pdf.header("content-disposition").contains(number));
}

async fn answers_say_how_far_the_timestamp_is_and_measurements_how_many_wait(web: Web) {
    let issued = web.report().await;
    assert_eq!((&issued["level"], &issued["timestamp"]), (&json!("B-LT"), &json!("done")));
    assert!(issued["timestamped_at"].is_string());
    assert!(web.get("/metrics").await.text().contains("mingzheng_timestamps_pending 0"));

    // An address where nobody listens.
    let trust = web.house.config.keys().join("root.pem");
    let web = web.configured(|config| {
        config.timestamp.url = "http://127.0.0.1:9/".to_owned();
        config.timestamp.trust = Some(trust);
    });
    let web = web.await;
    let issued = web.report().await;
    assert_eq!((&issued["level"], &issued["timestamp"]), (&json!("B-B"), &json!("pending")));
    let number = issued["number"].as_str().unwrap();
    let shown = web.get_as(OPERATOR, &format!("/api/v1/reports/{number}")).await.json();
    assert_eq!((&shown["timestamp"], &shown["timestamped_at"]), (&json!("pending"), &Value::Null));
    assert!(web.get("/metrics").await.text().contains("mingzheng_timestamps_pending 1"));
}

async fn a_report_is_nobody_elses(web: Web) {
    let asked = json!({ "subject": SUBSIDIARY, "span": "12-months" });
    let issued = web.post_json(OPERATOR, "/api/v1/reports", &asked).await.json();
    let number = issued["number"].as_str().unwrap();
    for token in [COMPANY, CLERK] {
        for path in [format!("/api/v1/reports/{number}"), format!("/api/v1/reports/{number}/pdf")] {
            web.get_as(token, &path).await.problem("not-found", 404);
        }
        web.post_json(token, "/api/v1/reports", &asked).await.problem("forbidden", 403);
    }
    for odd in ["MZCR-1", "..%2f..", "%00", "MZCR-20261122-22222222-2"] {
        web.get_as(OPERATOR, &format!("/api/v1/reports/{odd}")).await.problem("not-found", 404);
    }
}

async fn the_same_key_gives_the_same_report(web: Web) {
    let first = keyed(&web, b"order-1", &asked()).await;
    let second = keyed(&web, b"order-1", &asked()).await;
    assert_eq!((first.status.as_u16(), second.status.as_u16()), (201, 200));
    let (first, second) = (first.json(), second.json());
    assert_eq!(second["number"], first["number"]);
    assert_eq!((&second["repeated"], &second["verification_code"]), (&json!(true), &Value::Null));

    keyed(&web, b"order-1", &with("edition", json!("en"))).await.problem("conflict", 409);
    keyed(&web, b"", &asked()).await.problem("bad-request", 400);
    keyed(&web, "钥匙".as_bytes(), &asked()).await.problem("bad-request", 400);
    keyed(&web, &[b'k'; 201], &asked()).await.problem("bad-request", 400);
}

async fn each_wrong_request_gets_its_own_problem(web: Web) {
    let cases = [
        (with("from", json!("2026-11-23")), "unprocessable", 422, "period"),
        (with("from", json!("2020-01-01")), "unprocessable", 422, "earliest"),
        (with("from", json!("2026-02-30")), "unprocessable", 422, "from"),
        (with("to", json!("2027-01-01")), "unprocessable", 422, "after today"),
        (with("domains", json!([])), "unprocessable", 422, "domain"),
        (with("domains", json!(["no-such"])), "unprocessable", 422, "no-such"),
        (with("domains", json!(["No Such!"])), "unprocessable", 422, "domains"),
        (with("preset", json!("nothing")), "unprocessable", 422, "listing"),
        (with("purpose", json!("nothing")), "unprocessable", 422, "purpose"),
        (with("edition", json!("fr")), "unprocessable", 422, "zh-en or extract"),
        (with("colour", json!("red")), "unprocessable", 422, "colour"),
        (json!({ "subject": PARENT }), "unprocessable", 422, "period"),
        (json!({}), "unprocessable", 422, "subject"),
        (json!([]), "unprocessable", 422, ""),
    ];
    for (asked, kind, status, word) in cases {
        let detail = web.post_json(COMPANY, "/api/v1/reports", &asked).await.problem(kind, status);
        assert!(detail.contains(word), "{asked}: {detail}");
    }
    let detail =
        web.post_json(OPERATOR, "/api/v1/reports", &with("subject", json!("91310115MATE5T9990"))).await;
    assert!(detail.problem("unknown-subject", 404).contains("91310115MATE5T9990"));
    web.post_json(COMPANY, "/api/v1/reports", &with("subject", json!("nobody")))
        .await
        .problem("forbidden", 403);

    let raw = async |kind: &str, body: &'static str| {
        let request = Request::post("/api/v1/reports").header("authorization", format!("Bearer {COMPANY}"));
        web.send(request.header("content-type", kind).body(Body::from(body)).unwrap()).await
    };
    raw("application/json", "{").await.problem("bad-request", 400);
    raw("application/json", "").await.problem("bad-request", 400);
    raw("application/json", "\u{0}").await.problem("bad-request", 400);
    raw("text/plain", "{}").await.problem("unsupported-media-type", 415);
    assert_eq!(web.house.number("SELECT COUNT(*) FROM report").await, 0);
}

each_on_both_engines! {
    a_report_is_issued_shown_and_fetched;
    answers_say_how_far_the_timestamp_is_and_measurements_how_many_wait;
    a_report_is_nobody_elses;
    the_same_key_gives_the_same_report;
    each_wrong_request_gets_its_own_problem;
}
