//! What rows say: a record, what is done to one, or as much of it as can be read.

use serde::Serialize;

use time::Date;

use crate::rules::{
    Change, CitizenNumber, CreditCode, Details, DomainId, Operation, RecordKind, Scheme, SubjectCode,
    SubjectKind, normal,
};

/// Whom a row is about, as the row says it. Which subject of the platform that is, is not decided here.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct SubjectRef {
    /// The kind, as class and code tell.
    pub kind: SubjectKind,
    /// Its codes in normal form, the surest first; none where an organisation is named only by its name.
    pub codes: Vec<SubjectCode>,
    /// The name as sent.
    pub name: String,
    /// The legal representative as sent.
    pub representative: Option<String>,
}

impl SubjectRef {
    fn is_person(&self) -> bool {
        self.kind == SubjectKind::NaturalPerson
    }

    /// Whether its surest code is one that can be checked, or a person's.
    fn is_certain(&self) -> bool {
        let sure = |code: &SubjectCode| matches!(code.scheme, Scheme::CreditCode | Scheme::IdentityNumber);
        self.codes.first().is_some_and(sure)
    }
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
    /// Insert or correct, where the row says which; else the one that fits.
    pub operation: Option<Operation>,
    /// Why, where the row says it.
    pub reason: Option<String>,
}

/// A row about what is done to a record that should be here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OperationRow {
    /// Its number below the header, from 1.
    pub row: u32,
    /// The subject; at least one code.
    pub subject: SubjectRef,
    /// The kind of record.
    pub kind: RecordKind,
    /// The organ that decided.
    pub organ: CreditCode,
    /// The document number in normal form.
    pub document_number: String,
    /// What is done.
    pub change: Change,
}

/// Whom a rejected row names and what for, as far as it can be read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Named {
    /// Codes of the subject that are sound.
    pub codes: Vec<SubjectCode>,
    /// The name as sent.
    pub name: Option<String>,
    /// It is about a person, as its class says.
    pub person: bool,
    /// Who is meant stands beyond doubt: a credit code is sound and in its own column, or a person's number is.
    pub certain: bool,
    /// The domain, whoever answers for it.
    pub domain: Option<DomainId>,
    /// The organ that decided.
    pub organ: Option<CreditCode>,
    /// The document number in normal form.
    pub document_number: Option<String>,
    /// The kind of record.
    pub kind: Option<RecordKind>,
    /// It was to do something to a record that is here.
    pub operates: bool,
    /// The day of the decision, if nothing is wrong with it.
    pub decided_on: Option<Date>,
}

impl Row {
    /// Whom it names and what for.
    #[must_use]
    pub fn named(&self) -> Named {
        Named {
            codes: self.subject.codes.clone(),
            name: Some(self.subject.name.clone()),
            person: self.subject.is_person(),
            certain: self.subject.is_certain(),
            domain: Some(self.domain.clone()),
            organ: Some(self.organ),
            document_number: Some(self.document_number.clone()),
            kind: Some(self.kind),
            operates: false,
            decided_on: Some(self.details.decided_on),
        }
    }

    /// All that the row says, without its place in the file and how it was sent: rows with the same content are the same. Two runs of the
    /// program give the same bytes.
    #[must_use]
    pub fn content(&self) -> Vec<u8> {
        let Self {
            row: _,
            line: _,
            subject,
            domain,
            kind,
            organ,
            document_number,
            details,
            operation: _,
            reason: _,
        } = self;
        // Values of these types always become JSON.
        serde_json::to_vec(&(subject, domain, kind, organ, document_number, details)).unwrap_or_default()
    }
}

impl OperationRow {
    /// Whom it names and what for; the day of the decision is the record's.
    #[must_use]
    pub fn named(&self) -> Named {
        Named {
            codes: self.subject.codes.clone(),
            name: Some(self.subject.name.clone()).filter(|name| !name.is_empty()),
            person: self.subject.is_person(),
            certain: self.subject.is_certain(),
            domain: None,
            organ: Some(self.organ),
            document_number: Some(self.document_number.clone()),
            kind: Some(self.kind),
            operates: true,
            decided_on: None,
        }
    }
}

/// Credit codes and citizen numbers that stand somewhere in a row that cannot be taken apart.
pub(super) fn codes_in(text: &str) -> Vec<SubjectCode> {
    let text = normal::narrow(text);
    let code = |word: &str| match word.parse::<CreditCode>() {
        Ok(code) => Some(SubjectCode::from(code)),
        Err(_) => word.parse::<CitizenNumber>().ok().map(SubjectCode::from),
    };
    text.split(|c: char| !c.is_ascii_alphanumeric()).filter_map(code).collect()
}
