//! Everything that is done with the signing keys.

use std::fmt;

use super::cose::{self, Purpose};
use super::key::Key;
use super::{BadCertificate, Certificate, Claim, Error, SIGNATURE_MAX, Snapshot, TIMESTAMP_ROOM, cms};
use crate::rules::{Instant, KeyKind};

/// The signing keys with their certificates: one of P-256 for claims, receipts and trust bundles, which browsers check, and where
/// documents are signed by another kind of key, one of that kind.
pub struct Signer {
    claims: Pair,
    documents: Option<Pair>,
    room: usize,
}

/// A key with its certificate and the authorities above it, without the root.
pub(super) struct Pair {
    key: Key,
    chain: Vec<Certificate>, // Invariant: not empty; the first certificate belongs to the key.
}

impl Pair {
    pub(super) fn new(key: Key, chain: Vec<Certificate>) -> Result<Self, Error> {
        let leaf = chain.first().ok_or(Error::Chain(BadCertificate::Malformed))?;
        leaf.check_signer()?;
        if leaf.key() == key.public() { Ok(Self { key, chain }) } else { Err(Error::KeyMismatch) }
    }

    fn check_time(&self, at: Instant) -> Result<(), Error> {
        let (from, to) = self.chain[0].life();
        if self.chain[0].is_valid_at(at) { Ok(()) } else { Err(Error::OutOfDate { from, to, at }) }
    }
}

impl Signer {
    /// `claims` is of P-256; without `documents` it signs those too.
    pub(super) fn new(claims: Pair, documents: Option<Pair>) -> Result<Self, Error> {
        if claims.key.kind() != KeyKind::P256 {
            return Err(Error::KeyKind(claims.key.kind()));
        }
        let room = cms::longest(&documents.as_ref().unwrap_or(&claims).chain)? + TIMESTAMP_ROOM;
        if room > SIGNATURE_MAX {
            return Err(Error::Encoding("a signature that is short enough"));
        }
        Ok(Self { claims, documents, room })
    }

    /// The certificate of the key for claims, receipts and bundles.
    #[must_use]
    pub fn certificate(&self) -> &Certificate {
        &self.claims.chain[0]
    }

    /// That certificate and the authorities above it, without the root.
    #[must_use]
    pub fn chain(&self) -> &[Certificate] {
        &self.claims.chain
    }

    /// The certificate of the key for documents and the authorities above it, without the root.
    #[must_use]
    pub fn document_chain(&self) -> &[Certificate] {
        &self.documents().chain
    }

    /// The kind of key that signs documents.
    #[must_use]
    pub fn kind(&self) -> KeyKind {
        self.documents().key.kind()
    }

    /// Bytes that a document keeps free for its signature: the longest there can be, and the time stamp of a later level.
    #[must_use]
    pub fn room(&self) -> usize {
        self.room
    }

    /// Signs the two parts of a PDF around its `/Contents` string: a detached CMS signature in DER, which fits into
    /// [`room`](Self::room). The same parts give the same signature, unless the key is in a module that draws chance for each.
    ///
    /// `at` is the time that the document states; outside the life of the certificate nothing is signed.
    pub fn sign_pdf(&self, parts: [&[u8]; 2], at: Instant) -> Result<Vec<u8>, Error> {
        let Pair { key, chain } = self.documents();
        self.documents().check_time(at)?;
        cms::sign(key, chain, &parts)
    }

    /// Signs what the QR code of a report says: about two hundred bytes for [`QrText`](super::QrText).
    pub fn sign_claim(&self, claim: &Claim) -> Result<Vec<u8>, Error> {
        cose::sign_attached(&self.claims.key, self.certificate(), Purpose::Claim, &claim.encode())
    }

    /// Signs what a subject shows to who has no network, for [`SnapshotText`](super::SnapshotText).
    pub fn sign_snapshot(&self, snapshot: &Snapshot) -> Result<Vec<u8>, Error> {
        cose::sign_attached(&self.claims.key, self.certificate(), Purpose::Snapshot, &snapshot.encode())
    }

    /// Signs any bytes for a purpose; the signature stands apart and carries the certificates. See
    /// [`verify_detached`](super::verify_detached).
    pub fn sign_detached(&self, purpose: Purpose, message: &[u8]) -> Result<Vec<u8>, Error> {
        cose::sign_detached(&self.claims.key, self.chain(), purpose, message)
    }

    pub(super) fn check_time(&self, at: Instant) -> Result<(), Error> {
        self.claims.check_time(at)?;
        self.documents().check_time(at)
    }

    fn documents(&self) -> &Pair {
        self.documents.as_ref().unwrap_or(&self.claims)
    }
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Signer({:?}, {})", self.certificate(), self.kind())
    }
}
