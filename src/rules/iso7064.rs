//! The hybrid check systems of ISO 7064: MOD 11,10 for digits, MOD 37,36 for digits and letters, and the same system
//! over the 32 symbols of Crockford's base 32 (MOD 33,32).
//!
//! A hybrid system MOD m+1,m notices every single wrong character: `p` is a bijection of each `p` before it.

/// The check value that completes `values`, each below `modulus`.
fn hybrid(values: impl IntoIterator<Item = u32>, modulus: u32) -> u32 {
    let mut product = modulus;
    for value in values {
        let sum = match (product + value) % modulus {
            0 => modulus,
            sum => sum,
        };
        product = sum * 2 % (modulus + 1);
    }
    (modulus + 1 - product) % modulus
}

/// The check digit that completes a text of digits (MOD 11,10); `None` where it has other characters.
#[must_use]
pub fn mod_11_10(digits: &str) -> Option<char> {
    let values: Option<Vec<u32>> = digits.chars().map(|c| c.to_digit(10)).collect();
    char::from_digit(hybrid(values?, 10), 10)
}

/// The check character that completes a text of 0–9 and A–Z (MOD 37,36); `None` where it has other characters.
///
/// ```
/// assert_eq!(mingzheng::rules::iso7064::mod_37_36("A12425GABC1234002"), Some('M'));
/// ```
#[must_use]
pub fn mod_37_36(text: &str) -> Option<char> {
    let value = |c: char| if c.is_ascii_lowercase() { None } else { c.to_digit(36) };
    let values: Option<Vec<u32>> = text.chars().map(value).collect();
    char::from_digit(hybrid(values?, 36), 36).map(|c| c.to_ascii_uppercase())
}

/// The check value, 0 to 31, that completes values of 0 to 31 (MOD 33,32).
#[must_use]
pub fn mod_33_32(values: &[u8]) -> u8 {
    let check = hybrid(values.iter().map(|&value| u32::from(value % 32)), 32);
    u8::try_from(check).unwrap_or(0) // always below 32
}
