//! The fonts: which glyph stands for a character, and how wide it is.
//!
//! Two fonts lie whole inside the program, a serif (宋体) and a bold sans (黑体); each [`Face`] asks its own first and the
//! other next. Nothing is parsed before [`Fonts::load`], and the answers are kept in small tables filled as they are asked for.

pub(in crate::report) mod tier;

use std::collections::BTreeSet;
use std::sync::OnceLock;

use tier::{Printed, Tier};
use ttf_parser::Face as Parsed;

use crate::report::Error;
use crate::report::page::Face;

/// How many fonts there are.
const COUNT: usize = 2;

/// File names and bytes, in the order of their numbers.
const FILES: [(&str, &[u8]); COUNT] = [
    ("NotoSerifSC-Regular", include_bytes!("../../../report-templates/fonts/NotoSerifSC-Regular.ttf")),
    ("NotoSansSC-Bold", include_bytes!("../../../report-templates/fonts/NotoSansSC-Bold.ttf")),
];

/// Characters are looked up in blocks of this many.
const BLOCK: usize = 256;

/// Blocks in planes 0 to 3, beyond which no writing is assigned.
const BLOCKS: usize = 0x4_0000 / BLOCK;

/// A glyph of one of the fonts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(in crate::report) struct Glyph {
    /// Number of the font.
    pub(in crate::report) font: u8,
    /// Number of the glyph in the whole font.
    pub(in crate::report) id: u16,
    /// Advance in thousandths of the font size.
    pub(in crate::report) advance: u16,
    /// Its code in the static tier of its font; 0 if it is not there.
    pub(in crate::report) common: u16,
}

/// What a font descriptor says of a font, in thousandths of the font size.
pub(in crate::report) struct Traits {
    /// Flags.
    pub(in crate::report) flags: u32,
    /// Left, bottom, right, top of all glyphs laid over each other.
    pub(in crate::report) bounds: [i16; 4],
    /// Rise over the base line.
    pub(in crate::report) ascent: i16,
    /// Hang under the base line, negative.
    pub(in crate::report) descent: i16,
    /// Height of a Latin capital.
    pub(in crate::report) capital: i16,
    /// Width of an upright stem, by the usual estimate from the weight.
    pub(in crate::report) stem: u16,
}

type Block = [Option<Glyph>; BLOCK];

type Table = Box<[OnceLock<Box<Block>>]>;

fn empty_table() -> Table {
    (0..BLOCKS).map(|_| OnceLock::new()).collect()
}

/// The fonts of a report, shared by all documents.
pub struct Fonts {
    parsed: [Parsed<'static>; COUNT],
    tables: [Table; 2],
    /// The characters of the static tier of each font, in order.
    common: [Vec<char>; COUNT],
    cut: OnceLock<Option<Vec<Tier>>>,
}

impl Fonts {
    /// Opens the fonts inside the program.
    pub fn load() -> Result<Self, Error> {
        let open = |at: usize| {
            let (name, bytes) = FILES[at];
            // The widths below are read as thousandths, which is what both fonts count in.
            let thousandths = |parsed: &Parsed<'_>| parsed.units_per_em() == 1000;
            Parsed::parse(bytes, 0).ok().filter(thousandths).ok_or(Error::Font { name })
        };
        Ok(Self {
            parsed: [open(0)?, open(1)?],
            tables: [empty_table(), empty_table()],
            common: Default::default(),
            cut: OnceLock::new(),
        })
    }

    /// Names the characters that nearly every report prints, in running text and in bold.
    ///
    /// They are cut out of the fonts once per process and go whole into every document, so the fewer of them a usual report
    /// does without, the better. Characters that no font has are passed over.
    #[must_use]
    pub fn with_static(self, body: &str, bold: &str) -> Self {
        let mut common: [BTreeSet<char>; COUNT] = Default::default();
        for (face, text) in [(Face::Body, body), (Face::Bold, bold)] {
            for character in text.chars() {
                if let Some(glyph) = self.glyph(face, character) {
                    common[usize::from(glyph.font)].insert(character);
                }
            }
        }
        Self {
            parsed: self.parsed,
            tables: [empty_table(), empty_table()],
            common: common.map(|set| set.into_iter().collect()),
            cut: OnceLock::new(),
        }
    }

    /// The advance of a character as a part of the font size, or `None` if no font has it.
    #[must_use]
    pub fn advance(&self, face: Face, character: char) -> Option<f32> {
        self.glyph(face, character).map(|glyph| f32::from(glyph.advance) / 1000.0)
    }

    /// The width of a line of text in points, `spacing` after each character included.
    ///
    /// A character that no font has counts as one full width; [`Fonts::missing`] finds those.
    #[must_use]
    pub fn width(&self, face: Face, size: f32, spacing: f32, text: &str) -> f32 {
        text.chars().map(|character| self.advance(face, character).unwrap_or(1.0) * size + spacing).sum()
    }

    /// How far the characters of a face rise over the base line, as a part of the font size.
    #[must_use]
    pub fn ascent(&self, face: Face) -> f32 {
        f32::from(self.first(face).typographic_ascender().unwrap_or(880)) / 1000.0
    }

    /// How far the characters of a face hang under the base line, as a positive part of the font size.
    #[must_use]
    pub fn descent(&self, face: Face) -> f32 {
        f32::from(self.first(face).typographic_descender().unwrap_or(-120)).abs() / 1000.0
    }

    /// The first character of a text that no font has. Control characters are such, so break lines before asking.
    #[must_use]
    pub fn missing(&self, text: &str) -> Option<char> {
        text.chars().find(|&character| self.glyph(Face::Body, character).is_none())
    }

    /// The glyph that prints a character.
    pub(in crate::report) fn glyph(&self, face: Face, character: char) -> Option<Glyph> {
        let code = character as usize;
        let block = self.tables[face as usize].get(code / BLOCK)?;
        block.get_or_init(|| self.look_up(face, code / BLOCK))[code % BLOCK]
    }

    /// The static tiers, cut at the first call.
    pub(in crate::report) fn common(&self) -> Result<&[Tier], Error> {
        let cut = || -> Option<Vec<Tier>> {
            let with_text = (0..).zip(&self.common).filter(|(_, characters)| !characters.is_empty());
            with_text
                .map(|(font, characters)| Tier::cut(font, &self.printed(font, characters)).ok())
                .collect()
        };
        self.cut.get_or_init(cut).as_deref().ok_or(Error::Font { name: FILES[0].0 })
    }

    /// What a font descriptor says of a font (ISO 32000-1, 9.8).
    pub(in crate::report) fn traits(&self, font: u8) -> Traits {
        let parsed = &self.parsed[usize::from(font)];
        let bounds = parsed.global_bounding_box();
        Traits {
            // Symbolic (4), since the codes are our own; serif (2) for the first font.
            flags: if font == 0 { 6 } else { 4 },
            bounds: [bounds.x_min, bounds.y_min, bounds.x_max, bounds.y_max],
            ascent: parsed.typographic_ascender().unwrap_or(880),
            descent: parsed.typographic_descender().unwrap_or(-120),
            capital: parsed.capital_height().unwrap_or(730),
            stem: if parsed.is_bold() { 140 } else { 80 },
        }
    }

    fn printed(&self, font: u8, characters: &[char]) -> Vec<Printed> {
        let face = |&face: &Face| order(face)[0] == font;
        let face = [Face::Body, Face::Bold].into_iter().find(face).unwrap_or(Face::Body);
        characters.iter().filter_map(|&one| self.glyph(face, one).map(|glyph| (one, glyph))).collect()
    }

    fn look_up(&self, face: Face, block: usize) -> Box<Block> {
        let find = |code: usize| {
            let character = char::from_u32(u32::try_from(code).ok()?)?;
            order(face).into_iter().find_map(|font| {
                let parsed = &self.parsed[usize::from(font)];
                let id = parsed.glyph_index(character).filter(|id| id.0 != 0)?;
                let advance = parsed.glyph_hor_advance(id)?;
                let at = self.common[usize::from(font)].binary_search(&character);
                let common = at.ok().and_then(|at| u16::try_from(at + 1).ok()).unwrap_or(0);
                Some(Glyph { font, id: id.0, advance, common })
            })
        };
        Box::new(std::array::from_fn(|at| find(block * BLOCK + at)))
    }

    fn first(&self, face: Face) -> &Parsed<'static> {
        &self.parsed[usize::from(order(face)[0])]
    }
}

/// The numbers of the fonts a face asks, in order.
const fn order(face: Face) -> [u8; COUNT] {
    match face {
        Face::Body => [0, 1],
        Face::Bold => [1, 0],
    }
}
