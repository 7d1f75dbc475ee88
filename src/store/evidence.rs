//! What was brought as evidence in cases; the bytes are objects.

use super::cases::Case;
use super::columns::count;
use super::{Error, Tx, on};
use crate::rules::{Digest, Instant, Party};

/// A piece of evidence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evidence {
    /// Its place in the case, from 1.
    pub place: u32,
    /// The digest of its bytes, under which they are kept.
    pub digest: Digest,
    /// Its name as it was brought.
    pub name: String,
    /// What its content shows it to be.
    pub media_type: String,
    /// Its length in bytes.
    pub bytes: u64,
    /// As what somebody brought it.
    pub party: Party,
    /// Who.
    pub actor: String,
    /// When.
    pub at: Instant,
}

/// A piece of evidence as its row has it.
type EvidenceRow = (i64, Digest, String, String, i64, Party, String, Instant);

/// The evidence of a case, in the order it was brought.
pub async fn of(tx: &mut Tx, case: &Case) -> Result<Vec<Evidence>, Error> {
    const SQL: &str = "SELECT place, digest, name, media_type, bytes, party, actor, at FROM case_evidence
        WHERE subject = $1 AND case_id = $2 ORDER BY place";
    let rows: Vec<EvidenceRow> =
        on!(tx, |conn| sqlx::query_as(SQL).bind(case.subject).bind(case.id).fetch_all(conn).await?);
    let piece = |(place, digest, name, media_type, bytes, party, actor, at): EvidenceRow| {
        let bytes = u64::try_from(bytes).map_err(|_| Error::Corrupt("a length below nothing".into()))?;
        Ok(Evidence { place: count(place)?, digest, name, media_type, bytes, party, actor, at })
    };
    rows.into_iter().map(piece).collect()
}

/// Adds a piece of evidence.
///
/// # Errors
/// [`Error::Conflict`] where its place is taken, or the same bytes are there already.
pub async fn add(tx: &mut Tx, case: &Case, piece: &Evidence) -> Result<(), Error> {
    const SQL: &str = "
        INSERT INTO case_evidence (subject, case_id, place, digest, name, media_type, bytes, party, actor, at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
    on!(tx, |conn| sqlx::query(SQL)
        .bind(case.subject)
        .bind(case.id)
        .bind(i64::from(piece.place))
        .bind(piece.digest)
        .bind(&piece.name)
        .bind(&piece.media_type)
        .bind(i64::try_from(piece.bytes).unwrap_or(i64::MAX))
        .bind(piece.party)
        .bind(&piece.actor)
        .bind(piece.at)
        .execute(conn)
        .await?
        .rows_affected());
    Ok(())
}
