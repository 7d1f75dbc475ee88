//! One new record is entered by hand: a form of the columns that its kind has, and then the same door as a file of one row.

use std::collections::BTreeMap;

use super::cells::is_of_operations;
use super::upload::{self, Done, Error, Sent};
use super::{Actor, App};
use crate::ingest::{self, Item, Kind, Layout};
use crate::rules::{Authority, CreditCode, DomainId, Operation, RecordKind};

/// A cell of a record that is entered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// The code of its column.
    pub code: String,
    /// The name of its column, in Chinese and English.
    pub name: (String, &'static str),
    /// What stands in it at first.
    pub value: String,
    /// What may be chosen; nothing where anything may be written.
    pub choices: Vec<String>,
    /// What may stand in it beside others.
    pub suggestions: Vec<String>,
    /// It is a day.
    pub day: bool,
    /// It is a text of several lines.
    pub long: bool,
    /// The most characters.
    pub longest: usize,
    /// No record of this kind can do without it.
    pub needed: bool,
    /// When it may not be blank, and how it is written: each in Chinese and English.
    pub hints: [&'static str; 2],
}

/// A record as it is entered.
#[derive(Clone, Debug)]
pub struct Entered {
    /// Who sends it.
    pub authority: CreditCode,
    /// The domain; the authority's only one where it is missing.
    pub domain: Option<DomainId>,
    /// The kind.
    pub kind: RecordKind,
    /// Its cells, by the names of their columns as they stand in files.
    pub cells: BTreeMap<String, String>,
}

/// The columns of a kind of record, by the usual layout, as an authority fills them in.
#[must_use]
pub fn form(app: &App, authority: &Authority, kind: RecordKind) -> Vec<Field> {
    let (layouts, lists) = app.columns();
    let columns = layouts.first().map(|layout| layout.columns.as_slice()).unwrap_or_default();
    let shown = columns.iter().filter(|column| !is_of_operations(column.item) && !is_said(column.item));
    let field = |column: &ingest::Column| {
        let written = column.item.kind();
        let several = matches!(written, Kind::Sanctions);
        let words = lists.choices(written).to_vec();
        let (choices, suggestions) = if several { (Vec::new(), words) } else { (words, Vec::new()) };
        Field {
            code: column.name.code.clone(),
            name: (column.name.zh.clone(), column.item.en()),
            value: at_first(authority, column.item),
            choices,
            suggestions,
            day: matches!(written, Kind::Date),
            long: column.longest >= 500,
            longest: column.longest,
            needed: column.is_needed(kind) || lists.required(kind).contains(&column.item),
            hints: [ingest::when_needed(column.required), ingest::how_written(written)],
        }
    };
    shown.map(field).collect()
}

/// What the form says by itself.
fn is_said(item: Item) -> bool {
    matches!(item, Item::RecordKind)
}

fn at_first(authority: &Authority, item: Item) -> String {
    match item {
        Item::Organ | Item::Source => authority.code.to_string(),
        Item::OrganName | Item::SourceName => authority.zh.clone(),
        _ => String::new(),
    }
}

/// Checks a record that was entered, or stores it: as a file of one row, and only if nothing is wrong with it.
pub async fn enter(app: &App, actor: &Actor, entered: &Entered, dry_run: bool) -> Result<Done, Error> {
    let (layouts, _) = app.columns();
    let layout = layouts.first();
    let sent = Sent {
        file_name: "record.csv".to_owned(),
        bytes: ingest::file_of(&row(app, layout, entered)),
        authority: Some(entered.authority),
        domain: entered.domain.clone(),
        layout: layout.map(|layout| layout.id.clone()),
        strict: !dry_run,
        dry_run,
        ..Sent::default()
    };
    upload::upload(app, actor, sent).await
}

/// The row: every column of the layout, since a file without one would be refused as a whole.
fn row(app: &App, layout: Option<&Layout>, entered: &Entered) -> BTreeMap<String, String> {
    let (_, lists) = app.columns();
    let named: Vec<Option<usize>> =
        layout.map(|it| entered.cells.keys().map(|name| it.find(name)).collect()).unwrap_or_default();
    let mut row = entered.cells.clone();
    for (at, column) in layout.into_iter().flat_map(|layout| layout.columns.iter().enumerate()) {
        let word = |means: &dyn Fn(&str) -> bool| {
            let words = lists.choices(column.item.kind()).iter();
            words.into_iter().find(|word| means(word)).cloned().unwrap_or_default()
        };
        let cell = match column.item {
            _ if named.contains(&Some(at)) => continue,
            Item::RecordKind => word(&|name| lists.record_kind(name) == Some(entered.kind)),
            // A record that is here already is corrected, which is told before it is done.
            Item::Operation => word(&|name| lists.operation(name) == Some(Operation::Insert)),
            // The sender says the domain of the whole file.
            Item::Domain => continue,
            _ => String::new(),
        };
        row.insert(column.name.code.clone(), cell);
    }
    row
}
