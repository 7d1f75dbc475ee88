//! Fresh reports in place of those that became disputed or superseded: one for each time that happened.

use uuid::Uuid;

use super::{Error, Tx, on};
use crate::rules::{Instant, ReportNumber};

/// A report that may be renewed, with the place of the status that allows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Renewed {
    /// The report's subject.
    pub subject: Uuid,
    /// Its number.
    pub number: ReportNumber,
    /// The place of its status.
    pub place: u32,
}

/// The fresh report that was issued for this status already.
pub async fn find(tx: &mut Tx, renewed: &Renewed) -> Result<Option<ReportNumber>, Error> {
    const SQL: &str = "SELECT fresh FROM report_renewal WHERE subject = $1 AND number = $2 AND place = $3";
    Ok(on!(tx, |conn| sqlx::query_scalar(SQL)
        .bind(renewed.subject)
        .bind(&renewed.number)
        .bind(i64::from(renewed.place))
        .fetch_optional(conn)
        .await?))
}

/// Remembers the fresh report, in the transaction that issues it.
///
/// # Errors
/// [`Error::Conflict`] where somebody else was given one meanwhile.
pub async fn keep(tx: &mut Tx, renewed: &Renewed, fresh: &ReportNumber, at: Instant) -> Result<(), Error> {
    const SQL: &str =
        "INSERT INTO report_renewal (subject, number, place, fresh, at) VALUES ($1, $2, $3, $4, $5)";
    on!(tx, |conn| sqlx::query(SQL)
        .bind(renewed.subject)
        .bind(&renewed.number)
        .bind(i64::from(renewed.place))
        .bind(fresh)
        .bind(at)
        .execute(conn)
        .await?
        .rows_affected());
    Ok(())
}
