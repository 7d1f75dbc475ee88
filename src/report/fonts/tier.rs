//! A tier: some glyphs of one font, cut out and made ready to be embedded.

use std::fmt::Write as _;
use std::io::Write as _;

use flate2::Compression;
use flate2::write::ZlibEncoder;
use subsetter::GlyphRemapper;

use crate::report::Error;

/// A character and the glyph of the whole font that prints it.
pub(in crate::report) type Printed = (char, super::Glyph);

/// Some glyphs of one font as PDF wants them (ISO 32000-1, 9.7.4): the character at index `i` has the code `i + 1`.
pub(in crate::report) struct Tier {
    /// Number of the font.
    pub(in crate::report) font: u8,
    /// Name with its subset tag, such as `KDMCOA+NotoSerifSC-Regular`.
    pub(in crate::report) name: String,
    /// The font program, compressed.
    pub(in crate::report) program: Vec<u8>,
    /// Length of the font program before compression.
    pub(in crate::report) length: usize,
    /// From codes to glyphs, compressed, where they differ: some characters share a glyph.
    pub(in crate::report) glyphs: Option<Vec<u8>>,
    /// The widths that are not 1000, as the entries of a `W` array.
    pub(in crate::report) widths: String,
    /// The `ToUnicode` map, compressed.
    pub(in crate::report) unicode: Vec<u8>,
}

impl Tier {
    /// Cuts characters, all of them of the font numbered `font`, out of it.
    pub(in crate::report) fn cut(font: u8, characters: &[Printed]) -> Result<Self, Error> {
        let (name, bytes) = super::FILES[usize::from(font)];
        let mut mapper = GlyphRemapper::new();
        let glyphs: Vec<u16> = characters.iter().map(|(_, glyph)| mapper.remap(glyph.id)).collect();
        let program = subsetter::subset(bytes, 0, &mapper).map_err(|_| Error::Font { name })?;
        let straight = glyphs.iter().zip(1..).all(|(&glyph, code)| glyph == code);
        Ok(Self {
            font,
            name: format!("{}+{name}", tag(characters)),
            program: deflate(&program),
            length: program.len(),
            glyphs: (!straight).then(|| {
                let codes = std::iter::once(0).chain(glyphs);
                deflate(&codes.flat_map(u16::to_be_bytes).collect::<Vec<u8>>())
            }),
            widths: widths(characters),
            unicode: deflate(unicode(characters).as_bytes()),
        })
    }
}

/// Compresses as PDF's `FlateDecode` expects.
pub(in crate::report) fn deflate(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::with_capacity(bytes.len() / 2), Compression::new(6));
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

fn widths(characters: &[Printed]) -> String {
    let mut text = String::new();
    let mut open = false;
    for (code, (_, glyph)) in characters.iter().enumerate() {
        if glyph.advance == 1000 {
            if open {
                text.push(']');
            }
            open = false;
        } else if open {
            let _ = write!(text, " {}", glyph.advance);
        } else {
            let _ = write!(text, " {}[{}", code + 1, glyph.advance);
            open = true;
        }
    }
    if open {
        text.push(']');
    }
    text
}

/// A `ToUnicode` map (ISO 32000-1, 9.10.3), at most 100 characters a section.
fn unicode(characters: &[Printed]) -> String {
    let mut map = String::from(
        "/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n\
         /CIDSystemInfo <</Registry (Adobe) /Ordering (UCS) /Supplement 0>> def\n\
         /CMapName /Adobe-Identity-UCS def\n/CMapType 2 def\n\
         1 begincodespacerange\n<0000> <FFFF>\nendcodespacerange\n",
    );
    let mut code = 0_u32;
    for section in characters.chunks(100) {
        let _ = writeln!(map, "{} beginbfchar", section.len());
        for (character, _) in section {
            code += 1;
            let _ = write!(map, "<{code:04X}> <");
            for unit in character.encode_utf16(&mut [0; 2]) {
                let _ = write!(map, "{unit:04X}");
            }
            map.push_str(">\n");
        }
        map.push_str("endbfchar\n");
    }
    map.push_str("endcmap\nCMapName currentdict /CMap defineresource pop\nend\nend\n");
    map
}
