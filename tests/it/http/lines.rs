//! Rows as lines of JSON, request by request.

use axum::body::Body;
use axum::http::Request;
use mingzheng::flow::lines;
use serde_json::json;

use super::web::{Answer, CLERK, COMPANY, Web};
use crate::engines::each_on_both_engines;
use crate::flows::house::{Row, row};
use crate::flows::ndjson;

async fn send(web: &Web, token: &str, key: Option<&str>, kind: &str, body: Vec<u8>) -> Answer {
    let mut request = Request::post("/api/v1/records?domain=market-regulation")
        .header("authorization", format!("Bearer {token}"))
        .header("content-type", kind);
    if let Some(key) = key {
        request = request.header("idempotency-key", key);
    }
    web.send(request.body(Body::from(body)).unwrap()).await
}

const KIND: &str = "application/x-ndjson";

async fn the_same_key_brings_the_same_receipt(web: Web) {
    let body = || ndjson(&[row(1), row(2)]);
    let first = send(&web, CLERK, Some("a"), KIND, body()).await;
    assert_eq!(first.status, 201, "{}", first.text());
    assert_eq!(
        (&first.json()["accepted"], &first.json()["file_name"]),
        (&json!(2), &json!("records.ndjson"))
    );
    let again = send(&web, CLERK, Some("a"), "application/jsonl; charset=utf-8", body()).await;
    assert_eq!((again.status.as_u16(), &again.json()["upload"]), (200, &first.json()["upload"]));
    send(&web, CLERK, Some("a"), KIND, ndjson(&[row(3)])).await.problem("conflict", 409);
    let receipt = web.get_as(CLERK, first.header("location")).await;
    assert_eq!(receipt.json()["receipt"]["upload"], first.json()["upload"]);
}

async fn a_code_that_the_register_confirms_is_taken_as_in_a_file(web: Web) {
    let wrong = Row { code: "91310115MATE5T0170".into(), ..row(1) };
    let send = async |key: &str, query: &str| {
        let request = Request::post(format!("/api/v1/records?domain=market-regulation{query}"))
            .header("authorization", format!("Bearer {CLERK}"))
            .header("content-type", KIND)
            .header("idempotency-key", key);
        web.send(request.body(Body::from(ndjson(std::slice::from_ref(&wrong)))).unwrap()).await
    };
    assert_eq!(send("a", "").await.json()["rejected"], 1);
    let confirmed = "&confirmed_codes=91310115MATE5T0170";
    send("b", confirmed).await.problem("unprocessable", 422);
    let confirmed =
        format!("{confirmed}&confirmed_because=%E7%99%BB%E8%AE%B0%E6%9C%BA%E5%85%B3%E7%A1%AE%E8%AE%A4");
    let taken = send("b", &format!("{confirmed}&layout=national-2018")).await;
    assert_eq!((taken.status.as_u16(), &taken.json()["accepted"]), (201, &json!(1)), "{}", taken.text());
    assert_eq!(taken.json()["layout"], "national-2018");
    send("a", &confirmed).await.problem("conflict", 409);
    send("c", "&layout=unheard-of").await.problem("unreadable-file", 422);
}

async fn each_wrong_request_gets_its_own_problem(web: Web) {
    let body = || ndjson(&[row(1)]);
    send(&web, CLERK, None, KIND, body()).await.problem("bad-request", 400);
    send(&web, CLERK, Some("a"), "text/csv", body()).await.problem("unsupported-media-type", 415);
    send(&web, CLERK, Some("a"), KIND, Vec::new()).await.problem("unprocessable", 422);
    send(&web, CLERK, Some("a"), KIND, b"{}\n".repeat(10_001)).await.problem("unprocessable", 422);
    send(&web, CLERK, Some("a"), KIND, vec![b' '; lines::BYTES + 1]).await.problem("too-large", 413);
    send(&web, COMPANY, Some("a"), KIND, body()).await.problem("unprocessable", 422);
    send(&web, CLERK, Some("a"), KIND, b"no json\n".to_vec()).await;
    assert_eq!(web.house.number("SELECT COUNT(*) FROM record_version").await, 0);
}

async fn who_finds_the_line_full_is_told_when_to_come_again(web: Web) {
    let mut places = Vec::new();
    for _ in 0..4 {
        places.push(lines::place(&web.house.app).await.unwrap());
    }
    let app = web.house.app.clone();
    let waiting: Vec<_> = (0..16)
        .map(|_| {
            let app = app.clone();
            tokio::spawn(async move { lines::place(&app).await.map(drop) })
        })
        .collect();
    tokio::time::sleep(std::time::Duration::from_millis(200)).await;
    let full = send(&web, CLERK, Some("a"), KIND, ndjson(&[row(1)])).await;
    full.problem("too-many-requests", 429);
    assert_eq!(full.header("retry-after"), "5");
    drop(places);
    for waits in waiting {
        waits.await.unwrap().unwrap();
    }
    assert_eq!(send(&web, CLERK, Some("a"), KIND, ndjson(&[row(1)])).await.status, 201);
}

each_on_both_engines! {
    the_same_key_brings_the_same_receipt;
    a_code_that_the_register_confirms_is_taken_as_in_a_file;
    each_wrong_request_gets_its_own_problem;
    who_finds_the_line_full_is_told_when_to_come_again;
}
