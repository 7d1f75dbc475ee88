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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::KeyKind;
    use crate::seal::kinds::digest_parts;

    fn bytes(hex: &str) -> Vec<u8> {
        let digits: Vec<u8> =
            hex.chars().filter_map(|it| it.to_digit(16)).map(|it| u8::try_from(it).unwrap()).collect();
        digits.chunks(2).map(|pair| pair[0] << 4 | pair[1]).collect()
    }

    /// The example of GB/T 32918.5, annex A.
    const POINT: &str = "04 09F9DF311E5421A150DD7D161E4BC5C672179FAD1833FC076BB08FF356F35020 \
                         CCEA490CE26775A52DC6EA718CC1AA600AED05FBF35E084A6632F6072DA9AD13";
    const R: &str = "F5A03B0648D2C4630EEAC513E1BB81A15944DA3827D5B74143AC7EACEEE720B3";
    const S: &str = "B1B6AA29DF212FD8763182BC0D421CA1BB9038FD1F7F42D4840B69C485BBC1AA";
    const SECRET: &str = "3945208F7B2144B13F36E38AC6D39F95889393692860B51A42FB81EF4DF7C5B8";

    #[test]
    fn the_signature_of_the_standard_holds_for_its_message_only() {
        let key = Check::new(&bytes(POINT)).unwrap();
        let signature = Signature::from_slice(&bytes(&[R, S].concat())).unwrap();
        let signature = signature.to_der().as_bytes().to_vec();
        assert!(key.verifies(b"message digest", &signature));
        assert!(!key.verifies(b"message digesu", &signature));
        let longer = [&signature[..], &[0]].concat();
        assert!(!key.verifies(b"message digest", &longer));
    }

    #[test]
    fn the_key_of_the_standard_has_its_public_half_and_signs() {
        let key = Secret(SigningKey::from_slice(IDENTITY, &bytes(SECRET)).unwrap());
        assert_eq!(key.public(), bytes(POINT));
        let signature = key.sign(b"message digest").unwrap();
        assert!(Check::new(&key.public()).unwrap().verifies(b"message digest", &signature));
    }

    #[test]
    fn the_digests_of_the_standards_come_out() {
        let sm3 = "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0";
        assert_eq!(digest_parts(KeyKind::Sm2, &[b"a", b"bc"]).to_vec(), bytes(sm3));
        let sha256 = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(digest_parts(KeyKind::P256, &[b"ab", b"", b"c"]).to_vec(), bytes(sha256));
    }
}
