//! While the database is away every route tells so in words, in time and with when to come back; once it is there again the same
//! requests are done, without anybody's help.

use std::time::{Duration, Instant};

use axum::body::Body;
use axum::http::Request;
use futures::future::join_all;
use mingzheng::rules::AccountRole;
use serde_json::json;

use super::access::{NO_ID, filled, table};
use super::browser::Browser;
use super::web::{Answer, CLERK, COMPANY, Form, OPERATOR, Web};
use crate::flows::house::{MARKET, PARENT, csv, row};
use crate::flows::people::somebody;
use crate::stoppable::Stoppable;

/// The longest that anybody waits to be told: the wait for a connection, and for the frame of a page.
const LONGEST: Duration = Duration::from_secs(14);

/// What is answered without the database.
const WITHOUT: &[&str] = &[
    "GET /healthz",
    "GET /metrics",
    "GET /style.css",
    "GET /assets/{name}",
    "GET /offline",
    "GET /s",
    "GET /trust.json",
    "GET /problems/{kind}",
    "GET /api/v1/openapi.json",
];

/// One of each kind of what is stored, with a fresh name each time.
fn file(number: u32) -> Form {
    Form::new().field("authority", MARKET).file("a.csv", &csv(&[row(number)]))
}

async fn report(web: &Web, key: &str) -> Answer {
    let asked = json!({ "subject": PARENT, "domains": ["market-regulation"], "from": "2023-11-22" });
    let request = Request::post("/api/v1/reports")
        .header("authorization", format!("Bearer {COMPANY}"))
        .header("idempotency-key", key)
        .header("content-type", "application/json");
    web.send(request.body(Body::from(asked.to_string())).unwrap()).await
}

async fn case(web: &Web) -> Answer {
    let asked =
        json!({ "kind": "objection", "document_number": row(1).document, "statement": "记录金额有误。" });
    web.post_json(COMPANY, "/api/v1/cases", &asked).await
}

/// In both languages: a problem document, or a page in the language of its reader.
fn told(route: &str, answer: &Answer) {
    assert_eq!(answer.status, 503, "{route}: {}", answer.text());
    assert!(answer.header("retry-after").parse::<u64>().unwrap() > 0, "{route}");
    if answer.header("content-type").starts_with("application/problem+json") {
        let detail = answer.problem("unavailable", 503);
        assert!(detail.contains(" / "), "{route}: {detail}");
    } else {
        let text = answer.text();
        assert!(
            text.contains("服务暂不可用") && (text.contains("没有只做一半") || text.contains("没有响应")),
            "{route}: {text}"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_database_that_is_away_is_told_by_every_route_and_nothing_is_half_done() {
    let Some(server) = Stoppable::begin().await else { return };
    let web = Web::from(server.place().await);
    let web = web.configured(|config| config.limits = super::limits::none()).await;
    web.house.declare().await;
    web.house.send(&[row(1)]).await;
    web.house.pass(1000);
    let mut sessions = Vec::new();
    for &role in AccountRole::ALL {
        sessions.push((role.word(), somebody(&web.house, role.word(), role).await.session));
    }
    let before = web.house.kept().await;
    // What is given to everybody alike is kept in memory for a minute.
    for path in ["/readyz", "/offline", "/trust.json"] {
        assert_eq!(web.get(path).await.status, 200, "{path}");
    }

    server.stop("immediate").await;
    let begun = Instant::now();
    let table = table();
    let asked = table.iter().map(async |(route, passes)| {
        let (method, path) = route.split_once(' ').unwrap();
        let role = passes.split_whitespace().next().unwrap();
        let browser = Browser::new(&web);
        if !["open", "token"].contains(&role) {
            let session = sessions.iter().find(|(word, _)| *word == role).unwrap_or(&sessions[0]).1.clone();
            browser.cookies.borrow_mut().insert("mz_session".into(), session);
        }
        let mut request = Request::builder().method(method).uri(filled(path, NO_ID));
        if passes == "token" {
            request = request.header("authorization", format!("Bearer {OPERATOR}"));
        }
        let answer = browser.send(request.body(Body::empty()).unwrap()).await;
        (route.as_str(), answer, begun.elapsed())
    });
    let writes = async {
        tokio::join!(web.upload(CLERK, file(2)), report(&web, "away"), case(&web), web.get("/readyz"))
    };
    let (answers, (sent, issued, opened, ready)) = tokio::join!(join_all(asked), writes);
    for (route, answer) in [("upload", &sent), ("report", &issued), ("case", &opened), ("ready", &ready)] {
        told(route, answer);
    }
    let mut away = 0;
    for (route, answer, took) in answers {
        let status = answer.status.as_u16();
        assert!(took < LONGEST, "{route}: {took:?}");
        assert!(status == 503 || status < 500, "{route}: {status} {}", answer.text());
        if WITHOUT.contains(&route) {
            assert_ne!(status, 503, "{route}");
        }
        if status == 503 {
            told(route, &answer);
            away += 1;
        } else {
            println!("{route}: {status}");
        }
    }
    assert!(away > 150, "{away} of {}", table.len());

    server.start().await;
    assert_eq!(web.house.kept().await, before);
    assert_eq!(web.get("/readyz").await.status, 200);
    assert_eq!(web.upload(CLERK, file(2)).await.json()["accepted"], 1);
    assert_eq!(report(&web, "away").await.status, 201);
    assert_eq!(report(&web, "away").await.status, 200);
    assert_eq!(case(&web).await.status, 201);
    web.house.journal().await;
}
