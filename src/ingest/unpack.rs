//! What a file is packed in: nothing, gzip, or a ZIP archive with several files. How far it unpacks is bounded.

use std::io::{self, Read, Seek, SeekFrom, Write};
use std::ops::Range;

use encoding_rs::GB18030;
use flate2::CrcReader;
use flate2::read::{DeflateDecoder, MultiGzDecoder};
use zip::{CompressionMethod, ZipArchive};

use super::Limits;
use super::bytes::{Section, Shared};
use super::file_fault::{FileFault, FileFaultCode};

/// How many times its size a packed file may have: tables of the same row over and over reach about 200.
pub(super) const RATIO: u64 = 250;

/// What the ratio is not asked of.
const SMALL: u64 = 1 << 20;

/// The most files of an archive: a province sends a file for each of its districts.
const ENTRIES: usize = 200;

/// The most parts of a workbook: sheets, drawings and what belongs to them.
const WORKBOOK_PARTS: usize = 10_000;

/// The most bytes that a workbook unpacks to: its shared strings stand in memory at once.
const WORKBOOK: u64 = 2 << 30;

/// The most bytes of its shared strings.
const STRINGS: u64 = 192 << 20;

/// So many unpacked bytes stay in memory; more go to a temporary file.
const IN_MEMORY: u64 = 8 << 20;

/// What a file is packed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Container {
    /// gzip.
    Gzip,
    /// A ZIP archive.
    Zip,
}

impl Container {
    /// Its name for people.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Gzip => "gzip",
            Self::Zip => "ZIP",
        }
    }
}

/// How the bytes of an entry are packed.
#[derive(Clone, Debug)]
enum Packed {
    Plain,
    Gzip,
    Stored(Member),
    Deflated(Member),
}

/// A member of an archive.
#[derive(Clone, Debug)]
struct Member {
    bytes: Range<u64>,
    size: u64,
    crc: u32,
}

/// One file, perhaps inside another.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    shared: Shared,
    packed: Packed,
    /// Its name in an archive.
    pub(super) name: Option<String>,
    /// The most bytes it may unpack to.
    most: u64,
}

/// Finds the files in a file.
pub(super) fn open(shared: &Shared, limits: &Limits) -> Result<(Option<Container>, Vec<Entry>), FileFault> {
    let entry = |packed, most| Entry { shared: shared.clone(), packed, name: None, most };
    let head = head_of(&mut shared.whole())?;
    if head.starts_with(b"\x1f\x8b") {
        let most = limits.bytes.min(shared.len().saturating_mul(RATIO).max(SMALL));
        return Ok((Some(Container::Gzip), vec![entry(Packed::Gzip, most)]));
    }
    if !is_zip(&head) || is_workbook(shared)? {
        return Ok((None, vec![entry(Packed::Plain, limits.bytes)]));
    }
    let mut entries = Vec::new();
    let mut total = 0_u64;
    for (name, member, method) in members(shared, ENTRIES)? {
        let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
        let left_by_systems = name.starts_with("__MACOSX/")
            || last.starts_with('.')
            || ["Thumbs.db", "desktop.ini"].contains(&last);
        if last.is_empty() || left_by_systems {
            continue;
        }
        total = total.saturating_add(member.size);
        let most = member.size;
        let packed = match method {
            CompressionMethod::Stored => Packed::Stored(member),
            CompressionMethod::Deflated => Packed::Deflated(member),
            other => return Err(archive(format!("{name}: {other}"))),
        };
        entries.push(Entry { name: Some(name), ..entry(packed, most) });
    }
    if entries.is_empty() {
        return Err(FileFault::new(FileFaultCode::Empty, ""));
    }
    if total > limits.bytes || total > shared.len().saturating_mul(RATIO).max(SMALL) {
        return Err(expands());
    }
    Ok((Some(Container::Zip), entries))
}

impl Entry {
    /// Its first bytes.
    pub(super) fn head(&self) -> Result<Vec<u8>, FileFault> {
        head_of(&mut self.stream())
    }

    /// Its bytes from the first to the last.
    pub(super) fn stream(&self) -> Box<dyn Read + Send> {
        let section = |member: &Member| self.shared.section(member.bytes.clone());
        match &self.packed {
            Packed::Plain => Box::new(self.shared.whole()),
            Packed::Gzip => {
                Box::new(Bounded { inner: MultiGzDecoder::new(self.shared.whole()), left: self.most })
            }
            Packed::Stored(member) => Box::new(Checked::new(section(member), member)),
            Packed::Deflated(member) => Box::new(Checked::new(DeflateDecoder::new(section(member)), member)),
        }
    }

    /// Its bytes where any of them can be read at any time.
    pub(super) fn unpacked(&self) -> Result<Shared, FileFault> {
        if matches!(self.packed, Packed::Plain) {
            return Ok(self.shared.clone());
        }
        let mut stream = self.stream();
        let mut bytes = Vec::new();
        (&mut stream).take(IN_MEMORY).read_to_end(&mut bytes).map_err(fault)?;
        if u64::try_from(bytes.len()).unwrap_or(u64::MAX) < IN_MEMORY {
            return Shared::new(bytes.into()).map_err(fault);
        }
        let mut file = tempfile::tempfile().map_err(fault)?;
        file.write_all(&bytes).map_err(fault)?;
        io::copy(&mut stream, &mut file).map_err(fault)?;
        file.seek(SeekFrom::Start(0)).map_err(fault)?;
        Shared::new(super::Source::File(file)).map_err(fault)
    }

    /// Whether it is packed once more inside what it is packed in, and so is not read.
    pub(super) fn is_packed(&self) -> bool {
        !matches!(self.packed, Packed::Plain)
    }
}

pub(super) fn is_zip(head: &[u8]) -> bool {
    head.starts_with(b"PK\x03\x04") || head.starts_with(b"PK\x05\x06")
}

/// Whether a ZIP archive is a workbook.
pub(super) fn is_workbook(shared: &Shared) -> Result<bool, FileFault> {
    let archive = list(shared, WORKBOOK_PARTS)?;
    Ok(archive.file_names_raw().any(|name| name.starts_with(b"xl/")))
}

/// Checks how far a workbook unpacks, part by part, before anybody reads it.
pub(super) fn check_workbook(shared: &Shared, limits: &Limits) -> Result<(), FileFault> {
    let most = shared.len().saturating_mul(RATIO).max(SMALL).min(limits.bytes).min(WORKBOOK);
    let mut total = 0_u64;
    for (name, member, method) in members(shared, WORKBOOK_PARTS)? {
        total = total.saturating_add(member.size);
        let strings = name.eq_ignore_ascii_case("xl/sharedStrings.xml") && member.size > STRINGS;
        if total > most || strings {
            return Err(expands());
        }
        let packed = match method {
            CompressionMethod::Stored => continue,
            _ => Packed::Deflated(member.clone()),
        };
        let entry = Entry { shared: shared.clone(), packed, name: None, most: member.size };
        io::copy(&mut entry.stream(), &mut io::sink()).map_err(fault)?;
    }
    Ok(())
}

/// The members of an archive: name, place, method.
fn members(shared: &Shared, most: usize) -> Result<Vec<(String, Member, CompressionMethod)>, FileFault> {
    let mut list = list(shared, most)?;
    let mut members = Vec::new();
    for at in 0..list.len() {
        let file = list.by_index_raw(at).map_err(|error| archive(error.to_string()))?;
        let name = match std::str::from_utf8(file.name_raw()) {
            Ok(name) => name.to_owned(),
            Err(_) => GB18030.decode_without_bom_handling(file.name_raw()).0.into_owned(),
        };
        if file.encrypted() {
            return Err(archive(format!("{name}: encrypted")));
        }
        let from = file.data_start().unwrap_or(shared.len());
        let to = from.saturating_add(file.compressed_size()).min(shared.len());
        let member = Member { bytes: from.min(to)..to, size: file.size(), crc: file.crc32() };
        members.push((name, member, file.compression()));
    }
    Ok(members)
}

/// What the end of an archive begins with (APPNOTE 4.3.16).
const END: &[u8] = b"PK\x05\x06";

/// Reads the list of an archive, if it is not too long: each of its lines costs memory.
fn list(shared: &Shared, most: usize) -> Result<ZipArchive<Section>, FileFault> {
    let mut tail = Vec::new();
    let from = shared.len().saturating_sub(22 + (1 << 16));
    shared.section(from..shared.len()).read_to_end(&mut tail).map_err(fault)?;
    let end = tail.windows(END.len()).rposition(|window| window == END);
    let count = end
        .and_then(|end| tail.get(end + 10..end + 12))
        .map(|count| u16::from_le_bytes([count[0], count[1]]));
    match count {
        Some(count) if usize::from(count) > most => Err(archive(format!("{count} > {most}"))),
        _ => ZipArchive::new(shared.whole()).map_err(|error| archive(error.to_string())),
    }
}

fn head_of(stream: &mut dyn Read) -> Result<Vec<u8>, FileFault> {
    let mut head = Vec::new();
    stream.take(super::format::HEAD).read_to_end(&mut head).map_err(fault)?;
    Ok(head)
}

pub(super) fn archive(detail: String) -> FileFault {
    FileFault::new(FileFaultCode::Archive, detail)
}

fn expands() -> FileFault {
    FileFault::new(FileFaultCode::Expands, "")
}

/// Packed bytes that become more than they may.
#[derive(Debug, thiserror::Error)]
#[error("the packed file becomes larger than it may")]
struct TooMuch;

/// What an error of reading says of the file.
#[expect(clippy::needless_pass_by_value, reason = "maps errors")]
pub(super) fn fault(error: io::Error) -> FileFault {
    let inner = error.get_ref().and_then(|inner| inner.downcast_ref::<TooMuch>());
    if inner.is_some() {
        return expands();
    }
    match error.kind() {
        io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput | io::ErrorKind::UnexpectedEof => {
            archive(error.to_string())
        }
        _ => FileFault::new(FileFaultCode::Unreadable, error.to_string()),
    }
}

/// So many bytes and no more.
struct Bounded<R> {
    inner: R,
    left: u64,
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.left = self
            .left
            .checked_sub(u64::try_from(read).unwrap_or(u64::MAX))
            .ok_or_else(|| io::Error::other(TooMuch))?;
        Ok(read)
    }
}

/// A member that must be as long as its archive says, and have its checksum.
struct Checked<R: Read> {
    inner: CrcReader<R>,
    left: u64,
    crc: u32,
}

impl<R: Read> Checked<R> {
    fn new(inner: R, member: &Member) -> Self {
        Self { inner: CrcReader::new(inner), left: member.size, crc: member.crc }
    }
}

impl<R: Read> Read for Checked<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        let length = u64::try_from(read).unwrap_or(u64::MAX);
        self.left = self.left.checked_sub(length).ok_or_else(|| io::Error::other(TooMuch))?;
        if read == 0 && !buffer.is_empty() && (self.left > 0 || self.inner.crc().sum() != self.crc) {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "a member of the archive is damaged"));
        }
        Ok(read)
    }
}
