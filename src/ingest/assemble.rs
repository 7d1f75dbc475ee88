//! Checked rows become records or rejects.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use time::Date;
use time::macros::date;

use crate::rules::{
    Act, Annulment, Change, CitizenNumber, CreditCode, Details, Fen, Further, Operation, Procedure, Repair,
    Scheme, SubjectCode, normal,
};

use super::batch::{Batch, RejectedRow};
use super::between::{CODES, Table, subject_kind};
use super::block::Block;
use super::cells::Value;
use super::check::{Reading, Unknown};
use super::fault::{Fault, FaultCode};
use super::item::Item;
use super::lists::SubjectClass;
use super::row::{Named, OperationRow, Row, SubjectRef, codes_in};
use super::seen::{Against, Print, Seen};

/// The day that stands for "open-ended" in the national items.
const OPEN_END: Date = date!(2099 - 12 - 31);

/// What was found out about some rows, by themselves.
#[derive(Default)]
pub(super) struct Found {
    /// Rows without faults, and what is remembered of those that name somebody by a code.
    rows: Vec<(Row, Option<Print>)>,
    operations: Vec<OperationRow>,
    faults: BTreeMap<u32, Vec<Fault>>,
    named: HashMap<u32, Named>,
    warnings: Vec<Fault>,
}

impl Found {
    /// Makes something of checked rows.
    pub(super) fn of(reading: &Reading<'_>, table: Table<'_>, unknown: &Unknown, noted: Vec<Fault>) -> Self {
        let mut found = Self::default();
        found.rows.reserve_exact(table.rows.len());
        found.add(reading, table, unknown, noted);
        found
    }

    fn reject(&mut self, fault: Fault) {
        self.faults.entry(fault.row).or_default().push(fault);
    }

    fn add(&mut self, reading: &Reading<'_>, mut table: Table<'_>, unknown: &Unknown, noted: Vec<Fault>) {
        for fault in noted {
            if fault.code.is_warning() {
                self.warnings.push(fault);
            } else {
                self.reject(fault);
            }
        }
        self.warnings.sort_by_key(|fault| fault.row);
        for (at, row) in table.rows.clone().into_iter().enumerate() {
            if self.faults.contains_key(&row) {
                let named = self.named(reading, &table, at, row);
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
            let mut extra = BTreeMap::new();
            for (name, cells) in unknown {
                extra.extend(cells[at].clone().map(|cell| (name.clone(), cell)));
            }
            match build(reading, &mut table, at, row, extra) {
                Some(built) => {
                    let print = built.subject.codes.first().map(|code| reading.keys.print(&built, code));
                    self.rows.push((built, print));
                }
                // Only a layout that requires too little leads here.
                None => self.reject(Fault::of_row(row, FaultCode::Missing, "")),
            }
        }
    }

    /// Whom a faulty row names, as far as its cells can be read.
    fn named(&self, reading: &Reading<'_>, table: &Table<'_>, at: usize, row: u32) -> Named {
        let domain = match table.get(Item::Domain, at) {
            Value::Domain(domain) => Some(domain),
            Value::Blank => reading.domain,
            _ => None,
        };
        let class = table.class(at);
        let person = class == Some(SubjectClass::NaturalPerson);
        let wrong = self
            .faults
            .get(&row)
            .is_some_and(|faults| faults.iter().any(|fault| matches!(fault.code, FaultCode::CitizenNumber)));
        let number = match table.get(Item::PersonNumber, at) {
            // Beside an organisation it is somebody else's, such as the owner's.
            Value::Text(value) if (person || class.is_none()) && !wrong => {
                Some(SubjectCode { scheme: Scheme::IdentityNumber, value: value.clone() })
            }
            _ => None,
        };
        let sound = number.as_ref().is_some_and(|number| {
            *table.get(Item::PersonDocument, at) == Value::Document(false)
                || number.value.parse::<CitizenNumber>().is_ok()
        });
        let certain = match class {
            Some(SubjectClass::NaturalPerson) => sound,
            _ => matches!(table.get(Item::CreditCode, at), Value::CreditCode(_)),
        };
        let text = |item| match table.get(item, at) {
            Value::Text(text) => Some(text.clone()),
            _ => None,
        };
        Named {
            codes: CODES
                .into_iter()
                .filter_map(|code| code_of(table.get(code.0, at), code.1))
                .chain(number)
                .collect(),
            name: text(Item::SubjectName),
            person,
            certain,
            domain: domain.cloned(),
            organ: match table.get(Item::Organ, at) {
                Value::CreditCode(code) => Some(*code),
                _ => None,
            },
            document_number: text(Item::DocumentNumber).map(|number| normal::document_number(&number)),
            kind: Some(table.kind(at)),
            operates: table.change(at).is_some(),
            decided_on: match (table.get(Item::DecidedOn, at), table.get(Item::EffectiveUntil, at)) {
                // That alone is odd only, but one of the two days is wrong.
                (Value::Day(day), Value::Day(until)) if until < day => None,
                (Value::Day(day), _) => Some(*day),
                _ => None,
            },
        }
    }
}

/// A row without faults, as a record.
fn build(
    reading: &Reading<'_>,
    table: &mut Table<'_>,
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
    let source_code = code(Item::Source).unwrap_or(reading.context.authority.code);
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
        _ => reading.domain?.clone(),
    };
    let (sanctions, sanction_other) = match table.take(Item::Sanctions, at) {
        Value::Sanctions(sanctions) => Arc::unwrap_or_clone(sanctions),
        _ => (Vec::new(), None),
    };
    let codes = match class {
        SubjectClass::NaturalPerson => {
            vec![SubjectCode { scheme: Scheme::IdentityNumber, value: person? }]
        }
        SubjectClass::Organisation | SubjectClass::IndividualBusiness => codes(table, at),
    };
    let subject = SubjectRef { kind: subject_kind(class, &codes), codes, name: name.clone(), representative };
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

/// The rows of a block as they are finished.
pub(super) struct Assembly<'a, 'r> {
    reading: &'r Reading<'a>,
    /// All rows of the file so far.
    seen: &'r mut Seen,
    accepted: Vec<Row>,
    found: Found,
}

impl<'a, 'r> Assembly<'a, 'r> {
    pub(super) fn new(reading: &'r Reading<'a>, seen: &'r mut Seen, rows: usize) -> Self {
        Self { reading, seen, accepted: Vec::with_capacity(rows), found: Found::default() }
    }

    /// Adds the next rows: those without a fault are accepted, unless they contradict an accepted one.
    pub(super) fn add(&mut self, mut found: Found) {
        self.found.operations.append(&mut found.operations);
        self.found.faults.append(&mut found.faults);
        self.found.named.extend(found.named);
        self.found.warnings.append(&mut found.warnings);
        for (row, print) in found.rows {
            match print.map_or(Ok(()), |print| self.seen.see(&print)) {
                Ok(()) => self.accepted.push(row), // or kept aside: a name alone stands beside whatever else is said
                Err(against) => self.refuse(&row, against),
            }
        }
    }

    /// Refuses a row, since an accepted one says something else under the same number.
    fn refuse(&mut self, row: &Row, against: Against) {
        let (item, code, sent, detail) = match against {
            Against::Conflict(first) => {
                let sent = row.details.document_number.clone();
                (Item::DocumentNumber, FaultCode::ConflictInFile, sent, first.to_string())
            }
            Against::OtherDay(first, day) => {
                let sent = row.details.decided_on.to_string();
                (Item::DecidedOn, FaultCode::OtherDateInFile, sent, format!("{first}: {day}"))
            }
        };
        self.found.named.insert(row.row, row.named());
        self.found.reject(self.reading.fault(row.row, item, code, &sent, detail));
    }

    /// Gives back all rows of the block, sorted out.
    pub(super) fn finish(mut self, broken: Vec<Fault>, block: Block, part: Option<&str>) -> Batch {
        for fault in broken {
            self.found.reject(fault);
        }
        for row in &mut self.accepted {
            row.line = block.line(row.row);
        }
        let Found { operations, faults, mut named, warnings, .. } = self.found;
        let organs = self.reading.context.authority;
        let reject = |(row, faults)| {
            let whom = named.remove(&row).unwrap_or_else(|| {
                // The row cannot be taken apart; whoever sends it is in it, too.
                let of_subject = |code: &SubjectCode| {
                    !code.value.parse().is_ok_and(|code: CreditCode| organs.speaks_for(code))
                };
                let codes = codes_in(&block.sent(row).text());
                Named { codes: codes.into_iter().filter(of_subject).collect(), ..Named::default() }
            });
            RejectedRow::new(&block, part, row, faults, whom)
        };
        let rejected = faults.into_iter().map(reject).collect();
        Batch::new(self.accepted, operations, rejected, warnings, block, part)
    }
}

/// A row without faults about what is done to a record.
fn operation_row(table: &mut Table<'_>, at: usize, row: u32, operation: Operation) -> Option<OperationRow> {
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

/// The code that a cell holds. Since 2015 one code stands for all (三证合一): a credit code is one in whichever column.
fn code_of(value: &Value, scheme: Scheme) -> Option<SubjectCode> {
    match value {
        Value::CreditCode(code) => Some(SubjectCode::from(*code)),
        Value::Text(value) => Some(match value.parse::<CreditCode>() {
            Ok(code) => SubjectCode::from(code),
            Err(_) => SubjectCode { scheme, value: value.clone() },
        }),
        _ => None,
    }
}

/// The codes of an organisation, each once, the surest first.
fn codes(table: &Table<'_>, at: usize) -> Vec<SubjectCode> {
    let mut codes: Vec<SubjectCode> = Vec::new();
    for (item, scheme) in CODES {
        codes.extend(code_of(table.get(item, at), scheme).filter(|code| !codes.contains(code)));
    }
    // A credit code in another column is as sure as in its own.
    codes.sort_by_key(|code| code.scheme != Scheme::CreditCode);
    codes
}
