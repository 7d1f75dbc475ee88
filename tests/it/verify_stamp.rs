//! What a timestamp on a report is worth to a verifier without a network.

use std::sync::LazyLock;

use mingzheng::rules::{Instant, Integrity, IssuerTrust, Reason, Verdict};
use mingzheng::seal::{
    ForeignCertificate, Keyring, LocalAuthority, Request, TimestampAuthority, TrustBundle, inspect,
    with_token,
};
use mingzheng::verify;

use crate::signed_sample::{Unsigned, dice, facts, later, morning, operator, trust, unsigned};

/// A local authority of an operator: of ours, or of a stranger.
fn authority(seed: u64) -> LocalAuthority {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("keys");
    let keyring = Keyring::create(&dir, "示例市公共信用信息中心", morning(), &mut dice(seed)).unwrap();
    LocalAuthority::open(&dir, &keyring, morning(), &mut dice(seed + 100)).unwrap().unwrap()
}

fn ours() -> &'static LocalAuthority {
    // The same seed as the operator's keys, so that it stands under the operator's root.
    static OURS: LazyLock<LocalAuthority> = LazyLock::new(|| authority(1));
    &OURS
}

fn strangers() -> &'static LocalAuthority {
    static THEIRS: LazyLock<LocalAuthority> = LazyLock::new(|| authority(2));
    &THEIRS
}

fn token(authority: &LocalAuthority, message: &[u8], at: Instant) -> Vec<u8> {
    let request = Request::new(message, &mut dice(9)).unwrap();
    let answer = authority.respond(request.der(), at, &mut dice(10));
    request.token(&answer).unwrap().der().to_vec()
}

fn filled(mut document: Unsigned, signature: &[u8]) -> Vec<u8> {
    for (at, byte) in signature.iter().enumerate() {
        let place = document.gap.start + 1 + 2 * at;
        document.bytes[place..place + 2].copy_from_slice(format!("{byte:02x}").as_bytes());
    }
    document.bytes
}

/// The sample report with a token that is made of the value of its signature.
fn report(token: impl FnOnce(&[u8]) -> Vec<u8>) -> Vec<u8> {
    let document = unsigned(&facts().canonical());
    let parts = [&document.bytes[..document.gap.start], &document.bytes[document.gap.end..]];
    let signature = operator().signer.sign_pdf(parts, morning()).unwrap();
    let token = token(&inspect(&signature).unwrap().signature);
    filled(document, &with_token(&signature, &token).unwrap())
}

fn stamped(authority: &LocalAuthority, at: Instant) -> Vec<u8> {
    report(|value| token(authority, value, at))
}

fn judge(file: &[u8], trust: &TrustBundle) -> Verdict {
    verify::pdf(file, trust, later(7200))
}

/// Our bundle, with a certificate of an authority and what became of it.
fn naming(authority: &LocalAuthority, revoked: Option<Instant>, compromised: Option<Instant>) -> TrustBundle {
    let certificate = ForeignCertificate::from_der(authority.chain()[0].der()).unwrap();
    let entry = TimestampAuthority { certificate, revoked_since: revoked, compromised_since: compromised };
    TrustBundle { timestamp_authorities: vec![entry], ..trust() }
}

#[test]
fn a_timestamp_under_the_root_of_the_operator_is_believed() {
    let verdict = judge(&stamped(ours(), later(5)), &trust());
    assert!(verdict.is_genuine_and_valid(), "{:?}", verdict.reasons);
    assert_eq!(verdict.timestamped_at, Some(later(5)));
    assert!(verdict.reasons.contains(&Reason::TimestampTrusted));
}

#[test]
fn a_timestamp_of_a_stranger_proves_nothing_and_spoils_nothing() {
    let file = stamped(strangers(), later(5));
    let verdict = judge(&file, &trust());
    assert!(verdict.is_genuine_and_valid());
    assert_eq!(verdict.timestamped_at, None);
    assert!(verdict.reasons.contains(&Reason::TimestampAuthorityUnknown), "{:?}", verdict.reasons);
    // Named in the bundle, the stranger is none.
    assert_eq!(judge(&file, &naming(strangers(), None, None)).timestamped_at, Some(later(5)));
    let mut lost = trust();
    lost.signers[0].compromised_since = Some(later(60));
    assert_eq!(judge(&file, &lost).issuer, IssuerTrust::KeyRevoked);
    lost.timestamp_authorities = naming(strangers(), None, None).timestamp_authorities;
    assert!(judge(&file, &lost).is_genuine_and_valid());
}

#[test]
fn a_timestamp_for_another_signature_is_a_change() {
    let verdict = judge(&report(|_| token(ours(), b"another signature", later(5))), &trust());
    assert_eq!(verdict.integrity, Integrity::Altered);
    assert!(verdict.reasons.contains(&Reason::TimestampInvalid), "{:?}", verdict.reasons);
    assert!(verdict.timestamped_at.is_none() && verdict.facts.is_none());
    let rubbish = judge(&report(|_| vec![0x30, 0x03, 0x02, 0x01, 0x01]), &trust());
    assert!(rubbish.reasons.contains(&Reason::TimestampInvalid), "{:?}", rubbish.reasons);
}

#[test]
fn an_authority_that_was_revoked_or_has_ended_is_told() {
    let told = |at, trust: &TrustBundle| judge(&stamped(ours(), at), trust);
    for (trust, at, believed) in [
        (naming(ours(), Some(later(60)), None), later(5), true),
        (naming(ours(), Some(later(60)), None), later(60), false),
        // Its own accuracy of a second counts against it.
        (naming(ours(), Some(later(60)), None), later(59), false),
        (naming(ours(), None, Some(later(60))), later(5), false),
        (trust(), later(6 * 365 * 86_400), false),
    ] {
        let verdict = told(at, &trust);
        assert_eq!(verdict.timestamped_at.is_some(), believed, "{at}");
        assert_eq!(verdict.reasons.contains(&Reason::TimestampAuthorityRevoked), !believed, "{at}");
    }
}

#[test]
fn a_bundle_keeps_what_became_of_authorities_for_timestamps() {
    for bundle in [naming(strangers(), Some(later(1)), None), naming(ours(), None, Some(later(2)))] {
        let file = bundle.export(&operator().signer).unwrap();
        assert!(file.contains("mingzheng-trust/2"));
        assert_eq!(TrustBundle::parse(file.as_bytes()).unwrap(), bundle);
        // The first form knew no such authorities.
        let former = file.replace("mingzheng-trust/2", "mingzheng-trust/1");
        assert!(TrustBundle::parse(former.as_bytes()).is_err());
    }
}

#[test]
fn no_byte_of_a_stamped_report_can_be_changed_without_losing_its_time() {
    let good = stamped(ours(), later(5));
    let from = good.windows(2).position(|it| it == b"<3").unwrap();
    let trust = trust();
    // Each seventh digit of the signature with its token; every other byte is tried without a token elsewhere.
    for at in (from + 1..from + 9000).step_by(7) {
        let mut changed = good.clone();
        changed[at] ^= 1;
        let verdict = judge(&changed, &trust);
        let untouched = verdict.integrity == Integrity::Intact && verdict.timestamped_at == Some(later(5));
        assert!(!untouched, "byte {at}: {:?}", verdict.reasons);
    }
}
