//! Files in the background, as a regulator's system follows them.

use std::time::Duration;

use axum::body::Body;
use axum::http::Request;
use mingzheng::flow::{Actor, clients, sessions, worker};
use mingzheng::rules::{AccountRole, Grant};
use serde_json::{Value, json};

use super::browser::Browser;
use super::web::{Answer, CLERK, COMPANY, Form, OPERATOR, Web};
use crate::engines::each_on_both_engines;
use crate::flows::house::{MARKET, Row, csv, row};
use crate::flows::people::somebody;

fn form() -> Form {
    let faulty = Row { code: "91310115MATE5T0170".into(), ..row(3) };
    Form::new().field("authority", MARKET).file("penalties.csv", &csv(&[row(1), row(2), row(1), faulty]))
}

async fn in_background(web: &Web) -> Answer {
    let request = Request::post("/api/v1/uploads")
        .header("authorization", format!("Bearer {CLERK}"))
        .header("prefer", "wait=1, respond-async")
        .header("content-type", Form::KIND);
    web.send(request.body(Body::from(form().end())).unwrap()).await
}

async fn as_(web: &Web, token: &str, method: &str, path: &str) -> Answer {
    let request =
        Request::builder().method(method).uri(path).header("authorization", format!("Bearer {token}"));
    web.send(request.body(Body::empty()).unwrap()).await
}

async fn a_file_in_the_background_is_followed_to_its_receipt(web: Web) {
    let accepted = in_background(&web).await;
    assert_eq!(accepted.status, 202, "{}", accepted.text());
    let (job, place) = (accepted.json(), accepted.header("location").to_owned());
    assert_eq!(place, format!("/api/v1/jobs/{}", job["id"].as_str().unwrap()));
    assert_eq!((&job["state"], &job["kind"]), (&json!("queued"), &json!("upload")));
    assert_eq!(accepted.header("preference-applied"), "respond-async");
    assert_eq!(in_background(&web).await.json()["id"], job["id"]);

    worker::work_once(&web.house.app).await.unwrap().unwrap();

    let done = web.get_as(CLERK, &place).await.json();
    assert_eq!((&done["state"], &done["progress"]["rows_done"]), (&json!("done"), &json!(4)), "{done}");
    let receipt = &done["outcome"]["receipt"];
    for (name, count) in [("submitted", 4), ("accepted", 2), ("repeated", 1), ("rejected", 1)] {
        assert_eq!(receipt[name], count, "{name}");
    }
    assert_eq!(done["outcome"]["faults"][0]["column"], "CF_XDR_SHXYM");
    let events = web.get_as(CLERK, &format!("{place}/events")).await;
    assert_eq!(events.header("content-type"), "text/event-stream");
    let text = events.text();
    assert!(text.contains("event: done\n") && text.contains("\"state\":\"done\""), "{text}");
    let last = text.lines().find_map(|line| line.strip_prefix("id: ")).unwrap().to_owned();
    let request = Request::get(format!("{place}/events")).header("authorization", format!("Bearer {CLERK}"));
    let seen = web.send(request.header("last-event-id", last).body(Body::empty()).unwrap()).await;
    assert_eq!(seen.status, 204);

    let upload = format!("/api/v1/uploads/{}", receipt["upload"].as_str().unwrap());
    let file = web.get_as(CLERK, &upload).await;
    assert_eq!(
        (&file.json()["receipt"], &file.json()["signature"]),
        (receipt, &done["outcome"]["signature"])
    );
    let listed = web.get_as(CLERK, "/api/v1/uploads").await.json();
    assert_eq!(&listed["uploads"][0], receipt);
    let rejects = web.get_as(CLERK, &format!("{upload}/rejects")).await;
    assert!(rejects.text().contains("91310115MATE5T0170"));
    let rows = web.get_as(CLERK, &format!("{upload}/rows.csv")).await;
    assert!(rows.text().contains("\r\n3,repeated,"), "{}", rows.text());
    assert!(web.get("/metrics").await.text().contains("mingzheng_jobs{state=\"open\"} 0"));

    // The receipt is recognised as what it is, and what was changed as changed.
    let verified = web.post("/api/v1/verify", "application/json", file.body.clone()).await.json();
    let told = |verdict: &Value| (verdict["integrity"].clone(), verdict["kind"]["code"].clone());
    assert_eq!(told(&verified), (json!("intact"), json!("upload-receipt")));
    assert_eq!(verified["genuine_and_valid"], false);
    let changed = file.text().replace("\"accepted\":2", "\"accepted\":3");
    let verified = web.post("/api/v1/verify", "application/octet-stream", changed).await.json();
    assert_eq!(told(&verified), (json!("altered"), json!("upload-receipt")));
    let page = web.post("/v", Form::KIND, Form::new().file("receipt.json", &file.body).end()).await;
    assert!(page.text().contains("这是上传回执，不是信用报告"), "{}", page.text());
}

async fn a_job_is_followed_for_as_long_as_token_and_session_hold(web: Web) {
    let app = &web.house.app;
    let id = in_background(&web).await.json()["id"].as_str().unwrap().to_owned();
    let wanted = clients::Wanted {
        name: "system".into(),
        role: AccountRole::Clerk,
        grants: vec![Grant { object: MARKET.to_owned(), ..Grant::default() }],
        days: 1,
        certificate: None,
    };
    let token = clients::make(app, &Actor::operator(), wanted).await.unwrap().secret;
    let session = somebody(&web.house, "clerk", AccountRole::Clerk).await.session;
    let (in_api, at_desk) = (format!("/api/v1/jobs/{id}/events"), format!("/desk/jobs/{id}/events"));
    let desk = Browser::with(&web, &session).await;
    let end = async {
        tokio::time::sleep(Duration::from_millis(700)).await;
        clients::revoke(app, &Actor::operator(), "system").await.unwrap();
        sessions::leave(app, &session).await.unwrap();
        // What happens from here on is none of theirs.
        worker::work_once(app).await.unwrap().unwrap();
    };
    let told = tokio::time::timeout(Duration::from_mins(1), async {
        tokio::join!(web.get_as(&token, &in_api), desk.get(&at_desk), end)
    });
    let (by_token, by_session, ()) = Box::pin(told).await.expect("both streams end by themselves");
    for answer in [by_token, by_session] {
        let text = answer.text();
        assert_eq!(answer.header("content-type"), "text/event-stream");
        assert!(text.contains("\"state\":\"queued\"") && !text.contains("\"state\":\"done\""), "{text}");
    }
}

async fn jobs_are_listed_ended_and_tried_again_by_whom_they_concern(web: Web) {
    let place = in_background(&web).await.header("location").to_owned();
    let listed = web.get_as(CLERK, "/api/v1/jobs?limit=1").await.json();
    assert_eq!(listed["jobs"].as_array().unwrap().len(), 1);
    let next = listed["next"].as_str().unwrap().to_owned();
    assert_eq!(web.get_as(CLERK, &next).await.json()["jobs"], json!([]));
    assert_eq!(web.get_as(COMPANY, "/api/v1/jobs").await.json()["jobs"], json!([]));
    web.get_as(COMPANY, &place).await.problem("not-found", 404);
    web.get(&place).await.problem("unauthenticated", 401);
    web.get_as(CLERK, "/api/v1/jobs?before=x").await.problem("bad-request", 400);
    web.get_as(CLERK, "/api/v1/jobs/x").await.problem("bad-request", 400);
    as_(&web, CLERK, "POST", &format!("{place}/retry")).await.problem("conflict", 409);
    as_(&web, COMPANY, "POST", &format!("{place}/retry")).await.problem("not-found", 404);
    as_(&web, OPERATOR, "POST", &format!("{place}/retry")).await.problem("conflict", 409);
    as_(&web, COMPANY, "DELETE", &place).await.problem("not-found", 404);

    let ended = as_(&web, CLERK, "DELETE", &place).await;
    assert_eq!((ended.status.as_u16(), &ended.json()["state"]), (202, &json!("cancelled")));
    as_(&web, CLERK, "DELETE", &place).await.problem("conflict", 409);
    assert!(web.get_as(CLERK, &format!("{place}/events")).await.text().contains("event: cancelled"));
}

async fn uploads_are_seen_by_whom_they_concern(web: Web) {
    let receipt = web.upload(CLERK, Form::new().file("a.csv", &csv(&[row(1)]))).await;
    assert_eq!(receipt.status, 201, "{}", receipt.text());
    let place = receipt.header("location").to_owned();
    assert_eq!(web.get_as(OPERATOR, &place).await.status, 200);
    for path in [place.clone(), format!("{place}/rows.csv"), format!("{place}/rejects")] {
        web.get_as(COMPANY, &path).await.problem("not-found", 404);
    }
    web.get_as(CLERK, &format!("{place}/rows.csv")).await.problem("not-found", 404);
    assert_eq!(web.get_as(COMPANY, "/api/v1/uploads").await.json()["uploads"], json!([]));
    let listed = web.get_as(CLERK, "/api/v1/uploads?limit=1").await.json();
    assert!(web.get_as(CLERK, listed["next"].as_str().unwrap()).await.json()["uploads"] == json!([]));
}

each_on_both_engines! {
    a_file_in_the_background_is_followed_to_its_receipt;
    a_job_is_followed_for_as_long_as_token_and_session_hold;
    jobs_are_listed_ended_and_tried_again_by_whom_they_concern;
    uploads_are_seen_by_whom_they_concern;
}
