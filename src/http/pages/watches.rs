//! The reports that a verifier watches.

use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{get, post};
use serde::Deserialize;

use super::frame::Pager;
use super::visitor::{Form, Member, Whence};
use super::{Face, Frame, Problem, page};
use crate::flow::Listing;
use crate::flow::check::Brought;
use crate::flow::webhooks::{self, Error, Watched};
use crate::http::extract::Query;

/// Reports on a page.
const PER_PAGE: u32 = 20;
/// A code is shorter than any text of a QR.
const CODE: usize = 40;

pub(super) fn routes() -> Router<Arc<Face>> {
    Router::new().route("/watches", get(list).post(watch)).route("/watches/end", post(end))
}

#[derive(Template)]
#[template(path = "watches.html", config = "src/http/pages/askama.toml")]
struct List {
    frame: Frame,
    watched: Vec<Watched>,
    pager: Pager,
    typed: String,
    error: Option<String>,
}

#[derive(Deserialize)]
struct Asked {
    page: Option<u32>,
}

#[derive(Deserialize)]
struct Typed {
    #[serde(default)]
    code: String,
}

#[derive(Deserialize)]
struct Ended {
    #[serde(default)]
    report: String,
}

async fn list(
    State(face): State<Arc<Face>>,
    member: Member,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    shown(&face, member, asked.page, StatusCode::OK, String::new(), None).await
}

async fn shown(
    face: &Face,
    member: Member,
    asked: Option<u32>,
    status: StatusCode,
    typed: String,
    error: Option<String>,
) -> Result<Response, Problem> {
    let at = asked.unwrap_or(1).clamp(1, 1_000);
    let part = Listing { offset: (at - 1) * PER_PAGE, limit: PER_PAGE };
    let (watched, total) = webhooks::watched(&face.app, member.actor(), part).await?;
    let pager = Pager::new(asked, total, PER_PAGE);
    page(status, &List { frame: member.frame, watched, pager, typed, error })
}

async fn watch(
    State(face): State<Arc<Face>>,
    member: Member,
    Whence(knock): Whence,
    Form(typed): Form<Typed>,
) -> Result<Response, Problem> {
    member.actor().may_verify()?;
    let text = typed.code.trim().to_owned();
    let brought = if text.len() > CODE { Brought::Qr(text) } else { Brought::Code(text) };
    face.limits.verify(&knock, &brought)?;
    match webhooks::watch(&face.app, member.actor(), brought).await {
        Ok(_) => Ok(member.frame.done(
            "/watches",
            "已核验并关注；状态变化时会通知您",
            "Verified and watched: you are told when its status changes",
        )),
        Err(error @ (Error::NotOurs | Error::Many(_))) => {
            let said = error.said().unwrap_or_default();
            let error = member.frame.say(&said.0, &said.1).to_owned();
            shown(&face, member, None, StatusCode::UNPROCESSABLE_ENTITY, typed.code, Some(error)).await
        }
        Err(error) => Err(error.into()),
    }
}

async fn end(
    State(face): State<Arc<Face>>,
    member: Member,
    Form(ended): Form<Ended>,
) -> Result<Response, Problem> {
    webhooks::unwatch(&face.app, member.actor(), &ended.report).await?;
    Ok(member.frame.done("/watches", "已取消关注", "It is not watched any more"))
}
