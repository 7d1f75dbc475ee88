//! The journal: every act that matters, each entry chained to the one before by a digest.
//!
//! The digest of an entry is that of its canonical JSON (RFC 8785), which holds the digest of the entry before. Changing,
//! removing or reordering entries breaks the chain; cutting off its end contradicts the head kept in `series`.

use serde_json::{Value, json};
use sqlx::{FromRow, QueryBuilder};

use super::{DigestOf, Error, Tx, on};
use crate::rules::{Digest, Instant};

/// Entries read at once while checking.
const PAGE: i64 = 1000;

/// Something that was done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// When.
    pub at: Instant,
    /// Who did it.
    pub actor: String,
    /// What was done, in one word.
    pub act: String,
    /// On what, such as the number of a report.
    pub object: String,
    /// How it ended, in one word.
    pub result: String,
    /// Whatever else is to be remembered. No personal data: the journal forgets nothing.
    pub details: Value,
}

/// An entry in its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// Its number, from 1.
    pub seq: i64,
    /// The entry.
    pub entry: Entry,
    /// The digest of the entry before; zeros for the first.
    pub previous: Digest,
    /// The digest of this one.
    pub digest: Digest,
}

/// What checking found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Checked {
    /// Every entry is as it was written.
    Whole {
        /// How many there are.
        entries: i64,
        /// The digest of the last one: keep it elsewhere to notice a journal that was replaced as a whole.
        head: Digest,
    },
    /// The chain is broken.
    Broken {
        /// The first entry that is missing or not as it was written.
        seq: i64,
        /// What is wrong with it.
        fault: &'static str,
    },
}

/// An entry as its row has it. Details are text, so that they come back byte for byte.
#[derive(FromRow)]
struct Row {
    seq: i64,
    at: Instant,
    actor: String,
    act: String,
    object: String,
    result: String,
    details: String,
    previous: Digest,
    digest: Digest,
}

impl Row {
    /// The bytes whose digest is the entry's.
    fn canonical(&self) -> Result<Vec<u8>, Error> {
        canonical(&json!({
            "seq": self.seq, "at": self.at, "actor": self.actor, "act": self.act, "object": self.object,
            "result": self.result, "details": self.details, "previous": self.previous,
        }))
    }

    fn link(self) -> Result<Link, Error> {
        let details = serde_json::from_str(&self.details);
        Ok(Link {
            seq: self.seq,
            entry: Entry {
                at: self.at,
                actor: self.actor,
                act: self.act,
                object: self.object,
                result: self.result,
                details: details.map_err(|_| Error::Corrupt("details of a journal entry".into()))?,
            },
            previous: self.previous,
            digest: self.digest,
        })
    }
}

fn canonical(value: &Value) -> Result<Vec<u8>, Error> {
    serde_json_canonicalizer::to_vec(value)
        .map_err(|_| Error::Corrupt("a journal entry that cannot be written".into()))
}

/// Waits for the journal and keeps it until the transaction ends: whoever holds it knows that nobody else is about to
/// make something known with an earlier time.
pub async fn hold(tx: &mut Tx) -> Result<(), Error> {
    const SQL: &str = "UPDATE series SET last = last WHERE name = 'journal'";
    on!(tx, |conn| sqlx::query(SQL).execute(conn).await?.rows_affected());
    Ok(())
}

/// The last entry's time; `None` in an empty journal.
pub async fn last_at(tx: &mut Tx) -> Result<Option<Instant>, Error> {
    const SQL: &str = "SELECT at FROM journal ORDER BY seq DESC LIMIT 1";
    Ok(on!(tx, |conn| sqlx::query_scalar(SQL).fetch_optional(conn).await?))
}

/// Adds an entry and tells its place. Until the transaction ends, other entries wait: do this last.
pub async fn append(tx: &mut Tx, entry: &Entry, digest_of: DigestOf) -> Result<Link, Error> {
    // Taking the next number locks the head, and gives the newest one even to a transaction that had to wait.
    const NEXT: &str = "UPDATE series SET last = last + 1 WHERE name = 'journal' RETURNING last, digest";
    const SQL: &str = "
        INSERT INTO journal (seq, at, actor, act, object, result, details, previous, digest)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    const HEAD: &str = "UPDATE series SET digest = $1 WHERE name = 'journal'";

    let details = String::from_utf8(canonical(&entry.details)?);
    let (seq, previous): (i64, Digest) = on!(&mut *tx, |conn| sqlx::query_as(NEXT).fetch_one(conn).await?);
    let mut row = Row {
        seq,
        at: entry.at,
        actor: entry.actor.clone(),
        act: entry.act.clone(),
        object: entry.object.clone(),
        result: entry.result.clone(),
        details: details.map_err(|_| Error::Corrupt("details of a journal entry".into()))?,
        previous,
        digest: Digest::ZERO,
    };
    row.digest = digest_of(&row.canonical()?);
    on!(&mut *tx, |conn| sqlx::query(SQL)
        .bind(row.seq)
        .bind(row.at)
        .bind(&row.actor)
        .bind(&row.act)
        .bind(&row.object)
        .bind(&row.result)
        .bind(&row.details)
        .bind(row.previous)
        .bind(row.digest)
        .execute(conn)
        .await?
        .rows_affected());
    on!(tx, |conn| sqlx::query(HEAD).bind(row.digest).execute(conn).await?.rows_affected());
    row.link()
}

/// The entries after a number, in order.
pub async fn after(tx: &mut Tx, seq: i64, limit: u32) -> Result<Vec<Link>, Error> {
    rows(tx, seq, i64::from(limit)).await?.into_iter().map(Row::link).collect()
}

/// The entries about one object, in order.
pub async fn about(tx: &mut Tx, object: &str) -> Result<Vec<Link>, Error> {
    const SQL: &str = "SELECT * FROM journal WHERE object = $1 ORDER BY seq";
    let rows: Vec<Row> = on!(tx, |conn| sqlx::query_as(SQL).bind(object).fetch_all(conn).await?);
    rows.into_iter().map(Row::link).collect()
}

/// Which entries are meant; what is missing matches all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Those of whom this names, whole: an account or a client also without its mark.
    pub actor: Option<String>,
    /// Those with this act.
    pub act: Option<String>,
    /// Those on this object.
    pub object: Option<String>,
    /// Those at this instant or later.
    pub from: Option<Instant>,
    /// Those before this instant.
    pub before: Option<Instant>,
    /// Those with a lower number.
    pub below: Option<i64>,
}

/// The entries that a filter means, the newest first.
pub async fn search(tx: &mut Tx, filter: &Filter, limit: u32) -> Result<Vec<Link>, Error> {
    let rows: Vec<Row> = on!(tx, |conn| {
        let mut sql = QueryBuilder::new("SELECT * FROM journal WHERE seq < ");
        sql.push_bind(filter.below.unwrap_or(i64::MAX));
        if let Some(actor) = &filter.actor {
            sql.push(" AND actor IN (").push_bind(actor).push(", ").push_bind(format!("@{actor}"));
            sql.push(", ").push_bind(format!("client:{actor}")).push(")");
        }
        if let Some(act) = &filter.act {
            sql.push(" AND act = ").push_bind(act);
        }
        if let Some(object) = &filter.object {
            sql.push(" AND object = ").push_bind(object);
        }
        if let Some(from) = filter.from {
            sql.push(" AND at >= ").push_bind(from);
        }
        if let Some(before) = filter.before {
            sql.push(" AND at < ").push_bind(before);
        }
        sql.push(" ORDER BY seq DESC LIMIT ").push_bind(i64::from(limit));
        sql.build_query_as().fetch_all(conn).await?
    });
    rows.into_iter().map(Row::link).collect()
}

/// Walks the whole chain and names the first entry that is not as it was written.
pub async fn check(tx: &mut Tx, digest_of: DigestOf) -> Result<Checked, Error> {
    const HEAD: &str = "SELECT last, digest FROM series WHERE name = 'journal'";
    let (mut seq, mut previous) = (0, Digest::ZERO);
    loop {
        let page = rows(tx, seq, PAGE).await?;
        for row in &page {
            seq += 1;
            let fault = if row.seq != seq {
                "missing"
            } else if row.previous != previous {
                "not chained to the entry before"
            } else if row.digest != digest_of(&row.canonical()?) {
                "changed"
            } else {
                previous = row.digest;
                continue;
            };
            return Ok(Checked::Broken { seq, fault });
        }
        if page.is_empty() {
            break;
        }
    }
    let (entries, head): (i64, Digest) = on!(tx, |conn| sqlx::query_as(HEAD).fetch_one(conn).await?);
    Ok(if (entries, head) == (seq, previous) {
        Checked::Whole { entries, head }
    } else {
        Checked::Broken { seq: seq + 1, fault: "missing at the end" }
    })
}

/// The rows after a number, in order.
async fn rows(tx: &mut Tx, seq: i64, limit: i64) -> Result<Vec<Row>, Error> {
    const SQL: &str = "SELECT * FROM journal WHERE seq > $1 ORDER BY seq LIMIT $2";
    Ok(on!(tx, |conn| sqlx::query_as(SQL).bind(seq).bind(limit).fetch_all(conn).await?))
}
