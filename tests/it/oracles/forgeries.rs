//! What somebody changed is accepted by nobody who can tell.

use std::fs;

use mingzheng::report::Edition;
use mingzheng::rules::{Integrity, KeyKind};
use mingzheng::verify;

use super::issued::{Issued, Operator, sample};
use super::{Job, OF_SIGNATURES, Verdict, judge, python, said, who_say};

/// Judges of documents whose signature is in P-256 or RSA.
const WESTERN: [&str; 4] = ["mutool", "openssl", "pdfsig", "pyhanko"];

#[test]
fn judges_refuse_every_forgery_and_so_do_we() {
    let issued = Operator::new(KeyKind::P256, 1).issue(sample("clean"), Edition::Zh);
    let Some(ways) = forge(&issued) else { return };
    assert!(ways.len() > 20, "{ways:?}");
    assert_refused(&issued, &ways, &WESTERN);
}

#[test]
fn judges_refuse_forgeries_under_other_kinds_of_keys() {
    for (kind, judges) in [(KeyKind::Rsa3072, &WESTERN[..]), (KeyKind::Sm2, &["gmssl", "openssl"])] {
        let issued = Operator::new(kind, 1).issue(sample("clean"), Edition::Zh);
        let Some(mut ways) = forge(&issued) else { return };
        ways.retain(|how| ["flip", "append", "usurp"].contains(&how.as_str()));
        assert_refused(&issued, &ways, judges);
    }
}

/// Changes a document in all the ways that `tests/oracles/tamper.py` knows, and names them.
fn forge(issued: &Issued) -> Option<Vec<String>> {
    let mut tamper = python("tamper.py")?;
    tamper.arg(&issued.pdf).arg(issued.folder.path());
    Some(said(tamper, b"").lines().map(str::to_owned).collect())
}

/// Each of these forgeries is refused by all of these judges, and by us.
fn assert_refused(issued: &Issued, ways: &[String], judges: &[&str]) {
    let mut jobs = Vec::new();
    for how in ways {
        let forged = issued.folder.path().join(how).with_extension("pdf");
        let ours = verify::pdf(&fs::read(&forged).unwrap(), &issued.trust, issued.at);
        assert_ne!(ours.integrity, Integrity::Intact, "{how}: {:?}", ours.reasons);
        jobs.push(Job { pdf: forged, only: OF_SIGNATURES, ..issued.job(how) });
    }
    let judgements = judge(&jobs).unwrap();
    for how in ways {
        let refused = who_say(Verdict::Invalid, how, &judgements);
        // MuPDF does not ask who signed.
        let able = judges.iter().filter(|judge| how != "usurp" || **judge != "mutool");
        assert_eq!(refused, able.copied().collect(), "{how}: {judgements:#?}");
    }
}

#[test]
fn judges_refuse_a_signer_whom_nobody_trusts() {
    let [ours, theirs] =
        [1, 2].map(|seed| Operator::new(KeyKind::P256, seed).issue(sample("clean"), Edition::Zh));
    let job = Job { root: ours.root.clone(), only: OF_SIGNATURES, ..theirs.job("a stranger's") };
    let Some(judgements) = judge(&[job]) else { return };

    let refused = who_say(Verdict::Invalid, "a stranger's", &judgements);
    assert!(["openssl", "pdfsig", "pyhanko"].iter().all(|judge| refused.contains(judge)), "{judgements:#?}");
}
