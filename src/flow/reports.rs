//! A report is shown and fetched, by its subject and the operator.

use super::{Actor, App};
use crate::report::Edition;
use crate::rules::{Digest, Facts, Instant, ReportNumber, SignatureLevel, StatusAt};
use crate::seal;
use crate::store::reports::{Key, Report};
use crate::store::{self, Tx, editions, reports, statuses, subjects};

/// A report as it is kept.
#[derive(Clone, Debug)]
pub struct Shown {
    /// Everything it says.
    pub facts: Facts,
    /// Where it stands.
    pub status: StatusAt,
    /// Its language.
    pub edition: Edition,
    /// Digest of the canonical facts.
    pub facts_sha256: Digest,
    /// Digest of the PDF: of its newest edition.
    pub pdf_sha256: Digest,
    /// What its signature brings along.
    pub level: SignatureLevel,
    /// The time that its timestamp says.
    pub timestamped_at: Option<Instant>,
    /// It lacks a timestamp that it will get.
    pub timestamp_pending: bool,
}

/// Why there is nothing to show.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No such report, or not theirs: the two are not told apart.
    #[error("there is no such report, or it is not yours to see")]
    NotFound,
    /// Our own trouble.
    #[error(transparent)]
    Store(#[from] store::Error),
}

/// A report with its facts, checked against their digest.
pub(super) struct Stored {
    pub(super) report: Report,
    pub(super) facts: Facts,
}

/// The report of a number.
pub(super) async fn stored(tx: &mut Tx, number: &ReportNumber) -> Result<Option<Stored>, store::Error> {
    by_key(tx, &Key::Number(number.clone())).await
}

/// The report that a key belongs to.
pub(super) async fn by_key(tx: &mut Tx, key: &Key) -> Result<Option<Stored>, store::Error> {
    let Some(report) = reports::find(tx, key).await? else { return Ok(None) };
    let bytes = reports::facts(tx, &report).await?;
    let facts = facts_of(&report, &bytes)?;
    Ok(Some(Stored { report, facts }))
}

/// The facts of a report, checked against their digest.
fn facts_of(report: &Report, bytes: &[u8]) -> Result<Facts, store::Error> {
    are_facts(&report.number, report.facts_digest, bytes)?;
    Facts::from_own(bytes).map_err(|_| damaged(&report.number))
}

/// Whether bytes are the facts of a report, by their digest.
pub(super) fn are_facts(number: &ReportNumber, digest: Digest, bytes: &[u8]) -> Result<(), store::Error> {
    if seal::digest(bytes) == digest { Ok(()) } else { Err(damaged(number)) }
}

fn damaged(number: &ReportNumber) -> store::Error {
    store::Error::Corrupt(format!("the facts of report {number}").into())
}

/// An edition of the signed PDF, byte for byte.
pub(super) async fn file(
    app: &App,
    report: &Report,
    edition: &editions::Edition,
) -> Result<Vec<u8>, store::Error> {
    let missing = || store::Error::Corrupt(format!("the PDF of report {} is missing", report.number).into());
    app.0.objects.get(edition.pdf_digest).await?.ok_or_else(missing)
}

/// Where a report stands now.
pub(super) async fn status(app: &App, tx: &mut Tx, report: &Report) -> Result<StatusAt, store::Error> {
    let event = statuses::current(tx, report.subject, &report.number).await?;
    let known_at = Some(app.now());
    Ok(match event {
        Some(event) => {
            StatusAt { status: event.status, since: Some(event.since), note: event.reason, known_at }
        }
        None => StatusAt { known_at, ..StatusAt::unknown() },
    })
}

/// Shows a report to whom it concerns.
pub async fn show(app: &App, actor: &Actor, number: &str) -> Result<Shown, Error> {
    let (mut tx, stored) = find(app, actor, number).await?;
    let status = status(app, &mut tx, &stored.report).await?;
    let damaged = |_| store::Error::Corrupt(format!("the edition of report {}", stored.report.number).into());
    let Report { subject, number, .. } = &stored.report;
    let newest = editions::newest(&mut tx, *subject, number).await?;
    Ok(Shown {
        status,
        edition: stored.report.edition.parse().map_err(damaged)?,
        facts_sha256: stored.report.facts_digest,
        pdf_sha256: newest.pdf_digest,
        level: newest.level,
        timestamped_at: newest.stamped_at,
        timestamp_pending: editions::is_wanted(&mut tx, *subject, number).await?,
        facts: stored.facts,
    })
}

/// The signed PDF, for whom it concerns.
pub async fn pdf(app: &App, actor: &Actor, number: &str) -> Result<(ReportNumber, Digest, Vec<u8>), Error> {
    let (mut tx, stored) = find(app, actor, number).await?;
    let newest = editions::newest(&mut tx, stored.report.subject, &stored.report.number).await?;
    let bytes = file(app, &stored.report, &newest).await?;
    Ok((stored.facts.number, newest.pdf_digest, bytes))
}

/// The text of a report's QR as a drawing (SVG); `None` where it is too long for one.
#[must_use]
pub fn drawing(text: &str) -> Option<String> {
    crate::report::qr::qr(text).ok().map(|modules| modules.svg())
}

/// The report of a number, for whom it concerns.
pub(super) async fn find(app: &App, actor: &Actor, number: &str) -> Result<(Tx, Stored), Error> {
    let number: ReportNumber = number.parse().map_err(|_| Error::NotFound)?;
    let mut tx = app.0.store.read().await?;
    let stored = stored(&mut tx, &number).await?.ok_or(Error::NotFound)?;
    let subject = subjects::by_id(&mut tx, stored.report.subject).await?.ok_or(Error::NotFound)?;
    super::issue::sees(&mut tx, actor, &subject).await?.map_err(|_| Error::NotFound)?;
    Ok((tx, stored))
}
