//! The operator's console. The duties are separated: the auditor reads everything and changes nothing; the system operator changes
//! things, but not alone where it matters.
//!
//! | file | story |
//! |---|---|
//! | `proposal` | what one account proposes, another one decides |
//! | `authorities`, `subjects` | the registers; two subjects that are one become one |
//! | `issued` | the reports of all subjects, and how many there are |
//! | `keys`, `templates` | to be looked at |
//! | `rules` | catalogue, profile and policy, and bringing new ones into force |
//! | `journal` | every act that matters, searched, checked and taken away |

pub mod authorities;
pub mod issued;
pub mod journal;
pub mod keys;
pub mod proposal;
pub mod rules;
pub mod subjects;
pub mod templates;

use super::{Forbidden, SetBack, revoke};
use crate::rules::{Instant, ProposalState};
use crate::store;

/// Why nothing was shown or done.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Not theirs to do.
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    /// There is no such thing.
    #[error("there is no such thing here")]
    NotFound,
    /// A reason is missing, or too long.
    #[error("give a reason of 1 to 500 characters")]
    Reason,
    /// One's own proposal.
    #[error("somebody else decides what you proposed")]
    Own,
    /// It was decided before.
    #[error("this proposal is decided already: {}", .0.en())]
    Decided(ProposalState),
    /// Nobody decided it in time.
    #[error("nobody decided this proposal until {0}: propose it again")]
    Late(Instant),
    /// What is proposed is not what the decider was shown.
    #[error("this is not the proposal that you were shown: load the page again")]
    Changed,
    /// Who proposed it may not propose any more.
    #[error("whoever proposed this may not propose any more: decline it, and propose it again")]
    ProposerLost,
    /// There is one already.
    #[error("this is proposed already, and waits for a decision")]
    Open,
    /// It cannot be done as things stand.
    #[error("{en}")]
    Refused {
        /// Why, in Chinese.
        zh: String,
        /// Why, in English.
        en: String,
    },
    /// The clock stands before what the journal has already seen.
    #[error(transparent)]
    Clock(#[from] SetBack),
    /// Our own trouble.
    #[error(transparent)]
    Store(#[from] store::Error),
}

impl Error {
    /// The error for whom it concerns, in Chinese and English; `None` where it is trouble of ours.
    #[must_use]
    pub fn said(&self) -> Option<(String, String)> {
        let zh = match self {
            Self::Forbidden(_) => "这不是您的职责范围".to_owned(),
            Self::NotFound => "没有找到".to_owned(),
            Self::Reason => "请填写理由，1 至 500 字".to_owned(),
            Self::Own => "自己提出的事项须由另一人复核".to_owned(),
            Self::Decided(state) => format!("此事项{}，不能再次决定", state.zh()),
            Self::Late(_) => "此事项逾期无人复核，已过期；请重新提出".to_owned(),
            Self::Changed => "事项内容与您看到的不一致，请重新打开页面核对".to_owned(),
            Self::ProposerLost => "提出人已不再具有相应职责，请驳回后由他人重新提出".to_owned(),
            Self::Open => "同一事项已提出，正在等待复核".to_owned(),
            Self::Refused { zh, .. } => zh.clone(),
            Self::Clock(_) | Self::Store(_) => return None,
        };
        Some((zh, self.to_string()))
    }

    /// A refusal, in Chinese and English.
    fn refused(zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self::Refused { zh: zh.into(), en: en.into() }
    }
}

impl From<revoke::Error> for Error {
    fn from(error: revoke::Error) -> Self {
        use revoke::Error as E;
        match error {
            E::Forbidden(error) => error.into(),
            E::Number(_) | E::Unknown(_) => Self::NotFound,
            E::Reason => Self::Reason,
            E::Already(ref number, at) => {
                Self::refused(format!("报告 {number} 已于 {} 撤销", at.local_day()), error.to_string())
            }
            E::Clock(error) => error.into(),
            E::Store(error) => error.into(),
        }
    }
}

/// A reason that can stand.
fn reason(text: &str) -> Result<String, Error> {
    let reason = crate::rules::normal::free_text(text);
    if reason.is_empty() || reason.chars().count() > 500 { Err(Error::Reason) } else { Ok(reason) }
}
