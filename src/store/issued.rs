//! The issued reports of all subjects, for the operator: lists and counts. Subjects see theirs through `reports`.

use sqlx::{FromRow, QueryBuilder};
use uuid::Uuid;

use super::columns::{count, push_list};
use super::reports::{COLUMNS, Report, Row};
use super::{Error, Page, Tx, on};
use crate::rules::{Instant, ReportNumber, Status};

/// Which reports are meant; what is missing matches all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// The one with this number.
    pub number: Option<ReportNumber>,
    /// Those about one of these subjects.
    pub subjects: Option<Vec<Uuid>>,
    /// Those that this client or account asked for.
    pub by: Option<String>,
    /// Those issued at this instant or later.
    pub from: Option<Instant>,
    /// Those issued before this instant.
    pub before: Option<Instant>,
    /// Those that stand so now.
    pub status: Option<Status>,
}

/// A report, and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// The report.
    pub report: Report,
    /// Where it stands now.
    pub status: Status,
    /// Since when.
    pub since: Instant,
}

/// A line as its row has it.
#[derive(FromRow)]
struct LineRow {
    #[sqlx(flatten)]
    report: Row,
    status: Status,
    since: Instant,
}

/// What was issued in some time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Issued {
    /// Reports.
    pub reports: u32,
    /// Domains of theirs that got a conclusion.
    pub concluded: u32,
}

/// Reports with their last status, and what a filter says of them.
macro_rules! matching {
    ($sql:ident, $filter:ident) => {
        $sql.push(
            " FROM report r JOIN report_status s ON s.subject = r.subject AND s.number = r.number
            WHERE NOT EXISTS (SELECT 1 FROM report_status later
                WHERE later.subject = s.subject AND later.number = s.number AND later.place > s.place)",
        );
        if let Some(number) = &$filter.number {
            $sql.push(" AND r.number = ").push_bind(number);
        }
        if let Some(subjects) = $filter.subjects.as_ref().filter(|subjects| !subjects.is_empty()) {
            $sql.push(" AND r.subject IN ");
            push_list(&mut $sql, subjects);
        }
        if let Some(by) = &$filter.by {
            $sql.push(" AND r.issued_by = ").push_bind(by);
        }
        if let Some(from) = $filter.from {
            $sql.push(" AND r.issued_at >= ").push_bind(from);
        }
        if let Some(before) = $filter.before {
            $sql.push(" AND r.issued_at < ").push_bind(before);
        }
        if let Some(status) = $filter.status {
            $sql.push(" AND s.status = ").push_bind(status);
        }
    };
}

/// A part of the reports that a filter means, the newest first.
pub async fn list(tx: &mut Tx, filter: &Filter, page: Page) -> Result<Vec<Line>, Error> {
    if filter.subjects.as_ref().is_some_and(Vec::is_empty) {
        return Ok(Vec::new());
    }
    let rows: Vec<LineRow> = on!(tx, |conn| {
        let mut sql = QueryBuilder::new("SELECT ");
        sql.push(COLUMNS).push(", s.status, s.since");
        matching!(sql, filter);
        sql.push(" ORDER BY r.issued_at DESC, r.number DESC LIMIT ").push_bind(i64::from(page.limit));
        sql.push(" OFFSET ").push_bind(i64::from(page.offset));
        sql.build_query_as().fetch_all(conn).await?
    });
    let line =
        |row: LineRow| Ok(Line { report: row.report.try_into()?, status: row.status, since: row.since });
    rows.into_iter().map(line).collect()
}

/// How many reports a filter means.
pub async fn number(tx: &mut Tx, filter: &Filter) -> Result<u32, Error> {
    if filter.subjects.as_ref().is_some_and(Vec::is_empty) {
        return Ok(0);
    }
    let number: i64 = on!(tx, |conn| {
        let mut sql = QueryBuilder::new("SELECT count(*)");
        matching!(sql, filter);
        sql.build_query_scalar().fetch_one(conn).await?
    });
    count(number)
}

/// What was issued from an instant on and before another.
pub async fn between(tx: &mut Tx, from: Instant, before: Instant) -> Result<Issued, Error> {
    const SQL: &str = "SELECT count(*), CAST(coalesce(sum(concluded), 0) AS BIGINT) FROM report
        WHERE issued_at >= $1 AND issued_at < $2";
    let (reports, concluded): (i64, i64) =
        on!(tx, |conn| sqlx::query_as(SQL).bind(from).bind(before).fetch_one(conn).await?);
    Ok(Issued { reports: count(reports)?, concluded: count(concluded)? })
}
