//! The claim in a QR code: what a report concludes, signed, in about two hundred bytes.
//!
//! # The grammar (version 1, frozen)
//!
//! A `COSE_Sign1` message (see `cose`) whose payload is a CBOR array of twelve items:
//!
//! | place | item |
//! |---|---|
//! | 0 | 1, the version |
//! | 1 | the subject: its code as text, or for a natural person sixteen bytes that commit to the number |
//! | 2 | the verification code: its eighty random bits |
//! | 3 | the report number without hyphens |
//! | 4 | the version of the catalogue of domains |
//! | 5 | the conclusions: two bits for each domain number from 1, first domain in the highest bits; 0 not asked, 1 none, 2 found, 3 not covered; no zero byte at the end |
//! | 6, 7 | first and last day asked about, in days from 1970-01-01 |
//! | 8 | the time of issue, in seconds from 1970-01-01T00:00:00Z |
//! | 9 | as-of, in seconds before the time of issue |
//! | 10 | SHA-256 of the canonical facts |
//! | 11 | the index of the report in status lists |
//!
//! Signatures and encodings have one form only, so a claim has exactly one spelling.

use std::collections::BTreeMap;

use time::macros::date;
use time::{Date, Duration};

use super::cbor::{Reader, Writer};
use super::cose::{Attached, Purpose};
use super::{Certificate, digest, digest_parts};
use crate::rules::facts::Conclusion;
use crate::rules::{Digest, Facts, Instant, Period, ReportNumber, Scheme, VerificationCode};

const VERSION: i64 = 1;

/// Items of the payload.
const ITEMS: u64 = 12;

/// The highest domain number that a claim can name.
pub const LAST_DOMAIN: u16 = 512;

/// The longest text in a claim, in bytes.
pub(super) const LONGEST_TEXT: usize = 40;

/// Whom a claim is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ClaimSubject {
    /// The code of an organisation.
    Code(String),
    /// A natural person: a commitment to its number, which only who knows number and salt can open.
    Commitment([u8; 16]),
}

/// What the QR code of a report says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// Whom the report is about.
    pub subject: ClaimSubject,
    /// The code that opens it online.
    pub code: VerificationCode,
    /// The report's number.
    pub number: ReportNumber,
    /// The version of the catalogue that gives the domain numbers their names.
    pub catalogue: String,
    /// What it concludes, by domain number (7 for `D007`).
    pub conclusions: BTreeMap<u16, Conclusion>,
    /// The days asked about.
    pub period: Period,
    /// What was known at this instant counts; whole seconds.
    pub as_of: Instant,
    /// When it was issued; whole seconds.
    pub issued_at: Instant,
    /// The digest of the canonical facts.
    pub facts: Digest,
    /// Its index in status lists.
    pub status_index: u64,
}

/// Why a report has no claim.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadClaim {
    /// A domain code is not `D001` to `D512`.
    #[error("{0:?} is not a domain code from D001 to D512")]
    Domain(String),
    /// A text is longer than a QR code has room for.
    #[error("{0:?} is longer than 40 bytes and does not fit into a claim")]
    TooLong(String),
}

/// A claim that was read but not yet believed.
pub struct SignedClaim<'a> {
    /// What it says.
    pub claim: Claim,
    message: Attached<'a>,
}

impl ClaimSubject {
    /// Commits to a natural person's number under a random salt.
    #[must_use]
    pub fn commit(number: &str, salt: &[u8; 16]) -> Self {
        let mut commitment = [0; 16];
        commitment.copy_from_slice(&digest_parts(&[salt, number.as_bytes()]).0[..16]);
        Self::Commitment(commitment)
    }
}

impl Claim {
    /// What the facts of a report say. `person` commits to the number of a natural person, whose facts show it masked.
    pub fn of(
        facts: &Facts,
        code: VerificationCode,
        status_index: u64,
        person: &[u8; 16],
    ) -> Result<Self, BadClaim> {
        let subject = match facts.subject.scheme {
            Scheme::IdentityNumber => ClaimSubject::Commitment(*person),
            _ => ClaimSubject::Code(facts.subject.code.clone()),
        };
        let texts = [facts.subject.code.as_str(), &facts.basis.catalogue.version];
        if let Some(long) = texts.into_iter().find(|text| text.len() > LONGEST_TEXT) {
            return Err(BadClaim::TooLong(long.to_owned()));
        }
        Ok(Self {
            subject,
            code,
            number: facts.number.clone(),
            catalogue: facts.basis.catalogue.version.clone(),
            conclusions: conclusions(facts)?,
            period: facts.request.period,
            as_of: facts.as_of.whole_second(),
            issued_at: facts.issued_at.whole_second(),
            facts: digest(&facts.canonical()),
            status_index,
        })
    }

    pub(super) fn encode(&self) -> Vec<u8> {
        let start = Writer::default().array(ITEMS).int(VERSION);
        let subject = match &self.subject {
            ClaimSubject::Code(code) => start.text(code),
            ClaimSubject::Commitment(bytes) => start.bytes(bytes),
        };
        let (issued_at, as_of) = (seconds(self.issued_at), seconds(self.as_of));
        subject
            .bytes(&self.code.bits())
            .text(self.number.compact())
            .text(&self.catalogue)
            .bytes(&pack(&self.conclusions))
            .int(days(self.period.from))
            .int(days(self.period.to))
            .int(issued_at)
            .int(issued_at - as_of)
            .bytes(&self.facts.0)
            .uint(self.status_index)
            .finish()
    }

    fn decode(bytes: &[u8]) -> Option<Self> {
        let mut reader = Reader::new(bytes);
        if reader.array()? != ITEMS || reader.int()? != VERSION {
            return None;
        }
        let subject = if reader.is_text() {
            ClaimSubject::Code(short(reader.text()?)?)
        } else {
            ClaimSubject::Commitment(reader.bytes()?.try_into().ok()?)
        };
        let code = VerificationCode::from_random(reader.bytes()?.try_into().ok()?);
        let number = reader.text()?.parse().ok()?;
        let catalogue = short(reader.text()?)?;
        let conclusions = unpack(reader.bytes()?)?;
        let period = Period { from: day(reader.int()?)?, to: day(reader.int()?)? };
        let issued = reader.int()?;
        let (issued_at, as_of) = (second(issued)?, second(issued.checked_sub(reader.int()?)?)?);
        let facts = Digest(reader.bytes()?.try_into().ok()?);
        let status_index = reader.uint()?;
        reader.end()?;
        let claim = Self {
            subject,
            code,
            number,
            catalogue,
            conclusions,
            period,
            as_of,
            issued_at,
            facts,
            status_index,
        };
        // Another spelling of the same claim, such as a number with hyphens, is none.
        (claim.encode() == bytes).then_some(claim)
    }
}

impl<'a> SignedClaim<'a> {
    /// Reads the bytes of a claim; `None` for anything that the platform does not write.
    #[must_use]
    pub fn read(bytes: &'a [u8]) -> Option<Self> {
        let message = Attached::read(bytes)?;
        Some(Self { claim: Claim::decode(message.payload)?, message })
    }

    /// The first eight bytes of the digest of the signer's certificate.
    #[must_use]
    pub fn key_id(&self) -> [u8; 8] {
        self.message.key_id
    }

    /// Whether the key of this certificate signed it.
    #[must_use]
    pub fn holds_for(&self, certificate: &Certificate) -> bool {
        self.message.holds_for(certificate, Purpose::Claim)
    }
}

/// What facts conclude, by domain number.
pub(super) fn conclusions(facts: &Facts) -> Result<BTreeMap<u16, Conclusion>, BadClaim> {
    let mut conclusions = BTreeMap::new();
    for domain in &facts.domains {
        let number = domain.code.strip_prefix('D').and_then(|digits| digits.parse().ok());
        let number = number.filter(|number| (1..=LAST_DOMAIN).contains(number));
        let number = number.ok_or_else(|| BadClaim::Domain(domain.code.clone()))?;
        conclusions.insert(number, domain.conclusion);
    }
    Ok(conclusions)
}

pub(super) fn pack(conclusions: &BTreeMap<u16, Conclusion>) -> Vec<u8> {
    let last = conclusions.keys().next_back().copied().unwrap_or(0);
    let mut bytes = vec![0; usize::from(last).div_ceil(4)];
    for (number, conclusion) in conclusions {
        let bits = match conclusion {
            Conclusion::None => 1,
            Conclusion::Found => 2,
            Conclusion::NotCovered => 3,
        };
        let at = usize::from(number.saturating_sub(1));
        if let Some(byte) = bytes.get_mut(at / 4) {
            *byte |= bits << (6 - at % 4 * 2);
        }
    }
    bytes
}

pub(super) fn unpack(bytes: &[u8]) -> Option<BTreeMap<u16, Conclusion>> {
    (bytes.len() <= usize::from(LAST_DOMAIN / 4)).then_some(())?;
    let mut conclusions = BTreeMap::new();
    for (number, at) in (1..=LAST_DOMAIN).zip(0..bytes.len() * 4) {
        let conclusion = match bytes[at / 4] >> (6 - at % 4 * 2) & 3 {
            0 => continue,
            1 => Conclusion::None,
            2 => Conclusion::Found,
            _ => Conclusion::NotCovered,
        };
        conclusions.insert(number, conclusion);
    }
    Some(conclusions)
}

const EPOCH: Date = date!(1970 - 01 - 01);

pub(super) fn days(day: Date) -> i64 {
    (day - EPOCH).whole_days()
}

pub(super) fn day(days: i64) -> Option<Date> {
    // Four million days reach beyond the years that a Date can hold; Duration::days cannot overflow below that.
    (days.abs() < 4_000_000).then(|| EPOCH.checked_add(Duration::days(days)))?
}

pub(super) fn seconds(at: Instant) -> i64 {
    at.millis().div_euclid(1000)
}

pub(super) fn second(seconds: i64) -> Option<Instant> {
    seconds.checked_mul(1000).map(Instant::from_millis)
}

pub(super) fn short(text: &str) -> Option<String> {
    (text.len() <= LONGEST_TEXT).then(|| text.to_owned())
}
