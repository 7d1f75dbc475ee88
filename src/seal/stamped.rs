//! A signature and its timestamp (CAdES / PAdES B-T: ETSI EN 319 122-1, 5.3).
//!
//! The token is an unsigned attribute: the signed bytes and the signature stay what they were, so the same document may get its
//! timestamp later. One token in one attribute is the only addition there is.

use cms::content_info::ContentInfo;
use cms::signed_data::{SignedData, SignerInfos};
use const_oid::db::rfc3161;
use der::asn1::SetOfVec;
use der::{Any, Decode as _, Encode as _};

use super::Error;
use super::cms::attribute;

/// Adds a timestamp to a signature that has none.
pub fn with_token(signature: &[u8], token: &[u8]) -> Result<Vec<u8>, Error> {
    join(signature, token).ok_or(Error::Encoding("a signature with its timestamp"))
}

fn join(signature: &[u8], token: &[u8]) -> Option<Vec<u8>> {
    let (outer, mut message) = read(signature)?;
    let [signer] = message.signer_infos.0.as_slice() else { return None };
    let mut signer = signer.clone();
    if signer.unsigned_attrs.is_some() {
        return None;
    }
    let stamp = attribute(rfc3161::ID_AA_TIME_STAMP_TOKEN, Any::from_der(token).ok()?).ok()?;
    signer.unsigned_attrs = Some(SetOfVec::try_from(vec![stamp]).ok()?);
    message.signer_infos = SignerInfos::try_from(vec![signer]).ok()?;
    written(&outer, &message)
}

/// A signature without its timestamp, the timestamp, and whether the two make up the whole again byte for byte. What has no
/// timestamp of this form is given back as it is.
pub(super) fn split(signature: &[u8]) -> Option<(Vec<u8>, Option<Vec<u8>>, bool)> {
    let (outer, mut message) = read(signature)?;
    let [signer] = message.signer_infos.0.as_slice() else { return None };
    let mut signer = signer.clone();
    let alone = |all: &[x509_cert::attr::Attribute]| match all {
        [one] if one.oid == rfc3161::ID_AA_TIME_STAMP_TOKEN && one.values.len() == 1 => {
            one.values.get(0).and_then(|it| it.to_der().ok())
        }
        _ => None,
    };
    let Some(token) = signer.unsigned_attrs.as_ref().and_then(|all| alone(all.as_slice())) else {
        return Some((signature.to_vec(), None, true));
    };
    signer.unsigned_attrs = None;
    message.signer_infos = SignerInfos::try_from(vec![signer]).ok()?;
    let bare = written(&outer, &message)?;
    let whole = join(&bare, &token)? == signature;
    Some((bare, Some(token), whole))
}

fn read(signature: &[u8]) -> Option<(ContentInfo, SignedData)> {
    let outer = ContentInfo::from_der(signature).ok()?;
    let message = outer.content.decode_as().ok()?;
    Some((outer, message))
}

fn written(outer: &ContentInfo, message: &SignedData) -> Option<Vec<u8>> {
    let content = Any::encode_from(message).ok()?;
    ContentInfo { content_type: outer.content_type, content }.to_der().ok()
}
