//! The pages of those who look after a subject: from the form to the report, and what is somebody else's.

use axum::body::Body;
use axum::http::Request;
use mingzheng::rules::AccountRole;

use super::browser::Browser;
use super::web::{Answer, Form, Web};
use crate::engines::each_on_both_engines;
use crate::flows::house::{PARENT, SUBSIDIARY, row};
use crate::flows::people::{agent, somebody};

const NO_ID: &str = "0198a0c0-0000-7000-8000-000000000000";

/// A house with a record of the listed company, and an agent of it and of its subsidiary.
async fn prepared(web: Web) -> (Web, String) {
    web.house.declare().await;
    web.house.send(&[row(1)]).await;
    web.house.pass(1000);
    let both: [(&str, &[&str]); 2] = [(PARENT, &["see", "ask", "share"]), (SUBSIDIARY, &["see", "ask"])];
    let agent = agent(&web.house, "agent", &both).await;
    (web, agent.session)
}

/// What stands between two marks.
#[track_caller]
fn between<'t>(text: &'t str, begin: &str, end: &str) -> &'t str {
    let rest = text.split_once(begin).unwrap_or_else(|| panic!("{begin:?} is not in {text}")).1;
    rest.split_once(end).unwrap().0
}

/// The id of the subject that a page's form is about.
fn subject(page: &str) -> String {
    between(page, "name=\"subject\" value=\"", "\"").to_owned()
}

/// The fields of a request about market regulation.
fn fields<'f>(subject: &'f str, key: &'f str) -> Vec<(&'f str, &'f str)> {
    vec![
        ("subject", subject),
        ("domain", "market-regulation"),
        ("domain", "taxation"),
        ("purpose", "loan"),
        ("span", "36-months"),
        ("edition", "zh"),
        ("key", key),
    ]
}

/// Sends a form with files, the token first.
pub(super) async fn bring(browser: &Browser<'_>, path: &str, form: Form) -> Answer {
    let request = Request::post(path)
        .header("host", "127.0.0.1:8600")
        .header("origin", "http://127.0.0.1:8600")
        .header("sec-fetch-site", "same-origin")
        .header("content-type", Form::KIND);
    browser.send(request.body(Body::from(form.end())).unwrap()).await
}

pub(super) fn form(browser: &Browser<'_>) -> Form {
    Form::new().field("csrf", &browser.token.borrow())
}

async fn a_report_is_previewed_issued_once_fetched_renewed_and_compared(web: Web) {
    let (web, session) = prepared(web).await;
    let browser = Browser::with(&web, &session).await;
    let home = browser.get("/my").await.text();
    for part in ["示范甲智能科技股份有限公司", "现在可以申请", "/my/request", "/codes", "不作结论"]
    {
        assert!(home.contains(part), "{part}");
    }
    assert!(home.len() < 100_000, "{}", home.len());
    let asked = browser.get("/my/request?preset=financing").await.text();
    assert!(asked.len() < 100_000, "{}", asked.len());
    assert!(asked.contains("value=\"taxation\" checked") && asked.contains("value=\"36-months\" checked"));
    assert!(!asked.contains("value=\"film\" checked") && asked.contains("市场、税务与金融"));
    let id = subject(&asked);

    let kept = web.house.kept().await;
    let seen = browser.post("/my/preview", &fields(&id, "")).await;
    assert_eq!(seen.status, 200, "{}", seen.text());
    let seen = seen.text();
    assert!(
        seen.contains("报告尚未出具") && seen.contains("归集到违法记录 1 条") && seen.contains("银行贷款")
    );
    assert_eq!(web.house.kept().await, kept, "nothing is stored by a preview");

    let key = between(&seen, "name=\"key\" value=\"", "\"").to_owned();
    let issued = browser.post("/my/request", &fields(&id, &key)).await;
    assert_eq!(issued.status, 201, "{}", issued.text());
    let first = issued.text();
    let number = between(&first, "id=\"number\">", "<").to_owned();
    assert!(first.contains("id=\"code-shown\">") && first.contains("data:image/svg+xml,"));
    let twice = browser.post("/my/request", &fields(&id, &key)).await;
    assert_eq!(twice.status, 200);
    assert_eq!(between(&twice.text(), "id=\"number\">", "<"), number, "a second click is the same report");
    assert!(!twice.text().contains("id=\"code-shown\">"), "a code is shown once");
    assert_eq!(web.house.number("SELECT COUNT(*) FROM report").await, 1);
    let other = [("span", "12-months")];
    let mut reused = fields(&id, &key);
    reused.retain(|(name, _)| *name != "span");
    reused.extend(other);
    assert_eq!(browser.post("/my/request", &reused).await.status, 409);

    let pdf = browser.get(&format!("/my/reports/{number}/pdf")).await;
    assert_eq!((pdf.status.as_u16(), pdf.header("content-type")), (200, "application/pdf"));
    assert!(pdf.body.starts_with(b"%PDF-1.7"));
    assert!(browser.get("/my/reports").await.text().contains(&number));
    let page = browser.get(&format!("/my/reports/{number}")).await.text();
    assert!(page.contains("归集到违法记录 1 条") && page.contains("有效"));
    let like = browser.get(&format!("/my/request?like={number}")).await.text();
    assert!(like.contains("value=\"taxation\" checked") && like.contains("value=\"loan\" selected"));

    web.house.pass(86_400_000 / 100);
    web.house.send(&[row(1), row(2)]).await;
    web.house.pass(1000);
    let key = between(&page, "name=\"key\" value=\"", "\"").to_owned();
    let renewed = browser.post(&format!("/my/reports/{number}/renewal"), &[("key", &key)]).await;
    assert_eq!(renewed.status, 201, "{}", renewed.text());
    let fresh = between(&renewed.text(), "id=\"number\">", "<").to_owned();
    assert_ne!(fresh, number);
    let compared = browser.get(&format!("/my/compare?left={number}&right={fresh}")).await.text();
    assert!(compared.contains("新增：") && compared.contains(&row(2).document), "{compared}");
    assert!(
        !compared.contains(&format!(">{}</a> <small>未按", row(1).document)),
        "what is the same is left out"
    );
    let back = browser.get(&format!("/my/compare?left={fresh}&right={number}")).await.text();
    assert!(back.contains("不再列出："));
    let same = browser.get(&format!("/my/compare?left={fresh}&right={fresh}")).await.text();
    assert!(same.contains("都没有不同"));
}

async fn what_is_typed_wrong_is_told_in_the_form_which_keeps_the_rest(web: Web) {
    let (web, session) = prepared(web).await;
    let browser = Browser::with(&web, &session).await;
    let id = subject(&browser.get("/my/request").await.text());
    let send = async |change: &[(&'static str, &'static str)]| {
        let mut typed = fields(&id, "");
        for (name, value) in change {
            typed.retain(|(field, _)| field != name);
            if !value.is_empty() {
                typed.push((name, value));
            }
        }
        let answer = browser.post("/my/preview", &typed).await;
        assert_eq!(answer.status, 422, "{change:?} {}", answer.text());
        let text = answer.text();
        assert!(text.contains("value=\"loan\" selected"), "what was typed is kept: {change:?}");
        between(&text, "role=\"alert\" id=\"fault\">", "<").to_owned()
    };
    assert!(send(&[("domain", "")]).await.contains("至少选择一个领域"));
    assert!(send(&[("domain", "no-such")]).await.contains("不存在的领域"));
    assert!(send(&[("domain", "NO DOMAIN")]).await.contains("不存在的领域"));
    assert!(send(&[("span", "days")]).await.contains("请填写日期"));
    assert!(send(&[("span", "days"), ("from", "never")]).await.contains("请填写日期"));
    assert!(send(&[("span", "days"), ("from", "2026-02-01"), ("to", "2026-01-01")]).await.contains("对调"));
    assert!(
        send(&[("span", "days"), ("from", "2026-02-01"), ("to", "2027-01-01")])
            .await
            .contains("不能晚于今天")
    );
    assert!(send(&[("span", "days"), ("from", "2011-02-01")]).await.contains("起始日过早"));
    assert!(send(&[("span", "a-week")]).await.contains("选项不存在"));
    assert!(send(&[("edition", "fr")]).await.contains("报告语言"));
    assert_eq!(browser.get("/my/request?preset=none").await.status, 404);
    assert_eq!(web.house.number("SELECT COUNT(*) FROM report").await, 0);
}

async fn the_subject_is_chosen_once_and_each_form_says_it_again(web: Web) {
    let (web, session) = prepared(web).await;
    let browser = Browser::with(&web, &session).await;
    let home = browser.get("/my").await.text();
    let ids: Vec<&str> =
        home.split("<option value=\"").skip(1).map(|it| it.split('"').next().unwrap()).collect();
    assert_eq!(ids.len(), 2);
    let first = subject(&browser.get("/my/request").await.text());
    assert_eq!(first, ids[0]);
    let second = browser.get(&format!("/my?subject={}", ids[1])).await;
    assert!(second.text().contains("没有归集到该主体的违法记录"));
    assert_eq!(subject(&browser.get("/my/request").await.text()), ids[1], "the choice is remembered");
    let seen = browser.post("/my/preview", &fields(ids[0], "")).await.text();
    assert!(seen.contains(PARENT), "a form of another window means its own subject");
    for id in [NO_ID, "x", ""] {
        assert_eq!(browser.get(&format!("/my?subject={id}")).await.status, 404, "{id}");
    }
    let nobody = agent(&web.house, "nobody", &[(SUBSIDIARY, &["ask"])]).await;
    let page = Browser::with(&web, &nobody.session).await.get("/my").await.text();
    assert!(page.contains("不包含查看记录和报告"));
}

async fn an_objection_starts_from_its_record_with_evidence(web: Web) {
    let (web, session) = prepared(web).await;
    let browser = Browser::with(&web, &session).await;
    let records = browser.get("/my/records").await.text();
    let record = between(&records, "href=\"/my/records/", "\"").to_owned();
    let shown = browser.get(&format!("/my/records/{record}")).await.text();
    for part in [&row(1).document, "20000.00 元", "数源单位报送经过", "/objection", "/repair", "/annulment"]
    {
        assert!(shown.contains(part), "{part}");
    }
    let path = format!("/my/records/{record}/objection");
    let asked = browser.get(&path).await.text();
    assert!(asked.contains("multipart/form-data"));
    let cases = async || web.house.number("SELECT COUNT(*) FROM credit_case").await;

    let bare = Form::new().field("statement", "金额有误。");
    assert_eq!(bring(&browser, &path, bare).await.status, 403, "no token");
    let late = Form::new().field("statement", "金额有误。").field("csrf", &browser.token.borrow());
    assert_eq!(bring(&browser, &path, late).await.status, 403, "the token comes first");
    let foreign = Form::new().field("csrf", "0123").field("statement", "金额有误。");
    assert_eq!(bring(&browser, &path, foreign).await.status, 403);
    assert_eq!(bring(&browser, &path, Form::new()).await.status, 403, "nothing at all");
    let empty = bring(&browser, &path, form(&browser).field("statement", " ")).await;
    assert_eq!(empty.status, 422);
    assert!(empty.text().contains("id=\"statement-error\""));
    let html = form(&browser).field("statement", "金额有误。").file("a.pdf", b"<script>alert(1)</script>");
    let wrong = bring(&browser, &path, html).await;
    assert_eq!(wrong.status, 422);
    assert!(wrong.text().contains("id=\"file-error\"") && wrong.text().contains("金额有误。</textarea>"));
    let many = (0..4).fold(form(&browser), |form, _| form.file("a.pdf", b"%PDF-1.7"));
    assert_eq!(bring(&browser, &path, many.field("statement", "多。")).await.status, 422);
    assert_eq!(cases().await, 0, "nothing was opened for what could not be kept");

    let fine = form(&browser).field("statement", "金额<有误>。").file("证据.pdf", b"%PDF-1.7 evidence");
    let opened = bring(&browser, &path, fine).await;
    assert_eq!(opened.status, 303, "{}", opened.text());
    let case = opened.header("location").to_owned();
    let page = browser.get(&case).await.text();
    for part in ["金额&#60;有误&#62;。", "证据.pdf", "已提交", "撤回"] {
        assert!(page.contains(part), "{part} is not in {page}");
    }
    let again = bring(&browser, &path, form(&browser).field("statement", "再说一次。")).await;
    assert_eq!((again.header("location"), cases().await), (case.as_str(), 1), "it is the same case");
    let evidence = browser.get(&format!("{case}/evidence/1")).await;
    assert_eq!(evidence.header("content-type"), "application/octet-stream");
    assert_eq!(evidence.body, b"%PDF-1.7 evidence");
    let more =
        bring(&browser, &format!("{case}/evidence"), form(&browser).file("b.png", b"no picture")).await;
    assert_eq!(more.status, 422);
    let more = form(&browser).file("b.png", b"\x89PNG\r\n\x1a\n");
    assert_eq!(bring(&browser, &format!("{case}/evidence"), more).await.status, 303);
    assert!(browser.get("/my").await.text().contains(&case), "what is due is told first");

    let unsure = browser.post(&format!("{case}/take-back"), &[]).await;
    assert_eq!(unsure.status, 422);
    assert_eq!(browser.post(&format!("{case}/take-back"), &[("sure", "yes")]).await.status, 303);
    assert!(browser.get(&case).await.text().contains("申请人已撤回"));
    assert_eq!(browser.get(&format!("/my/records/{record}/lock")).await.status, 404);
}

async fn what_is_somebody_elses_looks_like_what_is_not_there(web: Web) {
    let (web, session) = prepared(web).await;
    let own = Browser::with(&web, &session).await;
    let id = subject(&own.get("/my/request").await.text());
    let seen = own.post("/my/preview", &fields(&id, "")).await.text();
    let key = between(&seen, "name=\"key\" value=\"", "\"").to_owned();
    let issued = own.post("/my/request", &fields(&id, &key)).await.text();
    let number = between(&issued, "id=\"number\">", "<").to_owned();
    let record = between(&own.get("/my/records").await.text(), "href=\"/my/records/", "\"").to_owned();
    own.get(&format!("/my/records/{record}/objection")).await;
    let file = form(&own).field("statement", "金额有误。").file("a.pdf", b"%PDF-1.7");
    let case = bring(&own, &format!("/my/records/{record}/objection"), file).await;
    let case = case.header("location").rsplit('/').next().unwrap().to_owned();

    let other = agent(&web.house, "other", &[("91310000MATE5T041X", &["see", "ask", "share"])]).await;
    let browser = Browser::with(&web, &other.session).await;
    let none = "MZ-20261122-00000000000-0";
    for (path, theirs, missing) in [
        ("/my?subject={}", &id, NO_ID),
        ("/my/records/{}", &record, NO_ID),
        ("/my/records/{}/objection", &record, NO_ID),
        ("/my/reports/{}", &number, none),
        ("/my/reports/{}/pdf", &number, none),
        ("/my/compare?left={}&right={}", &number, none),
        ("/my/request?like={}", &number, none),
        ("/my/cases/{}", &case, NO_ID),
        ("/my/cases/{}/evidence/1", &case, NO_ID),
    ] {
        let found = browser.get(&path.replace("{}", theirs)).await;
        let nothing = browser.get(&path.replace("{}", missing)).await;
        assert_eq!((found.status.as_u16(), nothing.status.as_u16()), (404, 404), "{path}");
        // The links that change the language name the query that was sent.
        let same = found.text().replace(theirs.as_str(), missing);
        assert_eq!(same, nothing.text(), "{path} tells that there is something");
        assert_eq!(own.get(&path.replace("{}", theirs)).await.status, 200, "{path} for whose it is");
    }
    browser.get("/my").await;
    for (path, theirs, missing) in [
        ("/my/reports/{}/renewal", &number, none),
        ("/my/cases/{}/take-back", &case, NO_ID),
        ("/my/mandates/{}/revocation", &case, NO_ID),
    ] {
        let typed = [("key", "k"), ("sure", "yes"), ("subject", &id)];
        let found = browser.post(&path.replace("{}", theirs), &typed).await;
        let nothing = browser.post(&path.replace("{}", missing), &typed).await;
        assert_eq!((found.status.as_u16(), nothing.status.as_u16()), (404, 404), "{path}");
        assert_eq!(found.text(), nothing.text(), "{path}");
    }
    for path in ["/my/preview", "/my/request"] {
        let found = browser.post(path, &fields(&id, "k")).await;
        let nothing = browser.post(path, &fields(NO_ID, "k")).await;
        assert_eq!((found.status.as_u16(), found.text()), (404, nothing.text()), "{path}");
    }
    for (path, theirs) in [("/my/records/{}/repair", &record), ("/my/cases/{}/evidence", &case)] {
        let send = async |id: &str| {
            let form = form(&browser).field("statement", "给我看看。").file("a.pdf", b"%PDF-1.7");
            bring(&browser, &path.replace("{}", id), form).await
        };
        let (found, nothing) = (send(theirs).await, send(NO_ID).await);
        assert_eq!((found.status.as_u16(), found.text()), (404, nothing.text()), "{path}");
    }
    assert_eq!(web.house.number("SELECT COUNT(*) FROM credit_case").await, 1);
    assert_eq!(web.house.number("SELECT COUNT(*) FROM report").await, 1);
}

async fn an_owner_lets_another_agent_act_and_stops_it(web: Web) {
    let (web, session) = prepared(web).await;
    let own = Browser::with(&web, &session).await;
    let helper = agent(&web.house, "helper", &[("91310000MATE5T041X", &["see", "ask"])]).await;
    let guest = Browser::with(&web, &helper.session).await;
    assert!(!guest.get("/my").await.text().contains(PARENT));
    let page = own.get("/my/mandates").await.text();
    let id = subject(&page);
    let typed = |until| {
        [
            ("subject", id.as_str()),
            ("name", "helper"),
            ("ask", "yes"),
            ("purpose", "上市申报"),
            ("until", until),
        ]
    };
    let wrong = own.post("/my/mandates", &typed("2026-01-01")).await;
    assert_eq!(wrong.status, 422);
    assert!(wrong.text().contains("id=\"until-error\"") && wrong.text().contains("value=\"helper\""));
    assert_eq!(own.post("/my/mandates", &typed("")).await.status, 422);
    let given = own.post("/my/mandates", &typed("2027-01-31")).await;
    assert_eq!((given.status.as_u16(), given.header("location")), (303, "/my/mandates"));
    let page = own.get("/my/mandates").await.text();
    assert!(page.contains("<code>helper</code>") && page.contains("上市申报"));

    let seen = guest.get("/my").await.text();
    assert!(seen.contains(PARENT), "it holds with the next request");
    let theirs = guest.get(&format!("/my?subject={id}")).await.text();
    assert!(theirs.contains("委托至") && theirs.contains("上市申报"));
    assert!(guest.get("/my/mandates").await.text().contains("不能再委托"));
    let on = guest.post("/my/mandates", &typed("2027-01-31")).await;
    assert_eq!(on.status, 404, "a mandate is not handed on");
    let report = guest.post("/my/request", &fields(&id, "by-helper")).await;
    assert_eq!(report.status, 201, "{}", report.text());

    let mandate = between(&page, "/my/mandates/", "/revocation").to_owned();
    let revoked = own.post(&format!("/my/mandates/{mandate}/revocation"), &[("subject", &id)]).await;
    assert_eq!(revoked.status, 303);
    assert!(own.get("/my/mandates").await.text().contains("没有有效的委托"));
    assert_eq!(guest.get(&format!("/my?subject={id}")).await.status, 404, "at once");
    let person = somebody(&web.house, "person", AccountRole::Person).await;
    let page = Browser::with(&web, &person.session).await.get("/my/mandates").await;
    assert_eq!(page.status, 200, "a person lets others act, too");
}

async fn a_purpose_that_is_not_offered_any_more_is_told_in_the_form_like_an_earlier_report(web: Web) {
    let (web, session) = prepared(web).await;
    let (id, number) = {
        let browser = Browser::with(&web, &session).await;
        let id = subject(&browser.get("/my/request?preset=financing").await.text());
        let issued = browser.post("/my/request", &fields(&id, "key-1")).await.text();
        (id, between(&issued, "id=\"number\">", "<").to_owned())
    };
    let folder = tempfile::tempdir().unwrap();
    let presets = include_str!("../../../data/presets.toml").replace("银行贷款", "融资贷款");
    std::fs::write(folder.path().join("presets.toml"), presets).unwrap();
    let web = web.configured(|config| config.rules.folder = Some(folder.path().into())).await;
    let browser = Browser::with(&web, &session).await;
    let like = browser.get(&format!("/my/request?like={number}")).await;
    assert_eq!(like.status, 200);
    let text = like.text();
    assert!(text.contains("原报告的用途“银行贷款”已不再提供") && subject(&text) == id, "{text}");
    assert!(between(&text, "<select id=\"purpose\"", ">").contains("aria-describedby=\"fault\""), "{text}");
    let page = browser.get(&format!("/my/reports/{number}")).await.text();
    let key = between(&page, "name=\"key\" value=\"", "\"").to_owned();
    let renewed = browser.post(&format!("/my/reports/{number}/renewal"), &[("key", &key)]).await.text();
    let fresh = between(&renewed, "id=\"number\">", "<").to_owned();
    assert!(browser.get(&format!("/my/reports/{fresh}")).await.text().contains("银行贷款"), "it is kept");
}

each_on_both_engines! {
    a_report_is_previewed_issued_once_fetched_renewed_and_compared;
    what_is_typed_wrong_is_told_in_the_form_which_keeps_the_rest;
    the_subject_is_chosen_once_and_each_form_says_it_again;
    an_objection_starts_from_its_record_with_evidence;
    what_is_somebody_elses_looks_like_what_is_not_there;
    an_owner_lets_another_agent_act_and_stops_it;
    a_purpose_that_is_not_offered_any_more_is_told_in_the_form_like_an_earlier_report;
}
