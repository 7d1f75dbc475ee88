//! The page that verifies without a network, and the trust bundle that it carries.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::response::{Html, IntoResponse, Response};
use tokio::sync::Mutex;

use super::scripts::{Scripts, inside_script};
use super::{Face, Problem};
use crate::flow::trust;
use crate::http::extract::Path;
use crate::rules::Instant;

/// How long a bundle is handed out before it is made anew, in milliseconds: making one reads every report that does not stand.
const FRESH: i64 = 60_000;

/// What the pages have at hand.
#[derive(Debug)]
pub(in crate::http) struct AtHand {
    /// The scripts.
    pub(super) scripts: Scripts,
    bundle: Mutex<Option<(Instant, Arc<str>)>>,
}

#[derive(Template)]
#[template(path = "offline.html", config = "src/http/pages/askama.toml")]
struct Offline<'a> {
    issuer_zh: &'a str,
    issuer_en: &'a str,
    origin: &'a str,
    security: &'a str,
    style: &'a str,
    script: &'a str,
    bundle: String,
}

impl AtHand {
    pub(in crate::http) fn new(app: &crate::flow::App) -> Self {
        Self { scripts: Scripts::new(app), bundle: Mutex::default() }
    }
}

/// The bundle of the last minute.
async fn bundle(face: &Face) -> Result<Arc<str>, Problem> {
    let now = face.app.now();
    let mut kept = face.pages.bundle.lock().await;
    if let Some((made, text)) = &*kept
        && (0..FRESH).contains(&(now.millis() - made.millis()))
    {
        return Ok(Arc::clone(text));
    }
    let text: Arc<str> = trust::export(&face.app).await?.into();
    *kept = Some((now, Arc::clone(&text)));
    Ok(text)
}

/// The whole page in one file: scripts, sheet and bundle, so that a saved copy works.
pub(super) async fn show(State(face): State<Arc<Face>>) -> Result<Response, Problem> {
    let bundle = bundle(&face).await?;
    let (issuer, scripts) = (face.app.issuer(), &face.pages.scripts);
    // Nothing is loaded and nothing is sent: the page has everything, and only these two texts of it may run and dress it.
    let security = format!(
        "default-src 'none'; script-src '{}'; style-src '{}'; base-uri 'none'; form-action 'none'",
        scripts.of_offline.integrity(),
        scripts.style.integrity()
    );
    let page = Offline {
        issuer_zh: &issuer.name.zh,
        issuer_en: &issuer.name.en,
        origin: &issuer.origin,
        security: &security,
        style: &scripts.style.text,
        script: &scripts.of_offline.text,
        bundle: inside_script(&bundle),
    };
    let html = page.render().map_err(|error| Problem::internal(&error))?;
    let policy = format!("{security}; frame-ancestors 'none'");
    Ok(([(CONTENT_SECURITY_POLICY, policy)], Html(html)).into_response())
}

/// The signed bundle by itself.
pub(super) async fn bundle_file(State(face): State<Arc<Face>>) -> Result<Response, Problem> {
    let headers = [(CONTENT_TYPE, "application/json"), (CACHE_CONTROL, "max-age=60")];
    Ok((headers, bundle(&face).await?.to_string()).into_response())
}

/// A script by the name that changes with it, so that it may be kept for good.
pub(super) async fn asset(
    State(face): State<Arc<Face>>,
    Path(name): Path<String>,
) -> Result<Response, Problem> {
    let script = face.pages.scripts.named(&name).ok_or(Problem::NOT_FOUND)?;
    let headers = [
        (CONTENT_TYPE, "text/javascript; charset=utf-8"),
        (CACHE_CONTROL, "public, max-age=31536000, immutable"),
    ];
    Ok((headers, script.text.clone()).into_response())
}
