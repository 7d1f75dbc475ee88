//! pyHanko validates our reports for the long term by the procedure of ETSI EN 319 102-1, 5.5, with nothing but the file and a root.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

use mingzheng::report::pdf::Validation;
use mingzheng::report::{Edition, Issue, Renderer, samples};
use mingzheng::rules::{Instant, KeyKind, VerificationCode};
use mingzheng::seal::{
    Keyring, LocalAuthority, Request, Revoked, Stamping, TrustBundle, ValidationData, digest, inspect,
    with_token,
};
use mingzheng::verify;
use serde_json::Value;

use crate::signed_sample::dice;

/// What pyHanko says; nothing, with a word on why, where it is not installed.
fn validated(pdf: &Path, root: &Path, more: &[&str]) -> Option<Value> {
    let project = Path::new(env!("CARGO_MANIFEST_DIR"));
    let prepared = env::var_os("TESTS_ORACLES_PYTHON").map(PathBuf::from);
    let python = prepared.unwrap_or_else(|| project.join("tests/.tools/venv/bin/python"));
    if !python.exists() {
        assert!(env::var_os("TESTS_REQUIRE_ORACLES").is_none(), "{} is missing", python.display());
        eprintln!("skipped: the judges are not installed; tests/run does it");
        return None;
    }
    let script = project.join("tests/oracles/ades.py");
    let output =
        Command::new(python).arg(script).arg(pdf).arg("--root").arg(root).args(more).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Some(serde_json::from_slice(&output.stdout).unwrap())
}

/// A report of one sample at every level.
struct Sample {
    folder: tempfile::TempDir,
    basic: Vec<u8>,
    stamped: Vec<u8>,
    trust: TrustBundle,
    at: Instant,
}

fn sample(kind: KeyKind, revoked_since: Option<Instant>) -> Sample {
    #[expect(clippy::disallowed_methods, reason = "pyHanko looks at the clock of the machine")]
    let now = Instant::from(time::OffsetDateTime::now_utc()).whole_second();
    let at = Instant::from_millis(now.millis() - 120_000);
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("keys");
    let (_, mut facts) = samples().unwrap().into_iter().find(|(name, _)| *name == "clean").unwrap();
    (facts.issued_at, facts.as_of) = (at, at);
    let made = Instant::from_millis(at.millis() - 60_000);
    let keyring = Keyring::create_with(&dir, &facts.issuer.name.zh, kind, made, &mut dice(4)).unwrap();
    let authority = LocalAuthority::open(&dir, &keyring, made, &mut dice(5)).unwrap().unwrap();
    let revoked: Vec<_> = revoked_since
        .map(|since| Revoked {
            certificate: keyring.signer.document_chain()[0].clone(),
            since,
            compromised: true,
        })
        .into_iter()
        .collect();
    let stamping = Stamping::Local(authority.chain());
    let data = ValidationData::gather(&dir, &keyring, stamping, &revoked, at);
    assert!(data.is_complete(), "{:?}", data.missing);
    let validation = Validation { certificates: data.certificates, revocation_lists: data.revocation_lists };

    let canonical = facts.canonical();
    let issue = Issue {
        facts: &facts,
        canonical: &canonical,
        digest: digest(&canonical),
        code: VerificationCode::from_random([0x5a; 10]).to_string(),
        qr: "https://verify.credit.example.cn/v/0".to_owned(),
        edition: Edition::Zh,
    };
    let unsigned = Renderer::load().unwrap().render_with(&issue, keyring.signer.room(), &validation).unwrap();
    let signature = keyring.signer.sign_pdf(unsigned.to_digest(), at).unwrap();
    let request = Request::new(&inspect(&signature).unwrap().signature, &mut dice(6)).unwrap();
    let token = request.token(&authority.respond(request.der(), at, &mut dice(7))).unwrap();
    let whole = with_token(&signature, token.der()).unwrap();
    let trust = TrustBundle::of(&keyring, vec![facts.issuer.origin.clone()], at);
    Sample {
        basic: unsigned.clone().with_signature(&signature).unwrap(),
        stamped: unsigned.with_signature(&whole).unwrap(),
        folder,
        trust,
        at,
    }
}

impl Sample {
    fn written(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let file = self.folder.path().join(name);
        fs::write(&file, bytes).unwrap();
        file
    }

    fn root(&self, kind: KeyKind) -> PathBuf {
        let keys = self.folder.path().join("keys");
        if kind == KeyKind::P256 { keys.join("root.pem") } else { keys.join(kind.word()).join("root.pem") }
    }
}

#[test]
fn a_stamped_report_passes_for_the_long_term_with_the_file_alone() {
    let sample = sample(KeyKind::P256, None);
    let ours = verify::pdf(&sample.stamped, &sample.trust, sample.at);
    assert_eq!(ours.timestamped_at, Some(sample.at));
    let (pdf, root) = (sample.written("stamped.pdf", &sample.stamped), sample.root(KeyKind::P256));
    let Some(said) = validated(&pdf, &root, &[]) else { return };
    assert_eq!(said["passed"], true, "{said}");
    let existed = said["existed_at"].as_str().unwrap().parse::<Instant>().unwrap();
    assert_eq!(existed, sample.at, "by the timestamp: {said}");
    assert_eq!((&said["certificates"], &said["revocation_lists"]), (&4.into(), &2.into()), "{said}");
    // Without the security store there is nothing to validate by.
    let said = validated(&pdf, &root, &["--without-dss"]).unwrap();
    assert_eq!(said["passed"], false, "{said}");
}

#[test]
fn a_list_that_names_the_signer_is_heeded() {
    let before = sample(KeyKind::P256, None);
    let since = Instant::from_millis(before.at.millis() - 30_000);
    let revoked = sample(KeyKind::P256, Some(since));
    let pdf = revoked.written("revoked.pdf", &revoked.stamped);
    let Some(said) = validated(&pdf, &revoked.root(KeyKind::P256), &[]) else { return };
    assert_eq!(said["passed"], false, "{said}");
}

#[test]
fn both_editions_of_a_report_are_one_size_and_one_revision() {
    for kind in [KeyKind::P256, KeyKind::Rsa3072, KeyKind::Sm2] {
        let sample = sample(kind, None);
        assert_eq!(sample.basic.len(), sample.stamped.len(), "{kind}");
        for file in [&sample.basic, &sample.stamped] {
            let verdict = verify::pdf(file, &sample.trust, sample.at);
            assert!(verdict.is_genuine_and_valid(), "{kind}: {:?}", verdict.reasons);
            assert_eq!(file.windows(9).filter(|it| it == b"startxref").count(), 1, "{kind}");
        }
        println!("{kind}: {} bytes", sample.stamped.len());
    }
}
