//! Many rows of one table at once, as `PostgreSQL` takes them fastest: its COPY, as text.
//!
//! # Why the engines differ here
//!
//! To `SQLite` a statement is a call, to `PostgreSQL` a trip, of which each value is parsed and planned for; a file has as
//! many rows as a province. What is stored, and what the tables refuse, is the same.

use std::fmt::Write as _;

use serde::Serialize;
use sqlx::PgConnection;

use super::Error;

/// Bytes that are sent together.
const TOGETHER: usize = 1 << 20;

/// Rows on their way into a table.
pub(super) struct Lines {
    text: String,
    /// Whether a value stands before the next one on its line.
    follows: bool,
}

impl Lines {
    fn next(&mut self) -> &mut String {
        if std::mem::replace(&mut self.follows, true) {
            self.text.push('\t');
        }
        &mut self.text
    }

    /// A number, an id, a day, a word: whatever is written without a character that means something to COPY.
    pub(super) fn plain(&mut self, value: impl std::fmt::Display) -> &mut Self {
        // Writing to a string cannot fail.
        let _ = write!(self.next(), "{value}");
        self
    }

    /// The same, or nothing.
    pub(super) fn perhaps(&mut self, value: Option<impl std::fmt::Display>) -> &mut Self {
        match value {
            Some(value) => self.plain(value),
            None => self.plain("\\N"),
        }
    }

    pub(super) fn bytes(&mut self, bytes: &[u8]) -> &mut Self {
        let text = self.next();
        text.push_str("\\\\x");
        for byte in bytes {
            let _ = write!(text, "{byte:02x}");
        }
        self
    }

    pub(super) fn text(&mut self, value: &str) -> &mut Self {
        let text = self.next();
        let mut rest = value;
        while let Some(at) = rest.find(['\\', '\n', '\r', '\t']) {
            text.push_str(&rest[..at]);
            text.push_str(match rest.as_bytes()[at] {
                b'\\' => "\\\\",
                b'\n' => "\\n",
                b'\r' => "\\r",
                _ => "\\t",
            });
            rest = &rest[at + 1..];
        }
        text.push_str(rest);
        self
    }

    pub(super) fn json(&mut self, value: &impl Serialize) -> Result<&mut Self, Error> {
        let json = serde_json::to_string(value).map_err(|error| sqlx::Error::Encode(error.into()))?;
        Ok(self.text(&json))
    }
}

/// Stores rows; `line` writes one. Gives how many were stored.
pub(super) async fn copy<T>(
    connection: &mut PgConnection,
    statement: &'static str,
    rows: &[T],
    line: impl Fn(&mut Lines, &T) -> Result<(), Error>,
) -> Result<u64, Error> {
    let mut copy = connection.copy_in_raw(statement).await?;
    let mut lines = Lines { text: String::with_capacity(TOGETHER), follows: false };
    for (at, row) in rows.iter().enumerate() {
        if let Err(error) = line(&mut lines, row) {
            copy.abort("a value cannot be written").await?;
            return Err(error);
        }
        lines.text.push('\n');
        lines.follows = false;
        if lines.text.len() >= TOGETHER || at + 1 == rows.len() {
            copy.send(lines.text.as_bytes()).await?;
            lines.text.clear();
        }
    }
    Ok(copy.finish().await?)
}
