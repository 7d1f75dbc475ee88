//! The operator's console: pages for the system operator and the auditor, and the way to the accounts for the security operator.

mod acts;
mod authorities;
mod figures;
mod jobs;
mod journal;
mod keys;
mod proposals;
mod ratings;
mod reports;
mod rules;
mod subjects;

use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;

use super::visitor::Member;
use super::{Face, Frame, Problem, page};
use crate::flow::Listing;
use crate::flow::console::{self, proposal};
use crate::rules::Status;

/// Lines on a page.
const PER_PAGE: u32 = 25;

pub(super) fn routes() -> Router<Arc<Face>> {
    Router::new()
        .route("/console", get(home))
        .merge(proposals::routes())
        .merge(reports::routes())
        .merge(figures::routes())
        .merge(authorities::routes())
        .merge(subjects::routes())
        .merge(rules::routes())
        .merge(journal::routes())
        .merge(keys::routes())
        .merge(jobs::routes())
        .merge(ratings::routes())
}

#[derive(Template)]
#[template(path = "console/home.html", config = "src/http/pages/askama.toml")]
struct Home {
    frame: Frame,
    open: u32,
}

async fn home(State(face): State<Arc<Face>>, member: Member) -> Result<Response, Problem> {
    let actor = member.actor();
    if actor.may_inspect().is_err() {
        actor.may_secure()?;
        return page(StatusCode::OK, &Home { frame: member.frame, open: 0 });
    }
    let (_, _, open) = proposal::list(&face.app, actor, Listing { offset: 0, limit: 1 }).await?;
    page(StatusCode::OK, &Home { frame: member.frame, open })
}

/// What went wrong, to be told in the form that it went wrong in; trouble of ours is a refusal.
fn told(frame: &Frame, error: console::Error) -> Result<(StatusCode, String), Problem> {
    let Some((zh, en)) = error.said() else { return Err(error.into()) };
    let text = frame.say(&zh, &en).to_owned();
    let problem = Problem::from(error);
    Ok((StatusCode::from_u16(problem.status()).unwrap_or(StatusCode::UNPROCESSABLE_ENTITY), text))
}

/// The part of a list that a query asks for.
fn part(asked: Option<u32>, per_page: u32) -> Listing {
    let page = asked.unwrap_or(1).max(1);
    Listing { offset: (page - 1).saturating_mul(per_page), limit: per_page }
}

/// What was typed into the field of a query, without blanks; an empty field is none.
fn typed(text: Option<&String>) -> Option<&str> {
    text.map(|text| text.trim()).filter(|text| !text.is_empty())
}

/// A status in both languages, with the class that colours it.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "templates hand over references")]
fn status_words(status: &Status) -> (&'static str, &'static str, &'static str) {
    match status {
        Status::Valid => ("有效", "valid", "valid"),
        Status::Superseded => ("数据已更正", "superseded", "warn"),
        Status::Disputed => ("异议处理中", "disputed", "warn"),
        Status::Revoked => ("已撤销", "revoked", "bad"),
        Status::Unknown => ("未知", "unknown", "unknown"),
    }
}
