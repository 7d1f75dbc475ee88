//! A stranger asks whether something is genuine.
//!
//! Typing errors are told without looking anything up; a made-up code costs one look at an index. What a PDF or a QR
//! proves by itself comes from `verify`; where the report stands comes from one place, the store.

use uuid::Uuid;

use super::reports::{are_facts, by_key, status};
use super::since::changed;
use super::vouch::{judge_kept, signer_of, vouch};
use super::{App, glances, moment, notices, signers, trust};
use crate::rules::facts::BadFacts;
use crate::rules::{
    Digest, DomainSince, Facts, Findings, Instant, Integrity, IssuerTrust, Kind, Reason, ReportNumber,
    Status, StatusAt, Verdict, VerificationCode,
};
use crate::seal::{self, TrustBundle};
use crate::store::reports::{Glance, Key, Report};
use crate::store::{self, Tx, editions};
use crate::verify;

/// What somebody brings.
#[derive(Clone, Debug)]
pub enum Brought {
    /// A verification code, as typed.
    Code(String),
    /// The text of a QR.
    Qr(String),
    /// The digest of a file.
    Hash(Digest),
    /// A file: a PDF, or a photograph as PNG or JPEG.
    Pdf(Vec<u8>),
}

/// The answer.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The verdict.
    pub verdict: Verdict,
    /// What came in since the report was issued about this subject, these domains and these days; nothing where it is empty, and not
    /// known where it is missing.
    pub changed_since_issue: Option<Vec<DomainSince>>,
    /// What was brought, and where it differs from the report.
    pub findings: Findings,
}

impl Answer {
    /// Whether anything came in since.
    #[must_use]
    pub fn is_changed(&self) -> Option<bool> {
        self.changed_since_issue.as_ref().map(|domains| !domains.is_empty())
    }

    /// What came in since, for whoever has shown to have the report: nobody else is told of its domains.
    #[must_use]
    pub fn changes(&self) -> &[DomainSince] {
        let known = self.changed_since_issue.as_deref().filter(|_| self.verdict.facts.is_some());
        known.unwrap_or_default()
    }
}

/// An answer whose facts may still be as the store has them.
#[derive(Clone, Debug)]
pub struct Told {
    /// The answer.
    pub answer: Answer,
    /// The canonical facts, byte for byte, where the verdict should have them and has not.
    pub facts: Option<Vec<u8>>,
}

impl From<Answer> for Told {
    fn from(answer: Answer) -> Self {
        Self { answer, facts: None }
    }
}

impl Told {
    /// Puts the facts into the verdict.
    fn read(self) -> Result<Answer, Error> {
        let Self { mut answer, facts } = self;
        if let Some(bytes) = facts {
            let damaged = |error: BadFacts| store::Error::Corrupt(error.to_string().into());
            let facts = Facts::from_own(&bytes).map_err(damaged)?;
            answer.verdict.facts = Some(Box::new(facts));
        }
        Ok(answer)
    }
}

/// Why there is no answer: our own trouble, never a verdict.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The store.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// The statuses.
    #[error(transparent)]
    Trust(#[from] trust::Error),
}

/// Answers.
///
/// Words and pages of the stored report are told only to whoever brings its code, its QR, its very facts, or a file in which
/// it lies unharmed. A report number opens nothing.
pub async fn check(app: &App, brought: Brought) -> Result<Answer, Error> {
    tell(app, brought).await?.read()
}

/// The same, for whoever only sends the facts on.
pub async fn tell(app: &App, brought: Brought) -> Result<Told, Error> {
    match brought {
        Brought::Code(text) => by_code(app, &text).await,
        Brought::Hash(digest) => by_hash(app, digest).await.map(Told::from),
        Brought::Qr(text) => by_qr(app, &text).await.map(Told::from),
        Brought::Pdf(bytes) => by_pdf(app, bytes).await.map(Told::from),
    }
}

async fn by_code(app: &App, text: &str) -> Result<Told, Error> {
    let Ok(code) = text.parse::<VerificationCode>() else {
        return Ok(nothing(Integrity::CannotTell, Reason::CodeMistyped).into());
    };
    let hash = app.0.keyring.codes.hash(&code.bits());
    let Some(glance) = glances::glance(app, hash).await? else {
        return Ok(nothing(Integrity::NotOurs, Reason::CodeNotFound).into());
    };
    let now = app.now();
    let clock_is_right = glance.last_at.is_none_or(|last| moment::after(now, last).is_ok());
    if clock_is_right && !glance.keys_lost && !glance.moved {
        return at_a_glance(app, glance, now);
    }
    let mut tx = app.0.store.read().await?;
    let answer = match by_key(&mut tx, &Key::Code(hash)).await? {
        // What stands on the paper is for people to compare; the facts shown are as issued.
        Some(stored) => from_store(app, &mut tx, &stored.report, stored.facts, Reason::CodeFound).await?,
        None => nothing(Integrity::NotOurs, Reason::CodeNotFound),
    };
    Ok(answer.into())
}

/// The answer where no key was ever lost and nothing about the subject came since: nothing has to be drawn up again.
fn at_a_glance(app: &App, glance: Glance, now: Instant) -> Result<Told, Error> {
    are_facts(&glance.number, glance.facts_digest, &glance.facts)?;
    let mut verdict =
        Verdict::without_facts(Integrity::Intact, IssuerTrust::Trusted, vec![Reason::CodeFound]);
    verdict.timestamped_at = glance.stamped_at;
    as_stored(app, &mut verdict, glance.issued_at, glance.facts_digest);
    let known_at = Some(now);
    let status = match glance.status {
        Some(status) => StatusAt { status, since: glance.since, note: glance.reason, known_at },
        None => StatusAt { known_at, ..StatusAt::unknown() },
    };
    stand(app, &mut verdict, glance.subject, &glance.number, status);
    Ok(Told { answer: told(verdict, Some(Vec::new())), facts: Some(glance.facts) })
}

/// What the store knows of the signature of a report.
fn as_stored(app: &App, verdict: &mut Verdict, issued_at: Instant, facts_digest: Digest) {
    verdict.signer = Some(app.0.keyring.now().operator());
    verdict.signed_at = Some(issued_at);
    verdict.facts_digest = Some(facts_digest);
}

async fn by_hash(app: &App, digest: Digest) -> Result<Answer, Error> {
    let mut tx = app.0.store.read().await?;
    match by_key(&mut tx, &Key::Pdf(digest)).await? {
        Some(stored) => from_store(app, &mut tx, &stored.report, stored.facts, Reason::HashFound).await,
        None => Ok(nothing(Integrity::CannotTell, Reason::HashNotFound)),
    }
}

pub(super) async fn by_qr(app: &App, text: &str) -> Result<Answer, Error> {
    let mut tx = app.0.store.read().await?;
    let now = app.now();
    let keys = signers::known(app, &mut tx, now).await?;
    let answer = verify::qr(text, &keys, now);
    let mut verdict = answer.verdict;
    let Some(digest) = verdict.facts_digest.filter(|_| verdict.integrity == Integrity::Intact) else {
        // An address of ours without a claim is as good as its code.
        if verdict.reasons.contains(&Reason::QrWithoutClaim)
            && let Ok(text) = seal::QrText::read(text)
        {
            drop(tx);
            return by_code(app, &text.code.compact()).await?.read();
        }
        return Ok(told(verdict, None));
    };
    let Some(stored) = by_key(&mut tx, &Key::Facts(digest)).await? else {
        return Ok(unknown_to_us(verdict));
    };
    if let Some((signer, code)) = signer_of_claim(text, &keys)
        && app.0.keyring.codes.matches(&code.bits(), &stored.report.code_hash)
    {
        let editions = editions::of(&mut tx, stored.report.subject, &stored.report.number).await?;
        let stored_at = editions.first().map_or(stored.report.issued_at, |first| first.stored_at);
        vouch(&mut verdict, &keys, Some(signer), stored_at);
    }
    finish(app, &mut tx, &mut verdict, &stored.report).await?;
    let changed_since_issue = changed(app, &mut tx, &stored.report, &stored.facts).await?;
    verdict.facts = Some(Box::new(stored.facts));
    Ok(told(verdict, changed_since_issue))
}

/// Whether bytes are built like a receipt for an upload, which is told apart from every other thing that is brought.
#[must_use]
pub fn is_receipt(bytes: &[u8]) -> bool {
    verify::ReceiptFile::read(bytes).is_some()
}

async fn by_pdf(app: &App, bytes: Vec<u8>) -> Result<Answer, Error> {
    let now = app.now();
    let keys = signers::known(app, &mut app.0.store.read().await?, now).await?;
    if let Some(receipt) = verify::ReceiptFile::read(&bytes) {
        return Ok(of_file(receipt.judge(&keys, now), None));
    }
    let digest = seal::digest(&bytes);
    // Reading 64 MiB takes a while: not on a thread that others wait for.
    let bundle = keys.clone();
    let judged =
        tokio::task::spawn_blocking(move || (verify::pdf(&bytes, &bundle, now), signer_of(&bytes), bytes))
            .await;
    let Ok((mut verdict, signer, bytes)) = judged else {
        return Ok(of_file(
            Verdict::without_facts(Integrity::CannotTell, IssuerTrust::Unknown, Vec::new()),
            None,
        ));
    };
    let Some(facts_digest) = verdict.facts_digest.filter(|_| verdict.integrity == Integrity::Intact) else {
        return super::closer::look(app, verdict, &bytes).await;
    };
    let mut tx = app.0.store.read().await?;
    let Some(stored) = by_key(&mut tx, &Key::Facts(facts_digest)).await? else {
        let Answer { verdict, .. } = unknown_to_us(verdict);
        return Ok(of_file(verdict, None));
    };
    let editions = editions::of(&mut tx, stored.report.subject, &stored.report.number).await?;
    if editions.iter().any(|it| it.pdf_digest == digest) {
        verdict.reasons.push(Reason::BytesAsIssued);
        let stored_at = editions.first().map_or(stored.report.issued_at, |first| first.stored_at);
        vouch(&mut verdict, &keys, signer, stored_at);
        if verdict.issuer == IssuerTrust::Trusted {
            verdict.facts = Some(Box::new(stored.facts.clone()));
        }
    } else {
        // A signature of ours over other bytes, or the same signature spelled otherwise: not what was handed out.
        verdict.integrity = Integrity::Altered;
        verdict.reasons.insert(0, Reason::BytesDiffer);
    }
    finish(app, &mut tx, &mut verdict, &stored.report).await?;
    let changed_since_issue = changed(app, &mut tx, &stored.report, &stored.facts).await?;
    Ok(of_file(verdict, changed_since_issue))
}

/// An answer about a code, a hash or the text of a QR.
fn told(verdict: Verdict, changed_since_issue: Option<Vec<DomainSince>>) -> Answer {
    Answer { verdict, changed_since_issue, findings: Findings::only(Kind::NoDocument) }
}

/// An answer about a file that nobody looked at more closely.
pub(super) fn of_file(verdict: Verdict, changed_since_issue: Option<Vec<DomainSince>>) -> Answer {
    let findings = Findings::only(verify::kind_of(&verdict));
    Answer { verdict, changed_since_issue, findings }
}

/// The certificate that a claim names, and the code beside it.
fn signer_of_claim(text: &str, keys: &TrustBundle) -> Option<(Digest, VerificationCode)> {
    let text = seal::QrText::read(text).ok()?;
    let key_id = seal::SignedClaim::read(text.claim.as_deref()?)?.key_id();
    Some((keys.chain_of(key_id).first()?.digest(), text.code))
}

/// The answer to a code or a hash that a report belongs to.
async fn from_store(
    app: &App,
    tx: &mut Tx,
    report: &Report,
    facts: Facts,
    reason: Reason,
) -> Result<Answer, Error> {
    let keys = signers::known(app, tx, app.now()).await?;
    let (issuer, doubts) = judge_kept(app, tx, report, keys).await?;
    let reasons = std::iter::once(reason).chain(doubts).collect();
    let mut verdict = Verdict::without_facts(Integrity::Intact, issuer, reasons);
    verdict.timestamped_at = editions::newest(tx, report.subject, &report.number).await?.stamped_at;
    as_stored(app, &mut verdict, report.issued_at, report.facts_digest);
    finish(app, tx, &mut verdict, report).await?;
    let changed_since_issue = changed(app, tx, report, &facts).await?;
    verdict.facts = Some(Box::new(facts));
    Ok(told(verdict, changed_since_issue))
}

/// Puts the present status in the place of whatever was known without the store.
async fn finish(app: &App, tx: &mut Tx, verdict: &mut Verdict, report: &Report) -> Result<(), Error> {
    let status = status(app, tx, report).await?;
    stand(app, verdict, report.subject, &report.number, status);
    Ok(())
}

/// The same with the status at hand.
fn stand(app: &App, verdict: &mut Verdict, subject: Uuid, number: &ReportNumber, status: StatusAt) {
    if verdict.integrity == Integrity::Intact {
        notices::note_look(app, subject, number.compact());
    }
    verdict.status = status;
    let offline = [Reason::StatusFromBundle, Reason::StatusNotKnown];
    verdict.reasons.retain(|reason| !offline.contains(reason));
    verdict.reasons.extend(match verdict.status.status {
        Status::Revoked => Some(Reason::ReportRevoked),
        Status::Superseded => Some(Reason::ReportSuperseded),
        Status::Disputed => Some(Reason::ReportDisputed),
        Status::Valid | Status::Unknown => None,
    });
    verdict.reasons.push(Reason::StatusFromStore);
}

/// A signature of ours over a report that the store does not have.
fn unknown_to_us(mut verdict: Verdict) -> Answer {
    verdict.status = StatusAt::unknown();
    verdict.reasons.retain(|reason| *reason != Reason::StatusFromBundle);
    verdict.reasons.push(Reason::NotInStore);
    told(verdict, None)
}

fn nothing(integrity: Integrity, reason: Reason) -> Answer {
    let verdict = Verdict::without_facts(integrity, IssuerTrust::Unknown, vec![reason]);
    told(verdict, None)
}
