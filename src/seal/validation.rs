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

use super::authority::folder;
use super::crl::{RevocationList, Revoked};
use super::foreign::ForeignCertificate;
use super::key::Key;
use super::key_folder::{read, secret, write_over};
use super::{Certificate, Keyring};
use crate::rules::Instant;

const DAY: i64 = 86_400_000;

/// The list of an issuing authority is fresh for so long, in milliseconds: a week.
const CA_FRESH: i64 = 7 * DAY;

/// The list of a root is fresh for so long: three years, since its key is better kept elsewhere.
const ROOT_FRESH: i64 = 3 * 365 * DAY;

/// The most lists that are looked at in a folder.
const MOST: usize = 32;

/// Everything that goes into a document to verify its signature later, in DER.
#[derive(Clone, Debug, PartialEq, Eq)]
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

/// Who stamps the time on the signatures that the data are for.
#[derive(Clone, Copy)]
pub enum Stamping<'a> {
    /// Nobody.
    Nobody,
    /// The local authority: its certificate and the one above it.
    Local(&'a [Certificate]),
    /// Somebody else: the authority's certificate, as far as it is known, and those above it.
    Others(&'a [ForeignCertificate]),
}

impl ValidationData {
    /// Gathers what is there, and makes fresh lists where the keys for that are in the folder.
    #[must_use]
    pub fn gather(
        dir: &Path,
        keyring: &Keyring,
        stamping: Stamping<'_>,
        revoked: &[Revoked],
        now: Instant,
    ) -> Self {
        let mut data = Self {
            certificates: Vec::new(),
            revocation_lists: Vec::new(),
            missing: Vec::new(),
            until: Instant::from_millis(now.millis() + DAY),
        };
        let signer = &keyring.signer;
        data.ours(dir, signer.document_chain(), keyring.document_root(), revoked, now);
        match stamping {
            Stamping::Nobody => (),
            Stamping::Local(chain) => data.ours(dir, chain, &keyring.root, revoked, now),
            Stamping::Others(chain) => data.theirs(dir, chain, now),
        }
        data
    }

    /// Whether a timestamp makes the document long-term: nothing is missing.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.missing.is_empty()
    }

    /// A chain of ours, signer first and without its root, and the lists of its issuers.
    fn ours(
        &mut self,
        dir: &Path,
        chain: &[Certificate],
        root: &Certificate,
        revoked: &[Revoked],
        now: Instant,
    ) {
        for certificate in chain.iter().chain([root]) {
            keep(&mut self.certificates, certificate.der());
        }
        let place = folder(dir, root.kind());
        let of_root = List { name: "root", issuer: root, fresh: ROOT_FRESH, renew: ROOT_FRESH / 2 };
        self.list(&place, &of_root, &[], now);
        if let Some(issuer) = chain.get(1) {
            let of_ca = List { name: "ca", issuer, fresh: CA_FRESH, renew: DAY };
            self.list(&place, &of_ca, revoked, now);
        }
    }

    fn list(&mut self, place: &Path, wanted: &List<'_>, revoked: &[Revoked], now: Instant) {
        let List { name, issuer, renew, .. } = *wanted;
        let complete = |list: &RevocationList| {
            let theirs = revoked.iter().filter(|it| it.certificate.check_names(issuer, 0).is_ok());
            list.check(issuer, now).is_ok()
                && theirs
                    .clone()
                    .all(|it| list.revoked_since(&it.certificate) == Some(it.since.whole_second()))
        };
        let path = place.join(format!("{name}.crl.pem"));
        let found = lists(&path).into_iter().find(complete);
        let young = |list: &RevocationList| list.life().0.millis() + renew > now.millis();
        let list = match found {
            Some(list) if young(&list) => Some(list),
            old => wanted
                .make(place, revoked, now)
                .inspect(|made| {
                    // In a folder that cannot be written the list is made again each time: no reason to stop.
                    let _ = write_over(&path, &made.to_pem());
                })
                .or(old),
        };
        match list {
            Some(list) => keep(&mut self.revocation_lists, list.der()),
            None => self.missing.push(format!("{name}.crl.pem ({})", issuer.kind())),
        }
    }

    /// A chain of somebody else and the lists of its issuers that lie in the folder.
    fn theirs(&mut self, dir: &Path, chain: &[ForeignCertificate], now: Instant) {
        let mut files: Vec<_> = fs::read_dir(dir)
            .into_iter()
            .flatten()
            .filter_map(|entry| Some(entry.ok()?.path()))
            .filter(|path| path.to_string_lossy().ends_with(".crl.pem"))
            .take(MOST)
            .collect();
        files.sort();
        let all: Vec<RevocationList> = files.iter().flat_map(|path| lists(path)).collect();
        if chain.is_empty() {
            self.missing
                .push("certificates of the timestamp authority, known after its first timestamp".into());
        }
        for certificate in chain {
            keep(&mut self.certificates, certificate.der());
            if certificate.is_named_by(certificate) {
                continue; // A root answers for itself.
            }
            let Some(issuer) = chain.iter().find(|it| certificate.is_named_by(it)) else {
                self.missing.push(format!("the issuer of {}", certificate.digest()));
                continue;
            };
            match all.iter().find(|list| list.holds_for(issuer, now)) {
                Some(list) => keep(&mut self.revocation_lists, list.der()),
                None => self.missing.push(format!("the list of the issuer of {}", certificate.digest())),
            }
        }
    }
}

/// A list that a document needs.
struct List<'a> {
    name: &'static str,
    issuer: &'a Certificate,
    /// For how long a new one is fresh, in milliseconds.
    fresh: i64,
    /// After how long a new one is made.
    renew: i64,
}

impl List<'_> {
    /// Makes a new one, if the key for that is in the folder.
    fn make(&self, place: &Path, revoked: &[Revoked], now: Instant) -> Option<RevocationList> {
        let text = secret(&place.join(format!("{}.key.pem", self.name))).ok()?;
        let key = Key::from_pem(self.issuer.kind(), &text).filter(|key| key.public() == self.issuer.key())?;
        let next = Instant::from_millis(now.millis() + self.fresh);
        RevocationList::make((&key, self.issuer), revoked, now, next).ok()
    }
}

fn lists(path: &Path) -> Vec<RevocationList> {
    let text = read(path).unwrap_or_default();
    RevocationList::all_from_pem(&text).unwrap_or_default()
}

fn keep(all: &mut Vec<Vec<u8>>, der: &[u8]) {
    if !all.iter().any(|it| it == der) {
        all.push(der.to_vec());
    }
}
