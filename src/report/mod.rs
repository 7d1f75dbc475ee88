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
use page::{Face, Sheet};
use template::Template;

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
    geometry: Geometry,
    editions: [(Template, Fonts); 2],
}

impl Renderer {
    /// Bytes of room for the signature that is put into a report: several of ours with their chain and a time stamp.
    pub const SIGNER_SPACE: usize = 8 * 1024;

    /// Loads fonts and templates, and checks that every word of them can be printed.
    pub fn load() -> Result<Self, Error> {
        let geometry = Geometry::load()?;
        let [zh, en] = Edition::ALL;
        Ok(Self { editions: [edition(&geometry, zh)?, edition(&geometry, en)?], geometry })
    }

    /// Lays a report out.
    pub fn sheet(&self, issue: &Issue<'_>) -> Result<Sheet, Error> {
        let (words, fonts) = &self.editions[issue.edition as usize];
        sections::sheet(&self.geometry, fonts, words, issue)
    }

    /// Draws a report, ready to be signed. The same issue gives the same bytes.
    pub fn render(&self, issue: &Issue<'_>) -> Result<pdf::Unsigned, Error> {
        self.render_for(issue, Self::SIGNER_SPACE)
    }

    /// Draws a report with so many bytes of room for its signature.
    pub fn render_for(&self, issue: &Issue<'_>, room: usize) -> Result<pdf::Unsigned, Error> {
        self.render_with(issue, room, &pdf::Validation::default())
    }

    /// Draws a report with room for its signature, and with what verifies that signature later.
    pub fn render_with(
        &self,
        issue: &Issue<'_>,
        room: usize,
        validation: &pdf::Validation,
    ) -> Result<pdf::Unsigned, Error> {
        let (_, fonts) = &self.editions[issue.edition as usize];
        pdf::write_with(&self.sheet(issue)?, fonts, room, validation)
    }
}

/// The words of an edition, and fonts that have every character of them; what the first sample prints is taken for what
/// nearly every report prints.
fn edition(geometry: &Geometry, edition: Edition) -> Result<(Template, Fonts), Error> {
    let (words, fonts) = (Template::load(edition)?, Fonts::load()?);
    for text in words.all_words() {
        if let Some(character) = fonts.missing(&text.replace('\n', "")) {
            return Err(Error::NoGlyph { character });
        }
    }
    let facts = samples::first()?;
    let canonical = facts.canonical();
    let sheet = sections::sheet(geometry, &fonts, &words, &samples::issue(&facts, &canonical, edition))?;
    let fonts = fonts.with_static(&sheet.characters(Face::Body), &sheet.characters(Face::Bold));
    Ok((words, fonts))
}
