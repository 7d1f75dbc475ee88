//! Somebody verifies without a store and without a network, by a trust bundle alone.

use super::check::{Answer, Brought};
use super::look::Looker;
use crate::rules::{Findings, Instant, Kind, Verdict};
use crate::seal::TrustBundle;
use crate::verify;

/// Answers. A file that is not intact is looked at more closely, in a process of its own.
pub async fn check(trust: &TrustBundle, brought: Brought, now: Instant) -> Answer {
    let told = |verdict: Verdict| (verdict, Findings::only(Kind::NoDocument));
    let (verdict, findings) = match brought {
        Brought::Pdf(bytes) => file(trust, &bytes, now).await,
        Brought::Qr(text) => told(verify::qr(&text, trust, now).verdict),
        Brought::Code(text) => told(verify::code_alone(&text)),
        Brought::Hash(_) => told(verify::hash_alone()),
    };
    Answer { verdict, changed_since_issue: None, findings }
}

async fn file(trust: &TrustBundle, bytes: &[u8], now: Instant) -> (Verdict, Findings) {
    let verdict = verify::pdf(bytes, trust, now);
    if !verify::is_worth_a_look(&verdict) {
        let kind = verify::kind_of(&verdict);
        return (verdict, Findings::only(kind));
    }
    let looked = Looker::new(None).look(bytes, None).await;
    let told = verify::best_qr(&looked, trust, now).map(|text| verify::qr(text, trust, now).verdict);
    verify::conclude(verdict, looked, told, false)
}
