//! The signature of a finished report is taken out, and put back with its timestamp: no other byte changes.

use super::objects;
use crate::report::Error;

/// How the range is written in every file of ours, up to its first number.
const RANGE: &[u8] = b"/ByteRange[0 ";

/// The signature (CMS, DER) of a file that this room wrote, without its filling.
#[must_use]
pub fn signature(file: &[u8]) -> Option<Vec<u8>> {
    let digits = &file[place(file)?];
    let value = |digit: u8| char::from(digit).to_digit(16).and_then(|it| u8::try_from(it).ok());
    let pairs = digits.chunks_exact(2);
    let bytes: Option<Vec<u8>> = pairs.map(|pair| Some(value(pair[0])? << 4 | value(pair[1])?)).collect();
    let mut bytes = bytes?;
    // The outermost SEQUENCE of a signature is longer than 255 bytes, so its length takes two: 30 82 hi lo.
    let &[0x30, 0x82, high, low, ..] = bytes.as_slice() else { return None };
    let length = 4 + usize::from(u16::from_be_bytes([high, low]));
    if length > bytes.len() {
        return None;
    }
    bytes.truncate(length);
    Some(bytes)
}

/// The file with another signature in the same place.
pub fn with_signature(mut file: Vec<u8>, cms_der: &[u8]) -> Result<Vec<u8>, Error> {
    let place = place(&file).ok_or(Error::NotWritten)?;
    let room = place.len() / 2;
    if cms_der.len() > room {
        return Err(Error::SignatureTooLong { length: cms_der.len(), room });
    }
    let digits = objects::hex(cms_der);
    let (kept, filling) = file[place].split_at_mut(digits.len());
    kept.copy_from_slice(digits.as_bytes());
    filling.fill(b'0');
    Ok(file)
}

/// Where the digits of the signature stand.
fn place(file: &[u8]) -> Option<std::ops::Range<usize>> {
    let at = file.windows(RANGE.len()).position(|it| it == RANGE)? + RANGE.len();
    let numbers = std::str::from_utf8(file.get(at..at + 21)?).ok()?;
    let (from, to) = numbers.split_once(' ')?;
    let (from, to): (usize, usize) = (from.parse().ok()?, to.parse().ok()?);
    let whole = file.get(from..to)?;
    (whole.starts_with(b"<") && whole.ends_with(b">")).then_some(from + 1..to - 1)
}
