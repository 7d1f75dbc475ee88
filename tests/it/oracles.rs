//! Programs that we did not write judge our documents: see `tests/oracles/judge.py` for what each is asked.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::{SystemTime, UNIX_EPOCH};
use std::{env, fs};

use mingzheng::rules::Instant;
use mingzheng::seal::Keyring;
use serde::Deserialize;

use crate::signed_sample::{dice, sign, unsigned};

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
pub(crate) const FORGERIES: [&str; 4] = ["flip", "append", "strip", "countersign"];

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
    let prepared = env::var_os("MINGZHENG_ORACLES_PYTHON").map(PathBuf::from);
    let python = prepared.unwrap_or_else(|| project.join("tests/.tools/venv/bin/python"));
    if !python.exists() {
        let wanted = env::var_os("MINGZHENG_REQUIRE_ORACLES").is_some();
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

/// A document signed with fresh keys, on disk, with the root to trust beside it.
struct Signed {
    folder: tempfile::TempDir,
    pdf: PathBuf,
    root: PathBuf,
}

#[expect(
    clippy::disallowed_methods,
    reason = "the judges look at the clock of the machine, so must the certificates"
)]
fn signed(seed: u64) -> Signed {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    let now = Instant::from_millis(i64::try_from(now).unwrap() * 1000);
    let folder = tempfile::tempdir().unwrap();
    let keys = folder.path().join("keys");
    let keyring = Keyring::create(&keys, "示例市公共信用信息中心", now, &mut dice(seed)).unwrap();
    let pdf = folder.path().join("signed.pdf");
    fs::write(&pdf, sign(unsigned(b"{}"), &keyring.signer, now)).unwrap();
    Signed { folder, pdf, root: keys.join("root.pem") }
}

#[test]
fn judges_accept_what_the_operator_signed() {
    let Signed { pdf, root, folder: _folder } = signed(1);
    let Some(judgements) = judge(&pdf, &root, None, &["Sample"]) else { return };

    // The sample uses a font that is not embedded, so that the judge of fonts is not to be asked.
    let refusals = refusals(&judgements);
    assert!(refusals.iter().all(|refusal| refusal.starts_with("pdffonts")), "{refusals:#?}");
}

#[test]
fn judges_refuse_every_forgery() {
    let Signed { pdf, root, folder } = signed(1);
    for how in FORGERIES {
        let forged = folder.path().join(how).with_extension("pdf");
        let Some(()) = tamper(how, &pdf, &forged) else { return };
        let judgements = judge(&forged, &root, None, &[]).unwrap();

        let refused = who_say(Verdict::Invalid, &judgements);
        assert!(OF_SIGNATURES.iter().all(|judge| refused.contains(judge)), "{how}: {judgements:#?}");
    }
}

#[test]
fn judges_refuse_a_signer_whom_nobody_trusts() {
    let (ours, theirs) = (signed(1), signed(2));
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
