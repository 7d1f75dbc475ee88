//! What one account proposed, and another one decides.

use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{get, post};
use serde::Deserialize;
use uuid::Uuid;

use super::rules::Change;
use super::{PER_PAGE, part, told};
use crate::flow::console::proposal::{self, Decision, Plan, Shown};
use crate::flow::console::subjects::{self, Line};
use crate::http::extract::{Path, Query};
use crate::http::pages::frame::Pager;
use crate::http::pages::{Face, Frame, Problem, page};
use crate::http::visitor::{Form, Member};
use crate::rules::{Digest, DomainId, ProposalState};

pub(super) fn routes() -> Router<Arc<Face>> {
    Router::new()
        .route("/console/proposals", get(list))
        .route("/console/proposals/{id}", get(show))
        .route("/console/proposals/{id}/approve", post(approve))
        .route("/console/proposals/{id}/decline", post(decline))
}

#[derive(Template)]
#[template(path = "console/proposals.html", config = "src/http/pages/askama.toml")]
struct List {
    frame: Frame,
    proposals: Vec<Shown>,
    pager: Pager,
}

#[derive(Template)]
#[template(path = "console/proposal.html", config = "src/http/pages/askama.toml")]
struct One {
    frame: Frame,
    shown: Shown,
    /// The subjects that it is about, by their ids.
    whose: Vec<Line>,
    /// What it would change, while it is open.
    change: Option<Change>,
    /// Whoever looks at it proposed it.
    own: bool,
    error: Option<String>,
}

#[derive(Deserialize)]
struct Asked {
    page: Option<u32>,
}

#[derive(Deserialize)]
#[serde(default)]
#[derive(Default)]
struct Decided {
    seen: String,
    answer: String,
}

async fn list(
    State(face): State<Arc<Face>>,
    member: Member,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    let (proposals, total, _) = proposal::list(&face.app, member.actor(), part(asked.page, PER_PAGE)).await?;
    let pager = Pager::new(asked.page, total, PER_PAGE);
    page(StatusCode::OK, &List { frame: member.frame, proposals, pager })
}

async fn show(
    State(face): State<Arc<Face>>,
    member: Member,
    Path(id): Path<Uuid>,
) -> Result<Response, Problem> {
    let shown = proposal::show(&face.app, member.actor(), id).await?;
    one(&face, member, shown, StatusCode::OK, None).await
}

impl One {
    /// The name of a domain, in the language of the page.
    fn domain(&self, id: &DomainId) -> String {
        let known = self.frame.app.reference().catalogue.get(id);
        known.map_or_else(|| id.to_string(), |known| self.frame.say(&known.zh, &known.en).to_owned())
    }

    /// The name and the code of a subject.
    fn named(id: &Uuid, whose: &[Line]) -> String {
        let line = whose.iter().find(|line| line.id == *id);
        line.map_or_else(|| id.to_string(), |line| format!("{} {}", line.name, line.code))
    }
}

async fn one(
    face: &Face,
    member: Member,
    shown: Shown,
    status: StatusCode,
    error: Option<String>,
) -> Result<Response, Problem> {
    let own = shown.proposal.proposed_by == member.signed.account;
    let (mut whose, mut change) = (Vec::new(), None);
    match &shown.plan {
        Plan::MergeSubjects { from, into } => {
            whose = subjects::lines(&face.app, member.actor(), &[*from, *into]).await?;
        }
        Plan::ChangeRules { rules, text, .. } if shown.state == ProposalState::Open => {
            change = Some(Change::of(&face.app, member.actor(), *rules, text).await?);
        }
        Plan::RevokeReport { .. } | Plan::ChangeRules { .. } | Plan::TakeDomains { .. } => {}
    }
    page(status, &One { frame: member.frame, shown, whose, change, own, error })
}

async fn approve(
    State(face): State<Arc<Face>>,
    member: Member,
    Path(id): Path<Uuid>,
    Form(decided): Form<Decided>,
) -> Result<Response, Problem> {
    decide(&face, member, id, &decided.seen, Decision::Approve).await
}

async fn decline(
    State(face): State<Arc<Face>>,
    member: Member,
    Path(id): Path<Uuid>,
    Form(decided): Form<Decided>,
) -> Result<Response, Problem> {
    decide(&face, member, id, &decided.seen, Decision::Decline(decided.answer)).await
}

async fn decide(
    face: &Face,
    member: Member,
    id: Uuid,
    seen: &str,
    decision: Decision,
) -> Result<Response, Problem> {
    let seen = seen.parse().unwrap_or(Digest::ZERO);
    let error = match proposal::decide(&face.app, &member.signed, id, seen, decision).await {
        Ok(ProposalState::Approved) => {
            let to = format!("/console/proposals/{id}");
            return Ok(member.frame.done(&to, "已通过并已执行", "Approved, and done"));
        }
        Ok(_) => {
            let to = format!("/console/proposals/{id}");
            return Ok(member.frame.done(&to, "已驳回", "Declined"));
        }
        Err(error) => error,
    };
    // Whoever may look at it is told beside it; a refusal that is no matter of this proposal is a page of its own.
    let Ok(shown) = proposal::show(&face.app, member.actor(), id).await else { return Err(error.into()) };
    if member.actor().may_operate().is_err() {
        return Err(error.into());
    }
    let (status, text) = told(&member.frame, error)?;
    one(face, member, shown, status, Some(text)).await
}
