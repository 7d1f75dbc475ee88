//! What holds for every answer: ids, headers, limits, problems, measurements, and silence about codes.

use std::io::{self, Read as _};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::{Method, Request};
use serde_json::json;
use uuid::Uuid;

use super::web::{COMPANY, Form, OPERATOR, Web};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_answer_has_an_id_of_our_own_and_tells_browsers_to_be_careful() {
    let web = Web::open().await;
    for path in ["/", "/healthz", "/v/none", "/no-such-place", "/api/v1/openapi.json", "/api/v1/reports/x"] {
        let request = Request::get(path).header("x-request-id", "believe-me");
        let answer = web.send(request.body(Body::empty()).unwrap()).await;
        assert!(answer.header("x-request-id").parse::<Uuid>().is_ok(), "{path}: {:?}", answer.headers);
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
        assert_eq!(answer.header("x-frame-options"), "DENY");
        assert_eq!(answer.header("referrer-policy"), "no-referrer");
        assert_eq!(answer.header("cache-control"), "no-store");
        assert!(answer.header("content-security-policy").starts_with("default-src 'none'"));
    }
    assert_eq!(web.get("/style.css").await.header("cache-control"), "max-age=3600");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_everybody_is_sent_alike_is_packed_for_whoever_takes_it() {
    let web = Web::open().await;
    let ask = async |path: &str, takes: &str| {
        let request = Request::get(path).header("accept-encoding", takes);
        web.send(request.body(Body::empty()).unwrap()).await
    };
    let front = web.get("/").await.text();
    let script = format!("/assets/{}", front.split("/assets/").nth(1).unwrap().split('"').next().unwrap());
    for path in ["/style.css", "/offline", "/s", "/trust.json", script.as_str()] {
        let plain = web.get(path).await;
        assert_eq!(
            (plain.header("content-encoding"), plain.header("vary")),
            ("", "accept-encoding"),
            "{path}"
        );
        for takes in ["gzip", "br, GZIP;q=0.5", "deflate, gzip; q=1"] {
            let packed = ask(path, takes).await;
            assert_eq!(packed.header("content-encoding"), "gzip", "{path}: {takes}");
            assert_eq!(packed.header("content-type"), plain.header("content-type"));
            assert_eq!(packed.header("content-security-policy"), plain.header("content-security-policy"));
            assert!(packed.body.len() < plain.body.len(), "{path}: {}", packed.body.len());
            let mut text = Vec::new();
            flate2::read::GzDecoder::new(packed.body.as_slice()).read_to_end(&mut text).unwrap();
            assert_eq!(text, plain.body, "{path}");
        }
        for takes in ["", "br", "gzip;q=0", "identity, gzip; q=0.000", "gzipped", "gzip;q=x"] {
            assert_eq!(ask(path, takes).await.header("content-encoding"), "", "{path}: {takes}");
        }
    }
    // Where a token of ours stands beside what others chose, a length would tell it.
    for path in ["/", "/sign-in", "/v/ABCD", "/api/v1/openapi.json"] {
        assert_eq!(ask(path, "gzip").await.header("content-encoding"), "", "{path}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_not_there_or_cannot_be_done_is_a_problem() {
    let web = Web::open().await;
    for path in ["/no-such-place", "/api/v1/nothing", "/v/", "/problems/none", "/../etc/passwd"] {
        web.get(path).await.problem("not-found", 404);
    }
    for (method, path) in [("DELETE", "/api/v1/uploads"), ("GET", "/api/v1/verify"), ("POST", "/healthz")] {
        let request = Request::builder().method(method).uri(path);
        web.send(request.body(Body::empty()).unwrap()).await.problem("method-not-allowed", 405);
    }
    web.get("/v/%ff").await.problem("bad-request", 400);
    web.get_as(OPERATOR, "/api/v1/reports/%ff").await.problem("bad-request", 400);
    web.get("/v?code=%ff").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_body_over_its_limit_is_refused() {
    let web = Web::open().await;
    let chunk = Bytes::from(vec![b'x'; 1 << 20]);
    let body = |mebibytes: usize| {
        let chunks = std::iter::repeat_n(chunk.clone(), mebibytes).map(Ok::<_, io::Error>);
        Body::from_stream(futures::stream::iter(chunks))
    };
    web.post("/api/v1/verify", "application/json", body(66)).await.problem("too-large", 413);
    web.post("/api/v1/verify", "application/pdf", body(66)).await.problem("too-large", 413);
    let form = Form::new().file("x.pdf", &vec![b'x'; 66 << 20]).end();
    web.post("/api/v1/verify", Form::KIND, form).await.problem("too-large", 413);
    let asked = json!({ "subject": "x".repeat(2 << 20) });
    web.post_json(COMPANY, "/api/v1/reports", &asked).await.problem("too-large", 413);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_that_takes_too_long_is_ended() {
    let web = Web::with_time(Duration::from_millis(50)).await;
    let never = Body::from_stream(futures::stream::pending::<Result<Bytes, io::Error>>());
    web.post("/api/v1/verify", "application/pdf", never).await.problem("timeout", 408);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn slow_files_keep_nobody_from_looking_up_a_code() {
    let web = Arc::new(Web::with_time(Duration::from_secs(3)).await);
    let slow: Vec<_> = (0..20)
        .map(|_| {
            let web = Arc::clone(&web);
            let never = Body::from_stream(futures::stream::pending::<Result<Bytes, io::Error>>());
            tokio::spawn(async move { web.post("/api/v1/verify", "application/pdf", never).await })
        })
        .collect();
    tokio::time::sleep(Duration::from_millis(100)).await;
    let asked = web.post("/api/v1/verify", "application/json", json!({ "code": "x" }).to_string());
    let answer = tokio::time::timeout(Duration::from_secs(1), asked).await.unwrap();
    assert_eq!(answer.status, 200);
    for slow in slow {
        slow.await.unwrap().problem("timeout", 408);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn readiness_follows_the_store_and_the_objects() {
    let web = Web::open().await;
    assert_eq!(web.get("/healthz").await.text(), "ok\n");
    assert_eq!(web.get("/readyz").await.status, 200);
    let objects = web.house.config.objects();
    std::fs::remove_dir_all(&objects).unwrap();
    std::fs::write(&objects, b"no folder").unwrap();

    let answer = web.get("/readyz").await;
    answer.problem("unavailable", 503);
    assert_eq!(answer.header("retry-after"), "5");
    assert_eq!(web.get("/healthz").await.status, 200);
    let asked = json!({ "subject": "91310115MATE5T017A", "span": "12-months" });
    web.post_json(COMPANY, "/api/v1/reports", &asked).await.problem("unavailable", 503);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn measurements_count_routes_and_verdicts_and_name_no_code() {
    let web = Web::open().await;
    let report = web.report().await;
    let code = report["verification_code"].as_str().unwrap().replace('-', "");
    web.get(&format!("/v/{code}")).await;
    web.post("/api/v1/verify", "application/json", json!({ "code": code }).to_string()).await;
    for n in 0..50 {
        let request = Request::builder().method(Method::from_bytes(format!("ODD{n}").as_bytes()).unwrap());
        web.send(request.uri(format!("/odd/{n}")).body(Body::empty()).unwrap()).await;
    }

    let text = web.get("/metrics").await.text();

    assert!(
        text.contains(r#"mingzheng_http_requests_total{method="GET",route="/v/{code}",status="200"} 1"#),
        "{text}"
    );
    assert!(
        text.contains(r#"mingzheng_http_requests_total{method="other",route="-",status="404"} 50"#),
        "{text}"
    );
    assert!(text.contains(r#"mingzheng_verdicts_total{integrity="intact",status="valid"} 2"#), "{text}");
    assert!(text.contains("mingzheng_reports_total 1"), "{text}");
    assert!(text.contains("mingzheng_http_request_seconds_bucket"), "{text}");
    assert!(!text.contains(&code) && !text.contains("ODD"));
}

/// A log that is kept.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn the_log_names_routes_and_no_codes() {
    let web = Web::open().await;
    let log = Log::default();
    let to = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_ansi(false)
        .with_writer(move || to.clone())
        .finish();
    let guard = tracing::subscriber::set_default(subscriber);
    let report = web.report().await;
    let code = report["verification_code"].as_str().unwrap().to_owned();
    let compact = code.replace('-', "");
    web.get(&format!("/v/{compact}")).await;
    web.get(&format!("/v?code={code}")).await;
    web.post("/api/v1/verify", "application/json", json!({ "code": code }).to_string()).await;
    drop(guard);

    let text = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    assert!(text.contains("/v/{code}"), "{text}");
    for secret in [code.as_str(), compact.as_str(), COMPANY] {
        let line = text.lines().find(|line| line.contains(secret) && !line.contains("name="));
        assert!(line.is_none(), "{line:?}");
    }
}
