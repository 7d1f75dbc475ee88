//! The blocks of a file, one after the other.

use std::collections::VecDeque;

use super::block::Block;
use super::check::Reading;
use super::fault::Fault;
use super::file_fault::{FileFault, FileFaultCode};
use super::format::Format;
use super::header::Heading;
use super::rows::Rows;
use super::unpack::Entry;

/// What is read of a file, and how far.
pub(super) struct Blocks {
    /// The names of the columns as sent, in all parts.
    pub(super) names: Vec<String>,
    pub(super) headings: Vec<Heading>,
    pub(super) rows: Rows,
    pub(super) format: Format,
    /// The files of an archive that come next.
    pub(super) entries: VecDeque<Entry>,
    /// Rows so far.
    pub(super) count: usize,
    /// Bytes of the text of the block before.
    pub(super) room: usize,
}

/// A block that was read and not yet checked.
pub(super) struct Filled {
    pub(super) block: Block,
    /// What its columns are.
    pub(super) headings: Vec<Heading>,
    /// Rows that cannot be taken apart.
    pub(super) broken: Vec<Fault>,
    /// The sheet or the file of an archive it stands in, where there are several.
    pub(super) part: Option<String>,
}

impl Blocks {
    /// Reads the next block; `None` behind the last.
    pub(super) fn next(&mut self, reading: &Reading<'_>) -> Result<Option<Filled>, FileFault> {
        let limits = reading.context.limits;
        loop {
            let first = u32::try_from(self.count + 1).unwrap_or(u32::MAX);
            let mut block = Block::new(first, self.headings.len(), self.room);
            let mut broken = Vec::new();
            let left = limits.rows.saturating_sub(self.count).saturating_add(1);
            self.rows.fill(&mut block, limits.batch.clamp(1, left), &mut broken)?;
            if block.rows() == 0 {
                let Some(entry) = self.entries.pop_front() else { return Ok(None) };
                self.begin(reading, &entry).map_err(|fault| within(&entry, fault))?;
                continue;
            }
            self.count += block.rows();
            self.room = block.bytes(); // the next one will be about as long
            if self.count > limits.rows {
                return Err(FileFault::new(FileFaultCode::TooManyRows, limits.rows.to_string()));
            }
            if let Some(headings) = self.rows.headings(reading.layout)? {
                self.headings = headings;
            }
            let part = self.rows.part().map(str::to_owned);
            return Ok(Some(Filled { block, headings: self.headings.clone(), broken, part }));
        }
    }

    /// Goes on to the next file of an archive.
    fn begin(&mut self, reading: &Reading<'_>, entry: &Entry) -> Result<(), FileFault> {
        let (rows, header) = Rows::open(entry, &reading.context, Some(&reading.layout.id))?;
        let differs = |detail: String| Err(FileFault::new(FileFaultCode::PartsDiffer, detail));
        if rows.format() != self.format {
            return differs(format!("{} ≠ {}", rows.format().name(), self.format.name()));
        }
        if !rows.named_by_row() && header.names != self.names {
            let other = header.names.iter().find(|name| !self.names.contains(name));
            let lacking = self.names.iter().find(|name| !header.names.contains(name));
            return differs(other.or(lacking).cloned().unwrap_or_default());
        }
        self.headings = header.headings;
        self.rows = rows;
        Ok(())
    }
}

/// A fault with the name of the file in an archive that it is of.
pub(super) fn within(entry: &Entry, fault: FileFault) -> FileFault {
    match &entry.name {
        Some(name) if fault.detail.is_empty() => FileFault { detail: name.clone(), ..fault },
        Some(name) => FileFault { detail: format!("{name}: {}", fault.detail), ..fault },
        None => fault,
    }
}
