//! A one-time link becomes an account, or a new password for one that is there.

use serde_json::json;
use uuid::Uuid;

use super::provider::Identity;
use super::sign_in::{self, Knock, Opened, Stage};
use super::{Error, link, name_of, password, roles, unchanged};
use crate::flow::record::record;
use crate::flow::{Actor, App, moment, notices};
use crate::rules::{AccountRole, Grant, Instant, NoticeKind};
use crate::seal;
use crate::store::accounts::{ACTIVE, Account};
use crate::store::invitations::{self, Invitation};
use crate::store::{accounts, sessions};

/// How long a link may be used, in milliseconds: three days.
const LIFE: i64 = 3 * 24 * 60 * 60 * 1000;
/// The longest name of a person, in characters.
const SHOWN: usize = 60;

/// Who is invited.
#[derive(Clone, Debug)]
pub struct Invited {
    /// The name of the person.
    pub shown: String,
    /// The role they will have.
    pub role: AccountRole,
    /// How far it goes.
    pub grants: Vec<Grant>,
}

/// A link to hand over.
#[derive(Clone, Debug)]
pub struct Link {
    /// The whole address; shown once.
    pub address: String,
    /// Until when it may be used.
    pub until: Instant,
}

/// What a link is for.
#[derive(Clone, Debug)]
pub struct Seen {
    /// Whom it is for.
    pub shown: String,
    /// The role of the account.
    pub role: AccountRole,
    /// The name of the account that is there; none for a new one.
    pub name: Option<String>,
}

/// Invites somebody.
pub async fn invite(app: &App, actor: &Actor, invited: Invited) -> Result<Link, Error> {
    actor.may_secure()?;
    let shown: String = invited.shown.trim().chars().filter(|c| !c.is_control()).take(SHOWN).collect();
    if shown.is_empty() {
        return Err(Error::Grant("the person needs a name".to_owned()));
    }
    let invited = Invited { shown, ..invited };
    let mut tx = app.0.store.write().await?;
    roles::check(app, &mut tx, invited.role, &invited.grants).await?;
    let now = moment::hold(app, &mut tx).await??;
    let link = make(app, &mut tx, actor, invited, None, now).await?;
    tx.commit().await?;
    Ok(link)
}

/// The link by which the first security operator comes in, where there is none yet; older ones hold no more.
pub async fn first(app: &App) -> Result<Option<Link>, Error> {
    let operator = Actor::operator();
    let mut tx = app.0.store.write().await?;
    if accounts::active_of(&mut tx, AccountRole::Security).await? > 0 {
        return Ok(None);
    }
    let now = moment::hold(app, &mut tx).await??;
    invitations::take_back(&mut tx, AccountRole::Security, &operator.name, now).await?;
    let invited =
        Invited { shown: "安全管理员".to_owned(), role: AccountRole::Security, grants: Vec::new() };
    let link = make(app, &mut tx, &operator, invited, None, now).await?;
    tx.commit().await?;
    Ok(Some(link))
}

/// A link by which the holder of an account sets a new password.
pub async fn reset(app: &App, actor: &Actor, account: Uuid) -> Result<Link, Error> {
    actor.may_secure()?;
    let mut tx = app.0.store.write().await?;
    let found = accounts::by_id(&mut tx, account).await?.ok_or(Error::NotFound)?;
    let now = moment::hold(app, &mut tx).await??;
    let invited = Invited { shown: found.shown, role: found.role, grants: Vec::new() };
    let link = make(app, &mut tx, actor, invited, Some((account, found.name)), now).await?;
    tx.commit().await?;
    Ok(link)
}

async fn make(
    app: &App,
    tx: &mut crate::store::Tx,
    actor: &Actor,
    invited: Invited,
    account: Option<(Uuid, String)>,
    now: Instant,
) -> Result<Link, Error> {
    let secret = app.secret();
    let until = Instant::from_millis(now.millis() + LIFE);
    let (id, object) = match account {
        Some((id, name)) => (Some(id), format!("@{name}")),
        None => (None, String::new()),
    };
    let details = json!({ "role": invited.role, "grants": invited.grants.len(), "until": until });
    let invitation = Invitation {
        id: seal::digest(secret.as_bytes()),
        account: id,
        shown: invited.shown,
        role: invited.role,
        grants: invited.grants,
        made_by: actor.name.clone(),
        made_at: now,
        until,
        used_at: None,
    };
    invitations::insert(tx, &invitation).await?;
    record(tx, now, actor, if id.is_some() { "reset-link" } else { "invite" }, object, details).await?;
    Ok(Link { address: format!("{}/invitation/{secret}", app.issuer().origin), until })
}

/// What a link is for, if it may still be used.
pub async fn look(app: &App, secret: &str) -> Result<Seen, Error> {
    let mut tx = app.0.store.read().await?;
    let invitation = find(app, &mut tx, secret).await?;
    let name = match invitation.account {
        Some(id) => accounts::by_id(&mut tx, id).await?.map(|account| account.name),
        None => None,
    };
    Ok(Seen { shown: invitation.shown, role: invitation.role, name })
}

async fn find(app: &App, tx: &mut crate::store::Tx, secret: &str) -> Result<Invitation, Error> {
    let invitation = invitations::find(tx, seal::digest(secret.as_bytes()), app.now()).await?;
    invitation.ok_or(Error::Link)
}

/// By what the holder of an account will sign in.
enum Means<'a> {
    Password { new: &'a str, again: &'a str },
    Elsewhere(&'a Identity),
}

/// Uses a link: the account is made, or gets its new password.
pub async fn accept(
    app: &App,
    knock: &Knock,
    secret: &str,
    typed: &str,
    new: &str,
    again: &str,
) -> Result<Opened, Error> {
    take(app, knock, secret, typed, Means::Password { new, again }).await
}

/// Uses a link for a new account without a password: its holder is known elsewhere.
pub(super) async fn accept_known(
    app: &App,
    knock: &Knock,
    secret: &str,
    typed: &str,
    identity: &Identity,
) -> Result<Opened, Error> {
    take(app, knock, secret, typed, Means::Elsewhere(identity)).await
}

/// Whether a name may be taken with this link.
pub async fn may_be_named(app: &App, secret: &str, typed: &str) -> Result<(), Error> {
    let mut tx = app.0.store.read().await?;
    let invitation = find(app, &mut tx, secret).await?;
    let name = name_of(typed)?;
    match (invitation.account, accounts::by_name(&mut tx, &name).await?) {
        (None, None) => Ok(()),
        (None, Some(_)) => Err(Error::Taken),
        (Some(_), _) => Err(Error::Link),
    }
}

async fn take(
    app: &App,
    knock: &Knock,
    secret: &str,
    typed: &str,
    means: Means<'_>,
) -> Result<Opened, Error> {
    let mut tx = app.0.store.read().await?;
    let invitation = find(app, &mut tx, secret).await?;
    let known = match invitation.account {
        Some(id) => Some(accounts::by_id(&mut tx, id).await?.ok_or(Error::Link)?),
        None => None,
    };
    let name = match &known {
        Some(account) => account.name.clone(),
        None => name_of(typed)?,
    };
    if known.is_none() && accounts::by_name(&mut tx, &name).await?.is_some() {
        return Err(Error::Taken);
    }
    drop(tx);
    let hashed = match means {
        Means::Password { new, again } if new != again => return Err(password::Weak::Differ.into()),
        Means::Password { new, .. } => {
            password::check(&name, new)?;
            Some(password::hash(app, new).await?)
        }
        // A link for a password that was forgotten gives no second way in.
        Means::Elsewhere(_) if known.is_some() => return Err(Error::Link),
        Means::Elsewhere(_) => None,
    };

    let mut tx = app.0.store.write().await?;
    let now = moment::hold(app, &mut tx).await??;
    if !invitations::use_up(&mut tx, invitation.id, now).await? {
        return Err(Error::Link);
    }
    let (account, act) = if let Some((account, hash)) = known.zip(hashed.as_ref()) {
        let account = unchanged(&mut tx, &account).await?;
        accounts::set_password(&mut tx, account.id, hash, now).await?;
        let account = Account { password: hashed, password_at: now, ..account };
        sessions::end_all(&mut tx, account.id).await?;
        notices::account(app, &mut tx, account.id, NoticeKind::PasswordChanged, now).await?;
        (account, "password-reset")
    } else {
        let account = Account {
            id: app.mint(),
            name,
            shown: invitation.shown,
            role: invitation.role,
            state: ACTIVE.to_owned(),
            password: hashed,
            password_at: now,
            factor: None,
            factor_new: None,
            factor_step: 0,
            created_at: now,
            updated_at: now,
        };
        let taken = |error| match error {
            crate::store::Error::Conflict => Error::Taken,
            error => error.into(),
        };
        accounts::insert(&mut tx, &account).await.map_err(taken)?;
        accounts::set_grants(&mut tx, account.id, &invitation.grants).await?;
        if let Means::Elsewhere(identity) = means {
            link::insert(&mut tx, identity, account.id, now).await?;
        }
        (account, "account-made")
    };
    let actor = sign_in::actor(&account);
    let known_by = match means {
        Means::Elsewhere(identity) => Some(identity),
        Means::Password { .. } => None,
    };
    let provider = known_by.map(|it| &it.provider);
    let details = json!({ "role": account.role, "by": invitation.made_by, "provider": provider });
    record(&mut tx, now, &actor, act, actor.name.clone(), details).await?;
    let stage = match known_by {
        Some(identity) => link::stage(identity, &account),
        None if account.factor.is_some() => Stage::Factor,
        None => sign_in::after_factor(app, &account),
    };
    let opened = sign_in::open(app, &mut tx, &account, knock, stage, now).await?;
    tx.commit().await?;
    Ok(opened)
}
