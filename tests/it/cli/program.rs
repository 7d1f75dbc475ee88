//! The built program in a folder of its own, with no settings of ours around it.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::LazyLock;

use serde_json::Value;
use tempfile::TempDir;

use crate::engines::Place;
use crate::flows::house::{MARKET, keys_into};

/// A folder with a store, its registers, and the program.
pub(super) struct Program {
    folder: TempDir,
    /// A database in the place of the embedded one.
    place: Option<Place>,
}

/// What the program said.
pub(super) struct Said {
    pub(super) code: i32,
    pub(super) out: String,
    pub(super) err: String,
}

/// Runs the program in a folder, with nothing of this process around it.
pub(super) fn run(folder: &Path, arguments: &[&str]) -> Said {
    said(command(folder).args(arguments))
}

/// The program in a folder, with nothing of this process around it.
fn command(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mingzheng"));
    command.current_dir(folder).env_clear();
    command.env("MINGZHENG_VERIFY__LOOK_SECONDS", "600"); // built for tests, it is slow
    command
}

fn said(command: &mut Command) -> Said {
    let output: Output = command.output().unwrap();
    Said {
        code: output.status.code().unwrap(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

/// Makes the sample registers known.
fn register(command: &mut Command) -> Said {
    let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/samples");
    command.arg("register").arg("--authorities").arg(samples.join("authorities.toml"));
    said(command.arg("--subjects").arg(samples.join("subjects.toml")))
}

/// A house with registers, made once and copied for each test.
static MADE: LazyLock<TempDir> = LazyLock::new(|| {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path().join("mingzheng-data");
    std::fs::create_dir(&home).unwrap();
    keys_into(&home.join("keys"));
    let said = register(&mut command(folder.path()));
    assert_eq!(said.code, 0, "{}", said.err);
    folder
});

impl From<Place> for Program {
    fn from(place: Place) -> Self {
        if place.url.starts_with("sqlite:") {
            return Self::new();
        }
        let program = Self { place: Some(place), ..Self::new() };
        let said = register(&mut program.command());
        assert_eq!(said.code, 0, "{}", said.err);
        program
    }
}

impl Program {
    pub(super) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let copied =
            Command::new("cp").arg("-a").arg(MADE.path().join("mingzheng-data")).arg(folder.path()).status();
        assert!(copied.unwrap().success());
        Self { folder, place: None }
    }

    pub(super) fn is_on_postgres(&self) -> bool {
        self.place.is_some()
    }

    /// The program in its folder, over its database.
    pub(super) fn command(&self) -> Command {
        let mut command = command(self.folder());
        if let Some(place) = &self.place {
            command.env("MINGZHENG_STORE__URL", &place.url);
        }
        command
    }

    pub(super) fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub(super) fn run(&self, arguments: &[&str]) -> Said {
        said(self.command().args(arguments))
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
