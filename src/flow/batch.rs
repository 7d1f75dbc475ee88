//! Many things are verified at once, and what was found is signed.
//!
//! Things are brought one after another and judged side by side, each exactly as it would be alone. The sheet of results keeps
//! their order. It is signed by the operator's key, for a purpose of its own: it says what was found, and is no report.

use std::collections::{HashSet, VecDeque};
use std::io::Cursor;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use serde_json::json;
use tokio::sync::mpsc;
use tokio::task::JoinError;

use super::check::{self, Brought};
use super::offline::Verifier;
use super::record::record;
use super::{Actor, App, SetBack, moment, signers, trust};
use crate::report::{self, ResultSheet};
use crate::rules::{BroughtAs, Instant, Integrity, IssuerTrust, Reason, ResultRow, Results, Verdict};
use crate::seal::{self, ClaimSubject, Keyring, Purpose, TrustBundle};
use crate::store;
use crate::verify;
pub use crate::verify::batch::{BadBatch, Content, Item, content, is_meant, is_zip};
use crate::verify::batch::{Taken, Zip, list, take};

/// The things of a batch, brought one after another.
pub struct Source {
    /// How many there are.
    pub total: usize,
    /// The things.
    pub items: Box<dyn Iterator<Item = Result<Item, BadBatch>> + Send>,
}

/// By what a batch is judged.
#[derive(Clone, Debug)]
pub enum Judge {
    /// By the store, as anybody who asks online.
    Store(App),
    /// By a bundle, without a store.
    Bundle(Arc<Verifier>),
}

/// How far a batch has come, and whether it is to stop.
#[derive(Debug, Default)]
pub struct Progress {
    done: AtomicUsize,
    stop: AtomicBool,
}

/// A signed sheet.
#[derive(Clone, Debug)]
pub struct Sheet {
    /// What it says.
    pub results: Results,
    /// As CSV.
    pub csv: Vec<u8>,
    /// The detached signature over the CSV.
    pub signature: Vec<u8>,
    /// As a signed PDF, with the CSV inside.
    pub pdf: Vec<u8>,
}

/// Why there is no sheet.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// What was brought.
    #[error(transparent)]
    Batch(#[from] BadBatch),
    /// Somebody stopped it.
    #[error("the batch was stopped")]
    Stopped,
    /// Our own trouble with one of the things.
    #[error(transparent)]
    Check(#[from] check::Error),
    /// Our own trouble.
    #[error("a part of the work was lost")]
    Lost(#[from] JoinError),
    /// The sheet cannot be drawn.
    #[error(transparent)]
    Report(#[from] report::Error),
    /// Signing failed.
    #[error(transparent)]
    Seal(#[from] seal::Error),
    /// What was signed does not verify: it is not handed out.
    #[error("the signed sheet did not verify and was not handed out: {0}")]
    NotVerified(String),
    /// The clock stands before what the journal has already seen.
    #[error(transparent)]
    Clock(#[from] SetBack),
    /// The store.
    #[error(transparent)]
    Store(#[from] store::Error),
}

impl Source {
    /// The things in the bytes of one file: of a zip, or of a list.
    pub fn read(bytes: Vec<u8>) -> Result<Self, BadBatch> {
        if is_zip(&bytes) { Self::zip(Cursor::new(bytes)) } else { Ok(Self::of(list(&bytes)?)) }
    }

    /// The files of a zip.
    pub fn zip(reader: impl std::io::Read + std::io::Seek + Send + 'static) -> Result<Self, BadBatch> {
        let zip = Zip::open(reader)?;
        Ok(Self { total: zip.left(), items: Box::new(zip) })
    }

    /// The same things; a batch ends at a code that may not be tried now. Each code and QR text is asked about once.
    #[must_use]
    pub fn asking(self, may: impl Fn(&str) -> bool + Send + 'static) -> Self {
        let mut asked = HashSet::new();
        let items = self.items.map(move |item| match item? {
            Item { content: Content::Text(text), .. } if !asked.contains(&text) && !may(&text) => {
                Err(BadBatch::Alike)
            }
            item => {
                if let Content::Text(text) = &item.content {
                    asked.insert(text.clone());
                }
                Ok(item)
            }
        });
        Self { total: self.total, items: Box::new(items) }
    }

    /// Things that are there already.
    #[must_use]
    pub fn of(items: Vec<Item>) -> Self {
        Self { total: items.len(), items: Box::new(items.into_iter().map(Ok)) }
    }
}

impl std::fmt::Debug for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Source({} things)", self.total)
    }
}

impl Progress {
    /// How many things are done.
    #[must_use]
    pub fn done(&self) -> usize {
        self.done.load(Ordering::Relaxed)
    }

    /// Asks the batch to stop.
    pub fn stop(&self) {
        self.stop.store(true, Ordering::Relaxed);
    }
}

/// So many things are judged side by side: one for each core.
#[must_use]
pub fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
}

/// Judges everything, `jobs` things at a time, and tells rows in the order in which the things were brought.
pub async fn run(
    judge: &Judge,
    source: Source,
    jobs: usize,
    progress: &Progress,
) -> Result<Vec<ResultRow>, Error> {
    let jobs = jobs.clamp(1, 64);
    // Unpacking and reading wait for disks: on a thread of their own, a few things ahead.
    let (bring, mut brought) = mpsc::channel(jobs);
    let Source { total, items } = source;
    tokio::task::spawn_blocking(move || {
        for item in items {
            if bring.blocking_send(item).is_err() {
                break;
            }
        }
    });
    let mut rows = Vec::with_capacity(total);
    let mut at_work = VecDeque::with_capacity(jobs);
    loop {
        while at_work.len() < jobs
            && let Some(item) = brought.recv().await
        {
            at_work.push_back(tokio::spawn(one(judge.clone(), item?)));
        }
        let Some(first) = at_work.pop_front() else { return Ok(rows) };
        rows.push(first.await??);
        progress.done.store(rows.len(), Ordering::Relaxed);
        if progress.stop.load(Ordering::Relaxed) {
            return Err(Error::Stopped);
        }
    }
}

/// Judges one thing.
async fn one(judge: Judge, item: Item) -> Result<ResultRow, check::Error> {
    let (kind, file, brought) = match item.content {
        Content::Nothing(reason) => {
            let verdict = Verdict::without_facts(Integrity::Unreadable, IssuerTrust::Unknown, vec![reason]);
            return Ok(ResultRow::of(&item.name, BroughtAs::File, None, &verdict));
        }
        Content::File(bytes) => (BroughtAs::File, Some(seal::digest(&bytes)), Brought::Pdf(bytes)),
        Content::Text(text) => match take(&text) {
            Taken::Qr(text) => (BroughtAs::Qr, None, Brought::Qr(text)),
            Taken::Code(text) => (BroughtAs::Code, None, Brought::Code(text)),
            Taken::Hash(digest) => (BroughtAs::Hash, Some(digest), Brought::Hash(digest)),
        },
    };
    match judge {
        Judge::Store(app) => {
            let verdict = check::check(&app, brought).await?.verdict;
            Ok(ResultRow::of(&item.name, kind, file, &verdict))
        }
        Judge::Bundle(verifier) => {
            let claim = match &brought {
                Brought::Qr(text) => verifier.claim(text),
                Brought::Code(_) | Brought::Hash(_) | Brought::Pdf(_) => None,
            };
            let verdict = verifier.check(brought).await.verdict;
            let row = ResultRow::of(&item.name, kind, file, &verdict);
            let Some(claim) = claim else { return Ok(row) };
            let subject = match claim.subject {
                ClaimSubject::Code(code) => Some(code),
                ClaimSubject::Commitment(_) => None,
            };
            Ok(ResultRow { number: Some(claim.number.to_string()), subject, ..row })
        }
    }
}

/// Whether the CSV of a sheet is one of ours.
pub async fn check_sheet(app: &App, csv: &[u8], signature: &[u8]) -> Result<Verdict, trust::Error> {
    Ok(verify::sheet(csv, signature, &trust::bundle(app).await?, app.now()))
}

/// Signs what was found; nobody sees a sheet that a stranger would refuse.
pub async fn sign(app: &App, actor: &Actor, rows: Vec<ResultRow>) -> Result<Sheet, Error> {
    let mut tx = app.0.store.write().await?;
    let now = moment::hold(app, &mut tx).await??;
    let results = Results { checked_at: now, rows };
    let keyring = app.0.keyring.now();
    let sheet = make(app, &keyring, results, &signers::known(app, &mut tx, now).await?, now)?;
    let digest = seal::digest(&sheet.csv);
    let details =
        json!({ "things": sheet.results.rows.len(), "csv": digest, "pdf": seal::digest(&sheet.pdf) });
    record(&mut tx, now, actor, "verify-batch", digest.to_string(), details).await?;
    tx.commit().await?;
    Ok(sheet)
}

fn make(
    app: &App,
    keyring: &Keyring,
    results: Results,
    trust: &TrustBundle,
    now: Instant,
) -> Result<Sheet, Error> {
    let signer = &keyring.signer;
    let csv = results.csv().into_bytes();
    let signature = signer.sign_detached(Purpose::Results, &csv)?;
    let drawn =
        ResultSheet { results: &results, csv: &csv, digest: seal::digest(&csv), issuer: app.issuer() };
    let unsigned = app.0.renderer.results(&drawn, signer.room())?;
    let seal = signer.sign_pdf(unsigned.to_digest(), now)?;
    let pdf = unsigned.with_signature(&seal)?;
    for verdict in [verify::sheet(&csv, &signature, trust, now), verify::pdf(&pdf, trust, now)] {
        let ours = verdict.integrity == Integrity::Intact && verdict.issuer == IssuerTrust::Trusted;
        if !ours || verdict.reasons.first() != Some(&Reason::ResultSheet) {
            return Err(Error::NotVerified(format!("{:?}", verdict.reasons)));
        }
    }
    Ok(Sheet { results, csv, signature, pdf })
}
