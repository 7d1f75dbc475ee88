//! Rows of Apache Parquet, a slice of a row group at a time.

use std::io::Cursor;
use std::sync::Arc;

use polars::prelude::{
    ArrowDataType, Column, DataFrame, DataType, ParquetReader, PolarsResult, SerReader, StringChunked,
};

use super::Context;
use super::block::{Block, Span};
use super::bytes::Shared;
use super::file_fault::{FileFault, FileFaultCode};
use super::header::{self, Header};
use super::number;

/// Batches that are decoded at a time: a row group may hold a million rows, of which each has a thousand bytes.
const BATCHES: usize = 4;
/// The fewest rows that are: each time the file is opened anew.
const FEWEST: usize = 8_192;

/// The rows of a Parquet file.
pub(super) struct Parquet {
    shared: Shared,
    rows: usize,
    /// Rows that are decoded at a time.
    slice: usize,
    /// The first row that was not decoded yet.
    at: usize,
    columns: Vec<StringChunked>,
    /// How many rows of the columns were given out.
    given: usize,
}

/// The bytes of a file in memory.
struct Bytes(Arc<Vec<u8>>);

impl AsRef<[u8]> for Bytes {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl Parquet {
    /// Reads what the file says of itself.
    pub(super) fn open<'a>(
        shared: Shared,
        context: &Context<'a>,
        wanted: Option<&str>,
    ) -> Result<(Self, Header<'a>), FileFault> {
        let (rows, fields) = guarded(|| match &shared {
            Shared::Bytes(bytes) => describe(ParquetReader::new(Cursor::new(Bytes(bytes.clone())))),
            Shared::File(file, _) => describe(ParquetReader::new(file.try_clone()?)),
        })?;
        let names = fields.iter().map(|(name, _)| name.clone()).collect();
        let header = header::find(&[Some(names)], context, wanted)?;
        if rows > context.limits.rows {
            return Err(FileFault::new(FileFaultCode::TooManyRows, context.limits.rows.to_string()));
        }
        let unread = fields.iter().find(|(_, kind)| !is_read(kind));
        if let Some((name, kind)) = unread {
            return Err(FileFault::new(FileFaultCode::Format, format!("Parquet {name}: {kind:?}")));
        }
        let names: Vec<String> = fields.into_iter().map(|(name, _)| name).collect();
        let headings = header::headings(&names, header.layout)?;
        let slice = context.limits.batch.saturating_mul(BATCHES).clamp(FEWEST, super::BATCH * BATCHES);
        Ok((
            Self { shared, rows, slice, at: 0, columns: Vec::new(), given: 0 },
            Header { names, headings, ..header },
        ))
    }

    /// Adds rows to a block until it has so many.
    pub(super) fn fill(&mut self, block: &mut Block, most: usize) -> Result<(), FileFault> {
        while block.rows() < most && !block.is_full() {
            let decoded = self.columns.first().map_or(0, StringChunked::len);
            if self.given == decoded {
                if self.at >= self.rows {
                    return Ok(());
                }
                self.decode()?;
                continue;
            }
            let line = u32::try_from(self.at - decoded + self.given + 1).unwrap_or(u32::MAX);
            for column in &self.columns {
                let cell = column.get(self.given).filter(|cell| !cell.is_empty());
                let span = cell.map_or_else(Span::default, |cell| block.put(cell));
                block.cell(span);
            }
            block.end_row(line, None);
            self.given += 1;
        }
        Ok(())
    }

    /// Decodes the next slice.
    fn decode(&mut self) -> Result<(), FileFault> {
        let length = self.slice.min(self.rows - self.at);
        let slice = Some((self.at, length));
        let frame = guarded(|| match &self.shared {
            Shared::Bytes(bytes) => {
                ParquetReader::new(Cursor::new(Bytes(bytes.clone()))).with_slice(slice).finish()
            }
            Shared::File(file, _) => ParquetReader::new(file.try_clone()?).with_slice(slice).finish(),
        })?;
        if frame.height() != length {
            let detail = format!("{} ≠ {length}", frame.height());
            return Err(FileFault::new(FileFaultCode::Unreadable, detail));
        }
        self.columns = guarded(|| texts(&frame))?;
        self.at += length;
        self.given = 0;
        Ok(())
    }
}

/// What a reader of Parquet does, if it does not break down over what others made.
fn guarded<T>(work: impl FnOnce() -> PolarsResult<T>) -> Result<T, FileFault> {
    let unreadable = |detail: String| FileFault::new(FileFaultCode::Unreadable, detail);
    match std::panic::catch_unwind(std::panic::AssertUnwindSafe(work)) {
        Ok(Ok(done)) => Ok(done),
        Ok(Err(error)) => Err(unreadable(error.to_string())),
        Err(_) => Err(unreadable("the Parquet file is damaged".to_owned())),
    }
}

/// The number of rows, and the columns with their types.
fn describe<R>(mut reader: ParquetReader<R>) -> PolarsResult<(usize, Vec<(String, ArrowDataType)>)>
where
    R: polars::io::mmap::MmapBytesReader,
{
    let rows = reader.num_rows()?;
    let schema = reader.schema()?;
    Ok((rows, schema.iter().map(|(name, field)| (name.to_string(), field.dtype.clone())).collect()))
}

/// Whether a cell of this type can be read as text.
fn is_read(kind: &ArrowDataType) -> bool {
    match kind {
        ArrowDataType::Timestamp(_, zone) => zone.is_none(),
        ArrowDataType::Dictionary(_, values, _) => is_read(values),
        ArrowDataType::Null
        | ArrowDataType::Boolean
        | ArrowDataType::Int8
        | ArrowDataType::Int16
        | ArrowDataType::Int32
        | ArrowDataType::Int64
        | ArrowDataType::UInt8
        | ArrowDataType::UInt16
        | ArrowDataType::UInt32
        | ArrowDataType::UInt64
        | ArrowDataType::Float32
        | ArrowDataType::Float64
        | ArrowDataType::Date32
        | ArrowDataType::Utf8
        | ArrowDataType::LargeUtf8
        | ArrowDataType::Utf8View
        | ArrowDataType::Decimal(..) => true,
        _ => false,
    }
}

/// The cells of all columns as texts.
fn texts(frame: &DataFrame) -> PolarsResult<Vec<StringChunked>> {
    frame.columns().iter().map(column).collect()
}

fn column(column: &Column) -> PolarsResult<StringChunked> {
    match column.dtype() {
        DataType::Float32 | DataType::Float64 => {
            let numbers = column.cast(&DataType::Float64)?;
            Ok(numbers.f64()?.iter().map(|cell| cell.map(number::text)).collect())
        }
        DataType::String => Ok(column.str()?.rechunk().into_owned()),
        _ => Ok(column.cast(&DataType::String)?.str()?.rechunk().into_owned()),
    }
}
