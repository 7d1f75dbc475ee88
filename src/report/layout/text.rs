//! A text in every language of an edition.

use super::breaking::printable;

/// A text as each voice of an edition says it, the leading one first; once only where all say the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::report) struct Text(Vec<String>);

impl Text {
    /// Takes what each voice says.
    pub(in crate::report) fn new(said: impl IntoIterator<Item = String>) -> Self {
        let mut all: Vec<String> = said.into_iter().map(printable).collect();
        all.dedup();
        Self(all)
    }

    /// What the leading voice says.
    pub(in crate::report) fn first(&self) -> &str {
        self.0.first().map_or("", String::as_str)
    }

    /// What each voice says, with its number.
    pub(in crate::report) fn said(&self) -> impl Iterator<Item = (usize, &str)> {
        self.0.iter().map(String::as_str).enumerate()
    }

    /// The same, for keeping.
    pub(in crate::report) fn into_said(self) -> impl Iterator<Item = (usize, String)> {
        self.0.into_iter().enumerate()
    }

    /// All of it on one line.
    pub(in crate::report) fn joined(&self) -> String {
        self.0.join(" ")
    }
}

impl From<String> for Text {
    fn from(text: String) -> Self {
        Self::new([text])
    }
}

impl From<&str> for Text {
    fn from(text: &str) -> Self {
        Self::new([text.to_owned()])
    }
}
