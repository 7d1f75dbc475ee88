//! Documents are signed with any of three kinds of keys, claims with P-256 always.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use mingzheng::rules::{KeyKind, Reason};
use mingzheng::seal::{
    BadCertificate, Certificate, Keyring, Purpose, SIGNATURE_MAX, SignerState, TIMESTAMP_ROOM, TrustBundle,
    inspect, verify_detached,
};
use mingzheng::verify;
use proptest::prelude::*;

use crate::signed_sample::{dice, facts, keys, later, morning, operator, sign, unsigned};

const PARTS: [&[u8]; 2] = [b"one", b"two"];

/// One operator for each kind of key, made once: drawing an RSA key takes a while.
fn keyring(kind: KeyKind) -> &'static Keyring {
    static MADE: LazyLock<BTreeMap<KeyKind, Keyring>> = LazyLock::new(|| {
        let make = |kind: &KeyKind| {
            let folder = tempfile::tempdir().unwrap();
            let dir = folder.path().join("keys");
            let made = Keyring::create_with(&dir, "示例市公共信用信息中心", *kind, morning(), &mut dice(1));
            (*kind, made.unwrap())
        };
        KeyKind::ALL.iter().map(make).collect()
    });
    &MADE[&kind]
}

fn signature(kind: KeyKind) -> Vec<u8> {
    keyring(kind).signer.sign_pdf(PARTS, morning()).unwrap()
}

fn passes(signature: &[u8], kind: KeyKind) -> bool {
    inspect(signature).is_some_and(|it| {
        let chain = it.chain == keyring(kind).signer.document_chain();
        it.genuine && it.canonical && chain && it.covers(&PARTS)
    })
}

#[test]
fn each_kind_signs_what_it_names_and_repeats_itself() {
    for &kind in KeyKind::ALL {
        let Keyring { signer, .. } = keyring(kind);
        let seal = inspect(&signature(kind)).unwrap();
        assert!(passes(&signature(kind), kind), "{kind}");
        assert_eq!((signer.kind(), seal.kind(), seal.chain[0].kind()), (kind, kind, kind));
        assert!(!seal.covers(&[b"one", b"two", b"!"]), "{kind}");
        assert_eq!(signature(kind), signature(kind), "{kind}");
        let room = signature(kind).len() + TIMESTAMP_ROOM;
        assert!((room..=room + 8).contains(&signer.room()), "{kind}: {room} {}", signer.room());
        assert!(signer.room() < SIGNATURE_MAX, "{kind}");
    }
}

#[test]
fn a_chain_is_of_one_kind_and_leads_to_the_root_of_that_kind_only() {
    for &kind in KeyKind::ALL {
        let (chain, root) = (keyring(kind).signer.document_chain(), keyring(kind).document_root());
        assert!(chain.iter().chain([root]).all(|it| it.kind() == kind), "{kind}");
        assert_eq!(Certificate::check_path(chain, &keyring(kind).roots(), morning()), Ok(()), "{kind}");
        for &other in KeyKind::ALL.iter().filter(|it| **it != kind) {
            let foreign =
                Certificate::check_path(chain, &[keyring(other).document_root().clone()], morning());
            assert_eq!(foreign, Err(BadCertificate::NotIssuedBy), "{kind} under {other}");
        }
        let again: String = chain.iter().map(Certificate::to_pem).collect();
        assert_eq!(Certificate::chain_from_pem(&again).unwrap(), chain);
    }
}

#[test]
fn a_document_of_any_kind_is_genuine_and_valid_offline() {
    for &kind in KeyKind::ALL {
        let keyring = keyring(kind);
        let pdf = sign(unsigned(&facts().canonical()), &keyring.signer, morning());
        let bundle = TrustBundle::of(keyring, vec!["https://verify.credit.example.cn".into()], later(60));
        let bundle = TrustBundle::parse(bundle.export(&keyring.signer).unwrap().as_bytes()).unwrap();
        let verdict = verify::pdf(&pdf, &bundle, later(60));
        assert!(verdict.is_genuine_and_valid(), "{kind}: {:?}", verdict.reasons);

        let mut changed = pdf.clone();
        changed[20] ^= 1;
        let verdict = verify::pdf(&changed, &bundle, later(60));
        assert!(verdict.reasons.contains(&Reason::ContentChanged), "{kind}: {:?}", verdict.reasons);

        let others = TrustBundle::of(operator(), vec![], later(60));
        let foreign = verify::pdf(&pdf, &others, later(60));
        assert_eq!(foreign.is_genuine_and_valid(), kind == KeyKind::P256, "{kind}: {:?}", foreign.reasons);
    }
}

#[test]
fn claims_and_receipts_are_signed_with_p256_whatever_signs_documents() {
    for &kind in KeyKind::ALL {
        let keyring = keyring(kind);
        assert_eq!(keyring.signer.certificate().kind(), KeyKind::P256);
        let signature = keyring.signer.sign_detached(Purpose::Receipt, b"receipt").unwrap();
        let by = verify_detached(Purpose::Receipt, b"receipt", &signature, &keyring.roots(), morning());
        assert_eq!(by.as_ref(), Ok(keyring.signer.certificate()), "{kind}");
    }
}

#[test]
fn a_bundle_judges_both_keys_of_an_operator() {
    for &kind in KeyKind::ALL {
        let keyring = keyring(kind);
        let bundle = TrustBundle::of(keyring, vec![], morning());
        let expected = if kind == KeyKind::P256 { 1 } else { 2 };
        assert_eq!(
            (bundle.signers.len(), bundle.roots.len(), bundle.issuing.len()),
            (expected, expected, expected)
        );
        for chain in [keyring.signer.chain(), keyring.signer.document_chain()] {
            assert_eq!(bundle.judge(chain, morning()), SignerState::Trusted, "{kind}");
        }
        let mixed = [keyring.signer.document_chain()[0].clone(), keys(2).signer.chain()[1].clone()];
        assert_ne!(bundle.judge(&mixed, morning()), SignerState::Trusted, "{kind}");
    }
}

#[test]
fn no_byte_of_a_signature_of_any_kind_can_be_changed_unnoticed() {
    for &kind in KeyKind::ALL {
        let signature = signature(kind);
        for at in 0..signature.len() {
            let mut changed = signature.clone();
            changed[at] ^= 1 << (at % 8);
            assert!(!passes(&changed, kind), "{kind}, byte {at}");
        }
    }
}

#[test]
fn no_byte_of_a_certificate_of_any_kind_can_be_changed_unnoticed() {
    for &kind in KeyKind::ALL {
        let [leaf, authority] = keyring(kind).signer.document_chain() else { panic!("two certificates") };
        for at in 0..leaf.der().len() {
            let mut changed = leaf.der().to_vec();
            changed[at] ^= 1 << (at % 8);
            let passes =
                Certificate::from_der(&changed).is_ok_and(|it| it.check_issued_by(authority, 0).is_ok());
            assert!(!passes, "{kind}, byte {at}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn no_bit_of_a_signature_value_can_be_changed_unnoticed(which in 0usize..3, back in 1usize..400, bit in 0u8..8) {
        let kind = KeyKind::ALL[which];
        let mut changed = signature(kind); // the signature value stands at its end
        let at = changed.len() - back;
        changed[at] ^= 1 << bit;
        prop_assert!(!passes(&changed, kind));
    }

    #[test]
    fn what_one_kind_signed_no_other_bytes_pass_for(which in 0usize..3, other in prop::collection::vec(any::<u8>(), 0..40)) {
        let seal = inspect(&signature(KeyKind::ALL[which])).unwrap();
        prop_assert_eq!(seal.covers(&[&other]), other == b"onetwo");
    }
}
