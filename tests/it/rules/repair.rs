//! The conditions of a repair, as far as the data tell.

use mingzheng::rules::{
    BadRepairRules, Fen, Met, Procedure, Promises, RecordKind, RepairCondition, RepairRules, Sanction,
    Severity, Version, months_after,
};

use super::house::{day, fine};

fn rules() -> RepairRules {
    RepairRules::parse(include_str!("../../../data/repair-rules.toml")).unwrap()
}

/// A penalty decided on 2026-04-30.
fn decided() -> Version {
    let mut version = fine();
    version.details.decided_on = day("2026-04-30");
    version.details.sanctions = vec![Sanction::Fine];
    version.details.procedure = Procedure::Ordinary;
    version
}

const PROMISED: Promises = Promises { duties_fulfilled: true, commitment: true };

/// Whether the shortest time has passed, from when on, and how grave the penalty is taken to be.
fn period(version: &Version, today: &str) -> (Met, Option<String>, Option<Severity>) {
    let all = rules().check(version, PROMISED, day(today));
    let it = all.iter().find(|it| it.condition == RepairCondition::MinimumPeriod).unwrap();
    (it.met, it.from.map(|day| day.to_string()), it.severity)
}

#[test]
fn the_shortest_time_depends_on_how_grave_the_penalty_is() {
    let with = |change: fn(&mut Version)| {
        let mut version = decided();
        change(&mut version);
        version
    };
    let general = with(|_| {});
    let minor = with(|it| it.details.sanctions = vec![Sanction::Warning, Sanction::Criticism]);
    let on_the_spot = with(|it| it.details.procedure = Procedure::Summary);
    let serious = with(|it| it.details.sanctions = vec![Sanction::Fine, Sanction::RevokePermit]);
    let mixed = with(|it| it.details.sanctions = vec![Sanction::Warning, Sanction::Fine]);
    let untold = with(|it| it.details.sanctions.clear());
    let by_word = with(|it| it.details.further.severity = Some(Severity::Serious));
    let cases = [
        (&general, "2026-07-29", Met::No, "2026-07-30", Severity::General),
        (&general, "2026-07-30", Met::Yes, "2026-07-30", Severity::General),
        (&minor, "2026-04-30", Met::Yes, "2026-04-30", Severity::Minor),
        (&on_the_spot, "2026-05-01", Met::Yes, "2026-04-30", Severity::Minor),
        (&serious, "2027-04-29", Met::No, "2027-04-30", Severity::Serious),
        (&serious, "2027-04-30", Met::Yes, "2027-04-30", Severity::Serious),
        (&mixed, "2026-06-01", Met::No, "2026-07-30", Severity::General),
        (&untold, "2026-06-01", Met::No, "2026-07-30", Severity::General),
        (&by_word, "2026-08-01", Met::No, "2027-04-30", Severity::Serious),
    ];
    for (version, today, met, from, severity) in cases {
        assert_eq!(
            period(version, today),
            (met, Some(from.to_owned()), Some(severity)),
            "{today} {severity}"
        );
    }
}

#[test]
fn what_the_data_cannot_tell_is_left_to_the_authority() {
    let list = Version { kind: RecordKind::DishonestyList, ..decided() };
    assert_eq!(period(&list, "2027-04-30"), (Met::CannotTell, None, None), "lists have rules of their own");
    assert_eq!(period(&decided(), "2026-03-31").0, Met::CannotTell, "order 58 is not written down");
    let check = |promises| {
        let all = rules().check(&decided(), promises, day("2026-12-01"));
        all.iter().map(|it| it.met).collect::<Vec<_>>()
    };
    assert_eq!(check(PROMISED), [Met::Yes, Met::CannotTell, Met::Yes]);
    assert_eq!(check(Promises::default()), [Met::Yes, Met::No, Met::No]);
}

#[test]
fn a_place_may_say_what_a_huge_fine_is() {
    let text = include_str!("../../../data/repair-rules.toml");
    let place =
        RepairRules::parse(&text.replace("months = 12", "months = 12\nfine_from_yuan = 100000")).unwrap();
    let severity = |yuan: i64| {
        let mut version = decided();
        version.details.fine = Some(Fen(yuan * 100));
        place.check(&version, PROMISED, day("2026-12-01"))[0].severity
    };
    assert_eq!((severity(99_999), severity(100_000)), (Some(Severity::General), Some(Severity::Serious)));
}

#[test]
fn rules_that_contradict_themselves_are_refused() {
    let text = include_str!("../../../data/repair-rules.toml");
    let upside_down = RepairRules::parse(&text.replace("months = 12", "months = 1"));
    assert!(matches!(upside_down, Err(BadRepairRules::UpsideDown(id)) if id == "ndrc-order-36"));
    for odd in ["", "rules = 1", "[[rules]]\nid = 1"] {
        assert!(matches!(RepairRules::parse(odd), Err(BadRepairRules::Shape(_))), "{odd}");
    }
}

#[test]
fn months_later_is_the_same_day_or_the_last_of_a_shorter_month() {
    let cases =
        [("2026-01-31", 1, "2026-02-28"), ("2024-01-31", 1, "2024-02-29"), ("2026-11-30", 3, "2027-02-28")];
    for (from, months, to) in cases {
        assert_eq!(months_after(day(from), months), day(to), "{from} {months}");
    }
    assert_eq!(months_after(day("2026-05-05"), 0), day("2026-05-05"));
    assert_eq!(months_after(time::Date::MAX, u32::MAX), time::Date::MAX);
}
