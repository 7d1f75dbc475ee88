//! What holds for every page: a click changes language and look, cookies are set, and a refusal is a page for people.

use std::sync::Arc;
use std::time::Duration;

use askama::Template;
use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderMap, Method, StatusCode, Uri, header};
use axum::middleware::Next;
use axum::response::{Html, IntoResponse, Redirect, Response};
use tokio::time::timeout;

use super::{Face, Frame, Look, Problem};
use crate::http::cookies::{self, Jar, YEAR};
use crate::http::visitor::Visitor;

/// The longest that a refusal waits to know whom it is told: they waited for it already, and the store may be what failed.
const KNOWN: Duration = Duration::from_secs(2);

#[derive(Template)]
#[template(path = "refused.html", config = "src/http/pages/askama.toml")]
struct Refused<'a> {
    frame: Frame,
    problem: &'a Problem,
}

/// Why somebody does not see the page they asked for.
#[derive(Clone, Debug)]
pub(in crate::http) enum Turned {
    /// They are led to another page first.
    Elsewhere(String),
    /// They are refused.
    Refused(Problem),
}

impl From<Problem> for Turned {
    fn from(problem: Problem) -> Self {
        Self::Refused(problem)
    }
}

impl IntoResponse for Turned {
    fn into_response(self) -> Response {
        match self {
            Self::Elsewhere(path) => Redirect::to(&path).into_response(),
            Self::Refused(problem) => problem.into_response(),
        }
    }
}

/// Around every page.
pub(in crate::http) async fn manner(
    State(face): State<Arc<Face>>,
    mut request: Request,
    next: Next,
) -> Response {
    let is_page =
        !request.uri().path().starts_with("/api/") && request.extensions().get::<MatchedPath>().is_some();
    let jar = Jar::of(&face.app.issuer().origin);
    if is_page
        && request.method() == Method::GET
        && let Some(response) = switched(&jar, &face, request.headers(), request.uri())
    {
        return response;
    }
    let (headers, uri) = (request.headers().clone(), request.uri().clone());
    request.extensions_mut().insert(jar.clone());
    let mut response = next.run(request).await;
    if wants_page(&headers, &uri)
        && let Some(problem) = response.extensions().get::<Problem>().cloned()
        && let Some(html) = refused(&face, &headers, &uri, &jar, &problem).await
    {
        let status = response.status();
        let later = response.headers().get(header::RETRY_AFTER).cloned();
        response = (status, Html(html)).into_response();
        if let Some(later) = later {
            response.headers_mut().insert(header::RETRY_AFTER, later);
        }
    }
    jar.pour(response.headers_mut());
    response
}

fn wants_page(headers: &HeaderMap, uri: &Uri) -> bool {
    let accepts = headers.get(header::ACCEPT).and_then(|accept| accept.to_str().ok());
    accepts.is_some_and(|accept| accept.contains("text/html")) && !uri.path().starts_with("/api/")
}

async fn refused(
    face: &Face,
    headers: &HeaderMap,
    uri: &Uri,
    jar: &Jar,
    problem: &Problem,
) -> Option<String> {
    let frame = match timeout(KNOWN, Visitor::of(face, headers, uri, jar.clone())).await {
        Ok(Ok(visitor)) => visitor.frame,
        // The store may be what failed.
        _ => Visitor::unknown(face, headers, uri, jar.clone()),
    };
    let frame = Frame { flash: None, rate: None, ..frame };
    Refused { frame, problem }.render().ok()
}

/// The answer to a click that changes language or look: the same page, and a cookie.
fn switched(jar: &Jar, face: &Face, headers: &HeaderMap, uri: &Uri) -> Option<Response> {
    let frame = Visitor::unknown(face, headers, uri, jar.clone());
    let query = uri.query().unwrap_or_default();
    let asked =
        |name| query.split('&').filter_map(|pair| pair.split_once('=')).find(|(word, _)| *word == name);
    let (lang, text, contrast) = (asked("lang"), asked("text"), asked("contrast"));
    let version = asked("version");
    lang.or(text).or(contrast).or(version)?;
    if let Some((_, lang)) = lang {
        jar.set(cookies::LANG, if lang == "en" { "en" } else { "zh" }, Some(YEAR));
    }
    let look = Look {
        large: text.map_or(frame.look.large, |(_, value)| value == "large"),
        contrast: contrast.map_or(frame.look.contrast, |(_, value)| value == "high"),
        simple: version.map_or(frame.look.simple, |(_, value)| value == "simple"),
    };
    if look != frame.look {
        jar.set(cookies::LOOK, &look.word(), Some(YEAR));
    }
    let back = match frame.query.trim_end_matches('&') {
        "" => frame.path.clone(),
        kept => format!("{}?{kept}", frame.path),
    };
    let mut response = (StatusCode::SEE_OTHER, [(header::LOCATION, local(&back))]).into_response();
    jar.pour(response.headers_mut());
    Some(response)
}

/// The path alone: one that begins with two slashes would name another server.
fn local(path: &str) -> String {
    format!("/{}", path.trim_start_matches('/'))
}
