//! A tier: some glyphs of the font, cut out and made ready to be embedded.

use std::fmt::Write as _;
use std::io::Write as _;

use flate2::Compression;
use flate2::write::ZlibEncoder;
use ttf_parser::Face as Parsed;

use super::{NAME, sfnt, thousandths};

/// A character and the glyph that prints it.
pub(in crate::report) type Printed = (char, super::Glyph);

/// How hard to compress what is compressed once per process.
pub(in crate::report) const ONCE: u32 = 9;

/// How hard to compress what is compressed for each document: further levels take twice the time for a hundredth of the room.
pub(in crate::report) const EACH: u32 = 6;

/// Some glyphs as PDF wants them (ISO 32000-1, 9.7.4): the character at index `i` has the code and the glyph `i + 1`.
pub(in crate::report) struct Tier {
    /// Name with its subset tag, such as `KDMCOA+MingzhengSong`.
    pub(in crate::report) name: String,
    /// The font program, compressed.
    pub(in crate::report) program: Vec<u8>,
    /// Length of the font program before compression.
    pub(in crate::report) length: usize,
    /// The widths that are not 1000, as the entries of a `W` array.
    pub(in crate::report) widths: String,
    /// The `ToUnicode` map, compressed.
    pub(in crate::report) unicode: Vec<u8>,
}

impl Tier {
    /// Cuts characters out of the font; `None` if it cannot be read.
    pub(super) fn cut(font: &Parsed<'_>, unit: f32, characters: &[Printed], effort: u32) -> Option<Self> {
        let ids: Vec<u16> = characters.iter().map(|(_, glyph)| glyph.id).collect();
        let program = sfnt::cut(font, &ids)?;
        Some(Self {
            name: format!("{}+{NAME}", tag(characters)),
            program: deflate(&program, effort),
            length: program.len(),
            widths: widths(unit, characters),
            unicode: deflate(unicode(characters).as_bytes(), effort),
        })
    }
}

/// Compresses as PDF's `FlateDecode` expects.
pub(in crate::report) fn deflate(bytes: &[u8], effort: u32) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::with_capacity(bytes.len() / 2), Compression::new(effort));
    encoder.write_all(bytes).and_then(|()| encoder.finish()).expect("writing to memory does not fail")
}

/// Six capital letters that follow from the characters (ISO 32000-1, 9.6.4), by the hash FNV-1a.
fn tag(characters: &[Printed]) -> String {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for (character, _) in characters {
        hash = (hash ^ u64::from(u32::from(*character))).wrapping_mul(0x0100_0000_01b3);
    }
    let letter = |place: u32| b'A' + u8::try_from((hash >> (place * 8)) % 26).unwrap_or(0);
    (0..6).map(|place| char::from(letter(place))).collect()
}

fn widths(unit: f32, characters: &[Printed]) -> String {
    let mut text = String::new();
    let mut open = false;
    for (code, (_, glyph)) in characters.iter().enumerate() {
        let width = thousandths(f32::from(glyph.advance) * unit);
        if width == 1000 {
            if open {
                text.push(']');
            }
            open = false;
        } else if open {
            let _ = write!(text, " {width}");
        } else {
            let _ = write!(text, " {}[{width}", code + 1);
            open = true;
        }
    }
    if open {
        text.push(']');
    }
    text
}

/// A `ToUnicode` map (ISO 32000-1, 9.10.3): since codes count up, each section names its first and last only.
fn unicode(characters: &[Printed]) -> String {
    let mut map = String::from(
        "/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n\
         /CIDSystemInfo <</Registry (Adobe) /Ordering (UCS) /Supplement 0>> def\n\
         /CMapName /Adobe-Identity-UCS def\n/CMapType 2 def\n\
         1 begincodespacerange\n<0000> <FFFF>\nendcodespacerange\n",
    );
    // A range may not go beyond a last byte of FF; sections are kept to 100 entries, as those of single characters are.
    let mut first = 1;
    while first <= characters.len() {
        let last = (first + 99).min(first | 0xff).min(characters.len());
        let _ = write!(map, "1 beginbfrange\n<{first:04X}> <{last:04X}> [");
        for (character, _) in &characters[first - 1..last] {
            map.push('<');
            for unit in character.encode_utf16(&mut [0; 2]) {
                let _ = write!(map, "{unit:04X}");
            }
            map.push('>');
        }
        map.push_str("]\nendbfrange\n");
        first = last + 1;
    }
    map.push_str("endcmap\nCMapName currentdict /CMap defineresource pop\nend\nend\n");
    map
}
