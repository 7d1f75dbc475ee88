//! Cases about records: somebody objects to a record, asks for a repair, or tells that a decision was annulled.
//!
//! A case is opened by the subject, or by the operator on its behalf; an authority may tell of an annulment of its own. It goes
//! to the authority that made the record. What may follow what, and within which time, is told by [`crate::rules::Progress`]
//! and [`crate::rules::due`]; what a step does to the record goes through `amend` like every other change.
//!
//! Nobody learns of the cases of others: one that is not theirs is answered like one that is not there.

mod evidence;
mod open;
mod remind;
mod steps;

pub use crate::store::cases::{Case, Event};
pub use crate::store::evidence::Evidence;
pub use crate::store::reminders::Given;
pub use evidence::{
    Attached, BadEvidence, add as add_evidence, fetch as fetch_evidence, judge as judge_evidence,
};
pub use open::{Asked, Opened, open};
pub use remind::{Reminded, Reminders, remind, reminders};
pub use steps::{Taken, step};

use uuid::Uuid;

use crate::flow::{Actor, App, Forbidden, Role, Scope, SetBack, amend, correct, desk, issue};
use crate::rules::{
    Authority, CaseKind, CaseState, CaseStep, CheckedCondition, CreditCode, Desk, Instant, Met, Party,
    RepairCondition, Version, WrongStep, due,
};
use crate::store::cases::{Which, Whose};
use crate::store::{self, Page, Tx, authorities, cases, records, subjects};

/// Cases of one page of a list.
const PAGE: u32 = 50;

/// A case with everything that belongs to it.
#[derive(Clone, Debug)]
pub struct Shown {
    /// The case.
    pub case: Case,
    /// Whether the holidays that its time runs through are known; `None` where nothing is due.
    pub calendar_known: Option<bool>,
    /// The record as it stands now.
    pub record: Version,
    /// What happened, oldest first.
    pub events: Vec<Event>,
    /// The evidence.
    pub evidence: Vec<Evidence>,
    /// For a repair: its conditions, as far as the data tell.
    pub conditions: Vec<CheckedCondition>,
    /// As what the asker sees it.
    pub party: Party,
    /// The asker may do something in it, and not only look.
    pub acts: bool,
}

impl Shown {
    /// What the asker can do now.
    #[must_use]
    pub fn possible(&self) -> Vec<CaseStep> {
        let Case { progress, told_by, .. } = &self.case;
        let possible =
            |step: &CaseStep| progress.after(*step).is_ok() && step.may(self.party, *told_by).is_ok();
        let steps = CaseStep::ALL.iter().filter(|_| self.acts);
        steps.copied().filter(possible).collect()
    }
}

/// A page of cases.
#[derive(Clone, Debug)]
pub struct Listed {
    /// The cases, latest first.
    pub cases: Vec<Case>,
    /// Where the next page begins, if there may be one.
    pub next: Option<Uuid>,
}

/// What a list is to show.
#[derive(Clone, Copy, Debug, Default)]
pub struct Filter {
    /// Of this kind.
    pub kind: Option<CaseKind>,
    /// In this state.
    pub state: Option<CaseState>,
    /// Not ended, and due by this instant.
    pub due_by: Option<Instant>,
    /// Not ended, and overdue.
    pub overdue: bool,
    /// After this case.
    pub after: Option<Uuid>,
    /// So many at most.
    pub limit: Option<u32>,
    /// About this subject, and those that were merged into it.
    pub subject: Option<Uuid>,
    /// At the desk of this authority, for somebody who sits at several.
    pub authority: Option<CreditCode>,
}

/// Why nothing was done.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Not theirs to do.
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    /// No such case, or not theirs: the two are not told apart.
    #[error("there is no such case, or it is not yours to see")]
    NotFound,
    /// No such record of this subject, or not theirs: the two are not told apart.
    #[error("no record of this subject that is yours to see has this id or document number")]
    UnknownRecord,
    /// The subject is not known.
    #[error("no subject has the code {0:?}")]
    UnknownSubject(String),
    /// No record was named.
    #[error("name the record: by its id as a report shows it, or by its document number")]
    WhichRecord,
    /// Several records have the number.
    #[error("{0} records of this subject have this document number: name one by its id: {1}")]
    Several(usize, String),
    /// The case cannot be about this record.
    #[error("{} cannot be opened: {}", .0.en(), .1)]
    Pointless(CaseKind, &'static str),
    /// Nothing is stated.
    #[error("state the case in 1 to {most} characters, so that the authority can check it", most = open::STATEMENT)]
    Statement,
    /// The step is not possible.
    #[error(transparent)]
    Step(#[from] WrongStep),
    /// A condition of the repair is not met.
    #[error("the repair cannot be granted: {} / {}{}", .0.zh(), .0.en(), .1)]
    Condition(RepairCondition, String),
    /// The step lacks something that it needs.
    #[error("{0}")]
    Lacks(&'static str),
    /// The record cannot be changed so.
    #[error(transparent)]
    Amend(#[from] amend::Error),
    /// The corrected content is not acceptable.
    #[error(transparent)]
    Correct(#[from] correct::Error),
    /// The evidence is not acceptable.
    #[error(transparent)]
    Evidence(#[from] BadEvidence),
    /// The clock stands before what the journal has already seen.
    #[error(transparent)]
    Clock(#[from] SetBack),
    /// Our own trouble.
    #[error(transparent)]
    Store(#[from] store::Error),
}

/// Shows a case to those whose it is.
pub async fn show(app: &App, actor: &Actor, id: Uuid) -> Result<Shown, Error> {
    let mut tx = app.0.store.read().await?;
    let (case, part) = find(&mut tx, actor, id).await?;
    shown(app, &mut tx, case, part).await
}

/// The cases that are the actor's to see, latest first.
pub async fn list(app: &App, actor: &Actor, filter: Filter) -> Result<Listed, Error> {
    let mut tx = app.0.store.read().await?;
    let whose = match &actor.role {
        Role::Operator => Whose::All,
        Role::Regulator(_) | Role::Clerk(_) => {
            let desks = desk::seats(&mut tx, actor).await?.into_iter().map(|(desk, _)| desk);
            let meant = |desk: &Desk| filter.authority.is_none_or(|code| desk.authority == code);
            Whose::Desks(desks.filter(meant).collect())
        }
        Role::Subject(_) | Role::Person(_) | Role::Agent(_) => {
            let own = match filter.subject {
                None => reached(&mut tx, actor).await?,
                Some(id) if reaches(&mut tx, actor, id, |scope| scope.see).await? => {
                    subjects::with_merged(&mut tx, id).await?
                }
                Some(_) => Vec::new(),
            };
            Whose::Subjects(own)
        }
        _ => return Err(Forbidden::Records(actor.name.clone()).into()),
    };
    let late = filter.overdue.then(|| Instant::from_millis(app.now().millis() - 1));
    let due_by = match (filter.due_by, late) {
        (Some(by), Some(late)) => Some(by.min(late)),
        (by, late) => by.or(late),
    };
    let which = Which { kind: filter.kind, state: filter.state, due_by, before: filter.after };
    let limit = filter.limit.unwrap_or(PAGE).clamp(1, PAGE);
    let cases = cases::list(&mut tx, &whose, which, limit).await?;
    let full = u32::try_from(cases.len()).is_ok_and(|found| found == limit);
    let next = cases.last().filter(|_| full).map(|case| case.id);
    Ok(Listed { cases, next })
}

/// As what somebody takes part in a case.
#[derive(Clone, Copy, Debug)]
struct Part {
    party: Party,
    /// They may do something, and not only look.
    acts: bool,
}

/// A case and as what the actor takes part in it.
async fn find(tx: &mut Tx, actor: &Actor, id: Uuid) -> Result<(Case, Part), Error> {
    let case = cases::by_id(tx, id).await?.ok_or(Error::NotFound)?;
    let part = |party| Part { party, acts: true };
    let part = match &actor.role {
        Role::Operator => Some(part(Party::Operator)),
        Role::Regulator(_) | Role::Clerk(_) => {
            at_desk(tx, actor, &case).await?.then_some(part(Party::Authority))
        }
        Role::Subject(_) | Role::Person(_) | Role::Agent(_) => {
            let acts = reaches(tx, actor, case.subject, |scope| scope.ask).await?;
            let sees = reaches(tx, actor, case.subject, |scope| scope.see).await?;
            sees.then_some(Part { party: Party::Applicant, acts })
        }
        _ => None,
    };
    Ok((case, part.ok_or(Error::NotFound)?))
}

/// The same, for somebody who is about to do something in it.
async fn find_to_act(tx: &mut Tx, actor: &Actor, id: Uuid) -> Result<(Case, Part), Error> {
    let (case, part) = find(tx, actor, id).await?;
    if part.acts { Ok((case, part)) } else { Err(Forbidden::Subject(actor.name.clone()).into()) }
}

/// The subjects that an actor sees, and those that were merged into them.
pub(super) async fn reached(tx: &mut Tx, actor: &Actor) -> Result<Vec<Uuid>, store::Error> {
    let mut ids = Vec::new();
    for code in actor.codes(|scope| scope.see) {
        ids.extend(own_ids(tx, code).await?);
    }
    Ok(ids)
}

/// Whether a case is at a desk of the actor: the record as it stands now belongs there, too.
async fn at_desk(tx: &mut Tx, actor: &Actor, case: &Case) -> Result<bool, store::Error> {
    let Some(authority) = case.authority else { return Ok(false) };
    let Some(desk) = desk::at(tx, actor, authority).await? else { return Ok(false) };
    let moved_away = desk.domains.is_some() && !desk.covers(Some(&newest(tx, case).await?.domain));
    Ok(desk.covers(Some(&case.domain)) && !moved_away)
}

/// The cases of a desk that have not ended, the first due first, and how many there are in all.
pub async fn due_first(
    app: &App,
    actor: &Actor,
    authority: CreditCode,
    kind: Option<CaseKind>,
    page: Page,
) -> Result<(Vec<Case>, u32), Error> {
    let mut tx = app.0.store.read().await?;
    match desk::at(&mut tx, actor, authority).await? {
        Some(desk) => Ok(cases::due_first(&mut tx, &desk, kind, page).await?),
        None => Ok((Vec::new(), 0)),
    }
}

/// Whether an actor reaches a subject within a scope.
async fn reaches(
    tx: &mut Tx,
    actor: &Actor,
    subject: Uuid,
    within: fn(&Scope) -> bool,
) -> Result<bool, store::Error> {
    match subjects::by_id(tx, subject).await? {
        Some(subject) => Ok(issue::reaches(tx, actor, &subject, within).await?.is_ok()),
        None => Ok(false),
    }
}

/// The subject with one of its codes, and those that were merged into it.
async fn own_ids(tx: &mut Tx, code: &str) -> Result<Vec<Uuid>, store::Error> {
    match issue::find_subject(tx, code).await? {
        Some(subject) => subjects::with_merged(tx, subject.id).await,
        None => Ok(Vec::new()),
    }
}

/// A case with everything that belongs to it, for whoever takes this part in it.
async fn shown(app: &App, tx: &mut Tx, case: Case, part: Part) -> Result<Shown, Error> {
    let record = newest(tx, &case).await?;
    let reference = app.reference();
    let conditions = match case.progress.kind {
        CaseKind::Repair => reference.repair.check(&record, case.promises, app.now().local_day()),
        CaseKind::Objection | CaseKind::Annulment => Vec::new(),
    };
    let due = due(&reference.calendar, &case.progress, case.counted_from);
    Ok(Shown {
        events: cases::events(tx, &case).await?,
        evidence: store::evidence::of(tx, &case).await?,
        calendar_known: due.map(|due| due.calendar_known),
        record,
        conditions,
        party: part.party,
        acts: part.acts,
        case,
    })
}

/// The record that a case is about, as it stands now.
async fn newest(tx: &mut Tx, case: &Case) -> Result<Version, store::Error> {
    let missing = || store::Error::Corrupt(format!("record {} of a case is missing", case.record).into());
    Ok(records::newest(tx, case.subject, case.record).await?.ok_or_else(missing)?.version)
}

/// The authority that a record's case goes to: the one that sent it, if it still answers for it, or another that does.
async fn authority_of(tx: &mut Tx, version: &Version) -> Result<Option<CreditCode>, store::Error> {
    let mut answer: Vec<Authority> = authorities::all(tx).await?;
    answer.retain(|authority| amend::is_of(authority, version));
    let sent = answer.iter().find(|authority| authority.code == version.details.source_code);
    let decided = answer.iter().find(|authority| authority.code == version.organ);
    Ok(sent.or(decided).or(answer.first()).map(|authority| authority.code))
}

/// The first condition that is not met.
fn unmet(conditions: &[CheckedCondition]) -> Option<Error> {
    let unmet = conditions.iter().find(|it| it.met == Met::No)?;
    let from = unmet.from.map(|day| format!(" (from {day} on)")).unwrap_or_default();
    Some(Error::Condition(unmet.condition, from))
}
