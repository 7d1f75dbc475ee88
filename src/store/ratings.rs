//! How people rated what was done for them.

use sqlx::FromRow;
use uuid::Uuid;

use super::{Error, Page, Tx, on};
use crate::rules::{Digest, Instant, RatingAct};

/// A rating.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct Rating {
    /// Its id.
    pub id: Uuid,
    /// What was rated.
    pub act: RatingAct,
    /// On what it was done, such as the number of a report; may be empty.
    pub object: String,
    /// A digest that tells raters apart and leads to nobody.
    pub rater: Digest,
    /// From 1 to 5.
    pub stars: i64,
    /// What they said.
    pub words: Option<String>,
    /// When.
    pub given_at: Instant,
    /// What the operator answered.
    pub reply: Option<String>,
    /// When.
    pub replied_at: Option<Instant>,
}

/// How often an act got so many stars.
#[derive(Clone, Copy, Debug, PartialEq, Eq, FromRow)]
pub struct Count {
    /// The act.
    pub act: RatingAct,
    /// From 1 to 5.
    pub stars: i64,
    /// How many.
    pub number: i64,
    /// Of them answered.
    pub answered: i64,
}

/// Stores a rating, and the account that is to be told of an answer, if it has one, or else from which network it came; false where
/// this rater has rated this before.
pub async fn add(
    tx: &mut Tx,
    rating: &Rating,
    account: Option<Uuid>,
    network: Option<Digest>,
) -> Result<bool, Error> {
    const SQL: &str = "
        INSERT INTO rating (id, act, object, rater, stars, words, given_at, account, network)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
        ON CONFLICT (act, object, rater) DO NOTHING";
    let added = on!(tx, |conn| sqlx::query(SQL)
        .bind(rating.id)
        .bind(rating.act)
        .bind(&rating.object)
        .bind(rating.rater)
        .bind(rating.stars)
        .bind(&rating.words)
        .bind(rating.given_at)
        .bind(account)
        .bind(network)
        .execute(conn)
        .await?
        .rows_affected());
    Ok(added == 1)
}

/// How often what was done on an object was rated from a network.
pub async fn from_network(tx: &mut Tx, act: RatingAct, object: &str, network: Digest) -> Result<i64, Error> {
    const SQL: &str = "SELECT count(*) FROM rating WHERE act = $1 AND object = $2 AND network = $3";
    Ok(on!(tx, |conn| sqlx::query_scalar(SQL).bind(act).bind(object).bind(network).fetch_one(conn).await?))
}

/// The account that is to be told of the answer to a rating, where it has one.
pub async fn account(tx: &mut Tx, id: Uuid) -> Result<Option<Uuid>, Error> {
    const SQL: &str = "SELECT account FROM rating WHERE id = $1";
    let found: Option<Option<Uuid>> =
        on!(tx, |conn| sqlx::query_scalar(SQL).bind(id).fetch_optional(conn).await?);
    Ok(found.flatten())
}

/// Answers a rating, and forgets whose it was; false where there is none, or it was answered before.
pub async fn reply(tx: &mut Tx, id: Uuid, text: &str, by: Uuid, at: Instant) -> Result<bool, Error> {
    const SQL: &str = "UPDATE rating SET reply = $2, replied_by = $3, replied_at = $4, account = NULL
        WHERE id = $1 AND reply IS NULL";
    let replied = on!(tx, |conn| sqlx::query(SQL)
        .bind(id)
        .bind(text)
        .bind(by)
        .bind(at)
        .execute(conn)
        .await?
        .rows_affected());
    Ok(replied == 1)
}

/// A part of all ratings: those below `fair` without an answer first, then the newest.
pub async fn list(tx: &mut Tx, fair: i64, page: Page) -> Result<Vec<Rating>, Error> {
    const SQL: &str = "SELECT id, act, object, rater, stars, words, given_at, reply, replied_at FROM rating
        ORDER BY CASE WHEN stars < $1 AND reply IS NULL THEN 0 ELSE 1 END, given_at DESC, id DESC
        LIMIT $2 OFFSET $3";
    Ok(on!(tx, |conn| sqlx::query_as(SQL)
        .bind(fair)
        .bind(i64::from(page.limit))
        .bind(i64::from(page.offset))
        .fetch_all(conn)
        .await?))
}

/// A part of the ratings that were answered, the newest answer first.
pub async fn answered(tx: &mut Tx, page: Page) -> Result<Vec<Rating>, Error> {
    const SQL: &str = "SELECT id, act, object, rater, stars, words, given_at, reply, replied_at FROM rating
        WHERE replied_at IS NOT NULL ORDER BY replied_at DESC, id DESC LIMIT $1 OFFSET $2";
    Ok(on!(tx, |conn| sqlx::query_as(SQL)
        .bind(i64::from(page.limit))
        .bind(i64::from(page.offset))
        .fetch_all(conn)
        .await?))
}

/// How often each act got each number of stars.
pub async fn counts(tx: &mut Tx) -> Result<Vec<Count>, Error> {
    const SQL: &str = "SELECT act, stars, count(*) AS number, count(reply) AS answered FROM rating
        GROUP BY act, stars ORDER BY act, stars DESC";
    Ok(on!(tx, |conn| sqlx::query_as(SQL).fetch_all(conn).await?))
}
