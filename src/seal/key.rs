//! One signing key: ECDSA on P-256 with SHA-256 (FIPS 186-5).
//!
//! Signatures are deterministic (RFC 6979) and have the smaller of the two possible `s`; a larger `s` is refused when verifying, so
//! that nobody can make a second signature out of the first. Another kind of key (RSA-3072, SM2) turns [`Key`] and [`PublicKey`]
//! into enums: no other file names the algorithm but `certificates` and `cms`, which write its identifier.

use p256::SecretKey;
use p256::ecdsa::signature::{Signer as _, Verifier as _};
use p256::ecdsa::{Signature, SigningKey, VerifyingKey};
use p256::pkcs8::{DecodePrivateKey as _, EncodePrivateKey as _, LineEnding};
use zeroize::Zeroizing;

use super::Random;

/// A private key and its public half.
pub(super) struct Key(SigningKey);

/// A public key.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct PublicKey(VerifyingKey);

impl Key {
    /// Draws a key.
    pub(super) fn generate(random: Random) -> Self {
        // A draw outside 1..n is thrown away (FIPS 186-5, A.2.2); its chance is 2⁻³², so the loop ends.
        loop {
            let mut seed = Zeroizing::new([0; 32]);
            random(seed.as_mut_slice());
            if let Ok(key) = SigningKey::from_slice(seed.as_slice()) {
                return Self(key);
            }
        }
    }

    /// Reads PKCS#8 (RFC 5958) in PEM.
    pub(super) fn from_pem(text: &str) -> Option<Self> {
        SecretKey::from_pkcs8_pem(text).ok().map(|key| Self(SigningKey::from(key)))
    }

    /// Writes PKCS#8 in PEM.
    pub(super) fn to_pem(&self) -> Option<Zeroizing<String>> {
        SecretKey::from(self.0.as_nonzero_scalar()).to_pkcs8_pem(LineEnding::LF).ok()
    }

    pub(super) fn public(&self) -> PublicKey {
        PublicKey(*self.0.verifying_key())
    }

    /// The key as the certificate builder wants it.
    pub(super) fn raw(&self) -> &SigningKey {
        &self.0
    }

    /// Signs a message.
    pub(super) fn sign(&self, message: &[u8]) -> Signature {
        let signature: Signature = self.0.sign(message);
        signature.normalize_s()
    }
}

impl PublicKey {
    /// Reads an uncompressed or compressed point (SEC 1).
    pub(super) fn from_point(bytes: &[u8]) -> Option<Self> {
        VerifyingKey::from_sec1_bytes(bytes).ok().map(Self)
    }

    /// The key as the certificate builder wants it.
    pub(super) fn raw(&self) -> &VerifyingKey {
        &self.0
    }

    /// Whether a signature in DER holds for a message.
    pub(super) fn verifies_der(&self, message: &[u8], signature: &[u8]) -> bool {
        Signature::from_der(signature).is_ok_and(|signature| self.verifies(message, &signature))
    }

    /// Whether a signature written as `r ‖ s` holds for a message.
    pub(super) fn verifies_fixed(&self, message: &[u8], signature: &[u8]) -> bool {
        Signature::from_slice(signature).is_ok_and(|signature| self.verifies(message, &signature))
    }

    fn verifies(&self, message: &[u8], signature: &Signature) -> bool {
        signature.normalize_s() == *signature && self.0.verify(message, signature).is_ok()
    }
}
