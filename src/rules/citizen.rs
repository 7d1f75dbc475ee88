//! Citizen numbers.

use std::fmt;
use std::str::FromStr;

use time::{Date, Month};

/// A citizen number of 18 characters (GB 11643-1999), also of residents of Hong Kong, Macao and Taiwan (81, 82, 83)
/// and the permanent-resident number of foreigners (9…), which follow the same rule.
///
/// It never shows itself whole: `Display` and `Debug` are masked.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct CitizenNumber([u8; 18]); // Invariant: 17 digits, then a digit or X.

/// Why a text is not a [`CitizenNumber`]. No message repeats the number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadCitizenNumber {
    /// Not 17 digits and a digit or `X`.
    #[error("a citizen number has 17 digits and a last digit or X")]
    Shape,
    /// Digits 7 to 14 are no day.
    #[error("digits 7 to 14 of a citizen number are a day of birth, and this one does not exist")]
    Birth,
    /// A typing error.
    #[error("the check character of the citizen number does not fit")]
    Check,
}

impl CitizenNumber {
    const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    const CHECKS: &[u8; 11] = b"10X98765432";

    /// The whole number, for storing and comparing only.
    #[must_use]
    pub fn expose(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default() // ASCII by the invariant
    }

    /// The day of birth.
    #[must_use]
    pub fn birth(&self) -> Option<Date> {
        let number = |range: std::ops::Range<usize>| self.expose()[range].parse::<u16>().ok();
        let month = Month::try_from(u8::try_from(number(10..12)?).ok()?).ok()?;
        Date::from_calendar_date(i32::from(number(6..10)?), month, u8::try_from(number(12..14)?).ok()?).ok()
    }
}

impl FromStr for CitizenNumber {
    type Err = BadCitizenNumber;

    fn from_str(text: &str) -> Result<Self, BadCitizenNumber> {
        let bytes: [u8; 18] = text.as_bytes().try_into().map_err(|_| BadCitizenNumber::Shape)?;
        let (head, last) = (&bytes[..17], bytes[17]);
        if !head.iter().all(u8::is_ascii_digit) || !(last.is_ascii_digit() || last == b'X') {
            return Err(BadCitizenNumber::Shape);
        }
        let number = Self(bytes);
        if number.birth().is_none() {
            return Err(BadCitizenNumber::Birth);
        }
        let sum: u32 = head.iter().zip(Self::WEIGHTS).map(|(d, w)| u32::from(d - b'0') * w).sum();
        if Self::CHECKS[(sum % 11) as usize] == last { Ok(number) } else { Err(BadCitizenNumber::Check) }
    }
}

impl fmt::Display for CitizenNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&super::mask::identity_number(self.expose()))
    }
}

impl fmt::Debug for CitizenNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
