//! The page model between layout and PDF: what stands where, and what it means.
//!
//! Layout (`layout`, `sections`) fills a [`Sheet`]; `pdf` turns it into objects. Coordinates are points (1/72 inch) from the
//! **top left** corner of the page, y growing downwards; `pdf` alone knows that PDF counts from the bottom.

use std::collections::BTreeSet;

use crate::rules::{Digest, Instant};

/// How heavy a text is. Both are the same glyphs; the heavier is outlined with a thin line besides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Face {
    /// Running text.
    Body,
    /// Titles, headings, table heads and emphasis.
    Bold,
}

/// A colour as sRGB, each part from 0 to 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Colour(pub f32, pub f32, pub f32);

/// One piece of a path.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Segment {
    /// Starts a new figure.
    Move(f32, f32),
    /// A straight line.
    Line(f32, f32),
    /// A cubic Bézier curve: two control points, then the end.
    Curve(f32, f32, f32, f32, f32, f32),
    /// Closes the figure.
    Close,
}

/// Something painted.
#[derive(Clone, Debug, PartialEq)]
pub enum Paint {
    /// One line of text, already broken and placed; `y` is the base line.
    Text {
        /// Left edge.
        x: f32,
        /// Base line.
        y: f32,
        /// Font size in points.
        size: f32,
        /// Role of the font.
        face: Face,
        /// Colour of the glyphs.
        colour: Colour,
        /// Extra space after each character, in points (justification, spaced titles).
        spacing: f32,
        /// Degrees counter-clockwise around (`x`, `y`); 0 for running text, used around a round seal.
        turn: f32,
        /// The characters.
        text: String,
    },
    /// A path, filled, stroked, or both.
    Path {
        /// The figure.
        segments: Vec<Segment>,
        /// Fill colour, by the even-odd rule.
        fill: Option<Colour>,
        /// Line colour and width in points.
        stroke: Option<(Colour, f32)>,
    },
}

/// An index into [`Sheet::elements`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ElementId(pub usize);

/// What a painted thing belongs to (ISO 32000-1, 14.8).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Belongs {
    /// Real content of this structure element.
    To(ElementId),
    /// A running header or footer (artifact, type Pagination).
    Pagination,
    /// A rule, a background, a border (artifact, type Layout).
    Decoration,
}

/// A painted thing and its meaning, in reading order.
#[derive(Clone, Debug, PartialEq)]
pub struct Mark {
    /// What is painted.
    pub paint: Paint,
    /// What it is part of.
    pub belongs: Belongs,
}

/// The standard structure types that a report uses (ISO 32000-1, 14.8.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Role {
    /// The root.
    Document,
    /// A section.
    Sect,
    /// The title.
    H1,
    /// A section's head.
    H2,
    /// A record's head.
    H3,
    /// A piece of a text in another language.
    Span,
    /// A paragraph.
    P,
    /// A list.
    L,
    /// An item of a list.
    Li,
    /// The label of an item.
    Lbl,
    /// The body of an item.
    LBody,
    /// A table.
    Table,
    /// A table's head rows.
    THead,
    /// A table's body rows.
    TBody,
    /// A row.
    Tr,
    /// A head cell.
    Th,
    /// A data cell.
    Td,
    /// A picture (QR); needs `alt`.
    Figure,
    /// The signature widget; needs `alt`.
    Form,
}

/// Which cells a head cell speaks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scope {
    /// The column below.
    Column,
    /// The row to its right.
    Row,
}

/// A structure element. Parents come before their children; children keep the order of the arena.
#[derive(Clone, Debug, PartialEq)]
pub struct Element {
    /// Its type.
    pub role: Role,
    /// Its parent; `None` only for the one [`Role::Document`] at index 0.
    pub parent: Option<ElementId>,
    /// Alternative text.
    pub alt: Option<String>,
    /// For [`Role::Th`].
    pub scope: Option<Scope>,
    /// Columns spanned, for cells; 1 otherwise.
    pub column_span: u16,
    /// Language where it differs from the document's.
    pub lang: Option<String>,
    /// The head cells that speak for this data cell, of its column and of its row.
    pub headers: Vec<ElementId>,
}

impl Element {
    /// An element of which nothing more is said.
    #[must_use]
    pub fn new(role: Role, parent: Option<ElementId>) -> Self {
        Self { role, parent, alt: None, scope: None, column_span: 1, lang: None, headers: Vec::new() }
    }
}

/// One page.
#[derive(Clone, Debug, PartialEq)]
pub struct Page {
    /// Width in points.
    pub width: f32,
    /// Height in points.
    pub height: f32,
    /// What is on it, in reading order.
    pub marks: Vec<Mark>,
}

/// The visible seal: the appearance of the signature field.
#[derive(Clone, Debug, PartialEq)]
pub struct SealBox {
    /// Page index, from 0.
    pub page: usize,
    /// Left, top, width, height in points.
    pub place: [f32; 4],
    /// What is drawn, in coordinates of the page.
    pub paints: Vec<Paint>,
    /// Alternative text.
    pub alt: String,
    /// The structure element ([`Role::Form`]) it belongs to.
    pub element: ElementId,
    /// Why the document is sealed, as viewers show it beside the signature.
    pub reason: String,
    /// Where it is sealed, e.g. a city.
    pub location: String,
}

/// The file that travels inside the PDF.
#[derive(Clone, Debug, PartialEq)]
pub struct Attachment {
    /// File name, e.g. `facts.json`.
    pub name: String,
    /// Media type, e.g. `application/json`.
    pub mime: String,
    /// A sentence about it.
    pub description: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// A whole laid-out document.
#[derive(Clone, Debug, PartialEq)]
pub struct Sheet {
    /// Title, shown by viewers.
    pub title: String,
    /// Issuing body.
    pub author: String,
    /// One sentence on what it is.
    pub subject: String,
    /// BCP 47 language, `zh-CN` or `en`.
    pub lang: String,
    /// When it was issued; the only time in the file.
    pub issued_at: Instant,
    /// Digest of the facts; file identifiers derive from it.
    pub facts_digest: Digest,
    /// Pages in order.
    pub pages: Vec<Page>,
    /// Structure tree as an arena.
    pub elements: Vec<Element>,
    /// Bookmarks: text, page index, top.
    pub outline: Vec<(String, usize, f32)>,
    /// The canonical facts.
    pub attachment: Attachment,
    /// The seal.
    pub seal: SealBox,
}

impl Sheet {
    /// Every character that is printed, seal included, in order and once each.
    #[must_use]
    pub fn characters(&self) -> String {
        let marks = self.pages.iter().flat_map(|page| &page.marks).map(|mark| &mark.paint);
        let texts = marks.chain(&self.seal.paints).filter_map(|paint| match paint {
            Paint::Text { text, .. } => Some(text),
            Paint::Path { .. } => None,
        });
        texts.flat_map(|text| text.chars()).collect::<BTreeSet<char>>().into_iter().collect()
    }
}
