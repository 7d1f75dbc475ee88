//! A file batch by batch, so that memory does not grow with it.

use std::collections::VecDeque;

use super::Context;
use super::assemble::Assembly;
use super::batch::Batch;
use super::block::Block;
use super::bytes::{Shared, Source};
use super::check::{Reading, check};
use super::encoding::Encoding;
use super::fault::Fault;
use super::file_fault::{FileFault, FileFaultCode};
use super::format::Format;
use super::header::{Header, Heading};
use super::rows::Rows;
use super::seen::Seen;
use super::unpack::{self, Container, Entry};

/// What a file was found to be: the person who sends it confirms that.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Described {
    /// Its format, inside of what it is packed in.
    pub format: Format,
    /// What it is packed in.
    pub container: Option<Container>,
    /// The encoding of its texts; `None` where the format has but one.
    pub encoding: Option<Encoding>,
    /// The layout by which its columns are read.
    pub layout: String,
    /// The version of that layout.
    pub layout_version: String,
    /// The sheets or the files of an archive that are read, in order; empty where the file is one table.
    pub parts: Vec<String>,
    /// The sheets that are left out: hidden ones, and those that are no table of records.
    pub skipped: Vec<String>,
    /// The names of the columns as sent, without those that a rejects file adds.
    pub header: Vec<String>,
    /// Places of the columns that a rejects file added.
    pub(super) ours: Vec<usize>,
}

impl Described {
    /// The format for people, and what it is packed in, such as `CSV in gzip`.
    #[must_use]
    pub fn format_name(&self) -> String {
        match self.container {
            Some(container) => format!("{} in {}", self.format.name(), container.name()),
            None => self.format.name().to_owned(),
        }
    }

    /// The encoding for people, where the format has several.
    #[must_use]
    pub fn encoding_name(&self) -> Option<&'static str> {
        self.encoding.map(Encoding::name)
    }
}

/// Reads a file batch by batch.
pub struct Reader<'a> {
    described: Described,
    reading: Reading<'a>,
    /// The names of the columns as sent, in all parts.
    names: Vec<String>,
    headings: Vec<Heading>,
    rows: Rows,
    /// The files of an archive that come next.
    entries: VecDeque<Entry>,
    seen: Seen,
    /// Rows so far.
    count: usize,
    /// Faults and warnings so far.
    faults: usize,
}

impl<'a> Reader<'a> {
    /// Opens a file and finds out what it is, by what is in it: the name counts for nothing.
    ///
    /// # Errors
    /// What stops the whole file: see [`FileFaultCode`].
    pub fn open(source: Source, _file_name: &str, context: Context<'a>) -> Result<Self, FileFault> {
        let shared = Shared::new(source).map_err(unpack::fault)?;
        if shared.len() > context.limits.bytes {
            let detail = format!("{} > {} MiB", shared.len() >> 20, context.limits.bytes >> 20);
            return Err(FileFault::new(FileFaultCode::TooLarge, detail));
        }
        let (container, entries) = unpack::open(&shared, &context.limits)?;
        let mut entries = VecDeque::from(entries);
        let several = container == Some(Container::Zip);
        let parts: Vec<String> = entries.iter().filter_map(|entry| entry.name.clone()).collect();
        let first = entries.pop_front().ok_or_else(|| FileFault::new(FileFaultCode::Empty, ""))?;
        let (rows, header) = Rows::open(&first, &context, None).map_err(|fault| within(&first, fault))?;
        let Header { names, layout, headings, .. } = header;
        let reading = Reading::new(context, layout, &headings)?;
        let is_ours = |(at, heading): (usize, &Heading)| (*heading == Heading::Ours).then_some(at);
        let ours: Vec<usize> = headings.iter().enumerate().filter_map(is_ours).collect();
        let sent = names.iter().enumerate().filter(|(at, _)| !ours.contains(at));
        let described = Described {
            format: rows.format(),
            container,
            encoding: rows.encoding(),
            layout: layout.id.clone(),
            layout_version: layout.version.clone(),
            parts: if several { parts } else { rows.sheets() },
            skipped: rows.skipped(),
            header: sent.map(|(_, name)| name.clone()).collect(),
            ours,
        };
        let (seen, count, faults) = (Seen::new(), 0, 0);
        Ok(Self { described, reading, names, headings, rows, entries, seen, count, faults })
    }

    /// What the file was found to be.
    #[must_use]
    pub fn described(&self) -> &Described {
        &self.described
    }

    /// The next rows, at most as many as [`Limits::batch`](super::Limits) says; `None` behind the last.
    ///
    /// # Errors
    /// What stops the whole file: see [`FileFaultCode`]. What stops a row is in the [`Batch`].
    pub fn next_batch(&mut self) -> Result<Option<Batch>, FileFault> {
        let limits = self.reading.context.limits;
        loop {
            let first = u32::try_from(self.count + 1).unwrap_or(u32::MAX);
            let mut block = Block::new(first, self.headings.len());
            let mut broken = Vec::new();
            let left = limits.rows.saturating_sub(self.count).saturating_add(1);
            self.rows.fill(&mut block, limits.batch.clamp(1, left), &mut broken)?;
            if block.rows() == 0 {
                let Some(entry) = self.entries.pop_front() else { return Ok(None) };
                self.begin(&entry).map_err(|fault| within(&entry, fault))?;
                continue;
            }
            self.count += block.rows();
            if self.count > limits.rows {
                return Err(FileFault::new(FileFaultCode::TooManyRows, limits.rows.to_string()));
            }
            if let Some(headings) = self.rows.headings(self.reading.layout)? {
                self.headings = headings;
            }
            let batch = self.batch(block, broken);
            self.faults += batch.faults();
            if self.faults > limits.faults {
                return Err(FileFault::new(FileFaultCode::TooManyFaults, limits.faults.to_string()));
            }
            return Ok(Some(batch));
        }
    }

    /// Checks a block.
    fn batch(&mut self, block: Block, broken: Vec<Fault>) -> Batch {
        let mut found = Vec::new();
        let mut assembly = Assembly::new(&self.reading, &mut self.seen);
        let (table, unknown) = check(&self.reading, &self.headings, &block, &mut found);
        assembly.add(table, &unknown, found);
        assembly.finish(broken, block, self.rows.part())
    }

    /// Goes on to the next file of an archive.
    fn begin(&mut self, entry: &Entry) -> Result<(), FileFault> {
        let layout = self.reading.layout;
        let (rows, header) = Rows::open(entry, &self.reading.context, Some(&layout.id))?;
        let differs = |detail: String| Err(FileFault::new(FileFaultCode::PartsDiffer, detail));
        if rows.format() != self.described.format {
            return differs(format!("{} ≠ {}", rows.format().name(), self.described.format.name()));
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

impl std::fmt::Debug for Reader<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Reader")
            .field("described", &self.described)
            .field("count", &self.count)
            .finish_non_exhaustive()
    }
}

/// A fault with the name of the file in an archive that it is of.
fn within(entry: &Entry, fault: FileFault) -> FileFault {
    match &entry.name {
        Some(name) if fault.detail.is_empty() => FileFault { detail: name.clone(), ..fault },
        Some(name) => FileFault { detail: format!("{name}: {}", fault.detail), ..fault },
        None => fault,
    }
}
