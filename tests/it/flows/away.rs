//! The database goes away and comes back, under two processes that work: what was accepted is there once, what was not is told as
//! trouble that passes, and a job in the background ends by itself.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::{Duration, Instant};

use mingzheng::flow::issue::{self, Ask, Error as NotIssued, Issued};
use mingzheng::flow::jobs::{self, Progress};
use mingzheng::flow::upload::{self, Error as NotUploaded, Receipt, Sent};
use mingzheng::flow::{Actor, App, amend, cases, uploads, worker};
use mingzheng::rules::{CaseKind, CaseStep, Integrity, JobState, Status};
use mingzheng::verify::ReceiptFile;
use uuid::Uuid;

use super::cases::about;
use super::house::{House, MARKET, PARENT, ask, market_sends, regulator, row, subject};
use super::large::{job, receipt, shown};
use crate::stoppable::Stoppable;

/// Rows of the file in the background, of which five are a part: so many more than where the database goes for the last time
/// that the file cannot end while we look how far it is.
const ROWS: u32 = 320;
/// How the database goes, each time at a later row of the file.
const STOPS: [&str; 4] = ["immediate", "fast", "immediate", "fast"];
/// Tries of a job that count: fewer than the times that the database goes.
const TRIES: u32 = 2;
/// Records that cases may be opened on.
const CASES: u32 = 60;

/// What goes on beside the file.
struct Beside {
    app: App,
    over: AtomicBool,
    /// How often trouble was met.
    met: AtomicU32,
}

impl Beside {
    fn goes_on(&self) -> bool {
        !self.over.load(Ordering::SeqCst)
    }

    /// Does something until it is done. Whatever keeps it from that passes.
    async fn done<T, E: std::fmt::Debug>(
        &self,
        passes: fn(&E) -> bool,
        act: impl AsyncFn() -> Result<T, E>,
    ) -> T {
        loop {
            match act().await {
                Ok(done) => return done,
                Err(error) => {
                    assert!(passes(&error), "{error:?}");
                    self.met.fetch_add(1, Ordering::SeqCst);
                }
            }
        }
    }

    /// Small files, each until it is taken.
    async fn send(&self) -> Vec<(Sent, Receipt)> {
        let (mut taken, actor) = (Vec::new(), regulator(MARKET));
        for n in (10_000..).step_by(2).take_while(|_| self.goes_on()) {
            let file = market_sends(&[row(n), row(n + 1)]);
            let passes = |error: &_| matches!(error, NotUploaded::Store(error) if error.may_pass());
            let done =
                self.done(passes, async || upload::upload(&self.app, &actor, file.clone()).await).await;
            assert_eq!((done.receipt.submitted, done.receipt.accepted), (2, 2), "{:?}", done.receipt);
            taken.push((file, done.receipt));
        }
        taken
    }

    /// Reports, each under a key of its own, until it is issued.
    async fn ask(&self) -> Vec<(Ask, Issued)> {
        let mut issued = Vec::new();
        while self.goes_on() {
            let asked = Ask { idempotency_key: Some(format!("k-{}", issued.len())), ..ask() };
            // The data of the subject change all the time.
            let passes = |error: &_| match error {
                NotIssued::Store(error) => error.may_pass(),
                error => matches!(error, NotIssued::Restless),
            };
            let act = async || issue::issue(&self.app, &Actor::operator(), asked.clone()).await;
            let report = self.done(passes, act).await;
            issued.push((asked, report));
        }
        issued
    }

    /// Objections, each until it is opened and accepted.
    async fn object(&self) -> Vec<Uuid> {
        let (mut opened, me, theirs) = (Vec::new(), subject(PARENT), regulator(MARKET));
        let passes = |error: &_| match error {
            cases::Error::Store(error) | cases::Error::Amend(amend::Error::Store(error)) => error.may_pass(),
            _ => false,
        };
        for n in (0..CASES).take_while(|_| self.goes_on()) {
            let asked = about(CaseKind::Objection, n);
            let case =
                self.done(passes, async || cases::open(&self.app, &me, &asked).await).await.case.case.id;
            let taken = cases::Taken::plain(CaseStep::Accept);
            self.done(passes, async || cases::step(&self.app, &theirs, case, &taken).await).await;
            opened.push(case);
        }
        opened
    }
}

/// Waits until so many rows of a job are done, by a store that may be away; tells how it stands then. Time passes while it waits for
/// its turn.
async fn until_done(house: &House, app: &App, open: &jobs::Job, rows: u32) -> jobs::Job {
    let deadline = Instant::now() + Duration::from_mins(4);
    loop {
        let now = shown(app, open).await;
        if Progress::of(&now).rows_done >= u64::from(rows) && (rows < ROWS || now.state.is_final()) {
            return now;
        }
        assert!(!now.state.is_final() && Instant::now() < deadline, "{now:?}");
        house.pass(if now.state == JobState::Queued { 1_000 } else { 1 });
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_database_that_goes_and_comes_back_costs_nothing_and_nobody_has_to_help() {
    let Some(server) = Stoppable::begin().await else { return };
    let house = House::from(server.place().await);
    house.declare().await;
    house.send(&(0..CASES).map(row).collect::<Vec<_>>()).await;
    house.pass(10);
    let small = |config: &mut mingzheng::config::Config| {
        (config.jobs.part_rows, config.jobs.tries) = (5, TRIES);
    };
    let (app, other) = (house.with(small).await.unwrap(), house.with(small).await.unwrap());

    let open = job(&app, market_sends(&(0..ROWS).map(|n| row(1000 + n)).collect::<Vec<_>>())).await;
    let workers = [app.clone(), other.clone()].map(|app| tokio::spawn(worker::work(app)));
    let beside = Beside { app: app.clone(), over: false.into(), met: 0.into() };
    let comes_and_goes = async {
        for (at, how) in (0..).zip(STOPS) {
            let before = until_done(&house, &app, &open, 20 + at * 40).await;
            assert!(!before.state.is_final(), "{before:?}");
            server.stop(how).await;
            // Once for longer than a lease: whoever comes first goes on with the file.
            if at == 2 {
                house.pass(61_000);
            }
            server.start().await;
        }
        let done = until_done(&house, &app, &open, ROWS).await;
        beside.over.store(true, Ordering::SeqCst);
        done
    };
    let (done, sent, issued, opened) =
        tokio::join!(comes_and_goes, beside.send(), beside.ask(), beside.object());
    jobs::stop(&app);
    jobs::stop(&other);
    for worker in workers {
        worker.await.unwrap();
    }

    let met = beside.met.load(Ordering::SeqCst);
    assert!(met > 3, "{met}");
    assert!(sent.len() > 3 && issued.len() > 1 && opened.len() > 3, "{} {}", sent.len(), issued.len());
    // The file: every row once, by tries of which those that met the outage do not count.
    assert_eq!(done.state, JobState::Done, "{done:?}");
    let told = receipt(&done);
    assert_eq!((told.submitted, told.accepted, told.repeated), (ROWS.into(), ROWS.into(), 0));
    assert!(done.attempts <= TRIES, "{}", done.attempts);
    // Everything that was accepted is there, and once.
    let documents = house.number("SELECT COUNT(DISTINCT document_number) FROM record_version").await;
    let accepted = u32::try_from(2 * sent.len()).unwrap() + CASES + ROWS;
    assert_eq!(documents, i64::from(accepted));
    let doubled = "SELECT COUNT(*) FROM (SELECT document_number FROM record_version GROUP BY document_number, number HAVING COUNT(*) > 1) d";
    assert_eq!(house.number(doubled).await, 0);
    let marked = i64::try_from(opened.len()).unwrap();
    assert_eq!(house.number("SELECT COUNT(*) FROM record_version").await, i64::from(accepted) + marked);
    assert_eq!(house.number("SELECT COUNT(*) FROM credit_case").await, marked);
    for case in opened {
        let shown = cases::show(&app, &Actor::operator(), case).await.unwrap();
        assert_eq!(shown.events.len(), 2, "opened once, accepted once");
        assert!(shown.record.standing.disputed);
    }
    assert_eq!(house.number("SELECT COUNT(*) FROM report").await, i64::try_from(issued.len()).unwrap());
    for (asked, report) in issued {
        let again = house.issue(asked).await.unwrap();
        assert!(again.repeated && again.pdf == report.pdf);
        assert!([Status::Valid, Status::Disputed, Status::Superseded].contains(&house.status(&report).await));
    }
    // Receipts are what was told, and ours.
    let trust = house.bundle().await;
    for (file, told) in sent.into_iter().chain([(market_sends(&[]), told)]) {
        let kept = uploads::receipt(&app, &Actor::operator(), told.upload).await.unwrap();
        let read = ReceiptFile::read(&kept).unwrap();
        assert_eq!(read.judge(&trust, house.app.now()).integrity, Integrity::Intact);
        assert_eq!(read.file_sha256, told.file_sha256);
        if told.submitted == 2 {
            let again = house.upload(file).await.unwrap();
            assert!(again.replayed);
            assert_eq!(again.receipt, told);
        }
    }
    house.journal().await;
}
