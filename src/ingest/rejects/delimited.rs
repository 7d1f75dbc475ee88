//! Rejected rows as comma- or tab-separated text, in the encoding sent.

use std::io::{self, Write};

use encoding_rs::GB18030;

use super::{ADDED, RejectedRow, added, is_astray};
use crate::ingest::block::Sent;
use crate::ingest::cells::is_formula;
use crate::ingest::encoding::Encoding;
use crate::ingest::reader::Described;

pub(super) struct Writer<W> {
    out: W,
    separator: char,
    encoding: Encoding,
    ours: Vec<usize>,
}

impl<W: Write> Writer<W> {
    pub(super) fn open(described: &Described, separator: char, out: W) -> io::Result<Self> {
        let encoding = described.encoding.unwrap_or(Encoding::Utf8);
        let mut writer = Self { out, separator, encoding, ours: described.ours.clone() };
        if encoding == Encoding::Utf8 {
            writer.out.write_all(Encoding::MARK)?; // spreadsheets need it
        }
        let names = ADDED.iter().copied().chain(described.header.iter().map(String::as_str));
        let line = writer.joined(names.map(quoted));
        writer.line(&line)?;
        Ok(writer)
    }

    pub(super) fn push(&mut self, rejected: &RejectedRow) -> io::Result<()> {
        let separator = self.separator;
        let front = self.joined(added(rejected).iter().map(|cell| quoted(cell)));
        let record = match &rejected.sent {
            Sent::Text(text) => self.record(text, is_astray(rejected)),
            Sent::Cells(cells) => self.joined(cells.iter().map(|cell| quoted(cell))),
        };
        self.line(&format!("{front}{separator}{record}"))
    }

    pub(super) fn finish(mut self) -> io::Result<W> {
        self.out.flush()?;
        Ok(self.out)
    }

    fn joined(&self, cells: impl Iterator<Item = String>) -> String {
        cells.collect::<Vec<_>>().join(&self.separator.to_string())
    }

    /// The record as sent, letter by letter where possible. One whose quotation marks are astray stands in one cell, so that
    /// it cannot swallow others; formulas get an apostrophe, so that no spreadsheet computes them.
    fn record(&self, sent: &str, astray: bool) -> String {
        let sent = sent.replace('\0', "\u{2400}");
        if astray {
            return quoted(&sent);
        }
        let mut reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .delimiter(u8::try_from(self.separator).unwrap_or(b','))
            .from_reader(sent.as_bytes());
        let Some(Ok(cells)) = reader.records().next() else { return sent };
        if self.ours.is_empty() && !cells.iter().any(is_formula) {
            return sent;
        }
        let kept = cells.iter().enumerate().filter(|(at, _)| !self.ours.contains(at));
        self.joined(kept.map(|(_, cell)| if is_formula(cell) { quoted(cell) } else { plain(cell) }))
    }

    fn line(&mut self, line: &str) -> io::Result<()> {
        match self.encoding {
            Encoding::Utf8 => self.out.write_all(line.as_bytes())?,
            Encoding::Gb18030 => self.out.write_all(&GB18030.encode(line).0)?,
        }
        self.out.write_all(b"\r\n")
    }
}

/// A cell in quotation marks.
fn plain(cell: &str) -> String {
    format!("\"{}\"", cell.replace('"', "\"\""))
}

/// A cell in quotation marks that is never taken for a formula.
fn quoted(cell: &str) -> String {
    // OWASP's list, and whatever else our own reading calls a formula.
    let computed = cell.starts_with(['=', '+', '-', '@', '\t', '\r']) || is_formula(cell);
    let guard = if computed { "'" } else { "" };
    plain(&format!("{guard}{cell}"))
}
