//! Messages go out. What is not taken is tried again, later each time, and given up after eight tries within about a day.

use std::time::Duration;

use serde_json::json;
use uuid::Uuid;

use super::{looks, mail, spread};
use crate::flow::record::record;
use crate::flow::{Actor, App, SetBack, StoreError, moment, webhooks};
use crate::rules::{Channel, Instant, Sending};
use crate::store::outbox::{self, Lease, Message, Tried};

/// Messages sent at a time by a process.
const AT_ONCE: usize = 4;
/// Whoever says nothing for so long, in milliseconds, loses a message to another sender: many times what a try may take.
const LEASE: i64 = 180_000;
/// The longest that one try takes, whatever the other side does.
const LONGEST: Duration = Duration::from_secs(90);
/// The waits between tries, in milliseconds: 1, 5 and 30 minutes, 2, 4, 8 and 10 hours.
const WAITS: [i64; 7] = [60_000, 300_000, 1_800_000, 7_200_000, 14_400_000, 28_800_000, 36_000_000];
/// Dead letters listed at a time, at most.
const LISTED: u32 = 500;

/// What was done in one go.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sent {
    /// Notices that became messages.
    pub spread: u32,
    /// Messages that were taken.
    pub taken: u32,
    /// Messages that are tried again later.
    pub again: u32,
    /// Messages that were given up.
    pub dead: u32,
}

/// What came of a try.
pub(in crate::flow) enum Outcome {
    /// It was taken; by HTTP, with this status.
    Taken(Option<u32>),
    /// It was not, and may be later.
    Later(Option<u32>, String),
    /// It never will be.
    Never(Option<u32>, String),
}

/// Why something was not done with a message.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It is the operator's.
    #[error(transparent)]
    Forbidden(#[from] crate::flow::Forbidden),
    /// There is no such message that ended.
    #[error("there is no message {0} that ended, or another one about the same thing waits")]
    Unknown(Uuid),
    /// The clock stands before what the journal has already seen.
    #[error(transparent)]
    Clock(#[from] SetBack),
    /// Our own trouble.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Writes down what was counted, spreads what was told, and sends everything that is due. Several processes may do this at once.
pub async fn send(app: &App) -> Result<Sent, StoreError> {
    // Trouble with what is new does not hold up what waits to be sent.
    let written = looks::write_down(app).await;
    let spread = spread::spread(app).await;
    let mut sent = Sent { spread: *spread.as_ref().unwrap_or(&0), ..Sent::default() };
    loop {
        let mut due = Vec::new();
        while due.len() < AT_ONCE {
            let Some(taken) = claim(app).await? else { break };
            due.push(taken);
        }
        if due.is_empty() {
            written?;
            spread?;
            return Ok(sent);
        }
        let tries = due.into_iter().map(|(message, lease)| one(app, message, lease));
        for outcome in futures::future::join_all(tries).await {
            match outcome? {
                Some(Sending::Sent) => sent.taken += 1,
                Some(Sending::Waiting) => sent.again += 1,
                Some(Sending::Dead) => sent.dead += 1,
                None => {}
            }
        }
    }
}

async fn claim(app: &App) -> Result<Option<(Message, Lease)>, StoreError> {
    let now = app.now();
    if !outbox::is_due(&mut app.0.store.read().await?, now).await? {
        return Ok(None);
    }
    let owner = app.mint();
    let mut tx = app.0.store.write().await?;
    let until = Instant::from_millis(now.millis() + LEASE);
    let message = outbox::claim(&mut tx, owner, now, until).await?;
    tx.commit().await?;
    Ok(message.map(|message| {
        let lease = Lease { target: message.target, id: message.id, owner };
        (message, lease)
    }))
}

/// Sends one message, once, and writes down what came of it; `None` where somebody else holds it by then.
async fn one(app: &App, message: Message, lease: Lease) -> Result<Option<Sending>, StoreError> {
    let way = async {
        match message.channel {
            Channel::Mail => mail::post(app, &message).await,
            Channel::Webhook => webhooks::call(app, &message).await,
        }
    };
    let outcome = match tokio::time::timeout(LONGEST, way).await {
        Ok(outcome) => outcome?,
        Err(_) => Outcome::Later(None, "耗时过长 / it took too long".to_owned()),
    };
    let now = app.now();
    let attempt = usize::try_from(message.attempts).unwrap_or(usize::MAX);
    let (state, status, fault) = match outcome {
        Outcome::Taken(status) => (Sending::Sent, status, None),
        Outcome::Later(status, why) if attempt <= WAITS.len() => (Sending::Waiting, status, Some(why)),
        Outcome::Later(status, why) | Outcome::Never(status, why) => (Sending::Dead, status, Some(why)),
    };
    let wait = WAITS.get(attempt.saturating_sub(1)).copied().unwrap_or_default();
    // A tenth more or less, so that what failed together does not come back together.
    let [draw] = app.0.chance.draw::<1>();
    let wait = wait + wait / 10 * (i64::from(draw) - 128) / 128;
    let run_after = if state == Sending::Waiting { wait } else { 0 };
    let ended = Tried {
        state,
        run_after: Instant::from_millis(now.millis() + run_after),
        status,
        fault: fault.map(|fault| fault.chars().take(200).collect()),
        at: now,
    };
    let mut tx = app.0.store.write().await?;
    let held = outbox::tried(&mut tx, lease, &ended).await?;
    tx.commit().await?;
    if state == Sending::Dead {
        tracing::warn!(id = %message.id, channel = %message.channel, fault = ended.fault, "a message was given up");
    }
    Ok(held.then_some(state))
}

/// Messages that were given up, latest first.
pub async fn dead(app: &App, actor: &Actor, limit: u32) -> Result<Vec<Message>, Error> {
    actor.may_operate()?;
    Ok(outbox::dead(&mut app.0.store.read().await?, limit.clamp(1, LISTED)).await?)
}

/// Has a message that was given up, or taken, sent once more.
pub async fn replay(app: &App, actor: &Actor, id: Uuid) -> Result<(), Error> {
    actor.may_operate()?;
    let mut tx = app.0.store.write().await?;
    let now = moment::hold(app, &mut tx).await??;
    if !outbox::replay(&mut tx, None, id, app.now()).await? {
        return Err(Error::Unknown(id));
    }
    record(&mut tx, now, actor, "replay-message", id.to_string(), json!({})).await?;
    Ok(tx.commit().await?)
}

/// How many messages wait, and how many were given up.
pub async fn counts(app: &App) -> Result<(u32, u32), StoreError> {
    outbox::counts(&mut app.0.store.read().await?).await
}
