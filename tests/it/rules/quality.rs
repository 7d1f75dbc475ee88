//! How fresh and how late data are.

use mingzheng::rules::{Calendar, Declaration, GapReason, Period, Received, freshness, gaps, lags, share};
use proptest::prelude::*;
use time::{Date, Duration};

use super::house::{at, complete, day, market, market_bureau};

fn calendar() -> Calendar {
    Calendar::parse(include_str!("../../../data/calendar.toml")).unwrap()
}

fn received(decided: &str, received: &str, count: u64) -> Received {
    Received { decided_on: day(decided), received_on: day(received), count }
}

fn declared(through: &str, lag: u16) -> Declaration {
    Declaration {
        complete_through: day(through),
        declared_lag_days: lag,
        received_at: at("2026-11-22T02:00:00Z"),
        ..complete(&market_bureau(), market())
    }
}

#[test]
fn lag_is_counted_in_working_days_over_the_national_day_week() {
    // 30 September to 8 October is one working day; to Saturday 10 October, which is worked, three.
    let all = [
        received("2026-09-30", "2026-10-08", 5),
        received("2026-09-30", "2026-10-10", 4),
        received("2026-09-29", "2026-10-14", 1),
    ];
    let lag = lags(&calendar(), &all);
    assert_eq!((lag.received, lag.median, lag.p90, lag.max), (10, 1, 3, 7));
    assert_eq!((lag.late, lag.calendar_unknown), (0, false));
    let late = lags(&calendar(), &[received("2026-09-29", "2026-10-15", 3), all[0]]);
    assert_eq!((late.max, late.late), (8, 3));
    assert!(lags(&calendar(), &[received("2026-12-30", "2027-01-05", 1)]).calendar_unknown);
}

#[test]
fn of_nothing_there_is_no_lag_and_no_share() {
    let lag = lags(&calendar(), &[]);
    assert_eq!((lag.received, lag.median, lag.p90, lag.max, lag.late), (0, 0, 0, 0, 0));
    assert_eq!((share(0, 0), share(1, 4)), (None, Some(0.25)));
}

#[test]
fn a_feed_is_late_on_the_day_after_its_declared_delay() {
    let cases = [("2026-11-30", 8, false), ("2026-12-01", 9, false), ("2026-12-02", 10, true)];
    for (today, days, late) in cases {
        let fresh = freshness(&declared("2026-11-22", 9), day(today));
        assert_eq!((fresh.days_since_complete, fresh.late), (days, late), "{today}");
    }
    // Nobody can have sent on a day what was decided after it.
    assert!(freshness(&declared("2099-01-01", 0), day("2026-11-23")).late);
}

proptest! {
    #[test]
    fn a_feed_is_late_when_a_report_leaves_its_last_days_open(
        behind in 0_i64..60, lag in 0_u16..40, later in 0_i64..60,
    ) {
        let today = day("2026-11-22") + Duration::days(later);
        let through = day("2026-11-22") - Duration::days(behind);
        let declared = Declaration { complete_through: through, ..declared("2026-11-22", lag) };
        let period = Period { from: day("2026-01-01"), to: today };
        let left_open = gaps(period, today, Some(&declared)).iter().any(|gap| gap.reason == GapReason::LateFeed);
        prop_assert_eq!(freshness(&declared, today).late, left_open);
    }

    #[test]
    fn the_middle_is_never_above_the_top(pairs in prop::collection::vec((0_i64..400, 0_i64..60, 1_u64..50), 0..30)) {
        let date = |days: i64| -> Date { day("2025-01-01") + Duration::days(days) };
        let all: Vec<Received> = pairs
            .iter()
            .map(|(from, took, count)| Received { decided_on: date(*from), received_on: date(from + took), count: *count })
            .collect();
        let lag = lags(&calendar(), &all);
        prop_assert!(lag.median <= lag.p90 && lag.p90 <= lag.max);
        prop_assert!(lag.late <= lag.received);
        prop_assert_eq!(lag.received, pairs.iter().map(|(_, _, count)| count).sum::<u64>());
        prop_assert_eq!(lag.late > 0, lag.max > 7);
    }
}
