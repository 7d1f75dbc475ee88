//! Certificates and signatures of others: what timestamp authorities use, whoever runs them.
//!
//! Read strictly (DER, understood critical extensions) and checked with the algorithms in use for such authorities: RSA (PKCS #1
//! v1.5, 2048 bits or more) and ECDSA on P-256 and P-384, with SHA-256, SHA-384 or SHA-512. SHA-1 is refused everywhere.

use std::fmt;

use aws_lc_rs::signature::{self as algorithms, UnparsedPublicKey, VerificationAlgorithm};
use const_oid::AssociatedOid;
use const_oid::db::{rfc5280, rfc5912};
use der::oid::ObjectIdentifier;
use der::pem::LineEnding;
use der::{Decode as _, DecodePem as _, Encode as _, EncodePem as _};
use sha2::{Digest as _, Sha256, Sha384, Sha512};
use x509_cert::ext::pkix::{BasicConstraints, ExtendedKeyUsage, KeyUsage};
use x509_cert::spki::{AlgorithmIdentifierOwned, SubjectPublicKeyInfoOwned};

use super::{BadCertificate, digest};
use crate::rules::{Digest, Instant};

/// Certificates longer than this are not read.
const LONGEST: usize = 16 * 1024;

/// The most certificates between a signer and a trusted one.
const DEEPEST: u8 = 3;

/// The most certificates that a path is looked for among: with more, looking could take long.
pub(super) const MOST: usize = 8;

/// A digest algorithm that is still believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Hash {
    Sha256,
    Sha384,
    Sha512,
}

impl Hash {
    /// The algorithm of an identifier, whose parameters are missing or NULL (RFC 5754, 2).
    pub(super) fn of(algorithm: &AlgorithmIdentifierOwned) -> Option<Self> {
        let plain = algorithm.parameters.as_ref().is_none_or(der::Any::is_null);
        match algorithm.oid {
            _ if !plain => None,
            rfc5912::ID_SHA_256 => Some(Self::Sha256),
            rfc5912::ID_SHA_384 => Some(Self::Sha384),
            rfc5912::ID_SHA_512 => Some(Self::Sha512),
            _ => None,
        }
    }

    pub(super) fn digest(self, bytes: &[u8]) -> Vec<u8> {
        match self {
            Self::Sha256 => Sha256::digest(bytes).to_vec(),
            Self::Sha384 => Sha384::digest(bytes).to_vec(),
            Self::Sha512 => Sha512::digest(bytes).to_vec(),
        }
    }
}

/// A certificate of somebody else, well formed; whom it can be trusted from is another question.
#[derive(Clone)]
pub struct ForeignCertificate {
    der: Vec<u8>,
    inner: x509_cert::Certificate,
}

impl ForeignCertificate {
    /// Reads one certificate in DER; every byte must belong to it.
    pub fn from_der(der: &[u8]) -> Result<Self, BadCertificate> {
        if der.len() > LONGEST {
            return Err(BadCertificate::Malformed);
        }
        Self::checked(x509_cert::Certificate::from_der(der).map_err(|_| BadCertificate::Malformed)?)
            .and_then(|it| if it.der == der { Ok(it) } else { Err(BadCertificate::Malformed) })
    }

    /// Reads certificates one after another in PEM.
    pub fn chain_from_pem(pem: &str) -> Result<Vec<Self>, BadCertificate> {
        const END: &str = "-----END CERTIFICATE-----";
        let blocks = pem.split_inclusive(END).filter(|block| block.contains(END));
        let read = |block: &str| x509_cert::Certificate::from_pem(block.trim_start());
        blocks.map(|block| Self::checked(read(block).map_err(|_| BadCertificate::Malformed)?)).collect()
    }

    pub(super) fn checked(inner: x509_cert::Certificate) -> Result<Self, BadCertificate> {
        let der = inner.to_der().map_err(|_| BadCertificate::Malformed)?;
        let tbs = inner.tbs_certificate();
        if inner.signature_algorithm() != tbs.signature() {
            return Err(BadCertificate::Algorithm);
        }
        let understood = [
            rfc5280::ID_CE_BASIC_CONSTRAINTS,
            rfc5280::ID_CE_KEY_USAGE,
            rfc5280::ID_CE_EXT_KEY_USAGE,
            rfc5280::ID_CE_CERTIFICATE_POLICIES,
        ];
        let foreign = |it: &x509_cert::ext::Extension| it.critical && !understood.contains(&it.extn_id);
        if tbs.extensions().is_some_and(|all| all.iter().any(foreign)) {
            return Err(BadCertificate::Extension);
        }
        Ok(Self { der, inner })
    }

    /// The certificate in DER.
    #[must_use]
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// The certificate in PEM.
    #[must_use]
    pub fn to_pem(&self) -> String {
        // Only a type that cannot be encoded fails here, and this one was decoded.
        self.inner.to_pem(LineEnding::LF).unwrap_or_default()
    }

    /// SHA-256 of the DER.
    #[must_use]
    pub fn digest(&self) -> Digest {
        digest(&self.der)
    }

    /// Whether both certify the same key. Their bytes may differ though their authority signed one of them only: of an ECDSA signature
    /// (r, s) anybody makes (r, n - s), which is as good.
    pub(super) fn has_key_of(&self, other: &Self) -> bool {
        let key = |it: &Self| it.inner.tbs_certificate().subject_public_key_info().clone();
        key(self) == key(other)
    }

    /// Whether `at` is within its life.
    #[must_use]
    pub fn is_valid_at(&self, at: Instant) -> bool {
        let validity = self.inner.tbs_certificate().validity();
        let seconds = |time: x509_cert::time::Time| i64::try_from(time.to_unix_duration().as_secs());
        let (Ok(from), Ok(to)) = (seconds(validity.not_before), seconds(validity.not_after)) else {
            return false;
        };
        (from..=to).contains(&at.millis().div_euclid(1000))
    }

    pub(super) fn inner(&self) -> &x509_cert::Certificate {
        &self.inner
    }

    /// Whether its key made a signature over a message; `hash` is the digest that goes with a bare key algorithm.
    pub(super) fn verifies(
        &self,
        algorithm: &AlgorithmIdentifierOwned,
        hash: Option<Hash>,
        message: &[u8],
        signature: &[u8],
    ) -> bool {
        let key = self.inner.tbs_certificate().subject_public_key_info();
        let Some(check) = check_of(algorithm, hash, key) else { return false };
        let Some(bytes) = key.subject_public_key.as_bytes() else { return false };
        UnparsedPublicKey::new(check, bytes).verify(message, signature).is_ok()
    }

    /// Whether it may stamp times and do nothing else (RFC 3161, 2.3): a critical extended key usage with that one purpose.
    pub(super) fn stamps_time(&self) -> bool {
        let tbs = self.inner.tbs_certificate();
        let usage = tbs.get_extension::<ExtendedKeyUsage>().ok().flatten();
        let only = usage.is_some_and(|(critical, it)| critical && it.0 == [rfc5280::ID_KP_TIME_STAMPING]);
        let signs =
            self.extension::<KeyUsage>().is_none_or(|it| it.digital_signature() || it.non_repudiation());
        only && signs && !self.extension::<BasicConstraints>().is_some_and(|it| it.ca)
    }

    /// Whether `issuer` issued it and might; `below` authorities stand between it and the signer (RFC 5280, 6.1).
    fn is_issued_by(&self, issuer: &Self, below: u8) -> bool {
        let constraints = issuer.extension::<BasicConstraints>();
        let deep_enough = |it: &BasicConstraints| it.path_len_constraint.is_none_or(|most| below <= most);
        let authority = constraints.is_some_and(|it| it.ca && deep_enough(&it));
        let may = issuer.extension::<KeyUsage>().is_none_or(|it| it.key_cert_sign());
        authority && may && self.is_named_by(issuer) && self.is_signed_by(issuer)
    }

    /// Whether `issuer` bears the name of whoever issued it.
    pub(super) fn is_named_by(&self, issuer: &Self) -> bool {
        self.inner.tbs_certificate().issuer() == issuer.inner.tbs_certificate().subject()
    }

    fn is_signed_by(&self, issuer: &Self) -> bool {
        let signature = self.inner.signature().as_bytes();
        let (Ok(signed), Some(signature)) = (self.inner.tbs_certificate().to_der(), signature) else {
            return false;
        };
        issuer.verifies(self.inner.signature_algorithm(), None, &signed, signature)
    }

    /// Checks that it leads to one of `anchors` (or is one) by way of `others`, all in life at `at`.
    pub(super) fn check_path(
        &self,
        others: &[Self],
        anchors: &[Self],
        at: Instant,
    ) -> Result<(), BadCertificate> {
        self.climb(others, anchors, at, 0)
    }

    fn climb(&self, others: &[Self], anchors: &[Self], at: Instant, depth: u8) -> Result<(), BadCertificate> {
        let anchored = anchors.contains(self)
            || anchors.iter().any(|it| it.is_valid_at(at) && self.is_issued_by(it, depth));
        if anchored {
            return if self.is_valid_at(at) { Ok(()) } else { Err(BadCertificate::OutOfDate) };
        }
        if depth == DEEPEST {
            return Err(BadCertificate::NotIssuedBy);
        }
        let mut why = BadCertificate::NotIssuedBy;
        for next in others.iter().filter(|it| *it != self && self.is_issued_by(it, depth)) {
            match next.climb(others, anchors, at, depth + 1) {
                Ok(()) if self.is_valid_at(at) => return Ok(()),
                Ok(()) => why = BadCertificate::OutOfDate,
                Err(BadCertificate::NotIssuedBy) => (),
                Err(other) => why = other,
            }
        }
        Err(why)
    }

    fn extension<'a, T>(&'a self) -> Option<T>
    where
        T: der::Decode<'a> + AssociatedOid,
    {
        self.inner.tbs_certificate().get_extension::<T>().ok().flatten().map(|(_, value)| value)
    }
}

/// How signatures of an algorithm by a key are checked; `None` for what is not believed.
fn check_of(
    algorithm: &AlgorithmIdentifierOwned,
    hash: Option<Hash>,
    key: &SubjectPublicKeyInfoOwned,
) -> Option<&'static dyn VerificationAlgorithm> {
    let curve = key.algorithm.parameters.as_ref().and_then(|it| it.decode_as::<ObjectIdentifier>().ok());
    let hash = match algorithm.oid {
        rfc5912::SHA_256_WITH_RSA_ENCRYPTION | rfc5912::ECDSA_WITH_SHA_256 => Hash::Sha256,
        rfc5912::SHA_384_WITH_RSA_ENCRYPTION | rfc5912::ECDSA_WITH_SHA_384 => Hash::Sha384,
        rfc5912::SHA_512_WITH_RSA_ENCRYPTION | rfc5912::ECDSA_WITH_SHA_512 => Hash::Sha512,
        rfc5912::RSA_ENCRYPTION => hash?,
        _ => return None,
    };
    let rsa = matches!(
        algorithm.oid,
        rfc5912::RSA_ENCRYPTION
            | rfc5912::SHA_256_WITH_RSA_ENCRYPTION
            | rfc5912::SHA_384_WITH_RSA_ENCRYPTION
            | rfc5912::SHA_512_WITH_RSA_ENCRYPTION
    );
    match (key.algorithm.oid, rsa, hash, curve) {
        (rfc5912::RSA_ENCRYPTION, true, Hash::Sha256, _) => Some(&algorithms::RSA_PKCS1_2048_8192_SHA256),
        (rfc5912::RSA_ENCRYPTION, true, Hash::Sha384, _) => Some(&algorithms::RSA_PKCS1_2048_8192_SHA384),
        (rfc5912::RSA_ENCRYPTION, true, Hash::Sha512, _) => Some(&algorithms::RSA_PKCS1_2048_8192_SHA512),
        (rfc5912::ID_EC_PUBLIC_KEY, false, hash, Some(rfc5912::SECP_256_R_1)) => match hash {
            Hash::Sha256 => Some(&algorithms::ECDSA_P256_SHA256_ASN1),
            Hash::Sha384 => Some(&algorithms::ECDSA_P256_SHA384_ASN1),
            Hash::Sha512 => Some(&algorithms::ECDSA_P256_SHA512_ASN1),
        },
        (rfc5912::ID_EC_PUBLIC_KEY, false, hash, Some(rfc5912::SECP_384_R_1)) => match hash {
            Hash::Sha256 => Some(&algorithms::ECDSA_P384_SHA256_ASN1),
            Hash::Sha384 => Some(&algorithms::ECDSA_P384_SHA384_ASN1),
            Hash::Sha512 => Some(&algorithms::ECDSA_P384_SHA512_ASN1),
        },
        _ => None,
    }
}

impl PartialEq for ForeignCertificate {
    fn eq(&self, other: &Self) -> bool {
        self.der == other.der
    }
}

impl Eq for ForeignCertificate {}

impl fmt::Debug for ForeignCertificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ForeignCertificate({})", self.digest())
    }
}
