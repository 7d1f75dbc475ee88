//! Timestamps (RFC 3161): asking for one, and judging one strictly.
//!
//! A token says that a message existed at a time. It is believed if it stamps that very message, is signed by a certificate that may
//! only stamp times (critical extended key usage) and is named in the signed attributes (`ESSCertIDv2`, RFC 5816), was in life at that
//! time, and leads to an authority that the verifier trusts.

use cms::cert::CertificateChoices;
use cms::content_info::{CmsVersion, ContentInfo};
use cms::signed_data::{SignedData, SignerIdentifier, SignerInfo};
use const_oid::db::{rfc3161, rfc5911, rfc5912};
use der::asn1::{BitString, Int, OctetString};
use der::oid::ObjectIdentifier;
use der::{Any, Decode as _, Encode as _, Sequence, Tag, Tagged as _};
use time::{Date, Month, PrimitiveDateTime, Time};
use x509_cert::attr::Attribute;
use x509_cert::ext::Extensions;
use x509_cert::spki::AlgorithmIdentifierOwned;

use super::foreign::{ForeignCertificate, Hash, MOST};
use super::{BadCertificate, Random, digest};
use crate::rules::{Digest, Instant};

/// Tokens longer than this are not read, in bytes: the largest in the field, with a chain of RSA-4096, take about eight thousand.
pub const TOKEN_MAX: usize = 32 * 1024;

/// Why a token, or an answer with one, is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadToken {
    /// Not the structure of RFC 3161 in DER.
    #[error("it is not a timestamp in strict DER")]
    Malformed,
    /// The authority declined.
    #[error("the timestamp authority declined: {0}")]
    Declined(String),
    /// It stamps something else.
    #[error("the timestamp is for another message")]
    Imprint,
    /// It answers another request.
    #[error("the timestamp answers another request (its nonce differs)")]
    Nonce,
    /// Another algorithm than those believed.
    #[error("the timestamp uses an algorithm that is not believed")]
    Algorithm,
    /// The signature does not hold.
    #[error("the signature of the timestamp does not hold")]
    Signature,
    /// The certificate is not for timestamps alone.
    #[error("the certificate behind the timestamp is not one for timestamps")]
    Purpose,
    /// The certificate was not in life, or leads to nobody who is trusted.
    #[error("the certificate behind the timestamp is refused: {0}")]
    Path(BadCertificate),
    /// The time is not near the clock of this machine.
    #[error("the timestamp says {0}, far from the clock of this machine")]
    Clock(Instant),
}

#[derive(Clone, Debug, PartialEq, Eq, Sequence)]
pub(super) struct MessageImprint {
    pub(super) hash_algorithm: AlgorithmIdentifierOwned,
    pub(super) hashed_message: OctetString,
}

#[derive(Clone, Debug, PartialEq, Eq, Sequence)]
pub(super) struct TimeStampReq {
    pub(super) version: u8,
    pub(super) message_imprint: MessageImprint,
    pub(super) req_policy: Option<ObjectIdentifier>,
    pub(super) nonce: Option<Int>,
    #[asn1(default = "no")]
    pub(super) cert_req: bool,
    #[asn1(context_specific = "0", tag_mode = "IMPLICIT", constructed = "true", optional = "true")]
    pub(super) extensions: Option<Extensions>,
}

#[derive(Clone, Debug, PartialEq, Eq, Sequence)]
pub(super) struct PkiStatusInfo {
    pub(super) status: u8,
    pub(super) status_string: Option<Vec<String>>,
    pub(super) fail_info: Option<BitString>,
}

#[derive(Clone, Debug, PartialEq, Eq, Sequence)]
pub(super) struct TimeStampResp {
    pub(super) status: PkiStatusInfo,
    pub(super) time_stamp_token: Option<Any>,
}

#[derive(Clone, Debug, PartialEq, Eq, Sequence)]
pub(super) struct TstInfo {
    pub(super) version: u8,
    pub(super) policy: ObjectIdentifier,
    pub(super) message_imprint: MessageImprint,
    pub(super) serial_number: Int,
    /// `GeneralizedTime`, which here may have parts of seconds (RFC 3161, 2.4.2).
    pub(super) gen_time: Any,
    pub(super) accuracy: Option<Accuracy>,
    #[asn1(default = "no")]
    pub(super) ordering: bool,
    pub(super) nonce: Option<Int>,
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT", optional = "true")]
    pub(super) tsa: Option<Any>,
    #[asn1(context_specific = "1", tag_mode = "IMPLICIT", constructed = "true", optional = "true")]
    pub(super) extensions: Option<Extensions>,
}

#[derive(Clone, Debug, PartialEq, Eq, Sequence)]
pub(super) struct Accuracy {
    pub(super) seconds: Option<u32>,
    #[asn1(context_specific = "0", tag_mode = "IMPLICIT", optional = "true")]
    pub(super) millis: Option<u16>,
    #[asn1(context_specific = "1", tag_mode = "IMPLICIT", optional = "true")]
    pub(super) micros: Option<u16>,
}

/// `ESSCertIDv2` (RFC 5035, 3); the name of the issuer in it is not needed, since the hash names the certificate.
#[derive(Clone, Debug, PartialEq, Eq, Sequence)]
struct EssCertIdV2 {
    /// SHA-256 where it is left out.
    hash_algorithm: Option<AlgorithmIdentifierOwned>,
    cert_hash: OctetString,
    issuer_serial: Option<Any>,
}

#[derive(Clone, Debug, PartialEq, Eq, Sequence)]
struct SigningCertificateV2 {
    certs: Vec<EssCertIdV2>,
    policies: Option<Any>,
}

fn no() -> bool {
    false
}

pub(super) fn sha256() -> AlgorithmIdentifierOwned {
    AlgorithmIdentifierOwned { oid: rfc5912::ID_SHA_256, parameters: None }
}

/// A question to a timestamp authority.
#[derive(Clone, Debug)]
pub struct Request {
    imprint: Digest,
    nonce: Int,
    der: Vec<u8>,
}

impl Request {
    /// Asks for a token on `message`, with a fresh nonce and the certificate of the authority.
    #[must_use]
    pub fn new(message: &[u8], random: Random) -> Option<Self> {
        let mut nonce = [0; 8];
        random(&mut nonce);
        nonce[0] = nonce[0] & 0x7f | 0x40; // Positive and of constant length.
        let (imprint, nonce) = (digest(message), Int::new(&nonce).ok()?);
        let hashed_message = OctetString::new(imprint.0.as_slice()).ok()?;
        let request = TimeStampReq {
            version: 1,
            message_imprint: MessageImprint { hash_algorithm: sha256(), hashed_message },
            req_policy: None,
            nonce: Some(nonce.clone()),
            cert_req: true,
            extensions: None,
        };
        Some(Self { imprint, nonce, der: request.to_der().ok()? })
    }

    /// The request in DER, of type `application/timestamp-query`.
    #[must_use]
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// Reads the answer: the token, if it is one for this request. Whom it comes from is another question.
    pub fn token(&self, response: &[u8]) -> Result<Token, BadToken> {
        if response.len() > TOKEN_MAX + 1024 {
            return Err(BadToken::Malformed);
        }
        let response = TimeStampResp::from_der(response).map_err(|_| BadToken::Malformed)?;
        if response.status.status > 1 {
            let said = response.status.status_string.unwrap_or_default().join("; ");
            let said: String = said.chars().filter(|it| !it.is_control()).take(200).collect();
            return Err(BadToken::Declined(format!("status {} {said}", response.status.status)));
        }
        let token = response.time_stamp_token.ok_or(BadToken::Malformed)?;
        let token = Token::read(&token.to_der().map_err(|_| BadToken::Malformed)?)?;
        if token.nonce.as_ref() != Some(&self.nonce) {
            return Err(BadToken::Nonce);
        }
        if token.hash != Hash::Sha256 || token.imprint != self.imprint.0 {
            return Err(BadToken::Imprint);
        }
        Ok(token)
    }
}

/// A timestamp whose own signature holds by the certificate in it.
#[derive(Clone, Debug)]
pub struct Token {
    der: Vec<u8>,
    time: Instant,
    until: Instant,
    hash: Hash,
    imprint: Vec<u8>,
    nonce: Option<Int>,
    signer: ForeignCertificate,
    others: Vec<ForeignCertificate>,
}

impl Token {
    /// Reads a token and checks its signature by the certificate in it.
    pub fn read(der: &[u8]) -> Result<Self, BadToken> {
        let malformed = || BadToken::Malformed;
        if der.len() > TOKEN_MAX {
            return Err(malformed());
        }
        let outer = ContentInfo::from_der(der).map_err(|_| malformed())?;
        if outer.content_type != rfc5911::ID_SIGNED_DATA {
            return Err(malformed());
        }
        let message: SignedData = outer.content.decode_as().map_err(|_| malformed())?;
        let inner = &message.encap_content_info;
        let content: OctetString =
            inner.econtent.as_ref().and_then(|it| it.decode_as().ok()).ok_or_else(malformed)?;
        let ([signer], true) =
            (message.signer_infos.0.as_slice(), inner.econtent_type == rfc3161::ID_CT_TST_INFO)
        else {
            return Err(malformed());
        };
        // Nothing signs the frame of the message, so it has one spelling (RFC 5652, 5.1 and 5.3).
        let by_serial = matches!(signer.sid, SignerIdentifier::IssuerAndSerialNumber(_));
        let versions = (message.version, signer.version);
        let [digest_algorithm] = message.digest_algorithms.as_slice() else { return Err(malformed()) };
        if versions != (CmsVersion::V3, if by_serial { CmsVersion::V1 } else { CmsVersion::V3 })
            || Hash::of(digest_algorithm) != Hash::of(&signer.digest_alg)
        {
            return Err(malformed());
        }
        let mut others = Vec::new();
        for choice in message.certificates.iter().flat_map(|it| it.0.iter()) {
            // What is no plain certificate, or one of a kind we do not know, can be no part of the path.
            if let CertificateChoices::Certificate(it) = choice
                && let Ok(it) = ForeignCertificate::checked(it.clone())
            {
                others.push(it);
            }
        }
        if others.len() > MOST {
            return Err(malformed());
        }
        let certificate = check_signature(signer, content.as_bytes(), &others)?;
        let info = TstInfo::from_der(content.as_bytes()).map_err(|_| malformed())?;
        if info.version != 1 || info.extensions.is_some_and(|all| all.iter().any(|it| it.critical)) {
            return Err(malformed());
        }
        let time = time_of(&info.gen_time).ok_or_else(malformed)?;
        let off = info.accuracy.map_or(0, |it| {
            let finer = i64::from(it.millis.unwrap_or(0)) + i64::from(it.micros.is_some());
            i64::from(it.seconds.unwrap_or(0)) * 1000 + finer
        });
        Ok(Self {
            der: der.to_vec(),
            time,
            until: Instant::from_millis(time.millis().saturating_add(off)),
            hash: Hash::of(&info.message_imprint.hash_algorithm).ok_or(BadToken::Algorithm)?,
            imprint: info.message_imprint.hashed_message.as_bytes().to_vec(),
            nonce: info.nonce,
            signer: certificate,
            others,
        })
    }

    /// The token in DER.
    #[must_use]
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// The time it says.
    #[must_use]
    pub fn time(&self) -> Instant {
        self.time
    }

    /// The last moment that it may mean, by its own accuracy: what it stamps existed then at the latest.
    #[must_use]
    pub fn latest(&self) -> Instant {
        self.until
    }

    /// The certificate of the authority that made it.
    #[must_use]
    pub fn authority(&self) -> &ForeignCertificate {
        &self.signer
    }

    /// The certificates sent along, the authority's own among them.
    #[must_use]
    pub fn certificates(&self) -> &[ForeignCertificate] {
        &self.others
    }

    /// Whether it stamps this message.
    #[must_use]
    pub fn is_for(&self, message: &[u8]) -> bool {
        self.hash.digest(message) == self.imprint
    }

    /// Checks that its authority is, or leads to, one of `anchors`, and was in life at the time it says.
    pub fn check_path(&self, anchors: &[ForeignCertificate]) -> Result<(), BadToken> {
        self.signer.check_path(&self.others, anchors, self.time).map_err(BadToken::Path)
    }
}

/// Finds the certificate that the signed attributes name, and checks that it may stamp times and made this signature.
fn check_signature(
    signer: &SignerInfo,
    content: &[u8],
    certificates: &[ForeignCertificate],
) -> Result<ForeignCertificate, BadToken> {
    let attributes = signer.signed_attrs.as_ref().ok_or(BadToken::Malformed)?;
    let one = |oid| -> Option<&Any> {
        let mut found = attributes.iter().filter(|it: &&Attribute| it.oid == oid);
        let attribute = found.next().filter(|it| it.values.len() == 1)?;
        if found.next().is_some() { None } else { attribute.values.get(0) }
    };
    let hash = Hash::of(&signer.digest_alg).ok_or(BadToken::Algorithm)?;
    let kind = one(rfc5911::ID_CONTENT_TYPE).and_then(|it| it.decode_as::<ObjectIdentifier>().ok());
    let stated = one(rfc5911::ID_MESSAGE_DIGEST).and_then(|it| it.decode_as::<OctetString>().ok());
    let named = one(rfc5911::ID_AA_SIGNING_CERTIFICATE_V_2);
    let named = named.and_then(|it| it.decode_as::<SigningCertificateV2>().ok());
    let first = named.as_ref().and_then(|it| it.certs.first()).ok_or(BadToken::Malformed)?;
    let (Some(rfc3161::ID_CT_TST_INFO), Some(stated)) = (kind, stated) else {
        return Err(BadToken::Malformed);
    };
    if stated.as_bytes() != hash.digest(content) {
        return Err(BadToken::Signature);
    }
    let by = first.hash_algorithm.as_ref().map_or(Some(Hash::Sha256), Hash::of).ok_or(BadToken::Algorithm)?;
    let certificate = certificates.iter().find(|it| by.digest(it.der()) == first.cert_hash.as_bytes());
    let certificate = certificate.ok_or(BadToken::Signature)?;
    let tbs = certificate.inner().tbs_certificate();
    let same = match &signer.sid {
        SignerIdentifier::IssuerAndSerialNumber(it) => {
            &it.issuer == tbs.issuer() && &it.serial_number == tbs.serial_number()
        }
        SignerIdentifier::SubjectKeyIdentifier(_) => true, // the hash above names it
    };
    let covered = attributes.to_der().map_err(|_| BadToken::Malformed)?;
    let signature = signer.signature.as_bytes();
    if !same || !certificate.verifies(&signer.signature_algorithm, Some(hash), &covered, signature) {
        return Err(BadToken::Signature);
    }
    if certificate.stamps_time() { Ok(certificate.clone()) } else { Err(BadToken::Purpose) }
}

/// Reads `YYYYMMDDhhmmss[.s…]Z` (RFC 3161, 2.4.2), down to milliseconds.
fn time_of(value: &Any) -> Option<Instant> {
    let text = std::str::from_utf8(value.value()).ok().filter(|_| value.tag() == Tag::GeneralizedTime)?;
    let (whole, parts) = text.strip_suffix('Z')?.split_at_checked(14)?;
    let number = |from: usize, to: usize| {
        let digits = whole.get(from..to)?;
        digits.bytes().all(|it| it.is_ascii_digit()).then(|| digits.parse::<u16>().ok())?
    };
    let small = |from| number(from, from + 2).and_then(|it| u8::try_from(it).ok());
    let month = Month::try_from(small(4)?).ok()?;
    let date = Date::from_calendar_date(i32::from(number(0, 4)?), month, small(6)?).ok()?;
    let time = Time::from_hms(small(8)?, small(10)?, small(12)?).ok()?;
    let millis = match parts.strip_prefix('.') {
        None if parts.is_empty() => 0,
        Some(digits) if (1..=9).contains(&digits.len()) && digits.bytes().all(|it| it.is_ascii_digit()) => {
            format!("{digits}00").get(..3)?.parse().ok()?
        }
        _ => return None,
    };
    let seconds = Instant::from(PrimitiveDateTime::new(date, time).assume_utc());
    Some(Instant::from_millis(seconds.millis() + millis))
}
