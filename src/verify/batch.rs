//! Many things to verify at once: the lines of a list, or the files of a zip.
//!
//! Whatever a batch claims about itself is not believed: sizes are counted as they are unpacked, names are only shown, nothing
//! is written anywhere, and a zip within a zip is a file that is no PDF.

use std::borrow::Cow;
use std::io::{Read, Seek};

use encoding_rs::GB18030;
use zip::ZipArchive;

use super::LARGEST;
use crate::rules::{Digest, Reason};

/// More things are not taken at once.
pub const MOST_ITEMS: usize = 10_000;

/// More bytes are not unpacked from one zip: ten thousand reports of usual size.
pub const MOST_BYTES: u64 = 4 << 30;

/// A longer list is not read: ten thousand QR texts are shorter.
pub const LONGEST_LIST: usize = 16 << 20;

/// A text of a file of its own is not longer.
pub const LONGEST_TEXT: usize = 4096;

/// What compresses better than this, and unpacks to more than [`SMALL`], was made to do harm: reports are compressed already.
const RATIO: u64 = 100;
const SMALL: u64 = 1 << 20;

/// The heads by which the column of a list is known, in any case.
const HEADS: [&str; 8] =
    ["code", "verification_code", "核验码", "防伪核验码", "qr", "二维码", "sha256", "摘要"];

/// One thing to verify.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// What it is called in the results.
    pub name: String,
    /// What was brought.
    pub content: Content,
}

/// What was brought under a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// A code, the text of a QR, or a SHA-256.
    Text(String),
    /// The bytes of a file.
    File(Vec<u8>),
    /// Nothing that could be looked at, and why.
    Nothing(Reason),
}

/// As what a text is to be taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Taken {
    /// The text of a QR.
    Qr(String),
    /// The digest of a file.
    Hash(Digest),
    /// A code, as typed.
    Code(String),
}

/// Why a batch is refused as a whole.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadBatch {
    /// Nothing to verify.
    #[error("there is nothing to verify in it: bring codes, QR texts or PDFs")]
    Empty,
    /// Too much at once.
    #[error("it holds more than {MOST_ITEMS} things: bring them in parts")]
    TooMany,
    /// A list that is too long.
    #[error("the list is longer than 16 MiB: bring it in parts")]
    TooLong,
    /// Unpacks to too much.
    #[error("it unpacks to more than 4 GiB: bring it in parts")]
    TooLarge,
    /// Not text.
    #[error("the list is neither UTF-8 nor GB 18030: save it as CSV in UTF-8")]
    NotText,
    /// Codes are being guessed, or look so.
    #[error(
        "codes that begin alike were tried more often than is allowed: wait a minute, and bring it again"
    )]
    Alike,
    /// Not a zip.
    #[error("the zip cannot be read: {0}")]
    NotZip(String),
}

/// As what a text is to be taken, by its looks.
#[must_use]
pub fn take(text: &str) -> Taken {
    let text = text.trim();
    if text.contains("://") {
        return Taken::Qr(text.to_owned());
    }
    text.parse().map_or_else(|_| Taken::Code(text.to_owned()), Taken::Hash)
}

/// Whether bytes begin like a zip (APPNOTE 4.3.7; an empty one, 4.3.16).
#[must_use]
pub fn is_zip(bytes: &[u8]) -> bool {
    bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(b"PK\x05\x06")
}

/// The things in a list: one on each line, or in a column of a CSV file. The column is that with a known head, else the first; a
/// head that is not known counts as a thing, and is told as one that was mistyped.
pub fn list(bytes: &[u8]) -> Result<Vec<Item>, BadBatch> {
    if bytes.len() > LONGEST_LIST {
        return Err(BadBatch::TooLong);
    }
    let text = decode(bytes).ok_or(BadBatch::NotText)?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    let mut rows = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .trim(csv::Trim::All)
        .from_reader(text.as_bytes());
    let (mut items, mut column, mut record) = (Vec::new(), 0, csv::StringRecord::new());
    let (mut first, mut line, mut counted) = (true, 1, 0);
    while rows.read_record(&mut record).map_err(|_| BadBatch::NotText)? {
        // A row is said to begin where the one before it ended, with all blank lines between them.
        let start = record.position().and_then(|at| usize::try_from(at.byte()).ok()).unwrap_or(text.len());
        let rest = text.as_bytes().get(start..).unwrap_or_default();
        let end = start + rest.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
        let between = text.as_bytes().get(counted..end).unwrap_or_default();
        line += memchr::memchr_iter(b'\n', between).count();
        counted = end;
        if std::mem::take(&mut first) {
            let known = |cell: &str| HEADS.contains(&cell.to_lowercase().as_str());
            if let Some(at) = record.iter().position(known) {
                column = at;
                continue;
            }
        }
        let Some(cell) = record.get(column).filter(|cell| !cell.is_empty()) else { continue };
        if items.len() == MOST_ITEMS {
            return Err(BadBatch::TooMany);
        }
        let content = match cell.len() {
            ..=LONGEST_TEXT => Content::Text(cell.to_owned()),
            _ => Content::Nothing(Reason::TooLarge),
        };
        items.push(Item { name: format!("line {line}"), content });
    }
    if items.is_empty() { Err(BadBatch::Empty) } else { Ok(items) }
}

/// What a file of a folder or a zip holds: one text where it is called `.txt`, else the file itself.
#[must_use]
pub fn content(name: &str, bytes: Vec<u8>) -> Content {
    let is_text = name.rsplit_once('.').is_some_and(|(_, kind)| kind.eq_ignore_ascii_case("txt"));
    if !is_text {
        return Content::File(bytes);
    }
    match decode(&bytes).filter(|text| text.len() <= LONGEST_TEXT) {
        Some(text) => Content::Text(text.trim_start_matches('\u{feff}').trim().to_owned()),
        None => Content::Nothing(Reason::ItemUnreadable),
    }
}

/// Whether a path names a file that people put there, and not one that their system did.
#[must_use]
pub fn is_meant(path: &str) -> bool {
    let mut parts = path.split(['/', '\\']);
    let hidden = |part: &str| part.starts_with('.') && part != "." && part != "..";
    let system = ["__MACOSX", "Thumbs.db", "desktop.ini"];
    !parts.any(|part| hidden(part) || system.contains(&part))
}

/// The files of a zip, unpacked one after another.
pub struct Zip<R> {
    archive: ZipArchive<R>,
    places: std::vec::IntoIter<usize>,
    free: u64,
}

impl<R: Read + Seek> Zip<R> {
    /// Opens a zip and counts its files. Folders and what systems leave in zips are passed over.
    pub fn open(reader: R) -> Result<Self, BadBatch> {
        let mut archive = ZipArchive::new(reader).map_err(|error| BadBatch::NotZip(error.to_string()))?;
        let mut places = Vec::new();
        for at in 0..archive.len() {
            // An entry that cannot even be named is kept, to be told as one that cannot be read.
            let meant = archive
                .by_index_raw(at)
                .map_or(true, |entry| !entry.is_dir() && is_meant(&name_of(entry.name_raw())));
            if meant {
                places.push(at);
            }
            if places.len() > MOST_ITEMS {
                return Err(BadBatch::TooMany);
            }
        }
        if places.is_empty() {
            return Err(BadBatch::Empty);
        }
        Ok(Self { archive, places: places.into_iter(), free: MOST_BYTES })
    }

    /// Lets no more than so many bytes be unpacked in all.
    #[must_use]
    pub fn at_most(self, bytes: u64) -> Self {
        Self { free: bytes, ..self }
    }

    /// The files not unpacked yet.
    #[must_use]
    pub fn left(&self) -> usize {
        self.places.len()
    }

    fn item(&mut self, at: usize) -> Result<Item, BadBatch> {
        let Ok(mut entry) = self.archive.by_index(at) else {
            // Encrypted, or packed in a way that is not read.
            let name =
                self.archive.by_index_raw(at).map(|entry| name_of(entry.name_raw())).unwrap_or_default();
            return Ok(Item { name, content: Content::Nothing(Reason::ItemUnreadable) });
        };
        let name = name_of(entry.name_raw());
        let packed = entry.compressed_size();
        let harmful = |size: u64| size > SMALL && size / RATIO > packed;
        if entry.size() > LARGEST as u64 || harmful(entry.size()) {
            return Ok(Item { name, content: Content::Nothing(Reason::TooLarge) });
        }
        let mut bytes = Vec::new();
        let read = entry.by_ref().take(LARGEST as u64 + 1).read_to_end(&mut bytes);
        self.free = self.free.checked_sub(bytes.len() as u64).ok_or(BadBatch::TooLarge)?;
        let content = match read {
            Ok(size) if size > LARGEST || harmful(size as u64) => Content::Nothing(Reason::TooLarge),
            Ok(_) => content(&name, bytes),
            Err(_) => Content::Nothing(Reason::ItemUnreadable),
        };
        Ok(Item { name, content })
    }
}

impl<R: Read + Seek> Iterator for Zip<R> {
    type Item = Result<Item, BadBatch>;

    fn next(&mut self) -> Option<Self::Item> {
        let at = self.places.next()?;
        Some(self.item(at))
    }
}

impl<R> std::fmt::Debug for Zip<R> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Zip({} files left)", self.places.len())
    }
}

/// A name in a zip: UTF-8, or the GB 18030 that Chinese systems write without saying so.
fn name_of(raw: &[u8]) -> String {
    let text = std::str::from_utf8(raw).map(Cow::Borrowed);
    text.unwrap_or_else(|_| GB18030.decode_without_bom_handling(raw).0).chars().take(300).collect()
}

fn decode(bytes: &[u8]) -> Option<String> {
    if let Ok(text) = std::str::from_utf8(bytes) {
        return (!text.contains('\0')).then(|| text.to_owned());
    }
    let (text, faults) = GB18030.decode_without_bom_handling(bytes);
    (!faults && !text.contains('\0')).then(|| text.into_owned())
}
