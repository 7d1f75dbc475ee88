//! The document security store (ETSI EN 319 142-1, 5.4.2): certificates and revocation lists that verify the signature later.
//!
//! It is written before the signature and covered by it, so that the file keeps to one revision.

use std::fmt::Write as _;

use super::objects::{Objects, Ref};

/// What verifies a signature and its timestamp without asking anybody: DER, in the order in which it is written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Validation {
    /// Certificates of the chains.
    pub certificates: Vec<Vec<u8>>,
    /// Revocation lists of their authorities.
    pub revocation_lists: Vec<Vec<u8>>,
}

/// Writes the store; none where there is nothing to keep.
pub(super) fn write(objects: &mut Objects, validation: &Validation) -> Option<Ref> {
    let Validation { certificates, revocation_lists } = validation;
    if certificates.is_empty() && revocation_lists.is_empty() {
        return None;
    }
    let mut body = String::from("<</Type/DSS");
    for (name, all) in [("Certs", certificates), ("CRLs", revocation_lists)] {
        if all.is_empty() {
            continue;
        }
        let mut list = String::new();
        for der in all {
            let _ = write!(list, "{} ", objects.pack("", der));
        }
        let _ = write!(body, "/{name}[{}]", list.trim_end());
    }
    body.push_str(">>");
    Some(objects.add(&body))
}
