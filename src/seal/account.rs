//! Passwords, and the second factor.
//!
//! A password is kept as its Argon2id hash (RFC 9106) with the parameters in the hash, so that they may grow. The secret of a second
//! factor (TOTP, RFC 6238) is not kept at all: it follows from the operator's key and a random number, so that a copy of the
//! database opens no account.

use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _};
use argon2::{Argon2, PasswordHash};
use totp_rs::{Builder, Totp};
use zeroize::Zeroizing;

use super::CodeKey;
use crate::rules::Digest;

/// How many digits a code has, and for how many seconds it holds; what every authenticator program expects.
const STEP: u64 = 30;
/// The bytes of a secret: what the hash function takes (RFC 4226, 4).
const SECRET: usize = 20;
/// A hash of no password, with the parameters of all others: what is typed under a name that nobody has, or for an account without a
/// password, is compared with it. It is written here and not computed, so that the first one does not take twice as long.
pub const NOBODYS_HASH: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// The hash to keep of a password. It takes some hundredths of a second and 19 MiB, which is the point.
#[must_use]
pub fn hash_password(password: &str, salt: [u8; 16]) -> Option<String> {
    let hash = Argon2::default().hash_password_with_salt(password.as_bytes(), &salt);
    hash.ok().map(|hash: PasswordHash| hash.to_string())
}

/// Whether a password is the one of a hash; without a hash, never, and it takes as long to say so.
#[must_use]
pub fn is_password(password: &str, hash: Option<&str>) -> bool {
    let Ok(parsed) = PasswordHash::new(hash.unwrap_or(NOBODYS_HASH)) else { return false };
    let right = Argon2::default().verify_password(password.as_bytes(), &parsed).is_ok();
    right && hash.is_some()
}

/// A second factor.
pub struct SecondFactor(Totp, Zeroizing<[u8; SECRET]>);

impl SecondFactor {
    /// The factor that follows from the operator's key and the random number of an account.
    #[must_use]
    pub fn of(key: &CodeKey, number: &Digest) -> Self {
        let mut text = b"second factor ".to_vec();
        text.extend(number.0);
        let mut secret = Zeroizing::new([0; SECRET]);
        secret.copy_from_slice(&key.hash(&text).0[..SECRET]);
        // The parameters are those of RFC 6238; nothing of them can be refused.
        let totp =
            Builder::new().with_secret(*secret).with_skew(1).with_step_duration(STEP).build_noncompliant();
        Self(totp, secret)
    }

    /// The time step whose code this is: the present one, the one before or the one after.
    #[must_use]
    pub fn step_of(&self, code: &str, seconds: u64) -> Option<u64> {
        let code: String = code.chars().filter(|c| !c.is_whitespace()).collect();
        self.0.check(&code, seconds)
    }

    /// The secret as people type it (RFC 4648, 6).
    #[must_use]
    pub fn base32(&self) -> String {
        const ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
        let mut text = String::with_capacity(SECRET * 8 / 5);
        for group in self.1.chunks(5) {
            let bits = group.iter().fold(0_u64, |sum, byte| sum << 8 | u64::from(*byte));
            let symbols = (0..8).rev().map(|at| char::from(ALPHABET[(bits >> (5 * at) & 31) as usize]));
            text.extend(symbols);
        }
        text
    }
}

/// SHA-256 of the certificate in a `Client-Cert` header: DER in base 64 between colons (RFC 9440, 2.1).
#[must_use]
pub fn certificate_digest(header: &str) -> Option<Digest> {
    let text = header.trim().strip_prefix(':')?.strip_suffix(':')?;
    let pem = format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", folded(text));
    let (label, der) = der::pem::decode_vec(pem.as_bytes()).ok()?;
    (label == "CERTIFICATE" && !der.is_empty()).then(|| super::digest(&der))
}

/// Base 64 in the lines that PEM has (RFC 7468, 2).
fn folded(text: &str) -> String {
    let lines: Vec<&str> =
        text.as_bytes().chunks(64).filter_map(|line| std::str::from_utf8(line).ok()).collect();
    lines.join("\n")
}
