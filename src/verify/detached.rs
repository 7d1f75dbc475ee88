//! Bytes with a signature beside them: whether it is ours. They never pass for a report.

use super::{is_in_future, issuer};
use crate::rules::{Instant, Integrity, IssuerTrust, Reason, Verdict};
use crate::seal::{BadSignature, Purpose, TrustBundle, verify_detached};

/// Something that is signed from beside it.
pub(super) struct Detached<'a> {
    /// What it was signed for.
    pub(super) purpose: Purpose,
    /// What it is.
    pub(super) kind: Reason,
    /// The bytes that were signed.
    pub(super) message: &'a [u8],
    pub(super) signature: &'a [u8],
    /// The time that it states.
    pub(super) at: Instant,
}

/// Judges it. Its status stays unknown: there is no report.
pub(super) fn detached(it: &Detached<'_>, trust: &TrustBundle, now: Instant) -> Verdict {
    let refused = |integrity, reasons| Verdict::without_facts(integrity, IssuerTrust::Unknown, reasons);
    let signer = match verify_detached(it.purpose, it.message, it.signature, &trust.roots, it.at) {
        Ok(signer) => signer,
        Err(BadSignature::Malformed) => return refused(Integrity::NotOurs, vec![Reason::SignatureMalformed]),
        Err(BadSignature::Chain(_)) => return refused(Integrity::NotOurs, vec![Reason::SignerUnknown]),
        Err(BadSignature::Invalid) => {
            return refused(Integrity::Altered, vec![Reason::ContentChanged, it.kind]);
        }
    };
    let mut key_id = [0; 8];
    key_id.copy_from_slice(&signer.digest().0[..8]);
    let chain = trust.chain_of(key_id);
    // A key that the bundle does not list yet was trusted by its chain a moment ago.
    let (trusted, doubt) = if chain.is_empty() {
        (IssuerTrust::Trusted, None)
    } else {
        issuer(trust.judge_existing(&chain, it.at, now))
    };
    let mut reasons = vec![it.kind, Reason::SignatureValid];
    reasons.extend(doubt);
    if is_in_future(it.at, now) {
        reasons.push(Reason::SignedInFuture);
    }
    Verdict {
        signer: Some(signer.organization()),
        signed_at: Some(it.at),
        ..Verdict::without_facts(Integrity::Intact, trusted, reasons)
    }
}
