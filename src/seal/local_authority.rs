//! The small timestamp authority that comes with the platform (RFC 3161), for the embedded default and for tests.
//!
//! Its key lies in the key folder, under the operator's own issuing authority: its word is worth no more than the clock of the
//! machine and the honesty of the operator. For evidence that convinces others, configure an authority that others run.

use std::path::Path;

use cms::cert::{CertificateChoices, IssuerAndSerialNumber};
use cms::content_info::{CmsVersion, ContentInfo};
use cms::signed_data::{
    CertificateSet, EncapsulatedContentInfo, SignedData, SignerIdentifier, SignerInfo, SignerInfos,
};
use const_oid::db::{rfc3161, rfc5911};
use der::asn1::{BitString, Int, OctetString, OctetStringRef, SetOfVec};
use der::oid::ObjectIdentifier;
use der::{Any, Decode as _, Encode as _, Tag};
use x509_cert::attr::Attributes;

use super::authority::Authority;
use super::cms::{attribute, signing_certificate};
use super::foreign::Hash;
use super::issuing::{Use, issue};
use super::key::Key;
use super::key_folder::{read, secret, write_over};
use super::timestamp::{Accuracy, PkiStatusInfo, TimeStampReq, TimeStampResp, TstInfo, sha256};
use super::{Certificate, Error, Keyring, Random, digest, kinds};
use crate::rules::{Instant, KeyKind};

const KEY: &str = "tsa.key.pem";
const CERTIFICATE: &str = "tsa.pem";

/// `anyPolicy` (RFC 5280, 4.2.1.4): the local authority makes no promises beyond its clock.
const POLICY: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.32.0");

/// A certificate with less than this left is replaced when the authority opens, in milliseconds: 30 days.
const RENEW: i64 = 30 * 86_400_000;

/// The local timestamp authority.
pub struct LocalAuthority {
    key: Key,
    chain: [Certificate; 2],
}

impl LocalAuthority {
    /// Opens the authority of a key folder. Where it has none, or one that ends soon, and the key of the issuing authority is
    /// there, one is made; where that key is kept elsewhere there is none.
    pub fn open(dir: &Path, keyring: &Keyring, now: Instant, random: Random) -> Result<Option<Self>, Error> {
        let Some(ca) = keyring.signer.chain().get(1) else { return Ok(None) };
        let (key_file, certificate_file) = (dir.join(KEY), dir.join(CERTIFICATE));
        let mut found = None;
        if key_file.exists() && certificate_file.exists() {
            let key = Key::from_pem(KeyKind::P256, &secret(&key_file)?);
            let certificate = Certificate::from_pem(&read(&certificate_file)?)?;
            let fits =
                |key: &Key| certificate.key() == key.public() && certificate.check_issued_by(ca, 0).is_ok();
            found = key.filter(fits).filter(|_| certificate.is_valid_at(now)).map(|key| (key, certificate));
        }
        let soon = Instant::from_millis(now.millis().saturating_add(RENEW));
        let ca_key = match Authority::read(dir, KeyKind::P256)?.map(|it| it.ca_key(dir)) {
            Some(Ok(key)) => Some(key),
            None | Some(Err(Error::AuthorityElsewhere(_))) => None,
            Some(Err(error)) => return Err(error),
        };
        let (key, certificate) = match (found, ca_key) {
            (Some(found), None) => found,
            (Some(found), Some(_)) if found.1.is_valid_at(soon) => found,
            (None, None) => return Ok(None),
            (_, Some(ca_key)) => {
                let key = Key::generate(KeyKind::P256, random)?;
                let by = (&ca_key, Some(ca));
                let certificate = issue(Use::Stamping, &keyring.operator(), key.public(), by, now, random)?;
                certificate.check_issued_by(ca, 0)?;
                // A crash between the two leaves a pair that does not fit, and is made anew next time.
                write_over(&key_file, &key.to_pem()?)?;
                write_over(&certificate_file, &certificate.to_pem())?;
                (key, certificate)
            }
        };
        Ok(Some(Self { key, chain: [certificate, ca.clone()] }))
    }

    /// Its certificate, then the authority that issued it.
    #[must_use]
    pub fn chain(&self) -> &[Certificate] {
        &self.chain
    }

    /// Answers a request with the time given; what is no request is declined (RFC 3161, 2.4.2).
    #[must_use]
    pub fn respond(&self, request: &[u8], now: Instant, random: Random) -> Vec<u8> {
        const BAD_REQUEST: u8 = 0b0010_0000; // bit 2 of PKIFailureInfo
        let declined = || TimeStampResp {
            status: PkiStatusInfo {
                status: 2,
                status_string: Some(vec!["not a request for a timestamp".to_owned()]),
                fail_info: BitString::new(5, vec![BAD_REQUEST]).ok(),
            },
            time_stamp_token: None,
        };
        let granted = TimeStampReq::from_der(request).ok().and_then(|it| self.stamp(it, now, random).ok());
        let answer = granted.unwrap_or_else(declined);
        // Made of parts that were encoded before.
        answer.to_der().unwrap_or_default()
    }

    fn stamp(&self, request: TimeStampReq, now: Instant, random: Random) -> der::Result<TimeStampResp> {
        let imprint = request.message_imprint;
        let fits = Hash::of(&imprint.hash_algorithm)
            .is_some_and(|hash| hash.digest(b"").len() == imprint.hashed_message.as_bytes().len());
        let policy = request.req_policy.is_none_or(|it| it == POLICY);
        if !fits || !policy || request.version != 1 || request.extensions.is_some() {
            return Err(der::ErrorKind::Failed.into());
        }
        let mut serial = [0; 16];
        random(&mut serial);
        serial[0] = serial[0] & 0x7f | 0x40;
        let info = TstInfo {
            version: 1,
            policy: POLICY,
            message_imprint: imprint,
            serial_number: Int::new(&serial)?,
            gen_time: Any::new(Tag::GeneralizedTime, written(now).into_bytes())?,
            accuracy: Some(Accuracy { seconds: Some(1), millis: None, micros: None }),
            ordering: false,
            nonce: request.nonce,
            tsa: None,
            extensions: None,
        };
        let token = self.sign(&info.to_der()?, request.cert_req)?;
        let status = PkiStatusInfo { status: 0, status_string: None, fail_info: None };
        Ok(TimeStampResp { status, time_stamp_token: Some(Any::from_der(&token)?) })
    }

    /// A CMS message with the content inside and the three attributes that RFC 3161 and RFC 5816 ask for.
    fn sign(&self, content: &[u8], with_certificates: bool) -> der::Result<Vec<u8>> {
        let attributes: Attributes = SetOfVec::try_from(vec![
            attribute(rfc5911::ID_CONTENT_TYPE, Any::encode_from(&rfc3161::ID_CT_TST_INFO)?)?,
            attribute(
                rfc5911::ID_MESSAGE_DIGEST,
                Any::encode_from(&OctetStringRef::new(&digest(content).0)?)?,
            )?,
            signing_certificate(&self.chain[0])?,
        ])?;
        // A key in memory always signs.
        let signature = self.key.sign(&attributes.to_der()?).map_err(|_| der::ErrorKind::Failed)?;
        let tbs = self.chain[0].inner().tbs_certificate();
        let signer = SignerInfo {
            version: CmsVersion::V1,
            sid: SignerIdentifier::IssuerAndSerialNumber(IssuerAndSerialNumber {
                issuer: tbs.issuer().clone(),
                serial_number: tbs.serial_number().clone(),
            }),
            digest_alg: sha256(),
            signed_attrs: Some(attributes),
            signature_algorithm: kinds::message_signature(KeyKind::P256),
            signature: OctetString::new(signature)?,
            unsigned_attrs: None,
        };
        let choices = self.chain.iter().map(|it| CertificateChoices::Certificate(it.inner().clone()));
        let certificates = CertificateSet::try_from(choices.collect::<Vec<_>>())?;
        let message = SignedData {
            version: CmsVersion::V3, // the content is not plain data (RFC 5652, 5.1)
            digest_algorithms: SetOfVec::try_from(vec![sha256()])?,
            encap_content_info: EncapsulatedContentInfo {
                econtent_type: rfc3161::ID_CT_TST_INFO,
                econtent: Some(Any::encode_from(&OctetStringRef::new(content)?)?),
            },
            certificates: with_certificates.then_some(certificates),
            crls: None,
            signer_infos: SignerInfos::try_from(vec![signer])?,
        };
        ContentInfo { content_type: rfc5911::ID_SIGNED_DATA, content: Any::encode_from(&message)? }.to_der()
    }
}

/// `YYYYMMDDhhmmssZ`: whole seconds, which the accuracy of one second allows for.
fn written(at: Instant) -> String {
    let kept = |it: &char| it.is_ascii_digit() || *it == 'Z';
    at.whole_second().to_string().chars().filter(kept).collect()
}

impl std::fmt::Debug for LocalAuthority {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "LocalAuthority({:?})", self.chain[0])
    }
}
