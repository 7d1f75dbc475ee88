//! What is published: the OpenAPI document and the list of problems. A change of either is a change of the contract.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use axum::body::Body;
use axum::http::Request;
use mingzheng::http::{Problem, openapi};
use serde_json::Value;

use super::web::Web;

/// Compares with a golden file, or rewrites it where `UPDATE_GOLDEN=1`.
fn golden(name: &str, text: &str) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name);
    if std::env::var("UPDATE_GOLDEN").is_ok_and(|value| value == "1") {
        fs::write(&file, text).unwrap();
    }
    let kept = fs::read_to_string(&file).unwrap_or_default();
    assert!(kept == text, "tests/golden/{name} is no longer true: UPDATE_GOLDEN=1 rewrites it\n{text}");
}

#[test]
fn the_document_is_the_published_one() {
    golden("openapi.json", &format!("{}\n", openapi().to_pretty_json().unwrap()));
}

#[test]
fn every_operation_has_a_name_of_its_own() {
    let document = serde_json::to_value(openapi()).unwrap();
    let mut names = std::collections::BTreeSet::new();
    for methods in document["paths"].as_object().unwrap().values() {
        for about in methods.as_object().unwrap().values() {
            let name = about["operationId"].as_str().unwrap();
            assert!(names.insert(name.to_owned()), "{name}");
        }
    }
}

/// The names of the properties of an object, once for each part of its schema that has them.
fn properties(schema: &Value, document: &Value) -> Vec<String> {
    let of = |schema: &Value| properties(schema, document);
    let own = schema["properties"].as_object().into_iter().flat_map(|own| own.keys().cloned());
    let parts = schema["allOf"].as_array().into_iter().flatten().flat_map(of);
    let named = schema["$ref"].as_str().map(|place| of(document.pointer(&place[1..]).unwrap()));
    own.chain(parts).chain(named.unwrap_or_default()).collect()
}

#[test]
fn no_answer_has_two_values_under_one_name() {
    let document = serde_json::to_value(openapi()).unwrap();
    let schemas = document["components"]["schemas"].as_object().unwrap();
    assert!(schemas.values().any(|schema| schema["allOf"].is_array()));
    for (name, schema) in schemas {
        let mut seen = properties(schema, &document);
        seen.sort();
        let all = seen.len();
        seen.dedup();
        assert_eq!(seen.len(), all, "{name}: {seen:?}");
    }
}

#[test]
fn the_problems_are_the_published_ones() {
    let mut text = String::new();
    for problem in Problem::ALL {
        writeln!(text, "{} {} {}", problem.status(), problem.kind(), problem.title()).unwrap();
    }
    golden("problems.txt", &text);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_document_is_served_to_everybody() {
    let web = Web::open().await;
    let answer = web.get("/api/v1/openapi.json").await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.json(), serde_json::to_value(openapi()).unwrap());
}

/// The routes that are open: verification, looks, templates and the probes.
const OPEN: &[&str] = &[
    "/api/v1/verify",
    "/api/v1/scans",
    "/api/v1/scans/{id}/report",
    "/api/v1/templates/{file}",
    "/healthz",
    "/readyz",
    "/metrics",
];

/// Open routes that tell whoever brings a token whether it holds.
const WITH_OR_WITHOUT: &[&str] = &["/api/v1/scans", "/api/v1/scans/{id}/report"];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_route_but_the_open_ones_needs_a_token() {
    let web = Web::open().await;
    let document = serde_json::to_value(openapi()).unwrap();
    let mut closed = 0;
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, about) in methods.as_object().unwrap() {
            let open = OPEN.contains(&path.as_str());
            assert_eq!(about.get("security").is_none(), open, "{path}");
            for token in [None, Some("Bearer nobody"), Some("Basic bXo6eA=="), Some("Bearer"), Some("")] {
                let at = path.replace("{number}", "MZCR-20261122-22222222-2");
                let mut request = Request::builder().method(method.to_uppercase().as_str()).uri(&at);
                if let Some(token) = token {
                    request = request.header("authorization", token);
                }
                let answer = web.send(request.body(Body::empty()).unwrap()).await;
                if open && token.is_some() && WITH_OR_WITHOUT.contains(&path.as_str()) {
                    assert_ne!(answer.status, 200, "{path}");
                } else if open {
                    assert_ne!(answer.status, 401, "{path}");
                } else {
                    answer.problem("unauthenticated", 401);
                    assert!(answer.header("www-authenticate").starts_with("Bearer"));
                    closed += 1;
                }
            }
        }
    }
    assert_eq!(closed, 50 * 5);
}
