//! The key folder: made whole or not at all, readable by its owner only.
//!
//! | file | what it holds | needed for |
//! |---|---|---|
//! | `signing.key.pem` | the signing key, PKCS#8 | issuing reports |
//! | `chain.pem` | signing certificate, then issuing authority | issuing reports |
//! | `root.pem` | root certificate | trust bundles |
//! | `code.key` | 32 bytes in hexadecimal: the key of verification codes | issuing and finding reports |
//! | `ca.key.pem`, `root.key.pem` | keys of the authorities | renewing only: better kept elsewhere |

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use super::certificates::{Use, issue};
use super::key::Key;
use super::{BadCertificate, Certificate, CodeKey, Error, Random, Signer};
use crate::rules::{Digest, Instant};

const SIGNING_KEY: &str = "signing.key.pem";
const CHAIN: &str = "chain.pem";
const ROOT: &str = "root.pem";
const CODE_KEY: &str = "code.key";
const CA_KEY: &str = "ca.key.pem";
const ROOT_KEY: &str = "root.key.pem";

/// The most bytes read from a file of the key folder.
const LARGEST: u64 = 64 * 1024;

/// Everything secret that an operator has, read and checked.
#[derive(Debug)]
pub struct Keyring {
    /// What signs.
    pub signer: Signer,
    /// What hides verification codes in the store.
    pub codes: CodeKey,
    /// The root that others trust.
    pub root: Certificate,
}

impl Keyring {
    /// Makes a key folder at `dir`, which must not exist or be empty: root (20 years), issuing authority (10 years) and signing
    /// certificate (3 years), valid from `now`.
    ///
    /// The files are written beside it first and appear under `dir` all at once.
    pub fn create(dir: &Path, operator: &str, now: Instant, random: Random) -> Result<Self, Error> {
        if operator.trim().is_empty()
            || operator.chars().count() > 64
            || operator.chars().any(char::is_control)
        {
            return Err(Error::OperatorName);
        }
        if fs::read_dir(dir).is_ok_and(|mut entries| entries.next().is_some()) {
            return Err(Error::Exists(dir.to_owned()));
        }
        let (root_key, ca_key, key) = (Key::generate(random), Key::generate(random), Key::generate(random));
        let root = issue(Use::Root, operator, root_key.public(), (&root_key, Use::Root), now, random)?;
        let ca = issue(Use::Issuing, operator, ca_key.public(), (&root_key, Use::Root), now, random)?;
        let leaf = issue(Use::Signing, operator, key.public(), (&ca_key, Use::Issuing), now, random)?;
        let mut secret = [0; 32];
        random(&mut secret);
        let codes = CodeKey::new(secret);
        let mut mark = [0; 8];
        random(&mut mark);

        let pem = |key: &Key| key.to_pem().ok_or(Error::Encoding("a key"));
        let files = [
            (ROOT_KEY, pem(&root_key)?),
            (CA_KEY, pem(&ca_key)?),
            (SIGNING_KEY, pem(&key)?),
            (CODE_KEY, codes.to_hex()),
            (CHAIN, Zeroizing::new(leaf.to_pem() + &ca.to_pem())),
            (ROOT, Zeroizing::new(root.to_pem())),
        ];
        let parent = dir.parent().filter(|it| !it.as_os_str().is_empty()).unwrap_or(Path::new("."));
        fs::create_dir_all(parent).map_err(failed("make", parent))?;
        let beside = parent.join(format!(".keys-{:016x}", u64::from_be_bytes(mark)));
        let written = write_all(&beside, &files)
            .and_then(|()| fs::rename(&beside, dir).map_err(failed("make", dir)))
            .and_then(|()| sync(parent));
        if written.is_err() {
            // The first failure is the one to report; what is left lies under a name nobody reads.
            let _ = fs::remove_dir_all(&beside);
        }
        written?;
        Ok(Self { signer: Signer::new(key, vec![leaf, ca])?, codes, root })
    }

    /// Reads a key folder and checks that its keys are private, fit their certificates, and are in life at `now`.
    pub fn open(dir: &Path, now: Instant) -> Result<Self, Error> {
        private(dir, "700")?;
        for name in [CA_KEY, ROOT_KEY].map(|name| dir.join(name)) {
            if name.exists() {
                private(&name, "600")?;
            }
        }
        let malformed = |name: &str, expected| Error::Malformed { path: dir.join(name), expected };
        let key = Key::from_pem(&secret(&dir.join(SIGNING_KEY))?)
            .ok_or_else(|| malformed(SIGNING_KEY, "a P-256 key in PKCS#8 PEM"))?;
        let code: Digest = secret(&dir.join(CODE_KEY))?
            .trim()
            .parse()
            .map_err(|_| malformed(CODE_KEY, "64 hexadecimal digits"))?;
        let root = Certificate::from_pem(&read(&dir.join(ROOT))?)?;
        let chain = Certificate::chain_from_pem(&read(&dir.join(CHAIN))?)?;
        let [leaf, ca] = chain.as_slice() else {
            return Err(malformed(CHAIN, "a signing certificate and its issuing authority"));
        };
        root.check_issued_by(&root, 1)?;
        ca.check_issued_by(&root, 1)?;
        leaf.check_issued_by(ca, 0)?;
        if !root.is_valid_at(now) || !ca.is_valid_at(now) {
            return Err(Error::Chain(BadCertificate::OutOfDate));
        }
        let signer = Signer::new(key, chain)?;
        signer.check_time(now)?;
        Ok(Self { signer, codes: CodeKey::new(code.0), root })
    }

    /// The name of the operator, as the signing certificate has it.
    #[must_use]
    pub fn operator(&self) -> String {
        self.signer.certificate().organization()
    }
}

fn write_all(dir: &Path, files: &[(&str, Zeroizing<String>)]) -> Result<(), Error> {
    DirBuilder::new().mode(0o700).create(dir).map_err(failed("make", dir))?;
    for (name, text) in files {
        let path = dir.join(name);
        let write = || {
            let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path)?;
            file.write_all(text.as_bytes())?;
            file.sync_all()
        };
        write().map_err(failed("write", &path))?;
    }
    sync(dir)
}

fn sync(dir: &Path) -> Result<(), Error> {
    File::open(dir).and_then(|it| it.sync_all()).map_err(failed("write", dir))
}

/// Refuses what others than the owner can reach.
fn private(path: &Path, mode: &'static str) -> Result<(), Error> {
    let metadata = fs::metadata(path).map_err(failed("read", path))?;
    let of_others = metadata.mode() & 0o077;
    if of_others == 0 { Ok(()) } else { Err(Error::Exposed { path: path.to_owned(), mode }) }
}

fn secret(path: &Path) -> Result<Zeroizing<String>, Error> {
    private(path, "600")?;
    read(path).map(Zeroizing::new)
}

fn read(path: &Path) -> Result<String, Error> {
    let size = fs::metadata(path).map_err(failed("read", path))?.len();
    if size > LARGEST {
        return Err(Error::Malformed { path: path.to_owned(), expected: "a key or a certificate" });
    }
    fs::read_to_string(path).map_err(failed("read", path))
}

fn failed(act: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Error {
    let path: PathBuf = path.to_owned();
    move |source| Error::File { act, path, source }
}
