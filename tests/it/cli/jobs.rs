//! Files in the background on the command line, and what is left when the program is killed or the disk is full.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::program::Program;
use crate::engines::each_on_both_engines;
use crate::flows::house::{MARKET, Row, csv, row};

fn many(rows: u32) -> Vec<u8> {
    csv(&(1..=rows).map(row).collect::<Vec<_>>())
}

/// The service over a program's folder, five rows at a time, with short leases.
fn serve(program: &Program) -> Child {
    served(program.command().args(SERVE))
}

const SERVE: [&str; 3] = ["serve", "--listen", "127.0.0.1:0"];

/// Waits until the service serves.
fn served(command: &mut Command) -> Child {
    command.env("MINGZHENG_JOBS__PART_ROWS", "5").env("MINGZHENG_JOBS__LEASE_SECONDS", "5");
    let mut child = command.stderr(Stdio::piped()).spawn().unwrap();
    let mut log = BufReader::new(child.stderr.take().unwrap());
    let mut line = String::new();
    while !line.contains("serving") {
        line.clear();
        assert!(log.read_line(&mut line).unwrap() > 0, "the service ended");
    }
    std::thread::spawn(move || std::io::copy(&mut log, &mut std::io::sink()));
    child
}

fn rows_done(program: &Program, id: &str) -> u64 {
    let shown = program.run(&["jobs", "show", id, "--json"]);
    shown.json()["progress"]["rows_done"].as_u64().unwrap()
}

async fn a_killed_service_goes_on_where_it_was_when_it_starts_again(program: Program) {
    // A part takes longer on a server than in a file.
    let rows: u32 = if program.is_on_postgres() { 1500 } else { 6000 };
    program.file("big.csv", &many(rows));
    let config = "[jobs]\npart_rows = 5\nlease_seconds = 5\n";
    program.file("mz.toml", config.as_bytes());
    let upload =
        ["upload", "big.csv", "--authority", MARKET, "--background", "--json", "--config", "mz.toml"];
    let begun = program.run(&upload);
    assert_eq!(begun.code, 0, "{}", begun.err);
    let id = begun.json()["id"].as_str().unwrap().to_owned();

    let mut service = serve(&program);
    let deadline = Instant::now() + Duration::from_mins(2);
    while rows_done(&program, &id) < 50 {
        assert!(Instant::now() < deadline, "nothing is stored");
        std::thread::sleep(Duration::from_millis(50));
    }
    service.kill().unwrap(); // SIGKILL
    service.wait().unwrap();
    let stored = rows_done(&program, &id);
    assert!(stored < rows.into(), "{stored}: it was over before it was killed");
    let shown = program.run(&["jobs", "show", &id, "--json"]).json();
    assert_eq!(shown["state"], "running");

    let mut service = serve(&program);
    let watched = program.run(&["jobs", "watch", &id, "--json"]);
    service.kill().unwrap();
    service.wait().unwrap();
    assert_eq!(watched.code, 0, "{}", watched.err);
    let receipt = &watched.json()["outcome"]["receipt"];
    assert_eq!((&receipt["submitted"], &receipt["accepted"]), (&rows.into(), &rows.into()));
    assert!(watched.json()["attempts"].as_u64().unwrap() > 1);
    let again = program.upload("big.csv", &["--json", "--receipt", "r.json"]);
    assert_eq!((&again.json()["replayed"], &again.json()["receipt"]), (&true.into(), receipt));
    assert_eq!(program.run(&["journal", "check"]).code, 0);

    // The receipt is ours and intact, and no report.
    let verify = |more: &[&str]| program.run(&[&["verify", "r.json", "--json"], more].concat());
    let told = verify(&["--file", "big.csv"]);
    assert_eq!((told.code, &told.json()["integrity"]), (2, &"intact".into()), "{}", told.err);
    assert_eq!(told.json()["kind"]["code"], "upload-receipt");
    assert_eq!(verify(&["--file", "mz.toml"]).code, 1);
    assert_eq!(program.run(&["trust", "export", "--out", "trust.json"]).code, 0);
    assert_eq!(verify(&["--trust", "trust.json"]).code, 2);
    let text = std::fs::read_to_string(program.folder().join("r.json")).unwrap();
    program.file("r.json", text.replace(&format!("\"accepted\":{rows}"), "\"accepted\":9999").as_bytes());
    assert_eq!(
        (verify(&[]).code, &verify(&["--trust", "trust.json"]).json()["integrity"]),
        (1, &"altered".into())
    );
    let twice = text.replace("{\"receipt\":{", "{\"receipt\":{\"accepted\":9,");
    program.file("r.json", twice.as_bytes());
    assert_eq!(verify(&[]).json()["integrity"], "altered", "a name that stands twice");
    program.run(&["verify", "big.csv", "--file", "big.csv"]).refused(2, "receipt");
}

/// Two programs at the same time; what each said, as JSON.
fn at_once(program: &Program, arguments: &[&str]) -> [serde_json::Value; 2] {
    let begin = || program.command().args(arguments).stdout(Stdio::piped()).spawn().unwrap();
    [begin(), begin()].map(|child| {
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{arguments:?}");
        serde_json::from_slice(&output.stdout).unwrap()
    })
}

async fn one_file_from_two_programs_at_once_is_taken_once(program: Program) {
    for round in 0..3 {
        let (name, rows) = (format!("{round}.csv"), 1000 * round + 1..1000 * round + 301);
        program.file(&name, &csv(&rows.map(row).collect::<Vec<_>>()));
        let upload = ["upload", &name, "--authority", MARKET, "--json"];
        // In the background it is one job, which ends with the receipt of one file.
        let [one, two] = if round == 1 {
            let [one, two] = at_once(&program, &[&upload[..], &["--background"]].concat());
            assert_eq!(one["id"], two["id"]);
            assert_eq!(program.run(&["jobs", "list", "--json"]).json()["jobs"].as_array().unwrap().len(), 1);
            assert_eq!(program.run(&upload).code, 0);
            [(); 2].map(|()| program.run(&upload).json())
        } else {
            at_once(&program, &upload)
        };
        assert_ne!(one["receipt"], serde_json::Value::Null, "{one}");
        assert_eq!(one["receipt"], two["receipt"]);
        let receipt = &one["receipt"];
        assert_eq!((&receipt["submitted"], &receipt["accepted"]), (&300.into(), &300.into()));
    }
    assert_eq!(program.run(&["journal", "check"]).code, 0);
}

each_on_both_engines! {
    a_killed_service_goes_on_where_it_was_when_it_starts_again;
    one_file_from_two_programs_at_once_is_taken_once;
}

#[test]
fn a_job_of_a_service_whose_disk_is_full_waits_and_ends_when_there_is_room() {
    let program = Program::new();
    program.file("big.csv", &many(3000));
    program.file("mz.toml", b"[jobs]\npart_rows = 5\nlease_seconds = 5\n");
    let upload =
        ["upload", "big.csv", "--authority", MARKET, "--background", "--json", "--config", "mz.toml"];
    let id = program.run(&upload).json()["id"].as_str().unwrap().to_owned();
    // No file may grow beyond a size that some of the parts need.
    let size = |name| {
        let file = program.folder().join("mingzheng-data").join(name);
        std::fs::metadata(file).map_or(0, |file| file.len())
    };
    let size = size("mingzheng.db").max(size("mingzheng.db-wal"));
    let limit =
        format!("trap '' XFSZ; ulimit -f {}; exec \"$0\" {}", (size + 600_000) / 512, SERVE.join(" "));
    let mut limited = Command::new("sh");
    limited.args(["-c", &limit, env!("CARGO_BIN_EXE_mingzheng")]).current_dir(program.folder()).env_clear();
    let mut service = served(&mut limited);
    let (mut before, mut now) = (u64::MAX, 0);
    while now == 0 || now != before {
        before = now;
        std::thread::sleep(Duration::from_secs(2));
        now = rows_done(&program, &id);
    }
    assert!(now > 0 && now < 3000, "{now}: the disk was not full");
    assert!(service.try_wait().unwrap().is_none(), "it lives, and waits");
    assert_ne!(program.run(&["jobs", "show", &id, "--json"]).json()["state"], "failed");
    service.kill().unwrap();
    service.wait().unwrap();

    let mut service = serve(&program);
    let watched = program.run(&["jobs", "watch", &id, "--json"]);
    service.kill().unwrap();
    service.wait().unwrap();
    assert_eq!(watched.code, 0, "{}", watched.err);
    let receipt = &watched.json()["outcome"]["receipt"];
    assert_eq!((&receipt["accepted"], &receipt["repeated"]), (&3000.into(), &0.into()));
    assert_eq!(program.run(&["journal", "check"]).code, 0);
}

#[test]
fn a_full_disk_is_told_and_costs_nothing_that_was_stored() {
    let program = Program::new();
    let rows: Vec<Row> = (1..=4000).map(row).collect();
    program.file("big.csv", &csv(&rows));
    let size = std::fs::metadata(program.folder().join("big.csv")).unwrap().len();
    // No file of the program may grow beyond half of the upload: a disk that is full for it.
    let limit = format!(
        "trap '' XFSZ; ulimit -f {}; exec \"$0\" upload big.csv --authority {MARKET}",
        size / 2 / 512
    );
    let output = Command::new("sh")
        .args(["-c", &limit, env!("CARGO_BIN_EXE_mingzheng")])
        .current_dir(program.folder())
        .env_clear()
        .output()
        .unwrap();
    let told = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{told}");
    assert_eq!(told.trim_end().lines().count(), 1, "{told}");

    let taken = program.upload("big.csv", &["--json"]);
    assert_eq!(taken.json()["receipt"]["accepted"], 4000, "{}", taken.err);
    assert_eq!(program.run(&["journal", "check"]).code, 0);
}

#[test]
fn jobs_are_listed_shown_and_ended() {
    let program = Program::new();
    program.file("a.csv", &many(3));
    let begun = program.upload("a.csv", &["--background", "--json"]);
    let id = begun.json()["id"].as_str().unwrap().to_owned();
    assert_eq!(program.run(&["jobs", "list", "--json"]).json()["jobs"][0]["id"], id.as_str());
    assert!(program.run(&["jobs", "list"]).out.contains(&id));
    program.run(&["jobs", "retry", &id]).refused(1, "only a failed job");
    let ended = program.run(&["jobs", "cancel", &id, "--json"]);
    assert_eq!((ended.code, &ended.json()["state"]), (0, &"cancelled".into()));
    program.run(&["jobs", "cancel", &id]).refused(1, "already");
    program.run(&["jobs", "show", "01a200fb-54e8-7c2b-bc01-21edd9e2571c"]).refused(1, "no job");
    assert_eq!(program.upload("a.csv", &[]).code, 0);
}
