//! Webhooks, and the reports that their owners watch.

use sqlx::{FromRow, QueryBuilder};
use uuid::Uuid;

use super::{Error, Page, Tx, on};
use crate::rules::{Digest, Instant, ReportNumber};

/// A webhook.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct Webhook {
    /// Its id.
    pub id: Uuid,
    /// Whose it is, as the journal names them.
    pub owner: String,
    /// Where it is.
    pub url: String,
    /// What it wants to be told, in words.
    pub events: String,
    /// Why nothing is sent to it at present.
    pub paused: Option<String>,
    /// What makes, with the operator's key, its secret.
    pub number: Digest,
    /// The same for the secret before.
    pub old_number: Option<Digest>,
    /// Until when that one holds, too.
    pub old_until: Option<Instant>,
    /// When it was made.
    pub made_at: Instant,
}

/// A report that somebody watches.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct Watch {
    /// Its subject.
    pub subject: Uuid,
    /// Its number.
    pub number: ReportNumber,
    /// Who watches it, as the journal names them.
    pub owner: String,
    /// Since when.
    pub at: Instant,
}

/// The columns of a webhook.
const COLUMNS: &str = "id, owner, url, events, paused, number, old_number, old_until, made_at";

/// Stores a new webhook.
pub async fn insert(tx: &mut Tx, hook: &Webhook) -> Result<(), Error> {
    const SQL: &str =
        "INSERT INTO webhook (id, owner, url, events, paused, number, old_number, old_until, made_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    on!(tx, |conn| sqlx::query(SQL)
        .bind(hook.id)
        .bind(&hook.owner)
        .bind(&hook.url)
        .bind(&hook.events)
        .bind(&hook.paused)
        .bind(hook.number)
        .bind(hook.old_number)
        .bind(hook.old_until)
        .bind(hook.made_at)
        .execute(conn)
        .await?
        .rows_affected());
    Ok(())
}

/// Gives a webhook a new number for its secret, with the one before it until an instant, and changes nothing else of it.
pub async fn rotate(tx: &mut Tx, id: Uuid, number: Digest, old_until: Instant) -> Result<(), Error> {
    const SQL: &str = "UPDATE webhook SET old_number = number, number = $2, old_until = $3 WHERE id = $1";
    on!(tx, |conn| sqlx::query(SQL)
        .bind(id)
        .bind(number)
        .bind(old_until)
        .execute(conn)
        .await?
        .rows_affected());
    Ok(())
}

/// Pauses a webhook, or has it go on where there is no reason, and changes nothing else of it.
pub async fn pause(tx: &mut Tx, id: Uuid, why: Option<&str>) -> Result<(), Error> {
    const SQL: &str = "UPDATE webhook SET paused = $2 WHERE id = $1";
    on!(tx, |conn| sqlx::query(SQL).bind(id).bind(why).execute(conn).await?.rows_affected());
    Ok(())
}

/// Takes a webhook away.
pub async fn remove(tx: &mut Tx, id: Uuid) -> Result<(), Error> {
    const SQL: &str = "DELETE FROM webhook WHERE id = $1";
    on!(tx, |conn| sqlx::query(SQL).bind(id).execute(conn).await?.rows_affected());
    Ok(())
}

/// The webhook with an id.
pub async fn by_id(tx: &mut Tx, id: Uuid) -> Result<Option<Webhook>, Error> {
    Ok(on!(tx, |conn| {
        let mut sql = QueryBuilder::new("SELECT ");
        sql.push(COLUMNS).push(" FROM webhook WHERE id = ").push_bind(id);
        sql.build_query_as().fetch_optional(conn).await?
    }))
}

/// The webhooks of somebody, or everybody's, oldest first.
pub async fn of(tx: &mut Tx, owner: Option<&str>) -> Result<Vec<Webhook>, Error> {
    Ok(on!(tx, |conn| {
        let mut sql = QueryBuilder::new("SELECT ");
        sql.push(COLUMNS).push(" FROM webhook");
        if let Some(owner) = owner {
            sql.push(" WHERE owner = ").push_bind(owner);
        }
        sql.push(" ORDER BY id").build_query_as().fetch_all(conn).await?
    }))
}

/// Begins to watch a report; false where it is watched already.
pub async fn watch(tx: &mut Tx, watch: &Watch) -> Result<bool, Error> {
    const SQL: &str = "INSERT INTO watch (subject, number, owner, at) VALUES ($1, $2, $3, $4)
        ON CONFLICT (subject, number, owner) DO NOTHING";
    let new = on!(tx, |conn| sqlx::query(SQL)
        .bind(watch.subject)
        .bind(&watch.number)
        .bind(&watch.owner)
        .bind(watch.at)
        .execute(conn)
        .await?
        .rows_affected());
    Ok(new == 1)
}

/// Ends watching a report; false where it was not watched.
pub async fn unwatch(tx: &mut Tx, owner: &str, number: &ReportNumber) -> Result<bool, Error> {
    const SQL: &str = "DELETE FROM watch WHERE owner = $1 AND number = $2";
    Ok(on!(tx, |conn| sqlx::query(SQL).bind(owner).bind(number).execute(conn).await?.rows_affected()) > 0)
}

/// A part of the reports that somebody watches, latest first.
pub async fn watched(tx: &mut Tx, owner: &str, page: Page) -> Result<Vec<Watch>, Error> {
    const SQL: &str = "SELECT subject, number, owner, at FROM watch WHERE owner = $1
        ORDER BY at DESC, number DESC LIMIT $2 OFFSET $3";
    Ok(on!(tx, |conn| sqlx::query_as(SQL)
        .bind(owner)
        .bind(i64::from(page.limit))
        .bind(i64::from(page.offset))
        .fetch_all(conn)
        .await?))
}

/// How many reports somebody watches.
pub async fn number_watched(tx: &mut Tx, owner: &str) -> Result<u32, Error> {
    const SQL: &str = "SELECT count(*) FROM watch WHERE owner = $1";
    super::columns::count(on!(tx, |conn| sqlx::query_scalar(SQL).bind(owner).fetch_one(conn).await?))
}

/// Who watches a report.
pub async fn watchers(tx: &mut Tx, subject: Uuid, number: &str) -> Result<Vec<String>, Error> {
    const SQL: &str = "SELECT owner FROM watch WHERE subject = $1 AND number = $2 ORDER BY owner";
    Ok(on!(tx, |conn| sqlx::query_scalar(SQL).bind(subject).bind(number).fetch_all(conn).await?))
}
