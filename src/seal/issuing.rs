//! Making X.509 certificates (RFC 5280): root, issuing authority and signing certificate, all of one kind of key.
//!
//! What the platform makes for itself says in its own names that it is not an accredited certificate. The signing certificate has no
//! extended key usage: that of document signing (RFC 9336) is unknown to the checks of OpenSSL, and NSS (`pdfsig`), which then
//! refuse it.

use std::time::Duration;

use const_oid::db::{rfc4519, rfc5280};
use der::asn1::{BitString, GeneralizedTime, PrintableString, Utf8StringRef};
use der::{Any, Decode as _, Encode as _};
use x509_cert::attr::AttributeTypeAndValue;
use x509_cert::builder::profile::BuilderProfile;
use x509_cert::builder::{Builder as _, CertificateBuilder};
use x509_cert::ext::pkix::{
    AuthorityKeyIdentifier, BasicConstraints, ExtendedKeyUsage, KeyUsage, KeyUsages, SubjectKeyIdentifier,
};
use x509_cert::ext::{Extension, ToExtension as _};
use x509_cert::name::{Name, RdnSequence, RelativeDistinguishedName};
use x509_cert::serial_number::SerialNumber;
use x509_cert::spki::SubjectPublicKeyInfoRef;
use x509_cert::time::{Time, Validity};

use super::key::{Key, PublicKey};
use super::{Certificate, Error, Random};
use crate::rules::Instant;

/// What certificates of the platform's own making say about themselves; at most 64 characters (RFC 5280, upper bounds).
const NOTICE: &str = "演示 非认证证书 / not an accredited certificate";

/// What a certificate is made for.
#[derive(Clone, Copy)]
pub(super) enum Use {
    Root,
    Issuing,
    Signing,
    Stamping,
}

impl Use {
    fn title(self) -> &'static str {
        match self {
            Self::Root => "明证根证书 Mingzheng Root CA",
            Self::Issuing => "明证签发证书 Mingzheng Issuing CA",
            Self::Signing => "明证报告签名 Mingzheng Report Signing",
            Self::Stamping => "明证时间戳 Mingzheng Timestamps",
        }
    }

    /// Life in days.
    fn days(self) -> i64 {
        match self {
            Self::Root => 20 * 365 + 5,
            Self::Issuing => 10 * 365 + 2,
            Self::Signing => 3 * 365,
            Self::Stamping => 5 * 365 + 1,
        }
    }
}

/// Makes a certificate for `subject`, signed by the key of `issuer`; without a certificate of the issuer it is a root.
/// It does not outlive its issuer.
pub(super) fn issue(
    purpose: Use,
    operator: &str,
    subject: &PublicKey,
    issuer: (&Key, Option<&Certificate>),
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
    let to = from.millis() + purpose.days() * 86_400_000 - 1000;
    let to = Instant::from_millis(issuer.1.map_or(to, |it| it.life().1.millis().min(to)));
    let validity = Validity::new(time(from).map_err(|_| encoding())?, time(to).map_err(|_| encoding())?);
    let profile = Profile {
        purpose,
        subject: name(operator, purpose).map_err(|_| encoding())?,
        issuer: issuer.1.map(Certificate::name),
    };
    let build = || {
        let serial = SerialNumber::new(&serial)?;
        let mut builder = CertificateBuilder::new(profile, serial, validity, subject.info()?)?;
        let signed = builder.finalize(issuer.0)?;
        Ok::<_, x509_cert::builder::Error>((builder, signed))
    };
    let (builder, signed) = build().map_err(|_| encoding())?;
    let signature = BitString::from_bytes(&issuer.0.sign(&signed)?).map_err(|_| encoding())?;
    let certificate = builder.assemble(signature, issuer.0).map_err(|_| encoding())?;
    Ok(Certificate::from_der(&certificate.to_der().map_err(|_| encoding())?)?)
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
    issuer: Option<Name>,
}

impl BuilderProfile for Profile {
    fn get_issuer(&self, subject: &Name) -> Name {
        self.issuer.as_ref().unwrap_or(subject).clone()
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
            Use::Stamping => ((false, None), KeyUsages::DigitalSignature.into()),
        };
        let constraints = BasicConstraints { ca: constraints.0, path_len_constraint: constraints.1 };
        let subject = tbs.subject();
        let mut extensions = vec![
            (true, &constraints).to_extension(subject, &[])?,
            (true, &KeyUsage(usage)).to_extension(subject, &[])?,
            (false, &SubjectKeyIdentifier::try_from(subject_key)?).to_extension(subject, &[])?,
            (false, &AuthorityKeyIdentifier::try_from(issuer_key)?).to_extension(subject, &[])?,
        ];
        if matches!(self.purpose, Use::Stamping) {
            // Critical, and for nothing else (RFC 3161, 2.3).
            let stamps = ExtendedKeyUsage(vec![rfc5280::ID_KP_TIME_STAMPING]);
            extensions.push((true, &stamps).to_extension(subject, &[])?);
        }
        Ok(extensions)
    }
}
