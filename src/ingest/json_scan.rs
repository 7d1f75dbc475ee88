//! Where the objects of a JSON text begin and end.

use std::ops::Range;

use memchr::{memchr, memchr2};

use super::file_fault::{FileFault, FileFaultCode};
use super::text::Text;

/// How the objects stand beside each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// One on each line.
    Lines,
    /// One after the other, with white space between.
    Stream,
    /// In an array.
    Array,
    /// In an array that is in an object.
    Wrapped,
    /// Behind the last one.
    Done,
}

/// What comes next.
pub(super) enum Next {
    /// An object, and where one goes on behind it.
    Object(Range<usize>, usize),
    /// The array ends here.
    Close(usize),
    More,
    End,
}

/// Finds out how the objects stand, and goes to the first.
pub(super) fn shape(text: &mut Text) -> Result<Shape, FileFault> {
    let (bytes, at, whole) = text.look();
    let not = |detail: &str| Err(FileFault::new(FileFaultCode::Json, detail));
    let begin = at + blanks(&bytes[at..]);
    match bytes.get(begin) {
        Some(b'[') => {
            text.go(begin + 1);
            Ok(Shape::Array)
        }
        Some(b'{') => {
            let length = bytes[begin..].iter().position(|&byte| byte == b'\n');
            let line = bytes[begin..].get(..length.unwrap_or(bytes.len() - begin)).unwrap_or_default();
            let behind = length.map_or(&[][..], |length| &bytes[begin + length..]);
            if line.trim_ascii().ends_with(b"}") && behind.trim_ascii_start().starts_with(b"{") {
                text.go(begin);
                return Ok(Shape::Lines);
            }
            let array = array_within(&bytes[begin..]);
            if let Some(array) = array {
                text.go(begin + array);
                return Ok(Shape::Wrapped);
            }
            let ends_well = line.trim_ascii().ends_with(b"}");
            let shape = match value(bytes, begin) {
                Some(_) if ends_well => Ok(Shape::Lines),
                Some(_) => Ok(Shape::Stream),
                None if whole => not("…"),
                None => not("[{…}]"),
            };
            text.go(begin);
            shape
        }
        _ => not("[{…}]"),
    }
}

/// Where the objects of an array begin that is the first array in an object.
fn array_within(object: &[u8]) -> Option<usize> {
    let mut at = 1;
    loop {
        at += blanks(&object[at..]);
        at += usize::from(object.get(at) == Some(&b','));
        at += blanks(object.get(at..)?);
        (object.get(at) == Some(&b'"')).then_some(())?;
        at = value(object, at)?;
        at += blanks(&object[at..]);
        (object.get(at) == Some(&b':')).then_some(())?;
        at += 1;
        at += blanks(&object[at..]);
        if object.get(at) == Some(&b'[') {
            let inner = at + 1 + blanks(&object[at + 1..]);
            return matches!(object.get(inner), Some(b'{' | b']')).then_some(at + 1);
        }
        at = value(object, at)?;
    }
}

/// How many lines end in some bytes.
pub(super) fn lines(bytes: &[u8]) -> u32 {
    bytes.iter().map(|&byte| u32::from(byte == b'\n')).sum()
}

fn blanks(bytes: &[u8]) -> usize {
    bytes.iter().take_while(|byte| byte.is_ascii_whitespace()).count()
}

/// The next object.
pub(super) fn next(shape: Shape, bytes: &[u8], at: usize, whole: bool) -> Next {
    let mut begin = at + blanks(&bytes[at.min(bytes.len())..]);
    if matches!(shape, Shape::Array | Shape::Wrapped) && bytes.get(begin) == Some(&b',') {
        begin += 1;
        begin += blanks(&bytes[begin..]);
    }
    let ends = if whole { Next::End } else { Next::More };
    match (shape, bytes.get(begin)) {
        (_, None) | (Shape::Done, _) => ends,
        (Shape::Lines, Some(_)) => match memchr(b'\n', &bytes[begin..]) {
            Some(length) => Next::Object(trimmed(bytes, begin..begin + length), begin + length + 1),
            None if whole => Next::Object(trimmed(bytes, begin..bytes.len()), bytes.len()),
            None => Next::More,
        },
        (Shape::Array | Shape::Wrapped, Some(b']')) => Next::Close(begin + 1),
        (Shape::Array | Shape::Wrapped | Shape::Stream, Some(_)) => match value(bytes, begin) {
            Some(end) if end > begin => Next::Object(trimmed(bytes, begin..end), end),
            // What belongs to no value is a row that is malformed.
            Some(_) if shape == Shape::Stream => Next::Object(begin..begin + 1, begin + 1),
            None if shape == Shape::Stream && whole => Next::Object(begin..bytes.len(), bytes.len()),
            _ => ends,
        },
    }
}

fn trimmed(bytes: &[u8], range: Range<usize>) -> Range<usize> {
    let length = bytes[range.clone()].trim_ascii_end().len();
    range.start..range.start + length
}

/// Where a value ends that begins here; `None` where the bytes end before it does.
pub(super) fn value(bytes: &[u8], from: usize) -> Option<usize> {
    let (mut depth, mut at) = (0_usize, from);
    loop {
        match bytes.get(at)? {
            b'"' => {
                at += 1;
                loop {
                    at += memchr2(b'"', b'\\', bytes.get(at..)?)?;
                    if bytes[at] == b'"' {
                        break;
                    }
                    at += 2;
                }
                if depth == 0 {
                    return Some(at + 1);
                }
            }
            b'{' | b'[' => depth += 1,
            b'}' | b']' | b',' | b':' | b'\n' if depth == 0 => return Some(at),
            b'}' | b']' => {
                depth -= 1;
                if depth == 0 {
                    return Some(at + 1);
                }
            }
            _ => {}
        }
        at += 1;
    }
}
