//! What authorities declared complete, each declaration kept with the time it held.

use sqlx::QueryBuilder;
use time::Date;

use super::columns::{count, push_list};
use super::{Error, Page, Tx, on};
use crate::rules::{CreditCode, Declaration, DomainId, Instant};

/// A declaration as its row has it.
#[derive(sqlx::FromRow)]
struct Row {
    authority: CreditCode,
    domain: DomainId,
    data_from: Date,
    complete_through: Date,
    declared_lag_days: i64,
    last_success_at: Instant,
    nothing_to_report: bool,
    received_at: Instant,
}

impl TryFrom<Row> for Declaration {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self, Error> {
        let lag = u16::try_from(row.declared_lag_days);
        Ok(Self {
            authority: row.authority,
            domain: row.domain,
            data_from: row.data_from,
            complete_through: row.complete_through,
            declared_lag_days: lag.map_err(|_| Error::Corrupt("a lag out of range".into()))?,
            last_success_at: row.last_success_at,
            nothing_to_report: row.nothing_to_report,
            received_at: row.received_at,
        })
    }
}

/// Stores a declaration; the one before it stops holding at the instant this one was received.
///
/// # Errors
/// [`Error::Conflict`] where another was stored at the same time, or a later one is there already.
pub async fn declare(tx: &mut Tx, declaration: &Declaration) -> Result<(), Error> {
    const NEWEST: &str = "SELECT number, received_at, data_from, complete_through, declared_lag_days
        FROM declaration WHERE authority = $1 AND domain = $2 ORDER BY number DESC LIMIT 1";
    const SUPERSEDE: &str = "UPDATE declaration SET superseded_at = $4
        WHERE authority = $1 AND domain = $2 AND number = $3 AND superseded_at IS NULL";
    const INSERT: &str = "
        INSERT INTO declaration (authority, domain, number, data_from, complete_through, declared_lag_days,
            last_success_at, nothing_to_report, received_at, shrinks)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";

    let newest: Option<(i64, Instant, Date, Date, i64)> = on!(&mut *tx, |conn| sqlx::query_as(NEWEST)
        .bind(declaration.authority)
        .bind(&declaration.domain)
        .fetch_optional(conn)
        .await?);
    let (mut number, mut shrinks) = (1, false);
    if let Some((last, received_at, data_from, complete_through, lag)) = newest {
        shrinks = declaration.data_from > data_from
            || declaration.complete_through < complete_through
            || i64::from(declaration.declared_lag_days) < lag;
        if received_at > declaration.received_at {
            return Err(Error::Conflict);
        }
        let superseded = on!(&mut *tx, |conn| sqlx::query(SUPERSEDE)
            .bind(declaration.authority)
            .bind(&declaration.domain)
            .bind(last)
            .bind(declaration.received_at)
            .execute(conn)
            .await?
            .rows_affected());
        if superseded != 1 {
            return Err(Error::Conflict);
        }
        number = last + 1;
    }
    on!(tx, |conn| sqlx::query(INSERT)
        .bind(declaration.authority)
        .bind(&declaration.domain)
        .bind(number)
        .bind(declaration.data_from)
        .bind(declaration.complete_through)
        .bind(i64::from(declaration.declared_lag_days))
        .bind(declaration.last_success_at)
        .bind(declaration.nothing_to_report)
        .bind(declaration.received_at)
        .bind(shrinks)
        .execute(conn)
        .await?
        .rows_affected());
    Ok(())
}

/// The declaration of an authority on a domain that holds now.
pub async fn newest(
    tx: &mut Tx,
    authority: CreditCode,
    domain: &DomainId,
) -> Result<Option<Declaration>, Error> {
    const SQL: &str = "
        SELECT authority, domain, data_from, complete_through, declared_lag_days, last_success_at,
            nothing_to_report, received_at
        FROM declaration WHERE authority = $1 AND domain = $2 AND superseded_at IS NULL";
    let row: Option<Row> =
        on!(tx, |conn| sqlx::query_as(SQL).bind(authority).bind(domain).fetch_optional(conn).await?);
    row.map(Declaration::try_from).transpose()
}

/// The declarations on some domains that held at an instant.
pub async fn as_of(tx: &mut Tx, domains: &[DomainId], as_of: Instant) -> Result<Vec<Declaration>, Error> {
    if domains.is_empty() {
        return Ok(Vec::new());
    }
    let rows: Vec<Row> = on!(tx, |conn| {
        let mut sql = QueryBuilder::new(
            "SELECT authority, domain, data_from, complete_through, declared_lag_days, last_success_at,
                nothing_to_report, received_at
            FROM declaration WHERE domain IN ",
        );
        push_list(&mut sql, domains);
        sql.push(" AND received_at <= ").push_bind(as_of);
        sql.push(" AND (superseded_at IS NULL OR superseded_at > ").push_bind(as_of);
        sql.push(") ORDER BY domain, authority");
        sql.build_query_as().fetch_all(conn).await?
    });
    rows.into_iter().map(Declaration::try_from).collect()
}

/// How many declarations an authority has made on a domain.
pub async fn made(tx: &mut Tx, authority: CreditCode, domain: &DomainId) -> Result<u32, Error> {
    const SQL: &str = "SELECT count(*) FROM declaration WHERE authority = $1 AND domain = $2";
    count(on!(tx, |conn| sqlx::query_scalar(SQL).bind(authority).bind(domain).fetch_one(conn).await?))
}

/// What an authority declared on a domain, newest first.
pub async fn history(
    tx: &mut Tx,
    authority: CreditCode,
    domain: &DomainId,
    page: Page,
) -> Result<Vec<Declaration>, Error> {
    const SQL: &str = "
        SELECT authority, domain, data_from, complete_through, declared_lag_days, last_success_at,
            nothing_to_report, received_at
        FROM declaration WHERE authority = $1 AND domain = $2 ORDER BY number DESC LIMIT $3 OFFSET $4";
    let rows: Vec<Row> = on!(tx, |conn| sqlx::query_as(SQL)
        .bind(authority)
        .bind(domain)
        .bind(i64::from(page.limit))
        .bind(i64::from(page.offset))
        .fetch_all(conn)
        .await?);
    rows.into_iter().map(Declaration::try_from).collect()
}
