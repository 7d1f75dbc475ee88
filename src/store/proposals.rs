//! What one account proposed and another one decided.

use sqlx::FromRow;
use uuid::Uuid;

use super::{Error, Page, Tx, on};
use crate::rules::{Digest, Instant, ProposalKind, ProposalState};

/// The columns of a proposal, and the names of both accounts.
macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT p.id, p.kind, p.object, p.payload, p.payload_digest, p.reason, p.proposed_by, p.proposed_at, \
                p.until, p.state, p.decided_by, p.decided_at, p.answer, one.name AS proposer, two.name AS decider
            FROM proposal p JOIN account one ON one.id = p.proposed_by
            LEFT JOIN account two ON two.id = p.decided_by ",
            $rest
        )
    };
}

/// A proposal.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct Proposal {
    /// Its id.
    pub id: Uuid,
    /// What is proposed.
    pub kind: ProposalKind,
    /// On what, as the journal names it.
    pub object: String,
    /// What would be done, as canonical JSON.
    pub payload: String,
    /// The digest of payload and reason.
    pub payload_digest: Digest,
    /// Why.
    pub reason: String,
    /// The account that proposed it.
    pub proposed_by: Uuid,
    /// When.
    pub proposed_at: Instant,
    /// Until when it can be decided.
    pub until: Instant,
    /// How far it has come.
    pub state: ProposalState,
    /// The account that decided it.
    pub decided_by: Option<Uuid>,
    /// When it was decided, or found to be over.
    pub decided_at: Option<Instant>,
    /// Why it was declined.
    pub answer: Option<String>,
    /// The name of the account that proposed it.
    pub proposer: String,
    /// The name of the account that decided it.
    pub decider: Option<String>,
}

/// Stores an open proposal.
///
/// # Errors
/// [`Error::Conflict`] where there is an open one of this kind about the same thing.
pub async fn add(tx: &mut Tx, proposal: &Proposal) -> Result<(), Error> {
    const SQL: &str = "
        INSERT INTO proposal (id, kind, object, payload, payload_digest, reason, proposed_by, proposed_at, until, state)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'open')";
    on!(tx, |conn| sqlx::query(SQL)
        .bind(proposal.id)
        .bind(proposal.kind)
        .bind(&proposal.object)
        .bind(&proposal.payload)
        .bind(proposal.payload_digest)
        .bind(&proposal.reason)
        .bind(proposal.proposed_by)
        .bind(proposal.proposed_at)
        .bind(proposal.until)
        .execute(conn)
        .await?
        .rows_affected());
    Ok(())
}

/// Decides an open proposal; false where it is not open any more. Nobody decides that one is over.
pub async fn decide(
    tx: &mut Tx,
    id: Uuid,
    state: ProposalState,
    by: Option<Uuid>,
    at: Instant,
    answer: Option<&str>,
) -> Result<bool, Error> {
    const SQL: &str = "UPDATE proposal SET state = $2, decided_by = $3, decided_at = $4, answer = $5
        WHERE id = $1 AND state = 'open'";
    let decided = on!(tx, |conn| sqlx::query(SQL)
        .bind(id)
        .bind(state)
        .bind(by)
        .bind(at)
        .bind(answer)
        .execute(conn)
        .await?
        .rows_affected());
    Ok(decided == 1)
}

/// The proposal with an id.
pub async fn by_id(tx: &mut Tx, id: Uuid) -> Result<Option<Proposal>, Error> {
    const SQL: &str = select!("WHERE p.id = $1");
    Ok(on!(tx, |conn| sqlx::query_as(SQL).bind(id).fetch_optional(conn).await?))
}

/// The open proposal of a kind about something.
pub async fn open_about(tx: &mut Tx, kind: ProposalKind, object: &str) -> Result<Option<Proposal>, Error> {
    const SQL: &str = select!("WHERE p.kind = $1 AND p.object = $2 AND p.state = 'open'");
    Ok(on!(tx, |conn| sqlx::query_as(SQL).bind(kind).bind(object).fetch_optional(conn).await?))
}

/// A part of all proposals: open ones first, then the newest.
pub async fn list(tx: &mut Tx, page: Page) -> Result<Vec<Proposal>, Error> {
    const SQL: &str = select!(
        "ORDER BY CASE WHEN p.state = 'open' THEN 0 ELSE 1 END, p.proposed_at DESC, p.id DESC LIMIT $1 OFFSET $2"
    );
    Ok(on!(tx, |conn| sqlx::query_as(SQL)
        .bind(i64::from(page.limit))
        .bind(i64::from(page.offset))
        .fetch_all(conn)
        .await?))
}

/// How many proposals there are, and how many of them are open at an instant.
pub async fn count(tx: &mut Tx, now: Instant) -> Result<(u32, u32), Error> {
    const SQL: &str =
        "SELECT count(*), count(CASE WHEN state = 'open' AND until > $1 THEN 1 END) FROM proposal";
    let (all, open): (i64, i64) = on!(tx, |conn| sqlx::query_as(SQL).bind(now).fetch_one(conn).await?);
    Ok((super::columns::count(all)?, super::columns::count(open)?))
}
