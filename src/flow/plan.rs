//! What becomes of the rows of a file: new records, corrections, repetitions.

use std::collections::HashMap;

use uuid::Uuid;

use super::App;
use crate::ingest;
use crate::rules::{
    Instant, Name, Operation, RecordKey, Registration, Scheme, Subject, SubjectCode, Version,
};
use crate::seal;
use crate::store::records::{Kept, NewVersion};
use crate::store::{self, Tx, records, subjects};

/// What becomes of the rows.
#[derive(Default)]
pub(super) struct Plan {
    pub(super) subjects: Vec<Subject>,
    pub(super) versions: Vec<NewVersion>,
    pub(super) repeated: u64,
    pub(super) corrected: Vec<(Uuid, Uuid)>,
}

impl Plan {
    /// Decides for each good row whether it is new, a correction, or said before.
    pub(super) async fn new(
        app: &App,
        tx: &mut Tx,
        outcome: &ingest::Outcome,
        upload: Uuid,
        now: Instant,
    ) -> Result<Self, store::Error> {
        let mut plan = Self::default();
        let codes: Vec<SubjectCode> =
            outcome.accepted.iter().flat_map(|row| row.subject.codes.clone()).collect();
        let mut ids: HashMap<SubjectCode, Uuid> = subjects::ids_by_codes(tx, &codes).await?;
        let mut owners = Vec::with_capacity(outcome.accepted.len());
        for row in &outcome.accepted {
            // The surest code that is known tells; where none is, the subject is new under all of them.
            let known = row.subject.codes.iter().find_map(|code| ids.get(code).copied());
            owners.push(known.unwrap_or_else(|| {
                let subject = new_subject(app, &row.subject);
                let id = subject.id;
                ids.extend(row.subject.codes.iter().map(|code| (code.clone(), id)));
                plan.subjects.push(subject);
                id
            }));
        }
        let key = |(row, subject): (&ingest::Row, Uuid)| RecordKey {
            subject,
            organ: row.organ,
            document_number: row.document_number.clone(),
            kind: row.kind,
        };
        let keys: Vec<RecordKey> = outcome.accepted.iter().zip(owners).map(key).collect();
        let mut newest: HashMap<RecordKey, Kept> = records::newest_by_keys(tx, &keys).await?;
        for (row, key) in outcome.accepted.iter().zip(keys) {
            let content = seal::digest(&row.content());
            let before = newest.get(&key);
            if before.is_some_and(|kept| kept.content == content && !kept.version.standing.withdrawn) {
                plan.repeated += 1;
                continue;
            }
            let version = version(app, row, &key, before.map(|kept| &kept.version), upload, now);
            if version.operation == Operation::Correct {
                plan.corrected.push((version.subject, version.record));
            }
            newest.insert(key, Kept { version: version.clone(), content, superseded_at: None });
            plan.versions.push(NewVersion { version, content });
        }
        Ok(plan)
    }
}

fn new_subject(app: &App, named: &ingest::SubjectRef) -> Subject {
    let mut codes = named.codes.iter().cloned();
    // A row without any code is a fault, so there is a first one.
    let code = codes.next().unwrap_or(SubjectCode { scheme: Scheme::CreditCode, value: String::new() });
    Subject {
        id: app.mint(),
        kind: named.kind,
        code,
        names: vec![Name { name: named.name.clone(), from: None, to: None }],
        aliases: codes.collect(),
        registration: Registration::default(),
        relations: Vec::new(),
    }
}

/// The next version of a record. A correction keeps where the record stands; sent again after a withdrawal, it
/// stands afresh.
fn version(
    app: &App,
    row: &ingest::Row,
    key: &RecordKey,
    before: Option<&Version>,
    upload: Uuid,
    now: Instant,
) -> Version {
    let stands = before.filter(|version| !version.standing.withdrawn);
    let mut standing = stands.map(|version| version.standing.clone()).unwrap_or_default();
    standing.corrected |= stands.is_some();
    Version {
        record: before.map_or_else(|| app.mint(), |version| version.record),
        number: before.map_or(1, |version| version.number + 1),
        operation: if stands.is_some() { Operation::Correct } else { Operation::Insert },
        kind: row.kind,
        domain: row.domain.clone(),
        subject: key.subject,
        organ: row.organ,
        document_number: row.document_number.clone(),
        upload,
        row: row.row,
        received_at: now,
        details: row.details.clone(),
        standing,
    }
}
