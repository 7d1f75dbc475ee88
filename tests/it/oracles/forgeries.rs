//! What somebody changed is accepted by nobody who can tell.

use std::collections::BTreeSet;
use std::fs;

use mingzheng::report::Edition;
use mingzheng::rules::{Integrity, KeyKind};
use mingzheng::verify;

use super::issued::{Issued, Operator, sample};
use super::{Job, OF_SIGNATURES, Verdict, judge, python, said, who_say};

/// The ways to change a signed document: see `tests/oracles/tamper.py`.
const FORGERIES: [&str; 5] = ["flip", "append", "swap", "strip", "countersign"];

#[test]
fn judges_refuse_every_forgery_and_so_do_we() {
    let issued = Operator::new(KeyKind::P256, 1).issue(sample("clean"), Edition::Zh);
    let western = BTreeSet::from(["mutool", "openssl", "pdfsig", "pyhanko"]);
    assert_refused(&issued, &FORGERIES, &western);
}

#[test]
fn judges_refuse_forgeries_under_other_kinds_of_keys() {
    let western = BTreeSet::from(["mutool", "openssl", "pdfsig", "pyhanko"]);
    let chinese = BTreeSet::from(["gmssl", "openssl"]);
    for (kind, judges) in [(KeyKind::Rsa3072, western), (KeyKind::Sm2, chinese)] {
        let issued = Operator::new(kind, 1).issue(sample("person"), Edition::Zh);
        assert_refused(&issued, &["flip", "append"], &judges);
    }
}

/// Forges a document in these ways; all of these judges refuse each, and so do we.
fn assert_refused(issued: &Issued, ways: &[&str], judges: &BTreeSet<&str>) {
    let mut jobs = Vec::new();
    for how in ways {
        let forged = issued.folder.path().join(how).with_extension("pdf");
        let Some(mut tamper) = python("tamper.py") else { return };
        tamper.arg(how).arg(&issued.pdf).arg(&forged);
        said(tamper, b"");

        let ours = verify::pdf(&fs::read(&forged).unwrap(), &issued.trust, issued.at);
        assert_ne!(ours.integrity, Integrity::Intact, "{how}: {:?}", ours.reasons);
        jobs.push(Job { pdf: forged, only: OF_SIGNATURES, ..issued.job(how) });
    }
    let judgements = judge(&jobs).unwrap();
    for how in ways {
        assert_eq!(who_say(Verdict::Invalid, how, &judgements), *judges, "{how}: {judgements:#?}");
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
