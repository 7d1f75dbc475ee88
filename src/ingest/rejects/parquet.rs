//! Rejected rows as Parquet. All columns are texts: a cell that was no date can only be sent back as one.

use std::fs::File;
use std::io::{self, Seek, Write};

use polars::io::parquet::write::BatchedWriter;
use polars::prelude::{Column, DataFrame, DataType, Field, ParquetWriter, Schema};

use super::{ADDED, RejectedRow, added, cells, other};
use crate::ingest::reader::Described;

/// Rows that are written together.
const GROUP: usize = 16_384;

pub(super) struct Writer<W> {
    out: W,
    /// Parquet is written here first: its writer gives nothing back.
    file: File,
    batches: BatchedWriter<File>,
    described: Described,
    names: Vec<String>,
    columns: Vec<Vec<Option<String>>>,
}

impl<W: Write> Writer<W> {
    pub(super) fn open(described: &Described, out: W) -> io::Result<Self> {
        let names: Vec<String> =
            ADDED.iter().map(|name| (*name).to_owned()).chain(described.header.iter().cloned()).collect();
        let schema: Schema =
            names.iter().map(|name| Field::new(name.as_str().into(), DataType::String)).collect();
        let file = tempfile::tempfile()?;
        let batches = ParquetWriter::new(file.try_clone()?).batched(&schema).map_err(other)?;
        let columns = vec![Vec::new(); names.len()];
        Ok(Self { out, file, batches, described: described.clone(), names, columns })
    }

    pub(super) fn push(&mut self, rejected: &RejectedRow) -> io::Result<()> {
        let row = added(rejected).into_iter().chain(cells(&rejected.sent, &self.described));
        let mut row = row.map(|cell| Some(cell).filter(|cell| !cell.is_empty()));
        for column in &mut self.columns {
            column.push(row.next().flatten());
        }
        if self.columns[0].len() == GROUP { self.write() } else { Ok(()) }
    }

    fn write(&mut self) -> io::Result<()> {
        let rows = self.columns[0].len();
        let column = |(name, cells): (&String, &mut Vec<Option<String>>)| {
            Column::new(name.as_str().into(), std::mem::take(cells))
        };
        let columns = self.names.iter().zip(&mut self.columns).map(column).collect();
        let frame = DataFrame::new(rows, columns).map_err(other)?;
        self.batches.write_batch(&frame).map_err(other)
    }

    pub(super) fn finish(mut self) -> io::Result<W> {
        if !self.columns[0].is_empty() {
            self.write()?;
        }
        self.batches.finish().map_err(other)?;
        self.file.rewind()?;
        io::copy(&mut self.file, &mut self.out)?;
        self.out.flush()?;
        Ok(self.out)
    }
}
