//! The authorities of one kind of key: a root and an issuing authority, in a folder of four files.

use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use super::issuing::{Use, issue};
use super::key::Key;
use super::key_folder::{Files, private, read, secret};
use super::{BadCertificate, Certificate, Error, Random};
use crate::rules::{Instant, KeyKind};

const ROOT: &str = "root.pem";
pub(super) const ROOT_KEY: &str = "root.key.pem";
const CA: &str = "ca.pem";
pub(super) const CA_KEY: &str = "ca.key.pem";

/// The certificates of the authorities of one kind.
pub(super) struct Authority {
    pub(super) root: Certificate,
    pub(super) ca: Certificate,
}

/// Authorities just made, with their keys.
pub(super) struct Fresh {
    pub(super) authority: Authority,
    pub(super) ca_key: Key,
    root_key: Key,
}

/// The folder of a kind within the key folder: P-256, which every operator has, at the top.
pub(super) fn folder(dir: &Path, kind: KeyKind) -> PathBuf {
    match kind {
        KeyKind::P256 => dir.to_owned(),
        KeyKind::Rsa3072 | KeyKind::Sm2 => dir.join(kind.word()),
    }
}

impl Fresh {
    /// Makes a root (20 years) and an issuing authority (10 years).
    pub(super) fn make(kind: KeyKind, operator: &str, now: Instant, random: Random) -> Result<Self, Error> {
        let (root_key, ca_key) = (Key::generate(kind, random)?, Key::generate(kind, random)?);
        let root = issue(Use::Root, operator, root_key.public(), (&root_key, None), now, random)?;
        let ca = issue(Use::Issuing, operator, ca_key.public(), (&root_key, Some(&root)), now, random)?;
        Ok(Self { authority: Authority { root, ca }, ca_key, root_key })
    }

    /// The four files, by their names under `dir`.
    pub(super) fn files(&self, dir: &Path) -> Result<Files, Error> {
        let Authority { root, ca } = &self.authority;
        Ok(vec![
            (dir.join(ROOT_KEY), self.root_key.to_pem()?),
            (dir.join(CA_KEY), self.ca_key.to_pem()?),
            (dir.join(ROOT), Zeroizing::new(root.to_pem())),
            (dir.join(CA), Zeroizing::new(ca.to_pem())),
        ])
    }
}

impl Authority {
    /// Reads the certificates in a folder; `None` if it has no root.
    pub(super) fn read(dir: &Path, kind: KeyKind) -> Result<Option<Self>, Error> {
        let path = dir.join(ROOT);
        if !path.exists() {
            return Ok(None);
        }
        private(dir, "700")?;
        for name in [CA_KEY, ROOT_KEY].map(|name| dir.join(name)) {
            if name.exists() {
                private(&name, "600")?;
            }
        }
        let root = Certificate::from_pem(&read(&path)?)?;
        let ca = Certificate::from_pem(&read(&dir.join(CA))?)?;
        root.check_issued_by(&root, 1)?;
        ca.check_issued_by(&root, 1)?;
        if root.kind() == kind { Ok(Some(Self { root, ca })) } else { Err(Error::KeyKind(root.kind())) }
    }

    /// Refuses authorities that are not in life.
    pub(super) fn check_time(&self, now: Instant) -> Result<(), Error> {
        let alive = self.root.is_valid_at(now) && self.ca.is_valid_at(now);
        if alive { Ok(()) } else { Err(Error::Chain(BadCertificate::OutOfDate)) }
    }

    /// Reads the key of the issuing authority, which may be kept elsewhere.
    pub(super) fn ca_key(&self, dir: &Path) -> Result<Key, Error> {
        let path = dir.join(CA_KEY);
        if !path.exists() {
            return Err(Error::AuthorityElsewhere(path));
        }
        let key = Key::from_pem(self.ca.kind(), &secret(&path)?)
            .ok_or(Error::Malformed { path, expected: "a key of this kind in PKCS#8 PEM" })?;
        if key.public() == self.ca.key() { Ok(key) } else { Err(Error::KeyMismatch) }
    }

    /// Makes a signing certificate (3 years) for a key.
    pub(super) fn certify(
        &self,
        ca_key: &Key,
        key: &Key,
        now: Instant,
        random: Random,
    ) -> Result<Vec<Certificate>, Error> {
        let operator = self.ca.organization();
        let leaf = issue(Use::Signing, &operator, key.public(), (ca_key, Some(&self.ca)), now, random)?;
        Ok(vec![leaf, self.ca.clone()])
    }
}
