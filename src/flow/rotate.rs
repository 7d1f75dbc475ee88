//! New signing keys take the place of old ones.

use serde_json::json;

use super::record::record;
use super::{Actor, App, Chance, Clock, Forbidden, SetBack, StartError, moment};
use crate::config::Config;
use crate::seal::{self, Certificate, Keyring, Wanted};
use crate::store;

/// Why there are no new keys, or no note of them.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Only the operator may.
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    /// The keys could not be made; those in force still are.
    #[error(transparent)]
    Seal(#[from] seal::Error),
    /// The new keys are in force, but the store is out of reach.
    #[error("the new keys are in force, but the journal cannot say so")]
    Start(#[from] StartError),
    /// The new keys are in force, but the clock stands before what the journal has already seen.
    #[error("the new keys are in force, but the journal cannot say so: {0}")]
    Clock(#[from] SetBack),
    /// The new keys are in force, but the journal was not written.
    #[error("the new keys are in force, but the journal cannot say so")]
    Store(#[from] store::Error),
}

/// Makes new keys and puts them in force, then opens everything with them and writes it into the journal.
///
/// In this order, because the store is opened with keys that are in life, and the old ones may not be. The folder itself tells what
/// was done if the journal could not be written.
pub async fn rotate(
    config: &Config,
    actor: &Actor,
    wanted: Wanted,
    clock: Clock,
    chance: Chance,
) -> Result<App, Error> {
    actor.may_operate()?;
    Keyring::rotate(&config.keys(), wanted, clock.now(), &mut |bytes| chance.fill(bytes))?;
    let app = App::open(config, clock, chance).await?;
    if config.store_url().starts_with("sqlite:") {
        app.migrate().await?;
    }
    let keyring = app.0.keyring.now();
    let retired = keyring.retired.iter().filter_map(|chain| chain.first()).map(Certificate::digest);
    let details = json!({
        "kind": keyring.signer.kind(),
        "documents": keyring.signer.document_chain().first().map(Certificate::digest),
        "retired": retired.collect::<Vec<_>>(),
    });
    let object = keyring.signer.certificate().digest().to_string();
    let mut tx = app.0.store.write().await?;
    let now = moment::hold(&app, &mut tx).await??;
    record(&mut tx, now, actor, "rotate-keys", object, details).await?;
    tx.commit().await?;
    Ok(app)
}
