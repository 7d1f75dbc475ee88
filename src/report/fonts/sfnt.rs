//! Some glyphs of a `TrueType` font as a font of their own (ISO 32000-1, 9.9: the tables that a PDF needs, no others).

use ttf_parser::{Face as Parsed, Tag};

/// Writes a font of the glyphs `ids`: glyph 0 stays what it is, the glyph at index `i` gets the number `i + 1`.
///
/// `None` if the font lacks one of them or is not of this kind. Its glyphs must be outlines of their own, none put together
/// from others.
pub(super) fn cut(font: &Parsed<'_>, ids: &[u16]) -> Option<Vec<u8>> {
    let table = |name: &[u8; 4]| font.raw_face().table(Tag::from_bytes(name));
    let (glyf, loca, hmtx) = (table(b"glyf")?, table(b"loca")?, table(b"hmtx")?);
    let (mut head, mut hhea, mut maxp) =
        (table(b"head")?.to_vec(), table(b"hhea")?.to_vec(), table(b"maxp")?.to_vec());
    let long = *head.get(51)? == 1;
    let measured = u16::from_be_bytes([*hhea.get(34)?, *hhea.get(35)?]);
    let number = |bytes: &[u8], at: usize, wide: usize| {
        let bytes = bytes.get(at * wide..(at + 1) * wide)?;
        Some(bytes.iter().fold(0, |number, &byte| number << 8 | usize::from(byte)))
    };
    let place = |at: usize| if long { number(loca, at, 4) } else { Some(number(loca, at, 2)? * 2) };

    let (mut outlines, mut places, mut metrics) = (Vec::new(), vec![0], Vec::new());
    for &id in std::iter::once(&0).chain(ids) {
        let at = usize::from(id);
        outlines.extend_from_slice(glyf.get(place(at)?..place(at + 1)?)?);
        outlines.resize(outlines.len().next_multiple_of(2), 0);
        places.push(outlines.len());
        // Glyphs after the last that was measured are as wide as it.
        let advance = usize::from(id.min(measured.checked_sub(1)?));
        metrics.extend_from_slice(hmtx.get(advance * 4..advance * 4 + 2)?);
        let bearing = font.glyph_hor_side_bearing(ttf_parser::GlyphId(id))?;
        metrics.extend_from_slice(&bearing.to_be_bytes());
    }
    let short = outlines.len() < 2 * 0x1_0000;
    let places: Vec<u8> = if short {
        places.iter().flat_map(|&at| u16::try_from(at / 2).unwrap_or(0).to_be_bytes()).collect()
    } else {
        places.iter().flat_map(|&at| u32::try_from(at).unwrap_or(0).to_be_bytes()).collect()
    };
    let count = u16::try_from(ids.len() + 1).ok()?.to_be_bytes();
    head.get_mut(8..12)?.fill(0);
    head.get_mut(50..52)?.copy_from_slice(&u16::from(!short).to_be_bytes());
    hhea.get_mut(34..36)?.copy_from_slice(&count);
    maxp.get_mut(4..6)?.copy_from_slice(&count);
    Some(file(&[
        (b"glyf", &outlines),
        (b"head", &head),
        (b"hhea", &hhea),
        (b"hmtx", &metrics),
        (b"loca", &places),
        (b"maxp", &maxp),
    ]))
}

/// Joins tables into a file with its directory and check sums; the tables come in the order of their names.
fn file(tables: &[(&[u8; 4], &[u8])]) -> Vec<u8> {
    let count = u16::try_from(tables.len()).unwrap_or(0);
    let power = 1_u16 << count.ilog2();
    let mut out = vec![0, 1, 0, 0];
    for number in [count, power * 16, u16::try_from(count.ilog2()).unwrap_or(0), (count - power) * 16] {
        out.extend_from_slice(&number.to_be_bytes());
    }
    let long = |number: usize| u32::try_from(number).unwrap_or(0).to_be_bytes();
    let mut at = out.len() + tables.len() * 16;
    let mut adjust = 0;
    for (name, bytes) in tables {
        out.extend_from_slice(*name);
        out.extend_from_slice(&sum(bytes).to_be_bytes());
        out.extend_from_slice(&long(at));
        out.extend_from_slice(&long(bytes.len()));
        if *name == b"head" {
            adjust = at + 8;
        }
        at += bytes.len().next_multiple_of(4);
    }
    for (_, bytes) in tables {
        out.extend_from_slice(bytes);
        out.resize(out.len().next_multiple_of(4), 0);
    }
    let whole = 0xb1b0_afba_u32.wrapping_sub(sum(&out));
    if let Some(place) = out.get_mut(adjust..adjust + 4) {
        place.copy_from_slice(&whole.to_be_bytes());
    }
    out
}

/// The sum of the big-endian words of a table.
fn sum(bytes: &[u8]) -> u32 {
    bytes.chunks(4).fold(0_u32, |sum, word| {
        let mut whole = [0; 4];
        whole[..word.len()].copy_from_slice(word);
        sum.wrapping_add(u32::from_be_bytes(whole))
    })
}
