//! Systems come by themselves: with a token, and perhaps with a certificate that they must show, too.

use serde_json::json;
use uuid::Uuid;

use super::account::{self, Error};
use super::record::record;
use super::{Actor, App, StoreError, Tokens, moment};
use crate::rules::{AccountRole, Digest, Grant, Instant};
use crate::seal;
use crate::store::invitations;

pub use crate::store::invitations::Client;

/// The longest that a token holds, in days.
pub const LONGEST_DAYS: u32 = 730;
/// The longest name, in characters.
const NAME: usize = 60;

/// A client to be made.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// Its name for logs and the journal.
    pub name: String,
    /// As what it comes.
    pub role: AccountRole,
    /// How far the role goes.
    pub grants: Vec<Grant>,
    /// For how many days its token holds.
    pub days: u32,
    /// SHA-256 of the certificate that it must come with.
    pub certificate: Option<Digest>,
}

/// A client that was made.
#[derive(Clone, Debug)]
pub struct Made {
    /// Its token; shown once.
    pub secret: String,
    /// Until when it holds.
    pub until: Instant,
    /// The client.
    pub id: Uuid,
}

/// Makes a client.
pub async fn make(app: &App, actor: &Actor, wanted: Wanted) -> Result<Made, Error> {
    actor.may_secure()?;
    let name: String = wanted.name.trim().chars().filter(|c| !c.is_control()).take(NAME).collect();
    if name.is_empty() {
        return Err(Error::Grant("the client needs a name".to_owned()));
    }
    let life = life(wanted.days)?;
    // Who looks after accounts, and who speaks for a person, is a person.
    if matches!(wanted.role, AccountRole::Security | AccountRole::Person) {
        return Err(Error::Grant(format!("no system comes as {}", wanted.role.word())));
    }
    let (secret, token) = Tokens::fresh(app.0.chance.draw());
    let mut tx = app.0.store.write().await?;
    account::check_grants(app, &mut tx, wanted.role, &wanted.grants).await?;
    let now = moment::hold(app, &mut tx).await??;
    let until = Instant::from_millis(now.millis() + life);
    let client = Client {
        id: app.mint(),
        name,
        role: wanted.role,
        grants: wanted.grants,
        token,
        certificate: wanted.certificate,
        made_by: actor.name.clone(),
        made_at: now,
        until,
        revoked_at: None,
    };
    let refused = |error| match error {
        StoreError::Conflict => Error::Taken,
        error => error.into(),
    };
    invitations::insert_client(&mut tx, &client).await.map_err(refused)?;
    let details = json!({ "role": client.role, "grants": client.grants.len(), "until": until,
        "certificate": client.certificate });
    record(&mut tx, now, actor, "client-new", format!("client:{}", client.name), details).await?;
    tx.commit().await?;
    Ok(Made { secret, until, id: client.id })
}

/// So many days, in milliseconds.
fn life(days: u32) -> Result<i64, Error> {
    if (1..=LONGEST_DAYS).contains(&days) {
        Ok(i64::from(days) * 24 * 60 * 60 * 1000)
    } else {
        Err(Error::Grant(format!("a token holds from 1 to {LONGEST_DAYS} days")))
    }
}

/// One client.
pub async fn show(app: &App, actor: &Actor, id: Uuid) -> Result<Client, Error> {
    actor.may_secure()?;
    let mut tx = app.0.store.read().await?;
    invitations::client(&mut tx, id).await?.ok_or(Error::NotFound)
}

/// Gives a client another token; the one before opens nothing from now on.
pub async fn rotate(app: &App, actor: &Actor, id: Uuid, days: u32) -> Result<Made, Error> {
    actor.may_secure()?;
    let life = life(days)?;
    let (secret, token) = Tokens::fresh(app.0.chance.draw());
    let mut tx = app.0.store.write().await?;
    let now = moment::hold(app, &mut tx).await??;
    let client = invitations::client(&mut tx, id).await?.ok_or(Error::NotFound)?;
    let until = Instant::from_millis(now.millis() + life);
    if !invitations::renew_client(&mut tx, id, token, until).await? {
        return Err(Error::NotFound);
    }
    record(
        &mut tx,
        now,
        actor,
        "client-rotate",
        format!("client:{}", client.name),
        json!({ "until": until }),
    )
    .await?;
    tx.commit().await?;
    Ok(Made { secret, until, id })
}

/// Binds a client to the certificate that it must come with from now on, or to none.
pub async fn bind(app: &App, actor: &Actor, id: Uuid, certificate: Option<Digest>) -> Result<(), Error> {
    actor.may_secure()?;
    let mut tx = app.0.store.write().await?;
    let now = moment::hold(app, &mut tx).await??;
    let client = invitations::client(&mut tx, id).await?.ok_or(Error::NotFound)?;
    if !invitations::bind_client(&mut tx, id, certificate).await? {
        return Err(Error::NotFound);
    }
    let details = json!({ "certificate": certificate });
    record(&mut tx, now, actor, "client-certificate", format!("client:{}", client.name), details).await?;
    Ok(tx.commit().await?)
}

/// A certificate as somebody types it: its SHA-256 in hexadecimal, with colons or without, or the whole of it in PEM.
pub fn read_certificate(typed: &str) -> Result<Option<Digest>, Error> {
    let wrong = || {
        Error::Grant(
            "give the SHA-256 of the certificate (64 hexadecimal digits), or the certificate itself in PEM"
                .to_owned(),
        )
    };
    let typed = typed.trim();
    if typed.is_empty() {
        return Ok(None);
    }
    if typed.starts_with("-----BEGIN CERTIFICATE-----") {
        let body: String = typed.lines().filter(|line| !line.starts_with("-----")).map(str::trim).collect();
        return seal::certificate_digest(&format!(":{body}:")).map(Some).ok_or_else(wrong);
    }
    let digits: String = typed.chars().filter(|c| *c != ':' && !c.is_whitespace()).collect();
    digits.to_ascii_lowercase().parse().map(Some).map_err(|_| wrong())
}

/// Every client.
pub async fn list(app: &App, actor: &Actor) -> Result<Vec<Client>, Error> {
    actor.may_secure()?;
    let mut tx = app.0.store.read().await?;
    Ok(invitations::clients(&mut tx).await?)
}

/// Revokes a client: its token opens nothing from now on.
pub async fn revoke(app: &App, actor: &Actor, name: &str) -> Result<(), Error> {
    actor.may_secure()?;
    let mut tx = app.0.store.write().await?;
    let now = moment::hold(app, &mut tx).await??;
    if !invitations::revoke_client(&mut tx, name, now).await? {
        return Err(Error::NotFound);
    }
    record(&mut tx, now, actor, "client-revoke", format!("client:{name}"), json!({})).await?;
    Ok(tx.commit().await?)
}

/// The client whose token this is, if it holds and the certificate is the one it must come with.
pub async fn find(app: &App, secret: &str, certificate: Option<Digest>) -> Result<Option<Actor>, StoreError> {
    let mut tx = app.0.store.read().await?;
    let now = app.now();
    let token = seal::digest(secret.as_bytes());
    let client = invitations::client_by_token(&mut tx, token, certificate, now).await?;
    Ok(client.map(|it| Actor {
        name: format!("client:{}", it.name),
        role: account::role(it.role, &it.grants, now),
    }))
}
