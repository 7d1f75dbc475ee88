//! The text in a QR code: an address that any phone opens, with the claim behind it.
//!
//! # The grammar (version 1, frozen)
//!
//! ```text
//! text    = origin "/v/" code [ "#" version digits ]
//! origin  = "https://" host [ ":" port ]            ("http://" for trials on one's own machine)
//! code    = 17 characters of a verification code, capital, without hyphens
//! version = "1"
//! digits  = { group of 7 bytes as 17 digits } [ the last k = 1…6 bytes as 3, 5, 8, 10, 13, 15 digits ]
//! ```
//!
//! The snapshot of a one-code is written in the same way, behind another path:
//!
//! ```text
//! text    = origin "/s" "#" version digits
//! ```
//!
//! A group is the number that its bytes make, most significant first, filled up with zeros on the left. Digits go into the numeric mode
//! of a QR code, ten bits for three of them: the claim costs little more than its bytes would, and stays an ordinary URL. What follows
//! `#` never reaches a server. A report on 64 domains at an origin of 43 characters makes a QR code of version 12 at level M.

use std::fmt::Write as _;

use crate::rules::{BadVerificationCode, VerificationCode};

/// Longer texts are not read; a QR code of version 40 holds 7,089 digits.
const LONGEST: usize = 2048;

/// Digits of a group of so many bytes.
const WIDTHS: [usize; 8] = [0, 3, 5, 8, 10, 13, 15, 17];

/// The parts of the text in a QR code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QrText {
    /// Scheme and host, without a slash at the end.
    pub origin: String,
    /// The code.
    pub code: VerificationCode,
    /// The bytes of the claim; `None` where there is only an address.
    pub claim: Option<Vec<u8>>,
}

/// Why a text is not the text of one of our QR codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadQrText {
    /// It does not look like one at all.
    #[error("the text is not the address of a verification page")]
    Shape,
    /// The code in it is none.
    #[error("the verification code in the address is wrong: {0}")]
    Code(#[from] BadVerificationCode),
    /// The claim has another version than this program knows.
    #[error("the claim has a version that this program does not know")]
    Version,
    /// The claim is not digits of the right number and size.
    #[error("the claim is not written in digits the way claims are")]
    Digits,
}

impl QrText {
    /// The text to draw.
    #[must_use]
    pub fn write(&self) -> String {
        let mut text = format!("{}/v/{}", self.origin, self.code.compact());
        if let Some(claim) = &self.claim {
            push_digits(&mut text, claim);
        }
        text
    }

    /// Reads a text.
    pub fn read(text: &str) -> Result<Self, BadQrText> {
        if text.len() > LONGEST {
            return Err(BadQrText::Shape);
        }
        let (address, fragment) = match text.split_once('#') {
            Some((address, fragment)) => (address, Some(fragment)),
            None => (text, None),
        };
        let (origin, code) = address.rsplit_once("/v/").ok_or(BadQrText::Shape)?;
        if !is_origin(origin) {
            return Err(BadQrText::Shape);
        }
        let parsed: VerificationCode = code.parse()?;
        if parsed.compact() != code {
            return Err(BadQrText::Shape);
        }
        let claim = fragment.map(digits).transpose()?;
        Ok(Self { origin: origin.to_owned(), code: parsed, claim })
    }
}

/// The parts of the text in the QR of a snapshot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SnapshotText {
    /// Scheme and host, without a slash at the end.
    pub origin: String,
    /// The bytes of the snapshot.
    pub snapshot: Vec<u8>,
}

impl SnapshotText {
    /// The text to draw.
    #[must_use]
    pub fn write(&self) -> String {
        let mut text = format!("{}/s", self.origin);
        push_digits(&mut text, &self.snapshot);
        text
    }

    /// Reads a text; `None` where it is not that of a snapshot at all.
    #[must_use]
    pub fn read(text: &str) -> Option<Result<Self, BadQrText>> {
        let (address, fragment) = text.split_once('#')?;
        let origin = address.strip_suffix("/s").filter(|origin| is_origin(origin))?;
        if text.len() > LONGEST {
            return Some(Err(BadQrText::Shape));
        }
        let read = |snapshot| Self { origin: origin.to_owned(), snapshot };
        Some(digits(fragment).map(read))
    }
}

/// Bytes in digits, behind the mark of version 1.
fn push_digits(text: &mut String, bytes: &[u8]) {
    text.push_str("#1");
    for group in bytes.chunks(7) {
        let number = group.iter().fold(0, |sum, &byte| sum << 8 | u64::from(byte));
        let width = WIDTHS[group.len()];
        // Writing into a String cannot fail.
        let _ = write!(text, "{number:0width$}");
    }
}

/// Whether a text is a scheme, a host and perhaps a port, and nothing else.
#[must_use]
pub fn is_origin(text: &str) -> bool {
    let host = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | ':' | '[' | ']');
    host.is_some_and(|host| (1..=200).contains(&host.len()) && host.chars().all(plain))
}

fn digits(fragment: &str) -> Result<Vec<u8>, BadQrText> {
    let digits = fragment.strip_prefix('1').ok_or(BadQrText::Version)?;
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(BadQrText::Digits);
    }
    let mut bytes = Vec::with_capacity(digits.len() / 2);
    for group in digits.as_bytes().chunks(WIDTHS[7]) {
        let size = WIDTHS.iter().position(|&width| width == group.len()).ok_or(BadQrText::Digits)?;
        // Seventeen digits always fit into 64 bits.
        let number = group.iter().fold(0_u64, |sum, digit| sum * 10 + u64::from(digit - b'0'));
        if number >> (8 * size) != 0 {
            return Err(BadQrText::Digits);
        }
        bytes.extend_from_slice(&number.to_be_bytes()[8 - size..]);
    }
    Ok(bytes)
}
