//! Programs that we did not write judge our documents: see `tests/oracles/judge.py` for what each is asked.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::LazyLock;
use std::time::{SystemTime, UNIX_EPOCH};
use std::{env, fs};

use mingzheng::report::{Edition, Issue, Renderer, samples};
use mingzheng::rules::{Facts, Instant, Integrity, VerificationCode};
use mingzheng::seal::{Claim, Keyring, QrText, TrustBundle, digest};
use mingzheng::verify;
use serde::Deserialize;
use tempfile::TempDir;

use crate::signed_sample::dice;

/// What one program says of a document.
#[derive(Debug, Deserialize)]
pub(crate) struct Judgement {
    /// The name of the program.
    pub(crate) judge: String,
    /// What it makes of the document.
    pub(crate) verdict: Verdict,
    /// Its own words, or what they lack.
    pub(crate) detail: String,
}

/// Whether a program accepts a document.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Verdict {
    /// It does.
    Valid,
    /// It does not.
    Invalid,
    /// It was not asked: no QR text, or no words to look for, were given.
    #[serde(rename = "n/a")]
    NotAsked,
}

/// The judges that can tell a changed document from the one that was signed; the others look at form only.
pub(crate) const OF_SIGNATURES: [&str; 4] = ["pdfsig", "pyhanko", "openssl", "mutool"];

/// A way to change a signed document: see `tests/oracles/tamper.py`.
pub(crate) const FORGERIES: [&str; 5] = ["flip", "append", "swap", "strip", "countersign"];

/// Asks every judge about a PDF, with the one root certificate (PEM) to trust, the text that the QR code of page 1
/// must hold, and words that must be readable. Nothing, with a word on why, where the judges are not installed.
pub(crate) fn judge(pdf: &Path, root: &Path, qr: Option<&str>, texts: &[&str]) -> Option<Vec<Judgement>> {
    let mut judge = python("judge.py")?;
    judge.arg(pdf).arg("--root").arg(root);
    judge.args(qr.map(|text| format!("--qr={text}")));
    judge.args(texts.iter().map(|text| format!("--text={text}")));
    let said = said(&mut judge);
    Some(said.lines().map(|line| serde_json::from_str(line).unwrap()).collect())
}

/// Writes a forgery of `signed` into `forged`, if the judges are installed.
pub(crate) fn tamper(how: &str, signed: &Path, forged: &Path) -> Option<()> {
    said(python("tamper.py")?.arg(how).arg(signed).arg(forged));
    Some(())
}

/// The names of the judges that gave this verdict.
pub(crate) fn who_say(verdict: Verdict, judgements: &[Judgement]) -> Vec<&str> {
    let those = judgements.iter().filter(|judgement| judgement.verdict == verdict);
    those.map(|judgement| judgement.judge.as_str()).collect()
}

/// What those say that do not accept a document, each behind its name; nothing if all that were asked accept it.
pub(crate) fn refusals(judgements: &[Judgement]) -> Vec<String> {
    let those = judgements.iter().filter(|judgement| judgement.verdict == Verdict::Invalid);
    those.map(|judgement| format!("{}: {}", judgement.judge, judgement.detail)).collect()
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

/// What a script printed, once it has succeeded.
fn said(script: &mut Command) -> String {
    let Output { status, stdout, stderr } = script.output().unwrap();
    assert!(status.success(), "{script:?}: {status}\n{}", String::from_utf8_lossy(&stderr));
    String::from_utf8(stdout).unwrap()
}

/// A sample report, issued on this machine's clock with fresh keys.
struct Issued {
    folder: TempDir,
    pdf: PathBuf,
    root: PathBuf,
    qr: String,
    texts: [String; 3],
    trust: TrustBundle,
    at: Instant,
}

#[expect(
    clippy::disallowed_methods,
    reason = "the judges look at the clock of the machine, so must the certificates"
)]
fn now() -> Instant {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    Instant::from_millis(i64::try_from(since).unwrap() * 1000)
}

fn issue(mut facts: Facts, edition: Edition, seed: u64) -> Issued {
    static RENDERER: LazyLock<Renderer> = LazyLock::new(|| Renderer::load().unwrap());
    let at = now();
    (facts.issued_at, facts.as_of) = (at, at);
    let folder = tempfile::tempdir().unwrap();
    let keys = folder.path().join("keys");
    let keyring = Keyring::create(&keys, &facts.issuer.name.zh, at, &mut dice(seed)).unwrap();

    let code = VerificationCode::from_random([0x5a; 10]);
    let origin = facts.issuer.origin.clone();
    let printed = code.to_string();
    let claim = keyring.signer.sign_claim(&Claim::of(&facts, code.clone(), 1, &[0; 16]).unwrap()).unwrap();
    let qr = QrText { origin: origin.clone(), code, claim: Some(claim) }.write();
    let canonical = facts.canonical();
    let issue = Issue {
        facts: &facts,
        canonical: &canonical,
        digest: digest(&canonical),
        code: printed.clone(),
        qr: qr.clone(),
        edition,
    };
    let unsigned = RENDERER.render(&issue).unwrap();
    let signature = keyring.signer.sign_pdf(unsigned.to_digest(), at).unwrap();
    let pdf = folder.path().join("report.pdf");
    fs::write(&pdf, unsigned.with_signature(&signature).unwrap()).unwrap();

    let texts = [facts.number.to_string(), facts.subject.name.clone(), printed];
    let trust = TrustBundle::of(&keyring, vec![origin], at);
    Issued { folder, pdf, root: keys.join("root.pem"), qr, texts, trust, at }
}

fn clean(seed: u64) -> Issued {
    let (_, facts) = samples().unwrap().into_iter().find(|(name, _)| *name == "clean").unwrap();
    issue(facts, Edition::Zh, seed)
}

fn assert_accepted_by_all(edition: Edition) {
    for (name, facts) in samples().unwrap() {
        let issued = issue(facts, edition, 1);
        let ours = verify::pdf(&fs::read(&issued.pdf).unwrap(), &issued.trust, issued.at);
        assert!(ours.is_genuine_and_valid(), "{name}: {:?}", ours.reasons);

        let texts = issued.texts.each_ref().map(String::as_str);
        let Some(judgements) = judge(&issued.pdf, &issued.root, Some(&issued.qr), &texts) else { return };
        assert_eq!(refusals(&judgements), [""; 0], "{name}");
    }
}

#[test]
fn judges_accept_every_sample_report_in_chinese() {
    assert_accepted_by_all(Edition::Zh);
}

#[test]
fn judges_accept_every_sample_report_in_english() {
    assert_accepted_by_all(Edition::En);
}

#[test]
fn judges_refuse_every_forgery_and_so_do_we() {
    let issued = clean(1);
    for how in FORGERIES {
        let forged = issued.folder.path().join(how).with_extension("pdf");
        let Some(()) = tamper(how, &issued.pdf, &forged) else { return };

        let judgements = judge(&forged, &issued.root, None, &[]).unwrap();
        let refused = who_say(Verdict::Invalid, &judgements);
        assert!(OF_SIGNATURES.iter().all(|judge| refused.contains(judge)), "{how}: {judgements:#?}");

        let ours = verify::pdf(&fs::read(&forged).unwrap(), &issued.trust, issued.at);
        assert_ne!(ours.integrity, Integrity::Intact, "{how}: {:?}", ours.reasons);
    }
}

#[test]
fn judges_refuse_a_signer_whom_nobody_trusts() {
    let (ours, theirs) = (clean(1), clean(2));
    let Some(judgements) = judge(&theirs.pdf, &ours.root, None, &[]) else { return };

    let refused = who_say(Verdict::Invalid, &judgements);
    let can_tell = ["pdfsig", "pyhanko", "openssl"];
    assert!(can_tell.iter().all(|judge| refused.contains(judge)), "{judgements:#?}");
}

#[test]
fn judges_do_not_accept_a_document_without_a_signature() {
    let folder = tempfile::tempdir().unwrap();
    let (pdf, root) = (folder.path().join("plain.pdf"), folder.path().join("root.pem"));
    fs::write(&pdf, PLAIN).unwrap();
    let made = Command::new("openssl")
        .args([
            "req",
            "-x509",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:P-256",
            "-nodes",
            "-days",
            "1",
        ])
        .args(["-subj", "/CN=Root", "-keyout", "/dev/null", "-out"])
        .arg(&root)
        .output();
    let Some(judgements) = judge(&pdf, &root, Some("nothing"), &["Not what it says"]) else { return };
    assert!(made.unwrap().status.success());

    assert_eq!(who_say(Verdict::Valid, &judgements), ["qpdf"], "{judgements:#?}");

    let judgements = judge(&pdf, &root, None, &[]).unwrap();
    assert_eq!(who_say(Verdict::NotAsked, &judgements), ["pdftotext", "zbar", "zxing"], "{judgements:#?}");
}

/// A sound PDF of one page with one line in a font that is not embedded.
const PLAIN: &str = "%PDF-1.4
1 0 obj <</Type/Catalog/Pages 2 0 R>> endobj
2 0 obj <</Type/Pages/Kids[3 0 R]/Count 1>> endobj
3 0 obj <</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]/Contents 4 0 R/Resources<</Font<</F 5 0 R>>>>>> endobj
4 0 obj <</Length 33>> stream
BT /F 24 Tf 9 99 Td (Plain) Tj ET
endstream endobj
5 0 obj <</Type/Font/Subtype/Type1/BaseFont/Helvetica>> endobj
xref
0 6
0000000000 65535 f 
0000000009 00000 n 
0000000054 00000 n 
0000000105 00000 n 
0000000216 00000 n 
0000000297 00000 n 
trailer <</Size 6/Root 1 0 R>>
startxref
360
%%EOF
";
