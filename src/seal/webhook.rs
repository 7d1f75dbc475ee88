//! Signatures on what is sent to webhooks: the symmetric scheme of Standard Webhooks 1.0.0.
//!
//! What is signed is `id.timestamp.body` with HMAC-SHA-256; a secret is `whsec_` and the key in base 64. Secrets are not kept:
//! each follows from the operator's key and a random number, so that a copy of the database signs nothing.

use std::fmt;

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use zeroize::Zeroizing;

use super::CodeKey;
use crate::rules::Digest;

/// Bytes of a key: within the 24 to 64 that the scheme asks for.
const KEY: usize = 32;

/// The secret that a webhook and we share.
pub struct WebhookSecret(Zeroizing<Vec<u8>>);

impl WebhookSecret {
    /// The secret that follows from the operator's key and the random number of a webhook.
    #[must_use]
    pub fn of(key: &CodeKey, number: &Digest) -> Self {
        let mut text = b"webhook secret ".to_vec();
        text.extend(number.0);
        Self(Zeroizing::new(key.hash(&text).0.to_vec()))
    }

    /// A secret from its key.
    #[must_use]
    pub fn from_key(key: &[u8]) -> Self {
        Self(Zeroizing::new(key.to_vec()))
    }

    /// The secret as its holder keeps it.
    #[must_use]
    pub fn text(&self) -> String {
        format!("whsec_{}", base64(&self.0))
    }

    /// The signature of a message: `v1,` and the code in base 64.
    #[must_use]
    pub fn sign(&self, id: &str, seconds: i64, body: &[u8]) -> String {
        // A key shorter than the block is filled up with zeros, a longer one is hashed (RFC 2104, 2).
        let mut block = Zeroizing::new([0; 64]);
        if let Some(room) = block.get_mut(..self.0.len()) {
            room.copy_from_slice(&self.0);
        } else {
            block[..KEY].copy_from_slice(&super::digest(&self.0).0);
        }
        let mac = Hmac::<Sha256>::new((&*block).into())
            .chain_update(format!("{id}.{seconds}.").as_bytes())
            .chain_update(body);
        format!("v1,{}", base64(&mac.finalize().into_bytes()))
    }
}

impl fmt::Debug for WebhookSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("WebhookSecret(…)")
    }
}

/// Base 64 with padding (RFC 4648, 4).
fn base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for group in bytes.chunks(3) {
        let bits =
            group.iter().fold(0_u32, |sum, byte| sum << 8 | u32::from(*byte)) << (8 * (3 - group.len()));
        for at in 0..4 {
            let symbol = ALPHABET[(bits >> (18 - 6 * at) & 63) as usize];
            text.push(if at <= group.len() { char::from(symbol) } else { '=' });
        }
    }
    text
}
