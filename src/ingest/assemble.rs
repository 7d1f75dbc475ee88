//! Checked rows become records or rejects.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};

use time::Date;
use time::macros::date;

use crate::rules::{CreditCode, Details, Fen, Further, Procedure, RecordKind, Scheme, SubjectCode, normal};

use super::between::{CODES, Table, subject_kind};
use super::cells::Value;
use super::fault::{Fault, FaultCode};
use super::layout::Item;
use super::lists::SubjectClass;
use super::read::{Reading, RejectedRow, Unknown};
use super::row::{Row, SubjectRef};

/// The day that stands for "open-ended" in the national items.
const OPEN_END: Date = date!(2099 - 12 - 31);

/// What makes two rows of a file the same record: organ, document number, kind, surest code of the subject.
type Key = (CreditCode, String, RecordKind, SubjectCode);

/// The rows of a file as they are finished.
pub(super) struct Assembly<'a> {
    reading: &'a Reading<'a>,
    accepted: Vec<Row>,
    faults: BTreeMap<u32, Vec<Fault>>,
    noted: usize,
    warnings: Vec<Fault>,
    by_key: HashMap<Key, usize>,
    by_number: HashMap<(CreditCode, String), usize>,
}

impl<'a> Assembly<'a> {
    pub(super) fn new(reading: &'a Reading<'a>) -> Self {
        Self {
            reading,
            accepted: Vec::new(),
            faults: BTreeMap::new(),
            noted: 0,
            warnings: Vec::new(),
            by_key: HashMap::new(),
            by_number: HashMap::new(),
        }
    }

    /// How many faults and warnings there are.
    pub(super) fn faults(&self) -> usize {
        self.noted + self.warnings.len()
    }

    fn reject(&mut self, fault: Fault) {
        self.noted += 1;
        self.faults.entry(fault.row).or_default().push(fault);
    }

    /// Adds checked rows: those without a fault are accepted, unless they contradict an accepted one.
    pub(super) fn add(&mut self, mut table: Table, unknown: &Unknown, found: Vec<Fault>) {
        let (mut odd, wrong): (Vec<_>, Vec<_>) = found.into_iter().partition(|fault| fault.code.is_warning());
        odd.sort_by_key(|fault| fault.row);
        self.warnings.append(&mut odd);
        for fault in wrong {
            self.reject(fault);
        }
        for (at, row) in table.rows.clone().into_iter().enumerate() {
            if self.faults.contains_key(&row) {
                continue;
            }
            let extra = unknown.iter().filter_map(|(name, cells)| Some((name.clone(), cells[at].clone()?)));
            match self.row(&mut table, at, row, extra.collect()) {
                Some(built) => self.accept(built),
                // Only a layout that requires too little leads here.
                None => self.reject(Fault::of_row(row, FaultCode::Missing, "")),
            }
        }
    }

    /// Accepts a row, unless an accepted one says something else under the same number.
    fn accept(&mut self, row: Row) {
        let Some(code) = row.subject.codes.first().cloned() else {
            return self.reject(Fault::of_row(row.row, FaultCode::NoIdentifier, ""));
        };
        let number = (row.organ, row.document_number.clone());
        let key = (row.organ, row.document_number.clone(), row.kind, code);
        let same = |first: &Row| {
            (&first.subject, &first.domain, &first.details) == (&row.subject, &row.domain, &row.details)
        };
        let sent = &row.details.document_number;
        if let Some(first) = self.by_key.get(&key).map(|&at| &self.accepted[at]).filter(|first| !same(first))
        {
            let code = FaultCode::ConflictInFile;
            let fault = self.reading.fault(row.row, Item::DocumentNumber, code, sent, first.row.to_string());
            return self.reject(fault);
        }
        let first = self.by_number.get(&number).map(|&at| &self.accepted[at]);
        if let Some(first) = first.filter(|first| first.details.decided_on != row.details.decided_on) {
            let detail = format!("{}: {}", first.row, first.details.decided_on);
            let sent = row.details.decided_on.to_string();
            let fault =
                self.reading.fault(row.row, Item::DecidedOn, FaultCode::OtherDateInFile, &sent, detail);
            return self.reject(fault);
        }
        let at = self.accepted.len();
        self.by_key.entry(key).or_insert(at);
        self.by_number.entry(number).or_insert(at);
        self.accepted.push(row);
    }

    fn row(
        &self,
        table: &mut Table,
        at: usize,
        row: u32,
        mut unknown: BTreeMap<String, String>,
    ) -> Option<Row> {
        let kind = table.kind(at);
        let mut text = |item| match table.take(item, at) {
            Value::Text(text) => Some(text),
            _ => None,
        };
        let name = text(Item::SubjectName)?;
        let number = text(Item::DocumentNumber)?;
        let representative = text(Item::Representative);
        let person = text(Item::PersonNumber);
        let [violation, facts, basis, content, organ_name, source_name] =
            [Item::Violation, Item::Facts, Item::Basis, Item::Content, Item::OrganName, Item::SourceName]
                .map(|item| text(item).unwrap_or_default());
        let (permit, remark) = (text(Item::Permit), text(Item::Remark));
        if let Some(id) = text(Item::SourceRecordId) {
            unknown.insert(Item::SourceRecordId.word().to_owned(), id);
        }

        let day = |item| match table.get(item, at) {
            Value::Day(day) => Some(*day),
            _ => None,
        };
        let amount = |item| match table.get(item, at) {
            Value::Amount(amount) if *amount > Fen(0) => Some(*amount),
            _ => None,
        };
        let code = |item| match table.get(item, at) {
            Value::CreditCode(code) => Some(*code),
            _ => None,
        };
        let Value::Class(class) = *table.get(Item::SubjectClass, at) else { return None };
        let procedure = match table.get(Item::Procedure, at) {
            Value::Procedure(procedure) => *procedure,
            _ => Procedure::Unknown,
        };
        let (decided_on, organ) = (day(Item::DecidedOn)?, code(Item::Organ)?);
        let source_code = code(Item::Source).unwrap_or(self.reading.context.authority.code);
        let effective_until = day(Item::EffectiveUntil).filter(|day| *day != OPEN_END);
        let publicity_until = day(Item::PublicityUntil);
        let (fine, confiscated) = (amount(Item::Fine), amount(Item::Confiscated));
        let domain = match table.take(Item::Domain, at) {
            Value::Domain(domain) => domain,
            _ => self.reading.domain?.clone(),
        };
        let (sanctions, sanction_other) = match table.take(Item::Sanctions, at) {
            Value::Sanctions(sanctions, other) => (sanctions, other),
            _ => (Vec::new(), None),
        };
        let codes = match class {
            SubjectClass::NaturalPerson => {
                vec![SubjectCode { scheme: Scheme::IdentityNumber, value: person? }]
            }
            SubjectClass::Organisation | SubjectClass::IndividualBusiness => codes(table, at),
        };
        let subject =
            SubjectRef { kind: subject_kind(class, &codes), codes, name: name.clone(), representative };
        let document_number = normal::document_number(&number);
        let details = Details {
            subject_name: name,
            document_number: number,
            violation,
            facts,
            basis,
            sanctions,
            sanction_other,
            content,
            fine,
            confiscated,
            permit,
            decided_on,
            effective_until,
            publicity_until,
            organ_name,
            source_name,
            source_code,
            remark,
            procedure,
            further: Further::default(),
            unknown,
        };
        Some(Row { row, line: 0, subject, domain, kind, organ, document_number, details })
    }

    /// Gives back all rows, accepted and rejected, and the warnings; `source` tells the text and the line of a row.
    pub(super) fn finish<'b>(
        mut self,
        broken: Vec<Fault>,
        source: impl Fn(u32) -> (Cow<'b, str>, u32),
    ) -> (Vec<Row>, Vec<RejectedRow>, Vec<Fault>) {
        for fault in broken {
            self.reject(fault);
        }
        self.accepted.iter_mut().for_each(|row| row.line = source(row.row).1);
        let reject = |(row, faults)| {
            let (sent, line) = source(row);
            RejectedRow { row, line, faults, sent: sent.into_owned() }
        };
        (self.accepted, self.faults.into_iter().map(reject).collect(), self.warnings)
    }
}

fn codes(table: &mut Table, at: usize) -> Vec<SubjectCode> {
    let code = |(item, scheme)| match table.take(item, at) {
        Value::CreditCode(code) => Some(SubjectCode::from(code)),
        Value::Text(value) => Some(SubjectCode { scheme, value }),
        _ => None,
    };
    CODES.into_iter().filter_map(code).collect()
}
