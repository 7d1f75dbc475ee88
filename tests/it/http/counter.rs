//! The pages of the service counter: from the search to the report to be printed.

use mingzheng::rules::AccountRole;

use super::browser::Browser;
use super::web::Web;
use crate::engines::each_on_both_engines;
use crate::flows::house::{PARENT, row};
use crate::flows::people::somebody;

#[track_caller]
fn between<'t>(text: &'t str, begin: &str, end: &str) -> &'t str {
    let rest = text.split_once(begin).unwrap_or_else(|| panic!("{begin:?} is not in {text}")).1;
    rest.split_once(end).unwrap().0
}

async fn a_clerk_finds_a_subject_and_issues_what_whoever_stands_there_asks_for(web: Web) {
    web.house.declare().await;
    web.house.send(&[row(1)]).await;
    web.house.pass(1000);
    let clerk = somebody(&web.house, "window", AccountRole::Counter).await;
    let browser = Browser::with(&web, &clerk.session).await;
    let home = browser.get("/counter").await.text();
    assert!(home.contains("href=\"/counter\" aria-current=\"page\"") && home.contains("今天还没有出具报告"));
    let short = browser.post("/counter", &[("words", "示")]).await;
    assert_eq!(short.status, 422);
    assert!(short.text().contains("名称中至少两个字"));
    assert!(browser.post("/counter", &[("words", "没有这个名字")]).await.text().contains("没有找到"));
    let found = browser.post("/counter", &[("words", PARENT)]).await.text();
    let id = between(&found, "/counter/request?subject=", "\"").to_owned();
    let form = browser.get(&format!("/counter/request?subject={id}&preset=financing")).await.text();
    assert!(form.contains("value=\"taxation\" checked") && form.len() < 100_000, "{}", form.len());
    assert!(browser.get("/counter/request").await.header("location") == "/counter");

    let fields = |change: &[(&'static str, &'static str)]| {
        let mut fields = vec![
            ("subject", id.as_str()),
            ("applicant", "示范一"),
            ("acts_as", "head"),
            ("document", "identity-card"),
            ("agreed", "yes"),
            ("domain", "market-regulation"),
            ("purpose", "loan"),
            ("span", "36-months"),
            ("edition", "zh"),
        ];
        for (name, value) in change {
            fields.retain(|(field, _)| field != name);
            fields.push((name, value));
        }
        fields
    };
    for (change, said) in [
        (("agreed", "no"), "申请人未同意的"),
        (("document", "seal"), "请选择申请人出示的证件"),
        (("acts_as", "oneself"), "请选择申请人身份"),
        (("applicant", " "), "请按证件填写申请人姓名"),
        (("domain", "none"), "有不存在的领域"),
        (("edition", "fr"), "请选择报告语言"),
    ] {
        for act in ["preview", "issue"] {
            let answer =
                browser.post("/counter/request", &fields(&[change, ("act", act), ("key", "k")])).await;
            assert_eq!(answer.status, 422, "{change:?} {act}");
            assert!(answer.text().contains(said), "{change:?} {act}: {}", answer.text());
        }
    }
    assert_eq!(web.house.number("SELECT COUNT(*) FROM report").await, 0);

    let seen = browser.post("/counter/request", &fields(&[])).await;
    assert_eq!(seen.status, 200, "{}", seen.text());
    let seen = seen.text();
    for part in ["报告尚未出具", "归集到违法记录 1 条", "示范一（法定代表人或负责人，出示居民身份证）"]
    {
        assert!(seen.contains(part), "{part}: {seen}");
    }
    let key: &'static str = between(&seen, "name=\"key\" value=\"", "\"").to_owned().leak();
    let back = browser.post("/counter/request", &fields(&[("act", "change")])).await.text();
    assert!(back.contains("value=\"示范一\"") && back.contains("value=\"market-regulation\" checked"));
    let issued = browser.post("/counter/request", &fields(&[("act", "issue"), ("key", key)])).await;
    assert_eq!(issued.status, 201, "{}", issued.text());
    let issued = issued.text();
    let number = between(&issued, "id=\"number\">", "<").to_owned();
    assert!(issued.contains("请评价本次服务") && issued.contains("id=\"code-shown\">"));
    let twice = browser.post("/counter/request", &fields(&[("act", "issue"), ("key", key)])).await;
    assert_eq!(
        (twice.status.as_u16(), between(&twice.text(), "id=\"number\">", "<")),
        (200, number.as_str())
    );

    let home = browser.get("/counter").await.text();
    assert!(home.contains(&number) && home.contains("示范一"));
    let path = format!("/counter/reports/{number}/pdf");
    let pdf = browser.get(&path).await;
    assert_eq!((pdf.status.as_u16(), pdf.header("content-type")), (200, "application/pdf"));
    assert!(pdf.body.starts_with(b"%PDF-1.7"));

    let other = somebody(&web.house, "window2", AccountRole::Counter).await;
    let other = Browser::with(&web, &other.session).await;
    assert_eq!(other.get(&path).await.status, 404);
    assert!(!other.get("/counter").await.text().contains(&number));
    assert_eq!(other.get("/my/reports").await.status, 403);
}

each_on_both_engines! {
    a_clerk_finds_a_subject_and_issues_what_whoever_stands_there_asks_for;
}
