//! The authorities, and what they may speak on.

use sqlx::types::Json;

use super::{Error, Tx, on};
use crate::rules::{Authority, CreditCode, DomainId, Instant};

/// An authority as its row has it.
type Row = (CreditCode, String, String, Option<String>, Json<Vec<DomainId>>, Json<Vec<CreditCode>>);

fn authority((code, zh, en, contact, Json(domains), Json(organs)): Row) -> Authority {
    Authority { code, zh, en, contact, domains, organs }
}

/// Stores an authority as it is now: new, or in place of what was known under its code.
pub async fn save(tx: &mut Tx, authority: &Authority, at: Instant) -> Result<(), Error> {
    const SQL: &str = "
        INSERT INTO authority (code, zh, en, contact, domains, organs, updated_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7)
        ON CONFLICT (code) DO UPDATE SET zh = excluded.zh, en = excluded.en, contact = excluded.contact,
            domains = excluded.domains, organs = excluded.organs, updated_at = excluded.updated_at";
    on!(tx, |conn| sqlx::query(SQL)
        .bind(authority.code)
        .bind(&authority.zh)
        .bind(&authority.en)
        .bind(&authority.contact)
        .bind(Json(&authority.domains))
        .bind(Json(&authority.organs))
        .bind(at)
        .execute(conn)
        .await?
        .rows_affected());
    Ok(())
}

/// The authority with a code.
pub async fn by_code(tx: &mut Tx, code: CreditCode) -> Result<Option<Authority>, Error> {
    const SQL: &str = "SELECT code, zh, en, contact, domains, organs FROM authority WHERE code = $1";
    let row: Option<Row> = on!(tx, |conn| sqlx::query_as(SQL).bind(code).fetch_optional(conn).await?);
    Ok(row.map(authority))
}

/// Every authority, by code.
pub async fn all(tx: &mut Tx) -> Result<Vec<Authority>, Error> {
    const SQL: &str = "SELECT code, zh, en, contact, domains, organs FROM authority ORDER BY code";
    let rows: Vec<Row> = on!(tx, |conn| sqlx::query_as(SQL).fetch_all(conn).await?);
    Ok(rows.into_iter().map(authority).collect())
}
