//! Somebody wants mail: at an address that they confirm by a link, about what they choose.

use serde_json::json;
use uuid::Uuid;

use super::{mail, spread};
use crate::flow::record::record;
use crate::flow::sessions::Signed;
use crate::flow::{App, SetBack, StoreError, moment, same_secret};
use crate::rules::{Channel, Digest, Instant, NoticeKind};
use crate::store::mailboxes::{self, Mailbox};
use crate::store::outbox;

/// How long a link may be used, in milliseconds: a day.
const LIFE: i64 = 86_400_000;
/// Mail that asks to confirm is sent to an account no more often than this, in milliseconds: once a minute.
const PAUSE: i64 = 60_000;
/// What a message is about that asks to confirm an address.
pub(super) const CONFIRM: &str = "confirm-address";

/// What somebody wants.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wishes {
    /// Where mail goes; none where somebody wants none.
    pub address: Option<String>,
    /// The address was confirmed.
    pub confirmed: bool,
    /// What mail is about.
    pub kinds: Vec<NoticeKind>,
}

/// Why nothing was done.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No address of one person.
    #[error("write one address, such as name@example.cn, of at most 254 characters")]
    Address,
    /// Asked too often.
    #[error("a link was sent a moment ago: wait a minute")]
    TooSoon,
    /// The link is not one of theirs, was used, or is over.
    #[error("this link was used, is over, or is another account's: ask for a new one")]
    Link,
    /// The clock stands before what the journal has already seen.
    #[error(transparent)]
    Clock(#[from] SetBack),
    /// Our own trouble.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Error {
    /// The error in Chinese; none where it is trouble of ours.
    #[must_use]
    pub fn zh(&self) -> Option<&'static str> {
        match self {
            Self::Address => Some("请填写一个邮箱地址，例如 name@example.cn，不超过 254 个字符"),
            Self::TooSoon => Some("确认链接刚刚发出，请一分钟后再试"),
            Self::Link => Some("链接已使用、已过期或属于其他账户，请重新获取"),
            Self::Clock(_) | Self::Store(_) => None,
        }
    }
}

/// Whether mail about a kind goes to a mailbox.
pub(super) fn wants(mailbox: &Mailbox, kind: NoticeKind) -> bool {
    mailbox.confirmed_at.is_some() && mailbox.kinds.split(' ').any(|word| word == kind.word())
}

fn words(kinds: impl IntoIterator<Item = NoticeKind>) -> String {
    let words: Vec<&str> = kinds.into_iter().map(NoticeKind::word).collect();
    words.join(" ")
}

/// What somebody wants now.
pub async fn wishes(app: &App, signed: &Signed) -> Result<Wishes, StoreError> {
    let mailbox = mailboxes::of(&mut app.0.store.read().await?, signed.account).await?;
    Ok(match mailbox {
        Some(mailbox) => Wishes {
            confirmed: mailbox.confirmed_at.is_some(),
            kinds: mailbox.kinds.split(' ').filter_map(|word| word.parse().ok()).collect(),
            address: Some(mailbox.address),
        },
        None => Wishes {
            kinds: NoticeKind::ALL.iter().copied().filter(|kind| kind.is_mailed_by_default()).collect(),
            ..Wishes::default()
        },
    })
}

/// Sets the address. Nothing but the link that confirms it is sent there before it is confirmed.
pub async fn set_address(app: &App, signed: &Signed, typed: &str) -> Result<(), Error> {
    let address = mail::address(typed).ok_or(Error::Address)?;
    let mut tx = app.0.store.write().await?;
    let now = moment::hold(app, &mut tx).await??;
    let before = mailboxes::of(&mut tx, signed.account).await?;
    if before
        .as_ref()
        .and_then(|it| it.until)
        .is_some_and(|until| now.millis() - (until.millis() - LIFE) < PAUSE)
    {
        return Err(Error::TooSoon);
    }
    let usual = || words(NoticeKind::ALL.iter().copied().filter(|kind| kind.is_mailed_by_default()));
    let mailbox = Mailbox {
        account: signed.account,
        address,
        kinds: before.map_or_else(usual, |before| before.kinds),
        number: Some(Digest(app.0.chance.draw())),
        until: Some(Instant::from_millis(now.millis() + LIFE)),
        confirmed_at: None,
    };
    mailboxes::set(&mut tx, &mailbox).await?;
    let asks = spread::message(app, signed.account, Channel::Mail, CONFIRM, CONFIRM, app.now());
    outbox::add(&mut tx, &asks).await?;
    // The address is personal: the journal does not have it.
    record(&mut tx, now, &signed.actor, "mail-address", signed.actor.name.clone(), json!({})).await?;
    Ok(tx.commit().await?)
}

/// Ends mail to somebody.
pub async fn remove(app: &App, signed: &Signed) -> Result<(), Error> {
    let mut tx = app.0.store.write().await?;
    let now = moment::hold(app, &mut tx).await??;
    if mailboxes::remove(&mut tx, signed.account).await? {
        outbox::remove_to(&mut tx, signed.account).await?;
        record(&mut tx, now, &signed.actor, "mail-end", signed.actor.name.clone(), json!({})).await?;
        tx.commit().await?;
    }
    Ok(())
}

/// Chooses what mail is about.
pub async fn choose(app: &App, signed: &Signed, kinds: &[NoticeKind]) -> Result<(), Error> {
    let mut tx = app.0.store.write().await?;
    let Some(before) = mailboxes::of(&mut tx, signed.account).await? else { return Err(Error::Address) };
    mailboxes::set(&mut tx, &Mailbox { kinds: words(kinds.iter().copied()), ..before }).await?;
    Ok(tx.commit().await?)
}

/// The secret of the link that confirms an address: it is kept nowhere, and follows from the operator's key.
pub(super) fn secret(app: &App, account: Uuid, number: &Digest) -> String {
    let mut text = format!("mail address {account} ").into_bytes();
    text.extend(number.0);
    app.0.keyring.codes.hash(&text).to_string()
}

/// Whether a link confirms somebody's address.
pub async fn is_link(app: &App, signed: &Signed, typed: &str) -> Result<bool, StoreError> {
    let mailbox = mailboxes::of(&mut app.0.store.read().await?, signed.account).await?;
    Ok(mailbox.is_some_and(|mailbox| confirms(app, &mailbox, typed)))
}

fn confirms(app: &App, mailbox: &Mailbox, typed: &str) -> bool {
    let holds = mailbox.until.is_some_and(|until| app.now() < until);
    let same = |number| same_secret(&secret(app, mailbox.account, &number), typed);
    holds && mailbox.number.is_some_and(same)
}

/// Somebody followed the link that was sent to their address.
pub async fn confirm(app: &App, signed: &Signed, typed: &str) -> Result<(), Error> {
    let mut tx = app.0.store.write().await?;
    let now = moment::hold(app, &mut tx).await??;
    let mailbox = mailboxes::of(&mut tx, signed.account).await?;
    let mailbox = mailbox.filter(|mailbox| confirms(app, mailbox, typed)).ok_or(Error::Link)?;
    let confirmed = Mailbox { number: None, until: None, confirmed_at: Some(now), ..mailbox };
    mailboxes::set(&mut tx, &confirmed).await?;
    record(&mut tx, now, &signed.actor, "mail-confirmed", signed.actor.name.clone(), json!({})).await?;
    Ok(tx.commit().await?)
}
