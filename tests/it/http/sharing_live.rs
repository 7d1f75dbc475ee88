//! One-codes that are followed, forms that are sent twice, and the list of who looked.

use std::time::Duration;

use axum::body::Body;
use axum::http::Request;
use mingzheng::flow::{notices, sessions};
use mingzheng::rules::AccountRole;
use serde_json::json;

use super::browser::Browser;
use super::web::{Answer, COMPANY, OTHER, Web};
use crate::engines::each_on_both_engines;
use crate::flows::house::{PARENT, SUBSIDIARY};
use crate::flows::people::{agent, somebody};

/// What stands between two marks.
#[track_caller]
fn between<'t>(text: &'t str, from: &str, to: &str) -> &'t str {
    let rest = text.split_once(from).unwrap_or_else(|| panic!("{from:?} is not in {text}")).1;
    rest.split(to).next().unwrap()
}

/// The form of a grant, with the key that it came with.
async fn form<'f>(browser: &Browser<'_>, more: &[(&'f str, &'f str)]) -> (String, Vec<(&'f str, &'f str)>) {
    let page = browser.get("/codes/new?kind=grant").await.text();
    let key = between(&page, "name=\"key\" value=\"", "\"").to_owned();
    assert_eq!(key.len(), 64);
    let mut fields =
        vec![("kind", "grant"), ("subject", PARENT), ("span", "36-months"), ("hours", "24"), ("uses", "3")];
    fields.extend(more);
    (key, fields)
}

/// Sends a form with its key.
async fn send(browser: &Browser<'_>, key: &str, fields: &[(&str, &str)]) -> Answer {
    let with: Vec<_> = fields.iter().copied().chain([("key", key)]).collect();
    browser.post("/codes/new", &with).await
}

fn link(page: &str) -> String {
    between(page, "id=\"link\">", "<").replace("http://127.0.0.1:8600", "")
}

async fn a_form_that_is_sent_twice_makes_one_grant_and_shows_its_code_again(web: Web) {
    let session = somebody(&web.house, "holder", AccountRole::Agent).await.session;
    let holder = Browser::with(&web, &session).await;
    let (key, fields) = form(&holder, &[]).await;
    let made = send(&holder, &key, &fields).await;
    assert_eq!(made.status, 200, "{}", made.text());
    let again = send(&holder, &key, &fields).await;
    assert_eq!((again.status.as_u16(), link(&again.text())), (200, link(&made.text())));
    assert_eq!(web.house.number("SELECT COUNT(*) FROM share").await, 1);

    let changed: Vec<_> =
        fields.iter().map(|&(name, value)| (name, if name == "uses" { "5" } else { value })).collect();
    let told = send(&holder, &key, &changed).await;
    assert_eq!(told.status, 409);
    let text = told.text();
    assert!(text.contains("此表单已提交过一次") && text.contains("value=\"5\""), "{text}");
    let fresh = between(&text, "name=\"key\" value=\"", "\"").to_owned();
    assert_ne!(fresh, key);
    let other = send(&holder, &fresh, &changed).await;
    assert_ne!(link(&other.text()), link(&made.text()));
    assert_eq!(web.house.number("SELECT COUNT(*) FROM share").await, 2);

    let faulty: Vec<_> =
        fields.iter().map(|&(name, value)| (name, if name == "uses" { "0" } else { value })).collect();
    let (key, _) = form(&holder, &[]).await;
    let refused = send(&holder, &key, &faulty).await;
    assert_eq!(refused.status, 422);
    assert_eq!(between(&refused.text(), "name=\"key\" value=\"", "\""), key, "nothing was made under it");
    assert_eq!(send(&holder, &key, &fields).await.status, 200);
    assert_eq!(send(&holder, &"k".repeat(201), &fields).await.status, 422);
}

async fn a_code_on_a_screen_is_made_once_by_one_form(web: Web) {
    let session = somebody(&web.house, "holder", AccountRole::Agent).await.session;
    let holder = Browser::with(&web, &session).await;
    let (key, _) = form(&holder, &[]).await;
    let fields = [("kind", "dynamic"), ("subject", PARENT), ("span", "36-months")];
    let to = send(&holder, &key, &fields).await.header("location").to_owned();
    assert!(to.starts_with("/codes/"));
    assert_eq!(send(&holder, &key, &fields).await.header("location"), to);
}

async fn a_program_whose_answer_was_lost_asks_again(web: Web) {
    let wanted =
        json!({ "subject": PARENT, "domains": ["market-regulation"], "span": "36-months", "uses": 2 });
    let post = async |token: &str, key: &str, body: String| {
        let request = Request::post("/api/v1/grants")
            .header("authorization", format!("Bearer {token}"))
            .header("content-type", "application/json")
            .header("idempotency-key", key);
        web.send(request.body(Body::from(body)).unwrap()).await
    };
    let made = post(COMPANY, "b7d1c3a0", wanted.to_string()).await;
    assert_eq!(made.status, 201, "{}", made.text());
    web.house.pass(60_000);
    let again = post(COMPANY, "b7d1c3a0", wanted.to_string()).await;
    assert_eq!((again.status.as_u16(), again.json()), (200, made.json()));
    let mut other = wanted.clone();
    other["uses"] = json!(3);
    let told = post(COMPANY, "b7d1c3a0", other.to_string()).await.problem("conflict", 409);
    assert!(told.contains("此幂等键已用于另一请求"), "{told}");
    post(OTHER, "b7d1c3a0", wanted.to_string()).await.problem("forbidden", 403);
    post(COMPANY, "", wanted.to_string()).await.problem("bad-request", 400);
    post(COMPANY, &"k".repeat(201), wanted.to_string()).await.problem("bad-request", 400);
    assert_eq!(web.house.number("SELECT COUNT(*) FROM share").await, 1);
}

async fn looks_come_to_the_page_as_they_happen_until_the_session_ends(web: Web) {
    let session = agent(&web.house, "holder", &[(PARENT, &["see", "share"])]).await.session;
    let holder = Browser::with(&web, &session).await;
    let (key, fields) = form(&holder, &[]).await;
    let made = send(&holder, &key, &fields).await.text();
    let (path, of) = (link(&made), format!("/codes/{}", between(&made, "href=\"/codes/", "\"")));
    let bank = Browser::new(&web);
    bank.get(&path).await;
    let happens = async {
        tokio::time::sleep(Duration::from_millis(400)).await;
        assert_eq!(bank.post(&path, &[]).await.status, 303);
        tokio::time::sleep(Duration::from_millis(1500)).await;
        sessions::leave(&web.house.app, &session).await.unwrap();
    };
    let events =
        async { tokio::time::timeout(Duration::from_mins(1), holder.get(&format!("{of}/events"))).await };
    let (events, ()) = tokio::join!(events, happens);
    let events = events.unwrap();
    assert_eq!(events.header("content-type"), "text/event-stream");
    let text = events.text();
    let told: Vec<&str> = text.lines().filter(|line| line.starts_with("event: ")).collect();
    assert_eq!(told, ["event: looks", "event: looks", "event: over"], "{text}");
    let counts: Vec<&str> =
        text.split("data-looks=\"").skip(1).map(|rest| rest.split('"').next().unwrap()).collect();
    assert_eq!(counts, ["0", "1"]);
    assert!(text.contains("未登录") && !text.contains("<html"), "{text}");
}

async fn an_account_follows_so_many_pages_at_once_and_only_its_own(web: Web) {
    let session = agent(&web.house, "holder", &[(PARENT, &["share"])]).await.session;
    let holder = Browser::with(&web, &session).await;
    let (key, fields) = form(&holder, &[]).await;
    let made = send(&holder, &key, &fields).await.text();
    let events = format!("/codes/{}/events", between(&made, "href=\"/codes/", "\""));
    let elsewhere = agent(&web.house, "elsewhere", &[(SUBSIDIARY, &["share"])]).await.session;
    assert_eq!(Browser::with(&web, &elsewhere).await.get(&events).await.status, 404);

    let open = || holder.get(&events);
    let refused = async {
        tokio::time::sleep(Duration::from_millis(500)).await;
        let fourth = open().await;
        assert_eq!(fourth.status, 429, "{}", fourth.text());
        assert!(fourth.text().contains("最多同时打开 3 个实时页面"), "{}", fourth.text());
        sessions::leave(&web.house.app, &session).await.unwrap();
    };
    let (one, two, three, ()) = tokio::join!(open(), open(), open(), refused);
    for answer in [one, two, three] {
        assert!(answer.text().ends_with("event: over\ndata: over\n\n"), "{}", answer.text());
    }
    let again = agent(&web.house, "holder2", &[(PARENT, &["share"])]).await.session;
    let other = Browser::with(&web, &again).await;
    let closes = async {
        tokio::time::sleep(Duration::from_millis(300)).await;
        sessions::leave(&web.house.app, &again).await.unwrap();
    };
    let (answer, ()) = tokio::join!(other.get(&events), closes);
    assert_eq!(answer.status, 200, "places that were left are free");
}

async fn so_many_pages_of_one_account_are_opened_in_a_minute(web: Web) {
    let web = web.configured(|config| config.limits.follow_account = 2).await;
    let session = agent(&web.house, "holder", &[(PARENT, &["share"])]).await.session;
    let holder = Browser::with(&web, &session).await;
    let nothing = "/codes/0198a0c0-0000-7000-8000-000000000000/events";
    for _ in 0..2 {
        assert_eq!(holder.get(nothing).await.status, 404);
    }
    let told = holder.get(nothing).await;
    assert_eq!(told.status, 429);
    assert!(told.text().contains("打开实时页面 2 次"), "{}", told.text());
}

async fn the_subject_reads_who_looked_page_by_page(web: Web) {
    let session = agent(&web.house, "holder", &[(PARENT, &["see", "ask", "share"])]).await.session;
    let holder = Browser::with(&web, &session).await;
    for path in ["/my", "/my/looks"] {
        assert!(holder.get(path).await.text().contains("还没有人核验过报告或查看过一码"), "{path}");
    }
    let report = web.report().await;
    let code = report["verification_code"].as_str().unwrap();
    for _ in 0..2 {
        web.get(&format!("/v/{code}")).await;
    }
    notices::send(&web.house.app).await.unwrap();
    let (key, mut fields) = form(&holder, &[("recipient", "示范<银行>")]).await;
    fields.retain(|(name, _)| *name != "uses");
    fields.push(("uses", "30"));
    let path = link(&send(&holder, &key, &fields).await.text());
    let bank = Browser::with(&web, &somebody(&web.house, "bank", AccountRole::Verifier).await.session).await;
    for _ in 0..22 {
        web.house.pass(1000);
        bank.get(&path).await;
        assert_eq!(bank.post(&path, &[]).await.status, 303);
    }

    let home = holder.get("/my").await.text();
    assert_eq!(home.matches("<code>@bank</code>").count(), 5, "{home}");
    assert!(home.contains("<a href=\"/my/looks\">查看全部查看记录 (23)</a>") && home.len() < 100_000);
    let first = holder.get("/my/looks").await.text();
    assert_eq!(first.matches("<code>@bank</code>").count(), 20);
    assert!(
        first.contains("1 / 2") && first.contains("示范&#60;银行&#62;") && first.contains("href=\"/codes/")
    );
    let second = holder.get("/my/looks?page=2").await.text();
    assert_eq!(second.matches("<code>@bank</code>").count(), 2);
    let number = report["number"].as_str().unwrap();
    assert!(
        second.contains(number) && second.contains("被核验 2 次") && second.contains("不记录核验人"),
        "{second}"
    );
    assert_eq!(
        holder.get("/my/looks?page=9").await.text().matches("<code>@bank</code>").count(),
        2,
        "the last page"
    );

    let looker = agent(&web.house, "looker", &[(PARENT, &["see"])]).await.session;
    let seen = Browser::with(&web, &looker).await.get("/my/looks").await.text();
    assert!(
        seen.contains("@bank") && !seen.contains("href=\"/codes/"),
        "the pages of one-codes are not theirs"
    );
    let stranger =
        agent(&web.house, "stranger", &[(SUBSIDIARY, &["see"]), (PARENT, &["share"])]).await.session;
    let stranger = Browser::with(&web, &stranger).await;
    let theirs = stranger.get("/my/looks").await.text();
    assert!(!theirs.contains("@bank") && theirs.contains("还没有人核验过"), "{theirs}");
}

each_on_both_engines! {
    a_form_that_is_sent_twice_makes_one_grant_and_shows_its_code_again;
    a_code_on_a_screen_is_made_once_by_one_form;
    a_program_whose_answer_was_lost_asks_again;
    looks_come_to_the_page_as_they_happen_until_the_session_ends;
    an_account_follows_so_many_pages_at_once_and_only_its_own;
    so_many_pages_of_one_account_are_opened_in_a_minute;
    the_subject_reads_who_looked_page_by_page;
}
