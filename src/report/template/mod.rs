//! The words of a report, read from `report-templates/report.*.toml` and checked whole before anything is printed.

mod say;

use std::collections::BTreeMap;

use serde::Deserialize;

pub(in crate::report) use say::Say;
use say::TEXTS;

use crate::report::Error;
use crate::rules::facts::{Capacity, Channel, Conclusion, Mark};
use crate::rules::{GapReason, Procedure, RecordKind, Sanction, Scheme, SubjectKind};

/// A language that reports are written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Language {
    /// Chinese, the authentic one.
    Zh,
    /// English; what the authorities sent stays in Chinese.
    En,
}

impl Language {
    /// Every language.
    pub const ALL: [Self; 2] = [Self::Zh, Self::En];

    /// Its tag (BCP 47).
    #[must_use]
    pub fn tag(self) -> &'static str {
        match self {
            Self::Zh => "zh-CN",
            Self::En => "en",
        }
    }

    /// Checks the text of a template as the program checks its own: every text and word is there with its places, and no
    /// other.
    pub fn check_template(self, text: &str) -> Result<(), Error> {
        Template::parse(self, text).map(|_| ())
    }

    fn file(self) -> &'static str {
        match self {
            Self::Zh => "report.zh.toml",
            Self::En => "report.en.toml",
        }
    }

    fn template(self) -> &'static str {
        match self {
            Self::Zh => include_str!("../../../report-templates/report.zh.toml"),
            Self::En => include_str!("../../../report-templates/report.en.toml"),
        }
    }
}

/// The sections that follow the title, in the order of the template.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(in crate::report) enum Section {
    Scope,
    Subject,
    Request,
    Summary,
    Domains,
    Records,
    Changed,
    Disputes,
    Notes,
    Seal,
}

impl Section {
    const ALL: [(Self, Say); 10] = [
        (Self::Scope, Say::HeadingScope),
        (Self::Subject, Say::HeadingSubject),
        (Self::Request, Say::HeadingRequest),
        (Self::Summary, Say::HeadingSummary),
        (Self::Domains, Say::HeadingDomains),
        (Self::Records, Say::HeadingRecords),
        (Self::Changed, Say::HeadingChanged),
        (Self::Disputes, Say::HeadingDisputes),
        (Self::Notes, Say::HeadingNotes),
        (Self::Seal, Say::HeadingSeal),
    ];

    /// Its heading.
    pub(in crate::report) fn heading(self) -> Say {
        Self::ALL[self as usize].1
    }
}

/// The widths of tables' columns, as parts of the whole.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::report) struct Columns {
    /// Label, value, label, value.
    pub(in crate::report) fields: [f32; 4],
    /// Domain, authority, conclusion, records, window and last upload.
    pub(in crate::report) domains: [f32; 5],
    /// Label, value, label, value.
    pub(in crate::report) record: [f32; 4],
    /// Document number, domain, state, day, organ.
    pub(in crate::report) changed: [f32; 5],
    /// Document number, domain, state, organ.
    pub(in crate::report) disputes: [f32; 4],
    /// Domain, conclusion: in an extract, several times in a row.
    pub(in crate::report) extract: [f32; 2],
}

/// The file as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    lang: String,
    sections: Vec<Section>,
    notes: Vec<String>,
    columns: Columns,
    words: BTreeMap<String, BTreeMap<String, String>>,
    text: BTreeMap<String, BTreeMap<String, String>>,
}

/// Makes the struct of word lists: one text for each value of a closed list.
macro_rules! word_lists {
    ($($field:ident: $list:ty = $name:literal,)+) => {
        /// A text for every value of every closed list, in the order of the list.
        #[derive(Debug)]
        pub(in crate::report) struct WordLists { $($field: Vec<String>,)+ }

        impl WordLists {
            fn read(lists: &mut Lists<'_>) -> Result<Self, Error> {
                Ok(Self { $($field: lists.list($name, <$list>::ALL.iter().map(|value| value.word()))?,)+ })
            }

            fn all(&self) -> impl Iterator<Item = &str> {
                [$(&self.$field),+].into_iter().flatten().map(String::as_str)
            }

            $(
                /// The text of a value.
                pub(in crate::report) fn $field(&self, value: $list) -> &str {
                    &self.$field[value as usize]
                }
            )+
        }
    };
}

word_lists! {
    sign: Conclusion = "sign",
    mark: Mark = "mark",
    channel: Channel = "channel",
    capacity: Capacity = "capacity",
    gap_reason: GapReason = "gap-reason",
    kind: RecordKind = "record-kind",
    procedure: Procedure = "procedure",
    sanction: Sanction = "sanction",
    subject_kind: SubjectKind = "subject-kind",
    scheme: Scheme = "scheme",
}

/// A text with places.
#[derive(Clone, Debug)]
enum Piece {
    Text(String),
    Place(usize),
}

/// The words of one language.
#[derive(Debug)]
pub(in crate::report) struct Template {
    pub(in crate::report) language: Language,
    pub(in crate::report) sections: Vec<Section>,
    pub(in crate::report) notes: Vec<String>,
    pub(in crate::report) columns: Columns,
    pub(in crate::report) words: WordLists,
    texts: Vec<Vec<Piece>>,
}

impl Template {
    /// Reads the template of a language inside the program.
    pub(in crate::report) fn load(language: Language) -> Result<Self, Error> {
        Self::parse(language, language.template())
    }

    /// Reads a template: every text and every word is there, none that nobody prints, and each has exactly its places.
    pub(in crate::report) fn parse(language: Language, text: &str) -> Result<Self, Error> {
        let name = language.file();
        let wrong = |reason: String| Error::Template { name, reason };
        let mut file: File = toml::from_str(text).map_err(|e| wrong(e.to_string()))?;
        for (section, _) in Section::ALL {
            if file.sections.iter().filter(|&&named| named == section).count() != 1 {
                return Err(wrong(format!("the section {section:?} must stand once in `sections`")));
            }
        }
        if file.lang != language.tag() {
            return Err(wrong(format!("`lang` must be {}", language.tag())));
        }
        let widths = [
            &file.columns.fields[..],
            &file.columns.domains,
            &file.columns.record,
            &file.columns.changed,
            &file.columns.disputes,
            &file.columns.extract,
        ];
        if widths.concat().iter().any(|width| !(1.0..=1000.0).contains(width)) {
            return Err(wrong("a column is between 1 and 1000 wide".to_owned()));
        }
        let mut lists = Lists { name, lists: &mut file.words };
        let words = WordLists::read(&mut lists)?;
        if let Some(list) = file.words.keys().next() {
            return Err(wrong(format!("no list of words is called {list}")));
        }
        let texts = texts(&mut file.text).map_err(wrong)?;
        Ok(Self {
            language,
            sections: file.sections,
            notes: file.notes,
            columns: file.columns,
            words,
            texts,
        })
    }

    /// A text, its places filled in the order of the list in `say.rs`.
    pub(in crate::report) fn say(&self, say: Say, filled: &[&str]) -> String {
        let mut text = String::new();
        for piece in &self.texts[say as usize] {
            match piece {
                Piece::Text(plain) => text.push_str(plain),
                Piece::Place(at) => text.push_str(filled.get(*at).copied().unwrap_or_default()),
            }
        }
        text
    }

    /// Every text and word, for choosing the glyphs that all reports share.
    pub(in crate::report) fn all_words(&self) -> impl Iterator<Item = &str> {
        let texts = self.texts.iter().flatten().map(|piece| match piece {
            Piece::Text(text) => text.as_str(),
            Piece::Place(_) => "",
        });
        texts.chain(self.notes.iter().map(String::as_str)).chain(self.words.all())
    }
}

/// The lists of words not read yet.
struct Lists<'f> {
    name: &'static str,
    lists: &'f mut BTreeMap<String, BTreeMap<String, String>>,
}

impl Lists<'_> {
    fn list(&mut self, list: &str, words: impl Iterator<Item = &'static str>) -> Result<Vec<String>, Error> {
        let wrong = |reason: String| Error::Template { name: self.name, reason };
        let mut found = self.lists.remove(list).ok_or_else(|| wrong(format!("words.{list} is missing")))?;
        let mut texts = Vec::new();
        for word in words {
            let text = found.remove(word).filter(|text| !text.trim().is_empty());
            texts.push(text.ok_or_else(|| wrong(format!("words.{list} has no text for {word}")))?);
        }
        match found.keys().next() {
            Some(word) => Err(wrong(format!("words.{list} has {word}, which is none of its words"))),
            None => Ok(texts),
        }
    }
}

/// Takes every text out of the file, and leaves none.
fn texts(file: &mut BTreeMap<String, BTreeMap<String, String>>) -> Result<Vec<Vec<Piece>>, String> {
    let mut texts = Vec::with_capacity(TEXTS.len());
    for (name, places) in TEXTS {
        let (group, key) = name.split_once('.').unwrap_or((name, ""));
        let text = file.get_mut(group).and_then(|group| group.remove(key));
        let text = text.ok_or_else(|| format!("text.{name} is missing"))?;
        if text.trim().is_empty() {
            return Err(format!("text.{name} is empty"));
        }
        texts.push(pieces(name, places, &text)?);
    }
    let left = file.iter().find_map(|(group, keys)| Some((group, keys.keys().next()?)));
    match left {
        Some((group, key)) => Err(format!("nobody prints text.{group}.{key}")),
        None => Ok(texts),
    }
}

/// Cuts a text at its places; each known place must stand in it.
fn pieces(name: &str, places: &[&str], text: &str) -> Result<Vec<Piece>, String> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some((plain, after)) = rest.split_once('{') {
        let (place, after) =
            after.split_once('}').ok_or_else(|| format!("text.{name}: a brace is not closed"))?;
        let at = places.iter().position(|&known| known == place);
        let at = at.ok_or_else(|| format!("text.{name}: it has no place {{{place}}}"))?;
        pieces.extend([Piece::Text(plain.to_owned()), Piece::Place(at)]);
        rest = after;
    }
    pieces.push(Piece::Text(rest.to_owned()));
    for (at, place) in places.iter().enumerate() {
        if !pieces.iter().any(|piece| matches!(piece, Piece::Place(found) if *found == at)) {
            return Err(format!("text.{name}: the place {{{place}}} is missing"));
        }
    }
    Ok(pieces)
}
