//! Rejected rows that name somebody: they hold that subject's conclusion back until a good row comes or somebody closes them.

use std::collections::{BTreeSet, HashMap};

use sqlx::types::Json;
use sqlx::{FromRow, QueryBuilder};
use time::Date;
use uuid::Uuid;

use super::candidates::Wanted;
use super::columns::{count, push_list, push_numbers};
use super::links::{AWAITED_BY_REJECTIONS, Came, REJECTIONS, pairs, word};
use super::{Error, Tx, on};
use crate::rules::{
    Candidate, CreditCode, Digest, DomainId, Instant, Period, RecordKey, RecordKind, SubjectCode, normal,
};

/// Rows a statement.
const CHUNK: usize = 50;

/// A rejected row that names somebody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejection {
    /// Its id.
    pub id: Uuid,
    /// The upload it came with.
    pub upload: Uuid,
    /// Its row in that upload, from 1.
    pub row: u32,
    /// Who sent it.
    pub authority: CreditCode,
    /// The domains it may be about.
    pub domains: Vec<DomainId>,
    /// The organ that decided.
    pub organ: Option<CreditCode>,
    /// The document number in normal form.
    pub document_number: Option<String>,
    /// The kind of record.
    pub kind: Option<RecordKind>,
    /// It was to do something to a record.
    pub operates: bool,
    /// Day of the decision.
    pub decided_on: Option<Date>,
    /// The name, where no code tells for certain whom it names.
    pub name: Option<String>,
    /// The words of what is wrong.
    pub faults: Vec<String>,
    /// Digest of the row as it was sent and of how it was read: whom it names, and in which domains.
    pub sent: Digest,
    /// When it came.
    pub received_at: Instant,
    /// When it was closed.
    pub closed_at: Option<Instant>,
    /// Whom it holds back.
    pub subjects: Vec<Uuid>,
}

/// A rejected row as its row has it.
#[derive(FromRow)]
struct Row {
    id: Uuid,
    upload: Uuid,
    line: i64,
    authority: CreditCode,
    domains: Json<Vec<DomainId>>,
    organ: Option<CreditCode>,
    document_number: Option<String>,
    kind: Option<RecordKind>,
    operates: bool,
    decided_on: Option<Date>,
    name: Option<String>,
    faults: Json<Vec<String>>,
    sent: Digest,
    received_at: Instant,
    closed_at: Option<Instant>,
}

impl Row {
    fn with(self, subjects: Vec<Uuid>) -> Result<Rejection, Error> {
        Ok(Rejection {
            id: self.id,
            upload: self.upload,
            row: count(self.line)?,
            authority: self.authority,
            domains: self.domains.0,
            organ: self.organ,
            document_number: self.document_number,
            kind: self.kind,
            operates: self.operates,
            decided_on: self.decided_on,
            name: self.name,
            faults: self.faults.0,
            sent: self.sent,
            received_at: self.received_at,
            closed_at: self.closed_at,
            subjects,
        })
    }
}

/// Keeps rejected rows, unless the same row of the same authority is open already. With each come its codes that nobody here has, the
/// surest first: whoever becomes known by one of them is held back, too.
pub async fn insert(tx: &mut Tx, rejections: &[(Rejection, Vec<SubjectCode>)]) -> Result<(), Error> {
    for chunk in rejections.chunks(tx.chunk(CHUNK)) {
        let inserted: Vec<Uuid> = on!(&mut *tx, |conn| {
            let mut sql = QueryBuilder::new(
                "INSERT INTO rejection (id, upload, line, authority, domains, organ, document_number, kind, operates,
                    decided_on, code, name, normal, faults, sent, received_at) ",
            );
            sql.push_values(chunk, |mut row, (it, codes)| {
                row.push_bind(it.id).push_bind(it.upload).push_bind(i64::from(it.row));
                row.push_bind(it.authority).push_bind(Json(&it.domains)).push_bind(it.organ);
                row.push_bind(&it.document_number).push_bind(it.kind).push_bind(it.operates);
                row.push_bind(it.decided_on);
                // Programs before this know of one code only.
                row.push_bind(codes.first().map(word)).push_bind(&it.name);
                row.push_bind(it.name.as_deref().map(normal::name)).push_bind(Json(&it.faults));
                row.push_bind(it.sent).push_bind(it.received_at);
            });
            sql.push(" ON CONFLICT (authority, sent) WHERE closed_at IS NULL DO NOTHING RETURNING id");
            sql.build_query_scalar().fetch_all(conn).await?
        });
        let new = || chunk.iter().filter(|(it, _)| inserted.contains(&it.id));
        let links: Vec<(Uuid, Uuid)> =
            new().flat_map(|(it, _)| it.subjects.iter().map(|subject| (*subject, it.id))).collect();
        REJECTIONS.add(tx, &links).await?;
        let awaited: Vec<(String, Uuid)> =
            new().flat_map(|(it, codes)| codes.iter().map(|code| (word(code), it.id))).collect();
        AWAITED_BY_REJECTIONS.add(tx, &awaited).await?;
    }
    Ok(())
}

/// The rejected row under an id, closed or not.
pub async fn by_id(tx: &mut Tx, id: Uuid) -> Result<Option<Rejection>, Error> {
    const SQL: &str = "SELECT * FROM rejection WHERE id = $1";
    let row: Option<Row> = on!(&mut *tx, |conn| sqlx::query_as(SQL).bind(id).fetch_optional(conn).await?);
    let Some(row) = row else { return Ok(None) };
    let subjects = subjects(tx, id).await?;
    row.with(subjects).map(Some)
}

/// The open ones, oldest first.
pub async fn open(tx: &mut Tx, wanted: &Wanted) -> Result<Vec<Rejection>, Error> {
    let rows: Vec<Row> = on!(&mut *tx, |conn| {
        let mut sql = QueryBuilder::new("SELECT * FROM rejection WHERE closed_at IS NULL");
        if let Some(desk) = &wanted.desk {
            sql.push(" AND authority = ").push_bind(desk.authority);
        }
        if let Some(domains) = wanted.desk.as_ref().and_then(|desk| desk.domains.as_ref()) {
            // A row that may be about several domains is for whoever has all of them.
            sql.push(" AND CAST(domains AS TEXT) IN ('-'");
            for domain in domains {
                sql.push(", ").push_bind(format!("[\"{domain}\"]"));
            }
            sql.push(")");
        }
        if let Some(domain) = &wanted.domain {
            // Ids hold no quotation mark, and a list of them is written in one way.
            sql.push(" AND CAST(domains AS TEXT) LIKE ").push_bind(format!("%\"{domain}\"%"));
        }
        if let Some((at, id)) = wanted.after {
            sql.push(" AND (received_at, id) > (").push_bind(at).push(", ").push_bind(id).push(")");
        }
        sql.push(" ORDER BY received_at, id LIMIT ").push_bind(i64::from(wanted.limit));
        sql.build_query_as().fetch_all(conn).await?
    });
    let mut open = Vec::with_capacity(rows.len());
    for row in rows {
        let subjects = subjects(tx, row.id).await?;
        open.push(row.with(subjects)?);
    }
    Ok(open)
}

/// Whom a row holds back.
async fn subjects(tx: &mut Tx, id: Uuid) -> Result<Vec<Uuid>, Error> {
    const SQL: &str = "SELECT subject FROM rejection_subject WHERE rejection = $1 ORDER BY subject";
    Ok(on!(tx, |conn| sqlx::query_scalar(SQL).bind(id).fetch_all(conn).await?))
}

/// What a report asks: the rejected rows that name these subjects, in some domains and perhaps decided within a period,
/// that were open at an instant.
pub async fn as_of(
    tx: &mut Tx,
    subjects: &[Uuid],
    domains: &[DomainId],
    period: Period,
    as_of: Instant,
) -> Result<Vec<Candidate>, Error> {
    type Row = (Json<Vec<DomainId>>, Option<Date>, Instant, Option<Instant>);
    if subjects.is_empty() || domains.is_empty() {
        return Ok(Vec::new());
    }
    let rows: Vec<Row> = on!(tx, |conn| {
        let mut sql = QueryBuilder::new(
            "SELECT r.domains, r.decided_on, r.received_at, r.closed_at FROM rejection r WHERE r.id IN
                (SELECT rejection FROM rejection_subject WHERE subject IN ",
        );
        push_list(&mut sql, subjects);
        sql.push(") AND (r.decided_on IS NULL OR (r.decided_on >= ").push_bind(period.from);
        sql.push(" AND r.decided_on <= ").push_bind(period.to);
        sql.push(")) AND r.received_at <= ").push_bind(as_of);
        sql.push(" AND (r.closed_at IS NULL OR r.closed_at > ").push_bind(as_of);
        sql.push(") ORDER BY r.received_at, r.id");
        sql.build_query_as().fetch_all(conn).await?
    });
    let each = |(about, decided_on, received_at, resolved_at): Row| {
        let asked = about.0.into_iter().filter(|domain| domains.contains(domain));
        asked.map(move |domain| Candidate { domain, decided_on, received_at, resolved_at })
    };
    Ok(rows.into_iter().flat_map(each).collect())
}

/// Lets open rows hold back subjects that became known later, by their codes and names; tells how many.
pub async fn hold_back(
    tx: &mut Tx,
    codes: &[(SubjectCode, Uuid)],
    names: &[(String, Uuid)],
) -> Result<u64, Error> {
    const ANY: &str = "SELECT EXISTS (SELECT 1 FROM rejection WHERE closed_at IS NULL)";
    if !on!(&mut *tx, |conn| sqlx::query_scalar::<_, bool>(ANY).fetch_one(conn).await?) {
        return Ok(0);
    }
    let codes: Vec<(String, Uuid)> = codes.iter().map(|(code, subject)| (word(code), *subject)).collect();
    let names: Vec<(String, Uuid)> =
        names.iter().map(|(name, subject)| (normal::name(name), *subject)).collect();
    let mut held = 0;
    for chunk in codes.chunks(tx.chunk(CHUNK)) {
        let known: Vec<&str> = chunk.iter().map(|(code, _)| code.as_str()).collect();
        let found = AWAITED_BY_REJECTIONS.open(tx, &known).await?;
        held += REJECTIONS.add(tx, &pairs(chunk, &found)).await?;
    }
    for chunk in names.chunks(tx.chunk(CHUNK)) {
        // A list, not a join: a planner that knows nothing yet of a young table joins it row by row.
        let found: Vec<(String, Uuid)> = on!(&mut *tx, |conn| {
            let mut sql =
                QueryBuilder::new("SELECT normal, id FROM rejection WHERE closed_at IS NULL AND normal");
            push_list(sql.push(" IN "), chunk.iter().map(|(name, _)| name));
            sql.build_query_as().fetch_all(conn).await?
        });
        held += REJECTIONS.add(tx, &pairs(chunk, &found)).await?;
    }
    Ok(held)
}

/// Closes the rows of an authority in whose place good ones came: same organ and document number, the same kind where it is known, for a
/// subject that the row names. Tells how many.
pub async fn close_for(
    tx: &mut Tx,
    authority: CreditCode,
    came: &[Came],
    by: &str,
    at: Instant,
) -> Result<u64, Error> {
    type Open = (Uuid, Uuid, CreditCode, String, Option<RecordKind>, Json<Vec<DomainId>>, Option<Date>, bool);
    const ANY: &str = "SELECT EXISTS (SELECT 1 FROM rejection WHERE authority = $1 AND closed_at IS NULL)";
    if !on!(&mut *tx, |conn| sqlx::query_scalar::<_, bool>(ANY).bind(authority).fetch_one(conn).await?) {
        return Ok(0);
    }
    let mut closed = 0;
    for chunk in came.chunks(tx.chunk(CHUNK)) {
        let open: Vec<Open> = on!(&mut *tx, |conn| {
            let mut sql = QueryBuilder::new(
                "SELECT r.id, s.subject, r.organ, r.document_number, r.kind, r.domains, r.decided_on, r.operates
                FROM rejection r JOIN rejection_subject s ON s.rejection = r.id
                WHERE r.closed_at IS NULL AND r.authority = ",
            );
            sql.push_bind(authority);
            push_numbers(sql.push(" AND "), "r.", chunk);
            sql.build_query_as().fetch_all(conn).await?
        });
        let mut good: HashMap<(Uuid, CreditCode, &str), Vec<&Came>> = HashMap::new();
        for came in chunk {
            let RecordKey { subject, organ, document_number, .. } = &came.key;
            good.entry((*subject, *organ, document_number)).or_default().push(came);
        }
        let done = |(id, subject, organ, number, kind, domains, decided_on, operates): &Open| {
            let came = good.get(&(*subject, *organ, number.as_str()))?;
            let settles = |came: &&Came| {
                kind.is_none_or(|kind| kind == came.key.kind) && came.settles(domains, *decided_on, *operates)
            };
            came.iter().any(settles).then_some(*id)
        };
        let done: BTreeSet<Uuid> = open.iter().filter_map(done).collect();
        let done: Vec<Uuid> = done.into_iter().collect();
        for done in done.chunks(tx.chunk(CHUNK)) {
            closed += on!(&mut *tx, |conn| {
                let mut sql = QueryBuilder::new("UPDATE rejection SET closed_at = ");
                sql.push_bind(at).push(", closed_by = ").push_bind(by);
                push_list(sql.push(" WHERE closed_at IS NULL AND id IN "), done);
                sql.build().execute(conn).await?.rows_affected()
            });
        }
    }
    Ok(closed)
}

/// Closes one row: nothing is missing here because of it.
///
/// # Errors
/// [`Error::Conflict`] where somebody else closed it already, or where it does not exist.
pub async fn close(tx: &mut Tx, id: Uuid, by: &str, reason: &str, at: Instant) -> Result<(), Error> {
    const SQL: &str = "UPDATE rejection SET closed_at = $2, closed_by = $3, reason = $4
        WHERE id = $1 AND closed_at IS NULL AND received_at <= $2";
    let closed = on!(tx, |conn| sqlx::query(SQL)
        .bind(id)
        .bind(at)
        .bind(by)
        .bind(reason)
        .execute(conn)
        .await?
        .rows_affected());
    if closed == 1 { Ok(()) } else { Err(Error::Conflict) }
}
