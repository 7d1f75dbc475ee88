//! A file from its first byte to its last row.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

use polars::prelude::DataFrame;

use crate::rules::{Domain, DomainId, normal};

use super::Context;
use super::assemble::{Assembly, Finished};
use super::between::{self, Table};
use super::cells;
use super::encoding::Encoding;
use super::fault::{Fault, FaultCode, FaultColumn};
use super::file_fault::{FileFault, FileFaultCode};
use super::format::Format;
use super::frame::{self, LINE_END};
use super::header::{self, Heading};
use super::layout::{Column, Item, Required};
use super::row::{Named, OperationRow, Row};
use super::scan::Records;
use super::sent::{AsSent, Source};

/// Rows that are checked at a time, so that what is half-checked stays small.
const BATCH: usize = 16_384;

/// A row that cannot be stored, with all of its faults.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RejectedRow {
    /// Its number below the header, from 1.
    pub row: u32,
    /// The line of the file it begins on, from 1.
    pub line: u32,
    /// All that is wrong with it; at least one.
    pub faults: Vec<Fault>,
    /// The record as sent, in Unicode.
    pub sent: String,
    /// Whom it names and what for, as far as it can be read.
    pub named: Named,
}

/// What became of a file: `accepted`, `operations` and `rejected` together are all its rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// The encoding that was found.
    pub encoding: Encoding,
    /// The header as sent.
    pub header: String,
    /// The number of rows below the header; blank lines are none.
    pub rows: usize,
    /// Records that can be stored, in order.
    pub accepted: Vec<Row>,
    /// What is done to records that should be here, in order.
    pub operations: Vec<OperationRow>,
    /// Rows that cannot, in order.
    pub rejected: Vec<RejectedRow>,
    /// What is odd, in accepted rows and in rejected ones, in order of rows.
    pub warnings: Vec<Fault>,
    /// The rows as they were sent.
    pub sent: AsSent,
}

/// What all steps of one reading share.
pub(super) struct Reading<'a> {
    pub(super) context: &'a Context<'a>,
    /// The domain of rows that name none.
    pub(super) domain: Option<&'a DomainId>,
    /// Every name of a domain in normal form.
    pub(super) domains: HashMap<String, DomainId>,
    /// By item.
    columns: Vec<Option<&'a Column>>,
}

impl<'a> Reading<'a> {
    fn new(context: &'a Context<'a>, headings: &[Heading]) -> Result<Self, FileFault> {
        let mut columns = vec![None; Item::ALL.len()];
        for column in &context.layout.columns {
            columns[column.item as usize] = Some(column);
        }
        let only = match &context.authority.domains[..] {
            [only] => Some(only),
            _ => None,
        };
        let named = |heading: &Heading| match heading {
            Heading::Known(at) => context.layout.columns[*at].item == Item::Domain,
            Heading::Unknown(_) | Heading::Ours => false,
        };
        let domain = context.domain.or(only);
        if domain.is_none() && !headings.iter().any(named) {
            return Err(FileFault::new(FileFaultCode::NoDomain, ""));
        }
        let entries = |domain: &Domain| {
            let id = domain.id.clone();
            [domain.id.as_str(), &domain.code, &domain.zh].map(|name| (normal::name(name), id.clone()))
        };
        let domains = context.catalogue.domains.iter().flat_map(entries).collect();
        Ok(Self { context, domain, domains, columns })
    }

    /// A fault of a cell; of the whole row where the layout has no such column.
    pub(super) fn fault(&self, row: u32, item: Item, code: FaultCode, sent: &str, detail: String) -> Fault {
        match self.columns[item as usize] {
            Some(column) => Fault::of_cell(row, column, code, sent, detail),
            None => Fault::of_row(row, code, detail),
        }
    }
}

/// The rows whose records are in order.
struct Sound {
    /// One line each, UTF-8.
    text: String,
    /// Their numbers.
    rows: Vec<u32>,
}

/// Reads one file.
///
/// # Errors
/// What stops the whole file: see [`FileFaultCode`]. What stops a row is in the [`Outcome`].
pub fn read(bytes: &[u8], file_name: &str, context: &Context<'_>) -> Result<Outcome, FileFault> {
    let bytes = text_of(bytes, file_name, context)?;
    let marked = bytes.strip_prefix(Encoding::MARK);
    let encoding = if marked.is_some() { Encoding::Utf8 } else { Encoding::of(&bytes) };
    let bytes = marked.unwrap_or(&bytes);

    let mut records = Records::new(bytes);
    let head =
        records.find(|record| !record.blank).ok_or_else(|| FileFault::new(FileFaultCode::Empty, ""))?;
    let header = encoding.decode(&bytes[head.bytes.clone()]);
    let header = header.ok_or_else(|| FileFault::new(FileFaultCode::Header, ""))?;
    let headings = header::read(&head, &header, context)?;
    let reading = Reading::new(context, &headings)?;
    records.cells = Some(head.cells);

    let mut faults = Vec::new();
    let (sources, sound) = scan(records, bytes, encoding, &reading, &mut faults)?;
    few_enough(faults.len(), context)?;
    let Sound { text, rows } = sound;
    let frame = frame::frame(text, head.cells, rows.len());
    let frame = frame.map_err(|error| FileFault::new(FileFaultCode::Unreadable, error.to_string()))?;
    if frame.height() != rows.len() {
        return Err(FileFault::new(
            FileFaultCode::Unreadable,
            format!("{} ≠ {}", frame.height(), rows.len()),
        ));
    }

    let mut assembly = Assembly::new(&reading);
    for (at, batch) in rows.chunks(BATCH).enumerate() {
        let part = frame.slice(i64::try_from(at * BATCH).unwrap_or(i64::MAX), batch.len());
        let mut found = Vec::new();
        let (table, unknown) = check(&reading, &headings, &part, batch, &mut found)?;
        assembly.add(table, &unknown, found);
        few_enough(assembly.faults() + faults.len(), context)?;
    }
    let rows = sources.len();
    let sent = AsSent { bytes: bytes.to_vec(), encoding, sources };
    let Finished { accepted, operations, rejected, warnings } = assembly.finish(faults, &sent);
    let header = header.into_owned();
    Ok(Outcome { encoding, header, rows, accepted, operations, rejected, warnings, sent })
}

/// The bytes, if they can be a text at all; lone carriage returns as line ends.
fn text_of<'b>(bytes: &'b [u8], file_name: &str, context: &Context<'_>) -> Result<Cow<'b, [u8]>, FileFault> {
    if bytes.len() > context.limits.bytes {
        let detail = format!("{} > {} MiB", bytes.len() >> 20, context.limits.bytes >> 20);
        return Err(FileFault::new(FileFaultCode::TooLarge, detail));
    }
    if bytes.trim_ascii().is_empty() {
        return Err(FileFault::new(FileFaultCode::Empty, ""));
    }
    if Encoding::is_utf16(bytes) {
        return Err(FileFault::new(FileFaultCode::Utf16, ""));
    }
    match Format::of(bytes, file_name) {
        Format::Csv => {}
        other => return Err(FileFault::new(FileFaultCode::Format, other.name())),
    }
    let bytes = bytes.strip_suffix(b"\x1a").unwrap_or(bytes); // some old programs end texts so
    if bytes.contains(&b'\r') && !bytes.contains(&b'\n') {
        return Ok(bytes.iter().map(|&byte| if byte == b'\r' { b'\n' } else { byte }).collect());
    }
    Ok(Cow::Borrowed(bytes))
}

fn few_enough(faults: usize, context: &Context<'_>) -> Result<(), FileFault> {
    let limit = context.limits.faults;
    if faults > limit { Err(FileFault::new(FileFaultCode::TooManyFaults, limit.to_string())) } else { Ok(()) }
}

/// Separates the records that are in order from those that are not.
fn scan(
    records: Records<'_>,
    bytes: &[u8],
    encoding: Encoding,
    reading: &Reading<'_>,
    faults: &mut Vec<Fault>,
) -> Result<(Vec<Source>, Sound), FileFault> {
    let limits = reading.context.limits;
    let mut sources = Vec::new();
    let mut sound = Sound { text: String::with_capacity(bytes.len()), rows: Vec::new() };
    for record in records.filter(|record| !record.blank) {
        if sources.len() == limits.rows {
            return Err(FileFault::new(FileFaultCode::TooManyRows, limits.rows.to_string()));
        }
        sources.push(Source { bytes: record.bytes.clone(), line: record.line });
        let row = u32::try_from(sources.len()).unwrap_or(u32::MAX);
        let text = encoding.decode(&bytes[record.bytes]);
        match (record.fault, text) {
            (None, Some(text)) => {
                let at = sound.text.len();
                sound.text.push_str(&text);
                if text.contains('\n') {
                    let one_line = sound
                        .text
                        .split_off(at)
                        .replace("\r\n", "\n")
                        .replace('\n', LINE_END.encode_utf8(&mut [0; 4]));
                    sound.text.push_str(&one_line);
                }
                sound.text.push('\n');
                sound.rows.push(row);
            }
            (None, None) => faults.push(Fault::of_row(row, FaultCode::MalformedText, encoding.name())),
            (Some((code, detail)), _) => faults.push(Fault::of_row(row, code, detail)),
        }
    }
    Ok((sources, sound))
}

/// Columns that the layout does not know, by name.
pub(super) type Unknown = Vec<(String, Vec<Option<String>>)>;

/// Checks some rows, column by column and then between columns.
fn check(
    reading: &Reading<'_>,
    headings: &[Heading],
    part: &DataFrame,
    rows: &[u32],
    faults: &mut Vec<Fault>,
) -> Result<(Table, Unknown), FileFault> {
    let mut table = Table::new(rows.to_vec());
    let mut unknown = Vec::new();
    for (heading, column) in headings.iter().zip(part.columns()) {
        let texts =
            column.str().map_err(|error| FileFault::new(FileFaultCode::Unreadable, error.to_string()))?;
        match heading {
            Heading::Known(at) => {
                let column = &reading.context.layout.columns[*at];
                let values = cells::column(reading, column, texts, rows, faults);
                table.put(column.item, texts.clone(), values);
            }
            Heading::Unknown(name) => {
                let column = unknown_column(name, reading.context.limits.cell);
                unknown.push((name.clone(), cells::unknown(&column, texts, rows, faults)));
            }
            Heading::Ours => {}
        }
    }
    between::check(reading, &table, faults);
    Ok((table, unknown))
}

fn unknown_column(name: &str, longest: usize) -> Column {
    let name = Arc::new(FaultColumn { code: name.to_owned(), zh: name.to_owned() });
    Column {
        name,
        aliases: Vec::new(),
        item: Item::Remark,
        longest,
        required: Required::Never,
        personal: false,
    }
}
