//! Whom rows that are kept aside or were rejected may be about: links from subjects to rows, and from codes that nobody here has, in tables
//! of their own for each kind of row.

use std::collections::{BTreeSet, HashMap};

use sqlx::QueryBuilder;
use time::Date;
use uuid::Uuid;

use super::columns::push_list;
use super::{Error, Tx, on};
use crate::rules::{DomainId, RecordKey, SubjectCode};

/// Links a statement.
const CHUNK: usize = 100;

/// A good row that came, as far as it stands in for waiting ones about the same record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Came {
    /// The record.
    pub key: RecordKey,
    /// What it brought.
    pub brought: Brought,
}

/// What a good row brought.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Brought {
    /// The record as it is from now on.
    Content,
    /// What was known: it stands in for rows of the same domain and day only, which the record already shows.
    Nothing(DomainId, Date),
    /// Something that was done to the record: it stands in for rows that were to do something.
    Operation,
}

impl Came {
    /// Whether it stands in for a waiting row: with content for some domains and perhaps a day, or one that was to do something.
    pub(super) fn settles(&self, domains: &[DomainId], decided_on: Option<Date>, operates: bool) -> bool {
        match &self.brought {
            Brought::Content => true,
            Brought::Nothing(domain, day) => {
                !operates && domains == [domain.clone()] && decided_on == Some(*day)
            }
            Brought::Operation => operates,
        }
    }
}

/// A table of links, and its column with the row.
#[derive(Clone, Copy)]
pub(super) struct Links {
    table: &'static str,
    row: &'static str,
}

/// A table of codes under which rows wait, the rows' own, and when a row waits no more.
#[derive(Clone, Copy)]
pub(super) struct Awaits {
    table: &'static str,
    row: &'static str,
    over: &'static str,
}

/// Of rejected rows.
pub(super) const AWAITED_BY_REJECTIONS: Awaits =
    Awaits { table: "rejection_awaits", row: "rejection", over: "closed_at" };

/// Of rows kept aside.
pub(super) const AWAITED_BY_CANDIDATES: Awaits =
    Awaits { table: "candidate_awaits", row: "candidate", over: "resolved_at" };

/// A code in one word.
pub(super) fn word(code: &SubjectCode) -> String {
    format!("{}:{}", code.scheme, code.value)
}

impl Awaits {
    /// Lets new rows wait under codes, each row once under a code.
    pub(super) async fn add(self, tx: &mut Tx, codes: &[(String, Uuid)]) -> Result<(), Error> {
        for chunk in codes.chunks(tx.chunk(CHUNK)) {
            on!(&mut *tx, |conn| {
                let mut sql = QueryBuilder::new("INSERT INTO ");
                sql.push(self.table).push(" (code, ").push(self.row).push(") ");
                sql.push_values(chunk, |mut row, (code, id)| {
                    row.push_bind(code).push_bind(*id);
                });
                sql.build().execute(conn).await?.rows_affected()
            });
        }
        Ok(())
    }

    /// The open rows that wait under some codes; there must be one.
    pub(super) async fn open(self, tx: &mut Tx, codes: &[&str]) -> Result<Vec<(String, Uuid)>, Error> {
        Ok(on!(tx, |conn| {
            let mut sql = QueryBuilder::new("SELECT a.code, r.id FROM ");
            sql.push(self.table).push(" a JOIN ").push(self.row).push(" r ON r.id = a.").push(self.row);
            sql.push(" WHERE r.").push(self.over).push(" IS NULL AND a.code IN ");
            push_list(&mut sql, codes.iter().map(|code| (*code).to_owned()));
            sql.build_query_as().fetch_all(conn).await?
        }))
    }
}

/// Of rows kept aside.
pub(super) const CANDIDATES: Links = Links { table: "candidate_subject", row: "candidate" };
/// Of rejected rows.
pub(super) const REJECTIONS: Links = Links { table: "rejection_subject", row: "rejection" };

impl Links {
    /// Adds links from subjects to rows, but for those that are there; tells how many were added.
    pub(super) async fn add(self, tx: &mut Tx, links: &[(Uuid, Uuid)]) -> Result<u64, Error> {
        let mut added = 0;
        for chunk in links.chunks(tx.chunk(CHUNK)) {
            added += on!(&mut *tx, |conn| {
                let mut sql = QueryBuilder::new("INSERT INTO ");
                sql.push(self.table).push(" (subject, ").push(self.row).push(") ");
                sql.push_values(chunk, |mut row, (subject, id)| {
                    row.push_bind(*subject).push_bind(*id);
                });
                sql.push(" ON CONFLICT (subject, ").push(self.row).push(") DO NOTHING");
                sql.build().execute(conn).await?.rows_affected()
            });
        }
        Ok(added)
    }
}

/// Pairs who is known under a word with the rows that were found under it; each pair once.
pub(super) fn pairs(known: &[(String, Uuid)], found: &[(String, Uuid)]) -> Vec<(Uuid, Uuid)> {
    let mut ids: HashMap<&str, Vec<Uuid>> = HashMap::new();
    for (word, id) in found {
        ids.entry(word).or_default().push(*id);
    }
    let of = |(word, who): &(String, Uuid)| {
        let ids = ids.get(word.as_str()).into_iter().flatten();
        ids.map(|id| (*who, *id)).collect::<Vec<_>>()
    };
    let all: BTreeSet<(Uuid, Uuid)> = known.iter().flat_map(of).collect();
    all.into_iter().collect()
}
