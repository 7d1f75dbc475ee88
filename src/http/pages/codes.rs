//! What a holder shows: one-codes on its own screen, grants for others, who looked, and who asks to.

mod follow;
mod new;

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
use super::scripts::Asset;
use super::visitor::{Form, Member};
use super::{Face, Frame, Problem, cookies, page};
use crate::flow::Listing;
use crate::flow::share::{self, Drawn, Listed, Shown, Taken};
use crate::http::extract::{Path, Query};
use crate::rules::{AskState, DomainId, Instant, ShareKind, ShareState, Terms};

/// Shares on a page.
const PER_PAGE: u32 = 20;

pub(super) fn routes() -> Router<Arc<Face>> {
    Router::new()
        .route("/codes", get(list))
        .route("/codes/new", get(new::ask).post(new::make))
        .route("/codes/{id}", get(show))
        .route("/codes/{id}/code", get(code))
        .route("/codes/{id}/looks", get(looks))
        .route("/codes/{id}/events", get(follow::events))
        .route("/codes/{id}/snapshot", post(snapshot))
        .route("/codes/{id}/revoke", post(revoke))
        .route("/codes/{id}/asks/{ask}/{act}", post(decide))
}

#[derive(Template)]
#[template(path = "codes.html", config = "src/http/pages/askama.toml")]
struct List {
    frame: Frame,
    shares: Vec<Listed>,
    pager: Pager,
}

#[derive(Template)]
#[template(path = "code_of.html", config = "src/http/pages/askama.toml")]
struct One<'a> {
    frame: Frame,
    shown: Shown,
    domains: Vec<String>,
    drawn: Option<Drawn>,
    now: Instant,
    script: &'a Asset,
}

/// The part of the page that shows the code, by itself.
#[derive(Template)]
#[template(path = "code_drawn.html", config = "src/http/pages/askama.toml")]
struct Code {
    frame: Frame,
    drawn: Option<Drawn>,
    now: Instant,
}

/// The part of the page that tells who looked and who asks, by itself.
#[derive(Template)]
#[template(path = "code_looks.html", config = "src/http/pages/askama.toml")]
struct Looks {
    frame: Frame,
    shown: Shown,
}

#[derive(Template)]
#[template(path = "code_snapshot.html", config = "src/http/pages/askama.toml")]
struct Snapshot {
    frame: Frame,
    id: Uuid,
    taken: Taken,
}

#[derive(Deserialize)]
struct Paged {
    page: Option<u32>,
}

/// A drawing as an address that pages may show.
fn picture(svg: &str) -> String {
    format!("data:image/svg+xml,{}", cookies::encoded(svg))
}

/// The word for where a share stands.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "templates hand over references")]
fn word(frame: &Frame, state: &ShareState) -> &'static str {
    match state {
        ShareState::Open => frame.say("有效", "open"),
        ShareState::UsedUp => frame.say("已用完", "used up"),
        ShareState::Over => frame.say("已过期", "over"),
        ShareState::Revoked => frame.say("已撤回", "taken back"),
    }
}

/// Whether a verifier waits for the holder.
fn is_asked(shown: &Shown) -> bool {
    shown.asks.iter().any(|ask| ask.state == AskState::Waiting)
}

async fn list(
    State(face): State<Arc<Face>>,
    member: Member,
    Query(asked): Query<Paged>,
) -> Result<Response, Problem> {
    let of = asked.page.unwrap_or(1).clamp(1, 100_000);
    let listing = Listing { offset: (of - 1) * PER_PAGE, limit: PER_PAGE };
    let (shares, total) = share::list(&face.app, member.actor(), listing).await?;
    let pager = Pager::new(asked.page, total, PER_PAGE);
    page(StatusCode::OK, &List { frame: member.frame, shares, pager })
}

/// The code that the page shows, where the share is one for a screen and still open.
async fn drawn(face: &Face, member: &Member, shown: &Shown) -> Result<Option<Drawn>, Problem> {
    if shown.share.kind != ShareKind::Dynamic || shown.state != ShareState::Open {
        return Ok(None);
    }
    Ok(Some(share::draw(&face.app, member.actor(), shown.share.id).await?))
}

async fn show(
    State(face): State<Arc<Face>>,
    member: Member,
    Path(id): Path<Uuid>,
) -> Result<Response, Problem> {
    let shown = share::show(&face.app, member.actor(), id).await?;
    let drawn = drawn(&face, &member, &shown).await?;
    let catalogue = &face.app.reference().catalogue;
    let named = |id: &DomainId| catalogue.get(id).map(|it| member.frame.say(&it.zh, &it.en).to_owned());
    let domains = shown.share.domains.iter().filter_map(named).collect();
    let script = &face.pages.scripts.of_showing;
    let one = One { domains, shown, drawn, now: face.app.now(), script, frame: member.frame };
    page(StatusCode::OK, &one)
}

async fn code(
    State(face): State<Arc<Face>>,
    member: Member,
    Path(id): Path<Uuid>,
) -> Result<Response, Problem> {
    let shown = share::show(&face.app, member.actor(), id).await?;
    let drawn = drawn(&face, &member, &shown).await?;
    page(StatusCode::OK, &Code { drawn, now: face.app.now(), frame: member.frame })
}

async fn looks(
    State(face): State<Arc<Face>>,
    member: Member,
    Path(id): Path<Uuid>,
) -> Result<Response, Problem> {
    let shown = share::show(&face.app, member.actor(), id).await?;
    page(StatusCode::OK, &Looks { frame: member.frame, shown })
}

#[derive(Deserialize)]
struct Nothing {}

async fn snapshot(
    State(face): State<Arc<Face>>,
    member: Member,
    Path(id): Path<Uuid>,
    Form(Nothing {}): Form<Nothing>,
) -> Result<Response, Problem> {
    let taken = share::snapshot(&face.app, member.actor(), id).await?;
    page(StatusCode::OK, &Snapshot { id, taken, frame: member.frame })
}

async fn revoke(
    State(face): State<Arc<Face>>,
    member: Member,
    Path(id): Path<Uuid>,
    Form(Nothing {}): Form<Nothing>,
) -> Result<Response, Problem> {
    share::revoke(&face.app, member.actor(), id).await?;
    let (zh, en) = ("已撤回，从现在起不能再查看", "Taken back: from now on it opens nothing");
    Ok(member.frame.done(&format!("/codes/{id}"), zh, en))
}

async fn decide(
    State(face): State<Arc<Face>>,
    member: Member,
    Path((id, ask, act)): Path<(Uuid, Uuid, String)>,
    Form(Nothing {}): Form<Nothing>,
) -> Result<Response, Problem> {
    member.actor().may_show_some()?;
    let agree = match act.as_str() {
        "agree" => true,
        "decline" => false,
        _ => return Err(Problem::NOT_FOUND),
    };
    share::decide(&face.app, member.actor(), id, ask, agree).await?;
    let (zh, en) = if agree { ("已同意", "You agreed") } else { ("已拒绝", "You declined") };
    Ok(member.frame.done(&format!("/codes/{id}"), zh, en))
}
