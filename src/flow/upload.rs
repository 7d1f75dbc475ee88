//! A regulator's file becomes records.
//!
//! Faults of the file are answered row by row (or all at once, if strict is asked for); trouble of ours stores nothing.
//! The same file read in the same way twice changes nothing and gives the first receipt again.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;

pub use super::declare::Declared;
use super::plan::Plan;
use super::record::record;
use super::{Actor, App, Forbidden, SetBack, declare, moment, supersede};
use crate::ingest::{self, FileFault};
use crate::rules::{Authority, CreditCode, Digest, DomainId, Instant, normal};
use crate::seal::{self, Purpose};
use crate::store::{self, Tx, authorities, declarations, records, subjects, uploads};

pub use crate::ingest::Fault;

/// What somebody sends.
#[derive(Clone, Debug, Default)]
pub struct Sent {
    /// The name of the file.
    pub file_name: String,
    /// Its bytes; empty where coverage alone is declared.
    pub bytes: Vec<u8>,
    /// The authority it is from; the sender's own where it is missing.
    pub authority: Option<CreditCode>,
    /// The domain of all rows; the authority's only one where it is missing, or a column of the file.
    pub domain: Option<DomainId>,
    /// Take nothing if any row is faulty.
    pub strict: bool,
    /// Check only.
    pub dry_run: bool,
    /// What the data now cover.
    pub declared: Option<Declared>,
    /// Codes with wrong check digits that the register confirms.
    pub confirmed: Vec<String>,
    /// How it is known that the register confirms them; kept in the journal.
    pub confirmed_because: Option<String>,
}

/// What was taken in: submitted = accepted + repeated + rejected.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    /// The upload.
    pub upload: Uuid,
    /// The authority.
    pub authority: CreditCode,
    /// The name of the file.
    pub file_name: String,
    /// Digest of the file.
    pub file_sha256: Digest,
    /// Data rows in the file.
    pub submitted: u64,
    /// Rows stored.
    pub accepted: u64,
    /// Of the accepted, those that correct an earlier version.
    pub corrected: u64,
    /// Rows that say what is stored already.
    pub repeated: u64,
    /// Rows refused.
    pub rejected: u64,
    /// When they were stored.
    pub received_at: Instant,
}

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
    /// The rejected rows as a file.
    pub rejects: Option<Vec<u8>>,
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
        submitted: usize,
        /// Rows with faults.
        rejected: usize,
        /// The faults.
        faults: Vec<Fault>,
        /// The faulty rows as a file.
        rejects: Vec<u8>,
    },
    /// The declaration does not hold together.
    #[error(transparent)]
    Declaration(#[from] declare::BadDeclaration),
    /// The clock stands before what the journal has already seen.
    #[error(transparent)]
    Clock(#[from] SetBack),
    /// The signing key did not sign the receipt.
    #[error("the receipt cannot be signed")]
    Seal(#[from] seal::Error),
    /// Our own trouble.
    #[error(transparent)]
    Store(#[from] store::Error),
}

/// How often a file is tried again that met another one about the same records.
const TRIES: usize = 5;

/// Takes a file in: all of its good rows, or on trouble of ours nothing.
pub async fn upload(app: &App, actor: &Actor, mut sent: Sent) -> Result<Done, Error> {
    sent.file_name = plain_name(&sent.file_name);
    let authority = sender(app, actor, &sent).await?;
    if sent.bytes.is_empty() && !sent.file_name.is_empty() {
        // A file without a byte got lost on its way: it declares nothing.
        return Err(read(app, &authority, &sent).map_or_else(|fault| fault, |_| Error::Nothing));
    }
    if sent.bytes.is_empty() && sent.declared.is_none() {
        return Err(Error::Nothing);
    }
    if !sent.confirmed.is_empty() && sent.confirmed_because.as_deref().unwrap_or_default().trim().is_empty() {
        return Err(Error::NoReason);
    }
    let file_sha256 = seal::digest(&sent.bytes);
    let options = options(&sent);
    let work = Work { app, actor, authority: &authority, sent: &sent, file_sha256, options: &options };
    let mut tries = 1;
    loop {
        match work.once().await {
            Err(Error::Store(store::Error::Conflict)) if tries < TRIES => tries += 1,
            other => return other,
        }
    }
}

/// A file's name as it is kept: one line that no engine refuses.
fn plain_name(name: &str) -> String {
    normal::free_text(name).replace('\n', " ").chars().take(200).collect()
}

/// The authority that sends, if the actor may send for it.
async fn sender(app: &App, actor: &Actor, sent: &Sent) -> Result<Authority, Error> {
    let own = actor.authority();
    let code = sent.authority.or(own).ok_or(Error::NoAuthority)?;
    let mut tx = app.0.store.read().await?;
    let authority = authorities::by_code(&mut tx, code).await?;
    if let (None, Some(own)) = (&authority, own.filter(|own| *own != code)) {
        tracing::debug!(%own, "a regulator named another authority");
        return Err(Forbidden::Authority { actor: actor.name.clone(), authority: code }.into());
    }
    let authority = authority.ok_or(Error::UnknownAuthority(code))?;
    actor.may_upload(&authority, sent.domain.as_ref())?;
    Ok(authority)
}

/// How the file is read, in one spelling.
fn options(sent: &Sent) -> String {
    let domain = sent.domain.as_ref().map_or("-", DomainId::as_str);
    let mut confirmed = sent.confirmed.clone();
    confirmed.sort();
    format!("layout=national-2018 domain={domain} confirmed={}", confirmed.join(","))
}

/// Every fault of every rejected row.
fn faults(outcome: &ingest::Outcome) -> Vec<Fault> {
    outcome.rejected.iter().flat_map(|row| row.faults.iter().cloned()).collect()
}

/// Reads and checks the file.
fn read(app: &App, authority: &Authority, sent: &Sent) -> Result<ingest::Outcome, Error> {
    let (layout, lists) = app.columns();
    let confirmed: HashSet<String> = sent.confirmed.iter().map(|code| normal::code(code)).collect();
    let context = ingest::Context {
        authority,
        catalogue: &app.reference().catalogue,
        domain: sent.domain.as_ref(),
        received_on: app.now().local_day(),
        layout,
        lists,
        confirmed_codes: &confirmed,
        limits: ingest::Limits::default(),
    };
    Ok(ingest::read(&sent.bytes, &sent.file_name, &context)?)
}

/// The first receipt of a file that came again.
async fn replay(app: &App, before: &uploads::Upload) -> Result<Done, Error> {
    let damaged = || store::Error::Corrupt(format!("the receipt of upload {}", before.id).into());
    let Signed { receipt, signature } = serde_json::from_slice(&before.receipt).map_err(|_| damaged())?;
    let rejects = match before.rejects {
        Some(digest) => app.0.objects.get(digest).await?,
        None => None,
    };
    let (faults, warnings) = (Vec::new(), Vec::new());
    Ok(Done {
        receipt,
        signature: Some(signature),
        replayed: true,
        dry_run: false,
        faults,
        warnings,
        rejects,
        coverage_held_back: false,
    })
}

/// A receipt as it is kept.
#[derive(Serialize, Deserialize)]
struct Signed {
    receipt: Receipt,
    signature: String,
}

/// One file on its way into the store.
struct Work<'a> {
    app: &'a App,
    actor: &'a Actor,
    authority: &'a Authority,
    sent: &'a Sent,
    file_sha256: Digest,
    options: &'a str,
}

impl Work<'_> {
    /// Takes the file in, unless it was taken in before.
    async fn once(&self) -> Result<Done, Error> {
        let Self { app, authority, sent, .. } = *self;
        if !sent.dry_run && !sent.bytes.is_empty() {
            let mut tx = app.0.store.read().await?;
            let before = uploads::by_file(&mut tx, authority.code, self.file_sha256, self.options).await?;
            drop(tx);
            if let Some(before) = before {
                let mut done = replay(app, &before).await?;
                if sent.declared.is_some() {
                    done.coverage_held_back = self.store(None, before.rejected > 0).await?.coverage_held_back;
                }
                return Ok(done);
            }
        }
        if sent.bytes.is_empty() {
            return self.store(None, false).await;
        }
        let outcome = read(app, authority, sent)?;
        if sent.strict && !outcome.rejected.is_empty() {
            return Err(Error::Strict {
                submitted: outcome.rows,
                rejected: outcome.rejected.len(),
                rejects: outcome.rejects_file(),
                faults: faults(&outcome),
            });
        }
        if !sent.dry_run {
            app.0.objects.put(sent.bytes.clone()).await?;
        }
        self.store(Some(&outcome), !outcome.rejected.is_empty()).await
    }

    /// Stores the rows of a file, or where there is none only what is declared.
    async fn store(&self, outcome: Option<&ingest::Outcome>, faulty: bool) -> Result<Done, Error> {
        let Self { app, actor, authority, sent, .. } = *self;
        let mut tx = if sent.dry_run { app.0.store.read().await? } else { app.0.store.write().await? };
        // From here on nobody else learns anything before us: what a report saw is all that was known.
        let now = if sent.dry_run {
            moment::present(app, &mut tx).await??
        } else {
            moment::hold(app, &mut tx).await??
        };
        let id = app.mint();
        let plan = match outcome {
            Some(outcome) => Plan::new(app, &mut tx, outcome, id, now).await?,
            None => Plan::default(),
        };
        let (domain, declared) = (sent.domain.as_ref(), sent.declared.as_ref());
        let coverage = declare::with_upload(&mut tx, authority, domain, declared, faulty, now).await?;
        let count = |n: usize| u64::try_from(n).unwrap_or(u64::MAX);
        let receipt = Receipt {
            upload: id,
            authority: authority.code,
            file_name: sent.file_name.clone(),
            file_sha256: self.file_sha256,
            submitted: count(outcome.map_or(0, |outcome| outcome.rows)),
            accepted: count(plan.versions.len()),
            corrected: count(plan.corrected.len()),
            repeated: plan.repeated,
            rejected: count(outcome.map_or(0, |outcome| outcome.rejected.len())),
            received_at: now,
        };
        let rejects =
            outcome.filter(|outcome| !outcome.rejected.is_empty()).map(ingest::Outcome::rejects_file);
        let mut done = Done {
            receipt,
            signature: None,
            replayed: false,
            dry_run: sent.dry_run,
            faults: outcome.map(faults).unwrap_or_default(),
            warnings: outcome.map(|outcome| outcome.warnings.clone()).unwrap_or_default(),
            rejects,
            coverage_held_back: coverage.held_back,
        };
        if !sent.dry_run {
            self.keep(&mut tx, &mut done, &plan, outcome.is_some()).await?;
            if let Some(declaration) = &coverage.declaration {
                declarations::declare(&mut tx, declaration).await?;
            }
            let details = json!({ "authority": authority.code, "file": self.file_sha256,
                "submitted": done.receipt.submitted, "accepted": done.receipt.accepted,
                "repeated": done.receipt.repeated, "rejected": done.receipt.rejected,
                "confirmed_codes": sent.confirmed,
                "confirmed_because": sent.confirmed_because, "declared": sent.declared });
            record(&mut tx, now, actor, "upload", id.to_string(), details).await?;
            tx.commit().await?;
        }
        Ok(done)
    }

    /// Stores what was planned, with its receipt.
    async fn keep(&self, tx: &mut Tx, done: &mut Done, plan: &Plan, with_file: bool) -> Result<(), Error> {
        let Self { app, actor, sent, .. } = *self;
        let now = done.receipt.received_at;
        subjects::insert(tx, &plan.subjects, now).await?;
        records::insert_versions(tx, &plan.versions).await?;
        supersede::reports_that_show(tx, actor, &plan.corrected, now).await?;
        // Plain values always serialise.
        let canonical = serde_json_canonicalizer::to_vec(&done.receipt).unwrap_or_default();
        let signature = app.0.keyring.signer.sign_detached(Purpose::Receipt, &canonical)?;
        let signature = super::hex(&signature);
        done.signature = Some(signature.clone());
        if !with_file {
            return Ok(());
        }
        let rejects = match &done.rejects {
            Some(bytes) => Some(app.0.objects.put(bytes.clone()).await?),
            None => None,
        };
        let narrow = |n: u64| u32::try_from(n).unwrap_or(u32::MAX);
        let receipt = &done.receipt;
        let upload = uploads::Upload {
            id: receipt.upload,
            authority: receipt.authority,
            domain: sent.domain.clone(),
            file_name: receipt.file_name.clone(),
            file_digest: receipt.file_sha256,
            file_bytes: u64::try_from(sent.bytes.len()).unwrap_or(u64::MAX),
            options: self.options.to_owned(),
            submitted: narrow(receipt.submitted),
            accepted: narrow(receipt.accepted),
            repeated: narrow(receipt.repeated),
            rejected: narrow(receipt.rejected),
            rejects,
            received_at: now,
            received_by: actor.name.clone(),
            receipt: serde_json::to_vec(&Signed { receipt: receipt.clone(), signature }).unwrap_or_default(),
        };
        // Somebody else brought the same file meanwhile: the next try gives its receipt.
        if uploads::insert(tx, &upload).await? { Ok(()) } else { Err(store::Error::Conflict.into()) }
    }
}
