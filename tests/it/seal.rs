//! Keys are made once, kept private, and sign what others can check.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use mingzheng::rules::Instant;
use mingzheng::seal::{
    BadCertificate, Certificate, CodeKey, Error, Keyring, TIMESTAMP_ROOM, digest, digest_parts, inspect,
};
use proptest::prelude::*;

use crate::signed_sample::{dice, keys, morning, operator, sign, unsigned};

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

fn days_later(days: i64) -> Instant {
    Instant::from_millis(morning().millis() + days * 86_400_000)
}

#[test]
fn a_digest_is_that_of_the_published_example_and_does_not_depend_on_the_pieces() {
    let published = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    assert_eq!(digest(b"abc").to_string(), published);
    assert_eq!(digest_parts(&[&b"a"[..], b"", b"bc"]).to_string(), published);
}

#[test]
fn a_keyed_hash_is_that_of_rfc_4231_and_knows_only_its_own_secret() {
    let mut key = [0; 32];
    key[..4].copy_from_slice(b"Jefe"); // HMAC fills a short key up with zeros.
    let codes = CodeKey::new(key);
    let hash = codes.hash(b"what do ya want for nothing?");
    let published = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
    assert_eq!(hash.to_string(), published);
    assert!(codes.matches(b"what do ya want for nothing?", &hash));
    assert!(!codes.matches(b"what do ya want for nothing!", &hash));
    assert_eq!(format!("{codes:?}"), "CodeKey(…)");
}

#[test]
fn a_key_folder_is_private_and_opens_again() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("operator/keys");
    let made = Keyring::create(&dir, "示例市公共信用信息中心", morning(), &mut dice(7)).unwrap();
    assert_eq!(mode(&dir), 0o700);
    let signing = ["signing/1/p256.chain.pem", "signing/1/p256.key.pem"];
    let files = ["ca.key.pem", "ca.pem", "code.key", "root.key.pem", "root.pem"];
    assert!([&files[..], &signing].concat().iter().all(|it| mode(&dir.join(it)) == 0o600));
    assert!(["signing", "signing/1"].iter().all(|it| mode(&dir.join(it)) == 0o700));
    assert_eq!(fs::read_dir(&dir).unwrap().count(), files.len() + 1);
    assert_eq!(fs::read_dir(dir.parent().unwrap()).unwrap().count(), 1, "nothing is left beside it");

    let opened = Keyring::open(&dir, days_later(1)).unwrap();
    assert_eq!(opened.operator(), "示例市公共信用信息中心");
    assert_eq!(opened.root, made.root);
    assert_eq!(opened.codes.hash(b"x"), made.codes.hash(b"x"));
    assert_eq!(opened.signer.chain(), made.signer.chain());
}

#[test]
fn a_key_folder_is_never_overwritten() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("keys");
    Keyring::create(&dir, "甲", morning(), &mut dice(1)).unwrap();
    let again = Keyring::create(&dir, "甲", morning(), &mut dice(2));
    assert!(matches!(again, Err(Error::Exists(_))), "{again:?}");
    assert!(Keyring::open(&dir, morning()).is_ok());
}

#[test]
fn a_key_that_others_can_read_is_refused_with_the_remedy() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("keys");
    Keyring::create(&dir, "甲", morning(), &mut dice(1)).unwrap();
    for name in ["signing/1/p256.key.pem", "code.key", "ca.key.pem", "root.key.pem"] {
        let path = dir.join(name);
        set_mode(&path, 0o640);
        let refusal = Keyring::open(&dir, morning()).unwrap_err().to_string();
        assert!(refusal.ends_with(&format!("run: chmod 600 {}", path.display())), "{refusal}");
        set_mode(&path, 0o600);
    }
    set_mode(&dir, 0o755);
    let refusal = Keyring::open(&dir, morning()).unwrap_err().to_string();
    assert!(refusal.ends_with(&format!("run: chmod 700 {}", dir.display())), "{refusal}");
}

#[test]
fn the_keys_of_the_authorities_may_be_kept_elsewhere() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("keys");
    Keyring::create(&dir, "甲", morning(), &mut dice(1)).unwrap();
    fs::remove_file(dir.join("ca.key.pem")).unwrap();
    fs::remove_file(dir.join("root.key.pem")).unwrap();
    assert!(Keyring::open(&dir, morning()).is_ok());
}

#[test]
fn a_key_of_another_certificate_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let (one, two) = (folder.path().join("one"), folder.path().join("two"));
    Keyring::create(&one, "甲", morning(), &mut dice(1)).unwrap();
    Keyring::create(&two, "甲", morning(), &mut dice(2)).unwrap();
    let (key, chain) = ("signing/1/p256.key.pem", "signing/1/p256.chain.pem");
    fs::copy(two.join(key), one.join(key)).unwrap();
    assert!(matches!(Keyring::open(&one, morning()), Err(Error::KeyMismatch)));
    fs::copy(two.join(chain), one.join(chain)).unwrap();
    let foreign_root = Keyring::open(&one, morning());
    assert!(matches!(foreign_root, Err(Error::Chain(BadCertificate::NotIssuedBy))), "{foreign_root:?}");
}

#[test]
fn nothing_is_opened_or_signed_outside_the_life_of_the_certificate() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("keys");
    let made = Keyring::create(&dir, "甲", morning(), &mut dice(1)).unwrap();
    let (last, after) = (days_later(3 * 365 - 1), days_later(3 * 365));
    assert!(Keyring::open(&dir, last).is_ok());
    assert!(matches!(Keyring::open(&dir, after), Err(Error::OutOfDate { .. })));
    assert!(made.signer.sign_pdf([b"a", b"b"], last).is_ok());
    assert!(matches!(made.signer.sign_pdf([b"a", b"b"], after), Err(Error::OutOfDate { .. })));
    let before = Instant::from_millis(morning().millis() - 1);
    assert!(matches!(made.signer.sign_pdf([b"a", b"b"], before), Err(Error::OutOfDate { .. })));
}

#[test]
fn the_name_of_an_operator_has_limits_but_needs_no_escapes() {
    let folder = tempfile::tempdir().unwrap();
    let make = |name: &str| Keyring::create(&folder.path().join("keys"), name, morning(), &mut dice(1));
    for name in ["", "  ", "a\nb", &"长".repeat(65)] {
        assert!(matches!(make(name), Err(Error::OperatorName)), "{name:?}");
    }
    assert_eq!(make(r#"甲, O=乙 + "丙" \ #1"#).unwrap().operator(), r#"甲, O=乙 + "丙" \ #1"#);
}

#[test]
fn a_chain_is_checked_link_by_link() {
    let (ours, theirs) = (operator(), keys(2));
    let [leaf, ca] = ours.signer.chain() else { panic!("two certificates") };
    assert_eq!(leaf.check_issued_by(ca, 0), Ok(()));
    assert_eq!(ca.check_issued_by(&ours.root, 1), Ok(()));
    assert_eq!(leaf.check_signer(), Ok(()));
    assert_eq!(ca.check_signer(), Err(BadCertificate::NotASigner));
    assert_eq!(leaf.check_issued_by(&ours.root, 0), Err(BadCertificate::NotIssuedBy));
    assert_eq!(leaf.check_issued_by(leaf, 0), Err(BadCertificate::NotAnAuthority));
    assert_eq!(leaf.check_issued_by(ca, 1), Err(BadCertificate::NotAnAuthority));
    let other_ca = &theirs.signer.chain()[1];
    assert_eq!(leaf.check_issued_by(other_ca, 0), Err(BadCertificate::NotIssuedBy));
}

#[test]
fn a_signature_is_small_repeatable_and_canonical() {
    let signer = &operator().signer;
    let signature = signer.sign_pdf([b"one", b"two"], morning()).unwrap();
    assert_eq!(signature, signer.sign_pdf([&b"onet"[..], b"wo"], morning()).unwrap());
    assert!(
        signature.len() + TIMESTAMP_ROOM <= signer.room() && signature.len() < 2500,
        "{} bytes",
        signature.len()
    );
    let seal = inspect(&signature).unwrap();
    assert_eq!(seal.chain, signer.chain());
    assert!(seal.covers(&[b"onetwo"]) && !seal.covers(&[b"one two"]));
    assert!(seal.genuine && seal.canonical);
}

#[test]
fn no_byte_of_a_signature_can_be_changed_unnoticed() {
    let signature = operator().signer.sign_pdf([b"one", b"two"], morning()).unwrap();
    for at in 0..signature.len() {
        let mut changed = signature.clone();
        changed[at] ^= 1 << (at % 8);
        let passes = inspect(&changed).is_some_and(|it| {
            it.genuine && it.canonical && it.chain == operator().signer.chain() && it.covers(&[b"onetwo"])
        });
        assert!(!passes, "byte {at}");
    }
}

#[test]
fn a_sample_is_left_for_programs_that_we_did_not_write() {
    let Some(folder) = std::env::var_os("SEAL_SAMPLE") else { return };
    let folder = Path::new(&folder);
    let keyring = operator();
    let document = unsigned(b"{}");
    let parts = [&document.bytes[..document.gap.start], &document.bytes[document.gap.end..]];
    fs::write(folder.join("content.bin"), parts.concat()).unwrap();
    fs::write(folder.join("signature.der"), keyring.signer.sign_pdf(parts, morning()).unwrap()).unwrap();
    fs::write(folder.join("signed.pdf"), sign(document, &keyring.signer, morning())).unwrap();
    fs::write(folder.join("root.pem"), keyring.root.to_pem()).unwrap();
    let chain: String = keyring.signer.chain().iter().map(Certificate::to_pem).collect();
    fs::write(folder.join("chain.pem"), chain).unwrap();
}

proptest! {
    #[test]
    fn no_bytes_make_the_readers_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let _ = Certificate::from_der(&bytes);
        let _ = Certificate::chain_from_pem(&String::from_utf8_lossy(&bytes));
        let _ = inspect(&bytes);
    }
}
