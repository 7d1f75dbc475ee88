//! Every route and every kind of visitor, against a table that people wrote: `tests/golden/access.txt`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use axum::body::Body;
use axum::http::Request;
use mingzheng::flow::{Actor, account::keep};
use mingzheng::rules::AccountRole;

use super::browser::Browser;
use super::web::{CLERK, COMPANY, OPERATOR, Web};
use crate::flows::people::somebody;

/// An id that nothing has.
pub(super) const NO_ID: &str = "0198a0c0-0000-7000-8000-000000000000";

/// A line of the table: the route, and who passes.
pub(super) fn table() -> BTreeMap<String, String> {
    let text = include_str!("../../golden/access.txt");
    let lines = text.lines().filter(|line| !line.starts_with('#') && !line.trim().is_empty());
    let row = |line: &str| {
        let mut words = line.split_whitespace();
        let route = format!("{} {}", words.next().unwrap(), words.next().unwrap());
        (route, words.collect::<Vec<_>>().join(" "))
    };
    lines.map(row).collect()
}

/// Every route that the program has: the pages by their sources, the interface by its document.
fn routes() -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("src/http")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let source = std::fs::read_to_string(path).unwrap();
                for part in source.split(".route(").skip(1) {
                    let path = part.split('"').nth(1).unwrap();
                    let rest = part.split(".merge(").next().unwrap();
                    for (word, method) in
                        [("get(", "GET"), ("post(", "POST"), ("delete(", "DELETE"), ("put(", "PUT")]
                    {
                        if rest.split(';').next().unwrap().contains(word) {
                            found.insert(format!("{method} {path}"));
                        }
                    }
                }
            }
        }
    }
    let document = serde_json::to_value(mingzheng::http::openapi()).unwrap();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for method in methods
            .as_object()
            .unwrap()
            .keys()
            .filter(|word| ["get", "post", "put", "delete"].contains(&word.as_str()))
        {
            found.insert(format!("{} {path}", method.to_uppercase()));
        }
    }
    found
}

#[test]
fn every_route_is_in_the_table_and_nothing_else() {
    let written: BTreeSet<String> = table().into_keys().collect();
    let routes = routes();
    let missing: Vec<_> = routes.difference(&written).collect();
    let gone: Vec<_> = written.difference(&routes).collect();
    assert!(
        missing.is_empty() && gone.is_empty(),
        "say who passes in tests/golden/access.txt: {missing:?}; gone: {gone:?}"
    );
}

/// The path of a route, with an id and words that nothing has in the place of names.
pub(super) fn filled(path: &str, id: &str) -> String {
    let words = [
        ("{id}", id),
        ("{act}", "lock"),
        ("{ask}", NO_ID),
        ("{code}", "ABCD"),
        ("{kind}", "not-found"),
        ("{secret}", "none"),
        ("{name}", "x"),
        ("{number}", "x"),
        ("{provider}", "x"),
        ("{file}", "x"),
        ("{place}", "1"),
    ];
    words.iter().fold(path.to_owned(), |path, (name, value)| path.replace(name, value))
}

/// What becomes of a visitor: `pass`, `sign-in`, `token` or `deny`.
fn outcome(in_api: bool, status: u16, location: &str) -> &'static str {
    match status {
        401 if in_api => "token",
        403 => "deny",
        303 if location.starts_with("/sign-in?") => "sign-in",
        _ => "pass",
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_route_lets_through_whom_the_table_says() {
    let web = Web::open().await;
    let over = somebody(&web.house, "over", AccountRole::Security).await.session;
    web.house.pass(16 * 60_000);
    let mut visitors = vec![("nobody", String::new()), ("wrong", "0".repeat(64)), ("over", over)];
    for &role in AccountRole::ALL {
        visitors.push((role.word(), somebody(&web.house, role.word(), role).await.session));
    }
    // Signing out ends the sessions that the others need.
    let mut table: Vec<_> = table().into_iter().collect();
    table.sort_by_key(|(route, _)| route == "POST /sign-out");
    let (routes, mut asked) = (table.len(), 0);
    for (route, passes) in table {
        let (method, path) = route.split_once(' ').unwrap();
        let in_api = path.starts_with("/api/");
        for (visitor, session) in &visitors {
            // Each meets an account of its own, so that nobody spoils what others find.
            let victim = format!("v{}", &web.house.app.mint().simple().to_string()[20..]);
            let id = if path.contains("{id}") && path.starts_with("/accounts") {
                somebody(&web.house, &victim, AccountRole::Verifier).await;
                keep::named(&web.house.app, &Actor::operator(), &victim).await.unwrap().to_string()
            } else {
                NO_ID.to_owned()
            };
            let filled = filled(path, &id);
            let browser = Browser::with(&web, session).await;
            let answer = match method {
                "POST" if !in_api => browser.post(&filled, &[("session", &"0".repeat(64))]).await,
                method => {
                    let request = Request::builder().method(method).uri(&filled).body(Body::empty()).unwrap();
                    browser.send(request).await
                }
            };
            asked += 1;
            let found = outcome(in_api, answer.status.as_u16(), answer.header("location"));
            if found == "deny" && !in_api {
                let text = answer.text();
                let (_, rest) = text.split_once("<p class=\"error\" role=\"alert\">").unwrap_or_default();
                let told = rest.split('<').next().unwrap();
                let chinese = told.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c));
                assert!(
                    chinese && !told.contains('@') && !told.contains("may not"),
                    "{route} {visitor}: {told:?}"
                );
            }
            let is_stranger = ["nobody", "wrong", "over"].contains(visitor);
            let wanted = match passes.as_str() {
                "open" => "pass",
                "token" => "token",
                _ if is_stranger => "sign-in",
                "session" => "pass",
                roles if roles.split_whitespace().any(|role| role == *visitor) => "pass",
                _ => "deny",
            };
            assert_eq!(found, wanted, "{route} for {visitor}: {} {}", answer.status, answer.text());
            assert!(answer.header("content-security-policy").starts_with("default-src 'none'"), "{route}");
            assert_eq!(answer.header("x-content-type-options"), "nosniff", "{route}");
        }
        for token in [OPERATOR, CLERK, COMPANY].into_iter().filter(|_| passes == "token") {
            let filled = filled(path, NO_ID);
            let request = Request::builder()
                .method(method)
                .uri(filled)
                .header("authorization", format!("Bearer {token}"));
            let answer = web.send(request.body(Body::empty()).unwrap()).await;
            asked += 1;
            assert_ne!(answer.status, 401, "{route} with {token}");
        }
    }
    println!("{routes} routes, {} kinds of visitors, 3 of tokens: {asked} requests", visitors.len());
}
