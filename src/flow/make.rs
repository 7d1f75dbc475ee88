//! Facts become a signed document that was verified before anybody sees it.

use super::issue::{Error, Issued};
use super::stamp::Trouble;
use super::{App, signers};
use crate::report::{Edition, Issue};
use crate::rules::{Facts, SignatureLevel, Subject};
use crate::seal::{self, Claim, ClaimSubject, Keyring, QrText, TrustBundle};
use crate::verify;

/// A signed document, and what it still lacks.
pub(super) struct Made {
    pub(super) issued: Issued,
    /// The level that it reaches with the timestamp that could not be had.
    pub(super) wanted: Option<SignatureLevel>,
}

/// Draws, signs, stamps the time, and verifies as a stranger would. `keys` is what such a stranger believes.
pub(super) async fn make(
    app: &App,
    facts: Facts,
    edition: Edition,
    status_index: u32,
    subject: &Subject,
    keyring: &Keyring,
    keys: &TrustBundle,
) -> Result<Made, Error> {
    let code = app.0.chance.code();
    let canonical = facts.canonical();
    let facts_sha256 = seal::digest(&canonical);
    let ClaimSubject::Commitment(person) = ClaimSubject::commit(&subject.code.value, &app.0.chance.draw())
    else {
        return Err(Error::NotVerified("a commitment is a code".to_owned()));
    };
    let signer = &keyring.signer;
    let claim = Claim::of(&facts, code.clone(), u64::from(status_index), &person)?;
    let claim = Some(signer.sign_claim(&claim)?);
    let qr = QrText { origin: facts.issuer.origin.clone(), code: code.clone(), claim }.write();
    let issue = Issue {
        facts: &facts,
        canonical: &canonical,
        digest: facts_sha256,
        code: code.to_string(),
        qr: qr.clone(),
        edition,
    };
    let (validation, complete) = app.0.stamps.validation(app, keyring, &signers::lost(keys)).await;
    let room = signer.room() + app.0.stamps.room();
    let unsigned = app.0.renderer.render_with(&issue, room, &validation)?;
    let signature = signer.sign_pdf(unsigned.to_digest(), facts.issued_at)?;
    let stamped = stamped(app, &signature, room).await;
    // A document that carries the data of another authority than the one that answered is not long-term.
    let fitting = stamped.as_ref().is_none_or(|(_, fitting)| *fitting);
    let reached = if complete && fitting { SignatureLevel::LongTerm } else { SignatureLevel::Timestamped };
    let pdf = unsigned.with_signature(stamped.as_ref().map_or(&signature, |(whole, _)| whole))?;

    let now = app.now().max(facts.issued_at);
    let verdict = verify::pdf(&pdf, keys, now);
    if !verdict.is_genuine_and_valid() || verdict.facts.as_deref() != Some(&facts) {
        return Err(Error::NotVerified(format!("{:?}", verdict.reasons)));
    }
    let timestamped_at = verdict.timestamped_at;
    if stamped.is_some() != timestamped_at.is_some() {
        return Err(Error::NotVerified(format!("timestamp: {:?}", verdict.reasons)));
    }
    let verdict = verify::qr(&qr, keys, now).verdict;
    if !verdict.is_genuine_and_valid() || verdict.facts_digest != Some(facts_sha256) {
        return Err(Error::NotVerified(format!("QR: {:?}", verdict.reasons)));
    }
    let pdf_sha256 = seal::digest(&pdf);
    let issued = Issued {
        facts,
        code: Some(code),
        qr: Some(qr),
        facts_sha256,
        pdf_sha256,
        pdf,
        level: if timestamped_at.is_some() { reached } else { SignatureLevel::Basic },
        timestamped_at,
        timestamp_pending: timestamped_at.is_none() && app.0.stamps.wanted(),
        repeated: false,
    };
    let wanted = issued.timestamp_pending.then_some(reached);
    Ok(Made { issued, wanted })
}

/// The signature with its timestamp, and whether that is by the authority whose certificates documents carry; `None` where there is
/// no timestamp to be had now. That it does not stop issuing is the point.
async fn stamped(app: &App, signature: &[u8], room: usize) -> Option<(Vec<u8>, bool)> {
    let value = seal::inspect(signature)?.signature;
    let token = match app.0.stamps.token(app, &value).await {
        Ok(token) => token,
        Err(Trouble::Off | Trouble::Resting(..)) => return None,
        Err(trouble) => {
            tracing::warn!(%trouble, "a report goes out without its timestamp");
            return None;
        }
    };
    let stamped = seal::with_token(signature, token.der()).ok()?;
    if stamped.len() > room {
        tracing::warn!(
            bytes = stamped.len(),
            room,
            "the timestamp is too long: a report goes out without it"
        );
        return None;
    }
    Some((stamped, app.0.stamps.is_same_authority(&token).await))
}
