//! Checks between the cells of a row, a rule at a time over all rows.

use crate::rules::{
    CitizenNumber, CreditCode, Fen, Operation, RecordKind, Sanction, Scheme, SubjectCode, SubjectKind,
};

use super::block::Cells;
use super::cells::Value;
use super::check::Reading;
use super::fault::{Fault, FaultCode};
use super::item::{Item, Required};
use super::lists::SubjectClass;

/// Some rows, column by column: the cells as sent, and what they say.
pub(super) struct Table<'b> {
    /// One for each item; `None` where the file has no such column. Without cells where the layout gives the values.
    columns: Vec<Option<(Option<Cells<'b>>, Vec<Value>)>>,
    /// The numbers of the rows.
    pub(super) rows: Vec<u32>,
}

const BLANK: &Value = &Value::Blank;

impl<'b> Table<'b> {
    pub(super) fn new(rows: Vec<u32>) -> Self {
        Self { columns: vec![None; Item::ALL.len()], rows }
    }

    pub(super) fn put(&mut self, item: Item, cells: Cells<'b>, values: Vec<Value>) {
        self.columns[item as usize] = Some((Some(cells), values));
    }

    /// Gives the item a value in each row where it has none.
    pub(super) fn give(&mut self, item: Item, value: impl Fn(&Self, usize) -> Value) {
        let count = self.rows.len();
        let (cells, mut values) =
            self.columns[item as usize].take().unwrap_or_else(|| (None, vec![Value::Blank; count]));
        for (at, blank) in values.iter_mut().enumerate().filter(|(_, value)| **value == Value::Blank) {
            *blank = value(self, at);
        }
        self.columns[item as usize] = Some((cells, values));
    }

    /// The cell as sent.
    fn sent(&self, item: Item, at: usize) -> String {
        let cells = self.columns[item as usize].as_ref().and_then(|(cells, _)| *cells);
        cells.and_then(|cells| cells.get(at)).unwrap_or_default().to_owned()
    }

    pub(super) fn get(&self, item: Item, at: usize) -> &Value {
        self.columns[item as usize].as_ref().map_or(BLANK, |(_, values)| &values[at])
    }

    pub(super) fn take(&mut self, item: Item, at: usize) -> Value {
        self.columns[item as usize]
            .as_mut()
            .map_or(Value::Blank, |(_, values)| std::mem::take(&mut values[at]))
    }

    pub(super) fn sanctions(&self, at: usize) -> &[Sanction] {
        match self.get(Item::Sanctions, at) {
            Value::Sanctions(sanctions) => &sanctions.0,
            _ => &[],
        }
    }

    /// The kind of record; penalties are what the national items are made for.
    pub(super) fn kind(&self, at: usize) -> RecordKind {
        match self.get(Item::RecordKind, at) {
            Value::RecordKind(kind) => *kind,
            _ => RecordKind::Penalty,
        }
    }

    /// What the row says is done.
    pub(super) fn operation(&self, at: usize) -> Option<Operation> {
        match self.get(Item::Operation, at) {
            Value::Operation(operation) => Some(*operation),
            _ => None,
        }
    }

    /// What is done to a record that is here, where the row is about that and not about the record itself.
    pub(super) fn change(&self, at: usize) -> Option<Operation> {
        self.operation(at).filter(|operation| !matches!(operation, Operation::Insert | Operation::Correct))
    }

    pub(super) fn is_blank(&self, item: Item, at: usize) -> bool {
        matches!(self.get(item, at), Value::Blank)
    }

    fn has(&self, at: usize, kinds: &[Sanction]) -> bool {
        self.sanctions(at).iter().any(|sanction| kinds.contains(sanction))
    }

    /// The class of the subject; where an operation leaves it out, what its codes tell.
    pub(super) fn class(&self, at: usize) -> Option<SubjectClass> {
        match self.get(Item::SubjectClass, at) {
            Value::Class(class) => Some(*class),
            Value::Blank if self.change(at).is_some() => Some(if self.is_blank(Item::PersonNumber, at) {
                SubjectClass::Organisation
            } else {
                SubjectClass::NaturalPerson
            }),
            _ => None,
        }
    }

    /// Whether the class of the row makes it one about an organisation or an individual business.
    fn is_organisation(&self, at: usize) -> bool {
        self.class(at).is_some_and(|class| class != SubjectClass::NaturalPerson)
    }

    fn is_required(&self, required: Required, at: usize) -> bool {
        match required {
            Required::Always => true,
            Required::Penalty => self.kind(at) == RecordKind::Penalty,
            Required::Organisation => self.is_organisation(at),
            Required::Person => self.class(at) == Some(SubjectClass::NaturalPerson),
            Required::Fine => self.has(at, &[Sanction::Fine]),
            Required::Confiscation => self.has(at, CONFISCATIONS),
            Required::Permit => self.has(at, &[Sanction::SuspendPermit, Sanction::RevokePermit]),
            Required::Never => false,
        }
    }
}

const CONFISCATIONS: &[Sanction] = &[Sanction::ConfiscateGains, Sanction::ConfiscateProperty];

/// Where the codes of a subject stand, the surest first.
pub(super) const CODES: [(Item, Scheme); 6] = [
    (Item::CreditCode, Scheme::CreditCode),
    (Item::RegistrationNumber, Scheme::RegistrationNumber),
    (Item::OrganisationCode, Scheme::OrganisationCode),
    (Item::TaxNumber, Scheme::TaxNumber),
    (Item::InstitutionNumber, Scheme::InstitutionNumber),
    (Item::SocialOrganisationNumber, Scheme::SocialOrganisationNumber),
];

/// Checks all rules between cells.
pub(super) fn check(reading: &Reading<'_>, table: &Table<'_>, faults: &mut Vec<Fault>) {
    missing(reading, table, faults);
    missing_of_kind(reading, table, faults);
    for (at, &row) in table.rows.iter().enumerate() {
        let mut fault = |item: Item, code: FaultCode, detail: String| {
            faults.push(reading.fault(row, item, code, &table.sent(item, at), detail));
        };
        subject(table, at, &mut fault);
        days(reading, table, at, &mut fault);
        amounts(table, at, &mut fault);
        competence(reading, table, at, &mut fault);
    }
}

/// Required cells that are blank, a column at a time.
fn missing(reading: &Reading<'_>, table: &Table<'_>, faults: &mut Vec<Fault>) {
    for column in reading.layout.columns.iter().filter(|column| column.required != Required::Never) {
        // Few cells are blank, and most of those need not be filled.
        for (at, &row) in table.rows.iter().enumerate().filter(|(at, _)| table.is_blank(column.item, *at)) {
            if table.change(at).is_none() && table.is_required(column.required, at) {
                faults.push(Fault::of_cell(row, column, FaultCode::Missing, "", ""));
            }
        }
    }
}

/// What an operation needs, whatever the layout says of records.
fn needed(operation: Operation) -> &'static [Item] {
    match operation {
        Operation::Insert | Operation::Correct => &[],
        Operation::Annul => {
            &[Item::DocumentNumber, Item::Organ, Item::OperatedOn, Item::AnnulmentKind, Item::Reason]
        }
        Operation::Withdraw | Operation::RepairRevoked => {
            &[Item::DocumentNumber, Item::Organ, Item::OperatedOn, Item::Reason]
        }
        Operation::Repair | Operation::Suspend | Operation::ObjectionOpen | Operation::ObjectionClosed => {
            &[Item::DocumentNumber, Item::Organ, Item::OperatedOn]
        }
    }
}

/// Blank cells that the kind of record or the operation requires, a row at a time: such rows are few.
fn missing_of_kind(reading: &Reading<'_>, table: &Table<'_>, faults: &mut Vec<Fault>) {
    for (at, &row) in table.rows.iter().enumerate() {
        let items = match table.change(at) {
            Some(operation) => needed(operation),
            None => reading.context.lists.required(table.kind(at)),
        };
        for &item in items.iter().filter(|item| table.is_blank(**item, at)) {
            faults.push(reading.fault(row, item, FaultCode::Missing, "", String::new()));
        }
    }
}

fn subject(table: &Table<'_>, at: usize, fault: &mut impl FnMut(Item, FaultCode, String)) {
    let code = match table.get(Item::CreditCode, at) {
        Value::CreditCode(code) => Some(code),
        _ => None,
    };
    match table.class(at) {
        Some(SubjectClass::NaturalPerson) => {
            if table.change(at).is_some() && table.is_blank(Item::PersonNumber, at) {
                fault(Item::PersonNumber, FaultCode::NoIdentifier, String::new());
            }
            for (item, _) in CODES.into_iter().filter(|(item, _)| *table.get(*item, at) != Value::Blank) {
                fault(item, FaultCode::CodeOfPerson, String::new());
            }
            if let (Value::Document(true), Value::Text(number)) =
                (table.get(Item::PersonDocument, at), table.get(Item::PersonNumber, at))
                && number.parse::<CitizenNumber>().is_err()
            {
                fault(Item::PersonNumber, FaultCode::CitizenNumber, String::new());
            }
        }
        Some(class) => {
            if CODES.iter().all(|(item, _)| table.is_blank(*item, at)) {
                // A name alone is nobody for certain: the row is kept aside. An operation needs the key itself.
                let named = matches!(table.get(Item::SubjectName, at), Value::Text(_));
                let aside = named && table.change(at).is_none();
                let code = if aside { FaultCode::NameOnly } else { FaultCode::NoIdentifier };
                fault(Item::CreditCode, code, String::new());
            } else if *table.get(Item::CreditCode, at) == Value::Blank {
                fault(Item::CreditCode, FaultCode::NoCreditCode, String::new());
            }
            let individual = class == SubjectClass::IndividualBusiness;
            if code.is_some_and(|code| individual != code.as_str().starts_with("92")) {
                fault(Item::SubjectClass, FaultCode::ClassDiffers, String::new());
            }
            if let (Some(code), Value::Text(inner)) = (code, table.get(Item::OrganisationCode, at))
                && code.organisation_code() != inner
            {
                fault(Item::OrganisationCode, FaultCode::OrganisationCodeDiffers, String::new());
            }
        }
        None => {}
    }
}

fn days(
    reading: &Reading<'_>,
    table: &Table<'_>,
    at: usize,
    fault: &mut impl FnMut(Item, FaultCode, String),
) {
    let Value::Day(decided) = *table.get(Item::DecidedOn, at) else { return };
    if decided > reading.context.received_on {
        fault(Item::DecidedOn, FaultCode::FutureDecision, reading.context.received_on.to_string());
    }
    if let (Value::Day(from), Value::Day(to)) = (table.get(Item::ActFrom, at), table.get(Item::ActTo, at))
        && to < from
    {
        fault(Item::ActTo, FaultCode::UpsideDown, from.to_string());
    }
    if matches!(table.get(Item::PublicityUntil, at), Value::Day(until) if *until < decided) {
        fault(Item::PublicityUntil, FaultCode::PublicityBeforeDecision, decided.to_string());
    }
    if matches!(table.get(Item::EffectiveUntil, at), Value::Day(until) if *until < decided) {
        fault(Item::EffectiveUntil, FaultCode::EffectiveBeforeDecision, decided.to_string());
    }
}

fn amounts(table: &Table<'_>, at: usize, fault: &mut impl FnMut(Item, FaultCode, String)) {
    // Without known kinds of penalty nothing can be said about amounts.
    if !matches!(table.get(Item::Sanctions, at), Value::Sanctions(_)) {
        return;
    }
    let amount = |item| match table.get(item, at) {
        Value::Amount(amount) => Some(*amount),
        _ => None,
    };
    let (fined, taken) = (table.has(at, &[Sanction::Fine]), table.has(at, CONFISCATIONS));
    match amount(Item::Fine) {
        Some(Fen(0)) if fined => fault(Item::Fine, FaultCode::FineWithoutAmount, String::new()),
        Some(Fen(1..)) if !fined => fault(Item::Fine, FaultCode::AmountWithoutFine, String::new()),
        _ => {}
    }
    if amount(Item::Confiscated).is_some_and(|amount| amount > Fen(0)) && !taken {
        fault(Item::Confiscated, FaultCode::AmountWithoutConfiscation, String::new());
    }
    if let (Some(fine), Value::Text(content)) = (amount(Item::Fine), table.get(Item::Content, at))
        && fine <= Fen::SUSPICIOUS
        && content.bytes().any(|byte| byte.is_ascii_digit())
        && says_yuan(content, &fine.wan())
    {
        fault(Item::Fine, FaultCode::PerhapsYuan, fine.wan());
    }
}

/// Whether a text names the number as yuan, as in 罚款2000元 beside an amount of 2000 (万元).
fn says_yuan(content: &str, number: &str) -> bool {
    number != "0"
        && content.match_indices(number).any(|(at, _)| {
            let before = content[..at].chars().next_back();
            let after = content[at + number.len()..].trim_start();
            let whole = !before.is_some_and(|c| c.is_ascii_digit() || c == '.' || c == ',');
            whole && (after.starts_with('元') || after.starts_with(".00元") || after.starts_with("圆"))
        })
}

fn competence(
    reading: &Reading<'_>,
    table: &Table<'_>,
    at: usize,
    fault: &mut impl FnMut(Item, FaultCode, String),
) {
    let authority = reading.context.authority;
    if matches!(table.get(Item::Source, at), Value::CreditCode(code) if *code != authority.code) {
        fault(Item::Source, FaultCode::SourceNotYou, authority.code.to_string());
    }
    if matches!(table.get(Item::Organ, at), Value::CreditCode(code) if !authority.speaks_for(*code)) {
        fault(Item::Organ, FaultCode::OrganNotYours, authority.code.to_string());
    }
    let said = match table.get(Item::Domain, at) {
        Value::Domain(domain) => Some(domain),
        _ => None,
    };
    let given = reading.context.domain;
    match said.or(reading.domain) {
        None if table.is_blank(Item::Domain, at) && table.change(at).is_none() => {
            fault(Item::Domain, FaultCode::Missing, String::new());
        }
        Some(domain) if !authority.domains.contains(domain) => {
            fault(Item::Domain, FaultCode::DomainNotYours, domain.to_string());
        }
        Some(domain) if given.is_some_and(|given| given != domain) => {
            fault(Item::Domain, FaultCode::DomainDiffers, given.map(ToString::to_string).unwrap_or_default());
        }
        _ => {}
    }
}

/// The kind of subject that class and codes tell.
pub(super) fn subject_kind(class: SubjectClass, codes: &[SubjectCode]) -> SubjectKind {
    let head = |code: &CreditCode| match code.as_str().as_bytes() {
        [b'9', b'1', ..] => SubjectKind::Enterprise,
        [b'9', b'2', ..] => SubjectKind::IndividualBusiness,
        [b'9', b'3', ..] => SubjectKind::FarmersCooperative,
        [b'5', ..] => SubjectKind::SocialOrganisation,
        [b'1', b'2', ..] => SubjectKind::PublicInstitution,
        _ => SubjectKind::OtherOrganisation,
    };
    let by_code = codes.first().map(|first| match first.scheme {
        Scheme::CreditCode => CreditCode::confirmed_by_register(&first.value)
            .map_or(SubjectKind::OtherOrganisation, |code| head(&code)),
        Scheme::RegistrationNumber => SubjectKind::Enterprise,
        Scheme::InstitutionNumber => SubjectKind::PublicInstitution,
        Scheme::SocialOrganisationNumber => SubjectKind::SocialOrganisation,
        Scheme::OrganisationCode | Scheme::TaxNumber | Scheme::IdentityNumber => {
            SubjectKind::OtherOrganisation
        }
    });
    match class {
        SubjectClass::NaturalPerson => SubjectKind::NaturalPerson,
        SubjectClass::IndividualBusiness => SubjectKind::IndividualBusiness,
        SubjectClass::Organisation => by_code.unwrap_or(SubjectKind::OtherOrganisation),
    }
}
