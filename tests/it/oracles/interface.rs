//! A program that we did not write asks a running service everything that its document promises, and what no document would.

use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use std::{fs, thread};

use super::python;

const PROGRAM: &str = env!("CARGO_BIN_EXE_mingzheng");
/// How long it asks, in seconds.
const SECONDS: &str = "60";

/// A service that ends with the test.
struct Served(Child);

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn run(folder: &Path, words: &[&str]) -> String {
    let output = Command::new(PROGRAM).current_dir(folder).args(words).output().unwrap();
    assert!(output.status.success(), "{words:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// Serves the demo's data without limits, to whoever has the operator's token; gives address and token.
fn serve(folder: &Path) -> (Served, String, String) {
    run(folder, &["demo", "--dir", "demo"]);
    let token: serde_json::Value = serde_json::from_str(&run(
        folder,
        &["token", "new", "--name", "judge", "--role", "operator", "--json"],
    ))
    .unwrap();
    let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let limits = [
        "verify_address",
        "verify_code",
        "sign_in_address",
        "report_address",
        "report_account",
        "upload_address",
        "upload_account",
        "rows_address",
        "rows_account",
    ];
    let config = format!(
        "[server]\nlisten = \"{address}\"\norigin = \"http://{address}\"\n[limits]\n{}\n[[token]]\nname = \"judge\"\nrole = \"operator\"\nsha256 = {}\n",
        limits.map(|name| format!("{name} = 0")).join("\n"),
        token["sha256"]
    );
    fs::write(folder.join("config.toml"), config).unwrap();
    let log = fs::File::create(folder.join("log")).unwrap();
    let mut command = Command::new(PROGRAM);
    command.current_dir(folder).args(["--config", "config.toml", "--home", "demo/home", "serve"]);
    let served = Served(command.stdout(Stdio::null()).stderr(log).spawn().unwrap());
    let begun = Instant::now();
    while std::net::TcpStream::connect(address).is_err() {
        assert!(
            begun.elapsed() < Duration::from_mins(2),
            "{}",
            fs::read_to_string(folder.join("log")).unwrap()
        );
        thread::sleep(Duration::from_millis(100));
    }
    (served, format!("http://{address}"), token["secret"].as_str().unwrap().to_owned())
}

#[test]
fn the_interface_keeps_what_its_document_promises() {
    let Some(mut judge) = python("interface.py") else { return };
    let folder = tempfile::tempdir().unwrap();
    let (served, address, token) = serve(folder.path());
    let document = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/openapi.json");
    let output =
        judge.current_dir(folder.path()).args([document, &address, &token, SECONDS]).output().unwrap();
    drop(served);
    let said = String::from_utf8_lossy(&output.stdout);
    let log = fs::read_to_string(folder.path().join("log")).unwrap();
    assert!(output.status.success(), "{said}\n{}", String::from_utf8_lossy(&output.stderr));
    let tested = said.split("Tested: ").nth(1).and_then(|rest| rest.split_whitespace().next());
    assert!(tested.is_some_and(|number| number.parse::<u32>().unwrap() > 30), "{said}");
    for ours in ["a request failed", "panicked"] {
        assert!(!log.contains(ours), "{log}");
    }
}
