//! Messages on their way out: mail to accounts, calls to webhooks.
//!
//! Whoever sends one has taken it under a lease of its own for this try, and tells afterwards what came of it. A sender that ended
//! in between leaves the message to the next one: it is sent at least once, under the same id.

use sqlx::{FromRow, QueryBuilder};
use uuid::Uuid;

use super::columns::count;
use super::{Error, Page, Tx, on};
use crate::rules::{Channel, Instant, Sending};

/// A message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// To whom: an account or a webhook.
    pub target: Uuid,
    /// Its id, the same however often it is sent.
    pub id: Uuid,
    /// By which way.
    pub channel: Channel,
    /// What it is about: one message about it waits at a time.
    pub about: String,
    /// What it tells, in a word.
    pub event: String,
    /// What is sent; mail is worded when it goes out.
    pub body: String,
    /// How it stands.
    pub state: Sending,
    /// How often it was tried.
    pub attempts: u32,
    /// Nobody sends it before.
    pub run_after: Instant,
    /// The HTTP status of the last answer.
    pub status: Option<u32>,
    /// What went wrong the last time.
    pub fault: Option<String>,
    /// When it was made.
    pub made_at: Instant,
    /// When it was taken, or given up.
    pub ended_at: Option<Instant>,
}

/// The right to send a message, for one try.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lease {
    /// To whom.
    pub target: Uuid,
    /// The message.
    pub id: Uuid,
    /// The name under which it is held.
    pub owner: Uuid,
}

/// What came of a try.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tried {
    /// How the message stands now.
    pub state: Sending,
    /// Nobody sends it before.
    pub run_after: Instant,
    /// The HTTP status of the answer.
    pub status: Option<u32>,
    /// What went wrong.
    pub fault: Option<String>,
    /// When.
    pub at: Instant,
}

/// A message as its row has it.
#[derive(FromRow)]
struct Row {
    target: Uuid,
    id: Uuid,
    channel: Channel,
    about: String,
    event: String,
    body: String,
    state: Sending,
    attempts: i64,
    run_after: Instant,
    status: Option<i64>,
    fault: Option<String>,
    made_at: Instant,
    ended_at: Option<Instant>,
}

/// The columns of a message, as [`Row`] reads them.
macro_rules! columns {
    () => {
        "target, id, channel, about, event, body, state, attempts, run_after, status, fault, made_at, ended_at"
    };
}

impl TryFrom<Row> for Message {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self, Error> {
        Ok(Self {
            target: row.target,
            id: row.id,
            channel: row.channel,
            about: row.about,
            event: row.event,
            body: row.body,
            state: row.state,
            attempts: count(row.attempts)?,
            run_after: row.run_after,
            status: row.status.map(count).transpose()?,
            fault: row.fault,
            made_at: row.made_at,
            ended_at: row.ended_at,
        })
    }
}

/// Adds a message, unless one about the same thing waits already; tells whether it was added.
pub async fn add(tx: &mut Tx, message: &Message) -> Result<bool, Error> {
    const SQL: &str = "
        INSERT INTO outbox (target, id, channel, about, event, body, state, attempts, run_after, made_at)
        VALUES ($1, $2, $3, $4, $5, $6, 'waiting', 0, $7, $8) ON CONFLICT DO NOTHING";
    let added = on!(tx, |conn| sqlx::query(SQL)
        .bind(message.target)
        .bind(message.id)
        .bind(message.channel)
        .bind(&message.about)
        .bind(&message.event)
        .bind(&message.body)
        .bind(message.run_after)
        .bind(message.made_at)
        .execute(conn)
        .await?
        .rows_affected());
    Ok(added == 1)
}

/// When the last message about something was sent.
pub async fn last_sent(tx: &mut Tx, target: Uuid, about: &str) -> Result<Option<Instant>, Error> {
    const SQL: &str = "SELECT max(ended_at) FROM outbox WHERE target = $1 AND about = $2 AND state = 'sent'";
    Ok(on!(tx, |conn| sqlx::query_scalar(SQL).bind(target).bind(about).fetch_one(conn).await?))
}

/// Whether any message is due.
pub async fn is_due(tx: &mut Tx, now: Instant) -> Result<bool, Error> {
    const SQL: &str = "SELECT EXISTS (SELECT 1 FROM outbox
        WHERE state = 'waiting' AND run_after <= $1 AND (lease_until IS NULL OR lease_until < $1))";
    Ok(on!(tx, |conn| sqlx::query_scalar(SQL).bind(now).fetch_one(conn).await?))
}

/// Takes the message that has been due the longest. Nobody else sends it meanwhile, and nothing else goes to whom it is for.
pub async fn claim(tx: &mut Tx, owner: Uuid, now: Instant, until: Instant) -> Result<Option<Message>, Error> {
    // Two that find the same message: the second waits for the first and then finds it taken.
    const SQL: &str = concat!(
        "UPDATE outbox SET lease_owner = $1, lease_until = $3, attempts = attempts + 1
        WHERE state = 'waiting' AND run_after <= $2 AND (lease_until IS NULL OR lease_until < $2)
            AND id = (SELECT m.id FROM outbox m
                WHERE m.state = 'waiting' AND m.run_after <= $2 AND (m.lease_until IS NULL OR m.lease_until < $2)
                    AND NOT EXISTS (SELECT 1 FROM outbox other
                        WHERE other.target = m.target AND other.state = 'waiting' AND other.lease_until >= $2)
                ORDER BY m.run_after, m.id LIMIT 1)
        RETURNING ",
        columns!()
    );
    let row: Option<Row> =
        on!(tx, |conn| sqlx::query_as(SQL).bind(owner).bind(now).bind(until).fetch_optional(conn).await?);
    row.map(Message::try_from).transpose()
}

/// Writes down what came of a try; false where the message is held no more.
pub async fn tried(tx: &mut Tx, lease: Lease, tried: &Tried) -> Result<bool, Error> {
    const SQL: &str = "UPDATE outbox SET state = $4, run_after = $5, status = $6, fault = $7, ended_at = $8,
            lease_owner = NULL, lease_until = NULL
        WHERE target = $1 AND id = $2 AND lease_owner = $3 AND state = 'waiting'";
    let ended = (tried.state != Sending::Waiting).then_some(tried.at);
    let held = on!(tx, |conn| sqlx::query(SQL)
        .bind(lease.target)
        .bind(lease.id)
        .bind(lease.owner)
        .bind(tried.state)
        .bind(tried.run_after)
        .bind(tried.status.map(i64::from))
        .bind(&tried.fault)
        .bind(ended)
        .execute(conn)
        .await?
        .rows_affected());
    Ok(held == 1)
}

/// Has a message that ended sent once more, under the same id; of one target, where that is named. False where there is none, or
/// where another one about the same thing waits.
pub async fn replay(tx: &mut Tx, target: Option<Uuid>, id: Uuid, now: Instant) -> Result<bool, Error> {
    const SQL: &str =
        "UPDATE outbox SET state = 'waiting', attempts = 0, run_after = $3, ended_at = NULL, fault = NULL
        WHERE id = $2 AND state <> 'waiting' AND ($1 IS NULL OR target = $1)
            AND NOT EXISTS (SELECT 1 FROM outbox other WHERE other.target = outbox.target
                AND other.about = outbox.about AND other.state = 'waiting')";
    let revived =
        on!(tx, |conn| sqlx::query(SQL).bind(target).bind(id).bind(now).execute(conn).await?.rows_affected());
    Ok(revived == 1)
}

/// The messages to somebody, latest first.
pub async fn to(tx: &mut Tx, target: Uuid, page: Page) -> Result<Vec<Message>, Error> {
    const SQL: &str =
        concat!("SELECT ", columns!(), " FROM outbox WHERE target = $1 ORDER BY id DESC LIMIT $2 OFFSET $3");
    let rows: Vec<Row> = on!(tx, |conn| sqlx::query_as(SQL)
        .bind(target)
        .bind(i64::from(page.limit))
        .bind(i64::from(page.offset))
        .fetch_all(conn)
        .await?);
    rows.into_iter().map(Message::try_from).collect()
}

/// How many messages somebody has.
pub async fn number(tx: &mut Tx, target: Uuid) -> Result<u32, Error> {
    const SQL: &str = "SELECT count(*) FROM outbox WHERE target = $1";
    count(on!(tx, |conn| sqlx::query_scalar(SQL).bind(target).fetch_one(conn).await?))
}

/// Messages that nobody took, latest first.
pub async fn dead(tx: &mut Tx, limit: u32) -> Result<Vec<Message>, Error> {
    let rows: Vec<Row> = on!(tx, |conn| {
        let mut sql = QueryBuilder::new(concat!("SELECT ", columns!(), " FROM outbox WHERE state = 'dead'"));
        sql.push(" ORDER BY ended_at DESC, id DESC LIMIT ").push_bind(i64::from(limit));
        sql.build_query_as().fetch_all(conn).await?
    });
    rows.into_iter().map(Message::try_from).collect()
}

/// How many messages wait, and how many nobody took.
pub async fn counts(tx: &mut Tx) -> Result<(u32, u32), Error> {
    const SQL: &str = "SELECT count(CASE WHEN state = 'waiting' THEN 1 END), \
        count(CASE WHEN state = 'dead' THEN 1 END) FROM outbox WHERE state IN ('waiting', 'dead')";
    let (waiting, dead): (i64, i64) = on!(tx, |conn| sqlx::query_as(SQL).fetch_one(conn).await?);
    Ok((count(waiting)?, count(dead)?))
}

/// Takes away every message to somebody.
pub async fn remove_to(tx: &mut Tx, target: Uuid) -> Result<u64, Error> {
    const SQL: &str = "DELETE FROM outbox WHERE target = $1";
    Ok(on!(tx, |conn| sqlx::query(SQL).bind(target).execute(conn).await?.rows_affected()))
}

/// Forgets messages that ended before an instant; tells how many.
pub async fn forget_before(tx: &mut Tx, before: Instant) -> Result<u64, Error> {
    const SQL: &str = "DELETE FROM outbox WHERE ended_at < $1";
    Ok(on!(tx, |conn| sqlx::query(SQL).bind(before).execute(conn).await?.rows_affected()))
}
