//! Cases: the table of steps, who takes them, and when each part is due over holidays and made-up weekends.

use mingzheng::rules::{
    Calendar, CaseKind, CaseState, CaseStep, Due, Outcome, Party, Progress, Reminder, WrongStep, due,
};
use proptest::prelude::*;
use proptest::sample::select;
use time::Duration;

use super::house::{at, day};

fn calendar() -> Calendar {
    Calendar::parse(include_str!("../../../data/calendar.toml")).unwrap()
}

/// Every case there can be: all that the table leads to, each with the steps that lead there.
fn reachable() -> Vec<(Progress, Vec<CaseStep>)> {
    let mut found: Vec<(Progress, Vec<CaseStep>)> =
        CaseKind::ALL.iter().map(|kind| (Progress::begun(*kind), Vec::new())).collect();
    let mut next = 0;
    while let Some((progress, steps)) = found.get(next).cloned() {
        next += 1;
        for step in CaseStep::ALL {
            if let Ok(after) = progress.after(*step)
                && !found.iter().any(|(known, _)| *known == after)
            {
                found.push((after, [&steps[..], &[*step]].concat()));
            }
        }
    }
    found
}

/// The table as the domain has it: kind, state, step, state after.
const TABLE: &str = "
objection submitted accept accepted
objection submitted take-back taken-back
objection accepted send with-authority
objection accepted take-back taken-back
objection with-authority extend with-authority
objection with-authority uphold-corrected upheld
objection with-authority uphold-withdrawn upheld
objection with-authority reject rejected
objection with-authority take-back taken-back
objection upheld close closed
objection rejected close closed
repair submitted accept accepted
repair submitted take-back taken-back
repair accepted send with-authority
repair accepted take-back taken-back
repair with-authority grant granted
repair with-authority grant-on-commitment granted-on-commitment
repair with-authority refuse refused
repair with-authority take-back taken-back
repair granted-on-commitment confirm confirmed
repair granted-on-commitment revoke revoked
annulment submitted annul annulled
annulment submitted reject rejected
annulment submitted take-back taken-back
";

#[test]
fn only_what_the_table_says_is_possible() {
    let mut lines: Vec<String> = Vec::new();
    for (progress, _) in reachable() {
        for step in CaseStep::ALL {
            match progress.after(*step) {
                Ok(after) => {
                    lines.push(format!("{} {} {step} {}", progress.kind, progress.state, after.state));
                }
                Err(WrongStep::NotFromHere { from, step: tried }) => {
                    assert_eq!((from, tried), (progress, *step));
                }
                Err(error) => {
                    assert_eq!(
                        (error, *step, progress.extended),
                        (WrongStep::ExtendedBefore, CaseStep::Extend, true)
                    );
                }
            }
        }
    }
    let mut table: Vec<String> = TABLE.trim().lines().map(str::to_owned).collect();
    lines.sort();
    lines.dedup();
    table.sort();
    assert_eq!(lines, table);
}

#[test]
fn a_case_ends_where_no_step_leads_further_and_then_the_record_has_its_outcome() {
    for (progress, _) in reachable() {
        let ended = matches!(
            progress.state,
            CaseState::Closed
                | CaseState::Granted
                | CaseState::Confirmed
                | CaseState::Revoked
                | CaseState::Refused
                | CaseState::Annulled
                | CaseState::TakenBack
        ) || (progress.kind, progress.state) == (CaseKind::Annulment, CaseState::Rejected);
        assert_eq!(progress.is_ended(), ended, "{progress:?}");
        assert!(!ended || progress.outcome.is_some(), "{progress:?}");
        let waits = due(&calendar(), &progress, at("2026-09-01T00:00:00Z"));
        assert!(!ended || waits.is_none(), "{progress:?}");
    }
}

#[test]
fn more_time_is_given_once_and_a_wrong_step_says_what_is_possible() {
    let (sent, _) = reachable()
        .into_iter()
        .find(|(it, _)| it.kind == CaseKind::Objection && it.state == CaseState::WithAuthority)
        .unwrap();
    let longer = sent.after(CaseStep::Extend).unwrap();
    assert_eq!(longer.after(CaseStep::Extend), Err(WrongStep::ExtendedBefore));
    let wrong = sent.after(CaseStep::Close).unwrap_err().to_string();
    assert!(wrong.contains("with-authority") && wrong.contains("uphold-corrected"), "{wrong}");
    let ended = Progress::begun(CaseKind::Annulment).after(CaseStep::TakeBack).unwrap();
    assert!(ended.after(CaseStep::Annul).unwrap_err().to_string().contains("nothing more"));
}

#[test]
fn each_step_is_for_those_whose_it_is() {
    for step in CaseStep::ALL.iter().copied() {
        for told_by in [Party::Applicant, Party::Authority] {
            let may: Vec<bool> = [Party::Applicant, Party::Authority, Party::Operator]
                .map(|party| step.may(party, told_by).is_ok())
                .into();
            let expected = match (step, told_by) {
                (CaseStep::Close, _) => [true, true, true],
                (CaseStep::TakeBack, Party::Applicant) => [true, false, true],
                _ => [false, true, true],
            };
            assert_eq!(may, expected, "{step} in a case of the {told_by}");
        }
    }
}

/// The progress after these steps.
fn after(kind: CaseKind, steps: &[CaseStep]) -> Progress {
    steps.iter().fold(Progress::begun(kind), |progress, step| progress.after(*step).unwrap())
}

#[test]
fn time_runs_over_the_national_day_week_and_its_made_up_working_days() {
    use CaseKind::{Annulment, Objection, Repair};
    use CaseStep::{Accept, Extend, GrantOnCommitment, Send};
    // 2026: 1 to 7 October are free, Sunday 20 September and Saturday 10 October are worked, 25 to 27 September are free.
    let cases: &[(CaseKind, &[CaseStep], &str, &str)] = &[
        (Objection, &[], "2026-09-30T10:00:00+08:00", "2026-10-08"),
        (Objection, &[], "2026-10-03T10:00:00+08:00", "2026-10-08"),
        (Objection, &[], "2026-10-09T23:59:59+08:00", "2026-10-10"),
        (Objection, &[], "2026-10-10T10:00:00+08:00", "2026-10-12"),
        (Objection, &[Accept], "2026-09-30T10:00:00+08:00", "2026-10-08"),
        (Objection, &[Accept, Send], "2026-09-29T10:00:00+08:00", "2026-10-12"),
        (Objection, &[Accept, Send, Extend], "2026-09-29T10:00:00+08:00", "2026-10-19"),
        (Objection, &[Accept, Send], "2026-09-18T16:30:00Z", "2026-09-24"),
        (Repair, &[Accept, Send], "2026-10-07T10:00:00+08:00", "2026-10-13"),
        (Repair, &[Accept, Send, GrantOnCommitment], "2026-09-30T10:00:00+08:00", "2026-11-03"),
        (Annulment, &[], "2026-09-30T10:00:00+08:00", "2026-10-10"),
        (Annulment, &[], "2026-09-18T10:00:00+08:00", "2026-09-22"),
        // 2025: 1 to 8 October are free, Sunday 28 September is worked.
        (Annulment, &[], "2025-09-26T10:00:00+08:00", "2025-09-30"),
        (Objection, &[Accept, Send], "2025-09-30T10:00:00+08:00", "2025-10-14"),
    ];
    for (kind, steps, from, to) in cases {
        let due = due(&calendar(), &after(*kind, steps), at(from)).unwrap();
        assert_eq!(due.at.local_day(), day(to), "{kind} {steps:?} from {from}");
        assert_eq!(due.at, mingzheng::rules::Instant::end_of(day(to)));
        assert!(due.calendar_known);
    }
}

#[test]
fn reminders_come_when_four_fifths_of_the_working_time_have_passed_and_when_it_is_over() {
    // 14 hours of Wednesday and 24 of the Thursday after the holidays: 80 % is 30 h 24 min.
    let due =
        due(&calendar(), &Progress::begun(CaseKind::Objection), at("2026-09-30T10:00:00+08:00")).unwrap();
    assert_eq!(due.near_at, at("2026-10-08T16:24:00+08:00"));
    let cases = [
        ("2026-10-08T16:23:59+08:00", None),
        ("2026-10-08T16:24:00+08:00", Some(Reminder::Near)),
        ("2026-10-08T23:59:59+08:00", Some(Reminder::Near)),
        ("2026-10-09T00:00:00+08:00", Some(Reminder::Overdue)),
    ];
    for (now, reminder) in cases {
        assert_eq!(due.reminder(at(now)), reminder, "{now}");
    }
    assert_eq!(due.next_reminder(None), Some(due.near_at));
    assert_eq!(due.next_reminder(Some(Reminder::Near)), Some(at("2026-10-09T00:00:00+08:00")));
    assert_eq!(due.next_reminder(Some(Reminder::Overdue)), None);
}

#[test]
fn a_year_without_holidays_in_the_calendar_is_told() {
    let sent = after(CaseKind::Objection, &[CaseStep::Accept, CaseStep::Send]);
    let over_new_year = due(&calendar(), &sent, at("2026-12-30T10:00:00+08:00")).unwrap();
    assert!(!over_new_year.calendar_known);
    assert_eq!(over_new_year.at.local_day(), day("2027-01-06"), "only weekends were left out");
    assert!(due(&calendar(), &sent, at("2026-12-01T10:00:00+08:00")).unwrap().calendar_known);
}

#[test]
fn an_outcome_tells_how_the_record_stands() {
    use mingzheng::rules::{Repair, Standing};
    let repaired = |on_commitment| Standing {
        repaired: Some(Repair { repaired_on: day("2026-09-01"), on_commitment }),
        ..Standing::default()
    };
    let plain = Standing::default();
    let withdrawn = Standing { withdrawn: true, ..plain.clone() };
    let corrected = Standing { corrected: true, ..plain.clone() };
    assert!(Outcome::Corrected.fits(&corrected) && !Outcome::Corrected.fits(&plain));
    assert!(Outcome::Withdrawn.fits(&withdrawn) && !Outcome::Withdrawn.fits(&plain));
    assert!(Outcome::Repaired.fits(&repaired(false)) && !Outcome::Repaired.fits(&repaired(true)));
    assert!(
        Outcome::RepairedOnCommitment.fits(&repaired(true)) && !Outcome::RepairedOnCommitment.fits(&plain)
    );
    assert!(Outcome::RepairRevoked.fits(&plain) && !Outcome::RepairRevoked.fits(&repaired(false)));
    assert!(!Outcome::Annulled.fits(&plain) && Outcome::Unchanged.fits(&plain));
}

fn any_due(kind: CaseKind, steps: usize, from: i64, minutes: i64) -> Option<Due> {
    let (progress, _) = reachable().into_iter().filter(|(it, _)| it.kind == kind).nth(steps)?;
    let start = at("2025-08-01T00:00:00Z").millis() + from * 86_400_000 + minutes * 60_000;
    due(&calendar(), &progress, mingzheng::rules::Instant::from_millis(start))
}

proptest! {
    #[test]
    fn no_sequence_of_steps_leads_out_of_the_table(
        kind in select(CaseKind::ALL),
        steps in prop::collection::vec(select(CaseStep::ALL), 0..40),
    ) {
        let all = reachable();
        let mut progress = Progress::begun(kind);
        for step in steps {
            let ended = progress.is_ended();
            if let Ok(after) = progress.after(step) {
                prop_assert!(!ended);
                prop_assert_eq!(after.kind, progress.kind);
                prop_assert!(progress.outcome.is_none() || after.outcome.is_some(), "a decision stays decided");
                prop_assert!(!progress.extended || after.extended);
                progress = after;
            }
            prop_assert!(all.iter().any(|(known, _)| *known == progress), "{:?}", progress);
        }
    }

    #[test]
    fn what_begins_later_is_due_no_earlier(
        kind in select(CaseKind::ALL), steps in 0_usize..12,
        one in 0_i64..500, two in 0_i64..500, minute in 0_i64..1440, other in 0_i64..1440,
    ) {
        let (early, late) = if (one, minute) <= (two, other) { ((one, minute), (two, other)) } else { ((two, other), (one, minute)) };
        let (a, b) = (any_due(kind, steps, early.0, early.1), any_due(kind, steps, late.0, late.1));
        if let (Some(a), Some(b)) = (a, b) {
            prop_assert!(a.at <= b.at && a.near_at <= b.near_at, "{:?} {:?}", a, b);
        }
    }

    #[test]
    fn reminders_fall_on_working_days_before_the_end(
        kind in select(CaseKind::ALL), steps in 0_usize..12, from in 0_i64..500, minute in 0_i64..1440,
    ) {
        if let Some(due) = any_due(kind, steps, from, minute) {
            prop_assert!(due.near_at < due.at);
            prop_assert!(calendar().is_working_day(due.near_at.local_day()), "{:?}", due);
            prop_assert!(calendar().is_working_day(due.at.local_day()), "{:?}", due);
            prop_assert_eq!(due.reminder(due.near_at), Some(Reminder::Near));
        }
    }

    #[test]
    fn more_time_moves_the_end_by_five_working_days(from in 0_i64..500, minute in 0_i64..1440) {
        let sent = after(CaseKind::Objection, &[CaseStep::Accept, CaseStep::Send]);
        let start = at("2025-08-01T00:00:00Z") ;
        let start = mingzheng::rules::Instant::from_millis(
            start.millis() + from * 86_400_000 + minute * 60_000);
        let (short, long) = (
            due(&calendar(), &sent, start).unwrap(),
            due(&calendar(), &sent.after(CaseStep::Extend).unwrap(), start).unwrap(),
        );
        let between = calendar().working_days_between(short.at.local_day(), long.at.local_day());
        prop_assert_eq!(between, 5);
        prop_assert!(long.at.local_day() - short.at.local_day() >= Duration::days(5));
    }
}
