//! The lowest layer: numbered objects, streams, text strings, cross-references.

use std::fmt::{self, Write as _};

use crate::report::fonts::tier::{EACH, deflate};

/// A reference to an object, written `5 0 R`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Ref(usize);

impl fmt::Display for Ref {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} 0 R", self.0)
    }
}

/// Where an object is.
#[derive(Clone, Copy)]
enum Place {
    /// Number 0, which no object has.
    Free,
    /// Only reserved.
    Nowhere,
    /// From this byte on.
    At(usize),
    /// The so-many-th of an object stream, the one with this number.
    Within(usize, usize),
}

/// Bytes of a row of the cross-reference stream: kind, then four and two bytes.
const ROW: usize = 7;

/// Each row says how it differs from the one above (ISO 32000-1, 7.4.4.4), for most differ in little.
const UP: u8 = 2;

impl Place {
    fn row(self) -> [u8; ROW] {
        let (kind, first, second) = match self {
            Self::Free => (0, 0, 0xffff),
            Self::Nowhere => (0, 0, 0),
            Self::At(offset) => (1, offset, 0),
            Self::Within(stream, index) => (2, stream, index),
        };
        let mut row = [kind; ROW];
        row[1..5].copy_from_slice(&u32::try_from(first).unwrap_or(0).to_be_bytes());
        row[5..].copy_from_slice(&u16::try_from(second).unwrap_or(0).to_be_bytes());
        row
    }
}

/// So many objects share a stream.
const TOGETHER: usize = 500;

/// A file being written, object after object. Small objects wait and are compressed together (ISO 32000-1, 7.5.7): the
/// structure tree of a report is a third of the file otherwise.
pub(super) struct Objects {
    out: Vec<u8>,
    places: Vec<Place>,
    /// Objects that are compressed together: number and place of each, and their bodies.
    waiting: Vec<(Ref, usize)>,
    bodies: String,
}

impl Objects {
    /// Begins a file: PDF 1.7, and bytes that no one takes for text (ISO 32000-1, 7.5.2).
    pub(super) fn new() -> Self {
        let out = b"%PDF-1.7\n%\xe6\x98\x8e\xe8\xaf\x81\n".to_vec();
        Self { out, places: Vec::new(), waiting: Vec::new(), bodies: String::new() }
    }

    /// Takes a number for an object that is written later.
    pub(super) fn reserve(&mut self) -> Ref {
        self.places.push(Place::Nowhere);
        Ref(self.places.len())
    }

    /// Writes a reserved object, sooner or later.
    pub(super) fn put(&mut self, id: Ref, body: &str) {
        self.waiting.push((id, self.bodies.len()));
        self.bodies.push_str(body);
        self.bodies.push('\n');
        if self.waiting.len() == TOGETHER {
            self.flush();
        }
    }

    /// Writes a reserved object in the open and tells where its body begins.
    pub(super) fn put_open(&mut self, id: Ref, body: &str) -> usize {
        self.begin(id);
        let at = self.out.len();
        self.out.extend_from_slice(body.as_bytes());
        self.out.extend_from_slice(b"\nendobj\n");
        at
    }

    /// Writes an object.
    pub(super) fn add(&mut self, body: &str) -> Ref {
        let id = self.reserve();
        self.put(id, body);
        id
    }

    /// Writes a stream as it is; `entries` are those of its dictionary besides `Length`.
    pub(super) fn stream(&mut self, entries: &str, bytes: &[u8]) -> Ref {
        let id = self.reserve();
        self.put_stream(id, entries, bytes);
        id
    }

    /// Writes a stream whose bytes are compressed already.
    pub(super) fn packed(&mut self, entries: &str, bytes: &[u8]) -> Ref {
        self.stream(&format!("{entries}/Filter/FlateDecode"), bytes)
    }

    /// Compresses and writes a stream.
    pub(super) fn pack(&mut self, entries: &str, bytes: &[u8]) -> Ref {
        self.packed(entries, &deflate(bytes, EACH))
    }

    /// Writes the cross-reference stream (ISO 32000-1, 7.5.8), and gives the file.
    pub(super) fn finish(mut self, root: Ref, info: Ref, id: &[u8]) -> Vec<u8> {
        self.flush();
        let at = self.out.len();
        let table = self.reserve();
        self.places[table.0 - 1] = Place::At(at);
        let size = self.places.len() + 1;
        let mut rows = Vec::with_capacity(size * (ROW + 1));
        let mut above = [0; ROW];
        for place in std::iter::once(&Place::Free).chain(&self.places) {
            let row = place.row();
            rows.push(UP);
            rows.extend(row.iter().zip(above).map(|(byte, above)| byte.wrapping_sub(above)));
            above = row;
        }
        let id = hex(id);
        let entries = format!(
            "/Type/XRef/Size {size}/W[1 4 2]/Root {root}/Info {info}/ID[<{id}><{id}>]\
             /DecodeParms<</Predictor 12/Columns {ROW}>>/Filter/FlateDecode"
        );
        self.put_stream(table, &entries, &deflate(&rows, EACH));
        self.out.extend_from_slice(format!("startxref\n{at}\n%%EOF\n").as_bytes());
        self.out
    }

    /// Writes the waiting objects as one stream.
    fn flush(&mut self) {
        if self.waiting.is_empty() {
            return;
        }
        let stream = self.reserve();
        let mut all = String::with_capacity(self.bodies.len() + self.waiting.len() * 12);
        let waiting = std::mem::take(&mut self.waiting);
        for (at, (id, begin)) in waiting.iter().enumerate() {
            let _ = write!(all, "{} {begin} ", id.0);
            self.places[id.0 - 1] = Place::Within(stream.0, at);
        }
        let first = all.len();
        all.push_str(&self.bodies);
        self.bodies.clear();
        let entries = format!("/Type/ObjStm/N {}/First {first}/Filter/FlateDecode", waiting.len());
        self.put_stream(stream, &entries, &deflate(all.as_bytes(), EACH));
    }

    fn put_stream(&mut self, id: Ref, entries: &str, bytes: &[u8]) {
        self.begin(id);
        self.out.extend_from_slice(format!("<<{entries}/Length {}>>\nstream\n", bytes.len()).as_bytes());
        self.out.extend_from_slice(bytes);
        self.out.extend_from_slice(b"\nendstream\nendobj\n");
    }

    fn begin(&mut self, id: Ref) {
        self.places[id.0 - 1] = Place::At(self.out.len());
        self.out.extend_from_slice(format!("{} 0 obj\n", id.0).as_bytes());
    }
}

/// A text string (ISO 32000-1, 7.9.2.2): as it is if plain ASCII, UTF-16 otherwise.
pub(super) fn text(value: &str) -> String {
    if value.bytes().all(|byte| (b' '..=b'~').contains(&byte)) {
        let mut out = String::with_capacity(value.len() + 2);
        out.push('(');
        for character in value.chars() {
            if matches!(character, '(' | ')' | '\\') {
                out.push('\\');
            }
            out.push(character);
        }
        out.push(')');
        return out;
    }
    let mut out = String::from("<FEFF");
    for unit in value.encode_utf16() {
        let _ = write!(out, "{unit:04X}");
    }
    out.push('>');
    out
}

/// A name, with everything but letters, digits, `-`, `.` and `+` escaped (ISO 32000-1, 7.3.5).
pub(super) fn name(value: &str) -> String {
    let mut out = String::from("/");
    for byte in value.bytes() {
        if byte.is_ascii_alphanumeric() || b"-.+".contains(&byte) {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "#{byte:02X}");
        }
    }
    out
}

/// Lower-case hexadecimal digits.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes
        .iter()
        .flat_map(|byte| [byte >> 4, byte & 15])
        .map(|half| char::from(b"0123456789abcdef"[usize::from(half)]))
        .collect()
}
