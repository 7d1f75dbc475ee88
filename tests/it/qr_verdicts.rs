//! The table of QR texts that two verifiers must answer alike: ours in Rust here, ours in the browser in `tests/browser`.
//!
//! The texts and bundles in `tests/golden/qr-verdicts.json` are kept as they are, like paper that people hold. A new kind of case is
//! added to [`cases`], and `UPDATE_GOLDEN=1` draws the whole table anew.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use mingzheng::rules::{Instant, Scheme, Status, VerificationCode};
use mingzheng::seal::{
    Claim, ClaimSubject, QrText, ReportStatus, Snapshot, SnapshotText, TrustBundle, digest,
};
use mingzheng::verify::{self, QrAnswer};
use serde_json::{Value, json};

use crate::signed_sample::{claim, code, facts, keys, later, operator, qr_text, trust};

/// Half of the order of P-256's group, rounded down, tells the two signatures of a message apart; this is the order.
const ORDER: [u8; 32] = [
    0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xbc, 0xe6, 0xfa,
    0xad, 0xa7, 0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51,
];

struct Case {
    name: String,
    bundle: &'static str,
    now: Instant,
    text: String,
}

/// What the answer says, in the words of the interface.
fn answer(answer: &QrAnswer) -> Value {
    let verdict = &answer.verdict;
    let said = answer.claim.as_ref().map(|claim| {
        let subject = match &claim.subject {
            ClaimSubject::Code(code) => code.clone(),
            ClaimSubject::Commitment(bytes) => {
                let digit = |nibble: u8| char::from(b"0123456789abcdef"[usize::from(nibble)]);
                bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
            }
        };
        let conclusions: BTreeMap<String, _> =
            claim.conclusions.iter().map(|(number, it)| (number.to_string(), it.word())).collect();
        json!({ "subject": subject, "code": claim.code.to_string(), "number": claim.number, "catalogue": claim.catalogue,
            "from": claim.period.from, "to": claim.period.to, "issued_at": claim.issued_at, "as_of": claim.as_of,
            "status_index": claim.status_index.to_string(), "conclusions": conclusions })
    });
    let snapshot = answer.snapshot.as_ref().map(|it| {
        let conclusions: BTreeMap<String, _> =
            it.conclusions.iter().map(|(number, it)| (number.to_string(), it.word())).collect();
        json!({ "name": it.name, "catalogue": it.catalogue, "from": it.period.from, "to": it.period.to,
            "as_of": it.as_of, "conclusions": conclusions })
    });
    json!({ "snapshot": snapshot, "integrity": verdict.integrity, "issuer": verdict.issuer, "status": verdict.status, "reasons": verdict.reasons,
        "signer": verdict.signer, "signed_at": verdict.signed_at, "facts_sha256": verdict.facts_digest, "claim": said,
        "genuine_and_valid": verdict.is_genuine_and_valid() })
}

/// Bundles by name: the plain one, and one for each way to lose trust or validity.
fn bundles() -> BTreeMap<&'static str, String> {
    let with = |change: fn(&mut TrustBundle)| {
        let mut bundle = trust();
        change(&mut bundle);
        bundle
    };
    let standing = |status| {
        let mut bundle = trust();
        let number = facts().number;
        let report =
            ReportStatus { number, status, since: later(60), reason: "数据源错误 \"<b>\"".into() };
        bundle.statuses.insert(digest(&facts().canonical()), report);
        bundle
    };
    let all = [
        ("plain", trust()),
        ("older", with(|it| it.statuses_as_of = later(-60))),
        ("revoked", standing(Status::Revoked)),
        ("superseded", standing(Status::Superseded)),
        ("disputed", standing(Status::Disputed)),
        ("key-revoked-later", with(|it| it.signers[0].revoked_since = Some(later(7200)))),
    ];
    let mut exported: BTreeMap<_, _> =
        all.into_iter().map(|(name, bundle)| (name, bundle.export(&operator().signer).unwrap())).collect();
    // A key that lost its trust signs no bundle: another one of the operator's does, under a root of its own.
    let fresh = keys(2);
    let mut bundle = TrustBundle::of(&fresh, trust().origins, later(3600));
    bundle.roots.extend(trust().roots);
    bundle.issuing.extend(trust().issuing);
    bundle.signers.extend(trust().signers);
    bundle.signers[1].compromised_since = Some(later(1800));
    exported.insert("key-compromised", bundle.export(&fresh.signer).unwrap());
    exported
}

/// Every kind of text that somebody may bring.
#[expect(clippy::too_many_lines, reason = "a list, read from top to bottom")]
fn cases() -> Vec<Case> {
    let good = qr_text();
    let (address, digits) = good.split_once("#1").expect("a claim of version 1");
    let compact = code().compact();
    let write =
        |bytes: Vec<u8>| QrText { origin: facts().issuer.origin, code: code(), claim: Some(bytes) }.write();
    let signed = |claim: &Claim| write(operator().signer.sign_claim(claim).unwrap());
    let bytes = operator().signer.sign_claim(&claim()).unwrap();
    let with = |change: &dyn Fn(&mut Claim)| {
        let mut claim = claim();
        change(&mut claim);
        signed(&claim)
    };
    let cut = |from: usize, to: usize, put: &[u8]| {
        let mut bytes = bytes.clone();
        bytes.splice(from..to, put.iter().copied());
        write(bytes)
    };
    let other = VerificationCode::from_random([1; 10]);
    let mut person = facts();
    person.subject.scheme = Scheme::IdentityNumber;
    let person = Claim::of(&person, code(), 7, &[9; 16]).unwrap();
    let bytes_of = operator().signer.sign_snapshot(&Snapshot::of(&facts(), &[9; 16]).unwrap()).unwrap();
    let snapshot = SnapshotText { origin: facts().issuer.origin, snapshot: bytes_of }.write();
    let long = |claim: &mut Claim| claim.catalogue = "v".repeat(41);
    let texts: Vec<(&str, &str, String)> = vec![
        ("valid", "plain", good.clone()),
        ("valid, of a natural person", "plain", signed(&person)),
        ("valid, without a domain", "plain", with(&|it| it.conclusions.clear())),
        (
            "valid, with 512 domains",
            "plain",
            with(&|it| {
                it.conclusions = (1..=512).map(|n| (n, claim().conclusions[&(n % 3 + 1)])).collect();
            }),
        ),
        ("issued after the statuses were taken", "older", good.clone()),
        ("a revoked report", "revoked", good.clone()),
        ("a superseded report", "superseded", good.clone()),
        ("a disputed report", "disputed", good.clone()),
        ("a key revoked after it signed", "key-revoked-later", good.clone()),
        ("a key revoked before it signed", "key-revoked-later", with(&|it| it.issued_at = later(7200))),
        ("a key that somebody else may have", "key-compromised", good.clone()),
        (
            "the key that took its place",
            "key-compromised",
            write(keys(2).signer.sign_claim(&claim()).unwrap()),
        ),
        ("issued before the certificate", "plain", with(&|it| it.issued_at = later(-1))),
        ("issued after the certificate", "plain", with(&|it| it.issued_at = later(4 * 365 * 86_400))),
        ("issued in the future", "plain", with(&|it| it.issued_at = later(7200 + 301))),
        ("issued a little in the future", "plain", with(&|it| it.issued_at = later(7200 + 300))),
        ("another signer", "plain", write(keys(2).signer.sign_claim(&claim()).unwrap())),
        ("another address", "plain", good.replace("credit.example.cn", "credlt.example.cn")),
        ("another scheme", "plain", good.replace("https://", "http://")),
        ("another port", "plain", good.replace("example.cn", "example.cn:443")),
        ("an address with a user", "plain", good.replace("https://", "https://user@")),
        ("an address with a path", "plain", good.replace("/v/", "/x/v/")),
        ("an address with a query", "plain", good.replace('#', "?a=b#")),
        ("an address in capitals", "plain", good.replace("https", "HTTPS")),
        ("no claim", "plain", address.to_owned()),
        ("an empty claim", "plain", format!("{address}#")),
        ("a claim of another version", "plain", good.replace("#1", "#2")),
        ("a claim without digits", "plain", format!("{address}#1")),
        ("one digit", "plain", format!("{address}#11")),
        ("three digits", "plain", format!("{address}#1123")),
        ("three digits above a byte", "plain", format!("{address}#1256")),
        ("one digit more", "plain", format!("{good}0")),
        ("one digit less", "plain", good[..good.len() - 1].to_owned()),
        ("a blank at the end", "plain", format!("{good} ")),
        ("a full-width digit", "plain", format!("{address}#1{}", digits.replacen('1', "１", 1))),
        ("a second claim", "plain", format!("{good}#1{digits}")),
        ("a code mistyped", "plain", good.replace(&compact, &compact.replacen(&compact[..1], "7", 1))),
        ("a code too short", "plain", good.replace(&compact, &compact[1..])),
        ("a code in small letters", "plain", good.replace(&compact, &compact.to_lowercase())),
        ("a code with hyphens", "plain", good.replace(&compact, &code().to_string())),
        ("a code in full width", "plain", good.replace(&compact[..1], "Ｂ")),
        ("a code with letters of another script", "plain", good.replace(&compact[..1], "ß")),
        ("another code", "plain", good.replace(&compact, &other.compact())),
        ("another code, and the key revoked", "key-revoked-later", {
            with(&|it| it.issued_at = later(7200)).replace(&compact, &other.compact())
        }),
        ("the other signature of the same claim", "plain", write(malleated(&bytes))),
        ("a signature of nothing", "plain", cut(bytes.len() - 64, bytes.len(), &[0; 64])),
        ("a signature too short", "plain", cut(bytes.len() - 66, bytes.len(), &[0x58, 0x3f])),
        ("a forged conclusion", "plain", {
            let at = bytes.windows(2).position(|it| it == [0x6d, 0x55]).expect("the conclusions begin so");
            cut(at, at + 1, &[0x55])
        }),
        ("a message without its tag", "plain", cut(0, 1, &[])),
        ("a longer spelling of a length", "plain", cut(1, 2, &[0x98, 0x04])),
        ("another algorithm", "plain", cut(5, 6, &[0x27])),
        ("something after the message", "plain", cut(bytes.len(), bytes.len(), &[0])),
        ("a catalogue of 41 characters", "plain", with(&long)),
        ("a snapshot", "plain", snapshot.clone()),
        ("a snapshot of a key that somebody else may have", "key-compromised", snapshot.clone()),
        (
            "a snapshot of another address",
            "plain",
            snapshot.replace("credit.example.cn", "credlt.example.cn"),
        ),
        ("a snapshot of another version", "plain", snapshot.replace("#1", "#2")),
        ("a snapshot one digit short", "plain", snapshot[..snapshot.len() - 1].to_owned()),
        (
            "a snapshot without digits",
            "plain",
            format!("{}#1", snapshot.split('#').next().unwrap_or_default()),
        ),
        ("a snapshot changed", "plain", {
            let at = snapshot.len() - 70;
            let digit = if &snapshot[at..=at] == "1" { "2" } else { "1" };
            format!("{}{digit}{}", &snapshot[..at], &snapshot[at + 1..])
        }),
        ("a claim where a snapshot stands", "plain", good.replace(&format!("/v/{compact}"), "/s")),
        ("a snapshot where a claim stands", "plain", snapshot.replace("/s#", &format!("/v/{compact}#"))),
        ("the bytes of nothing", "plain", write(vec![0; 200])),
        ("a foreign QR", "plain", "weixin://pay".to_owned()),
        ("nothing at all", "plain", String::new()),
        ("a text of 2,049 characters", "plain", "9".repeat(2049)),
        ("a host of 201 characters", "plain", format!("https://{}/v/{compact}", "a".repeat(201))),
        ("an address without a host", "plain", format!("https:///v/{compact}")),
    ];
    let case = |(name, bundle, text): (&str, &'static str, String)| Case {
        name: name.to_owned(),
        bundle,
        now: later(7200),
        text,
    };
    let mut cases: Vec<_> = texts.into_iter().map(case).collect();
    // Every third character becomes another: no matter where, the text is no longer genuine.
    for at in (0..good.len()).step_by(3) {
        let symbol = if &good[at..=at] == "7" { "8" } else { "7" };
        let text = format!("{}{symbol}{}", &good[..at], &good[at + 1..]);
        cases.push(Case { name: format!("character {at} changed"), bundle: "plain", now: later(7200), text });
    }
    cases
}

/// The same message with the signature (r, n - s), which anybody can compute from (r, s).
fn malleated(message: &[u8]) -> Vec<u8> {
    let mut bytes = message.to_vec();
    let at = bytes.len() - 32;
    let mut borrow = 0;
    for (byte, order) in bytes[at..].iter_mut().zip(ORDER).rev() {
        let difference = i16::from(order) - i16::from(*byte) - borrow;
        borrow = i16::from(difference < 0);
        *byte = u8::try_from(difference.rem_euclid(256)).unwrap();
    }
    bytes
}

/// The table made anew.
fn drawn() -> Value {
    let bundles = bundles();
    let row = |case: Case| {
        let trust = TrustBundle::parse(bundles[case.bundle].as_bytes()).unwrap();
        let expected = answer(&verify::qr(&case.text, &trust, case.now));
        json!({ "name": case.name, "bundle": case.bundle, "now": case.now, "text": case.text, "expected": expected })
    };
    let rows: Vec<_> = cases().into_iter().map(row).collect();
    json!({ "bundles": bundles, "cases": rows })
}

#[test]
fn the_table_that_the_browser_answers_is_answered_alike_here() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/qr-verdicts.json");
    if std::env::var("UPDATE_GOLDEN").is_ok_and(|value| value == "1") {
        fs::write(&file, format!("{:#}\n", drawn())).unwrap();
    }
    let table: Value = serde_json::from_str(&fs::read_to_string(&file).unwrap()).unwrap();
    let bundle =
        |name: &str| TrustBundle::parse(table["bundles"][name].as_str().unwrap().as_bytes()).unwrap();
    let (mut told, mut genuine) = (std::collections::BTreeSet::new(), 0);
    for case in table["cases"].as_array().unwrap() {
        let trust = bundle(case["bundle"].as_str().unwrap());
        let now: Instant = case["now"].as_str().unwrap().parse().unwrap();
        let found = answer(&verify::qr(case["text"].as_str().unwrap(), &trust, now));
        assert_eq!(found, case["expected"], "{}", case["name"]);
        told.extend(found["reasons"].as_array().unwrap().iter().map(|it| it.as_str().unwrap().to_owned()));
        genuine += u32::from(found["genuine_and_valid"] == true);
    }
    // The table would be worth little if it did not reach every reason that a QR can be answered with.
    for reason in [
        "claim-valid",
        "claim-invalid",
        "claim-contradicts-code",
        "claim-version-unknown",
        "snapshot-not-live",
        "qr-without-claim",
        "qr-not-ours",
        "origin-unknown",
        "code-mistyped",
        "signer-unknown",
        "certificate-invalid",
        "key-compromised",
        "signing-time-unproven",
        "signed-in-future",
        "status-from-bundle",
        "status-not-known",
        "report-revoked",
        "report-superseded",
        "report-disputed",
    ] {
        assert!(told.contains(reason), "no case is answered with {reason}");
    }
    assert!((4..=12).contains(&genuine), "{genuine}");
}
