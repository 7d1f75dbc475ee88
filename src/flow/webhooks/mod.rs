//! Systems are told what happens: at addresses that they register, signed by the scheme of Standard Webhooks.
//!
//! | file | story |
//! |---|---|
//! | `door` | an address that somebody named is called, unless it leads into our own network |
//! | `watches` | a verifier watches the reports that it verified |
//!
//! A webhook belongs to who registered it: nobody else sees it. What it is sent is decided by what its owner may at that moment.

pub mod door;
mod watches;

use serde_json::json;
use uuid::Uuid;

pub use crate::store::outbox::Message;
use crate::store::webhooks::Webhook;
pub use watches::{Watched, unwatch, watch, watched};

use super::notices::{Outcome, body, message};
use super::record::record;
use super::{Actor, App, Forbidden, SetBack, StoreError, check, moment, named};
use crate::rules::{Channel, Digest, HookEvent, Instant};
use crate::seal::WebhookSecret;
use crate::store::{Page, Tx, outbox, webhooks};
use door::NotCalled;

/// Webhooks of one owner, at most.
const MOST: usize = 10;
/// For how long the secret before holds after a new one was made, in milliseconds: a day.
const BOTH_HOLD: i64 = 86_400_000;

/// A webhook, for its owner to look at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Its id.
    pub id: Uuid,
    /// Where it is.
    pub url: String,
    /// What it is told.
    pub events: Vec<HookEvent>,
    /// Why nothing is sent to it at present.
    pub paused: Option<String>,
    /// Until when the secret before holds, too.
    pub old_until: Option<Instant>,
    /// When it was made.
    pub made_at: Instant,
}

/// What is done to a webhook.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// Nothing is sent for now.
    Pause,
    /// Things are sent again.
    Resume,
    /// It gets a new secret.
    Rotate,
    /// It is sent a test.
    Test,
}

/// Why nothing was done.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Not theirs to do.
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    /// No such webhook, message or report, or somebody else's: they are not told apart.
    #[error("there is no such thing, or it is not yours")]
    NotFound,
    /// An address that is not called.
    #[error("{0}")]
    Address(NotCalled),
    /// Nothing to be told, or what is no event.
    #[error("choose what the webhook is told: report.status-changed, job.finished, or both")]
    Events,
    /// Too many.
    #[error("there are {0} already, which is as many as one may have: remove one first")]
    Many(usize),
    /// Only what is genuine is watched.
    #[error("only a report of ours that is intact can be watched: this is none, or was mistyped")]
    NotOurs,
    /// The message waits to be sent anyway.
    #[error("this message waits to be sent")]
    Waits,
    /// Verifying failed.
    #[error(transparent)]
    Check(#[from] check::Error),
    /// The clock stands before what the journal has already seen.
    #[error(transparent)]
    Clock(#[from] SetBack),
    /// Our own trouble.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Error {
    /// The error in Chinese and English; none where it is trouble of ours, or for nobody to read in a form.
    #[must_use]
    pub fn said(&self) -> Option<(String, String)> {
        let zh = match self {
            Self::Address(NotCalled::Address(both)) => {
                let (zh, en) = both.split_once(" / ").unwrap_or((both, both));
                return Some((zh.to_owned(), en.to_owned()));
            }
            Self::Address(_) => {
                let en = "this address is not in the public internet, and is not called";
                return Some(("该地址不在公共互联网上，不会被访问".to_owned(), en.to_owned()));
            }
            Self::Events => "请至少选择一种事件".to_owned(),
            Self::Many(most) => format!("最多 {most} 个，请先删除一个"),
            Self::NotOurs => "只能关注本平台出具且完好的报告：未找到，或输入有误".to_owned(),
            Self::Waits => "该消息正在等待发送".to_owned(),
            _ => return None,
        };
        Some((zh, self.to_string()))
    }
}

impl From<Webhook> for Listed {
    fn from(hook: Webhook) -> Self {
        Self {
            id: hook.id,
            url: hook.url,
            events: hook.events.split(' ').filter_map(|word| word.parse().ok()).collect(),
            paused: hook.paused,
            old_until: hook.old_until,
            made_at: hook.made_at,
        }
    }
}

/// Registers a webhook; its secret is shown once.
pub async fn create(
    app: &App,
    actor: &Actor,
    url: &str,
    events: &[HookEvent],
) -> Result<(Listed, String), Error> {
    actor.may_hook()?;
    let url = app.0.outward.door.address(url).map_err(Error::Address)?;
    let known = |event: &HookEvent| *event != HookEvent::Test && events.contains(event);
    let events: Vec<HookEvent> = HookEvent::ALL.iter().copied().filter(known).collect();
    if events.is_empty() {
        return Err(Error::Events);
    }
    let words: Vec<&str> = events.iter().map(|event| event.word()).collect();
    let mut tx = app.0.store.write().await?;
    let now = moment::hold(app, &mut tx).await??;
    if webhooks::of(&mut tx, Some(&actor.name)).await?.len() >= MOST {
        return Err(Error::Many(MOST));
    }
    let hook = Webhook {
        id: app.mint(),
        owner: actor.name.clone(),
        url,
        events: words.join(" "),
        paused: None,
        number: Digest(app.0.chance.draw()),
        old_number: None,
        old_until: None,
        made_at: now,
    };
    webhooks::insert(&mut tx, &hook).await?;
    // The path of an address may be a secret of its owner.
    record(&mut tx, now, actor, "webhook-new", hook.id.to_string(), json!({ "events": events })).await?;
    tx.commit().await?;
    let secret = secret(app, &hook.number).text();
    Ok((hook.into(), secret))
}

fn secret(app: &App, number: &Digest) -> WebhookSecret {
    WebhookSecret::of(&app.0.keyring.codes, number)
}

/// The webhooks of the actor.
pub async fn list(app: &App, actor: &Actor) -> Result<Vec<Listed>, Error> {
    actor.may_hook()?;
    let mut tx = app.0.store.read().await?;
    let own = webhooks::of(&mut tx, Some(&actor.name)).await?;
    Ok(own.into_iter().map(Listed::from).collect())
}

async fn own(tx: &mut Tx, actor: &Actor, id: Uuid) -> Result<Webhook, Error> {
    actor.may_hook()?;
    let hook = webhooks::by_id(tx, id).await?;
    hook.filter(|hook| hook.owner == actor.name).ok_or(Error::NotFound)
}

/// One webhook of the actor.
pub async fn show(app: &App, actor: &Actor, id: Uuid) -> Result<Listed, Error> {
    Ok(own(&mut app.0.store.read().await?, actor, id).await?.into())
}

/// Does something to a webhook; a new secret is shown once.
pub async fn act(app: &App, actor: &Actor, id: Uuid, act: Act) -> Result<(Listed, Option<String>), Error> {
    let mut tx = app.0.store.write().await?;
    let now = moment::hold(app, &mut tx).await??;
    own(&mut tx, actor, id).await?;
    let mut shown = None;
    // Each act writes what it changes and nothing else: a call that ends at this moment may pause the webhook.
    let word = match act {
        Act::Pause => {
            webhooks::pause(&mut tx, id, Some("owner")).await?;
            "webhook-pause"
        }
        Act::Resume => {
            webhooks::pause(&mut tx, id, None).await?;
            "webhook-resume"
        }
        Act::Rotate => {
            let number = Digest(app.0.chance.draw());
            let both_until = Instant::from_millis(now.millis() + BOTH_HOLD);
            webhooks::rotate(&mut tx, id, number, both_until).await?;
            shown = Some(secret(app, &number).text());
            "webhook-rotate"
        }
        Act::Test => {
            let body = body(HookEvent::Test, now, &json!({ "webhook": id }));
            let sent = message(app, id, Channel::Webhook, "test", HookEvent::Test.word(), app.now());
            if !outbox::add(&mut tx, &Message { body, ..sent }).await? {
                return Err(Error::Waits);
            }
            "webhook-test"
        }
    };
    let hook = own(&mut tx, actor, id).await?;
    record(&mut tx, now, actor, word, id.to_string(), json!({})).await?;
    tx.commit().await?;
    Ok((hook.into(), shown))
}

/// Removes a webhook, with everything that was or is to be sent to it.
pub async fn remove(app: &App, actor: &Actor, id: Uuid) -> Result<(), Error> {
    let mut tx = app.0.store.write().await?;
    let now = moment::hold(app, &mut tx).await??;
    own(&mut tx, actor, id).await?;
    outbox::remove_to(&mut tx, id).await?;
    webhooks::remove(&mut tx, id).await?;
    record(&mut tx, now, actor, "webhook-remove", id.to_string(), json!({})).await?;
    Ok(tx.commit().await?)
}

/// What was sent to a webhook, or is to be, latest first; and how much there is.
pub async fn deliveries(
    app: &App,
    actor: &Actor,
    id: Uuid,
    page: Page,
) -> Result<(Vec<Message>, u32), Error> {
    let mut tx = app.0.store.read().await?;
    own(&mut tx, actor, id).await?;
    let messages = outbox::to(&mut tx, id, page).await?;
    Ok((messages, outbox::number(&mut tx, id).await?))
}

/// Has something sent to a webhook once more, under the same id.
pub async fn replay(app: &App, actor: &Actor, id: Uuid, sent: Uuid) -> Result<(), Error> {
    let mut tx = app.0.store.write().await?;
    let now = moment::hold(app, &mut tx).await??;
    own(&mut tx, actor, id).await?;
    if !outbox::replay(&mut tx, Some(id), sent, app.now()).await? {
        return Err(Error::NotFound);
    }
    let details = json!({ "message": sent });
    record(&mut tx, now, actor, "webhook-replay", id.to_string(), details).await?;
    Ok(tx.commit().await?)
}

/// The actor whom a name of the journal stands for, as far as they may come in now; none where several tokens have it.
pub(super) async fn owner(
    app: &App,
    tx: &mut Tx,
    name: &str,
    now: Instant,
) -> Result<Option<Actor>, StoreError> {
    let mut actors = named::actors(app, tx, name, now).await?;
    Ok(if actors.len() == 1 { actors.pop() } else { None })
}

/// Calls a webhook with one message.
pub(super) async fn call(app: &App, message: &Message) -> Result<Outcome, StoreError> {
    let mut tx = app.0.store.read().await?;
    let now = app.now();
    let Some(hook) = webhooks::by_id(&mut tx, message.target).await? else {
        return Ok(Outcome::Never(None, "已删除 / the webhook was removed".to_owned()));
    };
    if hook.paused.is_some() && message.event != HookEvent::Test.word() {
        let why = "已暂停，恢复后可再次发送 / it is paused: resume it, and have this sent again";
        return Ok(Outcome::Never(None, why.to_owned()));
    }
    let owner = owner(app, &mut tx, &hook.owner, now).await?;
    if owner.is_none_or(|owner| owner.may_hook().is_err()) {
        return Ok(Outcome::Never(None, "登记者已无权访问 / its owner may not come in any more".to_owned()));
    }
    drop(tx);
    let (id, seconds) = (message.id.to_string(), now.millis().div_euclid(1000));
    let mut numbers = vec![hook.number];
    numbers.extend(hook.old_number.filter(|_| hook.old_until.is_some_and(|until| now < until)));
    let sign = |number: &Digest| secret(app, number).sign(&id, seconds, message.body.as_bytes());
    let signatures: Vec<String> = numbers.iter().map(sign).collect();
    let headers = [
        ("webhook-id", id),
        ("webhook-timestamp", seconds.to_string()),
        ("webhook-signature", signatures.join(" ")),
    ];
    Ok(match app.0.outward.door.post(&hook.url, &headers, message.body.clone()).await {
        Ok(status @ 200..=299) => Outcome::Taken(Some(status.into())),
        Ok(410) => {
            let mut tx = app.0.store.write().await?;
            // While it was called, its secret may have been changed.
            webhooks::pause(&mut tx, hook.id, Some("gone")).await?;
            tx.commit().await?;
            Outcome::Never(
                Some(410),
                "对方答复已停用，已暂停 / it answered that it is gone, and is paused".to_owned(),
            )
        }
        Ok(status @ 300..=399) => {
            Outcome::Later(Some(status.into()), "不跟随重定向 / redirects are not followed".to_owned())
        }
        Ok(status) => {
            Outcome::Later(Some(status.into()), format!("对方答复 {status} / it answered {status}"))
        }
        Err(NotCalled::Address(why)) => Outcome::Never(None, why.to_owned()),
        Err(refused) => Outcome::Later(None, refused.to_string()),
    })
}
