//! What people are told, whom it reaches, and what they have read.

use std::collections::HashSet;

use serde_json::Value;
use sqlx::types::Json;
use sqlx::{FromRow, QueryBuilder};
use uuid::Uuid;

use super::columns::{count, push_list};
use super::{Error, Page, Tx, on};
use crate::rules::{AccountRole, Audience, DomainId, Instant, NoticeKind};

/// Rows a statement, on `SQLite`.
const CHUNK: usize = 20;

/// The schemes of codes, so that the table of codes is asked by its key.
const SCHEMES: &str = "('credit-code', 'registration-number', 'organisation-code', 'tax-number', \
    'institution-number', 'social-organisation-number', 'identity-number')";

/// Something that is told.
#[derive(Clone, Debug, PartialEq)]
pub struct Notice {
    /// Whom it concerns.
    pub audience: Audience,
    /// Its id.
    pub id: Uuid,
    /// What it is.
    pub kind: NoticeKind,
    /// About what: a record, a report, an upload.
    pub object: String,
    /// Which of the tellings about that object this is: each is told once.
    pub slot: i64,
    /// The domain, where only those are concerned who work on it.
    pub domain: Option<DomainId>,
    /// How often it happened.
    pub times: u32,
    /// What else there is to say; no personal data.
    pub details: Value,
    /// When.
    pub at: Instant,
}

/// A notice, and whether somebody has read it.
#[derive(Clone, Debug, PartialEq)]
pub struct Told {
    /// The notice.
    pub notice: Notice,
    /// It was read.
    pub read: bool,
}

/// Who reads: an account, since when, and whom it stands among.
#[derive(Clone, Debug)]
pub struct Reader {
    /// The account.
    pub account: Uuid,
    /// What was told before does not concern it.
    pub since: Instant,
    /// The audiences it belongs to, and where it is not all of them, their domains.
    pub among: Vec<(Audience, Vec<DomainId>)>,
}

/// A notice as its row has it.
#[derive(FromRow)]
struct Row {
    audience: Audience,
    id: Uuid,
    kind: NoticeKind,
    object: String,
    slot: i64,
    domain: Option<DomainId>,
    times: i64,
    details: Json<Value>,
    at: Instant,
}

impl TryFrom<Row> for Notice {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self, Error> {
        Ok(Self {
            audience: row.audience,
            id: row.id,
            kind: row.kind,
            object: row.object,
            slot: row.slot,
            domain: row.domain,
            times: count(row.times)?,
            details: row.details.0,
            at: row.at,
        })
    }
}

/// The columns of a notice, as [`Row`] reads them.
const COLUMNS: &str = "n.audience, n.id, n.kind, n.object, n.slot, n.domain, n.times, n.details, n.at";

/// Stores notices; what was told before is not told again. With `add`, how often it happened is added to that instead.
pub async fn insert(tx: &mut Tx, notices: &[Notice], add: bool) -> Result<(), Error> {
    for chunk in notices.chunks(tx.chunk(CHUNK)) {
        on!(&mut *tx, |conn| {
            let mut sql = QueryBuilder::new(
                "INSERT INTO notice (audience, id, kind, object, slot, domain, times, details, at) ",
            );
            sql.push_values(chunk, |mut row, notice| {
                row.push_bind(notice.audience).push_bind(notice.id).push_bind(notice.kind);
                row.push_bind(&notice.object).push_bind(notice.slot).push_bind(notice.domain.as_ref());
                row.push_bind(i64::from(notice.times)).push_bind(Json(&notice.details)).push_bind(notice.at);
            });
            sql.push(" ON CONFLICT (audience, kind, object, slot) DO ");
            sql.push(if add { "UPDATE SET times = notice.times + excluded.times" } else { "NOTHING" });
            sql.build().execute(conn).await?.rows_affected()
        });
    }
    Ok(())
}

/// Of these subjects, those that some account stands for.
pub async fn followed(tx: &mut Tx, subjects: &[Uuid]) -> Result<HashSet<Uuid>, Error> {
    const ANY: &str = "SELECT EXISTS (SELECT 1 FROM account_role)";
    // By their own codes, and by those of whom they were merged with.
    const WAYS: [&str; 3] = [
        "SELECT DISTINCT c.subject FROM subject_code c JOIN account_role g ON g.object = c.value
        WHERE c.subject IN ",
        "SELECT DISTINCT r.other FROM subject_relation r JOIN subject_code c ON c.subject = r.subject
        JOIN account_role g ON g.object = c.value WHERE r.kind = 'merged-into' AND r.other IN ",
        "SELECT DISTINCT r.subject FROM subject_relation r JOIN subject_code c ON c.subject = r.other
        JOIN account_role g ON g.object = c.value WHERE r.kind = 'merged-into' AND r.subject IN ",
    ];
    let mut found = HashSet::new();
    let any: bool = on!(&mut *tx, |conn| sqlx::query_scalar(ANY).fetch_one(conn).await?);
    if !any {
        return Ok(found);
    }
    for chunk in subjects.chunks(tx.chunk(100)) {
        for way in WAYS {
            let rows: Vec<Uuid> = on!(&mut *tx, |conn| {
                let mut sql = QueryBuilder::new(way);
                push_list(&mut sql, chunk);
                sql.build_query_scalar().fetch_all(conn).await?
            });
            found.extend(rows);
        }
    }
    Ok(found)
}

/// The subjects that bear or bore one of these codes, what they were merged into, and what was merged into them.
pub async fn subjects_of(tx: &mut Tx, codes: &[String]) -> Result<Vec<Uuid>, Error> {
    let mut found: Vec<Uuid> = Vec::new();
    for chunk in codes.chunks(100) {
        let own: Vec<Uuid> = on!(&mut *tx, |conn| {
            let mut sql = QueryBuilder::new("SELECT DISTINCT subject FROM subject_code WHERE scheme IN ");
            sql.push(SCHEMES).push(" AND value IN ");
            push_list(&mut sql, chunk);
            sql.build_query_scalar().fetch_all(conn).await?
        });
        if own.is_empty() {
            continue;
        }
        let into: Vec<Uuid> = on!(&mut *tx, |conn| {
            let mut sql = QueryBuilder::new(
                "SELECT DISTINCT other FROM subject_relation WHERE kind = 'merged-into' AND subject IN ",
            );
            push_list(&mut sql, &own);
            sql.build_query_scalar().fetch_all(conn).await?
        });
        let merged: Vec<Uuid> = on!(&mut *tx, |conn| {
            let mut sql = QueryBuilder::new(
                "SELECT DISTINCT subject FROM subject_relation WHERE kind = 'merged-into' AND other IN ",
            );
            push_list(&mut sql, own.iter().chain(&into));
            sql.build_query_scalar().fetch_all(conn).await?
        });
        found.extend(into);
        found.extend(own);
        found.extend(merged);
    }
    found.sort_unstable();
    found.dedup();
    Ok(found)
}

/// Adds who reads, as a condition on notices `n`.
macro_rules! push_reader {
    ($sql:ident, $reader:ident) => {
        $sql.push("n.at >= ").push_bind($reader.since).push(" AND (1 = 0");
        let (part, whole): (Vec<_>, Vec<_>) =
            $reader.among.iter().partition(|(_, domains)| !domains.is_empty());
        if !whole.is_empty() {
            $sql.push(" OR n.audience IN ");
            push_list(&mut $sql, whole.into_iter().map(|(audience, _)| *audience));
        }
        for (audience, domains) in part {
            $sql.push(" OR (n.audience = ").push_bind(*audience);
            $sql.push(" AND (n.domain IS NULL OR n.domain IN ");
            push_list(&mut $sql, domains);
            $sql.push("))");
        }
        $sql.push(")");
    };
}

/// Adds, as a condition on notices `n`, that they tell of looks at reports of these subjects; at least one.
macro_rules! push_looks {
    ($sql:ident, $subjects:ident) => {
        $sql.push("n.kind = ").push_bind(NoticeKind::ReportLooked).push(" AND n.audience IN ");
        push_list(&mut $sql, $subjects.iter().map(|id| Audience::Subject(*id)));
    };
}

/// Adds that the reader has not read it.
const UNREAD: &str = " AND NOT EXISTS (SELECT 1 FROM notice_read r WHERE r.notice = n.id AND r.account = ";

/// A part of what somebody was told, latest first.
pub async fn list(tx: &mut Tx, reader: &Reader, page: Page) -> Result<Vec<Told>, Error> {
    let rows: Vec<Row> = on!(&mut *tx, |conn| {
        let mut sql = QueryBuilder::new("SELECT ");
        sql.push(COLUMNS).push(" FROM notice n WHERE ");
        push_reader!(sql, reader);
        sql.push(" ORDER BY n.id DESC LIMIT ").push_bind(i64::from(page.limit));
        sql.push(" OFFSET ").push_bind(i64::from(page.offset));
        sql.build_query_as().fetch_all(conn).await?
    });
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let read: Vec<Uuid> = on!(tx, |conn| {
        let mut sql = QueryBuilder::new("SELECT notice FROM notice_read WHERE account = ");
        sql.push_bind(reader.account).push(" AND notice IN ");
        push_list(&mut sql, rows.iter().map(|row| row.id));
        sql.build_query_scalar().fetch_all(conn).await?
    });
    let told = |row: Row| Ok(Told { read: read.contains(&row.id), notice: Notice::try_from(row)? });
    rows.into_iter().map(told).collect()
}

/// What was told of looks at the reports of these subjects, latest first.
pub async fn looks(tx: &mut Tx, subjects: &[Uuid], limit: u32) -> Result<Vec<Notice>, Error> {
    let rows: Vec<Row> = on!(tx, |conn| {
        let mut sql = QueryBuilder::new("SELECT ");
        sql.push(COLUMNS).push(" FROM notice n WHERE ");
        push_looks!(sql, subjects);
        sql.push(" ORDER BY n.at DESC, n.id DESC LIMIT ").push_bind(i64::from(limit));
        sql.build_query_as().fetch_all(conn).await?
    });
    rows.into_iter().map(Notice::try_from).collect()
}

/// How many of them there are; no more than `most` are counted.
pub async fn looks_number(tx: &mut Tx, subjects: &[Uuid], most: u32) -> Result<u32, Error> {
    let number: i64 = on!(tx, |conn| {
        let mut sql = QueryBuilder::new("SELECT count(*) FROM (SELECT 1 FROM notice n WHERE ");
        push_looks!(sql, subjects);
        sql.push(" LIMIT ").push_bind(i64::from(most)).push(") AS found");
        sql.build_query_scalar().fetch_one(conn).await?
    });
    count(number)
}

/// How many notices somebody has, or has not read; no more than `most` are counted.
pub async fn number(tx: &mut Tx, reader: &Reader, unread: bool, most: u32) -> Result<u32, Error> {
    let number: i64 = on!(tx, |conn| {
        let mut sql = QueryBuilder::new("SELECT count(*) FROM (SELECT 1 FROM notice n WHERE ");
        push_reader!(sql, reader);
        if unread {
            sql.push(UNREAD).push_bind(reader.account).push(")");
        }
        sql.push(" LIMIT ").push_bind(i64::from(most)).push(") AS found");
        sql.build_query_scalar().fetch_one(conn).await?
    });
    count(number)
}

/// Notes that somebody has read one of their notices, or all of them where none is named; tells how many were not read before.
pub async fn read(tx: &mut Tx, reader: &Reader, one: Option<Uuid>, at: Instant) -> Result<u64, Error> {
    Ok(on!(tx, |conn| {
        let mut sql = QueryBuilder::new("INSERT INTO notice_read (account, notice, read_at) SELECT ");
        // A bare parameter has no type of its own in a list of columns.
        sql.push("a.id, n.id, CAST(")
            .push_bind(at)
            .push(" AS BIGINT) FROM notice n JOIN account a ON a.id = ");
        sql.push_bind(reader.account).push(" WHERE ");
        push_reader!(sql, reader);
        if let Some(one) = one {
            sql.push(" AND n.id = ").push_bind(one);
        }
        sql.push(UNREAD).push_bind(reader.account).push(") ON CONFLICT (account, notice) DO NOTHING");
        sql.build().execute(conn).await?.rows_affected()
    }))
}

/// Notices that are yet to be told by mail and to webhooks, oldest first.
pub async fn waiting(tx: &mut Tx, limit: u32) -> Result<Vec<Notice>, Error> {
    let rows: Vec<Row> = on!(tx, |conn| {
        let mut sql = QueryBuilder::new("SELECT ");
        sql.push(COLUMNS).push(" FROM notice n WHERE n.spread_at IS NULL ORDER BY n.at, n.id LIMIT ");
        sql.push_bind(i64::from(limit)).build_query_as().fetch_all(conn).await?
    });
    rows.into_iter().map(Notice::try_from).collect()
}

/// Notes that a notice was told to all whom it reaches; false where somebody else has just done so.
pub async fn spread(tx: &mut Tx, notice: &Notice, at: Instant) -> Result<bool, Error> {
    const SQL: &str =
        "UPDATE notice SET spread_at = $3 WHERE audience = $1 AND id = $2 AND spread_at IS NULL";
    let spread = on!(tx, |conn| sqlx::query(SQL)
        .bind(notice.audience)
        .bind(notice.id)
        .bind(at)
        .execute(conn)
        .await?
        .rows_affected());
    Ok(spread == 1)
}

/// Codes that agents and persons stand for, in order, after another one.
pub async fn stood_for(tx: &mut Tx, after: &str, limit: u32) -> Result<Vec<String>, Error> {
    Ok(on!(tx, |conn| {
        let mut sql = QueryBuilder::new(
            "SELECT DISTINCT g.object FROM account_role g JOIN account a ON a.id = g.account
            WHERE a.state = 'active' AND a.role IN ",
        );
        push_list(&mut sql, [AccountRole::Agent, AccountRole::Person]);
        sql.push(" AND g.object > ").push_bind(after).push(" ORDER BY g.object LIMIT ");
        sql.push_bind(i64::from(limit)).build_query_scalar().fetch_all(conn).await?
    }))
}

/// How far a daily round is: its day, and the last thing that it went over; none once it is through.
pub async fn round(tx: &mut Tx, name: &str) -> Result<Option<(String, Option<String>)>, Error> {
    const SQL: &str = "SELECT day, upto FROM daily_round WHERE name = $1";
    Ok(on!(tx, |conn| sqlx::query_as(SQL).bind(name).fetch_optional(conn).await?))
}

/// Notes how far a daily round is.
pub async fn set_round(tx: &mut Tx, name: &str, day: &str, upto: Option<&str>) -> Result<(), Error> {
    const SQL: &str = "INSERT INTO daily_round (name, day, upto) VALUES ($1, $2, $3)
        ON CONFLICT (name) DO UPDATE SET day = excluded.day, upto = excluded.upto";
    on!(tx, |conn| sqlx::query(SQL).bind(name).bind(day).bind(upto).execute(conn).await?.rows_affected());
    Ok(())
}

/// Forgets what was told before an instant; tells how much.
pub async fn forget_before(tx: &mut Tx, before: Instant) -> Result<u64, Error> {
    // What is told once for good stays, so that it is not told again.
    const READ: &str = "DELETE FROM notice_read WHERE notice IN
        (SELECT id FROM notice WHERE at < $1 AND spread_at IS NOT NULL AND kind <> 'repair-possible')";
    const SQL: &str =
        "DELETE FROM notice WHERE at < $1 AND spread_at IS NOT NULL AND kind <> 'repair-possible'";
    on!(&mut *tx, |conn| sqlx::query(READ).bind(before).execute(conn).await?.rows_affected());
    Ok(on!(tx, |conn| sqlx::query(SQL).bind(before).execute(conn).await?.rows_affected()))
}
