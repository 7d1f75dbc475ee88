//! What became of the rows of a file, part by part.

use sqlx::FromRow;
use uuid::Uuid;

use super::columns::count;
use super::{Error, Tx, on};
use crate::rules::{Digest, Instant};

/// Some thousand rows of a file that were worked off in one transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// The upload.
    pub upload: Uuid,
    /// Its place in the file, from 1.
    pub part: u32,
    /// The first row, from 1.
    pub first_row: u32,
    /// The last row.
    pub last_row: u32,
    /// Rows; always accepted + repeated + rejected.
    pub submitted: u32,
    /// Rows that were stored.
    pub accepted: u32,
    /// Of the accepted, those that correct an earlier version.
    pub corrected: u32,
    /// Of the accepted, those that name somebody by name only.
    pub set_aside: u32,
    /// Rows that were known already.
    pub repeated: u32,
    /// Rows with faults.
    pub rejected: u32,
    /// The digest of the accepted rows: SHA-256 over the digests of their contents, in their order.
    pub rows_digest: Digest,
    /// The object with the lines about repeated and superseding rows.
    pub listed: Option<Digest>,
    /// The object with what was refused by what is stored already, beside the faults that the file shows by itself.
    pub refused: Option<Digest>,
    /// When it was stored.
    pub received_at: Instant,
}

/// A part as its row has it.
#[derive(FromRow)]
struct Kept {
    upload: Uuid,
    part: i64,
    first_row: i64,
    last_row: i64,
    submitted: i64,
    accepted: i64,
    corrected: i64,
    set_aside: i64,
    repeated: i64,
    rejected: i64,
    rows_digest: Digest,
    listed: Option<Digest>,
    refused: Option<Digest>,
    received_at: Instant,
}

impl TryFrom<Kept> for Part {
    type Error = Error;

    fn try_from(row: Kept) -> Result<Self, Error> {
        Ok(Self {
            upload: row.upload,
            part: count(row.part)?,
            first_row: count(row.first_row)?,
            last_row: count(row.last_row)?,
            submitted: count(row.submitted)?,
            accepted: count(row.accepted)?,
            corrected: count(row.corrected)?,
            set_aside: count(row.set_aside)?,
            repeated: count(row.repeated)?,
            rejected: count(row.rejected)?,
            rows_digest: row.rows_digest,
            listed: row.listed,
            refused: row.refused,
            received_at: row.received_at,
        })
    }
}

/// Stores a part, in the transaction of its records.
///
/// # Errors
/// [`Error::Conflict`] where it is there already.
pub async fn insert(tx: &mut Tx, part: &Part) -> Result<(), Error> {
    const SQL: &str = "
        INSERT INTO upload_part (upload, part, first_row, last_row, submitted, accepted, corrected, set_aside, repeated, rejected,
            rows_digest, listed, refused, received_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)";
    on!(tx, |conn| sqlx::query(SQL)
        .bind(part.upload)
        .bind(i64::from(part.part))
        .bind(i64::from(part.first_row))
        .bind(i64::from(part.last_row))
        .bind(i64::from(part.submitted))
        .bind(i64::from(part.accepted))
        .bind(i64::from(part.corrected))
        .bind(i64::from(part.set_aside))
        .bind(i64::from(part.repeated))
        .bind(i64::from(part.rejected))
        .bind(part.rows_digest)
        .bind(part.listed)
        .bind(part.refused)
        .bind(part.received_at)
        .execute(conn)
        .await?
        .rows_affected());
    Ok(())
}

/// The parts of an upload, in order.
pub async fn of(tx: &mut Tx, upload: Uuid) -> Result<Vec<Part>, Error> {
    const SQL: &str = "SELECT * FROM upload_part WHERE upload = $1 ORDER BY part";
    let rows: Vec<Kept> = on!(tx, |conn| sqlx::query_as(SQL).bind(upload).fetch_all(conn).await?);
    rows.into_iter().map(Part::try_from).collect()
}
