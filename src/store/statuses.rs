//! Where the issued reports stand: events that are only ever added. The last one tells.

use sqlx::FromRow;
use uuid::Uuid;

use super::columns::count;
use super::{Error, Tx, on};
use crate::rules::{Digest, Instant, ReportNumber, Status};

/// A report's status from an instant on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Its place among the report's events, from 1.
    pub place: u32,
    /// The status.
    pub status: Status,
    /// Since when.
    pub since: Instant,
    /// Why, in the issuer's words.
    pub reason: Option<String>,
    /// Who did it.
    pub actor: String,
}

/// A report that stands otherwise than valid.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct Standing {
    /// The report.
    pub number: ReportNumber,
    /// The digest of its facts.
    pub facts_digest: Digest,
    /// Its place in the status list.
    pub status_index: i64,
    /// Its status.
    pub status: Status,
    /// Since when.
    pub since: Instant,
    /// Why, in the issuer's words.
    pub reason: Option<String>,
}

/// An event as its row has it.
type Row = (i64, Status, Instant, Option<String>, String);

fn event((place, status, since, reason, actor): Row) -> Result<Event, Error> {
    Ok(Event { place: count(place)?, status, since, reason, actor })
}

/// Adds an event: its place is the one after the last that the caller has seen, 1 for a new report.
///
/// # Errors
/// [`Error::Conflict`] where somebody else has added one meanwhile, or where a place would be left out.
pub async fn add(tx: &mut Tx, subject: Uuid, number: &ReportNumber, event: &Event) -> Result<(), Error> {
    const LAST: &str = "SELECT coalesce(max(place), 0) FROM report_status WHERE subject = $1 AND number = $2";
    const SQL: &str = "
        INSERT INTO report_status (subject, number, place, status, since, reason, actor)
        VALUES ($1, $2, $3, $4, $5, $6, $7)";
    let last: i64 =
        on!(&mut *tx, |conn| sqlx::query_scalar(LAST).bind(subject).bind(number).fetch_one(conn).await?);
    if i64::from(event.place) != last + 1 {
        return Err(Error::Conflict);
    }
    on!(tx, |conn| sqlx::query(SQL)
        .bind(subject)
        .bind(number)
        .bind(i64::from(event.place))
        .bind(event.status)
        .bind(event.since)
        .bind(&event.reason)
        .bind(&event.actor)
        .execute(conn)
        .await?
        .rows_affected());
    Ok(())
}

/// The events of a report, oldest first.
pub async fn of(tx: &mut Tx, subject: Uuid, number: &ReportNumber) -> Result<Vec<Event>, Error> {
    const SQL: &str = "SELECT place, status, since, reason, actor FROM report_status
        WHERE subject = $1 AND number = $2 ORDER BY place";
    let rows: Vec<Row> =
        on!(tx, |conn| sqlx::query_as(SQL).bind(subject).bind(number).fetch_all(conn).await?);
    rows.into_iter().map(event).collect()
}

/// Where a report stands now: its last event.
pub async fn current(tx: &mut Tx, subject: Uuid, number: &ReportNumber) -> Result<Option<Event>, Error> {
    const SQL: &str = "SELECT place, status, since, reason, actor FROM report_status
        WHERE subject = $1 AND number = $2 ORDER BY place DESC LIMIT 1";
    let row: Option<Row> =
        on!(tx, |conn| sqlx::query_as(SQL).bind(subject).bind(number).fetch_optional(conn).await?);
    row.map(event).transpose()
}

/// Every report that stood otherwise than valid at an instant, by its place in the status list: what an offline
/// verifier needs. Reports that always stood cost nothing here.
pub async fn non_valid(tx: &mut Tx, as_of: Instant) -> Result<Vec<Standing>, Error> {
    const SQL: &str = "
        SELECT r.number, r.facts_digest, r.status_index, s.status, s.since, s.reason
        FROM report_status s JOIN report r ON r.subject = s.subject AND r.number = s.number
        WHERE s.status <> 'valid' AND s.since <= $1 AND NOT EXISTS (
            SELECT 1 FROM report_status later
            WHERE later.subject = s.subject AND later.number = s.number AND later.place > s.place
                AND later.since <= $1)
        ORDER BY r.status_index";
    Ok(on!(tx, |conn| sqlx::query_as(SQL).bind(as_of).fetch_all(conn).await?))
}
