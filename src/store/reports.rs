//! The reports that were issued.

use std::collections::HashSet;

use sqlx::types::Json;
use sqlx::{FromRow, QueryBuilder};
use time::Date;
use uuid::Uuid;

use super::columns::{count, push_list};
use super::{Error, Page, Reader, Tx, on};
use crate::rules::{Digest, DomainId, Instant, Period, ReportNumber, Status};

/// Subjects a statement.
const CHUNK: usize = 50;

/// The columns of a report, as [`Row`] reads them: all but the facts.
pub(super) const COLUMNS: &str = "r.subject, r.number, r.code_hash, r.facts_digest, r.pdf_digest, r.edition, r.period_from, \
    r.period_to, r.domains, r.as_of, r.issued_at, r.issued_by, r.status_index, r.concluded";

/// A report that was issued. Its facts are read apart ([`facts`]); its PDF is kept as an object under `pdf_digest`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// Its number.
    pub number: ReportNumber,
    /// The subject.
    pub subject: Uuid,
    /// The keyed hash of its verification code. The code itself is kept nowhere.
    pub code_hash: Digest,
    /// The digest of its facts.
    pub facts_digest: Digest,
    /// The digest of its signed PDF.
    pub pdf_digest: Digest,
    /// Its language, such as `zh`.
    pub edition: String,
    /// The days it is about.
    pub period: Period,
    /// The domains it is about.
    pub domains: Vec<DomainId>,
    /// What was known then counts.
    pub as_of: Instant,
    /// When it was issued.
    pub issued_at: Instant,
    /// The client that asked for it.
    pub issued_by: String,
    /// Its place in the status list, from 0, never used again.
    pub status_index: u32,
    /// How many of its domains got a conclusion: *none* or *found*.
    pub concluded: u32,
}

/// A version of a record that a report shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shown {
    /// The record's subject, which may be one merged into the report's.
    pub subject: Uuid,
    /// The record.
    pub record: Uuid,
    /// The number of the version.
    pub version: u32,
}

/// What a report can be found by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Key {
    /// Its number.
    Number(ReportNumber),
    /// The keyed hash of its verification code.
    Code(Digest),
    /// The digest of its facts.
    Facts(Digest),
    /// The digest of its PDF.
    Pdf(Digest),
    /// Its place in the status list.
    StatusIndex(u32),
}

impl Key {
    /// The key as the table of keys has it.
    fn row(&self) -> (&'static str, String) {
        match self {
            Self::Number(number) => ("number", number.compact().to_owned()),
            Self::Code(digest) => ("code", digest.to_string()),
            Self::Facts(digest) => ("facts", digest.to_string()),
            Self::Pdf(digest) => ("pdf", digest.to_string()),
            Self::StatusIndex(index) => ("status-index", index.to_string()),
        }
    }
}

/// A report as its row has it.
#[derive(FromRow)]
pub(super) struct Row {
    subject: Uuid,
    number: ReportNumber,
    code_hash: Digest,
    facts_digest: Digest,
    pdf_digest: Digest,
    edition: String,
    period_from: Date,
    period_to: Date,
    domains: Json<Vec<DomainId>>,
    as_of: Instant,
    issued_at: Instant,
    issued_by: String,
    status_index: i64,
    concluded: i64,
}

impl TryFrom<Row> for Report {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self, Error> {
        Ok(Self {
            number: row.number,
            subject: row.subject,
            code_hash: row.code_hash,
            facts_digest: row.facts_digest,
            pdf_digest: row.pdf_digest,
            edition: row.edition,
            period: Period { from: row.period_from, to: row.period_to },
            domains: row.domains.0,
            as_of: row.as_of,
            issued_at: row.issued_at,
            issued_by: row.issued_by,
            status_index: count(row.status_index)?,
            concluded: count(row.concluded)?,
        })
    }
}

/// Takes the next place in the status list. Until the transaction ends, nobody else gets one.
pub async fn next_status_index(tx: &mut Tx) -> Result<u32, Error> {
    const SQL: &str = "UPDATE series SET last = last + 1 WHERE name = 'status-index' RETURNING last";
    count(on!(tx, |conn| sqlx::query_scalar(SQL).fetch_one(conn).await?))
}

/// Stores a report with its canonical facts, byte for byte, the versions it shows, and the domains whose data were incomplete. Its first
/// status is added apart.
///
/// # Errors
/// [`Error::Conflict`] where its number, code, facts, PDF or status index is another report's.
pub async fn insert(
    tx: &mut Tx,
    report: &Report,
    facts: &[u8],
    shown: &[Shown],
    gaps: &[&DomainId],
) -> Result<(), Error> {
    const SQL: &str = "
        INSERT INTO report (subject, number, code_hash, facts_digest, pdf_digest, facts, edition, period_from,
            period_to, domains, as_of, issued_at, issued_by, status_index, concluded)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)";
    on!(&mut *tx, |conn| sqlx::query(SQL)
        .bind(report.subject)
        .bind(&report.number)
        .bind(report.code_hash)
        .bind(report.facts_digest)
        .bind(report.pdf_digest)
        .bind(facts)
        .bind(&report.edition)
        .bind(report.period.from)
        .bind(report.period.to)
        .bind(Json(&report.domains))
        .bind(report.as_of)
        .bind(report.issued_at)
        .bind(&report.issued_by)
        .bind(i64::from(report.status_index))
        .bind(i64::from(report.concluded))
        .execute(conn)
        .await?
        .rows_affected());
    let keys = [
        Key::Number(report.number.clone()),
        Key::Code(report.code_hash),
        Key::Facts(report.facts_digest),
        Key::Pdf(report.pdf_digest),
        Key::StatusIndex(report.status_index),
    ];
    on!(&mut *tx, |conn| {
        let mut sql = QueryBuilder::new("INSERT INTO report_key (kind, value, subject, number) ");
        sql.push_values(&keys, |mut row, key| {
            let (kind, value) = key.row();
            row.push_bind(kind).push_bind(value).push_bind(report.subject).push_bind(&report.number);
        });
        sql.build().execute(conn).await?.rows_affected()
    });
    for chunk in shown.chunks(50) {
        on!(&mut *tx, |conn| {
            let mut sql = QueryBuilder::new(
                "INSERT INTO report_record (subject, record, number, report_subject, version) ",
            );
            sql.push_values(chunk, |mut row, shown| {
                row.push_bind(shown.subject).push_bind(shown.record).push_bind(&report.number);
                row.push_bind(report.subject).push_bind(i64::from(shown.version));
            });
            sql.build().execute(conn).await?.rows_affected()
        });
    }
    for chunk in gaps.chunks(50) {
        on!(&mut *tx, |conn| {
            let mut sql = QueryBuilder::new("INSERT INTO report_gap (subject, number, domain) ");
            sql.push_values(chunk, |mut row, domain| {
                row.push_bind(report.subject).push_bind(&report.number).push_bind(*domain);
            });
            sql.build().execute(conn).await?.rows_affected()
        });
    }
    Ok(())
}

/// The report that a key leads to.
pub async fn find(tx: &mut Tx, key: &Key) -> Result<Option<Report>, Error> {
    let (kind, value) = key.row();
    let row: Option<Row> = on!(tx, |conn| {
        let mut sql = QueryBuilder::new("SELECT ");
        sql.push(COLUMNS).push(
            " FROM report_key k JOIN report r ON r.subject = k.subject AND r.number = k.number WHERE k.kind = ",
        );
        sql.push_bind(kind).push(" AND k.value = ").push_bind(value);
        sql.build_query_as().fetch_optional(conn).await?
    });
    row.map(Report::try_from).transpose()
}

/// The canonical facts of a report, byte for byte.
///
/// # Errors
/// [`Error::Corrupt`] where there is no such report.
pub async fn facts(tx: &mut Tx, report: &Report) -> Result<Vec<u8>, Error> {
    const SQL: &str = "SELECT facts FROM report WHERE subject = $1 AND number = $2";
    let facts: Option<Vec<u8>> = on!(tx, |conn| sqlx::query_scalar(SQL)
        .bind(report.subject)
        .bind(&report.number)
        .fetch_optional(conn)
        .await?);
    facts.ok_or(Error::Corrupt("a report without facts".into()))
}

/// What is told of a report to whoever has its code, and whether anything stands against telling it at once.
#[derive(Clone, Debug, FromRow)]
pub struct Glance {
    /// Its subject.
    pub subject: Uuid,
    /// Its number.
    pub number: ReportNumber,
    /// The keyed hash of its verification code.
    pub code_hash: Digest,
    /// The digest of its facts.
    pub facts_digest: Digest,
    /// Its canonical facts, byte for byte.
    pub facts: Vec<u8>,
    /// When it was issued.
    pub issued_at: Instant,
    /// Where it stands, by its last event; missing where it has none.
    pub status: Option<Status>,
    /// Since when.
    pub since: Option<Instant>,
    /// Why, in the issuer's words.
    pub reason: Option<String>,
    /// The time that the timestamp of its newest file says.
    pub stamped_at: Option<Instant>,
    /// When the last act was journaled.
    pub last_at: Option<Instant>,
    /// A signing key lost its trust at some time.
    pub keys_lost: bool,
    /// Something became known after it was drawn up that may give its question another answer: about the subject and its records of
    /// these days, about subjects that were merged into it or may be it, or about what authorities cover. That an authority's data reach further
    /// than before is nothing to domains that were complete already.
    pub moved: bool,
}

/// The most codes that are looked up by one statement.
pub const GLANCES: usize = 32;

/// What strangers with verification codes ask, by the keyed hashes of 1 to [`GLANCES`] codes: one statement, which is a snapshot by
/// itself and needs no transaction. A code that nobody has is left out.
pub async fn glances(reader: &mut Reader, codes: &[Digest]) -> Result<Vec<Glance>, Error> {
    const SQL: &str = "
        SELECT r.subject, r.number, r.code_hash, r.facts_digest, r.facts, r.issued_at,
            s.status, s.since, s.reason, e.stamped_at,
            (SELECT at FROM journal ORDER BY seq DESC LIMIT 1) AS last_at,
            EXISTS (SELECT 1 FROM signer_event WHERE event <> 'retired') AS keys_lost,
            (EXISTS (SELECT 1 FROM record_version v WHERE v.subject = r.subject
                AND v.decided_on >= r.period_from AND v.decided_on <= r.period_to
                AND (v.received_at > r.as_of OR v.superseded_at > r.as_of))
            OR EXISTS (SELECT 1 FROM subject who WHERE who.id = r.subject AND who.updated_at > r.as_of)
            OR EXISTS (SELECT 1 FROM subject_relation m
                WHERE m.other = r.subject AND m.kind = 'merged-into')
            OR EXISTS (SELECT 1 FROM candidate_subject s JOIN candidate c ON c.id = s.candidate
                WHERE s.subject = r.subject AND (c.received_at > r.as_of OR c.resolved_at > r.as_of))
            OR EXISTS (SELECT 1 FROM rejection_subject s JOIN rejection c ON c.id = s.rejection
                WHERE s.subject = r.subject AND (c.received_at > r.as_of OR c.closed_at > r.as_of))
            OR EXISTS (SELECT 1 FROM namesake n WHERE n.subject = r.subject
                AND (n.settled_at IS NULL OR n.settled_at > r.as_of))
            OR EXISTS (SELECT 1 FROM declaration d WHERE d.shrinks AND d.received_at > r.as_of)
            OR EXISTS (SELECT 1 FROM report_gap g
                JOIN declaration d ON d.domain = g.domain AND d.received_at > r.as_of
                WHERE g.subject = r.subject AND g.number = r.number)
            OR EXISTS (SELECT 1 FROM authority a WHERE a.updated_at > r.as_of)) AS moved
        FROM report_key k JOIN report r ON r.subject = k.subject AND r.number = k.number
        LEFT JOIN report_status s ON s.subject = r.subject AND s.number = r.number AND s.place =
            (SELECT max(place) FROM report_status WHERE subject = r.subject AND number = r.number)
        LEFT JOIN report_edition e ON e.subject = r.subject AND e.number = r.number AND e.edition =
            (SELECT max(edition) FROM report_edition WHERE subject = r.subject AND number = r.number)
        WHERE k.kind = 'code' AND k.value ";
    let codes: Vec<String> = codes.iter().map(Digest::to_string).collect();
    Ok(match reader {
        Reader::Sqlite(conn) => {
            let mut sql = QueryBuilder::new(SQL);
            sql.push("IN ");
            push_list(&mut sql, codes);
            sql.build_query_as().fetch_all(&mut **conn).await?
        }
        // One text however many they are: it is planned once.
        Reader::Postgres(conn) => {
            let mut sql = QueryBuilder::new(SQL);
            sql.push("= ANY(").push_bind(codes).push(")");
            sql.build_query_as().fetch_all(&mut **conn).await?
        }
    })
}

/// The reports of these subjects, newest first.
pub async fn by_subjects(tx: &mut Tx, subjects: &[Uuid], page: Page) -> Result<Vec<Report>, Error> {
    if subjects.is_empty() {
        return Ok(Vec::new());
    }
    let rows: Vec<Row> = on!(tx, |conn| {
        let mut sql = QueryBuilder::new("SELECT ");
        sql.push(COLUMNS).push(" FROM report r WHERE r.subject IN ");
        push_list(&mut sql, subjects);
        sql.push(" ORDER BY r.issued_at DESC, r.number DESC LIMIT ").push_bind(i64::from(page.limit));
        sql.push(" OFFSET ").push_bind(i64::from(page.offset));
        sql.build_query_as().fetch_all(conn).await?
    });
    rows.into_iter().map(Report::try_from).collect()
}

/// How many reports there are of these subjects.
pub async fn number_of(tx: &mut Tx, subjects: &[Uuid]) -> Result<u32, Error> {
    if subjects.is_empty() {
        return Ok(0);
    }
    count(on!(tx, |conn| {
        let mut sql = QueryBuilder::new("SELECT count(*) FROM report r WHERE r.subject IN ");
        push_list(&mut sql, subjects);
        sql.build_query_scalar().fetch_one(conn).await?
    }))
}

/// The reports that show some version of a record: those that its correction touches.
pub async fn showing(tx: &mut Tx, subject: Uuid, record: Uuid) -> Result<Vec<Report>, Error> {
    let rows: Vec<Row> = on!(tx, |conn| {
        let mut sql = QueryBuilder::new("SELECT ");
        sql.push(COLUMNS).push(
            " FROM report_record s JOIN report r ON r.subject = s.report_subject AND r.number = s.number
            WHERE s.subject = ",
        );
        sql.push_bind(subject).push(" AND s.record = ").push_bind(record).push(" ORDER BY r.number");
        sql.build_query_as().fetch_all(conn).await?
    });
    rows.into_iter().map(Report::try_from).collect()
}

/// The records of these subjects that any report shows.
pub async fn shown_of(tx: &mut Tx, subjects: &[Uuid]) -> Result<HashSet<Uuid>, Error> {
    let mut shown = HashSet::new();
    for chunk in subjects.chunks(tx.chunk(CHUNK)) {
        let records: Vec<Uuid> = on!(&mut *tx, |conn| {
            let mut sql = QueryBuilder::new("SELECT DISTINCT record FROM report_record WHERE subject IN ");
            push_list(&mut sql, chunk);
            sql.build_query_scalar().fetch_all(conn).await?
        });
        shown.extend(records);
    }
    Ok(shown)
}

/// The versions of records that a report shows.
pub async fn shown(tx: &mut Tx, report: &Report) -> Result<Vec<Shown>, Error> {
    const SQL: &str = "SELECT subject, record, version FROM report_record
        WHERE report_subject = $1 AND number = $2 ORDER BY record";
    let rows: Vec<(Uuid, Uuid, i64)> =
        on!(tx, |conn| sqlx::query_as(SQL).bind(report.subject).bind(&report.number).fetch_all(conn).await?);
    let one = |(subject, record, version)| Ok(Shown { subject, record, version: count(version)? });
    rows.into_iter().map(one).collect()
}
