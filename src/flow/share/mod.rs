//! A subject shows itself to somebody else, for a short time: a window, where a report is a photograph.
//!
//! | file | story |
//! |---|---|
//! | `grant` | the holder fixes what is shown, and takes it back |
//! | `once` | a request that is sent again makes nothing more, and gets the same code |
//! | `code` | the code on the holder's screen is drawn anew every minute |
//! | `follow` | the holder sees looks and wishes as they happen |
//! | `ask` | a verifier says what for, and the holder answers |
//! | `snapshot` | the same for a telephone without a network, signed and not live |
//! | `giver` | whoever made it must still be allowed to, at the moment of the look |
//! | `look` | somebody opens a code: one look is taken, and the present facts are drawn up |
//!
//! A code is 130 random bits and a check character; only its keyed hash is kept. What it opens is drawn up at the moment of the look by
//! the same rules as a report, within what the holder fixed; seen again, it is drawn up as of that moment. Looks are taken in one
//! statement each, so that of many at once exactly as many succeed as were granted.

mod ask;
mod code;
mod follow;
mod giver;
mod grant;
mod look;
mod once;
mod snapshot;

pub use ask::{Wait, ask, decide, waiting};
pub use code::{Drawn, draw};
pub use follow::{Mark, moved};
pub use grant::{Asked, Holder, Listed, Made, Shown, holders, is_code, list, make, part_of, revoke, show};
pub use look::{Door, Seen, Viewer, knock, open, report, seen};
pub use snapshot::{Taken, snapshot};

use std::collections::BTreeMap;

use uuid::Uuid;

use super::{Actor, App, Forbidden, SetBack, issue};
use crate::report::qr;
use crate::rules::{BadTerms, Digest, Instant, OneCode, Refusal, ShareState, Subject, Terms, share_state};
pub use crate::store::sharing::Share;
use crate::store::sharing::{self, Code};
use crate::store::{self, Tx, subjects};

/// Why nothing was shown.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A typing error.
    #[error("the code was mistyped: compare it character by character")]
    Mistyped,
    /// No such code.
    #[error("there is no such code: ask its holder for a new one")]
    Unknown,
    /// Its time is over.
    #[error("this code is over: ask its holder for a new one")]
    Over,
    /// Every look was taken.
    #[error("this code is used up: ask its holder for a new one")]
    UsedUp,
    /// The holder took it back.
    #[error("the holder took this code back")]
    Revoked,
    /// It is for another account.
    #[error("this code is for one recipient only: sign in as that recipient")]
    NotForYou,
    /// The holder is asked first, by verifiers only.
    #[error("the holder is asked first: sign in as a verifier, and say what for")]
    AskFirst,
    /// The holder has not answered.
    #[error("the holder has not answered yet")]
    Waiting,
    /// The holder declined.
    #[error("the holder declined")]
    Declined,
    /// Too many wait for an answer.
    #[error("as many verifiers as a holder is asked for at a time are waiting: try again later")]
    Crowded,
    /// No such share, look or wish of theirs: which of them is not told.
    #[error("there is no such thing, or it is not yours")]
    NotFound,
    /// No report may be taken along.
    #[error("the holder did not allow a report to be taken along")]
    NotGranted,
    /// Not theirs to show.
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    /// Life, looks, recipient or purpose.
    #[error(transparent)]
    Terms(#[from] BadTerms),
    /// Domains or days.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// No first day and no length that is known.
    #[error("give the first day of the period, or a ready-made length")]
    NoPeriod,
    /// The report was not issued.
    #[error(transparent)]
    Issue(#[from] issue::Error),
    /// The idempotency key has no usable form.
    #[error("an idempotency key has 1 to 200 characters")]
    BadKey,
    /// The key was used for another request.
    #[error("this idempotency key was used for another request: take a new one")]
    KeyReused,
    /// The address does not fit into a QR.
    #[error("the QR cannot be drawn")]
    Qr(#[source] crate::report::Error),
    /// The snapshot was not signed, or does not verify: it is not handed out.
    #[error("the snapshot was not signed")]
    NotSigned,
    /// The clock stands before what the journal has already seen.
    #[error(transparent)]
    Clock(#[from] SetBack),
    /// Our own trouble.
    #[error(transparent)]
    Store(#[from] store::Error),
}

impl Error {
    /// The error for whom it concerns, in Chinese and English; `None` where it is trouble of ours, or told by another story.
    #[must_use]
    pub fn said(&self) -> Option<(String, String)> {
        let zh = match self {
            Self::Mistyped => "码输入有误，请逐字核对".to_owned(),
            Self::Unknown => "没有这个码，请向出示人索取新码".to_owned(),
            Self::Over => "此码已过期，请向出示人索取新码".to_owned(),
            Self::UsedUp => "此码已用完，请向出示人索取新码".to_owned(),
            Self::Revoked => "出示人已撤回此码".to_owned(),
            Self::NotForYou => "此码只供指定的接收人查看，请以该账户登录".to_owned(),
            Self::AskFirst => "查看前须经出示人同意：请以核验单位账户登录，并说明用途".to_owned(),
            Self::Waiting => "出示人尚未答复".to_owned(),
            Self::Declined => "出示人未同意".to_owned(),
            Self::Crowded => "等待该出示人答复的请求过多，请稍后再试".to_owned(),
            Self::NotFound => "没有这项内容，或您无权查看".to_owned(),
            Self::NotGranted => "出示人未允许下载报告".to_owned(),
            Self::Forbidden(_) => "您没有向他人出示的授权".to_owned(),
            Self::Terms(BadTerms::Life) => "有效期应为 1 小时至 30 天".to_owned(),
            Self::Terms(BadTerms::Uses) => format!("查看次数应为 1 至 {} 次", Terms::MOST_USES),
            Self::Terms(BadTerms::Recipient) => format!("接收人最多 {} 个字", Terms::LONGEST_TEXT),
            Self::Terms(BadTerms::Purpose) => format!("请填写用途，最多 {} 个字", Terms::LONGEST_TEXT),
            Self::Refused(Refusal::NoDomain) => "请至少选择一个领域".to_owned(),
            Self::Refused(Refusal::UnknownDomain(_)) => "所选领域不存在，请重新选择".to_owned(),
            Self::Refused(Refusal::Period(_)) | Self::NoPeriod => "期间有误，请重新选择".to_owned(),
            Self::BadKey => "幂等键应为 1 至 200 个字符".to_owned(),
            Self::KeyReused => "此幂等键已用于另一请求，请换用新键".to_owned(),
            Self::Issue(_) | Self::Qr(_) | Self::NotSigned | Self::Clock(_) | Self::Store(_) => return None,
        };
        Some((zh, self.to_string()))
    }
}

/// The keyed hash of a code.
fn hash(app: &App, code: &OneCode) -> Digest {
    app.0.keyring.codes.hash(format!("one-code {}", code.compact()).as_bytes())
}

/// The address that opens a code.
fn address(app: &App, code: &OneCode) -> String {
    format!("{}/c/{}", app.issuer().origin, code.compact())
}

/// A code as it is read from a QR, a link or typed.
fn read(text: &str) -> Result<OneCode, Error> {
    grant::part_of(text).parse().map_err(|_| Error::Mistyped)
}

/// A code with the share that it leads to, if whoever made that still may at an instant.
async fn find(app: &App, tx: &mut Tx, code: &OneCode, now: Instant) -> Result<(Code, Share), Error> {
    let code = sharing::code(tx, hash(app, code)).await?.ok_or(Error::Unknown)?;
    let share = sharing::find(tx, &[code.subject], code.share).await?.ok_or(Error::Unknown)?;
    giver::still(app, tx, &share, now).await?;
    Ok((code, share))
}

/// Whether a code of a share still opens it at an instant; `until` is when it ceases to.
fn holds(code: &Code, share: &Share, until: Instant, now: Instant) -> Result<(), Error> {
    let used_up = code.used >= code.uses || share.looks >= share.uses;
    match share_state(share.revoked_at.is_some(), used_up, until, now) {
        ShareState::Open => Ok(()),
        ShareState::UsedUp => Err(Error::UsedUp),
        ShareState::Over => Err(Error::Over),
        ShareState::Revoked => Err(Error::Revoked),
    }
}

/// Where a share stands, for its holder.
fn state(share: &Share, now: Instant) -> ShareState {
    share_state(share.revoked_at.is_some(), share.looks >= share.uses, share.until, now)
}

/// The subjects that somebody may show.
async fn own(tx: &mut Tx, actor: &Actor) -> Result<Vec<Subject>, Error> {
    actor.may_show_some()?;
    let mut own: Vec<Subject> = Vec::new();
    for code in actor.codes(|scope| scope.share) {
        if let Some(subject) = issue::find_subject(tx, code).await?
            && own.iter().all(|it| it.id != subject.id)
        {
            own.push(subject);
        }
    }
    Ok(own)
}

/// The ids under which shares of somebody's own subjects are kept, each with the subject's name: those of subjects that were merged into
/// them are among them.
async fn own_ids(tx: &mut Tx, actor: &Actor) -> Result<BTreeMap<Uuid, String>, Error> {
    let mut ids = BTreeMap::new();
    for subject in own(tx, actor).await? {
        let name = subject.shown_name();
        ids.extend(subjects::with_merged(tx, subject.id).await?.into_iter().map(|id| (id, name.clone())));
    }
    Ok(ids)
}

/// A share of somebody's own subjects.
async fn of_holder(tx: &mut Tx, actor: &Actor, id: Uuid) -> Result<Share, Error> {
    let ids: Vec<Uuid> = own_ids(tx, actor).await?.into_keys().collect();
    sharing::find(tx, &ids, id).await?.ok_or(Error::NotFound)
}

/// Whom a share shows: the subject that it was made for, or the one that it was merged into since.
async fn subject_of(tx: &mut Tx, share: &Share) -> Result<Subject, Error> {
    let missing = || store::Error::Corrupt("the subject of a share is missing".into());
    let subject = subjects::by_id(tx, share.subject).await?.ok_or_else(missing)?;
    Ok(issue::survivor(tx, subject).await?)
}

/// The drawing of an address as a QR (SVG).
fn svg(address: &str) -> Result<String, Error> {
    Ok(qr::qr(address).map_err(Error::Qr)?.svg())
}

fn after(at: Instant, millis: i64) -> Instant {
    Instant::from_millis(at.millis() + millis)
}
