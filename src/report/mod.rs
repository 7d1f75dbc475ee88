//! Facts become pages, pages become PDF bytes.

pub mod error;
pub mod fonts;
mod geometry;
mod judge;
mod layout;
pub mod page;
pub mod pdf;
pub mod qr;
mod results;
mod samples;
pub mod seal_art;
mod sections;
mod template;

pub use error::Error;
pub use judge::{CheckOutcome, Drawn, Judgement};
pub use results::ResultSheet;
pub use samples::samples;
pub use template::Language;

use fonts::Fonts;
use geometry::Geometry;
use page::Sheet;
use template::Template;

use crate::rules::{Digest, Facts};

/// What is made of the facts. All editions carry the same facts inside.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Edition {
    /// The full report in Chinese, the authentic one.
    Zh,
    /// The full report in English; what the authorities sent stays in Chinese.
    En,
    /// The full report in Chinese, with English below each text.
    ZhEn,
    /// One page in Chinese: each domain's conclusion, records only counted.
    Extract,
}

impl Edition {
    /// Every edition.
    pub const ALL: [Self; 4] = [Self::Zh, Self::En, Self::ZhEn, Self::Extract];

    /// The word for it: `zh`, `en`, `zh-en` or `extract`.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Zh => "zh",
            Self::En => "en",
            Self::ZhEn => "zh-en",
            Self::Extract => "extract",
        }
    }

    /// The language that leads in it (BCP 47).
    #[must_use]
    pub fn lang(self) -> &'static str {
        self.languages()[0].tag()
    }

    /// The languages that it speaks, the leading one first.
    #[must_use]
    pub fn languages(self) -> &'static [Language] {
        match self {
            Self::Zh => &[Language::Zh],
            Self::En => &[Language::En],
            Self::ZhEn | Self::Extract => &[Language::Zh, Language::En],
        }
    }
}

/// A text that names no edition.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an edition is zh, en, zh-en or extract")]
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
    /// What to make of it.
    pub edition: Edition,
}

/// Draws reports: font, geometry and words, loaded and checked once.
pub struct Renderer {
    geometry: Geometry,
    templates: [Template; Language::ALL.len()],
    /// For each edition the font, with what a usual report of it prints.
    fonts: [Fonts; Edition::ALL.len()],
}

impl Renderer {
    /// Bytes of room for the signature that is put into a report: several of ours with their chain and a time stamp.
    pub const SIGNER_SPACE: usize = 8 * 1024;

    /// Loads font and templates, and checks that every word of them can be printed.
    pub fn load() -> Result<Self, Error> {
        let geometry = Geometry::load()?;
        let [zh, en] = Language::ALL;
        let templates = [Template::load(zh)?, Template::load(en)?];
        let fonts = Fonts::load()?;
        for text in templates.iter().flat_map(Template::all_words) {
            if let Some(character) = fonts.missing(&text.replace('\n', "")) {
                return Err(Error::NoGlyph { character });
            }
        }
        let [zh, en, zh_en, extract] = Edition::ALL.map(|edition| usual(&geometry, &templates, edition));
        Ok(Self { geometry, templates, fonts: [zh?, en?, zh_en?, extract?] })
    }

    /// Lays a report out.
    pub fn sheet(&self, issue: &Issue<'_>) -> Result<Sheet, Error> {
        sections::sheet(&self.geometry, &self.fonts[issue.edition as usize], &self.templates, issue)
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
        let fonts = &self.fonts[issue.edition as usize];
        pdf::write_with(&self.sheet(issue)?, fonts, room, validation)
    }
}

/// What codes, numbers and fingerprints are written with.
const CODES: &str = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdef";

/// The font of an edition, its static tier made of what a usual report prints.
fn usual(
    geometry: &Geometry,
    templates: &[Template; Language::ALL.len()],
    edition: Edition,
) -> Result<Fonts, Error> {
    let fonts = Fonts::load()?;
    let facts = samples::usual()?;
    let canonical = facts.canonical();
    let issue = samples::issue(&facts, &canonical, edition);
    let sheet = sections::sheet(geometry, &fonts, templates, &issue)?;
    Ok(fonts.with_static(&(sheet.characters() + CODES)))
}
