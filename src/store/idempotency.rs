//! Requests that were answered, so that a repeated one gets the same answer.

use super::{Error, Tx, on};
use crate::rules::{Digest, Instant};

/// A request that was answered.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Answered {
    /// Who asked.
    pub client: String,
    /// The key the client gave the request.
    pub request_key: String,
    /// The digest of the request: the same key with another one is a mistake of the client.
    pub request: Digest,
    /// What the answer was about, such as the number of a report.
    pub answer: String,
    /// When.
    pub created_at: Instant,
}

/// The answer that a key of a client already got.
pub async fn find(tx: &mut Tx, client: &str, request_key: &str) -> Result<Option<Answered>, Error> {
    const SQL: &str = "SELECT client, request_key, request, answer, created_at FROM idempotency
        WHERE client = $1 AND request_key = $2";
    Ok(on!(tx, |conn| sqlx::query_as(SQL).bind(client).bind(request_key).fetch_optional(conn).await?))
}

/// Keeps an answer, in the transaction that makes it true.
///
/// Tells whether it was the first: where it was not, roll back and give the answer that [`find`] finds. Of two that do
/// it at once, one waits for the other.
pub async fn keep(tx: &mut Tx, answered: &Answered) -> Result<bool, Error> {
    const SQL: &str = "
        INSERT INTO idempotency (client, request_key, request, answer, created_at) VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT (client, request_key) DO NOTHING";
    let kept = on!(tx, |conn| sqlx::query(SQL)
        .bind(&answered.client)
        .bind(&answered.request_key)
        .bind(answered.request)
        .bind(&answered.answer)
        .bind(answered.created_at)
        .execute(conn)
        .await?
        .rows_affected());
    Ok(kept == 1)
}

/// Forgets answers given before an instant, and tells how many.
pub async fn forget_before(tx: &mut Tx, before: Instant) -> Result<u64, Error> {
    const SQL: &str = "DELETE FROM idempotency WHERE created_at < $1";
    Ok(on!(tx, |conn| sqlx::query(SQL).bind(before).execute(conn).await?.rows_affected()))
}
