//! The security operator looks after accounts. Nobody does so to their own.

use serde_json::json;
use uuid::Uuid;

use super::{Error, roles};
use crate::flow::record::record;
use crate::flow::{Actor, App, moment, notices};
use crate::rules::{AccountRole, Grant, Instant, NoticeKind};
use crate::store::accounts::{ACTIVE, Account, LOCKED};
use crate::store::{Page, Tx, accounts, sessions};

/// An account, for the security operator to look at.
#[derive(Clone, Debug)]
pub struct Listed {
    /// Its id.
    pub id: Uuid,
    /// The name that one signs in with.
    pub name: String,
    /// The name of its holder.
    pub shown: String,
    /// Its role.
    pub role: AccountRole,
    /// How far it goes.
    pub grants: Vec<Grant>,
    /// It may not be used.
    pub locked: bool,
    /// It has a second factor.
    pub factor: bool,
    /// When it was made.
    pub created_at: Instant,
}

/// A part of all accounts, and how many there are.
pub async fn list(app: &App, actor: &Actor, page: Page) -> Result<(Vec<Listed>, u32), Error> {
    actor.may_secure()?;
    let mut tx = app.0.store.read().await?;
    let mut listed = Vec::new();
    for account in accounts::list(&mut tx, page).await? {
        let grants = accounts::grants(&mut tx, account.id).await?;
        listed.push(of(account, grants));
    }
    let total = accounts::count(&mut tx).await?;
    Ok((listed, total))
}

/// One account.
pub async fn show(app: &App, actor: &Actor, id: Uuid) -> Result<Listed, Error> {
    actor.may_secure()?;
    let mut tx = app.0.store.read().await?;
    let account = accounts::by_id(&mut tx, id).await?.ok_or(Error::NotFound)?;
    let grants = accounts::grants(&mut tx, id).await?;
    Ok(of(account, grants))
}

/// The account of a name.
pub async fn named(app: &App, actor: &Actor, name: &str) -> Result<Uuid, Error> {
    actor.may_secure()?;
    let mut tx = app.0.store.read().await?;
    let account = accounts::by_name(&mut tx, &name.trim().to_ascii_lowercase()).await?;
    account.map(|account| account.id).ok_or(Error::NotFound)
}

fn of(account: Account, grants: Vec<Grant>) -> Listed {
    Listed {
        id: account.id,
        name: account.name,
        shown: account.shown,
        role: account.role,
        grants,
        locked: account.state == LOCKED,
        factor: account.factor.is_some(),
        created_at: account.created_at,
    }
}

/// Locks an account, or unlocks it. Its sessions end.
pub async fn lock(app: &App, actor: &Actor, id: Uuid, locked: bool) -> Result<(), Error> {
    let state = if locked { LOCKED } else { ACTIVE };
    let act = if locked { "account-lock" } else { "account-unlock" };
    let (mut tx, account, now) = begun(app, actor, id).await?;
    accounts::set_state(&mut tx, id, state, now).await?;
    sessions::end_all(&mut tx, id).await?;
    record(&mut tx, now, actor, act, format!("@{}", account.name), json!({})).await?;
    Ok(tx.commit().await?)
}

/// Takes the second factor off an account whose holder lost it. Its sessions end, and an operator sets up another one at once.
pub async fn drop_factor(app: &App, actor: &Actor, id: Uuid) -> Result<(), Error> {
    let (mut tx, account, now) = begun(app, actor, id).await?;
    accounts::drop_factor(&mut tx, id, now).await?;
    accounts::set_recovery(&mut tx, id, &[]).await?;
    sessions::end_all(&mut tx, id).await?;
    notices::account(app, &mut tx, id, NoticeKind::FactorChanged, now).await?;
    record(&mut tx, now, actor, "factor-drop", format!("@{}", account.name), json!({})).await?;
    Ok(tx.commit().await?)
}

/// Changes what an account may. Its sessions end.
pub async fn set_role(
    app: &App,
    actor: &Actor,
    id: Uuid,
    role: AccountRole,
    grants: &[Grant],
) -> Result<(), Error> {
    let (mut tx, account, now) = begun(app, actor, id).await?;
    roles::check(app, &mut tx, role, grants).await?;
    // The code of a subject may be the number of a person.
    let authorities = grants.iter().filter(|_| role == AccountRole::Clerk).map(|grant| &grant.object);
    let authorities: Vec<&String> = authorities.collect();
    let details =
        json!({ "before": account.role, "now": role, "grants": grants.len(), "authorities": authorities });
    accounts::set_role(&mut tx, id, role, now).await?;
    accounts::set_grants(&mut tx, id, grants).await?;
    sessions::end_all(&mut tx, id).await?;
    record(&mut tx, now, actor, "role-change", format!("@{}", account.name), details).await?;
    Ok(tx.commit().await?)
}

async fn begun(app: &App, actor: &Actor, id: Uuid) -> Result<(Tx, Account, Instant), Error> {
    actor.may_secure()?;
    let mut tx = app.0.store.write().await?;
    let now = moment::hold(app, &mut tx).await??;
    let account = accounts::by_id(&mut tx, id).await?.ok_or(Error::NotFound)?;
    if actor.name == format!("@{}", account.name) {
        return Err(Error::Own);
    }
    Ok((tx, account, now))
}
