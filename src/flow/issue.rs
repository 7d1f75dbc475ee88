//! A subject's request becomes a report.
//!
//! What is signed was verified as a stranger would before anybody sees it, and the code is shown to nobody before its
//! commit. Every durable step may fail: before the commit nothing was issued, after it the report is there to be fetched.

use serde::Serialize;
use serde_json::json;
use time::Date;
use uuid::Uuid;

use super::known::known;
use super::make::{Made, make};
pub use super::not_issued::Error;
use super::preview::asked_subject;
use super::record::record;
use super::renew::Earlier;
use super::wish::Wish;
use super::{Actor, App, Forbidden, Scope, moment, ring, signers};
use crate::rules::facts::Channel;
use crate::rules::{
    Asked, Digest, DomainId, Facts, Instant, ReportNumber, Scheme, SignatureLevel, Status, Subject,
    SubjectCode, VerificationCode, draw_up,
};
use crate::seal;
use crate::store::editions::{self, Edition, Wanted};
use crate::store::{self, Tx, idempotency, renewals, reports, statuses, subjects};

/// What somebody asks for.
#[derive(Clone, Debug, Serialize)]
pub struct Ask {
    /// The subject, by any of its codes.
    pub subject: String,
    /// The domains; the preset's, or all, where none are given.
    pub domains: Option<Vec<DomainId>>,
    /// A ready-made request.
    pub preset: Option<String>,
    /// First day.
    pub from: Option<Date>,
    /// Last day; today where none is given.
    pub to: Option<Date>,
    /// A ready-made length in place of the first day.
    pub span: Option<String>,
    /// What for, by id.
    pub purpose: Option<String>,
    /// Show repaired records with a mark.
    pub include_repaired: bool,
    /// `zh` or `en`; `zh` where none is given.
    pub edition: Option<String>,
    /// How it came.
    pub channel: Channel,
    /// The same key and request give the same report.
    #[serde(skip)]
    pub idempotency_key: Option<String>,
}

/// An issued report.
#[derive(Clone, Debug)]
pub struct Issued {
    /// Everything it says.
    pub facts: Facts,
    /// Its code; kept nowhere but on the PDF, so missing where a request is repeated.
    pub code: Option<VerificationCode>,
    /// What its QR says; missing with the code.
    pub qr: Option<String>,
    /// Digest of the canonical facts.
    pub facts_sha256: Digest,
    /// Digest of the PDF.
    pub pdf_sha256: Digest,
    /// The signed PDF.
    pub pdf: Vec<u8>,
    /// What its signature brings along.
    pub level: SignatureLevel,
    /// The time that its timestamp says.
    pub timestamped_at: Option<Instant>,
    /// It lacks a timestamp that it will get: a later edition of the same document.
    pub timestamp_pending: bool,
    /// It had been issued before, under the same key.
    pub repeated: bool,
}

/// How often a report is drawn up again because data came in meanwhile.
const TRIES: usize = 5;

/// Issues a report.
pub async fn issue(app: &App, actor: &Actor, ask: Ask) -> Result<Issued, Error> {
    after(app, actor, ask, None).await
}

/// Issues a report; perhaps after an earlier one, for what that one was for, and in its place where it became disputed or superseded.
pub(super) async fn after(
    app: &App,
    actor: &Actor,
    ask: Ask,
    earlier: Option<Earlier>,
) -> Result<Issued, Error> {
    if ask.idempotency_key.as_ref().is_some_and(|key| key.is_empty() || key.len() > 200) {
        return Err(Error::BadKey);
    }
    let mut tx = app.0.store.read().await?;
    let subject = asked_subject(&mut tx, actor, &ask.subject).await?;
    let words = serde_json_canonicalizer::to_vec(&ask).unwrap_or_default(); // they always serialise
    let request = seal::digest(&words);
    if let Some(before) = answered(&mut tx, actor, &ask, request, earlier.as_ref()).await? {
        return repeat(app, &mut tx, &before).await;
    }
    drop(tx);
    let wish = Wish::new(app, actor, &ask, &subject, earlier)?;
    ring::follow(app).await;
    for _ in 0..TRIES {
        match wish.fulfil(app, actor, &ask, request, &subject).await {
            Ok(Some(issued)) => return Ok(issued),
            Ok(None) | Err(Error::Store(store::Error::Conflict)) => (),
            Err(error) => return Err(error),
        }
    }
    Err(Error::Restless)
}

/// The subject that has a code, in whichever register; the one it was merged into, where it was.
pub(super) async fn find_subject(tx: &mut Tx, code: &str) -> Result<Option<Subject>, store::Error> {
    for &scheme in Scheme::ALL {
        if let Some(subject) = subjects::by_code(tx, &SubjectCode::new(scheme, code)).await? {
            return survivor(tx, subject).await.map(Some);
        }
    }
    Ok(None)
}

/// The subject that another was merged into, if it was.
pub(super) async fn survivor(tx: &mut Tx, mut subject: Subject) -> Result<Subject, store::Error> {
    let mut passed = vec![subject.id];
    while let Some(into) = subject.merged_into().filter(|into| !passed.contains(into)) {
        let Some(next) = subjects::by_id(tx, into).await? else { break };
        subject = next;
        passed.push(subject.id);
    }
    Ok(subject)
}

/// May the actor see this subject: by a code of it, or by one of a subject that was merged into it?
pub(super) async fn sees(
    tx: &mut Tx,
    actor: &Actor,
    subject: &Subject,
) -> Result<Result<(), Forbidden>, store::Error> {
    reaches(tx, actor, subject, |scope| scope.see).await
}

/// Does the actor reach this subject within a scope: by a code of it, or of any that it was merged with?
pub(super) async fn reaches(
    tx: &mut Tx,
    actor: &Actor,
    subject: &Subject,
    within: fn(&Scope) -> bool,
) -> Result<Result<(), Forbidden>, store::Error> {
    let Err(forbidden) = actor.reaches(subject, within) else { return Ok(Ok(())) };
    let into = find_subject(tx, &subject.code.value).await?.map_or(subject.id, |into| into.id);
    for code in actor.codes(within) {
        if find_subject(tx, code).await?.is_some_and(|own| own.id == into) {
            return Ok(Ok(()));
        }
    }
    Ok(Err(forbidden))
}

/// The number of the report that this key already got.
async fn answered(
    tx: &mut Tx,
    actor: &Actor,
    ask: &Ask,
    request: Digest,
    earlier: Option<&Earlier>,
) -> Result<Option<ReportNumber>, Error> {
    if let Some(replaced) = earlier.and_then(|earlier| earlier.replaced.as_ref()) {
        return Ok(renewals::find(tx, replaced).await?);
    }
    let Some(key) = &ask.idempotency_key else { return Ok(None) };
    match idempotency::find(tx, &actor.name, key).await? {
        Some(before) if before.request != request => Err(Error::KeyReused),
        Some(before) => Ok(Some(before.answer.parse()?)),
        None => Ok(None),
    }
}

/// The report that was issued before.
async fn repeat(app: &App, tx: &mut Tx, number: &ReportNumber) -> Result<Issued, Error> {
    let stored = super::reports::stored(tx, number).await?;
    let stored = stored.ok_or_else(|| store::Error::Corrupt(format!("report {number} is missing").into()))?;
    let report = &stored.report;
    let newest = editions::newest(tx, report.subject, &report.number).await?;
    Ok(Issued {
        pdf: super::reports::file(app, report, &newest).await?,
        code: None,
        qr: None,
        facts_sha256: report.facts_digest,
        pdf_sha256: newest.pdf_digest,
        level: newest.level,
        timestamped_at: newest.stamped_at,
        timestamp_pending: editions::is_wanted(tx, report.subject, &report.number).await?,
        facts: stored.facts,
        repeated: true,
    })
}

/// Facts, and the versions of records that they show.
#[derive(PartialEq)]
pub(super) struct Drawn {
    pub(super) facts: Facts,
    shown: Vec<reports::Shown>,
}

impl Wish {
    pub(super) fn asked(&self, ask: &Ask, number: ReportNumber, now: Instant) -> Asked {
        Asked {
            number,
            issued_at: now,
            as_of: now,
            domains: self.domains.clone(),
            period: self.period,
            include_repaired: ask.include_repaired,
            purpose: self.purpose.clone(),
            applicant: self.applicant.clone(),
            capacity: self.capacity,
            channel: ask.channel,
        }
    }

    pub(super) async fn draw(
        &self,
        app: &App,
        tx: &mut Tx,
        subject: &Subject,
        asked: Asked,
    ) -> Result<Drawn, Error> {
        let known = known(tx, subject.clone(), &self.domains, self.period, asked.as_of).await?;
        let facts = draw_up(&known, app.in_force(tx, asked.as_of).await?, asked)?;
        let of_record = |record: Uuid| known.versions.iter().find(|version| version.record == record);
        let shown = facts.records.iter().filter_map(|record| {
            let subject = of_record(record.id)?.subject;
            Some(reports::Shown { subject, record: record.id, version: record.version })
        });
        Ok(Drawn { shown: shown.collect(), facts })
    }

    /// Draws up, draws, signs, verifies and stores. `None` where something became known meanwhile that the report
    /// should have said.
    async fn fulfil(
        &self,
        app: &App,
        actor: &Actor,
        ask: &Ask,
        request: Digest,
        subject: &Subject,
    ) -> Result<Option<Issued>, Error> {
        let mut tx = app.0.store.read().await?;
        let now = moment::present(app, &mut tx).await??;
        let number = ReportNumber::new(&app.0.prefix, now.local_day(), app.0.chance.draw());
        let asked = self.asked(ask, number, now);
        let drawn = self.draw(app, &mut tx, subject, asked.clone()).await?;
        // Keys that come into force meanwhile make the next report: verifiers know these in any case.
        let keyring = app.0.keyring.now();
        let keys = signers::may_sign(app, &keyring, &mut tx, now).await?;
        drop(tx);

        let status_index = app.next_status_index().await?;
        let made =
            make(app, drawn.facts.clone(), self.edition, status_index, subject, &keyring, &keys).await?;
        app.0.objects.put(made.issued.pdf.clone()).await?;

        let mut tx = app.0.store.write().await?;
        // Whoever holds the journal knows that nobody is about to make something known with an earlier time.
        let entered_at = moment::hold(app, &mut tx).await??.max(now);
        signers::may_sign(app, &keyring, &mut tx, entered_at).await?;
        // Who was merged meanwhile is asked about anew: a report must not show a part of them.
        let present = find_subject(&mut tx, &ask.subject).await?.filter(|present| present.id == subject.id);
        let subject_now = present.ok_or(Error::Restless)?;
        if self.draw(app, &mut tx, &subject_now, asked).await? != drawn {
            return Ok(None);
        }
        if let Some(before) = answered(&mut tx, actor, ask, request, self.earlier.as_ref()).await? {
            return repeat(app, &mut tx, &before).await.map(Some);
        }
        self.store(app, &mut tx, actor, ask, request, subject, status_index, &made, &drawn.shown, entered_at)
            .await?;
        tx.commit().await?;
        Ok(Some(made.issued))
    }

    #[expect(
        clippy::too_many_arguments,
        reason = "one private call with everything that goes into the store"
    )]
    async fn store(
        &self,
        app: &App,
        tx: &mut Tx,
        actor: &Actor,
        ask: &Ask,
        request: Digest,
        subject: &Subject,
        status_index: u32,
        Made { issued: made, wanted }: &Made,
        shown: &[reports::Shown],
        entered_at: Instant,
    ) -> Result<(), Error> {
        let facts = &made.facts;
        let code = made.code.as_ref().map(VerificationCode::bits).unwrap_or_default();
        let report = reports::Report {
            number: facts.number.clone(),
            subject: subject.id,
            code_hash: app.0.keyring.codes.hash(&code),
            facts_digest: made.facts_sha256,
            pdf_digest: made.pdf_sha256,
            edition: self.edition.word().to_owned(),
            period: self.period,
            domains: facts.domains.iter().map(|domain| domain.id.clone()).collect(),
            as_of: facts.as_of,
            issued_at: facts.issued_at,
            issued_by: actor.name.clone(),
            status_index,
            concluded: facts.summary.found + facts.summary.none,
        };
        reports::insert(tx, &report, &facts.canonical(), shown, &facts.incomplete()).await?;
        let first = Edition {
            edition: 1,
            pdf_digest: made.pdf_sha256,
            level: made.level,
            stamped_at: made.timestamped_at,
            stored_at: entered_at,
        };
        editions::add(tx, subject.id, &facts.number, &first).await?;
        if let Some(level) = *wanted {
            let wanted =
                Wanted { subject: subject.id, number: facts.number.clone(), level, since: facts.issued_at };
            editions::want(tx, &wanted).await?;
        }
        let event = statuses::Event {
            place: 1,
            status: Status::Valid,
            since: facts.issued_at,
            reason: None,
            actor: actor.name.clone(),
        };
        statuses::add(tx, subject.id, &facts.number, &event).await?;
        if let Some(key) = &ask.idempotency_key {
            let answer = idempotency::Answered {
                client: actor.name.clone(),
                request_key: key.clone(),
                request,
                answer: facts.number.to_string(),
                created_at: facts.issued_at,
            };
            if !idempotency::keep(tx, &answer).await? {
                return Err(store::Error::Conflict.into());
            }
        }
        let replaced = self.earlier.as_ref().and_then(|earlier| earlier.replaced.as_ref());
        if let Some(replaced) = replaced {
            renewals::keep(tx, replaced, &facts.number, facts.issued_at).await?;
        }
        let details = json!({ "facts": made.facts_sha256, "pdf": made.pdf_sha256, "status_index": status_index, "level": made.level,
            "consent": actor.consent_given(), "in_place_of": replaced.map(|replaced| &replaced.number) });
        record(tx, entered_at, actor, "issue", facts.number.to_string(), details).await.map_err(Error::from)
    }
}
