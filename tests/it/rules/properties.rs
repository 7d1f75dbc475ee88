//! What holds of every report, whatever is known and whatever is asked.

use std::collections::BTreeSet;

use mingzheng::rules::facts::Conclusion;
use mingzheng::rules::{
    Annulment, AnnulmentKind, Asked, Authority, Candidate, Declaration, Details, DomainId, Facts, Fen,
    Instant, Known, Operation, Period, Procedure, RecordKind, Repair, RepairRule, Sanction, Standing,
    Version,
};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use time::{Date, Duration};
use uuid::Uuid;

use super::facts::canonical;
use super::house::*;

/// Some day of 2022 to 2026.
fn some_day() -> impl Strategy<Value = Date> {
    (0_i64..1_780).prop_map(|days| day("2022-01-01") + Duration::days(days))
}

/// Some instant of 2022 to 2026, often the same one.
fn some_instant() -> impl Strategy<Value = Instant> {
    let hours = prop_oneof![0_i64..42_000, (0_i64..40).prop_map(|turns| turns * 1_000)];
    hours.prop_map(|hours| Instant::from_millis(at("2022-01-01T00:00:00+08:00").millis() + hours * 3_600_000))
}

fn some_domain() -> impl Strategy<Value = DomainId> {
    select(vec![market(), fire(), film()])
}

fn some_period() -> impl Strategy<Value = Period> {
    (some_day(), some_day()).prop_map(|(one, other)| Period { from: one.min(other), to: one.max(other) })
}

fn authorities() -> Vec<Authority> {
    vec![fire_brigade(), market_bureau(), authority("91120116MATE5T05XP", &[fire(), market()])]
}

prop_compose! {
    fn some_standing()(
        state in 0..12_u8, day in some_day(), flags: (bool, bool, bool), kind in select(AnnulmentKind::ALL)
    ) -> Standing {
        Standing {
            withdrawn: state == 0,
            annulled: (state == 1).then_some(Annulment { annulled_on: day, kind }),
            repaired: (2..5).contains(&state).then_some(Repair { repaired_on: day, on_commitment: flags.0 }),
            disputed: flags.1,
            suspended_from: flags.2.then_some(day),
            corrected: flags.0,
            ..Standing::default()
        }
    }
}

prop_compose! {
    fn some_version()(
        domain in some_domain(), decided_on in some_day(), received_at in some_instant(), standing in some_standing(),
        kind in select(RecordKind::ALL), procedure in select(Procedure::ALL), sanction in select(Sanction::ALL),
        document in 0..4_u8, text: String,
    ) -> Version {
        let document_number = format!("〔2024〕{document}号");
        let sanctions = vec![sanction];
        let details = Details { decided_on, procedure, sanctions, facts: text, document_number: document_number.clone(), ..details() };
        Version { domain, document_number, kind, received_at, standing, details, ..fine() }
    }
}

/// All versions of one record, in order of their receipt.
fn some_record(id: u128) -> impl Strategy<Value = Vec<Version>> {
    vec(some_version(), 1..4).prop_map(move |mut versions| {
        versions.sort_by_key(|version| version.received_at);
        let kind = versions[0].kind;
        let numbered = versions.into_iter().zip(1..).map(|(version, number)| {
            let operation = if number == 1 { Operation::Insert } else { Operation::Correct };
            Version { record: Uuid::from_u128(id), number, operation, kind, ..version }
        });
        numbered.collect()
    })
}

fn some_versions() -> impl Strategy<Value = Vec<Version>> {
    (0..7_usize).prop_flat_map(|count| {
        (0..count)
            .map(|id| some_record(0x100 + id as u128))
            .collect::<Vec<_>>()
            .prop_map(|records| records.concat())
    })
}

prop_compose! {
    fn some_declaration()(
        authority in select(authorities()), domain in some_domain(), data_from in some_day(),
        complete_through in some_day(), early: bool, recent: bool, declared_lag_days in 0..40_u16, received_at in some_instant(),
    ) -> Declaration {
        let data_from = if early { day("2020-01-01") } else { data_from };
        let complete_through = if recent { received_at.local_day() } else { complete_through };
        Declaration {
            data_from, complete_through, declared_lag_days, received_at, last_success_at: received_at,
            ..complete(&authority, domain)
        }
    }
}

prop_compose! {
    fn some_candidate()(
        domain in some_domain(), decided_on in some_day(), received_at in some_instant(), after in option::of(0..9_000_i64), known: bool
    ) -> Candidate {
        let resolved_at = after.map(|hours| Instant::from_millis(received_at.millis() + hours * 3_600_000));
        Candidate { domain, decided_on: known.then_some(decided_on), received_at, resolved_at }
    }
}

prop_compose! {
    pub(super) fn some_known()(
        versions in some_versions(), declarations in vec(some_declaration(), 0..12), candidates in vec(some_candidate(), 0..3)
    ) -> Known {
        Known { versions, candidates, authorities: authorities(), declarations, ..known() }
    }
}

prop_compose! {
    pub(super) fn some_request()(
        period in some_period(), as_of in some_instant(), domains in vec(some_domain(), 1..4), include_repaired: bool
    ) -> Asked {
        Asked { period, as_of, domains, include_repaired, ..asked() }
    }
}

/// The facts but for the two instants, which say when and not what.
fn undated(facts: Facts) -> Facts {
    let epoch = Instant::from_millis(0);
    Facts { issued_at: epoch, as_of: epoch, ..facts }
}

proptest! {
    #[test]
    fn more_records_never_lower_a_count_nor_clear_a_domain(
        known in some_known(), more in some_record(0x999), asked in some_request()
    ) {
        let mut richer = known.clone();
        richer.versions.extend(more);
        let (before, after) = (report(&known, asked.clone()), report(&richer, asked));

        for (before, after) in before.domains.iter().zip(&after.domains) {
            prop_assert!(after.records >= before.records);
            prop_assert!(before.conclusion != Conclusion::Found || after.conclusion == Conclusion::Found);
            prop_assert_eq!(&before.gaps, &after.gaps);
        }
    }

    #[test]
    fn a_stricter_policy_shows_a_part_of_what_a_wider_one_shows(known in some_known(), asked in some_request()) {
        let hide = report_under(&repaired_are(RepairRule::Hide), &known, Asked { include_repaired: false, ..asked.clone() });
        let mark = report_under(&repaired_are(RepairRule::Mark), &known, asked);
        let domains = |facts: &Facts| facts.domains.iter().map(|line| line.records).collect::<Vec<_>>();

        prop_assert!(domains(&hide).iter().zip(domains(&mark)).all(|(hide, mark)| *hide <= mark));
        prop_assert_eq!(hide.summary.repaired, 0);
    }

    #[test]
    fn time_alone_changes_nothing(known in some_known(), asked in some_request(), later in 0..86_400_000_i64) {
        let end = Instant::end_of(asked.as_of.local_day());
        let as_of = Instant::from_millis(asked.as_of.millis() + later).min(end);
        let nothing_new = |at: Instant| !(asked.as_of < at && at <= as_of);
        let known = Known {
            versions: known.versions.into_iter().filter(|v| nothing_new(v.received_at)).collect(),
            declarations: known.declarations.into_iter().filter(|d| nothing_new(d.received_at)).collect(),
            candidates: known.candidates.into_iter()
                .filter(|c| nothing_new(c.received_at) && c.resolved_at.is_none_or(nothing_new)).collect(),
            ..known
        };

        let earlier = report(&known, asked.clone());
        let again = report(&known, Asked { as_of, ..asked });

        prop_assert_eq!(undated(earlier), undated(again));
    }

    #[test]
    fn what_came_later_changes_nothing(known in some_known(), asked in some_request()) {
        let then = Known {
            versions: known.versions.iter().filter(|v| v.received_at <= asked.as_of).cloned().collect(),
            declarations: known.declarations.iter().filter(|d| d.received_at <= asked.as_of).cloned().collect(),
            candidates: known.candidates.iter().filter(|c| c.received_at <= asked.as_of).cloned().collect(),
            ..known.clone()
        };

        prop_assert_eq!(report(&known, asked.clone()), report(&then, asked));
    }

    #[test]
    fn nothing_found_is_never_said_without_every_authoritys_word(known in some_known(), asked in some_request()) {
        let facts = report(&known, asked.clone());
        let today = asked.as_of.local_day();
        for line in facts.domains.iter().filter(|line| line.conclusion == Conclusion::None) {
            prop_assert!(!line.authorities.is_empty());
            prop_assert!(line.gaps.is_empty() && line.records == 0);
            for authority in &line.authorities {
                let window = authority.data_from.zip(authority.complete_through);
                let (data_from, complete_through) = window.expect("an authority that said nothing");
                let lag = Duration::days(authority.declared_lag_days.unwrap().into());
                let mut open = asked.period.from;
                while open <= asked.period.to && open <= today - lag {
                    prop_assert!(data_from <= open && open <= complete_through, "{} is open", open);
                    open += Duration::DAY;
                }
            }
            let open = |c: &Candidate| {
                c.domain == line.id && c.received_at <= asked.as_of && c.decided_on.is_none_or(|day| asked.period.contains(day))
                    && c.resolved_at.is_none_or(|at| at > asked.as_of)
            };
            prop_assert!(!known.candidates.iter().any(open));
        }
    }

    #[test]
    fn without_declarations_nothing_found_is_never_said(known in some_known(), asked in some_request()) {
        let silent = Known { declarations: vec![], ..known.clone() };
        let orphaned = Known { authorities: vec![], ..known };
        for known in [silent, orphaned] {
            let facts = report(&known, asked.clone());
            prop_assert_eq!(facts.summary.none, 0);
            prop_assert!(facts.domains.iter().all(|line| !line.gaps.is_empty()));
        }
    }

    #[test]
    fn the_order_of_what_is_known_does_not_matter(
        known in some_known(), asked in some_request(), seed in any::<prop::sample::Index>()
    ) {
        let turned = |length: usize| if length == 0 { 0 } else { seed.index(length) };
        let mut other = known.clone();
        other.versions.reverse();
        other.versions.rotate_left(turned(known.versions.len()));
        other.declarations.reverse();
        other.declarations.rotate_left(turned(known.declarations.len()));
        other.candidates.reverse();
        other.authorities.reverse();
        let mut request = asked.clone();
        request.domains.reverse();

        prop_assert_eq!(report(&known, asked), report(&other, request));
    }

    #[test]
    fn every_record_shown_was_known_asked_about_and_counted(known in some_known(), asked in some_request()) {
        let facts = report(&known, asked.clone());
        let ids: BTreeSet<Uuid> = facts.records.iter().map(|record| record.id).collect();
        prop_assert_eq!(ids.len(), facts.records.len(), "no record stands twice");
        for record in &facts.records {
            prop_assert!(record.received_at <= asked.as_of);
            prop_assert!(asked.period.contains(record.decided_on));
            prop_assert!(asked.domains.contains(&record.domain));
            let newer = known.versions.iter().any(|v| {
                v.record == record.id && v.number > record.version && v.received_at <= asked.as_of
            });
            prop_assert!(!newer, "an older version speaks");
        }
        for line in &facts.domains {
            let shown = facts.records.iter().filter(|record| record.domain == line.id).count();
            prop_assert_eq!(shown, line.records as usize);
            prop_assert_eq!(shown > 0, line.conclusion == Conclusion::Found);
            prop_assert!(line.gaps.iter().all(|gap| gap.from <= gap.to && asked.period.contains(gap.from) && asked.period.contains(gap.to)));
        }
        let summary = facts.summary;
        prop_assert_eq!(summary.found + summary.none + summary.not_covered, summary.domains);
        prop_assert_eq!(summary.records as usize, facts.records.len());
    }

    #[test]
    fn facts_are_canonical_whatever_they_say(known in some_known(), asked in some_request(), applicant: String) {
        let facts = report(&known, Asked { applicant, ..asked });
        let bytes = facts.canonical();

        prop_assert_eq!(&Facts::from_canonical(&bytes).unwrap(), &facts);
        prop_assert_eq!(&bytes, &serde_json_canonicalizer::to_vec(&facts).unwrap());
        let value = serde_json::from_slice(&bytes).unwrap();
        prop_assert_eq!(String::from_utf8(bytes).unwrap(), canonical(&value));
    }

    #[test]
    fn amounts_of_any_size_are_written_as_the_library_writes_them(
        fine in prop_oneof![any::<i64>(), -9_007_199_254_740_994..9_007_199_254_740_994_i64, (0..64_u32).prop_map(|bits| 1 << bits)],
    ) {
        let mut facts = super::facts::full();
        facts.records[0].fine = Some(Fen(fine));
        let bytes = facts.canonical();

        prop_assert_eq!(&bytes, &serde_json_canonicalizer::to_vec(&facts).unwrap());
        let read = Facts::from_canonical(&bytes);
        // Beyond 2⁵³ a number may stand for others too, and then it is read back as one of them or refused.
        prop_assert!(fine.unsigned_abs() > 1 << 53 || read.as_ref() == Ok(&facts));
        if let Ok(read) = read {
            prop_assert_eq!(read.canonical(), bytes);
        }
    }

    #[test]
    fn no_bytes_make_the_reading_of_facts_panic(
        text in "\\PC{0,80}", at in any::<prop::sample::Index>(), byte: u8
    ) {
        let mut bytes = super::facts::full().canonical();
        let at = at.index(bytes.len());
        bytes[at] = byte;
        let _ = Facts::from_canonical(text.as_bytes());
        if let Ok(facts) = Facts::from_canonical(&bytes) {
            prop_assert_eq!(facts.canonical(), bytes);
        }
    }
}
