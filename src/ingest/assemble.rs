//! Checked rows become records or rejects.

use std::collections::{BTreeMap, HashMap};

use time::Date;
use time::macros::date;

use crate::rules::{
    Act, Annulment, Change, CreditCode, Details, Fen, Further, Operation, Procedure, RecordKind, Repair,
    Scheme, SubjectCode, normal,
};

use super::between::{CODES, Table, subject_kind};
use super::cells::Value;
use super::fault::{Fault, FaultCode};
use super::layout::Item;
use super::lists::SubjectClass;
use super::read::{Reading, RejectedRow, Unknown};
use super::row::{Named, OperationRow, Row, SubjectRef, codes_in};
use super::sent::AsSent;

/// The day that stands for "open-ended" in the national items.
const OPEN_END: Date = date!(2099 - 12 - 31);

/// What makes two rows of a file the same record: organ, document number, kind, surest code of the subject.
type Key = (CreditCode, String, RecordKind, SubjectCode);

/// All rows of a file, sorted out.
pub(super) struct Finished {
    pub(super) accepted: Vec<Row>,
    pub(super) operations: Vec<OperationRow>,
    pub(super) rejected: Vec<RejectedRow>,
    pub(super) warnings: Vec<Fault>,
}

/// The rows of a file as they are finished.
pub(super) struct Assembly<'a> {
    reading: &'a Reading<'a>,
    accepted: Vec<Row>,
    operations: Vec<OperationRow>,
    faults: BTreeMap<u32, Vec<Fault>>,
    named: HashMap<u32, Named>,
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
            operations: Vec::new(),
            named: HashMap::new(),
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
                let named = self.named(&table, at, row);
                self.named.insert(row, named);
                continue;
            }
            if let Some(operation) = table.change(at) {
                match operation_row(&mut table, at, row, operation) {
                    Some(built) => self.operations.push(built),
                    None => self.reject(Fault::of_row(row, FaultCode::Missing, "")),
                }
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

    /// Whom a faulty row names, as far as its cells can be read.
    fn named(&self, table: &Table, at: usize, row: u32) -> Named {
        let authority = self.reading.context.authority;
        let dated = !self
            .faults
            .get(&row)
            .is_some_and(|faults| faults.iter().any(|fault| matches!(fault.code, FaultCode::FutureDecision)));
        let domain = match table.get(Item::Domain, at) {
            Value::Domain(domain) => Some(domain),
            Value::Blank => self.reading.domain,
            _ => None,
        };
        let person = match table.get(Item::PersonNumber, at) {
            Value::Text(value) => Some(SubjectCode { scheme: Scheme::IdentityNumber, value: value.clone() }),
            _ => None,
        };
        let text = |item| match table.get(item, at) {
            Value::Text(text) => Some(text.clone()),
            _ => None,
        };
        Named {
            codes: CODES
                .into_iter()
                .filter_map(|code| code_of(table.get(code.0, at), code.1))
                .chain(person)
                .collect(),
            name: text(Item::SubjectName),
            domain: domain.filter(|domain| authority.domains.contains(domain)).cloned(),
            organ: match table.get(Item::Organ, at) {
                Value::CreditCode(code) => Some(*code),
                _ => None,
            },
            document_number: text(Item::DocumentNumber).map(|number| normal::document_number(&number)),
            kind: Some(table.kind(at)),
            decided_on: match table.get(Item::DecidedOn, at) {
                Value::Day(day) if dated => Some(*day),
                _ => None,
            },
        }
    }

    /// Accepts a row, unless an accepted one says something else under the same number.
    fn accept(&mut self, row: Row) {
        let Some(code) = row.subject.codes.first().cloned() else {
            return self.accepted.push(row); // named by its name alone: kept aside, beside whatever else is said
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
            self.named.insert(row.row, row.named());
            return self.reject(fault);
        }
        let first = self.by_number.get(&number).map(|&at| &self.accepted[at]);
        if let Some(first) = first.filter(|first| first.details.decided_on != row.details.decided_on) {
            let detail = format!("{}: {}", first.row, first.details.decided_on);
            let sent = row.details.decided_on.to_string();
            let fault =
                self.reading.fault(row.row, Item::DecidedOn, FaultCode::OtherDateInFile, &sent, detail);
            self.named.insert(row.row, Named { decided_on: None, ..row.named() });
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
        let (kind, operation) = (table.kind(at), table.operation(at));
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
        let [permit, remark, reason] = [Item::Permit, Item::Remark, Item::Reason].map(&mut text);
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
        let further = Further {
            act_from: day(Item::ActFrom),
            act_to: day(Item::ActTo),
            served_on: day(Item::ServedOn),
            published_on: day(Item::PublishedOn),
            severity: match table.get(Item::Severity, at) {
                Value::Severity(severity) => Some(*severity),
                _ => None,
            },
        };
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
            further,
            unknown,
        };
        Some(Row { row, line: 0, subject, domain, kind, organ, document_number, details, operation, reason })
    }

    /// Gives back all rows, sorted out.
    pub(super) fn finish(mut self, broken: Vec<Fault>, sent: &AsSent) -> Finished {
        for fault in broken {
            self.reject(fault);
        }
        self.accepted.iter_mut().for_each(|row| row.line = sent.row(row.row).1);
        let mut named = self.named;
        let organs = self.reading.context.authority;
        let reject = |(row, faults)| {
            let (text, line) = sent.row(row);
            let whom = named.remove(&row).unwrap_or_else(|| {
                // The row cannot be taken apart; whoever sends it is in it, too.
                let of_subject = |code: &SubjectCode| {
                    !code.value.parse().is_ok_and(|code: CreditCode| organs.speaks_for(code))
                };
                Named { codes: codes_in(&text).into_iter().filter(of_subject).collect(), ..Named::default() }
            });
            RejectedRow { row, line, faults, sent: text.into_owned(), named: whom }
        };
        let rejected = self.faults.into_iter().map(reject).collect();
        Finished { accepted: self.accepted, operations: self.operations, rejected, warnings: self.warnings }
    }
}

/// A row without faults about what is done to a record.
fn operation_row(table: &mut Table, at: usize, row: u32, operation: Operation) -> Option<OperationRow> {
    let class = table.class(at)?;
    let day = |item| match table.get(item, at) {
        Value::Day(day) => Some(*day),
        _ => None,
    };
    let on = day(Item::OperatedOn)?;
    let act = match operation {
        Operation::Insert | Operation::Correct => return None,
        Operation::Withdraw => Act::Withdraw { on: Some(on) },
        Operation::Annul => match table.get(Item::AnnulmentKind, at) {
            Value::Annulment(kind) => Act::Annul(Annulment { annulled_on: on, kind: *kind }),
            _ => return None,
        },
        Operation::Repair => {
            let on_commitment = *table.get(Item::OnCommitment, at) == Value::YesNo(true);
            Act::Repair(Repair { repaired_on: on, on_commitment })
        }
        Operation::RepairRevoked => Act::RevokeRepair { on },
        Operation::Suspend => Act::Suspend { from: on, until: day(Item::SuspendedUntil) },
        Operation::ObjectionOpen => Act::OpenObjection { on: Some(on) },
        Operation::ObjectionClosed => Act::CloseObjection { on: Some(on) },
    };
    let Value::CreditCode(organ) = *table.get(Item::Organ, at) else { return None };
    let kind = table.kind(at);
    let mut text = |item| match table.take(item, at) {
        Value::Text(text) => Some(text),
        _ => None,
    };
    let number = normal::document_number(&text(Item::DocumentNumber)?);
    let reason = text(Item::Reason);
    let name = text(Item::SubjectName).unwrap_or_default();
    let person = text(Item::PersonNumber);
    let codes = match class {
        SubjectClass::NaturalPerson => {
            vec![SubjectCode { scheme: Scheme::IdentityNumber, value: person? }]
        }
        SubjectClass::Organisation | SubjectClass::IndividualBusiness => codes(table, at),
    };
    let subject = SubjectRef { kind: subject_kind(class, &codes), codes, name, representative: None };
    let change = Change::new(act, reason.as_deref());
    Some(OperationRow { row, subject, kind, organ, document_number: number, change })
}

/// The code that a cell holds.
fn code_of(value: &Value, scheme: Scheme) -> Option<SubjectCode> {
    match value {
        Value::CreditCode(code) => Some(SubjectCode::from(*code)),
        Value::Text(value) => Some(SubjectCode { scheme, value: value.clone() }),
        _ => None,
    }
}

/// The codes of an organisation, the surest first.
fn codes(table: &Table, at: usize) -> Vec<SubjectCode> {
    CODES.into_iter().filter_map(|(item, scheme)| code_of(table.get(item, at), scheme)).collect()
}
