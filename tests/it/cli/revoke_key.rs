//! `keys revoke` and `timestamps complete`, as the operator uses them after a theft and after an outage.

use super::program::{Program, Said};
use crate::flows::house::PARENT;

fn report(program: &Program, out: &str) -> Said {
    let what = ["report", "--subject", PARENT, "--domains", "market-regulation", "--span", "12-months"];
    program.run(&[&what[..], &["--out", out, "--json"]].concat())
}

#[test]
fn after_a_theft_old_reports_stand_new_ones_wait_for_new_keys() {
    let program = Program::new();
    let before = report(&program, "before.pdf");
    assert_eq!((before.code, before.json()["level"].as_str()), (0, Some("B-LT")), "{}", before.err);
    let stamped = before.json()["timestamped_at"].as_str().unwrap().to_owned();
    // The next second: a token says whole seconds, and is exact to one.
    std::thread::sleep(std::time::Duration::from_millis(2500));
    #[expect(clippy::disallowed_methods, reason = "the program looks at the clock of the machine")]
    let now = mingzheng::rules::Instant::from(time::OffsetDateTime::now_utc()).to_string();
    let revoke = ["keys", "revoke", "--compromised-since", &now, "--reason", "介质遗失"];
    let said = program.run(&revoke);
    assert_eq!(said.code, 0, "{}", said.err);
    for words in ["keys rotate", "trust export", "keys revoke timestamps"] {
        assert!(said.out.contains(words), "{words}: {}", said.out);
    }
    program.run(&revoke).refused(1, "only an earlier time");
    report(&program, "none.pdf").refused(1, "mingzheng keys rotate");
    program.run(&["trust", "export"]).refused(1, "mingzheng keys rotate");

    assert_eq!(program.run(&["keys", "rotate"]).code, 0);
    assert_eq!(report(&program, "after.pdf").code, 0);
    assert_eq!(program.run(&["trust", "export", "--out", "bundle.json"]).code, 0);
    for file in ["before.pdf", "after.pdf"] {
        let said = program.run(&["verify", file, "--trust", "bundle.json", "--json"]);
        assert_eq!(said.code, 0, "{file}: {}", said.out);
        assert!(said.out.contains("timestamp-trusted"), "{file}: {}", said.out);
        assert_eq!(program.run(&["verify", file]).code, 0, "{file}");
    }
    let said = program.run(&["verify", "before.pdf", "--trust", "bundle.json"]);
    assert!(said.out.contains(&stamped), "{}", said.out);
    assert_eq!(program.run(&["journal", "check", "--json"]).json()["intact"], true);
}

#[test]
fn after_an_outage_the_timestamp_is_got_by_one_command() {
    let program = Program::new();
    // A port that nobody listens on, and later the local authority again.
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let root = std::fs::read_to_string(program.folder().join("mingzheng-data/keys/root.pem")).unwrap();
    program.file("tsa.pem", root.as_bytes());
    let down = format!("[timestamp]\nurl = \"http://{nobody}/\"\ntrust = \"tsa.pem\"\ntimeout_seconds = 1\n");
    program.file("down.toml", down.as_bytes());
    let what = ["report", "--subject", PARENT, "--domains", "market-regulation", "--span", "12-months"];
    let with = ["--out", "plain.pdf", "--json", "--config", "down.toml"];
    let said = program.run(&[&what[..], &with].concat());
    assert_eq!(said.code, 0, "{}", said.err);
    assert_eq!(
        (said.json()["level"].as_str(), said.json()["timestamp_pending"].as_bool()),
        (Some("B-B"), Some(true))
    );
    assert_eq!(program.run(&["verify", "plain.pdf"]).code, 0);

    let complete = ["timestamps", "complete", "--json"];
    let failed = program.run(&[&complete[..], &["--config", "down.toml"]].concat());
    assert_eq!(failed.code, 1, "{}", failed.out);
    assert!(failed.err.contains("does not answer"), "{}", failed.err);
    let done = program.run(&complete);
    assert_eq!((done.code, done.json()["stamped"].as_u64()), (0, Some(1)), "{}", done.err);
    assert_eq!(program.run(&complete).json()["waiting"], 0);
    assert_eq!(program.run(&["verify", "plain.pdf"]).code, 0, "the first edition still verifies");
}

#[test]
fn a_wrong_timestamp_setting_is_told_in_one_line() {
    let program = Program::new();
    program.file("rubbish.pem", b"no certificate");
    for (setting, words) in [
        ("url = \"ftp://x/\"", "timestamp.url"),
        ("url = \"https://tsa.example.cn/\"", "timestamp.trust"),
        ("timeout_seconds = 0", "timeout_seconds"),
        ("url = \"https://tsa.example.cn/\"\ntrust = \"rubbish.pem\"", "no certificate"),
        ("url = \"https://tsa.example.cn/\"\ntrust = \"missing.pem\"", "missing.pem"),
    ] {
        program.file("c.toml", format!("[timestamp]\n{setting}\n").as_bytes());
        program.run(&["timestamps", "complete", "--config", "c.toml"]).refused(1, words);
    }
}
