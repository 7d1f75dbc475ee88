//! Violation records: versions that are only ever added, each with the time it held.

use std::collections::HashMap;

use sqlx::QueryBuilder;
use sqlx::types::Json;
use time::Date;
use uuid::Uuid;

use super::columns::{count, push_list};
use super::{Error, Tx, in_chunks, on};
use crate::rules::{
    CreditCode, Details, Digest, DomainId, Instant, Operation, Period, RecordKey, RecordKind, Standing,
    Version,
};

/// Rows a statement: with 16 values each, far below what either engine takes; fewer are slower on `SQLite`, where each is a change of threads.
const CHUNK: usize = 64;

/// The columns of a version, as [`Row`] reads them.
const COLUMNS: &str = "v.subject, v.record, v.number, v.kind, v.organ, v.document_number, v.domain, v.operation, \
    v.upload, v.line, v.received_at, v.superseded_at, v.content, v.details, v.standing";

/// A version as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// The version.
    pub version: Version,
    /// The digest of its content, as whoever stored it computed it: the same key with the same content is a repetition.
    pub content: Digest,
    /// When the next version came; `None` for the newest.
    pub superseded_at: Option<Instant>,
}

/// A version to be stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewVersion {
    /// The version: number 1 of a new record, or the number after the newest one.
    pub version: Version,
    /// The digest of its content.
    pub content: Digest,
}

/// A version as its row has it.
#[derive(sqlx::FromRow)]
struct Row {
    subject: Uuid,
    record: Uuid,
    number: i64,
    kind: RecordKind,
    organ: CreditCode,
    document_number: String,
    domain: DomainId,
    operation: Operation,
    upload: Uuid,
    line: i64,
    received_at: Instant,
    superseded_at: Option<Instant>,
    content: Digest,
    details: Json<Details>,
    standing: Json<Standing>,
}

impl TryFrom<Row> for Kept {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self, Error> {
        Ok(Self {
            version: Version {
                record: row.record,
                number: count(row.number)?,
                operation: row.operation,
                kind: row.kind,
                domain: row.domain,
                subject: row.subject,
                organ: row.organ,
                document_number: row.document_number,
                upload: row.upload,
                row: count(row.line)?,
                received_at: row.received_at,
                details: row.details.0,
                standing: row.standing.0,
            },
            content: row.content,
            superseded_at: row.superseded_at,
        })
    }
}

/// Which records are asked for: their newest versions, in the order in which they came.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// Of these domains; of all where it is missing.
    pub domains: Option<Vec<DomainId>>,
    /// Decided by these organs; by all where it is missing.
    pub organs: Option<Vec<CreditCode>>,
    /// Under this document number, in normal form.
    pub document_number: Option<String>,
    /// Of these subjects; of all where it is missing.
    pub subjects: Option<Vec<Uuid>>,
    /// Of this kind.
    pub kind: Option<RecordKind>,
    /// Decided on this day or later.
    pub decided_from: Option<Date>,
    /// Decided on this day or earlier.
    pub decided_to: Option<Date>,
    /// Their newest versions came at this instant or later.
    pub received_from: Option<Instant>,
    /// They came at this instant or earlier.
    pub received_to: Option<Instant>,
    /// After this one.
    pub after: Option<(Instant, Uuid)>,
    /// So many at most.
    pub limit: u32,
}

/// The newest versions of the records that are asked for.
pub async fn search(tx: &mut Tx, wanted: &Wanted) -> Result<Vec<Kept>, Error> {
    let none = |list: Option<usize>| list == Some(0);
    let lists = [
        wanted.domains.as_ref().map(Vec::len),
        wanted.organs.as_ref().map(Vec::len),
        wanted.subjects.as_ref().map(Vec::len),
    ];
    if lists.into_iter().any(none) {
        return Ok(Vec::new());
    }
    let rows: Vec<Row> = on!(tx, |conn| {
        let mut sql = QueryBuilder::new("SELECT ");
        sql.push(COLUMNS).push(" FROM record_version v WHERE v.superseded_at IS NULL");
        if let Some(domains) = &wanted.domains {
            push_list(sql.push(" AND v.domain IN "), domains);
        }
        if let Some(organs) = &wanted.organs {
            push_list(sql.push(" AND v.organ IN "), organs);
        }
        if let Some(number) = &wanted.document_number {
            sql.push(" AND v.document_number = ").push_bind(number);
        }
        if let Some(subjects) = &wanted.subjects {
            push_list(sql.push(" AND v.subject IN "), subjects);
        }
        if let Some(kind) = wanted.kind {
            sql.push(" AND v.kind = ").push_bind(kind);
        }
        if let Some(day) = wanted.decided_from {
            sql.push(" AND v.decided_on >= ").push_bind(day);
        }
        if let Some(day) = wanted.decided_to {
            sql.push(" AND v.decided_on <= ").push_bind(day);
        }
        if let Some(at) = wanted.received_from {
            sql.push(" AND v.received_at >= ").push_bind(at);
        }
        if let Some(at) = wanted.received_to {
            sql.push(" AND v.received_at <= ").push_bind(at);
        }
        if let Some((at, record)) = wanted.after {
            sql.push(" AND (v.received_at, v.record) > (").push_bind(at);
            sql.push(", ").push_bind(record).push(")");
        }
        sql.push(" ORDER BY v.received_at, v.record LIMIT ").push_bind(i64::from(wanted.limit));
        sql.build_query_as().fetch_all(conn).await?
    });
    rows.into_iter().map(Kept::try_from).collect()
}

/// The newest version for each of many keys. Keys without a record are missing.
pub async fn newest_by_keys(tx: &mut Tx, keys: &[RecordKey]) -> Result<HashMap<RecordKey, Kept>, Error> {
    let mut newest = HashMap::new();
    for chunk in keys.chunks(tx.chunk(CHUNK)) {
        let rows: Vec<Row> = on!(&mut *tx, |conn| {
            let mut sql = QueryBuilder::new("WITH wanted (subject, organ, document_number, kind) AS (");
            sql.push_values(chunk, |mut row, key| {
                row.push_bind(key.subject).push_bind(key.organ);
                row.push_bind(&key.document_number).push_bind(key.kind);
            });
            sql.push(") SELECT ").push(COLUMNS).push(
                " FROM wanted w JOIN record_version v ON v.subject = w.subject AND v.organ = w.organ
                    AND v.document_number = w.document_number AND v.kind = w.kind
                WHERE v.superseded_at IS NULL",
            );
            sql.build_query_as().fetch_all(conn).await?
        });
        for row in rows {
            let kept = Kept::try_from(row)?;
            newest.insert(kept.version.key(), kept);
        }
    }
    Ok(newest)
}

/// The newest version of one record.
pub async fn newest(tx: &mut Tx, subject: Uuid, record: Uuid) -> Result<Option<Kept>, Error> {
    Ok(history(tx, subject, record).await?.pop())
}

/// The subject of a record; `None` where there is no such record.
pub async fn subject_of(tx: &mut Tx, record: Uuid) -> Result<Option<Uuid>, Error> {
    const SQL: &str = "SELECT subject FROM record_version WHERE record = $1 AND number = 1";
    Ok(on!(tx, |conn| sqlx::query_scalar(SQL).bind(record).fetch_optional(conn).await?))
}

/// Every version of one record, oldest first.
pub async fn history(tx: &mut Tx, subject: Uuid, record: Uuid) -> Result<Vec<Kept>, Error> {
    let rows: Vec<Row> = on!(tx, |conn| {
        let mut sql = QueryBuilder::new("SELECT ");
        sql.push(COLUMNS).push(" FROM record_version v WHERE v.subject = ").push_bind(subject);
        sql.push(" AND v.record = ").push_bind(record).push(" ORDER BY v.number");
        sql.build_query_as().fetch_all(conn).await?
    });
    rows.into_iter().map(Kept::try_from).collect()
}

/// The newest versions of these subjects' records with a document number in normal form.
pub async fn by_document_number(
    tx: &mut Tx,
    subjects: &[Uuid],
    document_number: &str,
) -> Result<Vec<Version>, Error> {
    if subjects.is_empty() {
        return Ok(Vec::new());
    }
    let rows: Vec<Row> = on!(tx, |conn| {
        let mut sql = QueryBuilder::new("SELECT ");
        sql.push(COLUMNS).push(" FROM record_version v WHERE v.subject IN ");
        push_list(&mut sql, subjects);
        sql.push(" AND v.document_number = ").push_bind(document_number);
        sql.push(" AND v.superseded_at IS NULL ORDER BY v.record");
        sql.build_query_as().fetch_all(conn).await?
    });
    rows.into_iter().map(|row| Kept::try_from(row).map(|kept| kept.version)).collect()
}

/// Stores versions; the one before each stops holding at the instant the new one was received.
///
/// # Errors
/// [`Error::Conflict`] where somebody else stored a version of the same record or a record of the same key meanwhile,
/// or where the version before it was received later than it.
pub async fn insert_versions(tx: &mut Tx, versions: &[NewVersion]) -> Result<(), Error> {
    // A version whose successor comes with it holds until that one.
    let successors: HashMap<(Uuid, u32), Instant> = versions
        .iter()
        .filter(|new| new.version.number > 1)
        .map(|new| ((new.version.record, new.version.number - 1), new.version.received_at))
        .collect();
    let own: std::collections::HashSet<(Uuid, u32)> =
        versions.iter().map(|new| (new.version.record, new.version.number)).collect();
    let later: Vec<&Version> = versions
        .iter()
        .map(|new| &new.version)
        .filter(|version| version.number > 1 && !own.contains(&(version.record, version.number - 1)))
        .collect();
    for chunk in later.chunks(tx.chunk(CHUNK)) {
        supersede(tx, chunk).await?;
    }
    in_chunks!(tx, CHUNK, versions, |chunk| {
        let mut sql = QueryBuilder::new(
            "INSERT INTO record_version (subject, record, number, kind, organ, document_number, domain, decided_on,
                operation, upload, line, received_at, superseded_at, content, details, standing) ",
        );
        sql.push_values(chunk, |mut row, new| {
            let v = &new.version;
            row.push_bind(v.subject).push_bind(v.record).push_bind(i64::from(v.number)).push_bind(v.kind);
            row.push_bind(v.organ).push_bind(&v.document_number).push_bind(&v.domain);
            row.push_bind(v.details.decided_on).push_bind(v.operation).push_bind(v.upload);
            row.push_bind(i64::from(v.row)).push_bind(v.received_at);
            row.push_bind(successors.get(&(v.record, v.number)).copied());
            row.push_bind(new.content).push_bind(Json(&v.details)).push_bind(Json(&v.standing));
        });
        sql
    });
    Ok(())
}

/// Ends the time of the versions before these.
async fn supersede(tx: &mut Tx, successors: &[&Version]) -> Result<(), Error> {
    let superseded = on!(tx, |conn| {
        let mut sql =
            QueryBuilder::new("WITH next (subject, record, number, organ, document_number, kind, at) AS (");
        sql.push_values(successors, |mut row, next| {
            row.push_bind(next.subject).push_bind(next.record).push_bind(i64::from(next.number) - 1);
            row.push_bind(next.organ).push_bind(&next.document_number).push_bind(next.kind);
            row.push_bind(next.received_at);
        });
        sql.push(
            ") UPDATE record_version SET superseded_at = next.at FROM next
            WHERE record_version.subject = next.subject AND record_version.record = next.record
                AND record_version.number = next.number AND record_version.organ = next.organ
                AND record_version.document_number = next.document_number
                AND record_version.kind = next.kind AND record_version.superseded_at IS NULL
                AND record_version.received_at <= next.at",
        );
        sql.build().execute(conn).await?.rows_affected()
    });
    if superseded == successors.len() as u64 { Ok(()) } else { Err(Error::Conflict) }
}

/// What a report asks: the versions of these subjects' records in some domains, decided within a period, that held at an
/// instant. Newest decision first.
pub async fn point_query(
    tx: &mut Tx,
    subjects: &[Uuid],
    domains: &[DomainId],
    period: Period,
    as_of: Instant,
) -> Result<Vec<Version>, Error> {
    if subjects.is_empty() || domains.is_empty() {
        return Ok(Vec::new());
    }
    let rows: Vec<Row> = on!(tx, |conn| {
        let mut sql = QueryBuilder::new("SELECT ");
        sql.push(COLUMNS).push(" FROM record_version v WHERE v.subject IN ");
        push_list(&mut sql, subjects);
        sql.push(" AND v.domain IN ");
        push_list(&mut sql, domains);
        sql.push(" AND v.decided_on >= ").push_bind(period.from);
        sql.push(" AND v.decided_on <= ").push_bind(period.to);
        sql.push(" AND v.received_at <= ").push_bind(as_of);
        sql.push(" AND (v.superseded_at IS NULL OR v.superseded_at > ").push_bind(as_of);
        sql.push(") ORDER BY v.decided_on DESC, v.record");
        sql.build_query_as().fetch_all(conn).await?
    });
    rows.into_iter().map(|row| Kept::try_from(row).map(|kept| kept.version)).collect()
}
