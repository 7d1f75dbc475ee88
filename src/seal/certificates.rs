//! X.509 certificates (RFC 5280): strict reading, and the path check.
//!
//! A chain is root → issuing authority → signing certificate, all of one kind of key.

use std::fmt;
use std::sync::Arc;

use const_oid::db::rfc5280;
use der::pem::LineEnding;
use der::{Decode as _, DecodePem as _, Encode as _, EncodePem as _};
use x509_cert::ext::Extension;
use x509_cert::ext::pkix::{
    AuthorityKeyIdentifier, BasicConstraints, ExtendedKeyUsage, KeyUsage, SubjectKeyIdentifier,
};
use x509_cert::name::Name;
use x509_cert::time::Time;

use super::key::PublicKey;
use super::{digest, kinds};
use crate::rules::{Digest, Instant, KeyKind};

/// Certificates longer than this are not read.
const LONGEST: usize = 16 * 1024;

/// A certificate whose structure, algorithms and key were found right; whom it can be trusted from is another question.
/// Clones share it.
#[derive(Clone)]
pub struct Certificate(Arc<Read>);

struct Read {
    der: Vec<u8>,
    digest: Digest,
    inner: x509_cert::Certificate,
    key: PublicKey,
}

/// Why a certificate or a chain is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadCertificate {
    /// The bytes are not a certificate in DER, or have something after it.
    #[error("not an X.509 certificate in strict DER")]
    Malformed,
    /// Another kind of key than ours, or a signature of another kind than the key.
    #[error(
        "the certificate uses neither ECDSA P-256 with SHA-256, nor RSA-3072 with SHA-256, nor SM2 with SM3"
    )]
    Algorithm,
    /// An extension that must be understood and is not, or one that does not decode.
    #[error("the certificate has a critical extension that is not understood")]
    Extension,
    /// Issuer and subject do not fit, or the signature of the issuer is wrong.
    #[error("the certificate was not issued by the authority named in it")]
    NotIssuedBy,
    /// The issuer may not issue this.
    #[error("the issuing certificate is not an authority for this")]
    NotAnAuthority,
    /// The certificate at the end may not sign documents.
    #[error("the certificate is not meant for signing documents")]
    NotASigner,
    /// Outside its life.
    #[error("the certificate was not valid at that time")]
    OutOfDate,
}

impl Certificate {
    /// Reads one certificate in DER; every byte must belong to it.
    pub fn from_der(der: &[u8]) -> Result<Self, BadCertificate> {
        if der.len() > LONGEST {
            return Err(BadCertificate::Malformed);
        }
        let inner = x509_cert::Certificate::from_der(der).map_err(|_| BadCertificate::Malformed)?;
        Self::checked(inner, der)
    }

    /// Reads one certificate in PEM.
    pub fn from_pem(pem: &str) -> Result<Self, BadCertificate> {
        let inner = x509_cert::Certificate::from_pem(pem).map_err(|_| BadCertificate::Malformed)?;
        let der = inner.to_der().map_err(|_| BadCertificate::Malformed)?;
        Self::checked(inner, &der)
    }

    /// Reads certificates one after another in PEM.
    pub fn chain_from_pem(pem: &str) -> Result<Vec<Self>, BadCertificate> {
        const END: &str = "-----END CERTIFICATE-----";
        let blocks = pem.split_inclusive(END).filter(|block| block.contains(END));
        blocks.map(|block| Self::from_pem(block.trim_start())).collect()
    }

    fn checked(inner: x509_cert::Certificate, der: &[u8]) -> Result<Self, BadCertificate> {
        if inner.to_der().map_err(|_| BadCertificate::Malformed)? != der {
            return Err(BadCertificate::Malformed);
        }
        let tbs = inner.tbs_certificate();
        let key = PublicKey::read(tbs.subject_public_key_info()).ok_or(BadCertificate::Algorithm)?;
        let signed_by = kinds::certificate_signature(key.kind());
        if *inner.signature_algorithm() != signed_by || *tbs.signature() != signed_by {
            return Err(BadCertificate::Algorithm);
        }
        let understood =
            [rfc5280::ID_CE_BASIC_CONSTRAINTS, rfc5280::ID_CE_KEY_USAGE, rfc5280::ID_CE_EXT_KEY_USAGE];
        let foreign = |it: &Extension| it.critical && !understood.contains(&it.extn_id);
        if tbs.extensions().is_some_and(|all| all.iter().any(foreign)) {
            return Err(BadCertificate::Extension);
        }
        Ok(Self(Arc::new(Read { der: der.to_vec(), digest: digest(der), inner, key })))
    }

    /// The certificate in DER.
    #[must_use]
    pub fn der(&self) -> &[u8] {
        &self.0.der
    }

    /// SHA-256 of the DER: the fingerprint that people compare.
    #[must_use]
    pub fn digest(&self) -> Digest {
        self.0.digest
    }

    /// The kind of its key, and of the key that signed it.
    #[must_use]
    pub fn kind(&self) -> KeyKind {
        self.0.key.kind()
    }

    /// The certificate in PEM.
    #[must_use]
    pub fn to_pem(&self) -> String {
        // Only a type that cannot be encoded fails here, and this one was decoded.
        self.0.inner.to_pem(LineEnding::LF).unwrap_or_default()
    }

    /// The name of its subject.
    pub(super) fn name(&self) -> Name {
        self.0.inner.tbs_certificate().subject().clone()
    }

    /// The organisation named in it, empty if there is none: the operator.
    #[must_use]
    pub fn organization(&self) -> String {
        let name = self.0.inner.tbs_certificate().subject().organization();
        name.ok().flatten().map(|it| it.value().into_owned()).unwrap_or_default()
    }

    /// The first and the last moment of its life.
    #[must_use]
    pub fn life(&self) -> (Instant, Instant) {
        let validity = self.0.inner.tbs_certificate().validity();
        let instant = |time: Time| {
            let seconds = i64::try_from(time.to_unix_duration().as_secs()).unwrap_or(i64::MAX / 1000);
            Instant::from_millis(seconds.saturating_mul(1000))
        };
        let last = instant(validity.not_after);
        (instant(validity.not_before), Instant::from_millis(last.millis() + 999))
    }

    /// Whether `at` is within its life.
    #[must_use]
    pub fn is_valid_at(&self, at: Instant) -> bool {
        let (from, to) = self.life();
        from.millis() <= at.millis() && at.millis() <= to.millis()
    }

    /// Checks that `issuer` issued this certificate and might (RFC 5280, 6.1): names, key identifiers, authority, depth and signature.
    /// `below` is the number of authorities between this certificate and the signing one.
    pub fn check_issued_by(&self, issuer: &Self, below: u8) -> Result<(), BadCertificate> {
        self.check_names(issuer, below)?;
        let signed = self.0.inner.tbs_certificate().to_der().map_err(|_| BadCertificate::Malformed)?;
        let signature = self.0.inner.signature().as_bytes().ok_or(BadCertificate::Malformed)?;
        if issuer.0.key.verifies(&signed, signature) { Ok(()) } else { Err(BadCertificate::NotIssuedBy) }
    }

    /// Everything that [`check_issued_by`](Self::check_issued_by) checks but the signature.
    pub(super) fn check_names(&self, issuer: &Self, below: u8) -> Result<(), BadCertificate> {
        let constraints = issuer.extension::<BasicConstraints>()?.ok_or(BadCertificate::NotAnAuthority)?;
        let usage = issuer.extension::<KeyUsage>()?.ok_or(BadCertificate::NotAnAuthority)?;
        let deep_enough = constraints.path_len_constraint.is_none_or(|most| below <= most);
        if !constraints.ca || !usage.key_cert_sign() || !deep_enough {
            return Err(BadCertificate::NotAnAuthority);
        }
        let wanted = self.extension::<AuthorityKeyIdentifier>()?.and_then(|it| it.key_identifier);
        let found = issuer.extension::<SubjectKeyIdentifier>()?.map(|it| it.0);
        let identified = (wanted.is_none() || wanted == found) && self.kind() == issuer.kind();
        let named = self.0.inner.tbs_certificate().issuer() == issuer.0.inner.tbs_certificate().subject();
        if named && identified { Ok(()) } else { Err(BadCertificate::NotIssuedBy) }
    }

    /// Checks that this certificate may sign documents: no authority, and a key for digital signatures.
    pub fn check_signer(&self) -> Result<(), BadCertificate> {
        let authority = self.extension::<BasicConstraints>()?.is_some_and(|it| it.ca);
        let signs = self.extension::<KeyUsage>()?.is_some_and(|it| it.digital_signature());
        // A certificate for timestamps signs those and nothing else.
        let stamps = self.extension::<ExtendedKeyUsage>()?;
        if authority || !signs || stamps.is_some_and(|it| it.0.contains(&rfc5280::ID_KP_TIME_STAMPING)) {
            Err(BadCertificate::NotASigner)
        } else {
            Ok(())
        }
    }

    /// Checks a chain, signer first: each certificate was issued by the next and the last by one of `roots`, all in life at `at`.
    /// `NotIssuedBy` means that it leads to none of the roots.
    pub fn check_path(chain: &[Self], roots: &[Self], at: Instant) -> Result<(), BadCertificate> {
        let (Some(leaf), Some(top)) = (chain.first(), chain.last()) else {
            return Err(BadCertificate::NotIssuedBy);
        };
        // A chain has a handful of links; more than 255 have no number and no root.
        let depth = u8::try_from(chain.len() - 1).map_err(|_| BadCertificate::NotIssuedBy)?;
        let issued = |root: &&Self| top.check_issued_by(root, depth).is_ok();
        let root = roots.iter().find(issued).ok_or(BadCertificate::NotIssuedBy)?;
        for (below, pair) in (0..=depth).zip(chain.windows(2)) {
            pair[0].check_issued_by(&pair[1], below)?;
        }
        leaf.check_signer()?;
        let alive = chain.iter().chain([root]).all(|it| it.is_valid_at(at));
        if alive { Ok(()) } else { Err(BadCertificate::OutOfDate) }
    }

    pub(super) fn key(&self) -> &PublicKey {
        &self.0.key
    }

    pub(super) fn inner(&self) -> &x509_cert::Certificate {
        &self.0.inner
    }

    fn extension<'a, T>(&'a self) -> Result<Option<T>, BadCertificate>
    where
        T: der::Decode<'a> + const_oid::AssociatedOid,
    {
        let found = self.0.inner.tbs_certificate().get_extension::<T>();
        found.map(|it| it.map(|(_, value)| value)).map_err(|_| BadCertificate::Extension)
    }
}

impl PartialEq for Certificate {
    fn eq(&self, other: &Self) -> bool {
        self.0.der == other.0.der
    }
}

impl Eq for Certificate {}

impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Certificate({})", self.0.digest)
    }
}
