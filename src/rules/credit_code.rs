//! The 18-character code that names an organisation.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A unified social credit code (GB 32100-2015 with amendment 1).
///
/// Parsed from text, both of its check digits are right. A code that the register confirms although a check digit is
/// wrong (such codes were issued) comes in through [`CreditCode::confirmed_by_register`] only.
///
/// ```
/// use mingzheng::rules::CreditCode;
///
/// let code: CreditCode = "91310115MATE5T017A".parse()?;
/// assert_eq!(code.division(), "310115");
/// # Ok::<(), mingzheng::rules::BadCreditCode>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct CreditCode([u8; CreditCode::LEN]); // Invariant: symbols of ALPHABET.

/// Why a text is not a [`CreditCode`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadCreditCode {
    /// Another number of characters.
    #[error("a credit code has 18 characters, not {0}")]
    Length(usize),
    /// A character that the standard leaves out, such as `I` or `O`.
    #[error("{symbol:?} at position {at} is not a credit code character")]
    Symbol {
        /// The character found.
        symbol: char,
        /// Its place, counted from one.
        at: usize,
    },
    /// The last character belongs to another code (GB 32100).
    #[error("the check character, the 18th, should be {expected:?}")]
    Check {
        /// The character that would make the code right.
        expected: char,
    },
    /// The check character of the organisation code inside belongs to another one (GB 11714).
    #[error("the check character of the organisation code, the 17th, should be {expected:?}")]
    OrganisationCheck {
        /// The character that would make it right.
        expected: char,
    },
}

impl BadCreditCode {
    /// Whether only a check digit is wrong, so that the register may confirm the code all the same.
    #[must_use]
    pub fn can_be_confirmed(&self) -> bool {
        matches!(self, Self::Check { .. } | Self::OrganisationCheck { .. })
    }
}

const ALPHABET: &[u8; 31] = b"0123456789ABCDEFGHJKLMNPQRTUWXY";
/// The place of each byte in [`ALPHABET`], and [`NONE`] for all others.
const RANKS: [u8; 256] = {
    let mut ranks = [NONE; 256];
    let mut rank: u8 = 0;
    while (rank as usize) < ALPHABET.len() {
        ranks[ALPHABET[rank as usize] as usize] = rank;
        rank += 1;
    }
    ranks
};
const NONE: u8 = u8::MAX;
/// 3^(i−1) mod 31.
const WEIGHTS: [usize; 17] = [1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28];
const ORGANISATION_WEIGHTS: [u32; 8] = [3, 7, 9, 10, 5, 8, 4, 2];
/// First two characters in use: registration department and class of organisation.
const KNOWN_HEADS: &[&str] = &[
    "11", "12", "13", "19", "21", "29", "31", "32", "33", "34", "35", "39", "41", "49", "51", "52", "53",
    "54", "55", "59", "61", "62", "69", "71", "72", "79", "81", "89", "91", "92", "93", "A1", "A9", "G1",
    "J1", "N1", "N2", "N3", "N9", "Y1",
];

impl CreditCode {
    /// The number of characters in every code.
    pub const LEN: usize = 18;

    /// Takes a code whose check digits are wrong but which the register confirms. Whoever calls this records who
    /// confirmed it and why.
    ///
    /// # Errors
    /// Length and alphabet are not forgiven.
    pub fn confirmed_by_register(text: &str) -> Result<Self, BadCreditCode> {
        if let Ok(code) = <[u8; Self::LEN]>::try_from(text.as_bytes())
            && code.iter().all(|&symbol| RANKS[usize::from(symbol)] != NONE)
        {
            return Ok(Self(code));
        }
        let length = text.chars().count();
        if length != Self::LEN {
            return Err(BadCreditCode::Length(length));
        }
        let mut code = [0; Self::LEN];
        for (at, (slot, symbol)) in code.iter_mut().zip(text.chars()).enumerate() {
            let known = ALPHABET.iter().find(|&&known| char::from(known) == symbol);
            *slot = *known.ok_or(BadCreditCode::Symbol { symbol, at: at + 1 })?;
        }
        Ok(Self(code))
    }

    /// The code as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        // ALPHABET is ASCII, so this never falls back.
        std::str::from_utf8(&self.0).unwrap_or_default()
    }

    /// The six-digit division of the registration authority; it may be abolished, so it is never looked up.
    #[must_use]
    pub fn division(&self) -> &str {
        &self.as_str()[2..8]
    }

    /// The nine characters of the organisation code inside (GB 11714-1997).
    #[must_use]
    pub fn organisation_code(&self) -> &str {
        &self.as_str()[8..17]
    }

    /// Whether the first two characters are a known pair of department and class. An unknown pair is worth a warning.
    #[must_use]
    pub fn has_known_head(&self) -> bool {
        KNOWN_HEADS.contains(&&self.as_str()[..2])
    }

    /// Whether this is the code of a state organ or another body under the establishment departments (1x).
    #[must_use]
    pub fn is_organ(&self) -> bool {
        self.as_str().starts_with("11")
    }

    /// The check character that belongs to the first 17 characters (GB 32100, 31 symbols).
    fn check(&self) -> char {
        let rank = |symbol: u8| usize::from(RANKS[usize::from(symbol)]);
        let sum: usize = self.0.iter().zip(WEIGHTS).map(|(&symbol, weight)| rank(symbol) * weight).sum();
        char::from(ALPHABET[(31 - sum % 31) % 31])
    }
}

/// The check character of an organisation code's first eight characters (GB 11714-1997, 36 symbols).
///
/// `None` where the text is not eight characters of 0–9 and A–Z.
#[must_use]
pub fn organisation_check(eight: &str) -> Option<char> {
    if eight.len() != 8 || eight.chars().any(|c| c.is_ascii_lowercase()) {
        return None;
    }
    let mut sum = 0;
    for (symbol, weight) in eight.chars().zip(ORGANISATION_WEIGHTS) {
        sum += symbol.to_digit(36)? * weight;
    }
    Some(match 11 - sum % 11 {
        10 => 'X',
        11 => '0',
        digit => char::from_digit(digit, 10)?,
    })
}

/// Whether a text is an organisation code of nine characters (an optional hyphen before the last) with the right check.
#[must_use]
pub fn is_organisation_code(text: &str) -> bool {
    let plain: String = text.chars().filter(|&c| c != '-').collect();
    plain.is_ascii()
        && plain.len() == 9
        && organisation_check(&plain[..8]).is_some_and(|check| plain.ends_with(check))
}

impl FromStr for CreditCode {
    type Err = BadCreditCode;

    fn from_str(text: &str) -> Result<Self, BadCreditCode> {
        let code = Self::confirmed_by_register(text)?;
        let expected = code.check();
        if !text.ends_with(expected) {
            return Err(BadCreditCode::Check { expected });
        }
        match organisation_check(&code.as_str()[8..16]) {
            Some(expected) if !code.organisation_code().ends_with(expected) => {
                Err(BadCreditCode::OrganisationCheck { expected })
            }
            _ => Ok(code),
        }
    }
}

impl fmt::Display for CreditCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Debug for CreditCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl TryFrom<String> for CreditCode {
    type Error = BadCreditCode;

    /// What was stored was checked or confirmed when it came in: only the shape is checked here.
    fn try_from(text: String) -> Result<Self, BadCreditCode> {
        Self::confirmed_by_register(&text)
    }
}

impl From<CreditCode> for String {
    fn from(code: CreditCode) -> Self {
        code.as_str().to_owned()
    }
}
