//! A large file that is taken as a whole or not at all, with operations that rest on other rows of it.

use std::fmt::Write as _;
use std::future::Future as _;
use std::task::Poll;
use std::time::Duration;

use mingzheng::flow::upload::Sent;
use mingzheng::flow::{App, amend, records, worker};
use mingzheng::rules::{Act, Change, JobState};

use super::house::{House, MARKET, Row, csv, market_sends, regulator, row};
use super::large::{in_threes, job, reason, receipt, shown, worked};
use super::operations::{CLOSE, Doing, OPEN, REPAIR, SUSPEND, WITHDRAW};
use crate::engines::{Place, on_both_engines};
use crate::rules::house::day;

/// A file of records and of operations on them, in the order of its rows; strict is asked for.
fn file(rows: &[(Row, Option<Doing<'_>>)]) -> Sent {
    let records: Vec<Row> = rows.iter().map(|(row, _)| row.clone()).collect();
    let text = String::from_utf8(csv(&records)).unwrap();
    let mut lines = text.lines();
    let mut bytes = format!("{},操作,操作理由,操作日期,撤销方式,承诺修复,暂缓至\n", lines.next().unwrap());
    for (line, (_, doing)) in lines.zip(rows) {
        let Doing(operation, why, on, kind, commitment, until) =
            doing.unwrap_or(Doing("", "", "", "", "", ""));
        writeln!(bytes, "{line},{operation},{why},{on},{kind},{commitment},{until}").unwrap();
    }
    Sent { bytes: bytes.into_bytes(), strict: true, ..market_sends(&[]) }
}

/// Rows of five parts of three that rest on each other: record 1 is here before, 2 to 5 come with the file.
fn resting() -> Vec<(Row, Option<Doing<'static>>)> {
    let fresh = Row { code: MARKET.into(), name: "示范市市场监督管理局", ..row(5) };
    vec![
        (row(2), None),
        (row(3), None),
        (fresh.clone(), None),
        (row(1), Some(REPAIR)),
        (row(2), Some(SUSPEND)),
        (row(4), None),
        (fresh.clone(), Some(OPEN)), // a subject that comes with the file
        (row(3), Some(WITHDRAW)),
        (row(2), Some(OPEN)),
        (row(2), Some(CLOSE)), // rests on the part before
        (row(3), None),        // is sent afresh after its withdrawal
        (fresh, Some(CLOSE)),
        (row(2), Some(SUSPEND)), // repeats what was done two parts before
        (row(1), Some(OPEN)),
    ]
}

async fn versions(house: &House) -> i64 {
    house.number("SELECT COUNT(*) FROM record_version").await
}

/// A service with the first record in it.
async fn with_the_first(house: &House) -> App {
    house.send(&[row(1)]).await;
    house.pass(10);
    in_threes(house).await
}

on_both_engines! {
    async fn operations_that_rest_on_other_rows_of_the_file_are_stored_as_while_the_sender_waits(house: House) {
        let app = with_the_first(&house).await;
        let done = worked(&app, &job(&app, file(&resting())).await).await;
        assert_eq!(done.state, JobState::Done, "{done:?}");
        let told = receipt(&done);
        assert_eq!((told.submitted, told.accepted, told.repeated, told.rejected), (14, 13, 1, 0));
        assert_eq!(versions(&house).await, 1 + 13);

        let other = House::from(Place::on_sqlite().await);
        let waits = with_the_first(&other).await;
        let direct = mingzheng::flow::upload::upload(&waits, &regulator(MARKET), file(&resting())).await.unwrap();
        let same = |it: &mingzheng::flow::upload::Receipt| (it.submitted, it.accepted, it.corrected, it.repeated, it.rejected, it.rows_sha256);
        assert_eq!(same(&direct.receipt), same(&told));
        house.journal().await;
    }

    async fn one_operation_that_cannot_be_done_and_nothing_is_stored(house: House) {
        let app = with_the_first(&house).await;
        let wrong = [
            (row(9), Some(REPAIR)),                       // no such record
            (row(4), Some(CLOSE)),                        // in the file, but not disputed
            (row(1), Some(Doing("修复", "", "2026-10-02", "", "", ""))), // repaired by the file already
            (row(3), Some(CLOSE)),                        // withdrawn and sent afresh: not disputed
        ];
        for (at, wrong) in wrong.into_iter().enumerate() {
            let before = house.kept().await;
            let mut rows = resting();
            rows.push(wrong);
            let failed = worked(&app, &job(&app, file(&rows)).await).await;
            assert_eq!(failed.state, JobState::Failed, "{at}: {failed:?}");
            assert!(reason(&failed).contains("1 of 15"), "{at}: {}", reason(&failed));
            assert_eq!(house.kept().await[..5], before[..5], "{at}");
            assert_eq!(house.number("SELECT COUNT(*) FROM upload_part").await, 1, "that of the first record");
        }
    }

    async fn what_somebody_else_did_between_judging_and_storing_stops_the_first_part(house: House) {
        let app = with_the_first(&house).await;
        let found = records::search(&house.app, &regulator(MARKET), &records::Wanted::default()).await.unwrap();
        let record = found.records[0].version.record;
        let open = job(&app, file(&[(row(1), Some(REPAIR)), (row(2), None)])).await;
        // The worker is halted as soon as its progress says that it has judged the file.
        let mut work = Box::pin(worker::work_once(&app));
        loop {
            let polled = std::future::poll_fn(|context| Poll::Ready(work.as_mut().poll(context))).await;
            assert!(polled.is_pending(), "{polled:?}");
            let progress = shown(&app, &open).await.progress;
            if progress["stage"] == "checking" && progress["rows_done"] == 2 {
                break;
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        let withdraw = Change::new(Act::Withdraw { on: Some(day("2026-11-02")) }, Some("报送有误"));
        amend::amend(&house.app, &regulator(MARKET), record, &withdraw, None).await.unwrap();
        work.await.unwrap();
        let failed = shown(&app, &open).await;
        assert_eq!(failed.state, JobState::Failed, "{failed:?}");
        assert!(reason(&failed).contains("1 of 2"), "{}", reason(&failed));
        assert_eq!(versions(&house).await, 2);
    }
}
