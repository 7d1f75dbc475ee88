//! A sheet of verification results: whether its signature is ours. It never passes for a report.

use super::detached::{Detached, detached};
use crate::rules::{Instant, Integrity, IssuerTrust, Reason, Results, Verdict};
use crate::seal::{Purpose, TrustBundle};

/// Judges the CSV of a sheet by the signature that came with it. Its status stays unknown: there is no report.
#[must_use]
pub fn sheet(csv: &[u8], signature: &[u8], trust: &TrustBundle, now: Instant) -> Verdict {
    let Some(at) = Results::stated_time(csv) else {
        return Verdict::without_facts(Integrity::NotOurs, IssuerTrust::Unknown, vec![Reason::NotPdf]);
    };
    let sheet =
        Detached { purpose: Purpose::Results, kind: Reason::ResultSheet, message: csv, signature, at };
    detached(&sheet, trust, now)
}
