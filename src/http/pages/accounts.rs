//! The console of the security operator: who has an account, and what they may.

use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{get, post};
use serde::Deserialize;
use uuid::Uuid;

use super::frame::Pager;
use super::visitor::{Form, Member};
use super::{AccountError, Face, Frame, Problem, page, told};
use crate::flow::account::invite::{self, Invited, Link};
use crate::flow::account::keep::{self, Listed};
use crate::flow::{self, Listing};
use crate::http::extract::{Path, Query};
use crate::rules::{AccountRole, Grant};

/// Accounts on a page.
const PER_PAGE: u32 = 25;

pub(super) fn routes() -> Router<Arc<Face>> {
    Router::new()
        .route("/accounts", get(list))
        .route("/accounts/invite", get(ask).post(make))
        .route("/accounts/{id}", get(show))
        .route("/accounts/{id}/role", post(set_role))
        .route("/accounts/{id}/{act}", post(act))
}

#[derive(Template)]
#[template(path = "accounts.html", config = "src/http/pages/askama.toml")]
struct List {
    frame: Frame,
    accounts: Vec<Listed>,
    pager: Pager,
}

#[derive(Template)]
#[template(path = "invite.html", config = "src/http/pages/askama.toml")]
struct Invite {
    frame: Frame,
    typed: Typed,
    error: Option<String>,
}

#[derive(Template)]
#[template(path = "link.html", config = "src/http/pages/askama.toml")]
struct Made {
    frame: Frame,
    link: Link,
}

#[derive(Template)]
#[template(path = "account_of.html", config = "src/http/pages/askama.toml")]
struct One {
    frame: Frame,
    account: Listed,
    typed: Typed,
    error: Option<String>,
}

#[derive(Deserialize)]
struct Asked {
    page: Option<u32>,
}

/// A role and how far it goes, as typed: one line for each subject or authority.
#[derive(Clone, Default, Deserialize)]
struct Typed {
    #[serde(default)]
    shown: String,
    #[serde(default)]
    role: String,
    #[serde(default)]
    grants: String,
}

impl Typed {
    fn read(&self) -> Result<(AccountRole, Vec<Grant>), AccountError> {
        let bad = |text: String| AccountError::Grant(text);
        let role = self.role.parse().map_err(|_| bad("choose a role".to_owned()))?;
        let lines = self.grants.lines().map(str::trim).filter(|line| !line.is_empty());
        let grants: Result<Vec<Grant>, String> =
            lines.map(|line| flow::account::read_grant(role, line)).collect();
        Ok((role, grants.map_err(bad)?))
    }

    /// The roles there are, with whether each is the chosen one.
    fn roles(&self) -> Vec<(AccountRole, bool)> {
        AccountRole::ALL.iter().map(|role| (*role, role.word() == self.role)).collect()
    }
}

async fn list(
    State(face): State<Arc<Face>>,
    member: Member,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    let page_of = |page: u32| Listing { offset: (page - 1) * PER_PAGE, limit: PER_PAGE };
    let asked_for = asked.page.unwrap_or(1).max(1);
    let (accounts, total) = keep::list(&face.app, member.actor(), page_of(asked_for)).await?;
    let pager = Pager::new(asked.page, total, PER_PAGE);
    page(StatusCode::OK, &List { frame: member.frame, accounts, pager })
}

async fn ask(member: Member) -> Result<Response, Problem> {
    member.actor().may_secure()?;
    page(StatusCode::OK, &Invite { frame: member.frame, typed: Typed::default(), error: None })
}

async fn make(
    State(face): State<Arc<Face>>,
    member: Member,
    Form(typed): Form<Typed>,
) -> Result<Response, Problem> {
    member.actor().may_secure()?;
    let made = async {
        let (role, grants) = typed.read()?;
        let invited = Invited { shown: typed.shown.clone(), role, grants };
        invite::invite(&face.app, member.actor(), invited).await
    };
    match made.await {
        Ok(link) => page(StatusCode::OK, &Made { frame: member.frame, link }),
        Err(error) => {
            let (status, error) = told(&member.frame, error)?;
            page(status, &Invite { frame: member.frame, typed, error: Some(error) })
        }
    }
}

async fn show(
    State(face): State<Arc<Face>>,
    member: Member,
    Path(id): Path<Uuid>,
) -> Result<Response, Problem> {
    let account = keep::show(&face.app, member.actor(), id).await?;
    one(member.frame, account, StatusCode::OK, None)
}

fn one(
    frame: Frame,
    account: Listed,
    status: StatusCode,
    error: Option<String>,
) -> Result<Response, Problem> {
    let lines: Vec<String> = account.grants.iter().map(flow::account::write_grant).collect();
    let typed = Typed {
        shown: account.shown.clone(),
        role: account.role.word().to_owned(),
        grants: lines.join("\n"),
    };
    page(status, &One { frame, account, typed, error })
}

async fn set_role(
    State(face): State<Arc<Face>>,
    member: Member,
    Path(id): Path<Uuid>,
    Form(typed): Form<Typed>,
) -> Result<Response, Problem> {
    member.actor().may_secure()?;
    let set = async {
        let (role, grants) = typed.read()?;
        keep::set_role(&face.app, member.actor(), id, role, &grants).await
    };
    match set.await {
        Ok(()) => Ok(done(&member.frame, id)),
        Err(error @ AccountError::Grant(_)) => {
            let (status, error) = told(&member.frame, error)?;
            let account = keep::show(&face.app, member.actor(), id).await?;
            page(status, &One { frame: member.frame, account, typed, error: Some(error) })
        }
        Err(error) => Err(error.into()),
    }
}

#[derive(Deserialize)]
struct Nothing {}

async fn act(
    State(face): State<Arc<Face>>,
    member: Member,
    Path((id, act)): Path<(Uuid, String)>,
    Form(Nothing {}): Form<Nothing>,
) -> Result<Response, Problem> {
    match act.as_str() {
        "lock" => keep::lock(&face.app, member.actor(), id, true).await?,
        "unlock" => keep::lock(&face.app, member.actor(), id, false).await?,
        "drop-factor" => keep::drop_factor(&face.app, member.actor(), id).await?,
        "reset" => {
            let link = invite::reset(&face.app, member.actor(), id).await?;
            return page(StatusCode::OK, &Made { frame: member.frame, link });
        }
        _ => return Err(Problem::NOT_FOUND),
    }
    Ok(done(&member.frame, id))
}

fn done(frame: &Frame, id: Uuid) -> Response {
    frame.done(
        &format!("/accounts/{id}"),
        "已完成，该账户的会话已结束",
        "Done, and the sessions of this account have ended",
    )
}
