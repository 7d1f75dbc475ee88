//! Work that outlives its request: followed, ended, tried again.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures::stream;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::sync::OwnedSemaphorePermit;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::receipts::sent;
use super::{Face, Problem};
use crate::flow::jobs::{self, Job, Progress};
use crate::flow::{Actor, StoreError, dry_run, sessions};
use crate::http::auth::{SignedIn, Token};
use crate::http::extract::{Path, Query};
use crate::rules::Instant;

/// A job, as whoever may follow it sees it.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::http) struct JobShown {
    /// Its id.
    id: Uuid,
    /// What is done: `upload`.
    kind: &'static str,
    /// A file is only checked: nothing of it is stored.
    dry_run: bool,
    /// `queued`, `running`, `done`, `failed` or `cancelled`.
    state: &'static str,
    /// How far it is; of faults and of warnings (what is odd but was taken) the first hundred.
    #[schema(value_type = Object)]
    progress: Progress,
    /// How often a worker took it.
    attempts: u32,
    /// Somebody wants it ended.
    cancel_requested: bool,
    /// Why it failed, or why it waits to be tried again.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    /// When it is tried next, where it waits.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    run_after: Option<Instant>,
    /// What came of it, once it is done or cancelled: the receipt with its signature, the first faults and warnings, and what became of
    /// the declared coverage. Of a dry run, `checked` has the counts that the receipt would have.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    outcome: Option<Value>,
    /// When it was asked for.
    #[schema(value_type = String, format = DateTime)]
    created_at: Instant,
    /// By whom.
    created_by: String,
    /// When it ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    finished_at: Option<Instant>,
}

impl From<Job> for JobShown {
    fn from(job: Job) -> Self {
        let progress = Progress::of(&job);
        let reason = job.outcome.as_ref().and_then(|it| it.get("reason")).and_then(Value::as_str);
        Self {
            id: job.id,
            kind: job.kind.word(),
            dry_run: dry_run::is_check(&job),
            state: job.state.word(),
            progress,
            attempts: job.attempts,
            cancel_requested: job.cancel,
            reason: reason.map(str::to_owned),
            run_after: (job.state == crate::rules::JobState::Queued).then_some(job.run_after),
            outcome: job.outcome.filter(|outcome| outcome.get("reason").is_none()),
            created_at: job.created_at,
            created_by: job.created_by,
            finished_at: job.finished_at,
        }
    }
}

/// Some jobs, newest first.
#[derive(Serialize, ToSchema)]
pub(super) struct JobList {
    /// The jobs.
    jobs: Vec<JobShown>,
    /// Where the list goes on.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

/// Which part of a list is wanted.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Part {
    /// Where the list goes on, from `next` of the part before.
    before: Option<String>,
    /// How many at most; 1 to 100.
    limit: Option<u32>,
}

impl Part {
    pub(super) fn limit(&self) -> u32 {
        self.limit.unwrap_or(50).clamp(1, 100)
    }

    /// The time and id behind which the list goes on.
    pub(super) fn before(&self) -> Result<Option<(Instant, Uuid)>, Problem> {
        let Some(text) = &self.before else { return Ok(None) };
        let read = || {
            let (millis, id) = text.split_once('-')?;
            Some((Instant::from_millis(millis.parse().ok()?), id.parse().ok()?))
        };
        let bad = || Problem::BAD_REQUEST.with_detail("`before` is taken from `next` of the part before");
        read().map(Some).ok_or_else(bad)
    }

    /// The address at which a list goes on behind its last entry, if it is full.
    pub(super) fn next(&self, path: &str, listed: usize, last: Option<(Instant, Uuid)>) -> Option<String> {
        let limit = self.limit();
        let full = u32::try_from(listed).is_ok_and(|listed| listed >= limit);
        let (at, id) = last.filter(|_| full)?;
        Some(format!("{path}?limit={limit}&before={}-{id}", at.millis()))
    }
}

/// Lists the jobs that one may follow, newest first.
#[utoipa::path(
    get, path = "/api/v1/jobs", operation_id = "list_jobs", tag = "jobs",
    params(Part),
    security(("token" = [])),
    responses(
        (status = 200, description = "The jobs", body = JobList),
        (status = 400, description = "The query cannot be read", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "No token", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn list(
    State(face): State<Arc<Face>>,
    SignedIn(actor): SignedIn,
    Query(part): Query<Part>,
) -> Result<axum::Json<JobList>, Problem> {
    let found = jobs::list(&face.app, &actor, part.before()?, part.limit()).await?;
    let next = part.next("/api/v1/jobs", found.len(), found.last().map(|job| (job.created_at, job.id)));
    Ok(axum::Json(JobList { jobs: found.into_iter().map(JobShown::from).collect(), next }))
}

/// Tells how a job stands.
#[utoipa::path(
    get, path = "/api/v1/jobs/{id}", operation_id = "show_job", tag = "jobs",
    params(("id" = Uuid, Path)),
    security(("token" = [])),
    responses(
        (status = 200, description = "How it stands", body = JobShown),
        (status = 401, description = "No token", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No job of yours", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn show(
    State(face): State<Arc<Face>>,
    SignedIn(actor): SignedIn,
    Path(id): Path<Uuid>,
) -> Result<axum::Json<JobShown>, Problem> {
    Ok(axum::Json(jobs::show(&face.app, &actor, id).await?.into()))
}

/// Ends a job. What was stored by then stays, and its receipt covers exactly that.
#[utoipa::path(
    delete, path = "/api/v1/jobs/{id}", operation_id = "cancel_job", tag = "jobs",
    params(("id" = Uuid, Path)),
    security(("token" = [])),
    responses(
        (status = 202, description = "It ends at its next safe place, or has ended", body = JobShown),
        (status = 401, description = "No token", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No job of yours", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "It is over already", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn cancel(
    State(face): State<Arc<Face>>,
    SignedIn(actor): SignedIn,
    Path(id): Path<Uuid>,
) -> Result<Response, Problem> {
    let job = jobs::cancel(&face.app, &actor, id).await?;
    Ok((StatusCode::ACCEPTED, axum::Json(JobShown::from(job))).into_response())
}

/// Has a failed job tried again: for the operator, and for whoever may send its file. There has to be that file still.
#[utoipa::path(
    post, path = "/api/v1/jobs/{id}/retry", operation_id = "retry_job", tag = "jobs",
    params(("id" = Uuid, Path)),
    security(("token" = [])),
    responses(
        (status = 202, description = "It waits for a worker", body = JobShown),
        (status = 401, description = "No token", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "Not yours to send", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such job", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "It has not failed", body = Problem, content_type = "application/problem+json"),
        (status = 410, description = "Its file is not kept any more", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn retry(
    State(face): State<Arc<Face>>,
    SignedIn(actor): SignedIn,
    Path(id): Path<Uuid>,
) -> Result<Response, Problem> {
    let job = jobs::retry(&face.app, &actor, id).await?;
    Ok((StatusCode::ACCEPTED, axum::Json(JobShown::from(job))).into_response())
}

/// The rejected rows of a job as a file like the one sent, with their faults beside them; those of a dry run are kept for a week.
#[utoipa::path(
    get, path = "/api/v1/jobs/{id}/rejects", operation_id = "job_rejects", tag = "jobs",
    params(("id" = Uuid, Path)),
    security(("token" = [])),
    responses(
        (status = 200, description = "The rejected rows", content_type = "application/octet-stream"),
        (status = 401, description = "No token", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No job of yours, or no row was rejected", body = Problem, content_type = "application/problem+json"),
        (status = 410, description = "They are not kept any more", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn rejects(
    State(face): State<Arc<Face>>,
    SignedIn(actor): SignedIn,
    Path(id): Path<Uuid>,
) -> Result<Response, Problem> {
    let (file, extension, kind) = dry_run::rejects(&face.app, &actor, id).await?;
    Ok(sent(file, &format!("rejects-{id}.{extension}"), kind))
}

/// By what somebody follows a job: it is asked again whether they still may.
pub(in crate::http) enum By {
    /// A token.
    Token(Token),
    /// The secret of a session, which is not used by it: it ends when nobody does anything else.
    Session(String),
}

impl By {
    /// Who comes in by it now.
    async fn actor(&self, face: &Face) -> Result<Option<Actor>, StoreError> {
        match self {
            Self::Token(token) => token.actor(face).await,
            Self::Session(secret) => Ok(sessions::still(&face.app, secret).await?.map(|it| it.actor)),
        }
    }
}

/// Somebody who follows a job.
struct Follower {
    face: Arc<Face>,
    by: By,
    id: Uuid,
    /// The revision that was told last.
    seen: u32,
    over: bool,
    _place: OwnedSemaphorePermit,
}

/// How long nothing is said where nothing happens.
const PATIENCE: Duration = Duration::from_mins(5);
/// After so long it is asked anew whether whoever follows still may.
const ASKED: Duration = Duration::from_secs(5);

/// Follows a job as it goes (server-sent events): `progress`, and at the end `done`, `failed` or `cancelled`, each with the
/// job as its data. A client that comes again with `Last-Event-ID` is told what it has not seen.
#[utoipa::path(
    get, path = "/api/v1/jobs/{id}/events", operation_id = "follow_job", tag = "jobs",
    params(
        ("id" = Uuid, Path),
        ("Last-Event-ID" = Option<String>, Header, description = "The last event that was seen"),
    ),
    security(("token" = [])),
    responses(
        (status = 200, description = "Events", body = String, content_type = "text/event-stream"),
        (status = 204, description = "The end was seen already"),
        (status = 401, description = "No token", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No job of yours", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "Too many follow jobs", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn events(
    State(face): State<Arc<Face>>,
    SignedIn(actor): SignedIn,
    token: Token,
    Path(id): Path<Uuid>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    follow(face, &actor, By::Token(token), id, &headers).await
}

/// The events of a job for somebody who may follow it.
pub(in crate::http) async fn follow(
    face: Arc<Face>,
    actor: &Actor,
    by: By,
    id: Uuid,
    headers: &HeaderMap,
) -> Result<Response, Problem> {
    let job = jobs::show(&face.app, actor, id).await?;
    let last = headers.get("last-event-id").and_then(|value| value.to_str().ok());
    let seen = last.and_then(|last| last.trim().parse().ok()).unwrap_or(0);
    if job.state.is_final() && seen >= job.revision {
        return Ok(StatusCode::NO_CONTENT.into_response());
    }
    let place = Arc::clone(&face.followers).try_acquire_owned().map_err(|_| Problem::BUSY)?;
    let follower = Follower { face, by, id, seen, over: false, _place: place };
    let events = stream::unfold(follower, |mut follower| async {
        let event = follower.next().await?;
        Some((Ok::<_, Infallible>(event), follower))
    });
    Ok(Sse::new(events).keep_alive(KeepAlive::default()).into_response())
}

impl Follower {
    /// The next event; `None` behind the last, and where the client had better come again.
    async fn next(&mut self) -> Option<Event> {
        if self.over {
            return None;
        }
        let job = tokio::time::timeout(PATIENCE, self.moved()).await.ok()??;
        self.seen = job.revision;
        self.over = job.state.is_final();
        let kind = if self.over { job.state.word() } else { "progress" };
        Event::default().id(job.revision.to_string()).event(kind).json_data(JobShown::from(job)).ok()
    }

    /// The job as soon as it has moved; `None` where whoever follows may not any more, and when this process stops.
    async fn moved(&self) -> Option<Job> {
        let app = &self.face.app;
        while !jobs::is_stopping(app) {
            let actor = self.by.actor(&self.face).await.ok()??;
            let job = jobs::show(app, &actor, self.id).await.ok()?;
            if job.revision > self.seen {
                return Some(job);
            }
            jobs::moved(app, &actor, self.id, self.seen, ASKED).await.ok()?;
        }
        None
    }
}
