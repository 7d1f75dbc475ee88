//! Where mail to accounts goes, and the places that accounts were used from.

use sqlx::{FromRow, QueryBuilder};
use uuid::Uuid;

use super::columns::push_list;
use super::{Error, Tx, on};
use crate::rules::{AccountRole, Digest, Instant};

/// Where mail to an account goes.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct Mailbox {
    /// The account.
    pub account: Uuid,
    /// The address.
    pub address: String,
    /// What mail is about, in words.
    pub kinds: String,
    /// What makes, with the operator's key, the link that confirms the address; none once it is confirmed.
    pub number: Option<Digest>,
    /// Until when the link may be used.
    pub until: Option<Instant>,
    /// When the address was confirmed: nothing else goes there before.
    pub confirmed_at: Option<Instant>,
}

/// The mailbox of an account.
pub async fn of(tx: &mut Tx, account: Uuid) -> Result<Option<Mailbox>, Error> {
    const SQL: &str =
        "SELECT account, address, kinds, number, until, confirmed_at FROM mailbox WHERE account = $1";
    Ok(on!(tx, |conn| sqlx::query_as(SQL).bind(account).fetch_optional(conn).await?))
}

/// Sets the mailbox of an account.
pub async fn set(tx: &mut Tx, mailbox: &Mailbox) -> Result<(), Error> {
    const SQL: &str = "
        INSERT INTO mailbox (account, address, kinds, number, until, confirmed_at) VALUES ($1, $2, $3, $4, $5, $6)
        ON CONFLICT (account) DO UPDATE SET address = excluded.address, kinds = excluded.kinds,
            number = excluded.number, until = excluded.until, confirmed_at = excluded.confirmed_at";
    on!(tx, |conn| sqlx::query(SQL)
        .bind(mailbox.account)
        .bind(&mailbox.address)
        .bind(&mailbox.kinds)
        .bind(mailbox.number)
        .bind(mailbox.until)
        .bind(mailbox.confirmed_at)
        .execute(conn)
        .await?
        .rows_affected());
    Ok(())
}

/// Takes the mailbox of an account away; false where it had none.
pub async fn remove(tx: &mut Tx, account: Uuid) -> Result<bool, Error> {
    const SQL: &str = "DELETE FROM mailbox WHERE account = $1";
    Ok(on!(tx, |conn| sqlx::query(SQL).bind(account).execute(conn).await?.rows_affected()) == 1)
}

/// Accounts in use with a confirmed mailbox whose role is one of these, and stands for one of these objects where any is named.
pub async fn of_roles(
    tx: &mut Tx,
    roles: &[AccountRole],
    objects: Option<&[String]>,
) -> Result<Vec<Uuid>, Error> {
    if objects.is_some_and(<[String]>::is_empty) {
        return Ok(Vec::new());
    }
    Ok(on!(tx, |conn| {
        let mut sql = QueryBuilder::new(
            "SELECT a.id FROM account a JOIN mailbox m ON m.account = a.id
            WHERE a.state = 'active' AND m.confirmed_at IS NOT NULL AND a.role IN ",
        );
        push_list(&mut sql, roles.iter().copied());
        if let Some(objects) = objects {
            sql.push(" AND a.id IN (SELECT g.account FROM account_role g WHERE g.object IN ");
            push_list(&mut sql, objects);
            sql.push(")");
        }
        sql.push(" ORDER BY a.id");
        sql.build_query_scalar().fetch_all(conn).await?
    }))
}

/// Notes that an account was used from a place. Tells whether that is new, while others were known.
pub async fn used_from(tx: &mut Tx, account: Uuid, place: Digest, at: Instant) -> Result<bool, Error> {
    const OTHERS: &str = "SELECT EXISTS (SELECT 1 FROM sign_in_place WHERE account = $1)";
    const SQL: &str = "INSERT INTO sign_in_place (account, place, at) VALUES ($1, $2, $3)
        ON CONFLICT (account, place) DO NOTHING";
    let others: bool = on!(&mut *tx, |conn| sqlx::query_scalar(OTHERS).bind(account).fetch_one(conn).await?);
    let new = on!(tx, |conn| sqlx::query(SQL)
        .bind(account)
        .bind(place)
        .bind(at)
        .execute(conn)
        .await?
        .rows_affected());
    Ok(others && new == 1)
}
