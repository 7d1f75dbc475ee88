//! A sheet of verification results: whether its signature is ours. It never passes for a report.

use super::{is_in_future, issuer};
use crate::rules::{Instant, Integrity, IssuerTrust, Reason, Results, Verdict};
use crate::seal::{BadSignature, Purpose, TrustBundle, verify_detached};

/// Judges the CSV of a sheet by the signature that came with it. Its status stays unknown: there is no report.
#[must_use]
pub fn sheet(csv: &[u8], signature: &[u8], trust: &TrustBundle, now: Instant) -> Verdict {
    let refused = |integrity, reasons| Verdict::without_facts(integrity, IssuerTrust::Unknown, reasons);
    let Some(at) = Results::stated_time(csv) else {
        return refused(Integrity::NotOurs, vec![Reason::NotPdf]);
    };
    let signer = match verify_detached(Purpose::Results, csv, signature, &trust.roots, at) {
        Ok(signer) => signer,
        Err(BadSignature::Malformed) => return refused(Integrity::NotOurs, vec![Reason::SignatureMalformed]),
        Err(BadSignature::Chain(_)) => return refused(Integrity::NotOurs, vec![Reason::SignerUnknown]),
        Err(BadSignature::Invalid) => {
            return refused(Integrity::Altered, vec![Reason::ContentChanged, Reason::ResultSheet]);
        }
    };
    let mut key_id = [0; 8];
    key_id.copy_from_slice(&signer.digest().0[..8]);
    let chain = trust.chain_of(key_id);
    // A key that the bundle does not list yet was trusted by its chain a moment ago.
    let (trusted, doubt) = if chain.is_empty() {
        (IssuerTrust::Trusted, None)
    } else {
        issuer(trust.judge_existing(&chain, at, now))
    };
    let mut reasons = vec![Reason::ResultSheet, Reason::SignatureValid];
    reasons.extend(doubt);
    if is_in_future(at, now) {
        reasons.push(Reason::SignedInFuture);
    }
    Verdict {
        signer: Some(signer.organization()),
        signed_at: Some(at),
        ..Verdict::without_facts(Integrity::Intact, trusted, reasons)
    }
}
