//! A large file is only checked: with the verdict of a small one, and nothing of it is stored.

use std::fmt::Write as _;
use std::future::Future as _;
use std::task::Poll;
use std::time::Duration;

use mingzheng::flow::jobs::{self, Job, Progress};
use mingzheng::flow::receive::Taken;
use mingzheng::flow::upload::{self, Declared, Done, Extent, Receipt, Sent};
use mingzheng::flow::{Actor, App, dry_run, worker};
use mingzheng::rules::JobState;
use mingzheng::seal;

use super::faults::{drop_after, settle};
use super::house::{ECOLOGY, House, MARKET, Row, all_loaded, csv, market, market_sends, regulator, row};
use super::large::{bring, faulty, in_threes, job, reason, receipt, shown, worked};
use super::large_faults::to_the_end;
use super::operations::{Doing, REPAIR, SUSPEND, WITHDRAW};
use crate::engines::on_both_engines;

type Line = (Row, Option<Doing<'static>>);

/// A file of records and of operations on them, in the order of its rows.
fn file(rows: &[Line]) -> Sent {
    let records: Vec<Row> = rows.iter().map(|(row, _)| row.clone()).collect();
    let text = String::from_utf8(csv(&records)).unwrap();
    let mut lines = text.lines();
    let mut bytes = format!("{},操作,操作理由,操作日期,撤销方式,承诺修复,暂缓至\n", lines.next().unwrap());
    for (line, (_, doing)) in lines.zip(rows) {
        let Doing(operation, why, on, kind, commitment, until) =
            doing.unwrap_or(Doing("", "", "", "", "", ""));
        writeln!(bytes, "{line},{operation},{why},{on},{kind},{commitment},{until}").unwrap();
    }
    Sent { bytes: bytes.into_bytes(), ..market_sends(&[]) }
}

/// Rows of six parts that rest on each other in every way that there is; records 1 and 2 are here before.
fn mixed() -> Vec<Line> {
    let fresh = Row { code: MARKET.into(), name: "示范市市场监督管理局", ..row(5) };
    let nameless = Row { code: String::new(), ..row(60) };
    vec![
        (row(3), None),
        (row(1), None), // repeats what is stored
        (row(4), None),
        (Row { fine: "7".into(), ..row(2) }, None), // corrects it
        (row(3), None),                             // repeats a row of another part
        (faulty(50), None),
        (nameless.clone(), None),
        (row(4), None),
        (nameless, None), // is kept aside once
        (row(1), Some(SUSPEND)),
        (row(3), Some(WITHDRAW)), // rests on the file itself
        (row(3), None),           // is sent afresh after its withdrawal
        (row(9), Some(REPAIR)),   // there is no such record
        (fresh.clone(), None),    // a subject that comes with the file
        (faulty(51), None),
        (fresh, None),
        (Row { fine: "20000".into(), ..row(70) }, None), // is odd
    ]
}

/// A service with two records in it.
async fn with_two(house: &House) -> App {
    house.send(&[row(1), row(2)]).await;
    house.pass(10);
    in_threes(house).await
}

fn check(sent: Sent) -> Sent {
    Sent { dry_run: true, ..sent }
}

/// What a check says, whichever way it came.
type Verdict = ([u64; 6], Vec<(u64, String)>, Vec<(u64, String)>);

fn counts(receipt: &Receipt) -> [u64; 6] {
    let Receipt { submitted, accepted, corrected, set_aside, repeated, rejected, .. } = receipt;
    [*submitted, *accepted, *corrected, *set_aside, *repeated, *rejected]
}

fn of_done(done: &Done) -> Verdict {
    let told = |faults: &[upload::Fault]| faults.iter().map(|it| (it.row.into(), it.zh())).collect();
    (counts(&done.receipt), told(&done.faults), told(&done.warnings))
}

fn of_job(job: &Job) -> Verdict {
    let outcome = job.outcome.as_ref().unwrap_or_else(|| panic!("{job:?}"));
    let told = |name: &str| {
        let line = |it: &serde_json::Value| {
            (it["row"].as_u64().unwrap(), it["reason_zh"].as_str().unwrap().to_owned())
        };
        outcome[name].as_array().unwrap_or_else(|| panic!("{job:?}")).iter().map(line).collect()
    };
    (counts(&dry_run::found(job).unwrap()), told("faults"), told("warnings"))
}

/// What a small dry run of the same rows says.
async fn small(app: &App, sent: Sent) -> Done {
    match bring(app, check(sent), false).await.unwrap() {
        Taken::Done(done) => *done,
        Taken::Job(job) => panic!("{job:?}"),
    }
}

/// Whatever a file leaves behind when it is stored, the acts of the journal among them.
async fn left(house: &House) -> [i64; 8] {
    [
        house.number("SELECT COUNT(*) FROM upload").await,
        house.number("SELECT COUNT(*) FROM upload_part").await,
        house.number("SELECT COUNT(*) FROM record_version").await,
        house.number("SELECT COUNT(*) FROM subject").await,
        house.number("SELECT COUNT(*) FROM candidate").await,
        house.number("SELECT COUNT(*) FROM rejection").await,
        house.number("SELECT COUNT(*) FROM declaration").await,
        house.number("SELECT COUNT(*) FROM journal WHERE act IN ('upload', 'store-part')").await,
    ]
}

/// Works until a job says that it has checked so many rows.
async fn until_checked(app: &App, open: &Job, rows: u64, then: impl AsyncFnOnce()) {
    let mut work = Box::pin(worker::work_once(app));
    loop {
        let polled = std::future::poll_fn(|context| Poll::Ready(work.as_mut().poll(context))).await;
        assert!(polled.is_pending(), "{polled:?}");
        let progress = Progress::of(&shown(app, open).await);
        if progress.stage == "checking" && progress.rows_done >= rows {
            break;
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    let ((), worked) = tokio::join!(then(), work);
    worked.unwrap();
}

on_both_engines! {
    async fn a_large_dry_run_says_what_a_small_one_says_and_stores_nothing(house: House) {
        let app = with_two(&house).await;
        let (before, small) = (left(&house).await, small(&app, file(&mixed())).await);
        let open = job(&app, check(file(&mixed()))).await;
        assert!(dry_run::is_check(&open));
        let done = worked(&app, &open).await;
        assert_eq!(done.state, JobState::Done, "{done:?}");
        assert_eq!(of_job(&done), of_done(&small));
        let [submitted, accepted, corrected, set_aside, repeated, rejected] = counts(&small.receipt);
        assert_eq!((submitted, accepted + repeated + rejected), (17, 17));
        assert!(corrected > 0 && set_aside == 1 && repeated >= 5 && rejected >= 3, "{small:?}");
        assert!(!small.warnings.is_empty());
        let progress = Progress::of(&done);
        assert_eq!((progress.rows_done, progress.rows_total, progress.rejected), (17, Some(17), rejected));
        assert_eq!(done.outcome.as_ref().unwrap()["receipt"], serde_json::Value::Null, "no receipt");

        let (rejects, extension, _) = dry_run::rejects(&app, &regulator(MARKET), open.id).await.unwrap();
        let rejects = rejects.read().await.unwrap();
        assert_eq!((&rejects, extension), (&small.rejects.unwrap().bytes, "csv"));
        assert_eq!(left(&house).await, before);
        assert!(!house.object(seal::digest(&file(&mixed()).bytes)).exists(), "nor are the bytes");
        house.journal().await;

        // It is what becomes of the file when it is sent.
        let real = worked(&app, &job(&app, file(&mixed())).await).await;
        assert_eq!(counts(&receipt(&real)), counts(&small.receipt));
    }

    async fn a_dry_run_is_in_nobodys_way(house: House) {
        let app = with_two(&house).await;
        let sent = || market_sends(&[row(20), row(21)]);
        let open = job(&app, check(sent())).await;
        assert_eq!(job(&app, check(sent())).await.id, open.id, "asked for twice, it is checked once");
        // Neither the file itself nor what is declared waits for it.
        let declared: Option<Declared> = Some(all_loaded(&house));
        let Taken::Done(done) = bring(&app, Sent { declared, ..sent() }, false).await.unwrap() else { panic!() };
        assert_eq!((done.receipt.accepted, done.coverage_held_back), (2, false));
        let checked = worked(&app, &open).await;
        assert_eq!(dry_run::found(&checked).unwrap().repeated, 2, "they are here by now");
        assert_eq!(house.number("SELECT COUNT(*) FROM notice WHERE kind = 'upload-done'").await, 2, "of what was stored");
    }

    async fn strict_and_what_is_declared_are_told_as_they_would_be(house: House) {
        let app = with_two(&house).await;
        let declared = Some(all_loaded(&house));
        let sent = Sent { strict: true, declared, ..market_sends(&[row(20), faulty(21)]) };
        let done = worked(&app, &job(&app, check(sent)).await).await;
        let outcome = done.outcome.as_ref().unwrap();
        assert_eq!((done.state, &outcome["refused_whole"]), (JobState::Done, &true.into()), "{done:?}");
        assert_eq!(outcome["coverage_held_back"], true);
        let wrong = Declared { complete_through: Some(time::macros::date!(2026 - 11 - 30)), ..all_loaded(&house) };
        let refused = bring(&app, check(Sent { declared: Some(wrong), ..market_sends(&[row(62)]) }), true).await;
        assert!(matches!(refused, Err(upload::Error::Declaration(_))), "{refused:?}");
    }

    async fn a_declaration_that_fits_no_more_is_told_in_both_languages(house: House) {
        let app = with_two(&house).await;
        house.declare().await;
        house.pass(10);
        let from = |day| Some(Declared { data_from: Some(day), ..Declared::default() });
        let sent = |number| Sent { declared: from(time::macros::date!(2026 - 11 - 10)), ..market_sends(&[row(number)]) };
        let (checks, stores) = (job(&app, check(sent(30))).await, job(&app, sent(31)).await);
        let through = Declared { complete_through: Some(time::macros::date!(2026 - 11 - 05)), ..Declared::default() };
        let less = Sent { authority: Some(crate::rules::house::code(MARKET)), declared: Some(through), ..Sent::default() };
        house.upload(less).await.unwrap();
        while worker::work_once(&app).await.unwrap().is_some() {}
        for open in [checks, stores] {
            let done = shown(&app, &open).await;
            let said = done.outcome.as_ref().unwrap()["coverage_refused"].as_str().unwrap_or_else(|| panic!("{done:?}"));
            let (zh, en) = said.split_once(" / ").unwrap();
            assert!(zh.contains("数据起始日 2026-11-10 晚于") && en.contains("lies after complete_through"), "{said}");
        }
    }

    async fn a_file_that_cannot_be_read_fails_the_check_for_the_reason_that_it_would_have(house: House) {
        let app = in_threes(&house).await;
        let bad = job(&app, check(Sent { bytes: b"%PDF-1.7\n".to_vec(), ..market_sends(&[]) })).await;
        let bad = worked(&app, &bad).await;
        assert_eq!(bad.state, JobState::Failed);
        assert!(reason(&bad).contains(" / "), "{}", reason(&bad));
    }

    async fn a_check_is_ended_by_whoever_wants_it_ended(house: House) {
        let app = with_two(&house).await;
        let before = left(&house).await;
        let waits = job(&app, check(file(&mixed()))).await;
        let ended = jobs::cancel(&app, &regulator(MARKET), waits.id).await.unwrap();
        assert_eq!(ended.state, JobState::Cancelled);

        let long: Vec<Line> = (100..250).map(|number| (row(number), None)).collect();
        let open = job(&app, check(file(&long))).await;
        until_checked(&app, &open, 3, async || {
            assert!(jobs::cancel(&app, &regulator(MARKET), open.id).await.unwrap().cancel);
        })
        .await;
        let ended = shown(&app, &open).await;
        assert_eq!((ended.state, dry_run::found(&ended)), (JobState::Cancelled, None), "{ended:?}");
        assert!(Progress::of(&ended).rows_done < 150);
        let again = job(&app, check(file(&mixed()))).await;
        assert_ne!(again.id, waits.id);
        let refused = dry_run::for_real(&app, &regulator(MARKET), open.id).await;
        assert!(matches!(refused, Err(dry_run::Error::NotChecked(_))), "{refused:?}");
        assert_eq!(left(&house).await, before);
        house.journal().await;
    }

    async fn a_worker_that_is_dropped_or_sleeps_too_long_costs_a_check_nothing(house: House) {
        let app = with_two(&house).await;
        let (before, small) = (left(&house).await, small(&app, file(&mixed())).await);
        let mut passed_on = 0;
        for round in 0..12_u32 {
            let open = job(&app, check(file(&mixed()))).await;
            Box::pin(drop_after(moment(round), worker::work_once(&app))).await;
            settle(&house).await;
            let now = shown(&app, &open).await;
            let done = if now.state.is_final() { now } else {
                passed_on += 1;
                to_the_end(&house, &app, &open).await
            };
            assert_eq!((done.state, of_job(&done)), (JobState::Done, of_done(&small)), "{round}");
        }
        assert!(passed_on > 1, "{passed_on}");
        assert_eq!(left(&house).await, before);
    }

    async fn trouble_is_tried_again_and_a_lost_file_is_told(house: House) {
        let app = house.with(|config| (config.jobs.part_rows, config.jobs.tries) = (3, 2)).await.unwrap();
        let open = job(&app, check(market_sends(&[row(1), row(2)]))).await;
        let passing = house.config.objects().join("passing");
        let aside = passing.with_extension("aside");
        std::fs::rename(&passing, &aside).unwrap();
        let failed = worked(&app, &open).await;
        assert_eq!(failed.state, JobState::Failed, "{failed:?}");
        assert!(reason(&failed).contains("send it again"), "{}", reason(&failed));
        let gone = jobs::retry(&app, &regulator(MARKET), open.id).await;
        assert!(matches!(gone, Err(jobs::Error::Gone(_))), "{gone:?}");
        std::fs::rename(&aside, &passing).unwrap();
        let revived = jobs::retry(&app, &regulator(MARKET), open.id).await.unwrap();
        assert_eq!((revived.state, revived.attempts), (JobState::Queued, 0));
        assert_eq!(worked(&app, &open).await.state, JobState::Done);
    }

    async fn what_was_checked_is_stored_without_being_sent_again_by_whose_it_is(house: House) {
        let app = with_two(&house).await;
        let open = job(&app, check(file(&mixed()))).await;
        let early = dry_run::for_real(&app, &regulator(MARKET), open.id).await;
        assert!(matches!(early, Err(dry_run::Error::NotChecked(_))), "{early:?}");
        let checked = worked(&app, &open).await;
        for actor in [regulator(ECOLOGY), Actor { name: "client".into(), role: mingzheng::flow::Role::Verifier }] {
            assert!(matches!(dry_run::for_real(&app, &actor, open.id).await, Err(dry_run::Error::Job(jobs::Error::Unknown(_)))));
            assert!(dry_run::rejects(&app, &actor, open.id).await.is_err());
        }
        let Taken::Job(real) = dry_run::for_real(&app, &regulator(MARKET), open.id).await.unwrap() else { panic!() };
        let done = worked(&app, &real).await;
        assert_eq!((done.state, receipt(&done).extent), (JobState::Done, Extent::Whole), "{done:?}");
        assert_eq!(counts(&receipt(&done)), counts(&dry_run::found(&checked).unwrap()));
        assert!(house.object(seal::digest(&file(&mixed()).bytes)).exists(), "now it is kept for good");
        let Taken::Done(again) = dry_run::for_real(&app, &regulator(MARKET), open.id).await.unwrap() else { panic!() };
        assert!(again.replayed);
    }

    async fn what_was_checked_is_forgotten_after_a_week_and_its_bytes_go_with_it(house: House) {
        let app = with_two(&house).await;
        let sent = || market_sends(&[row(20), faulty(21)]);
        let (one, ()) = (worked(&app, &job(&app, check(sent())).await).await, house.pass(6 * 86_400_000));
        let two = Sent { domain: Some(market()), ..sent() };
        let two = worked(&app, &job(&app, check(two)).await).await;
        let kept = house.config.objects().join("passing");
        let files = || walk(&kept);
        assert_eq!(files(), 2, "the file, and the rejected rows: the same of both");
        house.pass(2 * 86_400_000);
        worker::tidy(&app).await.unwrap();
        let gone = jobs::show(&app, &Actor::operator(), one.id).await;
        assert!(matches!(gone, Err(jobs::Error::Unknown(_))), "{gone:?}");
        assert_eq!(files(), 2, "the second check needs them");
        assert!(dry_run::rejects(&app, &regulator(MARKET), two.id).await.is_ok());
        house.pass(6 * 86_400_000);
        worker::tidy(&app).await.unwrap();
        assert_eq!((files(), house.number("SELECT COUNT(*) FROM job").await), (0, 0));
    }
}

/// When a worker of a round is dropped, in polls. How many a check takes depends on what else the machine does.
fn moment(round: u32) -> u32 {
    if round.is_multiple_of(2) { round * 2 } else { round * 23 }
}

/// How many files lie below a folder.
fn walk(folder: &std::path::Path) -> usize {
    let Ok(entries) = std::fs::read_dir(folder) else { return 0 };
    entries.flatten().map(|it| if it.path().is_dir() { walk(&it.path()) } else { 1 }).sum()
}
