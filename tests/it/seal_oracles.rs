//! OpenSSL judges each kind of signature and certificate, and we judge its certificates.

use std::path::{Path, PathBuf};
use std::process::Command;

use mingzheng::rules::KeyKind;
use mingzheng::seal::{BadCertificate, Certificate, Keyring};
use tempfile::TempDir;

use crate::signed_sample::{dice, morning};

const IDENTITY: &str = "distid:1234567812345678";

/// What one kind of key signed, in files.
struct Sample {
    folder: TempDir,
    kind: KeyKind,
    signature: Vec<u8>,
}

impl Sample {
    fn of(kind: KeyKind) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let keys = folder.path().join("keys");
        let keyring = Keyring::create_with(&keys, "甲", kind, morning(), &mut dice(1)).unwrap();
        let signature = keyring.signer.sign_pdf([b"one", b"two"], morning()).unwrap();
        let sample = Self { folder, kind, signature };
        let [leaf, authority] = keyring.signer.document_chain() else { panic!("two certificates") };
        sample.put("root.pem", keyring.document_root().to_pem());
        sample.put("ca.pem", authority.to_pem());
        sample.put("leaf.pem", leaf.to_pem());
        sample.put("content", "onetwo");
        sample.put("other", "one two");
        sample.put("signature.der", &sample.signature);
        sample
    }

    fn at(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn put(&self, name: &str, bytes: impl AsRef<[u8]>) {
        std::fs::write(self.at(name), bytes).unwrap();
    }

    /// The private key that made the signature.
    fn key(&self) -> PathBuf {
        self.at(&format!("keys/signing/1/{}.key.pem", self.kind))
    }

    /// Runs OpenSSL in the folder; what it wrote if it succeeded.
    fn openssl(&self, arguments: &str) -> Option<String> {
        openssl(self.folder.path(), arguments)
    }

    /// Whether each link holds under a root. One at a time: OpenSSL uses the identity of SM2 for the last certificate only.
    fn chain_holds(&self, root: &str) -> bool {
        let at = morning().millis() / 1000;
        let identity = if self.kind == KeyKind::Sm2 { format!("-vfyopt {IDENTITY}") } else { String::new() };
        [(root, "ca.pem"), ("ca.pem", "leaf.pem")].iter().all(|(issuer, subject)| {
            let verify =
                format!("verify -attime {at} -x509_strict -partial_chain -CAfile {issuer} {identity}");
            self.openssl(&format!("{verify} {subject}")).is_some()
        })
    }

    fn message_holds(&self, content: &str) -> bool {
        let at = morning().millis() / 1000;
        let verify = format!(
            "cms -verify -cades -binary -inform DER -in signature.der -content {content} -CAfile root.pem \
             -attime {at} -purpose any -out verified"
        );
        self.openssl(&verify).is_some()
    }
}

fn openssl(folder: &Path, arguments: &str) -> Option<String> {
    let done =
        Command::new("openssl").args(arguments.split_whitespace()).current_dir(folder).output().unwrap();
    done.status.success().then(|| String::from_utf8_lossy(&done.stdout).into_owned())
}

/// One value of DER: its tag, what is in it, and the value as a whole.
struct Value<'a> {
    tag: u8,
    inner: &'a [u8],
    whole: &'a [u8],
}

/// The values that stand one after another in a value of DER.
fn values(mut bytes: &[u8]) -> Vec<Value<'_>> {
    let mut found = Vec::new();
    while let [tag, first, rest @ ..] = bytes {
        let digits = if *first < 0x80 { 0 } else { usize::from(first & 0x7f) };
        let long = rest[..digits].iter().fold(0, |sum, byte| sum << 8 | usize::from(*byte));
        let length = if digits == 0 { usize::from(*first) } else { long };
        let (head, end) = (2 + digits, 2 + digits + length);
        found.push(Value { tag: *tag, inner: &bytes[head..end], whole: &bytes[..end] });
        bytes = &bytes[end..];
    }
    found
}

fn in_hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
}

fn inside<'a>(value: &Value<'a>, at: usize) -> Value<'a> {
    values(value.inner).swap_remove(at)
}

#[test]
fn openssl_follows_every_chain_to_its_own_root_only() {
    let samples: Vec<_> = KeyKind::ALL.iter().map(|kind| Sample::of(*kind)).collect();
    for sample in &samples {
        assert!(sample.chain_holds("root.pem"), "{}", sample.kind);
        for other in samples.iter().filter(|it| it.kind != sample.kind) {
            assert!(!sample.chain_holds(other.at("root.pem").to_str().unwrap()), "{}", sample.kind);
        }
    }
}

#[test]
fn openssl_accepts_the_message_of_p256_and_rsa_over_its_content_only() {
    for kind in [KeyKind::P256, KeyKind::Rsa3072] {
        let sample = Sample::of(kind);
        assert!(sample.message_holds("content"), "{kind}");
        assert!(!sample.message_holds("other"), "{kind}");
        let mut changed = sample.signature.clone();
        *changed.last_mut().unwrap() ^= 1;
        sample.put("signature.der", changed);
        assert!(!sample.message_holds("content"), "{kind}");
    }
}

/// OpenSSL does not know the types of GB/T 35275, so it is asked about the parts.
#[test]
fn openssl_accepts_the_parts_of_the_message_of_sm2() {
    let sample = Sample::of(KeyKind::Sm2);
    let content_info = &values(&sample.signature)[0];
    let named = |value: &Value, hex: &str| {
        assert_eq!(in_hex(value.whole), hex);
    };
    named(&inside(content_info, 0), "060a2a811ccf550601040202"); // 1.2.156.10197.6.1.4.2.2
    let signed_data = inside(&inside(content_info, 1), 0);
    let parts = values(signed_data.inner);
    named(&parts[1], "310c300a06082a811ccf55018311"); // SET of SM3
    named(&parts[2], "300c060a2a811ccf550601040201"); // 1.2.156.10197.6.1.4.2.1, without content
    let signer = inside(parts.last().unwrap(), 0);
    let fields = values(signer.inner);
    let [_, _, digest, attributes, algorithm, signature] = fields.as_slice() else { panic!("six fields") };
    named(digest, "300a06082a811ccf55018311");
    named(algorithm, "300b06092a811ccf5501822d01"); // 1.2.156.10197.1.301.1

    // What is signed is the SET, whose tag the message hides (RFC 5652, 5.4).
    assert_eq!(attributes.tag, 0xa0);
    sample.put("attributes", [&[0x31], &attributes.whole[1..]].concat());
    sample.put("value", signature.inner);
    sample.openssl("x509 -in leaf.pem -pubkey -noout -out public.pem").unwrap();
    let verify = format!(
        "pkeyutl -verify -pubin -inkey public.pem -rawin -digest sm3 -pkeyopt {IDENTITY} -sigfile value -in"
    );
    assert!(sample.openssl(&format!("{verify} attributes")).is_some());
    assert!(sample.openssl(&format!("{verify} content")).is_none());
    let anonymous = verify.replace("12345678123", "87654321876");
    assert!(sample.openssl(&format!("{anonymous} attributes")).is_none(), "the identity is part of it");

    let hex = |name: &str| sample.openssl(&format!("dgst -sm3 -r {name}")).unwrap()[..64].to_owned();
    let stated = in_hex(attributes.whole);
    assert!(stated.contains(&format!("0420{}", hex("content"))), "the digest of the content");
    sample.openssl("x509 -in leaf.pem -outform DER -out leaf.der").unwrap();
    let named = format!("300a06082a811ccf550183110420{}", hex("leaf.der"));
    assert!(stated.contains(&named), "the certificate, by SM3");
}

#[test]
fn rsa_signatures_are_the_very_bytes_that_openssl_makes() {
    let sample = Sample::of(KeyKind::Rsa3072);
    let signed_data = inside(&inside(&values(&sample.signature)[0], 1), 0);
    let signer = inside(values(signed_data.inner).last().unwrap(), 0);
    let fields = values(signer.inner);
    sample.put("attributes", [&[0x31], &fields[3].whole[1..]].concat());
    let key = sample.key();
    sample.openssl(&format!("dgst -sha256 -sign {} -out theirs attributes", key.display())).unwrap();
    assert_eq!(std::fs::read(sample.at("theirs")).unwrap(), fields[5].inner);
}

#[test]
fn openssl_reads_our_private_keys() {
    for &kind in KeyKind::ALL {
        let sample = Sample::of(kind);
        let said =
            sample.openssl(&format!("pkey -in {} -check -noout -text", sample.key().display())).unwrap();
        let word = match kind {
            KeyKind::P256 => "prime256v1",
            KeyKind::Rsa3072 => "3072 bit",
            KeyKind::Sm2 => "SM2",
        };
        assert!(said.contains("Key is valid") && said.contains(word), "{kind}: {said}");
    }
}

#[test]
fn we_read_the_certificates_of_openssl_and_no_weaker_ones() {
    let folder = tempfile::tempdir().unwrap();
    let make = |key: &str, digest: &str, more: &str| {
        let options =
            "-days 9 -subj /CN=Root -addext keyUsage=critical,keyCertSign -keyout key.pem -out root.pem";
        openssl(folder.path(), &format!("req -x509 -nodes -newkey {key} {digest} {more} {options}")).unwrap();
        Certificate::from_pem(&std::fs::read_to_string(folder.path().join("root.pem")).unwrap())
    };
    let identity = format!("-sigopt {IDENTITY}");
    for (kind, key, digest, more) in [
        (KeyKind::P256, "ec -pkeyopt ec_paramgen_curve:P-256", "-sha256", ""),
        (KeyKind::Rsa3072, "rsa:3072", "-sha256", ""),
        (KeyKind::Sm2, "SM2", "-sm3", &identity),
    ] {
        // Of a signature on P-256 we take the smaller `s` only, and OpenSSL throws a coin.
        let coins = if kind == KeyKind::P256 { 64 } else { 1 };
        let mut roots = (0..coins).map(|_| make(key, digest, more).unwrap());
        assert!(roots.any(|it| it.kind() == kind && it.check_issued_by(&it, 0).is_ok()), "{kind}");
    }
    for (key, digest) in [
        ("rsa:2048", "-sha256"),
        ("rsa:3072 -pkeyopt rsa_keygen_pubexp:3", "-sha256"),
        ("rsa:3072", "-sha1"),
        ("ec -pkeyopt ec_paramgen_curve:P-256", "-sha384"),
        ("ec -pkeyopt ec_paramgen_curve:P-384", "-sha384"),
        ("ed25519", ""),
    ] {
        assert_eq!(make(key, digest, "").err(), Some(BadCertificate::Algorithm), "{key} {digest}");
    }
}
