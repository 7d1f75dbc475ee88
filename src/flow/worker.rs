//! Jobs are worked on: taken under a lease, tried again after trouble of ours, and set aside where that does not help.
//!
//! A worker may be dropped between any two of its steps, or sleep past its lease: another takes the job, and what the first
//! one does later does not commit. So every kind of job begins with what is stored already.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::sync::watch;
use uuid::Uuid;

use super::jobs::Progress;
use super::{App, SetBack, cases, dry_run, large, notices};
use crate::rules::{Instant, JobKind, JobState};
use crate::seal;
use crate::store::jobs::{Job, Lease};
use crate::store::{self, Tx, jobs};

/// How often a worker with nothing to do looks for something.
const LOOK: Duration = Duration::from_secs(1);
/// How often the queue is tidied, reminders are given, and repairs that became possible are told.
const TICK: Duration = Duration::from_mins(1);
/// The wait after the first failed try, in milliseconds; each further one waits twice as long.
const FIRST_WAIT: i64 = 5_000;
/// The longest wait between tries, in milliseconds.
const LONGEST_WAIT: i64 = 600_000;
/// Jobs that ended are kept so long, in milliseconds: 90 days. Receipts stay for ever.
const KEPT: i64 = 90 * 86_400_000;
/// What is told of a job that met an outage.
const OUTAGE: &str = "数据库暂不可用或存储空间不足，恢复后自动继续，无需操作 / the database is away or there is no room: the job goes on by itself once that is over";

/// Why a try came to no end.
#[derive(Debug)]
pub(super) enum Halt {
    /// Somebody else holds the job now.
    Lost,
    /// The process is told to stop.
    Stopped,
    /// Trouble of ours, in Chinese and English: a later try may succeed.
    Trouble(String),
    /// The database was away, or there was no room: a later try goes on, and this one does not count.
    Outage,
    /// Trying again does not help, for a reason in Chinese and English.
    Refused(String),
}

/// One try.
pub(super) struct Run<'a> {
    pub(super) app: &'a App,
    pub(super) job: &'a Job,
    lease: Lease,
    stop: watch::Receiver<bool>,
}

impl Run<'_> {
    /// Begins a durable step: proves, for as long as the transaction lasts, that the job is still held, and writes how far it
    /// is. Tells whether somebody wants it ended.
    pub(super) async fn step(&self, tx: &mut Tx, progress: &Progress) -> Result<bool, Halt> {
        let until = until(self.app);
        jobs::advance(tx, self.lease, &progress.value(), until).await?.ok_or(Halt::Lost)
    }

    /// Ends the job, in the transaction of its last step.
    pub(super) async fn finish(
        &self,
        tx: &mut Tx,
        state: JobState,
        outcome: &serde_json::Value,
        now: Instant,
    ) -> Result<(), Halt> {
        if !jobs::finish(tx, self.lease, state, outcome, now).await? {
            return Err(Halt::Lost);
        }
        Ok(notices::job(self.app, tx, self.job, state, now).await?)
    }

    /// A safe place to stop at.
    pub(super) fn rest(&self) -> Result<(), Halt> {
        if *self.stop.borrow() { Err(Halt::Stopped) } else { Ok(()) }
    }
}

impl From<store::Error> for Halt {
    fn from(error: store::Error) -> Self {
        let causes = std::iter::successors(Some(&error as &dyn std::error::Error), |error| error.source());
        let chain: Vec<String> = causes.map(ToString::to_string).collect();
        tracing::warn!(error = chain.join(": "), "a job met trouble");
        if error.is_outage() {
            return Self::Outage;
        }
        Self::Trouble(format!("存储出现问题 / {error}"))
    }
}

impl From<SetBack> for Halt {
    fn from(error: SetBack) -> Self {
        Self::Trouble(format!("服务器时钟早于日志，请先校准 / {error}"))
    }
}

impl From<seal::Error> for Halt {
    fn from(error: seal::Error) -> Self {
        tracing::error!(%error, "a receipt cannot be signed");
        Self::Trouble("回执无法签名 / the receipt cannot be signed".to_owned())
    }
}

/// Works on jobs, some at a time, until the process is told to stop.
pub async fn work(app: App) {
    let loops = (0..app.0.queue.how.at_once).map(|_| tokio::spawn(keep_working(app.clone())));
    let loops: Vec<_> = loops.chain([tokio::spawn(keep_sending(app.clone()))]).collect();
    let mut stop = app.0.queue.stop.subscribe();
    let mut ticks = tokio::time::interval(TICK);
    loop {
        tokio::select! {
            () = stopped(&mut stop) => break,
            _ = ticks.tick() => {
                tick(&app).await;
            }
        }
    }
    for one in loops {
        if let Err(error) = one.await {
            tracing::error!(%error, "a worker ended badly");
        }
    }
}

/// Waits until the process is told to stop.
async fn stopped(stop: &mut watch::Receiver<bool>) {
    drop(stop.wait_for(|stop| *stop).await);
}

/// What is done every minute. What fails is tried again in the next one.
async fn tick(app: &App) {
    match tidy(app).await {
        Ok(0) => {}
        Ok(forgotten) => tracing::info!(forgotten, "jobs that ended long ago were forgotten"),
        Err(error) => tracing::warn!(%error, "the queue was not tidied"),
    }
    match cases::remind(app).await {
        Ok(given) if given.is_empty() => {}
        Ok(given) => tracing::info!(reminders = given.len(), "reminders of cases were given"),
        Err(error) => tracing::warn!(%error, "reminders of cases were not given"),
    }
    match notices::look_for_repairs(app).await {
        Ok(0) => {}
        Ok(told) => tracing::info!(told, "repairs became possible"),
        Err(error) => tracing::warn!(%error, "nobody looked for repairs that became possible"),
    }
}

/// Forgets jobs that ended long ago, and what was told long ago; tells how much.
pub async fn tidy(app: &App) -> Result<u64, store::Error> {
    let mut tx = app.0.store.write().await?;
    let forgotten = jobs::forget_before(&mut tx, Instant::from_millis(app.now().millis() - KEPT)).await?;
    tx.commit().await?;
    Ok(forgotten + dry_run::tidy(app).await? + notices::tidy(app).await?)
}

/// Sends what is to be sent, as it comes.
async fn keep_sending(app: App) {
    let mut stop = app.0.queue.stop.subscribe();
    loop {
        let stopping = *stop.borrow();
        match notices::send(&app).await {
            Ok(sent) if sent == notices::Sent::default() => {}
            Ok(notices::Sent { taken, again, dead, .. }) => {
                tracing::info!(taken, again, dead, "messages went out");
            }
            Err(error) => tracing::warn!(%error, "messages were not sent"),
        }
        if stopping {
            return; // once more at the end: what was counted is written down
        }
        tokio::select! {
            () = tokio::time::sleep(LOOK) => {}
            () = stopped(&mut stop) => {}
        }
    }
}

async fn keep_working(app: App) {
    let mut stop = app.0.queue.stop.subscribe();
    while !*stop.borrow() {
        let woken = app.0.queue.wake.notified();
        match try_one(&app, None, Patience::UntilItIsBack).await {
            Ok(Some(_)) => continue,
            Ok(None) => {}
            Err(error) => tracing::warn!(%error, "no job can be taken"),
        }
        tokio::select! {
            () = woken => {}
            () = tokio::time::sleep(LOOK) => {}
            () = stopped(&mut stop) => {}
        }
    }
}

/// Takes the job that has been due the longest and works on it, once; tells which.
pub async fn work_once(app: &App) -> Result<Option<Uuid>, store::Error> {
    try_one(app, None, Patience::None).await
}

/// Works on one job, once, if it is due and nobody else does; tells whether it did.
pub async fn work_on(app: &App, id: Uuid) -> Result<bool, store::Error> {
    Ok(try_one(app, Some(id), Patience::None).await?.is_some())
}

/// Until when a worker holds what it holds now.
fn until(app: &App) -> Instant {
    let seconds = i64::try_from(app.0.queue.how.lease_seconds).unwrap_or(60);
    Instant::from_millis(app.now().millis() + seconds * 1000)
}

/// What is done where a database that is away keeps the end of a try from being written down.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Patience {
    /// It is told, and the job is taken again when its lease has run out.
    None,
    /// It is tried again until the database is back, or the process is told to stop.
    UntilItIsBack,
}

async fn try_one(app: &App, only: Option<Uuid>, patience: Patience) -> Result<Option<Uuid>, store::Error> {
    let owner = app.mint();
    let mut tx = app.0.store.write().await?;
    let Some(job) = jobs::claim(&mut tx, only, owner, app.now(), until(app)).await? else { return Ok(None) };
    tx.commit().await?;
    let mut stop = app.0.queue.stop.subscribe();
    let run = Run { app, job: &job, lease: Lease { job: job.id, owner }, stop: stop.clone() };
    let tries = app.0.queue.how.tries;
    let ended = if job.attempts > tries && !job.cancel {
        Err(Halt::Refused(format!(
            "已开始 {tries} 次，都没有做完 / it was begun {tries} times and never came to an end"
        )))
    } else {
        tokio::select! {
            ended = perform(&run) => ended,
            () = hold(app, run.lease) => Err(Halt::Lost),
        }
    };
    while let Err(error) = settle(&run, &ended).await {
        if patience == Patience::None || !error.is_outage() || *stop.borrow() {
            return Err(error);
        }
        tracing::warn!(id = %job.id, %error, "the end of a try waits for the database");
        tokio::select! {
            () = tokio::time::sleep(LOOK) => {}
            () = stopped(&mut stop) => {}
        }
    }
    Ok(Some(job.id))
}

/// Does what a kind of job is.
async fn perform(run: &Run<'_>) -> Result<(), Halt> {
    match run.job.kind {
        JobKind::Upload => large::run(run).await,
    }
}

/// Renews a lease until it is lost.
async fn hold(app: &App, lease: Lease) {
    let third = Duration::from_secs(app.0.queue.how.lease_seconds.max(3) / 3);
    loop {
        tokio::time::sleep(third).await;
        let renewed = async {
            let mut tx = app.0.store.write().await?;
            let held = jobs::renew(&mut tx, lease, until(app)).await?;
            tx.commit().await?;
            Ok::<_, store::Error>(held)
        };
        // Where the store does not answer the lease may run out; each step asks for itself whether it did.
        if let Ok(false) = renewed.await {
            return;
        }
    }
}

/// Ends a job that came to nothing, and tells whom it concerns.
async fn failed(run: &Run<'_>, tx: &mut Tx, why: &str, now: Instant) -> Result<(), store::Error> {
    if jobs::finish(tx, run.lease, JobState::Failed, &json!({ "reason": why }), now).await? {
        notices::job(run.app, tx, run.job, JobState::Failed, now).await?;
    }
    Ok(())
}

/// Puts a job where the end of a try leaves it.
async fn settle(run: &Run<'_>, ended: &Result<(), Halt>) -> Result<(), store::Error> {
    let Run { app, job, lease, .. } = run;
    let (id, kind) = (job.id, job.kind);
    let Err(halt) = ended else {
        tracing::info!(%id, %kind, "a job is done");
        return Ok(());
    };
    let mut tx = app.0.store.write().await?;
    let now = app.now();
    match halt {
        Halt::Lost => {
            tracing::warn!(%id, %kind, "a job passed to another worker");
            return Ok(());
        }
        Halt::Stopped => {
            jobs::put_off(&mut tx, *lease, now, false, None).await?;
        }
        Halt::Outage => {
            let times = outages(&mut tx, job).await?;
            tracing::warn!(%id, %kind, times, "a job waits for the database, or for room");
            let later = Instant::from_millis(now.millis() + wait_after(times));
            let told = json!({ "reason": OUTAGE, "outages": times });
            if !jobs::put_off(&mut tx, *lease, later, false, Some(&told)).await? {
                jobs::uncount(&mut tx, id).await?;
            }
        }
        Halt::Trouble(why) if job.attempts < app.0.queue.how.tries => {
            tracing::warn!(%id, %kind, why, tries = job.attempts, "a job is tried again later");
            let later = Instant::from_millis(now.millis() + wait_after(job.attempts));
            jobs::put_off(&mut tx, *lease, later, true, Some(&json!({ "reason": why }))).await?;
        }
        Halt::Trouble(why) => {
            tracing::error!(%id, %kind, why, tries = job.attempts, "a job failed");
            let tries = job.attempts;
            let (zh, en) = why.split_once(" / ").unwrap_or((why, why));
            let why = format!("已尝试 {tries} 次：{zh} / tried {tries} times: {en}");
            failed(run, &mut tx, &why, now).await?;
        }
        Halt::Refused(why) => {
            tracing::warn!(%id, %kind, why, "a job failed");
            failed(run, &mut tx, why, now).await?;
        }
    }
    tx.commit().await
}

/// How long a job waits after so many tries, in milliseconds.
fn wait_after(tries: u32) -> i64 {
    FIRST_WAIT.saturating_mul(1 << (tries.clamp(1, 16) - 1)).min(LONGEST_WAIT)
}

/// How many outages a job has met, one after the other, since it last got on.
async fn outages(tx: &mut Tx, job: &Job) -> Result<u32, store::Error> {
    let now = jobs::by_id(tx, job.id).await?.map(|now| Progress::of(&now).rows_done);
    let before = job.outcome.as_ref().and_then(|outcome| outcome.get("outages")).and_then(Value::as_u64);
    let got_on = now.is_some_and(|rows| rows > Progress::of(job).rows_done);
    let before = if got_on { 0 } else { before.unwrap_or(0) };
    Ok(u32::try_from(before).unwrap_or(u32::MAX).saturating_add(1))
}
