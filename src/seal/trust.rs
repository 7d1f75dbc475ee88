//! The trust bundle: everything that a verifier needs to answer offline, in one signed file.
//!
//! Its form is in `trust_file`.
//!
//! # Keys that are no longer good
//!
//! A key that was revoked or compromised at a time T is good for what existed before T, and for nothing else. Whoever has the key
//! writes any time he likes into what he signs, so the stated time proves nothing – nor does it where nobody is known to have the
//! key, since nobody guards a revoked key as one that signs. What existed before T is known in two ways: the signature carries a
//! trusted timestamp of before T, or T is not over yet. The operator, who keeps every report, can tell more (see `flow::check`).
//!
//! A key that was only retired stays good: what it signed is judged by the life of its certificate.
//!
//! An authority for timestamps that was revoked is believed for tokens of before that time; of one whose key was compromised no
//! token is believed, since it says the time itself (RFC 3161, 4).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::cose::key_id;
use super::{BadCertificate, BadToken, Certificate, ForeignCertificate, Keyring, Seal, Token};
use crate::rules::{Digest, Instant, ReportNumber, Status, StatusAt};

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
    /// Who is trusted to stamp times, or to say who may, beside the roots.
    pub timestamp_authorities: Vec<TimestampAuthority>,
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

/// A certificate of a timestamp authority, or of one above it, and what became of its key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TimestampAuthority {
    /// The certificate.
    pub certificate: ForeignCertificate,
    /// Its tokens are not believed from this time on.
    pub revoked_since: Option<Instant>,
    /// Somebody else may have had its key from this time on: none of its tokens is believed.
    pub compromised_since: Option<Instant>,
}

/// What a timestamp is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stamp {
    /// There is none.
    Missing,
    /// It is believed: the signature existed at this time, and at the latest at the second.
    Trusted(Instant, Instant),
    /// It holds, but leads to nobody who is trusted.
    UnknownAuthority,
    /// Its authority had lost its trust, or was not in life.
    AuthorityRevoked,
    /// It is no timestamp for this signature.
    Invalid,
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
    /// By its own words it signed after it had lost its trust.
    Revoked,
    /// It lost its trust, and nothing proves that it signed before that.
    Unproven,
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
            timestamp_authorities: Vec::new(),
            statuses: BTreeMap::new(),
            statuses_as_of: at,
        }
    }

    /// What people compare to know that the root is the operator's: SHA-256 of each root certificate.
    #[must_use]
    pub fn fingerprints(&self) -> Vec<Digest> {
        self.roots.iter().map(Certificate::digest).collect()
    }

    /// How far the first certificate of `chain` is trusted for something that says it was signed at `at`; the others lead to a root.
    /// Nothing proves that time.
    #[must_use]
    pub fn judge(&self, chain: &[Certificate], at: Instant) -> SignerState {
        self.judge_existing(chain, at, Instant::from_millis(i64::MAX))
    }

    /// The same for something that is known to have existed at the time `existed`: that of its timestamp, or else the present.
    #[must_use]
    pub fn judge_existing(&self, chain: &[Certificate], at: Instant, existed: Instant) -> SignerState {
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
        let lost_at = known.and_then(TrustedSigner::lost_at);
        match (path, lost_at) {
            (Err(BadCertificate::NotIssuedBy), _) => SignerState::Unknown,
            (Err(_), _) => SignerState::Invalid,
            (Ok(()), Some(lost)) if existed >= lost && at >= lost => SignerState::Revoked,
            (Ok(()), Some(lost)) if existed >= lost => SignerState::Unproven,
            (Ok(()), _) => SignerState::Trusted,
        }
    }

    /// What the timestamp on a signature is worth.
    #[must_use]
    pub fn stamp(&self, seal: &Seal) -> Stamp {
        let Some(der) = &seal.token else { return Stamp::Missing };
        let Some(token) = Token::read(der).ok().filter(|it| it.is_for(&seal.signature)) else {
            return Stamp::Invalid;
        };
        let (at, latest) = (token.time(), token.latest());
        let lost = |it: &&TimestampAuthority| {
            it.compromised_since.is_some() || it.revoked_since.is_some_and(|since| latest >= since)
        };
        let (gone, named): (Vec<_>, Vec<_>) = self.timestamp_authorities.iter().partition(lost);
        let of_gone = |it: &ForeignCertificate| gone.iter().any(|gone| gone.certificate.has_key_of(it));
        if token.certificates().iter().any(of_gone) {
            return Stamp::AuthorityRevoked;
        }
        let roots = self.roots.iter().filter_map(|it| ForeignCertificate::from_der(it.der()).ok());
        let anchors: Vec<_> = named.into_iter().map(|it| it.certificate.clone()).chain(roots).collect();
        match token.check_path(&anchors) {
            Ok(()) => Stamp::Trusted(at, latest),
            Err(BadToken::Path(BadCertificate::OutOfDate)) => Stamp::AuthorityRevoked,
            Err(_) => Stamp::UnknownAuthority,
        }
    }

    /// The certificates, signer first, that a claim names by `key_id`; empty if there is none.
    #[must_use]
    pub fn chain_of(&self, key_id_of: [u8; 8]) -> Vec<Certificate> {
        let leaf = self.signers.iter().map(|it| &it.certificate).find(|it| key_id(it) == key_id_of);
        leaf.map(|leaf| self.path_of(leaf)).unwrap_or_default()
    }

    /// A signing certificate and its authority in this bundle.
    pub(super) fn path_of(&self, leaf: &Certificate) -> Vec<Certificate> {
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
    /// From when on nothing of it is believed.
    fn lost_at(&self) -> Option<Instant> {
        [self.revoked_since, self.compromised_since].into_iter().flatten().min()
    }
}
