//! One signing key of any kind, and its public half.
//!
//! | file | kind | signatures |
//! |---|---|---|
//! | `ec` | P-256 | deterministic (RFC 6979), the smaller `s` only |
//! | `rsa` | RSA-3072 | PKCS#1 v1.5: one for each message |
//! | `guomi` | SM2 | the number used once is derived as in RFC 6979, with SM3 |
//! | `module` | P-256 or RSA-3072, in a hardware module | made there; of P-256 the smaller `s` is taken |
//!
//! A signature is refused in any other encoding than the one that is written here, so that nobody can make a second signature
//! out of the first.

mod ec;
mod guomi;
mod module;
mod rsa;

use std::fmt;

use p256::ecdsa::Signature;
use p256::ecdsa::signature::Keypair;
use p256::pkcs8::{Document, EncodePublicKey};
use x509_cert::der::{Decode as _, Encode as _};
use x509_cert::spki::{
    self, AlgorithmIdentifierOwned, DynSignatureAlgorithmIdentifier, SubjectPublicKeyInfoOwned,
};
use zeroize::Zeroizing;

pub use self::module::Module;
use super::{Error, Random, kinds};
use crate::rules::KeyKind;

/// A private key and its public half.
pub(super) struct Key {
    secret: Secret,
    public: PublicKey,
}

enum Secret {
    P256(Box<ec::Secret>),
    Rsa3072(Box<rsa::Secret>),
    Sm2(Box<guomi::Secret>),
    Module(Box<module::Secret>),
}

/// A public key.
#[derive(Clone)]
pub(super) struct PublicKey {
    check: Check,
    /// `SubjectPublicKeyInfo` in DER.
    info: Vec<u8>,
}

#[derive(Clone)]
enum Check {
    P256(ec::Check),
    Rsa3072(rsa::Check),
    Sm2(Box<guomi::Check>),
}

impl Key {
    /// Draws a key. RSA takes its primes from the random numbers of the operating system, not from `random`: the library offers
    /// no other way.
    pub(super) fn generate(kind: KeyKind, random: Random) -> Result<Self, Error> {
        let secret = match kind {
            KeyKind::P256 => Secret::P256(Box::new(ec::Secret::generate(random))),
            KeyKind::Rsa3072 => Secret::Rsa3072(Box::new(rsa::Secret::generate()?)),
            KeyKind::Sm2 => Secret::Sm2(Box::new(guomi::Secret::generate(random))),
        };
        Self::of(secret).ok_or(Error::Encoding("a key"))
    }

    /// Reads PKCS#8 (RFC 5958) in PEM.
    pub(super) fn from_pem(kind: KeyKind, text: &str) -> Option<Self> {
        Self::of(match kind {
            KeyKind::P256 => Secret::P256(Box::new(ec::Secret::from_pem(text)?)),
            KeyKind::Rsa3072 => Secret::Rsa3072(Box::new(rsa::Secret::from_pem(text)?)),
            KeyKind::Sm2 => Secret::Sm2(Box::new(guomi::Secret::from_pem(text)?)),
        })
    }

    /// Opens a key in a module; it is made there if there is none of its label.
    pub(super) fn in_module(kind: KeyKind, module: &Module, random: Random) -> Result<Self, Error> {
        Self::of_module(kind, module::Secret::make(module.clone(), kind, random)?)
    }

    /// Opens a key in a module.
    pub(super) fn from_module(kind: KeyKind, module: Module) -> Result<Self, Error> {
        Self::of_module(kind, module::Secret::open(module)?)
    }

    fn of_module(kind: KeyKind, secret: module::Secret) -> Result<Self, Error> {
        if secret.kind() != kind {
            return Err(Error::KeyKind(secret.kind()));
        }
        let public = PublicKey::new(kind, &secret.public()).ok_or_else(|| secret.unfit())?;
        Ok(Self { secret: Secret::Module(Box::new(secret)), public })
    }

    fn of(secret: Secret) -> Option<Self> {
        let (kind, bits) = match &secret {
            Secret::P256(key) => (KeyKind::P256, key.public()),
            Secret::Rsa3072(key) => (KeyKind::Rsa3072, key.public()),
            Secret::Sm2(key) => (KeyKind::Sm2, key.public()),
            Secret::Module(key) => (key.kind(), key.public()),
        };
        let public = PublicKey::new(kind, &bits)?;
        Some(Self { secret, public })
    }

    /// Writes PKCS#8 in PEM; a key in a module stays there.
    pub(super) fn to_pem(&self) -> Result<Zeroizing<String>, Error> {
        let written = match &self.secret {
            Secret::P256(key) => key.to_pem(),
            Secret::Rsa3072(key) => key.to_pem(),
            Secret::Sm2(key) => key.to_pem(),
            Secret::Module(_) => None,
        };
        written.ok_or(Error::Encoding("a key"))
    }

    pub(super) fn public(&self) -> &PublicKey {
        &self.public
    }

    pub(super) fn kind(&self) -> KeyKind {
        self.public.kind()
    }

    /// Signs a message; the signature is written as certificates and CMS have it.
    pub(super) fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Error> {
        match &self.secret {
            Secret::P256(key) => Ok(key.sign(message).to_der().as_bytes().to_vec()),
            Secret::Rsa3072(key) => key.sign(message),
            Secret::Sm2(key) => key.sign(message),
            Secret::Module(key) if key.kind() == KeyKind::P256 => {
                Ok(self.es256_of(key, message)?.to_der().as_bytes().to_vec())
            }
            Secret::Module(key) => self.checked(message, key.sign(message)?),
        }
    }

    /// Signs a message with P-256; the signature is written as `r ‖ s` (RFC 9053, 2.1).
    pub(super) fn sign_es256(&self, message: &[u8]) -> Result<[u8; 64], Error> {
        match &self.secret {
            Secret::P256(key) => Ok(key.sign(message).to_bytes().into()),
            Secret::Module(key) if key.kind() == KeyKind::P256 => {
                Ok(self.es256_of(key, message)?.to_bytes().into())
            }
            Secret::Rsa3072(_) | Secret::Sm2(_) | Secret::Module(_) => Err(Error::KeyKind(self.kind())),
        }
    }

    /// What a module made of a message, in the one form that is accepted.
    fn es256_of(&self, key: &module::Secret, message: &[u8]) -> Result<Signature, Error> {
        let signature = Signature::from_slice(&key.sign(message)?).map_err(|_| Error::BadSignature)?;
        let signature = signature.normalize_s();
        self.checked(message, signature.to_der().as_bytes().to_vec())?;
        Ok(signature)
    }

    /// A signature that came from elsewhere, if it holds: a module may break, and what it then makes is not given out.
    fn checked(&self, message: &[u8], signature: Vec<u8>) -> Result<Vec<u8>, Error> {
        if self.public.verifies(message, &signature) { Ok(signature) } else { Err(Error::BadSignature) }
    }
}

impl PublicKey {
    /// Reads the key in a certificate; `None` for every kind but ours, and every spelling but one.
    pub(super) fn read(info: &SubjectPublicKeyInfoOwned) -> Option<Self> {
        let kind = KeyKind::ALL.iter().find(|kind| kinds::key_algorithm(**kind) == info.algorithm)?;
        Self::new(*kind, info.subject_public_key.as_bytes()?)
    }

    fn new(kind: KeyKind, bits: &[u8]) -> Option<Self> {
        let check = match kind {
            KeyKind::P256 => Check::P256(ec::Check::new(bits)?),
            KeyKind::Rsa3072 => Check::Rsa3072(rsa::Check::new(bits)?),
            KeyKind::Sm2 => Check::Sm2(Box::new(guomi::Check::new(bits)?)),
        };
        let info = SubjectPublicKeyInfoOwned {
            algorithm: kinds::key_algorithm(kind),
            subject_public_key: der::asn1::BitString::from_bytes(bits).ok()?,
        };
        Some(Self { check, info: info.to_der().ok()? })
    }

    pub(super) fn kind(&self) -> KeyKind {
        match self.check {
            Check::P256(_) => KeyKind::P256,
            Check::Rsa3072(_) => KeyKind::Rsa3072,
            Check::Sm2(_) => KeyKind::Sm2,
        }
    }

    /// The key as a certificate has it.
    pub(super) fn info(&self) -> der::Result<SubjectPublicKeyInfoOwned> {
        SubjectPublicKeyInfoOwned::from_der(&self.info)
    }

    /// Whether a signature, written as certificates and CMS have it, holds for a message.
    pub(super) fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        match &self.check {
            Check::P256(key) => key.verifies_der(message, signature),
            Check::Rsa3072(key) => key.verifies(message, signature),
            Check::Sm2(key) => key.verifies(message, signature),
        }
    }

    /// Whether a signature of P-256, written as `r ‖ s`, holds for a message.
    pub(super) fn verifies_es256(&self, message: &[u8], signature: &[u8]) -> bool {
        matches!(&self.check, Check::P256(key) if key.verifies_fixed(message, signature))
    }
}

impl PartialEq for PublicKey {
    fn eq(&self, other: &Self) -> bool {
        self.info == other.info
    }
}

impl Eq for PublicKey {}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({})", self.kind())
    }
}

// What the certificate builder asks of a key.

impl Keypair for Key {
    type VerifyingKey = PublicKey;

    fn verifying_key(&self) -> PublicKey {
        self.public.clone()
    }
}

impl EncodePublicKey for PublicKey {
    fn to_public_key_der(&self) -> spki::Result<Document> {
        Ok(Document::try_from(self.info.as_slice())?)
    }
}

impl DynSignatureAlgorithmIdentifier for Key {
    fn signature_algorithm_identifier(&self) -> spki::Result<AlgorithmIdentifierOwned> {
        Ok(kinds::certificate_signature(self.kind()))
    }
}
