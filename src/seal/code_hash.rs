//! The keyed hash under which a verification code is stored.
//!
//! # Why
//!
//! A code opens a report, so a copy of the database must not be a list of codes. Eighty random bits cannot be guessed through
//! a plain hash either, but the key also keeps two operators' stores from being compared, and costs nothing.

use std::fmt;

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::rules::Digest;

/// The secret of HMAC-SHA-256 (RFC 2104) over verification codes and other short secrets.
#[derive(Clone)]
pub struct CodeKey(Zeroizing<[u8; 32]>);

impl CodeKey {
    /// A key of 32 random bytes.
    #[must_use]
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// The keyed hash of a secret.
    #[must_use]
    pub fn hash(&self, secret: &[u8]) -> Digest {
        Digest(self.mac(secret).finalize().into_bytes().into())
    }

    /// Whether `hash` is the keyed hash of `secret`; takes the same time for every wrong answer.
    #[must_use]
    pub fn matches(&self, secret: &[u8], hash: &Digest) -> bool {
        self.mac(secret).verify_slice(&hash.0).is_ok()
    }

    fn mac(&self, secret: &[u8]) -> Hmac<Sha256> {
        // A key shorter than the block is filled up with zeros (RFC 2104, 2).
        let mut block = Zeroizing::new([0; 64]);
        block[..32].copy_from_slice(self.0.as_slice());
        Hmac::<Sha256>::new((&*block).into()).chain_update(secret)
    }

    pub(super) fn to_hex(&self) -> Zeroizing<String> {
        Zeroizing::new(Digest(*self.0).to_string())
    }
}

impl fmt::Debug for CodeKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CodeKey(…)")
    }
}
