//! Which records count: the published policies, column by column.

use mingzheng::rules::{
    BadPolicy, Counts, Details, DomainId, Policy, Procedure, RecordKind, RepairRule, Sanction,
};

use super::house::{day, details, fire, market, ndrc, zhejiang};

/// `sd-2023`: ordinary procedure and lists of serious dishonesty.
fn shandong() -> Policy {
    let counts = Counts { dishonesty_list: true, criminal: false, ..zhejiang().counts };
    Policy { id: "sd-2023".into(), counts, ..ndrc() }
}

/// `cq-2024-listing`: everything but summary procedure.
fn chongqing() -> Policy {
    let counts = Counts { summary: false, abnormal_list: true, court_enforcement: true, ..ndrc().counts };
    Policy { id: "cq-2024-listing".into(), counts, ..ndrc() }
}

/// `bj-2025`: lists of serious dishonesty in seven domains, of which the house has one.
fn beijing() -> Policy {
    let counts = Counts {
        dishonesty_domains: Some(vec![market()]),
        compulsory_measure: false,
        criminal: false,
        court_enforcement: true,
        ..ndrc().counts
    };
    Policy { id: "bj-2025".into(), counts, ..ndrc() }
}

/// `ln-2025`: also summary procedure, compulsory measures, serious lists, crimes.
fn liaoning() -> Policy {
    Policy { id: "ln-2025".into(), ..ndrc() }
}

fn by(procedure: Procedure) -> Details {
    Details { procedure, ..details() }
}

#[test]
fn each_published_policy_counts_what_it_says() {
    // ordinary, summary, dishonesty, abnormal, compulsory, criminal, court
    let table = [
        (zhejiang(), [true, false, false, false, false, true, false]),
        (shandong(), [true, false, true, false, false, false, false]),
        (chongqing(), [true, false, true, true, true, true, true]),
        (ndrc(), [true, true, true, false, true, true, false]),
        (liaoning(), [true, true, true, false, true, true, false]),
    ];
    for (policy, expected) in table {
        let kind = |kind| policy.includes(&fire(), kind, &details());
        let counted = [
            policy.includes(&fire(), RecordKind::Penalty, &by(Procedure::Ordinary)),
            policy.includes(&fire(), RecordKind::Penalty, &by(Procedure::Summary)),
            kind(RecordKind::DishonestyList),
            kind(RecordKind::AbnormalList),
            kind(RecordKind::CompulsoryMeasure),
            kind(RecordKind::Criminal),
            kind(RecordKind::CourtEnforcement),
        ];
        assert_eq!(counted, expected, "{}", policy.id);
    }
}

#[test]
fn a_penalty_of_unknown_procedure_counts_where_ordinary_ones_do() {
    for policy in [zhejiang(), ndrc()] {
        assert!(policy.includes(&fire(), RecordKind::Penalty, &by(Procedure::Unknown)), "{}", policy.id);
    }
}

#[test]
fn lists_may_count_in_some_domains_only() {
    let counts = |domain: &DomainId| beijing().includes(domain, RecordKind::DishonestyList, &details());

    assert!(counts(&market()));
    assert!(!counts(&fire()));
}

#[test]
fn a_penalty_of_nothing_but_warnings_may_be_left_out() {
    let counts = Counts { warnings_only: false, ..ndrc().counts };
    let without_warnings = Policy { counts, ..ndrc() };
    let includes = |policy: &Policy, sanctions: &[Sanction]| {
        let details = Details { sanctions: sanctions.to_vec(), ..details() };
        policy.includes(&fire(), RecordKind::Penalty, &details)
    };

    assert!(!includes(&without_warnings, &[Sanction::Warning, Sanction::Criticism]));
    assert!(includes(&without_warnings, &[Sanction::Warning, Sanction::Fine]));
    assert!(includes(&without_warnings, &[]), "what is not known for certain counts");
    assert!(includes(&ndrc(), &[Sanction::Warning]));
}

#[test]
fn the_repair_rule_depends_on_the_day_of_issue() {
    assert_eq!(ndrc().repair_rule(day("2026-03-31")), RepairRule::Mark);
    assert_eq!(ndrc().repair_rule(day("2026-04-01")), RepairRule::Hide);
    assert_eq!(ndrc().repair_rule(day("2020-01-01")), RepairRule::Mark, "the first rule also holds before");
}

const TEXT: &str = r#"
id = "ndrc-2025"
version = "1"
zh = "中文"
en = "English"
longest_years = 5

[counts]
ordinary = true
summary = true
warnings_only = true
dishonesty_list = true
abnormal_list = false
compulsory_measure = true
criminal = true
court_enforcement = false

[[repaired]]
from = "2023-05-01"
rule = "mark"

[[repaired]]
from = "2026-04-01"
rule = "hide"
"#;

#[test]
fn a_policy_is_read_from_a_file() {
    let policy = Policy::parse(TEXT).unwrap();

    assert_eq!(policy, Policy { zh: "中文".into(), en: "English".into(), ..ndrc() });
}

#[test]
fn a_policy_with_a_fault_is_refused() {
    let with = |old: &str, new: &str| Policy::parse(&TEXT.replace(old, new)).unwrap_err();

    assert_eq!(with("2026-04-01", "2023-05-01"), BadPolicy::Repaired);
    assert_eq!(with("2026-04-01", "2020-01-01"), BadPolicy::Repaired);
    assert!(matches!(with("[[repaired]]", "[[other]]"), BadPolicy::Shape(_)));
    assert!(matches!(with("summary = true", "summary = 1"), BadPolicy::Shape(_)));
    assert!(matches!(with("hide", "burn"), BadPolicy::Shape(_)));
    assert!(matches!(with("2026-04-01", "2026-02-30"), BadPolicy::Shape(_)));
}

#[test]
fn a_policy_without_repair_rules_marks() {
    assert_eq!(Policy { repaired: vec![], ..ndrc() }.repair_rule(day("2026-11-22")), RepairRule::Mark);
}

/// A policy as it is delivered.
fn delivered(text: &str) -> Policy {
    Policy::parse(text).unwrap()
}

#[test]
fn the_policies_delivered_agree_with_what_is_certain_of_their_sources() {
    // penalties by summary procedure, and kinds that are certain to count
    let table: [(Policy, Option<bool>, &[RecordKind]); 7] = [
        (delivered(include_str!("../../../data/policies/sh-2023.toml")), None, &[]),
        (
            delivered(include_str!("../../../data/policies/zj-2023.toml")),
            Some(false),
            &[RecordKind::Criminal],
        ),
        (
            delivered(include_str!("../../../data/policies/sd-2023.toml")),
            Some(false),
            &[RecordKind::DishonestyList],
        ),
        (
            delivered(include_str!("../../../data/policies/cq-2024-listing.toml")),
            Some(false),
            &[
                RecordKind::DishonestyList,
                RecordKind::AbnormalList,
                RecordKind::CompulsoryMeasure,
                RecordKind::Criminal,
                RecordKind::CourtEnforcement,
            ],
        ),
        (
            delivered(include_str!("../../../data/policies/ndrc-2025.toml")),
            Some(true),
            &[RecordKind::DishonestyList, RecordKind::CompulsoryMeasure, RecordKind::Criminal],
        ),
        (
            delivered(include_str!("../../../data/policies/bj-2025.toml")),
            None,
            &[RecordKind::CourtEnforcement],
        ),
        (
            delivered(include_str!("../../../data/policies/ln-2025.toml")),
            Some(true),
            &[RecordKind::DishonestyList, RecordKind::CompulsoryMeasure, RecordKind::Criminal],
        ),
    ];
    for (policy, summary, kinds) in table {
        let counts = |kind, procedure| policy.includes(&fire(), kind, &by(procedure));
        assert!(counts(RecordKind::Penalty, Procedure::Ordinary), "{}", policy.id);
        let by_summary = counts(RecordKind::Penalty, Procedure::Summary);
        assert!(summary.is_none_or(|expected| by_summary == expected), "{}", policy.id);
        assert!(kinds.iter().all(|&kind| counts(kind, Procedure::Ordinary)), "{}", policy.id);
        assert_eq!(policy.longest_years, 5, "{}", policy.id);
        assert_eq!(policy.repair_rule(day("2026-03-31")), RepairRule::Mark, "{}", policy.id);
        assert_eq!(policy.repair_rule(day("2026-04-01")), RepairRule::Hide, "{}", policy.id);
    }
}

#[test]
fn in_beijing_lists_count_in_their_fields_only() {
    let beijing = delivered(include_str!("../../../data/policies/bj-2025.toml"));

    assert!(beijing.includes(&market(), RecordKind::DishonestyList, &details()));
    assert!(!beijing.includes(&fire(), RecordKind::DishonestyList, &details()));
}
