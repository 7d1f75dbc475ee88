//! Canonical JSON (RFC 8785) of values whose names are those of fields.
//!
//! # Why not the library alone
//!
//! It keeps a buffer for each member and reads every name back before it sorts, which takes longer than drawing a report.
//! Here text is written as it comes, and members are put in order where they stand once their object ends. Names are
//! plain ASCII, whose order is that of their bytes; numbers that RFC 8785 does not write digit by digit are left to the
//! library. Tests hold both to the same bytes.

use std::cell::RefCell;
use std::io;
use std::ops::Range;

use serde::Serialize;
use serde_json::ser::{CompactFormatter, Formatter, Serializer};

/// Larger whole numbers are written as the nearest fraction of double precision (RFC 8785, 3.2.2.3).
const EXACT: u64 = 1 << 53;

/// The canonical JSON of a value without maps.
pub(super) fn to_vec(value: &impl Serialize) -> serde_json::Result<Vec<u8>> {
    let text = RefCell::new(Vec::with_capacity(32 * 1024));
    let order = Order { text: &text, members: Vec::new(), objects: Vec::new(), spare: Vec::new() };
    value.serialize(&mut Serializer::with_formatter(Writer(&text), order))?;
    Ok(text.into_inner())
}

/// Adds to the text.
struct Writer<'t>(&'t RefCell<Vec<u8>>);

impl io::Write for Writer<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.borrow_mut().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Where a member of an object stands in the text: its name in quotes, then a colon and its value.
struct Member {
    begin: usize,
    named: usize,
    end: usize,
}

impl Member {
    fn name(&self) -> Range<usize> {
        self.begin + 1..self.named - 1
    }
}

/// Puts the members of each object in order.
struct Order<'t> {
    text: &'t RefCell<Vec<u8>>,
    /// Those of all open objects, the innermost last.
    members: Vec<Member>,
    /// For each open object, how many members the others have.
    objects: Vec<usize>,
    spare: Vec<u8>,
}

impl Order<'_> {
    fn here(&self) -> usize {
        self.text.borrow().len()
    }

    /// Sorts the members of the object that ends.
    fn sort(&mut self) {
        let first = self.objects.pop().unwrap_or_default();
        let text = &mut *self.text.borrow_mut();
        let own = &mut self.members[first..];
        if !own.is_sorted_by(|one, next| text[one.name()] < text[next.name()]) {
            let begin = own[0].begin;
            own.sort_unstable_by(|one, other| text[one.name()].cmp(&text[other.name()]));
            self.spare.clear();
            for member in &*own {
                self.spare.extend_from_slice(&text[member.begin..member.end]);
                self.spare.push(b',');
            }
            self.spare.pop();
            text[begin..].copy_from_slice(&self.spare);
        }
        self.members.truncate(first);
    }
}

impl Formatter for Order<'_> {
    fn write_i64<W: ?Sized + io::Write>(&mut self, writer: &mut W, value: i64) -> io::Result<()> {
        if value.unsigned_abs() <= EXACT {
            return CompactFormatter.write_i64(writer, value);
        }
        writer.write_all(&serde_json_canonicalizer::to_vec(&value)?)
    }

    fn write_u64<W: ?Sized + io::Write>(&mut self, writer: &mut W, value: u64) -> io::Result<()> {
        if value <= EXACT {
            return CompactFormatter.write_u64(writer, value);
        }
        writer.write_all(&serde_json_canonicalizer::to_vec(&value)?)
    }

    fn write_f64<W: ?Sized + io::Write>(&mut self, writer: &mut W, value: f64) -> io::Result<()> {
        writer.write_all(&serde_json_canonicalizer::to_vec(&value)?)
    }

    fn begin_object<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.objects.push(self.members.len());
        writer.write_all(b"{")
    }

    fn begin_object_key<W: ?Sized + io::Write>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        if !first {
            writer.write_all(b",")?;
        }
        let begin = self.here();
        self.members.push(Member { begin, named: begin, end: begin });
        Ok(())
    }

    fn end_object_key<W: ?Sized + io::Write>(&mut self, _: &mut W) -> io::Result<()> {
        let here = self.here();
        self.members.last_mut().expect("a name has begun").named = here;
        Ok(())
    }

    fn end_object_value<W: ?Sized + io::Write>(&mut self, _: &mut W) -> io::Result<()> {
        let here = self.here();
        self.members.last_mut().expect("a name has begun").end = here;
        Ok(())
    }

    fn end_object<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.sort();
        writer.write_all(b"}")
    }
}
