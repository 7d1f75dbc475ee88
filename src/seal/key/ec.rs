//! ECDSA on P-256 with SHA-256 (FIPS 186-5).
//!
//! One library signs, because it does so deterministically (RFC 6979), and another one verifies, because it is several times faster.

use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, ParsedPublicKey};
use p256::SecretKey;
use p256::ecdsa::signature::Signer as _;
use p256::ecdsa::{Signature, SigningKey};
use p256::pkcs8::{DecodePrivateKey as _, EncodePrivateKey as _, LineEnding};
use zeroize::Zeroizing;

use crate::seal::Random;

/// An uncompressed point (SEC 1, 2.3.3): 04, then both coordinates.
const POINT: usize = 65;

pub(super) struct Secret(SigningKey);

#[derive(Clone)]
pub(super) struct Check(ParsedPublicKey);

impl Secret {
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

    pub(super) fn from_pem(text: &str) -> Option<Self> {
        SecretKey::from_pkcs8_pem(text).ok().map(|key| Self(SigningKey::from(key)))
    }

    pub(super) fn to_pem(&self) -> Option<Zeroizing<String>> {
        SecretKey::from(self.0.as_nonzero_scalar()).to_pkcs8_pem(LineEnding::LF).ok()
    }

    pub(super) fn public(&self) -> Vec<u8> {
        self.0.verifying_key().to_sec1_point(false).as_bytes().to_vec()
    }

    pub(super) fn sign(&self, message: &[u8]) -> Signature {
        let signature: Signature = self.0.sign(message);
        signature.normalize_s()
    }
}

impl Check {
    pub(super) fn new(point: &[u8]) -> Option<Self> {
        let uncompressed = point.len() == POINT && point[0] == 4;
        let key = uncompressed.then(|| ParsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point))?;
        key.ok().map(Self)
    }

    pub(super) fn verifies_der(&self, message: &[u8], signature: &[u8]) -> bool {
        let parsed = Signature::from_der(signature);
        parsed.is_ok_and(|it| it.to_der().as_bytes() == signature && self.verifies(message, &it))
    }

    pub(super) fn verifies_fixed(&self, message: &[u8], signature: &[u8]) -> bool {
        Signature::from_slice(signature).is_ok_and(|signature| self.verifies(message, &signature))
    }

    fn verifies(&self, message: &[u8], signature: &Signature) -> bool {
        signature.normalize_s() == *signature && self.0.verify_sig(message, &signature.to_bytes()).is_ok()
    }
}
