//! How many requests there may be: by address, by account and by code.

use std::net::SocketAddr;

use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::Request;
use mingzheng::config::{Config, Limits};
use mingzheng::rules::VerificationCode;
use serde_json::json;

use super::web::{Answer, COMPANY, OPERATOR, OTHER, Web};
use crate::flows::house::PARENT;

/// Nothing is limited but what a test limits.
fn free(config: &mut Config) -> &mut Limits {
    config.limits = Limits {
        verify_address: 0,
        verify_code: 0,
        sign_in_address: 0,
        report_address: 0,
        report_account: 0,
        upload_address: 0,
        upload_account: 0,
        rows_address: 0,
        rows_account: 0,
    };
    &mut config.limits
}

/// A code that checks and that nobody has, with these bytes inside.
fn code(random: [u8; 10]) -> String {
    VerificationCode::from_random(random).compact()
}

async fn from(web: &Web, peer: &str, request: axum::http::request::Builder, body: String) -> Answer {
    let peer: SocketAddr =
        if peer.contains(':') { format!("[{peer}]:9") } else { format!("{peer}:9") }.parse().unwrap();
    web.send(request.extension(ConnectInfo(peer)).body(Body::from(body)).unwrap()).await
}

async fn verify(web: &Web, peer: &str, code: &str) -> Answer {
    let request = Request::post("/api/v1/verify").header("content-type", "application/json");
    from(web, peer, request, json!({ "code": code }).to_string()).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_address_verifies_so_many_times_and_others_go_on() {
    let web = Web::open().await.configured(|config| free(config).verify_address = 3).await;
    let (here, neighbour, elsewhere) = ("2001:db8:1:2::1", "2001:db8:1:2:ffff::7", "2001:db8:1:3::1");
    for _ in 0..3 {
        assert_eq!(verify(&web, here, &code([1; 10])).await.status, 200);
    }
    let refused = verify(&web, neighbour, &code([2; 10])).await;
    let told = refused.problem("too-many-requests", 429);
    assert_eq!(
        told,
        "同一网络地址每分钟最多核验 3 次,请 20 秒后再试 / at most 3 verifications a minute from one network address: try again in 20 seconds"
    );
    assert_eq!(refused.header("retry-after"), "20");
    assert_eq!(verify(&web, elsewhere, &code([2; 10])).await.status, 200);
    assert_eq!(verify(&web, "192.0.2.1", &code([2; 10])).await.status, 200);
    assert_eq!(
        from(&web, here, Request::get("/"), String::new()).await.status,
        200,
        "pages are read all the same"
    );
    let page = Request::get(format!("/v/{}", code([1; 10]))).header("accept", "text/html");
    let page = from(&web, here, page, String::new()).await;
    assert_eq!((page.status.as_u16(), page.header("retry-after")), (429, "20"));
    assert!(page.text().contains("<h1>") && page.text().contains("同一网络地址每分钟最多核验 3 次"));
    web.house.pass(19_000);
    assert_eq!(verify(&web, here, &code([1; 10])).await.status, 429);
    web.house.pass(1_000);
    assert_eq!(verify(&web, here, &code([1; 10])).await.status, 200);
    assert_eq!(verify(&web, here, &code([1; 10])).await.status, 429);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_typing_error_counts_for_nothing() {
    let web = Web::open().await.configured(|config| free(config).verify_address = 1).await;
    let right = code([7; 10]);
    let last = if right.ends_with('A') { "B" } else { "A" };
    let wrong = format!("{}{last}", &right[..16]);
    for _ in 0..5 {
        let answer = verify(&web, "192.0.2.1", &wrong).await;
        assert_eq!(answer.json()["reasons"][0]["code"], "code-mistyped");
        assert_eq!(
            from(&web, "192.0.2.1", Request::get(format!("/v/{wrong}")), String::new()).await.status,
            200
        );
    }
    assert_eq!(verify(&web, "192.0.2.1", &right).await.status, 200);
    assert_eq!(verify(&web, "192.0.2.1", &right).await.status, 429);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn codes_that_begin_alike_are_tried_so_many_times_by_everybody_together() {
    let web = Web::open().await.configured(|config| free(config).verify_code = 2).await;
    let alike = |last: u8| code([9, 9, 9, 9, 9, 9, 9, 9, 9, last]);
    for (peer, last) in [("192.0.2.1", 1), ("192.0.2.2", 2)] {
        assert_eq!(verify(&web, peer, &alike(last)).await.status, 200);
    }
    let told = verify(&web, "192.0.2.3", &alike(3)).await.problem("too-many-requests", 429);
    assert!(told.contains("开头相同的核验码") && told.contains("of codes that begin alike"), "{told}");
    assert_eq!(verify(&web, "192.0.2.3", &code([8; 10])).await.status, 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_proxy_is_believed_where_it_is_ours_and_nobody_else() {
    let small = |config: &mut Config| free(config).sign_in_address = 1;
    let knock = async |web: &Web, peer: &str, behind: &str| {
        let request = Request::get("/invitation/none").header("x-forwarded-for", behind);
        from(web, peer, request, String::new()).await.status.as_u16()
    };
    let web = Web::open().await.configured(small).await;
    assert_eq!(knock(&web, "198.51.100.1", "203.0.113.1").await, 404);
    assert_eq!(knock(&web, "198.51.100.1", "203.0.113.2").await, 429, "not ours: it may say what it likes");
    let web = Web::open().await.behind_with(&["198.51.100.1"], small).await;
    assert_eq!(knock(&web, "198.51.100.1", "203.0.113.1").await, 404);
    assert_eq!(knock(&web, "198.51.100.1", "203.0.113.2").await, 404);
    assert_eq!(
        knock(&web, "198.51.100.1", "203.0.113.9, 203.0.113.2").await,
        429,
        "the last one is who came to it"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_asks_for_so_many_reports_and_others_go_on() {
    let web = Web::open().await.configured(|config| free(config).report_account = 1).await;
    let asked = json!({ "subject": PARENT, "domains": ["market-regulation"], "from": "2023-11-22" });
    assert_eq!(web.post_json(COMPANY, "/api/v1/reports", &asked).await.status, 201);
    let refused = web.post_json(COMPANY, "/api/v1/reports", &asked).await;
    assert_eq!(refused.header("retry-after"), "60");
    assert!(
        refused
            .problem("too-many-requests", 429)
            .contains("at most 1 requests for a report a minute by one account")
    );
    assert_eq!(web.post_json(OTHER, "/api/v1/reports", &asked).await.status, 403);
    assert_eq!(web.post_json(OPERATOR, "/api/v1/reports", &asked).await.status, 201);
    assert_eq!(web.post_json("mz_nobody", "/api/v1/reports", &asked).await.status, 401);
}
