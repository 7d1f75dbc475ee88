//! What the text of a QR code proves, and what a code or a hash alone.

use super::{is_in_future, issuer, status_reasons};
use crate::rules::{Instant, Integrity, IssuerTrust, Reason, Verdict, VerificationCode};
use crate::seal::{
    BadQrText, Claim, QrText, SignedClaim, SignedSnapshot, Snapshot, SnapshotText, TrustBundle,
};

/// The verdict on a QR code, with what it says where that is proven.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QrAnswer {
    /// The verdict; intact means that the claim is.
    pub verdict: Verdict,
    /// The claim, to be compared with the paper; only one that a trusted signer made.
    pub claim: Option<Claim>,
    /// The snapshot of a one-code, where that was brought; only one that a trusted signer made.
    pub snapshot: Option<Snapshot>,
}

/// Judges the text read from a QR code.
///
/// A genuine claim proves what was issued under its number, not that the paper around it is the report: people compare.
#[must_use]
pub fn qr(text: &str, trust: &TrustBundle, now: Instant) -> QrAnswer {
    let read = match SnapshotText::read(text) {
        Some(Ok(text)) => return judge_snapshot(&text, trust, now),
        Some(Err(wrong)) => Err(wrong),
        None => QrText::read(text),
    };
    let (reason, integrity) = match read {
        Ok(text) => return judge(&text, trust, now),
        Err(BadQrText::Shape) => (Reason::QrNotOurs, Integrity::NotOurs),
        Err(BadQrText::Digits) => (Reason::ClaimInvalid, Integrity::NotOurs),
        Err(BadQrText::Code(_)) => (Reason::CodeMistyped, Integrity::CannotTell),
        Err(BadQrText::Version) => (Reason::ClaimVersionUnknown, Integrity::CannotTell),
    };
    without_claim(integrity, vec![reason])
}

fn judge(text: &QrText, trust: &TrustBundle, now: Instant) -> QrAnswer {
    if !trust.origins.contains(&text.origin) {
        return without_claim(Integrity::NotOurs, vec![Reason::OriginUnknown, Reason::QrNotOurs]);
    }
    let Some(bytes) = &text.claim else {
        return without_claim(Integrity::CannotTell, vec![Reason::QrWithoutClaim]);
    };
    let Some(message) = SignedClaim::read(bytes) else {
        return without_claim(Integrity::NotOurs, vec![Reason::ClaimInvalid]);
    };
    let chain = trust.chain_of(message.key_id());
    let Some(signer) = chain.first() else {
        // The key may be younger than the bundle.
        return without_claim(Integrity::CannotTell, vec![Reason::SignerUnknown]);
    };
    if !message.holds_for(signer) {
        return without_claim(Integrity::Altered, vec![Reason::ClaimInvalid]);
    }
    let claim = message.claim;
    let (trusted, doubt) = issuer(trust.judge_existing(&chain, claim.issued_at, now));
    let (integrity, first) = if claim.code == text.code {
        (Integrity::Intact, Reason::ClaimValid)
    } else {
        (Integrity::Altered, Reason::ClaimContradictsCode)
    };
    let mut verdict = Verdict {
        signer: Some(signer.organization()),
        signed_at: Some(claim.issued_at),
        facts_digest: Some(claim.facts),
        ..Verdict::without_facts(integrity, trusted, [first].into_iter().chain(doubt).collect())
    };
    if is_in_future(claim.issued_at, now) {
        verdict.reasons.push(Reason::SignedInFuture);
    }
    let proven = integrity == Integrity::Intact && trusted == IssuerTrust::Trusted;
    if proven {
        verdict.status = trust.status_of(&claim.facts, claim.issued_at);
        verdict.reasons.extend(status_reasons(&verdict.status));
    }
    QrAnswer { verdict, claim: proven.then_some(claim), snapshot: None }
}

/// A genuine snapshot proves what was concluded at its time. No list of statuses knows it: how things stand now is not said.
fn judge_snapshot(text: &SnapshotText, trust: &TrustBundle, now: Instant) -> QrAnswer {
    if !trust.origins.contains(&text.origin) {
        return without_claim(Integrity::NotOurs, vec![Reason::OriginUnknown, Reason::QrNotOurs]);
    }
    let Some(message) = SignedSnapshot::read(&text.snapshot) else {
        return without_claim(Integrity::NotOurs, vec![Reason::ClaimInvalid]);
    };
    let chain = trust.chain_of(message.key_id());
    let Some(signer) = chain.first() else {
        return without_claim(Integrity::CannotTell, vec![Reason::SignerUnknown]);
    };
    if !message.holds_for(signer) {
        return without_claim(Integrity::Altered, vec![Reason::ClaimInvalid]);
    }
    let snapshot = message.snapshot;
    let (trusted, doubt) = issuer(trust.judge_existing(&chain, snapshot.as_of, now));
    let mut verdict = Verdict {
        signer: Some(signer.organization()),
        signed_at: Some(snapshot.as_of),
        ..Verdict::without_facts(
            Integrity::Intact,
            trusted,
            std::iter::once(Reason::SnapshotNotLive).chain(doubt).collect(),
        )
    };
    if is_in_future(snapshot.as_of, now) {
        verdict.reasons.push(Reason::SignedInFuture);
    }
    let proven = trusted == IssuerTrust::Trusted;
    QrAnswer { verdict, claim: None, snapshot: proven.then_some(snapshot) }
}

/// What can be said offline about a code alone: only whether it was typed right.
#[must_use]
pub fn code_alone(text: &str) -> Verdict {
    let reason = match text.parse::<VerificationCode>() {
        Ok(_) => Reason::CodeNeedsStore,
        Err(_) => Reason::CodeMistyped,
    };
    Verdict::without_facts(Integrity::CannotTell, IssuerTrust::Unknown, vec![reason])
}

/// What can be said offline about the hash of a file alone: nothing.
#[must_use]
pub fn hash_alone() -> Verdict {
    Verdict::without_facts(Integrity::CannotTell, IssuerTrust::Unknown, vec![Reason::HashNeedsStore])
}

fn without_claim(integrity: Integrity, reasons: Vec<Reason>) -> QrAnswer {
    let verdict = Verdict::without_facts(integrity, IssuerTrust::Unknown, reasons);
    QrAnswer { verdict, claim: None, snapshot: None }
}
