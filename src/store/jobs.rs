//! Work that outlives its request: a queue with leases.
//!
//! Whoever takes a job holds it under a name of its own for this one try ([`Lease`]). Each durable step of the work begins
//! with [`advance`] in its own transaction: where the lease has passed to somebody else it finds no row, and the step is not
//! committed.

use serde_json::Value;
use sqlx::types::Json;
use sqlx::{FromRow, QueryBuilder};
use uuid::Uuid;

use super::columns::count;
use super::{Error, Page, Tx, on};
use crate::rules::{CreditCode, Instant, JobKind, JobState};

/// What a job is about ends with this where a file is only checked.
pub const CHECK: &str = " check";

/// A job as it is kept.
#[derive(Clone, Debug, PartialEq)]
pub struct Job {
    /// Its id.
    pub id: Uuid,
    /// What is to be done.
    pub kind: JobKind,
    /// On what, in one spelling: of jobs that are open or failed there is one of a kind about it.
    pub about: String,
    /// The authority whose data it is about.
    pub authority: Option<CreditCode>,
    /// Everything that decides what is done.
    pub payload: Value,
    /// How it stands.
    pub state: JobState,
    /// How often a worker took it.
    pub attempts: u32,
    /// Nobody takes it before.
    pub run_after: Instant,
    /// Until when its worker holds it; others take it afterwards.
    pub lease_until: Option<Instant>,
    /// Somebody wants it ended.
    pub cancel: bool,
    /// How far it is.
    pub progress: Value,
    /// What came of it.
    pub outcome: Option<Value>,
    /// Counts the changes that somebody who watches can see.
    pub revision: u32,
    /// When it was asked for.
    pub created_at: Instant,
    /// By whom.
    pub created_by: String,
    /// When it ended.
    pub finished_at: Option<Instant>,
}

/// The right to work on a job, for one try.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lease {
    /// The job.
    pub job: Uuid,
    /// The name under which it is held: a fresh one for each try.
    pub owner: Uuid,
}

/// Whose jobs are listed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Whose {
    /// Everybody's.
    All,
    /// Those about an authority's data.
    Authority(CreditCode),
    /// Those that somebody asked for.
    Creator(String),
}

/// A job as its row has it.
#[derive(FromRow)]
struct Row {
    id: Uuid,
    kind: JobKind,
    about: String,
    authority: Option<CreditCode>,
    payload: Json<Value>,
    state: JobState,
    attempts: i64,
    run_after: Instant,
    lease_until: Option<Instant>,
    cancel: bool,
    progress: Json<Value>,
    outcome: Option<Json<Value>>,
    revision: i64,
    created_at: Instant,
    created_by: String,
    finished_at: Option<Instant>,
}

impl TryFrom<Row> for Job {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self, Error> {
        Ok(Self {
            id: row.id,
            kind: row.kind,
            about: row.about,
            authority: row.authority,
            payload: row.payload.0,
            state: row.state,
            attempts: count(row.attempts)?,
            run_after: row.run_after,
            lease_until: row.lease_until,
            cancel: row.cancel,
            progress: row.progress.0,
            outcome: row.outcome.map(|outcome| outcome.0),
            revision: count(row.revision)?,
            created_at: row.created_at,
            created_by: row.created_by,
            finished_at: row.finished_at,
        })
    }
}

/// Adds a job to the queue, unless one of its kind about the same thing is open or failed; tells whether it was added.
pub async fn insert(tx: &mut Tx, job: &Job) -> Result<bool, Error> {
    const SQL: &str = "
        INSERT INTO job (id, kind, about, authority, payload, state, attempts, run_after, cancel, progress, revision,
            created_at, created_by)
        VALUES ($1, $2, $3, $4, $5, 'queued', 0, $6, $7, $8, 1, $9, $10)
        ON CONFLICT DO NOTHING";
    let inserted = on!(tx, |conn| sqlx::query(SQL)
        .bind(job.id)
        .bind(job.kind)
        .bind(&job.about)
        .bind(job.authority)
        .bind(Json(&job.payload))
        .bind(job.run_after)
        .bind(false)
        .bind(Json(&job.progress))
        .bind(job.created_at)
        .bind(&job.created_by)
        .execute(conn)
        .await?
        .rows_affected());
    Ok(inserted == 1)
}

/// The job with an id.
pub async fn by_id(tx: &mut Tx, id: Uuid) -> Result<Option<Job>, Error> {
    const SQL: &str = "SELECT * FROM job WHERE id = $1";
    let row: Option<Row> = on!(tx, |conn| sqlx::query_as(SQL).bind(id).fetch_optional(conn).await?);
    row.map(Job::try_from).transpose()
}

/// The open or failed job of a kind about something.
pub async fn open_about(tx: &mut Tx, kind: JobKind, about: &str) -> Result<Option<Job>, Error> {
    const SQL: &str =
        "SELECT * FROM job WHERE kind = $1 AND about = $2 AND state IN ('queued', 'running', 'failed')";
    let row: Option<Row> =
        on!(tx, |conn| sqlx::query_as(SQL).bind(kind).bind(about).fetch_optional(conn).await?);
    row.map(Job::try_from).transpose()
}

/// The jobs that only check something, oldest first.
pub async fn checks(tx: &mut Tx) -> Result<Vec<Job>, Error> {
    const SQL: &str = "SELECT * FROM job WHERE about LIKE '%' || $1 ORDER BY created_at, id";
    let rows: Vec<Row> = on!(tx, |conn| sqlx::query_as(SQL).bind(CHECK).fetch_all(conn).await?);
    rows.into_iter().map(Job::try_from).collect()
}

/// Forgets a job that is over.
pub async fn forget(tx: &mut Tx, id: Uuid) -> Result<(), Error> {
    const SQL: &str = "DELETE FROM job WHERE id = $1 AND state IN ('done', 'cancelled', 'failed')";
    on!(tx, |conn| sqlx::query(SQL).bind(id).execute(conn).await?.rows_affected());
    Ok(())
}

/// The jobs of a kind about an authority's data that are open or failed.
pub async fn unfinished(tx: &mut Tx, kind: JobKind, authority: CreditCode) -> Result<Vec<Job>, Error> {
    const SQL: &str = "SELECT * FROM job WHERE kind = $1 AND authority = $2
        AND state IN ('queued', 'running', 'failed') ORDER BY created_at, id";
    let rows: Vec<Row> =
        on!(tx, |conn| sqlx::query_as(SQL).bind(kind).bind(authority).fetch_all(conn).await?);
    rows.into_iter().map(Job::try_from).collect()
}

/// Jobs, newest first; with `before`, those after the one that has this time and id.
pub async fn listed(
    tx: &mut Tx,
    whose: &Whose,
    before: Option<(Instant, Uuid)>,
    limit: u32,
) -> Result<Vec<Job>, Error> {
    let rows: Vec<Row> = on!(tx, |conn| {
        let mut sql = QueryBuilder::new("SELECT * FROM job WHERE 1 = 1");
        match whose {
            Whose::All => {}
            Whose::Authority(code) => {
                sql.push(" AND authority = ").push_bind(*code);
            }
            Whose::Creator(name) => {
                sql.push(" AND created_by = ").push_bind(name);
            }
        }
        if let Some((at, id)) = before {
            sql.push(" AND (created_at, id) < (").push_bind(at).push(", ").push_bind(id).push(")");
        }
        sql.push(" ORDER BY created_at DESC, id DESC LIMIT ").push_bind(i64::from(limit));
        sql.build_query_as().fetch_all(conn).await?
    });
    rows.into_iter().map(Job::try_from).collect()
}

/// The jobs that failed, of an authority or of everybody, newest first, and how many there are in all.
pub async fn failed(
    tx: &mut Tx,
    authority: Option<CreditCode>,
    page: Page,
) -> Result<(Vec<Job>, u32), Error> {
    const COUNT: &str = "SELECT count(*) FROM job WHERE state = 'failed' AND ($1 IS NULL OR authority = $1)";
    const SQL: &str = "SELECT * FROM job WHERE state = 'failed' AND ($1 IS NULL OR authority = $1)
        ORDER BY created_at DESC, id DESC LIMIT $2 OFFSET $3";
    let total: i64 = on!(&mut *tx, |conn| sqlx::query_scalar(COUNT).bind(authority).fetch_one(conn).await?);
    let rows: Vec<Row> = on!(tx, |conn| sqlx::query_as(SQL)
        .bind(authority)
        .bind(i64::from(page.limit))
        .bind(i64::from(page.offset))
        .fetch_all(conn)
        .await?);
    Ok((rows.into_iter().map(Job::try_from).collect::<Result<_, _>>()?, count(total)?))
}

/// How many jobs wait or are worked on, and how many failed.
pub async fn counts(tx: &mut Tx) -> Result<(u32, u32), Error> {
    const SQL: &str = "SELECT count(CASE WHEN state IN ('queued', 'running') THEN 1 END), \
        count(CASE WHEN state = 'failed' THEN 1 END) FROM job WHERE state IN ('queued', 'running', 'failed')";
    let (open, failed): (i64, i64) = on!(tx, |conn| sqlx::query_as(SQL).fetch_one(conn).await?);
    Ok((count(open)?, count(failed)?))
}

/// Takes the job that has been due the longest, or the one with this id if it is due: one that waits, or one whose worker
/// has let its lease run out.
pub async fn claim(
    tx: &mut Tx,
    only: Option<Uuid>,
    owner: Uuid,
    now: Instant,
    until: Instant,
) -> Result<Option<Job>, Error> {
    // Two that find the same job: the second waits for the first and then finds it taken.
    const SQL: &str = "
        UPDATE job SET state = 'running', attempts = attempts + 1, lease_owner = $1, lease_until = $3,
            revision = revision + 1
        WHERE id = (SELECT id FROM job
                WHERE ((state = 'queued' AND run_after <= $2) OR (state = 'running' AND lease_until < $2))
                    AND ($4 IS NULL OR id = $4)
                ORDER BY run_after, id LIMIT 1)
            AND ((state = 'queued' AND run_after <= $2) OR (state = 'running' AND lease_until < $2))
        RETURNING *";
    let row: Option<Row> = on!(tx, |conn| sqlx::query_as(SQL)
        .bind(owner)
        .bind(now)
        .bind(until)
        .bind(only)
        .fetch_optional(conn)
        .await?);
    row.map(Job::try_from).transpose()
}

/// Holds a job for longer; tells whether it is still held.
pub async fn renew(tx: &mut Tx, lease: Lease, until: Instant) -> Result<bool, Error> {
    const SQL: &str = "UPDATE job SET lease_until = $3 WHERE id = $1 AND lease_owner = $2";
    let held = on!(tx, |conn| sqlx::query(SQL)
        .bind(lease.job)
        .bind(lease.owner)
        .bind(until)
        .execute(conn)
        .await?
        .rows_affected());
    Ok(held == 1)
}

/// Begins a durable step: writes how far the job is, holds it for longer, and keeps it until the transaction ends. Tells
/// whether somebody wants it ended; `None` where it is held no more.
pub async fn advance(
    tx: &mut Tx,
    lease: Lease,
    progress: &Value,
    until: Instant,
) -> Result<Option<bool>, Error> {
    const SQL: &str = "UPDATE job SET progress = $3, lease_until = $4, revision = revision + 1
        WHERE id = $1 AND lease_owner = $2 RETURNING cancel";
    Ok(on!(tx, |conn| sqlx::query_scalar(SQL)
        .bind(lease.job)
        .bind(lease.owner)
        .bind(Json(progress))
        .bind(until)
        .fetch_optional(conn)
        .await?))
}

/// Ends a job that is held; tells whether it was.
pub async fn finish(
    tx: &mut Tx,
    lease: Lease,
    state: JobState,
    outcome: &Value,
    at: Instant,
) -> Result<bool, Error> {
    const SQL: &str = "UPDATE job SET state = $3, outcome = $4, finished_at = $5, lease_owner = NULL,
            lease_until = NULL, revision = revision + 1
        WHERE id = $1 AND lease_owner = $2";
    let ended = on!(tx, |conn| sqlx::query(SQL)
        .bind(lease.job)
        .bind(lease.owner)
        .bind(state)
        .bind(Json(outcome))
        .bind(at)
        .execute(conn)
        .await?
        .rows_affected());
    Ok(ended == 1)
}

/// Gives a job back, to be taken again later; a try that was only interrupted, or met an outage, does not count. Tells whether it
/// was held.
pub async fn put_off(
    tx: &mut Tx,
    lease: Lease,
    run_after: Instant,
    counts: bool,
    trouble: Option<&Value>,
) -> Result<bool, Error> {
    const SQL: &str =
        "UPDATE job SET state = 'queued', run_after = $3, attempts = attempts - $4, outcome = $5,
            lease_owner = NULL, lease_until = NULL, revision = revision + 1
        WHERE id = $1 AND lease_owner = $2";
    let held = on!(tx, |conn| sqlx::query(SQL)
        .bind(lease.job)
        .bind(lease.owner)
        .bind(run_after)
        .bind(i64::from(!counts))
        .bind(trouble.map(Json))
        .execute(conn)
        .await?
        .rows_affected());
    Ok(held == 1)
}

/// A try that met an outage does not count, whoever has the job by now.
pub async fn uncount(tx: &mut Tx, id: Uuid) -> Result<(), Error> {
    const SQL: &str = "UPDATE job SET attempts = attempts - 1
        WHERE id = $1 AND state IN ('queued', 'running') AND attempts > CASE WHEN state = 'running' THEN 1 ELSE 0 END";
    on!(tx, |conn| sqlx::query(SQL).bind(id).execute(conn).await?.rows_affected());
    Ok(())
}

/// Wants a job ended. One that no worker ever took – nothing changed since it was added – is ended at once; any other ends when its
/// worker, or the next one, comes to a safe place, with a receipt for what was stored. Tells whether there was anything to end.
pub async fn cancel(tx: &mut Tx, id: Uuid, now: Instant) -> Result<bool, Error> {
    const SQL: &str = "UPDATE job SET cancel = $3, revision = revision + 1,
            run_after = CASE WHEN state = 'running' THEN run_after ELSE $2 END,
            finished_at = CASE WHEN state = 'queued' AND revision = 1 THEN $2 END,
            state = CASE WHEN state = 'running' THEN 'running' WHEN state = 'queued' AND revision = 1 THEN 'cancelled'
                ELSE 'queued' END
        WHERE id = $1 AND state IN ('queued', 'running', 'failed')";
    let wanted =
        on!(tx, |conn| sqlx::query(SQL).bind(id).bind(now).bind(true).execute(conn).await?.rows_affected());
    Ok(wanted == 1)
}

/// Puts a failed job back into the queue, to be tried afresh; tells whether it had failed.
pub async fn revive(tx: &mut Tx, id: Uuid, payload: &Value, now: Instant) -> Result<bool, Error> {
    const SQL: &str =
        "UPDATE job SET state = 'queued', attempts = 0, run_after = $3, payload = $2, cancel = $4,
            outcome = NULL, finished_at = NULL, revision = revision + 1
        WHERE id = $1 AND state = 'failed'";
    let revived = on!(tx, |conn| sqlx::query(SQL)
        .bind(id)
        .bind(Json(payload))
        .bind(now)
        .bind(false)
        .execute(conn)
        .await?
        .rows_affected());
    Ok(revived == 1)
}

/// Forgets jobs that were done or cancelled before an instant, and tells how many.
pub async fn forget_before(tx: &mut Tx, before: Instant) -> Result<u64, Error> {
    const SQL: &str = "DELETE FROM job WHERE state IN ('done', 'cancelled') AND finished_at < $1";
    Ok(on!(tx, |conn| sqlx::query(SQL).bind(before).execute(conn).await?.rows_affected()))
}
