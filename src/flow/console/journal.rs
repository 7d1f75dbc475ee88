//! The auditor reads the journal: searches it, checks its chain, takes a part of it away as a file.

use serde_json::json;
use time::Date;

use super::Error;
use crate::flow::record::record;
use crate::flow::{Actor, App, moment, trust};
use crate::rules::{Instant, csv_cell};
use crate::store::journal::{self, Filter};

pub use crate::store::journal::Link;

/// Entries of one file at most: what a spreadsheet opens without trouble, and what fits into memory.
pub const LONGEST: u32 = 50_000;

/// Which entries are meant; what is missing matches all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// Who.
    pub actor: Option<String>,
    /// What.
    pub act: Option<String>,
    /// On what.
    pub object: Option<String>,
    /// On this day or later.
    pub from: Option<Date>,
    /// On this day or before.
    pub to: Option<Date>,
}

/// What checking the chain found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Chain {
    /// It holds, with so many entries.
    Whole(i64),
    /// It is broken at an entry.
    Broken(i64, &'static str),
}

/// A file of entries.
#[derive(Clone, Debug)]
pub struct File {
    /// CSV (RFC 4180) in UTF-8 with a byte-order mark, the newest entry first.
    pub csv: String,
    /// There were more entries than [`LONGEST`].
    pub cut: bool,
}

impl Wanted {
    fn filter(&self, below: Option<i64>) -> Filter {
        Filter {
            actor: self.actor.clone(),
            act: self.act.clone(),
            object: self.object.clone(),
            from: self.from.map(Instant::start_of),
            before: self.to.and_then(Date::next_day).map(Instant::start_of),
            below,
        }
    }
}

/// So many entries below a number, the newest first, and whether there are older ones.
pub async fn search(
    app: &App,
    actor: &Actor,
    wanted: &Wanted,
    below: Option<i64>,
    limit: u32,
) -> Result<(Vec<Link>, bool), Error> {
    actor.may_audit()?;
    let mut tx = app.0.store.read().await?;
    let mut found = journal::search(&mut tx, &wanted.filter(below), limit.saturating_add(1)).await?;
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let older = found.len() > limit;
    found.truncate(limit);
    Ok((found, older))
}

/// Follows the chain from the first entry to the last.
pub async fn check(app: &App, actor: &Actor) -> Result<Chain, Error> {
    actor.may_audit()?;
    match trust::check_journal(app).await {
        Ok(entries) => Ok(Chain::Whole(entries)),
        Err(trust::Error::Broken { seq, fault }) => Ok(Chain::Broken(seq, fault)),
        Err(trust::Error::Store(error)) => Err(error.into()),
        Err(trust::Error::Clock(error)) => Err(error.into()),
        // Following the chain signs nothing.
        Err(error) => Err(Error::refused("日志暂时不能核对", error.to_string())),
    }
}

/// Entries as a file; that it was taken away is an entry, too.
pub async fn export(app: &App, actor: &Actor, wanted: &Wanted) -> Result<File, Error> {
    let (found, cut) = search(app, actor, wanted, None, LONGEST).await?;
    let mut csv = "\u{feff}seq,at,actor,act,object,result,details,previous,digest\r\n".to_owned();
    for Link { seq, entry, previous, digest } in &found {
        let cells = [
            seq.to_string(),
            entry.at.to_string(),
            entry.actor.clone(),
            entry.act.clone(),
            entry.object.clone(),
            entry.result.clone(),
            entry.details.to_string(),
            previous.to_string(),
            digest.to_string(),
        ];
        let cells: Vec<String> = cells.iter().map(|cell| csv_cell(cell)).collect();
        csv.push_str(&cells.join(","));
        csv.push_str("\r\n");
    }
    let mut tx = app.0.store.write().await?;
    let now = moment::hold(app, &mut tx).await??;
    let details = json!({ "entries": found.len(), "cut": cut });
    record(&mut tx, now, actor, "journal-export", "journal".to_owned(), details).await?;
    tx.commit().await?;
    Ok(File { csv, cut })
}
