//! Reminders of cases: each is given once.

use sqlx::{FromRow, QueryBuilder};
use uuid::Uuid;

use super::cases::Case;
use super::columns::push_desks;
use super::{Error, Tx, on};
use crate::rules::{CreditCode, Desk, Instant, Reminder};

/// A reminder that was given.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct Given {
    /// The case.
    pub case_id: Uuid,
    /// Of what.
    pub reminder: Reminder,
    /// Whose case it is.
    pub authority: Option<CreditCode>,
    /// When the part of the case is or was due.
    pub due_at: Instant,
    /// When it was given.
    pub at: Instant,
}

/// Gives a reminder, and lays down when the next one is due. Tells whether it was new.
pub async fn give(tx: &mut Tx, case: &Case, given: &Given, next: Option<Instant>) -> Result<bool, Error> {
    const SQL: &str = "
        INSERT INTO case_reminder (subject, case_id, place, reminder, authority, due_at, at)
        VALUES ($1, $2, $3, $4, $5, $6, $7)
        ON CONFLICT (subject, case_id, place, reminder) DO NOTHING";
    let new = on!(&mut *tx, |conn| sqlx::query(SQL)
        .bind(case.subject)
        .bind(case.id)
        .bind(i64::from(case.place))
        .bind(given.reminder)
        .bind(given.authority)
        .bind(given.due_at)
        .bind(given.at)
        .execute(conn)
        .await?
        .rows_affected());
    put_off(tx, case, Some(given.due_at), next).await?;
    Ok(new == 1)
}

/// Lays down when the present part of a case is due, and when somebody is to be reminded next.
pub async fn put_off(
    tx: &mut Tx,
    case: &Case,
    due_at: Option<Instant>,
    next: Option<Instant>,
) -> Result<(), Error> {
    const SQL: &str = "UPDATE credit_case SET due_at = $3, remind_at = $4 WHERE subject = $1 AND id = $2";
    on!(tx, |conn| sqlx::query(SQL)
        .bind(case.subject)
        .bind(case.id)
        .bind(due_at)
        .bind(next)
        .execute(conn)
        .await?
        .rows_affected());
    Ok(())
}

/// The reminders given about cases of some desks, or of all; latest first, those given before another.
pub async fn list(
    tx: &mut Tx,
    desks: Option<&[Desk]>,
    before: Option<(Instant, Uuid)>,
    limit: u32,
) -> Result<Vec<Given>, Error> {
    Ok(on!(tx, |conn| {
        let mut sql = QueryBuilder::new(
            "SELECT r.case_id, r.reminder, r.authority, r.due_at, r.at FROM case_reminder r ",
        );
        match desks {
            // Their domains stand in the cases; whom a reminder went to, in the reminder.
            Some(desks) => {
                sql.push(
                    "JOIN (SELECT subject, id, domain FROM credit_case) c ON c.subject = r.subject AND c.id = r.case_id WHERE ",
                );
                push_desks(&mut sql, desks, "");
            }
            None => {
                sql.push("WHERE 1 = 1");
            }
        }
        if let Some((at, id)) = before {
            sql.push(" AND (r.at, r.case_id) < (").push_bind(at).push(", ").push_bind(id).push(")");
        }
        sql.push(" ORDER BY r.at DESC, r.case_id DESC LIMIT ").push_bind(i64::from(limit));
        sql.build_query_as().fetch_all(conn).await?
    }))
}
