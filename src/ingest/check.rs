//! The cells of a block, checked column by column and then between columns.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use crate::rules::{Domain, DomainId, normal};

use super::Context;
use super::alike::Alike;
use super::between::{self, Table};
use super::block::Block;
use super::cells::{self, Value};
use super::fault::{Fault, FaultCode, FaultColumn};
use super::file_fault::{FileFault, FileFaultCode};
use super::header::Heading;
use super::item::{Item, Required};
use super::layout::{Column, Given, GivenFrom, Layout};
use super::lists::SubjectClass;
use super::seen::Keys;

/// What all steps of one reading share.
pub(super) struct Reading<'a> {
    pub(super) context: Context<'a>,
    /// What the columns mean.
    pub(super) layout: &'a Layout,
    /// The domain of rows that name none.
    pub(super) domain: Option<&'a DomainId>,
    /// Every name of a domain in normal form.
    pub(super) domains: HashMap<String, DomainId>,
    /// What rows are remembered by.
    pub(super) keys: Keys,
    /// By item.
    columns: Vec<Option<&'a Column>>,
    /// What the layout gives where a row has nothing.
    given: Vec<(Item, Filled)>,
}

/// What fills a blank.
enum Filled {
    Value(Value),
    /// The class of the subject, as the codes of the row tell it.
    Class,
}

impl<'a> Reading<'a> {
    pub(super) fn new(
        context: Context<'a>,
        layout: &'a Layout,
        headings: &[Heading],
    ) -> Result<Self, FileFault> {
        let mut columns = vec![None; Item::ALL.len()];
        for column in &layout.columns {
            columns[column.item as usize] = Some(column);
        }
        let only = match &context.authority.domains[..] {
            [only] => Some(only),
            _ => None,
        };
        let named = |heading: &Heading| match heading {
            Heading::Known(at) => layout.columns[*at].item == Item::Domain,
            Heading::Unknown(_) | Heading::Ours => false,
        };
        let domain = context.domain.or(only);
        if domain.is_none() && !layout.gives(Item::Domain) && !headings.iter().any(named) {
            return Err(FileFault::new(FileFaultCode::NoDomain, ""));
        }
        let entries = |domain: &Domain| {
            let id = domain.id.clone();
            [domain.id.as_str(), &domain.code, &domain.zh].map(|name| (normal::name(name), id.clone()))
        };
        let domains = context.catalogue.domains.iter().flat_map(entries).collect();
        let (keys, given) = (Keys::new(), Vec::new());
        let mut reading = Self { context, layout, domain, domains, keys, columns, given };
        for (item, given) in &layout.given {
            let filled = reading.filled(*item, given);
            let filled = filled
                .ok_or_else(|| FileFault::new(FileFaultCode::Layout, format!("{}: {item}", layout.id)))?;
            reading.given.push((*item, filled));
        }
        Ok(reading)
    }

    /// What a layout gives, as a value.
    fn filled(&self, item: Item, given: &Given) -> Option<Filled> {
        let authority = self.context.authority;
        match given {
            Given::From(GivenFrom::Codes) => Some(Filled::Class),
            Given::From(GivenFrom::Sender) => Some(Filled::Value(match item {
                Item::Organ | Item::Source => Value::CreditCode(authority.code),
                _ => Value::Text(authority.zh.clone()),
            })),
            Given::Value(text) => {
                let column = Column { item, ..unknown_column(item.word(), self.context.limits.cell) };
                cells::given(self, &column, text).map(Filled::Value)
            }
        }
    }

    /// A fault of a cell; of the whole row where the layout has no such column.
    pub(super) fn fault(&self, row: u32, item: Item, code: FaultCode, sent: &str, detail: String) -> Fault {
        match self.columns[item as usize] {
            Some(column) => Fault::of_cell(row, column, code, sent, detail),
            None => Fault::of_row(row, code, detail),
        }
    }
}

/// Columns that the layout does not know, by name.
pub(super) type Unknown = Vec<(String, Vec<Option<String>>)>;

/// Checks some rows of a block, of those that are in order; `alike` remembers for each column what cells said.
pub(super) fn check<'b>(
    reading: &Reading<'_>,
    headings: &[Heading],
    block: &'b Block,
    range: Range<usize>,
    alike: &mut [Alike<'b>],
    faults: &mut Vec<Fault>,
) -> (Table<'b>, Unknown) {
    let rows = &block.sound()[range.clone()];
    let mut table = Table::new(rows.to_vec());
    let mut unknown = Vec::new();
    for ((at, heading), alike) in headings.iter().enumerate().zip(alike) {
        let texts = block.column(at, range.clone());
        match heading {
            Heading::Known(at) => {
                let column = &reading.layout.columns[*at];
                let values = cells::column(reading, column, texts, rows, alike, faults);
                table.put(column.item, texts, values);
            }
            Heading::Unknown(name) => {
                let column = unknown_column(name, reading.context.limits.cell);
                unknown.push((name.clone(), cells::unknown(&column, texts, rows, faults)));
            }
            Heading::Ours => {}
        }
    }
    for (item, filled) in &reading.given {
        match filled {
            Filled::Value(value) => table.give(*item, |_, _| value.clone()),
            Filled::Class => table.give(*item, |table, at| Value::Class(class(table, at))),
        }
    }
    between::check(reading, &table, faults);
    (table, unknown)
}

/// The class of a subject, as the codes of its row tell it.
fn class(table: &Table<'_>, at: usize) -> SubjectClass {
    match (table.get(Item::CreditCode, at), table.get(Item::PersonNumber, at)) {
        (Value::CreditCode(code), _) if code.as_str().starts_with("92") => SubjectClass::IndividualBusiness,
        (Value::Blank, Value::Text(_)) => SubjectClass::NaturalPerson,
        _ => SubjectClass::Organisation,
    }
}

fn unknown_column(name: &str, longest: usize) -> Column {
    let name = Arc::new(FaultColumn { code: name.to_owned(), zh: name.to_owned() });
    Column {
        name,
        aliases: Vec::new(),
        item: Item::Remark,
        longest,
        required: Required::Never,
        personal: false,
        values: std::collections::BTreeMap::new(),
    }
}
