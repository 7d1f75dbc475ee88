//! An objection from beginning to end: the mark, the reports that follow, and who sees and does what.

use std::collections::BTreeMap;

use mingzheng::flow::cases::{self, Asked, Error, Filter, Opened, Shown, Taken};
use mingzheng::flow::issue::Issued;
use mingzheng::flow::upload::Sent;
use mingzheng::flow::{Actor, Forbidden};
use mingzheng::flow::{amend, correct};
use mingzheng::rules::facts::Mark;
use mingzheng::rules::{
    Act, CaseKind, CaseState, CaseStep, Change, Outcome, Party, Promises, Status, WrongStep,
};
use uuid::Uuid;

use super::house::{
    ALIAS, ECOLOGY, House, MARKET, PARENT, Row, SUBSIDIARY, ask, csv, regulator, row, subject,
};
use crate::engines::on_both_engines;
use crate::rules::house::code;

/// A case of this kind about the first record of the listed company.
pub(super) fn about(kind: CaseKind, number: u32) -> Asked {
    Asked {
        kind,
        subject: None,
        record: None,
        document_number: Some(row(number).document),
        statement: "处罚决定已被更正,记录金额有误。".to_owned(),
        promises: Promises { duties_fulfilled: true, commitment: true },
    }
}

/// What a corrected record says.
pub(super) const CORRECTED: &str = "更正后的违法事实。";

/// A row as cells by the names of their columns.
pub(crate) fn cells(row: Row) -> BTreeMap<String, String> {
    let text = String::from_utf8(csv(&[row])).unwrap();
    let mut lines = text.lines().map(|line| line.split(',').map(str::to_owned));
    lines.next().unwrap().zip(lines.next().unwrap()).collect()
}

/// Upholding an objection by correcting what a record says happened.
pub(super) fn corrects(number: u32) -> Taken {
    let row = Row { facts: CORRECTED.to_owned(), ..row(number) };
    Taken { correction: Some(cells(row)), ..Taken::plain(CaseStep::UpholdCorrected) }
}

pub(super) async fn opened(house: &House, kind: CaseKind, number: u32) -> Opened {
    cases::open(&house.app, &subject(PARENT), &about(kind, number)).await.unwrap()
}

pub(super) async fn step(house: &House, id: Uuid, taken: Taken) -> Result<Shown, Error> {
    house.pass(1000);
    cases::step(&house.app, &regulator(MARKET), id, &taken).await
}

/// A record and a report that shows it.
pub(super) async fn shown(house: &House) -> Issued {
    house.declare().await;
    house.send(&[row(1)]).await;
    house.pass(10);
    let issued = house.issue(ask()).await.unwrap();
    assert_eq!(issued.facts.records.len(), 1);
    house.pass(10);
    issued
}

/// An objection that is with its authority.
async fn sent(house: &House) -> Uuid {
    let id = opened(house, CaseKind::Objection, 1).await.case.case.id;
    for next in [CaseStep::Accept, CaseStep::Send] {
        step(house, id, Taken::plain(next)).await.unwrap();
    }
    id
}

fn marks(issued: &Issued) -> Vec<Mark> {
    issued.facts.records.iter().flat_map(|record| record.marks.clone()).collect()
}

on_both_engines! {
    async fn while_an_objection_is_open_reports_carry_the_mark(house: House) {
        let before = shown(&house).await;
        let opened = opened(&house, CaseKind::Objection, 1).await;
        let case = &opened.case.case;
        assert_eq!((case.authority.map(|code| code.to_string()).as_deref(), case.marked), (Some(MARKET), true));
        assert_eq!(house.status(&before).await, Status::Disputed);
        house.pass(10);
        let meanwhile = house.issue(ask()).await.unwrap();
        assert_eq!((marks(&meanwhile), meanwhile.facts.summary.disputed), (vec![Mark::Disputed], 1));

        for next in [CaseStep::Accept, CaseStep::Send] {
            step(&house, case.id, Taken::plain(next)).await.unwrap();
        }
        let rejected = step(&house, case.id, Taken::because(CaseStep::Reject, "经核查,记录无误。")).await.unwrap();

        assert_eq!(rejected.case.progress.outcome, Some(Outcome::Unchanged));
        assert_eq!(house.status(&before).await, Status::Valid, "back");
        house.pass(10);
        assert_eq!(marks(&house.issue(ask()).await.unwrap()), []);
        let closed = cases::step(&house.app, &subject(PARENT), case.id, &Taken::plain(CaseStep::Close)).await.unwrap();
        assert_eq!((closed.case.progress.state, closed.case.due_at), (CaseState::Closed, None));
        let steps: Vec<_> = closed.events.iter().map(|event| (event.step, event.party)).collect();
        assert_eq!(steps[0], (None, Party::Applicant));
        assert_eq!(steps[4], (Some(CaseStep::Close), Party::Applicant));
        house.journal().await;
    }

    async fn an_objection_that_is_upheld_corrects_or_withdraws_the_record(house: House) {
        let before = shown(&house).await;
        let id = sent(&house).await;
        let missing = step(&house, id, Taken::plain(CaseStep::UpholdCorrected)).await;
        assert!(matches!(missing, Err(Error::Lacks(_))), "{missing:?}");

        let upheld = step(&house, id, corrects(1)).await.unwrap();

        assert_eq!((upheld.record.details.facts.as_str(), upheld.record.standing.corrected), (CORRECTED, true));
        assert!(!upheld.record.standing.disputed);
        assert_eq!(house.status(&before).await, Status::Superseded);
        step(&house, id, Taken::plain(CaseStep::Close)).await.unwrap();

        let second = sent(&house).await;
        let missing = step(&house, second, Taken::plain(CaseStep::UpholdWithdrawn)).await;
        assert!(matches!(missing, Err(Error::Step(WrongStep::Reason(_)))), "{missing:?}");
        let taken = Taken::because(CaseStep::UpholdWithdrawn, "不应报送。");
        let upheld = step(&house, second, taken).await.unwrap();
        assert!(upheld.record.standing.withdrawn && !upheld.record.standing.disputed);
        house.pass(10);
        assert_eq!(house.issue(ask()).await.unwrap().facts.records.len(), 0);
        let pointless = cases::open(&house.app, &subject(PARENT), &about(CaseKind::Objection, 1)).await;
        assert!(matches!(pointless, Err(Error::Step(_) | Error::Pointless(..))) || pointless.unwrap().repeated);
        house.journal().await;
    }

    async fn a_correction_by_upload_since_the_opening_upholds_an_objection(house: House) {
        shown(&house).await;
        let id = sent(&house).await;
        house.pass(1000);
        house.send(&[Row { fine: "3".into(), ..row(1) }]).await;
        let upheld = step(&house, id, Taken::plain(CaseStep::UpholdCorrected)).await.unwrap();
        assert_eq!(upheld.case.progress.outcome, Some(Outcome::Corrected));
        assert!(upheld.record.standing.corrected && !upheld.record.standing.disputed);
        let other = sent_again(&house, id).await;
        let with = |change: fn(&mut Row)| {
            let mut row = Row { fine: "3".into(), ..row(1) };
            change(&mut row);
            Taken { correction: Some(cells(row)), ..Taken::plain(CaseStep::UpholdCorrected) }
        };
        let refused = step(&house, other, with(|it| it.document = "示市监处罚〔2025〕9999号".into())).await;
        assert!(matches!(refused, Err(Error::Correct(correct::Error::OtherRecord))), "{refused:?}");
        let refused = step(&house, other, with(|it| it.decided = "2030/01/01".into())).await;
        assert!(matches!(refused, Err(Error::Correct(correct::Error::Faulty(_)))), "{refused:?}");
        let refused = step(&house, other, with(|_| {})).await;
        assert!(matches!(refused, Err(Error::Amend(amend::Error::Refused(_)))), "it says this already: {refused:?}");
        let theirs = cases::step(&house.app, &subject(PARENT), other, &with(|it| it.fine = "1".into())).await;
        assert!(matches!(theirs, Err(Error::Step(WrongStep::NotTheirs { .. }))), "{theirs:?}");
    }

    async fn opening_the_same_case_twice_is_one_case(house: House) {
        shown(&house).await;
        let first = opened(&house, CaseKind::Objection, 1).await;
        let kept = house.number("SELECT COUNT(*) FROM journal").await;
        house.pass(60_000);
        let by_id = Asked {
            record: Some(first.case.record.record),
            document_number: None,
            subject: Some(ALIAS.to_owned()),
            statement: "另有说明".to_owned(),
            ..about(CaseKind::Objection, 1)
        };
        for (actor, asked) in [
            (subject(PARENT), about(CaseKind::Objection, 1)),
            (subject(ALIAS), by_id.clone()),
            (Actor::operator(), by_id),
        ] {
            let again = cases::open(&house.app, &actor, &asked).await.unwrap();
            assert_eq!((again.repeated, again.case.case.id), (true, first.case.case.id));
        }
        assert_eq!(house.number("SELECT COUNT(*) FROM credit_case").await, 1);
        assert_eq!(house.number("SELECT COUNT(*) FROM journal").await, kept);
        let repair = opened(&house, CaseKind::Repair, 1).await;
        assert!(!repair.repeated, "another kind is another case");
    }

    async fn a_step_that_was_just_taken_changes_nothing_when_it_is_sent_again(house: House) {
        shown(&house).await;
        let id = sent(&house).await;
        let longer = Taken::because(CaseStep::Extend, "需要调阅原始卷宗。");
        let first = step(&house, id, longer.clone()).await.unwrap();
        let kept = house.number("SELECT COUNT(*) FROM case_event").await;
        let again = step(&house, id, longer).await.unwrap();
        assert_eq!((again.case.clone(), house.number("SELECT COUNT(*) FROM case_event").await), (first.case, kept));
        let more = step(&house, id, Taken::because(CaseStep::Extend, "再延一次。")).await;
        assert!(matches!(more, Err(Error::Step(WrongStep::ExtendedBefore))), "{more:?}");
        assert!(again.case.progress.extended);
    }

    async fn a_mark_that_the_authority_set_itself_outlives_the_objection(house: House) {
        let before = shown(&house).await;
        let record = before.facts.records[0].id;
        let suit = Change::new(Act::OpenObjection { on: None }, Some("行政诉讼"));
        amend::amend(&house.app, &regulator(MARKET), record, &suit, None).await.unwrap();
        house.pass(10);
        let id = opened(&house, CaseKind::Objection, 1).await.case.case.id;
        let back = cases::step(&house.app, &subject(PARENT), id, &Taken::plain(CaseStep::TakeBack)).await.unwrap();
        assert!(back.record.standing.disputed && !back.case.marked);
        assert_eq!(house.status(&before).await, Status::Disputed);
    }

    async fn nobody_sees_or_moves_the_cases_of_others(house: House) {
        shown(&house).await;
        let id = opened(&house, CaseKind::Objection, 1).await.case.case.id;
        let nowhere = Uuid::from_u128(7);
        let kept = house.number("SELECT COUNT(*) FROM case_event").await;
        for stranger in [subject(SUBSIDIARY), regulator(ECOLOGY), subject("nobody")] {
            for id in [id, nowhere] {
                let shown = cases::show(&house.app, &stranger, id).await;
                assert!(matches!(shown, Err(Error::NotFound)), "{shown:?}");
                let moved = cases::step(&house.app, &stranger, id, &Taken::plain(CaseStep::Accept)).await;
                assert!(matches!(moved, Err(Error::NotFound)), "{moved:?}");
                let added = cases::add_evidence(&house.app, &stranger, id, "a.pdf", b"%PDF-1.7").await;
                assert!(matches!(added, Err(Error::NotFound)), "{added:?}");
                let fetched = cases::fetch_evidence(&house.app, &stranger, id, 1).await;
                assert!(matches!(fetched, Err(Error::NotFound)), "{fetched:?}");
            }
            assert_eq!(cases::list(&house.app, &stranger, Filter::default()).await.unwrap().cases, []);
            let asked = Asked { subject: Some(PARENT.to_owned()), ..about(CaseKind::Annulment, 1) };
            let opened = cases::open(&house.app, &stranger, &asked).await;
            assert!(matches!(opened, Err(Error::UnknownRecord)), "{opened:?}");
        }
        let own = cases::step(&house.app, &subject(PARENT), id, &Taken::plain(CaseStep::Accept)).await;
        assert!(matches!(own, Err(Error::Step(WrongStep::NotTheirs { .. }))), "{own:?}");
        let theirs = step(&house, id, Taken::plain(CaseStep::TakeBack)).await;
        assert!(matches!(theirs, Err(Error::Step(WrongStep::NotTheirs { .. }))), "{theirs:?}");
        let none = cases::reminders(&house.app, &subject(PARENT), None).await;
        assert!(matches!(none, Err(Error::Forbidden(Forbidden::Operator(_)))), "{none:?}");
        for own in [subject(PARENT), subject(ALIAS), regulator(MARKET), Actor::operator()] {
            assert_eq!(cases::show(&house.app, &own, id).await.unwrap().case.id, id);
        }
        assert_eq!(house.number("SELECT COUNT(*) FROM case_event").await, kept);
    }

    async fn a_number_that_two_authorities_gave_is_each_ones_own(house: House) {
        shown(&house).await;
        let theirs = Row { organ: ECOLOGY, ..row(1) };
        let sent = Sent {
            file_name: "penalties.csv".to_owned(),
            bytes: csv(&[theirs]),
            authority: Some(code(ECOLOGY)),
            ..Sent::default()
        };
        let done = house.upload(sent).await.unwrap();
        assert_eq!(done.receipt.accepted, 1, "{:?}", done.faults);
        let asked = Asked { subject: Some(PARENT.to_owned()), ..about(CaseKind::Annulment, 1) };
        let several = cases::open(&house.app, &Actor::operator(), &asked).await;
        assert!(matches!(several, Err(Error::Several(2, _))), "{several:?}");
        for own in [MARKET, ECOLOGY] {
            let opened = cases::open(&house.app, &regulator(own), &asked).await.unwrap();
            assert_eq!(opened.case.record.organ, code(own), "nothing is told of the other one's");
        }
    }

    async fn what_cannot_be_opened_says_why(house: House) {
        shown(&house).await;
        let me = subject(PARENT);
        let try_to = async |asked: Asked| cases::open(&house.app, &me, &asked).await.unwrap_err();
        let with = |change: fn(&mut Asked)| {
            let mut asked = about(CaseKind::Objection, 1);
            change(&mut asked);
            asked
        };
        assert!(matches!(try_to(with(|it| it.statement.clear())).await, Error::Statement));
        assert!(matches!(try_to(with(|it| it.statement = "长".repeat(2001))).await, Error::Statement));
        assert!(matches!(try_to(with(|it| it.document_number = None)).await, Error::WhichRecord));
        assert!(matches!(try_to(with(|it| it.document_number = Some(" ".into()))).await, Error::WhichRecord));
        assert!(matches!(try_to(about(CaseKind::Objection, 2)).await, Error::UnknownRecord));
        assert!(matches!(try_to(with(|it| it.record = Some(Uuid::from_u128(9)))).await, Error::UnknownRecord));
        assert!(matches!(try_to(with(|it| it.subject = Some(SUBSIDIARY.into()))).await, Error::UnknownRecord));
        let operator = cases::open(&house.app, &Actor::operator(), &about(CaseKind::Objection, 1)).await;
        assert!(matches!(operator, Err(Error::Lacks(_))), "{operator:?}");
        let nobody = Asked { subject: Some("nobody".into()), ..about(CaseKind::Objection, 1) };
        let nobody = cases::open(&house.app, &Actor::operator(), &nobody).await;
        assert!(matches!(nobody, Err(Error::UnknownSubject(_))), "{nobody:?}");
        let asked = Asked { subject: Some(PARENT.into()), ..about(CaseKind::Objection, 1) };
        let theirs = cases::open(&house.app, &regulator(MARKET), &asked).await;
        assert!(matches!(theirs, Err(Error::Lacks(_))), "an authority objects to nothing: {theirs:?}");
        assert_eq!(house.number("SELECT COUNT(*) FROM credit_case").await, 0);
    }
}

/// Another objection, after the first was closed.
async fn sent_again(house: &House, before: Uuid) -> Uuid {
    step(house, before, Taken::plain(CaseStep::Close)).await.unwrap();
    sent(house).await
}
