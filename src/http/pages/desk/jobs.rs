//! Large files on their way, or on their way no more: how far they are, an end to them, another try, and what a check found.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;
use serde_json::Value;
use uuid::Uuid;

use super::upload::leads;
use super::{AtDesk, Desk, Face, Frame, PER_PAGE, Problem, labels, page};
use crate::flow::jobs::{self, Job, Progress};
use crate::flow::upload::Receipt;
use crate::flow::{App, drafts, dry_run};
use crate::http::api::{By, JobShown, follow, sent};
use crate::http::cookies;
use crate::http::extract::{Path, Query};
use crate::http::pages::scripts::Asset;
use crate::http::visitor::Form;
use crate::rules::{Instant, JobState};

/// A job in a list.
pub(in crate::http::pages) struct Line {
    /// The job.
    pub(in crate::http::pages) job: Job,
    /// How far it is.
    pub(in crate::http::pages) progress: Progress,
    /// The name of its file.
    pub(in crate::http::pages) file: String,
    /// It only checks.
    pub(in crate::http::pages) checks: bool,
    /// It failed, and may be tried again.
    pub(in crate::http::pages) revivable: bool,
}

impl Line {
    /// A job with what its line says of it.
    pub(in crate::http::pages) async fn of(app: &App, job: Job) -> Result<Self, Problem> {
        let revivable = job.state == JobState::Failed && jobs::is_kept(app, &job).await?;
        let (progress, file) = (Progress::of(&job), jobs::file_name(&job));
        Ok(Self { progress, file, checks: dry_run::is_check(&job), revivable, job })
    }

    /// All of them.
    pub(in crate::http::pages) async fn all(app: &App, jobs: Vec<Job>) -> Result<Vec<Self>, Problem> {
        let mut lines = Vec::with_capacity(jobs.len());
        for job in jobs {
            lines.push(Self::of(app, job).await?);
        }
        Ok(lines)
    }

    /// How it stands.
    pub(in crate::http::pages) fn state(&self, frame: &Frame) -> &'static str {
        let (zh, en) = labels::job(self.job.state);
        frame.say(zh, en)
    }

    /// Why it failed or waits.
    pub(in crate::http::pages) fn reason<'l>(&'l self, frame: &Frame) -> Option<&'l str> {
        reason(frame, &self.job)
    }
}

/// Why a job failed or waits, in the language of a page.
fn reason<'j>(frame: &Frame, job: &'j Job) -> Option<&'j str> {
    let reason = job.outcome.as_ref()?.get("reason")?.as_str()?;
    Some(frame.lang.half(reason))
}

#[derive(Template)]
#[template(path = "desk_job.html", config = "src/http/pages/askama.toml")]
struct Page<'a> {
    frame: Frame,
    desk: Desk,
    line: Line,
    /// What a check found.
    found: Option<Receipt>,
    /// Until when the file of a check is kept, where it still is.
    kept_until: Option<Instant>,
    script: &'a Asset,
}

#[derive(Template)]
#[template(path = "desk_jobs.html", config = "src/http/pages/askama.toml")]
struct List {
    frame: Frame,
    desk: Desk,
    failed: Vec<Line>,
    others: Vec<Line>,
    /// Where the list goes on.
    next: Option<String>,
}

impl Page<'_> {
    fn job(&self) -> &Job {
        &self.line.job
    }

    fn progress(&self) -> &Progress {
        &self.line.progress
    }

    fn is_done(&self) -> bool {
        self.line.job.state == JobState::Done
    }

    fn stage(&self) -> &'static str {
        let (zh, en) = labels::stage(&self.line.progress.stage);
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

    fn outcome(&self, name: &str) -> Option<&Value> {
        self.line.job.outcome.as_ref()?.get(name)
    }

    fn is_outcome(&self, name: &str) -> bool {
        self.outcome(name).and_then(Value::as_bool).unwrap_or_default()
    }

    /// Why what was declared with the file does not hold.
    fn undeclared(&self) -> Option<&str> {
        Some(self.frame.lang.half(self.outcome("coverage_refused")?.as_str()?))
    }

    /// The upload that it became.
    fn upload(&self) -> Option<&str> {
        self.outcome("receipt")?.get("upload")?.as_str()
    }

    /// What is odd and was taken all the same: row and reason.
    fn odd(&self) -> Vec<(String, String)> {
        let reason = self.frame.say("reason_zh", "reason_en");
        let line = |it: &Value| {
            let said = it.get(reason).and_then(Value::as_str).unwrap_or_default();
            (it.get("row").map(Value::to_string).unwrap_or_default(), said.to_owned())
        };
        self.line.progress.warnings.iter().map(line).collect()
    }

    fn odd_in_all(&self) -> usize {
        usize::try_from(self.line.progress.warnings_in_all).unwrap_or(usize::MAX)
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
        self.line.progress.faults.iter().take(50).map(line).collect()
    }
}

pub(super) async fn show(
    State(face): State<Arc<Face>>,
    AtDesk { frame, actor, desk }: AtDesk,
    Path(id): Path<Uuid>,
) -> Result<Response, Problem> {
    let job = jobs::show(&face.app, &actor, id).await?;
    let found = dry_run::found(&job);
    let kept_until = match dry_run::kept_until(&job) {
        Some(until) if jobs::is_kept(&face.app, &job).await? => Some(until),
        _ => None,
    };
    let (line, script) = (Line::of(&face.app, job).await?, &face.pages.scripts.of_desk);
    page(StatusCode::OK, &Page { frame, desk, line, found, kept_until, script })
}

#[derive(Deserialize)]
pub(super) struct Asked {
    /// Where the list goes on.
    #[serde(default)]
    before: String,
}

/// The files of the desk that were worked on in the background: those that failed, and all others.
pub(super) async fn list(
    State(face): State<Arc<Face>>,
    AtDesk { frame, actor, desk }: AtDesk,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    let app = &face.app;
    let before = asked.before.split_once('-').and_then(|(millis, id)| {
        Some((Instant::from_millis(millis.parse().ok()?), id.parse::<Uuid>().ok()?))
    });
    let mut others = jobs::at_desk(app, &actor, desk.code(), before, PER_PAGE).await?;
    let last = others.last().filter(|_| others.len() >= PER_PAGE as usize);
    let next = last.map(|job| format!("/desk/jobs?before={}-{}", job.created_at.millis(), job.id));
    others.retain(|job| job.state != JobState::Failed);
    let failed = jobs::failed_at(app, &actor, desk.code()).await?;
    let (failed, others) = (Line::all(app, failed).await?, Line::all(app, others).await?);
    page(StatusCode::OK, &List { frame, desk, failed, others, next })
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
    AtDesk { actor, frame, .. }: AtDesk,
    Path(id): Path<Uuid>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let session = frame.jar.get(&headers, cookies::SESSION).unwrap_or_default();
    follow(face, &actor, By::Session(session), id, &headers).await
}

/// The rejected rows as a file like the one sent.
pub(super) async fn rejects(
    State(face): State<Arc<Face>>,
    AtDesk { actor, .. }: AtDesk,
    Path(id): Path<Uuid>,
) -> Result<Response, Problem> {
    let (file, extension, kind) = dry_run::rejects(&face.app, &actor, id).await?;
    Ok(sent(file, &format!("rejects-{id}.{extension}"), kind))
}

/// What is to be done with a job.
#[derive(Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Act {
    /// It is to end. What was stored by then stays.
    #[default]
    Cancel,
    /// It failed, and is to be tried again.
    Retry,
    /// It was checked, and is to be stored.
    Store,
}

#[derive(Deserialize)]
pub(super) struct Wanted {
    #[serde(default)]
    act: Act,
}

/// Ends a job, has it tried again, or has the file stored that it checked.
pub(super) async fn act(
    State(face): State<Arc<Face>>,
    AtDesk { frame, actor, .. }: AtDesk,
    Path(id): Path<Uuid>,
    Form(Wanted { act }): Form<Wanted>,
) -> Result<Response, Problem> {
    let here = format!("/desk/jobs/{id}");
    match act {
        Act::Cancel => match jobs::cancel(&face.app, &actor, id).await {
            Ok(_) | Err(jobs::Error::Over(..)) => Ok(Redirect::to(&here).into_response()),
            Err(error) => Err(error.into()),
        },
        Act::Retry => match jobs::retry(&face.app, &actor, id).await {
            Ok(_) => Ok(frame.done(&here, "已重新排队", "It waits to be tried again")),
            Err(jobs::Error::NotFailed(..)) => Ok(Redirect::to(&here).into_response()),
            Err(error) => Err(error.into()),
        },
        Act::Store => Ok(leads(&frame, drafts::for_real(&face.app, &actor, id).await?)),
    }
}
