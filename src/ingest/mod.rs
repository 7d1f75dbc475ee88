//! Bytes from regulators become records and rejects.
//!
//! ```text
//! bytes -> unpack -> format -> rows (delimited, json, sheet, parquet) -> header and layout
//!       -> block of rows -> cells, column by column -> between the cells of a row
//!       -> between the rows of the file (seen) -> a batch: accepted | rejected
//! ```
//!
//! Every row that was submitted comes back: as a [`Row`] that can be stored, as an [`OperationRow`] on a record that should
//! be there, or as a [`RejectedRow`] with all of its faults at once. What stops the whole file is a [`FileFault`]. Nothing
//! here knows what is stored already. Memory does not grow with the file: one block is read at a time, and 36 bytes are
//! remembered of each document number.

mod alike;
mod assemble;
mod batch;
mod between;
mod block;
mod blocks;
mod bytes;
mod cells;
mod check;
mod day;
mod delimited;
mod encoding;
mod fault;
mod file_fault;
mod format;
mod header;
mod item;
mod json;
mod json_scan;
mod layout;
mod lists;
mod number;
mod parquet;
mod ranges;
mod reader;
mod rejects;
mod row;
mod rows;
mod scan;
mod seen;
mod sent;
mod sheet;
mod template;
mod text;
mod texts;
mod unpack;

use std::collections::HashSet;

use time::Date;

use crate::rules::{Authority, Catalogue, DomainId};

pub use batch::{Batch, Outcome, RejectedRow, read};
pub use block::Sent;
pub use bytes::Source;
pub use encoding::Encoding;
pub use fault::{Fault, FaultCode, FaultColumn};
pub use file_fault::{FileFault, FileFaultCode};
pub use format::Format;
pub use item::{Item, Kind, Required};
pub use layout::{BadLayout, Column, Given, GivenFrom, Layout};
pub use lists::{BadCodeList, CodeListTexts, CodeLists, Divisions, DocumentType, SubjectClass};
pub use reader::{Described, Reader};
pub use rejects::{RejectsWriter, format as rejects_format, text as rejects_text};
pub use row::{Named, OperationRow, Row, SubjectRef};
pub use sent::file_of;
pub use template::{Template, TemplateFormat, how_written, when_needed};
pub use texts::fault_in_short;
pub use unpack::Container;

/// The most rows of a batch: what is half-checked stays small.
pub const BATCH: usize = 16_384;

/// What one file may hold at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of the file.
    pub bytes: u64,
    /// Rows below the header.
    pub rows: usize,
    /// Columns of the header.
    pub columns: usize,
    /// Characters of one cell, whatever its column allows.
    pub cell: usize,
    /// Faults and warnings in all.
    pub faults: usize,
    /// Rows of a batch.
    pub batch: usize,
    /// Bytes of a text that are read at a time. It changes nothing but memory and speed.
    pub block: usize,
}

impl Default for Limits {
    /// What is read while the sender waits.
    ///
    /// - 256 MiB and 500,000 rows: a province sends about 120,000 penalties a month, of 0.5 to 1 KB each; the whole
    ///   file and its records stand in memory at once.
    /// - 300 columns: ten times the national items; beyond that something was transposed.
    /// - 20,000 characters: four times the longest item.
    /// - 1,000,000 faults: two for every row; beyond that the file is of another kind, and reporting costs memory.
    fn default() -> Self {
        Self {
            bytes: 256 << 20,
            rows: 500_000,
            columns: 300,
            cell: 20_000,
            faults: 1_000_000,
            batch: BATCH,
            block: 1 << 20,
        }
    }
}

impl Limits {
    /// What is read in the background, batch by batch.
    ///
    /// - 16 GiB and 10,000,000 rows: all that a province ever decided; what is remembered across the file for so many
    ///   rows stands in memory.
    /// - 20,000,000 faults: two for every row.
    #[must_use]
    pub fn background() -> Self {
        Self { bytes: 16 << 30, rows: 10_000_000, faults: 20_000_000, ..Self::default() }
    }
}

/// What a file is read against.
#[derive(Clone, Copy, Debug)]
pub struct Context<'a> {
    /// Who sends it.
    pub authority: &'a Authority,
    /// The domains there are.
    pub catalogue: &'a Catalogue,
    /// The domain of every row; `None` where a column says it, or where the authority has one domain only.
    pub domain: Option<&'a DomainId>,
    /// The local day on which it came in: no decision is later.
    pub received_on: Date,
    /// What its columns may mean: the layout that fits best is taken.
    pub layouts: &'a [Layout],
    /// The layout to read it by, where the sender names one.
    pub layout: Option<&'a str>,
    /// What the words in its cells mean.
    pub lists: &'a CodeLists,
    /// Credit codes with a wrong check character that the register confirms all the same.
    pub confirmed_codes: &'a HashSet<String>,
    /// How much is read.
    pub limits: Limits,
}
