//! What may be done to a record, as a table: every operation after every standing.

use mingzheng::rules::{
    Act, Annulment, AnnulmentKind, Change, ChangeRefused, Correction, Digest, Operation, Repair, Standing,
};
use time::Date;

use super::house::*;

const REASON: &str = "依法办理";

fn decided() -> Date {
    day("2024-03-10")
}

fn today() -> Date {
    day("2026-11-22")
}

fn repair(on_commitment: bool) -> Repair {
    Repair { repaired_on: day("2025-04-01"), on_commitment }
}

fn annulment() -> Annulment {
    Annulment { annulled_on: day("2024-09-01"), kind: AnnulmentKind::Judgment }
}

/// One of each, in the order of the table's columns.
fn acts() -> Vec<Act> {
    let correction = Correction { domain: fire(), details: details(), content: Digest::ZERO };
    vec![
        Act::Correct(Box::new(correction)),
        Act::Withdraw { on: None },
        Act::Annul(annulment()),
        Act::Repair(repair(true)),
        Act::Repair(repair(false)),
        Act::RevokeRepair { on: day("2025-05-01") },
        Act::Suspend { from: day("2024-04-01"), until: None },
        Act::OpenObjection { on: None },
        Act::CloseObjection { on: Some(day("2024-05-01")) },
    ]
}

fn after(act: Act, standing: &Standing) -> Result<Standing, ChangeRefused> {
    Change::new(act, Some(REASON)).after(standing, decided(), today())
}

#[test]
fn every_operation_follows_every_standing_as_the_table_says() {
    use ChangeRefused as R;
    let base = Standing::default;
    let on_commitment = Standing { repaired: Some(repair(true)), ..base() };
    let repaired = Standing { repaired: Some(repair(false)), ..base() };
    let disputed = Standing { disputed: true, ..base() };
    let suspended = Standing { suspended_from: Some(day("2024-03-15")), ..base() };
    let annulled = Standing { annulled: Some(annulment()), disputed: true, ..base() };
    let withdrawn = Standing { withdrawn: true, ..base() };
    let ok = None;
    let table: [(&str, Standing, [Option<R>; 9]); 7] = [
        ("in force", base(), [ok, ok, ok, ok, ok, Some(R::NotRepaired), ok, ok, Some(R::NotDisputed)]),
        (
            "on commitment",
            on_commitment,
            [ok, ok, ok, Some(R::Repaired), ok, ok, ok, ok, Some(R::NotDisputed)],
        ),
        (
            "repaired",
            repaired,
            [ok, ok, ok, Some(R::Repaired), Some(R::Repaired), ok, ok, ok, Some(R::NotDisputed)],
        ),
        ("disputed", disputed, [ok, ok, ok, ok, ok, Some(R::NotRepaired), ok, Some(R::Disputed), ok]),
        ("suspended", suspended, [ok, ok, ok, ok, ok, Some(R::NotRepaired), ok, ok, Some(R::NotDisputed)]),
        ("annulled", annulled, {
            let no = Some(R::Annulled);
            [ok, ok, no, no, no, no, no, no, no]
        }),
        ("withdrawn", withdrawn, [Some(R::Withdrawn); 9]),
    ];
    for (name, standing, expected) in table {
        for (act, refused) in acts().into_iter().zip(expected) {
            let operation = act.operation();
            assert_eq!(after(act, &standing).err(), refused, "{name}: {operation}");
        }
    }
}

#[test]
fn an_operation_changes_what_it_is_about_and_nothing_else() {
    let before = Standing {
        repaired: Some(repair(true)),
        disputed: true,
        suspended_from: Some(day("2024-03-15")),
        reason: Some("先前的理由".to_owned()),
        ..Standing::default()
    };
    for act in acts() {
        let Ok(found) = after(act.clone(), &before) else { continue };
        let same = || Standing { reason: Some(REASON.to_owned()), operated_on: act.day(), ..before.clone() };
        let expected = match act.operation() {
            Operation::Correct => Standing { corrected: true, ..same() },
            Operation::Withdraw => Standing { withdrawn: true, disputed: false, ..same() },
            Operation::Annul => Standing { annulled: Some(annulment()), disputed: false, ..same() },
            Operation::Repair => Standing { repaired: Some(repair(false)), ..same() },
            Operation::RepairRevoked => Standing { repaired: None, ..same() },
            Operation::Suspend => Standing { suspended_from: Some(day("2024-04-01")), ..same() },
            Operation::ObjectionClosed => Standing { disputed: false, ..same() },
            other => panic!("{other}"),
        };
        assert_eq!(found, expected, "{}", act.operation());
    }
}

#[test]
fn days_lie_between_the_decision_and_today_and_in_order() {
    use ChangeRefused as R;
    let repaired = Standing { repaired: Some(repair(false)), ..Standing::default() };
    let plain = Standing::default();
    let annul = |on| Act::Annul(Annulment { annulled_on: day(on), kind: AnnulmentKind::OwnMotion });
    let fix = |on| Act::Repair(Repair { repaired_on: day(on), on_commitment: false });
    let revoke = |on| Act::RevokeRepair { on: day(on) };
    let suspend = |from, until: Option<&str>| Act::Suspend { from: day(from), until: until.map(day) };
    for (act, standing, expected) in [
        (annul("2024-03-09"), &plain, Some(R::BeforeDecision)),
        (annul("2024-03-10"), &plain, None),
        (annul("2026-11-22"), &plain, None),
        (annul("2026-11-23"), &plain, Some(R::InFuture)),
        (fix("2024-03-09"), &plain, Some(R::BeforeDecision)),
        (fix("2026-11-23"), &plain, Some(R::InFuture)),
        (revoke("2025-03-31"), &repaired, Some(R::BeforeRepair)),
        (revoke("2025-04-01"), &repaired, None),
        (revoke("2026-11-23"), &repaired, Some(R::InFuture)),
        (suspend("2024-03-09", None), &plain, Some(R::BeforeDecision)),
        (suspend("2026-11-23", None), &plain, Some(R::InFuture)),
        (suspend("2024-04-02", Some("2024-04-01")), &plain, Some(R::UpsideDown)),
        (suspend("2024-04-01", Some("2027-04-01")), &plain, None),
    ] {
        assert_eq!(after(act.clone(), standing).err(), expected, "{act:?}");
    }
}

#[test]
fn what_takes_something_away_needs_a_reason_and_none_is_endless() {
    let standing = Standing { repaired: Some(repair(true)), ..Standing::default() };
    for act in acts() {
        let blank = Change::new(act.clone(), Some(" \n")).after(&standing, decided(), today());
        let needs = matches!(blank, Err(ChangeRefused::NoReason));
        assert_eq!(needs, act.needs_reason(), "{}", act.operation());
        if after(act.clone(), &standing).is_ok() {
            let endless = Change::new(act, Some(&"长".repeat(501))).after(&standing, decided(), today());
            assert_eq!(endless, Err(ChangeRefused::NoReason));
        }
    }
}

#[test]
fn a_second_suspension_prolongs_or_ends_the_first() {
    let first = Act::Suspend { from: day("2024-04-01"), until: None };
    let standing = after(first.clone(), &Standing::default()).unwrap();
    assert_eq!(after(first, &standing), Err(ChangeRefused::NothingChanges));

    let ended = after(Act::Suspend { from: day("2024-04-01"), until: Some(day("2024-06-01")) }, &standing);

    assert_eq!(ended.unwrap().suspended_until, Some(day("2024-06-01")));
}

#[test]
fn a_suspension_that_ended_is_no_longer_marked() {
    let suspended = |until| Standing {
        suspended_from: Some(day("2024-04-01")),
        suspended_until: Some(day(until)),
        ..Standing::default()
    };
    for (until, marked) in [("2026-11-21", 0), ("2026-11-22", 1)] {
        let version = mingzheng::rules::Version { standing: suspended(until), ..fine() };
        let facts = report(&with_versions(&[version]), asked());
        assert_eq!(facts.records[0].marks.len(), marked, "{until}");
    }
}
