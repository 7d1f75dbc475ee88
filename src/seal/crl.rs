//! Certificate revocation lists (RFC 5280, 5): making those of the operator's authorities, and reading them strictly.

use std::time::Duration;

use const_oid::db::rfc5280;
use der::asn1::{BitString, GeneralizedTime, Uint, UtcTime};
use der::pem::LineEnding;
use der::{Decode as _, DecodePem as _, Encode as _, EncodePem as _};
use x509_cert::Version;
use x509_cert::crl::{CertificateList, RevokedCert, TbsCertList};
use x509_cert::ext::ToExtension as _;
use x509_cert::ext::pkix::{AuthorityKeyIdentifier, CrlNumber, CrlReason, KeyUsage, SubjectKeyIdentifier};
use x509_cert::time::Time;

use super::foreign::ForeignCertificate;
use super::key::Key;
use super::{BadCertificate, Certificate, Error, kinds};
use crate::rules::Instant;

/// Lists longer than this are not read, in bytes: they travel inside every report.
const LONGEST: usize = 64 * 1024;

/// A certificate that lost its trust.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Revoked {
    /// Which.
    pub certificate: Certificate,
    /// From when on.
    pub since: Instant,
    /// Whether somebody else may have its key.
    pub compromised: bool,
}

/// A list, well formed; whether it is its issuer's is another question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RevocationList {
    der: Vec<u8>,
    inner: CertificateList,
}

impl RevocationList {
    /// Makes the list of an authority: everything in `revoked` that it issued.
    ///
    /// The date of an entry is the time since when the certificate is not trusted, though it may lie before the day on which that
    /// was known: other programs compare signing times with that date and nothing else.
    pub(super) fn make(
        authority: (&Key, &Certificate),
        revoked: &[Revoked],
        this: Instant,
        next: Instant,
    ) -> Result<Self, Error> {
        let (key, certificate) = authority;
        let unsigned = || {
            let ours = revoked.iter().filter(|it| it.certificate.check_names(certificate, 0).is_ok());
            let entries = ours.map(entry).collect::<der::Result<Vec<_>>>()?;
            let subject = certificate.inner().tbs_certificate().subject().clone();
            // Seconds since 1970 grow as numbers of lists must (RFC 5280, 5.2.3).
            let number = CrlNumber(Uint::new(&this.millis().div_euclid(1000).to_be_bytes())?);
            let key_identifier = certificate
                .inner()
                .tbs_certificate()
                .get_extension::<SubjectKeyIdentifier>()?
                .map(|(_, it)| it.0);
            let by = AuthorityKeyIdentifier { key_identifier, ..AuthorityKeyIdentifier::default() };
            let extensions = vec![
                (false, &by).to_extension(&subject, &[])?,
                (false, &number).to_extension(&subject, &[])?,
            ];
            let algorithm = kinds::certificate_signature(certificate.kind());
            Ok::<_, der::Error>(TbsCertList {
                version: Version::V2,
                signature: algorithm,
                issuer: subject,
                this_update: time(this)?,
                next_update: Some(time(next)?),
                revoked_certificates: Some(entries).filter(|it| !it.is_empty()),
                crl_extensions: Some(extensions),
            })
        };
        let encoding = |_| Error::Encoding("a revocation list");
        let tbs_cert_list = unsigned().map_err(encoding)?;
        let signature = key.sign(&tbs_cert_list.to_der().map_err(encoding)?)?;
        let signature = BitString::from_bytes(&signature).map_err(encoding)?;
        let signature_algorithm = tbs_cert_list.signature.clone();
        let list = CertificateList { tbs_cert_list, signature_algorithm, signature };
        let der = list.to_der().map_err(encoding)?;
        Self::from_der(&der).map_err(Error::Chain)
    }

    /// Reads one list in DER; every byte must belong to it.
    pub fn from_der(der: &[u8]) -> Result<Self, BadCertificate> {
        if der.len() > LONGEST {
            return Err(BadCertificate::Malformed);
        }
        let inner = CertificateList::from_der(der).map_err(|_| BadCertificate::Malformed)?;
        Self::checked(inner)
            .and_then(|it| if it.der == der { Ok(it) } else { Err(BadCertificate::Malformed) })
    }

    /// Reads lists one after another in PEM.
    pub fn all_from_pem(pem: &str) -> Result<Vec<Self>, BadCertificate> {
        const END: &str = "-----END X509 CRL-----";
        let blocks = pem.split_inclusive(END).filter(|block| block.contains(END));
        let read = |block: &str| CertificateList::from_pem(block.trim_start());
        blocks.map(|block| Self::checked(read(block).map_err(|_| BadCertificate::Malformed)?)).collect()
    }

    fn checked(inner: CertificateList) -> Result<Self, BadCertificate> {
        let der = inner.to_der().map_err(|_| BadCertificate::Malformed)?;
        let tbs = &inner.tbs_cert_list;
        let partial = tbs.crl_extensions.as_ref().is_some_and(|all| all.iter().any(|it| it.critical));
        if inner.signature_algorithm != tbs.signature {
            return Err(BadCertificate::Algorithm);
        }
        // What is critical narrows a list down: delta lists, distribution points (RFC 5280, 5.2).
        if partial { Err(BadCertificate::Extension) } else { Ok(Self { der, inner }) }
    }

    /// The list in DER.
    #[must_use]
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// The list in PEM.
    #[must_use]
    pub fn to_pem(&self) -> String {
        // Only a type that cannot be encoded fails here, and this one was decoded.
        self.inner.to_pem(LineEnding::LF).unwrap_or_default()
    }

    /// When it was made, and until when it is fresh; a list without an end is never fresh.
    #[must_use]
    pub fn life(&self) -> (Instant, Option<Instant>) {
        let tbs = &self.inner.tbs_cert_list;
        (instant(tbs.this_update), tbs.next_update.map(instant))
    }

    /// Checks that `authority` made it and might (RFC 5280, 6.3.3), and that it is fresh at `at`.
    pub fn check(&self, authority: &Certificate, at: Instant) -> Result<(), BadCertificate> {
        let tbs = &self.inner.tbs_cert_list;
        let theirs = authority.inner().tbs_certificate();
        let usage = theirs.get_extension::<KeyUsage>().map_err(|_| BadCertificate::Extension)?;
        if !usage.is_some_and(|(_, it)| it.crl_sign()) {
            return Err(BadCertificate::NotAnAuthority);
        }
        let signed = tbs.to_der().map_err(|_| BadCertificate::Malformed)?;
        let signature = self.inner.signature.as_bytes().ok_or(BadCertificate::Malformed)?;
        if tbs.issuer != *theirs.subject() || !authority.key().verifies(&signed, signature) {
            return Err(BadCertificate::NotIssuedBy);
        }
        if self.is_fresh(at) { Ok(()) } else { Err(BadCertificate::OutOfDate) }
    }

    /// Whether an authority of somebody else made it, and it is fresh at `at`.
    #[must_use]
    pub fn holds_for(&self, authority: &ForeignCertificate, at: Instant) -> bool {
        let tbs = &self.inner.tbs_cert_list;
        let (Ok(signed), Some(signature)) = (tbs.to_der(), self.inner.signature.as_bytes()) else {
            return false;
        };
        tbs.issuer == *authority.inner().tbs_certificate().subject()
            && authority.verifies(&self.inner.signature_algorithm, None, &signed, signature)
            && self.is_fresh(at)
    }

    fn is_fresh(&self, at: Instant) -> bool {
        let (from, to) = self.life();
        from <= at && to.is_some_and(|to| at <= to)
    }

    /// Since when a certificate of the same issuer is revoked, if it is.
    #[must_use]
    pub fn revoked_since(&self, certificate: &Certificate) -> Option<Instant> {
        let serial = certificate.inner().tbs_certificate().serial_number();
        let all = self.inner.tbs_cert_list.revoked_certificates.as_ref()?;
        all.iter().find(|it| it.serial_number == *serial).map(|it| instant(it.revocation_date))
    }
}

fn entry(revoked: &Revoked) -> der::Result<RevokedCert> {
    let tbs = revoked.certificate.inner().tbs_certificate();
    let reason = if revoked.compromised { CrlReason::KeyCompromise } else { CrlReason::Superseded };
    let reason = (rfc5280::ID_CE_CRL_REASONS, false, &reason).to_extension(tbs.subject(), &[])?;
    Ok(RevokedCert {
        serial_number: tbs.serial_number().clone(),
        revocation_date: time(revoked.since)?,
        crl_entry_extensions: Some(vec![reason]),
    })
}

/// Two digits for the year until 2049, four from then on (RFC 5280, 5.1.2.4).
fn time(at: Instant) -> der::Result<Time> {
    let seconds = u64::try_from(at.millis().div_euclid(1000)).unwrap_or(0);
    let since = Duration::from_secs(seconds);
    let general = GeneralizedTime::from_unix_duration(since)?;
    Ok(match UtcTime::from_unix_duration(since) {
        Ok(short) => Time::UtcTime(short),
        Err(_) => Time::GeneralTime(general),
    })
}

fn instant(time: Time) -> Instant {
    let seconds = i64::try_from(time.to_unix_duration().as_secs()).unwrap_or(i64::MAX / 1000);
    Instant::from_millis(seconds.saturating_mul(1000))
}
