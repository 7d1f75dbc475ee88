//! What somebody changed is accepted by nobody who can tell.

use std::fs;

use mingzheng::report::Edition;
use mingzheng::rules::Integrity;
use mingzheng::verify;

use super::issued::{Operator, sample};
use super::{Job, OF_SIGNATURES, Verdict, judge, python, said, who_say};

/// The ways to change a signed document: see `tests/oracles/tamper.py`.
const FORGERIES: [&str; 5] = ["flip", "append", "swap", "strip", "countersign"];

#[test]
fn judges_refuse_every_forgery_and_so_do_we() {
    let issued = Operator::new(1).issue(sample("clean"), Edition::Zh);
    let mut jobs = Vec::new();
    for how in FORGERIES {
        let forged = issued.folder.path().join(how).with_extension("pdf");
        let Some(mut tamper) = python("tamper.py") else { return };
        tamper.arg(how).arg(&issued.pdf).arg(&forged);
        said(tamper, b"");

        let ours = verify::pdf(&fs::read(&forged).unwrap(), &issued.trust, issued.at);
        assert_ne!(ours.integrity, Integrity::Intact, "{how}: {:?}", ours.reasons);
        jobs.push(Job { name: how.into(), pdf: forged, only: OF_SIGNATURES, ..issued.job(how) });
    }
    let judgements = judge(&jobs).unwrap();
    for how in FORGERIES {
        let refused = who_say(Verdict::Invalid, how, &judgements);
        assert_eq!(refused.len(), OF_SIGNATURES.len(), "{how}: {judgements:#?}");
    }
}

#[test]
fn judges_refuse_a_signer_whom_nobody_trusts() {
    let [ours, theirs] = [1, 2].map(|seed| Operator::new(seed).issue(sample("clean"), Edition::Zh));
    let job = Job { root: ours.root.clone(), only: OF_SIGNATURES, ..theirs.job("a stranger's") };
    let Some(judgements) = judge(&[job]) else { return };

    let refused = who_say(Verdict::Invalid, "a stranger's", &judgements);
    assert!(["openssl", "pdfsig", "pyhanko"].iter().all(|judge| refused.contains(judge)), "{judgements:#?}");
}
