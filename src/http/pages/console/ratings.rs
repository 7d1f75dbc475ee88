//! What people said of the service, and the operator's answers.

use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{get, post};
use serde::Deserialize;
use uuid::Uuid;

use super::{PER_PAGE, part};
use crate::flow::ratings::{self, Rating};
use crate::http::extract::{Path, Query};
use crate::http::pages::frame::Pager;
use crate::http::pages::{Face, Frame, Problem, page};
use crate::http::visitor::{Form, Member};

pub(super) fn routes() -> Router<Arc<Face>> {
    Router::new().route("/console/ratings", get(list)).route("/console/ratings/{id}/reply", post(reply))
}

#[derive(Template)]
#[template(path = "console/ratings.html", config = "src/http/pages/askama.toml")]
struct List {
    frame: Frame,
    ratings: Vec<Rating>,
    waiting: i64,
    pager: Pager,
}

#[derive(Deserialize)]
struct Asked {
    page: Option<u32>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Answer {
    text: String,
}

async fn list(
    State(face): State<Arc<Face>>,
    member: Member,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    let (ratings, total, waiting) =
        ratings::list(&face.app, member.actor(), part(asked.page, PER_PAGE)).await?;
    let pager = Pager::new(asked.page, total, PER_PAGE);
    page(StatusCode::OK, &List { frame: member.frame, ratings, waiting, pager })
}

async fn reply(
    State(face): State<Arc<Face>>,
    member: Member,
    Path(id): Path<Uuid>,
    Form(answer): Form<Answer>,
) -> Result<Response, Problem> {
    ratings::reply(&face.app, &member.signed, id, &answer.text).await?;
    Ok(member.frame.done("/console/ratings", "已答复", "Answered"))
}
