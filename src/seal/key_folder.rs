//! Files of secrets: folders written whole or not at all, readable by their owner only.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use super::{Error, Random};

/// The most bytes read from one file.
const LARGEST: u64 = 64 * 1024;

/// How the names of unfinished folders begin. What has such a name is not read, and removed when somebody writes there again.
const UNFINISHED: &str = ".unfinished-";

/// Files to be written: their paths within the folder, and what is in them.
pub(super) type Files = Vec<(PathBuf, Zeroizing<String>)>;

/// Writes a folder at `dir`, which must not exist or be empty. It is made beside it and appears under its name all at once.
pub(super) fn write_folder(dir: &Path, files: &Files, random: Random) -> Result<(), Error> {
    let parent = dir.parent().filter(|it| !it.as_os_str().is_empty()).unwrap_or(Path::new("."));
    fs::create_dir_all(parent).map_err(failed("make", parent))?;
    let mut mark = [0; 8];
    random(&mut mark);
    let beside = parent.join(format!("{UNFINISHED}{:016x}", u64::from_be_bytes(mark)));
    let written = write_all(&beside, files)
        .and_then(|()| fs::rename(&beside, dir).map_err(failed("make", dir)))
        .and_then(|()| sync(parent));
    if written.is_err() {
        // The first failure is the one to report; what is left lies under a name nobody reads.
        let _ = fs::remove_dir_all(&beside);
    }
    written
}

fn write_all(dir: &Path, files: &Files) -> Result<(), Error> {
    let make = |dir: &Path| DirBuilder::new().mode(0o700).recursive(true).create(dir);
    make(dir).map_err(failed("make", dir))?;
    for (name, text) in files {
        let path = dir.join(name);
        let folder = path.parent().unwrap_or(dir);
        make(folder).map_err(failed("make", folder))?;
        let write = || {
            let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path)?;
            file.write_all(text.as_bytes())?;
            file.sync_all()
        };
        write().map_err(failed("write", &path))?;
        sync(folder)?;
    }
    sync(dir)
}

/// Writes a file that only its owner may read in the place of whatever was there, all at once.
pub(super) fn write_over(path: &Path, text: &str) -> Result<(), Error> {
    // Two processes may do so at once, each with a file of its own.
    let beside = path.with_extension(format!("{}.unfinished", std::process::id()));
    let write = || {
        let mut file =
            OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&beside)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        fs::rename(&beside, path)
    };
    write().map_err(failed("write", path))?;
    sync(path.parent().unwrap_or(Path::new(".")))
}

/// Removes what earlier attempts to write folders into `dir` left.
pub(super) fn tidy(dir: &Path) -> Result<(), Error> {
    for entry in fs::read_dir(dir).map_err(failed("read", dir))? {
        let entry = entry.map_err(failed("read", dir))?;
        if entry.file_name().to_string_lossy().starts_with(UNFINISHED) {
            fs::remove_dir_all(entry.path()).map_err(failed("remove", &entry.path()))?;
        }
    }
    sync(dir)
}

/// Makes the names in a folder durable.
pub(super) fn sync(dir: &Path) -> Result<(), Error> {
    File::open(dir).and_then(|it| it.sync_all()).map_err(failed("write", dir))
}

/// Refuses what others than the owner can reach.
pub(super) fn private(path: &Path, mode: &'static str) -> Result<(), Error> {
    let metadata = fs::metadata(path).map_err(failed("read", path))?;
    let of_others = metadata.mode() & 0o077;
    if of_others == 0 { Ok(()) } else { Err(Error::Exposed { path: path.to_owned(), mode }) }
}

/// Reads a file that is its owner's only.
pub(super) fn secret(path: &Path) -> Result<Zeroizing<String>, Error> {
    private(path, "600")?;
    read(path).map(Zeroizing::new)
}

/// Reads a file that anybody may read.
pub(super) fn read(path: &Path) -> Result<String, Error> {
    let size = fs::metadata(path).map_err(failed("read", path))?.len();
    if size > LARGEST {
        return Err(Error::Malformed { path: path.to_owned(), expected: "a key or a certificate" });
    }
    fs::read_to_string(path).map_err(failed("read", path))
}

/// An error of the file system, with what was tried on which file.
pub(super) fn failed(act: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Error {
    let path: PathBuf = path.to_owned();
    move |source| Error::File { act, path, source }
}
