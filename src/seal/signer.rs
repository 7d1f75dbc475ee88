//! Everything that is done with the signing key.

use std::fmt;

use super::cose::{self, Purpose};
use super::key::Key;
use super::{BadCertificate, Certificate, Claim, Error, cms, digest_parts};
use crate::rules::Instant;

/// The signing key with its certificates.
pub struct Signer {
    key: Key,
    chain: Vec<Certificate>, // Invariant: not empty; the first certificate belongs to the key.
}

impl Signer {
    pub(super) fn new(key: Key, chain: Vec<Certificate>) -> Result<Self, Error> {
        let leaf = chain.first().ok_or(Error::Chain(BadCertificate::Malformed))?;
        leaf.check_signer()?;
        if *leaf.key() == key.public() { Ok(Self { key, chain }) } else { Err(Error::KeyMismatch) }
    }

    /// The signing certificate.
    #[must_use]
    pub fn certificate(&self) -> &Certificate {
        &self.chain[0]
    }

    /// The signing certificate and the authorities above it, without the root.
    #[must_use]
    pub fn chain(&self) -> &[Certificate] {
        &self.chain
    }

    /// Signs the two parts of a PDF around its `/Contents` string: a detached CMS signature in DER, shorter than
    /// [`SIGNATURE_MAX`](super::SIGNATURE_MAX). The same parts give the same signature.
    ///
    /// `at` is the time that the document states; outside the life of the certificate nothing is signed.
    pub fn sign_pdf(&self, parts: [&[u8]; 2], at: Instant) -> Result<Vec<u8>, Error> {
        self.check_time(at)?;
        cms::sign(&self.key, &self.chain, &digest_parts(&parts))
    }

    /// Signs what the QR code of a report says: about two hundred bytes for [`QrText`](super::QrText).
    #[must_use]
    pub fn sign_claim(&self, claim: &Claim) -> Vec<u8> {
        cose::sign_attached(&self.key, self.certificate(), Purpose::Claim, &claim.encode())
    }

    /// Signs any bytes for a purpose; the signature stands apart and carries the certificates. See
    /// [`verify_detached`](super::verify_detached).
    #[must_use]
    pub fn sign_detached(&self, purpose: Purpose, message: &[u8]) -> Vec<u8> {
        cose::sign_detached(&self.key, &self.chain, purpose, message)
    }

    pub(super) fn check_time(&self, at: Instant) -> Result<(), Error> {
        let (from, to) = self.certificate().life();
        if self.certificate().is_valid_at(at) { Ok(()) } else { Err(Error::OutOfDate { from, to, at }) }
    }
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Signer({:?})", self.certificate())
    }
}
