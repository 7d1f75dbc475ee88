//! The few items of CBOR (RFC 8949) that the platform writes, in the one encoding of each (4.2.1, core deterministic).
//!
//! The reader takes nothing else, so that a value has exactly one spelling.

const UNSIGNED: u8 = 0;
const NEGATIVE: u8 = 1;
const BYTES: u8 = 2;
const TEXT: u8 = 3;
const ARRAY: u8 = 4;
const MAP: u8 = 5;
const TAG: u8 = 6;
const NULL: u8 = 0xf6;

/// Writes items one after another.
#[derive(Default)]
pub(super) struct Writer(Vec<u8>);

impl Writer {
    pub(super) fn array(mut self, items: u64) -> Self {
        self.head(ARRAY, items);
        self
    }

    pub(super) fn map(mut self, pairs: u64) -> Self {
        self.head(MAP, pairs);
        self
    }

    pub(super) fn tag(mut self, tag: u64) -> Self {
        self.head(TAG, tag);
        self
    }

    pub(super) fn int(mut self, value: i64) -> Self {
        // A negative n is written as -1 - n, which is its bits turned over.
        let major = if value < 0 { NEGATIVE } else { UNSIGNED };
        self.head(major, if value < 0 { !value } else { value }.unsigned_abs());
        self
    }

    pub(super) fn uint(mut self, value: u64) -> Self {
        self.head(UNSIGNED, value);
        self
    }

    pub(super) fn bytes(mut self, bytes: &[u8]) -> Self {
        self.head(BYTES, bytes.len() as u64);
        self.0.extend_from_slice(bytes);
        self
    }

    pub(super) fn text(mut self, text: &str) -> Self {
        self.head(TEXT, text.len() as u64);
        self.0.extend_from_slice(text.as_bytes());
        self
    }

    pub(super) fn null(mut self) -> Self {
        self.0.push(NULL);
        self
    }

    pub(super) fn finish(self) -> Vec<u8> {
        self.0
    }

    fn head(&mut self, major: u8, argument: u64) {
        let bytes = argument.to_be_bytes();
        let (info, from) = match argument {
            0..24 => (bytes[7], 8),
            24..0x100 => (24, 7),
            0x100..0x1_0000 => (25, 6),
            0x1_0000..0x1_0000_0000 => (26, 4),
            _ => (27, 0),
        };
        self.0.push(major << 5 | info);
        self.0.extend_from_slice(&bytes[from..]);
    }
}

/// Reads items one after another; `None` for whatever the writer would not have written there.
#[derive(Clone)]
pub(super) struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    pub(super) fn array(&mut self) -> Option<u64> {
        self.head(ARRAY)
    }

    pub(super) fn map(&mut self) -> Option<u64> {
        self.head(MAP)
    }

    pub(super) fn tag(&mut self) -> Option<u64> {
        self.head(TAG)
    }

    pub(super) fn uint(&mut self) -> Option<u64> {
        self.head(UNSIGNED)
    }

    pub(super) fn int(&mut self) -> Option<i64> {
        let negative = self.0.first()? >> 5 == NEGATIVE;
        let argument = i64::try_from(self.head(if negative { NEGATIVE } else { UNSIGNED })?).ok()?;
        Some(if negative { !argument } else { argument })
    }

    pub(super) fn bytes(&mut self) -> Option<&'a [u8]> {
        let length = self.head(BYTES)?;
        self.take(usize::try_from(length).ok()?)
    }

    pub(super) fn text(&mut self) -> Option<&'a str> {
        let length = self.head(TEXT)?;
        std::str::from_utf8(self.take(usize::try_from(length).ok()?)?).ok()
    }

    pub(super) fn null(&mut self) -> Option<()> {
        (self.take(1)? == [NULL]).then_some(())
    }

    /// Whether the next item is a text.
    pub(super) fn is_text(&self) -> bool {
        self.0.first().is_some_and(|first| first >> 5 == TEXT)
    }

    /// Everything was read.
    pub(super) fn end(&self) -> Option<()> {
        self.0.is_empty().then_some(())
    }

    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(taken)
    }

    fn head(&mut self, major: u8) -> Option<u64> {
        let first = *self.take(1)?.first()?;
        let (size, least) = match first & 31 {
            info @ 0..24 => return (first >> 5 == major).then_some(u64::from(info)),
            24 => (1, 24),
            25 => (2, 0x100),
            26 => (4, 0x1_0000),
            27 => (8, 0x1_0000_0000),
            _ => return None,
        };
        let argument = self.take(size)?.iter().fold(0, |sum, &byte| sum << 8 | u64::from(byte));
        (first >> 5 == major && argument >= least).then_some(argument)
    }
}
