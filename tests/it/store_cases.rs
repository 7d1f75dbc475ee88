//! Cases as they are kept: one open for a record and a kind, events in order, nothing changed afterwards.

use mingzheng::rules::{CaseKind, CaseState, CaseStep, Desk, Instant, Party, Progress, Promises, Reminder};
use mingzheng::seal;
use mingzheng::store::cases::{self, Case, Event, Which, Whose};
use mingzheng::store::evidence::{self, Evidence};
use mingzheng::store::reminders::{self, Given};
use mingzheng::store::renewals::{self, Renewed};
use mingzheng::store::{Error, Store, Tx, authorities, subjects};
use uuid::Uuid;

use crate::engines::{execute, on_both_engines};
use crate::rules::house::{at, fine, fire, fire_brigade, subject};

/// A case opened as the n-th.
fn case(n: u128, kind: CaseKind) -> Case {
    let opened_at = at("2026-09-30T02:00:00Z");
    Case {
        subject: subject().id,
        id: Uuid::from_u128(0xca5e_0000 + n),
        record: Uuid::from_u128(n),
        authority: Some(fire_brigade().code),
        document_number: fine().document_number,
        domain: fire(),
        told_by: Party::Applicant,
        promises: Promises { duties_fulfilled: true, commitment: false },
        opened_at,
        opened_by: "company".into(),
        marked: true,
        progress: Progress::begun(kind),
        place: 1,
        counted_from: opened_at,
        due_at: Some(at("2026-10-08T15:59:59.999Z")),
        remind_at: Some(at("2026-10-08T08:24:00Z")),
        ended_at: None,
    }
}

fn event(place: u32, step: Option<CaseStep>, state: CaseState) -> Event {
    Event {
        place,
        step,
        state,
        party: Party::Applicant,
        actor: "company".into(),
        at: at("2026-09-30T02:00:00Z"),
        reason: Some("金额有误".into()),
    }
}

/// The case after a step.
fn after(mut case: Case, step: CaseStep) -> (Case, Event) {
    case.progress = case.progress.after(step).unwrap();
    case.place += 1;
    let event = event(case.place, Some(step), case.progress.state);
    (case, event)
}

async fn begun(store: &Store) -> Tx {
    let mut tx = store.write().await.unwrap();
    authorities::save(&mut tx, &fire_brigade(), at("2026-01-01T00:00:00Z")).await.unwrap();
    subjects::save(&mut tx, &subject(), at("2026-01-01T00:00:00Z")).await.unwrap();
    tx
}

async fn opened(tx: &mut Tx, n: u128, kind: CaseKind) -> Case {
    let case = case(n, kind);
    cases::insert(tx, &case, &event(1, None, CaseState::Submitted)).await.unwrap();
    case
}

on_both_engines! {
    async fn a_case_comes_back_as_it_was_kept(store: Store) {
        let mut tx = begun(&store).await;
        let kept = opened(&mut tx, 1, CaseKind::Objection).await;
        assert_eq!(cases::by_id(&mut tx, kept.id).await.unwrap(), Some(kept.clone()));
        assert_eq!(cases::by_id(&mut tx, Uuid::from_u128(9)).await.unwrap(), None);
        let (next, accepted) = after(kept.clone(), CaseStep::Accept);
        cases::advance(&mut tx, &next, &accepted).await.unwrap();
        assert_eq!(cases::by_id(&mut tx, kept.id).await.unwrap(), Some(next.clone()));
        let events = cases::events(&mut tx, &next).await.unwrap();
        assert_eq!(events, [event(1, None, CaseState::Submitted), accepted.clone()]);
        let twice = cases::advance(&mut tx, &next, &accepted).await;
        assert!(matches!(twice, Err(Error::Conflict)), "{twice:?}");
    }

    async fn one_case_of_a_kind_is_open_for_a_record(store: Store) {
        let mut tx = begun(&store).await;
        let first = opened(&mut tx, 1, CaseKind::Annulment).await;
        opened(&mut tx, 1 << 32 | 1, CaseKind::Repair).await;
        let (mut ended, last) = after(first.clone(), CaseStep::TakeBack);
        ended.ended_at = Some(last.at);
        let open = cases::open_on(&mut tx, first.subject, first.record, CaseKind::Annulment).await.unwrap();
        assert_eq!(open, Some(first));
        cases::advance(&mut tx, &ended, &last).await.unwrap();
        let open = cases::open_on(&mut tx, ended.subject, ended.record, CaseKind::Annulment).await.unwrap();
        assert_eq!(open, None);
        let second = Case { record: ended.record, ..case(2, CaseKind::Annulment) };
        cases::insert(&mut tx, &second, &event(1, None, CaseState::Submitted)).await.unwrap();
        let third = Case { record: ended.record, ..case(3, CaseKind::Annulment) };
        let conflict = cases::insert(&mut tx, &third, &event(1, None, CaseState::Submitted)).await;
        assert!(matches!(conflict, Err(Error::Conflict)), "{conflict:?}");
    }

    async fn lists_go_from_the_latest_on_and_keep_to_whose_they_are(store: Store) {
        let mut tx = begun(&store).await;
        for n in 1..=5 {
            opened(&mut tx, n, if n == 3 { CaseKind::Repair } else { CaseKind::Objection }).await;
        }
        let ids = |cases: Vec<Case>| cases.iter().map(|it| it.id.as_u128() - 0xca5e_0000).collect::<Vec<_>>();
        let own = Whose::Subjects(vec![subject().id]);
        let mut list = async |whose: &Whose, which: Which, limit| {
            ids(cases::list(&mut tx, whose, which, limit).await.unwrap())
        };
        assert_eq!(list(&own, Which::default(), 2).await, [5, 4]);
        let next = Which { before: Some(case(4, CaseKind::Repair).id), ..Which::default() };
        assert_eq!(list(&own, next, 10).await, [3, 2, 1]);
        assert_eq!(list(&Whose::All, Which { kind: Some(CaseKind::Repair), ..Which::default() }, 10).await, [3]);
        let accepted = Which { state: Some(CaseState::Accepted), ..Which::default() };
        assert_eq!(list(&Whose::All, accepted, 10).await, [0_u128; 0]);
        let by = |due_by: &str| Which { due_by: Some(at(due_by)), ..Which::default() };
        assert_eq!(list(&Whose::All, by("2026-10-08T15:59:59Z"), 10).await, [0_u128; 0]);
        assert_eq!(list(&Whose::Desks(vec![Desk::whole(fire_brigade().code)]), by("2026-10-09T00:00:00Z"), 2).await, [5, 4]);
        assert_eq!(list(&Whose::Desks(vec![Desk::whole(crate::rules::house::market_bureau().code)]), Which::default(), 9).await, [0_u128; 0]);
        assert_eq!(list(&Whose::Subjects(vec![]), Which::default(), 9).await, [0_u128; 0]);
        assert_eq!(list(&Whose::Subjects(vec![Uuid::from_u128(77)]), Which::default(), 9).await, [0_u128; 0]);
    }

    async fn a_reminder_is_given_once_and_evidence_is_kept_once(store: Store) {
        let mut tx = begun(&store).await;
        let kept = opened(&mut tx, 1, CaseKind::Objection).await;
        let now = at("2026-10-08T09:00:00Z");
        assert_eq!(cases::to_remind(&mut tx, at("2026-10-08T08:23:59Z"), 9).await.unwrap(), []);
        assert_eq!(cases::to_remind(&mut tx, now, 9).await.unwrap().len(), 1);
        let given = Given {
            case_id: kept.id, reminder: Reminder::Near, authority: kept.authority, due_at: kept.due_at.unwrap(), at: now,
        };
        let next = kept.due_at.map(|at| Instant::from_millis(at.millis() + 1));
        assert!(reminders::give(&mut tx, &kept, &given, next).await.unwrap());
        assert!(!reminders::give(&mut tx, &kept, &given, next).await.unwrap());
        assert_eq!(cases::to_remind(&mut tx, now, 9).await.unwrap(), []);
        assert_eq!(reminders::list(&mut tx, Some(&[Desk::whole(kept.authority.unwrap())]), None, 9).await.unwrap(), std::slice::from_ref(&given));
        assert_eq!(reminders::list(&mut tx, None, Some((now, kept.id)), 9).await.unwrap(), []);

        let piece = Evidence {
            place: 1, digest: seal::digest(b"%PDF-"), name: "决定书.pdf".into(), media_type: "application/pdf".into(),
            bytes: 5, party: Party::Applicant, actor: "company".into(), at: now,
        };
        evidence::add(&mut tx, &kept, &piece).await.unwrap();
        assert_eq!(evidence::of(&mut tx, &kept).await.unwrap(), std::slice::from_ref(&piece));
        let again = evidence::add(&mut tx, &kept, &Evidence { place: 2, ..piece }).await;
        assert!(matches!(again, Err(Error::Conflict)), "{again:?}");
    }

    async fn what_happened_in_a_case_is_never_changed(store: Store) {
        let mut tx = begun(&store).await;
        let kept = opened(&mut tx, 1, CaseKind::Objection).await;
        let given = Given {
            case_id: kept.id, reminder: Reminder::Near, authority: None, due_at: kept.opened_at, at: kept.opened_at,
        };
        reminders::give(&mut tx, &kept, &given, None).await.unwrap();
        tx.commit().await.unwrap();
        for sql in [
            "UPDATE case_event SET reason = 'x'",
            "DELETE FROM case_event",
            "DELETE FROM case_reminder",
            "UPDATE case_reminder SET at = 0",
            "DELETE FROM case_key",
            "UPDATE case_key SET subject = id",
            "DELETE FROM credit_case",
            "UPDATE credit_case SET record = id",
            "UPDATE credit_case SET marked = false",
            "UPDATE credit_case SET authority = NULL",
        ] {
            let mut tx = store.write().await.unwrap();
            assert!(execute(&mut tx, sql).await.is_err(), "{sql}");
        }
        let mut tx = store.write().await.unwrap();
        assert_eq!(execute(&mut tx, "UPDATE credit_case SET due_at = NULL").await.unwrap(), 1);
    }

    async fn a_report_that_is_not_there_has_no_renewal(store: Store) {
        let mut tx = begun(&store).await;
        let number = mingzheng::rules::ReportNumber::new("MZCR", crate::rules::house::day("2026-11-22"), [1; 8]);
        let renewed = Renewed { subject: subject().id, number: number.clone(), place: 2 };
        assert_eq!(renewals::find(&mut tx, &renewed).await.unwrap(), None);
        assert!(renewals::keep(&mut tx, &renewed, &number, at("2026-11-22T02:00:00Z")).await.is_err());
    }
}
