//! Authorities ask for their records, change them, and resolve what was kept aside.

use axum::body::Body;
use axum::http::Request;
use mingzheng::flow::Actor;
use mingzheng::flow::clients::{self, Wanted};
use mingzheng::rules::{AccountRole, Grant};
use serde_json::{Value, json};

use super::web::{Answer, CLERK, COMPANY, Form, OPERATOR, OTHER, Web};
use crate::engines::each_on_both_engines;
use crate::flows::house::{ALIAS, ECOLOGY, HEAD, MARKET, PARENT, Row, SUBSIDIARY, csv, row};

/// The only record of a place in which market regulation sent one.
async fn with_record(web: Web) -> (Web, String) {
    web.upload(CLERK, Form::new().file("a.csv", &csv(&[row(1)]))).await;
    let page = web.get_as(CLERK, "/api/v1/records").await;
    assert_eq!(page.status, 200, "{}", page.text());
    let record = page.json()["records"][0]["record"].as_str().unwrap().to_owned();
    web.house.pass(10);
    (web, record)
}

async fn operate(web: &Web, token: &str, record: &str, key: Option<&str>, body: &Value) -> Answer {
    let request = Request::post(format!("/api/v1/records/{record}/operations"))
        .header("authorization", format!("Bearer {token}"))
        .header("content-type", "application/json");
    let request = key.into_iter().fold(request, |request, key| request.header("idempotency-key", key));
    let answer = web.send(request.body(Body::from(body.to_string())).unwrap()).await;
    web.house.pass(10);
    answer
}

async fn every_operation_has_its_json(web: Web) {
    let (web, record) = with_record(web).await;
    let do_it = async |body: Value| {
        let answer = operate(&web, CLERK, &record, None, &body).await;
        assert_eq!(answer.status, 201, "{body} {}", answer.text());
        answer.json()["state"].as_str().unwrap().to_owned()
    };
    let columns: serde_json::Map<String, Value> = {
        let text = String::from_utf8(csv(&[Row { fine: "3".into(), ..row(1) }])).unwrap();
        let cells = text.lines().nth(1).unwrap().to_owned();
        HEAD.split(',').zip(cells.split(',')).map(|(name, cell)| (name.to_owned(), json!(cell))).collect()
    };
    let states = [
        do_it(json!({ "operation": "objection-open" })).await,
        do_it(json!({ "operation": "objection-closed", "on": "2026-11-20" })).await,
        do_it(json!({ "operation": "correct", "columns": columns, "reason": "笔误" })).await,
        do_it(json!({ "operation": "repair", "on": "2026-10-01", "on_commitment": true })).await,
        do_it(json!({ "operation": "repair-revoked", "on": "2026-11-01", "reason": "承诺不实" })).await,
        do_it(json!({ "operation": "suspend", "on": "2026-06-01", "until": "2027-01-01" })).await,
        do_it(json!({ "operation": "annul", "on": "2026-09-01", "kind": "judgment", "reason": "判决" }))
            .await,
        do_it(json!({ "operation": "withdraw", "reason": "误报" })).await,
    ];
    let expected =
        ["disputed", "in-force", "in-force", "repaired", "in-force", "suspended", "annulled", "withdrawn"];
    assert_eq!(states, expected);

    let versions = web.get_as(CLERK, &format!("/api/v1/records/{record}/versions")).await.json();
    assert_eq!(versions.as_array().unwrap().len(), 9);
    let then = versions[4]["received_at"].as_str().unwrap();
    let shown = web.get_as(CLERK, &format!("/api/v1/records/{record}?as_of={then}")).await.json();
    assert_eq!((&shown["version"], &shown["state"]), (&json!(5), &json!("repaired")));
    let now = web.get_as(OPERATOR, &format!("/api/v1/records/{record}")).await.json();
    assert_eq!((&now["version"], &now["superseded_at"]), (&json!(9), &json!(null)));
    let found = web
        .get_as(CLERK, "/api/v1/records?state=withdrawn&kind=penalty&decided_from=2025-05-16")
        .await
        .json();
    assert_eq!(found["records"].as_array().unwrap().len(), 1);
}

async fn an_operation_with_a_key_is_done_once(web: Web) {
    let (web, record) = with_record(web).await;
    let body = json!({ "operation": "objection-open" });
    let first = operate(&web, CLERK, &record, Some("k-1"), &body).await;
    let again = operate(&web, CLERK, &record, Some("k-1"), &body).await;
    assert_eq!((first.status.as_u16(), again.status.as_u16()), (201, 200));
    assert_eq!(first.json()["version"], again.json()["version"]);
    let other = json!({ "operation": "objection-closed" });
    operate(&web, CLERK, &record, Some("k-1"), &other).await.problem("conflict", 409);
    operate(&web, CLERK, &record, None, &body).await.problem("conflict", 409);
}

async fn what_cannot_be_asked_or_done_is_a_problem(web: Web) {
    let (web, record) = with_record(web).await;
    let missing =
        operate(&web, CLERK, &record, None, &json!({ "operation": "annul", "on": "2026-09-01" })).await;
    assert!(missing.problem("unprocessable", 422).contains("kind"));
    let surplus = json!({ "operation": "withdraw", "until": "2026-09-01", "reason": "误" });
    assert!(
        operate(&web, CLERK, &record, None, &surplus).await.problem("unprocessable", 422).contains("until")
    );
    for (body, kind, status) in [
        (json!({ "operation": "insert" }), "unprocessable", 422),
        (json!({ "operation": "correct" }), "unprocessable", 422),
        (json!({ "operation": "correct", "columns": { "备注": "x" } }), "unprocessable", 422),
        (json!({ "operation": "delete" }), "unprocessable", 422),
        (json!({ "operation": "withdraw" }), "conflict", 409),
        (json!({ "operation": "repair", "on": "2024-01-01" }), "conflict", 409),
    ] {
        operate(&web, CLERK, &record, None, &body).await.problem(kind, status);
    }
    let open = json!({ "operation": "objection-open" });
    operate(&web, COMPANY, &record, None, &open).await.problem("not-found", 404);
    let nowhere = "00000000-0000-0000-0000-000000000001";
    operate(&web, CLERK, nowhere, None, &open).await.problem("not-found", 404);
    web.get("/api/v1/records").await.problem("unauthenticated", 401);
    web.get_as(CLERK, "/api/v1/records?after=nonsense").await.problem("bad-request", 400);
    web.get_as(CLERK, "/api/v1/records?colour=red").await.problem("bad-request", 400);
    web.get_as(CLERK, "/api/v1/records?state=gone").await.problem("bad-request", 400);
    web.get_as(CLERK, "/api/v1/records/none").await.problem("bad-request", 400);
    let early = format!("/api/v1/records/{record}?as_of=2020-01-01T00:00:00Z");
    web.get_as(CLERK, &early).await.problem("not-found", 404);
}

async fn a_subject_and_its_agents_read_its_own_records_and_nobody_elses(web: Web) {
    let (web, own) = with_record(web).await;
    let other = Row { code: SUBSIDIARY.to_owned(), name: "示范甲芯片技术有限公司", ..row(7) };
    web.upload(CLERK, Form::new().file("b.csv", &csv(&[other]))).await;
    web.house.pass(10);
    let ids = async |token: &str, query: &str| -> Vec<String> {
        let answer = web.get_as(token, &format!("/api/v1/records{query}")).await;
        assert_eq!(answer.status, 200, "{query}: {}", answer.text());
        let page = answer.json();
        let records = page["records"].as_array().unwrap();
        records.iter().map(|one| one["record"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(ids(CLERK, "").await.len(), 2);
    let others = ids(OTHER, "").await;
    assert_eq!(others.len(), 1);
    assert_ne!(others[0], own);
    let document = super::browser::encoded(&row(7).document);
    for query in [
        "",
        "?kind=penalty",
        &format!("?subject={PARENT}"),
        &format!("?subject={ALIAS}"),
        &format!("?authority={MARKET}"),
    ] {
        assert_eq!(ids(COMPANY, query).await, std::slice::from_ref(&own), "{query}");
    }
    for query in [
        &format!("?subject={SUBSIDIARY}"),
        "?subject=nobody",
        &format!("?document_number={document}"),
        "?domain=taxation",
        &format!("?authority={ECOLOGY}"),
        "?authority=91310115MATE5T0255",
        "?after=9999999999999.ffffffff-ffff-ffff-ffff-ffffffffffff",
    ] {
        assert_eq!(ids(COMPANY, query).await, [""; 0], "{query}");
    }
    for path in [format!("/api/v1/records/{own}"), format!("/api/v1/records/{own}/versions")] {
        assert_eq!(web.get_as(COMPANY, &path).await.status, 200, "{path}");
        let theirs = web.get_as(OTHER, &path).await;
        let nothing = web.get_as(OTHER, &path.replace(&own, "00000000-0000-7000-8000-000000000001")).await;
        assert_eq!((theirs.status.as_u16(), nothing.status.as_u16()), (404, 404), "{path}");
        let text = nothing.text().replace("00000000-0000-7000-8000-000000000001", &own);
        assert_eq!(theirs.text(), text, "what is not theirs is answered like what is not there");
    }
    // To read is not to change.
    operate(&web, COMPANY, &own, None, &json!({ "operation": "withdraw", "reason": "误" }))
        .await
        .problem("not-found", 404);

    // A system of an enterprise's agent: within its mandate, and as long as it may see.
    let client = async |name: &str, scope: &[&str]| {
        let grant = Grant {
            object: PARENT.to_owned(),
            scope: scope.iter().map(|&word| word.to_owned()).collect(),
            ..Grant::default()
        };
        let wanted = Wanted {
            name: name.to_owned(),
            role: AccountRole::Agent,
            grants: vec![grant],
            days: 1,
            certificate: None,
        };
        clients::make(&web.house.app, &Actor::operator(), wanted).await.unwrap().secret
    };
    let (sees, asks) = (client("sees", &["see"]).await, client("asks", &["ask"]).await);
    assert_eq!(ids(&sees, "").await, std::slice::from_ref(&own));
    assert_eq!(ids(&asks, "").await, [""; 0]);
    assert_eq!(web.get_as(&asks, &format!("/api/v1/records/{own}")).await.status, 404);
    let verifier = Wanted {
        name: "bank".to_owned(),
        role: AccountRole::Verifier,
        grants: Vec::new(),
        days: 1,
        certificate: None,
    };
    let verifier = clients::make(&web.house.app, &Actor::operator(), verifier).await.unwrap().secret;
    web.get_as(&verifier, "/api/v1/records").await.problem("forbidden", 403);
    web.get_as(&verifier, &format!("/api/v1/records/{own}")).await.problem("not-found", 404);
}

async fn rows_kept_aside_are_listed_and_resolved(web: Web) {
    let rows = [Row { code: String::new(), ..row(1) }, Row { decided: "2025/02/30".into(), ..row(2) }];
    let receipt = web.upload(CLERK, Form::new().file("a.csv", &csv(&rows))).await.json();
    assert_eq!((&receipt["set_aside"], &receipt["rejected"]), (&json!(1), &json!(1)));
    web.house.pass(10);
    let listed = web.get_as(CLERK, "/api/v1/candidates?domain=market-regulation").await.json();
    let rows = listed["candidates"].as_array().unwrap().clone();
    assert_eq!(rows.len(), 2, "{listed}");
    assert!(rows.iter().all(|row| row["possible"][0]["code"] == "91310115MATE5T017A"));
    let by_cause =
        |cause: &str| rows.iter().find(|row| row["cause"] == cause).unwrap()["id"].as_str().unwrap();
    let path = |cause: &str| format!("/api/v1/candidates/{}/resolution", by_cause(cause));
    let aside = rows.iter().find(|row| row["cause"] == "name-only").unwrap();
    assert_eq!(aside["says"]["facts"], "当事人未按规定明码标价。", "{aside}");
    let rejected = rows.iter().find(|row| row["cause"] == "rejected").unwrap();
    assert_eq!(rejected["reasons"], json!([["日期不存在", "there is no such day"]]), "{rejected}");

    let to = |subject: &str| json!({ "subject": subject, "reason": "经核对" });
    let (parent, nobody) = (to("91310115MATE5T017A"), to("nobody"));
    web.post_json(COMPANY, &path("name-only"), &parent).await.problem("not-found", 404);
    web.post_json(CLERK, &path("name-only"), &to("91310115MATE5T9990")).await.problem("unknown-subject", 404);
    let no_reason = json!({ "subject": "nobody", "reason": "" });
    web.post_json(CLERK, &path("name-only"), &no_reason).await.problem("unprocessable", 422);
    web.post_json(CLERK, &path("rejected"), &parent).await.problem("unprocessable", 422);
    let done = web.post_json(CLERK, &path("name-only"), &parent).await;
    assert_eq!(done.status, 200, "{}", done.text());
    assert!(done.json()["record"].is_string());
    web.post_json(CLERK, &path("name-only"), &parent).await.problem("conflict", 409);
    assert_eq!(web.post_json(CLERK, &path("rejected"), &nobody).await.status, 200);
    let left = web.get_as(OPERATOR, "/api/v1/candidates").await.json();
    assert_eq!(left, json!({ "candidates": [] }));
    web.get_as(COMPANY, "/api/v1/candidates").await.problem("forbidden", 403);
}

each_on_both_engines! {
    every_operation_has_its_json;
    an_operation_with_a_key_is_done_once;
    what_cannot_be_asked_or_done_is_a_problem;
    a_subject_and_its_agents_read_its_own_records_and_nobody_elses;
    rows_kept_aside_are_listed_and_resolved;
}
