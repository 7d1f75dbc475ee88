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

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(hex: &str) -> Vec<u8> {
        let digits: Vec<u8> =
            hex.chars().filter_map(|it| it.to_digit(16)).map(|it| u8::try_from(it).unwrap()).collect();
        digits.chunks(2).map(|pair| pair[0] << 4 | pair[1]).collect()
    }

    /// The example of RFC 6979, A.2.5, whose `s` is the larger one.
    #[test]
    fn a_signature_is_that_of_the_standard_with_the_smaller_s_and_the_larger_is_refused() {
        let secret = bytes("C9AFA9D845BA75166B5C215767B1D6934E50C3DB36E89B127B8A622B120F6721");
        let key = Secret(SigningKey::from_slice(&secret).unwrap());
        let r = bytes("EFD48B2AACB6A8FD1140DD9CD45E81D69D2C877B56AAF991C34D0EA84EAF3716");
        let s = bytes("F7CB1C942D657C41D436C7A1B6E29F65F3E900DBB9AFF4064DC4AB2F843ACDA8");
        let published = Signature::from_slice(&[r, s].concat()).unwrap();
        let ours = key.sign(b"sample");
        assert_eq!(ours, published.normalize_s());
        assert_ne!(ours, published);

        let check = Check::new(&key.public()).unwrap();
        assert!(check.verifies_fixed(b"sample", &ours.to_bytes()));
        assert!(check.verifies_der(b"sample", ours.to_der().as_bytes()));
        assert!(!check.verifies_fixed(b"sample", &published.to_bytes()));
        assert!(!check.verifies_der(b"sample", published.to_der().as_bytes()));
        assert!(!check.verifies_fixed(b"samplf", &ours.to_bytes()));
    }
}
