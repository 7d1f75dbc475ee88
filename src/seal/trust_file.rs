//! The trust bundle as a file: written, signed, read and checked.
//!
//! `{"bundle": {…}, "signature": "<hex>"}`: the signature is a detached one (see `cose`) over the canonical JSON (RFC 8785) of the
//! bundle, by a signer that the bundle itself lists as trusted at that time. It protects the bundle on its way; whether the *root*
//! in it is the operator's is for people to compare once, by [`TrustBundle::fingerprints`].
//!
//! Version 2 added `timestamp_authorities`; version 1 is read as one without any.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::cose::{Purpose, verify_detached};
use super::qr_text::is_origin;
use super::{
    BadCertificate, BadSignature, Certificate, Error, ForeignCertificate, ReportStatus, Signer, SignerState,
    TimestampAuthority, TrustBundle, TrustedSigner,
};
use crate::rules::{Digest, Instant};

/// Larger bundles are not read.
const LARGEST: usize = 64 << 20;

/// The name of the form that is written.
const FORMAT: &str = "mingzheng-trust/2";

/// The form before it.
const FORMER: &str = "mingzheng-trust/1";

/// Why a bundle is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadBundle {
    /// More than 64 MiB.
    #[error("the trust bundle is larger than 64 MiB")]
    TooLarge,
    /// Not JSON of this shape.
    #[error("the trust bundle cannot be read: {0}")]
    Shape(String),
    /// Another format.
    #[error("the trust bundle has the format {0:?}, which this program does not know")]
    Format(String),
    /// Something that should be there is not.
    #[error("the trust bundle has no {0}")]
    Missing(&'static str),
    /// A certificate is bad or leads to no root.
    #[error("{what} {at} of the trust bundle is refused: {why}")]
    Certificate {
        /// Which list it stands in.
        what: &'static str,
        /// Its place in the list, from one.
        at: usize,
        /// What is wrong.
        why: BadCertificate,
    },
    /// An address is none.
    #[error("{0:?} in the trust bundle is not the address of a verification page")]
    Origin(String),
    /// A report stands twice, or the list is not in order.
    #[error("the reports of the trust bundle are not in order, at {0}")]
    Order(Digest),
    /// The signature.
    #[error("the signature of the trust bundle is refused: {0}")]
    Signature(#[from] BadSignature),
    /// The signer had lost its trust by then.
    #[error("the trust bundle is signed by a key that it does not trust itself")]
    Signer,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Envelope {
    bundle: Form,
    signature: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Form {
    format: String,
    generated_at: Instant,
    operator: String,
    origins: Vec<String>,
    roots: Vec<String>,
    issuing: Vec<String>,
    signers: Vec<SignerForm>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    timestamp_authorities: Vec<SignerForm>,
    statuses: Vec<StatusForm>,
    statuses_as_of: Instant,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SignerForm {
    certificate: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    revoked_since: Option<Instant>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    compromised_since: Option<Instant>,
}

#[derive(Serialize, Deserialize)]
struct StatusForm {
    facts_digest: Digest,
    #[serde(flatten)]
    report: ReportStatus,
}

impl TrustBundle {
    /// The bundle, signed.
    pub fn export(&self, signer: &Signer) -> Result<String, Error> {
        let pem = |all: &[Certificate]| all.iter().map(Certificate::to_pem).collect();
        let bundle = Form {
            format: FORMAT.to_owned(),
            generated_at: self.generated_at,
            operator: self.operator.clone(),
            origins: self.origins.clone(),
            roots: pem(&self.roots),
            issuing: pem(&self.issuing),
            signers: self.signers.iter().map(TrustedSigner::form).collect(),
            timestamp_authorities: self.timestamp_authorities.iter().map(TimestampAuthority::form).collect(),
            statuses: self.statuses.iter().map(StatusForm::of).collect(),
            statuses_as_of: self.statuses_as_of,
        };
        let signature = signer.sign_detached(Purpose::TrustBundle, &canonical(&bundle))?;
        let signature = to_hex(&signature);
        serde_json::to_string_pretty(&Envelope { bundle, signature })
            .map_err(|_| Error::Encoding("a trust bundle"))
    }

    /// Reads a bundle and checks everything in it: certificates up to a root of its own, order, and signature.
    pub fn parse(bytes: &[u8]) -> Result<Self, BadBundle> {
        if bytes.len() > LARGEST {
            return Err(BadBundle::TooLarge);
        }
        let envelope: Envelope =
            serde_json::from_slice(bytes).map_err(|error| BadBundle::Shape(error.to_string()))?;
        let form = envelope.bundle;
        let former = form.format == FORMER && form.timestamp_authorities.is_empty();
        if form.format != FORMAT && !former {
            return Err(BadBundle::Format(form.format.chars().take(40).collect()));
        }
        let signed = canonical(&form);
        let signature = from_hex(&envelope.signature).ok_or(BadSignature::Malformed)?;
        let bundle = Self::checked(form)?;
        let (roots, at) = (&bundle.roots, bundle.generated_at);
        let leaf = verify_detached(Purpose::TrustBundle, &signed, &signature, roots, at)?;
        let listed = bundle.signers.iter().any(|it| it.certificate == leaf);
        if listed && bundle.judge_existing(&bundle.path_of(&leaf), at, at) == SignerState::Trusted {
            Ok(bundle)
        } else {
            Err(BadBundle::Signer)
        }
    }

    fn checked(form: Form) -> Result<Self, BadBundle> {
        let bad = |what, at: usize| move |why| BadBundle::Certificate { what, at: at + 1, why };
        let (mut roots, mut issuing, mut signers) = (Vec::new(), Vec::new(), Vec::new());
        for (at, pem) in form.roots.iter().enumerate() {
            let root = Certificate::from_pem(pem).map_err(bad("root", at))?;
            root.check_issued_by(&root, 1).map_err(bad("root", at))?;
            roots.push(root);
        }
        for (at, pem) in form.issuing.iter().enumerate() {
            let authority = Certificate::from_pem(pem).map_err(bad("authority", at))?;
            if !roots.iter().any(|root| authority.check_issued_by(root, 1).is_ok()) {
                return Err(bad("authority", at)(BadCertificate::NotIssuedBy));
            }
            issuing.push(authority);
        }
        for (at, signer) in form.signers.into_iter().enumerate() {
            let certificate = Certificate::from_pem(&signer.certificate).map_err(bad("signer", at))?;
            certificate.check_signer().map_err(bad("signer", at))?;
            if !issuing.iter().any(|it| certificate.check_issued_by(it, 0).is_ok()) {
                return Err(bad("signer", at)(BadCertificate::NotIssuedBy));
            }
            let SignerForm { revoked_since, compromised_since, .. } = signer;
            signers.push(TrustedSigner { certificate, revoked_since, compromised_since });
        }
        let mut timestamp_authorities = Vec::new();
        for (at, authority) in form.timestamp_authorities.into_iter().enumerate() {
            let SignerForm { certificate, revoked_since, compromised_since } = authority;
            let mut all =
                ForeignCertificate::chain_from_pem(&certificate).map_err(bad("timestamp authority", at))?;
            let (Some(certificate), true) = (all.pop(), all.is_empty()) else {
                return Err(bad("timestamp authority", at)(BadCertificate::Malformed));
            };
            timestamp_authorities.push(TimestampAuthority { certificate, revoked_since, compromised_since });
        }
        if roots.is_empty() {
            return Err(BadBundle::Missing("root certificate"));
        }
        if form.origins.is_empty() {
            return Err(BadBundle::Missing("address"));
        }
        if let Some(odd) = form.origins.iter().find(|origin| !is_origin(origin)) {
            return Err(BadBundle::Origin(odd.chars().take(200).collect()));
        }
        let mut statuses = BTreeMap::new();
        for StatusForm { facts_digest, report } in form.statuses {
            if statuses.last_key_value().is_some_and(|(last, _)| *last >= facts_digest) {
                return Err(BadBundle::Order(facts_digest));
            }
            statuses.insert(facts_digest, report);
        }
        Ok(Self {
            generated_at: form.generated_at,
            operator: form.operator,
            origins: form.origins,
            roots,
            issuing,
            signers,
            timestamp_authorities,
            statuses,
            statuses_as_of: form.statuses_as_of,
        })
    }
}

impl TrustedSigner {
    fn form(&self) -> SignerForm {
        SignerForm {
            certificate: self.certificate.to_pem(),
            revoked_since: self.revoked_since,
            compromised_since: self.compromised_since,
        }
    }
}

impl TimestampAuthority {
    fn form(&self) -> SignerForm {
        SignerForm {
            certificate: self.certificate.to_pem(),
            revoked_since: self.revoked_since,
            compromised_since: self.compromised_since,
        }
    }
}

impl StatusForm {
    fn of((facts_digest, report): (&Digest, &ReportStatus)) -> Self {
        Self { facts_digest: *facts_digest, report: report.clone() }
    }
}

fn canonical(form: &Form) -> Vec<u8> {
    // Only strings and lists of them under string keys: always serialises.
    serde_json_canonicalizer::to_vec(form).unwrap_or_default()
}

fn to_hex(bytes: &[u8]) -> String {
    let digit = |value: u8| char::from_digit(u32::from(value), 16).unwrap_or('0'); // always below 16
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

fn from_hex(text: &str) -> Option<Vec<u8>> {
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|it| u8::try_from(it).ok());
    let pairs = text.as_bytes().chunks(2);
    pairs.map(|pair| Some(digit(pair[0])? << 4 | digit(*pair.get(1)?)?)).collect()
}
