//! Business registration numbers of fifteen digits.

use super::iso7064::mod_11_10;

/// What is odd about a business registration number (GS 15-2006). Old and irregular numbers exist, so this warns only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OddRegistrationNumber {
    /// Another length, or not digits: possibly an old number.
    #[error("a business registration number has 15 digits; older ones have fewer")]
    Shape,
    /// A typing error, or an irregular number.
    #[error("the check digit of the business registration number should be {expected}")]
    Check {
        /// The digit that would make it right.
        expected: char,
    },
}

/// Checks a 15-digit registration number: 6 digits of the first registry, 8 of sequence, 1 check (ISO 7064 MOD 11,10).
pub fn check_registration_number(text: &str) -> Result<(), OddRegistrationNumber> {
    if text.len() != 15 || !text.bytes().all(|b| b.is_ascii_digit()) {
        return Err(OddRegistrationNumber::Shape);
    }
    match mod_11_10(&text[..14]) {
        Some(expected) if !text.ends_with(expected) => Err(OddRegistrationNumber::Check { expected }),
        _ => Ok(()),
    }
}
