//! Notices, watched reports and webhooks in a browser and over the interface: whose they are, and what is typed wrongly.

use axum::body::Body;
use axum::http::Request;
use mingzheng::flow::notices;
use mingzheng::rules::AccountRole;
use serde_json::json;

use super::browser::Browser;
use super::web::{Answer, CLERK, COMPANY, ELSEWHERE, OPERATOR, Web};
use crate::engines::each_on_both_engines;
use crate::flows::house::row;
use crate::flows::people::somebody;

async fn delete(web: &Web, token: &str, path: &str) -> Answer {
    let request = Request::delete(path).header("authorization", format!("Bearer {token}"));
    web.send(request.body(Body::empty()).unwrap()).await
}

async fn an_agent_reads_what_it_was_told_and_another_does_not(web: Web) {
    let agent = somebody(&web.house, "agent", AccountRole::Agent).await;
    let verifier = somebody(&web.house, "verifier", AccountRole::Verifier).await;
    let browser = Browser::with(&web, &agent.session).await;
    assert!(browser.get("/notices").await.text().contains("没有通知"));
    for number in 1..=25 {
        web.house.send(&[row(number)]).await;
        web.house.pass(1000);
    }
    let page = browser.get("/notices").await.text();
    assert!(page.contains("通知（25 条未读）") && page.contains("新增记录"), "{page}");
    assert!(page.contains("1 / 2") && page.matches("class=\"new\"").count() == 20);
    assert_eq!(browser.get("/notices?page=2").await.text().matches("class=\"new\"").count(), 5);
    let id = page.split("name=\"notice\" value=\"").nth(2).unwrap().split('"').next().unwrap().to_owned();
    let stranger = Browser::with(&web, &verifier.session).await;
    let stolen = stranger.post("/notices/read", &[("notice", &id)]).await;
    assert_eq!(stolen.status, 404, "{}", stolen.text());
    let read = browser.post("/notices/read", &[("notice", &id)]).await;
    assert_eq!((read.status.as_u16(), read.header("location")), (303, "/notices"));
    assert!(browser.get("/account").await.text().contains("（24 条未读）"), "on every page");
    assert_eq!(browser.post("/notices/read", &[("notice", "nothing")]).await.status, 404);
    browser.post("/notices/read", &[("notice", "all")]).await;
    assert!(!browser.get("/notices").await.text().contains("条未读）"));
}

async fn an_address_is_confirmed_by_a_button_and_not_by_the_link_alone(web: Web) {
    let agent = somebody(&web.house, "agent", AccountRole::Agent).await;
    let browser = Browser::with(&web, &agent.session).await;
    browser.get("/notices/settings").await;
    let bad = browser.post("/notices/address", &[("address", "a@example.cn\r\nBcc: b@example.cn")]).await;
    assert_eq!(bad.status, 422);
    assert!(bad.text().contains("aria-invalid=\"true\" aria-describedby=\"error\""));
    let set = browser.post("/notices/address", &[("address", "wang@example.cn")]).await;
    assert_eq!(set.status, 303, "{}", set.text());
    notices::send(&web.house.app).await.unwrap();
    let file = std::fs::read_dir(web.house.config.mail()).unwrap().next().unwrap().unwrap();
    let mail = std::fs::read_to_string(file.path()).unwrap();
    let plain = mail.replace("=\r\n", "");
    assert!(plain.contains("Message-ID: <") || plain.contains("Message-Id: <"), "{plain}");
    // The text may be in base 64: the link follows from the account in any case.
    let page = browser.get("/notices/settings").await.text();
    assert!(page.contains("wang@example.cn") && page.contains("待确认"), "{page}");
    let none = browser.get(&format!("/notices/confirm/{}", "0".repeat(64))).await;
    assert_eq!(none.status, 404);
    assert_eq!(browser.post("/notices/confirm/none", &[]).await.status, 404);
    let chosen = browser.post("/notices/kinds", &[("record-new", "1"), ("nonsense", "1")]).await;
    assert_eq!(chosen.status, 303);
    assert_eq!(browser.get("/notices/settings").await.text().matches(" checked").count(), 1);
    browser.post("/notices/mail/end", &[]).await;
    assert!(!browser.get("/notices/settings").await.text().contains("wang@example.cn"));
}

async fn a_verifier_watches_a_report_and_looks_after_its_webhooks_in_a_browser(web: Web) {
    let web = web.configured(|config| config.webhooks.trial = true).await;
    let report = web.report().await;
    let verifier = somebody(&web.house, "verifier", AccountRole::Verifier).await;
    let browser = Browser::with(&web, &verifier.session).await;
    browser.get("/watches").await;
    let bad = browser.post("/watches", &[("code", "ABCD")]).await;
    assert_eq!(bad.status, 422);
    assert!(bad.text().contains("只能关注本平台出具且完好的报告") && bad.text().contains("value=\"ABCD\""));
    let code = report["verification_code"].as_str().unwrap();
    let number = report["number"].as_str().unwrap();
    assert_eq!(browser.post("/watches", &[("code", code)]).await.status, 303);
    assert!(browser.get("/watches").await.text().contains(number));
    assert_eq!(browser.post("/watches/end", &[("report", number)]).await.status, 303);
    assert_eq!(browser.post("/watches/end", &[("report", number)]).await.status, 404);

    browser.get("/webhooks").await;
    let bad = browser.post("/webhooks", &[("url", "ftp://x.cn/"), ("status", "1")]).await;
    assert_eq!(bad.status, 422);
    assert!(bad.text().contains("https://") && bad.text().contains(" checked"), "{}", bad.text());
    let none = browser.post("/webhooks", &[("url", "https://example.cn/")]).await;
    assert!(none.status == 422 && none.text().contains("请至少选择一种事件"));
    let made = browser.post("/webhooks", &[("url", "http://127.0.0.1:9/hook"), ("status", "1")]).await.text();
    assert!(made.contains("id=\"secret\">whsec_"), "{made}");
    let path = made.split("href=\"/webhooks/").nth(1).unwrap().split('"').next().unwrap();
    let path = format!("/webhooks/{path}");
    browser.get(&path).await;
    assert_eq!(browser.post(&format!("{path}/test"), &[]).await.status, 303);
    assert!(browser.get(&path).await.text().contains("webhook.test"));
    assert!(!browser.get(&path).await.text().contains("whsec_"), "it was shown once");
    assert!(browser.post(&format!("{path}/rotate"), &[]).await.text().contains("whsec_"));
    assert_eq!(browser.post(&format!("{path}/pause"), &[]).await.status, 303);
    assert!(browser.get(&path).await.text().contains("已暂停"));
    assert_eq!(browser.post(&format!("{path}/nonsense"), &[]).await.status, 404);
    assert_eq!(browser.post(&format!("{path}/replay"), &[("message", "x")]).await.status, 404);
    let asked = browser.get(&format!("{path}/remove")).await.text();
    assert!(asked.contains("不能撤销"));
    assert_eq!(browser.post(&format!("{path}/remove"), &[]).await.status, 303);
    assert_eq!(browser.get(&path).await.status, 404);
}

async fn webhooks_over_the_interface_belong_to_whose_token_made_them(web: Web) {
    let asked = json!({ "url": "https://example.cn/hook", "events": ["job.finished"] });
    web.post_json(COMPANY, "/api/v1/webhooks", &asked).await.problem("forbidden", 403);
    for (bad, kind, status) in [
        (json!({ "url": "https://127.0.0.1/", "events": ["job.finished"] }), "unprocessable", 422),
        (json!({ "url": "https://example.cn:22/", "events": ["job.finished"] }), "unprocessable", 422),
        (json!({ "url": "https://example.cn/", "events": [] }), "unprocessable", 422),
        (json!({ "url": "https://example.cn/", "events": ["all"] }), "unprocessable", 422),
        (json!({ "url": "https://example.cn/", "events": ["job.finished"], "x": 1 }), "unprocessable", 422),
    ] {
        web.post_json(CLERK, "/api/v1/webhooks", &bad).await.problem(kind, status);
    }
    let made = web.post_json(CLERK, "/api/v1/webhooks", &asked).await;
    assert_eq!(made.status, 201, "{}", made.text());
    let path = made.header("location").to_owned();
    assert!(made.json()["secret"].as_str().unwrap().starts_with("whsec_"));
    assert_eq!(web.get_as(CLERK, &path).await.json()["secret"], json!(null));
    assert_eq!(web.get_as(CLERK, "/api/v1/webhooks").await.json()["webhooks"].as_array().unwrap().len(), 1);
    assert_eq!(web.get_as(ELSEWHERE, "/api/v1/webhooks").await.json()["webhooks"], json!([]));
    for token in [ELSEWHERE, OPERATOR] {
        web.get_as(token, &path).await.problem("not-found", 404);
        web.post_json(token, &format!("{path}/acts"), &json!({ "act": "rotate" }))
            .await
            .problem("not-found", 404);
        web.get_as(token, &format!("{path}/deliveries")).await.problem("not-found", 404);
        delete(&web, token, &path).await.problem("not-found", 404);
    }
    let rotated = web.post_json(CLERK, &format!("{path}/acts"), &json!({ "act": "rotate" })).await.json();
    assert!(rotated["secret"].is_string() && rotated["old_secret_until"].is_string(), "{rotated}");
    web.post_json(CLERK, &format!("{path}/acts"), &json!({ "act": "burn" }))
        .await
        .problem("unprocessable", 422);
    assert_eq!(web.post_json(CLERK, &format!("{path}/acts"), &json!({ "act": "test" })).await.status, 200);
    web.post_json(CLERK, &format!("{path}/acts"), &json!({ "act": "test" })).await.problem("conflict", 409);
    let sent = web.get_as(CLERK, &format!("{path}/deliveries")).await.json();
    assert_eq!((&sent["total"], &sent["deliveries"][0]["state"]), (&json!(1), &json!("waiting")));
    let message = sent["deliveries"][0]["id"].as_str().unwrap();
    let replay = format!("{path}/deliveries/{message}/replay");
    web.post_json(CLERK, &replay, &json!({})).await.problem("not-found", 404);
    assert_eq!(delete(&web, CLERK, &path).await.status, 204);
    web.get_as(CLERK, &path).await.problem("not-found", 404);
}

async fn reports_are_watched_over_the_interface(web: Web) {
    let report = web.report().await;
    let asked = json!({ "code": report["verification_code"] });
    web.post_json(COMPANY, "/api/v1/watches", &asked).await.problem("forbidden", 403);
    web.post_json(CLERK, "/api/v1/watches", &asked).await.problem("forbidden", 403);
    web.post_json(OPERATOR, "/api/v1/watches", &json!({ "code": "ABCD" }))
        .await
        .problem("unprocessable", 422);
    web.post_json(OPERATOR, "/api/v1/watches", &json!({})).await.problem("unprocessable", 422);
    let made = web.post_json(OPERATOR, "/api/v1/watches", &asked).await;
    assert_eq!((made.status.as_u16(), &made.json()["report"]), (201, &report["number"]));
    assert_eq!(web.post_json(OPERATOR, "/api/v1/watches", &asked).await.status, 200);
    let listed = web.get_as(OPERATOR, "/api/v1/watches").await.json();
    assert_eq!((&listed["total"], &listed["reports"][0]["status"]["status"]), (&json!(1), &json!("valid")));
    let path = format!("/api/v1/watches/{}", report["number"].as_str().unwrap());
    assert_eq!(delete(&web, OPERATOR, &path).await.status, 204);
    delete(&web, OPERATOR, &path).await.problem("not-found", 404);
    delete(&web, OPERATOR, "/api/v1/watches/x").await.problem("not-found", 404);
}

each_on_both_engines! {
    an_agent_reads_what_it_was_told_and_another_does_not;
    an_address_is_confirmed_by_a_button_and_not_by_the_link_alone;
    a_verifier_watches_a_report_and_looks_after_its_webhooks_in_a_browser;
    webhooks_over_the_interface_belong_to_whose_token_made_them;
    reports_are_watched_over_the_interface;
}
