//! The files that authorities sent, and what became of their rows.

use sqlx::{FromRow, QueryBuilder};
use uuid::Uuid;

use super::columns::{count, push_desks};
use super::{Error, Page, Tx, on};
use crate::rules::{CreditCode, Desk, Digest, DomainId, Instant};

/// A file that was taken in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Upload {
    /// Its id.
    pub id: Uuid,
    /// Who sent it.
    pub authority: CreditCode,
    /// The domain, where all of the file is about one.
    pub domain: Option<DomainId>,
    /// Its name as sent.
    pub file_name: String,
    /// The digest of its bytes, under which they are kept.
    pub file_digest: Digest,
    /// Its length in bytes.
    pub file_bytes: u64,
    /// How it was read (layout, domain, strictness), in one spelling: the same file read another way is another upload.
    pub options: String,
    /// Rows sent; always accepted + repeated + rejected.
    pub submitted: u32,
    /// Rows that became versions, candidates or declarations.
    pub accepted: u32,
    /// Rows that were known already.
    pub repeated: u32,
    /// Rows with faults.
    pub rejected: u32,
    /// The digest of the file of rejected rows, under which it is kept.
    pub rejects: Option<Digest>,
    /// When it was taken in.
    pub received_at: Instant,
    /// Who brought it.
    pub received_by: String,
    /// The signed receipt, byte for byte.
    pub receipt: Vec<u8>,
}

/// An upload as its row has it.
#[derive(FromRow)]
struct Row {
    id: Uuid,
    authority: CreditCode,
    domain: Option<DomainId>,
    file_name: String,
    file_digest: Digest,
    file_bytes: i64,
    options: String,
    submitted: i64,
    accepted: i64,
    repeated: i64,
    rejected: i64,
    rejects: Option<Digest>,
    received_at: Instant,
    received_by: String,
    receipt: Vec<u8>,
}

impl TryFrom<Row> for Upload {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self, Error> {
        Ok(Self {
            id: row.id,
            authority: row.authority,
            domain: row.domain,
            file_name: row.file_name,
            file_digest: row.file_digest,
            file_bytes: u64::try_from(row.file_bytes)
                .map_err(|_| Error::Corrupt("a length below nothing".into()))?,
            options: row.options,
            submitted: count(row.submitted)?,
            accepted: count(row.accepted)?,
            repeated: count(row.repeated)?,
            rejected: count(row.rejected)?,
            rejects: row.rejects,
            received_at: row.received_at,
            received_by: row.received_by,
            receipt: row.receipt,
        })
    }
}

/// Stores an upload, unless the same authority sent the same file with the same options before.
///
/// Tells whether it was new; where it was not, roll back and give what [`by_file`] finds.
pub async fn insert(tx: &mut Tx, upload: &Upload) -> Result<bool, Error> {
    const SQL: &str = "
        INSERT INTO upload (id, authority, domain, file_name, file_digest, file_bytes, options, submitted, accepted,
            repeated, rejected, rejects, received_at, received_by, receipt)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
        ON CONFLICT (authority, file_digest, options) DO NOTHING";
    let inserted = on!(tx, |conn| sqlx::query(SQL)
        .bind(upload.id)
        .bind(upload.authority)
        .bind(&upload.domain)
        .bind(&upload.file_name)
        .bind(upload.file_digest)
        .bind(i64::try_from(upload.file_bytes).unwrap_or(i64::MAX))
        .bind(&upload.options)
        .bind(i64::from(upload.submitted))
        .bind(i64::from(upload.accepted))
        .bind(i64::from(upload.repeated))
        .bind(i64::from(upload.rejected))
        .bind(upload.rejects)
        .bind(upload.received_at)
        .bind(&upload.received_by)
        .bind(&upload.receipt)
        .execute(conn)
        .await?
        .rows_affected());
    Ok(inserted == 1)
}

/// The upload with an id.
pub async fn by_id(tx: &mut Tx, id: Uuid) -> Result<Option<Upload>, Error> {
    const SQL: &str = "SELECT * FROM upload WHERE id = $1";
    let row: Option<Row> = on!(tx, |conn| sqlx::query_as(SQL).bind(id).fetch_optional(conn).await?);
    row.map(Upload::try_from).transpose()
}

/// The latest upload of a file by an authority, read with some options or with these again, and whether some of its records were withdrawn
/// since.
pub async fn by_file(
    tx: &mut Tx,
    authority: CreditCode,
    file: Digest,
    options: &str,
) -> Result<Option<(Upload, bool)>, Error> {
    const SQL: &str = "SELECT * FROM upload WHERE authority = $1 AND file_digest = $2
        AND (options = $3 OR substr(options, 1, length($4)) = $4) ORDER BY received_at DESC, id DESC LIMIT 1";
    const UNDONE: &str = "SELECT EXISTS (SELECT 1 FROM upload_undone WHERE upload = $1)";
    let row: Option<Row> = on!(&mut *tx, |conn| sqlx::query_as(SQL)
        .bind(authority)
        .bind(file)
        .bind(options)
        .bind(again(options, ""))
        .fetch_optional(conn)
        .await?);
    let Some(row) = row else { return Ok(None) };
    let undone = on!(tx, |conn| sqlx::query_scalar(UNDONE).bind(row.id).fetch_one(conn).await?);
    Ok(Some((row.try_into()?, undone)))
}

/// The options of a file that is read afresh, after the upload with this id.
#[must_use]
pub fn again(options: &str, after: impl std::fmt::Display) -> String {
    format!("{options} again={after}")
}

/// Notes that a record was withdrawn by this upload: the others that brought it are read afresh when they come again.
pub async fn undo(tx: &mut Tx, subject: Uuid, record: Uuid, by: Uuid, at: Instant) -> Result<(), Error> {
    const SQL: &str = "INSERT INTO upload_undone (upload, at)
        SELECT DISTINCT upload, CAST($4 AS BIGINT) FROM record_version
        WHERE subject = $1 AND record = $2 AND upload <> $3
        ON CONFLICT (upload) DO NOTHING";
    on!(tx, |conn| sqlx::query(SQL)
        .bind(subject)
        .bind(record)
        .bind(by)
        .bind(at)
        .execute(conn)
        .await?
        .rows_affected());
    Ok(())
}

/// Whose uploads are listed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Whose {
    /// Everybody's.
    All,
    /// Those of some desks.
    Desks(Vec<Desk>),
}

/// Uploads, newest first; with `before`, those after the one that has this time and id.
pub async fn listed(
    tx: &mut Tx,
    whose: &Whose,
    before: Option<(Instant, Uuid)>,
    limit: u32,
) -> Result<Vec<Upload>, Error> {
    let rows: Vec<Row> = on!(tx, |conn| {
        let mut sql = QueryBuilder::new("SELECT * FROM upload WHERE 1 = 1");
        if let Whose::Desks(desks) = whose {
            push_desks(sql.push(" AND "), desks, "");
        }
        if let Some((at, id)) = before {
            sql.push(" AND (received_at, id) < (").push_bind(at).push(", ").push_bind(id).push(")");
        }
        sql.push(" ORDER BY received_at DESC, id DESC LIMIT ").push_bind(i64::from(limit));
        sql.build_query_as().fetch_all(conn).await?
    });
    rows.into_iter().map(Upload::try_from).collect()
}

/// Which uploads of a desk are looked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// Of this desk.
    pub desk: Desk,
    /// Of this domain.
    pub domain: Option<DomainId>,
    /// Received at this instant or later.
    pub from: Option<Instant>,
    /// Received at this instant or earlier.
    pub to: Option<Instant>,
    /// Those with rejected rows only.
    pub rejected: bool,
}

/// The uploads that are looked for, newest first, and how many there are in all.
pub async fn search(tx: &mut Tx, wanted: &Wanted, page: Page) -> Result<(Vec<Upload>, u32), Error> {
    macro_rules! chosen {
        ($begin:literal) => {{
            let mut sql = QueryBuilder::new($begin);
            push_desks(&mut sql, std::slice::from_ref(&wanted.desk), "");
            if let Some(domain) = &wanted.domain {
                sql.push(" AND domain = ").push_bind(domain);
            }
            if let Some(from) = wanted.from {
                sql.push(" AND received_at >= ").push_bind(from);
            }
            if let Some(to) = wanted.to {
                sql.push(" AND received_at <= ").push_bind(to);
            }
            if wanted.rejected {
                sql.push(" AND rejected > 0");
            }
            sql
        }};
    }
    let total: i64 = on!(&mut *tx, |conn| chosen!("SELECT count(*) FROM upload WHERE ")
        .build_query_scalar()
        .fetch_one(conn)
        .await?);
    let rows: Vec<Row> = on!(tx, |conn| {
        let mut sql = chosen!("SELECT * FROM upload WHERE ");
        sql.push(" ORDER BY received_at DESC, id DESC LIMIT ").push_bind(i64::from(page.limit));
        sql.push(" OFFSET ").push_bind(i64::from(page.offset));
        sql.build_query_as().fetch_all(conn).await?
    });
    Ok((rows.into_iter().map(Upload::try_from).collect::<Result<_, _>>()?, count(total)?))
}
