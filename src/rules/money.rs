//! Amounts of money in whole fen.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// An amount in fen, a hundredth of a yuan; never negative.
///
/// Regulators send 万元 (ten thousand yuan) with up to six decimals, which is exactly a fen.
///
/// ```
/// use mingzheng::rules::Fen;
///
/// assert_eq!(Fen::from_wan("0.2")?, Fen::from_yuan(2_000));
/// # Ok::<(), mingzheng::rules::BadAmount>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Fen(pub i64);

/// Why a text is not an amount in 万元.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadAmount {
    /// Not a plain decimal number.
    #[error("an amount is a plain decimal number in 10,000 yuan, such as 0.2 for 2,000 yuan")]
    Shape,
    /// More than six decimals: a part of a fen.
    #[error("an amount has at most six decimals in 10,000 yuan; the seventh would be a tenth of a fen")]
    Decimals,
    /// Below zero.
    #[error("an amount is not negative")]
    Negative,
    /// Too large to be money.
    #[error("an amount is below 1,000,000,000 (10,000 yuan)")]
    Large,
}

impl Fen {
    /// Above this an amount was probably typed in yuan: 10,000 万元, a hundred million yuan.
    pub const SUSPICIOUS: Self = Self(10_000 * 1_000_000);

    /// Whole yuan.
    #[must_use]
    pub fn from_yuan(yuan: i64) -> Self {
        Self(yuan.saturating_mul(100))
    }

    /// Reads an amount in 万元, exactly.
    ///
    /// # Errors
    /// Anything but digits with at most six decimals.
    pub fn from_wan(text: &str) -> Result<Self, BadAmount> {
        match text.strip_prefix('-') {
            Some(rest) => Err(Self::unsigned(rest).map_or(BadAmount::Shape, |_| BadAmount::Negative)),
            None => Self::unsigned(text),
        }
    }

    /// Reads an amount in 万元 without a sign.
    fn unsigned(text: &str) -> Result<Self, BadAmount> {
        let (whole, decimals) = text.split_once('.').unwrap_or((text, ""));
        let digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
        if whole.is_empty()
            || !digits(whole)
            || !digits(decimals)
            || (text.contains('.') && decimals.is_empty())
        {
            return Err(BadAmount::Shape);
        }
        let decimals = decimals.trim_end_matches('0');
        if decimals.len() > 6 {
            return Err(BadAmount::Decimals);
        }
        let whole = whole.trim_start_matches('0');
        if whole.len() > 9 {
            return Err(BadAmount::Large);
        }
        let number = |part: &str| part.bytes().fold(0, |sum, digit| sum * 10 + i64::from(digit - b'0'));
        let fen = (decimals.len()..6).fold(number(decimals), |sum, _| sum * 10);
        Ok(Self(number(whole) * 1_000_000 + fen))
    }

    /// The amount in 万元 as short as it is exact: `0.2`, `15`, `0.000001`.
    #[must_use]
    pub fn wan(self) -> String {
        let (whole, rest) = (self.0 / 1_000_000, self.0 % 1_000_000);
        let text = format!("{whole}.{rest:06}");
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    }
}

/// In yuan with two decimals and no separators: `2000.00`.
impl fmt::Display for Fen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:02}", self.0 / 100, (self.0 % 100).abs())
    }
}

impl FromStr for Fen {
    type Err = BadAmount;

    /// Reads 万元, as [`Fen::from_wan`].
    fn from_str(text: &str) -> Result<Self, BadAmount> {
        Self::from_wan(text)
    }
}
