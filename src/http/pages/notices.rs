//! What somebody was told, and what of it they want by mail.

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
use super::{Face, Frame, Problem, page};
use crate::flow::Listing;
use crate::flow::notices::{self, Entry, NotMailed, Wishes};
use crate::http::extract::{Path, Query};
use crate::rules::{Audience, NoticeKind, Operation, Status, StatusAt};

/// Notices on a page.
const PER_PAGE: u32 = 20;

pub(super) fn routes() -> Router<Arc<Face>> {
    Router::new()
        .route("/notices", get(list))
        .route("/notices/read", post(read))
        .route("/notices/settings", get(settings))
        .route("/notices/address", post(set_address))
        .route("/notices/kinds", post(choose))
        .route("/notices/mail/end", post(end))
        .route("/notices/confirm/{secret}", get(ask).post(confirm))
}

#[derive(Template)]
#[template(path = "notices.html", config = "src/http/pages/askama.toml")]
struct List {
    frame: Frame,
    entries: Vec<Entry>,
    unread: u32,
    pager: Pager,
}

#[derive(Template)]
#[template(path = "notice_settings.html", config = "src/http/pages/askama.toml")]
struct Settings {
    frame: Frame,
    wishes: Wishes,
    typed: String,
    error: Option<String>,
}

#[derive(Template)]
#[template(path = "confirm.html", config = "src/http/pages/askama.toml")]
struct Confirm {
    frame: Frame,
    holds: bool,
}

impl List {
    /// A word beside a notice, in the language of the page.
    fn word(&self, entry: &Entry) -> Option<&'static str> {
        let word = entry.word.as_deref()?;
        if entry.kind == NoticeKind::ReportStatus {
            let (zh, en) = status(word.parse().ok()?);
            return Some(self.frame.lang.say(zh, en));
        }
        let (zh, en) = done(word.parse().ok()?)?;
        Some(self.frame.lang.say(zh, en))
    }

    /// The page about a notice, where there is one that its reader may open.
    fn link(&self, entry: &Entry) -> Option<String> {
        use NoticeKind as Kind;
        let about = &entry.about;
        let path = match (entry.kind, entry.audience) {
            (Kind::RecordNew | Kind::RecordChanged | Kind::RepairPossible, Audience::Subject(_)) => {
                if entry.times > 1 { "/my/records".to_owned() } else { format!("/my/records/{about}") }
            }
            (Kind::CaseDecided, Audience::Subject(_)) => format!("/my/cases/{about}"),
            (Kind::ReportStatus | Kind::ReportLooked, Audience::Subject(_)) => format!("/my/reports/{about}"),
            (Kind::CaseOpened | Kind::DeadlineNear | Kind::DeadlineOver, Audience::Authority(_)) => {
                format!("/desk/cases/{about}")
            }
            (Kind::UploadDone | Kind::UploadFailed, Audience::Authority(_)) => match &entry.upload {
                Some(upload) => format!("/desk/uploads/{upload}"),
                None => format!("/desk/jobs/{about}"),
            },
            (Kind::ReportRevoked, _) => format!("/console/reports/{about}"),
            (Kind::PlaceNew | Kind::PasswordChanged | Kind::FactorChanged, _) => "/account".to_owned(),
            (Kind::RatingAnswered, _) => "/ratings".to_owned(),
            _ => return None,
        };
        let actor = self.frame.actor.as_ref()?;
        let opens = match path.split('/').nth(1)? {
            "my" => actor.may_hold().is_ok(),
            "desk" => actor.may_work_at_desk().is_ok(),
            "console" => actor.may_inspect().is_ok(),
            _ => true,
        };
        opens.then_some(path)
    }
}

/// Where a report stands, in the language of a page.
pub(super) fn standing(frame: &Frame, at: &StatusAt) -> &'static str {
    let (zh, en) = status(at.status);
    frame.lang.say(zh, en)
}

fn status(status: Status) -> (&'static str, &'static str) {
    match status {
        Status::Valid => ("有效", "valid"),
        Status::Superseded => ("已被更新的数据取代", "superseded"),
        Status::Disputed => ("有异议", "disputed"),
        Status::Revoked => ("已撤销", "revoked"),
        Status::Unknown => ("未知", "unknown"),
    }
}

/// What was done to a record; a new one needs no word.
fn done(operation: Operation) -> Option<(&'static str, &'static str)> {
    Some(match operation {
        Operation::Insert => return None,
        Operation::Correct => ("已更正", "corrected"),
        Operation::Withdraw => ("已撤回", "withdrawn"),
        Operation::Annul => ("决定已被撤销", "annulled"),
        Operation::Repair => ("已完成信用修复", "repaired"),
        Operation::RepairRevoked => ("信用修复已撤销", "repair revoked"),
        Operation::Suspend => ("已暂缓执行", "suspended"),
        Operation::ObjectionOpen => ("有未办结的异议", "an objection is open"),
        Operation::ObjectionClosed => ("异议已办结", "the objection was closed"),
    })
}

#[derive(Deserialize)]
struct Asked {
    page: Option<u32>,
}

#[derive(Deserialize)]
struct Which {
    /// One notice, or `all`.
    #[serde(default)]
    notice: String,
}

#[derive(Deserialize)]
struct Typed {
    #[serde(default)]
    address: String,
}

/// One name for each kind, as boxes that were ticked are sent.
type Ticked = std::collections::BTreeMap<String, String>;

#[derive(Deserialize)]
struct Nothing {}

async fn list(
    State(face): State<Arc<Face>>,
    Member { signed, frame }: Member,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    let at = asked.page.unwrap_or(1).clamp(1, 1_000);
    let part = Listing { offset: (at - 1) * PER_PAGE, limit: PER_PAGE };
    let listed = notices::list(&face.app, &signed, part).await?;
    let pager = Pager::new(asked.page, listed.total, PER_PAGE);
    page(StatusCode::OK, &List { frame, entries: listed.entries, unread: listed.unread, pager })
}

async fn read(
    State(face): State<Arc<Face>>,
    Member { signed, frame }: Member,
    Form(which): Form<Which>,
) -> Result<Response, Problem> {
    let one = match which.notice.as_str() {
        "all" => None,
        id => Some(Uuid::parse_str(id).map_err(|_| Problem::NOT_FOUND)?),
    };
    notices::read(&face.app, &signed, one).await?;
    Ok(frame.done("/notices", "已标为已读", "Marked as read"))
}

async fn settings(
    State(face): State<Arc<Face>>,
    Member { signed, frame }: Member,
) -> Result<Response, Problem> {
    let wishes = notices::wishes(&face.app, &signed).await?;
    page(StatusCode::OK, &Settings { frame, wishes, typed: String::new(), error: None })
}

/// What went wrong with an address, beside its field; trouble of ours is a refusal.
fn told(frame: &Frame, error: NotMailed) -> Result<(StatusCode, String), Problem> {
    let Some(zh) = error.zh() else { return Err(error.into()) };
    let text = frame.say(zh, &error.to_string()).to_owned();
    let status = StatusCode::from_u16(Problem::from(error).status());
    Ok((status.unwrap_or(StatusCode::UNPROCESSABLE_ENTITY), text))
}

async fn set_address(
    State(face): State<Arc<Face>>,
    Member { signed, frame }: Member,
    Form(typed): Form<Typed>,
) -> Result<Response, Problem> {
    match notices::set_address(&face.app, &signed, &typed.address).await {
        Ok(()) => Ok(frame.done(
            "/notices/settings",
            "确认链接已发往该邮箱，请在一天内打开",
            "A link was sent to this address: open it within a day",
        )),
        Err(error) => {
            let (status, error) = told(&frame, error)?;
            let wishes = notices::wishes(&face.app, &signed).await?;
            page(status, &Settings { frame, wishes, typed: typed.address, error: Some(error) })
        }
    }
}

async fn choose(
    State(face): State<Arc<Face>>,
    Member { signed, frame }: Member,
    Form(ticked): Form<Ticked>,
) -> Result<Response, Problem> {
    let kinds: Vec<NoticeKind> = ticked.keys().filter_map(|name| name.parse().ok()).collect();
    notices::choose(&face.app, &signed, &kinds).await?;
    Ok(frame.done("/notices/settings", "已保存", "Saved"))
}

async fn end(
    State(face): State<Arc<Face>>,
    Member { signed, frame }: Member,
    Form(Nothing {}): Form<Nothing>,
) -> Result<Response, Problem> {
    notices::remove(&face.app, &signed).await?;
    Ok(frame.done(
        "/notices/settings",
        "邮箱已删除，不再发送邮件",
        "The address is removed, and no mail is sent any more",
    ))
}

async fn ask(
    State(face): State<Arc<Face>>,
    Member { signed, frame }: Member,
    Path(secret): Path<String>,
) -> Result<Response, Problem> {
    // The link alone confirms nothing: programs that look at mail follow links.
    let holds = notices::is_link(&face.app, &signed, &secret).await?;
    let status = if holds { StatusCode::OK } else { StatusCode::NOT_FOUND };
    page(status, &Confirm { frame, holds })
}

async fn confirm(
    State(face): State<Arc<Face>>,
    Member { signed, frame }: Member,
    Path(secret): Path<String>,
    Form(Nothing {}): Form<Nothing>,
) -> Result<Response, Problem> {
    notices::confirm(&face.app, &signed, &secret).await?;
    Ok(frame.done("/notices/settings", "邮箱已确认", "The address is confirmed"))
}
