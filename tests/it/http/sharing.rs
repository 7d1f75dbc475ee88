//! One-codes by pages and by programs: a door that takes nothing, a look behind it, and a holder who sees it.

use mingzheng::rules::AccountRole;
use serde_json::{Value, json};

use super::browser::Browser;
use super::web::{Answer, CLERK, COMPANY, OPERATOR, OTHER, Web};
use crate::engines::each_on_both_engines;
use crate::flows::house::{PARENT, row};
use crate::flows::people::somebody;

const NAME: &str = "示范甲智能科技股份有限公司";

async fn holder(web: &Web) -> Browser<'_> {
    let session = somebody(&web.house, "holder", AccountRole::Agent).await.session;
    Browser::with(web, &session).await
}

/// What stands between two marks.
fn between<'t>(text: &'t str, from: &str, to: &str) -> &'t str {
    text.split(from).nth(1).and_then(|rest| rest.split(to).next()).unwrap_or_default()
}

/// Makes a grant by the form, and gives the path that opens it.
async fn grants(browser: &Browser<'_>, more: &[(&str, &str)]) -> (String, String) {
    browser.get("/codes/new?kind=grant").await;
    let mut fields = vec![
        ("kind", "grant"),
        ("subject", PARENT),
        ("span", "36-months"),
        ("hours", "24"),
        ("uses", "1"),
        ("domain.market-regulation", "1"),
    ];
    fields.retain(|(name, _)| more.iter().all(|(other, _)| other != name));
    fields.extend(more);
    let made = browser.post("/codes/new", &fields).await;
    assert_eq!(made.status, 200, "{}", made.text());
    let text = made.text();
    let address = between(&text, "id=\"link\">", "<");
    let path = address.strip_prefix("http://127.0.0.1:8600").unwrap_or(address).to_owned();
    assert!(path.starts_with("/c/"), "{text}");
    (path, format!("/codes/{}", between(&text, "href=\"/codes/", "\"")))
}

async fn a_link_is_previewed_opened_seen_and_taken_back(web: Web) {
    web.house.declare().await;
    web.house.send(&[row(1)]).await;
    web.house.pass(1000);
    let holder = holder(&web).await;
    let (path, of) = grants(&holder, &[]).await;

    let bank = Browser::new(&web);
    for _ in 0..3 {
        let door = bank.get(&path).await;
        assert_eq!(door.status, 200);
        assert!(!door.text().contains(NAME) && door.text().contains("打开查看"), "{}", door.text());
    }
    assert!(holder.get(&of).await.text().contains("还没有人查看"), "a preview is no look");
    bank.get(&path).await;
    let opened = bank.post(&path, &[]).await;
    assert_eq!(opened.status, 303, "{}", opened.text());
    let look = opened.header("location").to_owned();
    let shown = bank.get(&look).await;
    assert_eq!(shown.status, 200);
    for words in [NAME, PARENT, "归集到违法记录 1 条", "2026-11-22 10:00:0"] {
        assert!(shown.text().contains(words), "{words}: {}", shown.text());
    }
    assert!(!shown.text().contains("未按规定明码标价"), "conclusions only");
    assert!(!shown.text().contains("下载签名报告"));
    assert_eq!(Browser::new(&web).get(&look).await.status, 404, "a look is seen where it was taken");
    assert_eq!(bank.post(&path, &[]).await.status, 410, "one look was granted");

    let page = holder.get(&of).await.text();
    assert!(page.contains("未登录") && page.contains("已用完") && !page.contains("立即撤回"), "{page}");
    let (path, of) = grants(&holder, &[("uses", "2"), ("download", "1")]).await;
    bank.get(&path).await;
    let look = bank.post(&path, &[]).await.header("location").to_owned();
    assert!(bank.get(&look).await.text().contains("下载签名报告"));
    let report = bank.post(&format!("{look}/report"), &[]).await;
    assert_eq!((report.status.as_u16(), &report.body[..5]), (200, &b"%PDF-"[..]));
    holder.get(&of).await;
    let revoked = holder.post(&format!("{of}/revoke"), &[]).await;
    assert_eq!(revoked.header("location"), of);
    for gone in [bank.get(&look).await, bank.get(&path).await, bank.post(&path, &[]).await] {
        assert_eq!(gone.status, 410);
        assert!(gone.text().contains("出示人已撤回此码") && !gone.text().contains(NAME), "{}", gone.text());
    }
}

async fn a_code_on_a_screen_is_drawn_anew_with_and_without_scripts(web: Web) {
    let holder = holder(&web).await;
    holder.get("/codes/new?kind=dynamic").await;
    let made =
        holder.post("/codes/new", &[("kind", "dynamic"), ("subject", PARENT), ("span", "36-months")]).await;
    assert_eq!(made.status, 303, "{}", made.text());
    let of = made.header("location").to_owned();
    let page = holder.get(&of).await.text();
    assert!(page.contains("<noscript><meta http-equiv=\"refresh\" content=\"60\"></noscript>"), "{page}");
    assert!(
        page.contains("data:image/svg+xml,") && page.contains("2026-11-22 10:01:3"),
        "it tells when it dies"
    );
    assert!(!page.contains("onclick") && !page.contains("<script>") && !page.contains(" style="));
    assert!(page.len() < 100_000, "{}", page.len());
    let typed = |text: &str| between(text, "id=\"code-typed\">", "<").to_owned();
    let first = typed(&page);
    let second = typed(&holder.get(&format!("{of}/code")).await.text());
    assert!(first.len() == 33 && second.len() == 33 && first != second, "{first} {second}");
    let bank = Browser::new(&web);
    let path = format!("/c/{second}");
    bank.get(&path).await;
    assert_eq!(bank.post(&path, &[]).await.status, 303, "typed with hyphens");
    let looks = holder.get(&format!("{of}/looks")).await.text();
    assert!(looks.contains("data-looks=\"1\"") && !looks.contains("<html"), "{looks}");
    web.house.pass(90_000);
    assert_eq!(bank.get(&format!("/c/{first}")).await.status, 410);
}

async fn a_verifier_asks_and_the_holder_answers_by_pages(web: Web) {
    let holder = holder(&web).await;
    let (path, of) = grants(&holder, &[("consent", "1")]).await;
    let stranger = Browser::new(&web);
    let door = stranger.get(&path).await.text();
    assert!(door.contains("须经出示人同意") && door.contains("/sign-in?next=%2Fc%2F"), "{door}");
    let session = somebody(&web.house, "bank", AccountRole::Verifier).await.session;
    let bank = Browser::with(&web, &session).await;
    assert!(bank.get(&path).await.text().contains("出示人会看到"));
    let silent = bank.post(&format!("{path}/ask"), &[("purpose", " ")]).await;
    assert_eq!(silent.status, 422);
    assert!(silent.text().contains("请填写用途") && silent.text().contains("aria-invalid"));
    bank.post(&format!("{path}/ask"), &[("purpose", "贷前调查<script>")]).await;
    let waits = bank.get(&path).await;
    assert!(waits.text().contains("正在等待答复") && waits.header("refresh") == "5");
    let page = holder.get(&of).await.text();
    assert!(page.contains("示范核验单位") && page.contains("贷前调查&#60;script&#62;"), "{page}");
    let agree = format!("{of}/asks/{}", between(&page, &format!("{of}/asks/"), "\""));
    assert!(agree.ends_with("/agree"), "{agree}");
    assert_eq!(holder.post(&agree, &[]).await.status, 303);
    assert!(bank.get(&path).await.text().contains("出示人已同意"));
    let look = bank.post(&path, &[]).await.header("location").to_owned();
    assert!(bank.get(&look).await.text().contains("贷前调查"));
    assert!(holder.get(&of).await.text().contains("<code>@bank</code>"));
}

async fn a_fault_in_the_form_is_told_at_its_field_and_forms_from_elsewhere_do_nothing(web: Web) {
    let holder = holder(&web).await;
    holder.get("/codes/new").await;
    let typed =
        [("kind", "grant"), ("subject", PARENT), ("span", "36-months"), ("hours", "24"), ("uses", "0")];
    let refused = holder.post("/codes/new", &typed).await;
    assert_eq!(refused.status, 422);
    let text = refused.text();
    assert!(between(&text, "<input id=\"uses\"", ">").contains("aria-invalid=\"true\""), "{text}");
    assert!(text.contains("查看次数应为 1 至 1000 次"));
    let token = holder.token.replace("wrong".into());
    assert_eq!(holder.post("/codes/new", &typed).await.status, 403);
    holder.token.replace(token);
    assert!(holder.get("/codes").await.text().contains("还没有出示或授权过"));
}

async fn scans(web: &Web, body: &Value) -> Answer {
    web.post("/api/v1/scans", "application/json", body.to_string()).await
}

async fn programs_grant_scan_and_take_back(web: Web) {
    web.house.declare().await;
    web.house.pass(1000);
    let wanted = json!({ "subject": PARENT, "domains": ["market-regulation"], "span": "36-months",
        "uses": 2, "hours": 1, "download": true });
    let made = web.post_json(COMPANY, "/api/v1/grants", &wanted).await;
    assert_eq!(made.status, 201, "{}", made.text());
    let made = made.json();
    for token in [OTHER, CLERK, OPERATOR] {
        web.post_json(token, "/api/v1/grants", &wanted).await.problem("forbidden", 403);
    }
    let of = format!("/api/v1/grants/{}", made["id"].as_str().unwrap());
    web.get_as(OTHER, &of).await.problem("not-found", 404);

    let scan = scans(&web, &json!({ "code": made["url"] })).await;
    assert_eq!(scan.status, 200, "{}", scan.text());
    let scan = scan.json();
    assert_eq!(scan["name"], NAME);
    assert_eq!(scan["conclusions"][0]["conclusion"], "none");
    assert_eq!(scan["conclusions"].as_array().unwrap().len(), 1);
    let report = scan["report"].as_str().unwrap();
    web.post(report, "application/json", json!({ "secret": "x" }).to_string())
        .await
        .problem("not-found", 404);
    let pdf = web.post(report, "application/json", json!({ "secret": scan["secret"] }).to_string()).await;
    assert_eq!((pdf.status.as_u16(), pdf.header("content-type")), (200, "application/pdf"));

    let shown = web.get_as(COMPANY, &of).await.json();
    assert_eq!((&shown["looks"], &shown["state"]), (&json!(1), &json!("open")), "{shown}");
    assert_eq!(shown["looked"].as_array().unwrap().len(), 1);
    assert_eq!(web.get_as(COMPANY, "/api/v1/grants?limit=5").await.json()["total"], 1);
    let removed = axum::http::Request::delete(&of).header("authorization", format!("Bearer {COMPANY}"));
    let removed = web.send(removed.body(axum::body::Body::empty()).unwrap()).await;
    assert_eq!(removed.status, 204);
    let said = scans(&web, &json!({ "code": made["code"] })).await.problem("gone", 410);
    assert!(said.contains("took this code back"), "{said}");
    scans(&web, &json!({ "code": "0".repeat(27) })).await.problem("unprocessable", 422);
    scans(&web, &json!({ "codes": "x" })).await.problem("unprocessable", 422);
    let bad = json!({ "subject": PARENT, "span": "36-months", "hours": 721 });
    let said = web.post_json(COMPANY, "/api/v1/grants", &bad).await.problem("unprocessable", 422);
    assert!(said.contains("1 小时至 30 天"), "{said}");
}

each_on_both_engines! {
    a_link_is_previewed_opened_seen_and_taken_back;
    a_code_on_a_screen_is_drawn_anew_with_and_without_scripts;
    a_verifier_asks_and_the_holder_answers_by_pages;
    a_fault_in_the_form_is_told_at_its_field_and_forms_from_elsewhere_do_nothing;
    programs_grant_scan_and_take_back;
}
