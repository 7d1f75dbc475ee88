//! Rows of comma- or tab-separated text.

use std::borrow::Cow;

use super::Context;
use super::block::{Block, Span};
use super::encoding::Encoding;
use super::fault::{Fault, FaultCode};
use super::file_fault::{FileFault, FileFaultCode};
use super::header::{self, Header};
use super::scan::{Cell, Record, Scanner, Step};
use super::text::Text;

/// The rows of a text.
pub(super) struct Delimited {
    text: Text,
    scanner: Scanner,
}

/// A row that may be the header.
struct Candidate {
    names: Option<Vec<String>>,
    next: usize,
    /// The line behind it.
    line: u32,
    cells: usize,
}

impl Delimited {
    /// Finds the header of a text, and what stands between its cells.
    pub(super) fn open<'a>(
        mut text: Text,
        context: &Context<'a>,
        wanted: Option<&str>,
    ) -> Result<(Self, Header<'a>, u8), FileFault> {
        let mut first_fault = None;
        for separator in [b',', b'\t'] {
            let candidates = candidates(&mut text, separator)?;
            let Some(first) = candidates.first() else {
                return Err(FileFault::new(FileFaultCode::Empty, ""));
            };
            let rows: Vec<_> = candidates.iter().map(|candidate| candidate.names.clone()).collect();
            let fault = match header::find(&rows, context, wanted) {
                Ok(mut header) => {
                    let candidate = &candidates[header.at];
                    header.names.resize(candidate.cells, String::new());
                    header.headings = header::headings(&header.names, header.layout)?;
                    text.go(candidate.next);
                    let mut scanner = Scanner::new(separator);
                    (scanner.wanted, scanner.line) = (Some(candidate.cells), candidate.line);
                    return Ok((Self { text, scanner }, header, separator));
                }
                Err(fault) => fault,
            };
            let sign = |sign: &&char| first.names.as_ref().is_some_and(|names| names[0].contains(**sign));
            let fault = match (&first.names, [';', '；', '，', '|'].iter().find(sign)) {
                (None, _) => FileFault::new(FileFaultCode::Header, ""),
                (Some(names), Some(sign)) if names.len() == 1 => {
                    FileFault::new(FileFaultCode::Separator, sign.to_string())
                }
                _ => fault,
            };
            // A text in which tabs separate more names than commas is meant to be one of tabs.
            let better = first_fault.as_ref().is_none_or(|(cells, _)| first.cells > *cells);
            if better {
                first_fault = Some((first.cells, fault));
            }
        }
        Err(first_fault.map_or_else(|| FileFault::new(FileFaultCode::Empty, ""), |(_, fault)| fault))
    }

    pub(super) fn encoding(&self) -> Encoding {
        self.text.encoding()
    }

    /// Adds rows to a block, until it has so many.
    pub(super) fn fill(
        &mut self,
        block: &mut Block,
        most: usize,
        faults: &mut Vec<Fault>,
    ) -> Result<(), FileFault> {
        while block.rows() < most && !block.is_full() {
            let (bytes, at, whole) = self.text.look();
            match self.scanner.next(bytes, at, whole) {
                Step::End => return Ok(()),
                Step::More => self.text.more()?,
                Step::Skip(length) => self.text.go(at + length),
                Step::Record(record) if record.blank => self.text.go(record.next),
                Step::Record(record) => {
                    self.text.decide(record.bytes.clone())?;
                    self.push(&record, block, faults);
                    self.text.go(record.next);
                }
            }
        }
        Ok(())
    }

    fn push(&self, record: &Record, block: &mut Block, faults: &mut Vec<Fault>) {
        let (bytes, ..) = self.text.look();
        let encoding = self.text.encoding();
        let sent = &bytes[record.bytes.clone()];
        let row = block.next_row();
        let text = match (&record.fault, encoding.decode(sent)) {
            (None, Some(text)) => text,
            (fault, _) => {
                let fault =
                    fault.clone().unwrap_or_else(|| (FaultCode::MalformedText, encoding.name().to_owned()));
                faults.push(Fault::of_row(row, fault.0, fault.1));
                return block.broken(record.line, &encoding.show(sent));
            }
        };
        let whole = block.put(&text);
        for cell in &self.scanner.cells {
            let span = match encoding {
                Encoding::Utf8 if !cell.spelled => {
                    Block::part(whole, cell.from - record.bytes.start..cell.to - record.bytes.start)
                }
                _ => respelled(block, encoding, bytes, *cell),
            };
            block.cell(span);
        }
        block.end_row(record.line, Some(whole));
    }
}

/// Adds a cell as it is meant: quotation marks once, line ends as one character.
fn respelled(block: &mut Block, encoding: Encoding, bytes: &[u8], cell: Cell) -> Span {
    let text = encoding.show(&bytes[cell.from..cell.to]); // the record was decoded as a whole before
    if cell.spelled { block.put(&plain(&text)) } else { block.put(&text) }
}

fn plain(text: &str) -> Cow<'_, str> {
    if text.contains("\"\"") || text.contains("\r\n") {
        Cow::Owned(text.replace("\"\"", "\"").replace("\r\n", "\n"))
    } else {
        Cow::Borrowed(text)
    }
}

/// The first rows of a text, without going on in it.
fn candidates(text: &mut Text, separator: u8) -> Result<Vec<Candidate>, FileFault> {
    let mut scanner = Scanner::new(separator);
    let mut candidates = Vec::new();
    let mut from = text.look().1;
    while candidates.len() < header::ABOVE {
        let (bytes, _, whole) = text.look();
        let record = match scanner.next(bytes, from, whole) {
            Step::Record(record) => record,
            Step::Skip(length) => {
                from += length;
                continue;
            }
            Step::More | Step::End => break,
        };
        from = record.next;
        if record.blank {
            continue;
        }
        text.decide(record.bytes.clone())?;
        let (bytes, ..) = text.look();
        let encoding = text.encoding();
        let sound = record.fault.is_none() && encoding.decode(&bytes[record.bytes.clone()]).is_some();
        let name = |cell: &Cell| plain(&encoding.show(&bytes[cell.from..cell.to])).into_owned();
        let names = sound.then(|| scanner.cells.iter().map(name).collect());
        candidates.push(Candidate { names, next: from, line: scanner.line, cells: record.cells });
    }
    Ok(candidates)
}
