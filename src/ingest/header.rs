//! Which row of a file is its header, and which column of which layout each of its columns is.

use std::collections::HashMap;

use super::Context;
use super::file_fault::{FileFault, FileFaultCode};
use super::item::{Item, Required};
use super::layout::{Column, Layout};
use super::rejects;
use crate::rules::normal;

/// So many rows are looked at for the header: titles and notes may stand above it.
pub(super) const ABOVE: usize = 20;

/// A sheet in which fewer names than this are known is no table of records.
const KNOWN: usize = 3;

/// What a column of the file is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Heading {
    /// The column of the layout in this place.
    Known(usize),
    /// A column that the layout does not know; its cells are kept under this name.
    Unknown(String),
    /// One of the columns that a rejects file adds; it is not read.
    Ours,
}

/// The header of a file.
#[derive(Clone, Debug)]
pub(super) struct Header<'a> {
    /// Its place among the rows that were looked at.
    pub(super) at: usize,
    /// The names of the columns.
    pub(super) names: Vec<String>,
    pub(super) layout: &'a Layout,
    pub(super) headings: Vec<Heading>,
}

/// How well a row of names fits a layout.
struct Fit<'a> {
    at: usize,
    names: Vec<String>,
    layout: &'a Layout,
    known: usize,
    lacking: Vec<String>,
}

/// Finds the header among the first rows: the row, and the layout of which it knows all that is required, and the most.
/// A row is `None` where it cannot be read.
pub(super) fn find<'a>(
    rows: &[Option<Vec<String>>],
    context: &Context<'a>,
    wanted: Option<&str>,
) -> Result<Header<'a>, FileFault> {
    let layouts = candidates(context, wanted)?;
    let mut fits = Vec::new();
    for (at, names) in rows.iter().enumerate() {
        let Some(names) = names else { continue };
        let names: Vec<String> = names.iter().map(|name| plain(name)).collect();
        let above = at.checked_sub(1).and_then(|above| rows[above].as_ref());
        let merged = above.map(|above| beneath(above, &names)).filter(|merged| *merged != names);
        for names in std::iter::once(names).chain(merged) {
            fits.extend(layouts.iter().map(|layout| Fit::new(at, names.clone(), layout, context)));
        }
    }
    let most = |complete: bool| {
        let of = fits.iter().rev().filter(|fit| fit.lacking.is_empty() || !complete);
        of.max_by_key(|fit| (fit.known, std::cmp::Reverse(fit.at)))
    };
    let Some(best) = most(true) else {
        let best = most(false).filter(|fit| fit.known > 0 || layouts.len() == 1);
        return Err(best.map_or_else(|| unknown(&layouts), |fit| fit.lacks(layouts.len() > 1, context)));
    };
    let equal = |fit: &&Fit<'_>| {
        fit.lacking.is_empty()
            && (fit.at, fit.known) == (best.at, best.known)
            && fit.layout.id != best.layout.id
    };
    if let Some(other) = fits.iter().find(equal) {
        let detail = format!("{} = {}", best.layout.id, other.layout.id);
        return Err(FileFault::new(FileFaultCode::Layout, detail));
    }
    few_enough(best.names.len(), context)?;
    let names = ended(best.names.clone());
    let headings = headings(&names, best.layout)?;
    Ok(Header { at: best.at, names, layout: best.layout, headings })
}

/// Whether any of the rows seems to be a header.
pub(super) fn seems(rows: &[Option<Vec<String>>], context: &Context<'_>) -> bool {
    let seems = |names: &Vec<String>| {
        let names: Vec<String> = names.iter().map(|name| plain(name)).collect();
        context.layouts.iter().any(|layout| Fit::new(0, names.clone(), layout, context).known >= KNOWN)
    };
    rows.iter().flatten().any(seems)
}

impl<'a> Fit<'a> {
    fn new(at: usize, names: Vec<String>, layout: &'a Layout, context: &Context<'_>) -> Self {
        let mut found = vec![false; layout.columns.len()];
        for name in names.iter().take(context.limits.columns) {
            if let Some(column) = layout.find(name) {
                found[column] = true;
            }
        }
        let says =
            |item| layout.columns.iter().zip(&found).any(|(column, found)| *found && column.item == item);
        // Where rows say what they are about, they say row by row what they lack.
        let (operations, kinds) = (says(Item::Operation), says(Item::RecordKind));
        let needed = |column: &Column| match column.required {
            Required::Always => !operations || matches!(column.item, Item::DocumentNumber | Item::Organ),
            Required::Penalty => !operations && !kinds,
            _ => false,
        };
        let lacking = (layout.columns.iter().zip(&found))
            .filter(|(column, found)| needed(column) && !layout.gives(column.item) && !**found)
            .map(|(column, _)| format!("{} {}", column.name.code, column.name.zh))
            .collect();
        Self { at, names, layout, known: found.iter().filter(|found| **found).count(), lacking }
    }

    fn lacks(&self, several: bool, context: &Context<'_>) -> FileFault {
        if let Err(fault) = few_enough(self.names.len(), context) {
            return fault;
        }
        let lacking = self.lacking.join("、");
        let detail = if several { format!("{}: {lacking}", self.layout.id) } else { lacking };
        FileFault::new(FileFaultCode::MissingColumns, detail)
    }
}

fn few_enough(columns: usize, context: &Context<'_>) -> Result<(), FileFault> {
    let most = context.limits.columns;
    if columns > most {
        return Err(FileFault::new(FileFaultCode::TooManyColumns, format!("{columns} > {most}")));
    }
    Ok(())
}

/// The layouts that a file may follow.
fn candidates<'a>(context: &Context<'a>, wanted: Option<&str>) -> Result<Vec<&'a Layout>, FileFault> {
    let wanted = wanted.or(context.layout);
    let layouts: Vec<&Layout> =
        context.layouts.iter().filter(|layout| wanted.is_none_or(|id| layout.id == id)).collect();
    if layouts.is_empty() {
        let there: Vec<&str> = context.layouts.iter().map(|layout| layout.id.as_str()).collect();
        let detail = format!("{} ≠ {}", wanted.unwrap_or_default(), there.join(", "));
        return Err(FileFault::new(FileFaultCode::Layout, detail));
    }
    Ok(layouts)
}

/// No row of any sheet is a header.
pub(super) fn none(context: &Context<'_>) -> FileFault {
    candidates(context, None).map_or_else(|fault| fault, |layouts| unknown(&layouts))
}

/// No layout knows any of the names: what each of them looks for.
fn unknown(layouts: &[&Layout]) -> FileFault {
    let looked_for = |layout: &&Layout| {
        let required = layout.columns.iter().filter(|column| column.required == Required::Always);
        let names: Vec<&str> = required.map(|column| column.name.code.as_str()).collect();
        format!("{}: {}", layout.id, names.join(", "))
    };
    let detail: Vec<String> = layouts.iter().map(looked_for).collect();
    FileFault::new(FileFaultCode::Layout, detail.join("; "))
}

/// A name as it is compared and kept.
fn plain(name: &str) -> String {
    normal::free_text(name).replace('\n', "")
}

/// A row of names of which some stand in cells merged with the row above.
fn beneath(above: &[String], names: &[String]) -> Vec<String> {
    let name = |at: usize| {
        let own = names.get(at).filter(|name| !name.is_empty()).cloned();
        own.unwrap_or_else(|| above.get(at).map(|name| plain(name)).unwrap_or_default())
    };
    (0..above.len().max(names.len())).map(name).collect()
}

/// Names without those behind the last that says something.
fn ended(mut names: Vec<String>) -> Vec<String> {
    let last = names.iter().rposition(|name| !name.is_empty()).map_or(0, |last| last + 1);
    names.truncate(last);
    names
}

/// What each column is.
pub(super) fn headings(names: &[String], layout: &Layout) -> Result<Vec<Heading>, FileFault> {
    let mut seen = HashMap::new();
    let (mut headings, mut twice) = (Vec::new(), Vec::new());
    for (at, name) in names.iter().enumerate() {
        let heading = match layout.find(name) {
            Some(column) => Heading::Known(column),
            None if rejects::is_ours(name) => Heading::Ours,
            None if name.is_empty() => Heading::Unknown(format!("#{}", at + 1)),
            None => Heading::Unknown(name.clone()),
        };
        let key = match &heading {
            Heading::Known(column) => format!("{column}"),
            Heading::Unknown(kept) => normal::name(kept),
            Heading::Ours => normal::name(name),
        };
        if let Some(first) = seen.insert((matches!(heading, Heading::Known(_)), key), name) {
            twice.push(if first == name { name.clone() } else { format!("{first} = {name}") });
        }
        headings.push(heading);
    }
    if twice.is_empty() {
        Ok(headings)
    } else {
        Err(FileFault::new(FileFaultCode::DuplicateColumns, twice.join("、")))
    }
}
