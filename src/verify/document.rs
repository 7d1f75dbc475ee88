//! A PDF as a reader of pages sees it: words with their places, notes, properties, embedded facts.
//!
//! Nothing here decides anything. A file that two programs may read in two ways is read in one of them, to explain.

use std::sync::Arc;

use hayro_interpret::kurbo::Rect;
use hayro_interpret::{Context, InterpreterCache, InterpreterSettings, TransformExt as _, interpret_page};
use hayro_syntax::Pdf;
use hayro_syntax::object::{Array, Dict, Name, Object, ObjectIdentifier, Stream, String as Text};
use hayro_syntax::page::Page;

use super::embedded;
use super::reader::{Mark, Reader};
use crate::rules::{Digest, Facts};
use crate::seal::digest;

/// Pages beyond these are not read; the longest report has far fewer.
pub const MOST_PAGES: usize = 1000;

/// Characters beyond these are not read, on all pages together.
const MOST_GLYPHS: usize = 4_000_000;

/// Forms and clips within each other, beyond which a page counts as not read: the reader itself stops at 50, and does not say so.
const MOST_NESTED: usize = 40;

/// Objects beyond these are not searched for facts.
const MOST_OBJECTS: usize = 200_000;

/// Larger facts are not read, in bytes.
const LARGEST_FACTS: usize = 16 << 20;

/// A file with fewer characters to read shows pictures, or drawings of letters.
const FEW: usize = 40;

/// A character and where it stands, in points from the upper left corner. Its text is empty where the file does not tell what
/// it means.
#[derive(Clone, Debug)]
pub(super) struct Glyph {
    pub(super) x: f64,
    pub(super) y: f64,
    pub(super) text: String,
    /// How it is drawn, where that is an outline.
    pub(super) mark: Option<Mark>,
}

/// A note, stamp or field on a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Note {
    pub(super) kind: String,
    pub(super) place: [i64; 4],
    pub(super) said: Vec<u8>,
    look: Option<Digest>,
}

impl Note {
    /// Left, top, right, bottom in points from the upper left corner of a page of this height.
    #[expect(clippy::cast_precision_loss, reason = "a place in points")]
    pub(super) fn area(&self, height: f32) -> [f32; 4] {
        let [x0, y0, x1, y1] = self.place.map(|side| side as f32);
        [x0, height - y1, x1, height - y0]
    }
}

/// What stands on a page.
#[derive(Clone, Debug, Default)]
pub(super) struct Seen {
    pub(super) glyphs: Vec<Glyph>,
    pub(super) images: usize,
    /// It has lines or areas, as a drawn QR is.
    pub(super) drawn: bool,
    pub(super) notes: Vec<Note>,
    /// Areas and images, each with how many characters were drawn before it; left, top, right, bottom in points.
    pub(super) painted: Vec<(usize, [f32; 4])>,
    /// How high it is, in points.
    pub(super) height: f32,
    /// The object in the file that the page is.
    pub(super) object: Option<ObjectIdentifier>,
}

/// A file that was opened.
pub(super) struct Document {
    pub(super) pdf: Pdf,
    pub(super) pages: Vec<Seen>,
    /// What the file says about itself: title, author, subject, creator, producer, and the digest of its XMP.
    pub(super) about: Vec<(&'static str, String)>,
    /// The data of a report inside, as they are written.
    pub(super) facts: Option<Vec<u8>>,
    /// Not everything was read.
    pub(super) cut: bool,
}

/// Opens a file and reads its pages; `None` for what no reader of PDF would open.
pub(super) fn open(bytes: &[u8]) -> Option<Document> {
    let pdf = Pdf::new(Arc::new(bytes.to_vec())).ok()?;
    let mut cut = pdf.pages().len() > MOST_PAGES;
    let mut pages = Vec::new();
    let mut left = MOST_GLYPHS;
    let cache = InterpreterCache::new();
    for page in pdf.pages().iter().take(MOST_PAGES) {
        let (seen, deepest) = seen(page, &cache, left);
        cut |= deepest > MOST_NESTED;
        left = left.saturating_sub(seen.glyphs.len());
        pages.push(seen);
    }
    cut |= left == 0;
    drop(cache);
    let about = about(&pdf);
    let facts = facts(&pdf).or_else(|| Some(embedded::facts(bytes)?.0.canonical()));
    Some(Document { pdf, pages, about, facts, cut })
}

impl Seen {
    /// The words in the order in which they were drawn, without spaces.
    pub(super) fn words(&self) -> String {
        let words = self.glyphs.iter().flat_map(|glyph| glyph.text.chars());
        words.filter(|c| !c.is_whitespace() && !c.is_control()).collect()
    }
}

impl Document {
    /// The words of all pages.
    pub(super) fn words(&self) -> String {
        self.pages.iter().map(Seen::words).collect()
    }

    /// Whether it shows images and nothing to read.
    pub(super) fn is_picture(&self) -> bool {
        self.pages.iter().any(|page| page.images > 0) && self.glyphs().take(FEW).count() < FEW
    }

    /// Whether it shows anything and next to nothing can be read, as where letters are drawn line by line.
    pub(super) fn is_wordless(&self) -> bool {
        let readable = self.glyphs().filter(|glyph| !glyph.text.is_empty());
        self.pages.iter().any(|page| page.drawn || !page.glyphs.is_empty())
            && readable.take(FEW).count() < FEW
    }

    fn glyphs(&self) -> impl Iterator<Item = &Glyph> {
        self.pages.iter().flat_map(|page| &page.glyphs)
    }
}

/// What stands on a page, and how many forms and clips lie within each other.
fn seen<'a>(page: &Page<'a>, cache: &InterpreterCache<'a>, most: usize) -> (Seen, usize) {
    let (width, height) = page.render_dimensions();
    let target = Rect::new(0.0, 0.0, width.into(), height.into());
    let start = page.initial_transform(true).to_kurbo();
    let mut context = Context::new(start, target, cache, page.xref(), InterpreterSettings::default());
    let mut reader = Reader::new(most);
    interpret_page(page, &mut context, &mut reader);
    let (seen, deepest) = reader.read();
    let mut seen = Seen { object: page.raw().obj_id(), height, ..seen };
    if let Some(notes) = page.raw().get::<Array<'_>>(b"Annots") {
        seen.notes = notes.iter::<Dict<'_>>().take(1000).map(|note| read_note(&note)).collect();
    }
    (seen, deepest)
}

#[expect(clippy::cast_possible_truncation, reason = "a place in points, rounded; out of range saturates")]
fn read_note(note: &Dict<'_>) -> Note {
    let place = note.get::<hayro_syntax::object::Rect>(b"Rect");
    let place = place.map_or([0; 4], |it| [it.x0, it.y0, it.x1, it.y1].map(|side| side.round() as i64));
    let look = note.get::<Dict<'_>>(b"AP").and_then(|looks| looks.get::<Stream<'_>>(b"N"));
    Note {
        kind: note.get::<Name<'_>>(b"Subtype").map(|name| name.as_str().to_owned()).unwrap_or_default(),
        place,
        said: note.get::<Text<'_>>(b"Contents").map(|text| text.as_bytes().to_vec()).unwrap_or_default(),
        look: look.and_then(|look| Some(digest(&look.decoded_data().ok()?))),
    }
}

fn about(pdf: &Pdf) -> Vec<(&'static str, String)> {
    let it = pdf.metadata();
    let fields = [
        ("Title", &it.title),
        ("Author", &it.author),
        ("Subject", &it.subject),
        ("Keywords", &it.keywords),
        ("Creator", &it.creator),
        ("Producer", &it.producer),
    ];
    let mut about: Vec<_> =
        fields.into_iter().filter_map(|(name, value)| Some((name, readable(value.as_deref()?)))).collect();
    for (name, date) in [("CreationDate", &it.creation_date), ("ModDate", &it.modification_date)] {
        about.extend(date.as_ref().map(|date| (name, format!("{date:?}"))));
    }
    let catalogue = pdf.xref().get::<Dict<'_>>(pdf.xref().root_id());
    let xmp = catalogue.and_then(|catalogue| catalogue.get::<Stream<'_>>(b"Metadata"));
    about.extend(xmp.and_then(|xmp| Some(("XMP", digest(&xmp.decoded_data().ok()?).to_string()))));
    about
}

/// A text string (ISO 32000-1, 7.9.2.2), shortened.
fn readable(bytes: &[u8]) -> String {
    let text = match bytes.strip_prefix(b"\xfe\xff") {
        Some(units) => {
            let units = units.chunks_exact(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]]));
            char::decode_utf16(units).map(|it| it.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
        }
        None => String::from_utf8_lossy(bytes).into_owned(),
    };
    text.chars().filter(|c| !c.is_control()).take(200).collect()
}

/// The first embedded file that names itself facts, canonical or not.
fn facts(pdf: &Pdf) -> Option<Vec<u8>> {
    let objects = pdf.objects().into_iter().take(MOST_OBJECTS);
    let files = objects.filter_map(|object| match object {
        Object::Stream(stream) => Some(stream),
        _ => None,
    });
    files
        .filter(|stream| stream.dict().get::<Name<'_>>(b"Type").is_some_and(|name| *name == *b"EmbeddedFile"))
        .filter_map(|stream| stream.decoded_data().ok())
        .find(|bytes| bytes.len() <= LARGEST_FACTS && names_facts(bytes))
        .map(std::borrow::Cow::into_owned)
}

fn names_facts(bytes: &[u8]) -> bool {
    let format = |value: &serde_json::Value| value.get("format")?.as_str().map(|it| it == Facts::FORMAT);
    serde_json::from_slice(bytes).ok().as_ref().and_then(format) == Some(true)
}
