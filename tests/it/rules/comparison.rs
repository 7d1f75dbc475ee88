//! What differs between two reports: an even-handed comparison.

use mingzheng::rules::facts::Mark;
use mingzheng::rules::{Asked, Facts, Period, RecordDifference, RecordField, Version, compare};
use proptest::prelude::*;
use uuid::Uuid;

use super::house::*;
use super::properties::{some_known, some_request};

/// A report that lists these records.
fn lists(versions: &[Version]) -> Facts {
    report(&mingzheng::rules::Known { versions: versions.to_vec(), ..known() }, asked())
}

#[test]
fn a_record_that_came_is_one_that_went_the_other_way_round() {
    let (without, with) = (lists(&[]), lists(&[fine()]));
    let comparison = compare(&without, &with);
    assert_eq!(comparison.domains.len(), 1);
    let domain = &comparison.domains[0];
    assert_eq!(domain.id, fine().domain);
    assert!(matches!(&domain.records[..], [RecordDifference::Came(record)] if record.id == fine().record));
    let back = compare(&with, &without);
    assert!(matches!(&back.domains[0].records[..], [RecordDifference::Went(_)]));
}

#[test]
fn a_record_that_was_changed_tells_in_what() {
    let mut later = fine();
    later.number = 2;
    later.details.facts = "更正后的事实。".to_owned();
    later.standing.disputed = true;
    let comparison = compare(&lists(&[fine()]), &lists(&[later]));
    let [RecordDifference::Changed { first, second, fields }] = &comparison.domains[0].records[..] else {
        panic!("{comparison:?}");
    };
    assert_eq!(fields, &[RecordField::Facts, RecordField::Marks]);
    assert_ne!(first.facts, second.facts);
    assert_eq!(second.marks, [Mark::Disputed]);
}

#[test]
fn a_new_version_that_says_the_same_is_no_difference() {
    let later = Version { number: 2, ..fine() };
    assert!(compare(&lists(&[fine()]), &lists(&[later])).is_empty());
}

#[test]
fn a_domain_that_only_one_was_asked_about_differs() {
    let both = report(&known(), asked());
    let fewer = report(&known(), Asked { domains: vec![asked().domains[0].clone()], ..asked() });
    let comparison = compare(&fewer, &both);
    assert_eq!(comparison.domains.len(), both.domains.len() - fewer.domains.len());
    assert!(comparison.domains.iter().all(|it| it.first.is_none() && it.second.is_some()));
}

#[test]
fn other_days_are_told_even_where_nothing_else_differs() {
    let Period { from, to } = asked().period;
    let shorter = Period { from: from.next_day().unwrap(), to };
    let comparison =
        compare(&report(&known(), asked()), &report(&known(), Asked { period: shorter, ..asked() }));
    assert_eq!(comparison.periods, Some((Period { from, to }, shorter)));
}

proptest! {
    #[test]
    fn a_report_has_no_difference_from_itself(known in some_known(), asked in some_request()) {
        let facts = report(&known, asked);
        prop_assert!(compare(&facts, &facts).is_empty());
    }

    #[test]
    fn exchanging_the_two_mirrors_the_comparison(
        known in some_known(), other in some_known(), asked in some_request(), again in some_request()
    ) {
        let (one, other) = (report(&known, asked), report(&other, again));
        prop_assert_eq!(compare(&one, &other), compare(&other, &one).mirrored());
    }

    #[test]
    fn every_record_that_only_one_lists_is_told(known in some_known(), other in some_known(), asked in some_request()) {
        let (one, other) = (report(&known, asked.clone()), report(&other, asked));
        let of = |facts: &Facts| facts.records.iter().map(|it| (it.domain.clone(), it.id)).collect::<std::collections::BTreeSet<_>>();
        let (first, second) = (of(&one), of(&other));
        let comparison = compare(&one, &other);
        let told = |came: bool| comparison.domains.iter().flat_map(|domain| domain.records.iter().filter_map(move |it| match it {
            RecordDifference::Came(record) if came => Some((domain.id.clone(), record.id)),
            RecordDifference::Went(record) if !came => Some((domain.id.clone(), record.id)),
            _ => None,
        })).collect::<std::collections::BTreeSet<(_, Uuid)>>();
        prop_assert_eq!(told(true), second.difference(&first).cloned().collect());
        prop_assert_eq!(told(false), first.difference(&second).cloned().collect());
    }
}
