//! Work that outlives its request: asked for, followed, ended, tried again. `worker` does it.
//!
//! # Why no library
//!
//! Of the well-kept ones only `apalis` 1.0 speaks sqlx 0.9 and both engines (`fang`, `sqlxmq` and `underway` are on 0.8 or
//! one engine). It was not taken, for what it does with the database: its queries ask the database for the time; its tables
//! come with a second set of migrations in another shape for each engine; and it holds a pool of its own, so that neither
//! adding a job nor telling that it is still held can be part of our transactions. The last is what nothing can be lost or
//! doubled by: a step of the work commits only together with the proof that its worker still holds the job.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio::sync::{Notify, watch};
use uuid::Uuid;

use super::record::record;
use super::{Actor, App, Forbidden, Role, SetBack, desk, large, moment};
use crate::config;
use crate::rules::{CreditCode, Desk, DomainId, Instant, JobKind, JobState};
pub use crate::store::jobs::Job;
use crate::store::jobs::Whose;
use crate::store::{self, Page, Tx, authorities, jobs};

/// Jobs listed at a time, at most.
pub const PAGE: u32 = 100;
/// Jobs of an authority looked through for a clerk of some of its domains.
const LOOKED_THROUGH: usize = 1_000;
/// How often somebody who watches a job is told whether it moved.
const LOOK: Duration = Duration::from_millis(300);

/// What the workers of this process share.
#[derive(Debug)]
pub(super) struct Queue {
    pub(super) how: config::Jobs,
    /// Somebody added a job.
    pub(super) wake: Notify,
    /// Whether the process is told to stop.
    pub(super) stop: watch::Sender<bool>,
}

impl Queue {
    pub(super) fn new(how: &config::Jobs) -> Self {
        Self { how: how.clone(), wake: Notify::new(), stop: watch::Sender::new(false) }
    }
}

/// How far a job is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// `waiting`, `fetching`, `counting`, `checking`, `storing` or `concluding`.
    pub stage: String,
    /// Rows worked off.
    pub rows_done: u64,
    /// Rows in all, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rows_total: Option<u64>,
    /// Rows a second since its worker began.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rows_per_second: Option<u64>,
    /// Rows stored.
    pub accepted: u64,
    /// Of the accepted, corrections.
    pub corrected: u64,
    /// Rows that were known already.
    pub repeated: u64,
    /// Rows refused.
    pub rejected: u64,
    /// The first faults, as they are told.
    pub faults: Vec<Value>,
    /// The first things that are odd but were taken, as they are told.
    #[serde(default)]
    pub warnings: Vec<Value>,
    /// How many there are in all.
    #[serde(default)]
    pub warnings_in_all: u64,
}

impl Progress {
    /// How far a job was when it was kept.
    #[must_use]
    pub fn of(job: &Job) -> Self {
        serde_json::from_value(job.progress.clone()).unwrap_or_default()
    }

    pub(super) fn value(&self) -> Value {
        serde_json::to_value(self).unwrap_or_default()
    }
}

/// Why something was not done with a job.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is none, or it is somebody else's: the two are not told apart.
    #[error("there is no job {0}, or it is not yours")]
    Unknown(Uuid),
    /// It is over.
    #[error("job {0} is {1} already")]
    Over(Uuid, JobState),
    /// Only what failed is tried again.
    #[error("job {0} is {1}: only a failed job is tried again")]
    NotFailed(Uuid, JobState),
    /// There is nothing to work on any more.
    #[error("the file of job {0} is not kept any more: send it again, and the job goes on")]
    Gone(Uuid),
    /// Only the operator does this, and who may send the file.
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    /// The clock stands before what the journal has already seen.
    #[error(transparent)]
    Clock(#[from] SetBack),
    /// Our own trouble.
    #[error(transparent)]
    Store(#[from] store::Error),
}

/// A job to be added.
pub(super) struct Wanted<'a> {
    pub(super) kind: JobKind,
    /// On what, in one spelling.
    pub(super) about: String,
    pub(super) authority: Option<CreditCode>,
    pub(super) payload: Value,
    pub(super) by: &'a Actor,
}

/// Adds a job, or gives the one that is open or failed about the same thing.
pub(super) async fn enqueue(
    app: &App,
    tx: &mut Tx,
    wanted: Wanted<'_>,
    now: Instant,
) -> Result<(Job, bool), store::Error> {
    let Wanted { kind, about, authority, payload, by } = wanted;
    let job = Job {
        id: app.mint(),
        kind,
        about,
        authority,
        payload,
        state: JobState::Queued,
        attempts: 0,
        run_after: now.min(app.now()), // by the clock, since moments in the journal may run ahead of it
        lease_until: None,
        cancel: false,
        progress: Progress { stage: "waiting".to_owned(), ..Progress::default() }.value(),
        outcome: None,
        revision: 1,
        created_at: now,
        created_by: by.name.clone(),
        finished_at: None,
    };
    if jobs::insert(tx, &job).await? {
        return Ok((job, true));
    }
    let open = jobs::open_about(tx, kind, &job.about).await?;
    open.map(|open| (open, false)).ok_or(store::Error::Conflict)
}

/// A job that the actor may follow.
pub async fn show(app: &App, actor: &Actor, id: Uuid) -> Result<Job, Error> {
    own(&mut app.0.store.read().await?, actor, id).await
}

/// A job, as soon as it has moved beyond a revision, or as it is when patience ends.
pub async fn moved(
    app: &App,
    actor: &Actor,
    id: Uuid,
    beyond: u32,
    patience: Duration,
) -> Result<Job, Error> {
    let waited = async {
        loop {
            let job = show(app, actor, id).await?;
            if job.revision > beyond || job.state.is_final() || is_stopping(app) {
                return Ok(job);
            }
            tokio::time::sleep(LOOK).await;
        }
    };
    match tokio::time::timeout(patience, waited).await {
        Ok(moved) => moved,
        Err(_) => show(app, actor, id).await,
    }
}

/// The jobs that the actor may follow, newest first; with `before`, those after the one that has this time and id.
pub async fn list(
    app: &App,
    actor: &Actor,
    before: Option<(Instant, Uuid)>,
    limit: u32,
) -> Result<Vec<Job>, Error> {
    let whose = match &actor.role {
        Role::Operator => Whose::All,
        Role::Regulator(code) => Whose::Authority(*code),
        Role::Clerk(_) => return of_desks(app, actor, before, limit.clamp(1, PAGE)).await,
        _ => Whose::Creator(actor.name.clone()),
    };
    let mut tx = app.0.store.read().await?;
    Ok(jobs::listed(&mut tx, &whose, before, limit.clamp(1, PAGE)).await?)
}

/// The jobs of a clerk's desks. Of an authority's jobs those about other domains are passed over.
async fn of_desks(
    app: &App,
    actor: &Actor,
    before: Option<(Instant, Uuid)>,
    limit: u32,
) -> Result<Vec<Job>, Error> {
    let mut tx = app.0.store.read().await?;
    let mut found = Vec::new();
    for (desk, _) in desk::seats(&mut tx, actor).await? {
        found.extend(of_desk(&mut tx, &desk, before, limit).await?);
    }
    found.sort_by_key(|job| std::cmp::Reverse((job.created_at, job.id)));
    found.truncate(limit as usize);
    Ok(found)
}

/// The jobs of one desk, newest first.
async fn of_desk(
    tx: &mut Tx,
    desk: &Desk,
    mut before: Option<(Instant, Uuid)>,
    limit: u32,
) -> Result<Vec<Job>, store::Error> {
    let (whose, mut looked) = (Whose::Authority(desk.authority), 0);
    let mut here = Vec::new();
    while here.len() < limit as usize && looked < LOOKED_THROUGH {
        let part = jobs::listed(tx, &whose, before, PAGE).await?;
        let Some(last) = part.last() else { break };
        before = Some((last.created_at, last.id));
        looked += part.len();
        here.extend(part.into_iter().filter(|job| desk.covers(domain_of(job).as_ref())));
    }
    here.truncate(limit as usize);
    Ok(here)
}

/// The jobs of the actor's desk at an authority, newest first; with `before`, those after the one that has this time and id.
pub async fn at_desk(
    app: &App,
    actor: &Actor,
    authority: CreditCode,
    before: Option<(Instant, Uuid)>,
    limit: u32,
) -> Result<Vec<Job>, Error> {
    let mut tx = app.0.store.read().await?;
    match desk::at(&mut tx, actor, authority).await? {
        Some(desk) => Ok(of_desk(&mut tx, &desk, before, limit.clamp(1, PAGE)).await?),
        None => Ok(Vec::new()),
    }
}

/// The name of the file that a job is about.
#[must_use]
pub fn file_name(job: &Job) -> String {
    large::read_order(job).map(|order| order.file_name).unwrap_or_default()
}

/// The domain that a job is about, where it is about one.
pub(super) fn domain_of(job: &Job) -> Option<DomainId> {
    large::read_order(job).and_then(|order| order.domain)
}

/// Wants a job ended: what waits ends at once, what is worked on at its next safe place.
pub async fn cancel(app: &App, actor: &Actor, id: Uuid) -> Result<Job, Error> {
    let mut tx = app.0.store.write().await?;
    let now = moment::hold(app, &mut tx).await??;
    let job = own(&mut tx, actor, id).await?;
    if !jobs::cancel(&mut tx, id, app.now()).await? {
        return Err(Error::Over(id, job.state));
    }
    let details = json!({ "kind": job.kind, "about": job.about, "state": job.state });
    record(&mut tx, now, actor, "cancel-job", id.to_string(), details).await?;
    let job = own(&mut tx, actor, id).await?;
    tx.commit().await?;
    app.0.queue.wake.notify_waiters();
    Ok(job)
}

/// Has a failed job tried again: whoever runs the service, and whoever may send its file, as long as that is kept.
pub async fn retry(app: &App, actor: &Actor, id: Uuid) -> Result<Job, Error> {
    let mut tx = app.0.store.read().await?;
    let job = revivable(&mut tx, actor, id).await?;
    drop(tx);
    if job.state == JobState::Failed && !is_kept(app, &job).await? {
        return Err(Error::Gone(id));
    }
    let mut tx = app.0.store.write().await?;
    let now = moment::hold(app, &mut tx).await??;
    let job = revivable(&mut tx, actor, id).await?;
    if !jobs::revive(&mut tx, id, &job.payload, app.now()).await? {
        return Err(Error::NotFailed(id, job.state));
    }
    let details = json!({ "kind": job.kind, "about": job.about });
    record(&mut tx, now, actor, "retry-job", id.to_string(), details).await?;
    let job = jobs::by_id(&mut tx, id).await?.ok_or(Error::Unknown(id))?;
    tx.commit().await?;
    app.0.queue.wake.notify_waiters();
    Ok(job)
}

/// A job that the actor may have tried again.
async fn revivable(tx: &mut Tx, actor: &Actor, id: Uuid) -> Result<Job, Error> {
    if actor.may_operate().is_ok() {
        return jobs::by_id(tx, id).await?.ok_or(Error::Unknown(id));
    }
    let job = own(tx, actor, id).await?;
    let authority = job.authority.ok_or(Error::Unknown(id))?;
    let authority = authorities::by_code(tx, authority).await?.ok_or(Error::Unknown(id))?;
    actor.may_upload(&authority, domain_of(&job).as_ref())?;
    Ok(job)
}

/// Whether what a job works on is still there.
pub async fn is_kept(app: &App, job: &Job) -> Result<bool, store::Error> {
    match large::read_order(job) {
        // What was checked need not be sent again to be stored.
        Some(order) => Ok(order.place(app).has(order.file_sha256).await?
            || app.0.objects.passing().objects().has(order.file_sha256).await?),
        None => Ok(false),
    }
}

/// The jobs of everybody that failed and wait for somebody, newest first, and how many there are in all.
pub async fn failed(app: &App, actor: &Actor, page: Page) -> Result<(Vec<Job>, u32), Error> {
    actor.may_inspect()?;
    let mut tx = app.0.store.read().await?;
    Ok(jobs::failed(&mut tx, None, page).await?)
}

/// The jobs of a desk that failed and wait for somebody, newest first.
pub async fn failed_at(app: &App, actor: &Actor, authority: CreditCode) -> Result<Vec<Job>, Error> {
    let mut tx = app.0.store.read().await?;
    let Some(desk) = desk::at(&mut tx, actor, authority).await? else { return Ok(Vec::new()) };
    let page = Page { offset: 0, limit: PAGE };
    let (mut found, _) = jobs::failed(&mut tx, Some(authority), page).await?;
    found.retain(|job| desk.covers(domain_of(job).as_ref()));
    Ok(found)
}

/// How many jobs are open, and how many failed and wait for somebody.
pub async fn counts(app: &App) -> Result<(u32, u32), store::Error> {
    jobs::counts(&mut app.0.store.read().await?).await
}

/// Tells the workers of this process, and all who watch, to come to an end.
pub fn stop(app: &App) {
    app.0.queue.stop.send_replace(true);
}

/// Whether this process was told to stop.
#[must_use]
pub fn is_stopping(app: &App) -> bool {
    *app.0.queue.stop.borrow()
}

async fn own(tx: &mut Tx, actor: &Actor, id: Uuid) -> Result<Job, Error> {
    let job = jobs::by_id(tx, id).await?.ok_or(Error::Unknown(id))?;
    let own = match (&actor.role, job.authority) {
        (Role::Operator, _) => true,
        (Role::Regulator(_) | Role::Clerk(_), Some(authority)) => {
            desk::reaches(tx, actor, authority, domain_of(&job).as_ref()).await?
        }
        (Role::Regulator(_) | Role::Clerk(_), None) => false,
        _ => job.created_by == actor.name,
    };
    if own { Ok(job) } else { Err(Error::Unknown(id)) }
}
