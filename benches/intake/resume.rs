//! How long a file in the background stands still when the service is killed in the middle of it.
//!
//! The service is killed (SIGKILL) after a third of the rows and started again at once. Nobody takes the job before the lease
//! of the dead worker has run out; then the file is read again up to where it was, and the next part is stored.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use mingzheng::flow::Actor;
use mingzheng::flow::jobs::{self, Job, Progress};
use mingzheng::flow::receive::{self, Taken};
use mingzheng::flow::spool::Spool;
use mingzheng::flow::upload::{Receipt, Sent};
use mingzheng::rules::{CreditCode, JobState};

use super::files::rows;
use super::house::{AUTHORITY, House};

/// Rows of the file.
const ROWS: usize = 200_000;
/// The shortest lease that makes sense; 60 seconds unless a configuration says otherwise.
const LEASE_SECONDS: u64 = 5;

pub(crate) fn resume() {
    println!(
        "\n| rows | stored when killed | lease, s | killed to next part, s | of it without the lease, s | to the end, s |\n|---|---|---|---|---|---|"
    );
    let house = House::new(None);
    let job = house.runtime.block_on(bring(&house));
    let rows_done = |job: &Job| Progress::of(job).rows_done;
    let shown = || house.runtime.block_on(jobs::show(&house.app, &Actor::operator(), job.id)).expect("a job");
    let wait = |until: &dyn Fn(&Job) -> bool| {
        let deadline = Instant::now() + Duration::from_mins(5);
        loop {
            let job = shown();
            if until(&job) {
                return job;
            }
            assert!(Instant::now() < deadline && !job.state.is_final(), "{job:?}");
            std::thread::sleep(Duration::from_millis(10));
        }
    };

    let mut service = serve(&house);
    wait(&|job| rows_done(job) >= ROWS as u64 / 3);
    service.kill().expect("a process of ours");
    service.wait().expect("a process of ours");
    let killed = Instant::now();
    let stood = shown();
    let lease = stood.lease_until.expect("a lease").millis() - house.app.now().millis();
    let mut service = serve(&house);
    wait(&|job| job.attempts > stood.attempts && rows_done(job) > rows_done(&stood));
    let next = killed.elapsed().as_secs_f64();
    let ended = wait(&|job| job.state == JobState::Done);
    let end = killed.elapsed().as_secs_f64();
    service.kill().expect("a process of ours");
    service.wait().expect("a process of ours");

    let receipt = ended.outcome.expect("an outcome")["receipt"].clone();
    let receipt: Receipt = serde_json::from_value(receipt).expect("a receipt");
    let told = (receipt.submitted, receipt.accepted, receipt.repeated);
    assert_eq!(told, (ROWS as u64, (ROWS - ROWS / 100) as u64, 0), "nothing is lost or doubled");
    let without = next - Duration::from_millis(lease.max(0).unsigned_abs()).as_secs_f64();
    println!("| {ROWS} | {} | {LEASE_SECONDS} | {next:.1} | {without:.1} | {end:.1} |", rows_done(&stood));
}

async fn bring(house: &House) -> Job {
    let mut spool = Spool::new(&house.app).await.expect("a spool");
    spool.write(rows(1, ROWS).as_bytes()).await.expect("a file");
    let sent = Sent {
        file_name: "bench.csv".into(),
        authority: Some(AUTHORITY.parse::<CreditCode>().expect("a code")),
        ..Sent::default()
    };
    let file = spool.finish().await.expect("a file");
    match receive::receive(&house.app, &Actor::operator(), sent, file, true).await.expect("a job") {
        Taken::Job(job) => *job,
        Taken::Done(done) => panic!("{done:?}"),
    }
}

/// The program, serving over the house's store.
fn serve(house: &House) -> Child {
    let mut child = Command::new(env!("CARGO_BIN_EXE_mingzheng"))
        .args(["serve", "--listen", "127.0.0.1:0", "--home"])
        .arg(house.folder())
        .env_clear()
        .env("MINGZHENG_JOBS__LEASE_SECONDS", LEASE_SECONDS.to_string())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program");
    let mut log = BufReader::new(child.stderr.take().expect("a log"));
    let mut line = String::new();
    while !line.contains("serving") {
        line.clear();
        assert!(log.read_line(&mut line).expect("a log") > 0, "the service ended");
    }
    std::thread::spawn(move || std::io::copy(&mut log, &mut std::io::sink()));
    child
}
