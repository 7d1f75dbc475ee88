//! A name, a password and a second factor become a session.
//!
//! An attempt is counted before it is judged, so that many at once are not more than five. Names that nobody has are treated as all
//! others, in words and in time. The secret of a session is new after every step.

use serde_json::json;

use super::{Error, name_of, password, unchanged};
use crate::flow::record::{record, refused};
use crate::flow::{Actor, App, Role, moment, notices};
use crate::rules::{Digest, Instant};
use crate::seal::{self, SecondFactor};
use crate::store::accounts::{ACTIVE, Account};
use crate::store::sessions::{Failures, Session};
use crate::store::{Tx, accounts, sessions};

/// Failures under one name that lock it.
const NAME_FAILURES: i64 = 5;
/// Failures from one address that lock it: behind one address there may be a whole office.
const ADDRESS_FAILURES: i64 = 20;
/// How long a lock holds, and how long failures are remembered, in milliseconds.
const LOCK: i64 = 15 * 60 * 1000;

/// Whence somebody comes.
#[derive(Clone, Debug, Default)]
pub struct Knock {
    /// The address of the network.
    pub address: String,
    /// The program, as it names itself.
    pub agent: String,
}

/// How far signing in has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// The password was right; the second factor is asked for.
    Factor,
    /// The password was right; a second factor must be set up first.
    Enrol,
    /// Everything was right, but the password is too old.
    Renew,
    /// Signed in.
    Open,
}

/// A session that was opened.
#[derive(Debug)]
pub struct Opened {
    /// Its secret, for the cookie.
    pub secret: String,
    /// How far it has come.
    pub stage: Stage,
}

impl Stage {
    pub(in crate::flow) fn word(self) -> &'static str {
        match self {
            Self::Factor => "factor",
            Self::Enrol => "enrol",
            Self::Renew => "renew",
            Self::Open => "open",
        }
    }
}

/// Somebody types a name and a password.
pub async fn begin(app: &App, knock: &Knock, typed: &str, secret: &str) -> Result<Opened, Error> {
    let name = name_of(typed).unwrap_or_else(|_| typed.chars().take(100).collect());
    reserve(app, knock, &name).await?;
    let mut tx = app.0.store.read().await?;
    let account = accounts::by_name(&mut tx, &name).await?;
    drop(tx);
    let right = password::is_right(app, account.as_ref(), secret).await?;
    let account = match account {
        Some(account) if right && account.state == ACTIVE => account,
        account => return Err(fail(app, knock, &name, account.as_ref(), Error::Refused).await?),
    };
    let stage = if account.factor.is_some() { Stage::Factor } else { after_factor(app, &account) };
    arrive(app, knock, &account, stage).await
}

/// Somebody types the code of their second factor, or a recovery code.
pub async fn factor(app: &App, knock: &Knock, session: &str, code: &str) -> Result<Opened, Error> {
    let (session, account) = pending(app, session, Stage::Factor).await?;
    reserve(app, knock, &account.name).await?;
    let mut tx = app.0.store.write().await?;
    if !is_code(app, &mut tx, &account, code).await? {
        drop(tx);
        return Err(fail(app, knock, &account.name, Some(&account), Error::WrongCode).await?);
    }
    sessions::end(&mut tx, account.id, session.id).await?;
    tx.commit().await?;
    arrive(app, knock, &account, after_factor(app, &account)).await
}

/// Whoever has come through everything but has too old a password sets a new one.
pub async fn renew(
    app: &App,
    knock: &Knock,
    session: &str,
    old: &str,
    new: &str,
    again: &str,
) -> Result<Opened, Error> {
    let (_, account) = pending(app, session, Stage::Renew).await?;
    reserve(app, knock, &account.name).await?;
    if !password::is_right(app, Some(&account), old).await? {
        return Err(fail(app, knock, &account.name, Some(&account), Error::Refused).await?);
    }
    password::set(app, account, knock, Some(old), new, again).await
}

/// Opens the session of somebody whom this step let through.
pub(super) async fn arrive(
    app: &App,
    knock: &Knock,
    account: &Account,
    stage: Stage,
) -> Result<Opened, Error> {
    let mut tx = app.0.store.write().await?;
    let now = moment::hold(app, &mut tx).await??;
    let account = &unchanged(&mut tx, account).await?;
    if matches!(stage, Stage::Open | Stage::Renew) {
        forgive(app, &mut tx, knock, &account.name).await?;
        let actor = actor(account);
        let details = json!({ "from": tag(app, knock), "factor": account.factor.is_some() });
        record(&mut tx, now, &actor, "sign-in", actor.name.clone(), details).await?;
    } else {
        take_back(app, &mut tx, &name_key(app, &account.name)).await?;
        take_back(app, &mut tx, &address_key(app, knock)).await?;
    }
    let opened = open(app, &mut tx, account, knock, stage, now).await?;
    tx.commit().await?;
    Ok(opened)
}

/// What comes after the second factor.
pub(super) fn after_factor(app: &App, account: &Account) -> Stage {
    let days = i64::from(app.0.password_days);
    let old = app.now().millis() - account.password_at.millis() > days * 24 * 60 * 60 * 1000;
    match account.role.is_operators() {
        true if account.factor.is_none() => Stage::Enrol,
        true if days > 0 && old && account.password.is_some() => Stage::Renew,
        _ => Stage::Open,
    }
}

/// A session under way, at this stage, with its account.
pub(super) async fn pending(app: &App, secret: &str, stage: Stage) -> Result<(Session, Account), Error> {
    let (session, account) = crate::flow::sessions::find(app, secret).await?.ok_or(Error::Ended)?;
    if session.stage == stage.word() { Ok((session, account)) } else { Err(Error::Ended) }
}

/// Opens a session.
pub(super) async fn open(
    app: &App,
    tx: &mut Tx,
    account: &Account,
    knock: &Knock,
    stage: Stage,
    now: Instant,
) -> Result<Opened, Error> {
    let secret = app.secret();
    let session = Session {
        id: seal::digest(secret.as_bytes()),
        account: account.id,
        stage: stage.word().to_owned(),
        opened_at: now,
        seen_at: now,
        address: knock.address.chars().take(60).collect(),
        agent: knock.agent.chars().filter(|c| !c.is_control()).take(200).collect(),
    };
    sessions::open(tx, &session).await?;
    if stage == Stage::Open {
        notices::place(app, tx, account.id, &knock.address, now).await?;
    }
    Ok(Opened { secret, stage })
}

/// As whom an account acts in the journal.
pub(in crate::flow) fn actor(account: &Account) -> Actor {
    Actor { name: format!("@{}", account.name), role: Role::Agent(Vec::new()) }
}

/// Whether a code is the one of the second factor and was not used before, or a recovery code, which it uses up.
async fn is_code(app: &App, tx: &mut Tx, account: &Account, code: &str) -> Result<bool, Error> {
    let Some(number) = account.factor else { return Ok(false) };
    let plain: String = code.chars().filter(char::is_ascii_alphanumeric).take(40).collect();
    if plain.len() > 6 {
        let hash = recovery_hash(app, account, &plain);
        return Ok(accounts::use_recovery(tx, account.id, hash).await?);
    }
    let seconds = u64::try_from(app.now().millis() / 1000).unwrap_or(0);
    match SecondFactor::of(&app.0.keyring.codes, &number).step_of(&plain, seconds) {
        Some(step) => Ok(accounts::use_step(tx, account.id, i64::try_from(step).unwrap_or(0)).await?),
        None => Ok(false),
    }
}

/// The keyed hash under which a recovery code is kept.
pub(super) fn recovery_hash(app: &App, account: &Account, code: &str) -> Digest {
    let code = code.to_ascii_uppercase();
    app.0.keyring.codes.hash(format!("recovery {} {code}", account.id).as_bytes())
}

/// Counts an attempt ahead, unless there were too many.
pub(super) async fn reserve(app: &App, knock: &Knock, name: &str) -> Result<(), Error> {
    let mut tx = app.0.store.write().await?;
    let now = moment::hold(app, &mut tx).await??;
    for (key, most) in [(name_key(app, name), NAME_FAILURES), (address_key(app, knock), ADDRESS_FAILURES)] {
        let fresh = Failures { failures: 0, since: now, until: None };
        let before = sessions::failures(&mut tx, key).await?.unwrap_or(fresh);
        if let Some(until) = before.until.filter(|until| now < *until) {
            return Err(Error::Locked(until));
        }
        let over = before.until.is_some() || now.millis() - before.since.millis() > LOCK;
        let before = if over { fresh } else { before };
        let failures = before.failures + 1;
        let until = (failures >= most).then(|| Instant::from_millis(now.millis() + LOCK));
        sessions::set_failures(&mut tx, key, Failures { failures, since: before.since, until }).await?;
    }
    Ok(tx.commit().await?)
}

/// An attempt was right: what was counted ahead is taken back.
async fn take_back(_: &App, tx: &mut Tx, key: &Digest) -> Result<(), Error> {
    if let Some(before) = sessions::failures(tx, *key).await? {
        let failures = (before.failures - 1).max(0);
        sessions::set_failures(tx, *key, Failures { failures, until: None, ..before }).await?;
    }
    Ok(())
}

/// Somebody is through: the failures under the name are forgotten.
pub(super) async fn forgive(app: &App, tx: &mut Tx, knock: &Knock, name: &str) -> Result<(), Error> {
    sessions::forgive(tx, name_key(app, name)).await?;
    take_back(app, tx, &address_key(app, knock)).await
}

/// Notes a failure in the journal, and gives the error to answer with. A name that nobody has may be a password typed in the wrong
/// field: it is not written down.
pub(super) async fn fail(
    app: &App,
    knock: &Knock,
    name: &str,
    account: Option<&Account>,
    error: Error,
) -> Result<Error, Error> {
    let mut tx = app.0.store.write().await?;
    let now = moment::hold(app, &mut tx).await??;
    let unknown = Actor { name: "unknown".to_owned(), role: Role::Agent(Vec::new()) };
    let actor = account.map_or(unknown, actor);
    let details = json!({ "from": tag(app, knock), "step": error.to_string() });
    refused(&mut tx, now, &actor, "sign-in", actor.name.clone(), details).await?;
    let locked = sessions::failures(&mut tx, name_key(app, name)).await?.and_then(|it| it.until);
    if let Some(until) = locked.filter(|until| now < *until) {
        let details = json!({ "until": until, "from": tag(app, knock) });
        refused(&mut tx, now, &actor, "sign-in-lock", actor.name.clone(), details).await?;
    }
    tx.commit().await?;
    Ok(error)
}

/// A short mark of an address, to see in the journal what belongs together; not the address.
pub(super) fn tag(app: &App, knock: &Knock) -> String {
    address_key(app, knock).to_string().chars().take(8).collect()
}

fn name_key(app: &App, name: &str) -> Digest {
    app.0.keyring.codes.hash(format!("sign-in name {name}").as_bytes())
}

fn address_key(app: &App, knock: &Knock) -> Digest {
    app.0.keyring.codes.hash(format!("sign-in address {}", knock.address).as_bytes())
}
