//! What became of the rows of a file, some at a time or all of them.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Context;
use super::block::{Block, Sent};
use super::fault::Fault;
use super::file_fault::FileFault;
use super::reader::{Described, Reader};
use super::rejects::RejectsWriter;
use super::row::{Named, OperationRow, Row};

/// A row that cannot be stored, with all of its faults.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RejectedRow {
    /// Its number below the header, from 1.
    pub row: u32,
    /// The line of the file it begins on, from 1.
    pub line: u32,
    /// The sheet or the file of an archive it stands in, where there are several.
    pub part: Option<Arc<str>>,
    /// All that is wrong with it; at least one.
    pub faults: Vec<Fault>,
    /// The row as sent.
    pub sent: Sent,
    /// Whom it names and what for, as far as it can be read.
    pub named: Named,
}

impl RejectedRow {
    pub(super) fn new(block: &Block, part: Option<&str>, row: u32, faults: Vec<Fault>, named: Named) -> Self {
        let decided_on =
            named.decided_on.filter(|_| !faults.iter().any(|fault| fault.code.doubts_decision()));
        let named = Named { decided_on, ..named };
        Self { row, line: block.line(row), part: part.map(Arc::from), faults, sent: block.sent(row), named }
    }
}

/// Some rows of a file: `accepted`, `operations` and `rejected` together are all of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Batch {
    /// The number of rows.
    pub rows: usize,
    /// Records that can be stored, in order.
    pub accepted: Vec<Row>,
    /// What is done to records that should be here, in order.
    pub operations: Vec<OperationRow>,
    /// Rows that cannot, in order.
    pub rejected: Vec<RejectedRow>,
    /// What is odd, in accepted rows and in rejected ones, in order of rows.
    pub warnings: Vec<Fault>,
    block: Block,
    part: Option<Arc<str>>,
}

impl Batch {
    pub(super) fn new(
        accepted: Vec<Row>,
        operations: Vec<OperationRow>,
        rejected: Vec<RejectedRow>,
        warnings: Vec<Fault>,
        block: Block,
        part: Option<&str>,
    ) -> Self {
        let part = part.map(Arc::from);
        Self { rows: block.rows(), accepted, operations, rejected, warnings, block, part }
    }

    /// How many faults and warnings there are.
    pub(super) fn faults(&self) -> usize {
        self.rejected.iter().map(|rejected| rejected.faults.len()).sum::<usize>() + self.warnings.len()
    }

    /// Moves an accepted row to the rejected ones, with its source as sent: for what only the store can know. A row that
    /// is not accepted stays as it is.
    pub fn refuse(&mut self, row: u32, faults: Vec<Fault>) {
        self.refuse_all(BTreeMap::from([(row, faults)]));
    }

    /// Moves accepted rows to the rejected ones: see [`Self::refuse`].
    pub fn refuse_all(&mut self, refused: BTreeMap<u32, Vec<Fault>>) {
        let (block, part) = (&self.block, self.part.as_deref());
        let reject = |row, faults, named| Some(RejectedRow::new(block, part, row, faults, named));
        refuse(refused, &mut self.accepted, &mut self.operations, &mut self.rejected, reject);
    }
}

/// Moves accepted rows to the rejected ones.
fn refuse(
    mut refused: BTreeMap<u32, Vec<Fault>>,
    accepted: &mut Vec<Row>,
    operations: &mut Vec<OperationRow>,
    rejected: &mut Vec<RejectedRow>,
    reject: impl Fn(u32, Vec<Fault>, Named) -> Option<RejectedRow>,
) {
    let mut take = |row: u32, named: &dyn Fn() -> Named| {
        let taken = refused.remove(&row).and_then(|faults| reject(row, faults, named()));
        let is_taken = taken.is_some();
        rejected.extend(taken);
        is_taken
    };
    accepted.retain(|it| !take(it.row, &|| it.named()));
    operations.retain(|it| !take(it.row, &|| it.named()));
    rejected.sort_by_key(|it| it.row);
}

/// What became of a file: `accepted`, `operations` and `rejected` together are all its rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// What the file was found to be.
    pub described: Described,
    /// The number of rows below the header; blank lines are none.
    pub rows: usize,
    /// Records that can be stored, in order.
    pub accepted: Vec<Row>,
    /// What is done to records that should be here, in order.
    pub operations: Vec<OperationRow>,
    /// Rows that cannot, in order.
    pub rejected: Vec<RejectedRow>,
    /// What is odd, in accepted rows and in rejected ones, in order of rows.
    pub warnings: Vec<Fault>,
    /// What the rows were read from, in order.
    blocks: Vec<(Block, Option<Arc<str>>)>,
}

impl Outcome {
    /// Moves accepted rows to the rejected ones: see [`Batch::refuse`].
    pub fn refuse(&mut self, refused: BTreeMap<u32, Vec<Fault>>) {
        let blocks = &self.blocks;
        let reject = |row, faults, named| {
            let of = blocks.partition_point(|(block, _)| block.next_row() <= row);
            let (block, part) = blocks.get(of)?;
            Some(RejectedRow::new(block, part.as_deref(), row, faults, named))
        };
        refuse(refused, &mut self.accepted, &mut self.operations, &mut self.rejected, reject);
    }

    /// The rejected rows as a file in the format sent, each with its number, the codes of its faults, what is wrong and
    /// what to do. Corrected, it can be sent as it is.
    ///
    /// # Errors
    /// Where a temporary file cannot be written.
    pub fn rejects_file(&self) -> std::io::Result<Vec<u8>> {
        let mut file = std::io::Cursor::new(Vec::new());
        let mut writer = RejectsWriter::open(&self.described, &mut file)?;
        for rejected in &self.rejected {
            writer.push(rejected)?;
        }
        writer.finish()?;
        Ok(file.into_inner())
    }
}

/// Reads one file at once; see [`Reader`] for one of any length.
///
/// # Errors
/// What stops the whole file: see [`FileFault`]. What stops a row is in the [`Outcome`].
pub fn read(bytes: &[u8], file_name: &str, context: &Context<'_>) -> Result<Outcome, FileFault> {
    let mut reader = Reader::open(bytes.to_vec().into(), file_name, *context)?;
    let mut outcome = Outcome {
        described: reader.described().clone(),
        rows: 0,
        accepted: Vec::new(),
        operations: Vec::new(),
        rejected: Vec::new(),
        warnings: Vec::new(),
        blocks: Vec::new(),
    };
    while let Some(batch) = reader.next_batch()? {
        outcome.rows += batch.rows;
        outcome.accepted.extend(batch.accepted);
        outcome.operations.extend(batch.operations);
        outcome.rejected.extend(batch.rejected);
        outcome.warnings.extend(batch.warnings);
        outcome.blocks.push((batch.block, batch.part));
    }
    Ok(outcome)
}
