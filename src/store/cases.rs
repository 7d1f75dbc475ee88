//! Cases about records – objections, repairs, annulments – with their events.

use sqlx::types::Json;
use sqlx::{FromRow, QueryBuilder};
use uuid::Uuid;

use super::columns::{count, push_desks, push_list};
use super::{Error, Page, Tx, on};
use crate::rules::{
    CaseKind, CaseState, CaseStep, CreditCode, Desk, DomainId, Due, Instant, Outcome, Party, Progress,
    Promises,
};

/// The columns of a case, as [`Row`] reads them.
const COLUMNS: &str = "c.subject, c.id, c.record, c.kind, c.authority, c.document_number, c.domain, c.told_by, \
    c.promises, c.opened_at, c.opened_by, c.marked, c.state, c.outcome, c.extended, c.place, c.counted_from, \
    c.due_at, c.remind_at, c.ended_at";

/// A case as it is now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Case {
    /// The record's subject.
    pub subject: Uuid,
    /// Its id; ids follow the time of opening.
    pub id: Uuid,
    /// The record.
    pub record: Uuid,
    /// The authority that made the record, where one answers for it.
    pub authority: Option<CreditCode>,
    /// The record's document number in normal form.
    pub document_number: String,
    /// The record's domain when the case was opened.
    pub domain: DomainId,
    /// Whose case it is: the applicant's, or the authority's that tells of an annulment.
    pub told_by: Party,
    /// What the applicant promised.
    pub promises: Promises,
    /// When it was opened.
    pub opened_at: Instant,
    /// By whom.
    pub opened_by: String,
    /// The record was marked as disputed for this case.
    pub marked: bool,
    /// How far it is.
    pub progress: Progress,
    /// The place of its last event, from 1.
    pub place: u32,
    /// The time of its present part is counted from here.
    pub counted_from: Instant,
    /// When its present part is due.
    pub due_at: Option<Instant>,
    /// When somebody is to be reminded next.
    pub remind_at: Option<Instant>,
    /// When it ended.
    pub ended_at: Option<Instant>,
}

/// Something that happened in a case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Its place in the case, from 1.
    pub place: u32,
    /// What was done; `None` where the case was opened.
    pub step: Option<CaseStep>,
    /// Where the case stood then.
    pub state: CaseState,
    /// As what somebody did it.
    pub party: Party,
    /// Who.
    pub actor: String,
    /// When.
    pub at: Instant,
    /// Why, in their words.
    pub reason: Option<String>,
}

/// Whose cases.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Whose {
    /// Those about these subjects.
    Subjects(Vec<Uuid>),
    /// Those about records of some desks.
    Desks(Vec<Desk>),
    /// All.
    All,
}

/// Which cases.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Which {
    /// Of this kind.
    pub kind: Option<CaseKind>,
    /// In this state.
    pub state: Option<CaseState>,
    /// Not ended, and due by this instant.
    pub due_by: Option<Instant>,
    /// Opened before this case.
    pub before: Option<Uuid>,
}

/// A case as its row has it.
#[derive(FromRow)]
struct Row {
    subject: Uuid,
    id: Uuid,
    record: Uuid,
    kind: CaseKind,
    authority: Option<CreditCode>,
    document_number: String,
    domain: DomainId,
    told_by: Party,
    promises: Json<Promises>,
    opened_at: Instant,
    opened_by: String,
    marked: bool,
    state: CaseState,
    outcome: Option<Outcome>,
    extended: bool,
    place: i64,
    counted_from: Instant,
    due_at: Option<Instant>,
    remind_at: Option<Instant>,
    ended_at: Option<Instant>,
}

impl TryFrom<Row> for Case {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self, Error> {
        Ok(Self {
            subject: row.subject,
            id: row.id,
            record: row.record,
            authority: row.authority,
            document_number: row.document_number,
            domain: row.domain,
            told_by: row.told_by,
            promises: row.promises.0,
            opened_at: row.opened_at,
            opened_by: row.opened_by,
            marked: row.marked,
            progress: Progress {
                kind: row.kind,
                state: row.state,
                outcome: row.outcome,
                extended: row.extended,
            },
            place: count(row.place)?,
            counted_from: row.counted_from,
            due_at: row.due_at,
            remind_at: row.remind_at,
            ended_at: row.ended_at,
        })
    }
}

impl Case {
    /// Lays down when the present part is due, with no reminder given yet.
    pub fn set_due(&mut self, due: Option<Due>) {
        self.due_at = due.map(|due| due.at);
        self.remind_at = due.and_then(|due| due.next_reminder(None));
    }
}

/// Stores a new case with its first event.
///
/// # Errors
/// [`Error::Conflict`] where one of this kind is open for the record.
pub async fn insert(tx: &mut Tx, case: &Case, opening: &Event) -> Result<(), Error> {
    const CASE: &str = "
        INSERT INTO credit_case (subject, id, record, kind, authority, document_number, domain, told_by, promises,
            opened_at, opened_by, marked, state, outcome, extended, place, counted_from, due_at, remind_at, ended_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20)";
    const KEY: &str = "INSERT INTO case_key (id, subject) VALUES ($1, $2)";
    on!(&mut *tx, |conn| sqlx::query(CASE)
        .bind(case.subject)
        .bind(case.id)
        .bind(case.record)
        .bind(case.progress.kind)
        .bind(case.authority)
        .bind(&case.document_number)
        .bind(&case.domain)
        .bind(case.told_by)
        .bind(Json(case.promises))
        .bind(case.opened_at)
        .bind(&case.opened_by)
        .bind(case.marked)
        .bind(case.progress.state)
        .bind(case.progress.outcome)
        .bind(case.progress.extended)
        .bind(i64::from(case.place))
        .bind(case.counted_from)
        .bind(case.due_at)
        .bind(case.remind_at)
        .bind(case.ended_at)
        .execute(conn)
        .await?
        .rows_affected());
    on!(&mut *tx, |conn| sqlx::query(KEY)
        .bind(case.id)
        .bind(case.subject)
        .execute(conn)
        .await?
        .rows_affected());
    add_event(tx, case, opening).await
}

/// Stores how far a case is after its next event.
///
/// # Errors
/// [`Error::Conflict`] where something else happened in the case meanwhile.
pub async fn advance(tx: &mut Tx, case: &Case, event: &Event) -> Result<(), Error> {
    const SQL: &str = "
        UPDATE credit_case SET state = $4, outcome = $5, extended = $6, place = $3, counted_from = $7, due_at = $8,
            remind_at = $9, ended_at = $10
        WHERE subject = $1 AND id = $2 AND place = $3 - 1";
    let advanced = on!(&mut *tx, |conn| sqlx::query(SQL)
        .bind(case.subject)
        .bind(case.id)
        .bind(i64::from(case.place))
        .bind(case.progress.state)
        .bind(case.progress.outcome)
        .bind(case.progress.extended)
        .bind(case.counted_from)
        .bind(case.due_at)
        .bind(case.remind_at)
        .bind(case.ended_at)
        .execute(conn)
        .await?
        .rows_affected());
    if advanced == 1 { add_event(tx, case, event).await } else { Err(Error::Conflict) }
}

async fn add_event(tx: &mut Tx, case: &Case, event: &Event) -> Result<(), Error> {
    const SQL: &str = "
        INSERT INTO case_event (subject, case_id, place, step, state, party, actor, at, reason)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    on!(tx, |conn| sqlx::query(SQL)
        .bind(case.subject)
        .bind(case.id)
        .bind(i64::from(event.place))
        .bind(event.step)
        .bind(event.state)
        .bind(event.party)
        .bind(&event.actor)
        .bind(event.at)
        .bind(&event.reason)
        .execute(conn)
        .await?
        .rows_affected());
    Ok(())
}

/// The case with an id.
pub async fn by_id(tx: &mut Tx, id: Uuid) -> Result<Option<Case>, Error> {
    let row: Option<Row> = on!(tx, |conn| {
        let mut sql = QueryBuilder::new("SELECT ");
        sql.push(COLUMNS).push(
            " FROM case_key k JOIN credit_case c ON c.subject = k.subject AND c.id = k.id WHERE k.id = ",
        );
        sql.push_bind(id);
        sql.build_query_as().fetch_optional(conn).await?
    });
    row.map(Case::try_from).transpose()
}

/// The case of a kind that is open for a record.
pub async fn open_on(
    tx: &mut Tx,
    subject: Uuid,
    record: Uuid,
    kind: CaseKind,
) -> Result<Option<Case>, Error> {
    let row: Option<Row> = on!(tx, |conn| {
        let mut sql = QueryBuilder::new("SELECT ");
        sql.push(COLUMNS).push(" FROM credit_case c WHERE c.subject = ").push_bind(subject);
        sql.push(" AND c.record = ").push_bind(record).push(" AND c.kind = ").push_bind(kind);
        sql.push(" AND c.ended_at IS NULL");
        sql.build_query_as().fetch_optional(conn).await?
    });
    row.map(Case::try_from).transpose()
}

/// Cases, latest first.
pub async fn list(tx: &mut Tx, whose: &Whose, which: Which, limit: u32) -> Result<Vec<Case>, Error> {
    let rows: Vec<Row> = on!(tx, |conn| {
        let mut sql = QueryBuilder::new("SELECT ");
        sql.push(COLUMNS).push(match whose {
            // The table of keys has them in the order of their ids.
            Whose::All => {
                " FROM case_key k JOIN credit_case c ON c.subject = k.subject AND c.id = k.id WHERE "
            }
            Whose::Subjects(_) | Whose::Desks(_) => " FROM credit_case c WHERE ",
        });
        match whose {
            Whose::Subjects(subjects) if subjects.is_empty() => return Ok(Vec::new()),
            Whose::Subjects(subjects) => {
                sql.push("c.subject IN ");
                push_list(&mut sql, subjects);
            }
            Whose::Desks(desks) => push_desks(&mut sql, desks, "c."),
            Whose::All => {
                sql.push("1 = 1");
            }
        }
        if let Some(kind) = which.kind {
            sql.push(" AND c.kind = ").push_bind(kind);
        }
        if let Some(state) = which.state {
            sql.push(" AND c.state = ").push_bind(state);
        }
        if let Some(due_by) = which.due_by {
            sql.push(" AND c.ended_at IS NULL AND c.due_at <= ").push_bind(due_by);
        }
        let id = if *whose == Whose::All { "k.id" } else { "c.id" };
        if let Some(before) = which.before {
            sql.push(" AND ").push(id).push(" < ").push_bind(before);
        }
        sql.push(" ORDER BY ").push(id).push(" DESC LIMIT ").push_bind(i64::from(limit));
        sql.build_query_as().fetch_all(conn).await?
    });
    rows.into_iter().map(Case::try_from).collect()
}

/// The cases of a desk that have not ended, the first due first, and how many there are in all.
pub async fn due_first(
    tx: &mut Tx,
    desk: &Desk,
    kind: Option<CaseKind>,
    page: Page,
) -> Result<(Vec<Case>, u32), Error> {
    macro_rules! chosen {
        ($what:expr) => {{
            let mut sql = QueryBuilder::new("SELECT ");
            sql.push($what).push(" FROM credit_case c WHERE c.ended_at IS NULL AND ");
            push_desks(&mut sql, std::slice::from_ref(desk), "c.");
            if let Some(kind) = kind {
                sql.push(" AND c.kind = ").push_bind(kind);
            }
            sql
        }};
    }
    let total: i64 = on!(&mut *tx, |conn| chosen!("count(*)").build_query_scalar().fetch_one(conn).await?);
    let rows: Vec<Row> = on!(tx, |conn| {
        let mut sql = chosen!(COLUMNS);
        sql.push(" ORDER BY CASE WHEN c.due_at IS NULL THEN 1 ELSE 0 END, c.due_at, c.id LIMIT ");
        sql.push_bind(i64::from(page.limit)).push(" OFFSET ").push_bind(i64::from(page.offset));
        sql.build_query_as().fetch_all(conn).await?
    });
    Ok((rows.into_iter().map(Case::try_from).collect::<Result<_, _>>()?, count(total)?))
}

/// Cases of which somebody is to be reminded by an instant, the longest due first.
pub async fn to_remind(tx: &mut Tx, by: Instant, limit: u32) -> Result<Vec<Case>, Error> {
    let rows: Vec<Row> = on!(tx, |conn| {
        let mut sql = QueryBuilder::new("SELECT ");
        sql.push(COLUMNS).push(" FROM credit_case c WHERE c.remind_at <= ").push_bind(by);
        sql.push(" ORDER BY c.remind_at, c.id LIMIT ").push_bind(i64::from(limit));
        sql.build_query_as().fetch_all(conn).await?
    });
    rows.into_iter().map(Case::try_from).collect()
}

/// An event as its row has it.
type EventRow = (i64, Option<CaseStep>, CaseState, Party, String, Instant, Option<String>);

/// The events of a case, oldest first.
pub async fn events(tx: &mut Tx, case: &Case) -> Result<Vec<Event>, Error> {
    const SQL: &str = "SELECT place, step, state, party, actor, at, reason FROM case_event
        WHERE subject = $1 AND case_id = $2 ORDER BY place";
    let rows: Vec<EventRow> =
        on!(tx, |conn| sqlx::query_as(SQL).bind(case.subject).bind(case.id).fetch_all(conn).await?);
    let event = |(place, step, state, party, actor, at, reason): EventRow| {
        Ok(Event { place: count(place)?, step, state, party, actor, at, reason })
    };
    rows.into_iter().map(event).collect()
}
