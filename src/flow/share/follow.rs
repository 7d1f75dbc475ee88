//! The holder follows who looks and who asks to, as it happens.

use std::time::Duration;

use uuid::Uuid;

use super::{Error, Share, Shown, ask, show, state};
use crate::flow::{App, jobs, sessions};
use crate::rules::{AskState, ShareState};
use crate::store::sharing;

/// How often it is looked whether something happened: somebody else's look is seen within a second.
const LOOK: Duration = Duration::from_millis(700);
/// After so many looks in vain it is asked anew whether whoever follows still may.
const IN_VAIN: u32 = 7;

/// How far whoever follows has seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    state: ShareState,
    looks: u32,
    asks: Vec<(Uuid, AskState)>,
}

impl Mark {
    fn of(shown: &Shown) -> Self {
        let asks = shown.asks.iter().map(|ask| (ask.id, ask.state)).collect();
        Self { state: shown.state, looks: shown.share.looks, asks }
    }
}

/// A share as soon as it is not as it was seen last; at once where nothing was seen. `None` when the session is over, when its
/// holder may not show the share any more, and when this process stops. The session is not used by it: it ends when nobody does anything else.
pub async fn moved(
    app: &App,
    session: &str,
    id: Uuid,
    seen: Option<&Mark>,
) -> Result<Option<(Mark, Shown)>, Error> {
    while !jobs::is_stopping(app) {
        let Some(signed) = sessions::still(app, session).await? else { return Ok(None) };
        let shown = match show(app, &signed.actor, id).await {
            Err(Error::NotFound | Error::Forbidden(_)) => return Ok(None),
            shown => shown?,
        };
        let mark = Mark::of(&shown);
        if seen != Some(&mark) {
            return Ok(Some((mark, shown)));
        }
        for _ in 0..IN_VAIN {
            tokio::time::sleep(LOOK).await;
            if jobs::is_stopping(app) || !is_as(app, &shown.share, &mark).await? {
                break;
            }
        }
    }
    Ok(None)
}

/// Whether a share is still as it was marked.
async fn is_as(app: &App, share: &Share, mark: &Mark) -> Result<bool, Error> {
    let mut tx = app.0.store.read().await?;
    let now = app.now();
    let share = sharing::find(&mut tx, &[share.subject], share.id).await?.ok_or(Error::NotFound)?;
    let mut asks = sharing::asks(&mut tx, &share).await?;
    asks.retain(|it| !ask::lapsed(it, now));
    let asks: Vec<_> = asks.iter().map(|ask| (ask.id, ask.state)).collect();
    Ok((state(&share, now), share.looks, &asks) == (mark.state, mark.looks, &mark.asks))
}
