//! Somebody is signed in, for a while.

use uuid::Uuid;

use super::{Actor, App, StoreError};

/// Somebody who is signed in.
#[derive(Clone, Debug)]
pub struct Signed {
    /// The account.
    pub account: Uuid,
    /// The name to greet them by.
    pub shown: String,
    /// As whom they act.
    pub actor: Actor,
}

/// Whose session a secret opens, if it is still open; the session lives on from now.
#[expect(clippy::unused_async, reason = "sessions are in the store as soon as there are accounts")]
pub async fn resume(_app: &App, _secret: &str) -> Result<Option<Signed>, StoreError> {
    Ok(None)
}
