//! Templates that regulators fill in.

use super::reference::Reference;
use crate::ingest;
use crate::rules::RecordKind;

pub use crate::ingest::TemplateFormat;

/// Why there is no template.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No such layout.
    #[error("there is no layout {0}; there are: {1}")]
    UnknownLayout(String, String),
    /// It cannot be written.
    #[error("the template cannot be written")]
    Write(#[from] std::io::Error),
}

/// A file to fill in, for one kind of record; by the first layout where none is named.
pub fn template(
    reference: &Reference,
    layout: Option<&str>,
    kind: RecordKind,
    format: TemplateFormat,
) -> Result<Vec<u8>, Error> {
    let Reference { layouts, lists, catalogue, .. } = reference;
    let wanted = layouts.iter().find(|known| layout.is_none_or(|id| known.id == id));
    let layout = wanted.ok_or_else(|| {
        let there: Vec<&str> = layouts.iter().map(|layout| layout.id.as_str()).collect();
        Error::UnknownLayout(layout.unwrap_or_default().to_owned(), there.join(", "))
    })?;
    Ok(ingest::Template { layout, lists, catalogue, kind }.render(format)?)
}

/// The media type of a template.
#[must_use]
pub fn media_type(format: TemplateFormat) -> &'static str {
    match format {
        TemplateFormat::Csv => "text/csv; charset=utf-8",
        TemplateFormat::Xlsx => ingest::Format::Xlsx.media_type(),
    }
}
