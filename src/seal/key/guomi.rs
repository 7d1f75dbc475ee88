//! SM2 with SM3 (GB/T 32918.2, GB/T 32905), used as GB/T 35276 (GM/T 0009) says.

use p256::pkcs8::{DecodePrivateKey as _, EncodePrivateKey as _, LineEnding};
use sm2::SecretKey;
use sm2::dsa::signature::{Signer as _, Verifier as _};
use sm2::dsa::{Signature, SigningKey, VerifyingKey};
use sm2::elliptic_curve::sec1::ToSec1Point as _;
use zeroize::Zeroizing;

use crate::seal::{Error, Random};

/// Whose key it is, as far as `Z` says: nobody in particular (GB/T 35276, 10).
const IDENTITY: &str = "1234567812345678";

/// An uncompressed point: 04, then both coordinates (GB/T 35276, 7.1).
const POINT: usize = 65;

pub(super) struct Secret(SigningKey);

#[derive(Clone)]
pub(super) struct Check(VerifyingKey);

impl Secret {
    pub(super) fn generate(random: Random) -> Self {
        // A draw outside 1..n-1 is thrown away (GB/T 32918.1, 6.1); its chance is 2⁻³², so the loop ends.
        loop {
            let mut seed = Zeroizing::new([0; 32]);
            random(seed.as_mut_slice());
            if let Ok(key) = SigningKey::from_slice(IDENTITY, seed.as_slice()) {
                return Self(key);
            }
        }
    }

    pub(super) fn from_pem(text: &str) -> Option<Self> {
        let key = SecretKey::from_pkcs8_pem(text).ok()?;
        SigningKey::new(IDENTITY, &key).ok().map(Self)
    }

    pub(super) fn to_pem(&self) -> Option<Zeroizing<String>> {
        SecretKey::from(self.0.as_nonzero_scalar()).to_pkcs8_pem(LineEnding::LF).ok()
    }

    pub(super) fn public(&self) -> Vec<u8> {
        self.0.verifying_key().as_affine().to_sec1_point(false).as_bytes().to_vec()
    }

    /// Signs; the chance that a message has to be refused because `r`, `s` or `r + k` is zero is 2⁻²⁵⁶.
    pub(super) fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Error> {
        let signature = self.0.try_sign(message).map_err(|_| Error::Encoding("a signature"))?;
        Ok(signature.to_der().as_bytes().to_vec())
    }
}

impl Check {
    pub(super) fn new(point: &[u8]) -> Option<Self> {
        let uncompressed = point.len() == POINT && point[0] == 4;
        let key = uncompressed.then(|| VerifyingKey::from_sec1_bytes(IDENTITY, point))?;
        key.ok().map(Self)
    }

    pub(super) fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        let parsed = Signature::from_der(signature);
        parsed.is_ok_and(|it| it.to_der().as_bytes() == signature && self.0.verify(message, &it).is_ok())
    }
}
