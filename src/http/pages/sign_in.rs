//! Signing in and out, and the one-time links by which accounts are made.

use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use serde::Deserialize;

use super::visitor::{Form, Visitor, Whence, local_path};
use super::{AccountError, Face, Frame, Problem, cookies, page, told};
use crate::flow::account::factor::{self, Enrolment};
use crate::flow::account::invite::{self, Seen};
use crate::flow::account::sign_in::{self, Opened, Stage};
use crate::flow::sessions;
use crate::http::extract::{Path, Query};

pub(super) fn routes() -> Router<Arc<Face>> {
    Router::new()
        .route("/sign-in", get(ask).post(begin))
        .route("/sign-in/factor", get(ask_factor).post(give_factor))
        .route("/sign-in/enrol", get(ask_enrol).post(give_enrol))
        .route("/sign-in/renew", get(ask_renew).post(give_renew))
        .route("/sign-out", post(leave))
        .route("/invitation/{secret}", get(open_link).post(use_link))
}

#[derive(Template)]
#[template(path = "sign_in.html", config = "src/http/pages/askama.toml")]
pub(super) struct SignIn {
    pub(super) frame: Frame,
    pub(super) name: String,
    pub(super) next: String,
    pub(super) error: Option<String>,
}

#[derive(Template)]
#[template(path = "factor.html", config = "src/http/pages/askama.toml")]
struct AskFactor {
    frame: Frame,
    next: String,
    error: Option<String>,
}

/// Setting up a second factor: before one may go on, or from one's own account.
#[derive(Template)]
#[template(path = "enrol.html", config = "src/http/pages/askama.toml")]
pub(super) struct Enrol {
    pub(super) frame: Frame,
    pub(super) action: &'static str,
    pub(super) enrolment: Enrolment,
    pub(super) password: bool,
    pub(super) next: String,
    pub(super) error: Option<String>,
}

#[derive(Template)]
#[template(path = "recovery.html", config = "src/http/pages/askama.toml")]
pub(super) struct Recovery {
    pub(super) frame: Frame,
    pub(super) codes: Vec<String>,
    pub(super) next: String,
}

#[derive(Template)]
#[template(path = "renew.html", config = "src/http/pages/askama.toml")]
struct Renew {
    frame: Frame,
    next: String,
    error: Option<String>,
}

#[derive(Template)]
#[template(path = "invitation.html", config = "src/http/pages/askama.toml")]
pub(super) struct Invitation {
    pub(super) frame: Frame,
    pub(super) secret: String,
    pub(super) seen: Seen,
    pub(super) name: String,
    pub(super) error: Option<String>,
}

/// Where to go afterwards.
#[derive(Deserialize)]
pub(super) struct Next {
    #[serde(default)]
    pub(super) next: String,
}

#[derive(Deserialize)]
pub(super) struct Typed {
    #[serde(default)]
    name: String,
    #[serde(default)]
    password: String,
    #[serde(default)]
    new: String,
    #[serde(default)]
    again: String,
    #[serde(default)]
    code: String,
    #[serde(default)]
    next: String,
}

impl SignIn {
    /// The address that leads to a provider, and back to the page that somebody wanted.
    fn way(&self, provider: &str) -> String {
        format!("/sign-in/with/{provider}?next={}", cookies::encoded(&self.next))
    }
}

impl Enrol {
    /// The drawing of the QR as an address that pages may show.
    fn picture(&self) -> String {
        format!("data:image/svg+xml,{}", cookies::encoded(&self.enrolment.svg))
    }
}

async fn ask(
    Visitor { signed, frame }: Visitor,
    Query(Next { next }): Query<Next>,
) -> Result<Response, Problem> {
    if signed.is_some() {
        return Ok(Redirect::to("/account").into_response());
    }
    page(StatusCode::OK, &SignIn { frame, name: String::new(), next, error: None })
}

async fn begin(
    State(face): State<Arc<Face>>,
    Visitor { frame, .. }: Visitor,
    headers: HeaderMap,
    Whence(knock): Whence,
    Form(typed): Form<Typed>,
) -> Result<Response, Problem> {
    match sign_in::begin(&face.app, &knock, &typed.name, &typed.password).await {
        Ok(opened) => {
            // A session that the browser had before is not carried on.
            if let Some(before) = frame.jar.get(&headers, cookies::SESSION) {
                sessions::leave(&face.app, &before).await?;
            }
            Ok(entered(&frame, &opened, &typed.next))
        }
        Err(error) => {
            let (status, error) = told(&frame, error)?;
            let shown = SignIn { frame, name: typed.name, next: typed.next, error: Some(error) };
            page(status, &shown)
        }
    }
}

/// Sets the cookie of a session, and leads on.
pub(super) fn entered(frame: &Frame, opened: &Opened, next: &str) -> Response {
    frame.jar.set(cookies::SESSION, &opened.secret, None);
    let step = match opened.stage {
        Stage::Factor => "/sign-in/factor",
        Stage::Enrol => "/sign-in/enrol",
        Stage::Renew => "/sign-in/renew",
        Stage::Open => {
            frame.jar.forget(cookies::FORM);
            return Redirect::to(after(next)).into_response();
        }
    };
    Redirect::to(&format!("{step}?next={}", cookies::encoded(next))).into_response()
}

/// The page that somebody wanted, or their account.
fn after(next: &str) -> &str {
    match local_path(next) {
        "/" => "/account",
        path => path,
    }
}

fn session(frame: &Frame, headers: &HeaderMap) -> String {
    frame.jar.get(headers, cookies::SESSION).unwrap_or_default()
}

/// Whether the session is at this step; otherwise they are led to where it is.
async fn at(face: &Face, secret: &str, stage: Stage) -> Result<Option<Response>, Problem> {
    let found = sessions::stage(&face.app, secret).await?;
    if found == Some(stage) {
        return Ok(None);
    }
    let to = if found == Some(Stage::Open) { "/account" } else { "/sign-in" };
    Ok(Some(Redirect::to(to).into_response()))
}

async fn ask_factor(
    State(face): State<Arc<Face>>,
    Visitor { frame, .. }: Visitor,
    headers: HeaderMap,
    Query(Next { next }): Query<Next>,
) -> Result<Response, Problem> {
    if let Some(elsewhere) = at(&face, &session(&frame, &headers), Stage::Factor).await? {
        return Ok(elsewhere);
    }
    page(StatusCode::OK, &AskFactor { frame, next, error: None })
}

async fn give_factor(
    State(face): State<Arc<Face>>,
    Visitor { frame, .. }: Visitor,
    headers: HeaderMap,
    Whence(knock): Whence,
    Form(typed): Form<Typed>,
) -> Result<Response, Problem> {
    match sign_in::factor(&face.app, &knock, &session(&frame, &headers), &typed.code).await {
        Ok(opened) => Ok(entered(&frame, &opened, &typed.next)),
        Err(AccountError::Ended) => Ok(Redirect::to("/sign-in").into_response()),
        Err(error) => {
            let (status, error) = told(&frame, error)?;
            page(status, &AskFactor { frame, next: typed.next, error: Some(error) })
        }
    }
}

async fn ask_enrol(
    State(face): State<Arc<Face>>,
    Visitor { frame, .. }: Visitor,
    headers: HeaderMap,
    Query(Next { next }): Query<Next>,
) -> Result<Response, Problem> {
    enrol(&face, frame, &headers, next, None).await
}

async fn enrol(
    face: &Face,
    frame: Frame,
    headers: &HeaderMap,
    next: String,
    error: Option<(StatusCode, String)>,
) -> Result<Response, Problem> {
    let secret = session(&frame, headers);
    if let Some(elsewhere) = at(face, &secret, Stage::Enrol).await? {
        return Ok(elsewhere);
    }
    let enrolment = factor::begin_first(&face.app, &secret).await?;
    let (status, error) = error.map_or((StatusCode::OK, None), |(status, error)| (status, Some(error)));
    page(status, &Enrol { frame, action: "/sign-in/enrol", enrolment, password: false, next, error })
}

async fn give_enrol(
    State(face): State<Arc<Face>>,
    Visitor { frame, .. }: Visitor,
    headers: HeaderMap,
    Whence(knock): Whence,
    Form(typed): Form<Typed>,
) -> Result<Response, Problem> {
    match factor::confirm_first(&face.app, &knock, &session(&frame, &headers), &typed.code).await {
        Ok((opened, codes)) => {
            let _ = entered(&frame, &opened, &typed.next); // the codes are shown first
            let next = match opened.stage {
                Stage::Renew => "/sign-in/renew",
                _ => after(&typed.next),
            };
            page(StatusCode::OK, &Recovery { next: next.to_owned(), frame, codes })
        }
        Err(error) => {
            let error = told(&frame, error)?;
            enrol(&face, frame, &headers, typed.next, Some(error)).await
        }
    }
}

async fn ask_renew(
    State(face): State<Arc<Face>>,
    Visitor { frame, .. }: Visitor,
    headers: HeaderMap,
    Query(Next { next }): Query<Next>,
) -> Result<Response, Problem> {
    if let Some(elsewhere) = at(&face, &session(&frame, &headers), Stage::Renew).await? {
        return Ok(elsewhere);
    }
    page(StatusCode::OK, &Renew { frame, next, error: None })
}

async fn give_renew(
    State(face): State<Arc<Face>>,
    Visitor { frame, .. }: Visitor,
    headers: HeaderMap,
    Whence(knock): Whence,
    Form(typed): Form<Typed>,
) -> Result<Response, Problem> {
    let Typed { password, new, again, next, .. } = typed;
    match sign_in::renew(&face.app, &knock, &session(&frame, &headers), &password, &new, &again).await {
        Ok(opened) => Ok(entered(&frame, &opened, &next)),
        Err(AccountError::Ended) => Ok(Redirect::to("/sign-in").into_response()),
        Err(error) => {
            let (status, error) = told(&frame, error)?;
            page(status, &Renew { frame, next, error: Some(error) })
        }
    }
}

async fn leave(
    State(face): State<Arc<Face>>,
    Visitor { frame, .. }: Visitor,
    headers: HeaderMap,
    Form(Next { .. }): Form<Next>,
) -> Result<Response, Problem> {
    sessions::leave(&face.app, &session(&frame, &headers)).await?;
    frame.jar.forget(cookies::SESSION);
    // Nor is a way to a provider gone on with, which the next one at this browser did not begin.
    frame.jar.forget(cookies::WAY);
    Ok(frame.done("/sign-in", "您已退出", "You have signed out"))
}

async fn open_link(
    State(face): State<Arc<Face>>,
    Visitor { frame, .. }: Visitor,
    Path(secret): Path<String>,
) -> Result<Response, Problem> {
    let seen = invite::look(&face.app, &secret).await?;
    page(StatusCode::OK, &Invitation { frame, secret, seen, name: String::new(), error: None })
}

async fn use_link(
    State(face): State<Arc<Face>>,
    Visitor { frame, .. }: Visitor,
    Whence(knock): Whence,
    Path(secret): Path<String>,
    Form(typed): Form<Typed>,
) -> Result<Response, Problem> {
    let Typed { name, new, again, .. } = typed;
    match invite::accept(&face.app, &knock, &secret, &name, &new, &again).await {
        Ok(opened) => Ok(entered(&frame, &opened, "")),
        Err(error) => {
            let (status, error) = told(&frame, error)?;
            let seen = invite::look(&face.app, &secret).await?;
            page(status, &Invitation { frame, secret, seen, name, error: Some(error) })
        }
    }
}
