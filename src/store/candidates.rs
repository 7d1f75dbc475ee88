//! Rows that name nobody for certain, kept aside until somebody says whose they are.

use std::collections::{HashMap, HashSet};

use sqlx::types::Json;
use sqlx::{FromRow, QueryBuilder};
use time::Date;
use uuid::Uuid;

use super::columns::{count, push_desks, push_list, push_numbers};
use super::links::{AWAITED_BY_CANDIDATES, CANDIDATES, Came, pairs, word};
use super::{Error, Tx, on};
use crate::rules::{
    Candidate, CreditCode, Desk, Details, Digest, DomainId, Instant, Period, RecordKey, RecordKind,
    SubjectCode, normal,
};

/// Rows a statement.
const CHUNK: usize = 100;

/// A row kept aside, whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptAside {
    /// Its id.
    pub id: Uuid,
    /// The upload it came with.
    pub upload: Uuid,
    /// Its row in that upload, from 1.
    pub row: u32,
    /// Who sent it.
    pub authority: CreditCode,
    /// The kind of record it would be.
    pub kind: RecordKind,
    /// The organ that decided.
    pub organ: CreditCode,
    /// The document number in normal form.
    pub document_number: String,
    /// The domain.
    pub domain: DomainId,
    /// The digest of its content.
    pub content: Digest,
    /// What it says; the name as sent is in it.
    pub details: Details,
    /// Its codes, which lead to no one subject; none where it names somebody by name alone.
    pub codes: Vec<SubjectCode>,
    /// When it came.
    pub received_at: Instant,
    /// When it was resolved.
    pub resolved_at: Option<Instant>,
    /// The subjects it may belong to.
    pub possible: Vec<Uuid>,
}

/// Which rows kept aside are asked for, oldest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// Of this desk.
    pub desk: Option<Desk>,
    /// Of this domain.
    pub domain: Option<DomainId>,
    /// After this one.
    pub after: Option<(Instant, Uuid)>,
    /// So many at most.
    pub limit: u32,
}

impl Wanted {
    /// The first ones of everybody.
    #[must_use]
    pub fn all(limit: u32) -> Self {
        Self { desk: None, domain: None, after: None, limit }
    }
}

/// A row kept aside as its row has it; whom it may belong to is in another table.
#[derive(FromRow)]
struct Row {
    id: Uuid,
    upload: Uuid,
    line: i64,
    authority: CreditCode,
    kind: RecordKind,
    organ: CreditCode,
    document_number: String,
    domain: DomainId,
    content: Digest,
    details: Json<Details>,
    codes: Json<Vec<SubjectCode>>,
    received_at: Instant,
    resolved_at: Option<Instant>,
}

impl Row {
    fn with(self, possible: Vec<Uuid>) -> Result<KeptAside, Error> {
        Ok(KeptAside {
            id: self.id,
            upload: self.upload,
            row: count(self.line)?,
            authority: self.authority,
            kind: self.kind,
            organ: self.organ,
            document_number: self.document_number,
            domain: self.domain,
            content: self.content,
            details: self.details.0,
            codes: self.codes.0,
            received_at: self.received_at,
            resolved_at: self.resolved_at,
            possible,
        })
    }
}

/// Keeps a row aside, unless the same one (organ, document number, kind, name, content) is open already.
///
/// It waits under some codes: whoever becomes known by one of them may be meant, too. Tells whether it was new.
pub async fn insert(tx: &mut Tx, aside: &KeptAside, awaits: &[SubjectCode]) -> Result<bool, Error> {
    const SQL: &str = "
        INSERT INTO candidate (id, upload, line, authority, kind, organ, document_number, domain, decided_on,
            name, normal, content, details, received_at, codes)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
        ON CONFLICT (organ, document_number, kind, normal, content) WHERE resolved_at IS NULL DO NOTHING";
    let inserted = on!(&mut *tx, |conn| sqlx::query(SQL)
        .bind(aside.id)
        .bind(aside.upload)
        .bind(i64::from(aside.row))
        .bind(aside.authority)
        .bind(aside.kind)
        .bind(aside.organ)
        .bind(&aside.document_number)
        .bind(&aside.domain)
        .bind(aside.details.decided_on)
        .bind(&aside.details.subject_name)
        .bind(normal::name(&aside.details.subject_name))
        .bind(aside.content)
        .bind(Json(&aside.details))
        .bind(aside.received_at)
        .bind(Json(&aside.codes))
        .execute(conn)
        .await?
        .rows_affected());
    if inserted == 0 {
        return Ok(false);
    }
    let links: Vec<(Uuid, Uuid)> = aside.possible.iter().map(|subject| (*subject, aside.id)).collect();
    CANDIDATES.add(tx, &links).await?;
    let awaited: Vec<(String, Uuid)> = awaits.iter().map(|code| (word(code), aside.id)).collect();
    AWAITED_BY_CANDIDATES.add(tx, &awaited).await?;
    Ok(true)
}

/// The row kept aside under an id, resolved or not.
pub async fn by_id(tx: &mut Tx, id: Uuid) -> Result<Option<KeptAside>, Error> {
    const SQL: &str = "SELECT * FROM candidate WHERE id = $1";
    let row: Option<Row> = on!(&mut *tx, |conn| sqlx::query_as(SQL).bind(id).fetch_optional(conn).await?);
    let Some(row) = row else { return Ok(None) };
    let possible = possible(tx, id).await?;
    row.with(possible).map(Some)
}

/// The rows that nobody has resolved, oldest first.
pub async fn open(tx: &mut Tx, wanted: &Wanted) -> Result<Vec<KeptAside>, Error> {
    let rows: Vec<Row> = on!(&mut *tx, |conn| {
        let mut sql = QueryBuilder::new("SELECT * FROM candidate WHERE resolved_at IS NULL");
        if let Some(desk) = &wanted.desk {
            push_desks(sql.push(" AND "), std::slice::from_ref(desk), "");
        }
        if let Some(domain) = &wanted.domain {
            sql.push(" AND domain = ").push_bind(domain);
        }
        if let Some((at, id)) = wanted.after {
            sql.push(" AND (received_at, id) > (").push_bind(at).push(", ").push_bind(id).push(")");
        }
        sql.push(" ORDER BY received_at, id LIMIT ").push_bind(i64::from(wanted.limit));
        sql.build_query_as().fetch_all(conn).await?
    });
    let mut open = Vec::with_capacity(rows.len());
    for row in rows {
        let possible = possible(tx, row.id).await?;
        open.push(row.with(possible)?);
    }
    Ok(open)
}

/// What became of a row that was kept aside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Became {
    /// Nobody has resolved it.
    Open,
    /// It is this subject's.
    Of(Uuid),
    /// It is nobody's: none of these, to whom it could have belonged.
    Nobodys(Vec<Uuid>),
}

/// What became of each time that the same row was kept aside.
pub async fn before(tx: &mut Tx, aside: &KeptAside) -> Result<Vec<Became>, Error> {
    const SQL: &str = "SELECT id, resolved_at IS NULL, resolved_to FROM candidate
        WHERE organ = $1 AND document_number = $2 AND kind = $3 AND normal = $4 AND content = $5";
    let rows: Vec<(Uuid, bool, Option<Uuid>)> = on!(&mut *tx, |conn| sqlx::query_as(SQL)
        .bind(aside.organ)
        .bind(&aside.document_number)
        .bind(aside.kind)
        .bind(normal::name(&aside.details.subject_name))
        .bind(aside.content)
        .fetch_all(conn)
        .await?);
    let mut all = Vec::with_capacity(rows.len());
    for (id, is_open, to) in rows {
        all.push(match to {
            _ if is_open => Became::Open,
            Some(subject) => Became::Of(subject),
            None => Became::Nobodys(possible(tx, id).await?),
        });
    }
    Ok(all)
}

/// Whom a row may belong to.
async fn possible(tx: &mut Tx, id: Uuid) -> Result<Vec<Uuid>, Error> {
    const SQL: &str = "SELECT subject FROM candidate_subject WHERE candidate = $1 ORDER BY subject";
    Ok(on!(tx, |conn| sqlx::query_scalar(SQL).bind(id).fetch_all(conn).await?))
}

/// What a report asks: the rows that may belong to these subjects, in some domains and decided within a period, that
/// nobody had resolved at an instant.
pub async fn as_of(
    tx: &mut Tx,
    subjects: &[Uuid],
    domains: &[DomainId],
    period: Period,
    as_of: Instant,
) -> Result<Vec<Candidate>, Error> {
    if subjects.is_empty() || domains.is_empty() {
        return Ok(Vec::new());
    }
    let rows: Vec<(DomainId, Date, Instant, Option<Instant>)> = on!(tx, |conn| {
        let mut sql = QueryBuilder::new(
            "SELECT c.domain, c.decided_on, c.received_at, c.resolved_at FROM candidate c WHERE c.id IN
                (SELECT candidate FROM candidate_subject WHERE subject IN ",
        );
        push_list(&mut sql, subjects);
        sql.push(") AND c.domain IN ");
        push_list(&mut sql, domains);
        sql.push(" AND c.decided_on >= ").push_bind(period.from);
        sql.push(" AND c.decided_on <= ").push_bind(period.to);
        sql.push(" AND c.received_at <= ").push_bind(as_of);
        sql.push(" AND (c.resolved_at IS NULL OR c.resolved_at > ").push_bind(as_of);
        sql.push(") ORDER BY c.decided_on, c.id");
        sql.build_query_as().fetch_all(conn).await?
    });
    let candidate = |(domain, decided_on, received_at, resolved_at)| Candidate {
        domain,
        decided_on: Some(decided_on),
        received_at,
        resolved_at,
    };
    Ok(rows.into_iter().map(candidate).collect())
}

/// Adds subjects that became known later to the rows kept aside under one of their codes or names; tells how many.
pub async fn may_belong(
    tx: &mut Tx,
    codes: &[(SubjectCode, Uuid)],
    named: &[(String, Uuid)],
) -> Result<u64, Error> {
    const ANY: &str = "SELECT EXISTS (SELECT 1 FROM candidate WHERE resolved_at IS NULL)";
    if !on!(&mut *tx, |conn| sqlx::query_scalar::<_, bool>(ANY).fetch_one(conn).await?) {
        return Ok(0);
    }
    let mut added = 0;
    let codes: Vec<(String, Uuid)> = codes.iter().map(|(code, subject)| (word(code), *subject)).collect();
    for chunk in codes.chunks(tx.chunk(CHUNK)) {
        let known: Vec<&str> = chunk.iter().map(|(code, _)| code.as_str()).collect();
        let found = AWAITED_BY_CANDIDATES.open(tx, &known).await?;
        added += CANDIDATES.add(tx, &pairs(chunk, &found)).await?;
    }
    let known: Vec<(String, Uuid)> =
        named.iter().map(|(name, subject)| (normal::name(name), *subject)).collect();
    for chunk in known.chunks(tx.chunk(CHUNK)) {
        // A list, not a join: a planner that knows nothing yet of a young table joins it row by row.
        let found: Vec<(String, Uuid)> = on!(&mut *tx, |conn| {
            let mut sql =
                QueryBuilder::new("SELECT normal, id FROM candidate WHERE resolved_at IS NULL AND ");
            push_list(sql.push("normal IN "), chunk.iter().map(|(name, _)| name));
            sql.build_query_as().fetch_all(conn).await?
        });
        added += CANDIDATES.add(tx, &pairs(chunk, &found)).await?;
    }
    Ok(added)
}

/// The open rows that these rows, which came by code meanwhile, settle: same organ, document number and kind, and a subject they may
/// belong to. With each the subject.
pub async fn settled_by(tx: &mut Tx, came: &[Came]) -> Result<Vec<(Uuid, Uuid)>, Error> {
    type Open = (Uuid, Uuid, CreditCode, String, RecordKind, DomainId, Date);
    const ANY: &str = "SELECT EXISTS (SELECT 1 FROM candidate WHERE resolved_at IS NULL)";
    let mut settled = Vec::new();
    if !on!(&mut *tx, |conn| sqlx::query_scalar::<_, bool>(ANY).fetch_one(conn).await?) {
        return Ok(settled);
    }
    for chunk in came.chunks(tx.chunk(CHUNK)) {
        let open: Vec<Open> = on!(&mut *tx, |conn| {
            let mut sql = QueryBuilder::new(
                "SELECT c.id, s.subject, c.organ, c.document_number, c.kind, c.domain, c.decided_on FROM candidate c
                JOIN candidate_subject s ON s.candidate = c.id WHERE c.resolved_at IS NULL AND ",
            );
            push_numbers(&mut sql, "c.", chunk);
            sql.push(" ORDER BY c.id, s.subject");
            sql.build_query_as().fetch_all(conn).await?
        });
        let mut known: HashMap<&RecordKey, Vec<&Came>> = HashMap::new();
        for came in chunk {
            known.entry(&came.key).or_default().push(came);
        }
        for (id, subject, organ, document_number, kind, domain, decided_on) in open {
            let came = known.get(&RecordKey { subject, organ, document_number, kind });
            let domain = [domain];
            if came.is_some_and(|all| all.iter().any(|it| it.settles(&domain, Some(decided_on), false))) {
                settled.push((id, subject));
            }
        }
    }
    // Two bearers of one name may both be named by code under one number: the row is settled once.
    let mut seen = HashSet::new();
    settled.retain(|(id, _)| seen.insert(*id));
    Ok(settled)
}

/// Closes a row kept aside: it belongs to a subject, or to nobody here (`None`).
///
/// # Errors
/// [`Error::Conflict`] where somebody else closed it already, or where it does not exist.
pub async fn resolve(
    tx: &mut Tx,
    id: Uuid,
    to: Option<Uuid>,
    by: &str,
    reason: &str,
    at: Instant,
) -> Result<(), Error> {
    const SQL: &str = "UPDATE candidate SET resolved_at = $2, resolved_by = $3, resolved_to = $4, reason = $5
        WHERE id = $1 AND resolved_at IS NULL AND received_at <= $2";
    let resolved = on!(tx, |conn| sqlx::query(SQL)
        .bind(id)
        .bind(at)
        .bind(by)
        .bind(to)
        .bind(reason)
        .execute(conn)
        .await?
        .rows_affected());
    if resolved == 1 { Ok(()) } else { Err(Error::Conflict) }
}
