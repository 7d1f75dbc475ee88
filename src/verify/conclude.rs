//! A verdict and a closer look put together: what kind of thing was brought, and why.

use super::look::Looked;
use super::{picture, qr};
use crate::rules::{Finding, Findings, Instant, Integrity, IssuerTrust, Kind, Reason, Verdict};
use crate::seal::TrustBundle;

/// What was brought, where no closer look was needed or possible.
#[must_use]
pub fn kind_of(verdict: &Verdict) -> Kind {
    let has = |reason| verdict.reasons.contains(&reason);
    match verdict.integrity {
        _ if has(Reason::PictureOnly) => Kind::Pictured,
        _ if has(Reason::ResultSheet) => Kind::ResultSheet,
        _ if has(Reason::UploadReceipt) => Kind::UploadReceipt,
        Integrity::Intact => Kind::AsIssued,
        Integrity::Unreadable | Integrity::CannotTell => Kind::Unreadable,
        _ if has(Reason::SignerUnknown) && verdict.signer.is_some() => Kind::OtherSigner,
        Integrity::Altered => Kind::OursChanged,
        Integrity::NotOurs => Kind::NotOurs,
    }
}

/// Whether a closer look at a file could tell more: not where it is as issued, nor where it cannot be read at all.
#[must_use]
pub fn is_worth_a_look(verdict: &Verdict, bytes: &[u8]) -> bool {
    let hopeless = [Reason::TooLarge, Reason::Empty, Reason::Encrypted, Reason::UploadReceipt];
    let neither = verdict.reasons.contains(&Reason::NotPdf) && !picture::is_picture(bytes);
    verdict.integrity != Integrity::Intact
        && !neither
        && !verdict.reasons.iter().any(|it| hopeless.contains(it))
}

/// The QR text in a file that proves most: one with a claim that a trusted signer made, else the first.
#[must_use]
pub fn best_qr<'a>(looked: &'a Looked, trust: &TrustBundle, now: Instant) -> Option<&'a str> {
    let proves = |text: &&String| qr(text, trust, now).claim.is_some();
    looked.qr.iter().find(proves).or(looked.qr.first()).map(String::as_str)
}

/// Adds to a verdict on a file what a closer look saw. It is never *intact* because of a look.
///
/// `told` is the verdict on the [best QR](best_qr) in the file, if it has one; `known` says that the store has the report that
/// the file shows or names, which offline nobody knows.
#[must_use]
pub fn conclude(verdict: Verdict, looked: Looked, told: Option<Verdict>, known: bool) -> (Verdict, Findings) {
    let photograph = looked.picture && looked.pages == 0;
    // Drawn letters with nothing to compare them with are a picture, too.
    let proves = |told: &Verdict| told.reasons.contains(&Reason::ClaimValid);
    let drawn = looked.wordless && !known && looked.facts.is_none() && told.as_ref().is_some_and(proves);
    if photograph || ((looked.picture || drawn) && verdict.signer.is_none()) {
        let verdict = of_picture(&verdict, &looked, told, photograph);
        return (verdict, Findings { kind: Kind::Pictured, list: looked.findings, comparison: Vec::new() });
    }
    let claim = told.filter(proves);
    let claimed = claim.is_some();
    // What the QR claims was signed; facts of another digest are not those that were issued.
    let swapped = claim.is_some_and(|it| looked.facts.is_some() && looked.facts != it.facts_digest);
    let harmless = [Reason::Rewritten, Reason::SetAnew, Reason::MetadataChanged, Reason::TextUnreadable];
    let tricks =
        [Reason::PrefixBytes, Reason::SignatureWrapped, Reason::ByteRangeGap, Reason::ByteRangeOverlap];
    let tricked = looked.reasons.iter().any(|reason| tricks.contains(reason));
    // A seal is a field of the signature: other programs leave both out.
    let rewritten = looked.reasons.contains(&Reason::Rewritten);
    let lost = |it: &Finding| rewritten && it.attack == Reason::AnnotationChanged && it.now.is_none();
    let differs = swapped
        || tricked
        || looked.findings.iter().any(|finding| !harmless.contains(&finding.attack) && !lost(finding));
    let mut verdict = verdict;
    for reason in &looked.reasons {
        add(&mut verdict, *reason);
    }
    let unreadable = matches!(verdict.integrity, Integrity::Unreadable | Integrity::CannotTell);
    let ours = known || claimed || looked.facts.is_some();
    let mut kind = kind_of(&verdict);
    if verdict.signer.is_none() && ours && !unreadable {
        // A copy that lost its signature is still of ours, though nothing on it is proven.
        let unclear = !differs && looked.reasons.contains(&Reason::ChangeNotExcluded);
        verdict.integrity = if unclear { Integrity::CannotTell } else { Integrity::Altered };
        kind = if differs { Kind::OursChanged } else { Kind::UnsignedCopy };
    }
    if ours && verdict.signer.is_none() && (known || claimed) {
        add(&mut verdict, Reason::CopyOfReport);
    }
    if swapped {
        add(&mut verdict, Reason::FactsChanged);
    }
    if claimed {
        add(&mut verdict, Reason::QrFound);
    }
    (verdict, Findings { kind, list: looked.findings, comparison: looked.comparison })
}

fn add(verdict: &mut Verdict, reason: Reason) {
    if !verdict.reasons.contains(&reason) {
        verdict.reasons.push(reason);
    }
}

/// The verdict on a picture: that on the claim in its QR, and never intact, for it may show anything around a genuine QR.
fn of_picture(before: &Verdict, looked: &Looked, told: Option<Verdict>, photograph: bool) -> Verdict {
    let without = |integrity, reasons| Verdict::without_facts(integrity, IssuerTrust::Unknown, reasons);
    let mut verdict = match told {
        Some(verdict) => verdict,
        None if looked.reasons.contains(&Reason::PictureUnreadable) => {
            without(Integrity::Unreadable, Vec::new())
        }
        None if photograph => without(Integrity::CannotTell, vec![Reason::QrNotFound]),
        None => without(before.integrity, vec![Reason::QrNotFound]),
    };
    let found = (!looked.qr.is_empty()).then_some(Reason::QrFound);
    verdict.reasons.splice(0..0, [Reason::PictureOnly].into_iter().chain(found));
    if verdict.integrity == Integrity::Intact {
        verdict.integrity = Integrity::CannotTell;
    }
    let more: &[Reason] = if photograph { &[] } else { &before.reasons };
    for reason in more.iter().chain(&looked.reasons) {
        add(&mut verdict, *reason);
    }
    verdict
}
