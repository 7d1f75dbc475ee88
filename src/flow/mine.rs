//! A subject looks at itself, or somebody who acts for it does: its records, what can be repaired and when, what the data cover,
//! and its reports. Nobody sees anybody else's: what is not theirs is answered like what is not there.

use time::Date;
use time::macros::date;
use uuid::Uuid;

use super::issue::{self, Ask};
use super::records::{Shown, State, show_one};
use super::{Actor, App, Listing, Scope, cases, preview, reports as stored};
use crate::rules::facts::Channel;
use crate::rules::{
    CaseKind, CheckedCondition, DomainId, Facts, Instant, Met, Period, Promises, RepairCondition, StatusAt,
    Subject, Version, years_before,
};
use crate::store::reports::Report;
use crate::store::{self, Tx, cases as kept_cases, records as kept, reports, subjects};

/// Every day on which anything can have been decided.
const EVER: Period = Period { from: date!(1900 - 01 - 01), to: date!(9999 - 12 - 31) };

/// A subject that somebody looks after.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    /// Its id.
    pub id: Uuid,
    /// Its code.
    pub code: String,
    /// Its code as it may be shown: a person's number is masked.
    pub shown_code: String,
    /// Its name as it may be shown.
    pub name: String,
    /// How far they may go for it.
    pub scope: Scope,
    /// What the mandate is for, where there is one that says so.
    pub purpose: String,
    /// Until when.
    pub until: Option<Instant>,
}

/// A record, in one line of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// The record.
    pub record: Shown,
    /// Whether it can be repaired.
    pub repair: Repairable,
}

/// Whether and when a record can be repaired, as far as its data tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Repairable {
    /// It is repaired, or counts no more.
    Settled,
    /// One may ask now: the shortest time of publicity has passed.
    Now,
    /// From this day on.
    From(Date),
    /// The rules are about penalties: its authority knows.
    AskAuthority,
}

/// A record with everything that its subject may know of it.
#[derive(Clone, Debug)]
pub struct Whole {
    /// The subject, which may be one that was merged into the one looked after.
    pub subject: Uuid,
    /// Its versions as regulators sent them, oldest first; at least one.
    pub versions: Vec<Shown>,
    /// Whether it can be repaired.
    pub repair: Repairable,
    /// The conditions of a repair.
    pub conditions: Vec<CheckedCondition>,
    /// The cases about it that are open.
    pub cases: Vec<cases::Case>,
}

/// A report, in one line of a list.
#[derive(Clone, Debug)]
pub struct ReportLine {
    /// The report.
    pub report: Report,
    /// Where it stands.
    pub status: StatusAt,
}

/// Why there is nothing to show.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No such thing, or not theirs: the two are not told apart.
    #[error("there is nothing here, or it is not yours to see")]
    NotFound,
    /// What the data cover cannot be told.
    #[error(transparent)]
    Draw(#[from] Box<issue::Error>),
    /// Our own trouble.
    #[error(transparent)]
    Store(#[from] store::Error),
}

/// The subjects that somebody looks after, each once, in the order in which they were given.
pub async fn subjects(app: &App, actor: &Actor) -> Result<Vec<Held>, Error> {
    actor.may_hold().map_err(|_| Error::NotFound)?;
    let mut tx = app.0.store.read().await?;
    let mut held: Vec<Held> = Vec::new();
    for mandate in actor.mandates() {
        let Some(subject) = issue::find_subject(&mut tx, &mandate.subject).await? else { continue };
        if let Some(before) = held.iter_mut().find(|it| it.id == subject.id) {
            // What several mandates allow is allowed; the one that holds longest is told.
            before.scope = before.scope.with(mandate.scope);
            if before.until.is_some_and(|until| mandate.until.is_none_or(|other| other > until)) {
                (before.until, before.purpose) = (mandate.until, mandate.purpose);
            }
            continue;
        }
        held.push(Held {
            scope: mandate.scope,
            id: subject.id,
            shown_code: subject.code.shown(),
            name: subject.shown_name(),
            code: subject.code.value,
            purpose: mandate.purpose,
            until: mandate.until,
        });
    }
    Ok(held)
}

/// The subject with an id, for somebody who reaches it within a scope.
pub(super) async fn subject(
    tx: &mut Tx,
    actor: &Actor,
    id: Uuid,
    within: fn(&Scope) -> bool,
) -> Result<Subject, Error> {
    let subject = subjects::by_id(tx, id).await?.ok_or(Error::NotFound)?;
    let reached = issue::reaches(tx, actor, &subject, within).await?;
    reached.map(|()| subject).map_err(|_| Error::NotFound)
}

/// Every record of a subject, latest decision first.
pub async fn records(app: &App, actor: &Actor, id: Uuid) -> Result<Vec<Line>, Error> {
    let mut tx = app.0.store.read().await?;
    let subject = subject(&mut tx, actor, id, |scope| scope.see).await?;
    let ids = subjects::with_merged(&mut tx, subject.id).await?;
    let catalogue = &app.reference().catalogue;
    let domains: Vec<DomainId> = catalogue.domains.iter().map(|domain| domain.id.clone()).collect();
    let mut lines = Vec::new();
    for version in kept::point_query(&mut tx, &ids, &domains, EVER, app.now()).await? {
        let repair = repairable(&version, &conditions(app, &version));
        let kept = kept::Kept { version, content: crate::rules::Digest::ZERO, superseded_at: None };
        lines.push(Line { record: show_one(&mut tx, kept).await?, repair });
    }
    Ok(lines)
}

/// One record, with all of its versions.
pub async fn record(app: &App, actor: &Actor, record: Uuid) -> Result<Whole, Error> {
    let mut tx = app.0.store.read().await?;
    let owner = kept::subject_of(&mut tx, record).await?.ok_or(Error::NotFound)?;
    subject(&mut tx, actor, owner, |scope| scope.see).await?;
    let history = kept::history(&mut tx, owner, record).await?;
    let newest = history.last().ok_or(Error::NotFound)?.version.clone();
    let mut versions = Vec::with_capacity(history.len());
    for version in history {
        versions.push(show_one(&mut tx, version).await?);
    }
    let mut open = Vec::new();
    for &kind in CaseKind::ALL {
        open.extend(kept_cases::open_on(&mut tx, owner, record, kind).await?);
    }
    let conditions = conditions(app, &newest);
    let repair = repairable(&newest, &conditions);
    Ok(Whole { subject: owner, versions, repair, conditions, cases: open })
}

/// What would have to be so for a repair, if everything is promised.
fn conditions(app: &App, version: &Version) -> Vec<CheckedCondition> {
    let promises = Promises { duties_fulfilled: true, commitment: true };
    app.reference().repair.check(version, promises, app.now().local_day())
}

fn repairable(version: &Version, conditions: &[CheckedCondition]) -> Repairable {
    match State::from(&version.standing) {
        State::Withdrawn | State::Annulled | State::Repaired => return Repairable::Settled,
        State::Disputed | State::Suspended | State::InForce => (),
    }
    let period = conditions.iter().find(|it| it.condition == RepairCondition::MinimumPeriod);
    match period.map(|it| (it.met, it.from)) {
        Some((Met::Yes, _)) => Repairable::Now,
        Some((Met::No, Some(day))) => Repairable::From(day),
        _ => Repairable::AskAuthority,
    }
}

/// What the data cover and say of a subject now, in all domains and as far back as a report may go.
pub async fn coverage(app: &App, actor: &Actor, id: Uuid) -> Result<Facts, Error> {
    let mut tx = app.0.store.read().await?;
    let subject = subject(&mut tx, actor, id, |scope| scope.see).await?;
    let earliest = years_before(app.now().local_day(), app.reference().policy.longest_years);
    let ask = Ask {
        subject: subject.code.value.clone(),
        domains: None,
        preset: None,
        from: Some(earliest),
        to: None,
        span: None,
        purpose: None,
        include_repaired: true,
        edition: None,
        channel: Channel::Portal,
        idempotency_key: None,
    };
    let facts = preview::drawn(app, &mut tx, actor, &ask, &subject).await;
    facts.map_err(|error| Error::Draw(Box::new(error)))
}

/// A part of the reports about a subject, newest first, and how many there are.
pub async fn reports(
    app: &App,
    actor: &Actor,
    id: Uuid,
    page: Listing,
) -> Result<(Vec<ReportLine>, u32), Error> {
    let mut tx = app.0.store.read().await?;
    let subject = subject(&mut tx, actor, id, |scope| scope.see).await?;
    let ids = subjects::with_merged(&mut tx, subject.id).await?;
    let mut lines = Vec::new();
    for report in reports::by_subjects(&mut tx, &ids, page).await? {
        let status = stored::status(app, &mut tx, &report).await?;
        lines.push(ReportLine { report, status });
    }
    Ok((lines, reports::number_of(&mut tx, &ids).await?))
}
