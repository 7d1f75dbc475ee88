//! What the report room draws and the seal room signs, the verifier takes.

use mingzheng::report::{Edition, Issue, Renderer, samples};
use mingzheng::rules::Facts;
use mingzheng::seal::{Claim, QrText, digest};
use mingzheng::verify;

use crate::signed_sample::{code, later, operator, trust};

/// A report as it is issued, and the text of its QR code.
fn issued(renderer: &Renderer, facts: &Facts, edition: Edition) -> (Vec<u8>, String) {
    let canonical = facts.canonical();
    let claim = operator().signer.sign_claim(&Claim::of(facts, code(), 1, &[0; 16]).unwrap()).unwrap();
    let qr = QrText { origin: facts.issuer.origin.clone(), code: code(), claim: Some(claim) }.write();
    let issue = Issue {
        facts,
        canonical: &canonical,
        digest: digest(&canonical),
        code: code().to_string(),
        qr: qr.clone(),
        edition,
    };
    let unsigned = renderer.render(&issue).unwrap();
    let signature = operator().signer.sign_pdf(unsigned.to_digest(), facts.issued_at).unwrap();
    (unsigned.with_signature(&signature).unwrap(), qr)
}

#[test]
fn every_sample_report_is_genuine_and_valid_as_file_and_as_qr() {
    assert!(Renderer::SIGNER_SPACE >= operator().signer.room());
    let renderer = Renderer::load().unwrap();
    for (name, mut facts) in samples().unwrap() {
        facts.issued_at = later(60);
        let mut trust = trust();
        trust.origins = vec![facts.issuer.origin.clone()];
        for edition in Edition::ALL {
            let (file, qr) = issued(&renderer, &facts, edition);
            let verdict = verify::pdf(&file, &trust, later(7200));
            assert!(verdict.is_genuine_and_valid(), "{name}: {:?}", verdict.reasons);
            assert_eq!(verdict.facts.as_deref(), Some(&facts));
            assert_eq!(verdict.signed_at, Some(facts.issued_at));
            let answer = verify::qr(&qr, &trust, later(7200));
            assert!(answer.verdict.is_genuine_and_valid(), "{name}: {:?}", answer.verdict.reasons);
            assert_eq!(answer.verdict.facts_digest, verdict.facts_digest);
        }
    }
}
