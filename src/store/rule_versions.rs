//! The rules that were in force: texts, each from an instant on, never changed afterwards.

use sqlx::FromRow;
use uuid::Uuid;

use super::{Error, Tx, on};
use crate::rules::{Digest, Instant, RuleKind};

/// Which version of a kind holds from when.
#[derive(Clone, Copy, Debug, PartialEq, Eq, FromRow)]
pub struct Head {
    /// The kind.
    pub kind: RuleKind,
    /// Its number among those of the kind, from 1.
    pub number: i64,
    /// From when it holds, until another one of the kind does.
    pub effective_from: Instant,
}

/// A version of rules.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct RuleVersion {
    /// The kind.
    pub kind: RuleKind,
    /// Its number among those of the kind, from 1.
    pub number: i64,
    /// The id that the text states.
    pub id: String,
    /// The version that the text states; reports name it.
    pub version: String,
    /// The text.
    pub body: String,
    /// Its digest.
    pub digest: Digest,
    /// From when it holds.
    pub effective_from: Instant,
    /// The proposal that was approved; none for what came with the program.
    pub proposal: Option<Uuid>,
    /// When it was stored.
    pub stored_at: Instant,
}

/// Which versions there are, of all kinds.
pub async fn heads(tx: &mut Tx) -> Result<Vec<Head>, Error> {
    const SQL: &str = "SELECT kind, number, effective_from FROM rule_version ORDER BY kind, number";
    Ok(on!(tx, |conn| sqlx::query_as(SQL).fetch_all(conn).await?))
}

/// The versions of a kind, the newest first.
pub async fn of(tx: &mut Tx, kind: RuleKind) -> Result<Vec<RuleVersion>, Error> {
    const SQL: &str = "SELECT * FROM rule_version WHERE kind = $1 ORDER BY number DESC";
    Ok(on!(tx, |conn| sqlx::query_as(SQL).bind(kind).fetch_all(conn).await?))
}

/// A version.
pub async fn get(tx: &mut Tx, kind: RuleKind, number: i64) -> Result<Option<RuleVersion>, Error> {
    const SQL: &str = "SELECT * FROM rule_version WHERE kind = $1 AND number = $2";
    Ok(on!(tx, |conn| sqlx::query_as(SQL).bind(kind).bind(number).fetch_optional(conn).await?))
}

/// Stores a version.
///
/// # Errors
/// [`Error::Conflict`] where its number, its id and version, or its beginning is another one's.
pub async fn add(tx: &mut Tx, version: &RuleVersion) -> Result<(), Error> {
    const SQL: &str = "
        INSERT INTO rule_version (kind, number, id, version, body, digest, effective_from, proposal, stored_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    on!(tx, |conn| sqlx::query(SQL)
        .bind(version.kind)
        .bind(version.number)
        .bind(&version.id)
        .bind(&version.version)
        .bind(&version.body)
        .bind(version.digest)
        .bind(version.effective_from)
        .bind(version.proposal)
        .bind(version.stored_at)
        .execute(conn)
        .await?
        .rows_affected());
    Ok(())
}
