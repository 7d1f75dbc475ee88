//! One-time links, and systems that come by themselves.

use sqlx::FromRow;
use sqlx::types::Json;
use uuid::Uuid;

use super::{Error, Tx, on};
use crate::rules::{AccountRole, Digest, Grant, Instant};

/// A one-time link.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct Invitation {
    /// SHA-256 of its secret.
    pub id: Digest,
    /// The account whose password may be set anew; none for a new account.
    pub account: Option<Uuid>,
    /// Whom it is for.
    pub shown: String,
    /// The role of the account.
    pub role: AccountRole,
    /// How far the role goes.
    #[sqlx(json)]
    pub grants: Vec<Grant>,
    /// Who made it.
    pub made_by: String,
    /// When.
    pub made_at: Instant,
    /// Until when it may be used.
    pub until: Instant,
    /// When it was used, or taken back.
    pub used_at: Option<Instant>,
}

/// A system that comes by itself.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct Client {
    /// Its id.
    pub id: Uuid,
    /// Its name in logs and the journal.
    pub name: String,
    /// As what it comes.
    pub role: AccountRole,
    /// How far the role goes.
    #[sqlx(json)]
    pub grants: Vec<Grant>,
    /// SHA-256 of its token.
    pub token: Digest,
    /// SHA-256 of the certificate that it must come with.
    pub certificate: Option<Digest>,
    /// Who made it.
    pub made_by: String,
    /// When.
    pub made_at: Instant,
    /// Until when its token holds.
    pub until: Instant,
    /// When it was revoked.
    pub revoked_at: Option<Instant>,
}

/// Stores a link.
pub async fn insert(tx: &mut Tx, invitation: &Invitation) -> Result<(), Error> {
    const SQL: &str = "
        INSERT INTO invitation (id, account, shown, role, grants, made_by, made_at, until, used_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    on!(tx, |conn| sqlx::query(SQL)
        .bind(invitation.id)
        .bind(invitation.account)
        .bind(&invitation.shown)
        .bind(invitation.role)
        .bind(Json(&invitation.grants))
        .bind(&invitation.made_by)
        .bind(invitation.made_at)
        .bind(invitation.until)
        .bind(invitation.used_at)
        .execute(conn)
        .await?
        .rows_affected());
    Ok(())
}

/// The link with an id, if it may be used at an instant. One that may not is no row, like one that never was: to tell them apart by time
/// there is nothing.
pub async fn find(tx: &mut Tx, id: Digest, at: Instant) -> Result<Option<Invitation>, Error> {
    const SQL: &str =
        "SELECT id, account, shown, role, grants, made_by, made_at, until, used_at FROM invitation
        WHERE id = $1 AND used_at IS NULL AND until > $2";
    Ok(on!(tx, |conn| sqlx::query_as(SQL).bind(id).bind(at).fetch_optional(conn).await?))
}

/// Uses a link up; false where it was used before.
pub async fn use_up(tx: &mut Tx, id: Digest, at: Instant) -> Result<bool, Error> {
    const SQL: &str = "UPDATE invitation SET used_at = $2 WHERE id = $1 AND used_at IS NULL";
    let used = on!(tx, |conn| sqlx::query(SQL).bind(id).bind(at).execute(conn).await?.rows_affected());
    Ok(used == 1)
}

/// Takes back every unused link that somebody made for a new account of a role.
pub async fn take_back(tx: &mut Tx, role: AccountRole, made_by: &str, at: Instant) -> Result<u64, Error> {
    const SQL: &str = "UPDATE invitation SET used_at = $3
        WHERE role = $1 AND made_by = $2 AND account IS NULL AND used_at IS NULL";
    Ok(on!(tx, |conn| sqlx::query(SQL)
        .bind(role)
        .bind(made_by)
        .bind(at)
        .execute(conn)
        .await?
        .rows_affected()))
}

/// Stores a client.
///
/// # Errors
/// [`Error::Conflict`] where its name is taken.
pub async fn insert_client(tx: &mut Tx, client: &Client) -> Result<(), Error> {
    const SQL: &str = "
        INSERT INTO api_client (id, name, role, grants, token, certificate, made_by, made_at, until, revoked_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
    on!(tx, |conn| sqlx::query(SQL)
        .bind(client.id)
        .bind(&client.name)
        .bind(client.role)
        .bind(Json(&client.grants))
        .bind(client.token)
        .bind(client.certificate)
        .bind(&client.made_by)
        .bind(client.made_at)
        .bind(client.until)
        .bind(client.revoked_at)
        .execute(conn)
        .await?
        .rows_affected());
    Ok(())
}

/// The client that has a token, by the token's digest, if it holds at an instant and for this certificate. Whatever the reason, what does
/// not hold is no row.
pub async fn client_by_token(
    tx: &mut Tx,
    token: Digest,
    certificate: Option<Digest>,
    at: Instant,
) -> Result<Option<Client>, Error> {
    const SQL: &str = "
        SELECT id, name, role, grants, token, certificate, made_by, made_at, until, revoked_at FROM api_client
        WHERE token = $1 AND revoked_at IS NULL AND until > $2 AND (certificate IS NULL OR certificate = $3)";
    Ok(on!(tx, |conn| sqlx::query_as(SQL)
        .bind(token)
        .bind(at)
        .bind(certificate)
        .fetch_optional(conn)
        .await?))
}

/// The client with an id.
pub async fn client(tx: &mut Tx, id: Uuid) -> Result<Option<Client>, Error> {
    const SQL: &str = "
        SELECT id, name, role, grants, token, certificate, made_by, made_at, until, revoked_at FROM api_client
        WHERE id = $1";
    Ok(on!(tx, |conn| sqlx::query_as(SQL).bind(id).fetch_optional(conn).await?))
}

/// Gives a client that was not revoked another token; false where there is none.
pub async fn renew_client(tx: &mut Tx, id: Uuid, token: Digest, until: Instant) -> Result<bool, Error> {
    const SQL: &str = "UPDATE api_client SET token = $2, until = $3 WHERE id = $1 AND revoked_at IS NULL";
    let renewed = on!(tx, |conn| sqlx::query(SQL)
        .bind(id)
        .bind(token)
        .bind(until)
        .execute(conn)
        .await?
        .rows_affected());
    Ok(renewed == 1)
}

/// Binds a client that was not revoked to a certificate, or to none; false where there is no such client.
pub async fn bind_client(tx: &mut Tx, id: Uuid, certificate: Option<Digest>) -> Result<bool, Error> {
    const SQL: &str = "UPDATE api_client SET certificate = $2 WHERE id = $1 AND revoked_at IS NULL";
    let bound =
        on!(tx, |conn| sqlx::query(SQL).bind(id).bind(certificate).execute(conn).await?.rows_affected());
    Ok(bound == 1)
}

/// The client with a name.
pub async fn client_by_name(tx: &mut Tx, name: &str) -> Result<Option<Client>, Error> {
    const SQL: &str = "
        SELECT id, name, role, grants, token, certificate, made_by, made_at, until, revoked_at FROM api_client
        WHERE name = $1";
    Ok(on!(tx, |conn| sqlx::query_as(SQL).bind(name).fetch_optional(conn).await?))
}

/// Every client, by name.
pub async fn clients(tx: &mut Tx) -> Result<Vec<Client>, Error> {
    const SQL: &str = "
        SELECT id, name, role, grants, token, certificate, made_by, made_at, until, revoked_at FROM api_client
        ORDER BY name";
    Ok(on!(tx, |conn| sqlx::query_as(SQL).fetch_all(conn).await?))
}

/// Revokes a client by its name; false where there is none that holds.
pub async fn revoke_client(tx: &mut Tx, name: &str, at: Instant) -> Result<bool, Error> {
    const SQL: &str = "UPDATE api_client SET revoked_at = $2 WHERE name = $1 AND revoked_at IS NULL";
    let revoked = on!(tx, |conn| sqlx::query(SQL).bind(name).bind(at).execute(conn).await?.rows_affected());
    Ok(revoked == 1)
}
