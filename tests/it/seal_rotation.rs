//! Keys come to an end: new ones take their place at once, and what the old ones signed stays genuine.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use mingzheng::rules::{Instant, KeyKind};
use mingzheng::seal::{Error, Kept, Keyring, Role, SignerState, TrustBundle, Wanted};
use mingzheng::verify;
use tempfile::TempDir;

use crate::signed_sample::{dice, facts, later, morning, sign, unsigned};

struct Keys(TempDir);

impl Keys {
    fn made() -> (Self, Keyring) {
        let folder = tempfile::tempdir().unwrap();
        let made = Keyring::create(&folder.path().join("keys"), "甲", morning(), &mut dice(1)).unwrap();
        (Self(folder), made)
    }

    fn dir(&self) -> std::path::PathBuf {
        self.0.path().join("keys")
    }

    fn rotate(&self, wanted: impl Into<Wanted>, at: Instant) -> Result<Keyring, Error> {
        Keyring::rotate(&self.dir(), wanted, at, &mut dice(at.millis().unsigned_abs()))
    }
}

fn bundle(keyring: &Keyring, at: Instant) -> TrustBundle {
    let bundle = TrustBundle::of(keyring, vec!["https://verify.credit.example.cn".into()], at);
    TrustBundle::parse(bundle.export(&keyring.signer).unwrap().as_bytes()).unwrap()
}

/// The names of the files under a folder, by path.
fn files(dir: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir(dir).unwrap() {
        let (name, path) = entry.map(|it| (it.file_name().into_string().unwrap(), it.path())).unwrap();
        if path.is_dir() {
            found.extend(files(&path).into_iter().map(|inner| format!("{name}/{inner}")));
        } else {
            found.push(name);
        }
    }
    found.sort();
    found
}

#[test]
fn what_an_old_key_signed_stays_genuine_and_the_key_is_gone() {
    let (keys, old) = Keys::made();
    let pdf = sign(unsigned(&facts().canonical()), &old.signer, morning());

    let new = keys.rotate(Wanted::default(), later(60)).unwrap();
    assert_ne!(new.signer.certificate(), old.signer.certificate());
    assert_eq!(new.root, old.root);
    assert_eq!(new.codes.hash(b"x"), old.codes.hash(b"x"), "codes are found as before");
    assert_eq!(new.retired, [old.signer.chain()]);
    let signing: Vec<_> = files(&keys.dir().join("signing"));
    assert_eq!(signing, ["1/p256.chain.pem", "2/p256.chain.pem", "2/p256.key.pem"]);

    let opened = Keyring::open(&keys.dir(), later(120)).unwrap();
    assert_eq!((opened.signer.chain(), &opened.retired), (new.signer.chain(), &new.retired));
    let verdict = verify::pdf(&pdf, &bundle(&opened, later(120)), later(120));
    assert!(verdict.is_genuine_and_valid(), "{:?}", verdict.reasons);
    let known = bundle(&opened, later(120));
    assert_eq!(known.judge(opened.signer.document_chain(), later(120)), SignerState::Trusted);
}

#[test]
fn documents_change_to_another_kind_and_back() {
    let (keys, first) = Keys::made();
    let sm2 = keys.rotate(KeyKind::Sm2, later(60)).unwrap();
    assert_eq!((sm2.signer.kind(), sm2.document_root().kind()), (KeyKind::Sm2, KeyKind::Sm2));
    assert_eq!(sm2.signer.certificate().kind(), KeyKind::P256, "claims stay as they were");
    let kept = keys.rotate(Wanted::default(), later(120)).unwrap();
    assert_eq!(kept.signer.kind(), KeyKind::Sm2, "a rotation changes no kind unasked");
    assert_eq!(kept.other_roots, sm2.other_roots, "the authorities stay");
    let back = keys.rotate(KeyKind::P256, later(180)).unwrap();
    assert_eq!((back.signer.kind(), back.roots().len(), back.retired.len()), (KeyKind::P256, 2, 5));

    let known = bundle(&back, later(180));
    for (chain, at) in [
        (first.signer.document_chain(), morning()),
        (sm2.signer.document_chain(), later(60)),
        (kept.signer.document_chain(), later(120)),
        (back.signer.document_chain(), later(180)),
    ] {
        assert_eq!(known.judge(chain, at), SignerState::Trusted);
    }
}

#[test]
fn keys_can_be_rotated_after_their_end() {
    let (keys, _) = Keys::made();
    let late = later(4 * 365 * 86_400);
    assert!(matches!(Keyring::open(&keys.dir(), late), Err(Error::OutOfDate { .. })));
    let new = keys.rotate(Wanted::default(), late).unwrap();
    assert!(new.signer.sign_pdf([b"a", b"b"], late).is_ok());
    assert!(Keyring::open(&keys.dir(), late).is_ok());
}

#[test]
fn no_signing_certificate_outlives_its_authority() {
    let (keys, _) = Keys::made();
    let new = keys.rotate(Wanted::default(), later(9 * 365 * 86_400)).unwrap();
    let [leaf, authority] = new.signer.chain() else { panic!("two certificates") };
    assert_eq!(leaf.life().1, authority.life().1);
    let after_all = keys.rotate(Wanted::default(), later(11 * 365 * 86_400));
    assert!(matches!(after_all, Err(Error::Chain(_))), "{after_all:?}");
}

#[test]
fn without_the_key_of_the_authority_nothing_is_rotated_and_the_remedy_is_named() {
    let (keys, old) = Keys::made();
    fs::remove_file(keys.dir().join("ca.key.pem")).unwrap();
    let refusal = keys.rotate(Wanted::default(), later(60)).unwrap_err().to_string();
    assert!(
        refusal.ends_with("ca.key.pem is kept elsewhere; bring it back for as long as keys are made"),
        "{refusal}"
    );
    assert_eq!(Keyring::open(&keys.dir(), later(60)).unwrap().signer.chain(), old.signer.chain());
}

#[test]
fn what_a_crash_leaves_is_not_read_and_goes_with_the_next_rotation() {
    let (keys, _) = Keys::made();
    let leave = |inside: &str| {
        let dir = keys.dir().join(inside);
        fs::create_dir_all(&dir).unwrap();
        fs::write(dir.join("p256.key.pem"), "half").unwrap();
    };
    leave("signing/.unfinished-0123456789abcdef");
    leave(".unfinished-0123456789abcdef");
    let key = keys.dir().join("signing/1/p256.key.pem");
    let secret = fs::read(&key).unwrap();
    let second = keys.rotate(Wanted::default(), later(60)).unwrap();
    fs::write(&key, secret).unwrap(); // as if it ended before the old key was removed
    assert_eq!(Keyring::open(&keys.dir(), later(60)).unwrap().signer.chain(), second.signer.chain());

    keys.rotate(Wanted::default(), later(120)).unwrap();
    let left = files(&keys.dir());
    assert!(!left.iter().any(|it| it.contains("unfinished")), "{left:?}");
    let secrets: Vec<_> =
        left.iter().filter(|it| it.starts_with("signing/") && it.contains(".key.")).collect();
    assert_eq!(secrets, ["signing/3/p256.key.pem"]);
}

#[test]
fn a_rotation_killed_at_any_moment_leaves_keys_that_sign_and_all_that_have_signed() {
    let folder = tempfile::tempdir().unwrap();
    let program = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_mingzheng"));
        command.args(arguments).current_dir(folder.path()).env_clear();
        command.stdout(Stdio::null()).stderr(Stdio::null());
        command
    };
    assert!(program(&["keys", "create"]).status().unwrap().success());
    let dir = folder.path().join("mingzheng-data/keys");
    let mut signed = Vec::new();
    for wait in (0..60).step_by(3) {
        let begun = now();
        let keyring = Keyring::open(&dir, begun).unwrap();
        signed.push(keyring.signer.certificate().clone());
        let known: Vec<_> = keyring.chains().into_iter().map(|chain| chain[0].clone()).collect();
        assert!(signed.iter().all(|it| known.contains(it)), "after {wait} ms");
        assert!(keyring.signer.sign_pdf([b"a", b"b"], begun).is_ok());

        let mut rotation = program(&["keys", "rotate", "--kind", "sm2"]).spawn().unwrap();
        std::thread::sleep(Duration::from_millis(wait));
        rotation.kill().unwrap();
        rotation.wait().unwrap();
    }
    assert!(program(&["keys", "rotate"]).status().unwrap().success());
    let listed = Keyring::list(&dir).unwrap();
    let in_files = |role| listed.iter().filter(|it| it.role == role && it.kept == Kept::File).count();
    assert_eq!((in_files(Role::Signing), in_files(Role::Retired)), (1, 0));
}

#[expect(
    clippy::disallowed_methods,
    reason = "the program looks at the clock of the machine, so must its certificates"
)]
fn now() -> Instant {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    Instant::from_millis(i64::try_from(since).unwrap() * 1000)
}

#[test]
fn the_list_of_keys_tells_what_each_is_for_and_where_it_is() {
    let (keys, _) = Keys::made();
    keys.rotate(KeyKind::Sm2, later(60)).unwrap();
    fs::remove_file(keys.dir().join("root.key.pem")).unwrap();
    let listed = Keyring::list(&keys.dir()).unwrap();
    let listed: Vec<_> = listed.iter().map(|it| (it.role, it.certificate.kind(), it.kept)).collect();
    assert_eq!(
        listed,
        [
            (Role::Root, KeyKind::P256, Kept::Elsewhere),
            (Role::Issuing, KeyKind::P256, Kept::File),
            (Role::Root, KeyKind::Sm2, Kept::File),
            (Role::Issuing, KeyKind::Sm2, Kept::File),
            (Role::Signing, KeyKind::P256, Kept::File),
            (Role::Documents, KeyKind::Sm2, Kept::File),
            (Role::Retired, KeyKind::P256, Kept::Elsewhere),
        ]
    );
}
