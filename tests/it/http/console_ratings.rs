//! Ratings, keys and templates: one tap, one answer, and pages that only show.

use axum::body::Body;
use axum::http::Request;
use mingzheng::rules::{AccountRole, VerificationCode};

use super::browser::{Browser, encoded};
use super::console::person;
use super::web::{Answer, Web};
use crate::engines::{each_on_both_engines, on_both_engines};

/// The value of a hidden field of the form that rates; empty where nothing is asked.
pub(super) fn field(page: &str, name: &str) -> String {
    let found = page
        .split("class=\"rate\"")
        .nth(1)
        .and_then(|form| form.split(&format!("name=\"{name}\" value=\"")).nth(1));
    found.and_then(|rest| rest.split('"').next()).unwrap_or_default().to_owned()
}

/// Taps on the form of a page that was shown.
pub(super) async fn tap(browser: &Browser<'_>, page: &str, stars: &str, words: &str) -> Answer {
    let fields = ["ticket", "act", "object", "back"].map(|name| (name, field(page, name)));
    let mut fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    fields.extend([("stars", stars), ("words", words)]);
    browser.post("/ratings", &fields).await
}

/// What the next page tells first.
async fn told(browser: &Browser<'_>) -> &'static str {
    let page = browser.get("/ratings").await.text();
    let said = ["感谢您的评价", "已评价过"].into_iter().find(|said| page.contains(said));
    said.unwrap_or_default()
}

on_both_engines! {
    async fn one_taps_once_and_a_low_rating_waits_for_an_answer(web: Web) {
        let stranger = Browser::new(&web).at("192.0.2.1");
        let page = stranger.get("/ratings?act=verify&object=x").await.text();
        assert!(page.contains("1 非常不满意") && page.contains("name=\"stars\" value=\"5\""), "{page}");
        assert_eq!(field(&page, "object"), "", "nobody names what was never done");
        let tapped = tap(&stranger, &page, "1", "页面打不开 <b>急</b>").await;
        assert_eq!((tapped.status.as_u16(), tapped.header("location")), (303, "/ratings"), "{}", tapped.text());
        assert_eq!(told(&stranger).await, "感谢您的评价");
        assert_eq!(tap(&stranger, &page, "5", "").await.status, 303);
        assert_eq!(told(&stranger).await, "已评价过", "once for each act");
        assert_eq!(web.house.number("SELECT COUNT(*) FROM rating").await, 1);
        for stars in ["0", "6"] {
            assert_eq!(tap(&stranger, &page, stars, "").await.status, 422, "{stars}");
        }
        assert_eq!(tap(&stranger, &page, "3", &"字".repeat(501)).await.status, 422);
        let other = Browser::new(&web).at("192.0.2.2");
        let page = other.get("/ratings?act=verify").await.text();
        tap(&other, &page, "4", "").await;
        let page = other.get("/ratings?act=issue").await.text();
        let elsewhere = [("act", "issue"), ("stars", "5"), ("back", "https://evil.example/"), ("ticket", &field(&page, "ticket"))];
        assert_eq!(other.post("/ratings", &elsewhere).await.header("location"), "/");
        let public = other.get("/ratings").await.text();
        assert!(public.contains("<strong>2.50</strong>") && public.contains("0 / 1 / 0 / 0 / 1") && public.contains("0 / 1"), "{public}");
        assert!(!public.contains("页面打不开"), "words are for the operator");

        let (_, auditor) = person(&web, "auditor", AccountRole::Auditor).await;
        let (_, system) = person(&web, "system", AccountRole::System).await;
        let seen = auditor.get("/console/ratings").await.text();
        assert!(seen.contains("需要答复：1") && seen.contains("页面打不开 &#60;b&#62;") && !seen.contains("/reply"), "{seen}");
        let seen = system.get("/console/ratings").await.text();
        let path = seen.split("action=\"/console/ratings/").nth(1).unwrap().split('"').next().unwrap();
        let path = format!("/console/ratings/{path}");
        assert_eq!(auditor.post(&path, &[("text", "好")]).await.status, 403);
        assert_eq!(system.post(&path, &[("text", " ")]).await.status, 422);
        assert_eq!(system.post(&path, &[("text", "已修复，抱歉")]).await.status, 303);
        let answered = system.get("/console/ratings").await.text();
        assert!(answered.contains("已修复，抱歉") && !answered.contains("需要答复"), "{answered}");
        assert_eq!(system.post(&path, &[("text", "再答")]).await.status, 404, "one answer");
        let public = other.get("/ratings").await.text();
        assert!(public.contains("1 / 1") && public.contains("页面打不开 &#60;b&#62;") && public.contains("已修复，抱歉"));
    }

    async fn an_answer_is_told_to_whoever_rated_with_an_account_and_to_everybody_without_names(web: Web) {
        let (_, verifier) = person(&web, "verifier", AccountRole::Verifier).await;
        let (_, system) = person(&web, "system", AccountRole::System).await;
        let page = verifier.get("/ratings?act=issue").await.text();
        assert_eq!(tap(&verifier, &page, "2", "太慢，请回电 13800001234").await.status, 303);
        let of_accounts = "SELECT COUNT(*) FROM rating WHERE account IS NOT NULL";
        assert_eq!(web.house.number(of_accounts).await, 1);
        let seen = system.get("/console/ratings").await.text();
        let path = seen.split("action=\"/console/ratings/").nth(1).unwrap().split('"').next().unwrap();
        web.house.pass(1000);
        assert_eq!(system.post(&format!("/console/ratings/{path}"), &[("text", "已加快")]).await.status, 303);
        assert_eq!(web.house.number(of_accounts).await, 0, "whose it was is forgotten");
        let told = verifier.get("/notices").await.text();
        assert!(told.contains("<a href=\"/ratings\">您的评价已有答复</a>"), "{told}");
        assert!(!system.get("/notices").await.text().contains("您的评价已有答复"));
        let public = Browser::new(&web).get("/ratings").await.text();
        assert!(public.contains("太慢，请回电 ***********") && public.contains("已加快") && public.contains("2 / 5"), "{public}");
        assert!(!public.contains("13800001234") && !public.contains("verifier"));
    }
}

on_both_engines! {
    async fn whoever_looks_at_a_verdict_may_rate_it_and_gets_no_cookie_for_looking(web: Web) {
        let issued = web.report().await;
        let path = format!("/v/{}", issued["verification_code"].as_str().unwrap().replace('-', ""));
        let counted = "SELECT COUNT(*) FROM rating WHERE act = 'verify'";
        let stranger = Browser::new(&web).at("192.0.2.1");
        let looked = stranger.get(&path).await;
        let page = looked.text();
        assert!(!looked.headers.contains_key("set-cookie") && stranger.cookies.borrow().is_empty());
        assert_eq!(field(&page, "object"), issued["number"].as_str().unwrap().replace('-', ""));
        let tapped = tap(&stranger, &page, "4", "").await;
        assert_eq!((tapped.status.as_u16(), tapped.header("location")), (303, "/ratings"), "{}", tapped.text());
        assert_eq!(told(&stranger).await, "感谢您的评价");

        assert!(!stranger.get(&path).await.text().contains("class=\"rate\""), "it is not asked twice");
        tap(&stranger, &page, "1", "").await;
        assert_eq!(told(&stranger).await, "已评价过", "once for each browser");
        assert_eq!(web.house.number(counted).await, 1);
        let colleague = Browser::new(&web).at("192.0.2.1");
        tap(&colleague, &colleague.get(&path).await.text(), "5", "").await;
        assert_eq!(told(&colleague).await, "感谢您的评价", "an office has one address");
        assert_eq!(web.house.number(counted).await, 2);

        let (_, auditor) = person(&web, "auditor", AccountRole::Auditor).await;
        let theirs = auditor.get(&path).await.text();
        assert_ne!(field(&theirs, "ticket"), field(&page, "ticket"));
        assert_eq!(tap(&auditor, &page, "1", "").await.status, 422, "the ticket of somebody else");
        assert_eq!(tap(&stranger, &theirs, "1", "").await.status, 403);
        tap(&auditor, &theirs, "3", "").await;
        let moved = auditor.at("198.51.100.9");
        assert!(!moved.get(&path).await.text().contains("class=\"rate\""));
        tap(&moved, &theirs, "1", "").await;
        assert_eq!(told(&moved).await, "已评价过", "an account rates once, wherever it is");
        assert_eq!(web.house.number(counted).await, 3);

        // Who drops the cookie is somebody new, and from one network so many are heard.
        for place in 1..12 {
            let fresh = Browser::new(&web).at(&format!("2001:db8:1:2::{place}"));
            let heard = tap(&fresh, &page, "1", "").await;
            assert_eq!(heard.status.as_u16(), if place <= 10 { 303 } else { 429 }, "{place}: {}", heard.text());
        }
        assert_eq!(web.house.number(counted).await, 13);

        web.house.pass(86_400_000);
        assert_eq!(tap(&stranger, &page, "2", "").await.status, 303, "a page that stayed open over midnight");
        assert_eq!(web.house.number(counted).await, 14, "another day is another look");
        web.house.pass(86_400_000);
        let late = tap(&stranger, &page, "2", "").await;
        assert!(late.status == 403 && late.text().contains("此表单已失效"), "{}", late.text());
    }
}

async fn nothing_is_rated_but_what_was_done_and_from_our_own_page(web: Web) {
    let issued = web.report().await;
    let code = issued["verification_code"].as_str().unwrap();
    let stranger = Browser::new(&web).at("192.0.2.1");
    let page = stranger.get(&format!("/v/{code}")).await.text();
    let (ticket, object) = (field(&page, "ticket"), field(&page, "object"));
    for (ticket, act, object) in [
        ("", "verify", object.as_str()),
        (&ticket, "verify", "another"),
        (&ticket, "issue", &object),
        (&ticket, "dance", &object),
        (&ticket, "verify", ""),
        (&ticket.replace(['0', '1'], "2"), "verify", &object),
    ] {
        let fields = [("ticket", ticket), ("act", act), ("object", object), ("stars", "1")];
        assert_eq!(stranger.post("/ratings", &fields).await.status, 403, "{act} {object}");
    }
    let sent = format!("ticket={ticket}&act=verify&object={}&stars=1", encoded(&object));
    for (name, value) in [("origin", "https://evil.example"), ("sec-fetch-site", "cross-site")] {
        let request = Request::post("/ratings")
            .header("host", "127.0.0.1:8600")
            .header("content-type", "application/x-www-form-urlencoded")
            .header(name, value);
        let answer = stranger.send(request.body(Body::from(sent.clone())).unwrap()).await;
        assert_eq!(answer.status, 403, "{name}: {value}");
    }
    assert_eq!(web.house.number("SELECT COUNT(*) FROM rating").await, 0);
    let unknown = VerificationCode::from_random([3; 10]);
    for path in [format!("/v/{unknown}"), "/v/ABCD".to_owned()] {
        let page = stranger.get(&path).await.text();
        assert!(
            page.contains("id=\"online\"") && !page.contains("class=\"rate\""),
            "no verdict, nothing to rate: {path}"
        );
    }
}

async fn one_address_rates_so_many_times_a_minute(web: Web) {
    let web = web.configured(|config| config.limits.rating_address = 2).await;
    let tap =
        async |address: &str| Browser::new(&web).at(address).post("/ratings", &[("act", "verify")]).await;
    for _ in 0..2 {
        assert_eq!(tap("192.0.2.1").await.status, 403, "it has no ticket");
    }
    let refused = tap("192.0.2.1").await;
    assert_eq!((refused.status.as_u16(), refused.header("retry-after")), (429, "30"));
    assert!(refused.text().contains("同一网络地址每分钟最多评价 2 次"), "{}", refused.text());
    assert_eq!(tap("192.0.2.2").await.status, 403);
}

async fn keys_and_templates_are_shown_and_nothing_can_be_done_to_them(web: Web) {
    let (_, auditor) = person(&web, "auditor", AccountRole::Auditor).await;
    let keys = auditor.get("/console/keys").await.text();
    let bundle = web.house.bundle().await;
    for signer in &bundle.signers {
        assert!(keys.contains(&signer.certificate.digest().to_string()));
    }
    assert!(keys.contains("使用中") && keys.contains("p256") && keys.contains("mingzheng keys rotate"));
    assert!(!keys.split("id=\"main\"").nth(1).unwrap().contains("<form"), "nothing to press");
    let list = auditor.get("/console/templates").await.text();
    let path = list.split("href=\"/console/templates/").nth(1).unwrap().split('"').next().unwrap();
    let pdf = auditor.get(&format!("/console/templates/{path}")).await;
    assert_eq!((pdf.status.as_u16(), pdf.header("content-type")), (200, "application/pdf"));
    assert!(pdf.body.starts_with(b"%PDF-1.7"));
    for path in ["clean.xx.pdf", "none.zh.pdf", "clean.zh", "..%2Fx.pdf"] {
        assert_eq!(auditor.get(&format!("/console/templates/{path}")).await.status, 404, "{path}");
    }
}

each_on_both_engines! {
    nothing_is_rated_but_what_was_done_and_from_our_own_page;
    one_address_rates_so_many_times_a_minute;
    keys_and_templates_are_shown_and_nothing_can_be_done_to_them;
}
