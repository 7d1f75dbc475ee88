//! The rejected rows as a file in the format sent: corrected, it can be sent as it is.

mod delimited;
mod json;
mod parquet;
mod sheet;

use std::borrow::Cow;
use std::io::{self, Seek, Write};

use crate::rules::normal;

use super::batch::RejectedRow;
use super::block::Sent;
use super::encoding::Encoding;
use super::fault::{Fault, FaultCode};
use super::format::Format;
use super::reader::Described;

/// The columns that a rejects file adds in front: so they stand in place even before a row with too many cells. A file
/// that is sent again with them is read as if they were not there.
const ADDED: [&str; 4] =
    ["错误行号(error_row)", "错误代码(error_code)", "错误原因(error_reason)", "处理办法(error_remedy)"];

/// Holds a row that is no object, in a file of objects.
const AS_SENT: &str = "原文(error_sent)";

/// Whether a header is one of the columns that a rejects file adds.
pub(super) fn is_ours(name: &str) -> bool {
    let name = normal::name(name);
    ADDED.iter().chain([&AS_SENT]).any(|added| normal::name(added) == name)
}

/// The format of a rejects file, by what it begins with.
#[must_use]
pub fn format(file: &[u8]) -> Format {
    let text = text(file);
    let first = text.trim_start_matches('\u{feff}').trim_start_matches('"').strip_prefix(ADDED[0]);
    match (Format::of(file), first) {
        (_, Some(behind)) if behind.starts_with("\"\t") => Format::Tsv,
        (_, Some(_)) => Format::Csv,
        (Format::Json, None) if !file.starts_with(b"[") => Format::Ndjson,
        (other, None) => other,
    }
}

/// The text of a rejects file that is one.
#[must_use]
pub fn text(file: &[u8]) -> Cow<'_, str> {
    let encoding = if file.starts_with(Encoding::MARK) { Encoding::Utf8 } else { Encoding::Gb18030 };
    encoding.show(file)
}

/// Writes rejected rows in the format sent.
pub struct RejectsWriter<W> {
    kind: Kind<W>,
}

enum Kind<W> {
    Text(delimited::Writer<W>),
    Json(json::Writer<W>),
    Sheet(Box<sheet::Writer<W>>),
    Parquet(Box<parquet::Writer<W>>),
}

impl<W: Write + Seek + Send> RejectsWriter<W> {
    /// Begins a file like the one described, with columns for row, code, reason and remedy.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub fn open(described: &Described, out: W) -> io::Result<Self> {
        let kind = match described.format {
            Format::Tsv => Kind::Text(delimited::Writer::open(described, '\t', out)?),
            Format::Ndjson => Kind::Json(json::Writer::open(true, out)?),
            Format::Json => Kind::Json(json::Writer::open(false, out)?),
            Format::Xlsx => Kind::Sheet(Box::new(sheet::Writer::open(described, out)?)),
            Format::Parquet => Kind::Parquet(Box::new(parquet::Writer::open(described, out)?)),
            Format::Csv | Format::Xls | Format::Pdf | Format::Archive | Format::Markup | Format::Binary => {
                Kind::Text(delimited::Writer::open(described, ',', out)?)
            }
        };
        Ok(Self { kind })
    }

    /// Adds a row.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub fn push(&mut self, rejected: &RejectedRow) -> io::Result<()> {
        match &mut self.kind {
            Kind::Text(writer) => writer.push(rejected),
            Kind::Json(writer) => writer.push(rejected),
            Kind::Sheet(writer) => writer.push(rejected),
            Kind::Parquet(writer) => writer.push(rejected),
        }
    }

    /// Ends the file and gives back where it was written.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub fn finish(self) -> io::Result<W> {
        match self.kind {
            Kind::Text(writer) => writer.finish(),
            Kind::Json(writer) => writer.finish(),
            Kind::Sheet(writer) => writer.finish(),
            Kind::Parquet(writer) => writer.finish(),
        }
    }
}

impl<W> std::fmt::Debug for RejectsWriter<W> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RejectsWriter").finish_non_exhaustive()
    }
}

/// What the added columns say of a row.
fn added(rejected: &RejectedRow) -> [String; 4] {
    let join = |of: &dyn Fn(&Fault) -> String| {
        let mut parts: Vec<String> = rejected.faults.iter().map(of).collect();
        parts.dedup();
        parts.join("\n")
    };
    let place = match &rejected.part {
        Some(part) => format!("{part}: {}", rejected.line),
        None => rejected.row.to_string(),
    };
    [
        place,
        join(&|fault| fault.code.word().to_owned()),
        join(&reason),
        join(&|fault| format!("{} / {}", fault.remedy_zh(), fault.remedy_en())),
    ]
}

fn reason(fault: &Fault) -> String {
    let value = if fault.value.is_empty() { String::new() } else { format!(" [{}]", fault.value) };
    format!("{}{value} / {}", fault.zh(), fault.en())
}

/// A row as sent in so many cells, without those that an earlier rejects file added.
fn cells(sent: &Sent, described: &Described) -> Vec<String> {
    let cells = match sent {
        Sent::Cells(cells) => cells.clone(),
        Sent::Text(text) => vec![text.clone()],
    };
    let kept = cells.into_iter().enumerate().filter(|(at, _)| !described.ours.contains(at));
    kept.map(|(_, cell)| cell).collect()
}

fn other(error: impl std::fmt::Display) -> io::Error {
    io::Error::other(error.to_string())
}

/// Whether the places where cells end in a row are in doubt.
fn is_astray(rejected: &RejectedRow) -> bool {
    let astray = |fault: &Fault| {
        matches!(
            fault.code,
            FaultCode::Quotes | FaultCode::Truncated | FaultCode::MalformedText | FaultCode::CellTooLong
        ) && fault.column.is_none()
    };
    rejected.faults.iter().any(astray)
}
