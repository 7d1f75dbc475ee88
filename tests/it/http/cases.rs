//! Cases over the interface: opened, listed, taken further, with evidence that no browser runs.

use axum::body::Body;
use axum::http::Request;
use mingzheng::flow::cases;
use serde_json::{Value, json};

use super::web::{Answer, CLERK, COMPANY, Form, OPERATOR, Web};
use crate::engines::each_on_both_engines;
use crate::flows::cases::cells;
use crate::flows::house::{PARENT, Row, SUBSIDIARY, row};

const NOWHERE: &str = "/api/v1/cases/00000000-0000-7000-8000-000000000007";

async fn prepared(web: Web) -> Web {
    web.house.declare().await;
    web.house.send(&[row(1), row(2)]).await;
    web.house.pass(1000);
    web
}

fn asked(kind: &str, number: u32) -> Value {
    json!({ "kind": kind, "document_number": row(number).document, "statement": "金额有误。",
        "duties_fulfilled": true, "commitment": true })
}

async fn open(web: &Web, kind: &str, number: u32) -> Value {
    let answer = web.post_json(COMPANY, "/api/v1/cases", &asked(kind, number)).await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    assert!(answer.header("location").ends_with(answer.json()["id"].as_str().unwrap()));
    answer.json()
}

async fn step(web: &Web, token: &str, case: &Value, what: Value) -> Answer {
    web.house.pass(1000);
    web.post_json(token, &format!("/api/v1/cases/{}/steps", case["id"].as_str().unwrap()), &what).await
}

async fn bring(web: &Web, token: &str, case: &Value, bytes: &[u8]) -> Answer {
    let path = format!("/api/v1/cases/{}/evidence", case["id"].as_str().unwrap());
    let request = Request::post(path).header("authorization", format!("Bearer {token}"));
    let form = Form::new().file("证据.pdf", bytes).end();
    web.send(request.header("content-type", Form::KIND).body(Body::from(form)).unwrap()).await
}

async fn an_objection_goes_its_way(web: Web) {
    let web = prepared(web).await;
    let issued = web.report().await;
    web.house.pass(1000);
    let case = open(&web, "objection", 1).await;
    assert_eq!(
        (&case["state"], &case["repeated"], &case["party"]),
        (&json!("submitted"), &json!(false), &json!("applicant"))
    );
    assert_eq!(case["possible"], json!(["take-back"]));
    assert_eq!(case["due_at"], "2026-11-23T15:59:59.999Z");
    assert_eq!((&case["calendar_known"], &case["events"][0]["reason"]), (&json!(true), &json!("金额有误。")));
    assert_eq!(case["events"][0].get("account"), None, "accounts are not the applicant's business");
    let again = web.post_json(COMPANY, "/api/v1/cases", &asked("objection", 1)).await;
    assert_eq!(
        (again.status.as_u16(), &again.json()["id"], &again.json()["repeated"]),
        (200, &case["id"], &json!(true))
    );

    let path = format!("/api/v1/reports/{}", issued["number"].as_str().unwrap());
    assert_eq!(web.get_as(COMPANY, &path).await.json()["status"]["status"], "disputed");
    let renewal = format!("{path}/renewal");
    let post = async |token: &str| web.post_json(token, &renewal, &json!({})).await;
    let fresh = post(COMPANY).await;
    assert_eq!(fresh.status, 201, "{}", fresh.text());
    assert!(fresh.json()["verification_code"].is_string());
    let same = post(OPERATOR).await;
    assert_eq!((same.status.as_u16(), &same.json()["number"]), (200, &fresh.json()["number"]));
    post(CLERK).await.problem("not-found", 404);
    let valid = format!("/api/v1/reports/{}/renewal", fresh.json()["number"].as_str().unwrap());
    web.post_json(COMPANY, &valid, &json!({})).await.problem("conflict", 409);

    for next in ["accept", "send"] {
        assert_eq!(step(&web, CLERK, &case, json!({ "step": next })).await.status, 200);
    }
    step(&web, CLERK, &case, json!({ "step": "reject" })).await.problem("unprocessable", 422);
    let longer = step(&web, CLERK, &case, json!({ "step": "extend", "reason": "调阅卷宗" })).await.json();
    assert_eq!((&longer["extended"], &longer["due_at"]), (&json!(true), &json!("2026-12-04T15:59:59.999Z")));
    assert!(longer["events"][0]["account"].is_string());
    step(&web, CLERK, &case, json!({ "step": "extend", "reason": "再延" })).await.problem("conflict", 409);
    let done = step(&web, CLERK, &case, json!({ "step": "uphold-withdrawn", "reason": "误报" })).await.json();
    assert_eq!((&done["outcome"], &done["standing"]["withdrawn"]), (&json!("withdrawn"), &json!(true)));
    step(&web, CLERK, &case, json!({ "step": "accept" })).await.problem("conflict", 409);
    assert_eq!(web.get_as(COMPANY, &path).await.json()["status"]["status"], "superseded");
}

async fn a_correction_and_an_annulment_come_with_their_data(web: Web) {
    let web = prepared(web).await;
    let objection = open(&web, "objection", 1).await;
    for next in ["accept", "send"] {
        step(&web, OPERATOR, &objection, json!({ "step": next })).await;
    }
    let corrected = cells(Row { facts: "更正后的事实。".into(), ..row(1) });
    let taken = json!({ "step": "uphold-corrected", "correction": corrected });
    let done = step(&web, CLERK, &objection, taken).await;
    assert_eq!(
        (done.status.as_u16(), &done.json()["outcome"]),
        (200, &json!("corrected")),
        "{}",
        done.text()
    );
    let faulty = json!({ "step": "uphold-corrected", "correction": { "违法事实": "x" } });
    step(&web, CLERK, &objection, faulty).await.problem("unprocessable", 422);
    let odd = json!({ "step": "uphold-corrected", "correction": { "违法事实": 1 } });
    step(&web, CLERK, &objection, odd).await.problem("unprocessable", 422);

    let annulment = open(&web, "annulment", 2).await;
    step(&web, CLERK, &annulment, json!({ "step": "annul", "reason": "复议撤销" }))
        .await
        .problem("unprocessable", 422);
    let early = json!({ "step": "annul", "reason": "复议撤销", "annulled_on": "2020-01-01", "annulment_kind": "reconsideration" });
    step(&web, CLERK, &annulment, early).await.problem("conflict", 409);
    let taken = json!({ "step": "annul", "reason": "复议撤销", "annulled_on": "2026-11-20", "annulment_kind": "reconsideration" });
    assert_eq!(step(&web, CLERK, &annulment, taken).await.json()["state"], "annulled");
    web.post_json(COMPANY, "/api/v1/cases", &asked("repair", 2)).await.problem("conflict", 409);
}

async fn what_is_not_yours_looks_like_what_is_not_there(web: Web) {
    let web = prepared(web).await;
    let case = open(&web, "repair", 1).await;
    assert_eq!(case["conditions"][0]["condition"], "minimum-period");
    assert_eq!(case["conditions"][0]["met"], "yes");
    let theirs = web
        .post_json(
            OPERATOR,
            "/api/v1/cases",
            &json!({ "kind": "objection", "subject": SUBSIDIARY,
        "document_number": row(1).document, "statement": "x" }),
        )
        .await;
    theirs.problem("not-found", 404);
    let own = format!("/api/v1/cases/{}", case["id"].as_str().unwrap());
    let said = |path: &'static str| format!("{NOWHERE}{path}");
    let nowhere = web.get_as(COMPANY, NOWHERE).await.problem("not-found", 404);
    for token in [super::web::ELSEWHERE, super::web::OTHER] {
        assert_eq!(web.get_as(token, &own).await.problem("not-found", 404), nowhere);
        assert_eq!(web.get_as(token, &format!("{own}/evidence/1")).await.problem("not-found", 404), nowhere);
        step(&web, token, &case, json!({ "step": "accept" })).await.problem("not-found", 404);
        bring(&web, token, &case, b"%PDF-1.7").await.problem("not-found", 404);
        assert_eq!(web.get_as(token, "/api/v1/cases").await.json()["cases"], json!([]));
    }
    web.get_as(OPERATOR, &said("/evidence/1")).await.problem("not-found", 404);
    step(&web, COMPANY, &case, json!({ "step": "accept" })).await.problem("forbidden", 403);
    for odd in ["/api/v1/cases/x", "/api/v1/cases/%00", "/api/v1/cases/1/evidence/1"] {
        web.get_as(OPERATOR, odd).await.problem("bad-request", 400);
    }
    web.get_as(COMPANY, "/api/v1/cases/reminders").await.problem("forbidden", 403);
}

async fn lists_are_filtered_and_go_page_by_page(web: Web) {
    let web = prepared(web).await;
    for (kind, number) in [("objection", 1), ("repair", 1), ("objection", 2)] {
        open(&web, kind, number).await;
        web.house.pass(1000);
    }
    let count = async |query: &str| {
        let answer = web.get_as(COMPANY, &format!("/api/v1/cases{query}")).await;
        assert_eq!(answer.status, 200, "{query}: {}", answer.text());
        answer.json()["cases"].as_array().unwrap().len()
    };
    let cases = [
        ("", 3),
        ("?kind=objection", 2),
        ("?state=submitted", 3),
        ("?state=accepted", 0),
        ("?due=2026-11-22", 0),
        ("?due=2026-11-23", 3),
        ("?due=overdue", 0),
        ("?limit=2", 2),
        ("?limit=0", 1),
    ];
    for (query, found) in cases {
        assert_eq!(count(query).await, found, "{query}");
    }
    let first = web.get_as(CLERK, "/api/v1/cases?limit=2").await.json();
    let next = format!("/api/v1/cases?limit=2&after={}", first["next"].as_str().unwrap());
    let second = web.get_as(CLERK, &next).await.json();
    assert_eq!((second["cases"].as_array().unwrap().len(), &second["next"]), (1, &Value::Null));
    for odd in ["?kind=x", "?state=x", "?due=tomorrow", "?after=x", "?colour=red", "?limit=-1"] {
        web.get_as(COMPANY, &format!("/api/v1/cases{odd}")).await.problem("bad-request", 400);
    }

    web.house.pass(3 * 86_400_000);
    assert_eq!(count("?due=overdue").await, 3);
    assert_eq!(cases::remind(&web.house.app).await.unwrap().len(), 3);
    let given = web.get_as(CLERK, "/api/v1/cases/reminders").await.json();
    assert_eq!(given["reminders"].as_array().unwrap().len(), 3);
    let last = &given["reminders"][2];
    let after = format!(
        "/api/v1/cases/reminders?after={},{}",
        last["at"].as_str().unwrap(),
        last["case"].as_str().unwrap()
    );
    assert_eq!(web.get_as(OPERATOR, &after).await.json()["reminders"], json!([]));
    assert_eq!(
        web.get_as(super::web::ELSEWHERE, "/api/v1/cases/reminders").await.json()["reminders"],
        json!([])
    );
    web.get_as(CLERK, "/api/v1/cases/reminders?after=x").await.problem("bad-request", 400);
}

async fn evidence_is_saved_and_never_run(web: Web) {
    let web = prepared(web).await;
    let case = open(&web, "objection", 1).await;
    let kept = bring(&web, COMPANY, &case, b"%PDF-1.7 a decision").await;
    assert_eq!(
        (kept.status.as_u16(), &kept.json()["media_type"]),
        (201, &json!("application/pdf")),
        "{}",
        kept.text()
    );
    assert_eq!(bring(&web, COMPANY, &case, b"%PDF-1.7 a decision").await.status, 200);
    let path = format!("/api/v1/cases/{}/evidence/1", case["id"].as_str().unwrap());
    let fetched = web.get_as(CLERK, &path).await;
    assert_eq!((fetched.status.as_u16(), fetched.body.as_slice()), (200, &b"%PDF-1.7 a decision"[..]));
    assert_eq!(fetched.header("content-type"), "application/octet-stream");
    assert_eq!(fetched.header("content-disposition"), "attachment; filename=\"evidence-1.pdf\"");
    assert_eq!(fetched.header("content-security-policy"), "default-src 'none'; sandbox");
    assert_eq!(fetched.header("x-content-type-options"), "nosniff");
    bring(&web, COMPANY, &case, b"<html>").await.problem("unprocessable", 422);
    bring(&web, COMPANY, &case, b"").await.problem("unprocessable", 422);
    let detail = bring(&web, COMPANY, &case, &[&b"%PDF-"[..], &vec![0; 10 << 20]].concat()).await;
    assert!(detail.problem("too-large", 413).contains("at most"));
    bring(&web, COMPANY, &case, &[&b"%PDF-"[..], &vec![0; 13 << 20]].concat())
        .await
        .problem("too-large", 413);
    step(&web, COMPANY, &case, json!({ "step": "take-back" })).await;
    bring(&web, COMPANY, &case, b"%PDF-1.7 late").await.problem("conflict", 409);
    let form = Form::new().field("file", "x").field("colour", "red").end();
    let request =
        Request::post(path.trim_end_matches("/1")).header("authorization", format!("Bearer {COMPANY}"));
    let request = request.header("content-type", "text/plain").body(Body::from(form)).unwrap();
    web.send(request).await.problem("unsupported-media-type", 415);
}

async fn each_wrong_request_gets_its_own_problem(web: Web) {
    let web = prepared(web).await;
    let with = |name: &str, value: Value| {
        let mut asked = asked("objection", 1);
        asked[name] = value;
        asked
    };
    let cases = [
        (with("kind", json!("complaint")), "unprocessable", 422, "kind"),
        (with("statement", json!("")), "unprocessable", 422, "2000"),
        (with("document_number", Value::Null), "unprocessable", 422, "document number"),
        (with("document_number", json!("示市监处罚〔1999〕1号")), "not-found", 404, "record"),
        (with("record", json!("x")), "unprocessable", 422, "record"),
        (with("subject", json!(SUBSIDIARY)), "not-found", 404, "record"),
        (with("colour", json!("red")), "unprocessable", 422, "colour"),
    ];
    for (asked, kind, status, word) in cases {
        let detail = web.post_json(COMPANY, "/api/v1/cases", &asked).await.problem(kind, status);
        assert!(detail.contains(word), "{asked}: {detail}");
    }
    let unknown = with("subject", json!("91310115MATE5T9990"));
    web.post_json(OPERATOR, "/api/v1/cases", &unknown).await.problem("unknown-subject", 404);
    web.post_json(CLERK, "/api/v1/cases", &with("subject", json!(PARENT)))
        .await
        .problem("unprocessable", 422);
    assert_eq!(web.house.number("SELECT COUNT(*) FROM credit_case").await, 0);
}

each_on_both_engines! {
    an_objection_goes_its_way;
    a_correction_and_an_annulment_come_with_their_data;
    what_is_not_yours_looks_like_what_is_not_there;
    lists_are_filtered_and_go_page_by_page;
    evidence_is_saved_and_never_run;
    each_wrong_request_gets_its_own_problem;
}
