//! Whatever somebody does to its end on a page is offered to be rated there, once; and nothing else is.

use std::time::Duration;

use axum::body::Body;
use axum::http::Request;
use mingzheng::flow::cases::{self, Asked};
use mingzheng::flow::{Actor, candidates, ratings};
use mingzheng::rules::{AccountRole, CaseKind, Promises, RatingAct};

use super::browser::Browser;
use super::console::person;
use super::console_ratings::{field, tap};
use super::desk::{clerk, linked, upload};
use super::my::{bring, form};
use super::web::{Answer, Form, OPERATOR, Web};
use crate::flows::house::{MARKET, PARENT, Row, csv, row};
use crate::flows::people::agent;

/// How many ratings of an act there are.
async fn rated(web: &Web, act: RatingAct) -> i64 {
    let all = ratings::averages(&web.house.app).await.unwrap();
    all.iter().find(|of| of.act == act).unwrap().number
}

/// The page that an act led to.
async fn led(browser: &Browser<'_>, done: &Answer) -> String {
    assert_eq!(done.status, 303, "{}", done.text());
    browser.get(done.header("location")).await.text()
}

/// That a page asks how an act was, and takes one answer.
async fn is_rated(web: &Web, browser: &Browser<'_>, page: &str, act: RatingAct) -> String {
    assert_eq!(page.matches("class=\"rate\"").count(), 1, "{act}: {page}");
    assert_eq!(field(page, "act"), act.word(), "{page}");
    let object = field(page, "object");
    assert!(!object.is_empty() && object.len() <= 64, "{object}");
    let before = rated(web, act).await;
    let tapped = tap(browser, page, "5", "").await;
    assert_eq!(tapped.status, 303, "{act}: {}", tapped.text());
    assert!(browser.get("/ratings").await.text().contains("感谢您的评价"), "{act}");
    assert_eq!(rated(web, act).await, before + 1, "{act}");
    object
}

/// The same for an act that led on to another page, which asks once.
async fn leads_on(web: &Web, browser: &Browser<'_>, done: &Answer, act: RatingAct) {
    let page = led(browser, done).await;
    is_rated(web, browser, &page, act).await;
    let again = browser.get(done.header("location")).await.text();
    assert!(!again.contains("class=\"rate\""), "{act} is asked for once: {again}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_act_at_the_desk_is_rated_once() {
    let web = Web::open().await;
    web.house.send(&[row(1), Row { code: String::new(), ..row(2) }]).await;
    web.house.pass(1000);
    let session = clerk(&web.house, "lihua", &[(MARKET, &[])]).await;
    let browser = Browser::with(&web, &session).await;

    browser.get("/desk/upload").await;
    let sent = upload(&browser, &[("act", "store"), ("domain", "market-regulation")], &csv(&[row(3)])).await;
    is_rated(&web, &browser, &led(&browser, &sent).await, RatingAct::Upload).await;

    let declared = [
        ("domain", "market-regulation"),
        ("data_from", "2018-01-01"),
        ("complete_through", "2026-11-22"),
        ("sure", "yes"),
    ];
    browser.get("/desk/coverage").await;
    leads_on(&web, &browser, &browser.post("/desk/coverage", &declared).await, RatingAct::Declare).await;

    let operator = Actor::operator();
    let open = candidates::open(&web.house.app, &operator, None, None, None, None).await.unwrap().rows;
    let one = format!("/desk/quarantine/{}", open[0].id);
    browser.get(&one).await;
    let resolved = [("to", PARENT), ("reason", "名称一致"), ("sure", "yes")];
    leads_on(&web, &browser, &browser.post(&one, &resolved).await, RatingAct::Quarantine).await;

    let record = linked(&browser.get("/desk/records?state=in-force").await.text(), "/desk/records/");
    let asked = Asked {
        kind: CaseKind::Objection,
        subject: Some(PARENT.to_owned()),
        record: Some(record.parse().unwrap()),
        document_number: None,
        statement: "金额有误".to_owned(),
        promises: Promises::default(),
    };
    let case = cases::open(&web.house.app, &operator, &asked).await.unwrap().case.case.id;
    let case = format!("/desk/cases/{case}");
    for step in ["accept", "send"] {
        browser.get(&case).await;
        let taken = browser.post(&case, &[("step", step), ("sure", "yes")]).await;
        leads_on(&web, &browser, &taken, RatingAct::Case).await;
    }

    let withdraw = format!("/desk/records/{record}/withdraw");
    browser.get(&withdraw).await;
    let done = browser.post(&withdraw, &[("reason", "误报"), ("sure", "yes")]).await;
    leads_on(&web, &browser, &done, RatingAct::Record).await;

    // What was refused is no act, and an error asks for nothing.
    let refused = browser.post(&withdraw, &[("reason", "再"), ("sure", "yes")]).await;
    assert!(refused.status == 422 && !refused.text().contains("class=\"rate\""), "{}", refused.text());
    let refused = browser.get("/desk/records/x").await;
    assert!(refused.status.is_client_error() && !refused.text().contains("class=\"rate\""));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_act_for_a_subject_is_rated_once() {
    let web = Web::open().await;
    web.house.declare().await;
    web.house.send(&[row(1)]).await;
    web.house.pass(1000);
    let own = agent(&web.house, "agent", &[(PARENT, &["see", "ask", "share"])]).await;
    agent(&web.house, "helper", &[("91310000MATE5T041X", &["see"])]).await;
    let browser = Browser::with(&web, &own.session).await;

    let asked = browser.get("/my/request").await.text();
    let subject = asked.split("name=\"subject\" value=\"").nth(1).unwrap()[..36].to_owned();
    let wish = [
        ("subject", subject.as_str()),
        ("domain", "market-regulation"),
        ("span", "36-months"),
        ("edition", "zh"),
        ("key", "k"),
    ];
    let issued = browser.post("/my/request", &wish).await;
    assert_eq!(issued.status, 201, "{}", issued.text());
    is_rated(&web, &browser, &issued.text(), RatingAct::Issue).await;

    let record = linked(&browser.get("/my/records").await.text(), "/my/records/");
    let path = format!("/my/records/{record}/objection");
    browser.get(&path).await;
    let opened = bring(&browser, &path, form(&browser).field("statement", "金额有误，应为 1 万元。")).await;
    let object = is_rated(&web, &browser, &led(&browser, &opened).await, RatingAct::Case).await;
    let case = object.parse().unwrap();
    cases::step(&web.house.app, &Actor::operator(), case, &cases::Taken::plain("accept".parse().unwrap()))
        .await
        .unwrap();
    let answered = browser.get(&format!("/my/cases/{case}")).await.text();
    let step = is_rated(&web, &browser, &answered, RatingAct::Case).await;
    assert_eq!(step, format!("{case}.2"), "each step is rated by itself");

    let mandate = [
        ("subject", subject.as_str()),
        ("name", "helper"),
        ("ask", "yes"),
        ("purpose", "上市申报"),
        ("until", "2027-01-31"),
    ];
    let page = browser.get("/my/mandates").await.text();
    assert!(!page.contains("class=\"rate\""), "nothing was done here yet");
    let refused = browser.post("/my/mandates", &[("subject", subject.as_str())]).await;
    assert!(refused.status == 422 && !refused.text().contains("class=\"rate\""));
    leads_on(&web, &browser, &browser.post("/my/mandates", &mandate).await, RatingAct::Mandate).await;
    let page = browser.get("/my/mandates").await.text();
    let given = page.split("action=\"/my/mandates/").nth(1).unwrap().split('/').next().unwrap();
    let ended = browser.post(&format!("/my/mandates/{given}/revocation"), &[("subject", &subject)]).await;
    leads_on(&web, &browser, &ended, RatingAct::Mandate).await;

    let mut share = vec![
        ("kind", "grant"),
        ("subject", PARENT),
        ("span", "36-months"),
        ("hours", "24"),
        ("uses", "1"),
        ("domain.market-regulation", "1"),
    ];
    browser.get("/codes/new?kind=grant").await;
    let made = browser.post("/codes/new", &share).await;
    assert_eq!(made.status, 200, "{}", made.text());
    is_rated(&web, &browser, &made.text(), RatingAct::Share).await;
    share[0] = ("kind", "dynamic");
    browser.get("/codes/new?kind=dynamic").await;
    leads_on(&web, &browser, &browser.post("/codes/new", &share).await, RatingAct::Share).await;

    let text = made.text();
    let address = text.split("id=\"link\">").nth(1).unwrap().split('<').next().unwrap();
    let door = format!("/c/{}", address.rsplit("/c/").next().unwrap());
    let bank = Browser::new(&web).at("192.0.2.1");
    assert!(!bank.get(&door).await.text().contains("class=\"rate\""), "to stand at a door is no act");
    let look = bank.post(&door, &[]).await;
    is_rated(&web, &bank, &led(&bank, &look).await, RatingAct::Look).await;
    assert!(!bank.get(look.header("location")).await.text().contains("class=\"rate\""));
    let used_up = bank.post(&door, &[]).await;
    assert!(used_up.status == 410 && !used_up.text().contains("class=\"rate\""));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_way_to_verify_is_rated_once() {
    let web = Web::open().await;
    let issued = web.report().await;
    let pdf = format!("/api/v1/reports/{}/pdf", issued["number"].as_str().unwrap());
    let pdf = web.get_as(OPERATOR, &pdf).await.body;
    let stranger = Browser::new(&web).at("192.0.2.1");
    let verify = async |name: &str, bytes: &[u8]| {
        let request = Request::post("/v").header("content-type", Form::KIND);
        let form = Form::new().file(name, bytes).end();
        stranger.send(request.body(Body::from(form)).unwrap()).await
    };
    let answer = verify("report.pdf", &pdf).await;
    assert!(answer.status == 200 && answer.text().contains("文件真实"), "{}", answer.text());
    is_rated(&web, &stranger, &answer.text(), RatingAct::File).await;
    let unknown = verify("other.pdf", b"%PDF-1.7 of somebody else").await;
    assert!(!unknown.text().contains("class=\"rate\""), "no report, nothing to rate: {}", unknown.text());
    let code = issued["verification_code"].as_str().unwrap();
    let page = stranger.get(&format!("/v/{code}")).await.text();
    is_rated(&web, &stranger, &page, RatingAct::Verify).await;

    let (_, verifier) = person(&web, "verifier", AccountRole::Verifier).await;
    verifier.get("/verifications").await;
    let form = form(&verifier).file("codes.txt", code.as_bytes());
    let brought = bring(&verifier, "/verifications", form).await;
    assert_eq!(brought.status, 303, "{}", brought.text());
    let page = loop {
        let page = verifier.get(brought.header("location")).await.text();
        if page.contains("results.pdf") {
            break page;
        }
        assert!(!page.contains("class=\"rate\""), "it is not done yet");
        tokio::time::sleep(Duration::from_millis(50)).await;
    };
    is_rated(&web, &verifier, &page, RatingAct::Batch).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_makes_up_an_act_to_be_rated() {
    let web = Web::open().await;
    let (_, verifier) = person(&web, "verifier", AccountRole::Verifier).await;
    let ticket = "0".repeat(64);
    for made_up in [format!("issue x {ticket}"), "issue x".to_owned(), format!("dance x {ticket}")] {
        let encoded = super::browser::encoded(&made_up);
        verifier.cookies.borrow_mut().insert("mz_rate".into(), encoded);
        let page = verifier.get("/account").await.text();
        assert!(page.contains("我的账户") && !page.contains("class=\"rate\""), "{made_up}");
    }
    let public = Browser::new(&web).get("/ratings").await.text();
    for act in RatingAct::ALL {
        assert!(public.contains(act.zh()), "{act} has an average");
    }
}
