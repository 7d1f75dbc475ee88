//! The rejected rows as a file, and an empty file to fill in.

use crate::rules::normal;

use super::fault::{Fault, FaultCode};
use super::layout::Layout;
use super::read::{Outcome, RejectedRow};

/// The columns that a rejects file adds in front: so they stand in place even before a row with too many cells. A file
/// that is sent again with them is read as if they were not there.
const ADDED: [&str; 4] =
    ["错误行号(error_row)", "错误代码(error_code)", "错误原因(error_reason)", "处理办法(error_remedy)"];

/// Whether a header is one of the columns that a rejects file adds.
pub(super) fn is_ours(name: &str) -> bool {
    ADDED.iter().any(|added| normal::name(added) == normal::name(name))
}

impl Outcome {
    /// The rejected rows as they were sent, below the header as it was sent, each with its number, the codes of its
    /// faults, what is wrong and what to do. UTF-8 with a byte-order mark, which spreadsheets need.
    #[must_use]
    pub fn rejects_file(&self) -> Vec<u8> {
        let mut text = head(&self.header);
        for rejected in &self.rejected {
            text.push_str(&line(rejected));
        }
        text.into_bytes()
    }
}

/// The header of a rejects file, above the header as it was sent.
pub(super) fn head(header: &str) -> String {
    format!("\u{feff}{},{header}\r\n", ADDED.map(quoted).join(","))
}

/// One row of a rejects file.
pub(super) fn line(rejected: &RejectedRow) -> String {
    let join = |of: &dyn Fn(&Fault) -> String| {
        let mut parts: Vec<String> = rejected.faults.iter().map(of).collect();
        parts.dedup();
        quoted(parts.join("\n"))
    };
    let row = [
        rejected.row.to_string(),
        join(&|fault| fault.code.word().to_owned()),
        join(&reason),
        join(&|fault| format!("{} / {}", fault.remedy_zh(), fault.remedy_en())),
    ];
    format!("{},{}\r\n", row.join(","), sent(&rejected.sent, &rejected.faults))
}

fn reason(fault: &Fault) -> String {
    let value = if fault.value.is_empty() { String::new() } else { format!(" [{}]", fault.value) };
    format!("{}{value} / {}", fault.zh(), fault.en())
}

/// The record as sent. One whose quotation marks are astray stands in one cell, so that it cannot swallow others.
fn sent(record: &str, faults: &[Fault]) -> String {
    let astray = |fault: &Fault| {
        matches!(fault.code, FaultCode::Quotes | FaultCode::Truncated | FaultCode::MalformedText)
    };
    let record = record.replace('\0', "\u{2400}");
    if faults.iter().any(astray) { quoted(&record) } else { record }
}

/// A cell of ours: quoted, and never taken for a formula.
fn quoted(text: impl AsRef<str>) -> String {
    let text = text.as_ref();
    let guard = if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { "'" } else { "" };
    format!("\"{guard}{}\"", text.replace('"', "\"\""))
}

/// An empty file of a layout: each header names its column in Chinese and by its code.
#[must_use]
pub fn template(layout: &Layout) -> Vec<u8> {
    let names =
        layout.columns.iter().map(|column| quoted(format!("{}({})", column.name.zh, column.name.code)));
    format!("\u{feff}{}\r\n", names.collect::<Vec<_>>().join(",")).into_bytes()
}
