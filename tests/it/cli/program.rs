//! The built program in a folder of its own, with no settings of ours around it.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::LazyLock;

use serde_json::Value;
use tempfile::TempDir;

use crate::flows::house::{MARKET, keys_into};

/// A folder with a store, its registers, and the program.
pub(super) struct Program {
    folder: TempDir,
}

/// What the program said.
pub(super) struct Said {
    pub(super) code: i32,
    pub(super) out: String,
    pub(super) err: String,
}

/// Runs the program in a folder, with nothing of this process around it.
pub(super) fn run(folder: &Path, arguments: &[&str]) -> Said {
    let output: Output = Command::new(env!("CARGO_BIN_EXE_mingzheng"))
        .args(arguments)
        .current_dir(folder)
        .env_clear()
        .env("MINGZHENG_VERIFY__LOOK_SECONDS", "600") // built for tests, it is slow
        .output()
        .unwrap();
    Said {
        code: output.status.code().unwrap(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

/// A house with registers, made once and copied for each test.
static MADE: LazyLock<TempDir> = LazyLock::new(|| {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path().join("mingzheng-data");
    std::fs::create_dir(&home).unwrap();
    keys_into(&home.join("keys"));
    let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/samples");
    let (authorities, subjects) = (samples.join("authorities.toml"), samples.join("subjects.toml"));
    let register = [
        "register",
        "--authorities",
        authorities.to_str().unwrap(),
        "--subjects",
        subjects.to_str().unwrap(),
    ];
    let said = run(folder.path(), &register);
    assert_eq!(said.code, 0, "{}", said.err);
    folder
});

impl Program {
    pub(super) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let copied =
            Command::new("cp").arg("-a").arg(MADE.path().join("mingzheng-data")).arg(folder.path()).status();
        assert!(copied.unwrap().success());
        Self { folder }
    }

    pub(super) fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub(super) fn run(&self, arguments: &[&str]) -> Said {
        run(self.folder.path(), arguments)
    }

    /// Writes a file and tells its name.
    pub(super) fn file(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let file = self.folder.path().join(name);
        std::fs::write(&file, bytes).unwrap();
        file
    }

    /// Market regulation uploads a file.
    pub(super) fn upload(&self, file: &str, more: &[&str]) -> Said {
        self.run(&[&["upload", file, "--authority", MARKET], more].concat())
    }
}

impl Said {
    pub(super) fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {} {}", self.out, self.err))
    }

    /// Ended with this code, and said why in one line.
    #[track_caller]
    pub(super) fn refused(&self, code: i32, words: &str) {
        assert_eq!(self.code, code, "{} {}", self.out, self.err);
        assert_eq!(self.err.trim_end().lines().count(), 1, "{}", self.err);
        assert!(self.err.starts_with("mingzheng: "), "{}", self.err);
        assert!(self.err.contains(words), "{words}: {}", self.err);
    }
}
