//! A trust bundle is taken whole or refused with a reason; detached signatures hold for one purpose only.

use mingzheng::rules::{Digest, Status};
use mingzheng::seal::{
    BadBundle, BadCertificate, BadSignature, Purpose, ReportStatus, SignerState, TrustBundle, TrustedSigner,
    digest, verify_detached,
};
use proptest::prelude::*;

use crate::signed_sample::{facts, keys, later, morning, operator, trust};

fn revoked() -> (Digest, ReportStatus) {
    let report = ReportStatus {
        number: facts().number,
        status: Status::Revoked,
        since: later(60),
        reason: "数据源错误".into(),
    };
    (digest(&facts().canonical()), report)
}

fn exported() -> String {
    let mut bundle = trust();
    bundle
        .statuses
        .extend([revoked(), (Digest([9; 32]), ReportStatus { status: Status::Disputed, ..revoked().1 })]);
    bundle.export(&operator().signer).unwrap()
}

#[test]
fn a_bundle_reads_back_as_it_was() {
    let read = TrustBundle::parse(exported().as_bytes()).unwrap();
    assert_eq!(read.export(&operator().signer).unwrap(), exported());
    assert_eq!(read.statuses.len(), 2);
    assert_eq!(read.fingerprints(), [operator().root.digest()]);
    assert_eq!(read.operator, "示例市公共信用信息中心");
}

#[test]
fn a_bundle_that_was_touched_is_refused() {
    let refusal = |text: String| TrustBundle::parse(text.as_bytes()).unwrap_err();
    let good = exported();
    let freed = refusal(good.replace("\"revoked\"", "\"valid\""));
    assert_eq!(freed, BadBundle::Signature(BadSignature::Invalid));
    let moved = refusal(good.replace("verify.credit.example.cn", "verify.credit.example.org"));
    assert_eq!(moved, BadBundle::Signature(BadSignature::Invalid));
    let path = refusal(good.replace("verify.credit.example.cn", "verify.credit.example.cn/x"));
    assert!(matches!(path, BadBundle::Origin(_)), "{path}");
    assert!(matches!(refusal(good.replace("mingzheng-trust/2", "mingzheng-trust/3")), BadBundle::Format(_)));
    assert!(matches!(refusal(good.replacen("\"operator\"", "\"operater\"", 1)), BadBundle::Shape(_)));
    assert!(matches!(refusal(good[..good.len() / 2].to_owned()), BadBundle::Shape(_)));
    assert_eq!(refusal(String::new()).to_string().lines().count(), 1);
}

#[test]
fn a_bundle_of_strangers_does_not_join_ours() {
    let theirs = keys(2);
    let signed_by_them = trust().export(&theirs.signer).unwrap();
    assert_eq!(
        TrustBundle::parse(signed_by_them.as_bytes()).unwrap_err(),
        BadBundle::Signature(BadSignature::Chain(BadCertificate::NotIssuedBy))
    );
    let mut mixed = trust();
    mixed.signers.push(TrustedSigner {
        certificate: theirs.signer.certificate().clone(),
        revoked_since: None,
        compromised_since: None,
    });
    assert_eq!(
        TrustBundle::parse(mixed.export(&operator().signer).unwrap().as_bytes()).unwrap_err().to_string(),
        "signer 2 of the trust bundle is refused: the certificate was not issued by the authority named in it"
    );
    let mut rootless = trust();
    rootless.roots = vec![theirs.root.clone()];
    let refusal = TrustBundle::parse(rootless.export(&operator().signer).unwrap().as_bytes()).unwrap_err();
    assert!(matches!(refusal, BadBundle::Certificate { what: "authority", at: 1, .. }), "{refusal}");
}

#[test]
fn a_revoked_key_signs_no_bundle() {
    let mut bundle = trust();
    bundle.signers[0].revoked_since = Some(later(10));
    assert_eq!(
        TrustBundle::parse(bundle.export(&operator().signer).unwrap().as_bytes()),
        Err(BadBundle::Signer)
    );
    bundle.signers[0].revoked_since = Some(later(7200));
    assert!(TrustBundle::parse(bundle.export(&operator().signer).unwrap().as_bytes()).is_ok());
}

#[test]
fn a_signer_is_judged_by_its_chain_and_its_history() {
    let chain = operator().signer.chain();
    let mut bundle = trust();
    assert_eq!(bundle.judge(chain, morning()), SignerState::Trusted);
    assert_eq!(bundle.judge(&chain[..1], morning()), SignerState::Unknown);
    assert_eq!(bundle.judge(&[], morning()), SignerState::Unknown);
    assert_eq!(bundle.judge(keys(2).signer.chain(), morning()), SignerState::Unknown);
    assert_eq!(bundle.judge(chain, later(-1)), SignerState::Invalid);
    assert_eq!(bundle.judge(chain, later(4 * 365 * 86_400)), SignerState::Invalid);
    assert_eq!(bundle.judge(&chain[1..], morning()), SignerState::Invalid);
    for compromised in [false, true] {
        bundle.signers[0].revoked_since = Some(later(if compromised { 20 } else { 10 }));
        bundle.signers[0].compromised_since = compromised.then_some(later(10));
        // What it says of its own time proves nothing, but what it admits counts.
        assert_eq!(bundle.judge(chain, later(9)), SignerState::Unproven);
        assert_eq!(bundle.judge(chain, later(10)), SignerState::Revoked);
        assert_eq!(bundle.judge_existing(chain, later(9), later(9)), SignerState::Trusted);
        assert_eq!(bundle.judge_existing(chain, later(9), later(10)), SignerState::Unproven);
        assert_eq!(bundle.judge_existing(chain, later(11), later(11)), SignerState::Revoked);
    }
    let swapped = [chain[0].clone(), keys(2).signer.chain()[1].clone()];
    assert_eq!(bundle.judge(&swapped, morning()), SignerState::Unknown);
    // A key that is younger than the bundle is trusted through its chain.
    bundle.signers.clear();
    assert_eq!(bundle.judge(chain, morning()), SignerState::Trusted);
}

#[test]
fn a_status_is_never_known_for_longer_than_the_bundle_knows() {
    let (digest, report) = revoked();
    let mut bundle = trust();
    assert_eq!(bundle.status_of(&digest, morning()).status, Status::Valid);
    assert_eq!(bundle.status_of(&digest, later(3600)).status, Status::Valid);
    assert_eq!(bundle.status_of(&digest, later(3601)).status, Status::Unknown);
    bundle.statuses.insert(digest, report);
    let known = bundle.status_of(&digest, morning());
    assert_eq!(
        (known.status, known.since, known.known_at),
        (Status::Revoked, Some(later(60)), Some(later(3600)))
    );
    assert_eq!(known.note.as_deref(), Some("数据源错误"));
}

#[test]
fn a_detached_signature_holds_for_its_bytes_and_its_purpose_only() {
    let signer = &operator().signer;
    let roots = [operator().root.clone()];
    let signature = signer.sign_detached(Purpose::Receipt, b"receipt").unwrap();
    let check = |purpose, message: &[u8], at| verify_detached(purpose, message, &signature, &roots, at);
    assert_eq!(check(Purpose::Receipt, b"receipt", morning()).as_ref(), Ok(signer.certificate()));
    assert_eq!(check(Purpose::Receipt, b"Receipt", morning()), Err(BadSignature::Invalid));
    assert_eq!(check(Purpose::TrustBundle, b"receipt", morning()), Err(BadSignature::Invalid));
    let early = check(Purpose::Receipt, b"receipt", later(-1));
    assert_eq!(early, Err(BadSignature::Chain(BadCertificate::OutOfDate)));
    let foreign = verify_detached(Purpose::Receipt, b"receipt", &signature, &[keys(2).root], morning());
    assert_eq!(foreign, Err(BadSignature::Chain(BadCertificate::NotIssuedBy)));
    assert_eq!(verify_detached(Purpose::Receipt, b"", b"", &roots, morning()), Err(BadSignature::Malformed));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_bytes_make_the_bundle_reader_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        prop_assert!(TrustBundle::parse(&bytes).is_err());
    }

    #[test]
    fn no_character_of_a_bundle_can_be_changed_unnoticed(at in 0usize..10_000, byte in 0x20u8..0x7f) {
        let good = exported();
        let mut changed = good.clone().into_bytes();
        let at = at % changed.len();
        changed[at] = byte;
        if let Ok(read) = TrustBundle::parse(&changed) {
            // Only what means the same: the case of a hexadecimal digit, a blank between items, the text around PEM.
            prop_assert_eq!(read, TrustBundle::parse(good.as_bytes()).unwrap());
        }
    }

    #[test]
    fn a_changed_detached_signature_never_holds(at in 0usize..4000, bit in 0u8..8) {
        let mut signature = operator().signer.sign_detached(Purpose::Receipt, b"receipt").unwrap();
        let at = at % signature.len();
        signature[at] ^= 1 << bit;
        let roots = [operator().root.clone()];
        prop_assert!(verify_detached(Purpose::Receipt, b"receipt", &signature, &roots, morning()).is_err());
    }
}
