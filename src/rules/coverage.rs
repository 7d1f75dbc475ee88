//! What the authorities have declared complete, and what that leaves open.

use serde::{Deserialize, Serialize};
use time::{Date, Duration};

use super::catalogue::DomainId;
use super::credit_code::CreditCode;
use super::instant::Instant;
use super::period::Period;
use super::words::words;

/// A regulator (数源单位): it uploads for itself and its organs, on its domains only.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Authority {
    /// Its unified social credit code.
    pub code: CreditCode,
    /// Its Chinese name.
    pub zh: String,
    /// Its English name.
    pub en: String,
    /// Where to ask, such as a telephone number of the office.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contact: Option<String>,
    /// The domains it answers for.
    pub domains: Vec<DomainId>,
    /// Organs it may also send for, beside itself.
    #[serde(default)]
    pub organs: Vec<CreditCode>,
}

impl Authority {
    /// Whether it may send decisions of this organ.
    #[must_use]
    pub fn speaks_for(&self, organ: CreditCode) -> bool {
        self.code == organ || self.organs.contains(&organ)
    }
}

/// What an authority declares about one domain. Declarations are versioned as records are: the newest one received by
/// an instant is the one that held then.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Declaration {
    /// The authority.
    pub authority: CreditCode,
    /// The domain.
    pub domain: DomainId,
    /// Every decision from this day on has been loaded.
    pub data_from: Date,
    /// Every decision up to this day has been uploaded.
    pub complete_through: Date,
    /// So many days after a decision it may still be on its way.
    pub declared_lag_days: u16,
    /// The last upload that succeeded, of records or of nothing to report.
    pub last_success_at: Instant,
    /// The last upload declared that there was nothing to report.
    pub nothing_to_report: bool,
    /// When the platform stored the declaration.
    pub received_at: Instant,
}

words! {
    /// Why no conclusion can be drawn for some days.
    GapReason {
        /// No authority is assigned to the domain.
        NoAuthority = "no-authority",
        /// An authority has declared nothing.
        NotDeclared = "not-declared",
        /// The days lie before the data of an authority begin.
        BeforeData = "before-data",
        /// The days lie after what an authority has declared complete.
        LateFeed = "late-feed",
        /// A record that names nobody for certain may belong to the subject.
        UnconfirmedCandidate = "unconfirmed-candidate",
    }
}

/// Days for which no conclusion can be drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Gap {
    /// First day.
    pub from: Date,
    /// Last day.
    pub to: Date,
    /// Why.
    pub reason: GapReason,
}

/// The days of `period` that one authority's declaration leaves open, seen on `today`:
/// complete from `data_from` through the earlier of the period's end and today less the declared lag.
#[must_use]
pub fn gaps(period: Period, today: Date, declaration: Option<&Declaration>) -> Vec<Gap> {
    let Some(declared) = declaration else {
        return vec![Gap { from: period.from, to: period.to, reason: GapReason::NotDeclared }];
    };
    let mut gaps = Vec::new();
    if period.from < declared.data_from {
        let last = declared.data_from.previous_day().unwrap_or(Date::MIN);
        gaps.push(Gap { from: period.from, to: last.min(period.to), reason: GapReason::BeforeData });
    }
    let lag = Duration::days(i64::from(declared.declared_lag_days));
    let due = today.checked_sub(lag).unwrap_or(Date::MIN);
    // Nobody can have sent on a day what was decided after it.
    let through = declared.complete_through.min(declared.received_at.local_day());
    if through < period.to.min(due) {
        let first = through.next_day().unwrap_or(Date::MAX);
        gaps.push(Gap { from: first.max(period.from), to: period.to, reason: GapReason::LateFeed });
    }
    gaps
}
