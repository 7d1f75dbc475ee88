//! Where records begin and end, and which of them are broken (RFC 4180, strictly).
//!
//! It works on bytes: in UTF-8 and in GB 18030 no part of a longer character is a comma, a tab, a quotation mark or a line
//! end.

use std::ops::Range;

use memchr::{memchr, memchr3};

use super::fault::FaultCode;

/// The most bytes of a record: sixteen times what all items hold at their longest. A quotation mark that is never closed
/// would swallow the rest of a file of any size.
pub(super) const RECORD: usize = 1 << 20;

/// One record: a line, or several where quoted cells hold line ends.
#[derive(Clone, Debug)]
pub(super) struct Record {
    /// Its bytes, without the line end.
    pub(super) bytes: Range<usize>,
    /// The line it begins on, from 1.
    pub(super) line: u32,
    /// The number of its cells.
    pub(super) cells: usize,
    /// What is wrong with it, and by how many cells.
    pub(super) fault: Option<(FaultCode, String)>,
    /// Whether it has nothing in any cell.
    pub(super) blank: bool,
    /// Where the next one begins.
    pub(super) next: usize,
}

/// One cell of the record that was read last.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cell {
    /// Its first byte, inside the quotation marks.
    pub(super) from: usize,
    /// The byte behind it.
    pub(super) to: usize,
    /// Whether something in it is written in another way: doubled quotation marks, line ends of two characters.
    pub(super) spelled: bool,
}

/// What comes next.
#[derive(Debug)]
pub(super) enum Step {
    /// A record.
    Record(Record),
    /// More bytes are needed to tell.
    More,
    /// So many bytes belong to a line that is given up; more are needed.
    Skip(usize),
    /// There is nothing more.
    End,
}

/// Walks the records of a text.
#[derive(Debug)]
pub(super) struct Scanner {
    separator: u8,
    /// The number of cells that every record should have; unknown while the header is read.
    pub(super) wanted: Option<usize>,
    /// The line that comes next.
    pub(super) line: u32,
    /// Inside of a line that is too long and was given up.
    skipping: bool,
    /// The cells of the record that was read last.
    pub(super) cells: Vec<Cell>,
}

/// One record as far as it goes.
#[derive(Clone, Copy)]
struct Walk {
    /// The byte behind it.
    end: usize,
    /// Whether the bytes ended before it did.
    ran_out: bool,
    well_quoted: bool,
    lines: u32,
}

impl Scanner {
    pub(super) fn new(separator: u8) -> Self {
        Self { separator, wanted: None, line: 1, skipping: false, cells: Vec::new() }
    }

    /// Reads the record that begins at `at`; `whole` says that no bytes follow these.
    pub(super) fn next(&mut self, bytes: &[u8], at: usize, whole: bool) -> Step {
        let rest = &bytes[at.min(bytes.len())..];
        if rest.is_empty() {
            return if whole { Step::End } else { Step::More };
        }
        if self.skipping {
            let Some(length) = memchr(b'\n', rest) else { return Step::Skip(rest.len()) };
            self.skipping = false;
            self.line = self.line.saturating_add(1);
            return Step::Skip(length + 1);
        }
        let within = &bytes[..bytes.len().min(at + RECORD)];
        let whole = whole && within.len() == bytes.len();
        let long = within.len() - at == RECORD;
        let mut walk = self.walk(within, at);
        let overlong = walk.ran_out && !whole;
        if overlong && !long {
            return Step::More;
        }
        let ragged = self.wanted.is_some_and(|wanted| wanted != self.cells.len());
        if overlong || !walk.well_quoted || (ragged && walk.lines > 1) {
            // A quotation mark that is astray swallows lines that are in order: give up this line only.
            let end = memchr(b'\n', &within[at..]).map(|length| at + length);
            if end.is_none() && !whole && !long {
                return Step::More;
            }
            self.skipping = end.is_none() && !whole;
            walk = Walk { end: end.unwrap_or(within.len()), well_quoted: false, lines: 1, ..walk };
        }
        let last = whole && walk.end == bytes.len();
        let fault = if self.skipping {
            Some((FaultCode::CellTooLong, RECORD.to_string()))
        } else {
            self.fault(&walk, &bytes[at..walk.end], last)
        };
        let end = walk.end - usize::from(bytes[at..walk.end].ends_with(b"\r"));
        if let Some(cell) = self.cells.last_mut() {
            cell.to = cell.to.min(end);
        }
        let separator = self.separator;
        let empty = |byte: &u8| *byte == separator || matches!(byte, b'"' | b' ' | b'\t' | b'\r' | b'\n');
        let record = Record {
            bytes: at..end,
            line: self.line,
            cells: self.cells.len(),
            fault,
            blank: bytes[at..end].iter().all(empty),
            next: if self.skipping { walk.end } else { walk.end + 1 },
        };
        if !self.skipping {
            self.line = self.line.saturating_add(walk.lines);
        }
        Step::Record(record)
    }

    /// Walks to the end of the record, cell by cell.
    fn walk(&mut self, bytes: &[u8], at: usize) -> Walk {
        self.cells.clear();
        let mut walk = Walk { end: bytes.len(), ran_out: false, well_quoted: true, lines: 1 };
        let mut from = at;
        loop {
            let end = if bytes.get(from) == Some(&b'"') {
                self.quoted(bytes, from + 1, &mut walk)
            } else {
                self.plain(bytes, from, &mut walk)
            };
            let Some(end) = end else { return walk };
            match bytes.get(end) {
                Some(&byte) if byte == self.separator => from = end + 1,
                Some(_) => return Walk { end, ..walk },
                None => return Walk { ran_out: true, ..walk },
            }
        }
    }

    /// Reads a cell without quotation marks, and gives the place of the separator or line end behind it.
    fn plain(&mut self, bytes: &[u8], from: usize, walk: &mut Walk) -> Option<usize> {
        let rest = bytes.get(from..).unwrap_or_default();
        // Many cells are empty.
        let length = if rest.first() == Some(&self.separator) {
            0
        } else {
            memchr3(self.separator, b'\n', b'"', rest).unwrap_or(rest.len())
        };
        self.cells.push(Cell { from, to: from + length, spelled: false });
        if rest.get(length) == Some(&b'"') {
            walk.well_quoted = false;
            return None;
        }
        Some(from + length)
    }

    /// Reads a cell behind its first quotation mark, and gives the place of the separator or line end behind it.
    fn quoted(&mut self, bytes: &[u8], from: usize, walk: &mut Walk) -> Option<usize> {
        let (mut to, mut spelled) = (from, false);
        loop {
            to += memchr3(b'"', b'\n', b'\r', &bytes[to..]).unwrap_or(bytes.len() - to);
            match bytes.get(to) {
                Some(b'"') if bytes.get(to + 1) == Some(&b'"') => {
                    spelled = true;
                    to += 2;
                    continue;
                }
                Some(b'"') => break,
                Some(b'\n') => walk.lines = walk.lines.saturating_add(1),
                Some(_) => spelled = true,
                None => {
                    self.cells.push(Cell { from, to, spelled });
                    (walk.well_quoted, walk.ran_out) = (false, true);
                    return None;
                }
            }
            to += 1;
        }
        self.cells.push(Cell { from, to, spelled });
        let mut behind = to + 1;
        while bytes.get(behind) == Some(&b'\r') {
            behind += 1;
        }
        match bytes.get(behind) {
            Some(&byte) if byte != self.separator && byte != b'\n' => {
                walk.well_quoted = false;
                None
            }
            _ => Some(behind),
        }
    }

    fn fault(&self, walk: &Walk, bytes: &[u8], last: bool) -> Option<(FaultCode, String)> {
        let cells = self.cells.len();
        let wanted = self.wanted.unwrap_or(cells);
        let fewer = cells < wanted;
        let counted = || format!("{cells}/{wanted}");
        match () {
            () if last && (!walk.well_quoted || fewer) => Some((FaultCode::Truncated, String::new())),
            () if !walk.well_quoted => Some((FaultCode::Quotes, String::new())),
            () if memchr(0, bytes).is_some() => Some((FaultCode::Nul, String::new())),
            () if fewer => Some((FaultCode::TooFewCells, counted())),
            () if cells > wanted => Some((FaultCode::TooManyCells, counted())),
            () => None,
        }
    }
}
