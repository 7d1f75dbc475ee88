//! Files in the background on the command line, and what is left when the program is killed or the disk is full.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::program::Program;
use crate::flows::house::{MARKET, Row, csv, row};

fn many(rows: u32) -> Vec<u8> {
    csv(&(1..=rows).map(row).collect::<Vec<_>>())
}

/// The service over a program's folder, five rows at a time, with short leases.
fn serve(program: &Program) -> Child {
    let mut child = Command::new(env!("CARGO_BIN_EXE_mingzheng"))
        .args(["serve", "--listen", "127.0.0.1:0"])
        .current_dir(program.folder())
        .env_clear()
        .env("MINGZHENG_JOBS__PART_ROWS", "5")
        .env("MINGZHENG_JOBS__LEASE_SECONDS", "5")
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
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

#[test]
fn a_killed_service_goes_on_where_it_was_when_it_starts_again() {
    let program = Program::new();
    program.file("big.csv", &many(6000));
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
    assert!(stored < 6000, "{stored}: it was over before it was killed");
    let shown = program.run(&["jobs", "show", &id, "--json"]).json();
    assert_eq!(shown["state"], "running");

    let mut service = serve(&program);
    let watched = program.run(&["jobs", "watch", &id, "--json"]);
    service.kill().unwrap();
    service.wait().unwrap();
    assert_eq!(watched.code, 0, "{}", watched.err);
    let receipt = &watched.json()["outcome"]["receipt"];
    assert_eq!((&receipt["submitted"], &receipt["accepted"]), (&6000.into(), &6000.into()));
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
    program.file("r.json", text.replace("\"accepted\":6000", "\"accepted\":6001").as_bytes());
    assert_eq!(
        (verify(&[]).code, &verify(&["--trust", "trust.json"]).json()["integrity"]),
        (1, &"altered".into())
    );
    let twice = text.replace("{\"receipt\":{", "{\"receipt\":{\"accepted\":9,");
    program.file("r.json", twice.as_bytes());
    assert_eq!(verify(&[]).json()["integrity"], "altered", "a name that stands twice");
    program.run(&["verify", "big.csv", "--file", "big.csv"]).refused(2, "receipt");
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
