//! A file batch by batch, so that memory does not grow with it.
//!
//! Two blocks stand in memory at most: one is checked, range by range on every core, while the next is read.

use std::collections::VecDeque;
use std::num::NonZero;
use std::thread;

use super::Context;
use super::assemble::Assembly;
use super::batch::Batch;
use super::blocks::{Blocks, Filled, within};
use super::bytes::{Shared, Source};
use super::check::Reading;
use super::encoding::Encoding;
use super::file_fault::{FileFault, FileFaultCode};
use super::format::Format;
use super::header::{Header, Heading};
use super::ranges;
use super::rows::Rows;
use super::seen::Seen;
use super::unpack::{self, Container};

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
        match self.container_name() {
            Some(container) => format!("{} in {container}", self.format.name()),
            None => self.format.name().to_owned(),
        }
    }

    /// What it is packed in, for people, such as `gzip`.
    #[must_use]
    pub fn container_name(&self) -> Option<&'static str> {
        self.container.map(Container::name)
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
    blocks: Blocks,
    /// The block that comes next, where it was read while the one before was checked.
    ahead: Option<Result<Option<Filled>, FileFault>>,
    seen: Seen,
    /// Threads that check.
    threads: usize,
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
        let blocks = Blocks { names, headings, format: rows.format(), rows, entries, count: 0, room: 0 };
        let threads = thread::available_parallelism().map_or(1, NonZero::get);
        Ok(Self { described, reading, blocks, ahead: None, seen: Seen::new(), threads, faults: 0 })
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
        let filled = match self.ahead.take() {
            Some(filled) => filled?,
            None => self.blocks.next(&self.reading)?,
        };
        let Some(Filled { block, headings, broken, part }) = filled else { return Ok(None) };
        let (reading, blocks, threads) = (&self.reading, &mut self.blocks, self.threads);
        let limits = reading.context.limits;
        let mut assembly = Assembly::new(reading, &mut self.seen, block.rows());
        // While this block is checked, the next is read, if one is to be expected.
        let more = threads > 1 && (block.rows() >= limits.batch || block.is_full());
        thread::scope(|scope| {
            let ahead = more.then(|| scope.spawn(|| blocks.next(reading)));
            for found in ranges::checked(reading, &headings, &block, threads) {
                assembly.add(found);
            }
            self.ahead = ahead.map(|ahead| match ahead.join() {
                Ok(filled) => filled,
                Err(panic) => std::panic::resume_unwind(panic),
            });
        });
        let batch = assembly.finish(broken, block, part.as_deref());
        self.faults += batch.faults();
        if self.faults > limits.faults {
            return Err(FileFault::new(FileFaultCode::TooManyFaults, limits.faults.to_string()));
        }
        Ok(Some(batch))
    }
}

impl std::fmt::Debug for Reader<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Reader")
            .field("described", &self.described)
            .field("count", &self.blocks.count)
            .finish_non_exhaustive()
    }
}
