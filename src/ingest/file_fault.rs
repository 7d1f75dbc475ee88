//! Why nothing of a file was read.

use crate::rules::words::words;

use super::Limits;
use super::texts::{Part, sentence};
use super::unpack::RATIO;

words! {
    /// Why nothing of a file was read. The words are a promise to callers; their texts stand in `data/faults.toml`.
    FileFaultCode {
        /// No byte, or nothing but white space.
        Empty = "empty",
        /// More bytes than are read.
        TooLarge = "too-large",
        /// Another format.
        Format = "format",
        /// A packed file that is damaged, encrypted, packed twice, or holds too many files.
        Archive = "archive",
        /// A packed file that unpacks to more than is read.
        Expands = "expands",
        /// Files of an archive or sheets of a workbook with other columns than the first.
        PartsDiffer = "parts-differ",
        /// JSON that is not a table.
        Json = "json",
        /// UTF-16.
        Utf16 = "utf-16",
        /// The header is malformed in either encoding, or its quotes are.
        Header = "header",
        /// The header holds one name only, and the sign between the names is not a comma.
        Separator = "separator",
        /// More columns than are read.
        TooManyColumns = "too-many-columns",
        /// More rows than are read.
        TooManyRows = "too-many-rows",
        /// Two columns bear the same name, or two names of one item.
        DuplicateColumns = "duplicate-columns",
        /// No layout fits the columns, several do, or there is none of the name that was given.
        Layout = "layout",
        /// Columns that every file needs are not there.
        MissingColumns = "missing-columns",
        /// Neither the sender nor a column says to which domain the rows belong.
        NoDomain = "no-domain",
        /// More faults than are reported: the file is of another kind.
        TooManyFaults = "too-many-faults",
        /// The table could not be read although its lines are in order.
        Unreadable = "unreadable",
    }
}

/// Why nothing of a file was read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.en())]
pub struct FileFault {
    /// Why.
    pub code: FileFaultCode,
    /// What exactly: names, a number, a format.
    pub detail: String,
}

impl FileFault {
    pub(super) fn new(code: FileFaultCode, detail: impl Into<String>) -> Self {
        Self { code, detail: detail.into() }
    }

    /// Whether a file of so many bytes has more than is read while its sender waits; in the background more is read. A small one that
    /// unpacks to much is packed too well to be taken anywhere.
    #[must_use]
    pub fn is_of_size(&self, packed: u64) -> bool {
        use FileFaultCode::{Expands, TooLarge, TooManyFaults, TooManyRows};
        match self.code {
            TooLarge | TooManyRows | TooManyFaults => true,
            Expands => packed.saturating_mul(RATIO) > Limits::default().bytes,
            _ => false,
        }
    }

    /// What is wrong, in Chinese.
    #[must_use]
    pub fn zh(&self) -> String {
        sentence(self.code.word(), Part::Zh, &self.detail)
    }

    /// What is wrong, in English.
    #[must_use]
    pub fn en(&self) -> String {
        sentence(self.code.word(), Part::En, &self.detail)
    }

    /// What to do, in Chinese.
    #[must_use]
    pub fn remedy_zh(&self) -> String {
        sentence(self.code.word(), Part::RemedyZh, &self.detail)
    }

    /// What to do, in English.
    #[must_use]
    pub fn remedy_en(&self) -> String {
        sentence(self.code.word(), Part::RemedyEn, &self.detail)
    }

    /// What is wrong and what to do, as one sentence, in Chinese and English.
    #[must_use]
    pub fn with_remedy(&self) -> (String, String) {
        (format!("{}；{}", self.zh(), self.remedy_zh()), format!("{}; {}", self.en(), self.remedy_en()))
    }
}
