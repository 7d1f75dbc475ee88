//! What a change to a record would do, told before it is done: the record as it would stand, and the reports that would follow.

use uuid::Uuid;

use super::amend::{self, Error};
use super::follow::{self, Changed};
use super::records::{self, Shown};
use super::{Actor, App, moment};
use crate::rules::{Change, Instant, ReportNumber, Status};
use crate::store::records::Kept;

/// What a change would do.
#[derive(Clone, Debug)]
pub struct Foreseen {
    /// The record as it stands.
    pub before: Shown,
    /// As it would stand.
    pub after: Shown,
    /// The live reports that would get another status.
    pub reports: Vec<Affected>,
}

/// A live report that would get another status.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Affected {
    /// Its number, which opens nothing.
    pub number: ReportNumber,
    /// When it was issued.
    pub issued_at: Instant,
    /// Where it stands.
    pub now: Status,
    /// Where it would stand.
    pub then: Status,
}

/// Tells what a change would do. Nothing is done.
pub async fn foresee(app: &App, actor: &Actor, record: Uuid, change: &Change) -> Result<Foreseen, Error> {
    let mut tx = app.0.store.read().await?;
    let now = moment::present(app, &mut tx).await??;
    let before = amend::own(&mut tx, actor, record).await?.ok_or(Error::Unknown(record))?;
    let next = amend::next((&before).into(), change, Uuid::nil(), 0, now)?;
    let moves = follow::moves(&mut tx, Changed::from(&next.version)).await?;
    let reports = moves.into_iter().map(|moves| Affected {
        number: moves.report.number,
        issued_at: moves.report.issued_at,
        now: moves.current.status,
        then: moves.status,
    });
    let after = Kept { version: next.version, content: next.content, superseded_at: None };
    Ok(Foreseen {
        reports: reports.collect(),
        before: records::show_one(&mut tx, before).await?,
        after: records::show_one(&mut tx, after).await?,
    })
}
