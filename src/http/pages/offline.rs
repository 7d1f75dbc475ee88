//! The page that verifies without a network, and the trust bundle that it carries.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use tokio::sync::Mutex;

use super::packed::Packed;
use super::scripts::{Scripts, inside_script, pointer};
use super::{Face, Lang, Problem, cookies};
use crate::flow::trust;
use crate::http::cookies::Jar;
use crate::http::extract::Path;
use crate::rules::Instant;

/// How long a bundle is handed out before it is made anew, in milliseconds: making one reads every report that does not stand.
const FRESH: i64 = 60_000;

/// What the pages have at hand.
#[derive(Debug)]
pub(in crate::http) struct AtHand {
    /// The scripts.
    pub(super) scripts: Scripts,
    kept: Mutex<Option<Kept>>,
}

/// What a bundle is in.
#[derive(Clone, Debug)]
struct Kept {
    made: Instant,
    bundle: Packed,
    /// In each language: the saved page can be had in the other one, and begins in this.
    pages: [Packed; 2],
}

#[derive(Template)]
#[template(path = "offline.html", config = "src/http/pages/askama.toml")]
struct Offline<'a> {
    lang: &'a str,
    issuer_zh: &'a str,
    issuer_en: &'a str,
    origin: &'a str,
    security: &'a str,
    style: &'a str,
    script: &'a str,
    bundle: &'a str,
}

impl AtHand {
    pub(in crate::http) fn new(app: &crate::flow::App) -> Self {
        Self { scripts: Scripts::new(app), kept: Mutex::default() }
    }
}

/// What the bundle of the last minute is in.
async fn kept(face: &Face) -> Result<Kept, Problem> {
    let now = face.app.now();
    let mut kept = face.pages.kept.lock().await;
    if let Some(kept) = &*kept
        && (0..FRESH).contains(&(now.millis() - kept.made.millis()))
    {
        return Ok(kept.clone());
    }
    let bundle = trust::export(&face.app).await?;
    let (issuer, scripts) = (face.app.issuer(), &face.pages.scripts);
    let bundled = inside_script(&bundle);
    let security = security(scripts);
    let page = |lang: Lang| Offline {
        lang: lang.tag(),
        issuer_zh: &issuer.name.zh,
        issuer_en: &issuer.name.en,
        origin: &issuer.origin,
        security: &security,
        style: scripts.style_inside.text.text(),
        script: scripts.of_offline.text.text(),
        bundle: &bundled,
    };
    let packed = |lang| match page(lang).render() {
        Ok(html) => Ok(Packed::new(&html)),
        Err(error) => Err(Problem::internal(&error)),
    };
    let pages = [packed(Lang::Zh)?, packed(Lang::En)?];
    let made = Kept { made: now, bundle: Packed::new(&bundle), pages };
    *kept = Some(made.clone());
    Ok(made)
}

/// Nothing is loaded and nothing is sent: the page has everything, and only these two texts of it may run and dress it.
fn security(scripts: &Scripts) -> String {
    format!(
        "default-src 'none'; script-src '{}'; style-src '{}'; base-uri 'none'; form-action 'none'",
        scripts.of_offline.integrity(),
        scripts.style_inside.integrity()
    )
}

/// The whole page in one file: scripts, sheet and bundle, so that a saved copy works.
pub(super) async fn show(State(face): State<Arc<Face>>, asked: HeaderMap) -> Result<Response, Problem> {
    let policy = format!("{}; frame-ancestors 'none'", security(&face.pages.scripts));
    let headers = [(CONTENT_TYPE, "text/html; charset=utf-8"), (CONTENT_SECURITY_POLICY, policy.as_str())];
    let [zh, en] = kept(&face).await?.pages;
    let chosen = Jar::of(&face.app.issuer().origin).get(&asked, cookies::LANG).unwrap_or_default();
    let page = if Lang::of(&chosen) == Lang::En { en } else { zh };
    Ok(page.answer(&asked, headers))
}

/// The signed bundle by itself.
pub(super) async fn bundle_file(
    State(face): State<Arc<Face>>,
    asked: HeaderMap,
) -> Result<Response, Problem> {
    let headers = [(CONTENT_TYPE, "application/json"), (CACHE_CONTROL, "max-age=60")];
    Ok(kept(&face).await?.bundle.answer(&asked, headers))
}

/// The sheet of every page.
pub(super) async fn style(State(face): State<Arc<Face>>, asked: HeaderMap) -> Response {
    let headers = [(CONTENT_TYPE, "text/css; charset=utf-8"), (CACHE_CONTROL, "max-age=3600")];
    face.pages.scripts.style.answer(&asked, headers)
}

/// A script by the name that changes with it, so that it may be kept for good; or a pointer, for a day.
pub(super) async fn asset(
    State(face): State<Arc<Face>>,
    Path(name): Path<String>,
    asked: HeaderMap,
) -> Result<Response, Problem> {
    if let Some(picture) = pointer(&name) {
        let headers = [(CONTENT_TYPE, "image/svg+xml"), (CACHE_CONTROL, "public, max-age=86400")];
        return Ok((headers, picture).into_response());
    }
    let script = face.pages.scripts.named(&name).ok_or(Problem::NOT_FOUND)?;
    let headers = [
        (CONTENT_TYPE, "text/javascript; charset=utf-8"),
        (CACHE_CONTROL, "public, max-age=31536000, immutable"),
    ];
    Ok(script.text.answer(&asked, headers))
}
