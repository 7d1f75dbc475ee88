//! Timestamps of ours hold for OpenSSL, those of OpenSSL hold for us, and nothing else does.

use std::path::Path;
use std::process::Command;
use std::sync::LazyLock;
use std::{fs, io};

use der::asn1::BitString;
use der::pem::LineEnding;
use der::{Any, Decode as _, DecodePem as _, Encode as _, EncodePem as _, Tag};
use mingzheng::rules::Instant;
use mingzheng::seal::{
    BadCertificate, BadToken, ForeignCertificate, Keyring, LocalAuthority, Request, Stamp,
    TimestampAuthority, Token, TrustBundle, inspect, with_token,
};
use proptest::prelude::*;

use crate::signed_sample::{dice, later, morning};

/// An operator with a local authority, and its folder.
struct Operator {
    folder: tempfile::TempDir,
    keyring: Keyring,
    authority: LocalAuthority,
}

fn operator() -> &'static Operator {
    static OPERATOR: LazyLock<Operator> = LazyLock::new(|| at(morning()));
    &OPERATOR
}

fn at(now: Instant) -> Operator {
    seeded(now, 1)
}

fn seeded(now: Instant, seed: u64) -> Operator {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("keys");
    let keyring = Keyring::create(&dir, "示例市公共信用信息中心", now, &mut dice(seed)).unwrap();
    let authority = LocalAuthority::open(&dir, &keyring, now, &mut dice(3)).unwrap().unwrap();
    Operator { folder, keyring, authority }
}

fn root(of: &Operator) -> ForeignCertificate {
    ForeignCertificate::from_der(of.keyring.root.der()).unwrap()
}

/// A token of the local authority on a message.
fn stamped(message: &[u8], when: Instant) -> Token {
    let request = Request::new(message, &mut dice(5)).unwrap();
    request.token(&operator().authority.respond(request.der(), when, &mut dice(6))).unwrap()
}

#[test]
fn a_timestamp_of_the_local_authority_has_room_whatever_the_operator_is_called() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path().join("keys");
    let name = "𠅤".repeat(64);
    let keyring = Keyring::create(&dir, &name, morning(), &mut dice(1)).unwrap();
    let authority = LocalAuthority::open(&dir, &keyring, morning(), &mut dice(3)).unwrap().unwrap();
    let signature = keyring.signer.sign_pdf([b"one", b"two"], morning()).unwrap();
    let value = inspect(&signature).unwrap().signature;
    let request = Request::new(&value, &mut dice(5)).unwrap();
    let token = request.token(&authority.respond(request.der(), morning(), &mut dice(6))).unwrap();

    let whole = with_token(&signature, token.der()).unwrap().len();
    assert!(whole <= keyring.signer.room(), "{whole} bytes in a room of {}", keyring.signer.room());
}

fn openssl(folder: &Path, arguments: &str) -> io::Result<std::process::Output> {
    let mut command = Command::new("openssl");
    command.current_dir(folder).env("OPENSSL_CONF", folder.join("openssl.cnf"));
    command.args(arguments.split(' ')).output()
}

const CONFIG: &str = "
[req]
distinguished_name = name
[name]
[root]
basicConstraints = critical,CA:true
keyUsage = critical,keyCertSign,cRLSign
[tsa]
basicConstraints = critical,CA:false
keyUsage = critical,digitalSignature
extendedKeyUsage = critical,timeStamping
[loose]
basicConstraints = critical,CA:false
keyUsage = critical,digitalSignature
extendedKeyUsage = timeStamping
[ts]
serial = serial
crypto_device = builtin
signer_digest = sha384
default_policy = 1.2.3.4.1
digests = sha256, sha384
accuracy = secs:1, millisecs:500
ess_cert_id_chain = no
ess_cert_id_alg = sha256
clock_precision_digits = 3
";

/// A timestamp authority of OpenSSL's own, with a root of its own; `None` where OpenSSL is not installed.
fn theirs(key: &str, extensions: &str) -> Option<tempfile::TempDir> {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("openssl.cnf"), CONFIG).unwrap();
    fs::write(folder.path().join("serial"), "01\n").unwrap();
    let run = |arguments: &str| {
        let output = match openssl(folder.path(), arguments) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return None,
            output => output.unwrap(),
        };
        assert!(output.status.success(), "{arguments}: {}", String::from_utf8_lossy(&output.stderr));
        Some(())
    };
    run(&format!(
        "req -x509 -config openssl.cnf {key} -nodes -days 2 -subj /CN=Root -extensions root -keyout root.key -out root.pem"
    ))?;
    run(&format!("req -new -config openssl.cnf {key} -nodes -subj /CN=TSA -keyout tsa.key -out tsa.csr"))?;
    run(&format!(
        "x509 -req -in tsa.csr -CA root.pem -CAkey root.key -CAcreateserial -days 1 -extfile openssl.cnf -extensions {extensions} -out tsa.pem"
    ))?;
    Some(folder)
}

fn reply(folder: &Path, request: &Request) -> Vec<u8> {
    fs::write(folder.join("request.tsq"), request.der()).unwrap();
    let reply = "ts -reply -config openssl.cnf -section ts -queryfile request.tsq -inkey tsa.key -signer tsa.pem -out reply.tsr";
    let output = openssl(folder, reply).unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    fs::read(folder.join("reply.tsr")).unwrap()
}

fn anchors(folder: &Path) -> Vec<ForeignCertificate> {
    ForeignCertificate::chain_from_pem(&fs::read_to_string(folder.join("root.pem")).unwrap()).unwrap()
}

#[test]
fn a_token_of_ours_is_for_its_message_and_leads_to_our_root() {
    let token = stamped(b"signature", later(5));
    assert!(token.is_for(b"signature") && !token.is_for(b"Signature"));
    assert_eq!((token.time(), token.latest()), (later(5), later(6)));
    assert_eq!(token.check_path(&[root(operator())]), Ok(()));
    let leaf = operator().authority.chain()[0].clone();
    assert_eq!(token.authority().der(), leaf.der());
    // Trusted by itself as well as through its root, and not without either.
    assert_eq!(token.check_path(&[token.authority().clone()]), Ok(()));
    assert_eq!(token.check_path(&[]), Err(BadToken::Path(BadCertificate::NotIssuedBy)));
    let stranger = seeded(morning(), 2);
    assert_eq!(token.check_path(&[root(&stranger)]), Err(BadToken::Path(BadCertificate::NotIssuedBy)));
}

#[test]
fn openssl_accepts_our_tokens_and_refuses_them_for_other_data() {
    #[expect(clippy::disallowed_methods, reason = "OpenSSL looks at the clock of the machine")]
    let now = Instant::from(time::OffsetDateTime::now_utc());
    let ours = at(Instant::from_millis(now.millis() - 60_000));
    let folder = ours.folder.path();
    fs::write(folder.join("openssl.cnf"), "").unwrap();
    fs::write(folder.join("data"), b"what is stamped").unwrap();
    fs::write(folder.join("other"), b"what is not").unwrap();
    for digest in ["sha256", "sha384", "sha512"] {
        let query = format!("ts -query -data data -{digest} -cert -out query.tsq");
        match openssl(folder, &query) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return,
            output => assert!(output.unwrap().status.success()),
        }
        let query = fs::read(folder.join("query.tsq")).unwrap();
        let answer = ours.authority.respond(&query, now, &mut dice(9));
        fs::write(folder.join("answer.tsr"), answer).unwrap();
        let verify = |what: &str| {
            let root = "-CAfile keys/root.pem";
            let output = openssl(folder, &format!("ts -verify -in answer.tsr {what} {root}")).unwrap();
            (output.status.success(), String::from_utf8_lossy(&output.stderr).into_owned())
        };
        for what in ["-queryfile query.tsq", "-data data"] {
            let (accepted, said) = verify(what);
            assert!(accepted, "{digest} {what}: {said}");
        }
        assert!(!verify("-data other").0, "{digest}");
    }
}

#[test]
fn what_is_no_request_is_declined_with_a_reason() {
    let request = Request::new(b"signature", &mut dice(5)).unwrap();
    let declined = operator().authority.respond(b"nonsense", later(5), &mut dice(6));
    assert_eq!(
        request.token(&declined).unwrap_err(),
        BadToken::Declined("status 2 not a request for a timestamp".to_owned())
    );
}

#[test]
fn tokens_of_openssl_hold_for_us_with_rsa_and_with_two_curves() {
    for key in [
        "-newkey rsa:3072",
        "-newkey ec -pkeyopt ec_paramgen_curve:P-256",
        "-newkey ec -pkeyopt ec_paramgen_curve:P-384",
    ] {
        let Some(folder) = theirs(key, "tsa") else { return };
        let request = Request::new(b"signature", &mut dice(5)).unwrap();
        let answer = reply(folder.path(), &request);
        let token = request.token(&answer).unwrap();
        assert!(token.is_for(b"signature"), "{key}");
        assert_eq!(token.latest().millis() - token.time().millis(), 1500, "{key}");
        assert_eq!(token.check_path(&anchors(folder.path())), Ok(()), "{key}");
        assert_eq!(
            token.check_path(&[root(operator())]),
            Err(BadToken::Path(BadCertificate::NotIssuedBy)),
            "{key}"
        );
        // The same answer is worth nothing for another question.
        let other = Request::new(b"signature", &mut dice(7)).unwrap();
        assert_eq!(other.token(&answer).unwrap_err(), BadToken::Nonce, "{key}");
        let other = Request::new(b"another", &mut dice(5)).unwrap();
        assert_eq!(other.token(&answer).unwrap_err(), BadToken::Imprint, "{key}");
    }
}

/// The same certificate with the other signature of its authority, (r, n - s), which needs no key.
fn spelled_anew(pem: &str) -> String {
    let certificate = x509_cert::Certificate::from_pem(pem).unwrap();
    let signature = p256::ecdsa::Signature::from_der(certificate.signature().raw_bytes()).unwrap();
    let (r, s) = signature.split_scalars();
    let other = p256::ecdsa::Signature::from_scalars(r.to_bytes(), (-*s).to_bytes()).unwrap();
    let parts = [
        certificate.tbs_certificate().to_der(),
        certificate.signature_algorithm().to_der(),
        BitString::from_bytes(other.to_der().as_bytes()).unwrap().to_der(),
    ];
    let parts: Vec<Vec<u8>> = parts.into_iter().map(Result::unwrap).collect();
    let der = Any::new(Tag::Sequence, parts.concat()).unwrap().to_der().unwrap();
    x509_cert::Certificate::from_der(&der).unwrap().to_pem(LineEnding::LF).unwrap()
}

#[test]
fn a_stolen_key_is_not_believed_again_by_its_certificate_spelled_anew() {
    let Some(folder) = theirs("-newkey ec -pkeyopt ec_paramgen_curve:P-256", "tsa") else { return };
    let pem = fs::read_to_string(folder.path().join("tsa.pem")).unwrap();
    let stolen = ForeignCertificate::chain_from_pem(&pem).unwrap().remove(0);
    let signature = operator().keyring.signer.sign_pdf([b"one", b"two"], morning()).unwrap();
    let value = inspect(&signature).unwrap().signature;
    let request = Request::new(&value, &mut dice(5)).unwrap();
    let stamp = |compromised_since| {
        let entry = |certificate, compromised_since| TimestampAuthority {
            certificate,
            revoked_since: None,
            compromised_since,
        };
        let token = request.token(&reply(folder.path(), &request)).unwrap();
        let seal = inspect(&with_token(&signature, token.der()).unwrap()).unwrap();
        let mut bundle = TrustBundle::of(&operator().keyring, Vec::new(), morning());
        let root = anchors(folder.path()).remove(0);
        bundle.timestamp_authorities = vec![entry(root, None), entry(stolen.clone(), compromised_since)];
        (bundle.stamp(&seal), token.authority().clone())
    };
    assert!(matches!(stamp(None), (Stamp::Trusted(..), _)));
    assert_eq!(stamp(Some(morning())).0, Stamp::AuthorityRevoked);

    fs::write(folder.path().join("tsa.pem"), spelled_anew(&pem)).unwrap();
    let (before, by) = stamp(None);
    assert!(by != stolen && matches!(before, Stamp::Trusted(..)), "the other signature holds as well");
    assert_eq!(stamp(Some(morning())).0, Stamp::AuthorityRevoked);
}

#[test]
fn a_certificate_that_may_do_more_than_stamp_is_refused() {
    let key = "-newkey ec -pkeyopt ec_paramgen_curve:P-256";
    let Some(folder) = theirs(key, "loose") else { return };
    let request = Request::new(b"signature", &mut dice(5)).unwrap();
    fs::write(folder.path().join("request.tsq"), request.der()).unwrap();
    let reply = "ts -reply -config openssl.cnf -section ts -queryfile request.tsq -inkey tsa.key -signer tsa.pem -out reply.tsr";
    // OpenSSL itself may decline to sign with it.
    if openssl(folder.path(), reply).unwrap().status.success() {
        let answer = fs::read(folder.path().join("reply.tsr")).unwrap();
        assert!(request.token(&answer).is_err());
    }
}

#[test]
fn an_authority_outside_its_life_stamps_nothing_that_is_believed() {
    let after = later(6 * 365 * 86_400);
    let token = stamped(b"signature", after);
    assert_eq!(token.check_path(&[root(operator())]), Err(BadToken::Path(BadCertificate::OutOfDate)));
}

#[test]
fn a_local_authority_is_made_once_and_renewed_before_it_ends() {
    let Operator { folder, authority, keyring } = at(morning());
    let dir = folder.path().join("keys");
    let open = |now| {
        LocalAuthority::open(&dir, &keyring, now, &mut dice(8)).unwrap().map(|it| it.chain()[0].clone())
    };
    let made = authority.chain()[0].clone();
    assert_eq!(open(later(86_400)), Some(made.clone()));
    let renewed = open(later(5 * 365 * 86_400 - 86_400)).unwrap();
    assert_ne!(renewed, made);
    // Without the key of the issuing authority nothing is made, and what is there goes on.
    fs::remove_file(dir.join("ca.key.pem")).unwrap();
    assert_eq!(open(later(5 * 365 * 86_400)), Some(renewed));
    fs::remove_file(dir.join("tsa.pem")).unwrap();
    assert_eq!(open(later(5 * 365 * 86_400)), None);
}

#[test]
fn a_timestamp_can_be_added_to_a_signature_and_changes_nothing_else() {
    let signature = operator().keyring.signer.sign_pdf([b"one", b"two"], morning()).unwrap();
    let bare = inspect(&signature).unwrap();
    assert!(bare.token.is_none());
    let token = stamped(&bare.signature, later(5));
    let whole = with_token(&signature, token.der()).unwrap();
    let seal = inspect(&whole).unwrap();
    assert!(seal.genuine && seal.canonical);
    assert_eq!(seal.token.as_deref(), Some(token.der()));
    assert_eq!((seal.signature.as_slice(), seal.chain), (bare.signature.as_slice(), bare.chain));
    assert!(with_token(&whole, token.der()).is_err(), "a second one");
}

#[test]
fn no_byte_of_a_stamped_signature_can_be_changed_unnoticed() {
    let signature = operator().keyring.signer.sign_pdf([b"one", b"two"], morning()).unwrap();
    let value = inspect(&signature).unwrap().signature;
    let whole = with_token(&signature, stamped(&value, later(5)).der()).unwrap();
    let roots = [root(operator())];
    for at in (0..whole.len()).step_by(3) {
        let mut changed = whole.clone();
        changed[at] ^= 1 << (at % 8);
        let passes = inspect(&changed).is_some_and(|it| {
            let token = it.token.as_deref().map(Token::read);
            let trusted = matches!(&token, Some(Ok(token))
                if token.is_for(&it.signature) && token.check_path(&roots).is_ok());
            it.genuine && it.canonical && trusted && it.chain == operator().keyring.signer.chain()
        });
        assert!(!passes, "byte {at}: {:02x?} at 8", &whole[at - 8..at + 8]);
    }
}

proptest! {
    #[test]
    fn no_bytes_make_the_readers_of_timestamps_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let request = Request::new(b"x", &mut dice(1)).unwrap();
        prop_assert!(Token::read(&bytes).is_err() && request.token(&bytes).is_err());
        prop_assert!(with_token(&bytes, &bytes).is_err());
        let answer = operator().authority.respond(&bytes, later(1), &mut dice(2));
        prop_assert!(matches!(request.token(&answer), Err(BadToken::Declined(_))));
    }

    #[test]
    fn no_changed_token_is_read_as_another(at in 0usize..4000, bit in 0u8..8) {
        let token = stamped(b"signature", later(5));
        let mut changed = token.der().to_vec();
        let at = at % changed.len();
        changed[at] ^= 1 << bit;
        if let Ok(read) = Token::read(&changed) {
            let same = read.time() == token.time() && read.authority() == token.authority();
            prop_assert!(same && read.is_for(b"signature"), "{}", at);
        }
    }
}
