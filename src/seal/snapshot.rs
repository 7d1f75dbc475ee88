//! The snapshot in the QR of a one-code, for who has no network: what a subject showed at one moment, signed.
//!
//! # The grammar (version 1, frozen)
//!
//! A `COSE_Sign1` message (see `cose`) whose payload is a CBOR array of eight items:
//!
//! | place | item |
//! |---|---|
//! | 0 | 1, the version |
//! | 1 | the subject: its code as text, or for a natural person sixteen bytes that commit to the number |
//! | 2 | its name as reports show it, 60 bytes at most |
//! | 3 | the version of the catalogue of domains |
//! | 4 | the conclusions, as in a claim |
//! | 5, 6 | first and last day asked about, in days from 1970-01-01 |
//! | 7 | as-of, in seconds from 1970-01-01T00:00:00Z |
//!
//! A snapshot is not live: nothing says later whether it still holds.

use std::collections::BTreeMap;

use super::Certificate;
use super::cbor::{Reader, Writer};
use super::claim::{
    BadClaim, ClaimSubject, LONGEST_TEXT, conclusions, day, days, pack, second, seconds, short, unpack,
};
use super::cose::{Attached, Purpose};
use crate::rules::facts::Conclusion;
use crate::rules::{Facts, Instant, Period, Scheme};

const VERSION: i64 = 1;

/// Items of the payload.
const ITEMS: u64 = 8;

/// The longest name, in bytes: twenty Chinese characters.
const LONGEST_NAME: usize = 60;

/// What a subject showed at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snapshot {
    /// Whom it is about.
    pub subject: ClaimSubject,
    /// Its name; cut short, with an ellipsis, where it is long.
    pub name: String,
    /// The version of the catalogue that gives the domain numbers their names.
    pub catalogue: String,
    /// What was concluded, by domain number (7 for `D007`).
    pub conclusions: BTreeMap<u16, Conclusion>,
    /// The days asked about.
    pub period: Period,
    /// The moment; whole seconds.
    pub as_of: Instant,
}

/// A snapshot that was read but not yet believed.
pub struct SignedSnapshot<'a> {
    /// What it says.
    pub snapshot: Snapshot,
    message: Attached<'a>,
}

impl Snapshot {
    /// What facts say. `person` commits to the number of a natural person, whose facts show it masked.
    pub fn of(facts: &Facts, person: &[u8; 16]) -> Result<Self, BadClaim> {
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
            name: cut(&facts.subject.name),
            catalogue: facts.basis.catalogue.version.clone(),
            conclusions: conclusions(facts)?,
            period: facts.request.period,
            as_of: facts.as_of.whole_second(),
        })
    }

    pub(super) fn encode(&self) -> Vec<u8> {
        let start = Writer::default().array(ITEMS).int(VERSION);
        let subject = match &self.subject {
            ClaimSubject::Code(code) => start.text(code),
            ClaimSubject::Commitment(bytes) => start.bytes(bytes),
        };
        subject
            .text(&self.name)
            .text(&self.catalogue)
            .bytes(&pack(&self.conclusions))
            .int(days(self.period.from))
            .int(days(self.period.to))
            .int(seconds(self.as_of))
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
        let name = reader.text()?.to_owned();
        let catalogue = short(reader.text()?)?;
        let conclusions = unpack(reader.bytes()?)?;
        let period = Period { from: day(reader.int()?)?, to: day(reader.int()?)? };
        let as_of = second(reader.int()?)?;
        reader.end()?;
        let snapshot = Self { subject, name, catalogue, conclusions, period, as_of };
        (snapshot.name.len() <= LONGEST_NAME && snapshot.encode() == bytes).then_some(snapshot)
    }
}

impl<'a> SignedSnapshot<'a> {
    /// Reads the bytes of a snapshot; `None` for anything that the platform does not write.
    #[must_use]
    pub fn read(bytes: &'a [u8]) -> Option<Self> {
        let message = Attached::read(bytes)?;
        Some(Self { snapshot: Snapshot::decode(message.payload)?, message })
    }

    /// The first eight bytes of the digest of the signer's certificate.
    #[must_use]
    pub fn key_id(&self) -> [u8; 8] {
        self.message.key_id
    }

    /// Whether the key of this certificate signed it.
    #[must_use]
    pub fn holds_for(&self, certificate: &Certificate) -> bool {
        self.message.holds_for(certificate, Purpose::Snapshot)
    }
}

/// A name that fits.
fn cut(name: &str) -> String {
    if name.len() <= LONGEST_NAME {
        return name.to_owned();
    }
    let fits = |at: &usize| *at + '…'.len_utf8() <= LONGEST_NAME;
    let end = name.char_indices().map(|(at, _)| at).rfind(fits).unwrap_or(0);
    format!("{}…", name.get(..end).unwrap_or_default())
}
