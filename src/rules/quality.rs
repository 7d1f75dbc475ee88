//! How good an authority's data are: how fresh, how late, how often wrong. Figures, and no judgement.

use serde::{Deserialize, Serialize};
use time::{Date, Duration};

use super::calendar::Calendar;
use super::coverage::Declaration;
use super::instant::Instant;

/// A decision is to be published within so many working days, and therefore to be here (the national rule for penalties).
pub const LATE_AFTER: u32 = 7;

/// Whether data still come in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Freshness {
    /// The last upload that succeeded.
    pub last_success_at: Instant,
    /// Everything decided up to this day has been sent.
    pub complete_through: Date,
    /// So many days ago.
    pub days_since_complete: i64,
    /// So many days after a decision it may still be on its way.
    pub declared_lag_days: u16,
    /// More days have passed than that: reports draw no conclusion for them.
    pub late: bool,
}

/// How fresh what an authority declared is on a day: late by the same rule by which reports leave days open (`gaps`).
#[must_use]
pub fn freshness(declared: &Declaration, today: Date) -> Freshness {
    let through = declared.complete_through.min(declared.received_at.local_day());
    let due = today.checked_sub(Duration::days(i64::from(declared.declared_lag_days))).unwrap_or(Date::MIN);
    Freshness {
        last_success_at: declared.last_success_at,
        complete_through: declared.complete_through,
        days_since_complete: (today - through).whole_days().max(0),
        declared_lag_days: declared.declared_lag_days,
        late: through < due,
    }
}

/// Decisions of one day that were received on one day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Received {
    /// Day of the decision.
    pub decided_on: Date,
    /// Day of the receipt.
    pub received_on: Date,
    /// How many.
    pub count: u64,
}

/// The working days between decision and receipt, over many decisions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lags {
    /// Decisions received.
    pub received: u64,
    /// Half of them took so many working days or fewer.
    pub median: u32,
    /// Nine of ten took so many or fewer.
    pub p90: u32,
    /// The slowest took so many.
    pub max: u32,
    /// Those that took more than [`LATE_AFTER`].
    pub late: u64,
    /// They run through a year whose holidays nobody has entered: of it only weekends were left out.
    pub calendar_unknown: bool,
}

/// How long decisions took to arrive.
#[must_use]
pub fn lags(calendar: &Calendar, received: &[Received]) -> Lags {
    let mut days: Vec<(u32, u64)> = received
        .iter()
        .map(|one| (calendar.working_days_between(one.decided_on, one.received_on), one.count))
        .collect();
    days.sort_unstable();
    let total: u64 = days.iter().map(|(_, count)| count).sum();
    // The smallest number of days within which a share of all arrived.
    let within = |percent: u64| {
        let wanted = total.saturating_mul(percent).div_ceil(100);
        let mut seen = 0;
        let reached = days.iter().find(|(_, count)| {
            seen += count;
            seen >= wanted
        });
        reached.map_or(0, |(days, _)| *days)
    };
    let years = |one: &Received| one.decided_on.year()..=one.received_on.year();
    Lags {
        received: total,
        median: within(50),
        p90: within(90),
        max: days.last().map_or(0, |(days, _)| *days),
        late: days.iter().filter(|(days, _)| *days > LATE_AFTER).map(|(_, count)| count).sum(),
        calendar_unknown: received.iter().flat_map(years).any(|year| !calendar.knows(year)),
    }
}

/// A share from 0 to 1; `None` of nothing.
#[must_use]
pub fn share(part: u64, whole: u64) -> Option<f64> {
    // Counts of records stay far below 2^52, where the two are exact.
    let exact = |count: u64| u32::try_from(count).map_or(f64::from(u32::MAX), f64::from);
    (whole > 0).then(|| exact(part) / exact(whole))
}
