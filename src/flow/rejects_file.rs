//! The rejected rows of an upload as a file.

use std::borrow::Borrow;
use std::io::Cursor;

use crate::ingest::{self, Batch, Described, Fault, RejectedRow, RejectsWriter};

/// A file of rejected rows, in the format that was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RejectsFile {
    /// The file.
    pub bytes: Vec<u8>,
    /// Its media type.
    pub media_type: &'static str,
    /// What its name ends with.
    pub extension: &'static str,
    /// Its text in Unicode, where it is CSV.
    pub csv: Option<String>,
}

impl RejectsFile {
    pub(super) fn of(bytes: Vec<u8>) -> Self {
        let format = ingest::rejects_format(&bytes);
        let csv = (format == ingest::Format::Csv).then(|| ingest::rejects_text(&bytes).into_owned());
        Self { media_type: format.media_type(), extension: format.extension(), csv, bytes }
    }

    /// The rejected rows as a file like the one sent; `None` where there are none.
    pub(super) fn of_batches(
        described: &Described,
        batches: &[impl Borrow<Batch>],
    ) -> std::io::Result<Option<Self>> {
        let mut rejected = rejected(batches).peekable();
        if rejected.peek().is_none() {
            return Ok(None);
        }
        let mut writer = RejectsWriter::open(described, Cursor::new(Vec::new()))?;
        for row in rejected {
            writer.push(row)?;
        }
        Ok(Some(Self::of(writer.finish()?.into_inner())))
    }
}

/// Every fault of every rejected row.
pub(super) fn faults(batches: &[impl Borrow<Batch>]) -> Vec<Fault> {
    rejected(batches).flat_map(|row| row.faults.clone()).collect()
}

fn rejected<'b>(batches: &'b [impl Borrow<Batch> + 'b]) -> impl Iterator<Item = &'b RejectedRow> {
    batches.iter().flat_map(|batch| &batch.borrow().rejected)
}
