//! The rows of a file, whatever its format.

use super::Context;
use super::block::Block;
use super::delimited::Delimited;
use super::encoding::Encoding;
use super::fault::Fault;
use super::file_fault::{FileFault, FileFaultCode};
use super::format::Format;
use super::header::{Header, Heading, headings};
use super::json::Json;
use super::layout::Layout;
use super::parquet::Parquet;
use super::sheet::Sheets;
use super::text::Text;
use super::unpack::{self, Entry};

/// The rows of a file.
pub(super) enum Rows {
    /// With what stands between the cells.
    Delimited(Delimited, u8),
    Json(Json),
    Sheets(Sheets),
    Parquet(Parquet),
}

impl Rows {
    /// Opens a file and finds its header. `layout` is named where another file of the same archive has one.
    pub(super) fn open<'a>(
        entry: &Entry,
        context: &Context<'a>,
        layout: Option<&str>,
    ) -> Result<(Self, Header<'a>), FileFault> {
        let head = entry.head()?;
        if head.trim_ascii().is_empty()
            && head.len() < usize::try_from(super::format::HEAD).unwrap_or(usize::MAX)
        {
            return Err(FileFault::new(FileFaultCode::Empty, ""));
        }
        let format = Format::of(&head);
        if !matches!(format, Format::Xlsx | Format::Parquet) && Encoding::is_utf16(&head) {
            return Err(FileFault::new(FileFaultCode::Utf16, ""));
        }
        match format {
            Format::Csv | Format::Tsv => {
                let text = Text::open(entry.stream(), context.limits.block)?;
                let (rows, header, separator) = Delimited::open(text, context, layout)?;
                Ok((Self::Delimited(rows, separator), header))
            }
            Format::Json | Format::Ndjson => {
                let text = Text::open(entry.stream(), context.limits.block)?;
                let (rows, header) = Json::open(text, context, layout)?;
                Ok((Self::Json(rows), header))
            }
            Format::Xlsx => {
                let shared = entry.unpacked()?;
                if entry.is_packed() && !unpack::is_workbook(&shared)? {
                    return Err(FileFault::new(FileFaultCode::Archive, "ZIP"));
                }
                unpack::check_workbook(&shared, &context.limits)?;
                let (rows, header) = Sheets::open(&shared, context, layout)?;
                Ok((Self::Sheets(rows), header))
            }
            Format::Parquet => {
                let (rows, header) = Parquet::open(entry.unpacked()?, context, layout)?;
                Ok((Self::Parquet(rows), header))
            }
            Format::Archive if entry.is_packed() => {
                Err(FileFault::new(FileFaultCode::Archive, format.name()))
            }
            Format::Xls | Format::Pdf | Format::Archive | Format::Markup | Format::Binary => {
                Err(FileFault::new(FileFaultCode::Format, format.name()))
            }
        }
    }

    pub(super) fn format(&self) -> Format {
        match self {
            Self::Delimited(_, b'\t') => Format::Tsv,
            Self::Delimited(..) => Format::Csv,
            Self::Json(json) if json.by_lines() => Format::Ndjson,
            Self::Json(_) => Format::Json,
            Self::Sheets(_) => Format::Xlsx,
            Self::Parquet(_) => Format::Parquet,
        }
    }

    pub(super) fn encoding(&self) -> Option<Encoding> {
        match self {
            Self::Delimited(rows, _) => Some(rows.encoding()),
            Self::Json(json) => Some(json.encoding()),
            Self::Sheets(_) | Self::Parquet(_) => None,
        }
    }

    /// Whether each row names its cells, so that a later one may name more.
    pub(super) fn named_by_row(&self) -> bool {
        matches!(self, Self::Json(_))
    }

    /// What the columns are, where rows since named more of them.
    pub(super) fn headings(&mut self, layout: &Layout) -> Result<Option<Vec<Heading>>, FileFault> {
        match self {
            Self::Json(json) => json.grown().map(|names| headings(names, layout)).transpose(),
            Self::Delimited(..) | Self::Sheets(_) | Self::Parquet(_) => Ok(None),
        }
    }

    /// The sheets that are read, where there are several.
    pub(super) fn sheets(&self) -> Vec<String> {
        match self {
            Self::Sheets(sheets) => sheets.names(),
            Self::Delimited(..) | Self::Json(_) | Self::Parquet(_) => Vec::new(),
        }
    }

    /// The sheets that are not.
    pub(super) fn skipped(&self) -> Vec<String> {
        match self {
            Self::Sheets(sheets) => sheets.skipped().to_vec(),
            Self::Delimited(..) | Self::Json(_) | Self::Parquet(_) => Vec::new(),
        }
    }

    /// The sheet that the rows added last stand in, where there are several.
    pub(super) fn part(&self) -> Option<&str> {
        match self {
            Self::Sheets(sheets) => sheets.part(),
            Self::Delimited(..) | Self::Json(_) | Self::Parquet(_) => None,
        }
    }

    /// Adds rows to a block until it has so many; none where there are no more. Rows of several sheets do not meet in a
    /// block.
    pub(super) fn fill(
        &mut self,
        block: &mut Block,
        most: usize,
        faults: &mut Vec<Fault>,
    ) -> Result<(), FileFault> {
        match self {
            Self::Delimited(rows, _) => rows.fill(block, most, faults),
            Self::Json(rows) => rows.fill(block, most, faults),
            Self::Sheets(rows) => rows.fill(block, most, faults),
            Self::Parquet(rows) => rows.fill(block, most),
        }
    }
}
