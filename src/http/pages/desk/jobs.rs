//! A large file on its way: how far it is, as it goes, and an end to it.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;
use serde_json::Value;
use uuid::Uuid;

use super::{AtDesk, Desk, Face, Frame, Problem, labels, page};
use crate::flow::jobs::{self, Job, Progress};
use crate::http::api::{JobShown, follow};
use crate::http::extract::Path;
use crate::http::pages::scripts::Asset;
use crate::http::visitor::Form;
use crate::rules::JobState;

#[derive(Template)]
#[template(path = "desk_job.html", config = "src/http/pages/askama.toml")]
struct Page<'a> {
    frame: Frame,
    desk: Desk,
    job: Job,
    progress: Progress,
    script: &'a Asset,
}

impl Page<'_> {
    fn state(&self) -> &'static str {
        let (zh, en) = labels::job(self.job.state);
        self.frame.say(zh, en)
    }

    fn stage(&self) -> &'static str {
        let (zh, en) = labels::stage(&self.progress.stage);
        self.frame.say(zh, en)
    }

    /// The words that scripts show: of states and stages, as `word=text|…`.
    fn words(&self) -> String {
        let of_state = |state: &JobState| (state.word(), labels::job(*state));
        let part = |stage: &&'static str| (*stage, labels::stage(stage));
        let all = JobState::ALL.iter().map(of_state).chain(labels::STAGES.iter().map(part));
        let word = |(word, (zh, en))| format!("{word}={}", self.frame.say(zh, en));
        all.map(word).collect::<Vec<_>>().join("|")
    }

    /// Why it failed or waits.
    fn reason(&self) -> Option<&str> {
        let reason = self.job.outcome.as_ref()?.get("reason")?.as_str()?;
        Some(self.frame.lang.half(reason))
    }

    /// The upload that it became.
    fn upload(&self) -> Option<&str> {
        self.job.outcome.as_ref()?.get("receipt")?.get("upload")?.as_str()
    }

    /// The first faults.
    fn faults(&self) -> Vec<[String; 5]> {
        let of = |fault: &Value, name: &str| {
            let value = fault.get(name).cloned().unwrap_or_default();
            value.as_str().map_or_else(|| value.to_string(), str::to_owned)
        };
        let (reason, remedy) =
            (self.frame.say("reason_zh", "reason_en"), self.frame.say("remedy_zh", "remedy_en"));
        let line = |fault: &Value| {
            ["row", "column", "value", reason, remedy]
                .map(|name| Some(of(fault, name)).filter(|text| text != "null").unwrap_or_default())
        };
        self.progress.faults.iter().take(50).map(line).collect()
    }
}

pub(super) async fn show(
    State(face): State<Arc<Face>>,
    AtDesk { frame, actor, desk }: AtDesk,
    Path(id): Path<Uuid>,
) -> Result<Response, Problem> {
    let job = jobs::show(&face.app, &actor, id).await?;
    let (progress, script) = (Progress::of(&job), &face.pages.scripts.of_desk);
    page(StatusCode::OK, &Page { frame, desk, job, progress, script })
}

/// How it stands, for scripts that ask again and again.
pub(super) async fn state(
    State(face): State<Arc<Face>>,
    AtDesk { actor, .. }: AtDesk,
    Path(id): Path<Uuid>,
) -> Result<Response, Problem> {
    Ok(axum::Json(JobShown::from(jobs::show(&face.app, &actor, id).await?)).into_response())
}

/// As it goes, for scripts that listen.
pub(super) async fn events(
    State(face): State<Arc<Face>>,
    AtDesk { actor, .. }: AtDesk,
    Path(id): Path<Uuid>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    follow(&face, actor, id, &headers).await
}

#[derive(Deserialize)]
pub(super) struct Nothing {}

/// Ends it. What was stored by then stays.
pub(super) async fn cancel(
    State(face): State<Arc<Face>>,
    AtDesk { actor, .. }: AtDesk,
    Path(id): Path<Uuid>,
    Form(Nothing {}): Form<Nothing>,
) -> Result<Response, Problem> {
    match jobs::cancel(&face.app, &actor, id).await {
        Ok(_) | Err(jobs::Error::Over(..)) => Ok(Redirect::to(&format!("/desk/jobs/{id}")).into_response()),
        Err(error) => Err(error.into()),
    }
}
