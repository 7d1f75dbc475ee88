//! Checked rows become records or rejects.

use std::collections::BTreeMap;

use time::Date;
use time::macros::date;

use crate::rules::{Details, Fen, Further, Procedure, Scheme, SubjectCode, normal};

use super::batch::{Batch, RejectedRow};
use super::between::{CODES, Table, subject_kind};
use super::block::Block;
use super::cells::Value;
use super::check::{Reading, Unknown};
use super::fault::{Fault, FaultCode};
use super::layout::Item;
use super::lists::SubjectClass;
use super::row::{Row, SubjectRef};
use super::seen::{Against, Seen};

/// The day that stands for "open-ended" in the national items.
const OPEN_END: Date = date!(2099 - 12 - 31);

/// The rows of a block as they are finished.
pub(super) struct Assembly<'a, 'r> {
    reading: &'r Reading<'a>,
    /// All rows of the file so far.
    seen: &'r mut Seen,
    accepted: Vec<Row>,
    faults: BTreeMap<u32, Vec<Fault>>,
    warnings: Vec<Fault>,
}

impl<'a, 'r> Assembly<'a, 'r> {
    pub(super) fn new(reading: &'r Reading<'a>, seen: &'r mut Seen) -> Self {
        let (accepted, faults, warnings) = (Vec::new(), BTreeMap::new(), Vec::new());
        Self { reading, seen, accepted, faults, warnings }
    }

    fn reject(&mut self, fault: Fault) {
        self.faults.entry(fault.row).or_default().push(fault);
    }

    /// Adds checked rows: those without a fault are accepted, unless they contradict an accepted one.
    pub(super) fn add(&mut self, mut table: Table<'_>, unknown: &Unknown, found: Vec<Fault>) {
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
        let (item, code, sent, detail) = match self.seen.see(&row, &code) {
            Ok(()) => return self.accepted.push(row),
            Err(Against::Conflict(first)) => {
                let sent = row.details.document_number.clone();
                (Item::DocumentNumber, FaultCode::ConflictInFile, sent, first.to_string())
            }
            Err(Against::OtherDay(first, day)) => {
                let sent = row.details.decided_on.to_string();
                (Item::DecidedOn, FaultCode::OtherDateInFile, sent, format!("{first}: {day}"))
            }
        };
        let fault = self.reading.fault(row.row, item, code, &sent, detail);
        self.reject(fault);
    }

    fn row(
        &self,
        table: &mut Table<'_>,
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

    /// Gives back all rows of the block, accepted and rejected, and the warnings.
    pub(super) fn finish(mut self, broken: Vec<Fault>, block: Block, part: Option<&str>) -> Batch {
        for fault in broken {
            self.reject(fault);
        }
        for row in &mut self.accepted {
            row.line = block.line(row.row);
        }
        let reject = |(row, faults)| RejectedRow::new(&block, part, row, faults);
        let rejected = self.faults.into_iter().map(reject).collect();
        Batch::new(self.accepted, rejected, self.warnings, block, part)
    }
}

fn codes(table: &mut Table<'_>, at: usize) -> Vec<SubjectCode> {
    let code = |(item, scheme)| match table.take(item, at) {
        Value::CreditCode(code) => Some(SubjectCode::from(code)),
        Value::Text(value) => Some(SubjectCode { scheme, value }),
        _ => None,
    };
    CODES.into_iter().filter_map(code).collect()
}
