//! The signature inside a PDF: a detached CMS `SignedData` (RFC 5652) at the level CAdES / PAdES B-B (ETSI EN 319 142-1, 5.3).
//!
//! Signed attributes are content type, message digest and signing certificate v2 (RFC 5035); the signing time stands in the PDF (`/M`).
//! There is one way to write each signature. A verifier therefore takes signer, digest and signature value out of what it was
//! given, writes the message anew and compares: bytes that no signature covers cannot be changed either.

use cms::cert::{CertificateChoices, IssuerAndSerialNumber};
use cms::content_info::{CmsVersion, ContentInfo};
use cms::signed_data::{
    CertificateSet, EncapsulatedContentInfo, SignedData, SignerIdentifier, SignerInfo, SignerInfos,
};
use const_oid::db::{rfc5911, rfc5912};
use der::asn1::{OctetString, OctetStringRef, SetOfVec};
use der::oid::ObjectIdentifier;
use der::{Any, Decode as _, Encode as _};
use x509_cert::attr::{Attribute, Attributes};
use x509_cert::spki::AlgorithmIdentifierOwned;

use super::key::Key;
use super::{Certificate, Error};
use crate::rules::Digest;

/// The most bytes that a signature may take, and the space a PDF keeps free for it: room for a time stamp of a later level.
pub const SIGNATURE_MAX: usize = 8192;

/// Longer signatures are not read; none of ours exceeds [`SIGNATURE_MAX`].
const LONGEST: usize = 8 * SIGNATURE_MAX;

/// A signature found in a document, as far as it can be read.
pub struct Seal {
    /// Who signed, then the certificates sent along, nearest first.
    pub chain: Vec<Certificate>,
    /// The digest that was signed.
    pub digest: Digest,
    /// Whether the key of the first certificate made this signature over that digest.
    pub genuine: bool,
    /// Whether the message is byte for byte the one that the platform writes.
    pub canonical: bool,
}

/// Signs a digest; `chain` begins with the certificate of `key`.
pub(super) fn sign(key: &Key, chain: &[Certificate], digest: &Digest) -> Result<Vec<u8>, Error> {
    let message = || {
        let attributes = signed_attributes(&chain[0], digest)?;
        let signature = key.sign(&attributes.to_der()?).to_der();
        write(chain, attributes, signature.as_bytes())
    };
    message().map_err(|_| Error::Encoding("a signature"))
}

/// Reads a signature of one signer by key kinds this room knows; `None` for everything else.
#[must_use]
pub fn inspect(der: &[u8]) -> Option<Seal> {
    if der.len() > LONGEST {
        return None;
    }
    let info = ContentInfo::from_der(der).ok()?;
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
    let digest = Digest(digest.as_bytes().try_into().ok()?);
    let ours = signed_attributes(&chain[0], &digest).ok()?;
    let genuine = chain[0].key().verifies_der(&attributes.to_der().ok()?, signer.signature.as_bytes());
    let again = write(&chain, ours, signer.signature.as_bytes()).ok()?;
    Some(Seal { chain, digest, genuine, canonical: again == der })
}

/// Puts the signer first and each issuer after what it issued.
fn order(chain: &mut [Certificate], signer: &IssuerAndSerialNumber) -> Option<()> {
    let tbs = |certificate: &Certificate| certificate.inner().tbs_certificate().clone();
    let first = chain.iter().position(|it| {
        tbs(it).issuer() == &signer.issuer && tbs(it).serial_number() == &signer.serial_number
    })?;
    chain.swap(0, first);
    for place in 1..chain.len() {
        let issuer = tbs(&chain[place - 1]);
        if let Some(next) = (place..chain.len()).find(|&it| tbs(&chain[it]).subject() == issuer.issuer()) {
            chain.swap(place, next);
        }
    }
    Some(())
}

fn signed_attributes(signer: &Certificate, digest: &Digest) -> der::Result<Attributes> {
    // SigningCertificateV2 { certs { ESSCertIDv2 { certHash } } }: SHA-256 is the default and is left out (RFC 5035, 3).
    let mut reference = vec![0x30, 0x26, 0x30, 0x24, 0x30, 0x22, 0x04, 0x20];
    reference.extend_from_slice(&signer.digest().0);
    SetOfVec::try_from(vec![
        attribute(rfc5911::ID_CONTENT_TYPE, Any::encode_from(&rfc5911::ID_DATA)?)?,
        attribute(rfc5911::ID_MESSAGE_DIGEST, Any::encode_from(&OctetStringRef::new(&digest.0)?)?)?,
        attribute(rfc5911::ID_AA_SIGNING_CERTIFICATE_V_2, Any::from_der(&reference)?)?,
    ])
}

fn attribute(oid: ObjectIdentifier, value: Any) -> der::Result<Attribute> {
    Ok(Attribute { oid, values: SetOfVec::try_from(vec![value])? })
}

fn write(chain: &[Certificate], attributes: Attributes, signature: &[u8]) -> der::Result<Vec<u8>> {
    let signer = chain[0].inner().tbs_certificate();
    let sha256 = AlgorithmIdentifierOwned { oid: rfc5912::ID_SHA_256, parameters: None };
    let signer_info = SignerInfo {
        version: CmsVersion::V1,
        sid: SignerIdentifier::IssuerAndSerialNumber(IssuerAndSerialNumber {
            issuer: signer.issuer().clone(),
            serial_number: signer.serial_number().clone(),
        }),
        digest_alg: sha256.clone(),
        signed_attrs: Some(attributes),
        signature_algorithm: AlgorithmIdentifierOwned { oid: rfc5912::ECDSA_WITH_SHA_256, parameters: None },
        signature: OctetString::new(signature)?,
        unsigned_attrs: None,
    };
    let certificates = chain.iter().map(|it| CertificateChoices::Certificate(it.inner().clone()));
    let message = SignedData {
        version: CmsVersion::V1,
        digest_algorithms: SetOfVec::try_from(vec![sha256])?,
        encap_content_info: EncapsulatedContentInfo { econtent_type: rfc5911::ID_DATA, econtent: None },
        certificates: Some(CertificateSet::try_from(certificates.collect::<Vec<_>>())?),
        crls: None,
        signer_infos: SignerInfos::try_from(vec![signer_info])?,
    };
    ContentInfo { content_type: rfc5911::ID_SIGNED_DATA, content: Any::encode_from(&message)? }.to_der()
}
