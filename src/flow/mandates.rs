//! Somebody who acts for a subject lets others act for it, and stops that.
//!
//! Who was made to act by the operator may give mandates, as far as they themselves may go; a mandate cannot be handed on. It is
//! read anew with each request of its holder, together with what its giver may at that moment: what the giver loses, those lose
//! to whom it was given.

use serde_json::json;
use time::Date;
use uuid::Uuid;

use super::account;
use super::record::{record, refused};
use super::sessions::Signed;
use super::{Actor, App, Mandate, Role, Scope, SetBack, issue, mine, moment};
use crate::rules::{AccountRole, Instant, Subject, months_after, normal};
use crate::store::accounts::{ACTIVE, Account};
use crate::store::mandates::Mandate as Kept;
use crate::store::{self, Tx, accounts, mandates, sharing, subjects};

/// The longest that a mandate holds, in months: who acts for a subject is looked at once a year.
pub const LONGEST: u32 = 12;
/// Mandates about one subject at a time.
const MOST: usize = 50;
/// The longest purpose, in characters.
const PURPOSE: usize = 100;

/// A mandate that somebody wants to give.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// The subject.
    pub subject: Uuid,
    /// The name of the account that gets it.
    pub to: String,
    /// It may ask for reports, object, and ask for repairs. Looking is always allowed.
    pub ask: bool,
    /// It may show the subject to others.
    pub share: bool,
    /// What for.
    pub purpose: String,
    /// The last day.
    pub until: Date,
}

/// A mandate that was given and holds.
#[derive(Clone, Debug)]
pub struct Given {
    /// Its id.
    pub id: Uuid,
    /// Who gave it.
    pub giver: String,
    /// Who has it: the name that they sign in with.
    pub name: String,
    /// Who has it: the name of the person.
    pub shown: String,
    /// How far it goes.
    pub scope: Scope,
    /// What for.
    pub purpose: String,
    /// Since when.
    pub since: Instant,
    /// Until when.
    pub until: Instant,
}

/// Why nothing was done.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No such subject or mandate, or not theirs: the two are not told apart.
    #[error(transparent)]
    Mine(#[from] mine::Error),
    /// Nobody with this name can be given a mandate.
    #[error("没有可以受托的经办人账户 {0}：请核对用户名 / no agent's account has the name {0}: check it")]
    Nobody(String),
    /// To oneself.
    #[error("不能委托给自己 / you cannot give a mandate to yourself")]
    Oneself,
    /// More than one has.
    #[error("您自己没有这项权限，不能委托 / you cannot give what you may not do yourself")]
    TooFar,
    /// A purpose is missing or too long.
    #[error("请填写 1 至 {PURPOSE} 字的用途 / say what for, in 1 to {PURPOSE} characters")]
    Purpose,
    /// The last day.
    #[error("到期日应在今天至 {0} 之间 / the last day lies between today and {0}")]
    Until(Date),
    /// Too many.
    #[error(
        "一个主体最多 {MOST} 项有效委托：请先撤销不用的 / a subject has at most {MOST} mandates: revoke some first"
    )]
    Many,
    /// The clock stands before what the journal has already seen.
    #[error(transparent)]
    Clock(#[from] SetBack),
    /// Our own trouble.
    #[error(transparent)]
    Store(#[from] store::Error),
}

/// Gives a mandate. The same one given again while it holds is one.
pub async fn give(app: &App, signed: &Signed, wanted: &Wanted) -> Result<Uuid, Error> {
    let actor = &signed.actor;
    let purpose = normal::free_text(&wanted.purpose).replace('\n', " ");
    let mut tx = app.0.store.write().await?;
    let now = moment::hold(app, &mut tx).await??;
    let subject = mine::subject(&mut tx, actor, wanted.subject, |scope| scope.delegate).await?;
    let latest = months_after(now.local_day(), LONGEST);
    if wanted.until < now.local_day() || wanted.until > latest {
        return Err(Error::Until(latest));
    }
    if purpose.is_empty() || purpose.chars().count() > PURPOSE {
        return Err(Error::Purpose);
    }
    let scope = Scope { see: true, ask: wanted.ask, share: wanted.share, delegate: false };
    let own = reach(&mut tx, actor, &subject).await?;
    if !own.see || (scope.ask && !own.ask) || (scope.share && !own.share) {
        return Err(Error::TooFar);
    }
    let name = wanted.to.trim().to_ascii_lowercase();
    let account = accounts::by_name(&mut tx, &name).await?;
    let fits = |account: &Account| account.role == AccountRole::Agent && account.state == ACTIVE;
    let Some(account) = account.filter(fits) else {
        let details = json!({ "subject": subject.id, "why": "nobody" });
        refused(&mut tx, now, actor, "mandate-give", actor.name.clone(), details).await?;
        tx.commit().await?;
        return Err(Error::Nobody(name.chars().take(40).collect()));
    };
    if account.id == signed.account {
        return Err(Error::Oneself);
    }
    let mandate = Kept {
        subject: subject.id,
        id: app.mint(),
        giver: signed.account,
        account: account.id,
        scope: words(scope),
        purpose,
        since: now,
        until: Instant::end_of(wanted.until),
        revoked_at: None,
    };
    let others = about(&mut tx, &subject, now).await?;
    let same = |it: &&Kept| {
        (it.giver, it.account, it.until) == (mandate.giver, mandate.account, mandate.until)
            && (&it.scope, &it.purpose) == (&mandate.scope, &mandate.purpose)
    };
    if let Some(before) = others.iter().find(same) {
        return Ok(before.id);
    }
    if others.len() >= MOST {
        return Err(Error::Many);
    }
    mandates::insert(&mut tx, &mandate).await?;
    let details = json!({ "mandate": mandate.id, "subject": subject.id, "scope": mandate.scope,
        "until": mandate.until });
    record(&mut tx, now, actor, "mandate-give", format!("@{}", account.name), details).await?;
    tx.commit().await?;
    Ok(mandate.id)
}

/// The mandates about a subject that hold now.
pub async fn list(app: &App, signed: &Signed, subject: Uuid) -> Result<Vec<Given>, Error> {
    let mut tx = app.0.store.read().await?;
    let subject = mine::subject(&mut tx, &signed.actor, subject, |scope| scope.delegate).await?;
    let mut listed = Vec::new();
    let now = app.now();
    for kept in about(&mut tx, &subject, now).await? {
        let giver = accounts::by_id(&mut tx, kept.giver).await?;
        let account = accounts::by_id(&mut tx, kept.account).await?;
        let (Some(giver), Some(account)) = (giver, account) else { continue };
        // What its giver lost since is not held any more, and not shown.
        let Some(scope) = left(&mut tx, &giver, &subject, &kept, now).await? else { continue };
        listed.push(Given {
            id: kept.id,
            giver: giver.shown,
            name: account.name,
            shown: account.shown,
            scope,
            purpose: kept.purpose,
            since: kept.since,
            until: kept.until,
        });
    }
    Ok(listed)
}

/// Revokes a mandate, whoever of those that act for the subject gave it. Its holder has lost it with the next request.
pub async fn revoke(app: &App, signed: &Signed, subject: Uuid, id: Uuid) -> Result<(), Error> {
    let actor = &signed.actor;
    let mut tx = app.0.store.write().await?;
    let now = moment::hold(app, &mut tx).await??;
    let subject = mine::subject(&mut tx, actor, subject, |scope| scope.delegate).await?;
    let kept = about(&mut tx, &subject, now).await?.into_iter().find(|kept| kept.id == id);
    let Some(kept) = kept else { return Err(mine::Error::NotFound.into()) };
    mandates::revoke(&mut tx, kept.subject, id, now).await?;
    let account = accounts::by_id(&mut tx, kept.account).await?;
    if let Some(account) = &account {
        end_shares(&mut tx, actor, account, &subject, now).await?;
    }
    let object = account.map(|account| format!("@{}", account.name)).unwrap_or_default();
    let details = json!({ "mandate": id, "subject": subject.id });
    record(&mut tx, now, actor, "mandate-revoke", object, details).await?;
    Ok(tx.commit().await?)
}

/// The mandates about a subject that hold at an instant, those among them that were given for subjects merged into it since.
async fn about(tx: &mut Tx, subject: &Subject, now: Instant) -> Result<Vec<Kept>, store::Error> {
    let mut all = Vec::new();
    for id in subjects::with_merged(tx, subject.id).await? {
        all.extend(mandates::about(tx, id, now).await?);
    }
    Ok(all)
}

/// Takes back what an account shows of a subject that it may not show any more.
async fn end_shares(
    tx: &mut Tx,
    actor: &Actor,
    account: &Account,
    subject: &Subject,
    now: Instant,
) -> Result<(), store::Error> {
    let grants = accounts::grants(tx, account.id).await?;
    let mut role = account::role(account.role, &grants, now);
    if let Role::Agent(own) = &mut role {
        own.extend(held(tx, account, now).await?);
    }
    let holder = Actor { name: format!("@{}", account.name), role };
    if issue::reaches(tx, &holder, subject, |scope| scope.share).await?.is_ok() {
        return Ok(());
    }
    for id in subjects::with_merged(tx, subject.id).await? {
        for share in sharing::open_of(tx, id, &holder.name, now).await? {
            if sharing::revoke(tx, &share, &actor.name, now).await? {
                let details = json!({ "looks": share.looks });
                record(tx, now, actor, "share-revoke", share.id.to_string(), details).await?;
            }
        }
    }
    Ok(())
}

/// What others allow an agent at an instant, as far as they may themselves.
pub(super) async fn held(tx: &mut Tx, account: &Account, now: Instant) -> Result<Vec<Mandate>, store::Error> {
    if account.role != AccountRole::Agent {
        return Ok(Vec::new());
    }
    let mut held = Vec::new();
    for kept in mandates::of(tx, account.id, now).await? {
        let giver = accounts::by_id(tx, kept.giver).await?;
        let subject = subjects::by_id(tx, kept.subject).await?;
        let (Some(giver), Some(subject)) = (giver, subject) else { continue };
        let Some(scope) = left(tx, &giver, &subject, &kept, now).await? else { continue };
        held.push(Mandate {
            subject: subject.code.value,
            scope,
            purpose: kept.purpose,
            until: Some(kept.until),
        });
    }
    Ok(held)
}

/// What is left of a mandate with what its giver may now; `None` where that is nothing.
async fn left(
    tx: &mut Tx,
    giver: &Account,
    subject: &Subject,
    kept: &Kept,
    now: Instant,
) -> Result<Option<Scope>, store::Error> {
    if giver.state != ACTIVE {
        return Ok(None);
    }
    let grants = accounts::grants(tx, giver.id).await?;
    let giver = Actor { name: String::new(), role: account::role(giver.role, &grants, now) };
    let may = reach(tx, &giver, subject).await?;
    let said = |word: &str| kept.scope.split(' ').any(|it| it == word);
    let scope = Scope {
        see: may.see && said("see"),
        ask: may.ask && said("ask"),
        share: may.share && said("share"),
        delegate: false,
    };
    Ok((may.delegate && scope != Scope::default()).then_some(scope))
}

/// How far an actor may go for a subject.
async fn reach(tx: &mut Tx, actor: &Actor, subject: &Subject) -> Result<Scope, store::Error> {
    Ok(Scope {
        see: issue::reaches(tx, actor, subject, |scope| scope.see).await?.is_ok(),
        ask: issue::reaches(tx, actor, subject, |scope| scope.ask).await?.is_ok(),
        share: issue::reaches(tx, actor, subject, |scope| scope.share).await?.is_ok(),
        delegate: issue::reaches(tx, actor, subject, |scope| scope.delegate).await?.is_ok(),
    })
}

fn words(scope: Scope) -> String {
    let words = [(scope.see, "see"), (scope.ask, "ask"), (scope.share, "share")];
    let words: Vec<&str> = words.into_iter().filter(|(has, _)| *has).map(|(_, word)| word).collect();
    words.join(" ")
}
