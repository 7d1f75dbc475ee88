//! Tiers into font objects (ISO 32000-1, 9.7).

use super::objects::{Objects, Ref};
use crate::report::fonts::Fonts;
use crate::report::fonts::tier::Tier;

/// Writes a composite font: codes are glyphs, widths come from the font, `ToUnicode` gives the text back.
pub(super) fn write(objects: &mut Objects, fonts: &Fonts, tier: &Tier) -> Ref {
    let program = objects.packed(&format!("/Length1 {}", tier.length), &tier.program);
    let traits = fonts.traits(tier.font);
    let [left, bottom, right, top] = traits.bounds;
    let name = &tier.name;
    let descriptor = objects.add(&format!(
        "<</Type/FontDescriptor/FontName/{name}/Flags {}/FontBBox[{left} {bottom} {right} {top}]/ItalicAngle 0\
         /Ascent {}/Descent {}/CapHeight {}/StemV {}/FontFile2 {program}>>",
        traits.flags, traits.ascent, traits.descent, traits.capital, traits.stem
    ));
    let map = match &tier.glyphs {
        Some(glyphs) => objects.packed("", glyphs).to_string(),
        None => "/Identity".to_owned(),
    };
    let descendant = objects.add(&format!(
        "<</Type/Font/Subtype/CIDFontType2/BaseFont/{name}\
         /CIDSystemInfo<</Registry(Adobe)/Ordering(Identity)/Supplement 0>>\
         /FontDescriptor {descriptor}/DW 1000/W[{}]/CIDToGIDMap {map}>>",
        tier.widths.trim_start()
    ));
    let unicode = objects.packed("", &tier.unicode);
    objects.add(&format!(
        "<</Type/Font/Subtype/Type0/BaseFont/{name}/Encoding/Identity-H/DescendantFonts[{descendant}]/ToUnicode {unicode}>>"
    ))
}
