//! The conditions of a repair of credit, as rules with the days they hold from: what the data say of each.
//!
//! The data never say enough to grant a repair. They can say that it cannot be granted yet.

use serde::{Deserialize, Serialize};
use time::Date;

use super::money::Fen;
use super::period::months_after;
use super::record::{Procedure, RecordKind, Sanction, Severity, Version};
use super::words::{told, words};

told! {
    /// A condition of a repair.
    RepairCondition:
    MinimumPeriod = "minimum-period", "最短公示期已满", "the shortest time of publicity has passed";
    DutiesFulfilled = "duties-fulfilled", "已改正违法行为并履行全部义务", "the act was put right and every duty fulfilled";
    Commitment = "commitment", "已作出公开信用承诺", "a public commitment was given that everything stated is true";
}

words! {
    /// Whether a condition is met, as far as the data tell.
    Met {
        /// It is.
        Yes = "yes",
        /// It is not.
        No = "no",
        /// The data do not tell: the authority finds out.
        CannotTell = "cannot-tell",
    }
}

/// A condition, and what the data say of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckedCondition {
    /// The condition.
    pub condition: RepairCondition,
    /// Whether it is met.
    pub met: Met,
    /// The first day on which it is, where it is a matter of time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Date>,
    /// How grave the penalty is taken to be, where that matters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub severity: Option<Severity>,
    /// The rules that say so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rules: Option<String>,
}

/// What the applicant says about itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Promises {
    /// The act was put right and every duty fulfilled.
    pub duties_fulfilled: bool,
    /// Everything stated is true, and the applicant answers for it.
    pub commitment: bool,
}

/// Rules that hold from a day on.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Rules {
    id: String,
    valid_from: Date,
    minor: Grade,
    general: Grade,
    serious: Grade,
}

/// What makes a penalty so grave, and for how long it is published at least.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Grade {
    months: u32,
    #[serde(default)]
    sanctions: Vec<Sanction>,
    #[serde(default)]
    procedures: Vec<Procedure>,
    /// A fine of so many yuan or more.
    #[serde(default)]
    fine_from_yuan: Option<i64>,
}

/// The rules of repair, each set with the day it holds from.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RepairRules {
    rules: Vec<Rules>,
}

/// What is wrong with rules of repair.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadRepairRules {
    /// Not TOML, or not of this shape.
    #[error("{0}")]
    Shape(String),
    /// Graver penalties are published for a shorter time.
    #[error("{0}: graver penalties must not have a shorter time")]
    UpsideDown(String),
}

impl RepairRules {
    /// Reads rules from TOML (`[[rules]]`).
    pub fn parse(text: &str) -> Result<Self, BadRepairRules> {
        let mut all: Self = toml::from_str(text).map_err(|e| BadRepairRules::Shape(e.to_string()))?;
        all.rules.sort_by_key(|rules| rules.valid_from);
        let upside_down =
            |it: &&Rules| it.minor.months > it.general.months || it.general.months > it.serious.months;
        match all.rules.iter().find(upside_down) {
            Some(rules) => Err(BadRepairRules::UpsideDown(rules.id.clone())),
            None => Ok(all),
        }
    }

    /// Every condition of a repair of this record, seen on a day.
    #[must_use]
    pub fn check(&self, version: &Version, promises: Promises, today: Date) -> Vec<CheckedCondition> {
        let rules = self.rules.iter().rev().find(|rules| rules.valid_from <= today);
        // The rules are about penalties; lists and measures have their own.
        let rules = rules.filter(|_| version.kind == RecordKind::Penalty);
        let plain =
            |condition, met| CheckedCondition { condition, met, from: None, severity: None, rules: None };
        let period = match rules {
            None => plain(RepairCondition::MinimumPeriod, Met::CannotTell),
            Some(rules) => {
                let (severity, months) = rules.severity(version);
                let from = months_after(version.details.decided_on, months);
                CheckedCondition {
                    condition: RepairCondition::MinimumPeriod,
                    met: if from <= today { Met::Yes } else { Met::No },
                    from: Some(from),
                    severity: Some(severity),
                    rules: Some(rules.id.clone()),
                }
            }
        };
        let duties = if promises.duties_fulfilled { Met::CannotTell } else { Met::No };
        let commitment = if promises.commitment { Met::Yes } else { Met::No };
        vec![
            period,
            plain(RepairCondition::DutiesFulfilled, duties),
            plain(RepairCondition::Commitment, commitment),
        ]
    }
}

impl Rules {
    /// How grave a penalty is, and for how many months it is published at least: as its authority holds it to be, or else by
    /// the gravest part of it.
    fn severity(&self, version: &Version) -> (Severity, u32) {
        let severity = version.details.further.severity.unwrap_or_else(|| self.by_sanctions(version));
        let grade = match severity {
            Severity::Minor => &self.minor,
            Severity::General => &self.general,
            Severity::Serious => &self.serious,
        };
        (severity, grade.months)
    }

    fn by_sanctions(&self, version: &Version) -> Severity {
        let details = &version.details;
        let within = |grade: &Grade, sanction| grade.sanctions.contains(sanction);
        let large = self.serious.fine_from_yuan.zip(details.fine);
        let large = large.is_some_and(|(yuan, fine)| fine >= Fen(yuan.saturating_mul(100)));
        if self.minor.procedures.contains(&details.procedure) {
            Severity::Minor
        } else if large || details.sanctions.iter().any(|sanction| within(&self.serious, sanction)) {
            Severity::Serious
        } else if !details.sanctions.is_empty()
            && details.sanctions.iter().all(|sanction| within(&self.minor, sanction))
        {
            Severity::Minor
        } else {
            Severity::General
        }
    }
}
