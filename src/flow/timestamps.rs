//! Reports that went out without their timestamp get it: the same signed document, in a new edition under the same code.
//!
//! The steps are taken so that a crash between any two of them leaves a report as it was, still waiting: token, file, then in one
//! transaction the edition and the end of the waiting. Several processes may do this at once; one of them stores its edition.

use std::time::Duration;

use serde_json::json;

use super::record::record;
use super::reports::file;
use super::stamp::Trouble;
use super::{Actor, App, Forbidden, SetBack, moment, signers};
use crate::report::pdf::resign;
use crate::rules::{Instant, Integrity, IssuerTrust, SignatureLevel};
use crate::seal::{self, TrustBundle};
use crate::store::editions::{self, Edition, Wanted};
use crate::store::reports::{Key, Report};
use crate::store::{self, reports};
use crate::verify;

/// Reports looked at in one go.
const PAGE: u32 = 100;

/// How often a running service looks for reports that wait.
const EVERY: Duration = Duration::from_secs(10);

/// What became of the reports that waited.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Completed {
    /// They have their timestamp now.
    pub stamped: u32,
    /// They will never have one that proves anything: their key lost its trust, or the timestamp does not fit in.
    pub given_up: u32,
    /// They still wait.
    pub waiting: u32,
    /// Why some still wait.
    pub trouble: Option<String>,
}

/// Why nothing could be tried.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Only the operator may.
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    /// The clock stands before what the journal has already seen.
    #[error(transparent)]
    Clock(#[from] SetBack),
    /// Our own trouble.
    #[error(transparent)]
    Store(#[from] store::Error),
}

/// What came of one report.
enum Outcome {
    Stamped,
    GivenUp,
    /// Somebody else was faster.
    Settled,
}

/// How many reports wait for their timestamp.
pub async fn waiting(app: &App) -> Result<u32, store::Error> {
    editions::count_wanted(&mut app.0.store.read().await?).await
}

/// Gets the timestamps of all reports that wait, until the authority fails.
pub async fn complete(app: &App, actor: &Actor) -> Result<Completed, Error> {
    actor.may_operate()?;
    let mut done = Completed::default();
    let mut after: Option<(Instant, crate::rules::ReportNumber)> = None;
    'pages: loop {
        let mut tx = app.0.store.read().await?;
        let page = editions::wanted(&mut tx, after.as_ref(), PAGE).await?;
        drop(tx);
        let Some(last) = page.last() else { break };
        after = Some((last.since, last.number.clone()));
        for wanted in &page {
            match stamp_one(app, actor, wanted).await? {
                Ok(Outcome::Stamped) => done.stamped += 1,
                Ok(Outcome::GivenUp) => done.given_up += 1,
                Ok(Outcome::Settled) => (),
                Err(trouble) => {
                    done.trouble = Some(trouble.to_string());
                    break 'pages;
                }
            }
        }
    }
    done.waiting = waiting(app).await?;
    Ok(done)
}

/// Keeps getting timestamps for reports that wait, for as long as the service runs.
pub async fn keep_up(app: App) {
    loop {
        tokio::time::sleep(EVERY).await;
        if waiting(&app).await.unwrap_or(0) == 0 {
            continue;
        }
        match complete(&app, &Actor::operator()).await {
            Ok(Completed { stamped: 0, given_up: 0, .. }) => (),
            Ok(Completed { stamped, given_up, waiting, .. }) => {
                tracing::info!(stamped, given_up, waiting, "reports got their timestamps");
            }
            Err(error) => tracing::warn!(%error, "reports wait for their timestamps"),
        }
    }
}

async fn stamp_one(app: &App, actor: &Actor, wanted: &Wanted) -> Result<Result<Outcome, Trouble>, Error> {
    let mut tx = app.0.store.read().await?;
    let found = reports::find(&mut tx, &Key::Number(wanted.number.clone())).await?;
    let missing = || store::Error::Corrupt(format!("report {} is missing", wanted.number).into());
    let report = found.ok_or_else(missing)?;
    let before = editions::newest(&mut tx, report.subject, &report.number).await?;
    let keys = signers::known(app, &mut tx, app.now()).await?;
    drop(tx);
    let old = file(app, &report, &before).await?;
    let signature = resign::signature(&old);
    let value = signature.as_ref().and_then(|it| seal::inspect(it)).map(|it| it.signature);
    let (Some(signature), Some(value)) = (signature, value) else {
        return Ok(Ok(settle(app, actor, wanted, None).await?));
    };
    let token = match app.0.stamps.token(app, &value).await {
        Ok(token) => token,
        Err(trouble) => return Ok(Err(trouble)),
    };
    let stamped = seal::with_token(&signature, token.der()).ok();
    let pdf = stamped.and_then(|it| resign::with_signature(old, &it).ok());
    let Some((pdf, stamped_at)) = pdf.and_then(|pdf| judged(app, pdf, &keys)) else {
        return Ok(Ok(settle(app, actor, wanted, None).await?));
    };
    let pdf_digest = seal::digest(&pdf);
    app.0.objects.put(pdf).await?;
    let complete = wanted.level == SignatureLevel::LongTerm && app.0.stamps.is_same_authority(&token).await;
    let level = if complete { SignatureLevel::LongTerm } else { SignatureLevel::Timestamped };
    let edition = Edition {
        edition: before.edition + 1,
        pdf_digest,
        level,
        stamped_at: Some(stamped_at),
        stored_at: app.now(),
    };
    Ok(Ok(settle(app, actor, wanted, Some((&report, edition))).await?))
}

/// The file with the time of its timestamp, if a stranger would believe both.
fn judged(app: &App, pdf: Vec<u8>, keys: &TrustBundle) -> Option<(Vec<u8>, Instant)> {
    let verdict = verify::pdf(&pdf, keys, app.now());
    let good = verdict.integrity == Integrity::Intact && verdict.issuer == IssuerTrust::Trusted;
    verdict.timestamped_at.filter(|_| good).map(|at| (pdf, at))
}

/// Ends the waiting of a report, with the edition that it got or without.
async fn settle(
    app: &App,
    actor: &Actor,
    wanted: &Wanted,
    got: Option<(&Report, Edition)>,
) -> Result<Outcome, Error> {
    let mut tx = app.0.store.write().await?;
    let now = moment::hold(app, &mut tx).await??;
    if !editions::settle(&mut tx, wanted.subject, &wanted.number).await? {
        return Ok(Outcome::Settled);
    }
    let number = wanted.number.to_string();
    let outcome = if let Some((report, edition)) = got {
        editions::add(&mut tx, report.subject, &report.number, &edition).await?;
        let details = json!({ "edition": edition.edition, "pdf": edition.pdf_digest, "level": edition.level,
            "stamped_at": edition.stamped_at });
        record(&mut tx, now, actor, "timestamp", number, details).await?;
        Outcome::Stamped
    } else {
        record(&mut tx, now, actor, "give-up-timestamp", number, json!({})).await?;
        Outcome::GivenUp
    };
    tx.commit().await?;
    Ok(outcome)
}
