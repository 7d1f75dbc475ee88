//! Which column of the file is which column of the layout.

use std::collections::HashMap;

use super::fault::FaultCode;
use super::file_fault::{FileFault, FileFaultCode};
use super::layout::{Column, Item, Layout, Required};
use super::rejects;
use super::{Context, scan::Record};
use crate::rules::normal;

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

/// Reads the header: what each of its columns is.
pub(super) fn read(record: &Record, text: &str, context: &Context<'_>) -> Result<Vec<Heading>, FileFault> {
    if let Some((FaultCode::Quotes | FaultCode::Truncated | FaultCode::Nul, _)) = record.fault {
        return Err(FileFault::new(FileFaultCode::Header, ""));
    }
    if record.cells > context.limits.columns {
        let detail = format!("{} > {}", record.cells, context.limits.columns);
        return Err(FileFault::new(FileFaultCode::TooManyColumns, detail));
    }
    let names = names(text);
    if let ([_], Some(sign)) =
        (&names[..], ['\t', ';', '；', '，', '|'].iter().find(|sign| text.contains(**sign)))
    {
        let sign = if *sign == '\t' { "Tab".to_owned() } else { sign.to_string() };
        return Err(FileFault::new(FileFaultCode::Separator, sign));
    }
    let headings = headings(&names, context.layout)?;
    let says = |item| {
        let of_item = |heading: &Heading| match heading {
            Heading::Known(at) => context.layout.columns[*at].item == item,
            Heading::Unknown(_) | Heading::Ours => false,
        };
        headings.iter().any(of_item)
    };
    // Where rows say what they are about, they say row by row what they lack.
    let (operations, kinds) = (says(Item::Operation), says(Item::RecordKind));
    let needed = |column: &Column| match column.required {
        Required::Always => !operations || matches!(column.item, Item::DocumentNumber | Item::Organ),
        Required::Penalty => !operations && !kinds,
        _ => false,
    };
    let lacking: Vec<String> = (context.layout.columns.iter().enumerate())
        .filter(|(_, column)| needed(column))
        .filter(|(at, _)| !headings.contains(&Heading::Known(*at)))
        .map(|(_, column)| format!("{} {}", column.name.code, column.name.zh))
        .collect();
    if lacking.is_empty() {
        Ok(headings)
    } else {
        Err(FileFault::new(FileFaultCode::MissingColumns, lacking.join("、")))
    }
}

/// The cells of one record.
fn names(text: &str) -> Vec<String> {
    let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text.as_bytes());
    let record = reader.records().next().and_then(Result::ok).unwrap_or_default();
    record.iter().map(|name| normal::free_text(name).replace('\n', "")).collect()
}

fn headings(names: &[String], layout: &Layout) -> Result<Vec<Heading>, FileFault> {
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
