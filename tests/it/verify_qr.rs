//! What a QR code proves without a network, and what a typed code does not.

use mingzheng::rules::{Integrity, IssuerTrust, Reason, Status};
use mingzheng::seal::{QrText, ReportStatus, TrustBundle, digest};
use mingzheng::verify::{self, QrAnswer};
use proptest::prelude::*;

use crate::signed_sample::{claim, code, facts, keys, later, operator, qr_text, trust};

fn judge(text: &str) -> QrAnswer {
    verify::qr(text, &trust(), later(7200))
}

#[track_caller]
fn assert_refused(answer: &QrAnswer, integrity: Integrity, reasons: &[Reason]) {
    assert_eq!((answer.verdict.integrity, answer.verdict.reasons.as_slice()), (integrity, reasons));
    assert!(!answer.verdict.is_genuine_and_valid() && answer.claim.is_none());
}

#[test]
fn a_genuine_claim_is_intact_trusted_and_valid() {
    let answer = judge(&qr_text());
    assert!(answer.verdict.is_genuine_and_valid());
    assert_eq!(answer.verdict.reasons, [Reason::ClaimValid, Reason::StatusFromBundle]);
    assert_eq!(answer.verdict.facts_digest, Some(digest(&facts().canonical())));
    assert_eq!(answer.claim, Some(claim()));
}

#[test]
fn paper_and_bundle_of_version_1_verify_for_good() {
    // Never made anew: people keep such paper for years, and such bundles on machines without a network.
    let bundle = TrustBundle::parse(include_bytes!("../golden/trust-1.json")).unwrap();
    let text = include_str!("../golden/qr-1/text.txt").trim_end();
    let answer = verify::qr(text, &bundle, later(7200));
    assert!(answer.verdict.is_genuine_and_valid(), "{:?}", answer.verdict.reasons);
    let number = answer.claim.unwrap().number.to_string();
    assert_eq!(number, "MZCR-20261122-12345678-A");
    assert_eq!(bundle.statuses.values().map(|it| it.status).collect::<Vec<_>>(), [Status::Disputed]);
}

#[test]
fn a_revoked_report_is_revoked_by_its_qr_too() {
    let mut trust = trust();
    let report = ReportStatus {
        number: facts().number,
        status: Status::Revoked,
        since: later(60),
        reason: String::new(),
    };
    trust.statuses.insert(digest(&facts().canonical()), report);
    let verdict = verify::qr(&qr_text(), &trust, later(7200)).verdict;
    assert_eq!((verdict.integrity, verdict.status.status), (Integrity::Intact, Status::Revoked));
    assert_eq!(verdict.reasons, [Reason::ClaimValid, Reason::ReportRevoked, Reason::StatusFromBundle]);
}

#[test]
fn each_fault_of_a_qr_code_has_its_own_reason() {
    let good = qr_text();
    let address = good.split('#').next().unwrap();
    assert_refused(&judge("weixin://pay"), Integrity::NotOurs, &[Reason::QrNotOurs]);
    let elsewhere = good.replace("credit.example.cn", "credlt.example.cn");
    assert_refused(&judge(&elsewhere), Integrity::NotOurs, &[Reason::OriginUnknown, Reason::QrNotOurs]);
    assert_refused(&judge(address), Integrity::CannotTell, &[Reason::QrWithoutClaim]);
    assert_refused(&judge(&good.replace("#1", "#7")), Integrity::CannotTell, &[Reason::ClaimVersionUnknown]);
    assert_refused(&judge(&format!("{address}#1123")), Integrity::NotOurs, &[Reason::ClaimInvalid]);
    assert_refused(&judge(&format!("{address}#11")), Integrity::NotOurs, &[Reason::ClaimInvalid]);
    let compact = code().compact();
    let mistyped = compact.replacen(&compact[..1], "7", 1);
    let mistyped = judge(&good.replace(&compact, &mistyped));
    assert_refused(&mistyped, Integrity::CannotTell, &[Reason::CodeMistyped]);
}

#[test]
fn a_claim_moved_to_another_address_contradicts_it() {
    let other = mingzheng::rules::VerificationCode::from_random([1; 10]);
    let moved = qr_text().replace(&code().compact(), &other.compact());
    assert_refused(&judge(&moved), Integrity::Altered, &[Reason::ClaimContradictsCode]);
}

#[test]
fn a_claim_by_a_key_not_in_the_bundle_cannot_be_judged() {
    let theirs = keys(2).signer.sign_claim(&claim()).unwrap();
    let text = QrText { origin: facts().issuer.origin, code: code(), claim: Some(theirs) }.write();
    assert_refused(&judge(&text), Integrity::CannotTell, &[Reason::SignerUnknown]);
}

#[test]
fn a_forged_conclusion_is_invalid() {
    let mut bytes = operator().signer.sign_claim(&claim()).unwrap();
    let at = bytes.windows(2).position(|it| it == [0x6d, 0x55]).expect("the first byte of the conclusions");
    bytes[at] = 0x55; // D002 from found to none, D003 from not covered to none
    let text = QrText { origin: facts().issuer.origin, code: code(), claim: Some(bytes) }.write();
    assert_refused(&judge(&text), Integrity::Altered, &[Reason::ClaimInvalid]);
}

#[test]
fn a_revoked_key_is_told_and_its_claim_is_not_shown() {
    let mut trust = trust();
    trust.signers[0].revoked_since = Some(later(0));
    let answer = verify::qr(&qr_text(), &trust, later(7200));
    assert_eq!(answer.verdict.issuer, IssuerTrust::KeyRevoked);
    assert_eq!(answer.verdict.reasons, [Reason::ClaimValid, Reason::KeyCompromised]);
    assert!(answer.claim.is_none());
}

#[test]
fn a_code_or_a_hash_alone_proves_nothing_offline() {
    let told = |text: &str| verify::code_alone(text).reasons;
    assert_eq!(told(&code().to_string()), [Reason::CodeNeedsStore]);
    assert_eq!(told(&code().to_string().to_lowercase().replace('-', " ")), [Reason::CodeNeedsStore]);
    assert_eq!(told("ABCD"), [Reason::CodeMistyped]);
    assert!(verify::code_alone("ABCD").cannot_tell());
    assert_eq!(verify::hash_alone().reasons, [Reason::HashNeedsStore]);
    assert!(verify::hash_alone().cannot_tell());
}

proptest! {
    #[test]
    fn no_character_of_a_qr_code_can_be_changed(at in 0usize..1000, symbol in proptest::char::range(' ', '~')) {
        let good = qr_text();
        let mut changed: Vec<char> = good.chars().collect();
        let at = at % changed.len();
        changed[at] = symbol;
        let changed: String = changed.into_iter().collect();
        prop_assert_eq!(judge(&changed).verdict.is_genuine_and_valid(), changed == good);
    }

    #[test]
    fn no_text_makes_it_panic(text in "\\PC{0,120}") {
        prop_assert!(!judge(&text).verdict.is_genuine_and_valid());
        prop_assert!(verify::code_alone(&text).cannot_tell());
    }
}
