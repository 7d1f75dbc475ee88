//! The operator takes a report back: two people together (`console/proposal`), or one in an emergency, which others are told of.

use serde_json::json;

use super::record::record;
use super::{Actor, App, Forbidden, SetBack, moment, notices};
use crate::rules::{AccountRole, BadReportNumber, Instant, ReportNumber, Status};
use crate::store::reports::Key;
use crate::store::{self, Tx, reports, statuses};

/// A report that was taken back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Revoked {
    /// Its number.
    pub number: ReportNumber,
    /// Since when.
    pub at: Instant,
}

/// Why it was not.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Only the operator may.
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    /// Not a number.
    #[error(transparent)]
    Number(#[from] BadReportNumber),
    /// Verifiers read the reason.
    #[error("give a reason of 1 to 500 characters: verifiers read it")]
    Reason,
    /// No report has this number.
    #[error("there is no report {0}")]
    Unknown(ReportNumber),
    /// It was revoked before.
    #[error("report {0} was revoked at {1}")]
    Already(ReportNumber, Instant),
    /// The clock stands before what the journal has already seen.
    #[error(transparent)]
    Clock(#[from] SetBack),
    /// Our own trouble.
    #[error(transparent)]
    Store(#[from] store::Error),
}

/// Who is told of a revocation that one person did alone.
const WATCH: [AccountRole; 3] = [AccountRole::Security, AccountRole::Auditor, AccountRole::System];

/// Revokes a report at once, by one person: once this returns, it verifies nowhere, and in no bundle made from then on. The journal says
/// that it was an emergency, and whoever watches over the service is told.
pub async fn in_emergency(app: &App, actor: &Actor, number: &str, reason: &str) -> Result<Revoked, Error> {
    actor.may_operate()?;
    let number: ReportNumber = number.parse()?;
    let reason = crate::rules::normal::free_text(reason);
    if reason.is_empty() || reason.chars().count() > 500 {
        return Err(Error::Reason);
    }
    let mut tx = app.0.store.write().await?;
    let now = moment::hold(app, &mut tx).await??;
    let revoked = within(app, &mut tx, actor, number, reason, true, now).await?;
    for role in WATCH {
        notices::revoked(app, &mut tx, role, &revoked.number, now).await?;
    }
    tx.commit().await?;
    Ok(revoked)
}

/// The report that can be revoked, and its last status.
pub(super) async fn live(
    tx: &mut Tx,
    number: &ReportNumber,
) -> Result<(reports::Report, Option<statuses::Event>), Error> {
    let found = reports::find(tx, &Key::Number(number.clone())).await?;
    let report = found.ok_or_else(|| Error::Unknown(number.clone()))?;
    let current = statuses::current(tx, report.subject, number).await?;
    match current.as_ref().filter(|event| event.status == Status::Revoked) {
        Some(event) => Err(Error::Already(number.clone(), event.since)),
        None => Ok((report, current)),
    }
}

/// Revokes a report in a transaction of the caller's, who holds the journal since `now`; `alone`, where nobody else approved it.
pub(super) async fn within(
    app: &App,
    tx: &mut Tx,
    actor: &Actor,
    number: ReportNumber,
    reason: String,
    alone: bool,
    now: Instant,
) -> Result<Revoked, Error> {
    let (report, current) = live(tx, &number).await?;
    let event = statuses::Event {
        place: current.map_or(1, |event| event.place + 1),
        status: Status::Revoked,
        since: now,
        reason: Some(reason.clone()),
        actor: actor.name.clone(),
    };
    statuses::add(tx, report.subject, &number, &event).await?;
    notices::status(app, tx, &report, &event).await?;
    let details =
        if alone { json!({ "reason": reason, "emergency": true }) } else { json!({ "reason": reason }) };
    record(tx, now, actor, "revoke", number.to_string(), details).await?;
    Ok(Revoked { number, at: now })
}
