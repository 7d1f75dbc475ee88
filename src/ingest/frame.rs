//! The well-formed records as a table of texts.

use std::io::Cursor;
use std::sync::Arc;

use polars::prelude::{CsvReadOptions, DataFrame, DataType, Field, PolarsError, Schema, SerReader};

/// Stands for a line end inside a cell, so that each record is one line and no reader can cut it elsewhere.
pub(super) const LINE_END: char = '\u{1e}';

/// Reads records of `cells` cells each, one to a line, as columns of texts; blank cells are null.
pub(super) fn frame(records: String, cells: usize, rows: usize) -> Result<DataFrame, PolarsError> {
    let name = |at: usize| Field::new(at.to_string().into(), DataType::String);
    let schema: Schema = (0..cells).map(name).collect();
    if rows == 0 {
        return Ok(DataFrame::empty_with_schema(&schema));
    }
    let mut frame = CsvReadOptions::default()
        .with_has_header(false)
        .with_schema(Some(Arc::new(schema)))
        .with_rechunk(true)
        .into_reader_with_file_handle(Cursor::new(records))
        .finish()?;
    frame.rechunk_mut();
    Ok(frame)
}
