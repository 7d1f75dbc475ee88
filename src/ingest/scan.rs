//! Where records begin and end, and which of them are broken (RFC 4180, strictly).
//!
//! It works on bytes: in UTF-8 and in GB 18030 no part of a longer character is a comma, a quotation mark or a line end.

use super::fault::FaultCode;

/// One record: a line, or several where quoted cells hold line ends.
#[derive(Clone, Debug)]
pub(super) struct Record {
    /// Its bytes, without the line end.
    pub(super) bytes: std::ops::Range<usize>,
    /// The line it begins on, from 1.
    pub(super) line: u32,
    /// The number of its cells.
    pub(super) cells: usize,
    /// What is wrong with it, and by how many cells.
    pub(super) fault: Option<(FaultCode, String)>,
    /// Whether it has nothing in any cell.
    pub(super) blank: bool,
}

/// Walks the records of a file.
pub(super) struct Records<'a> {
    bytes: &'a [u8],
    at: usize,
    line: u32,
    /// The number of cells that every record should have; unknown while the header is read.
    pub(super) cells: Option<usize>,
}

/// Where in a record we are.
enum Place {
    CellStart,
    Plain,
    Quoted,
    AfterQuote,
}

/// One record as far as it goes.
struct Walk {
    end: usize,
    cells: usize,
    well_quoted: bool,
    lines: u32,
    nul: bool,
    blank: bool,
}

impl<'a> Records<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0, line: 1, cells: None }
    }

    fn walk(&self) -> Walk {
        let mut walk =
            Walk { end: self.bytes.len(), cells: 1, well_quoted: true, lines: 1, nul: false, blank: true };
        let mut place = Place::CellStart;
        for (offset, &byte) in self.bytes[self.at..].iter().enumerate() {
            walk.nul |= byte == 0;
            walk.blank &= matches!(byte, b',' | b'"' | b' ' | b'\t' | b'\r' | b'\n');
            place = match (place, byte) {
                (Place::Quoted, b'"') | (Place::AfterQuote, b'\r') => Place::AfterQuote,
                (Place::Quoted, _) => {
                    walk.lines += u32::from(byte == b'\n');
                    Place::Quoted
                }
                (Place::CellStart | Place::AfterQuote, b'"') => Place::Quoted,
                (_, b',') => {
                    walk.cells += 1;
                    Place::CellStart
                }
                (_, b'\n') => {
                    walk.end = self.at + offset;
                    return walk;
                }
                (Place::Plain, b'"') | (Place::AfterQuote, _) => {
                    walk.well_quoted = false;
                    return walk;
                }
                (Place::CellStart | Place::Plain, _) => Place::Plain,
            };
        }
        walk.well_quoted = !matches!(place, Place::Quoted);
        walk
    }

    fn fault(&self, walk: &Walk, last: bool) -> Option<(FaultCode, String)> {
        let wanted = self.cells.unwrap_or(walk.cells);
        let fewer = walk.cells < wanted;
        let counted = || format!("{}/{wanted}", walk.cells);
        match () {
            () if last && (!walk.well_quoted || fewer) => Some((FaultCode::Truncated, String::new())),
            () if !walk.well_quoted => Some((FaultCode::Quotes, String::new())),
            () if walk.nul => Some((FaultCode::Nul, String::new())),
            () if fewer => Some((FaultCode::TooFewCells, counted())),
            () if walk.cells > wanted => Some((FaultCode::TooManyCells, counted())),
            () => None,
        }
    }
}

impl Iterator for Records<'_> {
    type Item = Record;

    fn next(&mut self) -> Option<Record> {
        if self.at >= self.bytes.len() {
            return None;
        }
        let mut walk = self.walk();
        let ragged = self.cells.is_some_and(|cells| cells != walk.cells);
        if !walk.well_quoted || (ragged && walk.lines > 1) {
            // A quotation mark that is astray swallows lines that are in order: give up this line only.
            let rest = &self.bytes[self.at..];
            let length = rest.iter().position(|&b| b == b'\n').unwrap_or(rest.len());
            walk = Walk { end: self.at + length, well_quoted: false, lines: 1, ..walk };
        }
        let last = walk.end == self.bytes.len();
        let fault = self.fault(&walk, last);
        let end = walk.end - usize::from(self.bytes[self.at..walk.end].ends_with(b"\r"));
        let record =
            Record { bytes: self.at..end, line: self.line, cells: walk.cells, fault, blank: walk.blank };
        self.at = walk.end + 1;
        self.line = self.line.saturating_add(walk.lines);
        Some(record)
    }
}
