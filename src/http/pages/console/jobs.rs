//! The files of all authorities that failed in the background, and another try.

use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use serde::Deserialize;
use uuid::Uuid;

use super::{PER_PAGE, part};
use crate::flow::jobs;
use crate::http::extract::{Path, Query};
use crate::http::pages::desk::JobLine;
use crate::http::pages::frame::Pager;
use crate::http::pages::{Face, Frame, Problem, page};
use crate::http::visitor::{Form, Member};

pub(super) fn routes() -> Router<Arc<Face>> {
    Router::new().route("/console/jobs", get(list)).route("/console/jobs/{id}/retry", post(retry))
}

#[derive(Deserialize)]
struct Asked {
    page: Option<u32>,
}

#[derive(Template)]
#[template(path = "console/jobs.html", config = "src/http/pages/askama.toml")]
struct Jobs {
    frame: Frame,
    lines: Vec<JobLine>,
    total: u32,
    pager: Pager,
}

async fn list(
    State(face): State<Arc<Face>>,
    member: Member,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    let (failed, total) = jobs::failed(&face.app, member.actor(), part(asked.page, PER_PAGE)).await?;
    let lines = JobLine::all(&face.app, failed).await?;
    let pager = Pager::new(asked.page, total, PER_PAGE);
    page(StatusCode::OK, &Jobs { frame: member.frame, lines, total, pager })
}

#[derive(Deserialize)]
struct Nothing {}

async fn retry(
    State(face): State<Arc<Face>>,
    member: Member,
    Path(id): Path<Uuid>,
    Form(Nothing {}): Form<Nothing>,
) -> Result<Response, Problem> {
    member.actor().may_operate()?;
    match jobs::retry(&face.app, member.actor(), id).await {
        Ok(_) => Ok(member.frame.done("/console/jobs", "已重新排队", "It waits to be tried again")),
        Err(jobs::Error::NotFailed(..)) => Ok(Redirect::to("/console/jobs").into_response()),
        Err(error) => Err(error.into()),
    }
}
