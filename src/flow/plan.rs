//! What becomes of rows: new records, corrections, repetitions.

use std::collections::HashMap;

use uuid::Uuid;

use super::App;
use super::follow::Changed;
use crate::ingest;
use crate::rules::{
    Digest, Instant, Name, Operation, RecordKey, Registration, Subject, SubjectCode, Version,
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
    pub(super) corrected: u64,
    pub(super) changed: Vec<Changed>,
    pub(super) listed: Vec<Listed>,
}

/// A row that met a record that was known before, for the list that goes with a receipt.
pub(super) struct Listed {
    row: u32,
    line: u32,
    outcome: &'static str,
    record: Uuid,
    version: u32,
    content: Digest,
}

impl Listed {
    /// The names of its cells.
    pub(super) const HEAD: &str = "row,line,outcome,record,version,content_sha256\r\n";

    /// As a line of CSV (RFC 4180); no cell of it needs quotes.
    pub(super) fn line(&self) -> String {
        let Self { row, line, outcome, record, version, content } = self;
        format!("{row},{line},{outcome},{record},{version},{content}\r\n")
    }
}

impl Plan {
    /// Decides for each good row whether it is new, a correction, or said before.
    pub(super) async fn new(
        app: &App,
        tx: &mut Tx,
        rows: &[ingest::Row],
        upload: Uuid,
        now: Instant,
    ) -> Result<Self, store::Error> {
        let mut plan = Self::default();
        // Only the surest code tells whose a row is: the others are typed with less care, and a number that two
        // companies share by mistake must not lay one's record at the other's door.
        let surest = |row: &ingest::Row| row.subject.codes.first().cloned();
        let codes: Vec<SubjectCode> = rows.iter().filter_map(surest).collect();
        let mut ids: HashMap<SubjectCode, Uuid> = subjects::ids_by_codes(tx, &codes).await?;
        let mut owners = Vec::with_capacity(codes.len());
        // A row without any code is a fault, so there are as many codes as rows.
        for (row, code) in rows.iter().zip(codes) {
            let owner = *ids.entry(code.clone()).or_insert_with(|| {
                let subject = new_subject(app, &row.subject, code);
                let id = subject.id;
                plan.subjects.push(subject);
                id
            });
            owners.push(owner);
        }
        let key = |(row, subject): (&ingest::Row, Uuid)| RecordKey {
            subject,
            organ: row.organ,
            document_number: row.document_number.clone(),
            kind: row.kind,
        };
        let keys: Vec<RecordKey> = rows.iter().zip(owners).map(key).collect();
        let mut newest: HashMap<RecordKey, Kept> = records::newest_by_keys(tx, &keys).await?;
        for (row, key) in rows.iter().zip(keys) {
            let content = seal::digest(&row.content());
            let before = newest.get(&key);
            if before.is_some_and(|kept| kept.content == content && !kept.version.standing.withdrawn) {
                plan.repeated += 1;
                plan.listed.extend(before.map(|kept| listed(row, "repeated", &kept.version, content)));
                continue;
            }
            let version = version(app, row, &key, before.map(|kept| &kept.version), upload, now);
            if version.operation == Operation::Correct {
                plan.corrected += 1;
                plan.changed.push(Changed::from(&version));
            }
            if version.number > 1 {
                plan.listed.push(listed(row, "superseding", &version, content));
            }
            newest.insert(key, Kept { version: version.clone(), content, superseded_at: None });
            plan.versions.push(NewVersion { version, content });
        }
        Ok(plan)
    }
}

fn listed(row: &ingest::Row, outcome: &'static str, version: &Version, content: Digest) -> Listed {
    let Version { record, number, .. } = *version;
    Listed { row: row.row, line: row.line, outcome, record, version: number, content }
}

fn new_subject(app: &App, named: &ingest::SubjectRef, code: SubjectCode) -> Subject {
    Subject {
        id: app.mint(),
        kind: named.kind,
        code,
        names: vec![Name { name: named.name.clone(), from: None, to: None }],
        aliases: Vec::new(),
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
