//! When an act takes effect: after everything that is in the journal, so that what a report saw is all that was known.

use super::App;
use crate::rules::Instant;
use crate::store::{self, Tx, journal};

/// How far the clocks of several machines may differ, in milliseconds.
const CLOCKS_DIFFER: i64 = 1_000;

/// The clock stands before what the journal has already seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the clock says {now}, before the last entry of the journal at {last}: set the clock right")]
pub struct SetBack {
    /// The clock.
    pub now: Instant,
    /// The last entry of the journal.
    pub last: Instant,
}

/// The present moment, not before anything that is in the journal.
pub(super) async fn present(app: &App, tx: &mut Tx) -> Result<Result<Instant, SetBack>, store::Error> {
    let now = app.now();
    Ok(after(now, journal::last_at(tx).await?.unwrap_or(now)))
}

/// What the clock says, but not before the last entry of the journal.
pub(super) fn after(now: Instant, last: Instant) -> Result<Instant, SetBack> {
    let set_back = last.millis() - now.millis() > CLOCKS_DIFFER;
    if set_back { Err(SetBack { now, last }) } else { Ok(now.max(last)) }
}

/// Waits for the journal, keeps it until the transaction ends, and tells a moment after everything that is in it.
pub(super) async fn hold(app: &App, tx: &mut Tx) -> Result<Result<Instant, SetBack>, store::Error> {
    journal::hold(tx).await?;
    let last = journal::last_at(tx).await?;
    let present = present(app, tx).await?;
    let after = |now: Instant| if last == Some(now) { Instant::from_millis(now.millis() + 1) } else { now };
    Ok(present.map(after))
}
