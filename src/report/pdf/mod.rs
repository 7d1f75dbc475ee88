//! Pages become PDF bytes: PDF 1.7, PDF/A-3a (ISO 19005-3) and PDF/UA-1 (ISO 14289-1), ready to be signed.
//!
//! # Why not `printpdf` to the end
//!
//! Operators are `printpdf`'s, but its way of writing pages embeds fonts afresh for each document, has no structure tree and no
//! output intent, and draws random identifiers. So the objects are written here, in one pass and in a fixed order: the same
//! sheet gives the same bytes.

mod about;
mod content;
mod dss;
mod embed;
mod field;
mod icc;
mod objects;
mod operators;
pub mod resign;
mod tree;

use std::fmt::Write as _;
use std::ops::Range;

use content::{Glyphs, Owner, Painter};
pub use dss::Validation;
use objects::{Objects, Ref};

use crate::report::Error;
use crate::report::fonts::Fonts;
use crate::report::page::Sheet;

/// A whole file but for its signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unsigned {
    /// The file, with zeros where the signature comes.
    pub bytes: Vec<u8>,
    /// What is signed: from 0 so many bytes, then from there so many (ISO 32000-1, 12.8.1).
    pub byte_range: [usize; 4],
    /// Where the hexadecimal digits of the signature stand.
    pub contents: Range<usize>,
}

impl Unsigned {
    /// The two parts of the file that are signed: everything but the signature and its angle brackets.
    #[must_use]
    pub fn to_digest(&self) -> [&[u8]; 2] {
        let [_, before, after, _] = self.byte_range;
        [&self.bytes[..before], &self.bytes[after..]]
    }

    /// Puts a signature (CMS, DER) into its place and gives the finished file.
    pub fn with_signature(mut self, cms_der: &[u8]) -> Result<Vec<u8>, Error> {
        let room = self.contents.len() / 2;
        if cms_der.len() > room {
            return Err(Error::SignatureTooLong { length: cms_der.len(), room });
        }
        let digits = objects::hex(cms_der);
        self.bytes[self.contents.start..][..digits.len()].copy_from_slice(digits.as_bytes());
        Ok(self.bytes)
    }
}

/// Writes a sheet, with room for a signature of `signer_space` bytes.
pub fn write(sheet: &Sheet, fonts: &Fonts, signer_space: usize) -> Result<Unsigned, Error> {
    write_with(sheet, fonts, signer_space, &Validation::default())
}

/// Writes a sheet as [`write()`] does, with what verifies the signature later.
pub fn write_with(
    sheet: &Sheet,
    fonts: &Fonts,
    signer_space: usize,
    validation: &Validation,
) -> Result<Unsigned, Error> {
    let mut objects = Objects::new();
    let catalog = objects.reserve();
    let tree_of_pages = objects.reserve();
    let resources = objects.reserve();
    let widget = objects.reserve();
    let signature = objects.reserve();

    let foreign = foreign(sheet);
    let mut glyphs = Glyphs::new(fonts);
    let pages: Vec<Ref> = sheet.pages.iter().map(|_| objects.reserve()).collect();
    let mut owners: Vec<Vec<Owner>> = Vec::with_capacity(pages.len());
    for (at, page) in sheet.pages.iter().enumerate() {
        let painter = Painter::new(&mut glyphs, (0.0, page.height));
        let (bytes, of) = painter.marks(&page.marks, &sheet.elements, &foreign)?;
        owners.push(of);
        let contents = objects.pack("", &bytes);
        let widgets = if at == sheet.seal.page { format!("/Annots[{widget}]") } else { String::new() };
        let body = format!(
            "<</Type/Page/Parent {tree_of_pages}/MediaBox[0 0 {:.2} {:.2}]/Resources {resources}\
             /Contents {contents}/StructParents {at}/Tabs/S{widgets}>>",
            page.width, page.height
        );
        objects.put(pages[at], &body);
    }
    let tree = tree::write(&mut objects, sheet, &tree::Marked { pages: &pages, owners: &owners, widget })?;

    let [left, top, wide, tall] = sheet.seal.place;
    let seal = Painter::new(&mut glyphs, (left, top + tall)).paints(&sheet.seal.paints)?;
    let entries = format!("/Type/XObject/Subtype/Form/BBox[0 0 {wide:.2} {tall:.2}]/Resources {resources}");
    let appearance = objects.pack(&entries, &[STAMPED, &seal].concat());
    let page = pages[sheet.seal.page];
    let links = field::Links { widget, signature, page, appearance, parent_key: pages.len() };
    field::widget(&mut objects, &sheet.seal, sheet.pages[sheet.seal.page].height, &links);

    let mut list = String::from("<</Font<<");
    for (tier, resource) in [(fonts.common()?, COMMON), (glyphs.cut()?.as_ref(), FURTHER)] {
        if let Some(tier) = tier {
            let font = embed::write(&mut objects, fonts, tier);
            let _ = write!(list, "/{resource} {font}");
        }
    }
    objects.put(resources, &format!("{list}>>/ExtGState<</M<</Type/ExtGState/BM/Multiply>>>>>>"));
    let mut kids = String::new();
    for page in &pages {
        let _ = write!(kids, "{page} ");
    }
    objects.put(tree_of_pages, &format!("<</Type/Pages/Count {}/Kids[{}]>>", pages.len(), kids.trim_end()));

    let metadata = about::metadata(&mut objects, sheet);
    let intent = about::output_intent(&mut objects);
    let file = about::attachment(&mut objects, sheet);
    let outline = about::outline(&mut objects, sheet, &pages);
    let info = about::info(&mut objects, sheet);
    let outline = outline.map_or_else(String::new, |outline| format!("/Outlines {outline}"));
    let store =
        dss::write(&mut objects, validation).map_or_else(String::new, |store| format!("/DSS {store}"));
    let body = format!(
        "<</Type/Catalog/Pages {tree_of_pages}/Lang{}/MarkInfo<</Marked true>>/ViewerPreferences<</DisplayDocTitle true>>\
         /Metadata {metadata}/OutputIntents[{intent}]/StructTreeRoot {tree}{outline}\
         /Names<</EmbeddedFiles<</Names[{} {file}]>>>>/AF[{file}]\
         /AcroForm<</Fields[{widget}]/SigFlags 3>>/Perms<</DocMDP {signature}>>{store}>>",
        objects::text(&sheet.lang),
        objects::text(&sheet.attachment.name)
    );
    objects.put(catalog, &body);
    let gaps = field::signature(&mut objects, signature, sheet, signer_space);
    Ok(close(objects.finish(catalog, info, &sheet.facts_digest.0[..16]), &gaps))
}

/// Fills in the byte range, now that the length is known.
fn close(mut bytes: Vec<u8>, gaps: &field::Gaps) -> Unsigned {
    let before = gaps.contents;
    let after = before + gaps.room * 2 + 2;
    let byte_range = [0, before, after, bytes.len() - after];
    let digits = format!("{before:010} {after:010} {:010}", byte_range[3]);
    bytes[gaps.byte_range..][..digits.len()].copy_from_slice(digits.as_bytes());
    Unsigned { bytes, byte_range, contents: before + 1..after - 1 }
}

/// The resource names of the static tier and of the one of a document alone.
const COMMON: &str = "F";
const FURTHER: &str = "X";

/// The seal is printed as with ink: what lies below stays legible (ISO 32000-1, 11.3.5).
const STAMPED: &[u8] = b"/M gs\n";

/// For each element whether what it says is in another language than Chinese.
fn foreign(sheet: &Sheet) -> Vec<bool> {
    let mut known: Vec<bool> = Vec::with_capacity(sheet.elements.len());
    for element in &sheet.elements {
        let own = element.lang.as_ref().map(|lang| !lang.starts_with("zh"));
        let above = element.parent.and_then(|parent| known.get(parent.0).copied());
        known.push(own.or(above).unwrap_or_else(|| !sheet.lang.starts_with("zh")));
    }
    known
}
