//! Files that are only checked in the background, and files that failed there: by the interface, at the desk, and on the console.

use axum::body::Body;
use axum::http::Request;
use mingzheng::flow::worker;
use mingzheng::rules::AccountRole;
use mingzheng::seal;
use serde_json::json;

use super::browser::Browser;
use super::console::person;
use super::desk::{clerk, in_english, page};
use super::web::{Answer, CLERK, COMPANY, ELSEWHERE, Form, Web};
use crate::flows::house::{ECOLOGY, MARKET, Row, csv, row};

fn faulty() -> Vec<u8> {
    csv(&[row(1), row(2), Row { code: "91310115MATE5T0170".into(), ..row(3) }])
}

async fn in_background(web: &Web, field: (&str, &str), file: &[u8]) -> Answer {
    let form = Form::new().field("authority", MARKET).field(field.0, field.1).file("处罚.csv", file);
    let request = Request::post("/api/v1/uploads")
        .header("authorization", format!("Bearer {CLERK}"))
        .header("prefer", "respond-async")
        .header("content-type", Form::KIND);
    web.send(request.body(Body::from(form.end())).unwrap()).await
}

fn id(answer: &Answer) -> String {
    answer.json()["id"].as_str().unwrap_or_else(|| panic!("{}", answer.text())).to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dry_run_is_followed_to_its_report_and_sent_for_real() {
    let web = Web::open().await;
    let began = in_background(&web, ("dry_run", "true"), &faulty()).await;
    assert_eq!((began.status.as_u16(), &began.json()["dry_run"]), (202, &json!(true)), "{}", began.text());
    let (place, id) = (began.header("location").to_owned(), id(&began));
    let session = clerk(&web.house, "lihua", &[(MARKET, &[])]).await;
    let browser = Browser::with(&web, &session).await;
    let desk = format!("/desk/jobs/{id}");
    assert!(page(&browser, &desk).await.contains("仅校验：什么也不会入库"));
    web.get_as(CLERK, &format!("{place}/rejects")).await.problem("not-found", 404);

    worker::work_once(&web.house.app).await.unwrap().unwrap();
    let done = web.get_as(CLERK, &place).await.json();
    let outcome = &done["outcome"];
    assert_eq!((&done["state"], &outcome["receipt"]), (&json!("done"), &json!(null)), "{done}");
    for (name, count) in [("submitted", 3), ("accepted", 2), ("repeated", 0), ("rejected", 1)] {
        assert_eq!(outcome["checked"][name], count, "{name}: {done}");
    }
    assert_eq!(outcome["faults"][0]["column"], "CF_XDR_SHXYM");
    let rejects = web.get_as(CLERK, &format!("{place}/rejects")).await;
    assert_eq!(rejects.status, 200);
    assert!(rejects.text().contains("91310115MATE5T0170") && !rejects.text().contains("0001号"));
    assert!(rejects.header("content-disposition").contains(".csv"));
    for token in [COMPANY, ELSEWHERE] {
        web.get_as(token, &format!("{place}/rejects")).await.problem("not-found", 404);
    }
    assert_eq!(web.house.number("SELECT COUNT(*) FROM upload").await, 0);
    assert_eq!(web.house.number("SELECT COUNT(*) FROM record_version").await, 0);

    let shown = page(&browser, &desk).await;
    for part in ["仅校验：什么也没有入库", "将接受", "处罚.csv", "正式报送，无需重新上传", "下载退回文件"]
    {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    let english = in_english(&browser, &desk).await;
    assert!(
        english.contains("Dry run: nothing was stored") && english.contains("Send it for real"),
        "{english}"
    );
    let same = browser.get(&format!("{desk}/rejects")).await;
    assert_eq!((same.status.as_u16(), &same.body), (200, &rejects.body));
    let strange = Browser::with(&web, &clerk(&web.house, "theirs", &[(ECOLOGY, &[])]).await).await;
    assert_eq!(strange.get(&format!("{desk}/rejects")).await.status, 404);
    assert_eq!(strange.post(&desk, &[("act", "store")]).await.status, 404);

    let sent = browser.post(&desk, &[("act", "store")]).await;
    let real = sent.header("location").to_owned();
    assert!(sent.status == 303 && real.starts_with("/desk/jobs/") && real != desk, "{}", sent.text());
    worker::work_once(&web.house.app).await.unwrap().unwrap();
    let shown = page(&browser, &real).await;
    assert!(shown.contains("查看回执") && !shown.contains("Dry run"), "{shown}");
    assert_eq!(web.house.number("SELECT COUNT(*) FROM record_version").await, 2);
    let list = page(&browser, "/desk/jobs").await;
    assert!(list.contains(&desk) && list.contains(&real) && list.contains("仅校验"), "{list}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_that_failed_is_told_with_its_reason_and_tried_again() {
    let web = Web::open().await;
    let file = faulty();
    let id = id(&in_background(&web, ("strict", "true"), &file).await);
    let fail = async || worker::work_once(&web.house.app).await.unwrap().unwrap();
    fail().await;
    let session = clerk(&web.house, "lihua", &[(MARKET, &[])]).await;
    let browser = Browser::with(&web, &session).await;
    let desk = format!("/desk/jobs/{id}");
    for path in ["/desk", "/desk/jobs", &desk] {
        let shown = page(&browser, path).await;
        assert!(
            shown.contains("3 行中有 1 行不合格") && !shown.contains("rows are faulty"),
            "{path}: {shown}"
        );
    }
    let english = in_english(&browser, "/desk/jobs").await;
    assert!(english.contains("1 of 3 rows are faulty") && english.contains("Try again"), "{english}");

    let retries = "SELECT COUNT(*) FROM journal WHERE act = 'retry-job'";
    let strange = Browser::with(&web, &clerk(&web.house, "theirs", &[(ECOLOGY, &[])]).await).await;
    assert!(!page(&strange, "/desk/jobs").await.contains(&id));
    assert_eq!(strange.post(&desk, &[("act", "retry")]).await.status, 404);
    assert_eq!(web.house.number(retries).await, 0);
    let again = browser.post(&desk, &[("act", "retry")]).await;
    assert_eq!((again.status.as_u16(), again.header("location")), (303, desk.as_str()), "{}", again.text());
    assert!(page(&browser, &desk).await.contains("排队中"));
    assert_eq!(browser.post(&desk, &[("act", "retry")]).await.status, 303, "it waits already");
    assert_eq!(web.house.number(retries).await, 1);
    assert_eq!(browser.post(&desk, &[("act", "explode")]).await.status, 400);
    fail().await;

    let (_, auditor) = person(&web, "auditor", AccountRole::Auditor).await;
    let (_, system) = person(&web, "system", AccountRole::System).await;
    let (seen, shown) = (page(&auditor, "/console/jobs").await, page(&system, "/console/jobs").await);
    let retry = format!("/console/jobs/{id}/retry");
    for text in [&seen, &shown] {
        assert!(
            text.contains("3 行中有 1 行不合格") && text.contains(MARKET) && text.contains("处罚.csv"),
            "{text}"
        );
    }
    assert!(!seen.contains(&retry) && shown.contains(&retry));
    assert_eq!(auditor.post(&retry, &[]).await.status, 403);
    assert_eq!(browser.post(&retry, &[]).await.status, 403);
    assert_eq!(system.post(&retry, &[]).await.status, 303);
    assert_eq!(web.house.number(retries).await, 2);
    assert!(page(&system, "/console/jobs").await.contains("没有失败的任务"));
    fail().await;

    // Without its bytes there is nothing to try again.
    std::fs::remove_file(web.house.object(seal::digest(&file))).unwrap();
    let gone = page(&browser, "/desk/jobs").await;
    assert!(gone.contains("文件已不再留存") && !gone.contains("value=\"retry\""), "{gone}");
    let refused = browser.post(&desk, &[("act", "retry")]).await;
    assert!(refused.status == 410 && refused.text().contains("请重新上传"), "{}", refused.text());
    assert_eq!(system.post(&retry, &[]).await.status, 410);
    assert!(page(&system, "/console/jobs").await.contains("须重新上传"));
}
