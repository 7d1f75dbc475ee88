//! The kinds of keys that sign documents.

use super::words::words;

words! {
    /// A kind of signing key, with the digest that belongs to it.
    KeyKind {
        /// ECDSA on P-256 with SHA-256 (FIPS 186-5): the default, checked by every program that knows PDF signatures.
        P256 = "p256",
        /// RSA with 3072 bits, PKCS#1 v1.5 and SHA-256 (RFC 8017, 8.2), for readers that know nothing newer.
        Rsa3072 = "rsa-3072",
        /// SM2 with SM3 (GB/T 32918, GB/T 32905), for where Chinese commercial cryptography is required.
        Sm2 = "sm2",
    }
}
