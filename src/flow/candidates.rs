//! Somebody says whose a row is that was kept aside, or that a rejected row hides nothing.

use serde_json::json;
use time::Date;
use uuid::Uuid;

use super::follow::{self, Changed};
use super::issue::find_subject;
use super::plan::Sender;
use super::record::record;
use super::records::Place;
use super::step::{self, Said, Step};
use super::{Actor, App, Forbidden, Role, SetBack, desk, moment, notices};
use crate::ingest::{Fault, FaultCode, fault_in_short};
use crate::rules::words::words;
use crate::rules::{CreditCode, Details, DomainId, Instant, RecordKey, RecordKind, Scheme, Subject, normal};
use crate::store::candidates::{KeptAside, Wanted};
use crate::store::rejections::Rejection;
use crate::store::{self, Brought, Came, Tx, authorities, candidates, records, rejections, subjects};

words! {
    /// Why a row holds somebody back.
    Cause {
        /// It names an organisation by its name alone.
        NameOnly = "name-only",
        /// Its codes lead to no one subject.
        CodesInDoubt = "codes-in-doubt",
        /// It was rejected.
        Rejected = "rejected",
    }
}

/// A row that holds somebody back. What cannot be read is missing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Open {
    /// Its id.
    pub id: Uuid,
    /// Why it is here.
    pub cause: Cause,
    /// Who sent it.
    pub authority: CreditCode,
    /// The domains it may be about.
    pub domains: Vec<DomainId>,
    /// The kind of record.
    pub kind: Option<RecordKind>,
    /// The organ that decided.
    pub organ: Option<CreditCode>,
    /// The document number.
    pub document_number: Option<String>,
    /// The day of the decision.
    pub decided_on: Option<Date>,
    /// The name as sent, where no code tells for certain whom it names.
    pub name: Option<String>,
    /// The words of what is wrong with it; [`Open::wrong`] says them in sentences.
    pub faults: Vec<String>,
    /// The upload it came with.
    pub upload: Uuid,
    /// Its row there.
    pub row: u32,
    /// When it came.
    pub received_at: Instant,
    /// What it says, where it can be read.
    pub says: Option<Says>,
    /// The codes that it gives, as they may be shown; those of a rejected row are not kept.
    pub codes: Vec<(Scheme, String)>,
    /// Whom it may be about, and so holds back.
    pub possible: Vec<Possible>,
}

/// What a row says, by which somebody who knows the case tells whose it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Says {
    /// The kind of violation.
    pub violation: String,
    /// What happened.
    pub facts: String,
    /// The penalty in words.
    pub content: String,
}

impl Open {
    /// What is wrong with it, in Chinese and in English.
    pub fn wrong(&self) -> impl Iterator<Item = [String; 2]> {
        self.faults.iter().map(|code| fault_in_short(code))
    }
}

/// Whom a row may be about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Possible {
    /// The code.
    pub code: String,
    /// The name.
    pub name: String,
    /// What matches: `code`, `name` or `former-name`.
    pub matches: &'static str,
}

/// A part of the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// The rows, oldest first.
    pub rows: Vec<Open>,
    /// Where the next part begins.
    pub next: Option<Place>,
}

/// A row that was resolved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resolved {
    /// The row.
    pub id: Uuid,
    /// The record that it became or was said of; none where it is nobody's.
    pub record: Option<Uuid>,
    /// Since when.
    pub at: Instant,
}

/// Why it was not.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Not theirs to ask.
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    /// No such row, or not theirs: the two are not told apart.
    #[error("there is no row {0} kept aside, or it is not yours")]
    Unknown(Uuid),
    /// Somebody was faster.
    #[error("row {0} was resolved at {1}")]
    Already(Uuid, Instant),
    /// The code is nobody's here.
    #[error("no subject has the code {0}")]
    UnknownSubject(String),
    /// A rejected row becomes no record.
    #[error("a rejected row becomes no record: send it again in good order, or dismiss it with `nobody`")]
    Rejected,
    /// It contradicts what is stored.
    #[error("{} / {}", .0.zh(), .0.en())]
    Refused(Box<Fault>),
    /// The journal keeps the reason.
    #[error("give a reason of 1 to 500 characters: it is kept in the journal")]
    Reason,
    /// The clock stands before what the journal has already seen.
    #[error(transparent)]
    Clock(#[from] SetBack),
    /// Our own trouble.
    #[error(transparent)]
    Store(#[from] store::Error),
}

/// Rows of a page at most.
const LONGEST: u32 = 200;

/// Lists the rows that nobody has resolved: of the actor's own authority, or for the operator of any.
pub async fn open(
    app: &App,
    actor: &Actor,
    authority: Option<CreditCode>,
    domain: Option<DomainId>,
    after: Option<Place>,
    limit: Option<u32>,
) -> Result<Page, Error> {
    let asked = actor.may_ask_at_desk(authority)?;
    let mut tx = app.0.store.read().await?;
    let desk = match asked {
        Some(asked) => Some(desk::seat(&mut tx, asked.clone()).await?.map_or(asked, |(desk, _)| desk)),
        None => None,
    };
    let limit = limit.unwrap_or(50).clamp(1, LONGEST);
    let wanted = Wanted { desk, domain, after: after.map(|it| (it.0, it.1)), limit: limit + 1 };
    let mut rows = Vec::new();
    for aside in candidates::open(&mut tx, &wanted).await? {
        rows.push(of_aside(&mut tx, aside).await?);
    }
    for rejection in rejections::open(&mut tx, &wanted).await? {
        rows.push(of_rejection(&mut tx, rejection).await?);
    }
    rows.sort_by_key(|row| (row.received_at, row.id));
    let more = rows.len() > limit as usize;
    rows.truncate(limit as usize);
    let next = rows.last().filter(|_| more).map(|row| Place(row.received_at, row.id));
    Ok(Page { rows, next })
}

/// Says whose a row is: by a code, or `nobody`.
pub async fn resolve(app: &App, actor: &Actor, id: Uuid, to: &str, reason: &str) -> Result<Resolved, Error> {
    let reason = normal::free_text(reason);
    if reason.is_empty() || reason.chars().count() > 500 {
        return Err(Error::Reason);
    }
    let mut tx = app.0.store.write().await?;
    let now = moment::hold(app, &mut tx).await??;
    let nobody = normal::code(to) == "NOBODY";
    let (aside, row) = own(&mut tx, actor, id).await?;
    let mut about = None;
    if let Some(aside) = aside {
        if let Some(at) = aside.resolved_at {
            return Err(Error::Already(id, at));
        }
        let mut subject = None;
        if !nobody {
            let found = find_subject(&mut tx, to).await?;
            let found = found.ok_or_else(|| Error::UnknownSubject(to.chars().take(40).collect()))?;
            about = Some(becomes(&mut tx, app, actor, &aside, found.id, &reason, now).await?);
            subject = Some(found.id);
        }
        candidates::resolve(&mut tx, id, subject, &actor.name, &reason, now).await?;
    } else if let Some(row) = row {
        if let Some(at) = row.closed_at {
            return Err(Error::Already(id, at));
        }
        if !nobody {
            return Err(Error::Rejected);
        }
        rejections::close(&mut tx, id, &actor.name, &reason, now).await?;
    } else {
        return Err(Error::Unknown(id));
    }
    let details = json!({ "nobody": nobody, "record": about, "reason": reason });
    record(&mut tx, now, actor, "resolve", id.to_string(), details).await?;
    tx.commit().await?;
    Ok(Resolved { id, record: about, at: now })
}

/// A row that nobody has resolved, for whoever may list it.
pub async fn show(app: &App, actor: &Actor, id: Uuid) -> Result<Open, Error> {
    if actor.role != Role::Operator && actor.desks().is_empty() {
        return Err(Forbidden::Records(actor.name.clone()).into());
    }
    let mut tx = app.0.store.read().await?;
    match own(&mut tx, actor, id).await? {
        (Some(aside), _) => match aside.resolved_at {
            Some(at) => Err(Error::Already(id, at)),
            None => Ok(of_aside(&mut tx, aside).await?),
        },
        (None, Some(row)) => match row.closed_at {
            Some(at) => Err(Error::Already(id, at)),
            None => Ok(of_rejection(&mut tx, row).await?),
        },
        (None, None) => Err(Error::Unknown(id)),
    }
}

/// The row under an id, kept aside or rejected, if it is the actor's.
async fn own(
    tx: &mut Tx,
    actor: &Actor,
    id: Uuid,
) -> Result<(Option<KeptAside>, Option<Rejection>), store::Error> {
    let (aside, row) = (candidates::by_id(tx, id).await?, rejections::by_id(tx, id).await?);
    if actor.role == Role::Operator {
        return Ok((aside, row));
    }
    let seats = desk::seats(tx, actor).await?;
    let mine = |authority: CreditCode, domains: &[DomainId]| {
        let at = seats.iter().find(|(desk, _)| desk.authority == authority);
        at.is_some_and(|(desk, _)| desk.covers_all(domains))
    };
    let aside = aside.filter(|aside| mine(aside.authority, std::slice::from_ref(&aside.domain)));
    Ok((aside, row.filter(|row| mine(row.authority, &row.domains))))
}

/// The row becomes a version of a record of this subject, as if it had come with the subject's code.
async fn becomes(
    tx: &mut Tx,
    app: &App,
    actor: &Actor,
    aside: &KeptAside,
    subject: Uuid,
    reason: &str,
    now: Instant,
) -> Result<Uuid, Error> {
    let mut authority = authorities::by_code(tx, aside.authority).await?.ok_or(Error::Unknown(aside.id))?;
    if let Some(desk) = desk::at(tx, actor, aside.authority).await? {
        authority = desk.narrow(authority);
    }
    let from = Sender { app, authority: &authority, upload: aside.upload, now };
    let key = RecordKey {
        subject,
        organ: aside.organ,
        document_number: aside.document_number.clone(),
        kind: aside.kind,
    };
    let said = Said {
        domain: &aside.domain,
        details: &aside.details,
        content: aside.content,
        operation: None,
        reason: Some(reason),
        row: aside.row,
    };
    let before = records::newest_by_keys(tx, std::slice::from_ref(&key)).await?.remove(&key);
    match step::settle(from, &key, before.as_ref().map(Into::into), &said) {
        Step::Repeated => before.map(|kept| kept.version.record).ok_or(Error::Unknown(aside.id)),
        Step::Refused(code) => Err(refused(aside, code)),
        Step::Next(new) => {
            records::insert_versions(tx, std::slice::from_ref(&*new)).await?;
            notices::records(app, tx, std::slice::from_ref(&*new), now).await?;
            if before.is_some() {
                follow::follow(app, tx, actor, &[Changed::from(&new.version)], now).await?;
            }
            let came = Came { key, brought: Brought::Content };
            rejections::close_for(tx, aside.authority, &[came], &actor.name, now).await?;
            Ok(new.version.record)
        }
    }
}

fn refused(aside: &KeptAside, code: FaultCode) -> Error {
    Error::Refused(Box::new(Fault::of_row(aside.row, code, "")))
}

async fn of_aside(tx: &mut Tx, aside: KeptAside) -> Result<Open, store::Error> {
    let name = aside.details.subject_name.clone();
    let Details { violation, facts, content, .. } = aside.details.clone();
    Ok(Open {
        id: aside.id,
        cause: if aside.codes.is_empty() { Cause::NameOnly } else { Cause::CodesInDoubt },
        authority: aside.authority,
        domains: vec![aside.domain],
        kind: Some(aside.kind),
        organ: Some(aside.organ),
        document_number: Some(aside.details.document_number),
        decided_on: Some(aside.details.decided_on),
        faults: Vec::new(),
        upload: aside.upload,
        row: aside.row,
        received_at: aside.received_at,
        says: Some(Says { violation, facts, content }),
        codes: aside.codes.iter().map(|code| (code.scheme, code.shown())).collect(),
        possible: possible(tx, &aside.possible, Some(&name)).await?,
        name: Some(name),
    })
}

async fn of_rejection(tx: &mut Tx, row: Rejection) -> Result<Open, store::Error> {
    Ok(Open {
        id: row.id,
        cause: Cause::Rejected,
        authority: row.authority,
        domains: row.domains,
        kind: row.kind,
        organ: row.organ,
        document_number: row.document_number,
        decided_on: row.decided_on,
        faults: row.faults,
        upload: row.upload,
        row: row.row,
        received_at: row.received_at,
        says: None,
        codes: Vec::new(),
        possible: possible(tx, &row.subjects, row.name.as_deref()).await?,
        name: row.name,
    })
}

/// The subjects of some ids, and what of them matches a name; without one it was a code.
async fn possible(tx: &mut Tx, ids: &[Uuid], name: Option<&str>) -> Result<Vec<Possible>, store::Error> {
    let mut possible = Vec::with_capacity(ids.len());
    for id in ids {
        let Some(subject) = subjects::by_id(tx, *id).await? else { continue };
        let matches = name.map_or("code", |name| matching(&subject, name));
        possible.push(Possible { code: subject.code.shown(), name: subject.shown_name(), matches });
    }
    Ok(possible)
}

fn matching(subject: &Subject, name: &str) -> &'static str {
    let name = normal::name(name);
    let same = || subject.names.iter().filter(|it| normal::name(&it.name) == name);
    match (same().next(), same().any(|it| it.to.is_none())) {
        (None, _) => "code",
        (Some(_), true) => "name",
        (Some(_), false) => "former-name",
    }
}
