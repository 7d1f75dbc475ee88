//! A file batch by batch, so that memory does not grow with it.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{Read, Seek, Write};

use super::encoding::Encoding;
use super::fault::Fault;
use super::file_fault::{FileFault, FileFaultCode};
use super::format::Format;
use super::read::{Outcome, RejectedRow, read};
use super::row::Row;
use super::{Context, rejects};

/// The most rows of a batch.
pub const BATCH: usize = 16_384;

/// Where the bytes of a file are.
#[derive(Debug)]
pub enum Source {
    /// In memory.
    Bytes(Vec<u8>),
    /// On the local disk.
    File(File),
}

/// What a file was found to be: the person who sends it confirms that.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Described {
    /// Its format, inside any compression.
    pub format: Format,
    /// The encoding of its texts; `None` where the format has but one.
    pub encoding: Option<Encoding>,
    /// The layout by which its columns are read.
    pub layout: String,
    /// The version of that layout.
    pub layout_version: String,
    /// The sheets or entries that are read, in order; empty where the file is one table.
    pub parts: Vec<String>,
    /// The sheets or entries that are left out.
    pub skipped: Vec<String>,
    /// The names of the columns as sent.
    pub header: Vec<String>,
}

/// Some rows of a file: `accepted` and `rejected` together are all of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Batch {
    /// The number of rows.
    pub rows: usize,
    /// Rows that can be stored, in order.
    pub accepted: Vec<Row>,
    /// Rows that cannot, in order.
    pub rejected: Vec<RejectedRow>,
    /// What is odd, in order of rows.
    pub warnings: Vec<Fault>,
    sources: Vec<(u32, u32, String)>,
}

impl Batch {
    /// Moves an accepted row to the rejected ones, with its source as sent: for what only the store can know.
    pub fn refuse(&mut self, row: u32, faults: Vec<Fault>) {
        let Ok(at) = self.accepted.binary_search_by_key(&row, |accepted| accepted.row) else { return };
        let line = self.accepted.remove(at).line;
        let source = self.sources.iter().find(|(known, ..)| *known == row);
        let sent = source.map(|(.., sent)| sent.clone()).unwrap_or_default();
        let place = self.rejected.partition_point(|rejected| rejected.row < row);
        self.rejected.insert(place, RejectedRow { row, line, faults, sent });
    }
}

/// Reads a file batch by batch.
#[derive(Debug)]
pub struct Reader<'a> {
    described: Described,
    batches: VecDeque<Batch>,
    _context: Context<'a>,
}

impl<'a> Reader<'a> {
    /// Opens a file and finds out what it is.
    ///
    /// # Errors
    /// What stops the whole file: see [`FileFaultCode`].
    pub fn open(source: Source, file_name: &str, context: Context<'a>) -> Result<Self, FileFault> {
        let bytes = match source {
            Source::Bytes(bytes) => bytes,
            Source::File(mut file) => {
                let mut bytes = Vec::new();
                let read = file.rewind().and_then(|()| file.read_to_end(&mut bytes));
                read.map_err(|error| FileFault::new(FileFaultCode::Unreadable, error.to_string()))?;
                bytes
            }
        };
        let outcome = read(&bytes, file_name, &context)?;
        let layout = context.layout()?;
        let described = Described {
            format: Format::Csv,
            encoding: Some(outcome.encoding),
            layout: layout.id.clone(),
            layout_version: layout.version.clone(),
            parts: Vec::new(),
            skipped: Vec::new(),
            header: outcome.header.split(',').map(str::to_owned).collect(),
        };
        Ok(Self { described, batches: split(outcome), _context: context })
    }

    /// What the file was found to be.
    #[must_use]
    pub fn described(&self) -> &Described {
        &self.described
    }

    /// The next rows, at most [`BATCH`]; `None` behind the last.
    ///
    /// # Errors
    /// What stops the whole file: see [`FileFaultCode`]. What stops a row is in the [`Batch`].
    pub fn next_batch(&mut self) -> Result<Option<Batch>, FileFault> {
        Ok(self.batches.pop_front())
    }
}

fn split(outcome: Outcome) -> VecDeque<Batch> {
    let Outcome { rows, accepted, rejected, warnings, sources, .. } = outcome;
    let batches = rows.div_ceil(BATCH);
    let empty = || Batch {
        rows: 0,
        accepted: Vec::new(),
        rejected: Vec::new(),
        warnings: Vec::new(),
        sources: Vec::new(),
    };
    let mut split: VecDeque<Batch> = std::iter::repeat_with(empty).take(batches).collect();
    let of = |row: u32| (row.max(1) as usize - 1) / BATCH; // rows are counted from 1
    for source in sources {
        split[of(source.0)].rows += 1;
        split[of(source.0)].sources.push(source);
    }
    for row in accepted {
        split[of(row.row)].accepted.push(row);
    }
    for row in rejected {
        split[of(row.row)].rejected.push(row);
    }
    for fault in warnings {
        split[of(fault.row)].warnings.push(fault);
    }
    split
}

/// Writes rejected rows in the format sent, so that they can be corrected and sent again.
#[derive(Debug)]
pub struct RejectsWriter<W> {
    out: W,
}

impl<W: Write + Seek> RejectsWriter<W> {
    /// Begins a file like the one described, with columns for row, code, reason and remedy.
    pub fn open(described: &Described, mut out: W) -> std::io::Result<Self> {
        out.write_all(rejects::head(&described.header.join(",")).as_bytes())?;
        Ok(Self { out })
    }

    /// Adds a row.
    pub fn push(&mut self, rejected: &RejectedRow) -> std::io::Result<()> {
        self.out.write_all(rejects::line(rejected).as_bytes())
    }

    /// Ends the file and gives back where it was written.
    pub fn finish(mut self) -> std::io::Result<W> {
        self.out.flush()?;
        Ok(self.out)
    }
}
