//! What a report says, section by section, poured into pages.

mod changed;
mod domains;
mod front;
mod notes;
mod records;
mod running;
mod scope;
mod seal;
mod subject;
mod summary;

use time::Date;

use super::fonts::Fonts;
use super::geometry::Geometry;
use super::layout::table::{Cell, Table};
use super::layout::{Flow, ROOT};
use super::page::{Attachment, ElementId, Page, Role, Scope, SealBox, Sheet};
use super::template::{Say, Section, Template};
use super::{Edition, Error, Issue};
use crate::rules::facts::{Bilingual, DomainFacts, Facts};
use crate::rules::{DomainId, Fen, Instant};

/// One report on the desk: its facts, its words, and the pages being filled.
struct Desk<'a> {
    flow: Flow<'a>,
    words: &'a Template,
    issue: &'a Issue<'a>,
    facts: &'a Facts,
}

/// Lays a report out.
pub(in crate::report) fn sheet(
    geometry: &Geometry,
    fonts: &Fonts,
    words: &Template,
    issue: &Issue<'_>,
) -> Result<Sheet, Error> {
    let facts = issue.facts;
    let flow = Flow::new(fonts, geometry, issue.edition != Edition::Zh);
    let mut desk = Desk { flow, words, issue, facts };
    let seal = desk.fill()?;
    let (name, number) = (facts.subject.name.as_str(), facts.number.to_string());
    let (width, height) = (geometry.page.width, geometry.page.height);
    Ok(Sheet {
        title: words.say(Say::DocumentTitle, &[name]),
        author: desk.name(&facts.issuer.name).to_owned(),
        subject: words.say(Say::DocumentSubject, &[name, &number]),
        lang: words.lang.clone(),
        issued_at: facts.issued_at,
        facts_digest: issue.digest,
        pages: desk.flow.pages.into_iter().map(|marks| Page { width, height, marks }).collect(),
        elements: desk.flow.elements,
        outline: desk.flow.outline,
        attachment: Attachment {
            name: "facts.json".to_owned(),
            mime: "application/json".to_owned(),
            description: words.say(Say::DocumentAttachment, &[&number]),
            bytes: issue.canonical.to_vec(),
        },
        seal,
    })
}

impl<'a> Desk<'a> {
    /// Fills the pages, section by section, and gives the seal.
    fn fill(&mut self) -> Result<SealBox, Error> {
        front::print(self)?;
        let mut sealed = None;
        let words = self.words;
        for section in &words.sections {
            let sect = self.flow.open(Role::Sect, ROOT);
            let style = self.flow.geometry.style.heading;
            self.flow.heading(sect, Role::H2, style, &self.say(section.heading(), &[]))?;
            match section {
                Section::Scope => scope::print(self, sect)?,
                Section::Subject => subject::subject(self, sect)?,
                Section::Request => subject::request(self, sect)?,
                Section::Summary => summary::print(self, sect)?,
                Section::Domains => domains::print(self, sect)?,
                Section::Records => records::print(self, sect)?,
                Section::Changed => changed::changed(self, sect)?,
                Section::Disputes => changed::disputes(self, sect)?,
                Section::Notes => notes::print(self, sect)?,
                Section::Seal => sealed = Some(seal::print(self, sect)?),
            }
        }
        running::print(self)?;
        sealed.ok_or(Error::Sheet { reason: "the template has no place for the seal" })
    }

    /// A text of the template with its places filled in.
    fn say(&self, say: Say, filled: &[&str]) -> String {
        self.words.say(say, filled)
    }

    /// A name in the language of the edition, or in Chinese where it has no other.
    fn name<'n>(&self, name: &'n Bilingual) -> &'n str {
        match self.words.edition {
            Edition::En if !name.en.trim().is_empty() => &name.en,
            _ => &name.zh,
        }
    }

    /// A moment on the clocks of China.
    fn time(&self, at: Instant) -> String {
        let local = at.local();
        let clock = format!("{:02}:{:02}:{:02}", local.hour(), local.minute(), local.second());
        self.say(Say::FormTime, &[&day(local.date()), &clock])
    }

    /// An amount in 万元 and in yuan.
    fn money(&self, amount: Fen) -> String {
        self.say(Say::FormMoney, &[&amount.wan(), &yuan(amount)])
    }

    /// The line of a domain.
    fn domain(&self, id: &DomainId) -> Option<&'a DomainFacts> {
        self.facts.domains.iter().find(|domain| domain.id == *id)
    }

    /// The name of a domain; its id where the facts do not list it.
    fn domain_name(&self, id: &'a DomainId) -> &'a str {
        self.domain(id).map_or(id.as_str(), |domain| self.name(&domain.name))
    }

    fn paragraph(&mut self, parent: ElementId, text: &str) -> Result<(), Error> {
        let style = self.flow.geometry.style.body;
        self.flow.paragraph(parent, style, text)
    }

    /// A paragraph that stays with the table after it.
    fn lead(&mut self, parent: ElementId, text: &str) -> Result<(), Error> {
        let style = self.flow.geometry.style.body;
        self.flow.heading(parent, Role::P, style, text)
    }

    /// A table of labels and values: short pairs stand side by side, wide ones have a row of their own.
    fn fields(&mut self, parent: ElementId, fields: &[Field]) -> Result<(), Error> {
        let styles = self.flow.geometry.style;
        let columns = self.words.columns.fields;
        let mut table = Table::begin(&mut self.flow, parent, &columns, Vec::new(), None)?;
        let mut rest = fields;
        while let [first, after @ ..] = rest {
            let pair = match after {
                [second, ..] if !first.wide && !second.wide => 2,
                _ => 1,
            };
            let mut row = Vec::with_capacity(4);
            for field in &rest[..pair] {
                row.push(Cell::new(styles.label, &*field.label).head(Scope::Row));
                row.push(Cell::new(styles.cell, &*field.value).span(if pair == 1 { 3 } else { 1 }));
            }
            table.row(&mut self.flow, &row)?;
            rest = &rest[pair..];
        }
        table.end(&mut self.flow);
        Ok(())
    }
}

/// A label and its value.
struct Field {
    label: String,
    value: String,
    wide: bool,
}

impl Field {
    fn short(label: impl Into<String>, value: impl Into<String>) -> Self {
        Self { label: label.into(), value: value.into(), wide: false }
    }

    fn wide(label: impl Into<String>, value: impl Into<String>) -> Self {
        Self { label: label.into(), value: value.into(), wide: true }
    }
}

/// A day as `2026-11-22`.
fn day(date: Date) -> String {
    format!("{:04}-{:02}-{:02}", date.year(), u8::from(date.month()), date.day())
}

/// An amount in yuan with separators, and fen where there are any: `2,000`, `1,234.50`.
fn yuan(amount: Fen) -> String {
    let (whole, fen) = (amount.0 / 100, amount.0 % 100);
    let digits = whole.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    if fen == 0 { text } else { format!("{text}.{fen:02}") }
}
