//! The worked cases of selection: one fine of the fire brigade, decided 2024-03-10, received 2024-03-20 at nine.

use mingzheng::rules::facts::{Conclusion, Mark};
use mingzheng::rules::{
    Annulment, AnnulmentKind, Asked, Declaration, Details, GapReason, Instant, Known, Name, Operation,
    Procedure, Relation, RelationKind, Repair, RepairRule, Sanction, Scheme, Standing, Subject, SubjectCode,
    Version,
};
use uuid::Uuid;

use super::house::*;

#[test]
fn case_1_a_record_not_yet_received_is_not_shown() {
    let facts = report(&known(), as_of("2024-03-19T12:00:00+08:00"));

    assert!(!shows_fine(&facts));
}

#[test]
fn case_1_a_feed_incomplete_through_that_day_gives_no_conclusion() {
    let declared = |through: &str| Declaration {
        complete_through: day(through),
        declared_lag_days: 0,
        received_at: at("2024-03-19T08:00:00+08:00"),
        ..complete(&fire_brigade(), fire())
    };
    let on_19_march = |through| {
        let known = Known { declarations: vec![declared(through)], ..known() };
        conclusion(&report(&known, as_of("2024-03-19T12:00:00+08:00")))
    };

    assert_eq!(on_19_march("2024-03-18"), Conclusion::NotCovered);
    assert_eq!(on_19_march("2024-03-19"), Conclusion::None);
}

#[test]
fn case_1_what_was_declared_later_was_not_known_then() {
    let facts = report(&known(), as_of("2024-03-19T12:00:00+08:00"));

    assert_eq!(conclusion(&facts), Conclusion::NotCovered);
    assert_eq!(line(&facts, &fire()).gaps[0].reason, GapReason::NotDeclared);
    assert_eq!(line(&facts, &fire()).authorities[0].complete_through, None);
}

#[test]
fn case_2_a_record_is_shown_from_the_instant_it_was_received() {
    assert!(shows_fine(&report(&known(), as_of("2024-03-20T09:00:00+08:00"))));
    assert!(!shows_fine(&report(&known(), as_of("2024-03-20T08:59:59.999+08:00"))));
}

#[test]
fn case_3_both_ends_of_the_period_are_included() {
    let shown = |from, to| {
        shows_fine(&report(
            &known(),
            Asked { period: period(from, to), ..as_of("2024-03-20T09:00:00+08:00") },
        ))
    };

    assert!(!shown("2024-01-01", "2024-03-09"));
    assert!(shown("2024-01-01", "2024-03-10"));
    assert!(shown("2024-03-10", "2024-03-10"));
    assert!(shown("2024-03-10", "2024-12-31"));
    assert!(!shown("2024-03-11", "2024-12-31"));
}

#[test]
fn case_4_the_end_of_publicity_removes_nothing() {
    let published = Details { publicity_until: Some(day("2025-03-10")), ..details() };
    let known = with_versions(&[Version { details: published, ..fine() }]);

    let facts = report(&known, as_of("2026-01-01T00:00:00+08:00"));

    assert!(shows_fine(&facts));
    assert_eq!(facts.records[0].publicity_until, Some(day("2025-03-10")));
}

fn annulled(kind: AnnulmentKind) -> Version {
    let annulled = Some(Annulment { annulled_on: day("2024-09-01"), kind });
    let standing = Standing { annulled, ..Standing::default() };
    then(&fine(), Operation::Annul, "2024-09-15T00:00:00+08:00", standing)
}

#[test]
fn case_5_an_annulled_record_is_gone_once_the_platform_is_told() {
    for &kind in AnnulmentKind::ALL {
        let known = with_versions(&[fine(), annulled(kind)]);

        assert!(shows_fine(&report(&known, as_of("2024-09-10T12:00:00+08:00"))));
        assert!(shows_fine(&report(&known, as_of("2024-09-14T23:59:59+08:00"))));
        assert!(!shows_fine(&report(&known, as_of("2024-09-15T00:00:00+08:00"))));
        assert_eq!(conclusion(&report(&known, asked())), Conclusion::None);
    }
}

#[test]
fn case_5_an_appeal_that_is_known_is_marked_until_it_is_decided() {
    let appeal = Standing { disputed: true, ..Standing::default() };
    let appealed = then(&fine(), Operation::ObjectionOpen, "2024-06-01T10:00:00+08:00", appeal);
    let annulled = Version { number: 3, ..annulled(AnnulmentKind::Judgment) };
    let known = with_versions(&[fine(), appealed, annulled]);

    let before = report(&known, as_of("2024-05-31T12:00:00+08:00"));
    let meanwhile = report(&known, as_of("2024-09-10T12:00:00+08:00"));

    assert_eq!(before.records[0].marks, []);
    assert_eq!(meanwhile.records[0].marks, [Mark::Disputed]);
    assert_eq!(meanwhile.summary.disputed, 1);
    assert!(!shows_fine(&report(&known, as_of("2024-09-15T12:00:00+08:00"))));
}

fn repaired(on_commitment: bool) -> Version {
    let repaired = Some(Repair { repaired_on: day("2025-04-01"), on_commitment });
    let standing = Standing { repaired, ..Standing::default() };
    then(&fine(), Operation::Repair, "2025-04-03T00:00:00+08:00", standing)
}

#[test]
fn case_6_a_repair_counts_once_the_platform_is_told() {
    let known = with_versions(&[fine(), repaired(false)]);
    for rule in [RepairRule::Mark, RepairRule::Hide] {
        let before = report_under(&repaired_are(rule), &known, as_of("2025-04-02T12:00:00+08:00"));

        assert!(shows_fine(&before));
        assert_eq!(before.records[0].marks, []);
        assert_eq!(before.records[0].repaired_on, None);
    }
}

#[test]
fn case_6_under_mark_a_repaired_record_is_shown_with_its_mark() {
    let known = with_versions(&[fine(), repaired(false)]);

    let facts = report_under(&repaired_are(RepairRule::Mark), &known, as_of("2025-04-03T00:00:00+08:00"));

    assert!(shows_fine(&facts));
    assert_eq!(facts.records[0].marks, [Mark::Repaired]);
    assert_eq!(facts.records[0].repaired_on, Some(day("2025-04-01")));
    assert_eq!((facts.summary.records, facts.summary.repaired), (1, 1));
    assert_eq!(facts.basis.repaired, RepairRule::Mark);
}

#[test]
fn case_6_under_hide_a_repaired_record_is_gone() {
    let known = with_versions(&[fine(), repaired(false)]);

    let facts = report_under(&repaired_are(RepairRule::Hide), &known, as_of("2025-04-03T00:00:00+08:00"));

    assert!(!shows_fine(&facts));
    assert_eq!((facts.summary.records, facts.summary.repaired), (0, 0));
    assert_eq!(facts.basis.repaired, RepairRule::Hide);
}

#[test]
fn case_7_a_revoked_repair_leaves_the_record_unrepaired_again() {
    let back =
        then(&repaired(true), Operation::RepairRevoked, "2025-05-01T10:00:00+08:00", Standing::default());
    let known = with_versions(&[fine(), repaired(true), back]);
    let mark = |instant| report_under(&repaired_are(RepairRule::Mark), &known, as_of(instant));
    let hide = |instant| report_under(&repaired_are(RepairRule::Hide), &known, as_of(instant));

    assert_eq!(mark("2025-04-30T12:00:00+08:00").records[0].marks, [Mark::RepairedOnCommitment]);
    assert!(!shows_fine(&hide("2025-04-30T12:00:00+08:00")));
    for after in [mark("2025-05-02T12:00:00+08:00"), hide("2025-05-02T12:00:00+08:00")] {
        assert!(shows_fine(&after));
        assert_eq!(after.records[0].marks, []);
        assert_eq!(after.summary.repaired, 0);
    }
}

#[test]
fn case_8_a_corrected_day_of_decision_counts_from_its_receipt() {
    let corrected = Version {
        details: Details { decided_on: day("2023-12-30"), ..details() },
        ..then(
            &fine(),
            Operation::Correct,
            "2024-06-01T00:00:00+08:00",
            Standing { corrected: true, ..Standing::default() },
        )
    };
    let known = with_versions(&[corrected, fine()]);

    assert!(shows_fine(&report(&known, as_of("2024-05-31T23:59:59+08:00"))));
    assert!(!shows_fine(&report(&known, as_of("2024-06-01T00:00:00+08:00"))));

    let of_2023 = Asked { period: period("2023-01-01", "2023-12-31"), ..asked() };
    assert_eq!(report(&known, of_2023).records[0].marks, [Mark::Corrected]);
}

#[test]
fn case_9_a_warning_by_summary_procedure_counts_where_the_policy_says_so() {
    let warning = Details {
        procedure: Procedure::Summary,
        sanctions: vec![Sanction::Warning],
        fine: None,
        ..details()
    };
    let known = with_versions(&[Version { details: warning, ..fine() }]);

    let without = report_under(&zhejiang(), &known, asked());
    let with = report_under(&ndrc(), &known, asked());

    assert!(!shows_fine(&without));
    assert!(shows_fine(&with));
    assert_eq!((&*without.basis.policy.id, &*with.basis.policy.id), ("zj-2023", "ndrc-2025"));
    assert_eq!(with.basis.policy.text.zh, ndrc().zh, "the report says in words what counts");
}

fn branch() -> Subject {
    let of_parent = Relation { kind: RelationKind::BranchOf, other: subject().id, from: None, to: None };
    Subject {
        id: Uuid::from_u128(2),
        code: code("91310101MATE5T033N").into(),
        names: vec![Name {
            name: "明证测试科技有限公司黄浦分公司".into(), from: None, to: None
        }],
        relations: vec![of_parent],
        ..subject()
    }
}

#[test]
fn case_10_a_branch_is_not_in_its_parents_report_which_says_so() {
    let facts = report(&Known { branches: 1, ..clean() }, asked());

    assert_eq!(conclusion(&facts), Conclusion::None);
    assert_eq!(facts.subject.branches_left_out, 1);
}

#[test]
fn case_10_a_penalty_on_the_branch_is_shown_under_the_branch() {
    let on_branch = Version { subject: branch().id, ..fine() };
    let known = Known { subject: branch(), ..with_versions(&[on_branch]) };

    let facts = report(&known, asked());

    assert!(shows_fine(&facts));
    assert_eq!(facts.subject.code, "91310101MATE5T033N");
    assert_eq!(facts.subject.branches_left_out, 0);
}

#[test]
fn case_11_a_renamed_subject_with_a_new_code_keeps_its_records() {
    let renamed = Subject {
        names: vec![
            Name { name: "明证测试科技有限公司".into(), from: Some(day("2024-06-01")), to: None },
            Name { name: "老字号测试厂".into(), from: None, to: Some(day("2024-05-31")) },
        ],
        aliases: vec![SubjectCode { scheme: Scheme::RegistrationNumber, value: "310115600985533".into() }],
        ..subject()
    };
    let under_old_name = Details { subject_name: "老字号测试厂".into(), ..details() };
    let known = Known { subject: renamed, ..with_versions(&[Version { details: under_old_name, ..fine() }]) };

    let facts = report(&known, asked());

    assert!(shows_fine(&facts));
    assert_eq!(facts.subject.name, "明证测试科技有限公司");
    assert_eq!(facts.subject.former_names, ["老字号测试厂"]);
    assert_eq!(facts.subject.other_codes, ["310115600985533"]);
}

#[test]
fn case_12_days_are_days_in_shanghai() {
    let known = with_versions(&[Version { received_at: at("2024-03-19T16:30:00Z"), ..fine() }]);
    let at_end_of = |text| Asked { as_of: Instant::end_of(day(text)), ..asked() };

    assert!(shows_fine(&report(&known, at_end_of("2024-03-20"))));
    assert!(!shows_fine(&report(&known, at_end_of("2024-03-19"))));
    assert_eq!(at("2024-03-19T16:30:00Z").local_day(), day("2024-03-20"));
    assert_eq!(Instant::end_of(day("2024-03-19")), at("2024-03-19T15:59:59.999Z"));
}
