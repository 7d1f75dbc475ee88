//! The pages for people: they show what to compare, work without scripts, and trust nothing that is put into them.

use mingzheng::flow::{Actor, register, signers};
use mingzheng::http::Problem;
use mingzheng::rules::KeyKind;
use mingzheng::seal::{self, Keyring};

use super::web::{Answer, Web};
use crate::flows::house::{PARENT, row};
use crate::signed_sample::dice;

async fn page(web: &Web, path: &str) -> String {
    let answer: Answer = web.get(path).await;
    assert_eq!(
        (answer.status.as_u16(), answer.header("content-type")),
        (200, "text/html; charset=utf-8"),
        "{path}"
    );
    let text = answer.text();
    let allowed = text.replace("<script src=\"/assets/", "");
    for scripted in ["<script", "javascript:", " onclick", " style="] {
        assert!(!allowed.contains(scripted), "{path}: {scripted}");
    }
    assert!(text.contains("lang=\"zh-CN\"") && text.contains("lang=\"en\""));
    text
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_page_of_a_code_shows_what_to_compare() {
    let web = Web::open().await;
    web.house.declare().await;
    web.house.send(&[row(1)]).await;
    web.house.pass(10);
    let issued = web.report().await;
    let code = issued["verification_code"].as_str().unwrap();

    let shown = page(&web, &format!("/v/{}", code.replace('-', ""))).await;

    for fact in [
        code,
        PARENT,
        "示范甲智能科技股份有限公司",
        issued["number"].as_str().unwrap(),
        "2023-11-22",
        "归集到违法记录 1 条",
    ] {
        assert!(shown.contains(fact), "{fact}");
    }
    assert!(shown.contains("class=\"verdict valid\""));
    assert_eq!(page(&web, &format!("/v/{}", code.to_lowercase())).await, shown);

    let number = issued["number"].as_str().unwrap();
    let reason = "<b>误</b>";
    mingzheng::flow::revoke::in_emergency(&web.house.app, &Actor::operator(), number, reason).await.unwrap();
    let revoked = page(&web, &format!("/v/{code}")).await;
    assert!(revoked.contains("class=\"verdict bad\"") && revoked.contains("已被撤销"));
    assert!(!revoked.contains(reason));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_page_of_a_code_warns_first_of_a_key_that_was_lost_before_it_signed() {
    let web = Web::open().await;
    web.house.declare().await;
    let before = web.report().await;
    web.house.pass(60_000);
    let since = web.house.app.now();
    web.house.pass(60_000);
    let late = web.report().await;
    web.house.pass(60_000);
    let operator = Actor::operator();
    signers::revoke(&web.house.app, &operator, "current", true, since, "介质遗失").await.unwrap();
    let keys = web.house.config.keys();
    Keyring::rotate(&keys, KeyKind::P256, web.house.app.now(), &mut dice(99)).unwrap();
    let web = web.configured(|_| ()).await;
    let shown = async |issued: &serde_json::Value| {
        page(&web, &format!("/v/{}", issued["verification_code"].as_str().unwrap())).await
    };

    let good = shown(&before).await;
    assert!(good.contains("class=\"verdict valid\"") && good.contains("<small>可信 "), "{good}");
    let bad = shown(&late).await;
    assert!(bad.contains("class=\"verdict bad\"") && bad.contains("<h1>签发单位不可信</h1>"), "{bad}");
    assert!(bad.contains("<small>签名密钥已被吊销或失密 ") && !bad.contains("目前有效"), "{bad}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn mistyped_and_unknown_codes_get_pages_of_their_own() {
    let web = Web::open().await;
    let mistyped = page(&web, "/v/ABCD").await;
    assert!(mistyped.contains("核验码输入有误") && mistyped.contains("<form"));
    let unknown = mingzheng::rules::VerificationCode::from_random([3; 10]);
    let unknown = page(&web, &format!("/v/{unknown}")).await;
    assert!(unknown.contains("没有与此核验码对应的报告") && unknown.contains("<form"));
    let hostile = page(&web, "/v/%3Cscript%3Ealert(1)%3C%2Fscript%3E").await;
    assert!(!hostile.contains("<script>"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn hostile_names_are_text() {
    let web = Web::open().await;
    let text = format!(
        "[[subject]]\nkind = \"enterprise\"\ncode = \"{PARENT}\"\nnames = [{{ name = \"<script>alert(1)</script>&\\\"'甲\" }}]\n"
    );
    register::subjects(&web.house.app, &Actor::operator(), &text).await.unwrap();
    web.house.pass(10);
    let issued = web.report().await;
    let shown = page(&web, &format!("/v/{}", issued["verification_code"].as_str().unwrap())).await;
    assert!(shown.contains("script&#62;") || shown.contains("script&gt;"), "{shown}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_form_leads_to_the_page_of_the_code() {
    let web = Web::open().await;
    assert!(page(&web, "/").await.contains("action=\"/v\""));
    let code = mingzheng::rules::VerificationCode::from_random([3; 10]);
    let one_code = mingzheng::rules::OneCode::from_random([9; 17]);
    for (typed, leads_to) in [
        (code.to_string(), format!("/v/{}", code.compact())),
        (code.to_string().to_lowercase().replace('-', "+"), format!("/v/{}", code.compact())),
        ("ab%2F..%2Fc".into(), "/v/abc".into()),
        ("%2F%2Fexample.com".into(), "/v/examplecom".into()),
        (String::new(), "/".into()),
        ("%E7%A0%81".into(), "/".into()),
        (one_code.to_string(), format!("/c/{}", one_code.compact())),
        (format!("http://127.0.0.1:8600/c/{}", one_code.compact()), format!("/c/{}", one_code.compact())),
        ("A".repeat(64), format!("/v?sha256={}", "A".repeat(64))),
    ] {
        let answer = web.get(&format!("/v?code={typed}")).await;
        assert_eq!((answer.status.as_u16(), answer.header("location")), (303, leads_to.as_str()), "{typed}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_fingerprint_alone_is_answered_and_what_it_cannot_tell_is_said_plainly() {
    let web = Web::open().await;
    assert!(page(&web, "/v").await.contains("id=\"bring\""), "the box itself");
    let issued = web.report().await;
    let found = page(&web, &format!("/v?sha256={}", issued["pdf_sha256"].as_str().unwrap())).await;
    assert!(found.contains("指纹相符") && found.contains(PARENT) && !found.contains("不等于“假”"), "{found}");
    let unknown = page(&web, &format!("/v?sha256={}", "a".repeat(64))).await;
    assert!(unknown.contains("“不能判断”不等于“假”") && unknown.contains("请上传文件本身"), "{unknown}");
    web.get("/v?sha256=abc").await.problem("unprocessable", 422);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_problem_has_a_page() {
    let web = Web::open().await;
    for problem in Problem::ALL {
        assert!(page(&web, problem.kind()).await.contains(problem.kind()));
    }
}

/// What stands between two texts, the first time.
fn between<'t>(text: &'t str, from: &str, to: &str) -> &'t str {
    text.split_once(from).and_then(|(_, rest)| rest.split_once(to)).map(|(found, _)| found).unwrap()
}

/// The digest that a policy or an `integrity` names, in hexadecimal.
fn named(integrity: &str) -> String {
    let symbols = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let value = |c| symbols.find(c).unwrap_or(0);
    let symbols = integrity["sha256-".len()..].chars().map(value);
    let bits: Vec<usize> = symbols.flat_map(|it| (0..6).rev().map(move |place| it >> place & 1)).collect();
    let digit = |nibble: &[usize]| nibble.iter().fold(0, |sum, bit| sum << 1 | bit);
    bits[..256].chunks(4).map(|nibble| char::from(b"0123456789abcdef"[digit(nibble)])).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_offline_page_runs_its_own_script_only_and_carries_a_good_bundle() {
    let web = Web::open().await;
    let answer = web.get("/offline").await;
    assert_eq!((answer.status.as_u16(), answer.header("content-type")), (200, "text/html; charset=utf-8"));
    let (text, policy) = (answer.text(), answer.header("content-security-policy"));
    assert!(policy.starts_with("default-src 'none'; script-src 'sha256-") && !policy.contains("unsafe"));
    let script = between(&text, "<script>", "</script>");
    let style = between(&text, "<style>", "</style>");
    for (directive, inside) in [("script-src", script), ("style-src", style)] {
        let allowed = between(policy, &format!("{directive} '"), "'");
        assert_eq!(named(allowed), seal::digest(inside.as_bytes()).to_string(), "{directive}");
        assert!(
            text.contains(&allowed.replace('+', "&#43;")) || text.contains(allowed),
            "the copy has the policy too"
        );
    }
    let bundle = between(&text, "<script type=\"application/json\" id=\"trust\">", "</script>");
    let bundle: serde_json::Value = serde_json::from_str(bundle).unwrap();
    let trust = seal::TrustBundle::parse(bundle.to_string().as_bytes()).unwrap();
    let file = web.get("/trust.json").await;
    assert_eq!(file.header("content-type"), "application/json");
    assert_eq!(seal::TrustBundle::parse(&file.body).unwrap(), trust);
    for foreign in ["http-equiv=\"refresh\"", "src=\"", "@import", "url("] {
        assert!(!text.replace(script, "").contains(foreign), "{foreign}");
    }
    for forbidden in
        ["eval(", "innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "new Function"]
    {
        assert!(!script.contains(forbidden), "{forbidden}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_script_of_a_code_is_kept_for_good_under_a_name_that_changes_with_it() {
    let web = Web::open().await;
    let shown = page(&web, "/v/ABCD").await;
    let name = between(&shown, "<script src=\"", "\"");
    let integrity = between(&shown, "integrity=\"", "\"").replace("&#43;", "+");
    let script = web.get(name).await;
    assert_eq!(script.header("content-type"), "text/javascript; charset=utf-8");
    assert_eq!(script.header("cache-control"), "public, max-age=31536000, immutable");
    assert_eq!(script.header("x-content-type-options"), "nosniff");
    assert_eq!(named(&integrity), seal::digest(&script.body).to_string());
    web.get("/assets/0000000000000000.js").await.problem("not-found", 404);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_bundle_of_the_pages_is_at_most_a_minute_old() {
    let web = Web::open().await;
    let issued = web.report().await;
    let bundle = async || seal::TrustBundle::parse(&web.get("/trust.json").await.body).unwrap();
    assert_eq!(bundle().await.statuses.len(), 0);
    let number = issued["number"].as_str().unwrap();
    mingzheng::flow::revoke::in_emergency(&web.house.app, &Actor::operator(), number, "误").await.unwrap();
    assert_eq!(bundle().await.statuses.len(), 0, "the one of this minute");
    web.house.pass(60_000);
    assert_eq!(bundle().await.statuses.len(), 1);
}
