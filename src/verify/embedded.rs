//! The facts that travel inside a report, found by scanning for an embedded JSON file.

use std::io::Read as _;

use flate2::read::ZlibDecoder;

use super::frame::{position, positions};
use crate::rules::{Digest, Facts, Results};
use crate::seal::digest;

/// Facts are not unpacked beyond this many bytes.
const LARGEST: u64 = 16 << 20;

/// A dictionary is not looked at beyond this many bytes to either side.
const DICTIONARY: usize = 4096;

/// So many embedded files are tried.
const MOST_FILES: usize = 8;

/// Media types as names in a PDF (ISO 32000-1, 7.3.5), in the two spellings of the slash.
const JSON: [&[u8]; 2] = [b"/application#2Fjson", b"/application#2fjson"];
const CSV: [&[u8]; 2] = [b"/text#2Fcsv", b"/text#2fcsv"];

/// The first embedded file that is canonical facts, with its digest.
pub(super) fn facts(bytes: &[u8]) -> Option<(Facts, Digest)> {
    files(bytes, &JSON).find_map(|json| Some((Facts::from_canonical(&json).ok()?, digest(&json))))
}

/// Whether an embedded file is the CSV of a sheet of results.
pub(super) fn is_result_sheet(bytes: &[u8]) -> bool {
    files(bytes, &CSV).any(|csv| Results::stated_time(&csv).is_some())
}

/// The first embedded files of a media type.
fn files<'a>(bytes: &'a [u8], kind: &'a [&[u8]]) -> impl Iterator<Item = Vec<u8>> + 'a {
    let places = positions(bytes, b"/EmbeddedFile").take(4 * MOST_FILES);
    places.filter_map(move |at| file(bytes, at, kind)).take(MOST_FILES)
}

/// The bytes of the file whose dictionary has `/EmbeddedFile` at `at`, if it is of this media type.
fn file(bytes: &[u8], at: usize, kind: &[&[u8]]) -> Option<Vec<u8>> {
    let before = &bytes[at.saturating_sub(DICTIONARY)..at];
    let after = &bytes[at..bytes.len().min(at + DICTIONARY)];
    let start = at - before.len() + positions(before, b" obj").last()?;
    let end = at + position(after, b"stream")?;
    let dictionary = &bytes[start..end];
    kind.iter().find_map(|name| position(dictionary, name))?;
    let length = length(dictionary)?;
    let body = bytes[end..].strip_prefix(b"stream")?;
    let body = body.strip_prefix(b"\r").unwrap_or(body).strip_prefix(b"\n")?;
    let body = body.get(..length)?;
    if position(dictionary, b"/FlateDecode").is_none() {
        return Some(body.to_vec());
    }
    let mut json = Vec::new();
    ZlibDecoder::new(body).take(LARGEST + 1).read_to_end(&mut json).ok()?;
    (json.len() as u64 <= LARGEST).then_some(json)
}

/// `/Length`, where it is written in place.
fn length(dictionary: &[u8]) -> Option<usize> {
    let text = dictionary[position(dictionary, b"/Length")? + 7..].trim_ascii_start();
    let digits = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let indirect = text[digits..].trim_ascii_start().first().is_some_and(u8::is_ascii_digit);
    let number = std::str::from_utf8(&text[..digits]).ok()?.parse().ok()?;
    (!indirect).then_some(number)
}
