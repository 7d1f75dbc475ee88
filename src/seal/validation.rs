//! What verifies a signature later without asking anybody (ETSI EN 319 142-1, B-LT): the certificates of the signer and of the
//! timestamp authority, and fresh revocation lists of everybody who issued them.
//!
//! | file | list of | made anew |
//! |---|---|---|
//! | `root.crl.pem` | the root: of issuing authorities | when half of its three years are over, if `root.key.pem` is there |
//! | `ca.crl.pem` | the issuing authority: of signing certificates | every day, if `ca.key.pem` is there |
//! | `*.crl.pem` | others, such as those of a timestamp authority that others run | by whoever puts them there |
//!
//! The same files in the folder of another kind of key are for that kind. Where a list is missing or stale the report goes without
//! it: issuing never stops for that.

use std::fs;
use std::path::Path;

use super::crl::{RevocationList, Revoked};
use super::foreign::ForeignCertificate;
use super::{Certificate, Error, Keyring};
use crate::rules::Instant;

const DAY: i64 = 86_400_000;

/// The list of an issuing authority is fresh for so long, in milliseconds: a week.
const CA_FRESH: i64 = 7 * DAY;

/// The list of a root is fresh for so long: three years, since its key is better kept elsewhere.
const ROOT_FRESH: i64 = 3 * 365 * DAY;

/// The most lists that are looked at in a folder.
const MOST: usize = 32;

/// Everything that goes into a document to verify its signature later, in DER.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ValidationData {
    /// Certificates of the signer and the timestamp authority with those above them.
    pub certificates: Vec<Vec<u8>>,
    /// Revocation lists of their issuers.
    pub revocation_lists: Vec<Vec<u8>>,
    /// The issuers whose fresh list is missing, by their names; a document is long-term only where there are none.
    pub missing: Vec<String>,
    /// When a fresh one should be gathered.
    pub until: Instant,
}
