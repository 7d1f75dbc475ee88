//! A file of one row, for what is corrected by hand.

use std::collections::BTreeMap;

/// A file of one row, from cells by the names of their columns.
#[must_use]
pub fn file_of(cells: &BTreeMap<String, String>) -> Vec<u8> {
    let mut file = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    // Writing to memory cannot fail.
    let _ = file.write_record(cells.keys()).and_then(|()| file.write_record(cells.values()));
    file.into_inner().unwrap_or_default()
}
