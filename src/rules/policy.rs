//! Which records count: versioned policies, never code.

use serde::{Deserialize, Serialize};
use time::Date;

use super::catalogue::DomainId;
use super::record::{Details, Procedure, RecordKind, Sanction};

/// What a report does with a repaired record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RepairRule {
    /// It is shown and marked.
    Mark,
    /// It is not shown and not counted.
    Hide,
}

/// A repair rule and the first day of issue it holds for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RepairFrom {
    /// First day of issue.
    pub from: Date,
    /// The rule.
    pub rule: RepairRule,
}

/// Which kinds of record count.
#[expect(clippy::struct_excessive_bools, reason = "one switch for each column of the published policies")]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Counts {
    /// Penalties by ordinary procedure, and those whose procedure is unknown.
    pub ordinary: bool,
    /// Penalties by summary procedure.
    pub summary: bool,
    /// Penalties that consist of nothing but a warning or public criticism.
    pub warnings_only: bool,
    /// Lists of seriously dishonest subjects.
    pub dishonesty_list: bool,
    /// Lists of abnormal operation.
    pub abnormal_list: bool,
    /// Compulsory measures.
    pub compulsory_measure: bool,
    /// Criminal judgments.
    pub criminal: bool,
    /// Court enforcement: dishonest judgment debtors.
    pub court_enforcement: bool,
    /// Where dishonesty lists count in some domains only: those.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dishonesty_domains: Option<Vec<DomainId>>,
}

/// An inclusion policy. Every report prints its id, version and words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Policy {
    /// Its name, such as `ndrc-2025`.
    pub id: String,
    /// Its version.
    pub version: String,
    /// What it includes and leaves out, in Chinese.
    pub zh: String,
    /// The same in English.
    pub en: String,
    /// The longest period, in years back from today.
    pub longest_years: u16,
    /// What counts.
    pub counts: Counts,
    /// Repair rules by day of issue, in order.
    pub repaired: Vec<RepairFrom>,
}

/// What is wrong with a policy.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadPolicy {
    /// Not TOML, or not of this shape.
    #[error("{0}")]
    Shape(String),
    /// The repair rules are missing or out of order.
    #[error("the repair rules must be at least one, in order of their days")]
    Repaired,
}

impl Policy {
    /// Reads a policy from TOML.
    pub fn parse(text: &str) -> Result<Self, BadPolicy> {
        let policy: Self = toml::from_str(text).map_err(|e| BadPolicy::Shape(e.to_string()))?;
        let ordered = policy.repaired.windows(2).all(|pair| pair[0].from < pair[1].from);
        if policy.repaired.is_empty() || !ordered { Err(BadPolicy::Repaired) } else { Ok(policy) }
    }

    /// The repair rule for reports issued on a day; the first rule also holds before its day.
    #[must_use]
    pub fn repair_rule(&self, issued_on: Date) -> RepairRule {
        let begun = self.repaired.iter().rev().find(|rule| rule.from <= issued_on);
        begun.or(self.repaired.first()).map_or(RepairRule::Mark, |rule| rule.rule)
    }

    /// Whether a record counts. What a policy does not name for certain is included: a penalty of unknown procedure
    /// counts wherever ordinary ones do.
    #[must_use]
    pub fn includes(&self, domain: &DomainId, kind: RecordKind, details: &Details) -> bool {
        let counts = &self.counts;
        match kind {
            RecordKind::Penalty => {
                let warning = |s: &Sanction| matches!(s, Sanction::Warning | Sanction::Criticism);
                let only_warnings = !details.sanctions.is_empty() && details.sanctions.iter().all(warning);
                let by_procedure = match details.procedure {
                    Procedure::Summary => counts.summary,
                    Procedure::Ordinary | Procedure::Unknown => counts.ordinary,
                };
                by_procedure && (counts.warnings_only || !only_warnings)
            }
            RecordKind::CompulsoryMeasure => counts.compulsory_measure,
            RecordKind::DishonestyList => {
                let listed = |domains: &Vec<DomainId>| domains.contains(domain);
                counts.dishonesty_list && counts.dishonesty_domains.as_ref().is_none_or(listed)
            }
            RecordKind::AbnormalList => counts.abnormal_list,
            RecordKind::Criminal => counts.criminal,
            RecordKind::CourtEnforcement => counts.court_enforcement,
        }
    }
}
