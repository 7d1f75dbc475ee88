//! Programs that we did not write judge our documents: see `tests/oracles/judge.py` for what each is asked.

mod anew;
mod copies;
mod forgeries;
mod gate;
mod interface;
mod issued;
mod mailbox;
mod profile;

use std::collections::BTreeSet;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::{env, thread};

use serde::{Deserialize, Serialize};

/// One document to be judged, and what is known of it; what is not given is not asked about.
#[derive(Debug, Default, Serialize)]
struct Job {
    /// Tells the answers apart.
    name: String,
    /// The document.
    pdf: PathBuf,
    /// The one root certificate to trust, PEM.
    root: PathBuf,
    /// The kind of key that signed: `p256`, `rsa-3072` or `sm2`.
    key: &'static str,
    /// The level that is claimed (ETSI EN 319 142-1): `b-b`, `b-t` or `b-lt`.
    level: &'static str,
    /// The root of the timestamp authority, PEM.
    stamp_root: Option<PathBuf>,
    /// What the QR code of page 1 must say.
    qr: Option<String>,
    /// The canonical facts, every one of which must be readable.
    facts: Option<PathBuf>,
    /// The edition that printed them.
    edition: &'static str,
    /// The verification code as printed.
    code: String,
    /// The judges to ask; all, if there are none.
    only: &'static [&'static str],
}

/// What one program says of one document.
#[derive(Debug, Deserialize)]
struct Judgement {
    job: String,
    judge: String,
    verdict: Verdict,
    detail: String,
}

/// Whether a program accepts a document.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
enum Verdict {
    Valid,
    Invalid,
    #[serde(rename = "n/a")]
    NotAsked,
}

/// The judges that can tell a changed document from the one that was signed; the others look at form only.
const OF_SIGNATURES: &[&str] = &["pdfsig", "pyhanko", "openssl", "mutool", "gmssl"];

/// Asks the judges about documents, several at a time. Nothing, with a word on why, where they are not installed.
fn judge(jobs: &[Job]) -> Option<Vec<Judgement>> {
    let said = said(python("judge.py")?, &serde_json::to_vec(jobs).unwrap());
    Some(said.lines().map(|line| serde_json::from_str(line).unwrap()).collect())
}

/// The names of the judges that gave this verdict on a document.
fn who_say<'a>(verdict: Verdict, job: &str, judgements: &'a [Judgement]) -> BTreeSet<&'a str> {
    let those = judgements.iter().filter(|it| it.job == job && it.verdict == verdict);
    those.map(|it| it.judge.as_str()).collect()
}

/// What those say that do not accept a document; nothing if all that were asked accept all.
fn refusals(judgements: &[Judgement]) -> Vec<String> {
    let those = judgements.iter().filter(|it| it.verdict == Verdict::Invalid);
    those.map(|it| format!("{}: {}: {}", it.job, it.judge, it.detail)).collect()
}

/// One of our scripts, run by the Python that `tests/run` prepared.
fn python(script: &str) -> Option<Command> {
    let project = Path::new(env!("CARGO_MANIFEST_DIR"));
    let prepared = env::var_os("TESTS_ORACLES_PYTHON").map(PathBuf::from);
    let python = prepared.unwrap_or_else(|| project.join("tests/.tools/venv/bin/python"));
    if !python.exists() {
        let wanted = env::var_os("TESTS_REQUIRE_ORACLES").is_some();
        assert!(!wanted, "{} is missing: tests/run installs it", python.display());
        eprintln!("skipped: the judges are not installed; tests/run does it");
        return None;
    }
    let mut command = Command::new(python);
    command.arg(project.join("tests/oracles").join(script));
    Some(command)
}

/// What a script printed, once it was given its input and has succeeded.
fn said(mut script: Command, input: &[u8]) -> String {
    let script = script.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut running = script.spawn().unwrap();
    let mut stdin = running.stdin.take().unwrap();
    let Output { status, stdout, stderr } = thread::scope(|scope| {
        // A script that reads nothing closes its end: its status says whether that was right.
        scope.spawn(move || stdin.write_all(input));
        running.wait_with_output().unwrap()
    });
    assert!(status.success(), "{script:?}: {status}\n{}", String::from_utf8_lossy(&stderr));
    String::from_utf8(stdout).unwrap()
}
