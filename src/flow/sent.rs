//! What somebody sends, and how it is named where it is kept.

use super::declare::Declared;
use crate::rules::{CreditCode, DomainId, normal};

/// What somebody sends.
#[derive(Clone, Debug, Default)]
pub struct Sent {
    /// The name of the file.
    pub file_name: String,
    /// Its bytes; empty where coverage alone is declared.
    pub bytes: Vec<u8>,
    /// The authority it is from; the sender's own where it is missing.
    pub authority: Option<CreditCode>,
    /// The domain of all rows; the authority's only one where it is missing, or a column of the file.
    pub domain: Option<DomainId>,
    /// The layout of its columns; the one that fits best where it is missing.
    pub layout: Option<String>,
    /// Take nothing if any row is faulty.
    pub strict: bool,
    /// Check only.
    pub dry_run: bool,
    /// What the data now cover.
    pub declared: Option<Declared>,
    /// Codes with wrong check digits that the register confirms.
    pub confirmed: Vec<String>,
    /// How it is known that the register confirms them; kept in the journal.
    pub confirmed_because: Option<String>,
}

/// A file's name as it is kept: one line that no engine refuses.
pub(super) fn plain_name(name: &str) -> String {
    normal::free_text(name).replace('\n', " ").chars().take(200).collect()
}

/// How the file is read, in one spelling.
pub(super) fn options(sent: &Sent) -> String {
    let domain = sent.domain.as_ref().map_or("-", DomainId::as_str);
    let mut confirmed = sent.confirmed.clone();
    confirmed.sort();
    let layout = sent.layout.as_deref().unwrap_or("-");
    format!("layout={layout} domain={domain} confirmed={}", confirmed.join(","))
}
