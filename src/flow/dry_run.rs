//! A large file is only checked, in the background: it is read to its end like one that is stored, with the same report of what is wrong,
//! and nothing of it is stored.
//!
//! Its bytes and its rejected rows lie apart from what is kept for good, for a week; so long it can be stored without being sent again.
//! A try that was interrupted leaves nothing to go on from: the next one begins anew.

use std::collections::HashSet;

use serde_json::json;
use uuid::Uuid;

use super::ahead::Ahead;
use super::jobs::{self, Job, Progress};
use super::large::{bytes, missing, note, read_order};
use super::order::{Measured, Order};
use super::read_ahead::ReadAhead;
use super::receipt::{Extent, Files, Receipt};
use super::receive::{self, Taken};
use super::spool::{Spooled, fetch};
use super::uploads::format_of;
use super::worked::Rejects;
use super::worker::{Halt, Run};
use super::{Actor, App, declare, moment, part, upload};
use crate::ingest::Described;
use crate::rules::{Digest, Instant, JobState};
use crate::store;
use crate::store::upload_parts::Part;

/// For so long what was checked can be read, fetched and stored, in milliseconds: a week.
const KEPT: i64 = 7 * 24 * 60 * 60 * 1000;

/// Why something was not done with a file that was checked.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The job itself.
    #[error(transparent)]
    Job(#[from] jobs::Error),
    /// It is no dry run, or has not come to its end.
    #[error("job {0} is no dry run that came to its end")]
    NotChecked(Uuid),
    /// No row was rejected, or that is not known yet.
    #[error("job {0} has no file of rejected rows")]
    NoFile(Uuid),
    /// The bytes are not kept any more.
    #[error("the file of job {0} is not kept any more: send it again")]
    Gone(Uuid),
    /// The file.
    #[error(transparent)]
    Upload(#[from] upload::Error),
    /// Our own trouble.
    #[error(transparent)]
    Store(#[from] store::Error),
}

/// Whether a job only checks a file.
#[must_use]
pub fn is_check(job: &Job) -> bool {
    read_order(job).is_some_and(|order| order.check_only)
}

/// What a job found that only checked a file: the counts that a receipt would have.
#[must_use]
pub fn found(job: &Job) -> Option<Receipt> {
    serde_json::from_value(job.outcome.as_ref()?.get("checked")?.clone()).ok()
}

/// Until when the bytes of a file that was checked are kept; none where the check has no end.
#[must_use]
pub fn kept_until(job: &Job) -> Option<Instant> {
    job.finished_at.filter(|_| is_check(job)).map(|at| Instant::from_millis(at.millis() + KEPT))
}

/// One try at a file.
struct Work<'a> {
    run: &'a Run<'a>,
    app: &'a App,
    order: Order,
    parts: Vec<Part>,
    progress: Progress,
    begun: Instant,
}

/// Reads a file to its end and tells what is wrong with it.
pub(super) async fn run(run: &Run<'_>, order: Order) -> Result<(), Halt> {
    let app = run.app;
    let progress = Progress { stage: "fetching".to_owned(), ..Progress::default() };
    let mut work = Work { run, app, order, parts: Vec::new(), progress, begun: app.now() };
    if work.tell().await? {
        return work.nothing().await;
    }
    let file = bytes(app, &work.order).await?.ok_or_else(missing)?;
    let (file, again) = file.twice().await?;
    match work.look(file).await? {
        Some(ahead) => work.check(again, ahead).await,
        None => work.nothing().await,
    }
}

impl Work<'_> {
    /// Writes how far it is; tells whether somebody wants it ended.
    async fn tell(&mut self) -> Result<bool, Halt> {
        let sum = |of: fn(&Part) -> u32| self.parts.iter().map(|part| u64::from(of(part))).sum();
        let elapsed = u64::try_from(self.app.now().millis() - self.begun.millis()).unwrap_or(0);
        let progress = &mut self.progress;
        progress.accepted = sum(|part| part.accepted);
        progress.corrected = sum(|part| part.corrected);
        progress.repeated = sum(|part| part.repeated);
        progress.rejected = sum(|part| part.rejected);
        progress.rows_per_second = (progress.rows_done * 1000).checked_div(elapsed);
        let mut tx = self.app.0.store.write().await?;
        let cancel = self.run.step(&mut tx, &self.progress).await?;
        tx.commit().await?;
        Ok(cancel)
    }

    /// Looks the file through: how many rows there are, and which of them rest on others. `None` where somebody wants the job ended.
    async fn look(&mut self, file: Spooled) -> Result<Option<Ahead>, Halt> {
        "counting".clone_into(&mut self.progress.stage);
        let mut reader = ReadAhead::open(self.app, &self.order, file).await?;
        let mut ahead = Ahead::of_check();
        while let Some(batch) = reader.next().await? {
            self.run.rest()?;
            ahead.look(&batch).ok_or_else(|| {
                Halt::Refused(
                    "变更操作过多，不能在后台一次校验：每份请不超过 100,000 条 / a file with so many operations is not checked at once: send it in pieces of 100,000"
                        .to_owned(),
                )
            })?;
            self.progress.rows_done += u64::try_from(batch.rows).unwrap_or(0);
            if self.tell().await? {
                return Ok(None);
            }
        }
        ahead.looked();
        let rows = self.progress.rows_done;
        self.begun = self.app.now();
        self.progress = Progress { rows_total: Some(rows), ..Progress::default() };
        Ok(Some(ahead))
    }

    /// Checks it part by part, each as if those before it were stored.
    async fn check(mut self, file: Spooled, mut ahead: Ahead) -> Result<(), Halt> {
        "checking".clone_into(&mut self.progress.stage);
        let mut reader = ReadAhead::open(self.app, &self.order, file).await?;
        let described = reader.described.clone();
        let mut rejects = Rejects::begin(self.app, &described).await?;
        while let Some(mut batch) = reader.next().await? {
            self.run.rest()?;
            let mut tx = self.app.0.store.read().await?;
            let now = moment::present(self.app, &mut tx).await??;
            let before = self.parts.last();
            let part =
                part::check_one(self.app, &mut tx, &self.order, before, &mut batch, &mut ahead, now).await?;
            drop(tx);
            self.parts.push(part);
            note(&mut self.progress, &batch);
            self.progress.rows_done += u64::try_from(batch.rows).unwrap_or(0);
            rejects = rejects.add(batch).await?;
            if self.tell().await? {
                return self.nothing().await;
            }
        }
        drop(ahead);
        self.conclude(&described, rejects).await
    }

    /// Ends a job that somebody wants ended.
    async fn nothing(&self) -> Result<(), Halt> {
        let outcome = json!({ "dry_run": true, "checked": null });
        let mut tx = self.app.0.store.write().await?;
        self.run.finish(&mut tx, JobState::Cancelled, &outcome, self.app.now()).await?;
        Ok(tx.commit().await?)
    }

    /// Tells what was found, and ends the job.
    async fn conclude(mut self, described: &Described, rejects: Rejects) -> Result<(), Halt> {
        "concluding".clone_into(&mut self.progress.stage);
        let (app, order) = (self.app, &self.order);
        let files = Files { listed: None, rejects: rejects.keep(&order.place(app)).await? };
        let found = Receipt::of(order, Some(described), Extent::Whole, &self.parts, files);
        let found = Receipt { rows_sha256: None, ..found }; // it stands for what is stored
        let mut tx = app.0.store.write().await?;
        let now = moment::present(app, &mut tx).await??;
        let coverage = match declare::with_upload(&mut tx, order, found.rejected > 0, now).await {
            Ok(coverage) => Ok(coverage.held_back),
            Err(declare::Error::Bad(bad)) => Err(bad.in_both()),
            Err(declare::Error::Store(error)) => return Err(error.into()),
        };
        let outcome = json!({
            "dry_run": true, "checked": found, "refused_whole": order.strict && found.rejected > 0,
            "format": described.format_name(), "encoding": described.encoding_name(),
            "parts": described.parts, "skipped": described.skipped,
            "faults": self.progress.faults, "warnings": self.progress.warnings,
            "warnings_in_all": self.progress.warnings_in_all,
            "coverage_held_back": coverage.as_ref().is_ok_and(|held_back| *held_back),
            "coverage_refused": coverage.as_ref().err(),
        });
        self.run.step(&mut tx, &self.progress).await?;
        self.run.finish(&mut tx, JobState::Done, &outcome, now).await?;
        Ok(tx.commit().await?)
    }
}

/// The rejected rows of a job as a file like the one sent, with what its name ends with and its media type.
pub async fn rejects(
    app: &App,
    actor: &Actor,
    id: Uuid,
) -> Result<(Spooled, &'static str, &'static str), Error> {
    let job = jobs::show(app, actor, id).await?;
    let receipt = job.outcome.as_ref().and_then(|outcome| outcome.get("receipt"));
    let stored = receipt.and_then(|receipt| serde_json::from_value::<Receipt>(receipt.clone()).ok());
    let order = read_order(&job).ok_or(Error::NoFile(id))?;
    let found = found(&job).or(stored).ok_or(Error::NoFile(id))?;
    let digest = found.rejects_sha256.ok_or(Error::NoFile(id))?;
    let format = format_of(&found);
    match fetch(app, &order.place(app), digest).await {
        Ok(Some(file)) => Ok((file, format.extension(), format.media_type())),
        Ok(None) | Err(store::Error::Corrupt(_)) => Err(Error::Gone(id)),
        Err(error) => Err(error.into()),
    }
}

/// Has a file stored that was checked, without its being sent again.
pub async fn for_real(app: &App, actor: &Actor, id: Uuid) -> Result<Taken, Error> {
    let job = jobs::show(app, actor, id).await?;
    let checked = read_order(&job).filter(|order| order.check_only && job.state == JobState::Done);
    let order = checked.ok_or(Error::NotChecked(id))?;
    if !jobs::is_kept(app, &job).await? {
        return Err(Error::Gone(id));
    }
    let measured = Measured { digest: order.file_sha256, bytes: order.file_bytes };
    Ok(receive::checked(app, actor, order.for_real(), measured).await?)
}

/// Forgets what was checked a week ago, and removes its bytes; tells how many jobs.
pub(super) async fn tidy(app: &App) -> Result<u64, store::Error> {
    let now = app.now();
    let all = store::jobs::checks(&mut app.0.store.read().await?).await?;
    let is_due = |job: &Job| job.finished_at.is_some_and(|at| now.millis() - at.millis() > KEPT);
    let (due, others): (Vec<Job>, Vec<Job>) = all.into_iter().partition(is_due);
    if due.is_empty() {
        return Ok(0);
    }
    let needed: HashSet<Digest> = others.iter().flat_map(objects).collect();
    let passing = app.0.objects.passing();
    let mut forgotten = 0;
    for job in due {
        for digest in objects(&job).into_iter().filter(|digest| !needed.contains(digest)) {
            passing.remove(digest).await?;
        }
        let mut tx = app.0.store.write().await?;
        store::jobs::forget(&mut tx, job.id).await?;
        tx.commit().await?;
        forgotten += 1;
    }
    Ok(forgotten)
}

/// The objects of a file that is only checked.
fn objects(job: &Job) -> Vec<Digest> {
    let file = read_order(job).map(|order| order.file_sha256);
    file.into_iter().chain(found(job).and_then(|found| found.rejects_sha256)).collect()
}
