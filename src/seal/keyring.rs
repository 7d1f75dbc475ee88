//! Everything secret that an operator has: made at a first start, opened at every other, rotated when its time comes.
//!
//! | file | what it holds | needed for |
//! |---|---|---|
//! | `code.key` | 32 bytes in hexadecimal: the key of verification codes | issuing and finding reports |
//! | `signing/<n>/<kind>.key.pem` | a signing key, PKCS#8; only where `n` is the highest | issuing reports |
//! | `signing/<n>/<kind>.pkcs11.toml` | in its place: where in which hardware module the key is | issuing reports |
//! | `signing/<n>/<kind>.chain.pem` | signing certificate, then issuing authority | issuing; trust bundles |
//! | `root.pem`, `ca.pem` | certificates of the P-256 authorities | trust bundles, rotating |
//! | `ca.key.pem`, `root.key.pem` | keys of the authorities | rotating, fresh revocation lists: better kept elsewhere |
//! | `tsa.key.pem`, `tsa.pem` | the local timestamp authority (`local_authority`) | timestamps, unless others give them |
//! | `root.crl.pem`, `ca.crl.pem` | revocation lists (`validation`) | documents that can be verified for long |
//! | `rsa-3072/`, `sm2/` | the same four files for another kind that signs documents | as above |
//!
//! # Rotation
//!
//! The keys in the folder `signing/<n>` with the highest number sign; the others are retired. A rotation writes the next folder
//! beside and gives it its number in one step, so that after a crash at any moment the old keys or the new ones are in force, and never
//! a mixture. Then the private keys of the retired are removed: verifying needs their certificates only, and what does not
//! exist cannot be stolen. Copies in backups remain until those are gone; a key in a module stays there until its owner removes it.

use std::fs;
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use super::authority::{Authority, Fresh, folder};
use super::key::Key;
use super::key_folder::{Files, failed, private, read, secret, sync, tidy, write_folder};
use super::signer::Pair;
use super::{Certificate, CodeKey, Error, Module, Random, Signer};
use crate::rules::{Digest, Instant, KeyKind};

const CODE_KEY: &str = "code.key";
const SIGNING: &str = "signing";

/// Which keys are to be made, and where.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// The kind that signs documents; without it as until now, and P-256 at first.
    pub kind: Option<KeyKind>,
    /// Where the signing keys are; without it as until now, and in files at first.
    pub place: Option<Place>,
}

/// Where signing keys are.
#[derive(Clone, Debug)]
pub enum Place {
    /// In files of the key folder.
    Files,
    /// In a hardware module, under the label that signs documents. Where that is not P-256, the key for claims has the same label
    /// with `-claims` behind it. A key that is there already is used.
    Module(Module),
}

impl From<KeyKind> for Wanted {
    fn from(kind: KeyKind) -> Self {
        Self { kind: Some(kind), place: None }
    }
}

/// Everything secret that an operator has, read and checked.
#[derive(Debug)]
pub struct Keyring {
    /// What signs.
    pub signer: Signer,
    /// What hides verification codes in the store.
    pub codes: CodeKey,
    /// The P-256 root that others trust.
    pub root: Certificate,
    /// The roots of other kinds of keys that sign documents, or did.
    pub other_roots: Vec<Certificate>,
    /// The chains of earlier signing keys, signer first; the latest first.
    pub retired: Vec<Vec<Certificate>>,
    /// The number of the folder that the signing keys are in: each rotation makes the next.
    pub generation: u32,
}

impl Keyring {
    /// Makes a key folder at `dir` whose documents are signed with P-256; see [`create_with`](Self::create_with).
    pub fn create(dir: &Path, operator: &str, now: Instant, random: Random) -> Result<Self, Error> {
        Self::create_with(dir, operator, KeyKind::P256, now, random)
    }

    /// Makes a key folder at `dir`, which must not exist or be empty: root (20 years), issuing authority (10 years) and signing
    /// certificate (3 years), valid from `now`; three of P-256, and three of another kind for documents if that is wanted.
    ///
    /// The files are written beside it first and appear under `dir` all at once.
    pub fn create_with(
        dir: &Path,
        operator: &str,
        wanted: impl Into<Wanted>,
        now: Instant,
        random: Random,
    ) -> Result<Self, Error> {
        let Wanted { kind, place } = wanted.into();
        let (kind, place) = (kind.unwrap_or(KeyKind::P256), place.unwrap_or(Place::Files));
        if operator.trim().is_empty()
            || operator.chars().count() > 64
            || operator.chars().any(char::is_control)
        {
            return Err(Error::OperatorName);
        }
        if fs::read_dir(dir).is_ok_and(|mut entries| entries.next().is_some()) {
            return Err(Error::Exists(dir.to_owned()));
        }
        let mut code = Zeroizing::new([0; 32]);
        random(code.as_mut_slice());
        let mut files: Files = vec![(CODE_KEY.into(), CodeKey::new(*code).to_hex())];
        for one in kinds(kind) {
            let fresh = Fresh::make(one, operator, now, random)?;
            files.extend(fresh.files(&folder(Path::new(""), one))?);
            let made = place.make(one, one == kind, random)?;
            let chain = fresh.authority.certify(&fresh.ca_key, &made.0, now, random)?;
            files.extend(signing_files(&made, &chain, &generation(Path::new(""), 1))?);
        }
        write_folder(dir, &files, random)?;
        Self::open(dir, now)
    }

    /// Reads a key folder and checks that its keys are private, fit their certificates, and are in life at `now`.
    pub fn open(dir: &Path, now: Instant) -> Result<Self, Error> {
        private(dir, "700")?;
        let path = dir.join(CODE_KEY);
        let code: Digest = secret(&path)?
            .trim()
            .parse()
            .map_err(|_| Error::Malformed { path, expected: "64 hexadecimal digits" })?;
        let authorities = authorities(dir)?;
        let numbers = generations(dir)?;
        let (current, earlier) = numbers.split_last().ok_or_else(|| Error::NoKeys(dir.join(SIGNING)))?;
        let place = generation(dir, *current);
        private(&place, "700")?;
        let mut pairs = Vec::new();
        for chain in chains(&place, &authorities)? {
            pairs.push(Pair::new(read_key(&place, chain[0].kind())?, chain)?);
        }
        let mut pairs = pairs.into_iter();
        let claims = pairs.next().ok_or_else(|| Error::NoKeys(place.clone()))?;
        let signer = Signer::new(claims, pairs.next())?;
        signer.check_time(now)?;
        for authority in &authorities {
            if [KeyKind::P256, signer.kind()].contains(&authority.root.kind()) {
                authority.check_time(now)?;
            }
        }
        let mut retired = Vec::new();
        for number in earlier.iter().rev() {
            retired.extend(chains(&generation(dir, *number), &authorities)?);
        }
        let mut roots = authorities.into_iter().map(|it| it.root);
        let root = roots.next().ok_or_else(|| Error::NoKeys(dir.to_owned()))?;
        let (codes, generation) = (CodeKey::new(code.0), *current);
        Ok(Self { signer, codes, root, other_roots: roots.collect(), retired, generation })
    }

    /// The number of the folder with the newest signing keys.
    pub fn newest(dir: &Path) -> Result<u32, Error> {
        generations(dir)?.last().copied().ok_or_else(|| Error::NoKeys(dir.join(SIGNING)))
    }

    /// Makes new signing keys and certificates under the issuing authorities, and retires those in force. Authorities of the wanted
    /// kind are made if there are none.
    ///
    /// A program that runs goes on with the keys it has read until it looks again ([`Self::newest`]).
    pub fn rotate(
        dir: &Path,
        wanted: impl Into<Wanted>,
        now: Instant,
        random: Random,
    ) -> Result<Self, Error> {
        private(dir, "700")?;
        let wanted = wanted.into();
        let signing = dir.join(SIGNING);
        tidy(dir)?;
        tidy(&signing)?;
        let last = *generations(dir)?.last().ok_or_else(|| Error::NoKeys(signing.clone()))?;
        let known = authorities(dir)?;
        let operator = known.first().map(|it| it.root.organization()).unwrap_or_default();
        let before = chains(&generation(dir, last), &known)?;
        let kind = wanted.kind.or(before.last().map(|chain| chain[0].kind())).unwrap_or(KeyKind::P256);
        let in_module = |kind: &KeyKind| generation(dir, last).join(module_file(*kind)).exists();
        if wanted.place.is_none() && KeyKind::ALL.iter().any(in_module) {
            return Err(Error::NameTheModule);
        }
        let place = wanted.place.unwrap_or(Place::Files);
        let mut files = Files::new();
        for one in kinds(kind) {
            let folder = folder(dir, one);
            if Authority::read(&folder, one)?.is_none() {
                let fresh = Fresh::make(one, &operator, now, random)?;
                write_folder(&folder, &fresh.files(Path::new(""))?, random)?;
            }
            let authority = Authority::read(&folder, one)?.ok_or_else(|| Error::NoKeys(folder.clone()))?;
            authority.check_time(now)?;
            let ca_key = authority.ca_key(&folder)?;
            let made = place.make(one, one == kind, random)?;
            if let (key, Some(module)) = &made
                && before.iter().any(|chain| chain[0].key() == key.public())
            {
                return Err(Error::SameKey(module.key.clone()));
            }
            let chain = authority.certify(&ca_key, &made.0, now, random)?;
            files.extend(signing_files(&made, &chain, Path::new(""))?);
        }
        let next = last.checked_add(1).ok_or_else(|| Error::NoKeys(signing.clone()))?;
        write_folder(&generation(dir, next), &files, random)?;
        let rotated = Self::open(dir, now)?;
        for number in generations(dir)?.into_iter().filter(|number| *number < next) {
            remove_keys(&generation(dir, number))?;
        }
        Ok(rotated)
    }

    /// Every root that others trust, P-256 first.
    #[must_use]
    pub fn roots(&self) -> Vec<Certificate> {
        [&self.root].into_iter().chain(&self.other_roots).cloned().collect()
    }

    /// The root of the key that signs documents.
    #[must_use]
    pub fn document_root(&self) -> &Certificate {
        self.other_roots.iter().find(|it| it.kind() == self.signer.kind()).unwrap_or(&self.root)
    }

    /// The chains of all signing keys, signer first: of claims, of documents where that is another one, then the retired.
    #[must_use]
    pub fn chains(&self) -> Vec<&[Certificate]> {
        let mut chains = vec![self.signer.chain()];
        if self.signer.document_chain() != self.signer.chain() {
            chains.push(self.signer.document_chain());
        }
        chains.extend(self.retired.iter().map(Vec::as_slice));
        chains
    }

    /// The name of the operator, as the signing certificate has it.
    #[must_use]
    pub fn operator(&self) -> String {
        self.signer.certificate().organization()
    }
}

impl Place {
    /// A key, and where in a module it is.
    fn make(&self, kind: KeyKind, for_documents: bool, random: Random) -> Result<Made, Error> {
        match self {
            Self::Files => Ok((Key::generate(kind, random)?, None)),
            Self::Module(module) => {
                let key = if for_documents { module.key.clone() } else { format!("{}-claims", module.key) };
                let module = Module { key, ..module.clone() };
                Ok((Key::in_module(kind, &module, random)?, Some(module)))
            }
        }
    }
}

type Made = (Key, Option<Module>);

/// The kinds that an operator needs whose documents are signed with `kind`.
fn kinds(kind: KeyKind) -> Vec<KeyKind> {
    if kind == KeyKind::P256 { vec![kind] } else { vec![KeyKind::P256, kind] }
}

/// The authorities in a key folder, P-256 first.
pub(super) fn authorities(dir: &Path) -> Result<Vec<Authority>, Error> {
    let mut found = Vec::new();
    for kind in KeyKind::ALL {
        found.extend(Authority::read(&folder(dir, *kind), *kind)?);
    }
    Ok(found)
}

pub(super) fn generation(dir: &Path, number: u32) -> PathBuf {
    dir.join(SIGNING).join(number.to_string())
}

/// The numbers of the folders of signing keys, lowest first.
pub(super) fn generations(dir: &Path) -> Result<Vec<u32>, Error> {
    let signing = dir.join(SIGNING);
    let mut numbers = Vec::new();
    for entry in fs::read_dir(&signing).map_err(failed("read", &signing))? {
        let name = entry.map_err(failed("read", &signing))?.file_name();
        numbers.extend(name.to_str().and_then(|name| name.parse::<u32>().ok()));
    }
    numbers.sort_unstable();
    Ok(numbers)
}

/// The chains in a folder of signing keys, P-256 first, each checked up to its root, at whatever time.
pub(super) fn chains(place: &Path, authorities: &[Authority]) -> Result<Vec<Vec<Certificate>>, Error> {
    let mut found = Vec::new();
    for Authority { root, .. } in authorities {
        let path = place.join(chain_file(root.kind()));
        if !path.exists() {
            continue;
        }
        let chain = Certificate::chain_from_pem(&read(&path)?)?;
        let [leaf, ca] = chain.as_slice() else {
            return Err(Error::Malformed {
                path,
                expected: "a signing certificate and its issuing authority",
            });
        };
        ca.check_issued_by(root, 1)?;
        leaf.check_issued_by(ca, 0)?;
        found.push(chain);
    }
    Ok(found)
}

/// A signing key, or where it is, and its chain as files under `inside`.
fn signing_files((key, module): &Made, chain: &[Certificate], inside: &Path) -> Result<Files, Error> {
    let secret = match module {
        Some(module) => (inside.join(module_file(key.kind())), Zeroizing::new(module.write())),
        None => (inside.join(key_file(key.kind())), key.to_pem()?),
    };
    let pem = chain.iter().map(Certificate::to_pem).collect::<String>();
    Ok(vec![secret, (inside.join(chain_file(key.kind())), Zeroizing::new(pem))])
}

fn read_key(place: &Path, kind: KeyKind) -> Result<Key, Error> {
    let path = place.join(module_file(kind));
    if path.exists() {
        return Key::from_module(kind, Module::parse(&secret(&path)?)?);
    }
    let path = place.join(key_file(kind));
    Key::from_pem(kind, &secret(&path)?)
        .ok_or(Error::Malformed { path, expected: "a key of this kind in PKCS#8 PEM" })
}

pub(super) fn key_file(kind: KeyKind) -> String {
    format!("{kind}.key.pem")
}

pub(super) fn module_file(kind: KeyKind) -> String {
    format!("{kind}.pkcs11.toml")
}

fn chain_file(kind: KeyKind) -> String {
    format!("{kind}.chain.pem")
}

/// Removes the private keys from a folder of retired ones.
fn remove_keys(place: &Path) -> Result<(), Error> {
    for kind in KeyKind::ALL {
        let path = place.join(key_file(*kind));
        if path.exists() {
            fs::remove_file(&path).map_err(failed("remove", &path))?;
        }
    }
    sync(place)
}
