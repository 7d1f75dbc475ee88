//! Signatures a second, on one thread: every report is signed once and verified by everybody.

use std::fmt;
use std::sync::LazyLock;

use divan::{Bencher, black_box};
use mingzheng::rules::{Instant, KeyKind};
use mingzheng::seal::{self, Keyring, TrustBundle};

/// About what a clean report has around its signature.
const DOCUMENT: usize = 128 * 1024;

fn main() {
    divan::main();
}

/// An operator whose documents are signed with one kind of key.
struct Operator {
    keyring: Keyring,
    bundle: TrustBundle,
    document: Vec<u8>,
    signature: Vec<u8>,
    at: Instant,
}

static OPERATORS: LazyLock<Vec<Operator>> = LazyLock::new(|| {
    let make = |kind: &KeyKind| {
        let at: Instant = "2026-11-22T00:00:00Z".parse().expect("an instant");
        let folder = tempfile::tempdir().expect("a folder");
        let mut state = 1u8;
        let mut random = |bytes: &mut [u8]| {
            bytes.fill_with(|| {
                state = state.wrapping_mul(141).wrapping_add(3);
                state
            });
        };
        let keys = folder.path().join("keys");
        let keyring = Keyring::create_with(&keys, "示范", *kind, at, &mut random).expect("keys");
        let document = vec![b' '; DOCUMENT];
        let signature = keyring.signer.sign_pdf([&document, &[]], at).expect("a signature");
        let bundle = TrustBundle::of(&keyring, vec![], at);
        Operator { keyring, bundle, document, signature, at }
    };
    KeyKind::ALL.iter().map(make).collect()
});

/// A kind of key, as the name of a row.
#[derive(Clone, Copy)]
struct Row(KeyKind);

const ROWS: [Row; 3] = [Row(KeyKind::P256), Row(KeyKind::Rsa3072), Row(KeyKind::Sm2)];

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Row {
    fn operator(self) -> &'static Operator {
        OPERATORS.iter().find(|it| it.keyring.signer.kind() == self.0).expect("one operator for each kind")
    }
}

/// The signature of a report over its digest, in its message with two certificates.
#[divan::bench(args = ROWS)]
fn sign(bencher: Bencher, row: Row) {
    let it = row.operator();
    bencher.bench(|| it.keyring.signer.sign_pdf([black_box(b"a"), b"b"], it.at).expect("a signature"));
}

/// The same of a whole document.
#[divan::bench(args = ROWS)]
fn sign_with_digest_of_128_kib(bencher: Bencher, row: Row) {
    let it = row.operator();
    bencher.bench(|| it.keyring.signer.sign_pdf([black_box(&it.document), b""], it.at).expect("a signature"));
}

/// Reading the message, its two certificates and the signature, and asking the bundle about the signer.
#[divan::bench(args = ROWS)]
fn verify(bencher: Bencher, row: Row) {
    let it = row.operator();
    bencher.bench(|| {
        let seal = seal::inspect(black_box(&it.signature)).expect("a signature");
        assert!(seal.genuine && seal.canonical);
        it.bundle.judge(&seal.chain, it.at)
    });
}

/// The same with the digest of a whole document.
#[divan::bench(args = ROWS)]
fn verify_with_digest_of_128_kib(bencher: Bencher, row: Row) {
    let it = row.operator();
    bencher.bench(|| {
        let seal = seal::inspect(black_box(&it.signature)).expect("a signature");
        assert!(seal.genuine && seal.canonical && seal.covers(&[&it.document]));
        it.bundle.judge(&seal.chain, it.at)
    });
}
