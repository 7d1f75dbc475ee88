//! In which encoding a text stands.

use std::borrow::Cow;

use encoding_rs::GB18030;

/// The encodings that are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// UTF-8, with a byte-order mark or without.
    Utf8,
    /// GB 18030, which GBK and GB 2312 are parts of.
    Gb18030,
}

impl Encoding {
    /// The byte-order mark of UTF-8.
    pub(super) const MARK: &'static [u8] = b"\xef\xbb\xbf";

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Utf8 => "UTF-8",
            Self::Gb18030 => "GB 18030",
        }
    }

    /// Whether a file is UTF-16, by its byte-order mark or by every other byte of its head being NUL.
    pub(super) fn is_utf16(bytes: &[u8]) -> bool {
        let head = &bytes[..bytes.len().min(512)];
        let nuls = |offset: usize| head.iter().skip(offset).step_by(2).filter(|&&b| b == 0).count();
        let mostly = |count: usize| head.len() >= 8 && count * 4 > head.len();
        head.starts_with(b"\xff\xfe") || head.starts_with(b"\xfe\xff") || mostly(nuls(0)) != mostly(nuls(1))
    }

    /// The encoding of a text without a byte-order mark: the one that leaves the fewest lines malformed, UTF-8 first.
    pub(super) fn of(bytes: &[u8]) -> Self {
        if simdutf8::basic::from_utf8(bytes).is_ok() {
            return Self::Utf8;
        }
        let bad =
            |encoding: Self| bytes.split(|&b| b == b'\n').filter(|l| encoding.decode(l).is_none()).count();
        if bad(Self::Utf8) <= bad(Self::Gb18030) { Self::Utf8 } else { Self::Gb18030 }
    }

    /// The text of some bytes; `None` where they are malformed.
    pub(super) fn decode(self, bytes: &[u8]) -> Option<Cow<'_, str>> {
        match self {
            Self::Utf8 => simdutf8::basic::from_utf8(bytes).ok().map(Cow::Borrowed),
            Self::Gb18030 => GB18030.decode_without_bom_handling_and_without_replacement(bytes),
        }
    }

    /// The text of some bytes, with U+FFFD for what is malformed: for showing only.
    pub(super) fn show(self, bytes: &[u8]) -> Cow<'_, str> {
        match self {
            Self::Utf8 => String::from_utf8_lossy(bytes),
            Self::Gb18030 => GB18030.decode_without_bom_handling(bytes).0,
        }
    }
}
