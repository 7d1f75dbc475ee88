//! A large file meets trouble at every step, and ends with the receipt of one that met none.

use std::future::Future as _;
use std::task::Poll;
use std::time::Duration;

use mingzheng::flow::jobs::{self, Job};
use mingzheng::flow::upload::Extent;
use mingzheng::flow::{Actor, App, uploads, worker};
use mingzheng::rules::JobState;

use super::faults::{deaf_proxy, drop_after, refuse, settle};
use super::house::{ECOLOGY, House, MARKET, Row, market_sends, regulator, row};
use super::large::{bring, faulty, in_threes, job, reason, receipt, shown, worked};
use super::operations::{REPAIR, operations};
use crate::engines::{Place, on_both_engines};

/// Longer than a lease, in milliseconds.
pub(super) const LEASE: i64 = 61_000;

/// Four parts with rows of their own, the last but one faulty; a new subject among them.
fn file(round: u32) -> Vec<Row> {
    let mut rows: Vec<Row> = (0..9).map(|n| row(1000 + round * 20 + n)).collect();
    rows.push(faulty(1010 + round * 20));
    rows.push(Row { code: MARKET.into(), name: "示范市市场监督管理局", ..row(1011 + round * 20) });
    rows
}

/// Works on, past every lease and wait, until the job is over.
pub(super) async fn to_the_end(house: &House, app: &App, job: &Job) -> Job {
    for _ in 0..20 {
        house.pass(LEASE);
        let job = worked(app, job).await;
        if job.state.is_final() {
            return job;
        }
    }
    panic!("{:?}", shown(app, job).await);
}

/// Every row of the file is there once, and the receipt says so.
async fn whole(house: &House, job: &Job, before: i64) {
    assert_eq!(job.state, JobState::Done, "{job:?}");
    let told = receipt(job);
    assert_eq!((told.submitted, told.accepted, told.repeated, told.rejected), (11, 10, 0, 1));
    assert_eq!(house.number("SELECT COUNT(*) FROM record_version").await, before + 10);
    let doubled = "SELECT COUNT(*) FROM (SELECT document_number FROM record_version GROUP BY document_number, subject, number HAVING COUNT(*) > 1) d";
    assert_eq!(house.number(doubled).await, 0);
    house.journal().await;
}

/// When the future of a round is dropped, in polls. How many a job takes depends on what else the machine does: small counts and
/// large ones take turns.
fn moment(round: u32) -> u32 {
    if round.is_multiple_of(2) { round / 2 * 3 } else { round * 37 % 241 }
}

async fn versions(house: &House) -> i64 {
    house.number("SELECT COUNT(*) FROM record_version").await
}

on_both_engines! {
    async fn whichever_row_cannot_be_stored_the_job_goes_on_later(house: House) {
        let app = in_threes(&house).await;
        let tables = ["subject", "record_version", "upload_part", "upload", "journal"];
        for (round, table) in (0..).zip(tables) {
            let before = versions(&house).await;
            let open = job(&app, market_sends(&file(round))).await;
            refuse(&house, table, true).await;
            let met = worked(&app, &open).await;
            refuse(&house, table, false).await;
            // A new subject is in the last part of the first file only.
            if table != "subject" || round == 0 {
                assert_eq!(met.state, JobState::Queued, "{table}: {met:?}");
                assert!(!reason(&met).is_empty() && !reason(&met).contains("refused'"), "{}", reason(&met));
            }
            whole(&house, &to_the_end(&house, &app, &open).await, before).await;
        }
    }

    async fn what_the_store_refused_is_among_the_rejects_of_another_run_too(house: House) {
        let app = in_threes(&house).await;
        house.send(&[row(1), row(2), row(3), row(4)]).await;
        let rows = [row(1), row(9), row(2), row(3), row(4)];
        let repairs: Vec<_> = rows.iter().map(|row| (row, REPAIR)).collect();
        let open = job(&app, operations(&repairs)).await;
        refuse(&house, "upload", true).await; // all parts are stored, and no receipt
        assert_eq!(worked(&app, &open).await.state, JobState::Queued);
        refuse(&house, "upload", false).await;

        let told = receipt(&to_the_end(&house, &app, &open).await);
        assert_eq!((told.submitted, told.accepted, told.rejected), (5, 4, 1));
        let (rejects, ..) = uploads::rejects(&app, &Actor::operator(), told.upload).await.unwrap();
        let rejects = String::from_utf8(rejects.read().await.unwrap()).unwrap();
        assert!(rejects.contains("unknown-record") && rejects.contains(&row(9).document), "{rejects}");
        house.journal().await;
    }

    async fn a_nameless_row_in_a_part_is_kept_aside_and_counted(house: House) {
        let app = in_threes(&house).await;
        let rows = [row(1), row(2), row(3), Row { code: String::new(), ..row(4) }];
        let done = worked(&app, &job(&app, market_sends(&rows)).await).await;
        let told = receipt(&done);
        assert_eq!((told.submitted, told.accepted, told.set_aside), (4, 4, 1), "{done:?}");
        assert_eq!(house.number("SELECT COUNT(*) FROM candidate").await, 1);
    }

    async fn a_worker_that_is_dropped_at_any_moment_leaves_nothing_lost_or_doubled(house: House) {
        let app = in_threes(&house).await;
        let mut seen = std::collections::BTreeSet::new();
        for round in 0..120 {
            if round > 30 && seen.len() > 2 {
                break;
            }
            let before = versions(&house).await;
            let open = job(&app, market_sends(&file(round))).await;
            Box::pin(drop_after(moment(round), worker::work_once(&app))).await;
            settle(&house).await;
            seen.insert(house.number("SELECT COUNT(*) FROM upload_part").await % 4);
            whole(&house, &to_the_end(&house, &app, &open).await, before).await;
        }
        assert!(seen.len() > 2, "{seen:?}");
    }

    async fn a_worker_that_wakes_after_its_lease_commits_nothing(house: House) {
        let (slow, quick) = (in_threes(&house).await, in_threes(&house).await);
        let mut passed_on = 0;
        for round in 0..80 {
            if round > 22 && passed_on > 0 {
                break;
            }
            let before = versions(&house).await;
            let open = job(&slow, market_sends(&file(round))).await;
            let mut sleeper = Box::pin(worker::work_once(&slow));
            let mut left = moment(round) + 1;
            std::future::poll_fn(|context| {
                if left == 0 || sleeper.as_mut().poll(context).is_ready() {
                    return Poll::Ready(());
                }
                left -= 1;
                Poll::Pending
            })
            .await;
            let asleep = left == 0;
            house.pass(LEASE);
            // Where the sleeper holds the lock of the database, nobody passes it by.
            let other = tokio::time::timeout(Duration::from_millis(400), worked(&quick, &open)).await;
            let done = other.is_ok_and(|job| job.state == JobState::Done);
            if asleep {
                sleeper.await.unwrap();
                passed_on += u32::from(done);
            }
            whole(&house, &to_the_end_or_done(&house, &quick, &open).await, before).await;
        }
        assert!(passed_on > 0, "{passed_on}");
    }

    async fn two_workers_at_once_share_the_jobs_and_no_job(house: House) {
        let (one, two) = (in_threes(&house).await, in_threes(&house).await);
        for round in 0..4 {
            let before = versions(&house).await;
            let open = job(&one, market_sends(&file(round))).await;
            let (first, second) = tokio::join!(worker::work_once(&one), worker::work_once(&two));
            let taken = [first.unwrap(), second.unwrap()];
            assert_eq!(taken.iter().flatten().count(), 1, "{taken:?}");
            whole(&house, &shown(&one, &open).await, before).await;
        }
    }

    async fn a_cancelled_file_has_a_receipt_for_what_was_stored_and_can_be_completed(house: House) {
        let app = in_threes(&house).await;
        let mut partly = 0;
        for round in 0..120 {
            if round > 12 && partly > 0 {
                break;
            }
            let open = job(&app, market_sends(&file(round))).await;
            let before = versions(&house).await;
            Box::pin(drop_after(moment(round), worker::work_once(&app))).await;
            settle(&house).await;
            let stored = versions(&house).await - before;
            let Ok(wanted) = jobs::cancel(&app, &regulator(MARKET), open.id).await else { continue };
            assert!(wanted.cancel);
            let ended = to_the_end(&house, &app, &open).await;
            if stored > 0 {
                let told = receipt(&ended);
                if told.extent == Extent::Whole {
                    continue; // it had come to its end
                }
                assert_eq!(ended.state, JobState::Cancelled);
                assert_eq!(i64::try_from(told.accepted).unwrap(), stored);
                assert_eq!(told.submitted, told.accepted + told.repeated + told.rejected);
                partly += 1;
            } else {
                assert_eq!((ended.state, versions(&house).await), (JobState::Cancelled, before));
            }
            let again = job(&app, market_sends(&file(round))).await;
            assert_ne!(again.id, open.id);
            let told = receipt(&to_the_end(&house, &app, &again).await);
            assert_eq!((told.submitted, told.accepted + told.repeated, told.rejected), (11, 10, 1));
            assert_eq!(i64::try_from(told.repeated).unwrap(), stored);
            assert_eq!(versions(&house).await, before + 10);
        }
        assert!(partly > 0, "{partly}");
        house.journal().await;
    }

    async fn a_file_that_was_lost_or_changed_is_told_and_mended_by_sending_it_again(house: House) {
        let app = in_threes(&house).await;
        for (round, damage) in (0..).zip([None, Some(&b"other bytes"[..])]) {
            let before = versions(&house).await;
            let open = job(&app, market_sends(&file(round))).await;
            let object = house.object(mingzheng::seal::digest(&market_sends(&file(round)).bytes));
            match damage {
                None => std::fs::remove_file(object).unwrap(),
                Some(bytes) => std::fs::write(object, bytes).unwrap(),
            }
            let failed = worked(&app, &open).await;
            assert_eq!(failed.state, JobState::Failed);
            assert!(reason(&failed).contains("send it again"), "{}", reason(&failed));
            assert_eq!(versions(&house).await, before);

            let again = job(&app, market_sends(&file(round))).await;
            assert_eq!((again.id, again.state), (open.id, JobState::Queued));
            whole(&house, &worked(&app, &open).await, before).await;
        }
    }

    async fn a_clock_that_was_set_back_puts_the_job_off(house: House) {
        let app = in_threes(&house).await;
        let open = job(&app, market_sends(&file(0))).await;
        house.pass(-10_000);
        let put_off = {
            // It is not due by this clock; somebody asks for it all the same.
            assert!(!worker::work_on(&app, open.id).await.unwrap());
            house.pass(10_000);
            house.send(&[row(1)]).await;
            house.pass(60_000);
            house.send(&[row(2)]).await;
            house.pass(-30_000);
            worked(&app, &open).await
        };
        assert_eq!(put_off.state, JobState::Queued, "{put_off:?}");
        assert!(reason(&put_off).contains("set the clock right"), "{}", reason(&put_off));
        assert_eq!(versions(&house).await, 2);
        house.pass(30_000);
        whole(&house, &to_the_end(&house, &app, &open).await, 2).await;
    }

    async fn trouble_that_does_not_pass_ends_in_a_dead_letter_that_somebody_revives(house: House) {
        let app = house.with(|config| (config.jobs.part_rows, config.jobs.tries) = (3, 2)).await.unwrap();
        let open = job(&app, market_sends(&file(0))).await;
        let objects = house.config.objects();
        let aside = objects.with_extension("aside");
        std::fs::rename(&objects, &aside).unwrap();
        std::fs::write(&objects, b"no folder").unwrap();
        let first = worked(&app, &open).await;
        assert_eq!((first.state, first.attempts), (JobState::Queued, 1));
        let failed = to_the_end(&house, &app, &open).await;
        assert_eq!((failed.state, failed.attempts), (JobState::Failed, 2));
        assert!(reason(&failed).contains("tried 2 times"), "{}", reason(&failed));

        std::fs::remove_file(&objects).unwrap();
        std::fs::rename(&aside, &objects).unwrap();
        let other = jobs::retry(&app, &regulator(ECOLOGY), open.id).await;
        assert!(matches!(other, Err(jobs::Error::Unknown(_))), "{other:?}");
        let revived = jobs::retry(&app, &Actor::operator(), open.id).await.unwrap();
        assert_eq!((revived.state, revived.attempts), (JobState::Queued, 0));
        whole(&house, &worked(&app, &open).await, 0).await;
    }

    async fn a_stop_in_the_middle_costs_no_try(house: House) {
        let app = in_threes(&house).await;
        let open = job(&app, market_sends(&file(0))).await;
        let stopping = in_threes(&house).await;
        jobs::stop(&stopping);
        let stopped = worked(&stopping, &open).await;
        assert_eq!((stopped.state, stopped.attempts), (JobState::Queued, 0));
        whole(&house, &worked(&app, &open).await, 0).await;
    }
}

/// As [`to_the_end`], of a job that may be over already.
async fn to_the_end_or_done(house: &House, app: &App, job: &Job) -> Job {
    let now = shown(app, job).await;
    if now.state.is_final() { now } else { to_the_end(house, app, job).await }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_step_that_was_kept_but_reported_lost_is_not_done_again() {
    let Some(place) = Place::on_postgres().await else { return };
    let url = place.url.clone();
    let house = House::from(place);
    let (_, rest) = url.split_once('@').unwrap();
    let (server, database) = rest.split_once('/').unwrap();
    let mut lost = 0;
    for commits in 0..10 {
        let proxy = deaf_proxy(server.to_owned(), commits).await;
        let app = in_threes(&house).await;
        let before = versions(&house).await;
        let open = job(&app, market_sends(&file(u32::try_from(commits).unwrap()))).await;
        let through = format!("postgres://postgres@{proxy}/{database}");
        let deaf = house.with(|config| (config.jobs.part_rows, config.store.url) = (3, Some(through))).await;
        if let Ok(deaf) = deaf {
            let worked = worker::work_once(&deaf).await;
            lost += u32::from(worked.is_err() || shown(&app, &open).await.state != JobState::Done);
        }
        settle(&house).await;
        whole(&house, &to_the_end_or_done(&house, &app, &open).await, before).await;
        assert_eq!(bring_again(&app, commits).await, 10);
    }
    assert!(lost > 4, "{lost}");
}

/// What the receipt says when the same file comes again.
async fn bring_again(app: &App, round: usize) -> u64 {
    let file = market_sends(&file(u32::try_from(round).unwrap()));
    match bring(app, file, true).await.unwrap() {
        mingzheng::flow::receive::Taken::Done(done) if done.replayed => done.receipt.accepted,
        other => panic!("{other:?}"),
    }
}
