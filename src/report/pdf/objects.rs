//! The lowest layer: numbered objects, streams, text strings, the cross-reference table.

use std::fmt::{self, Write as _};

use crate::report::fonts::tier::deflate;

/// A reference to an object, written `5 0 R`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Ref(usize);

impl fmt::Display for Ref {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} 0 R", self.0)
    }
}

/// A file being written, object after object.
pub(super) struct Objects {
    out: Vec<u8>,
    /// Where each object begins; 0 while it is only reserved.
    offsets: Vec<usize>,
}

impl Objects {
    /// Begins a file: PDF 1.7, and four bytes that no one takes for text (ISO 32000-1, 7.5.2).
    pub(super) fn new() -> Self {
        Self { out: b"%PDF-1.7\n%\xe6\x98\x8e\xe8\xaf\x81\n".to_vec(), offsets: Vec::new() }
    }

    /// Takes a number for an object that is written later.
    pub(super) fn reserve(&mut self) -> Ref {
        self.offsets.push(0);
        Ref(self.offsets.len())
    }

    /// Writes a reserved object and tells where its body begins.
    pub(super) fn put(&mut self, id: Ref, body: &str) -> usize {
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
        self.begin(id);
        self.out.extend_from_slice(format!("<<{entries}/Length {}>>\nstream\n", bytes.len()).as_bytes());
        self.out.extend_from_slice(bytes);
        self.out.extend_from_slice(b"\nendstream\nendobj\n");
        id
    }

    /// Writes a stream whose bytes are compressed already.
    pub(super) fn packed(&mut self, entries: &str, bytes: &[u8]) -> Ref {
        self.stream(&format!("{entries}/Filter/FlateDecode"), bytes)
    }

    /// Compresses and writes a stream.
    pub(super) fn pack(&mut self, entries: &str, bytes: &[u8]) -> Ref {
        self.packed(entries, &deflate(bytes))
    }

    /// Writes the cross-reference table and the trailer, and gives the file.
    pub(super) fn finish(mut self, root: Ref, info: Ref, id: &[u8]) -> Vec<u8> {
        let at = self.out.len();
        let size = self.offsets.len() + 1;
        let mut tail = format!("xref\n0 {size}\n0000000000 65535 f \n");
        for offset in &self.offsets {
            let _ = writeln!(tail, "{offset:010} 00000 n ");
        }
        let id = hex(id);
        let _ = write!(
            tail,
            "trailer\n<</Size {size}/Root {root}/Info {info}/ID[<{id}><{id}>]>>\nstartxref\n{at}\n%%EOF\n"
        );
        self.out.extend_from_slice(tail.as_bytes());
        self.out
    }

    fn begin(&mut self, id: Ref) {
        self.offsets[id.0 - 1] = self.out.len();
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
