//! What accounts allow each other to do for subjects.

use sqlx::FromRow;
use uuid::Uuid;

use super::{Error, Tx, on};
use crate::rules::Instant;

/// A mandate.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct Mandate {
    /// The subject.
    pub subject: Uuid,
    /// Its id.
    pub id: Uuid,
    /// The account that gave it.
    pub giver: Uuid,
    /// The account that has it.
    pub account: Uuid,
    /// What it allows: words of a scope, with spaces between them.
    pub scope: String,
    /// What for, in the giver's words.
    pub purpose: String,
    /// From when on.
    pub since: Instant,
    /// Until when.
    pub until: Instant,
    /// When it was revoked.
    pub revoked_at: Option<Instant>,
}

/// The columns of a mandate.
macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT subject, id, giver, account, scope, purpose, since, until, revoked_at FROM mandate ",
            $rest
        )
    };
}

/// Stores a new mandate.
pub async fn insert(tx: &mut Tx, mandate: &Mandate) -> Result<(), Error> {
    const SQL: &str = "
        INSERT INTO mandate (subject, id, giver, account, scope, purpose, since, until, revoked_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    on!(tx, |conn| sqlx::query(SQL)
        .bind(mandate.subject)
        .bind(mandate.id)
        .bind(mandate.giver)
        .bind(mandate.account)
        .bind(&mandate.scope)
        .bind(&mandate.purpose)
        .bind(mandate.since)
        .bind(mandate.until)
        .bind(mandate.revoked_at)
        .execute(conn)
        .await?
        .rows_affected());
    Ok(())
}

/// The mandates about a subject that are neither revoked nor over at an instant, newest first.
pub async fn about(tx: &mut Tx, subject: Uuid, at: Instant) -> Result<Vec<Mandate>, Error> {
    const SQL: &str =
        select!("WHERE subject = $1 AND revoked_at IS NULL AND until > $2 ORDER BY since DESC, id DESC");
    Ok(on!(tx, |conn| sqlx::query_as(SQL).bind(subject).bind(at).fetch_all(conn).await?))
}

/// The mandates that an account has and that are neither revoked nor over at an instant.
pub async fn of(tx: &mut Tx, account: Uuid, at: Instant) -> Result<Vec<Mandate>, Error> {
    const SQL: &str =
        select!("WHERE account = $1 AND revoked_at IS NULL AND until > $2 ORDER BY subject, since, id");
    Ok(on!(tx, |conn| sqlx::query_as(SQL).bind(account).bind(at).fetch_all(conn).await?))
}

/// Revokes a mandate; false where there is none that was not revoked before.
pub async fn revoke(tx: &mut Tx, subject: Uuid, id: Uuid, at: Instant) -> Result<bool, Error> {
    const SQL: &str =
        "UPDATE mandate SET revoked_at = $3 WHERE subject = $1 AND id = $2 AND revoked_at IS NULL";
    let revoked =
        on!(tx, |conn| sqlx::query(SQL).bind(subject).bind(id).bind(at).execute(conn).await?.rows_affected());
    Ok(revoked == 1)
}
