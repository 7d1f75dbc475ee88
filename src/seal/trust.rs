//! The trust bundle: everything that a verifier needs to answer offline, in one signed file.
//!
//! # The form
//!
//! `{"bundle": {…}, "signature": "<hex>"}`: the signature is a detached one (see `cose`) over the canonical JSON (RFC 8785) of the
//! bundle, by a signer that the bundle itself lists as trusted at that time. It protects the bundle on its way; whether the *root*
//! in it is the operator's is for people to compare once, by [`TrustBundle::fingerprints`].
//!
//! # Keys that are no longer good
//!
//! A key with `revoked_since` signed well before that time and not after. A key with `compromised_since` may have fallen to somebody
//! who writes any time he likes into what he signs, so offline nothing that it signed is believed; the operator, who keeps every report,
//! can still tell.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::cose::{Purpose, key_id, verify_detached};
use super::qr_text::is_origin;
use super::{BadCertificate, BadSignature, Certificate, Error, Keyring, Signer};
use crate::rules::{Digest, Instant, ReportNumber, Status, StatusAt};

/// Larger bundles are not read.
const LARGEST: usize = 64 << 20;

/// The name of this form.
const FORMAT: &str = "mingzheng-trust/1";

/// What a verifier trusts, and what it knows about reports that no longer stand.
///
/// Certificates under `issuing` and `signers` are believed to lead to one of `roots`: [`parse`](TrustBundle::parse) has checked it,
/// and whoever fills the fields answers for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrustBundle {
    /// When it was made.
    pub generated_at: Instant,
    /// The operator's name.
    pub operator: String,
    /// The addresses of its verification pages, without a slash at the end.
    pub origins: Vec<String>,
    /// Root certificates.
    pub roots: Vec<Certificate>,
    /// Authorities under the roots.
    pub issuing: Vec<Certificate>,
    /// Every certificate that ever signed reports.
    pub signers: Vec<TrustedSigner>,
    /// Reports that are not simply valid, by the digest of their facts.
    pub statuses: BTreeMap<Digest, ReportStatus>,
    /// The time for which `statuses` is complete.
    pub statuses_as_of: Instant,
}

/// A signing certificate and what became of its key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrustedSigner {
    /// The certificate.
    pub certificate: Certificate,
    /// It is not used from this time on.
    pub revoked_since: Option<Instant>,
    /// Somebody else may have had the key from this time on.
    pub compromised_since: Option<Instant>,
}

/// A report that is not simply valid.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReportStatus {
    /// Its number.
    pub number: ReportNumber,
    /// What it is.
    pub status: Status,
    /// Since when.
    pub since: Instant,
    /// The issuer's words on why.
    pub reason: String,
}

/// How far a signer is trusted for something signed at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignerState {
    /// Its chain holds and nothing is known against it.
    Trusted,
    /// It leads to none of our roots.
    Unknown,
    /// It is ours, but the chain did not hold at that time.
    Invalid,
    /// It was revoked before it signed.
    Revoked,
    /// Its key was compromised, whenever it signed.
    Compromised,
}

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
    /// What an operator with these keys knows at `at`, before any report lost its validity.
    #[must_use]
    pub fn of(keyring: &Keyring, origins: Vec<String>, at: Instant) -> Self {
        let (mut issuing, mut signers) = (Vec::new(), Vec::new());
        for chain in keyring.chains() {
            for authority in &chain[1..] {
                if !issuing.contains(authority) {
                    issuing.push(authority.clone());
                }
            }
            let certificate = chain[0].clone();
            signers.push(TrustedSigner { certificate, revoked_since: None, compromised_since: None });
        }
        Self {
            generated_at: at,
            operator: keyring.operator(),
            origins,
            roots: keyring.roots(),
            issuing,
            signers,
            statuses: BTreeMap::new(),
            statuses_as_of: at,
        }
    }

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
        if form.format != FORMAT {
            return Err(BadBundle::Format(form.format.chars().take(40).collect()));
        }
        let signed = canonical(&form);
        let signature = from_hex(&envelope.signature).ok_or(BadSignature::Malformed)?;
        let bundle = Self::checked(form)?;
        let (roots, at) = (&bundle.roots, bundle.generated_at);
        let leaf = verify_detached(Purpose::TrustBundle, &signed, &signature, roots, at)?;
        let listed = bundle.signers.iter().any(|it| it.certificate == leaf);
        if listed && bundle.judge(&bundle.path_of(&leaf), at) == SignerState::Trusted {
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
            statuses,
            statuses_as_of: form.statuses_as_of,
        })
    }

    /// What people compare to know that the root is the operator's: SHA-256 of each root certificate.
    #[must_use]
    pub fn fingerprints(&self) -> Vec<Digest> {
        self.roots.iter().map(Certificate::digest).collect()
    }

    /// How far the first certificate of `chain` is trusted for something it signed at `at`; the others lead to a root.
    #[must_use]
    pub fn judge(&self, chain: &[Certificate], at: Instant) -> SignerState {
        let Some(leaf) = chain.first() else { return SignerState::Unknown };
        let known = self.signers.iter().find(|it| it.certificate == *leaf);
        let path = match chain {
            // The signatures on certificates that stand in the bundle are not checked again each time.
            [leaf, authority] if known.is_some() && self.issuing.contains(authority) => {
                let alive = leaf.is_valid_at(at) && authority.is_valid_at(at);
                leaf.check_names(authority, 0).and(if alive {
                    Ok(())
                } else {
                    Err(BadCertificate::OutOfDate)
                })
            }
            _ => Certificate::check_path(chain, &self.roots, at),
        };
        match path {
            Err(BadCertificate::NotIssuedBy) => SignerState::Unknown,
            Err(_) => SignerState::Invalid,
            Ok(()) if known.is_some_and(|it| it.compromised_since.is_some()) => SignerState::Compromised,
            Ok(())
                if known
                    .and_then(|it| it.revoked_since)
                    .is_some_and(|since| since.millis() <= at.millis()) =>
            {
                SignerState::Revoked
            }
            Ok(()) => SignerState::Trusted,
        }
    }

    /// The certificates, signer first, that a claim names by `key_id`; empty if there is none.
    #[must_use]
    pub fn chain_of(&self, key_id_of: [u8; 8]) -> Vec<Certificate> {
        let leaf = self.signers.iter().map(|it| &it.certificate).find(|it| key_id(it) == key_id_of);
        leaf.map(|leaf| self.path_of(leaf)).unwrap_or_default()
    }

    /// A signing certificate and its authority in this bundle.
    fn path_of(&self, leaf: &Certificate) -> Vec<Certificate> {
        let authority = self.issuing.iter().find(|it| leaf.check_names(it, 0).is_ok());
        [Some(leaf), authority].into_iter().flatten().cloned().collect()
    }

    /// The status of a report issued at `issued_at`. One that was issued before the statuses were taken and is not among them is
    /// valid as far as was known then; of a later one nothing is known.
    #[must_use]
    pub fn status_of(&self, facts: &Digest, issued_at: Instant) -> StatusAt {
        let known_at = Some(self.statuses_as_of);
        match self.statuses.get(facts) {
            Some(report) => StatusAt {
                status: report.status,
                since: Some(report.since),
                note: Some(report.reason.clone()).filter(|note| !note.is_empty()),
                known_at,
            },
            None if issued_at.millis() <= self.statuses_as_of.millis() => {
                StatusAt { status: Status::Valid, since: Some(issued_at), note: None, known_at }
            }
            None => StatusAt { known_at, ..StatusAt::unknown() },
        }
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
