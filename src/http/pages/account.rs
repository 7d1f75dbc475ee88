//! One's own account: password, second factor, sessions.

use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{get, post};
use serde::Deserialize;

use super::sign_in::{Enrol, Recovery};
use super::visitor::{Form, Member, Whence};
use super::{Face, Frame, Problem, cookies, page, told};
use crate::flow::account::provider::Named;
use crate::flow::account::{factor, link, password};
use crate::flow::sessions::{self, Listed, Signed};
use crate::rules::Digest;

pub(super) fn routes() -> Router<Arc<Face>> {
    Router::new()
        .route("/account", get(show))
        .route("/account/password", post(change))
        .route("/account/factor", get(ask_factor).post(set_factor))
        .route("/account/sessions/end", post(end))
}

#[derive(Template)]
#[template(path = "account.html", config = "src/http/pages/askama.toml")]
struct Mine {
    frame: Frame,
    signed: Signed,
    sessions: Vec<Listed>,
    links: Vec<(Named, bool)>,
    error: Option<String>,
}

#[derive(Deserialize)]
struct Typed {
    #[serde(default)]
    password: String,
    #[serde(default)]
    new: String,
    #[serde(default)]
    again: String,
    #[serde(default)]
    code: String,
}

#[derive(Deserialize)]
struct Ended {
    session: Digest,
}

async fn show(State(face): State<Arc<Face>>, Member { signed, frame }: Member) -> Result<Response, Problem> {
    mine(&face, frame, signed, StatusCode::OK, None).await
}

async fn mine(
    face: &Face,
    frame: Frame,
    signed: Signed,
    status: StatusCode,
    error: Option<String>,
) -> Result<Response, Problem> {
    let sessions = sessions::list(&face.app, &signed).await?;
    let links = link::of(&face.app, &signed).await?;
    page(status, &Mine { frame, signed, sessions, links, error })
}

async fn change(
    State(face): State<Arc<Face>>,
    Member { signed, frame }: Member,
    Whence(knock): Whence,
    Form(typed): Form<Typed>,
) -> Result<Response, Problem> {
    let Typed { password, new, again, .. } = &typed;
    match password::change(&face.app, &signed, &knock, password, new, again).await {
        Ok(opened) => {
            frame.jar.set(cookies::SESSION, &opened.secret, None);
            Ok(frame.done(
                "/account",
                "密码已修改，其他会话已全部结束",
                "The password is changed, and every other session has ended",
            ))
        }
        Err(error) => {
            let (status, error) = told(&frame, error)?;
            mine(&face, frame, signed, status, Some(error)).await
        }
    }
}

async fn ask_factor(
    State(face): State<Arc<Face>>,
    Member { signed, frame }: Member,
) -> Result<Response, Problem> {
    enrol(&face, frame, &signed, StatusCode::OK, None).await
}

async fn enrol(
    face: &Face,
    frame: Frame,
    signed: &Signed,
    status: StatusCode,
    error: Option<String>,
) -> Result<Response, Problem> {
    let enrolment = factor::begin(&face.app, signed.account).await?;
    let next = String::new();
    page(status, &Enrol { frame, action: "/account/factor", enrolment, password: true, next, error })
}

async fn set_factor(
    State(face): State<Arc<Face>>,
    Member { signed, frame }: Member,
    Whence(knock): Whence,
    Form(typed): Form<Typed>,
) -> Result<Response, Problem> {
    match factor::confirm(&face.app, &knock, &signed, &typed.password, &typed.code).await {
        Ok(codes) => page(StatusCode::OK, &Recovery { frame, codes, next: "/account".to_owned() }),
        Err(error) => {
            let (status, error) = told(&frame, error)?;
            enrol(&face, frame, &signed, status, Some(error)).await
        }
    }
}

async fn end(
    State(face): State<Arc<Face>>,
    Member { signed, frame }: Member,
    Form(Ended { session }): Form<Ended>,
) -> Result<Response, Problem> {
    sessions::end(&face.app, &signed, session).await?;
    Ok(frame.done("/account", "该会话已结束", "That session has ended"))
}
