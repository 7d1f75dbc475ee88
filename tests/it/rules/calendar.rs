//! Working days with holidays and weekends made up for.

use mingzheng::rules::{BadCalendar, Calendar};
use proptest::prelude::*;
use time::{Date, Duration};

use super::house::day;

/// The spring of a year as it might be announced: nine days off, two weekends worked.
const SPRING: &str = r#"
[[year]]
year = 2026
holidays = ["2026-02-16", "2026-02-17", "2026-02-18", "2026-02-19", "2026-02-20", "2026-02-23"]
worked = ["2026-02-14", "2026-02-28"]
"#;

fn spring() -> Calendar {
    Calendar::parse(SPRING).unwrap()
}

#[test]
fn holidays_are_free_and_made_up_weekends_are_worked() {
    let cases = [
        ("2026-02-13", true),
        ("2026-02-14", true),
        ("2026-02-15", false),
        ("2026-02-16", false),
        ("2026-02-21", false),
        ("2026-02-23", false),
        ("2026-02-24", true),
        ("2026-02-28", true),
        ("2026-03-01", false),
    ];
    for (text, works) in cases {
        assert_eq!(spring().is_working_day(day(text)), works, "{text}");
    }
}

#[test]
fn working_days_are_counted_from_the_day_after() {
    assert_eq!(spring().add_working_days(day("2026-02-13"), 1), day("2026-02-14"));
    assert_eq!(spring().add_working_days(day("2026-02-13"), 2), day("2026-02-24"));
    assert_eq!(spring().add_working_days(day("2026-02-15"), 5), day("2026-02-28"));
    assert_eq!(spring().add_working_days(day("2026-02-16"), 0), day("2026-02-16"));
    assert_eq!(spring().working_days_between(day("2026-02-13"), day("2026-02-24")), 2);
    assert_eq!(spring().working_days_between(day("2026-02-24"), day("2026-02-24")), 0);
    assert_eq!(spring().working_days_between(day("2026-02-24"), day("2026-02-13")), 0);
}

#[test]
fn of_other_years_only_weekends_are_known() {
    assert!(spring().knows(2026));
    assert!(!spring().knows(2027));
    assert!(spring().is_working_day(day("2027-01-01")), "a Friday, and nobody has said otherwise");
    assert!(!spring().is_working_day(day("2027-01-02")));
}

#[test]
fn the_end_of_all_days_is_no_trap() {
    assert_eq!(spring().add_working_days(Date::MAX, 5), Date::MAX);
    assert_eq!(spring().working_days_between(Date::MAX, Date::MAX), 0);
}

#[test]
fn a_contradictory_calendar_is_refused() {
    let year = |year: i32, holidays: &str, worked: &str| {
        format!("[[year]]\nyear = {year}\nholidays = [{holidays}]\nworked = [{worked}]\n")
    };
    let elsewhere = year(2026, "\"2027-01-01\"", "");
    assert_eq!(Calendar::parse(&elsewhere), Err(BadCalendar::Year(day("2027-01-01"), 2026)));
    let both = year(2026, "\"2026-01-01\"", "\"2026-01-01\"");
    assert_eq!(Calendar::parse(&both), Err(BadCalendar::Both(day("2026-01-01"))));
    let apart = year(2026, "\"2026-01-01\"", "") + &year(2026, "", "\"2026-01-01\"");
    assert_eq!(Calendar::parse(&apart), Err(BadCalendar::Both(day("2026-01-01"))));
}

#[test]
fn a_calendar_that_cannot_be_read_says_so() {
    for text in [
        "",
        "year = 2026",
        "[[year]]\nyear = 2026",
        "[[year]]\nyear = 2026\nholidays = [\"2026-02-30\"]\nworked = []",
    ] {
        assert!(matches!(Calendar::parse(text), Err(BadCalendar::Shape(_))), "{text}");
    }
}

proptest! {
    #[test]
    fn counting_undoes_adding(start in 0_i64..500, count in 0_u32..200) {
        let (calendar, from) = (spring(), day("2025-10-01") + Duration::days(start));
        let to = calendar.add_working_days(from, count);
        prop_assert_eq!(calendar.working_days_between(from, to), count);
        prop_assert!(count == 0 || calendar.is_working_day(to));
    }

    #[test]
    fn adding_undoes_counting_on_working_days(start in 0_i64..500, length in 0_i64..300) {
        let (calendar, from) = (spring(), day("2025-10-01") + Duration::days(start));
        let to = from + Duration::days(length);
        let counted = calendar.working_days_between(from, to);
        let back = calendar.add_working_days(from, counted);
        prop_assert!(back <= to);
        prop_assert!(!calendar.is_working_day(to) || back == to);
    }

    #[test]
    fn adding_in_two_steps_is_adding_at_once(start in 0_i64..500, one in 0_u32..60, two in 0_u32..60) {
        let (calendar, from) = (spring(), day("2025-10-01") + Duration::days(start));
        let stepwise = calendar.add_working_days(calendar.add_working_days(from, one), two);
        prop_assert_eq!(stepwise, calendar.add_working_days(from, one + two));
    }

    #[test]
    fn no_text_makes_the_reading_of_calendars_panic(text in "\\PC{0,60}") {
        let _ = Calendar::parse(&text);
    }
}
