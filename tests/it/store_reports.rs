//! Reports are found by whatever is printed on them, and their status only ever grows.

use mingzheng::rules::{Digest, Instant, ReportNumber, Status};
use mingzheng::seal;
use mingzheng::store::idempotency::{self, Answered};
use mingzheng::store::reports::{self, Key, Report, Shown};
use mingzheng::store::statuses::{self, Event};
use mingzheng::store::{Error, Page, Store, Tx, subjects};
use uuid::Uuid;

use crate::engines::{execute, on_both_engines};
use crate::rules::house::{asked, at, fine, fire, market, subject, year_2024};

/// A report; everything in it that must be its own comes from `seed`.
fn issued(seed: u8) -> Report {
    let digest = |what: &str| seal::digest(format!("{what} {seed}").as_bytes());
    Report {
        number: ReportNumber::new("MZCR", asked().issued_at.local_day(), [seed; 8]),
        subject: subject().id,
        code_hash: digest("code"),
        facts_digest: digest("facts"),
        pdf_digest: digest("pdf"),
        edition: "zh".into(),
        period: year_2024(),
        domains: vec![market(), fire()],
        as_of: asked().as_of,
        issued_at: Instant::from_millis(asked().issued_at.millis() + i64::from(seed)),
        issued_by: "portal".into(),
        status_index: u32::from(seed),
        concluded: 2,
    }
}

/// An event of a report.
fn event(place: u32, status: Status, since: &str) -> Event {
    Event { place, status, since: at(since), reason: None, actor: "operator".into() }
}

const FACTS: &[u8] = "{\"format\":\"明证\"}\u{0}".as_bytes();

/// A transaction in which the subject is known.
async fn begun(store: &Store) -> Tx {
    let mut tx = store.write().await.unwrap();
    subjects::save(&mut tx, &subject(), at("2024-01-01T00:00:00Z")).await.unwrap();
    tx
}

/// Stores a report that shows the fine, and its first status.
async fn issue(tx: &mut Tx, report: &Report) {
    let shown = Shown { subject: fine().subject, record: fine().record, version: 1 };
    reports::insert(tx, report, FACTS, &[shown], &[&report.domains[0]]).await.unwrap();
    let first = Event { since: report.issued_at, ..event(1, Status::Valid, "2024-01-01T00:00:00Z") };
    statuses::add(tx, report.subject, &report.number, &first).await.unwrap();
}

on_both_engines! {
    async fn a_report_is_found_by_each_of_its_keys(store: Store) {
        let report = issued(7);
        let mut tx = begun(&store).await;
        issue(&mut tx, &report).await;
        issue(&mut tx, &issued(8)).await;
        tx.commit().await.unwrap();

        let mut tx = store.read().await.unwrap();
        for key in [
            Key::Number(report.number.clone()),
            Key::Code(report.code_hash),
            Key::Facts(report.facts_digest),
            Key::Pdf(report.pdf_digest),
            Key::StatusIndex(7),
        ] {
            assert_eq!(reports::find(&mut tx, &key).await.unwrap(), Some(report.clone()), "{key:?}");
        }
        for unknown in [Key::Code(report.pdf_digest), Key::Pdf(Digest::ZERO), Key::StatusIndex(9)] {
            assert_eq!(reports::find(&mut tx, &unknown).await.unwrap(), None, "{unknown:?}");
        }
        assert_eq!(reports::facts(&mut tx, &report).await.unwrap(), FACTS);
        assert!(matches!(reports::facts(&mut tx, &issued(9)).await, Err(Error::Corrupt(_))));
    }

    async fn no_two_reports_share_a_key(store: Store) {
        let one = issued(7);
        let mut tx = begun(&store).await;
        issue(&mut tx, &one).await;
        tx.commit().await.unwrap();

        for two in [
            Report { number: one.number.clone(), ..issued(8) },
            Report { code_hash: one.code_hash, ..issued(8) },
            Report { facts_digest: one.facts_digest, ..issued(8) },
            Report { pdf_digest: one.pdf_digest, ..issued(8) },
            Report { status_index: one.status_index, ..issued(8) },
        ] {
            let mut tx = store.write().await.unwrap();
            let refused = reports::insert(&mut tx, &two, FACTS, &[], &[]).await;
            assert!(matches!(refused, Err(Error::Conflict)), "{refused:?}");
        }
    }

    async fn a_subject_s_reports_are_listed_newest_first(store: Store) {
        let mut tx = begun(&store).await;
        for seed in 1..=5 {
            issue(&mut tx, &issued(seed)).await;
        }
        let mut list = async |offset, limit| {
            let page = Page { offset, limit };
            let listed = reports::by_subjects(&mut tx, &[subject().id], page).await.unwrap();
            listed.into_iter().map(|report| report.status_index).collect::<Vec<_>>()
        };
        assert_eq!(list(0, 2).await, [5, 4]);
        assert_eq!(list(4, 2).await, [1]);
        assert_eq!(list(5, 2).await, [0_u32; 0]);
        assert_eq!(reports::by_subjects(&mut tx, &[Uuid::from_u128(9)], Page { offset: 0, limit: 9 }).await.unwrap(), []);
    }

    async fn a_correction_finds_the_reports_it_touches(store: Store) {
        let mut tx = begun(&store).await;
        issue(&mut tx, &issued(1)).await;
        reports::insert(&mut tx, &issued(2), FACTS, &[], &[]).await.unwrap();
        let many: Vec<_> = (0..200_u128)
            .map(|i| Shown { subject: subject().id, record: Uuid::from_u128(1000 + i), version: 1 })
            .collect();
        reports::insert(&mut tx, &issued(3), FACTS, &many, &[]).await.unwrap();

        let touched = reports::showing(&mut tx, fine().subject, fine().record).await.unwrap();
        assert_eq!(touched, [issued(1)]);
        let touched = reports::showing(&mut tx, subject().id, many[199].record).await.unwrap();
        assert_eq!(touched, [issued(3)]);
    }

    async fn places_in_the_status_list_are_never_given_twice(store: Store) {
        let mut tx = store.write().await.unwrap();
        let given = [reports::next_status_index(&mut tx).await.unwrap(), reports::next_status_index(&mut tx).await.unwrap()];
        assert_eq!(given, [0, 1]);
        tx.commit().await.unwrap();
        let takers = (0..8).map(|_| async {
            let mut tx = store.write().await.unwrap();
            let index = reports::next_status_index(&mut tx).await.unwrap();
            tx.commit().await.unwrap();
            index
        });
        let mut taken = futures::future::join_all(takers).await;
        taken.sort_unstable();
        assert_eq!(taken, [2, 3, 4, 5, 6, 7, 8, 9]);
    }

    async fn the_last_event_is_the_status(store: Store) {
        let report = issued(7);
        let revoked = Event { reason: Some("错发".into()), ..event(2, Status::Revoked, "2026-12-01T00:00:00Z") };
        let mut tx = begun(&store).await;
        assert_eq!(statuses::current(&mut tx, report.subject, &report.number).await.unwrap(), None);
        issue(&mut tx, &report).await;
        statuses::add(&mut tx, report.subject, &report.number, &revoked).await.unwrap();

        assert_eq!(statuses::current(&mut tx, report.subject, &report.number).await.unwrap(), Some(revoked.clone()));
        let events = statuses::of(&mut tx, report.subject, &report.number).await.unwrap();
        assert_eq!(events.iter().map(|event| event.status).collect::<Vec<_>>(), [Status::Valid, Status::Revoked]);

        for place in [1, 2, 4] {
            let stale = Event { place, ..event(2, Status::Valid, "2026-12-02T00:00:00Z") };
            let refused = statuses::add(&mut tx, report.subject, &report.number, &stale).await;
            assert!(matches!(refused, Err(Error::Conflict)), "{place}");
        }
        assert_eq!(statuses::current(&mut tx, report.subject, &report.number).await.unwrap(), Some(revoked));
    }

    async fn only_reports_that_do_not_stand_go_into_a_bundle(store: Store) {
        let mut tx = begun(&store).await;
        for seed in 1..=4 {
            issue(&mut tx, &issued(seed)).await;
        }
        for (seed, place, status, since) in [
            (4, 2, Status::Revoked, "2026-12-01T00:00:00Z"),
            (2, 2, Status::Disputed, "2026-12-02T00:00:00Z"),
            (2, 3, Status::Superseded, "2026-12-03T00:00:00Z"),
            (3, 2, Status::Disputed, "2026-12-01T00:00:00Z"),
            (3, 3, Status::Valid, "2026-12-04T00:00:00Z"),
        ] {
            statuses::add(&mut tx, subject().id, &issued(seed).number, &event(place, status, since)).await.unwrap();
        }
        let mut bundle = async |as_of: &str| {
            let standing = statuses::non_valid(&mut tx, at(as_of)).await.unwrap();
            standing.into_iter().map(|s| (s.status_index, s.status)).collect::<Vec<_>>()
        };
        assert_eq!(bundle("2026-11-30T00:00:00Z").await, []);
        assert_eq!(bundle("2026-12-02T12:00:00Z").await, [(2, Status::Disputed), (3, Status::Disputed), (4, Status::Revoked)]);
        assert_eq!(bundle("2026-12-04T00:00:00Z").await, [(2, Status::Superseded), (4, Status::Revoked)]);
    }

    async fn what_was_issued_cannot_be_changed_or_removed(store: Store) {
        let mut tx = begun(&store).await;
        issue(&mut tx, &issued(7)).await;
        tx.commit().await.unwrap();
        for forbidden in [
            "UPDATE report SET edition = 'en'",
            "DELETE FROM report",
            "UPDATE report_status SET status = 'revoked'",
            "DELETE FROM report_status",
            "UPDATE report_key SET number = 'x'",
            "DELETE FROM report_key",
            "UPDATE report_record SET version = 2",
            "DELETE FROM report_record",
            "UPDATE report_gap SET domain = 'x'",
            "DELETE FROM report_gap",
        ] {
            let mut tx = store.write().await.unwrap();
            assert!(execute(&mut tx, forbidden).await.is_err(), "{forbidden}");
        }
    }

    async fn a_request_is_answered_once(store: Store) {
        let answered = Answered {
            client: "portal".into(),
            request_key: "5f2c".into(),
            request: seal::digest(b"request"),
            answer: issued(7).number.to_string(),
            created_at: at("2026-11-22T04:00:00Z"),
        };
        let mut tx = store.write().await.unwrap();
        assert_eq!(idempotency::find(&mut tx, "portal", "5f2c").await.unwrap(), None);
        assert!(idempotency::keep(&mut tx, &answered).await.unwrap());
        tx.commit().await.unwrap();

        let mut tx = store.write().await.unwrap();
        let second = Answered { answer: "another".into(), ..answered.clone() };
        assert!(!idempotency::keep(&mut tx, &second).await.unwrap());
        assert_eq!(idempotency::find(&mut tx, "portal", "5f2c").await.unwrap(), Some(answered.clone()));
        assert!(idempotency::keep(&mut tx, &Answered { client: "counter".into(), ..answered }).await.unwrap());

        assert_eq!(idempotency::forget_before(&mut tx, at("2026-11-22T04:00:00Z")).await.unwrap(), 0);
        assert_eq!(idempotency::forget_before(&mut tx, at("2026-11-22T04:00:01Z")).await.unwrap(), 2);
    }

    async fn of_two_that_answer_one_request_at_once_one_waits_and_learns(store: Store) {
        let answered = |answer: &str| Answered {
            client: "portal".into(),
            request_key: "5f2c".into(),
            request: seal::digest(b"request"),
            answer: answer.into(),
            created_at: at("2026-11-22T04:00:00Z"),
        };
        let one = async |answer: &'static str| {
            let mut tx = store.write().await.unwrap();
            let first = idempotency::keep(&mut tx, &answered(answer)).await.unwrap();
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
            tx.commit().await.unwrap();
            first
        };
        let (a, b) = tokio::join!(one("a"), one("b"));
        assert!(a ^ b, "{a} {b}");
        let mut tx = store.read().await.unwrap();
        let kept = idempotency::find(&mut tx, "portal", "5f2c").await.unwrap().unwrap().answer;
        assert_eq!(kept, if a { "a" } else { "b" });
    }
}
