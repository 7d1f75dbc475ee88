//! What is in a key folder, for people to look at: no key is opened, and nothing needs to be in life.

use std::path::Path;

use super::authority::{Authority, CA_KEY, ROOT_KEY, folder};
use super::key_folder::private;
use super::keyring::{authorities, chains, generation, generations, key_file, module_file};
use super::{Certificate, Error, Keyring};
use crate::rules::words::words;

words! {
    /// What a certificate is for.
    Role {
        /// The root that others trust.
        Root = "root",
        /// The authority that issues signing certificates.
        Issuing = "issuing",
        /// Signing claims, receipts and trust bundles, and documents where no other key does.
        Signing = "signing",
        /// Signing documents.
        Documents = "documents",
        /// It has signed, and does not any more.
        Retired = "retired",
    }
}

words! {
    /// Where the private key of a certificate is.
    Kept {
        /// In a file of the key folder.
        File = "file",
        /// In a hardware module.
        Module = "module",
        /// Not here: kept elsewhere, or removed.
        Elsewhere = "elsewhere",
    }
}

/// A certificate in the key folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// What it is for.
    pub role: Role,
    /// The certificate.
    pub certificate: Certificate,
    /// Where its private key is.
    pub kept: Kept,
}

impl Keyring {
    /// Lists the certificates in a key folder: authorities, keys in force, then the retired, the latest first.
    pub fn list(dir: &Path) -> Result<Vec<Listed>, Error> {
        private(dir, "700")?;
        let authorities = authorities(dir)?;
        let mut listed = Vec::new();
        for Authority { root, ca } in &authorities {
            let folder = folder(dir, root.kind());
            for (role, certificate, key) in [(Role::Root, root, ROOT_KEY), (Role::Issuing, ca, CA_KEY)] {
                let kept = if folder.join(key).exists() { Kept::File } else { Kept::Elsewhere };
                listed.push(Listed { role, certificate: certificate.clone(), kept });
            }
        }
        let mut in_force = true;
        for number in generations(dir)?.into_iter().rev() {
            let place = generation(dir, number);
            for (at, chain) in chains(&place, &authorities)?.into_iter().enumerate() {
                let role = match (in_force, at) {
                    (true, 0) => Role::Signing,
                    (true, _) => Role::Documents,
                    (false, _) => Role::Retired,
                };
                let kept = kept(&place, &chain[0]);
                listed.extend(chain.into_iter().next().map(|certificate| Listed { role, certificate, kept }));
            }
            in_force = false;
        }
        Ok(listed)
    }
}

fn kept(place: &Path, certificate: &Certificate) -> Kept {
    if place.join(key_file(certificate.kind())).exists() {
        Kept::File
    } else if place.join(module_file(certificate.kind())).exists() {
        Kept::Module
    } else {
        Kept::Elsewhere
    }
}
