//! What changed since a report: counts by domain, and nothing that time alone does.

use mingzheng::rules::facts::RecordFacts;
use mingzheng::rules::{
    Annulment, AnnulmentKind, Asked, Became, CoverageBecame, DomainSince, Facts, Known, Operation, Repair,
    RepairRule, Standing, Version, since,
};
use proptest::prelude::*;
use uuid::Uuid;

use super::house::*;
use super::properties::{some_known, some_request};

/// A report about these versions, and what the same question gets when others hold.
fn told(then: &[Version], now: &[Version]) -> Vec<DomainSince> {
    let present = report(&with_versions(now), asked());
    since(&report(&with_versions(then), asked()), &present, now)
}

fn records(then: &[Version], now: &[Version]) -> Vec<(Became, u32)> {
    let told = told(then, now);
    assert!(told.len() <= 1, "{told:?}");
    told.into_iter().flat_map(|domain| domain.records).collect()
}

/// The fine in its second version.
fn later(operation: Operation, standing: Standing) -> Version {
    Version { number: 2, operation, standing, ..fine() }
}

fn annulled() -> Standing {
    let annulled_on = day("2024-05-01");
    Standing {
        annulled: Some(Annulment { annulled_on, kind: AnnulmentKind::Judgment }),
        ..Standing::default()
    }
}

fn repaired() -> Standing {
    let repair = Repair { repaired_on: day("2024-05-01"), on_commitment: false };
    Standing { repaired: Some(repair), ..Standing::default() }
}

#[test]
fn what_became_of_a_record_is_told() {
    let mut corrected = later(Operation::Correct, Standing { corrected: true, ..Standing::default() });
    corrected.details.facts = "更正后的事实。".to_owned();
    let disputed = || Standing { disputed: true, ..Standing::default() };
    let withdrawn = || Standing { withdrawn: true, ..Standing::default() };
    let suspended = || Standing { suspended_from: Some(day("2024-05-01")), ..Standing::default() };
    for (then, now, became) in [
        (vec![], vec![fine()], Became::Added),
        (vec![fine()], vec![corrected.clone()], Became::Corrected),
        (vec![fine()], vec![later(Operation::Withdraw, withdrawn())], Became::Withdrawn),
        (vec![fine()], vec![later(Operation::Annul, annulled())], Became::Annulled),
        (vec![fine()], vec![later(Operation::Repair, repaired())], Became::Repaired),
        (vec![fine()], vec![later(Operation::ObjectionOpen, disputed())], Became::Disputed),
        (vec![fine()], vec![later(Operation::Suspend, suspended())], Became::Suspended),
        (
            vec![later(Operation::ObjectionOpen, disputed())],
            vec![Version { number: 3, ..fine() }],
            Became::Settled,
        ),
        (
            vec![later(Operation::Repair, repaired())],
            vec![Version { number: 3, operation: Operation::RepairRevoked, ..fine() }],
            Became::RepairRevoked,
        ),
        // It was found to belong to a domain that the report is not about: the newest version is not among those that bear on it.
        (vec![fine()], vec![], Became::Corrected),
    ] {
        assert_eq!(records(&then, &now), [(became, 1)], "{became}");
    }
}

#[test]
fn several_things_are_counted_each() {
    let mut standing = repaired();
    standing.corrected = true;
    let mut both = later(Operation::Repair, standing);
    both.details.facts = "更正后的事实。".to_owned();
    let marked = Asked { include_repaired: true, ..asked() };
    let mark = repaired_are(RepairRule::Mark);
    let draw = |versions: &[Version]| report_under(&mark, &with_versions(versions), marked.clone());
    let told = since(&draw(&[fine()]), &draw(std::slice::from_ref(&both)), &[both]);
    assert_eq!(told[0].records, [(Became::Corrected, 1), (Became::Repaired, 1)]);

    let other = |number: u128| Version {
        record: Uuid::from_u128(number),
        document_number: format!("沪消行罚决字〔2024〕第{number:04}号"),
        ..fine()
    };
    assert_eq!(records(&[fine()], &[fine(), other(2), other(3)]), [(Became::Added, 2)]);
}

#[test]
fn that_time_passes_or_that_nothing_is_seen_to_change_is_no_change() {
    assert_eq!(told(&[fine()], &[Version { number: 3, ..fine() }]), [], "an objection came and went");
    let standing = Standing {
        suspended_from: Some(day("2024-05-01")),
        suspended_until: Some(day("2026-12-01")),
        ..Standing::default()
    };
    let suspended = later(Operation::Suspend, standing);
    let known = with_versions(std::slice::from_ref(&suspended));
    let then = report(&known, asked());
    let present = report(&known, as_of("2026-12-24T12:00:00+08:00"));
    assert_ne!(then.records, present.records);
    assert_eq!(since(&then, &present, &known.versions), [], "the suspension ended by itself");
}

#[test]
fn data_that_were_completed_or_taken_back_are_told_and_data_that_grow_old_are_not() {
    let until_today = Asked { period: period("2026-01-01", "2026-11-22"), ..asked() };
    let draw = |known: &Known, as_of: &str| report(known, Asked { as_of: at(as_of), ..until_today.clone() });
    let coverage =
        |then: &Facts, present: &Facts| since(then, present, &[]).first().and_then(|domain| domain.coverage);
    let (now, later) = ("2026-11-22T12:00:00+08:00", "2027-02-22T12:00:00+08:00");
    let whole = clean();
    let mut declared = whole.declarations.clone();
    let bare = Known { declarations: Vec::new(), ..clean() };
    assert_eq!(coverage(&draw(&bare, now), &draw(&whole, now)), Some(CoverageBecame::Complete));
    assert_eq!(coverage(&draw(&whole, now), &draw(&bare, now)), Some(CoverageBecame::Incomplete));
    assert_eq!(coverage(&draw(&whole, now), &draw(&whole, later)), None, "nothing came since");
    for declaration in &mut declared {
        declaration.complete_through = day("2026-03-01");
    }
    let less = Known { declarations: declared, ..clean() };
    assert_eq!(coverage(&draw(&whole, now), &draw(&less, now)), Some(CoverageBecame::Incomplete));
}

proptest! {
    #[test]
    fn a_report_has_not_changed_since_itself(known in some_known(), asked in some_request()) {
        let facts = report(&known, asked);
        prop_assert_eq!(since(&facts, &facts, &known.versions), []);
    }

    #[test]
    fn every_record_that_came_is_counted_in_its_domain(
        then in some_known(), now in some_known(), asked in some_request(),
    ) {
        let (one, other) = (report(&then, asked.clone()), report(&now, asked));
        let told = since(&one, &other, &now.versions);
        for line in &one.domains {
            let is_here = |record: &&RecordFacts| record.domain == line.id;
            let before = |record: &&RecordFacts| one.records.iter().filter(is_here).any(|it| it.id == record.id);
            let came = other.records.iter().filter(is_here).filter(|record| !before(record)).count();
            let counts = told.iter().filter(|domain| domain.id == line.id).flat_map(|domain| &domain.records);
            let counted: u32 = counts
                .filter(|(became, _)| [Became::Added, Became::RepairRevoked].contains(became))
                .map(|(_, count)| count).sum();
            prop_assert!(counted as usize >= came, "{:?} {}", told, came);
        }
        let places: Vec<_> = told.iter().map(|it| one.domains.iter().position(|line| line.id == it.id)).collect();
        prop_assert!(places.iter().all(Option::is_some) && places.is_sorted(), "{:?}", places);
    }
}
