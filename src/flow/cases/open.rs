//! A case is opened.

use serde_json::json;
use uuid::Uuid;

use super::{Error, Part, Shown, authority_of, own_ids, reaches, shown};
use crate::flow::record::record as journal;
use crate::flow::{Actor, App, Forbidden, Role, amend, desk, moment, notices};
use crate::rules::{Act, CaseKind, CaseState, Change, Party, Progress, Promises, Version, due, normal};
use crate::store::cases::{Case, Event};
use crate::store::{Tx, cases, records};

/// The longest statement, in characters: two full pages.
pub(super) const STATEMENT: usize = 2000;

/// What somebody asks for.
#[derive(Clone, Debug)]
pub struct Asked {
    /// What the case is about.
    pub kind: CaseKind,
    /// The subject, by any of its codes; one's own where it is missing.
    pub subject: Option<String>,
    /// The record, as a report shows its id.
    pub record: Option<Uuid>,
    /// The record, by its document number.
    pub document_number: Option<String>,
    /// What is the case, in the applicant's words.
    pub statement: String,
    /// What the applicant promises, for a repair.
    pub promises: Promises,
}

/// A case that is open now.
#[derive(Clone, Debug)]
pub struct Opened {
    /// The case.
    pub case: Shown,
    /// It had been opened before.
    pub repeated: bool,
}

/// Opens a case. One that is open already for the same record and kind is given back.
pub async fn open(app: &App, actor: &Actor, asked: &Asked) -> Result<Opened, Error> {
    let statement = normal::free_text(&asked.statement);
    if statement.is_empty() || statement.chars().count() > STATEMENT {
        return Err(Error::Statement);
    }
    let mut tx = app.0.store.write().await?;
    let now = moment::hold(app, &mut tx).await??;
    let ids = subjects_of(&mut tx, actor, asked).await?;
    let version = named(&mut tx, actor, &ids, asked).await?;
    let party = party(&mut tx, actor, asked.kind, &version).await?;
    let part = Part { party, acts: true };
    if let Some(case) = cases::open_on(&mut tx, version.subject, version.record, asked.kind).await? {
        return Ok(Opened { case: shown(app, &mut tx, case, part).await?, repeated: true });
    }
    if let Some(why) = pointless(asked.kind, &version) {
        return Err(Error::Pointless(asked.kind, why));
    }
    let progress = Progress::begun(asked.kind);
    let marked = asked.kind == CaseKind::Objection && !version.standing.disputed;
    let mut case = Case {
        subject: version.subject,
        id: app.mint(),
        record: version.record,
        authority: authority_of(&mut tx, &version).await?,
        document_number: version.document_number.clone(),
        domain: version.domain.clone(),
        told_by: if party == Party::Authority { party } else { Party::Applicant },
        promises: asked.promises,
        opened_at: now,
        opened_by: actor.name.clone(),
        marked,
        progress,
        place: 1,
        counted_from: now,
        due_at: None,
        remind_at: None,
        ended_at: None,
    };
    case.set_due(due(&app.reference().calendar, &progress, now));
    let opening = Event {
        place: 1,
        step: None,
        state: CaseState::Submitted,
        party,
        actor: actor.name.clone(),
        at: now,
        reason: Some(statement),
    };
    cases::insert(&mut tx, &case, &opening).await?;
    if marked {
        let change = Change::new(Act::OpenObjection { on: None }, None);
        amend::apply(&mut tx, app, actor, case.subject, case.record, &change, now).await?;
    }
    if party != Party::Authority {
        notices::opened(app, &mut tx, &case, now).await?;
    }
    // What the applicant states may hold personal data, and the journal forgets nothing.
    let details = json!({ "kind": asked.kind, "record": case.record, "authority": case.authority,
        "promises": asked.promises, "party": party, "due_at": case.due_at });
    journal(&mut tx, now, actor, "open-case", case.id.to_string(), details).await?;
    let shown = shown(app, &mut tx, case, part).await?;
    tx.commit().await?;
    Ok(Opened { case: shown, repeated: false })
}

/// The subjects whose records the case may be about.
async fn subjects_of(tx: &mut Tx, actor: &Actor, asked: &Asked) -> Result<Vec<Uuid>, Error> {
    let code = match (&actor.role, &asked.subject) {
        (Role::Subject(own) | Role::Person(own), None) => own,
        (_, Some(code)) => code,
        (_, None) => return Err(Error::Lacks("name the subject, by one of its codes")),
    };
    let ids = own_ids(tx, code).await?;
    match &actor.role {
        Role::Subject(_) | Role::Person(_) | Role::Agent(_) => {
            // Whether others exist is nobody else's business.
            let Some(subject) = ids.first() else { return Err(Error::UnknownRecord) };
            let own = reaches(tx, actor, *subject, |scope| scope.ask).await?;
            if own { Ok(ids) } else { Err(Error::UnknownRecord) }
        }
        Role::Operator if ids.is_empty() => Err(Error::UnknownSubject(code.chars().take(40).collect())),
        Role::Operator | Role::Regulator(_) | Role::Clerk(_) => Ok(ids),
        _ => Err(Forbidden::Records(actor.name.clone()).into()),
    }
}

/// The newest version of the record that was named. Where a document number names several, an authority is told of its own only.
async fn named(tx: &mut Tx, actor: &Actor, ids: &[Uuid], asked: &Asked) -> Result<Version, Error> {
    if let Some(record) = asked.record {
        for id in ids {
            if let Some(kept) = records::newest(tx, *id, record).await? {
                return Ok(kept.version);
            }
        }
        return Err(Error::UnknownRecord);
    }
    let number = asked.document_number.as_deref().map(normal::document_number).unwrap_or_default();
    if number.is_empty() {
        return Err(Error::WhichRecord);
    }
    let mut found = Vec::new();
    for version in records::by_document_number(tx, ids, &number).await? {
        if !matches!(actor.role, Role::Regulator(_) | Role::Clerk(_)) || goes_to(tx, actor, &version).await? {
            found.push(version);
        }
    }
    match (found.pop(), &found[..]) {
        (None, _) => Err(Error::UnknownRecord),
        (Some(version), []) => Ok(version),
        (Some(last), others) => {
            let all = others.iter().chain(std::iter::once(&last));
            let names: Vec<String> =
                all.map(|it| format!("{} ({})", it.record, it.details.organ_name)).collect();
            Err(Error::Several(names.len(), names.join(", ")))
        }
    }
}

/// Whether a case about a record would go to a desk of the actor's.
async fn goes_to(tx: &mut Tx, actor: &Actor, version: &Version) -> Result<bool, Error> {
    let to = authority_of(tx, version).await?;
    let mut seats = desk::seats(tx, actor).await?.into_iter();
    Ok(seats.any(|(desk, own)| Some(desk.authority) == to && amend::is_of(&own, version)))
}

/// As what the actor opens it: an authority only tells of annulments, of records of its own.
async fn party(tx: &mut Tx, actor: &Actor, kind: CaseKind, version: &Version) -> Result<Party, Error> {
    match actor.role {
        Role::Operator => Ok(Party::Operator),
        Role::Subject(_) | Role::Person(_) | Role::Agent(_) => Ok(Party::Applicant),
        Role::Regulator(_) | Role::Clerk(_) => {
            let goes_there = goes_to(tx, actor, version).await?;
            match kind {
                _ if !goes_there => Err(Error::UnknownRecord),
                CaseKind::Annulment => Ok(Party::Authority),
                CaseKind::Objection | CaseKind::Repair => Err(Error::Lacks(
                    "an authority tells of annulments only: the subject objects and asks for repairs",
                )),
            }
        }
        _ => Err(Forbidden::Records(actor.name.clone()).into()),
    }
}

/// Why such a case would come to nothing.
fn pointless(kind: CaseKind, version: &Version) -> Option<&'static str> {
    let standing = &version.standing;
    if standing.withdrawn {
        Some("the authority has withdrawn the record, and no report shows it / 记录已由数源单位撤回")
    } else if standing.annulled.is_some() {
        Some("the decision is annulled, and no report shows it / 决定已被撤销")
    } else if kind == CaseKind::Repair && standing.repaired.is_some() {
        Some("the record is repaired already / 记录已修复")
    } else {
        None
    }
}
