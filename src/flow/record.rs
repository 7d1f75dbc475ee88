//! What goes into the journal: every act that matters, chained.

use serde_json::Value;

use super::Actor;
use crate::rules::Instant;
use crate::seal;
use crate::store::{self, Tx, journal};

/// Writes one act into the journal, in the transaction of the act itself.
///
/// `object` and `details` never hold a verification code, an identity number or a key.
pub(super) async fn record(
    tx: &mut Tx,
    at: Instant,
    actor: &Actor,
    act: &'static str,
    object: String,
    details: Value,
) -> Result<(), store::Error> {
    ended(tx, at, actor, (act, "done"), object, details).await
}

/// Writes into the journal that something was tried and refused.
pub(super) async fn refused(
    tx: &mut Tx,
    at: Instant,
    actor: &Actor,
    act: &'static str,
    object: String,
    details: Value,
) -> Result<(), store::Error> {
    ended(tx, at, actor, (act, "refused"), object, details).await
}

async fn ended(
    tx: &mut Tx,
    at: Instant,
    actor: &Actor,
    (act, result): (&'static str, &'static str),
    object: String,
    details: Value,
) -> Result<(), store::Error> {
    let entry = journal::Entry {
        at,
        actor: actor.name.clone(),
        act: act.to_owned(),
        object,
        result: result.to_owned(),
        details,
    };
    journal::append(tx, &entry, seal::digest).await?;
    Ok(())
}
