//! Days, periods and instants.

use mingzheng::rules::{BadPeriod, Instant, Period, months_before, parse_day, years_before};
use proptest::prelude::*;
use time::{Date, Duration, Month};

use super::house::{at, day, period};

#[test]
fn days_are_read_in_every_way_the_standard_allows() {
    let expected = Date::from_calendar_date(2024, Month::March, 1).unwrap();
    for text in ["2024-03-01", "2024-3-1", "2024/03/01", "2024/3/1", "2024.03.01", "2024.3.1", "20240301"] {
        assert_eq!(parse_day(text), Some(expected), "{text}");
    }
    assert_eq!(parse_day("2099-12-31").map(Date::year), Some(2099));
}

#[test]
fn days_that_do_not_exist_are_not_read() {
    let wrong = [
        "",
        "2023-02-29",
        "2024-02-30",
        "2024-13-01",
        "2024-00-01",
        "2024-01-00",
        "20230229",
        "2024-3",
        "2024",
        "2024-03/01",
        "2024-03-01-",
        "24-03-01",
        "1899-12-31",
        "+2024-03-01",
        "2024-003-01",
        "02024-03-01",
        "2024-03-01T00:00",
        "２０２４-03-01",
        "2024年3月1日",
        "45352",
        "03/01/2024",
        "2024030",
        "99999999",
    ];
    for text in wrong {
        assert_eq!(parse_day(text), None, "{text}");
    }
    assert_eq!(parse_day("2024-02-29"), Some(day("20240229")));
}

#[test]
fn a_leap_day_some_years_earlier_is_the_last_of_february() {
    assert_eq!(years_before(day("2024-02-29"), 5), day("2019-02-28"));
    assert_eq!(years_before(day("2024-02-29"), 4), day("2020-02-29"));
    assert_eq!(years_before(day("2025-02-28"), 1), day("2024-02-28"));
}

#[test]
fn months_earlier_never_leave_the_month() {
    assert_eq!(months_before(day("2024-03-31"), 1), day("2024-02-29"));
    assert_eq!(months_before(day("2024-01-15"), 1), day("2023-12-15"));
    assert_eq!(months_before(day("2024-01-15"), 0), day("2024-01-15"));
    assert_eq!(months_before(day("2024-01-15"), u32::MAX), Date::MIN);
}

#[test]
fn a_period_is_neither_upside_down_nor_in_the_future_nor_too_long() {
    let asked = |from, to| Period::asked(day(from), day(to), day("2026-11-22"), 5);

    assert_eq!(asked("2021-11-22", "2026-11-22"), Ok(period("2021-11-22", "2026-11-22")));
    assert_eq!(asked("2026-11-22", "2026-11-22"), Ok(period("2026-11-22", "2026-11-22")));
    assert_eq!(
        asked("2026-11-22", "2026-11-21"),
        Err(BadPeriod::UpsideDown(day("2026-11-22"), day("2026-11-21")))
    );
    assert_eq!(
        asked("2026-01-01", "2026-11-23"),
        Err(BadPeriod::Future(day("2026-11-23"), day("2026-11-22")))
    );
    assert_eq!(
        asked("2021-11-21", "2022-01-01"),
        Err(BadPeriod::TooLong(day("2021-11-21"), day("2021-11-22")))
    );
}

#[test]
fn on_a_leap_day_five_years_back_begin_on_28_february() {
    let asked = |from| Period::asked(day(from), day("2024-02-29"), day("2024-02-29"), 5);

    assert!(asked("2019-02-28").is_ok());
    assert_eq!(asked("2019-02-27"), Err(BadPeriod::TooLong(day("2019-02-27"), day("2019-02-28"))));
}

#[test]
fn a_refused_period_says_what_to_do() {
    let refused = Period::asked(day("2024-12-31"), day("2024-01-01"), day("2026-11-22"), 5).unwrap_err();

    assert_eq!(
        refused.to_string(),
        "the period begins on 2024-12-31 and ends before that, on 2024-01-01: exchange the two days"
    );
}

#[test]
fn periods_have_a_length_and_a_common_part() {
    let year = period("2024-01-01", "2024-12-31");

    assert_eq!(year.days(), 366);
    assert_eq!(period("2024-03-01", "2024-03-01").days(), 1);
    assert_eq!(
        year.intersection(&period("2024-12-31", "2025-05-01")),
        Some(period("2024-12-31", "2024-12-31"))
    );
    assert_eq!(year.intersection(&period("2025-01-01", "2025-05-01")), None);
    assert_eq!(year.to_string(), "2024-01-01/2024-12-31");
}

#[test]
fn instants_are_written_in_utc_with_milliseconds_only_where_there_are_any() {
    assert_eq!(at("2024-03-20T09:00:00+08:00").to_string(), "2024-03-20T01:00:00Z");
    assert_eq!(at("2024-03-20T09:00:00.120+08:00").to_string(), "2024-03-20T01:00:00.120Z");
    assert_eq!(at("2024-03-20T01:00:00.9999Z").to_string(), "2024-03-20T01:00:00.999Z");
    assert_eq!(at("2024-03-20T01:00:00.5Z").whole_second(), at("2024-03-20T01:00:00Z"));
    assert_eq!(format!("{:?}", at("2024-03-20T01:00:00Z")), "2024-03-20T01:00:00Z");
}

#[test]
fn what_is_no_instant_is_refused() {
    for text in
        ["", "2024-03-20", "2024-03-20T09:00:00", "2024-02-30T09:00:00Z", "0000-01-01T00:00:00Z", "昨天"]
    {
        assert!(text.parse::<Instant>().is_err(), "{text}");
    }
}

#[test]
fn the_day_turns_at_midnight_in_shanghai() {
    assert_eq!(at("2024-03-19T15:59:59.999Z").local_day(), day("2024-03-19"));
    assert_eq!(at("2024-03-19T16:00:00Z").local_day(), day("2024-03-20"));
    assert_eq!(Instant::start_of(day("2024-03-20")), at("2024-03-19T16:00:00Z"));
    assert_eq!(Instant::end_of(day("2024-03-20")), at("2024-03-20T15:59:59.999Z"));
}

proptest! {
    #[test]
    fn an_instant_reads_back_as_printed(millis in -62_135_596_800_000_i64..=253_402_300_799_999) {
        let instant = Instant::from_millis(millis);
        prop_assert_eq!(instant.millis(), millis);
        prop_assert_eq!(instant.to_string().parse(), Ok(instant));
        prop_assert_eq!(Instant::from(instant.utc()), instant);
        prop_assert_eq!(serde_json::from_str::<Instant>(&serde_json::to_string(&instant).unwrap()).unwrap(), instant);
    }

    #[test]
    fn any_number_of_milliseconds_is_some_instant(millis: i64) {
        let instant = Instant::from_millis(millis);
        prop_assert_eq!(instant.to_string().parse(), Ok(instant));
        let _ = (instant.local(), instant.local_day(), instant.whole_second());
    }

    #[test]
    fn an_instant_lies_within_its_local_day(millis in 0_i64..4_000_000_000_000) {
        let instant = Instant::from_millis(millis);
        let day = instant.local_day();
        prop_assert!(Instant::start_of(day) <= instant && instant <= Instant::end_of(day));
        prop_assert_eq!(Instant::end_of(day).millis() + 1, Instant::start_of(day + Duration::DAY).millis());
    }

    #[test]
    fn a_day_reads_back_as_printed(julian in 2_415_021_i32..5_373_484) {
        let date = Date::from_julian_day(julian).unwrap();
        let (year, month, day) = date.to_calendar_date();
        for mark in ["-", "/", "."] {
            prop_assert_eq!(parse_day(&format!("{year}{mark}{}{mark}{day}", u8::from(month))), Some(date));
        }
        prop_assert_eq!(parse_day(&format!("{year:04}{:02}{day:02}", u8::from(month))), Some(date));
    }

    #[test]
    fn no_text_makes_the_reading_of_days_panic(text in "\\PC{0,20}", alike in "[0-9./年-]{0,12}") {
        let _ = (parse_day(&text), parse_day(&alike));
        let _ = (text.parse::<Instant>(), format!("{alike}T00:00:00Z").parse::<Instant>());
    }

    #[test]
    fn months_earlier_are_earlier_and_never_skip(julian in 2_415_021_i32..2_488_070, months in 0_u32..600) {
        let date = Date::from_julian_day(julian).unwrap();
        let earlier = months_before(date, months);
        prop_assert!(earlier <= date);
        let apart = |d: Date| d.year() * 12 + i32::from(u8::from(d.month()));
        prop_assert_eq!(apart(date) - apart(earlier), i32::try_from(months).unwrap());
        prop_assert!(earlier.day() == date.day() || earlier.next_day().unwrap().day() == 1);
    }

    #[test]
    fn what_may_be_asked_is_within_bounds(from in 0_i64..4_000, length in -100_i64..4_000) {
        let (first, today) = (day("2018-01-01"), day("2026-11-22"));
        let (from, to) = (first + Duration::days(from), first + Duration::days(from + length));
        let allowed = from <= to && to <= today && from >= day("2021-11-22");
        prop_assert_eq!(Period::asked(from, to, today, 5).is_ok(), allowed);
    }
}
