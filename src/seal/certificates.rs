//! X.509 certificates (RFC 5280): the chain that a first start makes, strict reading, and the path check.
//!
//! A chain is root → issuing authority → signing certificate, all ECDSA P-256 with SHA-256. What the platform makes for itself says
//! in its own names that it is not an accredited certificate. The signing certificate has no extended key usage: that of document
//! signing (RFC 9336) is unknown to the checks of OpenSSL, and NSS (`pdfsig`), which then refuse it.

use std::fmt;
use std::time::Duration;

use const_oid::db::{rfc4519, rfc5280, rfc5912};
use der::asn1::{BitString, GeneralizedTime, PrintableString, Utf8StringRef};
use der::oid::ObjectIdentifier;
use der::pem::LineEnding;
use der::{Any, Decode as _, DecodePem as _, Encode as _, EncodePem as _};
use x509_cert::attr::AttributeTypeAndValue;
use x509_cert::builder::profile::BuilderProfile;
use x509_cert::builder::{Builder as _, CertificateBuilder};
use x509_cert::ext::pkix::{
    AuthorityKeyIdentifier, BasicConstraints, KeyUsage, KeyUsages, SubjectKeyIdentifier,
};
use x509_cert::ext::{Extension, ToExtension as _};
use x509_cert::name::{Name, RdnSequence, RelativeDistinguishedName};
use x509_cert::serial_number::SerialNumber;
use x509_cert::spki::{SubjectPublicKeyInfoOwned, SubjectPublicKeyInfoRef};
use x509_cert::time::{Time, Validity};

use super::key::{Key, PublicKey};
use super::{Error, Random, digest};
use crate::rules::{Digest, Instant};

/// What certificates of the platform's own making say about themselves; at most 64 characters (RFC 5280, upper bounds).
const NOTICE: &str = "演示 非认证证书 / not an accredited certificate";

/// Certificates longer than this are not read.
const LONGEST: usize = 16 * 1024;

/// A certificate whose structure, algorithms and key were found right; whom it can be trusted from is another question.
#[derive(Clone)]
pub struct Certificate {
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
    /// Another algorithm than ECDSA P-256 with SHA-256.
    #[error("the certificate does not use ECDSA P-256 with SHA-256")]
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

/// What a certificate is made for.
#[derive(Clone, Copy)]
pub(super) enum Use {
    Root,
    Issuing,
    Signing,
}

impl Use {
    fn title(self) -> &'static str {
        match self {
            Self::Root => "明证根证书 Mingzheng Root CA",
            Self::Issuing => "明证签发证书 Mingzheng Issuing CA",
            Self::Signing => "明证报告签名 Mingzheng Report Signing",
        }
    }

    /// Life in days.
    fn days(self) -> i64 {
        match self {
            Self::Root => 20 * 365 + 5,
            Self::Issuing => 10 * 365 + 2,
            Self::Signing => 3 * 365,
        }
    }
}

/// Makes a certificate for `subject`, signed by `issuer` (itself for a root).
pub(super) fn issue(
    purpose: Use,
    operator: &str,
    subject: PublicKey,
    issuer: (&Key, Use),
    now: Instant,
    random: Random,
) -> Result<Certificate, Error> {
    let encoding = || Error::Encoding("a certificate");
    let mut serial = [0; 16];
    random(&mut serial);
    serial[0] = serial[0] & 0x7f | 0x40; // Positive and of constant length (RFC 5280, 4.1.2.2).
    let time = |at: Instant| {
        let seconds = u64::try_from(at.millis() / 1000).unwrap_or(0);
        GeneralizedTime::from_unix_duration(Duration::from_secs(seconds)).map(Time::GeneralTime)
    };
    let from = now.whole_second();
    let to = Instant::from_millis(from.millis() + purpose.days() * 86_400_000 - 1000);
    let validity = Validity::new(time(from).map_err(|_| encoding())?, time(to).map_err(|_| encoding())?);
    let profile = Profile {
        purpose,
        subject: name(operator, purpose).map_err(|_| encoding())?,
        issuer: name(operator, issuer.1).map_err(|_| encoding())?,
    };
    let build = || {
        let key = SubjectPublicKeyInfoOwned::from_key(subject.raw())?;
        let mut builder = CertificateBuilder::new(profile, SerialNumber::new(&serial)?, validity, key)?;
        let signed = builder.finalize(issuer.0.raw())?;
        let signature = issuer.0.sign(&signed).to_der();
        let certificate = builder.assemble(BitString::from_bytes(signature.as_bytes())?, issuer.0.raw())?;
        Ok::<_, x509_cert::builder::Error>(certificate.to_der()?)
    };
    Ok(Certificate::from_der(&build().map_err(|_| encoding())?)?)
}

/// `C=CN, O=<operator>, OU=<notice>, CN=<title>`.
fn name(operator: &str, purpose: Use) -> der::Result<Name> {
    let utf8 = |text| Any::encode_from(&Utf8StringRef::new(text)?);
    let parts = [
        (rfc4519::COUNTRY_NAME, Any::encode_from(&PrintableString::new("CN")?)?),
        (rfc4519::ORGANIZATION_NAME, utf8(operator)?),
        (rfc4519::ORGANIZATIONAL_UNIT_NAME, utf8(NOTICE)?),
        (rfc4519::COMMON_NAME, utf8(purpose.title())?),
    ];
    let mut names = RdnSequence::default();
    for (oid, value) in parts {
        let mut one = RelativeDistinguishedName::default();
        one.insert(AttributeTypeAndValue { oid, value })?;
        names.push(one);
    }
    Name::from_der(&names.to_der()?)
}

struct Profile {
    purpose: Use,
    subject: Name,
    issuer: Name,
}

impl BuilderProfile for Profile {
    fn get_issuer(&self, _: &Name) -> Name {
        self.issuer.clone()
    }

    fn get_subject(&self) -> Name {
        self.subject.clone()
    }

    fn build_extensions(
        &self,
        subject_key: SubjectPublicKeyInfoRef<'_>,
        issuer_key: SubjectPublicKeyInfoRef<'_>,
        tbs: &x509_cert::TbsCertificate,
    ) -> x509_cert::builder::Result<Vec<Extension>> {
        let (constraints, usage) = match self.purpose {
            Use::Root => ((true, Some(1)), KeyUsages::KeyCertSign | KeyUsages::CRLSign),
            Use::Issuing => ((true, Some(0)), KeyUsages::KeyCertSign | KeyUsages::CRLSign),
            Use::Signing => ((false, None), KeyUsages::DigitalSignature | KeyUsages::NonRepudiation),
        };
        let constraints = BasicConstraints { ca: constraints.0, path_len_constraint: constraints.1 };
        let subject = tbs.subject();
        Ok(vec![
            (true, &constraints).to_extension(subject, &[])?,
            (true, &KeyUsage(usage)).to_extension(subject, &[])?,
            (false, &SubjectKeyIdentifier::try_from(subject_key)?).to_extension(subject, &[])?,
            (false, &AuthorityKeyIdentifier::try_from(issuer_key)?).to_extension(subject, &[])?,
        ])
    }
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
        let algorithm = |it: &x509_cert::spki::AlgorithmIdentifierOwned| {
            it.oid == rfc5912::ECDSA_WITH_SHA_256 && it.parameters.is_none()
        };
        let info = tbs.subject_public_key_info();
        let curve =
            info.algorithm.parameters.as_ref().and_then(|any| any.decode_as::<ObjectIdentifier>().ok());
        let named = info.algorithm.oid == rfc5912::ID_EC_PUBLIC_KEY && curve == Some(rfc5912::SECP_256_R_1);
        if !algorithm(inner.signature_algorithm()) || !algorithm(tbs.signature()) || !named {
            return Err(BadCertificate::Algorithm);
        }
        let point = info.subject_public_key.as_bytes().ok_or(BadCertificate::Algorithm)?;
        let key = PublicKey::from_point(point).ok_or(BadCertificate::Algorithm)?;
        let understood =
            [rfc5280::ID_CE_BASIC_CONSTRAINTS, rfc5280::ID_CE_KEY_USAGE, rfc5280::ID_CE_EXT_KEY_USAGE];
        let foreign = |it: &Extension| it.critical && !understood.contains(&it.extn_id);
        if tbs.extensions().is_some_and(|all| all.iter().any(foreign)) {
            return Err(BadCertificate::Extension);
        }
        Ok(Self { der: der.to_vec(), digest: digest(der), inner, key })
    }

    /// The certificate in DER.
    #[must_use]
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// SHA-256 of the DER: the fingerprint that people compare.
    #[must_use]
    pub fn digest(&self) -> Digest {
        self.digest
    }

    /// The certificate in PEM.
    #[must_use]
    pub fn to_pem(&self) -> String {
        // Only a type that cannot be encoded fails here, and this one was decoded.
        self.inner.to_pem(LineEnding::LF).unwrap_or_default()
    }

    /// The organisation named in it, empty if there is none: the operator.
    #[must_use]
    pub fn organization(&self) -> String {
        let name = self.inner.tbs_certificate().subject().organization();
        name.ok().flatten().map(|it| it.value().into_owned()).unwrap_or_default()
    }

    /// The first and the last moment of its life.
    #[must_use]
    pub fn life(&self) -> (Instant, Instant) {
        let validity = self.inner.tbs_certificate().validity();
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
        let signed = self.inner.tbs_certificate().to_der().map_err(|_| BadCertificate::Malformed)?;
        let signature = self.inner.signature().as_bytes().ok_or(BadCertificate::Malformed)?;
        if issuer.key.verifies_der(&signed, signature) { Ok(()) } else { Err(BadCertificate::NotIssuedBy) }
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
        let identified = wanted.is_none() || wanted == found;
        let named = self.inner.tbs_certificate().issuer() == issuer.inner.tbs_certificate().subject();
        if named && identified { Ok(()) } else { Err(BadCertificate::NotIssuedBy) }
    }

    /// Checks that this certificate may sign documents: no authority, and a key for digital signatures.
    pub fn check_signer(&self) -> Result<(), BadCertificate> {
        let authority = self.extension::<BasicConstraints>()?.is_some_and(|it| it.ca);
        let signs = self.extension::<KeyUsage>()?.is_some_and(|it| it.digital_signature());
        if authority || !signs { Err(BadCertificate::NotASigner) } else { Ok(()) }
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
        &self.key
    }

    pub(super) fn inner(&self) -> &x509_cert::Certificate {
        &self.inner
    }

    fn extension<'a, T>(&'a self) -> Result<Option<T>, BadCertificate>
    where
        T: der::Decode<'a> + const_oid::AssociatedOid,
    {
        let found = self.inner.tbs_certificate().get_extension::<T>();
        found.map(|it| it.map(|(_, value)| value)).map_err(|_| BadCertificate::Extension)
    }
}

impl PartialEq for Certificate {
    fn eq(&self, other: &Self) -> bool {
        self.der == other.der
    }
}

impl Eq for Certificate {}

impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Certificate({})", self.digest)
    }
}
