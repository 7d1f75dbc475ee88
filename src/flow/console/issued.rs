//! The reports of all subjects, for the operator to look at: which there are, what became of each, and how many.

use time::{Date, Month};
use uuid::Uuid;

use super::{Error, proposal};
use crate::flow::{Actor, App, Listing, issue, reports};
use crate::rules::{Facts, Instant, ProposalKind, ReportNumber, Status};
use crate::store::issued::{self, Filter, Issued};
use crate::store::journal::{self, Link};
use crate::store::statuses::{self, Event};
use crate::store::{Tx, subjects};

/// The longest time that figures are drawn for, in months.
const MONTHS: usize = 60;

/// Which reports are meant; what is missing matches all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// The one with this number.
    pub number: Option<ReportNumber>,
    /// Those about whoever bears or bore this code or this whole name, or has this id.
    pub subject: Option<String>,
    /// Those issued on this day or later.
    pub from: Option<Date>,
    /// Those issued on this day or before.
    pub to: Option<Date>,
    /// Those that stand so now.
    pub status: Option<Status>,
}

/// A line of the list.
#[derive(Clone, Debug)]
pub struct Line {
    /// The report's number.
    pub number: ReportNumber,
    /// Its subject's name, as reports print it.
    pub subject: String,
    /// Its subject's code, as reports print it.
    pub code: String,
    /// When it was issued.
    pub issued_at: Instant,
    /// How many domains it is about.
    pub domains: usize,
    /// Where it stands.
    pub status: Status,
}

/// A report with everything that was done to it.
#[derive(Clone, Debug)]
pub struct One {
    /// Everything it says.
    pub facts: Facts,
    /// Who asked for it.
    pub issued_by: String,
    /// How many domains got a conclusion.
    pub concluded: u32,
    /// Where it stood, oldest first.
    pub history: Vec<Event>,
    /// What the journal says of it.
    pub journal: Vec<Link>,
    /// It was proposed to revoke it.
    pub proposed: Option<Uuid>,
}

/// What was issued in a month.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Monthly {
    /// Its first day.
    pub month: Date,
    /// What was issued.
    pub issued: Issued,
}

/// A part of the reports, the newest first, and how many there are.
pub async fn list(
    app: &App,
    actor: &Actor,
    wanted: &Wanted,
    page: Listing,
) -> Result<(Vec<Line>, u32), Error> {
    actor.may_inspect()?;
    let mut tx = app.0.store.read().await?;
    let subjects = match &wanted.subject {
        Some(words) => Some(bearers(&mut tx, words).await?),
        None => None,
    };
    let filter = Filter {
        number: wanted.number.clone(),
        by: None,
        subjects,
        from: wanted.from.map(Instant::start_of),
        before: wanted.to.and_then(Date::next_day).map(Instant::start_of),
        status: wanted.status,
    };
    let mut lines = Vec::new();
    for issued::Line { report, status, .. } in issued::list(&mut tx, &filter, page).await? {
        let subject = subjects::by_id(&mut tx, report.subject).await?;
        lines.push(Line {
            number: report.number,
            subject: subject.as_ref().map(crate::rules::Subject::shown_name).unwrap_or_default(),
            code: subject.map(|subject| subject.code.shown()).unwrap_or_default(),
            issued_at: report.issued_at,
            domains: report.domains.len(),
            status,
        });
    }
    Ok((lines, issued::number(&mut tx, &filter).await?))
}

/// The subjects that bear or bore a code or a name, or the one with an id; of those that were merged, all.
async fn bearers(tx: &mut Tx, words: &str) -> Result<Vec<Uuid>, Error> {
    let mut ids = Vec::new();
    if let Ok(id) = words.parse::<Uuid>() {
        return Ok(subjects::with_merged(tx, id).await?);
    }
    if let Some(subject) = issue::find_subject(tx, words).await? {
        ids = subjects::with_merged(tx, subject.id).await?;
    }
    let names = subjects::ids_by_names(tx, &[words.to_owned()]).await?;
    ids.extend(names.into_values().flatten());
    ids.sort_unstable();
    ids.dedup();
    Ok(ids)
}

/// A report, and everything that was done to it.
pub async fn one(app: &App, actor: &Actor, number: &str) -> Result<One, Error> {
    actor.may_inspect()?;
    let number: ReportNumber = number.parse().map_err(|_| Error::NotFound)?;
    let mut tx = app.0.store.read().await?;
    let reports::Stored { report, facts } =
        reports::stored(&mut tx, &number).await?.ok_or(Error::NotFound)?;
    let object = number.to_string();
    Ok(One {
        facts,
        issued_by: report.issued_by,
        concluded: report.concluded,
        history: statuses::of(&mut tx, report.subject, &number).await?,
        journal: journal::about(&mut tx, &object).await?,
        proposed: proposal::open_about(&mut tx, ProposalKind::RevokeReport, &object, app.now()).await?,
    })
}

/// What was issued in each month from one day's to another's, oldest first; at most five years.
pub async fn monthly(app: &App, actor: &Actor, from: Date, to: Date) -> Result<Vec<Monthly>, Error> {
    actor.may_inspect()?;
    let mut tx = app.0.store.read().await?;
    let mut month = first_of(from);
    let mut months = Vec::new();
    while month <= to && months.len() < MONTHS {
        let next = after(month);
        let issued = issued::between(&mut tx, Instant::start_of(month), Instant::start_of(next)).await?;
        months.push(Monthly { month, issued });
        if next <= month {
            break;
        }
        month = next;
    }
    Ok(months)
}

/// The first day of a day's month.
fn first_of(day: Date) -> Date {
    day.replace_day(1).unwrap_or(day)
}

/// The first day of the month after the one that begins on a day; the same day at the end of all days.
fn after(month: Date) -> Date {
    let year = if month.month() == Month::December { month.year() + 1 } else { month.year() };
    Date::from_calendar_date(year, month.month().next(), 1).unwrap_or(month)
}
