//! What must be remembered of the rows of a file that is only checked, so that each part is judged as if those before it were stored.
//!
//! The file is looked through once beforehand: of a number that comes once nothing has to be remembered. That takes 32 MB whatever the
//! file. Of each further record of a number that comes again 24 bytes are kept, of each row that would be kept aside 16, and of each
//! subject that would be new 16: some hundred megabytes for ten million rows of the worst kind. What is told apart by a hash is
//! told apart by 128 bits where rows are counted by it.

use std::collections::hash_map::RandomState;
use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasher as _, Hash};

use uuid::Uuid;

use super::plan::Plan;
use crate::ingest::{Batch, Row};
use crate::rules::{CreditCode, Digest, RecordKey, RecordKind, SubjectCode, SubjectKind, normal};

/// Bits by which it is seen whether a number came before: with four for each of ten million numbers, one in a thousand that came once is
/// taken for one that came again, and costs memory.
const BITS: usize = 1 << 28;

/// The rows of a file so far.
pub(super) struct Repeats {
    keys: [RandomState; 2],
    /// Numbers that came.
    once: Vec<u64>,
    /// Numbers that came again.
    again: HashSet<u64>,
    /// What was said last of a record.
    said: HashMap<u128, u64>,
    /// The contents of rows that would be kept aside.
    aside: HashSet<u128>,
    /// Names of subjects that would be new, and the code of each.
    names: HashMap<u64, u64>,
}

/// What an earlier part says of the record of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Before {
    /// The same.
    Same,
    /// Something else.
    Other,
}

impl Repeats {
    pub(super) fn new() -> Self {
        Self {
            keys: std::array::from_fn(|_| RandomState::new()),
            once: vec![0; BITS / 64],
            again: HashSet::new(),
            said: HashMap::new(),
            aside: HashSet::new(),
            names: HashMap::new(),
        }
    }

    /// Looks through rows beforehand.
    pub(super) fn look(&mut self, batch: &Batch) {
        let records = batch.accepted.iter().map(|row| (row.organ, row.document_number.as_str(), row.kind));
        for (organ, number, kind) in records {
            let hash = self.number(organ, number, kind);
            if self.came(hash) {
                self.again.insert(hash);
            }
        }
    }

    /// Whether a number came before, as far as the bits tell; from now on it did.
    fn came(&mut self, hash: u64) -> bool {
        let (mut at, step) = (hash, self.keys[1].hash_one(hash) | 1);
        let mut came = true;
        for _ in 0..4 {
            let bit = usize::try_from(at).unwrap_or(usize::MAX) % BITS;
            came &= self.once[bit / 64] >> (bit % 64) & 1 == 1;
            self.once[bit / 64] |= 1 << (bit % 64);
            at = at.wrapping_add(step);
        }
        came
    }

    /// The file was looked through: the bits are needed no more.
    pub(super) fn looked(&mut self) {
        self.once = Vec::new();
    }

    fn number(&self, organ: CreditCode, number: &str, kind: RecordKind) -> u64 {
        self.keys[0].hash_one((organ, number, kind))
    }

    fn wide(&self, what: &impl Hash) -> u128 {
        let [first, second] = [0, 1].map(|at: usize| self.keys[at].hash_one(what));
        (u128::from(first) << 64) | u128::from(second)
    }

    /// The id of a subject that would be new: the same in every part.
    pub(super) fn id(&self, code: &SubjectCode) -> Uuid {
        Uuid::from_u128(self.wide(code))
    }

    /// What earlier parts say of the record of a row, if any does.
    pub(super) fn before(&self, key: &RecordKey, row: &Row) -> Option<Before> {
        let said = *self.said.get(&self.wide(key))?;
        let same = said == self.keys[0].hash_one((&row.domain, &row.details));
        Some(if same { Before::Same } else { Before::Other })
    }

    /// Whether an earlier part has a row that would be kept aside and says the same.
    pub(super) fn is_aside(&self, content: Digest) -> bool {
        self.aside.contains(&short(content))
    }

    /// Whether somebody new in an earlier part has this name and another code.
    pub(super) fn is_anothers(&self, name: &str, code: &SubjectCode) -> bool {
        let first = self.names.get(&self.keys[0].hash_one(name));
        first.is_some_and(|first| *first != self.keys[0].hash_one(code))
    }

    /// Remembers what would come of a part.
    pub(super) fn take(&mut self, plan: &Plan) {
        for new in &plan.versions {
            let key = new.version.key();
            if self.again.contains(&self.number(key.organ, &key.document_number, key.kind)) {
                let said = self.keys[0].hash_one((&new.version.domain, &new.version.details));
                self.said.insert(self.wide(&key), said);
            }
        }
        self.aside.extend(plan.asides.iter().map(|aside| short(aside.content)));
        let named = plan.subjects.iter().filter(|subject| subject.kind != SubjectKind::NaturalPerson);
        for subject in named {
            for name in &subject.names {
                let (name, code) = (normal::name(&name.name), &subject.code);
                let (name, code) = (self.keys[0].hash_one(name.as_str()), self.keys[0].hash_one(code));
                self.names.entry(name).or_insert(code);
            }
        }
    }
}

fn short(content: Digest) -> u128 {
    content.0.iter().take(16).fold(0, |bits, byte| (bits << 8) | u128::from(*byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_that_comes_again_is_never_missed_and_few_others_are_taken_for_one() {
        let (mut repeats, key) = (Repeats::new(), RandomState::new());
        let numbers: Vec<u64> = (0..200_000).map(|number: u32| key.hash_one(number)).collect();
        let wrong = numbers.iter().filter(|number| repeats.came(**number)).count();
        assert!(wrong < 10, "{wrong}");
        assert!(numbers.iter().all(|number| repeats.came(*number)));
    }
}
