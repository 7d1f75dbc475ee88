//! Files that somebody checks before they are stored, and what was found in them.

use sqlx::FromRow;
use uuid::Uuid;

use super::{Error, Tx, on};
use crate::rules::{CreditCode, DomainId, Instant};

/// A file that was checked.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct Draft {
    /// Its id.
    pub id: Uuid,
    /// For which authority.
    pub authority: CreditCode,
    /// The domain, where all of the file is about one.
    pub domain: Option<DomainId>,
    /// Who brought it, as the journal names them.
    pub owner: String,
    /// Its name.
    pub file_name: String,
    /// The file; none where it is too large to be kept, and where it was stored.
    pub file: Option<Vec<u8>>,
    /// How it was to be read, as its flow writes it.
    pub settings: Vec<u8>,
    /// What was found, as its flow writes it.
    pub found: Vec<u8>,
    /// The rejected rows as a file, where they are not kept with an upload.
    pub rejects: Option<Vec<u8>>,
    /// The upload that it became.
    pub upload: Option<Uuid>,
    /// When it came.
    pub received_at: Instant,
}

/// Keeps one.
pub async fn insert(tx: &mut Tx, draft: &Draft) -> Result<(), Error> {
    const SQL: &str = "
        INSERT INTO draft (id, authority, domain, owner, file_name, file, settings, found, rejects, upload, received_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";
    on!(tx, |conn| sqlx::query(SQL)
        .bind(draft.id)
        .bind(draft.authority)
        .bind(&draft.domain)
        .bind(&draft.owner)
        .bind(&draft.file_name)
        .bind(&draft.file)
        .bind(&draft.settings)
        .bind(&draft.found)
        .bind(&draft.rejects)
        .bind(draft.upload)
        .bind(draft.received_at)
        .execute(conn)
        .await?
        .rows_affected());
    Ok(())
}

/// The one with an id.
pub async fn by_id(tx: &mut Tx, id: Uuid) -> Result<Option<Draft>, Error> {
    const SQL: &str = "SELECT * FROM draft WHERE id = $1";
    Ok(on!(tx, |conn| sqlx::query_as(SQL).bind(id).fetch_optional(conn).await?))
}

/// The one that became an upload.
pub async fn of_upload(tx: &mut Tx, upload: Uuid) -> Result<Option<Draft>, Error> {
    const SQL: &str = "SELECT * FROM draft WHERE upload = $1 ORDER BY received_at, id LIMIT 1";
    Ok(on!(tx, |conn| sqlx::query_as(SQL).bind(upload).fetch_optional(conn).await?))
}

/// Forgets one.
pub async fn forget(tx: &mut Tx, id: Uuid) -> Result<(), Error> {
    const SQL: &str = "DELETE FROM draft WHERE id = $1";
    on!(tx, |conn| sqlx::query(SQL).bind(id).execute(conn).await?.rows_affected());
    Ok(())
}

/// Forgets those that came before an instant and became nothing, and those that came before another and were stored. Tells how
/// many.
pub async fn forget_before(tx: &mut Tx, unused: Instant, stored: Instant) -> Result<u64, Error> {
    const SQL: &str = "DELETE FROM draft WHERE (upload IS NULL AND received_at < $1) OR received_at < $2";
    Ok(on!(tx, |conn| sqlx::query(SQL).bind(unused).bind(stored).execute(conn).await?.rows_affected()))
}
