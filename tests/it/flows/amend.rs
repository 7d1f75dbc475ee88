//! One record is changed, and what was known before stays known; the reports that show it follow at once.

use mingzheng::flow::amend::{self, Amended, Error};
use mingzheng::flow::check::Brought;
use mingzheng::flow::issue::Ask;
use mingzheng::flow::{Actor, Role};
use mingzheng::rules::facts::{Conclusion, Mark};
use mingzheng::rules::{
    Act, Annulment, AnnulmentKind, Change, ChangeRefused, Instant, Operation, Repair, Status,
};
use uuid::Uuid;

use super::check::{every_way, issued};
use super::house::{ECOLOGY, House, MARKET, PARENT, ask, regulator, row, subject};
use crate::engines::on_both_engines;
use crate::rules::house::day;

pub(crate) fn annul() -> Change {
    let annulment = Annulment { annulled_on: day("2026-09-01"), kind: AnnulmentKind::Judgment };
    Change::new(Act::Annul(annulment), Some("法院判决撤销"))
}

fn repair(on_commitment: bool) -> Change {
    Change::new(Act::Repair(Repair { repaired_on: day("2026-10-01"), on_commitment }), None)
}

fn revoke_repair() -> Change {
    Change::new(Act::RevokeRepair { on: day("2026-11-01") }, Some("承诺不实"))
}

fn withdraw() -> Change {
    Change::new(Act::Withdraw { on: None }, Some("报送有误"))
}

fn suspend() -> Change {
    Change::new(Act::Suspend { from: day("2026-06-01"), until: None }, None)
}

fn open() -> Change {
    Change::new(Act::OpenObjection { on: None }, None)
}

fn close() -> Change {
    Change::new(Act::CloseObjection { on: None }, None)
}

/// Market regulation changes a record.
async fn amended(house: &House, record: Uuid, change: &Change) -> Amended {
    house.pass(10);
    let done = amend::amend(&house.app, &regulator(MARKET), record, change, None).await.unwrap();
    house.pass(10);
    done
}

/// A report that shows repaired records, too.
fn all() -> Ask {
    Ask { include_repaired: true, ..ask() }
}

on_both_engines! {
    async fn each_change_gives_the_reports_that_show_the_record_a_status_that_says_why(house: House) {
        house.declare().await;
        for (number, (change, status, why)) in (1..).zip([
            (annul(), Status::Superseded, "撤销"),
            (withdraw(), Status::Superseded, "撤回"),
            (repair(false), Status::Superseded, "修复"),
            (suspend(), Status::Superseded, "暂缓"),
            (open(), Status::Disputed, "异议"),
        ]) {
            house.send(&[row(number)]).await;
            house.pass(10);
            let report = house.issue(all()).await.unwrap();
            let sent = row(number).document;
            let record = report.facts.records.iter().find(|record| record.document_number == sent).unwrap().id;

            let done = amended(&house, record, &change).await;

            assert_eq!((done.version.number, done.version.row, done.repeated), (2, 0, false));
            for (way, brought) in every_way(&report) {
                let found = house.check(brought).await.verdict.status;
                assert_eq!((found.status, found.since), (status, Some(done.version.received_at)), "{way} {why}");
                assert!(found.note.unwrap().contains(why), "{way} {why}");
            }
        }
        house.journal().await;
    }

    async fn an_objection_ends_a_dispute_only_when_no_other_record_of_the_report_is_disputed(house: House) {
        house.declare().await;
        house.send(&[row(1), row(2), row(3)]).await;
        house.pass(10);
        let report = house.issue(ask()).await.unwrap();
        let [one, two, three] = [0, 1, 2].map(|at| report.facts.records[at].id);

        amended(&house, one, &open()).await;
        amended(&house, two, &open()).await;
        amended(&house, one, &close()).await;
        assert_eq!(house.status(&report).await, Status::Disputed);
        amended(&house, two, &close()).await;
        assert_eq!(house.status(&report).await, Status::Valid);
        assert!(house.check(Brought::Pdf(report.pdf.clone())).await.verdict.is_genuine_and_valid());
        assert!(house.bundle().await.statuses.is_empty());

        amended(&house, three, &open()).await;
        amended(&house, three, &annul()).await;
        assert_eq!(house.status(&report).await, Status::Superseded);
        house.revoke(&report).await.unwrap();
        amended(&house, one, &open()).await;
        assert_eq!(house.status(&report).await, Status::Revoked);
    }

    async fn what_was_known_before_stays_known(house: House) {
        house.declare().await;
        house.send(&[row(1)]).await;
        house.pass(10);
        let record = house.issue(ask()).await.unwrap().facts.records[0].id;
        let marks = async || house.issue(all()).await.unwrap().facts.records.first().map(|it| it.marks.clone());
        let mut told: Vec<Instant> = Vec::new();

        assert_eq!(marks().await, Some(vec![]));
        told.push(amended(&house, record, &repair(true)).await.version.received_at);
        assert_eq!(marks().await, Some(vec![Mark::RepairedOnCommitment]));
        assert_eq!(house.issue(ask()).await.unwrap().facts.domains[0].conclusion, Conclusion::None);
        told.push(amended(&house, record, &revoke_repair()).await.version.received_at);
        assert_eq!(marks().await, Some(vec![]));
        assert_eq!(house.issue(ask()).await.unwrap().facts.domains[0].conclusion, Conclusion::Found);
        told.push(amended(&house, record, &suspend()).await.version.received_at);
        assert_eq!(marks().await, Some(vec![Mark::Suspended]));
        told.push(amended(&house, record, &annul()).await.version.received_at);
        assert_eq!(marks().await, None);

        assert!(told.is_sorted());
        let versions = house.number("SELECT COUNT(*) FROM record_version").await;
        assert_eq!(versions, 5);
        let open = house.number("SELECT COUNT(*) FROM record_version WHERE superseded_at IS NULL").await;
        assert_eq!(open, 1);
    }

    async fn only_its_authority_and_the_operator_change_a_record(house: House) {
        let report = issued(&house).await;
        let record = report.facts.records[0].id;
        let before = house.kept().await;
        let unregistered = Actor { name: "nobody".into(), role: Role::Regulator(PARENT.parse().unwrap()) };
        for actor in [regulator(ECOLOGY), subject(PARENT), unregistered] {
            let refused = amend::amend(&house.app, &actor, record, &withdraw(), None).await;
            assert!(matches!(refused, Err(Error::Unknown(id)) if id == record), "{refused:?}");
        }
        let nowhere = amend::amend(&house.app, &Actor::operator(), Uuid::from_u128(1), &withdraw(), None).await;
        assert!(matches!(nowhere, Err(Error::Unknown(_))), "{nowhere:?}");
        let refused = amend::amend(&house.app, &regulator(MARKET), record, &close(), None).await;
        assert!(matches!(refused, Err(Error::Refused(ChangeRefused::NotDisputed))), "{refused:?}");
        assert_eq!(house.kept().await, before);
        assert_eq!(house.status(&report).await, Status::Valid);

        let done = amend::amend(&house.app, &Actor::operator(), record, &withdraw(), None).await.unwrap();
        assert_eq!(done.version.operation, Operation::Withdraw);
    }

    async fn the_same_key_brings_the_same_answer(house: House) {
        let record = issued(&house).await.facts.records[0].id;
        let try_it = async |change: &Change, key: &str| {
            amend::amend(&house.app, &regulator(MARKET), record, change, Some(key)).await
        };

        let first = try_it(&open(), "k-1").await.unwrap();
        let again = try_it(&open(), "k-1").await.unwrap();
        let other = try_it(&close(), "k-1").await;
        let empty = try_it(&close(), "").await;

        assert_eq!((again.repeated, again.version), (true, first.version));
        assert!(matches!(other, Err(Error::KeyReused)), "{other:?}");
        assert!(matches!(empty, Err(Error::BadKey)), "{empty:?}");
        try_it(&close(), "k-2").await.unwrap();
        assert_eq!(try_it(&open(), "k-1").await.unwrap().version.number, 2);
    }

    async fn a_file_sent_again_does_not_undo_an_operation(house: House) {
        house.declare().await;
        house.send(&[row(1)]).await;
        house.pass(10);
        let record = house.issue(ask()).await.unwrap().facts.records[0].id;
        amended(&house, record, &annul()).await;

        let done = house.send(&[row(1), row(2)]).await;

        assert_eq!((done.receipt.accepted, done.receipt.repeated), (1, 1));
        house.pass(10);
        assert_eq!(house.issue(ask()).await.unwrap().facts.records.len(), 1);
    }
}
