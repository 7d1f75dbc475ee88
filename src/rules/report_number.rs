//! Report numbers: readable, checkable, and no secret.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use time::Date;

use super::iso7064::mod_37_36;
use super::normal;

/// A report number such as `MZCR-20261122-7K3P9QXA-M`: issuer prefix, local day of issue, eight characters, and an
/// ISO 7064 MOD 37,36 check character over all before it. It opens nothing.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ReportNumber(String); // Invariant: compact form, 4 + 8 + 8 + 1 characters, check right.

/// Why a text is not a [`ReportNumber`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadReportNumber {
    /// Not four letters, eight digits, eight characters and a check character.
    #[error("a report number looks like MZCR-20261122-7K3P9QXA-M")]
    Shape,
    /// A typing error.
    #[error("the last character of the report number does not fit: check what you typed")]
    Check,
}

impl ReportNumber {
    /// The characters of the serial part: Crockford's base 32.
    const SERIAL: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

    /// Makes a number from the issuer's prefix (four capital letters; others become `X`), the day, and 40 random bits.
    #[must_use]
    pub fn new(prefix: &str, day: Date, random: [u8; 8]) -> Self {
        let (year, month, day) = day.to_calendar_date();
        let letters = prefix.chars().map(|c| if c.is_ascii_uppercase() { c } else { 'X' });
        let letters: String = letters.chain(std::iter::repeat('X')).take(4).collect();
        let mut text = format!("{letters}{:04}{:02}{day:02}", year.clamp(0, 9999), u8::from(month));
        text.extend(random.iter().map(|byte| char::from(Self::SERIAL[usize::from(byte % 32)])));
        text.extend(mod_37_36(&text)); // always letters and digits, so there always is a check
        Self(text)
    }

    /// The number without hyphens.
    #[must_use]
    pub fn compact(&self) -> &str {
        &self.0
    }
}

impl FromStr for ReportNumber {
    type Err = BadReportNumber;

    /// Reads a number, with or without hyphens and spaces, in either case.
    fn from_str(text: &str) -> Result<Self, BadReportNumber> {
        if text.len() > 120 {
            return Err(BadReportNumber::Shape);
        }
        let compact: String = normal::code(text).chars().filter(|&c| c != '-').collect();
        let well_formed = compact.len() == 21
            && compact.bytes().all(|b| b.is_ascii_digit() || b.is_ascii_uppercase())
            && compact[..4].bytes().all(|b| b.is_ascii_uppercase())
            && compact[4..12].bytes().all(|b| b.is_ascii_digit());
        if !well_formed {
            return Err(BadReportNumber::Shape);
        }
        match mod_37_36(&compact[..20]) {
            Some(check) if compact.ends_with(check) => Ok(Self(compact)),
            _ => Err(BadReportNumber::Check),
        }
    }
}

impl TryFrom<String> for ReportNumber {
    type Error = BadReportNumber;

    fn try_from(text: String) -> Result<Self, BadReportNumber> {
        text.parse()
    }
}

impl From<ReportNumber> for String {
    fn from(number: ReportNumber) -> Self {
        number.to_string()
    }
}

impl fmt::Display for ReportNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let n = &self.0;
        f.pad(&format!("{}-{}-{}-{}", &n[..4], &n[4..12], &n[12..20], &n[20..]))
    }
}

impl fmt::Debug for ReportNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
