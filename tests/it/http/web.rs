//! A router over a house, tokens for it, and short words for requests and answers.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Request, StatusCode};
use mingzheng::config::{Token, TokenRole};
use mingzheng::flow::Tokens;
use mingzheng::http::{Face, router};
use mingzheng::seal;
use serde_json::Value;
use tower::ServiceExt as _;

use crate::engines::Place;
use crate::flows::house::{ECOLOGY, House, MARKET, PARENT, SUBSIDIARY};
use crate::rules::house::code;

pub(super) const OPERATOR: &str = "mz_operator";
pub(super) const CLERK: &str = "mz_clerk";
pub(super) const COMPANY: &str = "mz_company";
/// Another authority's clerk.
pub(super) const ELSEWHERE: &str = "mz_elsewhere";
/// Another company.
pub(super) const OTHER: &str = "mz_other";

/// A router over a house.
pub(super) struct Web {
    pub(super) house: House,
    router: Router,
}

/// What came back.
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: Vec<u8>,
}

fn tokens() -> Tokens {
    let token = |secret: &str, role, authority: Option<&str>, subject: Option<&str>| Token {
        name: secret.to_owned(),
        sha256: seal::digest(secret.as_bytes()),
        role,
        authority: authority.map(code),
        subject: subject.map(str::to_owned),
    };
    Tokens::new(&[
        token(OPERATOR, TokenRole::Operator, None, None),
        token(CLERK, TokenRole::Regulator, Some(MARKET), None),
        token(COMPANY, TokenRole::Subject, None, Some(PARENT)),
        token(ELSEWHERE, TokenRole::Regulator, Some(ECOLOGY), None),
        token(OTHER, TokenRole::Subject, None, Some(SUBSIDIARY)),
    ])
}

impl From<Place> for Web {
    fn from(place: Place) -> Self {
        let house = House::from(place);
        let router = router(Arc::new(Face::new(house.app.clone(), tokens(), Duration::from_mins(1))));
        Self { house, router }
    }
}

impl Web {
    pub(super) async fn open() -> Self {
        Self::with_time(Duration::from_mins(1)).await
    }

    /// A face whose requests may take so long.
    pub(super) async fn with_time(longest: Duration) -> Self {
        let house = House::from(Place::on_sqlite().await);
        let router = router(Arc::new(Face::new(house.app.clone(), tokens(), longest)));
        Self { house, router }
    }

    /// The same house with another configuration.
    pub(super) async fn configured(self, change: impl FnOnce(&mut mingzheng::config::Config)) -> Self {
        let app = self.house.with(change).await.unwrap();
        let router = router(Arc::new(Face::new(app, tokens(), Duration::from_mins(1))));
        Self { router, ..self }
    }

    /// The same house behind proxies of ours.
    pub(super) fn behind(self, proxies: &[&str]) -> Self {
        let mut face = Face::new(self.house.app.clone(), tokens(), Duration::from_mins(1));
        face.proxies = proxies.iter().map(|proxy| proxy.parse().unwrap()).collect();
        Self { router: router(Arc::new(face)), ..self }
    }

    /// The same house behind proxies of ours, with another configuration.
    pub(super) async fn behind_with(
        self,
        proxies: &[&str],
        change: impl FnOnce(&mut mingzheng::config::Config),
    ) -> Self {
        let mut face = Face::new(self.house.with(change).await.unwrap(), tokens(), Duration::from_mins(1));
        face.proxies = proxies.iter().map(|proxy| proxy.parse().unwrap()).collect();
        Self { router: router(Arc::new(face)), ..self }
    }

    pub(super) async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = to_bytes(body, usize::MAX).await.unwrap().to_vec();
        Answer { status: parts.status, headers: parts.headers, body }
    }

    pub(super) async fn get(&self, path: &str) -> Answer {
        self.send(Request::get(path).body(Body::empty()).unwrap()).await
    }

    pub(super) async fn get_as(&self, token: &str, path: &str) -> Answer {
        let request = Request::get(path).header("authorization", format!("Bearer {token}"));
        self.send(request.body(Body::empty()).unwrap()).await
    }

    pub(super) async fn post_json(&self, token: &str, path: &str, value: &Value) -> Answer {
        let request = Request::post(path)
            .header("authorization", format!("Bearer {token}"))
            .header("content-type", "application/json");
        self.send(request.body(Body::from(value.to_string())).unwrap()).await
    }

    pub(super) async fn post(&self, path: &str, kind: &str, body: impl Into<Body>) -> Answer {
        self.send(Request::post(path).header("content-type", kind).body(body.into()).unwrap()).await
    }

    pub(super) async fn upload(&self, token: &str, form: Form) -> Answer {
        let request = Request::post("/api/v1/uploads")
            .header("authorization", format!("Bearer {token}"))
            .header("content-type", Form::KIND);
        self.send(request.body(Body::from(form.end())).unwrap()).await
    }

    /// A report about the listed company, as the interface answers it.
    pub(super) async fn report(&self) -> Value {
        let asked =
            serde_json::json!({ "subject": PARENT, "domains": ["market-regulation"], "from": "2023-11-22" });
        let answer = self.post_json(COMPANY, "/api/v1/reports", &asked).await;
        assert_eq!(answer.status, 201, "{}", answer.text());
        answer.json()
    }
}

impl Answer {
    pub(super) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub(super) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    pub(super) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// A problem document of this kind, well-formed; what it tells is given back.
    #[track_caller]
    pub(super) fn problem(&self, kind: &str, status: u16) -> String {
        assert_eq!(self.status.as_u16(), status, "{}", self.text());
        assert_eq!(self.header("content-type"), "application/problem+json");
        let value = self.json();
        assert_eq!(value["type"], format!("/problems/{kind}"), "{value}");
        assert_eq!(value["status"], status);
        assert!(value["title"].as_str().unwrap().contains(" / "));
        value["detail"].as_str().unwrap_or_default().to_owned()
    }
}

/// A form being filled in.
pub(super) struct Form(Vec<u8>);

impl Form {
    pub(super) const KIND: &str = "multipart/form-data; boundary=frontier";

    pub(super) fn new() -> Self {
        Self(Vec::new())
    }

    pub(super) fn field(mut self, name: &str, value: &str) -> Self {
        let text =
            format!("--frontier\r\ncontent-disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
        self.0.extend(text.as_bytes());
        self
    }

    pub(super) fn file(mut self, name: &str, bytes: &[u8]) -> Self {
        let head = format!(
            "--frontier\r\ncontent-disposition: form-data; name=\"file\"; filename=\"{name}\"\r\ncontent-type: text/csv\r\n\r\n"
        );
        self.0.extend(head.as_bytes());
        self.0.extend(bytes);
        self.0.extend(b"\r\n");
        self
    }

    pub(super) fn end(mut self) -> Vec<u8> {
        self.0.extend(b"--frontier--\r\n");
        self.0
    }
}
