//! A verdict and a closer look put together: what kind of thing was brought, and why.

use super::look::Looked;
use super::qr;
use crate::rules::{Findings, Instant, Integrity, IssuerTrust, Kind, Reason, StatusAt, Verdict};
use crate::seal::{Claim, TrustBundle};

/// What a verdict and a look come to.
#[derive(Clone, Debug)]
pub struct Concluded {
    /// The verdict, with the reasons that the look added. It is never *intact* because of a look.
    pub verdict: Verdict,
    /// What kind of thing it is, and the findings.
    pub findings: Findings,
    /// The claim in a QR of it, where a trusted signer made it.
    pub claim: Option<Claim>,
}

/// What was brought, where no closer look was needed or possible.
#[must_use]
pub fn kind_of(verdict: &Verdict) -> Kind {
    let has = |reason| verdict.reasons.contains(&reason);
    match verdict.integrity {
        _ if has(Reason::PictureOnly) => Kind::Pictured,
        Integrity::Intact => Kind::AsIssued,
        Integrity::Unreadable | Integrity::CannotTell => Kind::Unreadable,
        _ if has(Reason::SignerUnknown) && verdict.signer.is_some() => Kind::OtherSigner,
        Integrity::Altered => Kind::OursChanged,
        Integrity::NotOurs => Kind::NotOurs,
    }
}

/// Adds to a verdict on a file what a closer look saw. `known` says that the store has the report that the file names or
/// shows; offline nobody knows.
#[must_use]
pub fn conclude(verdict: Verdict, looked: Looked, trust: &TrustBundle, now: Instant, known: bool) -> Concluded {
    let is_file_of_picture = looked.picture && looked.pages == 0;
    let answer = looked.qr.iter().map(|text| qr(text, trust, now)).find(|it| it.claim.is_some());
    let answer = answer.or_else(|| looked.qr.first().map(|text| qr(text, trust, now)));
    let claim = answer.as_ref().and_then(|it| it.claim.clone());
    if is_file_of_picture || (looked.picture && verdict.signer.is_none()) {
        let verdict = of_picture(verdict, &looked, answer.map(|it| it.verdict), is_file_of_picture);
        let findings = Findings { kind: Kind::Pictured, list: looked.findings, comparison: Vec::new() };
        return Concluded { verdict, findings, claim };
    }
    let mut verdict = verdict;
    let differs = looked.findings.iter().any(|it| it.attack != Reason::Rewritten && it.attack != Reason::MetadataChanged);
    let unsigned = verdict.signer.is_none();
    let ours = known || claim.is_some() || looked.facts.is_some();
    let names = looked.reasons.iter().copied();
    verdict.reasons.extend(names.filter(|reason| !verdict.reasons.contains(reason)).collect::<Vec<_>>());
    if claim.is_some() {
        verdict.reasons.push(Reason::QrFound);
    }
    let mut kind = kind_of(&verdict);
    if unsigned && ours && !matches!(verdict.integrity, Integrity::Unreadable | Integrity::CannotTell) {
        // A copy that lost its signature is still of ours, though nothing on it is proven.
        verdict.integrity = Integrity::Altered;
        kind = if differs { Kind::OursChanged } else { Kind::UnsignedCopy };
        if known || claim.is_some() {
            verdict.reasons.push(Reason::CopyOfReport);
        }
    }
    let findings = Findings { kind, list: looked.findings, comparison: looked.comparison };
    Concluded { verdict, findings, claim }
}

/// The verdict on a picture: that on the claim in its QR. A picture that came as a PDF is never intact, for its pages may show
/// anything around a genuine QR.
fn of_picture(before: Verdict, looked: &Looked, claim: Option<Verdict>, is_file_of_picture: bool) -> Verdict {
    let mut verdict = match claim {
        Some(verdict) => verdict,
        None if looked.reasons.is_empty() => {
            Verdict::without_facts(Integrity::CannotTell, IssuerTrust::Unknown, vec![Reason::QrNotFound])
        }
        None => {
            let reasons = looked.reasons.clone();
            Verdict::without_facts(Integrity::Unreadable, IssuerTrust::Unknown, reasons)
        }
    };
    let found = !looked.qr.is_empty();
    verdict.reasons.splice(0..0, [Reason::PictureOnly].into_iter().chain(found.then_some(Reason::QrFound)));
    if !is_file_of_picture {
        let ours = verdict.integrity == Integrity::Intact;
        verdict.integrity = if ours { Integrity::CannotTell } else { before.integrity };
        let others = before.reasons.iter().chain(&looked.reasons).copied();
        let others: Vec<_> = others.filter(|reason| !verdict.reasons.contains(reason)).collect();
        verdict.reasons.extend(others);
    }
    if verdict.integrity == Integrity::NotOurs {
        verdict.status = StatusAt::unknown();
    }
    verdict
}
