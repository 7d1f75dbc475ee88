//! The structure tree: what the marked pieces are, in reading order (ISO 32000-1, 14.7; PDF/UA-1, 7).

use std::fmt::Write as _;

use super::content::Owner;
use super::objects::{Objects, Ref, text};
use crate::report::Error;
use crate::report::page::{Belongs, Element, ElementId, Paint, Role, Scope, Segment, Sheet};

/// The standard name of a structure type.
pub(super) fn name(role: Role) -> &'static str {
    match role {
        Role::Document => "Document",
        Role::Sect => "Sect",
        Role::H1 => "H1",
        Role::H2 => "H2",
        Role::H3 => "H3",
        Role::Span => "Span",
        Role::P => "P",
        Role::L => "L",
        Role::Li => "LI",
        Role::Lbl => "Lbl",
        Role::LBody => "LBody",
        Role::Table => "Table",
        Role::THead => "THead",
        Role::TBody => "TBody",
        Role::Tr => "TR",
        Role::Th => "TH",
        Role::Td => "TD",
        Role::Figure => "Figure",
        Role::Form => "Form",
    }
}

/// What the pages know of their content.
pub(super) struct Marked<'a> {
    /// The page objects.
    pub(super) pages: &'a [Ref],
    /// For each page, what owns each marked-content identifier.
    pub(super) owners: &'a [Vec<Owner>],
    /// The signature widget; its key in the parent tree is the number of pages.
    pub(super) widget: Ref,
}

/// Writes the structure tree and gives its root.
pub(super) fn write(objects: &mut Objects, sheet: &Sheet, marked: &Marked<'_>) -> Result<Ref, Error> {
    check(sheet)?;
    let root = objects.reserve();
    let refs: Vec<Ref> = sheet.elements.iter().map(|_| objects.reserve()).collect();
    let (kids, holders) = kids(objects, marked, &refs);
    let mut children = vec![Vec::new(); refs.len()];
    for (at, element) in sheet.elements.iter().enumerate() {
        if let Some(parent) = element.parent {
            children[parent.0].push(at);
        }
    }
    for (at, element) in sheet.elements.iter().enumerate() {
        let parent = element.parent.map_or(root, |parent| refs[parent.0]);
        let mut body = format!("<</S/{}/P {parent}", name(element.role));
        let first = kids[at].iter().find_map(Kid::page);
        if let Some(page) = first {
            let _ = write!(body, "/Pg {}", marked.pages[page]);
        }
        describe(&mut body, sheet, at, element, &children[at]);
        let begin = body.len() + "/K".len();
        body.push_str("/K[");
        for kid in &kids[at] {
            let _ = match kid {
                Kid::Mark(page, number) if Some(*page) == first => write!(body, "{number} "),
                Kid::Mark(page, number) => {
                    write!(body, "<</Type/MCR/Pg {}/MCID {number}>>", marked.pages[*page])
                }
                Kid::Span(span) => write!(body, "{span} "),
            };
        }
        for &child in &children[at] {
            let _ = write!(body, "{} ", refs[child]);
        }
        if sheet.seal.element.0 == at {
            let page = marked.pages[sheet.seal.page];
            let _ = write!(body, "<</Type/OBJR/Pg {page}/Obj {}>>", marked.widget);
        }
        body.truncate(body.trim_end().len());
        if kids[at].len() == 1 && children[at].is_empty() {
            // The usual cell: one number needs no brackets.
            body.replace_range(begin..=begin, " ");
        } else {
            body.push(']');
        }
        body.push_str(">>");
        objects.put(refs[at], &body);
    }

    let mut parents = String::from("<</Nums[");
    for (page, holders) in holders.iter().enumerate() {
        let _ = write!(parents, "{page}[");
        for holder in holders {
            let _ = write!(parents, "{holder} ");
        }
        parents.push(']');
    }
    let next = marked.owners.len();
    let _ = write!(parents, "{next} {}]>>", refs[sheet.seal.element.0]);
    let parents = objects.add(&parents);
    let keys = keys(objects, sheet, &refs);
    let body = format!(
        "<</Type/StructTreeRoot/K[{}]/ParentTree {parents}/ParentTreeNextKey {}{keys}>>",
        refs[0],
        next + 1
    );
    objects.put(root, &body);
    Ok(root)
}

/// What an element shows itself.
enum Kid {
    /// A marked-content sequence: its page and its number there.
    Mark(usize, usize),
    /// A run of Chinese.
    Span(Ref),
}

impl Kid {
    fn page(&self) -> Option<usize> {
        if let Self::Mark(page, _) = self { Some(*page) } else { None }
    }
}

/// What each element shows itself, and for each page what holds each sequence; writes the runs of Chinese.
fn kids(objects: &mut Objects, marked: &Marked<'_>, refs: &[Ref]) -> (Vec<Vec<Kid>>, Vec<Vec<Ref>>) {
    let mut kids: Vec<Vec<Kid>> = refs.iter().map(|_| Vec::new()).collect();
    let mut holders = Vec::with_capacity(marked.owners.len());
    for (page, owners) in marked.owners.iter().enumerate() {
        let mut held = Vec::with_capacity(owners.len());
        for (number, owner) in owners.iter().enumerate() {
            let element = refs[owner.element.0];
            let (kid, holder) = if owner.chinese {
                let on = marked.pages[page];
                let body = format!("<</S/Span/P {element}/Pg {on}/Lang(zh-CN)/K {number}>>");
                let span = objects.add(&body);
                (Kid::Span(span), span)
            } else {
                (Kid::Mark(page, number), element)
            };
            kids[owner.element.0].push(kid);
            held.push(holder);
        }
        holders.push(held);
    }
    (kids, holders)
}

/// Refuses an arena that is no tree.
fn check(sheet: &Sheet) -> Result<(), Error> {
    let wrong = |reason| Err(Error::Sheet { reason });
    let mut elements = sheet.elements.iter().enumerate();
    match elements.next() {
        Some((_, first)) if first.role == Role::Document && first.parent.is_none() => {}
        _ => return wrong("the first element is not the document"),
    }
    if elements.any(|(at, element)| element.parent.is_none_or(|parent| parent.0 >= at)) {
        return wrong("an element comes before its parent");
    }
    if sheet.elements.get(sheet.seal.element.0).is_none_or(|element| element.role != Role::Form) {
        return wrong("the seal belongs to no form element");
    }
    if sheet.seal.page >= sheet.pages.len() {
        return wrong("the seal is on no page");
    }
    Ok(())
}

/// Writes what an element says of itself.
fn describe(body: &mut String, sheet: &Sheet, at: usize, element: &Element, children: &[usize]) {
    if let Some(alt) = &element.alt {
        let _ = write!(body, "/Alt{}", text(alt));
    }
    if let Some(lang) = &element.lang {
        let _ = write!(body, "/Lang{}", text(lang));
    }
    let mut table = String::new();
    match element.scope {
        Some(Scope::Column) => table.push_str("/Scope/Column"),
        Some(Scope::Row) => table.push_str("/Scope/Row"),
        None => {}
    }
    if element.column_span > 1 {
        let _ = write!(table, "/ColSpan {}", element.column_span);
    }
    if !element.headers.is_empty() {
        table.push_str("/Headers[");
        element.headers.iter().for_each(|head| table.push_str(&key(sheet, *head)));
        table.push(']');
    }
    if element.role == Role::Th {
        let _ = write!(body, "/ID{}", key(sheet, ElementId(at)));
    }
    if !table.is_empty() {
        let _ = write!(body, "/A<</O/Table{table}>>");
    }
    if element.role == Role::L {
        let labelled = |&child: &usize| {
            let of_child = |one: &Element| one.parent == Some(ElementId(child)) && one.role == Role::Lbl;
            sheet.elements[child..].iter().any(of_child)
        };
        let numbering = if children.iter().any(labelled) { "Decimal" } else { "None" };
        let _ = write!(body, "/A<</O/List/ListNumbering/{numbering}>>");
    }
    if element.role == Role::Figure
        && let Some([left, bottom, right, top]) = bounds(sheet, at)
    {
        let _ =
            write!(body, "/A<</O/Layout/Placement/Block/BBox[{left:.2} {bottom:.2} {right:.2} {top:.2}]>>");
    }
}

/// What data cells call a head cell by, as a string; all are of one length, so that their order is that of the elements.
fn key(sheet: &Sheet, head: ElementId) -> String {
    let digits = sheet.elements.len().max(1).ilog10() as usize + 1;
    format!("(h{:0digits$})", head.0)
}

/// Writes the names of the head cells as a name tree of one leaf (ISO 32000-1, 14.7.2), or nothing if there are none.
fn keys(objects: &mut Objects, sheet: &Sheet, refs: &[Ref]) -> String {
    let heads = sheet.elements.iter().zip(refs).enumerate();
    let heads = heads.filter(|(_, (element, _))| element.role == Role::Th);
    let names: Vec<(String, &Ref)> = heads.map(|(at, (_, id))| (key(sheet, ElementId(at)), id)).collect();
    let (Some((first, _)), Some((last, _))) = (names.first(), names.last()) else { return String::new() };
    let mut leaf = format!("<</Limits[{first}{last}]/Names[");
    for (name, id) in &names {
        let _ = write!(leaf, "{name}{id} ");
    }
    leaf.push_str("]>>");
    let leaf = objects.add(&leaf);
    format!("/IDTree<</Kids[{leaf}]>>")
}

/// The box around the paths of an element, in the coordinates of PDF.
fn bounds(sheet: &Sheet, at: usize) -> Option<[f32; 4]> {
    let mut found: Option<[f32; 4]> = None;
    for page in &sheet.pages {
        for mark in page.marks.iter().filter(|mark| mark.belongs == Belongs::To(ElementId(at))) {
            let Paint::Path { segments, .. } = &mark.paint else { continue };
            for segment in segments {
                let (x, y) = match *segment {
                    Segment::Move(x, y) | Segment::Line(x, y) | Segment::Curve(.., x, y) => {
                        (x, page.height - y)
                    }
                    Segment::Close => continue,
                };
                let [left, bottom, right, top] = found.unwrap_or([x, y, x, y]);
                found = Some([left.min(x), bottom.min(y), right.max(x), top.max(y)]);
            }
        }
    }
    found
}
