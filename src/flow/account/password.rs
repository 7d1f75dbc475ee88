//! Which passwords are taken, and how one is changed.

use std::sync::atomic::{AtomicU64, Ordering};

use serde_json::json;
use tokio::sync::Semaphore;

use super::{Error, sign_in, unchanged};
use crate::flow::record::record;
use crate::flow::sessions::Signed;
use crate::flow::{App, moment, notices};
use crate::rules::NoticeKind;
use crate::seal;
use crate::store::accounts::Account;
use crate::store::{accounts, sessions};

/// The fewest characters of a password.
const SHORTEST: usize = 12;
/// The most: beyond it, hashing would be a way to keep us busy.
const LONGEST: usize = 128;
/// How many characters must be left when everything well-known is taken away.
const OWN: usize = 6;
/// How many characters must differ from each other.
const DIFFERENT: usize = 5;
/// The words that passwords are made of.
const WELL_KNOWN: &str = include_str!("../../../data/passwords.txt");

/// Passwords that are hashed at a time: each takes 19 MiB and a core.
const AT_ONCE: usize = 4;

/// The places for hashing, and how often it was done.
pub(in crate::flow) struct Hashing {
    places: Semaphore,
    done: AtomicU64,
}

impl Default for Hashing {
    fn default() -> Self {
        Self { places: Semaphore::new(AT_ONCE), done: AtomicU64::new(0) }
    }
}

/// Why a password is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Weak {
    /// Too short.
    #[error("a password has at least 12 characters; several words are easy to remember")]
    Short,
    /// Too long.
    #[error("a password has at most 128 characters")]
    Long,
    /// The name is in it.
    #[error("a password does not contain the name")]
    Name,
    /// Everybody knows it.
    #[error("this password is well known, or has too few different characters")]
    Known,
    /// It is the one they have.
    #[error("this is the password that you have")]
    Same,
    /// The two that were typed differ.
    #[error("the two passwords are not the same")]
    Differ,
}

impl Weak {
    /// The same in Chinese.
    #[must_use]
    pub fn zh(self) -> &'static str {
        match self {
            Self::Short => "密码至少 12 个字符；用几个词连起来更容易记住",
            Self::Long => "密码最多 128 个字符",
            Self::Name => "密码不能包含用户名",
            Self::Known => "密码太常见，或不同的字符太少",
            Self::Same => "新密码不能与当前密码相同",
            Self::Differ => "两次输入的密码不一致",
        }
    }
}

/// Takes a password, or says what is wrong with it.
pub fn check(name: &str, password: &str) -> Result<(), Weak> {
    let lower = password.to_lowercase();
    let length = lower.chars().count();
    if length < SHORTEST {
        return Err(Weak::Short);
    }
    if length > LONGEST {
        return Err(Weak::Long);
    }
    if lower.contains(&name.to_lowercase()) {
        return Err(Weak::Name);
    }
    let mut different: Vec<char> = lower.chars().collect();
    different.sort_unstable();
    different.dedup();
    let mut own = lower;
    for known in WELL_KNOWN.lines().filter(|line| !line.starts_with('#') && !line.is_empty()) {
        own = own.replace(known, "");
    }
    if different.len() < DIFFERENT || own.chars().count() < OWN {
        return Err(Weak::Known);
    }
    Ok(())
}

/// The hash of a password that was taken.
pub(super) async fn hash(app: &App, password: &str) -> Result<String, Error> {
    let (password, salt) = (password.to_owned(), app.0.chance.draw());
    apart(app, move || seal::hash_password(&password, salt)).await?.ok_or(Error::Hash)
}

/// Whether a password is the one of an account; for nobody's account it is not, and it takes as long to say so.
pub(super) async fn is_right(app: &App, account: Option<&Account>, password: &str) -> Result<bool, Error> {
    let hash = account.and_then(|account| account.password.clone());
    let password: String = password.chars().take(LONGEST + 1).collect();
    apart(app, move || seal::is_password(&password, hash.as_deref())).await
}

/// Computes on a thread where nobody else waits.
async fn apart<T: Send + 'static>(app: &App, work: impl FnOnce() -> T + Send + 'static) -> Result<T, Error> {
    let _place = app.0.hashing.places.acquire().await.map_err(|_| Error::Hash)?;
    app.0.hashing.done.fetch_add(1, Ordering::Relaxed);
    tokio::task::spawn_blocking(work).await.map_err(|_| Error::Hash)
}

/// How many passwords this process has hashed: each attempt to sign in is one, whether the account exists or not.
#[must_use]
pub fn hashed(app: &App) -> u64 {
    app.0.hashing.done.load(Ordering::Relaxed)
}

/// Changes one's own password. Every session ends; the secret of a new one is given back.
pub async fn change(
    app: &App,
    signed: &Signed,
    knock: &sign_in::Knock,
    old: &str,
    new: &str,
    again: &str,
) -> Result<sign_in::Opened, Error> {
    let mut tx = app.0.store.read().await?;
    let account = accounts::by_id(&mut tx, signed.account).await?.ok_or(Error::NotFound)?;
    drop(tx);
    sign_in::reserve(app, knock, &account.name).await?;
    if !is_right(app, Some(&account), old).await? {
        return Err(sign_in::fail(app, knock, &account.name, Some(&account), Error::Refused).await?);
    }
    set(app, account, knock, Some(old), new, again).await
}

/// Sets a new password, ends every session, and opens one.
pub(super) async fn set(
    app: &App,
    account: Account,
    knock: &sign_in::Knock,
    old: Option<&str>,
    new: &str,
    again: &str,
) -> Result<sign_in::Opened, Error> {
    if new != again {
        return Err(Weak::Differ.into());
    }
    if old == Some(new) {
        return Err(Weak::Same.into());
    }
    check(&account.name, new)?;
    let hashed = hash(app, new).await?;
    let mut tx = app.0.store.write().await?;
    let now = moment::hold(app, &mut tx).await??;
    let account = unchanged(&mut tx, &account).await?;
    accounts::set_password(&mut tx, account.id, &hashed, now).await?;
    sessions::end_all(&mut tx, account.id).await?;
    sign_in::forgive(app, &mut tx, knock, &account.name).await?;
    notices::account(app, &mut tx, account.id, NoticeKind::PasswordChanged, now).await?;
    let actor = sign_in::actor(&account);
    record(&mut tx, now, &actor, "password-change", actor.name.clone(), json!({})).await?;
    // Who has just shown the old password and the second factor need not show them again.
    let opened = sign_in::open(app, &mut tx, &account, knock, sign_in::Stage::Open, now).await?;
    tx.commit().await?;
    Ok(opened)
}
