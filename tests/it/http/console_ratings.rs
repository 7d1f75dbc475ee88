//! Ratings, keys and templates: one tap, one answer, and pages that only show.

use mingzheng::rules::AccountRole;

use super::browser::Browser;
use super::console::person;
use super::web::Web;
use crate::engines::on_both_engines;

on_both_engines! {
    async fn one_taps_once_and_a_low_rating_waits_for_an_answer(web: Web) {
        let stranger = Browser::new(&web);
        let page = stranger.get("/ratings?act=verify").await.text();
        assert!(page.contains("1 非常不满意") && page.contains("name=\"stars\" value=\"5\""), "{page}");
        let tap = async |browser: &Browser<'_>, act: &str, stars: &str, words: &str| {
            let fields = [("act", act), ("object", "x"), ("stars", stars), ("words", words), ("back", "/ratings")];
            browser.post("/ratings", &fields).await
        };
        let tapped = tap(&stranger, "verify", "1", "页面打不开 <b>急</b>").await;
        assert_eq!((tapped.status.as_u16(), tapped.header("location")), (303, "/ratings"), "{}", tapped.text());
        assert!(stranger.get("/ratings?act=verify").await.text().contains("感谢您的评价"));
        assert_eq!(tap(&stranger, "verify", "5", "").await.status, 303);
        assert!(stranger.get("/ratings?act=verify").await.text().contains("已评价过"), "once for each act");
        assert_eq!(web.house.number("SELECT COUNT(*) FROM rating").await, 1);
        for (act, stars) in [("verify", "0"), ("verify", "6"), ("dance", "5")] {
            assert_eq!(tap(&stranger, act, stars, "").await.status, 422, "{act} {stars}");
        }
        let other = Browser::new(&web);
        other.get("/ratings?act=verify").await;
        tap(&other, "verify", "4", "").await;
        let elsewhere = [("act", "issue"), ("stars", "5"), ("back", "https://evil.example/")];
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
        assert!(other.get("/ratings").await.text().contains("1 / 1"));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn keys_and_templates_are_shown_and_nothing_can_be_done_to_them() {
    let web = Web::open().await;
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
