//! One-codes (合规一码通): the random token that opens a look at a subject, in a QR or a link.

use std::fmt;
use std::str::FromStr;

use super::iso7064::mod_33_32;

/// A one-code: twenty-six random characters of Crockford's base 32, which are 130 bits, and one check character.
///
/// It is a secret: `Debug` hides it and only a keyed hash of it is stored.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct OneCode([u8; 27]); // Invariant: ranks below 32, the last one the check.

/// A text that is no one-code: a typing error, told without looking anything up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a one-code has 27 letters and digits, of which the last one fits the others")]
pub struct BadOneCode;

impl OneCode {
    const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

    /// Makes a code from random bytes, of which 130 bits are taken.
    #[must_use]
    pub fn from_random(random: [u8; 17]) -> Self {
        let mut ranks = [0; 27];
        for (at, rank) in ranks.iter_mut().take(26).enumerate() {
            let (first, shift) = (at * 5 / 8, at * 5 % 8);
            let window = u16::from(random[first]) << 8 | u16::from(*random.get(first + 1).unwrap_or(&0));
            *rank = (window >> (11 - shift) & 31) as u8;
        }
        ranks[26] = mod_33_32(&ranks[..26]);
        Self(ranks)
    }

    /// The characters without hyphens, as in the address of a look.
    #[must_use]
    pub fn compact(&self) -> String {
        self.0.iter().map(|&rank| char::from(Self::ALPHABET[usize::from(rank % 32)])).collect()
    }
}

impl FromStr for OneCode {
    type Err = BadOneCode;

    /// Reads what people type: any case, full-width or not, with spaces or hyphens anywhere, O for 0, I and L for 1.
    fn from_str(text: &str) -> Result<Self, BadOneCode> {
        if text.len() > 200 {
            return Err(BadOneCode);
        }
        let typed = super::normal::code(text);
        let meant = typed.chars().filter(|c| !"-–—_.".contains(*c)).map(|c| match c {
            'O' => '0',
            'I' | 'L' => '1',
            other => other,
        });
        let rank = |symbol: char| Self::ALPHABET.iter().position(|&known| char::from(known) == symbol);
        let ranks: Option<Vec<u8>> =
            meant.map(|symbol| rank(symbol).and_then(|rank| u8::try_from(rank).ok())).collect();
        let ranks: [u8; 27] = ranks.and_then(|ranks| ranks.try_into().ok()).ok_or(BadOneCode)?;
        if mod_33_32(&ranks[..26]) == ranks[26] { Ok(Self(ranks)) } else { Err(BadOneCode) }
    }
}

/// In groups, as people type it.
impl fmt::Display for OneCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let code = self.compact();
        let groups: Vec<&str> = (0..7).filter_map(|at| code.get(at * 4..(at * 4 + 4).min(27))).collect();
        f.write_str(&groups.join("-"))
    }
}

impl fmt::Debug for OneCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OneCode(…)")
    }
}
