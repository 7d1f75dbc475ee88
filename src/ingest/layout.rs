//! Which columns a file has and what they mean: data, not code.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use serde::Deserialize;

use crate::rules::words::words;
use crate::rules::{RecordKind, normal};

use super::fault::FaultColumn;
use super::item::{Item, Kind, Required};

/// One column of a layout.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// Its code and its Chinese name.
    pub name: Arc<FaultColumn>,
    /// Other names it is known by.
    pub aliases: Vec<String>,
    /// What it says.
    pub item: Item,
    /// The most characters of a cell.
    pub longest: usize,
    /// When a cell may not be blank.
    pub required: Required,
    /// Whether its cells are masked wherever they are shown.
    pub personal: bool,
    /// What cells mean that are written in a way of this layout.
    pub values: BTreeMap<String, String>,
}

impl Column {
    /// Whether no row about a kind of record can leave it blank.
    #[must_use]
    pub fn is_needed(&self, kind: RecordKind) -> bool {
        match self.required {
            Required::Always => true,
            Required::Penalty => kind == RecordKind::Penalty,
            _ => false,
        }
    }

    /// What a cell means, in the words that all layouts share.
    pub(super) fn meaning<'c>(&'c self, cell: &'c str) -> &'c str {
        if self.values.is_empty() { cell } else { self.values.get(cell.trim()).map_or(cell, String::as_str) }
    }
}

/// Where an item comes from that has no column, or whose cell is blank.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Given {
    /// Always this.
    Value(String),
    /// The authority that sends: its code, or its name.
    From(GivenFrom),
}

words! {
    /// What an item is taken from that has no column.
    GivenFrom {
        /// The authority that sends.
        Sender = "sender",
        /// The codes of the row: they tell the class of the subject.
        Codes = "codes",
    }
}

/// The columns of one kind of file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layout {
    /// Its name.
    pub id: String,
    /// Its version.
    pub version: String,
    /// What it is, in Chinese.
    pub zh: String,
    /// The same in English.
    pub en: String,
    /// Its columns, in the order of a template.
    pub columns: Vec<Column>,
    /// Items that need no column.
    pub given: Vec<(Item, Given)>,
    /// Every name in normal form, and its column.
    names: HashMap<String, usize>,
}

/// What is wrong with a layout.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadLayout {
    /// Not TOML, or not of this shape.
    #[error("{0}")]
    Shape(String),
    /// A column that names no item.
    #[error("column {0} names no item: add `item`")]
    Item(String),
    /// A column whose kind is not the one of its item.
    #[error("column {0} must be of kind {1}")]
    Kind(String, Kind),
    /// A name or an item stands twice.
    #[error("{0} stands twice")]
    Twice(String),
    /// An item that is given in no way, or in one that it cannot be given in.
    #[error("{0} must be given either by a `value` or `from` something that tells it")]
    Given(Item),
    /// An item that no row can do without.
    #[error("no column for {0}, which every row needs")]
    Lacks(Item),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    id: String,
    version: String,
    zh: String,
    en: String,
    column: Vec<FileColumn>,
    #[serde(default)]
    given: Vec<FileGiven>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileGiven {
    item: Item,
    value: Option<String>,
    from: Option<GivenFrom>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileColumn {
    code: String,
    zh: String,
    aliases: Vec<String>,
    kind: Kind,
    longest: usize,
    required: Required,
    #[serde(default)]
    personal: bool,
    item: Option<Item>,
    #[serde(default)]
    values: BTreeMap<String, String>,
}

/// Without these no row can become a record.
const NEEDED: [Item; 5] =
    [Item::SubjectName, Item::SubjectClass, Item::DocumentNumber, Item::DecidedOn, Item::Organ];

impl GivenFrom {
    fn can_give(self, item: Item) -> bool {
        match self {
            Self::Sender => matches!(item, Item::Organ | Item::OrganName | Item::Source | Item::SourceName),
            Self::Codes => item == Item::SubjectClass,
        }
    }
}

impl Layout {
    /// The national items of 2018, as they are built into the program.
    pub const NATIONAL_2018: &str = include_str!("../../data/layouts/national-2018.toml");

    /// Reads a layout from TOML and checks that every name leads to one column.
    pub fn parse(text: &str) -> Result<Self, BadLayout> {
        let file: File = toml::from_str(text).map_err(|e| BadLayout::Shape(e.to_string()))?;
        let (mut names, mut items, mut columns) = (HashMap::new(), HashSet::new(), Vec::new());
        for (at, FileColumn { code, zh, aliases, kind, longest, required, personal, item, values }) in
            file.column.into_iter().enumerate()
        {
            let item = item.or_else(|| code.parse().ok()).ok_or_else(|| BadLayout::Item(code.clone()))?;
            if item.kind() != kind {
                return Err(BadLayout::Kind(code, item.kind()));
            }
            if !items.insert(item) {
                return Err(BadLayout::Twice(item.to_string()));
            }
            let both = format!("{zh}({code})");
            for name in [&code, &zh, &both].into_iter().chain(&aliases) {
                if names.insert(normal::name(name), at).is_some_and(|other| other != at) {
                    return Err(BadLayout::Twice(name.clone()));
                }
            }
            let name = Arc::new(FaultColumn { code, zh });
            columns.push(Column { name, aliases, item, longest, required, personal, values });
        }
        let mut given = Vec::new();
        for FileGiven { item, value, from } in file.given {
            let source = match (value, from) {
                (Some(value), None) => Given::Value(value),
                (None, Some(from)) if from.can_give(item) => Given::From(from),
                _ => return Err(BadLayout::Given(item)),
            };
            items.insert(item);
            given.push((item, source));
        }
        if let Some(item) = NEEDED.into_iter().find(|item| !items.contains(item)) {
            return Err(BadLayout::Lacks(item));
        }
        Ok(Self { id: file.id, version: file.version, zh: file.zh, en: file.en, columns, given, names })
    }

    /// Whether rows of this layout have the item without a column for it.
    pub(super) fn gives(&self, item: Item) -> bool {
        self.given.iter().any(|(given, _)| *given == item)
    }

    /// The place of the column that bears this name, whatever its width, case and spaces, with or without the `*` that
    /// marks required columns.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<usize> {
        self.names.get(normal::name(name).trim_matches('*')).copied()
    }
}
