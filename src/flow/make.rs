//! Facts become a signed document that was verified before anybody sees it.

use super::issue::{Error, Issued};
use super::{App, trust};
use crate::report::{Edition, Issue};
use crate::rules::{Facts, Subject};
use crate::seal::{self, Claim, ClaimSubject, QrText};
use crate::verify;

/// Draws, signs, and verifies as a stranger would.
pub(super) fn make(
    app: &App,
    facts: Facts,
    edition: Edition,
    status_index: u32,
    subject: &Subject,
) -> Result<Issued, Error> {
    let code = app.0.chance.code();
    let canonical = facts.canonical();
    let facts_sha256 = seal::digest(&canonical);
    let ClaimSubject::Commitment(person) = ClaimSubject::commit(&subject.code.value, &app.0.chance.draw())
    else {
        return Err(Error::NotVerified("a commitment is a code".to_owned()));
    };
    let signer = &app.0.keyring.signer;
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
    let unsigned = app.0.renderer.render_for(&issue, signer.room())?;
    let signature = signer.sign_pdf(unsigned.to_digest(), facts.issued_at)?;
    let pdf = unsigned.with_signature(&signature)?;

    let now = app.now().max(facts.issued_at);
    let bundle = trust::own_keys(app, now);
    let verdict = verify::pdf(&pdf, &bundle, now);
    if !verdict.is_genuine_and_valid() || verdict.facts.as_deref() != Some(&facts) {
        return Err(Error::NotVerified(format!("{:?}", verdict.reasons)));
    }
    let verdict = verify::qr(&qr, &bundle, now).verdict;
    if !verdict.is_genuine_and_valid() || verdict.facts_digest != Some(facts_sha256) {
        return Err(Error::NotVerified(format!("QR: {:?}", verdict.reasons)));
    }
    let pdf_sha256 = seal::digest(&pdf);
    Ok(Issued { facts, code: Some(code), qr: Some(qr), facts_sha256, pdf_sha256, pdf, repeated: false })
}
