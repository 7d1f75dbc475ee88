//! A share holds while whoever made it may still show its subject.
//!
//! A mandate ends, its giver loses what they gave, an account is locked, a client or a token is taken away: no share is looked for
//! then. Whether its maker may show the subject is asked at the moment of each look, of all that holds at that moment.

use super::{Error, Share, state, subject_of};
use crate::flow::{App, issue, named};
use crate::rules::{Instant, ShareState};
use crate::store::Tx;

/// Whether whoever made a share may show its subject at an instant; to who looks it is taken back where they may not.
pub(super) async fn still(app: &App, tx: &mut Tx, share: &Share, now: Instant) -> Result<(), Error> {
    let subject = subject_of(tx, share).await?;
    for actor in named::actors(app, tx, &share.made_by, now).await? {
        if issue::reaches(tx, &actor, &subject, |scope| scope.share).await?.is_ok() {
            return Ok(());
        }
    }
    Err(Error::Revoked)
}

/// Where a share stands, for whom it may be theirs: one that opens nothing since its maker may not show it is taken back.
pub(super) async fn standing(
    app: &App,
    tx: &mut Tx,
    share: &Share,
    now: Instant,
) -> Result<ShareState, Error> {
    let state = state(share, now);
    if state != ShareState::Open {
        return Ok(state);
    }
    match still(app, tx, share, now).await {
        Ok(()) => Ok(state),
        Err(Error::Revoked) => Ok(ShareState::Revoked),
        Err(error) => Err(error),
    }
}
