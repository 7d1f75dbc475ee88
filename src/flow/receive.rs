//! A file is brought: small ones are stored while the sender waits, large ones in the background.

use serde_json::json;

use super::jobs::{Job, Wanted, enqueue};
use super::large::read_order;
use super::order::{Measured, Order};
use super::record::record;
use super::spool::Spooled;
use super::upload::{self, Done, Error, Sent};
use super::{Actor, App, declare, moment};
use crate::rules::{JobKind, JobState};
use crate::store::{jobs, upload_parts};

/// The largest file that is stored while its sender waits, in bytes: some ten thousand rows, which take a few seconds.
pub const DIRECT: u64 = 16 << 20;

/// The largest file of all, in bytes.
pub const LARGEST: u64 = 4 << 30;

/// What became of a file that was brought.
#[derive(Debug)]
pub enum Taken {
    /// It was worked off while its sender waited.
    Done(Box<Done>),
    /// It is worked off in the background.
    Job(Box<Job>),
}

/// Takes a file in: at once where it is small, in the background where it is large or where the sender does not want to wait.
pub async fn receive(
    app: &App,
    actor: &Actor,
    sent: Sent,
    file: Spooled,
    in_background: bool,
) -> Result<Taken, Error> {
    let large = file.bytes() > DIRECT || (in_background && file.bytes() > 0);
    if large {
        return in_parts(app, actor, sent, file).await;
    }
    let bytes = file.bytes();
    let (file, again) = file.twice().await?;
    let now = Sent { bytes: file.read().await?, ..sent.clone() };
    match upload::upload(app, actor, now).await {
        Ok(done) => Ok(Taken::Done(Box::new(done))),
        // Packed well, or of more rows than stand in memory at once.
        Err(Error::Unreadable(fault)) if fault.is_of_size(bytes) => in_parts(app, actor, sent, again).await,
        Err(Error::UnderWay(id)) => {
            let job = jobs::by_id(&mut app.0.store.read().await?, id).await?;
            job.map(|job| Taken::Job(Box::new(job))).ok_or(Error::UnderWay(id))
        }
        Err(error) => Err(error),
    }
}

/// Takes a file in to be worked off in the background.
async fn in_parts(app: &App, actor: &Actor, sent: Sent, file: Spooled) -> Result<Taken, Error> {
    let mut order = Order::new(app, actor, &sent, file.measured()).await?;
    if !order.check_only {
        let mut tx = app.0.store.read().await?;
        let before = order.taken(&mut tx).await?;
        drop(tx);
        if let Some(before) = before {
            return Ok(Taken::Done(Box::new(upload::replay(app, actor, &order, &before, None).await?)));
        }
    }
    file.keep(&order.place(app)).await?;
    queue(app, actor, order).await
}

/// Takes a file in whose bytes are here, since it was checked.
pub(super) async fn checked(
    app: &App,
    actor: &Actor,
    sent: Sent,
    measured: Measured,
) -> Result<Taken, Error> {
    let order = Order::new(app, actor, &sent, measured).await?;
    queue(app, actor, order).await
}

/// Adds the job for a file that is kept, or has the one that failed go on.
async fn queue(app: &App, actor: &Actor, order: Order) -> Result<Taken, Error> {
    let mut tx = app.0.store.write().await?;
    let now = moment::hold(app, &mut tx).await??;
    let mut order = Order { received_at: now, received_on: now.local_day(), ..order };
    let before = if order.check_only { None } else { order.taken(&mut tx).await? };
    if let Some(before) = before {
        drop(tx);
        return Ok(Taken::Done(Box::new(upload::replay(app, actor, &order, &before, None).await?)));
    }
    // What cannot be declared is told while the sender is still there.
    declare::with_upload(&mut tx, &order, false, now).await?;
    let payload = |order: &Order| serde_json::to_value(order).unwrap_or_default();
    let wanted = Wanted {
        kind: JobKind::Upload,
        about: order.about(),
        authority: Some(order.authority.code),
        payload: payload(&order),
        by: actor,
    };
    let (mut job, new) = enqueue(app, &mut tx, wanted, now).await?;
    if !new && job.state == JobState::Failed {
        // Where parts are stored the file goes on being read as it was.
        if let Some(old) = read_order(&job)
            && !upload_parts::of(&mut tx, old.upload).await?.is_empty()
        {
            order = Order { strict: order.strict, declared: order.declared, ..old };
        }
        jobs::revive(&mut tx, job.id, &payload(&order), app.now()).await?;
        job = jobs::by_id(&mut tx, job.id).await?.unwrap_or(job);
    } else if !new {
        return Ok(Taken::Job(Box::new(job)));
    }
    let details = json!({ "authority": order.authority.code, "file": order.file_sha256, "job": job.id });
    let act = if order.check_only { "check-upload" } else { "receive-upload" };
    record(&mut tx, now, actor, act, order.upload.to_string(), details).await?;
    tx.commit().await?;
    app.0.queue.wake.notify_waiters();
    Ok(Taken::Job(Box::new(job)))
}
