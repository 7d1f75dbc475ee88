//! What was asked for once is made once, however often it is sent: with the same code, too.
//!
//! Only the keyed hash of a code is stored, so that the code cannot be read back when its answer was lost. Under a key of the
//! client's the code is not drawn: it follows from that key, the share's id and the operator's own key. Of the client's key a
//! keyed hash is stored as well, so that neither the database nor the operator's key tells the code without the request that asked for it.

use uuid::Uuid;

use super::{Asked, Error, sharing};
use crate::flow::{Actor, App};
use crate::rules::{Digest, Instant, OneCode};
use crate::seal;
use crate::store::idempotency::{self, Answered};
use crate::store::sharing::Share;
use crate::store::{self, Tx, subjects};

/// The longest key, in bytes.
const LONGEST: usize = 200;

/// A request that may be sent again.
pub(super) struct Once {
    /// The client and its key, of which only hashes are kept.
    secret: String,
    client: String,
    /// The digest of what is asked for.
    request: Digest,
}

impl Once {
    /// The request, where it brings a key.
    pub(super) fn of(actor: &Actor, asked: &Asked) -> Result<Option<Self>, Error> {
        let Some(key) = &asked.idempotency_key else { return Ok(None) };
        if key.is_empty() || key.len() > LONGEST {
            return Err(Error::BadKey);
        }
        // Plain values always serialise.
        let request = seal::digest(&serde_json_canonicalizer::to_vec(asked).unwrap_or_default());
        let client = actor.name.clone();
        Ok(Some(Self { secret: format!("{client} {key}"), client, request }))
    }

    /// The code of the share that this request made, or makes.
    pub(super) fn code(&self, app: &App, share: Uuid) -> OneCode {
        let Digest(bytes) =
            app.0.keyring.codes.hash(format!("grant code {share} {}", self.secret).as_bytes());
        OneCode::from_random(std::array::from_fn(|at| bytes[at]))
    }

    fn stored_key(&self, app: &App) -> String {
        format!("grant {}", app.0.keyring.codes.hash(format!("grant key {}", self.secret).as_bytes()))
    }

    /// The share of a subject that this request made before.
    pub(super) async fn before(&self, app: &App, tx: &mut Tx, subject: Uuid) -> Result<Option<Share>, Error> {
        let before = idempotency::find(tx, &self.client, &self.stored_key(app)).await?;
        let Some(before) = before else { return Ok(None) };
        if before.request != self.request {
            return Err(Error::KeyReused);
        }
        let id: Uuid = before.answer.parse().map_err(|_| lost(&before.answer))?;
        // It may have been made for a subject that was merged into this one since.
        let subjects = subjects::with_merged(tx, subject).await?;
        let share = sharing::find(tx, &subjects, id).await?;
        Ok(Some(share.ok_or_else(|| lost(&before.answer))?))
    }

    /// Remembers what this request made, in the transaction that makes it.
    pub(super) async fn keep(
        &self,
        app: &App,
        tx: &mut Tx,
        share: Uuid,
        now: Instant,
    ) -> Result<(), store::Error> {
        let answer = Answered {
            client: self.client.clone(),
            request_key: self.stored_key(app),
            request: self.request,
            answer: share.to_string(),
            created_at: now,
        };
        if idempotency::keep(tx, &answer).await? { Ok(()) } else { Err(store::Error::Conflict) }
    }
}

fn lost(share: &str) -> store::Error {
    store::Error::Corrupt(format!("the share {share} of an earlier request is missing").into())
}
