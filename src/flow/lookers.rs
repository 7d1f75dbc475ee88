//! Who looked at a subject: at its reports, and at the one-codes that it showed.
//!
//! Whoever verifies a report needs no account and is not recorded: such looks are counted by the hour. Whoever opens a one-code is
//! recorded as far as they said who they are. One may see it who may see the subject's reports.

use uuid::Uuid;

use super::mine::{self, Error};
use super::{Actor, App, Listing};
use crate::rules::{Instant, ReportNumber, ShareKind};
use crate::store::{Tx, looks, notices, subjects};

/// The latest looks that are paged through; the journal remembers all that were taken by one-codes.
const MOST: u32 = 1_000;

/// Looks at something of a subject.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Look {
    /// When; of looks that are counted, the first.
    pub at: Instant,
    /// At what, and by whom.
    pub what: What,
}

/// What was looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// A report was verified by its code, its QR, its fingerprint or its file.
    Report {
        /// Its number.
        number: ReportNumber,
        /// How often within the hour.
        times: u32,
    },
    /// A one-code was opened.
    Code {
        /// What was shown by it.
        share: Uuid,
        /// How.
        kind: ShareKind,
        /// For whom its holder made it.
        recipient: Option<String>,
        /// Who looked, as the journal names them; `None` for somebody who was not signed in.
        viewer: Option<String>,
        /// Who looked, by name.
        shown: Option<String>,
        /// What for, where they said.
        purpose: Option<String>,
        /// From where, shortened.
        address: String,
    },
}

/// A part of the looks at a subject, latest first, and how many there are, as far as one can go back.
pub async fn list(app: &App, actor: &Actor, id: Uuid, page: Listing) -> Result<(Vec<Look>, u32), Error> {
    let mut tx = app.0.store.read().await?;
    let subject = mine::subject(&mut tx, actor, id, |scope| scope.see).await?;
    let ids = subjects::with_merged(&mut tx, subject.id).await?;
    let total =
        looks::number(&mut tx, &ids, MOST).await? + notices::looks_number(&mut tx, &ids, MOST).await?;
    // Each kind is read as far as the page reaches, so that the two can be put in one order.
    let upto = page.offset.saturating_add(page.limit).min(MOST);
    let mut all = opened(&mut tx, &ids, upto).await?;
    all.extend(verified(&mut tx, &ids, upto).await?);
    all.sort_by_key(|look| std::cmp::Reverse(look.at));
    all.truncate(MOST as usize);
    let part = all.into_iter().skip(page.offset as usize).take(page.limit as usize);
    Ok((part.collect(), total.min(MOST)))
}

async fn opened(tx: &mut Tx, ids: &[Uuid], limit: u32) -> Result<Vec<Look>, Error> {
    let look = |looks::Opened { look, kind, recipient }: looks::Opened| Look {
        at: look.at,
        what: What::Code {
            share: look.share,
            kind,
            recipient,
            viewer: look.viewer,
            shown: look.shown,
            purpose: look.purpose,
            address: look.address,
        },
    };
    Ok(looks::latest(tx, ids, limit).await?.into_iter().map(look).collect())
}

async fn verified(tx: &mut Tx, ids: &[Uuid], limit: u32) -> Result<Vec<Look>, Error> {
    let look = |notice: notices::Notice| {
        let what = What::Report { number: notice.object.parse().ok()?, times: notice.times };
        Some(Look { at: notice.at, what })
    };
    Ok(notices::looks(tx, ids, limit).await?.into_iter().filter_map(look).collect())
}
