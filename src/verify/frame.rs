//! Where in the bytes of a PDF the signature and the signed parts are, found by scanning.

use std::ops::Range;

use memchr::memmem;
use time::{Date, Month, PrimitiveDateTime, Time, UtcOffset};

use crate::rules::{Instant, Reason};

/// A signature dictionary is looked for this far around its contents.
const DICTIONARY: usize = 16 * 1024;

/// The one signature of a PDF and what it claims to cover.
pub(super) struct Frame {
    /// The `/Contents` string with its brackets: the only bytes not covered.
    pub(super) gap: Range<usize>,
    /// Where the covered bytes end.
    pub(super) end: usize,
    /// The signature in DER.
    pub(super) signature: Vec<u8>,
    /// The string is written as ours are: lower-case digits, then zeros only.
    pub(super) plain: bool,
    /// What comes after the covered bytes, where something does.
    pub(super) extra: Option<Reason>,
}

/// Finds the first signature; the error says why there is none to look at.
pub(super) fn find(bytes: &[u8]) -> Result<Frame, Reason> {
    if bytes.is_empty() {
        return Err(Reason::Empty);
    }
    if position(&bytes[..bytes.len().min(1024)], b"%PDF-").is_none() {
        return Err(Reason::NotPdf);
    }
    let places: Vec<usize> = positions(bytes, b"/ByteRange").take(2).collect();
    let Some(&first) = places.first() else { return Err(without_signature(bytes)) };
    let (gap, end) = byte_range(&bytes[first..]).ok_or_else(|| wrong_range(bytes))?;
    if end > bytes.len() {
        return Err(beyond(bytes, &gap));
    }
    let hex = hex_string(bytes, &gap).ok_or_else(|| wrong_range(bytes))?;
    if hex.iter().all(|&digit| digit == b'0') {
        return Err(Reason::SignatureMissing);
    }
    let (signature, plain) = contents(hex).ok_or(Reason::SignatureMalformed)?;
    let extra = match (places.len(), end < bytes.len()) {
        (1, false) => None,
        (1, true) if is_revision(&bytes[end..]) => Some(Reason::AppendedRevision),
        (1, true) => Some(Reason::TrailingBytes),
        _ => Some(Reason::SecondSignature),
    };
    Ok(Frame { gap, end, signature, plain, extra })
}

impl Frame {
    /// The two signed parts.
    pub(super) fn parts<'a>(&self, bytes: &'a [u8]) -> [&'a [u8]; 2] {
        [&bytes[..self.gap.start], &bytes[self.gap.end..self.end]]
    }

    /// The object around the signature, without the signature.
    pub(super) fn dictionary<'a>(&self, bytes: &'a [u8]) -> [&'a [u8]; 2] {
        let [before, after] = self.parts(bytes);
        let before = &before[before.len().saturating_sub(DICTIONARY)..];
        let after = &after[..after.len().min(DICTIONARY)];
        let start = positions(before, b" obj").last().unwrap_or(0);
        let end = position(after, b"endobj").unwrap_or(after.len());
        [&before[start..], &after[..end]]
    }

    /// The time of signing that the dictionary states (`/M`), in whole seconds.
    pub(super) fn signed_at(&self, bytes: &[u8]) -> Option<Instant> {
        self.dictionary(bytes).into_iter().find_map(|part| {
            let at = positions(part, b"/M")
                .find(|&at| !part[at + 2..].first().is_some_and(u8::is_ascii_alphabetic))?;
            let value = part[at + 2..].trim_ascii_start().strip_prefix(b"(D:")?;
            date(&value[..position(value, b")")?])
        })
    }
}

/// Whether what comes after the signed part can change what is shown: objects, or a table that leads to others.
fn is_revision(tail: &[u8]) -> bool {
    [&b" obj"[..], b"startxref", b"trailer"].iter().any(|word| position(tail, word).is_some())
}

/// Whether a PDF without a signature is encrypted, cut off, or just not signed.
fn without_signature(bytes: &[u8]) -> Reason {
    let tail = &bytes[bytes.len().saturating_sub(1024)..];
    if position(bytes, b"/Encrypt").is_some() {
        Reason::Encrypted
    } else if position(tail, b"%%EOF").is_none() {
        Reason::Truncated
    } else {
        Reason::SignatureMissing
    }
}

/// Whether a PDF that is shorter than its signature says is cut off, or whole and written anew in fewer bytes.
fn beyond(bytes: &[u8], gap: &Range<usize>) -> Reason {
    let tail = &bytes[bytes.len().saturating_sub(1024)..];
    let in_place = gap.end <= bytes.len() && hex_string(bytes, gap).is_some();
    if in_place || position(tail, b"%%EOF").is_none() { Reason::Truncated } else { wrong_range(bytes) }
}

/// Whether a PDF whose signature is not where it says is encrypted or rewritten.
fn wrong_range(bytes: &[u8]) -> Reason {
    if position(bytes, b"/Encrypt").is_some() { Reason::Encrypted } else { Reason::ByteRangeWrong }
}

/// The digits in the gap, which must be exactly the string of `/Contents`.
fn hex_string<'a>(bytes: &'a [u8], gap: &Range<usize>) -> Option<&'a [u8]> {
    let hex = bytes[gap.clone()].strip_prefix(b"<")?.strip_suffix(b">")?;
    bytes[..gap.start].trim_ascii_end().ends_with(b"/Contents").then_some(hex)
}

/// Reads `/ByteRange [0 a b c]`: the gap from a to b, and the end b + c.
fn byte_range(bytes: &[u8]) -> Option<(Range<usize>, usize)> {
    let text = bytes[..bytes.len().min(120)].strip_prefix(b"/ByteRange")?.trim_ascii_start();
    let inner = text.strip_prefix(b"[")?;
    let inner = std::str::from_utf8(&inner[..position(inner, b"]")?]).ok()?;
    let numbers: Option<Vec<usize>> = inner.split_ascii_whitespace().map(number).collect();
    let [0, a, b, c] = numbers?[..] else { return None };
    (a > 0 && a < b).then_some((a..b, b.checked_add(c)?))
}

fn number(text: &str) -> Option<usize> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok())?
}

/// Decodes the digits of `/Contents` and cuts off the filling; the flag says whether they are written as ours are.
pub(super) fn contents(hex: &[u8]) -> Option<(Vec<u8>, bool)> {
    let digit = |byte: u8| match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        b'A'..=b'F' => Some(byte - b'A' + 10),
        _ => None,
    };
    let byte = |pair: &[u8]| Some(digit(pair[0])? << 4 | digit(*pair.get(1)?)?);
    // The head of the value tells how long it is; everything behind it is filling.
    let head: Option<Vec<u8>> = hex.chunks(2).take(6).map(byte).collect();
    let length = der_length(&head?)?;
    let digits = hex.get(..length.checked_mul(2)?)?;
    let bytes: Option<Vec<u8>> = digits.chunks(2).map(byte).collect();
    let filling = &hex[digits.len()..];
    if !filling.iter().all(u8::is_ascii_hexdigit) || !filling.len().is_multiple_of(2) {
        return None;
    }
    let filled = filling.iter().all(|&byte| byte == b'0');
    Some((bytes?, filled && !digits.iter().any(u8::is_ascii_uppercase)))
}

/// The length of the DER value at the start, with its head.
pub(super) fn der_length(bytes: &[u8]) -> Option<usize> {
    match *bytes.get(1)? {
        short @ 0..=0x7f => Some(usize::from(short) + 2),
        long @ 0x81..=0x84 => {
            let count = usize::from(long & 0x7f);
            let digits = bytes.get(2..2 + count)?;
            let length = digits.iter().fold(0_usize, |sum, &byte| sum << 8 | usize::from(byte));
            length.checked_add(2 + count)
        }
        _ => None,
    }
}

/// Reads the inside of a PDF date, `20261122080000+08'00'`, which must have seconds and a zone (ISO 32000-1, 7.9.4).
fn date(text: &[u8]) -> Option<Instant> {
    let text = std::str::from_utf8(text).ok()?;
    let part = |from: usize, to: usize| text.get(from..to).and_then(number);
    let small = |from| part(from, from + 2).and_then(|it| u8::try_from(it).ok());
    let year = i32::try_from(part(0, 4)?).ok()?;
    let day = Date::from_calendar_date(year, Month::try_from(small(4)?).ok()?, small(6)?).ok()?;
    let time = Time::from_hms(small(8)?, small(10)?, small(12)?).ok()?;
    let offset = match text.get(14..15)? {
        "Z" => UtcOffset::UTC,
        sign => {
            let minutes = i16::from(small(15)?) * 60 + i16::from(small(18).unwrap_or(0));
            let east = match sign {
                "+" => 60,
                "-" => -60,
                _ => return None,
            };
            UtcOffset::from_whole_seconds(i32::from(minutes) * east).ok()?
        }
    };
    Some(Instant::from(PrimitiveDateTime::new(day, time).assume_offset(offset)))
}

/// Every place where `needle` stands.
pub(super) fn positions<'a>(bytes: &'a [u8], needle: &'a [u8]) -> impl Iterator<Item = usize> + 'a {
    memmem::find_iter(bytes, needle)
}

pub(super) fn position(bytes: &[u8], needle: &[u8]) -> Option<usize> {
    memmem::find(bytes, needle)
}
