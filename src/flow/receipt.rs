//! What an authority gets for a file: the operator's signed word on what was taken in.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::rules::{CreditCode, Digest, Instant};

/// What was taken in: submitted = accepted + repeated + rejected.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    /// The upload.
    pub upload: Uuid,
    /// The authority.
    pub authority: CreditCode,
    /// The name of the file.
    pub file_name: String,
    /// Digest of the file.
    pub file_sha256: Digest,
    /// Data rows in the file.
    pub submitted: u64,
    /// Rows stored.
    pub accepted: u64,
    /// Of the accepted, those that correct an earlier version.
    pub corrected: u64,
    /// Of the accepted, those that name somebody by name only: kept aside until somebody says whose they are.
    #[serde(default, skip_serializing_if = "is_none")]
    pub set_aside: u64,
    /// Rows that say what is stored already.
    pub repeated: u64,
    /// Rows refused.
    pub rejected: u64,
    /// When they were stored.
    pub received_at: Instant,
}

/// Receipts of before rows were kept aside have no such line, and are signed without it.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands over a reference")]
pub(crate) fn is_none(rows: &u64) -> bool {
    *rows == 0
}
