//! Who is known to a provider uses an account of ours: one that is linked, or a new one that a one-time link makes. Nobody gets an account
//! by being known elsewhere.

use serde_json::json;
use uuid::Uuid;

use super::provider::{Identity, Named, Trouble};
use super::sign_in::{self, Knock, Opened, Stage};
use super::{Error, invite, provider};
use crate::flow::record::{record, refused};
use crate::flow::sessions::Signed;
use crate::flow::{Actor, App, Role, moment};
use crate::rules::Instant;
use crate::store::accounts::{self, ACTIVE, Account};
use crate::store::{self, Tx};

/// Why somebody whom a provider knows does not come in.
#[derive(Debug, thiserror::Error)]
pub enum Stranger {
    /// The provider told us nothing.
    #[error(transparent)]
    Provider(#[from] Trouble),
    /// No account is linked to them.
    #[error("no account is linked to this identity")]
    NoAccount,
    /// The account that is linked may not be used.
    #[error("the account is locked")]
    Locked,
    /// They are linked to an account already, or the account to somebody there.
    #[error("this identity, or this account, is linked already")]
    Linked,
    /// As for everybody.
    #[error(transparent)]
    Account(#[from] Error),
}

impl Stranger {
    /// The error for whom it concerns, in Chinese and English; `None` where it is trouble of ours.
    #[must_use]
    pub fn said(&self) -> Option<(String, String)> {
        let (zh, en) = match self {
            Self::Account(error) => return error.said(),
            Self::Provider(Trouble::Unknown) => ("没有这种登录方式", "There is no such way to sign in"),
            Self::Provider(Trouble::Silent(_)) => (
                "该登录服务暂时没有回应，请稍后再试，或用本站的用户名和密码登录",
                "That service does not answer now: try again later, or sign in with your name and password here",
            ),
            Self::Provider(Trouble::Stale) => (
                "登录过程已失效或不是由此浏览器发起，请重新登录",
                "This way in is over, or this browser did not begin it: sign in again",
            ),
            Self::Provider(Trouble::Declined(_)) => (
                "对方没有确认您的身份，请重新登录",
                "That service did not confirm who you are: sign in again",
            ),
            Self::Provider(Trouble::Unproven(_)) => (
                "对方的答复未通过验证，没有登录；如反复出现请联系系统管理员",
                "The answer of that service could not be proven, and you are not signed in; if this goes on, tell the system operator",
            ),
            Self::NoAccount => (
                "您的身份已确认，但还没有关联本站账户。已有账户的，请先用密码登录，再在“我的账户”中关联；没有账户的，请向安全管理员索取一次性链接",
                "We know who you are, but no account here is linked to you. If you have one, sign in with your password and link it under “My account”; otherwise ask the security operator for a one-time link",
            ),
            Self::Locked => {
                ("该账户已锁定，请联系安全管理员", "The account is locked: ask the security operator")
            }
            Self::Linked => (
                "该身份已关联其他账户，或此账户已关联该服务的其他身份",
                "That identity is linked to another account, or this account to another identity of that service",
            ),
        };
        Some((zh.to_owned(), en.to_owned()))
    }
}

impl From<store::Error> for Stranger {
    fn from(error: store::Error) -> Self {
        Self::Account(error.into())
    }
}

impl From<crate::flow::SetBack> for Stranger {
    fn from(error: crate::flow::SetBack) -> Self {
        Self::Account(error.into())
    }
}

/// What comes after a provider said who somebody is.
pub(super) fn stage(identity: &Identity, account: &Account) -> Stage {
    match (identity.second_factor, account.factor.is_some(), account.role.is_operators()) {
        (false, true, _) => Stage::Factor,
        (false, false, true) => Stage::Enrol,
        (true, ..) | (false, false, false) => Stage::Open,
    }
}

/// Opens a session of the account that is linked.
pub async fn enter(app: &App, knock: &Knock, identity: &Identity) -> Result<Opened, Stranger> {
    let mut tx = app.0.store.write().await?;
    let now = moment::hold(app, &mut tx).await??;
    let account = accounts::by_link(&mut tx, &identity.issuer, &identity.holder).await?;
    let (actor, error) = match &account {
        None => (Actor { name: "unknown".to_owned(), role: Role::Agent(Vec::new()) }, Stranger::NoAccount),
        Some(account) => (sign_in::actor(account), Stranger::Locked),
    };
    let details = json!({ "from": sign_in::tag(app, knock), "provider": identity.provider,
        "second_factor": identity.second_factor });
    let Some(account) = account.filter(|it| it.state == ACTIVE) else {
        refused(&mut tx, now, &actor, "sign-in", actor.name.clone(), details).await?;
        tx.commit().await?;
        return Err(error);
    };
    let stage = stage(identity, &account);
    if stage == Stage::Open {
        record(&mut tx, now, &actor, "sign-in", actor.name.clone(), details).await?;
    }
    let opened = sign_in::open(app, &mut tx, &account, knock, stage, now).await?;
    tx.commit().await?;
    Ok(opened)
}

/// Uses a one-time link: the account is made, and its holder signs in by the provider.
pub async fn accept(
    app: &App,
    knock: &Knock,
    secret: &str,
    name: &str,
    identity: &Identity,
) -> Result<Opened, Stranger> {
    match invite::accept_known(app, knock, secret, name, identity).await {
        Err(Error::Store(store::Error::Conflict)) => Err(Stranger::Linked),
        opened => Ok(opened?),
    }
}

/// Links the account of somebody who is signed in.
pub async fn link(app: &App, signed: &Signed, identity: &Identity) -> Result<(), Stranger> {
    let mut tx = app.0.store.write().await?;
    let now = moment::hold(app, &mut tx).await??;
    if accounts::links(&mut tx, signed.account).await?.contains(&identity.issuer) {
        return Err(Stranger::Linked);
    }
    let taken = |error| match error {
        store::Error::Conflict => Stranger::Linked,
        error => error.into(),
    };
    insert(&mut tx, identity, signed.account, now).await.map_err(taken)?;
    let name = &signed.actor.name;
    let details = json!({ "provider": identity.provider });
    record(&mut tx, now, &signed.actor, "link", name.clone(), details).await?;
    Ok(tx.commit().await?)
}

pub(super) async fn insert(
    tx: &mut Tx,
    identity: &Identity,
    account: Uuid,
    now: Instant,
) -> Result<(), store::Error> {
    accounts::link(tx, &identity.issuer, &identity.holder, account, now).await
}

/// The providers, and whether somebody's account is linked to each.
pub async fn of(app: &App, signed: &Signed) -> Result<Vec<(Named, bool)>, Error> {
    let mut tx = app.0.store.read().await?;
    let linked = accounts::links(&mut tx, signed.account).await?;
    Ok(provider::named(app).into_iter().map(|it| (it.clone(), linked.contains(&it.issuer))).collect())
}

/// Takes the link to a provider away. An account without a password keeps it, since nobody could sign in otherwise.
pub async fn unlink(app: &App, signed: &Signed, name: &str) -> Result<(), Stranger> {
    let known = provider::named(app).into_iter().find(|it| it.name == name).ok_or(Trouble::Unknown)?;
    let mut tx = app.0.store.write().await?;
    let now = moment::hold(app, &mut tx).await??;
    let account = accounts::by_id(&mut tx, signed.account).await?.ok_or(Error::NotFound)?;
    if account.password.is_none() || accounts::unlink(&mut tx, &known.issuer, account.id).await? == 0 {
        return Err(Error::NotFound.into());
    }
    let actor = &signed.actor;
    record(&mut tx, now, actor, "unlink", actor.name.clone(), json!({ "provider": known.name })).await?;
    Ok(tx.commit().await?)
}
