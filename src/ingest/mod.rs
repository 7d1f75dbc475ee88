//! Bytes from regulators become records and rejects.
//!
//! ```text
//! bytes -> format -> encoding -> records (scan) -> header -> frame (polars) -> cells, column by column
//!       -> between the cells of a row -> between the rows of the file -> accepted | rejected
//! ```
//!
//! Every row that was submitted comes back: as a [`Row`] that can be stored or as a [`RejectedRow`] with all of its
//! faults at once. What stops the whole file is a [`FileFault`]. Nothing here knows what is stored already.

mod assemble;
mod between;
mod cells;
mod encoding;
mod fault;
mod file_fault;
mod format;
mod frame;
mod header;
mod layout;
mod lists;
mod read;
mod reader;
mod rejects;
mod row;
mod scan;
mod texts;

use std::collections::HashSet;

use time::Date;

use crate::rules::{Authority, Catalogue, DomainId};

pub use encoding::Encoding;
pub use fault::{Fault, FaultCode, FaultColumn};
pub use file_fault::{FileFault, FileFaultCode};
pub use format::Format;
pub use layout::{BadLayout, Column, Item, Kind, Layout, Required};
pub use lists::{BadCodeList, CodeListTexts, CodeLists, Divisions, DocumentType, SubjectClass};
pub use read::{Outcome, RejectedRow, read};
pub use reader::{BATCH, Batch, Described, Reader, RejectsWriter, Source};
pub use rejects::template;
pub use row::{Row, SubjectRef};

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
        Self { bytes: 256 << 20, rows: 500_000, columns: 300, cell: 20_000, faults: 1_000_000 }
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

impl<'a> Context<'a> {
    /// The layout that is wanted, or the first.
    fn layout(&self) -> Result<&'a Layout, FileFault> {
        let wanted = |layout: &&Layout| self.layout.is_none_or(|id| layout.id == id);
        let found = self.layouts.iter().find(wanted);
        found.ok_or_else(|| FileFault::new(FileFaultCode::Layout, self.layout.unwrap_or_default()))
    }
}
