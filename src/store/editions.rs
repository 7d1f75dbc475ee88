//! The files of a report: the same signed document, first perhaps without and later with its timestamp.
//!
//! Every edition that was ever handed out is found by its digest and verifies; the newest is the one to hand out. Reports that still
//! lack their timestamp stand in a queue.

use sqlx::FromRow;
use uuid::Uuid;

use super::columns::count;
use super::{Error, Tx, on};
use crate::rules::{Digest, Instant, ReportNumber, SignatureLevel};

/// One file of a report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edition {
    /// Its number, from 1.
    pub edition: u32,
    /// The digest of the file, under which it is kept as an object.
    pub pdf_digest: Digest,
    /// What its signature brings along.
    pub level: SignatureLevel,
    /// The time that its timestamp says.
    pub stamped_at: Option<Instant>,
    /// When it was stored.
    pub stored_at: Instant,
}

/// A report that lacks its timestamp.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct Wanted {
    /// The subject.
    pub subject: Uuid,
    /// The report.
    pub number: ReportNumber,
    /// The level that it reaches with the timestamp.
    pub level: SignatureLevel,
    /// Since when it waits.
    pub since: Instant,
}

/// An edition as its row has it.
type Row = (i64, Digest, SignatureLevel, Option<Instant>, Instant);

fn edition((edition, pdf_digest, level, stamped_at, stored_at): Row) -> Result<Edition, Error> {
    Ok(Edition { edition: count(edition)?, pdf_digest, level, stamped_at, stored_at })
}

/// Adds an edition: its number is the one after the last. The digest of the first is a key of the report already, that of a later
/// one becomes another key.
///
/// # Errors
/// [`Error::Conflict`] where somebody else has added one meanwhile.
pub async fn add(tx: &mut Tx, subject: Uuid, number: &ReportNumber, edition: &Edition) -> Result<(), Error> {
    const SQL: &str = "
        INSERT INTO report_edition (subject, number, edition, pdf_digest, level, stamped_at, stored_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7)";
    const KEY: &str = "INSERT INTO report_key (kind, value, subject, number) VALUES ('pdf', $1, $2, $3)";
    on!(&mut *tx, |conn| sqlx::query(SQL)
        .bind(subject)
        .bind(number)
        .bind(i64::from(edition.edition))
        .bind(edition.pdf_digest)
        .bind(edition.level)
        .bind(edition.stamped_at)
        .bind(edition.stored_at)
        .execute(conn)
        .await?
        .rows_affected());
    if edition.edition > 1 {
        on!(tx, |conn| sqlx::query(KEY)
            .bind(edition.pdf_digest.to_string())
            .bind(subject)
            .bind(number)
            .execute(conn)
            .await?
            .rows_affected());
    }
    Ok(())
}

/// The editions of a report, oldest first.
pub async fn of(tx: &mut Tx, subject: Uuid, number: &ReportNumber) -> Result<Vec<Edition>, Error> {
    const SQL: &str = "SELECT edition, pdf_digest, level, stamped_at, stored_at FROM report_edition
        WHERE subject = $1 AND number = $2 ORDER BY edition";
    let rows: Vec<Row> =
        on!(tx, |conn| sqlx::query_as(SQL).bind(subject).bind(number).fetch_all(conn).await?);
    rows.into_iter().map(edition).collect()
}

/// The edition to hand out.
///
/// # Errors
/// [`Error::Corrupt`] where a report has none.
pub async fn newest(tx: &mut Tx, subject: Uuid, number: &ReportNumber) -> Result<Edition, Error> {
    const SQL: &str = "SELECT edition, pdf_digest, level, stamped_at, stored_at FROM report_edition
        WHERE subject = $1 AND number = $2 ORDER BY edition DESC LIMIT 1";
    let row: Option<Row> =
        on!(tx, |conn| sqlx::query_as(SQL).bind(subject).bind(number).fetch_optional(conn).await?);
    row.map(edition).transpose()?.ok_or_else(|| Error::Corrupt(format!("report {number} has no file").into()))
}

/// Puts a report into the queue of those that lack their timestamp.
pub async fn want(tx: &mut Tx, wanted: &Wanted) -> Result<(), Error> {
    const SQL: &str = "INSERT INTO timestamp_wanted (subject, number, level, since) VALUES ($1, $2, $3, $4)";
    on!(tx, |conn| sqlx::query(SQL)
        .bind(wanted.subject)
        .bind(&wanted.number)
        .bind(wanted.level)
        .bind(wanted.since)
        .execute(conn)
        .await?
        .rows_affected());
    Ok(())
}

/// The queue after an instant and number, oldest first; from its beginning where none is given.
pub async fn wanted(
    tx: &mut Tx,
    after: Option<&(Instant, ReportNumber)>,
    limit: u32,
) -> Result<Vec<Wanted>, Error> {
    const FIRST: &str = "SELECT subject, number, level, since FROM timestamp_wanted
        ORDER BY since, number LIMIT $1";
    const NEXT: &str = "SELECT subject, number, level, since FROM timestamp_wanted
        WHERE since > $2 OR (since = $2 AND number > $3) ORDER BY since, number LIMIT $1";
    let limit = i64::from(limit);
    Ok(match after {
        None => on!(tx, |conn| sqlx::query_as(FIRST).bind(limit).fetch_all(conn).await?),
        Some((since, number)) => {
            on!(tx, |conn| sqlx::query_as(NEXT).bind(limit).bind(*since).bind(number).fetch_all(conn).await?)
        }
    })
}

/// Whether a report lacks its timestamp.
pub async fn is_wanted(tx: &mut Tx, subject: Uuid, number: &ReportNumber) -> Result<bool, Error> {
    const SQL: &str = "SELECT count(*) FROM timestamp_wanted WHERE subject = $1 AND number = $2";
    let found: i64 =
        on!(tx, |conn| sqlx::query_scalar(SQL).bind(subject).bind(number).fetch_one(conn).await?);
    Ok(found > 0)
}

/// How many reports lack their timestamp.
pub async fn count_wanted(tx: &mut Tx) -> Result<u32, Error> {
    const SQL: &str = "SELECT count(*) FROM timestamp_wanted";
    count(on!(tx, |conn| sqlx::query_scalar(SQL).fetch_one(conn).await?))
}

/// Takes a report out of the queue; false where it is not in it (any more). Whoever gets true adds the edition.
pub async fn settle(tx: &mut Tx, subject: Uuid, number: &ReportNumber) -> Result<bool, Error> {
    const SQL: &str = "DELETE FROM timestamp_wanted WHERE subject = $1 AND number = $2";
    let removed =
        on!(tx, |conn| sqlx::query(SQL).bind(subject).bind(number).execute(conn).await?.rows_affected());
    Ok(removed > 0)
}
