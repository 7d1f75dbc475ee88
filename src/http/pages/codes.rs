//! What a holder shows: one-codes on its own screen, grants for others, who looked, and who asks to.

use std::collections::HashMap;
use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use serde::Deserialize;
use time::Date;
use uuid::Uuid;

use super::frame::Pager;
use super::scripts::Asset;
use super::visitor::{Form, Member};
use super::{Face, Frame, Problem, cookies, page};
use crate::flow::share::{self, Asked, Drawn, Error, Holder, Listed, Made, Shown, Taken};
use crate::flow::{App, Listing};
use crate::http::extract::{Path, Query};
use crate::rules::{AskState, BadTerms, DomainId, Instant, Refusal, ShareKind, ShareState, Terms, parse_day};

/// Shares on a page.
const PER_PAGE: u32 = 20;

pub(super) fn routes() -> Router<Arc<Face>> {
    Router::new()
        .route("/codes", get(list))
        .route("/codes/new", get(ask).post(make))
        .route("/codes/{id}", get(show))
        .route("/codes/{id}/code", get(code))
        .route("/codes/{id}/looks", get(looks))
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
#[template(path = "code_new.html", config = "src/http/pages/askama.toml")]
struct New {
    frame: Frame,
    typed: Typed,
    holders: Vec<Holder>,
    app: App,
    /// The field, and what is wrong with it.
    error: Option<(&'static str, String)>,
}

#[derive(Template)]
#[template(path = "code_made.html", config = "src/http/pages/askama.toml")]
struct Link {
    frame: Frame,
    id: Uuid,
    until: Instant,
    uses: u32,
    code: String,
    address: String,
    picture: String,
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

#[derive(Deserialize)]
struct Kind {
    #[serde(default)]
    kind: String,
}

/// The form, as typed.
#[derive(Clone, Default, Deserialize)]
struct Typed {
    #[serde(default)]
    kind: String,
    #[serde(default)]
    subject: String,
    #[serde(default)]
    preset: String,
    #[serde(default)]
    span: String,
    #[serde(default)]
    from: String,
    #[serde(default)]
    to: String,
    #[serde(default)]
    hours: String,
    #[serde(default)]
    uses: String,
    #[serde(default)]
    recipient: String,
    #[serde(default)]
    download: String,
    #[serde(default)]
    consent: String,
    /// The boxes of domains that are ticked, as `domain.<id>`.
    #[serde(flatten)]
    more: HashMap<String, String>,
}

impl Typed {
    fn is_grant(&self) -> bool {
        self.kind != ShareKind::Dynamic.word()
    }

    fn has(&self, domain: &DomainId) -> bool {
        self.more.contains_key(&format!("domain.{domain}"))
    }

    fn read(&self, app: &App) -> Result<Asked, Error> {
        let ticked = self.more.keys().filter_map(|name| name.strip_prefix("domain.")?.parse().ok());
        let mut domains: Vec<DomainId> = ticked.collect();
        domains.sort();
        if domains.is_empty()
            && let Some(preset) = app.reference().presets.preset(&self.preset)
        {
            domains.clone_from(&preset.domains);
        }
        let day = |text: &str| -> Result<Option<Date>, Error> {
            match text.trim() {
                "" => Ok(None),
                text => parse_day(text).map(Some).ok_or(Error::NoPeriod),
            }
        };
        let hours: u32 = self.hours.trim().parse().unwrap_or(0);
        Ok(Asked {
            subject: self.subject.clone(),
            domains,
            from: day(&self.from)?,
            span: Some(self.span.clone()),
            to: day(&self.to)?,
            kind: if self.is_grant() { ShareKind::Grant } else { ShareKind::Dynamic },
            recipient: self.recipient.clone(),
            download: !self.download.is_empty(),
            consent: !self.consent.is_empty(),
            uses: self.uses.trim().parse().unwrap_or(0),
            minutes: hours.saturating_mul(60),
        })
    }
}

impl New {
    /// Lives that are offered, in hours.
    fn lives(&self) -> [(u32, &'static str); 5] {
        [1, 24, 72, 168, 720].map(|hours| {
            let words = match hours {
                1 => self.frame.say("1 小时", "1 hour"),
                24 => self.frame.say("1 天", "1 day"),
                72 => self.frame.say("3 天", "3 days"),
                168 => self.frame.say("7 天", "7 days"),
                _ => self.frame.say("30 天", "30 days"),
            };
            (hours, words)
        })
    }

    fn is_wrong(&self, field: &str) -> bool {
        self.error.as_ref().is_some_and(|(wrong, _)| *wrong == field)
    }
}

/// The field that an error is about.
fn field(error: &Error) -> &'static str {
    match error {
        Error::Terms(BadTerms::Life) => "hours",
        Error::Terms(BadTerms::Uses) => "uses",
        Error::Terms(_) => "recipient",
        Error::Refused(Refusal::Period(_)) | Error::NoPeriod => "from",
        Error::Refused(_) => "preset",
        _ => "subject",
    }
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

async fn ask(
    State(face): State<Arc<Face>>,
    member: Member,
    Query(Kind { kind }): Query<Kind>,
) -> Result<Response, Problem> {
    let holders = share::holders(&face.app, member.actor()).await?;
    let typed = Typed {
        kind: if kind == "dynamic" { kind } else { "grant".to_owned() },
        span: "36-months".to_owned(),
        hours: "24".to_owned(),
        uses: "1".to_owned(),
        ..Typed::default()
    };
    page(StatusCode::OK, &New { frame: member.frame, typed, holders, app: face.app.clone(), error: None })
}

async fn make(
    State(face): State<Arc<Face>>,
    member: Member,
    Form(typed): Form<Typed>,
) -> Result<Response, Problem> {
    member.actor().may_show_some()?;
    let made = async { share::make(&face.app, member.actor(), typed.read(&face.app)?).await };
    match made.await {
        Ok(Made { share, code: Some((code, address, svg)) }) => page(
            StatusCode::OK,
            &Link {
                frame: member.frame,
                id: share.id,
                until: share.until,
                uses: share.uses,
                code: code.to_string(),
                picture: picture(&svg),
                address,
            },
        ),
        Ok(Made { share, code: None }) => Ok(Redirect::to(&format!("/codes/{}", share.id)).into_response()),
        Err(error) => {
            let at = field(&error);
            let Some((zh, en)) = error.said() else { return Err(error.into()) };
            let error = Some((at, member.frame.say(&zh, &en).to_owned()));
            let holders = share::holders(&face.app, member.actor()).await?;
            let new = New { frame: member.frame, typed, holders, app: face.app.clone(), error };
            page(StatusCode::UNPROCESSABLE_ENTITY, &new)
        }
    }
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
