//! What may be done to a record, and where it stands afterwards.
//!
//! | it is … | correct | withdraw | annul | repair | revoke the repair | suspend | open an objection | close it |
//! |---|---|---|---|---|---|---|---|---|
//! | in force | ✓ | ✓ | ✓ | ✓ | – | ✓ | ✓ | – |
//! | repaired on a commitment | ✓ | ✓ | ✓ | for good | ✓ | ✓ | ✓ | – |
//! | repaired | ✓ | ✓ | ✓ | – | ✓ | ✓ | ✓ | – |
//! | disputed | ✓ | ✓ | ✓ | as above | as above | ✓ | – | ✓ |
//! | annulled | ✓ | ✓ | – | – | – | – | – | – |
//! | withdrawn | – | – | – | – | – | – | – | – |
//!
//! A withdrawn record comes back only by being sent afresh. Withdrawing and annulling settle an open objection. A second
//! suspension takes the place of the first: so it is prolonged, or ended.

use serde::Serialize;
use time::Date;

use super::catalogue::DomainId;
use super::digest::Digest;
use super::normal;
use super::record::{Annulment, Details, Operation, Repair, Standing, Version};
use super::words::told;

told! {
    /// Why something cannot be done to a record.
    ChangeRefused:
    Withdrawn = "withdrawn", "记录已撤回,只能重新报送", "the record was withdrawn: it can only be sent afresh";
    Annulled = "annulled", "决定已被撤销", "the decision was annulled";
    Repaired = "repaired", "记录已修复", "the record is repaired";
    NotRepaired = "not-repaired", "记录未修复,不能撤销修复", "the record is not repaired, so no repair can be revoked";
    Disputed = "disputed", "已有未办结的异议", "an objection is open already";
    NotDisputed = "not-disputed", "没有未办结的异议", "no objection is open";
    NothingChanges = "nothing-changes", "内容与现有记录相同", "the record says this already";
    BeforeDecision = "before-decision", "日期早于处罚决定日期", "the day lies before the decision";
    BeforeRepair = "before-repair", "日期早于修复日期", "the day lies before the repair";
    InFuture = "in-future", "日期晚于今天", "the day lies in the future";
    UpsideDown = "upside-down", "截止日期早于起始日期", "the last day lies before the first";
    NoReason = "no-reason", "缺少理由(1 至 500 字)", "a reason of 1 to 500 characters is missing";
}

/// The whole new content of a record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Correction {
    /// The domain.
    pub domain: DomainId,
    /// What it says now. It never goes into a journal: the digest stands for it there.
    #[serde(skip)]
    pub details: Details,
    /// The digest of the content as it was sent.
    pub content: Digest,
}

/// What is done, with its data.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "operation")]
pub enum Act {
    /// The content is corrected.
    #[serde(rename = "correct")]
    Correct(Box<Correction>),
    /// The record is taken back: it should never have been sent.
    #[serde(rename = "withdraw")]
    Withdraw {
        /// On this day, where it is said.
        on: Option<Date>,
    },
    /// The decision fell.
    #[serde(rename = "annul")]
    Annul(Annulment),
    /// The subject's credit was repaired.
    #[serde(rename = "repair")]
    Repair(Repair),
    /// The repair was taken back on this day.
    #[serde(rename = "repair-revoked")]
    RevokeRepair {
        /// The day.
        on: Date,
    },
    /// Execution is suspended.
    #[serde(rename = "suspend")]
    Suspend {
        /// From this day on.
        from: Date,
        /// Up to this day; open-ended where it is missing.
        until: Option<Date>,
    },
    /// An objection, reconsideration or suit was opened.
    #[serde(rename = "objection-open")]
    OpenObjection {
        /// On this day, where it is said.
        on: Option<Date>,
    },
    /// It was closed and left the record as it is.
    #[serde(rename = "objection-closed")]
    CloseObjection {
        /// On this day, where it is said.
        on: Option<Date>,
    },
}

/// What is done to one record, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Change {
    /// What.
    #[serde(flatten)]
    pub act: Act,
    /// Why; needed to withdraw, to annul and to revoke a repair.
    pub reason: Option<String>,
}

impl Act {
    /// The operation that it is kept as.
    #[must_use]
    pub fn operation(&self) -> Operation {
        match self {
            Self::Correct(_) => Operation::Correct,
            Self::Withdraw { .. } => Operation::Withdraw,
            Self::Annul(_) => Operation::Annul,
            Self::Repair(_) => Operation::Repair,
            Self::RevokeRepair { .. } => Operation::RepairRevoked,
            Self::Suspend { .. } => Operation::Suspend,
            Self::OpenObjection { .. } => Operation::ObjectionOpen,
            Self::CloseObjection { .. } => Operation::ObjectionClosed,
        }
    }

    /// The day on which it is done, where it is said.
    #[must_use]
    pub fn day(&self) -> Option<Date> {
        match self {
            Self::Correct(_) => None,
            Self::Annul(annulment) => Some(annulment.annulled_on),
            Self::Repair(repair) => Some(repair.repaired_on),
            Self::RevokeRepair { on } | Self::Suspend { from: on, .. } => Some(*on),
            Self::Withdraw { on } | Self::OpenObjection { on } | Self::CloseObjection { on } => *on,
        }
    }

    /// Whether a version was made by this very act: then it was done before.
    #[must_use]
    pub fn made(&self, version: &Version) -> bool {
        let standing = &version.standing;
        let same = match self {
            Self::Annul(annulment) => standing.annulled.as_ref() == Some(annulment),
            Self::Repair(repair) => standing.repaired.as_ref() == Some(repair),
            Self::Suspend { from, until } => {
                (standing.suspended_from, standing.suspended_until) == (Some(*from), *until)
            }
            Self::Correct(correction) => correction.details == version.details,
            _ => true,
        };
        same && version.operation == self.operation() && standing.operated_on == self.day()
    }

    /// Whether it is done only with a reason.
    #[must_use]
    pub fn needs_reason(&self) -> bool {
        matches!(self, Self::Withdraw { .. } | Self::Annul(_) | Self::RevokeRepair { .. })
    }
}

impl Change {
    /// A change, its reason in normal form.
    #[must_use]
    pub fn new(act: Act, reason: Option<&str>) -> Self {
        let reason = reason.map(normal::free_text).filter(|reason| !reason.is_empty());
        Self { act, reason }
    }

    /// Where a record stands after this, decided on a day and standing as it does; or why this cannot be done today.
    pub fn after(
        &self,
        standing: &Standing,
        decided_on: Date,
        today: Date,
    ) -> Result<Standing, ChangeRefused> {
        match &self.act {
            _ if standing.withdrawn => return Err(ChangeRefused::Withdrawn),
            Act::Correct(_) | Act::Withdraw { .. } => {}
            _ if standing.annulled.is_some() => return Err(ChangeRefused::Annulled),
            _ => {}
        }
        let day = self.act.day();
        let mut next = Standing { reason: self.reason.clone(), operated_on: day, ..standing.clone() };
        match &self.act {
            Act::Correct(_) => next.corrected = true,
            Act::Withdraw { .. } => (next.withdrawn, next.disputed) = (true, false),
            Act::Annul(annulment) => (next.annulled, next.disputed) = (Some(annulment.clone()), false),
            Act::Repair(repair) => match &standing.repaired {
                Some(before) if !before.on_commitment || repair.on_commitment => {
                    return Err(ChangeRefused::Repaired);
                }
                _ => next.repaired = Some(repair.clone()),
            },
            Act::RevokeRepair { on } => match &standing.repaired {
                None => return Err(ChangeRefused::NotRepaired),
                Some(repair) if *on < repair.repaired_on => return Err(ChangeRefused::BeforeRepair),
                Some(_) => next.repaired = None,
            },
            Act::Suspend { from, until } => {
                if until.is_some_and(|until| until < *from) {
                    return Err(ChangeRefused::UpsideDown);
                }
                if (standing.suspended_from, standing.suspended_until) == (Some(*from), *until) {
                    return Err(ChangeRefused::NothingChanges);
                }
                (next.suspended_from, next.suspended_until) = (Some(*from), *until);
            }
            Act::OpenObjection { .. } if standing.disputed => return Err(ChangeRefused::Disputed),
            Act::OpenObjection { .. } => next.disputed = true,
            Act::CloseObjection { .. } if !standing.disputed => return Err(ChangeRefused::NotDisputed),
            Act::CloseObjection { .. } => next.disputed = false,
        }
        match day {
            Some(day) if day < decided_on => return Err(ChangeRefused::BeforeDecision),
            Some(day) if day > today => return Err(ChangeRefused::InFuture),
            _ => {}
        }
        let reason = self.reason.as_deref().unwrap_or_default();
        let missing = reason.is_empty() && self.act.needs_reason();
        if missing || reason.chars().count() > 500 { Err(ChangeRefused::NoReason) } else { Ok(next) }
    }
}
