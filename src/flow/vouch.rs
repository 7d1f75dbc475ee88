//! What the store can vouch for when a signing key lost its trust.
//!
//! Offline, a timestamp of before the loss is the only proof. The issuer knows more: it keeps every file that it handed out by its
//! digest, and when it stored it. Whoever got hold of a key can sign files but cannot put them among those. So a file or a claim
//! whose report was stored before the loss is what it says; one that was stored after it is not believed even here, since "what was
//! signed after that no longer verifies" must mean the same everywhere.

use super::App;
use super::reports::file;
use crate::report::pdf::resign;
use crate::rules::{Digest, Instant, IssuerTrust, Reason, Verdict};
use crate::seal::{self, Certificate, TrustBundle};
use crate::store::reports::Report;
use crate::store::{self, Tx, editions};
use crate::verify;

/// Reasons that do not hold where the store vouches.
const ANSWERED: [Reason; 3] = [Reason::KeyCompromised, Reason::SigningTimeUnproven, Reason::TimestampMissing];

/// The certificate that signed a file of ours.
pub(super) fn signer_of(file: &[u8]) -> Option<Digest> {
    let seal = seal::inspect(&resign::signature(file)?)?;
    seal.chain.first().map(Certificate::digest)
}

/// Lets what was stored before its key lost its trust be believed.
pub(super) fn vouch(verdict: &mut Verdict, keys: &TrustBundle, signer: Option<Digest>, stored_at: Instant) {
    let lost = super::signers::lost(keys);
    let lost = lost.iter().find(|it| Some(it.certificate.digest()) == signer);
    if verdict.issuer == IssuerTrust::KeyRevoked && lost.is_some_and(|it| stored_at < it.since) {
        verdict.issuer = IssuerTrust::Trusted;
        verdict.reasons.retain(|reason| !ANSWERED.contains(reason));
        verdict.reasons.push(Reason::KnownToStore);
    }
}

/// How far the issuer of a report in the store is trusted, and why, where a code or a digest is all that was brought: the kept
/// file is judged as if it had been brought. While no key was ever lost there is nothing to judge.
pub(super) async fn judge_kept(
    app: &App,
    tx: &mut Tx,
    report: &Report,
    keys: TrustBundle,
) -> Result<(IssuerTrust, Vec<Reason>), store::Error> {
    if super::signers::lost(&keys).is_empty() {
        return Ok((IssuerTrust::Trusted, Vec::new()));
    }
    let all = editions::of(tx, report.subject, &report.number).await?;
    let newest = editions::newest(tx, report.subject, &report.number).await?;
    let bytes = file(app, report, &newest).await?;
    let stored_at = all.first().map_or(newest.stored_at, |first| first.stored_at);
    let now = app.now();
    let judged = tokio::task::spawn_blocking(move || {
        let mut verdict = verify::pdf(&bytes, &keys, now);
        vouch(&mut verdict, &keys, signer_of(&bytes), stored_at);
        verdict
    });
    let verdict = judged.await.map_err(|error| store::Error::Unavailable(error.into()))?;
    let of_key = [Reason::TimestampTrusted, Reason::KnownToStore];
    let told = |it: &Reason| ANSWERED.contains(it) || of_key.contains(it);
    Ok((verdict.issuer, verdict.reasons.into_iter().filter(told).collect()))
}
