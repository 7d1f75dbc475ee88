//! The signature inside a PDF: a detached CMS `SignedData` (RFC 5652) at the level CAdES / PAdES B-B (ETSI EN 319 142-1, 5.3).
//!
//! With SM2 it is the message of GB/T 35275 (GM/T 0010), which differs in the names of its types and algorithms only.
//!
//! Signed attributes are content type, message digest and signing certificate v2 (RFC 5035); the signing time stands in the PDF (`/M`).
//! There is one way to write each signature. A verifier therefore takes signer, digest and signature value out of what it was
//! given, writes the message anew and compares: bytes that no signature covers cannot be changed either. A timestamp may be added to
//! it (see `stamped`), and nothing else.

use cms::cert::{CertificateChoices, IssuerAndSerialNumber};
use cms::content_info::{CmsVersion, ContentInfo};
use cms::signed_data::{
    CertificateSet, EncapsulatedContentInfo, SignedData, SignerIdentifier, SignerInfo, SignerInfos,
};
use const_oid::db::rfc5911;
use der::asn1::{OctetString, OctetStringRef, SetOfVec};
use der::oid::ObjectIdentifier;
use der::{Any, Decode as _, Encode as _, Tag};
use x509_cert::attr::{Attribute, Attributes};

use super::key::Key;
use super::stamped::split;
use super::{Certificate, Error, kinds};
use crate::rules::KeyKind;

/// The most bytes that a signature may take with the time stamp of a later level: what no chain of ours comes near.
pub const SIGNATURE_MAX: usize = 16 * 1024;

/// Bytes that a PDF keeps free, beside its signature, for the time stamp of a later level: two thousand for one of the local
/// authority, and a half more for the longest name of an operator.
pub const TIMESTAMP_ROOM: usize = 13 * 256;

/// Longer signatures are not read.
const LONGEST: usize = 4 * SIGNATURE_MAX;

/// A signature found in a document, as far as it can be read.
pub struct Seal {
    /// Who signed, then the certificates sent along, nearest first; never empty.
    pub chain: Vec<Certificate>,
    /// The digest that was signed: SHA-256 or SM3.
    digest: [u8; 32],
    /// Whether the key of the first certificate made this signature over that digest.
    pub genuine: bool,
    /// Whether the message is byte for byte the one that the platform writes.
    pub canonical: bool,
    /// The value of the signature: what a timestamp stamps.
    pub signature: Vec<u8>,
    /// The timestamp that was added, in DER, not looked at.
    pub token: Option<Vec<u8>>,
}

impl Seal {
    /// The kind of the key that signed.
    #[must_use]
    pub fn kind(&self) -> KeyKind {
        self.chain[0].kind()
    }

    /// Whether these pieces, one after another, are what was signed.
    #[must_use]
    pub fn covers(&self, parts: &[&[u8]]) -> bool {
        kinds::digest_parts(self.kind(), parts) == self.digest
    }
}

/// Signs pieces one after another; `chain` begins with the certificate of `key`.
pub(super) fn sign(key: &Key, chain: &[Certificate], parts: &[&[u8]]) -> Result<Vec<u8>, Error> {
    let encoding = |_| Error::Encoding("a signature");
    let digest = kinds::digest_parts(key.kind(), parts);
    let attributes = signed_attributes(&chain[0], &digest).map_err(encoding)?;
    let signature = key.sign(&attributes.to_der().map_err(encoding)?)?;
    write(chain, attributes, &signature).map_err(encoding)
}

/// The most bytes that a signature with this chain takes.
pub(super) fn longest(chain: &[Certificate]) -> Result<usize, Error> {
    let value: &[u8] = match chain[0].kind() {
        KeyKind::P256 | KeyKind::Sm2 => &[0; 72], // SEQUENCE of two INTEGER of 33 bytes
        KeyKind::Rsa3072 => &[0; 384],
    };
    let message = signed_attributes(&chain[0], &[0; 32]).and_then(|it| write(chain, it, value));
    message.map(|it| it.len()).map_err(|_| Error::Encoding("a signature"))
}

/// Reads a signature of one signer by key kinds this room knows; `None` for everything else.
#[must_use]
pub fn inspect(der: &[u8]) -> Option<Seal> {
    if der.len() > LONGEST {
        return None;
    }
    let (bare, token, joined) = split(der)?;
    let info = ContentInfo::from_der(&bare).ok()?;
    let message: SignedData = info.content.decode_as().ok()?;
    let [signer] = message.signer_infos.0.as_slice() else { return None };
    let SignerIdentifier::IssuerAndSerialNumber(wanted) = &signer.sid else { return None };
    let mut chain = Vec::new();
    for choice in message.certificates?.0.iter() {
        let CertificateChoices::Certificate(certificate) = choice else { return None };
        chain.push(Certificate::from_der(&certificate.to_der().ok()?).ok()?);
    }
    order(&mut chain, wanted)?;
    let attributes = signer.signed_attrs.as_ref()?;
    let stated = attributes.iter().find(|it| it.oid == rfc5911::ID_MESSAGE_DIGEST)?;
    let digest = stated.values.get(0)?.decode_as::<OctetString>().ok()?;
    let digest = digest.as_bytes().try_into().ok()?;
    let ours = signed_attributes(&chain[0], &digest).ok()?;
    let genuine = chain[0].key().verifies(&attributes.to_der().ok()?, signer.signature.as_bytes());
    let again = write(&chain, ours, signer.signature.as_bytes()).ok()?;
    let signature = signer.signature.as_bytes().to_vec();
    Some(Seal { chain, digest, genuine, canonical: joined && again == bare, signature, token })
}

/// Puts the signer first and each issuer after what it issued.
fn order(chain: &mut [Certificate], signer: &IssuerAndSerialNumber) -> Option<()> {
    let first = chain.iter().position(|it| {
        let tbs = it.inner().tbs_certificate();
        tbs.issuer() == &signer.issuer && tbs.serial_number() == &signer.serial_number
    })?;
    chain.swap(0, first);
    for place in 1..chain.len() {
        let (ordered, rest) = chain.split_at_mut(place);
        let issuer = ordered[place - 1].inner().tbs_certificate().issuer();
        if let Some(next) = rest.iter().position(|it| it.inner().tbs_certificate().subject() == issuer) {
            rest.swap(0, next);
        }
    }
    Some(())
}

fn signed_attributes(signer: &Certificate, digest: &[u8; 32]) -> der::Result<Attributes> {
    let (_, data) = kinds::content_types(signer.kind());
    SetOfVec::try_from(vec![
        attribute(rfc5911::ID_CONTENT_TYPE, Any::from(data))?,
        attribute(rfc5911::ID_MESSAGE_DIGEST, Any::encode_from(&OctetStringRef::new(digest)?)?)?,
        signing_certificate(signer)?,
    ])
}

/// The attribute that names the signing certificate by its hash.
pub(super) fn signing_certificate(signer: &Certificate) -> der::Result<Attribute> {
    attribute(rfc5911::ID_AA_SIGNING_CERTIFICATE_V_2, reference(signer)?)
}

/// `SigningCertificateV2 { certs { ESSCertIDv2 { hashAlgorithm, certHash } } }`: SHA-256 is the default and is left out (RFC 5035, 3).
fn reference(signer: &Certificate) -> der::Result<Any> {
    let algorithm = match signer.kind() {
        KeyKind::P256 | KeyKind::Rsa3072 => Vec::new(),
        KeyKind::Sm2 => kinds::digest_algorithm(KeyKind::Sm2).to_der()?,
    };
    let hash = kinds::digest_parts(signer.kind(), &[signer.der()]);
    let id = [algorithm, OctetStringRef::new(&hash)?.to_der()?].concat();
    let sequence = |inner: Vec<u8>| Any::new(Tag::Sequence, inner);
    sequence(sequence(sequence(id)?.to_der()?)?.to_der()?)
}

pub(super) fn attribute(oid: ObjectIdentifier, value: Any) -> der::Result<Attribute> {
    Ok(Attribute { oid, values: SetOfVec::try_from(vec![value])? })
}

fn write(chain: &[Certificate], attributes: Attributes, signature: &[u8]) -> der::Result<Vec<u8>> {
    let (signer, kind) = (chain[0].inner().tbs_certificate(), chain[0].kind());
    let (signed_data, data) = kinds::content_types(kind);
    let signer_info = SignerInfo {
        version: CmsVersion::V1,
        sid: SignerIdentifier::IssuerAndSerialNumber(IssuerAndSerialNumber {
            issuer: signer.issuer().clone(),
            serial_number: signer.serial_number().clone(),
        }),
        digest_alg: kinds::digest_algorithm(kind),
        signed_attrs: Some(attributes),
        signature_algorithm: kinds::message_signature(kind),
        signature: OctetString::new(signature)?,
        unsigned_attrs: None,
    };
    let certificates = chain.iter().map(|it| CertificateChoices::Certificate(it.inner().clone()));
    let message = SignedData {
        version: CmsVersion::V1,
        digest_algorithms: SetOfVec::try_from(vec![kinds::digest_algorithm(kind)])?,
        encap_content_info: EncapsulatedContentInfo { econtent_type: data, econtent: None },
        certificates: Some(CertificateSet::try_from(certificates.collect::<Vec<_>>())?),
        crls: None,
        signer_infos: SignerInfos::try_from(vec![signer_info])?,
    };
    ContentInfo { content_type: signed_data, content: Any::encode_from(&message)? }.to_der()
}
