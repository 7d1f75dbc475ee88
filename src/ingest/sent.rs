//! The rows of a file as they were sent, and how one that was accepted is taken back.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::Range;

use super::encoding::Encoding;
use super::fault::Fault;
use super::read::{Outcome, RejectedRow};
use super::row::Named;

/// Where a row stands in the file.
#[derive(Clone, Debug)]
pub(super) struct Source {
    pub(super) bytes: Range<usize>,
    pub(super) line: u32,
}

/// The rows of a file as they were sent.
#[derive(Clone, Debug)]
pub struct AsSent {
    pub(super) bytes: Vec<u8>,
    pub(super) encoding: Encoding,
    pub(super) sources: Vec<Source>,
}

impl AsSent {
    /// The text of a row and the line it begins on.
    pub(super) fn row(&self, row: u32) -> (Cow<'_, str>, u32) {
        match self.sources.get((row as usize).wrapping_sub(1)) {
            Some(Source { bytes, line }) => (self.encoding.show(&self.bytes[bytes.clone()]), *line),
            None => (Cow::Borrowed(""), 0),
        }
    }
}

impl PartialEq for AsSent {
    fn eq(&self, other: &Self) -> bool {
        let rows = |sent: &Self| u32::try_from(sent.sources.len()).unwrap_or(u32::MAX);
        rows(self) == rows(other) && (1..=rows(self)).all(|row| self.row(row) == other.row(row))
    }
}

impl Eq for AsSent {}

impl Outcome {
    /// Takes rows back that were accepted: only the store could tell what is wrong with them.
    pub fn refuse(&mut self, mut refused: BTreeMap<u32, Vec<Fault>>) {
        let mut rejected = std::mem::take(&mut self.rejected);
        let sent = &self.sent;
        let mut reject = |row: u32, named: &dyn Fn() -> Named| {
            let Some(faults) = refused.remove(&row) else { return false };
            let (text, line) = sent.row(row);
            rejected.push(RejectedRow { row, line, faults, sent: text.into_owned(), named: named() });
            true
        };
        self.accepted.retain(|it| !reject(it.row, &|| it.named()));
        self.operations.retain(|it| !reject(it.row, &|| it.named()));
        rejected.sort_by_key(|it| it.row);
        self.rejected = rejected;
    }
}

/// A file of one row, from cells by the names of their columns.
#[must_use]
pub fn file_of(cells: &BTreeMap<String, String>) -> Vec<u8> {
    let mut file = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    // Writing to memory cannot fail.
    let _ = file.write_record(cells.keys()).and_then(|()| file.write_record(cells.values()));
    file.into_inner().unwrap_or_default()
}
