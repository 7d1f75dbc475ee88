//! A closer look at a file that is not intact: what it is, what was done to it, and where it differs.
//!
//! It reads with a whole PDF reader what a stranger made, and may take long, fail or need much memory: whoever calls it
//! does so in a process of its own (`flow::look`). Its limits are constants here and in the files it uses.

use std::panic::{AssertUnwindSafe, catch_unwind};

use flate2::{Decompress, FlushDecompress, Status};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::attack;
use super::document::{self, Document};
use super::fields;
use super::frame::{find, position, positions};
use super::pdf::LARGEST;
use super::picture;
use super::raster::Drawer;
use super::revision;
use crate::rules::{Digest, Finding, PageDifference, Reason, ReportNumber, VerificationCode};
use crate::seal::{digest, inspect};

/// A file may unpack to so many bytes.
pub const MOST_UNPACKED: u64 = 128 << 20;

/// Lists and dictionaries within each other: the reader of PDF leaves out what lies deeper.
pub const MOST_NESTED: usize = 512;

/// So many numbers, codes and QR texts are taken out of a file.
const MOST_NAMES: usize = 8;

/// The report that a file is compared with. What differs is told in its words, so that it is given only where whoever
/// brought the file has shown to have the report.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Reference {
    /// The canonical facts.
    pub facts: Vec<u8>,
    /// The file as issued.
    pub pdf: Option<Vec<u8>>,
}

/// What a closer look saw.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Looked {
    /// Pages; none for a picture.
    pub pages: usize,
    /// It shows images only.
    pub picture: bool,
    /// Next to nothing in it can be read: letters are drawn, or the file does not tell what they mean.
    pub wordless: bool,
    /// The digest of the embedded facts, if there are any that name themselves facts of ours.
    pub facts: Option<Digest>,
    /// The report number that the embedded facts name, then those in the words of the pages.
    pub numbers: Vec<ReportNumber>,
    /// The verification codes in the words of the pages.
    pub codes: Vec<String>,
    /// The texts of the QR codes in it; not searched for where the report is known already.
    pub qr: Vec<String>,
    /// The digest of the part that somebody signed, where it lies in the file unharmed and more was appended.
    pub inside: Option<Digest>,
    /// What was done to it.
    pub reasons: Vec<Reason>,
    /// What differs, and where.
    pub findings: Vec<Finding>,
    /// Pages that look different.
    pub comparison: Vec<PageDifference>,
}

/// Looks at a file, beside the report that it may be.
///
/// Total for every input as far as the readers it uses are: what they cannot bear ends with [`Reason::NotLookedInto`].
#[must_use]
pub fn explain(bytes: &[u8], reference: Option<&Reference>) -> Looked {
    let look = || look(bytes, reference);
    // A reader that others wrote may panic on a file that was made to make it. That is an answer too.
    catch_unwind(AssertUnwindSafe(look)).unwrap_or_else(|_| Looked {
        reasons: attack::names(bytes).into_iter().chain([Reason::NotLookedInto]).collect(),
        ..Looked::default()
    })
}

fn look(bytes: &[u8], reference: Option<&Reference>) -> Looked {
    let mut looked = Looked::default();
    if bytes.len() > LARGEST {
        looked.reasons.push(Reason::LimitReached);
        return looked;
    }
    if picture::is_picture(bytes) {
        return photograph(bytes);
    }
    looked.reasons = attack::names(bytes);
    if unpacks_to_more(bytes, MOST_UNPACKED) {
        looked.reasons.push(Reason::LimitReached);
        return looked;
    }
    let Some(brought) = document::open(bytes) else {
        looked.reasons.push(Reason::NotLookedInto);
        return looked;
    };
    if brought.cut || nests_deeper(bytes, MOST_NESTED) {
        looked.reasons.push(Reason::LimitReached);
    }
    identify(&mut looked, &brought);
    if reference.is_none() {
        looked.qr = Drawer::new(&brought).qr_texts();
        looked.qr.truncate(MOST_NAMES);
    }
    let inside = inside(bytes).map(|(inside, how)| {
        looked.reasons.push(how);
        inside
    });
    looked.inside = inside.map(digest);
    compare(&mut looked, bytes, &brought, inside, reference);
    looked
}

/// A picture file: all that it can prove stands in its QR.
fn photograph(bytes: &[u8]) -> Looked {
    let mut looked = Looked { picture: true, ..Looked::default() };
    match picture::open(bytes) {
        Ok(picture) => looked.qr = picture::texts(&picture, false),
        Err(reason) => looked.reasons.push(reason),
    }
    looked.qr.truncate(MOST_NAMES);
    looked
}

/// What the file says it is: numbers and codes.
fn identify(looked: &mut Looked, brought: &Document) {
    looked.pages = brought.pages.len();
    looked.picture = brought.is_picture();
    looked.wordless = brought.is_wordless();
    looked.facts = brought.facts.as_deref().map(digest);
    let named = json(brought.facts.as_deref()).and_then(|facts| facts["number"].as_str()?.parse().ok());
    looked.numbers.extend(named);
    let words = brought.words();
    looked.numbers.extend(windows::<ReportNumber>(&words, 24, |it| it.as_bytes()[4] == b'-'));
    looked.numbers.dedup();
    looked.numbers.truncate(MOST_NAMES);
    let codes =
        windows::<VerificationCode>(&words, 21, |it| it.as_bytes()[4] == b'-' && it.as_bytes()[9] == b'-');
    looked.codes = codes.map(|code| code.compact()).collect();
    looked.codes.sort();
    looked.codes.dedup();
    looked.codes.truncate(MOST_NAMES);
}

/// Every piece of plain letters of this length that reads as a `T`; `form` is a quick look before.
fn windows<'a, T: std::str::FromStr + 'a>(
    words: &'a str,
    length: usize,
    form: impl Fn(&str) -> bool + 'a,
) -> impl Iterator<Item = T> + 'a {
    let starts = words.char_indices().map(|(at, _)| at);
    starts.filter_map(move |at| {
        let piece = words.get(at..at + length).filter(|piece| piece.is_ascii() && form(piece))?;
        piece.parse().ok()
    })
}

/// The part of the file that somebody signed, where it is still as it was signed and more was appended; and how.
fn inside(bytes: &[u8]) -> Option<(&[u8], Reason)> {
    let frame = find(bytes).ok()?;
    let seal = inspect(&frame.signature)?;
    let whole = seal.genuine && seal.covers(&frame.parts(bytes));
    Some((&bytes[..frame.end], frame.extra.filter(|_| whole)?))
}

/// Compares with the report as issued: the one that lies inside unharmed, else the one given.
fn compare(
    looked: &mut Looked,
    bytes: &[u8],
    brought: &Document,
    inside: Option<&[u8]>,
    reference: Option<&Reference>,
) {
    let base = inside.or_else(|| reference?.pdf.as_deref());
    let issued = base.and_then(document::open);
    let given = reference.map(|it| it.facts.as_slice());
    let was = json(given.or_else(|| issued.as_ref()?.facts.as_deref()));
    let now = json(brought.facts.as_deref());
    if let (Some(was), Some(now)) = (&was, &now) {
        looked.findings.extend(fields::differences(was, now));
    }
    let known = was.as_ref().or(now.as_ref());
    let head = b"%PDF-1.7\n%\xe6\x98\x8e\xe8\xaf\x81\n";
    let head = base.and_then(|base| base.get(..head.len())).unwrap_or(head);
    let prefixed = looked.reasons.contains(&Reason::PrefixBytes);
    let rewritten = known.is_some() && !looked.picture && !prefixed && !bytes.starts_with(head);
    let mut others = false;
    if let Some(issued) = &issued {
        others = revision::pages(looked, issued, brought, known, rewritten);
    } else if let Some(known) = known.filter(|_| !looked.picture) {
        looked.findings.extend(fields::not_on_page(known, &brought.words()));
    }
    if rewritten {
        let named = |(name, value): &&(&str, String)| *name == "Producer" && value != "Mingzheng";
        let producer = brought.about.iter().find(named).map(|(_, value)| value.clone());
        // A signature that was copied along with everything else stands nowhere in particular.
        let copied = [Reason::ByteRangeGap, Reason::ByteRangeOverlap, Reason::ByteRangeMalformed];
        looked.reasons.retain(|reason| !copied.contains(reason));
        looked.reasons.push(Reason::Rewritten);
        looked.findings.push(Finding { now: producer, ..Finding::of(Reason::Rewritten) });
    }
    let signed = positions(bytes, b"/ByteRange").next().is_some();
    if now.is_some() && !signed && !looked.reasons.contains(&Reason::SignatureEmptied) {
        looked.reasons.push(Reason::SignatureStripped);
    }
    revision::name(looked, inside.is_some(), others);
}

fn json(facts: Option<&[u8]>) -> Option<Value> {
    serde_json::from_slice(facts?).ok()
}

/// Whether the compressed streams of a file unpack to more than `most` bytes; nothing is kept of them.
fn unpacks_to_more(bytes: &[u8], most: u64) -> bool {
    let mut left = most;
    let mut room = vec![0; 1 << 16];
    for at in positions(bytes, b"stream") {
        let body = &bytes[at + b"stream".len()..];
        let body = body.strip_prefix(b"\r").unwrap_or(body);
        let Some(mut packed) =
            body.strip_prefix(b"\n").filter(|body| body.first().is_some_and(|it| it & 15 == 8))
        else {
            continue;
        };
        let mut unpacker = Decompress::new(true);
        loop {
            let (taken, given) = (unpacker.total_in(), unpacker.total_out());
            let Ok(status) = unpacker.decompress(packed, &mut room, FlushDecompress::None) else { break };
            let (took, gave) = (unpacker.total_in() - taken, unpacker.total_out() - given);
            let Some(rest) = left.checked_sub(gave) else { return true };
            left = rest;
            packed = &packed[usize::try_from(took).unwrap_or(packed.len()).min(packed.len())..];
            if status == Status::StreamEnd || (took == 0 && gave == 0) {
                break;
            }
        }
    }
    false
}

/// Whether lists and dictionaries lie deeper than `most` within each other, outside streams.
fn nests_deeper(bytes: &[u8], most: usize) -> bool {
    let (mut depth, mut rest) = (0_usize, bytes);
    while !rest.is_empty() {
        let end = position(rest, b"stream").unwrap_or(rest.len());
        let mut at = 0;
        while at < end {
            let (step, by) = match &rest[at..end] {
                [b'[', ..] => (1, 1),
                [b']', ..] => (1, -1),
                [b'<', b'<', ..] => (2, 1),
                [b'>', b'>', ..] => (2, -1),
                [b'o', b'b', b'j', ..] => {
                    depth = 0;
                    (3, 0)
                }
                _ => (1, 0),
            };
            depth = depth.saturating_add_signed(by);
            if depth > most {
                return true;
            }
            at += step;
        }
        rest = &rest[end..];
        rest = &rest[position(rest, b"endstream").map_or(rest.len(), |at| at + b"endstream".len())..];
    }
    false
}

impl Looked {
    /// What stands for a look that was not possible.
    #[must_use]
    pub fn nothing() -> Self {
        Self { reasons: vec![Reason::NotLookedInto], ..Self::default() }
    }
}
