//! Anybody verifies. Every verdict is an answer, and no error.

use mingzheng::flow::{Actor, revoke};
use mingzheng::seal;
use serde_json::json;

use super::web::{COMPANY, Form, Web};
use crate::engines::each_on_both_engines;
use crate::verify_photos as photos;

async fn verify(web: &Web, asked: serde_json::Value) -> super::web::Answer {
    web.post("/api/v1/verify", "application/json", asked.to_string()).await
}

async fn a_report_verifies_in_every_way(web: Web) {
    let issued = web.report().await;
    let pdf = web.get_as(COMPANY, issued["pdf"].as_str().unwrap()).await.body;
    let answers = [
        verify(&web, json!({ "code": issued["verification_code"] })).await,
        verify(&web, json!({ "sha256": issued["pdf_sha256"] })).await,
        verify(&web, json!({ "qr": issued["verification_url"] })).await,
        web.post("/api/v1/verify", "application/pdf", pdf.clone()).await,
        web.post("/api/v1/verify", "application/octet-stream", pdf.clone()).await,
        web.post("/api/v1/verify", Form::KIND, Form::new().file("r.pdf", &pdf).end()).await,
    ];
    for answer in answers {
        assert_eq!(answer.status, 200);
        let verdict = answer.json();
        assert_eq!(verdict["genuine_and_valid"], true, "{verdict}");
        for (name, value) in [("integrity", "intact"), ("issuer", "trusted")] {
            assert_eq!(verdict[name], value);
        }
        assert_eq!(verdict["status"]["status"], "valid");
        assert_eq!(verdict["facts"]["number"], issued["number"]);
        assert_eq!(verdict["facts_sha256"], issued["facts_sha256"]);
        assert!(verdict["reasons"].as_array().unwrap().iter().all(|r| !r["zh"].as_str().unwrap().is_empty()));
    }
}

async fn what_does_not_verify_is_told_in_a_verdict(web: Web) {
    let issued = web.report().await;
    let mut pdf = web.get_as(COMPANY, issued["pdf"].as_str().unwrap()).await.body;
    pdf[5000] ^= 1;
    let cases = [
        (verify(&web, json!({ "code": "1234" })).await, "cannot-tell", "code-mistyped"),
        (verify(&web, json!({ "code": "\u{0}" })).await, "cannot-tell", "code-mistyped"),
        (verify(&web, json!({ "sha256": seal::digest(b"x") })).await, "cannot-tell", "hash-not-found"),
        (verify(&web, json!({ "qr": "https://example.com/" })).await, "not-ours", "qr-not-ours"),
        (web.post("/api/v1/verify", "application/pdf", pdf).await, "altered", "content-changed"),
        (web.post("/api/v1/verify", "application/pdf", "").await, "unreadable", "empty"),
        (web.post("/api/v1/verify", "application/pdf", "text").await, "unreadable", "not-pdf"),
    ];
    for (answer, integrity, reason) in cases {
        assert_eq!(answer.status, 200, "{reason}");
        let verdict = answer.json();
        assert_eq!(
            (&verdict["integrity"], &verdict["reasons"][0]["code"]),
            (&json!(integrity), &json!(reason))
        );
        assert_eq!((&verdict["genuine_and_valid"], &verdict["facts"]), (&json!(false), &json!(null)));
    }
}

async fn a_changed_file_is_explained_and_a_picture_taken(web: Web) {
    let issued = web.report().await;
    let mut pdf = web.get_as(COMPANY, issued["pdf"].as_str().unwrap()).await.body;
    let at = pdf.windows(6).position(|it| it == b"stream").unwrap() + 60;
    pdf[at..at + 40].iter_mut().for_each(|byte| *byte ^= 0x55); // little of the page is left
    let verdict = web.post("/api/v1/verify", "application/pdf", pdf).await.json();
    assert_eq!(
        (&verdict["integrity"], &verdict["kind"]["code"]),
        (&json!("altered"), &json!("ours-changed"))
    );
    let finding = &verdict["findings"][0];
    assert_eq!((&finding["page"], &finding["attack"]["code"]), (&json!(1), &json!("page-text-changed")));
    assert!(!finding["was"].as_str().unwrap().is_empty());
    let page = &verdict["comparison"][0];
    assert!(page["share"].as_f64().unwrap() > 0.1 && !page["boxes"].as_array().unwrap().is_empty());
    for picture in ["brought", "issued"] {
        // The first bytes of every PNG, in base 64.
        assert!(page[picture].as_str().unwrap().starts_with("iVBORw0KGgo"), "{picture}");
    }
    let white = crate::verify_photos::png(&image::GrayImage::from_pixel(300, 200, image::Luma([255])));
    let verdict = web.post("/api/v1/verify", "image/png", white).await.json();
    assert_eq!(
        (&verdict["kind"]["code"], &verdict["integrity"]),
        (&json!("pictured"), &json!("cannot-tell"))
    );
    let verdict = web.post("/api/v1/verify", "image/jpeg", "\u{fffd}").await.json();
    assert_eq!(verdict["integrity"], "unreadable");
}

async fn an_edited_picture_with_a_genuine_qr_is_never_called_genuine(web: Web) {
    let issued = web.report().await;
    let pdf = web.get_as(COMPANY, issued["pdf"].as_str().unwrap()).await.body;
    let mut picture = photos::page(&pdf, 150.0);
    photos::edit(&mut picture);
    let picture = photos::jpeg(&picture, 80);
    let brought = || web.post("/api/v1/verify", "image/jpeg", picture.clone());
    let page = || web.post("/v", Form::KIND, Form::new().file("r.jpg", &picture).end());

    let verdict = brought().await.json();
    assert_eq!(verdict["genuine_and_valid"], false, "{verdict}");
    for (name, value) in [("integrity", "cannot-tell"), ("issuer", "trusted")] {
        assert_eq!(verdict[name], value);
    }
    assert_eq!(verdict["status"]["status"], "valid");
    assert_eq!(verdict["facts"]["number"], issued["number"], "what to compare with is shown");
    let reasons: Vec<_> = verdict["reasons"].as_array().unwrap().iter().map(|it| &it["code"]).collect();
    assert_eq!(reasons[..3], ["picture-only", "qr-found", "claim-valid"]);
    let text = page().await.text();
    assert!(!text.contains("文件真实") && !text.contains("The file is genuine"), "{text}");
    assert!(text.contains("<h1>二维码真实，报告有效；图像可能被改动，请逐项核对</h1>"), "{text}");
    assert!(text.contains(issued["number"].as_str().unwrap()) && text.contains("class=\"verdict unknown\""));

    let number = issued["number"].as_str().unwrap();
    revoke::in_emergency(&web.house.app, &Actor::operator(), number, "出具有误").await.unwrap();
    let verdict = brought().await.json();
    assert_eq!(
        (&verdict["integrity"], &verdict["status"]["status"]),
        (&json!("cannot-tell"), &json!("revoked"))
    );
    let text = page().await.text();
    assert!(
        text.contains("<h1>报告已被撤销，不得使用</h1>") && text.contains("class=\"verdict bad\""),
        "{text}"
    );
}

async fn each_wrong_request_gets_its_own_problem(web: Web) {
    for asked in
        [json!({}), json!({ "code": "a", "qr": "b" }), json!({ "colour": "red" }), json!({ "code": 1 })]
    {
        verify(&web, asked).await.problem("unprocessable", 422);
    }
    let detail = verify(&web, json!({ "sha256": "abc" })).await.problem("unprocessable", 422);
    assert!(detail.contains("64"), "{detail}");
    web.post("/api/v1/verify", "application/json", "{").await.problem("bad-request", 400);
    web.post("/api/v1/verify", "text/html", "x").await.problem("unsupported-media-type", 415);
    web.post("/api/v1/verify", "multipart/form-data", "x").await.problem("bad-request", 400);
    let form = Form::new().field("colour", "red").end();
    web.post("/api/v1/verify", Form::KIND, form).await.problem("bad-request", 400);
    let whole = Form::new().file("r.pdf", &[b'x'; 4000]).end();
    web.post("/api/v1/verify", Form::KIND, whole[..2000].to_vec()).await.problem("bad-request", 400);
}

each_on_both_engines! {
    a_report_verifies_in_every_way;
    what_does_not_verify_is_told_in_a_verdict;
    a_changed_file_is_explained_and_a_picture_taken;
    an_edited_picture_with_a_genuine_qr_is_never_called_genuine;
    each_wrong_request_gets_its_own_problem;
}
