//! What kind of file it is, told by its first bytes.

/// A kind of file. Six are read; the others are told apart so that the answer can say what to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Comma-separated text.
    Csv,
    /// Text with tabs between the cells.
    Tsv,
    /// A workbook of Excel 2007 and later.
    Xlsx,
    /// A JSON object on each line.
    Ndjson,
    /// A JSON array of objects, or an object with one such array.
    Json,
    /// Apache Parquet.
    Parquet,
    /// A workbook of earlier Excel, or another OLE file.
    Xls,
    /// PDF.
    Pdf,
    /// 7z or RAR, or an archive inside another.
    Archive,
    /// XML or HTML; some systems call such a table `.xls`.
    Markup,
    /// Anything else that is not text.
    Binary,
}

/// How many bytes are looked at to tell text from binary.
pub(super) const HEAD: u64 = 4096;

impl Format {
    /// Tells the format of a file by its first bytes: the kinds of text and of JSON are not told apart yet.
    #[must_use]
    pub fn of(head: &[u8]) -> Self {
        let text = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head).trim_ascii_start();
        let is = |magic: &[u8]| head.starts_with(magic);
        if is(b"PK\x03\x04") || is(b"PK\x05\x06") {
            Self::Xlsx
        } else if is(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1") {
            Self::Xls
        } else if is(b"%PDF-") {
            Self::Pdf
        } else if is(b"PAR1") {
            Self::Parquet
        } else if is(b"\x1f\x8b") || is(b"7z\xbc\xaf\x27\x1c") || is(b"Rar!\x1a\x07") {
            Self::Archive
        } else if text.starts_with(b"{") || text.starts_with(b"[") {
            Self::Json
        } else if text.starts_with(b"<") {
            Self::Markup
        } else if is_binary(head) {
            Self::Binary
        } else {
            Self::Csv
        }
    }

    /// Its name for people, the same in Chinese and English.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Csv => "CSV",
            Self::Tsv => "TSV",
            Self::Xlsx => "XLSX",
            Self::Ndjson => "NDJSON",
            Self::Json => "JSON",
            Self::Parquet => "Parquet",
            Self::Xls => "XLS",
            Self::Pdf => "PDF",
            Self::Archive => "ZIP/GZ/7Z/RAR",
            Self::Markup => "HTML/XML",
            Self::Binary => "binary",
        }
    }

    /// What a name of such a file ends with.
    #[must_use]
    pub fn extension(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Tsv => "tsv",
            Self::Xlsx => "xlsx",
            Self::Ndjson => "ndjson",
            Self::Json => "json",
            Self::Parquet => "parquet",
            Self::Xls => "xls",
            Self::Pdf => "pdf",
            Self::Archive | Self::Markup | Self::Binary => "bin",
        }
    }

    /// Its media type.
    #[must_use]
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Csv => "text/csv",
            Self::Tsv => "text/tab-separated-values",
            Self::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            Self::Ndjson => "application/x-ndjson",
            Self::Json => "application/json",
            Self::Parquet => "application/vnd.apache.parquet",
            Self::Xls => "application/vnd.ms-excel",
            Self::Pdf => "application/pdf",
            Self::Archive | Self::Markup | Self::Binary => "application/octet-stream",
        }
    }
}

/// Control characters that no text has, other than single NULs, which are faults of their rows.
fn is_binary(bytes: &[u8]) -> bool {
    let head = &bytes[..bytes.len().min(4096)];
    let odd = head.iter().filter(|&&b| b < 0x20 && !matches!(b, b'\t' | b'\n' | b'\r' | 0x0c | 0x1a)).count();
    odd > 8 && odd * 20 > head.len()
}
