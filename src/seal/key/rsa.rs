//! RSA with 3072 bits, PKCS#1 v1.5 and SHA-256 (RFC 8017, 8.2).

use aws_lc_rs::encoding::AsDer as _;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::{KeyPair as _, ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256};
use der::asn1::UintRef;
use der::pem::LineEnding;
use der::{Reader as _, SliceReader};
use p256::pkcs8::SecretDocument;
use zeroize::Zeroizing;

use crate::seal::Error;

/// Bytes of the modulus, and of every signature.
const SIZE: usize = 384;

/// The public exponent 65537 (FIPS 186-5, A.1.1 asks for more than 2¹⁶).
const EXPONENT: &[u8] = &[1, 0, 1];

const LABEL: &str = "PRIVATE KEY";

pub(super) struct Secret(KeyPair);

#[derive(Clone)]
pub(super) struct Check(ParsedPublicKey);

impl Secret {
    pub(super) fn generate() -> Result<Self, Error> {
        KeyPair::generate(KeySize::Rsa3072).map(Self).map_err(|_| Error::Encoding("an RSA key"))
    }

    pub(super) fn from_pem(text: &str) -> Option<Self> {
        let (label, document) = SecretDocument::from_pem(text).ok()?;
        (label == LABEL).then_some(())?;
        KeyPair::from_pkcs8(document.as_bytes()).ok().map(Self)
    }

    pub(super) fn to_pem(&self) -> Option<Zeroizing<String>> {
        let written = self.0.as_der().ok()?;
        SecretDocument::try_from(written.as_ref()).ok()?.to_pem(LABEL, LineEnding::LF).ok()
    }

    /// `RSAPublicKey` in DER.
    pub(super) fn public(&self) -> Vec<u8> {
        self.0.public_key().as_ref().to_vec()
    }

    pub(super) fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Error> {
        let mut signature = vec![0; self.0.public_modulus_len()];
        // The padding draws nothing: the source of chance is asked for and not used.
        self.0
            .sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message, &mut signature)
            .map_err(|_| Error::Encoding("a signature"))?;
        Ok(signature)
    }
}

impl Check {
    pub(super) fn new(key: &[u8]) -> Option<Self> {
        let mut reader = SliceReader::new(key).ok()?;
        let (modulus, exponent): (UintRef<'_>, UintRef<'_>) =
            reader.sequence(|inner| Ok::<_, der::Error>((inner.decode()?, inner.decode()?))).ok()?;
        reader.finish().ok()?;
        let full = modulus.as_bytes().len() == SIZE && modulus.as_bytes()[0] & 0x80 != 0;
        let key = (full && exponent.as_bytes() == EXPONENT)
            .then(|| ParsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, key))?;
        key.ok().map(Self)
    }

    pub(super) fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        signature.len() == SIZE && self.0.verify_sig(message, signature).is_ok()
    }
}
