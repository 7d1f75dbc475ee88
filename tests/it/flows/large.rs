//! A large file becomes records in the background, part by part, with the same result as a small one while its sender waits.

use mingzheng::flow::jobs::{self, Job, Progress};
use mingzheng::flow::receive::{self, Taken};
use mingzheng::flow::spool::Spool;
use mingzheng::flow::upload::{self, Declared, Error, Extent, Receipt, Sent};
use mingzheng::flow::{Actor, App, uploads, worker};
use mingzheng::rules::JobState;
use mingzheng::seal;

use super::house::{ECOLOGY, House, MARKET, Row, all_loaded, market_sends, regulator, row};
use crate::engines::{Place, on_both_engines};
use crate::rules::house::code;

/// A process over a house that stores three rows at a time.
pub(crate) async fn in_threes(house: &House) -> App {
    house.with(|config| config.jobs.part_rows = 3).await.unwrap()
}

/// Brings a file, to be stored in the background or not.
pub(crate) async fn bring(app: &App, mut sent: Sent, in_background: bool) -> Result<Taken, Error> {
    let mut spool = Spool::new(app).await?;
    spool.write(&std::mem::take(&mut sent.bytes)).await?;
    receive::receive(app, &regulator(MARKET), sent, spool.finish().await?, in_background).await
}

/// Brings a file that becomes a job.
pub(crate) async fn job(app: &App, sent: Sent) -> Job {
    match bring(app, sent, true).await.unwrap() {
        Taken::Job(job) => *job,
        Taken::Done(done) => panic!("{:?}", done.receipt),
    }
}

pub(crate) async fn shown(app: &App, job: &Job) -> Job {
    jobs::show(app, &Actor::operator(), job.id).await.unwrap()
}

/// Works on a job, once, and tells how it stands then.
pub(crate) async fn worked(app: &App, job: &Job) -> Job {
    worker::work_once(app).await.unwrap();
    shown(app, job).await
}

pub(crate) fn receipt(job: &Job) -> Receipt {
    let outcome = job.outcome.as_ref().unwrap_or_else(|| panic!("{job:?}"));
    serde_json::from_value(outcome["receipt"].clone()).unwrap_or_else(|_| panic!("{job:?}"))
}

pub(crate) fn reason(job: &Job) -> &str {
    job.outcome.as_ref().and_then(|outcome| outcome["reason"].as_str()).unwrap_or_default()
}

pub(crate) fn faulty(number: u32) -> Row {
    Row { code: "91310115MATE5T0170".to_owned(), ..row(number) }
}

/// Rows of which some are new, one corrects, one repeats and two are faulty; once 1 and 2 are stored.
fn mixed() -> Vec<Row> {
    let mut rows: Vec<Row> = (3..=12).map(row).collect();
    rows.insert(1, row(1));
    rows.insert(4, Row { fine: "7".into(), ..row(2) });
    rows.insert(5, faulty(50));
    rows.push(faulty(51));
    rows
}

/// The list of repeated and superseding rows without what chance decides.
fn listed(csv: &[u8]) -> Vec<String> {
    let text = String::from_utf8(csv.to_vec()).unwrap();
    let cells = |line: &str| {
        let cells: Vec<&str> = line.split(',').collect();
        [&cells[..2], &cells[3..]].concat().join(",")
    };
    text.lines().map(cells).collect()
}

/// A receipt with its files: what must not depend on the way.
async fn result(app: &App, receipt: &Receipt) -> (Receipt, Vec<String>, Vec<u8>) {
    let operator = Actor::operator();
    let rows = uploads::rows(app, &operator, receipt.upload).await.unwrap().read().await.unwrap();
    assert_eq!(Some(seal::digest(&rows)), receipt.listed_sha256);
    let (rejects, ..) = uploads::rejects(app, &operator, receipt.upload).await.unwrap();
    let rejects = rejects.read().await.unwrap();
    assert_eq!(Some(seal::digest(&rejects)), receipt.rejects_sha256);
    let same = Receipt { upload: uuid::Uuid::nil(), listed_sha256: None, ..receipt.clone() };
    (same, listed(&rows), rejects)
}

on_both_engines! {
    async fn both_ways_of_a_file_give_the_same_result(house: House) {
        let other = House::from(Place::on_sqlite().await);
        let (waits, works) = (in_threes(&other).await, in_threes(&house).await);
        let mut results = Vec::new();
        for (house, app, in_background) in [(&other, &waits, false), (&house, &works, true)] {
            house.send(&[row(1), row(2)]).await;
            house.pass(10);
            let receipt = match bring(app, market_sends(&mixed()), in_background).await.unwrap() {
                Taken::Done(done) => done.receipt,
                Taken::Job(job) => {
                    let done = worked(app, &job).await;
                    assert_eq!(done.state, JobState::Done, "{done:?}");
                    assert_eq!(Progress::of(&done).rows_done, 14);
                    receipt(&done)
                }
            };
            results.push(result(app, &receipt).await);
            assert_eq!(house.number("SELECT COUNT(*) FROM record_version").await, 13);
            assert_eq!(house.number("SELECT COUNT(*) FROM upload_part").await, 6);
            house.journal().await;
        }
        let (receipt, rows, _) = &results[0];
        assert_eq!(
            (receipt.submitted, receipt.accepted, receipt.corrected, receipt.repeated, receipt.rejected),
            (14, 11, 1, 1, 2)
        );
        assert!(rows[1].starts_with("2,repeated,1,") && rows[2].starts_with("5,superseding,2,"), "{rows:?}");
        assert_eq!(results[0], results[1]);
    }

    async fn what_is_odd_is_told_by_both_ways_alike(house: House) {
        let app = in_threes(&house).await;
        let odd = |number| Row { fine: "20000".into(), facts: "当事人电话13800138000。".into(), ..row(number) };
        let rows = |from: u32| -> Vec<Row> {
            (1..=8).map(|number| if number % 2 == 0 { odd(from + number) } else { row(from + number) }).collect()
        };
        let Taken::Done(checked) = bring(&app, Sent { dry_run: true, ..market_sends(&rows(0)) }, false).await.unwrap() else { panic!() };
        let told: Vec<(u64, String)> = checked.warnings.iter().map(|it| (it.row.into(), it.zh())).collect();
        assert_eq!(told.iter().map(|(row, _)| *row).collect::<Vec<_>>(), [2, 2, 4, 4, 6, 6, 8, 8]);
        for (strict, from) in [(true, 0), (false, 10)] {
            let sent = Sent { strict, ..market_sends(&rows(from)) };
            let done = worked(&app, &job(&app, sent).await).await;
            let outcome = done.outcome.as_ref().unwrap();
            let line = |it: &serde_json::Value| (it["row"].as_u64().unwrap(), it["reason_zh"].as_str().unwrap().to_owned());
            let seen: Vec<_> = outcome["warnings"].as_array().unwrap().iter().map(line).collect();
            assert_eq!((&seen, &outcome["warnings_in_all"]), (&told, &8.into()), "{strict}");
            house.pass(10);
        }
    }

    async fn the_same_file_again_gives_the_job_and_then_its_receipt(house: House) {
        let app = in_threes(&house).await;
        let first = job(&app, market_sends(&mixed())).await;
        let second = job(&app, market_sends(&mixed())).await;
        assert_eq!(first.id, second.id);
        let done = worked(&app, &first).await;
        let before = house.kept().await;

        for in_background in [true, false] {
            let Taken::Done(again) = bring(&app, market_sends(&mixed()), in_background).await.unwrap() else { panic!() };
            assert!(again.replayed);
            assert_eq!(again.receipt, receipt(&done));
        }
        assert_eq!(house.kept().await, before);
        assert_eq!(worker::work_once(&app).await.unwrap(), None);
    }

    async fn strict_stores_all_parts_of_a_file_or_none(house: House) {
        let app = in_threes(&house).await;
        let before = house.kept().await;
        let refused = job(&app, Sent { strict: true, ..market_sends(&mixed()) }).await;
        let refused = worked(&app, &refused).await;
        assert_eq!(refused.state, JobState::Failed);
        assert!(reason(&refused).contains("2 of 14"), "{}", reason(&refused));
        assert_eq!(house.kept().await[..5], before[..5]);

        // Without strict the same job goes on.
        let again = job(&app, market_sends(&mixed())).await;
        assert_eq!(again.id, refused.id);
        assert_eq!(receipt(&worked(&app, &again).await).rejected, 2);
        let good = job(&app, Sent { strict: true, ..market_sends(&[row(90), row(91), row(92), row(93)]) }).await;
        assert_eq!(receipt(&worked(&app, &good).await).accepted, 4);
    }

    async fn coverage_advances_with_a_whole_file_without_faults_only(house: House) {
        let app = in_threes(&house).await;
        let declared = || Some(all_loaded(&house));
        let through = "SELECT COUNT(*) FROM declaration";
        let faulty = job(&app, Sent { declared: declared(), ..market_sends(&mixed()) }).await;
        let done = worked(&app, &faulty).await;
        assert_eq!((done.state, house.number(through).await), (JobState::Done, 0));
        assert_eq!(done.outcome.as_ref().unwrap()["coverage_held_back"], true);

        let ended = job(&app, Sent { declared: declared(), ..market_sends(&[row(60)]) }).await;
        jobs::cancel(&app, &regulator(MARKET), ended.id).await.unwrap();
        assert_eq!(house.number(through).await, 0);

        let good = job(&app, Sent { declared: declared(), ..market_sends(&[row(61)]) }).await;
        worked(&app, &good).await;
        assert_eq!(house.number(through).await, 1);
        let wrong = Declared { complete_through: Some(time::macros::date!(2026 - 11 - 30)), ..all_loaded(&house) };
        let refused = bring(&app, Sent { declared: Some(wrong), ..market_sends(&[row(62)]) }, true).await;
        assert!(matches!(refused, Err(Error::Declaration(_))), "{refused:?}");
    }

    async fn a_file_that_cannot_be_read_fails_for_a_reason_that_says_what_to_do(house: House) {
        let app = in_threes(&house).await;
        for bytes in [&b"a;b;c\n1;2;3\n"[..], b"%PDF-1.7\n", b"\xff\xfea\0"] {
            let bad = job(&app, Sent { bytes: bytes.to_vec(), ..market_sends(&[]) }).await;
            let bad = worked(&app, &bad).await;
            assert_eq!(bad.state, JobState::Failed);
            assert!(reason(&bad).contains(" / "), "{}", reason(&bad));
        }
        assert_eq!(house.number("SELECT COUNT(*) FROM upload").await, 0);
    }

    async fn a_file_whose_sender_waits_meets_the_job_that_works_on_it(house: House) {
        let app = in_threes(&house).await;
        let open = job(&app, market_sends(&mixed())).await;
        let Taken::Job(met) = bring(&app, market_sends(&mixed()), false).await.unwrap() else { panic!() };
        assert_eq!(met.id, open.id);
        let direct = upload::upload(&app, &regulator(MARKET), market_sends(&mixed())).await;
        assert!(matches!(direct, Err(Error::UnderWay(id)) if id == open.id), "{direct:?}");

        for round in 0..6 {
            let second = house.second().await;
            let file = || market_sends(&[row(200 + round), row(300 + round)]);
            let (one, two) = tokio::join!(bring(&app, file(), true), bring(&second, file(), false));
            let (one, two) = (one.unwrap(), two.unwrap());
            while worker::work_once(&app).await.unwrap().is_some() {}
            for taken in [one, two] {
                let told = match taken {
                    Taken::Done(done) => done.receipt,
                    Taken::Job(job) => receipt(&shown(&app, &job).await),
                };
                assert_eq!((told.accepted, told.extent), (2, Extent::Whole), "{round}");
            }
        }
        assert_eq!(house.number("SELECT COUNT(*) FROM upload").await, 7);
        assert_eq!(house.number("SELECT COUNT(*) FROM record_version").await, 12 + 12);
        house.journal().await;
    }

    async fn nobody_brings_what_is_not_theirs(house: House) {
        let app = in_threes(&house).await;
        let sent = Sent { authority: Some(code(ECOLOGY)), ..market_sends(&[row(1)]) };
        assert!(matches!(bring(&app, sent, true).await, Err(Error::Forbidden(_))));
        let sent = Sent { confirmed: vec!["91310115MATE5T0170".into()], ..market_sends(&[row(1)]) };
        assert!(matches!(bring(&app, sent, true).await, Err(Error::NoReason)));
        assert_eq!(house.number("SELECT COUNT(*) FROM job").await, 0);
    }
}
