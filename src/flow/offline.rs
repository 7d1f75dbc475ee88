//! Somebody verifies without a store and without a network, by a trust bundle alone.

use super::check::{Answer, Brought};
use super::look::Looker;
use crate::config;
use crate::rules::{Findings, Instant, Kind, Verdict};
use crate::seal::{Claim, TrustBundle};
use crate::verify;

/// What somebody needs to verify offline.
#[derive(Debug)]
pub struct Verifier {
    trust: TrustBundle,
    looker: Looker,
    now: Instant,
}

impl Verifier {
    /// A verifier that believes a bundle, at this moment.
    #[must_use]
    pub fn new(trust: TrustBundle, how: &config::Verify, now: Instant) -> Self {
        Self { trust, looker: Looker::new(how), now }
    }

    /// Answers. A file that is not intact is looked at more closely, in a process of its own.
    pub async fn check(&self, brought: Brought) -> Answer {
        let told = |verdict: Verdict| (verdict, Findings::only(Kind::NoDocument));
        let (verdict, findings) = match brought {
            Brought::Pdf(bytes) => self.file(&bytes).await,
            Brought::Qr(text) => told(verify::qr(&text, &self.trust, self.now).verdict),
            Brought::Code(text) => told(verify::code_alone(&text)),
            Brought::Hash(_) => told(verify::hash_alone()),
        };
        Answer { verdict, changed_since_issue: None, findings }
    }

    /// What the text of a QR claims, where it is proven.
    #[must_use]
    pub fn claim(&self, text: &str) -> Option<Claim> {
        verify::qr(text, &self.trust, self.now).claim
    }

    async fn file(&self, bytes: &[u8]) -> (Verdict, Findings) {
        let (trust, now) = (&self.trust, self.now);
        let receipt = verify::ReceiptFile::read(bytes).map(|receipt| receipt.judge(trust, now));
        let verdict = receipt.unwrap_or_else(|| verify::pdf(bytes, trust, now));
        if !verify::is_worth_a_look(&verdict, bytes) {
            let kind = verify::kind_of(&verdict);
            return (verdict, Findings::only(kind));
        }
        let looked = self.looker.look(bytes, None).await;
        let told = verify::best_qr(&looked, trust, now).map(|text| verify::qr(text, trust, now).verdict);
        verify::conclude(verdict, looked, told, false)
    }
}
