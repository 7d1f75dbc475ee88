//! A report that became disputed or superseded is followed by a fresh one with the same settings, free of charge.
//!
//! The other report is not changed. There is one fresh report for each time that a report got such a status, whoever asks for it
//! and however often; when the status changes again, there may be another.

use super::issue::{self, Ask, Issued};
use super::{Actor, App, reports};
use crate::rules::facts::{Bilingual, Channel};
use crate::rules::{Instant, ReportNumber, Status, years_before};
use crate::store::renewals::Renewed;
use crate::store::{self, statuses, subjects};

/// An earlier report, whose settings another one has.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Earlier {
    /// What it was for, in the words of then.
    pub(super) purpose: Option<Bilingual>,
    /// The report and the place of the status that allows it, where the other one comes in its place.
    pub(super) replaced: Option<Renewed>,
}

/// Why nothing was issued.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No such report, or not theirs.
    #[error(transparent)]
    Report(#[from] reports::Error),
    /// It stands: there is nothing to replace.
    #[error("report {0} is valid, so there is nothing to renew: ask for a new report")]
    Valid(ReportNumber),
    /// The issuer took it back.
    #[error("report {0} was revoked at {1}: ask for a new report")]
    Revoked(ReportNumber, Instant),
    /// The fresh report was not issued.
    #[error(transparent)]
    Issue(#[from] issue::Error),
    /// Our own trouble.
    #[error(transparent)]
    Store(#[from] store::Error),
}

/// Issues a fresh report in place of one that is disputed or superseded: about the same subject, domains and days, for the same
/// purpose, in the same edition. Days that lie too far back by now are left out.
pub async fn renew(app: &App, actor: &Actor, number: &str, channel: Channel) -> Result<Issued, Error> {
    let (mut tx, stored) = reports::find(app, actor, number).await?;
    let (report, facts) = (stored.report, stored.facts);
    let damaged = || store::Error::Corrupt(format!("the status of report {}", report.number).into());
    let current = statuses::current(&mut tx, report.subject, &report.number).await?.ok_or_else(damaged)?;
    match current.status {
        Status::Disputed | Status::Superseded => (),
        Status::Revoked => return Err(Error::Revoked(report.number, current.since)),
        Status::Valid | Status::Unknown => return Err(Error::Valid(report.number)),
    }
    let subject = subjects::by_id(&mut tx, report.subject).await?.ok_or(reports::Error::NotFound)?;
    drop(tx);
    let earliest = years_before(app.now().local_day(), app.reference().policy.longest_years);
    let ask = Ask {
        subject: subject.code.value,
        domains: Some(report.domains),
        preset: None,
        from: Some(report.period.from.max(earliest)),
        to: Some(report.period.to),
        span: None,
        purpose: None,
        include_repaired: facts.request.include_repaired,
        edition: Some(report.edition),
        channel,
        idempotency_key: None,
    };
    let report = Renewed { subject: report.subject, number: report.number, place: current.place };
    let earlier = Earlier { purpose: facts.request.purpose, replaced: Some(report) };
    Ok(issue::after(app, actor, ask, Some(earlier)).await?)
}
