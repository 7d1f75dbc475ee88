//! The certificates under which this platform signs or once did, and what became of them.

use sqlx::FromRow;

use super::{Error, Tx, on};
use crate::rules::{Digest, Instant, SignerEvent};

/// A certificate that signs reports and claims.
pub const SIGNING: &str = "signing";

/// A certificate of a timestamp authority.
pub const TIMESTAMPS: &str = "timestamps";

/// A certificate with its chain.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct Signer {
    /// SHA-256 of the certificate.
    pub fingerprint: Digest,
    /// [`SIGNING`] or [`TIMESTAMPS`].
    pub purpose: String,
    /// The kind of its key.
    pub kind: String,
    /// The certificate and those above it, in PEM.
    pub chain: String,
    /// When it was first used here.
    pub added_at: Instant,
}

/// Something that became of a certificate.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct Event {
    /// The certificate.
    pub fingerprint: Digest,
    /// What.
    pub event: SignerEvent,
    /// From when on.
    pub since: Instant,
    /// Why, in the operator's words.
    pub reason: Option<String>,
    /// Who said so.
    pub actor: String,
    /// When they said so.
    pub at: Instant,
}

/// Adds a certificate; false where it is there already.
pub async fn add(tx: &mut Tx, signer: &Signer) -> Result<bool, Error> {
    const SQL: &str = "INSERT INTO signer (fingerprint, purpose, kind, chain, added_at)
        VALUES ($1, $2, $3, $4, $5) ON CONFLICT (fingerprint) DO NOTHING";
    let added = on!(tx, |conn| sqlx::query(SQL)
        .bind(signer.fingerprint)
        .bind(&signer.purpose)
        .bind(&signer.kind)
        .bind(&signer.chain)
        .bind(signer.added_at)
        .execute(conn)
        .await?
        .rows_affected());
    Ok(added > 0)
}

/// Adds what became of a certificate.
pub async fn happen(tx: &mut Tx, event: &Event) -> Result<(), Error> {
    const LAST: &str = "SELECT coalesce(max(place), 0) FROM signer_event WHERE fingerprint = $1";
    const SQL: &str = "
        INSERT INTO signer_event (fingerprint, place, event, since, reason, actor, at)
        VALUES ($1, $2, $3, $4, $5, $6, $7)";
    let last: i64 =
        on!(&mut *tx, |conn| sqlx::query_scalar(LAST).bind(event.fingerprint).fetch_one(conn).await?);
    on!(tx, |conn| sqlx::query(SQL)
        .bind(event.fingerprint)
        .bind(last + 1)
        .bind(event.event)
        .bind(event.since)
        .bind(&event.reason)
        .bind(&event.actor)
        .bind(event.at)
        .execute(conn)
        .await?
        .rows_affected());
    Ok(())
}

/// Every certificate, oldest first.
pub async fn all(tx: &mut Tx) -> Result<Vec<Signer>, Error> {
    const SQL: &str =
        "SELECT fingerprint, purpose, kind, chain, added_at FROM signer ORDER BY added_at, fingerprint";
    Ok(on!(tx, |conn| sqlx::query_as(SQL).fetch_all(conn).await?))
}

/// Everything that became of certificates, in order.
pub async fn events(tx: &mut Tx) -> Result<Vec<Event>, Error> {
    const SQL: &str =
        "SELECT fingerprint, event, since, reason, actor, at FROM signer_event ORDER BY fingerprint, place";
    Ok(on!(tx, |conn| sqlx::query_as(SQL).fetch_all(conn).await?))
}
