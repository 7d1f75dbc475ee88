//! The signature: its field, its place on the page, and the room that the signer fills.

use std::fmt::Write as _;

use super::about::date;
use super::objects::{Objects, Ref, text};
use crate::report::page::{SealBox, Sheet};

/// Ten digits for each of the three numbers that follow once the file is written.
const LATER: &str = "0000000000 0000000000 0000000000";

/// Writes the widget, which is the field too: printed, locked, with the seal as its only appearance.
pub(super) fn widget(objects: &mut Objects, seal: &SealBox, height: f32, links: &Links) {
    let [left, top, wide, tall] = seal.place;
    let body = format!(
        "<</Type/Annot/Subtype/Widget/FT/Sig/T(Signature)/TU{}/V {}/Rect[{:.2} {:.2} {:.2} {:.2}]/P {}/F 132\
         /AP<</N {}>>/StructParent {}>>",
        text(&seal.alt),
        links.signature,
        left,
        height - top - tall,
        left + wide,
        height - top,
        links.page,
        links.appearance,
        links.parent_key
    );
    objects.put(links.widget, &body);
}

/// The objects that a widget names.
pub(super) struct Links {
    /// The widget itself.
    pub(super) widget: Ref,
    /// The signature dictionary.
    pub(super) signature: Ref,
    /// The page.
    pub(super) page: Ref,
    /// The appearance.
    pub(super) appearance: Ref,
    /// Its key in the parent tree.
    pub(super) parent_key: usize,
}

/// Where the signature dictionary has its two gaps.
pub(super) struct Gaps {
    /// Where the digits of the byte range begin, after `[0 `.
    pub(super) byte_range: usize,
    /// Where `<` of the contents stands.
    pub(super) contents: usize,
    /// Bytes of signature there is room for.
    pub(super) room: usize,
}

/// Writes the signature dictionary: a certification after which nothing may change (ISO 32000-1, 12.8; ETSI EN 319 142-1).
pub(super) fn signature(objects: &mut Objects, id: Ref, sheet: &Sheet, room: usize) -> Gaps {
    let mut body =
        String::from("<</Type/Sig/Filter/Adobe.PPKLite/SubFilter/ETSI.CAdES.detached/ByteRange[0 ");
    let byte_range = body.len();
    body.push_str(LATER);
    body.push_str("]/Contents");
    let contents = body.len();
    body.push('<');
    body.extend(std::iter::repeat_n('0', room * 2));
    let _ = write!(
        body,
        ">/M{}/Name{}/Reason{}/Location{}\
         /Reference[<</Type/SigRef/TransformMethod/DocMDP/TransformParams<</Type/TransformParams/P 1/V/1.2>>>>]>>",
        date(sheet.issued_at.local()),
        text(&sheet.author),
        text(&sheet.seal.reason),
        text(&sheet.seal.location)
    );
    let at = objects.put_open(id, &body);
    Gaps { byte_range: at + byte_range, contents: at + contents, room }
}
