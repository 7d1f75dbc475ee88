//! A file is a report or it is told why not; nothing but the very bytes that were issued passes.

use mingzheng::rules::{Integrity, IssuerTrust, Reason, Status, Verdict};
use mingzheng::seal::{ReportStatus, SignerState, digest};
use mingzheng::verify::{self, LARGEST};
use proptest::prelude::*;

use crate::signed_sample::{facts, keys, later, morning, operator, sign, signed, trust, unsigned};

fn judge(bytes: &[u8]) -> Verdict {
    verify::pdf(bytes, &trust(), later(7200))
}

fn replaced(bytes: &[u8], old: &[u8], new: &[u8]) -> Vec<u8> {
    assert_eq!(old.len(), new.len());
    let at = bytes.windows(old.len()).position(|it| it == old).unwrap();
    [&bytes[..at], new, &bytes[at + old.len()..]].concat()
}

#[track_caller]
fn assert_refused(verdict: &Verdict, integrity: Integrity, reasons: &[Reason]) {
    assert_eq!((verdict.integrity, verdict.reasons.as_slice()), (integrity, reasons));
    assert!(!verdict.is_genuine_and_valid());
    assert_eq!((&verdict.facts, verdict.status.status), (&None, Status::Unknown));
}

#[test]
fn a_report_as_issued_is_intact_trusted_and_valid() {
    let verdict = judge(signed());
    assert_eq!(verdict.integrity, Integrity::Intact);
    assert_eq!(verdict.issuer, IssuerTrust::Trusted);
    assert_eq!(verdict.status.status, Status::Valid);
    assert_eq!(verdict.status.known_at, Some(later(3600)));
    assert_eq!(verdict.reasons, [Reason::SignatureValid, Reason::StatusFromBundle]);
    assert_eq!(verdict.signer.as_deref(), Some("示例市公共信用信息中心"));
    assert_eq!(verdict.signed_at, Some(morning()));
    assert_eq!(verdict.facts_digest, Some(digest(&facts().canonical())));
    assert_eq!(verdict.facts.as_deref(), Some(&facts()));
    assert!(verdict.is_genuine_and_valid());
}

#[test]
fn a_report_keeps_its_integrity_whatever_its_status() {
    for (status, reason) in [
        (Status::Revoked, Reason::ReportRevoked),
        (Status::Superseded, Reason::ReportSuperseded),
        (Status::Disputed, Reason::ReportDisputed),
    ] {
        let mut trust = trust();
        let report =
            ReportStatus { number: facts().number, status, since: later(60), reason: "示例".into() };
        trust.statuses.insert(digest(&facts().canonical()), report);
        let verdict = verify::pdf(signed(), &trust, later(7200));
        assert_eq!((verdict.integrity, verdict.status.status), (Integrity::Intact, status));
        assert_eq!(verdict.reasons, [Reason::SignatureValid, reason, Reason::StatusFromBundle]);
        assert!(!verdict.is_genuine_and_valid());
    }
}

#[test]
fn a_bundle_older_than_the_report_does_not_know_its_status() {
    let mut trust = trust();
    trust.statuses_as_of = later(-60);
    let verdict = verify::pdf(signed(), &trust, later(0));
    assert_eq!(verdict.status.status, Status::Unknown);
    assert_eq!(verdict.reasons, [Reason::SignatureValid, Reason::StatusNotKnown]);
    assert!(verdict.cannot_tell());
}

#[test]
fn what_is_no_pdf_is_unreadable_and_not_forged() {
    assert_refused(&judge(b""), Integrity::Unreadable, &[Reason::Empty]);
    assert_refused(&judge(b"\xff\xd8\xff\xe0 a photograph"), Integrity::Unreadable, &[Reason::NotPdf]);
    let large = vec![b' '; LARGEST + 1];
    assert_refused(&judge(&large), Integrity::CannotTell, &[Reason::TooLarge]);
    let encrypted = b"%PDF-1.7\ntrailer<</Encrypt 5 0 R>>\n%%EOF\n";
    assert_refused(&judge(encrypted), Integrity::Unreadable, &[Reason::Encrypted]);
    assert!(judge(b"%PDF-1.7\n1 0 obj").cannot_tell());
}

#[test]
fn a_file_that_is_cut_off_is_told_so() {
    for length in [20, signed().len() / 2, signed().len() - 1] {
        assert_refused(&judge(&signed()[..length]), Integrity::Unreadable, &[Reason::Truncated]);
    }
}

#[test]
fn a_change_of_the_content_is_told() {
    let changed = replaced(signed(), b"(Sample)", b"(Simple)");
    let verdict = judge(&changed);
    assert_refused(&verdict, Integrity::Altered, &[Reason::ContentChanged]);
    assert_eq!(verdict.issuer, IssuerTrust::Trusted, "the signature is ours, the content is not");
}

#[test]
fn whatever_is_appended_is_told() {
    let tails = [
        (&b"\n"[..], Reason::TrailingBytes),
        (b"%", Reason::TrailingBytes),
        (b"5 0 obj\n<<>>\nendobj\nstartxref\n0\n%%EOF\n", Reason::AppendedRevision),
    ];
    for (tail, reason) in tails {
        let verdict = judge(&[signed(), tail].concat());
        assert_refused(&verdict, Integrity::Altered, &[reason]);
    }
    let second = [signed(), &b"9 0 obj\n<</ByteRange [0 1 2 3]>>\nendobj\n%%EOF\n"[..]].concat();
    assert_refused(&judge(&second), Integrity::Altered, &[Reason::SecondSignature]);
}

#[test]
fn a_report_encrypted_by_another_program_is_told_so() {
    let moved = replaced(signed(), b"/ByteRange [0", b"/ByteRange [9");
    let encrypted = replaced(&moved, b"/ID[<00>", b"/Encrypt");
    assert_refused(&judge(&encrypted), Integrity::Unreadable, &[Reason::Encrypted]);
}

#[test]
fn a_report_that_was_never_signed_is_told_so() {
    let verdict = judge(&unsigned(&facts().canonical()).bytes);
    assert_refused(&verdict, Integrity::Altered, &[Reason::SignatureMissing, Reason::LooksLikeOurs]);
}

#[test]
fn a_report_without_its_signature_only_looks_like_ours() {
    let signature = signed().windows(10).position(|it| it == b"/ByteRange").unwrap();
    let mut stripped = signed().to_vec();
    stripped[signature + 1] = b'X';
    assert_refused(&judge(&stripped), Integrity::Altered, &[Reason::SignatureMissing, Reason::LooksLikeOurs]);
    let plain = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n%%EOF\n";
    assert_refused(&judge(plain), Integrity::NotOurs, &[Reason::SignatureMissing]);
}

#[test]
fn a_byte_range_that_leaves_something_out_is_told() {
    let at = signed().windows(12).position(|it| it == b"/ByteRange [").unwrap() + 12;
    for range in ["1 0000000000 0000000000", "0 0000000000 0000000001", "0 9999999999 9999999999"] {
        let mut moved = signed().to_vec();
        moved[at..at + range.len()].copy_from_slice(range.as_bytes());
        let verdict = judge(&moved);
        assert_refused(&verdict, Integrity::Altered, &[Reason::ByteRangeWrong, Reason::LooksLikeOurs]);
    }
}

#[test]
fn a_signature_is_written_in_one_way_only() {
    let at = signed().windows(10).position(|it| it == b"/Contents ").unwrap();
    let at = at + signed()[at..].windows(2).position(|it| it == b"<3").unwrap() + 1;
    let end = at + signed()[at..].iter().position(|&it| it == b'>').unwrap();
    let mut shouted = signed().to_vec();
    shouted[at..end].make_ascii_uppercase();
    assert_refused(&judge(&shouted), Integrity::Altered, &[Reason::SignatureMalformed]);
    let mut filled = signed().to_vec();
    filled[end - 1] = b'1';
    assert_refused(&judge(&filled), Integrity::Altered, &[Reason::SignatureMalformed]);
}

#[test]
fn a_stranger_with_our_form_is_a_stranger() {
    let theirs = sign(unsigned(&facts().canonical()), &keys(2).signer, morning());
    let verdict = judge(&theirs);
    assert_refused(&verdict, Integrity::NotOurs, &[Reason::SignerUnknown, Reason::LooksLikeOurs]);
    assert_eq!(verdict.issuer, IssuerTrust::Unknown);
    let other = sign(unsigned(b"{}"), &keys(2).signer, morning());
    assert_refused(&judge(&other), Integrity::NotOurs, &[Reason::SignerUnknown]);
}

#[test]
fn what_our_key_signed_is_still_no_report_without_its_facts() {
    let verdict = judge(&sign(unsigned(b"{}"), &operator().signer, morning()));
    assert_refused(&verdict, Integrity::Intact, &[Reason::SignatureValid, Reason::FactsMissing]);
}

#[test]
fn what_our_key_signed_in_another_form_is_not_ours() {
    for (old, new) in [
        (&b"/DocMDP/TransformParams"[..], &b"/FieldM/TransformParams"[..]),
        (b"/P 1/V", b"/P 2/V"),
        (b"1.7\n", b"1.6\n"),
    ] {
        let mut other = unsigned(&facts().canonical());
        other.bytes = replaced(&other.bytes, old, new);
        let verdict = judge(&sign(other, &operator().signer, morning()));
        assert_refused(&verdict, Integrity::NotOurs, &[Reason::ProfileBroken]);
    }
}

#[test]
fn a_revoked_key_and_a_wrong_clock_are_told() {
    let mut revoked = trust();
    revoked.signers[0].revoked_since = Some(morning());
    let verdict = verify::pdf(signed(), &revoked, later(7200));
    assert_eq!((verdict.integrity, verdict.issuer), (Integrity::Intact, IssuerTrust::KeyRevoked));
    let reasons = [Reason::SignatureValid, Reason::KeyCompromised, Reason::TimestampMissing];
    assert_eq!(verdict.reasons, reasons);
    assert!(!verdict.is_genuine_and_valid() && verdict.facts.is_none());

    let mut compromised = trust();
    compromised.signers[0].compromised_since = Some(later(3600));
    let verdict = verify::pdf(signed(), &compromised, later(7200));
    assert_eq!(verdict.issuer, IssuerTrust::KeyRevoked);
    let reasons = [Reason::SignatureValid, Reason::SigningTimeUnproven, Reason::TimestampMissing];
    assert_eq!(verdict.reasons, reasons);
    // What exists now is older than a loss that is still to come.
    let verdict = verify::pdf(signed(), &compromised, later(3599));
    assert_eq!(verdict.issuer, IssuerTrust::Trusted);

    let early = verify::pdf(signed(), &trust(), later(-3600));
    assert!(early.reasons.contains(&Reason::SignedInFuture));
}

#[test]
fn a_certificate_outside_its_life_gives_no_trust() {
    let mut old = unsigned(&facts().canonical());
    old.bytes = replaced(&old.bytes, b"(D:20261122080000", b"(D:20261122075959");
    let verdict = judge(&sign(old, &operator().signer, morning()));
    assert_eq!(trust().judge(operator().signer.chain(), later(-1)), SignerState::Invalid);
    assert_eq!((verdict.integrity, verdict.issuer), (Integrity::Intact, IssuerTrust::Unknown));
    assert_eq!(verdict.reasons, [Reason::SignatureValid, Reason::CertificateInvalid]);
    assert!(!verdict.is_genuine_and_valid());
}

#[test]
fn no_single_byte_can_be_flipped() {
    // Every byte that is signed, every fifth of the signature (another test flips them all), every 97th of its filling.
    let filling = signed().windows(200).position(|it| it.iter().all(|&byte| byte == b'0')).unwrap();
    let end = filling + signed()[filling..].iter().position(|&it| it == b'>').unwrap();
    let digits = signed()[..filling].iter().rposition(|&it| it == b'<').unwrap()..filling;
    let trust = trust();
    let tried = |at: &usize| {
        (!digits.contains(at) || at.is_multiple_of(5))
            && (!(filling..end).contains(at) || at.is_multiple_of(97))
    };
    for at in (0..signed().len()).filter(tried) {
        let mut flipped = signed().to_vec();
        flipped[at] ^= 1 << (at % 8);
        let verdict = verify::pdf(&flipped, &trust, later(7200));
        assert!(!verdict.is_genuine_and_valid(), "byte {at}");
        assert_ne!(verdict.integrity, Integrity::Intact, "byte {at}");
    }
}

proptest! {
    #[test]
    fn no_part_of_a_report_is_a_report(length in 0usize..20_000) {
        let length = length % signed().len();
        prop_assert_ne!(judge(&signed()[..length]).integrity, Integrity::Intact);
    }

    #[test]
    fn nothing_can_be_appended(tail in prop::collection::vec(any::<u8>(), 1..200)) {
        prop_assert_eq!(judge(&[signed(), &tail].concat()).integrity, Integrity::Altered);
    }

    #[test]
    fn nothing_can_be_overwritten(at in 0usize..20_000, patch in prop::collection::vec(any::<u8>(), 1..40)) {
        let mut changed = signed().to_vec();
        let at = at % (changed.len() - patch.len());
        changed[at..at + patch.len()].copy_from_slice(&patch);
        prop_assert_eq!(judge(&changed).integrity == Integrity::Intact, changed == signed());
    }

    #[test]
    fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        prop_assert!(!judge(&bytes).is_genuine_and_valid());
        prop_assert!(!judge(&[b"%PDF-1.7\n/ByteRange [0 ", &bytes[..]].concat()).is_genuine_and_valid());
    }

    #[test]
    fn no_rearranged_pdf_makes_it_panic(order in prop::collection::vec(0usize..18, 0..60)) {
        let words: [&[u8]; 18] = [
            b"%PDF-1.7\n", b"/ByteRange", b"[0 5 90 10]", b"[0 ", b"99999999999999999999", b"/Contents", b"<", b"3082", b"ffffff",
            b">", b"1 0 obj", b"/EmbeddedFile", b"/application#2Fjson/FlateDecode", b"/Length 99", b"stream\n", b"endobj", b"/M(D:2026",
            b"%%EOF",
        ];
        let bytes: Vec<u8> = order.iter().flat_map(|&at| words[at]).copied().collect();
        prop_assert!(!judge(&[b"%PDF-1.7\n", &bytes[..]].concat()).is_genuine_and_valid());
    }
}
