//! The code on the holder's screen: drawn anew every minute, and dead half a minute later.

use uuid::Uuid;

use super::{Error, address, after, giver, hash, of_holder, svg};
use crate::flow::{Actor, App};
use crate::rules::{Instant, OneCode, ShareKind, ShareState, Terms};
use crate::store::sharing::{self, Code};

/// How long codes that are over are remembered, to be told apart from those that never were, in milliseconds: a day.
const REMEMBERED: i64 = 24 * 3600 * 1000;

/// A code that was drawn.
#[derive(Clone, Debug)]
pub struct Drawn {
    /// It.
    pub code: OneCode,
    /// The address that opens it.
    pub address: String,
    /// The address as a QR (SVG).
    pub svg: String,
    /// When.
    pub drawn_at: Instant,
    /// It opens nothing from then on.
    pub until: Instant,
}

/// Draws a fresh code, for one look. Codes drawn before live on until their time is over: somebody may be scanning one.
pub async fn draw(app: &App, actor: &Actor, id: Uuid) -> Result<Drawn, Error> {
    let mut tx = app.0.store.write().await?;
    let share = of_holder(&mut tx, actor, id).await?;
    let now = app.now();
    if share.kind != ShareKind::Dynamic {
        return Err(Error::NotFound);
    }
    match giver::standing(app, &mut tx, &share, now).await? {
        ShareState::Open => (),
        ShareState::Revoked => return Err(Error::Revoked),
        ShareState::UsedUp => return Err(Error::UsedUp),
        ShareState::Over => return Err(Error::Over),
    }
    let code = OneCode::from_random(app.0.chance.draw());
    let until = after(now, Terms::LIVES).min(share.until);
    let row = Code {
        hash: hash(app, &code),
        subject: share.subject,
        share: id,
        drawn_at: now,
        until,
        uses: 1,
        used: 0,
    };
    sharing::sweep(&mut tx, after(now, -REMEMBERED)).await?;
    sharing::draw(&mut tx, &row).await?;
    let address = address(app, &code);
    let svg = svg(&address)?;
    tx.commit().await?;
    Ok(Drawn { code, address, svg, drawn_at: now, until })
}
