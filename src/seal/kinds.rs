//! What each kind of key is called in certificates and messages, and the digest that belongs to it.
//!
//! | kind | public key | signature | digest | message |
//! |---|---|---|---|---|
//! | P-256 | RFC 5480 | ecdsa-with-SHA256 (RFC 5758) | SHA-256 | RFC 5652 |
//! | RSA-3072 | RFC 8017 | sha256WithRSAEncryption (RFC 4055) | SHA-256 | RFC 5652 |
//! | SM2 | GB/T 32918.5 | SM2 with SM3 (GM/T 0006) | SM3 | GB/T 35275 (GM/T 0010) |

use const_oid::db::{rfc5911, rfc5912};
use der::Any;
use der::oid::ObjectIdentifier;
use sha2::{Digest as _, Sha256};
use sm3::Sm3;
use x509_cert::spki::AlgorithmIdentifierOwned;

use crate::rules::KeyKind;

const SM2_CURVE: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.156.10197.1.301");
const SM2_SIGNATURE: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.156.10197.1.301.1");
const SM2_WITH_SM3: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.156.10197.1.501");
const SM3: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.156.10197.1.401");
const SM_DATA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.156.10197.6.1.4.2.1");
const SM_SIGNED_DATA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.156.10197.6.1.4.2.2");

/// How the public key is named in a certificate.
pub(super) fn key_algorithm(kind: KeyKind) -> AlgorithmIdentifierOwned {
    let (oid, parameters) = match kind {
        KeyKind::P256 => (rfc5912::ID_EC_PUBLIC_KEY, Some(curve(rfc5912::SECP_256_R_1))),
        KeyKind::Rsa3072 => (rfc5912::RSA_ENCRYPTION, Some(Any::null())),
        KeyKind::Sm2 => (rfc5912::ID_EC_PUBLIC_KEY, Some(curve(SM2_CURVE))),
    };
    AlgorithmIdentifierOwned { oid, parameters }
}

fn curve(oid: ObjectIdentifier) -> Any {
    Any::from(oid)
}

/// How the signature on a certificate is named.
pub(super) fn certificate_signature(kind: KeyKind) -> AlgorithmIdentifierOwned {
    match kind {
        KeyKind::P256 => plain(rfc5912::ECDSA_WITH_SHA_256),
        KeyKind::Rsa3072 => AlgorithmIdentifierOwned {
            oid: rfc5912::SHA_256_WITH_RSA_ENCRYPTION,
            parameters: Some(Any::null()), // RFC 4055, 5: must be there, and null.
        },
        KeyKind::Sm2 => plain(SM2_WITH_SM3),
    }
}

/// How the signature of a message is named: for SM2 GB/T 35275 names the signature alone, the digest stands beside it.
pub(super) fn message_signature(kind: KeyKind) -> AlgorithmIdentifierOwned {
    match kind {
        KeyKind::P256 | KeyKind::Rsa3072 => certificate_signature(kind),
        KeyKind::Sm2 => plain(SM2_SIGNATURE),
    }
}

/// How the digest is named.
pub(super) fn digest_algorithm(kind: KeyKind) -> AlgorithmIdentifierOwned {
    match kind {
        KeyKind::P256 | KeyKind::Rsa3072 => plain(rfc5912::ID_SHA_256),
        KeyKind::Sm2 => plain(SM3),
    }
}

/// The content types of a signed message and of what it signs.
pub(super) fn content_types(kind: KeyKind) -> (ObjectIdentifier, ObjectIdentifier) {
    match kind {
        KeyKind::P256 | KeyKind::Rsa3072 => (rfc5911::ID_SIGNED_DATA, rfc5911::ID_DATA),
        KeyKind::Sm2 => (SM_SIGNED_DATA, SM_DATA),
    }
}

/// The digest of several pieces one after another: SHA-256 or SM3, thirty-two bytes each.
pub(super) fn digest_parts(kind: KeyKind, parts: &[&[u8]]) -> [u8; 32] {
    match kind {
        KeyKind::P256 | KeyKind::Rsa3072 => {
            parts.iter().fold(Sha256::new(), Sha256::chain_update).finalize().into()
        }
        KeyKind::Sm2 => parts.iter().fold(Sm3::new(), Sm3::chain_update).finalize().into(),
    }
}

fn plain(oid: ObjectIdentifier) -> AlgorithmIdentifierOwned {
    AlgorithmIdentifierOwned { oid, parameters: None }
}
