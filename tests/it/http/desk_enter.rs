//! A clerk enters one record by hand: checked at its cells, stored by the door of files, with their receipt.

use super::browser::Browser;
use super::desk::{clerk, in_english, linked, page, two_domains};
use super::web::{CLERK, COMPANY, ELSEWHERE, Web};
use crate::flows::house::{MARKET, PARENT, Row, row};

const NEW: &str = "/desk/records/new";

/// The cells of a fine of the listed company; what is given stands in their place.
fn cells<'c>(other: &[(&'c str, &'c str)]) -> Vec<(&'c str, &'c str)> {
    let mut cells = vec![
        ("kind", "penalty"),
        ("cell-CF_XDR_MC", "示范甲智能科技股份有限公司"),
        ("cell-CF_XDR_LB", "法人及非法人组织"),
        ("cell-CF_XDR_SHXYM", PARENT),
        ("cell-CF_FRDB", "示范一"),
        ("cell-CF_WSH", "示市监处罚〔2025〕0001号"),
        ("cell-CF_WFXW", "未按规定明码标价"),
        ("cell-CF_SY", "当事人未按规定明码标价。"),
        ("cell-CF_YJ", "《中华人民共和国价格法》第四十二条"),
        ("cell-CF_CFLB", "罚款"),
        ("cell-CF_NR", "处以罚款。"),
        ("cell-CF_NR_FK", "2"),
        ("cell-CF_JDRQ", "2025-05-16"),
        ("cell-CF_YXQ", "2099-12-31"),
        ("cell-CF_GSJZQ", "2028-05-16"),
        ("cell-CF_CFJG", "示范市市场监督管理局"),
        ("cell-CF_CFJGDM", MARKET),
        ("cell-CF_SJLY", "示范市市场监督管理局"),
        ("cell-CF_SJLYDM", MARKET),
        ("cell-procedure", "普通程序"),
    ];
    for (name, value) in other {
        cells.retain(|(of, _)| of != name);
        cells.push((name, value));
    }
    cells
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_record_is_entered_checked_stored_and_receipted() {
    let web = Web::open().await;
    let session = clerk(&web.house, "lihua", &[(MARKET, &[])]).await;
    let browser = Browser::with(&web, &session).await;
    let versions = "SELECT COUNT(*) FROM record_version";
    assert!(page(&browser, "/desk/records").await.contains(NEW));
    let choose = page(&browser, NEW).await;
    assert!(choose.contains("value=\"penalty\"") && choose.contains("行政强制"), "{choose}");
    let form = page(&browser, &format!("{NEW}?kind=penalty")).await;
    for part in [
        "name=\"cell-CF_XDR_MC\"",
        "type=\"date\"",
        "<option>普通程序</option>",
        "<option>罚款</option>",
        MARKET,
        "行政处罚必填",
        "行政相对人名称",
    ] {
        assert!(form.contains(part), "{part}: {form}");
    }
    assert!(
        !form.contains("cell-operation")
            && !form.contains("cell-domain")
            && !form.contains("cell-record_kind")
    );
    let english = in_english(&browser, &format!("{NEW}?kind=penalty")).await;
    assert!(
        english.contains("document number of the decision") && !english.contains("处罚决定日期"),
        "{english}"
    );

    // What is wrong is told at its cell, all at once, and what was typed stays.
    let wrong =
        [("cell-CF_XDR_SHXYM", "91310115MATE5T0170"), ("cell-CF_WSH", ""), ("cell-CF_JDRQ", "2030-01-01")];
    let refused = browser.post(NEW, &cells(&wrong)).await;
    let text = refused.text();
    assert_eq!(refused.status, 422, "{text}");
    for code in ["CF_XDR_SHXYM", "CF_WSH", "CF_JDRQ"] {
        assert!(text.contains(&format!("id=\"wrong-{code}\"")), "{code}: {text}");
    }
    assert!(text.contains("value=\"91310115MATE5T0170\"") && text.contains("当事人未按规定明码标价。"));
    assert_eq!(browser.post(NEW, &[("kind", "nothing")]).await.status, 422);
    assert_eq!(web.house.kept().await[..2], [0, 0], "nothing is stored");

    let stored = browser.post(NEW, &cells(&[])).await;
    let receipt = stored.header("location").to_owned();
    assert!(stored.status == 303 && receipt.starts_with("/desk/uploads/"), "{}", stored.text());
    let signed = browser.get(&format!("{receipt}/receipt.json")).await.json();
    assert_eq!((&signed["receipt"]["submitted"], &signed["receipt"]["accepted"]), (&1.into(), &1.into()));
    let list = page(&browser, "/desk/records?kind=penalty").await;
    let record = format!("/desk/records/0{}", linked(&list, "/desk/records/0"));
    let record = page(&browser, &record).await;
    assert!(record.contains("示市监处罚〔2025〕0001号"), "{record}");
    assert!(page(&browser, "/desk/records?kind=criminal").await.contains("没有符合条件"));

    // The same again changes nothing, and says so before and after.
    let again = browser.post(NEW, &cells(&[])).await;
    assert!(again.status == 200 && again.text().contains("此前已报送过"), "{}", again.text());
    let again = browser.post(NEW, &cells(&[("sure", "yes")])).await;
    assert_eq!(again.header("location"), format!("{receipt}?before=yes"));
    // A record that is here is corrected on its own page.
    let other = browser.post(NEW, &cells(&[("cell-CF_NR_FK", "3")])).await;
    assert_eq!(other.status, 422, "{}", other.text());
    assert_eq!(web.house.number(versions).await, 1);

    // What is odd is told first, and stored once that was seen.
    let odd = [("cell-CF_WSH", "示市监处罚〔2025〕0002号"), ("cell-CF_NR_FK", "20000")];
    let confirm = browser.post(NEW, &cells(&odd)).await;
    assert!(confirm.status == 200 && confirm.text().contains("请留意"), "{}", confirm.text());
    assert_eq!(web.house.number(versions).await, 1);
    let sure: Vec<_> = odd.into_iter().chain([("sure", "yes")]).collect();
    assert_eq!(browser.post(NEW, &cells(&sure)).await.status, 303);
    assert_eq!(web.house.number(versions).await, 2);

    let nameless = [("cell-CF_WSH", "示市监处罚〔2025〕0003号"), ("cell-CF_XDR_SHXYM", "")];
    let confirm = browser.post(NEW, &cells(&nameless)).await;
    assert!(confirm.status == 200 && confirm.text().contains("暂存"), "{}", confirm.text());
    let sure: Vec<_> = nameless.into_iter().chain([("sure", "yes")]).collect();
    assert_eq!(browser.post(NEW, &cells(&sure)).await.status, 303);
    assert_eq!(web.house.number("SELECT COUNT(*) FROM candidate").await, 1);
    web.house.journal().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_clerk_enters_records_of_their_own_domains_only() {
    let web = Web::open().await;
    two_domains(&web.house).await;
    let whole = Browser::with(&web, &clerk(&web.house, "whole", &[(MARKET, &[])]).await).await;
    let tax = Browser::with(&web, &clerk(&web.house, "tax", &[(MARKET, &["taxation"])]).await).await;
    assert!(page(&whole, NEW).await.contains("value=\"market-regulation\""));
    assert!(!page(&tax, NEW).await.contains("value=\"market-regulation\""));
    assert_eq!(whole.get(&format!("{NEW}?kind=penalty")).await.status, 422, "which domain?");
    assert_eq!(whole.post(NEW, &cells(&[])).await.status, 422);
    assert_eq!(whole.post(NEW, &cells(&[("domain", "ecology")])).await.status, 422);
    let stored = whole.post(NEW, &cells(&[("domain", "market-regulation")])).await;
    assert_eq!(stored.status, 303, "{}", stored.text());
    let stored = tax
        .post(NEW, &cells(&[("domain", "market-regulation"), ("cell-CF_WSH", "示税处罚〔2025〕1号")]))
        .await;
    assert_eq!(stored.status, 303, "{}", stored.text());
    let about = "SELECT COUNT(*) FROM record_version WHERE domain = 'taxation'";
    assert_eq!(web.house.number(about).await, 1, "a clerk of one domain has no other to name");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_row_that_waits_is_told_with_its_codes_to_whoever_may_list_it() {
    let web = Web::open().await;
    web.house.send(&[row(1)]).await;
    web.house.pass(1000);
    let session = clerk(&web.house, "lihua", &[(MARKET, &[])]).await;
    let browser = Browser::with(&web, &session).await;
    // The name is the listed company's, and the number nobody's.
    let number = "310115600985533";
    let doubtful = [
        ("cell-CF_WSH", "示市监处罚〔2025〕0009号"),
        ("cell-CF_XDR_SHXYM", ""),
        ("cell-CF_XDR_GSZC", number),
    ];
    let doubtful: Vec<_> = doubtful.into_iter().chain([("sure", "yes")]).collect();
    let stored = browser.post(NEW, &cells(&doubtful)).await;
    assert_eq!(stored.status, 303, "{}", stored.text());
    let list = web.get_as(CLERK, "/api/v1/candidates").await.json();
    let listed = &list["candidates"][0];
    assert_eq!(listed["cause"], "codes-in-doubt", "{list}");
    let place = format!("/api/v1/candidates/{}", listed["id"].as_str().unwrap());
    let shown = web.get_as(CLERK, &place).await;
    assert_eq!((shown.status.as_u16(), &shown.json()), (200, listed));
    assert_eq!(
        shown.json()["codes"],
        serde_json::json!([{ "scheme": "registration-number", "code": number }])
    );
    assert_eq!(shown.json()["possible"][0]["code"], PARENT);
    web.get(&place).await.problem("unauthenticated", 401);
    web.get_as(COMPANY, &place).await.problem("forbidden", 403);
    web.get_as(ELSEWHERE, &place).await.problem("not-found", 404);
    web.get_as(CLERK, "/api/v1/candidates/x").await.problem("bad-request", 400);
    let row = place.replace("/api/v1/candidates/", "/desk/quarantine/");
    let shown = page(&browser, &row).await;
    assert!(shown.contains("工商注册号") && shown.contains(number), "{shown}");
    let done = web
        .post_json(
            CLERK,
            &format!("{place}/resolution"),
            &serde_json::json!({ "subject": PARENT, "reason": "核对过" }),
        )
        .await;
    assert_eq!(done.status, 200, "{}", done.text());
    web.get_as(CLERK, &place).await.problem("conflict", 409);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_long_list_of_waiting_rows_and_of_records_is_walked_on_and_back() {
    let web = Web::open().await;
    let rows: Vec<Row> = (1..=60).map(|number| Row { code: String::new(), ..row(number) }).collect();
    web.house.send(&rows).await;
    web.house.send(&(101..=160).map(row).collect::<Vec<_>>()).await;
    web.house.pass(1000);
    let session = clerk(&web.house, "lihua", &[(MARKET, &[])]).await;
    let browser = Browser::with(&web, &session).await;
    let link = |text: &str, rel: &str| {
        let rest = text.split(&format!("rel=\"{rel}\" href=\"")).nth(1)?;
        Some(rest.split('"').next().unwrap().replace("&#38;", "&").replace("&amp;", "&"))
    };
    for (list, entry) in
        [("/desk/quarantine", "href=\"/desk/quarantine/"), ("/desk/records", "href=\"/desk/records/0")]
    {
        let entries = |text: &str| text.matches(entry).count();
        let first = page(&browser, &format!("{list}?domain=market-regulation")).await;
        assert_eq!((entries(&first), link(&first, "prev")), (25, None));
        let second = page(&browser, &format!("{list}{}", link(&first, "next").unwrap())).await;
        let third = page(&browser, &format!("{list}{}", link(&second, "next").unwrap())).await;
        assert_eq!((entries(&third), link(&third, "next")), (10, None), "{third}");
        let back = page(&browser, &format!("{list}{}", link(&third, "prev").unwrap())).await;
        assert_eq!(back.split("<main").nth(1), second.split("<main").nth(1), "{list}");
        let begin = page(&browser, &format!("{list}{}", link(&back, "prev").unwrap())).await;
        assert_eq!(begin.split("<main").nth(1), first.split("<main").nth(1), "{list}");
    }
}
