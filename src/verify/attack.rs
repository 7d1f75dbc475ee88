//! What was done to the bytes around a signature, by its name; found by scanning, without a parser.
//!
//! The names follow the published attacks on signed PDFs: universal signature forgery (the value or the range is emptied),
//! signature wrapping (the range points to where the signed bytes were moved), and tricks with `/ByteRange`.

use super::frame::{contents, der_length, position, positions};
use crate::rules::Reason;
use crate::seal::{Seal, inspect};

/// So many ranges are looked at, and so many strings that may be signatures.
const MOST: usize = 8;

/// A range is not read beyond this many bytes.
const LONGEST: usize = 400;

/// A signature that is written as a literal string is not read beyond this many bytes.
const LONGEST_VALUE: usize = 1 << 17;

/// The names of what was done, in the order in which they are found; empty where the frame is as ours are.
pub(super) fn names(bytes: &[u8]) -> Vec<Reason> {
    let mut names = Vec::new();
    let head = &bytes[..bytes.len().min(1024)];
    if position(head, b"%PDF-").is_some_and(|at| at > 0) {
        names.push(Reason::PrefixBytes);
    }
    let places: Vec<usize> = positions(bytes, b"/ByteRange").take(MOST).collect();
    let signatures = signatures(bytes);
    if places.is_empty() && leaves_traces(bytes) {
        names.push(Reason::SignatureEmptied);
    }
    for &place in &places {
        let range = read(&bytes[place..]);
        let fault = match &range {
            Ok(numbers) => fault(bytes, numbers, &signatures),
            Err(reason) => Some(*reason),
        };
        let wrapped = range.is_ok_and(|numbers| is_wrapped(bytes, &numbers, &signatures));
        names.extend(fault.filter(|_| wrapped).map(|_| Reason::SignatureWrapped));
        names.extend(fault);
    }
    names.dedup();
    names
}

/// Every string behind `/Contents` that holds a signature.
fn signatures(bytes: &[u8]) -> Vec<Seal> {
    let strings = positions(bytes, b"/Contents").take(4 * MOST).filter_map(|at| {
        let text = bytes[at + b"/Contents".len()..].trim_ascii_start();
        let value = match text.split_first()? {
            (b'<', text) => contents(&text[..position(text, b">")?])?.0,
            (b'(', text) => literal(text)?,
            _ => return None,
        };
        inspect(&value)
    });
    strings.take(MOST).collect()
}

/// The DER value that a literal string begins with (ISO 32000-1, 7.3.4.2), as programs write that know no better.
fn literal(text: &[u8]) -> Option<Vec<u8>> {
    let (mut value, mut depth) = (Vec::new(), 0);
    let mut bytes = text.iter().copied().take(LONGEST_VALUE).peekable();
    while let Some(byte) = bytes.next() {
        match byte {
            b'(' => depth += 1,
            b')' if depth == 0 => break,
            b')' => depth -= 1,
            b'\\' => {
                match bytes.next()? {
                    b'n' => value.push(b'\n'),
                    b'r' => value.push(b'\r'),
                    b't' => value.push(b'\t'),
                    b'b' => value.push(8),
                    b'f' => value.push(12),
                    b'\r' => drop(bytes.next_if_eq(&b'\n')),
                    b'\n' => (),
                    digit @ b'0'..=b'7' => {
                        let mut code = u32::from(digit - b'0');
                        for _ in 0..2 {
                            let next = bytes.next_if(|it| (b'0'..=b'7').contains(it));
                            code = next.map_or(code, |digit| code * 8 + u32::from(digit - b'0'));
                        }
                        value.push(code.to_le_bytes()[0]);
                    }
                    other => value.push(other),
                }
                continue;
            }
            _ => (),
        }
        value.push(byte);
    }
    value.truncate(der_length(&value)?);
    Some(value)
}

/// A signature without a range: the words that only a signature dictionary has.
fn leaves_traces(bytes: &[u8]) -> bool {
    [&b"/ETSI.CAdES.detached"[..], b"/adbe.pkcs7", b"/Adobe.PPK"]
        .iter()
        .any(|word| position(bytes, word).is_some())
}

/// Reads the numbers of a range in whatever way they are written.
fn read(bytes: &[u8]) -> Result<Vec<usize>, Reason> {
    let text = bytes[b"/ByteRange".len()..bytes.len().min(LONGEST)].trim_ascii_start();
    if text.starts_with(b"null") {
        return Err(Reason::SignatureEmptied);
    }
    let inner = text.strip_prefix(b"[").ok_or(Reason::ByteRangeMalformed)?;
    let inner = &inner[..position(inner, b"]").ok_or(Reason::ByteRangeMalformed)?];
    let words: Vec<&[u8]> = inner.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty()).collect();
    if words.is_empty() {
        return Err(Reason::SignatureEmptied);
    }
    if words.iter().any(|word| word.starts_with(b"-")) {
        return Err(Reason::ByteRangeOverlap);
    }
    let number = |word: &&[u8]| {
        let digits = word.iter().all(u8::is_ascii_digit);
        digits.then(|| std::str::from_utf8(word).ok()?.parse().ok())?
    };
    words.iter().map(number).collect::<Option<_>>().ok_or(Reason::ByteRangeMalformed)
}

/// What is wrong with a range, if anything is.
fn fault(bytes: &[u8], numbers: &[usize], signatures: &[Seal]) -> Option<Reason> {
    let &[start, length, second, rest] = numbers else { return Some(Reason::ByteRangeMalformed) };
    if length == 0 || signatures.is_empty() {
        return Some(Reason::SignatureEmptied);
    }
    let (Some(first_end), Some(end)) = (start.checked_add(length), second.checked_add(rest)) else {
        return Some(Reason::ByteRangeMalformed);
    };
    if second <= first_end {
        return Some(Reason::ByteRangeOverlap);
    }
    if start > 0 {
        return Some(Reason::ByteRangeGap);
    }
    if end > bytes.len() {
        return Some(Reason::ByteRangeMalformed);
    }
    let gap = &bytes[first_end..second];
    let string = gap.strip_prefix(b"<").and_then(|gap| gap.strip_suffix(b">"));
    let exact = string.is_some_and(|hex| hex.iter().all(u8::is_ascii_hexdigit));
    let named = bytes[..first_end].trim_ascii_end().ends_with(b"/Contents");
    (!exact || !named).then_some(Reason::ByteRangeGap)
}

/// Whether a signature holds over the pieces that a range names, though it is not the range of one whole file.
fn is_wrapped(bytes: &[u8], numbers: &[usize], signatures: &[Seal]) -> bool {
    let piece = |pair: &[usize]| {
        let &[start, length] = pair else { return None };
        bytes.get(start..start.checked_add(length)?)
    };
    let pieces: Option<Vec<&[u8]>> = numbers.chunks(2).map(piece).collect();
    // Each byte is digested for each signature: a range may not name bytes twice, or a small file would cost much.
    let Some(pieces) = pieces.filter(|it| it.iter().map(|piece| piece.len()).sum::<usize>() <= bytes.len())
    else {
        return false;
    };
    signatures.iter().any(|seal| seal.genuine && seal.covers(&pieces))
}
