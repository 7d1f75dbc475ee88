//! How many requests there may be: by address, by account and by code.

use std::net::SocketAddr;

use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::Request;
use mingzheng::config::{Config, Limits};
use mingzheng::rules::{AccountRole, VerificationCode};
use serde_json::json;

use super::web::{Answer, COMPANY, Form, OPERATOR, OTHER, Web};
use crate::flows::house::PARENT;
use crate::flows::people::somebody;

/// No limit at all.
pub(super) fn none() -> Limits {
    Limits {
        verify_address: 0,
        verify_code: 0,
        sign_in_address: 0,
        report_address: 0,
        report_account: 0,
        upload_address: 0,
        upload_account: 0,
        rows_address: 0,
        rows_account: 0,
        rating_address: 0,
        follow_account: 0,
    }
}

/// Nothing is limited but what a test limits.
fn free(config: &mut Config) -> &mut Limits {
    config.limits = none();
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

/// A number of the configuration.
type Number = fn(&mut Limits) -> &mut u32;

/// Each limit of so many requests by one address, and everything that it counts. What is limited is found by the tables alone, before
/// any body is read.
const BY_ADDRESS: &[(Number, &[&str])] = &[
    (
        |it| &mut it.sign_in_address,
        &[
            "POST /sign-in",
            "POST /sign-in/factor",
            "POST /sign-in/enrol",
            "POST /sign-in/renew",
            "GET /sign-in/with/x",
            "GET /sign-in/from/x",
            "POST /account/links/x",
            "POST /account/password",
            "POST /account/factor",
            "GET /invitation/x",
            "POST /invitation/x",
            "POST /invitation/x/with/x",
        ],
    ),
    (
        |it| &mut it.report_address,
        &[
            "POST /api/v1/reports",
            "POST /api/v1/reports/x/renewal",
            "POST /my/request",
            "POST /my/preview",
            "POST /counter/request",
            "POST /my/reports/x/renewal",
            "POST /looks/00000000-0000-0000-0000-000000000009/report",
        ],
    ),
    (
        |it| &mut it.upload_address,
        &[
            "POST /api/v1/uploads",
            "POST /api/v1/verifications",
            "POST /api/v1/cases/00000000-0000-0000-0000-000000000009/evidence",
            "POST /my/cases/00000000-0000-0000-0000-000000000009/evidence",
            "POST /desk/cases/00000000-0000-0000-0000-000000000009/evidence",
            "POST /my/records/00000000-0000-0000-0000-000000000009/object",
            "POST /desk/upload",
            "POST /desk/records/new",
            "POST /verifications",
        ],
    ),
    (|it| &mut it.rows_address, &["POST /api/v1/records"]),
    (|it| &mut it.verify_address, &["GET /c/ABCD", "POST /c/ABCD", "POST /c/ABCD/ask", "POST /api/v1/scans"]),
    (|it| &mut it.rating_address, &["POST /ratings"]),
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_limit_by_address_counts_all_that_it_is_for() {
    let mut web = Web::open().await;
    for (number, routes) in BY_ADDRESS {
        web = web.configured(|config| *number(free(config)) = 1).await;
        for (at, route) in routes.iter().enumerate() {
            let (method, path) = route.split_once(' ').unwrap();
            let ask = async |peer: &str| {
                let request = Request::builder().method(method).uri(path);
                from(&web, peer, request, String::new()).await.status.as_u16()
            };
            let (here, elsewhere) = (format!("192.0.2.{at}"), format!("198.51.100.{at}"));
            assert_ne!(ask(&here).await, 429, "{route}");
            assert_eq!(ask(&here).await, 429, "{route}");
            assert_ne!(ask(&elsewhere).await, 429, "{route}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_limit_by_account_counts_all_that_it_is_for() {
    const BY_ACCOUNT: &[(Number, &[&str])] = &[
        (
            |it| &mut it.report_account,
            &[
                "POST /api/v1/reports",
                "POST /api/v1/reports/x/renewal",
                "POST /my/request",
                "POST /my/preview",
            ],
        ),
        (
            |it| &mut it.upload_account,
            &[
                "POST /api/v1/uploads",
                "POST /api/v1/verifications",
                "POST /api/v1/cases/00000000-0000-0000-0000-000000000009/evidence",
                "POST /my/cases/00000000-0000-0000-0000-000000000009/evidence",
                "POST /my/records/00000000-0000-0000-0000-000000000009/object",
                "POST /desk/upload",
                "POST /desk/records/new",
                "POST /verifications",
            ],
        ),
        (|it| &mut it.rows_account, &["POST /api/v1/records"]),
        (|it| &mut it.follow_account, &["GET /codes/00000000-0000-0000-0000-000000000009/events"]),
    ];
    let web = Web::open().await;
    let one = somebody(&web.house, "one", AccountRole::Agent).await.session;
    let two = somebody(&web.house, "two", AccountRole::Agent).await.session;
    let mut web = web;
    for (number, routes) in BY_ACCOUNT {
        for (at, route) in routes.iter().enumerate() {
            web = web.configured(|config| *number(free(config)) = 1).await;
            let (method, path) = route.split_once(' ').unwrap();
            let ask = async |first: bool, peer: &str| {
                let request = Request::builder().method(method).uri(path);
                let request = if path.starts_with("/api/") {
                    let token = if first { COMPANY } else { OTHER };
                    request.header("authorization", format!("Bearer {token}"))
                } else {
                    request.header("cookie", format!("mz_session={}", if first { &one } else { &two }))
                };
                from(&web, &format!("{peer}.{at}"), request, String::new()).await.status.as_u16()
            };
            assert_ne!(ask(true, "192.0.2").await, 429, "{route}");
            assert_eq!(ask(true, "198.51.100").await, 429, "{route}: from wherever");
            assert_ne!(ask(false, "192.0.2").await, 429, "{route}");
        }
    }
}

/// Everything that verifies a code, with the code in its place.
async fn every_way(
    web: &Web,
    session: &str,
    token: &str,
    peer: &str,
    code: &str,
) -> Vec<(&'static str, u16)> {
    let page = |request: axum::http::request::Builder| {
        request
            .header("cookie", format!("mz_session={session}"))
            .header("host", "127.0.0.1:8600")
            .header("origin", "http://127.0.0.1:8600")
            .header("accept", "text/html")
    };
    let api = |path: &str| {
        let request = Request::post(path).header("content-type", "application/json");
        request.header("authorization", format!("Bearer {token}"))
    };
    let address = format!("http://127.0.0.1:8600/v/{code}");
    let csrf = {
        let shown = from(web, "203.0.113.250", page(Request::get("/watches")), String::new()).await.text();
        let (_, rest) = shown.rsplit_once("name=\"csrf\" value=\"").unwrap();
        rest.split('"').next().unwrap().to_owned()
    };
    let form = String::from_utf8(Form::new().field("code", &address).end()).unwrap();
    let asked = [
        ("by the interface", api("/api/v1/verify"), json!({ "code": code }).to_string()),
        ("by an address without a claim", api("/api/v1/verify"), json!({ "qr": address }).to_string()),
        ("by its page", page(Request::get(format!("/v/{code}"))), String::new()),
        ("by the form", page(Request::post("/v").header("content-type", Form::KIND)), form),
        ("to watch it", api("/api/v1/watches"), json!({ "code": code }).to_string()),
        (
            "to watch it by the page",
            page(Request::post("/watches").header("content-type", "application/x-www-form-urlencoded")),
            format!("csrf={csrf}&code={code}"),
        ),
    ];
    let mut found = Vec::new();
    for (at, (way, request, body)) in asked.into_iter().enumerate() {
        let answer = from(web, &format!("{peer}{at}"), request, body).await;
        found.push((way, answer.status.as_u16()));
    }
    found
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_code_is_counted_in_whatever_way_it_is_tried() {
    let web = Web::open().await;
    let session = somebody(&web.house, "bank", AccountRole::Verifier).await.session;
    let alike = |last: u8| code([9, 9, 9, 9, 9, 9, 9, 9, 9, last]);
    // By its beginning, from six addresses.
    let web = web.configured(|config| free(config).verify_code = 1).await;
    assert_eq!(verify(&web, "192.0.2.99", &alike(1)).await.status, 200);
    for (way, status) in every_way(&web, &session, OPERATOR, "192.0.2.1", &alike(2)).await {
        assert_eq!(status, 429, "{way}");
    }
    // By the address, each code of another beginning.
    let web = web.configured(|config| free(config).verify_address = 1).await;
    for at in 0..6 {
        assert_eq!(verify(&web, &format!("192.0.2.1{at}"), &code([at; 10])).await.status, 200);
    }
    for (way, status) in every_way(&web, &session, OPERATOR, "192.0.2.1", &alike(3)).await {
        assert_eq!(status, 429, "{way}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_batch_in_which_codes_are_guessed_ends() {
    let web = Web::open().await.configured(|config| free(config).verify_code = 3).await;
    let alike = |last: u8| code([9, 9, 9, 9, 9, 9, 9, 9, 9, last]);
    let bring = async |codes: Vec<String>| {
        let body = Form::new().file("codes.txt", codes.join("\n").as_bytes()).end();
        let request = Request::post("/api/v1/verifications")
            .header("authorization", format!("Bearer {OPERATOR}"))
            .header("content-type", Form::KIND);
        let taken = web.send(request.body(Body::from(body)).unwrap()).await;
        assert_eq!(taken.status, 202, "{}", taken.text());
        let path = taken.header("location").to_owned();
        loop {
            let shown = web.get_as(OPERATOR, &path).await.json();
            if shown["state"] != "running" {
                return shown;
            }
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    };
    let many = (0..200_u8).map(|at| code([at; 10])).chain(vec![alike(1); 50]).collect();
    assert_eq!(bring(many).await["state"], "done", "codes of their own beginnings, and one again and again");
    let guessed = bring((2..9).map(alike).collect()).await;
    assert_eq!(guessed["state"], "failed", "{guessed}");
    assert!(guessed["detail"].as_str().unwrap().contains("begin alike"), "{guessed}");
    web.house.pass(60_000);
    assert_eq!(bring(vec![alike(1), alike(2)]).await["state"], "done");
}
