//! Refusals speak the language of the page, and name nothing that only the journal knows.

use mingzheng::flow::cases::{self, Taken};
use mingzheng::rules::{AccountRole, CaseKind, CaseStep, Promises};

use super::browser::Browser;
use super::web::Web;
use crate::engines::each_on_both_engines;
use crate::flows::house::PARENT;
use crate::flows::people::somebody;

const NO_ID: &str = "0198a0c0-0000-7000-8000-000000000000";

async fn a_refusal_is_told_in_the_chosen_language_alone(web: Web) {
    for (role, name, path, zh, en) in [
        (
            AccountRole::Verifier,
            "member-v",
            "/desk".to_owned(),
            "它属于数源单位经办人",
            "it is for the regulator&#39;s clerk",
        ),
        (AccountRole::Verifier, "member-v2", "/console".to_owned(), "它属于", "it is for the"),
        (
            AccountRole::Clerk,
            "member-c",
            format!("/desk/uploads/{NO_ID}"),
            "没有这次报送",
            "there is no upload",
        ),
        (AccountRole::Clerk, "member-c2", format!("/desk/jobs/{NO_ID}"), "没有这个任务", "there is no job"),
        (
            AccountRole::Clerk,
            "member-c3",
            format!("/desk/records/{NO_ID}"),
            "没有这条记录",
            "there is no record",
        ),
        (
            AccountRole::Clerk,
            "member-c4",
            format!("/desk/quarantine/{NO_ID}"),
            "没有这条待确认的行",
            "there is no row",
        ),
        (
            AccountRole::Clerk,
            "member-c5",
            format!("/desk/cases/{NO_ID}"),
            "没有这个事项",
            "there is no such case",
        ),
        (
            AccountRole::Clerk,
            "member-c6",
            "/desk/uploads/x".to_owned(),
            "网址无法识别",
            "the path cannot be read",
        ),
        (
            AccountRole::Person,
            "member-p",
            "/my/reports/x".to_owned(),
            "没有这份报告",
            "there is no such report",
        ),
    ] {
        let who = somebody(&web.house, name, role).await;
        let browser = Browser::with(&web, &who.session).await;
        let told = browser.get(&path).await.text();
        assert!(
            told.contains(zh) && !told.contains(en) && !told.contains(&format!("@{name}")),
            "{path}: {told}"
        );
        browser.get("/account?lang=en").await;
        let told = browser.get(&path).await.text();
        assert!(
            told.contains(en) && !told.contains(zh) && !told.contains(&format!("@{name}")),
            "{path}: {told}"
        );
    }
}

/// What a page says between its marks, without names of the samples.
fn words(page: &str) -> String {
    let main = page.split_once("<main").unwrap().1.split_once("</main>").unwrap().0;
    let parts = main.split('<').filter_map(|part| part.split_once('>')).map(|(_, text)| text);
    parts.collect::<String>().replace("示范甲智能科技股份有限公司", "")
}

async fn english_at_a_click_is_english_on_the_pages_that_are_open_to_everybody(web: Web) {
    web.house.declare().await;
    web.house.send(&[crate::flows::house::row(1)]).await;
    web.house.pass(1000);
    let code = web.report().await["verification_code"].as_str().unwrap().to_owned();
    let chinese = |text: &str| text.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c));
    let browser = Browser::new(&web);
    let paths = [
        "/".to_owned(),
        format!("/v/{code}"),
        "/v/ABCD".to_owned(),
        format!("/v?sha256={}", "0".repeat(64)),
        "/problems/not-found".to_owned(),
    ];
    for path in &paths {
        let page = browser.get(path).await.text();
        assert!(page.contains("<html lang=\"zh-CN\""), "{path}");
        assert!(chinese(&words(&page)) && page.contains("class=\"en\" lang=\"en\""), "{path}");
    }
    browser.get("/?lang=en").await;
    for path in &paths {
        let page = browser.get(path).await.text();
        assert!(page.contains("<html lang=\"en\""), "{path}");
        assert!(!chinese(&words(&page)), "{path}: {}", words(&page));
    }
}

async fn a_notice_leads_to_the_page_about_it(web: Web) {
    let house = &web.house;
    let (clerk, agent) = (
        somebody(house, "clerk", AccountRole::Clerk).await,
        somebody(house, "agent", AccountRole::Agent).await,
    );
    house.pass(1000);
    house.send(&[crate::flows::house::row(1)]).await;
    house.pass(1000);
    let asked = cases::Asked {
        kind: CaseKind::Objection,
        subject: None,
        record: None,
        document_number: Some(crate::flows::house::row(1).document),
        statement: "记录金额有误。".to_owned(),
        promises: Promises::default(),
    };
    let opened = cases::open(&house.app, &crate::flows::house::subject(PARENT), &asked).await.unwrap();
    let case = opened.case.case.id;
    let regulator = crate::flows::house::regulator(crate::flows::house::MARKET);
    let steps = [
        Taken::plain(CaseStep::Accept),
        Taken::plain(CaseStep::Send),
        Taken::because(CaseStep::Reject, "处罚决定有据可查。"),
    ];
    for taken in steps {
        house.pass(1000);
        cases::step(&house.app, &regulator, case, &taken).await.unwrap();
    }
    for (session, kind, path) in [
        (&clerk.session, "收到新的异议或修复事项", format!("/desk/cases/{case}")),
        (&agent.session, "异议或修复事项有了结果", format!("/my/cases/{case}")),
    ] {
        let browser = Browser::with(&web, session).await;
        let page = browser.get("/notices").await.text();
        assert!(page.contains(&format!("<a href=\"{path}\">{kind}</a>")), "{path}: {page}");
        for link in page.split("<p><strong><a href=\"").skip(1) {
            let link = link.split('"').next().unwrap();
            assert_eq!(browser.get(link).await.status, 200, "{link}");
        }
    }
}

each_on_both_engines! {
    a_refusal_is_told_in_the_chosen_language_alone;
    english_at_a_click_is_english_on_the_pages_that_are_open_to_everybody;
    a_notice_leads_to_the_page_about_it;
}
