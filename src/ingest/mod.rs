//! Bytes from regulators become records and rejects.
//!
//! ```text
//! bytes -> format -> encoding -> records (scan) -> header -> frame (polars) -> cells, column by column
//!       -> between the cells of a row -> between the rows of the file -> accepted | rejected
//! ```
//!
//! Every row that was submitted comes back: as a [`Row`] that can be stored, as an [`OperationRow`] on a record that should
//! be there, or as a [`RejectedRow`] with all of its faults at once. What stops the whole file is a [`FileFault`]. Nothing here knows what is stored already.

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
mod rejects;
mod row;
mod scan;
mod sent;
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
pub use rejects::template;
pub use row::{Named, OperationRow, Row, SubjectRef};
pub use sent::{AsSent, file_of};

/// What one file may hold at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of the file.
    pub bytes: usize,
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
    /// - 256 MiB and 500,000 rows: a province sends about 120,000 penalties a month, of 0.5 to 1 KB each; the whole
    ///   file and its records stand in memory at once.
    /// - 300 columns: ten times the national items; beyond that something was transposed.
    /// - 20,000 characters: four times the longest item.
    /// - 1,000,000 faults: two for every row; beyond that the file is of another kind, and reporting costs memory.
    fn default() -> Self {
        Self { bytes: 256 << 20, rows: 500_000, columns: 300, cell: 20_000, faults: 1_000_000 }
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
    /// What its columns mean.
    pub layout: &'a Layout,
    /// What the words in its cells mean.
    pub lists: &'a CodeLists,
    /// Credit codes with a wrong check character that the register confirms all the same.
    pub confirmed_codes: &'a HashSet<String>,
    /// How much is read.
    pub limits: Limits,
}
