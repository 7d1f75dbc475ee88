//! `keys create`, `keys rotate` and `keys show`, with keys in files and in a module.

use std::path::{Path, PathBuf};
use std::process::Command;

use mingzheng::rules::Instant;
use mingzheng::seal::Keyring;

use super::program::{Program, Said};
use crate::flows::house::{MARKET, PARENT};

const PIN: &str = "2468-mz";
const LIBRARIES: [&str; 3] = [
    "/usr/lib/softhsm/libsofthsm2.so",
    "/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so",
    "/usr/lib/aarch64-linux-gnu/softhsm/libsofthsm2.so",
];

/// A house whose machine has a module with one token, made for the test.
struct House {
    program: Program,
    library: PathBuf,
    pin: Option<&'static str>,
}

impl House {
    /// Nothing, with a word on why, where `SoftHSM` is not installed.
    fn with_module() -> Option<Self> {
        let Some(library) = LIBRARIES.iter().map(PathBuf::from).find(|it| it.exists()) else {
            let wanted = std::env::var_os("TESTS_REQUIRE_ORACLES").is_some();
            assert!(!wanted, "softhsm2 is missing: tests/run installs it");
            eprintln!("skipped: softhsm2 is not installed; tests/run does it");
            return None;
        };
        let program = Program::new();
        let tokens = program.folder().join("tokens");
        std::fs::create_dir(&tokens).unwrap();
        let config = format!("directories.tokendir = {}\nlog.level = ERROR\n", tokens.display());
        program.file("softhsm2.conf", config.as_bytes());
        let house = Self { program, library, pin: Some(PIN) };
        let init = ["--init-token", "--free", "--label", "mingzheng", "--so-pin", "12345678", "--pin", PIN];
        house.softhsm(&init);
        Some(house)
    }

    fn folder(&self) -> &Path {
        self.program.folder()
    }

    fn softhsm(&self, arguments: &[&str]) {
        let done = Command::new("softhsm2-util")
            .args(arguments)
            .env("SOFTHSM2_CONF", self.folder().join("softhsm2.conf"))
            .output()
            .unwrap();
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    }

    /// Puts a key into the module that OpenSSL made.
    fn import(&self, label: &str, algorithm: &str) {
        let file = self.folder().join(format!("{label}.pem"));
        let mut openssl = Command::new("openssl");
        openssl.args(["genpkey", "-algorithm"]).args(algorithm.split_whitespace()).arg("-out").arg(&file);
        assert!(openssl.output().unwrap().status.success());
        let (file, id) = (file.to_str().unwrap(), format!("{:02x}", label.len()));
        let import = ["--import", file, "--token", "mingzheng", "--label", label, "--id", &id, "--pin", PIN];
        self.softhsm(&import);
    }

    /// A file that names a key.
    fn named(&self, key: &str, more: &str) -> String {
        let text = format!("module = {:?}\ntoken = \"mingzheng\"\nkey = \"{key}\"\n{more}", self.library);
        self.program.file(&format!("{key}.toml"), text.as_bytes());
        format!("{key}.toml")
    }

    /// Runs the program beside the module.
    fn run(&self, arguments: &[&str]) -> Said {
        let mut command = Command::new(env!("CARGO_BIN_EXE_mingzheng"));
        command.args(arguments).current_dir(self.folder()).env_clear();
        command.env("SOFTHSM2_CONF", self.folder().join("softhsm2.conf"));
        command.envs(self.pin.map(|pin| ("MINGZHENG_PKCS11_PIN", pin)));
        let output = command.output().unwrap();
        Said {
            code: output.status.code().unwrap(),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }

    fn issues(&self, file: &str) {
        let declare = [
            "declare",
            "--authority",
            MARKET,
            "--data-from",
            "2018-01-01",
            "--complete-through",
            "2026-01-01",
        ];
        assert_eq!(self.run(&declare).code, 0);
        let (from, to) = ("2024-01-01", "2025-12-31");
        let report = self.run(&["report", "--subject", PARENT, "--from", from, "--to", to, "--out", file]);
        assert_eq!(report.code, 0, "{}", report.err);
        self.accepts(file);
    }

    fn accepts(&self, file: &str) {
        assert_eq!(self.run(&["trust", "export", "--out", "bundle"]).code, 0);
        let said = self.run(&["verify", file, "--trust", "bundle"]);
        assert_eq!(said.code, 0, "{} {}", said.out, said.err);
    }
}

fn certificates(said: &Said) -> Vec<(String, String, String)> {
    let word = |it: &serde_json::Value, name: &str| it[name].as_str().unwrap().to_owned();
    let list = said.json()["certificates"].as_array().unwrap().clone();
    list.iter().map(|it| (word(it, "role"), word(it, "kind"), word(it, "key"))).collect()
}

fn in_force(said: &Said) -> Vec<[String; 3]> {
    let all = certificates(said).into_iter().filter(|it| it.0 == "signing" || it.0 == "documents");
    all.map(|(role, kind, key)| [role, kind, key]).collect()
}

#[test]
fn keys_are_made_shown_and_rotated_and_the_journal_says_so() {
    let program = Program::new();
    let shown = program.run(&["keys", "show"]);
    assert_eq!(shown.code, 0, "{}", shown.err);
    assert!(shown.out.contains("签名 signing · p256 · 私钥 key: file"), "{}", shown.out);
    let days = program.run(&["keys", "show", "--json"]).json()["certificates"][2]["days_left"].as_i64();
    assert!(days.is_some_and(|it| it < 1096), "{days:?}");

    let rotated = program.run(&["keys", "rotate", "--kind", "sm2", "--json"]);
    assert_eq!(rotated.code, 0, "{}", rotated.err);
    assert_eq!(in_force(&rotated), [["signing", "p256", "file"], ["documents", "sm2", "file"]]);
    assert_eq!(certificates(&rotated).last().unwrap().0, "retired");
    assert_eq!(program.run(&["journal", "check"]).code, 0);

    program.run(&["keys", "create"]).refused(1, "is there already and is not overwritten");
    program.run(&["keys", "rotate", "--kind", "dsa"]).refused(2, "p256, rsa-3072, sm2");
}

#[test]
fn reports_are_issued_and_verified_with_each_kind_of_key() {
    let program = Program::new();
    let declare =
        ["declare", "--authority", MARKET, "--data-from", "2018-01-01", "--complete-through", "2026-01-01"];
    assert_eq!(program.run(&declare).code, 0);
    let kinds = ["p256", "sm2", "rsa-3072"];
    for kind in kinds {
        assert_eq!(program.run(&["keys", "rotate", "--kind", kind]).code, 0);
        let (from, to, file) = ("2024-01-01", "2025-12-31", format!("{kind}.pdf"));
        let report =
            program.run(&["report", "--subject", PARENT, "--from", from, "--to", to, "--out", &file]);
        assert_eq!(report.code, 0, "{kind}: {}", report.err);
        assert_eq!(program.run(&["trust", "export", "--out", "bundle"]).code, 0);
    }
    for kind in kinds {
        let file = format!("{kind}.pdf");
        let said = program.run(&["verify", &file, "--trust", "bundle"]);
        assert_eq!(said.code, 0, "{kind}: {} {}", said.out, said.err);
        assert_eq!(program.run(&["verify", &file]).code, 0, "{kind}, against the store");
        let mut bytes = std::fs::read(program.folder().join(&file)).unwrap();
        bytes[100] ^= 1;
        program.file(&file, &bytes);
        assert_eq!(program.run(&["verify", &file, "--trust", "bundle"]).code, 1, "{kind}, changed");
    }
}

#[test]
fn the_configuration_chooses_the_kind_of_the_first_keys() {
    let program = Program::new();
    program.file("sm2.toml", b"home = \"elsewhere\"\n[keys]\nkind = \"sm2\"\n");
    let made = program.run(&["--config", "sm2.toml", "keys", "create", "--json"]);
    assert_eq!(in_force(&made), [["signing", "p256", "file"], ["documents", "sm2", "file"]], "{}", made.err);
    program
        .run(&["--config", "sm2.toml", "keys", "rotate", "--kind", "p256"])
        .refused(1, "says sm2 under [keys]");
    assert_eq!(program.run(&["--config", "sm2.toml", "keys", "rotate"]).code, 0);
    program.file("p256.toml", b"home = \"elsewhere\"\n[keys]\nkind = \"p256\"\n");
    program.run(&["--config", "p256.toml", "migrate"]).refused(1, "run `mingzheng keys rotate`");
    assert_eq!(program.run(&["--config", "p256.toml", "keys", "rotate"]).code, 0);
    assert_eq!(program.run(&["--config", "p256.toml", "migrate"]).code, 0);
    program.run(&["--home", "nowhere", "keys", "show"]).refused(1, "`mingzheng keys create` makes some");
    program.file("bad.toml", b"[keys]\nkind = \"dsa\"\n");
    program.run(&["--config", "bad.toml", "keys", "show"]).refused(1, "p256, rsa-3072, sm2");
}

#[test]
fn reports_are_signed_by_keys_in_a_module() {
    let Some(house) = House::with_module() else { return };
    house.issues("in-files.pdf");
    let p256 = house.run(&["keys", "rotate", "--pkcs11", &house.named("first", ""), "--json"]);
    assert_eq!(p256.code, 0, "{}", p256.err);
    assert_eq!(in_force(&p256), [["signing", "p256", "module"]]);
    let files: Vec<_> = std::fs::read_dir(house.folder().join("mingzheng-data/keys/signing/2"))
        .unwrap()
        .map(|it| it.unwrap().file_name())
        .collect();
    assert!(!files.iter().any(|it| it.to_str().unwrap().contains(".key.")), "{files:?}");
    house.issues("in-module.pdf");
    house.accepts("in-files.pdf");

    let rsa = ["keys", "rotate", "--kind", "rsa-3072", "--pkcs11", &house.named("second", ""), "--json"];
    let rsa = house.run(&rsa);
    assert_eq!(rsa.code, 0, "{}", rsa.err);
    assert_eq!(in_force(&rsa), [["signing", "p256", "module"], ["documents", "rsa-3072", "module"]]);
    house.issues("rsa.pdf");
    house.accepts("in-module.pdf");

    let back = house.run(&["keys", "rotate", "--files", "--kind", "p256", "--json"]);
    assert_eq!(in_force(&back), [["signing", "p256", "file"]], "{}", back.err);
    house.accepts("rsa.pdf");
}

#[test]
fn a_key_that_is_in_the_module_already_is_used() {
    let Some(house) = House::with_module() else { return };
    house.import("own", "EC -pkeyopt ec_paramgen_curve:P-256");
    house.import("weak", "RSA -pkeyopt rsa_keygen_bits:2048");
    house.import("other-curve", "EC -pkeyopt ec_paramgen_curve:P-384");
    assert_eq!(house.run(&["keys", "rotate", "--pkcs11", &house.named("own", "")]).code, 0);
    house.issues("own.pdf");
    house.run(&["keys", "rotate", "--pkcs11", "own.toml"]).refused(1, "in force already");
    let other = house.run(&["keys", "rotate", "--kind", "rsa-3072", "--pkcs11", "own.toml"]);
    other.refused(1, "a key of the kind p256");
    house.run(&["keys", "rotate"]).refused(1, "name the new ones");
    let weak = house.run(&["keys", "rotate", "--kind", "rsa-3072", "--pkcs11", &house.named("weak", "")]);
    weak.refused(1, "of RSA it takes 3072 bits and the exponent 65537");
    let curve = house.run(&["keys", "rotate", "--pkcs11", &house.named("other-curve", "")]);
    curve.refused(1, "neither on P-256 nor RSA");
    house.issues("still.pdf");
}

#[test]
fn a_module_that_cannot_be_used_is_named_with_the_reason() {
    let Some(mut house) = House::with_module() else { return };
    let file = house.named("first", "");
    let rotate = ["keys", "rotate", "--pkcs11", &file];
    house
        .run(&["keys", "rotate", "--kind", "sm2", "--pkcs11", &file])
        .refused(1, "PKCS#11 knows no SM2 keys");
    house.pin = Some("wrong");
    house.run(&rotate).refused(1, "log in: PinIncorrect");
    house.pin = None;
    house.run(&rotate).refused(1, "there is no PIN: name a pin_file, or set MINGZHENG_PKCS11_PIN");

    house.program.file("pin", b"2468-mz\n");
    let pin = house.folder().join("pin");
    let with_pin = house.named("with-pin", &format!("pin_file = {pin:?}\n"));
    let with_pin = ["keys", "rotate", "--pkcs11", &with_pin];
    set_mode(&pin, 0o644);
    house.run(&with_pin).refused(1, "run: chmod 600");
    set_mode(&pin, 0o600);
    assert_eq!(house.run(&with_pin).code, 0);

    house.program.file("odd.toml", b"module = \"/nowhere.so\"\ntoken = \"mingzheng\"\nkey = \"a\"\n");
    house.run(&["keys", "rotate", "--pkcs11", "odd.toml"]).refused(1, "/nowhere.so is no PKCS#11 library");
    house
        .program
        .file("odd.toml", format!("module = {:?}\ntoken = \"x\"\nkey = \"a\"\n", house.library).as_bytes());
    house.run(&["keys", "rotate", "--pkcs11", "odd.toml"]).refused(1, "no token has this label");
    house.program.file("odd.toml", b"module = \"/nowhere.so\"\npin = \"1234\"\n");
    house.run(&["keys", "rotate", "--pkcs11", "odd.toml"]).refused(1, "unknown field `pin`");
    assert_eq!(house.run(&["keys", "show"]).code, 0, "showing opens no key");
}

/// A module is one for the whole process, so this runs in one of its own: see the test after it.
#[test]
fn a_session_that_broke_is_opened_again_once_inside() {
    let (Some(keys), Some(library)) = (std::env::var_os("MODULE_KEYS"), std::env::var_os("MODULE_LIBRARY"))
    else {
        return;
    };
    let life = |at: &str| at.parse::<Instant>().unwrap();
    let at = life(&std::env::var("MODULE_NOW").unwrap());
    let keyring = Keyring::open(Path::new(&keys), at).unwrap();
    let sign = || keyring.signer.sign_pdf([b"one", b"two"], at);
    assert!(sign().is_ok());
    let library = || cryptoki::context::Pkcs11::new(&library).unwrap();
    library().finalize().unwrap(); // As a module does that was pulled out and put back.
    assert!(sign().is_ok(), "{:?}", sign().err());
    std::fs::write(std::env::var("MODULE_PIN_FILE").unwrap(), "wrong").unwrap();
    library().finalize().unwrap();
    assert!(sign().unwrap_err().to_string().contains("log in: PinIncorrect"));
    std::fs::write(std::env::var("MODULE_PIN_FILE").unwrap(), PIN).unwrap();
    let refusal = sign().unwrap_err().to_string();
    assert!(refusal.contains("refused before and is not tried again"), "{refusal}");
}

#[test]
fn a_session_that_broke_is_opened_again_and_a_wrong_pin_is_tried_once() {
    let Some(mut house) = House::with_module() else { return };
    house.pin = None;
    house.program.file("pin", PIN.as_bytes());
    let pin = house.folder().join("pin");
    set_mode(&pin, 0o600);
    let file = house.named("first", &format!("pin_file = {pin:?}\n"));
    let made = house.run(&["keys", "rotate", "--pkcs11", &file, "--json"]);
    assert_eq!(made.code, 0, "{}", made.err);
    let from = made.json()["certificates"]
        .as_array()
        .unwrap()
        .iter()
        .find(|it| it["role"] == "signing")
        .unwrap()["from"]
        .as_str()
        .unwrap()
        .to_owned();
    let done = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "cli::keys::a_session_that_broke_is_opened_again_once_inside", "--nocapture"])
        .env("SOFTHSM2_CONF", house.folder().join("softhsm2.conf"))
        .env("MODULE_KEYS", house.folder().join("mingzheng-data/keys"))
        .env("MODULE_LIBRARY", &house.library)
        .env("MODULE_NOW", from)
        .env("MODULE_PIN_FILE", &pin)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&done.stdout);
    assert!(
        done.status.success() && said.contains("1 passed"),
        "{said} {}",
        String::from_utf8_lossy(&done.stderr)
    );
}

fn set_mode(path: &Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
}
