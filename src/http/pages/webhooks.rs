//! Webhooks: registered, looked after, and what was sent to them.

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
use crate::flow::webhooks::{self, Act, Error, Listed, Message};
use crate::http::extract::{Path, Query};
use crate::rules::{HookEvent, Sending};

/// Deliveries on a page.
const PER_PAGE: u32 = 20;

pub(super) fn routes() -> Router<Arc<Face>> {
    Router::new()
        .route("/webhooks", get(list).post(create))
        .route("/webhooks/{id}", get(show))
        .route("/webhooks/{id}/remove", get(ask).post(remove))
        .route("/webhooks/{id}/replay", post(replay))
        .route("/webhooks/{id}/{act}", post(act))
}

#[derive(Template)]
#[template(path = "webhooks.html", config = "src/http/pages/askama.toml")]
struct List {
    frame: Frame,
    hooks: Vec<Listed>,
    typed: Typed,
    error: Option<String>,
}

#[derive(Template)]
#[template(path = "webhook.html", config = "src/http/pages/askama.toml")]
struct One {
    frame: Frame,
    hook: Listed,
    deliveries: Vec<Message>,
    pager: Pager,
}

#[derive(Template)]
#[template(path = "webhook_secret.html", config = "src/http/pages/askama.toml")]
struct Keep {
    frame: Frame,
    hook: Listed,
    secret: String,
}

#[derive(Template)]
#[template(path = "webhook_remove.html", config = "src/http/pages/askama.toml")]
struct Remove {
    frame: Frame,
    hook: Listed,
}

#[derive(Clone, Default, Deserialize)]
struct Typed {
    #[serde(default)]
    url: String,
    #[serde(default)]
    status: Option<String>,
    #[serde(default)]
    job: Option<String>,
}

#[derive(Deserialize)]
struct Asked {
    page: Option<u32>,
}

#[derive(Deserialize)]
struct Nothing {}

#[derive(Deserialize)]
struct Again {
    #[serde(default)]
    message: String,
}

impl One {
    fn state(&self, message: &Message) -> &'static str {
        let say = |zh, en| self.frame.lang.say(zh, en);
        match message.state {
            Sending::Sent => say("已送达", "taken"),
            Sending::Waiting if message.attempts > 0 => say("未送达，将重试", "not taken, tried again"),
            Sending::Waiting => say("等待发送", "waits"),
            Sending::Dead => say("已放弃", "given up"),
        }
    }
}

async fn list(State(face): State<Arc<Face>>, member: Member) -> Result<Response, Problem> {
    listed(&face, member, StatusCode::OK, Typed::default(), None).await
}

async fn listed(
    face: &Face,
    member: Member,
    status: StatusCode,
    typed: Typed,
    error: Option<String>,
) -> Result<Response, Problem> {
    let hooks = webhooks::list(&face.app, member.actor()).await?;
    page(status, &List { frame: member.frame, hooks, typed, error })
}

async fn create(
    State(face): State<Arc<Face>>,
    member: Member,
    Form(typed): Form<Typed>,
) -> Result<Response, Problem> {
    let chosen = [
        typed.status.as_ref().map(|_| HookEvent::ReportStatus),
        typed.job.as_ref().map(|_| HookEvent::JobFinished),
    ];
    let events: Vec<HookEvent> = chosen.into_iter().flatten().collect();
    match webhooks::create(&face.app, member.actor(), &typed.url, &events).await {
        Ok((hook, secret)) => page(StatusCode::OK, &Keep { frame: member.frame, hook, secret }),
        Err(error) => match error.said() {
            Some((zh, en)) => {
                let status = StatusCode::from_u16(Problem::from(error).status());
                let text = member.frame.say(&zh, &en).to_owned();
                let status = status.unwrap_or(StatusCode::UNPROCESSABLE_ENTITY);
                listed(&face, member, status, typed, Some(text)).await
            }
            None => Err(error.into()),
        },
    }
}

async fn show(
    State(face): State<Arc<Face>>,
    member: Member,
    Path(id): Path<Uuid>,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    let hook = webhooks::show(&face.app, member.actor(), id).await?;
    let at = asked.page.unwrap_or(1).clamp(1, 1_000);
    let part = Listing { offset: (at - 1) * PER_PAGE, limit: PER_PAGE };
    let (deliveries, total) = webhooks::deliveries(&face.app, member.actor(), id, part).await?;
    let pager = Pager::new(asked.page, total, PER_PAGE);
    page(StatusCode::OK, &One { frame: member.frame, hook, deliveries, pager })
}

async fn act(
    State(face): State<Arc<Face>>,
    member: Member,
    Path((id, word)): Path<(Uuid, String)>,
    Form(Nothing {}): Form<Nothing>,
) -> Result<Response, Problem> {
    member.actor().may_hook()?;
    let (act, zh, en) = match word.as_str() {
        "pause" => (Act::Pause, "已暂停", "Nothing is sent for now"),
        "resume" => (Act::Resume, "已恢复", "Things are sent again"),
        "rotate" => (Act::Rotate, "", ""),
        "test" => (Act::Test, "测试消息将立即发送", "A test is on its way"),
        _ => return Err(Problem::NOT_FOUND),
    };
    let (hook, secret) = match webhooks::act(&face.app, member.actor(), id, act).await {
        Err(Error::Waits) => {
            let to = format!("/webhooks/{id}");
            return Ok(member.frame.done(
                &to,
                "上一条测试消息正在等待发送",
                "A test waits to be sent already",
            ));
        }
        done => done?,
    };
    match secret {
        Some(secret) => page(StatusCode::OK, &Keep { frame: member.frame, hook, secret }),
        None => Ok(member.frame.done(&format!("/webhooks/{id}"), zh, en)),
    }
}

async fn replay(
    State(face): State<Arc<Face>>,
    member: Member,
    Path(id): Path<Uuid>,
    Form(again): Form<Again>,
) -> Result<Response, Problem> {
    webhooks::show(&face.app, member.actor(), id).await?;
    let message = Uuid::parse_str(&again.message).map_err(|_| Problem::NOT_FOUND)?;
    webhooks::replay(&face.app, member.actor(), id, message).await?;
    let to = format!("/webhooks/{id}");
    Ok(member.frame.done(&to, "该消息将再次发送", "It is sent once more"))
}

async fn ask(
    State(face): State<Arc<Face>>,
    member: Member,
    Path(id): Path<Uuid>,
) -> Result<Response, Problem> {
    let hook = webhooks::show(&face.app, member.actor(), id).await?;
    page(StatusCode::OK, &Remove { frame: member.frame, hook })
}

async fn remove(
    State(face): State<Arc<Face>>,
    member: Member,
    Path(id): Path<Uuid>,
    Form(Nothing {}): Form<Nothing>,
) -> Result<Response, Problem> {
    webhooks::remove(&face.app, member.actor(), id).await?;
    Ok(member.frame.done("/webhooks", "已删除", "Removed"))
}
