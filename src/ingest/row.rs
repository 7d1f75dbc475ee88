//! A row that can be stored.

use serde::Serialize;

use crate::rules::{CreditCode, Details, DomainId, RecordKind, SubjectCode, SubjectKind};

/// Whom a row is about, as the row says it. Which subject of the platform that is, is not decided here.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct SubjectRef {
    /// The kind, as class and code tell.
    pub kind: SubjectKind,
    /// Its codes in normal form, the surest first; at least one.
    pub codes: Vec<SubjectCode>,
    /// The name as sent.
    pub name: String,
    /// The legal representative as sent.
    pub representative: Option<String>,
}

/// A row without faults.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Its number below the header, from 1.
    pub row: u32,
    /// The line of the file it begins on, from 1.
    pub line: u32,
    /// The subject.
    pub subject: SubjectRef,
    /// The domain.
    pub domain: DomainId,
    /// The kind of record.
    pub kind: RecordKind,
    /// The organ that decided.
    pub organ: CreditCode,
    /// The document number in normal form.
    pub document_number: String,
    /// What it says.
    pub details: Details,
}

impl Row {
    /// All that the row says, without its place in the file: rows with the same content are the same. Two runs of the
    /// program give the same bytes.
    #[must_use]
    pub fn content(&self) -> Vec<u8> {
        let Self { row: _, line: _, subject, domain, kind, organ, document_number, details } = self;
        // Values of these types always become JSON.
        serde_json::to_vec(&(subject, domain, kind, organ, document_number, details)).unwrap_or_default()
    }
}
