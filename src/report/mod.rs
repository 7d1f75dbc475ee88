//! Facts become pages, pages become PDF bytes.

pub mod error;
pub mod fonts;
mod geometry;
mod layout;
pub mod page;
pub mod pdf;
pub mod qr;
mod samples;
pub mod seal_art;
mod sections;
mod template;

pub use error::Error;
pub use samples::{CheckOutcome, samples};

use fonts::Fonts;
use geometry::Geometry;
use layout::Flow;
use page::{Attachment, Page, Sheet};
use template::{Say, Template};

use crate::rules::{Digest, Facts};

/// The language a report is printed in. All editions say the same facts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Edition {
    /// Chinese, the authentic one.
    Zh,
    /// English; what the authorities sent stays in Chinese.
    En,
}

impl Edition {
    /// Every edition.
    pub const ALL: [Self; 2] = [Self::Zh, Self::En];

    /// The word for it: `zh` or `en`.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Zh => "zh",
            Self::En => "en",
        }
    }

    /// Its language (BCP 47).
    #[must_use]
    pub fn lang(self) -> &'static str {
        match self {
            Self::Zh => "zh-CN",
            Self::En => "en",
        }
    }

    fn file(self) -> &'static str {
        match self {
            Self::Zh => "report.zh.toml",
            Self::En => "report.en.toml",
        }
    }

    fn template(self) -> &'static str {
        match self {
            Self::Zh => include_str!("../../report-templates/report.zh.toml"),
            Self::En => include_str!("../../report-templates/report.en.toml"),
        }
    }
}

/// A text that names no edition.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an edition is zh or en")]
pub struct UnknownEdition;

impl std::str::FromStr for Edition {
    type Err = UnknownEdition;

    fn from_str(text: &str) -> Result<Self, UnknownEdition> {
        Self::ALL.into_iter().find(|edition| edition.word() == text).ok_or(UnknownEdition)
    }
}

/// One report to be printed.
#[derive(Clone, Debug)]
pub struct Issue<'a> {
    /// What it says.
    pub facts: &'a Facts,
    /// The canonical bytes of the facts, which travel inside.
    pub canonical: &'a [u8],
    /// Their digest.
    pub digest: Digest,
    /// The verification code as it is printed, `XXXX-XXXX-XXXX-XXXX-C`.
    pub code: String,
    /// What the QR says: the address and the signed claim.
    pub qr: String,
    /// The language.
    pub edition: Edition,
}

/// Draws reports: fonts, geometry and words, loaded and checked once.
pub struct Renderer {
    fonts: Fonts,
    geometry: Geometry,
    templates: [Template; 2],
}

impl Renderer {
    /// Room for the signature that is put into a report.
    pub const SIGNER_SPACE: usize = 16 * 1024;

    /// Loads fonts and templates, and checks that every word of them can be printed.
    pub fn load() -> Result<Self, Error> {
        let geometry = Geometry::load()?;
        let templates = [Template::load(Edition::Zh)?, Template::load(Edition::En)?];
        let fonts = Fonts::load()?;
        for template in &templates {
            for words in template.all_words() {
                if let Some(character) = fonts.missing(&words.replace('\n', "")) {
                    return Err(Error::NoGlyph { character });
                }
            }
        }
        Ok(Self { fonts, geometry, templates })
    }

    /// Lays a report out.
    pub fn sheet(&self, issue: &Issue<'_>) -> Result<Sheet, Error> {
        let words = &self.templates[issue.edition as usize];
        let facts = issue.facts;
        let flow = Flow::new(&self.fonts, &self.geometry, issue.edition != Edition::Zh);
        let (desk, seal) = sections::fill(flow, words, issue)?;
        let issuer = match issue.edition {
            Edition::En if !facts.issuer.name.en.trim().is_empty() => &facts.issuer.name.en,
            _ => &facts.issuer.name.zh,
        };
        let (name, number) = (facts.subject.name.as_str(), facts.number.to_string());
        let (width, height) = (self.geometry.page.width, self.geometry.page.height);
        Ok(Sheet {
            title: words.say(Say::DocumentTitle, &[name]),
            author: issuer.clone(),
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

    /// Draws a report, ready to be signed. The same issue gives the same bytes.
    pub fn render(&self, issue: &Issue<'_>) -> Result<pdf::Unsigned, Error> {
        pdf::write(&self.sheet(issue)?, &self.fonts, Self::SIGNER_SPACE)
    }
}
