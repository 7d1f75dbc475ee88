//! There is no room left: whatever is written, by whichever step, is told as trouble that passes and leaves nothing half-done; work in
//! the background waits, longer each time, is never given up for it, and goes on when there is room again.
//!
//! `PostgreSQL` is made to say so (53100) at each table that a step writes; `SQLite` by a limit of its pages. `harm` fills a real disk
//! where one may be mounted, and `cli::jobs` limits the files of the program.

use std::time::Duration;

use mingzheng::config::Config;
use mingzheng::flow::cases;
use mingzheng::flow::{App, StoreError, amend, candidates, issue, jobs, upload, worker};
use mingzheng::rules::{CaseKind, JobState};
use mingzheng::store::{Settings, Store, Tx};
use sqlx::AssertSqlSafe;

use super::cases::about;
use super::check::issued;
use super::faults::{STEPS, amended, keyed, refuse_for, resolved, sent};
use super::house::{House, MARKET, PARENT, ask, market_sends, regulator, row, subject};
use super::large::{job, reason, receipt, shown};
use super::large_faults::to_the_end;
use crate::engines::{Place, execute, on_both_engines};

/// What `PostgreSQL` says when there is no room (`disk_full`).
const FULL: &str = "53100";

/// Each act of `faults`, and what it says of the store.
async fn acted(house: &House, act: &str) -> Option<StoreError> {
    let told = match act {
        "upload" => match house.upload(sent(house)).await.unwrap_err() {
            upload::Error::Store(error) => Some(error),
            _ => None,
        },
        "amend" => match amended(house).await.unwrap_err() {
            amend::Error::Store(error) => Some(error),
            _ => None,
        },
        "resolve" => match resolved(house).await.unwrap_err() {
            candidates::Error::Store(error) => Some(error),
            _ => None,
        },
        _ => match house.issue(keyed()).await.unwrap_err() {
            issue::Error::Store(error) => Some(error),
            _ => None,
        },
    };
    told.filter(|error| error.may_pass() && error.is_outage())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_room_at_any_step_is_trouble_that_passes_and_nothing_is_stored() {
    let Some(place) = Place::on_postgres().await else { return };
    let house = House::from(place);
    issued(&house).await;
    for (act, tables) in STEPS {
        house.pass(10);
        house.issue(ask()).await.unwrap();
        house.pass(10);
        for table in *tables {
            let before = house.kept().await;
            refuse_for(&house, table, true, FULL).await;
            assert!(acted(&house, act).await.is_some(), "{act} {table}");
            assert_eq!(house.kept().await, before, "{act} {table}");
            refuse_for(&house, table, false, FULL).await;
        }
        house.pass(10);
        match *act {
            "upload" => assert_eq!(house.upload(sent(&house)).await.unwrap().receipt.corrected, 1),
            "amend" => assert!(!amended(&house).await.unwrap().repeated),
            "resolve" => assert!(resolved(&house).await.unwrap().record.is_some()),
            _ => assert!(!house.issue(keyed()).await.unwrap().repeated),
        }
    }
    house.pass(10);
    for table in ["credit_case", "case_event", "record_version", "journal"] {
        let before = house.kept().await;
        refuse_for(&house, table, true, FULL).await;
        let told =
            cases::open(&house.app, &subject(PARENT), &about(CaseKind::Objection, 2)).await.unwrap_err();
        let (cases::Error::Store(error) | cases::Error::Amend(amend::Error::Store(error))) = &told else {
            panic!("{table}: {told:?}")
        };
        assert!(error.may_pass() && error.is_outage(), "{table}: {error:?}");
        assert_eq!(house.kept().await, before, "{table}");
        refuse_for(&house, table, false, FULL).await;
    }
    let opened = cases::open(&house.app, &subject(PARENT), &about(CaseKind::Objection, 2)).await.unwrap();
    assert!(!opened.repeated);
    house.journal().await;
}

/// A process that stores three rows at a time, and gives up a job whose first try fails for good.
async fn once(house: &House) -> App {
    house.with(|config| (config.jobs.part_rows, config.jobs.tries) = (3, 1)).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_job_without_room_waits_longer_each_time_and_goes_on_with_room_again() {
    let Some(place) = Place::on_postgres().await else { return };
    let house = House::from(place);
    let app = once(&house).await;
    for (round, table) in (0..).zip(["record_version", "upload_part", "upload", "journal"]) {
        let before = house.number("SELECT COUNT(*) FROM record_version").await;
        let rows: Vec<_> = (0..7).map(|n| row(1000 + round * 10 + n)).collect();
        let open = job(&app, market_sends(&rows)).await;
        refuse_for(&house, table, true, FULL).await;
        let mut waits = Vec::new();
        for _ in 0..4 {
            assert_eq!(worker::work_once(&app).await.unwrap(), Some(open.id), "{table}");
            let now = shown(&app, &open).await;
            assert_eq!((now.state, now.attempts), (JobState::Queued, 0), "{table}: {now:?}");
            assert!(
                reason(&now).contains("自动继续") && reason(&now).contains("by itself"),
                "{}",
                reason(&now)
            );
            let wait = now.run_after.millis() - house.app.now().millis();
            waits.push(wait);
            assert_eq!(worker::work_once(&app).await.unwrap(), None, "{table}: nobody takes it before");
            house.pass(wait);
        }
        // With the parts that were stored it got on before the first of these.
        assert_eq!(waits, [5_000, 10_000, 20_000, 40_000], "{table}");
        refuse_for(&house, table, false, FULL).await;
        let done = to_the_end(&house, &app, &open).await;
        let told = receipt(&done);
        assert_eq!((told.submitted, told.accepted, told.repeated), (7, 7, 0), "{table}");
        assert_eq!((done.state, done.attempts), (JobState::Done, 1), "{table}");
        assert_eq!(house.number("SELECT COUNT(*) FROM record_version").await, before + 7, "{table}");
        house.journal().await;
    }
}

on_both_engines! {
    async fn a_file_that_was_stopped_half_way_and_is_ended_then_has_a_receipt_for_what_was_stored(house: House) {
        let small = |config: &mut Config| config.jobs.part_rows = 3;
        let (stopping, app) = (house.with(small).await.unwrap(), house.with(small).await.unwrap());
        let rows: Vec<_> = (0..90).map(|n| row(1000 + n)).collect();
        let open = job(&app, market_sends(&rows)).await;
        let stop = async {
            while house.number("SELECT COUNT(*) FROM upload_part").await == 0 {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
            jobs::stop(&stopping);
        };
        let (met, ()) = tokio::join!(worker::work_once(&stopping), stop);
        met.unwrap();
        let stopped = shown(&app, &open).await;
        assert_eq!((stopped.state, stopped.attempts), (JobState::Queued, 0), "{stopped:?}");
        let stored = house.number("SELECT COUNT(*) FROM record_version").await;
        assert!((3..90).contains(&stored), "{stored}");

        let wanted = jobs::cancel(&app, &regulator(MARKET), open.id).await.unwrap();
        assert!(wanted.cancel && !wanted.state.is_final(), "{wanted:?}");
        let ended = to_the_end(&house, &app, &open).await;
        let told = receipt(&ended);
        assert_eq!((ended.state, i64::try_from(told.accepted).unwrap()), (JobState::Cancelled, stored));
    }
}

/// Stores blocks until there is no room for one, within so many pages, and tells what was said.
async fn filled(store: &Store, pages: i64) -> StoreError {
    let Tx::Sqlite(mut tx) = store.write().await.unwrap() else { panic!() };
    let limit = format!("PRAGMA max_page_count = {pages}");
    sqlx::query(AssertSqlSafe(limit)).execute(&mut *tx).await.unwrap();
    loop {
        let block = sqlx::query("INSERT INTO ballast (bytes) VALUES (zeroblob(20000))");
        if let Err(error) = block.execute(&mut *tx).await {
            return error.into();
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_file_of_sqlite_is_told_as_an_outage_and_the_next_write_works() {
    let place = Place::on_sqlite().await;
    let (store, url) = (place.store.clone(), place.url.clone());
    let house = House::from(place);
    let mut tx = house.store.write().await.unwrap();
    execute(&mut tx, "CREATE TABLE ballast (bytes BLOB)").await.unwrap();
    tx.commit().await.unwrap();
    house.send(&[row(1)]).await;
    let before = house.kept().await;
    let pages = house.number("SELECT page_count FROM pragma_page_count").await;
    let one = Store::open(&Settings::at(&url)).await.unwrap();
    for more in [0, 1, 40] {
        let full = filled(&one, pages + more).await;
        assert!(full.may_pass() && full.is_outage(), "{more}: {full:?}");
        assert_eq!(house.number("SELECT COUNT(*) FROM ballast").await, 0, "{more}");
        // The connection that met it is not used again.
        let mut tx = one.write().await.unwrap();
        execute(&mut tx, "INSERT INTO ballast (bytes) VALUES (zeroblob(20000))").await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(house.number("SELECT COUNT(*) FROM ballast").await, 1, "{more}");
        let mut tx = store.write().await.unwrap();
        execute(&mut tx, "DELETE FROM ballast").await.unwrap();
        tx.commit().await.unwrap();
    }
    assert_eq!(house.kept().await, before);
    house.journal().await;
}
