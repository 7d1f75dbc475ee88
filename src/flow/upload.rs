//! A regulator's file becomes records.
//!
//! Faults of the file are answered row by row (or all at once, if strict is asked for); trouble of ours stores nothing.
//! The same file read in the same way twice changes nothing and gives the first receipt again.

use std::borrow::{Borrow, Cow};
use std::sync::Arc;

use serde_json::json;
use uuid::Uuid;

pub use super::declare::{BadDeclaration, Declared};
use super::order::{Measured, Order};
pub use super::part::told;
use super::receipt::Files;
pub(crate) use super::receipt::is_none;
pub use super::receipt::{Extent, Receipt, Signed};
use super::record::record;
use super::{Actor, App, Forbidden, SetBack, declare, moment, notices, part, rejects_file, worked};
use crate::ingest::{Batch, FileFault, Limits, Reader, Source};
use crate::rules::{CreditCode, Instant, JobKind, JobState};
use crate::seal;
use crate::store::idempotency::{self, Answered};
use crate::store::upload_parts::Part;
use crate::store::{self, Tx, declarations, jobs, uploads};

pub use super::rejects_file::RejectsFile;
pub use super::sent::Sent;
pub use crate::ingest::{Described, Fault};

/// The answer to an upload.
#[derive(Clone, Debug)]
pub struct Done {
    /// The receipt.
    pub receipt: Receipt,
    /// The operator's detached signature over its canonical JSON, in hexadecimal; none for a check.
    pub signature: Option<String>,
    /// The file had been taken in before: nothing was changed.
    pub replayed: bool,
    /// Nothing was stored.
    pub dry_run: bool,
    /// What is wrong with the rejected rows.
    pub faults: Vec<Fault>,
    /// What is odd in rows that were taken.
    pub warnings: Vec<Fault>,
    /// The rejected rows as a file in the format sent.
    pub rejects: Option<RejectsFile>,
    /// What the file was found to be; none where it was not read.
    pub described: Option<Described>,
    /// Coverage was declared further than before, but rows were rejected: it stays where it was until a declaration
    /// comes with a file without faults, or by itself.
    pub coverage_held_back: bool,
}

/// Why nothing was stored.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Not theirs to send.
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    /// No authority was named.
    #[error("name the authority that sends, by its code")]
    NoAuthority,
    /// The authority is not known.
    #[error("authority {0} is not registered: the operator registers it first")]
    UnknownAuthority(CreditCode),
    /// Codes are confirmed without a reason.
    #[error("say how it is known that the register confirms these codes: the reason is kept in the journal")]
    NoReason,
    /// Neither a file nor a declaration.
    #[error("nothing was sent: send a file, or declare that there is nothing to report")]
    Nothing,
    /// The file as a whole cannot be read.
    #[error(transparent)]
    Unreadable(#[from] FileFault),
    /// Strict was asked for, and rows are faulty.
    #[error(
        "{rejected} of {submitted} rows are faulty, so nothing was stored: correct them, or send without strict"
    )]
    Strict {
        /// Data rows in the file.
        submitted: u64,
        /// Rows with faults.
        rejected: u64,
        /// The faults.
        faults: Vec<Fault>,
        /// The faulty rows as a file in the format sent.
        rejects: RejectsFile,
    },
    /// The same file is being worked on in the background.
    #[error("this file is already being worked on as job {0}")]
    UnderWay(Uuid),
    /// The declaration does not hold together.
    #[error(transparent)]
    Declaration(#[from] declare::BadDeclaration),
    /// The clock stands before what the journal has already seen.
    #[error(transparent)]
    Clock(#[from] SetBack),
    /// The signing key did not sign the receipt.
    #[error("the receipt cannot be signed")]
    Seal(#[from] seal::Error),
    /// The rejected rows cannot be written.
    #[error("the rejected rows cannot be written")]
    Rejects(#[from] std::io::Error),
    /// Our own trouble.
    #[error(transparent)]
    Store(#[from] store::Error),
}

/// How often a file is tried again that met another one about the same records.
pub(super) const TRIES: usize = 5;

/// Takes a file in while the sender waits: all of its good rows, or on trouble of ours nothing.
pub async fn upload(app: &App, actor: &Actor, sent: Sent) -> Result<Done, Error> {
    take(app, actor, sent, None).await
}

/// The same, and where it was stored, also the answer to a request that must not be carried out twice.
pub(super) async fn take(
    app: &App,
    actor: &Actor,
    sent: Sent,
    answered: Option<&Answered>,
) -> Result<Done, Error> {
    let order = Order::new(app, actor, &sent, Measured::of(&sent.bytes)).await?;
    if sent.bytes.is_empty() && sent.declared.is_none() && sent.file_name.is_empty() {
        return Err(Error::Nothing);
    }
    let Sent { bytes, dry_run, file_name, .. } = sent;
    let mut work = Work { app, actor, order, dry_run, answered, bytes: bytes.into(), whole: None };
    let mut tries = 1;
    loop {
        match work.once(!file_name.is_empty()).await {
            Err(Error::Store(store::Error::Conflict)) if tries < TRIES => tries += 1,
            other => return other,
        }
    }
}

/// A file that was read from its first row to its last.
struct Whole {
    described: Described,
    batches: Vec<Batch>,
}

impl Whole {
    /// Reads and checks a file, away from the threads that others wait for.
    async fn read(app: &App, order: &Order, bytes: Arc<Vec<u8>>) -> Result<Self, Error> {
        let (app, order) = (app.clone(), order.clone());
        let read = tokio::task::spawn_blocking(move || {
            order.read(&app, Limits::default(), |context| {
                let mut reader = Reader::open(Source::Bytes(bytes), &order.file_name, context)?;
                let mut batches = Vec::new();
                while let Some(batch) = reader.next_batch()? {
                    batches.push(batch);
                }
                Ok(Self { described: reader.described().clone(), batches })
            })
        });
        read.await.map_err(|error| store::Error::Unavailable(error.into()))?
    }
}

/// The parts of a file, and its rows with what the store told of them.
type Stored<'a> = (Vec<Part>, Vec<Cow<'a, Batch>>);

/// One file on its way into the store.
struct Work<'a> {
    app: &'a App,
    actor: &'a Actor,
    order: Order,
    dry_run: bool,
    answered: Option<&'a Answered>,
    bytes: Arc<Vec<u8>>,
    whole: Option<Whole>,
}

impl Work<'_> {
    /// Takes the file in, unless it was taken in before.
    async fn once(&mut self, is_file: bool) -> Result<Done, Error> {
        if !is_file && self.bytes.is_empty() {
            return self.store().await;
        }
        if !self.dry_run {
            let mut tx = self.app.0.store.read().await?;
            let before = self.order.taken(&mut tx).await?;
            drop(tx);
            if let Some(before) = before {
                return replay(self.app, self.actor, &self.order, &before, self.answered).await;
            }
        }
        if self.whole.is_none() {
            self.whole = Some(Whole::read(self.app, &self.order, Arc::clone(&self.bytes)).await?);
        }
        if let Some(Whole { described, batches }) = self.whole.as_ref().filter(|_| self.order.strict) {
            all_good(described, batches)?;
        }
        if !self.dry_run {
            // Before the transaction: nobody waits for the disk of the file while we hold the right to write.
            self.app.0.objects.put_stream(&mut self.bytes.as_slice(), self.order.file_sha256).await?;
        }
        self.store().await
    }

    /// Stores the rows of the file part by part.
    async fn store_rows(&self, tx: &mut Tx, order: &Order, now: Instant) -> Result<Stored<'_>, store::Error> {
        let mut stored = Stored::default();
        for batch in self.whole.iter().flat_map(|whole| &whole.batches) {
            let (part, batch) = part::store(self.app, tx, order, stored.0.last(), batch, now).await?;
            stored.0.push(part);
            stored.1.push(batch);
        }
        Ok(stored)
    }

    /// Stores the rows of the file, or where there is none only what is declared.
    async fn store(&self) -> Result<Done, Error> {
        let Self { app, dry_run, whole, .. } = self;
        let mut tx = if *dry_run { app.0.store.read().await? } else { app.0.store.write().await? };
        // From here on nobody else learns anything before us: what a report saw is all that was known.
        let now = if *dry_run {
            moment::present(app, &mut tx).await??
        } else {
            moment::hold(app, &mut tx).await??
        };
        let order = Order { received_at: now, ..self.order.clone() };
        if whole.is_some() && !dry_run {
            let open = jobs::open_about(&mut tx, JobKind::Upload, &order.about()).await?;
            if let Some(job) = open.filter(|job| job.state != JobState::Failed) {
                return Err(Error::UnderWay(job.id));
            }
        }
        let (parts, batches) = if *dry_run {
            let batches = whole.as_ref().map_or(&[][..], |whole| &whole.batches);
            let (part, batches) = part::check(app, &mut tx, &order, batches, now).await?;
            (vec![part], batches)
        } else {
            self.store_rows(&mut tx, &order, now).await?
        };
        let described = whole.as_ref().map(|whole| &whole.described);
        let rejects = described.map(|it| RejectsFile::of_batches(it, &batches)).transpose()?.flatten();
        let mut receipt = Receipt::of(&order, described, Extent::Whole, &parts, Files::default());
        if *dry_run {
            receipt.rows_sha256 = None; // it stands for what is stored
        }
        if let Some(described) = described.filter(|_| order.strict) {
            all_good(described, &batches)?;
        }
        let coverage = declare::with_upload(&mut tx, &order, receipt.rejected > 0, now).await?;
        let mut warnings: Vec<Fault> = batches.iter().flat_map(|batch| batch.warnings.clone()).collect();
        warnings.sort_by_key(|fault| fault.row);
        let mut done = Done {
            receipt,
            signature: None,
            replayed: false,
            dry_run: *dry_run,
            faults: rejects_file::faults(&batches),
            warnings,
            rejects,
            described: described.cloned(),
            coverage_held_back: coverage.held_back,
        };
        if !dry_run {
            self.keep(&mut tx, &order, &mut done, &parts, now).await?;
            if let Some(declaration) = &coverage.declaration {
                declarations::declare(&mut tx, declaration).await?;
            }
            journal(&mut tx, self.actor, &order, &done.receipt, now).await?;
            tx.commit().await?;
        }
        Ok(done)
    }

    /// Signs the receipt and stores it with its files.
    async fn keep(
        &self,
        tx: &mut Tx,
        order: &Order,
        done: &mut Done,
        parts: &[Part],
        now: Instant,
    ) -> Result<(), Error> {
        let Self { app, .. } = *self;
        done.receipt.listed_sha256 = worked::listed_file(app, parts).await?;
        if let Some(file) = &done.rejects {
            done.receipt.rejects_sha256 = Some(app.0.objects.put(file.bytes.clone()).await?);
        }
        let signed = done.receipt.clone().sign(app)?;
        done.signature = Some(signed.signature.clone());
        if self.whole.is_none() {
            return Ok(());
        }
        // Somebody else brought the same file meanwhile: the next try gives its receipt.
        if !uploads::insert(tx, &signed.upload(order, order.options.clone())).await? {
            return Err(store::Error::Conflict.into());
        }
        // Rows that come one request after another would be as many notices.
        if self.answered.is_none() {
            notices::uploaded(app, tx, order.authority.code, signed.receipt.upload, now).await?;
        }
        answer(tx, self.answered, signed.receipt.upload, now).await
    }
}

/// Whether no row is faulty, where that is asked for.
fn all_good(described: &Described, batches: &[impl Borrow<Batch>]) -> Result<(), Error> {
    let Some(rejects) = RejectsFile::of_batches(described, batches)? else { return Ok(()) };
    let count = |of: fn(&Batch) -> usize| {
        batches.iter().map(|batch| of(batch.borrow())).sum::<usize>().try_into().unwrap_or(u64::MAX)
    };
    Err(Error::Strict {
        submitted: count(|batch| batch.rows),
        rejected: count(|batch| batch.rejected.len()),
        faults: rejects_file::faults(batches),
        rejects,
    })
}

/// Keeps the answer to a request that must not be carried out twice.
async fn answer(tx: &mut Tx, answered: Option<&Answered>, upload: Uuid, now: Instant) -> Result<(), Error> {
    let Some(answered) = answered else { return Ok(()) };
    let answered = Answered { answer: upload.to_string(), created_at: now, ..answered.clone() };
    if idempotency::keep(tx, &answered).await? { Ok(()) } else { Err(store::Error::Conflict.into()) }
}

/// What the journal says of a file that was worked off.
pub(super) async fn journal(
    tx: &mut Tx,
    actor: &Actor,
    order: &Order,
    receipt: &Receipt,
    now: Instant,
) -> Result<(), store::Error> {
    let details = json!({ "authority": receipt.authority, "file": receipt.file_sha256, "extent": receipt.extent,
        "submitted": receipt.submitted, "accepted": receipt.accepted,
        "repeated": receipt.repeated, "rejected": receipt.rejected,
        "confirmed_codes": order.confirmed,
        "confirmed_because": order.confirmed_because, "declared": order.declared });
    record(tx, now, actor, "upload", receipt.upload.to_string(), details).await
}

/// The answer to an upload that was stored before.
pub(super) async fn shown(app: &App, before: &uploads::Upload) -> Result<Done, store::Error> {
    let Signed { receipt, signature } = Signed::kept(before)?;
    let rejects = match before.rejects {
        Some(digest) => app.0.objects.get(digest).await?.map(RejectsFile::of),
        None => None,
    };
    Ok(Done {
        receipt,
        signature: Some(signature),
        replayed: true,
        dry_run: false,
        faults: Vec::new(),
        warnings: Vec::new(),
        rejects,
        described: None,
        coverage_held_back: false,
    })
}

/// The first receipt of a file that came again. What is declared with it is declared all the same.
pub(super) async fn replay(
    app: &App,
    actor: &Actor,
    order: &Order,
    before: &uploads::Upload,
    answered: Option<&Answered>,
) -> Result<Done, Error> {
    let mut done = shown(app, before).await?;
    if order.declared.is_none() && answered.is_none() {
        return Ok(done);
    }
    let mut tx = app.0.store.write().await?;
    let now = moment::hold(app, &mut tx).await??;
    if order.declared.is_some() {
        let coverage = declare::with_upload(&mut tx, order, before.rejected > 0, now).await?;
        done.coverage_held_back = coverage.held_back;
        if let Some(declaration) = &coverage.declaration {
            declarations::declare(&mut tx, declaration).await?;
        }
        journal(&mut tx, actor, order, &Receipt::of(order, None, Extent::Whole, &[], Files::default()), now)
            .await?;
    }
    answer(&mut tx, answered, before.id, now).await?;
    tx.commit().await?;
    Ok(done)
}
