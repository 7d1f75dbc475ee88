//! Cases about one record – an objection, a repair, an annulment – as a table of steps, and how long each may take.
//!
//! | kind | where it stands | step → where it stands then (outcome) |
//! |---|---|---|
//! | objection, repair | submitted | accept → accepted; take-back → taken-back |
//! | | accepted | send → with-authority; take-back → taken-back |
//! | objection | with-authority | extend → with-authority, once; uphold-corrected → upheld (corrected); uphold-withdrawn → upheld (withdrawn); reject → rejected; take-back → taken-back |
//! | | upheld, rejected | close → closed |
//! | repair | with-authority | grant → granted; grant-on-commitment → granted-on-commitment; refuse → refused; take-back → taken-back |
//! | | granted-on-commitment | confirm → confirmed; revoke → revoked |
//! | annulment | submitted | annul → annulled; reject → rejected; take-back → taken-back |
//!
//! Nothing else is possible. An objection is *open* until it is decided or taken back: so long its record carries the mark.

use serde::{Deserialize, Serialize};

use super::record::Standing;
use super::words::{told, words};

told! {
    /// What a case is about.
    CaseKind:
    Objection = "objection", "异议", "an objection";
    Repair = "repair", "信用修复", "a repair of credit";
    Annulment = "annulment", "撤销告知", "news that a decision was annulled";
}

told! {
    /// Where a case stands.
    CaseState:
    Submitted = "submitted", "已提交", "submitted";
    Accepted = "accepted", "已受理", "accepted";
    WithAuthority = "with-authority", "数源单位核查中", "with the authority";
    Upheld = "upheld", "异议成立", "the objection was upheld";
    Rejected = "rejected", "未予支持", "it was rejected";
    Closed = "closed", "已办结", "closed";
    Granted = "granted", "已修复", "the repair was granted";
    GrantedOnCommitment = "granted-on-commitment", "承诺修复,待核实", "granted on a commitment, to be verified";
    Confirmed = "confirmed", "承诺修复已核实", "the repair on a commitment was confirmed";
    Revoked = "revoked", "承诺不实,修复已撤销", "the repair on a commitment was revoked";
    Refused = "refused", "不予修复", "the repair was refused";
    Annulled = "annulled", "决定已被撤销", "the decision is annulled";
    TakenBack = "taken-back", "申请人已撤回", "the applicant took it back";
}

told! {
    /// What is done in a case.
    CaseStep:
    Accept = "accept", "受理", "accept it";
    Send = "send", "转数源单位", "send it to the authority";
    Extend = "extend", "延期一次", "take longer, once";
    UpholdCorrected = "uphold-corrected", "异议成立,更正记录", "uphold it and correct the record";
    UpholdWithdrawn = "uphold-withdrawn", "异议成立,撤回记录", "uphold it and withdraw the record";
    Reject = "reject", "不予支持", "reject it";
    Close = "close", "办结", "close it";
    Grant = "grant", "准予修复", "grant the repair";
    GrantOnCommitment = "grant-on-commitment", "凭承诺先予修复", "grant the repair on a commitment";
    Confirm = "confirm", "核实属实", "confirm it: the commitment held";
    Revoke = "revoke", "撤销修复", "revoke it: the commitment did not hold";
    Refuse = "refuse", "不予修复", "refuse the repair";
    Annul = "annul", "确认撤销决定", "annul the decision";
    TakeBack = "take-back", "申请人撤回", "take it back, as the applicant";
}

words! {
    /// As what somebody takes part in a case.
    Party {
        /// The subject that the record is about.
        Applicant = "applicant",
        /// The authority that made the record.
        Authority = "authority",
        /// The operator.
        Operator = "operator",
    }
}

words! {
    /// How a case ended for its record.
    Outcome {
        /// The record was corrected.
        Corrected = "corrected",
        /// The record was withdrawn.
        Withdrawn = "withdrawn",
        /// The record stands as it was.
        Unchanged = "unchanged",
        /// The record is repaired.
        Repaired = "repaired",
        /// The record is repaired on a commitment.
        RepairedOnCommitment = "repaired-on-commitment",
        /// The repair was taken back.
        RepairRevoked = "repair-revoked",
        /// The decision is annulled.
        Annulled = "annulled",
    }
}

/// How far a case is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Progress {
    /// What it is about.
    pub kind: CaseKind,
    /// Where it stands.
    pub state: CaseState,
    /// What became of the record, once it is decided.
    pub outcome: Option<Outcome>,
    /// It was given more time; that happens once.
    pub extended: bool,
}

/// Why a step cannot be taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WrongStep {
    /// Not from here.
    #[error("a case that is {} cannot {step}: possible {}", .from.state, possible(*.from))]
    NotFromHere {
        /// Where the case stands.
        from: Progress,
        /// What was tried.
        step: CaseStep,
    },
    /// More time is given once.
    #[error("this case was given more time before, and that happens once: decide it")]
    ExtendedBefore,
    /// Not for them to do.
    #[error("{step} is not for the {party} to do")]
    NotTheirs {
        /// What was tried.
        step: CaseStep,
        /// Who tried.
        party: Party,
    },
    /// A reason is missing.
    #[error("{0} needs a reason of 1 to 500 characters: the applicant reads it")]
    Reason(CaseStep),
}

/// What is possible from here, in words.
fn possible(from: Progress) -> String {
    let steps: Vec<&str> =
        CaseStep::ALL.iter().filter(|step| from.after(**step).is_ok()).map(|step| step.word()).collect();
    if steps.is_empty() { "is nothing more".to_owned() } else { format!("is {}", steps.join(", ")) }
}

impl CaseStep {
    /// Whether it is done only with a reason.
    #[must_use]
    pub fn needs_reason(self) -> bool {
        matches!(
            self,
            Self::Extend | Self::Reject | Self::Refuse | Self::Revoke | Self::UpholdWithdrawn | Self::Annul
        )
    }

    /// Whether the time of the next part begins anew with it.
    #[must_use]
    pub fn restarts_time(self) -> bool {
        matches!(self, Self::Send | Self::GrantOnCommitment)
    }

    /// May they do it, in a case that was told by the applicant or the authority?
    pub fn may(self, party: Party, told_by: Party) -> Result<(), WrongStep> {
        let may = match (self, party) {
            (_, Party::Operator) | (Self::Close, _) => true,
            (Self::TakeBack, party) => party == told_by,
            (_, party) => party == Party::Authority,
        };
        if may { Ok(()) } else { Err(WrongStep::NotTheirs { step: self, party }) }
    }
}

impl Progress {
    /// A case that was just opened.
    #[must_use]
    pub fn begun(kind: CaseKind) -> Self {
        Self { kind, state: CaseState::Submitted, outcome: None, extended: false }
    }

    /// How far it is after a step.
    pub fn after(self, step: CaseStep) -> Result<Self, WrongStep> {
        use CaseKind as K;
        use CaseState as S;
        use CaseStep as Do;
        let to = |state| Self { state, ..self };
        let decided = |state, outcome| Self { state, outcome: Some(outcome), ..self };
        Ok(match (self.kind, self.state, step) {
            (K::Objection | K::Repair, S::Submitted, Do::Accept) => to(S::Accepted),
            (K::Objection | K::Repair, S::Accepted, Do::Send) => to(S::WithAuthority),
            (K::Objection, S::WithAuthority, Do::Extend) if self.extended => {
                return Err(WrongStep::ExtendedBefore);
            }
            (K::Objection, S::WithAuthority, Do::Extend) => Self { extended: true, ..self },
            (K::Objection, S::WithAuthority, Do::UpholdCorrected) => decided(S::Upheld, Outcome::Corrected),
            (K::Objection, S::WithAuthority, Do::UpholdWithdrawn) => decided(S::Upheld, Outcome::Withdrawn),
            (K::Objection, S::WithAuthority, Do::Reject) | (K::Annulment, S::Submitted, Do::Reject) => {
                decided(S::Rejected, Outcome::Unchanged)
            }
            (K::Objection, S::Upheld | S::Rejected, Do::Close) => to(S::Closed),
            (K::Repair, S::WithAuthority, Do::Grant) => decided(S::Granted, Outcome::Repaired),
            (K::Repair, S::WithAuthority, Do::GrantOnCommitment) => {
                decided(S::GrantedOnCommitment, Outcome::RepairedOnCommitment)
            }
            (K::Repair, S::WithAuthority, Do::Refuse) => decided(S::Refused, Outcome::Unchanged),
            (K::Repair, S::GrantedOnCommitment, Do::Confirm) => decided(S::Confirmed, Outcome::Repaired),
            (K::Repair, S::GrantedOnCommitment, Do::Revoke) => decided(S::Revoked, Outcome::RepairRevoked),
            (K::Annulment, S::Submitted, Do::Annul) => decided(S::Annulled, Outcome::Annulled),
            (K::Objection | K::Repair, S::Submitted | S::Accepted | S::WithAuthority, Do::TakeBack)
            | (K::Annulment, S::Submitted, Do::TakeBack) => decided(S::TakenBack, Outcome::Unchanged),
            _ => return Err(WrongStep::NotFromHere { from: self, step }),
        })
    }

    /// Whether nothing has been decided yet: so long the record of an objection carries the mark.
    #[must_use]
    pub fn is_undecided(&self) -> bool {
        self.outcome.is_none()
    }

    /// Whether no step leads further.
    #[must_use]
    pub fn is_ended(&self) -> bool {
        CaseStep::ALL.iter().all(|step| self.after(*step).is_err())
    }
}

impl Outcome {
    /// Whether a record that stands so is where this outcome left it, or was withdrawn or annulled since.
    #[must_use]
    pub fn fits(self, standing: &Standing) -> bool {
        let repair = standing.repaired.as_ref();
        match self {
            _ if standing.withdrawn || standing.annulled.is_some() => true,
            Self::Corrected => standing.corrected,
            Self::Unchanged => true,
            Self::Repaired => repair.is_some_and(|repair| !repair.on_commitment),
            Self::RepairedOnCommitment => repair.is_some_and(|repair| repair.on_commitment),
            Self::RepairRevoked => repair.is_none(),
            Self::Withdrawn | Self::Annulled => false,
        }
    }
}
