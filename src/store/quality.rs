//! What tells how good an authority's data are, read from indexes by authority (or organ) and time of receipt, never from the
//! records themselves.
//!
//! The cost grows with what came in within the window, not with what is stored: an entry of an index for each version, a row
//! for each upload, each row that waits and each open case. `benches/point_query` measures it.

use sqlx::types::Json;
use sqlx::{FromRow, QueryBuilder};
use time::Date;

use super::columns::push_list;
use super::{Error, Tx, on};
use crate::rules::{CreditCode, DomainId, Instant, Operation};

/// Versions alike, as they came in within a window.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct Came {
    /// Their domain.
    pub domain: DomainId,
    /// What made them.
    pub operation: Operation,
    /// Day of the decision.
    pub decided_on: Date,
    /// When they were received.
    pub received_at: Instant,
    /// How many.
    pub count: i64,
}

/// The versions of some organs' decisions received from an instant on.
pub async fn came(tx: &mut Tx, organs: &[CreditCode], from: Instant) -> Result<Vec<Came>, Error> {
    if organs.is_empty() {
        return Ok(Vec::new());
    }
    Ok(on!(tx, |conn| {
        let mut sql = QueryBuilder::new(
            "SELECT domain, operation, decided_on, received_at, count(*) AS count FROM record_version
            WHERE organ IN ",
        );
        push_list(&mut sql, organs);
        sql.push(" AND received_at >= ").push_bind(from);
        sql.push(" GROUP BY domain, operation, decided_on, received_at");
        sql.build_query_as().fetch_all(conn).await?
    }))
}

/// Rows of uploads of one domain, or of none in particular.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct Rows {
    /// The domain, where the uploads were about one.
    pub domain: Option<DomainId>,
    /// Uploads.
    pub uploads: i64,
    /// Rows sent.
    pub submitted: i64,
    /// Rows refused.
    pub rejected: i64,
}

/// The rows that an authority sent from an instant on.
pub async fn rows(tx: &mut Tx, authority: CreditCode, from: Instant) -> Result<Vec<Rows>, Error> {
    // A sum of whole numbers is a decimal on PostgreSQL.
    const SQL: &str = "
        SELECT domain, count(*) AS uploads, CAST(sum(submitted) AS BIGINT) AS submitted,
            CAST(sum(rejected) AS BIGINT) AS rejected
        FROM upload WHERE authority = $1 AND received_at >= $2 GROUP BY domain ORDER BY domain";
    Ok(on!(tx, |conn| sqlx::query_as(SQL).bind(authority).bind(from).fetch_all(conn).await?))
}

/// Rows that wait for an answer: how many, and since when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// The domains they may be about.
    pub domains: Vec<DomainId>,
    /// How many.
    pub count: i64,
    /// Since when the oldest waits.
    pub since: Instant,
}

/// Rows of an authority that wait: those that name nobody for certain, and rejected ones that nobody has closed.
pub async fn waiting(tx: &mut Tx, authority: CreditCode) -> Result<Vec<Waiting>, Error> {
    const CANDIDATES: &str = "SELECT domain, count(*), min(received_at) FROM candidate
        WHERE authority = $1 AND resolved_at IS NULL GROUP BY domain ORDER BY domain";
    const REJECTIONS: &str = "SELECT domains, count(*), min(received_at) FROM rejection
        WHERE authority = $1 AND closed_at IS NULL GROUP BY domains ORDER BY domains";
    type Aside = (DomainId, i64, Instant);
    type Rejected = (Json<Vec<DomainId>>, i64, Instant);
    let asides: Vec<Aside> =
        on!(&mut *tx, |conn| sqlx::query_as(CANDIDATES).bind(authority).fetch_all(conn).await?);
    let rejected: Vec<Rejected> =
        on!(tx, |conn| sqlx::query_as(REJECTIONS).bind(authority).fetch_all(conn).await?);
    let asides =
        asides.into_iter().map(|(domain, count, since)| Waiting { domains: vec![domain], count, since });
    let rejected =
        rejected.into_iter().map(|(domains, count, since)| Waiting { domains: domains.0, count, since });
    Ok(asides.chain(rejected).collect())
}

/// Cases of one domain that have not ended.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct Cases {
    /// The domain.
    pub domain: DomainId,
    /// Those that have not ended.
    pub open: i64,
    /// Of them those that were due before.
    pub overdue: i64,
}

/// The cases of an authority that have not ended.
pub async fn cases(tx: &mut Tx, authority: CreditCode, now: Instant) -> Result<Vec<Cases>, Error> {
    const SQL: &str = "
        SELECT domain, count(*) AS open, count(CASE WHEN due_at < $2 THEN 1 END) AS overdue FROM credit_case
        WHERE authority = $1 AND ended_at IS NULL GROUP BY domain";
    Ok(on!(tx, |conn| sqlx::query_as(SQL).bind(authority).bind(now).fetch_all(conn).await?))
}
