//! Accounts, what they may, their recovery codes, and the names that others have for them.

use sqlx::FromRow;
use sqlx::types::Json;
use uuid::Uuid;

use super::{Error, Page, Tx, on};
use crate::rules::{AccountRole, Digest, DomainId, Grant, Instant};

/// An account may be used.
pub const ACTIVE: &str = "active";

/// An account was locked by the security operator.
pub const LOCKED: &str = "locked";

/// An account.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct Account {
    /// Its id.
    pub id: Uuid,
    /// The name that one signs in with.
    pub name: String,
    /// The name of its holder.
    pub shown: String,
    /// Its one role.
    pub role: AccountRole,
    /// [`ACTIVE`] or [`LOCKED`].
    pub state: String,
    /// The hash of its password; none for accounts that sign in elsewhere.
    pub password: Option<String>,
    /// When the password was set.
    pub password_at: Instant,
    /// What makes, with the operator's key, the secret of the second factor.
    pub factor: Option<Digest>,
    /// The same for a second factor that was not confirmed yet.
    pub factor_new: Option<Digest>,
    /// The newest time step whose code was used.
    pub factor_step: i64,
    /// When it was made.
    pub created_at: Instant,
    /// When it was changed.
    pub updated_at: Instant,
}

/// The columns of an account.
macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT id, name, shown, role, state, password, password_at, factor, factor_new, factor_step,
            created_at, updated_at FROM account ",
            $rest
        )
    };
}

/// Stores a new account.
///
/// # Errors
/// [`Error::Conflict`] where its name is taken.
pub async fn insert(tx: &mut Tx, account: &Account) -> Result<(), Error> {
    const SQL: &str = "
        INSERT INTO account (id, name, shown, role, state, password, password_at, factor, factor_new, factor_step,
            created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";
    on!(tx, |conn| sqlx::query(SQL)
        .bind(account.id)
        .bind(&account.name)
        .bind(&account.shown)
        .bind(account.role)
        .bind(&account.state)
        .bind(&account.password)
        .bind(account.password_at)
        .bind(account.factor)
        .bind(account.factor_new)
        .bind(account.factor_step)
        .bind(account.created_at)
        .bind(account.updated_at)
        .execute(conn)
        .await?
        .rows_affected());
    Ok(())
}

/// Sets the state of an account.
pub async fn set_state(tx: &mut Tx, account: Uuid, state: &str, at: Instant) -> Result<(), Error> {
    const SQL: &str = "UPDATE account SET state = $2, updated_at = $3 WHERE id = $1";
    on!(tx, |conn| sqlx::query(SQL).bind(account).bind(state).bind(at).execute(conn).await?.rows_affected());
    Ok(())
}

/// Sets the role of an account.
pub async fn set_role(tx: &mut Tx, account: Uuid, role: AccountRole, at: Instant) -> Result<(), Error> {
    const SQL: &str = "UPDATE account SET role = $2, updated_at = $3 WHERE id = $1";
    on!(tx, |conn| sqlx::query(SQL).bind(account).bind(role).bind(at).execute(conn).await?.rows_affected());
    Ok(())
}

/// Sets the hash of an account's password.
pub async fn set_password(tx: &mut Tx, account: Uuid, hash: &str, at: Instant) -> Result<(), Error> {
    const SQL: &str = "UPDATE account SET password = $2, password_at = $3, updated_at = $3 WHERE id = $1";
    on!(tx, |conn| sqlx::query(SQL).bind(account).bind(hash).bind(at).execute(conn).await?.rows_affected());
    Ok(())
}

/// Begins a second factor that is not confirmed yet; false where one was begun before.
pub async fn begin_factor(tx: &mut Tx, account: Uuid, number: Digest, at: Instant) -> Result<bool, Error> {
    const SQL: &str =
        "UPDATE account SET factor_new = $2, updated_at = $3 WHERE id = $1 AND factor_new IS NULL";
    let begun = on!(tx, |conn| sqlx::query(SQL)
        .bind(account)
        .bind(number)
        .bind(at)
        .execute(conn)
        .await?
        .rows_affected());
    Ok(begun == 1)
}

/// Confirms the second factor that was begun, with the time step of its first code; false where another one, or none, was begun.
pub async fn confirm_factor(
    tx: &mut Tx,
    account: Uuid,
    number: Digest,
    step: i64,
    at: Instant,
) -> Result<bool, Error> {
    const SQL: &str = "
        UPDATE account SET factor = $2, factor_new = NULL, updated_at = $4,
            factor_step = CASE WHEN factor_step < $3 THEN $3 ELSE factor_step END
        WHERE id = $1 AND factor_new = $2";
    let confirmed = on!(tx, |conn| sqlx::query(SQL)
        .bind(account)
        .bind(number)
        .bind(step)
        .bind(at)
        .execute(conn)
        .await?
        .rows_affected());
    Ok(confirmed == 1)
}

/// Takes the second factor off an account, and one that was begun.
pub async fn drop_factor(tx: &mut Tx, account: Uuid, at: Instant) -> Result<(), Error> {
    const SQL: &str = "UPDATE account SET factor = NULL, factor_new = NULL, updated_at = $2 WHERE id = $1";
    on!(tx, |conn| sqlx::query(SQL).bind(account).bind(at).execute(conn).await?.rows_affected());
    Ok(())
}

/// Uses a time step of the second factor; false where it, or a later one, was used before.
pub async fn use_step(tx: &mut Tx, account: Uuid, step: i64) -> Result<bool, Error> {
    const SQL: &str = "UPDATE account SET factor_step = $2 WHERE id = $1 AND factor_step < $2";
    let used = on!(tx, |conn| sqlx::query(SQL).bind(account).bind(step).execute(conn).await?.rows_affected());
    Ok(used == 1)
}

/// The account with an id.
pub async fn by_id(tx: &mut Tx, id: Uuid) -> Result<Option<Account>, Error> {
    const SQL: &str = select!("WHERE id = $1");
    Ok(on!(tx, |conn| sqlx::query_as(SQL).bind(id).fetch_optional(conn).await?))
}

/// The account with a name.
pub async fn by_name(tx: &mut Tx, name: &str) -> Result<Option<Account>, Error> {
    const SQL: &str = select!("WHERE name = $1");
    Ok(on!(tx, |conn| sqlx::query_as(SQL).bind(name).fetch_optional(conn).await?))
}

/// A part of all accounts, by name.
pub async fn list(tx: &mut Tx, page: Page) -> Result<Vec<Account>, Error> {
    const SQL: &str = select!("ORDER BY name LIMIT $1 OFFSET $2");
    Ok(on!(tx, |conn| sqlx::query_as(SQL)
        .bind(i64::from(page.limit))
        .bind(i64::from(page.offset))
        .fetch_all(conn)
        .await?))
}

/// How many accounts there are.
pub async fn count(tx: &mut Tx) -> Result<u32, Error> {
    const SQL: &str = "SELECT count(*) FROM account";
    let number: i64 = on!(tx, |conn| sqlx::query_scalar(SQL).fetch_one(conn).await?);
    super::columns::count(number)
}

/// How many accounts of a role may be used.
pub async fn active_of(tx: &mut Tx, role: AccountRole) -> Result<u32, Error> {
    const SQL: &str = "SELECT count(*) FROM account WHERE role = $1 AND state = 'active'";
    let number: i64 = on!(tx, |conn| sqlx::query_scalar(SQL).bind(role).fetch_one(conn).await?);
    super::columns::count(number)
}

/// The accounts of a role that may be used.
pub async fn usable(tx: &mut Tx, role: AccountRole) -> Result<Vec<Uuid>, Error> {
    const SQL: &str = "SELECT id FROM account WHERE role = $1 AND state = 'active' ORDER BY id";
    Ok(on!(tx, |conn| sqlx::query_scalar(SQL).bind(role).fetch_all(conn).await?))
}

/// How far the role of an account goes.
pub async fn grants(tx: &mut Tx, account: Uuid) -> Result<Vec<Grant>, Error> {
    const SQL: &str = "
        SELECT object, domains, scope, purpose, until FROM account_role WHERE account = $1 ORDER BY place";
    type Row = (String, Json<Vec<DomainId>>, String, String, Option<Instant>);
    let rows: Vec<Row> = on!(tx, |conn| sqlx::query_as(SQL).bind(account).fetch_all(conn).await?);
    let grant = |(object, Json(domains), scope, purpose, until): Row| Grant {
        object,
        domains,
        scope: scope.split_whitespace().map(str::to_owned).collect(),
        purpose,
        until,
    };
    Ok(rows.into_iter().map(grant).collect())
}

/// Sets how far the role of an account goes.
pub async fn set_grants(tx: &mut Tx, account: Uuid, grants: &[Grant]) -> Result<(), Error> {
    const CLEAR: &str = "DELETE FROM account_role WHERE account = $1";
    const SQL: &str = "
        INSERT INTO account_role (account, place, object, domains, scope, purpose, until)
        VALUES ($1, $2, $3, $4, $5, $6, $7)";
    on!(&mut *tx, |conn| sqlx::query(CLEAR).bind(account).execute(conn).await?.rows_affected());
    for (place, grant) in (0_i64..).zip(grants) {
        on!(&mut *tx, |conn| sqlx::query(SQL)
            .bind(account)
            .bind(place)
            .bind(&grant.object)
            .bind(Json(&grant.domains))
            .bind(grant.scope.join(" "))
            .bind(&grant.purpose)
            .bind(grant.until)
            .execute(conn)
            .await?
            .rows_affected());
    }
    Ok(())
}

/// Sets the recovery codes of an account, by their keyed hashes.
pub async fn set_recovery(tx: &mut Tx, account: Uuid, hashes: &[Digest]) -> Result<(), Error> {
    const CLEAR: &str = "DELETE FROM recovery_code WHERE account = $1";
    const SQL: &str = "INSERT INTO recovery_code (account, hash) VALUES ($1, $2)";
    on!(&mut *tx, |conn| sqlx::query(CLEAR).bind(account).execute(conn).await?.rows_affected());
    for hash in hashes {
        on!(&mut *tx, |conn| sqlx::query(SQL).bind(account).bind(*hash).execute(conn).await?.rows_affected());
    }
    Ok(())
}

/// How many recovery codes an account still has.
pub async fn recovery_left(tx: &mut Tx, account: Uuid) -> Result<u32, Error> {
    const SQL: &str = "SELECT count(*) FROM recovery_code WHERE account = $1";
    let number: i64 = on!(tx, |conn| sqlx::query_scalar(SQL).bind(account).fetch_one(conn).await?);
    super::columns::count(number)
}

/// Uses up a recovery code; false where there is none like it.
pub async fn use_recovery(tx: &mut Tx, account: Uuid, hash: Digest) -> Result<bool, Error> {
    const SQL: &str = "DELETE FROM recovery_code WHERE account = $1 AND hash = $2";
    let used = on!(tx, |conn| sqlx::query(SQL).bind(account).bind(hash).execute(conn).await?.rows_affected());
    Ok(used == 1)
}

/// The account that somebody has who is known elsewhere.
pub async fn by_link(tx: &mut Tx, issuer: &str, holder: &str) -> Result<Option<Account>, Error> {
    const SQL: &str = "SELECT account FROM account_link WHERE issuer = $1 AND holder = $2";
    let id: Option<Uuid> =
        on!(&mut *tx, |conn| sqlx::query_scalar(SQL).bind(issuer).bind(holder).fetch_optional(conn).await?);
    match id {
        Some(id) => by_id(tx, id).await,
        None => Ok(None),
    }
}

/// By which issuers the holder of an account is known.
pub async fn links(tx: &mut Tx, account: Uuid) -> Result<Vec<String>, Error> {
    const SQL: &str = "SELECT issuer FROM account_link WHERE account = $1 ORDER BY issuer";
    Ok(on!(tx, |conn| sqlx::query_scalar(SQL).bind(account).fetch_all(conn).await?))
}

/// Takes the links of an account to an issuer away; how many there were.
pub async fn unlink(tx: &mut Tx, issuer: &str, account: Uuid) -> Result<u64, Error> {
    const SQL: &str = "DELETE FROM account_link WHERE issuer = $1 AND account = $2";
    Ok(on!(tx, |conn| sqlx::query(SQL).bind(issuer).bind(account).execute(conn).await?.rows_affected()))
}

/// Lets somebody who is known elsewhere use an account.
///
/// # Errors
/// [`Error::Conflict`] where they use one already.
pub async fn link(tx: &mut Tx, issuer: &str, holder: &str, account: Uuid, at: Instant) -> Result<(), Error> {
    const SQL: &str = "INSERT INTO account_link (issuer, holder, account, made_at) VALUES ($1, $2, $3, $4)";
    on!(tx, |conn| sqlx::query(SQL)
        .bind(issuer)
        .bind(holder)
        .bind(account)
        .bind(at)
        .execute(conn)
        .await?
        .rows_affected());
    Ok(())
}
