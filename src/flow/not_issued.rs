//! Why a report is not issued.

use super::{Forbidden, SetBack};
use crate::report;
use crate::rules::{BadReportNumber, Digest, Instant, Refusal};
use crate::seal::{self, BadClaim};
use crate::store;

/// Why nothing was issued.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Not theirs to ask.
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    /// Nobody has this code.
    #[error("no subject has the code {0}: check it, or ask the operator to register the subject")]
    UnknownSubject(String),
    /// A preset, length or purpose that does not exist.
    #[error("there is no {0} {1:?}: one of {2}")]
    UnknownWord(&'static str, String, String),
    /// An edition that does not exist.
    #[error("{0:?} is not an edition: zh, en, zh-en or extract")]
    Edition(String),
    /// Neither days nor a length.
    #[error("give the first day of the period, a length, or a preset")]
    NoPeriod,
    /// The rules refuse.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// A key names one request.
    #[error("this idempotency key was used for another request: use a fresh one")]
    KeyReused,
    /// A key is 1 to 200 characters.
    #[error("an idempotency key has 1 to 200 characters")]
    BadKey,
    /// A character that no font has: it is never printed as an empty box.
    #[error("the report holds the character {0:?} (U+{code:04X}), which no font of this program has", code = u32::from(*.0))]
    NoGlyph(char),
    /// The report cannot be drawn.
    #[error(transparent)]
    Report(report::Error),
    /// The clock stands before what the journal has already seen.
    #[error(transparent)]
    Clock(#[from] SetBack),
    /// What was signed does not verify: it is not handed out.
    #[error("the signed report did not verify and was not handed out: {0}")]
    NotVerified(String),
    /// The claim cannot be made.
    #[error(transparent)]
    Claim(#[from] BadClaim),
    /// The key in force was revoked.
    #[error(
        "nothing is issued: the signing key {fingerprint} is revoked since {since}; run `mingzheng keys rotate`"
    )]
    KeyRevoked {
        /// The certificate.
        fingerprint: Digest,
        /// Since when.
        since: Instant,
    },
    /// Signing failed.
    #[error(transparent)]
    Seal(#[from] seal::Error),
    /// A number of ours is not a number.
    #[error(transparent)]
    Number(#[from] BadReportNumber),
    /// New data kept coming in while the report was drawn up.
    #[error("data about this subject kept changing while the report was drawn up: ask again")]
    Restless,
    /// Our own trouble.
    #[error(transparent)]
    Store(#[from] store::Error),
}

impl From<report::Error> for Error {
    fn from(error: report::Error) -> Self {
        match error {
            report::Error::NoGlyph { character } => Self::NoGlyph(character),
            other => Self::Report(other),
        }
    }
}
