//! Signatures on what is sent to webhooks: the published vector, and the verifier of the README beside a library that others wrote.

use std::fs;
use std::process::Command;

use mingzheng::rules::Digest;
use mingzheng::seal::{CodeKey, WebhookSecret};

/// The vector of the Standard Webhooks libraries: secret, id, time, body, signature.
const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const ID: &str = "msg_p5jXN8AQM9LWM0D4loKWxJek";
const SECONDS: i64 = 1_614_265_330;
const BODY: &str = r#"{"test": 2432232314}"#;
const SIGNATURE: &str = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";

#[test]
fn the_published_vector_is_signed_as_published() {
    let key = key();
    let secret = WebhookSecret::from_key(&key);
    assert_eq!(secret.text(), SECRET);
    assert_eq!(secret.sign(ID, SECONDS, BODY.as_bytes()), SIGNATURE);
    assert_ne!(secret.sign(ID, SECONDS + 1, BODY.as_bytes()), SIGNATURE);
    assert_ne!(secret.sign("msg_other", SECONDS, BODY.as_bytes()), SIGNATURE);
    assert_eq!(format!("{secret:?}"), "WebhookSecret(…)");
}

/// The key of the vector, read from its secret: by a reading of base 64 that is not the one that writes it.
fn key() -> Vec<u8> {
    let symbols = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let digits: Vec<usize> =
        SECRET.strip_prefix("whsec_").unwrap().chars().map(|c| symbols.find(c).unwrap()).collect();
    let bits: Vec<usize> = digits.iter().flat_map(|d| (0..6).rev().map(move |at| d >> at & 1)).collect();
    let byte = |bits: &[usize]| u8::try_from(bits.iter().fold(0, |sum, bit| sum << 1 | bit)).unwrap();
    bits.chunks_exact(8).map(byte).collect()
}

#[test]
fn secrets_follow_from_the_key_and_a_number_and_from_nothing_else() {
    let secret =
        |key: u8, number: u8| WebhookSecret::of(&CodeKey::new([key; 32]), &Digest([number; 32])).text();
    assert_eq!(secret(1, 1), secret(1, 1));
    assert_ne!(secret(1, 1), secret(1, 2));
    assert_ne!(secret(1, 1), secret(2, 1));
    assert_eq!(secret(1, 1).len(), "whsec_".len() + 44);
}

/// The sample verifier that the README shows.
fn sample() -> String {
    let readme = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/README.md")).unwrap();
    let code = readme.split("```python\n").nth(1).expect("the README shows a verifier");
    code.split("```").next().unwrap().to_owned()
}

/// Runs a program in Python; what it prints. Without Python nothing is judged, unless judges are required.
fn python(program: &str) -> Option<String> {
    let required = std::env::var("TESTS_REQUIRE_ORACLES").is_ok_and(|value| value == "1");
    let python = std::env::var("TESTS_ORACLES_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let Ok(ran) = Command::new(python).args(["-c", program]).output() else {
        assert!(!required, "Python is required");
        println!("skipped: there is no Python");
        return None;
    };
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    Some(String::from_utf8(ran.stdout).unwrap())
}

#[test]
fn the_verifier_of_the_readme_takes_what_is_signed_and_nothing_else() {
    let ours = WebhookSecret::of(&CodeKey::new([7; 32]), &Digest([9; 32]));
    let body = r#"{"type":"webhook.test","data":{"说明":"测试"}}"#;
    let signed = ours.sign("0198-id", SECONDS, body.as_bytes());
    let other =
        WebhookSecret::of(&CodeKey::new([7; 32]), &Digest([8; 32])).sign("0198-id", SECONDS, body.as_bytes());
    let mut program = sample();
    let case = |secret: &str, id: &str, at: i64, signature: &str, body: &str, now: i64| {
        format!(
            "print(int(verify({secret:?}, {{'webhook-id': {id:?}, 'webhook-timestamp': '{at}', 'webhook-signature': {signature:?}}}, '''{body}'''.encode(), now={now})))\n"
        )
    };
    let secret = ours.text();
    program.push('\n');
    let cases = [
        (case(SECRET, ID, SECONDS, SIGNATURE, BODY, SECONDS), '1'),
        (case(&secret, "0198-id", SECONDS, &signed, body, SECONDS + 299), '1'),
        (case(&secret, "0198-id", SECONDS, &format!("{other} {signed}"), body, SECONDS), '1'),
        (case(&secret, "0198-id", SECONDS, &other, body, SECONDS), '0'),
        (case(&secret, "0198-id", SECONDS, &signed, &body.replace("测试", "测式"), SECONDS), '0'),
        (case(&secret, "0198-ix", SECONDS, &signed, body, SECONDS), '0'),
        (case(&secret, "0198-id", SECONDS + 1, &signed, body, SECONDS), '0'),
        (case(&secret, "0198-id", SECONDS, &signed, body, SECONDS + 301), '0'),
        (case(&secret, "0198-id", SECONDS, &signed, body, SECONDS - 301), '0'),
        (case(&secret, "0198-id", SECONDS, &signed.replace("v1,", "v2,"), body, SECONDS), '0'),
        (case(&secret, "0198-id", SECONDS, "", body, SECONDS), '0'),
    ];
    cases.iter().for_each(|(case, _)| program.push_str(case));
    let Some(said) = python(&program) else { return };
    let wanted: Vec<String> = cases.iter().map(|(_, wanted)| wanted.to_string()).collect();
    assert_eq!(said.split_whitespace().collect::<Vec<_>>(), wanted);
}

#[test]
fn the_library_of_standard_webhooks_takes_what_we_sign() {
    let has = "import importlib.util as u; print(int(u.find_spec('standardwebhooks') is not None))";
    if python(has).is_none_or(|said| said.trim() != "1") {
        let required = std::env::var("TESTS_REQUIRE_ORACLES").is_ok_and(|value| value == "1");
        assert!(!required, "the package standardwebhooks is required");
        println!("skipped: the package standardwebhooks is not installed");
        return;
    }
    let now = std::process::Command::new("date").arg("+%s").output().unwrap();
    let now: i64 = String::from_utf8(now.stdout).unwrap().trim().parse().unwrap();
    let ours = WebhookSecret::of(&CodeKey::new([3; 32]), &Digest([4; 32]));
    let body = r#"{"type":"report.status-changed","data":{"status":"revoked"}}"#;
    let signed = ours.sign("0198-id", now, body.as_bytes());
    let program = format!(
        "from standardwebhooks import Webhook, WebhookVerificationError\n\
         h = {{'webhook-id': '0198-id', 'webhook-timestamp': '{now}', 'webhook-signature': '{signed}'}}\n\
         w = Webhook('{}')\nprint(w.verify('{body}', h)['type'])\n\
         try:\n    w.verify('{body} ', h)\nexcept WebhookVerificationError:\n    print('refused')\n",
        ours.text()
    );
    assert_eq!(
        python(&program).unwrap().split_whitespace().collect::<Vec<_>>(),
        ["report.status-changed", "refused"]
    );
}
