//! The facts that travel inside a report, found by scanning for an embedded JSON file.

use std::io::Read as _;

use flate2::read::ZlibDecoder;

use super::frame::{position, positions};
use crate::rules::{Digest, Facts};
use crate::seal::digest;

/// Facts are not unpacked beyond this many bytes.
const LARGEST: u64 = 16 << 20;

/// A dictionary is not looked at beyond this many bytes to either side.
const DICTIONARY: usize = 4096;

/// So many embedded files are tried.
const MOST_FILES: usize = 8;

/// The first embedded file that is canonical facts, with its digest.
pub(super) fn facts(bytes: &[u8]) -> Option<(Facts, Digest)> {
    let files = positions(bytes, b"/EmbeddedFile").take(4 * MOST_FILES).filter_map(|at| file(bytes, at));
    files.take(MOST_FILES).find_map(|json| Some((Facts::from_canonical(&json).ok()?, digest(&json))))
}

/// The bytes of the JSON file whose dictionary has `/EmbeddedFile` at `at`.
fn file(bytes: &[u8], at: usize) -> Option<Vec<u8>> {
    let before = &bytes[at.saturating_sub(DICTIONARY)..at];
    let after = &bytes[at..bytes.len().min(at + DICTIONARY)];
    let start = at - before.len() + positions(before, b" obj").last()?;
    let end = at + position(after, b"stream")?;
    let dictionary = &bytes[start..end];
    let names: [&[u8]; 2] = [b"/application#2Fjson", b"/application#2fjson"];
    names.into_iter().find_map(|name| position(dictionary, name))?;
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
