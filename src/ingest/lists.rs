//! The words that stand in cells: data, not code.

use std::collections::{BTreeMap, HashMap};

use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::rules::words::words;
use crate::rules::{AnnulmentKind, Operation, Procedure, RecordKind, Sanction, Severity, normal};

use super::item::{Item, Kind};

words! {
    /// The class of a subject as regulators write it.
    SubjectClass {
        /// 法人及非法人组织
        Organisation = "organisation",
        /// 个体工商户
        IndividualBusiness = "individual-business",
        /// 自然人
        NaturalPerson = "natural-person",
    }
}

/// A kind of identity document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DocumentType {
    /// Its Chinese name.
    pub zh: String,
    /// Whether its number is a citizen number.
    pub citizen_number: bool,
}

/// Names of administrative divisions, for showing beside a code. They refuse nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Divisions {
    /// By the first two digits.
    pub provinces: BTreeMap<String, String>,
    /// By six digits.
    pub districts: BTreeMap<String, String>,
    /// By six digits: no longer in use, and still in older codes.
    pub abolished: BTreeMap<String, String>,
}

impl Divisions {
    /// The name of a division of six digits: province and district, as far as they are known.
    #[must_use]
    pub fn name(&self, code: &str) -> Option<String> {
        let province = self.provinces.get(code.get(..2)?)?;
        let district = self.districts.get(code).or_else(|| self.abolished.get(code));
        Some(district.map_or_else(|| province.clone(), |district| format!("{province}{district}")))
    }
}

/// All code lists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CodeLists {
    /// The Chinese names to choose from.
    choices: BTreeMap<Kind, Vec<String>>,
    sanctions: HashMap<String, Vec<Sanction>>,
    sanction_names: Vec<(Sanction, String)>,
    classes: HashMap<String, SubjectClass>,
    documents: HashMap<String, DocumentType>,
    procedures: HashMap<String, Procedure>,
    record_kinds: HashMap<String, RecordKind>,
    required: HashMap<RecordKind, Vec<Item>>,
    operations: HashMap<String, Operation>,
    annulment_kinds: HashMap<String, AnnulmentKind>,
    yes_no: HashMap<String, bool>,
    severities: HashMap<String, Severity>,
    /// Divisions.
    pub divisions: Divisions,
}

/// The TOML texts of the lists.
#[derive(Clone, Copy, Debug)]
pub struct CodeListTexts<'a> {
    /// Kinds of penalty.
    pub sanctions: &'a str,
    /// Classes of subjects.
    pub subject_classes: &'a str,
    /// Identity documents.
    pub identity_documents: &'a str,
    /// Procedures.
    pub procedures: &'a str,
    /// Kinds of record.
    pub record_kinds: &'a str,
    /// What is done to records.
    pub operations: &'a str,
    /// How decisions fall.
    pub annulment_kinds: &'a str,
    /// Yes and no.
    pub yes_no: &'a str,
    /// Weights.
    pub severities: &'a str,
    /// Divisions.
    pub divisions: &'a str,
}

impl Default for CodeListTexts<'static> {
    /// The lists of `data/code-lists` as they are built into the program.
    fn default() -> Self {
        Self {
            sanctions: include_str!("../../data/code-lists/sanctions.toml"),
            subject_classes: include_str!("../../data/code-lists/subject-classes.toml"),
            identity_documents: include_str!("../../data/code-lists/identity-documents.toml"),
            procedures: include_str!("../../data/code-lists/procedures.toml"),
            record_kinds: include_str!("../../data/code-lists/record-kinds.toml"),
            operations: include_str!("../../data/code-lists/operations.toml"),
            annulment_kinds: include_str!("../../data/code-lists/annulment-kinds.toml"),
            yes_no: include_str!("../../data/code-lists/yes-no.toml"),
            severities: include_str!("../../data/code-lists/severities.toml"),
            divisions: include_str!("../../data/code-lists/divisions.toml"),
        }
    }
}

/// What is wrong with a code list.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadCodeList {
    /// Not TOML, or not of this shape.
    #[error("{0}")]
    Shape(String),
    /// A name stands twice.
    #[error("{0} stands twice")]
    Twice(String),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File<T> {
    name: Vec<T>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Meaning<T> {
    zh: String,
    aliases: Vec<String>,
    means: T,
}

/// An entry of any list, for its name.
#[derive(Deserialize)]
struct Named {
    zh: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    zh: String,
    aliases: Vec<String>,
    citizen_number: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RecordKindName {
    zh: String,
    aliases: Vec<String>,
    means: RecordKind,
    #[serde(default)]
    requires: Vec<Item>,
}

fn from_toml<T: DeserializeOwned>(text: &str) -> Result<T, BadCodeList> {
    toml::from_str(text).map_err(|e| BadCodeList::Shape(e.to_string()))
}

/// Every name and alias of a list in normal form, and what it means.
fn list<T: DeserializeOwned + Clone>(text: &str) -> Result<HashMap<String, T>, BadCodeList> {
    entries(from_toml::<File<Meaning<T>>>(text)?.name)
}

fn entries<T: Clone>(names: Vec<Meaning<T>>) -> Result<HashMap<String, T>, BadCodeList> {
    let mut list = HashMap::new();
    for Meaning { zh, aliases, means } in names {
        for name in std::iter::once(&zh).chain(&aliases) {
            if list.insert(normal::name(name), means.clone()).is_some() {
                return Err(BadCodeList::Twice(name.clone()));
            }
        }
    }
    Ok(list)
}

impl CodeLists {
    /// Reads the lists from TOML.
    pub fn parse(texts: &CodeListTexts<'_>) -> Result<Self, BadCodeList> {
        let sanctions = from_toml::<File<Meaning<Vec<Sanction>>>>(texts.sanctions)?.name;
        let named = |name: &Meaning<Vec<Sanction>>| match name.means[..] {
            [one] => Some((one, name.zh.clone())),
            _ => None,
        };
        let document = |Document { zh, aliases, citizen_number }| {
            let means = DocumentType { zh: zh.clone(), citizen_number };
            Meaning { zh, aliases, means }
        };
        let documents = from_toml::<File<Document>>(texts.identity_documents)?.name;
        let all = |text: &str| -> Result<Vec<String>, BadCodeList> {
            Ok(from_toml::<File<Named>>(text)?.name.into_iter().map(|named| named.zh).collect())
        };
        let choices = BTreeMap::from([
            (Kind::Sanctions, all(texts.sanctions)?),
            (Kind::SubjectClass, all(texts.subject_classes)?),
            (Kind::DocumentType, all(texts.identity_documents)?),
            (Kind::Procedure, all(texts.procedures)?),
            (Kind::RecordKind, all(texts.record_kinds)?),
            (Kind::Operation, all(texts.operations)?),
            (Kind::AnnulmentKind, all(texts.annulment_kinds)?),
            (Kind::YesNo, all(texts.yes_no)?),
            (Kind::Severity, all(texts.severities)?),
        ]);
        let kinds = from_toml::<File<RecordKindName>>(texts.record_kinds)?.name;
        let kind = |RecordKindName { zh, aliases, means, .. }: RecordKindName| Meaning { zh, aliases, means };
        Ok(Self {
            choices,
            sanction_names: sanctions.iter().filter_map(named).collect(),
            sanctions: entries(sanctions)?,
            classes: list(texts.subject_classes)?,
            documents: entries(documents.into_iter().map(document).collect())?,
            procedures: list(texts.procedures)?,
            required: kinds.iter().map(|kind| (kind.means, kind.requires.clone())).collect(),
            record_kinds: entries(kinds.into_iter().map(kind).collect())?,
            operations: list(texts.operations)?,
            annulment_kinds: list(texts.annulment_kinds)?,
            yes_no: list(texts.yes_no)?,
            severities: list(texts.severities)?,
            divisions: from_toml(texts.divisions)?,
        })
    }

    /// The names to choose from in cells of this kind, in the order of their list; none where anything may be written.
    #[must_use]
    pub fn choices(&self, kind: Kind) -> &[String] {
        self.choices.get(&kind).map_or(&[], Vec::as_slice)
    }

    /// The procedure that a name stands for.
    #[must_use]
    pub fn procedure(&self, name: &str) -> Option<Procedure> {
        self.procedures.get(&normal::name(name)).copied()
    }

    /// The kind of record that a name stands for.
    #[must_use]
    pub fn record_kind(&self, name: &str) -> Option<RecordKind> {
        self.record_kinds.get(&normal::name(name)).copied()
    }

    /// What rows of a kind of record may not leave blank, beside what the layout says.
    #[must_use]
    pub fn required(&self, kind: RecordKind) -> &[Item] {
        self.required.get(&kind).map_or(&[], Vec::as_slice)
    }

    /// What a name says is done to a record.
    #[must_use]
    pub fn operation(&self, name: &str) -> Option<Operation> {
        self.operations.get(&normal::name(name)).copied()
    }

    /// The way in which a decision fell that a name stands for.
    #[must_use]
    pub fn annulment_kind(&self, name: &str) -> Option<AnnulmentKind> {
        self.annulment_kinds.get(&normal::name(name)).copied()
    }

    /// Whether a word means yes or no.
    #[must_use]
    pub fn yes_no(&self, name: &str) -> Option<bool> {
        self.yes_no.get(&normal::name(name)).copied()
    }

    /// The weight that a name stands for.
    #[must_use]
    pub fn severity(&self, name: &str) -> Option<Severity> {
        self.severities.get(&normal::name(name)).copied()
    }

    /// The kinds of penalty that a name stands for.
    #[must_use]
    pub fn sanctions(&self, name: &str) -> Option<&[Sanction]> {
        self.sanctions.get(&normal::name(name)).map(Vec::as_slice)
    }

    /// The Chinese name of a kind of penalty.
    #[must_use]
    pub fn sanction_zh(&self, sanction: Sanction) -> Option<&str> {
        self.sanction_names.iter().find(|(known, _)| *known == sanction).map(|(_, zh)| zh.as_str())
    }

    /// The class of subject that a name stands for.
    #[must_use]
    pub fn subject_class(&self, name: &str) -> Option<SubjectClass> {
        self.classes.get(&normal::name(name)).copied()
    }

    /// The kind of identity document that a name stands for; `其他-` and a name is always one.
    #[must_use]
    pub fn document_type(&self, name: &str) -> Option<DocumentType> {
        let normal = normal::name(name);
        let other = normal.strip_prefix("其他-").filter(|rest| !rest.is_empty());
        let other = other.map(|_| DocumentType { zh: name.trim().to_owned(), citizen_number: false });
        self.documents.get(&normal).cloned().or(other)
    }
}
