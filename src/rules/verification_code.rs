//! Verification codes (防伪核验码): eighty random bits that open the facts of one report.

use std::fmt;
use std::str::FromStr;

use super::iso7064::mod_33_32;

/// A verification code: sixteen random characters of Crockford's base 32 and one check character, printed
/// `XXXX-XXXX-XXXX-XXXX-C`.
///
/// It is a secret: `Debug` hides it and only a keyed hash of it is stored.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct VerificationCode([u8; 17]); // Invariant: ranks below 32, the last one the check.

/// Why a text is not a [`VerificationCode`]: a typing error, told without looking anything up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadVerificationCode {
    /// Another number of characters.
    #[error("a verification code has 17 letters and digits, not {0}")]
    Length(usize),
    /// A character that no code has.
    #[error("{symbol:?} at position {at} stands in no verification code")]
    Symbol {
        /// The character.
        symbol: char,
        /// Its place among the letters and digits, from one.
        at: usize,
    },
    /// The check character does not fit.
    #[error("the verification code was mistyped: its last character does not fit the others")]
    Check,
}

impl VerificationCode {
    const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

    /// Makes a code from eighty random bits.
    #[must_use]
    pub fn from_random(random: [u8; 10]) -> Self {
        let mut ranks = [0; 17];
        for (at, rank) in ranks.iter_mut().take(16).enumerate() {
            let (first, shift) = (at * 5 / 8, at * 5 % 8);
            let window = u16::from(random[first]) << 8 | u16::from(*random.get(first + 1).unwrap_or(&0));
            *rank = (window >> (11 - shift) & 31) as u8;
        }
        ranks[16] = mod_33_32(&ranks[..16]);
        Self(ranks)
    }

    /// The eighty random bits, for the offline claim.
    #[must_use]
    pub fn bits(&self) -> [u8; 10] {
        let mut bytes = [0; 10];
        for at in 0..80 {
            let bit = self.0[at / 5] >> (4 - at % 5) & 1;
            bytes[at / 8] |= bit << (7 - at % 8);
        }
        bytes
    }

    /// The seventeen characters without hyphens, as in the address of the verification page.
    #[must_use]
    pub fn compact(&self) -> String {
        self.0.iter().map(|&rank| char::from(Self::ALPHABET[usize::from(rank % 32)])).collect()
    }
}

impl FromStr for VerificationCode {
    type Err = BadVerificationCode;

    /// Reads what people type: any case, full-width or not, with spaces or hyphens anywhere, O for 0, I and L for 1.
    fn from_str(text: &str) -> Result<Self, BadVerificationCode> {
        if text.len() > 200 {
            return Err(BadVerificationCode::Length(text.chars().count()));
        }
        let typed: String = super::normal::code(text);
        let symbols: Vec<char> =
            typed.chars().filter(|c| !matches!(c, '-' | '–' | '—' | '_' | '.')).collect();
        if symbols.len() != 17 {
            return Err(BadVerificationCode::Length(symbols.len()));
        }
        let mut ranks = [0; 17];
        for (at, (rank, &symbol)) in ranks.iter_mut().zip(&symbols).enumerate() {
            let meant = match symbol {
                'O' => '0',
                'I' | 'L' => '1',
                other => other,
            };
            let found = Self::ALPHABET.iter().position(|&known| char::from(known) == meant);
            let found = found.ok_or(BadVerificationCode::Symbol { symbol, at: at + 1 })?;
            *rank = u8::try_from(found).unwrap_or(0); // below 32
        }
        if mod_33_32(&ranks[..16]) == ranks[16] { Ok(Self(ranks)) } else { Err(BadVerificationCode::Check) }
    }
}

/// In groups of four, as it is printed.
impl fmt::Display for VerificationCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let code = self.compact();
        write!(f, "{}-{}-{}-{}-{}", &code[..4], &code[4..8], &code[8..12], &code[12..16], &code[16..])
    }
}

impl fmt::Debug for VerificationCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("VerificationCode(…)")
    }
}
