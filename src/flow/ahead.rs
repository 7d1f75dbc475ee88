//! What the rows of a file would make of the records that its operations name, before any of it is stored.
//!
//! A large file that is taken as a whole or not at all is judged to its last row first, part by part. An operation may rest on
//! another row of the file, in a part before its own: what such rows lead to is remembered, and of no others, so that memory
//! grows with the operations and not with the file.

use std::collections::{HashMap, HashSet};

use uuid::Uuid;

use super::plan::Plan;
use crate::ingest::OperationRow;
use crate::rules::{RecordKey, SubjectCode};
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
}

impl Ahead {
    /// Remembers which records some operations name; `None` where there are too many of them.
    pub(super) fn name(&mut self, operations: &[OperationRow]) -> Option<()> {
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
