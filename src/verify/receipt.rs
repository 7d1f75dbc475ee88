//! A receipt for an upload, `{"receipt": {…}, "signature": "…"}`: whether it is ours and intact. It never passes for a report.

use serde_json::Value;

use super::detached::{Detached, detached};
use crate::rules::{Digest, Instant, Integrity, IssuerTrust, Reason, Verdict};
use crate::seal::{Purpose, TrustBundle};

/// The longest file that is looked at as a receipt; ours are below 8 KiB.
const LONGEST: usize = 64 << 10;

/// A file that is built like a receipt of ours.
#[derive(Clone, Debug)]
pub struct ReceiptFile {
    file: Value,
    /// The digest of the file that it is about.
    pub file_sha256: Digest,
    at: Instant,
    /// Nothing stands in the bytes but what was read: a name that stood twice would show other things to a person.
    plain: bool,
}

impl ReceiptFile {
    /// Reads a file; `None` where it is nothing like a receipt.
    #[must_use]
    pub fn read(bytes: &[u8]) -> Option<Self> {
        if bytes.len() > LONGEST {
            return None;
        }
        let file: Value = serde_json::from_slice(bytes).ok()?;
        let receipt = file.get("receipt")?;
        let text = |name: &str| receipt.get(name)?.as_str();
        let (file_sha256, at) = (text("file_sha256")?.parse().ok()?, text("received_at")?.parse().ok()?);
        let built = file.get("signature")?.is_string() && file.as_object()?.len() == 2;
        let (true, Some(_)) = (built, text("upload")) else { return None };
        let plain = serde_json::to_vec(&file).is_ok_and(|compact| compact.len() == without_space(bytes));
        Some(Self { file, file_sha256, at, plain })
    }

    /// Judges it by the keys of a bundle. Its status stays unknown: there is no report.
    #[must_use]
    pub fn judge(&self, trust: &TrustBundle, now: Instant) -> Verdict {
        let refused = |integrity, reason| {
            let reasons = vec![reason, Reason::UploadReceipt];
            Verdict::without_facts(integrity, IssuerTrust::Unknown, reasons)
        };
        if !self.plain {
            return refused(Integrity::Altered, Reason::ContentChanged);
        }
        let signature = self.file.get("signature").and_then(Value::as_str).and_then(bytes_of);
        let message = self.file.get("receipt").and_then(|it| serde_json_canonicalizer::to_vec(it).ok());
        let (Some(signature), Some(message)) = (signature, message) else {
            return refused(Integrity::NotOurs, Reason::SignatureMalformed);
        };
        let receipt = Detached {
            purpose: Purpose::Receipt,
            kind: Reason::UploadReceipt,
            message: &message,
            signature: &signature,
            at: self.at,
        };
        detached(&receipt, trust, now)
    }
}

/// The number of bytes of a JSON text without the space between its parts.
fn without_space(text: &[u8]) -> usize {
    let (mut inside, mut escaped) = (false, false);
    let counts = |byte: &&u8| {
        let counts = inside || !byte.is_ascii_whitespace();
        match **byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = inside,
            b'"' => inside = !inside,
            _ => {}
        }
        counts
    };
    text.iter().filter(counts).count()
}

/// The bytes that hexadecimal digits say.
fn bytes_of(hex: &str) -> Option<Vec<u8>> {
    let digits: Vec<u8> = hex
        .chars()
        .map(|digit| digit.to_digit(16).and_then(|it| u8::try_from(it).ok()))
        .collect::<Option<_>>()?;
    let pairs = digits.chunks_exact(2);
    pairs.remainder().is_empty().then(|| pairs.map(|pair| pair[0] << 4 | pair[1]).collect())
}
