//! Regulators upload.

use axum::body::Body;
use axum::http::Request;
use serde_json::json;

use super::web::{CLERK, COMPANY, Form, OPERATOR, Web};
use crate::engines::each_on_both_engines;
use crate::flows::house::{ECOLOGY, MARKET, Row, csv, row};

fn form() -> Form {
    Form::new().field("authority", MARKET).file("penalties.csv", &csv(&[row(1), row(2)]))
}

fn faulty() -> Vec<u8> {
    csv(&[row(1), Row { code: "91310115MATE5T0170".into(), ..row(2) }])
}

async fn a_file_is_taken_in_once(web: Web) {
    let first = web.upload(CLERK, form()).await;
    assert_eq!(first.status, 201, "{}", first.text());
    let receipt = first.json();
    for (name, value) in [("submitted", 2), ("accepted", 2), ("repeated", 0), ("rejected", 0)] {
        assert_eq!(receipt[name], value, "{name}");
    }
    assert_eq!((&receipt["replayed"], &receipt["file_name"]), (&json!(false), &json!("penalties.csv")));
    let again = web.upload(CLERK, form()).await;
    assert_eq!(again.status, 200);
    assert_eq!((&again.json()["upload"], &again.json()["replayed"]), (&receipt["upload"], &json!(true)));
    let metrics = web.get("/metrics").await.text();
    assert!(metrics.contains(r#"mingzheng_upload_rows_total{outcome="accepted"} 2"#), "{metrics}");
}

async fn faults_are_told_row_by_row_in_both_languages(web: Web) {
    let answer = web.upload(CLERK, Form::new().file("a.csv", &faulty())).await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    let receipt = answer.json();
    assert_eq!((&receipt["accepted"], &receipt["rejected"]), (&json!(1), &json!(1)));
    let fault = &receipt["faults"][0];
    assert_eq!((&fault["row"], &fault["column"]), (&json!(2), &json!("CF_XDR_SHXYM")));
    for name in ["code", "value", "reason_zh", "reason_en", "remedy_zh", "remedy_en"] {
        assert!(!fault[name].as_str().unwrap().is_empty(), "{name}");
    }
    assert!(receipt["rejects_csv"].as_str().unwrap().contains("91310115MATE5T0170"));
}

async fn a_check_and_a_strict_upload_store_nothing(web: Web) {
    let check = web.upload(CLERK, Form::new().field("dry_run", "true").file("a.csv", &faulty())).await;
    assert_eq!((check.status.as_u16(), &check.json()["dry_run"]), (200, &json!(true)));
    assert_eq!(check.json()["signature"], json!(null));
    let strict = web.upload(CLERK, Form::new().field("strict", "true").file("a.csv", &faulty())).await;
    assert!(strict.problem("unprocessable", 422).contains("1 of 2"));
    assert_eq!(web.house.number("SELECT COUNT(*) FROM upload").await, 0);
}

async fn coverage_is_declared_with_or_without_a_file(web: Web) {
    let declared = |form: Form| form.field("data_from", "2018-01-01").field("complete_through", "2026-11-22");
    let answer = web.upload(CLERK, declared(Form::new()).field("nothing_to_report", "true")).await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    let answer = web.upload(CLERK, declared(form())).await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    let wrong = Form::new().field("data_from", "2018-01-01").field("complete_through", "2026-11-23");
    assert!(web.upload(CLERK, wrong).await.problem("unprocessable", 422).contains("future"));
}

async fn each_wrong_upload_gets_its_own_problem(web: Web) {
    let fields = [
        ("authority", "123", "authority"),
        ("domain", "No Such!", "domain"),
        ("strict", "perhaps", "true or false"),
        ("dry_run", "1", "true or false"),
        ("data_from", "2026-02-30", "YYYY-MM-DD"),
        ("declared_lag_days", "-1", "declared_lag_days"),
        ("colour", "red", "no such field"),
    ];
    for (name, value, word) in fields {
        let detail = web.upload(CLERK, Form::new().field(name, value)).await.problem("bad-request", 400);
        assert!(detail.contains(word), "{name}: {detail}");
    }
    web.upload(COMPANY, form()).await.problem("forbidden", 403);
    let other = Form::new().field("authority", ECOLOGY).file("a.csv", &csv(&[row(1)]));
    web.upload(CLERK, other).await.problem("forbidden", 403);
    let elsewhere = Form::new().field("domain", "fire-rescue").file("a.csv", &csv(&[row(1)]));
    web.upload(CLERK, elsewhere).await.problem("forbidden", 403);
    web.upload(OPERATOR, Form::new().file("a.csv", &csv(&[row(1)]))).await.problem("unprocessable", 422);
    web.upload(CLERK, Form::new()).await.problem("unprocessable", 422);
    for bytes in [&b"\x00\x01\x02"[..], b"PK\x03\x04 a workbook", b"a;b;c\n1;2;3\n", b" \n"] {
        web.upload(CLERK, Form::new().file("a.csv", bytes)).await.problem("unreadable-file", 422);
    }

    let raw = async |kind: &str, body: Vec<u8>| {
        let request = Request::post("/api/v1/uploads").header("authorization", format!("Bearer {CLERK}"));
        web.send(request.header("content-type", kind).body(Body::from(body)).unwrap()).await
    };
    raw("text/csv", csv(&[row(1)])).await.problem("unsupported-media-type", 415);
    raw("multipart/form-data", form().end()).await.problem("unsupported-media-type", 415);
    let whole = form().end();
    raw(Form::KIND, whole[..whole.len() / 2].to_vec()).await.problem("bad-request", 400);
    raw(Form::KIND, b"no form at all".to_vec()).await.problem("bad-request", 400);
    assert_eq!(web.house.number("SELECT COUNT(*) FROM upload").await, 0);
}

async fn the_answer_says_what_the_file_was_and_gives_rejects_back_in_its_format(web: Web) {
    let files: [(&[u8], &str, serde_json::Value, serde_json::Value, &str); 3] = [
        (
            include_bytes!("../../fixtures/tables/table.parquet"),
            "Parquet",
            json!(null),
            json!(null),
            "parquet",
        ),
        (
            include_bytes!("../../fixtures/tables/table.gb18030.csv"),
            "CSV",
            json!(null),
            json!("GB 18030"),
            "csv",
        ),
        (include_bytes!("../../fixtures/tables/table.csv.gz"), "CSV", json!("gzip"), json!("UTF-8"), "csv"),
    ];
    for (bytes, format, packed_in, encoding, media_type) in files {
        let form = Form::new().field("layout", "national-2018").file("upload.bin", bytes);
        let answer = web.upload(CLERK, form).await;
        assert_eq!(answer.status, 201, "{}", answer.text());
        let receipt = answer.json();
        assert_eq!((&receipt["format"], &receipt["encoding"]), (&json!(format), &encoding));
        assert_eq!(receipt["packed_in"], packed_in);
        assert_eq!((&receipt["layout"], &receipt["rejected"]), (&json!("national-2018"), &json!(7)));
        assert!(receipt["rejects_media_type"].as_str().unwrap().ends_with(media_type), "{receipt}");
        assert!(receipt["rejects"].as_str().unwrap().len() > 1000);
        let csv = receipt["rejects_csv"].as_str();
        assert_eq!(csv.is_some_and(|text| text.contains("示范甲智能科技股份有限公司")), format != "Parquet");
    }
    let form = Form::new().field("layout", "elsewhere").file("a.csv", &csv(&[row(1)]));
    assert!(web.upload(CLERK, form).await.problem("unreadable-file", 422).contains("elsewhere"));
}

async fn templates_are_made_for_each_kind_of_record(web: Web) {
    for kind in ["penalty", "abnormal-list", "court-enforcement"] {
        let book = web.get(&format!("/api/v1/templates/{kind}.xlsx")).await;
        assert_eq!(book.status, 200);
        assert!(book.body.starts_with(b"PK") && book.header("content-type").contains("spreadsheetml"));
        assert!(book.header("content-disposition").contains(&format!("{kind}.xlsx")));
        // Sent as it is, it is a file without rows: the example is on a sheet of its own.
        let answer = web.upload(CLERK, Form::new().file("a.xlsx", &book.body)).await;
        assert_eq!(
            (answer.status.as_u16(), &answer.json()["submitted"]),
            (201, &json!(0)),
            "{}",
            answer.text()
        );
    }
    let header = web.get("/api/v1/templates/penalty.csv?layout=national-2015").await;
    assert!(header.text().contains("CF_CFLB1"), "{}", header.text());
    for missing in ["penalty.pdf", "nothing.csv", "penalty", "penalty.csv?layout=elsewhere"] {
        web.get(&format!("/api/v1/templates/{missing}")).await.problem("not-found", 404);
    }
}

each_on_both_engines! {
    a_file_is_taken_in_once;
    faults_are_told_row_by_row_in_both_languages;
    a_check_and_a_strict_upload_store_nothing;
    coverage_is_declared_with_or_without_a_file;
    each_wrong_upload_gets_its_own_problem;
    the_answer_says_what_the_file_was_and_gives_rejects_back_in_its_format;
    templates_are_made_for_each_kind_of_record;
}
