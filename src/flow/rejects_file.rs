//! The rejected rows of an upload as a file.

use crate::ingest;

/// A file of rejected rows, in the format that was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RejectsFile {
    /// The file.
    pub bytes: Vec<u8>,
    /// Its media type.
    pub media_type: &'static str,
    /// What its name ends with.
    pub extension: &'static str,
    /// Its text in Unicode, where it is CSV.
    pub csv: Option<String>,
}

impl RejectsFile {
    pub(super) fn of(bytes: Vec<u8>) -> Self {
        let format = ingest::rejects_format(&bytes);
        let csv = (format == ingest::Format::Csv).then(|| ingest::rejects_text(&bytes).into_owned());
        Self { media_type: format.media_type(), extension: format.extension(), csv, bytes }
    }
}
