//! What kind of file it is, told by its first bytes.

/// A kind of file. One is read today; the others are told apart so that the answer can say what to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Comma-separated text: the one that is read.
    Csv,
    /// A workbook of Excel 2007 and later.
    Xlsx,
    /// A workbook of earlier Excel, or another OLE file.
    Xls,
    /// JSON, whole or line by line.
    Json,
    /// Apache Parquet.
    Parquet,
    /// PDF.
    Pdf,
    /// ZIP, gzip, 7z or RAR.
    Archive,
    /// XML or HTML; some systems call such a table `.xls`.
    Markup,
    /// Anything else that is not text.
    Binary,
}

/// How many bytes are looked at to tell text from binary.
const HEAD: usize = 4096;

impl Format {
    /// Tells the format of a file. The name decides only between a workbook and another ZIP.
    #[must_use]
    pub fn of(bytes: &[u8], file_name: &str) -> Self {
        let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes).trim_ascii_start();
        let is = |magic: &[u8]| bytes.starts_with(magic);
        if is(b"PK\x03\x04") || is(b"PK\x05\x06") {
            let workbook = contains(bytes, b"[Content_Types].xml") || contains(bytes, b"xl/");
            if workbook || file_name.to_lowercase().ends_with(".xlsx") { Self::Xlsx } else { Self::Archive }
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
        } else if is_binary(bytes) {
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
            Self::Xlsx => "XLSX",
            Self::Xls => "XLS",
            Self::Json => "JSON",
            Self::Parquet => "Parquet",
            Self::Pdf => "PDF",
            Self::Archive => "ZIP/GZ/7Z/RAR",
            Self::Markup => "HTML/XML",
            Self::Binary => "binary",
        }
    }
}

fn contains(bytes: &[u8], name: &[u8]) -> bool {
    bytes[..bytes.len().min(HEAD)].windows(name.len()).any(|window| window == name)
}

/// Control characters that no text has, other than single NULs, which are faults of their rows.
fn is_binary(bytes: &[u8]) -> bool {
    let head = &bytes[..bytes.len().min(HEAD)];
    let odd = head.iter().filter(|&&b| b < 0x20 && !matches!(b, b'\t' | b'\n' | b'\r' | 0x0c | 0x1a)).count();
    odd > 8 && odd * 20 > head.len()
}
