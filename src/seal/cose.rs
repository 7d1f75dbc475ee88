//! `COSE_Sign1` (RFC 9052, 4.2) with ES256, in the two forms that the platform uses.
//!
//! - A claim carries its payload and names its key by the first eight bytes of the certificate's SHA-256 (`kid`).
//! - A detached signature carries no payload but the certificates (`x5chain`, RFC 9360).
//!
//! What is signed names its purpose (`external_aad`), so that a signature made for one purpose is worth nothing for another.

use super::cbor::{Reader, Writer};
use super::key::Key;
use super::{BadCertificate, Certificate, Error, digest};
use crate::rules::Instant;

const SIGN1: u64 = 18;
const KID: u64 = 4;
const X5CHAIN: u64 = 33;

/// `{1: -7}`: the algorithm is ES256.
const PROTECTED: &[u8] = &[0xa1, 0x01, 0x26];

/// The longest chain that is read.
const LONGEST_CHAIN: u64 = 4;

/// What a signature is made for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// The claim in a QR code.
    Claim,
    /// The snapshot in the QR of a one-code.
    Snapshot,
    /// The receipt for an upload.
    Receipt,
    /// A bundle for offline verifiers.
    TrustBundle,
    /// A sheet of verification results.
    Results,
}

impl Purpose {
    fn name(self) -> &'static [u8] {
        match self {
            Self::Claim => b"mingzheng claim 1",
            Self::Snapshot => b"mingzheng snapshot 1",
            Self::Receipt => b"mingzheng receipt 1",
            Self::TrustBundle => b"mingzheng trust 1",
            Self::Results => b"mingzheng results 1",
        }
    }
}

/// The eight bytes by which a claim names the certificate of its key.
pub(super) fn key_id(certificate: &Certificate) -> [u8; 8] {
    let mut id = [0; 8];
    id.copy_from_slice(&certificate.digest().0[..8]);
    id
}

/// The `Sig_structure` of RFC 9052, 4.4.
fn to_be_signed(purpose: Purpose, payload: &[u8]) -> Vec<u8> {
    Writer::default()
        .array(4)
        .text("Signature1")
        .bytes(PROTECTED)
        .bytes(purpose.name())
        .bytes(payload)
        .finish()
}

/// A message with its payload inside.
pub(super) fn sign_attached(
    key: &Key,
    certificate: &Certificate,
    purpose: Purpose,
    payload: &[u8],
) -> Result<Vec<u8>, Error> {
    let signature = key.sign_es256(&to_be_signed(purpose, payload))?;
    let message = Writer::default()
        .tag(SIGN1)
        .array(4)
        .bytes(PROTECTED)
        .map(1)
        .uint(KID)
        .bytes(&key_id(certificate))
        .bytes(payload)
        .bytes(&signature);
    Ok(message.finish())
}

/// A message without its payload. What is signed is the digest of `message`, so that it may be long.
pub(super) fn sign_detached(
    key: &Key,
    chain: &[Certificate],
    purpose: Purpose,
    message: &[u8],
) -> Result<Vec<u8>, Error> {
    let signature = key.sign_es256(&to_be_signed(purpose, &digest(message).0))?;
    let head = Writer::default().tag(SIGN1).array(4).bytes(PROTECTED).map(1).uint(X5CHAIN);
    let certificates = chain.iter().fold(head.array(chain.len() as u64), |it, one| it.bytes(one.der()));
    Ok(certificates.null().bytes(&signature).finish())
}

/// A message with its payload, read but not yet believed.
pub(super) struct Attached<'a> {
    pub(super) key_id: [u8; 8],
    pub(super) payload: &'a [u8],
    signature: &'a [u8],
}

impl<'a> Attached<'a> {
    pub(super) fn read(bytes: &'a [u8]) -> Option<Self> {
        let mut reader = Reader::new(bytes);
        let headed = reader.tag()? == SIGN1 && reader.array()? == 4 && reader.bytes()? == PROTECTED;
        if !headed || reader.map()? != 1 || reader.uint()? != KID {
            return None;
        }
        let key_id = reader.bytes()?.try_into().ok()?;
        let (payload, signature) = (reader.bytes()?, reader.bytes()?);
        reader.end()?;
        Some(Self { key_id, payload, signature })
    }

    pub(super) fn holds_for(&self, certificate: &Certificate, purpose: Purpose) -> bool {
        key_id(certificate) == self.key_id
            && certificate.key().verifies_es256(&to_be_signed(purpose, self.payload), self.signature)
    }
}

/// Why a detached signature is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadSignature {
    /// It is not built the way ours are.
    #[error("the signature is not a COSE_Sign1 message of the expected form")]
    Malformed,
    /// The certificates do not lead to a trusted root, or not at that time.
    #[error("the signer is not trusted: {0}")]
    Chain(#[from] BadCertificate),
    /// It belongs to other bytes, another purpose or another key.
    #[error("the signature does not belong to these bytes")]
    Invalid,
}

/// Checks a detached signature over `message`, made for `purpose` at `at` by a signer under one of `roots`; gives the certificate
/// of the signer.
pub fn verify_detached(
    purpose: Purpose,
    message: &[u8],
    signature: &[u8],
    roots: &[Certificate],
    at: Instant,
) -> Result<Certificate, BadSignature> {
    let (chain, value) = read_detached(signature).ok_or(BadSignature::Malformed)?;
    let leaf = chain.first().ok_or(BadSignature::Malformed)?;
    Certificate::check_path(&chain, roots, at)?;
    if leaf.key().verifies_es256(&to_be_signed(purpose, &digest(message).0), value) {
        Ok(leaf.clone())
    } else {
        Err(BadSignature::Invalid)
    }
}

fn read_detached(signature: &[u8]) -> Option<(Vec<Certificate>, &[u8])> {
    let mut reader = Reader::new(signature);
    let headed = reader.tag()? == SIGN1 && reader.array()? == 4 && reader.bytes()? == PROTECTED;
    if !headed || reader.map()? != 1 || reader.uint()? != X5CHAIN {
        return None;
    }
    let length = reader.array().filter(|length| (1..=LONGEST_CHAIN).contains(length))?;
    let mut chain = Vec::new();
    for _ in 0..length {
        chain.push(Certificate::from_der(reader.bytes()?).ok()?);
    }
    reader.null()?;
    let value = reader.bytes()?;
    reader.end()?;
    Some((chain, value))
}
