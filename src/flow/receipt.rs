//! The receipt for a file: what came of each of its rows, signed by the operator.
//!
//! # The digests in it
//!
//! - `file_sha256` is the SHA-256 of the file, byte for byte as sent.
//! - `rows_sha256` stands for the accepted rows. A file is worked off in parts of `part_rows` rows (fewer at the end
//!   of a table), in the order of its rows. The digest of a part is the SHA-256 over the content digests of its accepted rows (32 bytes each, in their
//!   order), and `rows_sha256` is the SHA-256 over the digests of the parts (32 bytes each, in their order). The content
//!   digest of a row stands in every version made of it.
//! - `listed_sha256` is the SHA-256 of `rows.csv`, which names each row that repeated a record or superseded a version.
//! - `rejects_sha256` is the SHA-256 of the file of rejected rows.
//!
//! A receipt is handed out as one file, `{"receipt": {…}, "signature": "…"}`. The signature is detached, over the canonical
//! JSON (RFC 8785) of `receipt`.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::App;
use super::order::Order;
use crate::ingest::Described;
use crate::rules::words::words;
use crate::rules::{CreditCode, Digest, Instant};
use crate::seal::{self, Hasher, Purpose};
use crate::store;
use crate::store::upload_parts::Part;
use crate::store::uploads::Upload;

words! {
    /// How far a file was worked off.
    #[derive(Default)]
    Extent {
        /// To its last row.
        #[default]
        Whole = "whole",
        /// Somebody ended it: the receipt covers the rows that were worked off, and no others.
        Cancelled = "cancelled",
    }
}

/// What was taken in: submitted = accepted + repeated + rejected.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    /// The upload.
    pub upload: Uuid,
    /// The authority.
    pub authority: CreditCode,
    /// Whether the file was worked off to its end.
    #[serde(default)]
    pub extent: Extent,
    /// The name of the file.
    pub file_name: String,
    /// Digest of the file.
    pub file_sha256: Digest,
    /// The format that the file was found to have; empty where there was no file.
    #[serde(default)]
    pub format: String,
    /// The layout by which its columns were read.
    #[serde(default)]
    pub layout: String,
    /// Rows of a part, by which the digest of the accepted rows is made.
    #[serde(default)]
    pub part_rows: u32,
    /// Data rows worked off.
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
    /// Digest of the accepted rows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rows_sha256: Option<Digest>,
    /// Digest of the list of repeated and superseding rows; `None` where there are none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub listed_sha256: Option<Digest>,
    /// Digest of the file of rejected rows; `None` where there are none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rejects_sha256: Option<Digest>,
    /// When the file was received.
    pub received_at: Instant,
}

/// Receipts of before rows were kept aside have no such line, and are signed without it.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands over a reference")]
pub(crate) fn is_none(rows: &u64) -> bool {
    *rows == 0
}

/// A receipt as it is kept and handed out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signed {
    /// The receipt.
    pub receipt: Receipt,
    /// The operator's detached signature over its canonical JSON, in hexadecimal.
    pub signature: String,
}

/// The files that go with a receipt.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Files {
    pub(super) listed: Option<Digest>,
    pub(super) rejects: Option<Digest>,
}

impl Receipt {
    /// The receipt for these parts of a file.
    pub(super) fn of(
        order: &Order,
        described: Option<&Described>,
        extent: Extent,
        parts: &[Part],
        files: Files,
    ) -> Self {
        let sum = |of: fn(&Part) -> u32| parts.iter().map(|part| u64::from(of(part))).sum();
        let mut rows = Hasher::new();
        for part in parts {
            rows.update(&part.rows_digest.0);
        }
        Self {
            upload: order.upload,
            authority: order.authority.code,
            extent,
            file_name: order.file_name.clone(),
            file_sha256: order.file_sha256,
            format: described.map(|it| it.format.name().to_owned()).unwrap_or_default(),
            layout: described.map(|it| it.layout.clone()).unwrap_or_default(),
            part_rows: order.part_rows,
            submitted: sum(|part| part.submitted),
            accepted: sum(|part| part.accepted),
            corrected: sum(|part| part.corrected),
            set_aside: sum(|part| part.set_aside),
            repeated: sum(|part| part.repeated),
            rejected: sum(|part| part.rejected),
            rows_sha256: described.map(|_| rows.finish()),
            listed_sha256: files.listed,
            rejects_sha256: files.rejects,
            received_at: order.received_at,
        }
    }

    /// Signs it.
    pub(super) fn sign(self, app: &App) -> Result<Signed, seal::Error> {
        // Plain values always serialise.
        let canonical = serde_json_canonicalizer::to_vec(&self).unwrap_or_default();
        let signature = app.0.keyring.now().signer.sign_detached(Purpose::Receipt, &canonical)?;
        Ok(Signed { receipt: self, signature: super::hex(&signature) })
    }
}

impl Signed {
    /// As one file.
    #[must_use]
    pub fn to_file(&self) -> Vec<u8> {
        serde_json::to_vec(self).unwrap_or_default()
    }

    /// The receipt that was kept with an upload.
    pub(super) fn kept(upload: &Upload) -> Result<Self, store::Error> {
        let damaged = |_| store::Error::Corrupt(format!("the receipt of upload {}", upload.id).into());
        serde_json::from_slice(&upload.receipt).map_err(damaged)
    }

    /// The upload as its row has it.
    pub(super) fn upload(&self, order: &Order, options: String) -> Upload {
        let Self { receipt, .. } = self;
        let narrow = |n: u64| u32::try_from(n).unwrap_or(u32::MAX);
        Upload {
            id: receipt.upload,
            authority: receipt.authority,
            domain: order.domain.clone(),
            file_name: receipt.file_name.clone(),
            file_digest: receipt.file_sha256,
            file_bytes: order.file_bytes,
            options,
            submitted: narrow(receipt.submitted),
            accepted: narrow(receipt.accepted),
            repeated: narrow(receipt.repeated),
            rejected: narrow(receipt.rejected),
            rejects: receipt.rejects_sha256,
            received_at: receipt.received_at,
            received_by: order.sent_by.clone(),
            receipt: self.to_file(),
        }
    }
}
