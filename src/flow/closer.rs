//! A file that is not exactly as issued: which report it may be, and where it differs from it.
//!
//! # Who is told what
//!
//! What a stored report says, and what its pages look like, is told only to whoever shows to have that report: by its
//! verification code in words or in a QR, by its very facts, or by a file in which the issued one lies unharmed. Each of
//! these opens the facts anyway. A report number is no secret: it opens nothing, not even which of its fields differ.

use super::check::{Answer, Error, by_qr, of_file};
use super::reports::{self, Stored, by_key};
use super::{App, signers};
use crate::rules::{Kind, Reason, Verdict, VerificationCode};
use crate::seal::QrText;
use crate::store::editions::Edition;
use crate::store::reports::Key;
use crate::store::{Tx, editions};
use crate::verify::{self, Looked, Reference};

/// Looks closer at a file, and adds to the verdict on it.
pub(super) async fn look(app: &App, verdict: Verdict, bytes: &[u8]) -> Result<Answer, Error> {
    if !verify::is_worth_a_look(&verdict, bytes) {
        return Ok(of_file(verdict, None));
    }
    let first = app.0.looker.look(bytes, None).await;
    let mut tx = app.0.store.read().await?;
    let shown = shown(app, &mut tx, &first).await?;
    let named = match &shown {
        Some(_) => false,
        None => named(&mut tx, &first).await?,
    };
    let edition = match &shown {
        Some(Stored { report, .. }) => Some(editions::newest(&mut tx, report.subject, &report.number).await?),
        None => None,
    };
    let now = app.now();
    let keys = signers::known(app, &mut tx, now).await?;
    drop(tx);
    let known = shown.is_some();
    let mut looked = match shown.zip(edition) {
        // The report as issued lies inside, and has been compared already.
        Some(_) if first.inside.is_some() || first.picture => first,
        Some((stored, edition)) => beside(app, &stored, &edition, bytes, first).await,
        None => first,
    };
    if named {
        looked.reasons.push(Reason::NumberFound);
        // A report of this number has other facts, or they would have shown it.
        looked.reasons.extend(looked.facts.map(|_| Reason::FactsChanged));
    }
    let Some(text) = verify::best_qr(&looked, &keys, now) else {
        let (verdict, findings) = verify::conclude(verdict, looked, None, known);
        return Ok(Answer { verdict, changed_since_issue: None, findings });
    };
    let told = by_qr(app, text).await?;
    let (verdict, findings) = verify::conclude(verdict, looked, Some(told.verdict), known);
    let changed_since_issue = told.changed_since_issue.filter(|_| findings.kind == Kind::Pictured);
    Ok(Answer { verdict, changed_since_issue, findings })
}

/// The report that the file shows to have.
async fn shown(app: &App, tx: &mut Tx, looked: &Looked) -> Result<Option<Stored>, Error> {
    let in_qr = looked.qr.iter().filter_map(|text| Some(QrText::read(text).ok()?.code));
    let in_words = looked.codes.iter().filter_map(|code| code.parse::<VerificationCode>().ok());
    let codes = in_qr.chain(in_words).map(|code| Key::Code(app.0.keyring.codes.hash(&code.bits())));
    let keys = looked.inside.map(Key::Pdf).into_iter().chain(looked.facts.map(Key::Facts)).chain(codes);
    for key in keys {
        if let Some(stored) = by_key(tx, &key).await? {
            return Ok(Some(stored));
        }
    }
    Ok(None)
}

/// Whether a report has one of the numbers in the file.
async fn named(tx: &mut Tx, looked: &Looked) -> Result<bool, Error> {
    for number in &looked.numbers {
        if by_key(tx, &Key::Number(number.clone())).await?.is_some() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Looks once more, with the report as issued beside; if that fails, the first look stands.
async fn beside(app: &App, stored: &Stored, edition: &Edition, bytes: &[u8], first: Looked) -> Looked {
    // A lost file is our trouble and takes away the pages; the facts are still there to compare.
    let pdf = reports::file(app, &stored.report, edition).await;
    let pdf =
        pdf.inspect_err(|error| tracing::error!(%error, "a report's file cannot be compared with")).ok();
    let reference = Reference { facts: stored.facts.canonical(), pdf };
    let second = app.0.looker.look(bytes, Some(&reference)).await;
    if second.reasons.contains(&Reason::NotLookedInto) { first } else { Looked { qr: first.qr, ..second } }
}
