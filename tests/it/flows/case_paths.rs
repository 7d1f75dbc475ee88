//! Every way a case can go, through the store; repairs with their conditions; evidence; reminders.

use mingzheng::flow::cases::{self, Asked, BadEvidence, Error, Filter, Taken};
use mingzheng::flow::{Actor, amend};
use mingzheng::rules::{
    Act, Annulment, AnnulmentKind, CaseKind, CaseStep, Change, Met, Party, Progress, Promises, Reminder,
    Standing, Status,
};

use super::cases::{about, corrects, opened, shown, step};
use super::house::{ECOLOGY, House, MARKET, PARENT, Row, ask, regulator, row, subject};
use crate::engines::on_both_engines;
use crate::rules::house::{at, day};

/// Every sequence of steps from the opening to the end.
fn paths(progress: Progress) -> Vec<Vec<CaseStep>> {
    if progress.is_ended() {
        return vec![Vec::new()];
    }
    let next = CaseStep::ALL.iter().filter_map(|step| progress.after(*step).ok().map(|after| (*step, after)));
    next.flat_map(|(step, after)| {
        paths(after).into_iter().map(move |rest| [vec![step], rest].concat()).collect::<Vec<_>>()
    })
    .collect()
}

/// A step with whatever it needs, in the case of the n-th record.
fn full(step: CaseStep, number: u32) -> Taken {
    let mut taken = Taken::because(step, "理由");
    if step == CaseStep::UpholdCorrected {
        taken.correction = corrects(number).correction;
    }
    if step == CaseStep::Annul {
        taken.annulment = Some(Annulment { annulled_on: day("2026-11-01"), kind: AnnulmentKind::Judgment });
    }
    taken
}

on_both_engines! {
    async fn every_way_to_the_end_leaves_the_record_as_its_outcome_says(house: House) {
        let ways: Vec<(CaseKind, Vec<CaseStep>)> = CaseKind::ALL
            .iter()
            .flat_map(|kind| paths(Progress::begun(*kind)).into_iter().map(|way| (*kind, way)))
            .collect();
        assert_eq!(ways.len(), 20);
        let rows: Vec<Row> = (1..=20).map(row).collect();
        house.declare().await;
        house.send(&rows).await;
        for (number, (kind, way)) in (1..).zip(&ways) {
            let mut now = opened(&house, *kind, number).await.case;
            assert_eq!(now.record.standing.disputed, *kind == CaseKind::Objection);
            let id = now.case.id;
            for next in way {
                house.pass(1000);
                let taken = full(*next, number);
                now = cases::step(&house.app, &Actor::operator(), id, &taken).await.unwrap();
                let open = now.case.progress.is_undecided();
                assert_eq!(now.record.standing.disputed, *kind == CaseKind::Objection && open, "{way:?}");
            }
            let outcome = now.case.progress.outcome.unwrap();
            assert!(outcome.fits(&now.record.standing), "{kind} {way:?}: {:?}", now.record.standing);
            assert!(now.case.ended_at.is_some() && now.case.due_at.is_none() && now.case.remind_at.is_none());
            assert!(now.possible().is_empty());
            if outcome == mingzheng::rules::Outcome::Unchanged {
                let standing = Standing { reason: None, ..now.record.standing };
                assert_eq!(standing, Standing::default(), "{kind} {way:?}");
            }
        }
        assert_eq!(house.number("SELECT COUNT(*) FROM credit_case WHERE ended_at IS NULL").await, 0);
        let again = opened(&house, CaseKind::Repair, 1).await;
        assert!(!again.repeated, "after the end a new case may be opened");
        house.journal().await;
    }

    async fn a_repair_is_not_granted_before_its_conditions_are_met(house: House) {
        let fresh = Row { decided: "2026/10/15".into(), ..row(1) };
        house.declare().await;
        house.send(&[fresh]).await;
        let asked = Asked { promises: Promises::default(), ..about(CaseKind::Repair, 1) };
        let opened = cases::open(&house.app, &subject(PARENT), &asked).await.unwrap();
        let met: Vec<Met> = opened.case.conditions.iter().map(|it| it.met).collect();
        assert_eq!(met, [Met::No; 3]);
        assert_eq!(opened.case.conditions[0].from, Some(day("2027-01-15")));
        let id = opened.case.case.id;
        for next in [CaseStep::Accept, CaseStep::Send] {
            step(&house, id, Taken::plain(next)).await.unwrap();
        }
        for grant in [CaseStep::Grant, CaseStep::GrantOnCommitment] {
            let refused = step(&house, id, Taken::plain(grant)).await;
            assert!(matches!(&refused, Err(Error::Condition(_, from)) if from.contains("2027-01-15")), "{refused:?}");
        }
        step(&house, id, Taken::because(CaseStep::Refuse, "最短公示期未满。")).await.unwrap();
    }

    async fn a_repair_on_a_commitment_can_be_taken_back(house: House) {
        let before = shown(&house).await;
        let id = opened(&house, CaseKind::Repair, 1).await.case.case.id;
        assert_eq!(house.status(&before).await, Status::Valid, "asking for a repair disputes nothing");
        for next in [CaseStep::Accept, CaseStep::Send] {
            step(&house, id, Taken::plain(next)).await.unwrap();
        }
        let granted = step(&house, id, Taken::plain(CaseStep::GrantOnCommitment)).await.unwrap();
        assert!(granted.record.standing.repaired.as_ref().unwrap().on_commitment);
        assert_eq!(house.status(&before).await, Status::Superseded);
        house.pass(10);
        assert_eq!(house.issue(ask()).await.unwrap().facts.records.len(), 0, "hidden while it is repaired");
        let revoked = step(&house, id, Taken::because(CaseStep::Revoke, "罚款未缴。")).await.unwrap();
        assert_eq!(revoked.record.standing.repaired, None);
        house.pass(10);
        assert_eq!(house.issue(ask()).await.unwrap().facts.records.len(), 1, "shown again");
        let pointless = opened(&house, CaseKind::Repair, 1).await;
        assert!(!pointless.repeated);
    }

    async fn an_authority_tells_of_its_own_annulment(house: House) {
        let before = shown(&house).await;
        let asked = Asked { subject: Some(PARENT.into()), ..about(CaseKind::Annulment, 1) };
        let told = cases::open(&house.app, &regulator(MARKET), &asked).await.unwrap().case;
        assert_eq!((told.party, told.case.told_by), (Party::Authority, Party::Authority));
        // Told on a Sunday: three working days.
        assert_eq!(told.case.due_at.unwrap().local_day(), day("2026-11-25"));
        let missing = step(&house, told.case.id, Taken::because(CaseStep::Annul, "判决撤销")).await;
        assert!(matches!(missing, Err(Error::Lacks(_))), "{missing:?}");
        let done = step(&house, told.case.id, full(CaseStep::Annul, 1)).await.unwrap();
        assert!(done.record.standing.annulled.is_some());
        assert_eq!(house.status(&before).await, Status::Superseded);
        let pointless = cases::open(&house.app, &subject(PARENT), &about(CaseKind::Repair, 1)).await;
        assert!(matches!(pointless, Err(Error::Pointless(..))), "{pointless:?}");
    }

    async fn a_case_ends_although_its_record_fell_meanwhile(house: House) {
        let before = shown(&house).await;
        let record = before.facts.records[0].id;
        let objection = opened(&house, CaseKind::Objection, 1).await.case.case.id;
        let repair = opened(&house, CaseKind::Repair, 1).await.case.case.id;
        for id in [objection, repair] {
            for next in [CaseStep::Accept, CaseStep::Send] {
                step(&house, id, Taken::plain(next)).await.unwrap();
            }
        }
        step(&house, repair, Taken::plain(CaseStep::GrantOnCommitment)).await.unwrap();
        let withdraw = Change::new(Act::Withdraw { on: None }, Some("误报"));
        amend::amend(&house.app, &regulator(MARKET), record, &withdraw, None).await.unwrap();
        for (id, last) in [(objection, CaseStep::UpholdWithdrawn), (repair, CaseStep::Revoke)] {
            let done = step(&house, id, Taken::because(last, "记录已撤回。")).await.unwrap();
            assert!(done.case.progress.outcome.unwrap().fits(&done.record.standing));
        }
    }

    async fn evidence_is_kept_by_its_content_and_within_limits(house: House) {
        shown(&house).await;
        let id = opened(&house, CaseKind::Objection, 1).await.case.case.id;
        let me = subject(PARENT);
        let add = async |name: &str, bytes: &[u8]| cases::add_evidence(&house.app, &me, id, name, bytes).await;
        let bad = async |bytes: &[u8]| match add("a.pdf", bytes).await {
            Err(Error::Evidence(bad)) => bad,
            other => panic!("{other:?}"),
        };
        assert_eq!(bad(b"").await, BadEvidence::Empty);
        for odd in [&b"<html><script>alert(1)</script>"[..], b"MZ\x90\0", b"PK\x03\x04", b" %PDF-1.7", b"<svg/>", b"GIF89a"] {
            assert_eq!(bad(odd).await, BadEvidence::Kind, "{odd:?}");
        }
        let large = [b"%PDF-1.7".to_vec(), vec![0; 10 << 20]].concat();
        assert!(matches!(bad(&large).await, BadEvidence::Large(_)));
        let kinds: [(&[u8], &str); 3] = [
            (b"%PDF-1.7 decision", "application/pdf"),
            (b"\xff\xd8\xff\xe0 photo", "image/jpeg"),
            (b"\x89PNG\r\n\x1a\n scan", "image/png"),
        ];
        for (place, (bytes, kind)) in (1..).zip(kinds) {
            let piece = add("../../\u{202e}决定书\n.exe", bytes).await.unwrap().piece;
            assert_eq!((piece.place, piece.media_type.as_str()), (place, kind));
            assert!(!piece.name.contains(['\n', '\u{202e}']), "{:?}", piece.name);
        }
        let again = add("another.pdf", kinds[0].0).await.unwrap();
        assert_eq!((again.repeated, again.piece.place), (true, 1));
        let (piece, name, bytes) = cases::fetch_evidence(&house.app, &regulator(MARKET), id, 2).await.unwrap();
        assert_eq!((name.as_str(), bytes.as_slice()), ("evidence-2.jpg", kinds[1].0));
        std::fs::write(house.object(piece.digest), b"\xff\xd8\xff changed").unwrap();
        let changed = cases::fetch_evidence(&house.app, &me, id, 2).await;
        assert!(matches!(changed, Err(Error::Store(_))), "{changed:?}");
        for number in 4..=10 {
            add("x.pdf", format!("%PDF-{number}").as_bytes()).await.unwrap();
        }
        assert_eq!(bad(b"%PDF-11").await, BadEvidence::Many);
        cases::step(&house.app, &me, id, &Taken::plain(CaseStep::TakeBack)).await.unwrap();
        assert_eq!(bad(b"%PDF-12").await, BadEvidence::Ended);
        house.journal().await;
    }

    async fn each_reminder_is_given_once(house: House) {
        shown(&house).await;
        let id = opened(&house, CaseKind::Objection, 1).await.case.case.id;
        assert_eq!(cases::remind(&house.app).await.unwrap(), []);
        // Opened on Sunday 22 November: due by the end of Monday, near from 19:12 on.
        let wait = |until: &str| house.pass(at(until).millis() - house.app.now().millis());
        wait("2026-11-23T19:11:00+08:00");
        assert_eq!(cases::remind(&house.app).await.unwrap(), []);
        wait("2026-11-23T19:13:00+08:00");
        let near = cases::remind(&house.app).await.unwrap();
        assert_eq!((near.len(), near[0].case, near[0].reminder), (1, id, Reminder::Near));
        assert_eq!(near[0].authority.unwrap().to_string(), MARKET);
        assert_eq!(cases::remind(&house.app).await.unwrap(), []);
        let filter = Filter { overdue: true, ..Filter::default() };
        assert_eq!(cases::list(&house.app, &regulator(MARKET), filter).await.unwrap().cases, []);
        wait("2026-11-24T00:00:01+08:00");
        let (one, two) = (house.second().await, house.second().await);
        let (one, two) = tokio::join!(cases::remind(&one), cases::remind(&two));
        let both = [one.unwrap(), two.unwrap()].concat();
        assert_eq!((both.len(), both[0].reminder), (1, Reminder::Overdue));
        assert_eq!(cases::list(&house.app, &regulator(MARKET), filter).await.unwrap().cases.len(), 1);
        house.pass(90 * 86_400_000);
        assert_eq!(cases::remind(&house.app).await.unwrap(), []);

        let given = cases::reminders(&house.app, &regulator(MARKET), None).await.unwrap().given;
        assert_eq!(given.iter().map(|it| it.reminder).collect::<Vec<_>>(), [Reminder::Overdue, Reminder::Near]);
        let after = Some((given[0].at, given[0].case_id));
        assert_eq!(cases::reminders(&house.app, &Actor::operator(), after).await.unwrap().given, given[1..]);
        let theirs = regulator(ECOLOGY);
        assert!(cases::reminders(&house.app, &theirs, None).await.unwrap().given.is_empty());
        // Accepted late, it is sent on within the time of its opening; the next part has time of its own.
        step(&house, id, Taken::plain(CaseStep::Accept)).await.unwrap();
        assert_eq!(cases::remind(&house.app).await.unwrap().len(), 1);
        step(&house, id, Taken::plain(CaseStep::Send)).await.unwrap();
        assert_eq!(cases::remind(&house.app).await.unwrap(), []);
        house.journal().await;
    }
}
