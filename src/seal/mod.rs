//! Keys, certificates, digests, signatures, codes and claims: the only room that knows cryptography.
//!
//! | file | what it holds |
//! |---|---|
//! | `digest` | SHA-256 of bytes, whole or in parts |
//! | `code_hash` | the keyed hash under which a verification code is stored |
//! | `key` | one signing key: ECDSA P-256, RSA-3072 or SM2, in a file or in a hardware module |
//! | `account` | passwords and second factors |
//! | `kinds` | what each kind of key is called in certificates and messages, and its digest |
//! | `certificates` | X.509 certificates: strict reading, path checking |
//! | `issuing`, `authority` | making certificates; the authorities of one kind and their files |
//! | `keyring` | everything secret that an operator has: made, opened, rotated |
//! | `key_list` | what is in the key folder, for people to look at |
//! | `key_folder` | its files: written whole or not at all, readable by their owner only |
//! | `cms` | the signature inside a PDF (CAdES baseline B, detached) |
//! | `cbor`, `cose` | the few items of CBOR and the one COSE message that claims and receipts need |
//! | `claim`, `qr_text` | what the QR code of a report says, and the text that says it |
//! | `snapshot` | what the QR of a one-code says where there is no network |
//! | `signer` | everything that is done with the signing keys |
//! | `timestamp` | RFC 3161: asking for a timestamp, and judging one |
//! | `foreign` | certificates of others, by the algorithms of timestamp authorities |
//! | `local_authority` | the small local timestamp authority |
//! | `stamped` | a signature with its timestamp |
//! | `crl`, `validation` | revocation lists of the operator's authorities; what verifies a signature later |
//! | `webhook` | signatures on what is sent to webhooks |
//! | `trust`, `trust_file` | the bundle that a verifier needs to answer offline, and its file |
//!
//! Nothing here asks the time or draws a random number: both are parameters. The exception is the making of an RSA key, for which
//! the library draws its own.

mod account;
mod authority;
mod cbor;
mod certificates;
mod claim;
mod cms;
mod code_hash;
mod cose;
mod crl;
mod digest;
mod foreign;
mod issuing;
mod key;
mod key_folder;
mod key_list;
mod keyring;
mod kinds;
mod local_authority;
mod qr_text;
mod signer;
mod snapshot;
mod stamped;
mod timestamp;
mod trust;
mod trust_file;
mod validation;
mod webhook;

use std::path::PathBuf;

pub use account::{NOBODYS_HASH, SecondFactor, certificate_digest, hash_password, is_password};
pub use certificates::{BadCertificate, Certificate};
pub use claim::{BadClaim, Claim, ClaimSubject, LAST_DOMAIN, SignedClaim};
pub use cms::{SIGNATURE_MAX, Seal, TIMESTAMP_ROOM, inspect};
pub use code_hash::CodeKey;
pub use cose::{BadSignature, Purpose, verify_detached};
pub use crl::{RevocationList, Revoked};
pub use digest::{Hasher, digest, digest_parts};
pub use foreign::ForeignCertificate;
pub use key::Module;
pub use key_list::{Kept, Listed, Role};
pub use keyring::{Keyring, Place, Wanted};
pub use local_authority::LocalAuthority;
pub use qr_text::{BadQrText, QrText, SnapshotText, is_origin};
pub use signer::Signer;
pub use snapshot::{SignedSnapshot, Snapshot};
pub use stamped::with_token;
pub use timestamp::{BadToken, Request, TOKEN_MAX, Token};
pub use trust::{ReportStatus, SignerState, Stamp, TimestampAuthority, TrustBundle, TrustedSigner};
pub use trust_file::BadBundle;
pub use validation::{Stamping, ValidationData};
pub use webhook::WebhookSecret;

use crate::rules::{Instant, KeyKind};

/// Where random bytes come from: fills the whole slice.
pub type Random<'a> = &'a mut dyn FnMut(&mut [u8]);

/// Why the seal room could not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A key folder is there already and is never overwritten.
    #[error("the key folder {} is there already and is not overwritten", .0.display())]
    Exists(PathBuf),
    /// The file system refused.
    #[error("cannot {act} {}", .path.display())]
    File {
        /// What was tried.
        act: &'static str,
        /// On which file or folder.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// Somebody else on this machine could read a secret.
    #[error("{path} can be read or written by others than its owner; run: chmod {mode} {path}", path = .path.display())]
    Exposed {
        /// The file or folder.
        path: PathBuf,
        /// The mode that it should have.
        mode: &'static str,
    },
    /// A file of the key folder does not hold what its name says.
    #[error("{} does not hold {expected}", .path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// What should be in it.
        expected: &'static str,
    },
    /// The key and the first certificate of the chain are not a pair.
    #[error("the signing key does not belong to the signing certificate")]
    KeyMismatch,
    /// A key of this kind cannot do what was asked: claims, receipts and bundles are signed with P-256 only.
    #[error("a key of the kind {0} cannot sign this")]
    KeyKind(KeyKind),
    /// A certificate in the chain is not what it should be.
    #[error("the certificate chain does not hold: {0}")]
    Chain(#[from] BadCertificate),
    /// The key folder has no signing keys.
    #[error("there are no signing keys in {}", .0.display())]
    NoKeys(PathBuf),
    /// The key of the issuing authority is needed, and not in the folder.
    #[error("{} is kept elsewhere; bring it back for as long as keys are made", .0.display())]
    AuthorityElsewhere(PathBuf),
    /// The file that names a key in a module is not what it should be.
    #[error("the file that names a key in a PKCS#11 module cannot be read: {0}")]
    ModuleFile(String),
    /// A module did not do what it was asked.
    #[error("the key {key:?} of the PKCS#11 token {token:?} cannot be used: {why}")]
    Module {
        /// The label of the key.
        key: String,
        /// The label of the token.
        token: String,
        /// What happened, with the name of the PKCS#11 error where there is one.
        why: String,
    },
    /// A module gave something that is no signature of its key.
    #[error("the PKCS#11 module gave a signature that does not hold")]
    BadSignature,
    /// The keys in force are in a module, and new ones would silently be in files.
    #[error(
        "the keys in force are in a PKCS#11 module: name the new ones, or say that they are to be in files"
    )]
    NameTheModule,
    /// A rotation that would go on with the key in force.
    #[error("the key {0:?} of the module is in force already: give the new one another label")]
    SameKey(String),
    /// Nothing is signed outside the life of the certificate.
    #[error("the signing certificate is valid from {from} to {to}, which does not include {at}")]
    OutOfDate {
        /// First moment.
        from: Instant,
        /// Last moment.
        to: Instant,
        /// The moment asked for.
        at: Instant,
    },
    /// The name of the operator goes into certificates, which limit it.
    #[error("the name of the operator has 1 to 64 characters, none of them a control character")]
    OperatorName,
    /// A structure could not be written; does not happen with values made by this room.
    #[error("cannot encode {0}")]
    Encoding(&'static str),
}
