//! A large file becomes records in the background: part by part, each in one transaction, and at the end one receipt.
//!
//! What is stored of a file stays stored, whatever happens to the process: another run reads the file again, passes over the
//! parts that are there, and ends with the same receipt. Everything that decides what becomes of a row is in the payload of
//! the job ([`Order`]) or in the parts.

use std::borrow::Cow;

use serde_json::{Value, json};

use super::ahead::Ahead;
use super::jobs::{Job, Progress};
use super::order::Order;
use super::read_ahead::ReadAhead;
use super::receipt::{Extent, Files, Receipt, Signed};
use super::record::record;
use super::spool::{Spooled, fetch};
use super::upload::{self, TRIES};
use super::worked::{Rejects, listed_file};
use super::worker::{Halt, Run};
use super::{App, declare, dry_run, moment, part};
use crate::ingest::{Batch, Described};
use crate::rules::{Instant, JobState};
use crate::store::upload_parts::{self, Part};
use crate::store::{self, Objects, declarations, uploads};

/// Faults and oddities that are told with a job; the file of rejected rows has all faults.
const TOLD: usize = 100;

/// What a job was asked for.
pub(super) fn read_order(job: &Job) -> Option<Order> {
    serde_json::from_value(job.payload.clone()).ok()
}

/// One try at a file.
struct Work<'a> {
    run: &'a Run<'a>,
    app: &'a App,
    order: Order,
    parts: Vec<Part>,
    progress: Progress,
    begun: (Instant, u64),
}

/// Works on a file: from what is stored of it to its receipt.
pub(super) async fn run(run: &Run<'_>) -> Result<(), Halt> {
    let app = run.app;
    let order = read_order(run.job)
        .ok_or(Halt::Refused("任务内容无法读取 / what was asked for cannot be read".to_owned()))?;
    if order.check_only {
        return dry_run::run(run, order).await;
    }
    let mut tx = app.0.store.read().await?;
    let kept = uploads::by_id(&mut tx, order.upload).await?;
    let other = uploads::by_file(&mut tx, order.authority.code, order.file_sha256, &order.options).await?;
    let other = other.map(|(other, _)| other);
    let parts = upload_parts::of(&mut tx, order.upload).await?;
    drop(tx);
    // Kept but reported lost; or taken in by another way before anything was stored.
    if let Some(kept) = kept.or_else(|| other.clone().filter(|_| parts.is_empty())) {
        return already(run, &kept).await;
    }
    let begun = (app.now(), parts.last().map_or(0, |part| part.last_row.into()));
    let progress = Progress { stage: "fetching".to_owned(), ..Progress::default() };
    let mut work = Work { run, app, order, parts, progress, begun };
    // Where the same file was taken in by another way meanwhile, there is nothing left to do but to say what was stored here.
    let cancelled = work.tell().await? || other.is_some();
    if cancelled && work.parts.is_empty() {
        return work.nothing().await;
    }
    match (bytes(app, &work.order).await?, cancelled) {
        (Some(file), _) => work.off(file, cancelled).await,
        (None, true) => work.conclude(None, None, Extent::Cancelled).await,
        (None, false) => Err(missing()),
    }
}

/// The bytes of a file, where they are as they were.
pub(super) async fn bytes(app: &App, order: &Order) -> Result<Option<Spooled>, store::Error> {
    let whole = async |place: &Objects| match fetch(app, place, order.file_sha256).await {
        Err(store::Error::Corrupt(_)) => Ok(None),
        fetched => fetched,
    };
    let place = order.place(app);
    if let Some(file) = whole(&place).await? {
        return Ok(Some(file));
    }
    // It was checked before, and was not sent again to be stored: from now on it is kept for good.
    let Some(file) = whole(app.0.objects.passing().objects()).await? else { return Ok(None) };
    let (file, again) = file.twice().await?;
    again.keep(&place).await?;
    Ok(Some(file))
}

/// They are not.
pub(super) fn missing() -> Halt {
    Halt::Refused(
        "原文件已不在或被改动：请重新上传同一文件，任务会接着处理 / the file is not kept any more, or was changed: send it again, and the job goes on".to_owned(),
    )
}

/// The receipt is there already.
async fn already(run: &Run<'_>, kept: &uploads::Upload) -> Result<(), Halt> {
    let signed = Signed::kept(kept)?;
    let state = match signed.receipt.extent {
        Extent::Whole => JobState::Done,
        Extent::Cancelled => JobState::Cancelled,
    };
    let outcome = json!({ "receipt": signed.receipt, "signature": signed.signature });
    let mut tx = run.app.0.store.write().await?;
    run.finish(&mut tx, state, &outcome, run.app.now()).await?;
    Ok(tx.commit().await?)
}

impl Work<'_> {
    /// Writes how far it is; tells whether somebody wants it ended.
    async fn tell(&mut self) -> Result<bool, Halt> {
        self.count();
        let mut tx = self.app.0.store.write().await?;
        let cancel = self.run.step(&mut tx, &self.progress).await?;
        tx.commit().await?;
        Ok(cancel)
    }

    /// Brings the counts up to date.
    fn count(&mut self) {
        let sum = |of: fn(&Part) -> u32| self.parts.iter().map(|part| u64::from(of(part))).sum();
        let (begun_at, begun_with) = self.begun;
        let elapsed = u64::try_from(self.app.now().millis() - begun_at.millis()).unwrap_or(0);
        let progress = &mut self.progress;
        progress.accepted = sum(|part| part.accepted);
        progress.corrected = sum(|part| part.corrected);
        progress.repeated = sum(|part| part.repeated);
        progress.rejected = sum(|part| part.rejected);
        if progress.stage != "checking" {
            progress.rows_done = sum(|part| part.submitted);
        }
        let rows = progress.rows_done.saturating_sub(begun_with);
        progress.rows_per_second = (rows * 1000).checked_div(elapsed);
    }

    /// Works the file off, to its end or only over what is stored of it.
    async fn off(mut self, file: Spooled, cancelled: bool) -> Result<(), Halt> {
        let checked =
            if self.order.strict && self.parts.is_empty() { self.check(file).await? } else { Some(file) };
        let Some(file) = checked else { return self.nothing().await };
        "storing".clone_into(&mut self.progress.stage);
        let mut reader = ReadAhead::open(self.app, &self.order, file).await?;
        let described = reader.described.clone();
        let mut rejects = Rejects::begin(self.app, &described).await?;
        let kept = self.parts.clone();
        for part in &kept {
            let batch = reader.next().await?.filter(|batch| is_of(batch, part));
            let mut batch = batch.ok_or_else(|| {
                Halt::Refused("文件的读法与首批行入库时不同，不能接着处理 / the file is read otherwise than when its first rows were stored".to_owned())
            })?;
            part::refuse_again(self.app, part, &mut batch).await?;
            rejects = self.passed(rejects, batch).await?;
        }
        if cancelled {
            return self.conclude(Some(&described), Some(rejects), Extent::Cancelled).await;
        }
        while let Some(batch) = reader.next().await? {
            self.run.rest()?;
            let Some(batch) = self.part(batch).await? else {
                return self.conclude(Some(&described), Some(rejects), Extent::Cancelled).await;
            };
            rejects = self.passed(rejects, batch).await?;
        }
        self.conclude(Some(&described), Some(rejects), Extent::Whole).await
    }

    /// Reads the whole file before anything of it is stored: one faulty row, and nothing is. `None` where somebody wants the
    /// job ended.
    async fn check(&mut self, file: Spooled) -> Result<Option<Spooled>, Halt> {
        "checking".clone_into(&mut self.progress.stage);
        let (file, again) = file.twice().await?;
        let mut reader = ReadAhead::open(self.app, &self.order, file).await?;
        let mut ahead = Ahead::default();
        while let Some(batch) = reader.next().await? {
            self.run.rest()?;
            ahead.look(&batch).ok_or_else(|| {
                Halt::Refused(
                    "变更操作过多，不能在后台整体处理：请不选“全部合格才入库”，或每份不超过 100,000 条 / a file with so many operations is not taken as a whole in the background: send it without strict, or in pieces of 100,000"
                        .to_owned(),
                )
            })?;
            if self.tell().await? {
                return Ok(None);
            }
        }
        let (file, again) = again.twice().await?;
        let mut reader = ReadAhead::open(self.app, &self.order, file).await?;
        let mut rejected = 0;
        while let Some(mut batch) = reader.next().await? {
            self.run.rest()?;
            let mut tx = self.app.0.store.read().await?;
            let now = self.app.now();
            part::check_one(self.app, &mut tx, &self.order, None, &mut batch, &mut ahead, now).await?;
            drop(tx);
            rejected += batch.rejected.len();
            note(&mut self.progress, &batch);
            self.progress.rows_done += u64::try_from(batch.rows).unwrap_or(0);
            if self.tell().await? {
                return Ok(None);
            }
        }
        let submitted = self.progress.rows_done;
        if rejected > 0 {
            return Err(not_whole(rejected, submitted));
        }
        // What was found is told again as the rows are stored.
        self.progress = Progress {
            stage: self.progress.stage.clone(),
            rows_done: submitted,
            rows_total: Some(submitted),
            ..Progress::default()
        };
        Ok(Some(again))
    }

    /// Stores one part; `None` where somebody wants the job ended.
    async fn part(&mut self, batch: Batch) -> Result<Option<Batch>, Halt> {
        let mut tries = 1;
        let judged = loop {
            match self.try_part(&batch).await {
                Err(TryAgain::Conflict) if tries < TRIES => tries += 1,
                Err(TryAgain::Conflict) => return Err(store::Error::Conflict.into()),
                Err(TryAgain::Halt(halt)) => return Err(halt),
                Ok(None) => return Ok(None),
                Ok(Some(Cow::Owned(judged))) => break judged,
                Ok(Some(Cow::Borrowed(_))) => break batch,
            }
        };
        Ok(Some(judged))
    }

    async fn try_part<'b>(&mut self, batch: &'b Batch) -> Result<Option<Cow<'b, Batch>>, TryAgain> {
        let Self { run, app, order, .. } = self;
        let mut tx = app.0.store.write().await?;
        let now = moment::hold(app, &mut tx).await?.map_err(Halt::from)?;
        let (part, batch) = part::store(app, &mut tx, order, self.parts.last(), batch, now).await?;
        if order.strict && self.parts.is_empty() && part.rejected > 0 {
            // Since the file was judged, somebody else changed what its rows are about.
            return Err(not_whole(batch.rejected.len(), part.submitted.into()).into());
        }
        let details = json!({ "part": part.part, "rows": [part.first_row, part.last_row],
            "accepted": part.accepted, "repeated": part.repeated, "rejected": part.rejected,
            "rows_sha256": part.rows_digest });
        record(&mut tx, now, &order.actor(), "store-part", order.upload.to_string(), details).await?;
        let run = *run;
        self.parts.push(part);
        self.count();
        let cancelled = match run.step(&mut tx, &self.progress).await {
            Ok(false) => tx.commit().await.map(|()| false).map_err(TryAgain::from),
            Ok(true) => Ok(true),
            Err(halt) => Err(halt.into()),
        };
        match cancelled {
            Ok(false) => Ok(Some(batch)),
            other => {
                self.parts.pop();
                other.map(|_| None)
            }
        }
    }

    /// A batch that is stored: its faults are told, its rejected rows written down.
    async fn passed(&mut self, rejects: Rejects, batch: Batch) -> Result<Rejects, Halt> {
        note(&mut self.progress, &batch);
        Ok(rejects.add(batch).await?)
    }

    /// Ends a job of which nothing was stored.
    async fn nothing(&self) -> Result<(), Halt> {
        let mut tx = self.app.0.store.write().await?;
        self.run.finish(&mut tx, JobState::Cancelled, &json!({ "receipt": null }), self.app.now()).await?;
        Ok(tx.commit().await?)
    }

    /// Stores the receipt and what goes with it, and ends the job.
    async fn conclude(
        &mut self,
        described: Option<&Described>,
        rejects: Option<Rejects>,
        extent: Extent,
    ) -> Result<(), Halt> {
        "concluding".clone_into(&mut self.progress.stage);
        let (app, order) = (self.app, &self.order);
        let rejects = match rejects {
            Some(rejects) => rejects.keep(&app.0.objects).await?,
            None => None,
        };
        let files = Files { listed: listed_file(app, &self.parts).await?, rejects };
        let whole = extent == Extent::Whole;
        let signed = Receipt::of(order, described, extent, &self.parts, files).sign(app)?;
        let receipt = &signed.receipt;
        let mut tx = app.0.store.write().await?;
        let now = moment::hold(app, &mut tx).await??;
        let coverage = match declare::with_upload(&mut tx, order, receipt.rejected > 0, now).await {
            Ok(coverage) if whole => Ok(coverage),
            Ok(_) => Ok(declare::WithUpload::default()),
            Err(declare::Error::Bad(bad)) => Err(bad.in_both()),
            Err(declare::Error::Store(error)) => return Err(error.into()),
        };
        // A file that was ended early may come again: it is another upload then.
        let options =
            if whole { order.options.clone() } else { format!("{} ended={}", order.options, order.upload) };
        if !uploads::insert(&mut tx, &signed.upload(order, options)).await? {
            return Err(store::Error::Conflict.into());
        }
        if let Ok(declare::WithUpload { declaration: Some(declaration), .. }) = &coverage {
            declarations::declare(&mut tx, declaration).await?;
        }
        upload::journal(&mut tx, &order.actor(), order, receipt, now).await?;
        let outcome = outcome(&signed, &coverage, &self.progress);
        self.run.step(&mut tx, &self.progress).await?;
        let state = if whole { JobState::Done } else { JobState::Cancelled };
        self.run.finish(&mut tx, state, &outcome, now).await?;
        Ok(tx.commit().await?)
    }
}

fn outcome(signed: &Signed, coverage: &Result<declare::WithUpload, String>, progress: &Progress) -> Value {
    json!({
        "receipt": signed.receipt, "signature": signed.signature, "faults": progress.faults,
        "warnings": progress.warnings, "warnings_in_all": progress.warnings_in_all,
        "coverage_held_back": coverage.as_ref().is_ok_and(|coverage| coverage.held_back),
        "coverage_refused": coverage.as_ref().err(),
    })
}

/// What is wrong and what is odd in a batch is told with the job, as far as there is room.
pub(super) fn note(progress: &mut Progress, batch: &Batch) {
    let faults = batch.rejected.iter().flat_map(|row| &row.faults);
    progress.faults.extend(faults.take(TOLD.saturating_sub(progress.faults.len())).map(part::told));
    let room = TOLD.saturating_sub(progress.warnings.len());
    progress.warnings.extend(batch.warnings.iter().take(room).map(part::told));
    progress.warnings_in_all += u64::try_from(batch.warnings.len()).unwrap_or(0);
}

/// Strict was asked for, and rows are faulty.
fn not_whole(rejected: usize, submitted: u64) -> Halt {
    Halt::Refused(format!(
        "{submitted} 行中有 {rejected} 行不合格，全部未入库：请改正，或不选“全部合格才入库” / {rejected} of {submitted} rows are faulty, so nothing was stored: correct them, or send without strict"
    ))
}

/// Whether a batch is what a part was made of.
fn is_of(batch: &Batch, part: &Part) -> bool {
    u32::try_from(batch.rows) == Ok(part.submitted)
}

/// Why a part was not stored.
enum TryAgain {
    /// Somebody else wrote about the same records at the same time.
    Conflict,
    Halt(Halt),
}

impl From<store::Error> for TryAgain {
    fn from(error: store::Error) -> Self {
        match error {
            store::Error::Conflict => Self::Conflict,
            error => Self::Halt(error.into()),
        }
    }
}

impl From<Halt> for TryAgain {
    fn from(halt: Halt) -> Self {
        Self::Halt(halt)
    }
}
