//! Organisations of which one may be the other: of the one a code with check characters is known, of the other, which has the same name, only
//! codes that are typed with less care. What is recorded of the other may be about the one.

use std::collections::{BTreeMap, BTreeSet};

use sqlx::{FromRow, QueryBuilder};
use uuid::Uuid;

use super::columns::push_list;
use super::{Error, Tx, on, subjects};
use crate::rules::{Instant, Scheme};

/// Rows a statement.
const CHUNK: usize = 100;

/// A pair that nobody has merged or told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, FromRow)]
pub struct Pair {
    /// The one, of whom a code with check characters is known.
    pub subject: Uuid,
    /// The other, of whom none is.
    pub other: Uuid,
    /// Since when this is known.
    pub since: Instant,
}

/// What the codes of a subject tell.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Known {
    /// A person: its number is all it has.
    Person,
    /// An organisation, by a credit code or an organisation code.
    Surely,
    /// An organisation, by other codes alone.
    Unchecked,
}

/// Remembers who may be whom, after subjects became known by these names; pairs that are known stay as they are.
pub async fn link(tx: &mut Tx, names: &[String], at: Instant) -> Result<(), Error> {
    const ANY: &str = "SELECT EXISTS (SELECT 1 FROM subject_code
        WHERE place = 0 AND organisation IS NULL AND scheme <> 'identity-number')";
    if names.is_empty() || !on!(&mut *tx, |conn| sqlx::query_scalar::<_, bool>(ANY).fetch_one(conn).await?) {
        return Ok(());
    }
    let bearers = subjects::ids_by_names(tx, names).await?;
    let groups: Vec<&Vec<Uuid>> = bearers.values().filter(|ids| ids.len() > 1).collect();
    let known = known(tx, groups.iter().copied().flatten().copied().collect()).await?;
    let are = |ids: &[Uuid], what| -> Vec<Uuid> {
        ids.iter().copied().filter(|id| known.get(id) == Some(&what)).collect()
    };
    let mut pairs = BTreeSet::new();
    for ids in groups {
        for one in are(ids, Known::Surely) {
            pairs.extend(are(ids, Known::Unchecked).into_iter().map(|other| (one, other)));
        }
    }
    let pairs: Vec<(Uuid, Uuid)> = pairs.into_iter().collect();
    for chunk in pairs.chunks(tx.chunk(CHUNK)) {
        on!(&mut *tx, |conn| {
            let mut sql = QueryBuilder::new("INSERT INTO namesake (subject, other, since) ");
            sql.push_values(chunk, |mut row, (subject, other)| {
                row.push_bind(*subject).push_bind(*other).push_bind(at);
            });
            sql.push(" ON CONFLICT (subject, other) DO NOTHING");
            sql.build().execute(conn).await?.rows_affected()
        });
    }
    Ok(())
}

/// What the codes of subjects tell.
async fn known(tx: &mut Tx, ids: BTreeSet<Uuid>) -> Result<BTreeMap<Uuid, Known>, Error> {
    let ids: Vec<Uuid> = ids.into_iter().collect();
    let mut known = BTreeMap::new();
    for chunk in ids.chunks(tx.chunk(CHUNK)) {
        let rows: Vec<(Uuid, Scheme, bool)> = on!(&mut *tx, |conn| {
            let mut sql =
                QueryBuilder::new("SELECT subject, scheme, organisation IS NOT NULL FROM subject_code");
            push_list(sql.push(" WHERE subject IN "), chunk);
            sql.build_query_as().fetch_all(conn).await?
        });
        for (id, scheme, checked) in rows {
            let told = known.entry(id).or_insert(Known::Unchecked);
            if scheme == Scheme::IdentityNumber {
                *told = Known::Person;
            } else if checked {
                *told = Known::Surely;
            }
        }
    }
    Ok(known)
}

/// Who may be one of these subjects at an instant, beside those that were merged into them. Whoever is known by a code with check
/// characters since then, or was merged into somebody, is nobody else.
pub async fn of(tx: &mut Tx, ids: &[Uuid], as_of: Instant) -> Result<Vec<Uuid>, Error> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    Ok(on!(tx, |conn| {
        let mut sql = QueryBuilder::new("SELECT DISTINCT n.other FROM namesake n WHERE n.subject IN ");
        push_list(&mut sql, ids);
        sql.push(" AND n.since <= ").push_bind(as_of);
        sql.push(" AND (n.settled_at IS NULL OR n.settled_at > ").push_bind(as_of);
        sql.push(") AND ").push(STANDS).push(" ORDER BY n.other");
        sql.build_query_scalar().fetch_all(conn).await?
    }))
}

/// The other one of a pair is still known by unchecked codes alone, and by itself.
const STANDS: &str =
    "NOT EXISTS (SELECT 1 FROM subject_code c WHERE c.subject = n.other AND c.organisation IS NOT NULL)
    AND NOT EXISTS (SELECT 1 FROM subject_relation m
        WHERE m.subject = n.other AND m.kind = 'merged-into' AND m.to_day IS NULL)";

/// The open pairs, oldest first: of this subject, whichever of the two it is, or of all; so many at most.
pub async fn open(tx: &mut Tx, of: Option<Uuid>, limit: u32) -> Result<Vec<Pair>, Error> {
    Ok(on!(tx, |conn| {
        let mut sql = QueryBuilder::new(
            "SELECT n.subject, n.other, n.since FROM namesake n WHERE n.settled_at IS NULL",
        );
        if let Some(id) = of {
            sql.push(" AND (n.subject = ").push_bind(id).push(" OR n.other = ").push_bind(id).push(")");
        }
        sql.push(" AND ").push(STANDS).push(" ORDER BY n.since, n.subject, n.other LIMIT ");
        sql.push_bind(i64::from(limit));
        sql.build_query_as().fetch_all(conn).await?
    }))
}

/// Tells two apart, for good.
///
/// # Errors
/// [`Error::Conflict`] where they are no open pair.
pub async fn tell_apart(
    tx: &mut Tx,
    subject: Uuid,
    other: Uuid,
    by: &str,
    reason: &str,
    at: Instant,
) -> Result<(), Error> {
    const SQL: &str = "UPDATE namesake SET settled_at = $3, settled_by = $4, reason = $5
        WHERE subject = $1 AND other = $2 AND settled_at IS NULL";
    let told = on!(tx, |conn| sqlx::query(SQL)
        .bind(subject)
        .bind(other)
        .bind(at)
        .bind(by)
        .bind(reason)
        .execute(conn)
        .await?
        .rows_affected());
    if told == 1 { Ok(()) } else { Err(Error::Conflict) }
}
