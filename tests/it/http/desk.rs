//! A clerk at the desk: a file is checked, mended, stored; a record is withdrawn; coverage is declared; rows and cases are resolved.

use axum::body::Body;
use axum::http::Request;
use mingzheng::flow::account::invite::{self, Invited};
use mingzheng::flow::cases::{self, Asked};
use mingzheng::flow::{Actor, register};
use mingzheng::rules::{AccountRole, CaseKind, Grant, Promises};

use super::browser::Browser;
use super::my::{bring, form};
use super::web::{Answer, Form, Web};
use crate::engines::each_on_both_engines;
use crate::flows::house::{ECOLOGY, House, MARKET, PARENT, Row, ask, csv, row};
use crate::flows::people::{PASSWORD, knock};

/// Somebody with an account who works for these authorities, on these domains of each; none means all.
pub(super) async fn clerk(house: &House, name: &str, posts: &[(&str, &[&str])]) -> String {
    let grant = |(authority, domains): &(&str, &[&str])| Grant {
        object: (*authority).to_owned(),
        domains: domains.iter().map(|domain| domain.parse().unwrap()).collect(),
        ..Grant::default()
    };
    let grants = posts.iter().map(grant).collect();
    let invited = Invited { shown: format!("示范{name}"), role: AccountRole::Clerk, grants };
    let link = invite::invite(&house.app, &Actor::operator(), invited).await.unwrap().address;
    let secret = link.rsplit('/').next().unwrap();
    invite::accept(&house.app, &knock(), secret, name, PASSWORD, PASSWORD).await.unwrap().secret
}

/// Market regulation answers for taxation, too, in these tests.
pub(crate) async fn two_domains(house: &House) {
    let text = format!(
        "[[authority]]\ncode = \"{MARKET}\"\nzh = \"示范市市场监督管理局\"\nen = \"Market\"\ndomains = [\"market-regulation\", \"taxation\"]\n"
    );
    register::authorities(&house.app, &Actor::operator(), &text).await.unwrap();
}

/// Sends the form of the page with a file.
pub(super) async fn upload(browser: &Browser<'_>, fields: &[(&str, &str)], bytes: &[u8]) -> Answer {
    let token = browser.token.borrow().clone();
    let form =
        fields.iter().fold(Form::new().field("csrf", &token), |form, (name, value)| form.field(name, value));
    let form = if bytes.is_empty() { form } else { form.file("处罚.csv", bytes) };
    send(browser, form).await
}

pub(super) async fn send(browser: &Browser<'_>, form: Form) -> Answer {
    let request = Request::post("/desk/upload")
        .header("host", "127.0.0.1:8600")
        .header("origin", "http://127.0.0.1:8600")
        .header("sec-fetch-site", "same-origin")
        .header("content-type", Form::KIND);
    browser.send(request.body(Body::from(form.end())).unwrap()).await
}

/// The cells of a correction, as its form shows them.
pub(super) fn cells_of(form: &str) -> Vec<(String, String)> {
    let mut cells: Vec<(String, String)> = Vec::new();
    for input in form.split("<input id=\"cell-").skip(1) {
        let name = input.split('"').next().unwrap();
        let value = input.split("value=\"").nth(1).unwrap().split('"').next().unwrap();
        cells.push((format!("cell-{name}"), value.to_owned()));
    }
    for area in form.split("<textarea id=\"cell-").skip(1) {
        let name = area.split('"').next().unwrap();
        let value = area.split('>').nth(1).unwrap().split("</").next().unwrap();
        cells.push((format!("cell-{name}"), value.to_owned()));
    }
    for select in form.split("<select id=\"cell-").skip(1) {
        let name = select.split('"').next().unwrap();
        let options = select.split("</select>").next().unwrap();
        let value = options.split(" selected>").nth(1).map_or("", |rest| rest.split('<').next().unwrap());
        cells.push((format!("cell-{name}"), value.to_owned()));
    }
    cells
}

/// A page that must be there.
pub(super) async fn page(browser: &Browser<'_>, path: &str) -> String {
    let answer = browser.get(path).await;
    assert_eq!(answer.status, 200, "{path}: {}", answer.text());
    assert!(answer.body.len() < 100_000, "{path} has {} bytes", answer.body.len());
    let text = answer.text();
    assert_eq!(text.matches("<h1").count(), 1, "{path}");
    assert!(!text.contains(" style="), "{path}");
    text
}

/// The same page for somebody who reads English.
pub(super) async fn in_english(browser: &Browser<'_>, path: &str) -> String {
    browser.get("/account?lang=en").await;
    let text = page(browser, path).await;
    browser.get("/account?lang=zh").await;
    text
}

/// A row that cannot be.
pub(super) fn faulty(number: u32) -> Row {
    Row { decided: "2025/02/30".into(), ..row(number) }
}

/// The first id behind a path that a page links to.
pub(super) fn linked(page: &str, path: &str) -> String {
    let link = format!("href=\"{path}");
    let ids = page.split(link.as_str()).skip(1).filter_map(|rest| rest.split(['"', '/', '?']).next());
    let mut ids = ids.filter(|id| *id != "new");
    ids.next().unwrap_or_else(|| panic!("no link to {path}: {page}")).to_owned()
}

async fn a_file_is_checked_first_then_stored_and_what_was_wrong_is_sent_again(web: Web) {
    let session = clerk(&web.house, "lihua", &[(MARKET, &[])]).await;
    let browser = Browser::with(&web, &session).await;
    let home = page(&browser, "/desk").await;
    assert!(home.contains("示范市市场监督管理局") && home.contains("从未声明"), "{home}");
    page(&browser, "/desk/upload").await;
    let kept = web.house.kept().await;

    let file = csv(&[row(1), faulty(2), Row { fine: "零".into(), ..faulty(3) }]);
    let checked = upload(&browser, &[("act", "check")], &file).await;
    assert_eq!(checked.status, 303, "{}", checked.text());
    let draft = checked.header("location").to_owned();
    let shown = page(&browser, &draft).await;
    assert_eq!(web.house.kept().await, kept, "a check stores nothing");
    for part in
        ["按表头判断", "national-2018", "处罚决定日期", "2025/02/30", "no-such-day", "尚未入库", "如何改正"]
    {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    let sum = shown.split("class=\"sum\"").nth(1).unwrap().split("</table>").next().unwrap();
    let counts: Vec<&str> = sum.split("<td").skip(1).map(|it| it.split(['>', '<']).nth(1).unwrap()).collect();
    assert_eq!(counts, ["3", "1", "0", "2"]);
    let rejects = browser.get(&format!("{draft}/rejects")).await;
    let text = rejects.text();
    assert_eq!(rejects.status, 200);
    assert!(!text.contains("0001号") && text.contains("0002号") && text.contains("0003号"), "{text}");
    assert!(rejects.header("content-disposition").contains(".csv"));

    let stored = browser.post(&draft, &[("act", "store"), ("layout", "national-2018")]).await;
    assert_eq!(stored.status, 303, "{}", stored.text());
    let receipt = stored.header("location").to_owned();
    assert!(receipt.starts_with("/desk/uploads/"), "{receipt}");
    assert_eq!(browser.get(&draft).await.status, 404, "a draft that was stored is gone");
    let shown = page(&browser, &receipt).await;
    assert!(
        shown.contains("接受（已入库）") && shown.contains("2025/02/30") && shown.contains("receipt.json")
    );
    let signed = browser.get(&format!("{receipt}/receipt.json")).await;
    assert_eq!(signed.json()["receipt"]["accepted"], 1);
    assert_eq!(browser.get(&format!("{receipt}/rejects")).await.status, 200);
    assert_eq!(browser.get(&format!("{receipt}/rows.csv")).await.status, 404, "no row repeated anything");
    assert_eq!(browser.get(&format!("{receipt}/nothing")).await.status, 404);

    let mended =
        upload(&browser, &[("act", "store"), ("domain", "market-regulation")], &csv(&[row(2), row(3)])).await;
    assert!(mended.header("location").starts_with("/desk/uploads/"), "{}", mended.text());
    let again =
        upload(&browser, &[("act", "store"), ("domain", "market-regulation")], &csv(&[row(2), row(3)])).await;
    assert!(page(&browser, again.header("location")).await.contains("此前已报送过"));
    let list = page(&browser, "/desk/uploads").await;
    assert_eq!(list.matches("href=\"/desk/uploads/0").count(), 2, "{list}");
    let only = page(&browser, "/desk/uploads?rejected=yes").await;
    assert_eq!(only.matches("href=\"/desk/uploads/0").count(), 1);
    assert!(page(&browser, "/desk/uploads?from=2030-01-01").await.contains("没有符合条件"));
    assert_eq!(browser.get("/desk/uploads?from=x").await.status, 422);
    assert!(page(&browser, "/desk").await.contains("处罚.csv"));
}

async fn what_cannot_be_read_is_told_beside_the_form_and_a_form_of_others_is_refused(web: Web) {
    let session = clerk(&web.house, "lihua", &[(MARKET, &[])]).await;
    let browser = Browser::with(&web, &session).await;
    page(&browser, "/desk/upload").await;
    for (fields, file, told) in [
        (&[("act", "check")][..], &b""[..], "请先选择文件"),
        (&[("act", "check")], b"\x00\x01\x02 nothing that anybody reads", "role=\"alert\""),
        (&[("act", "check"), ("complete_through", "2026-13-01")], b"a,b\n1,2\n", "日期写作"),
        (&[("act", "check"), ("lag", "x")], b"a,b\n1,2\n", "整数天数"),
        (&[("act", "check"), ("confirmed", "91310115MATE5T017B")], b"a,b\n1,2\n", "请写明登记机关"),
        (&[("act", "check"), ("domain", "taxation")], b"a,b\n1,2\n", "没有这个领域"),
        (
            &[("act", "store"), ("complete_through", "2030-01-01"), ("data_from", "2018-01-01")],
            b"",
            "晚于今天",
        ),
    ] {
        let answer = upload(&browser, fields, file).await;
        assert_eq!(answer.status, 422, "{fields:?}: {}", answer.text());
        assert!(answer.text().contains(told), "{fields:?}: {}", answer.text());
    }
    let strict = upload(&browser, &[("act", "store"), ("rows", "strict")], &csv(&[row(1), faulty(2)])).await;
    let draft = strict.header("location").to_owned();
    assert!(page(&browser, &draft).await.contains("什么也没有入库"));
    assert_eq!(web.house.number("SELECT COUNT(*) FROM upload").await, 0);

    let none = send(&browser, Form::new().field("act", "check").file("a.csv", b"a\n1\n")).await;
    assert_eq!(none.status, 403, "no token");
    let token = browser.token.borrow().clone();
    let by_header = async |token: &str| {
        let request = Request::post("/desk/upload")
            .header("sec-fetch-site", "same-origin")
            .header("x-csrf-token", token)
            .header("content-type", Form::KIND);
        let form = Form::new().field("act", "check").file("a.csv", &csv(&[row(1)])).end();
        browser.send(request.body(Body::from(form)).unwrap()).await.status.as_u16()
    };
    assert_eq!(
        (by_header(&token).await, by_header("0123").await),
        (303, 403),
        "a script brings it in a header"
    );
    let late = Form::new().file("a.csv", b"a\n1\n").field("csrf", &browser.token.borrow());
    assert_eq!(send(&browser, late).await.status, 403, "the token comes before the file");
    let other = Form::new().field("csrf", "0123").file("a.csv", b"a\n1\n");
    assert_eq!(send(&browser, other).await.status, 403);

    web.house.pass(25 * 60 * 60_000);
    let session = clerk(&web.house, "wang", &[(MARKET, &[])]).await;
    let browser = Browser::with(&web, &session).await;
    upload(&browser, &[("act", "check")], &csv(&[row(1)])).await;
    assert_eq!(
        web.house.number("SELECT COUNT(*) FROM draft").await,
        1,
        "what nobody stored is forgotten after a day"
    );
}

async fn faults_come_page_by_page(web: Web) {
    let session = clerk(&web.house, "lihua", &[(MARKET, &[])]).await;
    let browser = Browser::with(&web, &session).await;
    page(&browser, "/desk/upload").await;
    let rows: Vec<Row> = (1..=120).map(faulty).collect();
    let checked = upload(&browser, &[("act", "check")], &csv(&rows)).await;
    let draft = checked.header("location").to_owned();
    let faults = |text: &str| text.matches("<th scope=\"row\">").count() - 4;
    let first = page(&browser, &draft).await;
    assert!(first.contains("1 / 3") && first.contains("?page=2"));
    assert_eq!((faults(&first), faults(&page(&browser, &format!("{draft}?page=3")).await)), (50, 20));
}

async fn a_record_is_withdrawn_after_it_was_told_what_follows(web: Web) {
    web.house.declare().await;
    web.house.send(&[row(1), row(2)]).await;
    web.house.pass(1000);
    let issued = web.house.issue(ask()).await.unwrap();
    let session = clerk(&web.house, "lihua", &[(MARKET, &[])]).await;
    let browser = Browser::with(&web, &session).await;

    let found = page(&browser, "/desk/records?number=%E7%A4%BA%E5%B8%82%E7%9B%91%E5%A4%84%E7%BD%9A%E3%80%942025%E3%80%950001%E5%8F%B7").await;
    assert_eq!(found.matches("href=\"/desk/records/0").count(), 1, "{found}");
    let all =
        page(&browser, &format!("/desk/records?subject={}&state=in-force", PARENT.to_lowercase())).await;
    assert_eq!(all.matches("href=\"/desk/records/0").count(), 2, "{all}");
    let by_name = format!("/desk/records?subject={}", super::browser::encoded(row(1).name));
    assert_eq!(page(&browser, &by_name).await.matches("href=\"/desk/records/0").count(), 2);
    let stranger = format!("/desk/records?subject={}", super::browser::encoded("无此企业有限公司"));
    assert!(page(&browser, &stranger).await.contains("没有符合条件"));
    assert!(page(&browser, "/desk/records?from=2026-01-01").await.contains("没有符合条件"));
    let record = format!("/desk/records/{}", linked(&found, "/desk/records/"));
    let shown = page(&browser, &record).await;
    assert!(
        shown.contains("/withdraw\"") && !shown.contains("/repair-revoked\"") && !shown.contains("/insert\"")
    );

    let withdraw = format!("{record}/withdraw");
    page(&browser, &withdraw).await;
    let reasonless = browser.post(&withdraw, &[("reason", "")]).await;
    assert_eq!(reasonless.status, 422);
    assert!(reasonless.text().contains("缺少理由"));
    let confirm = browser.post(&withdraw, &[("reason", "误报"), ("once", "7")]).await;
    assert_eq!(confirm.status, 200);
    let text = confirm.text();
    for part in ["误报", "已撤回", &issued.facts.number.to_string(), "已被更新", "确认办理"] {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert_eq!(web.house.number("SELECT COUNT(*) FROM record_version").await, 2, "nothing is done yet");
    let fields = [("reason", "误报"), ("once", "7"), ("sure", "yes")];
    for _ in 0..2 {
        let done = browser.post(&withdraw, &fields).await;
        assert_eq!(
            (done.status.as_u16(), done.header("location")),
            (303, record.as_str()),
            "{}",
            done.text()
        );
    }
    assert_eq!(web.house.number("SELECT COUNT(*) FROM record_version").await, 3, "sent twice, done once");
    assert_eq!(web.house.status(&issued).await, mingzheng::rules::Status::Superseded);
    let shown = page(&browser, &record).await;
    assert!(shown.contains("误报") && shown.contains("只能重新报送"), "{shown}");
    assert_eq!(browser.post(&withdraw, &[("reason", "再"), ("sure", "yes")]).await.status, 422);
    assert_eq!(browser.get(&format!("{record}/insert")).await.status, 404);
    assert_eq!(browser.get(&format!("{record}/explode")).await.status, 404);
}

async fn a_record_is_corrected_from_its_own_cells_and_annulled_with_a_day(web: Web) {
    web.house.send(&[row(1)]).await;
    web.house.pass(1000);
    let session = clerk(&web.house, "lihua", &[(MARKET, &[])]).await;
    let browser = Browser::with(&web, &session).await;
    let record =
        format!("/desk/records/{}", linked(&page(&browser, "/desk/records").await, "/desk/records/"));
    let correct = format!("{record}/correct");
    let form = page(&browser, &correct).await;
    // What the form shows is sent back as it is, but for the fine.
    let cells = cells_of(&form);
    let with = |fine: &str| -> Vec<(String, String)> {
        let one = |(name, value): &(String, String)| {
            let value = if name == "cell-CF_NR_FK" { fine } else { value };
            (name.clone(), value.to_owned())
        };
        cells.iter().map(one).collect()
    };
    let post = async |cells: Vec<(String, String)>, sure: &str| {
        let mut fields: Vec<(&str, &str)> = cells.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
        fields.push(("sure", sure));
        browser.post(&correct, &fields).await
    };
    let same = post(with("2"), "").await;
    assert_eq!(same.status, 422);
    assert!(same.text().contains("内容与现有记录相同"), "{}", same.text());
    let bad = post(with("二"), "").await;
    assert_eq!(bad.status, 422);
    assert!(bad.text().contains("id=\"wrong-CF_NR_FK\""), "{}", bad.text());
    let confirm = post(with("3"), "").await.text();
    assert!(confirm.contains("<del>2 万元</del>") && confirm.contains("<ins>3 万元</ins>"), "{confirm}");
    assert_eq!(post(with("3"), "yes").await.status, 303);
    assert!(page(&browser, &record).await.contains("<ins>3 万元</ins>"));

    web.house.pass(1000);
    let annul = format!("{record}/annul");
    let fields = [("reason", "法院判决"), ("on", "2026-11-20"), ("kind", "judgment")];
    let lacks = browser.post(&annul, &fields[..2]).await;
    assert!(lacks.status == 422 && lacks.text().contains("请选择撤销方式"));
    let future =
        browser.post(&annul, &[("reason", "法院判决"), ("on", "2030-11-20"), ("kind", "judgment")]).await;
    assert!(future.status == 422 && future.text().contains("id=\"wrong-on\""), "{}", future.text());
    assert!(browser.post(&annul, &fields).await.text().contains("判决撤销 2026-11-20"));
    let sure: Vec<_> = fields.iter().copied().chain([("sure", "yes")]).collect();
    assert_eq!(browser.post(&annul, &sure).await.status, 303);
}

async fn coverage_is_declared_after_it_was_told_what_changes(web: Web) {
    let session = clerk(&web.house, "lihua", &[(MARKET, &[])]).await;
    let browser = Browser::with(&web, &session).await;
    let before = page(&browser, "/desk/coverage").await;
    assert!(before.contains("从未声明"));
    let half = browser.post("/desk/coverage", &[("data_from", "2018-01-01")]).await;
    assert!(half.status == 422 && half.text().contains("首次声明须同时"), "{}", half.text());
    let days = [("data_from", "2018-01-01"), ("complete_through", "2026-11-22"), ("nothing", "yes")];
    let confirm = browser.post("/desk/coverage", &days).await;
    assert!(
        confirm.status == 200 && confirm.text().contains("报告可作结论，至 2026-12-01"),
        "{}",
        confirm.text()
    );
    assert_eq!(web.house.number("SELECT COUNT(*) FROM declaration").await, 0, "nothing is declared yet");
    let sure: Vec<_> = days.iter().copied().chain([("sure", "yes")]).collect();
    assert_eq!(browser.post("/desk/coverage", &sure).await.status, 303);
    assert!(page(&browser, "/desk/coverage").await.contains("无可报送"));
    let fine = page(&browser, "/desk").await;
    assert!(!fine.contains("class=\"note"), "{fine}");

    let day = 24 * 60 * 60_000;
    web.house.pass(7 * day);
    let session = clerk(&web.house, "soon", &[(MARKET, &[])]).await;
    let soon = page(&Browser::with(&web, &session).await, "/desk").await;
    assert!(soon.contains("2026-12-01 之后报告将“不作结论”"), "{soon}");
    web.house.pass(3 * day);
    let session = clerk(&web.house, "late", &[(MARKET, &[])]).await;
    let late = page(&Browser::with(&web, &session).await, "/desk").await;
    assert!(late.contains("数据已迟到"), "{late}");
}

async fn waiting_rows_and_cases_are_resolved_step_by_step(web: Web) {
    web.house.declare().await;
    web.house.send(&[row(1), Row { code: String::new(), ..row(2) }, faulty(3)]).await;
    web.house.pass(1000);
    let asked = Asked {
        kind: CaseKind::Objection,
        subject: Some(PARENT.to_owned()),
        record: None,
        document_number: Some(row(1).document),
        statement: "金额有误".to_owned(),
        promises: Promises::default(),
    };
    let case = cases::open(&web.house.app, &Actor::operator(), &asked).await.unwrap().case.case.id;
    cases::add_evidence(&web.house.app, &Actor::operator(), case, "x.pdf", b"%PDF-1.7 x").await.unwrap();
    web.house.pass(1000);
    let session = clerk(&web.house, "lihua", &[(MARKET, &[])]).await;
    let browser = Browser::with(&web, &session).await;

    let list = page(&browser, "/desk/quarantine").await;
    assert_eq!(list.matches("href=\"/desk/quarantine/").count(), 2, "{list}");
    let name_only = list.split("只有名称").next().unwrap().rsplit("/desk/quarantine/").next().unwrap();
    let waiting = format!("/desk/quarantine/{}", name_only.split('"').next().unwrap());
    let shown = page(&browser, &waiting).await;
    assert!(shown.contains(PARENT) && shown.contains("现名一致"), "{shown}");
    assert!(
        shown.contains("当事人未按规定明码标价。") && shown.contains("处以罚款。"),
        "what it says tells whose it is"
    );
    assert_eq!(browser.post(&waiting, &[("to", PARENT), ("reason", "")]).await.status, 422);
    assert_eq!(browser.post(&waiting, &[("to", ""), ("reason", "核对过")]).await.status, 422);
    let unknown = [("to", "other"), ("code", "91310115MATE5T9999"), ("reason", "核对过"), ("sure", "yes")];
    assert!(browser.post(&waiting, &unknown).await.text().contains("没有代码为"));
    let fields = [("to", PARENT), ("reason", "核对过"), ("sure", "yes")];
    assert!(browser.post(&waiting, &fields[..2]).await.text().contains("成为该主体的记录"));
    assert!(browser.post(&waiting, &fields).await.header("location").starts_with("/desk/records/"));
    let list = page(&browser, "/desk/quarantine").await;
    let rejected = format!("/desk/quarantine/{}", linked(&list, "/desk/quarantine/"));
    let shown = page(&browser, &rejected).await;
    assert!(shown.contains("销号") && shown.contains("<li>日期不存在</li>"), "{shown}");
    let done = browser.post(&rejected, &[("to", "nobody"), ("reason", "误报"), ("sure", "yes")]).await;
    assert_eq!(done.header("location"), "/desk/quarantine");
    assert!(page(&browser, "/desk/quarantine").await.contains("没有待确认的行"));

    let home = page(&browser, "/desk").await;
    assert!(home.contains(&format!("/desk/cases/{case}")), "{home}");
    let one = format!("/desk/cases/{case}");
    let shown = page(&browser, &one).await;
    assert!(
        shown.contains("金额有误") && shown.contains("x.pdf") && shown.contains("value=\"accept\""),
        "{shown}"
    );
    let evidence = browser.get(&format!("{one}/evidence/1")).await;
    assert_eq!(
        (evidence.status.as_u16(), evidence.header("content-type")),
        (200, "application/octet-stream")
    );
    assert!(evidence.header("content-security-policy").contains("sandbox"));
    assert_eq!(browser.get(&format!("{one}/evidence/2")).await.status, 404);
    let add = format!("{one}/evidence");
    let refused = bring(&browser, &add, form(&browser).file("own.txt", b"no picture")).await;
    assert!(refused.status == 422 && refused.text().contains("材料应为"), "{}", refused.text());
    assert_eq!(bring(&browser, &add, form(&browser).file("own.pdf", b"%PDF-1.7 own")).await.status, 303);
    let shown = page(&browser, &one).await;
    assert!(shown.contains("own.pdf") && shown.contains(&format!("{one}/evidence/2")), "{shown}");
    let other = clerk(&web.house, "theirs", &[(ECOLOGY, &[])]).await;
    let other = Browser::with(&web, &other).await;
    let strange = bring(&other, &add, form(&other).file("x.pdf", b"%PDF-1.7")).await;
    assert_eq!(strange.status, 404);
    for step in ["accept", "send"] {
        assert_eq!(browser.post(&one, &[("step", step)]).await.status, 200);
        let done = browser.post(&one, &[("step", step), ("sure", "yes")]).await;
        assert_eq!(done.status, 303, "{}", done.text());
        web.house.pass(1000);
    }
    assert_eq!(browser.post(&one, &[("step", "fly")]).await.status, 404);
    assert_eq!(
        browser.post(&one, &[("step", "uphold-withdrawn"), ("sure", "yes")]).await.status,
        422,
        "no reason"
    );
    let uncorrected = browser.post(&one, &[("step", "uphold-corrected"), ("sure", "yes")]).await;
    assert!(
        uncorrected.status == 422 && uncorrected.text().contains("还没有更正过"),
        "{}",
        uncorrected.text()
    );
    let fields = [("step", "uphold-withdrawn"), ("reason", "确属误报"), ("sure", "yes")];
    let foreseen = browser.post(&one, &fields[..2]).await.text();
    assert!(foreseen.contains("已撤回") && foreseen.contains("确认办理"), "{foreseen}");
    assert_eq!(browser.post(&one, &fields).await.status, 303);
    assert!(page(&browser, &one).await.contains("异议成立"));
    assert!(page(&browser, "/desk/cases?show=all").await.contains(&one));

    let figures = page(&browser, "/desk/quality").await;
    assert_eq!(figures.matches("<svg role=\"img\"").count(), 6);
    assert!(figures.contains("33.3% (1/3)"), "{figures}");
    assert_eq!(browser.get("/desk/quality?days=0").await.status, 422);
}

async fn a_clerk_of_two_authorities_goes_from_desk_to_desk_and_to_no_other(web: Web) {
    let session = clerk(&web.house, "lihua", &[(MARKET, &[]), (ECOLOGY, &[])]).await;
    let browser = Browser::with(&web, &session).await;
    assert!(page(&browser, "/desk").await.contains("切换单位"));
    let gone = browser.post("/desk/at", &[("authority", ECOLOGY)]).await;
    assert_eq!(gone.header("location"), "/desk");
    assert!(page(&browser, "/desk").await.contains("desk-name\">示范市生态环境局"));
    assert_eq!(browser.post("/desk/at", &[("authority", "11310000MBTE5T117D")]).await.status, 404);
    browser.cookies.borrow_mut().insert("mz_desk".into(), "11310000MBTE5T117D".into());
    let own = page(&browser, "/desk").await;
    assert!(
        own.contains("desk-name\">示范市市场监督管理局"),
        "a cookie of one's own making opens nothing: {own}"
    );
}

each_on_both_engines! {
    a_file_is_checked_first_then_stored_and_what_was_wrong_is_sent_again;
    what_cannot_be_read_is_told_beside_the_form_and_a_form_of_others_is_refused;
    faults_come_page_by_page;
    a_record_is_withdrawn_after_it_was_told_what_follows;
    a_record_is_corrected_from_its_own_cells_and_annulled_with_a_day;
    coverage_is_declared_after_it_was_told_what_changes;
    waiting_rows_and_cases_are_resolved_step_by_step;
    a_clerk_of_two_authorities_goes_from_desk_to_desk_and_to_no_other;
}
