//! A file is checked before it is stored. It is kept for a day with what was found, so that its sender may read that at leisure,
//! choose another way of reading it, and have it stored without bringing it again.
//!
//! Only who brought a file sees it, and only as long as they work for its authority on its domain.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::rejects_file::RejectsFile;
use super::spool::Spooled;
use super::upload::{self, Declared, Described, Done, Error as UploadError, Fault, Receipt, Sent};
use super::{Actor, App, desk, dry_run, receive};
use crate::rules::{CreditCode, DomainId, Instant};
use crate::store::{self, Tx, drafts};

/// For so long a file is kept that nobody stored, in milliseconds.
const DAY: i64 = 24 * 60 * 60 * 1000;
/// For so long it is kept what was wrong with the rows of one that was stored, in milliseconds.
const MONTH: i64 = 30 * DAY;
/// Faults that are kept; the file of rejected rows has them all.
const FAULTS: usize = 1_000;
/// Warnings that are kept.
const WARNINGS: usize = 200;
/// The largest file that is kept here, in bytes: what is larger is worked off in the background.
const KEPT: u64 = receive::DIRECT;

/// How a file is to be read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settings {
    /// The layout of its columns; the one that fits best where it is missing.
    pub layout: Option<String>,
    /// Take nothing if any row is faulty.
    pub strict: bool,
    /// Codes with wrong check digits that the register confirms.
    pub confirmed: Vec<String>,
    /// How it is known that the register confirms them.
    pub confirmed_because: Option<String>,
    /// What the data now cover.
    pub declared: Option<Declared>,
}

/// One fault as it is kept and shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told {
    /// Data row, from 1.
    pub row: u32,
    /// The column's code and its Chinese name; none for the whole row.
    pub column: Option<(String, String)>,
    /// The kind of fault, from a closed list.
    pub code: String,
    /// What stands there, shortened, personal data masked.
    pub value: String,
    /// The reason, in Chinese and English.
    pub reason: (String, String),
    /// What to do, in Chinese and English.
    pub remedy: (String, String),
}

/// What was found in a file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Found {
    /// Its format and what it is packed in; none where it was not read.
    pub format: Option<String>,
    /// The encoding of its texts.
    pub encoding: Option<String>,
    /// The layout by which its columns were read.
    pub layout: Option<String>,
    /// The sheets or files that were read, where there are several.
    pub parts: Vec<String>,
    /// The sheets that were left out.
    pub skipped: Vec<String>,
    /// Data rows.
    pub submitted: u64,
    /// Rows that are or would be stored.
    pub accepted: u64,
    /// Of the accepted, corrections.
    pub corrected: u64,
    /// Of the accepted, rows kept aside.
    pub set_aside: u64,
    /// Rows that are known already.
    pub repeated: u64,
    /// Rows refused.
    pub rejected: u64,
    /// How many faults there are in all.
    pub faults_in_all: usize,
    /// The first of them.
    pub faults: Vec<Told>,
    /// The first of what is odd.
    pub warnings: Vec<Told>,
    /// How many there are in all.
    #[serde(default)]
    pub warnings_in_all: usize,
    /// Coverage stays where it was, since rows were rejected.
    pub coverage_held_back: bool,
    /// It was to be stored whole or not at all, and was not.
    pub refused_whole: bool,
}

/// A file that was checked.
#[derive(Clone, Debug)]
pub struct Draft {
    /// Its id.
    pub id: Uuid,
    /// For which authority.
    pub authority: CreditCode,
    /// The domain, where all of the file is about one.
    pub domain: Option<DomainId>,
    /// Its name.
    pub file_name: String,
    /// The file is kept, and may be stored from here.
    pub is_kept: bool,
    /// The rejected rows are kept as a file.
    pub has_rejects: bool,
    /// How it was to be read.
    pub settings: Settings,
    /// What was found.
    pub found: Found,
    /// When it came.
    pub at: Instant,
    /// Until when it is kept.
    pub until: Instant,
}

/// What a file that was brought became.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Became {
    /// It was checked: nothing is stored.
    Draft(Uuid),
    /// It is stored.
    Upload(Uuid),
    /// It had been stored before, and nothing was changed.
    Before(Uuid),
    /// It is stored in the background.
    Job(Uuid),
    /// Coverage alone was declared.
    Declaration,
}

/// Why nothing came of it.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is none, or it is somebody else's: the two are not told apart.
    #[error("there is no such file, or it is not yours; files are kept for a day after they were checked")]
    Unknown,
    /// The file itself is not kept.
    #[error("the file is too large to be kept here: choose it again")]
    NotKept,
    /// The file.
    #[error(transparent)]
    Upload(#[from] UploadError),
    /// Our own trouble.
    #[error(transparent)]
    Store(#[from] store::Error),
}

/// Brings a file: to be checked, or to be stored.
pub async fn bring(app: &App, actor: &Actor, sent: Sent, file: Spooled) -> Result<Became, Error> {
    let (is_file, small) = (file.bytes() > 0 || !sent.file_name.is_empty(), file.bytes() <= KEPT);
    if !small {
        return large(app, actor, sent, file).await;
    }
    let bytes = file.bytes();
    let (file, again) = file.twice().await?;
    let sent = Sent { bytes: file.read().await?, ..sent };
    let done = match upload::upload(app, actor, sent.clone()).await {
        Ok(done) => done,
        Err(UploadError::UnderWay(job)) => return Ok(Became::Job(job)),
        // Packed well, or of more rows than stand in memory at once.
        Err(UploadError::Unreadable(fault)) if fault.is_of_size(bytes) => {
            return large(app, actor, Sent { bytes: Vec::new(), ..sent }, again).await;
        }
        Err(UploadError::Strict { submitted, rejected, faults, rejects }) => {
            let found = Found { submitted, rejected, refused_whole: true, ..Found::default() };
            return refused(app, actor, sent, with_faults(found, &faults, &[]), rejects).await;
        }
        Err(error) => return Err(error.into()),
    };
    if !is_file {
        return Ok(Became::Declaration);
    }
    let upload = done.receipt.upload;
    match (done.dry_run, done.replayed) {
        (true, _) => keep(app, actor, sent, &done, None).await,
        (false, true) => Ok(Became::Before(upload)),
        (false, false) => {
            keep(app, actor, Sent { bytes: Vec::new(), ..sent }, &done, Some(upload)).await?;
            Ok(Became::Upload(upload))
        }
    }
}

/// What a file becomes that is worked off in the background.
async fn large(app: &App, actor: &Actor, sent: Sent, file: Spooled) -> Result<Became, Error> {
    Ok(became(receive::receive(app, actor, sent, file, true).await?))
}

/// What a file became that was checked in the background, and is now to be stored.
pub async fn for_real(app: &App, actor: &Actor, job: Uuid) -> Result<Became, dry_run::Error> {
    dry_run::for_real(app, actor, job).await.map(became)
}

fn became(taken: receive::Taken) -> Became {
    match taken {
        receive::Taken::Job(job) => Became::Job(job.id),
        receive::Taken::Done(done) if done.replayed => Became::Before(done.receipt.upload),
        receive::Taken::Done(done) => Became::Upload(done.receipt.upload),
    }
}

/// Reads a file once more in another way, or has it stored.
pub async fn again(
    app: &App,
    actor: &Actor,
    id: Uuid,
    domain: Option<DomainId>,
    settings: Settings,
    dry_run: bool,
) -> Result<Became, Error> {
    let mut tx = app.0.store.read().await?;
    let draft = own(&mut tx, actor, id).await?;
    drop(tx);
    let file = draft.file.ok_or(Error::NotKept)?;
    let sent = Sent {
        file_name: draft.file_name,
        bytes: Vec::new(),
        authority: Some(draft.authority),
        domain,
        layout: settings.layout,
        strict: settings.strict,
        dry_run,
        declared: settings.declared,
        confirmed: settings.confirmed,
        confirmed_because: settings.confirmed_because,
    };
    let mut spool = super::spool::Spool::new(app).await?;
    spool.write(&file).await?;
    let became = bring(app, actor, sent, spool.finish().await?).await?;
    let mut tx = app.0.store.write().await?;
    drafts::forget(&mut tx, id).await?;
    tx.commit().await?;
    Ok(became)
}

/// A file that was checked.
pub async fn show(app: &App, actor: &Actor, id: Uuid) -> Result<Draft, Error> {
    let mut tx = app.0.store.read().await?;
    let draft = own(&mut tx, actor, id).await?;
    Ok(Draft {
        id,
        authority: draft.authority,
        domain: draft.domain.clone(),
        file_name: draft.file_name.clone(),
        is_kept: draft.file.is_some(),
        has_rejects: draft.rejects.is_some(),
        settings: serde_json::from_slice(&draft.settings).map_err(|_| damaged(&draft))?,
        found: read_found(&draft)?,
        at: draft.received_at,
        until: Instant::from_millis(draft.received_at.millis() + DAY),
    })
}

/// The rejected rows of a file that was checked, as a file like the one sent.
pub async fn rejects(app: &App, actor: &Actor, id: Uuid) -> Result<RejectsFile, Error> {
    let draft = own(&mut app.0.store.read().await?, actor, id).await?;
    draft.rejects.map(RejectsFile::of).ok_or(Error::Unknown)
}

/// What was found in a file when it was stored, as long as that is kept. Ask `uploads` first whether it is the actor's.
pub async fn found(app: &App, actor: &Actor, upload: Uuid) -> Result<Option<Found>, Error> {
    let mut tx = app.0.store.read().await?;
    let Some(draft) = drafts::of_upload(&mut tx, upload).await? else { return Ok(None) };
    if !desk::reaches(&mut tx, actor, draft.authority, draft.domain.as_ref()).await? {
        return Ok(None);
    }
    Ok(Some(read_found(&draft)?))
}

async fn own(tx: &mut Tx, actor: &Actor, id: Uuid) -> Result<drafts::Draft, Error> {
    let draft = drafts::by_id(tx, id).await?.filter(|draft| draft.owner == actor.name);
    let draft = draft.ok_or(Error::Unknown)?;
    let reached = desk::reaches(tx, actor, draft.authority, draft.domain.as_ref()).await?;
    if reached { Ok(draft) } else { Err(Error::Unknown) }
}

fn damaged(draft: &drafts::Draft) -> store::Error {
    store::Error::Corrupt(format!("the draft {}", draft.id).into())
}

fn read_found(draft: &drafts::Draft) -> Result<Found, store::Error> {
    serde_json::from_slice(&draft.found).map_err(|_| damaged(draft))
}

/// Keeps what was found, with the file where it was not stored.
async fn keep(
    app: &App,
    actor: &Actor,
    sent: Sent,
    done: &Done,
    upload: Option<Uuid>,
) -> Result<Became, Error> {
    let Done { receipt, described, coverage_held_back, .. } = done;
    let found = Found { coverage_held_back: *coverage_held_back, ..counts(receipt, described.as_ref()) };
    let found = with_faults(found, &done.faults, &done.warnings);
    let rejects = done.rejects.as_ref().filter(|_| upload.is_none()).map(|file| file.bytes.clone());
    put(app, actor, sent, found, rejects, upload).await
}

async fn refused(
    app: &App,
    actor: &Actor,
    sent: Sent,
    found: Found,
    rejects: RejectsFile,
) -> Result<Became, Error> {
    put(app, actor, sent, found, Some(rejects.bytes), None).await
}

async fn put(
    app: &App,
    actor: &Actor,
    sent: Sent,
    found: Found,
    rejects: Option<Vec<u8>>,
    upload: Option<Uuid>,
) -> Result<Became, Error> {
    let authority = sent.authority.or(actor.authority()).ok_or(UploadError::NoAuthority)?;
    let settings = Settings {
        layout: sent.layout,
        strict: sent.strict,
        confirmed: sent.confirmed,
        confirmed_because: sent.confirmed_because,
        declared: sent.declared,
    };
    let now = app.now();
    let draft = drafts::Draft {
        id: app.mint(),
        authority,
        domain: sent.domain,
        owner: actor.name.clone(),
        file_name: super::sent::plain_name(&sent.file_name),
        file: Some(sent.bytes).filter(|bytes| !bytes.is_empty()),
        // Plain values always serialise.
        settings: serde_json::to_vec(&settings).unwrap_or_default(),
        found: serde_json::to_vec(&found).unwrap_or_default(),
        rejects: rejects.filter(|rejects| u64::try_from(rejects.len()).is_ok_and(|it| it <= KEPT)),
        upload,
        received_at: now,
    };
    let before = |millis: i64| Instant::from_millis(now.millis() - millis);
    let mut tx = app.0.store.write().await?;
    drafts::forget_before(&mut tx, before(DAY), before(MONTH)).await?;
    drafts::insert(&mut tx, &draft).await?;
    tx.commit().await?;
    Ok(Became::Draft(draft.id))
}

fn counts(receipt: &Receipt, described: Option<&Described>) -> Found {
    Found {
        format: described.map(Described::format_name),
        encoding: described.and_then(Described::encoding_name).map(str::to_owned),
        layout: described.map(|it| it.layout.clone()),
        parts: described.map(|it| it.parts.clone()).unwrap_or_default(),
        skipped: described.map(|it| it.skipped.clone()).unwrap_or_default(),
        submitted: receipt.submitted,
        accepted: receipt.accepted,
        corrected: receipt.corrected,
        set_aside: receipt.set_aside,
        repeated: receipt.repeated,
        rejected: receipt.rejected,
        ..Found::default()
    }
}

fn with_faults(found: Found, faults: &[Fault], warnings: &[Fault]) -> Found {
    Found {
        faults_in_all: faults.len(),
        faults: faults.iter().take(FAULTS).map(told).collect(),
        warnings_in_all: warnings.len(),
        warnings: warnings.iter().take(WARNINGS).map(told).collect(),
        ..found
    }
}

fn told(fault: &Fault) -> Told {
    Told {
        row: fault.row,
        column: fault.column.as_ref().map(|column| (column.code.clone(), column.zh.clone())),
        code: fault.code.word().to_owned(),
        value: fault.value.clone(),
        reason: (fault.zh(), fault.en()),
        remedy: (fault.remedy_zh(), fault.remedy_en()),
    }
}
