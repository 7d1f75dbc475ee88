//! A program that we did not write asks a running service everything that its document promises, and what no document would.

use std::fmt::Write as _;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use std::{fs, thread};

use super::python;
use crate::flows::house::PARENT;

const PROGRAM: &str = env!("CARGO_BIN_EXE_mingzheng");
/// How long it asks with each token, in seconds.
const SECONDS: &str = "30";
/// As whom it asks: by role, and the subject of whoever is one.
const ASKING: [(&str, Option<&str>); 2] = [("operator", None), ("subject", Some(PARENT))];

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

/// Serves the demo's data without limits, to whoever has one of the tokens; gives the address, and a token for each who asks.
fn serve(folder: &Path) -> (Served, String, Vec<String>) {
    run(folder, &["demo", "--dir", "demo"]);
    let (mut known, mut secrets) = (String::new(), Vec::new());
    for (role, subject) in ASKING {
        let mut words = vec!["token", "new", "--name", role, "--role", role, "--json"];
        words.extend(subject.into_iter().flat_map(|subject| ["--subject", subject]));
        let token: serde_json::Value = serde_json::from_str(&run(folder, &words)).unwrap();
        let about = subject.map(|subject| format!("subject = \"{subject}\"\n")).unwrap_or_default();
        write!(
            known,
            "[[token]]\nname = \"{role}\"\nrole = \"{role}\"\n{about}sha256 = {}\n",
            token["sha256"]
        )
        .unwrap();
        secrets.push(token["secret"].as_str().unwrap().to_owned());
    }
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
        "rating_address",
        "follow_account",
    ];
    let config = format!(
        "[server]\nlisten = \"{address}\"\norigin = \"http://{address}\"\n[limits]\n{}\n{known}",
        limits.map(|name| format!("{name} = 0")).join("\n")
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
    (served, format!("http://{address}"), secrets)
}

/// How many operations the document has.
fn operations(document: &str) -> usize {
    let document: serde_json::Value = serde_json::from_str(&fs::read_to_string(document).unwrap()).unwrap();
    let methods = ["get", "put", "post", "delete", "patch"];
    let of = |path: &serde_json::Value| methods.iter().filter(|method| path.get(method).is_some()).count();
    document["paths"].as_object().unwrap().values().map(of).sum()
}

#[test]
fn the_interface_keeps_what_its_document_promises() {
    if python("interface.py").is_none() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let (served, address, tokens) = serve(folder.path());
    let document = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/openapi.json");
    let all = operations(document);
    assert!(all > 50, "{all}");
    for ((role, _), token) in ASKING.iter().zip(&tokens) {
        let mut judge = python("interface.py").unwrap();
        let output =
            judge.current_dir(folder.path()).args([document, &address, token, SECONDS]).output().unwrap();
        let said = String::from_utf8_lossy(&output.stdout);
        // What it found comes last, after every example that it gives: that is what has to be read.
        let found = said.find("= FAILURES =").or(said.find("= ERRORS =")).map_or(&said[..], |at| &said[at..]);
        assert!(output.status.success(), "{role}: {found}\n{}", String::from_utf8_lossy(&output.stderr));
        let tested = said.split("Tested: ").nth(1).and_then(|rest| rest.split_whitespace().next());
        assert_eq!(tested, Some(all.to_string().as_str()), "{role}: {said}");
    }
    drop(served);
    let log = fs::read_to_string(folder.path().join("log")).unwrap();
    for ours in ["a request failed", "panicked"] {
        assert!(!log.contains(ours), "{log}");
    }
}
