//! What the rows of a file would make of the records that its operations name, before any of it is stored.
//!
//! A large file that is taken as a whole or not at all is judged to its last row first, part by part. An operation may rest on
//! another row of the file, in a part before its own: what such rows lead to is remembered, and of no others, so that memory
//! grows with the operations and not with the file. Where the file is only checked, little more is remembered of the others
//! (`repeats`).

use std::collections::{HashMap, HashSet};

use uuid::Uuid;

use super::plan::Plan;
use super::repeats::{Before, Repeats};
use crate::ingest::{Batch, OperationRow, Row};
use crate::rules::{Digest, RecordKey, SubjectCode};
use crate::store::records::Kept;

/// The most operations of such a file: with what each leads to, they take some 300 MB.
const MOST: usize = 100_000;

/// What rows that were judged would have made.
#[derive(Default)]
pub(super) struct Ahead {
    /// The records that operations name, whosoever they are.
    named: HashSet<RecordKey>,
    operations: usize,
    /// Subjects that would be new.
    subjects: HashMap<SubjectCode, Uuid>,
    /// The versions of each record, oldest first.
    versions: HashMap<RecordKey, Vec<Kept>>,
    /// What else there is to remember of a file that is only checked, of which parts have no part before them in the store.
    repeats: Option<Box<Repeats>>,
}

impl Ahead {
    /// What is ahead in a file that is only checked.
    pub(super) fn of_check() -> Self {
        Self { repeats: Some(Box::new(Repeats::new())), ..Self::default() }
    }

    /// Looks through rows beforehand; `None` where there are too many operations.
    pub(super) fn look(&mut self, batch: &Batch) -> Option<()> {
        if let Some(repeats) = &mut self.repeats {
            repeats.look(batch);
        }
        self.name(&batch.operations)
    }

    /// The whole file was looked through.
    pub(super) fn looked(&mut self) {
        if let Some(repeats) = &mut self.repeats {
            repeats.looked();
        }
    }

    /// Remembers which records some operations name; `None` where there are too many of them.
    fn name(&mut self, operations: &[OperationRow]) -> Option<()> {
        self.operations += operations.len();
        let keys = operations.iter().map(|row| RecordKey {
            subject: Uuid::nil(),
            organ: row.organ,
            document_number: row.document_number.clone(),
            kind: row.kind,
        });
        self.named.extend(keys);
        (self.operations <= MOST).then_some(())
    }

    /// Remembers what would come of rows, where operations name it.
    pub(super) fn take(&mut self, plan: &Plan) {
        let fresh: HashMap<Uuid, &SubjectCode> = plan.subjects.iter().map(|it| (it.id, &it.code)).collect();
        for new in &plan.versions {
            let key = new.version.key();
            if !self.named.contains(&RecordKey { subject: Uuid::nil(), ..key.clone() }) {
                continue;
            }
            if let Some(code) = fresh.get(&key.subject) {
                self.subjects.insert((*code).clone(), key.subject);
            }
            let kept = Kept { version: new.version.clone(), content: new.content, superseded_at: None };
            self.versions.entry(key).or_default().push(kept);
        }
        if let Some(repeats) = &mut self.repeats {
            repeats.take(plan);
        }
    }

    /// The id that a subject would get that is new, where it has to be the same in every part.
    pub(super) fn id(&self, code: &SubjectCode) -> Option<Uuid> {
        self.repeats.as_ref().map(|repeats| repeats.id(code))
    }

    /// What an earlier part says of the record of a row, where that is not among its versions.
    pub(super) fn before(&self, key: &RecordKey, row: &Row) -> Option<Before> {
        let repeats = self.repeats.as_ref().filter(|_| self.versions(key).is_empty())?;
        repeats.before(key, row)
    }

    /// Whether an earlier part has a row that would be kept aside and says the same.
    pub(super) fn is_aside(&self, content: Digest) -> bool {
        self.repeats.as_ref().is_some_and(|repeats| repeats.is_aside(content))
    }

    /// Whether somebody new in an earlier part has this name and another code.
    pub(super) fn is_anothers(&self, name: &str, code: &SubjectCode) -> bool {
        self.repeats.as_ref().is_some_and(|repeats| repeats.is_anothers(name, code))
    }

    /// The subject with a code, if it would be new.
    pub(super) fn subject(&self, code: &SubjectCode) -> Option<Uuid> {
        self.subjects.get(code).copied()
    }

    /// The versions that a record would have got, oldest first.
    pub(super) fn versions(&self, key: &RecordKey) -> &[Kept] {
        self.versions.get(key).map_or(&[], Vec::as_slice)
    }
}
