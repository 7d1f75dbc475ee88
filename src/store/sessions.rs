//! Sessions, and failures to open one.

use sqlx::FromRow;
use uuid::Uuid;

use super::{Error, Tx, on};
use crate::rules::{Digest, Instant};

/// A session.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct Session {
    /// SHA-256 of its secret.
    pub id: Digest,
    /// Whose.
    pub account: Uuid,
    /// How far signing in has come: `factor`, `enrol`, `renew`, `open`.
    pub stage: String,
    /// When it was opened.
    pub opened_at: Instant,
    /// When it was last used.
    pub seen_at: Instant,
    /// From which address it was opened.
    pub address: String,
    /// With which program.
    pub agent: String,
}

/// Failures to sign in under one name or from one address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, FromRow)]
pub struct Failures {
    /// How many, one after another.
    pub failures: i64,
    /// Since when.
    pub since: Instant,
    /// Until when nobody may try again.
    pub until: Option<Instant>,
}

/// Stores a session.
pub async fn open(tx: &mut Tx, session: &Session) -> Result<(), Error> {
    const SQL: &str = "
        INSERT INTO session (id, account, stage, opened_at, seen_at, address, agent)
        VALUES ($1, $2, $3, $4, $5, $6, $7)";
    on!(tx, |conn| sqlx::query(SQL)
        .bind(session.id)
        .bind(session.account)
        .bind(&session.stage)
        .bind(session.opened_at)
        .bind(session.seen_at)
        .bind(&session.address)
        .bind(&session.agent)
        .execute(conn)
        .await?
        .rows_affected());
    Ok(())
}

/// The session with an id, if it was neither opened nor last used before these instants.
pub async fn find(tx: &mut Tx, id: Digest, opened: Instant, seen: Instant) -> Result<Option<Session>, Error> {
    const SQL: &str = "SELECT id, account, stage, opened_at, seen_at, address, agent FROM session
        WHERE id = $1 AND opened_at >= $2 AND seen_at >= $3";
    Ok(on!(tx, |conn| sqlx::query_as(SQL).bind(id).bind(opened).bind(seen).fetch_optional(conn).await?))
}

/// The open sessions of an account, newest first.
pub async fn of(tx: &mut Tx, account: Uuid) -> Result<Vec<Session>, Error> {
    const SQL: &str = "SELECT id, account, stage, opened_at, seen_at, address, agent FROM session
        WHERE account = $1 AND stage = 'open' ORDER BY opened_at DESC, id";
    Ok(on!(tx, |conn| sqlx::query_as(SQL).bind(account).fetch_all(conn).await?))
}

/// Notes that a session was used.
pub async fn seen(tx: &mut Tx, id: Digest, at: Instant) -> Result<(), Error> {
    const SQL: &str = "UPDATE session SET seen_at = $2 WHERE id = $1";
    on!(tx, |conn| sqlx::query(SQL).bind(id).bind(at).execute(conn).await?.rows_affected());
    Ok(())
}

/// Ends a session of an account; false where there is none.
pub async fn end(tx: &mut Tx, account: Uuid, id: Digest) -> Result<bool, Error> {
    const SQL: &str = "DELETE FROM session WHERE account = $1 AND id = $2";
    let ended = on!(tx, |conn| sqlx::query(SQL).bind(account).bind(id).execute(conn).await?.rows_affected());
    Ok(ended > 0)
}

/// Ends every session of an account, and tells how many there were.
pub async fn end_all(tx: &mut Tx, account: Uuid) -> Result<u64, Error> {
    const SQL: &str = "DELETE FROM session WHERE account = $1";
    Ok(on!(tx, |conn| sqlx::query(SQL).bind(account).execute(conn).await?.rows_affected()))
}

/// Removes sessions that nobody can use any more: opened or last used before these instants.
pub async fn sweep(tx: &mut Tx, opened: Instant, seen: Instant) -> Result<u64, Error> {
    const SQL: &str = "DELETE FROM session WHERE opened_at < $1 OR seen_at < $2";
    Ok(on!(tx, |conn| sqlx::query(SQL).bind(opened).bind(seen).execute(conn).await?.rows_affected()))
}

/// The failures under a key.
pub async fn failures(tx: &mut Tx, key: Digest) -> Result<Option<Failures>, Error> {
    const SQL: &str = "SELECT failures, since, until FROM sign_in_failure WHERE key = $1";
    Ok(on!(tx, |conn| sqlx::query_as(SQL).bind(key).fetch_optional(conn).await?))
}

/// Sets the failures under a key.
pub async fn set_failures(tx: &mut Tx, key: Digest, failures: Failures) -> Result<(), Error> {
    const SQL: &str = "
        INSERT INTO sign_in_failure (key, failures, since, until) VALUES ($1, $2, $3, $4)
        ON CONFLICT (key) DO UPDATE SET failures = excluded.failures, since = excluded.since, until = excluded.until";
    on!(tx, |conn| sqlx::query(SQL)
        .bind(key)
        .bind(failures.failures)
        .bind(failures.since)
        .bind(failures.until)
        .execute(conn)
        .await?
        .rows_affected());
    Ok(())
}

/// Forgets the failures under a key.
pub async fn forgive(tx: &mut Tx, key: Digest) -> Result<(), Error> {
    const SQL: &str = "DELETE FROM sign_in_failure WHERE key = $1";
    on!(tx, |conn| sqlx::query(SQL).bind(key).execute(conn).await?.rows_affected());
    Ok(())
}

/// Forgets failures that began before an instant and keep nobody out any more.
pub async fn forgive_before(tx: &mut Tx, before: Instant) -> Result<u64, Error> {
    const SQL: &str = "DELETE FROM sign_in_failure WHERE since < $1 AND coalesce(until, 0) < $1";
    Ok(on!(tx, |conn| sqlx::query(SQL).bind(before).execute(conn).await?.rows_affected()))
}
