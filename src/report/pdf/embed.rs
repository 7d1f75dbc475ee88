//! Tiers into font objects (ISO 32000-1, 9.7).

use super::objects::{Objects, Ref};
use crate::report::fonts::Fonts;
use crate::report::fonts::tier::Tier;

/// Serif (2) and symbolic (4), since the codes are our own (ISO 32000-1, 9.8.2).
const FLAGS: u32 = 6;

/// Width of an upright stem in thousandths, by the usual estimate from the weight.
const STEM: u32 = 80;

/// Writes a composite font: codes are glyphs, widths come from the font, `ToUnicode` gives the text back.
pub(super) fn write(objects: &mut Objects, fonts: &Fonts, tier: &Tier) -> Ref {
    let program = objects.packed(&format!("/Length1 {}", tier.length), &tier.program);
    let traits = fonts.traits();
    let [left, bottom, right, top] = traits.bounds;
    let name = &tier.name;
    let descriptor = objects.add(&format!(
        "<</Type/FontDescriptor/FontName/{name}/Flags {FLAGS}/FontBBox[{left} {bottom} {right} {top}]/ItalicAngle 0\
         /Ascent {}/Descent {}/CapHeight {}/StemV {STEM}/FontFile2 {program}>>",
        traits.ascent, traits.descent, traits.capital
    ));
    let descendant = objects.add(&format!(
        "<</Type/Font/Subtype/CIDFontType2/BaseFont/{name}\
         /CIDSystemInfo<</Registry(Adobe)/Ordering(Identity)/Supplement 0>>\
         /FontDescriptor {descriptor}/DW 1000/W[{}]/CIDToGIDMap/Identity>>",
        tier.widths.trim_start()
    ));
    let unicode = objects.packed("", &tier.unicode);
    objects.add(&format!(
        "<</Type/Font/Subtype/Type0/BaseFont/{name}/Encoding/Identity-H/DescendantFonts[{descendant}]/ToUnicode {unicode}>>"
    ))
}
