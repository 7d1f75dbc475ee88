//! The list that goes with a receipt: each row that met a record that was known before.

use uuid::Uuid;

use crate::rules::{Digest, Version};

/// A row that repeated a record, or superseded a version of it.
pub(super) struct Listed {
    row: u32,
    outcome: &'static str,
    record: Uuid,
    version: u32,
    content: Digest,
}

impl Listed {
    /// The names of its cells.
    pub(super) const HEAD: &str = "row,outcome,record,version,content_sha256\r\n";

    pub(super) fn new(row: u32, outcome: &'static str, version: &Version, content: Digest) -> Self {
        Self { row, outcome, record: version.record, version: version.number, content }
    }

    /// As a line of CSV (RFC 4180); no cell of it needs quotes.
    pub(super) fn line(&self) -> String {
        let Self { row, outcome, record, version, content } = self;
        format!("{row},{outcome},{record},{version},{content}\r\n")
    }
}
