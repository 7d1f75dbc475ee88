//! The font: which glyph stands for a character, and how wide it is.
//!
//! One font lies whole inside the program, a serif (宋体); what is bold is drawn with the same glyphs, filled and outlined, so
//! that a report carries each character once. Nothing is parsed before [`Fonts::load`], and the answers are kept in small
//! tables filled as they are asked for.

mod sfnt;
pub(in crate::report) mod tier;

use std::collections::BTreeSet;
use std::sync::OnceLock;

use tier::{Printed, Tier};
use ttf_parser::Face as Parsed;

use crate::report::Error;

/// Its name and its bytes.
const NAME: &str = "MingzhengSong";
const BYTES: &[u8] = include_bytes!("../../../report-templates/fonts/MingzhengSong.ttf");

/// Characters are looked up in blocks of this many.
const BLOCK: usize = 256;

/// Blocks in planes 0 to 3, beyond which no writing is assigned.
const BLOCKS: usize = 0x4_0000 / BLOCK;

/// A glyph of the font.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(in crate::report) struct Glyph {
    /// Its number in the whole font.
    pub(in crate::report) id: u16,
    /// Its advance in units of the font.
    pub(in crate::report) advance: u16,
    /// Its code in the static tier; 0 if it is not there.
    pub(in crate::report) common: u16,
}

/// What a font descriptor says of a font, in thousandths of the font size.
pub(in crate::report) struct Traits {
    /// Left, bottom, right, top of all glyphs laid over each other.
    pub(in crate::report) bounds: [i32; 4],
    /// Rise over the base line.
    pub(in crate::report) ascent: i32,
    /// Hang under the base line, negative.
    pub(in crate::report) descent: i32,
    /// Height of a Latin capital.
    pub(in crate::report) capital: i32,
}

type Block = [Option<Glyph>; BLOCK];

/// The font of a report, shared by all documents of an edition.
pub struct Fonts {
    parsed: Parsed<'static>,
    /// Parts of the font size in one unit of the font.
    unit: f32,
    table: Box<[OnceLock<Box<Block>>]>,
    /// The characters of the static tier, in order.
    common: Vec<char>,
    cut: OnceLock<Option<Tier>>,
}

impl Fonts {
    /// Opens the font inside the program.
    pub fn load() -> Result<Self, Error> {
        let parsed = Parsed::parse(BYTES, 0).map_err(|_| wrong())?;
        let unit = 1.0 / f32::from(parsed.units_per_em());
        let table = (0..BLOCKS).map(|_| OnceLock::new()).collect();
        Ok(Self { parsed, unit, table, common: Vec::new(), cut: OnceLock::new() })
    }

    /// Names the characters that nearly every report prints.
    ///
    /// They are cut out of the font once per process and go whole into every document, so the fewer of them a usual report
    /// does without, the better. Characters that the font lacks are passed over.
    #[must_use]
    pub fn with_static(self, text: &str) -> Self {
        let known: BTreeSet<char> = text.chars().filter(|&one| self.glyph(one).is_some()).collect();
        let table = (0..BLOCKS).map(|_| OnceLock::new()).collect();
        Self { table, common: known.into_iter().collect(), cut: OnceLock::new(), ..self }
    }

    /// The advance of a character as a part of the font size, or `None` if the font lacks it.
    #[must_use]
    pub fn advance(&self, character: char) -> Option<f32> {
        self.glyph(character).map(|glyph| f32::from(glyph.advance) * self.unit)
    }

    /// The width of a line of text in points, `spacing` after each character included.
    ///
    /// A character that the font lacks counts as one full width; [`Fonts::missing`] finds those.
    #[must_use]
    pub fn width(&self, size: f32, spacing: f32, text: &str) -> f32 {
        text.chars().map(|character| self.advance(character).unwrap_or(1.0) * size + spacing).sum()
    }

    /// How far characters rise over the base line, as a part of the font size.
    #[must_use]
    pub fn ascent(&self) -> f32 {
        self.parsed.typographic_ascender().map_or(0.88, |units| f32::from(units) * self.unit)
    }

    /// How far characters hang under the base line, as a positive part of the font size.
    #[must_use]
    pub fn descent(&self) -> f32 {
        self.parsed.typographic_descender().map_or(0.12, |units| f32::from(units).abs() * self.unit)
    }

    /// The first character of a text that the font lacks. Control characters are such, so break lines before asking.
    #[must_use]
    pub fn missing(&self, text: &str) -> Option<char> {
        text.chars().find(|&character| self.glyph(character).is_none())
    }

    /// The glyph that prints a character.
    pub(in crate::report) fn glyph(&self, character: char) -> Option<Glyph> {
        let code = character as usize;
        let block = self.table.get(code / BLOCK)?;
        block.get_or_init(|| self.look_up(code / BLOCK))[code % BLOCK]
    }

    /// The static tier, cut at the first call; `None` without characters for it.
    pub(in crate::report) fn common(&self) -> Result<Option<&Tier>, Error> {
        if self.common.is_empty() {
            return Ok(None);
        }
        let printed = || self.common.iter().filter_map(|&one| self.glyph(one).map(|glyph| (one, glyph)));
        let cut = || self.cut(&printed().collect::<Vec<Printed>>(), tier::ONCE).ok();
        self.cut.get_or_init(cut).as_ref().map(Some).ok_or_else(wrong)
    }

    /// Cuts characters out of the font.
    pub(in crate::report) fn cut(&self, characters: &[Printed], effort: u32) -> Result<Tier, Error> {
        Tier::cut(&self.parsed, self.unit, characters, effort).ok_or_else(wrong)
    }

    /// What a font descriptor says of the font (ISO 32000-1, 9.8).
    pub(in crate::report) fn traits(&self) -> Traits {
        let bounds = self.parsed.global_bounding_box();
        let thousandths = |units: i16| thousandths(f32::from(units) * self.unit);
        Traits {
            bounds: [bounds.x_min, bounds.y_min, bounds.x_max, bounds.y_max].map(thousandths),
            ascent: thousandths(self.parsed.typographic_ascender().unwrap_or_default()),
            descent: thousandths(self.parsed.typographic_descender().unwrap_or_default()),
            capital: thousandths(self.parsed.capital_height().unwrap_or_default()),
        }
    }

    fn look_up(&self, block: usize) -> Box<Block> {
        let find = |code: usize| {
            let character = char::from_u32(u32::try_from(code).ok()?)?;
            let id = self.parsed.glyph_index(character).filter(|id| id.0 != 0)?;
            let advance = self.parsed.glyph_hor_advance(id)?;
            let at = self.common.binary_search(&character);
            let common = at.ok().and_then(|at| u16::try_from(at + 1).ok()).unwrap_or(0);
            Some(Glyph { id: id.0, advance, common })
        };
        Box::new(std::array::from_fn(|at| find(block * BLOCK + at)))
    }
}

/// A part of the font size in thousandths.
#[expect(clippy::cast_possible_truncation, reason = "a font is a few thousand thousandths wide")]
fn thousandths(part: f32) -> i32 {
    (part * 1000.0).round() as i32
}

fn wrong() -> Error {
    Error::Font { name: NAME }
}
