//! Somebody is signed in, for a while.

use serde_json::json;
use uuid::Uuid;

use super::account::{self, sign_in::Stage};
use super::record::record;
use super::{Actor, App, Role, SetBack, StoreError, mandates, moment};
use crate::rules::{AccountRole, Digest, Instant};
use crate::seal;
use crate::store::accounts::{ACTIVE, Account};
use crate::store::sessions::Session;
use crate::store::{accounts, sessions};

/// The longest that nobody uses a session, in milliseconds.
const IDLE: i64 = 15 * 60 * 1000;
/// The longest that a session lives, in milliseconds.
const WHOLE: i64 = 12 * 60 * 60 * 1000;
/// How exactly it is noted that a session is used, in milliseconds: not every page is a write.
const NOTED: i64 = 30 * 1000;

/// Somebody who is signed in.
#[derive(Clone, Debug)]
pub struct Signed {
    /// The account.
    pub account: Uuid,
    /// The session.
    pub session: Digest,
    /// The name that they sign in with.
    pub name: String,
    /// The name to greet them by.
    pub shown: String,
    /// The role of the account.
    pub role: AccountRole,
    /// As whom they act.
    pub actor: Actor,
}

/// A session, for its account's holder to look at.
#[derive(Clone, Debug)]
pub struct Listed {
    /// What it is ended by.
    pub id: Digest,
    /// When it was opened.
    pub opened_at: Instant,
    /// When it was last used.
    pub seen_at: Instant,
    /// From which address.
    pub address: String,
    /// With which program.
    pub agent: String,
    /// It is the one they look with.
    pub own: bool,
}

/// Why a session was not ended.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The clock stands before what the journal has already seen.
    #[error(transparent)]
    Clock(#[from] SetBack),
    /// Our own trouble.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Whose session a secret opens, if it is still open; it lives on from now.
pub async fn resume(app: &App, secret: &str) -> Result<Option<Signed>, StoreError> {
    let Some((signed, seen_at)) = open(app, secret).await? else { return Ok(None) };
    let now = app.now();
    if now.millis() - seen_at.millis() > NOTED {
        let mut tx = app.0.store.write().await?;
        sessions::seen(&mut tx, signed.session, now).await?;
        tx.commit().await?;
    }
    Ok(Some(signed))
}

/// The same for what goes on by itself: nobody uses the session by it, so that it lives no longer.
pub async fn still(app: &App, secret: &str) -> Result<Option<Signed>, StoreError> {
    Ok(open(app, secret).await?.map(|(signed, _)| signed))
}

/// Whose session a secret opens, and when it was used last.
async fn open(app: &App, secret: &str) -> Result<Option<(Signed, Instant)>, StoreError> {
    let Some((session, account)) = find(app, secret).await? else { return Ok(None) };
    if session.stage != Stage::Open.word() {
        return Ok(None);
    }
    let now = app.now();
    let mut tx = app.0.store.read().await?;
    let grants = accounts::grants(&mut tx, account.id).await?;
    let mut role = account::role(account.role, &grants, now);
    if let Role::Agent(own) = &mut role {
        own.extend(mandates::held(&mut tx, &account, now).await?);
    }
    let actor = Actor { name: format!("@{}", account.name), role };
    let signed = Signed {
        account: account.id,
        session: session.id,
        name: account.name,
        shown: account.shown,
        role: account.role,
        actor,
    };
    Ok(Some((signed, session.seen_at)))
}

/// How far a session has come that is not open yet.
pub async fn stage(app: &App, secret: &str) -> Result<Option<Stage>, StoreError> {
    let found = find(app, secret).await?;
    let stages = [Stage::Factor, Stage::Enrol, Stage::Renew, Stage::Open];
    Ok(found.and_then(|(session, _)| stages.into_iter().find(|stage| stage.word() == session.stage)))
}

/// A session that is not over, with its account.
pub(super) async fn find(app: &App, secret: &str) -> Result<Option<(Session, Account)>, StoreError> {
    let id = seal::digest(secret.as_bytes());
    let mut tx = app.0.store.read().await?;
    let now = app.now();
    let session = sessions::find(&mut tx, id, before(now, WHOLE), before(now, IDLE)).await?;
    let Some(session) = session else { return Ok(None) };
    let account = accounts::by_id(&mut tx, session.account).await?;
    let usable = account.filter(|account| account.state == ACTIVE);
    Ok(usable.map(|account| (session, account)))
}

/// Signs out: the session of a secret ends.
pub async fn leave(app: &App, secret: &str) -> Result<(), Error> {
    let Some((session, account)) = find(app, secret).await? else { return Ok(()) };
    finish(app, &account, session.id).await
}

/// The open sessions of somebody.
pub async fn list(app: &App, signed: &Signed) -> Result<Vec<Listed>, StoreError> {
    let mut tx = app.0.store.read().await?;
    let now = app.now().millis();
    let all = sessions::of(&mut tx, signed.account).await?;
    let lives = |one: &Session| now - one.seen_at.millis() <= IDLE && now - one.opened_at.millis() <= WHOLE;
    let listed = |one: Session| Listed {
        own: one.id == signed.session,
        id: one.id,
        opened_at: one.opened_at,
        seen_at: one.seen_at,
        address: one.address,
        agent: one.agent,
    };
    Ok(all.into_iter().filter(lives).map(listed).collect())
}

/// Ends one of somebody's own sessions.
pub async fn end(app: &App, signed: &Signed, id: Digest) -> Result<(), Error> {
    let mut tx = app.0.store.read().await?;
    let account = accounts::by_id(&mut tx, signed.account).await?;
    drop(tx);
    match account {
        Some(account) => finish(app, &account, id).await,
        None => Ok(()),
    }
}

async fn finish(app: &App, account: &Account, id: Digest) -> Result<(), Error> {
    let mut tx = app.0.store.write().await?;
    let now = moment::hold(app, &mut tx).await??;
    if sessions::end(&mut tx, account.id, id).await? {
        let actor = account::sign_in::actor(account);
        record(&mut tx, now, &actor, "sign-out", actor.name.clone(), json!({})).await?;
        sessions::sweep(&mut tx, before(now, WHOLE), before(now, IDLE)).await?;
        sessions::forgive_before(&mut tx, before(now, WHOLE)).await?;
        tx.commit().await?;
    }
    Ok(())
}

fn before(now: Instant, millis: i64) -> Instant {
    Instant::from_millis(now.millis() - millis)
}
