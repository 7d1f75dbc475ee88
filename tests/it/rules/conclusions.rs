//! What a report says of a domain: nothing found is said only where everything is known.

use mingzheng::rules::facts::{Conclusion, Mark};
use mingzheng::rules::{
    Asked, Authority, BadPeriod, Candidate, Declaration, Details, Gap, GapReason, Known, Operation, Refusal,
    Repair, RepairRule, Standing, Version,
};
use uuid::Uuid;

use super::house::*;

fn gap(from: &str, to: &str, reason: GapReason) -> Gap {
    Gap { from: day(from), to: day(to), reason }
}

fn declaring(declarations: &[Declaration]) -> Known {
    Known { declarations: declarations.to_vec(), ..clean() }
}

#[test]
fn nothing_found_is_said_where_everything_is_complete() {
    let facts = report(&clean(), asked());

    assert_eq!(conclusion(&facts), Conclusion::None);
    assert_eq!(line(&facts, &fire()).gaps, []);
    assert_eq!((facts.summary.domains, facts.summary.none), (1, 1));
}

#[test]
fn a_domain_without_an_authority_gets_no_conclusion() {
    let facts = report(&clean(), Asked { domains: vec![film()], ..asked() });

    let line = line(&facts, &film());
    assert_eq!(line.conclusion, Conclusion::NotCovered);
    assert_eq!(line.gaps, [gap("2024-01-01", "2024-12-31", GapReason::NoAuthority)]);
    assert_eq!(facts.summary.not_covered, 1);
}

#[test]
fn an_authority_that_declared_nothing_gives_no_conclusion() {
    let facts = report(&declaring(&[complete(&market_bureau(), market())]), asked());

    assert_eq!(conclusion(&facts), Conclusion::NotCovered);
    assert_eq!(line(&facts, &fire()).gaps, [gap("2024-01-01", "2024-12-31", GapReason::NotDeclared)]);
}

#[test]
fn data_that_begin_after_the_period_leave_its_beginning_open() {
    let late = Declaration { data_from: day("2024-07-01"), ..complete(&fire_brigade(), fire()) };

    let facts = report(&declaring(&[late]), asked());

    assert_eq!(conclusion(&facts), Conclusion::NotCovered);
    assert_eq!(line(&facts, &fire()).gaps, [gap("2024-01-01", "2024-06-30", GapReason::BeforeData)]);
}

#[test]
fn data_that_begin_after_the_whole_period_leave_all_of_it_open() {
    let late = Declaration { data_from: day("2025-07-01"), ..complete(&fire_brigade(), fire()) };

    let facts = report(&declaring(&[late]), asked());

    assert_eq!(line(&facts, &fire()).gaps, [gap("2024-01-01", "2024-12-31", GapReason::BeforeData)]);
}

#[test]
fn a_late_feed_leaves_the_end_of_the_period_open() {
    let late = Declaration { complete_through: day("2024-09-30"), ..complete(&fire_brigade(), fire()) };

    let facts = report(&declaring(&[late]), asked());

    assert_eq!(conclusion(&facts), Conclusion::NotCovered);
    assert_eq!(line(&facts, &fire()).gaps, [gap("2024-10-01", "2024-12-31", GapReason::LateFeed)]);
}

#[test]
fn the_declared_delay_is_forgiven_and_not_a_day_more() {
    // Asked on 2026-11-22, seven days of delay: complete through 2026-11-15 is enough.
    let until_today = Asked { period: period("2026-01-01", "2026-11-22"), ..asked() };
    let through = |day_text| {
        let declared = Declaration { complete_through: day(day_text), ..complete(&fire_brigade(), fire()) };
        report(&declaring(&[declared]), until_today.clone())
    };

    assert_eq!(conclusion(&through("2026-11-15")), Conclusion::None);
    let late = through("2026-11-14");
    assert_eq!(conclusion(&late), Conclusion::NotCovered);
    assert_eq!(line(&late, &fire()).gaps, [gap("2026-11-15", "2026-11-22", GapReason::LateFeed)]);
}

#[test]
fn nobody_is_complete_beyond_the_day_on_which_it_was_declared() {
    let boast = Declaration {
        complete_through: day("2062-11-21"),
        received_at: at("2024-05-01T10:00:00+08:00"),
        ..complete(&fire_brigade(), fire())
    };

    let facts = report(&declaring(&[boast]), asked());

    assert_eq!(line(&facts, &fire()).gaps, [gap("2024-05-02", "2024-12-31", GapReason::LateFeed)]);
}

#[test]
fn a_gap_stands_beside_records_found() {
    let late = Declaration { complete_through: day("2024-09-30"), ..complete(&fire_brigade(), fire()) };

    let facts = report(&Known { declarations: vec![late], ..known() }, asked());

    assert!(shows_fine(&facts));
    assert_eq!(line(&facts, &fire()).gaps, [gap("2024-10-01", "2024-12-31", GapReason::LateFeed)]);
    assert_eq!((facts.summary.found, facts.summary.not_covered), (1, 0));
}

#[test]
fn one_late_authority_among_several_is_enough_for_no_conclusion() {
    let other = authority("91120116MATE5T05XP", &[fire()]);
    let late = Declaration { complete_through: day("2024-09-30"), ..complete(&other, fire()) };
    let known = |declared: &Declaration| Known {
        authorities: vec![other.clone(), fire_brigade()],
        declarations: vec![complete(&fire_brigade(), fire()), declared.clone()],
        ..clean()
    };

    let with_late = report(&known(&late), asked());
    let in_time = report(&known(&complete(&other, fire())), asked());

    assert_eq!(conclusion(&with_late), Conclusion::NotCovered);
    assert_eq!(conclusion(&in_time), Conclusion::None);
    let codes: Vec<_> = line(&in_time, &fire()).authorities.iter().map(|a| a.code).collect();
    assert_eq!(codes, [fire_brigade().code, other.code], "in order of their codes");
}

#[test]
fn the_declaration_received_last_holds_also_when_it_takes_something_back() {
    let first = complete(&fire_brigade(), fire());
    let taken_back = Declaration {
        complete_through: day("2024-06-30"),
        received_at: at("2026-11-22T11:00:00+08:00"),
        ..first.clone()
    };
    let known = declaring(&[taken_back, first]);

    assert_eq!(conclusion(&report(&known, asked())), Conclusion::NotCovered);
    assert_eq!(conclusion(&report(&known, as_of("2026-11-22T10:00:00+08:00"))), Conclusion::None);
}

#[test]
fn of_two_declarations_of_one_instant_the_lesser_claim_holds() {
    let more = complete(&fire_brigade(), fire());
    let less = Declaration { complete_through: day("2024-06-30"), ..more.clone() };

    for both in [[more.clone(), less.clone()], [less, more]] {
        assert_eq!(conclusion(&report(&declaring(&both), asked())), Conclusion::NotCovered);
    }
}

#[test]
fn an_authority_speaks_for_itself_and_its_organs_only() {
    let station = code("91310000MATE5T041X");
    let brigade = Authority { organs: vec![station], ..fire_brigade() };

    assert!(brigade.speaks_for(fire_brigade().code));
    assert!(brigade.speaks_for(station));
    assert!(!brigade.speaks_for(market_bureau().code));
}

fn candidate() -> Candidate {
    Candidate {
        domain: fire(),
        decided_on: Some(day("2024-05-05")),
        received_at: at("2024-05-10T09:00:00+08:00"),
        resolved_at: None,
    }
}

#[test]
fn a_record_that_may_be_the_subjects_keeps_nothing_found_from_being_said() {
    let facts = report(&Known { candidates: vec![candidate(), candidate()], ..clean() }, asked());

    assert_eq!(conclusion(&facts), Conclusion::NotCovered);
    let only = gap("2024-05-05", "2024-05-05", GapReason::UnconfirmedCandidate);
    assert_eq!(line(&facts, &fire()).gaps, [only]);
    assert_eq!(facts.summary.records, 0);
}

#[test]
fn a_candidate_matters_only_while_it_is_open_and_where_it_is_asked_about() {
    let resolved = Candidate { resolved_at: Some(at("2024-06-01T09:00:00+08:00")), ..candidate() };
    let elsewhere = Candidate { domain: market(), ..candidate() };
    let earlier = Candidate { decided_on: Some(day("2023-12-31")), ..candidate() };
    let later_known = Candidate { received_at: at("2026-11-22T13:00:00+08:00"), ..candidate() };
    for other in [resolved.clone(), elsewhere, earlier, later_known] {
        let facts = report(&Known { candidates: vec![other], ..clean() }, asked());
        assert_eq!(conclusion(&facts), Conclusion::None);
    }

    let known = Known { candidates: vec![resolved], ..clean() };
    let meanwhile = report(&known, as_of("2024-05-31T12:00:00+08:00"));
    assert!(line(&meanwhile, &fire()).gaps.iter().any(|gap| gap.reason == GapReason::UnconfirmedCandidate));
}

fn repaired() -> Version {
    let repaired = Some(Repair { repaired_on: day("2025-04-01"), on_commitment: false });
    let standing = Standing { repaired, ..Standing::default() };
    then(&fine(), Operation::Repair, "2025-04-03T10:00:00+08:00", standing)
}

#[test]
fn repaired_records_are_marked_in_reports_issued_until_march_2026_and_hidden_from_april() {
    let known = with_versions(&[fine(), repaired()]);

    let march = report(&known, issued_at("2026-03-31T23:59:59+08:00"));
    let april = report(&known, issued_at("2026-04-01T00:00:00+08:00"));

    assert_eq!(march.records[0].marks, [Mark::Repaired]);
    assert_eq!(march.basis.repaired, RepairRule::Mark);
    assert!(!shows_fine(&april));
    assert_eq!(april.basis.repaired, RepairRule::Hide);
}

#[test]
fn a_subject_may_have_its_own_repaired_records_shown() {
    let known = with_versions(&[fine(), repaired()]);

    let facts = report(&known, Asked { include_repaired: true, ..asked() });

    assert!(shows_fine(&facts));
    assert_eq!(facts.records[0].marks, [Mark::Repaired]);
    assert_eq!(facts.basis.repaired, RepairRule::Mark);
    assert!(facts.request.include_repaired);
}

#[test]
fn an_open_objection_is_marked_and_a_closed_one_is_not() {
    let open = Standing { disputed: true, ..Standing::default() };
    let opened = then(&fine(), Operation::ObjectionOpen, "2024-05-01T10:00:00+08:00", open);
    let closed = then(&opened, Operation::ObjectionClosed, "2024-05-20T10:00:00+08:00", Standing::default());
    let known = with_versions(&[closed, opened, fine()]);

    let meanwhile = report(&known, as_of("2024-05-19T10:00:00+08:00"));
    let after = report(&known, asked());

    assert_eq!(meanwhile.records[0].marks, [Mark::Disputed]);
    assert_eq!(after.records[0].marks, []);
    assert_eq!((meanwhile.summary.disputed, after.summary.disputed), (1, 0));
}

#[test]
fn every_mark_of_a_record_is_shown() {
    let standing = Standing {
        repaired: Some(Repair { repaired_on: day("2025-04-01"), on_commitment: true }),
        disputed: true,
        suspended_from: Some(day("2024-04-01")),
        corrected: true,
        ..Standing::default()
    };
    let known = with_versions(&[Version { standing, ..fine() }]);

    let facts = report_under(&repaired_are(RepairRule::Mark), &known, asked());

    let all = [Mark::RepairedOnCommitment, Mark::Disputed, Mark::Suspended, Mark::Corrected];
    assert_eq!(facts.records[0].marks, all);
}

#[test]
fn a_withdrawn_record_is_gone() {
    let standing = Standing { withdrawn: true, ..Standing::default() };
    let withdrawn = then(&fine(), Operation::Withdraw, "2024-04-01T10:00:00+08:00", standing);

    assert!(!shows_fine(&report(&with_versions(&[fine(), withdrawn]), asked())));
}

#[test]
fn two_records_of_one_key_are_shown_once_and_the_latest_speaks() {
    let again = Version {
        record: Uuid::from_u128(0x11),
        received_at: at("2024-04-01T10:00:00+08:00"),
        details: Details { content: "罚款人民币六千元".into(), ..details() },
        ..fine()
    };

    let facts = report(&with_versions(&[again.clone(), fine()]), asked());

    assert_eq!(facts.summary.records, 1);
    assert_eq!(facts.records[0].id, again.record);
    assert_eq!(facts.records[0].content, "罚款人民币六千元");
}

#[test]
fn a_record_that_is_not_shown_does_not_hide_one_of_the_same_key_that_is() {
    let twin =
        Version { record: Uuid::from_u128(0x11), received_at: at("2024-04-01T10:00:00+08:00"), ..fine() };
    let earlier_decided =
        Version { details: Details { decided_on: day("2023-12-30"), ..details() }, ..twin.clone() };
    let other_domain = Version { domain: market(), ..twin.clone() };
    let hidden = Version { standing: repaired().standing, ..twin.clone() };
    let withdrawn = Version { standing: Standing { withdrawn: true, ..Standing::default() }, ..twin };

    for unshown in [earlier_decided, other_domain, hidden, withdrawn] {
        assert!(shows_fine(&report(&with_versions(&[fine(), unshown]), asked())));
    }
}

#[test]
fn one_document_number_may_name_several_kinds_and_organs() {
    let other_organ = Version { record: Uuid::from_u128(0x11), organ: market_bureau().code, ..fine() };

    assert_eq!(report(&with_versions(&[fine(), other_organ]), asked()).summary.records, 2);
}

#[test]
fn records_stand_by_domain_then_latest_decision_then_document_number() {
    let record = |id: u128, domain, decided: &str, document: &str| Version {
        record: Uuid::from_u128(id),
        domain,
        document_number: document.into(),
        details: Details { decided_on: day(decided), document_number: document.into(), ..details() },
        ..fine()
    };
    let known = with_versions(&[
        record(1, fire(), "2024-02-01", "B"),
        record(2, fire(), "2024-02-01", "A"),
        record(3, fire(), "2024-08-01", "Z"),
        record(4, market(), "2024-01-01", "M"),
    ]);

    let facts = report(&known, Asked { domains: vec![fire(), market(), fire()], ..asked() });

    let order: Vec<&str> = facts.records.iter().map(|record| &*record.document_number).collect();
    assert_eq!(order, ["M", "Z", "A", "B"]);
    let lines: Vec<_> = facts.domains.iter().map(|line| (line.id.as_str(), line.records)).collect();
    assert_eq!(lines, [("market-regulation", 1), ("fire-rescue", 3)]);
}

#[test]
fn only_domains_of_the_catalogue_can_be_chosen() {
    let of = |ids: &[&str]| {
        let domains = ids.iter().map(|id| id.parse().unwrap()).collect();
        try_report(&ndrc(), &clean(), Asked { domains, ..asked() }).map(|facts| facts.domains.len())
    };

    assert_eq!(of(&[]), Err(Refusal::NoDomain));
    assert_eq!(of(&["witchcraft"]), Err(Refusal::UnknownDomain("witchcraft".parse().unwrap())));
    assert_eq!(of(&["film", "fire-rescue"]), Ok(2));
}

#[test]
fn a_domain_that_the_place_does_not_have_is_not_left_out_but_not_covered() {
    let domains = vec!["customs".parse().unwrap()];

    let facts = report(&clean(), Asked { domains, ..asked() });

    assert_eq!(facts.domains[0].conclusion, Conclusion::NotCovered);
    assert_eq!(facts.domains[0].gaps[0].reason, GapReason::NoAuthority);
}

#[test]
fn a_period_must_be_one_that_can_be_asked_for() {
    let over = |from: &str, to: &str| {
        try_report(&ndrc(), &clean(), Asked { period: period(from, to), ..asked() }).map(|_| ())
    };
    let today = day("2026-11-22");

    assert_eq!(over("2021-11-22", "2026-11-22"), Ok(()));
    let upside_down = BadPeriod::UpsideDown(day("2024-12-31"), day("2024-01-01"));
    assert_eq!(over("2024-12-31", "2024-01-01"), Err(Refusal::Period(upside_down)));
    let future = BadPeriod::Future(day("2026-11-23"), today);
    assert_eq!(over("2024-01-01", "2026-11-23"), Err(Refusal::Period(future)));
    let too_long = BadPeriod::TooLong(day("2021-11-21"), day("2021-11-22"));
    assert_eq!(over("2021-11-21", "2026-11-22"), Err(Refusal::Period(too_long)));
}

#[test]
fn looking_back_does_not_make_a_past_day_a_future_one() {
    // Drawn up again in 2026 as of a day within the period: allowed, and it is today that bounds the period.
    let known = known();

    assert_eq!(report(&known, as_of("2024-06-01T00:00:00+08:00")).request.period, year_2024());
    let back_dated = try_report(&ndrc(), &known, issued_at("2024-06-01T00:00:00+08:00"));
    assert_eq!(back_dated, Err(Refusal::Period(BadPeriod::Future(day("2024-12-31"), day("2024-06-01")))));
}
