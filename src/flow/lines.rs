//! Rows come one request after another: up to ten thousand at a time as lines of JSON, each request under a key of its own.
//!
//! The lines are a file like any other: the same rows give the same result by whatever way they come.

use serde_json::json;
use tokio::sync::{Semaphore, SemaphorePermit};

use super::sent::options;
use super::upload::{self, Done, Sent};
use super::{Actor, App};
use crate::rules::Digest;
use crate::seal;
use crate::store::idempotency::{self, Answered};
use crate::store::{self, uploads};

/// Rows of a request at most: more of them are a file.
pub const ROWS: usize = 10_000;
/// Bytes of a request at most: ten thousand rows of several times the usual length.
pub const BYTES: usize = 32 << 20;
/// Requests worked on at a time: each holds its rows in memory, and one at a time writes.
const AT_ONCE: usize = 4;
/// Requests that wait for a place; whoever comes then is sent away.
const IN_LINE: usize = 16;

/// The places for requests.
#[derive(Debug)]
pub(super) struct Gate {
    places: Semaphore,
    line: Semaphore,
}

impl Default for Gate {
    fn default() -> Self {
        Self { places: Semaphore::new(AT_ONCE), line: Semaphore::new(AT_ONCE + IN_LINE) }
    }
}

/// A place in line, and one at work.
#[derive(Debug)]
pub struct Place<'a> {
    _in_line: SemaphorePermit<'a>,
    _at_work: SemaphorePermit<'a>,
}

/// Why nothing was stored.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The idempotency key has no usable form.
    #[error(
        "send the header Idempotency-Key, of 1 to 200 characters: the same key and rows give the same receipt"
    )]
    BadKey,
    /// The key was used for other rows.
    #[error("this idempotency key was used for another request: take a new one")]
    KeyReused,
    /// Too many rows, or none.
    #[error("a request has 1 to {ROWS} rows, not {0}: send more of them as a file to /api/v1/uploads")]
    Rows(usize),
    /// Too many requests at once.
    #[error("as many requests as the server takes at a time are waiting: send this one again in a moment")]
    Full,
    /// As for a file.
    #[error(transparent)]
    Upload(#[from] upload::Error),
}

impl From<store::Error> for Error {
    fn from(error: store::Error) -> Self {
        Self::Upload(error.into())
    }
}

/// A place for a request, before its body is read: waited for, if the line is not full.
pub async fn place(app: &App) -> Result<Place<'_>, Error> {
    let Gate { places, line } = &app.0.gate;
    let in_line = line.try_acquire().map_err(|_| Error::Full)?;
    let at_work = places.acquire().await.map_err(|_| Error::Full)?;
    Ok(Place { _in_line: in_line, _at_work: at_work })
}

/// Takes rows in: all of the good ones, once for each key.
pub async fn take(app: &App, actor: &Actor, key: &str, sent: Sent) -> Result<Done, Error> {
    if key.is_empty() || key.len() > 200 || key.contains(char::is_control) {
        return Err(Error::BadKey);
    }
    let rows = sent.bytes.split(|&byte| byte == b'\n').filter(|line| !line.trim_ascii().is_empty()).count();
    if rows == 0 || rows > ROWS {
        return Err(Error::Rows(rows));
    }
    let answered = Answered {
        client: actor.name.clone(),
        request_key: key.to_owned(),
        request: request(&sent),
        answer: String::new(),
        created_at: app.now(),
    };
    if let Some(done) = before(app, actor, &answered).await? {
        return Ok(done);
    }
    match upload::take(app, actor, sent, Some(&answered)).await {
        // Of two requests with one key at once, the second waited for the first.
        Err(upload::Error::Store(store::Error::Conflict)) => {
            before(app, actor, &answered).await?.ok_or(Error::Upload(store::Error::Conflict.into()))
        }
        done => Ok(done?),
    }
}

/// Everything that makes a request another one.
fn request(sent: &Sent) -> Digest {
    let said = json!({ "authority": sent.authority, "read": options(sent), "strict": sent.strict,
        "rows": seal::digest(&sent.bytes) });
    // Plain values always serialise.
    seal::digest(&serde_json_canonicalizer::to_vec(&said).unwrap_or_default())
}

/// The answer that this key already got.
async fn before(app: &App, actor: &Actor, answered: &Answered) -> Result<Option<Done>, Error> {
    let mut tx = app.0.store.read().await?;
    let Some(found) = idempotency::find(&mut tx, &actor.name, &answered.request_key).await? else {
        return Ok(None);
    };
    if found.request != answered.request {
        return Err(Error::KeyReused);
    }
    let lost = || store::Error::Corrupt(format!("the upload of a key, {}, is missing", found.answer).into());
    let id = found.answer.parse().map_err(|_| lost())?;
    let upload = uploads::by_id(&mut tx, id).await?.ok_or_else(lost)?;
    drop(tx);
    Ok(Some(upload::shown(app, &upload).await?))
}
