//! What a report says, section by section, poured into pages.

mod changed;
mod domains;
mod extract;
mod fields;
mod front;
mod records;
mod running;
mod scope;
mod seal;
mod subject;
mod summary;
mod voice;

use fields::Field;
use voice::{Voice, day};

use super::fonts::Fonts;
use super::geometry::Geometry;
use super::layout::{Flow, ROOT, Text};
use super::page::{Attachment, Belongs, ElementId, Page, Role, SealBox, Sheet};
use super::template::{Columns, Language, Say, Section, Template};
use super::{Edition, Error, Issue};
use crate::rules::facts::Facts;

/// One report on the desk: its facts, its words, and the pages being filled.
struct Desk<'a> {
    flow: Flow<'a>,
    /// The leading voice first.
    voices: Vec<Voice<'a>>,
    issue: &'a Issue<'a>,
    facts: &'a Facts,
}

/// Lays a report out, in the voices of its edition.
pub(in crate::report) fn sheet(
    geometry: &Geometry,
    fonts: &Fonts,
    templates: &[Template; Language::ALL.len()],
    issue: &Issue<'_>,
) -> Result<Sheet, Error> {
    let facts = issue.facts;
    let languages = issue.edition.languages();
    let voice = |language: &Language| Voice { words: &templates[*language as usize], facts };
    let voices = languages.iter().map(voice).collect();
    let flow = Flow::new(fonts, geometry, languages);
    let mut desk = Desk { flow, voices, issue, facts };
    let seal = match issue.edition {
        Edition::Extract => extract::print(&mut desk)?,
        Edition::Zh | Edition::En | Edition::ZhEn => desk.full()?,
    };
    running::print(&mut desk)?;
    let leading = desk.leading();
    let (name, number) = (facts.subject.name.as_str(), facts.number.to_string());
    let (title, subject) = match issue.edition {
        Edition::Extract => (Say::ExtractDocument, Say::ExtractAbout),
        Edition::Zh | Edition::En | Edition::ZhEn => (Say::DocumentTitle, Say::DocumentSubject),
    };
    let (width, height) = (geometry.page.width, geometry.page.height);
    Ok(Sheet {
        title: leading.say(title, &[name]),
        author: leading.name(&facts.issuer.name).to_owned(),
        subject: leading.say(subject, &[name, &number]),
        lang: issue.edition.lang().to_owned(),
        issued_at: facts.issued_at,
        facts_digest: issue.digest,
        attachment: Attachment {
            name: "facts.json".to_owned(),
            mime: "application/json".to_owned(),
            description: leading.say(Say::DocumentAttachment, &[&number]),
            bytes: issue.canonical.to_vec(),
        },
        pages: desk.flow.pages.into_iter().map(|marks| Page { width, height, marks }).collect(),
        elements: desk.flow.elements,
        outline: desk.flow.outline,
        seal,
    })
}

impl<'a> Desk<'a> {
    /// Fills the pages of a full report, section by section, and gives the seal.
    fn full(&mut self) -> Result<SealBox, Error> {
        front::print(self)?;
        let mut sealed = None;
        let words = self.leading().words;
        for section in &words.sections {
            let sect = self.flow.open(Role::Sect, ROOT);
            let style = self.flow.geometry.style.heading;
            let heading = self.said(section.heading());
            self.flow.heading(sect, Role::H2, style, &heading)?;
            match section {
                Section::Scope => scope::print(self, sect)?,
                Section::Subject => subject::subject(self, sect)?,
                Section::Request => subject::request(self, sect)?,
                Section::Summary => summary::print(self, sect)?,
                Section::Domains => domains::print(self, sect)?,
                Section::Records => records::print(self, sect)?,
                Section::Changed => changed::changed(self, sect)?,
                Section::Disputes => changed::disputes(self, sect)?,
                Section::Notes => scope::notes(self, sect)?,
                Section::Seal => sealed = Some(seal::print(self, sect)?),
            }
        }
        sealed.ok_or(Error::Sheet { reason: "the template has no place for the seal" })
    }

    /// The voice in which everything is said.
    fn leading(&self) -> Voice<'a> {
        self.voices[0]
    }

    /// The widths of tables: those of the last voice, whose words are the longest.
    fn columns(&self) -> &'a Columns {
        &self.voices[self.voices.len() - 1].words.columns
    }

    /// A text as each voice says it.
    fn text(&self, say: impl Fn(Voice<'a>) -> String) -> Text {
        Text::new(self.voices.iter().map(|voice| say(*voice)))
    }

    /// A text without places.
    fn said(&self, say: Say) -> Text {
        self.text(|voice| voice.say(say, &[]))
    }

    fn paragraph(&mut self, parent: ElementId, text: &Text) -> Result<(), Error> {
        let style = self.flow.geometry.style.body;
        self.flow.paragraph(parent, style, text)
    }

    /// A paragraph that stays with the table after it.
    fn lead(&mut self, parent: ElementId, text: &Text) -> Result<(), Error> {
        let style = self.flow.geometry.style.body;
        self.flow.heading(parent, Role::P, style, text)
    }
}
