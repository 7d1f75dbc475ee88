//! A browser as far as a server can tell: it keeps cookies, follows nothing, and sends back the token of the form that it was shown.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::net::SocketAddr;

use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::Request;

use super::web::{Answer, Web};

pub(super) struct Browser<'w> {
    web: &'w Web,
    pub(super) cookies: RefCell<BTreeMap<String, String>>,
    /// The token of the last form.
    pub(super) token: RefCell<String>,
    /// From where it asks; from inside the program otherwise.
    peer: Option<SocketAddr>,
}

impl<'w> Browser<'w> {
    pub(super) fn new(web: &'w Web) -> Self {
        Self { web, cookies: RefCell::default(), token: RefCell::default(), peer: None }
    }

    /// A browser at an address.
    pub(super) fn at(self, address: &str) -> Self {
        Self { peer: Some(SocketAddr::new(address.parse().unwrap(), 9)), ..self }
    }

    /// A browser that has a session, and was shown a page of it.
    pub(super) async fn with(web: &'w Web, session: &str) -> Self {
        let browser = Self::new(web);
        browser.cookies.borrow_mut().insert("mz_session".into(), session.into());
        browser.get("/sign-in").await;
        browser.get("/account").await;
        browser
    }

    pub(super) async fn get(&self, path: &str) -> Answer {
        self.send(Request::get(path).body(Body::empty()).unwrap()).await
    }

    /// Sends a form with the token of the last one.
    pub(super) async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let token = self.token.borrow().clone();
        let mut body = format!("csrf={token}");
        for (name, value) in fields {
            write!(body, "&{name}={}", encoded(value)).unwrap();
        }
        let request = Request::post(path)
            .header("host", "127.0.0.1:8600")
            .header("origin", "http://127.0.0.1:8600")
            .header("sec-fetch-site", "same-origin")
            .header("content-type", "application/x-www-form-urlencoded");
        self.send(request.body(Body::from(body)).unwrap()).await
    }

    pub(super) async fn send(&self, mut request: Request<Body>) -> Answer {
        let pairs: Vec<String> = self.cookies.borrow().iter().map(|(k, v)| format!("{k}={v}")).collect();
        request.headers_mut().insert("accept", "text/html".parse().unwrap());
        if !pairs.is_empty() {
            request.headers_mut().insert("cookie", pairs.join("; ").parse().unwrap());
        }
        if let Some(peer) = self.peer {
            request.extensions_mut().insert(ConnectInfo(peer));
        }
        let answer = self.web.send(request).await;
        for line in answer.headers.get_all("set-cookie") {
            let line = line.to_str().unwrap();
            assert!(line.contains("; HttpOnly; SameSite=Lax"), "{line}");
            let (name, value) = line.split(';').next().unwrap().split_once('=').unwrap();
            if line.contains("Max-Age=0") {
                self.cookies.borrow_mut().remove(name);
            } else {
                self.cookies.borrow_mut().insert(name.into(), value.into());
            }
        }
        if let Some((_, rest)) = answer.text().rsplit_once("name=\"csrf\" value=\"") {
            *self.token.borrow_mut() = rest.split('"').next().unwrap().into();
        }
        answer
    }

    pub(super) fn session(&self) -> Option<String> {
        self.cookies.borrow().get("mz_session").cloned()
    }
}

pub(super) fn encoded(text: &str) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() {
            out.push(byte.into());
        } else {
            write!(out, "%{byte:02X}").unwrap();
        }
    }
    out
}
