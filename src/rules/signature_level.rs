//! How much a signature brings along to be verified by later (ETSI EN 319 142-1, 6), and what becomes of signing keys.

use super::words::words;

words! {
    /// The level of a signed document.
    SignatureLevel {
        /// The signature with its certificates: its time is what the signer says.
        Basic = "B-B",
        /// With a timestamp of an authority over the signature.
        Timestamped = "B-T",
        /// With the timestamp, and with the certificates and revocation lists that verify both.
        LongTerm = "B-LT",
    }
}

words! {
    /// What became of a signing certificate. The earliest time of each counts.
    SignerEvent {
        /// Another one signs from then on; what it signed stays good.
        Retired = "retired",
        /// It is not to be trusted from then on; nobody else is known to have its key.
        Revoked = "revoked",
        /// Somebody else may have had its key from then on.
        Compromised = "compromised",
    }
}
