//! What the verification of many things at once found: a sheet of rows, and no report.

use std::fmt::Write as _;

use super::verdict::{Integrity, IssuerTrust, Reason, Status, Verdict};
use super::words::words;
use super::{Digest, Instant};

words! {
    /// As what a thing was brought.
    BroughtAs {
        /// A verification code.
        Code = "code",
        /// The text of a QR.
        Qr = "qr",
        /// The SHA-256 of a file.
        Hash = "sha256",
        /// A file.
        File = "file",
    }
}

/// What was found about one thing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResultRow {
    /// Its name: of a file, or the place of a line in a list. Without control characters, 200 characters at most.
    pub item: String,
    /// As what it was brought.
    pub kind: BroughtAs,
    /// Is it what was issued?
    pub integrity: Integrity,
    /// By whom?
    pub issuer: IssuerTrust,
    /// Does it stand?
    pub status: Status,
    /// Since when.
    pub since: Option<Instant>,
    /// The number of the report, where it is proven.
    pub number: Option<String>,
    /// Whom the report is about, by code; masked for a natural person.
    pub subject: Option<String>,
    /// The digest of the facts.
    pub facts_digest: Option<Digest>,
    /// The digest of the file, where one was brought.
    pub file_digest: Option<Digest>,
    /// All three parts say so.
    pub genuine_and_valid: bool,
    /// Neither proven good nor proven bad.
    pub cannot_tell: bool,
    /// Why, most important first.
    pub reasons: Vec<Reason>,
}

impl ResultRow {
    /// The row of a verdict.
    #[must_use]
    pub fn of(item: &str, kind: BroughtAs, file_digest: Option<Digest>, verdict: &Verdict) -> Self {
        Self {
            item: plain(item),
            kind,
            integrity: verdict.integrity,
            issuer: verdict.issuer,
            status: verdict.status.status,
            since: verdict.status.since,
            number: verdict.facts.as_ref().map(|facts| facts.number.to_string()),
            subject: verdict.facts.as_ref().map(|facts| facts.subject.code.clone()),
            facts_digest: verdict.facts_digest,
            file_digest,
            genuine_and_valid: verdict.is_genuine_and_valid(),
            cannot_tell: verdict.cannot_tell(),
            reasons: verdict.reasons.clone(),
        }
    }
}

/// A sheet of results.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Results {
    /// When the verification ended: the last column of every row.
    pub checked_at: Instant,
    /// The rows, in the order in which the things were brought.
    pub rows: Vec<ResultRow>,
}

/// How many rows say what.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Genuine and valid.
    pub good: usize,
    /// Proven not to be.
    pub bad: usize,
    /// Neither.
    pub open: usize,
}

impl Results {
    /// The heads of the columns, with which every sheet begins.
    pub const COLUMNS: [&str; 13] = [
        "item",
        "kind",
        "integrity",
        "issuer",
        "status",
        "since",
        "number",
        "subject",
        "facts_sha256",
        "file_sha256",
        "genuine_and_valid",
        "reasons",
        "checked_at",
    ];

    /// How many rows say what.
    #[must_use]
    pub fn tally(&self) -> Tally {
        let good = self.rows.iter().filter(|row| row.genuine_and_valid).count();
        let open = self.rows.iter().filter(|row| !row.genuine_and_valid && row.cannot_tell).count();
        Tally { good, open, bad: self.rows.len() - good - open }
    }

    /// The sheet as CSV (RFC 4180) in UTF-8 with a byte-order mark, which spreadsheets want before Chinese.
    ///
    /// A cell that a spreadsheet would take for a formula begins with an apostrophe.
    #[must_use]
    pub fn csv(&self) -> String {
        let mut text = format!("\u{feff}{}\r\n", Self::COLUMNS.join(","));
        let checked_at = self.checked_at.to_string();
        for row in &self.rows {
            let said = |it: Option<Digest>| it.map(|it| it.to_string()).unwrap_or_default();
            let reasons: Vec<_> = row.reasons.iter().map(|reason| reason.word()).collect();
            let cells = [
                row.item.clone(),
                row.kind.to_string(),
                row.integrity.to_string(),
                row.issuer.to_string(),
                row.status.to_string(),
                row.since.map(|at| at.to_string()).unwrap_or_default(),
                row.number.clone().unwrap_or_default(),
                row.subject.clone().unwrap_or_default(),
                said(row.facts_digest),
                said(row.file_digest),
                row.genuine_and_valid.to_string(),
                reasons.join(" "),
                checked_at.clone(),
            ];
            let cells: Vec<_> = cells.iter().map(|cell| csv_cell(cell)).collect();
            // Writing into a String cannot fail.
            let _ = write!(text, "{}\r\n", cells.join(","));
        }
        text
    }

    /// The time that a sheet states, in the bytes of its CSV: the last cell of its first row. It is worth what a signature over the
    /// bytes is worth.
    #[must_use]
    pub fn stated_time(csv: &[u8]) -> Option<Instant> {
        let text = std::str::from_utf8(csv).ok()?.strip_prefix('\u{feff}')?;
        let mut lines = text.split("\r\n");
        (lines.next()? == Self::COLUMNS.join(",")).then_some(())?;
        lines.next()?.rsplit_once(',')?.1.parse().ok()
    }
}

/// A cell as it stands in a file of CSV (RFC 4180): what a spreadsheet would take for a formula begins with an apostrophe.
#[must_use]
pub fn csv_cell(cell: &str) -> String {
    // OWASP's list.
    let formula = cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠']);
    let cell = if formula { format!("'{cell}") } else { cell.to_owned() };
    let delimits = cell.contains([',', '"', '\r', '\n']);
    if delimits { format!("\"{}\"", cell.replace('"', "\"\"")) } else { cell }
}

/// A name without what would break a line or hide, cut to 200 characters.
fn plain(name: &str) -> String {
    super::normal::free_text(name).replace('\n', " ").trim().chars().take(200).collect()
}
