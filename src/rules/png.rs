//! A picture that travels in JSON: the bytes of a PNG file, written in base 64 (RFC 4648, 4).

use serde::{Deserialize, Serialize};

/// The bytes of a PNG file.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Png(pub Vec<u8>);

/// A text that is not base 64.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the picture is not written in base 64")]
pub struct BadPng;

const SYMBOLS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

impl Png {
    /// As the address of a picture inside a page (RFC 2397).
    #[must_use]
    pub fn data_uri(&self) -> String {
        format!("data:image/png;base64,{}", String::from(self.clone()))
    }
}

impl From<Png> for String {
    fn from(png: Png) -> Self {
        let mut text = Self::with_capacity(png.0.len().div_ceil(3) * 4);
        for group in png.0.chunks(3) {
            let bits =
                group.iter().fold(0_u32, |sum, &byte| sum << 8 | u32::from(byte)) << (8 * (3 - group.len()));
            for at in 0..4 {
                let rank = (bits >> (18 - 6 * at) & 63) as usize;
                text.push(if at > group.len() { '=' } else { char::from(SYMBOLS[rank]) });
            }
        }
        text
    }
}

impl TryFrom<String> for Png {
    type Error = BadPng;

    fn try_from(text: String) -> Result<Self, BadPng> {
        let digits = text.trim_end_matches('=').as_bytes();
        if !text.len().is_multiple_of(4) || text.len() - digits.len() > 2 {
            return Err(BadPng);
        }
        let mut bytes = Vec::with_capacity(text.len() / 4 * 3);
        for group in digits.chunks(4) {
            let mut bits = 0_u32;
            for &digit in group {
                bits = bits << 6 | u32::from(rank(digit).ok_or(BadPng)?);
            }
            let whole = (bits << (6 * (4 - group.len()))).to_be_bytes();
            bytes.extend_from_slice(&whole[1..group.len()]);
        }
        Ok(Self(bytes))
    }
}

fn rank(digit: u8) -> Option<u8> {
    match digit {
        b'A'..=b'Z' => Some(digit - b'A'),
        b'a'..=b'z' => Some(digit - b'a' + 26),
        b'0'..=b'9' => Some(digit - b'0' + 52),
        b'+' => Some(62),
        b'/' => Some(63),
        _ => None,
    }
}

impl std::fmt::Debug for Png {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Png({} bytes)", self.0.len())
    }
}
